// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of merged recordings: each field is converted, clocks and ids are common, sums are right, scans end no object
 * of another host, hosts have different names. The tests apply the result to a model and check it.
 */
#include "fixture/model_world.h"
#include <errno.h>
#include "base/log.h"
#include "model/observe.h"
#include "record/rec_file.h"
#include "record/rec_stream.h"
#include "past/merge_int.h"
#include "wire_layout.h"

#define SEC 1000000000ull
#define REAL (1795688100ull * SEC)

/* ---- the table has every field whose meaning depends on its recording ---- */

static void check_field(unsigned int kind, const char *kind_name, const char *field, size_t offset)
{
	static const struct {
		const char *field;
		char class;
	} known[] = {
		{ "ts_ns", 't' },      { "born_ns", 't' },    { "first_ns", 't' }, { "last_ns", 't' },
		{ "since_ns", 't' },   { "touched_ns", 't' }, { "as_of_ns", 't' }, { "begin_max_ns", 't' },
		{ "end_min_ns", 't' }, { "tgid", 'p' },	      { "tid", 'p' },	   { "vm", 'v' },
		{ "file", 'f' },       { "inode", 'i' },
	};
	char want = 0;

	for (size_t i = 0; i < GM_ARRAY_SIZE(known); i++)
		if (!strcmp(field, known[i].field))
			want = known[i].class;
	if (gm_merge_class(kind, offset) != want)
		fail_msg("%s.%s: expected class '%c' got '%c'", kind_name, field, want ? want : '-',
			 gm_merge_class(kind, offset));
}

