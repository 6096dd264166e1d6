// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model/model_attrs.c: private and shared memory of VMs and machines. */
#include "fixture/model_world.h"

#include <string.h>

static void attrs(struct world *w, uint32_t vm, uint32_t how, uint64_t pages, uint64_t private_pages)
{
	union gm_any rec = make(w, GM_K_ATTRS);

	rec.as_ATTRS.vm = vm;
	rec.as_ATTRS.how = how;
	rec.as_ATTRS.pages = pages;
	rec.as_ATTRS.private_pages = private_pages;
	rec.as_ATTRS.private_resident = private_pages / 2;
	rec.as_ATTRS.left_pages = 7;
	rec.as_ATTRS.twice_pages = 5;
	rec.as_ATTRS.twice_how = GM_TWICE_KNOWN;
	put(w, &rec);
}

/* A VM with a file, on a host whose attributes are read. */
static void begin(struct world *w, uint32_t vm)
{
	probe(w, "attributes", GM_PROBE_ATTACHED, 0, "");
	vm_create(w, vm, 100);
	inode_state(w, vm, 10, 10, 0);
	file_state(w, vm, vm, vm);
}

static struct gm_halves halves(const struct world *w, uint32_t vm)
{
	struct gm_halves h;

	gm_vm_halves(w->m, gm_model_vm(w->m, vm), &h);
	return h;
}

static void test_not_read_yet(void **state)
{
	struct world *w = *state;

	begin(w, 1);
	assert_false(halves(w, 1).known);
	assert_string_equal(halves(w, 1).why, "not read yet");
}

static void test_unavailable(void **state)
{
	struct world *w = *state;

	begin(w, 1);
	probe(w, "attributes", GM_PROBE_ABSENT, 0, "this kernel has no kvm.mem_attr_array");
	assert_false(halves(w, 1).known);
	assert_string_equal(halves(w, 1).why, "this kernel has no kvm.mem_attr_array");
}

static void test_exact(void **state)
{
	struct world *w = *state;
	struct gm_halves h;

	begin(w, 1);
	attrs(w, 1, GM_ATTRS_EXACT, 100, 60);
	h = halves(w, 1);
	assert_true(h.known && h.any && h.twice_known);
	assert_false(h.partial || h.aged);
	assert_int_equal(h.private_pages, 60);
	assert_int_equal(h.shared_pages, 40);
	assert_int_equal(h.left_pages, 7);
	assert_int_equal(h.twice_pages, 5);
}

/* A VM that cannot have private memory has all of its slots shared. */
static void test_none(void **state)
{
	struct world *w = *state;

	begin(w, 1);
	attrs(w, 1, GM_ATTRS_NONE, 0, 0);
	assert_true(halves(w, 1).known);
	assert_false(halves(w, 1).any);
	assert_int_equal(halves(w, 1).private_pages, 0);
}

/* One VM whose attributes are not known makes the sum unknown; one that is being read makes it a lower bound. */
static void test_sum(void **state)
{
	struct world *w = *state;
	struct gm_halves h;

	begin(w, 1);
	begin(w, 2);
	attrs(w, 1, GM_ATTRS_EXACT, 100, 60);
	gm_model_halves(w->m, &h);
	assert_false(h.known);
	attrs(w, 2, GM_ATTRS_PART, 50, 10);
	gm_model_halves(w->m, &h);
	assert_true(h.known && h.partial);
	assert_int_equal(h.private_pages, 70);
	attrs(w, 2, GM_ATTRS_AGED, 200, 90);
	gm_model_halves(w->m, &h);
	assert_true(h.known && h.aged && !h.partial);
	assert_int_equal(h.private_pages, 150);
	assert_int_equal(h.shared_pages, 150);
}

/* Why the process's pages are not known is said; the rest is known. */
static void test_no_twice(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	begin(w, 1);
	rec = make(w, GM_K_ATTRS);
	rec.as_ATTRS.vm = 1;
	rec.as_ATTRS.how = GM_ATTRS_EXACT;
	rec.as_ATTRS.twice_how = GM_TWICE_REFUSED;
	put(w, &rec);
	assert_true(halves(w, 1).known);
	assert_false(halves(w, 1).twice_known);
	assert_non_null(strstr(halves(w, 1).twice_why, "CAP_SYS_PTRACE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { MODEL_TEST(test_not_read_yet), MODEL_TEST(test_unavailable),
					    MODEL_TEST(test_exact),	   MODEL_TEST(test_none),
					    MODEL_TEST(test_sum),	   MODEL_TEST(test_no_twice) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
