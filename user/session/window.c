// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "session/past.h"
#include <errno.h>
#include "base/log.h"
int gm_window_open(struct gm_recs **out, struct gm_recs *inner, const struct gm_at *at)
{
	(void)out, (void)at;
	gm_recs_close(inner);
	return gm_err(-ENOTSUP, "--at: not yet");
}
int gm_at_parse(const char *s, struct gm_at *out)
{
	(void)s, (void)out;
	return -EINVAL;
}
