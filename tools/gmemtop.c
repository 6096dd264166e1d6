// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemtop - shows the machines on this host and their guest memory (guest_memfd), live. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/reboot.h"
#include "top/top_cost.h"
#include "base/fd.h"
#include "session/session.h"
#include "top/top_steer.h"
#include "session/opts_refused.h"
#include "report/json_lines.h"
#include "report/text.h"
#include "top/settings_opts.h"
#include "top/top.h"
#include "top/top_print.h"
#include "top/tty.h"

static struct {
	struct gm_top state;
	struct gm_tty *tty;	/* NULL: batch or JSON */
	struct gm_frame frame;
	bool batch, tree, no_mouse, csv;
	struct gm_top_csv rows;
	const char *sort, *filter;
	struct gm_settings_opts settings;
	unsigned int width;
	struct gm_top_cost_base before;
} top;

static bool has_screen(const struct gm_session *s)
{
	return !s->opts.json && !top.csv && !top.batch && !s->opts.command && isatty(STDOUT_FILENO) &&
	       isatty(STDIN_FILENO);
}

static void check(struct argp_state *state, struct gm_session *s)
{
	struct gm_history_limit *history = &s->want.history;
	const char *json = "JSON lines have all machines and columns, unsorted (--vm NAME selects one)";
	const struct gm_use uses[] = {
		{ "--filter", top.filter, !s->opts.json, json },
		{ "--sort", top.sort, !s->opts.json, json },
		{ "--columns", top.settings.columns, !s->opts.json, json },
		{ "--settings", top.settings.file, !s->opts.json, json },
		{ "--theme", top.settings.theme, has_screen(s), "colours are for a terminal's screen" },
		{ "--tree", top.tree, !s->opts.json, json },
		{ "--tree", top.tree, !top.csv, "a tree is no table (--json has all objects)" },
		{ "--bpf-stats", s->want.need & GM_NEED_STATS, !s->opts.replays, "a recording runs no BPF programs" },
		{ "--history", history->given, has_screen(s) && !s->opts.replays,
		  "only a live screen goes back in it" },
		{ "--exact", s->want.exact, !s->opts.replays, "a replay cannot change the samples of the recording" },
	};

	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
	if (s->opts.json && top.csv)
		argp_error(state, "--json and --csv both write to stdout: give only one");
	gm_settings_check(&top.settings, state, has_screen(s));
	if (!history->given && has_screen(s) && !s->opts.replays)
		history->bytes = 32u << 20;
	s->want.idles = !s->opts.record; /* a recording has all from the first page on */
}

static void paint(struct gm_session *s)
{
	unsigned int w, h;

	if (top.state.replay.on)
		gm_steer_top_state(s, &top.state);
	gm_tty_size(top.tty, &w, &h);
	gm_frame_clear(&top.frame);
	gm_top_frame(gm_session_shown(s)->model, &top.state, w, h, &top.frame);
	gm_tty_paint(top.tty, &top.frame);
}

static int start(struct gm_session *s)
{
	int err = gm_model_keep_reboots(s->model);

	if (err)
		return gm_errno(err, "cannot count reboots");
	gm_model_drop_steps(s->model);
	gm_model_keep_heat(s->model);
	gm_top_init(&top.state);
	gm_settings_start(&top.settings, &top.state);
	top.state.want = s->opts.vm;
	top.state.interval_ns = s->live ? s->opts.interval_ns : 0;
	if (top.sort)
		gm_top_sort_by(&top.state, top.sort);
	if (top.filter)
		snprintf(top.state.filter, sizeof(top.state.filter), "%s", top.filter);
	if (top.tree)
		top.state.page = GM_TOP_TREE;
	if (!has_screen(s)) {
		top.width = gm_stdout_columns();
		top.state.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
		return 0;
	}
	err = gm_tty_open(&top.tty, gm_settings_theme(&top.settings), !top.no_mouse);
	if (!err)
		top.state.ascii = !gm_tty_has_utf8(top.tty);
	return err ? err : gm_steer_top_init(s, &top.state);
}

