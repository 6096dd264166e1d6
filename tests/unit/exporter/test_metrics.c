// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_metrics.c - tests metrics of a hand-made model: which machines have series, what "other" counts, labels of
 * hostile names, reasons for unavailable figures, and the text formats byte by byte. tests/contract/golden/formats.py
 * tests the binary formats with independent readers.
 */
#include "fixture/model_world.h"
#include "fixture/seen.h"
#include <math.h>
#include "gm_conf.h"
#include "model/reboot_int.h"
#include "exporter/metrics_int.h"

#define S 1000000000ULL

static const struct gm_self self_none = { .version = "0.1", .revision = "g1234567" };

static struct gm_metrics *metrics(uint32_t limit)
{
	const struct gm_metrics_opts o = { .limit = limit, .linger_ns = 60 * S, .per_octave = 1 };
	struct gm_metrics *mx;

	assert_int_equal(gm_metrics_new(&mx, &o), 0);
	return mx;
}

static void look(struct world *w, struct gm_metrics *mx)
{
	tick(w);
	assert_int_equal(gm_metrics_tick(mx, w->m), 0);
}

static char *render(const struct world *w, const struct gm_metrics *mx, enum gm_format f)
{
	struct gm_str out = { 0 };

	gm_metrics_write(mx, w->m, &self_none, f, &out);
	assert_int_equal(out.err, 0);
	return out.s;
}

/* Returns the value of the only sample with this name and labels; NaN: there is none. */
static double value(const struct world *w, const struct gm_metrics *mx, const char *series)
{
	char *text = render(w, mx, GM_FORMAT_TEXT), *at = text;
	size_t len = strlen(series);
	double v = NAN;

	while (at) {
		if (!strncmp(at, series, len) && at[len] == ' ') {
			assert_true(isnan(v)); /* Prometheus refuses a scrape with a series twice */
			v = strtod(at + len + 1, NULL);
		}
		at = strchr(at, '\n');
		at = at && at[1] ? at + 1 : NULL;
	}
	free(text);
	return v;
}

static bool has(const struct world *w, const struct gm_metrics *mx, enum gm_format f, const char *words)
{
	char *text = render(w, mx, f);
	bool found = strstr(text, words);

	free(text);
	return found;
}

#define VALUE(expected, ...)								\
	do {										\
		char series_[200];							\
											\
		snprintf(series_, sizeof(series_), __VA_ARGS__);			\
		if (!(fabs(value(w, mx, series_) - (expected)) < 1e-12))		\
			fail_msg("%s is %g, not %g", series_, value(w, mx, series_), (double)(expected)); \
	} while (0)
#define NO_SERIES(...)									\
	do {										\
		char series_[200];							\
											\
		snprintf(series_, sizeof(series_), __VA_ARGS__);			\
		if (!isnan(value(w, mx, series_)))					\
			fail_msg("%s is there", series_);				\
	} while (0)

static void meta(struct world *w)
{
	union gm_any r = make(w, GM_K_META);

	r.as_META.real_ns = 1790000000 * S + w->ns;
	r.as_META.page_size = 4096;
	r.as_META.nodes = 2;
	r.as_META.mode = GM_MODE_FULL;
	snprintf(r.as_META.release, sizeof(r.as_META.release), "6.18 \"quoted\\\n");
	put(w, &r);
	probe(w, "all", GM_PROBE_ATTACHED, GM_ALL_PHASES & ~(1u << GM_PHASE_POPULATE), "");
	probe(w, "populate", GM_PROBE_ABSENT, 1u << GM_PHASE_POPULATE, "no \"hook\"");
}

/* Adds a machine of one VM with `pages` resident on node 1 and slot 0 of 16 pages bound. ids and pid are n. */
static void machine(struct world *w, uint32_t n, const char *name, uint64_t pages)
{
	proc(w, n, n, name);
	vm_create(w, n, n);
	ev(w, GM_K_CREATE, n, n, n);
	file_state(w, n, n, n);
	bind_slot(w, n, n, n, 0);
	inode_state(w, n, pages, pages, 0);
}

static const char *label_of(const struct gm_metrics *mx, const char *name)
{
	for (size_t i = 0; i < mx->rows.nr; i++) {
		const struct gm_mrow *row = mx->rows.at[i];

		if (!strcmp(row->name, name))
			return row->label;
	}
	fail_msg("no row of %s", name);
	return NULL;
}

/* ---- machines ---- */

static void test_memory(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	const char *a;

	meta(w);
	machine(w, 1, "a", 5);
	machine(w, 2, "b", 7);
	unbind_slot(w, 2, 2, 2, 0);
	look(w, mx);
	a = label_of(mx, "a");
	VALUE(5 * 4096, "gmem_machine_memory_bytes{machine=\"%s\",state=\"bound\",node=\"1\"}", a);
	VALUE(0, "gmem_machine_memory_bytes{machine=\"%s\",state=\"bound\",node=\"0\"}", a);
	VALUE(7 * 4096, "gmem_machine_memory_bytes{machine=\"%s\",state=\"unbound\",node=\"1\"}", label_of(mx, "b"));
	VALUE(1 << 20, "gmem_machine_memory_size_bytes{machine=\"%s\"}", a);
	VALUE(1, "gmem_machine_bindings{machine=\"%s\"}", a);
	VALUE(5 * 4096, "gmem_memory_bytes{state=\"bound\",node=\"1\"}");
	VALUE(7 * 4096, "gmem_memory_bytes{state=\"unbound\",node=\"1\"}");
	VALUE(0, "gmem_memory_bytes{state=\"orphaned\",node=\"1\"}");
	VALUE(2 << 20, "gmem_memory_size_bytes");
	VALUE(1, "gmem_objects{kind=\"binding\"}");
	VALUE(2, "gmem_objects{kind=\"machine\"}");
	VALUE(1, "gmem_machine_info{machine=\"%s\",name=\"a\",key=\"name:a\",pid=\"1\",comm=\"vmm\"}", a);
	gm_metrics_free(mx);
}

