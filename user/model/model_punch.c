// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_punch.c - finds the cause of a punch, where events show it.
 *
 * Left out, because other causes look the same: free page reporting and virtio-mem of QEMU and of Firecracker, and
 * Firecracker's balloon (all from the VMM's one thread for devices, in ranges of any size); a shutdown (recognizable
 * only afterwards).
 */
#include "model/reboot_int.h"

#include <string.h>

#define CONVERTED_NS	1000000000ull	/* longest time between a conversion and its punch */

void gm_converted_note(struct gm_vm *vm, const struct gm_ev_range *r)
{
	vm->converted[vm->converted_nr++ % GM_CONVERTED_NR] = (struct gm_converted){
		.ts_ns = r->ev.h.ts_ns, .base_gfn = r->base_gfn, .npages = r->npages, .tid = r->ev.tid
	};
}

static bool contains_range(uint64_t first, uint64_t n, uint64_t first2, uint64_t n2)
{
	return first2 >= first && n2 <= n && first2 - first <= n - n2;
}

/* Return true if the same thread has just converted these guest pages. */
static bool was_converted(const struct gm_vm *vm, const struct gm_ev *ev, uint64_t gfn, uint64_t npages)
{
	uint64_t begin = gm_event_begin(ev);

	for (unsigned int i = 0; i < GM_CONVERTED_NR; i++) {
		const struct gm_converted *c = &vm->converted[i];

		if (c->ts_ns && c->tid == ev->tid && c->ts_ns <= begin && begin - c->ts_ns <= CONVERTED_NS &&
		    contains_range(c->base_gfn, c->npages, gfn, npages))
			return true;
	}
	return false;
}

/*
 * Return true for a conversion by QEMU: kvm_convert_memory() sets the attributes, then discards what the guest no
 * longer uses, in the vCPU's thread.
 */
static bool is_conversion(const struct gm_vm *vm, const struct gm_ev_range *r)
{
	for (size_t i = 0; vm && vm->converted_nr && i < vm->bindings.nr; i++) {
		const struct gm_binding *b = vm->bindings.at[i];

		if (b->file && b->file->inode && b->file->inode->id == r->ev.inode &&
		    contains_range(b->pgoff, b->npages, r->pgoff, r->npages) &&
		    was_converted(vm, &r->ev, b->base_gfn + (r->pgoff - b->pgoff), r->npages))
			return true;
	}
	return false;
}

/*
 * Return true for the balloon threads of Cloud Hypervisor ("_balloon", "__balloon") and crosvm ("v_balloon"): inflation
 * and free page reporting.
 */
static bool is_balloon_thread(const struct gm_vm *vm, const struct gm_ev_range *r)
{
	(void)vm;
	return strstr(r->ev.comm, "balloon");
}

/*
 * Return true for QEMU's balloon: it inflates in the main thread, page by page (balloon_inflate_page()). Other punches
 * of that thread have larger ranges: virtio-mem by blocks of 1 MiB and more, free page reporting by the order of a page
 * block.
 */
static bool is_qemu_balloon(const struct gm_vm *vm, const struct gm_ev_range *r)
{
	static const char *const names[] = { "qemu-system-", "qemu-kvm", "kvm" };
	bool qemu = !strcmp(r->ev.comm, names[2]);

	(void)vm;
	for (size_t i = 0; i < 2; i++)
		qemu |= !strncmp(r->ev.comm, names[i], strlen(names[i]));
	return qemu && r->ev.tid == r->ev.tgid && r->npages == 1;
}

static const struct rule {
	bool (*matches)(const struct gm_vm *vm, const struct gm_ev_range *r);
	struct gm_cause cause;
} rules[] = {
	{ is_conversion, { "convert", "range" } },
	{ is_balloon_thread, { "balloon", "pattern" } },
	{ is_qemu_balloon, { "balloon", "pattern" } },
};

const struct gm_cause *gm_punch_cause(const struct gm_model *m, const union gm_any *rec)
{
	const struct gm_ev_range *r = &rec->as_PUNCH;
	const struct gm_vm *vm;

	if (rec->h.kind != GM_K_PUNCH || r->ev.ret < 0 || !r->npages)
		return NULL;
	vm = gm_model_vm(m, r->ev.vm);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rules); i++)
		if (rules[i].matches(vm, r))
			return &rules[i].cause;
	return NULL;
}
