// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* history.c - keeps records in memory, in segments, and reads them again. */
#include "record/history.h"

#include <errno.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/vec.h"

struct segment {
	struct gm_str data;
	size_t complete;	/* bytes up to the end of the last tick */
};

struct gm_history {
	struct gm_vec at;	/* struct segment */
	uint64_t first;		/* number of at[0] */
};

struct place {
	struct gm_place base;	/* first: users get this pointer */
	uint64_t nr;		/* of the segment */
	size_t at;
};

struct stream {
	struct gm_rec_stream base;
	struct gm_history *h;
	uint64_t nr;
	size_t at;
};

/* ---- the ring ---- */

int gm_history_new(struct gm_history **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

static void segment_free(struct segment *s)
{
	gm_str_release(&s->data);
	free(s);
}

void gm_history_drop(struct gm_history *h)
{
	if (!h->at.nr)
		return;
	segment_free(h->at.at[0]);
	h->at.nr--;
	for (size_t i = 0; i < h->at.nr; i++)
		h->at.at[i] = h->at.at[i + 1];
	h->first++;
}

void gm_history_free(struct gm_history *h)
{
	if (!h)
		return;
	while (h->at.nr)
		gm_history_drop(h);
	gm_vec_release(&h->at);
	free(h);
}

static struct segment *last(const struct gm_history *h)
{
	return h->at.nr ? h->at.at[h->at.nr - 1] : NULL;
}

/* Frees the memory that a segment has beyond its records. */
static void trim(struct segment *s)
{
	char *less = s && s->data.len ? realloc(s->data.s, s->data.len + 1) : NULL;

	if (!less)
		return;
	s->data.s = less;
	s->data.cap = s->data.len + 1;
}

static void place_free(struct gm_place *p)
{
	free(p);
}

static int place_new(struct gm_place **out, uint64_t nr, size_t at)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*p = (struct place){ { place_free, sizeof(*p) }, nr, at };
	*out = &p->base;
	return 0;
}

int gm_history_begin(struct gm_history *h, struct gm_place **out)
{
	struct segment *s = calloc(1, sizeof(*s));
	int err = s ? place_new(out, h->first + h->at.nr, 0) : -ENOMEM;

	if (!err)
		trim(last(h));
	if (!err && gm_vec_push(&h->at, s)) {
		gm_place_free(*out);
		err = -ENOMEM;
	}
	if (err)
		free(s);
	return err;
}

int gm_history_put(struct gm_history *h, const union gm_any *rec)
{
	struct segment *s = last(h);

	if (!s)
		return 0;
	gm_str_add(&s->data, (const char *)rec, rec->h.len);
	if (!s->data.err && rec->h.kind == GM_K_TICK)
		s->complete = s->data.len;
	return s->data.err;
}

size_t gm_history_bytes(const struct gm_history *h)
{
	size_t sum = 0;

	for (size_t i = 0; i < h->at.nr; i++)
		sum += sizeof(struct segment) + ((const struct segment *)h->at.at[i])->data.cap;
	return sum;
}

size_t gm_history_last_bytes(const struct gm_history *h)
{
	return h->at.nr ? last(h)->data.len : 0;
}

/* ---- reading ---- */

static int stream_next(struct gm_rec_stream *r, union gm_any *rec)
{
	struct stream *st = (struct stream *)r;
	const struct gm_history *h = st->h;
	const struct segment *s;
	int n;

	if (st->nr < h->first)
		return -ENOENT;
	while (st->nr - h->first < h->at.nr) {
		s = h->at.at[st->nr - h->first];
		if (st->at < s->complete) {
			n = gm_rec_check(s->data.s + st->at, s->complete - st->at, rec);
			st->at += n > 0 ? (size_t)n : 0;
			return n > 0 ? 1 : -EBADMSG;
		}
		if (st->nr + 1 - h->first == h->at.nr)
			return 0;
		st->nr++;
		st->at = 0;
	}
	return 0;
}

static int stream_rewind(struct gm_rec_stream *r)
{
	(void)r;
	return -ENOENT;
}

static int stream_seek(struct gm_rec_stream *r, uint64_t ts_ns)
{
	(void)r, (void)ts_ns;
	return -ENOENT;
}

static int stream_mark(struct gm_rec_stream *r, struct gm_place **out)
{
	const struct stream *st = (const struct stream *)r;

	return place_new(out, st->nr, st->at);
}

static int stream_back(struct gm_rec_stream *r, const struct gm_place *base)
{
	const struct place *p = (const struct place *)base;
	struct stream *st = (struct stream *)r;

	if (p->nr < st->h->first)
		return -ENOENT;
	st->nr = p->nr;
	st->at = p->at;
	return 0;
}

static void stream_close(struct gm_rec_stream *r)
{
	free(r);
}

int gm_history_open(struct gm_history *h, struct gm_rec_stream **out)
{
	static const struct gm_rec_stream_ops ops = { stream_next, stream_rewind, stream_seek,
						      stream_mark, stream_back,	  stream_close };
	struct stream *st = calloc(1, sizeof(*st));

	if (!st)
		return -ENOMEM;
	*st = (struct stream){ .base.ops = &ops, .h = h, .nr = h->first };
	*out = &st->base;
	return 0;
}
