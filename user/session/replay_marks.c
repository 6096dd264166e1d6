// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay_marks.c - makes going back in a replay fast: copies of the model, made while records pass, each with its
 * position in the recording. A recording's own keyframes are not enough: they list the objects, not what was counted,
 * so a model built from a keyframe would depend on the way to it.
 *
 * A mark is due when the records since the last one took long enough to read that the mark costs little in comparison.
 * When marks take more memory than MARKS_MAX, every second one is dropped and the distance doubles. Where no mark can
 * be made (a pipe, no memory), going back starts from the beginning.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/grow.h"

#include "model/reboot.h"
#include "session/session_int.h"
#include "past/replay.h"

#define EACH_RECORDS	32768		/* records between two marks at least: read in a few ms */
#define RECORD_BYTES	100		/* bytes of a model that are packed in the time a record takes, or less */
#define MARKS_MAX	(256u << 20)

struct gm_mark {
	uint64_t nr, tick, tick_ns, max_tick_ns;	/* as in struct gm_steering */
	struct gm_packed model;
	struct gm_place *place;
	size_t bytes;
};

static void mark_free(struct gm_mark *mk)
{
	free(mk->model.word);
	gm_place_free(mk->place);
	free(mk);
}

void gm_marks_release(struct gm_marks *m)
{
	for (size_t i = 0; i < m->at.nr; i++)
		mark_free(m->at.at[i]);
	gm_vec_release(&m->at);
	free(m->episode_ticks);
	*m = (struct gm_marks){ 0 };
}

/* ---- ticks at which episodes were over ---- */

/* Return the number of episodes that are over, ever: the model's list drops old ones, the histograms do not. */
static uint64_t episodes_over(const struct gm_model *m)
{
	uint64_t nr = 0;

	for (unsigned int i = 0; i < GM_REBOOT_STYLES; i++) {
		const struct gm_hist *h = gm_model_reboot_hist(m, i);

		nr += h ? h->count : 0;
	}
	for (unsigned int i = 0; i < GM_REBOOT_UNTIMED_NR; i++)
		nr += gm_model_reboots_untimed(m, i);
	return nr;
}

static int add_episode_tick(struct gm_marks *m, const struct gm_model *model, uint64_t tick)
{
	uint64_t over = episodes_over(model);

	if (over == m->episodes)
		return 0;
	m->episodes = over;
	if (gm_grow(m->episode_ticks, m->episode_nr, 1, m->episode_cap))
		return -ENOMEM;
	m->episode_ticks[m->episode_nr++] = tick;
	return 0;
}

uint64_t gm_marks_find_episode(const struct gm_marks *m, uint64_t tick, int way)
{
	size_t i = 0;

	while (i < m->episode_nr && m->episode_ticks[i] < tick + (way > 0))
		i++;
	if (way > 0)
		return i < m->episode_nr ? m->episode_ticks[i] : 0;
	return i ? m->episode_ticks[i - 1] : 0;
}

/* ---- marks ---- */

static void thin_out(struct gm_marks *m)
{
	size_t kept = 0;

	m->thinned++;
	for (size_t i = 0; i < m->at.nr; i++) {
		struct gm_mark *mk = m->at.at[i];

		if (i % 2) {
			m->at.at[kept++] = mk;
			continue;
		}
		m->bytes -= mk->bytes;
		mark_free(mk);
	}
	m->at.nr = kept;
}

/* Makes a mark of r's model and position, with a place that it takes over, also on failure. */
static int mark_new(const struct gm_run *r, struct gm_place *place, struct gm_mark **out)
{
	const struct gm_steering *st = &r->steer;
	struct gm_mark *mk = calloc(1, sizeof(*mk));
	int err = mk ? gm_model_pack(r->s.model, &mk->model) : -ENOMEM;

	if (err) {
		free(mk);
		gm_place_free(place);
		return err;
	}
	mk->place = place;
	mk->nr = st->nr;
	mk->tick = st->tick;
	mk->tick_ns = st->tick_ns;
	mk->max_tick_ns = st->max_tick_ns;
	mk->bytes = mk->model.nr * sizeof(*mk->model.word) + mk->place->bytes + sizeof(*mk);
	*out = mk;
	return 0;
}

