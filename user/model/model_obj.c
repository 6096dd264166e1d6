// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_obj.c - VMs, inodes, files and bindings: found or made by id, linked to each other, ended, freed.
 *
 * State records and events of one object come in any order, so any record that names an id makes the object, and each
 * setter may be called again. Dead objects stay in their lists and maps for a while, so that a late record finds them
 * dead and does not revive them; after that, as ids are given out in sequence, the highest id freed stands for all
 * lower ids that are not known. An object that a scan found alive after all those had died is an exception: its
 * creation was lost, as happens where objects are created and ended faster than the ring is read.
 */
#include "model/model_int.h"

#include <errno.h>
#include <stdlib.h>

/* ---- creation ---- */

/* Return true if the unknown object of this id has died and was freed; id 0 is no object. */
static bool is_gone(const struct gm_model *m, const struct gm_gone *g, uint32_t id)
{
	return !id || (id <= g->id && m->live_record_ns <= g->ns);
}

static int enlist(struct gm_hmap *map, struct gm_vec *list, uint32_t id, void *obj)
{
	if (gm_hmap_put(map, id, obj))
		return -ENOMEM;
	if (gm_vec_push(list, obj)) {
		gm_hmap_del(map, id);
		return -ENOMEM;
	}
	return 0;
}

static int vm_new(struct gm_model *m, uint32_t id, uint32_t tgid, uint64_t ts, struct gm_vm **out)
{
	struct gm_vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return -ENOMEM;
	vm->id = id;
	vm->tgid = tgid;
	vm->born_ns = ts;
	vm->own_key = m->reported_own_key;
	if (gm_machine_place(m, vm)) {
		free(vm);
		return -ENOMEM;
	}
	if (enlist(&m->vm_by_id, &m->vms, id, vm)) {
		gm_machine_drop_vm(m, vm);
		free(vm);
		return -ENOMEM;
	}
	gm_proc_ref(m, vm);
	*out = vm;
	return 0;
}

int gm_vm_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_vm **out)
{
	return gm_vm_get_of(m, id, 0, ts, out);
}

int gm_vm_get_of(struct gm_model *m, uint32_t id, uint32_t tgid, uint64_t ts, struct gm_vm **out)
{
	*out = gm_model_vm(m, id);
	if (!*out)
		return is_gone(m, &m->gone_vm, id) ? 0 : vm_new(m, id, tgid, ts, out);
	if (!tgid || (*out)->tgid)
		return 0;
	(*out)->tgid = tgid;
	gm_proc_ref(m, *out);
	return gm_machine_place(m, *out);
}

int gm_inode_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_inode **out)
{
	struct gm_inode *in = gm_model_inode(m, id);

	*out = in;
	if (in || is_gone(m, &m->gone_inode, id))
		return 0;
	in = calloc(1, sizeof(*in));
	if (!in || enlist(&m->inode_by_id, &m->inodes, id, in)) {
		free(in);
		return -ENOMEM;
	}
	in->id = id;
	in->born_ns = ts;
	*out = in;
	return 0;
}

int gm_file_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_file **out)
{
	struct gm_file *f = gm_model_file(m, id);

	*out = f;
	if (f || is_gone(m, &m->gone_file, id))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f || enlist(&m->file_by_id, &m->files, id, f)) {
		free(f);
		return -ENOMEM;
	}
	f->id = id;
	f->born_ns = ts;
	*out = f;
	return 0;
}

/* ---- counters ---- */

static void credit_vm(struct gm_vm *vm, uint64_t allocated, uint64_t freed)
{
	vm->counts.allocated_pages += allocated;
	vm->counts.freed_pages += freed;
	vm->machine->counts.allocated_pages += allocated;
	vm->machine->counts.freed_pages += freed;
}

void gm_inode_update_counters(struct gm_model *m, struct gm_inode *in, uint64_t allocated, uint64_t freed)
{
	uint64_t da = allocated > in->base[0] + in->allocated_pages ? allocated - in->base[0] - in->allocated_pages : 0;
	uint64_t df = freed > in->base[1] + in->freed_pages ? freed - in->base[1] - in->freed_pages : 0;

	in->allocated_pages += da;
	in->freed_pages += df;
	m->counts.allocated_pages += da;
	m->counts.freed_pages += df;
	if (in->vm) {
		credit_vm(in->vm, da, df);
	} else {
		in->owed[0] += da;
		in->owed[1] += df;
	}
}

