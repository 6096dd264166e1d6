// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/notify.c with a manager's socket, by path and by abstract name, in the sandbox. */
#include "fixture/box.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"
#include "exporter/notify.h"

static char scratch[] = "/tmp/test_notify.XXXXXX";

/* Opens a manager's socket at this address ('@': abstract), and sets the environment for it. */
static int manager(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, name, strlen(name));
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
		bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
		0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void assert_told(int fd, const char *want)
{
	char got[128] = "";
	ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_int_equal(n, strlen(want));
	assert_string_equal(got, want);
}

static int act_tell(void *arg)
{
	int err = gm_notify("READY=1\nSTATUS=2 machines");

	(void)arg;
	return -(err ? err : gm_notify("WATCHDOG=1"));
}

static void told_by(const char *name)
{
	int fd = manager(name);

	assert_int_equal(gm_notify_open(), 0);
	assert_int_equal(box(&box_plain, act_tell, NULL), 0);
	assert_told(fd, "READY=1\nSTATUS=2 machines");
	assert_told(fd, "WATCHDOG=1");
	gm_notify_close();
	assert_int_equal(gm_notify("WATCHDOG=1"), 0);
	assert_int_equal(recv(fd, (char[1]){ 0 }, 1, MSG_DONTWAIT), -1);
	close(fd);
}

static void test_path(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/notify", scratch);
	told_by(path);
	unlink(path);
}

static void test_abstract(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@gm-test-notify-%d", getpid());
	told_by(name);
}

static void test_none(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(gm_notify_open(), 0);
	assert_int_equal(gm_notify("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(gm_notify_open(), 0);
	assert_int_equal(gm_notify("READY=1"), 0);
	gm_notify_close();
}

static void test_wrong(void **state)
{
	char path[256];

	(void)state;
	gm_log_init("test", GM_LOG_QUIET);
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(gm_notify_open(), -EAFNOSUPPORT);
	setenv("NOTIFY_SOCKET", "@", 1);
	assert_int_equal(gm_notify_open(), -EINVAL);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[108] = 0;
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(gm_notify_open(), -EINVAL);
	snprintf(path, sizeof(path), "%s/none", scratch);
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(gm_notify_open(), -ENOENT);
	assert_int_equal(gm_notify("READY=1"), 0);
	gm_log_init("test", GM_LOG_WARN);
}

/* Without its manager, the exporter gets no signal and does not wait. */
static void test_gone(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@gm-test-gone-%d", getpid());
	fd = manager(name);
	assert_int_equal(gm_notify_open(), 0);
	close(fd);
	assert_int_equal(gm_notify("READY=1"), -ECONNREFUSED);
	gm_notify_close();
}

static void test_watchdog(void **state)
{
	char name[64], pid[16];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@gm-test-dog-%d", getpid());
	snprintf(pid, sizeof(pid), "%d", getpid());
	fd = manager(name);
	assert_int_equal(gm_notify_open(), 0);
	assert_int_equal(gm_notify_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(gm_notify_watchdog_ns(), 30000000000ull);
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(gm_notify_watchdog_ns(), 30000000000ull);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(gm_notify_watchdog_ns(), 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(gm_notify_watchdog_ns(), 0);
	gm_notify_close();
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	gm_log_init("test", GM_LOG_WARN);
	return mkdtemp(scratch) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),  cmocka_unit_test(test_abstract), cmocka_unit_test(test_none),
		cmocka_unit_test(test_wrong), cmocka_unit_test(test_gone),     cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
