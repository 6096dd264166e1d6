// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of session/sinks.c: the model of a tool that draws between ticks has the last complete sample; a paused model
 * does not change; the number of waiting records is bounded. A second model, which gets each record at once, has the
 * expected state.
 */
#include "fixture/model_world.h"
#include <stdlib.h>
#include "record/rec_stream.h"
#include "session/session_int.h"
#include "report/json_lines.h"

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

int gm_at_parse(const char *s, struct gm_at *out)
{
	(void)s, (void)out;
	return -1;
}

static unsigned int shown, events;

static int tool_tick(struct gm_session *s, bool last)
{
	(void)s, (void)last;
	shown++;
	return 0;
}

static int tool_idle(struct gm_session *s)
{
	(void)s;
	return 0;
}

static int tool_event(struct gm_session *s, const union gm_any *rec)
{
	assert_int_equal(s->model->now_ns, rec->h.ts_ns);
	events++;
	return 0;
}

static const struct gm_tool draws = { .name = "draws", .tick = tool_tick, .idle = tool_idle };
static const struct gm_tool tells = { .name = "tells", .tick = tool_tick, .idle = tool_idle, .event = tool_event };
static const struct gm_tool reports = { .name = "reports", .tick = tool_tick };

/* ---- a session ---- */

struct rig {
	struct gm_run r;
	struct gm_model *plain;		/* gets every record at once */
	char *shot;			/* the frame of plain at the last tick */
	uint64_t ns;
	uint32_t vms;
};

static char *picture(const struct gm_model *m)
{
	struct gm_str out = { 0 };

	gm_json_vms(&out, m, NULL);
	gm_json_inodes(&out, m, NULL);
	gm_json_phases(&out, m, NULL);
	gm_json_tick(&out, m);
	gm_json_summary(&out, m);
	assert_int_equal(out.err, 0);
	return out.s;
}

static void rig_open(struct rig *h, const struct gm_tool *tool, bool live)
{
	*h = (struct rig){ .r = { .s.tool = tool, .s.live = live, .s.steered = !live, .fd = -1, .go = -1 },
			   .ns = 1000 };
	shown = events = 0;
	assert_int_equal(gm_model_new(&h->r.s.model), 0);
	assert_int_equal(gm_model_new(&h->plain), 0);
	assert_int_equal(gm_run_add_sinks(&h->r), 0);
	gm_run_apply_by_sample(&h->r);
}

static void rig_close(struct rig *h)
{
	gm_model_free(h->r.s.model);
	gm_model_free(h->plain);
	gm_str_release(&h->r.held);
	free(h->shot);
}

static void push(struct rig *h, union gm_any *rec, unsigned int kind)
{
	gm_rec_init(&rec->h, kind, ++h->ns);
	assert_int_equal(gm_feed_push(&h->r.feed, rec), 0);
	assert_int_equal(gm_model_apply(h->plain, rec), 0);
}

static void push_tick(struct rig *h)
{
	union gm_any rec = { 0 };

	push(h, &rec, GM_K_TICK);
	free(h->shot);
	h->shot = picture(h->plain);
}

static void push_event(struct rig *h, unsigned int kind, uint32_t id)
{
	union gm_any rec = { 0 };

	rec.ev.vm = id;
	rec.ev.file = rec.ev.inode = kind == GM_K_VM_CREATE || kind == GM_K_VM_DESTROY ? 0 : id;
	rec.ev.tgid = 100;
	push(h, &rec, kind);
}

static void push_hist(struct rig *h, uint32_t vm)
{
	union gm_any rec = { 0 };

	rec.as_HIST.vm = vm;
	rec.as_HIST.phase = GM_PHASE_GUEST_FAULT;
	rec.as_HIST.cells_nr = 1;
	rec.as_HIST.cells[0].count = 1;
	push(h, &rec, GM_K_HIST);
}

