// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of texts on unavailable figures: the line PARTIAL, gmemcheck's text on a probe, events without numbers, the age
 * of the list of pins.
 */
#include "fixture/frame_world.h"

#include "report/json_lines.h"
#include "report/frame.h"
#include "report/text.h"
#include "top/top.h"

static void begin(struct world *w, unsigned int mode)
{
	*w = (struct world){ .now = W_S };
	assert_int_equal(gm_model_new(&w->m), 0);
	w_meta(w, mode, 1);
}

/* Applies probes of tracepoint mode, with more phases than fit in a line. */
static void tracepoint(struct world *w)
{
	union gm_any r = { 0 };

	begin(w, GM_MODE_TRACEPOINT);
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(CREATE), "create", "tracepoint:sys_enter_ioctl", "");
	w_probe(w, GM_WANTED, GM_PROBE_REFUSED, W_BIT(ZAP), "zap", "", "no fentry");
	w_probe(w, GM_WANTED, GM_PROBE_REFUSED, W_BIT(HOST_FAULT) | W_BIT(ALLOC), "host_fault", "", "no fentry");
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(GUEST_FAULT) | W_BIT(ALLOC), "guest_fault",
		"tp_btf:kvm_page_fault", "");
	w_probe(w, GM_EXTRA, GM_PROBE_ABSENT, W_BIT(POPULATE), "populate", "", "this kernel has no kvm_gmem_populate");
	w_probe(w, GM_WANTED, GM_PROBE_OFF, W_BIT(PREFAULT), "prefault", "", "this tool does not show it");
	w_probe(w, GM_WANTED, GM_PROBE_REFUSED, 0, "reset", "", "no tracefs");
	w_copy(r.as_PROBE.probe, sizeof(r.as_PROBE.probe), "bind");
	w_copy(r.as_PROBE.hook, sizeof(r.as_PROBE.hook), "tracepoint:sys_enter_ioctl");
	w_copy(r.as_PROBE.why, sizeof(r.as_PROBE.why), "no fentry");
	r.as_PROBE.cls = GM_WANTED;
	r.as_PROBE.state = GM_PROBE_ATTACHED;
	r.as_PROBE.phases = W_BIT(REBIND);
	r.as_PROBE.missing = W_BIT(BIND);
	w_push(w, &r, GM_K_PROBE);
}

static void assert_partial(const struct world *w, uint32_t phases, unsigned int width, const char *expected)
{
	struct gm_str out = { 0 };

	gm_text_partial(&out, w->m, phases, width);
	if (expected)
		assert_string_equal(out.s, expected);
	else
		assert_null(out.s);
	gm_str_release(&out);
}

#define ASKED \
	(W_BIT(CREATE) | W_BIT(BIND) | W_BIT(ZAP) | W_BIT(ALLOC) | W_BIT(HOST_FAULT) | W_BIT(POPULATE) | \
	W_BIT(PREFAULT))

static void test_partial_line(void **state)
{
	struct world w;

	(void)state;
	tracepoint(&w);
	assert_partial(&w, ASKED, 80,
		       "PARTIAL mode tracepoint, missing: bind, zap, host_fault, part of alloc, "
		       "reset\n");
	assert_partial(&w, ASKED, 79,
		       "PARTIAL mode tracepoint, missing: bind, zap, host_fault, part of alloc, "
		       "reset\n");
	assert_partial(&w, ASKED, 76, "PARTIAL mode tracepoint, missing: bind, zap, host_fault, and 2 more\n");
	assert_partial(&w, ASKED, 50, "PARTIAL mode tracepoint, missing: bind, and 4 more\n");
	assert_partial(&w, ASKED, 49, "PARTIAL: 5 missing\n");
	assert_partial(&w, ASKED, 15, "PARTIAL: 5 miss\n");
	assert_partial(&w, W_BIT(ZAP), 80, "PARTIAL mode tracepoint, missing: zap, reset\n");
	world_free(&w);
}

