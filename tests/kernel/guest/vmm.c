// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * VM and memory.  Default VMs use the mapping of their gmem as the slot's user
 * address, which a host that emulates the guest needs to reach guest memory.
 * Private VMs use anonymous memory there for their shared pages, one of which is
 * the guest's code.  Plain VMs have only anonymous memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm_abi.h"
#include "truth.h"
#include "util.h"
#include "vmm.h"

static bool is_private(const struct gg_vm *vm)
{
	return vm->type == KVM_X86_SW_PROTECTED_VM;
}

static int cap(int kvm, long which)
{
	int r = ioctl(kvm, KVM_CHECK_EXTENSION, which);

	return r < 0 ? 0 : r;
}

int gg_caps_read(struct gg_caps *caps)
{
	int flags, kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		return gg_err(-errno, "is KVM loaded, and may you use it?", "open: /dev/kvm");
	flags = cap(kvm, KVM_CAP_GUEST_MEMFD_FLAGS);
	caps->gmem = cap(kvm, KVM_CAP_GUEST_MEMFD) > 0;
	caps->mmap = (flags & GUEST_MEMFD_FLAG_MMAP) != 0;
	caps->default_vm_bind = (flags & GUEST_MEMFD_FLAG_INIT_SHARED) != 0;
	caps->private_vm = (cap(kvm, KVM_CAP_VM_TYPES) >> KVM_X86_SW_PROTECTED_VM & 1) &&
			   (cap(kvm, KVM_CAP_MEMORY_ATTRIBUTES) & KVM_MEMORY_ATTRIBUTE_PRIVATE);
	caps->pre_fault = cap(kvm, KVM_CAP_PRE_FAULT_MEMORY) > 0;
	caps->link = cap(kvm, KVM_CAP_EXP_GUEST_MEMFD_LINK) > 0;
	close(kvm);
	return 0;
}

/* ---- opening ---- */

static uint64_t gmem_flags(const struct gg_vm *vm)
{
	if (is_private(vm))
		return 0;
	return (vm->w->caps.mmap ? GUEST_MEMFD_FLAG_MMAP : 0) |
	       (vm->w->caps.default_vm_bind ? GUEST_MEMFD_FLAG_INIT_SHARED : 0);
}

static int create_vm(struct gg_vm *vm, uint32_t machine)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	uint64_t t0;
	int id;

	if (kvm < 0)
		return gg_err(-errno, NULL, "open: /dev/kvm");
	vm->run_size = (uint32_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	t0 = gg_now_ns();
	vm->vm_fd = ioctl(kvm, KVM_CREATE_VM, (unsigned long)vm->type);
	id = -errno;
	close(kvm);
	if (vm->vm_fd < 0)
		return gg_err(id, NULL, "create VM: machine %u", machine);
	id = gg_truth_vm(vm->w, t0, machine, vm->type, vm->size, vm->vm_fd);
	if (id < 0)
		return gg_err(id, "too many VMs in one run", "keep truth: VM");
	vm->id = (uint32_t)id;
	return gg_arch_vm_init(vm->vm_fd);
}

static int own_gmem(struct gg_vm *vm)
{
	struct gg_create_guest_memfd args = { .size = vm->size, .flags = gmem_flags(vm) };
	uint64_t t0 = gg_now_ns();
	struct stat st;

	vm->gmem_fd = ioctl(vm->vm_fd, KVM_CREATE_GUEST_MEMFD, &args);
	if (vm->gmem_fd < 0)
		return gg_err(-errno, NULL, "create guest_memfd: vm %u", vm->id);
	if (vm->w->conf.close_by == GG_CLOSE_EXEC) /* as KVM's other descriptors are */
		fcntl(vm->gmem_fd, F_SETFD, FD_CLOEXEC);
	if (fstat(vm->gmem_fd, &st))
		return gg_err(-errno, NULL, "stat guest_memfd: vm %u", vm->id);
	return gg_truth_gmem(vm->w, t0, vm->id, st.st_ino, vm->size, args.flags, vm->gmem_fd);
}

