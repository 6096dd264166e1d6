// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_cols.c - the main page's columns, one table row each. A value that is not observed prints "n/a", one that is not
 * yet measured "-"; 0 means 0.
 */
#include "base/fmt.h"
#include "top/top_meters.h"
#include "model/observe.h"
#include "model/reboot.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define FMT_ARGS const struct gm_model *m, const struct gm_top *t, const struct gm_row *r, \
		 const struct gm_col *c, unsigned int width, char *buf, size_t size
#define MARKED_COLS 7	/* a time with the mark of an unusual one */
#define SHARE_COLS 5	/* " 100%" */
/* Most columns need few of the arguments. */
#define FMT_UNUSED ((void)m, (void)t, (void)r, (void)c, (void)width)

static int compare_doubles(double a, double b)
{
	return a < b ? -1 : a > b;
}

#define CMP(name, expr_a, expr_b)								\
	static double value_##name(const struct gm_row *a, const struct gm_col *c)		\
	{											\
		(void)c;									\
		return (double)(expr_a);							\
	}											\
	static int cmp_##name(const struct gm_row *a, const struct gm_row *b, const struct gm_col *c)	\
	{											\
		(void)c;									\
		return compare_doubles((double)(expr_a), (double)(expr_b));				\
	}
CMP(pid, a->pid, b->pid)
CMP(vms, a->vms, b->vms)
CMP(size, a->mem.size_bytes, b->mem.size_bytes)
CMP(res, a->mem.resident_pages, b->mem.resident_pages)
CMP(alloc, a->rates.alloc_pages, b->rates.alloc_pages)
CMP(free, a->rates.free_pages, b->rates.free_pages)
CMP(faults, a->rates.faults, b->rates.faults)
CMP(p50, a->phase[c->phase].p50_ns, b->phase[c->phase].p50_ns)
CMP(p99, a->phase[c->phase].p99_ns, b->phase[c->phase].p99_ns)
CMP(pages, a->phase[c->phase].rate, b->phase[c->phase].rate)
CMP(reboot, a->reboots, b->reboots)
CMP(last, a->last ? gm_episode_wall(a->last) : 0, b->last ? gm_episode_wall(b->last) : 0)
CMP(node, a->mem.nodes_known ? a->mem.node_pages[c->node] : 0, b->mem.nodes_known ? b->mem.node_pages[c->node] : 0)
CMP(private, a->halves.private_pages, b->halves.private_pages)
CMP(left, a->halves.left_pages, b->halves.left_pages)
CMP(twice, a->halves.twice_pages, b->halves.twice_pages)
CMP(share, a->mem.size_bytes ? (double)a->mem.resident_pages / (double)a->mem.size_bytes : 0,
    b->mem.size_bytes ? (double)b->mem.resident_pages / (double)b->mem.size_bytes : 0)

static int cmp_name(const struct gm_row *a, const struct gm_row *b, const struct gm_col *c)
{
	(void)c;
	return strcmp(a->name, b->name);
}

/* Cuts the name, not the mark behind it. */
static void fmt_name(FMT_ARGS)
{
	const char *mark = r->orphan ? " (orphan)" : r->gone ? " (gone)" : r->mc && r->mc->dup ? " (dup)" : "";
	size_t len = strlen(mark), room = width > len ? width - len : 0;
	char name[sizeof(r->name)];

	FMT_UNUSED;
	memcpy(name, r->name, sizeof(name));
	gm_shorten(name, room);
	snprintf(buf, size, "%s%s", name, mark);
}

static void fmt_pid(FMT_ARGS)
{
	char pid[GM_PID_LEN];

	FMT_UNUSED;
	snprintf(buf, size, "%s", gm_pid_text(pid, r->pid));
}

static void fmt_vms(FMT_ARGS)
{
	FMT_UNUSED;
	snprintf(buf, size, "%s%u", r->mc && gm_machine_has_untracked_vms(r->mc) ? ">=" : "", r->vms);
}

