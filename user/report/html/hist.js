// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// gmemhist's pages: histograms by machine and phase, and over time; two recordings compared.
"use strict";

// ---- one recording ----
const TOTALS = of("phase"), HOST = (of("host")[0] || { phases: [] }).phases, COLUMNS = of("interval"), NA = TOTALS.filter(l => l.na);
const scope_of = l => l.vm !== undefined ? (l.vm ? "vm " + l.vm : "VM not known") + (l.machine ? ", " + l.machine : "") : l.machine === undefined ? "the host" : l.machine === "" ? "machine not known" : l.machine;
function phase_rows(list) {
	const rows = list.map(l => tr("td", [words(l.phase) + (l.partial ? " (partial)" : ""), count(l.count), l.timed === l.count ? count(l.timed) : `${count(l.timed)} of them`, ns(l.timed ? l.sum_ns : null), ns(l.timed ? l.sum_ns / l.timed : null),
		ns(l.p50_ns), ns(l.p90_ns), ns(l.p99_ns), ns(l.p999_ns), ns(l.max_ns)]));
	for (const [why, l] of groups(NA, l => l.na))
		rows.push(h("tr", null, h("td", { class: "why", colspan: 10 }, h("div", null, "n/a: " + l.map(p => words(p.phase)).join(", ") + ": " + why))));
	return rows;
}
function scopes_card() {
	const scopes = groups(TOTALS.filter(l => !l.na), scope_of), list = scopes.size > 1 ? [["the host", HOST], ...scopes] : [...scopes];
	const numbers = h("div"), hists = h("div", { class: "hists" }), pick = h("select", { "aria-label": "whose histograms" }, list.map(([n], i) => h("option", { value: i }, n === "the host" && list.length > 1 ? "all together" : n)));
	const draw = () => {
		const mine = list.length ? list[pick.value || 0][1] : [], [from, to] = range_of(mine);
		numbers.replaceChildren(table(null, ["phase", "count", "timed", "together", "mean", "p50", "p90", "p99", "p99.9", "max"], phase_rows(mine)));
		hists.replaceChildren(...mine.map(l => histogram_box(l, from, to)));
		redraw(false);
	};
	pick.addEventListener("change", draw);
	draw();
	const partial = groups([...HOST, ...TOTALS].filter(l => l.partial), l => l.partial);
	return [card("Phases", list.length > 1 ? h("p", null, pick) : list.length ? h("p", { class: "name" }, list[0][0]) : h("p", null, "No phase counted anything."), numbers,
		partial.size ? h("ul", { class: "list small dim" }, [...partial].map(([why, l]) => h("li", null, `partial: ${[...new Set(l.map(p => words(p.phase)))].join(", ")}: ${why}`))) : null),
	list.length ? card("Histograms", h("p", { class: "dim small" }, "All on one time axis; the height is relative to each one's most frequent slot."), hists) : null].filter(Boolean);
}
const in_column = (c, phase) => c.phases.find(l => l.phase === phase);

