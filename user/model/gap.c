// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gap.c - the codes of gaps: their names, and a probe's. */
#include "model/model_int.h"

enum gm_gap gm_probe_gap(const struct gm_rec_probe *r)
{
	switch (r->state) {
	case GM_PROBE_REFUSED: return GM_GAP_REFUSED;
	case GM_PROBE_ABSENT: return GM_GAP_ABSENT;
	case GM_PROBE_OFF: return GM_GAP_NOT_ASKED;
	case GM_PROBE_RELEASED: return GM_GAP_DETACHED;
	default: return GM_GAP_OTHER_HOOK;
	}
}

const char *gm_gap_name(enum gm_gap gap)
{
	static const char *const names[] = {
#define X(E, name) [GM_GAP_##E] = (name),
		GM_GAPS(X)
#undef X
	};

	return names[gap];
}
