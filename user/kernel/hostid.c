// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hostid.c - makes a pseudonym: the first half of the HMAC-SHA256 of the id's 32 digits in lower case, with a key of
 * this application. The key is part of the format: with another key, one host would have two pseudonyms.
 */
#include "kernel/hostid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hmac.h"

static const char key[] = "gmemscope: whose recording is this?";

#define DIGITS 32

/* Reads an id in lower case, without dashes. Returns 0 if there is none. */
static int read_id(const char *path, char id[DIGITS])
{
	FILE *f = fopen(path, "re");
	int c = EOF, n = 0, other = 0;

	if (!f)
		return 0;
	while (!other && (c = fgetc(f)) != EOF && c != '\n') {
		if (isxdigit(c) && n < DIGITS)
			id[n++] = (char)tolower(c);
		else
			other = c != '-';
	}
	fclose(f);
	return n == DIGITS && !other;
}

void gm_hostid(const char *path, char out[GM_HOSTID_LEN])
{
	unsigned char mac[32];
	char id[DIGITS];

	memset(out, 0, GM_HOSTID_LEN);
	if (!read_id(path, id))
		return;
	gm_hmac(key, sizeof(key) - 1, id, sizeof(id), mac);
	for (unsigned int i = 0; i < DIGITS / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", mac[i]);
}
