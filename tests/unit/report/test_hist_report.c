// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of gmemhist's reports: intervals count each value once, whatever happens to VMs and machines; and the layout of
 * reports.
 */
#include "fixture/model_world.h"
#include <errno.h>
#include "base/csv.h"
#include "report/hist_report.h"
#include "report/hist_bars.h"

static void vm_destroy(struct world *w, uint32_t vm)
{
	ev(w, GM_K_VM_DESTROY, vm, 0, 0);
}

static void meta(struct world *w, uint32_t init_on_alloc)
{
	union gm_any rec = make(w, GM_K_META);

	rec.as_META.real_ns = 1790000000ULL * 1000000000;
	rec.as_META.interval_ns = 1000000000;
	rec.as_META.page_size = 4096;
	rec.as_META.init_on_alloc = init_on_alloc;
	put(w, &rec);
}

static void split(struct world *w, uint32_t vm, unsigned int phase, const uint64_t part[GM_PART_NR])
{
	union gm_any rec = make(w, GM_K_SPLIT);

	rec.as_SPLIT.vm = vm;
	rec.as_SPLIT.phase = phase;
	memcpy(rec.as_SPLIT.part_ns, part, GM_PART_NR * sizeof(*part));
	put(w, &rec);
}

static struct gm_histview *view_of(enum gm_by by, const char *want)
{
	struct gm_histview *v;

	assert_int_equal(gm_histview_new(&v, by, want), 0);
	return v;
}

static struct gm_picture gains(struct world *w, struct gm_histview *v)
{
	struct gm_picture p;

	tick(w);
	assert_int_equal(gm_histview_gains(v, w->m, &p), 0);
	return p;
}

static const struct gm_scope *scope(const struct gm_picture *p, const char *machine)
{
	for (size_t i = 0; i < p->nr; i++)
		if (!strcmp(p->at[i].machine, machine))
			return &p->at[i];
	return NULL;
}

static uint64_t counted(const struct gm_picture *p, const char *machine, unsigned int phase)
{
	const struct gm_scope *s = scope(p, machine);

	return s ? count_of(s->phase[phase]) : 0;
}

/* ---- gains ---- */

static void test_gains_by_machine(void **state)
{
	struct world *w = *state;
	struct gm_histview *v = view_of(GM_BY_MACHINE, NULL);
	struct gm_picture p;

	vm_create(w, 1, 100);
	vm_create(w, 2, 100);
	proc(w, 100, 7, "web");
	hist(w, 1, GM_PHASE_ALLOC, 5, 1000);
	hist(w, 2, GM_PHASE_ALLOC, 7, 2000);
	w->ns += 1000000;
	p = gains(w, v);
	assert_int_equal(p.nr, 1);
	assert_int_equal(p.interval_ns, 1000000);
	assert_int_equal(counted(&p, "web", GM_PHASE_ALLOC), 12);
	gm_picture_release(&p);
	hist(w, 2, GM_PHASE_ALLOC, 3, 9000);
	w->ns += 2000000;
	p = gains(w, v);
	assert_int_equal(p.interval_ns, 2000000);
	assert_int_equal(counted(&p, "web", GM_PHASE_ALLOC), 3);
	assert_int_equal(p.at[0].phase[GM_PHASE_ALLOC]->sum_ns, 27000);
	assert_int_equal(p.at[0].phase[GM_PHASE_ALLOC]->max_ns, 9000);
	gm_picture_release(&p);
	p = gains(w, v);
	assert_int_equal(p.nr, 0);
	gm_picture_release(&p);
	gm_histview_free(v);
}

/* Two placeholders prove to be one machine: earlier counts are not counted again. */
static void test_names_learnt_late(void **state)
{
	struct world *w = *state;
	struct gm_histview *v = view_of(GM_BY_MACHINE, NULL);
	struct gm_picture p;

	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	hist(w, 1, GM_PHASE_MAP, 5, 1000);
	hist(w, 2, GM_PHASE_MAP, 7, 1000);
	p = gains(w, v);
	assert_int_equal(p.nr, 2);
	gm_picture_release(&p);
	proc(w, 100, 7, "web");
	proc(w, 200, 8, "web");
	file_state(w, 1, 1, 1); /* both have the memory, so they are one machine and no clones */
	file_state(w, 2, 1, 2);
	hist(w, 1, GM_PHASE_MAP, 1, 1000);
	hist(w, 2, GM_PHASE_MAP, 1, 1000);
	p = gains(w, v);
	assert_int_equal(p.nr, 1);
	assert_int_equal(counted(&p, "web", GM_PHASE_MAP), 2);
	gm_picture_release(&p);
	gm_histview_free(v);
}

