// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* flight_opts.c - options of the flight recorder. */
#include <errno.h>

#include "recorder/flight_run.h"

#define IN_RUN(T, field) GM_IN(T, struct gm_flightrun, field)

static int parse_trigger(void *to, const char *arg, char *why, size_t size)
{
	struct gm_flightrun *f = to;
	int err;

	if (f->rules == GM_TRIGGERS_MAX) {
		snprintf(why, size, "more than %d rules", GM_TRIGGERS_MAX);
		return -EINVAL;
	}
	err = gm_rule_parse(&f->rule[f->rules], arg, why, size);
	f->rules += !err;
	return err;
}

void gm_flightrun_check_options(const struct gm_flightrun *f, struct argp_state *state, const struct gm_session *s)
{
	if (gm_is_given(&s->opts, GM_GIVEN_FLIGHT) && !f->o.dir)
		argp_error(state, "--keep, --max, --trigger, --after, --quiet-for, --kept and --no-keep-at-exit need "
				  "--flight DIR");
}

const struct gm_opt_row gm_flight_rows[] = {
	{ .help = "Flight recorder:", .group = 12 },
	{ "flight", 0, "DIR", "Record the last minutes into a ring of files in DIR", GM_OPT_TEXT,
	  IN_RUN(const char *, o.dir),
	  .is_path = true },
	{ "keep", 0, "TIME", "Length of the ring in time (10m)", GM_OPT_TIME, IN_RUN(uint64_t, o.keep_ns),
	  .given = GM_GIVEN_FLIGHT },
	{ "max", 0, "SIZE", "Largest size of the ring (256M)", GM_OPT_SIZE, IN_RUN(uint64_t, o.max_bytes),
	  .given = GM_GIVEN_FLIGHT, .rare = true },
	{ "trigger", 0, "RULE", "Keep the ring when RULE is true, like 'episode > 2s'", GM_OPT_CALL,
	  .parse = parse_trigger, .given = GM_GIVEN_FLIGHT },
	{ "after", 0, "TIME", "Wait TIME after RULE became true, then keep (5s)", GM_OPT_TIME,
	  IN_RUN(uint64_t, after_ns),
	  .given = GM_GIVEN_FLIGHT, .rare = true },
	{ "quiet-for", 0, "TIME", "Ignore the same RULE for TIME after it was true (1m)", GM_OPT_TIME,
	  IN_RUN(uint64_t, quiet_ns), .given = GM_GIVEN_FLIGHT, .rare = true },
	{ "kept", 0, "N", "Keep at most N copies of the ring (16; 0: no limit)", GM_OPT_NUMBER,
	  IN_RUN(uint32_t, o.kept_max),
	  .max = 100000, .given = GM_GIVEN_FLIGHT, .rare = true },
	{ "no-keep-at-exit", 0, NULL, "Do not keep the ring when the recorder ends", GM_OPT_CLEAR,
	  IN_RUN(bool, at_exit), .given = GM_GIVEN_FLIGHT, .rare = true },
	{ 0 },
};
