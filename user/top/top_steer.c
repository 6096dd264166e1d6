// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_steer.c - executes the replay commands of gmemtop's keys, and copies the replay's position to struct gm_top. */
#include "top/top_steer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define FASTEST	64.0	/* above this speed: max */

void gm_steer_top_init(const struct gm_session *s, struct gm_top *t)
{
	const char *slash = strrchr(s->opts.replay[0], '/');

	t->replay.on = true;
	t->replay.name = s->opts.replays > 1 ? "several" : slash ? slash + 1 : s->opts.replay[0];
}

void gm_steer_top_state(const struct gm_session *s, struct gm_top *t)
{
	const struct gm_rec_meta *meta = &s->model->meta;
	struct gm_top_replay *r = &t->replay;
	struct gm_steer_state st;
	struct tm tm;
	time_t now;

	gm_session_steer_state(s, &st);
	r->paused = st.paused;
	r->ended = st.ended;
	r->speed = st.speed;
	r->first_ns = st.first_ns;
	r->last_ns = st.last_ns;
	r->now_ns = st.now_ns;
	now = (time_t)((meta->real_ns + (st.now_ns - meta->h.ts_ns)) / 1000000000);
	r->zone_s = localtime_r(&now, &tm) ? (int)tm.tm_gmtoff : 0;
}

static int change_speed(struct gm_session *s, int way)
{
	struct gm_steer_state st;

	gm_session_steer_state(s, &st);
	if (way > 0)
		return gm_session_steer(s, GM_STEER_SPEED, st.speed <= 0 || st.speed >= FASTEST ? 0 : st.speed * 2);
	if (st.speed <= 0)
		return gm_session_steer(s, GM_STEER_SPEED, FASTEST);
	return gm_session_steer(s, GM_STEER_SPEED, st.speed / 2 > 1 / FASTEST ? st.speed / 2 : 1 / FASTEST);
}

static int toggle_pause(struct gm_session *s)
{
	struct gm_steer_state st;
	int err;

	gm_session_steer_state(s, &st);
	if (!st.ended)
		return gm_session_steer(s, GM_STEER_PAUSE, !st.paused);
	err = gm_session_steer(s, GM_STEER_TO, 0);
	return err ? err : gm_session_steer(s, GM_STEER_PAUSE, 0);
}

/* Goes to the typed time. Returns the same as gm_session_steer_when(); 2: the text is no time. */
static int go_to_typed_time(struct gm_session *s, const char *text)
{
	struct gm_at at = { 0 };

	return gm_at_parse(text, &at) || !at.from.kind || at.to.kind ? 2 : gm_session_steer_when(s, &at.from);
}

/* Return why a key had no effect; NULL: it had one. */
static const char *steer_note(const struct gm_top *t, enum gm_top_steer what, int err)
{
	bool back = t->steer_arg < 0;

	if (err == -ESPIPE)
		return "a pipe cannot be rewound";
	if (err == -ENOENT)
		return "this part was overwritten";
	if (err == 2)
		return "no such time";
	if (!err || what == GM_TOP_STEER_GO)
		return err ? "not in this recording" : NULL;
	if (what == GM_TOP_STEER_EPISODE)
		return back ? "no reboot before this" : "no reboot after this";
	return back ? "this is the beginning" : "this is the end";
}

int gm_steer_top_execute(struct gm_session *s, struct gm_top *t)
{
	enum gm_top_steer what = t->steer;
	int err = 0, arg = t->steer_arg;

	switch (what) {
	case GM_TOP_STEER_PAUSE: err = toggle_pause(s); break;
	case GM_TOP_STEER_FASTER: err = change_speed(s, arg); break;
	case GM_TOP_STEER_TICKS: err = gm_session_steer(s, GM_STEER_TICKS, arg); break;
	case GM_TOP_STEER_BY: err = gm_session_steer(s, GM_STEER_BY, arg); break;
	case GM_TOP_STEER_EPISODE: err = gm_session_steer(s, GM_STEER_EPISODE, arg); break;
	case GM_TOP_STEER_EDGE: err = gm_session_steer(s, GM_STEER_TO, arg > 0 ? 1e300 : 0); break;
	case GM_TOP_STEER_GO: err = go_to_typed_time(s, t->go); break;
	case GM_TOP_STEER_NONE: return 0;
	}
	t->steer = GM_TOP_STEER_NONE;
	t->replay.note = steer_note(t, what, err);
	return err < 0 && err != -ESPIPE && err != -ENOENT ? err : 0;
}
