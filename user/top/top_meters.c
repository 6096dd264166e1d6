// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_meters.c - the header's meters: cells in two or three panes side by side. Left: resident memory and its nodes as
 * bars. Middle: rates with their history. Right, on a wide page: counts and the overhead, which are else put where a
 * pane has room.
 */
#include "base/fmt.h"
#include "model/observe.h"
#include "top/top_meters.h"

#include <stdio.h>
#include <string.h>

#define WIDE		110	/* columns: a third pane */
#define CELLS_MAX	12
#define NODE_COLS	18	/* a node's bar, least */
#define NODE_LINES	3
#define RATE_COLS	15	/* "faults   5.7k/s" */
#define SPARK_MIN	6

struct cell {
	char text[512];
	unsigned int bar_at[4], bar_len[4], bars;	/* parts that are bars */
	unsigned int mark_at, mark_len;			/* an unusual part */
};
struct pane {
	struct cell cell[CELLS_MAX];
	unsigned int nr, width;
};

/* ---- bars ---- */

static struct cell *add_cell(struct pane *pane)
{
	return &pane->cell[pane->nr < CELLS_MAX ? pane->nr++ : CELLS_MAX - 1];
}

/* Appends "label [|||||     figures]" of this width to a cell. */
static void add_bar(struct cell *c, const char *label, double share, const char *figures, unsigned int width)
{
	size_t used = strlen(c->text), at;
	unsigned int fixed = (unsigned int)(strlen(label) + strlen(figures)) + 3;
	unsigned int room = width > fixed ? width - fixed : 0, len;
	char bar[256];

	room = room < sizeof(bar) ? room : sizeof(bar) - 1;
	len = gm_top_fill(bar, room, share);
	at = used + strlen(label) + 1;
	snprintf(c->text + used, sizeof(c->text) - used, "%s[%-*s %s]", label, (int)room, bar, figures);
	if (len && c->bars < GM_ARRAY_SIZE(c->bar_at)) {
		c->bar_at[c->bars] = (unsigned int)at;
		c->bar_len[c->bars++] = len;
	}
}

/* ---- left: memory ---- */

static void put_resident(const struct gm_model *m, const struct gm_mem *mem, struct pane *pane)
{
	const char *least = gm_model_mem_partial(m) ? ">=" : "";
	double bytes = (double)mem->resident_pages * m->meta.page_size;
	char a[8], b[8], figures[32];

	snprintf(figures, sizeof(figures), "%s%s/%s%s", least, gm_top_pages(m, a, sizeof(a), mem->resident_pages),
		 least, gm_fmt_bytes(b, sizeof(b), mem->size_bytes));
	add_bar(add_cell(pane), "resident ", mem->size_bytes ? bytes / (double)mem->size_bytes : 0, figures,
		pane->width);
}

/* One bar for each node: its share of what is resident. */
static void put_node(const struct gm_model *m, const struct gm_mem *mem, unsigned int node, unsigned int width,
		     struct cell *c)
{
	double share = mem->resident_pages ? (double)mem->node_pages[node] / (double)mem->resident_pages : 0;
	char label[16], figures[24], a[8];

	snprintf(label, sizeof(label), width > 2 * NODE_COLS ? "node %-4u" : "N%-2u", node);
	snprintf(figures, sizeof(figures), "%s%s %3.0f%%", mem->nodes_error ? "~" : "",
		 gm_top_pages(m, a, sizeof(a), mem->node_pages[node]), share > 1 ? 100.0 : 100 * share);
	add_bar(c, label, share, figures, width);
}

/* Many nodes: a character each. */
static void put_nodes_short(const struct gm_model *m, const struct gm_top *t, const struct gm_mem *mem,
			    unsigned int nodes, struct pane *pane)
{
	char spark[3 * GM_NODES_MAX + 1], a[8];
	double v[GM_NODES_MAX];
	unsigned int most = 0;
	struct cell *c = add_cell(pane);

	for (unsigned int n = 0; n < nodes; n++) {
		v[n] = (double)mem->node_pages[n];
		most = v[n] > v[most] ? n : most;
	}
	gm_top_spark(spark, v, nodes, v[most], t->ascii);
	snprintf(c->text, sizeof(c->text), "nodes [%s] most N%u %s%s", spark, most, mem->nodes_error ? "~" : "",
		 gm_top_pages(m, a, sizeof(a), mem->node_pages[most]));
}

static void put_nodes(const struct gm_model *m, const struct gm_top *t, const struct gm_mem *mem, bool wide,
		      struct pane *pane)
{
	unsigned int nodes = m->meta.nodes < GM_NODES_MAX ? m->meta.nodes : GM_NODES_MAX;
	unsigned int per_line = wide && nodes <= 2 ? 1 : (pane->width + 1) / (NODE_COLS + 1);
	unsigned int lines;

