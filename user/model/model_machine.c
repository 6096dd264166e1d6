// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_machine.c - machines, and the processes that name them.
 *
 * Each VM is in a machine from the start. While its process is not known the machine is a placeholder, by tgid or else
 * by VM id; when a record of the process arrives, the placeholder gets the real name, or is merged into the machine
 * that has that name. A machine that was merged into another one remains as a forwarder (gm_model.joined), so that a
 * later VM of the same key finds that other machine; the number of forwarders is bounded.
 */
#include "model/model_int.h"
#include "model/reboot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int key_add(struct gm_model *m, struct gm_machine *mc)
{
	uint64_t hash = gm_hash_str(mc->key);

	mc->chain = gm_hmap_get(&m->machine_by_key, hash);
	return gm_hmap_put(&m->machine_by_key, hash, mc);
}

static void key_del(struct gm_model *m, struct gm_machine *mc)
{
	uint64_t hash = gm_hash_str(mc->key);
	struct gm_machine *head = gm_hmap_get(&m->machine_by_key, hash);

	if (head != mc) {
		while (head && head->chain != mc)
			head = head->chain;
		if (head)
			head->chain = mc->chain;
	} else {
		gm_hmap_del(&m->machine_by_key, hash);
		if (mc->chain) /* cannot fail: an entry has just been deleted */
			gm_hmap_put(&m->machine_by_key, hash, mc->chain);
	}
	mc->chain = NULL;
}

static void set_name(struct gm_machine *mc, const struct gm_machine_id *name, bool placeholder)
{
	memcpy(mc->key, name->key, sizeof(mc->key));
	memcpy(mc->name, name->name, sizeof(mc->name));
	memcpy(mc->base, name->base, sizeof(mc->base));
	mc->placeholder = placeholder;
}

void gm_machine_naming(const struct gm_model *m, const struct gm_machine *mc, struct gm_naming *out)
{
	const struct gm_proc *p = mc->tgid ? gm_hmap_get(&m->proc_by_tgid, mc->tgid) : NULL;

	out->rule = gm_machine_rule_of(mc->key);
	out->args_cut = p && p->args_cut;
	out->cgroups_cut = p && p->cgroups_cut;
}

/* ---- one machine ---- */

/* Make a machine in `list`: gm_model.machines, or .joined. */
static int machine_new(struct gm_model *m, struct gm_vec *list, const struct gm_machine_id *name, bool placeholder,
		       struct gm_machine **out)
{
	struct gm_machine *mc = calloc(1, sizeof(*mc));

	if (!mc || gm_vec_push(list, mc)) {
		free(mc);
		return -ENOMEM;
	}
	set_name(mc, name, placeholder);
	if (key_add(m, mc)) {
		gm_vec_remove(list, mc);
		free(mc);
		return -ENOMEM;
	}
	m->dups += gm_machine_has_own_key(mc);
	mc->id = ++m->machines_seen;
	mc->first_ns = m->now_ns;
	*out = mc;
	return 0;
}

void gm_machine_free(struct gm_machine *mc)
{
	for (size_t i = 0; i < GM_PHASE_NR; i++)
		free(mc->past[i]);
	for (size_t i = 0; i < GM_PHASE_NR; i++)
		free(mc->heat[i]);
	gm_vec_release(&mc->vms);
	free(mc);
}

static void forwarder_del(struct gm_model *m, struct gm_machine *mc)
{
	key_del(m, mc);
	gm_vec_remove(&m->joined, mc);
	gm_machine_free(mc);
}

/* Free a machine without VMs, and the forwarders that lead to it. */
static void machine_del(struct gm_model *m, struct gm_machine *mc)
{
	for (size_t i = m->joined.nr; i-- > 0;) {
		if (gm_machine_resolve(m->joined.at[i]) == mc)
			((struct gm_machine *)m->joined.at[i])->joined = mc;
	}
	for (size_t i = m->joined.nr; i-- > 0;) {
		struct gm_machine *forwarder = m->joined.at[i];

		if (forwarder->joined == mc)
			forwarder_del(m, forwarder);
	}
	key_del(m, mc);
	gm_vec_remove(&m->machines, mc);
	gm_machine_free(mc);
}

