// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* opts_refused.c - a table of the options that have no effect in some kinds of run. */
#include "session/opts_refused.h"

#include "base/vec.h"
#include "session/process.h"

/* Kinds of run, combined as bits. */
enum run { LIVE = 1 << 0, REPLAY = 1 << 1, OFFLINE = 1 << 2, ONCE = 1 << 3, COMMAND = 1 << 4, NO_INTERVALS = 1 << 5,
	PROBES = 1 << 6 };

struct row {
	uint32_t given;		/* bits of enum gm_given */
	unsigned int all;	/* no effect in a run that has all these bits */
	const char *why;
};

/* One row per kind of run in which an option has no effect. A tool's own options: gm_uses_check() in the tool. */
static const struct row rows[] = {
	{ GM_GIVEN_AT, LIVE, "it selects part of a recording: give --replay FILE" },
	{ GM_GIVEN_SPEED, LIVE, "it is the speed of a replay: give --replay FILE" },
	{ GM_GIVEN_MODE, REPLAY, "a replay has the mode of the recording" },
	{ GM_GIVEN_MAP, OFFLINE, "--btf checks a kernel, not its VMs" },
	{ GM_GIVEN_WAIT, REPLAY, "a replay needs no KVM" },
	{ GM_GIVEN_WAIT, OFFLINE, "--btf checks a kernel that is not running" },
	{ GM_GIVEN_RELEASE, REPLAY, "a replay is not attached to the module" },
	{ GM_GIVEN_RELEASE, OFFLINE, "--btf checks a kernel that is not running" },
	{ GM_GIVEN_RELEASE, ONCE, "everything is detached at once anyway" },
	{ GM_GIVEN_EAGER, REPLAY, "a replay uses no hooks" },
	{ GM_GIVEN_EAGER, OFFLINE, "--btf checks a kernel that is not running" },
	{ GM_GIVEN_EAGER, ONCE, "all hooks are attached at once anyway" },
	{ GM_GIVEN_EAGER, COMMAND, "with COMMAND all hooks are attached at the start anyway" },
	{ GM_GIVEN_READY, REPLAY, "a replay misses nothing" },
	{ GM_GIVEN_READY, ONCE, "it takes one sample and ends" },
	{ GM_GIVEN_READY, PROBES, "--probes ends before the first sample" },
	{ GM_GIVEN_CONFIG, REPLAY, "a replay uses no kernel maps and no hooks" },
	{ GM_GIVEN_INTERVAL, REPLAY | NO_INTERVALS, "a replay cannot change the samples of the recording" },
	{ GM_GIVEN_INTERVAL | GM_GIVEN_COUNT | GM_GIVEN_DURATION, ONCE, "it takes one sample and ends" },
	{ GM_GIVEN_COUNT, COMMAND, "the end of COMMAND ends it (-d ends it before)" },
	{ GM_GIVEN_COUNT | GM_GIVEN_DURATION | GM_GIVEN_INTERVAL, PROBES, "--probes ends before the first sample" },
};

const char *gm_given_name(char *buf, size_t size, const struct gm_opts *o, uint32_t mask)
{
	for (const struct gm_opt_row *row = gm_opts_rows; !gm_opt_row_is_end(row); row++)
		if (o->given & mask & row->given) {
			if (row->key)
				snprintf(buf, size, "-%c", row->key);
			else
				snprintf(buf, size, "--%s", row->name);
			return buf;
		}
	return NULL;
}

const char *gm_comparison_refuses(char *buf, size_t size, const struct gm_session *s, uint32_t with)
{
	const struct gm_opts *o = &s->opts;
	const struct gm_use shared[] = {
		{ .option = "--replay", .given = o->replays },
		{ .option = "--record", .given = o->record },
		{ .option = "COMMAND", .given = o->command },
		{ .option = "--probes", .given = o->probes },
	};

	for (size_t i = 0; i < GM_ARRAY_SIZE(shared); i++)
		if (shared[i].given)
			return shared[i].option;
	return gm_given_name(buf, size, o, ~with);
}

void gm_uses_check(struct argp_state *state, const struct gm_use *uses, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (uses[i].given && !uses[i].works)
			argp_error(state, "%s has no effect here: %s", uses[i].option, uses[i].why);
}

static unsigned int kind_of_run(const struct gm_session *s)
{
	unsigned int kind = s->opts.replays ? REPLAY : s->want.btf ? OFFLINE : LIVE;

	return kind | (s->tool->once ? ONCE : 0) | (s->opts.command ? COMMAND : 0) | (s->opts.probes ? PROBES : 0) |
	       (s->tool->interval_in_replay ? 0 : NO_INTERVALS);
}

static void check_faults(struct argp_state *state, const struct gm_session *s)
{
	const struct gm_want *w = &s->want;
	const char *past = "a replay cannot add faults that were not recorded",
		   *none = "single faults are reported only with --slow TIME";
	bool replay = s->opts.replays, limited = gm_is_given(&s->opts, GM_GIVEN_SLOW_LIMIT);
	const struct gm_use uses[] = {
		{ "--slow", gm_is_given(&s->opts, GM_GIVEN_SLOW), !replay, past },
		{ "--slow-limit", limited, !replay, past },
		{ "--sample", w->sample, !replay, past },
		{ "--slow-limit", limited, w->slow_ns, none },
		{ "--sample", w->sample, w->slow_ns, none },
		{ "--stack", w->stacks, w->slow_ns || replay, none },
	};

	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
}

void gm_uses_check_shared(struct argp_state *state, const struct gm_session *s)
{
	unsigned int kind = kind_of_run(s);
	char name[32];

	if (s->opts.json_schema)
		return;
	if (s->opts.probes && s->opts.command)
		argp_error(state, "--probes ends before COMMAND would run");
	if (s->opts.probes && s->opts.replays)
		argp_error(state,
			   "--probes shows this kernel; of a recording, gmemcheck --replay FILE shows the probes");
	if (s->opts.probes && s->opts.json)
		argp_error(state, "--probes prints text; gmemcheck --json prints the same as JSON");
	if (s->opts.vm && s->tool->no_vm)
		argp_error(state, "--vm has no effect here: %s", s->tool->no_vm);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++)
		if (s->opts.given & rows[i].given && (kind & rows[i].all) == rows[i].all)
			argp_error(state, "%s has no effect here: %s",
				   gm_given_name(name, sizeof(name), &s->opts, rows[i].given), rows[i].why);
	check_faults(state, s);
	if (s->opts.ready_fd && gm_process_claim_fd((int)s->opts.ready_fd))
		argp_error(state, "--ready-fd %u: no descriptor that this process got from its parent",
			   s->opts.ready_fd);
}
