// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model: counters, rates, pins, sums, and the reasons of unavailable figures. */
#include "fixture/model_world.h"
#include "report/json_lines.h"
#include "model/observe.h"
#include "fixture/seen.h"

/* ---- counters ---- */

static void test_deltas(void **state)
{
	struct world *w = *state;
	struct gm_vm *vm;

	inode_state(w, 1, 10, 10, 0);
	assert_int_equal(w->m->counts.allocated_pages, 10);
	assert_int_equal(w->m->vms.nr, 0);
	inode_state(w, 1, 12, 15, 3);
	file_state(w, 1, 1, 1);
	vm = gm_model_vm(w->m, 1);
	assert_int_equal(vm->counts.allocated_pages, 15);
	assert_int_equal(vm->counts.freed_pages, 3);
	assert_int_equal(vm->machine->counts.allocated_pages, 15);
	inode_state(w, 1, 12, 14, 2); /* smaller counts are of an older sample */
	inode_state(w, 1, 12, 16, 3);
	assert_int_equal(vm->counts.allocated_pages, 16);
	assert_int_equal(vm->counts.freed_pages, 3);
	assert_int_equal(w->m->counts.allocated_pages, 16);
	evict(w, 0, 1, 0, 0); /* a mode that does not count pages */
	assert_int_equal(gm_model_inode(w->m, 1)->allocated_pages, 16);
	assert_int_equal(vm->machine->counts.freed_pages, 3);
}

static void test_hist_gains(void **state)
{
	struct world *w = *state;
	struct gm_vm *vm;
	union gm_any rec;

	hist(w, 1, GM_PHASE_GUEST_FAULT, 3, 7000);
	hist(w, 1, GM_PHASE_GUEST_FAULT, 2, 300);
	hist(w, 1, GM_PHASE_HOST_FAULT, 4, 900);
	hist(w, 1, GM_PHASE_ALLOC, 9, 900);
	hist(w, 0, GM_PHASE_HOST_FAULT, 5, 100);
	vm = gm_model_vm(w->m, 1);
	assert_int_equal(vm->faults, 9);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->count, 5);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->sum_ns, 21600);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->min_ns, 300);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->max_ns, 7000);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->slot[gm_hist_slot(7000)], 3);
	assert_int_equal(w->m->total[GM_PHASE_HOST_FAULT]->count, 9);
	assert_int_equal(w->m->total[GM_PHASE_HOST_FAULT]->min_ns, 100);
	assert_int_equal(w->m->vms.nr, 1);

	/* limits are kept even for a record that did not pass gm_rec_check() */
	rec = make(w, GM_K_HIST);
	rec.as_HIST.phase = GM_PHASE_NR;
	rec.as_HIST.cells_nr = 1;
	put(w, &rec);
	rec.as_HIST.phase = GM_PHASE_MAP;
	rec.as_HIST.cells_nr = UINT32_MAX;
	rec.as_HIST.cells[0].slot = GM_HIST_SLOTS;
	rec.as_HIST.cells[0].count = 1;
	put(w, &rec);
	assert_int_equal(count_of(w->m->total[GM_PHASE_MAP]), 0);
}

static void test_call_phases(void **state)
{
	struct world *w = *state;
	union gm_any rec = make_ev(w, GM_K_RELEASE, 1, 1, 1);

	rec.ev.dur_ns = 92000;
	rec.ev.self_ns = 4000;
	put(w, &rec);
	assert_int_equal(gm_model_vm(w->m, 1)->phase[GM_PHASE_RELEASE]->sum_ns, 4000);
	assert_int_equal(w->m->total[GM_PHASE_RELEASE]->sum_ns, 4000);
	rec.ev.flags = GM_EV_NODUR;
	put(w, &rec);
	rec.ev.flags = GM_EV_BY_SCAN;
	put(w, &rec);
	rec.ev.flags = GM_EV_SYSCALL;
	put(w, &rec);
	assert_int_equal(w->m->total[GM_PHASE_RELEASE]->count, 1);
	assert_int_equal(w->m->counts.events[GM_K_RELEASE], 4);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	ev(w, GM_K_ZAP, 1, 0, 0); /* events of ended VMs count */
	ev(w, GM_K_ZAP, 0, 0, 0);
	ev(w, GM_K_MMAP, 1, 1, 1);
	assert_int_equal(gm_model_vm(w->m, 1)->phase[GM_PHASE_DESTROY]->count, 1);
	assert_int_equal(gm_model_vm(w->m, 1)->phase[GM_PHASE_ZAP]->count, 1);
	assert_int_equal(w->m->total[GM_PHASE_ZAP]->count, 2);
}