/* Pushes five records: the last VM and its memory end, and another VM is created. */
static void push_reboot(struct rig *h, void (*between)(struct rig *h))
{
	static const unsigned int kinds[] = { GM_K_VM_DESTROY, GM_K_RELEASE, GM_K_EVICT };

	for (size_t i = 0; h->vms && i < GM_ARRAY_SIZE(kinds); i++) {
		push_event(h, kinds[i], h->vms);
		between(h);
	}
	push_event(h, GM_K_VM_CREATE, ++h->vms);
	between(h);
	push_event(h, GM_K_CREATE, h->vms);
	between(h);
}

static bool shows_last_tick(const struct rig *h)
{
	char *now = picture(h->r.s.model);
	bool same = !strcmp(now, h->shot);

	free(now);
	return same;
}

static void at_last_tick(struct rig *h)
{
	if (h->shot)
		assert_true(shows_last_tick(h));
	else
		assert_int_equal(h->r.s.model->now_ns, 0);
}

static void at_last_record(struct rig *h)
{
	assert_int_equal(h->r.s.model->now_ns, h->ns);
}

/* ---- tests ---- */

static void test_whole_samples(void **state)
{
	struct rig h;

	(void)state;
	for (int live = 0; live < 2; live++) {
		rig_open(&h, &draws, live);
		for (unsigned int i = 1; i <= 20; i++) {
			push_reboot(&h, at_last_tick);
			push_tick(&h);
			at_last_tick(&h);
			assert_int_equal(shown, i);
		}
		rig_close(&h);
	}
}

/* A tool that gets each event has the model as of the event; a tool that reports at ticks needs no waiting records. */
static void test_others_have_each_record(void **state)
{
	struct rig h;

	(void)state;
	rig_open(&h, &tells, true);
	push_reboot(&h, at_last_record);
	push_tick(&h);
	push_reboot(&h, at_last_record);
	assert_int_equal(events, 7);
	rig_close(&h);
	rig_open(&h, &reports, false);
	h.r.s.steered = false;
	gm_run_apply_by_sample(&h.r);
	push_reboot(&h, at_last_record);
	rig_close(&h);
}

static char *frozen;

static void at_frozen(struct rig *h)
{
	char *now = picture(h->r.s.model);

	assert_string_equal(now, frozen);
	free(now);
}

static void test_frozen(void **state)
{
	struct rig h;

	(void)state;
	rig_open(&h, &draws, true);
	push_reboot(&h, at_last_tick);
	push_tick(&h);
	push_reboot(&h, at_last_tick); /* a key is pressed in the middle of a sample */
	frozen = picture(h.r.s.model);
	assert_int_equal(gm_session_freeze(&h.r.s, true), 0);
	for (int i = 0; i < 5; i++) {
		push_reboot(&h, at_frozen);
		push_tick(&h);
		at_frozen(&h);
	}
	push_reboot(&h, at_frozen);
	assert_int_equal(gm_session_freeze(&h.r.s, false), 0);
	at_last_tick(&h); /* the newest complete sample, without later records */
	push_reboot(&h, at_last_tick);
	push_tick(&h);
	at_last_tick(&h);
	free(frozen);
	rig_close(&h);
}

/* A paused model keeps 64 MiB of samples; beyond that it moves to the newest sample and pauses there. */
static void test_frozen_for_long(void **state)
{
	unsigned int moved = 0;
	size_t most = 0;
	struct rig h;

	(void)state;
	rig_open(&h, &draws, true);
	push_reboot(&h, at_last_tick);
	push_tick(&h);
	assert_int_equal(gm_session_freeze(&h.r.s, true), 0);
	for (unsigned int i = 0; i < 150; i++) {
		for (unsigned int k = 0; k < 500; k++)
			push_hist(&h, 1);
		push_tick(&h);
		moved += shows_last_tick(&h);
		most = h.r.held.len > most ? h.r.held.len : most;
	}
	assert_true(moved >= 1 && moved <= 3);
	assert_true(most > 60u << 20 && most <= (64u << 20) + 510 * sizeof(struct gm_rec_hist));
	assert_true(h.r.frozen);
	rig_close(&h);
}

