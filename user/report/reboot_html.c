// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_html.c - collects the lines that gmemreboot --json prints at the same ticks, so that page and JSON have the
 * same numbers, and keeps the page short.
 */
#include "report/reboot_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/hist_report.h"
#include "report/html_page.h"
#include "report/reboot_report_int.h"

#define SCOPES_MAX	24	/* machines with histograms of their own; of more, those of the host */
#define EPISODE		"{\"type\":\"episode\""

void gm_rbhtml_release(struct gm_rbhtml *h)
{
	gm_reboot_report_release(&h->report);
	for (size_t i = 0; i < h->lines.nr; i++)
		free(h->lines.at[i]);
	gm_vec_release(&h->lines);
	gm_str_release(&h->fresh);
}

/* ---- lines ---- */

static bool is_episode(const char *line)
{
	return !strncmp(line, EPISODE, strlen(EPISODE));
}

/* The oldest episodes go: while the session lasts all lines are of episodes. */
static void drop_oldest(struct gm_rbhtml *h, size_t keep)
{
	size_t drop = h->lines.nr > keep ? h->lines.nr - keep : 0;

	for (size_t i = 0; i < drop; i++)
		free(h->lines.at[i]);
	if (drop)
		memmove(h->lines.at, h->lines.at + drop, keep * sizeof(*h->lines.at));
	h->lines.nr -= drop;
	h->left_out += drop;
}

static int keep_lines(struct gm_rbhtml *h)
{
	const char *s = h->fresh.s, *end = h->fresh.s + h->fresh.len;

	if (h->fresh.err)
		return h->fresh.err;
	while (s < end) {
		size_t len = strcspn(s, "\n");
		char *line = strndup(s, len);

		if (!line || gm_vec_push(&h->lines, line)) {
			free(line);
			return -ENOMEM;
		}
		if (is_episode(line))
			drop_oldest(h, GM_RBHTML_EPISODES);
		s += len + 1;
	}
	gm_str_clear(&h->fresh);
	return 0;
}

/* ---- a shorter page ---- */

/* A key's value: the first one of that name, which is the episode's own. In strings a quote is escaped. */
static uint64_t number(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static uint64_t wall_of(const char *line)
{
	uint64_t wall = number(line, "\"wall_ns\":");

	return wall ? wall : number(line, "\"wall_max_ns\":");
}

static int by_wall(const void *a, const void *b)
{
	uint64_t x = wall_of(*(char *const *)a), y = wall_of(*(char *const *)b);

	return x < y ? -1 : x > y;
}

/* Puts null in place of tasks and calls. The bytes saved. */
static size_t strip_calls(char *line)
{
	static const char no_calls[] = "null,\"critical_path\":null,";
	char *tasks = strstr(line, "\"tasks\":["), *rest = strstr(line, "\"critical_path_left_out_ns\":");
	size_t len = strlen(line);

	if (!tasks || !rest)
		return 0;
	tasks += strlen("\"tasks\":");
	if (rest < tasks + sizeof(no_calls))
		return 0;
	memcpy(tasks, no_calls, sizeof(no_calls) - 1);
	memmove(tasks + sizeof(no_calls) - 1, rest, strlen(rest) + 1);
	return len - strlen(line);
}

/* The fastest reboots lose their calls until the rest fits: how many did, in *stripped. */
static int shorten(struct gm_rbhtml *h, uint64_t *stripped)
{
	char **sorted = calloc(h->lines.nr + 1, sizeof(*sorted));
	size_t bytes = 0, nr = 0;

	*stripped = 0;
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < h->lines.nr; i++) {
		if (!is_episode(h->lines.at[i]))
			continue;
		sorted[nr++] = h->lines.at[i];
		bytes += strlen(h->lines.at[i]);
	}
	qsort(sorted, nr, sizeof(*sorted), by_wall);
	for (size_t i = 0; i < nr && bytes > GM_RBHTML_BYTES; i++) {
		bytes -= strip_calls(sorted[i]);
		++*stripped;
	}
	free(sorted);
	return 0;
}

/* ---- the page ---- */

static int put_histograms(struct gm_str *data, const struct gm_model *m, const char *want, enum gm_by by)
{
	const struct gm_histshow show = { .phases = GM_ALL_PHASES };
	struct gm_picture picture = { 0 };
	struct gm_histview *view;
	struct gm_str lines = { 0 };
	int err = gm_histview_new(&view, by, want);

	if (!err)
		err = gm_histview_totals(view, m, &picture);
	if (!err && by == GM_BY_MACHINE && picture.nr > SCOPES_MAX) {
		err = put_histograms(data, m, want, GM_BY_HOST);
	} else if (!err) {
		gm_hist_json(&lines, m, &picture, &show);
		gm_html_add_lines(data, &lines);
	}
	gm_str_release(&lines);
	gm_picture_release(&picture);
	gm_histview_free(view);
	return err;
}

/* Why there is no reboot, as the text says it. */
static void put_none(struct gm_json *j, const struct gm_model *m)
{
	struct gm_str why = { 0 };

	gm_reboot_list(&why, m, NULL, 0);
	j->out->err = j->out->err ? j->out->err : why.err;
	gm_json_strn(j, "none", why.s ? why.s : "", why.len);
	gm_str_release(&why);
}

static int put_page(struct gm_rbhtml *h, const struct gm_model *m, struct gm_str *out)
{
	struct gm_str data = { 0 };
	uint64_t stripped;
	struct gm_json j;
	int err = shorten(h, &stripped);

	if (err)
		return err;
	gm_str_puts(&data, "[");
	gm_html_begin(&j, &data, "gmemreboot", m, GM_REBOOT_OLD_PHASES | GM_REBOOT_NEW_PHASES);
	put_none(&j, m);
	gm_json_u64(&j, "episodes_left_out", h->left_out);
	gm_json_u64(&j, "calls_left_out", stripped);
	gm_json_end_obj(&j);
	for (size_t i = 0; i < h->lines.nr; i++) {
		gm_str_puts(&data, ",\n");
		gm_str_puts(&data, h->lines.at[i]);
	}
	err = put_histograms(&data, m, h->report.want, GM_BY_MACHINE);
	gm_str_puts(&data, "]");
	if (!err)
		gm_html_page(out, GM_PAGE_REBOOTS, &data);
	err = err ? err : data.err ? data.err : out->err;
	gm_str_release(&data);
	return err;
}

int gm_rbhtml_tick(struct gm_rbhtml *h, const struct gm_model *m, bool last, struct gm_str *out)
{
	int err;

	h->report.json = true;
	err = gm_reboot_report_tick(&h->report, m, last, &h->fresh, NULL);
	if (!err)
		err = keep_lines(h);
	return err || !last ? err : put_page(h, m, out);
}
