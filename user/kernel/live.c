// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live.c - the running kernel as a source. A tick scans the kernel's state and reads the rings after that, so that an
 * object's last event always follows its last state; then it pushes the gains of histograms, and the losses.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <bpf/libbpf.h>

#include "base/log.h"
#include "base/clock.h"
#include "base/timing.h"
#include "base/vec.h"
#include "kernel/live_int.h"

/* 1/10 of the time: after skipped programs, when a VM may be untracked */
#define TASK_SCAN_SOON		10
/* of an exact sample: what the kernel does in one go, unless -C page-budget says otherwise */
#define EXACT_NS		100000000ull

static int live_poll(struct gm_source *s, uint64_t timeout_ns)
{
	struct gm_live *l = (struct gm_live *)s;
	int err;

	err = gm_live_wait(l, timeout_ns);
	if (!err)
		err = gm_live_read(l, false);
	gm_live_check_gmem(l);
	return l->err ? l->err : err < 0 ? err : 1;
}

/* Return true if a scan of all tasks is due; after skipped runs it is sooner. */
static bool is_task_scan_due(const struct gm_live *l, bool rescan)
{
	uint64_t now = gm_now_ns();

	return now >= l->tasks_next_ns || (rescan && now >= l->tasks_began_ns + l->tasks_cost_ns * TASK_SCAN_SOON);
}

#define SETTLE_SCANS	64	/* each makes room for as much as the ring holds */

/* Reports, at the session's end, the ends that no probe reported, and what waits for room in the ring. */
static void report_late_ends(struct gm_live *l)
{
	if (gm_attached_read_counts(&l->att, false)) {
		/*
		 * An end that no probe reported is reported by the second scan, an inode's by the one after its file's.
		 */
		gm_attached_set_final(&l->att, true);
		for (int i = 0; i < 2; i++) {
			gm_live_scan_objects(l, false);
			nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
		}
	}
	for (int i = 0; i < SETTLE_SCANS && gm_attached_has_postponed(&l->att) && !l->err; i++) {
		gm_live_read_events(l);
		gm_live_scan_objects(l, false);
	}
}

static const char *const part_names[GM_LIVE_PARTS] = {
	[GM_LIVE_EVENTS] = "events",
	[GM_LIVE_TASKS] = "tasks",
	[GM_LIVE_OBJECTS] = "objects",
	[GM_LIVE_PROCESSES] = "processes",
	[GM_LIVE_HISTOGRAMS] = "histograms",
};

static void init_parts(struct gm_live *l)
{
	for (unsigned int i = 0; i < GM_LIVE_PARTS; i++)
		l->part[i].name = part_names[i];
	l->src.parts = l->part;
	l->src.parts_nr = GM_LIVE_PARTS;
}

/* Ends a part of a sample that began at *since, which is then the begin of the next part. */
static void end_part(struct gm_live *l, enum gm_live_part part, uint64_t *since, bool failed)
{
	uint64_t now = gm_now_ns();

	l->part[part].ns = now - *since;
	l->part[part].failed = failed;
	*since = now;
}

static int live_tick(struct gm_source *s, bool last)
{
	struct gm_live *l = (struct gm_live *)s;
	uint64_t began, failed_before, since;
	int err;
	bool rescan = l->rescans && l->rescans--;
	union gm_any u = { 0 };

	gm_live_read(l, false); /* first the names of new processes, so that the scan need not report them */
	gm_live_check_gmem(l);
	since = gm_now_ns();
	failed_before = l->failed_scans;
	if (last || is_task_scan_due(l, rescan)) {
		gm_live_scan_tasks(l);
		end_part(l, GM_LIVE_TASKS, &since, l->failed_scans != failed_before);
	}
	if (last)
		report_late_ends(l);
	since = began = gm_now_ns();
	failed_before = l->failed_scans;
	gm_live_scan_sample(l, rescan);
	end_part(l, GM_LIVE_OBJECTS, &since, l->failed_scans != failed_before);
	err = gm_live_read(l, true);
	end_part(l, GM_LIVE_EVENTS, &since, err < 0);
	gm_live_procs_flush(l);
	end_part(l, GM_LIVE_PROCESSES, &since, false);
	gm_live_drain(l);
	end_part(l, GM_LIVE_HISTOGRAMS, &since, l->err);
	gm_live_ends_tick(l, l->failed_scans == failed_before, last, began);
	gm_live_cpu_tick(l);
	gm_live_report_early(l);
	gm_rec_init(&u.h, GM_K_TICK, gm_now_ns());
	u.as_TICK.seq = ++l->seq;
	u.as_TICK.last = last;
	gm_live_push(l, &u);
	gm_timing_step("first sample");
	if (!last) {
		gm_live_gmem_tick(l);
		gm_live_module_tick(l);
	}
	return l->err;
}

/* Frees a map and its values. */
static void free_owning_map(struct gm_hmap *m)
{
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].val);
	gm_hmap_release(m);
}

