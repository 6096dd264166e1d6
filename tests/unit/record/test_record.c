// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/record/record.c: untrusted records are made safe; names and tables; the feed in record/feed.c. */
#include "fixture/unit.h"
#include <errno.h>
#include <stdlib.h>
#include "base/hist.h"
#include "base/vec.h"
#include "record/record.h"
#include "record/feed.h"

static const unsigned int all_kinds[] = {
#define X(E, n, type, name, phase) n,
	GM_KINDS(X)
#undef X
};

/* Makes a record of full size with random bytes behind the header. */
static void randomize(union gm_any *rec, unsigned int kind, uint64_t *seed)
{
	size_t i;

	memset(rec, 0, sizeof(*rec));
	gm_rec_init(&rec->h, kind, unit_random(seed));
	for (i = sizeof(rec->h) / 8; i < rec->h.len / 8; i++)
		rec->raw[i] = unit_random(seed);
}

static void test_needs_more(void **state)
{
	union gm_any in = { .h = { .len = 32, .kind = GM_K_TICK } }, out;
	size_t len;

	(void)state;
	for (len = 0; len < 32; len++)
		assert_int_equal(gm_rec_check(&in, len, &out), -EAGAIN);
	assert_int_equal(gm_rec_check(&in, 32, &out), 32);
	assert_int_equal(gm_rec_check(&in, 4096, &out), 32);
}

static void test_bad_lengths(void **state)
{
	static const uint32_t bad[] = { 0, 1, 8, 15, 17, 31, 33, 4095, 4097, 4104, 0x80000000, 0xffffffff };
	union gm_any in = { .h = { .kind = GM_K_TICK } }, out;
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		in.h.len = bad[i];
		assert_int_equal(gm_rec_check(&in, sizeof(in), &out), -EBADMSG);
	}
}

static void test_unknown_kinds(void **state)
{
	static const unsigned int unknown[] = { 0, 20, 30, 31, 48, 63, 64, 1000, 65535 };
	union gm_any in = { .h = { .len = 4096 } }, out;
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(unknown); i++) {
		in.h.kind = (uint16_t)unknown[i];
		assert_int_equal(gm_rec_check(&in, sizeof(in), &out), 4096);
		assert_int_equal(out.h.kind, 0);
		assert_null(gm_kind_name(unknown[i]));
		assert_int_equal(gm_kind_size(unknown[i]), 0);
		assert_int_equal(gm_kind_phase(unknown[i]), -1);
	}
}

/* A shorter record is extended with zeroes; a longer one is cut. */
static void test_widths(void **state)
{
	union gm_any in, out;
	uint64_t seed = 8;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		((unsigned char *)&in)[i] = 1;
	memset(&out, 0xff, sizeof(out));
	gm_rec_init(&in.h, GM_K_TICK, unit_random(&seed));
	in.h.len = 24;
	assert_int_equal(gm_rec_check(&in, sizeof(in), &out), 24);
	assert_int_equal(out.h.kind, GM_K_TICK);
	assert_int_equal(out.h.len, sizeof(struct gm_rec_tick));
	assert_int_equal(out.as_TICK.seq, in.as_TICK.seq);
	assert_int_equal(out.as_TICK.last, 0);
	in.h.len = 4096;
	assert_int_equal(gm_rec_check(&in, sizeof(in), &out), 4096);
	assert_int_equal(out.h.len, sizeof(struct gm_rec_tick));
	assert_int_equal(out.as_TICK.last, 0x01010101);
}

static bool terminated(const char *s, size_t size)
{
	return memchr(s, 0, size);
}