	if (nodes < 2 || !mem->nodes_known)
		return;
	per_line = per_line > 4 ? 4 : per_line;
	if (nodes > NODE_LINES * per_line) {
		put_nodes_short(m, t, mem, nodes, pane);
		return;
	}
	lines = (nodes + per_line - 1) / per_line;
	per_line = (nodes + lines - 1) / lines;
	for (unsigned int n = 0; n < nodes; n++) {
		struct cell *c = n % per_line ? &pane->cell[pane->nr - 1] : add_cell(pane);

		if (n % per_line)
			strcat(c->text, " ");
		put_node(m, mem, n, (pane->width + 1) / per_line - 1, c);
	}
}

/* ---- middle: rates ---- */

/* Copies the newest nr values of one rate, oldest first; return their number, which is less early in a session. */
static unsigned int copy_rates(const struct gm_model *m, unsigned int nr, size_t offset, double *v)
{
	uint64_t have = m->ticks ? m->ticks - 1 : 0; /* the first tick has no rate */
	unsigned int n = nr < GM_HISTORY ? nr : GM_HISTORY;

	n = have < n ? (unsigned int)have : n;
	for (unsigned int i = 0; i < n; i++) {
		const struct gm_rates *r = &m->history[(m->ticks - n + i) % GM_HISTORY];

		memcpy(&v[i], (const char *)r + offset, sizeof(v[i]));
	}
	return n;
}

static double most_of(const double *v, unsigned int nr)
{
	double most = 0;

	for (unsigned int i = 0; i < nr; i++)
		most = v[i] > most ? v[i] : most;
	return most;
}

/* Appends the newest values that fit into width columns, scaled to the most of both rates. */
static void add_history(const struct gm_model *m, const struct gm_top *t, size_t offset, size_t other,
			unsigned int width, struct cell *c)
{
	double v[GM_HISTORY], w[GM_HISTORY], most, most_other;
	unsigned int nr = copy_rates(m, width, offset, v);
	char spark[3 * GM_HISTORY + 1];
	size_t used = strlen(c->text);

	most = most_of(v, nr);
	most_other = most_of(w, copy_rates(m, width, other, w));
	gm_top_spark(spark, v, nr, most > most_other ? most : most_other, t->ascii);
	c->bar_at[c->bars] = (unsigned int)gm_columns(c->text) + 1;
	c->bar_len[c->bars++] = nr;
	snprintf(c->text + used, sizeof(c->text) - used, " %s", spark);
}

#define RATE(field)	offsetof(struct gm_rates, field)

static void put_rate(const struct gm_model *m, const struct gm_top *t, const char *name, const char *value,
		     size_t offset, size_t other, bool unusual, struct pane *pane)
{
	static const char word[] = " below alloc";
	unsigned int tail = unusual ? sizeof(word) - 1 : 0;
	struct cell *c = add_cell(pane);
	char rate[32];

	snprintf(rate, sizeof(rate), "%s%s/s", unusual ? "!" : "", value);
	snprintf(c->text, sizeof(c->text), "%-6s %8s%s", name, rate, unusual ? word : "");
	if (unusual) {
		c->mark_at = 15 - (unsigned int)strlen(rate);
		c->mark_len = (unsigned int)strlen(rate) + tail;
	}
	if (pane->width > RATE_COLS + tail + SPARK_MIN)
		add_history(m, t, offset, other, pane->width - RATE_COLS - tail - 1, c);
}

static bool is_counted(const struct gm_model *m)
{
	for (size_t i = 0; i < m->vms.nr; i++)
		if (!gm_vm_uncounted(m, m->vms.at[i]))
			return true;
	return false;
}