static void test_rates(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;
	struct gm_vm *a, *b;

	w->ns = 1000000000;
	vm_create(w, 1, 100);
	vm_create(w, 2, 100);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 2, 2);
	inode_state(w, 1, 100, 100, 0);
	hist(w, 1, GM_PHASE_GUEST_FAULT, 50, 1000);
	tick(w);
	a = gm_model_vm(w->m, 1);
	b = gm_model_vm(w->m, 2);
	mc = a->machine;
	assert_ptr_equal(mc, b->machine);
	assert_true(a->rates.alloc_pages == 0 && a->rates.faults == 0);
	assert_int_equal(mc->history_nr, 1);

	w->ns += 500000000;
	inode_state(w, 1, 200, 250, 50);
	inode_state(w, 2, 10, 10, 0);
	hist(w, 1, GM_PHASE_HOST_FAULT, 5, 1000);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	tick(w);
	assert_true(a->rates.alloc_pages == 300 && a->rates.free_pages == 100 && a->rates.faults == 10);
	assert_true(b->rates.alloc_pages == 20);
	assert_true(mc->rates.alloc_pages == 320 && mc->rates.faults == 10);
	assert_true(mc->history[(mc->history_nr - 1) % GM_HISTORY].alloc_pages == 320);
	assert_int_equal(w->m->ticks, 2);
	assert_int_equal(w->m->prev_tick_ns, 1000000000);

	tick(w); /* no time passed */
	assert_true(mc->rates.alloc_pages == 0);
	w->ns -= 1000;
	tick(w); /* the time went backwards */
	assert_true(mc->rates.alloc_pages == 0);
	for (int i = 0; i < GM_HISTORY; i++)
		tick(w);
	assert_int_equal(mc->history_nr, 4 + GM_HISTORY);
}

static void test_losses(void **state)
{
	struct world *w = *state;
	char name[32];

	loss(w, "ringbuf", 5);
	loss(w, "ids", 1);
	loss(w, "ringbuf", 9);
	loss(w, "ringbuf", 9);
	loss(w, "ringbuf", 2);
	assert_int_equal(w->m->losses.nr, 2);
	assert_int_equal(w->m->lost, 10);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "made\x1bup%d", i);
		loss(w, name, 1);
		probe(w, name, GM_PROBE_ATTACHED, 0, "");
	}
	assert_true(w->m->losses.nr <= 256);
	assert_true(w->m->probes.nr <= 256);
	assert_string_equal(((struct gm_loss *)w->m->losses.at[2])->what, "made\\x1bup0");
}

/* The sum is that of all kinds; an unknown kind, or an older count, changes nothing. */
static void test_losses_by_kind(void **state)
{
	struct world *w = *state;
	const struct gm_loss *l;

	loss(w, "ring_full", 7);
	loss_of(w, "ring_full", GM_K_PUNCH, 5);
	loss_of(w, "ring_full", GM_K_CONVERT, 2);
	loss_of(w, "ring_full", GM_K_PUNCH, 4);
	loss_of(w, "ring_full", GM_K_LOSS, 9);
	loss_of(w, "ring_full", GM_K_MAX, 9);
	loss_of(w, "ring_full", UINT32_MAX, 9);
	assert_int_equal(w->m->lost, 7);
	assert_int_equal(w->m->losses.nr, 1);
	l = w->m->losses.at[0];
	assert_int_equal(l->count, 7);
	assert_int_equal(l->kinds[GM_K_PUNCH - GM_K_EVENT_FIRST].count, 5);
	assert_int_equal(l->kinds[GM_K_CONVERT - GM_K_EVENT_FIRST].count, 2);
	assert_int_equal(l->kinds[GM_K_ZAP - GM_K_EVENT_FIRST].count, 0);
}