int gm_marks_add(struct gm_marks *m, const struct gm_run *of, struct gm_place *place)
{
	struct gm_mark *mk;
	int err = mark_new(of, place, &mk);

	if (err)
		return err;
	if (gm_vec_push(&m->at, mk)) {
		mark_free(mk);
		return -ENOMEM;
	}
	m->bytes += mk->bytes;
	return 0;
}

void gm_marks_drop_first(struct gm_marks *m)
{
	struct gm_mark *mk = m->at.nr ? m->at.at[0] : NULL;

	if (!mk)
		return;
	m->bytes -= mk->bytes;
	mark_free(mk);
	m->at.nr--;
	memmove(&m->at.at[0], &m->at.at[1], m->at.nr * sizeof(m->at.at[0]));
}

uint64_t gm_marks_tick_ns(const struct gm_marks *m, size_t i)
{
	return i < m->at.nr ? ((const struct gm_mark *)m->at.at[i])->tick_ns : 0;
}

int gm_marks_note_live(struct gm_marks *m, const struct gm_run *live)
{
	m->ticks = live->steer.tick;
	return add_episode_tick(m, live->s.model, m->ticks);
}

/* Adds a mark at the current position. A failure is ignored: without the mark, going back only takes longer. */
static void add_mark(struct gm_run *r)
{
	struct gm_marks *m = &r->steer.marks;
	const struct gm_mark *mk;
	struct gm_place *place;

	if (gm_replay_mark(r->src, &place) || gm_marks_add(m, r, place))
		return;
	mk = m->at.at[m->at.nr - 1];
	m->records_per_mark =
		mk->model.walked / RECORD_BYTES > EACH_RECORDS ? mk->model.walked / RECORD_BYTES : EACH_RECORDS;
	while (m->bytes > (m->most ? m->most : MARKS_MAX))
		thin_out(m);
}

static bool is_mark_due(const struct gm_run *r)
{
	const struct gm_marks *m = &r->steer.marks;
	const struct gm_mark *last = m->at.nr ? m->at.at[m->at.nr - 1] : NULL;

	return r->steer.nr - (last ? last->nr : 0) >= (m->fixed		     ? m->fixed
						       : m->records_per_mark ? m->records_per_mark
									     : EACH_RECORDS)
							      << m->thinned;
}

int gm_marks_note_tick(struct gm_run *r)
{
	struct gm_marks *m = &r->steer.marks;
	uint64_t tick = r->steer.tick;

	if (tick <= m->ticks) /* already read before */
		return 0;
	m->ticks = tick;
	if (is_mark_due(r) && !r->held.len)
		add_mark(r);
	return add_episode_tick(m, r->s.model, tick);
}

const struct gm_mark *gm_mark_for_tick(const struct gm_run *r, uint64_t tick)
{
	const struct gm_vec *at = &r->steer.marks.at;
	size_t i = at->nr;

	while (i && ((const struct gm_mark *)at->at[i - 1])->tick > tick)
		i--;
	i += !i && at->nr && r->steer.marks.is_floor;
	return i ? at->at[i - 1] : NULL;
}

const struct gm_mark *gm_mark_for_time(const struct gm_run *r, uint64_t ns)
{
	const struct gm_vec *at = &r->steer.marks.at;
	size_t i = at->nr;

	while (i && ((const struct gm_mark *)at->at[i - 1])->max_tick_ns >= ns)
		i--;
	i += !i && at->nr && r->steer.marks.is_floor;
	return i ? at->at[i - 1] : NULL;
}

bool gm_mark_is_ahead(const struct gm_run *r, const struct gm_mark *mk)
{
	return mk && mk->tick > r->steer.tick;
}

int gm_mark_restore(struct gm_run *r, const struct gm_mark *mk)
{
	struct gm_steering *st = &r->steer;
	struct gm_model *m;
	int err = gm_model_unpack(&mk->model, &m);

	if (err)
		return err;
	err = gm_replay_back(r->src, mk->place);
	if (err) {
		gm_model_free(m);
		return err;
	}
	gm_model_free(r->s.model);
	r->s.model = m;
	gm_run_drop_sample(r);
	st->nr = mk->nr;
	st->tick = mk->tick;
	st->tick_ns = mk->tick_ns;
	st->max_tick_ns = mk->max_tick_ns;
	st->ended = r->last_seen = false;
	return 0;
}
