/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach_idle.h - decides when the hooks that wait for gmem (enum gm_attach_when) are attached and detached. They are
 * attached when the first VM has gmem, and detached some time after the last one has none any more. A host whose VMs
 * come and go would attach and detach all the time, so that wait doubles with each attachment that follows soon after a
 * detachment, and halves with each that does not.
 *
 * The decision is pure: it knows neither hooks nor a clock. The caller asks gm_idle_next() whenever something may have
 * changed, does what it says, and reports how that ended with gm_idle_done().
 */
#ifndef GM_KERNEL_ATTACH_IDLE_H
#define GM_KERNEL_ATTACH_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#define GM_IDLE_LEAST_NS	2000000000ull	/* mostly longer than the time between the two VMs of a reboot */
#define GM_IDLE_MOST_NS		64000000000ull
#define GM_IDLE_SOON_NS		60000000000ull	/* an attachment within this time of a detachment was one too many */

enum gm_idle_act { GM_IDLE_NOTHING = 0, GM_IDLE_ATTACH, GM_IDLE_DETACH };

struct gm_idle {
	bool attached;
	bool failed;		/* the last attempt to attach failed: it is repeated at ticks only */
	bool had_gmem;		/* there was gmem when it was last asked */
	uint64_t gmem_ns;	/* when there last was gmem */
	uint64_t detached_ns;	/* when the hooks were detached after gmem had ended; 0: never */
	uint64_t wait_ns;	/* how long hooks stay without gmem */
};

/* Begins with all hooks attached, as after the start of a tool: without gmem the first sample detaches them. */
void gm_idle_init(struct gm_idle *i);
/* Returns what to do now. has_gmem: something on this host has gmem; tick: a sample has ended. */
enum gm_idle_act gm_idle_next(struct gm_idle *i, bool has_gmem, bool tick, uint64_t now);
/* Notes that an act has ended, with 0 or -errno: after an error the hooks are detached. */
void gm_idle_done(struct gm_idle *i, enum gm_idle_act act, int err, uint64_t now);

#endif
