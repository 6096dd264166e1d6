// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of the pins report: each kind of pin alone, chains, no pins, and objects in use, which must not be reported.
 * The golden files show a host with each kind of leftover.
 */
#include "fixture/frame_world.h"
#include "report/pins_report.h"
#include "top/top.h"

/* ---- a host ---- */

static void begin(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = 100 * W_S;
	assert_int_equal(gm_model_new(&w->m), 0);
	w_meta(w, GM_MODE_INVENTORY, 1);
	w->m->meta.flags |= GM_META_VM_FDS;
}

static void vm_of(struct world *w, uint32_t id, const char *name)
{
	char cmdline[64];

	snprintf(cmdline, sizeof(cmdline), "qemu-kvm -name %s", name);
	w_proc(w, 6000 + id, "qemu-kvm", cmdline);
	w_vm(w, id, 6000 + id, 2);
}

static void memory_of(struct world *w, uint32_t id, uint64_t resident)
{
	w_inode(w, id, W_GIB, resident, (int64_t)resident, 0, true);
	w_file(w, id, id, id);
}

static void walk(struct world *w, void (*pins)(struct world *w))
{
	w_scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	pins(w);
	w_scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(seen_again(w->m, w->now), 0);
	w->now += W_S;
}

/* Makes machine 1, which has exited and whose memory another process pins. */
static void pins_old(struct world *w)
{
	w_pin(w, GM_PIN_FD, 1, 1, 1, 7001, 12, 0, "vhost-user-blk");
	w_pin(w, GM_PIN_VM_FD, 7, 0, 0, 6007, 10, 0, "qemu-kvm");
	w_pin(w, GM_PIN_FD, 7, 7, 7, 6007, 11, 0, "qemu-kvm");
}

static void pins_now(struct world *w)
{
	pins_old(w);
	w_pin(w, GM_PIN_MAPPING, 1, 1, 1, 7001, -1, W_GIB, "vhost-user-blk");
	w_pin(w, GM_PIN_MAPPING, 2, 2, 2, 6002, -1, W_GIB, "qemu-kvm"); /* closed, except for a mapping */
	w_pin(w, GM_PIN_VM_FD, 8, 0, 0, 6008, 10, 0, "qemu-kvm");
	w_pin(w, GM_PIN_FD, 8, 8, 3, 6008, 11, 0, "qemu-kvm"); /* the second file of inode 3 */
	w_pin(w, GM_PIN_STATS_FD, 4, 0, 0, 7004, 7, 0, "exporter");
	w_pin(w, GM_PIN_DEVICE_FD, 4, 0, 0, 7005, 8, 0, "evil\033[31m");
	for (int fd = 20; fd < 28; fd++)
		w_pin(w, GM_PIN_VCPU_FD, 5, 0, 0, 6005, fd, 0, "qemu-kvm");
	w_pin(w, GM_PIN_VCPU_MAPPING, 9, 0, 0, 6009, -1, 3, "qemu-kvm");
	w_pin(w, GM_PIN_VCPU_MAPPING, 9, 0, 0, 6009, -1, 3, "qemu-kvm");
}

static void host(struct world *w)
{
	union gm_any r = { 0 };

	begin(w);
	vm_of(w, 1, "left-1");
	memory_of(w, 1, W_GIB / 2);
	w_bind(w, 1, 1, 1, 1 << 16 | 3, 0, W_GIB);
	vm_of(w, 7, "runs-7");
	memory_of(w, 7, W_GIB);
	w->now += W_S;
	walk(w, pins_old);
	vm_of(w, 2, "mapped-2");
	memory_of(w, 2, W_GIB / 4);
	vm_of(w, 3, "moved-3");
	memory_of(w, 3, W_GIB / 8);
	vm_of(w, 8, "moved-8");
	w_file(w, 8, 3, 8);
	w_ev(w, &r.ev, 3, 3, 3, 6003, 1000, "qemu-kvm");
	w_push(w, &r, GM_K_RELEASE);
	vm_of(w, 4, "counted-4");
	vm_of(w, 5, "vcpus-5");
	vm_of(w, 6, "flown-6");
	memory_of(w, 6, 1);
	vm_of(w, 9, "run-area-9");
	w->now += W_S;
	walk(w, pins_now);
	w_tick(w);
}

static char *text(const struct world *w, const char *want, bool all)
{
	struct gm_str out = { 0 };

	gm_text_pins(&out, w->m, want, all);
	assert_int_equal(out.err, 0);
	return out.s;
}

