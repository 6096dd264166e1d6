// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_procs.c - what /proc says about the processes behind vms, as records. /proc is slow (names and CPU time of 1000 VMs took
 * 66 ms of each look), and hosts have a thousand: so names are read once, and CPU time only while a reboot may be under way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/live_int.h"
#include "source/procinfo.h"

#define ACTIVE_NS	600000000000ull	/* a reboot that takes longer has its CPU time told up to there */
#define AGAIN_NS	10000000ull	/* the kernel's unit in /proc: sooner there is nothing new */

struct gm_live_owner {
	uint64_t told_ns, active_until_ns;
};

void gm_live_proc(struct gm_live *l, uint32_t tgid)
{
	union gm_any u;
	void *mark;

	if (!tgid)
		return;
	memset(&u, 0, sizeof(u.as_PROC));
	if (gm_procinfo_read(tgid, &u.as_PROC))
		return;
	mark = (void *)(uintptr_t)(u.as_PROC.start_ticks + 1);
	if (gm_hmap_get(&l->procs, tgid) == mark)
		return;
	gm_hmap_put(&l->procs, tgid, mark);
	u.h.ts_ns = gm_now_ns();
	gm_live_push(l, &u);
}

void gm_live_vm(struct gm_live *l, uint32_t vm, uint32_t tgid)
{
	void *mark = (void *)(uintptr_t)tgid;

	if (!tgid || gm_hmap_get(&l->vm_tgid, vm) == mark)
		return;
	gm_hmap_put(&l->vm_tgid, vm, mark);
	gm_live_owner(l, tgid);
	gm_live_proc(l, tgid);
}

/* ---- CPU time ---- */

static int tell_cpu(struct gm_live *l, uint32_t tgid, struct gm_live_owner *o)
{
	union gm_any u;
	int err = gm_procinfo_cpu(tgid, &u.as_CPU);

	if (err)
		return err;
	u.h.ts_ns = o->told_ns = gm_now_ns();
	gm_live_push(l, &u);
	return 0;
}

static struct gm_live_owner *owner(struct gm_live *l, uint32_t tgid)
{
	struct gm_live_owner *o = gm_hmap_get(&l->owners, tgid);

	if (o)
		return o;
	o = calloc(1, sizeof(*o));
	if (o && gm_hmap_put(&l->owners, tgid, o)) {
		free(o);
		o = NULL;
	}
	return o;
}

void gm_live_owner(struct gm_live *l, uint32_t tgid)
{
	struct gm_live_owner *o = l->plan.need & GM_NEED_WALL && tgid ? owner(l, tgid) : NULL;

	if (o && !o->told_ns)
		tell_cpu(l, tgid, o);
}

void gm_live_owner_acts(struct gm_live *l, uint32_t tgid)
{
	struct gm_live_owner *o = l->plan.need & GM_NEED_WALL && tgid ? owner(l, tgid) : NULL;
	uint64_t now = gm_now_ns();

	if (!o)
		return;
	o->active_until_ns = now + ACTIVE_NS;
	if (now - o->told_ns >= AGAIN_NS)
		tell_cpu(l, tgid, o);
}

/* Those that are gone are dropped, one a tick: the table must not change while it is walked. */
void gm_live_owners(struct gm_live *l)
{
	uint64_t now = gm_now_ns();
	uint32_t gone = 0;

	for (size_t i = 0; i < l->owners.cap; i++) {
		struct gm_live_owner *o = l->owners.slots[i].val;

		if (o && o->active_until_ns > now && tell_cpu(l, (uint32_t)l->owners.slots[i].key, o))
			gone = (uint32_t)l->owners.slots[i].key;
	}
	if (gone)
		free(gm_hmap_del(&l->owners, gone));
}

void gm_live_procs_release(struct gm_live *l)
{
	for (size_t i = 0; i < l->owners.cap; i++)
		free(l->owners.slots[i].val);
	gm_hmap_release(&l->owners);
	gm_hmap_release(&l->vm_tgid);
	gm_hmap_release(&l->procs);
}
