// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live.c - the running kernel as a source. A tick reads the kernel's own state first and the ring after it, so that an
 * object's last event always comes behind its last state; then the histograms' gains and the losses.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/log.h"
#include "base/util.h"
#include "kernel/hostid.h"
#include "kernel/live_int.h"

/* Walking every task's descriptors and mappings: not more than this share of the time, nor less often than that. */
#define TASK_SCAN_SHARE		50		/* 1/50: 2 % of a core */
#define TASK_SCAN_AT_MOST_NS	30000000000ull
#define TASK_SCAN_SOON		10		/* 1/10: where programs were skipped, and a VM may be that nobody knows */
#define TORN_SCANS		3	/* scans in a row during which mappings changed: then it is left to a later sample */

#define EXACT_NS		100000000ull	/* of a sample that looks at all pages: what the kernel does in one go, unless -C page-budget says otherwise */

void gm_live_fail(struct gm_live *l, int err)
{
	l->err = l->err ? l->err : err;
}

int gm_live_push(struct gm_live *l, const void *rec)
{
	gm_live_fail(l, l->err ? 0 : gm_feed_push(l->feed, rec));
	return l->err;
}

/* ---- records from the kernel ---- */

void gm_live_note(struct gm_live *l, const union gm_any *u)
{
	gm_live_known(l, u);
	switch (u->h.kind) {
	case GM_K_VM:
		l->vms_now++;
		gm_live_vm(l, u->as_VM.vm, u->as_VM.tgid);
		break;
	case GM_K_PIN:
		gm_live_pinner(l, u->as_PIN.tgid);
		break;
	case GM_K_VM_CREATE:
		gm_live_owner(l, u->ev.tgid);
		gm_live_proc(l, u->ev.tgid, true);
		break;
	case GM_K_CREATE:
		gm_live_proc(l, u->ev.tgid, true);	/* mostly a VM's owner; new if the kernel skipped the program at the VM's creation */
		break;
	case GM_K_VM_DESTROY:
		l->gmem_ns = gm_now_ns();	/* the next VM of a reboot may come soon */
		/* Not noted, its histograms would stay in the kernel, and their place with it. */
		gm_live_fail(l, gm_vec_push(&l->dead, (void *)(uintptr_t)u->ev.vm));
		gm_hmap_del(&l->vm_tgid, u->ev.vm);
		break;
	}
	if (gm_kind_is_event(u->h.kind) && (gm_kind_phase(u->h.kind) >= 0 || u->h.kind == GM_K_VM_CREATE))
		gm_live_owner_acts(l, u->ev.tgid);
}

int gm_live_take(struct gm_live *l, const void *data, size_t len)
{
	union gm_any u;
	int n = gm_live_take_walk(l, data, len);

	if (n)
		return n;
	n = gm_rec_check(data, len, &u);
	if (n <= 0 || !u.h.kind) {
		l->bad_records++;
		return n > 0 ? n : -EBADMSG;
	}
	gm_live_nodes(l, &u);
	gm_live_note(l, &u);
	gm_live_push(l, &u);
	return n;
}

/* Reads an iterator to its end, and what it writes to the ring; its file itself stays empty. 0 or -errno. */
static int scan(struct gm_live *l, struct bpf_link *link)
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
	} while (err == -EAGAIN || err == -EINTR);	/* the ring was full */
	close(fd);
	return err ? err : l->err;
}

#define IDLE_RUNS 1000	/* in a row that emit nothing and get no further: not to be expected */

/* The same by runs, each of which fills the ring at most. */
static int run(struct gm_live *l, const struct gm_attached_walk *w)
{
	uint32_t from = 0, before;
	int more, n, idle = 0;

	do {
		before = from;
		more = gm_attached_run(&l->att, w, &from);
		n = ring_buffer__consume(l->scans);
		idle = n > 0 || from != before ? 0 : idle + 1;
	} while (more > 0 && n >= 0 && !l->err && idle < IDLE_RUNS);
	return more < 0 ? more : n < 0 ? n : more ? -ELOOP : l->err;
}

static int walk(struct gm_live *l, const struct gm_attached_walk *w)
{
	return w->iter ? scan(l, w->iter) : run(l, w);
}

