/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * anonymize.h - recordings for strangers: the names of guests, their owners and hosts become pseudonyms.
 *
 * A pseudonym is the HMAC-SHA256 of a name: one name has one pseudonym, in a recording and in all that were made with
 * the same key, and without the key nobody can find the name. Process names (comm) keep 48 bits of it, machines 64. A
 * process that names a machine gets a made-up command line with the pseudonym, so one machine stays one machine.
 * Command lines, cgroups, and the ids of host and boot are removed. These stay: times, process ids, sizes, counts, the
 * kernel's release and its functions (stacks, hooks), the tool's version.
 *
 * gm_anon_key(), then gm_anon_open(), which makes a sequence of record/rec_stream.h (without mark() and back()); its
 * errors are those of the sequence that it reads.
 */
#ifndef GM_PAST_ANONYMIZE_H
#define GM_PAST_ANONYMIZE_H

#include "record/rec_stream.h"

#define GM_ANON_KEY 32
/* Makes a key from a file's contents; path NULL: a random key. 0; -errno, reported: -EINVAL: the file is empty. */
int gm_anon_key(const char *path, unsigned char key[GM_ANON_KEY]);
/* Opens inner with pseudonyms. inner is taken over, also on failure. 0 or -ENOMEM, reported. */
int gm_anon_open(struct gm_rec_stream **out, struct gm_rec_stream *inner, const unsigned char key[GM_ANON_KEY]);

#endif
