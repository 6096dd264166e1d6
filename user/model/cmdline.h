/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmdline.h - pieces of untrusted text that lie in somebody else's memory and need not end with a NUL, and the
 * options of a VMM's command line as the VMM itself reads them.
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
struct gm_text gm_text_skip(struct gm_text t, size_t n); /* without its first n bytes; n <= t.len */
struct gm_text gm_text_cut(struct gm_text t, size_t n);	 /* without its last n bytes; n <= t.len */
/* Up to the first of the separators; *rest is what follows it. */
struct gm_text gm_text_word(struct gm_text t, const char *separators, struct gm_text *rest);
struct gm_text gm_text_last(struct gm_text path);	   /* what follows its last '/' */
size_t gm_text_span(struct gm_text t, const char *accept); /* bytes at its begin that are of these */
/* Appends to a NUL-terminated text; what does not fit is left out. */
void gm_text_add(char *dst, size_t size, struct gm_text t);

#define GM_WORDS_MAX	1024	/* words of a record's 1024 bytes, each of which may be a NUL */

struct gm_words {
	struct gm_text word[GM_WORDS_MAX];
	size_t nr;
};

/* The words of a command line, NUL separated. was_cut: the last one may be half a word, and is left out. */
void gm_words_split(struct gm_words *w, const char *cmdline, size_t len, bool was_cut);
/*
 * The next value of an option, *at words on (0 at first), as "-opt value", "--opt value" or "-opt=value"; opt without
 * dashes. A value that is empty, or is the next option, is none. False: there is no other.
 */
bool gm_words_option(const struct gm_words *w, const char *opt, bool two_dashes, size_t *at, struct gm_text *value);
/*
 * The last value of an option: QEMU reads its options in order, a later one replaces an earlier one (system/vl.c,
 * 9.2: -uuid, -pidfile). Cloud Hypervisor (clap), crosvm (argh) and Firecracker (its own ArgParser) refuse an option
 * that is given twice.
 */
bool gm_words_last(const struct gm_words *w, const char *opt, bool two_dashes, struct gm_text *value);
/*
 * The last KEY=VALUE among the comma-separated parts of an option's value; a doubled comma is one of the value
 * (util/qemu-option.c). implied: the first part may go without the key. Writes it to out, at most size bytes. False:
 * there is none, or an empty one.
 */
bool gm_words_part(struct gm_text value, const char *key, bool implied, char *out, size_t size);

#endif
