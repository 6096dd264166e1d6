/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * html_page.h - one self-contained web page: style, data and the script that draws the data. It loads nothing, and a
 * browser keeps it from doing so (Content-Security-Policy).
 *
 * Machine names, command names and reasons in the data are untrusted input. They are in the page once, as JSON in which
 * no "<" is left, and the script puts them into the document as text only.
 */
#ifndef GM_REPORT_HTML_PAGE_H
#define GM_REPORT_HTML_PAGE_H

#include "base/str.h"
#include "model/model.h"
#include "base/json.h"

enum gm_page { GM_PAGE_REBOOTS, GM_PAGE_HISTOGRAMS, GM_PAGE_DIFF, GM_PAGE_REBOOT_DIFF };

/* Appends the page. data: an array of JSON objects, the first of them from gm_html_begin(). */
void gm_html_page(struct gm_str *out, enum gm_page page, const struct gm_str *data);
/*
 * Opens the first object of a page's data: {"type":"page", the tool, its version, when the observation began, and what
 * it does not show of these phases. The caller adds fields and closes it by gm_json_end_obj().
 */
void gm_html_begin(struct gm_json *j, struct gm_str *data, const char *tool, const struct gm_model *m, uint32_t phases);
/* Appends JSON lines to a page's data, each behind a comma. */
void gm_html_add_lines(struct gm_str *data, const struct gm_str *lines);

#endif
