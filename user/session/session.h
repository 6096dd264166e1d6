/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * session.h - runs a tool: options, source, feed, model, recorder, main loop. A tool is a struct gm_tool with
 * callbacks. session/ opens the live source or a replay; top/, exporter/ and recorder/ are built on it.
 *
 * Life cycle, all inside gm_session_main(): parse the options (argument(), check()), prepare(), open the file of
 * --record, fork COMMAND, open the source, start(), fd(), then the loop: each record goes to the recorder, record(),
 * the model, and event() or tick(); idle() runs between records. stop() runs at the end if start() was called, even if
 * start() failed.
 *
 * The session owns model, source, recorder and s->out. A tool frees in stop() what its callbacks allocated. If a step
 * before start() fails, the process exits without stop().
 *
 * Errors are negative errnos, reported where they occur. Only -ENOMEM may come unreported: the session reports it at
 * the end.
 */
#ifndef GM_SESSION_SESSION_H
#define GM_SESSION_SESSION_H

#include <stdio.h>
#include "base/str.h"
#include "model/model.h"
#include "record/source.h"
#include "session/opts.h"

struct gm_session;

/*
 * What the session requests from the kernel: set from the tool's need, changed by its options, read when the source
 * opens.
 */
struct gm_history_limit {
	bool given;		/* by the user */
	uint64_t bytes, ns;	/* bytes 0: nothing is kept; ns 0: no limit */
};
struct gm_want {
	/* phases to show, bits of enum gm_phase; hooks on hot paths for other phases stay off */
	uint32_t need;
	uint64_t slow_ns;	/* report each fault that takes at least this long; 0: none */
	uint32_t slow_limit;	/* limit of reported faults per second, failed ones included; 0: no limit */
	/*
	 * report about one in N of the faults that take slow_ns or longer; 0, 1: every one. Failed faults are always
	 * reported
	 */
	uint32_t sample;
	uint32_t calls;		/* as in struct gm_live_opts */
	/* BTF files of a kernel that is not running: "VMLINUX" or "VMLINUX,KVM"; NULL: the running kernel */
	const char *btf;
	bool stacks;		/* reported faults carry the kernel stack at their end */
	struct gm_history_limit history;	/* live: how much of the past is kept, to go back in it */
	/* hooks that count memory may wait for the first VM, whose first moments are then missed (GM_ATTACH_MEMORY) */
	bool idles;
	bool exact;		/* each sample scans all pages whose NUMA node is wanted, however long that takes */
};

struct gm_tool {
	const char *name;		/* "gmemtop" */
	const char *doc;		/* text for argp: one sentence, \v, more */
	/* the tool's own rows, or NULL; their targets: fields of struct gm_session (GM_IN_SESSION) */
	const struct gm_opt_row *options;
	/* Rows of other files, and the struct whose fields they fill; rows NULL: unused. */
	struct { const struct gm_opt_row *rows; void *base; } more[2];
	const char *args_doc;		/* the arguments, for --help: "[INTERVAL [COUNT]]"; NULL: none */
	/*
	 * Handles the nr-th argument (from 0) before "--". May fill s->opts; rejects a word with argp_error(). NULL:
	 * the tool takes no arguments.
	 */
	error_t (*argument)(unsigned int nr, char *word, struct argp_state *state, struct gm_session *s);
	/*
	 * Runs when all options are parsed: rejects combinations with argp_error(). May change s->opts and s->want. May
	 * be NULL.
	 */
	void (*check)(struct argp_state *state, struct gm_session *s);
	uint32_t need;			/* phases shown unless an option says otherwise, bits of enum gm_phase */
	bool faults;			/* has the options of single faults (gm_fault_rows), which fill s->want */
	bool once;			/* takes one sample, then ends */
	bool sums_calls;		/* needs no event of each call: GM_CALLS_KEPT, unless it changes want.calls */
	bool interval_in_replay;	/* -i has an effect in a replay, too */
	const char *interval_help;	/* default of -i, for --help; NULL: "1" */
	const char *no_vm;		/* why --vm has no effect; NULL: it has one */
	/* shows what happened in an interval: the first tick comes after one interval, not at once */
	bool intervals;
	/* stays at the end of a replay and shows the last sample until it is stopped */
	bool stays;
	/* ends a replay itself after opts.count reports, because it may skip ticks; the session does not count */
	bool own_count;
	/*
	 * All may be NULL. A negative errno (reported) ends the session; 1 from prepare, event, tick or idle ends it
	 * successfully.
	 */
	int (*prepare)(struct gm_session *s);	/* the options are parsed, nothing is open yet; may change s->want */
	int (*start)(struct gm_session *s);	/* the source is open, the initial scan is in the model */
	/* every record, before the model applies it */
	int (*record)(struct gm_session *s, const union gm_any *rec);
	int (*event)(struct gm_session *s, const union gm_any *rec);
	/*
	 * last: the final sample; comes once, unless an error or the tool ended the session (in a steered replay:
	 * whenever its end is reached)
	 */
	int (*tick)(struct gm_session *s, bool last);
	/* called about 20 times a second, for terminals; with fd: when that descriptor is readable */
	int (*idle)(struct gm_session *s);
	/* called 4 times a second during a long seek in a replay, with the position; 1 stops the seek there */
	int (*seeking)(struct gm_session *s, uint64_t now_ns);
	int (*fd)(struct gm_session *s);	/* called after start: a descriptor to wait for, or -1 */
	void (*stop)(struct gm_session *s);	/* called if start was, before the session's last messages */
	/* called in place of stop if the run ends before start(): frees and removes what prepare() made */
	void (*drop)(struct gm_session *s);
};

