// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_cost.c - the four costs of a reboot (a, b, c, d), SPTEs, and what re-using the inode would have saved. */
#include "base/fmt.h"
#include "report/reboot_report_int.h"
#include "model/observe.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define NAME 24

static void put_cost(struct gm_str *out, const char *name, uint64_t pages, uint64_t ns)
{
	char nr[8], total[8], per[8];

	gm_fmt_ns(total, sizeof(total), ns);
	if (pages)
		gm_str_printf(out, "%-*s %6s pages %7s %7s a page\n", NAME, name,
			      gm_fmt_count(nr, sizeof(nr), (double)pages), total,
			      gm_fmt_ns(per, sizeof(per), ns / pages));
	else
		gm_str_printf(out, "%-*s %12s %7s (number unknown)\n", NAME, name, "", total);
}

static void put_words(struct gm_str *out, const char *name, const char *fmt, const char *words)
{
	char text[400], plain[256];

	snprintf(text, sizeof(text), fmt, gm_plain(plain, sizeof(plain), words));
	gm_str_printf(out, "%-*s ", NAME, name);
	gm_text_wrap(out, NAME + 1, NAME + 1, text);
}

/* Write pages that are counted, but whose time is not known. */
static void put_counted(struct gm_str *out, const char *name, uint64_t pages, const char *why)
{
	char nr[8], text[400], plain[256];

	snprintf(text, sizeof(text), "%6s pages; time n/a: %s", gm_fmt_count(nr, sizeof(nr), (double)pages),
		 gm_plain(plain, sizeof(plain), why ? why : "not recorded"));
	gm_str_printf(out, "%-*s ", NAME, name);
	gm_text_wrap(out, NAME + 1, NAME + 1, text);
}

/* Write a phase's line, or why it is not known. */
static void put_phase(struct gm_str *out, const struct gm_model *m, const char *name, unsigned int phase,
		      uint64_t pages, uint64_t ns)
{
	const char *na = gm_phase_unavailable(m, phase);

	if (!ns && pages)
		put_counted(out, name, pages, gm_model_sight(m, phase).why);
	else if (na && !ns)
		put_words(out, name, "n/a: %s", na);
	else if (!pages && !ns)
		put_words(out, name, "%s", "none");
	else
		put_cost(out, name, pages, ns);
}

static void put_zeroed_on_close(struct gm_str *out, const struct gm_model *m)
{
	const char *how = gm_reboot_zeroed_on_free(m);

	put_words(out, "(a) zeroed on close", "%s",
		  !how				   ? "n/a: the kernel's boot settings are unknown"
		  : m->meta.init_on_free == GM_YES ? "inside (b): init_on_free is on"
						   : "not done by this kernel (init_on_free is off)");
}

/*
 * Write the estimated cost of the allocator's zeroing, which is inside alloc and not timed: the same bytes as
 * guest_memfd zeroes, so about the same time.
 */
static void put_twice(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e)
{
	const struct gm_line_cost *zero = &e->new[GM_PHASE_ZERO], *alloc = &e->new[GM_PHASE_ALLOC];
	double est = zero->count ? (double)zero->work_ns / (double)zero->count * (double)alloc->count : 0;
	char ns[8], text[200];

	if (m->meta.init_on_alloc == GM_UNKNOWN) {
		put_words(out, "    by the allocator", "%s", "n/a: whether init_on_alloc is on is unknown");
		return;
	}
	if (m->meta.init_on_alloc != GM_YES || !alloc->count)
		return;
	if (est > 0)
		snprintf(text, sizeof(text), "estimate: %s, as much a page as (d); inside (c) (init_on_alloc is on)",
			 gm_fmt_ns(ns, sizeof(ns), (uint64_t)est));
	else
		snprintf(text, sizeof(text), "inside (c), not known how much (init_on_alloc is on)");
	put_words(out, "    zeroed a 2nd time", "%s", text);
}

/* Add up the zaps of both sides: firmware zaps while the new VM boots. */
static struct gm_line_cost sum_zaps(const struct gm_line_cost *old, const struct gm_line_cost *new)
{
	struct gm_line_cost both = *old;

	both.pages += new->pages;
	both.work_ns += new->work_ns;
	both.flush_ns += new->flush_ns;
	both.sptes_known =
		(old->sptes_known || !old->count) && (new->sptes_known || !new->count) && (old->count || new->count);
	both.flush_known = old->flush_known || new->flush_known;
	for (unsigned int k = 0; k < GM_LEVELS; k++)
		both.sptes[k] += new->sptes[k];
	return both;
}

static void put_zapped(struct gm_str *out, const struct gm_model *m, const struct gm_line_cost *zap)
{
	static const char *const sizes[GM_LEVELS] = { "4K", "2M", "1G" };
	char text[200], nr[8], ns[8], per[8];
	uint64_t sptes = 0;
	size_t n = 0;

	for (unsigned int k = 0; k < GM_LEVELS; k++)
		sptes += zap->sptes[k];
	if (!zap->sptes_known) {
		put_phase(out, m, "    SPTEs zapped", GM_PHASE_ZAP, zap->pages, zap->work_ns);
		return;
	}
	gm_str_printf(out, "%-*s %6s SPTEs %7s %7s%s\n", NAME, "    SPTEs zapped",
		      gm_fmt_count(nr, sizeof(nr), (double)sptes), gm_fmt_ns(ns, sizeof(ns), zap->work_ns),
		      sptes ? gm_fmt_ns(per, sizeof(per), zap->work_ns / sptes) : "-", sptes ? " each" : "");
	text[0] = '\0';
	for (unsigned int k = 0; k < GM_LEVELS; k++)
		if (zap->sptes[k])
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s of %s", n ? ", " : "",
					      gm_fmt_count(nr, sizeof(nr), (double)zap->sptes[k]), sizes[k]);
	if (zap->flush_known)
		snprintf(text + n, sizeof(text) - n, "%sTLB flushes and kicks %s", n ? "; " : "",
			 gm_fmt_ns(ns, sizeof(ns), zap->flush_ns));
	if (text[0])
		put_words(out, "", "%s", text);
}

