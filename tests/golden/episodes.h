/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * episodes.h - reboots made by hand, as the model would give them: their ledgers add up. Views are tested on these,
 * so that what the model finds and how it looks are two things.
 */
#ifndef GM_TESTS_EPISODES_H
#define GM_TESTS_EPISODES_H

#include "world.h"
#include "base/vec.h"
#include "model/reboot_int.h"
#include "report/reboot_report.h"

#define E_MS	1000000ULL
#define E_US	1000ULL

/* A host that sees everything, in full mode. */
static inline void full_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = 100 * W_S;
	assert_int_equal(gm_model_new(&w->m), 0);
	w_meta(w, GM_MODE_FULL, 1);
	w_probe(w, GM_REQUIRED, GM_PROBE_ATTACHED, GM_ALL_PHASES, "all", "fexit:all", "");
	assert_int_equal(gm_model_keep_reboots(w->m), 0);
}

/* The model owns it from now on. */
static inline struct gm_episode *e_new(struct world *w, const char *name, uint64_t start, uint64_t len)
{
	struct gm_episode *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	assert_int_equal(gm_vec_push(&w->m->reboots->episodes, e), 0);
	e->id = ++w->m->reboots->seen;
	w_copy(e->name, sizeof(e->name), name);
	e->start_ns = e->start_max_ns = start;
	e->end_ns = e->end_min_ns = start + len;
	e->end_known = true;
	return e;
}

static inline struct gm_line_cost *e_line(struct gm_episode *e, bool old_side, unsigned int line)
{
	return old_side ? &e->old[line] : &e->new[line];
}

/*
 * A call, begin and length relative to the episode; adds itself to the ledger. self 0: its whole length; wall: of the
 * clock.
 */
static inline struct gm_step *e_call(struct gm_episode *e, bool old_side, unsigned int line, uint64_t begin,
				     uint64_t len, uint64_t self, uint64_t wall, uint64_t pages, uint32_t tid,
				     const char *comm)
{
	struct gm_step *s = calloc(1, sizeof(*s));
	struct gm_line_cost *l = e_line(e, old_side, line);

	assert_non_null(s);
	assert_int_equal(gm_vec_push(&e->steps, s), 0);
	*s = (struct gm_step){ .begin_ns = e->start_ns + begin,
			       .end_ns = e->start_ns + begin + len,
			       .self_ns = self ? self : len,
			       .pages = pages,
			       .vm = old_side ? e->old_vm : e->new_vm,
			       .tgid = old_side ? e->old_tgid : e->new_tgid,
			       .tid = tid,
			       .line = line,
			       .cpu_known = true,
			       .old_side = old_side,
			       .wall_ns = wall };
	s->off_ns = s->self_ns / 4;
	s->blocked_ns = s->self_ns / 8;
	w_copy(s->comm, sizeof(s->comm), comm);
	l->count++;
	l->pages += pages;
	l->work_ns += s->self_ns;
	l->off_ns += s->off_ns;
	l->blocked_ns += s->blocked_ns;
	l->wall_ns += wall;
	l->cpu_known = true;
	e->parallel_ns += s->self_ns > wall ? s->self_ns - wall : 0;
	return s;
}

/* Faults of the new side: n of them, each of one page; parts in ns each; busy: of the wall, shared out by the parts. */
static inline void e_faults(struct gm_episode *e, uint64_t n, const uint64_t part[GM_PART_NR], uint64_t busy)
{
	static const unsigned int line[] = { GM_PHASE_ALLOC, GM_PHASE_ZERO, GM_PHASE_PREPARE, GM_PHASE_MAP,
					     GM_PHASE_GUEST_FAULT };
	uint64_t all = 0, given = 0;

	for (unsigned int p = 0; p < GM_PART_NR; p++)
		all += part[p];
	for (unsigned int p = 0; p < GM_PART_NR; p++) {
		struct gm_line_cost *l = &e->new[line[p]];
		uint64_t share = p == GM_PART_OTHER ? busy - given : busy * part[p] / all;

		l->count += part[p] || p == GM_PART_OTHER ? n : 0;
		l->pages += part[p] && p != GM_PART_OTHER ? n : 0;
		l->work_ns += n * part[p];
		l->wall_ns += share;
		given += share;
		e->split.part_ns[0][p] += n * part[p];
	}
	e->split.busy_ns[0] += busy;
	e->faults_on_wall = busy > 0;
	for (uint64_t i = 0; i < n; i++) {
		gm_hist_add(&e->alloc, part[GM_PART_ALLOC]);
		gm_hist_add(&e->zero, part[GM_PART_ZERO]);
	}
}

