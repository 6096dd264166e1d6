// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gmemrecord - records observations of guest memory to a file or a flight recorder's ring; cuts, copies and exports
 * recordings.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/fmt.h"
#include "base/vec.h"
#include "recorder/flight_run.h"
#include "recorder/rec_out.h"
#include "session/opts_refused.h"
#include "report/json_lines.h"

enum { GIVEN_COMPRESS = GM_GIVEN_OWN, GIVEN_CUT = GM_GIVEN_OWN << 1 };

static struct {
	struct gm_flightrun flight;
	struct gm_recout out;
	bool each;
	uint64_t records, first_ns, last_ns;
	const char *path;	/* the recording, set by start() */
	bool is_quiet;
} rec = { .flight = GM_FLIGHTRUN_DEFAULT };

static void check_uses(struct argp_state *state, const struct gm_session *s)
{
	const char *past = "a replay cannot add faults that were not recorded", *each = "--each records all faults";
	bool live = !s->opts.replays, written = s->opts.record || rec.flight.o.dir;
	const struct gm_use uses[] = {
		{ "--each", rec.each, live, past },
		{ "--stack", s->want.stacks, live, "a replay cannot add stacks that were not recorded" },
		{ "--slow", gm_is_given(&s->opts, GM_GIVEN_SLOW), !rec.each, each },
		{ "--compress", gm_is_given(&s->opts, GIVEN_COMPRESS), written && !gm_recout_is_used(&rec.out),
		  "no recording is written" },
	};

	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
}

static void check(struct argp_state *state, struct gm_session *s)
{
	if (rec.each) {
		s->want.slow_ns = 1;
		s->want.calls = 0;
	}
	if (rec.each && !gm_is_given(&s->opts, GM_GIVEN_SLOW_LIMIT))
		s->want.slow_limit = 0;
	s->want.idles = rec.flight.o.dir && !s->opts.record && !gm_recout_is_used(&rec.out);
	gm_flightrun_check_options(&rec.flight, state, s);
	check_uses(state, s);
	if (gm_is_given(&s->opts, GIVEN_CUT) && !s->opts.replays)
		argp_error(state, "--cut needs a recording: gmemrecord --cut FROM..TO IN -o OUT");
	if (s->opts.replays && rec.flight.o.dir)
		argp_error(state, "--flight records this host: it takes no recording");
	if (!s->opts.record && !rec.flight.o.dir && !s->opts.probes && !s->opts.json_schema &&
	    !gm_recout_is_used(&rec.out))
		argp_error(state, "no output given: use -o FILE or --flight DIR");
	if (s->opts.record && !strcmp(s->opts.record, "-"))
		argp_error(state, "-o -: a recording needs a file, because its header is completed at the end");
	gm_recout_check(&rec.out, state, s);
}

static int parse_cut(void *to, const char *arg, char *why, size_t size)
{
	struct gm_at *at = to;
	int err = gm_opt_parse_at(at, arg, why, size);

	at->option = "--cut";
	return err;
}

static error_t argument(unsigned int nr, char *word, struct argp_state *state, struct gm_session *s)
{
	(void)nr;
	gm_opts_set(state, s, "replay", "--replay", word);
	return 0;
}

static int prepare(struct gm_session *s)
{
	int err = gm_recout_open(&rec.out, s);

	if (!err && rec.flight.o.dir)
		err = gm_flightrun_open(&rec.flight, s);
	return err;
}

static int start(struct gm_session *s)
{
	int err = 0;

	rec.path = s->opts.record;
	rec.is_quiet = s->opts.quiet;
	err = gm_recout_start(&rec.out, s);
	for (unsigned int i = 0; i < rec.flight.rules && !err; i++)
		if (gm_rule_needs_reboots(&rec.flight.rule[i]))
			err = gm_model_keep_reboots(s->model);
	if (!err && rec.flight.f)
		err = gm_flightrun_check(&rec.flight, s);
	if (!err && s->live && !s->has_command && !s->opts.duration_ns)
		gm_begun("Recording to %s... press Ctrl-C to stop.", rec.path ? rec.path : rec.flight.o.dir);
	return err;
}

static int record(struct gm_session *s, const union gm_any *any)
{
	rec.records++;
	if (!rec.first_ns)
		rec.first_ns = any->h.ts_ns;
	if (any->h.ts_ns > rec.last_ns)
		rec.last_ns = any->h.ts_ns;
	return rec.flight.f ? gm_flightrun_record(&rec.flight, s, any) : 0;
}

