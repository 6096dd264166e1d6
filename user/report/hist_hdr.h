/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hist_hdr.h - histograms as an HdrHistogram log, format 1.3, for the tools that read it (HistogramLogProcessor,
 * plotters). Payload: V2, compressed (zlib, base64), 2 significant digits. Each value is the middle of its slot, in ns.
 * Functions append to out; lack of memory is in out->err. Order: head, rows for each picture, tail.
 */
#ifndef GM_REPORT_HIST_HDR_H
#define GM_REPORT_HIST_HDR_H

#include "base/str.h"
#include "report/hist_report.h"

/* Append the lines before the first histogram: format, start and base time (of the session), legend. */
void gm_hdr_head(struct gm_str *out, const struct gm_model *m);
/* Append a line for each scope and phase: "Tag=machine/phase,start,length,max,histogram"; times in s, max in ms. */
void gm_hdr_rows(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p, uint32_t phases);
/* Append losses and unavailable phases as comments. */
void gm_hdr_tail(struct gm_str *out, const struct gm_model *m, uint32_t phases);
/* Append a histogram alone, as base64 text. */
void gm_hdr_encode(struct gm_str *out, const struct gm_hist *h);

#endif
