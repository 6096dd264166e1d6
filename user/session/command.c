// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* command.c - runs COMMAND of "-- COMMAND...": starts it when all hooks are attached; its end ends the session. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "session/process.h"
#include "session/session_int.h"

int gm_run_fork_command(struct gm_run *r)
{
	sigset_t none;
	int p[2];

	if (!r->s.opts.command)
		return 0;
	if (pipe2(p, O_CLOEXEC))
		return gm_errno(-errno, "cannot start COMMAND %s", r->s.opts.command[0]);
	r->child = fork();
	if (r->child < 0)
		return gm_errno(-errno, "cannot start COMMAND %s", r->s.opts.command[0]);
	if (!r->child) {
		char c;

		close(p[1]);
		gm_process_restore();
		/* A tool blocks the signals that it reads by signalfd(2); COMMAND must not inherit that. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (read(p[0], &c, 1) != 1)
			_exit(127); /* the tool failed before it observed anything */
		execvp(r->s.opts.command[0], r->s.opts.command);
		gm_errno(-errno, "cannot start COMMAND %s", r->s.opts.command[0]);
		_exit(127);
	}
	close(p[0]);
	r->go = p[1];
	return 0;
}

void gm_run_release_command(struct gm_run *r)
{
	if (r->go < 0)
		return;
	if (write(r->go, "g", 1) != 1)
		gm_warn("cannot start COMMAND %s: %s", r->s.opts.command[0], strerror(errno));
	close(r->go);
	r->go = -1;
}

bool gm_run_has_command_ended(struct gm_run *r)
{
	int st;

	if (r->child <= 0 || waitpid(r->child, &st, WNOHANG) != r->child)
		return false;
	r->child = 0;
	r->not_started = WIFEXITED(st) && WEXITSTATUS(st) == 127; /* as in sh(1); the child has reported why */
	if (WIFEXITED(st) && WEXITSTATUS(st) && !r->not_started)
		gm_warn("%s: exited with status %d", r->s.opts.command[0], WEXITSTATUS(st));
	else if (WIFSIGNALED(st))
		gm_warn("%s: killed by signal %d (%s)", r->s.opts.command[0], WTERMSIG(st), strsignal(WTERMSIG(st)));
	return true;
}