/* Checks all promises of record.h on *out. */
static void assert_sane(const union gm_any *r)
{
	const struct gm_rec_meta *m = &r->as_META;
	uint32_t i;

	if (!r->h.kind)
		return;
	assert_non_null(gm_kind_name(r->h.kind));
	assert_int_equal(r->h.len, gm_kind_size(r->h.kind));
	if (gm_kind_is_event(r->h.kind))
		assert_true(terminated(r->ev.comm, sizeof(r->ev.comm)));
	switch (r->h.kind) {
	case GM_K_META:
		assert_true(terminated(m->arch, sizeof(m->arch)));
		assert_true(terminated(m->release, sizeof(m->release)));
		assert_true(terminated(m->tool, sizeof(m->tool)));
		assert_true(m->page_size >= 4096 && m->page_size <= 65536);
		assert_int_equal(m->page_size & (m->page_size - 1), 0);
		assert_true(m->nodes <= GM_NODES_MAX && m->mode <= GM_MODE_INVENTORY);
		assert_true(m->init_on_alloc <= GM_YES && m->init_on_free <= GM_YES && m->emulated <= GM_YES);
		break;
	case GM_K_PROBE:
		assert_true(terminated(r->as_PROBE.probe, sizeof(r->as_PROBE.probe)));
		assert_true(terminated(r->as_PROBE.hook, sizeof(r->as_PROBE.hook)));
		assert_true(terminated(r->as_PROBE.why, sizeof(r->as_PROBE.why)));
		assert_true(r->as_PROBE.state <= GM_PROBE_OFF);
		assert_true(r->as_PROBE.cls >= GM_REQUIRED && r->as_PROBE.cls <= GM_EXTRA);
		assert_int_equal((r->as_PROBE.phases | r->as_PROBE.missing) >> GM_PHASE_NR, 0);
		assert_int_equal(r->as_PROBE.partly & ~r->as_PROBE.phases, 0);
		assert_true(terminated(r->as_PROBE.unseen, sizeof(r->as_PROBE.unseen)));
		break;
	case GM_K_FALLOCATE:
	case GM_K_PUNCH: assert_true(r->as_PUNCH.call < GM_CALL_NR); break;
	case GM_K_LOSS: assert_true(terminated(r->as_LOSS.what, sizeof(r->as_LOSS.what))); break;
	case GM_K_PROG:
		assert_true(terminated(r->as_PROG.name, sizeof(r->as_PROG.name)));
		assert_true(r->as_PROG.stats <= GM_YES);
		break;
	case GM_K_PROC:
		assert_true(terminated(r->as_PROC.comm, sizeof(r->as_PROC.comm)));
		assert_true(terminated(r->as_PROC.cgroup, sizeof(r->as_PROC.cgroup)));
		assert_true(terminated(r->as_PROC.cmdline, sizeof(r->as_PROC.cmdline)));
		assert_true(r->as_PROC.cmdline_len <= sizeof(r->as_PROC.cmdline));
		break;
	case GM_K_SCAN:
		assert_in_range(r->as_SCAN.what, GM_SCAN_OBJECTS, GM_SCAN_TASKS);
		assert_in_range(r->as_SCAN.edge, GM_SCAN_BEGIN, GM_SCAN_END);
		break;
	case GM_K_PIN:
		assert_true(terminated(r->as_PIN.comm, sizeof(r->as_PIN.comm)));
		assert_string_not_equal(gm_pin_name(r->as_PIN.what), "?");
		break;
	case GM_K_OPS: assert_true(r->as_OPS.phase < GM_PHASE_NR); break;
	case GM_K_SPLIT: assert_true(gm_phase_is_fault_kind(r->as_SPLIT.phase)); break;
	case GM_K_CALLS: assert_true(gm_phase_is_summed(r->as_CALLS.phase)); break;
	case GM_K_FAULT:
		assert_true(gm_phase_is_fault_kind(r->as_FAULT.phase));
		assert_true(terminated(r->as_FAULT.stack, sizeof(r->as_FAULT.stack)));
		break;
	case GM_K_HIST:
		assert_true(r->as_HIST.phase < GM_PHASE_NR && r->as_HIST.cells_nr <= GM_HIST_CELLS);
		for (i = 0; i < r->as_HIST.cells_nr; i++)
			assert_true(r->as_HIST.cells[i].slot < GM_HIST_SLOTS);
		break;
	}
}