static int linked_gmem(struct gg_vm *vm, const struct gg_vm *src)
{
	struct gg_link_guest_memfd args = { .flags = gmem_flags(vm), .fd = (__u32)src->gmem_fd };
	uint64_t t0 = gg_now_ns();

	vm->gmem_fd = ioctl(vm->vm_fd, KVM_EXP_LINK_GUEST_MEMFD, &args);
	if (vm->gmem_fd < 0)
		return gg_err(-errno, NULL, "link guest_memfd: vm %u to vm %u", src->id, vm->id);
	return gg_truth_link(vm->w, t0, vm->id, src->file, args.flags, vm->gmem_fd);
}

/* Creates or links the gmem.  The stamp belongs to the memory: a linked VM has that of the old one. */
static int create_gmem(struct gg_vm *vm, const struct gg_vm *src)
{
	int id = src ? linked_gmem(vm, src) : own_gmem(vm);

	if (id < 0)
		return vm->gmem_fd < 0 ? id : gg_err(id, "too many gmem files in one run", "keep truth: vm %u", vm->id);
	vm->file = (uint32_t)id;
	vm->stamp = 0x67000000u | vm->w->files[id].inode;
	return 0;
}

static int map_gmem(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();
	void *p = mmap(NULL, vm->size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->gmem_fd, 0);

	if (p == MAP_FAILED)
		return gg_err(-errno, NULL, "map guest_memfd: vm %u", vm->id);
	vm->map = p;
	gg_truth_mmap(vm->w, t0, vm->file);
	return 0;
}

