/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hmap.h - hash map from a 64-bit key to a pointer (open addressing, linear probing, no tombstones). A zeroed struct is
 * an empty map; gm_hmap_release() frees the map, not the values. Values belong to the caller and must not be NULL. Do
 * not change a map while you iterate over slots[]. The only error is -ENOMEM.
 */
#ifndef GM_BASE_HMAP_H
#define GM_BASE_HMAP_H

#include <stddef.h>
#include <stdint.h>

struct gm_hmap {
	struct gm_hmap_slot { uint64_t key; void *val; } *slots;
	size_t cap, nr;
};

void *gm_hmap_get(const struct gm_hmap *m, uint64_t key);    /* the value, or NULL */
int gm_hmap_put(struct gm_hmap *m, uint64_t key, void *val); /* adds or replaces; 0 or -ENOMEM */
void *gm_hmap_del(struct gm_hmap *m, uint64_t key);	     /* the removed value, or NULL */
/* Makes dst a copy of src, with the same values. 0; -ENOMEM: dst is empty. */
int gm_hmap_copy(struct gm_hmap *dst, const struct gm_hmap *src);
/* Frees the map, not the values; it is then empty. */
void gm_hmap_release(struct gm_hmap *m);

/* FNV-1a hash of a string, for maps keyed by names (compare the name in the value, too). */
uint64_t gm_hash_str(const char *s);

#endif
