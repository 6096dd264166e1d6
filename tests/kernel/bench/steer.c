// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * steer.c - writes steer.sh's recordings, and times gmemtop's steps in them.
 *
 * 	steer make OUT VMS SECONDS    writes a recording of a made-up host: a sample a second, faults of one VM in ten,
 * 	                              a reboot every ten seconds
 * 	steer time WHAT FILE...       times gmemtop's steps and jumps in the recording, without the terminal
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/resource.h"
#include "base/log.h"
#include "model/reboot.h"
#include "record/rec_file.h"
#include "session/session_int.h"
#include "past/replay.h"
#include "top/top.h"

#define SEC	1000000000ull
#define ROUNDS	9

/* ---- stand-ins for the rest of the session ---- */

bool gm_run_has_stop_request(void)
{
	return false;
}

int gm_run_idle(struct gm_run *r)
{
	(void)r;
	return 1;
}

/* ---- a recording ---- */

struct out {
	struct gm_rec_writer *w;
	uint64_t ns;
	uint32_t next;		/* number of the next VM, file and inode */
	uint32_t *vm;		/* the VM of each machine */
	uint64_t *pages;
};

static void put(struct out *o, union gm_any *rec, unsigned int kind)
{
	gm_rec_init(&rec->h, kind, o->ns);
	if (gm_rec_writer_put(o->w, &rec->h))
		exit(1);
}

static void put_meta(struct out *o)
{
	union gm_any r = { .as_META = { .page_size = 4096,
					.real_ns = 1790000000ull * SEC,
					.mode = GM_MODE_FULL,
					.cpus = 64,
					.nodes = 2 } };

	strcpy(r.as_META.release, "6.18.0");
	strcpy(r.as_META.arch, "x86_64");
	put(o, &r, GM_K_META);
}

static void put_proc(struct out *o, unsigned int i)
{
	union gm_any r = { .as_PROC = { .tgid = 1000 + i, .start_ticks = 100 + i } };

	strcpy(r.as_PROC.comm, "qemu-system-x86");
	r.as_PROC.cmdline_len = (uint32_t)snprintf(r.as_PROC.cmdline, sizeof(r.as_PROC.cmdline),
						   "qemu-system-x86_64%c-name%cweb-%u", 0, 0, i);
	put(o, &r, GM_K_PROC);
}

static void put_call(struct out *o, unsigned int kind, unsigned int i)
{
	union gm_any r = { 0 };

	o->ns += 50000;
	r.ev.vm = kind == GM_K_EVICT ? 0 : o->vm[i];
	r.ev.file = kind == GM_K_VM_CREATE || kind == GM_K_VM_DESTROY || kind == GM_K_EVICT ? 0 : o->vm[i];
	r.ev.inode = kind == GM_K_VM_CREATE || kind == GM_K_VM_DESTROY ? 0 : o->vm[i];
	r.ev.tgid = r.ev.tid = 1000 + i;
	r.ev.dur_ns = r.ev.self_ns = 40000;
	if (kind == GM_K_BIND)
		r.as_BIND.npages = 1 << 18;
	if (kind == GM_K_CREATE)
		r.as_CREATE.size_bytes = 1 << 30;
	put(o, &r, kind);
}

static void reboot(struct out *o, unsigned int i)
{
	static const unsigned int down[] = { GM_K_ZAP, GM_K_VM_DESTROY, GM_K_RELEASE, GM_K_EVICT },
				  up[] = { GM_K_VM_CREATE, GM_K_CREATE, GM_K_BIND };

	for (size_t k = 0; k < GM_ARRAY_SIZE(down) && o->vm[i]; k++)
		put_call(o, down[k], i);
	o->vm[i] = ++o->next;
	o->pages[i] = 0;
	for (size_t k = 0; k < GM_ARRAY_SIZE(up); k++)
		put_call(o, up[k], i);
}

static void put_faults(struct out *o, unsigned int i, uint64_t salt)
{
	static const unsigned int phases[] = { GM_PHASE_GUEST_FAULT, GM_PHASE_ALLOC, GM_PHASE_ZERO, GM_PHASE_MAP };

	for (size_t p = 0; p < GM_ARRAY_SIZE(phases); p++) {
		union gm_any r = { .as_HIST = { .vm = o->vm[i],
						.phase = phases[p],
						.cells_nr = 3,
						.min_ns = 900,
						.max_ns = 1 << 20 } };

		for (uint32_t c = 0; c < 3; c++) {
			r.as_HIST.cells[c].slot = gm_hist_slot((1000 + (salt * 7 + i) % 900) << 2 * c);
			r.as_HIST.cells[c].count = 40u >> c;
			r.as_HIST.sum_ns += (4000ull << 2 * c) * (40u >> c);
		}
		put(o, &r, GM_K_HIST);
	}
	o->pages[i] += 70;
}

static void put_scan(struct out *o, uint32_t what, uint32_t edge)
{
	union gm_any r = { .as_SCAN = { .what = what, .edge = edge } };

	put(o, &r, GM_K_SCAN);
}

static void put_pin(struct out *o, unsigned int i, uint32_t what)
{
	union gm_any r = { .as_PIN = { .what = what,
				       .vm = o->vm[i],
				       .file = o->vm[i],
				       .inode = o->vm[i],
				       .tgid = 1000 + i,
				       .fd = 11 } };

	put(o, &r, GM_K_PIN);
}

