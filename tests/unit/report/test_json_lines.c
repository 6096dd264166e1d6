// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of JSON and text lines: against golden files, an independent parser (json-c) and the published schema, with
 * hostile names, and without a 0 for an unobserved figure.
 */
#include <iconv.h>
#include "fixture/episodes.h"
#include <json-c/json.h>
#include "report/hist_diff.h"
#include "report/json_lines.h"
#include "report/text.h"
#include "report/pins_report.h"

static void all_json(struct gm_str *out, const struct world *w, const char *want)
{
	for (size_t i = 0; i < w->events; i++)
		gm_json_event(out, w->m, &w->event[i]);
	gm_json_vms(out, w->m, want);
	gm_json_inodes(out, w->m, want);
	gm_json_tick(out, w->m);
	gm_json_phases(out, w->m, want);
	gm_json_probes(out, w->m);
	gm_json_losses(out, w->m);
	gm_json_summary(out, w->m);
	assert_int_equal(out->err, 0);
}

/* ---- golden ---- */

static void test_golden_json(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_make(&w, true);
	all_json(&out, &w, NULL);
	golden("lines.jsonl", out.s);
	gm_str_release(&out);
	world_free(&w);
}

static void test_golden_text(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_make(&w, true);
	gm_text_event_head(&out, 80);
	for (size_t i = 0; i < w.events; i++)
		gm_text_event(&out, w.m, &w.event[i], 80);
	gm_text_caveats(&out, w.m);
	golden("events.txt", out.s);
	gm_str_clear(&out);
	gm_text_event_head(&out, 100);
	for (size_t i = 0; i < w.events; i++)
		gm_text_event(&out, w.m, &w.event[i], 100);
	golden("events_100.txt", out.s);
	gm_str_clear(&out);
	gm_text_check(&out, w.m);
	golden("check.txt", out.s);
	gm_str_release(&out);
	world_free(&w);
}

/* ---- the parts of JSON Schema that the project uses ---- */

static struct json_object *root;

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (o && json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, key, &v);
	return v;
}

static const char *type_name(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null: return "null";
	case json_type_boolean: return "boolean";
	case json_type_double: return "number";
	case json_type_int: return "integer";
	case json_type_object: return "object";
	case json_type_array: return "array";
	default: return "string";
	}
}

static bool among(struct json_object *list, struct json_object *v)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (json_object_equal(json_object_array_get_idx(list, i), v))
			return true;
	}
	return false;
}

static bool type_ok(struct json_object *type, struct json_object *v)
{
	struct json_object *name = json_object_new_string(type_name(v));
	bool ok = json_object_is_type(type, json_type_array) ? among(type, name) : json_object_equal(type, name);

	json_object_put(name);
	return ok;
}

static bool valid(struct json_object *s, struct json_object *v);

static bool required_ok(struct json_object *req, struct json_object *v)
{
	for (size_t i = 0; req && i < json_object_array_length(req); i++) {
		if (!json_object_object_get_ex(v, json_object_get_string(json_object_array_get_idx(req, i)), NULL))
			return false;
	}
	return true;
}

static bool members_ok(struct json_object *s, struct json_object *v)
{
	struct json_object *props = get(s, "properties"), *rest = get(s, "additionalProperties");
	struct json_object *names = get(get(s, "propertyNames"), "enum");

	json_object_object_foreach(v, key, val)
	{
		struct json_object *name = json_object_new_string(key), *sub = get(props, key);
		bool named = !names || among(names, name);

		json_object_put(name);
		sub = sub ? sub : rest;
		if (!named || (sub && !valid(sub, val)))
			return false;
	}
	return required_ok(get(s, "required"), v);
}

static unsigned int count_valid(struct json_object *list, struct json_object *v)
{
	unsigned int n = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++)
		n += valid(json_object_array_get_idx(list, i), v);
	return n;
}

static bool values_ok(struct json_object *s, struct json_object *v)
{
	if (get(s, "type") && !type_ok(get(s, "type"), v))
		return false;
	if (get(s, "const") && !json_object_equal(get(s, "const"), v))
		return false;
	if (get(s, "enum") && !among(get(s, "enum"), v))
		return false;
	return !get(s, "minimum") || !json_object_is_type(v, json_type_int) || json_object_get_int64(v) >= 0;
}

