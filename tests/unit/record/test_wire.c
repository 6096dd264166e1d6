// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests that bpf/gm_wire.h has the same layout with both compilers, and keeps its rules.
 * argv[1]: wire_layout.bpf.c, compiled by clang -target bpf (default: wire_layout.bpf.o beside this program).
 */
#include "fixture/unit.h"
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include "base/vec.h"
#include "record/record.h"
#include "wire_layout.h"

static const uint64_t ours[] = { GM_LAYOUT_NUMBERS };

static const char *const names[] = {
#define S(s) #s,
#define F(s, f) #s "." #f,
	GM_LAYOUT(S, F)
#undef S
#undef F
};

static char object[4096];

/* Finds the section of this name, which has only the array. */
static Elf_Data *find_section(Elf *elf, const char *name)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t strings;

	assert_int_equal(elf_getshdrstrndx(elf, &strings), 0);
	while ((scn = elf_nextscn(elf, scn))) {
		assert_non_null(gelf_getshdr(scn, &shdr));
		if (!strcmp(elf_strptr(elf, strings, shdr.sh_name), name))
			return elf_rawdata(scn, NULL);
	}
	return NULL;
}

static void test_same_layout(void **state)
{
	int fd = open(object, O_RDONLY);
	Elf_Data *data;
	uint64_t theirs;
	size_t i;
	Elf *elf;

	(void)state;
	if (fd < 0)
		fail_msg("%s is missing: compile wire_layout.bpf.c", object);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	data = find_section(elf, ".rodata");
	assert_non_null(data);
	assert_int_equal(data->d_size, sizeof(ours));
	for (i = 0; i < GM_ARRAY_SIZE(ours); i++) {
		memcpy(&theirs, (const char *)data->d_buf + 8 * i, sizeof(theirs));
		if (theirs != ours[i])
			fail_msg("%s: %s is %llu for the BPF side, %llu here",
				 i / 2 < GM_ARRAY_SIZE(names) ? names[i / 2] : "constant", i % 2 ? "offset" : "size",
				 (unsigned long long)theirs, (unsigned long long)ours[i]);
	}
	elf_end(elf);
	close(fd);
}

/* Structs have no implicit padding, and the list in wire_layout.h is complete. */
static void test_no_gaps(void **state)
{
	const char *owner = NULL;
	uint64_t size = 0, at = 0;
	size_t i;

	(void)state;
	for (i = 0; i <= GM_ARRAY_SIZE(names); i++) {
		if (i == GM_ARRAY_SIZE(names) || !strchr(names[i], '.')) {
			if (at != size)
				fail_msg("struct %s: fields up to %llu of %llu bytes", owner, (unsigned long long)at,
					 (unsigned long long)size);
			owner = i < GM_ARRAY_SIZE(names) ? names[i] : NULL;
			size = ours[2 * i];
			at = 0;
			continue;
		}
		if (ours[2 * i + 1] != at)
			fail_msg("%s is at %llu, not %llu", names[i], (unsigned long long)ours[2 * i + 1],
				 (unsigned long long)at);
		at += ours[2 * i];
	}
}

static bool listed(const char *name)
{
	size_t i;

	for (i = 0; i < GM_ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void test_kinds(void **state)
{
	(void)state;
#define X(E, n, type, nm, ph)                           \
	assert_true(listed(#type));                     \
	assert_true(sizeof(struct type) % 8 == 0);      \
	assert_true(sizeof(struct type) <= GM_REC_MAX); \
	assert_true((n) > 0 && (n) < GM_K_MAX && (ph) < GM_PHASE_NR);
	GM_KINDS(X)
#undef X
#define X(E, n, type, nm, ph)                \
	assert_true((n) < GM_K_EVENT_FIRST); \
	assert_int_equal(offsetof(struct type, h), 0);
	GM_STATE_KINDS(X)
#undef X
#define X(E, n, type, nm, ph)                 \
	assert_true((n) >= GM_K_EVENT_FIRST); \
	assert_int_equal(offsetof(struct type, ev), 0);
	GM_EVENT_KINDS(X)
#undef X
}

/* Numbers that recordings contain never change, and sizes only grow. A new kind gets a row here. */
static void test_numbers_stay(void **state)
{
	static const struct {
		unsigned int kind;
		const char *name;
		size_t size;
	} first[] = {
		{ 1, "meta", 192 },
		{ 2, "probe", 296 },
		{ 3, "loss", 56 },
		{ 4, "tick", 32 },
		{ 5, "proc", 1328 },
		{ 6, "scan", 24 },
		{ 7, "vm", 48 },
		{ 8, "inode", 216 },
		{ 9, "file", 40 },
		{ 10, "binding", 56 },
		{ 11, "pin", 64 },
		{ 12, "hist", 2376 },
		{ 13, "ops", 64 },
		{ 14, "split", 88 },
		{ 15, "cpu", 48 },
		{ 16, "prog", 80 },
		{ 17, "keyframe", 24 },
		{ 18, "attributes", 88 },
		{ 19, "calls", 72 },
		{ 32, "vm_create", 96 },
		{ 33, "vm_destroy", 96 },
		{ 34, "create", 136 },
		{ 35, "bind", 128 },
		{ 36, "unbind", 128 },
		{ 37, "release", 136 },
		{ 38, "evict", 136 },
		{ 39, "mmap", 128 },
		{ 40, "fallocate", 128 },
		{ 41, "punch", 128 },
		{ 42, "convert", 128 },
		{ 43, "memory_failure", 128 },
		{ 44, "zap", 128 },
		{ 45, "populate", 128 },
		{ 46, "fault", 1200 },
		{ 47, "reset", 104 },
	};
	size_t i, nr = 0;

	(void)state;
	for (i = 0; i < GM_K_MAX; i++)
		nr += gm_kind_name((unsigned int)i) != NULL;
	assert_int_equal(nr, GM_ARRAY_SIZE(first));
	for (i = 0; i < GM_ARRAY_SIZE(first); i++) {
		assert_non_null(gm_kind_name(first[i].kind));
		assert_string_equal(gm_kind_name(first[i].kind), first[i].name);
		assert_true(gm_kind_size(first[i].kind) >= first[i].size);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_layout),
		cmocka_unit_test(test_no_gaps),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_numbers_stay),
	};
	const char *slash = strrchr(argv[0], '/');

	if (argc > 1)
		snprintf(object, sizeof(object), "%s", argv[1]);
	else
		snprintf(object, sizeof(object), "%.*swire_layout.bpf.o", slash ? (int)(slash + 1 - argv[0]) : 0,
			 argv[0]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
