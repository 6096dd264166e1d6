// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gmemhist - prints histograms of the time spent on guest memory, by machine and phase, by interval; compares two
 * recordings.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "report/text.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/fd.h"
#include "session/session.h"
#include "session/out_file.h"
#include "session/opts_refused.h"
#include "report/hist_html.h"
#include "report/hist_report.h"

enum { GIVEN_BY = GM_GIVEN_OWN };

static struct {
	struct gm_histreport report;
	const char *hdr_path, *a, *b;	/* a, b: recordings to compare */
	FILE *hdr;			/* NULL: no file, or stdout */
	struct gm_str log;		/* text to be written to hdr */
	struct gm_out_file html_file;
	struct gm_histhtml html;
} hist = { .report.show.bars = true };

static bool is_hdr_only(void)
{
	return hist.hdr_path && !strcmp(hist.hdr_path, "-");
}

static void check(struct argp_state *state, struct gm_session *s)
{
	const struct gm_use uses[] = {
		{ "--no-histograms", !hist.report.show.bars,
		  !s->opts.json && !hist.report.csv && !is_hdr_only() && !gm_out_file_is_stdout(&hist.html_file),
		  "only text output has histograms to omit" },
	};
	const char *own = hist.report.csv ? "--csv" : hist.hdr_path ? "--hdr" : !hist.report.show.bars ? "-H" : NULL;
	const char *other;
	char name[32];

	if (!hist.report.show.phases)
		hist.report.show.phases = GM_ALL_PHASES;
	s->want.need = hist.report.show.phases;
	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
	if (s->opts.json + hist.report.csv + is_hdr_only() + gm_out_file_is_stdout(&hist.html_file) > 1)
		argp_error(state, "--json, --csv, --hdr - and --html - all write to stdout: give only one");
	if (!hist.a)
		return;
	if (!hist.b)
		argp_error(state, "--diff needs two recordings: --diff A.rec B.rec");
	own = gm_is_given(&s->opts, GIVEN_BY) ? "--by" : own;
	other = own ? own : gm_comparison_refuses(name, sizeof(name), s, GM_GIVEN_VM | GM_GIVEN_AT);
	if (other)
		argp_error(state,
			   "--diff does not go with %s (only with --json, --html, --phase, --vm, --at and --strict)",
			   other);
	if (hist.html_file.path && (gm_session_would_overwrite(hist.html_file.path, hist.a) ||
				    gm_session_would_overwrite(hist.html_file.path, hist.b)))
		argp_error(state, "%s is an input: it cannot be an output, too", hist.html_file.path);
}

static error_t argument(unsigned int nr, char *word, struct argp_state *state, struct gm_session *s)
{
	if (hist.a && nr == 0)
		hist.b = word;
	else if (!hist.a && nr == 0)
		gm_opts_set(state, s, "interval", "INTERVAL", word);
	else if (!hist.a && nr == 1)
		gm_opts_set(state, s, "count", "COUNT", word);
	else
		argp_error(state, "unexpected argument: '%s' (a COMMAND comes after --, a recording after --replay)",
			   word);
	return 0;
}

/* 1: all is done. */
static int diff(struct gm_session *s)
{
	int err;

	s->writes_elsewhere = hist.html_file.path;
	err = gm_session_diff(s, hist.a, hist.b, hist.report.show.phases,
			      hist.html_file.path ? gm_out_file_text(&hist.html_file, s) : NULL);
	if (!err)
		err = gm_out_file_commit(&hist.html_file);
	return err ? err : 1;
}

static int open_html(struct gm_session *s)
{
	int err = gm_out_file_open(&hist.html_file, s);

	hist.html.phases = hist.report.show.phases;
	hist.html.by = hist.report.by;
	return err || !hist.html_file.path || hist.a ? err : gm_histhtml_open(&hist.html, s->opts.vm);
}

static int prepare(struct gm_session *s)
{
	int err = open_html(s);

	if (err || hist.a)
		return err ? err : diff(s);
	hist.report.show.width = gm_stdout_columns();
	if (hist.hdr_path && !is_hdr_only()) {
		s->writes_elsewhere = s->opts.replays;
		hist.hdr = fopen(hist.hdr_path, "we");
		if (!hist.hdr)
			return gm_errno(-errno, "cannot write %s", hist.hdr_path);
	}
	hist.report.json = s->opts.json;
	hist.report.hdr = hist.hdr_path != NULL;
	hist.report.quiet = is_hdr_only();
	hist.report.intervals = gm_is_given(&s->opts, GM_GIVEN_INTERVAL) || s->opts.count;
	hist.report.interval_ns = gm_is_given(&s->opts, GM_GIVEN_INTERVAL) ? s->opts.interval_ns : 0;
	hist.report.count = s->has_command ? 0 : s->opts.count;
	return gm_histreport_open(&hist.report, s->opts.vm);
}

