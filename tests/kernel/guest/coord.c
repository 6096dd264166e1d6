// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The coordinator: starts the VM processes, kills those that ask for it,
 * starts them again if a machine has steps left, holds, and ends the run.
 * It never has a VM or a gmem descriptor itself, so that no tool takes it for
 * a part of the workload.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario.h"
#include "truth.h"
#include "util.h"
#include "worker.h"

/* The coordinator sees changes that do not bump the world's tick after at most this time. */
#define POLL_MSEC 10

struct coord {
	struct gg_world *w;
	const struct gg_opts *opts;
	int world_fd;
	int holder[2];		/* sockets: one for the coordinator and the VMs, one for the holder */
	pid_t holder_pid;
	uint32_t nprocs, per_proc;
	pid_t *procs;		/* 0: not running */
	pid_t *successors;	/* a second process of the same machine, which takes over its VM; 0: none */
	bool *killed;
	uint64_t *kill_ns;
};

static volatile sig_atomic_t go_signal, stop_signal;

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		go_signal = 1;
	else
		stop_signal = 1;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* ---- processes ---- */

static struct gg_machine *machines_of(struct coord *c, uint32_t p)
{
	return &c->w->machines[p * c->per_proc];
}

/* Executes the program again in the child, by /proc, as argv[0] may not be a path. */
static void exec_worker(struct coord *c, uint32_t p)
{
	char *label = c->per_proc > 1 ? c->w->conf.name : machines_of(c, p)->name;
	char spec[64];

	snprintf(spec, sizeof(spec), "%d:%d:%u:%u", c->world_fd, c->holder[0], p * c->per_proc, c->per_proc);
	gg_worker_exec(label, spec, c->opts->words);
	_exit(gg_err(-errno, "is /proc mounted?", "execute: /proc/self/exe") ? 1 : 0);
}

static int start_worker(struct coord *c, uint32_t p, pid_t *out)
{
	uint32_t i;

	for (i = 0; i < c->per_proc; i++)
		gg_store32(&machines_of(c, p)[i].state, GG_M_RUN);
	*out = fork();
	if (!*out)
		exec_worker(c, p);
	return *out < 0 ? gg_err(-errno, NULL, "start VM process: %u", p) : 0;
}

static int spawn(struct coord *c, uint32_t p)
{
	c->killed[p] = false;
	return start_worker(c, p, &c->procs[p]);
}

static bool all_in(struct coord *c, uint32_t p, uint32_t state)
{
	uint32_t i;

	for (i = 0; i < c->per_proc; i++)
		if (gg_load32(&machines_of(c, p)[i].state) != state)
			return false;
	return true;
}

/* Starts the successors of processes that hand over their VM.  A process exits before its successor hands over. */
static int start_successors(struct coord *c)
{
	int err = 0;
	uint32_t p;

	for (p = 0; !err && p < c->nprocs; p++)
		if (!c->successors[p] && all_in(c, p, GG_M_HANDOVER))
			err = start_worker(c, p, &c->successors[p]);
	return err;
}

static void note_kill(struct coord *c, uint32_t p)
{
	uint32_t vm = c->w->nvms;

	while (vm-- > 0)
		if (c->w->vms[vm].pid == c->procs[p])
			break;
	gg_truth_note(c->w, c->kill_ns[p], GG_OP_kill, vm, 0);
}

/* Adds the pages that the guests of an ended process have touched to the truth. */
static void note_stamped(struct coord *c, uint32_t p)
{
	struct gg_machine *m = machines_of(c, p);
	uint32_t i;

	for (i = 0; i < c->per_proc; i++) {
		if (!m[i].stamp_file)
			continue;
		gg_truth_stamped(c->w, c->procs[p], m[i].stamp_file - 1, GG_FIRST, m[i].stamped);
		m[i].stamp_file = 0;
	}
}

static void kill_ready(struct coord *c)
{
	uint32_t p;

	for (p = 0; p < c->nprocs; p++) {
		if (!c->procs[p] || c->successors[p] || c->killed[p] || !all_in(c, p, GG_M_KILL_ME))
			continue;
		c->kill_ns[p] = gg_now_ns();
		c->killed[p] = true;
		kill(c->procs[p], SIGKILL);
		note_kill(c, p);
	}
}

/* Handles the exit of a process: drops its references in the truth, and starts it again if it has steps left. */
static int after_exit(struct coord *c, uint32_t p)
{
	struct gg_machine *m = machines_of(c, p);
	uint64_t t0 = c->killed[p] ? c->kill_ns[p] : m->mark_ns;
	bool more = m->step < c->w->conf.nsteps && gg_load32(&c->w->phase) < GG_PHASE_TEARDOWN;
	uint32_t i;

	note_stamped(c, p);
	gg_truth_exit(c->w, t0, c->procs[p]);
	c->procs[p] = 0;
	if (more)
		return spawn(c, p);
	for (i = 0; i < c->per_proc; i++)
		gg_store32(&m[i].state, GG_M_DONE);
	return 0;
}

