// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What all pages share: the data, numbers as text, elements, hints, keys. Text from the data becomes text nodes only.
"use strict";
const DATA = JSON.parse(document.getElementById("data").textContent);
const of = type => DATA.filter(o => o.type === type);
const PAGE = of("page")[0], SUMMARY = of("summary").pop() || {};
const MAIN = document.getElementById("main");

// ---- numbers ----
const digits = v => v >= 999.5 ? Math.round(v).toString() : v.toPrecision(3);
function ns(n) {
	if (n === null || n === undefined)
		return "n/a";
	const sign = n < 0 ? "\u2212" : "", v = Math.abs(n);
	if (v < 999.5)
		return sign + Math.round(v) + " ns";
	if (v < 999.5e3)
		return sign + digits(v / 1e3) + " \u00b5s";
	return sign + (v < 999.5e6 ? digits(v / 1e6) + " ms" : digits(v / 1e9) + " s");
}
const count = n => n === null || n === undefined ? "n/a" : n.toLocaleString("en-US");
const percent = (part, all) => !all ? "\u2013" : part > 0 && part / all < 0.0005 ? "< 0.1 %" : (100 * part / all).toFixed(part / all < 0.0995 ? 1 : 0) + " %";
const plural = (n, word) => count(n) + " " + word + (n === 1 ? "" : "s");
const sum = (list, f) => list.reduce((all, v) => all + (f(v) || 0), 0);
function median(list) {
	const v = [...list].sort((a, b) => a - b), n = v.length >> 1;
	return v.length % 2 ? v[n] : (v[n - 1] + v[n]) / 2;
}
const MEDIAN_MIN = 5;	// as the text report: of fewer, the least and the most
function middle(list) {
	if (!list.length)
		return "\u2013";
	const low = Math.min(...list), high = Math.max(...list);
	if (list.length >= MEDIAN_MIN)
		return ns(median(list));
	return low === high ? ns(low) : ns(low) + " \u2026 " + ns(high);
}
const name = s => s === "" || s === null || s === undefined ? "(no name)" : s;
const words = s => s.replace(/_/g, " ");
const utc = real => new Date(real / 1e6).toISOString().replace("T", " ").slice(0, 19) + " UTC";

// ---- elements ----
function build(e, attributes, children) {
	for (const key in attributes)
		if (attributes[key] !== null && attributes[key] !== undefined)
			e.setAttribute(key, attributes[key]);
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined && child !== false)
			e.append(child);
	return e;
}
const h = (tag, attributes, ...children) => build(document.createElement(tag), attributes || {}, children);
const svg = (tag, attributes, ...children) =>
	build(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes || {}, children);
const card = (title, ...children) => h("section", { class: "card" }, title && h("h2", null, title), ...children);
// A row of a table: cells are text, elements, or cells already.
function tr(kind, cells, attributes) {
	return h("tr", attributes || {}, cells.map(c => c instanceof Node && /^T[DH]$/.test(c.tagName) ? c : h(kind, null, c)));
}
function table(caption, head, rows) {
	return h("div", null, caption && h("p", { class: "dim small caption" }, caption), h("div", { class: "wrap" }, h("table", caption ? { "aria-label": caption } : null,
		head && h("thead", null, tr("th", head)), h("tbody", null, rows))));
}

// ---- hints ----
const TIP = h("div", { id: "tip", "aria-hidden": "true" });
document.body.append(TIP);
function show_tip(text, x, y) {
	TIP.textContent = text;
	TIP.style.opacity = 1;
	TIP.style.left = Math.max(4, Math.min(x + 12, innerWidth - TIP.offsetWidth - 6)) + "px";
	TIP.style.top = (y + 16 + TIP.offsetHeight > innerHeight ? Math.max(4, y - TIP.offsetHeight - 10) : y + 16) + "px";
}
const hide_tip = () => { TIP.style.opacity = 0; };
addEventListener("keydown", e => { if (e.key === "Escape") hide_tip(); });
addEventListener("scroll", hide_tip, { passive: true });
function hint(e, text) {
	const at_element = () => {
		const box = e.getBoundingClientRect();
		if (e.matches(":focus-visible"))
			show_tip(text, box.left, box.bottom - 10);
	};
	e.setAttribute("aria-label", text.replace(/\n/g, ", "));
	e.setAttribute("role", e.getAttribute("role") || "img");
	e.addEventListener("pointermove", p => show_tip(text, p.clientX, p.clientY));
	e.addEventListener("pointerdown", p => show_tip(text, p.clientX, p.clientY));
	e.addEventListener("pointerleave", hide_tip);
	e.addEventListener("focus", at_element);
	e.addEventListener("blur", hide_tip);
	return e;
}
// One stop of the Tab key for all of them; arrows, Home and End go from one to the next.
function rove(list) {
	list.forEach((e, i) => {
		e.setAttribute("tabindex", i ? -1 : 0);
		e.addEventListener("keydown", k => {
			const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: list.length - 1 }[k.key];
			if (to === undefined || !list[to])
				return;
			k.preventDefault();
			list.forEach(other => other.setAttribute("tabindex", other === list[to] ? 0 : -1));
			list[to].focus();
		});
	});
}
function press(e, act) {
	e.addEventListener("click", act);
	if (e.tagName !== "BUTTON")
		e.addEventListener("keydown", k => {
			if (k.key === "Enter" || k.key === " ") {
				k.preventDefault();
				act();
			}
		});
}