/* Functions that this kernel does not have are not missing; full mode prints no line until a hook is refused. */
static void test_partial_full(void **state)
{
	struct world w;

	(void)state;
	begin(&w, GM_MODE_FULL);
	assert_partial(&w, ASKED, 80, NULL);
	w_probe(&w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(BIND), "bind", "fentry:kvm_gmem_bind", "");
	w_probe(&w, GM_WANTED, GM_PROBE_ABSENT, W_BIT(HOST_FAULT), "host_fault", "",
		"this kernel has no such function");
	assert_partial(&w, W_BIT(BIND) | W_BIT(HOST_FAULT), 80, NULL);
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, W_BIT(ZAP), "zap", "", "no room");
	assert_partial(&w, W_BIT(BIND) | W_BIT(HOST_FAULT), 80, NULL);
	assert_partial(&w, W_BIT(ZAP) | W_BIT(HOST_FAULT), 80, "PARTIAL mode full, missing: zap\n");
	world_free(&w);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void test_feeds(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	tracepoint(&w);
	gm_text_check(&out, w.m);
	assert_has(out.s, "tracepoint:sys_enter_ioctl -> feeds create\n");
	assert_has(out.s, "tracepoint:sys_enter_ioctl; no fentry -> feeds\n                             rebind; does "
			  "not feed bind here\n");
	assert_has(out.s, "no fentry -> would feed zap\n");
	gm_str_clear(&out);
	w.m->meta.emulated = GM_YES;
	gm_text_check(&out, w.m);
	assert_has(out.s, "tp_btf:kvm_page_fault -> does not feed alloc,\n                             guest_fault "
			  "here\n");
	gm_str_clear(&out);
	gm_json_probes(&out, w.m);
	assert_has(out.s, "\"phases\":[\"alloc\",\"guest_fault\"],\"unfed\":[\"alloc\",\"guest_fault\"]}\n");
	assert_has(out.s, "\"class\":\"wanted\",\"err\":0,\"phases\":[\"create\"]}\n");
	assert_has(out.s, "\"phases\":[\"rebind\"],\"unfed\":[\"bind\"]}\n");
	gm_str_release(&out);
	world_free(&w);
}

/* Checks an event as gmemsnoop prints it, from its detail on, and as JSON. */
static void assert_event(struct world *w, const union gm_any *rec, const char *detail, const char *absent)
{
	struct gm_str out = { 0 };
	size_t len;

	gm_text_event(&out, w->m, rec, 80);
	len = strlen(out.s);
	if (len < strlen(detail) || strcmp(out.s + len - strlen(detail), detail))
		fail_msg("not '%s' at the end of: %s", detail, out.s);
	gm_str_clear(&out);
	gm_json_event(&out, w->m, rec);
	if (!strstr(out.s, absent) != (strchr(detail, '-') != NULL))
		fail_msg("%s: %s", absent, out.s);
	gm_str_release(&out);
}

static void test_unknown_numbers(void **state)
{
	union gm_any r = { 0 };
	struct world w;

	(void)state;
	begin(&w, GM_MODE_INVENTORY);
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, 0, "page_add", "", "not in this mode");
	w_ev(&w, &r.ev, 1, 1, 1, 0, 0, "");
	r.ev.flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	w_keep(&w, &r, GM_K_CREATE);
	assert_event(&w, &r, "- -\n", "\"size_bytes\":");
	w_keep(&w, &r, GM_K_VM_CREATE);
	assert_event(&w, &r, "- -\n", "\"vm_type\":");
	w_keep(&w, &r, GM_K_EVICT);
	assert_event(&w, &r, "- - freed\n", "\"freed_pages\":");
	memset(&r, 0, sizeof(r));
	w_ev(&w, &r.ev, 1, 1, 1, 100, 1000, "vmm");
	r.as_PUNCH.npages = 16;
	w_keep(&w, &r, GM_K_PUNCH);
	assert_event(&w, &r, "1.0us - of 64.0K\n", "\"freed_pages\":");
	w_keep(&w, &r, GM_K_FALLOCATE);
	assert_event(&w, &r, "1.0us - of 64.0K\n", "\"allocated_pages\":");
	w_probe(&w, GM_WANTED, GM_PROBE_ATTACHED, 0, "page_add", "tp_btf:mm_filemap_add_to_page_cache", "");
	assert_event(&w, &r, "1.0us +0B of 64.0K\n", "\"allocated_pages\":");
	world_free(&w);
}

static void assert_in_frame(struct world *w, const char *part, bool expected)
{
	struct gm_frame f = { 0 };
	struct gm_top t;
	bool found = false;

	gm_top_init(&t);
	gm_top_frame(w->m, &t, 80, 0, &f);
	for (size_t i = 0; i < f.nr; i++)
		found = found || strstr(f.line[i].text, part);
	assert_int_equal(found, expected);
	gm_frame_release(&f);
}