static void test_last_gains_of_ended(void **state)
{
	struct world *w = *state;
	struct gm_histview *v = view_of(GM_BY_VM, NULL);
	struct gm_picture p;

	vm_create(w, 1, 100);
	hist(w, 1, GM_PHASE_ALLOC, 5, 1000);
	p = gains(w, v);
	gm_picture_release(&p);
	hist(w, 1, GM_PHASE_ALLOC, 2, 1000);
	vm_destroy(w, 1);
	p = gains(w, v);
	assert_int_equal(p.nr, 1);
	assert_int_equal(p.at[0].vm, 1);
	assert_int_equal(count_of(p.at[0].phase[GM_PHASE_ALLOC]), 2);
	assert_int_equal(count_of(p.at[0].phase[GM_PHASE_DESTROY]), 1);
	gm_picture_release(&p);
	gm_histview_free(v);
}

/* More VMs end in an interval than the model keeps: their counts have no VM, and the view does not grow. */
static void test_forgotten_in_between(void **state)
{
	struct world *w = *state;
	struct gm_histview *v = view_of(GM_BY_VM, NULL);
	struct gm_picture p;
	uint64_t sum = 0;
	uint32_t id = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < GM_MODEL_DEAD_MAX + 10; i++) {
			w->ns++;
			vm_create(w, ++id, 100);
			hist(w, id, GM_PHASE_ZERO, 3, 1000);
			vm_destroy(w, id);
		}
		p = gains(w, v);
		for (size_t i = 0; i < p.nr; i++)
			sum += count_of(p.at[i].phase[GM_PHASE_ZERO]);
		/* the last scope has no VM: it has the ten forgotten ones */
		assert_int_equal(p.at[p.nr - 1].vm, 0);
		assert_int_equal(count_of(p.at[p.nr - 1].phase[GM_PHASE_ZERO]), 30);
		gm_picture_release(&p);
	}
	assert_int_equal(sum, 3 * id);
	gm_histview_free(v);
}

static void test_nobodys_faults(void **state)
{
	struct world *w = *state;
	struct gm_histview *v = view_of(GM_BY_MACHINE, NULL), *only = view_of(GM_BY_MACHINE, "web");
	struct gm_picture p;

	vm_create(w, 1, 100);
	proc(w, 100, 7, "web");
	hist(w, 1, GM_PHASE_MAP, 4, 1000);
	hist(w, 0, GM_PHASE_MAP, 9, 1000);
	p = gains(w, v);
	assert_int_equal(counted(&p, "web", GM_PHASE_MAP), 4);
	assert_int_equal(counted(&p, "", GM_PHASE_MAP), 9);
	gm_picture_release(&p);
	assert_int_equal(gm_histview_totals(v, w->m, &p), 0);
	assert_int_equal(counted(&p, "", GM_PHASE_MAP), 9);
	gm_picture_release(&p);
	p = gains(w, only);
	assert_int_equal(p.nr, 1);
	gm_picture_release(&p);
	gm_histview_free(v);
	gm_histview_free(only);
}

/*
 * All gains add up to the totals, by slot and part, by machine, VM and host, while VMs are created, ended and named.
 */
