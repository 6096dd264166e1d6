/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* recording_info.h - the page about a recording: its file, its host, its contents. */
#ifndef GM_REPORT_RECORDING_INFO_H
#define GM_REPORT_RECORDING_INFO_H

#include "base/str.h"
#include "model/reboot.h"
#include "record/rec_file.h"

struct gm_fileinfo {
	const char *path;
	unsigned int segments;		/* segments of a flight recorder's directory; 0: one file */
	struct gm_rec_reader_info file;	/* for a directory: sums, and the versions of its first segment */
	bool cut_short;			/* not all of it could be read */
	uint64_t first_ns, last_ns, first_real_ns;	/* first_real_ns 0: not known */
	uint64_t nr[GM_K_MAX], bytes[GM_K_MAX];	/* records by kind; bytes: as stored, before compression */
	const struct gm_model *m;	/* after the last record; it must keep reboots */
};
/* Append the page of gmemrecord --info; lack of memory is in out->err. */
void gm_info_text(struct gm_str *out, const struct gm_fileinfo *i);
void gm_info_json(struct gm_str *out, const struct gm_fileinfo *i); /* {"type":"recording",..}: one line */

#endif