static int event(struct gm_session *s, const union gm_any *any)
{
	return gm_recout_event(&rec.out, s, any);
}

/* Shows at a terminal how the recording grows. Its size is that of the file: what is buffered comes later. */
static void show_progress(const struct gm_session *s, bool last)
{
	uint64_t ns = rec.last_ns - rec.first_ns;
	char size[8], rate[8], duration[8];
	struct stat st;

	if (last || !s->live || s->has_command || !rec.path || stat(rec.path, &st)) {
		gm_progress_line("%s", "");
		return;
	}
	gm_progress_line("%s: %s, %s/s, %llu records, %llu lost", gm_fmt_ns(duration, sizeof(duration), ns),
			 gm_fmt_bytes(size, sizeof(size), (uint64_t)st.st_size),
			 gm_fmt_bytes(rate, sizeof(rate), ns ? (uint64_t)((double)st.st_size * 1e9 / (double)ns) : 0),
			 (unsigned long long)rec.records, (unsigned long long)s->model->lost);
}

static int tick(struct gm_session *s, bool last)
{
	int err = rec.flight.f ? gm_flightrun_tick(&rec.flight, s, last) : 0;

	show_progress(s, last);
	if (!err)
		err = gm_recout_tick(&rec.out, s, last);
	if (err || !last || rec.out.format)
		return err;
	if (s->opts.json) {
		gm_json_losses(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else if (s->model->lost) {
		gm_warn("LOST %llu records", (unsigned long long)s->model->lost);
	}
	return gm_session_flush(s);
}

static int idle(struct gm_session *s)
{
	return rec.flight.f ? gm_flightrun_idle(&rec.flight, s) : 0;
}

static int fd(struct gm_session *s)
{
	(void)s;
	return rec.flight.f ? rec.flight.sig : -1;
}

static void stop(struct gm_session *s)
{
	if (rec.flight.f && gm_flightrun_close(&rec.flight))
		s->lost = true;
	gm_recout_close(&rec.out);
}

/* Prints a summary when the session has closed the recording. */
static void print_summary(void)
{
	char size[8], duration[8];
	struct stat st;

	if (!rec.is_quiet && rec.path && !stat(rec.path, &st))
		fprintf(stderr, "gmemrecord: %s: %llu records of %s in %s\n", rec.path, (unsigned long long)rec.records,
			gm_fmt_ns(duration, sizeof(duration), rec.last_ns - rec.first_ns),
			gm_fmt_bytes(size, sizeof(size), (uint64_t)st.st_size));
}

static const struct gm_opt_row options[] = {
	{ "output", 'o', "FILE", "Write the recording to FILE", GM_OPT_TEXT, GM_IN_SESSION(const char *, opts.record),
	  .is_path = true },
	{ "each", 0, NULL, "Record each call and page fault (--sample N: one in N)", GM_OPT_FLAG, GM_TO(bool, rec.each),
	  .rare = true },
	{ "compress", 0, "HOW", "Compress with none (default), zlib or zstd", GM_OPT_CHOICE,
	  GM_IN_SESSION(enum gm_codec, opts.codec), .names = gm_codec_name,
	  .max = GM_CODEC_ZSTD, .given = GIVEN_COMPRESS, .rare = true },
	{ "cut", 0, "FROM..TO", "Write only FROM to TO of recordings IN to -o", GM_OPT_CALL,
	  GM_IN_SESSION(struct gm_at, opts.at), .parse = parse_cut, .given = GM_GIVEN_AT | GIVEN_CUT },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmemrecord",
	.doc = "Record what happens to KVM guest memory (guest_memfd), for --replay of any tool.\vWith "
	       "COMMAND: record while it runs. With recordings IN: copy, cut, export them.",
	.args_doc = "[IN...]", .no_vm = "a recording contains all VMs: use --vm when you replay it",
	.options = options, .more = { { gm_recout_rows, &rec.out }, { gm_flight_rows, &rec.flight } },
	.faults = true, .sums_calls = true, .need = GM_ALL_PHASES | GM_NEED_CPU | GM_NEED_WALL | GM_NEED_ATTRS,
	.check = check, .argument = argument, .prepare = prepare, .start = start, .record = record, .event = event,
	.tick = tick, .idle = idle, .fd = fd, .stop = stop,
};

int main(int argc, char **argv)
{
	int status = gm_session_main(&tool, argc, argv);

	if (status != GM_EXIT_FAIL)
		print_summary();
	return status;
}
