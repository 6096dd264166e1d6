/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source.h - where records come from: a live kernel (live.h) or a recording (replay.h). Both push into
 * a feed and look alike to the session.
 */
#ifndef GM_RECORD_SOURCE_H
#define GM_RECORD_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include "record/feed.h"

struct gm_source;
struct gm_source_ops {
	/*
	 * Waits at most timeout_ns (less when wake_fd becomes readable), pushes what happened meanwhile. Returns 1
	 * when there may be more, 0 when the source has ended (a recording's last record), -errno.
	 */
	int (*poll)(struct gm_source *s, uint64_t timeout_ns);
	/* Brings the picture up to date and pushes a tick (last: the session's final one). No-op in replay. */
	int (*tick)(struct gm_source *s, bool last);
	/*
	 * Lets go of the kvm module, so that it can be unloaded, or takes it again: whichever it is not now. 0 or
	 * -errno, as the feed's; what cannot be is said. NULL: no live kernel.
	 */
	int (*module)(struct gm_source *s);
	void (*close)(struct gm_source *s);
};
struct gm_source {
	const struct gm_source_ops *ops;
	struct gm_feed *feed;	/* given when it is opened: all that it pushes goes there */
	bool live;
	int wake_fd;		/* the session's; -1: none */
};

#endif
