// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_procs.c - the processes behind VMs, as records. Names are reported once, CPU time only while a reboot may be in
 * progress: on a host with a thousand VMs, reading both from /proc took 66 ms a sample.
 *
 * Our own programs read the contents of /proc/PID/stat and cmdline. Reading these files takes a reference to the
 * process's memory; if the process exits just then, its VM ends in our task (procinfo.h). The hook on a VM's creation
 * sends the command line. If no hook saw the creation, which is mostly so for processes older than the tool, the
 * command line is read from /proc: once for a process that owns a VM, and only if it is not exiting.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gm_conf.h"
#include "record/rec_proc.h"
#include "kernel/live_int.h"
#include "kernel/procinfo.h"

#define ACTIVE_NS	600000000000ull	/* a longer reboot has its CPU time reported only so far */
/* about a tick of the scheduler, by which CPU time is split: earlier there is little new */
#define CPU_MIN_INTERVAL_NS	10000000ull

#define TICK_NS		10000000ull	/* of start_ticks: the kernel's unit for user space (USER_HZ) */

struct gm_live_cpu {
	uint64_t reported_ns, active_until_ns;
	uint64_t user_ns, system_ns;	/* last reported; user_ns with guest code */
};

/*
 * Return true if this process was reported before (with its command line, if that is wanted); from now on it counts as
 * reported. The mark is the process's start, which distinguishes two processes with one number, and a bit for the
 * command line.
 */
static bool mark_reported(struct gm_live *l, uint32_t tgid, uint64_t start_ticks, bool with_cmdline)
{
	uintptr_t was = (uintptr_t)gm_hmap_get(&l->ix.procs, tgid), start = (uintptr_t)(start_ticks + 1);

	if (was >> 1 == start && (was & 1 || !with_cmdline))
		return true;
	gm_live_fail(l, gm_hmap_put(&l->ix.procs, tgid, (void *)(start << 1 | with_cmdline)));
	return false;
}

static void push_proc(struct gm_live *l, union gm_any *u)
{
	u->h.ts_ns = gm_now_ns();
	gm_live_push(l, u);
}

/* Return true if /proc has a process under the number that the kernel has for it. */
static bool may_read_proc(const struct gm_live *l)
{
	return l->facts.procfs == GM_PROCFS_OK || l->facts.procfs == GM_PROCFS_HIDES;
}

/*
 * Notes that /proc hides processes, if this process runs but /proc does not have it: every process has a cgroup. This
 * happens to a tool that gave up its capabilities, for example, and found nothing hidden at its start.
 */
static void note_hidden(struct gm_live *l, uint32_t tgid)
{
	struct gm_proc_facts f;

	if (l->facts.procfs != GM_PROCFS_OK || gm_procinfo_is_there(tgid) || gm_attached_read_proc(&l->att, tgid, &f))
		return;
	gm_kfeatures_set_procfs(&l->facts, GM_PROCFS_HIDES);
	gm_plan_make(&l->plan, &l->facts); /* the same choice, except for this row */
	gm_live_push_probes(l);
	gm_warn("names of processes are partial: %s", gm_procfs_why(GM_PROCFS_HIDES));
}

static void read_cgroup(struct gm_live *l, struct gm_rec_proc *p)
{
	if (!may_read_proc(l))
		return;
	gm_procinfo_cgroup(p);
	if (!p->cgroup[0])
		note_hidden(l, p->tgid);
}

/* Reports a process from /proc, on kernels that refuse the program. */
static void report_proc_by_files(struct gm_live *l, uint32_t tgid)
{
	union gm_any u;

	if (may_read_proc(l) && !gm_procinfo_read(tgid, &u.as_PROC) &&
	    !mark_reported(l, tgid, u.as_PROC.start_ticks, true))
		push_proc(l, &u);
}

/* Fills in what the kernel knows about a process; push_proc() sets the time. */
static void init_proc(struct gm_rec_proc *p, uint32_t tgid, uint64_t start_ticks, uint32_t uid,
		      const char comm[GM_COMM_LEN])
{
	memset(p, 0, sizeof(*p));
	gm_rec_init(&p->h, GM_K_PROC, 0);
	p->tgid = tgid;
	p->start_ticks = start_ticks;
	p->uid = uid;
	p->flags = GM_PROC_FLAGS | GM_PROC_UID;
	memcpy(p->comm, comm, GM_COMM_LEN);
}

void gm_live_report_proc(struct gm_live *l, uint32_t tgid, bool with_cmdline)
{
	struct gm_proc_facts f;
	union gm_any u;
	int err = tgid ? gm_attached_read_proc(&l->att, tgid, &f) : -ESRCH;

	if (err == -ENOSYS)
		report_proc_by_files(l, tgid);
	if (err || mark_reported(l, tgid, f.start_ns / TICK_NS, with_cmdline))
		return;
	init_proc(&u.as_PROC, tgid, f.start_ns / TICK_NS, f.uid, f.comm);
	if (with_cmdline && !f.ending && may_read_proc(l))
		gm_procinfo_cmdline(&u.as_PROC);
	read_cgroup(l, &u.as_PROC);
	push_proc(l, &u);
}

void gm_live_handle_proc(struct gm_live *l, const struct gm_raw_proc *raw, size_t len)
{
	union gm_any u;

	/* a command line that was paged out is missing: gm_live_report_proc() reports the process */
	if (!raw->args_len || raw->args_len > len - sizeof(*raw))
		return;
	if (mark_reported(l, raw->tgid, raw->start_ticks, true))
		return;
	init_proc(&u.as_PROC, raw->tgid, raw->start_ticks, raw->uid, raw->comm);
	gm_proc_keep_args(&u.as_PROC, raw->args, raw->args_len, raw->args_all);
	read_cgroup(l, &u.as_PROC);
	push_proc(l, &u);
}

