// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_saving.c - what re-using the inode would have saved, from the episode's own costs per page.
 *
 * With the old inode in the new vm the pages stay: none is freed, allocated or cleared, and each fault finds its page. So the
 * saving is free + alloc + zero, less what a fault that finds its page spends in place of alloc: alloc of a fault is the time from
 * its begin, so it has KVM's own way to the page in it, which stays.
 *
 * Intervals. alloc and zero: 95 % of the means of BOOTSTRAPS resamples of their histograms (each value at its slot's middle).
 * What a fault spends to find a page: the mean of this episode's faults that found theirs; where there was none, between
 * nothing and all of alloc. free is one or a few calls, so its interval is the spread between them, or what it is.
 */
#include "model/reboot_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BOOTSTRAPS	400

/* splitmix64: the same episode gives the same interval, always. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static double uniform(uint64_t *state)
{
	return ((double)(next_random(state) >> 11) + 0.5) / 9007199254740992.0;
}

/* How many of n trials of probability p succeed: by inversion where few are expected, else by the normal approximation. */
static double binomial(uint64_t *state, double n, double p)
{
	double mean = n * p, sd = sqrt(n * p * (1 - p)), v;

	if (n <= 0 || p <= 0)
		return 0;
	if (p >= 1)
		return n;
	if (mean < 30) {
		double term = exp(-mean), sum = term, u = uniform(state);

		for (v = 0; u > sum && v < n; sum += term)
			term *= mean / ++v;
		return v;
	}
	v = floor(mean + sd * sqrt(-2 * log(uniform(state))) * cos(6.283185307179586 * uniform(state)) + 0.5);
	return v < 0 ? 0 : v > n ? n : v;
}

static double slot_value(unsigned int slot)
{
	double hi = (double)gm_hist_upper_ns(slot < GM_HIST_BOUNDS ? slot : GM_HIST_BOUNDS - 1);

	return slot ? hi * 0.957603280698573647 : hi / 2;
}

static double resampled_mean(const struct gm_hist *h, uint64_t *state)
{
	double left = (double)h->count, p_left = 1, sum = 0, n = 0;

	for (unsigned int s = 0; s < GM_HIST_SLOTS && left > 0; s++) {
		double p = (double)h->slot[s] / (double)h->count, k;

		if (!h->slot[s])
			continue;
		k = binomial(state, left, p_left > p ? p / p_left : 1);
		sum += k * slot_value(s);
		n += k;
		left -= k;
		p_left -= p;
	}
	return n > 0 ? sum / n : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct interval {
	double low, mid, high;
};

/* Of the mean; mid is the exact one, and the resamples' spread around their own middle is carried over to it. */
static struct interval mean_interval(const struct gm_hist *h)
{
	double means[BOOTSTRAPS], centre = 0;
	struct interval out = { 0, 0, 0 };
	uint64_t state = h->count ^ h->sum_ns;

	if (!h->count)
		return out;
	for (int i = 0; i < BOOTSTRAPS; i++) {
		means[i] = resampled_mean(h, &state);
		centre += means[i] / BOOTSTRAPS;
	}
	qsort(means, BOOTSTRAPS, sizeof(means[0]), by_value);
	out.mid = (double)h->sum_ns / (double)h->count;
	out.low = centre > 0 ? out.mid * means[BOOTSTRAPS / 40] / centre : out.mid;
	out.high = centre > 0 ? out.mid * means[BOOTSTRAPS - 1 - BOOTSTRAPS / 40] / centre : out.mid;
	return out;
}

static const char *why_not(const struct gm_model *m, const struct gm_episode *e)
{
	static const unsigned int needed[] = { GM_PHASE_ALLOC, GM_PHASE_ZERO, GM_PHASE_FREE };

	if (!e->new_vm)
		return "no new vm came";
	if (e->style == GM_RB_LINK)
		return "this reboot did re-use the inode";
	for (size_t i = 0; i < GM_ARRAY_SIZE(needed); i++)
		if (gm_model_na(m, needed[i]))
			return gm_model_na(m, needed[i]);
	if (!gm_episode_freed(e))
		return "nothing was freed";
	return e->alloc.count ? NULL : "nothing was allocated";
}

/* Work on the CPU: what freeing waits for (RCU) is not the pages'. */
static double free_work(const struct gm_episode *e)
{
	const struct gm_line_cost *f = &e->old[GM_PHASE_FREE], *p = &e->old[GM_PHASE_PUNCH];

	return (double)(f->work_ns - f->off_ns) + (double)(p->work_ns - p->off_ns);
}

/* What finding a page costs a fault, in ns: low and high as far as this episode can tell. */
static struct interval found_cost(const struct gm_episode *e, double alloc)
{
	uint64_t n = 0, ns = 0;
	double mean;

	for (unsigned int w = 0; w < GM_WHOLE_NR; w++) {
		n += e->split.found[w];
		ns += e->split.found_ns[w];
	}
	if (!n)
		return (struct interval){ 0, alloc / 2, alloc };
	mean = (double)ns / (double)n;
	/* Dearer than the whole way to a page: an odd one, such as the first of all. As good as none. */
	if (mean > alloc)
		return (struct interval){ 0, alloc / 2, alloc };
	/* Few of them: their mean is known to one part in the root of their number. */
	return (struct interval){ mean * (1 - 1 / sqrt((double)n + 1)), mean, fmin(alloc, mean * (1 + 1 / sqrt((double)n))) };
}

/* How many faults went on at once, on the average while there was one: what their work is on the wall. */
static double at_once(const struct gm_episode *e)
{
	double work = 0, busy = 0;

	for (unsigned int w = 0; w < GM_WHOLE_NR; w++) {
		busy += (double)e->split.busy_ns[w];
		for (unsigned int p = 0; p < GM_PART_NR; p++)
			work += (double)e->split.part_ns[w][p];
	}
	return busy > 0 && work > busy ? work / busy : 1;
}

void gm_episode_saving(const struct gm_model *m, const struct gm_episode *e, struct gm_saving *out)
{
	struct interval alloc, zero, found;
	double pages, cleared, freed, share, par = at_once(e);

	memset(out, 0, sizeof(*out));
	out->spte_ns = (double)e->old[GM_PHASE_ZAP].work_ns + (double)e->new[GM_PHASE_MAP].work_ns;
	out->na = why_not(m, e);
	if (out->na)
		return;
	freed = (double)gm_episode_freed(e);
	pages = fmin(freed, (double)e->alloc.count);
	cleared = fmin(pages, (double)e->zero.count);
	share = free_work(e) * pages / freed;
	alloc = mean_interval(&e->alloc);
	zero = mean_interval(&e->zero);
	found = found_cost(e, alloc.mid);
	out->pages = (uint64_t)pages;
	out->free_ns.low = out->free_ns.mid = out->free_ns.high = share;
	out->alloc_ns.low = pages * fmax(0, alloc.low - found.high);
	out->alloc_ns.mid = pages * fmax(0, alloc.mid - found.mid);
	out->alloc_ns.high = pages * fmax(0, alloc.high - found.low);
	out->zero_ns.low = cleared * zero.low;
	out->zero_ns.mid = cleared * zero.mid;
	out->zero_ns.high = cleared * zero.high;
#define SUM(end) do {								\
		out->total_ns.end = out->free_ns.end + out->alloc_ns.end + out->zero_ns.end;		\
		out->wall_ns.end = out->free_ns.end + (out->alloc_ns.end + out->zero_ns.end) / par;	\
	} while (0)
	SUM(low);
	SUM(mid);
	SUM(high);
#undef SUM
}
