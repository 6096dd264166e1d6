// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemtop - live view of the machines on this host and the guest memory (guest_memfd) that they hold. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "model/reboot.h"
#include "top/top_cost.h"
#include "session/process.h"
#include "session/session.h"
#include "top/top_steer.h"
#include "session/opts_refused.h"
#include "report/json_lines.h"
#include "report/text.h"
#include "top/top.h"
#include "top/tty.h"

struct top {
	struct gm_top state;
	struct gm_tty *tty;	/* NULL: batch or JSON */
	struct gm_frame frame;
	bool batch, tree;
	const char *sort, *filter, *columns;
	unsigned int width;
	struct gm_cost_before before;
};

enum { OPT_STATS = 0x2000, OPT_EXACT };

static void check(struct argp_state *state, const struct gm_session *s, const struct top *t)
{
	const char *json = "JSON lines have all machines and all columns, in no order (--vm NAME is one)";
	const struct gm_use uses[] = {
		{ "--filter", t->filter, !s->opts.json, json }, { "--sort", t->sort, !s->opts.json, json },
		{ "--columns", t->columns, !s->opts.json, json }, { "--tree", t->tree, !s->opts.json, json },
		{ "--bpf-stats", s->want.need & GM_NEED_STATS, !s->opts.replays, "a recording runs no BPF programs" },
		{ "--exact", s->want.exact, !s->opts.replays, "a recording has the samples that it has" },
	};

	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
}

