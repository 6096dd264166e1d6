// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_objects.c - when each object was last reported; live_ends.c finds lost ends by it. */
#include "base/clock.h"
#include "kernel/live_int.h"

static void set_mark(struct gm_live *l, enum gm_live_object what, uint32_t id, uint64_t value)
{
	if (id)
		gm_live_fail(l, gm_hmap_put(&l->ix.objects[what], id, (void *)(uintptr_t)value));
}

static void note_named(struct gm_live *l, enum gm_live_object what, uint32_t id)
{
	if (id && !gm_hmap_get(&l->ix.objects[what], id))
		set_mark(l, what, id, gm_now_ns() & ~GM_LIVE_ENDED);
}

void gm_live_objects_note(struct gm_live *l, const union gm_any *u)
{
	uint64_t now = gm_now_ns() & ~GM_LIVE_ENDED;

	switch (u->h.kind) {
	case GM_K_VM: set_mark(l, GM_LIVE_VM, u->as_VM.vm, now); return;
	case GM_K_FILE: set_mark(l, GM_LIVE_FILE, u->as_FILE.file, now); return;
	case GM_K_INODE: set_mark(l, GM_LIVE_INODE, u->as_INODE.inode, now); return;
	}
	if (!gm_kind_is_event(u->h.kind))
		return;
	note_named(l, GM_LIVE_VM, u->ev.vm);
	note_named(l, GM_LIVE_FILE, u->ev.file);
	note_named(l, GM_LIVE_INODE, u->ev.inode);
	switch (u->h.kind) {
	case GM_K_RELEASE: set_mark(l, GM_LIVE_FILE, u->ev.file, now | GM_LIVE_ENDED); break;
	case GM_K_EVICT: set_mark(l, GM_LIVE_INODE, u->ev.inode, now | GM_LIVE_ENDED); break;
	case GM_K_VM_DESTROY: set_mark(l, GM_LIVE_VM, u->ev.vm, now | GM_LIVE_ENDED); break;
	}
}

bool gm_live_objects_any(const struct gm_live *l, enum gm_live_object what)
{
	const struct gm_hmap *m = &l->ix.objects[what];

	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].val && !((uintptr_t)m->slots[i].val & GM_LIVE_ENDED))
			return true;
	return false;
}

void gm_live_objects_note_vm(struct gm_live *l, uint32_t vm)
{
	note_named(l, GM_LIVE_VM, vm);
}