/* ---- links ---- */

static struct gm_file *newest_file(const struct gm_vec *files)
{
	struct gm_file *best = NULL;

	for (size_t i = 0; i < files->nr; i++) {
		struct gm_file *f = files->at[i];

		if (f->vm && (!best || f->id > best->id))
			best = f;
	}
	return best;
}

/* Set the owner of an inode: the VM of its newest live file; without a live file the owner stays. */
static void set_owner(struct gm_inode *in)
{
	const struct gm_file *f = newest_file(&in->files);

	if (!f && !in->vm)
		f = newest_file(&in->views);
	if (f)
		in->vm = f->vm;
	if (in->vm) {
		credit_vm(in->vm, in->owed[0], in->owed[1]);
		in->owed[0] = in->owed[1] = 0;
	}
}

static int link_inode(struct gm_model *m, struct gm_file *f, struct gm_inode *in)
{
	if (gm_vec_push(&in->views, f))
		return -ENOMEM;
	f->inode = in;
	if (f->dead_ns)
		return 0;
	if (in->dead_ns) /* its release was missed, since an inode outlives its files */
		return gm_file_end(m, f, in->dead_ns, false);
	return gm_vec_push(&in->files, f);
}

static int link_vm(struct gm_file *f, struct gm_vm *vm)
{
	if (gm_vec_push(&vm->files, f))
		return -ENOMEM;
	f->vm = vm;
	vm->had_mem = true;
	return 0;
}

/* Two VMs with files of one inode are one machine. */
static int join_machines(struct gm_model *m, const struct gm_inode *in, const struct gm_vm *vm)
{
	for (size_t i = 0; i < in->views.nr; i++) {
		const struct gm_file *other = in->views.at[i];
		int err = 0;

		if (other->vm && other->vm->machine != vm->machine)
			err = gm_machine_join(m, other->vm->machine, vm->machine);
		if (err)
			return err;
	}
	return 0;
}

int gm_file_link(struct gm_model *m, struct gm_file *f, struct gm_inode *in, struct gm_vm *vm)
{
	bool fresh = (in && !f->inode) || (vm && !f->vm);
	int err = 0;

	if (in && !f->inode)
		err = link_inode(m, f, in);
	if (!err && vm && !f->vm)
		err = link_vm(f, vm);
	if (err || !fresh || !f->inode || !f->vm)
		return err;
	err = join_machines(m, f->inode, f->vm);
	set_owner(f->inode);
	return err;
}

/* ---- bindings ---- */

static struct gm_binding *binding_at(const struct gm_vm *vm, uint32_t slot)
{
	return gm_hmap_get(&vm->by_slot, slot);
}

static bool is_same_binding(const struct gm_binding *a, const struct gm_binding *b)
{
	return (a->file == b->file || !a->file || !b->file) && a->base_gfn == b->base_gfn && a->npages == b->npages &&
	       a->pgoff == b->pgoff;
}

/*
 * Merge a binding into the one of its slot: an event that arrives after a newer state record says since when, but not
 * what is bound.
 */
static void binding_update(struct gm_binding *b, const struct gm_binding *want)
{
	struct gm_file *file = want->file ? want->file : b->file;

	if (want->seen_ns > b->seen_ns)
		b->seen_ns = want->seen_ns;
	if (is_same_binding(b, want)) {
		b->file = file;
		if (want->since_ns < b->since_ns)
			b->since_ns = want->since_ns;
	} else if (want->since_ns >= b->since_ns) {
		*b = *want;
	}
}

