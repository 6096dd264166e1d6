/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* push_answer.h - parses the body of an OTLP server's answer, for push.c. Pure functions: nothing is kept. */
#ifndef GM_EXPORTER_PUSH_ANSWER_H
#define GM_EXPORTER_PUSH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gm_push_answer {
	int64_t rejected;	/* number of data points */
	char text[200];		/* text of the server, cleaned for printing; "": none */
};

/*
 * Parses an answer's body of this Content-Type (NULL: none). application/x-protobuf: an ExportMetricsServiceResponse if
 * ok, else a google.rpc.Status. text/plain: the first line. Other types are ignored. Returns 0, or -EBADMSG: not of the
 * type it claims; out has what could be read.
 */
int gm_push_answer(struct gm_push_answer *out, bool ok, const char *type, const void *body, size_t len);

#endif