/* Sizes and lives stand still then, while ticks go on: that is told as a loss, and said once. */
static bool failed(struct gm_live *l, const char *what, int err)
{
	if (!err || l->err)
		return err;
	if (!l->failed_walks++)
		gm_warn("a walk over %s failed: %s", what, strerror(-err));
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

/* 0; -EAGAIN: mappings changed during the scan; -errno. */
static int scan_tasks(struct gm_live *l)
{
	int err;

	push_scan_edge(l, GM_SCAN_TASKS, GM_SCAN_BEGIN);	/* a second BEGIN discards what came after the first */
	gm_attached_begin_tasks(&l->att);
	err = scan(l, l->att.tasks);
	return !err && gm_attached_tasks_torn(&l->att) ? -EAGAIN : err;
}

void gm_live_scan_tasks(struct gm_live *l)
{
	uint64_t t0 = gm_now_ns(), next;
	int err = -EAGAIN;

	if (!l->att.tasks)
		return;
	for (int i = 0; i < TORN_SCANS && err == -EAGAIN; i++)
		err = scan_tasks(l);
	/* Without END the last complete picture stays. */
	if (err != -EAGAIN && failed(l, "tasks", err))
		return;
	if (!err)
		push_scan_edge(l, GM_SCAN_TASKS, GM_SCAN_END);
	l->tasks_began_ns = t0;
	l->tasks_cost_ns = gm_now_ns() - t0;
	next = l->tasks_cost_ns * TASK_SCAN_SHARE;
	l->tasks_next_ns = t0 + (next < TASK_SCAN_AT_MOST_NS ? next : TASK_SCAN_AT_MOST_NS);
}

/* Events that began or ended a binding, and found no room in the ring. */
static uint64_t bindings_lost(const struct gm_live *l)
{
	return l->losses[GM_LOSS_OF_KIND(GM_K_BIND)] + l->losses[GM_LOSS_OF_KIND(GM_K_UNBIND)] + l->losses[GM_LOSS_OF_KIND(GM_K_RELEASE)];
}

void gm_live_scan_objects(struct gm_live *l, bool bindings)
{
	/* Without probes for bind and unbind, or if some of them were skipped or had no room, the bindings are looked up, and what is not there is gone. */
	uint64_t lost = bindings_lost(l);
	bool all = !l->att.bindings_told || lost != l->bindings_lost || (bindings && l->started);
	struct gm_budget_used used;
	uint32_t what = all ? GM_SCAN_BINDINGS : GM_SCAN_OBJECTS;

	push_scan_edge(l, what, GM_SCAN_BEGIN);
	l->vms_now = 0;
	gm_attached_begin_look(&l->att, bindings || all, &l->pages, l->exact_ns);
	/* Each for itself: what one kind of object refuses does not hide the others. The bindings come with the VMs. */
	if (!failed(l, "VMs", walk(l, &l->att.vms))) {
		push_scan_edge(l, what, GM_SCAN_END);
		l->bindings_lost = gm_attached_partial(&l->att) ? l->bindings_lost : lost;
	}
	failed(l, "views", walk(l, &l->att.files));
	failed(l, "inodes", walk(l, &l->att.inodes));
	used = gm_attached_end_look(&l->att);
	gm_budget_next(&l->pages, &used);
	l->walks_left = used.wanting;
	l->walked += used.pages;
}

/* ---- ticks ---- */

static int live_poll(struct gm_source *s, struct gm_feed *f, uint64_t timeout_ns)
{
	struct gm_live *l = (struct gm_live *)s;
	int err;

	l->feed = f;
	err = gm_live_wait(l, timeout_ns);
	if (!err)
		err = gm_live_read(l, false);
	gm_live_gmem(l);
	return l->err ? l->err : err < 0 ? err : 1;
}

/* Is a scan of all tasks due? After skipped runs, sooner. */
static bool tasks_are_due(const struct gm_live *l, bool rescan)
{
	uint64_t now = gm_now_ns();

	return now >= l->tasks_next_ns || (rescan && now >= l->tasks_began_ns + l->tasks_cost_ns * TASK_SCAN_SOON);
}

#define SETTLE_SCANS	64	/* each finds room for what the ring holds */

/* The session ends: deaths that no probe reported, and what waits for room in the ring. */
static void settle(struct gm_live *l)
{
	if (gm_attached_look(&l->att, false)) {
		/* A death that no probe told is believed at the second look, an inode's at the one after its file's. */
		gm_attached_final(&l->att, true);
		for (int i = 0; i < 2; i++) {
			gm_live_scan_objects(l, false);
			nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
		}
	}
	for (int i = 0; i < SETTLE_SCANS && gm_attached_postponed(&l->att) && !l->err; i++) {
		gm_live_read_events(l);
		gm_live_scan_objects(l, false);
	}
}

static int live_tick(struct gm_source *s, struct gm_feed *f, bool last)
{
	struct gm_live *l = (struct gm_live *)s;
	uint64_t began, failed_before;
	bool rescan = l->rescans && l->rescans--;
	union gm_any u = { 0 };

	l->feed = f;
	gm_live_read(l, false);	/* the names of new processes first, so that a scan finds them known */
	if (last || tasks_are_due(l, rescan))
		gm_live_scan_tasks(l);
	if (last)
		settle(l);
	began = gm_now_ns();
	failed_before = l->failed_walks;
	gm_live_scan_sample(l, rescan);
	gm_live_read(l, true);
	gm_live_procs_flush(l);
	gm_live_drain(l);
	gm_live_known_tick(l, l->failed_walks == failed_before, last, began);
	gm_live_owners(l);
	gm_rec_init(&u.h, GM_K_TICK, gm_now_ns());
	u.as_TICK.seq = ++l->seq;
	u.as_TICK.last = last;
	gm_live_push(l, &u);
	if (!last) {
		gm_live_gmem_tick(l);
		gm_live_module_tick(l);
	}
	return l->err;
}

static void live_close(struct gm_source *s)
{
	struct gm_live *l = (struct gm_live *)s;

	gm_live_free_rings(l);
	gm_detach(&l->att);
	gm_kfacts_release(&l->facts);
	for (size_t i = 0; i < l->hot_prev.cap; i++)
		free(l->hot_prev.slots[i].val);
	gm_hmap_release(&l->hot_prev);
	gm_vec_release(&l->dead);
	gm_live_procs_release(l);
	gm_live_known_release(l);
	gm_ksyms_free(l->ksyms);
	free(l->progs_told);
	free(l->ops_cpu);
	free(l->hot);
	free(l->readings);
	free(l);
}

static const struct gm_source_ops live_ops = { .poll = live_poll, .tick = live_tick, .close = live_close, .module = gm_live_module };

void gm_live_push_meta(struct gm_live *l, uint64_t ts_ns, uint64_t real_ns)
{
	union gm_any u = { 0 };
	struct gm_rec_meta *m = &u.as_META;

	gm_rec_init(&u.h, GM_K_META, ts_ns);
	m->real_ns = real_ns;
	m->interval_ns = l->interval_ns;
	m->page_size = l->facts.page_size;
	m->nodes = l->facts.nodes;
	m->cpus = l->facts.cpus;
	m->mode = gm_plan_mode(&l->plan);
	m->init_on_alloc = l->facts.init_on_alloc;
	m->init_on_free = l->facts.init_on_free;
	m->emulated = l->facts.emulated;
	m->clear_ns = l->clear_ns;
	m->flags = GM_META_VM_FDS | (l->report_at_end ? GM_META_REPORT_AT_END : 0);
	snprintf(m->arch, sizeof(m->arch), "%s", l->facts.arch);
	snprintf(m->release, sizeof(m->release), "%s", l->facts.release);
	snprintf(m->tool, sizeof(m->tool), "%s", l->tool);
	gm_hostid("/etc/machine-id", m->host);
	gm_hostid("/proc/sys/kernel/random/boot_id", m->boot);
	gm_live_push(l, &u);
}

void gm_live_push_probes(struct gm_live *l)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		union gm_any u = { 0 };

		gm_plan_outcome(&l->plan, i, &u.as_PROBE);
		gm_rec_init(&u.h, GM_K_PROBE, gm_now_ns());
		gm_live_push(l, &u);
	}
}

