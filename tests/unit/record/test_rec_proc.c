// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/record/proc: the parts of command lines and cgroups that a record keeps. */
#include <stdlib.h>
#include "fixture/unit.h"
#include "base/vec.h"
#include "model/machine.h"
#include "record/rec_proc.h"

#define UUID	"1b4e28ba-2fa1-11d2-883f-0016d3cca427"
#define PATH	"/kubepods/burstable/pod" UUID "/8f0cf0ba8c4f66d2c59d5ed7a4b4a3e0a1c7c2b0de4c6f7a1c9cb7a1d2e3f405"

static char line[GM_REC_MAX * 16];
static size_t line_len;

static void word(const char *w)
{
	memcpy(line + line_len, w, strlen(w) + 1);
	line_len += strlen(w) + 1;
}

static void filler(size_t n)
{
	memset(line + line_len, 'x', n);
	line[line_len + n] = '\0';
	line_len += n + 1;
}

static void keep(struct gm_rec_proc *p, size_t len, size_t all)
{
	char *exact = malloc(len);

	assert_non_null(exact);
	memcpy(exact, line, len); /* ASan finds a read beyond it */
	memset(p, 0, sizeof(*p));
	gm_proc_keep_args(p, exact, len, all);
	strcpy(p->cgroup, "/");
	free(exact);
}

static void keep_all(struct gm_rec_proc *p)
{
	keep(p, line_len, line_len);
}

static void assert_kept(const struct gm_rec_proc *p, const char *words, size_t len)
{
	assert_int_equal(p->cmdline_len, len);
	assert_memory_equal(p->cmdline, words, len);
}

#define ASSERT_KEPT(p, words) assert_kept(p, words, sizeof(words))

static void test_short_line(void **state)
{
	struct gm_rec_proc p;

	(void)state;
	line_len = 0;
	word("qemu");
	word("-m");
	word("4G");
	keep_all(&p);
	ASSERT_KEPT(&p, "qemu\0-m\0"
			"4G");
	assert_int_equal(p.flags, GM_PROC_FLAGS);
	line_len = 0;
	filler(sizeof(p.cmdline) - 2);
	keep_all(&p);
	assert_int_equal(p.cmdline_len, sizeof(p.cmdline) - 1);
	assert_int_equal(p.flags, GM_PROC_FLAGS);
	keep(&p, 0, 0);
	assert_int_equal(p.cmdline_len, 0);
}

/* A long line keeps the words that name a VM, wherever they are. */
static void test_long_line(void **state)
{
	struct gm_rec_proc p;

	(void)state;
	line_len = 0;
	word("/usr/bin/qemu");
	word("-append");
	filler(20000);
	word("-name");
	word("guest=a,debug-threads=on");
	word("-names");
	word("b");
	word("-s");
	word("-uuid");
	word(UUID);
	word(UUID);
	word("--id=7");
	word("-pidfile");
	keep_all(&p);
	ASSERT_KEPT(&p, "/usr/bin/qemu\0-name\0guest=a,debug-threads=on\0-s\0-uuid\0" UUID "\0--id=7\0-pidfile");
	assert_int_equal(p.flags, GM_PROC_FLAGS);
}

/* Half a word could name another machine: it is left out, and the line is marked. */
static void test_cut_line(void **state)
{
	struct gm_rec_proc p;
	size_t cut;

	(void)state;
	line_len = 0;
	word("qemu");
	word("-append");
	filler(2000);
	word("-name");
	word("web");
	word("-uuid");
	cut = line_len + 20;
	word(UUID);
	keep(&p, cut, line_len);
	ASSERT_KEPT(&p, "qemu\0-name\0web\0-uuid");
	assert_int_equal(p.flags, GM_PROC_FLAGS | GM_PROC_ARGS_CUT);
	keep(&p, line_len, line_len + 1);
	ASSERT_KEPT(&p, "qemu\0-name\0web\0-uuid\0" UUID);
	assert_int_equal(p.flags, GM_PROC_FLAGS | GM_PROC_ARGS_CUT);
	/* a short line */
	line_len = 0;
	word("qemu");
	word("-name");
	word("web-production-1");
	keep(&p, line_len - 2, line_len);
	ASSERT_KEPT(&p, "qemu\0-name");
	assert_int_equal(p.flags, GM_PROC_FLAGS | GM_PROC_ARGS_CUT);
	/* a word that does not fit */
	line_len = 0;
	word("qemu");
	word("--socket");
	filler(1100);
	word("-name");
	word("web");
	keep_all(&p);
	ASSERT_KEPT(&p, "qemu\0--socket\0-name\0web");
	assert_int_equal(p.flags, GM_PROC_FLAGS | GM_PROC_ARGS_CUT);
}

