// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// gmemreboot's page: all reboots, then the chosen one.
"use strict";
const EPISODES = of("episode"), PHASES = of("phase");
const KINDS = {
	teardown: "teardown: zap, unbind, release, destroy", setup: "set-up: create, bind", free: "free", alloc: "allocate", zero: "zero", map: "map",
	fault: "rest of faults", rest: "neither a call nor a fault that was seen",
};
const FAULT_LINES = ["alloc", "zero", "prepare", "map", "guest_fault", "host_fault", "prefault"];
const LABELS = { guest_fault: "guest other", host_fault: "host other", prefault: "pre other", user: "user space", unknown: "not known" };
const label = l => LABELS[l] || words(l);
function kind_of(side, l) {
	if (side === "neither")
		return "rest";
	if (side === "old")
		return l === "free" || l === "punch" ? "free" : "teardown";
	return { alloc: "alloc", fallocate: "alloc", zero: "zero", map: "map", prepare: "fault", guest_fault: "fault", host_fault: "fault", prefault: "fault" }[l] || "setup";
}

// ---- one episode's figures ----
const is_timed = e => e.wall_ns !== null;
const longest = e => e.wall_ns ?? e.wall_max_ns ?? e.wall_min_ns ?? 0;	// to sort by
function wall(e) {
	if (is_timed(e))
		return ns(e.wall_ns);
	if (e.wall_max_ns === null || e.wall_max_ns === undefined)
		return e.wall_min_ns ? "\u2265 " + ns(e.wall_min_ns) : "n/a";
	if (!e.wall_min_ns)
		return "\u2264 " + ns(e.wall_max_ns);
	return ns(e.wall_min_ns) === ns(e.wall_max_ns) ? "~ " + ns(e.wall_max_ns) : ns(e.wall_min_ns) + " \u2026 " + ns(e.wall_max_ns);
}
const style = e => e.style === null ? "style n/a" : e.style === "inplace" ? "in place" : e.style;
const is_reboot = e => e.new_vm !== null;
const what = e => e.style === "handover" ? "handover" : is_reboot(e) ? "reboot" : e.end === "open" ? "teardown" : "shutdown";
const END = { steady: "steady", cut: "ended early", no_successor: "no new VM", no_guest_fault: "no guest fault for a minute", open: "still in progress" };
const lines_of = (e, side) => Object.entries(e[side] || {}).map(([l, v]) => ({ side, line: l, kind: kind_of(side, l), ...v }));
const calls_and_faults = e => [...lines_of(e, "old"), ...lines_of(e, "new")];
const memory_wall = e => sum(calls_and_faults(e), l => l.wall_ns);
// Why sums over the lines are lower bounds.
const no_fault_times = e => is_reboot(e) && !e.faults_on_wall && Object.keys(e.faults).length > 0;
const has_na = e => calls_and_faults(e).some(l => l.na);
const has_memory_wall = e => memory_wall(e) > 0 || !is_bound(e);	// otherwise no line of it was measured
const is_bound = e => no_fault_times(e) || has_na(e);
function neither(e) {
	return ["user", "guest", "blocked", "unknown"].map(l => ({ side: "neither", line: l, kind: "rest", wall_ns: e.neither[l + "_ns"] })).filter(l => l.wall_ns);
}
const since = (from, to) => from !== null && to !== null && to > from ? to - from : null;
const teardown = e => since(e.start_ns, e.teardown_end_ns);
const boot = e => since(e.first_bind_ns, e.end_ns);
const saved = e => !e.saving || e.saving.na ? null : e.saving.wall_ns;
// Two shares as a range; one where both read the same.
const range = (low, high, between) => low === high ? low : low.replace(" %", "") + between + high;
function saved_text(e) {
	const s = saved(e);
	if (s)
		return `${ns(s.mid)} (${is_timed(e) ? range(percent(s.low, e.wall_ns), percent(s.high, e.wall_ns), "\u2026") : "share n/a"})`;
	return is_reboot(e) ? "n/a" : "\u2013";
}
const SORTED = EPISODES.map((e, i) => i).sort((a, b) => longest(EPISODES[b]) - longest(EPISODES[a]) || a - b);
const title_of = e => `${name(e.machine)}, ${what(e)} ${e.episode}, ${style(e)}`;
const summary_of = e => `${title_of(e)}\nwall clock ${wall(e)}` + (is_timed(e) && has_memory_wall(e) ? `\nmemory work ${is_bound(e) ? "\u2265 " : ""}${percent(memory_wall(e), e.wall_ns)} of it` : "") +
	(saved(e) ? `\nre-use would save ${saved_text(e)}` : "");

