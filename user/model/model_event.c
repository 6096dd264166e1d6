// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_event.c - events, and state records of objects; each of them names ids, so each may be the first record of an
 * object.
 *
 * A failed operation is only counted: it changed nothing, and its duration would distort the phase's histogram.
 */
#include "model/model_int.h"
#include "model/observe.h"

#include <string.h>

/* Objects of an event, as far as known; of a failed one the VM alone. */
struct event_objects {
	struct gm_vm *vm;
	struct gm_file *file;
	struct gm_inode *inode;
	bool ok;	/* the event succeeded */
	bool timed;	/* its times are those of the call, not of a scan */
};

static int find_objects(struct gm_model *m, const struct gm_ev *ev, struct event_objects *n)
{
	uint64_t ts = ev->h.ts_ns;
	uint32_t creator = ev->h.kind == GM_K_VM_CREATE ? ev->tgid : 0;
	int err = gm_vm_get_of(m, ev->vm, creator, ts, &n->vm);

	if (!err)
		err = gm_inode_get(m, ev->inode, ts, &n->inode);
	if (!err)
		err = gm_file_get(m, ev->file, ts, &n->file);
	if (!err && n->file)
		err = gm_file_link(m, n->file, n->inode, n->vm);
	if (err)
		return err;
	if (!n->inode && n->file)
		n->inode = n->file->inode;
	/* An eviction has no calling VM, but its memory has an owner. */
	if (!n->vm && n->file)
		n->vm = n->file->vm;
	if (!n->vm && n->inode)
		n->vm = n->inode->vm;
	return 0;
}

static void count_event(struct gm_counts *c, const struct gm_ev *ev)
{
	c->events[ev->h.kind]++;
	c->failed[ev->h.kind] += ev->ret < 0;
}

/* Handle what all events have in common: objects, counts, the phase's time. */
static int handle_event(struct gm_model *m, const struct gm_ev *ev, struct event_objects *n)
{
	int phase = gm_kind_phase(ev->h.kind), err = 0;

	memset(n, 0, sizeof(*n));
	n->ok = ev->ret >= 0;
	n->timed = n->ok && !(ev->flags & GM_EV_BY_SCAN);
	if (n->ok)
		err = find_objects(m, ev, n);
	else
		n->vm = gm_model_vm(m, ev->vm);
	if (err)
		return err;
	err = gm_dup_note(m, n->vm, (const union gm_any *)ev);
	if (err)
		return err;
	count_event(&m->counts, ev);
	if (n->vm) {
		count_event(&n->vm->counts, ev);
		count_event(&n->vm->machine->counts, ev);
	}
	err = gm_reboot_note(m, n->vm, (const union gm_any *)ev);
	if (err)
		return err;
	if (phase < 0 || !n->timed || ev->flags & (GM_EV_NODUR | GM_EV_SYSCALL))
		return 0;
	return gm_phase_add(m, n->vm, phase, ev->self_ns);
}

/* Set the time of creation to the earliest one reported: it is the most exact. */
static void note_created(uint64_t *born_ns, uint64_t ns)
{
	if (ns && ns < *born_ns)
		*born_ns = ns;
}

/* ---- vms ---- */

int gm_apply_VM(struct gm_model *m, const struct gm_rec_vm *r)
{
	struct gm_vm *vm;
	int err;

	m->reported_own_key = r->flags & GM_OBJ_OWN_KEY;
	err = gm_vm_get_of(m, r->vm, r->tgid, r->h.ts_ns, &vm);
	m->reported_own_key = false;
	if (err || !vm)
		return err;
	vm->tid = r->tid ? r->tid : vm->tid;
	vm->vcpus = r->vcpus > vm->vcpus ? r->vcpus : vm->vcpus;
	vm->type = r->type ? r->type : vm->type;
	vm->sptes_known |= r->flags & GM_OBJ_SPTES;
	memcpy(vm->sptes, r->sptes, sizeof(vm->sptes));
	vm->old |= r->flags & GM_OBJ_OLD;
	vm->untracked = r->untracked_files;
	vm->uncounted |= r->untracked_files || r->flags & GM_OBJ_UNCOUNTED;
	vm->siblings = r->flags & GM_OBJ_SIBLINGS;
	vm->scan_partial = r->flags & GM_OBJ_PARTIAL;
	if (!vm->scan_partial)
		vm->scanned_ns = r->h.ts_ns;
	note_created(&vm->born_ns, r->born_ns);
	gm_machine_set_newest(vm->machine);
	if (!(r->flags & GM_OBJ_DEAD) || vm->dead_ns)
		return 0;
	vm->before = true;
	m->dead_vms--; /* not an end of this session: undo the count in advance */
	return gm_vm_end(m, vm, r->h.ts_ns, false);
}