/* A machine with untracked files has no series of its memory, then or later; others have theirs. */
static void test_untracked(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	union gm_any r;
	const char *a;

	meta(w);
	machine(w, 1, "a", 5);
	machine(w, 2, "b", 7);
	r = make(w, GM_K_VM);
	r.as_VM.vm = 1;
	r.as_VM.untracked_files = 3;
	put(w, &r);
	look(w, mx);
	a = label_of(mx, "a");
	VALUE(3, "gmem_machine_untracked_files{machine=\"%s\"}", a);
	VALUE(1, "gmem_sums_partial{what=\"memory\"}");
	VALUE(0, "gmem_sums_partial{what=\"vms\"}");
	NO_SERIES("gmem_machine_memory_bytes{machine=\"%s\"", a);
	NO_SERIES("gmem_machine_memory_size_bytes{machine=\"%s\"", a);
	NO_SERIES("gmem_machine_allocated_bytes_total{machine=\"%s\"", a);
	NO_SERIES("gmem_machine_freed_bytes_total{machine=\"%s\"", a);
	VALUE(1, "gmem_machine_bindings{machine=\"%s\"}", a);
	VALUE(1 << 20, "gmem_machine_memory_size_bytes{machine=\"%s\"}", label_of(mx, "b"));
	NO_SERIES("gmem_machine_untracked_files{machine=\"%s\"", label_of(mx, "b"));
	r.as_VM.untracked_files = 0;
	put(w, &r);
	look(w, mx);
	VALUE(1 << 20, "gmem_machine_memory_size_bytes{machine=\"%s\"}", a);
	VALUE(0, "gmem_sums_partial{what=\"memory\"}");
	NO_SERIES("gmem_machine_allocated_bytes_total{machine=\"%s\"", a);
	gm_metrics_free(mx);
}

/* A machine whose process has untracked VMs has no series of its memory, as that of its other VMs is only a part. */
static void test_untracked_vms(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	union gm_any r;
	const char *a;

	meta(w);
	machine(w, 1, "a", 5);
	machine(w, 2, "b", 7);
	r = make(w, GM_K_VM);
	r.as_VM.vm = 1;
	r.as_VM.flags = GM_OBJ_SIBLINGS;
	put(w, &r);
	look(w, mx);
	a = label_of(mx, "a");
	VALUE(1, "gmem_machine_untracked_vms{machine=\"%s\"}", a);
	NO_SERIES("gmem_machine_memory_bytes{machine=\"%s\"", a);
	NO_SERIES("gmem_machine_memory_size_bytes{machine=\"%s\"", a);
	NO_SERIES("gmem_machine_vms{machine=\"%s\"", a);
	VALUE(1 << 20, "gmem_machine_memory_size_bytes{machine=\"%s\"}", label_of(mx, "b"));
	VALUE(1, "gmem_machine_vms{machine=\"%s\"}", label_of(mx, "b"));
	r.as_VM.flags = 0;
	put(w, &r);
	look(w, mx);
	NO_SERIES("gmem_machine_untracked_vms{machine=\"%s\"", a);
	VALUE(1 << 20, "gmem_machine_memory_size_bytes{machine=\"%s\"}", a);
	gm_metrics_free(mx);
}

/*
 * Pages that were counted after their nodes were read have the node "unknown", so that the sum stays the count.
 */
static void test_nodes_unknown(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	union gm_any r;

	meta(w);
	machine(w, 1, "a", 5);
	r = make(w, GM_K_INODE);
	r.as_INODE.inode = 1;
	r.as_INODE.resident_pages = 9;
	r.as_INODE.nodes_known = 1;
	r.as_INODE.node_pages[0] = 6;
	put(w, &r);
	look(w, mx);
	VALUE(6 * 4096, "gmem_memory_bytes{state=\"bound\",node=\"0\"}");
	VALUE(3 * 4096, "gmem_memory_bytes{state=\"bound\",node=\"unknown\"}");
	r.as_INODE.resident_pages = 4; /* fewer pages than the nodes have */
	put(w, &r);
	look(w, mx);
	VALUE(4 * 4096, "gmem_memory_bytes{state=\"bound\",node=\"0\"}");
	NO_SERIES("gmem_memory_bytes{state=\"bound\",node=\"unknown\"}");
	gm_metrics_free(mx);
}

static void walk(struct world *w, uint32_t what, uint32_t tgid, uint32_t inode)
{
	w->ns++;
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	if (what)
		pin(w, what, tgid, what == GM_PIN_FD ? 9 : -1, inode, inode);
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(seen_again(w->m, w->ns), 0);
}