/* Prints "n/a" if not all files of the machine are tracked: their memory is unknown. */
static bool print_no_memory(const struct gm_row *r, char *buf, size_t size)
{
	if (r->mem.untracked)
		snprintf(buf, size, "n/a");
	return r->mem.untracked;
}

static void fmt_size(FMT_ARGS)
{
	FMT_UNUSED;
	if (!print_no_memory(r, buf, size))
		gm_fmt_bytes(buf, size, r->mem.size_bytes);
}

static void fmt_res(FMT_ARGS)
{
	FMT_UNUSED;
	if (!print_no_memory(r, buf, size))
		gm_top_pages(m, buf, size, r->mem.resident_pages);
}

/* Prints pages of private or shared memory: a lower bound while they are first read. */
static void print_half(const struct gm_model *m, bool known, bool partial, uint64_t pages, char *buf, size_t size)
{
	size_t n = known && partial ? (size_t)snprintf(buf, size, ">=") : 0;

	if (known)
		gm_top_pages(m, buf + n, size - n, pages);
	else
		snprintf(buf, size, "n/a");
}

static void fmt_private(FMT_ARGS)
{
	FMT_UNUSED;
	print_half(m, r->halves.known, r->halves.partial, r->halves.private_pages, buf, size);
}

static void fmt_left(FMT_ARGS)
{
	FMT_UNUSED;
	print_half(m, r->halves.known, r->halves.partial, r->halves.left_pages, buf, size);
}

static void fmt_twice(FMT_ARGS)
{
	FMT_UNUSED;
	print_half(m, r->halves.twice_known, r->halves.partial || r->halves.twice_partial, r->halves.twice_pages, buf,
		   size);
}

/* Prints a bar before the figure if the column is wide enough. */
static void fmt_share(FMT_ARGS)
{
	unsigned int room = width > SHARE_COLS && t->height ? width - SHARE_COLS : 0;
	char bar[64], percent[16];
	double pct = 0;

	FMT_UNUSED;
	if (print_no_memory(r, buf, size))
		return;
	if (!r->mem.size_bytes) {
		snprintf(buf, size, "-");
		return;
	}
	pct = 100.0 * (double)r->mem.resident_pages * m->meta.page_size / (double)r->mem.size_bytes;
	snprintf(percent, sizeof(percent), "%.0f%%", pct > 999 ? 999.0 : pct);
	gm_top_fill(bar, room < sizeof(bar) ? room : sizeof(bar) - 1, pct / 100);
	snprintf(buf, size, "%-*s%*s", (int)room, bar, room ? SHARE_COLS : 0, percent);
}

/* Prints "n/a" if the rate is not observed, "-" before the second tick. Return true if it printed one of these. */
static bool print_no_rate(const struct gm_model *m, bool seen, char *buf, size_t size)
{
	if (!seen)
		snprintf(buf, size, "n/a");
	else if (!m->prev_tick_ns)
		snprintf(buf, size, "-");
	return !seen || !m->prev_tick_ns;
}

static void fmt_alloc(FMT_ARGS)
{
	FMT_UNUSED;
	if (!print_no_rate(m, r->counted, buf, size))
		gm_top_pages(m, buf, size, (uint64_t)r->rates.alloc_pages);
}

static void fmt_free(FMT_ARGS)
{
	char pages[8];

	FMT_UNUSED;
	if (!print_no_rate(m, r->counted, buf, size))
		snprintf(buf, size, "%s%s",
			 t->height && !r->gone && gm_top_frees_slower(r->mc->history, r->mc->history_nr) ? "!" : "",
			 gm_top_pages(m, pages, sizeof(pages), (uint64_t)r->rates.free_pages));
}

static void fmt_faults(FMT_ARGS)
{
	FMT_UNUSED;
	if (!print_no_rate(m, gm_top_fault_phase(m) != GM_PHASE_NR, buf, size))
		gm_fmt_count(buf, size, r->rates.faults);
}

