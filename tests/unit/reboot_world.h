/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* reboot_world.h - vms that boot, go down and are reset, as records of a model that keeps reboots. */
#ifndef GM_TESTS_REBOOT_WORLD_H
#define GM_TESTS_REBOOT_WORLD_H

#include "model_world.h"
#include "base/vec.h"
#include "model/reboot.h"

#define SEC 1000000000ull

static inline void keep(struct world *w)
{
	union gm_any meta = make(w, GM_K_META);

	meta.as_META.page_size = 4096;
	put(w, &meta);
	assert_int_equal(gm_model_keep_reboots(w->m), 0);
}

/* A call that lasted ns until w->ns, all of it its own unless nested. */
static inline void call(struct world *w, unsigned int kind, uint32_t vm, uint32_t file, uint32_t inode, uint64_t ns,
			uint64_t self, uint32_t tid)
{
	union gm_any rec = make_ev(w, kind, vm, file, inode);

	rec.ev.dur_ns = ns;
	rec.ev.self_ns = self;
	rec.ev.tid = tid;
	rec.ev.tgid = 100;
	rec.ev.flags = GM_EV_CPU;
	if (kind == GM_K_BIND || kind == GM_K_UNBIND || kind == GM_K_PUNCH || kind == GM_K_ZAP) {
		rec.as_BIND.npages = 256;
		rec.as_BIND.pages = kind == GM_K_PUNCH ? 200 : 0;
		rec.as_BIND.off_ns = self / 2;
		rec.as_BIND.blocked_ns = self / 4;
	}
	if (kind == GM_K_EVICT)
		rec.as_EVICT.pages = 200;
	if (kind == GM_K_CREATE)
		rec.as_CREATE.size_bytes = 1 << 20;
	put(w, &rec);
}

static inline void rb_tick(struct world *w, bool last)
{
	union gm_any rec = make(w, GM_K_TICK);

	rec.as_TICK.last = last;
	put(w, &rec);
}

/* n guest faults that allocated and cleared, up to w->ns. */
static inline void faults(struct world *w, uint32_t vm, uint32_t n, uint64_t busy_ns)
{
	static const struct {
		uint32_t phase;
		uint64_t ns;
	} parts[] = {
		{ GM_PHASE_ALLOC, 1000 }, { GM_PHASE_ZERO, 600 }, { GM_PHASE_MAP, 300 }, { GM_PHASE_GUEST_FAULT, 2000 }
	};
	union gm_any rec;

	for (size_t i = 0; i < GM_ARRAY_SIZE(parts); i++) {
		rec = make(w, GM_K_HIST);
		rec.as_HIST.vm = vm;
		rec.as_HIST.phase = parts[i].phase;
		rec.as_HIST.sum_ns = parts[i].ns * n;
		rec.as_HIST.min_ns = rec.as_HIST.max_ns = parts[i].ns;
		rec.as_HIST.cells_nr = 1;
		rec.as_HIST.cells[0].slot = gm_hist_slot(parts[i].ns);
		rec.as_HIST.cells[0].count = n;
		put(w, &rec);
	}
	rec = make(w, GM_K_SPLIT);
	rec.as_SPLIT.vm = vm;
	rec.as_SPLIT.phase = GM_PHASE_GUEST_FAULT;
	rec.as_SPLIT.part_ns[GM_PART_ALLOC] = 1000ull * n;
	rec.as_SPLIT.part_ns[GM_PART_ZERO] = 600ull * n;
	rec.as_SPLIT.part_ns[GM_PART_MAP] = 300ull * n;
	rec.as_SPLIT.part_ns[GM_PART_OTHER] = 100ull * n;
	rec.as_SPLIT.first_ns = w->ns - busy_ns;
	rec.as_SPLIT.last_ns = w->ns;
	rec.as_SPLIT.busy_ns = busy_ns;
	rec.as_SPLIT.flags = GM_EV_CPU;
	put(w, &rec);
}

static inline void boot(struct world *w, uint32_t vm, uint32_t inode, uint32_t tid)
{
	call(w, GM_K_VM_CREATE, vm, 0, 0, 5000, 5000, tid);
	w->ns += 20000;
	call(w, GM_K_CREATE, vm, vm, inode, 3000, 3000, tid);
	w->ns += 20000;
	call(w, GM_K_BIND, vm, vm, inode, 4000, 4000, tid);
	w->ns += SEC;
	faults(w, vm, 200, 500000);
}

/* release { zap, vm_destroy }, then evict */
static inline void go_down(struct world *w, uint32_t vm, uint32_t inode, uint32_t tid)
{
	w->ns += 100000;
	call(w, GM_K_ZAP, vm, vm, inode, 10000, 10000, tid);
	w->ns += 50000;
	call(w, GM_K_VM_DESTROY, vm, 0, 0, 40000, 40000, tid);
	w->ns += 10000;
	call(w, GM_K_RELEASE, vm, vm, inode, 75000, 25000, tid);
	w->ns += 30000;
	call(w, GM_K_EVICT, 0, 0, inode, 20000, 20000, tid);
}

/* A reboot of vm 1 in place: its slot goes, its memory is punched, its slot comes again. */
static inline void rebind_punched(struct world *w)
{
	w->ns += 50000;
	call(w, GM_K_UNBIND, 1, 1, 1, 9000, 9000, 7);
	w->ns += 50000;
	call(w, GM_K_PUNCH, 1, 1, 1, 8000, 8000, 7);
	w->ns += 50000;
	call(w, GM_K_BIND, 1, 1, 1, 4000, 4000, 7);
}

static inline void quiet(struct world *w)
{
	for (int i = 0; i < 4; i++) {
		w->ns += SEC / 10;
		rb_tick(w, false);
	}
}

static inline const struct gm_episode *episode(const struct world *w, size_t i)
{
	const struct gm_vec *v = gm_model_episodes(w->m);

	assert_non_null(v);
	assert_true(i < v->nr);
	return v->at[i];
}

static uint64_t wall_sum(const struct gm_episode *e)
{
	uint64_t sum = 0;

	for (size_t l = 0; l < GM_LINE_NR; l++)
		sum += e->old[l].wall_ns + e->new[l].wall_ns;
	for (size_t r = 0; r < GM_ARRAY_SIZE(e->rest_ns); r++)
		sum += e->rest_ns[r];
	return sum;
}

static inline void adds_up(const struct gm_episode *e)
{
	assert_int_equal(wall_sum(e), gm_episode_wall(e));
	assert_int_equal(gm_episode_wall(e), e->end_ns - e->start_ns);
}

static inline void observe(struct world *w)
{
	union gm_any rec = make(w, GM_K_PROBE);

	memcpy(rec.as_PROBE.probe, "all", 4);
	rec.as_PROBE.state = GM_PROBE_ATTACHED;
	rec.as_PROBE.phases = GM_ALL_PHASES;
	put(w, &rec);
}

#endif
