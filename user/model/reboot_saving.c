// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_saving.c - estimates what re-using the inode would have saved, from the costs of the ordinary rebuild.
 *
 * With the old inode in the new VM the pages stay: none is freed, allocated or zeroed, and each fault finds its page.
 * The saving is
 *
 * 	free	truncate_inode_pages_final(), or punching: removing pages from the page cache, uncharging and freeing
 * 		them, arch reclaim
 * 	alloc	the time of a fault, or fallocate, up to the page's insertion (__filemap_add_folio): KVM up to
 * 		kvm_gmem_get_folio(), the failed lookup, __folio_alloc(), mem_cgroup_charge(), the xarray; and
 * 		fallocate's own time
 * 	zero	from the insertion to kvm_mmu_spte_requested(): folio_add_lru(), zeroing, and the return to KVM
 * 	- found	for each of these faults, the cost of a fault of that kind that finds its page. The way from KVM to
 * 		the page and back is in all three.
 *
 * found comes from the machine's faults that found their page, before and in this reboot. SPTEs, the host's page
 * tables and the rest of a host fault cost the same either way, except the first dirtying of a page
 * (fault_dirty_shared_page, 1.2 % of the saving: docs/reboot.md).
 *
 * A thread that loses its CPU inside a fault makes that page's alloc or zero some thousand times as long: such values
 * belong to the scheduler, not to the page, and are left out (struct pages).
 *
 * Intervals. alloc and zero: 95 % of the means of BOOTSTRAPS resamples of their histograms (each value at its slot's
 * middle). found: +-2 / sqrt(number of faults). free is one or a few calls: low and mid are its time on the CPU, high
 * adds the time in which other tasks had the CPU. All are widened by the formula's own error, as measured
 * (docs/reboot.md).
 */
#include "model/reboot_int.h"
#include "model/observe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOTSTRAPS	400
#define MODEL_ERROR	0.03

/* splitmix64: the same episode always gives the same interval. */
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

/*
 * Return how many of n trials of probability p succeed: by inversion where few are expected, else by the normal
 * approximation.
 */
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

/*
 * Return the confidence interval of a mean: mid is the exact mean, and the resamples' spread around their own middle is
 * scaled to it.
 */
static struct gm_interval mean_interval(const struct gm_hist *h)
{
	double means[BOOTSTRAPS], centre = 0;
	struct gm_interval out = { 0, 0, 0 };
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

/* ---- intervals ---- */

static struct gm_interval interval_exact(double v)
{
	return (struct gm_interval){ v, v, v };
}

static struct gm_interval interval_add(struct gm_interval a, struct gm_interval b)
{
	return (struct gm_interval){ a.low + b.low, a.mid + b.mid, a.high + b.high };
}

static struct gm_interval interval_subtract(struct gm_interval a, struct gm_interval b)
{
	return (struct gm_interval){ a.low - b.high, a.mid - b.mid, a.high - b.low };
}

static struct gm_interval interval_scale(struct gm_interval a, double k)
{
	return (struct gm_interval){ a.low * k, a.mid * k, a.high * k };
}

/*
 * Widen by the formula's own error: work beside what is timed, such as the BPF programs that count a page. make
 * bench-reboot shows it.
 */
static struct gm_interval interval_widen(struct gm_interval a)
{
	double by = MODEL_ERROR * fabs(a.mid);

	return (struct gm_interval){ a.low - by, a.mid, a.high + by };
}

static struct gm_interval interval_clip(struct gm_interval a)
{
	return (struct gm_interval){ fmax(0, a.low), fmax(0, a.mid), fmax(0, a.high) };
}

static const char *saving_na(const struct gm_model *m, const struct gm_episode *e)
{
	static const unsigned int needed[] = { GM_PHASE_ALLOC, GM_PHASE_ZERO, GM_PHASE_FREE };

	if (!e->new_vm)
		return "no new vm came";
	if (e->style == GM_REBOOT_LINK)
		return "this reboot did re-use the inode";
	for (size_t i = 0; i < GM_ARRAY_SIZE(needed); i++)
		if (gm_phase_unavailable(m, needed[i]))
			return gm_phase_unavailable(m, needed[i]);
	if (gm_episode_pages_partial(e))
		return gm_episode_pages_partial(e);
	if (!gm_episode_freed(e))
		return "nothing was freed";
	return e->alloc.count ? NULL : "nothing was allocated";
}

/*
 * Return the cost of freeing: work on the CPU, without waiting (RCU). The upper bound includes time in which other
 * tasks had the CPU, as freeing may have woken them.
 */
static struct gm_interval free_cost(const struct gm_episode *e)
{
	const struct gm_line_cost *f = &e->old[GM_PHASE_FREE], *p = &e->old[GM_PHASE_PUNCH];
	double on = (double)(f->work_ns - f->off_ns) + (double)(p->work_ns - p->off_ns);
	double ran = (double)(f->off_ns - f->blocked_ns) + (double)(p->off_ns - p->blocked_ns);