static void test_gains_make_totals(void **state)
{
	struct world *w = *state;
	struct gm_histview *v[3] = { view_of(GM_BY_MACHINE, NULL), view_of(GM_BY_VM, NULL), view_of(GM_BY_HOST, NULL) };
	static struct gm_hist sum[3][GM_PHASE_NR];
	struct gm_split parts[3] = { 0 };
	uint64_t seed = 99;
	uint32_t id = 0;

	memset(sum, 0, sizeof(sum));
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 20; i++) {
			uint64_t r = unit_random(&seed), part[GM_PART_NR] = { r % 7, 1, 2, r % 3, 9 };
			uint32_t vm = id ? (uint32_t)(r % (id + 1)) : 0;
			char name[16];

			w->ns += 1000;
			snprintf(name, sizeof(name), "m%u", (unsigned int)(r >> 40) % 3);
			if (r % 11 == 0)
				id++, vm_create(w, id, 100 + id % 5);
			else if (r % 13 == 0)
				proc(w, 100 + (uint32_t)(r >> 20) % 5, 1, name);
			else if (r % 17 == 0 && vm)
				vm_destroy(w, vm);
			else
				hist(w, vm, GM_PHASE_ALLOC + (unsigned int)(r >> 30) % 6, 1 + (uint32_t)(r >> 50),
				     50 + (r >> 44));
			split(w, vm, GM_PHASE_GUEST_FAULT, part);
			hist(w, vm, GM_PHASE_GUEST_FAULT, 1, 1000); /* parts need a fault */
		}
		tick(w);
		for (int k = 0; k < 3; k++) {
			struct gm_picture p;

			assert_int_equal(gm_histview_gains(v[k], w->m, &p), 0);
			for (size_t i = 0; i < p.nr; i++) {
				for (unsigned int ph = 0; ph < GM_PHASE_NR; ph++)
					if (p.at[i].phase[ph])
						gm_hist_merge(&sum[k][ph], p.at[i].phase[ph]);
				for (unsigned int q = 0; q < GM_PART_NR; q++)
					parts[k].part_ns[0][q] += p.at[i].split.part_ns[0][q];
			}
			gm_picture_release(&p);
		}
	}
	for (int k = 0; k < 3; k++) {
		for (unsigned int ph = 0; ph < GM_PHASE_NR; ph++) {
			static const struct gm_hist empty;
			const struct gm_hist *total = w->m->total[ph] ? w->m->total[ph] : &empty;

			assert_int_equal(sum[k][ph].count, total->count);
			assert_int_equal(sum[k][ph].sum_ns, total->sum_ns);
			assert_memory_equal(sum[k][ph].slot, total->slot, sizeof(total->slot));
		}
		assert_memory_equal(parts[k].part_ns[0], w->m->split.part_ns[0], sizeof(parts[k].part_ns[0]));
		gm_histview_free(v[k]);
	}
	assert_true(sum[0][GM_PHASE_ALLOC].count > 0);
}

/* ---- when a report is due ---- */

static unsigned int occurrences(const struct gm_str *s, const char *what)
{
	unsigned int n = 0;

	for (const char *p = s->s; p && (p = strstr(p, what)); p++)
		n++;
	return n;
}

static int run(struct world *w, struct gm_histreport *r, unsigned int ticks, struct gm_str *out)
{
	struct gm_str log = { 0 };
	int ended = 0;

	assert_int_equal(gm_histreport_open(r, NULL), 0);
	for (unsigned int i = 1; i <= ticks && !ended; i++) {
		w->ns += 1000000000;
		hist(w, 0, GM_PHASE_ALLOC, 1, 1000);
		tick(w);
		ended = gm_histreport_tick(r, w->m, i == ticks, out, &log);
	}
	gm_histreport_close(r);
	gm_str_release(&log);
	return ended;
}

static void test_due(void **state)
{
	static const struct {
		bool intervals;
		uint64_t every_s, count;
		unsigned int ticks, want;
	} cases[] = {
		{ false, 0, 0, 7, 0 }, { true, 1, 0, 7, 7 }, { true, 3, 0, 7, 3 },
		{ true, 0, 2, 7, 2 },  { true, 3, 1, 7, 1 }, { true, 1, 7, 7, 7 },
	};
	struct world *w = *state;

	meta(w, GM_NO);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gm_histreport r = {
			.show = { .phases = UINT32_MAX, .width = 80 },
			.intervals = cases[i].intervals,
			.interval_ns = cases[i].every_s * 1000000000,
			.count = cases[i].count,
		};
		struct gm_str out = { 0 };

		assert_int_equal(run(w, &r, cases[i].ticks, &out), 1);
		assert_int_equal(occurrences(&out, "the last "), cases[i].want);
		assert_int_equal(occurrences(&out, "all of "), 1);
		gm_str_release(&out);
	}
}

