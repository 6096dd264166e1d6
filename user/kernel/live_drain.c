// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_drain.c - pushes what the kernel's maps gained since the last sample: histograms, counts and losses (the rings:
 * live_rings.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/live_int.h"
#include "kernel/reading.h"

/* ---- histograms ---- */

static struct gm_vm_hists_place *place_of(struct gm_live *l, uint32_t vm)
{
	uint32_t i = vm % GM_HISTS_PLACES;
	struct gm_vm_hists_place *p = i < l->att.places_nr ? &l->att.places[i] : NULL;

	return p && __atomic_load_n(&p->owner, __ATOMIC_ACQUIRE) == vm + 1 ? p : NULL;
}

/*
 * A vm's records in the ring come first: the kernel may have sent the totals of its faults (gm_raw_hists) before the
 * map was read. So the ring is read after the map and before the reading is pushed; if it had such a record of the vm,
 * the reading may be older than the record, and is repeated. Many readings are made at once, as the ring may be long.
 */
#define READINGS_AT_ONCE 32
#define READINGS 4	/* attempts; a vm that loses its memory more often during one sample waits for the next */

int gm_live_drain_init(struct gm_live *l)
{
	l->hot = malloc(sizeof(*l->hot));
	l->readings = malloc(READINGS_AT_ONCE * sizeof(*l->readings));
	return l->hot && l->readings ? 0 : -ENOMEM;
}

static void read_hist(struct gm_live *l, struct gm_live_reading *r)
{
	const struct gm_vm_hists_place *p = r->placed ? place_of(l, r->vm) : NULL;

	r->is_stale = false;
	r->read_ns = gm_now_ns();
	r->exists = r->placed ? p != NULL : !bpf_map_lookup_elem(l->att.hot_fd, &r->vm, &r->val);
	if (p)
		gm_reading_copy(&r->val, &p->val);
}

/* Pushes the readings that are still valid, and keeps the others. Returns how many are left. */
static unsigned int push_readings(struct gm_live *l, unsigned int nr)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct gm_live_reading *r = &l->readings[i];

		if (r->is_stale) {
			l->readings[left].vm = r->vm;
			l->readings[left++].placed = r->placed;
		} else if (r->exists) {
			gm_live_push_hists(l, r->vm, r->placed, &r->val, r->read_ns);
		}
	}
	return left;
}

static void drain_readings(struct gm_live *l)
{
	unsigned int nr = l->readings_nr;

	for (int i = 0; nr && i < READINGS; i++) {
		for (unsigned int j = 0; j < nr; j++)
			read_hist(l, &l->readings[j]);
		l->readings_nr = nr;
		gm_live_read_events(l);
		l->readings_nr = 0;
		nr = push_readings(l, nr);
	}
	l->readings_nr = 0;
}

static void add_reading(struct gm_live *l, uint32_t vm, bool placed)
{
	l->readings[l->readings_nr].vm = vm;
	l->readings[l->readings_nr++].placed = placed;
	if (l->readings_nr == READINGS_AT_ONCE)
		drain_readings(l);
}

/* Deletes the histograms of a vm that ended, so that the next vm finds zeroes. */
static void delete_vm_hist(struct gm_live *l, uint32_t vm)
{
	struct gm_vm_hists_place *p = place_of(l, vm);

	if (p) {
		memset(&p->val, 0, sizeof(p->val));
		__atomic_store_n(&p->owner, 0, __ATOMIC_RELEASE);
	}
	bpf_map_delete_elem(l->att.hot_fd, &vm);
	free(gm_hmap_del(&l->ix.hot_prev, GM_HOT_KEY(vm, true)));
	free(gm_hmap_del(&l->ix.hot_prev, GM_HOT_KEY(vm, false)));
}

