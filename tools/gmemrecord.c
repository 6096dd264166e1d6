// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemrecord - records what is seen of guest memory, for later; a flight recorder; cuts and copies of recordings. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "recorder/flight_run.h"
#include "recorder/rec_out.h"
#include "session/opts_refused.h"
#include "report/json_lines.h"

enum { OPT_EACH = 0x2000, OPT_COMPRESS, OPT_CUT };

struct record {
	struct gm_flightrun flight;
	struct gm_recout out;
	bool cut, each, compress;
	uint64_t records, first_ns, last_ns;
	const char *path;	/* of the recording, once it has begun */
};

static void check_uses(struct argp_state *state, const struct gm_session *s, const struct record *r)
{
	const char *past = "a recording has the faults that were recorded", *each = "--each records all faults";
	bool live = !s->opts.replays, written = s->opts.record || r->flight.o.dir;
	const struct gm_use uses[] = {
		{ "--each", r->each, live, past },
		{ "--stack", s->want.stacks, live, "a recording has the stacks that were recorded" },
		{ "--slow", s->want.slow_given, !r->each, each },
		{ "--compress", r->compress, written && !gm_recout_used(&r->out), "no recording is written" },
	};

	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
}

static void check(struct argp_state *state, const struct gm_session *s, const struct record *r)
{
	check_uses(state, s, r);
	if (r->cut && !s->opts.replays)
		argp_error(state, "--cut: of which recording? (gmemrecord --cut FROM..TO IN -o OUT)");
	if (s->opts.replays && r->flight.o.dir)
		argp_error(state, "--flight records what happens now: it goes with no recording");
	if (!s->opts.record && !r->flight.o.dir && !s->opts.probes && !s->opts.json_schema && !gm_recout_used(&r->out))
		argp_error(state, "where to? -o FILE, or --flight DIR");
	if (s->opts.record && !strcmp(s->opts.record, "-"))
		argp_error(state, "-o -: a recording goes to a file: its header is completed at the end");
}

static error_t option(int key, char *arg, struct argp_state *state, struct gm_session *s)
{
	struct record *r = s->tool->arg;
	int codec;

	switch (key) {
	case 'o': s->opts.record = arg; return 0;
	case OPT_EACH: r->each = true; return 0;
	case OPT_COMPRESS:
		codec = gm_codec_by_name(arg);
		if (codec < 0)
			argp_error(state, "--compress: none, zlib or zstd, not '%s'", arg);
		s->opts.codec = (enum gm_codec)codec;
		r->compress = true;
		return 0;
	case OPT_CUT:
		gm_opts_at(state, &s->opts, "--cut", arg);
		r->cut = true;
		return 0;
	case ARGP_KEY_END:
		if (r->each)
			s->want.slow_ns = 1;
		if (r->each && !s->want.limit_given)
			s->want.slow_limit = 0;
		check(state, s, r);
		gm_recout_check(&r->out, state, s);
		return 0;
	}
	return gm_recout_option(&r->out, key, arg, state);
}

static error_t argument(unsigned int nr, char *word, struct argp_state *state, struct gm_session *s)
{
	(void)nr;
	gm_opts_replay(state, &s->opts, word);
	return 0;
}

static int prepare(struct gm_session *s)
{
	struct record *r = s->tool->arg;
	int err = 0;

	err = gm_recout_open(&r->out, s);
	if (!err && r->flight.o.dir)
		err = gm_flightrun_open(&r->flight, s);
	return err;
}

static int start(struct gm_session *s)
{
	struct record *r = s->tool->arg;
	int err = 0;

	r->path = s->opts.record;
	err = gm_recout_start(&r->out, s);
	for (unsigned int i = 0; i < r->flight.rules && !err; i++)
		if (gm_rule_needs_reboots(&r->flight.rule[i]))
			err = gm_model_keep_reboots(s->model);
	if (!err && r->flight.f)
		err = gm_flightrun_check(&r->flight, s);
	if (!err && s->live && !s->has_command && !s->opts.duration_ns && isatty(STDERR_FILENO))
		fprintf(stderr, "gmemrecord: recording to %s; Ctrl-C ends it\n", r->path ? r->path : r->flight.o.dir);
	return err;
}

static int record(struct gm_session *s, const union gm_any *rec)
{
	struct record *r = s->tool->arg;

	r->records++;
	if (!r->first_ns)
		r->first_ns = rec->h.ts_ns;
	if (rec->h.ts_ns > r->last_ns)
		r->last_ns = rec->h.ts_ns;
	return r->flight.f ? gm_flightrun_record(&r->flight, s, rec) : 0;
}

static int event(struct gm_session *s, const union gm_any *rec)
{
	return gm_recout_event(&((struct record *)s->tool->arg)->out, s, rec);
}

static int tick(struct gm_session *s, bool last)
{
	struct record *r = s->tool->arg;
	int err = r->flight.f ? gm_flightrun_tick(&r->flight, s, last) : 0;

	if (!err)
		err = gm_recout_tick(&r->out, s, last);
	if (err || !last || r->out.export)
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
	struct record *r = s->tool->arg;

	return r->flight.f ? gm_flightrun_idle(&r->flight, s) : 0;
}

static int fd(struct gm_session *s)
{
	const struct record *r = s->tool->arg;

	return r->flight.f ? r->flight.sig : -1;
}

static void stop(struct gm_session *s)
{
	struct record *r = s->tool->arg;

	if (r->flight.f && gm_flightrun_close(&r->flight))
		s->lost = true;
	gm_recout_close(&r->out);
}

/* When all is on disk. */
static void say_what_came_of_it(const struct record *r)
{
	char size[8], span[8];
	struct stat st;

	if (r->path && !stat(r->path, &st))
		fprintf(stderr, "gmemrecord: %s: %llu records of %s in %s\n", r->path, (unsigned long long)r->records,
			gm_fmt_ns(span, sizeof(span), r->last_ns - r->first_ns), gm_fmt_bytes(size, sizeof(size), (uint64_t)st.st_size));
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "Record to FILE", 10 },
		{ "each", OPT_EACH, NULL, 0, "Every page fault as a record (--sample N: one in N)", 10 },
		{ "compress", OPT_COMPRESS, "HOW", 0, "none (default), zlib or zstd", 10 },
		GM_RECOUT_ROWS
		{ "cut", OPT_CUT, "FROM..TO", 0, "Of recordings IN, this stretch, to -o OUT", 10 },
		{ 0 },
	};
	static struct record rec = { .flight = GM_FLIGHTRUN_DEFAULT };
	static const struct gm_tool tool = {
		.name = "gmemrecord",
		.doc = "Record what is seen of KVM guest memory (guest_memfd), to look at later or elsewhere.\v"
		       "Every tool reads it with --replay. With COMMAND: record while it runs. With recordings IN: copy, cut, export them.",
		.args_doc = "[IN...]", .no_vm = "a recording is of all VMs: --vm goes with --replay of the tools that read it",
		 .options = options, .option = option, .argument = argument, .faults = true,
		.more = &gm_flight_argp, .more_input = &rec.flight,
		.need = GM_ALL_PHASES | GM_NEED_CPU | GM_NEED_WALL, .prepare = prepare, .start = start, .record = record, .event = event,
		.tick = tick, .idle = idle, .fd = fd, .stop = stop, .arg = &rec,
	};
	int status = gm_session_main(&tool, argc, argv);

	if (status != GM_EXIT_FAIL)
		say_what_came_of_it(&rec);
	return status;
}
