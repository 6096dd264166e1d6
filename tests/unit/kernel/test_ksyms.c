// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of names of kernel functions by address, from a file in the format of /proc/kallsyms. */
#include "fixture/unit.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "kernel/ksyms.h"

static struct gm_ksyms *load(const char *text)
{
	struct gm_ksyms *k = NULL;
	char path[] = "/tmp/gm_test_ksyms.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	assert_int_equal(gm_ksyms_read(&k, path), 0);
	unlink(path);
	return k;
}

#define SYMS						\
	"ffffffff81002000 T second\n"			\
	"ffffffff81001000 t first\n"			\
	"ffffffff81001000 T first_alias\n"		\
	"ffffffff81003000 D data\n"			\
	"ffffffffc0001000 t kvm_gmem_get_pfn\t[kvm]\n"	\
	"ffffffffc0002000 t bpf_prog_1234_gm_spte_set\t[bpf]\n" \
	"ffffffffc0003000 t bpf_trace_run5\n"

static void test_find(void **state)
{
	struct gm_ksyms *k = load(SYMS);
	uint64_t off = 1;

	(void)state;
	assert_string_equal(gm_ksyms_find(k, 0xffffffff81001000, &off), "first");
	assert_int_equal(off, 0);
	assert_string_equal(gm_ksyms_find(k, 0xffffffff81001fff, &off), "first");
	assert_int_equal(off, 0xfff);
	assert_string_equal(gm_ksyms_find(k, 0xffffffff81003004, &off), "second"); /* data is no function */
	assert_string_equal(gm_ksyms_find(k, 0xffffffffc0001012, &off), "kvm_gmem_get_pfn");
	assert_int_equal(off, 0x12);
	assert_null(gm_ksyms_find(k, 0xffffffff81000fff, &off));
	assert_null(gm_ksyms_find(NULL, 1, &off));
	gm_ksyms_free(k);
	gm_ksyms_free(NULL);
}

/* Addresses that the kernel hides read as 0. */
static void test_hidden(void **state)
{
	struct gm_ksyms *k = load("0000000000000000 T first\n0000000000000000 T second\njunk\n");
	uint64_t ip[] = { 0xffffffff81001000, 0 }, off;
	char buf[64];

	(void)state;
	assert_null(gm_ksyms_find(k, 0xffffffff81001000, &off));
	assert_int_equal(gm_ksyms_stack(k, ip, 2, buf, sizeof(buf)), 1);
	assert_string_equal(buf, "?");
	gm_ksyms_free(k);
	assert_int_equal(gm_ksyms_read(&k, "/nonexistent"), -ENOENT);
}

static void test_stack(void **state)
{
	struct gm_ksyms *k = load(SYMS);
	uint64_t ip[] = {
		0xffffffffc0002001, 0xffffffffc0003002, 0xffffffffc0001012, 0xffffffff81002004, 0xffffffffc0003002, 0, 7
	};
	char buf[128];

	(void)state;
	assert_int_equal(gm_ksyms_stack(k, ip, 7, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "kvm_gmem_get_pfn+0x12;second+0x4;bpf_trace_run5+0x2");
	assert_int_equal(gm_ksyms_stack(k, ip, 7, buf, 23), 1); /* whole names only */
	assert_string_equal(buf, "kvm_gmem_get_pfn+0x12");
	assert_int_equal(gm_ksyms_stack(k, ip, 0, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	gm_ksyms_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
