// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_store.c - kept episodes: closed and counted, found, named. */
#include "model/reboot_int.h"
#include "model/observe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int gm_model_keep_reboots(struct gm_model *m)
{
	if (!m->reboots)
		m->reboots = calloc(1, sizeof(*m->reboots));
	return m->reboots ? 0 : -ENOMEM;
}

const struct gm_vec *gm_model_episodes(const struct gm_model *m)
{
	return m->reboots ? &m->reboots->episodes : NULL;
}

const struct gm_vec *gm_model_reshuffles(const struct gm_model *m)
{
	return m->reboots ? &m->reboots->reshuffles : NULL;
}

uint64_t gm_model_reshuffles_seen(const struct gm_model *m)
{
	return m->reboots ? m->reboots->reshuffles_seen : 0;
}

void gm_model_drop_steps(struct gm_model *m)
{
	if (m->reboots)
		m->reboots->drop_steps = true;
}

static void free_steps(struct gm_episode *e)
{
	for (size_t i = 0; i < e->steps.nr; i++)
		free(e->steps.at[i]);
	gm_vec_release(&e->steps);
}

struct gm_episode *gm_episode_to_forget(const struct gm_model *m)
{
	const struct gm_vec *all = &m->reboots->episodes;

	if (all->nr == GM_EPISODES_MAX)
		return all->at[0];
	for (size_t i = 0; all->nr >= m->keep_dead && i < all->nr; i++) {
		struct gm_episode *e = all->at[i];

		if (e->end != GM_REBOOT_OPEN)
			return e;
	}
	return NULL;
}

void gm_episode_free(struct gm_episode *e)
{
	free_steps(e);
	free(e);
}

void gm_reboots_free(struct gm_reboots *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->episodes.nr; i++)
		gm_episode_free(r->episodes.at[i]);
	gm_vec_release(&r->episodes);
	for (size_t i = 0; i < r->reshuffles.nr; i++)
		free(r->reshuffles.at[i]);
	gm_vec_release(&r->reshuffles);
	for (size_t i = 0; i < GM_REBOOT_STYLES; i++)
		free(r->wall[i]);
	free(r->step);
	free(r);
}

const struct gm_hist *gm_model_reboot_hist(const struct gm_model *m, unsigned int style)
{
	return m->reboots && style < GM_REBOOT_STYLES ? m->reboots->wall[style] : NULL;
}

uint64_t gm_model_reboots_untimed(const struct gm_model *m, unsigned int why)
{
	return m->reboots && why < GM_REBOOT_UNTIMED_NR ? m->reboots->untimed[why] : 0;
}

const struct gm_episode *gm_model_episode(const struct gm_model *m, uint32_t id)
{
	for (size_t i = m->reboots && id ? m->reboots->episodes.nr : 0; i-- > 0;) {
		const struct gm_episode *e = m->reboots->episodes.at[i];

		if (e->id == id)
			return e;
	}
	return NULL;
}

static struct gm_machine *machine_of(const struct gm_model *m, const struct gm_episode *e)
{
	for (size_t i = 0; i < m->machines.nr; i++) {
		struct gm_machine *mc = m->machines.at[i];

		if (mc->id == e->machine)
			return mc;
	}
	return NULL;
}

int gm_episode_close(const struct gm_model *m, struct gm_episode *e)
{
	struct gm_hist **wall = &m->reboots->wall[e->style];
	struct gm_machine *mc = machine_of(m, e);
	int err = gm_episode_settle(m, e);

	if (!err && gm_episode_is_timed(e))
		err = gm_hist_ensure(wall);
	if (err)
		return err;
	gm_episode_saving(m, e, &e->saving);
	e->settled = true;
	if (m->reboots->drop_steps)
		free_steps(e);
	if (gm_episode_is_timed(e))
		gm_hist_add(*wall, gm_episode_wall(e));
	else if (gm_reboot_style_is_reboot(e->style)) /* a shutdown does not count */
		m->reboots->untimed[gm_episode_untimed(m, e)]++;
	if (mc)
		mc->episodes[e->style]++;
	/* several episodes of one tick come newest first */
	if (mc && gm_reboot_style_is_reboot(e->style) && e->id > mc->last_episode)
		mc->last_episode = e->id;
	return 0;
}

void gm_reboot_join(struct gm_model *m, struct gm_machine *dst, const struct gm_machine *src)
{
	for (size_t i = 0; m->reboots && i < m->reboots->episodes.nr; i++) {
		struct gm_episode *e = m->reboots->episodes.at[i];

		if (e->machine != src->id)
			continue;
		e->machine = dst->id;
		memcpy(e->name, dst->name, sizeof(e->name));
	}
	for (size_t s = 0; s < GM_REBOOT_STYLES; s++)
		dst->episodes[s] += src->episodes[s];
	for (size_t i = 0; m->reboots && i < m->reboots->reshuffles.nr; i++) {
		struct gm_reshuffle *s = m->reboots->reshuffles.at[i];

		if (s->machine != src->id)
			continue;
		s->machine = dst->id;
		memcpy(s->name, dst->name, sizeof(s->name));
	}
	if (src->last_episode > dst->last_episode)
		dst->last_episode = src->last_episode;
}

/* ---- names ---- */

#define NAME_OF(fn, ...)						\
const char *fn(unsigned int i)						\
{									\
	static const char *const names[] = { __VA_ARGS__ };		\
									\
	return i < GM_ARRAY_SIZE(names) ? names[i] : "?";		\
}
NAME_OF(gm_reboot_style_name, "shutdown", "recreate", "overlap", "inplace", "link", "handover", "unknown")
NAME_OF(gm_reboot_untimed_name, "timed", "samples", "touches", "teardown_end", "teardown_begin")
NAME_OF(gm_reboot_untimed_text, "both ends are known", "nothing but samples shows reboots here",
	"nothing here shows when the guest has touched its memory", "the end of the teardown was not seen",
	"the begin of the teardown was not seen")
NAME_OF(gm_reboot_end_name, "open", "steady", "cut", "no_successor", "no_guest_fault")
NAME_OF(gm_reboot_rest_name, "user", "guest", "blocked", "unknown")

const char *gm_line_name(unsigned int line)
{
	return line == GM_LINE_SETUP ? "vm_create" : gm_phase_name(line);
}

bool gm_reboots_are_known(const struct gm_model *m, uint64_t nr)
{
	return nr || (gm_model_episodes(m) && !gm_phase_unavailable(m, GM_PHASE_CREATE));
}
