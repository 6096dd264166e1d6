// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_reading.c - what is computed from readings of a VM's histograms, the parts of guests' faults above all. */
#include "fixture/unit.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/reading.h"

static struct gm_vm_hists prev, now, merged;

static void add(unsigned int phase, uint64_t ns)
{
	struct gm_khist *h = &now.h[GM_HISTS_OF_PHASE(phase)];

	h->slot[100]++;
	h->sum_ns += ns;
}

/* A guest's fault as the programs book it: parts first, the whole last. */
static void add_guest_fault(uint64_t alloc, uint64_t zero, uint64_t map, uint64_t other)
{
	add(GM_PHASE_ALLOC, alloc);
	add(GM_PHASE_ZERO, zero);
	add(GM_PHASE_MAP, map);
	add(GM_PHASE_GUEST_FAULT, alloc + zero + map + other);
}

static void add_fallocated_page(uint64_t ns)
{
	now.aside_ns[GM_PART_ALLOC] += ns;
	add(GM_PHASE_ALLOC, ns);
}

static int begin(void **state)
{
	(void)state;
	memset(&prev, 0, sizeof(prev));
	memset(&now, 0, sizeof(now));
	return 0;
}

static void read_now(void)
{
	prev = merged;
	gm_reading_merge(&merged, &now, &prev);
}

static uint64_t part(unsigned int p)
{
	return merged.totals[GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)].part_ns[p];
}

static void assert_parts(uint64_t alloc, uint64_t zero, uint64_t map, uint64_t other)
{
	assert_int_equal(part(GM_PART_ALLOC), alloc);
	assert_int_equal(part(GM_PART_ZERO), zero);
	assert_int_equal(part(GM_PART_PREPARE), 0);
	assert_int_equal(part(GM_PART_MAP), map);
	assert_int_equal(part(GM_PART_OTHER), other);
}

/* A host's fault as the programs book it: what is subtracted stands before the histograms. */
static void add_host_fault(uint64_t alloc, uint64_t zero)
{
	now.totals[GM_FAULT_KIND_OF(GM_PHASE_HOST_FAULT)].part_ns[GM_PART_ALLOC] += alloc;
	now.totals[GM_FAULT_KIND_OF(GM_PHASE_HOST_FAULT)].part_ns[GM_PART_ZERO] += zero;
	add(GM_PHASE_ALLOC, alloc);
	add(GM_PHASE_ZERO, zero);
	add(GM_PHASE_HOST_FAULT, alloc + zero);
}

/* Pages that fallocate, a host's or a failed fault allocated are in the histogram, and in no guest's fault. */
static void test_parts(void **state)
{
	(void)state;
	memset(&merged, 0, sizeof(merged));
	add_guest_fault(10, 20, 5, 3);
	add_fallocated_page(1000);
	add_host_fault(100, 200);
	read_now();
	assert_parts(10, 20, 5, 3);
	add_guest_fault(0, 0, 5, 100);
	read_now();
	assert_parts(10, 20, 10, 103);
	assert_int_equal(gm_reading_gained_faults(&merged, &prev, GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)), 1);
	assert_int_equal(gm_reading_gained_faults(&merged, &prev, GM_FAULT_KIND_OF(GM_PHASE_HOST_FAULT)), 0);
}

/* A reading between a fault's parts and its whole, or between what is set aside and its histogram, is made up for. */
static void test_amid_a_fault(void **state)
{
	(void)state;
	memset(&merged, 0, sizeof(merged));
	add_guest_fault(10, 20, 5, 3);
	read_now();
	now.aside_ns[GM_PART_ALLOC] += 1000;
	add(GM_PHASE_ALLOC, 11);
	add(GM_PHASE_ZERO, 21);
	read_now();
	assert_parts(10, 20, 5, 3);
	add(GM_PHASE_ALLOC, 1000);
	add(GM_PHASE_MAP, 6);
	add(GM_PHASE_GUEST_FAULT, 11 + 21 + 6 + 4);
	read_now();
	assert_parts(21, 41, 11, 7);
}

/* What is set aside was read before its histogram: a part gets less than its due, then, and the parts still add up. */
static void test_part_too_small(void **state)
{
	(void)state;
	memset(&merged, 0, sizeof(merged));
	add_guest_fault(100, 20, 5, 3);
	now.aside_ns[GM_PART_ALLOC] += 50;
	read_now();
	assert_parts(50, 20, 5, 53);
	add(GM_PHASE_ALLOC, 50);
	read_now();
	assert_parts(50, 20, 5, 53); /* no fault has ended since */
	add_guest_fault(1, 1, 1, 60);
	read_now();
	assert_parts(101, 21, 6, 63);
}

/* The kernel's reading may come after a later one of ours. */
static void test_late_reading(void **state)
{
	struct gm_vm_hists late;
	struct gm_rec_hist *r = calloc(1, sizeof(union gm_any));

	(void)state;
	assert_non_null(r);
	memset(&merged, 0, sizeof(merged));
	add_guest_fault(10, 20, 5, 3);
	late = now;
	add_guest_fault(10, 20, 5, 3);
	now.totals[GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)].untimed = 2;
	read_now();
	assert_true(gm_reading_gain(r, 7, GM_PHASE_ZERO, &merged.h[GM_HISTS_OF_PHASE(GM_PHASE_ZERO)],
				    &prev.h[GM_HISTS_OF_PHASE(GM_PHASE_ZERO)]));
	assert_int_equal(r->sum_ns, 40);
	assert_int_equal(gm_reading_gained_faults(&merged, &prev, GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)), 4);
	now = late;
	read_now();
	assert_parts(20, 40, 10, 6);
	assert_int_equal(gm_reading_gained_faults(&merged, &prev, GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)), 0);
	assert_false(gm_reading_gain(r, 7, GM_PHASE_ZERO, &merged.h[GM_HISTS_OF_PHASE(GM_PHASE_ZERO)],
				     &prev.h[GM_HISTS_OF_PHASE(GM_PHASE_ZERO)]));
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_parts, begin),
		cmocka_unit_test_setup(test_amid_a_fault, begin),
		cmocka_unit_test_setup(test_part_too_small, begin),
		cmocka_unit_test_setup(test_late_reading, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
