/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * session.h - one run of a tool: options, source, feed, model, recorder, the loop. A tool is a struct gm_tool and the
 * few functions in it. session/ opens the live source or a replay; top/, exporter/ and recorder/ are built on it.
 */
#ifndef GM_SESSION_SESSION_H
#define GM_SESSION_SESSION_H

#include <stdio.h>
#include "base/str.h"
#include "model/model.h"
#include "session/opts.h"

struct gm_session;

/* What the kernel is asked for: set from the tool's need, changed by its options, read when the source opens. */
struct gm_want {
	uint32_t need;		/* phases shown, bits of enum gm_phase: hooks on hot paths for others stay off */
	uint64_t slow_ns;	/* faults that take at least this long come as events; 0: none */
	uint32_t slow_limit;	/* at most so many of them a second, failed ones as well; 0: no limit */
	/*
	 * of faults that take at least slow_ns, about one in so many comes as an event; 0, 1: each. Failed ones
	 * always come
	 */
	uint32_t sample;
	/* files of types of a kernel that is not running: "VMLINUX" or "VMLINUX,KVM"; NULL: the one that is */
	const char *btf;
	bool stacks;		/* with the kernel's stack at their end */
	bool exact;		/* each sample looks at all pages whose node is to be known, however long that takes */
};

struct gm_tool {
	const char *name;		/* "gmemtop" */
	const char *doc;		/* argp's: one sentence, \v, more */
	const struct gm_opt_row *options;	/* the tool's own rows, or NULL; fields of GM_IN_SESSION() */
	/* More rows, from files of their own, and the struct whose fields they fill; rows NULL: no more. */
	struct { const struct gm_opt_row *rows; void *base; } more[2];
	const char *args_doc;		/* what argument() takes, for --help: "[INTERVAL [COUNT]]"; NULL: nothing */
	/*
	 * The nr-th word (from 0) that is no option and stands before "--". May fill s->opts, refuses by argp_error().
	 * NULL: there must be none.
	 */
	error_t (*argument)(unsigned int nr, char *word, struct argp_state *state, struct gm_session *s);
	/*
	 * All options are read: refuses what does not go together by argp_error(). May change s->opts and s->want.
	 * May be NULL.
	 */
	void (*check)(struct argp_state *state, struct gm_session *s);
	uint32_t need;			/* phases shown unless an option says otherwise, bits of enum gm_phase */
	bool faults;			/* takes the options of single faults, which fill s->want (gm_fault_rows) */
	bool once;			/* one look, then the end */
	bool interval_in_replay;	/* -i means something in a replay, too */
	const char *interval_help;	/* what --help says of -i's default; NULL: "1" */
	const char *no_vm;		/* why --vm does nothing; NULL: it does something */
	/* shows what an interval brought: the first tick comes when one is over, not at once */
	bool intervals;
	/* goes on at the end of a replay: it shows the last picture until it is stopped */
	bool stays;
	bool own_count;			/* ends a replay itself after opts.count reports: it may pass over ticks */
	/* All may be NULL. An error (-errno, reported) ends the session; 1 from prepare, tick or idle ends it well. */
	int (*prepare)(struct gm_session *s);	/* the options are known, nothing is open yet; may change s->want */
	int (*start)(struct gm_session *s);	/* the source is open, the initial scan is in the model */
	/* every record that passes the door, before the model has it */
	int (*record)(struct gm_session *s, const union gm_any *rec);
	int (*event)(struct gm_session *s, const union gm_any *rec);
	/* last: the final picture; always comes, once (in a replay that is steered: when its end is passed) */
	int (*tick)(struct gm_session *s, bool last);
	/* some twenty times a second, for terminals; with fd: when that is readable */
	int (*idle)(struct gm_session *s);
	/* some times a second while a replay is steered far: where it is; 1 breaks off there */
	int (*seeking)(struct gm_session *s, uint64_t now_ns);
	int (*fd)(struct gm_session *s);	/* after start: a descriptor to wait for, or -1 */
	void (*stop)(struct gm_session *s);	/* whatever happened; before the last messages */
	/* in place of stop, if the run ends before start(): frees and removes what prepare() made */
	void (*drop)(struct gm_session *s);
};

struct gm_session {
	const struct gm_tool *tool;
	struct gm_opts opts;
	struct gm_want want;
	struct gm_model *model;
	struct gm_str out;		/* text for stdout: gm_session_flush() writes it */
	bool live;
	bool has_command;
	/* set by a tool in start(): it shows the replay to somebody who steers it, so its end is no end */
	bool steered;
	/* set by a tool in prepare(): something beside stdout, which must be complete */
	bool writes_elsewhere;
	bool reader_gone;		/* of stdout */
	/* set by a tool that reads by itself (gm_past_load()): what it read had losses */
	bool lost;
};