static int tick(struct gm_session *s, bool last)
{
	bool quiet = s->model->meta.flags & GM_META_REPORT_AT_END && !gm_is_given(&s->opts, GM_GIVEN_INTERVAL) && !last;

	if (top.tty) {
		if (s->live && !top.state.paused)
			gm_top_cost_update(s, &top.before, &top.state.cost);
		paint(s); /* also while paused: the terminal's size may have changed */
		return 0;
	}
	if (quiet)
		return 0;
	if (s->opts.json)
		gm_json_frame(&s->out, s->model, s->opts.vm, last);
	else if (top.csv)
		gm_top_csv(&top.rows, &s->out, s->model, &top.state);
	else
		gm_top_print(&s->out, s->model, &top.state, top.width);
	if (last && top.csv)
		gm_losses_warn(s->model);
	else if (last && !s->opts.json)
		gm_text_caveats(&s->out, s->model);
	return gm_session_flush(s);
}

static int seeking(struct gm_session *s, uint64_t now_ns)
{
	unsigned int key = gm_tty_key(top.tty, 0);

	(void)now_ns;
	top.state.quit = key == 'q' || key == 'Q';
	top.state.replay.seeking = true;
	paint(s);
	top.state.replay.seeking = false;
	return top.state.quit || key == GM_KEY_ESC;
}

static void handle_key(struct gm_session *s, unsigned int key)
{
	struct gm_mouse event;

	if (key != GM_KEY_MOUSE)
		gm_top_key(gm_session_shown(s)->model, &top.state, key);
	else if (gm_tty_mouse(top.tty, &event))
		gm_top_mouse(gm_session_shown(s)->model, &top.state, &event);
	gm_settings_keep(&top.settings, &top.state);
}

static int idle(struct gm_session *s)
{
	unsigned int key;
	int err = 0;

	if (!top.tty)
		return 0;
	while (!err && (key = gm_tty_key(top.tty, 0))) {
		handle_key(s, key);
		err = top.state.replay.on ? gm_steer_top_execute(s, &top.state)
					  : gm_session_freeze(s, top.state.paused);
		if (!err)
			err = gm_session_set_interval(s, top.state.interval_ns);
		if (top.state.quit)
			return 1;
		paint(s);
	}
	return err;
}

static void stop(struct gm_session *s)
{
	(void)s;
	gm_tty_close(top.tty);
	top.tty = NULL;
	gm_frame_release(&top.frame);
}

static const struct gm_opt_row options[] = {
	{ "csv", 0, NULL, "Print the table as CSV, a row per machine and sample", GM_OPT_FLAG, GM_TO(bool, top.csv) },
	{ "batch", 'b', NULL, "Print frames as text; needs no terminal", GM_OPT_FLAG, GM_TO(bool, top.batch) },
	{ "sort", 's', "COLUMN", "Sort by this column", GM_OPT_WORD, GM_TO(const char *, top.sort),
	  .names = gm_top_column, .any_case = true },
	{ "filter", 'f', "TEXT", "Show only machines whose name contains TEXT", GM_OPT_TEXT,
	  GM_TO(const char *, top.filter) },
	{ "bpf-stats", 0, NULL, "Measure the run time of BPF programs (overhead)", GM_OPT_BITS,
	  GM_IN_SESSION(uint32_t, want.need),
	  .bits = GM_NEED_PROGS | GM_NEED_STATS },
	{ "exact", 0, NULL, "Read all pages at each sample, however long it takes", GM_OPT_FLAG,
	  GM_IN_SESSION(bool, want.exact) },
	{ "history", 0, "TIME|SIZE", "Keep so much to go back in (32M; 0: nothing)", GM_OPT_CALL,
	  GM_IN_SESSION(struct gm_history_limit, want.history), .parse = gm_history_parse },
	{ "no-mouse", 0, NULL, "Leave the mouse to the terminal, to select text", GM_OPT_FLAG,
	  GM_TO(bool, top.no_mouse) },
	{ "tree", 't', NULL, "Show the tree machine > vm > inode > file > binding", GM_OPT_FLAG,
	  GM_TO(bool, top.tree) },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmemtop",
	.doc = "Show the virtual machines on this host and their guest memory (guest_memfd), live.\vPress h "
	       "for the keys. With COMMAND: sample while it runs, and report when it ends.",
	.options = options, .more = { { gm_settings_rows, &top.settings } }, .check = check,
	.need = GM_ALL_PHASES | GM_NEED_REBOOTS | GM_NEED_ATTRS, .sums_calls = true, .interval_in_replay = true,
	.start = start, .tick = tick, .idle = idle, .seeking = seeking, .stop = stop,
};

int main(int argc, char **argv)
{
	return gm_session_main(&tool, argc, argv);
}