	return (struct gm_interval){ on, on, on + fmax(0, ran) };
}

/* ---- what a page costs ---- */

#define TAIL_NS		100000	/* shorter gaps are not preemption */
#define TAIL_MEDIANS	64
#define SLOT_ERROR	0.045	/* largest relative error of gm_hist_value_ns() */
#define SLOT_SD		0.026	/* standard deviation of that error */

/* Values of alloc or zero of the episode's pages. Values in the far tail are times in which the thread had no CPU. */
struct pages {
	const struct gm_hist *h;
	double near_nr, near_ns;	/* number and sum without the tail; sum by slots */
	double tail_nr, tail_ns;	/* number and sum of the tail; the largest value exact, the others by slots */
	double near_var, tail_var;	/* variances of the sums: values of one slot have the same error */
};

static struct pages pages_of(const struct gm_hist *h)
{
	double limit = fmax(TAIL_NS, TAIL_MEDIANS * (double)gm_hist_quantile(h, 0.5));
	struct pages p = { .h = h };

	for (unsigned int s = 0; s < GM_HIST_SLOTS; s++) {
		double value = (double)gm_hist_value_ns(h, s), n = (double)h->slot[s], sum = n * value;

		if (value <= limit) {
			p.near_nr += n;
			p.near_ns += sum;
			p.near_var += sum * sum * SLOT_SD * SLOT_SD;
		} else {
			p.tail_nr += n;
			p.tail_ns += sum;
			p.tail_var += sum * sum * SLOT_SD * SLOT_SD;
		}
	}
	if (p.tail_nr)
		p.tail_ns += (double)h->max_ns - (double)gm_hist_quantile(h, 1);
	return p;
}

/*
 * Return the mean without the tail, from two estimates: the exact sum less the tail, and the other values by their
 * slots, weighted by their variances.
 */
static struct gm_interval mean_without_tail(const struct pages *p)
{
	double less = (double)p->h->sum_ns - p->tail_ns, by_sum = 1 / fmax(1, p->tail_nr > 1 ? p->tail_var : 1),
	       by_slots = 1 / fmax(1, p->near_var);
	double mid = (less * by_sum + p->near_ns * by_slots) / (by_sum + by_slots) / p->near_nr;
	double sd = 1 / sqrt(by_sum + by_slots) / p->near_nr;

	return (struct gm_interval){ mid - 2 * sd, mid, mid + 2 * sd };
}

/* Return the mean cost of a page. with_tail: values in the tail are the page's own. */
static struct gm_interval page_cost(const struct pages *p, bool with_tail)
{
	return with_tail || !p->tail_nr || !p->near_nr ? mean_interval(p->h) : mean_without_tail(p);
}

/*
 * Return true if the slow allocations (alloc's tail) are the allocator's own work, such as reclaim. The other cause is
 * preemption. It makes all slow zeroings, as zeroing never sleeps, so zero's tail gives its rate. The expected number
 * of preempted allocations is that rate times alloc's time; up to twice that, as preemption waits for the end of
 * sections without interrupts, and may so move into alloc. Significantly more slow allocations are the allocator's own.
 */
static bool may_alloc_sleep(const struct pages *alloc, const struct pages *zero)
{
	double expected;

	if (!zero->near_ns)
		return true;
	expected = 2 * (zero->tail_nr + 0.1) * alloc->near_ns / zero->near_ns;
	return alloc->tail_nr > expected + 3 * sqrt(expected);
}

/* ---- cost of a fault that finds its page ---- */

#define FOUND_ENOUGH	8	/* fewer faults give no median */
#define FOUND_INFLATED	1.5

static const struct gm_machine *machine_of(const struct gm_model *m, const struct gm_episode *e)
{
	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (mc->id == e->machine)
			return mc;
	}
	return NULL;
}