static void check_type(unsigned int kind, const char *type)
{
	const char *in = NULL;

#define S(s) in = #s;
#define F(s, f)                                                                \
	if (!strcmp(in, type) && strcmp(#f, "h") && strcmp(#f, "ev"))          \
		check_field(kind, type, #f, offsetof(struct s, f));            \
	if (!strcmp(in, "gm_ev") && gm_kind_is_event(kind) && strcmp(#f, "h")) \
		check_field(kind, type, #f, offsetof(struct s, f));
	GM_LAYOUT(S, F)
#undef S
#undef F
}

static void test_no_field_forgotten(void **state)
{
	(void)state;
#define X(E, n, type, name, phase) \
	check_type(n, #type);      \
	check_field(n, #type, "ts_ns", offsetof(struct gm_rec, ts_ns));
	GM_KINDS(X)
#undef X
}

/* ---- hand-made recordings ---- */

struct tape {
	struct unit_file f;
	struct gm_rec_writer *w;
	uint64_t zero;		/* the recording's clock when the wall clock was REAL */
};

static void put_at(struct tape *t, union gm_any *u, unsigned int kind, uint64_t ns)
{
	gm_rec_init(&u->h, kind, t->zero + ns);
	assert_int_equal(gm_rec_writer_put(t->w, &u->h), 0);
	memset(u, 0, sizeof(*u));
}

static void tape_begin(struct tape *t, uint64_t zero, uint64_t at, const char *host)
{
	union gm_any u = { 0 };

	unit_file_init(&t->f);
	t->zero = zero;
	assert_int_equal(gm_rec_writer_open(&t->w, t->f.path, GM_CODEC_NONE), 0);
	u.as_META.real_ns = REAL + at;
	u.as_META.page_size = 4096;
	u.as_META.mode = GM_MODE_FULL;
	u.as_META.nodes = 1;
	u.as_META.flags = GM_META_VM_FDS;
	snprintf(u.as_META.host, sizeof(u.as_META.host), "%s", host);
	snprintf(u.as_META.boot, sizeof(u.as_META.boot), "%s", host);
	put_at(t, &u, GM_K_META, at);
	memcpy(u.as_PROBE.probe, "guest_fault", 12);
	u.as_PROBE.state = GM_PROBE_ATTACHED;
	u.as_PROBE.phases = 1u << GM_PHASE_GUEST_FAULT;
	put_at(t, &u, GM_K_PROBE, at);
}

/* Adds VM id with inode id of process 10, name web, created at `at`. */
static void tape_vm(struct tape *t, uint64_t at, uint32_t id)
{
	union gm_any u = { 0 };

	u.as_PROC.tgid = 10;
	u.as_PROC.start_ticks = 5;
	memcpy(u.as_PROC.comm, "vmm", 4);
	u.as_PROC.cmdline_len = (uint32_t)snprintf(u.as_PROC.cmdline, 64, "vmm%c-name%cweb", 0, 0) + 1;
	put_at(t, &u, GM_K_PROC, at);
	u.ev.vm = id;
	u.ev.tgid = u.ev.tid = 10;
	put_at(t, &u, GM_K_VM_CREATE, at);
	u.ev.vm = u.ev.file = u.ev.inode = id;
	u.ev.tgid = 10;
	u.as_CREATE.size_bytes = 1 << 20;
	put_at(t, &u, GM_K_CREATE, at);
}

static void tape_sample(struct tape *t, uint64_t at, uint32_t id, uint64_t allocated, uint64_t lost, uint64_t seq)
{
	union gm_any u = { 0 };

	u.as_INODE.inode = id;
	u.as_INODE.size_bytes = 1 << 20;
	u.as_INODE.counted = 1;
	u.as_INODE.resident_pages = u.as_INODE.allocated_pages = allocated;
	put_at(t, &u, GM_K_INODE, at);
	u.as_HIST.vm = id;
	u.as_HIST.phase = GM_PHASE_GUEST_FAULT;
	u.as_HIST.cells_nr = 1;
	u.as_HIST.cells[0] = (struct gm_cell){ gm_hist_slot(1000), 5 };
	u.as_HIST.sum_ns = 5000;
	u.as_HIST.min_ns = u.as_HIST.max_ns = 1000;
	put_at(t, &u, GM_K_HIST, at);
	u.as_OPS = (struct gm_rec_ops){ .phase = GM_PHASE_GUEST_FAULT, .seen = 5 * seq + 1, .done = 5 * seq };
	put_at(t, &u, GM_K_OPS, at);
	for (uint32_t i = 0; lost && i < 2; i++) { /* all losses are punches */
		u.as_LOSS.count = lost;
		u.as_LOSS.kind = i ? GM_K_PUNCH : 0;
		memcpy(u.as_LOSS.what, "ring_full", 10);
		put_at(t, &u, GM_K_LOSS, at);
	}
	u.as_TICK.seq = seq;
	put_at(t, &u, GM_K_TICK, at);
}

static void tape_walk(struct tape *t, uint64_t at, uint32_t id)
{
	union gm_any u = { 0 };

	u.as_SCAN = (struct gm_rec_scan){ .what = GM_SCAN_TASKS, .edge = GM_SCAN_BEGIN };
	put_at(t, &u, GM_K_SCAN, at);
	u.as_PIN = (struct gm_rec_pin){ .what = GM_PIN_FD, .tgid = 10, .fd = 3, .file = id, .inode = id };
	put_at(t, &u, GM_K_PIN, at);
	u.as_PIN = (struct gm_rec_pin){ .what = GM_PIN_VM_FD, .tgid = 10, .fd = 4, .vm = id };
	put_at(t, &u, GM_K_PIN, at);
	u.as_SCAN = (struct gm_rec_scan){ .what = GM_SCAN_TASKS, .edge = GM_SCAN_END };
	put_at(t, &u, GM_K_SCAN, at);
}

static void tape_end(struct tape *t)
{
	assert_int_equal(gm_rec_writer_close(t->w), 0);
}

static int merge_two(struct gm_rec_stream **out, const struct tape *a, const struct tape *b)
{
	const char *names[2] = { "a.rec", "dir/b.rec" };
	struct gm_rec_stream *r[2];

	assert_int_equal(gm_rec_stream_open(&r[0], a->f.path), 0);
	assert_int_equal(gm_rec_stream_open(&r[1], b->f.path), 0);
	return gm_merge_open(out, r, names, 2);
}

struct seen {
	uint64_t ticks, last, seq, ts_ns, back;
	unsigned int metas;
};

/* Applies all records to a model; returns their numbers. */
static struct seen feed(struct gm_rec_stream *r, struct gm_model *m)
{
	struct seen s = { 0 };
	union gm_any rec;

	while (r->ops->next(r, &rec) == 1) {
		s.metas += rec.h.kind == GM_K_META;
		if (rec.h.kind == GM_K_TICK) {
			assert_int_equal(rec.as_TICK.seq, ++s.ticks);
			assert_int_equal(s.last, 0);
			s.last += rec.as_TICK.last;
			assert_true(rec.h.ts_ns >= s.ts_ns);
			s.ts_ns = rec.h.ts_ns;
		}
		assert_int_equal(gm_model_apply(m, &rec), 0);
	}
	check_model(m);
	return s;
}

/* Makes recordings of two hosts with the same ids, names and process ids at the same time, with clocks a day apart. */
static void two_hosts(struct tape *a, struct tape *b)
{
	tape_begin(a, 1000 * SEC, 0, "aa");
	tape_begin(b, 90000 * SEC, SEC / 2, "bb");
	tape_vm(a, SEC, 1);
	tape_vm(b, SEC + 1, 1);
	for (uint64_t i = 2; i <= 5; i++) {
		tape_walk(a, i * SEC - 100, 1);
		tape_sample(a, i * SEC, 1, 10 * i, 0, i - 1);
		tape_walk(b, i * SEC + 100, 1);
		tape_sample(b, i * SEC + 200, 1, 100 * i, i, i - 1);
	}
	tape_end(a);
	tape_end(b);
}

static const struct gm_machine *machine(const struct gm_model *m, const char *name)
{
	for (size_t i = 0; i < m->machines.nr; i++)
		if (!strcmp(((struct gm_machine *)m->machines.at[i])->name, name))
			return m->machines.at[i];
	fail_msg("no machine named %s", name);
	return NULL;
}

static void check_two_hosts(const struct gm_model *m)
{
	struct gm_mem mem;
	const struct gm_vm *vm;

	assert_int_equal(m->machines.nr, 2);
	gm_machine_mem(machine(m, "web"), &mem);
	assert_int_equal(mem.resident_pages, 50);
	gm_machine_mem(machine(m, "web@2"), &mem);
	assert_int_equal(mem.resident_pages, 500);
	vm = machine(m, "web@2")->vms.at[0];
	assert_int_equal(gm_pid(vm->tgid), 10);
	assert_true(gm_vm_matches(vm, "10"));
	assert_int_equal(vm->born_ns, 1001 * SEC + 1); /* by the first recording's clock */
	assert_int_equal(m->counts.allocated_pages, 550);
	assert_int_equal(m->total[GM_PHASE_GUEST_FAULT]->count, 2 * 4 * 5);
	assert_int_equal(m->ops[GM_PHASE_GUEST_FAULT].done, 2 * 20);
	assert_int_equal(m->ops[GM_PHASE_GUEST_FAULT].seen, 2 * 21);
	assert_int_equal(m->lost, 5);
	assert_int_equal(((struct gm_loss *)m->losses.at[0])->kinds[GM_K_PUNCH - GM_K_EVENT_FIRST].count, 5);
	assert_int_equal(m->counts.events[GM_K_VM_CREATE], 2);
	assert_int_equal(m->pins.nr, 4);
	assert_int_equal(gm_vm_state(m, vm), GM_VM_RUNS);
	assert_int_equal(gm_vm_state(m, machine(m, "web")->vms.at[0]), GM_VM_RUNS);
}

static void test_two_hosts(void **state)
{
	struct tape a, b;
	struct gm_model *m;
	struct gm_rec_stream *r;
	struct seen s;

	(void)state;
	two_hosts(&a, &b);
	for (int swap = 0; swap < 2; swap++) { /* both orders of the recordings */
		assert_int_equal(merge_two(&r, swap ? &b : &a, swap ? &a : &b), 0);
		assert_int_equal(r->first_ns, 1000 * SEC);
		assert_int_equal(r->last_ns, 1005 * SEC + 200);
		assert_int_equal(r->first_real_ns, REAL);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(gm_model_new(&m), 0);
			s = feed(r, m);
			assert_int_equal(s.metas, 1);
			assert_int_equal(s.last, 1);
			/* The first recording's ticks, the second one's last tick, one that ends the merge. */
			assert_int_equal(s.ticks, 4 + 1 + 1);
			check_two_hosts(m);
			gm_model_free(m);
			assert_int_equal(r->ops->rewind(r), 0);
		}
		gm_rec_stream_close(r);
	}
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

/* Recordings of one boot keep process ids and clocks; each session numbers its objects, so both have rows. */
static void test_same_boot(void **state)
{
	struct tape a, b;
	struct gm_model *m;
	struct gm_rec_stream *r;

	(void)state;
	tape_begin(&a, 1000 * SEC, 0, "aa");
	tape_vm(&a, SEC, 1);
	tape_sample(&a, 2 * SEC, 1, 10, 0, 1);
	tape_end(&a);
	tape_begin(&b, 1000 * SEC, 10 * SEC, "aa");
	tape_vm(&b, 11 * SEC, 1);
	tape_sample(&b, 12 * SEC, 1, 7, 0, 1);
	tape_end(&b);
	assert_int_equal(merge_two(&r, &a, &b), 0);
	assert_int_equal(gm_model_new(&m), 0);
	assert_int_equal(feed(r, m).ticks, 3);
	assert_int_equal(m->machines.nr, 1);
	assert_int_equal(machine(m, "web")->vms.nr, 2);
	assert_int_equal(m->counts.allocated_pages, 17);
	gm_model_free(m);
	gm_rec_stream_close(r);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

static void copy(struct gm_rec_stream *in, const char *path)
{
	struct gm_rec_writer *w;
	union gm_any rec;

	assert_int_equal(gm_rec_writer_open(&w, path, GM_CODEC_NONE), 0);
	while (in->ops->next(in, &rec) == 1)
		assert_int_equal(gm_rec_writer_put(w, &rec.h), 0);
	assert_int_equal(gm_rec_writer_close(w), 0);
}

static int tell_to(void *arg, const union gm_any *rec)
{
	return gm_rec_writer_put(arg, &rec->h);
}

/* A recording that begins with a keyframe: earlier counts are left out. */
static void test_begins_in_the_middle(void **state)
{
	struct tape a, b, cut;
	struct gm_model *m, *all;
	struct gm_rec_stream *r;
	struct gm_rec_writer *w;
	union gm_any rec;

	(void)state;
	two_hosts(&a, &b);
	unit_file_init(&cut.f);
	assert_int_equal(gm_rec_stream_open(&r, b.f.path), 0);
	assert_int_equal(gm_model_new(&all), 0);
	while (r->ops->next(r, &rec) == 1 && rec.h.ts_ns < 90003 * SEC + 250)
		assert_int_equal(gm_model_apply(all, &rec), 0);
	assert_int_equal(gm_rec_writer_open(&w, cut.f.path, GM_CODEC_NONE), 0);
	assert_int_equal(gm_model_emit_keyframe(all, tell_to, w), 0);
	do {
		assert_int_equal(gm_rec_writer_put(w, &rec.h), 0);
	} while (r->ops->next(r, &rec) == 1);
	assert_int_equal(gm_rec_writer_close(w), 0);
	gm_rec_stream_close(r);
	gm_model_free(all);

	assert_int_equal(merge_two(&r, &a, &cut), 0);
	assert_int_equal(gm_model_new(&m), 0);
	assert_int_equal(feed(r, m).metas, 1);
	assert_int_equal(m->counts.allocated_pages, 50 + 200); /* 300 at the cut and 500 at the end */
	assert_int_equal(m->total[GM_PHASE_GUEST_FAULT]->count, 20 + 10);
	assert_int_equal(m->ops[GM_PHASE_GUEST_FAULT].done, 20 + 10);
	assert_int_equal(m->ops[GM_PHASE_GUEST_FAULT].seen, 21 + 11);
	assert_int_equal(m->lost, 2);
	assert_int_equal(((struct gm_loss *)m->losses.at[0])->kinds[GM_K_PUNCH - GM_K_EVENT_FIRST].count, 2);
	assert_int_equal(m->counts.events[GM_K_VM_CREATE], 1);
	assert_int_equal(m->machines.nr, 2);
	gm_model_free(m);
	gm_rec_stream_close(r);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
	unit_file_release(&cut.f);
}

/* A recorded merge is a recording; a scan of one host does not end the other's bindings or pins. */
static void test_recorded(void **state)
{
	struct tape a, b;
	struct unit_file f;
	struct gm_model *m;
	struct gm_rec_stream *r;

	(void)state;
	two_hosts(&a, &b);
	unit_file_init(&f);
	assert_int_equal(merge_two(&r, &a, &b), 0);
	copy(r, f.path);
	gm_rec_stream_close(r);
	assert_int_equal(gm_rec_stream_open(&r, f.path), 0);
	assert_int_equal(gm_model_new(&m), 0);
	feed(r, m);
	check_two_hosts(m);
	gm_model_free(m);
	gm_rec_stream_close(r);
	unit_file_release(&f);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

/* A tool without a probe has not seen its phases; a recording without any probe changes nothing. */
static void test_older_tool(void **state)
{
	struct tape a, b;
	struct gm_model *m;
	struct gm_rec_stream *r;
	union gm_any u = { 0 };

	(void)state;
	tape_begin(&a, 1000 * SEC, 0, "aa");
	memcpy(u.as_PROBE.probe, "host_fault", 11);
	u.as_PROBE.state = GM_PROBE_ATTACHED;
	u.as_PROBE.phases = 1u << GM_PHASE_HOST_FAULT;
	put_at(&a, &u, GM_K_PROBE, 1);
	put_at(&a, &u, GM_K_TICK, 2 * SEC);
	tape_end(&a);
	tape_begin(&b, 9000 * SEC, 2, "bb");
	put_at(&b, &u, GM_K_TICK, SEC);
	tape_end(&b);
	assert_int_equal(merge_two(&r, &a, &b), 0);
	assert_int_equal(gm_model_new(&m), 0);
	feed(r, m);
	assert_null(gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT));
	assert_non_null(gm_phase_unavailable(m, GM_PHASE_HOST_FAULT));
	assert_non_null(strstr(gm_phase_unavailable(m, GM_PHASE_HOST_FAULT), "b.rec: the tool that recorded it"));
	assert_int_equal(m->probes.nr, 2);
	gm_model_free(m);
	gm_rec_stream_close(r);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

/* A phase that one host sees and the other sees in part is partial, in either order. */
static void test_in_part(void **state)
{
	(void)state;
	for (unsigned int first = 0; first < 2; first++) {
		union gm_any whole = { 0 }, part, tick = { 0 };
		struct gm_model *m;
		struct gm_rec_stream *r;
		struct tape a, b;

		memcpy(whole.as_PROBE.probe, "fallocate", 10);
		whole.as_PROBE.state = GM_PROBE_ATTACHED;
		whole.as_PROBE.cls = GM_WANTED;
		whole.as_PROBE.phases = 1u << GM_PHASE_PUNCH;
		part = whole;
		part.as_PROBE.partly = part.as_PROBE.phases;
		memcpy(part.as_PROBE.unseen, "by io_uring", 12);
		tape_begin(&a, 1000 * SEC, 0, "aa");
		put_at(&a, first ? &part : &whole, GM_K_PROBE, 1);
		put_at(&a, &tick, GM_K_TICK, 2 * SEC);
		tape_end(&a);
		tape_begin(&b, 9000 * SEC, 0, "bb");
		put_at(&b, first ? &whole : &part, GM_K_PROBE, 1);
		put_at(&b, &tick, GM_K_TICK, SEC);
		tape_end(&b);
		assert_int_equal(merge_two(&r, &a, &b), 0);
		assert_int_equal(gm_model_new(&m), 0);
		feed(r, m);
		assert_int_equal(gm_model_sight(m, GM_PHASE_PUNCH).seen, GM_SEEN_PART);
		assert_non_null(strstr(gm_model_sight(m, GM_PHASE_PUNCH).why, "by io_uring"));
		gm_model_free(m);
		gm_rec_stream_close(r);
		unit_file_release(&a.f);
		unit_file_release(&b.f);
	}
}

/* The second host never scans tasks, or lacks a probe: only figures that all hosts have are shown. */
static void test_the_least(void **state)
{
	struct tape a, b;
	struct gm_model *m;
	struct gm_rec_stream *r;
	union gm_any u = { 0 };

	(void)state;
	tape_begin(&a, 1000 * SEC, 0, "aa");
	tape_vm(&a, SEC, 1);
	tape_walk(&a, 2 * SEC, 1);
	tape_sample(&a, 2 * SEC, 1, 10, 0, 1);
	tape_end(&a);
	unit_file_init(&b.f);
	b.zero = 5 * SEC;
	assert_int_equal(gm_rec_writer_open(&b.w, b.f.path, GM_CODEC_NONE), 0);
	u.as_META.real_ns = REAL + 1;
	u.as_META.page_size = 4096;
	u.as_META.mode = GM_MODE_TRACEPOINT;
	put_at(&b, &u, GM_K_META, 1);
	memcpy(u.as_PROBE.probe, "guest_fault", 12);
	u.as_PROBE.state = GM_PROBE_REFUSED;
	u.as_PROBE.phases = 1u << GM_PHASE_GUEST_FAULT;
	memcpy(u.as_PROBE.why, "not here", 9);
	put_at(&b, &u, GM_K_PROBE, 1);
	tape_vm(&b, SEC, 1);
	put_at(&b, &u, GM_K_TICK, 3 * SEC);
	tape_end(&b);
	assert_int_equal(merge_two(&r, &a, &b), 0);
	assert_int_equal(gm_model_new(&m), 0);
	feed(r, m);
	assert_int_equal(m->meta.mode, GM_MODE_TRACEPOINT);
	assert_int_equal(m->meta.flags & GM_META_VM_FDS, 0);
	assert_non_null(gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT));
	assert_non_null(strstr(gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT), "b.rec: not here"));
	assert_int_equal(m->pins.nr, 0); /* no pins, as one host has not scanned tasks */
	assert_int_equal(gm_vm_state(m, machine(m, "web@2")->vms.at[0]), GM_VM_RUNS);
	gm_model_free(m);
	gm_rec_stream_close(r);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

static void test_refused(void **state)
{
	struct tape a, b;
	struct gm_rec_stream *r;
	union gm_any u = { 0 };

	(void)state;
	two_hosts(&a, &b);
	unit_file_release(&b.f);
	unit_file_init(&b.f);
	assert_int_equal(gm_rec_writer_open(&b.w, b.f.path, GM_CODEC_NONE), 0);
	u.as_META.real_ns = REAL;
	u.as_META.page_size = 65536;
	put_at(&b, &u, GM_K_META, 0);
	tape_end(&b);
	assert_int_equal(merge_two(&r, &a, &b), -EINVAL);
	unit_file_release(&b.f);
	unit_file_init(&b.f);
	assert_int_equal(gm_rec_writer_open(&b.w, b.f.path, GM_CODEC_NONE), 0);
	tape_end(&b);
	assert_int_equal(merge_two(&r, &a, &b), -EBADMSG);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

/* ---- edges ---- */

/* Begins a recording with its clocks and its host only. */
static void bare_begin(struct tape *t, uint64_t zero, uint64_t at, uint64_t real, const char *host, unsigned int mode)
{
	union gm_any u = { 0 };

	unit_file_init(&t->f);
	t->zero = zero;
	assert_int_equal(gm_rec_writer_open(&t->w, t->f.path, GM_CODEC_NONE), 0);
	u.as_META.real_ns = real;
	u.as_META.page_size = 4096;
	u.as_META.mode = mode;
	snprintf(u.as_META.host, sizeof(u.as_META.host), "%s", host);
	snprintf(u.as_META.boot, sizeof(u.as_META.boot), "%s", host);
	put_at(t, &u, GM_K_META, at);
}

static struct gm_model *merged(const struct tape *a, const struct tape *b)
{
	struct gm_model *m;
	struct gm_rec_stream *r;

	assert_int_equal(merge_two(&r, a, b), 0);
	assert_int_equal(gm_model_new(&m), 0);
	feed(r, m);
	gm_rec_stream_close(r);
	return m;
}

/* A recording has ended; later scans of the other one change nothing about its VM. */
static void ended(uint64_t walk_a, bool named, enum gm_vm_state want_a, enum gm_vm_state want_b)
{
	struct tape a, b;
	struct gm_model *m;
	union gm_any u = { 0 };

	tape_begin(&a, 1000 * SEC, 0, "aa");
	if (walk_a && walk_a < SEC)
		tape_walk(&a, walk_a, 7);
	tape_vm(&a, SEC, 1);
	u.ev.vm = 2; /* a VM of a process that no scan reports */
	u.ev.tgid = u.ev.tid = 11;
	put_at(&a, &u, GM_K_VM_CREATE, SEC + 1);
	if (walk_a > SEC)
		tape_walk(&a, walk_a, 1);
	tape_sample(&a, 3 * SEC, 1, 10, 0, 1);
	tape_end(&a);
	tape_begin(&b, 5 * SEC, 10 * SEC, "bb");
	tape_vm(&b, 11 * SEC, 1);
	u.as_SCAN = (struct gm_rec_scan){ .what = GM_SCAN_TASKS, .edge = GM_SCAN_BEGIN };
	if (!named)
		put_at(&b, &u, GM_K_SCAN, 12 * SEC);
	u.as_SCAN = (struct gm_rec_scan){ .what = GM_SCAN_TASKS, .edge = GM_SCAN_END };
	if (!named)
		put_at(&b, &u, GM_K_SCAN, 12 * SEC);
	else
		tape_walk(&b, 12 * SEC, 1);
	tape_sample(&b, 13 * SEC, 1, 7, 0, 1);
	tape_end(&b);
	m = merged(&a, &b);
	assert_int_equal(gm_vm_state(m, machine(m, "pid-11")->vms.at[0]), want_a);
	assert_int_equal(gm_vm_state(m, machine(m, "web@2")->vms.at[0]), want_b);
	gm_model_free(m);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

static void test_ended(void **state)
{
	(void)state;
	ended(0, true, GM_VM_RUNS, GM_VM_RUNS);
	ended(SEC / 2, true, GM_VM_RUNS, GM_VM_RUNS);
	ended(SEC / 2, false, GM_VM_RUNS, GM_VM_RUNS);	    /* the last scan was before the VM */
	ended(2 * SEC, true, GM_VM_OWNER_GONE, GM_VM_RUNS); /* the recording's own scan found the owner's end */
	ended(2 * SEC, false, GM_VM_OWNER_GONE, GM_VM_OWNER_GONE);
}

/*
 * The second recording has a binding that is older than the first one's boot: its time is before all others, not after
 * them.
 */
static void test_older_than_boot(void **state)
{
	struct tape a, b;
	struct gm_rec_stream *r;
	union gm_any u = { 0 }, rec;
	bool ticked = false, told = false;

	(void)state;
	tape_begin(&a, SEC, 0, "aa");
	for (uint64_t i = 2; i <= 9; i++)
		tape_sample(&a, i * SEC, 1, 10, 0, i - 1);
	tape_end(&a);
	bare_begin(&b, 90000 * SEC, SEC, REAL + SEC, "bb", GM_MODE_FULL);
	u.as_BINDING = (struct gm_rec_binding){ .vm = 1, .npages = 1 };
	gm_rec_init(&u.h, GM_K_BINDING, 90000 * SEC - 3600 * SEC);
	assert_int_equal(gm_rec_writer_put(b.w, &u.h), 0);
	tape_vm(&b, SEC + SEC / 2, 1);
	tape_end(&b);
	assert_int_equal(merge_two(&r, &a, &b), 0);
	while (r->ops->next(r, &rec) == 1) {
		assert_in_range(rec.h.ts_ns, 1, 10 * SEC);
		ticked |= rec.h.kind == GM_K_TICK;
		told |= rec.h.kind == GM_K_VM_CREATE;
		if (rec.h.kind == GM_K_VM_CREATE)
			assert_false(ticked);
	}
	assert_true(told);
	gm_rec_stream_close(r);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

/* A recorded merge, merged with a third recording: its two hosts stay two. */
static void test_nested(void **state)
{
	struct tape a, b, c, ab;
	struct gm_model *m;
	struct gm_rec_stream *r;

	(void)state;
	two_hosts(&a, &b);
	tape_begin(&c, 7 * SEC, SEC / 4, "cc");
	tape_vm(&c, SEC + 2, 1);
	tape_end(&c);
	unit_file_init(&ab.f);
	assert_int_equal(merge_two(&r, &a, &b), 0);
	copy(r, ab.f.path);
	gm_rec_stream_close(r);
	m = merged(&ab, &c);
	assert_int_equal(m->machines.nr, 3);
	for (size_t i = 0; i < m->machines.nr; i++)
		assert_int_equal(((struct gm_machine *)m->machines.at[i])->vms.nr, 1);
	gm_model_free(m);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
	unit_file_release(&c.f);
	unit_file_release(&ab.f);
}

/* Two recordings of one boot of the second host, whose wall clock jumped by 10 s in between. */
static void test_clock_set(void **state)
{
	struct tape t[3];
	struct gm_rec_stream *r, *in[3];
	const char *names[3] = { "a", "b", "c" };
	union gm_any u = { 0 }, rec;
	uint64_t at[3] = { 0 };

	(void)state;
	bare_begin(&t[0], 1000 * SEC, 0, REAL, "aa", GM_MODE_FULL);
	tape_end(&t[0]);
	for (uint64_t i = 1; i < 3; i++) {
		bare_begin(&t[i], 50 * SEC, i * SEC, REAL + (i == 1 ? 1 : 12) * SEC, "bb", GM_MODE_FULL);
		u.ev.vm = 1;
		put_at(&t[i], &u, GM_K_VM_CREATE, (19 + i) * SEC);
		tape_end(&t[i]);
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(gm_rec_stream_open(&in[i], t[i].f.path), 0);
	assert_int_equal(gm_merge_open(&r, in, names, 3), 0);
	while (r->ops->next(r, &rec) == 1)
		if (rec.h.kind == GM_K_VM_CREATE && rec.ev.vm < 3)
			at[rec.ev.vm] = rec.h.ts_ns;
	gm_rec_stream_close(r);
	assert_int_equal(at[1], 1020 * SEC);
	assert_int_equal(at[2], 1021 * SEC);
	for (size_t i = 0; i < 3; i++)
		unit_file_release(&t[i].f);
}

/* The first recording shows nothing, and has reasons; a process whose only name is its id. */
static void test_first_is_the_least(void **state)
{
	struct tape a, b;
	struct gm_model *m;
	union gm_any u = { 0 };

	(void)state;
	bare_begin(&a, 1000 * SEC, 0, REAL, "aa", GM_MODE_NONE);
	memcpy(u.as_PROBE.probe, "guest_fault", 12);
	u.as_PROBE.state = GM_PROBE_REFUSED;
	u.as_PROBE.phases = 1u << GM_PHASE_GUEST_FAULT;
	memcpy(u.as_PROBE.why, "not here", 9);
	put_at(&a, &u, GM_K_PROBE, 1);
	tape_end(&a);
	bare_begin(&b, 1000 * SEC, 0, REAL + 1, "bb", GM_MODE_KPROBE);
	u.as_PROC.tgid = 10;
	memcpy(u.as_PROC.comm, "vmm", 4);
	put_at(&b, &u, GM_K_PROC, 1);
	u.ev.vm = 1;
	u.ev.tgid = 10;
	put_at(&b, &u, GM_K_VM_CREATE, 2);
	tape_end(&b);
	m = merged(&a, &b);
	assert_int_equal(m->meta.mode, GM_MODE_NONE);
	assert_string_equal(gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT), "a.rec: not here");
	assert_string_equal(((struct gm_machine *)m->machines.at[0])->name, "vmm-10@2");
	assert_string_equal(((struct gm_machine *)m->machines.at[0])->key, "proc@2:10:0");
	gm_model_free(m);
	unit_file_release(&a.f);
	unit_file_release(&b.f);
}

/* Pairs of clocks that no host has. */
static void test_absurd_times(void **state)
{
	static const uint64_t odd[] = { 1, SEC, INT64_MAX, 1ull << 63, UINT64_MAX };
	const size_t nr = GM_ARRAY_SIZE(odd);
	struct tape a, b;
	struct gm_rec_stream *r;
	union gm_any u = { 0 }, rec;

	(void)state;
	for (size_t i = 0; i < nr * nr * nr * nr; i++) {
		bare_begin(&a, odd[i % nr], 0, odd[i / nr % nr], "aa", GM_MODE_FULL);
		tape_end(&a);
		bare_begin(&b, odd[i / nr / nr % nr], 0, odd[i / nr / nr / nr], "bb", GM_MODE_FULL);
		u.ev.vm = 1;
		put_at(&b, &u, GM_K_VM_CREATE, 0);
		tape_end(&b);
		assert_int_equal(merge_two(&r, &a, &b), 0);
		for (size_t k = 0; k < nr; k++) {
			assert_int_equal(r->ops->seek(r, odd[k]), 0);
			while (r->ops->next(r, &rec) == 1)
				;
		}
		gm_rec_stream_close(r);
		unit_file_release(&a.f);
		unit_file_release(&b.f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_field_forgotten),
		cmocka_unit_test(test_two_hosts),
		cmocka_unit_test(test_same_boot),
		cmocka_unit_test(test_begins_in_the_middle),
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_in_part),
		cmocka_unit_test(test_the_least),
		cmocka_unit_test(test_older_tool),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_older_than_boot),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_clock_set),
		cmocka_unit_test(test_first_is_the_least),
		cmocka_unit_test(test_absurd_times),
	};

	gm_log_init("test_merge", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