static bool valid(struct json_object *s, struct json_object *v)
{
	struct json_object *ref = get(s, "$ref"), *items = get(s, "items");

	if (ref)
		s = get(get(root, "$defs"), strrchr(json_object_get_string(ref), '/') + 1);
	assert_non_null(s);
	if (!values_ok(s, v))
		return false;
	if (json_object_is_type(v, json_type_object) && !members_ok(s, v))
		return false;
	for (size_t i = 0; items && json_object_is_type(v, json_type_array) && i < json_object_array_length(v); i++) {
		if (!valid(items, json_object_array_get_idx(v, i)))
			return false;
	}
	if (get(s, "oneOf") && count_valid(get(s, "oneOf"), v) != 1)
		return false;
	if (get(s, "allOf") && count_valid(get(s, "allOf"), v) != json_object_array_length(get(s, "allOf")))
		return false;
	return !get(s, "if") || !valid(get(s, "if"), v) || valid(get(s, "then"), v);
}

/* Checks that each field is documented, which is stricter than the schema: readers ignore unknown fields. */
static void all_documented(struct json_object *line)
{
	struct json_object *def = get(get(root, "$defs"), json_object_get_string(get(line, "type")));

	json_object_object_foreach(line, key, val)
	{
		(void)val;
		if (!get(get(def, "properties"), key))
			fail_msg("%s is not in the schema: %s", key, json_object_get_string(line));
	}
}

typedef void (*line_fn)(struct json_object *line, void *arg);

/* Checks UTF-8 by the C library, as json-c's own check differs between versions. */
static void assert_utf8(const char *text, size_t len)
{
	iconv_t to = iconv_open("UTF-32", "UTF-8");
	char *in = (char *)text, *out = malloc(len * 4 + 8), *at = out;
	size_t left = len, room = len * 4 + 8;

	assert_true(to != (iconv_t)-1);
	assert_non_null(out);
	assert_int_not_equal(iconv(to, &in, &left, &at, &room), (size_t)-1);
	assert_int_equal(left, 0);
	iconv_close(to);
	free(out);
}

/* Returns the flag for strict parsing, unless json-c takes bytes above 127 for control characters (0.18 does). */
static int parser_flags(void)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o;
	int flags;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, "[\"\xc3\xa9\"]", -1);
	flags = o ? JSON_TOKENER_STRICT : 0;
	json_object_put(o);
	json_tokener_free(tok);
	return flags;
}