int gm_apply_VM_CREATE(struct gm_model *m, const struct gm_ev_vm *r)
{
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	if (err || !n.ok || !n.vm)
		return err;
	n.vm->type = r->type ? (uint32_t)r->type : n.vm->type;
	n.vm->tid = n.vm->tid ? n.vm->tid : r->ev.tid;
	if (!n.vm->comm[0] && n.vm->tgid == r->ev.tgid)
		gm_copy_text(n.vm->comm, sizeof(n.vm->comm), r->ev.comm, sizeof(r->ev.comm));
	note_created(&n.vm->born_ns, r->ev.h.ts_ns);
	gm_machine_set_newest(n.vm->machine);
	return 0;
}

int gm_apply_VM_DESTROY(struct gm_model *m, const struct gm_ev_vm *r)
{
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	return !err && n.ok && n.vm ? gm_vm_end(m, n.vm, r->ev.h.ts_ns, n.timed) : err;
}

/* ---- inodes and files ---- */

static void note_touched(struct gm_inode *in, uint64_t ns)
{
	if (in->vm && ns > in->vm->touched_ns)
		in->vm->touched_ns = ns;
}

int gm_apply_INODE(struct gm_model *m, const struct gm_rec_inode *r)
{
	struct gm_inode *in;
	int err = gm_inode_get(m, r->inode, r->h.ts_ns, &in);

	if (err || !in)
		return err;
	in->ino = r->ino ? r->ino : in->ino;
	in->size_bytes = r->size_bytes ? r->size_bytes : in->size_bytes;
	in->gmem_flags |= r->gmem_flags;
	in->old |= r->flags & GM_OBJ_OLD;
	in->counted |= r->counted;
	note_touched(in, r->touched_ns);
	note_created(&in->born_ns, r->born_ns);
	gm_inode_update_counters(m, in, r->allocated_pages, r->freed_pages);
	if (r->flags & GM_OBJ_DEAD && !in->dead_ns) {
		in->before = true;
		m->dead_inodes--;
		return gm_inode_end(m, in, r->h.ts_ns, false);
	}
	if (in->dead_ns)
		return 0;
	if (r->h.ts_ns > in->seen_ns)
		in->seen_ns = r->h.ts_ns;
	in->resident_pages = r->resident_pages;
	in->nodes_known = r->nodes_known || r->nodes_how == GM_NODES_SAMPLE;
	in->nodes_error = r->nodes_error;
	in->nodes_ns = r->nodes_ns;
	in->nodes_how = r->nodes_how;
	memcpy(in->node_pages, r->node_pages, sizeof(in->node_pages));
	return 0;
}

int gm_apply_FILE(struct gm_model *m, const struct gm_rec_file *r)
{
	struct gm_file *f;
	struct gm_inode *in;
	struct gm_vm *vm;
	int err = gm_file_get(m, r->file, r->h.ts_ns, &f);

	if (err || !f)
		return err;
	err = gm_inode_get(m, r->inode, r->h.ts_ns, &in);
	if (!err)
		err = gm_vm_get(m, r->vm, r->h.ts_ns, &vm);
	if (err)
		return err;
	f->old |= r->flags & GM_OBJ_OLD;
	note_created(&f->born_ns, r->born_ns);
	err = gm_file_link(m, f, in, vm);
	return !err && r->flags & GM_OBJ_DEAD ? gm_file_end(m, f, r->h.ts_ns, false) : err;
}

/*
 * Set the counters that creation, release and eviction carry, as an inode may live between two samples. Zeros are valid
 * only where this host counts pages.
 */
static void event_counters(struct gm_model *m, struct gm_inode *in, const struct gm_ev_inode *r)
{
	note_touched(in, r->touched_ns);
	if (!r->allocated_pages && !r->freed_pages && gm_model_uncounted(m))
		return;
	in->counted = true;
	gm_inode_update_counters(m, in, r->allocated_pages, r->freed_pages);
}

int gm_apply_CREATE(struct gm_model *m, const struct gm_ev_inode *r)
{
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	if (err || !n.ok)
		return err;
	if (n.file)
		note_created(&n.file->born_ns, r->ev.h.ts_ns);
	if (!n.inode)
		return 0;
	n.inode->ino = r->ino ? r->ino : n.inode->ino;
	n.inode->size_bytes = r->size_bytes ? r->size_bytes : n.inode->size_bytes;
	n.inode->gmem_flags |= r->gmem_flags;
	note_created(&n.inode->born_ns, r->ev.h.ts_ns);
	event_counters(m, n.inode, r);
	return 0;
}

