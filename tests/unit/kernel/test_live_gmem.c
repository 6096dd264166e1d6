// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_live_gmem.c - what is reported when hooks that wait for gmem are attached, when that fails, and when a scan
 * finds later what came before them. The kernel is this file's: it replaces the functions that attach, scan and push.
 */
#include "fixture/unit.h"

#include <errno.h>

#include "base/log.h"
#include "kernel/live_int.h"

/* What the kernel answers, and what was asked of it. */
static struct {
	bool has_gmem, busy;
	int attach_err;
	struct gm_plan_early early;
	unsigned int attached, detached, scans, pushes;
} kernel;

bool gm_attached_has_gmem(const struct gm_attached *a)
{
	(void)a;
	return kernel.has_gmem;
}

int gm_attached_detach_gmem(struct gm_attached *a, const struct gm_plan *plan)
{
	(void)a;
	(void)plan;
	kernel.detached++;
	return kernel.busy ? -EBUSY : 0;
}

int gm_attached_reattach_gmem(struct gm_attached *a, const struct gm_plan *plan, const struct gm_kfeatures *k)
{
	(void)a;
	(void)plan;
	(void)k;
	kernel.attached++;
	return kernel.attach_err;
}

struct gm_plan_early gm_attached_early(const struct gm_attached *a)
{
	(void)a;
	return kernel.early;
}

void gm_live_scan_objects(struct gm_live *l, bool bindings)
{
	(void)l;
	(void)bindings;
	kernel.scans++;
}

void gm_live_push_probes(struct gm_live *l)
{
	(void)l;
	kernel.pushes++;
}

void gm_live_fail(struct gm_live *l, int err)
{
	(void)l;
	assert_int_equal(err, 0);
}

/* A kernel that has everything. */
bool gm_kfeatures_has_func(const struct gm_kfeatures *k, const char *name)
{
	return k && name;
}

bool gm_kfeatures_has_member(const struct gm_kfeatures *k, const char *member)
{
	return k && member;
}

bool gm_kfeatures_has_tp(const struct gm_kfeatures *k, const char *name)
{
	return k && name;
}

bool gm_kfeatures_has_syscall(const struct gm_kfeatures *k, const char *name)
{
	return k && name;
}

bool gm_kfeatures_is_in_module(const struct gm_kfeatures *k, const char *name, bool tracepoint)
{
	return !k || (!name && tracepoint);
}

/* A tool that has started on a host without gmem, and may be idle. */
static void begin(struct gm_live *l)
{
	struct gm_kfeatures k = { .session_is_return = true };

	memset(&kernel, 0, sizeof(kernel));
	memset(l, 0, sizeof(*l));
	l->att.probes = (void *)l; /* never read here */
	gm_plan_init(&l->plan, GM_WANT_FULL, ~0u);
	gm_plan_make(&l->plan, &k);
	gm_idle_init(&l->idle);
	gm_live_gmem_tick(l);
	assert_int_equal(kernel.detached, 1);
	assert_false(l->idle.attached);
}

static struct gm_rec_probe outcome(const struct gm_live *l, const char *name)
{
	struct gm_rec_probe r = { 0 };

	for (unsigned int i = 0; i < gm_probe_nr; i++)
		if (!strcmp(gm_probe_rows[i].name, name))
			gm_plan_outcome(&l->plan, i, &r);
	return r;
}

/* The rows that wait are refused until a sample attaches them; the others never were. */
static void test_failure(void **state)
{
	struct gm_live l;

	(void)state;
	begin(&l);
	kernel.has_gmem = true;
	kernel.attach_err = -EPERM;
	gm_log_init("test", GM_LOG_QUIET);
	gm_live_check_gmem(&l);
	gm_live_check_gmem(&l);
	assert_int_equal(kernel.attached, 1);
	assert_int_equal(kernel.pushes, 1);
	assert_int_equal(outcome(&l, "guest_fault").state, GM_PROBE_REFUSED);
	assert_int_equal(outcome(&l, "page_add").err, -EPERM);
	assert_non_null(strstr(outcome(&l, "page_add").why, "Operation not permitted"));
	assert_int_equal(outcome(&l, "create").state, GM_PROBE_ATTACHED);
	gm_live_gmem_tick(&l);
	assert_int_equal(kernel.attached, 2);
	assert_int_equal(kernel.pushes, 1);
	assert_int_equal(kernel.scans, 0);
	kernel.attach_err = 0;
	gm_live_gmem_tick(&l);
	assert_int_equal(kernel.scans, 1);
	assert_int_equal(kernel.pushes, 2);
	assert_int_equal(outcome(&l, "guest_fault").state, GM_PROBE_ATTACHED);
	assert_int_equal(outcome(&l, "page_add").err, 0);
}

/* The scan after the attachment may find an inode's pages in motion, and a later one judges it. */
static void test_judged_later(void **state)
{
	struct gm_live l;

	(void)state;
	begin(&l);
	kernel.has_gmem = true;
	gm_live_check_gmem(&l);
	assert_int_equal(kernel.scans, 1);
	assert_int_equal(kernel.pushes, 0);
	kernel.early = (struct gm_plan_early){ .inodes = 1, .pages = 3, .ns = 1000 };
	gm_live_report_early(&l);
	assert_int_equal(kernel.pushes, 1);
	assert_true(outcome(&l, "guest_fault").partly & 1u << GM_PHASE_ALLOC);
	gm_live_report_early(&l);
	assert_int_equal(kernel.pushes, 1);
}

/* A VM that gets gmem while hooks are being detached keeps them; nothing is detached while an inode outlives its VM. */
static void test_detach(void **state)
{
	struct gm_live l;

	(void)state;
	begin(&l);
	kernel.has_gmem = true;
	gm_live_check_gmem(&l);
	kernel.has_gmem = false;
	l.idle.had_gmem = false;
	l.idle.gmem_ns = 1;
	kernel.busy = true;
	gm_live_gmem_tick(&l);
	assert_int_equal(kernel.detached, 2);
	assert_true(l.idle.attached);
	kernel.busy = false;
	assert_int_equal(gm_hmap_put(&l.ix.objects[GM_LIVE_INODE], 7, (void *)2), 0);
	gm_live_gmem_tick(&l);
	assert_int_equal(kernel.detached, 2);
	gm_hmap_release(&l.ix.objects[GM_LIVE_INODE]);
	l.idle.had_gmem = false;
	l.idle.gmem_ns = 1;
	gm_live_gmem_tick(&l);
	assert_int_equal(kernel.detached, 3);
	assert_false(l.idle.attached);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_judged_later),
		cmocka_unit_test(test_detach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
