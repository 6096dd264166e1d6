// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* session_args.c - parses a tool's own options and the shared ones with argp. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/vec.h"
#include "session/session_int.h"
#include "session/opts_refused.h"
#include "version.h"

#define SLOW_LIMIT 1000		/* faults reported per second at most, unless an option says otherwise */

static bool is_same_file(const char *path, const struct stat *st)
{
	struct stat other;

	return !stat(path, &other) && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

bool gm_session_would_overwrite(const char *record, const char *replay)
{
	struct stat st;
	char **paths;
	bool same = false;
	int nr;

	if (!strcmp(record, replay))
		return true;
	if (stat(record, &st) || !S_ISREG(st.st_mode))
		return false;
	nr = gm_rec_stream_files(replay, &paths);
	for (int i = 0; i < nr; i++) {
		same |= is_same_file(paths[i], &st);
		free(paths[i]);
	}
	if (nr >= 0)
		free(paths);
	return same;
}

static void check_output(struct argp_state *state, const char *path, const char *read)
{
	if (read && gm_session_would_overwrite(path, read))
		argp_error(state, "%s is an input: it cannot be an output, too", path);
}

static void check_past(struct argp_state *state, const struct gm_opts *o)
{
	if (o->command && o->replays)
		argp_error(state, "--replay takes no COMMAND: the recording is already complete");
	for (unsigned int i = 0; o->record && i < o->replays; i++)
		check_output(state, o->record, o->replay[i]);
}

/* ---- rows to argp ---- */

#define OPTIONS_MAX 80		/* rows of a tool, with headings */
#define FIRST_KEY 0x1000	/* argp key of the first row; for rows without a letter */
#define KEY_ROWS (FIRST_KEY + OPTIONS_MAX)
#define KEY_HELP_ALL (KEY_ROWS + 1)
#define GROUP_OF_HELP (-1)	/* argp's own options */

/* The input of argp_parse(). A row's option, the row and the struct that it fills have the same index. */
struct parser {
	struct gm_run *r;
	struct argp_option option[OPTIONS_MAX + 3];
	const struct gm_opt_row *row[OPTIONS_MAX];
	void *base[OPTIONS_MAX];
	int nr, group;
	char interval_help[80];
};

static bool is_refused(const struct gm_tool *t, const struct gm_opt_row *row)
{
	return (t->once && row->given & (GM_GIVEN_INTERVAL | GM_GIVEN_COUNT | GM_GIVEN_DURATION)) ||
	       (t->no_vm && row->given & GM_GIVEN_VM);
}

/* Help text of a row: -i shows this tool's default; options that this tool refuses are marked. */
static const char *row_help(struct parser *p, const struct gm_opt_row *row)
{
	const struct gm_tool *t = p->r->s.tool;

	if (is_refused(t, row))
		return "Has no effect in this tool, and is refused";
	if (!(row->given & GM_GIVEN_INTERVAL))
		return row->help;
	snprintf(p->interval_help, sizeof(p->interval_help), "Sampling interval in seconds (%s), or as 500ms, 2m",
		 t->interval_help ? t->interval_help : "1");
	return p->interval_help;
}

static void add_rows(struct parser *p, const struct gm_opt_row *row, void *base)
{
	for (; row && !gm_opt_row_is_end(row); row++) {
		assert(p->nr < OPTIONS_MAX);
		if (row->group)
			p->group = row->group;
		p->row[p->nr] = row;
		p->base[p->nr] = base;
		p->option[p->nr] = (struct argp_option){
			.name = row->name,
			.key = !row->name ? 0
			       : row->key ? row->key
					  : FIRST_KEY + p->nr,
			.arg = row->metavar,
			.flags = row->rare || is_refused(p->r->s.tool, row) ? OPTION_HIDDEN : 0,
			.doc = row_help(p, row),
			.group = p->group,
		};
		p->nr++;
	}
}

/* Blank the headings that would stand above no option in --help: argp prints headings that are hidden. */
static void hide_empty_headings(struct parser *p)
{
	bool any = false;

	for (int i = p->nr; i-- > 0;) {
		if (p->row[i]->name)
			any |= !(p->option[i].flags & OPTION_HIDDEN);
		else if (!any)
			p->option[i].doc = "";
		if (!p->row[i]->name)
			any = false;
	}
}

/* Prints --help with all options and ends the process. */
static void print_help_all(struct parser *p, struct argp_state *state)
{
	for (int i = 0; i < p->nr; i++) {
		p->option[i].flags = 0;
		p->option[i].doc = row_help(p, p->row[i]);
	}
	argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
}

static void add_all_rows(struct parser *p)
{
	const struct gm_tool *t = p->r->s.tool;

	p->group = 10;
	add_rows(p, t->options, &p->r->s);
	for (size_t i = 0; i < GM_ARRAY_SIZE(t->more); i++)
		add_rows(p, t->more[i].rows, t->more[i].base);
	if (t->faults)
		add_rows(p, gm_fault_rows, &p->r->s);
	add_rows(p, gm_opts_rows, &p->r->s);
	hide_empty_headings(p);
	p->option[p->nr] = (struct argp_option){ "help-all",   KEY_HELP_ALL, NULL, 0, "Give the list of all options",
						 GROUP_OF_HELP };
	/* A name that no abbreviation typed by users can match. */
	p->option[p->nr + 1] = (struct argp_option){ "zz-rows", KEY_ROWS, NULL, OPTION_HIDDEN, NULL, p->group };
}

/* Prints all options, one per line, for tests/dist/pack/options.py, and exits. */
static void print_rows(const struct parser *p)
{
	char before[40];

	snprintf(before, sizeof(before), "%s\t--", p->r->s.tool->name);
	for (int i = 0; i < p->nr; i++)
		gm_opt_row_print(stdout, before, p->row[i]);
	exit(fflush(stdout) ? GM_EXIT_FAIL : GM_EXIT_OK);
}

static void set_option(struct argp_state *state, struct gm_session *s, const struct gm_opt_row *row, void *base,
		       const char *what, const char *arg)
{
	char why[1400];

	s->opts.given |= row->given;
	if (gm_opt_row_set(row, base, what, arg, why, sizeof(why)))
		argp_error(state, "%s", why);
}

void gm_opts_set(struct argp_state *state, struct gm_session *s, const char *option, const char *what, const char *arg)
{
	set_option(state, s, gm_opt_row_find(gm_opts_rows, option), s, what, arg);
}

/* Sets the option with this key. Messages name a KEY=X option by its letter ("-C ring"), any other by its long name. */
static error_t parse_option(struct parser *p, int key, char *arg, struct argp_state *state)
{
	char what[40];

	for (int i = 0; i < p->nr; i++) {
		const struct gm_opt_row *row = p->row[i];

		if (p->option[i].key != key || !row->name)
			continue;
		if (row->type == GM_OPT_KEYS)
			snprintf(what, sizeof(what), "-%c", row->key);
		else
			snprintf(what, sizeof(what), "--%s", row->name);
		set_option(state, &p->r->s, row, p->base[i], what, arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- what is no option ---- */

static error_t parse_argument(struct gm_run *r, char *arg, struct argp_state *state)
{
	if (state->quoted || !r->s.tool->argument)
		return ARGP_ERR_UNKNOWN;
	return r->s.tool->argument(state->arg_num, arg, state, &r->s);
}

static void set_command(struct gm_run *r, struct argp_state *state)
{
	if (!state->quoted)
		argp_error(state, "unexpected argument: '%s' (%s after --replay)", state->argv[state->next],
			   r->s.tool->once ? "a recording comes" : "a COMMAND comes after --, a recording");
	if (r->s.tool->once)
		argp_error(state, "no COMMAND is possible: %s takes one sample and ends", r->s.tool->name);
	r->s.opts.command = state->argv + state->next;
}

/* The file that an option row writes to; NULL: the option was not given, or writes to stdout. */
static const char *output_of(const struct parser *p, int i)
{
	const char *path = p->row[i] && p->row[i]->is_output ? *(const char *const *)p->row[i]->to : NULL;

	return path && strcmp(path, "-") ? path : NULL;
}

static void check_twice(struct argp_state *state, const char *path, const char *other)
{
	struct stat st;

	if (other && (!strcmp(path, other) || (!stat(path, &st) && S_ISREG(st.st_mode) && is_same_file(other, &st))))
		argp_error(state, "two options name the same file: %s", path);
}

/* An output must not replace what is read, nor the file of another option. */
static void check_outputs(const struct parser *p, struct argp_state *state)
{
	const struct gm_opts *o = &p->r->s.opts;

	for (int i = 0; i < p->nr; i++) {
		const char *path = output_of(p, i);

		if (!path)
			continue;
		if (!path[0])
			argp_error(state, "--%s needs the name of a file", p->row[i]->name);
		for (unsigned int k = 0; k < o->replays; k++)
			check_output(state, path, o->replay[k]);
		check_twice(state, path, o->record);
		for (int k = 0; k < i; k++)
			check_twice(state, path, output_of(p, k));
	}
}

static void check_all(struct gm_run *r, struct argp_state *state)
{
	if (gm_is_given(&r->s.opts, GM_GIVEN_SLOW))
		r->s.want.need |= GM_ALL_PHASES;
	check_past(state, &r->s.opts);
	check_outputs(state->input, state);
	if (r->s.tool->check)
		r->s.tool->check(state, &r->s);
	gm_uses_check_shared(state, &r->s);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parser *p = state->input;

	switch (key) {
	case ARGP_KEY_ARG: return parse_argument(p->r, arg, state);
	case ARGP_KEY_ARGS: set_command(p->r, state); return 0;
	case ARGP_KEY_END: check_all(p->r, state); return 0;
	case KEY_HELP_ALL: print_help_all(p, state); return 0;
	case KEY_ROWS: print_rows(p);
	}
	return parse_option(p, key, arg, state);
}

void gm_run_parse_args(struct gm_run *r, int argc, char **argv)
{
	struct parser p = { .r = r };
	char usage[120];
	error_t err;
	const char *args = r->s.tool->args_doc ? r->s.tool->args_doc : "";
	const struct argp argp = { p.option, parse, r->s.tool->once ? NULL : usage, r->s.tool->doc, NULL, NULL, NULL };

	snprintf(usage, sizeof(usage), "%s%s[-- COMMAND...]", args, args[0] ? " " : "");
	argp_program_version = GM_VERSION;
	argp_err_exit_status = GM_EXIT_USAGE;
	gm_opts_init(&r->s.opts);
	r->s.want = (struct gm_want){ .need = r->s.tool->need,
				      .slow_limit = SLOW_LIMIT,
				      .calls = r->s.tool->sums_calls ? GM_CALLS_KEPT : 0 };
	add_all_rows(&p);
	/* one line per option where possible */
	setenv("ARGP_HELP_FMT", "no-dup-args-note,rmargin=80,opt-doc-col=26", 0);
	err = argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &p);
	if (err) {
		gm_errno(-err, "cannot read the arguments");
		exit(GM_EXIT_FAIL);
	}
	gm_log_init(r->s.tool->name, r->s.opts.verbose > 1 ? GM_LOG_DEBUG
				     : r->s.opts.verbose   ? GM_LOG_INFO
							   : GM_LOG_WARN);
	gm_log_set_progress(!r->s.opts.quiet);
	r->s.has_command = r->s.opts.command != NULL;
}
