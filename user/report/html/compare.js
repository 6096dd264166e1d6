// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// gmemreboot --compare: the reboots of two recordings.
"use strict";
const ROWS = of("reboot_diff"), CONDITIONS = of("fail_if");
const VERDICTS = { noise: "noise", grew: "grew", shrank: "shrank", too_few: "too few reboots", na: "n/a" };
const is_sure = r => r.verdict === "grew" || r.verdict === "shrank";
const label = q => q === "between" ? "teardown to bind" : words(q).replace(".", " ");
const signed_ns = n => n === undefined ? "\u2013" : !n ? ns(0) : (n < 0 ? "\u2212" : "+") + ns(Math.abs(n));
const signed_percent = v => v === null || v === undefined ? "\u2013" : (Math.abs(v) < 0.05 ? "" : v < 0 ? "\u2212" : "+") + Math.abs(v).toFixed(Math.abs(v) < 9.95 ? 1 : 0) + " %";
const p50 = s => s.known ? ns(s.p50_ns) : "n/a";
// Lines of the text report without its line breaks: a line that begins with blanks goes on.
const lines_of_text = s => s.trim().replace(/\n +/g, " ").split("\n").filter(l => l.trim());

// Changes of the lines by which the wall clock grew or shrank, on one scale of time.
function changes(width) {
	const list = ROWS.filter(r => r.p50_change_ns !== undefined && (r.quantity === "wall" || r.quantity === "between" || r.quantity.includes(".")));
	const row = 26, left = 150, right = 90, most = Math.max(1, ...list.map(r => Math.abs(r.p50_change_ns))), middle_x = left + (width - left - right) / 2;
	const x = n => middle_x + n / most * (width - left - right) / 2, out = canvas(width, list.length * row + 10, "change of the median, B against A"), marks = [];
	list.forEach((r, i) => {
		const at = Math.min(x(0), x(r.p50_change_ns)), kind = r.verdict === "grew" ? "f-alloc" : r.verdict === "shrank" ? "f-map" : "na";
		const mark = hint(rect(at, 6 + i * row, Math.max(Math.abs(x(r.p50_change_ns) - x(0)), 2), 16, kind), `${label(r.quantity)}: ${signed_ns(r.p50_change_ns)}\n${VERDICTS[r.verdict]}\nA ${p50(r.a)}, B ${p50(r.b)}`);
		marks.push(mark);
		out.append(text(0, 18 + i * row, label(r.quantity)), mark, text(width, 18 + i * row, signed_ns(r.p50_change_ns), "", "end"));
	});
	out.append(line(x(0), 2, x(0), list.length * row + 6, "axis"));
	rove(marks);
	return out;
}
function cells(r) {
	const kind = r.verdict === "grew" ? "worse" : r.verdict === "shrank" ? "save" : "dim";
	return tr("td", [label(r.quantity), h("td", { class: "text " + kind }, VERDICTS[r.verdict]), signed_ns(r.p50_change_ns), signed_percent(r.p50_change_percent), p50(r.a), p50(r.b), r.a.known ? ns(r.a.p90_ns) : "n/a", r.b.known ? ns(r.b.p90_ns) : "n/a",
		r.p_holm === undefined ? "\u2013" : r.p_holm.toPrecision(1)]);
}
function compare() {
	const [first, ...more] = lines_of_text(PAGE.answer), numbers = card("Part by part, line by line", table("Medians and 90th percentiles over the reboots", ["quantity", h("th", { class: "text" }, "verdict"), "change", "", "A", "B", "A p90", "B p90", "p"], ROWS.map(cells)),
		[lines_of_text(PAGE.method).join(" "), ...lines_of_text(PAGE.notes)].map(l => h("p", { class: "small dim" }, l)));
	numbers.classList.add("long");
	MAIN.append(h("div", { class: "chips" }, lines_of_text(PAGE.sides).map(l => h("span", { class: "chip" }, l.trim()))),
		card(null, h("div", { class: "big" }, first), h("p", { class: "answer" }, more.join(" ")),
			CONDITIONS.length ? table("Conditions (--fail-if)", ["condition", "result"], CONDITIONS.map(c => tr("td", [c.condition, h("td", { class: c.result === "failed" ? "worse" : "" }, c.result)]))) : null,
			h("h3", null, "Change of the median, B against A"), figure(changes), h("ul", { class: "key" }, h("li", null, h("i", { class: "b-alloc" }), "grew"), h("li", null, h("i", { class: "b-map" }), "shrank"), h("li", null, h("i", { class: "b-na" }), "noise, or too few reboots"))), numbers);
}
compare();
redraw(false);
