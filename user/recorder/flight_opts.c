// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* flight_opts.c - the options of the flight recorder. */
#include "base/util.h"
#include "recorder/flight_run.h"

enum { OPT_FLIGHT = 0x1900, OPT_KEEP, OPT_MAX, OPT_TRIGGER, OPT_AFTER, OPT_QUIET, OPT_KEPT, OPT_NO_EXIT };

static void set_time(struct argp_state *state, const char *what, const char *arg, uint64_t *ns)
{
	if (gm_parse_duration(arg, 1000000000ull, ns))
		argp_error(state, "%s: not a time: '%s' (like 90s, 10m)", what, arg);
}

static void set_bytes(struct argp_state *state, const char *what, const char *arg, uint64_t *bytes)
{
	if (gm_parse_bytes(arg, bytes))
		argp_error(state, "%s: not a size: '%s' (like 64M, 2G)", what, arg);
}

static void add_trigger(struct argp_state *state, struct gm_flightrun *f, const char *arg)
{
	char why[400];

	if (f->rules == GM_TRIGGERS_MAX)
		argp_error(state, "--trigger: more than %d rules", GM_TRIGGERS_MAX);
	if (gm_rule_parse(&f->rule[f->rules], arg, why, sizeof(why)))
		argp_error(state, "--trigger: %s", why);
	f->rules++;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gm_flightrun *f = state->input;
	uint64_t n;

	f->options |= key >= OPT_KEEP && key <= OPT_NO_EXIT;
	switch (key) {
	case OPT_FLIGHT: f->o.dir = arg; return 0;
	case OPT_KEEP: set_time(state, "--keep", arg, &f->o.keep_ns); return 0;
	case OPT_MAX: set_bytes(state, "--max", arg, &f->o.max_bytes); return 0;
	case OPT_AFTER: set_time(state, "--after", arg, &f->after_ns); return 0;
	case OPT_QUIET: set_time(state, "--quiet-for", arg, &f->quiet_ns); return 0;
	case OPT_TRIGGER: add_trigger(state, f, arg); return 0;
	case OPT_NO_EXIT: f->at_exit = false; return 0;
	case OPT_KEPT:
		if (gm_parse_u64(arg, 0, 100000, &n))
			argp_error(state, "--kept: not a number: '%s'", arg);
		f->o.kept_max = (unsigned int)n;
		return 0;
	case ARGP_KEY_END:
		if (f->options && !f->o.dir)
			argp_error(state, "--keep, --max, --trigger, --after, --quiet-for, --kept and --no-keep-at-exit need --flight DIR");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "Flight recorder:", 12 },
	{ "flight", OPT_FLIGHT, "DIR", 0, "Keep a ring of the last minutes in DIR", 12 },
	{ "keep", OPT_KEEP, "TIME", 0, "How far the ring goes back (10m)", 12 },
	{ "max", OPT_MAX, "SIZE", 0, "How much room it may take (256M)", 12 },
	{ "trigger", OPT_TRIGGER, "RULE", 0, "Keep what is in it when RULE is true: 'episode > 2s'", 12 },
	{ "after", OPT_AFTER, "TIME", 0, "... so long after that (5s)", 12 },
	{ "quiet-for", OPT_QUIET, "TIME", 0, "... and not the same RULE again for TIME (1m)", 12 },
	{ "kept", OPT_KEPT, "N", 0, "At most N kept files (16); 0: no limit", 12 },
	{ "no-keep-at-exit", OPT_NO_EXIT, NULL, 0, "Do not keep what is in the ring at the end", 12 },
	{ 0 },
};

const struct argp gm_flight_argp = { .options = rows, .parser = parse };