/* CSV rows can be added up: with intervals, no row is a total. */
static void test_csv_adds_up(void **state)
{
	struct gm_histreport r = { .show = { .phases = 1u << GM_PHASE_ALLOC, .width = 80 },
				   .csv = true,
				   .by = GM_BY_HOST,
				   .intervals = true,
				   .interval_ns = 1000000000 };
	struct world *w = *state;
	struct gm_str out = { 0 };
	unsigned int sum = 0, lines = 0;

	meta(w, GM_NO);
	probe(w, "guest_fault", GM_PROBE_ATTACHED, 1u << GM_PHASE_ALLOC, "");
	assert_int_equal(run(w, &r, 5, &out), 1);
	for (char *line = strtok(out.s, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned int n = 0, field = 0;

		if (lines++ && strstr(line, ",host,,,alloc,")) {
			for (char *p = line; field < 6; p++)
				field += *p == ',' ? 1 : 0, n = (unsigned int)strtoul(p + 1, NULL, 10);
			sum += n;
		}
	}
	assert_int_equal(lines, 6);
	assert_int_equal(sum, 5);
	gm_str_release(&out);
}

/* ---- layout ---- */

static void text_of(struct world *w, unsigned int width, bool bars, struct gm_str *out)
{
	const struct gm_histshow show = { .phases = UINT32_MAX, .bars = bars, .width = width };
	struct gm_histview *v = view_of(GM_BY_MACHINE, NULL);
	struct gm_picture p;

	assert_int_equal(gm_histview_totals(v, w->m, &p), 0);
	gm_hist_text(out, w->m, &p, &show);
	gm_picture_release(&p);
	gm_histview_free(v);
	assert_int_equal(out->err, 0);
}

static void test_widths(void **state)
{
	static const unsigned int widths[] = { 20, 30, 40, 60, 79, 80, 200 };
	struct world *w = *state;

	meta(w, GM_YES);
	vm_create(w, 1, 100);
	proc(w, 100, 7, "a-name-that-is-rather-long-for-a-narrow-terminal-isnt-it");
	for (unsigned int i = 0; i < 40; i++)
		hist(w, 1, GM_PHASE_GUEST_FAULT, 1 + i * 1000000, 100ull << (i % 36));
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct gm_str out = { 0 };
		char *end;

		text_of(w, widths[i], true, &out);
		end = strstr(out.s, "\nquantiles"); /* sentences of at most 80 columns follow */
		assert_non_null(end);
		for (char *line = strtok(end, "\n"); line; line = strtok(NULL, "\n"))
			if (strlen(line) > 80)
				fail_msg("%zu columns: %s", strlen(line), line);
		*end = '\0';
		for (char *line = strtok(out.s, "\n"); line; line = strtok(NULL, "\n"))
			if (strlen(line) > (widths[i] < 40 ? 40 : widths[i]))
				fail_msg("%zu columns at %u: %s", strlen(line), widths[i], line);
		gm_str_release(&out);
	}
}

/* The parts' percentages always add up to 100. */
static void test_split_percent(void **state)
{
	struct world *w = *state;
	uint64_t seed = 5;

	meta(w, GM_NO);
	vm_create(w, 1, 100);
	hist(w, 1, GM_PHASE_GUEST_FAULT, 9, 1000);
	for (int round = 0; round < 200; round++) {
		uint64_t part[GM_PART_NR];
		struct gm_str out = { 0 };
		unsigned int sum = 0, n = 0;
		char *p;

		for (unsigned int i = 0; i < GM_PART_NR; i++)
			part[i] = 1 + unit_random(&seed) % (round < 100 ? 1000000 : 7);
		split(w, 1, GM_PHASE_GUEST_FAULT, part);
		text_of(w, 80, false, &out);
		p = strstr(out.s, "of which ");
		assert_non_null(p);
		*strchr(p, '\n') = '\0';
		for (; (p = strpbrk(p, "0123456789")); n++)
			sum += (unsigned int)strtoul(p, &p, 10);
		assert_int_equal(n, GM_PART_NR);
		assert_int_equal(sum, 100);
		gm_str_release(&out);
	}
}