static void test_orphans(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	machine(w, 1, "a", 5);
	look(w, mx);
	NO_SERIES("gmem_orphaned_bytes{reason=\"fd\"}"); /* tasks have not been scanned yet */
	w->ns++;
	walk(w, GM_PIN_FD, 77, 1);
	look(w, mx);
	VALUE(5 * 4096, "gmem_orphaned_bytes{reason=\"fd\"}");
	VALUE(0, "gmem_orphaned_bytes{reason=\"mapping\"}");
	VALUE(5 * 4096, "gmem_memory_bytes{state=\"orphaned\",node=\"1\"}");
	VALUE(5 * 4096, "gmem_machine_memory_bytes{machine=\"%s\",state=\"orphaned\",node=\"1\"}", label_of(mx, "a"));
	walk(w, GM_PIN_MAPPING, 77, 1);
	look(w, mx);
	VALUE(0, "gmem_orphaned_bytes{reason=\"fd\"}");
	VALUE(5 * 4096, "gmem_orphaned_bytes{reason=\"mapping\"}");
	walk(w, 0, 0, 0);
	look(w, mx);
	VALUE(5 * 4096, "gmem_orphaned_bytes{reason=\"unknown\"}");
	/* A scan in a PID namespace proves nothing. */
	probe(w, "all_tasks", GM_PROBE_REFUSED, 0, "in a PID namespace");
	look(w, mx);
	NO_SERIES("gmem_orphaned_bytes{reason=\"unknown\"}");
	NO_SERIES("gmem_memory_bytes{state=\"orphaned\",node=\"1\"}");
	VALUE(5 * 4096, "gmem_memory_bytes{state=\"bound\",node=\"1\"}");
	VALUE(0, "gmem_probe_attached{probe=\"all_tasks\",class=\"extra\"}");
	gm_metrics_free(mx);
}

static void faults(struct world *w, uint32_t vm, uint32_t nr)
{
	hist(w, vm, GM_PHASE_GUEST_FAULT, nr, 1000);
}

#define FAULTS(n, label) VALUE(n, "gmem_machine_phase_operations_total{machine=\"%s\",phase=\"guest_fault\"}", label)

static void test_limit(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(2);

	meta(w);
	machine(w, 1, "a", 1);
	machine(w, 2, "b", 2);
	look(w, mx);
	NO_SERIES("gmem_machine_vms{machine=\"other\"}");
	machine(w, 3, "c", 3);
	machine(w, 4, "d", 4);
	faults(w, 1, 10);
	faults(w, 3, 30);
	faults(w, 4, 40);
	look(w, mx);
	VALUE(2, "gmem_exporter_folded_machines");
	NO_SERIES("gmem_machine_vms{machine=\"%s\"}", label_of(mx, "c"));
	assert_false(has(w, mx, GM_FORMAT_TEXT, "name=\"c\""));
	VALUE(2, "gmem_machine_vms{machine=\"other\"}");
	VALUE(7 * 4096, "gmem_machine_memory_bytes{machine=\"other\",state=\"bound\",node=\"1\"}");
	FAULTS(10, label_of(mx, "a"));
	FAULTS(70, "other");
	VALUE(70e-6, "gmem_machine_phase_seconds_total{machine=\"other\",phase=\"guest_fault\"}");
	/* The largest machine does not replace another one, as both series would jump. */
	inode_state(w, 4, 4000, 4000, 0);
	faults(w, 4, 2);
	look(w, mx);
	FAULTS(72, "other");
	gm_metrics_free(mx);
}

static void gone(struct world *w, uint32_t n)
{
	evict(w, n, n, 4, 4);
	ev(w, GM_K_VM_DESTROY, n, 0, 0);
}

/* Ended machines take no count from "other", and counts in "other" are not reported again. */
static void test_other_never_falls(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(1);

	meta(w);
	machine(w, 1, "a", 1);
	machine(w, 2, "b", 2);
	faults(w, 1, 5);
	faults(w, 2, 20);
	look(w, mx);
	FAULTS(20, "other");
	gone(w, 1);
	gone(w, 2);
	look(w, mx);
	w->ns += 61 * S;
	look(w, mx);
	NO_SERIES("gmem_machine_vms{machine=\"%s\"}", label_of(mx, "a"));
	VALUE(0, "gmem_exporter_folded_machines");
	FAULTS(20, "other");
	/* b is created again, and a row is free */
	vm_create(w, 5, 2);
	ev(w, GM_K_CREATE, 5, 5, 5);
	faults(w, 5, 7);
	look(w, mx);
	FAULTS(27, "other");
	/* a is created again: its series continue */
	vm_create(w, 6, 1);
	ev(w, GM_K_CREATE, 6, 6, 6);
	faults(w, 6, 1);
	look(w, mx);
	FAULTS(6, label_of(mx, "a"));
	FAULTS(27, "other");
	gm_metrics_free(mx);
}

static void test_linger(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	machine(w, 1, "a", 1);
	look(w, mx);
	gone(w, 1);
	look(w, mx);
	w->ns += 60 * S;
	look(w, mx);
	VALUE(0, "gmem_machine_vms{machine=\"%s\"}", label_of(mx, "a"));
	w->ns += 1;
	look(w, mx);
	NO_SERIES("gmem_machine_vms{machine=\"%s\"}", label_of(mx, "a"));
	gm_metrics_free(mx);
}

/* VMs without guest_memfd, of which hosts have hundreds, have no series. */
static void test_no_memory_no_row(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	proc(w, 1, 1, "plain");
	vm_create(w, 1, 1);
	look(w, mx);
	assert_int_equal(mx->rows.nr, 0);
	VALUE(0, "gmem_objects{kind=\"vm\"}");
	gm_metrics_free(mx);
}

