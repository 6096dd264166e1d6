// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests --ready-fd: whose descriptors are claimed, what the reader gets, and a reader that is gone. */
#include "fixture/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include "session/process.h"

/* Opens a pipe as a shell gives it to a child: without close-on-exec. */
static void open_pipe(int fd[2])
{
	assert_int_equal(pipe(fd), 0);
}

static void test_claims(void **state)
{
	int fd[2], own;

	(void)state;
	open_pipe(fd);
	assert_int_equal(gm_process_claim_fd(fd[1]), 0);
	assert_true(fcntl(fd[1], F_GETFD) & FD_CLOEXEC);
	own = fcntl(fd[0], F_DUPFD_CLOEXEC, 3);
	assert_int_equal(gm_process_claim_fd(own), -EBADF);
	close(own);
	assert_int_equal(gm_process_claim_fd(own), -EBADF);
	close(fd[0]);
	close(fd[1]);
}

static void test_line(void **state)
{
	char text[32] = "";
	int fd[2];

	(void)state;
	open_pipe(fd);
	gm_process_ready(fd[1]);
	assert_int_equal(read(fd[0], text, sizeof(text) - 1), 6);
	assert_string_equal(text, "READY\n");
	assert_int_equal(read(fd[0], text, sizeof(text)), 0); /* closed */
	close(fd[0]);
}

static void test_reader_gone(void **state)
{
	int fd[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as gm_process_init() */
	open_pipe(fd);
	close(fd[0]);
	gm_process_ready(fd[1]);
	assert_int_equal(fcntl(fd[1], F_GETFD), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_reader_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
