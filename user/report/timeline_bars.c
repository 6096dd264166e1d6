// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* timeline_bars.c - tracks: bars that nest, of the calls of a thread, a VM or an inode, and of lives. */
#include "report/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 32

const char *gm_life_begun(const struct gm_life *l)
{
	return l->old ? "before the recording" : l->begin_min < l->begin ? "between two samples" : "observed";
}

const char *gm_life_ended(const struct gm_life *l)
{
	return !l->ended ? "not in the recording" : l->end_min < l->end ? "between two samples" : "observed";
}

static void put_life_bar(struct gm_bar *out, size_t *nr, const struct gm_life *l, enum gm_bar_what what, uint64_t begin,
			 uint64_t end)
{
	if (begin < end || what == GM_BAR_LIFE)
		out[(*nr)++] = (struct gm_bar){ .begin = begin, .end = end, .what = what, .life = l };
}

size_t gm_life_bars(const struct gm_life *l, struct gm_bar *out)
{
	size_t nr = 0;

	put_life_bar(out, &nr, l, GM_BAR_BEGINS, l->begin_min, l->begin);
	put_life_bar(out, &nr, l, GM_BAR_LIFE, l->begin, l->end_min);
	put_life_bar(out, &nr, l, GM_BAR_ENDS, l->end_min, l->end);
	return nr;
}

/* ---- nesting ---- */

static int by_begin(const void *a, const void *b)
{
	const struct gm_bar *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	if (!x->life != !y->life)
		return x->life ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void gm_bars_nest(struct gm_bar *bars, size_t nr, bool cut)
{
	const struct gm_bar *open[DEPTH];
	size_t depth = 0;

	if (nr)
		qsort(bars, nr, sizeof(*bars), by_begin);
	for (size_t i = 0; i < nr; i++) {
		struct gm_bar *b = &bars[i];

		while (depth && open[depth - 1]->end <= b->begin)
			depth--;
		if (depth && b->end > open[depth - 1]->end && (cut || open[depth - 1]->life))
			b->end = open[depth - 1]->end;
		b->instant = b->end == b->begin || depth == DEPTH || (depth && b->end > open[depth - 1]->end);
		if (!b->instant)
			open[depth++] = b;
	}
}

/* ---- episodes ---- */

struct gm_time_span gm_episode_certain(const struct gm_episode *e)
{
	struct gm_time_span s = { e->start_max_ns, e->end_min_ns, true };

	if (gm_episode_is_timed(e) || s.begin < s.end)
		return s.begin <= s.end ? s : (struct gm_time_span){ s.begin, s.begin, true };
	return (struct gm_time_span){ e->start_ns, e->end_ns > e->start_ns ? e->end_ns : e->start_ns, false };
}

unsigned int gm_episode_lane(const struct gm_vec *all, const struct gm_episode *e)
{
	uint64_t ends[GM_EPISODE_LANES] = { 0 };
	unsigned int lane = 0;

	for (size_t i = 0; all && i < all->nr; i++) {
		const struct gm_episode *x = all->at[i];

		if (x->machine != e->machine)
			continue;
		for (lane = 0; lane < GM_EPISODE_LANES - 1 && ends[lane] > x->start_ns; lane++)
			;
		if (x == e)
			break;
		ends[lane] = x->end_ns > ends[lane] ? x->end_ns : ends[lane];
	}
	return lane;
}

/* Return the index of the first step that begins at ns or later; they are in that order. */
static size_t first_from(const struct gm_vec *steps, uint64_t ns)
{
	size_t low = 0, high = steps->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (((const struct gm_step *)steps->at[mid])->begin_ns < ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool gm_episode_has_step(const struct gm_episode *e, const struct gm_step *s)
{
	for (size_t i = first_from(&e->steps, s->begin_ns); i < e->steps.nr; i++) {
		const struct gm_step *x = e->steps.at[i];

		if (x->begin_ns != s->begin_ns)
			return false;
		if (x->end_ns == s->end_ns && x->tid == s->tid && x->line == s->line && x->vm == s->vm &&
		    x->inode == s->inode)
			return true;
	}
	return false;
}

/* ---- tracks ---- */

static uint64_t key_of(const struct gm_tl_call *c, enum gm_track kind)
{
	if (kind == GM_TRACK_THREAD)
		return c->tgid ? (uint64_t)c->tgid << 32 | c->tid : 0;
	if (c->kind == GM_K_FAULT)
		return 0; /* of several vCPUs at once: they do not nest */
	return kind == GM_TRACK_VM ? c->vm : c->inode;
}

struct ref {
	uint64_t key;
	const struct gm_tl_call *call;	/* NULL: the life */
	const struct gm_life *life;
};

static int by_key(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (!x->life != !y->life)
		return x->life ? -1 : 1;
	return x->call && y->call ? (x->call->seq < y->call->seq ? -1 : x->call->seq > y->call->seq) : 0;
}

/* Collect what is on tracks of this kind, with lives in front; return their number. */
static size_t put_refs(const struct gm_timeline *t, enum gm_track kind, struct ref *out)
{
	size_t nr = 0;

	for (size_t i = 0; i < t->lives.nr && kind != GM_TRACK_THREAD; i++) {
		const struct gm_life *l = t->lives.at[i];

		if (l->inode == (kind == GM_TRACK_INODE))
			out[nr++] = (struct ref){ .key = l->id, .life = l };
	}
	for (size_t i = 0; i < t->nr; i++)
		if (key_of(&t->call[i], kind))
			out[nr++] = (struct ref){ .key = key_of(&t->call[i], kind), .call = &t->call[i] };
	if (nr)
		qsort(out, nr, sizeof(*out), by_key);
	return nr;
}

static struct gm_bar call_bar(const struct gm_tl_call *c)
{
	return (struct gm_bar){
		.begin = c->flags & GM_EV_BY_SCAN ? c->end : c->begin, .end = c->end, .seq = c->seq, .call = c
	};
}

static void put_track(const struct ref *refs, size_t nr, bool cut, struct gm_bar *bars, gm_track_fn fn, void *arg)
{
	const struct gm_life *life = refs->life;
	size_t n = life ? gm_life_bars(life, bars) : 0;

	for (size_t i = life ? 1 : 0; i < nr; i++)
		bars[n++] = call_bar(refs[i].call);
	gm_bars_nest(bars, n, cut);
	fn(arg, life, bars, n);
}

int gm_timeline_tracks(struct gm_timeline *t, enum gm_track kind, gm_track_fn fn, void *arg)
{
	size_t most = t->nr + t->lives.nr, from = 0, nr;
	struct ref *refs = calloc(most + 1, sizeof(*refs));
	struct gm_bar *bars = calloc(most + 4, sizeof(*bars)); /* a life has 3 */

	if (!refs || !bars) {
		free(refs);
		free(bars);
		return -ENOMEM;
	}
	nr = put_refs(t, kind, refs);
	for (size_t i = 1; i <= nr; i++) {
		if (i < nr && refs[i].key == refs[from].key)
			continue;
		put_track(&refs[from], i - from, kind == GM_TRACK_THREAD, bars, fn, arg);
		from = i;
	}
	free(refs);
	free(bars);
	return 0;
}
