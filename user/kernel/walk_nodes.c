// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * walk_nodes.c - computes an inode's pages by node, and a bound of their error.
 *
 * The figures of a complete scan are scaled to the present number of pages. Their error is at most E, the number of
 * pages that were allocated or freed since the scan began. Proof: let the true numbers be higher by e+ pages in sum on
 * some nodes, and lower by e- on the others. Then e+ + e- <= E. Scaling moves all figures in one direction, in sum by
 * |e+ - e-|. So no figure is wrong by more than the larger of e+ and e-. Rounding keeps the bound, a whole number.
 *
 * The figures of an incomplete scan, which has read W of R pages, have an error of at most R - W + E.
 *
 * If the scan reads leaves in random order, a second bound holds in 99 of 100 cases: the error of a ratio of two sums
 * over clusters, from the spread between leaves. A node that no leaf has shown has no spread. So ln(100) / k is added:
 * k random leaves miss a larger share of the leaves in only 1 of 100 cases.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernel/walk_nodes.h"

#define DEVIATIONS_99	2.576
#define MISSED_99	4.605

struct figures {
	__u64 pages[GM_NODES_MAX];
	uint64_t error, ns;
	uint32_t how;
};

static uint64_t sum(const __u64 *pages)
{
	uint64_t all = 0;

	for (unsigned int n = 0; n < GM_NODES_MAX; n++)
		all += pages[n];
	return all;
}

/* Scales figures so that they add up to `to`: the largest remainders are rounded up. from: sum(pages), not 0. */
static void scale(const __u64 *pages, uint64_t from, uint64_t to, __u64 *out)
{
	uint64_t rest[GM_NODES_MAX], left = to;

	for (unsigned int n = 0; n < GM_NODES_MAX; n++) {
		unsigned __int128 p = (unsigned __int128)pages[n] * to;

		out[n] = (uint64_t)(p / from);
		rest[n] = (uint64_t)(p % from);
		left -= out[n];
	}
	for (; left; left--) {
		unsigned int best = 0;

		for (unsigned int n = 1; n < GM_NODES_MAX; n++)
			if (rest[n] > rest[best])
				best = n;
		out[best]++;
		rest[best] = 0;
	}
}

static uint64_t min_u64(uint64_t v, uint64_t max)
{
	return v < max ? v : max;
}

static uint64_t moved_since(const struct gm_raw_walk *w, uint64_t then)
{
	return w->moved > then ? w->moved - then : 0;
}

static bool from_complete_walk(const struct gm_raw_walk *w, const struct gm_rec_inode *r, struct figures *out)
{
	uint64_t all = sum(w->done),
		 differ = all > r->resident_pages ? all - r->resident_pages : r->resident_pages - all;
	uint64_t moved = moved_since(w, w->done_moved);

	if (!w->done_ns || !all)
		return false;
	scale(w->done, all, r->resident_pages, out->pages);
	out->ns = w->done_ns;
	out->how = r->counted ? GM_NODES_BOUND : GM_NODES_AGED;
	out->error = r->counted ? min_u64(moved > differ ? moved : differ, r->resident_pages) : r->resident_pages;
	return true;
}

/* Returns by how many pages a node's figure is wrong at most, 99 times of 100. */
static double drawn_error(const struct gm_raw_walk *w, unsigned int n, double seen, double resident, double unseen)
{
	double k = (double)w->leaves, p = (double)w->now[n] / seen;
	double spread = (double)w->node_squares[n] - 2 * p * (double)w->node_products[n] + p * p * (double)w->squares;
	double deviation = resident / seen * sqrt(unseen * k / (k - 1) * (spread > 0 ? spread : 0));

	return DEVIATIONS_99 * deviation + MISSED_99 / k * resident * unseen;
}

static bool sample_error(const struct gm_raw_walk *w, const struct gm_rec_inode *r, uint64_t page_size, uint64_t *error)
{
	uint64_t leaves = (r->size_bytes / page_size + 63) / 64, seen = sum(w->now);
	double worst = 0, unseen;

	if (!w->mask || w->leaves < 2 || leaves < w->leaves)
		return false;
	unseen = 1 - (double)w->leaves / (double)leaves;
	for (unsigned int n = 0; n < GM_NODES_MAX; n++) {
		double e = drawn_error(w, n, (double)seen, (double)r->resident_pages, unseen);

		worst = e > worst ? e : worst;
	}
	*error = worst < (double)r->resident_pages ? (uint64_t)ceil(worst) : r->resident_pages;
	return true;
}

static bool from_walk_in_progress(const struct gm_raw_walk *w, const struct gm_rec_inode *r, uint64_t page_size,
				  struct figures *out)
{
	uint64_t seen = sum(w->now), moved = moved_since(w, w->began_moved), error;

	if (!w->began_ns || !seen)
		return false;
	scale(w->now, seen, r->resident_pages, out->pages);
	out->ns = w->began_ns;
	out->how = r->counted ? GM_NODES_BOUND : GM_NODES_AGED;
	out->error = seen < r->resident_pages ? r->resident_pages - seen : seen - r->resident_pages;
	if (sample_error(w, r, page_size, &error) && error < out->error) {
		out->how = GM_NODES_SAMPLE;
		out->error = error;
	}
	out->error = r->counted ? min_u64(out->error + moved, r->resident_pages) : r->resident_pages;
	return true;
}

void gm_nodes_fill(const struct gm_raw_walk *w, uint64_t page_size, struct gm_rec_inode *r)
{
	struct figures f = { 0 }, part = { 0 };
	bool known = from_complete_walk(w, r, &f);

	if (from_walk_in_progress(w, r, page_size, &part) && (!known || part.error < f.error)) {
		f = part;
		known = true;
	}
	if (!known && r->resident_pages)
		return;
	memcpy(r->node_pages, f.pages, sizeof(r->node_pages));
	r->nodes_how = f.how;
	r->nodes_error = f.error;
	r->nodes_ns = f.ns;
	r->nodes_known = f.how != GM_NODES_SAMPLE;
}
