/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hmap.h - hash map from a 64-bit key to a pointer (open addressing, linear probing, no tombstones).
 * A zeroed struct is an empty map. Values are the caller's and must not be NULL.
 */
#ifndef GM_BASE_HMAP_H
#define GM_BASE_HMAP_H

#include <stddef.h>
#include <stdint.h>

struct gm_hmap {
	struct gm_hmap_slot { uint64_t key; void *val; } *slots;
	size_t cap, nr;
};

void *gm_hmap_get(const struct gm_hmap *m, uint64_t key);    /* NULL: absent */
int gm_hmap_put(struct gm_hmap *m, uint64_t key, void *val); /* replaces; 0 or -ENOMEM */
void *gm_hmap_del(struct gm_hmap *m, uint64_t key);	     /* what was there, or NULL */
/* with the same values; 0 or -ENOMEM: dst is empty */
int gm_hmap_copy(struct gm_hmap *dst, const struct gm_hmap *src);
void gm_hmap_release(struct gm_hmap *m);

/* FNV-1a of a string: for maps keyed by names (compare the name in the value, too). */
uint64_t gm_hash_str(const char *s);

#endif
