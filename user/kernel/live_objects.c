// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_objects.c - when each object was last reported; live_ends.c finds lost ends by it. */
#include "base/clock.h"
#include "kernel/live_int.h"

static void mark(struct gm_live *l, enum gm_known what, uint32_t id, uint64_t value)
{
	if (id)
		gm_live_fail(l, gm_hmap_put(&l->ix.known[what], id, (void *)(uintptr_t)value));
}

static void named(struct gm_live *l, enum gm_known what, uint32_t id)
{
	if (id && !gm_hmap_get(&l->ix.known[what], id))
		mark(l, what, id, gm_now_ns() & ~GM_KNOWN_DEAD);
}

void gm_live_known(struct gm_live *l, const union gm_any *u)
{
	uint64_t now = gm_now_ns() & ~GM_KNOWN_DEAD;

	switch (u->h.kind) {
	case GM_K_VM: mark(l, GM_KNOWN_VM, u->as_VM.vm, now); return;
	case GM_K_FILE: mark(l, GM_KNOWN_FILE, u->as_FILE.file, now); return;
	case GM_K_INODE: mark(l, GM_KNOWN_INODE, u->as_INODE.inode, now); return;
	}
	if (!gm_kind_is_event(u->h.kind))
		return;
	named(l, GM_KNOWN_VM, u->ev.vm);
	named(l, GM_KNOWN_FILE, u->ev.file);
	named(l, GM_KNOWN_INODE, u->ev.inode);
	switch (u->h.kind) {
	case GM_K_RELEASE: mark(l, GM_KNOWN_FILE, u->ev.file, now | GM_KNOWN_DEAD); break;
	case GM_K_EVICT: mark(l, GM_KNOWN_INODE, u->ev.inode, now | GM_KNOWN_DEAD); break;
	case GM_K_VM_DESTROY: mark(l, GM_KNOWN_VM, u->ev.vm, now | GM_KNOWN_DEAD); break;
	}
}

void gm_live_known_vm(struct gm_live *l, uint32_t vm)
{
	named(l, GM_KNOWN_VM, vm);
}
