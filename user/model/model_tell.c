// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* model_tell.c - what a model knows to be there, as a keyframe; and a keyframe as a model's beginning. */
#include "model/model_int.h"

int gm_apply_KEYFRAME(struct gm_model *m, const struct gm_rec_keyframe *r)
{
	(void)m, (void)r;
	return 0;
}