static void test_vm_option(void **state)
{
	const struct gm_metrics_opts o = { .want = "b", .per_octave = 1 };
	struct world *w = *state;
	struct gm_metrics *mx;

	assert_int_equal(gm_metrics_new(&mx, &o), 0);
	meta(w);
	machine(w, 1, "a", 1);
	machine(w, 2, "b", 2);
	look(w, mx);
	assert_int_equal(mx->rows.nr, 1);
	VALUE(2, "gmem_objects{kind=\"machine\"}");
	VALUE(2, "gmem_objects{kind=\"binding\"}");
	VALUE(2 * 4096, "gmem_machine_memory_bytes{machine=\"%s\",state=\"bound\",node=\"1\"}", label_of(mx, "b"));
	gm_metrics_free(mx);
}

/* More VMs end than the model keeps: rows of forgotten machines are removed, and their places are free. */
static void test_churn(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(3000);

	meta(w);
	for (uint32_t n = 1; n <= GM_MODEL_DEAD_MAX + 50; n++) {
		char name[16];

		snprintf(name, sizeof(name), "m%u", n);
		machine(w, n, name, 1);
		gone(w, n);
		if (n % 100 == 0)
			look(w, mx);
	}
	look(w, mx);
	assert_true(mx->rows.nr <= GM_MODEL_DEAD_MAX);
	assert_int_equal(mx->rows.nr, mx->by_machine.nr);
	assert_int_equal(mx->rows.nr, mx->by_label.nr);
	assert_int_equal(mx->shown, mx->rows.nr);
	gm_metrics_free(mx);
}

/* ---- labels ---- */

static void test_hostile_names(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	machine(w, 1, "a\"} 1\n# evil \"\\", 1);
	look(w, mx);
	/* the model has escaped the newline, the format escapes the rest */
	assert_true(has(w, mx, GM_FORMAT_TEXT, ",name=\"a\\\"} 1\\\\x0a# evil \\\"\\\\\","));
	assert_true(has(w, mx, GM_FORMAT_OPENMETRICS, ",name=\"a\\\"} 1\\\\x0a# evil \\\"\\\\\","));
	assert_true(has(w, mx, GM_FORMAT_TEXT, "{release=\"6.18 \\\"quoted\\\\\\\\x0a\","));
	gm_metrics_free(mx);
}

/* A process whose VM has a uuid, which is then its key, beside the name a. */
static void proc_with_uuid(struct world *w, uint32_t tgid)
{
	static const char args[] = "vmm\0-name\0a\0-uuid\0"
				   "11111111-2222-3333-4444-555555555555";
	union gm_any r = make(w, GM_K_PROC);

	r.as_PROC.tgid = tgid;
	r.as_PROC.start_ticks = tgid;
	memcpy(r.as_PROC.comm, "vmm", 4);
	memcpy(r.as_PROC.cmdline, args, sizeof(args));
	r.as_PROC.cmdline_len = sizeof(args);
	put(w, &r);
}

/* Two machines with one name: both labels get a hash, so that neither can take the other's series. */
static void test_equal_names(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	const struct gm_mrow *a, *b;

	meta(w);
	machine(w, 1, "a", 1);
	look(w, mx);
	assert_string_equal(label_of(mx, "a"), "a");
	proc_with_uuid(w, 2);
	vm_create(w, 2, 2);
	ev(w, GM_K_CREATE, 2, 2, 2);
	look(w, mx);
	assert_int_equal(mx->rows.nr, 2);
	a = mx->rows.at[0];
	b = mx->rows.at[1];
	assert_int_equal(strlen(a->label), strlen("a-") + 8);
	assert_int_equal(strlen(b->label), strlen("a-") + 8);
	assert_string_not_equal(a->label, b->label);
	VALUE(1, "gmem_machine_vms{machine=\"%s\"}", a->label);
	VALUE(1, "gmem_machine_vms{machine=\"%s\"}", b->label);
	assert_int_equal(mx->by_label.nr, 2);
	gm_metrics_free(mx);
}

/* Names that are labels of other rows, whole or hashed, do not make a series twice: value() fails for these. */
static void test_names_like_labels(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(3);
	const char *other;
	char forged[80];

	meta(w);
	machine(w, 1, "other", 1);
	look(w, mx);
	other = label_of(mx, "other");
	assert_int_equal(strlen(other), strlen("other-") + 8);
	snprintf(forged, sizeof(forged), "%s", other);
	machine(w, 2, forged, 1);
	look(w, mx);
	VALUE(1, "gmem_machine_vms{machine=\"%s\"}", other);
	VALUE(1, "gmem_machine_vms{machine=\"%s\"}", label_of(mx, forged));
	gm_metrics_free(mx);
}

/* The label is bounded, and ends between two characters; machines with the same beginning differ by the hash. */
static void test_long_names(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	char name[64] = "";

	meta(w);
	for (int i = 0; i < 15; i++)
		strcat(name, "\xe2\x82\xac");
	machine(w, 1, name, 1);
	look(w, mx);
	assert_int_equal(strlen(label_of(mx, name)), 39 + 9);
	assert_memory_equal(label_of(mx, name), name, 39);
	gm_metrics_free(mx);
}

/* 0.1 labelled machines by the hash of the key. */
static void test_legacy_labels(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	char want[20];

	meta(w);
	mx->o.legacy = true;
	machine(w, 1, "a", 1);
	look(w, mx);
	snprintf(want, sizeof(want), "%016llx", (unsigned long long)gm_hash_str("name:a"));
	assert_string_equal(label_of(mx, "a"), want);
	gm_metrics_free(mx);
}

