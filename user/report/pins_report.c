// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pins_report.c - finds the objects that still exist, and what pins them. A gmem file is one VM's view of an inode: it
 * pins the memory and the VM. Descriptors and mappings pin the file; memslots do not.
 */
#include "report/pins_report_int.h"

#include <errno.h>
#include <stdlib.h>

/* ---- which objects ---- */

/* A file without a known VM counts as used by a running VM. */
static enum gm_why why_inode(const struct gm_model *m, const struct gm_inode *in)
{
	enum gm_why why = GM_WHY_OWNER_GONE;

	if (gm_inode_is_orphan(m, in))
		return GM_WHY_ORPHAN;
	for (size_t i = 0; i < in->files.nr; i++) {
		const struct gm_file *f = in->files.at[i];
		enum gm_vm_state s = f->vm ? gm_vm_state(m, f->vm) : GM_VM_RUNS;

		if (s == GM_VM_RUNS)
			return GM_WHY_ASKED;
		if (s == GM_VM_CLOSED)
			why = GM_WHY_CLOSED;
	}
	return why;
}

static enum gm_why why_vm(const struct gm_model *m, const struct gm_vm *vm)
{
	switch (gm_vm_state(m, vm)) {
	case GM_VM_OWNER_GONE: return GM_WHY_OWNER_GONE;
	case GM_VM_CLOSED: return GM_WHY_CLOSED;
	default: return GM_WHY_ASKED;
	}
}

static bool is_wanted(enum gm_why why, const char *want, bool all)
{
	return all || (want && *want) || why != GM_WHY_ASKED;
}

static int by_urgency(const void *pa, const void *pb)
{
	const struct gm_pinned_object *a = pa, *b = pb;

	if (a->why != b->why)
		return a->why < b->why ? -1 : 1;
	if (!a->in != !b->in)
		return a->in ? -1 : 1;
	if (a->in && a->in->resident_pages != b->in->resident_pages)
		return a->in->resident_pages > b->in->resident_pages ? -1 : 1;
	if (a->in)
		return a->in->id < b->in->id ? -1 : a->in->id > b->in->id;
	return a->vm->id < b->vm->id ? -1 : a->vm->id > b->vm->id;
}

int gm_pinned_build(const struct gm_model *m, const char *want, bool all, struct gm_pinned_list *out)
{
	out->nr = 0;
	out->at = calloc(m->inodes.nr + m->vms.nr + 1, sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];
		struct gm_pinned_object k = { .in = in, .why = in->dead_ns ? GM_WHY_ASKED : why_inode(m, in) };

		if (!in->dead_ns && gm_inode_matches(in, want) && is_wanted(k.why, want, all))
			out->at[out->nr++] = k;
	}
	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];
		struct gm_pinned_object k = { .vm = vm, .why = why_vm(m, vm) };

		if (!vm->dead_ns && gm_vm_matches(vm, want) && is_wanted(k.why, want, all))
			out->at[out->nr++] = k;
	}
	qsort(out->at, out->nr, sizeof(*out->at), by_urgency);
	return 0;
}

void gm_pinned_release(struct gm_pinned_list *l)
{
	free(l->at);
	*l = (struct gm_pinned_list){ .nr = 0 };
}

/* ---- what pins them ---- */

static unsigned int emit_pins(const struct gm_vec *pins, const struct gm_file *f, gm_pin_reason_fn fn, void *arg)
{
	unsigned int emitted = 0;

	for (size_t i = 0; i < pins->nr; i++) {
		struct gm_pin_reason h = { .kind = GM_PIN_REASON_PIN, .file = f, .pin = pins->at[i] };

		if (h.pin->file != (f ? f->id : 0))
			continue;
		fn(arg, &h);
		emitted++;
	}
	return emitted;
}

static void emit_bindings(const struct gm_file *f, gm_pin_reason_fn fn, void *arg)
{
	for (size_t i = 0; f->vm && i < f->vm->bindings.nr; i++) {
		struct gm_pin_reason h = { .kind = GM_PIN_REASON_BINDING, .file = f, .binding = f->vm->bindings.at[i] };

		if (h.binding->file == f)
			fn(arg, &h);
	}
}

static void emit_inode_reasons(const struct gm_inode *in, gm_pin_reason_fn fn, void *arg)
{
	unsigned int emitted;

	for (size_t i = 0; i < in->files.nr; i++) {
		struct gm_pin_reason h = { .kind = GM_PIN_REASON_FILE, .file = in->files.at[i] };

		fn(arg, &h);
		if (!emit_pins(&in->pins, h.file, fn, arg)) {
			h.kind = GM_PIN_REASON_NONE;
			fn(arg, &h);
		}
		emit_bindings(h.file, fn, arg);
	}
	emitted = emit_pins(&in->pins, NULL, fn, arg);
	if (!in->files.nr && !emitted)
		fn(arg, &(struct gm_pin_reason){ .kind = GM_PIN_REASON_NONE });
}

static void emit_vm_reasons(const struct gm_model *m, const struct gm_vm *vm, gm_pin_reason_fn fn, void *arg)
{
	unsigned int emitted = 0;

	for (size_t i = 0; i < m->pins.nr; i++) {
		struct gm_pin_reason h = { .kind = GM_PIN_REASON_PIN, .pin = m->pins.at[i] };

		if (h.pin->vm != vm->id || h.pin->what == GM_PIN_FD || h.pin->what == GM_PIN_MAPPING)
			continue;
		fn(arg, &h);
		emitted++;
	}
	for (size_t i = 0; i < vm->files.nr; i++) {
		struct gm_pin_reason h = { .kind = GM_PIN_REASON_FILE, .file = vm->files.at[i] };

		if (h.file->dead_ns)
			continue;
		fn(arg, &h);
		emitted++;
	}
	if (!emitted)
		fn(arg, &(struct gm_pin_reason){ .kind = GM_PIN_REASON_NONE });
}

void gm_pinned_reasons(const struct gm_model *m, const struct gm_pinned_object *k, gm_pin_reason_fn fn, void *arg)
{
	if (k->in)
		emit_inode_reasons(k->in, fn, arg);
	else
		emit_vm_reasons(m, k->vm, fn, arg);
}