/* Handles the exit of a process that has handed over its VM: the successor takes its place. */
static int handed_over(struct coord *c, uint32_t p)
{
	struct gg_machine *m = machines_of(c, p);

	gg_truth_exit(c->w, gg_now_ns(), c->procs[p]);
	c->procs[p] = c->successors[p];
	c->successors[p] = 0;
	gg_store32(&m->handing, 0);
	gg_futex_wake(&m->handing);
	return 0;
}

static int exited(struct coord *c, pid_t pid, int status)
{
	bool ok = WIFEXITED(status) && !WEXITSTATUS(status);
	uint32_t p = 0;

	while (p < c->nprocs && c->procs[p] != pid)
		p++;
	if (p == c->nprocs)
		return ok && pid == c->holder_pid ? 0 : gg_err(-ESRCH, NULL, "process failed: pid %d", pid);
	if (ok && c->successors[p])
		return handed_over(c, p);
	if (ok || c->killed[p])
		return after_exit(c, p);
	gg_truth_exit(c->w, gg_now_ns(), pid);
	c->procs[p] = 0;
	if (WIFSIGNALED(status))
		return gg_err(-ESRCH, strsignal(WTERMSIG(status)), "VM process died: pid %d", pid);
	return -ECHILD; /* the process has printed a message */
}