static void put_rates(const struct gm_model *m, const struct gm_top *t, struct pane *pane)
{
	const struct gm_rates *now = &m->history[(m->ticks - 1) % GM_HISTORY];
	const char *least = gm_model_mem_partial(m) ? ">=" : "";
	char a[8], value[16];

	if (!is_counted(m)) {
		if (m->vms.nr)
			snprintf(add_cell(pane)->text, 64, "alloc n/a  free n/a");
		return;
	}
	snprintf(value, sizeof(value), "%s%s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)now->alloc_pages));
	put_rate(m, t, "alloc", value, RATE(alloc_pages), RATE(free_pages), false, pane);
	snprintf(value, sizeof(value), "%s%s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)now->free_pages));
	put_rate(m, t, "free", value, RATE(free_pages), RATE(alloc_pages), gm_top_frees_slower(m->history, m->ticks),
		 pane);
}

/* Fills *h with a phase of all machines, of the same time as the columns. */
static void sum_phase(const struct gm_model *m, unsigned int phase, struct gm_hist *h)
{
	struct gm_hist one;

	memset(h, 0, sizeof(*h));
	for (size_t i = 0; i < m->machines.nr; i++) {
		if (gm_top_is_since_start(m))
			gm_machine_hist(m->machines.at[i], phase, &one);
		else
			gm_machine_recent(m->machines.at[i], phase, &one);
		if (one.count)
			gm_hist_merge(h, &one);
	}
}

static void put_faults(const struct gm_model *m, const struct gm_top *t, struct pane *pane)
{
	const struct gm_rates *now = &m->history[(m->ticks - 1) % GM_HISTORY];
	unsigned int phase = gm_top_fault_phase(m);
	bool guest = !gm_phase_no_data_why(m, GM_PHASE_GUEST_FAULT);
	struct gm_items it = { .width = pane->width };
	struct cell *c = add_cell(pane);
	char a[8], b[8], rate[16];
	struct gm_hist h;

	if (phase == GM_PHASE_NR) {
		snprintf(c->text, sizeof(c->text), "faults      n/a");
		return;
	}
	sum_phase(m, phase, &h);
	snprintf(rate, sizeof(rate), "%s/s", gm_fmt_count(a, sizeof(a), now->faults));
	gm_item(&it, "faults %8s", rate);
	if (m->faults_seen != GM_SEEN_ALL)
		gm_item(&it, "%s", guest ? "(guest only: host n/a)" : "(host only: guest n/a)");
	if (h.count)
		gm_item(&it, "p50 %s p99 %s", gm_fmt_ns(a, sizeof(a), gm_hist_quantile(&h, 0.5)),
			gm_fmt_ns(b, sizeof(b), gm_hist_quantile(&h, 0.99)));
	snprintf(c->text, sizeof(c->text), "%.*s", (int)sizeof(c->text) - 1, it.text);
	if (pane->width > strlen(c->text) + SPARK_MIN)
		add_history(m, t, RATE(faults), RATE(faults), pane->width - (unsigned int)strlen(c->text) - 1, c);
}

/* ---- right: counts ---- */

static void put_items(const struct gm_items *it, struct pane *pane)
{
	if (it->text[0])
		snprintf(add_cell(pane)->text, sizeof(pane->cell[0].text), "%.*s", 500, it->text);
}

/* Puts the overhead into the shortest pane that has room for it; the counts' one on a wide page, if that has. */
static void put_overhead(const struct gm_top *t, struct pane pane[3], struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	unsigned int best = 3;
	size_t need;

	gm_top_overhead(&t->cost, &it);
	need = gm_columns(it.text);
	for (unsigned int k = 3; k-- > 0;)
		if (need <= pane[k].width && (best == 3 || pane[k].nr < pane[best].nr))
			best = k;
	if (best < 3)
		put_items(&it, &pane[best]);
	else
		gm_frame_add(&p->info, GM_ATTR_NORMAL, "%s", it.text);
}

/* ---- lines ---- */

static void add_spans(const struct cell *c, unsigned int at, struct gm_frame *f)
{
	for (unsigned int i = 0; i < c->bars; i++)
		gm_frame_span(f, GM_ATTR_BAR, at + c->bar_at[i], c->bar_len[i]);
	if (c->mark_len)
		gm_frame_span(f, GM_ATTR_UNUSUAL, at + c->mark_at, c->mark_len);
}

/* Adds line i of the panes, two blanks apart. */
static void add_line(const struct pane *pane, unsigned int panes, unsigned int i, struct gm_frame *f)
{
	unsigned int at[3] = { 0 }, used = 0;
	struct gm_str b = { 0 };
	char text[512];

	for (unsigned int k = 0, from = 0; k < panes; from += pane[k++].width + 2) {
		at[k] = from;
		if (i >= pane[k].nr)
			continue;
		gm_str_printf(&b, "%*s", (int)(from - used), "");
		snprintf(text, sizeof(text), "%s", pane[k].cell[i].text);
		gm_cut(text, pane[k].width);
		gm_str_puts(&b, text);
		used = from + (unsigned int)gm_columns(text);
	}
	gm_frame_add_str(f, GM_ATTR_NORMAL, &b);
	for (unsigned int k = 0; k < panes; k++)
		if (i < pane[k].nr)
			add_spans(&pane[k].cell[i], at[k], f);
}

static void set_widths(struct pane pane[3], unsigned int width)
{
	bool wide = width >= WIDE;

	pane[0].width = wide ? width * 2 / 5 : width / 2 - 2;
	pane[0].width = pane[0].width > 70 ? 70 : pane[0].width;
	pane[1].width = wide ? width / 3 : width - pane[0].width - 2;
	pane[1].width = pane[1].width > 66 ? 66 : pane[1].width;
	pane[2].width = wide ? width - pane[0].width - pane[1].width - 4 : 0;
}

void gm_top_meters(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct pane pane[3] = { { .nr = 0 } };
	bool wide = p->width >= WIDE;
	struct gm_items counts = { .width = 0 };
	unsigned int lines = 0;
	struct gm_mem mem;

	set_widths(pane, p->width);
	counts.width = pane[wide ? 2 : 0].width;
	gm_model_mem(m, &mem);
	put_resident(m, &mem, &pane[0]);
	put_nodes(m, t, &mem, wide, &pane[0]);
	if (m->prev_tick_ns) {
		put_rates(m, t, &pane[1]);
		put_faults(m, t, &pane[1]);
	}
	gm_top_counts(m, &counts);
	put_items(&counts, &pane[wide ? 2 : 0]);
	put_overhead(t, pane, p);
	for (unsigned int k = 0; k < 3; k++)
		lines = pane[k].nr > lines ? pane[k].nr : lines;
	for (unsigned int i = 0; i < lines; i++)
		add_line(pane, wide ? 3 : 2, i, &p->info);
}