int gm_binding_set(const struct gm_binding *want)
{
	struct gm_vm *vm = want->vm;
	struct gm_binding *b;

	/* A file of another VM cannot be bound here, and its release would not find the binding. */
	if (vm->dead_ns || (want->file && (want->file->dead_ns || want->file->vm != vm)))
		return 0;
	b = binding_at(vm, want->slot);
	if (b) {
		binding_update(b, want);
		return 0;
	}
	b = malloc(sizeof(*b));
	if (!b || gm_hmap_put(&vm->by_slot, want->slot, b)) {
		free(b);
		return -ENOMEM;
	}
	if (gm_vec_push(&vm->bindings, b)) {
		gm_hmap_del(&vm->by_slot, want->slot);
		free(b);
		return -ENOMEM;
	}
	*b = *want;
	return 0;
}

static void binding_remove(struct gm_binding *b, uint64_t ts, bool timed)
{
	gm_vec_remove(&b->vm->bindings, b);
	gm_hmap_del(&b->vm->by_slot, b->slot);
	if (timed)
		gm_rebind_begin(b->vm, b->file ? b->file->inode : NULL, b->pgoff, b->npages, ts);
	free(b);
}

bool gm_binding_unset(struct gm_vm *vm, uint32_t slot, uint64_t ts, bool timed)
{
	struct gm_binding *b = binding_at(vm, slot);

	if (!b)
		return false;
	if (b->since_ns <= ts)
		binding_remove(b, ts, timed);
	return true;
}

#define BIND_GRACE_NS	100000000ull

/* A binding that a complete scan of its VM did not find was unbound at an unknown time. */
void gm_bindings_expire(struct gm_model *m, uint64_t walk_ns)
{
	for (size_t v = 0; v < m->vms.nr; v++) {
		struct gm_vm *vm = m->vms.at[v];

		for (size_t i = vm->scanned_ns < walk_ns ? 0 : vm->bindings.nr; i-- > 0;) {
			struct gm_binding *b = vm->bindings.at[i];

			/* A bind is reported before the kernel installs its slot (virt/kvm/kvm_main.c, 6.12 to 7.2). */
			if (b->seen_ns < walk_ns && b->since_ns + BIND_GRACE_NS < walk_ns)
				binding_remove(b, walk_ns, false);
		}
	}
}

/* Remove the bindings of a file, or all (f NULL); from the end, so that no element moves. */
static void bindings_remove(struct gm_vm *vm, const struct gm_file *f, uint64_t ts, bool timed)
{
	for (size_t i = vm->bindings.nr; i-- > 0;) {
		struct gm_binding *b = vm->bindings.at[i];

		if (!f || b->file == f)
			binding_remove(b, ts, timed);
	}
}

/* ---- ends ---- */

/* Return the time for dead_ns: 0 means alive, so an end at time 0 (a made-up record) counts as 1. */
static uint64_t dead_time(uint64_t ts)
{
	return ts ? ts : 1;
}

int gm_vm_end(struct gm_model *m, struct gm_vm *vm, uint64_t ts, bool timed)
{
	if (vm->dead_ns)
		return 0;
	vm->dead_ns = dead_time(ts);
	m->dead_vms++;
	bindings_remove(vm, NULL, ts, timed);
	if (timed)
		gm_rebind_later(vm, NULL, ts);
	return gm_vec_push(&m->kept_dead_vms, vm);
}

int gm_file_end(struct gm_model *m, struct gm_file *f, uint64_t ts, bool timed)
{
	if (f->dead_ns)
		return 0;
	f->dead_ns = dead_time(ts);
	if (f->vm)
		bindings_remove(f->vm, f, ts, timed);
	if (f->vm && timed)
		gm_rebind_later(f->vm, f->inode, ts);
	if (f->inode) {
		gm_vec_remove(&f->inode->files, f);
		set_owner(f->inode);
	}
	return gm_vec_push(&m->kept_dead_files, f);
}

/* Files that the inode still has ended before it: their release was missed. */
int gm_inode_end(struct gm_model *m, struct gm_inode *in, uint64_t ts, bool timed)
{
	if (in->dead_ns)
		return 0;
	while (in->files.nr) {
		int err = gm_file_end(m, in->files.at[0], ts, timed);

		if (err)
			return err;
	}
	in->dead_ns = dead_time(ts);
	in->resident_pages = 0;
	for (size_t i = 0; i < GM_NODES_MAX; i++)
		in->node_pages[i] = 0;
	in->nodes_error = in->nodes_how = 0;
	in->pins.nr = 0;
	m->dead_inodes++;
	return gm_vec_push(&m->kept_dead_inodes, in);
}