static char *json(const struct world *w, const char *want, bool all)
{
	struct gm_str out = { 0 };

	gm_json_pins(&out, w->m, want, all);
	assert_int_equal(out.err, 0);
	gm_str_puts(&out, "");
	return out.s ? out.s : strdup("");
}

static void assert_has(char *have, const char *const *words, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strstr(have, words[i]))
			fail_msg("no \"%s\" in:\n%s", words[i], have);
	free(have);
}

#define HAS(have, ...) assert_has(have, (const char *const[]){ __VA_ARGS__ }, \
				  GM_ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

static void assert_lacks(char *have, const char *words)
{
	if (strstr(have, words))
		fail_msg("\"%s\" in:\n%s", words, have);
	free(have);
}

/* ---- tests ---- */

static void test_golden(void **state)
{
	struct gm_frame f = { 0 };
	struct gm_str out = { 0 };
	struct world w;
	struct gm_top t;
	char *s;

	(void)state;
	host(&w);
	golden("pins.txt", s = text(&w, NULL, false));
	free(s);
	golden("pins_all.txt", s = text(&w, NULL, true));
	free(s);
	golden("pins.jsonl", s = json(&w, NULL, true));
	free(s);
	gm_top_init(&t);
	gm_top_key(w.m, &t, 'K');
	gm_top_frame(w.m, &t, 80, 24, &f);
	for (size_t i = 0; i < f.nr; i++)
		gm_str_printf(&out, "%s\n", f.line[i].text);
	golden("top_pins.txt", out.s);
	gm_str_release(&out);
	gm_frame_release(&f);
	world_free(&w);
}

/* A chain: the memory, the file that pins it, the process that pins the file; and the VM that the file pins. */
static void test_kinds(void **state)
{
	struct world w;

	(void)state;
	host(&w);
	HAS(text(&w, "left-1", false), "ORPHAN", "file of vm 1 (left-1): its process has exited",
	    "vhost-user-blk[7001]  fd 12", "opened before tracing", "mapping of 1.0G", "first seen 1.00s ago",
	    "slot 1:3 of vm 1", "freed when vhost-user-blk[7001] closes and unmaps it, or exits", "its file of inode 1",
	    "ends when that memory is released");
	HAS(text(&w, "mapped-2", false), "LEFT: its VM was closed", "qemu-kvm[6002]  mapping of 1.0G",
	    "freed when qemu-kvm[6002] unmaps it, or exits");
	HAS(text(&w, "counted-4", false), "vm 4  pid 6004", "its process has exited, it cannot run",
	    "exporter[7004]  stats fd 7", "evil\\x1b[31m[7005]  device fd 8",
	    "ends when exporter[7004], evil\\x1b[31m[7005] close it, or exit");
	HAS(text(&w, "flown-6", false), "ORPHAN", "no process has it open or mapped", "in flight over a socket");
	HAS(text(&w, "run-area-9", false), "qemu-kvm[6009]  mapping of 2 vCPUs", "has closed it");
	HAS(text(&w, "vcpus-5", false), "qemu-kvm[6005]  vcpu fd 20, 21, 22, 23, 24, 25 and 2 more");
	/* One memory is one machine, with its first name. */
	HAS(text(&w, "moved-3", false), "file of vm 8 (moved-3): in use", "qemu-kvm[6008]  fd 11", "inode 3");
	world_free(&w);
}

/* Memory that a VM can still use is only listed on request, and never as a leftover. */
static void test_in_use(void **state)
{
	static const char *const used[] = { "runs-7", "vcpus-5", "8" };
	struct world w;

	(void)state;
	host(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(used); i++) {
		assert_lacks(text(&w, used[i], false), "ORPHAN");
		assert_lacks(text(&w, used[i], false), "LEFT");
		assert_lacks(text(&w, used[i], false), "->");
		HAS(json(&w, used[i], false), "\"why\":\"asked\"");
	}
	assert_lacks(text(&w, NULL, false), "runs-7");
	assert_lacks(json(&w, NULL, false), "vcpus-5");
	assert_lacks(text(&w, NULL, false), "vm 8");
	world_free(&w);
}

