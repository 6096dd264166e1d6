/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * session_int.h - what the loop's files share: session*.c, sinks.c, command.c, replay_*.c; nobody else includes it,
 * but tests do.
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

/* What of a replay was read before, for the way back (replay_marks.c). */
struct gm_marks {
	struct gm_vec at;		/* struct gm_mark, by tick */
	size_t bytes;			/* that they take */
	uint64_t each;			/* records between two, before any went; 0: not known yet */
	unsigned int thinned;		/* how often every second one went */
	uint64_t fixed;			/* set by tests: so many records between two, whatever they cost */
	size_t most;			/* the same: bytes that all may take; 0: as ever */
	uint64_t ticks;			/* how many of the recording were passed, ever */
	uint64_t *over;			/* those at which an episode was over */
	size_t over_nr, over_cap;
	uint64_t episodes;		/* over at the last of ticks */
};

/* Where a replay stands; what only who steers one asks for. */
struct gm_steering {
	bool paused, ended;
	bool silent;		/* feeding to where the picture is asked for: no tick() */
	bool again;		/* the record under way was pushed before */
	double speed;		/* of what is not silent */
	uint64_t nr, most;	/* records pushed since the beginning; and the most that ever were */
	/* since the beginning: how many, the last one's time, the highest of all */
	uint64_t tick, tick_ns, max_tick_ns;
	uint64_t first_tick_ns;
	uint64_t last_ns;	/* the newest record's time, ever: the end, once that was passed */
	bool knows_end;
	uint64_t said_ns;	/* when the tool was last told that it goes on */
	struct gm_marks marks;
};

/* When the recorder wrote a keyframe. */
struct gm_keying {
	bool at_tick;			/* the last record was a tick: all of a sample is there */
	uint64_t tick_ns;		/* the last tick's time */
	uint64_t last_ns, last_bytes;	/* of the last keyframe, else of the first tick; the file's length behind it */
	uint64_t size;			/* of it */
};

struct gm_run {
	struct gm_session s;	/* first: a tool's session is its run */
	struct gm_feed feed;
	struct gm_source *src;
	struct gm_recs *recs;	/* the source's: for its span. NULL: live */
	struct gm_steering steer;
	struct gm_recw *rec;
	struct gm_keying keying;
	pid_t child;		/* the command; 0: none, or it has ended */
	int go;			/* write end: closing it lets the child exec */
	struct gm_str held;	/* records that the model does not have yet */
	size_t complete;	/* of held: bytes up to the end of the last complete sample */
	bool by_sample;		/* records wait for the end of their sample */
	bool frozen;		/* complete samples wait as well */
	bool sample_full;	/* the sample under way has grown too large: end it now */
	bool sample_asked;	/* by the tool: take one now, beside those at each interval */
	bool started, ended, last_seen;
	bool vm_seen;		/* what --vm names was there at a tick */
	bool unobservable;	/* the kernel did not let us look */
	bool not_started;	/* there is no such command */
	uint64_t ticks, ticked_ns;
	uint64_t look_began_ns, look_ns;
	int fd;			/* the tool's; -1 */
};

/* Fills r->s.opts and r->s.want, by the tool's options too; ends the process for --help and for what cannot be. */
void gm_run_parse_args(struct gm_run *r, int argc, char **argv);

/* The child waits until everything is attached. 0 (also: there is no command) or -errno, reported. */
int gm_run_fork_command(struct gm_run *r);
void gm_run_release_command(struct gm_run *r);
bool gm_run_command_ended(struct gm_run *r); /* true, once: it has ended (said when it failed) */

/* The door: recorder, tool's record(), model, tool, in this order. 0 or -errno. */
int gm_run_add_sinks(struct gm_run *r);
/*
 * From here on the model gets whole samples only, if the tool draws between ticks. A tool with event() needs the
 * model as of each record.
 */
void gm_run_by_sample(struct gm_run *r);
void gm_run_drop_sample(struct gm_run *r); /* what waits is forgotten: the source begins anew */
int gm_run_apply_sample(struct gm_run *r); /* what waits goes to the model, complete or not. 0 or -ENOMEM */

/* ---- replay_marks.c ---- */

struct gm_mark;
/* poll() ended with a tick: notes it, if it was never passed before. 0 or -ENOMEM */
int gm_marks_tick(struct gm_run *r);
/* The tick at which the next episode (way 1) or the one before (-1) was over, among those that were passed; 0: none. */
uint64_t gm_marks_episode(const struct gm_marks *m, uint64_t tick, int way);
/* The last mark that is not behind this tick, or not behind the first one at ns or later; NULL: there is none. */
const struct gm_mark *gm_mark_for_tick(const struct gm_run *r, uint64_t tick);
const struct gm_mark *gm_mark_for_time(const struct gm_run *r, uint64_t ns);
/* of where the replay is; NULL is not */
bool gm_mark_is_ahead(const struct gm_run *r, const struct gm_mark *mk);
/* all is as it was there. 0 or -errno, reported or -ENOMEM */
int gm_mark_go(struct gm_run *r, const struct gm_mark *mk);
void gm_marks_release(struct gm_marks *m);

/* ---- session_events.c ---- */

/* SIGINT, SIGTERM, SIGHUP end the session; SIGUSR2 asks for the kvm module to be released or taken back */
void gm_run_catch_signals(void);
bool gm_run_stop_asked(void);	/* by a signal */
bool gm_run_module_asked(void); /* once for each request */
/* The tool's idle(): 1, or what ends the session: 0 well, -errno. */
int gm_run_idle(struct gm_run *r);
/* ---- replay_steer.c ---- */

/* The loop of a replay. 0 or -errno. */
int gm_run_replay(struct gm_run *r);

#endif
