// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * metrics_label.c - chooses each row's label "machine": the machine's name where only one row has that name.
 *
 * Names are untrusted input. Two rows with one name both get a hash of their keys behind it, so that no machine can
 * take the series of another by its name. A row keeps its hash while it exists: its series do not change twice.
 */
#include "exporter/metrics_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OVERFLOW_LABEL	"other"	/* of the sum of folded rows */
#define NAME_MAX_BYTES	40u	/* of a name in a label; a longer name is cut, and a hash follows */

void gm_row_label_drop(struct gm_metrics *mx, struct gm_mrow *row)
{
	if (gm_hmap_get(&mx->by_label, row->label_hash) == row)
		gm_hmap_del(&mx->by_label, row->label_hash);
	row->label[0] = '\0';
}

/* Registers a label. Return 0; -EEXIST if another row has it, or one with the same hash; -ENOMEM. */
static int claim_label(struct gm_metrics *mx, struct gm_mrow *row)
{
	row->label_hash = gm_hash_str(row->label);
	return gm_hmap_get(&mx->by_label, row->label_hash) ? -EEXIST : gm_hmap_put(&mx->by_label, row->label_hash, row);
}

/* Return how many bytes of a name go into a label: no character is cut in two. */
static int name_bytes(const char *name)
{
	size_t len = strlen(name);

	if (len <= NAME_MAX_BYTES)
		return (int)len;
	for (len = NAME_MAX_BYTES; len && ((unsigned char)name[len] & 0xc0) == 0x80;)
		len--;
	return (int)len;
}

/* Sets the row's label to its name and a hash; a number follows where even that is in use, which takes intent. */
static int set_hashed_label(struct gm_metrics *mx, struct gm_mrow *row)
{
	int len = mx->o.legacy ? 0 : name_bytes(row->name), err;

	gm_row_label_drop(mx, row);
	row->hashed = true;
	if (len)
		snprintf(row->label, sizeof(row->label), "%.*s-%08" PRIx64, len, row->name, row->key_hash >> 32);
	else
		snprintf(row->label, sizeof(row->label), "%016" PRIx64, row->key_hash);
	err = claim_label(mx, row);
	len = (int)strlen(row->label);
	for (unsigned int n = row->machine; err == -EEXIST; n++) {
		snprintf(row->label + len, sizeof(row->label) - (size_t)len, "-%u", n);
		err = claim_label(mx, row);
	}
	return err;
}

static struct gm_mrow *find_namesake(const struct gm_metrics *mx, const struct gm_mrow *row)
{
	for (size_t i = 0; i < mx->rows.nr; i++) {
		struct gm_mrow *other = mx->rows.at[i];

		if (other != row && other->label[0] && !strcmp(other->name, row->name))
			return other;
	}
	return NULL;
}

static int set_label(struct gm_metrics *mx, struct gm_mrow *row)
{
	struct gm_mrow *namesake = mx->o.legacy || !row->name[0] ? NULL : find_namesake(mx, row);
	int err;

	if (mx->o.legacy || namesake || !row->name[0] || strlen(row->name) > NAME_MAX_BYTES ||
	    !strcmp(row->name, OVERFLOW_LABEL)) {
		err = namesake && !namesake->hashed ? set_hashed_label(mx, namesake) : 0;
		return err ? err : set_hashed_label(mx, row);
	}
	row->hashed = false;
	snprintf(row->label, sizeof(row->label), "%.*s", NAME_MAX_BYTES, row->name);
	err = claim_label(mx, row);
	return err == -EEXIST ? set_hashed_label(mx, row) : err;
}

int gm_row_label(struct gm_metrics *mx, struct gm_mrow *row, const struct gm_machine *mc)
{
	uint64_t hash = gm_hash_str(mc->key);

	if (row->label[0] && row->key_hash == hash && !strcmp(row->name, mc->name))
		return 0;
	gm_row_label_drop(mx, row);
	row->key_hash = hash;
	memcpy(row->name, mc->name, sizeof(row->name));
	return set_label(mx, row);
}
