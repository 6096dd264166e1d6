/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flight_run.h - a flight recorder in a session: the ring gets every record; rules and SIGUSR1 keep it as a file.
 *
 * Initialise with GM_FLIGHTRUN_DEFAULT, set the options, then call in this order: gm_flightrun_check_options() in
 * check(), gm_flightrun_open() in prepare(), gm_flightrun_check() in start(), gm_flightrun_record(),
 * gm_flightrun_tick() and gm_flightrun_idle() as the members of struct gm_tool with those names (fd() is sig),
 * gm_flightrun_close() in stop(). All return 0 or -errno, reported.
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
	uint64_t after_ns;		/* time from a rule's alarm to the keep */
	uint64_t quiet_ns;		/* time after an alarm in which the same rule raises no other */
	bool at_exit;			/* keep the ring at the end */
	/* set by the functions below */
	struct gm_flight *f;
	int sig;			/* signalfd(2) of SIGUSR1 */
	bool due;			/* a keep is scheduled at due_ns */
	uint64_t due_ns, failed;	/* failed: number of keeps that failed */
	char reason[120];
};

#define GM_FLIGHTRUN_DEFAULT \
	{ .o = { .keep_ns = 600000000000ull, .max_bytes = 256ull << 20, .kept_max = 16 }, .sig = -1, \
			       .after_ns = 5000000000ull, .quiet_ns = 60000000000ull, .at_exit = true }
extern const struct gm_opt_row gm_flight_rows[];	/* options, which fill a struct gm_flightrun */
/* Refuses options that need --flight, if that is missing, with argp_error(), which ends the process. */
void gm_flightrun_check_options(const struct gm_flightrun *r, struct argp_state *state, const struct gm_session *s);

/* Opens the ring and blocks SIGUSR1, before the source opens. Sets s->writes_elsewhere. */
int gm_flightrun_open(struct gm_flightrun *r, struct gm_session *s);
/* Checks, when the source is open, that this host can evaluate all rules. -ENOTSUP: not, reported with the reason. */
int gm_flightrun_check(const struct gm_flightrun *r, const struct gm_session *s);
/* Adds a record to the ring. */
int gm_flightrun_record(struct gm_flightrun *r, struct gm_session *s, const union gm_any *rec);
/* Checks the rules; keeps the ring if that is due. */
int gm_flightrun_tick(struct gm_flightrun *r, struct gm_session *s, bool last);
/* Keeps the ring after SIGUSR1. Always 0. */
int gm_flightrun_idle(struct gm_flightrun *r, struct gm_session *s);
int gm_flightrun_close(struct gm_flightrun *r); /* Closes and frees everything. 0 or the first error of all. */

#endif
