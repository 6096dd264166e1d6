// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* exposition.c - parts that all exposition formats share: negotiation of the format, and numbers. */
#include "exporter/metrics_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct { const char *name, *type; } formats[GM_FORMAT_NR] = {
	[GM_FORMAT_TEXT] = { "text", "text/plain; version=0.0.4; charset=utf-8" },
	[GM_FORMAT_OPENMETRICS] = { "openmetrics", "application/openmetrics-text; version=1.0.0; charset=utf-8" },
	[GM_FORMAT_PROTOBUF] = { "protobuf",
		"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited" },
	[GM_FORMAT_OTLP] = { "otlp", "application/x-protobuf" },
};

const char *gm_format_type(enum gm_format f)
{
	return formats[f].type;
}

const char *gm_format_name(unsigned int f)
{
	return f < GM_FORMAT_NR ? formats[f].name : NULL;
}

/* ---- Accept ---- */

#define WORD_MAX 80	/* the longest known word has 34 characters */

struct range {
	char type[WORD_MAX], version[16], proto[WORD_MAX], encoding[16];
	double q;
};

/* Copies a word or a quoted string, up to one of the ends, to dst. Return the text behind it. */
static const char *copy_word(const char *s, char *dst, size_t size, const char *ends)
{
	size_t n = 0;
	bool quoted = *s == '"';

	s += quoted;
	while (*s && (quoted ? *s != '"' : !strchr(ends, *s))) {
		if (n + 1 < size)
			dst[n++] = *s;
		s++;
	}
	while (n && (dst[n - 1] == ' ' || dst[n - 1] == '\t'))
		n--;
	dst[n] = '\0';
	return s + (quoted && *s == '"');
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/*
 * Parses a quality value: 0 to 1 with at most three digits (RFC 9110 12.4.2). Return 0, not acceptable, for anything
 * else.
 */
static double parse_quality(const char *s)
{
	char *end;
	double q;

	if (strspn(s, "0123456789.") != strlen(s))
		return 0;
	q = strtod(s, &end);
	return end != s && !*end && q >= 0 && q <= 1 ? q : 0;
}

/* Parses one "type;name=value;..." of a list. Return the text behind it. */
static const char *parse_range(const char *s, struct range *r)
{
	char name[16], value[WORD_MAX];

	memset(r, 0, sizeof(*r));
	r->q = 1;
	s = copy_word(skip_blanks(s), r->type, sizeof(r->type), ";,");
	while (*s == ';') {
		s = copy_word(skip_blanks(s + 1), name, sizeof(name), "=;,");
		value[0] = '\0';
		if (*s == '=')
			s = skip_blanks(copy_word(skip_blanks(s + 1), value, sizeof(value), ";,"));
		if (!strcasecmp(name, "q"))
			r->q = parse_quality(value);
		else if (!strcasecmp(name, "version"))
			snprintf(r->version, sizeof(r->version), "%.15s", value);
		else if (!strcasecmp(name, "proto"))
			snprintf(r->proto, sizeof(r->proto), "%s", value);
		else if (!strcasecmp(name, "encoding"))
			snprintf(r->encoding, sizeof(r->encoding), "%.15s", value);
	}
	s += strcspn(s, ",");
	return *s ? s + 1 : s;
}

static bool is_version(const struct range *r, const char *a, const char *b)
{
	return !r->version[0] || !strcmp(r->version, a) || !strcmp(r->version, b);
}

/*
 * Return the format that matches, or GM_FORMAT_NR. Text 1.0.0 is the same as 0.0.4 where names need no quotes, as here.
 */
static enum gm_format match_format(const struct range *r)
{
	if (!strcasecmp(r->type, "application/vnd.google.protobuf"))
		return !strcmp(r->proto, "io.prometheus.client.MetricFamily") &&
				       (!r->encoding[0] || !strcmp(r->encoding, "delimited"))
			       ? GM_FORMAT_PROTOBUF
			       : GM_FORMAT_NR;
	if (!strcasecmp(r->type, "application/openmetrics-text"))
		return is_version(r, "1.0.0", "0.0.1") ? GM_FORMAT_OPENMETRICS : GM_FORMAT_NR;
	if (!strcasecmp(r->type, "text/plain") || !strcmp(r->type, "text/*") || !strcmp(r->type, "*/*"))
		return is_version(r, "0.0.4", "1.0.0") ? GM_FORMAT_TEXT : GM_FORMAT_NR;
	return GM_FORMAT_NR;
}

enum gm_format gm_format_negotiate(const char *accept)
{
	enum gm_format best = GM_FORMAT_TEXT, f;
	double best_q = 0;
	struct range r;

	while (accept && *accept) {
		accept = parse_range(accept, &r);
		f = match_format(&r);
		if (f != GM_FORMAT_NR && r.q > best_q) {
			best = f;
			best_q = r.q;
		}
	}
	return best;
}

bool gm_accepts_gzip(const char *s)
{
	struct range r;
	bool any = false;

	while (s && *s) {
		s = parse_range(s, &r);
		if (!strcasecmp(r.type, "gzip") || !strcasecmp(r.type, "x-gzip"))
			return r.q > 0;
		any |= !strcmp(r.type, "*") && r.q > 0;
	}
	return any;
}

/* ---- numbers ---- */

char *gm_fmt_double(char *buf, size_t size, double v)
{
	if (isnan(v))
		snprintf(buf, size, "NaN");
	else if (isinf(v))
		snprintf(buf, size, v > 0 ? "+Inf" : "-Inf");
	else if (v == floor(v) && fabs(v) < 9007199254740992.0) /* below 2^53 each integer is exact */
		snprintf(buf, size, "%lld", (long long)v);
	else
		for (int digits = 15; digits <= 17; digits++) {
			snprintf(buf, size, "%.*g", digits, v);
			if (strtod(buf, NULL) == v)
				break;
		}
	return buf;
}

bool gm_is_classic_bound(const struct gm_encoder *e, const struct gm_family *f, unsigned int slot)
{
	int octave = GM_HIST_PROM_OF_SLOT((int)slot) / GM_HIST_PER_OCTAVE;

	if (e->stride)
		return slot % e->stride == 0;
	if (slot % GM_HIST_PER_OCTAVE || octave % 2)
		return false;
	return f->is_long ? octave >= -10 && octave <= 12 : octave >= -20 && octave <= 4;
}

double gm_bound_seconds(unsigned int slot)
{
	return exp2((double)GM_HIST_PROM_OF_SLOT((int)slot) / GM_HIST_PER_OCTAVE);
}