// Time from left to right, a column for each interval; upwards how long, a slot for each eighth of an octave.
function heatmap(phase, width) {
	const seen = COLUMNS.map(c => in_column(c, phase)), [low, high] = range_of(seen.filter(Boolean)), first = COLUMNS[0], all = COLUMNS[COLUMNS.length - 1].ts_ns - first.ts_ns + first.interval_ns;
	const left = 58, top = 16, step_y = Math.max(2.5, Math.min(8, 260 / (high - low + 1))), bottom = top + (high - low + 1) * step_y, counts_top = bottom + 26, counts = 44, begin = first.ts_ns - first.interval_ns;
	const out = canvas(width, counts_top + counts + 24, `${words(phase)} over time`), x = t => left + (t - begin) / (all || 1) * (width - left - 6), y = slot => bottom - (slot - low + 1) * step_y;
	const most = Math.max(1e-9, ...COLUMNS.flatMap((c, i) => seen[i] ? buckets(seen[i]).map(b => b[1] * 1e9 / (c.interval_ns || 1)) : [])), rate = (c, n) => n * 1e9 / (c.interval_ns || 1), most_count = Math.max(1e-9, ...COLUMNS.map((c, i) => seen[i] ? rate(c, seen[i].count) : 0)), stops = [];
	for (let decade = 1, last = 1e9; decade < 1e13; decade *= 10) {
		const at = bottom - (Math.log2(decade / 1e9) * 8 - low) * step_y;
		if (at > bottom + 1 || at < top - 1)
			continue;
		out.append(line(left - 4, at, width - 6, at, "grid"));
		if (last - at > 13)
			out.append(text(left - 8, at + 4, decade < 1e3 ? decade + " ns" : decade < 1e6 ? decade / 1e3 + " \u00b5s" : decade < 1e9 ? decade / 1e6 + " ms" : decade / 1e9 + " s", "dim small", "end"));
		last = at;
	}
	COLUMNS.forEach((c, i) => {
		const from = x(c.ts_ns - c.interval_ns), w = Math.max(x(c.ts_ns) - from, 1), l = seen[i];
		for (const [slot, n] of l ? buckets(l) : [])
			out.append(rect(from, y(slot), w, step_y, "heat", { "fill-opacity": (0.18 + 0.82 * Math.log(1 + rate(c, n)) / Math.log(1 + most)).toFixed(3) }));
		if (l && l.timed)
			out.append(rect(from, y(Math.floor(Math.log2(l.p50_ns / 1e9) * 8)) + step_y / 2 - 1, w, 2, "f-ink"));
		if (l)
			out.append(rect(from, counts_top + counts - rate(c, l.count) / most_count * counts, Math.max(w - (w > 4 ? 1 : 0), 0.8), rate(c, l.count) / most_count * counts, "f-" + COLOUR[phase]));
		const stop = hint(rect(from, top, w, counts_top + counts - top, "stop"), `from +${ns(c.ts_ns - c.interval_ns - begin)} for ${ns(c.interval_ns)}\n` +
			(l ? `${plural(l.count, (PER[l.per] || "operations").slice(0, -1))}` + (l.timed ? `\np50 ${ns(l.p50_ns)}, p99 ${ns(l.p99_ns)}, max ${ns(l.max_ns)}` : "\nnone timed") : "nothing counted"));
		stops.push(stop);
	});
	out.append(text(left, top - 5, "how long", "dim small"), text(left, counts_top - 6, `how many a second: at most ${count(+most_count.toPrecision(3))}`, "dim small"), line(left, counts_top + counts, width - 6, counts_top + counts, "axis"), ...stops);
	for (const t of ticks(all, width > 620 ? 7 : 3).filter(t => t <= all))
		out.append(text(x(begin + t), counts_top + counts + 16, t ? ns(t) : "0", "dim small", x(begin + t) > width - 26 ? "end" : "middle"));
	rove(stops);
	return out;
}
function heat_card() {
	const phases = [...new Set(COLUMNS.flatMap(c => c.phases.map(l => l.phase)))], weight = p => sum(HOST.filter(l => l.phase === p), l => l.count);
	if (!phases.length)
		return null;
	if (COLUMNS.length < 2)
		return card("Over time", h("p", null, "There was one sample only: with an interval (gmemhist 1, or -i) this has a column for each."));
	const best = [...phases].sort((a, b) => weight(b) - weight(a))[0], pick = h("select", { "aria-label": "phase" }, phases.map(p => h("option", p === best ? { value: p, selected: "" } : { value: p }, words(p)))), box = h("div");
	const draw = () => {
		box.replaceChildren(figure(w => heatmap(pick.value, w)));
		redraw(false);
	};
	pick.addEventListener("change", draw);
	draw();
	return card("Over time", h("p", null, pick), box, h("p", { class: "dim small" }, "All machines together. The darker (on a dark page: the lighter), the more, on a logarithmic scale; the line is the median of each column." +
		(PAGE.ticks_of_column > 1 ? ` A column is ${count(PAGE.ticks_of_column)} samples.` : "")));
}
function one_recording() {
	MAIN.append(h("p", { class: "dim" }, `${plural(SUMMARY.vms || 0, "VM")}, ${plural(SUMMARY.inodes || 0, "inode")}`), chips());
	MAIN.append(...[partial_note(), ...scopes_card(), heat_card(), host_card()].filter(Boolean));
}