/* ---- pins, orphans ---- */

static void walk(struct world *w, const uint32_t *tgids, size_t nr)
{
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	for (size_t i = 0; i < nr; i++)
		pin(w, GM_PIN_FD, tgids[i], 7, 1, 0);
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
}

static void test_pins(void **state)
{
	struct world *w = *state;
	const struct gm_pin *p;
	struct gm_inode *in;

	file_state(w, 1, 1, 1);
	in = gm_model_inode(w->m, 1);
	walk(w, (const uint32_t[]){ 100, 200 }, 2);
	assert_int_equal(w->m->pins.nr, 2);
	assert_int_equal(in->pins.nr, 2);
	assert_string_equal(((struct gm_pin *)w->m->pins.at[0])->comm, "a\\x1bb");

	w->ns = 5000;
	scan(w, GM_SCAN_OBJECTS, GM_SCAN_BEGIN);
	scan(w, GM_SCAN_OBJECTS, GM_SCAN_END);
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	pin(w, GM_PIN_MAPPING, 300, -1, 0, 1);
	pin(w, GM_PIN_FD, 200, 7, 1, 0);
	pin(w, GM_PIN_FD, 200, 8, 1, 0);
	pin(w, GM_PIN_FD, 200, 9, 9, 9);
	assert_int_equal(w->m->pins.nr, 2); /* until the scan ends */
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(w->m->pins.nr, 4);
	assert_int_equal(in->pins.nr, 3);
	p = in->pins.at[0];
	assert_int_equal(p->tgid, 300);
	assert_int_equal(p->since_ns, 5000);
	p = in->pins.at[1];
	assert_int_equal(p->since_ns, 1000);
	p = in->pins.at[2];
	assert_int_equal(p->since_ns, 5000);
	assert_null(gm_model_inode(w->m, 9));

	/* an end without a begin, a begin without an end, a pin outside of a scan */
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(w->m->pins.nr, 4);
	pin(w, GM_PIN_FD, 400, 1, 1, 0);
	assert_int_equal(w->m->pins_new.nr, 0);
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	pin(w, GM_PIN_FD, 400, 1, 1, 0);
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(w->m->pins.nr, 0);
	assert_int_equal(in->pins.nr, 0);
	assert_int_equal(w->m->pins_new.nr, 0);
}

/* Applies the scan over the objects that follows a task scan. */
static void confirm(struct world *w)
{
	assert_int_equal(seen_again(w->m, w->ns), 0);
}