struct gm_session {
	const struct gm_tool *tool;
	struct gm_opts opts;
	struct gm_want want;
	struct gm_model *model;
	struct gm_str out;		/* text for stdout; gm_session_flush() writes it */
	bool live;
	bool has_command;
	/* set by a tool in start(): its user steers the replay, so the end of the recording does not end the session */
	bool steered;
	/* set by a tool in prepare(): it writes another output beside stdout, which must be complete */
	bool writes_elsewhere;
	bool reader_gone;		/* the reader of stdout has closed it */
	/* set by a tool that reads recordings itself (gm_past_load()): one of them had losses */
	bool lost;
	/* set by a tool whose user gave conditions on the result: one holds; one cannot be checked: the exit status */
	bool condition_holds, condition_unknown;
};

/* A row's target: a field of struct gm_session. */
#define GM_IN_SESSION(T, field) GM_IN(T, struct gm_session, field)
/*
 * Sets the shared option with this long name, for tools that also accept its value as an argument. If the value is
 * wrong, ends the process with argp_error(); the message names `what`.
 */
void gm_opts_set(struct argp_state *state, struct gm_session *s, const char *option, const char *what, const char *arg);

/* Runs the tool from start to end. Returns the exit code for main(), of enum gm_exit. */
int gm_session_main(const struct gm_tool *tool, int argc, char **argv);
/*
 * Writes s->out to stdout and clears it. Returns 0, or -errno, reported. If the reader of stdout has closed it: -EPIPE,
 * not reported, which ends the session successfully; 0 if s->writes_elsewhere, as the other output goes on.
 */
int gm_session_flush(struct gm_session *s);

/*
 * Return true if the last sample is younger than younger_ns, or if no sample before the final one can be younger (a
 * replay, a session that ends).
 */
bool gm_session_is_fresh(const struct gm_session *s, uint64_t younger_ns);
/* Requests an extra sample, from idle(): the loop takes it when idle() has returned, and calls the tool's tick(). */
void gm_session_request_sample(struct gm_session *s);
/*
 * Sets the sampling interval of a live session, from idle(): the next sample is due so long after the last one. Returns
 * 0 or -errno of the feed; 0 without effect in a replay.
 */
int gm_session_set_interval(struct gm_session *s, uint64_t ns);
/* Return the time of the session's last tick, CLOCK_MONOTONIC (in a replay: when it was replayed); 0: no tick yet. */
uint64_t gm_session_last_tick_ns(const struct gm_session *s);
/* Return the parts of the last sample (struct gm_source_part); NULL: a replay. They live as long as the source. */
const struct gm_source_part *gm_session_parts(const struct gm_session *s, unsigned int *nr);
/* Return how long the last sample took, without the tools' own work on it; 0: unknown, as in a replay. */
uint64_t gm_session_sample_ns(const struct gm_session *s);

