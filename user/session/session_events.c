// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* session_events.c - signals, and the tool's idle(). */
#include <signal.h>
#include <time.h>

#include "session/session_int.h"

#define STOP_AGAIN_SEC	2	/* a second Ctrl-C within this time counts as the first */

static volatile sig_atomic_t stop_requested, module_requested;
static volatile time_t stop_requested_sec; /* of CLOCK_MONOTONIC */

/*
 * The first signal ends the session, which still writes its report. A later one ends the process: the session may be
 * blocked in a write to a pipe that nobody reads.
 */
static void on_stop(int sig)
{
	struct timespec t;
	time_t now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = t.tv_sec;
	if (!stop_requested) {
		stop_requested = sig;
		stop_requested_sec = now;
	} else if (now - stop_requested_sec >= STOP_AGAIN_SEC) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
}

static void on_signal(int sig)
{
	if (sig == SIGUSR2)
		module_requested = 1;
	else
		on_stop(sig);
}

void gm_run_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal }, was;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	if (!sigaction(SIGHUP, NULL, &was) && was.sa_handler != SIG_IGN) /* ignored: nohup(1) */
		sigaction(SIGHUP, &sa, NULL);
}

bool gm_run_has_stop_request(void)
{
	return stop_requested;
}

bool gm_run_has_module_request(void)
{
	bool requested = module_requested;

	module_requested = 0;
	return requested;
}

int gm_run_idle(struct gm_run *r)
{
	int err = r->s.tool->idle ? r->s.tool->idle(&r->s) : 0;

	if (err == 1)
		r->ended = true;
	return err < 0 ? err : 1;
}
