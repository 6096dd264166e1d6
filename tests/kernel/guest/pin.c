// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pins: each scenario closes everything of a populated VM but one object, which
 * pins the memory, or the VM, or both, until the next step or the teardown.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kvm_abi.h"
#include "scenario.h"
#include "truth.h"
#include "util.h"

enum { KEEP_NONE = GG_NPARTS };

static int populated(struct gg_run *r)
{
	int err = gg_run_vm(r, 0);

	return err ? err : gg_run_fill(r);
}

/* Closes all open parts of the VM but @part. */
static int close_but(struct gg_run *r, int part)
{
	int i;

	for (i = 0; i < GG_NPARTS; i++)
		if (i != part)
			gg_vm_close_part(r->vm, (enum gg_part)i);
	r->filled = false;
	return 0;
}

int gg_pin_fd(struct gg_run *r)
{
	int err = populated(r);

	if (!err)
		err = gg_holder_give(r);
	return err ? err : close_but(r, KEEP_NONE);
}

int gg_pin_mmap(struct gg_run *r)
{
	int err = populated(r);

	if (err)
		return err;
	gg_vm_close_gmem_fd(r->vm);
	return close_but(r, GG_PART_GMEM);
}

/* Closes the old VM, and all of the linked new one but its gmem file. */
int gg_pin_view(struct gg_run *r)
{
	struct gg_vm *next = NULL;
	int err = populated(r);

	if (!err)
		err = gg_vm_open(&next, r->w, r->machine, 0, r->vm);
	if (err)
		return err;
	gg_run_close(r);
	r->vm = next;
	gg_vm_unmap(r->vm);
	return close_but(r, GG_PART_GMEM);
}

int gg_pin_vm(struct gg_run *r)
{
	int err = populated(r);

	return err ? err : close_but(r, GG_PART_VM);
}

int gg_pin_vcpu(struct gg_run *r)
{
	int err = populated(r);

	if (err)
		return err;
	gg_vcpus_drop(r->vm, GG_PIN_vcpu_mapping);
	return close_but(r, GG_PART_VCPU);
}

int gg_pin_vcpu_mmap(struct gg_run *r)
{
	int err = populated(r);

	if (err)
		return err;
	gg_vcpus_drop(r->vm, GG_PIN_vcpu_fd);
	return close_but(r, GG_PART_VCPU);
}

static int extra(struct gg_run *r, enum gg_pin_what what, int fd)
{
	if (fd < 0)
		return gg_err(-errno, NULL, "open another descriptor: vm %u", r->vm->id);
	r->vm->extra_fd = fd;
	r->vm->extra_what = what;
	gg_truth_extra(r->w, r->vm->id, what, fd);
	return close_but(r, KEEP_NONE);
}

int gg_pin_stats(struct gg_run *r)
{
	int err = populated(r);

	return err ? err : extra(r, GG_PIN_stats_fd, ioctl(r->vm->vm_fd, KVM_GET_STATS_FD, NULL));
}

int gg_pin_vcpu_stats(struct gg_run *r)
{
	int err = populated(r);

	return err ? err : extra(r, GG_PIN_stats_fd, ioctl(r->vm->vcpus[0].fd, KVM_GET_STATS_FD, NULL));
}

/* Pins the VM by a device, of the one kind that every architecture and host has. */
int gg_pin_device(struct gg_run *r)
{
	struct kvm_create_device d = { .type = KVM_DEV_TYPE_VFIO };
	int err = populated(r);

	if (err)
		return err;
	if (ioctl(r->vm->vm_fd, KVM_CREATE_DEVICE, &d)) {
		if (errno != ENODEV)
			return gg_err(-errno, NULL, "create device: vm %u", r->vm->id);
		gg_truth_skip(r->w, "pin-device", "this KVM has no VFIO device");
		return 0;
	}
	return extra(r, GG_PIN_device_fd, (int)d.fd);
}

/* Pins the memory by a descriptor in a socket's queue, which no process has. */
int gg_pin_flight(struct gg_run *r)
{
	int err = populated(r);

	if (err)
		return err;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, r->vm->flight))
		return gg_err(-errno, NULL, "create socket: vm %u", r->vm->id);
	err = gg_holder_send(r->vm->flight[0], r->vm->file, r->vm->gmem_fd);
	if (err)
		return gg_err(err, NULL, "send guest_memfd: vm %u", r->vm->id);
	gg_truth_flight(r->w, r->vm->file);
	return close_but(r, KEEP_NONE);
}