/* A row's target: a field of the session. */
#define GM_IN_SESSION(T, field) GM_IN(T, struct gm_session, field)
/*
 * Sets a shared option by its long name, for tools that also take its value as an argument. Ends the process by
 * argp_error(), which names `what`, if the value is wrong.
 */
void gm_opts_give(struct argp_state *state, struct gm_session *s, const char *option, const char *what,
		  const char *arg);

/* Runs the tool; the value is main()'s. */
int gm_session_main(const struct gm_tool *tool, int argc, char **argv);
/*
 * Writes and empties s->out. 0 or -errno, reported; -EPIPE, not reported: the reader of our stdout has gone, which
 * ends the session well. If something else is written, that goes on: then 0.
 */
int gm_session_flush(struct gm_session *s);

/*
 * Return true if the last sample is younger than that, or no newer one will come before the final one (in a replay,
 * at the session's end).
 */
bool gm_session_is_fresh(const struct gm_session *s, uint64_t younger_ns);
/* For use in idle(): the loop takes an extra sample when idle() has returned, and calls the tool's tick(). */
void gm_session_ask_sample(struct gm_session *s);
/* When the session's last tick was, CLOCK_MONOTONIC; in a replay: when it was replayed. 0: none yet. */
uint64_t gm_session_ticked(const struct gm_session *s);
/* How long the look before that tick took, without what tools did with it. 0: not known, as in a replay. */
uint64_t gm_session_look_ns(const struct gm_session *s);

/*
 * The model of a tool with idle() and without event() stands at the last complete sample, that is, at the last tick:
 * whatever the tool draws between two ticks is of one sample. Records wait in memory for the end of their sample.
 * More than 16 MiB of them end the sample early (in a replay, which cannot, they go to the model at once).
 *
 * While held, the model stands still: samples are kept (and recorded). When the hold ends, all complete ones are
 * applied. So they are when more than 64 MiB have come: the picture then goes on to the newest complete sample and
 * stands still again. 0 or -errno.
 */
int gm_session_hold(struct gm_session *s, bool on);

/*
 * Steering a replay, from idle. Where the picture goes back, or far forward, records are fed silently (going back:
 * into a model made anew, which keeps what the old one kept): tool->tick is called once, when the picture is there.
 * s->model may be another one then, so nothing of the old one may be kept. Records that passed before are not given
 * to record(), event() and the recorder again, and their ticks do not count.
 */
enum gm_steer {
	GM_STEER_PAUSE,		/* arg 1: stand still, 0: go on */
	GM_STEER_SPEED,		/* arg: as gm_opts.speed */
	GM_STEER_TICKS,		/* arg: so many ticks forward, or back; then it stands still */
	GM_STEER_BY,		/* arg: seconds forward, or back */
	GM_STEER_TO,		/* arg: ts_ns; at the first tick that is not before it */
	/*
	 * arg 1: to the tick at which the next reboot (or shutdown) is over, -1: the one before; then it stands
	 * still. The model must keep reboots
	 */
	GM_STEER_EPISODE,
};
/*
 * 0; 1: there is nothing there (the picture stays, unless it cannot go back); -ESPIPE, not reported: a pipe does not
 * go back; -ENOENT, not reported: a ring has lost that segment; -errno, reported.
 */
int gm_session_steer(struct gm_session *s, enum gm_steer what, double arg);
/* To a moment as --at names it (GM_WHEN_OPEN: 1); as gm_session_steer(). */
int gm_session_steer_when(struct gm_session *s, const struct gm_when *when);
/* Where a replay stands, for a status line. */
struct gm_steer_state {
	bool paused, ended;
	double speed;
	uint64_t first_ns, last_ns, now_ns;	/* last 0: not known */
	uint64_t tick;				/* ticks passed since the beginning */
};
void gm_session_steer_state(const struct gm_session *s, struct gm_steer_state *out);

/*
 * Compares two recordings in these phases (bits of enum gm_phase) and writes that out, as JSON lines if opts.json
 * says so: report/hist_diff.h. opts.vm holds for both. page: NULL, or what the web page of it is appended to; &s->out:
 * nothing else is written. 0 or -errno, reported; s->lost is set when either had losses.
 */
int gm_session_diff(struct gm_session *s, const char *a, const char *b, uint32_t phases, struct gm_str *page);

#endif
