// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table of scenarios, and the rows that are not about reboots.  A row that
 * this kernel allows only in part reports the rest by gg_truth_skip().
 */
#include <errno.h>
#include <string.h>

#include "kvm_abi.h"
#include "scenario.h"
#include "truth.h"
#include "util.h"

static uint64_t npages(const struct gg_run *r)
{
	return r->w->conf.npages;
}

/* ---- steps that rows share ---- */

void gg_run_close(struct gg_run *r)
{
	gg_vm_close(r->vm, r->w->conf.order);
	r->vm = NULL;
	r->filled = false;
}

int gg_run_renew(struct gg_run *r, uint32_t type)
{
	gg_run_close(r);
	return gg_vm_open(&r->vm, r->w, r->machine, type, NULL);
}

int gg_run_vm(struct gg_run *r, uint32_t type)
{
	if (r->vm && r->vm->type == type && r->vm->gmem_fd >= 0)
		return 0;
	return gg_run_renew(r, type);
}

int gg_run_allocate(struct gg_run *r, uint64_t first, uint64_t n)
{
	if (r->vm->bound)
		return gg_vm_touch(r->vm, first, n);
	gg_truth_skip(r->w, "guest touch",
		      "default VMs cannot bind guest_memfd on this kernel; pages come by fallocate instead");
	return gg_vm_fallocate(r->vm, first, n);
}

int gg_run_rebind(struct gg_run *r)
{
	int err = gg_vm_unbind(r->vm);

	return err ? err : gg_vm_bind(r->vm);
}

/* ---- rows ---- */

static int run_guest(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	if (err)
		return err;
	r->filled = false;
	return gg_run_fill(r);
}

static int run_host(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	if (err)
		return err;
	err = gg_vm_touch_host(r->vm, GG_FIRST, npages(r));
	r->filled = !err;
	return err;
}

static int fallocate_then_fill(struct gg_run *r, bool after_hold)
{
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_vm_fallocate(r->vm, GG_FIRST, npages(r));
	if (err)
		return err;
	if (after_hold) {
		gg_machine_set(r->w, r->machine, GG_M_PAUSED);
		gg_world_wait_phase(r->w, GG_PHASE_AFTER_HOLD);
		gg_machine_set(r->w, r->machine, GG_M_RUN);
	}
	if (!r->vm->bound) {
		gg_truth_skip(r->w, "fallocate: guest fault afterwards",
			      "default VMs cannot bind guest_memfd on this kernel");
		r->filled = true;
		return 0;
	}
	r->filled = false;
	return gg_run_fill(r);
}

static int run_fallocate(struct gg_run *r)
{
	return fallocate_then_fill(r, false);
}

static int run_fallocate_hold(struct gg_run *r)
{
	return fallocate_then_fill(r, true);
}

/* Punches the middle third. */
static int punch_third(struct gg_run *r)
{
	uint64_t third = npages(r) / 3;
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	if (!err)
		err = gg_vm_punch(r->vm, GG_FIRST + third, third);
	r->filled = false;
	return err;
}

static int run_punch(struct gg_run *r)
{
	uint64_t third = npages(r) / 3;
	int err = punch_third(r);

	if (!err)
		err = gg_run_allocate(r, GG_FIRST + third, third);
	r->filled = !err;
	return err;
}

static int run_rebind(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	if (!err)
		err = gg_run_rebind(r);
	return err ? err : gg_vm_check(r->vm, GG_FIRST, npages(r));
}

/* Binds the memory by a second slot; the guest writes to it twice, as the SPTEs of the first time must still work. */
static int run_second(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	if (!err)
		err = gg_vm_unbind(r->vm);
	if (!err) {
		r->vm->slot = 2;
		err = gg_vm_bind(r->vm);
	}
	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, npages(r));
	return err ? err : gg_vm_touch(r->vm, GG_FIRST, npages(r));
}

/* Punches unbound memory, for which there are no SPTEs to zap. */
static int run_punch_unbound(struct gg_run *r)
{
	uint64_t third = npages(r) / 3;
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	if (!err)
		err = gg_vm_unbind(r->vm);
	if (!err)
		err = gg_vm_punch(r->vm, GG_FIRST + third, third);
	r->filled = false;
	if (!err)
		err = gg_vm_bind(r->vm);
	return err ? err : gg_run_fill(r);
}

static int run_bind_refused(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	return err ? err : gg_vm_bind_refused(r->vm);
}

