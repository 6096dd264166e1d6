// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model: which VMs are one machine, its name, and its number of reboots. */
#include "fixture/model_world.h"
#include "model/reboot.h"

/* ---- machines ---- */

static void test_placeholder_renamed(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;

	file_state(w, 1, 1, 7);
	assert_string_equal(gm_model_vm(w->m, 7)->machine->key, "vm:7");
	vm_state(w, 7, 100);
	assert_string_equal(gm_model_vm(w->m, 7)->machine->key, "proc:100");
	inode_state(w, 1, 3, 3, 0);
	proc(w, 100, 5, "guest-0");
	mc = gm_model_vm(w->m, 7)->machine;
	assert_string_equal(mc->key, "name:guest-0");
	assert_string_equal(mc->name, "guest-0");
	assert_string_equal(mc->comm, "vmm");
	assert_int_equal(mc->tgid, 100);
	assert_int_equal(mc->counts.allocated_pages, 3);
	assert_int_equal(mc->vms_seen, 1);
	assert_int_equal(w->m->machines.nr, 1);
	assert_int_equal(w->m->joined.nr, 0);
	proc(w, 100, 5, "guest-0"); /* reported again */
	assert_int_equal(w->m->machines.nr, 1);
}

/* A reboot in a new process: the new VM's placeholder is merged into the existing machine. */
static void test_placeholder_merges(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;

	proc(w, 100, 5, "guest-0");
	vm_create(w, 1, 100);
	file_state(w, 1, 1, 1);
	inode_state(w, 1, 3, 3, 0);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	vm_create(w, 2, 200);
	file_state(w, 2, 2, 2);
	inode_state(w, 2, 4, 4, 0);
	assert_int_equal(w->m->machines.nr, 2);
	proc(w, 200, 9, "guest-0");
	assert_int_equal(w->m->machines.nr, 1);
	mc = w->m->machines.at[0];
	assert_ptr_equal(gm_model_vm(w->m, 2)->machine, mc);
	assert_int_equal(mc->vms_seen, 2);
	assert_int_equal(mc->counts.allocated_pages, 7);
	assert_int_equal(mc->tgid, 200);
	assert_int_equal(w->m->joined.nr, 0);
}

static void test_proc_before_vm(void **state)
{
	struct world *w = *state;

	proc(w, 100, 5, "guest-0");
	proc(w, 101, 5, NULL);
	assert_int_equal(w->m->machines.nr, 0);
	vm_create(w, 1, 100);
	vm_create(w, 2, 101);
	assert_string_equal(gm_model_vm(w->m, 1)->machine->key, "name:guest-0");
	assert_string_equal(gm_model_vm(w->m, 2)->machine->key, "proc:101:5");
	assert_string_equal(gm_model_vm(w->m, 2)->machine->name, "vmm-101");
}

/* The process moved to a scope after it was first read: both names are one machine. */
static void test_proc_gets_other_name(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;

	vm_create(w, 1, 100);
	proc(w, 100, 5, "early");
	mc = gm_model_vm(w->m, 1)->machine;
	proc(w, 100, 5, "late");
	assert_int_equal(w->m->machines.nr, 1);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	proc(w, 200, 6, "late");
	vm_create(w, 2, 200);
	assert_ptr_equal(gm_model_vm(w->m, 2)->machine, mc);
	assert_string_equal(mc->key, "name:early");
}

static void test_tgid_reused(void **state)
{
	struct world *w = *state;
	const struct gm_vm *late;

	proc(w, 100, 5, "one");
	vm_create(w, 1, 100);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	w->ns = 5000;
	vm_create(w, 2, 100); /* assigned to the old process, as the new one is unknown */
	ev(w, GM_K_ZAP, 2, 0, 0);
	w->ns = 6000;
	proc(w, 100, 77, "two");
	assert_string_equal(gm_model_vm(w->m, 1)->machine->key, "name:one");
	late = gm_model_vm(w->m, 2);
	assert_string_equal(late->machine->key, "name:two");
	assert_int_equal(late->machine->counts.events[GM_K_ZAP], 1);
	assert_int_equal(gm_model_vm(w->m, 1)->machine->counts.events[GM_K_ZAP], 0);
	assert_int_equal(gm_model_vm(w->m, 1)->machine->vms_seen, 1);
	/* yet another process, but the same machine */
	w->ns = 7000;
	vm_create(w, 3, 100);
	w->ns = 8000;
	proc(w, 100, 99, "two");
	assert_ptr_equal(gm_model_vm(w->m, 3)->machine, late->machine);
	assert_int_equal(late->machine->vms_seen, 2);
	/* a late record of the ended process does not move the machine */
	w->ns = 500;
	vm_create(w, 1, 100);
	assert_int_equal(w->m->machines.nr, 2);
}