/* A forwarder leads to a machine, or to a forwarder that is newer: so no forwarder leads to the oldest one. */
void gm_machines_expire(struct gm_model *m)
{
	while (m->joined.nr > m->keep_dead)
		forwarder_del(m, m->joined.at[0]);
	while (m->idle_procs.nr > m->keep_dead) {
		struct gm_proc *p = m->idle_procs.at[0];

		gm_vec_remove(&m->idle_procs, p);
		gm_hmap_del(&m->proc_by_tgid, p->tgid);
		free(p->rec);
		free(p);
	}
}

void gm_machine_set_newest(struct gm_machine *mc)
{
	const struct gm_vm *newest = NULL;

	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm->tgid && (!newest || vm->id > newest->id))
			newest = vm;
	}
	if (!newest)
		return;
	mc->tgid = newest->tgid;
	memcpy(mc->comm, newest->comm, sizeof(mc->comm));
	if (!gm_machine_rule_of(mc->key) && mc->comm[0])
		snprintf(mc->name, sizeof(mc->name), "%s-%u", mc->comm, gm_pid(mc->tgid)),
			gm_host_suffix(mc->name, sizeof(mc->name), mc->tgid);
}

uint64_t gm_machine_reboots(const struct gm_machine *mc)
{
	uint64_t nr = 0;

	for (unsigned int s = 0; s < GM_REBOOT_STYLES; s++)
		nr += gm_reboot_style_is_reboot(s) ? mc->episodes[s] : 0;
	return nr;
}

static int merge_hist(struct gm_hist **dst, const struct gm_hist *src)
{
	if (!src)
		return 0;
	if (gm_hist_ensure(dst))
		return -ENOMEM;
	gm_hist_merge(*dst, src);
	return 0;
}

int gm_machine_drop_vm(struct gm_model *m, struct gm_vm *vm)
{
	struct gm_machine *mc = vm->machine;
	int err = 0;

	for (size_t i = 0; i < GM_PHASE_NR && !err; i++)
		err = merge_hist(&mc->past[i], vm->phase[i]);
	gm_split_add(&mc->past_split, &vm->split);
	gm_vec_remove(&mc->vms, vm);
	vm->machine = NULL;
	if (!mc->vms.nr)
		machine_del(m, mc);
	return err;
}

/* ---- which machine ---- */

int gm_machine_join(struct gm_model *m, struct gm_machine *a, struct gm_machine *b)
{
	bool a_wins = a->placeholder != b->placeholder ? b->placeholder : a->id < b->id;
	struct gm_machine *dst = a_wins ? a : b, *src = a_wins ? b : a;
	int err;

	if (a == b)
		return 0;
	err = gm_rebind_join(m, dst, src);
	for (size_t i = 0; i < GM_PHASE_NR && !err; i++)
		err = merge_hist(&dst->past[i], src->past[i]);
	gm_split_add(&dst->past_split, &src->past_split);
	while (!err && src->vms.nr) {
		struct gm_vm *vm = src->vms.at[0];

		err = gm_vec_push(&dst->vms, vm);
		if (err)
			break;
		vm->machine = dst;
		gm_vec_remove(&src->vms, vm);
	}
	if (!err)
		err = gm_vec_push(&m->joined, src);
	if (err)
		return err;
	gm_vec_remove(&m->machines, src);
	src->joined = dst;
	gm_reboot_join(m, dst, src);
	gm_heat_join(dst, src);
	gm_counts_add(&dst->counts, &src->counts);
	dst->vms_seen += src->vms_seen;
	gm_machine_set_newest(dst);
	return 0;
}

static int machine_rename(struct gm_model *m, struct gm_machine *mc, const struct gm_machine_id *name, bool placeholder)
{
	key_del(m, mc);
	set_name(mc, name, placeholder);
	m->dups += gm_machine_has_own_key(mc);
	return key_add(m, mc);
}

static int machine_enter(struct gm_machine *mc, struct gm_vm *vm)
{
	if (gm_vec_push(&mc->vms, vm))
		return -ENOMEM;
	vm->machine = mc;
	mc->vms_seen++;
	gm_counts_add(&mc->counts, &vm->counts);
	gm_machine_set_newest(mc);
	return 0;
}

