// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/kernel/pagemap.c with this process's own memory. On kernels before 6.7 they are skipped. */
#include "fixture/unit.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/pagemap.h"

#define PAGES 4096

struct memory {
	char *at;
	uint64_t page;
	int fd;
};

static int set_up(void **state)
{
	static struct memory m;

	m.page = (uint64_t)sysconf(_SC_PAGESIZE);
	m.at = mmap(NULL, PAGES * m.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(m.at != MAP_FAILED);
	madvise(m.at, PAGES * m.page, MADV_NOHUGEPAGE);
	m.fd = gm_pagemap_open((uint32_t)getpid());
	assert_true(m.fd >= 0);
	*state = &m;
	return 0;
}

static int tear_down(void **state)
{
	struct memory *m = *state;

	munmap(m->at, PAGES * m->page);
	return close(m->fd);
}

static void touch(struct memory *m, uint64_t first, uint64_t n)
{
	for (uint64_t i = first; i < first + n; i++)
		*(volatile char *)(m->at + i * m->page) = 1;
}

static struct gm_page_run run_of(const struct memory *m, uint64_t first, uint64_t n)
{
	uint64_t start = (uintptr_t)m->at + first * m->page;

	return (struct gm_page_run){ start, start + n * m->page };
}

static uint64_t present(const struct memory *m, const struct gm_page_run *runs, size_t nr)
{
	uint64_t bytes;
	int err = gm_pagemap_present(m->fd, runs, nr, &bytes);

	if (err == -ENOTTY)
		skip();
	assert_int_equal(err, 0);
	return bytes / m->page;
}

static void test_runs(void **state)
{
	struct memory *m = *state;
	struct gm_page_run runs[] = { run_of(m, 10, 10), run_of(m, 25, 1), run_of(m, 100, 50), run_of(m, 3000, 1000) };

	assert_int_equal(present(m, runs, 4), 0);
	touch(m, 15, 100); /* 5 of the first, 1, 15 of the third */
	assert_int_equal(present(m, runs, 4), 21);
	touch(m, 3999, 2);
	assert_int_equal(present(m, runs, 4), 22);
}

/* A page that was only read is the kernel's page of zeroes: it takes no memory. */
static void test_zero_page(void **state)
{
	struct memory *m = *state;
	struct gm_page_run all = run_of(m, 0, PAGES);

	assert_int_equal(*(volatile char *)(m->at + 7 * m->page), 0);
	assert_int_equal(present(m, &all, 1), 0);
}

/* More pieces than the kernel reports at once. */
static void test_many_pieces(void **state)
{
	struct memory *m = *state;
	struct gm_page_run all = run_of(m, 0, PAGES), even[PAGES / 2];

	for (uint64_t i = 0; i < PAGES; i += 2) {
		touch(m, i, 1);
		even[i / 2] = run_of(m, i, 1);
	}
	assert_int_equal(present(m, &all, 1), PAGES / 2);
	assert_int_equal(present(m, even, PAGES / 2), PAGES / 2);
}

/* Runs of several slots need not ascend from one to the next. */
static void test_descending(void **state)
{
	struct memory *m = *state;
	struct gm_page_run runs[] = { run_of(m, 2000, 10), run_of(m, 5, 10) };

	touch(m, 0, 10);
	touch(m, 2005, 1);
	assert_int_equal(present(m, runs, 2), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_zero_page, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_descending, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
