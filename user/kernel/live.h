/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * live.h - the running kernel as a source (record/source.h): attaches what the plan allows, scans, reads the rings and
 * maps.
 */
#ifndef GM_KERNEL_LIVE_H
#define GM_KERNEL_LIVE_H

#include "kernel/probes.h"
#include "record/source.h"

struct gm_live_opts {
	enum gm_want_mode mode;
	uint32_t need;		/* phases wanted, bits of enum gm_phase */
	uint64_t slow_ns;	/* faults at least this long are sent as events; 0: none */
	uint32_t slow_limit;	/* at most so many of these events a second; 0: no limit */
	/* about one of so many of these events; failed and unfinished faults always; 0, 1: all */
	uint32_t sample;
	/* calls of a VM that are events, at most, each half second: the others are summed; 0: each is an event */
	uint32_t calls;
	bool stacks;		/* these events have the kernel's stack; reads /proc/kallsyms */
	uint64_t interval_ns;	/* for the meta record */
	const char *tool;	/* "gmemtop 0.1" */
	bool measure;		/* measure the cost of zeroing a page: some 10 ms of one CPU */
	bool report_at_end;	/* for the meta record */
	struct gm_map_limits room;
	uint32_t avoid;		/* bits of enum gm_mech */
	enum gm_attach_when at_start;	/* rows up to this value are attached at once, and stay: see gm_plan.at_start */
	bool release_module;	/* detach from the kvm module while no VM runs */
	bool exact;		/* a sample reads all pages whose node is wanted, however long that takes */
	/* polled during such a sample: true ends it with what was read. NULL: nothing ends it */
	bool (*stop)(void *arg);
	void *stop_arg;
};

/*
 * Attaches the plan's programs, and pushes the records of the start: meta, probe outcomes, the initial scan, no tick.
 * 0; -errno, reported with the remedy: -ENODEV: no KVM; -EPERM: no permission; others: this kernel cannot be observed,
 * no resources, or a sink's error. Nothing stays attached on failure, after close(), or when the process ends.
 */
int gm_live_open(struct gm_source **out, const struct gm_live_opts *o, struct gm_feed *f);

#endif
