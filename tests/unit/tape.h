/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tape.h - a made-up recording with reboots, and the picture at each of its ticks as a straight replay gives it: a
 * reader, a model, nothing else of the session.
 */
#ifndef GM_TESTS_TAPE_H
#define GM_TESTS_TAPE_H

#include "model_world.h"
#include <stdlib.h>
#include "base/str.h"
#include "model/reboot.h"
#include "record/rec_file.h"
#include "record/rec_stream.h"
#include "report/json_lines.h"
#include "top/top.h"

#define SEC	1000000000ull
#define MANY	400

struct tape {
	struct unit_file file;
	struct gm_recw *w;
	uint64_t ns, nr;
	uint64_t ticks, tick_ns[MANY];
	uint64_t over[MANY];		/* episodes that are over at that tick, by what was written */
	char *shot[MANY];		/* the picture after so many ticks; [0]: before any */
};

static inline void tape_put(struct tape *t, union gm_any *rec, unsigned int kind)
{
	gm_rec_init(&rec->h, kind, t->ns);
	assert_int_equal(gm_recw_put(t->w, &rec->h), 0);
	t->nr++;
}

static inline void tape_tick(struct tape *t, uint64_t ns, bool last)
{
	union gm_any rec = { 0 };

	t->ns += ns;
	rec.as_TICK.seq = ++t->ticks;
	rec.as_TICK.last = last;
	tape_put(t, &rec, GM_K_TICK);
	t->tick_ns[t->ticks] = t->ns;
}

static inline void tape_call(struct tape *t, unsigned int kind, uint32_t vm, uint32_t inode)
{
	union gm_any rec = { 0 };

	t->ns += 50000;
	rec.ev.vm = vm;
	rec.ev.file = kind == GM_K_VM_CREATE || kind == GM_K_VM_DESTROY || kind == GM_K_EVICT ? 0 : vm;
	rec.ev.inode = inode;
	rec.ev.tgid = 100;
	rec.ev.tid = 7;
	rec.ev.dur_ns = rec.ev.self_ns = 9000;
	if (kind == GM_K_BIND)
		rec.as_BIND.npages = 256;
	if (kind == GM_K_CREATE)
		rec.as_CREATE.size_bytes = 1 << 20;
	if (kind == GM_K_EVICT)
		rec.as_EVICT.pages = 200;
	tape_put(t, &rec, kind);
}

static inline void tape_boot(struct tape *t, uint32_t vm)
{
	tape_call(t, GM_K_VM_CREATE, vm, 0);
	tape_call(t, GM_K_CREATE, vm, vm);
	tape_call(t, GM_K_BIND, vm, vm);
}

static inline void tape_faults(struct tape *t, uint32_t vm, uint32_t n)
{
	union gm_any rec = { 0 };

	rec.as_HIST.vm = vm;
	rec.as_HIST.phase = GM_PHASE_GUEST_FAULT;
	rec.as_HIST.sum_ns = 2000ull * n;
	rec.as_HIST.min_ns = rec.as_HIST.max_ns = 2000;
	rec.as_HIST.cells_nr = 1;
	rec.as_HIST.cells[0].slot = gm_hist_slot(2000);
	rec.as_HIST.cells[0].count = n;
	tape_put(t, &rec, GM_K_HIST);
}

static inline void tape_down(struct tape *t, uint32_t vm)
{
	tape_call(t, GM_K_ZAP, vm, vm);
	tape_call(t, GM_K_VM_DESTROY, vm, 0);
	tape_call(t, GM_K_RELEASE, vm, vm);
	tape_call(t, GM_K_EVICT, 0, vm);
}

static inline void tape_begin(struct tape *t)
{
	union gm_any meta = { 0 };

	memset(t, 0, sizeof(*t));
	unit_file_init(&t->file);
	assert_int_equal(gm_recw_open(&t->w, t->file.path, GM_CODEC_NONE), 0);
	t->ns = 1000 * SEC;
	meta.as_META.page_size = 4096;
	meta.as_META.real_ns = 1790000000ull * SEC;
	tape_put(t, &meta, GM_K_META);
}

static inline int tape_shots(struct tape *t);