/* A machine may get its name late. */
static void test_label_follows_the_name(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	char before[80];

	meta(w);
	vm_create(w, 1, 1);
	ev(w, GM_K_CREATE, 1, 1, 1);
	look(w, mx);
	snprintf(before, sizeof(before), "%s", ((struct gm_mrow *)mx->rows.at[0])->label);
	proc(w, 1, 1, "late");
	look(w, mx);
	assert_string_equal(label_of(mx, "late"), "late");
	assert_string_not_equal(before, "late");
	assert_int_equal(mx->rows.nr, 1);
	assert_int_equal(mx->by_label.nr, 1);
	gm_metrics_free(mx);
}

/* ---- unavailable figures ---- */

static void test_not_observed(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	look(w, mx);
	VALUE(0, "gmem_phase_observed{phase=\"populate\"}");
	VALUE(1, "gmem_phase_observed{phase=\"zap\"}");
	VALUE(0, "gmem_phase_duration_seconds_count{phase=\"zap\"}");
	NO_SERIES("gmem_phase_duration_seconds_count{phase=\"populate\"}");
	assert_true(has(w, mx, GM_FORMAT_TEXT,
			"gmem_phase_gap_info{phase=\"populate\",gap=\"all\",code=\"absent\",reason=\"no "
			"\\\"hook\\\"\"} 1\n"));
	VALUE(1, "gmem_probe_attached{probe=\"all\",class=\"extra\"}");
	VALUE(0, "gmem_probe_attached{probe=\"populate\",class=\"extra\"}");
	gm_metrics_free(mx);
}

#define REBOOT_GAP(what, gap, code, reason) \
	"gmem_reboot_gap_info{what=\"" what "\",gap=\"" gap "\",code=\"" code "\",reason=\"" reason "\"} 1\n"
#define HAS(words) assert_true(has(w, mx, GM_FORMAT_TEXT, words))
#define HAS_NOT(words) assert_false(has(w, mx, GM_FORMAT_TEXT, words))

static void test_reboot_gaps(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	look(w, mx);
	HAS_NOT("gmem_reboot_gap_info{"); /* reboots are not kept */
	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	probe(w, "reset", GM_PROBE_ATTACHED, 0, "");
	probe(w, "host_fault", GM_PROBE_ATTACHED, 1u << GM_PHASE_HOST_FAULT, "");
	HAS_NOT("gmem_reboot_gap_info{");
	/* Probes of tracepoint mode. */
	probe(w, "all", GM_PROBE_ATTACHED,
	      1u << GM_PHASE_CREATE | 1u << GM_PHASE_PUNCH | 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_ZERO, "");
	probe(w, "vm_destroy", GM_PROBE_REFUSED, 1u << GM_PHASE_DESTROY, "no fentry");
	probe(w, "zap_all", GM_PROBE_REFUSED, 1u << GM_PHASE_ZAP, "no kprobe");
	probe(w, "evict", GM_PROBE_REFUSED, 1u << GM_PHASE_FREE, "no hook");
	probe(w, "host_fault", GM_PROBE_REFUSED, 1u << GM_PHASE_HOST_FAULT, "no fexit");
	probe(w, "guest_fault", GM_PROBE_ATTACHED, 1u << GM_PHASE_GUEST_FAULT, "");
	probe(w, "reset", GM_PROBE_REFUSED, 0, "no tracefs");
	HAS_NOT("gmem_reboot_gap_info{what=\"count\"");
	HAS(REBOOT_GAP("begin", "part", "refused", "without zap: no kprobe"));
	HAS(REBOOT_GAP("end", "part", "refused", "without host_fault: no fexit"));
	HAS(REBOOT_GAP("style", "part", "refused", "without destroy: no fentry"));
	HAS(REBOOT_GAP("in_place", "part", "refused", "not of resets: no tracefs"));
	HAS(REBOOT_GAP("saving", "all", "refused", "without free: no hook"));
	/* Probes of inventory mode: a reboot that is not counted has no begin either. */
	probe(w, "all", GM_PROBE_REFUSED, 1u << GM_PHASE_CREATE, "by scans");
	HAS(REBOOT_GAP("count", "all", "refused", "by scans"));
	HAS(REBOOT_GAP("begin", "all", "refused", "by scans"));
	HAS(REBOOT_GAP("saving", "all", "refused", "by scans"));
	gm_metrics_free(mx);
}

/* A part that failed has success 0, and the time that it took. */
static void test_parts(void **state)
{
	static const struct gm_source_part parts[] = { { "tasks", 1500000000, true }, { "objects", 250000000, false } };
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	struct gm_self self = { .parts = parts, .parts_nr = 2 };
	struct gm_str out = { 0 };

	meta(w);
	look(w, mx);
	gm_metrics_write(mx, w->m, &self, GM_FORMAT_TEXT, &out);
	assert_non_null(strstr(out.s, "gmem_exporter_part_duration_seconds{part=\"tasks\"} 1.5\n"));
	assert_non_null(strstr(out.s, "gmem_exporter_part_success{part=\"tasks\"} 0\n"));
	assert_non_null(strstr(out.s, "gmem_exporter_part_success{part=\"objects\"} 1\n"));
	gm_str_release(&out);
	gm_metrics_free(mx);
}

static void test_losses(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	union gm_any r;

	meta(w);
	loss(w, "ring_full", 3);
	loss_of(w, "ring_full", GM_K_PUNCH, 3);
	r = make(w, GM_K_LOSS);
	snprintf(r.as_LOSS.what, sizeof(r.as_LOSS.what), "slow_limit");
	r.as_LOSS.count = 5;
	r.as_LOSS.flags = GM_LOSS_WITHHELD;
	put(w, &r);
	look(w, mx);
	VALUE(3, "gmem_records_lost_total{reason=\"ring_full\"}");
	VALUE(0, "gmem_records_lost_total{reason=\"program_skipped\"}");
	VALUE(3, "gmem_events_lost_total{kind=\"punch\"}");
	VALUE(0, "gmem_events_lost_total{kind=\"vm_destroy\"}");
	NO_SERIES("gmem_events_lost_total{kind=\"fault\"}");
	NO_SERIES("gmem_records_lost_total{reason=\"slow_limit\"}");
	VALUE(5, "gmem_records_withheld_total{reason=\"slow_limit\"}");
	gm_metrics_free(mx);
}