// ---- two recordings ----
const VERDICT = { slower: "B is slower", faster: "B is faster", noise: "not more than noise", too_few: "too few to tell", na: "n/a" };
const signed = v => v === null || v === undefined ? "\u2013" : (v > 0 ? "+" : v < 0 ? "\u2212" : "") + (Math.abs(v) < 9.95 ? Math.abs(v).toFixed(1) : count(Math.round(Math.abs(v)))) + " %";
const p_text = p => p === 0 ? "< 1e-300" : p < 0.001 ? p.toExponential(1) : p.toPrecision(2);
function diff_cells(d) {
	const why = d.a.na ? "A: " + d.a.na : d.b.na ? "B: " + d.b.na : null, cls = d.verdict === "slower" ? "worse" : d.verdict === "faster" ? "save" : "dim";
	const both = f => [f(d.a), f(d.b)], two = f => h("td", null, both(f).map(v => h("div", null, v)));
	return tr("td", [words(d.phase), h("td", { class: "text" }, h("span", { class: cls }, VERDICT[d.verdict]), why ? h("div", { class: "small dim" }, why) : null,
		d.p_holm !== undefined ? h("div", { class: "small dim" }, `p ${p_text(d.p_holm)}, P(B>A) ${d.effect.toFixed(2)}, ${count(d.units_a)} and ${count(d.units_b)} ${d.unit}s`) : null),
	signed(d.mean_change_percent), signed(d.p50_change_percent), signed(d.p99_change_percent), two(s => count(s.count)), two(s => ns(s.sum_ns ? s.mean_ns : null)), two(s => ns(s.sum_ns ? s.p50_ns : null)), two(s => ns(s.sum_ns ? s.p99_ns : null))]);
}
function changes(width) {
	const list = DIFFS.filter(d => d.mean_change_percent !== null && d.mean_change_percent !== undefined), row = 26, left = width > 560 ? 110 : 88, right = 12 + Math.max(...list.map(d => room(signed(d.mean_change_percent))), 0);
	const factor = d => Math.log2(Math.max(1 + d.mean_change_percent / 100, 1 / 64)), most = Math.max(0.5, ...list.map(d => Math.min(Math.abs(factor(d)), 6))), middle_x = left + (width - left - right) / 2;
	const x = f => middle_x + Math.max(-1, Math.min(1, f / most)) * (width - left - right) / 2, out = canvas(width, list.length * row + 30, "change of the mean, B against A"), marks = [];
	for (const f of [-1, 1].flatMap(s => [0.25, 0.5, 1, 2, 4].filter(v => v <= most).slice(-2).map(v => s * v)))
		out.append(line(x(f), 4, x(f), list.length * row + 4, "grid"), text(x(f), list.length * row + 20, f < 0 ? `\u00f7${+(2 ** -f).toFixed(2)}` : `\u00d7${+(2 ** f).toFixed(2)}`, "dim small", "middle"));
	list.forEach((d, i) => {
		const f = factor(d), at = Math.min(x(0), x(f)), sure = d.verdict === "slower" || d.verdict === "faster";
		const mark = hint(rect(at, 7 + i * row, Math.max(Math.abs(x(f) - x(0)), 2), 16, sure ? (d.verdict === "slower" ? "f-alloc" : "f-map") : "na"), `${words(d.phase)}: mean ${signed(d.mean_change_percent)}\n${VERDICT[d.verdict]}\nA ${ns(d.a.mean_ns)}, B ${ns(d.b.mean_ns)}`);
		marks.push(mark);
		out.append(text(0, 19 + i * row, words(d.phase)), mark, text(width, 19 + i * row, signed(d.mean_change_percent), "", "end"));
	});
	out.append(line(x(0), 2, x(0), list.length * row + 6, "axis"), text(x(0), list.length * row + 20, "as A", "dim small", "middle"));
	rove(marks);
	return out;
}
const DIFFS = of("diff"), SIDES = of("side");
function two_recordings() {
	const sure = DIFFS.filter(d => d.verdict === "slower" || d.verdict === "faster"), judged = DIFFS.filter(d => sure.includes(d) || d.verdict === "noise"), count_of = v => DIFFS.filter(d => d.verdict === v).length, [a, b] = SIDES, notes = [];
	MAIN.append(h("div", { class: "chips" }, SIDES.map(s => h("span", { class: s.lost ? "chip bad" : "chip" }, `${s.side}: ${s.recording}, kernel ${s.kernel}, mode ${s.mode}, ${ns(s.dur_ns)}${s.lost ? `, ${plural(s.lost, "record")} lost` : ""}`))));
	if (a.mode !== b.mode)
		notes.push("A and B were observed in different modes: the same phase may not be the same there.");
	if (a.lost || b.lost)
		notes.push("Records were lost: counts are too low.");
	MAIN.append(...notes.map(n => h("p", { class: "note" }, n)));
	if (!DIFFS.length) {
		MAIN.append(card("Nothing to compare", h("p", null, "Neither counted anything.")));
		return;
	}
	MAIN.append(card(null, h("div", { class: "big" }, sure.length ? `B is slower in ${count_of("slower")}, faster in ${count_of("faster")} of ${plural(judged.length, "phase")}` : judged.length ? `No difference beyond noise in ${plural(judged.length, "phase")}` : "Too few operations to compare"),
		h("p", { class: "answer" }, sure.map((d, i) => h("span", { class: d.verdict === "slower" ? "worse" : "save" }, `${words(d.phase)} (p50 ${signed(d.p50_change_percent)}, mean ${signed(d.mean_change_percent)})${i < sure.length - 1 ? ", " : "."}`))),
		judged.length < DIFFS.length ? h("p", { class: "dim" }, `${plural(DIFFS.length - judged.length, "phase")} more: too few operations to tell, or n/a.`) : null,
		h("h3", null, "Change of the mean, B against A"), figure(changes), h("ul", { class: "key" }, h("li", null, h("i", { class: "b-alloc" }), "slower"), h("li", null, h("i", { class: "b-map" }), "faster"), h("li", null, h("i", { class: "b-na" }), "not more than noise, or too few"))));
	const numbers = card("Phase by phase", table("In each cell A above B", ["phase", h("th", { class: "text" }, "verdict"), "change of mean", "of p50", "of p99", "count", "mean", "p50", "p99"], DIFFS.map(diff_cells)),
		h("p", { class: "small dim" }, `Rank sum test (Mann & Whitney 1947), two-sided, ties corrected, p by Holm (1979) over the phases; P(B>A): effect of Vargha & Delaney (2000). More than noise: p < ${PAGE.p}, ` +
			`effect from ${PAGE.effect} up or ${(1 - PAGE.effect).toFixed(2)} down, and beyond one slot (9 %). Unit: means of intervals if each side has ${PAGE.units}; else operations, which are not independent of each other.`),
		h("p", { class: "small dim" }, "The verdict is on these two runs: what made them differ (load, kernel) only more runs of each can tell."));
	numbers.classList.add("long");
	const shared = DIFFS.map(d => [d, ...SIDES.map(s => s.phases.find(l => l.phase === d.phase))]).filter(([, x, y]) => x || y), [from, to] = range_of(shared.flatMap(([, x, y]) => [x, y]).filter(Boolean));
	MAIN.append(numbers, card("Histograms", h("p", { class: "dim small" }, "Bars: A. Line: B. Each as shares of its own."), h("div", { class: "hists" }, shared.map(([d, x, y]) => {
		const l = x || { ...y, buckets: {}, timed: 0 };
		const line_of = (letter, s) => h("div", { class: "small num" }, s ? `${letter}: ${count(s.count)}` + (s.timed ? `; p50 ${ns(s.p50_ns)}, p99 ${ns(s.p99_ns)}` : "") : `${letter}: none`);
		const partial = [["A", x], ["B", y]].filter(([, s]) => s && s.partial).map(([letter, s]) => h("p", { class: "small dim" }, `partial in ${letter}: ${s.partial}`));
		return h("div", null, h("h3", null, words(d.phase)), line_of("A", x), line_of("B", y), (x && x.timed) || (y && y.timed) ? figure(w => histogram(l, from, to, w, y || { buckets: {}, timed: 0 })) : null, partial);
	}))));
}
if (SIDES.length)
	two_recordings();
else
	one_recording();
redraw(false);
