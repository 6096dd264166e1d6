// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemhist - histograms of where guest memory's time goes, by machine and phase, by interval; two recordings compared. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "session/process.h"
#include "session/session.h"
#include "session/opts_refused.h"
#include "report/hist_report.h"

enum { OPT_BY = 0x2000, OPT_PHASE, OPT_CSV, OPT_HDR, OPT_DIFF };

struct hist {
	struct gm_histreport report;
	bool by_given;
	const char *hdr_path, *a, *b;	/* a, b: recordings to compare */
	FILE *hdr;			/* NULL: none, or it is stdout */
	struct gm_str log;		/* what goes there */
};

static bool hdr_only(const struct hist *h)
{
	return h->hdr_path && !strcmp(h->hdr_path, "-");
}

static void set_phases(struct argp_state *state, struct gm_session *s, struct hist *h, const char *arg)
{
	char bad[40], names[256];

	if (gm_phases_parse(arg, &h->report.show.phases, bad, sizeof(bad)))
		argp_error(state, "--phase: no such phase: '%s' (all, %s)", bad, gm_phases_names(names, sizeof(names)));
	s->want.need = h->report.show.phases;
}

static void check(struct argp_state *state, const struct gm_session *s, const struct hist *h)
{
	const struct gm_use uses[] = {
		{ "--no-histograms", !h->report.show.bars, !s->opts.json && !h->report.csv && !hdr_only(h), "only text has histograms drawn" },
	};
	const char *other;

	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
	if (s->opts.json + h->report.csv + hdr_only(h) > 1)
		argp_error(state, "--json, --csv and --hdr - all want stdout: give one");
	if (!h->a)
		return;
	if (!h->b)
		argp_error(state, "--diff: two recordings are compared: --diff A.rec B.rec");
	other = gm_given_name(&s->opts, ~(uint32_t)(GM_GIVEN_VM | GM_GIVEN_AT));
	if (other || h->report.csv || h->hdr_path || h->by_given || !h->report.show.bars || s->opts.replays || s->opts.record || s->opts.command || s->opts.probes)
		argp_error(state, "--diff goes with --json, --phase, --vm, --at and --strict only%s%s", other ? ", not with " : "", other ? other : "");
}

static error_t option(int key, char *arg, struct argp_state *state, struct gm_session *s)
{
	struct hist *h = s->tool->arg;

	switch (key) {
	case OPT_BY:
		if (gm_by_parse(arg, &h->report.by))
			argp_error(state, "--by: not one of machine, vm, host: '%s'", arg);
		h->by_given = true;
		return 0;
	case OPT_PHASE: set_phases(state, s, h, arg); return 0;
	case OPT_CSV: h->report.csv = true; return 0;
	case OPT_HDR: h->hdr_path = arg; return 0;
	case OPT_DIFF: h->a = arg; return 0;
	case 'H': h->report.show.bars = false; return 0;
	case ARGP_KEY_END: check(state, s, h); return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t argument(unsigned int nr, char *word, struct argp_state *state, struct gm_session *s)
{
	struct hist *h = s->tool->arg;

	if (h->a && nr == 0)
		h->b = word;
	else if (!h->a && nr == 0)
		gm_opts_interval(state, &s->opts, "INTERVAL", word);
	else if (!h->a && nr == 1)
		gm_opts_count(state, &s->opts, "COUNT", word);
	else
		argp_error(state, "unexpected argument: '%s' (a COMMAND comes after --)", word);
	return 0;
}

static int prepare(struct gm_session *s)
{
	struct hist *h = s->tool->arg;
	int err;

	if (h->a)
		return (err = gm_session_diff(s, h->a, h->b, h->report.show.phases)) ? err : 1;
	h->report.show.width = gm_stdout_columns();
	if (h->hdr_path && !hdr_only(h)) {
		s->writes_elsewhere = s->opts.replays;
		h->hdr = fopen(h->hdr_path, "we");
		if (!h->hdr)
			return gm_errno(-errno, "writing %s", h->hdr_path);
	}
	h->report.json = s->opts.json;
	h->report.hdr = h->hdr_path != NULL;
	h->report.quiet = hdr_only(h);
	h->report.intervals = s->opts.interval_given || s->opts.count;
	h->report.interval_ns = s->opts.interval_given ? s->opts.interval_ns : 0;
	h->report.count = s->has_command ? 0 : s->opts.count;
	return gm_histreport_open(&h->report, s->opts.vm);
}

/* Nothing comes for a while: say what is waited for, to people. */
static int start(struct gm_session *s)
{
	const struct hist *h = s->tool->arg;

	if (s->live && !h->report.intervals && !s->has_command && !s->opts.duration_ns && isatty(STDERR_FILENO))
		fputs("gmemhist: looking; Ctrl-C ends it and brings the report\n", stderr);
	return 0;
}

static int write_log(struct gm_session *s, struct hist *h)
{
	int err = h->log.err;

	if (hdr_only(h))
		gm_str_add(&s->out, h->log.s ? h->log.s : "", h->log.len);
	else if (h->hdr && !err && (fwrite(h->log.s, 1, h->log.len, h->hdr) != h->log.len || fflush(h->hdr)))
		err = gm_errno(-errno, "writing %s", h->hdr_path);
	gm_str_clear(&h->log);
	return err;
}

static int tick(struct gm_session *s, bool last)
{
	struct hist *h = s->tool->arg;
	int ended = gm_histreport_tick(&h->report, s->model, last, &s->out, &h->log), err;

	if (ended < 0)
		return ended;
	if (ended && h->report.csv && s->model->lost)
		gm_warn("LOST %llu records, counts are too low", (unsigned long long)s->model->lost);
	err = write_log(s, h);
	if (!err)
		err = gm_session_flush(s);
	return err ? err : ended;
}

static void stop(struct gm_session *s)
{
	struct hist *h = s->tool->arg;

	gm_histreport_close(&h->report);
	gm_str_release(&h->log);
	if (h->hdr)
		fclose(h->hdr);
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "by", OPT_BY, "WHAT", 0, "machine (default), vm or host: whose histograms", 10 },
		{ "phase", OPT_PHASE, "LIST", 0, "Only these phases, by commas", 10 },
		{ "no-histograms", 'H', NULL, 0, "Tables only", 10 },
		{ "csv", OPT_CSV, NULL, 0, "One row a scope, phase and interval", 10 },
		{ "hdr", OPT_HDR, "FILE", 0, "Also an HdrHistogram log to FILE; -: only that", 10 },
		{ "diff", OPT_DIFF, "A.rec B.rec", 0, "Compare two recordings, phase by phase", 10 },
		{ 0 },
	};
	static struct hist hist = { .report.show = { .phases = GM_ALL_PHASES, .bars = true } };
	static const struct gm_tool tool = {
		.name = "gmemhist",
		.doc = "Show how long each phase in the life of KVM guest memory (guest_memfd) takes: histograms and percentiles.\v"
		       "Without INTERVAL: one report at the end (of COMMAND, after -d, or at Ctrl-C). With it: what each "
		       "interval brought, COUNT times, and the total.",
		.args_doc = "[INTERVAL [COUNT]]", .options = options, .option = option, .argument = argument,
		.need = GM_ALL_PHASES, .intervals = true, .own_count = true,
		.interval_in_replay = true, .interval_help = "none",
		.prepare = prepare, .start = start, .tick = tick, .stop = stop, .arg = &hist,
	};

	return gm_session_main(&tool, argc, argv);
}
