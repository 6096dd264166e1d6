// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of user/kernel/live_attrs.c: what is reported of walks over memory attributes, and of the pages that a process
 * has as well. The kernel is this file's: it replaces the functions that look up and push.
 */
#include "fixture/unit.h"

#include <errno.h>
#include <string.h>

#include "kernel/live_int.h"
#include "kernel/pagemap.h"

#define VM	5
#define TGID	77
#define PAGE	4096

static struct {
	int open_err, scan_err;
	bool ending;
	unsigned int opened, pushes;
	struct gm_rec_attrs pushed;	/* the last */
	struct gm_live l;
} world;

int gm_pagemap_open(uint32_t tgid)
{
	assert_int_equal(tgid, TGID);
	world.opened++;
	return world.open_err ? world.open_err : 1000; /* no open descriptor has this number */
}

/* Half of each run is present. */
int gm_pagemap_present(int fd, const struct gm_page_run *runs, size_t nr, uint64_t *present)
{
	assert_int_equal(fd, 1000);
	*present = 0;
	for (size_t i = 0; i < nr; i++)
		*present += (runs[i].end - runs[i].start) / 2;
	return world.scan_err;
}

int gm_attached_read_proc(struct gm_attached *a, uint32_t tgid, struct gm_proc_facts *out)
{
	(void)a;
	*out = (struct gm_proc_facts){ .tgid = tgid, .found = 1, .ending = world.ending };
	return 0;
}

int gm_live_push(struct gm_live *l, const void *rec)
{
	(void)l;
	world.pushed = *(const struct gm_rec_attrs *)rec;
	world.pushes++;
	return 0;
}

void gm_live_fail(struct gm_live *l, int err)
{
	(void)l;
	assert_int_equal(err, 0);
}

int bpf_map_delete_elem(int fd, const void *key)
{
	(void)fd;
	assert_int_equal(*(const uint32_t *)key, VM);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.l.facts.page_size = PAGE;
	world.l.att.attr_walks_fd = -1;
	return gm_hmap_put(&world.l.ix.vm_tgid, VM, (void *)(uintptr_t)TGID);
}

static int tear_down(void **state)
{
	(void)state;
	gm_live_attrs_free(&world.l);
	gm_hmap_release(&world.l.ix.vm_tgid);
	return 0;
}

static void run(uint64_t hva, uint64_t pages, uint64_t walk_ns)
{
	struct gm_raw_run r = { .vm = VM, .hva = hva, .pages = pages, .walk_ns = walk_ns };

	gm_rec_init(&r.h, GM_K_RAW_RUN, 1);
	r.h.len = sizeof(r);
	assert_int_equal(gm_live_handle_attrs(&world.l, &r, sizeof(r)), sizeof(r));
}

static void walk(struct gm_raw_attrs r)
{
	gm_rec_init(&r.h, GM_K_RAW_ATTRS, 1);
	r.h.len = sizeof(r);
	r.vm = VM;
	assert_int_equal(gm_live_handle_attrs(&world.l, &r, sizeof(r)), sizeof(r));
	gm_live_attrs_flush(&world.l);
}

#define SUMS { .pages = 100, .private_pages = 60, .private_resident = 40, .left_pages = 3 }

static void test_complete(void **state)
{
	(void)state;
	run(0x10000, 10, 50);
	run(0x40000, 20, 50);
	walk((struct gm_raw_attrs){ .done = SUMS, .done_ns = 50 });
	assert_int_equal(world.pushes, 1);
	assert_int_equal(world.pushed.vm, VM);
	assert_int_equal(world.pushed.how, GM_ATTRS_EXACT);
	assert_int_equal(world.pushed.private_pages, 60);
	assert_int_equal(world.pushed.left_pages, 3);
	assert_int_equal(world.pushed.twice_how, GM_TWICE_KNOWN);
	assert_int_equal(world.pushed.twice_pages, 15);
	assert_int_equal(world.pushed.twice_covered, 30);
	/* a second walk finds the same: nothing new, and the page map stays open */
	run(0x10000, 10, 90);
	run(0x40000, 20, 90);
	walk((struct gm_raw_attrs){ .done = SUMS, .done_ns = 90 });
	assert_int_equal(world.pushes, 1);
	assert_int_equal(world.opened, 1);
	walk((struct gm_raw_attrs){ .done = SUMS, .done_ns = 90, .changed = 1 });
	assert_int_equal(world.pushes, 2);
	assert_int_equal(world.pushed.how, GM_ATTRS_AGED);
}

