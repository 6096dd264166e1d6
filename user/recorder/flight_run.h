/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flight_run.h - a flight recorder in a session: the ring gets every record, rules and SIGUSR1 have it kept.
 */
#ifndef GM_RECORDER_FLIGHT_RUN_H
#define GM_RECORDER_FLIGHT_RUN_H

#include "record/flight.h"
#include "model/rule.h"
#include "session/session.h"

#define GM_TRIGGERS_MAX 16

struct gm_flightrun {
	struct gm_flight_opts o;	/* set by the caller; codec from the session's options */
	struct gm_rule rule[GM_TRIGGERS_MAX];
	unsigned int rules;
	uint64_t after_ns;		/* so long after a rule's alarm recording goes on before it is kept */
	uint64_t quiet_ns;		/* a rule is not heard again for so long */
	bool at_exit;			/* keep what there is at the end */
	/* its own */
	struct gm_flight *f;
	int sig;			/* signalfd(2) of SIGUSR1 */
	bool due;			/* something is to be kept, at due_ns */
	uint64_t due_ns, failed;	/* failed: could not be kept */
	char reason[120];
};

#define GM_FLIGHTRUN_DEFAULT \
	{ .o = { .keep_ns = 600000000000ull, .max_bytes = 256ull << 20, .kept_max = 16 }, .sig = -1, \
			       .after_ns = 5000000000ull, .quiet_ns = 60000000000ull, .at_exit = true }
extern const struct gm_opt_row gm_flight_rows[];	/* its options, which fill a struct gm_flightrun */
/* All options are read: refuses those that need --flight, without it. */
void gm_flightrun_check_options(const struct gm_flightrun *r, struct argp_state *state, const struct gm_session *s);

/* Before the source opens: blocks SIGUSR1. 0 or -errno, reported. */
int gm_flightrun_open(struct gm_flightrun *r, struct gm_session *s);
/* When the source is open: is there a rule that this host can never answer? 0; -ENOTSUP, reported with the reason. */
int gm_flightrun_check(const struct gm_flightrun *r, const struct gm_session *s);
int gm_flightrun_record(struct gm_flightrun *r, struct gm_session *s, const union gm_any *rec); /* gm_tool.record */
int gm_flightrun_tick(struct gm_flightrun *r, struct gm_session *s, bool last);			/* gm_tool.tick */
int gm_flightrun_idle(struct gm_flightrun *r, struct gm_session *s);				/* gm_tool.idle */
int gm_flightrun_close(struct gm_flightrun *r); /* 0 or the first error of all */

#endif
