// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of PID namespaces: which tasks a scan shows, and whether process ids are valid in /proc, by made-up facts. */
#include "fixture/unit.h"

#include "base/vec.h"
#include "kernel/pidns.h"

#define INIT 0xeffffffcull	/* the inode of the initial namespace */
#define OURS 4026532178ull

static void test_judged(void **state)
{
	static const struct {
		const char *what;
		struct gm_pidns ns;
		bool all_tasks;
		enum gm_procfs procfs;
	} t[] = {
		{ "the host", { 700, 700, INIT, true, 700, 1, false }, true, GM_PROCFS_OK },
		{ "the host, hidepid=", { 700, 700, INIT, true, 700, 1, true }, true, GM_PROCFS_HIDES },
		{ "the host, no /proc", { 700, 700, 0, false, 0, 0, false }, true, GM_PROCFS_NONE },
		{ "the host, a container's mounts", { 700, 700, 0, true, 0, 0, false }, true, GM_PROCFS_FOREIGN },
		{ "a container", { 7, 700, OURS, true, 7, 1, false }, false, GM_PROCFS_FOREIGN },
		{ "a container, hidepid=", { 7, 700, OURS, true, 7, 1, true }, false, GM_PROCFS_FOREIGN },
		{ "a container with the same number",
		  { 700, 700, OURS, true, 700, 1, false },
		  false,
		  GM_PROCFS_FOREIGN },
		{ "a container with the host's /proc", { 7, 700, OURS, true, 700, 2, false }, false, GM_PROCFS_OK },
		{ "a container with the host's /proc, hidepid=",
		  { 7, 700, OURS, true, 700, 2, true },
		  false,
		  GM_PROCFS_HIDES },
		{ "a container in a container, with the outer one's /proc",
		  { 7, 700, OURS, true, 70, 2, false },
		  false,
		  GM_PROCFS_FOREIGN },
		{ "a container, no /proc", { 7, 700, 0, false, 0, 0, false }, false, GM_PROCFS_NONE },
		{ "a kernel without PID namespaces", { 700, 700, 0, true, 700, 0, false }, true, GM_PROCFS_OK },
		{ "the program was refused, the host", { 700, 0, INIT, true, 700, 1, false }, true, GM_PROCFS_OK },
		{ "the program was refused, a container", { 7, 0, OURS, true, 7, 1, false }, false, GM_PROCFS_FOREIGN },
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(t); i++)
		if (!gm_pidns_tasks_why(&t[i].ns) != t[i].all_tasks || gm_pidns_procfs(&t[i].ns) != t[i].procfs)
			fail_msg("%s: all tasks %d, procfs %d", t[i].what, !gm_pidns_tasks_why(&t[i].ns),
				 gm_pidns_procfs(&t[i].ns));
	assert_null(gm_procfs_why(GM_PROCFS_OK));
	assert_non_null(gm_procfs_why(GM_PROCFS_NONE));
}

/* On any host, the process finds its own id. */
static void test_read(void **state)
{
	struct gm_pidns ns;

	(void)state;
	gm_pidns_read(&ns);
	assert_int_equal(ns.pid, getpid());
	if (!ns.has_proc)
		skip();
	assert_true(!ns.self == !ns.levels);
	assert_true(!ns.self == !ns.ns_ino);
	if (ns.ns_ino == INIT && ns.self)
		assert_int_equal(ns.self, ns.pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_judged), cmocka_unit_test(test_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
