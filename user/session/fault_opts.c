// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* fault_opts.c - the options of tools that show or record single faults: which of them come as events. */
#include "base/util.h"
#include "session/session.h"

enum { OPT_SLOW = 0x1800, OPT_SLOW_LIMIT, OPT_SAMPLE, OPT_STACK };

static void set_number(struct argp_state *state, const char *what, const char *arg, uint64_t min, uint32_t *out)
{
	uint64_t n;

	if (gm_parse_u64(arg, min, UINT32_MAX, &n))
		argp_error(state, "%s: not a number from %u: '%s'", what, (unsigned int)min, arg);
	*out = (uint32_t)n;
}

void gm_opts_short_time(struct argp_state *state, const char *what, const char *arg, uint64_t *ns)
{
	if (gm_parse_duration(arg, 1000, ns) || !*ns)
		argp_error(state, "%s: not a time: '%s' (like 500us, 2ms; a plain number is microseconds)", what, arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gm_want *w = state->input;

	switch (key) {
	case OPT_SLOW:
		gm_opts_short_time(state, "--slow", arg, &w->slow_ns);
		w->need |= GM_ALL_PHASES;
		w->slow_given = true;
		return 0;
	case OPT_SLOW_LIMIT:
		set_number(state, "--slow-limit", arg, 0, &w->slow_limit);
		w->limit_given = true;
		return 0;
	case OPT_SAMPLE: set_number(state, "--sample", arg, 1, &w->sample); return 0;
	case OPT_STACK: w->stacks = true; return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "Single faults:", 11 },
	{ "slow", OPT_SLOW, "TIME", 0, "Also each fault of at least TIME (500us), all failed", 11 },
	{ "slow-limit", OPT_SLOW_LIMIT, "N", 0, "At most N a second (1000; 0: all), the rest counted", 11 },
	{ "sample", OPT_SAMPLE, "N", 0, "Of the slow ones one in N, by chance; all failed ones", 11 },
	{ "stack", OPT_STACK, NULL, 0, "With the kernel's stack at the fault's end", 11 },
	{ 0 },
};

const struct argp gm_fault_argp = { .options = rows, .parser = parse };