static void prog(struct world *w, const char *name, uint32_t stats, uint64_t runs)
{
	union gm_any r = make(w, GM_K_PROG);

	snprintf(r.as_PROG.name, sizeof(r.as_PROG.name), "%s", name);
	r.as_PROG.stats = stats;
	r.as_PROG.runs = runs;
	r.as_PROG.run_ns = runs * 100;
	put(w, &r);
}

/* Statistics that the kernel does not keep are not reported as 0 runs. */
static void test_programs(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	look(w, mx);
	NO_SERIES("gmem_bpf_statistics_enabled");
	prog(w, "gm_a", GM_NO, 0);
	VALUE(0, "gmem_bpf_statistics_enabled");
	NO_SERIES("gmem_bpf_program_runs_total{program=\"gm_a\"}");
	VALUE(0, "gmem_bpf_program_skipped_total{program=\"gm_a\"}");
	prog(w, "gm_a", GM_YES, 20);
	VALUE(1, "gmem_bpf_statistics_enabled");
	VALUE(20, "gmem_bpf_program_runs_total{program=\"gm_a\"}");
	VALUE(2e-6, "gmem_bpf_program_run_seconds_total{program=\"gm_a\"}");
	prog(w, "gm_a", GM_NO, 20);
	VALUE(0, "gmem_bpf_statistics_enabled");
	VALUE(20, "gmem_bpf_program_runs_total{program=\"gm_a\"}");
	gm_metrics_free(mx);
}

/* ---- reboots ---- */

static double sum_of(const struct world *w, const struct gm_metrics *mx, const char *name)
{
	char *text = render(w, mx, GM_FORMAT_TEXT), *at = text;
	double sum = 0;

	for (; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
		if (!strncmp(at, name, strlen(name)) && at[strlen(name)] == '{')
			sum += strtod(strchr(at, ' ') + 1, NULL);
	free(text);
	return sum;
}

static void test_last_reboot(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	const char *a;

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	gm_model_drop_steps(w->m);
	w->ns = 10 * S;
	meta(w);
	machine(w, 1, "a", 16);
	look(w, mx);
	a = label_of(mx, "a");
	VALUE(0, "gmem_machine_reboots_total{machine=\"%s\",style=\"recreate\"}", a);
	NO_SERIES("gmem_machine_last_reboot_duration_seconds{machine=\"%s\"}", a);
	w->ns += S;
	unbind_slot(w, 1, 1, 1, 0);
	ev(w, GM_K_RELEASE, 1, 1, 1);
	gone(w, 1);
	w->ns += S;
	vm_create(w, 2, 1);
	ev(w, GM_K_CREATE, 2, 2, 2);
	file_state(w, 2, 2, 2);
	bind_slot(w, 2, 2, 2, 0);
	w->ns += S;
	faults(w, 2, 5);
	look(w, mx);
	for (int i = 0; i < 4; i++) {
		w->ns += S;
		look(w, mx);
	}
	VALUE(1, "gmem_machine_reboots_total{machine=\"%s\",style=\"recreate\"}", a);
	VALUE(1, "gmem_reboot_duration_seconds_count{style=\"recreate\"}");
	VALUE(0, "gmem_reboot_duration_seconds_count{style=\"link\"}");
	assert_true(value(w, mx, "gmem_reboot_duration_seconds_sum{style=\"recreate\"}") > 1);
	assert_int_equal(((struct gm_episode *)gm_model_episodes(w->m)->at[0])->steps.nr, 0);
	assert_float_equal(sum_of(w, mx, "gmem_machine_last_reboot_phase_seconds"),
			   sum_of(w, mx, "gmem_machine_last_reboot_duration_seconds"), 1e-9);
	assert_true(sum_of(w, mx, "gmem_machine_last_reboot_timestamp_seconds") > 1.79e9);
	gm_metrics_free(mx);
}

/* A counter keeps the reboots that the list of episodes has dropped. */
static void test_reboots_are_counted_for_good(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);
	struct gm_episode *e;

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	meta(w);
	machine(w, 1, "a", 16);
	e = calloc(1, sizeof(*e));
	assert_non_null(e);
	for (int i = 0; i < GM_EPISODES_MAX + 10; i++) {
		e->style = GM_REBOOT_LINK;
		e->machine = 1;
		e->end = GM_REBOOT_STEADY;
		assert_int_equal(gm_episode_close(w->m, e), 0);
	}
	e->style = GM_REBOOT_SHUTDOWN;
	assert_int_equal(gm_episode_close(w->m, e), 0);
	gm_episode_free(e);
	look(w, mx);
	VALUE(GM_EPISODES_MAX + 10, "gmem_machine_reboots_total{machine=\"%s\",style=\"link\"}", label_of(mx, "a"));
	assert_false(has(w, mx, GM_FORMAT_TEXT, "style=\"shutdown\""));
	gm_metrics_free(mx);
}

/* ---- text ---- */

