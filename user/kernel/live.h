/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* live.h - the running kernel as a source: attaches what the plan allows, scans, drains. */
#ifndef GM_KERNEL_LIVE_H
#define GM_KERNEL_LIVE_H

#include "kernel/probes.h"
#include "record/source.h"

struct gm_live_opts {
	enum gm_want_mode mode;
	uint32_t need;		/* phases wanted, bits of enum gm_phase */
	uint64_t slow_ns;	/* faults from this long on come as events; 0: none */
	uint32_t slow_limit;	/* at most so many a second; 0: no limit */
	uint32_t sample;	/* of them, about one in so many; failed and unfinished ones always; 0, 1: each */
	bool stacks;		/* with the kernel's stack; reads /proc/kallsyms */
	uint64_t interval_ns;	/* told in the meta record */
	const char *tool;	/* "gmemtop 0.1" */
	bool measure;		/* what clearing a page costs: some 10 ms of one CPU */
	bool report_at_end;	/* told in the meta record, too */
	struct gm_room room;
	uint32_t avoid;		/* bits of enum gm_mech */
	bool eager;		/* rows that wait for gmem do not wait: what happens at once matters */
	bool release_module;	/* let go of the kvm module while there is no VM */
	bool exact;		/* a sample looks at all pages whose node is to be known, however long that takes */
	/* asked again and again during such a sample: true ends it with what is known. NULL: nothing ends it */
	bool (*stop)(void *arg);
	void *stop_arg;
};

/*
 * Attaches and pushes what stands at the start: meta, probe outcomes, the initial scan, no tick. 0; -errno, reported
 * with the remedy: -ENODEV no KVM, -EPERM no permission, others: this kernel cannot be observed. Nothing stays
 * attached on failure, nor after close() or the process' death.
 */
int gm_live_open(struct gm_source **out, const struct gm_live_opts *o, struct gm_feed *f);

#endif