static void each_line(const char *text, line_fn fn, void *arg)
{
	struct json_tokener *tok = json_tokener_new_ex(32);

	json_tokener_set_flags(tok, parser_flags());
	while (text && *text) {
		const char *end = strchr(text, '\n');
		struct json_object *o;

		assert_non_null(end);
		assert_utf8(text, (size_t)(end - text));
		json_tokener_reset(tok);
		o = json_tokener_parse_ex(tok, text, (int)(end - text));
		if (!o || json_tokener_get_error(tok) != json_tokener_success)
			fail_msg("no JSON: %.*s", (int)(end - text), text);
		assert_int_equal(strncmp(text, "{\"type\":\"", 9), 0);
		for (const char *p = text; p < end; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		fn(o, arg);
		json_object_put(o);
		text = end + 1;
	}
	json_tokener_free(tok);
}

static void check_schema(struct json_object *line, void *arg)
{
	(void)arg;
	if (!valid(root, line))
		fail_msg("not by the schema: %s", json_object_get_string(line));
	all_documented(line);
}

static void test_schema(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	all_json(&out, &w, NULL);
	gm_json_pins(&out, w.m, NULL, true);
	assert_non_null(strstr(out.s, "\"type\":\"pin\""));
	each_line(out.s, check_schema, NULL);
	gm_str_release(&out);
	world_free(&w);
}

static void put_prog(struct world *w, const char *name, uint64_t insns)
{
	union gm_any r = { 0 };

	w_copy(r.as_PROG.name, sizeof(r.as_PROG.name), name);
	r.as_PROG.insns = insns;
	r.as_PROG.states = 80;
	r.as_PROG.peak_states = 79;
	w_push(w, &r, GM_K_PROG);
}

/* Machines by each kind of rule, a duplicate, a cut command line, and an unknown process. */
static void test_machines(void **state)
{
	struct gm_str out = { 0 };
	struct world w;
	union gm_any r = { 0 };

	(void)state;
	world_init(&w);
	w_proc(&w, 9001, "qemu-system-x86", "qemu -name clone -uuid 7c1d6a34-3b0e-4d7e-9a51-0f6c2d7e8a11");
	w_proc(&w, 9002, "qemu-system-x86", "qemu -name clone -uuid 7c1d6a34-3b0e-4d7e-9a51-0f6c2d7e8a11");
	r.as_PROC.tgid = 9003;
	r.as_PROC.flags = GM_PROC_FLAGS | GM_PROC_ARGS_CUT | GM_PROC_CGROUP_CUT;
	w_copy(r.as_PROC.comm, sizeof(r.as_PROC.comm), "kvm\x1b[2J");
	w_push(&w, &r, GM_K_PROC);
	for (uint32_t i = 1; i <= 4; i++)
		w_vm(&w, 9000 + i, 9000 + i, 1);
	w_tick(&w);
	gm_json_machines(&out, w.m);
	each_line(out.s, check_schema, NULL);
	golden("machines.jsonl", out.s);
	gm_str_clear(&out);
	gm_text_machines(&out, w.m);
	golden("machines.txt", out.s);
	gm_str_release(&out);
	world_free(&w);
}

static void test_programs(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	gm_json_programs(&out, w.m);
	assert_null(out.s);
	put_prog(&w, "gm_bind_fentry", 1234);
	put_prog(&w, "nobody asked", 0);
	put_prog(&w, "\"\x1b[2J\xff", 1000000);
	gm_json_programs(&out, w.m);
	each_line(out.s, check_schema, NULL);
	assert_int_equal(strncmp(out.s,
				 "{\"type\":\"program\",\"program\":\"gm_bind_fentry\",\"instructions\":1234,"
				 "\"states\":80,\"peak_states\":79}\n",
				 94),
			 0);
	assert_null(strstr(out.s, "asked"));
	gm_str_clear(&out);
	gm_text_programs(&out, w.m);
	assert_non_null(strstr(out.s, "  gm_bind_fentry                        1234        80        79\n"));
	assert_non_null(strstr(out.s, "  all of them                        1001234       160\n"));
	assert_null(strchr(out.s, '\x1b'));
	gm_str_release(&out);
	world_free(&w);
}

/* Prints gmemhist's lines of totals and of an interval, by each scope. */
static void hist_json(struct gm_str *out, const struct world *w)
{
	const struct gm_histshow show = { .phases = UINT32_MAX };

	for (enum gm_by by = GM_BY_MACHINE; by <= GM_BY_HOST; by++) {
		struct gm_histview *v;
		struct gm_picture p;

		assert_int_equal(gm_histview_new(&v, by, NULL), 0);
		assert_int_equal(gm_histview_gains(v, w->m, &p), 0);
		gm_hist_json(out, w->m, &p, &show);
		gm_picture_release(&p);
		assert_int_equal(gm_histview_totals(v, w->m, &p), 0);
		gm_hist_json(out, w->m, &p, &show);
		gm_picture_release(&p);
		gm_histview_free(v);
	}
}

/* Compares the world with an empty one, and with itself. */
static void diff_json(struct gm_str *out, struct world *w)
{
	struct gm_diff_side a = { .name = "a" }, b = { .name = "b" }, *other[] = { &a, &b };
	struct gm_diff_row rows[GM_PHASE_NR];
	unsigned int nr;

	a.m = w->m;
	assert_int_equal(gm_model_new(&b.m), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(gm_diff_open(other[i], NULL), 0);
		assert_int_equal(gm_diff_tick(other[i], other[i]->m), 0);
		assert_int_equal(gm_diff_end(other[i]), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(gm_diff_make(&a, other[i], UINT32_MAX, rows, &nr), 0);
		assert_true(nr > 0);
		gm_diff_json(out, &a, other[i], rows, nr);
	}
	a.m = NULL; /* the world's */
	gm_diff_release(&a);
	gm_diff_release(&b);
}

static void test_schema_hist(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	hist_json(&out, &w);
	diff_json(&out, &w);
	assert_int_equal(out.err, 0);
	assert_non_null(strstr(out.s, "\"type\":\"diff\""));
	assert_non_null(strstr(out.s, "\"interval_ns\""));
	each_line(out.s, check_schema, NULL);
	gm_str_release(&out);
	world_free(&w);
}

static void json_line(struct gm_str *out, const struct world *w, const struct gm_episode *e)
{
	const struct gm_saving known = e_saving(), na = { .na = "because" };
	struct gm_reboot_facts f = e_facts(w, e, &known);

	gm_reboot_json(out, w->m, &f);
	f = e_facts(w, e, &na);
	gm_reboot_json(out, w->m, &f);
}

/* Episodes of every kind, on a host that observes all and on one that does not. */
static void test_schema_episodes(void **state)
{
	struct gm_str out = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct world w;

		if (i)
			full_world(&w);
		else
			world_init(&w);
		assert_int_equal(gm_model_keep_reboots(w.m), 0);
		json_line(&out, &w, e_recreate(&w));
		json_line(&out, &w, e_shutdown(&w));
		json_line(&out, &w, e_overlap(&w));
		json_line(&out, &w, e_inplace(&w));
		world_free(&w);
	}
	each_line(out.s, check_schema, NULL);
	golden("reboot.jsonl", out.s);
	gm_str_release(&out);
}

/* The test's own check of the schema refuses wrong lines. */
static void test_schema_refuses(void **state)
{
	static const char *const bad[] = {
		"{\"type\":\"loss\",\"what\":\"x\"}",
		"{\"type\":\"loss\",\"what\":1,\"count\":1}",
		"{\"type\":\"loss\",\"what\":\"x\",\"count\":-1}",
		"{\"type\":\"nonsense\"}",
		"{\"type\":\"phase\",\"phase\":\"zero\",\"per\":\"page\"}",
		"{\"type\":\"diff\",\"phase\":\"zero\",\"per\":\"page\",\"a\":{},\"b\":{},\"verdict\":\"noise\"}",
		"{\"type\":\"episode\"}",
		/* an mmap without its pages */
		("{\"type\":\"event\",\"kind\":\"mmap\",\"ts_ns\":1,\"ret\":0,\"vm\":1,\"file\":1,\"inode\":1,"
		 "\"machine\":\"\",\"pid\":1,\"tid\":1,\"comm\":\"\"}"),
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		struct json_object *o = json_tokener_parse(bad[i]);

		assert_non_null(o);
		if (valid(root, o))
			fail_msg("accepted: %s", bad[i]);
		json_object_put(o);
	}
}

/* ---- numbers ---- */

struct tally {
	unsigned int lines, matches;
	const char *type, *key;
	int64_t sum;
};

static void add_up(struct json_object *line, void *arg)
{
	struct tally *t = arg;

	t->lines++;
	if (strcmp(json_object_get_string(get(line, "type")), t->type))
		return;
	t->matches++;
	t->sum += json_object_get_int64(get(line, t->key));
}

static void test_filter(void **state)
{
	struct tally t = { .type = "vm", .key = "vm" };
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	gm_json_vms(&out, w.m, "db-primary");
	each_line(out.s, add_up, &t);
	assert_int_equal(t.lines, 1);
	assert_int_equal(t.sum, 2);
	gm_str_clear(&out);
	gm_json_inodes(&out, w.m, "no such machine");
	assert_int_equal(out.len, 0);
	gm_str_release(&out);
	world_free(&w);
}

static void check_buckets(struct json_object *line, void *arg)
{
	struct json_object *buckets = get(line, "buckets");
	int64_t sum = 0;

	(void)arg;
	if (get(line, "na")) {
		assert_null(get(line, "count"));
		assert_null(get(line, "vm"));
		return;
	}
	json_object_object_foreach(buckets, key, val)
	{
		(void)key;
		assert_true(json_object_get_int64(val) > 0);
		sum += json_object_get_int64(val);
	}
	assert_int_equal(sum, json_object_get_int64(get(line, "count")));
	assert_true(json_object_get_int64(get(line, "p50_ns")) <= json_object_get_int64(get(line, "p99_ns")));
	assert_true(json_object_get_int64(get(line, "p99_ns")) <= json_object_get_int64(get(line, "max_ns")));
}

static void test_buckets(void **state)
{
	union gm_any r = { 0 };
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	r.as_HIST.vm = 2;
	r.as_HIST.phase = GM_PHASE_MAP;
	r.as_HIST.cells_nr = 3;
	r.as_HIST.min_ns = 1;
	r.as_HIST.max_ns = 5000000000000;
	for (unsigned int i = 0; i < 3; i++)
		r.as_HIST.cells[i] = (struct gm_cell){ .slot = (const uint32_t[]){ 0, 192, 289 }[i], .count = i + 1 };
	w_push(&w, &r, GM_K_HIST);
	gm_json_phases(&out, w.m, NULL);
	each_line(out.s, check_buckets, NULL);
	assert_non_null(strstr(out.s, "\"buckets\":{\"underflow\":1,\"0\":2,\"overflow\":3}"));
	gm_str_release(&out);
	world_free(&w);
}

static void check_na(struct json_object *line, void *arg)
{
	static const char *const nulls[] = { "allocated_pages", "freed_pages" };

	(void)arg;
	for (size_t i = 0; i < 2; i++) {
		struct json_object *v = NULL;

		if (!json_object_object_get_ex(line, nulls[i], &v))
			continue;
		assert_null(v);
		assert_true(json_object_get_string_len(get(line, "na")) > 0);
	}
	check_schema(line, NULL);
}

static void check_untracked(struct json_object *line, void *arg)
{
	static const char *const keys[] = { "size_bytes",      "resident_bytes", "resident_pages", "files",
					    "allocated_pages", "freed_pages",	 "nodes" };
	struct json_object *value;

	check_schema(line, NULL);
	if (!json_object_object_get_ex(line, "memory_na", NULL))
		return;
	for (size_t i = 0; i < GM_ARRAY_SIZE(keys); i++) {
		assert_true(json_object_object_get_ex(line, keys[i], &value));
		assert_null(value);
	}
	assert_true(json_object_object_get_ex(line, "files_min", &value));
	++*(unsigned int *)arg;
}

/* Checks the VM *arg: its memory is known again, but not its allocations meanwhile. */
static void check_tracked_again(struct json_object *line, void *arg)
{
	struct json_object *value;

	check_schema(line, NULL);
	if ((uint32_t)json_object_get_int64(get(line, "vm")) != *(uint32_t *)arg)
		return;
	assert_non_null(get(line, "size_bytes"));
	assert_true(json_object_object_get_ex(line, "allocated_pages", &value));
	assert_null(value);
	assert_non_null(strstr(json_object_get_string(get(line, "na")), "were not tracked for a time"));
}

/*
 * A VM with untracked files: its memory only has bounds as numbers, and the host's sums are marked as partial.
 */
static void test_untracked(void **state)
{
	struct gm_str out = { 0 };
	unsigned int seen = 0;
	struct world w;
	union gm_any r;

	(void)state;
	world_make(&w, true);
	r = (union gm_any){ 0 };
	gm_rec_init(&r.h, GM_K_VM, w.m->now_ns);
	r.as_VM.vm = ((const struct gm_vm *)w.m->vms.at[0])->id;
	for (size_t i = 0; i < w.m->vms.nr; i++)
		if (!((const struct gm_vm *)w.m->vms.at[i])->dead_ns)
			r.as_VM.vm = ((const struct gm_vm *)w.m->vms.at[i])->id;
	r.as_VM.untracked_files = 4000;
	r.as_VM.flags = GM_OBJ_PARTIAL;
	assert_int_equal(gm_model_apply(w.m, &r), 0);
	gm_json_vms(&out, w.m, NULL);
	gm_json_tick(&out, w.m);
	each_line(out.s, check_untracked, &seen);
	assert_int_equal(seen, 1);
	assert_non_null(strstr(out.s, "\"memory_partial\""));
	assert_non_null(strstr(out.s, "\"bindings_partial\""));
	gm_str_clear(&out);
	r.as_VM.untracked_files = 0;
	assert_int_equal(gm_model_apply(w.m, &r), 0);
	gm_json_vms(&out, w.m, NULL);
	each_line(out.s, check_tracked_again, &r.as_VM.vm);
	gm_str_release(&out);
	world_free(&w);
}

/* Inventory mode has sizes, and no figure that needs events. */
static void test_inventory(void **state)
{
	struct gm_str out = { 0 };
	struct world w = { .now = W_S };

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	w_meta(&w, GM_MODE_INVENTORY, 1);
	w_probe(&w, GM_REQUIRED, GM_PROBE_REFUSED, ~0u, "everything", "", "no privilege");
	w_vm(&w, 1, 100, 1);
	w_inode(&w, 1, 1000, 100, -1, 0, false);
	w_file(&w, 1, 1, 1);
	w_tick(&w);
	gm_json_vms(&out, w.m, NULL);
	gm_json_inodes(&out, w.m, NULL);
	gm_json_phases(&out, w.m, NULL);
	gm_json_summary(&out, w.m);
	each_line(out.s, check_na, NULL);
	assert_non_null(strstr(out.s, "\"nodes\":null"));
	assert_non_null(strstr(out.s, "\"zero\":{\"na\":\""));
	gm_str_release(&out);
	world_free(&w);
}

/* Every printer works on an empty model. */
static void test_empty(void **state)
{
	struct gm_str out = { 0 };
	struct world w = { 0 };

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	all_json(&out, &w, NULL);
	each_line(out.s, check_schema, NULL);
	gm_text_check(&out, w.m);
	gm_text_caveats(&out, w.m);
	gm_str_release(&out);
	world_free(&w);
}

/* ---- hostile names ---- */

static void text_is_harmless(const char *s)
{
	for (; s && *s; s++)
		assert_true(*s == '\n' || ((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f));
}

static void random_bytes(char *buf, size_t size, uint64_t *seed)
{
	static const char nasty[] =
		"\033[2J\"\\\n\r\t\b\x7f\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xc2\x9b</script>%s";

	for (size_t i = 0; i + 1 < size; i++) {
		uint64_t r = unit_random(seed);

		buf[i] = r & 1 ? (char)(r >> 8) : nasty[(r >> 8) % (sizeof(nasty) - 1)];
	}
	buf[size - 1] = '\0';
}

static void test_names(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		struct gm_str json = { 0 }, text = { 0 };
		union gm_any r = { 0 };
		struct world w;

		world_init(&w);
		random_bytes(r.as_PROC.comm, sizeof(r.as_PROC.comm), &seed);
		random_bytes(r.as_PROC.cmdline, sizeof(r.as_PROC.cmdline), &seed);
		memcpy(r.as_PROC.cmdline, "qemu-kvm\0-name", 15);
		r.as_PROC.cmdline_len = sizeof(r.as_PROC.cmdline) - 1;
		r.as_PROC.tgid = 5007;
		r.as_PROC.start_ticks = 500700;
		w_push(&w, &r, GM_K_PROC);
		for (size_t k = 0; k < w.events; k++)
			random_bytes(w.event[k].ev.comm, GM_COMM_LEN, &seed);
		random_bytes(w.m->meta.release, sizeof(w.m->meta.release), &seed);
		all_json(&json, &w, NULL);
		each_line(json.s, check_schema, NULL);
		for (size_t k = 0; k < w.events; k++)
			gm_text_event(&text, w.m, &w.event[k], 80);
		gm_text_check(&text, w.m);
		gm_text_caveats(&text, w.m);
		text_is_harmless(text.s);
		gm_str_release(&json);
		gm_str_release(&text);
		world_free(&w);
	}
}

/* Rows of events stay within 80 columns, however long the machine's name. */
static void test_width(void **state)
{
	union gm_any r = { 0 };
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	w_machine(&w, 20, 5020, "qemu-kvm", "qemu-kvm -name a-very-long-name-of-a-machine-in-the-cloud-0001", 1, 1);
	w_ev(&w, &r.ev, 20, 20, 20, 4194304, 999999, "fifteen-letters");
	r.as_FALLOCATE.pages = r.as_FALLOCATE.npages = 1000;
	w_push(&w, &r, GM_K_FALLOCATE);
	r.as_PUNCH.call = GM_CALL_PROCESS_MADVISE;
	w_push(&w, &r, GM_K_PUNCH);
	memcpy(r.ev.comm, "__balloon", 10);
	w_push(&w, &r, GM_K_PUNCH);
	gm_text_event_head(&out, 80);
	for (size_t i = 0; i < w.events; i++)
		if (w.event[i].ev.ret >= 0)
			gm_text_event(&out, w.m, &w.event[i], 80);
	gm_text_check(&out, w.m);
	for (const char *p = out.s; *p; p = strchr(p, '\n') + 1)
		if (strchr(p, '\n') - p > 80)
			fail_msg("wide: %.*s", (int)(strchr(p, '\n') - p), p);
	gm_str_release(&out);
	world_free(&w);
}

static int load_schema(void **state)
{
	(void)state;
	root = json_object_from_file("docs/json-schema.json");
	return root ? 0 : -1;
}

static int drop_schema(void **state)
{
	(void)state;
	json_object_put(root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_json),	cmocka_unit_test(test_golden_text),
		cmocka_unit_test(test_schema),		cmocka_unit_test(test_schema_hist),
		cmocka_unit_test(test_schema_episodes), cmocka_unit_test(test_programs),
		cmocka_unit_test(test_machines),	cmocka_unit_test(test_schema_refuses),
		cmocka_unit_test(test_filter),		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_inventory),	cmocka_unit_test(test_untracked),
		cmocka_unit_test(test_empty),		cmocka_unit_test(test_names),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, load_schema, drop_schema);
}
