// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemreboot - what a reboot of a VM costs, and why; what keeps alive what should be gone (--pins). */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "session/process.h"
#include "session/session.h"
#include "session/opts_refused.h"
#include "report/json_lines.h"
#include "report/text.h"
#include "report/pins_report.h"
#include "report/reboot_report.h"

#define INTERVAL_NS	500000000ull	/* of looks, unless -i was given: a reboot's end is known by two quiet ones */

enum { OPT_PINS = 0x2000, OPT_ALL, OPT_LIST, OPT_CSV, OPT_NO_WATERFALL, OPT_TRACE };

struct reboot {
	bool pins, all;
	struct gm_rbreport report;
	const char *trace_path;
	FILE *trace;
	struct gm_str events;	/* what goes there */
};

/*
 * A look at what is there needs no history: one, unless a stretch of time was asked for, and by iterators alone, which
 * are there at once and on every kernel.
 */
static void one_look(struct gm_session *s)
{
	if (s->opts.duration_ns || s->opts.count || s->opts.interval_given || s->opts.command || s->opts.replays)
		return;
	s->opts.count = 1;
	if (s->opts.mode == GM_WANT_AUTO)
		s->opts.mode = GM_WANT_INVENTORY;
}

static void check(struct argp_state *state, struct gm_session *s, const struct reboot *r)
{
	const struct gm_rbreport *p = &r->report;

	if (s->opts.json_schema || s->opts.probes)
		return;
	if (s->opts.json + p->csv + p->list > 1)
		argp_error(state, "--json, --csv and --list all want stdout: give one");
	gm_uses_check(state, &(struct gm_use){ "--no-waterfall", !p->show.waterfall, !s->opts.json && !p->csv && !p->list,
					       "only the text of single reboots has a picture" }, 1);
	if (s->opts.vm && r->all && r->pins)
		argp_error(state, "--pins --all and --vm exclude each other");
	if (!r->pins)
		return;
	if (p->csv || p->list || !p->show.waterfall || r->trace_path)
		argp_error(state, "--pins is about what is there now: --csv, --list, --no-waterfall and --trace are for reboots");
	s->want.need = 0;
	one_look(s);
}

static error_t option(int key, char *arg, struct argp_state *state, struct gm_session *s)
{
	struct reboot *r = s->tool->arg;

	switch (key) {
	case OPT_PINS: r->pins = true; return 0;
	case OPT_ALL: r->all = true; return 0;
	case OPT_LIST: r->report.list = true; return 0;
	case OPT_CSV: r->report.csv = true; return 0;
	case OPT_NO_WATERFALL: r->report.show.waterfall = false; return 0;
	case OPT_TRACE: r->trace_path = arg; return 0;
	case ARGP_KEY_END: check(state, s, r); return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int prepare(struct gm_session *s)
{
	struct reboot *r = s->tool->arg;

	if (r->pins)
		return 0;
	if (!s->opts.interval_given)
		s->opts.interval_ns = INTERVAL_NS;
	r->report.show.width = gm_stdout_columns();
	r->report.want = s->opts.vm;
	r->report.json = s->opts.json;
	r->report.all = r->all;
	r->report.trace = r->trace_path;
	if (!r->trace_path)
		return 0;
	s->writes_elsewhere = s->opts.replays;
	r->trace = fopen(r->trace_path, "we");
	return r->trace ? 0 : gm_errno(-errno, "writing %s", r->trace_path);
}

/* Nothing comes for a while: say what is waited for, to people. */
static int start(struct gm_session *s)
{
	const struct reboot *r = s->tool->arg;

	if (s->live && !r->pins && !s->has_command && !s->opts.duration_ns && !s->opts.count && isatty(STDERR_FILENO))
		fputs("gmemreboot: waiting for reboots; Ctrl-C ends it and brings the table\n", stderr);
	return r->pins ? 0 : gm_model_keep_reboots(s->model);
}

static int tick_pins(struct gm_session *s, const struct reboot *r, bool last)
{
	if (!last)
		return 0;
	if (s->opts.json) {
		gm_json_pins(&s->out, s->model, s->opts.vm, r->all);
		gm_json_losses(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else {
		gm_text_pins(&s->out, s->model, s->opts.vm, r->all);
		gm_text_losses(&s->out, s->model);
	}
	return gm_session_flush(s);
}

static int write_trace(struct reboot *r)
{
	int err = r->events.err;

	if (!err && r->trace && r->events.len &&
	    (fwrite(r->events.s, 1, r->events.len, r->trace) != r->events.len || fflush(r->trace)))
		err = gm_errno(-errno, "writing %s", r->trace_path);
	gm_str_clear(&r->events);
	return err;
}

static int tick(struct gm_session *s, bool last)
{
	struct reboot *r = s->tool->arg;
	int err;

	if (r->pins)
		return tick_pins(s, r, last);
	err = gm_rbreport_tick(&r->report, s->model, last, &s->out, &r->events);
	if (!err && last && r->report.csv && s->model->lost)
		gm_warn("LOST %llu records, counts are too low", (unsigned long long)s->model->lost);
	if (!err)
		err = write_trace(r);
	return err ? err : gm_session_flush(s);
}

static void stop(struct gm_session *s)
{
	struct reboot *r = s->tool->arg;

	gm_rbreport_release(&r->report);
	gm_str_release(&r->events);
	if (r->trace)
		fclose(r->trace);
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "list", OPT_LIST, NULL, 0, "Only a table of all reboots, a line each", 10 },
		{ "no-waterfall", OPT_NO_WATERFALL, NULL, 0, "Without the picture of what happened when", 10 },
		{ "csv", OPT_CSV, NULL, 0, "One row for each reboot and line of its ledger", 10 },
		{ "trace", OPT_TRACE, "FILE", 0, "Also write the calls to FILE, for Perfetto or Chrome", 10 },
		{ "pins", OPT_PINS, NULL, 0, "What keeps VMs and memory alive that should be gone", 11 },
		{ "all", OPT_ALL, NULL, 0, "Also memory moved without a reboot; with --pins all VMs", 11 },
		{ 0 },
	};
	static struct reboot reboot = { .report.show.waterfall = true };
	static const struct gm_tool tool = {
		.name = "gmemreboot",
		.doc = "Say what reboots of virtual machines cost in guest memory (guest_memfd): a ledger of the wall clock, and "
		       "what re-using the memory would have saved.\v"
		       "Each reboot is printed when it has ended, all in a table at the end. With --pins: one look, no history needed; "
		       "with -d or a COMMAND: a look at the end.",
		.options = options, .option = option, .interval_help = "0.5", .need = GM_ALL_PHASES | GM_NEED_CPU | GM_NEED_WALL,
		.prepare = prepare, .start = start, .tick = tick, .stop = stop, .arg = &reboot,
	};

	return gm_session_main(&tool, argc, argv);
}
