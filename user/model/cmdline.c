// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model/cmdline.h"

#include <string.h>

/* ---- text ---- */

bool gm_text_starts(struct gm_text t, const char *prefix)
{
	size_t n = strlen(prefix);

	return t.len >= n && !memcmp(t.s, prefix, n);
}

bool gm_text_ends(struct gm_text t, const char *suffix)
{
	size_t n = strlen(suffix);

	return t.len >= n && !memcmp(t.s + t.len - n, suffix, n);
}

struct gm_text gm_text_skip(struct gm_text t, size_t n)
{
	return (struct gm_text){ .s = t.s + n, .len = t.len - n };
}

struct gm_text gm_text_cut(struct gm_text t, size_t n)
{
	return (struct gm_text){ .s = t.s, .len = t.len - n };
}

struct gm_text gm_text_word(struct gm_text t, const char *separators, struct gm_text *rest)
{
	size_t n = 0;

	while (n < t.len && !strchr(separators, t.s[n]))
		n++;
	*rest = gm_text_skip(t, n < t.len ? n + 1 : n);
	return (struct gm_text){ .s = t.s, .len = n };
}

struct gm_text gm_text_last(struct gm_text path)
{
	size_t n = path.len;

	while (n && path.s[n - 1] != '/')
		n--;
	return gm_text_skip(path, n);
}

size_t gm_text_span(struct gm_text t, const char *accept)
{
	size_t n = 0;

	while (n < t.len && t.s[n] && strchr(accept, t.s[n]))
		n++;
	return n;
}

void gm_text_add(char *dst, size_t size, struct gm_text t)
{
	size_t at = strlen(dst), n = t.len < size - at ? t.len : size - at - 1;

	memcpy(dst + at, t.s, n);
	dst[at + n] = '\0';
}

/* ---- command lines ---- */

void gm_words_split(struct gm_words *w, const char *cmdline, size_t len, bool was_cut)
{
	struct gm_text rest = { .s = cmdline, .len = len };

	w->nr = 0;
	while (rest.len && w->nr < GM_WORDS_MAX) {
		size_t n = strnlen(rest.s, rest.len);

		w->word[w->nr++] = (struct gm_text){ .s = rest.s, .len = n };
		rest = gm_text_skip(rest, n < rest.len ? n + 1 : n);
	}
	if (was_cut && w->nr > 1 && len && cmdline[len - 1])
		w->nr--;
}

bool gm_words_option(const struct gm_words *w, const char *opt, bool two_dashes, size_t *at, struct gm_text *value)
{
	size_t n = strlen(opt);

	for (size_t i = *at + 1; i < w->nr; i++) {
		struct gm_text a = w->word[i];
		size_t dashes = gm_text_starts(a, "--") ? 2 : gm_text_starts(a, "-") ? 1 : 0;

		*at = i;
		if (!dashes || (two_dashes && dashes < 2) || !gm_text_starts(gm_text_skip(a, dashes), opt))
			continue;
		a = gm_text_skip(a, dashes + n);
		if (!a.len && i + 1 < w->nr && !gm_text_starts(w->word[i + 1], "-"))
			*value = w->word[i + 1];
		else if (gm_text_starts(a, "="))
			*value = gm_text_skip(a, 1);
		else
			continue;
		if (value->len)
			return true;
	}
	return false;
}

bool gm_words_last(const struct gm_words *w, const char *opt, bool two_dashes, struct gm_text *value)
{
	struct gm_text one;
	size_t at = 0;
	bool found = false;

	while (gm_words_option(w, opt, two_dashes, &at, &one)) {
		*value = one;
		found = true;
	}
	return found;
}

/* Copy one part of an option's value, up to a comma; return what follows the comma. */
static struct gm_text next_part(struct gm_text t, char *out, size_t size)
{
	size_t i = 0, n = 0;

	for (; i < t.len && (t.s[i] != ',' || (i + 1 < t.len && t.s[i + 1] == ',')); i++) {
		i += t.s[i] == ',';
		if (n < size - 1)
			out[n++] = t.s[i];
	}
	out[n] = '\0';
	return gm_text_skip(t, i < t.len ? i + 1 : i);
}

bool gm_words_part(struct gm_text value, const char *key, bool implied, char *out, size_t size)
{
	char part[1024];
	size_t n = strlen(key);

	out[0] = '\0';
	for (bool first = true; value.len; first = false) {
		struct gm_text t = { .s = part };

		value = next_part(value, part, sizeof(part));
		t.len = strlen(part);
		if (gm_text_starts(t, key) && part[n] == '=')
			t = gm_text_skip(t, n + 1);
		else if (!implied || !first || strchr(part, '='))
			continue;
		out[0] = '\0';
		gm_text_add(out, size, t);
	}
	return out[0];
}
