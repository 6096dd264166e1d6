// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_share.c - tests the shares of gm_share.h: no user can use up the share of another one. */
#include "fixture/unit.h"
#include "gm_share.h"

#define ROOM	32768u
#define USERS	64

/* Each of n users takes all entries that he gets, in turn; returns the number of used entries. */
static unsigned int greed(unsigned int n, unsigned int had[USERS])
{
	unsigned int used = 0, before;

	do {
		before = used;
		for (unsigned int i = 0; i < n; i++)
			if (gm_share_fits(had[i], used, ROOM)) {
				had[i]++;
				used++;
			}
	} while (used != before);
	return used;
}

static void test_greedy_users(void **state)
{
	(void)state;
	for (unsigned int n = 1; n < USERS; n++) {
		unsigned int had[USERS] = { 0 }, used = greed(n, had);

		for (unsigned int i = 0; i < n; i++)
			assert_in_range(had[i], ROOM / (n + 1), ROOM / (n + 1) + 1);
		assert_in_range(ROOM - used, ROOM / (n + 1) - n, ROOM / (n + 1) + n);
	}
}

/* Users come one after the other, and each takes all: each gets at least half of the entries that the others left. */
static void test_one_after_the_other(void **state)
{
	unsigned int used = 0, had, left;

	(void)state;
	for (unsigned int n = 0; n < 8; n++) {
		left = ROOM - used;
		for (had = 0; gm_share_fits(had, used, ROOM); had++)
			used++;
		assert_in_range(had, left / 2, left / 2 + 1);
	}
	assert_true(used < ROOM);
}

static void test_no_room(void **state)
{
	(void)state;
	assert_false(gm_share_fits(0, ROOM, ROOM));
	assert_false(gm_share_fits(0, ROOM + 1, ROOM)); /* another CPU has counted an entry that it will refuse */
	assert_true(gm_share_fits(0, ROOM - 1, ROOM));
}

/* One user owns all VMs: the greediest VM leaves entries for thousands of quiet ones. */
static void test_one_vm(void **state)
{
	unsigned int files = 0, used = 0, quiet;

	(void)state;
	for (; gm_share_vm_fits(files, used, ROOM) && gm_share_fits(used, used, ROOM); files++)
		used++;
	assert_in_range(files, ROOM / 9, ROOM / 9 + 1);
	for (quiet = 0; gm_share_vm_fits(0, used, ROOM) && gm_share_fits(used, used, ROOM); quiet++)
		used++;
	assert_int_equal(files + quiet, ROOM / 2);
	assert_true(gm_share_vm_fits(GM_VM_FILES - 1, ROOM, ROOM));
}

/*
 * Each of n users takes all entries of his share, then more for VMs of so many files; returns the number of free
 * entries.
 */
static unsigned int greed_beyond(unsigned int n, unsigned int files, unsigned int *beyond)
{
	unsigned int had[USERS] = { 0 }, first[USERS] = { 0 }, used = greed(n, had), before;

	*beyond = 0;
	do {
		before = *beyond;
		for (unsigned int i = 0; i < n; i++)
			if (gm_share_first_fits(first[i] % files, first[i], *beyond, ROOM - used)) {
				first[i]++;
				++*beyond;
			}
	} while (*beyond != before);
	return ROOM - used - *beyond;
}

/* A new user gets entries, however many VMs the others have. */
static void test_first_files_fill_no_map(void **state)
{
	unsigned int beyond;

	(void)state;
	for (unsigned int n = 1; n < USERS; n++)
		assert_true(greed_beyond(n, GM_VM_FIRST, &beyond) + n >= ROOM / (2 * n + 2));
	greed_beyond(1, GM_VM_FIRST, &beyond);
	assert_in_range(beyond, 4096 - 1, 4096 + 1);
}

/* VMs with many files leave entries for those with few. */
static void test_first_files_by_depth(void **state)
{
	unsigned int left = ROOM / 2, used = 0;

	(void)state;
	while (gm_share_first_fits(used % GM_VM_FILES, used, used, left) || used % GM_VM_FILES < GM_VM_FIRST)
		used++;
	assert_in_range(used, 64 * GM_VM_FILES, 64 * GM_VM_FILES + GM_VM_FIRST);
	assert_false(gm_share_first_fits(GM_VM_FIRST, used, used, left));
	assert_true(gm_share_first_fits(0, used, used, left));
	assert_true(gm_share_first_fits(GM_VM_FIRST - 1, used, used, left));
	assert_false(gm_share_first_fits(GM_VM_FILES, 0, 0, left));
	assert_false(gm_share_first_fits(0, 0, 0, 0));
}

/* Six greedy VMs use up their user's share: the seventh, which has one file, is tracked. */
static void test_quiet_vm_of_a_greedy_user(void **state)
{
	unsigned int used = 0, files;

	(void)state;
	for (unsigned int vm = 0; vm < 6; vm++)
		for (files = 0; files < 15000 && gm_share_vm_fits(files, used, ROOM) && gm_share_fits(used, used, ROOM);
		     files++)
			used++;
	assert_false(gm_share_fits(used, used, ROOM));
	assert_true(gm_share_first_fits(0, 0, 0, ROOM - used));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greedy_users),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_one_vm),
		cmocka_unit_test(test_first_files_fill_no_map),
		cmocka_unit_test(test_first_files_by_depth),
		cmocka_unit_test(test_quiet_vm_of_a_greedy_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
