// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model: recent durations of machines by tick and octave, quantiles of a window, rates. */
#include "fixture/model_world.h"

#define US 1000ULL
#define S 1000000000ULL

static unsigned int octave_of(uint64_t ns)
{
	return gm_heat_octave(gm_hist_slot(ns));
}

static unsigned int cell(const struct world *w, const struct gm_machine *mc, unsigned int phase, unsigned int ago,
			 uint64_t ns)
{
	const uint16_t *at = mc->heat[phase] ? gm_heat_at(w->m, mc->heat[phase], ago) : NULL;

	assert_non_null(at);
	return at[octave_of(ns)];
}

static uint64_t recent(const struct gm_machine *mc, unsigned int phase)
{
	struct gm_hist h;

	gm_machine_recent(mc, phase, &h);
	return h.count;
}

static void second(struct world *w)
{
	w->ns += S;
	tick(w);
}

/* Makes a machine with one VM, and a tick. */
static const struct gm_machine *begin(struct world *w)
{
	gm_model_keep_heat(w->m);
	w->ns = S;
	vm_create(w, 1, 100);
	tick(w);
	return gm_model_vm(w->m, 1)->machine;
}

static void test_octaves(void **state)
{
	(void)state;
	assert_int_equal(gm_heat_octave(0), 0);
	assert_int_equal(gm_heat_octave(1), 1);
	assert_int_equal(gm_heat_octave(8), 1);
	assert_int_equal(gm_heat_octave(9), 2);
	assert_int_equal(gm_heat_octave(GM_HIST_SLOTS - 2), GM_HEAT_OCTAVES - 2);
	assert_int_equal(gm_heat_octave(GM_HIST_SLOTS - 1), GM_HEAT_OCTAVES - 1);
}

static void test_not_kept(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	hist(w, 1, GM_PHASE_ALLOC, 5, US);
	ev(w, GM_K_ZAP, 1, 0, 0);
	tick(w);
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		assert_null(gm_model_vm(w->m, 1)->machine->heat[p]);
	assert_int_equal(recent(gm_model_vm(w->m, 1)->machine, GM_PHASE_ALLOC), 0);
}

/* A count stays at its tick, which gets older until it is forgotten. */
static void test_rotation(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc = begin(w);

	assert_null(mc->heat[GM_PHASE_ALLOC]);
	hist(w, 1, GM_PHASE_ALLOC, 5, US);
	hist(w, 1, GM_PHASE_ALLOC, 2, US);
	hist(w, 1, GM_PHASE_ALLOC, 3, 100 * US);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, 0, US), 0); /* the tick has not ended */
	second(w);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, 0, US), 7);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, 0, 100 * US), 3);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, 1, US), 0);
	assert_null(gm_heat_at(w->m, mc->heat[GM_PHASE_ALLOC], 2)); /* the session had not begun */
	hist(w, 1, GM_PHASE_ALLOC, 1, US);
	for (unsigned int i = 1; i < GM_HISTORY; i++) {
		second(w);
		assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, i - 1, US), 1);
		assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, i, US), 7);
	}
	second(w);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, GM_HISTORY - 1, US), 1);
	assert_null(gm_heat_at(w->m, mc->heat[GM_PHASE_ALLOC], GM_HISTORY));
	for (unsigned int i = 0; i < 3; i++)
		second(w);
	for (unsigned int i = 0; i < GM_HISTORY; i++)
		assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, i, US), 0);
}

static void test_saturation(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc = begin(w);

	hist(w, 1, GM_PHASE_MAP, UINT16_MAX - 1, US);
	second(w);
	assert_int_equal(cell(w, mc, GM_PHASE_MAP, 0, US), UINT16_MAX - 1);
	hist(w, 1, GM_PHASE_MAP, UINT16_MAX - 1, US);
	hist(w, 1, GM_PHASE_MAP, 2, US);
	hist(w, 1, GM_PHASE_MAP, 70000, 100 * US);
	second(w);
	assert_int_equal(cell(w, mc, GM_PHASE_MAP, 0, US), UINT16_MAX);
	assert_int_equal(cell(w, mc, GM_PHASE_MAP, 0, 100 * US), UINT16_MAX);
	assert_int_equal(recent(mc, GM_PHASE_MAP), 2 * (UINT16_MAX - 1) + 2 + 70000);
}

/* Events (here a zap of 1 us) count like sums of the kernel side. */
static void test_rate(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc = begin(w);

	ev(w, GM_K_ZAP, 1, 0, 0);
	hist(w, 1, GM_PHASE_ZERO, 30, US);
	w->ns += S / 2;
	tick(w);
	assert_true(mc->heat[GM_PHASE_ZERO]->rate == 60 && mc->heat[GM_PHASE_ZAP]->rate == 2);
	assert_int_equal(cell(w, mc, GM_PHASE_ZAP, 0, US), 1);
	hist(w, 1, GM_PHASE_ZERO, 30, US);
	tick(w); /* without any time */
	assert_true(mc->heat[GM_PHASE_ZERO]->rate == 0);
	second(w);
	assert_true(mc->heat[GM_PHASE_ZERO]->rate == 0);
}