static void drain_hists(struct gm_live *l)
{
	int fd = l->att.hot_fd;
	uint32_t key, next;
	void *prev = NULL;

	if (fd < 0 || !l->hot)
		return;
	for (uint32_t i = 0; i < l->att.places_nr; i++) {
		uint32_t owner = __atomic_load_n(&l->att.places[i].owner, __ATOMIC_ACQUIRE);

		if (owner)
			add_reading(l, owner - 1, true);
	}
	while (!bpf_map_get_next_key(fd, prev, &next)) {
		add_reading(l, next, false);
		key = next;
		prev = &key;
	}
	drain_readings(l);
	for (size_t i = 0; i < l->ix.ended.nr; i++)
		delete_vm_hist(l, (uint32_t)(uintptr_t)l->ix.ended.at[i]);
	l->ix.ended.nr = 0;
}

/* ---- losses ---- */

void gm_live_push_loss(struct gm_live *l, const char *what, uint32_t kind, uint64_t count, uint32_t flags)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, GM_K_LOSS, gm_now_ns());
	u.as_LOSS.count = count;
	u.as_LOSS.flags = flags;
	u.as_LOSS.kind = kind;
	snprintf(u.as_LOSS.what, sizeof(u.as_LOSS.what), "%s", what);
	gm_live_push(l, &u);
}

static void push_ops(struct gm_live *l, uint32_t phase, const struct gm_op_counts *c)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, GM_K_OPS, gm_now_ns());
	u.as_OPS.phase = phase;
	u.as_OPS.seen = c->seen;
	u.as_OPS.done = c->done;
	u.as_OPS.failed = c->failed;
	u.as_OPS.unfinished = c->unfinished;
	u.as_OPS.lost = c->lost;
	gm_live_push(l, &u);
}

/* Faults are not counted at their begin: those that ended are all that is known, and histograms hold those done. */
static void count_faults(const struct gm_live *l, uint32_t phase, struct gm_op_counts *sum)
{
	if (!gm_phase_is_fault_kind(phase))
		return;
	sum->done = l->faults_done[GM_FAULT_KIND_OF(phase)];
	sum->seen = sum->done + sum->failed + sum->unfinished + sum->lost;
}

/*
 * Pushes counts of operations. Begins and ends are read in one lookup, and an operation's begin is counted first, so
 * there are never more ends.
 */
static void drain_ops(struct gm_live *l)
{
	for (uint32_t p = 0; p < GM_PHASE_NR && l->att.ops_fd >= 0 && l->ops_cpu; p++) {
		struct gm_op_counts sum = { 0 };

		if (bpf_map_lookup_elem(l->att.ops_fd, &p, l->ops_cpu))
			continue;
		for (int c = 0; c < l->cpus; c++) {
			sum.seen += l->ops_cpu[c].seen;
			sum.done += l->ops_cpu[c].done;
			sum.failed += l->ops_cpu[c].failed;
			sum.unfinished += l->ops_cpu[c].unfinished;
			sum.lost += l->ops_cpu[c].lost;
		}
		count_faults(l, p, &sum);
		if (!memcmp(&sum, &l->ops[p], sizeof(sum)))
			continue;
		l->ops[p] = sum;
		push_ops(l, p, &sum);
	}
}

/*
 * Pushes what the ring had no room for: first the sum, which readers that know no kinds take for all of it, then each
 * kind.
 */
static void drain_ring_losses(struct gm_live *l)
{
	uint64_t was[GM_LOSS_PLACES], sum = 0;

	memcpy(was, l->losses, sizeof(was));
	for (uint32_t i = GM_LOSS_NR; i < GM_LOSS_PLACES; i++) {
		bpf_map_lookup_elem(l->att.losses_fd, &i, &l->losses[i]);
		sum += l->losses[i];
	}
	if (sum == was[GM_LOSS_RING])
		return;
	l->losses[GM_LOSS_RING] = sum;
	gm_live_push_loss(l, "ring_full", 0, sum, 0);
	for (uint32_t i = GM_LOSS_NR; i < GM_LOSS_PLACES; i++)
		if (l->losses[i] != was[i])
			gm_live_push_loss(l, "ring_full", i - GM_LOSS_NR + GM_K_EVENT_FIRST, l->losses[i], 0);
}

#define RESCANS	2	/* an untracked object gets an id from the second scan of all tasks that finds it */

