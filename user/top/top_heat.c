// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_heat.c - the detail page's heatmap: time x latency of one phase. A column is a tick, the newest at the right; a
 * row is an octave, labelled with its upper bound; a cell's shade is its count, on a log scale of the counts shown. A
 * gap of several octaves without a count is one row of dots: a few very long times must not push the other rows out of
 * the page.
 */
#include "base/fmt.h"
#include "top/top_int.h"

#include <stdio.h>
#include <string.h>

#define AXIS_COLS	10	/* " 30.5us |" and a blank at the right end */
#define CELLS_MIN	8

struct heat {
	unsigned int cells, seen;	/* columns, and number of columns that are ticks of this session */
	unsigned int first, last;	/* lowest and highest octave with a count; first > last: none */
	uint64_t counted;		/* bit per octave that has a count */
	unsigned int most;		/* highest count of a cell */
	const uint16_t *at[GM_HISTORY];	/* counts of a tick per octave, from the left; NULL: none */
};

double gm_top_rate(const struct gm_machine *mc, unsigned int phase)
{
	return phase < GM_PHASE_NR && mc->heat[phase] ? mc->heat[phase]->rate : 0;
}

static void count_octaves(struct heat *h, const uint16_t *octave)
{
	for (unsigned int o = 0; octave && o < GM_HEAT_OCTAVES; o++) {
		if (!octave[o])
			continue;
		h->counted |= 1ULL << o;
		h->first = o < h->first ? o : h->first;
		h->last = o > h->last ? o : h->last;
		h->most = octave[o] > h->most ? octave[o] : h->most;
	}
}

static void gather_cells(const struct gm_model *m, const struct gm_heat *src, unsigned int width, struct heat *h)
{
	unsigned int room = width > AXIS_COLS + CELLS_MIN ? width - AXIS_COLS : CELLS_MIN;

	*h = (struct heat){ .cells = room < GM_HISTORY ? room : GM_HISTORY, .first = GM_HEAT_OCTAVES };
	h->seen = m->ticks < h->cells ? (unsigned int)m->ticks : h->cells;
	for (unsigned int i = 0; src && i < h->cells; i++) {
		h->at[i] = gm_heat_at(m, src, h->cells - 1 - i);
		count_octaves(h, h->at[i]);
	}
}

/* Return about 256 * log2(v), linear between powers of two: precise enough to choose a shade. */
static unsigned int log_of(unsigned int v)
{
	unsigned int p = 31 - (unsigned int)__builtin_clz(v);

	return 256 * p + ((v << 8) >> p) - 256;
}

/* Return the shade of count v. Each shade has an equal share of the log scale; any count differs from none. */
static const char *shade(unsigned int v, unsigned int most, bool ascii)
{
	static const char *const plain[] = { " ", ".", ":", "-", "=", "+", "*", "#", "%", "@" };
	static const char *const blocks[] = { " ", "░", "▒", "▓", "█" };
	unsigned int shades = (ascii ? GM_ARRAY_SIZE(plain) : GM_ARRAY_SIZE(blocks)) - 1;
	unsigned int level = 0;

	if (v)
		level = v < most ? 1 + shades * log_of(v) / log_of(most) : shades;
	return (ascii ? plain : blocks)[level < shades ? level : shades];
}

static void put_octave(const struct gm_top *t, const struct heat *h, unsigned int octave, struct gm_frame *f)
{
	char text[3 * GM_HISTORY + 1] = "", bound[8], label[16];
	size_t len = 0;

	for (unsigned int i = 0; i < h->cells; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
					shade(h->at[i] ? h->at[i][octave] : 0, h->most, t->ascii));
	if (octave == GM_HEAT_OCTAVES - 1)
		snprintf(label, sizeof(label), "more");
	else
		snprintf(label, sizeof(label), "%s",
			 gm_fmt_ns(bound, sizeof(bound), gm_hist_upper_ns(octave * GM_HIST_PER_OCTAVE)));
	gm_frame_add(f, GM_ATTR_BAR, "%7s |%s", label, text);
}

/* Adds the time axis: a line below the ticks of this session, blank before them. */
static void put_axis(const struct gm_model *m, const struct heat *h, struct gm_frame *f)
{
	char line[GM_HISTORY + 1], past[32], ns[8];
	unsigned int before = h->cells - h->seen;
	size_t len;

	memset(line, '-', h->seen);
	line[h->seen] = '\0';
	gm_frame_add(f, GM_ATTR_NORMAL, "%7s +%*s%s", "", (int)before, "", line);
	if (m->meta.interval_ns && m->meta.interval_ns < UINT64_MAX / GM_HISTORY)
		snprintf(past, sizeof(past), "-%s", gm_fmt_ns(ns, sizeof(ns), h->seen * m->meta.interval_ns));
	else
		snprintf(past, sizeof(past), "-%u samples", h->seen);
	len = strlen(past);
	if (h->seen < len + 4) /* no room for both */
		gm_frame_add(f, GM_ATTR_NORMAL, "%9s%*s", "", (int)h->cells, "now");
	else
		gm_frame_add(f, GM_ATTR_NORMAL, "%9s%*s%s%*s", "", (int)before, "", past, (int)(h->seen - len), "now");
}

static void put_scale(const struct gm_top *t, const struct heat *h, struct gm_frame *f)
{
	char most[8];

	gm_fmt_count(most, sizeof(most), h->most);
	if (h->most == 1)
		gm_frame_add(f, GM_ATTR_DIM, "%9s%s 1 in a cell", "", shade(1, 1, t->ascii));
	else
		gm_frame_add(f, GM_ATTR_DIM, "%9s%s 1 .. %s %s%s in a cell, log scale", "", shade(1, h->most, t->ascii),
			     shade(h->most, h->most, t->ascii), most, h->most == UINT16_MAX ? " or more" : "");
}

/* Return the number of octaves without a count between this octave and the next lower one with a count. */
static unsigned int gap_below(const struct heat *h, unsigned int octave)
{
	unsigned int n = 0;

	while (octave - n > h->first && !(h->counted >> (octave - n - 1) & 1))
		n++;
	return n;
}

void gm_top_heat(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc, unsigned int phase,
		 struct gm_page *p)
{
	struct heat h;

	gather_cells(m, mc->heat[phase], p->width, &h);
	if (h.first > h.last) {
		gm_frame_add(&p->body, GM_ATTR_DIM, "  none in the last %u samples", h.seen);
		return;
	}
	for (unsigned int o = h.last + 1; o-- > h.first;) {
		unsigned int gap = gap_below(&h, o);

		put_octave(t, &h, o, &p->body);
		if (gap > 1) {
			gm_frame_add(&p->body, GM_ATTR_DIM, "%7s :", "...");
			o -= gap;
		}
	}
	put_axis(m, &h, &p->body);
	put_scale(t, &h, &p->body);
}
