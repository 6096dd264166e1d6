/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_trace.h - reboots as a trace in Chrome's trace event format, which Perfetto reads too. A machine is a process
 * with a thread for its reboots, for the faults, for each VM and for each inode, and a counter of its resident memory.
 * A call is a complete event of its own thread, and of its VM's and inode's; a flow leads from the old VM's release to
 * the new VM's first bind, or to the reset of a VM that stays. The calls are those of the reboots only: a trace grows
 * by what a reboot adds.
 *
 * A zeroed struct; gm_reboot_trace() for each episode that is over, or at the end of all; gm_reboot_trace_tick() after
 * each tick and after its episodes. Lack of memory is in out->err.
 */
#ifndef GM_REPORT_REBOOT_TRACE_H
#define GM_REPORT_REBOOT_TRACE_H

#include "base/vec.h"
#include "model/reboot.h"
#include "report/trace_json.h"

struct gm_reboot_trace {
	struct gm_trace json;
	struct gm_hmap resident;	/* machine id -> its last value, one of values */
	struct gm_vec values;
};
/* Append an episode: what is known of its times, its calls, the lives that it ended. */
void gm_reboot_trace(struct gm_reboot_trace *t, const struct gm_model *m, const struct gm_episode *e,
		     struct gm_str *out);
/* Append the counters that changed; last: the lives that go on, and the end. want: --vm's, or NULL. 0 or -ENOMEM. */
int gm_reboot_trace_tick(struct gm_reboot_trace *t, const struct gm_model *m, const char *want, bool last,
			 struct gm_str *out);
void gm_reboot_trace_release(struct gm_reboot_trace *t);

#endif