/* Two files of one inode: one machine, one owner, each byte counted once. */
static void test_link(void **state)
{
	struct world *w = *state;
	struct gm_machine *a;
	struct gm_mem mem;

	proc(w, 100, 5, "a");
	proc(w, 200, 5, "b");
	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	ev(w, GM_K_CREATE, 1, 1, 1);
	inode_state(w, 1, 10, 10, 0);
	a = gm_model_vm(w->m, 1)->machine;
	assert_int_equal(w->m->machines.nr, 2);
	file_state(w, 2, 1, 2);
	assert_int_equal(w->m->machines.nr, 1);
	assert_ptr_equal(gm_model_vm(w->m, 2)->machine, a);
	assert_int_equal(w->m->joined.nr, 1);
	assert_ptr_equal(((struct gm_machine *)w->m->joined.at[0])->joined, a);
	assert_string_equal(a->key, "name:a");
	assert_ptr_equal(gm_model_inode(w->m, 1)->vm, gm_model_vm(w->m, 2));
	gm_machine_mem(a, &mem);
	assert_int_equal(mem.resident_pages, 10);
	assert_int_equal(mem.size_bytes, 1 << 20);
	assert_int_equal(mem.node_pages[1], 10);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 10);
	gm_vm_mem(gm_model_vm(w->m, 2), &mem);
	assert_int_equal(mem.resident_pages, 10);

	inode_state(w, 1, 15, 15, 0); /* the inode belongs to the newest file */
	assert_int_equal(gm_model_vm(w->m, 2)->counts.allocated_pages, 5);
	ev(w, GM_K_RELEASE, 2, 2, 1);
	assert_ptr_equal(gm_model_inode(w->m, 1)->vm, gm_model_vm(w->m, 1));
	ev(w, GM_K_RELEASE, 1, 1, 1); /* without a file, the inode stays with its last owner */
	assert_ptr_equal(gm_model_inode(w->m, 1)->vm, gm_model_vm(w->m, 1));
	/* a later VM with the other name is assigned to the machine */
	vm_create(w, 3, 200);
	assert_ptr_equal(gm_model_vm(w->m, 3)->machine, a);
	assert_int_equal(a->vms_seen, 3);
}

/* A machine with a name is kept instead of an older placeholder. */
static void test_link_older_placeholder(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	proc(w, 200, 5, "b");
	vm_create(w, 2, 200);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 1, 2);
	assert_int_equal(w->m->machines.nr, 1);
	assert_string_equal(gm_model_vm(w->m, 1)->machine->key, "name:b");
	proc(w, 100, 5, "a");
	assert_int_equal(w->m->machines.nr, 1);
	assert_string_equal(gm_model_vm(w->m, 1)->machine->key, "name:b");
}

/* Names are untrusted input, and two may have one hash. */
static void test_hash_collision(void **state)
{
	static const char *const names[] = { "ybvlujwwt3hnf", "pbju1fhhhcxjf" };
	struct world *w = *state;

	assert_true(gm_hash_str("name:ybvlujwwt3hnf") == gm_hash_str("name:pbju1fhhhcxjf"));
	for (uint32_t i = 0; i < 4; i++) {
		proc(w, 100 + i % 2, 5, names[i % 2]);
		vm_create(w, 1 + i, 100 + i % 2);
	}
	assert_int_equal(w->m->machines.nr, 2);
	assert_string_equal(gm_model_vm(w->m, 3)->machine->name, names[0]);
	assert_string_equal(gm_model_vm(w->m, 4)->machine->name, names[1]);
	/* the last name is removed, then the first one */
	for (uint32_t round = 0; round < 2; round++) {
		uint32_t base = round * 2000, gone = 1 - round;

		for (uint32_t i = 1; i <= 3; i += 2) {
			ev(w, GM_K_VM_DESTROY, i + gone, 0, 0);
			ev(w, GM_K_VM_DESTROY, base + i + gone, 0, 0);
		}
		for (uint32_t i = 0; i < GM_MODEL_DEAD_MAX; i++) {
			vm_create(w, base + 5 + i, 50);
			ev(w, GM_K_VM_DESTROY, base + 5 + i, 0, 0);
		}
		assert_null(gm_model_vm(w->m, base + 3 + gone));
		vm_create(w, base + 2001, 100);
		vm_create(w, base + 2002, 101);
		vm_create(w, base + 2003, 100);
		vm_create(w, base + 2004, 101);
		assert_string_equal(gm_model_vm(w->m, base + 2001)->machine->name, names[0]);
		assert_string_equal(gm_model_vm(w->m, base + 2002)->machine->name, names[1]);
		assert_int_equal(w->m->machines.nr, 3);
	}
}

