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

#include "base/hist.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/util.h"
#include "source/attach.h"
#include "source/kfacts.h"
#include "source/ksyms.h"
#include "source/live.h"
#include "source/procinfo.h"

/* Walking every task's descriptors and mappings: not more than this share of the time, nor less often than that. */
#define TASK_SCAN_SHARE		50		/* 1/50: 2 % of a core */
#define TASK_SCAN_AT_MOST_NS	30000000000ull

struct gm_live {
	struct gm_source src;
	struct gm_kfacts facts;
	struct gm_plan plan;
	struct gm_attached att;
	struct ring_buffer *ring;
	struct gm_feed *feed;		/* during a call */
	int err;			/* a sink's refusal, kept across libbpf's callback */
	uint64_t seq;
	uint64_t start_ns, start_real_ns;
	uint64_t tasks_next_ns;		/* not before then */
	uint64_t tasks_cost_ns;
	uint64_t losses[GM_LOSS_NR];	/* last told */
	uint64_t bad_records;
	struct gm_op_counts ops[GM_PHASE_NR];	/* last told */
	struct gm_op_counts *ops_cpu;	/* one phase's, of each possible CPU */
	int cpus;
	struct gm_ksyms *ksyms;		/* read when the first stack comes */
	bool ksyms_tried;
	uint64_t missed;		/* runs that the kernel skipped, last told */
	struct gm_hmap hot_prev;	/* vm id -> struct gm_hot_val, what was told */
	struct gm_hmap procs;		/* tgid -> start_ticks + 1 (as a pointer), already told */
	struct gm_vec dead;		/* vm ids (as pointers) whose histograms are to be deleted */
	void *buf;			/* GM_SCAN_BUF bytes */
};
#define GM_SCAN_BUF (256 * 1024)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static int push(struct gm_live *l, const void *rec)
{
	int err = l->err ? l->err : gm_feed_push(l->feed, rec);

	if (err)
		l->err = err;
	return err;
}

/* ---- processes ---- */

/* Tells a process once; again only when the number was re-used. */
static void tell_proc(struct gm_live *l, uint32_t tgid)
{
	union gm_any u;
	void *mark;

	if (!tgid)
		return;
	memset(&u, 0, sizeof(u.as_PROC));
	if (gm_procinfo_read(tgid, &u.as_PROC))
		return;
	mark = (void *)(uintptr_t)(u.as_PROC.start_ticks + 1);
	if (gm_hmap_get(&l->procs, tgid) == mark)
		return;
	gm_hmap_put(&l->procs, tgid, mark);
	u.h.ts_ns = now_ns();
	push(l, &u);
}

/* ---- records from the kernel ---- */

static void note_record(struct gm_live *l, const union gm_any *u)
{
	switch (u->h.kind) {
	case GM_K_VM:
		tell_proc(l, u->as_VM.tgid);
		break;
	case GM_K_PIN:
		if (!gm_hmap_get(&l->procs, u->as_PIN.tgid))
			tell_proc(l, u->as_PIN.tgid);
		break;
	case GM_K_VM_CREATE:
	case GM_K_CREATE:
		tell_proc(l, u->ev.tgid);
		break;
	case GM_K_VM_DESTROY:
		gm_vec_push(&l->dead, (void *)(uintptr_t)u->ev.vm);
		break;
	}
}

static int take(struct gm_live *l, const void *data, size_t len)
{
	union gm_any u;
	int n = gm_rec_check(data, len, &u);

	if (n <= 0 || !u.h.kind) {
		l->bad_records++;
		return n > 0 ? n : -EBADMSG;
	}
	note_record(l, &u);
	push(l, &u);
	return n;
}

/* A fault's event: its stack of addresses becomes one of names, and goes no further. */
static void take_fault(struct gm_live *l, const struct gm_raw_fault *raw, size_t len)
{
	union gm_any u;
	struct gm_ev_fault *e = &u.as_FAULT;
	uint64_t ip[GM_STACK_MAX];

	if (len < sizeof(*raw)) {
		l->bad_records++;
		return;
	}
	if (!l->ksyms_tried && gm_ksyms_read(&l->ksyms, "/proc/kallsyms"))
		gm_info("/proc/kallsyms cannot be read: stacks have no names");
	l->ksyms_tried = true;
	memset(e, 0, sizeof(*e));
	memcpy(e, raw->event, sizeof(raw->event));
	e->ev.h.kind = GM_K_FAULT;
	e->ev.h.len = sizeof(*e);
	for (unsigned int i = 0; i < GM_STACK_MAX; i++)
		ip[i] = raw->ip[i];
	e->frames = gm_ksyms_stack(l->ksyms, ip, GM_STACK_MAX, e->stack, sizeof(e->stack));
	push(l, &u);
}

