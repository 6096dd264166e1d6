// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers from text, numbers to text that fits a column, text made harmless, growing arrays.
 */
#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* ---- text to numbers ---- */

/* Reads digits; returns what follows them. *over: the value does not fit, *v is then meaningless. */
static const char *digits(const char *s, uint64_t *v, bool *over)
{
	*v = 0;
	*over = false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(*v, 10ULL, v) || __builtin_add_overflow(*v, (uint64_t)(*s - '0'), v))
			*over = true;
	return s;
}

int gm_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v;
	bool over;
	const char *end = digits(s, &v, &over);

	if (end == s || *end)
		return -EINVAL;
	if (over || v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

static uint64_t unit_ns(const char *s, uint64_t dflt_ns)
{
	static const struct { const char *name; uint64_t ns; } units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
		{ "m", 60000000000 }, { "h", 3600000000000 },
	};
	size_t i;

	if (!*s)
		return dflt_ns;
	for (i = 0; i < GM_ARRAY_SIZE(units); i++)
		if (!strcmp(s, units[i].name))
			return units[i].ns;
	return 0;
}

int gm_parse_duration(const char *s, uint64_t dflt_ns, uint64_t *ns)
{
	unsigned __int128 v;
	uint64_t whole, unit, scale = 1, frac = 0;
	bool over;
	const char *p = digits(s, &whole, &over), *point = p;

	if (p == s)
		return -EINVAL;
	if (*p == '.') {
		/* Digits beyond the ninth are too small to matter in any unit but the hour: not counted. */
		for (p++; *p >= '0' && *p <= '9'; p++) {
			if (scale >= 1000000000)
				continue;
			frac = frac * 10 + (uint64_t)(*p - '0');
			scale *= 10;
		}
		if (p == point + 1)
			return -EINVAL;
	}
	unit = unit_ns(p, dflt_ns);
	if (!unit)
		return -EINVAL;
	v = (unsigned __int128)whole * unit + (unsigned __int128)frac * unit / scale;
	if (over || v > UINT64_MAX)
		return -ERANGE;
	*ns = (uint64_t)v;
	return 0;
}

/* ---- text from outside ---- */

size_t gm_utf8(const char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	size_t n, i;
	uint32_t c;

	if (!len)
		return 0;
	c = u[0];
	n = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 : 0;
	if (!n || n > len)
		return 0;
	if (n > 1)
		c &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return n;
}

/* C0, DEL and C1; and what re-orders or breaks the rest of the line. */
static bool harmful(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0x2028 || cp == 0x2029;
}

void gm_utf8_add(char *s, size_t size, uint32_t cp)
{
	size_t len = strlen(s), n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (len + n >= size || harmful(cp) || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return;
	s[len] = (char)(n == 1 ? cp : (0xf00u >> n) | cp >> 6 * (n - 1));
	for (size_t i = 1; i < n; i++)
		s[len + i] = (char)(0x80 | (cp >> 6 * (n - 1 - i) & 0x3f));
	s[len + n] = '\0';
}

/* A backslash of the text itself that would read as one of our escapes. */
static bool is_like_escape(const char *s, size_t len)
{
	return len >= 4 && s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) && isxdigit((unsigned char)s[3]);
}

char *gm_clean(char *dst, size_t size, const char *src, size_t src_len)
{
	size_t i = 0, o = 0, n;
	uint32_t cp;
	bool as_is;

	if (!size)
		return dst;
	for (; i < src_len && src[i]; i += n) {
		n = gm_utf8(src + i, src_len - i, &cp);
		as_is = n && !harmful(cp) && !is_like_escape(src + i, src_len - i);
		n = n ? n : 1;
		if (o + (as_is ? n : 4 * n) >= size)
			break;
		if (as_is)
			memcpy(dst + o, src + i, n);
		for (size_t k = 0; k < n && !as_is; k++)
			snprintf(dst + o + 4 * k, 5, "\\x%02x", (unsigned char)src[i + k]);
		o += as_is ? n : 4 * n;
	}
	dst[o] = '\0';
	return dst;
}

bool gm_clean_matches(const char *clean, const char *typed, bool part)
{
	char as_clean[256];

	gm_clean(as_clean, sizeof(as_clean), typed, strlen(typed));
	if (part)
		return strcasestr(clean, typed) || strcasestr(clean, as_clean);
	return !strcmp(clean, typed) || !strcmp(clean, as_clean);
}

/* ---- numbers to text ---- */

char *gm_fmt_bytes(char *buf, size_t size, uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	double v = (double)bytes;
	size_t u = 0;

	/* 1023.5 K would round to 1024 K */
	while (v >= (u ? 1023.5 : 1024) && u < sizeof(units) - 2) {
		v /= 1024;
		u++;
	}
	snprintf(buf, size, "%.*f%c", u && v < 99.95 ? 1 : 0, v, units[u]);
	return buf;
}

/* A minute and more: two units each. */
static void fmt_long(char *buf, size_t size, uint64_t sec)
{
	if (sec < 3600)
		snprintf(buf, size, "%um%02us", (unsigned int)(sec / 60), (unsigned int)(sec % 60));
	else if (sec < 100 * 3600)
		snprintf(buf, size, "%uh%02um", (unsigned int)(sec / 3600), (unsigned int)(sec / 60 % 60));
	else if (sec < 100 * 86400)
		snprintf(buf, size, "%ud%02uh", (unsigned int)(sec / 86400), (unsigned int)(sec / 3600 % 24));
	else if (sec < 100000ULL * 86400)
		snprintf(buf, size, "%ud", (unsigned int)(sec / 86400));
	else
		snprintf(buf, size, "%uy", (unsigned int)(sec / (365 * 86400ULL)));
}

