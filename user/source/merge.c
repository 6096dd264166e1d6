// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "source/merge.h"
#include <errno.h>
#include "base/log.h"
int gm_merge_open(struct gm_recs **out, struct gm_recs **recs, const char *const *names, unsigned int nr)
{
	(void)out, (void)names;
	while (nr--)
		gm_recs_close(recs[nr]);
	return gm_err(-ENOTSUP, "several recordings: not yet");
}
