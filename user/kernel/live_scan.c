// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_scan.c - scans of objects and of tasks. Their records come through the scan ring. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/live_int.h"

/* Scans of all tasks, with their descriptors and mappings: at most 2 % of one core, at least every 30 s. */
#define TASK_SCAN_SHARE		50		/* 1/50 */
#define TASK_SCAN_MAX_INTERVAL_NS	30000000000ull
/* scans in a row during which mappings changed; then a later sample tries again */
#define TORN_SCANS		3

/* Runs a scan by an iterator, whose file is always empty, and reads its records from the ring. 0 or -errno. */
static int scan_by_iter(struct gm_live *l, struct bpf_link *link)
{
	int fd, err;
	char none;

	if (!link)
		return 0;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return -errno;
	do {
		err = read(fd, &none, sizeof(none)) < 0 ? -errno : 0;
		ring_buffer__consume(l->scans);
	} while (err == -EAGAIN || err == -EINTR); /* the ring was full */
	close(fd);
	return err ? err : l->err;
}

#define IDLE_RUNS 1000	/* runs in a row without a record and without progress: should not happen */

/* Runs a scan by runs of a program, each of which fills the ring at most. 0 or -errno. */
static int scan_by_runs(struct gm_live *l, const struct gm_attached_scan *w)
{
	uint32_t from = 0, before;
	int more, n, idle = 0;

	do {
		before = from;
		more = gm_attached_run_scan(&l->att, w, &from);
		n = ring_buffer__consume(l->scans);
		idle = n > 0 || from != before ? 0 : idle + 1;
	} while (more > 0 && n >= 0 && !l->err && idle < IDLE_RUNS);
	return more < 0 ? more : n < 0 ? n : more ? -ELOOP : l->err;
}

static int scan_kind(struct gm_live *l, const struct gm_attached_scan *w)
{
	return w->iter ? scan_by_iter(l, w->iter) : scan_by_runs(l, w);
}

/*
 * Handles the error of a scan. Sizes and ends are no longer updated then, while ticks continue, so the failure is
 * counted as a loss, with one warning. Returns true if the scan failed.
 */
static bool note_scan_error(struct gm_live *l, const char *what, int err)
{
	if (!err || l->err)
		return err;
	if (!l->failed_scans++)
		gm_warn("scanning %s failed: %s", what, strerror(-err));
	return true;
}

static void push_scan_edge(struct gm_live *l, uint32_t what, uint32_t edge)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, GM_K_SCAN, gm_now_ns());
	u.as_SCAN.what = what;
	u.as_SCAN.edge = edge;
	gm_live_push(l, &u);
}

/* Scans all tasks. 0; -EAGAIN: mappings changed during the scan; another -errno. */
static int scan_tasks(struct gm_live *l)
{
	int err;

	push_scan_edge(l, GM_SCAN_TASKS, GM_SCAN_BEGIN); /* a second BEGIN discards what came after the first */
	gm_attached_begin_tasks(&l->att);
	err = scan_by_iter(l, l->att.tasks);
	return !err && gm_attached_has_torn_tasks(&l->att) ? -EAGAIN : err;
}

void gm_live_scan_tasks(struct gm_live *l)
{
	uint64_t t0 = gm_now_ns(), next;
	int err = -EAGAIN;

	if (!l->att.tasks)
		return;
	for (int i = 0; i < TORN_SCANS && err == -EAGAIN; i++)
		err = scan_tasks(l);
	/* without END the last complete result stays */
	if (err != -EAGAIN && note_scan_error(l, "tasks", err))
		return;
	if (!err)
		push_scan_edge(l, GM_SCAN_TASKS, GM_SCAN_END);
	l->tasks_began_ns = t0;
	l->tasks_cost_ns = gm_now_ns() - t0;
	next = l->tasks_cost_ns * TASK_SCAN_SHARE;
	l->tasks_next_ns = t0 + (next < TASK_SCAN_MAX_INTERVAL_NS ? next : TASK_SCAN_MAX_INTERVAL_NS);
}

/* Returns how many events of bindings the ring had no room for. */
static uint64_t count_lost_bindings(const struct gm_live *l)
{
	return l->losses[GM_LOSS_OF_KIND(GM_K_BIND)] + l->losses[GM_LOSS_OF_KIND(GM_K_UNBIND)] +
	       l->losses[GM_LOSS_OF_KIND(GM_K_RELEASE)];
}

void gm_live_scan_objects(struct gm_live *l, bool bindings)
{
	/*
	 * Without probes for bind and unbind, or if some of their events were skipped or lost, the scan reports all
	 * bindings, and those that it does not report have ended.
	 */
	uint64_t lost = count_lost_bindings(l);
	bool all = !l->att.has_binding_probes || lost != l->bindings_lost || (bindings && l->started);
	struct gm_budget_used used;
	uint32_t what = all ? GM_SCAN_BINDINGS : GM_SCAN_OBJECTS;

	push_scan_edge(l, what, GM_SCAN_BEGIN);
	l->scanned_vms = 0;
	gm_attached_begin_objects(&l->att, bindings || all, &l->pages, l->exact_ns, gm_live_attrs_budget(l));
	/* the kinds of objects are independent: a failed scan does not hide the others; bindings come with the VMs */
	if (!note_scan_error(l, "VMs", scan_kind(l, &l->att.vms))) {
		push_scan_edge(l, what, GM_SCAN_END);
		l->bindings_lost = gm_attached_has_partial_vm(&l->att) ? l->bindings_lost : lost;
	}
	note_scan_error(l, "views", scan_kind(l, &l->att.files));
	note_scan_error(l, "inodes", scan_kind(l, &l->att.inodes));
	if (l->att.attr_walks_fd >= 0)
		note_scan_error(l, "memory attributes", scan_kind(l, &l->att.attrs));
	used = gm_attached_end_objects(&l->att);
	gm_budget_next(&l->pages, &used);
	l->walks_left = used.wanting + gm_attached_attrs_wanting(&l->att);
	l->walked += used.pages;
}
