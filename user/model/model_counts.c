// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* model_counts.c - sums and histograms that all parts of the model use. */
#include "base/utf8.h"
#include "model/model_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void gm_copy_text(char *dst, size_t dst_size, const char *src, size_t src_size)
{
	gm_clean(dst, dst_size, src, strnlen(src, src_size));
}

/* ---- drained histograms ---- */

int gm_hist_ensure(struct gm_hist **h)
{
	if (!*h)
		*h = calloc(1, sizeof(**h));
	return *h ? 0 : -ENOMEM;
}

uint64_t gm_hist_add_record(const struct gm_model *m, struct gm_hist *h, const struct gm_rec_hist *r)
{
	size_t nr = r->cells_nr < GM_HIST_CELLS ? r->cells_nr : GM_HIST_CELLS;
	__u64 min = r->min_ns, max = r->max_ns;
	uint64_t gained = 0;

	for (size_t i = 0; i < nr; i++) {
		if (r->cells[i].slot >= GM_HIST_SLOTS)
			continue;
		h->slot[r->cells[i].slot] += r->cells[i].count;
		gained += r->cells[i].count;
	}
	if (!gained)
		return 0;
	if (m->windowed) /* it began in the middle */
		gm_rec_hist_narrow(r, &min, &max);
	if (!h->count || min < h->min_ns)
		h->min_ns = min;
	if (max > h->max_ns)
		h->max_ns = max;
	h->count += gained;
	h->sum_ns += r->sum_ns;
	return gained;
}

/* ---- parts and operations ---- */

void gm_split_add(struct gm_split *dst, const struct gm_split *src)
{
	for (size_t w = 0; w < GM_FAULT_KINDS; w++) {
		for (size_t p = 0; p < GM_PART_NR; p++)
			dst->part_ns[w][p] += src->part_ns[w][p];
		dst->found[w] += src->found[w];
		dst->found_ns[w] += src->found_ns[w];
		dst->busy_ns[w] += src->busy_ns[w];
	}
}

uint64_t gm_ops_under_way(const struct gm_ops *ops)
{
	uint64_t ended = ops->done + ops->failed + ops->unfinished + ops->lost;

	return ops->seen > ended ? ops->seen - ended : 0;
}

/* ---- counts and ticks ---- */

void gm_counts_add(struct gm_counts *dst, const struct gm_counts *src)
{
	dst->allocated_pages += src->allocated_pages;
	dst->freed_pages += src->freed_pages;
	for (size_t i = 0; i < GM_K_MAX; i++) {
		dst->events[i] += src->events[i];
		dst->failed[i] += src->failed[i];
	}
}

void gm_counts_sub(struct gm_counts *dst, const struct gm_counts *src)
{
	dst->allocated_pages -= src->allocated_pages;
	dst->freed_pages -= src->freed_pages;
	for (size_t i = 0; i < GM_K_MAX; i++) {
		dst->events[i] -= src->events[i];
		dst->failed[i] -= src->failed[i];
	}
}
