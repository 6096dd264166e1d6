// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_record.c - checks a record from the kernel, notes what the source needs of it, and pushes it to the feed. */
#include <errno.h>
#include <stdint.h>

#include "base/clock.h"
#include "kernel/live_int.h"

void gm_live_track(struct gm_live *l, const union gm_any *u)
{
	gm_live_objects_note(l, u);
	switch (u->h.kind) {
	case GM_K_VM:
		l->scanned_vms++;
		gm_live_note_creator(l, u->as_VM.vm, u->as_VM.tgid);
		break;
	case GM_K_PIN: gm_live_note_pinner(l, u->as_PIN.tgid); break;
	case GM_K_VM_CREATE:
		gm_live_cpu_add(l, u->ev.tgid);
		gm_live_report_proc(l, u->ev.tgid, true);
		break;
	case GM_K_CREATE:
		/* mostly a VM's owner; not reported yet if the kernel skipped the program at the VM's creation */
		gm_live_report_proc(l, u->ev.tgid, true);
		break;
	case GM_K_VM_DESTROY:
		/* without this, its histograms would stay in the kernel, and occupy their place */
		gm_live_fail(l, gm_vec_push(&l->ix.ended, (void *)(uintptr_t)u->ev.vm));
		gm_live_attrs_forget(l, u->ev.vm);
		gm_hmap_del(&l->ix.vm_tgid, u->ev.vm);
		break;
	}
	if (gm_kind_is_event(u->h.kind) && (gm_kind_phase(u->h.kind) >= 0 || u->h.kind == GM_K_VM_CREATE))
		gm_live_cpu_mark(l, u->ev.tgid);
}

int gm_live_handle_record(struct gm_live *l, const void *data, size_t len)
{
	union gm_any u;
	int n = gm_live_handle_walk(l, data, len);

	if (!n)
		n = gm_live_handle_attrs(l, data, len);
	if (n)
		return n;
	n = gm_rec_check(data, len, &u);
	if (n <= 0 || !u.h.kind) {
		l->bad_records++;
		return n > 0 ? n : -EBADMSG;
	}
	gm_live_fill_nodes(l, &u);
	gm_live_track(l, &u);
	gm_live_push(l, &u);
	return n;
}