/* An unobserved part is n/a; an observed part without time is 0. */
static void test_split_na(void **state)
{
	const uint64_t part[GM_PART_NR] = { 50, 50, 0, 0, 0 };
	struct world *w = *state;
	struct gm_str out = { 0 };

	meta(w, GM_NO);
	probe(w, "guest_fault", GM_PROBE_ATTACHED,
	      1u << GM_PHASE_ALLOC | 1u << GM_PHASE_ZERO | 1u << GM_PHASE_MAP | 1u << GM_PHASE_GUEST_FAULT, "");
	probe(w, "prepare", GM_PROBE_ABSENT, 1u << GM_PHASE_PREPARE, "no such function");
	vm_create(w, 1, 100);
	hist(w, 1, GM_PHASE_GUEST_FAULT, 9, 1000);
	split(w, 1, GM_PHASE_GUEST_FAULT, part);
	text_of(w, 80, false, &out);
	assert_non_null(strstr(out.s, "of which alloc 50%, zero 50%, prepare n/a, map 0%, other 0%\n"));
	gm_str_release(&out);
}

static void test_cleared_twice(void **state)
{
	struct world *w = *state;
	struct gm_str out = { 0 };

	meta(w, GM_YES);
	vm_create(w, 1, 100);
	text_of(w, 80, false, &out);
	assert_non_null(strstr(out.s, "second zeroing: n/a: "));
	gm_str_clear(&out);
	hist(w, 1, GM_PHASE_ZERO, 4, 5000);
	text_of(w, 80, false, &out);
	assert_non_null(strstr(out.s, "second zeroing: 4 pages, 5.0us each, 20.0us in total\n"));
	gm_str_clear(&out);
	meta(w, GM_NO);
	text_of(w, 80, false, &out);
	assert_null(strstr(out.s, "second zeroing"));
	gm_str_release(&out);
}

/* Unobserved phases are n/a, phases without events are none, and phases that were not requested are left out. */
static void test_na_and_none(void **state)
{
	const struct gm_histshow show = { .phases = 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_PREPARE, .width = 80 };
	struct world *w = *state;
	struct gm_histview *v = view_of(GM_BY_HOST, NULL);
	struct gm_str out = { 0 };
	struct gm_picture p;

	probe(w, "guest_fault", GM_PROBE_ATTACHED, 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_MAP, "");
	probe(w, "prepare", GM_PROBE_ABSENT, 1u << GM_PHASE_PREPARE | 1u << GM_PHASE_PUNCH, "no such function");
	loss(w, "ring_full", 3);
	assert_int_equal(gm_histview_totals(v, w->m, &p), 0);
	gm_hist_text(&out, w->m, &p, &show);
	assert_non_null(strstr(out.s, "nothing counted: no VM with guest_memfd was there in that time\n"));
	assert_non_null(strstr(out.s, "\nnone: alloc\n"));
	assert_non_null(strstr(out.s, "mode: unavailable here: prepare; -v says why\n"));
	assert_non_null(strstr(out.s, "LOST 3 records"));
	gm_str_clear(&out);
	gm_hist_csv(&out, w->m, &p, &show);
	assert_string_equal(out.s + strcspn(out.s, "h"), "host,,,prepare,,,,,,,,,,no such function,,\n");
	gm_str_clear(&out);
	gm_hist_json(&out, w->m, &p, &show);
	assert_string_equal(out.s, "{\"type\":\"phase\",\"phase\":\"prepare\",\"per\":\"page\",\"na\":\"no such "
				   "function\"}\n");
	gm_str_release(&out);
	gm_histview_free(v);
}