/* Memory is an orphan if a complete task scan that began after its last use, and an object scan after that, agree. */
static void test_orphans(void **state)
{
	struct world *w = *state;
	struct gm_inode *in;

	vm_create(w, 1, 100);
	file_state(w, 1, 1, 1);
	inode_state(w, 1, 5, 5, 0);
	in = gm_model_inode(w->m, 1);
	assert_false(gm_inode_is_orphan(w->m, in));
	w->ns = 2000;
	walk(w, (const uint32_t[]){ 100, 200 }, 2);
	assert_false(gm_inode_is_orphan(w->m, in));
	walk(w, (const uint32_t[]){ 200 }, 1);	    /* another process has the fd, the owner has exited */
	assert_false(gm_inode_is_orphan(w->m, in)); /* the memory may have been freed by now */
	confirm(w);
	assert_true(gm_inode_is_orphan(w->m, in));
	w->ns = 3000;
	vm_create(w, 2, 300); /* too young for the scan */
	file_state(w, 2, 1, 2);
	assert_false(gm_inode_is_orphan(w->m, in));
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	assert_false(gm_inode_is_orphan(w->m, in)); /* its file's end may be reported in a moment */
	confirm(w);
	assert_false(gm_inode_is_orphan(w->m, in));
	w->ns = 4000;
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN); /* an incomplete scan has no end */
	confirm(w);
	assert_false(gm_inode_is_orphan(w->m, in));
	walk(w, (const uint32_t[]){ 200 }, 1);
	confirm(w);
	assert_true(gm_inode_is_orphan(w->m, in));
	w->ns = 5000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	ev(w, GM_K_RELEASE, 2, 2, 1);
	assert_false(gm_inode_is_orphan(w->m, in)); /* the kernel may be freeing it */
	w->ns = 6000;
	walk(w, (const uint32_t[]){ 200 }, 1);
	confirm(w);
	assert_true(gm_inode_is_orphan(w->m, in)); /* the memory stays: something in the kernel pins it */
	inode_state(w, 1, 0, 5, 5);
	assert_false(gm_inode_is_orphan(w->m, in));

	/* an inode that was found by a descriptor, after its creator has exited */
	{
		union gm_any rec = make(w, GM_K_VM);

		rec.as_VM.vm = 7;
		rec.as_VM.flags = GM_OBJ_OLD;
		put(w, &rec);
	}
	file_state(w, 7, 7, 7);
	inode_state(w, 7, 5, 5, 0);
	assert_true(gm_inode_is_orphan(w->m, gm_model_inode(w->m, 7)));
}

static void test_mem(void **state)
{
	struct world *w = *state;
	union gm_any rec;
	struct gm_mem mem;

	vm_create(w, 1, 100);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 2, 1);
	file_state(w, 3, 2, 1); /* a second file of the inode */
	inode_state(w, 1, 5, 5, 0);
	inode_state(w, 2, 7, 7, 0);
	inode_state(w, 3, 11, 11, 0); /* nobody's */
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 12);
	assert_int_equal(mem.size_bytes, 2 << 20);
	assert_true(mem.nodes_known);
	gm_model_mem(w->m, &mem);
	assert_int_equal(mem.resident_pages, 23);
	rec = make(w, GM_K_INODE);
	rec.as_INODE.inode = 2;
	rec.as_INODE.resident_pages = 8;
	put(w, &rec);
	gm_machine_mem(gm_model_vm(w->m, 1)->machine, &mem);
	assert_int_equal(mem.resident_pages, 13);
	assert_false(mem.nodes_known);
	ev(w, GM_K_RELEASE, 1, 2, 2);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 13);
	ev(w, GM_K_RELEASE, 1, 3, 2);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 5);
	evict(w, 0, 3, 0, 0);
	gm_model_mem(w->m, &mem);
	assert_int_equal(mem.resident_pages, 13);
}

static void inode_nodes(struct world *w, uint32_t inode, uint32_t how, uint64_t error)
{
	union gm_any rec = make(w, GM_K_INODE);

	rec.as_INODE.inode = inode;
	rec.as_INODE.resident_pages = 100;
	rec.as_INODE.counted = 1;
	rec.as_INODE.nodes_known = how != GM_NODES_SAMPLE;
	rec.as_INODE.nodes_how = how;
	rec.as_INODE.nodes_error = error;
	rec.as_INODE.node_pages[0] = 40;
	rec.as_INODE.node_pages[1] = 60;
	put(w, &rec);
}

/* Errors of figures by node add up, and the weakest method is stated. */
static void test_mem_nodes(void **state)
{
	struct world *w = *state;
	struct gm_str out = { 0 };
	struct gm_mem mem;

	w->m->meta.page_size = 4096;
	vm_create(w, 1, 100);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 2, 1);
	inode_nodes(w, 1, GM_NODES_EXACT, 0);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_false(mem.nodes_known); /* the nodes of the other inode are unknown */
	inode_nodes(w, 2, GM_NODES_BOUND, 3);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_true(mem.nodes_known);
	assert_int_equal(mem.node_pages[0], 80);
	assert_int_equal(mem.nodes_error, 3);
	assert_int_equal(mem.nodes_how, GM_NODES_BOUND);
	inode_nodes(w, 1, GM_NODES_SAMPLE, 10);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_true(mem.nodes_known);
	assert_int_equal(mem.nodes_error, 13);
	assert_int_equal(mem.nodes_how, GM_NODES_SAMPLE);
	gm_json_inodes(&out, w->m, NULL);
	assert_non_null(strstr(out.s, "\"nodes_error_bytes\":40960,\"nodes_how\":\"sample\""));
	assert_non_null(strstr(out.s, "\"nodes_error_bytes\":12288,\"nodes_how\":\"bound\""));
	gm_str_release(&out);
}

