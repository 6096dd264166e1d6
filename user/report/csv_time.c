// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* csv_time.c - a record's time as cells. */
#include "report/csv_time.h"

#include <inttypes.h>
#include <time.h>

void gm_csv_time(struct gm_str *out, const struct gm_model *m, uint64_t ns)
{
	uint64_t real = m->meta.real_ns + (ns - m->meta.h.ts_ns);
	time_t sec = (time_t)(real / 1000000000ull);
	char text[32];
	struct tm tm;

	if (m->meta.real_ns && gmtime_r(&sec, &tm) && strftime(text, sizeof(text), "%FT%T", &tm))
		gm_str_printf(out, "%s.%09" PRIu64 "Z", text, (uint64_t)(real % 1000000000ull));
	gm_str_printf(out, ",%" PRIu64, ns);
}