static int reap(struct coord *c)
{
	int err = 0, status;
	pid_t pid;

	while (!err && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		err = exited(c, pid, status);
	return err;
}

/* ---- phases ---- */

static bool work_done(struct coord *c)
{
	uint32_t i;

	for (i = 0; !stop_signal && i < c->w->conf.vms; i++) {
		uint32_t s = gg_load32(&c->w->machines[i].state);

		if (s == GG_M_PAUSED && c->w->phase == GG_PHASE_WORK)
			continue;
		if (s != GG_M_WORKED && s != GG_M_DONE)
			return false;
	}
	return true;
}

static bool all_gone(struct coord *c)
{
	uint32_t p;

	for (p = 0; p < c->nprocs; p++)
		if (c->procs[p])
			return false;
	return true;
}

static bool loop_over(struct coord *c)
{
	uint64_t limit = (uint64_t)c->w->conf.loop_sec * 1000000000ULL;

	return stop_signal || gg_now_ns() - c->w->start_ns >= limit;
}

/* Handles exits and kills until @until returns true. */
static int watch(struct coord *c, bool (*until)(struct coord *c))
{
	for (;;) {
		uint32_t seen = gg_load32(&c->w->tick);
		int err = reap(c);

		if (!err)
			err = start_successors(c);
		if (err || until(c))
			return err;
		kill_ready(c);
		gg_futex_wait(&c->w->tick, seen, POLL_MSEC);
	}
}

static bool may_go(const struct gg_opts *o, uint64_t since)
{
	uint64_t limit = (uint64_t)o->hold_sec * 1000000000ULL;

	return go_signal || stop_signal || (o->go && !access(o->go, F_OK)) ||
	       (o->hold_sec && gg_now_ns() - since >= limit);
}

static int save(struct coord *c)
{
	return c->opts->truth ? gg_truth_save(c->w, c->opts->truth) : 0;
}

/* Holds the workload.  Removes the files --ready and --go afterwards, so that they serve the next hold. */
static int hold(struct coord *c)
{
	const struct gg_opts *o = c->opts;
	uint64_t since = gg_now_ns();
	int err = save(c);

	go_signal = 0;
	if (!err && o->ready)
		err = gg_create_sign(o->ready);
	while (!err && !may_go(o, since))
		poll(NULL, 0, POLL_MSEC);
	if (o->ready)
		unlink(o->ready);
	if (o->go)
		unlink(o->go);
	return err;
}

static int work(struct coord *c)
{
	int err = 0;
	uint32_t p;

	for (p = 0; !err && p < c->nprocs; p++)
		err = spawn(c, p);
	if (err)
		return err;
	err = watch(c, c->w->conf.loop_sec ? loop_over : work_done);
	if (!err && c->opts->hold_work && !stop_signal)
		err = hold(c);
	if (err || c->w->conf.loop_sec)
		return err;
	gg_world_set_phase(c->w, GG_PHASE_AFTER_HOLD);
	return watch(c, work_done);
}

static int stop_holder(struct coord *c)
{
	int status = 0;

	if (!c->holder_pid)
		return 0;
	gg_holder_stop(c->holder[0]);
	if (waitpid(c->holder_pid, &status, 0) < 0 || status)
		return gg_err(-ESRCH, NULL, "holder failed: pid %d", c->holder_pid);
	c->holder_pid = 0;
	return 0;
}

static void end_by_force(struct coord *c, pid_t pid)
{
	if (!pid)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	gg_truth_exit(c->w, gg_now_ns(), pid);
}

/* Kills the run's own processes, by their ids, after a failure. */
static void kill_workers(struct coord *c)
{
	uint32_t p;

	c->w->failed = 1;
	for (p = 0; p < c->nprocs; p++) {
		end_by_force(c, c->procs[p]);
		end_by_force(c, c->successors[p]);
	}
}

static int run(struct coord *c)
{
	int err = c->opts->hold_start ? hold(c) : 0;

	if (!err && !stop_signal)
		err = work(c);
	gg_world_set_phase(c->w, GG_PHASE_TEARDOWN);
	if (!err)
		err = watch(c, all_gone);
	if (!err && !stop_signal)
		err = gg_worker_steps_done(c->w);
	if (err)
		kill_workers(c);
	return stop_holder(c) || err ? -ECHILD : 0;
}

/* ---- set-up ---- */

static void name_machines(struct gg_world *w)
{
	uint32_t i;

	for (i = 0; i < w->conf.vms; i++)
		snprintf(w->machines[i].name, sizeof(w->machines[i].name), "%.*s-%u", GG_NAME_LEN - 12, w->conf.name,
			 i);
}

static int start_holder(struct coord *c)
{
	/* Seqpacket, since VM processes share one end and messages must stay whole. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, c->holder))
		return gg_err(-errno, NULL, "create socket: holder");
	c->holder_pid = fork();
	if (c->holder_pid < 0)
		return gg_err(-errno, NULL, "start: holder");
	if (!c->holder_pid) {
		close(c->holder[0]);
		gg_holder_main(c->w, c->holder[1]);
	}
	close(c->holder[1]);
	return 0;
}

/* Raises the limit of descriptors: a VM has a VM, vCPUs and gmem, and two of each during an overlap. */
static void raise_limits(const struct gg_conf *conf)
{
	uint64_t per_vm = 2 * (conf->vcpus + 3ULL);
	uint64_t vms = conf->one_process ? conf->vms : 1;
	uint64_t need = vms * per_vm + conf->vms + 64;

	if (gg_raise_limit(RLIMIT_NOFILE, need))
		(void)gg_err(-EPERM, "many VMs may fail", "raise limit: %llu open files", (unsigned long long)need);
	/* gmem counts as unevictable; on a kernel that charges it to this limit, it must not fail. */
	(void)gg_raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
}

static bool wants(const struct gg_conf *conf, const char *name)
{
	int row = gg_scenario_find(name);
	uint32_t i;

	for (i = 0; i < conf->nsteps; i++)
		if (conf->steps[i] == row)
			return true;
	return false;
}

/* Returns true if this kernel can run none of the steps; no VM is started then. */
static bool nothing_possible(struct gg_world *w)
{
	uint32_t i, possible = w->conf.loop_sec && w->caps.gmem;

	for (i = 0; i < w->conf.nsteps; i++)
		if (!gg_scenario_missing(&gg_scenarios[w->conf.steps[i]], &w->caps))
			possible++;
	for (i = 0; !possible && i < w->conf.nsteps; i++) {
		const struct gg_scenario *s = &gg_scenarios[w->conf.steps[i]];

		gg_truth_skip(w, s->name, gg_scenario_missing(s, &w->caps));
	}
	return !possible;
}

static int set_up(struct coord *c)
{
	const struct gg_conf *conf = &c->opts->conf;
	int err = gg_world_create(&c->w, &c->world_fd);

	if (err)
		return err;
	c->w->conf = *conf;
	name_machines(c->w);
	c->per_proc = conf->one_process ? conf->vms : 1;
	c->nprocs = conf->vms / c->per_proc;
	c->procs = calloc(c->nprocs, sizeof(*c->procs));
	c->successors = calloc(c->nprocs, sizeof(*c->successors));
	c->killed = calloc(c->nprocs, sizeof(*c->killed));
	c->kill_ns = calloc(c->nprocs, sizeof(*c->kill_ns));
	if (!c->procs || !c->successors || !c->killed || !c->kill_ns)
		return gg_err(-ENOMEM, NULL, "start: coordinator");
	raise_limits(conf);
	catch_signals();
	return 0;
}

static void clean_up(struct coord *c)
{
	if (c->holder[0] >= 0)
		close(c->holder[0]);
	free(c->successors);
	free(c->procs);
	free(c->killed);
	free(c->kill_ns);
}

/* Runs the workload; returns the exit status, unless the truth cannot be written. */
static int probe_and_run(struct coord *c)
{
	if (gg_caps_read(&c->w->caps)) {
		gg_truth_skip(c->w, "everything", "no usable /dev/kvm");
		return 77;
	}
	c->w->caps.poison = c->w->conf.allow_hwpoison;
	c->w->caps.vcpus = c->w->conf.vcpus > 1;
	if (nothing_possible(c->w)) {
		(void)gg_err(-EOPNOTSUPP, c->w->skips[0].why, "nothing to do: %s", c->w->skips[0].what);
		return 77;
	}
	if ((wants(&c->opts->conf, "leave") || wants(&c->opts->conf, "pin-fd")) && start_holder(c))
		return 1;
	return run(c) ? 1 : 0;
}

int gg_coord_main(const struct gg_opts *opts)
{
	struct coord c = { .opts = opts, .holder = { -1, -1 } };
	int status = set_up(&c) ? 1 : 0;

	if (!status) {
		status = probe_and_run(&c);
		status = save(&c) ? 1 : status;
	}
	clean_up(&c);
	return status;
}