static void test_random_bytes_are_sane(void **state)
{
	union gm_any in, out, again;
	uint64_t seed = 21;
	size_t round, i;

	(void)state;
	for (round = 0; round < 2000; round++) {
		for (i = 0; i < GM_ARRAY_SIZE(all_kinds); i++) {
			randomize(&in, all_kinds[i], &seed);
			if (round % 2 && all_kinds[i] == GM_K_HIST)
				in.as_HIST.phase %= GM_PHASE_NR;
			if (round % 2 && all_kinds[i] == GM_K_PIN)
				in.as_PIN.what %= 8;
			assert_int_equal(gm_rec_check(&in, sizeof(in), &out), in.h.len);
			assert_sane(&out);
			if (!out.h.kind)
				continue;
			assert_int_equal(gm_rec_check(&out, out.h.len, &again), out.h.len);
			assert_memory_equal(&again, &out, out.h.len);
		}
	}
}

static void test_hist_cells(void **state)
{
	union gm_any in = { 0 }, out;
	struct gm_rec_hist *h = &in.as_HIST;

	(void)state;
	gm_rec_init(&h->h, GM_K_HIST, 1);
	h->cells_nr = 3;
	h->cells[0] = (struct gm_cell){ 289, 7 };
	h->cells[1] = (struct gm_cell){ 290, 8 };
	h->cells[2] = (struct gm_cell){ 5, 9 };
	h->cells[3] = (struct gm_cell){ 6, 10 }; /* behind cells_nr */
	assert_int_equal(gm_rec_check(&in, sizeof(in), &out), in.h.len);
	assert_int_equal(out.as_HIST.cells_nr, 2);
	assert_int_equal(out.as_HIST.cells[0].slot, 289);
	assert_int_equal(out.as_HIST.cells[1].slot, 5);
	assert_int_equal(out.as_HIST.cells[1].count, 9);
	assert_int_equal(out.as_HIST.cells[2].slot, 0);
	assert_int_equal(out.as_HIST.cells[3].count, 0);
	h->cells_nr = UINT32_MAX;
	gm_rec_check(&in, sizeof(in), &out);
	assert_int_equal(out.as_HIST.cells_nr, GM_HIST_CELLS - 1);
	h->phase = GM_PHASE_NR;
	gm_rec_check(&in, sizeof(in), &out);
	assert_int_equal(out.h.kind, 0);
}

static void test_hist_narrow(void **state)
{
	struct gm_rec_hist h = { .cells_nr = 4 };
	__u64 min = 0, max = UINT64_MAX;

	(void)state;
	h.cells[0] = (struct gm_cell){ 3, 0 };
	h.cells[1] = (struct gm_cell){ 40, 7 };
	h.cells[2] = (struct gm_cell){ 20, 1 };
	h.cells[3] = (struct gm_cell){ GM_HIST_SLOTS, 1 }; /* beyond the slots of a histogram */
	h.cells[4] = (struct gm_cell){ 60, 1 };		   /* behind cells_nr */
	gm_rec_hist_narrow(&h, &min, &max);
	assert_int_equal(min, gm_hist_upper_ns(19) + 1);
	assert_int_equal(max, gm_hist_upper_ns(40));
	min++;
	max--;
	gm_rec_hist_narrow(&h, &min, &max); /* the bounds are narrower already */
	assert_int_equal(min, gm_hist_upper_ns(19) + 2);
	assert_int_equal(max, gm_hist_upper_ns(40) - 1);
	h.cells[0].count = 1;
	h.cells[0].slot = 0;
	min = 0;
	gm_rec_hist_narrow(&h, &min, &max);
	assert_int_equal(min, 0);
}

static void test_meta_bounds(void **state)
{
	union gm_any in = { 0 }, out;

	(void)state;
	gm_rec_init(&in.h, GM_K_META, 1);
	in.as_META.page_size = 16384;
	in.as_META.nodes = 64;
	gm_rec_check(&in, sizeof(in), &out);
	assert_int_equal(out.as_META.page_size, 16384);
	assert_int_equal(out.as_META.nodes, GM_NODES_MAX);
	in.as_META.page_size = 0;
	gm_rec_check(&in, sizeof(in), &out);
	assert_int_equal(out.as_META.page_size, 4096);
}

