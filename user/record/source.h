/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source.h - where records come from: a live kernel (kernel/live.h), a recording (past/replay.h) or files of types
 * (kernel/offline.h). A source pushes records into a feed, and the session does not know which source it has.
 *
 * Opened by one of those three; poll() and tick() in turn, until poll() returns 0 or one of them -errno; close(). An
 * error of a sink ends the session, so poll(), tick() and module() return it; others are reported by the source.
 */
#ifndef GM_RECORD_SOURCE_H
#define GM_RECORD_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include "record/feed.h"

struct gm_source;
struct gm_source_ops {
	/*
	 * Waits at most timeout_ns, or until wake_fd is readable, and pushes what happened meanwhile. 1: there may be
	 * more; 0: the source has ended (after a recording's last record); -errno.
	 */
	int (*poll)(struct gm_source *s, uint64_t timeout_ns);
	/*
	 * Takes a sample and pushes its records and a tick (last: the session's final one). Does nothing in a replay.
	 */
	int (*tick)(struct gm_source *s, bool last);
	/*
	 * Detaches the hooks on the kvm module, so that it can be unloaded, or attaches them again if they are
	 * detached. A failure to attach is reported with gm_warn(). 0 or -errno of the feed. NULL: no live kernel.
	 */
	int (*module)(struct gm_source *s);
	/*
	 * Announces another sampling interval, by a record of kind META. 0 or -errno of the feed. NULL: no live kernel.
	 */
	int (*interval)(struct gm_source *s, uint64_t ns);
	void (*close)(struct gm_source *s);
};
/* A part of a sample: how long it took in the last one that had it, and whether it failed then. */
struct gm_source_part {
	const char *name;
	uint64_t ns;
	bool failed;
};
struct gm_source {
	const struct gm_source_ops *ops;
	struct gm_feed *feed;	/* where it pushes records */
	bool live;
	const struct gm_source_part *parts;	/* of a live kernel's samples; NULL: no live kernel */
	unsigned int parts_nr;
	int wake_fd;		/* ends the wait of poll() when it becomes readable; the session's; -1: none */
};

#endif
