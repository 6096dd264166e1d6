// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemsnoop - one line per lifecycle event of guest memory, and per slow fault. */
#include <string.h>

#include "base/util.h"
#include "session/process.h"
#include "session/session.h"
#include "report/json_lines.h"
#include "report/text.h"

enum { OPT_KIND = 0x2000, OPT_FAILED, OPT_MIN, OPT_PID };

struct snoop {
	uint64_t kinds;		/* bits of enum gm_kind; 0: all */
	uint64_t min_ns;
	uint32_t pid;		/* 0: any */
	bool failed, stack;
	uint64_t printed, left_out;
	bool begun;		/* the header is out */
};

static char *kind_names(char *buf, size_t size)
{
	size_t used = 0;

	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX && used < size; k++)
		if (gm_kind_name(k))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", gm_kind_name(k));
	return buf;
}

/* Names of kinds, separated by commas. */
static void set_kinds(struct argp_state *state, char *list, uint64_t *kinds)
{
	char names[400] = "";

	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		unsigned int k = GM_K_EVENT_FIRST;

		while (k < GM_K_MAX && (!gm_kind_name(k) || strcmp(gm_kind_name(k), name)))
			k++;
		if (k == GM_K_MAX)
			argp_error(state, "--kind: no such kind: '%s' (%s)", name, kind_names(names, sizeof(names)));
		*kinds |= 1ull << k;
	}
}

static error_t option(int key, char *arg, struct argp_state *state, struct gm_session *s)
{
	struct snoop *o = s->tool->arg;
	uint64_t n;

	switch (key) {
	case OPT_MIN: gm_opts_short_time(state, "--min", arg, &o->min_ns); return 0;
	case OPT_PID:
		if (gm_parse_u64(arg, 1, UINT32_MAX, &n))
			argp_error(state, "--pid: not a number from 1: '%s'", arg);
		o->pid = (uint32_t)n;
		return 0;
	case OPT_KIND: set_kinds(state, arg, &o->kinds); return 0;
	case OPT_FAILED: o->failed = true; return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Stacks are the dearest part of a fault's event: taken where they are shown, or may be later. */
static int prepare(struct gm_session *s)
{
	struct snoop *o = s->tool->arg;

	o->stack = s->want.stacks;
	s->want.stacks |= s->opts.json || s->opts.record;
	return 0;
}

static void begin(struct gm_session *s)
{
	struct snoop *o = s->tool->arg;

	if (o->begun || s->opts.json)
		return;
	o->begun = true;
	gm_text_partial(&s->out, s->model, GM_ALL_PHASES, gm_stdout_columns());
	gm_text_event_head(&s->out);
}

/* In a replay nothing has been read yet, so what the mode lacks is not known. */
static int start(struct gm_session *s)
{
	if (s->live)
		begin(s);
	return gm_session_flush(s);
}

static bool wanted(const struct gm_session *s, const struct gm_ev *ev)
{
	const struct snoop *o = s->tool->arg;

	if (s->opts.vm && !gm_vm_matches(gm_event_vm(s->model, ev), s->opts.vm))
		return false;
	return (!o->kinds || o->kinds >> ev->h.kind & 1) && (!o->failed || ev->ret < 0) && (!o->pid || gm_pid(ev->tgid) == o->pid) &&
	       (!o->min_ns || ev->dur_ns >= o->min_ns);
}

static int event(struct gm_session *s, const union gm_any *rec)
{
	struct snoop *o = s->tool->arg;
	bool is_wanted = wanted(s, &rec->ev);

	o->printed += is_wanted;
	o->left_out += !is_wanted;
	if (!is_wanted)
		return 0;
	begin(s);
	if (s->opts.json) {
		gm_json_event(&s->out, s->model, rec);
	} else {
		gm_text_event(&s->out, s->model, rec);
		if (o->stack)
			gm_text_stack(&s->out, rec);
	}
	return gm_session_flush(s);
}

static int tick(struct gm_session *s, bool last)
{
	const struct snoop *o = s->tool->arg;

	begin(s);
	if (!last)
		return 0;
	if (s->opts.json) {
		gm_json_probes(&s->out, s->model);
		gm_json_losses(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else {
		if (!o->printed)
			gm_text_no_event(&s->out, s->model, o->left_out);
		gm_text_caveats(&s->out, s->model);
	}
	return gm_session_flush(s);
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "kind", OPT_KIND, "LIST", 0, "Only these kinds, such as bind,unbind", 10 },
		{ "failed", OPT_FAILED, NULL, 0, "Only what failed", 10 },
		{ "min", OPT_MIN, "TIME", 0, "Only what took at least TIME", 10 },
		{ "pid", OPT_PID, "PID", 0, "Only what this process did", 10 },
		{ 0 },
	};
	static struct snoop snoop;
	static const struct gm_tool tool = {
		.name = "gmemsnoop",
		.doc = "Print one line per event in the life of KVM guest memory (guest_memfd).\v"
		       "With COMMAND: look while it runs, end when it ends.",
		.options = options, .option = option, .faults = true, .arg = &snoop,
		.prepare = prepare, .start = start, .event = event, .tick = tick,
	};

	return gm_session_main(&tool, argc, argv);
}