static void test_matches(void **state)
{
	struct world *w = *state;
	const struct gm_vm *vm;

	proc(w, 100, 5, "web");
	vm_create(w, 12, 100);
	vm = gm_model_vm(w->m, 12);
	assert_true(gm_vm_matches(vm, NULL));
	assert_true(gm_vm_matches(vm, ""));
	assert_true(gm_vm_matches(NULL, ""));
	assert_false(gm_vm_matches(NULL, "web"));
	assert_true(gm_vm_matches(vm, "12"));
	assert_true(gm_vm_matches(vm, "100"));
	assert_true(gm_vm_matches(vm, "web"));
	assert_true(gm_vm_matches(vm, "name:web"));
	assert_false(gm_vm_matches(vm, "we"));
	assert_false(gm_vm_matches(vm, "1"));
	assert_false(gm_vm_matches(vm, "0"));
}

/* ---- unavailable figures ---- */

#define BIT(p) (1u << GM_PHASE_##p)

static const char *partial(const struct gm_model *m, unsigned int phase)
{
	struct gm_sight s = gm_model_sight(m, phase);

	return s.seen == GM_SEEN_PART ? s.why : NULL;
}

static void test_na(void **state)
{
	struct world *w = *state;
	union gm_any meta = make(w, GM_K_META);

	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_ALLOC), "not recorded");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_REBIND), "not recorded");
	assert_non_null(gm_phase_unavailable(w->m, GM_PHASE_NR));
	probe(w, "guest_fault", GM_PROBE_ATTACHED, BIT(ALLOC) | BIT(ZERO), "");
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_ALLOC));
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_MAP), "no probe for it in this mode");
	probe(w, "prepare", GM_PROBE_ABSENT, BIT(PREPARE), "no such function");
	probe(w, "prepare2", GM_PROBE_REFUSED, BIT(PREPARE), "function probes refused by this kernel (EINVAL)");
	probe(w, "prepare3", GM_PROBE_REFUSED, BIT(PREPARE), "other");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_PREPARE),
			    "function probes refused by this kernel (EINVAL)");
	probe(w, "map", GM_PROBE_REFUSED, BIT(MAP), "");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_MAP),
			    "map probe refused by this kernel (Invalid argument)");
	probe(w, "map", GM_PROBE_ABSENT, BIT(MAP), "");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_MAP), "this kernel has no hook for the map probe");
	probe(w, "map", GM_PROBE_OFF, BIT(MAP), "");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_MAP), "not asked for");
	probe(w, "prepare4", GM_PROBE_ATTACHED, BIT(PREPARE), "");
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_PREPARE));

	meta.as_META.emulated = GM_YES;
	put(w, &meta);
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_ALLOC),
			    "this KVM emulates guest code, whose page accesses are host faults");
	assert_non_null(gm_phase_unavailable(w->m, GM_PHASE_GUEST_FAULT));
	/* Allocations without a guest fault are seen all the same, and then the phase is partial. */
	assert_null(partial(w->m, GM_PHASE_ALLOC));
	probe(w, "fallocate", GM_PROBE_ATTACHED, BIT(ALLOC) | BIT(FALLOCATE), "");
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_ALLOC));
	assert_string_equal(partial(w->m, GM_PHASE_ALLOC),
			    "without guest_fault: this KVM emulates guest code, whose page accesses are host faults");
	assert_null(partial(w->m, GM_PHASE_FALLOCATE));
	probe(w, "host", GM_PROBE_ATTACHED, BIT(HOST_FAULT), "");
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_HOST_FAULT));
	meta.as_META.emulated = GM_NO;
	put(w, &meta);
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_ALLOC));
	assert_null(partial(w->m, GM_PHASE_ALLOC));
}

