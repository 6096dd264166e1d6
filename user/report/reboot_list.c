// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_list.c - a table of all episodes, and a comparison of styles by medians, or by least and most. */
#include "base/fmt.h"
#include "report/reboot_report_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "model/observe.h"
#include "report/text.h"

#define MACHINE	12

static uint64_t ns_between(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

/* Return the length of the teardown; 0: not known. */
static uint64_t teardown_ns(const struct gm_episode *e)
{
	return gm_episode_teardown_is_known(e) ? ns_between(e->start_ns, e->teardown_end_ns) : 0;
}

/* Return the time from the new VM's first memory to steady state; 0: not known. */
static uint64_t boot_ns(const struct gm_episode *e)
{
	return e->first_bind_ns && e->end_known && e->end_ns == e->end_min_ns ? ns_between(e->first_bind_ns, e->end_ns)
									      : 0;
}

static char *ns_or_dash(char *buf, size_t size, uint64_t ns)
{
	if (ns)
		return gm_fmt_ns(buf, size, ns);
	snprintf(buf, size, "-");
	return buf;
}

static const char *end_word(const struct gm_episode *e)
{
	static const char *const words[] = { "open", "steady", "cut", "no vm", "no flt" };

	return e->end < GM_ARRAY_SIZE(words) ? words[e->end] : "?";
}

static char *count_or_na(char *buf, size_t size, uint64_t nr, bool known)
{
	if (known)
		return gm_fmt_count(buf, size, (double)nr);
	snprintf(buf, size, "n/a");
	return buf;
}

/* Return the width of the duration's column: bounds are wider than one time. */
static int wall_width(const struct gm_reboot_facts *rows, size_t nr)
{
	char wall[GM_WALL_LEN];
	size_t width = GM_LIST_WALL;

	for (size_t i = 0; i < nr; i++) {
		size_t n = strlen(gm_reboot_fmt_wall(wall, sizeof(wall), rows[i].e));

		width = n > width ? n : width;
	}
	return (int)width;
}

void gm_reboot_list_row(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *r, int width)
{
	const struct gm_episode *e = r->e;
	char name[320], wall[GM_WALL_LEN], down[8], boot[8], freed[8], got[8], saved[8] = "n/a", share[16] = "";
	uint64_t mid = r->saving.wall_ns.mid > 0 ? (uint64_t)(r->saving.wall_ns.mid + 0.5) : 0;

	gm_shorten(gm_plain(name, sizeof(name), e->name[0] ? e->name : "-"), MACHINE);
	if (!r->saving.na[0]) {
		gm_fmt_ns(saved, sizeof(saved), mid);
		gm_reboot_percent(share, sizeof(share), mid, gm_reboot_share_base_ns(e));
	} else if (!e->new_vm) {
		snprintf(saved, sizeof(saved), "-");
	}
	gm_str_printf(out, "%4u %s %-8s %-6s %*s %6s %6s %5s %5s %6s%s%s\n", e->id, gm_pad(name, sizeof(name), MACHINE),
		      gm_reboot_style_text(e), end_word(e), width, gm_reboot_fmt_wall(wall, sizeof(wall), e),
		      ns_or_dash(down, sizeof(down), teardown_ns(e)), ns_or_dash(boot, sizeof(boot), boot_ns(e)),
		      count_or_na(freed, sizeof(freed), gm_episode_freed(e), gm_episode_freed_is_known(m, e)),
		      count_or_na(got, sizeof(got), gm_episode_allocated(e), gm_episode_allocated_is_known(m, e)),
		      saved, share[0] ? " " : "", share);
}

void gm_reboot_list_head(struct gm_str *out, int width)
{
	gm_str_printf(out, "%4s %-*s %-8s %-6s %*s %6s %6s %5s %5s %6s\n", "NR", MACHINE, "MACHINE", "STYLE", "END",
		      width, "WALL", "TEARDN", "BOOT", "FREED", "ALLOC", "SAVED");
}

/* An episode in progress has no length yet. */
static bool is_compared(const struct gm_episode *e, unsigned int style)
{
	return e->style == style && e->end != GM_REBOOT_OPEN;
}

static void put_style(struct gm_str *out, const struct gm_reboot_facts *rows, size_t nr, unsigned int style,
		      uint64_t *v)
{
	uint64_t (*const value[])(const struct gm_episode *) = { gm_reboot_share_base_ns, teardown_ns, boot_ns };
	char cell[GM_FMT_MEDIAN_LEN];
	size_t n = 0;

	for (size_t i = 0; i < nr; i++)
		n += is_compared(rows[i].e, style);
	if (!n)
		return;
	gm_str_printf(out, "%-10s %8zu", gm_reboot_style_name(style), n);
	for (size_t k = 0; k < GM_ARRAY_SIZE(value); k++) {
		n = 0;
		for (size_t i = 0; i < nr; i++) {
			v[n] = is_compared(rows[i].e, style) ? value[k](rows[i].e) : 0;
			n += v[n] != 0; /* 0: not known */
		}
		gm_str_printf(out, " %16s", gm_fmt_median(cell, sizeof(cell), v, n));
	}
	gm_str_puts(out, "\n");
}

static void put_styles(struct gm_str *out, const struct gm_reboot_facts *rows, size_t nr)
{
	uint32_t seen = 0;
	uint64_t *v;

	for (size_t i = 0; i < nr; i++)
		seen |= rows[i].e->end == GM_REBOOT_OPEN ? 0 : 1u << rows[i].e->style;
	if (!(seen & (seen - 1)))
		return;
	v = calloc(nr + 1, sizeof(*v));
	if (!v) {
		out->err = -ENOMEM;
		return;
	}
	gm_str_printf(out, "\nby style, of those that are over: medians; of fewer than %d, min..max\n", GM_MEDIAN_MIN);
	gm_str_printf(out, "%-10s %8s %16s %16s %16s\n", "STYLE", "EPISODES", "WALL", "TEARDOWN", "BOOT");
	for (unsigned int s = 0; s < GM_REBOOT_STYLES; s++)
		put_style(out, rows, nr, s, v);
	free(v);
}

/* Write that there was no reboot, or why none can be observed: reboots are found by created memory and files. */
static void put_none(struct gm_str *out, const struct gm_model *m)
{
	const char *na = gm_phase_unavailable(m, GM_PHASE_CREATE);
	char text[400], plain[256];

	if (!na) {
		gm_str_printf(out, "no reboot was seen%s\n", gm_empty_why(m));
		return;
	}
	snprintf(text, sizeof(text), "n/a: reboots cannot be seen here: %s", gm_plain(plain, sizeof(plain), na));
	gm_text_wrap(out, 0, 2, text);
}

static void put_reshuffle(struct gm_str *out, const struct gm_model *m, const struct gm_reshuffle *s)
{
	char name[320], at[16], len[16], size[16];

	gm_shorten(gm_plain(name, sizeof(name), s->name[0] ? s->name : "-"), MACHINE);
	gm_str_printf(out, "%s %4u %10s %8s %8s\n", gm_pad(name, sizeof(name), MACHINE), s->vm,
		      gm_fmt_ns(at, sizeof(at), s->begin_ns > m->first_ns ? s->begin_ns - m->first_ns : 0),
		      gm_fmt_ns(len, sizeof(len), s->end_ns - s->begin_ns),
		      gm_fmt_bytes(size, sizeof(size), s->pages * m->meta.page_size));
}

static void list_reshuffles(struct gm_str *out, const struct gm_model *m, const char *want)
{
	const struct gm_vec *all = gm_model_reshuffles(m);

	gm_str_printf(out, "%-*s %4s %10s %8s %8s\n", MACHINE, "MACHINE", "VM", "BEGAN AT", "TOOK", "MEMORY");
	for (size_t i = 0; i < all->nr; i++)
		if (gm_reshuffle_matches(m, all->at[i], want))
			put_reshuffle(out, m, all->at[i]);
}

void gm_reshuffles_text(struct gm_str *out, const struct gm_model *m, const char *want, bool all)
{
	unsigned long long seen = gm_model_reshuffles_seen(m);
	const char *na = gm_model_resets_na(m);
	char text[400], plain[256];

	if (seen) {
		snprintf(text, sizeof(text), "No reboot: %llu time%s a VM's memory was unbound and bound again%s", seen,
			 gm_plural(seen), all ? ":" : ", with nothing freed (--all lists them)");
		gm_text_wrap(out, 0, 2, text);
		if (all)
			list_reshuffles(out, m, want);
	}
	if (!na || !m->vms.nr)
		return;
	snprintf(text, sizeof(text), "n/a: resets in place: %s", gm_plain(plain, sizeof(plain), na));
	gm_text_wrap(out, 0, 2, text);
}

void gm_reboot_list(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *rows, size_t nr)
{
	int width;

	if (!nr) {
		put_none(out, m);
		return;
	}
	width = wall_width(rows, nr);
	gm_reboot_list_head(out, width);
	for (size_t i = 0; i < nr; i++)
		gm_reboot_list_row(out, m, &rows[i], width);
	put_styles(out, rows, nr);
}
