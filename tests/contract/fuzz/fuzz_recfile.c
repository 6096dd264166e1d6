// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer target: any bytes as a recording. The first byte decides whether the checksums are corrected before
 * reading: without that no mutation would pass them, and always with it they would not be tested. The records that the
 * reader returns must keep the promises of user/record/record.h.
 *
 * The target also tests compressed chunks, the index and seeking, and appends the readable records to another file.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include "base/log.h"
#include "record/rec_file.h"

#define SIZE_MAX_TRIED	(1u << 20)
#define HEADER		32
#define CHUNK		32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok)
{
	if (!ok)
		abort();
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void put32(uint8_t *p, size_t v)
{
	uint32_t w = (uint32_t)v;

	memcpy(p, &w, sizeof(w));
}

/* Makes headers and checksums valid; keeps the input's lengths if they fit. */
static void repair(uint8_t *f, size_t size)
{
	uint8_t head[HEADER];
	size_t at = HEADER, len;

	if (size < HEADER)
		return;
	memcpy(f, "GMEMREC\n", 8);
	put32(f + 8, HEADER);
	put32(f + 12, f[12] & 1 ? 1 : 2); /* versions 1 and 2 */
	memcpy(head, f, HEADER);
	memset(head + 16, 0, 16);
	put32(f + 16, crc32(0, head, HEADER));
	for (; size >= at + CHUNK; at += CHUNK + len) {
		memcpy(f + at, f[at + 3] == 'Z' ? "GMCZ" : "GMCK", 4);
		len = get32(f + at + 4);
		if (len > size - at - CHUNK)
			len = size - at - CHUNK;
		put32(f + at + 4, len);
		put32(f + at + 8, crc32(0, f + at + 12, (uInt)(20 + len)));
	}
}

static void look_at(const union gm_any *r)
{
	uint32_t i;

	require(r->h.kind && gm_kind_name(r->h.kind) && r->h.len == gm_kind_size(r->h.kind));
	if (gm_kind_is_event(r->h.kind))
		require(strlen(r->ev.comm) < sizeof(r->ev.comm));
	if (r->h.kind == GM_K_PROC)
		require(strlen(r->as_PROC.cmdline) < sizeof(r->as_PROC.cmdline) &&
			r->as_PROC.cmdline_len <= sizeof(r->as_PROC.cmdline));
	if (r->h.kind == GM_K_PROBE)
		require(strlen(r->as_PROBE.why) < sizeof(r->as_PROBE.why));
	if (r->h.kind != GM_K_HIST)
		return;
	require(r->as_HIST.phase < GM_PHASE_NR && r->as_HIST.cells_nr <= GM_HIST_CELLS);
	for (i = 0; i < r->as_HIST.cells_nr; i++)
		require(r->as_HIST.cells[i].slot < GM_HIST_SLOTS);
}

static bool packed(struct gm_rec_reader *r)
{
	struct gm_rec_reader_info i;

	return !gm_rec_reader_info(r, &i) && i.codec;
}

/* Wherever a seek leads, what comes is sound. */
static void seek_about(struct gm_rec_reader *r, const uint8_t *data, size_t size)
{
	union gm_any rec;
	uint64_t ns = 0;

	memcpy(&ns, data, size < sizeof(ns) ? size : sizeof(ns));
	for (int i = 0; i < 2; i++, ns = UINT64_MAX) {
		require(!gm_rec_reader_seek(r, ns));
		for (int k = 0; k < 20 && gm_rec_reader_next(r, &rec) == 1; k++)
			look_at(&rec);
	}
}

static void append(const char *path)
{
	static int fd = -1;
	static char to[32];
	struct gm_rec_writer *w;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(to, sizeof(to), "/proc/self/fd/%d", fd);
	}
	require(!gm_rec_writer_open(&w, to, GM_CODEC_ZSTD));
	gm_rec_writer_append(w, path);
	require(!gm_rec_writer_close(w));
}

static void read_it(const char *path, const uint8_t *data, size_t size)
{
	const struct gm_rec_reader_end *end;
	union gm_any rec;
	struct gm_rec_reader *r;
	size_t nr = 0;

	if (gm_rec_reader_open(&r, path))
		return;
	while (gm_rec_reader_next(r, &rec) == 1) {
		look_at(&rec);
		nr++;
	}
	end = gm_rec_reader_end(r);
	require(packed(r) || nr <= size / sizeof(struct gm_rec));
	require(end->offset <= size);
	require(end->why[0] || end->offset == size);
	require(strlen(end->why) < sizeof(end->why) - 1);
	seek_about(r, data, size);
	gm_rec_reader_close(r);
	append(path);
}

/* One file for all inputs: a memfd's path in /proc. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[32];
	uint8_t *copy;

	if (size < 1 || size > SIZE_MAX_TRIED)
		return 0;
	if (fd < 0) {
		gm_log_init("fuzz_recfile", GM_LOG_QUIET);
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	copy = malloc(size);
	memcpy(copy, data + 1, --size);
	if (data[0] & 1)
		repair(copy, size);
	require(!ftruncate(fd, 0) && pwrite(fd, copy, size, 0) == (ssize_t)size);
	read_it(path, copy, size);
	free(copy);
	return 0;
}
