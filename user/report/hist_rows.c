// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_rows.c - pictures as JSON lines and CSV. */
#include "base/csv.h"
#include "report/hist_report.h"
#include "model/observe.h"
#include "report/json_lines_int.h"
#include "report/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const by_names[] = { [GM_BY_MACHINE] = "machine", [GM_BY_VM] = "vm", [GM_BY_HOST] = "host" };

const char *gm_by_name(unsigned int by)
{
	return by < GM_ARRAY_SIZE(by_names) ? by_names[by] : NULL;
}

/* ---- JSON ---- */

static void json_scope(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		       const struct gm_scope *s, uint32_t phases)
{
	const struct gm_line_of of = {
		.has_vm = s->by == GM_BY_VM,
		.vm = s->vm,
		.machine = s->by == GM_BY_HOST ? NULL : s->machine,
		.interval_ns = p->total		? 0
			       : p->interval_ns ? p->interval_ns
						: 1,
	};

	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		if (phases >> i & 1 && s->phase[i] && gm_hist_total(s->phase[i]))
			gm_line_phase(out, m, i, s->phase[i], &s->split, &of);
}

void gm_hist_json(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		  const struct gm_histshow *show)
{
	for (size_t i = 0; i < p->nr; i++)
		json_scope(out, m, p, &p->at[i], show->phases);
	if (!p->total) {
		gm_json_tick(out, m);
		return;
	}
	for (unsigned int i = 0; i < GM_PHASE_NR; i++) {
		const char *na = show->phases >> i & 1 ? gm_phase_no_data_why(m, i) : NULL;

		if (na)
			gm_line_phase_na(out, i, na);
	}
}

/* ---- CSV ---- */

void gm_hist_csv_head(struct gm_str *out)
{
	gm_str_puts(out,
		    "ts_ns,interval_ns,scope,vm,machine,phase,count,sum_ns,min_ns,mean_ns,p50_ns,p90_ns,p99_ns,p999_ns,"
		    "max_ns,na,partial,timed\n");
}

/* Write the cells na and partial. */
static void csv_sight(struct gm_str *out, struct gm_sight s)
{
	gm_csv_text(out, s.seen == GM_SEEN_NONE ? s.why : "");
	gm_str_puts(out, ",");
	gm_csv_text(out, s.seen == GM_SEEN_PART ? s.why : "");
}

static void csv_lead(struct gm_str *out, const struct gm_picture *p, const struct gm_scope *s)
{
	gm_str_printf(out, "%" PRIu64 ",%" PRIu64 ",%s,", p->ts_ns, p->interval_ns, by_names[s ? s->by : GM_BY_HOST]);
	if (s && s->by == GM_BY_VM)
		gm_str_printf(out, "%u", s->vm);
	gm_str_puts(out, ",");
	gm_csv_text(out, s ? s->machine : "");
}

static void csv_row(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p, const struct gm_scope *s,
		    unsigned int phase)
{
	const struct gm_hist *h = s->phase[phase];
	const uint64_t v[] = {
		h->sum_ns,
		h->min_ns,
		h->count ? h->sum_ns / h->count : 0,
		gm_hist_quantile(h, 0.5),
		gm_hist_quantile(h, 0.9),
		gm_hist_quantile(h, 0.99),
		gm_hist_quantile(h, 0.999),
		h->max_ns,
	};

	csv_lead(out, p, s);
	gm_str_printf(out, ",%s,%" PRIu64, gm_phase_name(phase), gm_hist_total(h));
	for (size_t i = 0; i < GM_ARRAY_SIZE(v); i++) {
		gm_str_puts(out, ",");
		if (h->count)
			gm_str_printf(out, "%" PRIu64, v[i]);
	}
	gm_str_puts(out, ",");
	csv_sight(out, gm_model_sight(m, phase));
	gm_str_printf(out, ",%" PRIu64 "\n", h->count);
}

void gm_hist_csv(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		 const struct gm_histshow *show)
{
	for (size_t i = 0; i < p->nr; i++)
		for (unsigned int k = 0; k < GM_PHASE_NR; k++)
			if (show->phases >> k & 1 && p->at[i].phase[k] && gm_hist_total(p->at[i].phase[k]))
				csv_row(out, m, p, &p->at[i], k);
	for (unsigned int k = 0; k < GM_PHASE_NR; k++) {
		struct gm_sight s = gm_model_sight(m, k);

		if (s.seen != GM_SEEN_NONE || !(show->phases >> k & 1))
			continue;
		csv_lead(out, p, NULL);
		gm_str_printf(out, ",%s,,,,,,,,,,", gm_phase_name(k));
		csv_sight(out, s);
		gm_str_puts(out, ",\n");
	}
}
