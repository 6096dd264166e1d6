// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* model_mem.c - what views read from the model: sums over objects, and the state of VMs. */
#include "model/model_int.h"

#include <string.h>

static void mem_init(struct gm_mem *out)
{
	memset(out, 0, sizeof(*out));
	out->nodes_known = true;
}

void gm_mem_add(struct gm_mem *out, const struct gm_inode *in)
{
	out->size_bytes += in->size_bytes;
	out->resident_pages += in->resident_pages;
	out->nodes_known &= in->nodes_known;
	out->nodes_error += in->nodes_error;
	out->nodes_how = in->nodes_how > out->nodes_how ? in->nodes_how : out->nodes_how;
	for (size_t i = 0; i < GM_NODES_MAX; i++)
		out->node_pages[i] += in->node_pages[i];
}

static bool is_file_of(const struct gm_file *f, const struct gm_vm *vm, const struct gm_machine *mc)
{
	return f->vm && (vm ? f->vm == vm : f->vm->machine == mc);
}

/* Add the inodes of a VM's files, each once: of several files that count, the first in the inode's list adds it. */
static void mem_add_files(struct gm_mem *out, const struct gm_vm *of, const struct gm_vm *vm,
			  const struct gm_machine *mc)
{
	for (size_t i = 0; i < of->files.nr; i++) {
		const struct gm_file *f = of->files.at[i];
		const struct gm_inode *in = f->inode;
		size_t k = 0;

		if (f->dead_ns || !in || in->dead_ns)
			continue;
		while (k < in->files.nr && !is_file_of(in->files.at[k], vm, mc))
			k++;
		if (k < in->files.nr && in->files.at[k] == f)
			gm_mem_add(out, in);
	}
}

#define LIMIT_REACHED "the VM, or its user, has reached the limit (-C max-files)"

const char *gm_vm_untracked(const struct gm_vm *vm)
{
	return vm->untracked ? "some of its files are not tracked: " LIMIT_REACHED : NULL;
}

bool gm_model_has_lost(const struct gm_model *m, const char *what)
{
	for (size_t i = 0; i < m->losses.nr; i++) {
		const struct gm_loss *l = m->losses.at[i];

		if (l->count && !strcmp(l->what, what))
			return true;
	}
	return false;
}

const char *gm_model_vms_partial(const struct gm_model *m)
{
	if (m->tasks_na)
		return m->tasks_na;
	return gm_model_has_lost(m, "vm_untracked") ? "there were more VMs than are tracked: more than a user's share "
						      "(-C max-vms)"
						    : NULL;
}

const char *gm_model_mem_partial(const struct gm_model *m)
{
	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];

		if (vm->untracked && !vm->dead_ns)
			return "some files of VMs are not tracked: " LIMIT_REACHED;
	}
	return gm_model_vms_partial(m);
}

void gm_vm_mem(const struct gm_vm *vm, struct gm_mem *out)
{
	mem_init(out);
	out->untracked = vm->untracked && !vm->dead_ns;
	mem_add_files(out, vm, vm, NULL);
}

bool gm_machine_has_untracked_files(const struct gm_machine *mc)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm->untracked && !vm->dead_ns)
			return true;
	}
	return false;
}

bool gm_machine_has_untracked_vms(const struct gm_machine *mc)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm->siblings && !vm->dead_ns)
			return true;
	}
	return false;
}

void gm_machine_mem(const struct gm_machine *mc, struct gm_mem *out)
{
	mem_init(out);
	out->untracked = gm_machine_has_untracked_files(mc) || gm_machine_has_untracked_vms(mc);
	for (size_t i = 0; i < mc->vms.nr; i++)
		mem_add_files(out, mc->vms.at[i], NULL, mc);
}

void gm_model_mem(const struct gm_model *m, struct gm_mem *out)
{
	mem_init(out);
	out->untracked = gm_model_mem_partial(m) != NULL;
	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];

		if (!in->dead_ns)
			gm_mem_add(out, in);
	}
}

/* Return false if the creator of a VM is gone: KVM takes calls only from that process, so the VM cannot run. */
static bool may_owner_run(const struct gm_model *m, const struct gm_vm *vm)
{
	if (m->tasks_na)
		return true;
	/* A scan found the VM by a descriptor, but no process that shares its mm: the creator is gone. */
	if (vm->old && !vm->tgid)
		return !m->pins_ns;
	if (!vm->tgid || vm->born_ns >= m->pins_ns)
		return true;
	return gm_hmap_get(&m->pin_by_tgid, vm->tgid);
}

static bool creator_can_call(const struct gm_model *m, const struct gm_vm *vm)
{
	for (size_t i = 0; i < m->pins.nr; i++) {
		const struct gm_pin *p = m->pins.at[i];

		if (p->vm == vm->id && p->tgid == vm->tgid && (p->what == GM_PIN_VM_FD || p->what == GM_PIN_VCPU_FD))
			return true;
	}
	return false;
}

enum gm_vm_state gm_vm_state(const struct gm_model *m, const struct gm_vm *vm)
{
	if (vm->dead_ns)
		return GM_VM_DEAD;
	if (!may_owner_run(m, vm))
		return GM_VM_OWNER_GONE;
	if (m->tasks_na || !(m->meta.flags & GM_META_VM_FDS) || !vm->tgid || vm->born_ns >= m->pins_ns)
		return GM_VM_RUNS;
	return creator_can_call(m, vm) ? GM_VM_RUNS : GM_VM_CLOSED;
}

/* Return true if no live VM uses a file, and that was so when the last complete scan of tasks began. */
static bool is_file_lost(const struct gm_model *m, const struct gm_file *f)
{
	if (f->dead_ns)
		return f->dead_ns < m->pins_ns;
	if (!f->vm)
		return false;
	return f->vm->dead_ns ? f->vm->dead_ns < m->pins_ns : !may_owner_run(m, f->vm);
}

bool gm_inode_is_orphan(const struct gm_model *m, const struct gm_inode *in)
{
	if (in->dead_ns || !in->resident_pages || m->tasks_na || !m->pins_ns || in->seen_ns < m->pins_ns)
		return false;
	for (size_t i = 0; i < in->views.nr; i++) {
		if (!is_file_lost(m, in->views.at[i]))
			return false;
	}
	return true;
}

void gm_machine_hist(const struct gm_machine *mc, unsigned int phase, struct gm_hist *out)
{
	memset(out, 0, sizeof(*out));
	if (phase >= GM_PHASE_NR)
		return;
	if (mc->past[phase])
		gm_hist_merge(out, mc->past[phase]);
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm->phase[phase])
			gm_hist_merge(out, vm->phase[phase]);
	}
}

void gm_machine_split(const struct gm_machine *mc, struct gm_split *out)
{
	*out = mc->past_split;
	for (size_t i = 0; i < mc->vms.nr; i++)
		gm_split_add(out, &((const struct gm_vm *)mc->vms.at[i])->split);
}

uint64_t gm_machine_live_vms(const struct gm_machine *mc)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < mc->vms.nr; i++)
		nr += !((const struct gm_vm *)mc->vms.at[i])->dead_ns;
	return nr;
}
