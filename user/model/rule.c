// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rule.c - a table of metrics: a new metric is a row and a function that returns its value. */
#include "model/rule.h"
#include "base/fmt.h"
#include "base/parse.h"
#include "model/observe.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum unit { TIME, BYTES, NUMBER };
enum what { OF_PHASE, OF_STYLE, OF_NOTHING, OF_EVENT };	/* what the metric is of, beside its name */

struct gm_rule_metric {
	const char *name;	/* of a phase: the part after the dot; of an event: empty, the kind is the name */
	enum what of;
	enum unit unit;
	/* Return the value; NAN: there is none. */
	double (*now)(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec);
	double q;		/* of a quantile */
};

static double v_quantile(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)m, (void)sec;
	return gain->count ? (double)gm_hist_quantile(gain, r->metric->q) : NAN;
}

static double v_max(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)r, (void)m, (void)sec;
	return gain->count ? (double)gain->max_ns : NAN;
}

static double v_mean(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)r, (void)m, (void)sec;
	return gain->count ? (double)gain->sum_ns / (double)gain->count : NAN;
}

static double v_count(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)r, (void)m, (void)sec;
	return (double)gm_hist_total(gain);
}

static double v_rate(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)r, (void)m;
	return sec > 0 ? (double)gm_hist_total(gain) / sec : NAN;
}

/* Return how much a growing count gained since the last tick. */
static double gained_since(struct gm_rule *r, uint64_t now)
{
	double d = now > r->prev_count ? (double)(now - r->prev_count) : 0;

	r->prev_count = now;
	return d;
}

static double v_failed(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)gain, (void)sec;
	return gained_since(r, m->ops[r->arg].failed);
}

static double v_lost(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)gain, (void)sec;
	return gained_since(r, m->lost);
}

static double v_event(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	(void)gain, (void)sec;
	return gained_since(r, m->counts.events[r->arg]);
}

static double v_resident(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	struct gm_mem mem;

	(void)r, (void)gain, (void)sec;
	gm_model_mem(m, &mem);
	return (double)mem.resident_pages * (double)m->meta.page_size;
}

static double v_orphaned(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	double pages = 0;

	(void)r, (void)gain, (void)sec;
	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];

		if (!in->dead_ns && gm_inode_is_orphan(m, in))
			pages += (double)in->resident_pages;
	}
	return pages * (double)m->meta.page_size;
}

static double v_vms(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	double n = 0;

	(void)r, (void)gain, (void)sec;
	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];

		n += !vm->dead_ns && vm->had_mem;
	}
	return n;
}

/* Return the longest of the reboots that ended since the last tick. Shutdowns do not count. */
static double v_episode(struct gm_rule *r, const struct gm_model *m, const struct gm_hist *gain, double sec)
{
	const struct gm_vec *all = gm_model_episodes(m);
	double longest = NAN;

	(void)gain, (void)sec;
	for (size_t i = 0; all && i < all->nr; i++) {
		const struct gm_episode *e = all->at[i];

		if (e->end == GM_REBOOT_OPEN || gm_hmap_get(&r->judged, e->id))
			continue;
		gm_hmap_put(&r->judged, e->id, r);
		if (!gm_reboot_style_is_reboot(e->style) || (r->arg && r->arg - 1 != e->style))
			continue;
		if (isnan(longest) || (double)gm_episode_wall(e) > longest)
			longest = (double)gm_episode_wall(e);
	}
	return longest;
}

static const struct gm_rule_metric metrics[] = {
	{ "p50", OF_PHASE, TIME, v_quantile, 0.5 },	{ "p90", OF_PHASE, TIME, v_quantile, 0.9 },
	{ "p99", OF_PHASE, TIME, v_quantile, 0.99 },	{ "p999", OF_PHASE, TIME, v_quantile, 0.999 },
	{ "max", OF_PHASE, TIME, v_max, 0 },		{ "mean", OF_PHASE, TIME, v_mean, 0 },
	{ "count", OF_PHASE, NUMBER, v_count, 0 },	{ "rate", OF_PHASE, NUMBER, v_rate, 0 },
	{ "failed", OF_PHASE, NUMBER, v_failed, 0 },
	{ "episode", OF_STYLE, TIME, v_episode, 0 },
	{ "lost", OF_NOTHING, NUMBER, v_lost, 0 },	{ "resident", OF_NOTHING, BYTES, v_resident, 0 },
	{ "orphaned", OF_NOTHING, BYTES, v_orphaned, 0 },	{ "vms", OF_NOTHING, NUMBER, v_vms, 0 },
	{ "", OF_EVENT, NUMBER, v_event, 0 },
};