int gm_apply_RELEASE(struct gm_model *m, const struct gm_ev_inode *r)
{
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	if (err || !n.ok)
		return err;
	if (n.inode)
		event_counters(m, n.inode, r);
	return n.file ? gm_file_end(m, n.file, r->ev.h.ts_ns, n.timed) : 0;
}

int gm_apply_EVICT(struct gm_model *m, const struct gm_ev_inode *r)
{
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	if (err || !n.ok || !n.inode)
		return err;
	if (r->ev.flags & GM_EV_UNCOUNTED) {
		n.inode->old = true;
		n.inode->counted = false;
	} else {
		event_counters(m, n.inode, r);
	}
	return gm_inode_end(m, n.inode, r->ev.h.ts_ns, n.timed);
}

/* ---- bindings ---- */

int gm_apply_BINDING(struct gm_model *m, const struct gm_rec_binding *r)
{
	struct gm_binding b = { .slot = r->slot,
				.base_gfn = r->base_gfn,
				.npages = r->npages,
				.pgoff = r->pgoff,
				.since_ns = r->h.ts_ns,
				.seen_ns = r->h.ts_ns };
	struct gm_inode *in;
	int err = gm_vm_get(m, r->vm, r->h.ts_ns, &b.vm);

	if (!err)
		err = gm_inode_get(m, r->inode, r->h.ts_ns, &in);
	if (!err)
		err = gm_file_get(m, r->file, r->h.ts_ns, &b.file);
	if (!err && b.file)
		err = gm_file_link(m, b.file, in, b.vm);
	return !err && b.vm ? gm_binding_set(&b) : err;
}

int gm_apply_BIND(struct gm_model *m, const struct gm_ev_range *r)
{
	struct gm_binding b = { .slot = r->slot,
				.base_gfn = r->base_gfn,
				.npages = r->npages,
				.pgoff = r->pgoff,
				.since_ns = r->ev.h.ts_ns,
				.seen_ns = r->ev.h.ts_ns };
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	if (err || !n.ok || !n.vm)
		return err;
	b.vm = n.vm;
	b.file = n.file;
	err = gm_rebind_end(m, n.vm, n.inode, r, n.timed);
	return err ? err : gm_binding_set(&b);
}

int gm_apply_UNBIND(struct gm_model *m, const struct gm_ev_range *r)
{
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	if (err || !n.ok || !n.vm)
		return err;
	if (!gm_binding_unset(n.vm, r->slot, r->ev.h.ts_ns, n.timed) && n.timed)
		gm_rebind_begin(n.vm, n.inode, r->pgoff, r->npages, r->ev.h.ts_ns);
	return 0;
}

int gm_apply_CONVERT(struct gm_model *m, const struct gm_ev_range *r)
{
	struct event_objects n;
	int err = handle_event(m, &r->ev, &n);

	if (!err && n.ok && n.vm)
		gm_converted_note(n.vm, r);
	return err;
}

/* ---- events that change no object ---- */

static int only_count(struct gm_model *m, const struct gm_ev *ev)
{
	struct event_objects n;

	return handle_event(m, ev, &n);
}

int gm_apply_MMAP(struct gm_model *m, const struct gm_ev_range *r)
{
	return only_count(m, &r->ev);
}
int gm_apply_FALLOCATE(struct gm_model *m, const struct gm_ev_range *r)
{
	return only_count(m, &r->ev);
}
int gm_apply_PUNCH(struct gm_model *m, const struct gm_ev_range *r)
{
	return only_count(m, &r->ev);
}
int gm_apply_MEMORY_FAILURE(struct gm_model *m, const struct gm_ev_range *r)
{
	return only_count(m, &r->ev);
}
int gm_apply_ZAP(struct gm_model *m, const struct gm_ev_range *r)
{
	return only_count(m, &r->ev);
}
int gm_apply_POPULATE(struct gm_model *m, const struct gm_ev_range *r)
{
	return only_count(m, &r->ev);
}
int gm_apply_RESET(struct gm_model *m, const struct gm_ev_reset *r)
{
	return only_count(m, &r->ev);
}
int gm_apply_FAULT(struct gm_model *m, const struct gm_ev_fault *r)
{
	return only_count(m, &r->ev);
}