/* Counts the classic buckets of one series. */
static unsigned int count_buckets(const struct world *w, const struct gm_metrics *mx, const char *series)
{
	char *text = render(w, mx, GM_FORMAT_TEXT);
	unsigned int nr = 0;

	for (const char *at = text; (at = strstr(at, series)); at++)
		nr++;
	free(text);
	return nr;
}

/* The default buckets: 1 us to 16 s for phases, 1 ms to 4096 s for reboots, each fourfold the one before. */
static void test_default_buckets(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	mx->o.per_octave = 0;
	hist(w, 0, GM_PHASE_ZAP, 3, 1000000000);
	hist(w, 0, GM_PHASE_ZAP, 1, 900);
	hist(w, 0, GM_PHASE_ZAP, 1, 20 * S);
	look(w, mx);
	assert_int_equal(count_buckets(w, mx, "gmem_phase_duration_seconds_bucket{phase=\"zap\""), 13 + 1);
	VALUE(1, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"9.5367431640625e-07\"}");
	VALUE(1, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"0.25\"}");
	VALUE(4, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"1\"}");
	VALUE(4, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"16\"}");
	VALUE(5, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"+Inf\"}");
	gm_metrics_free(mx);
}

static void test_histogram_text(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	w->ns = 5 * S;
	meta(w);
	hist(w, 0, GM_PHASE_ZAP, 2, 50);	 /* underflow */
	hist(w, 0, GM_PHASE_ZAP, 3, 1000000000); /* exactly 1 s: upper bounds are inclusive */
	hist(w, 0, GM_PHASE_ZAP, 1, 1000000001);
	hist(w, 0, GM_PHASE_ZAP, 1, 5000 * S); /* overflow */
	look(w, mx);
	VALUE(2, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"5.9604644775390625e-08\"}");
	VALUE(2, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"0.5\"}");
	VALUE(5, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"1\"}");
	VALUE(6, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"2\"}");
	VALUE(6, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"4096\"}");
	VALUE(7, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"+Inf\"}");
	VALUE(7, "gmem_phase_duration_seconds_count{phase=\"zap\"}");
	VALUE(5004.000000101, "gmem_phase_duration_seconds_sum{phase=\"zap\"}");
	assert_true(
		has(w, mx, GM_FORMAT_OPENMETRICS, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"1.0\"} 5\n"));
	assert_true(has(w, mx, GM_FORMAT_OPENMETRICS, "# UNIT gmem_phase_duration_seconds seconds\n"));
	assert_true(
		has(w, mx, GM_FORMAT_OPENMETRICS, "gmem_phase_duration_seconds_created{phase=\"zap\"} 1790000005\n"));
	mx->o.per_octave = 8;
	VALUE(5, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"1\"}");
	VALUE(6, "gmem_phase_duration_seconds_bucket{phase=\"zap\",le=\"1.0905077326652577\"}");
	gm_metrics_free(mx);
}

static void test_counter_names(void **state)
{
	struct world *w = *state;
	struct gm_metrics *mx = metrics(0);

	meta(w);
	machine(w, 1, "a", 1);
	look(w, mx);
	assert_true(has(w, mx, GM_FORMAT_TEXT,
			"# TYPE gmem_allocated_bytes_total "
			"counter\ngmem_allocated_bytes_total "));
	assert_true(has(w, mx, GM_FORMAT_OPENMETRICS,
			"# TYPE gmem_allocated_bytes counter\n# UNIT gmem_allocated_bytes bytes\n"
			"gmem_allocated_bytes_total 4096\ngmem_allocated_bytes_created "
			""));
	assert_true(has(w, mx, GM_FORMAT_TEXT, "# TYPE gmem_machine_info gauge\n"));
	assert_true(has(w, mx, GM_FORMAT_OPENMETRICS, "# TYPE gmem_machine info\ngmem_machine_info{"));
	assert_false(has(w, mx, GM_FORMAT_OPENMETRICS, "gmem_machine_allocated_bytes_created"));
	assert_false(has(w, mx, GM_FORMAT_TEXT, "_created"));
	assert_false(has(w, mx, GM_FORMAT_TEXT, "# EOF"));
	assert_true(has(w, mx, GM_FORMAT_OPENMETRICS, "\n# EOF\n"));
	gm_metrics_free(mx);
}

static void test_numbers(void **state)
{
	static const struct {
		double v;
		const char *text;
	} t[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ -3, "-3" },
		{ 4096, "4096" },
		{ 0.1, "0.1" },
		{ 1e-9, "1e-09" },
		{ INFINITY, "+Inf" },
		{ -INFINITY, "-Inf" },
		{ NAN, "NaN" },
		{ 9007199254740991.0, "9007199254740991" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 5.9604644775390625e-08, "5.9604644775390625e-08" },
		{ 1e300, "1e+300" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(t); i++)
		assert_string_equal(gm_fmt_double(buf, sizeof(buf), t[i].v), t[i].text);
}

/* The double of each bucket's bound equals the integer bound of the slots. */
static void test_bounds(void **state)
{
	(void)state;
	for (unsigned int s = 0; s < GM_HIST_BOUNDS; s++)
		assert_true((uint64_t)floor(gm_bound_seconds(s) * 1e9 * (1 + 1e-15)) == gm_hist_bounds[s]);
	assert_true(gm_bound_seconds(192) == 1.0 && gm_bound_seconds(288) == 4096.0 && gm_bound_seconds(0) == 0x1p-24);
}

/* ---- negotiation ---- */

#define PB "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

