// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer: any bytes as a recording, and on through all that looks at one: a window of it, the replay, the model
 * with heat and reboots, and every view. The first byte says what is done with it. Checksums are put right, or
 * nothing would get past them.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include "base/log.h"
#include "model/reboot.h"
#include "past/past.h"
#include "record/feed.h"
#include "past/replay.h"
#include "report/export.h"
#include "report/json_lines.h"
#include "report/text.h"
#include "top/top.h"

#define SIZE_MAX_TRIED	(1u << 17)
#define HEADER		32
#define CHUNK		32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put32(uint8_t *p, size_t v)
{
	uint32_t w = (uint32_t)v;

	memcpy(p, &w, sizeof(w));
}

static void repair(uint8_t *f, size_t size)
{
	uint8_t head[HEADER];
	uint32_t len;

	memcpy(f, "GMEMREC\n", 8);
	put32(f + 8, HEADER);
	put32(f + 12, f[12] & 1 ? 1 : 2);
	memcpy(head, f, HEADER);
	memset(head + 16, 0, 16);
	put32(f + 16, crc32(0, head, HEADER));
	for (size_t at = HEADER; size >= at + CHUNK; at += CHUNK + len) {
		memcpy(f + at, f[at + 3] == 'Z' ? "GMCZ" : "GMCK", 4);
		memcpy(&len, f + at + 4, sizeof(len));
		if (len > size - at - CHUNK)
			len = (uint32_t)(size - at - CHUNK);
		put32(f + at + 4, len);
		put32(f + at + 8, crc32(0, f + at + 12, (uInt)(20 + len)));
	}
}

struct looker {
	struct gm_model *m;
	struct gm_export *export;
	struct gm_str out;
	unsigned int ticks;
};

static void look(struct looker *l, bool last)
{
	static const enum gm_top_page pages[] = { GM_TOP_MAIN, GM_TOP_TREE, GM_TOP_DETAIL, GM_TOP_PROBES, GM_TOP_PINS };
	struct gm_frame f = { 0 };
	struct gm_top t;

	gm_json_vms(&l->out, l->m, NULL);
	gm_json_inodes(&l->out, l->m, NULL);
	gm_json_tick(&l->out, l->m);
	gm_export_tick(l->export, l->m, last, &l->out);
	for (size_t i = 0; i < GM_ARRAY_SIZE(pages); i++) {
		gm_top_init(&t);
		t.page = pages[i];
		t.heat = i & 1;
		gm_frame_clear(&f);
		gm_top_frame(l->m, &t, 80, 24, &f);
	}
	gm_frame_release(&f);
	gm_str_clear(&l->out);
}

static int sink(void *arg, const union gm_any *rec)
{
	struct looker *l = arg;

	if (gm_kind_is_event(rec->h.kind)) {
		gm_json_event(&l->out, l->m, rec);
		gm_text_event(&l->out, l->m, rec, 80);
		gm_export_event(l->export, l->m, rec, &l->out);
	}
	if (rec->h.kind == GM_K_TICK && l->ticks++ < 4)
		look(l, false);
	return 0;
}

static void at_the_end(struct looker *l)
{
	look(l, true);
	gm_json_phases(&l->out, l->m, NULL);
	gm_json_probes(&l->out, l->m);
	gm_json_losses(&l->out, l->m);
	gm_json_summary(&l->out, l->m);
	gm_text_caveats(&l->out, l->m);
	gm_text_check(&l->out, l->m);
}

static void play(struct gm_rec_stream *recs, unsigned int how)
{
	static const char *const formats[] = { "json", "csv", "perfetto", "csv" };
	struct gm_feed feed = { .nr = 0 };
	struct looker l = { 0 };
	struct gm_source *s;

	if (gm_replay_open(&s, recs, 0, &feed))
		return;
	if (gm_model_new(&l.m) || gm_model_keep_reboots(l.m) || gm_export_open(&l.export, formats[how & 3]))
		abort();
	gm_model_keep_heat(l.m);
	gm_feed_add(&feed, gm_model_apply, l.m);
	gm_feed_add(&feed, sink, &l);
	while (s->ops->poll(s, 0) > 0)
		;
	at_the_end(&l);
	s->ops->close(s);
	gm_export_close(l.export);
	gm_model_free(l.m);
	gm_str_release(&l.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[32];
	const char *paths[2] = { path, path };
	struct gm_at at = { .from = { GM_WHEN_START, 0 } };
	struct gm_rec_stream *recs;
	uint8_t *copy;
	unsigned int how;

	if (size < 1 + HEADER || size > SIZE_MAX_TRIED)
		return 0;
	if (fd < 0) {
		gm_log_init("fuzz_replay", GM_LOG_QUIET);
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	how = data[0];
	copy = malloc(size);
	memcpy(copy, data + 1, --size);
	repair(copy, size);
	if (ftruncate(fd, 0) || pwrite(fd, copy, size, 0) != (ssize_t)size)
		abort();
	free(copy);
	at.from.ns = (uint64_t)(how >> 4) * 20000000;
	/* Alone, a stretch of it, merged with itself. */
	if (!gm_past_open(&recs, paths, how & 8 ? 2 : 1, how & 4 ? &at : NULL))
		play(recs, how);
	return 0;
}
