// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* vec.c - growing arrays of pointers. */
#include "base/vec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

int gm_vec_push(struct gm_vec *v, void *p)
{
	if (gm_grow(v->at, v->nr, 1, v->cap))
		return -ENOMEM;
	v->at[v->nr++] = p;
	return 0;
}

void gm_vec_remove(struct gm_vec *v, const void *p)
{
	size_t i;

	/* Search from both ends: mostly the oldest or the newest element is removed. */
	for (i = 0; i < v->nr && v->at[i] != p; i++) {
		if (v->at[v->nr - 1 - i] != p)
			continue;
		i = v->nr - 1 - i;
		break;
	}
	if (i == v->nr)
		return;
	v->nr--;
	memmove(v->at + i, v->at + i + 1, (v->nr - i) * sizeof(*v->at));
}

void gm_vec_release(struct gm_vec *v)
{
	free(v->at);
	*v = (struct gm_vec){ 0 };
}
