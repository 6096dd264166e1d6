// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach_idle.c - when hooks that wait for gmem are attached and detached. */
#include "kernel/attach_idle.h"

void gm_idle_init(struct gm_idle *i)
{
	*i = (struct gm_idle){ .attached = true, .wait_ns = GM_IDLE_LEAST_NS };
}

enum gm_idle_act gm_idle_next(struct gm_idle *i, bool has_gmem, bool tick, uint64_t now)
{
	if (has_gmem || i->had_gmem)
		i->gmem_ns = now;
	i->had_gmem = has_gmem;
	if (has_gmem)
		return i->attached || (i->failed && !tick) ? GM_IDLE_NOTHING : GM_IDLE_ATTACH;
	return i->attached && tick && now - i->gmem_ns >= i->wait_ns ? GM_IDLE_DETACH : GM_IDLE_NOTHING;
}

/* Sets how long the hooks stay without gmem, by how long they were not needed. */
static void set_wait(struct gm_idle *i, uint64_t now)
{
	if (i->detached_ns && now - i->detached_ns < GM_IDLE_SOON_NS)
		i->wait_ns *= 2;
	else
		i->wait_ns /= 2;
	i->wait_ns = i->wait_ns < GM_IDLE_LEAST_NS ? GM_IDLE_LEAST_NS : i->wait_ns;
	i->wait_ns = i->wait_ns > GM_IDLE_MOST_NS ? GM_IDLE_MOST_NS : i->wait_ns;
}

void gm_idle_done(struct gm_idle *i, enum gm_idle_act act, int err, uint64_t now)
{
	if (act == GM_IDLE_NOTHING)
		return;
	i->failed = act == GM_IDLE_ATTACH && err;
	i->attached = act == GM_IDLE_ATTACH && !err;
	if (i->attached)
		set_wait(i, now);
	else if (!i->failed)
		i->detached_ns = i->gmem_ns ? now : 0;
}