static int live_start(struct gm_live *l, const struct gm_live_opts *o)
{
	int err;

	/* The session begins before the first probe is there: no event is older. */
	l->start_ns = gm_now_ns();
	l->start_real_ns = gm_real_ns();
	gm_attach_listen();
	err = gm_kfacts_read(&l->facts);
	if (err)
		return err;
	if (!l->facts.has_kvm && gm_live_module_mark())
		return gm_err(-ENODEV, "KVM is there, but no type information of its guest_memfd (for a module this needs "
			      "CONFIG_DEBUG_INFO_BTF_MODULES; guest_memfd needs 6.8 or newer)");
	if (!l->facts.has_kvm)
		return gm_err(-ENODEV, "no KVM with guest_memfd in this kernel (load it: modprobe kvm_intel or kvm_amd; needs 6.8 or newer)");
	if (l->facts.blind)
		return gm_err(-EPERM, "this kernel lets no BPF program read its memory, as with lockdown=confidentiality (boot with "
			      "lockdown=integrity or without)");
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
	l->plan.stacks = o->stacks;
	err = gm_attach(&l->att, &l->plan, &l->facts);
	if (err)
		return err;
	l->release_module = o->release_module && l->facts.kvm_module;
	l->module_mark = gm_live_module_mark();
	if (o->stacks && o->slow_ns)	/* now: our programs are among them, and later it takes too long beside what happens */
		gm_live_need_ksyms(l);
	err = gm_live_open_rings(l);
	if (err)
		return err;
	l->cpus = libbpf_num_possible_cpus();
	l->ops_cpu = l->cpus > 0 ? calloc((size_t)l->cpus, sizeof(*l->ops_cpu)) : NULL;
	if (l->cpus <= 0 || !l->ops_cpu || gm_live_drain_init(l))
		return gm_errno(l->cpus < 0 ? l->cpus : -ENOMEM, "reading counts and histograms");
	l->interval_ns = o->interval_ns;
	l->report_at_end = o->report_at_end;
	l->clear_ns = o->measure ? gm_kfacts_clear_ns(&l->facts) : 0;
	snprintf(l->tool, sizeof(l->tool), "%s", o->tool);
	gm_live_push_meta(l, l->start_ns, l->start_real_ns);
	gm_live_push_probes(l);
	gm_live_scan_tasks(l);
	gm_live_scan_objects(l, true);
	gm_live_procs_flush(l);
	gm_attached_started(&l->att);
	l->started = true;
	l->eager = o->eager;
	gm_live_gmem_tick(l);
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
	l->feed = f;
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
