// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_gmem.c - attaches the programs of rows that wait for gmem (enum gm_attach_when) when the first VM gets gmem, and
 * detaches them some time after the last one has ended (attach_idle.h). The creation of gmem is always hooked, and its
 * record wakes the reader; where nothing hooks it, the scan finds the VM. A scan right after the attachment judges what
 * came before it (gm_inode_judge_early() in bpf/gm_scan.bpf.c), and the probes' records say what that leaves out.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/live_int.h"

/* An inode may outlive its VM, as long as a process has opened it by a path of /proc. */
static bool has_gmem(const struct gm_live *l, bool tick)
{
	return gm_attached_has_gmem(&l->att) || (tick && l->idle.attached && gm_live_objects_any(l, GM_LIVE_INODE));
}

void gm_live_report_early(struct gm_live *l)
{
	struct gm_plan_early early = gm_attached_early(&l->att);

	if (gm_plan_note_early(&l->plan, &early))
		gm_live_push_probes(l);
}

static int reattach_gmem(struct gm_live *l)
{
	int err = gm_attached_reattach_gmem(&l->att, &l->plan, &l->facts);

	if (err && !l->reattach_failed)
		gm_warn("cannot attach the programs again when guest_memfd appeared: %s", strerror(-err));
	if (l->reattach_failed != !!err) {
		l->reattach_failed = err;
		gm_plan_set_gmem_error(&l->plan, err);
		gm_live_push_probes(l);
	}
	if (!err)
		gm_live_scan_objects(l, false);
	return err;
}

static void step(struct gm_live *l, bool tick)
{
	enum gm_idle_act act;
	int err;

	if (!l->att.probes || l->plan.at_start == GM_ATTACH_CALLS)
		return;
	act = gm_idle_next(&l->idle, has_gmem(l, tick), tick, gm_now_ns());
	if (act == GM_IDLE_NOTHING)
		return;
	err = act == GM_IDLE_ATTACH ? reattach_gmem(l) : gm_attached_detach_gmem(&l->att, &l->plan);
	if (act == GM_IDLE_ATTACH || !err)
		gm_idle_done(&l->idle, act, err, gm_now_ns());
	gm_live_report_early(l);
}

void gm_live_check_gmem(struct gm_live *l)
{
	step(l, false);
}

void gm_live_gmem_tick(struct gm_live *l)
{
	step(l, true);
}