/*
 * Return the cost by the median, for means that lost CPUs inflate: faults that find their page are the fastest of their
 * kind. Less the median of map, which a whole guest fault includes.
 */
static double found_median(const struct gm_machine *mc, unsigned int w, double n)
{
	struct gm_hist whole, map;
	double rest = 0;

	gm_machine_hist(mc, GM_FAULT_KIND_PHASE(w), &whole);
	if (n > (double)whole.count)
		return 0;
	if (GM_FAULT_KIND_PHASE(w) != GM_PHASE_HOST_FAULT) {
		gm_machine_hist(mc, GM_PHASE_MAP, &map);
		rest = (double)gm_hist_quantile(&map, 0.5);
	}
	return (double)gm_hist_quantile(&whole, n / 2 / (double)whole.count) - rest;
}

/*
 * Return the cost for fault kind w (GM_FAULT_KIND_OF), in ns. alloc: the cost of the way to a page that had to be
 * allocated, an upper bound where too little is known.
 */
static struct gm_interval found_cost(const struct gm_machine *mc, const struct gm_episode *e, unsigned int w,
				     double alloc)
{
	struct gm_split s = e->split;
	double n, mean, median;

	if (mc)
		gm_machine_split(mc, &s);
	n = (double)s.found[w];
	mean = n > 0 ? (double)s.found_ns[w] / n : 0;
	median = mc && n >= FOUND_ENOUGH ? found_median(mc, w, n) : 0;
	if (median > 0 && mean > FOUND_INFLATED * median)
		return (struct gm_interval){ median * (1 - 2 * SLOT_ERROR), median, median * (1 + 2 * SLOT_ERROR) };
	/*
	 * None; or dearer than the whole way to a page: an outlier, such as the first fault of all, which shows
	 * nothing.
	 */
	if (!n || mean > alloc)
		return (struct gm_interval){ 0, alloc / 2, alloc };
	/* 95 % interval of a mean whose spread is at most the mean itself. */
	return (struct gm_interval){ mean * fmax(0, 1 - 2 / sqrt(n)), mean, fmin(alloc, mean * (1 + 2 / sqrt(n))) };
}

/* ---- together ---- */

/* The episode's faults that allocated a page, or zeroed a present one. */
struct faults {
	double nr;
	struct gm_interval other_ns;	/* their time up to a page that was present and not zeroed (fallocate) */
	double lost_ns;			/* in addition: time without a CPU */
	struct gm_interval found_ns;	/* cost of as many faults that find their page */
};

/*
 * Add the cost of the way to a page that is present: at least half of what finding a page costs, and less than all of
 * that; a larger time includes lost CPUs.
 */
static void add_other(struct faults *f, double other, double found)
{
	struct gm_interval way = other > found ? (struct gm_interval){ found / 2, found * 3 / 4, found }
					       : interval_exact(fmax(0, other));

	f->other_ns = interval_add(f->other_ns, way);
	f->lost_ns += fmax(0, other - way.mid);
}

static void add_found(struct faults *f, double n, struct gm_interval found)
{
	f->nr += n;
	f->found_ns = interval_add(f->found_ns, interval_scale(found, n));
}

static void scale_faults(struct faults *f, double k)
{
	f->nr *= k;
	f->other_ns = interval_scale(f->other_ns, k);
	f->found_ns = interval_scale(f->found_ns, k);
}

/*
 * Return the faults of an episode. made: pages that faults allocated. Where another vCPU was first, the end of a fault
 * is not observed, and older recordings do not say which faults found their page. So pages give the number of faults,
 * and the known faults give their cost.
 */
