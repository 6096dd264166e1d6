// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_gmem.c - attaches programs that every process of the host would run, and that see nothing without gmem
 * (GM_ATTACH_GMEM), when the first VM gets gmem, and detaches them some time after the last one has ended. The creation
 * of gmem is always hooked, and its record wakes the reader.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/live_int.h"

#define LINGER_NS 2000000000ull	/* mostly longer than the time between the two VMs of a reboot */

static void reattach_gmem(struct gm_live *l)
{
	int err = gm_attached_reattach_gmem(&l->att, &l->plan, &l->facts);

	if (err && !l->reattach_failed)
		gm_warn("cannot attach the programs again when guest_memfd appeared: %s", strerror(-err));
	l->gmem_ns = gm_now_ns();
	if (l->reattach_failed == !!err)
		return;
	l->reattach_failed = err;
	gm_plan_set_gmem_error(&l->plan, err);
	gm_live_push_probes(l);
}

void gm_live_check_gmem(struct gm_live *l)
{
	if (l->att.gmem_detached && !l->reattach_failed && gm_attached_has_gmem(&l->att))
		reattach_gmem(l);
}

void gm_live_gmem_tick(struct gm_live *l)
{
	uint64_t now = gm_now_ns();

	if (l->eager)
		return;
	if (gm_attached_has_gmem(&l->att)) {
		l->gmem_ns = now;
		if (l->att.gmem_detached) /* after a failure it is tried once a sample */
			reattach_gmem(l);
	} else if (!l->att.gmem_detached && now - l->gmem_ns >= LINGER_NS) {
		gm_attached_detach_gmem(&l->att, &l->plan);
	}
}