/* Closes the file's descriptor: the mapping alone pins the file, and the guest runs as before. */
static int run_mmap(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	if (err)
		return err;
	gg_vm_close_gmem_fd(r->vm);
	if (!r->vm->bound)
		return gg_vm_touch_host(r->vm, GG_FIRST, npages(r));
	return gg_vm_check(r->vm, GG_FIRST, npages(r));
}

static int run_prefault(struct gg_run *r)
{
	int err = gg_run_renew(r, 0);

	if (!err)
		err = gg_vm_prefault(r->vm, GG_FIRST, npages(r));
	return err ? err : gg_run_fill(r);
}

static int private_fill(struct gg_run *r)
{
	int err = gg_vm_convert(r->vm, GG_FIRST, npages(r), true);

	if (err)
		return err;
	if (r->w->caps.pre_fault)
		err = gg_vm_prefault(r->vm, GG_FIRST, npages(r) / 3);
	else
		gg_truth_skip(r->w, "private: pre-fault", "KVM_CAP_PRE_FAULT_MEMORY is missing");
	return err ? err : gg_vm_touch(r->vm, GG_FIRST, npages(r));
}

/*
 * Converts the middle third to shared and back.  KVM leaves the pages of a
 * converted range in the file; the scenario punches them, as real VMMs do.
 */
static int private_convert(struct gg_run *r)
{
	uint64_t third = npages(r) / 3, first = GG_FIRST + third;
	int err = gg_vm_convert(r->vm, first, third, false);

	if (!err)
		err = gg_vm_punch(r->vm, first, third);
	if (!err)
		err = gg_vm_touch_anon(r->vm, first, third);
	if (!err)
		err = gg_vm_convert(r->vm, first, third, true);
	return err ? err : gg_vm_touch(r->vm, first, third);
}

static int run_private(struct gg_run *r)
{
	int err = gg_run_renew(r, KVM_X86_SW_PROTECTED_VM);

	if (!err)
		err = private_fill(r);
	if (!err)
		err = private_convert(r);
	return err ? err : gg_vm_check(r->vm, GG_FIRST, npages(r));
}

static const uint8_t permutations[][GG_NPARTS] = {
	{ GG_PART_GMEM, GG_PART_VCPU, GG_PART_VM },
	{ GG_PART_GMEM, GG_PART_VM, GG_PART_VCPU },
	{ GG_PART_VCPU, GG_PART_GMEM, GG_PART_VM },
	{ GG_PART_VCPU, GG_PART_VM, GG_PART_GMEM },
	{ GG_PART_VM, GG_PART_GMEM, GG_PART_VCPU },
	{ GG_PART_VM, GG_PART_VCPU, GG_PART_GMEM },
};

static int run_close_orders(struct gg_run *r)
{
	unsigned int i;
	int err;

	for (i = 0; i < sizeof(permutations) / sizeof(*permutations); i++) {
		err = gg_run_vm(r, 0);
		if (!err)
			err = gg_run_fill(r);
		if (err)
			return err;
		gg_vm_close(r->vm, permutations[i]);
		r->vm = NULL;
		r->filled = false;
	}
	return 0;
}

static int run_link_private(struct gg_run *r)
{
	int err = gg_run_renew(r, KVM_X86_SW_PROTECTED_VM);

	if (!err)
		err = private_fill(r);
	return err ? err : gg_reboots_of_this(r, gg_reboot_link);
}

/* Reboots by exiting the process; only the machine's count of reboots is kept. */
static int run_process(struct gg_run *r)
{
	struct gg_machine *m = &r->w->machines[r->machine];
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	if (err)
		return err;
	if (m->repeat)
		gg_truth_note(r->w, m->mark_ns, GG_OP_reboot, r->vm->id, npages(r));
	if (m->repeat == r->w->conf.reboots)
		return GG_STEP_NEXT;
	m->repeat++;
	return GG_STEP_EXIT_AGAIN;
}

static int run_leave(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	if (!err)
		err = gg_holder_give(r);
	return err ? err : GG_STEP_EXIT;
}

static int run_kill(struct gg_run *r)
{
	int err = gg_run_renew(r, 0);

	if (!err)
		err = gg_run_allocate(r, GG_FIRST, npages(r) / 2);
	return err ? err : GG_STEP_KILL;
}

