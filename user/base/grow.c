// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* grow.c - one doubling for every type of element. */
#include "base/grow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t first_room(size_t size)
{
	return size < GM_GROW_FIRST ? GM_GROW_FIRST / size : 1;
}

int gm_grow_array(void *array, size_t nr, size_t more, size_t *cap, size_t size)
{
	size_t need, room;
	void *at;

	if (__builtin_add_overflow(nr, more, &need))
		return -ENOMEM;
	if (need <= *cap)
		return 0;
	if (need > PTRDIFF_MAX / 2 / size)
		return -ENOMEM;
	for (room = *cap ? *cap : first_room(size); room < need;)
		room *= 2;
	memcpy(&at, array, sizeof(at)); /* whatever type it points to */
	at = reallocarray(at, room, size);
	if (!at)
		return -ENOMEM;
	memcpy(array, &at, sizeof(at));
	*cap = room;
	return 0;
}