static int on_ring(void *ctx, void *data, size_t len)
{
	struct gm_live *l = ctx;
	struct gm_rec h;

	memcpy(&h, data, len < sizeof(h) ? len : sizeof(h));
	if (len >= sizeof(h) && h.kind == GM_K_RAW_FAULT)
		take_fault(l, data, len);
	else
		take(l, data, len);
	return 0;
}

/* Reads an iterator to its end. 0 or -errno. */
static int scan(struct gm_live *l, struct bpf_link *link)
{
	size_t have = 0, done;
	ssize_t n;
	int fd, err = 0;

	if (!link)
		return 0;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return -errno;
	while (!err) {
		n = read(fd, (char *)l->buf + have, GM_SCAN_BUF - have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			err = n < 0 ? -errno : 1;
			break;
		}
		have += (size_t)n;
		for (done = 0; done < have;) {
			int r = take(l, (char *)l->buf + done, have - done);

			if (r == -EBADMSG && have - done < GM_REC_MAX)
				break;		/* a record cut by the end of the buffer */
			if (r <= 0) {
				err = -EBADMSG;
				break;
			}
			done += (size_t)r;
		}
		memmove(l->buf, (char *)l->buf + done, have - done);
		have -= done;
	}
	close(fd);
	return err < 0 ? err : l->err;
}

static void push_scan_edge(struct gm_live *l, uint32_t what, uint32_t edge)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, GM_K_SCAN, now_ns());
	u.as_SCAN.what = what;
	u.as_SCAN.edge = edge;
	push(l, &u);
}

static void scan_tasks(struct gm_live *l)
{
	uint64_t t0 = now_ns(), next;

	push_scan_edge(l, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	if (scan(l, l->att.fds) | scan(l, l->att.vmas))
		return;		/* no END: the last complete picture stays */
	push_scan_edge(l, GM_SCAN_TASKS, GM_SCAN_END);
	l->tasks_cost_ns = now_ns() - t0;
	next = l->tasks_cost_ns * TASK_SCAN_SHARE;
	l->tasks_next_ns = t0 + (next < TASK_SCAN_AT_MOST_NS ? next : TASK_SCAN_AT_MOST_NS);
}

static void scan_objects(struct gm_live *l, bool first)
{
	/* Without probes for bind and unbind the bindings are looked up each time, and what is not there is gone. */
	bool always = !l->att.bindings_told;
	uint32_t what = always ? GM_SCAN_BINDINGS : GM_SCAN_OBJECTS;

	push_scan_edge(l, what, GM_SCAN_BEGIN);
	gm_attached_bindings(&l->att, first || always);
	if (!scan(l, l->att.vms) && !scan(l, l->att.files) && !scan(l, l->att.inodes))
		push_scan_edge(l, what, GM_SCAN_END);
}

/* ---- histograms ---- */

/* What a histogram gained since prev, as a record; false: nothing. */
static bool hist_gain(uint32_t vm, uint32_t phase, const struct gm_khist *now, const struct gm_khist *prev, struct gm_rec_hist *r)
{
	gm_rec_init(&r->h, GM_K_HIST, 0);
	r->vm = vm;
	r->phase = phase;
	r->sum_ns = now->sum_ns - prev->sum_ns;
	r->min_ns = ~now->min_ns;
	r->max_ns = now->max_ns;
	r->cells_nr = 0;
	for (uint32_t s = 0; s < GM_HIST_SLOTS; s++) {
		uint64_t d = now->slot[s] - prev->slot[s];

		if (!d)
			continue;
		r->cells[r->cells_nr].slot = s;
		r->cells[r->cells_nr++].count = (uint32_t)d;
	}
	return r->cells_nr > 0;
}

static void drain_split(struct gm_live *l, uint32_t vm, uint32_t whole, const __u64 *now, const __u64 *prev)
{
	union gm_any u = { 0 };
	uint64_t gained = 0;

	gm_rec_init(&u.h, GM_K_SPLIT, now_ns());
	u.as_SPLIT.vm = vm;
	u.as_SPLIT.phase = GM_WHOLE_PHASE(whole);
	for (uint32_t p = 0; p < GM_PART_NR; p++) {
		u.as_SPLIT.part_ns[p] = now[p] - prev[p];
		gained += now[p] - prev[p];
	}
	if (gained)
		push(l, &u);
}

static void drain_vm_hist(struct gm_live *l, uint32_t vm, struct gm_hot_val *now)
{
	struct gm_hot_val *prev = gm_hmap_get(&l->hot_prev, vm);

	if (!prev) {
		prev = calloc(1, sizeof(*prev));
		if (!prev || gm_hmap_put(&l->hot_prev, vm, prev)) {
			free(prev);
			return;
		}
	}
	for (uint32_t p = 0; p < GM_HOT_NR; p++) {
		union gm_any u;

		memset(&u, 0, sizeof(u));
		if (!hist_gain(vm, GM_HOT_PHASE(p), &now->h[p], &prev->h[p], &u.as_HIST))
			continue;
		u.h.ts_ns = now_ns();
		push(l, &u);
	}
	for (uint32_t w = 0; w < GM_WHOLE_NR; w++)
		drain_split(l, vm, w, now->split[w], prev->split[w]);
	*prev = *now;
}

static void drain_hists(struct gm_live *l)
{
	int fd = l->att.hot_fd;
	struct gm_hot_val *v = l->buf;
	uint32_t key, next;
	void *prev = NULL;

	if (fd < 0)
		return;
	while (!bpf_map_get_next_key(fd, prev, &next)) {
		if (!bpf_map_lookup_elem(fd, &next, v))
			drain_vm_hist(l, next, v);
		key = next;
		prev = &key;
	}
	for (size_t i = 0; i < l->dead.nr; i++) {
		key = (uint32_t)(uintptr_t)l->dead.at[i];
		bpf_map_delete_elem(fd, &key);
		free(gm_hmap_del(&l->hot_prev, key));
	}
	l->dead.nr = 0;
}

/* ---- losses, ticks ---- */

static void tell_loss(struct gm_live *l, const char *what, uint64_t count, uint32_t flags)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, GM_K_LOSS, now_ns());
	u.as_LOSS.count = count;
	u.as_LOSS.flags = flags;
	snprintf(u.as_LOSS.what, sizeof(u.as_LOSS.what), "%s", what);
	push(l, &u);
}

