/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* vec.h - the number of elements of an array, and growing arrays of pointers. */
#ifndef GM_BASE_VEC_H
#define GM_BASE_VEC_H

#include <stddef.h>

#define GM_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A growing array of pointers; a zeroed struct is an empty one. The elements belong to the caller. */
struct gm_vec {
	void **at;
	size_t nr, cap;
};
int gm_vec_push(struct gm_vec *v, void *p);	     /* 0 or -ENOMEM */
void gm_vec_remove(struct gm_vec *v, const void *p); /* keeps the order; does nothing if p is absent */
void gm_vec_release(struct gm_vec *v);

#endif
