// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* model_attrs.c - private and shared memory of VMs, and sums over VMs. */
#include "model/model_int.h"

#include <string.h>

int gm_apply_ATTRS(struct gm_model *m, const struct gm_rec_attrs *r)
{
	struct gm_vm *vm = gm_model_vm(m, r->vm);

	if (vm && !vm->dead_ns)
		vm->attrs = *r;
	return 0;
}

/* Return why no walk over attributes reports anything on this host; NULL: one does, or will. */
static const char *attrs_na(const struct gm_model *m)
{
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *p = &((const struct gm_probe *)m->probes.at[i])->rec;

		if (!strcmp(p->probe, "attributes"))
			return p->state == GM_PROBE_ATTACHED ? NULL : p->why;
	}
	return "the recording is older than this figure";
}

static const char *twice_na(uint32_t how)
{
	switch (how) {
	case GM_TWICE_NO_PROCESS: return "the VM's process is gone, or not visible from here";
	case GM_TWICE_REFUSED: return "reading the page tables of the VM's process needs CAP_SYS_PTRACE";
	case GM_TWICE_NO_SCAN: return "this kernel has no PAGEMAP_SCAN";
	default: return "not looked up yet";
	}
}

static void add_unknown(const struct gm_model *m, struct gm_halves *out)
{
	const char *why = attrs_na(m);

	out->known = out->twice_known = false;
	out->why = out->twice_why = why ? why : "not read yet";
}

/* Add a VM that cannot have private memory: its slots are shared. */
static void add_shared(const struct gm_vm *vm, struct gm_halves *out)
{
	for (size_t i = 0; i < vm->bindings.nr; i++)
		out->shared_pages += ((const struct gm_binding *)vm->bindings.at[i])->npages;
}

static void add_twice(const struct gm_rec_attrs *a, struct gm_halves *out)
{
	if (a->twice_how == GM_TWICE_KNOWN || a->twice_how == GM_TWICE_PART) {
		out->twice_pages += a->twice_pages;
		out->twice_partial |= a->twice_how == GM_TWICE_PART;
		return;
	}
	out->twice_known = false;
	out->twice_why = twice_na(a->twice_how);
}

static void add_vm(const struct gm_model *m, const struct gm_vm *vm, struct gm_halves *out)
{
	const struct gm_rec_attrs *a = &vm->attrs;

	if (vm->dead_ns || !vm->had_mem)
		return;
	if (a->how == GM_ATTRS_UNKNOWN) {
		add_unknown(m, out);
		return;
	}
	if (a->how == GM_ATTRS_NONE) {
		add_shared(vm, out);
		return;
	}
	out->any = true;
	out->partial |= a->how == GM_ATTRS_PART;
	out->aged |= a->how == GM_ATTRS_AGED;
	out->private_pages += a->private_pages;
	out->shared_pages += a->pages - a->private_pages;
	out->left_pages += a->left_pages;
	add_twice(a, out);
}

static void halves_init(const struct gm_model *m, struct gm_halves *out)
{
	const char *na = attrs_na(m);

	*out = (struct gm_halves){ .known = !na, .twice_known = !na, .why = na, .twice_why = na };
}

void gm_vm_halves(const struct gm_model *m, const struct gm_vm *vm, struct gm_halves *out)
{
	halves_init(m, out);
	add_vm(m, vm, out);
}

void gm_machine_halves(const struct gm_model *m, const struct gm_machine *mc, struct gm_halves *out)
{
	halves_init(m, out);
	for (size_t i = 0; i < mc->vms.nr; i++)
		add_vm(m, mc->vms.at[i], out);
}

void gm_model_halves(const struct gm_model *m, struct gm_halves *out)
{
	halves_init(m, out);
	for (size_t i = 0; i < m->vms.nr; i++)
		add_vm(m, m->vms.at[i], out);
}