/* A phase with several probes, one of which is missing. */
static void test_partial(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_PROBE);

	probe(w, "guest_fault", GM_PROBE_ATTACHED, BIT(ALLOC) | BIT(ZERO), "");
	assert_null(partial(w->m, GM_PHASE_ZERO));
	probe(w, "host_fault", GM_PROBE_REFUSED, BIT(ALLOC) | BIT(ZERO), "no fentry");
	assert_string_equal(partial(w->m, GM_PHASE_ZERO), "without host_fault: no fentry");
	probe(w, "host_fault", GM_PROBE_ABSENT, BIT(ALLOC) | BIT(ZERO), "no such function");
	assert_null(partial(w->m, GM_PHASE_ZERO)); /* a kernel without the function has no host faults */
	memcpy(rec.as_PROBE.probe, "get_folio", 10);
	memcpy(rec.as_PROBE.why, "no kprobe twin", 15);
	rec.as_PROBE.cls = GM_EXTRA;
	rec.as_PROBE.state = GM_PROBE_ABSENT;
	rec.as_PROBE.phases = BIT(ZERO);
	put(w, &rec);
	assert_string_equal(partial(w->m, GM_PHASE_ZERO), "without get_folio: no kprobe twin");
	assert_null(partial(w->m, GM_PHASE_ALLOC));
	assert_null(partial(w->m, GM_PHASE_NR));
}

/* Ends that a scan finds begin no interval: the probe's row has no rebind then. */
static void test_partial_rebind(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_PROBE);

	probe(w, "bind", GM_PROBE_ATTACHED, BIT(REBIND), "");
	probe(w, "unbind", GM_PROBE_ATTACHED, BIT(UNBIND) | BIT(REBIND), "");
	probe(w, "release", GM_PROBE_ATTACHED, BIT(RELEASE) | BIT(REBIND), "");
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_REBIND));
	assert_null(partial(w->m, GM_PHASE_REBIND));
	memcpy(rec.as_PROBE.probe, "release", 8);
	memcpy(rec.as_PROBE.why, "no fentry", 10);
	rec.as_PROBE.state = GM_PROBE_ATTACHED;
	rec.as_PROBE.missing = BIT(RELEASE) | BIT(REBIND);
	put(w, &rec);
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_REBIND));
	assert_string_equal(partial(w->m, GM_PHASE_REBIND), "without release: no fentry");
	probe(w, "bind", GM_PROBE_ABSENT, BIT(REBIND), "no bind");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_REBIND), "no bind");
	assert_null(partial(w->m, GM_PHASE_REBIND));
}

static void assert_faults(const struct world *w, unsigned int seen, const char *why)
{
	struct gm_sight s = gm_vm_faults_sight(w->m, gm_model_vm(w->m, 1));

	assert_int_equal(s.seen, seen);
	if (why)
		assert_string_equal(s.why, why);
	else
		assert_null(s.why);
}