static int machine_enter_by_key(struct gm_model *m, struct gm_vm *vm, const struct gm_machine_id *name,
				bool placeholder)
{
	struct gm_machine *mc = gm_machine_find(m, name->key);
	int err = 0;

	if (!mc)
		err = machine_new(m, &m->machines, name, placeholder, &mc);
	if (!err)
		err = machine_enter(mc, vm);
	if (err && mc && !mc->vms.nr)
		machine_del(m, mc);
	return err;
}

static int forwarder_add(struct gm_model *m, struct gm_machine *to, const struct gm_machine_id *name)
{
	struct gm_machine *forwarder;
	int err = machine_new(m, &m->joined, name, false, &forwarder);

	if (!err)
		forwarder->joined = to;
	return err;
}

/*
 * Merge a placeholder into the machine with the real name; it needs no forwarder, since no record will have its key
 * again.
 */
static int merge_placeholder(struct gm_model *m, struct gm_machine *placeholder, struct gm_machine *named)
{
	int err = gm_machine_join(m, placeholder, named);

	if (err || !placeholder->joined)
		return err;
	for (size_t i = 0; i < m->joined.nr; i++) {
		struct gm_machine *forwarder = m->joined.at[i];

		if (forwarder->joined == placeholder)
			forwarder->joined = named;
	}
	forwarder_del(m, placeholder);
	return 0;
}

/* Put a VM into the machine with this name, and merge its current machine with that. */
static int assign_machine(struct gm_model *m, struct gm_vm *vm, const struct gm_machine_id *name, bool placeholder)
{
	struct gm_machine *cur = vm->machine, *named = gm_machine_find(m, name->key);
	int err = 0;

	if (!cur)
		return machine_enter_by_key(m, vm, name, placeholder);
	if (named && named != cur)
		err = !placeholder && cur->placeholder ? merge_placeholder(m, cur, named)
						       : gm_machine_join(m, cur, named);
	else if (named && placeholder)
		/* its name is not its key, or a later record has more */
		memcpy(named->name, name->name, sizeof(named->name));
	else if (named)
		err = 0;
	else if (cur->placeholder)
		err = machine_rename(m, cur, name, placeholder);
	else
		err = forwarder_add(m, cur, name);
	gm_machine_set_newest(vm->machine);
	return err;
}

/*
 * Return true for a name made of the process alone; the next record may have a better one, as the first may lack the
 * command line.
 */
static bool is_weak_name(const struct gm_machine_id *name)
{
	return !strncmp(name->base, "proc:", 5) || !strncmp(name->base, "proc@", 5);
}

static void placeholder_name(const struct gm_vm *vm, struct gm_machine_id *out)
{
	if (vm->tgid) {
		snprintf(out->key, sizeof(out->key), "proc:%u", vm->tgid);
		snprintf(out->name, sizeof(out->name), "pid-%u", gm_pid(vm->tgid));
		gm_host_suffix(out->name, sizeof(out->name), vm->tgid);
	} else {
		snprintf(out->key, sizeof(out->key), "vm:%u", vm->id);
		snprintf(out->name, sizeof(out->name), "vm-%u", vm->id);
	}
	memcpy(out->base, out->key, sizeof(out->base));
}

static void vm_set_process(struct gm_vm *vm, const struct gm_proc *p)
{
	vm->start_ticks = p->start_ticks;
	memcpy(vm->comm, p->comm, sizeof(vm->comm));
}

int gm_machine_place(struct gm_model *m, struct gm_vm *vm)
{
	const struct gm_proc *p = vm->tgid ? gm_hmap_get(&m->proc_by_tgid, vm->tgid) : NULL;
	struct gm_machine_id name = { .key = "" };

	if (p) {
		vm_set_process(vm, p);
		gm_dup_key(m, vm, p, &name);
		return assign_machine(m, vm, &name, is_weak_name(&name));
	}
	placeholder_name(vm, &name);
	return assign_machine(m, vm, &name, true);
}

/* ---- processes ---- */

void gm_proc_ref(struct gm_model *m, const struct gm_vm *vm)
{
	struct gm_proc *p = vm->tgid ? gm_hmap_get(&m->proc_by_tgid, vm->tgid) : NULL;

	if (p && !p->vms++)
		gm_vec_remove(&m->idle_procs, p);
}

int gm_proc_unref(struct gm_model *m, const struct gm_vm *vm)
{
	struct gm_proc *p = vm->tgid ? gm_hmap_get(&m->proc_by_tgid, vm->tgid) : NULL;

	return p && !--p->vms ? gm_vec_push(&m->idle_procs, p) : 0;
}