/* ---- freeing ---- */

static void gone_raise(struct gm_gone *g, uint32_t id, uint64_t dead_ns)
{
	if (id > g->id)
		g->id = id;
	if (dead_ns > g->ns)
		g->ns = dead_ns;
}

static bool has_file_of(const struct gm_inode *in, const struct gm_vm *vm)
{
	for (size_t i = 0; i < in->views.nr; i++) {
		const struct gm_file *f = in->views.at[i];

		if (f->vm == vm)
			return true;
	}
	return false;
}

/*
 * Free a dead file. An inode's owner always has a kept file of it: so a VM that is freed finds all inodes that point at
 * it.
 */
static void file_expire(struct gm_model *m, struct gm_file *f)
{
	if (f->vm)
		gm_vec_remove(&f->vm->files, f);
	if (f->inode) {
		gm_vec_remove(&f->inode->views, f);
		if (f->inode->vm && !has_file_of(f->inode, f->inode->vm))
			f->inode->vm = NULL;
	}
	gm_vec_remove(&m->kept_dead_files, f);
	gm_vec_remove(&m->files, f);
	gm_hmap_del(&m->file_by_id, f->id);
	gone_raise(&m->gone_file, f->id, f->dead_ns);
	free(f);
}

static void inode_expire(struct gm_model *m, struct gm_inode *in)
{
	while (in->views.nr)
		file_expire(m, in->views.at[0]);
	gm_vec_remove(&m->kept_dead_inodes, in);
	gm_vec_remove(&m->inodes, in);
	gm_hmap_del(&m->inode_by_id, in->id);
	gone_raise(&m->gone_inode, in->id, in->dead_ns);
	gm_inode_free(in);
}

/* Free a dead VM. Its files have ended as well, even if their release was missed. */
static int vm_expire(struct gm_model *m, struct gm_vm *vm)
{
	int err = 0;

	for (size_t i = 0; i < vm->files.nr; i++) {
		struct gm_file *f = vm->files.at[i];

		if (gm_file_end(m, f, m->now_ns, false))
			err = -ENOMEM;
		f->vm = NULL;
		if (f->inode && f->inode->vm == vm)
			f->inode->vm = NULL;
	}
	gm_vec_remove(&m->kept_dead_vms, vm);
	gm_vec_remove(&m->vms, vm);
	gm_hmap_del(&m->vm_by_id, vm->id);
	gone_raise(&m->gone_vm, vm->id, vm->dead_ns);
	if (gm_proc_unref(m, vm))
		err = -ENOMEM;
	if (gm_machine_drop_vm(m, vm))
		err = -ENOMEM;
	gm_vm_free(vm);
	return err;
}

int gm_model_expire(struct gm_model *m)
{
	int err = 0;

	while (!err && m->kept_dead_vms.nr > m->keep_dead)
		err = vm_expire(m, m->kept_dead_vms.at[0]);
	while (m->kept_dead_inodes.nr > m->keep_dead)
		inode_expire(m, m->kept_dead_inodes.at[0]);
	while (m->kept_dead_files.nr > m->keep_dead)
		file_expire(m, m->kept_dead_files.at[0]);
	gm_machines_expire(m);
	return err;
}

void gm_vm_free(struct gm_vm *vm)
{
	for (size_t i = 0; i < vm->bindings.nr; i++)
		free(vm->bindings.at[i]);
	for (size_t i = 0; i < GM_PHASE_NR; i++)
		free(vm->phase[i]);
	gm_vec_release(&vm->bindings);
	gm_hmap_release(&vm->by_slot);
	gm_vec_release(&vm->files);
	free(vm);
}

void gm_inode_free(struct gm_inode *in)
{
	gm_vec_release(&in->files);
	gm_vec_release(&in->views);
	gm_vec_release(&in->pins);
	free(in);
}