/* A VM's faults are known if both kinds are seen, partial if one is, and n/a if none is. */
static void test_faults_sight(void **state)
{
	struct world *w = *state;
	union gm_any meta = make(w, GM_K_META);

	vm_create(w, 1, 100);
	assert_faults(w, GM_SEEN_ALL, NULL); /* no probe is reported */
	probe(w, "guest_fault", GM_PROBE_ATTACHED, BIT(GUEST_FAULT), "");
	probe(w, "host_fault", GM_PROBE_ATTACHED, BIT(HOST_FAULT), "");
	assert_faults(w, GM_SEEN_ALL, NULL);
	probe(w, "host_fault", GM_PROBE_REFUSED, BIT(HOST_FAULT), "no fentry");
	assert_faults(w, GM_SEEN_PART, "without host_fault: no fentry");
	probe(w, "host_fault", GM_PROBE_ABSENT, BIT(HOST_FAULT), "no such function");
	assert_faults(w, GM_SEEN_ALL, NULL); /* guest memory cannot be mapped here */
	probe(w, "guest_fault", GM_PROBE_REFUSED, BIT(GUEST_FAULT), "no tracepoint");
	assert_faults(w, GM_SEEN_NONE, "no tracepoint");
	probe(w, "host_fault", GM_PROBE_ATTACHED, BIT(HOST_FAULT), "");
	assert_faults(w, GM_SEEN_PART, "without guest_fault: no tracepoint");
	meta.as_META.emulated = GM_YES;
	put(w, &meta);
	assert_faults(w, GM_SEEN_ALL, NULL); /* the guest's touches are host faults */
	probe(w, "host_fault", GM_PROBE_REFUSED, BIT(HOST_FAULT), "no fentry");
	assert_faults(w, GM_SEEN_NONE, "no fentry");
	hist(w, 1, GM_PHASE_GUEST_FAULT, 2, 1000);
	assert_faults(w, GM_SEEN_PART, "no fentry"); /* faults were counted, so the kind was seen */
}

/* Parts add up by VM, machine and host; unknown parts of a newer version count as the rest. */
static void test_split(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_SPLIT);
	struct gm_split sum;

	rec.as_SPLIT.vm = 1;
	rec.as_SPLIT.phase = GM_PHASE_PREFAULT;
	rec.as_SPLIT.part_ns[GM_PART_ZERO] = 30;
	rec.as_SPLIT.part_ns[GM_PART_OTHER] = 5;
	rec.as_SPLIT.part_ns[GM_PART_NR] = 2;
	put(w, &rec);
	put(w, &rec);
	rec.as_SPLIT.vm = 0;
	put(w, &rec);
	gm_machine_split(gm_model_vm(w->m, 1)->machine, &sum);
	assert_int_equal(sum.part_ns[GM_FAULT_KIND_OF(GM_PHASE_PREFAULT)][GM_PART_ZERO], 60);
	assert_int_equal(sum.part_ns[GM_FAULT_KIND_OF(GM_PHASE_PREFAULT)][GM_PART_OTHER], 14);
	assert_int_equal(w->m->split.part_ns[GM_FAULT_KIND_OF(GM_PHASE_PREFAULT)][GM_PART_ZERO], 90);
	assert_int_equal(w->m->split.part_ns[GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)][GM_PART_ZERO], 0);
}

static void test_ops(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_OPS);

	rec.as_OPS.phase = GM_PHASE_BIND;
	rec.as_OPS.seen = 10;
	rec.as_OPS.done = 4;
	rec.as_OPS.failed = 3;
	rec.as_OPS.unfinished = 1;
	put(w, &rec);
	assert_false(gm_model_has_ops(w->m, GM_PHASE_BIND)); /* no probe observes the phase */
	probe(w, "bind", GM_PROBE_ATTACHED, BIT(BIND), "");
	assert_true(gm_model_has_ops(w->m, GM_PHASE_BIND));
	assert_false(gm_model_has_ops(w->m, GM_PHASE_NR));
	assert_int_equal(gm_ops_under_way(&w->m->ops[GM_PHASE_BIND]), 2);
	rec.as_OPS.lost = 9; /* untrusted input: more ends than begins */
	put(w, &rec);
	assert_int_equal(gm_ops_under_way(&w->m->ops[GM_PHASE_BIND]), 0);
}

static void test_withheld(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_LOSS);

	memcpy(rec.as_LOSS.what, "slow_limit", 11);
	rec.as_LOSS.count = 7;
	rec.as_LOSS.flags = GM_LOSS_WITHHELD;
	put(w, &rec);
	assert_int_equal(w->m->lost, 0);
	assert_int_equal(((struct gm_loss *)w->m->losses.at[0])->count, 7);
	assert_true(((struct gm_loss *)w->m->losses.at[0])->withheld);
}

