// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hmap.c - hash map with open addressing. The capacity is a power of two and the map is never more than three quarters
 * full, so every search meets an empty slot. A deletion moves later entries of the run back and leaves no tombstone, so
 * a map of constant size is never rebuilt.
 */
#include "base/hmap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CAP_MIN	16

/* Spreads a key over all bits (the finalizer of MurmurHash3): ids are small and dense, pids come in runs. */
static uint64_t mix_key(uint64_t k)
{
	k ^= k >> 33;
	k *= 0xff51afd7ed558ccdULL;
	k ^= k >> 33;
	k *= 0xc4ceb9fe1a85ec53ULL;
	return k ^ k >> 33;
}

/* Returns the slot of a key, or the empty slot where it belongs. The map must have a capacity. */
static size_t find_slot(const struct gm_hmap *m, uint64_t key)
{
	size_t mask = m->cap - 1, i = mix_key(key) & mask;

	while (m->slots[i].val && m->slots[i].key != key)
		i = (i + 1) & mask;
	return i;
}

void *gm_hmap_get(const struct gm_hmap *m, uint64_t key)
{
	return m->cap ? m->slots[find_slot(m, key)].val : NULL;
}

static int grow_map(struct gm_hmap *m)
{
	struct gm_hmap new = { .cap = m->cap ? m->cap * 2 : CAP_MIN, .nr = m->nr };
	size_t i;

	new.slots = calloc(new.cap, sizeof(*new.slots));
	if (!new.slots)
		return -ENOMEM;
	for (i = 0; i < m->cap; i++)
		if (m->slots[i].val)
			new.slots[find_slot(&new, m->slots[i].key)] = m->slots[i];
	free(m->slots);
	*m = new;
	return 0;
}

int gm_hmap_put(struct gm_hmap *m, uint64_t key, void *val)
{
	struct gm_hmap_slot *s;

	if (m->nr >= m->cap / 4 * 3 && !gm_hmap_get(m, key) && grow_map(m))
		return -ENOMEM;
	s = &m->slots[find_slot(m, key)];
	m->nr += !s->val;
	s->key = key;
	s->val = val;
	return 0;
}

/* Return true if the entry at i may fill the hole: its home slot is not in (hole, i], cyclically. */
static bool can_fill_hole(const struct gm_hmap *m, size_t hole, size_t i)
{
	size_t mask = m->cap - 1, home = mix_key(m->slots[i].key) & mask;

	return ((i - home) & mask) >= ((i - hole) & mask);
}

void *gm_hmap_del(struct gm_hmap *m, uint64_t key)
{
	size_t mask = m->cap - 1, hole, i;
	void *val;

	if (!m->cap)
		return NULL;
	hole = find_slot(m, key);
	val = m->slots[hole].val;
	if (!val)
		return NULL;
	for (i = (hole + 1) & mask; m->slots[i].val; i = (i + 1) & mask) {
		if (!can_fill_hole(m, hole, i))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole].val = NULL;
	m->nr--;
	return val;
}

int gm_hmap_copy(struct gm_hmap *dst, const struct gm_hmap *src)
{
	*dst = (struct gm_hmap){ 0 };
	if (!src->cap)
		return 0;
	dst->slots = malloc(src->cap * sizeof(*dst->slots));
	if (!dst->slots)
		return -ENOMEM;
	memcpy(dst->slots, src->slots, src->cap * sizeof(*dst->slots));
	dst->cap = src->cap;
	dst->nr = src->nr;
	return 0;
}

void gm_hmap_release(struct gm_hmap *m)
{
	free(m->slots);
	*m = (struct gm_hmap){ 0 };
}

uint64_t gm_hash_str(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	return h;
}
