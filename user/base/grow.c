// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* grow.c - grows an array of any type by doubling it. */
#include "base/grow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t first_cap(size_t size)
{
	return size < GM_GROW_FIRST ? GM_GROW_FIRST / size : 1;
}

int gm_grow_array(void *array, size_t nr, size_t more, size_t *cap, size_t size)
{
	size_t need, new_cap;
	void *at;

	if (__builtin_add_overflow(nr, more, &need))
		return -ENOMEM;
	if (need <= *cap)
		return 0;
	if (need > PTRDIFF_MAX / 2 / size)
		return -ENOMEM;
	for (new_cap = *cap ? *cap : first_cap(size); new_cap < need;)
		new_cap *= 2;
	memcpy(&at, array, sizeof(at)); /* a copy works for every type of pointer */
	at = reallocarray(at, new_cap, size);
	if (!at)
		return -ENOMEM;
	memcpy(array, &at, sizeof(at));
	*cap = new_cap;
	return 0;
}
