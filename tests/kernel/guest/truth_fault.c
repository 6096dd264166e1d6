// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The part of the ground truth about failed faults, and about pages of which the
 * workload cannot know whether they are resident: see truth.h.
 */
#include "truth.h"
#include "truth_int.h"
#include "util.h"

void gg_truth_bind_rejected(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at, int ret)
{
	struct gg_event *e;

	gg_world_lock(w);
	e = gg_event_of_file(w, gg_cause_now(t0), GG_OP_bind_rejected, file);
	e->ret = ret;
	e->place = *at;
	gg_world_unlock(w);
}

/*
 * How often one punch may free a page: the kernel repeats the range until it is
 * empty (mm/truncate.c, truncate_inode_pages_range()), and the guest allocates
 * pages meanwhile.  The number has no real bound: 18 frees of 16 pages were seen.
 */
#define BUSY_TIMES 4

/* The bits stay, as the pages are resident before and after. */
void gg_truth_punch_busy(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t first, uint64_t n)
{
	struct gg_event *e;

	gg_world_lock(w);
	e = gg_event_of_file(w, gg_cause_now(t0), GG_OP_punch, file);
	e->call = GG_CALL_fallocate;
	e->pages = n;
	e->first = first;
	e->slack = BUSY_TIMES * n;
	w->inodes[w->files[file].inode].slack += e->slack;
	w->count[GG_C_punched_pages] += n;
	w->count[GG_C_slack_pages] += e->slack;
	gg_world_unlock(w);
}

void gg_truth_count(struct gg_world *w, enum gg_count count, uint64_t n)
{
	gg_world_lock(w);
	w->count[count] += n;
	gg_world_unlock(w);
}

void gg_truth_fail(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t page, uint64_t times, int ret)
{
	struct gg_event *e;

	gg_world_lock(w);
	e = gg_event_of_file(w, gg_cause_now(t0), GG_OP_guest_fail, file);
	e->first = page;
	e->pages = times;
	e->ret = ret;
	w->count[GG_C_guest_fault_failed] += times;
	gg_world_unlock(w);
}

void gg_truth_stamped(struct gg_world *w, int32_t pid, uint32_t file, uint64_t first, uint64_t n)
{
	struct gg_cause c = { .t0 = gg_now_ns(), .pid = pid };
	struct gg_inoderec *i = &w->inodes[w->files[file].inode];

	gg_world_lock(w);
	gg_event_touch(w, c, GG_OP_guest_touch, file, first, n);
	i->slack++;
	i->end_slack++;
	w->count[GG_C_slack_pages]++;
	gg_world_unlock(w);
}
