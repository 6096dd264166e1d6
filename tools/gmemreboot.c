// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gmemreboot - prints what reboots of VMs cost, and why; lists what pins VMs and memory that should be gone (--pins).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/fd.h"
#include "session/compare.h"
#include "session/process.h"
#include "session/session.h"
#include "session/out_file.h"
#include "session/opts_refused.h"
#include "report/json_lines.h"
#include "report/text.h"
#include "report/pins_report.h"
#include "report/reboot_html.h"
#include "report/reboot_report.h"

#define INTERVAL_NS	500000000ull	/* sampling interval without -i: two quiet samples end a reboot */

static struct {
	bool pins, all;
	struct gm_reboot_report report;
	const char *trace_path;
	FILE *trace;
	struct gm_str events;	/* text to be written to trace */
	struct gm_out_file html_file;
	struct gm_rbhtml html;
	struct gm_compare compare;
} reboot = { .report.show.waterfall = true };

/*
 * Limits --pins, which needs no history, to one sample by iterators alone, which work at once and on every kernel,
 * unless -d, -n, -i, --replay or a COMMAND was given.
 */
static void limit_to_one_sample(struct gm_session *s)
{
	if (s->opts.duration_ns || s->opts.count || gm_is_given(&s->opts, GM_GIVEN_INTERVAL) || s->opts.command ||
	    s->opts.replays)
		return;
	s->opts.count = 1;
	if (s->opts.mode == GM_WANT_AUTO)
		s->opts.mode = GM_WANT_INVENTORY;
}

static void check_uses(struct argp_state *state, const struct gm_session *s)
{
	const struct gm_reboot_report *p = &reboot.report;
	bool text = !s->opts.json && !p->csv && !p->list && !gm_out_file_is_stdout(&reboot.html_file);
	const struct gm_use uses[] = {
		{ "--full", p->show.full, text, "only the text of single reboots leaves something out" },
		{ "--no-waterfall", !p->show.waterfall, text, "only the text of single reboots has a drawing to omit" },
	};

	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
}

static error_t argument(unsigned int nr, char *word, struct argp_state *state, struct gm_session *s)
{
	(void)s;
	gm_compare_argument(&reboot.compare, nr, word, state);
	return 0;
}

static void check(struct argp_state *state, struct gm_session *s)
{
	const struct gm_reboot_report *p = &reboot.report;
	const char *of_reports = p->csv ? "--csv" : p->list ? "--list" : p->show.full ? "--full" : NULL;
	const char *of_pins = reboot.pins ? "--pins" : reboot.all ? "--all" : NULL;

	if (s->opts.json_schema || s->opts.probes)
		return;
	if (s->opts.json + p->csv + p->list + gm_out_file_is_stdout(&reboot.html_file) > 1)
		argp_error(state, "--json, --csv, --list and --html - all write to stdout: give only one");
	of_reports = !p->show.waterfall ? "--no-waterfall" : reboot.trace_path ? "--trace" : of_reports;
	gm_compare_check(&reboot.compare, of_reports ? of_reports : of_pins, reboot.html_file.path, state, s);
	check_uses(state, s);
	if (s->opts.vm && reboot.all && reboot.pins)
		argp_error(state, "--pins --all and --vm exclude each other");
	if (!reboot.pins)
		return;
	if ((of_reports && !p->csv) || reboot.html_file.path)
		argp_error(state, "--pins: --full, --list, --no-waterfall, --trace and --html are for reboots");
	s->want.need = 0;
	limit_to_one_sample(s);
}

static int prepare(struct gm_session *s)
{
	int err;

	if (reboot.pins)
		return 0;
	if (reboot.compare.a)
		return gm_compare_run(&reboot.compare, &reboot.html_file, s);
	if (!gm_is_given(&s->opts, GM_GIVEN_INTERVAL))
		s->opts.interval_ns = INTERVAL_NS;
	reboot.report.show.width = gm_stdout_columns();
	reboot.report.want = reboot.html.report.want = s->opts.vm;
	reboot.report.json = s->opts.json;
	reboot.report.all = reboot.all;
	reboot.report.at_end = s->opts.replays && !s->opts.speed && !reboot.report.show.full;
	reboot.report.trace = reboot.trace_path;
	reboot.html.report.all = reboot.all;
	err = gm_out_file_open(&reboot.html_file, s);
	if (err || !reboot.trace_path)
		return err;
	s->writes_elsewhere = s->opts.replays;
	reboot.trace = fopen(reboot.trace_path, "we");
	return reboot.trace ? 0 : gm_errno(-errno, "cannot write %s", reboot.trace_path);
}

/* Tell a user at a terminal what the tool waits for. */
static int start(struct gm_session *s)
{
	if (s->live && !reboot.pins && !s->has_command && !s->opts.duration_ns && !s->opts.count)
		gm_begun("Waiting for reboots... press Ctrl-C to print the table.");
	return reboot.pins ? 0 : gm_model_keep_reboots(s->model);
}