static void test_age_of_the_list(void **state)
{
	struct world w;

	(void)state;
	begin(&w, GM_MODE_INVENTORY);
	w_probe(&w, GM_WANTED, GM_PROBE_ATTACHED, 0, "vm_create", "tracepoint:sys_enter_ioctl", "");
	assert_in_frame(&w, "VMs ", false);
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, 0, "vm_create", "", "not in this mode");
	assert_in_frame(&w, "VMs not listed yet", true);
	w_scan(&w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	w_scan(&w, GM_SCAN_TASKS, GM_SCAN_END);
	w.now += 2 * W_S + W_S / 10;
	w_tick(&w);
	assert_in_frame(&w, "VMs as of 2.10s ago", true);
	assert_in_frame(&w, "PARTIAL mode inventory, missing: ", true);
	world_free(&w);
}

/* In a PID namespace the missing data comes first, sums are bounds, and no text says that there is none. */
static void test_not_all_tasks(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	begin(&w, GM_MODE_FULL);
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, W_BIT(ZAP), "zap", "", "no room");
	w_probe(&w, GM_WANTED, GM_PROBE_ATTACHED, 0, "all_tasks", "iter:task", "");
	w_tick(&w);
	assert_in_frame(&w, "machines 0", true);
	assert_in_frame(&w, "no VM on this host now", true);
	assert_partial(&w, W_BIT(ZAP), 80, "PARTIAL mode full, missing: zap\n");
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, 0, "all_tasks", "", "in a PID namespace");
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, 0, "process_facts", "", "no /proc");
	assert_partial(&w, W_BIT(ZAP), 80, "PARTIAL mode full, missing: all_tasks, process_facts, zap\n");
	assert_in_frame(&w, "machines >=0", true);
	assert_in_frame(&w, "no VM on this host now", false);
	assert_in_frame(&w, "others appear when they act", true);
	assert_non_null(strstr(gm_empty_why(w.m), "not all can be"));
	gm_text_check(&out, w.m);
	assert_non_null(strstr(out.s, "other VMs "));
	assert_non_null(strstr(out.s, "in a PID namespace\n"));
	assert_non_null(strstr(out.s, "machines: no /proc\n"));
	gm_str_release(&out);
	gm_json_tick(&out, w.m);
	assert_non_null(strstr(out.s, "\"vms\":0,\"vms_partial\":\"in a PID namespace\""));
	gm_str_release(&out);
	gm_json_summary(&out, w.m);
	assert_non_null(strstr(out.s, "\"vms\":0,\"vms_partial\":\"in a PID namespace\""));
	gm_str_release(&out);
	world_free(&w);
}

static void assert_caveats(const struct world *w, bool reasons, unsigned int width, const char *expected)
{
	const struct gm_caveats how = { .phases = GM_ALL_PHASES, .reasons = reasons, .width = width };
	struct gm_str out = { 0 };

	gm_text_caveats_as(&out, w->m, &how);
	assert_string_equal(out.s ? out.s : "", expected);
	gm_str_release(&out);
}

/* One line by default. With reasons: each one once, wrapped. What the tool did not ask for is no gap of the host. */
static void test_caveats(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	tracepoint(&w);
	assert_caveats(&w, false, 80,
		       "tracepoint mode: 15 of 18 phases unavailable here, 1 partial; not observed:\n"
		       "  reset; -v says why\n");
	w_probe(&w, GM_WANTED, GM_PROBE_REFUSED, W_BIT(FREE), "evict", "", "no fentry");
	assert_caveats(&w, true, 80,
		       "n/a: bind, zap, free, host_fault: no fentry\n"
		       "n/a: unbind, release, destroy, zero, prepare, map, fallocate, punch, convert,\n"
		       "  rebind: no probe for it in this mode\n"
		       "n/a: populate: this kernel has no kvm_gmem_populate\n"
		       "n/a: prefault: this tool does not show it\n"
		       "partial: alloc~: without host_fault: no fentry\n"
		       "not observed: reset: no tracefs\n");
	gm_text_check(&out, w.m);
	assert_non_null(strstr(out.s, "\n  bind, zap, free, host_fault\n               no fentry\n"));
	gm_str_release(&out);
	world_free(&w);
	begin(&w, GM_MODE_FULL);
	assert_caveats(&w, false, 80, "");
	assert_caveats(&w, true, 80, "");
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partial_line),	cmocka_unit_test(test_partial_full),
		cmocka_unit_test(test_feeds),		cmocka_unit_test(test_unknown_numbers),
		cmocka_unit_test(test_age_of_the_list), cmocka_unit_test(test_not_all_tasks),
		cmocka_unit_test(test_caveats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
