// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* export.c - the table of formats, and JSON lines as a format. */
#include "report/export_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/json_lines.h"
#include "report/reboot_report.h"

static int json_event(void *state, const struct gm_model *m, const union gm_any *rec, struct gm_str *out)
{
	(void)state;
	gm_json_event(out, m, rec);
	return out->err;
}

static void json_episodes(const struct gm_model *m, struct gm_str *out)
{
	const struct gm_vec *all = gm_model_episodes(m);

	for (size_t i = 0; all && i < all->nr; i++) {
		struct gm_reboot_facts facts;

		gm_reboot_facts(m, all->at[i], &facts);
		gm_reboot_json(out, m, &facts);
	}
}

static int json_tick(void *state, const struct gm_model *m, bool last, struct gm_str *out)
{
	(void)state;
	gm_json_vms(out, m, NULL);
	gm_json_inodes(out, m, NULL);
	gm_json_tick(out, m);
	if (!last)
		return out->err;
	gm_json_phases(out, m, NULL);
	json_episodes(m, out);
	gm_json_probes(out, m);
	gm_json_losses(out, m);
	gm_json_summary(out, m);
	return out->err;
}

static const struct gm_export_format gm_export_json = { "json", true, 1, json_event, json_tick, NULL };
static const struct gm_export_format *const formats[] = { &gm_export_json, &gm_export_csv, &gm_export_perfetto };

struct gm_export {
	const struct gm_export_format *format;
	void *state;
};

int gm_export_open(struct gm_export **out, const char *format)
{
	const struct gm_export_format *f = NULL;
	struct gm_export *e;

	for (size_t i = 0; i < GM_ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i]->name, format))
			f = formats[i];
	if (!f)
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (e)
		e->state = calloc(1, f->size);
	if (!e || !e->state) {
		free(e);
		return -ENOMEM;
	}
	e->format = f;
	*out = e;
	return 0;
}

const char *gm_export_format(unsigned int i)
{
	return i < GM_ARRAY_SIZE(formats) ? formats[i]->name : NULL;
}

bool gm_export_needs_reboots(const struct gm_export *e)
{
	return e->format->reboots;
}

int gm_export_event(struct gm_export *e, const struct gm_model *m, const union gm_any *rec, struct gm_str *out)
{
	return e->format->event(e->state, m, rec, out);
}

int gm_export_tick(struct gm_export *e, const struct gm_model *m, bool last, struct gm_str *out)
{
	return e->format->tick(e->state, m, last, out);
}

void gm_export_close(struct gm_export *e)
{
	if (!e)
		return;
	if (e->format->release)
		e->format->release(e->state);
	free(e->state);
	free(e);
}