const struct gg_scenario gg_scenarios[] = {
	{ "guest", "the guest touches the pages", run_guest, 0 },
	{ "host", "the host touches the pages through a mapping of the gmem",
	  run_host, GG_NEED_MMAP },
	{ "fallocate", "fallocate the pages, then the guest touches them",
	  run_fallocate, 0 },
	{ "fallocate-hold", "the same, the guest touches after the hold",
	  run_fallocate_hold, 0 },
	{ "prefault", "KVM_PRE_FAULT_MEMORY in a new VM, then the guest touches",
	  run_prefault, GG_NEED_BIND | GG_NEED_PREFAULT },
	{ "punch", "punch out the middle third, then touch it again",
	  run_punch, 0 },
	{ "punch-leave", "punch out the middle third and leave it so",
	  punch_third, 0 },
	{ "punch-calls", "punch by fallocate, ioctl, madvise, process_madvise, a part each; touch it again",
	  gg_punch_calls, 0 },
	{ "punch-uring", "the same by io_uring: fallocate and madvise",
	  gg_punch_uring, 0 },
	{ "rebind", "delete the memslot, make it again, the guest checks contents",
	  run_rebind, GG_NEED_BIND },
	{ "second", "delete and make the memslot, the guest writes to all again",
	  run_second, GG_NEED_BIND },
	{ "punch-unbound", "punch out the middle third while no slot has it",
	  run_punch_unbound, GG_NEED_BIND },
	{ "bind-refused", "binds that KVM must refuse: twice, beyond, no gmem, misaligned",
	  run_bind_refused, GG_NEED_BIND },
	{ "mmap", "close the gmem descriptor, the mapping keeps the file",
	  run_mmap, GG_NEED_MMAP },
	{ "close-orders", "a VM for each of the six orders of gmem, vcpu, vm",
	  run_close_orders, 0 },
	{ "reboot-recreate", "close everything, then a new VM with a new gmem",
	  gg_run_recreate, 0 },
	{ "reboot-overlap", "the new VM is up before the old one is closed",
	  gg_run_overlap, 0 },
	{ "reboot-undone", "the same; the new VM gets the state of a guest under way first, then fresh state",
	  gg_run_undone, GG_NEED_BIND },
	{ "reboot-inplace", "same VM: slot deleted, memory punched, slot made again, vCPUs reset",
	  gg_run_inplace, 0 },
	{ "reboot-process", "the process exits, a new one starts by the same name",
	  run_process, 0 },
	{ "reboot-reset", "same VM: vCPUs reset, the memory stays",
	  gg_run_reset, GG_NEED_BIND },
	{ "reboot-firmware", "same VM, as QEMU and firmware do it: slot made anew, vCPUs reset, slot made anew twice",
	  gg_run_firmware, GG_NEED_BIND },
	{ "no-reboot", "slot made anew, registers written back, a snapshot loaded, another vCPU started, a new one "
	  "plugged in",
	  gg_run_no_reboot, GG_NEED_BIND },
	{ "handover", "the guest goes on in a new VM with its memory (experimental kernel)",
	  gg_run_handover, GG_NEED_BIND | GG_NEED_LINK },
	{ "handover-process", "a second process takes the guest over: its memory by link, or copied, then its state",
	  gg_handover_process, GG_NEED_BIND },
	{ "handover-hold", "the same, once; both VMs are there at the hold",
	  gg_handover_hold, GG_NEED_BIND },
	{ "plain", "a VM without gmem, the guest touches its ordinary memory",
	  gg_plain, 0 },
	{ "private", "private VM: convert, pre-fault, touch, convert both ways",
	  run_private, GG_NEED_PRIVATE },
	{ "halves", "private VM: memory held twice, left behind by conversions, every other page shared",
	  gg_halves, GG_NEED_PRIVATE },
	{ "link", "a new VM takes over the old one's inode (experimental kernel)",
	  gg_run_link, GG_NEED_BIND | GG_NEED_LINK },
	{ "link-private", "the same between two private VMs",
	  run_link_private, GG_NEED_PRIVATE | GG_NEED_LINK },
	{ "leave", "another process gets the gmem descriptor, the VM's one exits",
	  run_leave, 0 },
	{ "kill", "a new VM's process is killed by SIGKILL halfway",
	  run_kill, 0 },
	{ "kill-busy", "... while its guest touches pages",
	  gg_kill_busy, GG_NEED_BIND },
	{ "race", "all vCPUs touch the same page at the same time",
	  gg_race, GG_NEED_BIND | GG_NEED_VCPUS },
	{ "migrate", "vCPU threads are moved between CPUs while they touch",
	  gg_migrate, GG_NEED_BIND },
	{ "invalidate", "pages are punched while the guest touches them",
	  gg_invalidate, GG_NEED_BIND },
	{ "fail-closed", "the gmem is closed under the guest: EFAULT",
	  gg_fail_closed, GG_NEED_BIND },
	{ "fail-enomem", "a memory cgroup has no more pages: ENOMEM",
	  gg_fail_enomem, GG_NEED_BIND },
	{ "fail-hwpoison", "a page is poisoned (needs --allow-hwpoison): EHWPOISON",
	  gg_fail_hwpoison, GG_NEED_BIND | GG_NEED_POISON },
	{ "flood", "three threads fallocate and punch a page each while --reboots VMs come and go (not in \"all\")",
	  gg_flood, GG_NEED_NAMING },
	{ "flood-convert", "the same, pages of a private VM converted both ways (not in \"all\")",
	  gg_flood_convert, GG_NEED_PRIVATE | GG_NEED_NAMING },
	{ "flood-files", "the same, guest_memfds created and closed (not in \"all\")",
	  gg_flood_files, GG_NEED_NAMING },
	{ "each-fallocate", "fallocate each page by a call of its own (not in \"all\")",
	  gg_each_fallocate, GG_NEED_NAMING },
	{ "each-punch", "the same, pages that are not there punched (not in \"all\")",
	  gg_each_punch, GG_NEED_NAMING },
	{ "each-both", "the same, each page allocated and punched (not in \"all\")",
	  gg_each_both, GG_NEED_NAMING },
	{ "each-convert", "the same, pages of a private VM converted (not in \"all\")",
	  gg_each_convert, GG_NEED_PRIVATE | GG_NEED_NAMING },
	{ "pin-fd", "all is closed but the gmem descriptor that another process got",
	  gg_pin_fd, 0 },
	{ "pin-mmap", "all is closed but the mapping of the gmem",
	  gg_pin_mmap, GG_NEED_MMAP },
	{ "pin-view", "all is closed but a second VM's view of the gmem (experimental kernel)",
	  gg_pin_view, GG_NEED_BIND | GG_NEED_LINK },
	{ "pin-vm", "all is closed but the VM's descriptor",
	  gg_pin_vm, 0 },
	{ "pin-vcpu", "all is closed but the vCPUs' descriptors",
	  gg_pin_vcpu, 0 },
	{ "pin-vcpu-mmap", "all is closed but the vCPUs' mappings",
	  gg_pin_vcpu_mmap, 0 },
	{ "pin-stats", "all is closed but a descriptor of the VM's statistics",
	  gg_pin_stats, 0 },
	{ "pin-vcpu-stats", "all is closed but a descriptor of a vCPU's statistics",
	  gg_pin_vcpu_stats, 0 },
	{ "pin-device", "all is closed but a device's descriptor",
	  gg_pin_device, 0 },
	{ "pin-flight", "all is closed but a gmem descriptor in a socket's queue",
	  gg_pin_flight, 0 },
};