/* A phase with a weaker hook is partial, with the reason why the better hook is missing. */
static void test_na_missing(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_PROBE);

	memcpy(rec.as_PROBE.probe, "release", 8);
	memcpy(rec.as_PROBE.why, "no fexit", 9);
	rec.as_PROBE.state = GM_PROBE_ATTACHED;
	rec.as_PROBE.phases = BIT(RELEASE);
	rec.as_PROBE.missing = BIT(ZAP);
	put(w, &rec);
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_RELEASE));
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_ZAP), "no fexit");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_MAP), "no probe for it in this mode");
}

static void test_uncounted(void **state)
{
	struct world *w = *state;

	assert_string_equal(gm_model_uncounted(w->m), "not recorded");
	probe(w, "page_add", GM_PROBE_ATTACHED, 0, "");
	assert_null(gm_model_uncounted(w->m));
	probe(w, "page_delete", GM_PROBE_REFUSED, 0, "");
	assert_string_equal(gm_model_uncounted(w->m), "refused");
	probe(w, "page_delete", GM_PROBE_ABSENT, 0, "no tracepoint");
	assert_string_equal(gm_model_uncounted(w->m), "no tracepoint");
	probe(w, "page_delete", GM_PROBE_ATTACHED, 0, "");
	assert_null(gm_model_uncounted(w->m));
}

/* An inode that lives between two samples and has no page: 0 if pages are counted, otherwise unknown. */
static void test_counted_zero(void **state)
{
	struct world *w = *state;

	file_state(w, 1, 1, 1);
	evict(w, 0, 1, 0, 0);
	assert_false(gm_model_inode(w->m, 1)->counted);
	probe(w, "page_add", GM_PROBE_ATTACHED, 0, "");
	probe(w, "page_delete", GM_PROBE_ATTACHED, 0, "");
	file_state(w, 2, 2, 1);
	evict(w, 0, 2, 0, 0);
	assert_true(gm_model_inode(w->m, 2)->counted);
}

static void test_na_rebind(void **state)
{
	struct world *w = *state;

	probe(w, "bind", GM_PROBE_REFUSED, BIT(BIND), "no bind");
	probe(w, "unbind", GM_PROBE_ABSENT, BIT(UNBIND), "no unbind");
	probe(w, "release", GM_PROBE_ABSENT, BIT(RELEASE), "no release\x1b");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_RELEASE), "no release\\x1b");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_REBIND), "no bind");
	probe(w, "bind", GM_PROBE_ATTACHED, BIT(BIND), "");
	assert_string_equal(gm_phase_unavailable(w->m, GM_PHASE_REBIND), "no unbind");
	probe(w, "release", GM_PROBE_ATTACHED, BIT(RELEASE), "");
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_REBIND));
	probe(w, "release", GM_PROBE_REFUSED, BIT(RELEASE), "");
	probe(w, "unbind", GM_PROBE_ATTACHED, BIT(UNBIND), "");
	assert_null(gm_phase_unavailable(w->m, GM_PHASE_REBIND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_deltas),       MODEL_TEST(test_hist_gains),
		MODEL_TEST(test_call_phases),  MODEL_TEST(test_rates),
		MODEL_TEST(test_losses),       MODEL_TEST(test_losses_by_kind),
		MODEL_TEST(test_pins),	       MODEL_TEST(test_orphans),
		MODEL_TEST(test_mem),	       MODEL_TEST(test_mem_nodes),
		MODEL_TEST(test_matches),      MODEL_TEST(test_na),
		MODEL_TEST(test_partial),      MODEL_TEST(test_partial_rebind),
		MODEL_TEST(test_faults_sight), MODEL_TEST(test_split),
		MODEL_TEST(test_ops),	       MODEL_TEST(test_withheld),
		MODEL_TEST(test_na_missing),   MODEL_TEST(test_uncounted),
		MODEL_TEST(test_counted_zero), MODEL_TEST(test_na_rebind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
