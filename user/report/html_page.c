// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* html_page.c - puts a page together from its parts (user/report/html/) and its data. */
#include "report/html_page.h"

#include <string.h>

#include "base/base64.h"
#include "base/hmac.h"
#include "html_parts.h"
#include "report/text.h"
#include "version.h"

#define ANY_WIDTH 100000

static const struct {
	const char *title, *script;
} pages[] = {
	[GM_PAGE_REBOOTS] = { "What reboots cost", gm_html_reboot_js },
	[GM_PAGE_HISTOGRAMS] = { "Where the time of guest memory goes", gm_html_hist_js },
	[GM_PAGE_DIFF] = { "Two recordings compared", gm_html_hist_js },
	[GM_PAGE_REBOOT_DIFF] = { "Reboots of two recordings compared", gm_html_compare_js },
};

/*
 * What the page's own script and style show for the browser to obey them. It hangs on all of the data: a name in the
 * data that contained it would change it.
 */
static void put_nonce(struct gm_str *out, const struct gm_str *data)
{
	unsigned char mac[32];

	gm_hmac("page", 4, data->s, data->len, mac);
	gm_base64(out, mac, sizeof(mac));
}

/* JSON has "<" in strings only. Without it there is no "</script" and no "<!--". */
static void put_data(struct gm_str *out, const struct gm_str *data)
{
	const char *s = data->s, *end = data->s + data->len;

	while (s < end) {
		const char *less = memchr(s, '<', (size_t)(end - s));

		gm_str_add(out, s, (size_t)((less ? less : end) - s));
		if (less)
			gm_str_puts(out, "\\u003c");
		s = less ? less + 1 : end;
	}
}

static void put_script(struct gm_str *out, const char *nonce, const char *text)
{
	gm_str_printf(out, "<script nonce=\"%s\">\n", nonce);
	gm_str_puts(out, text);
	gm_str_puts(out, "</script>\n");
}

void gm_html_page(struct gm_str *out, enum gm_page page, const struct gm_str *data)
{
	struct gm_str nonce = { 0 };

	if (data->err || !data->s) {
		out->err = out->err ? out->err : data->err;
		return;
	}
	put_nonce(&nonce, data);
	if (nonce.err) {
		out->err = nonce.err;
		return;
	}
	gm_str_printf(out,
		      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		      "script-src 'nonce-%s'; style-src 'nonce-%s'; base-uri 'none'; form-action 'none'\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n<style nonce=\"%s\">\n",
		      nonce.s, nonce.s, pages[page].title, nonce.s);
	gm_str_puts(out, gm_html_page_css);
	gm_str_printf(out, "</style>\n</head>\n<body>\n<main id=\"main\">\n<h1>%s</h1>\n", pages[page].title);
	gm_str_puts(out, "<noscript><p>This page needs its script to draw the data, and scripts are off. The "
			 "numbers are in the element \"data\" of this file.</p></noscript>\n</main>\n<script "
			 "type=\"application/json\" id=\"data\">");
	put_data(out, data);
	gm_str_puts(out, "</script>\n");
	put_script(out, nonce.s, gm_html_common_js);
	put_script(out, nonce.s, gm_html_charts_js);
	put_script(out, nonce.s, pages[page].script);
	gm_str_puts(out, "</body>\n</html>\n");
	gm_str_release(&nonce);
}

static void put_text(struct gm_json *j, const char *key, const struct gm_str *text)
{
	j->out->err = j->out->err ? j->out->err : text->err;
	gm_json_strn(j, key, text->s ? text->s : "", text->len);
}

void gm_html_begin(struct gm_json *j, struct gm_str *data, const char *tool, const struct gm_model *m, uint32_t phases)
{
	const struct gm_caveats how = { .phases = phases, .reasons = true, .width = ANY_WIDTH };
	struct gm_str text = { 0 };

	gm_json_init(j, data);
	gm_json_obj(j, NULL);
	gm_json_str(j, "type", "page");
	gm_json_str(j, "tool", tool);
	gm_json_str(j, "version", GM_VERSION);
	gm_json_u64(j, "first_ns", m->first_ns);
	if (m->meta.real_ns)
		gm_json_u64(j, "first_real_ns", m->meta.real_ns + (m->first_ns - m->meta.h.ts_ns));
	gm_text_partial(&text, m, phases, ANY_WIDTH);
	put_text(j, "partial", &text);
	gm_str_clear(&text);
	gm_text_caveats_as(&text, m, &how);
	put_text(j, "caveats", &text);
	gm_str_release(&text);
}

void gm_html_add_lines(struct gm_str *data, const struct gm_str *lines)
{
	const char *s = lines->s, *end = lines->s + lines->len;

	data->err = data->err ? data->err : lines->err;
	while (s < end) {
		const char *newline = memchr(s, '\n', (size_t)(end - s));
		size_t len = newline ? (size_t)(newline - s) : (size_t)(end - s);

		if (len) {
			gm_str_puts(data, ",\n");
			gm_str_add(data, s, len);
		}
		s += len + (newline != NULL);
	}
}