const unsigned int gg_nscenarios =
	sizeof(gg_scenarios) / sizeof(*gg_scenarios);

const char *gg_scenario_missing(const struct gg_scenario *s, const struct gg_caps *c)
{
	if ((s->needs & GG_NEED_POISON) && !c->poison)
		return "poisoning pages of this machine is not allowed (--allow-hwpoison)";
	if ((s->needs & GG_NEED_VCPUS) && !c->vcpus)
		return "it takes two vCPUs (--vcpus 2)";
	if (!c->gmem)
		return "this KVM has no guest_memfd";
	if ((s->needs & GG_NEED_PRIVATE) && !c->private_vm)
		return "this kernel has no software-protected VMs";
	if ((s->needs & GG_NEED_LINK) && !c->link)
		return "this kernel cannot link a gmem inode to a second VM";
	if ((s->needs & GG_NEED_MMAP) && !c->mmap)
		return "gmem cannot be mapped on this kernel";
	if ((s->needs & GG_NEED_BIND) && !(c->default_vm_bind && c->mmap))
		return "default VMs cannot bind guest_memfd on this kernel";
	if ((s->needs & GG_NEED_PREFAULT) && !c->pre_fault)
		return "KVM_CAP_PRE_FAULT_MEMORY is missing";
	return NULL;
}

int gg_scenario_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < gg_nscenarios; i++)
		if (!strcmp(gg_scenarios[i].name, name))
			return (int)i;
	return -ENOENT;
}
