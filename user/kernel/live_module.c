// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_module.c - detaches from the kvm module, which our hooks keep from being unloaded, and attaches to it again:
 * when asked, and with --release-module whenever no VM runs. Iterators and hooks in vmlinux stay meanwhile, so objects
 * are still reported.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/live_int.h"

#define IDLE_TICKS 2	/* samples without a VM, so that it stays between the two VMs of a reboot */

uint64_t gm_live_module_mark(void)
{
	struct stat st;

	return stat("/sys/module/kvm", &st) ? 0 : st.st_ino;
}

/* Reports the new state. */
static void push_change(struct gm_live *l)
{
	gm_live_push_meta(l, gm_now_ns(), gm_real_ns());
	gm_live_push_probes(l);
}

static void detach_module(struct gm_live *l)
{
	gm_attach_detach_kvm(&l->att, &l->plan);
	l->module_detached = true;
	gm_live_push_loss(l, "module_released", 0, ++l->detach_count, GM_LOSS_WITHHELD);
	push_change(l);
	gm_info("detached from the kvm module");
}

/*
 * Attaches to the module again. After a failure it is not tried at each tick, but on request, or when the module is
 * loaded again.
 */
static void reattach_module(struct gm_live *l)
{
	struct gm_kfeatures now;
	int err = gm_kfeatures_read(&now);

	if (!err && !now.kvm) { /* it is being loaded: at the next sample */
		gm_kfeatures_release(&now);
		return;
	}
	l->module_mark = gm_live_module_mark();
	if (!err && !gm_kfeatures_is_same_kvm(&l->facts, &now)) {
		gm_kfeatures_release(&now);
		gm_warn("the kvm module has changed since the start and is not attached again (restart the tool)");
		l->detach_requested = true;
		return;
	}
	gm_kfeatures_set_procfs(&now, l->facts.procfs); /* as at the start: a tool's rights do not grow */
	if (!err)
		err = gm_attach_reattach_kvm(&l->att, &l->plan, &now);
	gm_kfeatures_release(&now);
	if (err) {
		gm_warn("cannot attach to the kvm module again: %s (restart the tool)", strerror(-err));
		l->detach_requested = true;
		return;
	}
	l->module_detached = l->detach_requested = false;
	l->idle_ticks = 0;
	push_change(l);
	gm_live_scan_tasks(l);
	gm_live_scan_objects(l, true);
	if (l->progs_reported)
		gm_live_start_progs(l);
	gm_info("attached to the kvm module again");
}

int gm_live_toggle_module(struct gm_source *s)
{
	struct gm_live *l = (struct gm_live *)s;

	if (!l->facts.kvm_module) {
		gm_warn("kvm is built into this kernel: there is no module to detach from");
	} else if (!l->module_detached) {
		l->detach_requested = true;
		detach_module(l);
	} else if (!gm_live_module_mark()) {
		gm_warn("the kvm module is not loaded: hooks are attached when it is");
		l->detach_requested = false;
	} else {
		reattach_module(l);
	}
	return l->err;
}

void gm_live_module_tick(struct gm_live *l)
{
	uint64_t mark;

	l->idle_ticks = l->scanned_vms ? 0 : l->idle_ticks + 1;
	if (!l->module_detached) {
		if (l->release_module && l->idle_ticks >= IDLE_TICKS)
			detach_module(l);
		return;
	}
	mark = gm_live_module_mark();
	if (mark && mark != l->module_mark && (l->detach_requested || !l->release_module))
		reattach_module(l);
	else if (l->release_module && !l->detach_requested && l->scanned_vms)
		reattach_module(l);
}