static void tell_ops(struct gm_live *l, uint32_t phase, const struct gm_op_counts *c)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, GM_K_OPS, now_ns());
	u.as_OPS.phase = phase;
	u.as_OPS.seen = c->seen;
	u.as_OPS.done = c->done;
	u.as_OPS.failed = c->failed;
	u.as_OPS.unfinished = c->unfinished;
	u.as_OPS.lost = c->lost;
	push(l, &u);
}

/* Ends are read by the same look as begins, and a begin comes first: so never more of the former. */
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
		if (!memcmp(&sum, &l->ops[p], sizeof(sum)))
			continue;
		l->ops[p] = sum;
		tell_ops(l, p, &sum);
	}
}

static void drain_losses(struct gm_live *l)
{
	static const char *const names[] = {
#define X(E, name) name,
		GM_LOSSES(X)
#undef X
	};
	uint64_t missed;

	for (uint32_t i = 0; i < GM_LOSS_NR && l->att.losses_fd >= 0; i++) {
		uint64_t n;

		if (bpf_map_lookup_elem(l->att.losses_fd, &i, &n) || n == l->losses[i])
			continue;
		l->losses[i] = n;
		tell_loss(l, names[i], n, i == GM_LOSS_LIMIT ? GM_LOSS_WITHHELD : 0);
	}
	missed = gm_attached_misses(&l->att);
	if (missed != l->missed) {
		l->missed = missed;
		tell_loss(l, "program_skipped", missed, 0);
	}
	if (l->bad_records)
		tell_loss(l, "bad_record", l->bad_records, 0);
}

static int live_poll(struct gm_source *s, struct gm_feed *f, uint64_t timeout_ns)
{
	struct gm_live *l = (struct gm_live *)s;
	int n;

	l->feed = f;
	if (!l->ring) {
		struct timespec ts = { (time_t)(timeout_ns / 1000000000ull), (long)(timeout_ns % 1000000000ull) };

		nanosleep(&ts, NULL);
		return 1;
	}
	n = ring_buffer__poll(l->ring, (int)((timeout_ns + 999999) / 1000000));
	if (n < 0 && n != -EINTR)
		return gm_errno(n, "reading the kernel's ring buffer");
	return l->err ? l->err : 1;
}