/* The first walk is under way: what it has read is a lower bound. */
static void test_part(void **state)
{
	(void)state;
	run(0x10000, 10, 50);
	walk((struct gm_raw_attrs){ .now = SUMS, .began_ns = 50 });
	assert_int_equal(world.pushed.how, GM_ATTRS_PART);
	assert_int_equal(world.pushed.twice_how, GM_TWICE_PART);
	assert_int_equal(world.pushed.twice_pages, 5);
}

/* Slots changed, and the walk began anew: what the first one found is not counted twice. */
static void test_began_anew(void **state)
{
	(void)state;
	run(0x10000, 10, 50);
	walk((struct gm_raw_attrs){ .now = SUMS, .began_ns = 50 });
	run(0x10000, 10, 60);
	walk((struct gm_raw_attrs){ .done = SUMS, .done_ns = 60 });
	assert_int_equal(world.pushed.twice_pages, 5);
	assert_int_equal(world.pushed.twice_covered, 10);
}

static void expect_no_twice(uint32_t how)
{
	run(0x10000, 10, 50);
	walk((struct gm_raw_attrs){ .done = SUMS, .done_ns = 50 });
	assert_int_equal(world.pushed.how, GM_ATTRS_EXACT);
	assert_int_equal(world.pushed.twice_how, how);
	assert_int_equal(world.l.attr_runs, 0);
}

static void test_refused(void **state)
{
	(void)state;
	world.open_err = -EPERM;
	expect_no_twice(GM_TWICE_REFUSED);
}

static void test_old_kernel(void **state)
{
	(void)state;
	world.scan_err = -ENOTTY;
	expect_no_twice(GM_TWICE_NO_SCAN);
}

/* The memory of a process that is exiting would end in our task: it is not opened. */
static void test_exiting(void **state)
{
	(void)state;
	world.ending = true;
	expect_no_twice(GM_TWICE_NO_PROCESS);
	assert_int_equal(world.opened, 0);
}

static void test_none(void **state)
{
	(void)state;
	walk((struct gm_raw_attrs){ .none = 1 });
	assert_int_equal(world.pushed.how, GM_ATTRS_NONE);
	walk((struct gm_raw_attrs){ .none = 1 });
	assert_int_equal(world.pushes, 1);
	gm_live_attrs_forget(&world.l, VM);
	assert_null(gm_hmap_get(&world.l.attrs, VM));
}

/* While many runs wait, walks wait, too. */
static void test_behind(void **state)
{
	(void)state;
	assert_true(gm_live_attrs_budget(&world.l) > 0);
	for (unsigned int i = 0; i < 70000; i++)
		run(0x10000 + (uint64_t)i * 2 * PAGE, 1, 50);
	assert_int_equal(gm_live_attrs_budget(&world.l), 0);
	/* a walk that was given up takes its runs with it */
	run(0x10000, 1, 60);
	assert_int_equal(world.l.attr_runs, 1);
}

static void test_cut(void **state)
{
	struct gm_raw_attrs r = { 0 };

	(void)state;
	gm_rec_init(&r.h, GM_K_RAW_ATTRS, 1);
	r.h.len = sizeof(r);
	assert_int_equal(gm_live_handle_attrs(&world.l, &r, sizeof(r) - 8), -EBADMSG);
	r.h.kind = GM_K_VM;
	assert_int_equal(gm_live_handle_attrs(&world.l, &r, sizeof(r)), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = { T(test_complete), T(test_part),	  T(test_began_anew),
					    T(test_refused),  T(test_old_kernel), T(test_exiting),
					    T(test_none),     T(test_behind),	  T(test_cut) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
