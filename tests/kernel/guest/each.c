// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One call for each page: what a guest that accepts its memory lazily makes of a VMM. Unlike a flood, their number is
 * given (--pages), so that a bench can compare two of them.
 */
#include "kvm_abi.h"
#include "scenario.h"
#include "vmm.h"

/* Makes one call for each page of a new VM of this type. */
static int each_page(struct gg_run *r, uint32_t type, int (*call)(struct gg_vm *vm, uint64_t page))
{
	int err = gg_run_renew(r, type);

	for (uint64_t i = 0; !err && i < r->w->conf.npages; i++)
		err = call(r->vm, GG_FIRST + i);
	return err;
}

static int fallocate_page(struct gg_vm *vm, uint64_t page)
{
	return gg_vm_fallocate(vm, page, 1);
}

static int punch_page(struct gg_vm *vm, uint64_t page)
{
	return gg_vm_punch(vm, page, 1);
}

static int fallocate_and_punch_page(struct gg_vm *vm, uint64_t page)
{
	int err = gg_vm_fallocate(vm, page, 1);

	return err ? err : gg_vm_punch(vm, page, 1);
}

static int convert_page(struct gg_vm *vm, uint64_t page)
{
	return gg_vm_convert(vm, page, 1, true);
}

int gg_each_fallocate(struct gg_run *r)
{
	return each_page(r, 0, fallocate_page);
}

int gg_each_punch(struct gg_run *r)
{
	return each_page(r, 0, punch_page);
}

int gg_each_both(struct gg_run *r)
{
	return each_page(r, 0, fallocate_and_punch_page);
}

int gg_each_convert(struct gg_run *r)
{
	return each_page(r, KVM_X86_SW_PROTECTED_VM, convert_page);
}
