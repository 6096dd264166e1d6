// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* session_args.c - a tool's options and the shared ones, by argp: what they say about the run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "session/session_int.h"
#include "session/opts_refused.h"
#include "version.h"

#define SLOW_LIMIT 1000		/* faults a second that may come as events, unless an option says otherwise */

static bool is_file(const char *path, const struct stat *st)
{
	struct stat other;

	return !stat(path, &other) && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* Would writing record destroy what is read? By whatever names, or as a segment of a ring. */
static bool would_overwrite(const char *record, const char *replay)
{
	struct stat st;
	char **paths;
	bool same = false;
	int nr;

	if (!strcmp(record, replay))
		return true;
	if (stat(record, &st) || !S_ISREG(st.st_mode))
		return false;
	nr = gm_recs_files(replay, &paths);
	for (int i = 0; i < nr; i++) {
		same |= is_file(paths[i], &st);
		free(paths[i]);
	}
	if (nr >= 0)
		free(paths);
	return same;
}

static void check_past(struct argp_state *state, const struct gm_opts *o)
{
	if (o->command && o->replays)
		argp_error(state, "--replay looks at the past: it takes no COMMAND");
	for (unsigned int i = 0; o->record && i < o->replays; i++)
		if (would_overwrite(o->record, o->replay[i]))
			argp_error(state, "%s is read: it cannot be written at the same time", o->record);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gm_run *r = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &r->s.opts;
		/* In the order of children below. */
		if (r->s.tool->more)
			state->child_inputs[1] = r->s.tool->more_input;
		if (r->s.tool->faults)
			state->child_inputs[r->s.tool->more ? 2 : 1] = &r->s.want;
		return 0;
	case ARGP_KEY_ARG:
		if (state->quoted || !r->s.tool->argument)
			return ARGP_ERR_UNKNOWN;
		return r->s.tool->argument(state->arg_num, arg, state, &r->s);
	case ARGP_KEY_ARGS:
		if (!state->quoted)
			argp_error(state, "unexpected argument: '%s' (a COMMAND comes after --)", state->argv[state->next]);
		if (r->s.tool->once)
			argp_error(state, "%s takes no COMMAND: it takes one sample and ends", r->s.tool->name);
		r->s.opts.command = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		check_past(state, &r->s.opts);
		if (r->s.tool->option)
			r->s.tool->option(key, arg, state, &r->s);
		gm_uses_check_shared(state, &r->s);
		return 0;
	}
	return r->s.tool->option ? r->s.tool->option(key, arg, state, &r->s) : ARGP_ERR_UNKNOWN;
}

void gm_run_parse_args(struct gm_run *r, int argc, char **argv)
{
	const struct argp *faults = r->s.tool->faults ? &gm_fault_argp : NULL;
	const struct argp_child children[] = { { &gm_opts_argp, 0, NULL, 0 }, { r->s.tool->more ? r->s.tool->more : faults, 0, NULL, 0 },
						{ r->s.tool->more ? faults : NULL, 0, NULL, 0 }, { 0 } };
	char usage[120];
	error_t err;
	const char *args = r->s.tool->args_doc ? r->s.tool->args_doc : "";
	const struct argp argp = { r->s.tool->options, parse, r->s.tool->once ? NULL : usage, r->s.tool->doc, children, NULL, NULL };

	snprintf(usage, sizeof(usage), "%s%s[-- COMMAND...]", args, args[0] ? " " : "");
	argp_program_version = GM_VERSION;
	argp_err_exit_status = GM_EXIT_USAGE;
	gm_opts_init(&r->s.opts);
	r->s.opts.once = r->s.tool->once;
	r->s.opts.no_vm = r->s.tool->no_vm;
	if (r->s.tool->interval_help)
		r->s.opts.interval_help = r->s.tool->interval_help;
	r->s.want = (struct gm_want){ .need = r->s.tool->need, .slow_limit = SLOW_LIMIT };
	setenv("ARGP_HELP_FMT", "no-dup-args-note,rmargin=80,opt-doc-col=26", 0);	/* a line an option, where it can be */
	err = argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, r);
	if (err) {
		gm_errno(-err, "reading the arguments");
		exit(GM_EXIT_FAIL);
	}
	gm_log_init(r->s.tool->name, r->s.opts.verbose > 1 ? GM_LOG_DEBUG : r->s.opts.verbose ? GM_LOG_INFO : GM_LOG_WARN);
	r->s.has_command = r->s.opts.command != NULL;
}