static struct faults faults_of(const struct gm_model *m, const struct gm_episode *e, double made, double alloc)
{
	const struct gm_machine *mc = machine_of(m, e);
	struct faults f = { 0 };

	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++) {
		double all = (double)e->new[GM_FAULT_KIND_PHASE(w)].count, n = all - (double)e->split.found[w];
		double other = (double)e->split.part_ns[w][GM_PART_OTHER] - (double)e->split.found_ns[w];
		struct gm_interval found;

		if (n <= 0)
			continue;
		/* Without allocations the way to present pages is more than half of the bound. */
		found = found_cost(mc, e, w, made > 0 ? alloc : 2 * other / n);
		add_found(&f, n, found);
		add_other(&f, other, n * found.mid);
	}
	if (!f.nr)
		add_found(&f, made, (struct gm_interval){ 0, alloc / 2, alloc });
	else
		scale_faults(&f, fmax(made, fmin(f.nr, (double)gm_hist_total(&e->zero))) / f.nr);
	return f;
}

/*
 * Return the mean number of concurrent faults while there was one: their work divided by it is their share of the wall
 * clock. lost_ns: time without a CPU.
 */
static double concurrent_faults(const struct gm_episode *e, double lost_ns)
{
	double work = -lost_ns, busy = 0;

	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++) {
		busy += (double)e->split.busy_ns[w];
		for (unsigned int p = 0; p < GM_PART_NR; p++)
			work += (double)e->split.part_ns[w][p];
	}
	return busy > 0 && work > busy ? work / busy : 1;
}

static double fallocate_work_ns(const struct gm_episode *e)
{
	const struct gm_line_cost *f = &e->new[GM_PHASE_FALLOCATE];

	return (double)(f->work_ns - f->off_ns);
}

static void estimate(const struct gm_model *m, const struct gm_episode *e, struct gm_saving *out)
{
	struct pages alloc = pages_of(&e->alloc), zero = pages_of(&e->zero);
	bool sleeps = may_alloc_sleep(&alloc, &zero);
	double freed, made, by_faults, of_alloc, share, by_call, zeroed = (double)gm_hist_total(&e->zero);
	struct gm_interval a, z, call;
	const char *na = saving_na(m, e);
	struct faults f;

	memset(out, 0, sizeof(*out));
	out->spte_ns = (double)e->old[GM_PHASE_ZAP].work_ns + (double)e->new[GM_PHASE_MAP].work_ns;
	if (na) {
		snprintf(out->na, sizeof(out->na), "%s", na);
		return;
	}
	freed = (double)gm_episode_freed(e);
	made = (double)gm_hist_total(&e->alloc);
	by_call = fmin(made, (double)e->new[GM_PHASE_FALLOCATE].pages);
	by_faults = made - by_call;
	out->pages = (uint64_t)fmin(freed, made);
	share = (double)out->pages / made;
	a = page_cost(&alloc, sleeps);
	z = page_cost(&zero, false);
	f = faults_of(m, e, by_faults, a.mid);
	/* found is subtracted from alloc for faults that allocated, and from zero for faults that only zeroed. */
	of_alloc = f.nr > 0 ? fmin(1, by_faults / f.nr) : 0;
	call = interval_scale(interval_add(interval_scale(a, by_call), interval_exact(fallocate_work_ns(e))), share);
	a = interval_scale(interval_subtract(interval_scale(a, by_faults), interval_scale(f.found_ns, of_alloc)),
			   share);
	z = interval_add(interval_scale(z, zeroed),
			 interval_scale(interval_subtract(f.other_ns, f.found_ns), 1 - of_alloc));
	call = interval_widen(call);
	a = interval_clip(interval_widen(a));
	out->free_ns = interval_widen(interval_scale(free_cost(e), (double)out->pages / freed));
	out->alloc_ns = interval_add(call, a);
	out->zero_ns =
		interval_scale(interval_clip(interval_widen(z)), zeroed > 0 ? fmin(1, (double)out->pages / zeroed) : 0);
	out->total_ns = interval_add(interval_add(out->free_ns, out->alloc_ns), out->zero_ns);
	share = 1 / concurrent_faults(e, (sleeps ? 0 : alloc.tail_ns) + zero.tail_ns + f.lost_ns);
	out->wall_ns =
		interval_add(interval_add(out->free_ns, call), interval_scale(interval_add(a, out->zero_ns), share));
}

void gm_episode_saving(const struct gm_model *m, const struct gm_episode *e, struct gm_saving *out)
{
	if (e->settled)
		*out = e->saving;
	else
		estimate(m, e, out);
}