static void test_negotiate(void **state)
{
	static const struct {
		const char *accept;
		enum gm_format f;
	} t[] = {
		{ NULL, GM_FORMAT_TEXT },
		{ "", GM_FORMAT_TEXT },
		{ "*/*", GM_FORMAT_TEXT },
		{ "text/html,application/xhtml+xml,*/*;q=0.8", GM_FORMAT_TEXT },
		/* Prometheus 2.42 without and with native histograms, 3.5 */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/"
		  "plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  GM_FORMAT_OPENMETRICS },
		{ PB ",application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  GM_FORMAT_PROTOBUF },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/"
		  "plain;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.1",
		  GM_FORMAT_OPENMETRICS },
		{ "text/plain;version=0.0.4;q=0.3," PB ";q=0.2", GM_FORMAT_TEXT },
		{ "text/plain;q=0.3 , " PB " ; q=0.7", GM_FORMAT_PROTOBUF },
		{ "application/vnd.google.protobuf; proto=\"io.prometheus.client.MetricFamily\"; "
		  "encoding=\"delimited\"",
		  GM_FORMAT_PROTOBUF },
		{ "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text,text/"
		  "plain;q=0.1",
		  GM_FORMAT_TEXT },
		{ "application/vnd.google.protobuf;proto=other.Thing;encoding=delimited", GM_FORMAT_TEXT },
		{ "application/openmetrics-text;version=2.0.0", GM_FORMAT_TEXT },
		{ "application/openmetrics-text", GM_FORMAT_OPENMETRICS },
		{ "APPLICATION/OPENMETRICS-TEXT;VERSION=1.0.0", GM_FORMAT_OPENMETRICS },
		{ "application/openmetrics-text;q=0", GM_FORMAT_TEXT },
		{ "application/openmetrics-text;q=2", GM_FORMAT_TEXT },
		{ "application/openmetrics-text;q=nan", GM_FORMAT_TEXT },
		{ "application/openmetrics-text;q=0x1", GM_FORMAT_TEXT },
		{ ";;;,,,=;\"", GM_FORMAT_TEXT },
		{ "\"unterminated", GM_FORMAT_TEXT },
		{ "application/openmetrics-text;version=\"1.0.0", GM_FORMAT_OPENMETRICS },
		{ "application/json", GM_FORMAT_TEXT },
	};
	char longest[5000];

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(t); i++)
		if (gm_format_negotiate(t[i].accept) != t[i].f)
			fail_msg("'%s': %d", t[i].accept ? t[i].accept : "", (int)gm_format_negotiate(t[i].accept));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(gm_format_negotiate(longest), GM_FORMAT_TEXT);
	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = "a;=,\" q"[i * 7919 % 7];
	gm_format_negotiate(longest);
}

static void test_gzip(void **state)
{
	static const struct {
		const char *accept;
		bool yes;
	} t[] = {
		{ NULL, false },
		{ "", false },
		{ "gzip", true },
		{ "GZip", true },
		{ "deflate, gzip;q=1.0, *;q=0.5", true },
		{ "gzip;q=0", false },
		{ "*", true },
		{ "*;q=0", false },
		{ "identity", false },
		{ "gzip;q=0, *", false },
		{ "br, x-gzip", true },
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(t); i++)
		if (gm_accepts_gzip(t[i].accept) != t[i].yes)
			fail_msg("'%s'", t[i].accept ? t[i].accept : "");
}

/* ---- the table ---- */

/* Checks conventions of metrics: those of promlint and some more. */
static void check_families(const struct gm_family *f, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		size_t len = strlen(f[i].name), unit = strlen(f[i].unit);

		assert_true(!strncmp(f[i].name, "gmem_", 5) || !strncmp(f[i].name, "process_", 8));
		assert_int_equal(strspn(f[i].name, "abcdefghijklmnopqrstuvwxyz_"), len);
		assert_true(!unit || (len > unit && !strcmp(f[i].name + len - unit, f[i].unit) &&
				      f[i].name[len - unit - 1] == '_'));
		assert_true(f[i].type != GM_HISTOGRAM || unit);
		assert_true(f[i].help[0] && f[i].series[0] && f[i].source[0] && !strpbrk(f[i].help, "|\n"));
		assert_null(strstr(f[i].name, "_total"));
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(f[i].name, f[k].name);
	}
}

static void test_table(void **state)
{
	(void)state;
	check_families(gm_host_families, gm_host_families_nr);
	check_families(gm_machine_families, gm_machine_families_nr);
	check_families(gm_self_families, gm_self_families_nr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_memory),
		MODEL_TEST(test_untracked),
		MODEL_TEST(test_untracked_vms),
		MODEL_TEST(test_nodes_unknown),
		MODEL_TEST(test_orphans),
		MODEL_TEST(test_limit),
		MODEL_TEST(test_other_never_falls),
		MODEL_TEST(test_linger),
		MODEL_TEST(test_no_memory_no_row),
		MODEL_TEST(test_vm_option),
		MODEL_TEST(test_churn),
		MODEL_TEST(test_hostile_names),
		MODEL_TEST(test_equal_names),
		MODEL_TEST(test_names_like_labels),
		MODEL_TEST(test_long_names),
		MODEL_TEST(test_legacy_labels),
		MODEL_TEST(test_label_follows_the_name),
		MODEL_TEST(test_not_observed),
		MODEL_TEST(test_reboot_gaps),
		MODEL_TEST(test_parts),
		MODEL_TEST(test_losses),
		MODEL_TEST(test_programs),
		MODEL_TEST(test_last_reboot),
		MODEL_TEST(test_reboots_are_counted_for_good),
		MODEL_TEST(test_default_buckets),
		MODEL_TEST(test_histogram_text),
		MODEL_TEST(test_counter_names),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_negotiate),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