/*
 * Freezes the model (on), or thaws it. 0 or -ENOMEM. For tools with idle() and without event().
 *
 * Thawed, the model has the state of the last tick, so a tool draws one sample between two ticks. Newer records wait
 * in memory until their sample is complete. More than 16 MiB of waiting records end a live sample early; in a replay
 * they are applied at once.
 *
 * Frozen, the model does not change, and complete samples wait, too; a recording gets them at once. Thawing applies
 * them. More than 64 MiB of waiting samples are applied although the model is frozen: it then has the newest complete
 * sample.
 */
int gm_session_freeze(struct gm_session *s, bool on);

/*
 * Steering a replay, from idle(). To go back, or far forward, the session feeds records silently (going back: into a
 * new model, which has the settings of the old one), and calls tool->tick() once at the new position. s->model may be
 * another one then, so a tool must not keep pointers into the old one. Records that were fed before do not reach
 * record(), event() and the recorder again, and their ticks are not counted again.
 */
enum gm_steer {
	GM_STEER_PAUSE,		/* arg 1: pause, 0: resume */
	GM_STEER_SPEED,		/* arg: as gm_opts.speed */
	GM_STEER_TICKS,		/* arg: number of ticks forward, or back if negative; then it pauses */
	GM_STEER_BY,		/* arg: seconds forward, or back if negative */
	GM_STEER_TO,		/* arg: ts_ns; goes to the first tick that is not before it */
	/*
	 * arg 1: goes to the tick at which the next reboot (or shutdown) is over, -1: to that of the previous one; then
	 * it pauses. The model must keep reboots
	 */
	GM_STEER_EPISODE,
};
/*
 * Moves the replay. Returns 0; 1: there is no such position (the replay stays where it was, unless it cannot go back);
 * -ESPIPE, not reported: a pipe cannot go back; -ENOENT, not reported: the segment of the ring was overwritten; other
 * -errno, reported.
 */
int gm_session_steer(struct gm_session *s, enum gm_steer what, double arg);
/* Moves the replay to a time in the form of --at; GM_WHEN_OPEN: 1. Returns the same as gm_session_steer(). */
int gm_session_steer_when(struct gm_session *s, const struct gm_when *when);
/*
 * Return true if writing to the file path would destroy a recording that is read: the same file, by whatever name, or a
 * segment of a flight recorder's ring.
 */
bool gm_session_would_overwrite(const char *path, const char *recording);

/* Position of a replay, for a status line. */
struct gm_steer_state {
	bool paused, ended;
	double speed;
	uint64_t first_ns, last_ns, now_ns;	/* last_ns 0: unknown */
	uint64_t tick;				/* ticks since the beginning of the recording */
	/*
	 * Of a live session. keeps: it keeps its past; at_live: that is not shown; live_ns: time of the newest sample.
	 */
	bool keeps, at_live;
	uint64_t live_ns, lost;			/* lost: records lost since the sample that is shown */
	const char *why;			/* why the past is not kept any more; NULL: it is */
};
/*
 * A live session whose want.history is set in check() keeps its last samples and is steered like a replay:
 * GM_STEER_PAUSE and steps back show the past, which plays on when it is resumed, while the session goes on; a step
 * over its end, GM_STEER_TO a later time, returns to the live samples. Return the session to draw and to apply keys
 * to: s, or the one of the past.
 */
struct gm_session *gm_session_shown(struct gm_session *s);
/* A row's parse() for a struct gm_history_limit: a time, a size, or 0. 0 or -EINVAL. */
int gm_history_parse(void *to, const char *arg, char *why, size_t size);
/* Fills out with the position; call for a replay, or a live session that keeps its past. */
void gm_session_steer_state(const struct gm_session *s, struct gm_steer_state *out);

/*
 * Compares recordings a and b in these phases (bits of enum gm_phase) and writes the result, as JSON lines if opts.json
 * is set: report/hist_diff.h. opts.vm applies to both. page: NULL, or the string to which the web page is appended; if
 * it is &s->out, nothing else is written. Returns 0 or -errno, reported; sets s->lost if either recording had losses.
 */
int gm_session_diff(struct gm_session *s, const char *a, const char *b, uint32_t phases, struct gm_str *page);

#endif
