// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* session_events.c - signals, and the tool's idle(). */
#include <signal.h>

#include "session/session_int.h"

static volatile sig_atomic_t stop_requested, module_requested;

static void on_signal(int sig)
{
	if (sig == SIGUSR2)
		module_requested = 1;
	else
		stop_requested = sig;
}

void gm_run_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
}

bool gm_run_stop_asked(void)
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
