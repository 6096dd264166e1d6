/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * anonymize.h - recordings that may be shown to strangers: what names guests, their owners and hosts becomes a
 * pseudonym.
 *
 * A pseudonym is the HMAC-SHA256 of what it stands for: the same name has the same one, within a recording and in all
 * that were made with the same key, and nobody can tell the name without the key. Process names (comm) keep 48 bits
 * of it, machines 64. A process that names a machine gets a made-up command line that names the pseudonym, so what
 * was one machine stays one. Gone are command lines, cgroups and the ids of host and boot. What stays: times, process
 * ids, sizes, counts, the kernel's release and its functions (stacks, hooks), the tool's version.
 */
#ifndef GM_PAST_ANONYMIZE_H
#define GM_PAST_ANONYMIZE_H

#include "record/rec_stream.h"

#define GM_ANON_KEY 32
/* The key that a file's contents make; path NULL: one by chance. 0 or -errno, reported. */
int gm_anon_key(const char *path, unsigned char key[GM_ANON_KEY]);
/* inner is taken over, also on failure. 0 or -ENOMEM, reported. */
int gm_anon_open(struct gm_recs **out, struct gm_recs *inner, const unsigned char key[GM_ANON_KEY]);

#endif