static int print_pins(struct gm_session *s)
{
	if (s->opts.json) {
		gm_json_pins(&s->out, s->model, s->opts.vm, reboot.all);
		gm_json_losses(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else if (reboot.report.csv) {
		gm_csv_pins(&s->out, s->model, s->opts.vm, reboot.all);
		gm_losses_warn(s->model);
	} else {
		gm_text_pins(&s->out, s->model, s->opts.vm, reboot.all);
		gm_text_losses(&s->out, s->model);
	}
	return gm_session_flush(s);
}

static int write_trace(void)
{
	int err = reboot.events.err;

	if (!err && reboot.trace && reboot.events.len &&
	    (fwrite(reboot.events.s, 1, reboot.events.len, reboot.trace) != reboot.events.len || fflush(reboot.trace)))
		err = gm_errno(-errno, "cannot write %s", reboot.trace_path);
	gm_str_clear(&reboot.events);
	return err;
}

static int tick(struct gm_session *s, bool last)
{
	int err, flushed;

	if (reboot.pins)
		return last ? print_pins(s) : 0;
	err = gm_reboot_report_tick(&reboot.report, s->model, last, &s->out, &reboot.events);
	if (!err && last && reboot.report.csv)
		gm_losses_warn(s->model);
	if (!err && reboot.html_file.path)
		err = gm_rbhtml_tick(&reboot.html, s->model, last, gm_out_file_text(&reboot.html_file, s));
	if (err)
		return err;
	flushed = gm_session_flush(s); /* first: a file that cannot be written must not cost the report */
	err = write_trace();
	if (!err && last && reboot.html_file.path)
		err = gm_out_file_commit(&reboot.html_file);
	return err ? err : flushed;
}

static void stop(struct gm_session *s)
{
	(void)s;
	gm_reboot_report_release(&reboot.report);
	gm_str_release(&reboot.events);
	gm_rbhtml_release(&reboot.html);
	gm_out_file_drop(&reboot.html_file);
	if (reboot.trace)
		fclose(reboot.trace);
}

static const struct gm_opt_row options[] = {
	{ "compare", 0, "A.rec B.rec", "Compare the reboots of two recordings", GM_OPT_TEXT,
	  GM_TO(const char *, reboot.compare.a), .is_path = true },
	{ "fail-if", 0, "CONDITION", "Exit with 5 if --compare finds, say, 'wall > +10%'", GM_OPT_CALL,
	  GM_TO(struct gm_rblimits, reboot.compare.limits), .parse = gm_compare_parse_limit },
	{ "list", 0, NULL, "Print only a table, one reboot per line", GM_OPT_FLAG, GM_TO(bool, reboot.report.list) },
	{ "full", 0, NULL, "Also print every ledger and details", GM_OPT_FLAG, GM_TO(bool, reboot.report.show.full) },
	{ "no-waterfall", 0, NULL, "Omit the drawing of what happened when", GM_OPT_CLEAR,
	  GM_TO(bool, reboot.report.show.waterfall) },
	{ "csv", 0, NULL, "Print CSV: a row per line of a reboot's ledger, or per pin", GM_OPT_FLAG,
	  GM_TO(bool, reboot.report.csv) },
	{ "trace", 0, "FILE", "Also write the calls to FILE, for Perfetto or Chrome", GM_OPT_TEXT,
	  GM_TO(const char *, reboot.trace_path), .is_path = true, .is_output = true },
	{ "html", 0, "FILE", "Also write a web page to FILE (-: only that)", GM_OPT_TEXT,
	  GM_TO(const char *, reboot.html_file.path), .is_path = true, .is_output = true },
	{ "pins", 0, NULL, "Show what pins VMs and memory that should be gone", GM_OPT_FLAG,
	  GM_TO(bool, reboot.pins), .group = 11 },
	{ "all", 0, NULL, "Add moves that are no reboot; with --pins: all VMs", GM_OPT_FLAG, GM_TO(bool, reboot.all) },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmemreboot",
	.doc = "Report what reboots of virtual machines cost in guest memory (guest_memfd): a ledger of the "
	       "wall clock, and what re-using the memory would have saved.\vPrints each reboot when it has "
	       "ended, and a table of all at the end. --pins takes one sample: now, or at the end of COMMAND "
	       "or -d.",
	.options = options, .check = check, .argument = argument, .interval_help = "0.5",
	.need = GM_ALL_PHASES | GM_NEED_CPU | GM_NEED_WALL, .sums_calls = true,
	.prepare = prepare, .start = start, .tick = tick, .stop = stop, .drop = stop,
};

int main(int argc, char **argv)
{
	return gm_session_main(&tool, argc, argv);
}
