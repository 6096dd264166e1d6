// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_report.c - decides which picture is due at a tick, and writes it in all formats. */
#include "report/hist_hdr.h"
#include "report/hist_report.h"
#include "report/json_lines.h"
#include "report/text.h"

int gm_histreport_open(struct gm_histreport *r, const char *want)
{
	return gm_histview_new(&r->view, r->by, want);
}

void gm_histreport_close(struct gm_histreport *r)
{
	gm_histview_free(r->view);
	r->view = NULL;
}

/* Return the ticks of an interval: one live, several for a recording whose ticks are closer together. */
static uint64_t ticks_per_interval(const struct gm_histreport *r, const struct gm_model *m)
{
	uint64_t every = m->meta.interval_ns;

	return every && r->interval_ns > every ? r->interval_ns / every + (r->interval_ns % every >= every / 2) : 1;
}

static void put_heads(struct gm_histreport *r, const struct gm_model *m, struct gm_str *out, struct gm_str *log)
{
	if (r->begun)
		return;
	r->begun = true;
	if (r->hdr)
		gm_hdr_head(log, m);
	if (r->csv && !r->quiet)
		gm_hist_csv_head(out);
	if (!r->csv && !r->json && !r->quiet)
		gm_text_partial(out, m, r->show.phases, r->show.width);
}

static void put_picture(struct gm_histreport *r, const struct gm_model *m, const struct gm_picture *p,
			struct gm_str *out, struct gm_str *log)
{
	bool rows = !p->total || !r->intervals;

	put_heads(r, m, out, log);
	if (r->hdr && rows)
		gm_hdr_rows(log, m, p, r->show.phases);
	if (r->quiet)
		return;
	if (r->json)
		gm_hist_json(out, m, p, &r->show);
	else if (!r->csv)
		gm_hist_text(out, m, p, &r->show);
	else if (rows)
		gm_hist_csv(out, m, p, &r->show);
}

static int put_interval(struct gm_histreport *r, const struct gm_model *m, struct gm_str *out, struct gm_str *log)
{
	struct gm_picture p;
	int err = gm_histview_gains(r->view, m, &p);

	if (err)
		return err;
	put_picture(r, m, &p, out, log);
	gm_picture_release(&p);
	r->shown = m->ticks;
	r->reports++;
	return 0;
}

static int put_total(struct gm_histreport *r, const struct gm_model *m, struct gm_str *out, struct gm_str *log)
{
	struct gm_picture p;
	int err = gm_histview_totals(r->view, m, &p);

	if (err)
		return err;
	put_picture(r, m, &p, out, log);
	gm_picture_release(&p);
	if (r->hdr)
		gm_hdr_tail(log, m, r->show.phases);
	if (r->json && !r->quiet) {
		gm_json_probes(out, m);
		gm_json_losses(out, m);
		gm_json_summary(out, m);
	}
	return 1;
}

int gm_histreport_tick(struct gm_histreport *r, const struct gm_model *m, bool last, struct gm_str *out,
		       struct gm_str *log)
{
	bool due = ++r->ticks % ticks_per_interval(r, m) == 0 || last;
	int err = 0;

	/* If the session ends without a new tick there is nothing new to show. */
	if (r->intervals && due && m->ticks > r->shown)
		err = put_interval(r, m, out, log);
	if (err || !(last || (r->count && r->reports >= r->count)))
		return err;
	return put_total(r, m, out, log);
}
