// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_replay.c - the line with the position of a replay. */
#include "top/top_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NSEC	1000000000ull
#define BAR_MAX	20
#define BAR_MIN	6

/* Formats a duration: "7s", "2m10s", "1h02m". */
static char *fmt_duration(char *buf, size_t size, uint64_t ns)
{
	unsigned long long s = ns / NSEC;

	if (s < 60)
		snprintf(buf, size, "%llus", s);
	else if (s < 3600)
		snprintf(buf, size, "%llum%02llus", s / 60, s % 60);
	else
		snprintf(buf, size, "%lluh%02llum", s / 3600, s / 60 % 60);
	return buf;
}

/* Formats the position: the wall clock of the records, or, if there is none, the time since the beginning. */
static char *fmt_position(char *buf, size_t size, const struct gm_model *m, const struct gm_top_replay *r)
{
	int64_t s;

	if (!m->meta.real_ns)
		return fmt_duration(buf, size, r->now_ns - r->first_ns);
	s = (int64_t)((m->meta.real_ns + (r->now_ns - m->meta.h.ts_ns)) / NSEC % 86400) + r->zone_s % 86400;
	s = (s + 86400) % 86400;
	snprintf(buf, size, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
	return buf;
}

static const char *fmt_speed(char *buf, size_t size, const struct gm_top_replay *r)
{
	if (r->ended)
		return "end";
	if (r->paused)
		return "paused";
	if (!(r->speed > 0))
		return "max";
	if (r->speed < 1 && fabs(1 / r->speed - round(1 / r->speed)) < 1e-6)
		snprintf(buf, size, "1/%.0fx", 1 / r->speed);
	else
		snprintf(buf, size, "%gx", r->speed);
	return buf;
}

/* Adds a progress bar in the rest of the line. */
static void add_progress_bar(struct gm_items *it, const struct gm_top_replay *r)
{
	unsigned int used = (unsigned int)gm_columns(it->text), room = it->width > used + 4 ? it->width - used - 4 : 0;
	uint64_t all = r->last_ns - r->first_ns, done = r->now_ns > r->first_ns ? r->now_ns - r->first_ns : 0;
	char text[BAR_MAX + 1];

	if (r->last_ns <= r->first_ns || room < BAR_MIN)
		return;
	room = room < BAR_MAX ? room : BAR_MAX;
	done = done < all ? done : all;
	memset(text, '-', room);
	memset(text, '#', (size_t)((double)done / (double)all * room));
	text[room] = '\0';
	gm_item(it, "[%s]", text);
}

/* Adds how long ago it was, and how to come back to what is live. */
static void put_past(struct gm_items *it, const struct gm_top_replay *r, const char *at)
{
	char ago[32], all[32], how[32];

	gm_item(it, "%s ago", fmt_duration(ago, sizeof(ago), r->live_ns > r->now_ns ? r->live_ns - r->now_ns : 0));
	gm_item(it, "$ back to live");
	gm_item(it, "%s", at);
	gm_item(it, "%s", fmt_speed(how, sizeof(how), r));
	if (r->lost)
		gm_item(it, "LOST %llu records since", (unsigned long long)r->lost);
	gm_item(it, "%s kept", fmt_duration(all, sizeof(all), r->last_ns > r->first_ns ? r->last_ns - r->first_ns : 0));
}

void gm_top_replay_line(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	const struct gm_top_replay *r = &t->replay;
	struct gm_items it = { .width = p->width };
	char at[32], since[32], all[32], name[64], how[32];
	uint64_t passed = r->now_ns > r->first_ns ? r->now_ns - r->first_ns : 0;

	fmt_position(at, sizeof(at), m, r);
	if (r->live && !r->seeking) {
		put_past(&it, r, at);
	} else if (r->seeking) {
		gm_item(&it, "seeking %s...", at);
		gm_item(&it, "Esc stop");
	} else {
		gm_item(&it, "REPLAY %s", at);
		gm_item(&it, "%s", fmt_speed(how, sizeof(how), r));
		if (r->last_ns > r->first_ns)
			gm_item(&it, "%s of %s", fmt_duration(since, sizeof(since), passed),
				fmt_duration(all, sizeof(all), r->last_ns - r->first_ns));
	}
	if (r->note)
		gm_item(&it, "%s", r->note);
	if (r->name) {
		gm_plain(name, sizeof(name), r->name);
		gm_shorten(name, p->width > 60 ? 24 : 12);
		gm_item(&it, "%s", name);
	}
	add_progress_bar(&it, r);
	gm_frame_add(&p->info, r->note || r->seeking ? GM_ATTR_WARN : GM_ATTR_BOLD, "%s", it.text);
}
