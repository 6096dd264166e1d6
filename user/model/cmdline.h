/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmdline.h - pieces of untrusted text, which need not end with a NUL, and the options of a VMM's command line as the
 * VMM itself reads them.
 *
 * A struct gm_text points into the caller's memory, and is valid as long as that. Functions allocate nothing and cannot
 * fail.
 */
#ifndef GM_MODEL_CMDLINE_H
#define GM_MODEL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

struct gm_text {
	const char *s;
	size_t len;
};

/* Return true if t begins, or ends, with a terminated text. */
bool gm_text_starts(struct gm_text t, const char *prefix);
bool gm_text_ends(struct gm_text t, const char *suffix);
struct gm_text gm_text_skip(struct gm_text t, size_t n); /* t without its first n bytes; n <= t.len */
struct gm_text gm_text_cut(struct gm_text t, size_t n);	 /* t without its last n bytes; n <= t.len */
/* Return the text up to the first of the separators; *rest is what follows the separator. */
struct gm_text gm_text_word(struct gm_text t, const char *separators, struct gm_text *rest);
struct gm_text gm_text_last(struct gm_text path);	   /* what follows the last '/' of path */
size_t gm_text_span(struct gm_text t, const char *accept); /* length of the prefix of t that consists of these bytes */
/* Append to a NUL-terminated text; what does not fit is left out. */
void gm_text_add(char *dst, size_t size, struct gm_text t);

#define GM_WORDS_MAX	1024	/* words of a record's 1024 bytes, each of which may be a NUL */

struct gm_words {
	struct gm_text word[GM_WORDS_MAX];
	size_t nr;
};

/* Split a command line at its NULs. was_cut: the last word may be incomplete, and is left out. */
void gm_words_split(struct gm_words *w, const char *cmdline, size_t len, bool was_cut);
/*
 * Find the next value of an option, from *at words on (0 at first), as "-opt value", "--opt value" or "-opt=value"; opt
 * without dashes. A value that is empty, or is the next option, does not count. False: there is no other.
 */
bool gm_words_option(const struct gm_words *w, const char *opt, bool two_dashes, size_t *at, struct gm_text *value);
/*
 * Find the last value of an option: QEMU reads its options in order, a later one replaces an earlier one (system/vl.c,
 * 9.2: -uuid, -pidfile). Cloud Hypervisor (clap), crosvm (argh) and Firecracker (its own ArgParser) refuse an option
 * that is given twice.
 */
bool gm_words_last(const struct gm_words *w, const char *opt, bool two_dashes, struct gm_text *value);
/*
 * Write the value of the last KEY=VALUE among the comma-separated parts of an option's value to out, at most size
 * bytes; a doubled comma is one comma of the value (util/qemu-option.c). implied: the first part may omit the key.
 * False: there is none, or it is empty.
 */
bool gm_words_part(struct gm_text value, const char *key, bool implied, char *out, size_t size);

#endif