/* Quantiles are of the last 10 to 19 ticks. */
static void test_window(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc = begin(w);
	struct gm_hist h;

	for (unsigned int start = 0; start < GM_HEAT_WINDOW; start++) {
		unsigned int ticks = 0;

		hist(w, 1, GM_PHASE_ALLOC, 4, 8 * US);
		gm_machine_recent(mc, GM_PHASE_ALLOC, &h);
		assert_int_equal(h.count, 4);
		assert_int_equal(h.sum_ns, 32 * US);
		while (recent(mc, GM_PHASE_ALLOC)) {
			second(w);
			ticks++;
		}
		assert_in_range(ticks, GM_HEAT_WINDOW + 1, 2 * GM_HEAT_WINDOW);
		second(w);
	}
	gm_machine_recent(mc, GM_PHASE_NR, &h);
	assert_int_equal(h.count, 0);
}

/* Two machines that prove to be one are added up tick by tick. */
static void test_join(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc = begin(w);

	hist(w, 1, GM_PHASE_ALLOC, 5, US);
	hist(w, 1, GM_PHASE_ZERO, 1, US);
	second(w);
	vm_create(w, 2, 200);
	hist(w, 1, GM_PHASE_ALLOC, UINT16_MAX - 1, US);
	hist(w, 2, GM_PHASE_ALLOC, 7, US);
	hist(w, 2, GM_PHASE_MAP, 3, US);
	second(w);
	hist(w, 2, GM_PHASE_ALLOC, 2, US);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 1, 2); /* a file of the same inode */
	hist(w, 1, GM_PHASE_ALLOC, 2, US);
	second(w);
	assert_int_equal(w->m->machines.nr, 1);
	assert_ptr_equal(w->m->machines.at[0], mc);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, 2, US), 5);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, 1, US), UINT16_MAX);
	assert_int_equal(cell(w, mc, GM_PHASE_ALLOC, 0, US), 4);
	assert_int_equal(cell(w, mc, GM_PHASE_MAP, 1, US), 3);
	assert_int_equal(cell(w, mc, GM_PHASE_ZERO, 2, US), 1);
	assert_int_equal(recent(mc, GM_PHASE_ALLOC), 5 + UINT16_MAX - 1 + 7 + 2 + 2);
	assert_true(mc->heat[GM_PHASE_ALLOC]->rate == 4);
}

/* ---- the same records make the same heat ---- */

static void random_life(struct world *w, uint64_t seed)
{
	gm_model_keep_heat(w->m);
	for (unsigned int i = 0; i < 4000; i++) {
		uint32_t vm = 1 + (uint32_t)(unit_random(&seed) % 9);

		w->ns += unit_random(&seed) % S;
		switch (unit_random(&seed) % 8) {
		case 0: vm_create(w, vm, 100 + vm % 4); break;
		case 1: file_state(w, vm, 1 + vm % 3, vm); break;
		case 2: ev(w, GM_K_ZAP, vm, 0, 0); break;
		case 3: proc(w, 100 + vm % 4, 5, vm & 1 ? "odd" : "even"); break;
		case 4: tick(w); break;
		default:
			hist(w, vm, (unsigned int)(unit_random(&seed) % GM_PHASE_NR),
			     (uint32_t)(unit_random(&seed) % 40000), unit_random_size(&seed));
		}
	}
}

static void test_replay(void **state)
{
	struct world *w = *state, again = { .ns = w->ns };
	unsigned int compared = 0;

	assert_int_equal(gm_model_new(&again.m), 0);
	random_life(w, 4711);
	random_life(&again, 4711);
	assert_int_equal(w->m->machines.nr, again.m->machines.nr);
	for (size_t i = 0; i < w->m->machines.nr; i++) {
		const struct gm_machine *a = w->m->machines.at[i], *b = again.m->machines.at[i];

		for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
			assert_int_equal(!a->heat[p], !b->heat[p]);
			if (!a->heat[p])
				continue;
			assert_memory_equal(a->heat[p], b->heat[p], sizeof(*a->heat[p]));
			compared++;
		}
	}
	assert_true(compared > 0);
	gm_model_free(again.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_octaves), MODEL_TEST(test_not_kept), MODEL_TEST(test_rotation),
		MODEL_TEST(test_saturation),	MODEL_TEST(test_rate),	   MODEL_TEST(test_window),
		MODEL_TEST(test_join),		MODEL_TEST(test_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