static void test_link_of_placeholders(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 1, 2);
	assert_int_equal(w->m->machines.nr, 1);
	assert_string_equal(((struct gm_machine *)w->m->machines.at[0])->key, "proc:100");
	vm_create(w, 3, 200);
	assert_int_equal(w->m->machines.nr, 1);
	proc(w, 200, 5, "b");
	assert_string_equal(((struct gm_machine *)w->m->machines.at[0])->key, "name:b");
	proc(w, 100, 5, "a");
	assert_int_equal(w->m->machines.nr, 1);
	for (uint32_t i = 1; i <= 3; i++)
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	proc(w, 300, 5, "a");
	vm_create(w, 4, 300);
	assert_int_equal(w->m->machines.nr, 1);
}

/* Successive files of one inode, each in its own process: the number of forwarders is bounded. */
static void test_many_links(void **state)
{
	struct world *w = *state;

	for (uint32_t i = 1; i <= 3000; i++) {
		vm_create(w, i, 1000 + i);
		file_state(w, i, 1, i);
		if (i > 1) {
			ev(w, GM_K_RELEASE, i - 1, i - 1, 1);
			ev(w, GM_K_VM_DESTROY, i - 1, 0, 0);
		}
	}
	assert_int_equal(w->m->machines.nr, 1);
	assert_int_equal(w->m->joined.nr, GM_MODEL_DEAD_MAX);
	assert_ptr_equal(gm_model_inode(w->m, 1)->vm, gm_model_vm(w->m, 3000));
}

static void test_machine_goes(void **state)
{
	struct world *w = *state;

	proc(w, 100, 5, "a");
	proc(w, 200, 5, "b");
	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 1, 2);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	for (uint32_t i = 3; i < GM_MODEL_DEAD_MAX + 3; i++) {
		proc(w, 1000 + i, 1, NULL);
		vm_create(w, i, 1000 + i);
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	}
	assert_int_equal(w->m->joined.nr, 0);
	vm_create(w, 5000, 200);
	assert_string_equal(gm_model_vm(w->m, 5000)->machine->key, "name:b");
	assert_int_equal(gm_model_vm(w->m, 5000)->machine->vms_seen, 1);
}

static void test_idle_procs(void **state)
{
	struct world *w = *state;

	proc(w, 1, 1, "kept");
	vm_create(w, 1, 1);
	for (uint32_t i = 2; i <= 3000; i++)
		proc(w, i, 1, NULL);
	assert_int_equal(w->m->proc_by_tgid.nr, GM_MODEL_DEAD_MAX + 1);
	vm_create(w, 2, 1);
	assert_string_equal(gm_model_vm(w->m, 2)->machine->key, "name:kept");
	/* a process is kept as long as a VM of it, and some time longer */
	for (uint32_t i = 3001; i <= 9000; i++) {
		proc(w, i, 1, NULL);
		vm_create(w, i, i);
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	}
	assert_true(w->m->proc_by_tgid.nr <= 2 * GM_MODEL_DEAD_MAX + 1);
	assert_non_null(gm_hmap_get(&w->m->proc_by_tgid, 9000 - GM_MODEL_DEAD_MAX));
}

/* Boots a VM with memory, a file of that inode. */
static void boot(struct world *w, uint32_t vm, uint32_t inode)
{
	vm_create(w, vm, 100);
	ev(w, GM_K_CREATE, vm, vm, inode);
	inode_state(w, inode, 1, 1, 0);
	bind_slot(w, vm, vm, inode, 0);
}

static void down(struct world *w, uint32_t vm, uint32_t inode)
{
	w->ns += 1000;
	ev(w, GM_K_RELEASE, vm, vm, inode);
	ev(w, GM_K_VM_DESTROY, vm, 0, 0);
}

/* Ends a reboot by two quiet samples; faults before them belong to it. */
static void settle(struct world *w, uint32_t vm)
{
	hist(w, vm, GM_PHASE_GUEST_FAULT, 5, 1000);
	for (int i = 0; i < 3; i++) {
		w->ns += 1000;
		tick(w);
	}
}