// ---- figures: drawn at the width that there is, anew when it changes ----
const figures = new Map();
function figure(draw) {
	const box = h("div");
	figures.set(box, draw);
	return box;
}
function redraw(force) {
	for (const [box, draw] of figures) {
		const width = box.clientWidth;
		if (box.drawn && !box.isConnected)
			figures.delete(box);
		if (!width || (!force && box.drawn === width))
			continue;
		box.drawn = width;
		box.replaceChildren(draw(width));
	}
}
addEventListener("resize", () => redraw(false));
addEventListener("toggle", () => redraw(false), true);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.open = true; }));
const canvas = (width, height, label, ...children) =>
	svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": label }, ...children);
const line = (x1, y1, x2, y2, cls) => svg("line", { x1, y1, x2, y2, class: cls });
const text = (x, y, s, cls, anchor) => svg("text", { x, y, class: cls, "text-anchor": anchor }, s);
const rect = (x, y, width, height, cls, more) => svg("rect", { x, y, width: Math.max(width, 0), height, class: cls, ...more });
// Pixels that a text of a figure needs, and as much of it as fits.
const PEN = document.createElement("canvas").getContext("2d");
PEN.font = "12px " + getComputedStyle(document.body).fontFamily;
const room = s => PEN.measureText(s).width;
function fit(s, width) {
	if (room(s) <= width)
		return s;
	const all = [...s];
	while (all.length && room(all.join("") + "\u2026") > width)
		all.length -= all.length > 60 ? all.length >> 1 : 1;
	return all.join("") + "\u2026";
}
// Steps of 1, 2 or 5 for at most n ticks from 0 to max.
function ticks(max, n) {
	const raw = max / n, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find(s => s * power >= raw) * power, out = [];
	for (let v = 0; v <= max * 1.0001; v += step)
		out.push(v);
	return out;
}

// ---- parts of every page ----
const yes_no = v => v === null || v === undefined ? "not known" : v ? "on" : "off";
function caveats() {
	const out = [];
	for (const l of (PAGE.caveats || "").split("\n"))
		if (l.startsWith(" ") && out.length)
			out[out.length - 1] += " " + l.trim();
		else if (l.trim())
			out.push(l.trim());
	return out;
}
// Gaps in the recording: each is one loss, of nobody knows how many records.
const incomplete = () => sum(of("loss").filter(l => l.what === "recording_incomplete"), l => l.count);
function chips() {
	const s = SUMMARY, gaps = incomplete(), lost = gaps ? "recording incomplete: what is missing from it is not known" : s.lost ? plural(s.lost, "record") + " lost: counts are too low" : "nothing lost";
	return h("div", { class: "chips" }, ["kernel " + s.kernel, s.arch, "mode " + s.mode, "observed " + ns(s.dur_ns),
		"init_on_alloc " + yes_no(s.init_on_alloc), lost].map(c => h("span", { class: c === lost && s.lost ? "chip bad" : "chip" }, c)));
}
const partial_note = () => PAGE.partial ? h("p", { class: "note" }, PAGE.partial.trim()) : null;
function host_card() {
	const s = SUMMARY, probes = of("probe"), attached = probes.filter(p => p.state === "attached").length, seen = caveats(), facts = [
		["kernel", s.kernel], ["architecture", s.arch], ["mode", s.mode],
		["init_on_alloc", yes_no(s.init_on_alloc) + (s.init_on_alloc ? ": the allocator zeroes each page, guest_memfd once more" : "")],
		["init_on_free", yes_no(s.init_on_free) + (s.init_on_free ? ": each page is zeroed when it is freed" : "")],
		["zeroing a page", s.clear_ns ? ns(s.clear_ns) + " by the CPU alone" : "not measured"], ["page size", count(s.page_size) + " bytes"],
		["observed", ns(s.dur_ns) + (PAGE.first_real_ns ? " from " + utc(PAGE.first_real_ns) : "") + ", " + plural(s.ticks, "sample")],
		["VMs, inodes", count(s.vms) + ", " + count(s.inodes)],
		["pages allocated, freed", s.na ? "n/a: " + s.na : count(s.allocated_pages) + ", " + count(s.freed_pages)],
		["probes", `${attached} of ${probes.length} attached`],
		["lost", s.lost ? of("loss").map(l => words(l.what) + ": " + count(l.count)).join(", ") : "nothing"], ["made by", PAGE.tool + ", " + PAGE.version],
	];
	return card("Host and observation", h("dl", { class: "facts" }, facts.map(([k, v]) => [h("dt", null, k), h("dd", null, v)])),
		seen.length ? [h("h3", { class: "dim" }, "What was not seen, and why"), h("ul", { class: "list small" }, seen.map(c => h("li", null, c)))] : null,
		h("details", null, h("summary", null, "All probes"), table(null, ["probe", ...["state", "hook", "why"].map(c => h("th", { class: "text" }, c))], probes.map(p => tr("td", [
			p.probe, h("td", { class: "text" }, words(p.state)), h("td", { class: "text" }, p.hook), h("td", { class: "why" }, p.why)])))));
}