static const char *const ops[] = { ">=", "<=", "==", ">", "<" };	/* longer ones first */
enum op { GE, LE, EQ, GT, LT };

/* ---- parsing ---- */

static int style_by_name(const char *name)
{
	for (unsigned int s = 1; s < GM_REBOOT_STYLES; s++)
		if (gm_reboot_style_is_reboot(s) && !strcmp(name, gm_reboot_style_name(s)))
			return (int)s;
	return -1;
}

static int event_by_name(const char *name)
{
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++)
		if (gm_kind_name(k) && !strcmp(name, gm_kind_name(k)))
			return (int)k;
	return -1;
}

/* Return the metric's arg if name and suffix (after the dot; NULL: none) mean this metric, else -1. */
static int metric_arg(const struct gm_rule_metric *mt, const char *name, const char *suffix)
{
	switch (mt->of) {
	case OF_PHASE: return suffix && !strcmp(suffix, mt->name) ? gm_phase_by_name(name) : -1;
	case OF_STYLE:
		if (strcmp(name, mt->name))
			return -1;
		return !suffix ? 0 : style_by_name(suffix) < 0 ? -1 : style_by_name(suffix) + 1;
	case OF_NOTHING: return !suffix && !strcmp(name, mt->name) ? 0 : -1;
	case OF_EVENT: return suffix ? -1 : event_by_name(name);
	}
	return -1;
}

static int find_metric(struct gm_rule *r, char *name)
{
	char *suffix = strchr(name, '.');

	if (suffix)
		*suffix++ = '\0';
	for (size_t i = 0; i < GM_ARRAY_SIZE(metrics); i++) {
		int arg = metric_arg(&metrics[i], name, suffix);

		if (arg < 0)
			continue;
		r->metric = &metrics[i];
		r->arg = (unsigned int)arg;
		return 0;
	}
	return -EINVAL;
}