static bool is_phase_observed(const struct gm_model *m, const struct gm_col *c)
{
	if (c->phase == GM_PHASE_GUEST_FAULT)
		return gm_top_fault_phase(m) != GM_PHASE_NR;
	return !gm_phase_no_data_why(m, c->phase);
}

static void fmt_quantile(const struct gm_model *m, const struct gm_row *r, const struct gm_col *c, uint64_t ns,
			 char *buf, size_t size)
{
	if (!is_phase_observed(m, c))
		snprintf(buf, size, "n/a");
	else if (!r->phase[c->phase].count)
		snprintf(buf, size, "-");
	else
		gm_fmt_ns(buf, size, ns);
}

/* For a phase in which each count is one page. */
static void fmt_pages(FMT_ARGS)
{
	FMT_UNUSED;
	if (is_phase_observed(m, c) && !m->keep_heat)
		snprintf(buf, size, "-");
	else if (!print_no_rate(m, is_phase_observed(m, c), buf, size))
		gm_top_pages(m, buf, size, (uint64_t)r->phase[c->phase].rate);
}

static void fmt_p50(FMT_ARGS)
{
	FMT_UNUSED;
	fmt_quantile(m, r, c, r->phase[c->phase].p50_ns, buf, size);
}

static void fmt_p99(FMT_ARGS)
{
	unsigned int phase = c->phase == GM_PHASE_GUEST_FAULT ? gm_top_fault_phase(m) : c->phase;
	char ns[8];

	FMT_UNUSED;
	fmt_quantile(m, r, c, r->phase[c->phase].p99_ns, ns, sizeof(ns));
	snprintf(buf, size, "%s%s",
		 t->height && r->mc && !gm_top_is_since_start(m) && gm_top_is_slow(m, r->mc, phase, 0.99) ? "!" : "",
		 ns);
}

static void fmt_reboot(FMT_ARGS)
{
	FMT_UNUSED;
	if (gm_reboots_are_known(m, r->reboots))
		gm_fmt_count(buf, size, (double)r->reboots);
	else
		snprintf(buf, size, "n/a");
}

static void fmt_node(FMT_ARGS)
{
	char pages[8];

	FMT_UNUSED;
	if (r->mem.nodes_known && !r->mem.untracked)
		snprintf(buf, size, "%s%s", r->mem.nodes_error ? "~" : "",
			 gm_top_pages(m, pages, sizeof(pages), r->mem.node_pages[c->node]));
	else
		snprintf(buf, size, "n/a");
}

/* Prints the duration of the last reboot, or its bound. */
static void fmt_last(FMT_ARGS)
{
	char ns[8];

	FMT_UNUSED;
	if (!gm_reboots_are_known(m, r->reboots) || (r->mc && r->mc->last_episode && !r->last) ||
	    (r->last && !r->last->end_known && !gm_episode_wall_min(r->last)))
		snprintf(buf, size, "n/a");
	else if (!r->last)
		snprintf(buf, size, "-");
	else if (gm_episode_is_timed(r->last))
		gm_fmt_ns(buf, size, gm_episode_wall(r->last));
	else if (r->last->end_known)
		snprintf(buf, size, "<=%s", gm_fmt_ns(ns, sizeof(ns), gm_episode_wall(r->last)));
	else
		snprintf(buf, size, ">=%s", gm_fmt_ns(ns, sizeof(ns), gm_episode_wall_min(r->last)));
}

/*
 * Bars of the last ticks, scaled to the machine's own maximum in the time shown. They fill the column from the left;
 * once it is full, the newest is at the right. One column is the same tick in all rows.
 */