// ---- the chosen one ----
let chosen = SORTED[0];
const detail = h("div", { id: "detail" });
const chosen_marks = [];	// functions that mark the chosen episode
function choose(i, go) {
	chosen = i;
	detail.replaceChildren(...draw_detail(EPISODES[i]));
	chosen_marks.forEach(mark => mark(i));
	redraw(false);
	if (go)
		detail.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

// ---- all of them ----
function scale_of(list) {
	const v = list.filter(n => n > 0), high = Math.max(...v, 1), low = Math.min(...v, high), log = high / low > 40;
	const from = log ? Math.log10(low) - 0.1 : 0, to = log ? Math.log10(high) + 0.05 : high * 1.02;
	const at = n => ((log ? Math.log10(Math.max(n, low / 1.25)) : n) - from) / (to - from);
	let marks = ticks(high, 5);
	if (log) {
		marks = [];
		for (let d = Math.ceil(from); d <= to; d++)
			marks.push(10 ** d);
	}
	return { log, at, marks };
}
const strip_scale = () => scale_of(EPISODES.flatMap(e => is_timed(e) ? [e.wall_ns] : [e.wall_min_ns, e.wall_max_ns]));
function strip(width) {
	const left = width > 560 ? 92 : 10, right = 14, by = groups(EPISODES.map((e, i) => i), i => style(EPISODES[i]));
	const scale = strip_scale(), x = n => left + scale.at(n) * (width - left - right);
	const out = canvas(width, 0, "all reboots by wall clock, a row for each style"), dots = [], r = EPISODES.length > 200 ? 4 : 6;
	let y = 8;
	for (const [s, list] of by) {
		const half = Math.min(46, 16 + list.length / 3), timed = list.filter(i => is_timed(EPISODES[i])), placed = [];
		if (width <= 560)
			y += 14;
		const middle_y = y + half;
		out.append(text(0, width > 560 ? middle_y + 4 : y - 2, s), line(left, middle_y, width - right, middle_y, "grid"));
		for (const i of [...list].sort((a, b) => longest(EPISODES[a]) - longest(EPISODES[b]))) {
			const e = EPISODES[i], marks = [], low = e.wall_min_ns || 0, to = e.wall_max_ns ?? null;
			const at = is_timed(e) ? x(e.wall_ns) : to !== null ? x(to) : x(Math.max(low, 1));
			let lift = 0;
			for (let n = 0; n < 60; n++) {
				lift = (n % 2 ? 1 : -1) * Math.ceil(n / 2) * r * 0.9;
				if (Math.abs(lift) > half - r || !placed.some(p => (p[0] - at) ** 2 + (p[1] - lift) ** 2 < (1.8 * r) ** 2))
					break;
			}
			if (Math.abs(lift) > half - r)
				lift = ((placed.length * 7919) % (2 * half - 2 * r)) - half + r;
			placed.push([at, lift]);
			if (is_timed(e)) {
				marks.push(svg("circle", { cx: at, cy: middle_y + lift, r, class: "dot" }));
			} else {	// a bound is a bar from the least to the most
				const begin = low ? x(low) : left, end = to !== null ? x(to) : width - right;
				marks.push(rect(begin, middle_y + lift - 4, Math.max(end - begin, 10), 9, "dot", { rx: 4, "stroke-dasharray": "3 2" }));
			}
			const mark = hint(marks[0], summary_of(e));
			mark.setAttribute("role", "button");
			press(mark, () => choose(i, true));
			mark.episode = i;
			dots.push(mark);
			out.append(mark);
		}
		if (timed.length >= MEDIAN_MIN) {
			const m = median(timed.map(i => EPISODES[i].wall_ns));
			out.append(line(x(m), middle_y - half, x(m), middle_y + half, "median"));
		}
		y += 2 * half + 6;
	}
	let last = -99;
	for (const n of scale.marks) {
		const at = x(n), anchor = at > width - 34 ? "end" : at < left + 14 ? "start" : "middle";
		if (at < left - 1 || at > width)
			continue;
		out.prepend(line(at, 4, at, y, "grid"));
		if (at - last > 62) {
			out.append(text(at, y + 14, n ? ns(n) : "0", "dim", anchor));
			last = at;
		}
	}
	rove(dots);
	chosen_marks[0] = i => dots.forEach(d => d.classList.toggle("chosen", d.episode === i));
	chosen_marks[0](chosen);
	out.setAttribute("viewBox", `0 0 ${width} ${y + 20}`);
	out.setAttribute("height", y + 20);
	return out;
}
const ORDER = Object.keys(KINDS);
function parts_of(e) {
	return [...calls_and_faults(e).filter(l => l.wall_ns), ...neither(e)].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
function small_bar(e, longest_wall) {
	const out = svg("svg", { viewBox: "0 0 1000 12", preserveAspectRatio: "none", "aria-hidden": "true", height: 12 }), all = longest(e), scale = 1000 / (longest_wall || 1);
	out.setAttribute("height", 12);
	if (!is_timed(e)) {
		out.append(rect(0, 1, Math.max(all * scale, 4), 10, "na", { "vector-effect": "non-scaling-stroke" }));
		return out;
	}
	let at = 0;
	for (const [kind, list] of groups(parts_of(e), l => l.kind)) {
		const w = sum(list, l => l.wall_ns) * scale;
		out.append(rect(at, 0, Math.max(w, 1), 12, "f-" + kind, kind === "rest" ? { "vector-effect": "non-scaling-stroke", height: 11, y: 0.5 } : {}));
		at += w;
	}
	return out;
}
const FIRST_ROWS = 12;
function list_card() {
	const rows = h("ol", { class: "rows" }), machines = [...new Set(EPISODES.map(e => e.machine))].sort();
	const pick = h("select", { "aria-label": "machine" }, h("option", { value: "" }, `all ${machines.length} machines`), machines.map((m, i) => h("option", { value: i + 1 }, name(m))));
	const more = h("button", { class: "plain", type: "button" });
	let all = false;
	const draw = () => {
		const list = SORTED.filter(i => !Number(pick.value) || EPISODES[i].machine === machines[pick.value - 1]), shown = all ? list : list.slice(0, FIRST_ROWS);
		const most = longest(EPISODES[list[0]]);
		rows.replaceChildren(...shown.map(i => {
			const e = EPISODES[i], b = h("button", { class: "row num", type: "button" }, h("span", { class: "nr dim" }, String(e.episode)), h("span", { class: "who" }, name(e.machine)),
				h("span", { class: "style dim" }, style(e), e.end === "steady" || e.end === "no_successor" ? "" : ", " + END[e.end]), h("span", { class: "wall" }, wall(e)),
				h("span", { class: "bar" }, small_bar(e, most)), h("span", { class: "saved" }, saved(e) ? h("span", { class: "save" }, saved_text(e)) : saved_text(e)));
			b.episode = i;
			b.setAttribute("aria-current", i === chosen);
			press(b, () => choose(i, true));
			return h("li", null, b);
		}));
		more.hidden = list.length <= FIRST_ROWS;
		more.textContent = all ? "Show the slowest " + FIRST_ROWS : "Show all " + count(list.length);
	};
	press(more, () => { all = !all; draw(); });
	pick.addEventListener("change", draw);
	draw();
	chosen_marks[1] = i => rows.querySelectorAll("button").forEach(b => b.setAttribute("aria-current", b.episode === i));
	const left_out = PAGE.episodes_left_out ? h("p", { class: "note" }, `The newest ${count(EPISODES.length)} are here; ${plural(PAGE.episodes_left_out, "older one")} were left out.`) : null;
	const bounds = EPISODES.some(e => !is_timed(e)) ? " A bar with a dashed edge is a bound: its begin or end was not seen." : "";
	const has_median = [...groups(EPISODES.filter(is_timed), style).values()].some(l => l.length >= MEDIAN_MIN) ? " The line is the median." : "";
	return card("All reboots", left_out, styles_table(), h("h3", null, "By style and wall clock" + (strip_scale().log ? " (logarithmic)" : "")), figure(strip), h("p", { class: "dim small" }, "Each dot is one; choose it by click, or by Tab, arrows and Enter." + has_median + bounds),
		h("div", { class: "head" }, h("h3", null, "Slowest first"), h("span", { class: "dim small" }, "right: what re-using the inode would save")), machines.length > 1 ? h("div", { class: "tools" }, pick) : null, rows, h("div", { class: "tools" }, more), key(null));
}
function styles_table() {
	const by = groups(EPISODES.filter(e => e.end !== "open"), style), cell = (list, f) => middle(list.map(f).filter(v => v !== null)), whole = list => list.some(is_timed) ? cell(list, e => e.wall_ns) : "bounds";
	return table(`By style, of those that are over: medians; of fewer than ${MEDIAN_MIN}, the least and the most`, ["style", "number", "wall", "teardown", "first bind to end", "saved by re-use"],
		[...by].map(([s, l]) => tr("td", [s, count(l.length), whole(l), cell(l, teardown), cell(l, boot), l.some(is_reboot) && !l.some(saved) ? "n/a" : cell(l, e => saved(e) ? saved(e).mid : null)])));
}
function key(e) {
	const by = e ? groups(parts_of(e), l => l.kind) : null, item = (cls, ...t) => h("li", null, h("i", { class: cls }), ...t);
	return h("ul", { class: "key" }, ORDER.filter(k => !by || by.has(k)).map(k => item("b-" + k, KINDS[k] + (by ? ` ${ns(sum(by.get(k), l => l.wall_ns))} (${percent(sum(by.get(k), l => l.wall_ns), e.wall_ns)})` : ""))),
		e && saved(e) ? item("b-hatch", "what re-use would save; below it from low to high") : null);
}

// ---- the wall clock of one ----
function hatch(id) {
	return svg("defs", null, svg("pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, line(1, 0, 1, 7, "hatch-light"), line(3, 0, 3, 7, "hatch-dark")));
}
const link = (e, side, l) => { e.dataset.link = side + "." + l; return e; };
function wall_bar(e, width) {
	const s = saved(e), out = canvas(width, s ? 74 : 46, "where the wall clock went", hatch("hatch")), x = n => n / e.wall_ns * width, bars = [];
	let at = 0, avoid = null;
	for (const p of parts_of(e)) {
		const w = x(p.wall_ns), more = p.side === "neither" ? { height: 35, y: 4.5 } : {};
		if (avoid === null && ["free", "alloc", "zero"].includes(p.kind))
			avoid = at;
		bars.push(link(hint(rect(at, 4, Math.max(w - (w > 3 ? 0.7 : 0), 0.7), 36, "f-" + p.kind, more),
			`${p.side === "neither" ? "" : p.side + " "}${label(p.line)}\n${ns(p.wall_ns)} of the wall clock, ${percent(p.wall_ns, e.wall_ns)}`), p.side, p.line));
		out.append(bars[bars.length - 1]);
		if (w > room(label(p.line)) + 8)
			out.append(svg("text", { x: at + w / 2, y: 26, "text-anchor": "middle", "pointer-events": "none", class: "on-" + p.kind }, label(p.line)));
		at += w;
	}
	if (s) {
		const most = Math.max(s.high, s.mid, 0), from = Math.max(0, Math.min(avoid || 0, width - x(most))), end = n => Math.min(from + x(Math.max(n, 0)), width);
		out.append(rect(from, 4, end(s.mid) - from, 36, "hatched"), rect(from, 4, end(s.mid) - from, 36, "outline"));
		const y = 56, edge = n => line(end(n), y - 6, end(n), y + 6, "whisker"), words_ = `${ns(s.low)} \u2026 ${ns(s.high)}`;
		const w = hint(svg("g", null, rect(from, y - 9, Math.max(end(s.high) - from, 14), 18, "f-card", { "fill-opacity": 0 }), line(from, y, end(s.low), y, "grid"), line(end(s.low), y, end(s.high), y, "whisker"), edge(s.low), edge(s.high),
			svg("circle", { cx: end(s.mid), cy: y, r: 4.5, class: "whisker" })), `re-use would save ${ns(s.mid)}\nlow ${ns(s.low)}, high ${ns(s.high)} (95 %, this reboot's own pages)`);
		bars.push(w);
		out.append(w);
		if (end(s.high) + 10 + room(words_) < width)
			out.append(text(end(s.high) + 10, y + 4, words_, "save"));
		else if (end(s.low) - 10 - room(words_) > 0)
			out.append(text(end(s.low) - 10, y + 4, words_, "save", "end"));
	}
	rove(bars);
	return out;
}
function bound_bar(e, width) {
	const low = e.wall_min_ns || 0, high = e.wall_max_ns ?? null, all = high ?? (low * 1.5 || 1), out = canvas(width, 62, "bounds of the wall clock"), x = n => n / all * width;
	out.append(rect(0, 4, x(low), 36, "f-rest"), rect(x(low) + 0.5, 4.5, width - x(low) - 1, 35, "na"));
	if (low)
		out.append(text(Math.min(x(low), width - 4), 56, "at least " + ns(low), "", x(low) > width / 2 ? "end" : "start"));
	if (high !== null && (!low || x(low) < width / 2))
		out.append(text(width, 56, "at most " + ns(high), "", "end"));
	else if (high === null)
		out.append(text(width, 56, "end not known", "dim", "end"));
	return out;
}

// ---- what happened when ----
function span_of(e) {
	const calls = e.critical_path || [], begin = e.start_ns ?? e.start_min_ns ?? Math.min(...calls.map(c => c.begin_ns));
	const end = e.end_ns ?? e.end_max_ns ?? Math.max(e.end_min_ns || 0, begin + 1, ...calls.map(c => c.begin_ns + c.dur_ns));
	return [begin, Math.max(end, begin + 1)];
}
// Begin and end that lie between two times.
function bounds_of(e, t0, t1) {
	const out = [], plus = n => "+" + ns(n - t0);
	if (e.start_ns === null && e.start_max_ns > t0)
		out.push({ from: t0, to: Math.min(e.start_max_ns, t1), said: `began before ${plus(e.start_max_ns)}` });
	if (e.end_ns === null && e.end_min_ns !== undefined && e.end_min_ns < t1)
		out.push({ from: Math.max(e.end_min_ns, t0), to: t1, said: `ended after ${plus(Math.max(e.end_min_ns, t0))}` });
	return out;
}
function moments_of(e) {
	const own = n => n !== null && n === e.reset_ns ? null : n;	// nothing was torn down or bound but at the reset itself
	return [["teardown over", own(e.teardown_end_ns)], ["reset", e.reset_ns], ["first bind", own(e.first_bind_ns)], ["first fault", e.first_fault_ns],
		[e.end === "steady" ? "steady" : e.end === "no_successor" ? "end" : END[e.end], e.end_ns]].filter(m => m[1] !== null && m[1] !== undefined);
}
const LANES_MAX = 16;
function lanes_of(e) {
	const by = groups(e.critical_path || [], c => `${c.pid} ${c.tid} ${c.comm}`), out = [...by.values()].map(calls => ({ name: calls[0].comm, sub: "tid " + calls[0].tid, calls }));
	const faults = lines_of(e, "new").filter(l => FAULT_LINES.includes(l.line) && l.count), reasons = groups([...lines_of(e, "old"), ...lines_of(e, "new")].filter(l => l.na), l => l.na);
	const lanes = out.slice(0, LANES_MAX);
	if (faults.length)
		lanes.push({ name: "page faults", sub: "first to last", faults });
	for (const [why, list] of reasons)
		lanes.push({ name: "n/a", sub: "", why, list });
	return lanes;
}
const na_names = list => ["old", "new"].map(s => [s, list.filter(l => l.side === s).map(l => label(l.line))]).filter(p => p[1].length).map(p => `${p[0]}: ${p[1].join(", ")}`).join("; ");
// Where calls are close together: the window of each such group, to be seen larger.
const GROUPS_MAX = 6;
function windows_of(e) {
	const [t0, t1] = span_of(e), gap = (t1 - t0) / 40, out = [];
	for (const c of [...(e.critical_path || [])].sort((a, b) => a.begin_ns - b.begin_ns)) {
		const last = out[out.length - 1], end = c.begin_ns + c.dur_ns;
		if (last && c.begin_ns - last.to < gap) {
			last.to = Math.max(last.to, end);
			last.calls++;
		} else {
			out.push({ from: c.begin_ns, to: end, calls: 1 });
		}
	}
	return out.filter(w => w.calls > 1 && w.to - w.from < (t1 - t0) / 4).sort((a, b) => b.calls - a.calls).slice(0, GROUPS_MAX).sort((a, b) => a.from - b.from)
		.map(w => ({ ...w, begin: Math.max(w.from - (w.to - w.from) / 20, t0), end: Math.min(w.to + (w.to - w.from) / 20 + 1, t1) }));
}
function lanes(e, width, view) {
	const [begin, end] = span_of(e), [t0, t1] = view ? [view.begin, view.end] : [begin, end];
	const wide = width > 620, left = wide ? 150 : 2, row = wide ? 32 : 44, x = n => left + (Math.max(t0, Math.min(n, t1)) - t0) / (t1 - t0) * (width - left - 4), list = lanes_of(e);
	const inside = (from, to) => to >= t0 && from <= t1;
	const bounds = view ? [] : bounds_of(e, t0, t1), placed = [], marks = [], out = canvas(width, 0, "calls by task over time"), items = [];
	const moments = [...moments_of(e).filter(m => inside(m[1], m[1])).map(([what_, at]) => [`${what_} +${ns(at - begin)}`, at, true]), ...bounds.map(b => [b.said, b.from, false])].sort((a, b) => a[1] - b[1]);
	let top = 0;
	for (const [said, at, is_line] of moments) {	// labels in as many rows as they need
		const need = room(said) + 6, from = Math.max(0, Math.min(x(at) + need > width ? x(at) - need : x(at) + 2, width - need));
		let r = 0;
		while (placed.some(p => p.r === r && p.from < from + need && from < p.to))
			r++;
		placed.push({ r, from, to: from + need });
		marks.push({ at: x(at), y: 12 + r * 15, from, said, is_line });
		top = Math.max(top, 12 + r * 15);
	}
	top += moments.length ? 8 : 0;
	const bottom = top + list.length * row;
	for (const n of ticks(t1 - t0, wide ? 7 : 3).filter(n => n <= t1 - t0))
		out.append(line(x(t0 + n), top, x(t0 + n), bottom + 4, "grid"), text(x(t0 + n), bottom + 18, n ? ns(n) : "0", "dim", x(t0 + n) > width - 26 ? "end" : n ? "middle" : "start"));
	for (const m of marks.filter(m => m.is_line))
		out.append(line(m.at, m.y - 10, m.at, bottom, "mark"));
	list.forEach((l, i) => {
		const y = top + i * row + (wide ? 6 : 18), shown = fit(name(l.name), wide ? left - 10 : width / 2);
		out.append(text(wide ? 0 : 6, wide ? y + 9 : y - 5, shown, "over"), text(wide ? 0 : room(shown) + 14, wide ? y + 21 : y - 5, l.sub, "dim small over"), line(left, y + 10, width - 4, y + 10, "grid"));
		for (const c of (l.calls || []).filter(c => inside(c.begin_ns, c.begin_ns + c.dur_ns)).sort((a, b) => b.dur_ns - a.dur_ns)) {
			const side = c.side, r = rect(x(c.begin_ns), y, Math.max(x(c.begin_ns + c.dur_ns) - x(c.begin_ns), 2), 20, "f-" + kind_of(side, c.line), { rx: 1 });
			items.push([c.begin_ns, link(hint(r, `${side} ${label(c.line)} in ${name(c.comm)}\nat +${ns(c.begin_ns - begin)}, took ${ns(c.dur_ns)}\nof the wall clock: ${ns(c.wall_ns)}`), side, c.line)]);
			out.append(r);
		}
		if (l.faults) {
			const from = e.first_fault_ns ?? null, shown_from = from ?? begin, told = l.faults.map(f => `${label(f.line)}: ${count(f.count)}`).join("\n");
			if (!inside(shown_from, end))
				return;
			const r = rect(x(shown_from), y, Math.max(x(t1) - x(shown_from), 2), 20, from !== null ? "f-alloc faded" : "na");
			items.push([shown_from, hint(r, (from !== null ? `faults, from the first at +${ns(from - begin)}\n` : "faults: when is n/a: the first one's time was not recorded\n") + told)]);
			out.append(r);
			if (from === null)
				out.append(svg("text", { x: left + 8, y: y + 14, class: "dim", "pointer-events": "none" }, fit("when is n/a: the first one's time was not recorded", width - left - 24)));
		}
		if (l.why) {
			const r = rect(left, y, width - left - 4, 20, "na"), names = na_names(l.list);
			items.push([t1, hint(r, `n/a: ${names}\n${l.why}`)]);
			out.append(r, svg("text", { x: left + 8, y: y + 14, class: "dim", "pointer-events": "none" }, fit(names, width - left - 24)));
		}
	});
	for (const b of bounds)
		out.append(rect(x(b.from), top, Math.max(x(b.to) - x(b.from), 3), bottom - top, "bound"));
	for (const m of marks)
		out.append(rect(m.from - 2, m.y - 10, room(m.said) + 4, 13, "f-card"), text(m.from, m.y, m.said));
	rove(items.sort((a, b) => a[0] - b[0]).map(i => i[1]));
	out.setAttribute("viewBox", `0 0 ${width} ${bottom + 24}`);
	out.setAttribute("height", bottom + 24);
	return out;
}
function when_card(e) {
	const reasons = groups([...lines_of(e, "old"), ...lines_of(e, "new")].filter(l => l.na), l => l.na), all = e.critical_path ? new Set(e.critical_path.map(c => `${c.pid} ${c.tid} ${c.comm}`)).size : 0;
	const notes = [];
	if (e.critical_path === null)
		notes.push("This page has calls and tasks of the slowest reboots only, to stay short. gmemreboot --json has them.");
	if (e.critical_path && !e.critical_path.length)
		notes.push("No call of this episode was seen.");
	if (e.critical_path_left_out_ns)
		notes.push(`Shorter calls are left out: ${ns(e.critical_path_left_out_ns)} of the wall clock.`);
	if (all > LANES_MAX)
		notes.push(`${all - LANES_MAX} more tasks have calls.`);
	if (e.calls_missing)
		notes.push("Calls are missing: the oldest were forgotten.");
	if (e.parallel_ns)
		notes.push(`In parallel: ${ns(e.parallel_ns)} of calls went on beside one that ended later.`);
	const windows = windows_of(e), [begin, end] = span_of(e), box = h("div"), at = h("p", { class: "small dim" }), buttons = [];
	const show = view => {
		box.replaceChildren(figure(w => lanes(e, w, view)));
		at.textContent = view ? `The axis begins at +${ns(view.begin - begin)}.` : "";
		at.hidden = !view;
		buttons.forEach(b => b.setAttribute("aria-pressed", b.view === view));
		redraw(false);
	};
	for (const view of windows.length ? [null, ...windows] : []) {
		const b = h("button", { class: "plain", type: "button" }, view ? `+${ns(view.from - begin)}: ${plural(view.calls, "call")} in ${ns(view.to - view.from)}` : `All ${ns(end - begin)}`);
		b.view = view;
		press(b, () => show(view));
		buttons.push(b);
	}
	show(null);
	return card("What happened when", buttons.length ? h("div", { class: "tools zoom" }, h("span", { class: "dim small" }, "Show"), buttons) : null, box, at, notes.map(n => h("p", { class: "small dim" }, n)),
		reasons.size ? h("ul", { class: "list small dim" }, [...reasons].map(([why, l]) => h("li", null, `n/a: ${na_names(l)}: ${why}`))) : null);
}

// ---- a, b, c, d ----
const phase_why = p => { const s = (SUMMARY.phases || {})[p] || {}; return s.na || s.partial || null; };
function step(letter, title, pages, work, na, more) {
	const body = [h("h3", null, `(${letter}) ${title}`)];
	if (na && pages === null && !work)
		body.push(h("b", { class: "dim" }, "n/a"), h("span", { class: "small dim" }, na));
	else if (pages !== null || work) {
		body.push(h("b", null, work ? ns(work) : pages ? "time n/a" : "none"), h("span", { class: "small" }, pages === null ? "pages not known" : plural(pages, "page"), work && pages ? `, ${ns(work / pages)} a page` : ""));
		if (!work && pages && na)
			body.push(h("div", { class: "small dim" }, na));
	}
	if (more)
		body.push(h("div", { class: "small dim" }, more));
	return h("div", { class: body.some(b => b.textContent === "n/a") ? "step is-na" : "step" }, body);
}
function steps_card(e) {
	const o = e.old || {}, n = e.new || {}, free = (o.free?.work_ns || 0) + (o.punch?.work_ns || 0), zero = n.zero || {}, alloc = n.alloc || {}, rows = [], reboot = is_reboot(e);
	const a = e.cleared_on_free === null ? "the kernel's boot settings are unknown" : null;
	const on_close = h("div", { class: a ? "step is-na" : "step" }, h("h3", null, "(a) zeroed on close"), h("b", { class: a ? "dim" : "" }, a ? "n/a" : e.cleared_on_free ? "inside (b)" : "no"),
		h("span", { class: "small dim" }, a || (e.cleared_on_free ? "init_on_free is on: the allocator zeroes what is freed" : "this kernel does not: init_on_free is off")));
	const steps = [on_close, step("b", "freed", e.freed_pages, free, o.free?.na || phase_why("free"))];
	if (reboot)
		steps.push(step("c", "allocated", e.allocated_pages, alloc.work_ns, alloc.na || phase_why("alloc")), step("d", "zeroed", e.cleared_pages, zero.work_ns, zero.na || phase_why("zero")));
	const row = (k, v) => rows.push(h("dt", null, k), h("dd", null, v));
	if (reboot && e.cleared_twice === null)
		row("zeroed by the allocator", "n/a: whether init_on_alloc is on is unknown");
	else if (reboot && e.cleared_twice && alloc.count)
		row("zeroed a 2nd time", zero.count && zero.work_ns ? `~ ${ns(zero.work_ns / zero.count * alloc.count)} inside (c): an estimate, as much a page as (d) (init_on_alloc is on)` : "inside (c), not known how much (init_on_alloc is on)");
	const sptes = (title, side) => {
		const list = side.filter(Boolean), seen = list.filter(l => !l.na);
		if (!seen.length)
			return list.length ? row(title, "n/a: " + list[0].na) : null;
		const size = k => sum(seen, l => l[k]), work = seen.some(l => l.work_ns === null) ? null : sum(seen, l => l.work_ns), sizes = [["sptes_4k", "4K"], ["sptes_2m", "2M"], ["sptes_1g", "1G"]].filter(s => size(s[0])).map(s => `${count(size(s[0]))} of ${s[1]}`);
		row(title, `${work === null ? "time n/a" : ns(work)} in ${plural(sum(seen, l => l.count), title === "SPTEs zapped" ? "call" : "page")}` + (sizes.length ? `: ${sizes.join(", ")}` : "") +
			(size("flush_ns") ? `; TLB flushes and kicks ${ns(size("flush_ns"))}` : ""));
	};
	sptes("SPTEs zapped", [o.zap, n.zap]);
	if (reboot)
		sptes("SPTEs mapped", [n.map]);
	if (e.pages_partial)
		row("partial", e.pages_partial);
	return card("The memory's way: zeroed, freed, allocated, zeroed", h("div", { class: "steps" }, steps), h("dl", { class: "facts small" }, rows));
}
function saving_card(e) {
	const s = e.saving, spte = e.style === "inplace" || !is_reboot(e) ? null : h("p", { class: "small dim" }, "Not destroying the VM would save the SPTEs, too: " +
		(s.spte_ns === null ? "n/a: the time of zap or map is not known" : `about ${ns(s.spte_ns)} of work.`));
	if (!is_reboot(e))
		return null;
	if (s.na)
		return card("What re-using the inode would have saved", h("p", null, "n/a: " + s.na), spte);
	const row = (title, v, cls) => tr("td", [title, ns(v.low), ns(v.mid), ns(v.high)], cls ? { class: cls } : {});
	const share = tr("td", ["of the reboot", ...["low", "mid", "high"].map(k => is_timed(e) ? percent(s.wall_ns[k], e.wall_ns) : "n/a")]);
	return card("What re-using the inode would have saved", table(`of ${plural(s.pages, "page")}: none freed, allocated or zeroed again`, ["", "low", "mid", "high"],
		[row("freeing", s.free_ns), row("allocating", s.alloc_ns), row("zeroing", s.zero_ns), row("work together", s.work_ns, "sum"), row("wall clock", s.wall_ns, "sum"), share]), spte,
		h("p", { class: "small dim" }, "Low and high: 95 % interval of this reboot's own pages; not the variation between reboots."));
}

// ---- ledger ----
function ledger_card(e) {
	const rows = [], all = is_timed(e) ? e.wall_ns : 0;
	const least = less => less ? "\u2265 " : "";
	const on_cpu = l => l.work_ns === null || l.off_cpu_ns === null || l.off_cpu_ns === undefined ? "\u2013" : ns(l.work_ns - l.off_cpu_ns);
	const head = (title, list) => {
		const known = list.filter(l => !l.na), timed = known.filter(l => l.wall_ns !== null), worked = known.filter(l => l.work_ns !== null);
		const work = worked.length ? least(worked.length < list.length) + ns(sum(worked, l => l.work_ns)) : "n/a", more = least(timed.length && timed.length < list.length);
		rows.push(tr("td", [title, timed.length ? more + ns(sum(timed, l => l.wall_ns)) : "n/a", timed.length ? more + percent(sum(timed, l => l.wall_ns), all) : "", work, "", "", "", "", ""], { class: "sum" }));
	};
	const put = l => {
		const r = tr("td", [h("td", { class: "in" }, label(l.line)), ns(l.wall_ns), l.wall_ns === null ? "n/a" : percent(l.wall_ns, all), ns(l.work_ns), count(l.count) + (l.untimed ? ` (${count(l.untimed)} untimed)` : ""),
			l.pages === null ? "\u2013" : count(l.pages), l.pages && l.work_ns !== null ? ns(l.work_ns / l.pages) : "\u2013", on_cpu(l), l.blocked_ns === null || l.blocked_ns === undefined ? "\u2013" : ns(l.blocked_ns)], { "data-link": l.side + "." + l.line });
		r.addEventListener("pointerenter", () => light(l, true));
		r.addEventListener("pointerleave", () => light(l, false));
		rows.push(r);
	};
	const group = (title, list) => {
		if (!list.length)
			return;
		head(title, list);
		list.filter(l => !l.na).forEach(put);
		for (const [why, na] of groups(list.filter(l => l.na), l => l.na))
			rows.push(h("tr", null, h("td", { class: "why", colspan: 9 }, h("div", null, "n/a: " + na.map(l => label(l.line)).join(", ") + ": " + why))));
	};
	group("old VM", lines_of(e, "old"));
	group("new VM", lines_of(e, "new").filter(l => !FAULT_LINES.includes(l.line)));
	group("new VM's faults", lines_of(e, "new").filter(l => FAULT_LINES.includes(l.line)));
	const rest = neither(e), told = calls_and_faults(e).filter(l => l.work_ns !== null && l.work_ns !== undefined), rest_wall = sum(rest, l => l.wall_ns);
	rows.push(tr("td", ["neither", all ? ns(rest_wall) : "n/a", all ? percent(rest_wall, all) : "", "", "", "", "", "", ""], { class: "sum" }));
	for (const l of rest)
		rows.push(tr("td", [h("td", { class: "in" }, label(l.line)), ns(l.wall_ns), percent(l.wall_ns, all), "", "", "", "", "", ""]));
	rows.push(tr("td", ["all", wall(e), all ? "100 %" : "", told.length ? least(told.length < calls_and_faults(e).length) + ns(sum(told, l => l.work_ns)) : "n/a", "", "", "", "", ""], { class: "sum" }));
	const notes = [];
	if (no_fault_times(e))
		notes.push("How long faults were under way was not measured: their wall time is within \"neither\".");
	if (e.neither.na)
		notes.push("What \"neither\" was, n/a: " + e.neither.na + ".");
	const out = card("Ledger", table(null, ["", "wall", "share", "work", "count", "pages", "a page", "on-CPU", "blocked"], rows), notes.map(n => h("p", { class: "small dim" }, n)),
		e.tasks && e.tasks.length ? h("details", null, h("summary", null, `Calls by task (${count(e.tasks_nr)})`), table(null, ["task", "pid", "tid", "calls", "work", "blocked"], e.tasks.map(t => tr("td", [
			name(t.comm), String(t.pid), String(t.tid), count(t.calls), ns(t.work_ns), ns(t.blocked_ns)]))), e.tasks_nr > e.tasks.length ? h("p", { class: "small dim" }, `${count(e.tasks_nr - e.tasks.length)} more`) : null) : null);
	out.classList.add("long");
	return out;
}
function light(l, on) {
	document.querySelectorAll(`[data-link="${CSS.escape(l.side + "." + l.line)}"]`).forEach(e => e.classList.toggle("hot", on));
}

// ---- the page ----
function answer(e) {
	const s = saved(e), out = [];
	if (is_timed(e) && !has_memory_wall(e))
		out.push("Memory work: n/a: none of its lines was measured. ");
	else if (is_timed(e))
		out.push(`Memory work: ${is_bound(e) ? "at least " : ""}${ns(memory_wall(e))} of the wall clock (${is_bound(e) ? "\u2265 " : ""}${percent(memory_wall(e), e.wall_ns)}). `);
	else
		out.push(`Duration: ${e.wall_min_ns || e.wall_max_ns ? "a bound" : "n/a"}: ${e.na}. `);
	if (is_timed(e) && no_fault_times(e))
		out.push("The faults' part of it was not measured. ");
	if (is_timed(e) && has_na(e) && has_memory_wall(e))
		out.push("Lines that are n/a are not in it. ");
	if (s)
		out.push(h("span", { class: "save" }, `Re-using the inode would save about ${ns(s.mid)}${is_timed(e) ? ` (${range(percent(s.low, e.wall_ns), percent(s.high, e.wall_ns), " to ")})` : ""}.`));
	else if (is_reboot(e))
		out.push(`What re-using the inode would save: n/a: ${e.saving.na}.`);
	return h("p", { class: "answer" }, out);
}
function detail_head(e) {
	const at = SORTED.indexOf(chosen), go = (to, title) => {
		const b = h("button", { class: "plain", type: "button" }, title);
		b.disabled = SORTED[to] === undefined;
		press(b, () => { choose(SORTED[to], false); (document.querySelector(`#detail button:not(:disabled)[data-go="${title}"]`) || document.querySelector("#detail button:not(:disabled)"))?.focus(); });
		b.dataset.go = title;
		return b;
	};
	const vm = (id, pid) => id === null ? "none" : `vm ${id} (${pid ? "pid " + pid : "pid not known"})`;
	const process = e.style !== "inplace" && is_reboot(e) && e.old_pid && e.new_pid ? (e.same_process ? ", same process" : ", new process") : "";
	return [h("div", { class: "head" }, h("h2", { class: "name" }, `${name(e.machine)}: ${what(e)} ${e.episode}`), SORTED.length > 1 ? h("div", { class: "tools" }, go(at - 1, "Slower"), h("span", { class: "dim small" }, `${at + 1} of ${SORTED.length}`), go(at + 1, "Faster")) : null),
		h("p", { class: "dim" }, `${style(e)}${process}; ${vm(e.old_vm, e.old_pid)} to ${vm(e.new_vm, e.new_pid)}${e.vcpus ? ", " + plural(e.vcpus, "vCPU") : ""}; ${END[e.end]}${e.start_real_ns ? "; " + utc(e.start_real_ns) : ""}`)];
}
function draw_detail(e) {
	return [h("section", { class: "card" }, detail_head(e), h("div", { class: "big" }, wall(e)), answer(e), is_timed(e) ? [figure(w => wall_bar(e, w)), key(e)] : e.wall_min_ns || e.wall_max_ns ? figure(w => bound_bar(e, w)) : null),
		when_card(e), steps_card(e), saving_card(e), ledger_card(e)].filter(Boolean);
}
function overview() {
	const machines = new Set(EPISODES.map(e => e.machine)), nr = EPISODES.filter(is_reboot).length, others = EPISODES.length - nr, said = [plural(nr, "reboot")];
	if (others)
		said.push(plural(others, "shutdown"));
	MAIN.append(h("p", { class: "dim name" }, EPISODES.length ? `${said.join(" and ")} of ${machines.size === 1 ? name([...machines][0]) : plural(machines.size, "machine")}` : ""), chips());
	const note = partial_note();
	if (note)
		MAIN.append(note);
}
overview();
if (EPISODES.length) {
	MAIN.append(list_card(), detail);
	choose(chosen, false);
} else {
	MAIN.append(card("No reboots", h("p", null, PAGE.none.replace(/\s+/g, " ").trim())));
}
if (SUMMARY.reshuffles || SUMMARY.resets_na)
	MAIN.append(h("div", { class: "card small" }, SUMMARY.reshuffles ? h("p", null, `No reboot: ${plural(SUMMARY.reshuffles, "time")} a VM's memory was unbound and bound again, with nothing freed.`) : null,
		SUMMARY.resets_na ? h("p", null, "n/a: resets in place: " + SUMMARY.resets_na) : null));
MAIN.append(histograms_card("Histograms of the phases", PHASES, "Of all that was observed, not of one reboot: all VMs, their first boots included."), host_card());
redraw(false);