static int parse_value(enum unit unit, const char *s, double *out)
{
	static const char units[] = "KMGTP";
	uint64_t ns;
	char *end;

	if (unit == TIME) {
		if (gm_parse_duration(s, 1000000000ull, &ns))
			return -EINVAL;
		*out = (double)ns;
		return 0;
	}
	*out = strtod(s, &end);
	if (end == s || !(*out >= 0) || !isfinite(*out) || strspn(s, "0123456789.") != (size_t)(end - s))
		return -EINVAL;
	if (unit == BYTES && *end && strchr(units, *end)) {
		*out = ldexp(*out, 10 * (int)(strchr(units, *end) - units + 1));
		end++;
	}
	return *end ? -EINVAL : 0;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static const char *value_example(enum unit unit)
{
	return unit == TIME ? "a time such as 500us, 1ms, 2s" : unit == BYTES ? "bytes such as 512M, 10G" : "a number";
}

int gm_rule_parse(struct gm_rule *r, const char *text, char *why, size_t size)
{
	size_t len = strcspn(text, "<>= \t");
	const char *p = skip_blanks(text + len);
	char name[60];

	memset(r, 0, sizeof(*r));
	if (strlen(text) >= sizeof(r->text) || len >= sizeof(name) || !len) {
		snprintf(why, size, "not a rule: '%.60s' (like 'episode > 2s', 'zero.p99 > 1ms')", text);
		return -EINVAL;
	}
	snprintf(r->text, sizeof(r->text), "%s", text);
	snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (find_metric(r, name)) {
		snprintf(why, size,
			 "no such metric in '%.60s' (PHASE.p50 .p90 .p99 .p999 .max .mean .count .rate .failed, "
			 "episode[.STYLE], lost, resident, orphaned, vms, or a kind of event)",
			 text);
		return -EINVAL;
	}
	for (r->op = 0; r->op < (int)GM_ARRAY_SIZE(ops) && strncmp(p, ops[r->op], strlen(ops[r->op])); r->op++)
		;
	if (r->op == (int)GM_ARRAY_SIZE(ops)) {
		snprintf(why, size, "no comparison in '%.60s' (> >= < <= ==)", text);
		return -EINVAL;
	}
	p = skip_blanks(p + strlen(ops[r->op]));
	if (parse_value(r->metric->unit, p, &r->value)) {
		snprintf(why, size, "'%.60s' is compared with %s, not '%.40s'", text, value_example(r->metric->unit),
			 p);
		return -EINVAL;
	}
	return 0;
}

void gm_rule_release(struct gm_rule *r)
{
	gm_hmap_release(&r->judged);
}

bool gm_rule_needs_reboots(const struct gm_rule *r)
{
	return r->metric->of == OF_STYLE;
}

/*
 * Return true for a condition on sums that is only valid if all VMs are found. Otherwise a sum is a lower bound, which
 * may exceed a value but never shows that the sum is below it.
 */
static bool needs_all_vms(const struct gm_rule *r)
{
	if (r->metric->now == v_orphaned)
		return true;
	return (r->metric->now == v_resident || r->metric->now == v_vms) && r->op != GE && r->op != GT;
}

const char *gm_rule_na(const struct gm_rule *r, const struct gm_model *m)
{
	if (r->metric->of == OF_PHASE)
		return gm_phase_unavailable(m, r->arg);
	return needs_all_vms(r) ? m->tasks_na : NULL;
}

/* ---- testing ---- */

static bool is_condition_met(const struct gm_rule *r, double v)
{
	switch ((enum op)r->op) {
	case GE: return v >= r->value;
	case LE: return v <= r->value;
	case EQ: return v == r->value;
	case GT: return v > r->value;
	case LT: return v < r->value;
	}
	return false;
}

static void describe_value(const struct gm_rule *r, double v, char *buf, size_t size)
{
	size_t len = strcspn(r->text, "<>= \t");
	char value[16];

	if (r->metric->unit == TIME)
		gm_fmt_ns(value, sizeof(value), (uint64_t)v);
	else if (r->metric->unit == BYTES)
		gm_fmt_bytes(value, sizeof(value), (uint64_t)v);
	else
		gm_fmt_count(value, sizeof(value), v);
	snprintf(buf, size, "%.*s %s", (int)len, r->text, value);
}

/* Drop ids of episodes that are no longer kept: they cannot come again. */
static void forget_episodes(struct gm_rule *r, const struct gm_model *m)
{
	const struct gm_vec *all = gm_model_episodes(m);
	struct gm_hmap kept = { 0 };

	if (!all || r->judged.nr < 2 * GM_EPISODES_MAX)
		return;
	for (size_t i = 0; i < all->nr; i++) {
		const struct gm_episode *e = all->at[i];

		if (gm_hmap_get(&r->judged, e->id))
			gm_hmap_put(&kept, e->id, r);
	}
	gm_hmap_release(&r->judged);
	r->judged = kept;
}

bool gm_rule_tick(struct gm_rule *r, const struct gm_model *m, uint64_t quiet_for_ns, char *what, size_t size)
{
	static const struct gm_hist nothing;
	const struct gm_hist *now = r->metric->of == OF_PHASE && m->total[r->arg] ? m->total[r->arg] : &nothing;
	double sec = r->prev_ns && m->now_ns > r->prev_ns ? (double)(m->now_ns - r->prev_ns) / 1e9 : 0, v;
	struct gm_hist gain;
	bool yes, fires;

	gm_hist_gain(&gain, now, &r->prev);
	v = needs_all_vms(r) && m->tasks_na ? NAN : r->metric->now(r, m, &gain, sec);
	r->prev = *now;
	r->prev_ns = m->now_ns;
	forget_episodes(r, m);
	yes = !isnan(v) && is_condition_met(r, v);
	fires = yes && !r->was_met && m->now_ns >= r->silent_until_ns;
	/* Each reboot fires by itself, however long the one before took. */
	r->was_met = yes && (fires || r->was_met) && r->metric->of != OF_STYLE;
	if (!fires)
		return false;
	r->silent_until_ns = m->now_ns + quiet_for_ns;
	describe_value(r, v, what, size);
	return true;
}