static void put_steps(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e)
{
	const struct gm_line_cost *old = e->old, *new = e->new;
	struct gm_line_cost both = sum_zaps(&old[GM_PHASE_ZAP], &new[GM_PHASE_ZAP]);

	put_zeroed_on_close(out, m);
	put_phase(out, m, "(b) freed", GM_PHASE_FREE, gm_episode_freed(e),
		  old[GM_PHASE_FREE].work_ns + old[GM_PHASE_PUNCH].work_ns);
	if (e->new_vm) {
		put_phase(out, m, "(c) allocated", GM_PHASE_ALLOC, gm_episode_allocated(e),
			  new[GM_PHASE_ALLOC].work_ns);
		put_phase(out, m, "(d) zeroed", GM_PHASE_ZERO, new[GM_PHASE_ZERO].count, new[GM_PHASE_ZERO].work_ns);
		put_twice(out, m, e);
	}
	put_zapped(out, m, &both);
	if (e->new_vm && gm_reboot_spte_map_na(m, e))
		put_words(out, "    SPTEs mapped", "n/a: %s", gm_reboot_spte_map_na(m, e));
	else if (e->new_vm)
		put_phase(out, m, "    SPTEs mapped", GM_PHASE_MAP, new[GM_PHASE_MAP].count, new[GM_PHASE_MAP].work_ns);
}

/* ---- saving ---- */

static char *fmt_double_ns(char *buf, size_t size, double ns)
{
	return gm_fmt_ns(buf, size, ns > 0 ? (uint64_t)(ns + 0.5) : 0);
}

static void put_saved(struct gm_str *out, const char *name, double low, double mid, double high)
{
	char a[8], b[8], c[8];

	gm_str_printf(out, "%-*s %7s %7s %7s\n", NAME, name, fmt_double_ns(a, sizeof(a), low),
		      fmt_double_ns(b, sizeof(b), mid), fmt_double_ns(c, sizeof(c), high));
}

static void put_share(struct gm_str *out, const struct gm_episode *e, const struct gm_saving *s)
{
	const double v[] = { s->wall_ns.low, s->wall_ns.mid, s->wall_ns.high };
	char share[16];

	gm_str_printf(out, "%-*s", NAME, "  of the reboot");
	for (size_t i = 0; i < GM_ARRAY_SIZE(v); i++)
		gm_str_printf(out, " %7s",
			      gm_reboot_percent(share, sizeof(share), v[i] > 0 ? (uint64_t)v[i] : 0,
						gm_reboot_share_base_ns(e)));
	gm_str_puts(out, "\n");
}

static void put_saving(struct gm_str *out, const struct gm_episode *e, const struct gm_saving *s)
{
	char pages[8];

	gm_str_printf(out, "\nre-using the inode would have saved, of %s pages (method: docs/reboot.md)\n",
		      gm_fmt_count(pages, sizeof(pages), (double)s->pages));
	gm_str_printf(out, "%-*s %7s %7s %7s\n", NAME, "", "LOW", "MID", "HIGH");
	put_saved(out, "  work: freeing", s->free_ns.low, s->free_ns.mid, s->free_ns.high);
	put_saved(out, "        allocating", s->alloc_ns.low, s->alloc_ns.mid, s->alloc_ns.high);
	put_saved(out, "        zeroing", s->zero_ns.low, s->zero_ns.mid, s->zero_ns.high);
	put_saved(out, "        together", s->total_ns.low, s->total_ns.mid, s->total_ns.high);
	put_saved(out, "  wall clock", s->wall_ns.low, s->wall_ns.mid, s->wall_ns.high);
	put_share(out, e, s);
}

static void put_not_destroying(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e,
			       const struct gm_saving *s)
{
	const char *zap = gm_phase_unavailable(m, GM_PHASE_ZAP), *map = gm_reboot_spte_map_na(m, e);
	char ns[8], text[500], plain[256];

	if (zap && map)
		snprintf(text, sizeof(text), "not destroying the VM would save the SPTEs, too: n/a: %s",
			 gm_plain(plain, sizeof(plain), zap));
	else
		snprintf(text, sizeof(text), "not destroying the VM would save the SPTEs, too: %s of work%s%s",
			 fmt_double_ns(ns, sizeof(ns), s->spte_ns), zap || map ? ", without " : "",
			 zap   ? "zap (n/a)"
			 : map ? "map (n/a)"
			       : "");
	gm_text_wrap(out, 0, 2, text);
}

void gm_reboot_costs(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e,
		     const struct gm_saving *s)
{
	char text[400], plain[256];

	gm_str_puts(out, "\n");
	put_steps(out, m, e);
	if (!e->new_vm)
		return;
	if (s->na[0]) {
		snprintf(text, sizeof(text), "what re-using the inode would have saved: n/a: %s",
			 gm_plain(plain, sizeof(plain), s->na));
		gm_str_puts(out, "\n");
		gm_text_wrap(out, 0, 2, text);
	} else {
		put_saving(out, e, s);
	}
	if (e->style != GM_REBOOT_INPLACE)
		put_not_destroying(out, m, e, s);
}