static int map_anon(struct gg_vm *vm)
{
	void *p = mmap(NULL, vm->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return gg_err(-errno, NULL, "map shared memory: vm %u", vm->id);
	vm->anon = p;
	madvise(p, vm->size, MADV_NOHUGEPAGE); /* small pages, so that each has a fault, as with gmem */
	return 0;
}

static int open_memory(struct gg_vm *vm, const struct gg_vm *link)
{
	int err = create_gmem(vm, link);

	if (err)
		return err;
	if (is_private(vm))
		err = map_anon(vm);
	else if (vm->w->caps.mmap)
		err = map_gmem(vm);
	if (err)
		return err;
	if (is_private(vm) || (vm->map && vm->w->caps.default_vm_bind))
		return gg_vm_bind(vm);
	return 0;
}

static const uint8_t default_order[GG_NPARTS] = {
	GG_PART_VCPU, GG_PART_VM, GG_PART_GMEM,
};

static struct gg_vm *new_vm(struct gg_world *w, uint32_t machine, uint32_t type)
{
	struct gg_vm *vm = calloc(1, sizeof(*vm));

	if (!vm) {
		gg_err(-ENOMEM, NULL, "create VM: machine %u", machine);
		return NULL;
	}
	vm->w = w;
	vm->type = type;
	vm->size = gg_machine_size(w, machine);
	vm->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	vm->vm_fd = vm->gmem_fd = vm->extra_fd = -1;
	vm->flight[0] = vm->flight[1] = -1;
	return vm;
}

/* Opens the parts that follow the memory; @err: the result of opening the memory. */
static int vm_opened(struct gg_vm **out, struct gg_vm *vm, int err)
{
	if (!err)
		err = gg_vcpus_open(vm, vm->w->conf.vcpus);
	if (err) {
		gg_vm_close(vm, default_order);
		return err;
	}
	*out = vm;
	return 0;
}

int gg_vm_open(struct gg_vm **out, struct gg_world *w, uint32_t machine, uint32_t type, const struct gg_vm *link)
{
	struct gg_vm *vm = new_vm(w, machine, type);
	int err;

	if (!vm)
		return -ENOMEM;
	err = create_vm(vm, machine);
	if (!err)
		err = open_memory(vm, link);
	return vm_opened(out, vm, err);
}

int gg_vm_open_plain(struct gg_vm **out, struct gg_world *w, uint32_t machine)
{
	struct gg_vm *vm = new_vm(w, machine, 0);
	int err;

	if (!vm)
		return -ENOMEM;
	vm->plain = true;
	err = create_vm(vm, machine);
	if (!err)
		err = map_anon(vm);
	if (!err)
		err = gg_vm_slot_plain(vm);
	return vm_opened(out, vm, err);
}

/* ---- closing ---- */

void gg_vm_unmap(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();

	if (!vm->map)
		return;
	munmap(vm->map, vm->size);
	vm->map = NULL;
	gg_truth_put_map(vm->w, t0, vm->file);
}

void gg_vm_close_gmem_fd(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();

	if (vm->gmem_fd < 0)
		return;
	gg_close(vm->w->conf.close_by, vm->gmem_fd);
	vm->gmem_fd = -1;
	gg_truth_put_file(vm->w, t0, vm->file);
}

static void close_vm_fd(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();

	if (vm->vm_fd < 0)
		return;
	gg_close(vm->w->conf.close_by, vm->vm_fd);
	vm->vm_fd = -1;
	gg_truth_put_vm(vm->w, t0, vm->id);
}

void gg_vm_close_part(struct gg_vm *vm, enum gg_part part)
{
	switch (part) {
	case GG_PART_GMEM:
		if (vm->w->conf.close_by == GG_CLOSE_MUNMAP)
			gg_vm_close_gmem_fd(vm);
		gg_vm_unmap(vm);
		gg_vm_close_gmem_fd(vm);
		break;
	case GG_PART_VCPU: gg_vcpus_close(vm); break;
	case GG_PART_VM:
	case GG_NPARTS: close_vm_fd(vm); break;
	}
}

/* Closes the descriptors that pin.c opened beside the parts. */
static void close_pins(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();

	if (vm->extra_fd >= 0) {
		close(vm->extra_fd);
		gg_truth_put_extra(vm->w, t0, vm->id, vm->extra_what);
	}
	if (vm->flight[0] >= 0) {
		close(vm->flight[0]);
		close(vm->flight[1]);
		gg_truth_put_held(vm->w, t0, vm->file);
	}
}

void gg_vm_close(struct gg_vm *vm, const uint8_t order[GG_NPARTS])
{
	int i;

	if (!vm)
		return;
	for (i = 0; i < GG_NPARTS; i++)
		gg_vm_close_part(vm, order[i]);
	close_pins(vm);
	if (vm->anon)
		munmap(vm->anon, vm->size);
	if (vm->code)
		munmap(vm->code, vm->page_size);
	free(vm);
}

/* ---- pages ---- */

/* Loads the guest's code, which touches its page: for the first time, or again after a punch. */
int gg_vm_load_code(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();
	const void *code;
	size_t len;

	if (vm->code)
		return 0;
	code = gg_arch_code(&len);
	if (vm->plain || is_private(vm)) {
		memcpy(vm->anon, code, len);
		return 0;
	}
	if (gg_truth_resident(vm->w, vm->file, 0, 1) && !memcmp(vm->map, code, len))
		return 0;
	memcpy(vm->map, code, len);
	gg_truth_touch(vm->w, t0, GG_OP_host_touch, vm->file, 0, 1);
	return 0;
}

static int guest_job(struct gg_vm *vm, enum gg_job_kind kind, uint64_t first, uint64_t n, uint64_t *t0)
{
	int err = gg_vm_load_code(vm);

	*t0 = gg_now_ns();
	return err ? err : gg_vcpus_run(vm, kind, first, n);
}

/*
 * Runs a job on gmem pages.  The first job after a bind finds no SPTE, so each
 * resident page takes a fault.
 */
static int gmem_job(struct gg_vm *vm, enum gg_job_kind kind, uint64_t first, uint64_t n)
{
	uint64_t t0, there = gg_truth_resident(vm->w, vm->file, first, n);
	int err = guest_job(vm, kind, first, n, &t0);

	if (err)
		return err;
	if (vm->unmapped)
		gg_truth_count(vm->w, GG_C_guest_found_pages, there);
	vm->unmapped = false;
	gg_truth_touch(vm->w, t0, GG_OP_guest_touch, vm->file, first, n);
	return 0;
}

int gg_vm_touch(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	return gmem_job(vm, GG_JOB_WRITE, first, n);
}

int gg_vm_check(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	return gmem_job(vm, GG_JOB_CHECK, first, n);
}

int gg_vm_touch_anon(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	uint64_t t0;
	int err = guest_job(vm, GG_JOB_WRITE, first, n, &t0);

	if (err)
		return err;
	gg_truth_note(vm->w, t0, GG_OP_anon_touch, vm->id, n);
	if (is_private(vm))
		gg_truth_anon(vm->w, vm->id, first, n, true);
	return 0;
}

int gg_vm_discard_anon(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	if (madvise((char *)vm->anon + first * vm->page_size, n * vm->page_size, MADV_DONTNEED))
		return gg_err(-errno, NULL, "discard shared memory: vm %u", vm->id);
	gg_truth_anon(vm->w, vm->id, first, n, false);
	return 0;
}

int gg_vm_touch_host(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	uint64_t t0 = gg_now_ns(), page;

	for (page = first; page < first + n; page++)
		*(volatile uint32_t *)((char *)vm->map + page * vm->page_size) = vm->stamp;
	gg_truth_touch(vm->w, t0, GG_OP_host_touch, vm->file, first, n);
	return 0;
}

/* Writes before it reads, so that faults are write faults, as at the first touch. */
int gg_vm_check_host(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	uint64_t t0 = gg_now_ns(), page, same = 0;

	for (page = first; page < first + n; page++) {
		volatile uint32_t *at = (uint32_t *)((char *)vm->map + page * vm->page_size);
		at[1] = 0;
		same += at[0] == vm->stamp;
	}
	gg_truth_touch(vm->w, t0, GG_OP_host_touch, vm->file, first, n);
	return same == n ? 0 : gg_err(-EILSEQ, "guest memory lost its contents", "check pages: vm %u", vm->id);
}

int gg_vm_fallocate(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	uint64_t t0 = gg_now_ns();

	if (fallocate(vm->gmem_fd, FALLOC_FL_KEEP_SIZE, (off_t)(first * vm->page_size), (off_t)(n * vm->page_size)))
		return gg_err(-errno, NULL, "allocate guest_memfd: vm %u", vm->id);
	gg_truth_touch(vm->w, t0, GG_OP_fallocate, vm->file, first, n);
	return 0;
}

static int punch(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	if (fallocate(vm->gmem_fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, (off_t)(first * vm->page_size),
		      (off_t)(n * vm->page_size)))
		return gg_err(-errno, NULL, "punch guest_memfd: vm %u", vm->id);
	return 0;
}

int gg_vm_punch(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	uint64_t t0 = gg_now_ns();
	int err = punch(vm, first, n);

	if (!err)
		gg_truth_punch(vm->w, t0, GG_CALL_fallocate, vm->file, first, n);
	return err;
}

int gg_vm_punch_busy(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	uint64_t t0 = gg_now_ns();
	int err = punch(vm, first, n);

	if (!err)
		gg_truth_punch_busy(vm->w, t0, vm->file, first, n);
	return err;
}

int gg_vm_convert(struct gg_vm *vm, uint64_t first, uint64_t n, bool priv)
{
	struct gg_memory_attributes a = {
		.address = first * vm->page_size,
		.size = n * vm->page_size,
		.attributes = priv ? KVM_MEMORY_ATTRIBUTE_PRIVATE : 0,
	};
	uint64_t t0 = gg_now_ns();

	if (ioctl(vm->vm_fd, KVM_SET_MEMORY_ATTRIBUTES, &a))
		return gg_err(-errno, NULL, "set memory attributes: vm %u", vm->id);
	gg_truth_private(vm->w, vm->id, first, n, priv);
	gg_truth_convert(vm->w, t0, vm->file, n);
	return 0;
}

int gg_vm_prefault(struct gg_vm *vm, uint64_t first, uint64_t n)
{
	struct gg_pre_fault_memory p = {
		.gpa = first * vm->page_size,
		.size = n * vm->page_size,
	};
	uint64_t t0 = gg_now_ns();

	/* KVM may stop half-way; it updates gpa and size. */
	while (p.size) {
		if (!ioctl(vm->vcpus[0].fd, KVM_PRE_FAULT_MEMORY, &p))
			continue;
		if (errno != EINTR && errno != EAGAIN)
			return gg_err(-errno, NULL, "pre-fault: vm %u", vm->id);
	}
	vm->unmapped = false;
	gg_truth_touch(vm->w, t0, GG_OP_prefault, vm->file, first, n);
	return 0;
}