/* What is left goes to the rest, a half of it user space, a third guest. */
static inline void e_rest(struct gm_episode *e, bool known)
{
	uint64_t left = gm_episode_wall(e);

	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		left -= e->old[i].wall_ns + e->new[i].wall_ns;
	e->rest_known = known;
	if (!known) {
		e->rest_ns[GM_RB_REST_UNKNOWN] = left;
		return;
	}
	e->rest_ns[GM_RB_REST_USER] = left / 2;
	e->rest_ns[GM_RB_REST_GUEST] = left / 3;
	e->rest_ns[GM_RB_REST_BLOCKED] = left - left / 2 - left / 3;
}

static inline void e_who(struct gm_episode *e, enum gm_rb_style style, enum gm_rb_end end, uint32_t old_vm,
			 uint32_t new_vm, uint32_t old_tgid, uint32_t new_tgid)
{
	e->style = style;
	e->end = end;
	e->old_vm = old_vm;
	e->new_vm = new_vm;
	e->old_tgid = old_tgid;
	e->new_tgid = new_tgid;
	e->same_process = old_tgid && old_tgid == new_tgid;
}

/*
 * Destroyed and created by one process; zap and destruction within the release; an unbind beside the release of
 * another thread.
 */
static inline struct gm_episode *e_recreate(struct world *w)
{
	static const uint64_t part[GM_PART_NR] = { 4000, 1600, 0, 900, 1500 };
	struct gm_episode *e = e_new(w, "guest-0", 100 * W_S + 250 * E_MS, 2000 * E_MS);

	e_who(e, GM_RB_RECREATE, GM_RB_STEADY, 1, 2, 4711, 4711);
	e->teardown_min_ns = e->teardown_end_ns = e->start_ns + 400 * E_MS;
	e->first_bind_ns = e->start_ns + 520 * E_MS;
	e->first_fault_ns = e->start_ns + 600 * E_MS;
	e->vcpus = 2;
	e_call(e, true, GM_PHASE_ZAP, 0, 40 * E_MS, 0, 40 * E_MS, 65536, 4712, "vmm");
	e_call(e, true, GM_PHASE_UNBIND, 50 * E_MS, 3 * E_MS, 0, 0, 65536, 4713, "vmm-helper");
	e_call(e, true, GM_PHASE_RELEASE, 50 * E_MS, 350 * E_MS, 20 * E_MS, 20 * E_MS, 0, 4712, "vmm");
	e_call(e, true, GM_PHASE_DESTROY, 60 * E_MS, 100 * E_MS, 0, 100 * E_MS, 0, 4712, "vmm");
	e_call(e, true, GM_PHASE_FREE, 170 * E_MS, 230 * E_MS, 0, 230 * E_MS, 50000, 4712, "vmm");
	e_call(e, false, GM_LINE_SETUP, 500 * E_MS, 4 * E_MS, 0, 4 * E_MS, 0, 4714, "vmm");
	e_call(e, false, GM_PHASE_CREATE, 510 * E_MS, 30 * E_US, 0, 30 * E_US, 0, 4714, "vmm");
	e_call(e, false, GM_PHASE_BIND, 519 * E_MS, 1 * E_MS, 0, 1 * E_MS, 65536, 4714, "vmm");
	e_faults(e, 48000, part, 300 * E_MS);
	e_rest(e, true);
	return e;
}

