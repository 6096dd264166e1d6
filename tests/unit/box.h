/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* box.h - acts of a child that has entered the sandbox: there is no way back, so each has a process of its own. */
#ifndef GM_TESTS_BOX_H
#define GM_TESTS_BOX_H

#include "unit.h"
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include "exporter/sandbox.h"

static const struct gm_sandbox box_plain, box_connects = { .connects = true }, box_writes = { .writes = true },
			       box_removes = { .removes = true }, box_all = { true, true, true };

#define NOT_ENTERED	200
#define KILLED		1000	/* and the signal */

/* The errno that it ended with, 0: allowed. */
typedef int (*box_act)(void *arg);

static inline pid_t box_start(const struct gm_sandbox *s, box_act act, void *arg)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	alarm(60); /* a failed test forgets its children */
	_exit(gm_sandbox_enter(s) ? NOT_ENTERED : act(arg));
}

static inline int box_end(pid_t pid)
{
	int st;

	assert_int_equal(waitpid(pid, &st, 0), pid);
	if (!WIFSIGNALED(st))
		return WEXITSTATUS(st);
	assert_false(WCOREDUMP(st));
	return KILLED + WTERMSIG(st);
}

static inline int box(const struct gm_sandbox *s, box_act act, void *arg)
{
	return box_end(box_start(s, act, arg));
}

#endif
