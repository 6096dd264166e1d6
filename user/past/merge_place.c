// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * merge_place.c - a position in a merged sequence: each recording's position, and a copy of what the merge knew there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "past/merge_int.h"

struct merge_place {
	struct gm_place place;	/* first: ops get this pointer */
	struct gm_place *in[GM_MERGE_MAX];
	struct gm_merge was;	/* owns its memory */
};

static int copy_str(struct gm_str *s)
{
	struct gm_str old = *s;

	*s = (struct gm_str){ 0 };
	if (old.len)
		gm_str_add(s, old.s, old.len);
	return s->err;
}

static int copy_vec(struct gm_vec *v, size_t size)
{
	struct gm_vec old = *v;
	int err = 0;

	*v = (struct gm_vec){ 0 };
	for (size_t i = 0; i < old.nr && !err; i++) {
		void *p = malloc(size);

		err = p ? gm_vec_push(v, p) : -ENOMEM;
		if (err)
			free(p);
		else
			memcpy(p, old.at[i], size);
	}
	return err;
}

static int copy_bases(struct gm_hmap *m)
{
	struct gm_hmap old = *m;
	int err = 0;

	*m = (struct gm_hmap){ 0 };
	for (size_t i = 0; i < old.cap && !err; i++) {
		const struct gm_hmap_slot *s = &old.slots[i];
		void *p = s->val ? malloc(2 * sizeof(uint64_t)) : NULL;

		if (!s->val)
			continue;
		err = p ? gm_hmap_put(m, s->key, p) : -ENOMEM;
		if (err)
			free(p);
		else
			memcpy(p, s->val, 2 * sizeof(uint64_t));
	}
	return err;
}

/*
 * Gives a copied stream its own memory. All copies are made, even if one fails: nothing in it may stay the original's.
 */
static int own_stream(struct gm_stream *s)
{
	int err = copy_vec(&s->counts, sizeof(struct gm_merge_count));

	err = copy_bases(&s->inode_base) ?: err;
	for (unsigned int i = 0; i < GM_ID_NR; i++) {
		struct gm_hmap old = s->ids[i];

		err = gm_hmap_copy(&s->ids[i], &old) ?: err;
	}
	err = copy_str(&s->tasks.done) ?: err;
	err = copy_str(&s->tasks.now) ?: err;
	err = copy_str(&s->bindings.done) ?: err;
	return copy_str(&s->bindings.now) ?: err;
}

static int own_merge(struct gm_merge *m)
{
	int err = copy_vec(&m->probes, sizeof(struct gm_rec_probe));

	err = copy_str(&m->out) ?: err;
	for (unsigned int i = 0; i < m->nr; i++)
		err = own_stream(&m->s[i]) ?: err;
	return err;
}

static void merge_place_free(struct gm_place *place)
{
	struct merge_place *p = (struct merge_place *)place;

	gm_merge_reset(&p->was);
	gm_str_release(&p->was.out);
	for (unsigned int i = 0; i < p->was.nr; i++)
		gm_place_free(p->in[i]);
	free(p);
}

/* Returns the size of a position, roughly. */
static size_t bytes_of(const struct merge_place *p)
{
	size_t bytes = sizeof(*p) + p->was.out.cap;

	for (unsigned int i = 0; i < p->was.nr; i++) {
		const struct gm_stream *s = &p->was.s[i];

		bytes += p->in[i]->bytes + s->counts.nr * sizeof(struct gm_merge_count) +
			 s->inode_base.cap * 2 * sizeof(struct gm_hmap_slot);
		bytes += s->tasks.done.cap + s->tasks.now.cap + s->bindings.done.cap + s->bindings.now.cap;
		for (unsigned int k = 0; k < GM_ID_NR; k++)
			bytes += s->ids[k].cap * sizeof(struct gm_hmap_slot);
	}
	return bytes;
}

int gm_merge_mark(struct gm_rec_stream *r, struct gm_place **out)
{
	struct gm_merge *m = (struct gm_merge *)r;
	struct merge_place *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->place.free = merge_place_free;
	p->was = *m;
	err = own_merge(&p->was);
	for (unsigned int i = 0; i < m->nr && !err; i++)
		err = m->s[i].in->ops->mark ? m->s[i].in->ops->mark(m->s[i].in, &p->in[i]) : -ENOTSUP;
	if (err) {
		merge_place_free(&p->place);
		return err;
	}
	p->place.bytes = bytes_of(p);
	*out = &p->place;
	return 0;
}

int gm_merge_back(struct gm_rec_stream *r, const struct gm_place *place)
{
	const struct merge_place *p = (const struct merge_place *)place;
	struct gm_merge *m = (struct gm_merge *)r;
	int err;

	gm_merge_reset(m);
	gm_str_release(&m->out);
	*m = p->was;
	err = own_merge(m);
	for (unsigned int i = 0; i < m->nr && !err; i++)
		err = m->s[i].in->ops->back(m->s[i].in, p->in[i]);
	return err == -ENOENT ? -EIO : err; /* the file has changed since */
}