/* Reboots follow each other; a minute without one ends it: its last machine is shut down. */
static inline void tape_reboots(struct tape *t, unsigned int reboots)
{
	tape_begin(t);
	for (uint32_t vm = 1; vm <= reboots; vm++) {
		tape_boot(t, vm);
		tape_tick(t, SEC, false);
		tape_faults(t, vm, 200 + 10 * vm);
		for (int i = 0; i < 5; i++)
			tape_tick(t, SEC, false);
		tape_down(t, vm);
	}
	for (int i = 0; i < 70; i++)
		tape_tick(t, SEC, i == 69);
	assert_int_equal(gm_recw_close(t->w), 0);
	assert_int_equal(tape_shots(t), 0);
}

/* One of gmemtop's pages. */
static inline void frame(struct gm_str *out, const struct gm_model *m, unsigned int which)
{
	static const struct {
		enum gm_top_page page;
		enum gm_top_set set;
		bool heat;
	} pages[] = {
		{ GM_TOP_MAIN, GM_TOP_MEMORY, false },	{ GM_TOP_MAIN, GM_TOP_PHASES, false },
		{ GM_TOP_TREE, GM_TOP_MEMORY, false },	{ GM_TOP_DETAIL, GM_TOP_MEMORY, false },
		{ GM_TOP_DETAIL, GM_TOP_MEMORY, true }, { GM_TOP_PINS, GM_TOP_MEMORY, false },
	};
	struct gm_frame f = { 0 };
	struct gm_top t;

	gm_top_init(&t);
	t.page = pages[which].page;
	t.set = pages[which].set;
	t.heat = pages[which].heat;
	t.phase = GM_PHASE_GUEST_FAULT;
	t.selected = m->machines.nr ? ((const struct gm_machine *)m->machines.at[0])->id : 0;
	gm_top_frame(m, &t, 132, 43, &f);
	for (size_t i = 0; i < f.nr; i++)
		gm_str_printf(out, "%s\n", f.line[i].text);
	gm_frame_release(&f);
}

static inline void picture(struct gm_str *out, const struct gm_model *m)
{
	gm_json_vms(out, m, NULL);
	gm_json_inodes(out, m, NULL);
	gm_json_tick(out, m);
	gm_json_phases(out, m, NULL);
	gm_json_losses(out, m);
	gm_json_summary(out, m);
	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		gm_str_printf(out, "%s %llu %d\n", mc->name, (unsigned long long)mc->history_nr,
			      mc->heat[GM_PHASE_GUEST_FAULT] != NULL);
	}
	for (unsigned int i = 0; i < 6; i++)
		frame(out, m, i);
	for (size_t i = 0; m->reboots && i < gm_model_episodes(m)->nr; i++) {
		const struct gm_episode *e = gm_model_episodes(m)->at[i];

		gm_str_printf(out, "%u %s %s %llu\n", e->id, gm_rb_style_name(e->style), gm_rb_end_name(e->end),
			      (unsigned long long)e->end_ns);
	}
	gm_str_printf(out, "%s", "");
}

/* The straight way: a reader, a model, nothing else. */
static inline int tape_shots(struct tape *t)
{
	struct gm_recr *file;
	struct gm_model *m;
	union gm_any rec;
	uint64_t tick = 0;

	assert_int_equal(gm_recr_open(&file, t->file.path), 0);
	assert_int_equal(gm_model_new(&m), 0);
	gm_model_keep_heat(m);
	assert_int_equal(gm_model_keep_reboots(m), 0);
	while (gm_recr_next(file, &rec) == 1) {
		struct gm_str out = { 0 };

		assert_int_equal(gm_model_apply(m, &rec), 0);
		if (rec.h.kind != GM_K_TICK)
			continue;
		picture(&out, m);
		t->shot[++tick] = strdup(out.s);
		for (size_t i = 0; i < gm_model_episodes(m)->nr; i++)
			t->over[tick] += ((struct gm_episode *)gm_model_episodes(m)->at[i])->settled;
		gm_str_release(&out);
	}
	gm_model_free(m);
	gm_recr_close(file);
	return tick == t->ticks ? 0 : -1;
}

static inline void tape_free(struct tape *t)
{
	for (size_t i = 0; i < MANY; i++)
		free(t->shot[i]);
	unit_file_release(&t->file);
}

#endif
