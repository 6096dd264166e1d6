// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_ends.c - finds ends of objects that were lost. An end without room in the ring waits in the kernel's maps
 * (GM_OBJ_SUSPECT) until another object comes to its address; the end of an object whose creation had no room does not
 * wait. No scan finds such an object, though an event may have named it, and no record would ever report its end: its
 * memory would stay on the screen, its histograms in the kernel. So where ends were lost, an object that was reported,
 * but by no scan for longer than an end takes, is reported as ended: discovered, not observed.
 */
#include "base/clock.h"
#include "kernel/live_int.h"

/*
 * A scan leaves an object alone for GM_DYING_NS while a probe is at its end, and reports an end when it finds it twice.
 */
#define UNREPORTED_NS	(GM_DYING_NS + 2000000000ull)

static const uint32_t ends[GM_LIVE_OBJECT_NR] = { [GM_LIVE_FILE] = GM_K_RELEASE, [GM_LIVE_INODE] = GM_K_EVICT,
	[GM_LIVE_VM] = GM_K_VM_DESTROY };

static void push_end(struct gm_live *l, enum gm_live_object what, uint32_t id)
{
	union gm_any u = { 0 };

	gm_rec_init(&u.h, ends[what], gm_now_ns());
	u.ev.flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	if (what == GM_LIVE_VM) {
		u.ev.vm = id;
		u.as_VM_DESTROY.fd = -1;
	} else {
		*(what == GM_LIVE_FILE ? &u.ev.file : &u.ev.inode) = id;
		u.as_EVICT.fd = -1;
	}
	gm_live_track(l, &u);
	gm_live_push(l, &u);
}

/*
 * Handles the objects that were not reported since then: drops those that have ended, or reports the others as ended.
 */
static void sweep_objects(struct gm_live *l, uint64_t reported_since, bool dead)
{
	struct gm_vec gone = { 0 };

	for (int what = 0; what < GM_LIVE_OBJECT_NR; what++) {
		struct gm_hmap *m = &l->ix.objects[what];

		gone.nr = 0;
		for (size_t i = 0; i < m->cap; i++)
			if (m->slots[i].val && (uintptr_t)m->slots[i].val < reported_since &&
			    dead == ((uintptr_t)m->slots[i].val & GM_LIVE_ENDED))
				gm_live_fail(l, gm_vec_push(&gone, (void *)(uintptr_t)m->slots[i].key));
		for (size_t i = 0; i < gone.nr; i++) {
			uint32_t id = (uint32_t)(uintptr_t)gone.at[i];

			if (dead)
				gm_hmap_del(m, id);
			else
				push_end(l, (enum gm_live_object)what, id);
		}
	}
	gm_vec_release(&gone);
}

static uint64_t count_lost_ends(const struct gm_live *l)
{
	uint64_t n = 0;

	for (int what = 0; what < GM_LIVE_OBJECT_NR; what++)
		n += l->losses[GM_LOSS_OF_KIND(ends[what])];
	return n;
}

void gm_live_ends_tick(struct gm_live *l, bool whole, bool last, uint64_t began)
{
	uint64_t wait = UNREPORTED_NS + 2 * l->interval_ns, now = gm_now_ns();

	if (!whole) /* objects that this scan did not reach may still exist */
		l->sweep_from_ns = now + wait;
	if (now > l->forget_ns) {
		if (now > wait)
			sweep_objects(l, now - wait, true);
		l->forget_ns = now + wait;
	}
	if (!count_lost_ends(l) || now < l->sweep_from_ns)
		return;
	if (last)
		sweep_objects(l, began, false);
	else if (now > wait)
		sweep_objects(l, now - wait, false);
}