/* A shutdown, seen by its release and destruction alone; a name that would like to write on the terminal. */
static inline struct gm_episode *e_shutdown(struct world *w)
{
	struct gm_episode *e = e_new(w, "evil\033[31m\"x\",y", 104 * W_S, 30 * E_MS);

	e_who(e, GM_RB_SHUTDOWN, GM_RB_NO_SUCCESSOR, 5, 0, 5005, 0);
	e->teardown_min_ns = e->teardown_end_ns = e->end_ns;
	e_call(e, true, GM_PHASE_DESTROY, 0, 30 * E_MS, 0, 30 * E_MS, 0, 5006, "evil\033[2J,\"");
	e_rest(e, false);
	return e;
}

/* Both at once for a while, another process; no CPU times, busy not measured, calls dropped. */
static inline struct gm_episode *e_overlap(struct world *w)
{
	static const uint64_t part[GM_PART_NR] = { 5000, 0, 0, 1000, 100 };
	struct gm_episode *e = e_new(w, "a-machine-with-quite-a-long-name-17", 105 * W_S, 700 * E_MS);

	e_who(e, GM_RB_OVERLAP, GM_RB_CUT, 7, 8, 0, 6006);
	e->first_bind_ns = e->start_ns + 20 * E_MS;
	e->first_fault_ns = e->start_ns + 30 * E_MS;
	e->teardown_min_ns = e->teardown_end_ns = e->start_ns + 680 * E_MS;
	e_call(e, false, GM_PHASE_BIND, 10 * E_MS, 10 * E_MS, 0, 10 * E_MS, 4096, 6006, "new-vmm")->cpu_known = false;
	e->new[GM_PHASE_BIND].cpu_known = false;
	for (unsigned int i = 0; i < 12; i++)
		e_call(e, true, GM_PHASE_RELEASE, (500 + 15 * i) * E_MS, 15 * E_MS, 0, 15 * E_MS, 0, 700 + i,
		       "old-vmm");
	e_faults(e, 3000, part, 0);
	e->cut_steps = true;
	e_rest(e, false);
	return e;
}

/* No reboot: the guest goes on in another process. */
static inline struct gm_episode *e_handover(struct world *w)
{
	struct gm_episode *e = e_new(w, "guest-0", 107 * W_S, 4 * E_MS);

	e_who(e, GM_RB_HANDOVER, GM_RB_STEADY, 2, 9, 4711, 4811);
	e->first_bind_ns = e->start_ns + 1 * E_MS;
	e->teardown_min_ns = e->teardown_end_ns = e->end_ns;
	e_call(e, false, GM_PHASE_BIND, 0, 1 * E_MS, 0, 1 * E_MS, 65536, 4811, "vmm");
	e_call(e, true, GM_PHASE_RELEASE, 3 * E_MS, 1 * E_MS, 0, 1 * E_MS, 0, 4714, "vmm");
	e_rest(e, false);
	return e;
}

/* The same VM, its memory punched; still going on. Its faults of before and after are not told apart. */
static inline struct gm_episode *e_inplace(struct world *w)
{
	struct gm_episode *e = e_new(w, "guest-0", 106 * W_S, 10 * E_MS);

	e_who(e, GM_RB_INPLACE, GM_RB_OPEN, 2, 2, 4711, 4711);
	e->teardown_min_ns = e->teardown_end_ns = e->start_ns + 6 * E_MS;
	e->first_bind_ns = e->start_ns + 8 * E_MS;
	e->blurred = true;
	e_call(e, true, GM_PHASE_PUNCH, 1 * E_MS, 5 * E_MS, 0, 5 * E_MS, 512, 4714, "vmm");
	e_call(e, false, GM_PHASE_BIND, 7 * E_MS, 1 * E_MS, 0, 1 * E_MS, 65536, 4714, "vmm");
	e_rest(e, true);
	return e;
}

/* What the saving comes to is the model's business: a fixed one. */
static inline struct gm_saving e_saving(void)
{
	return (struct gm_saving){
		.free_ns = { 120e6, 120e6, 120e6 },
		.alloc_ns = { 90e6, 140.4e6, 192e6 },
		.zero_ns = { 76.1e6, 76.8e6, 77.5e6 },
		.total_ns = { 286.1e6, 337.2e6, 389.5e6 },
		.wall_ns = { 206e6, 231e6, 257e6 },
		.pages = 48000,
		.spte_ns = 83.2e6,
	};
}

#endif