static void fmt_history(FMT_ARGS)
{
	unsigned int ticks = m->ticks < width ? (unsigned int)m->ticks : width, nr;
	double v[GM_HISTORY] = { 0 }, most = 0;
	char spark[3 * GM_HISTORY + 1];

	FMT_UNUSED;
	buf[0] = '\0';
	if (!r->mc || !r->counted)
		return;
	ticks = ticks < GM_HISTORY ? ticks : GM_HISTORY;
	nr = r->mc->history_nr < ticks ? (unsigned int)r->mc->history_nr : ticks;
	for (unsigned int i = 0; i < nr; i++) {
		double *to = &v[ticks - nr + i];

		*to = r->mc->history[(r->mc->history_nr - nr + i) % GM_HISTORY].alloc_pages;
		most = *to > most ? *to : most;
	}
	snprintf(buf, size, "%s", gm_top_spark(spark, v, ticks, most, t->ascii));
}

/* Columns of private memory come with the first VM that may have some. */
static bool has_private(const struct gm_model *m, const struct gm_col *c)
{
	struct gm_halves h;

	(void)c;
	gm_model_halves(m, &h);
	return h.any;
}

static bool has_node(const struct gm_model *m, const struct gm_col *c)
{
	return m->meta.nodes > 1 && c->node < m->meta.nodes;
}

#define NUM(n, l, w, d, f, h) .name = n, .letter = l, .width = w, .drop = d, .cmp = cmp_##f, .fmt = fmt_##f, \
			      .help = h, .value = value_##f