/* A reboot of any style is counted once, when it has ended. */
static void test_reboots(void **state)
{
	struct world *w = *state;
	union gm_any meta = make(w, GM_K_META), reset;
	const struct gm_machine *mc;

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	meta.as_META.page_size = 65536; /* a slot of 16 pages covers an inode */
	put(w, &meta);
	boot(w, 1, 1);
	mc = gm_model_vm(w->m, 1)->machine;
	vm_create(w, 2, 100); /* a VM without memory, by which a VMM tests KVM */
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	settle(w, 1);
	assert_int_equal(gm_machine_reboots(mc), 0);
	down(w, 1, 1);
	boot(w, 3, 3);
	tick(w);
	assert_int_equal(gm_machine_reboots(mc), 0);
	settle(w, 3);
	assert_int_equal(gm_machine_reboots(mc), 1);
	settle(w, 3);
	assert_int_equal(gm_machine_reboots(mc), 1);
	boot(w, 4, 4); /* create before destroy */
	down(w, 3, 3);
	settle(w, 4);
	assert_int_equal(gm_machine_reboots(mc), 2);
	w->ns += 1000;
	reset = make_ev(w, GM_K_RESET, 4, 0, 0); /* in place: the VM stays */
	reset.as_RESET.boot_exits = 9;
	put(w, &reset);
	settle(w, 4);
	assert_int_equal(mc->episodes[GM_REBOOT_INPLACE], 1);
	assert_int_equal(gm_machine_reboots(mc), 3);
	boot(w, 5, 4); /* over a link */
	down(w, 4, 4);
	settle(w, 5);
	assert_int_equal(mc->episodes[GM_REBOOT_LINK], 1);
	assert_int_equal(gm_machine_reboots(mc), 4);
	down(w, 5, 4); /* a shutdown is no reboot */
	w->ns += 70000000000ull;
	tick(w);
	tick(w);
	assert_int_equal(mc->episodes[GM_REBOOT_SHUTDOWN], 1);
	assert_int_equal(gm_machine_reboots(mc), 4);
	assert_int_equal(mc->episodes[GM_REBOOT_RECREATE], 1);
	assert_int_equal(mc->episodes[GM_REBOOT_OVERLAP], 1);
}

/* ---- one key in two processes ---- */

static struct gm_machine *machine_of(struct world *w, uint32_t vm)
{
	return gm_model_vm(w->m, vm)->machine;
}

static void second_process(struct world *w, uint32_t tgid, uint32_t vm)
{
	w->ns += 10000;
	proc(w, tgid, tgid, "web");
	vm_create(w, vm, tgid);
	ev(w, GM_K_CREATE, vm, vm, vm);
	bind_slot(w, vm, vm, vm, 0);
}

static void test_clones(void **state)
{
	struct world *w = *state;

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	second_process(w, 100, 1);
	second_process(w, 200, 2);
	assert_int_equal(w->m->machines.nr, 2);
	assert_string_equal(machine_of(w, 1)->key, "name:web");
	assert_string_equal(machine_of(w, 2)->key, "name:web#200:200");
	assert_string_equal(machine_of(w, 2)->name, "web");
	tick(w);
	assert_true(machine_of(w, 1)->dup && machine_of(w, 2)->dup);
	/* the end of one is no reboot; the other keeps its row without the mark */
	w->ns += 10000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	tick(w);
	assert_int_equal(w->m->machines.nr, 2);
	assert_false(machine_of(w, 1)->dup || machine_of(w, 2)->dup);
	settle(w, 2);
	assert_int_equal(gm_machine_reboots(machine_of(w, 1)) + gm_machine_reboots(machine_of(w, 2)), 0);
	/* a new VM of its process belongs to its row; so does one of another process after its end */
	ev(w, GM_K_RELEASE, 2, 2, 2);
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	second_process(w, 200, 3);
	assert_ptr_equal(machine_of(w, 3), machine_of(w, 2));
	ev(w, GM_K_VM_DESTROY, 3, 0, 0);
	second_process(w, 300, 4);
	assert_ptr_equal(machine_of(w, 4), machine_of(w, 2));
	second_process(w, 400, 5); /* the first process has no live VM */
	assert_ptr_equal(machine_of(w, 5), machine_of(w, 1));
	second_process(w, 500, 6);
	assert_int_equal(w->m->machines.nr, 3);
	tick(w);
	assert_true(machine_of(w, 4)->dup && machine_of(w, 5)->dup && machine_of(w, 6)->dup);
}