char *gm_fmt_ns(char *buf, size_t size, uint64_t ns)
{
	double v = (double)ns;

	if (ns < 1000)
		snprintf(buf, size, "%uns", (unsigned int)ns);
	else if (v < 999.5e3)
		snprintf(buf, size, "%.*fus", v < 99.95e3, v / 1e3);
	else if (v < 999.5e6)
		snprintf(buf, size, "%.*fms", v < 99.95e6, v / 1e6);
	else if (v < 59.95e9)
		snprintf(buf, size, "%.*fs", v < 9.995e9 ? 2 : 1, v / 1e9);
	else
		fmt_long(buf, size, ns / 1000000000 + (ns % 1000000000 >= 500000000));
	return buf;
}

char *gm_fmt_count(char *buf, size_t size, double v)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P", "E" };
	size_t u = 0;
	bool fraction;

	if (!(v >= 0)) {
		snprintf(buf, size, "-");
		return buf;
	}
	while (v >= 999.5 && u < GM_ARRAY_SIZE(units) - 1) {
		v /= 1000;
		u++;
	}
	if (v >= 999.5) {
		snprintf(buf, size, ">999E");
		return buf;
	}
	fraction = v < 9.95 && (u || v != (double)(unsigned int)v);
	snprintf(buf, size, "%.*f%s", fraction, v, units[u]);
	return buf;
}

/* ---- what there is no more of ---- */

bool gm_is_scarce(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

#define LITTLE_MEMORY (32u << 20)

int gm_true_error(int err)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), why = fd < 0 ? -errno : 0;
	void *volatile p = malloc(LITTLE_MEMORY);	/* volatile: it must not be optimised away */

	if (fd >= 0)
		close(fd);
	if (!p)
		return -ENOMEM;
	free(p);
	return gm_is_scarce(why) ? why : err;
}

/* ---- growing things ---- */

int gm_vec_push(struct gm_vec *v, void *p)
{
	size_t cap = v->cap ? v->cap * 2 : 8;
	void **at;

	if (v->nr == v->cap) {
		at = reallocarray(v->at, cap, sizeof(*at));
		if (!at)
			return -ENOMEM;
		v->at = at;
		v->cap = cap;
	}
	v->at[v->nr++] = p;
	return 0;
}

void gm_vec_remove(struct gm_vec *v, const void *p)
{
	size_t i;

	/* From both ends: what goes is mostly the oldest, or the newest. */
	for (i = 0; i < v->nr && v->at[i] != p; i++) {
		if (v->at[v->nr - 1 - i] != p)
			continue;
		i = v->nr - 1 - i;
		break;
	}
	if (i == v->nr)
		return;
	v->nr--;
	memmove(v->at + i, v->at + i + 1, (v->nr - i) * sizeof(*v->at));
}

void gm_vec_release(struct gm_vec *v)
{
	free(v->at);
	*v = (struct gm_vec){ 0 };
}

/* Room for more bytes and the NUL behind them. */
static bool reserve(struct gm_str *b, size_t more)
{
	size_t need, cap = b->cap ? b->cap : 64;
	char *s;

	if (b->err)
		return false;
	if (__builtin_add_overflow(b->len + 1, more, &need) || need > SIZE_MAX / 2) {
		b->err = -ENOMEM;
		return false;
	}
	if (need <= b->cap)
		return true;
	while (cap < need)
		cap *= 2;
	s = realloc(b->s, cap);
	if (!s) {
		b->err = -ENOMEM;
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

void gm_str_add(struct gm_str *b, const char *s, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void gm_str_puts(struct gm_str *b, const char *s)
{
	gm_str_add(b, s, strlen(s));
}

void gm_str_printf(struct gm_str *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		b->err = b->err ? b->err : -ENOMEM;
	if (len < 0 || !reserve(b, (size_t)len))
		return;
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}

void gm_str_clear(struct gm_str *b)
{
	b->len = 0;
	b->err = 0;
	if (b->s)
		b->s[0] = '\0';
}

void gm_str_release(struct gm_str *b)
{
	free(b->s);
	*b = (struct gm_str){ 0 };
}

/* ---- clocks ---- */

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

int gm_parse_bytes(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	char number[24];
	const char *unit = s[0] ? strchr(units, s[strlen(s) - 1]) : NULL;
	size_t len = strlen(s) - (unit ? 1 : 0);
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	int err;

	if (len >= sizeof(number))
		return -EINVAL;
	snprintf(number, sizeof(number), "%.*s", (int)len, s);
	err = gm_parse_u64(number, 0, UINT64_MAX >> shift, bytes);
	if (!err)
		*bytes <<= shift;
	return err;
}

uint64_t gm_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t gm_real_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

uint64_t gm_self_cpu_ns(void)
{
	struct rusage use;

	if (getrusage(RUSAGE_SELF, &use))
		return 0;
	return ((uint64_t)use.ru_utime.tv_sec + (uint64_t)use.ru_stime.tv_sec) * 1000000000 +
	       ((uint64_t)use.ru_utime.tv_usec + (uint64_t)use.ru_stime.tv_usec) * 1000;
}

bool gm_self_memory(uint64_t *virtual_bytes, uint64_t *resident_bytes)
{
	unsigned long long size, resident, page = (unsigned long long)sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");
	bool ok = f && fscanf(f, "%llu %llu", &size, &resident) == 2;

	if (f)
		fclose(f);
	if (!ok)
		return false;
	*virtual_bytes = size * page;
	*resident_bytes = resident * page;
	return true;
}
