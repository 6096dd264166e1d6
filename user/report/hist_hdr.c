// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hist_hdr.c - HdrHistogram's log. The published encoding: counts of buckets that are linear within powers of two, as
 * ZigZag LEB128 numbers, runs of zeros as one negative number, after a header in network byte order; all of that
 * compressed, after another header. Two significant digits: 128 linear buckets in the upper half of each power of two.
 */
#include "base/base64.h"
#include "report/hist_hdr.h"
#include "report/frame.h"
#include "report/text.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define COOKIE_V2		(0x1c849303u | 0x10)
#define COOKIE_V2_COMPRESSED	(0x1c849304u | 0x10)
#define ANY_WIDTH		100000			/* columns: a reason is one line */
#define DIGITS			2
#define HALF_BITS		7			/* 2^7 >= 10^DIGITS linear buckets in half a power of two */
#define HALF			(1u << HALF_BITS)
#define HIGHEST_NS		86400000000000ull	/* a day; longer times count as a day */
#define COUNTS			((64 - HALF_BITS) << HALF_BITS)

struct be_head {
	uint32_t cookie, payload_len, offset, digits;
	uint64_t lowest, highest;
	uint64_t ratio;			/* bits of a double */
} __attribute__((packed));

/* Return the bucket of a value. */
static unsigned int index_of(uint64_t v)
{
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(v | (2 * HALF - 1));
	unsigned int octave = bits - (HALF_BITS + 1);

	return (octave << HALF_BITS) + (unsigned int)(v >> octave);
}

/* Write a number as ZigZag, seven bits a byte, low ones first; the ninth byte has eight. */
static void put_number(struct gm_str *out, int64_t n)
{
	uint64_t v = ((uint64_t)n << 1) ^ (uint64_t)(n >> 63);
	char byte;

	for (int i = 0; i < 8 && v >= 0x80; i++) {
		byte = (char)(v | 0x80);
		gm_str_add(out, &byte, 1);
		v >>= 7;
	}
	byte = (char)v;
	gm_str_add(out, &byte, 1);
}

static void put_counts(struct gm_str *out, const uint64_t *count, unsigned int nr)
{
	for (unsigned int i = 0; i < nr;) {
		unsigned int zeros = 0;

		while (i + zeros < nr && !count[i + zeros])
			zeros++;
		if (zeros > 1)
			put_number(out, -(int64_t)zeros);
		else
			put_number(out, (int64_t)count[i]);
		i += zeros ? zeros : 1;
	}
}

static void put_payload(struct gm_str *out, const struct gm_hist *h, uint64_t *count)
{
	struct be_head head = {
		.cookie = htobe32(COOKIE_V2),
		.digits = htobe32(DIGITS),
		.lowest = htobe64(1),
		.highest = htobe64(HIGHEST_NS),
		.ratio = htobe64(0x3ff0000000000000ull), /* 1.0: a unit is a nanosecond */
	};
	unsigned int used = 0;

	for (unsigned int s = 0; s < GM_HIST_SLOTS; s++) {
		uint64_t v = gm_hist_value_ns(h, s);
		unsigned int i;

		if (!h->slot[s])
			continue;
		i = index_of(v < HIGHEST_NS ? v : HIGHEST_NS);
		count[i] += h->slot[s];
		used = i >= used ? i + 1 : used;
	}
	gm_str_add(out, (const char *)&head, sizeof(head));
	put_counts(out, count, used);
	if (out->err)
		return;
	head.payload_len = htobe32((uint32_t)(out->len - sizeof(head)));
	memcpy(out->s, &head, sizeof(head));
}

static int deflate_into(struct gm_str *out, const struct gm_str *payload)
{
	uLongf len = compressBound(payload->len);
	unsigned char *z = malloc(2 * sizeof(uint32_t) + len);
	uint32_t head[2];

	if (!z)
		return -ENOMEM;
	if (compress2(z + sizeof(head), &len, (const Bytef *)payload->s, payload->len, Z_DEFAULT_COMPRESSION) != Z_OK) {
		free(z);
		return -ENOMEM;
	}
	head[0] = htobe32(COOKIE_V2_COMPRESSED);
	head[1] = htobe32((uint32_t)len);
	memcpy(z, head, sizeof(head));
	gm_base64(out, z, sizeof(head) + len);
	free(z);
	return 0;
}