/* Reads and writes stay inside of unaligned buffers of exact size. */
static void test_exact_buffers(void **state)
{
	union gm_any in;
	uint64_t seed = 4;
	size_t i, cut;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(all_kinds); i++) {
		randomize(&in, all_kinds[i], &seed);
		for (cut = 16; cut <= gm_kind_size(all_kinds[i]); cut += 8) {
			char *raw = malloc(cut + 1);
			union gm_any *out = malloc(sizeof(*out));

			in.h.len = (uint32_t)cut;
			memcpy(raw + 1, &in, cut);
			assert_int_equal(gm_rec_check(raw + 1, cut, out), cut);
			assert_sane(out);
			free(out);
			free(raw);
		}
	}
}

static void test_trim(void **state)
{
	union gm_any r = { 0 };

	(void)state;
	gm_rec_init(&r.h, GM_K_PROC, 1);
	assert_int_equal(gm_rec_trim(&r.h), 16);
	((char *)&r)[16] = 1;
	assert_int_equal(gm_rec_trim(&r.h), 24);
	r.as_PROC.cmdline[0] = 'x';
	assert_int_equal(gm_rec_trim(&r.h), 16 + 16 + 16 + 256 + 8);
	r.as_PROC.mapped[95] = 'x';
	assert_int_equal(gm_rec_trim(&r.h), sizeof(struct gm_rec_proc));
}

static void test_trim_round_trip(void **state)
{
	union gm_any in, cut, out;
	uint64_t seed = 5;
	size_t i, keep;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(all_kinds); i++) {
		for (keep = 16; keep <= gm_kind_size(all_kinds[i]); keep += 8) {
			randomize(&cut, all_kinds[i], &seed);
			memset((char *)&cut + keep, 0, sizeof(cut) - keep);
			gm_rec_check(&cut, sizeof(cut), &in);
			if (!in.h.kind)
				continue;
			memcpy(&cut, &in, in.h.len);
			cut.h.len = (uint32_t)gm_rec_trim(&in.h);
			assert_int_equal(gm_rec_check(&cut, cut.h.len, &out), cut.h.len);
			assert_memory_equal(&out, &in, in.h.len);
		}
	}
}

