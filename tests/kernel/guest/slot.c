// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory slots: the gmem's own, slots that KVM must refuse, and the small one
 * for the guest's code.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm_abi.h"
#include "truth.h"
#include "util.h"
#include "vmm.h"

/* Returns the place of the gmem's own slot. */
static struct gg_place own_place(const struct gg_vm *vm)
{
	return (struct gg_place){ .slot = vm->slot, .pages = vm->size / vm->page_size };
}

/* Creates the slot; @size 0 deletes it. @shift: bytes that the offset is off a page's begin. */
static int set_slot(struct gg_vm *vm, const struct gg_place *at, uint64_t size, uint64_t shift, int fd)
{
	struct gg_memory_region2 r = {
		.slot = at->slot,
		.flags = KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = at->gfn * vm->page_size,
		.memory_size = size,
		.userspace_addr = (__u64)(uintptr_t)(vm->anon ? vm->anon : vm->map),
		.guest_memfd_offset = at->pgoff * vm->page_size + shift,
		.guest_memfd = (__u32)fd,
	};

	return ioctl(vm->vm_fd, KVM_SET_USER_MEMORY_REGION2, &r) ? -errno : 0;
}

int gg_vm_bind(struct gg_vm *vm)
{
	struct gg_place at = own_place(vm);
	uint64_t t0 = gg_now_ns();
	int err = set_slot(vm, &at, vm->size, 0, vm->gmem_fd);

	gg_truth_bind(vm->w, t0, vm->file, &at, err);
	if (err)
		return gg_err(err, NULL, "bind guest_memfd: vm %u", vm->id);
	vm->bound = vm->unmapped = true;
	return 0;
}

int gg_vm_slot_plain(struct gg_vm *vm)
{
	struct kvm_userspace_memory_region r = {
		.memory_size = vm->size,
		.userspace_addr = (__u64)(uintptr_t)vm->anon,
	};

	if (ioctl(vm->vm_fd, KVM_SET_USER_MEMORY_REGION, &r))
		return gg_err(-errno, NULL, "make memslot: vm %u", vm->id);
	return 0;
}

int gg_vm_unbind(struct gg_vm *vm)
{
	struct gg_place at = own_place(vm);
	uint64_t t0 = gg_now_ns();
	int err = set_slot(vm, &at, 0, 0, vm->gmem_fd);

	if (err)
		return gg_err(err, NULL, "delete memslot: vm %u", vm->id);
	vm->bound = false;
	gg_truth_unbind(vm->w, t0, vm->file, &at);
	return 0;
}

/* ---- slots that KVM must refuse ---- */

/* Checks the error: EINVAL, or @or_err: a range bound twice is EEXIST from 7.2 on. */
static bool as_expected(int err, int or_err)
{
	return err == -EINVAL || err == or_err;
}

/* Returns the place of the page behind the gmem's own slot. */
static struct gg_place place_behind(const struct gg_vm *vm)
{
	return (struct gg_place){ .slot = 1, .gfn = vm->size / vm->page_size, .pages = 1 };
}

static int refused(struct gg_vm *vm, const char *what, uint64_t pgoff, int fd, int or_err)
{
	struct gg_place at = place_behind(vm);
	uint64_t t0;
	int err;

	at.pgoff = pgoff;
	t0 = gg_now_ns();
	err = set_slot(vm, &at, vm->page_size, 0, fd);

	if (!as_expected(err, or_err))
		return gg_err(err ? err : -EPROTO, "KVM should have refused it as invalid", "bind %s: vm %u", what,
			      vm->id);
	gg_truth_bind(vm->w, t0, vm->file, &at, err);
	return 0;
}

/* Tries a misaligned offset, which KVM refuses before it calls guest_memfd. */
static int misaligned(struct gg_vm *vm)
{
	struct gg_place at = place_behind(vm);
	uint64_t t0 = gg_now_ns();
	int err = set_slot(vm, &at, vm->page_size, 512, vm->gmem_fd);

	if (!as_expected(err, -EINVAL))
		return gg_err(err ? err : -EPROTO, "KVM should have refused it as invalid",
			      "bind at a misaligned offset: vm %u", vm->id);
	gg_truth_bind_rejected(vm->w, t0, vm->file, &at, err);
	return 0;
}

int gg_vm_bind_refused(struct gg_vm *vm)
{
	int other = open("/dev/null", O_RDWR | O_CLOEXEC);
	uint64_t at_end = vm->size / vm->page_size;
	int err = other < 0 ? gg_err(-errno, NULL, "open: /dev/null") : 0;

	if (!err)
		err = refused(vm, "the same range twice", 0, vm->gmem_fd, -EEXIST);
	if (!err)
		err = refused(vm, "beyond the file", at_end, vm->gmem_fd, -EINVAL);
	if (!err)
		err = refused(vm, "a file that is no gmem", 0, other, -EINVAL);
	if (!err)
		err = misaligned(vm);
	if (other >= 0)
		close(other);
	return err;
}

/* ---- the code's own slot; release of the memory ---- */

int gg_vm_code_apart(struct gg_vm *vm)
{
	struct kvm_userspace_memory_region r = {
		.slot = 1,
		.guest_phys_addr = vm->size,
		.memory_size = vm->page_size,
	};
	const void *code;
	size_t len;
	void *p = mmap(NULL, vm->page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return gg_err(-errno, NULL, "map code: vm %u", vm->id);
	vm->code = p;
	code = gg_arch_code(&len);
	memcpy(p, code, len);
	r.userspace_addr = (__u64)(uintptr_t)p;
	if (ioctl(vm->vm_fd, KVM_SET_USER_MEMORY_REGION, &r))
		return gg_err(-errno, NULL, "make code slot: vm %u", vm->id);
	return 0;
}

int gg_vm_release(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();

	if (vm->map && mmap(vm->map, vm->size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return gg_err(-errno, NULL, "map over guest_memfd: vm %u", vm->id);
	if (vm->map)
		gg_truth_put_map(vm->w, t0, vm->file);
	vm->anon = vm->map;
	vm->map = NULL;
	gg_vm_close_gmem_fd(vm);
	return 0;
}
