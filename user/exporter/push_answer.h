/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* push_answer.h - what an OTLP server says in the body of its answer. Belongs to push.c. */
#ifndef GM_EXPORTER_PUSH_ANSWER_H
#define GM_EXPORTER_PUSH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gm_push_answer {
	int64_t rejected;	/* data points */
	char text[200];		/* the server's words, made harmless; "": none */
};

/*
 * Reads an answer's body of this Content-Type (NULL: none was told). application/x-protobuf: with ok an
 * ExportMetricsServiceResponse, else a google.rpc.Status. text/plain: its first line. Others say nothing.
 * 0, or -EBADMSG: not what it claims to be, out holds what could be read.
 */
int gm_push_answer(struct gm_push_answer *out, bool ok, const char *type, const void *body, size_t len);

#endif