/* Median and 99th percentile of a phase; put_phase_help() describes both in one line. */
#define PHASE(n, p, d50, d99)										\
	{ NUM(n "50", 0, sizeof(n) < 5 ? 6 : sizeof(n) + 1, d50, p50, NULL), .set = GM_COL_PHASES, \
	  .of_phase = true, .phase = GM_PHASE_##p }, \
	{ NUM(n "99", 0, sizeof(n) < 5 ? 6 : sizeof(n) + 1, d99, p99, NULL), .set = GM_COL_PHASES, \
	  .min = MARKED_COLS, .of_phase = true, .phase = GM_PHASE_##p }
#define NODE(n) { NUM("N" #n, 0, 6, 13, node, NULL), .node = n, .orphan = true, .need = has_node, \
		  .unit = GM_UNIT_PAGES }

/* Columns that apply to orphans come first: what pins an orphan is printed in place of the others. */
const struct gm_col gm_top_cols[] = {
	{ .name = "MACHINE", .letter = 'M', .width = 16, .min = 16, .max = 110, .left = true, .up = true,
	  .orphan = true, .set = GM_COL_BOTH, .cmp = cmp_name, .fmt = fmt_name,
	  .help = "virtual machine, over all its reboots" },
	{ NUM("PID", 'P', 7, 10, pid, "process that runs it (pins it, for an orphan)"), .up = true, .orphan = true },
	{ NUM("VMS", 'V', 3, 11, vms, "struct kvm alive: 2 during a create-before-destroy reboot"), .orphan = true },
	{ NUM("SIZE", 'S', 5, 4, size, "bytes of its guest_memfd inodes"), .orphan = true },
	{ NUM("RES", 'R', 5, 0, res, "resident part of SIZE, by the kernel's own counters"), .orphan = true,
	  .unit = GM_UNIT_PAGES },
	{ NUM("RES%", '%', 4, 8, share, "resident part of SIZE in percent"), .min = 8, .max = 15,
	  .orphan = true, .unit = GM_UNIT_SHARE },
	{ NUM("PRIV", 0, 6, 6, private, "private memory (guest pages with KVM's private attribute)"),
	  .need = has_private, .unit = GM_UNIT_PAGES },
	{ NUM("TWICE", 0, 6, 5, twice, "private memory that the VM's process has other pages for"),
	  .need = has_private, .unit = GM_UNIT_PAGES },
	{ NUM("LEFT", 0, 6, 9, left, "shared memory that is still in guest_memfd after a conversion"),
	  .need = has_private, .unit = GM_UNIT_PAGES },
	NODE(0), NODE(1), NODE(2), NODE(3), NODE(4), NODE(5), NODE(6), NODE(7), NODE(8), NODE(9), NODE(10), NODE(11),
	NODE(12), NODE(13), NODE(14), NODE(15),
	{ NUM("ALLOC/s", 'A', 7, 3, alloc, "bytes allocated per second, over the last sample"), .unit = GM_UNIT_PAGES },
	{ NUM("FREE/s", 'F', 6, 5, free, "bytes freed per second; !: lately, less than half of ALLOC/s"),
	  .unit = GM_UNIT_PAGES },
	{ NUM("FLT/s", 'T', 5, 6, faults, "page faults on guest memory per second, of guest and host"),
	  .set = GM_COL_BOTH },
	{ NUM("FLT50", '5', 6, 9, p50, "median time of a guest fault (host fault where n/a)"),
	  .set = GM_COL_BOTH, .of_phase = true, .phase = GM_PHASE_GUEST_FAULT },
	{ NUM("FLT99", '9', 6, 2, p99, "99th percentile of the same; !: twice that of before"),
	  .min = MARKED_COLS, .set = GM_COL_BOTH, .of_phase = true, .phase = GM_PHASE_GUEST_FAULT },
	{ NUM("REBOOT", 'B', 6, 7, reboot, "finished reboots, of every style (see gmemreboot)") },
	{ NUM("LASTREB", 'L', 8, 12, last, "how long its last finished reboot took (e: all)") },
	{ .name = "HISTORY", .width = 8, .min = 8, .max = GM_HISTORY, .drop = 14, .left = true, .cmp = cmp_alloc,
	  .fmt = fmt_history, .help = "ALLOC/s by samples, newest to the right, each row scaled" },
	PHASE("ALLOC", ALLOC, 5, 15),
	{ NUM("ZERO/s", 'Z', 6, 11, pages, "bytes zeroed per second (phase zero)"), .set = GM_COL_PHASES,
	  .of_phase = true, .phase = GM_PHASE_ZERO, .unit = GM_UNIT_PAGES },
	PHASE("ZERO", ZERO, 3, 16),
	PHASE("PREP", PREPARE, 18, 19),
	PHASE("MAP", MAP, 6, 17),
	PHASE("HFLT", HOST_FAULT, 12, 13),
	PHASE("BIND", BIND, 21, 20),
	PHASE("UNBIND", UNBIND, 28, 24),
	PHASE("ZAP", ZAP, 22, 7),
	PHASE("REL", RELEASE, 29, 25),
	PHASE("FREE", FREE, 23, 10),
	PHASE("DESTR", DESTROY, 30, 26),
	PHASE("REBIND", REBIND, 31, 27),
	PHASE("CREATE", CREATE, 33, 32),
	PHASE("FALLOC", FALLOCATE, 35, 34),
	PHASE("PUNCH", PUNCH, 37, 36),
	PHASE("CONV", CONVERT, 39, 38),
	PHASE("POPUL", POPULATE, 41, 40),
	PHASE("PFLT", PREFAULT, 43, 42),
};
const unsigned int gm_top_cols_nr = GM_ARRAY_SIZE(gm_top_cols);

bool gm_col_is_available(const struct gm_model *m, unsigned int col)
{
	const struct gm_col *c = &gm_top_cols[col];

	return !c->need || c->need(m, c);
}

bool gm_col_is_extra(const struct gm_model *m, const struct gm_top *t, unsigned int col)
{
	return t->height && t->width >= GM_EXTRA_MIN && t->set == GM_TOP_MEMORY && col != t->sort &&
	       gm_top_cols[col].set == GM_COL_PHASES && !gm_col_is_empty(m, col);
}

bool gm_col_is_empty(const struct gm_model *m, unsigned int col)
{
	return gm_top_cols[col].set == GM_COL_PHASES && !is_phase_observed(m, &gm_top_cols[col]);
}