static int live_tick(struct gm_source *s, struct gm_feed *f, bool last)
{
	struct gm_live *l = (struct gm_live *)s;
	union gm_any u = { 0 };

	l->feed = f;
	if (last || now_ns() >= l->tasks_next_ns)
		scan_tasks(l);
	if (last && gm_attached_misses(&l->att)) {
		/* A death that no probe told is believed at the second look. */
		gm_attached_final(&l->att);
		scan_objects(l, false);
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	}
	scan_objects(l, false);
	if (l->ring)
		ring_buffer__consume(l->ring);
	drain_hists(l);
	drain_ops(l);
	drain_losses(l);
	gm_rec_init(&u.h, GM_K_TICK, now_ns());
	u.as_TICK.seq = ++l->seq;
	u.as_TICK.last = last;
	push(l, &u);
	return l->err;
}

static void live_close(struct gm_source *s)
{
	struct gm_live *l = (struct gm_live *)s;

	ring_buffer__free(l->ring);
	gm_detach(&l->att);
	gm_kfacts_release(&l->facts);
	for (size_t i = 0; i < l->hot_prev.cap; i++)
		free(l->hot_prev.slots[i].val);
	gm_hmap_release(&l->hot_prev);
	gm_hmap_release(&l->procs);
	gm_vec_release(&l->dead);
	gm_ksyms_free(l->ksyms);
	free(l->ops_cpu);
	free(l->buf);
	free(l);
}

static const struct gm_source_ops live_ops = { .poll = live_poll, .tick = live_tick, .close = live_close };

static void push_meta(struct gm_live *l, const struct gm_live_opts *o)
{
	union gm_any u = { 0 };
	struct gm_rec_meta *m = &u.as_META;

	gm_rec_init(&u.h, GM_K_META, l->start_ns);
	m->real_ns = l->start_real_ns;
	m->interval_ns = o->interval_ns;
	m->page_size = l->facts.page_size;
	m->nodes = l->facts.nodes;
	m->cpus = l->facts.cpus;
	m->mode = gm_plan_mode(&l->plan);
	m->init_on_alloc = l->facts.init_on_alloc;
	m->init_on_free = l->facts.init_on_free;
	m->emulated = l->facts.emulated;
	m->flags = o->report_at_end ? GM_META_REPORT_AT_END : 0;
	snprintf(m->arch, sizeof(m->arch), "%s", l->facts.arch);
	snprintf(m->release, sizeof(m->release), "%s", l->facts.release);
	snprintf(m->tool, sizeof(m->tool), "%s", o->tool);
	push(l, &u);
}

static void push_probes(struct gm_live *l)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		union gm_any u = { 0 };

		gm_plan_outcome(&l->plan, i, &u.as_PROBE);
		gm_rec_init(&u.h, GM_K_PROBE, now_ns());
		push(l, &u);
	}
}

static int live_start(struct gm_live *l, const struct gm_live_opts *o)
{
	int err;

	/* The session begins before the first probe is there: no event is older. */
	l->start_ns = now_ns();
	l->start_real_ns = real_ns();
	err = gm_kfacts_read(&l->facts);
	if (err)
		return err;
	if (!l->facts.has_kvm)
		return gm_err(-ENODEV, "no KVM with guest_memfd in this kernel (load it: modprobe kvm_intel or kvm_amd; needs 6.8 or newer)");
	gm_plan_init(&l->plan, o->mode, o->need);
	l->plan.slow_ns = o->slow_ns;
	l->plan.slow_limit = o->slow_limit;
	err = gm_attach(&l->att, &l->plan, &l->facts);
	if (err)
		return err;
	if (l->att.ring_fd >= 0) {
		l->ring = ring_buffer__new(l->att.ring_fd, on_ring, l, NULL);
		if (!l->ring)
			return gm_errno(-errno, "opening the ring buffer");
	}
	l->cpus = libbpf_num_possible_cpus();
	l->ops_cpu = l->cpus > 0 ? calloc((size_t)l->cpus, sizeof(*l->ops_cpu)) : NULL;
	push_meta(l, o);
	push_probes(l);
	scan_tasks(l);
	scan_objects(l, true);
	gm_attached_started(&l->att);
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
	l->feed = f;
	l->facts.tracefs = -1;
	gm_attached_init(&l->att);
	l->buf = malloc(GM_SCAN_BUF);
	err = l->buf ? live_start(l, o) : gm_errno(-ENOMEM, "live source");
	if (err) {
		live_close(&l->src);
		return err;
	}
	*out = &l->src;
	return 0;
}