/* The names are known only when both VMs run. */
static void test_clones_named_late(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	proc(w, 100, 5, "web");
	proc(w, 200, 5, "web");
	assert_int_equal(w->m->machines.nr, 2);
	assert_string_equal(machine_of(w, 2)->key, "name:web#200:5");
	assert_string_equal(machine_of(w, 2)->base, "name:web");
	assert_false(machine_of(w, 2)->placeholder);
}

/* A sample found the end of the first VM, which may be before the second one began. */
static void test_end_found_late(void **state)
{
	struct world *w = *state;
	union gm_any end;

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	second_process(w, 100, 1);
	second_process(w, 200, 2);
	assert_int_equal(w->m->machines.nr, 2);
	w->ns += 5000;
	end = make_ev(w, GM_K_RELEASE, 1, 1, 1);
	end.ev.flags |= GM_EV_BY_SCAN;
	end.ev.dur_ns = 5500;
	put(w, &end);
	assert_int_equal(w->m->machines.nr, 1);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	settle(w, 2);
	assert_int_equal(gm_machine_reboots(machine_of(w, 2)), 1);
	/* the end was found in a sample that began after it: both VMs ran at the same time */
	second_process(w, 300, 3);
	w->ns += 5000;
	end = make_ev(w, GM_K_RELEASE, 2, 2, 2);
	end.ev.flags |= GM_EV_BY_SCAN;
	end.ev.dur_ns = 4000;
	put(w, &end);
	assert_int_equal(w->m->machines.nr, 2);
	/* an end whose event was lost proves nothing */
	second_process(w, 400, 4);
	assert_int_equal(w->m->machines.nr, 3);
	w->ns += 5000;
	end = make_ev(w, GM_K_RELEASE, 3, 3, 3);
	end.ev.flags |= GM_EV_BY_SCAN | GM_EV_NODUR;
	end.ev.dur_ns = 0;
	put(w, &end);
	assert_int_equal(w->m->machines.nr, 3);
}

static void cut_proc(struct world *w, uint32_t tgid, uint64_t start, const char *name)
{
	union gm_any rec = make(w, GM_K_PROC);

	rec.as_PROC.tgid = tgid;
	rec.as_PROC.start_ticks = start;
	rec.as_PROC.flags = GM_PROC_FLAGS | GM_PROC_ARGS_CUT;
	memcpy(rec.as_PROC.comm, "vmm", 4);
	strcpy(rec.as_PROC.cgroup, "/");
	rec.as_PROC.cmdline_len =
		(uint32_t)snprintf(rec.as_PROC.cmdline, sizeof(rec.as_PROC.cmdline), "vmm%c-name%c%s", 0, 0, name) + 1;
	put(w, &rec);
}

/* The first record of a process lacks the command line; the next one has it. */
static void test_named_better(void **state)
{
	struct world *w = *state;

	proc(w, 100, 5, NULL);
	vm_create(w, 1, 100);
	assert_string_equal(machine_of(w, 1)->key, "proc:100:5");
	proc(w, 100, 5, "web");
	assert_string_equal(machine_of(w, 1)->key, "name:web");
	assert_string_equal(machine_of(w, 1)->name, "web");
	assert_int_equal(w->m->machines.nr, 1);
	/* a name that is no key, as a part of the command line is missing */
	vm_create(w, 9, 900);
	proc(w, 900, 9, NULL);
	cut_proc(w, 900, 9, "cut");
	assert_string_equal(machine_of(w, 9)->key, "proc:900:9");
	assert_string_equal(machine_of(w, 9)->name, "cut");
	vm_create(w, 10, 900);
	assert_string_equal(machine_of(w, 10)->name, "cut");
	ev(w, GM_K_VM_DESTROY, 9, 0, 0);
	vm_create(w, 2, 200);
	proc(w, 200, 6, NULL);
	proc(w, 200, 6, "web");
	assert_int_equal(w->m->machines.nr, 3);
	assert_string_equal(machine_of(w, 2)->key, "name:web#200:6");
}

/* A process is named after its VM has ended, when the next one runs: they did not run at the same time. */
static void test_named_after_its_end(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	w->ns += 10000;
	second_process(w, 200, 2);
	proc(w, 100, 100, "web");
	assert_int_equal(w->m->machines.nr, 1);
}

