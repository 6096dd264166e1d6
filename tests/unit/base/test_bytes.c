// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/base: arrays that grow, complete reads and writes of descriptors, Base64. */
#include "fixture/unit.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "base/vec.h"
#include "base/base64.h"
#include "base/fd.h"
#include "base/grow.h"
#include "base/str.h"

/* ---- arrays ---- */

struct odd { char c[13]; };

static void test_grow(void **state)
{
	struct odd *at = NULL;
	size_t nr = 0, cap = 0, moved = 0;

	(void)state;
	for (; nr < 10000; nr++) {
		size_t before = cap;

		assert_int_equal(gm_grow(at, nr, 1, cap), 0);
		assert_true(cap > nr);
		moved += cap != before;
		memset(&at[nr], (int)(nr & 0xff), sizeof(at[nr]));
	}
	assert_true(moved <= 13); /* the array grows to 4 elements, then 8, 16, .. 16384 */
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(at[i].c[12], (char)(i & 0xff));
	free(at);
}

/* Short arrays must be small for elements of any size, as an exporter has several arrays for each VM. */
#define FIRST_ROOM(type) \
	({ \
		type *at = NULL; \
		size_t cap = 0; \
		assert_int_equal(gm_grow(at, 0, 1, cap), 0); \
		free(at); \
		cap; \
	})

static void test_grow_first_room(void **state)
{
	struct gm_vec v = { 0 };
	struct gm_str s = { 0 };

	(void)state;
	assert_int_equal(FIRST_ROOM(char), GM_GROW_FIRST);
	assert_int_equal(FIRST_ROOM(struct odd), GM_GROW_FIRST / sizeof(struct odd));
	assert_int_equal(FIRST_ROOM(void *), GM_GROW_FIRST / sizeof(void *));
	assert_int_equal(FIRST_ROOM(struct { char c[GM_GROW_FIRST]; }), 1);
	assert_int_equal(FIRST_ROOM(struct { char c[10 * GM_GROW_FIRST]; }), 1);
	assert_int_equal(gm_vec_push(&v, NULL), 0);
	assert_int_equal(v.cap, GM_GROW_FIRST / sizeof(void *));
	gm_vec_release(&v);
	gm_str_puts(&s, "a");
	assert_int_equal(s.cap, GM_GROW_FIRST);
	gm_str_release(&s);
}

static void test_grow_by_many(void **state)
{
	uint64_t *at = NULL;
	size_t cap = 0;

	(void)state;
	assert_int_equal(gm_grow(at, 0, 0, cap), 0);
	assert_null(at);
	assert_int_equal(gm_grow(at, 0, 1000, cap), 0);
	assert_true(cap >= 1000);
	memset(at, 1, 1000 * sizeof(*at));
	assert_int_equal(gm_grow(at, 1000, 1, cap), 0);
	/* a size that cannot be allocated leaves the array unchanged */
	for (size_t more = SIZE_MAX; more > SIZE_MAX / 64; more /= 2) {
		uint64_t *was = at;
		size_t had = cap;

		assert_int_equal(gm_grow(at, 1000, more, cap), -ENOMEM);
		assert_ptr_equal(at, was);
		assert_int_equal(cap, had);
	}
	assert_int_equal(at[999], 0x0101010101010101);
	free(at);
}

/* ---- descriptors ---- */

#define MUCH (1u << 20)		/* more than a pipe can hold */

static volatile sig_atomic_t *interrupted;	/* shared by both processes */

static void on_signal(int sig)
{
	(void)sig;
	*interrupted = 1;
}

