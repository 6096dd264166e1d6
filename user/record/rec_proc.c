// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "record/rec_proc.h"

#include <stdbool.h>
#include <string.h>
#include "base/vec.h"

/* ---- command lines ---- */

/*
 * The options that user/model/machine.c reads. A unit test compares the names that kept words give with those that
 * complete command lines give.
 */
static const char *const options[] = {
	"name", "uuid", "smbios", "platform", "id", "api-socket", "api-sock", "socket", "s", "pidfile",
};

int gm_proc_is_kept_option(const char *option, size_t len)
{
	for (size_t i = 0; i < GM_ARRAY_SIZE(options); i++)
		if (len == strlen(options[i]) && !memcmp(option, options[i], len))
			return true;
	return false;
}

static bool is_option(const char *word, size_t len)
{
	return len > 1 && word[0] == '-';
}

/* Return true if a word ("-name", "--name=web") may name a VM. *alone: its value is the next word. */
static bool may_name_vm(const char *word, size_t len, bool *alone)
{
	const char *equals = memchr(word, '=', len);
	size_t end = equals ? (size_t)(equals - word) : len, dashes = len > 1 && word[1] == '-' ? 2 : 1;

	*alone = !equals;
	return is_option(word, len) && end > dashes && gm_proc_is_kept_option(word + dashes, end - dashes);
}

/* Keeps a word with its NUL. */
static void keep_word(struct gm_rec_proc *p, const char *word, size_t len)
{
	if (p->cmdline_len + len + 1 >= sizeof(p->cmdline)) {
		p->flags |= GM_PROC_ARGS_CUT;
		return;
	}
	memcpy(p->cmdline + p->cmdline_len, word, len);
	p->cmdline_len += (__u32)len + 1;
}

static void keep_words(struct gm_rec_proc *p, const char *args, size_t len)
{
	bool value = false, alone;

	for (size_t at = 0, n; at < len; at += n + 1) {
		n = strnlen(args + at, len - at);
		if (!at || may_name_vm(args + at, n, &alone) || (value && !is_option(args + at, n)))
			keep_word(p, args + at, n);
		value = at && may_name_vm(args + at, n, &alone) && alone;
	}
}

void gm_proc_keep_args(struct gm_rec_proc *p, const char *args, size_t len, size_t all)
{
	p->flags |= GM_PROC_FLAGS;
	if (all > len) {
		p->flags |= GM_PROC_ARGS_CUT;
		while (len && args[len - 1])
			len--;
	}
	if (len >= sizeof(p->cmdline)) {
		keep_words(p, args, len);
		return;
	}
	memcpy(p->cmdline, args, len);
	p->cmdline_len = (__u32)len;
}

/* ---- cgroups ---- */

struct path {
	const char *s;
	size_t len;
};

/*
 * Returns the path of a line "5:cpu,cpuacct:/a/b" or "0::/a/b", s NULL if there is none. The kernel appends "
 * (deleted)" to the path of a removed cgroup.
 */
static struct path cgroup_path(const char *line, size_t len)
{
	static const char deleted[] = " (deleted)";
	const char *colon = memchr(line, ':', len), *end = line + len;

	colon = colon ? memchr(colon + 1, ':', (size_t)(end - colon - 1)) : NULL;
	if (!colon || colon + 1 == end || colon[1] != '/')
		return (struct path){ NULL, 0 };
	len = (size_t)(end - colon - 1);
	if (len > strlen(deleted) && !memcmp(end - strlen(deleted), deleted, strlen(deleted)))
		len -= strlen(deleted);
	return (struct path){ colon + 1, len };
}

static bool has_path(const struct gm_rec_proc *p, struct path path)
{
	const char *s = p->cgroups, *end;

	for (; *s; s = *end ? end + 1 : end) {
		end = s + strcspn(s, "\n");
		if ((size_t)(end - s) == path.len && !memcmp(s, path.s, path.len))
			return true;
	}
	return false;
}

static void keep_path(struct gm_rec_proc *p, struct path path)
{
	size_t at = strlen(p->cgroups), newline = at ? 1 : 0;

	if (path.len == 1 || has_path(p, path))
		return;
	if (at + newline + path.len >= sizeof(p->cgroups)) {
		p->flags |= GM_PROC_CGROUP_CUT;
		return;
	}
	if (newline)
		p->cgroups[at] = '\n';
	memcpy(p->cgroups + at + newline, path.s, path.len);
}

/* Fills in the deepest path (the longest text), for readers that do not know cgroups. */
static void fill_deepest_path(struct gm_rec_proc *p)
{
	const char *best = "/";
	size_t len = 1, n;

	for (const char *s = p->cgroups; *s; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		if (n > len) {
			best = s;
			len = n;
		}
	}
	if (len >= sizeof(p->cgroup))
		len = sizeof(p->cgroup) - 1;
	memcpy(p->cgroup, best, len);
	if (!strcmp(p->cgroup, p->cgroups))
		memset(p->cgroups, 0, sizeof(p->cgroups)); /* it is the only path */
}

void gm_proc_keep_cgroups(struct gm_rec_proc *p, const char *text, size_t len, size_t all)
{
	size_t n;

	p->flags |= GM_PROC_FLAGS;
	if (all > len) {
		p->flags |= GM_PROC_CGROUP_CUT;
		while (len && text[len - 1] != '\n')
			len--;
	}
	for (size_t at = 0; at < len; at += n + 1) {
		const char *newline = memchr(text + at, '\n', len - at);
		struct path path;

		n = newline ? (size_t)(newline - text) - at : len - at;
		path = cgroup_path(text + at, n);
		if (path.s && !memchr(path.s, '\0', path.len))
			keep_path(p, path);
	}
	if (len)
		fill_deepest_path(p);
}