static error_t option(int key, char *arg, struct argp_state *state, struct gm_session *s)
{
	struct top *t = s->tool->arg;
	struct gm_top probe;
	char names[512];

	switch (key) {
	case OPT_STATS: s->want.need |= GM_NEED_PROGS | GM_NEED_STATS; return 0;
	case OPT_EXACT: s->want.exact = true; return 0;
	case 'b': t->batch = true; return 0;
	case 't': t->tree = true; return 0;
	case 'f': t->filter = arg; return 0;
	case 'c':
		if (gm_top_show(&probe, arg))
			argp_error(state, "--columns: memory or phases, not '%s'", arg);
		t->columns = arg;
		return 0;
	case 's':
		gm_top_init(&probe);
		if (gm_top_sort_by(&probe, arg))
			argp_error(state, "--sort: no such column: '%s' (%s)", arg, gm_top_columns(names, sizeof(names)));
		t->sort = arg;
		return 0;
	case ARGP_KEY_END: check(state, s, t); return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void paint(struct gm_session *s, struct top *t)
{
	unsigned int w, h;

	if (t->state.replay.on)
		gm_steer_top_state(s, &t->state);
	gm_tty_size(t->tty, &w, &h);
	gm_frame_clear(&t->frame);
	gm_top_frame(s->model, &t->state, w, h, &t->frame);
	gm_tty_paint(t->tty, &t->frame);
}

/* Shown to somebody at a terminal: at the pace it was recorded. */
static int start_replay(struct gm_session *s, struct top *t)
{
	s->steered = true;
	gm_steer_top_init(s, &t->state);
	return s->opts.speed_given ? 0 : gm_session_steer(s, GM_STEER_SPEED, 1);
}

static int start(struct gm_session *s)
{
	struct top *t = s->tool->arg;
	int err = gm_model_keep_reboots(s->model);

	if (err)
		return gm_errno(err, "counting reboots");
	gm_model_drop_steps(s->model);
	gm_model_keep_heat(s->model);
	gm_top_init(&t->state);
	t->state.want = s->opts.vm;
	if (t->sort)
		gm_top_sort_by(&t->state, t->sort);
	if (t->columns)
		gm_top_show(&t->state, t->columns);
	if (t->filter)
		snprintf(t->state.filter, sizeof(t->state.filter), "%s", t->filter);
	if (t->tree)
		t->state.page = GM_TOP_TREE;
	if (s->opts.json || t->batch || s->has_command || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
		t->width = gm_stdout_columns();
		t->state.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
		return 0;
	}
	err = gm_tty_open(&t->tty, !getenv("NO_COLOR"));
	if (!err)
		t->state.ascii = !gm_tty_utf8(t->tty);
	return err || s->live ? err : start_replay(s, t);
}

static void print_frame(struct gm_session *s, struct top *t)
{
	gm_frame_clear(&t->frame);
	gm_top_frame(s->model, &t->state, t->width, 0, &t->frame);
	s->out.err = s->out.err ? s->out.err : t->frame.err;
	for (size_t i = 0; i < t->frame.nr; i++)
		gm_str_printf(&s->out, "%s\n", t->frame.line[i].text);
	gm_str_puts(&s->out, "\n");
}

static int tick(struct gm_session *s, bool last)
{
	struct top *t = s->tool->arg;
	bool quiet = s->model->meta.flags & GM_META_REPORT_AT_END && !s->opts.interval_given && !last;

	if (t->tty) {
		if (s->live && !t->state.paused)
			gm_cost_top(s, &t->before, &t->state.cost);
		paint(s, t);	/* also while paused: the terminal may have another size */
		return 0;
	}
	if (quiet)
		return 0;
	if (!s->opts.json) {
		print_frame(s, t);
		if (last)
			gm_text_caveats(&s->out, s->model);
		return gm_session_flush(s);
	}
	gm_json_frame(&s->out, s->model, s->opts.vm, last);
	return gm_session_flush(s);
}

static int seeking(struct gm_session *s, uint64_t now_ns)
{
	struct top *t = s->tool->arg;
	unsigned int key = gm_tty_key(t->tty, 0);

	(void)now_ns;
	t->state.quit = key == 'q' || key == 'Q';
	t->state.replay.seeking = true;
	paint(s, t);
	t->state.replay.seeking = false;
	return t->state.quit || key == GM_KEY_ESC;
}

static int idle(struct gm_session *s)
{
	struct top *t = s->tool->arg;
	unsigned int key;
	int err = 0;

	if (!t->tty)
		return 0;
	while (!err && (key = gm_tty_key(t->tty, 0))) {
		gm_top_key(s->model, &t->state, key);
		err = t->state.replay.on ? gm_steer_top(s, &t->state) : gm_session_hold(s, t->state.paused);
		if (t->state.quit)
			return 1;
		paint(s, t);
	}
	return err;
}

static void stop(struct gm_session *s)
{
	struct top *t = s->tool->arg;

	gm_tty_close(t->tty);
	t->tty = NULL;
	gm_frame_release(&t->frame);
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "batch", 'b', NULL, 0, "Print frames as text, no terminal needed", 10 },
		{ "columns", 'c', "SET", 0, "Begin with these: memory (default) or phases", 10 },
		{ "sort", 's', "COLUMN", 0, "Sort by this column", 10 },
		{ "filter", 'f', "TEXT", 0, "Only machines whose name has TEXT in it", 10 },
		{ "bpf-stats", OPT_STATS, NULL, 0, "Time all BPF programs, to show what gmemtop's cost", 10 },
		{ "exact", OPT_EXACT, NULL, 0, "Look at all pages for each sample, however long it takes", 10 },
		{ "tree", 't', NULL, 0, "machine > vm > inode > file > binding", 10 },
		{ 0 },
	};
	static struct top top;
	static const struct gm_tool tool = {
		.name = "gmemtop",
		.doc = "Show the virtual machines on this host and the guest memory (guest_memfd) that they hold, live.\v"
		       "Press h for the keys. With COMMAND: look while it runs, report when it ends.",
		.options = options, .option = option, .need = GM_ALL_PHASES | GM_NEED_REBOOTS,
		.interval_in_replay = true,
		.start = start, .tick = tick, .idle = idle, .seeking = seeking, .stop = stop, .arg = &top,
	};

	return gm_session_main(&tool, argc, argv);
}