/* The naming rules find the same in the kept words as in all words. */
static void test_rules_see_the_same(void **state)
{
	static const char *const lines[][8] = {
		{ "qemu", "-name", "a", "-uuid", UUID },
		{ "qemu", "-name", "a", "-smbios", "type=1,uuid=" UUID },
		{ "kvm", "-id", "100", "-pidfile", "/run/100.pid" },
		{ "firecracker", "--id", "x" },
		{ "firecracker", "--api-sock", "/run/a.sock" },
		{ "containerd-shim-kata-v2", "-id", "x" },
		{ "crosvm", "run", "--socket", "/run/a.sock" },
		{ "crosvm", "run", "-s", "/run/a.sock" },
		{ "crosvm", "run", "--smbios", "uuid=" UUID },
		{ "cloud-hypervisor", "--api-socket", "path=/run/a.sock" },
		{ "cloud-hypervisor", "--platform", "uuid=" UUID },
		{ "qemu", "-name", "a" },
	};
	struct gm_machine_name whole, kept;
	struct gm_rec_proc p;

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(lines); i++) {
		line_len = 0;
		for (size_t w = 0; w < GM_ARRAY_SIZE(lines[0]) && lines[i][w]; w++)
			word(lines[i][w]);
		keep_all(&p);
		gm_machine_name(&p, &whole);
		assert_int_not_equal(strncmp(whole.key, "proc:", 5), 0);
		filler(3000);
		keep_all(&p);
		assert_true(p.cmdline_len < 1000);
		gm_machine_name(&p, &kept);
		assert_string_equal(kept.key, whole.key);
		assert_string_equal(kept.name, whole.name);
	}
}

/* ---- cgroups ---- */

static void cgroups(struct gm_rec_proc *p, const char *text, size_t more)
{
	memset(p, 0, sizeof(*p));
	gm_proc_keep_cgroups(p, text, strlen(text), strlen(text) + more);
}

static void test_cgroups(void **state)
{
	struct gm_rec_proc p;

	(void)state;
	cgroups(&p, "0::/a/b\n", 0);
	assert_string_equal(p.cgroup, "/a/b");
	assert_string_equal(p.cgroups, "");
	assert_int_equal(p.flags, GM_PROC_FLAGS);
	cgroups(&p, "0::/\n", 0);
	assert_string_equal(p.cgroup, "/");
	/* v1: the first line is of an unused controller */
	cgroups(&p, "13:misc:/\n12:memory:" PATH "\n11:cpuset:" PATH "\n1:name=systemd:" PATH "\n", 0);
	assert_string_equal(p.cgroup, PATH);
	assert_string_equal(p.cgroups, "");
	/* both versions of cgroups */
	cgroups(&p, "11:memory:" PATH "\n1:name=systemd:/x\n0::/system.slice/containerd.service\n", 0);
	assert_string_equal(p.cgroup, PATH);
	assert_string_equal(p.cgroups, PATH "\n/x\n/system.slice/containerd.service");
	/* a removed cgroup, names with colons, no newline at the end */
	cgroups(&p, "0::/a/b:c (deleted)", 0);
	assert_string_equal(p.cgroup, "/a/b:c");
	cgroups(&p, "nonsense\n\n1:\n2:x\n3:y:z\n", 0);
	assert_string_equal(p.cgroup, "/");
}

static void test_long_cgroups(void **state)
{
	char text[4096] = "0::/";
	struct gm_rec_proc p;

	(void)state;
	memset(text + 4, 'a', 600);
	cgroups(&p, text, 0);
	assert_int_equal(strlen(p.cgroup), sizeof(p.cgroup) - 1);
	assert_string_equal(p.cgroups, text + 3);
	assert_int_equal(p.flags, GM_PROC_FLAGS);
	/* the last line of a truncated file is not used */
	strcat(text, "\n1::/b");
	cgroups(&p, text, 1);
	assert_string_equal(p.cgroups, strtok(text + 3, "\n"));
	assert_int_equal(p.flags, GM_PROC_FLAGS | GM_PROC_CGROUP_CUT);
	memset(text + 4, 'a', 2000);
	cgroups(&p, text, 0);
	assert_string_equal(p.cgroups, "");
	assert_int_equal(p.flags, GM_PROC_FLAGS | GM_PROC_CGROUP_CUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_line), cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_cut_line),   cmocka_unit_test(test_rules_see_the_same),
		cmocka_unit_test(test_cgroups),	   cmocka_unit_test(test_long_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