static char state_of(pid_t pid)
{
	char path[32], text[128];
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (gm_read_text(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return 0;
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : 0;
}

/* Runs in a child: interrupts the writer, which sleeps because the pipe is full, and then reads. */
static void disturb_and_read(int fd, pid_t writer)
{
	static char part[5000];
	size_t sum = 0;
	ssize_t n;

	while (state_of(writer) != 'S')
		sched_yield();
	kill(writer, SIGUSR1);
	while (!*interrupted)
		sched_yield();
	for (; (n = read(fd, part, sizeof(part))) > 0; sum += (size_t)n) {
		for (ssize_t i = 0; i < n; i++)
			if (part[i] != (char)((sum + (size_t)i) % 251))
				_exit(1);
	}
	_exit(sum == MUCH ? 0 : 2);
}

/* Fills the pipe without blocking; returns the number of bytes. */
static size_t fill_pipe(int fd, const char *data)
{
	ssize_t n;

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	n = write(fd, data, MUCH);
	assert_in_range(n, 1, MUCH - 1);
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	return (size_t)n;
}

static void test_write_all(void **state)
{
	const struct sigaction sa = { .sa_handler = on_signal }; /* no SA_RESTART */
	char *data = malloc(MUCH);
	int p[2], status;
	size_t done;
	pid_t pid;

	(void)state;
	interrupted = mmap(NULL, sizeof(*interrupted), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < MUCH; i++)
		data[i] = (char)(i % 251);
	assert_int_equal(sigaction(SIGUSR1, &sa, NULL), 0);
	assert_int_equal(pipe(p), 0);
	done = fill_pipe(p[1], data);
	pid = fork();
	if (!pid) {
		close(p[1]);
		disturb_and_read(p[0], getppid());
	}
	close(p[0]);
	assert_int_equal(gm_write_all(p[1], data + done, MUCH - done), 0);
	close(p[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(gm_write_all(-1, data, 1), -EBADF);
	assert_int_equal(gm_write_all(-1, data, 0), 0);
	free(data);
}

/* Data that arrives in pieces is read to its end. */
static void test_read_all(void **state)
{
	char buf[64] = "";
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	if (!fork()) {
		for (const char *s = "piece by piece"; *s; s++)
			if (write(p[1], s, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(p[1]);
	assert_int_equal(gm_read_all(p[0], buf, 5), 5);
	assert_int_equal(gm_read_all(p[0], buf + 5, sizeof(buf) - 5), 9);
	assert_string_equal(buf, "piece by piece");
	assert_int_equal(gm_read_all(p[0], buf, sizeof(buf)), 0);
	close(p[0]);
	assert_int_equal(gm_read_all(-1, buf, 1), -EBADF);
	assert_true(wait(NULL) > 0);
}

static void test_read_text(void **state)
{
	struct unit_file f;
	char buf[8];

	(void)state;
	unit_file_init(&f);
	unit_file_set(&f, "0123456789", 10);
	assert_int_equal(gm_read_text(AT_FDCWD, f.path, buf, sizeof(buf)), 7);
	assert_string_equal(buf, "0123456");
	unit_file_set(&f, "012", 3);
	assert_int_equal(gm_read_text(AT_FDCWD, f.path, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "012");
	assert_int_equal(gm_read_text(AT_FDCWD, "/nonexistent/x", buf, sizeof(buf)), -ENOENT);
	assert_string_equal(buf, "");
	buf[0] = 'x';
	assert_int_equal(gm_read_text(AT_FDCWD, "/", buf, sizeof(buf)), -EIO); /* a folder can be opened and not read */
	assert_string_equal(buf, "");
	unit_file_release(&f);
}

/* ---- Base64 ---- */

static void expect_base64(const void *data, size_t len, const char *want)
{
	struct gm_str out = { 0 };

	gm_str_puts(&out, "<");
	gm_base64(&out, data, len);
	assert_string_equal(out.s + 1, want);
	gm_str_release(&out);
}

/* RFC 4648 10, bytes above 127, and the last two digits. */
static void test_base64(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfd", "//79" },
		{ "\xfb\xf0", "+/A=" },
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++)
		expect_base64(rows[i][0], strlen(rows[i][0]), rows[i][1]);
}

/* Long data has no padding in the middle. */
static void test_base64_long(void **state)
{
	char data[10000], want[13337] = "";

	(void)state;
	memset(data, 'f', sizeof(data));
	for (size_t i = 0; i < sizeof(data) / 3; i++)
		memcpy(want + 4 * i, "ZmZm", 5);
	strcat(want, "Zg==");
	expect_base64(data, sizeof(data), want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow),	     cmocka_unit_test(test_grow_first_room),
		cmocka_unit_test(test_grow_by_many), cmocka_unit_test(test_write_all),
		cmocka_unit_test(test_read_all),     cmocka_unit_test(test_read_text),
		cmocka_unit_test(test_base64),	     cmocka_unit_test(test_base64_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
