/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * grow.h - growing arrays of structs or numbers. Arrays of pointers are struct gm_vec (vec.h), text is struct gm_str
 * (str.h); both grow by gm_grow(), too.
 */
#ifndef GM_BASE_GROW_H
#define GM_BASE_GROW_H

#include <stddef.h>

/*
 * Makes room for `more` elements behind the first nr of an array. at: the pointer to the array (NULL: none yet); cap: a
 * size_t, the number of elements that fit. The array is freed with free(). 0; -ENOMEM: nothing has changed.
 *
 * The first capacity is GM_GROW_FIRST bytes, but at least one element: each VM has several arrays, most of them short.
 * After that the capacity doubles, so growing one by one stays cheap, and at most half of an array is unused. New
 * elements are not zeroed.
 */
#define GM_GROW_FIRST 64
#define gm_grow(at, nr, more, cap) gm_grow_array(&(at), nr, more, &(cap), sizeof(*(at)))
/* What gm_grow() expands to: array is the address of a pointer to elements of size bytes. */
int gm_grow_array(void *array, size_t nr, size_t more, size_t *cap, size_t size);

#endif
