/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * session_int.h - shared by the files of the loop: session*.c, sinks.c, command.c, replay_*.c, and by their tests.
 *
 * Order of calls: gm_run_parse_args(), gm_run_catch_signals(), gm_run_add_sinks(), gm_run_fork_command(); when the
 * source is open gm_run_apply_by_sample(); then the loop: live in session.c, which releases the command, or
 * gm_run_replay(). session.c frees what a struct gm_run owns.
 */
#ifndef GM_SESSION_SESSION_INT_H
#define GM_SESSION_SESSION_INT_H

#include <sys/types.h>
#include "base/vec.h"
#include "base/str.h"
#include "record/rec_file.h"
#include "session/session.h"
#include "record/feed.h"
#include "record/source.h"

#define GM_IDLE_NS 50000000ull

/* Index of the part of a replay that was already read, for going back (replay_marks.c). */
struct gm_marks {
	struct gm_vec at;		/* struct gm_mark, sorted by tick */
	size_t bytes;			/* memory of all marks */
	uint64_t records_per_mark;	/* before thinning; 0: not known yet */
	unsigned int thinned;		/* how often every second mark was dropped */
	uint64_t fixed;			/* set by tests: records between two marks, whatever marks cost; 0: computed */
	size_t most;			/* set by tests: memory limit of all marks, bytes; 0: the built-in limit */
	uint64_t ticks;			/* ticks of the recording that were read, ever */
	uint64_t *episode_ticks;	/* ticks at which an episode was over, ascending */
	size_t episode_nr, episode_cap;
	uint64_t episodes;		/* episodes that were over at the last of these ticks */
};

/* Position of a replay, and state of steering. */
struct gm_steering {
	bool paused, ended;
	bool silent;		/* seeking: records are fed without tick() */
	bool is_repeat;		/* the current record was pushed before */
	double speed;		/* pace while not seeking, as gm_opts.speed */
	uint64_t nr, most;	/* position, in records from the beginning; and the highest position ever */
	/* from the beginning: number of ticks, time of the last, latest time of all */
	uint64_t tick, tick_ns, max_tick_ns;
	uint64_t first_tick_ns;
	uint64_t last_ns;	/* newest record's time, ever; the end of the recording if knows_end */
	bool knows_end;
	uint64_t seeking_ns;	/* when seeking() was last called */
	struct gm_marks marks;
};

/* What decides when the recorder writes the next keyframe. */
struct gm_keying {
	bool at_tick;			/* the last record was a tick: the sample is complete */
	uint64_t tick_ns;		/* time of the last tick */
	/* time of the last keyframe, else of the first tick; length of the file after it */
	uint64_t last_ns, last_bytes;
	uint64_t size;			/* bytes of the last keyframe */
};

struct gm_run {
	struct gm_session s;	/* must be first: gm_session_ functions cast a session to its run */
	struct gm_feed feed;
	struct gm_source *src;
	struct gm_rec_stream *recs;	/* owned by the source; for its first and last time. NULL: live */
	struct gm_steering steer;
	struct gm_rec_writer *rec;
	struct gm_keying keying;
	pid_t child;		/* pid of COMMAND; 0: none, or it has ended */
	int go;			/* pipe to COMMAND's process: a byte lets it exec, closing it makes it exit; -1: none */
	struct gm_str held;	/* records that the model has not applied yet */
	size_t complete;	/* bytes of held up to the end of the last complete sample */
	bool by_sample;		/* the model applies records at the end of their sample */
	bool frozen;		/* complete samples wait, too (gm_session_freeze()) */
	bool sample_full;	/* the current sample has grown too large: end it now */
	bool sample_requested;	/* the tool requested a sample beside those at each interval */
	bool started, ended, last_seen;
	bool vm_matched;	/* a VM that --vm names existed at some tick */
	bool unobservable;	/* the kernel cannot be observed, or denies it */
	bool not_started;	/* COMMAND could not be executed */
	uint64_t interval_ns;	/* between two samples: opts.interval_ns at first */
	uint64_t due_ns;	/* when the next sample is due */
	uint64_t ticks, ticked_ns;
	uint64_t sample_began_ns, sample_ns;
	int fd;			/* the tool's fd(), or -1 */
};

/* Parses the command line into r->s.opts and r->s.want. Ends the process for --help and for wrong usage. */
void gm_run_parse_args(struct gm_run *r, int argc, char **argv);

/*
 * Forks COMMAND's process, which waits for gm_run_release_command(). Returns 0 (also if there is no command) or -errno,
 * reported.
 */
int gm_run_fork_command(struct gm_run *r);
/* Lets COMMAND start, if there is one. Warns if its process has ended. */
void gm_run_release_command(struct gm_run *r);
bool gm_run_has_command_ended(struct gm_run *r); /* Return true once when COMMAND has ended. Warns if it failed. */

/*
 * Registers the sinks of the feed: recorder, the tool's record(), model, the tool's event() and tick(), in this order.
 * 0 or -errno.
 */
int gm_run_add_sinks(struct gm_run *r);
/*
 * From here on the model gets whole samples, if the tool draws between ticks. A tool with event() needs the model as of
 * each record.
 */
void gm_run_apply_by_sample(struct gm_run *r);
void gm_run_drop_sample(struct gm_run *r); /* Drops the records in held: the source starts again. */
int gm_run_apply_sample(struct gm_run *r); /* Applies the records in held, complete sample or not. 0 or -ENOMEM. */

/* ---- replay_marks.c ---- */

struct gm_mark;
/* Call after a poll() that ended with a tick: records that tick, unless the replay passed it before. 0 or -ENOMEM. */
int gm_marks_note_tick(struct gm_run *r);
/*
 * Return the tick at which the next episode (way 1) or the previous one (-1) was over, among the ticks read so far; 0:
 * none.
 */
uint64_t gm_marks_find_episode(const struct gm_marks *m, uint64_t tick, int way);
/* Return the last mark at or before this tick; the last mark before the first tick at ns or later. NULL: none. */
const struct gm_mark *gm_mark_for_tick(const struct gm_run *r, uint64_t tick);
const struct gm_mark *gm_mark_for_time(const struct gm_run *r, uint64_t ns);
/* Return true if mk is ahead of the current position; false if mk is NULL. */
bool gm_mark_is_ahead(const struct gm_run *r, const struct gm_mark *mk);
/* Restores model and position of the mark. Returns 0; -errno, reported; or -ENOMEM. */
int gm_mark_restore(struct gm_run *r, const struct gm_mark *mk);
/* Frees all marks and zeroes *m. */
void gm_marks_release(struct gm_marks *m);

/* ---- session_events.c ---- */

/*
 * Installs handlers: SIGINT, SIGTERM and SIGHUP end the session; SIGUSR2 detaches from the kvm module, or attaches
 * again.
 */
void gm_run_catch_signals(void);
bool gm_run_has_stop_request(void);   /* Return true if a signal requested the end of the session. */
bool gm_run_has_module_request(void); /* Return true once for each SIGUSR2. */
/* Calls the tool's idle(). Returns 1 to go on (also after setting r->ended), or -errno. */
int gm_run_idle(struct gm_run *r);
/* ---- replay_steer.c ---- */

/* Runs the loop of a replay to its end. 0 or -errno. */
int gm_run_replay(struct gm_run *r);

#endif
