// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* metrics_add.c - passes one sample of a family, with its labels, to the encoder. */
#include "exporter/metrics_int.h"

#include <stdarg.h>

/* ---- samples ---- */

static void begin_family(struct gm_collect *c, const struct gm_family *f)
{
	if (c->f == f)
		return;
	c->f = f;
	c->enc->ops->family(c->enc, f);
}

static unsigned int read_labels(struct gm_label *l, va_list ap)
{
	unsigned int nr = 0;
	const char *name;

	while ((name = va_arg(ap, const char *))) {
		const char *value = va_arg(ap, const char *);

		if (value && *value && nr < GM_LABELS_MAX)
			l[nr++] = (struct gm_label){ name, value };
	}
	return nr;
}

void gm_metric_add(struct gm_collect *c, const struct gm_family *f, double v, ...)
{
	struct gm_label l[GM_LABELS_MAX];
	unsigned int nr;
	va_list ap;

	va_start(ap, v);
	nr = read_labels(l, ap);
	va_end(ap);
	begin_family(c, f);
	c->enc->created_ns = c->created_ns;
	c->enc->ops->number(c->enc, f, l, nr, v);
}

void gm_metric_add_hist(struct gm_collect *c, const struct gm_family *f, const struct gm_hist *h, ...)
{
	struct gm_label l[GM_LABELS_MAX];
	unsigned int nr;
	va_list ap;

	va_start(ap, h);
	nr = read_labels(l, ap);
	va_end(ap);
	begin_family(c, f);
	c->enc->created_ns = c->created_ns;
	c->enc->ops->hist(c->enc, f, l, nr, h);
}

uint64_t gm_realtime_of(const struct gm_model *m, uint64_t ts_ns)
{
	return m->meta.real_ns ? m->meta.real_ns + ts_ns - m->meta.h.ts_ns : 0;
}