/* A sample is bounded: a live one ends early, the records of a replayed one are applied as they come. */
static void test_large_sample(void **state)
{
	struct rig h;
	unsigned int nr = 0;

	(void)state;
	rig_open(&h, &draws, true);
	while (!h.r.sample_full && nr++ < 1000000)
		push_hist(&h, 1);
	assert_true(h.r.held.len > 16u << 20 && h.r.held.len <= (16u << 20) + sizeof(struct gm_rec_hist));
	push_hist(&h, 1);
	assert_true(h.r.sample_full);
	push_tick(&h);
	assert_false(h.r.sample_full);
	at_last_tick(&h);
	rig_close(&h);

	rig_open(&h, &draws, false);
	for (nr = 0; nr < 30000; nr++) {
		push_hist(&h, 1);
		assert_true(h.r.held.len <= 16u << 20);
	}
	push_tick(&h);
	at_last_tick(&h);
	rig_close(&h);
}

/* A source that begins again drops the waiting records; at the end of a run they are applied. */
static void test_drop_and_apply(void **state)
{
	struct rig h;

	(void)state;
	rig_open(&h, &draws, false);
	push_reboot(&h, at_last_tick);
	gm_run_drop_sample(&h.r);
	assert_int_equal(h.r.held.len, 0);
	push_event(&h, GM_K_VM_CREATE, 7);
	assert_int_equal(gm_run_apply_sample(&h.r), 0);
	at_last_record(&h);
	assert_int_equal(h.r.s.model->vms.nr, 1);
	assert_non_null(gm_model_vm(h.r.s.model, 7));
	rig_close(&h);
}

/*
 * A recording has keyframes by its own clock, in proportion to its size, only between samples; readers draw the same
 * with and without them.
 */
static void test_keyframes(void **state)
{
	struct gm_rec_reader_info info;
	struct unit_file f;
	struct gm_rec_reader *r;
	struct gm_rec_stream *recs;
	union gm_any rec;
	struct rig h;
	unsigned int vms = 0, keys = 0;

	(void)state;
	unit_file_init(&f);
	rig_open(&h, &draws, true);
	rig_close(&h);
	h = (struct rig){ .r = { .s.tool = &draws, .s.live = true, .fd = -1, .go = -1 }, .ns = 1000 };
	assert_int_equal(gm_model_new(&h.r.s.model), 0);
	assert_int_equal(gm_model_new(&h.plain), 0);
	assert_int_equal(gm_rec_writer_open(&h.r.rec, f.path, GM_CODEC_NONE), 0);
	assert_int_equal(gm_run_add_sinks(&h.r), 0);
	gm_run_apply_by_sample(&h.r);
	for (uint32_t i = 1; i <= 100; i++) {
		h.ns += 1000000000;
		push_event(&h, GM_K_VM_CREATE, i);
		push_tick(&h);
	}
	assert_int_equal(gm_rec_writer_close(h.r.rec), 0);
	rig_close(&h);
	assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
	assert_int_equal(gm_rec_reader_info(r, &info), 0);
	assert_true(info.keyframes >= 2 && info.keyframes <= 10);
	assert_int_equal(gm_rec_reader_seek(r, info.last_ns - 1), 0);
	assert_int_equal(gm_rec_reader_next(r, &rec), 1);
	assert_int_equal(rec.h.kind, GM_K_KEYFRAME); /* a keyframe to go back to */
	gm_rec_reader_close(r);
	assert_int_equal(gm_rec_stream_open(&recs, f.path), 0);
	while (recs->ops->next(recs, &rec) == 1) {
		vms += rec.h.kind == GM_K_VM_CREATE;
		keys += rec.h.kind == GM_K_KEYFRAME || rec.h.kind == GM_K_VM;
	}
	gm_rec_stream_close(recs);
	assert_int_equal(vms, 100);
	assert_int_equal(keys, 0);
	unit_file_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_samples), cmocka_unit_test(test_others_have_each_record),
		cmocka_unit_test(test_frozen),	      cmocka_unit_test(test_frozen_for_long),
		cmocka_unit_test(test_large_sample),  cmocka_unit_test(test_drop_and_apply),
		cmocka_unit_test(test_keyframes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