static int tell_again(void *arg, const union gm_any *rec)
{
	return gm_model_apply(arg, rec);
}

/* A keyframe keeps clones apart, also when one has ended. */
static void test_clones_in_a_keyframe(void **state)
{
	struct world *w = *state;
	struct gm_model *again;

	second_process(w, 100, 1);
	second_process(w, 200, 2);
	w->ns += 10000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	tick(w);
	assert_int_equal(gm_model_new(&again), 0);
	assert_int_equal(gm_model_emit_keyframe(w->m, tell_again, again), 0);
	assert_int_equal(again->machines.nr, 2);
	assert_string_equal(gm_model_vm(again, 2)->machine->key, machine_of(w, 2)->key);
	assert_string_equal(gm_model_vm(again, 1)->machine->key, machine_of(w, 1)->key);
	gm_model_free(again);
}

/* The second VM gets the guest's state, then the first one ends. */
static void test_guest_moves(void **state)
{
	struct world *w = *state;
	union gm_any reset;

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	second_process(w, 100, 1);
	second_process(w, 200, 2);
	reset = make_ev(w, GM_K_RESET, 2, 0, 0);
	reset.as_RESET.underway = 1;
	put(w, &reset);
	assert_int_equal(w->m->machines.nr, 2);
	w->ns += 10000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	assert_int_equal(w->m->machines.nr, 1);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	settle(w, 2);
	assert_int_equal(machine_of(w, 2)->episodes[GM_REBOOT_HANDOVER], 1);
	assert_int_equal(gm_machine_reboots(machine_of(w, 2)), 0);
	/* the guest moves on before the first move has settled */
	second_process(w, 250, 7);
	reset = make_ev(w, GM_K_RESET, 7, 0, 0);
	reset.as_RESET.underway = 1;
	put(w, &reset);
	w->ns += 10000;
	ev(w, GM_K_RELEASE, 2, 2, 2);
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	second_process(w, 260, 8);
	reset = make_ev(w, GM_K_RESET, 8, 0, 0);
	reset.as_RESET.underway = 1;
	put(w, &reset);
	w->ns += 10000;
	ev(w, GM_K_RELEASE, 7, 7, 7);
	ev(w, GM_K_VM_DESTROY, 7, 0, 0);
	settle(w, 8);
	assert_int_equal(machine_of(w, 8)->episodes[GM_REBOOT_HANDOVER], 3);
	/* a clone of a snapshot: the first VM runs on, then ends */
	second_process(w, 300, 3);
	reset = make_ev(w, GM_K_RESET, 3, 0, 0);
	reset.as_RESET.underway = 1;
	put(w, &reset);
	w->ns += 10000;
	reset = make(w, GM_K_INODE);
	reset.as_INODE.inode = 8;
	reset.as_INODE.touched_ns = w->ns;
	put(w, &reset);
	w->ns += 10000;
	ev(w, GM_K_RELEASE, 8, 8, 8);
	assert_int_equal(w->m->machines.nr, 2);
}

/* Long keys, to which no process can be added, stay apart. */
static void test_long_clones(void **state)
{
	struct world *w = *state;
	char name[200];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (uint32_t i = 1; i <= 3; i++) {
		proc(w, 100 * i, 5, name);
		vm_create(w, i, 100 * i);
	}
	assert_int_equal(w->m->machines.nr, 3);
	assert_string_not_equal(machine_of(w, 2)->key, machine_of(w, 3)->key);
	assert_string_equal(machine_of(w, 2)->base, machine_of(w, 1)->key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_clones),
		MODEL_TEST(test_clones_named_late),
		MODEL_TEST(test_end_found_late),
		MODEL_TEST(test_guest_moves),
		MODEL_TEST(test_long_clones),
		MODEL_TEST(test_named_better),
		MODEL_TEST(test_named_after_its_end),
		MODEL_TEST(test_clones_in_a_keyframe),
		MODEL_TEST(test_placeholder_renamed),
		MODEL_TEST(test_placeholder_merges),
		MODEL_TEST(test_proc_before_vm),
		MODEL_TEST(test_proc_gets_other_name),
		MODEL_TEST(test_tgid_reused),
		MODEL_TEST(test_link),
		MODEL_TEST(test_link_older_placeholder),
		MODEL_TEST(test_hash_collision),
		MODEL_TEST(test_link_of_placeholders),
		MODEL_TEST(test_many_links),
		MODEL_TEST(test_machine_goes),
		MODEL_TEST(test_idle_procs),
		MODEL_TEST(test_reboots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
