// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A VM process: each machine has a thread, which does the machine's steps (an
 * earlier process may have done the first of them).  The process exits when all
 * of its machines have ended; the exit closes what they left open, and so is part
 * of the workload.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "scenario.h"
#include "truth.h"
#include "util.h"
#include "worker.h"

#define MACHINE_STACK (256 * 1024)

/* Waits for the coordinator's SIGKILL without closing anything. */
static void wait_for_kill(struct gg_run *r)
{
	gg_machine_set(r->w, r->machine, GG_M_KILL_ME);
	for (;;)
		pause();
}

static void advance(struct gg_machine *m)
{
	m->step++;
	m->repeat = 0;
}

/* Runs one step; returns its request. */
static int run_step(struct gg_run *r, const struct gg_scenario *s)
{
	const char *why = gg_scenario_missing(s, &r->w->caps);

	if (!why)
		return s->run(r);
	gg_truth_skip(r->w, s->name, why);
	return GG_STEP_NEXT;
}

static int run_steps(struct gg_run *r)
{
	struct gg_machine *m = &r->w->machines[r->machine];
	const struct gg_conf *conf = &r->w->conf;
	int want = GG_STEP_NEXT;

	while (want == GG_STEP_NEXT && m->step < conf->nsteps && gg_load32(&r->w->phase) < GG_PHASE_TEARDOWN) {
		want = run_step(r, &gg_scenarios[conf->steps[m->step]]);
		if (want >= 0 && want != GG_STEP_EXIT_AGAIN && want != GG_STEP_HANDED)
			advance(m);
	}
	return want;
}

int gg_worker_steps_done(const struct gg_world *w)
{
	const struct gg_conf *conf = &w->conf;
	uint32_t i;

	for (i = 0; !conf->loop_sec && i < conf->vms; i++)
		if (w->machines[i].step < conf->nsteps)
			return gg_err(-ECANCELED, NULL, "not done: scenario %s of machine %u",
				      gg_scenarios[conf->steps[w->machines[i].step]].name, i);
	return 0;
}

/* Waits for the teardown after all steps, then closes the VM in order. */
static void wait_and_close(struct gg_run *r)
{
	gg_machine_set(r->w, r->machine, GG_M_WORKED);
	gg_world_wait_phase(r->w, GG_PHASE_TEARDOWN);
	if (r->w->conf.close_by_exit)
		gg_machine_set(r->w, r->machine, GG_M_EXITING);
	else
		gg_run_close(r);
}

static void *machine_main(void *arg)
{
	struct gg_run *r = arg;
	int want = r->w->conf.loop_sec ? gg_demo(r) : run_steps(r);

	/* A failure ends the process at once, even if its other machines wait. */
	if (want < 0)
		_exit(1);
	if (want == GG_STEP_KILL)
		wait_for_kill(r);
	if (want == GG_STEP_NEXT)
		wait_and_close(r);
	else if (want != GG_STEP_HANDED)
		gg_machine_set(r->w, r->machine, GG_M_EXITING);
	return NULL;
}

static int start(pthread_t *thread, struct gg_run *r)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, MACHINE_STACK);
	err = pthread_create(thread, &attr, machine_main, r);
	pthread_attr_destroy(&attr);
	return err ? gg_err(-err, NULL, "start machine: %u", r->machine) : 0;
}

static int run_machines(struct gg_world *w, int holder, uint32_t first, uint32_t n)
{
	struct gg_run *runs = calloc(n, sizeof(*runs));
	pthread_t *threads = calloc(n, sizeof(*threads));
	bool failed = false;
	uint32_t i;

	if (!runs || !threads)
		return 1;
	for (i = 0; !failed && i < n; i++) {
		runs[i] = (struct gg_run){
			.w = w,
			.machine = first + i,
			.holder = holder,
		};
		failed = start(&threads[i], &runs[i]) != 0;
	}
	for (i = 0; !failed && i < n; i++)
		pthread_join(threads[i], NULL);
	return failed ? 1 : 0;
}

/*
 * Ignores Ctrl-C, since the coordinator sets the phase when it gets one.  Ends with
 * the coordinator, so that no VM is left behind.
 */
static int prepare(const struct gg_world *w)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_NAME, "gmemguest");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == w->coordinator ? 0 : -ESRCH;
}

void gg_worker_exec(char *name, char *spec, char **words)
{
	char self[] = "gmemguest", name_opt[] = "-name", worker[] = "-worker";
	char *first[] = { words ? words[0] : self, name_opt, name, worker, spec };
	const size_t nr = sizeof(first) / sizeof(first[0]);
	size_t more = 0;
	char **argv;

	while (words && words[more + 1])
		more++;
	argv = calloc(nr + more + 1, sizeof(*argv));
	if (!argv)
		return;
	memcpy(argv, first, sizeof(first));
	if (more)
		memcpy(argv + nr, words + 1, more * sizeof(*argv));
	execv("/proc/self/exe", argv);
	free(argv);
}

/* Exits, or with --close-by=exec executes a program, as KVM's descriptors are close-on-exec. */
static _Noreturn void exit_or_exec(const struct gg_world *w, int status)
{
	int null = w->conf.close_by == GG_CLOSE_EXEC ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

	if (!status && null >= 0) {
		dup2(null, STDOUT_FILENO);
		execl("/proc/self/exe", "gmemguest", "--list", (char *)NULL);
	}
	_exit(status);
}

int gg_worker_main(const char *spec)
{
	unsigned int first, n;
	struct gg_world *w;
	int fd, holder;
	char junk;

	if (sscanf(spec, "%d:%d:%u:%u%c", &fd, &holder, &first, &n, &junk) != 4)
		return 2;
	if (gg_world_attach(fd, &w) || prepare(w))
		return 1;
	/* No exit handlers run, and the kernel closes all descriptors. */
	exit_or_exec(w, run_machines(w, holder, first, n));
}
