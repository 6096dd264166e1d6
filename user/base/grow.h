/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * grow.h - arrays of structs or numbers that grow. Pointers have struct gm_vec, text has struct gm_str (vec.h, str.h).
 */
#ifndef GM_BASE_GROW_H
#define GM_BASE_GROW_H

#include <stddef.h>

/*
 * Makes room for `more` elements behind the first nr of an array. at: the pointer to it (NULL: none yet); cap: a
 * size_t, the elements that it has room for. Room doubles, so growing one by one stays cheap. 0; -ENOMEM: nothing has
 * changed.
 */
#define gm_grow(at, nr, more, cap) gm_grow_array(&(at), nr, more, &(cap), sizeof(*(at)))
/* What gm_grow() expands to: array is the address of a pointer to elements of size bytes. */
int gm_grow_array(void *array, size_t nr, size_t more, size_t *cap, size_t size);

#endif