void gm_hdr_encode(struct gm_str *out, const struct gm_hist *h)
{
	uint64_t *count = calloc(COUNTS, sizeof(*count));
	struct gm_str payload = { 0 };
	int err = -ENOMEM;

	if (count) {
		put_payload(&payload, h, count);
		err = payload.err ? payload.err : deflate_into(out, &payload);
	}
	if (err && !out->err)
		out->err = err;
	gm_str_release(&payload);
	free(count);
}

/* ---- the log ---- */

/* Return the base time: the session's begin, in time of day if that was recorded, else since boot. */
static double base_sec(const struct gm_model *m)
{
	uint64_t since_meta = m->first_ns > m->meta.h.ts_ns ? m->first_ns - m->meta.h.ts_ns : 0;

	return (double)(m->meta.real_ns ? m->meta.real_ns + since_meta : m->first_ns) / 1e9;
}

void gm_hdr_head(struct gm_str *out, const struct gm_model *m)
{
	double base = base_sec(m);
	time_t sec = (time_t)base;
	char text[64] = "";
	struct tm tm;

	if (gmtime_r(&sec, &tm))
		strftime(text, sizeof(text), "%a %b %d %H:%M:%S UTC %Y", &tm);
	gm_str_puts(out, "#[gmemhist: nanoseconds, each at the middle of a slot 9% wide]\n#[Histogram log format "
			 "version 1.3]\n");
	gm_str_printf(out, "#[StartTime: %.3f (seconds since epoch), %s]\n", base, text);
	gm_str_printf(out, "#[BaseTime: %.3f (seconds since epoch)]\n", base);
	gm_str_puts(out, "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n");
}

/* Write a tag, without comma, blank or line end; names are untrusted. */
static void put_tag(struct gm_str *out, const struct gm_scope *s, unsigned int phase)
{
	char name[96];

	gm_plain_ascii(name, sizeof(name), s->by == GM_BY_HOST ? "host" : s->machine[0] ? s->machine : "unknown");
	for (char *p = name; *p; p++)
		*p = *p == ',' || *p == ' ' || *p == '"' ? '_' : *p;
	gm_str_printf(out, "Tag=%s", name);
	if (s->by == GM_BY_VM)
		gm_str_printf(out, ":%u", s->vm);
	gm_str_printf(out, "/%s,", gm_phase_name(phase));
}

void gm_hdr_rows(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p, uint32_t phases)
{
	uint64_t from = p->ts_ns - p->interval_ns;

	for (size_t i = 0; i < p->nr; i++) {
		for (unsigned int k = 0; k < GM_PHASE_NR; k++) {
			const struct gm_hist *h = p->at[i].phase[k];

			if (!(phases >> k & 1) || !h || !h->count)
				continue;
			put_tag(out, &p->at[i], k);
			gm_str_printf(out, "%.3f,%.3f,%.3f,", (double)(from - m->first_ns) / 1e9,
				      (double)p->interval_ns / 1e9, (double)h->max_ns / 1e6);
			gm_hdr_encode(out, h);
			gm_str_puts(out, "\n");
		}
	}
}

void gm_hdr_tail(struct gm_str *out, const struct gm_model *m, uint32_t phases)
{
	const struct gm_caveats how = { .phases = phases, .reasons = true, .width = ANY_WIDTH };
	struct gm_str text = { 0 };

	gm_text_caveats_as(&text, m, &how);
	for (const char *p = text.s; p && *p;) {
		size_t n = strcspn(p, "\n");

		gm_str_printf(out, "#[%.*s]\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
	if (text.err && !out->err)
		out->err = text.err;
	gm_str_release(&text);
}