static void release_index(struct gm_live_index *ix)
{
	for (int what = 0; what < GM_LIVE_OBJECT_NR; what++)
		gm_hmap_release(&ix->objects[what]);
	free_owning_map(&ix->hot_prev);
	free_owning_map(&ix->owners);
	gm_hmap_release(&ix->vm_tgid);
	gm_hmap_release(&ix->procs);
	gm_vec_release(&ix->ended);
	gm_vec_release(&ix->procs_owning);
	gm_vec_release(&ix->procs_pinning);
}

static void live_close(struct gm_source *s)
{
	struct gm_live *l = (struct gm_live *)s;

	gm_live_free_rings(l);
	gm_live_attrs_free(l);
	gm_detach(&l->att);
	gm_kfeatures_release(&l->facts);
	release_index(&l->ix);
	gm_ksyms_free(l->ksyms);
	free(l->progs_reported);
	free(l->ops_cpu);
	free(l->hot);
	free(l->readings);
	free(l);
}

static int live_interval(struct gm_source *s, uint64_t ns)
{
	struct gm_live *l = (struct gm_live *)s;

	l->interval_ns = ns;
	gm_live_push_meta(l, gm_now_ns(), gm_real_ns());
	return l->err;
}

static const struct gm_source_ops live_ops = { .poll = live_poll, .tick = live_tick, .close = live_close,
	.module = gm_live_toggle_module, .interval = live_interval };

static int live_start(struct gm_live *l, const struct gm_live_opts *o)
{
	int err;

	/* the session begins before the first probe is attached: no event is older */
	l->start_ns = gm_now_ns();
	l->start_real_ns = gm_real_ns();
	gm_attach_init_log();
	err = gm_kfeatures_read(&l->facts);
	if (err)
		return err;
	if (!l->facts.has_kvm && gm_live_module_mark())
		return gm_err(-ENODEV, "KVM is there, but no type information of its guest_memfd (for a module this "
				       "needs CONFIG_DEBUG_INFO_BTF_MODULES; guest_memfd needs 6.8 or newer)");
	if (!l->facts.has_kvm)
		return gm_err(-ENODEV, "no KVM with guest_memfd in this kernel (load it: modprobe kvm_intel or "
				       "kvm_amd; needs 6.8 or newer)");
	if (l->facts.blind)
		return gm_err(-EPERM, "this kernel lets no BPF program read its memory, as with "
				      "lockdown=confidentiality (boot with lockdown=integrity or without)");
	if (o->room.nodes) {
		l->facts.nodes = (uint32_t)o->room.nodes;
		l->facts.nodes_made_up = true;
	}
	gm_budget_init(&l->pages, o->exact && !o->room.page_ns ? EXACT_NS : o->room.page_ns, o->room.pages);
	l->exact = o->exact;
	l->stop = o->stop;
	l->stop_arg = o->stop_arg;
	gm_plan_init(&l->plan, o->mode, o->need);
	l->plan.room = o->room;
	l->plan.avoid = o->avoid;
	l->plan.slow_ns = o->slow_ns;
	l->plan.slow_limit = o->slow_limit;
	l->plan.sample = o->sample;
	l->plan.calls = o->calls;
	l->plan.stacks = o->stacks;
	l->plan.at_start = o->at_start;
	gm_idle_init(&l->idle);
	init_parts(l);
	err = gm_attach(&l->att, &l->plan, &l->facts);
	if (err)
		return err;
	l->release_module = o->release_module && l->facts.kvm_module;
	l->module_mark = gm_live_module_mark();
	/* now, because our programs are among the symbols, and reading them later would delay events */
	if (o->stacks && o->slow_ns)
		gm_live_need_ksyms(l);
	err = gm_live_open_rings(l);
	if (err)
		return err;
	l->cpus = libbpf_num_possible_cpus();
	l->ops_cpu = l->cpus > 0 ? calloc((size_t)l->cpus, sizeof(*l->ops_cpu)) : NULL;
	if (l->cpus <= 0 || !l->ops_cpu || gm_live_drain_init(l))
		return gm_errno(l->cpus < 0 ? l->cpus : -ENOMEM, "cannot read counts and histograms");
	l->interval_ns = o->interval_ns;
	l->report_at_end = o->report_at_end;
	l->clear_ns = o->measure ? gm_kfeatures_zero_ns(&l->facts) : 0;
	snprintf(l->tool, sizeof(l->tool), "%s", o->tool);
	gm_timing_step("rings, iterators");
	gm_live_push_meta(l, l->start_ns, l->start_real_ns);
	gm_live_push_probes(l);
	gm_live_scan_tasks(l);
	gm_live_scan_objects(l, true);
	gm_live_procs_flush(l);
	gm_attached_end_initial_scan(&l->att);
	l->started = true;
	gm_timing_step("scan of all tasks and objects");
	if (o->need & GM_NEED_PROGS)
		gm_live_start_progs(l);
	return l->err;
}

int gm_live_open(struct gm_source **out, const struct gm_live_opts *o, struct gm_feed *f)
{
	struct gm_live *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return gm_errno(-ENOMEM, "live source");
	l->src.ops = &live_ops;
	l->src.live = true;
	l->src.wake_fd = -1;
	l->src.feed = f;
	l->facts.tracefs = -1;
	gm_attached_init(&l->att);
	err = live_start(l, o);
	if (err) {
		live_close(&l->src);
		return err;
	}
	*out = &l->src;
	return 0;
}
