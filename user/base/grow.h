/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * grow.h - growing arrays of structs or numbers. For pointers there is struct gm_vec (vec.h), for text struct gm_str
 * (str.h).
 */
#ifndef GM_BASE_GROW_H
#define GM_BASE_GROW_H

#include <stddef.h>

/*
 * Makes room for `more` elements behind the first nr of an array. at: the pointer to the array (NULL: none yet); cap: a
 * size_t, the number of elements that fit. The capacity doubles, so growing one by one stays cheap. The array is freed
 * with free(). 0; -ENOMEM: nothing has changed.
 */
#define gm_grow(at, nr, more, cap) gm_grow_array(&(at), nr, more, &(cap), sizeof(*(at)))
/* What gm_grow() expands to: array is the address of a pointer to elements of size bytes. */
int gm_grow_array(void *array, size_t nr, size_t more, size_t *cap, size_t size);

#endif
