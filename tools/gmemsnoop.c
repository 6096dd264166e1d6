// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemsnoop - prints one line per lifecycle event of guest memory, and per slow fault. */
#include "base/fd.h"
#include "session/session.h"
#include "report/json_lines.h"
#include "report/text.h"

static struct {
	uint64_t kinds;		/* bits of enum gm_kind; 0: all */
	uint64_t min_ns;
	uint32_t pid;		/* 0: any */
	bool failed, stack;
	uint64_t printed, left_out;
	bool begun;		/* the header was printed */
	unsigned int width;	/* of stdout, when the header was printed */
} snoop;

/* Record stacks only if they are printed or may be later: they are the most expensive part of a fault event. */
static int prepare(struct gm_session *s)
{
	snoop.stack = s->want.stacks;
	s->want.stacks |= s->opts.json || s->opts.record;
	return 0;
}

static void begin(struct gm_session *s)
{
	if (snoop.begun || s->opts.json)
		return;
	snoop.begun = true;
	snoop.width = gm_stdout_columns();
	gm_text_partial(&s->out, s->model, GM_ALL_PHASES, snoop.width);
	gm_text_event_head(&s->out, snoop.width);
}

/* Prints the header at once if live. In a replay nothing has been read yet, so what the mode lacks is unknown. */
static int start(struct gm_session *s)
{
	if (s->live)
		begin(s);
	return gm_session_flush(s);
}

static bool matches_filters(const struct gm_session *s, const struct gm_ev *ev)
{
	if (s->opts.vm && !gm_vm_matches(gm_event_vm(s->model, ev), s->opts.vm))
		return false;
	return (!snoop.kinds || snoop.kinds >> ev->h.kind & 1) && (!snoop.failed || ev->ret < 0) &&
	       (!snoop.pid || gm_pid(ev->tgid) == snoop.pid) && (!snoop.min_ns || ev->dur_ns >= snoop.min_ns);
}

static int event(struct gm_session *s, const union gm_any *rec)
{
	bool is_wanted = matches_filters(s, &rec->ev);

	snoop.printed += is_wanted;
	snoop.left_out += !is_wanted;
	if (!is_wanted)
		return 0;
	begin(s);
	if (s->opts.json) {
		gm_json_event(&s->out, s->model, rec);
	} else {
		gm_text_event(&s->out, s->model, rec, snoop.width);
		if (snoop.stack)
			gm_text_stack(&s->out, rec);
	}
	return gm_session_flush(s);
}

static int tick(struct gm_session *s, bool last)
{
	begin(s);
	if (!last)
		return 0;
	if (s->opts.json) {
		gm_json_probes(&s->out, s->model);
		gm_json_losses(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else {
		if (!snoop.printed)
			gm_text_no_event(&s->out, s->model, snoop.left_out);
		gm_text_caveats(&s->out, s->model);
	}
	return gm_session_flush(s);
}

static const struct gm_opt_row options[] = {
	{ "kind", 0, "LIST", "Print only these kinds, such as bind,unbind", GM_OPT_LIST, GM_TO(uint64_t, snoop.kinds),
	  .names = gm_kind_name,
	  .min = GM_K_EVENT_FIRST, .max = GM_K_MAX - 1 },
	{ "failed", 0, NULL, "Print only operations that failed", GM_OPT_FLAG, GM_TO(bool, snoop.failed) },
	{ "min", 0, "TIME", "Print only operations of at least TIME", GM_OPT_TIME, GM_TO(uint64_t, snoop.min_ns),
	  .min = 1,
	  .unit_ns = 1000 },
	{ "pid", 0, "PID", "Print only operations of this process", GM_OPT_NUMBER, GM_TO(uint32_t, snoop.pid),
	  .min = 1 },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmemsnoop",
	.doc = "Print one line per event in the life of KVM guest memory (guest_memfd).\vWith COMMAND: trace "
	       "while it runs.",
	.options = options, .faults = true,
	.prepare = prepare, .start = start, .event = event, .tick = tick,
};

int main(int argc, char **argv)
{
	return gm_session_main(&tool, argc, argv);
}
