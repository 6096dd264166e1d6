// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Histograms. A slot of schema 3 is an eighth of an octave: slot i holds the times from 2^(i/8) s to 2^((i+1)/8) s.
"use strict";
const slot_from = i => 1e9 * 2 ** (i / 8);
const PER = { call: "calls", page: "pages", fault: "faults" };
const buckets = l => Object.entries(l.buckets || {}).map(([i, n]) => [Number(i), n]).filter(([i]) => Number.isFinite(i)).sort((a, b) => a[0] - b[0]);
// Several lines of one phase as one; percentiles are not added up.
const groups = (list, key) => list.reduce((m, v) => m.set(key(v), [...(m.get(key(v)) || []), v]), new Map());

// The bars of one phase from slot `from` to slot `to`; other: of a second recording, drawn as a line.
function histogram(l, from, to, width, other) {
	const height = 116, base = 92, left = 4, step = (width - 2 * left) / (to - from + 1), x = i => left + (i - from) * step;
	const share = (list, all) => list.map(([i, n]) => [i, n / (all || 1)]), all = l.timed || 0, mine = share(buckets(l), all);
	const theirs = other ? share(buckets(other), other.timed) : [], top = Math.max(1e-9, ...mine.map(b => b[1]), ...theirs.map(b => b[1]));
	const out = canvas(width, height, `histogram of ${words(l.phase)}`, line(left, base, width - left, base, "axis")), bars = [];
	const place = at => x(Math.log2(at / 1e9) * 8);
	for (const [i, part] of mine) {
		const high = Math.max(part / top * 72, 1.5), n = Math.round(part * all);
		bars.push(hint(rect(x(i), base - high, Math.max(step - 0.6, 0.8), high, "f-" + (COLOUR[l.phase] || "fault")),
			`${words(l.phase)}: ${ns(slot_from(i))} to ${ns(slot_from(i + 1))}\n${count(n)} of ${count(all)} (${percent(n, all)})`));
	}
	out.append(...bars);
	if (theirs.length) {
		const at = new Map(theirs);
		let d = "";
		for (let i = from; i <= to; i++)
			d += `${d ? "L" : "M"}${x(i)} ${base - (at.get(i) || 0) / top * 72}H${x(i + 1)}`;
		out.append(svg("path", { d, class: "median f-none", "pointer-events": "none", fill: "none" }));
	}
	if (l.timed && !other) {
		const p50 = place(l.p50_ns), p99 = place(l.p99_ns), near = p99 - p50 < 26;
		out.append(line(p50, 14, p50, base, "median"), line(p99, 14, p99, base, "mark"));
		if (p99 - p50 < 1)
			out.append(text(Math.min(Math.max(p50, 28), width - 28), 10, "p50, p99", "small dim", "middle"));
		else
			out.append(text(near ? Math.min(Math.max(p50 + 3, 24), width - 30) : Math.max(p50, 12), 10, "p50", "small dim", near ? "end" : "middle"),
				text(near ? Math.min(Math.max(p99, p50 + 6, 28), width - 24) : Math.min(p99, width - 12), 10, "p99", "small dim", near ? "start" : "middle"));
	}
	let last = -99;
	for (let decade = 1; decade < 1e13; decade *= 10) {
		const at = place(decade);
		if (at < left || at > width - left)
			continue;
		out.append(line(at, base, at, base + 4, "axis"));
		if (at - last > 44 && at < width - 12) {
			out.append(text(Math.max(at, 12), base + 17, decade < 1e3 ? decade + " ns" : decade < 1e6 ? decade / 1e3 + " \u00b5s" :
				decade < 1e9 ? decade / 1e6 + " ms" : decade / 1e9 + " s", "small dim", "middle"));
			last = at;
		}
	}
	rove(bars);
	return out;
}
function range_of(lines) {
	const all = lines.flatMap(l => buckets(l).map(b => b[0]));
	if (!all.length)
		return [-160, -80];
	const from = Math.min(...all) - 2, to = Math.max(...all) + 2, wider = Math.max(0, 24 - (to - from)) >> 1;
	return [from - wider, to + wider];
}
// A phase with its numbers; partial is marked, n/a has its reason.
function histogram_box(l, from, to, other, numbers) {
	if (l.na)
		return h("div", null, h("h3", { class: "dim" }, words(l.phase)), h("p", { class: "small dim" }, "n/a: " + l.na));
	return h("div", null, h("h3", null, words(l.phase), l.partial ? " (partial)" : ""), numbers || h("div", { class: "small num" },
		plural(l.count, PER[l.per] ? PER[l.per].slice(0, -1) : "operation"), l.timed === l.count ? "" : `, ${count(l.timed)} timed`,
		l.timed ? `; p50 ${ns(l.p50_ns)}, p99 ${ns(l.p99_ns)}, max ${ns(l.max_ns)}` : ""),
		l.timed ? figure(w => histogram(l, from, to, w, other)) : null, l.partial ? h("p", { class: "small dim" }, "partial: " + l.partial) : null);
}
const COLOUR = { zap: "teardown", unbind: "teardown", release: "teardown", destroy: "teardown", free: "free", punch: "free", create: "setup", bind: "setup",
	rebind: "setup", convert: "setup", populate: "setup", vm_create: "setup", alloc: "alloc", fallocate: "alloc", zero: "zero", prepare: "fault", map: "map",
	guest_fault: "fault", host_fault: "fault", prefault: "fault" };
// Histograms of one machine, chosen above them.
function histograms_card(title, lines, sub) {
	const by = groups(lines.filter(l => !l.na), l => l.machine), na = lines.filter(l => l.na), box = h("div", { class: "hists" });
	const machines = [...by.keys()], pick = h("select", { "aria-label": "machine" }, machines.map((m, i) => h("option", { value: i }, m === undefined ? "all machines" : name(m))));
	const draw = () => {
		const mine = by.get(machines[pick.value || 0]) || [], [from, to] = range_of(mine);
		box.replaceChildren(...[...mine].map(l => histogram_box(l, from, to)));
		redraw(false);
	};
	pick.addEventListener("change", draw);
	draw();
	const reasons = groups(na, l => l.na);
	return card(title, sub && h("p", { class: "dim small" }, sub), machines.length > 1 ? h("p", null, pick) : machines.length && machines[0] !== undefined ?
		h("p", { class: "name" }, name(machines[0])) : null, machines.length ? box : h("p", { class: "dim" }, "No phase counted anything."),
		reasons.size ? h("ul", { class: "list small dim" }, [...reasons].map(([why, l]) => h("li", null, "n/a: " + l.map(p => words(p.phase)).join(", ") + ": " + why))) : null);
}