static int proc_new(struct gm_model *m, uint32_t tgid, struct gm_proc **out)
{
	struct gm_proc *p = calloc(1, sizeof(*p));

	if (!p || gm_hmap_put(&m->proc_by_tgid, tgid, p)) {
		free(p);
		return -ENOMEM;
	}
	p->tgid = tgid;
	for (size_t i = 0; i < m->vms.nr; i++)
		p->vms += ((struct gm_vm *)m->vms.at[i])->tgid == tgid;
	*out = p;
	return p->vms ? 0 : gm_vec_push(&m->idle_procs, p);
}

/* Move a VM, with its counts, out of the machine of an older process that had the same tgid. */
static int vm_move(struct gm_model *m, struct gm_vm *vm, const struct gm_proc *p)
{
	struct gm_machine *from = vm->machine;
	struct gm_machine_id name;
	int err;

	gm_dup_key(m, vm, p, &name);
	if (gm_machine_find(m, name.key) == from)
		return 0;
	err = machine_enter_by_key(m, vm, &name, is_weak_name(&name));
	if (err)
		return err;
	gm_vec_remove(&from->vms, vm);
	gm_counts_sub(&from->counts, &vm->counts);
	from->vms_seen--;
	if (from->vms.nr)
		gm_machine_set_newest(from);
	else
		machine_del(m, from);
	return 0;
}

/*
 * Rename a VM by a new record of its process. Tgids are reused: a VM that another process of this number named keeps
 * its machine, unless it was created after the last record of that process: then the old record named it wrongly.
 */
static int vm_rename(struct gm_model *m, struct gm_vm *vm, const struct gm_proc *p, uint64_t old_rec_ns)
{
	bool other = vm->start_ticks && vm->start_ticks != p->start_ticks;
	struct gm_machine_id name;

	if (other && (vm->dead_ns || vm->born_ns <= old_rec_ns))
		return 0;
	vm_set_process(vm, p);
	if (other)
		return vm_move(m, vm, p);
	gm_dup_key(m, vm, p, &name);
	return assign_machine(m, vm, &name, is_weak_name(&name));
}

int gm_apply_CPU(struct gm_model *m, const struct gm_rec_cpu *r)
{
	struct gm_proc *p = r->tgid ? gm_hmap_get(&m->proc_by_tgid, r->tgid) : NULL;

	if (p)
		p->cpu = (struct gm_cpu_time){ r->h.ts_ns, r->user_ns, r->system_ns, r->guest_ns };
	return 0;
}

/* Keep a process's record for keyframes. */
static int keep_record(struct gm_proc *p, const struct gm_rec_proc *r)
{
	size_t len = gm_rec_trim(&r->h);

	free(p->rec);
	p->rec = malloc(len);
	if (!p->rec)
		return -ENOMEM;
	memcpy(p->rec, r, len);
	p->rec->len = (uint32_t)len;
	return 0;
}

int gm_apply_PROC(struct gm_model *m, const struct gm_rec_proc *r)
{
	struct gm_proc *p = gm_hmap_get(&m->proc_by_tgid, r->tgid);
	struct gm_machine_name name;
	uint64_t old_rec_ns;
	int err = 0;

	if (!r->tgid)
		return 0;
	gm_machine_name(r, &name);
	if (!p)
		err = proc_new(m, r->tgid, &p);
	if (err)
		return err;
	old_rec_ns = p->rec_ns;
	p->rec_ns = r->h.ts_ns;
	if (p->name.key[0] && p->start_ticks == r->start_ticks && !strcmp(p->name.key, name.key) &&
	    !strcmp(p->name.name, name.name))
		return 0;
	p->start_ticks = r->start_ticks;
	p->name = name;
	p->args_cut = gm_machine_args_are_cut(r);
	p->cgroups_cut = gm_machine_cgroups_are_cut(r);
	gm_copy_text(p->comm, sizeof(p->comm), r->comm, sizeof(r->comm));
	err = keep_record(p, r);
	for (size_t i = 0; i < m->vms.nr && !err; i++) {
		struct gm_vm *vm = m->vms.at[i];

		if (vm->tgid == r->tgid)
			err = vm_rename(m, vm, p, old_rec_ns);
	}
	return err;
}