static void drain_losses(struct gm_live *l)
{
	static const char *const names[] = {
#define X(E, name) name,
		GM_LOSSES(X)
#undef X
	};
	uint64_t missed;

	drain_ring_losses(l);
	for (uint32_t i = GM_LOSS_RING + 1; i < GM_LOSS_NR; i++) {
		uint64_t n;

		if (bpf_map_lookup_elem(l->att.losses_fd, &i, &n) || n == l->losses[i])
			continue;
		l->losses[i] = n;
		gm_live_push_loss(l, names[i], 0, n, GM_LOSSES_WITHHELD >> i & 1 ? GM_LOSS_WITHHELD : 0);
	}
	missed = gm_attached_read_counts(&l->att, l->progs_reported);
	if (missed != l->skipped) {
		l->skipped = missed;
		gm_live_push_loss(l, "program_skipped", 0, missed, 0);
	}
	if (l->att.skipped_twins != l->skipped_twins) {
		l->skipped_twins = l->att.skipped_twins;
		l->rescans = RESCANS;
	}
	if (l->failed_scans)
		gm_live_push_loss(l, "walk_failed", 0, l->failed_scans, 0);
	if (l->bad_records)
		gm_live_push_loss(l, "bad_record", 0, l->bad_records, 0);
}

/* ---- our programs ---- */

static uint32_t sysctl_stats(void)
{
	FILE *f = fopen("/proc/sys/kernel/bpf_stats_enabled", "re");
	int c = f ? fgetc(f) : EOF;

	if (f)
		fclose(f);
	return c == EOF ? GM_UNKNOWN : c == '0' ? GM_NO : GM_YES;
}

/*
 * Returns whether the kernel keeps statistics (enum gm_yesno). Another process's BPF_ENABLE_STATS is visible only in
 * counts that grow: the iterators run at each sample, so with statistics their counts do.
 */
static uint32_t read_stats_state(const struct gm_live *l)
{
	if (l->att.stats_fd >= 0)
		return GM_YES;
	for (size_t i = 0; i < l->att.progs_nr; i++)
		if (l->att.progs[i].runs != l->progs_reported[i].runs)
			return GM_YES;
	return sysctl_stats();
}

static void push_prog(struct gm_live *l, const struct gm_attached_prog *p)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, GM_K_PROG, gm_now_ns());
	u.as_PROG.run_ns = p->run_ns;
	u.as_PROG.runs = p->runs;
	u.as_PROG.skipped = p->skipped;
	u.as_PROG.stats = l->progs_stats;
	u.as_PROG.insns = p->verified.insns;
	u.as_PROG.states = p->verified.states;
	u.as_PROG.peak_states = p->verified.peak_states;
	snprintf(u.as_PROG.name, sizeof(u.as_PROG.name), "%s", p->name);
	gm_live_push(l, &u);
}

static bool has_prog_changed(const struct gm_attached_prog *a, const struct gm_attached_prog *b)
{
	return a->runs != b->runs || a->run_ns != b->run_ns || a->skipped != b->skipped;
}

/* Pushes the counts of our programs. Call it after drain_losses(), which reads them. */
static void drain_progs(struct gm_live *l, bool all)
{
	uint32_t stats;

	if (!l->progs_reported)
		return;
	stats = read_stats_state(l);
	all |= stats != l->progs_stats;
	l->progs_stats = stats;
	for (size_t i = 0; i < l->att.progs_nr; i++) {
		if (!all && !has_prog_changed(&l->att.progs[i], &l->progs_reported[i]))
			continue;
		l->progs_reported[i] = l->att.progs[i];
		push_prog(l, &l->att.progs[i]);
	}
}

void gm_live_start_progs(struct gm_live *l)
{
	free(l->progs_reported);
	l->progs_reported = calloc(l->att.progs_nr, sizeof(*l->progs_reported));
	if (!l->progs_reported) {
		gm_live_fail(l, -ENOMEM);
		return;
	}
	gm_attached_read_counts(&l->att, true);
	drain_progs(l, true);
}

void gm_live_drain(struct gm_live *l)
{
	drain_hists(l);
	drain_ops(l);
	drain_losses(l);
	drain_progs(l, false);
}