static void put_state(struct out *o, unsigned int i)
{
	union gm_any v = { .as_VM = { .vm = o->vm[i], .tgid = 1000 + i, .tid = 1000 + i, .vcpus = 4 } };
	union gm_any f = { .as_FILE = { .file = o->vm[i], .inode = o->vm[i], .vm = o->vm[i] } };
	union gm_any n = { .as_INODE = { .inode = o->vm[i],
					 .size_bytes = 1 << 30,
					 .resident_pages = o->pages[i],
					 .allocated_pages = o->pages[i],
					 .counted = 1 } };

	put(o, &v, GM_K_VM);
	put(o, &f, GM_K_FILE);
	put(o, &n, GM_K_INODE);
}

static void sample(struct out *o, unsigned int vms, uint64_t n, bool last)
{
	union gm_any t = { .as_TICK = { .seq = n + 1, .last = last } };

	o->ns += SEC;
	if (n % 10 == 9)
		reboot(o, (unsigned int)(n / 10 % vms));
	for (unsigned int i = 0; i < vms; i++)
		if ((i + n) % 10 == 0)
			put_faults(o, i, n);
	put_scan(o, GM_SCAN_OBJECTS, GM_SCAN_BEGIN);
	for (unsigned int i = 0; i < vms; i++)
		put_state(o, i);
	put_scan(o, GM_SCAN_OBJECTS, GM_SCAN_END);
	if (n % 10 == 0) {
		put_scan(o, GM_SCAN_TASKS, GM_SCAN_BEGIN);
		for (unsigned int i = 0; i < vms; i++) {
			put_pin(o, i, GM_PIN_VM_FD);
			put_pin(o, i, GM_PIN_FD);
		}
		put_scan(o, GM_SCAN_TASKS, GM_SCAN_END);
	}
	put(o, &t, GM_K_TICK);
}

static int make(const char *path, unsigned int vms, uint64_t seconds)
{
	struct out o = { .ns = 1000 * SEC, .vm = calloc(vms, sizeof(*o.vm)), .pages = calloc(vms, sizeof(*o.pages)) };

	if (!o.vm || !o.pages || !vms || gm_rec_writer_open(&o.w, path, GM_CODEC_NONE))
		return 1;
	put_meta(&o);
	for (unsigned int i = 0; i < vms; i++) {
		put_proc(&o, i);
		reboot(&o, i);
	}
	for (uint64_t n = 0; n < seconds; n++)
		sample(&o, vms, n, n + 1 == seconds);
	free(o.vm);
	free(o.pages);
	return gm_rec_writer_close(o.w) != 0;
}

/* ---- steps and jumps in a recording ---- */

static const struct gm_tool tool = { .name = "steer" };

static int open_run(struct gm_run *r, const char *const *paths, unsigned int nr)
{
	int err = gm_model_new(&r->s.model);

	gm_model_keep_heat(r->s.model);
	err = err ?: gm_model_keep_reboots(r->s.model);
	gm_model_drop_steps(r->s.model);
	err = err ?: gm_run_add_sinks(r);
	err = err ?: gm_past_open(&r->recs, paths, nr, NULL);
	err = err ?: gm_replay_open(&r->src, r->recs, 0, &r->feed);
	gm_run_apply_by_sample(r);
	return err;
}

/* Takes a step and draws its frame; returns the CPU time of both, in ms. */
static double step_ms(struct gm_run *r, enum gm_steer what, double arg)
{
	uint64_t t0 = gm_self_cpu_ns();
	struct gm_frame f = { 0 };
	struct gm_top top;
	int err = gm_session_steer(&r->s, what, arg);

	gm_top_init(&top);
	gm_top_frame(r->s.model, &top, 80, 24, &f);
	gm_frame_release(&f);
	if (err < 0)
		fprintf(stderr, "steer %d %g: %d\n", what, arg, err);
	return (double)(gm_self_cpu_ns() - t0) / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Takes ROUNDS steps; prints their median and the longest. */
static void print_steps(struct gm_run *r, enum gm_steer what, double arg)
{
	double ms[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ms[i] = step_ms(r, what, arg);
	qsort(ms, ROUNDS, sizeof(ms[0]), by_size);
	printf("%8.1f %7.1f", ms[ROUNDS / 2], ms[ROUNDS - 1]);
}

static int time_ways(const char *what, const char *const *paths, unsigned int nr)
{
	struct gm_run r = { .s.tool = &tool, .fd = -1, .go = -1, .s.steered = true };
	uint64_t resident = 0, unused, span;
	int err = open_run(&r, paths, nr);

	if (err)
		return 1;
	span = r.recs->last_ns - r.recs->first_ns;
	step_ms(&r, GM_STEER_TICKS, 1);
	printf("%-28s %8.1f", what, step_ms(&r, GM_STEER_TO, 1e300));
	print_steps(&r, GM_STEER_TICKS, -1);
	print_steps(&r, GM_STEER_BY, -60);
	print_steps(&r, GM_STEER_EPISODE, -1);
	printf(" %8.1f", step_ms(&r, GM_STEER_TO, (double)r.recs->first_ns + (double)span / 4));
	printf(" %8.1f", step_ms(&r, GM_STEER_TO, (double)r.recs->first_ns + (double)span / 4 * 3));
	printf(" %8.1f", step_ms(&r, GM_STEER_TO, 1e300));
	gm_self_memory(&unused, &resident);
	printf(" %6llu\n", (unsigned long long)resident >> 20);
	r.src->ops->close(r.src);
	gm_model_free(r.s.model);
	gm_str_release(&r.held);
	gm_marks_release(&r.steer.marks);
	return 0;
}

int main(int argc, char **argv)
{
	gm_log_init("steer", GM_LOG_WARN);
	if (argc == 5 && !strcmp(argv[1], "make"))
		return make(argv[2], (unsigned int)atoi(argv[3]), strtoull(argv[4], NULL, 10));
	if (argc > 3 && !strcmp(argv[1], "time"))
		return time_ways(argv[2], (const char *const *)argv + 3, (unsigned int)argc - 3);
	return 2;
}