static void test_kind_tables(void **state)
{
	(void)state;
#define X(E, n, type, nm, ph)                                          \
	assert_string_equal(gm_kind_name(GM_K_##E), nm);               \
	assert_int_equal(gm_kind_size(GM_K_##E), sizeof(struct type)); \
	assert_int_equal(gm_kind_phase(GM_K_##E), ph);                 \
	assert_int_equal(gm_kind_is_event(GM_K_##E), (n) >= 32);
	GM_KINDS(X)
#undef X
}

static void test_phase_tables(void **state)
{
	int hot = 0, p;

	(void)state;
#define X(E, n, nm, per, hot)                           \
	assert_string_equal(gm_phase_name(n), nm);      \
	assert_string_equal(gm_phase_per(n), per);      \
	assert_int_equal(gm_phase_has_vm_hist(n), hot); \
	assert_int_equal(gm_phase_by_name(nm), GM_PHASE_##E);
	GM_PHASES(X)
#undef X
	assert_string_equal(gm_phase_name(GM_PHASE_NR), "?");
	assert_string_equal(gm_phase_per(GM_PHASE_NR), "?");
	assert_false(gm_phase_has_vm_hist(GM_PHASE_NR));
	assert_int_equal(gm_phase_by_name("nonsense"), -1);
	assert_int_equal(gm_phase_by_name(""), -1);
	for (p = 0; p < GM_PHASE_NR; p++)
		hot += gm_phase_has_vm_hist((unsigned int)p);
	assert_int_equal(hot, GM_HISTS_HOT);
	for (p = 0; p < GM_HISTS_HOT; p++) {
		assert_true(gm_phase_has_vm_hist((unsigned int)GM_HISTS_PHASE(p)));
		assert_int_equal(GM_HISTS_OF_PHASE(GM_HISTS_PHASE(p)), p);
	}
	for (; p < GM_HISTS_NR; p++) {
		assert_true(gm_phase_is_summed((unsigned int)GM_HISTS_PHASE(p)));
		assert_int_equal(GM_HISTS_OF_CALLS(GM_HISTS_PHASE(p)), p);
	}
	for (p = hot = 0; p < GM_PHASE_NR; p++)
		hot += gm_phase_is_summed((unsigned int)p);
	assert_int_equal(hot, GM_CALL_PHASES);
	for (p = 0; p < GM_FAULT_KINDS; p++) {
		assert_true(gm_phase_is_fault_kind((unsigned int)GM_FAULT_KIND_PHASE(p)));
		assert_int_equal(GM_FAULT_KIND_OF(GM_FAULT_KIND_PHASE(p)), p);
	}
	assert_false(gm_phase_is_fault_kind(GM_PHASE_ALLOC));
	assert_string_equal(gm_part_name(GM_PART_OTHER), "other");
	assert_string_equal(gm_part_name(GM_PART_NR), "?");
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(gm_mode_name(GM_MODE_NONE), "none");
	assert_string_equal(gm_mode_name(GM_MODE_FULL), "full");
	assert_string_equal(gm_mode_name(GM_MODE_INVENTORY), "inventory");
	assert_string_equal(gm_mode_name(5), "?");
	assert_string_equal(gm_pin_name(0), "?");
	assert_string_equal(gm_pin_name(GM_PIN_FD), "fd");
	assert_string_equal(gm_pin_name(GM_PIN_STATS_FD), "stats_fd");
	assert_string_equal(gm_pin_name(GM_PIN_DEVICE_FD), "device_fd");
	assert_string_equal(gm_pin_name(GM_PIN_VCPU_MAPPING), "vcpu_mapping");
	assert_string_equal(gm_pin_name(UINT32_MAX), "?");
	assert_string_equal(gm_probe_state_name(GM_PROBE_ABSENT), "absent");
	assert_string_equal(gm_probe_state_name(GM_PROBE_OFF), "off");
	assert_string_equal(gm_probe_state_name(GM_PROBE_RELEASED), "released");
	assert_string_equal(gm_probe_state_name(5), "?");
}

/* ---- the feed ---- */

struct seen {
	char order[16];
	unsigned int nr;
	int err;		/* the result of sink b */
};

static int sink_a(void *arg, const union gm_any *rec)
{
	struct seen *s = arg;

	(void)rec;
	s->order[s->nr++] = 'a';
	return 0;
}

static int sink_b(void *arg, const union gm_any *rec)
{
	struct seen *s = arg;

	s->order[s->nr++] = rec->h.kind == GM_K_TICK ? 'b' : '?';
	return s->err;
}

static void test_feed(void **state)
{
	union gm_any rec = { .h = { .kind = GM_K_TICK } };
	struct seen s = { .nr = 0 };
	struct gm_feed f = { 0 };

	(void)state;
	assert_int_equal(gm_feed_push(&f, &rec), 0);
	gm_feed_add(&f, sink_a, &s);
	gm_feed_add(&f, sink_b, &s);
	gm_feed_add(&f, sink_a, &s);
	assert_int_equal(gm_feed_push(&f, &rec), 0);
	assert_false(f.sink_failed);
	s.err = -ENOSPC;
	assert_int_equal(gm_feed_push(&f, &rec), -ENOSPC);
	assert_true(f.sink_failed);
	assert_string_equal(s.order, "abaab");
	while (f.nr < GM_FEED_SINKS)
		assert_int_equal(gm_feed_add(&f, sink_a, &s), 0);
	assert_int_equal(gm_feed_add(&f, sink_a, &s), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needs_more),
		cmocka_unit_test(test_bad_lengths),
		cmocka_unit_test(test_unknown_kinds),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_random_bytes_are_sane),
		cmocka_unit_test(test_hist_cells),
		cmocka_unit_test(test_hist_narrow),
		cmocka_unit_test(test_meta_bounds),
		cmocka_unit_test(test_exact_buffers),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_trim_round_trip),
		cmocka_unit_test(test_kind_tables),
		cmocka_unit_test(test_phase_tables),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_feed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