static void test_json(void **state)
{
	struct world w;

	(void)state;
	host(&w);
	HAS(json(&w, "left-1", false),
	    "\"object\":\"inode\",\"inode\":1,\"ino\":40001,\"vm\":1,\"machine\":\"left-1\","
	    "\"why\":\"orphan\",\"what\":\"fd\",\"pid\":7001,\"comm\":\"vhost-user-blk\",\"fd\":12,\"since_ns\":null}",
	    "\"what\":\"mapping\",\"pid\":7001,\"comm\":\"vhost-user-blk\",\"pages\":262144,\"since_ns\":103000000000}",
	    "\"what\":\"binding\",\"slot\":65539", "\"object\":\"vm\",\"inode\":1,\"ino\":40001,\"vm\":1");
	HAS(json(&w, "flown-6", false), "\"what\":\"none\",\"since_ns\":null}");
	HAS(json(&w, "counted-4", false),
	    "\"object\":\"vm\",\"inode\":0,\"vm\":4,\"machine\":\"counted-4\",\"why\":\"owner_gone\","
	    "\"what\":\"stats_fd\"",
	    "\"device_fd\"");
	HAS(json(&w, "run-area-9", false), "\"why\":\"closed\",\"what\":\"vcpu_mapping\",\"pid\":6009");
	world_free(&w);
}

/* Leftovers come first, orphans before others, larger memory before smaller. */
static void test_order(void **state)
{
	static const char *const order[] = { "inode 1 ", "inode 6 ", "vm 1 ",	 "vm 4 ", "vm 6 ", "inode 2 ", "vm 2 ",
					     "vm 9 ",	 "inode 7 ", "inode 3 ", "vm 5 ", "vm 7 ", "vm 8 " };
	struct world w;
	const char *at;
	char *s;

	(void)state;
	host(&w);
	at = s = text(&w, NULL, true);
	for (size_t i = 0; i < GM_ARRAY_SIZE(order); i++) {
		char line[32];
		const char *found;

		snprintf(line, sizeof(line), i ? "\n%s" : "%s", order[i]);
		found = strstr(at, line);
		if (!found)
			fail_msg("%s is not where it belongs:\n%s", order[i], s);
		at = found + 1;
	}
	free(s);
	world_free(&w);
}

/* If scans cannot recognise descriptors of VMs, a VM without one is not reported. */
static void test_blind(void **state)
{
	struct world w;

	(void)state;
	host(&w);
	w.m->meta.flags = 0;
	assert_lacks(text(&w, NULL, false), "LEFT: its VM was closed");
	HAS(text(&w, NULL, false), "ORPHAN", "descriptors of VMs are not visible here");
	world_free(&w);
}

/* In a PID namespace a scan shows only some processes: no leftover is reported, and missing pins are unknown. */
static void test_not_all_tasks(void **state)
{
	struct world w;

	(void)state;
	host(&w);
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, 0, "all_tasks", "", "in a PID namespace");
	for (int all = 0; all < 2; all++) {
		assert_lacks(text(&w, NULL, all), "ORPHAN");
		assert_lacks(text(&w, NULL, all), "LEFT");
		assert_lacks(text(&w, NULL, all), "no VM or memory is left");
		assert_lacks(text(&w, NULL, all), "no process has it open");
		assert_lacks(text(&w, NULL, all), "in flight");
		assert_lacks(text(&w, NULL, all), ": in use");
		assert_lacks(json(&w, NULL, all), "\"what\":\"none\"");
		HAS(text(&w, NULL, all), "what should be gone is n/a: in a PID namespace");
	}
	assert_lacks(json(&w, NULL, false), "pin");
	HAS(text(&w, NULL, true), "may be in use", "pinned by no process that is visible here",
	    "vhost-user-blk[7001]  fd 12");
	HAS(json(&w, NULL, true), "\"what\":\"unknown\"");
	w_probe(&w, GM_WANTED, GM_PROBE_ATTACHED, 0, "all_tasks", "iter:task", "");
	HAS(text(&w, NULL, false), "ORPHAN", "LEFT");
	world_free(&w);
}

/* A VM that is younger than the scan is not judged; without a scan the report has no pins. */
static void test_young(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	HAS(text(&w, NULL, false), "scanning ...");
	walk(&w, pins_old);
	vm_of(&w, 2, "young-2");
	memory_of(&w, 2, 5);
	w_tick(&w);
	assert_lacks(text(&w, NULL, false), "young-2");
	HAS(text(&w, NULL, false), "no VM or memory is left that should be gone");
	HAS(text(&w, "nobody", false), "no such VM or memory here");
	world_free(&w);
}

/* A pin's first time stays when a scan finds it again, also the mark that it is older than the tool. */
static void test_since(void **state)
{
	struct world w;

	(void)state;
	host(&w);
	for (int i = 0; i < 3; i++)
		walk(&w, pins_now);
	HAS(text(&w, "left-1", false), "fd 12  (opened before tracing)", "(first seen 4.00s ago)");
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),	      cmocka_unit_test(test_kinds), cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_json),	      cmocka_unit_test(test_order), cmocka_unit_test(test_blind),
		cmocka_unit_test(test_not_all_tasks), cmocka_unit_test(test_young), cmocka_unit_test(test_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