/* Reports that output comes at the end only. */
static int start(struct gm_session *s)
{
	if (s->live && !hist.report.intervals && !s->has_command && !s->opts.duration_ns)
		gm_begun("Tracing... press Ctrl-C to print the report.");
	return 0;
}

static int write_log(struct gm_session *s)
{
	int err = hist.log.err;

	if (is_hdr_only())
		gm_str_add(&s->out, hist.log.s ? hist.log.s : "", hist.log.len);
	else if (hist.hdr && !err &&
		 (fwrite(hist.log.s, 1, hist.log.len, hist.hdr) != hist.log.len || fflush(hist.hdr)))
		err = gm_errno(-errno, "cannot write %s", hist.hdr_path);
	gm_str_clear(&hist.log);
	return err;
}

static int tick(struct gm_session *s, bool last)
{
	int ended = gm_histreport_tick(&hist.report, s->model, last, &s->out, &hist.log), err, flushed;

	if (ended < 0)
		return ended;
	if (ended && hist.report.csv)
		gm_losses_warn(s->model);
	err = write_log(s);
	if (!err && hist.html_file.path)
		err = gm_histhtml_tick(&hist.html, s->model, ended, gm_out_file_text(&hist.html_file, s));
	flushed = gm_session_flush(s); /* first: a file that cannot be written must not cost the report */
	if (!err && ended && hist.html_file.path)
		err = gm_out_file_commit(&hist.html_file);
	return err ? err : flushed ? flushed : ended;
}

static void stop(struct gm_session *s)
{
	(void)s;
	gm_histreport_close(&hist.report);
	gm_str_release(&hist.log);
	gm_histhtml_close(&hist.html);
	gm_out_file_drop(&hist.html_file);
	if (hist.hdr)
		fclose(hist.hdr);
}

static const struct gm_opt_row options[] = {
	{ "by", 0, "WHAT", "Group histograms by machine (default), vm or host", GM_OPT_CHOICE,
	  GM_TO(enum gm_by, hist.report.by), .names = gm_by_name,
	  .given = GIVEN_BY },
	{ "phase", 0, "LIST", "Show only these phases, separated by commas", GM_OPT_LIST,
	  GM_TO(uint32_t, hist.report.show.phases),
	  .names = gm_phase_name,
	  .max = GM_PHASE_NR - 1 },
	{ "no-histograms", 'H', NULL, "Print tables without histograms", GM_OPT_CLEAR,
	  GM_TO(bool, hist.report.show.bars) },
	{ "csv", 0, NULL, "Print one CSV row per scope, phase and interval", GM_OPT_FLAG,
	  GM_TO(bool, hist.report.csv) },
	{ "hdr", 0, "FILE", "Also write an HdrHistogram log to FILE (-: only that)", GM_OPT_TEXT,
	  GM_TO(const char *, hist.hdr_path), .is_path = true, .is_output = true },
	{ "html", 0, "FILE", "Also write a web page to FILE (-: only that)", GM_OPT_TEXT,
	  GM_TO(const char *, hist.html_file.path), .is_path = true, .is_output = true },
	{ "diff", 0, "A.rec B.rec", "Compare two recordings, phase by phase", GM_OPT_TEXT,
	  GM_TO(const char *, hist.a), .is_path = true },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmemhist",
	.doc = "Show how long each phase in the life of KVM guest memory (guest_memfd) takes: histograms and "
	       "percentiles.\vWithout INTERVAL: one report at the end of COMMAND, after -d, or at Ctrl-C. With "
	       "INTERVAL: one report per interval, COUNT times, and the total.",
	.args_doc = "[INTERVAL [COUNT]]", .options = options, .check = check, .argument = argument,
	.need = GM_ALL_PHASES, .sums_calls = true, .intervals = true, .own_count = true,
	.interval_in_replay = true, .interval_help = "none",
	.prepare = prepare, .start = start, .tick = tick, .stop = stop, .drop = stop,
};

int main(int argc, char **argv)
{
	return gm_session_main(&tool, argc, argv);
}