static void test_csv_quoting(void **state)
{
	const struct gm_histshow show = { .phases = UINT32_MAX, .width = 80 };
	struct world *w = *state;
	struct gm_histview *v = view_of(GM_BY_MACHINE, NULL);
	struct gm_str out = { 0 };
	struct gm_picture p;

	probe(w, "prepare", GM_PROBE_ABSENT, 1u << GM_PHASE_PREPARE, "neither this, nor that");
	vm_create(w, 1, 100);
	proc(w, 100, 7, "a\"b\" c");
	hist(w, 1, GM_PHASE_MAP, 2, 1000);
	p = gains(w, v);
	gm_hist_csv(&out, w->m, &p, &show);
	assert_non_null(strstr(out.s, ",machine,,\"a\"\"b\"\" c\",map,2,2000,1000,1000,"));
	assert_non_null(strstr(out.s, ",prepare,,,,,,,,,,\"neither this, nor that\",,\n"));
	gm_picture_release(&p);
	gm_str_release(&out);
	gm_histview_free(v);
}

/* No name is a formula for a spreadsheet. */
static void test_csv_formula(void **state)
{
	static const struct {
		const char *text, *cell;
	} rows[] = {
		{ "=1+1", "\"'=1+1\"" }, { "+1", "\"'+1\"" }, { "-1", "\"'-1\"" }, { "@x", "\"'@x\"" },
		{ "\tx", "\"'\tx\"" },	 { "a=1", "a=1" },    { "", "" },	   { "=\"x\"", "\"'=\"\"x\"\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		struct gm_str out = { 0 };

		gm_csv_text(&out, rows[i].text);
		assert_string_equal(out.s ? out.s : "", rows[i].cell);
		gm_str_release(&out);
	}
}

/* ---- bars ---- */

static void test_bars(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct gm_hist h = { 0 };
		struct gm_bars bars;
		unsigned int slots;
		uint64_t sum = 0;

		for (uint64_t n = 1 + unit_random(&seed) % 20; n; n--)
			gm_hist_add(&h, unit_random_size(&seed));
		slots = gm_bars_slots(&h, 12);
		gm_bars_make(&h, slots, &bars);
		assert_true(bars.nr >= 1 && (bars.nr <= 12 || slots == GM_HIST_PER_OCTAVE));
		assert_true(bars.at[0].count && bars.at[bars.nr - 1].count);
		for (unsigned int i = 0; i < bars.nr; i++) {
			sum += bars.at[i].count;
			assert_true(bars.at[i].count <= bars.most && bars.at[i].lo_ns < bars.at[i].hi_ns);
			assert_true(!i || bars.at[i].lo_ns == bars.at[i - 1].hi_ns);
		}
		assert_int_equal(sum, h.count);
		assert_true(bars.at[0].lo_ns < h.min_ns || !bars.at[0].lo_ns);
		assert_true(h.max_ns <= bars.at[bars.nr - 1].hi_ns);
	}
}

static void test_no_bars(void **state)
{
	struct gm_hist h = { 0 };
	struct gm_bars bars;
	char label[24];

	(void)state;
	gm_bars_make(&h, gm_bars_slots(&h, 12), &bars);
	assert_int_equal(bars.nr, 0);
	gm_hist_add(&h, 5);
	gm_bars_make(&h, 8, &bars);
	assert_int_equal(bars.nr, 1);
	assert_string_equal(gm_bar_label(&bars.at[0], label, sizeof(label)), "       -   59ns");
	h = (struct gm_hist){ 0 };
	gm_hist_add(&h, UINT64_MAX);
	gm_bars_make(&h, 8, &bars);
	assert_string_equal(gm_bar_label(&bars.at[0], label, sizeof(label)), " 1h08m -       ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_gains_by_machine),
		MODEL_TEST(test_names_learnt_late),
		MODEL_TEST(test_last_gains_of_ended),
		MODEL_TEST(test_forgotten_in_between),
		MODEL_TEST(test_nobodys_faults),
		MODEL_TEST(test_gains_make_totals),
		MODEL_TEST(test_due),
		MODEL_TEST(test_csv_adds_up),
		MODEL_TEST(test_widths),
		MODEL_TEST(test_split_percent),
		MODEL_TEST(test_split_na),
		MODEL_TEST(test_cleared_twice),
		MODEL_TEST(test_na_and_none),
		MODEL_TEST(test_csv_quoting),
		cmocka_unit_test(test_csv_formula),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_no_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