void gm_live_note_pinner(struct gm_live *l, uint32_t tgid)
{
	const struct gm_vec *v = &l->ix.procs_pinning;
	void *p = (void *)(uintptr_t)tgid;

	/* the pins of a process come one after the other */
	if (!gm_hmap_get(&l->ix.procs, tgid) && (!v->nr || v->at[v->nr - 1] != p))
		gm_live_fail(l, gm_vec_push(&l->ix.procs_pinning, p));
}

static void report_procs(struct gm_live *l, struct gm_vec *tgids, bool with_cmdline)
{
	for (size_t i = 0; i < tgids->nr; i++)
		gm_live_report_proc(l, (uint32_t)(uintptr_t)tgids->at[i], with_cmdline);
	tgids->nr = 0;
}

/* Owners first: a process may be both. */
void gm_live_procs_flush(struct gm_live *l)
{
	report_procs(l, &l->ix.procs_owning, true);
	report_procs(l, &l->ix.procs_pinning, false);
}

void gm_live_note_creator(struct gm_live *l, uint32_t vm, uint32_t tgid)
{
	void *mark = (void *)(uintptr_t)tgid;

	if (!tgid || gm_hmap_get(&l->ix.vm_tgid, vm) == mark)
		return;
	gm_live_fail(l, gm_hmap_put(&l->ix.vm_tgid, vm, mark));
	gm_live_cpu_add(l, tgid);
	/*
	 * the process of a VM that was created since the start has a record in the ring, which is read after the scan
	 */
	if (!l->started || gm_vec_push(&l->ix.procs_owning, (void *)(uintptr_t)tgid))
		gm_live_report_proc(l, tgid, true);
}

/* ---- CPU time ---- */

/*
 * Splits CPU time as the kernel does for /proc (cputime_adjust()): the sum is exact, the parts have the ratio of the
 * ticks and never shrink.
 */
static void split_cpu(const struct gm_proc_facts *f, struct gm_live_cpu *o, struct gm_rec_cpu *out)
{
	uint64_t ticks = f->utime_ns + f->stime_ns, system;

	if (f->run_ns > o->user_ns + o->system_ns) {
		system = ticks ? (uint64_t)((unsigned __int128)f->run_ns * f->stime_ns / ticks) : 0;
		if (system < o->system_ns)
			system = o->system_ns;
		if (f->run_ns - system < o->user_ns)
			system = f->run_ns - o->user_ns;
		o->system_ns = system;
		o->user_ns = f->run_ns - system;
	}
	out->system_ns = o->system_ns;
	out->guest_ns = f->gtime_ns;
	out->user_ns = o->user_ns > f->gtime_ns ? o->user_ns - f->gtime_ns : 0;
}

static int read_cpu(struct gm_live *l, uint32_t tgid, struct gm_live_cpu *o, struct gm_rec_cpu *out)
{
	struct gm_proc_facts f;
	int err = gm_attached_read_proc(&l->att, tgid, &f);

	if (err == -ENOSYS)
		return may_read_proc(l) ? gm_procinfo_cpu(tgid, out) : -ESRCH;
	if (err)
		return err;
	memset(out, 0, sizeof(*out));
	gm_rec_init(&out->h, GM_K_CPU, 0);
	out->tgid = tgid;
	split_cpu(&f, o, out);
	return 0;
}

static int push_cpu(struct gm_live *l, uint32_t tgid, struct gm_live_cpu *o)
{
	union gm_any u;
	int err = read_cpu(l, tgid, o, &u.as_CPU);

	if (err)
		return err;
	u.h.ts_ns = o->reported_ns = gm_now_ns();
	gm_live_push(l, &u);
	return 0;
}

static struct gm_live_cpu *get_owner(struct gm_live *l, uint32_t tgid)
{
	struct gm_live_cpu *o = gm_hmap_get(&l->ix.owners, tgid);

	if (o)
		return o;
	o = calloc(1, sizeof(*o));
	if (o && !gm_hmap_put(&l->ix.owners, tgid, o))
		return o;
	free(o);
	gm_live_fail(l, -ENOMEM);
	return NULL;
}

void gm_live_cpu_add(struct gm_live *l, uint32_t tgid)
{
	struct gm_live_cpu *o = l->plan.need & GM_NEED_WALL && tgid ? get_owner(l, tgid) : NULL;

	if (o && !o->reported_ns)
		push_cpu(l, tgid, o);
}

void gm_live_cpu_mark(struct gm_live *l, uint32_t tgid)
{
	struct gm_live_cpu *o = l->plan.need & GM_NEED_WALL && tgid ? get_owner(l, tgid) : NULL;
	uint64_t now = gm_now_ns();

	if (!o)
		return;
	o->active_until_ns = now + ACTIVE_NS;
	if (now - o->reported_ns >= CPU_MIN_INTERVAL_NS)
		push_cpu(l, tgid, o);
}

/*
 * Reports the CPU time of active owners. Drops one that has exited, one a tick: the table must not change during the
 * iteration.
 */
void gm_live_cpu_tick(struct gm_live *l)
{
	uint64_t now = gm_now_ns();
	uint32_t gone = 0;

	for (size_t i = 0; i < l->ix.owners.cap; i++) {
		struct gm_live_cpu *o = l->ix.owners.slots[i].val;

		if (o && o->active_until_ns > now && push_cpu(l, (uint32_t)l->ix.owners.slots[i].key, o))
			gone = (uint32_t)l->ix.owners.slots[i].key;
	}
	if (gone)
		free(gm_hmap_del(&l->ix.owners, gone));
}
