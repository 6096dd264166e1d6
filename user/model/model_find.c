// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* model_find.c - objects by id, by key, by what a user typed. */
#include "base/parse.h"
#include "base/utf8.h"
#include "model/model_int.h"

#include <string.h>

/* ---- by id, by key ---- */

struct gm_vm *gm_model_vm(const struct gm_model *m, uint32_t id)
{
	return id ? gm_hmap_get(&m->vm_by_id, id) : NULL;
}

struct gm_inode *gm_model_inode(const struct gm_model *m, uint32_t id)
{
	return id ? gm_hmap_get(&m->inode_by_id, id) : NULL;
}

struct gm_file *gm_model_file(const struct gm_model *m, uint32_t id)
{
	return id ? gm_hmap_get(&m->file_by_id, id) : NULL;
}

struct gm_machine *gm_machine_resolve(struct gm_machine *mc)
{
	while (mc && mc->joined)
		mc = mc->joined;
	return mc;
}

struct gm_machine *gm_machine_find(const struct gm_model *m, const char *key)
{
	struct gm_machine *mc = gm_hmap_get(&m->machine_by_key, gm_hash_str(key));

	while (mc && strcmp(mc->key, key))
		mc = mc->chain;
	return gm_machine_resolve(mc);
}

/* ---- by what a user typed ---- */

bool gm_vm_matches(const struct gm_vm *vm, const char *want)
{
	uint64_t n;

	if (!want || !*want)
		return true;
	if (!vm)
		return false;
	if (!gm_parse_u64(want, 1, UINT32_MAX, &n) && (vm->id == n || gm_pid(vm->tgid) == n))
		return true;
	return gm_clean_is_match(vm->machine->name, want, false) || gm_clean_is_match(vm->machine->key, want, false);
}

bool gm_model_has_vm(const struct gm_model *m, const char *want)
{
	for (size_t i = 0; i < m->vms.nr; i++)
		if (gm_vm_matches(m->vms.at[i], want))
			return true;
	return false;
}

bool gm_inode_matches(const struct gm_inode *in, const char *want)
{
	if (gm_vm_matches(in->vm, want))
		return true;
	for (size_t i = 0; i < in->files.nr; i++) {
		const struct gm_file *f = in->files.at[i];

		if (f->vm && gm_vm_matches(f->vm, want))
			return true;
	}
	return false;
}

/* ---- names and numbers ---- */

const char *gm_vm_machine_name(const struct gm_vm *vm)
{
	const struct gm_machine *mc = gm_machine_resolve(vm ? vm->machine : NULL);

	return mc ? mc->name : "";
}

const struct gm_vm *gm_event_vm(const struct gm_model *m, const struct gm_ev *ev)
{
	const struct gm_vm *vm = gm_model_vm(m, ev->vm);
	const struct gm_file *f = gm_model_file(m, ev->file);
	const struct gm_inode *in = gm_model_inode(m, ev->inode);

	if (vm)
		return vm;
	return f && f->vm ? f->vm : in ? in->vm : NULL;
}

uint64_t gm_vms_seen(const struct gm_model *m)
{
	uint64_t n = m->dead_vms;

	for (size_t i = 0; i < m->vms.nr; i++)
		n += !((const struct gm_vm *)m->vms.at[i])->dead_ns;
	return n;
}

uint64_t gm_inodes_seen(const struct gm_model *m)
{
	uint64_t n = m->dead_inodes;

	for (size_t i = 0; i < m->inodes.nr; i++)
		n += !((const struct gm_inode *)m->inodes.at[i])->dead_ns;
	return n;
}
