// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of user/kernel/probes.c: the choice of hooks on made-up kernels. Stand-ins here replace the two functions that
 * ask a kernel, so the test does not link libbpf.
 */
#include "fixture/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/probes.h"
#include "record/record.h"

/* Symbols that the made-up kernel lacks. */
static const char *const *lacking;

static bool lacks(const char *name)
{
	for (const char *const *l = lacking; l && *l; l++)
		if (!strcmp(*l, name))
			return true;
	return false;
}

bool gm_kfeatures_has_func(const struct gm_kfeatures *k, const char *name)
{
	(void)k;
	return !lacks(name);
}

bool gm_kfeatures_has_member(const struct gm_kfeatures *k, const char *member)
{
	(void)k;
	return !lacks(member);
}

bool gm_kfeatures_has_tp(const struct gm_kfeatures *k, const char *name)
{
	(void)k;
	return !lacks(name);
}

bool gm_kfeatures_has_syscall(const struct gm_kfeatures *k, const char *name)
{
	(void)k;
	return !lacks(name);
}

/* Whether KVM's functions, by their names, are in a module. */
static bool kvm_is_module;

bool gm_kfeatures_is_in_module(const struct gm_kfeatures *k, const char *name, bool tracepoint)
{
	(void)k, (void)tracepoint;
	return kvm_is_module && (!strncmp(name, "kvm_", 4) || !strncmp(name, "__kvm_", 6));
}

/* Whether the made-up kernel has kprobe.multi. */
static bool has_multi;

static unsigned int row(const char *name)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		if (!strcmp(gm_probe_rows[i].name, name))
			return i;
	fail_msg("no row %s", name);
	return 0;
}

static struct gm_rec_probe outcome(const struct gm_plan *p, const char *name)
{
	struct gm_rec_probe r;

	gm_plan_outcome(p, row(name), &r);
	return r;
}

static void plan(struct gm_plan *p, struct gm_kfeatures *k, enum gm_want_mode want, const char *const *without)
{
	lacking = without;
	if (!k->session_is_return)
		snprintf(k->why[GM_MECH_FSESSION], sizeof(k->why[0]), "this kernel has no fsession programs");
	if (!has_multi)
		snprintf(k->why[GM_MECH_KMULTI], sizeof(k->why[0]), "this kernel refuses kprobe.multi");
	gm_plan_init(p, want, ~0u);
	gm_plan_make(p, k);
}

/*
 * Checks that a row's facts equal those that its name or its phase has in recordings without facts.
 */
static void check_facts(const struct gm_probe_row *row)
{
	struct gm_rec_probe r = { 0 };
	uint32_t others;

	snprintf(r.probe, sizeof(r.probe), "%s", row->name);
	gm_probe_add_facts(&r);
	others = row->kinds & ~r.kinds;
	assert_int_equal(r.facts, row->facts);
	assert_int_equal(r.kinds & ~row->kinds, 0);
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++) {
		if (others & GM_PROBE_KIND(k))
			assert_true(gm_kind_phase(k) >= 0 && row->cand[0].phases >> gm_kind_phase(k) & 1);
	}
}

/* Names are unique, short enough for the wire, and every row has something to try. */
static void test_table(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		assert_true(strlen(gm_probe_rows[i].name) < sizeof(((struct gm_rec_probe *)0)->probe));
		assert_int_equal(row(gm_probe_rows[i].name), i);
		assert_true(gm_probe_rows[i].cand[0].sym[0] || gm_probe_rows[i].cand[0].reap);
		check_facts(&gm_probe_rows[i]);
	}
}

static void test_full(void **state)
{
	static const char *const v73[] = { "kvm_gmem_bind", "kvm_arch_gmem_prepare", NULL };
	struct gm_kfeatures k = { 0 };
	struct gm_conf conf;
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_AUTO, v73);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_FULL);
	assert_string_equal(outcome(&p, "bind").hook,
			    "fentry+fexit:kvm_gmem_prepare_memory_region,kvm_gmem_commit_memory_region");
	assert_true(gm_plan_has_prog(&p, "gm_commit_region_fexit"));
	assert_false(gm_plan_has_prog(&p, "gm_bind_fentry"));
	assert_false(gm_plan_has_prog(&p, "gm_sys_enter_ioctl"));
	assert_true(gm_plan_has_prog(&p, "gm_get_folio_fexit"));
	assert_false(gm_plan_has_prog(&p, "gm_get_folio_fentry"));
	gm_plan_conf(&p, &conf);
	assert_int_equal(conf.unzeroed, 1);
	assert_int_equal(conf.reap, 0);
	assert_int_equal(conf.ioctl_ops, 0);
	assert_int_equal(outcome(&p, "fallocate").partly, 0);
	assert_int_equal(outcome(&p, "madvise").state, GM_PROBE_OFF);
	assert_int_equal(conf.counted, 1);
}

/*
 * From 7.0 on one program handles both ends of a function; no message reports its absence on older kernels. A hook on
 * one end stays fentry or fexit.
 */
static void test_fsession(void **state)
{
	struct gm_kfeatures k = { .session_is_return = 1 };
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_FULL);
	assert_string_equal(outcome(&p, "release").hook, "fsession:kvm_gmem_release");
	assert_true(gm_plan_has_prog(&p, "gm_release_fsession"));
	assert_false(gm_plan_has_prog(&p, "gm_release_fentry"));
	assert_false(gm_plan_has_prog(&p, "gm_release_fexit"));
	assert_string_equal(outcome(&p, "get_folio").hook, "fexit:kvm_gmem_get_folio");
	assert_false(gm_plan_has_prog(&p, "gm_get_folio_fsession"));
	assert_true(gm_plan_refuse(&p, "gm_release_fsession", -22));
	gm_plan_make(&p, &k);
	assert_string_equal(outcome(&p, "release").hook, "fentry+fexit:kvm_gmem_release");
	k.session_is_return = 0;
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_string_equal(outcome(&p, "release").why, "");
	plan(&p, &k, GM_WANT_KPROBE, NULL);
	assert_string_equal(outcome(&p, "release").hook, "kprobe+kretprobe:kvm_gmem_release");
	assert_null(strstr(outcome(&p, "release").why, "fsession"));
}

/* A refusal without a program's name rules out one kind of hooks after the other, until only the scans are left. */
static void test_refused_unnamed(void **state)
{
	struct gm_kfeatures k = { .session_is_return = 1 };
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_FULL);
	for (unsigned int i = 0; gm_plan_refuse_kind(&p, -EINVAL); i++) {
		assert_true(i < 50);
		gm_plan_make(&p, &k);
	}
	assert_int_equal(gm_plan_mode(&p), GM_MODE_INVENTORY);
	assert_non_null(strstr(outcome(&p, "release").why, "Invalid argument"));
}

/* On a kernel that refuses function probes, system calls and the scan replace them, with reasons for missing parts. */
static void test_tracepoint(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_rec_probe r;
	struct gm_conf conf;
	struct gm_plan p;

	(void)state;
	snprintf(k.why[GM_MECH_FENTRY], sizeof(k.why[0]), "refused: fentry");
	snprintf(k.why[GM_MECH_KPROBE], sizeof(k.why[0]), "refused: kprobe");
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_TRACEPOINT);
	r = outcome(&p, "bind");
	assert_int_equal(r.state, GM_PROBE_ATTACHED);
	assert_true(r.missing & 1u << GM_PHASE_BIND);
	assert_false(r.phases & 1u << GM_PHASE_BIND);
	assert_string_equal(r.why, "refused: fentry; refused: kprobe");
	r = outcome(&p, "host_fault");
	assert_int_equal(r.state, GM_PROBE_REFUSED);
	assert_true(r.phases & 1u << GM_PHASE_HOST_FAULT);
	gm_plan_conf(&p, &conf);
	assert_int_equal(conf.reap, GM_REAP_VM | GM_REAP_FILE | GM_REAP_INODE);
	assert_int_equal(conf.ioctl_ops, GM_IOCTL_VM_CREATE | GM_IOCTL_CREATE | GM_IOCTL_BIND | GM_IOCTL_UNBIND |
						 GM_IOCTL_CONVERT | GM_IOCTL_RESET | GM_IOCTL_FALLOCATE);
	/* other system calls reach fallocate, too: one is not hooked, with a reason; another has hooks of its own */
	r = outcome(&p, "fallocate");
	assert_int_equal(r.partly, r.phases);
	assert_string_equal(r.unseen, "by io_uring");
	assert_int_equal(outcome(&p, "madvise").state, GM_PROBE_ATTACHED);
	assert_true(gm_plan_has_prog(&p, "gm_sys_enter_process_madvise"));
}

/*
 * Calls that end VMs are hooked only if functions are not, and only while a VM has gmem; its creation is always hooked.
 * A program that cannot be attached again is reported until it can.
 */
static void test_attach(void **state)
{
	static const char *const no_dup2[] = { "sys_enter_dup2", NULL };
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_FULL, NULL);
	assert_int_equal(outcome(&p, "close").state, GM_PROBE_OFF);
	assert_int_equal(outcome(&p, "munmap").state, GM_PROBE_OFF);
	assert_int_equal(outcome(&p, "exit").state, GM_PROBE_OFF);
	assert_int_equal(gm_plan_attach_when(&p, "gm_sys_enter_close"), GM_ATTACH_ALWAYS);
	plan(&p, &k, GM_WANT_TRACEPOINT, NULL);
	assert_int_equal(gm_plan_attach_when(&p, "gm_sys_enter_close"), GM_ATTACH_CALLS);
	assert_int_equal(gm_plan_attach_when(&p, "gm_sys_exit_close"), GM_ATTACH_CALLS);
	assert_int_equal(gm_plan_attach_when(&p, "gm_exit_ends"), GM_ATTACH_CALLS);
	assert_int_equal(gm_plan_attach_when(&p, "gm_sys_exit_madvise"), GM_ATTACH_CALLS);
	assert_int_equal(gm_plan_attach_when(&p, "gm_sys_enter_ioctl"), GM_ATTACH_ALWAYS);
	assert_true(gm_plan_has_prog(&p, "gm_sys_enter_dup2"));
	gm_plan_set_gmem_error(&p, -EPERM);
	assert_int_equal(outcome(&p, "close").state, GM_PROBE_REFUSED);
	assert_int_equal(outcome(&p, "close").err, -EPERM);
	assert_int_equal(outcome(&p, "create").state, GM_PROBE_ATTACHED);
	gm_plan_set_gmem_error(&p, 0);
	assert_int_equal(outcome(&p, "close").state, GM_PROBE_ATTACHED);
	plan(&p, &k, GM_WANT_TRACEPOINT, no_dup2);
	assert_string_equal(outcome(&p, "closings").hook,
			    "tracepoint:sys_enter_close_range,sys_enter_dup3,sys_enter_execve");
}

/*
 * A tool that may be idle attaches at its start what finds VMs and their memory, and functions that nothing runs
 * without gmem; with the first VM, what counts pages and faults. Other tools attach all of that at the start.
 */
static void test_waits(void **state)
{
	struct gm_kfeatures k = { .session_is_return = true };
	struct gm_conf conf;
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_FULL, NULL);
	assert_true(gm_plan_waits(&p, "gm_page_add") && gm_plan_waits(&p, "gm_guest_fault"));
	assert_true(gm_plan_waits(&p, "gm_evict_fsession") && gm_plan_waits(&p, "gm_vm_ioctl_fsession"));
	assert_false(gm_plan_waits(&p, "gm_create_fsession") || gm_plan_waits(&p, "gm_dev_ioctl_fsession"));
	assert_false(gm_plan_waits(&p, "gm_host_fault_fsession") || gm_plan_waits(&p, "gm_fallocate_fsession"));
	assert_true(outcome(&p, "page_add").facts & GM_PROBE_WAITS);
	assert_false(outcome(&p, "create").facts & GM_PROBE_WAITS);
	gm_plan_conf(&p, &conf);
	assert_true(conf.waits && conf.punches);
	p.at_start = GM_ATTACH_MEMORY;
	assert_false(gm_plan_waits(&p, "gm_page_add") || gm_plan_waits(&p, "gm_guest_fault"));
	assert_true(outcome(&p, "page_add").facts & GM_PROBE_WAITS);
	gm_plan_conf(&p, &conf);
	assert_false(conf.waits);
	plan(&p, &k, GM_WANT_TRACEPOINT, NULL);
	p.at_start = GM_ATTACH_MEMORY;
	assert_true(gm_plan_waits(&p, "gm_sys_enter_close"));
	p.at_start = GM_ATTACH_CALLS;
	assert_false(gm_plan_waits(&p, "gm_sys_enter_close"));
	/* all ioctls have one program, which shows creations, too: conversions come with it */
	p.at_start = GM_ATTACH_ALWAYS;
	assert_false(gm_plan_waits(&p, "gm_sys_enter_ioctl"));
	assert_false(outcome(&p, "convert").facts & GM_PROBE_WAITS);
	gm_plan_conf(&p, &conf);
	assert_true(conf.waits && !conf.punches);
}

/* A kprobe by a perf event stays attached: attaching it takes privileges that a tool may have given up by then. */
static void test_waits_kprobe(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	has_multi = false;
	plan(&p, &k, GM_WANT_KPROBE, NULL);
	assert_false(gm_plan_waits(&p, "gm_evict_kprobe"));
	assert_true(gm_plan_waits(&p, "gm_page_add"));
	has_multi = true;
	k = (struct gm_kfeatures){ 0 };
	plan(&p, &k, GM_WANT_KPROBE, NULL);
	assert_true(gm_plan_waits(&p, "gm_evict_kprobe"));
	has_multi = false;
}

/* What came before the hooks: pages leave faults and their parts partial; a conversion leaves no trace. */
static void test_early(void **state)
{
	struct gm_plan_early none = { .inodes = 1, .ns = 4000000 }, pages = { 2, 251, 4000000, 0 };
	struct gm_kfeatures k = { .session_is_return = true };
	struct gm_rec_probe r;
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_FULL, NULL);
	assert_int_equal(outcome(&p, "guest_fault").partly, 0);
	assert_true(gm_plan_note_early(&p, &none));
	assert_false(gm_plan_note_early(&p, &none));
	assert_int_equal(outcome(&p, "guest_fault").partly, 0);
	assert_int_equal(outcome(&p, "convert").partly, 1u << GM_PHASE_CONVERT);
	assert_true(gm_plan_note_early(&p, &pages));
	r = outcome(&p, "guest_fault");
	assert_int_equal(r.partly, r.phases);
	assert_string_equal(r.unseen, "before attaching");
	assert_string_equal(r.why, "attached up to 4.0ms after 2 gmem were found, which had at most 251 pages by then "
				   "(--eager: at the start)");
	r = outcome(&p, "host_fault"); /* its function is always hooked; the page cache was not */
	assert_int_equal(r.partly, 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_ZERO);
	assert_int_equal(outcome(&p, "evict").partly, 0);
	assert_int_equal(outcome(&p, "create").partly, 0);
	pages.unsure = 1;
	assert_true(gm_plan_note_early(&p, &pages));
	assert_non_null(strstr(outcome(&p, "guest_fault").why, "251 pages left by then"));
	plan(&p, &k, GM_WANT_TRACEPOINT, NULL);
	assert_true(gm_plan_note_early(&p, &pages));
	assert_string_equal(outcome(&p, "guest_fault").unseen, "before attaching");
	assert_string_equal(outcome(&p, "fallocate").unseen, "by io_uring"); /* its calls, always */
}

/* On a kernel that refuses iterators over map elements, all three scans are program runs, in every mode. */
static void test_runs(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_conf conf;
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_INVENTORY, NULL);
	assert_true(gm_plan_has_prog(&p, "gm_scan_vms") && !gm_plan_has_prog(&p, "gm_run_vms"));
	gm_plan_conf(&p, &conf);
	assert_int_equal(conf.scan_runs, 0);
	assert_true(gm_plan_refuse(&p, "gm_scan_files", -1));
	gm_plan_make(&p, &k);
	assert_true(gm_plan_has_prog(&p, "gm_run_vms") && gm_plan_has_prog(&p, "gm_run_files") &&
		    gm_plan_has_prog(&p, "gm_run_inodes"));
	assert_false(gm_plan_has_prog(&p, "gm_scan_vms"));
	gm_plan_conf(&p, &conf);
	assert_int_equal(conf.scan_runs, 1);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_INVENTORY);
	assert_string_equal(outcome(&p, "scan").hook, "run:for_each_map_elem, iter: task");
	assert_true(gm_plan_refuse(&p, "gm_run_files", -1));
	gm_plan_make(&p, &k);
	assert_int_equal(outcome(&p, "scan").state, GM_PROBE_REFUSED);
}

/* A tool that shows no frequent phase attaches no frequent hook. */
static void test_need(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	lacking = NULL;
	gm_plan_init(&p, GM_WANT_AUTO, 0);
	gm_plan_make(&p, &k);
	assert_int_equal(outcome(&p, "guest_fault").state, GM_PROBE_OFF);
	assert_false(gm_plan_has_prog(&p, "gm_guest_fault"));
	assert_true(gm_plan_has_prog(&p, "gm_page_add"));
	assert_true(gm_plan_has_prog(&p, "gm_bind_fsession"));
	gm_plan_init(&p, GM_WANT_AUTO, 1u << GM_PHASE_HOST_FAULT);
	gm_plan_make(&p, &k);
	assert_true(gm_plan_has_prog(&p, "gm_host_fault_fsession"));
	assert_false(gm_plan_has_prog(&p, "gm_guest_fault"));
}

static void test_kprobe(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_KPROBE, NULL);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_KPROBE);
	assert_true(gm_plan_has_prog(&p, "gm_release_kretprobe"));
	assert_false(gm_plan_has_prog(&p, "gm_release_fexit"));
}

static void test_inventory(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_conf conf;
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_INVENTORY, NULL);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_INVENTORY);
	assert_false(gm_plan_has_prog(&p, "gm_page_add"));
	gm_plan_conf(&p, &conf);
	assert_int_equal(conf.counted, 0);
	assert_int_equal(outcome(&p, "page_add").state, GM_PROBE_REFUSED);
	assert_int_equal(outcome(&p, "madvise").state, GM_PROBE_OFF); /* it only extends another hook */
	assert_int_equal(outcome(&p, "scan").state, GM_PROBE_ATTACHED);
}

/* A refusal moves one row to its next candidate; the table limits the number of refusals. */
static void test_refusal(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_rec_probe r;
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_true(gm_plan_refuse(&p, "gm_create_fexit", -EINVAL));
	gm_plan_make(&p, &k);
	assert_string_equal(outcome(&p, "create").hook, "kprobe+kretprobe:kvm_gmem_create");
	assert_string_equal(outcome(&p, "release").hook, "fentry+fexit:kvm_gmem_release");
	assert_true(gm_plan_refuse(&p, "gm_create_kprobe", -ENOENT));
	gm_plan_make(&p, &k);
	assert_string_equal(outcome(&p, "create").hook, "tracepoint:sys_enter_ioctl,sys_exit_ioctl");
	assert_true(gm_plan_refuse(&p, "gm_sys_exit_ioctl", -EACCES));
	gm_plan_make(&p, &k);
	r = outcome(&p, "create");
	assert_int_equal(r.state, GM_PROBE_REFUSED);
	assert_int_equal(r.err, -EACCES);
	assert_non_null(strstr(r.why, "Permission denied"));
	assert_false(gm_plan_refuse(&p, "gm_create_fexit", -EINVAL));
}

static void test_absent(void **state)
{
	static const char *const none[] = { "kvm_gmem_fault_user_mapping", NULL };
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_AUTO, none);
	assert_int_equal(outcome(&p, "host_fault").state, GM_PROBE_ABSENT);
	assert_string_equal(outcome(&p, "host_fault").why, "this kernel has no kvm_gmem_fault_user_mapping");
}

/*
 * Functions hooked at one end: the entry of kvm_gmem_get_pfn() replaces kvm_gmem_get_folio() only if that is inlined.
 */
static void test_one_side(void **state)
{
	static const char *const v618[] = { "kvm_gmem_get_folio", NULL };
	struct gm_kfeatures k = { 0 };
	struct gm_conf conf;
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_AUTO, v618);
	assert_true(gm_plan_has_prog(&p, "gm_get_pfn_fentry"));
	assert_false(gm_plan_has_prog(&p, "gm_get_pfn_fexit"));
	assert_string_equal(outcome(&p, "get_folio").hook, "fentry:kvm_gmem_get_pfn");
	gm_plan_conf(&p, &conf);
	assert_int_equal(conf.look_up, 1);
	plan(&p, &k, GM_WANT_KPROBE, v618);
	assert_true(gm_plan_has_prog(&p, "gm_get_pfn_kprobe"));
	assert_string_equal(outcome(&p, "get_folio").hook, "kprobe:kvm_gmem_get_pfn");
	plan(&p, &k, GM_WANT_KPROBE, NULL);
	assert_true(gm_plan_has_prog(&p, "gm_get_folio_kretprobe"));
	assert_false(gm_plan_has_prog(&p, "gm_get_pfn_kprobe"));
	gm_plan_conf(&p, &conf);
	assert_int_equal(conf.look_up, 0);
	assert_true(gm_plan_refuse(&p, "gm_get_folio_kretprobe", -EINVAL));
	gm_plan_make(&p, &k);
	assert_int_equal(outcome(&p, "get_folio").state, GM_PROBE_REFUSED);
}

/* With only CAP_BPF and CAP_PERFMON, and kvm a module: KVM's functions by name, its tracepoints raw. */
static void test_no_ids(void **state)
{
	struct gm_kfeatures k = { .session_is_return = 1 };
	struct gm_plan p;

	(void)state;
	kvm_is_module = has_multi = true;
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_string_equal(outcome(&p, "release").hook, "kprobe.multi:kvm_gmem_release");
	assert_string_equal(outcome(&p, "get_folio").hook, "kretprobe.multi:kvm_gmem_get_folio");
	assert_true(gm_plan_has_prog(&p, "gm_release_kprobe") && gm_plan_has_prog(&p, "gm_release_kretprobe"));
	assert_int_equal(gm_plan_mech(&p, "gm_release_kretprobe"), GM_MECH_KMULTI);
	assert_string_equal(outcome(&p, "evict").hook, "fsession:truncate_inode_pages_final");
	assert_string_equal(outcome(&p, "page_add").hook, "tp_btf:mm_filemap_add_to_page_cache");
	assert_non_null(strstr(outcome(&p, "guest_fault").hook, "raw_tp:kvm_page_fault"));
	assert_true(gm_plan_has_prog(&p, "gm_raw_guest_fault"));
	assert_false(gm_plan_has_prog(&p, "gm_guest_fault"));
	assert_non_null(strstr(outcome(&p, "release").why, "CAP_SYS_ADMIN"));
	plan(&p, &k, GM_WANT_TRACEPOINT, NULL);
	assert_non_null(strstr(outcome(&p, "guest_fault").hook, "raw_tp:kvm_page_fault"));
	assert_int_equal(outcome(&p, "zap_all").state, GM_PROBE_REFUSED);
	k.kvm_ids = true;
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_string_equal(outcome(&p, "release").hook, "fsession:kvm_gmem_release");
	assert_string_equal(outcome(&p, "release").why, "");
	kvm_is_module = has_multi = false;
}

/* A missing privilege rules out a mechanism at once; EACCES of the verifier is about one program. */
static void test_avoid(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	assert_string_equal(gm_mech_avoidable_name(GM_MECH_KPROBE), "kprobe+kretprobe");
	assert_null(gm_mech_avoidable_name(GM_MECH_ITER)); /* the tools need iterators */
	assert_null(gm_mech_avoidable_name(GM_MECH_NR));
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_string_equal(outcome(&p, "release").hook, "fentry+fexit:kvm_gmem_release");
	p.avoid = 1u << GM_MECH_FENTRY;
	gm_plan_make(&p, &k);
	assert_string_equal(outcome(&p, "release").hook, "kprobe+kretprobe:kvm_gmem_release");
	assert_non_null(strstr(outcome(&p, "release").why, "fentry+fexit is turned off by -C avoid"));
}

static void test_ruled_out(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_KPROBE, NULL);
	assert_true(gm_plan_refuse(&p, "gm_create_kprobe", -EACCES));
	gm_plan_make(&p, &k);
	assert_string_equal(outcome(&p, "release").hook, "kprobe+kretprobe:kvm_gmem_release");
	assert_true(gm_plan_refuse(&p, "gm_release_kretprobe", -EPERM));
	gm_plan_make(&p, &k);
	assert_string_equal(outcome(&p, "release").hook, "scan");
	assert_int_equal(outcome(&p, "zap_all").state, GM_PROBE_REFUSED);
	assert_non_null(strstr(outcome(&p, "zap_all").why, "no permission"));
}

/* Facts on processes have rows, which do not change the mode and have no option. */
static void test_processes(void **state)
{
	struct gm_kfeatures k = { 0 };
	struct gm_plan p;

	(void)state;
	plan(&p, &k, GM_WANT_INVENTORY, NULL);
	assert_string_equal(outcome(&p, "all_tasks").hook, "iter:task");
	assert_string_equal(outcome(&p, "process_facts").hook, "read:/proc");
	assert_null(gm_mech_avoidable_name(GM_MECH_PROC));
	snprintf(k.why[GM_MECH_TASKS], sizeof(k.why[0]), "in a PID namespace");
	gm_plan_make(&p, &k);
	assert_int_equal(outcome(&p, "all_tasks").state, GM_PROBE_REFUSED);
	assert_string_equal(outcome(&p, "all_tasks").why, "in a PID namespace");
	assert_int_equal(outcome(&p, "process_facts").state, GM_PROBE_ATTACHED);
	assert_int_equal(outcome(&p, "scan").state, GM_PROBE_ATTACHED);
	/* A later finding changes only that row. */
	snprintf(k.why[GM_MECH_PROC], sizeof(k.why[0]), "hidepid=");
	gm_plan_make(&p, &k);
	assert_string_equal(outcome(&p, "process_facts").why, "hidepid=");
	assert_string_equal(outcome(&p, "all_tasks").why, "in a PID namespace");
	assert_int_equal(gm_plan_mode(&p), GM_MODE_INVENTORY);
}

/* Detached from the module: its hooks are off, the others stay, and a second load only loads the module's. */
static void test_detach_module(void **state)
{
	struct gm_kfeatures k = { .kvm_ids = true };
	struct gm_rec_probe r;
	struct gm_conf conf = { 0 }, after = { 0 };
	struct gm_plan p;

	(void)state;
	kvm_is_module = true;
	plan(&p, &k, GM_WANT_AUTO, NULL);
	assert_true(gm_plan_is_pinning(&p, "gm_release_fentry") && gm_plan_is_pinning(&p, "gm_guest_fault"));
	assert_false(gm_plan_is_pinning(&p, "gm_evict_fentry") || gm_plan_is_pinning(&p, "gm_page_add") ||
		     gm_plan_is_pinning(&p, "gm_scan_vms"));
	gm_plan_conf(&p, &conf);
	gm_plan_mark_detached(&p);
	r = outcome(&p, "release");
	assert_int_equal(r.state, GM_PROBE_RELEASED);
	assert_true(r.phases & 1u << GM_PHASE_RELEASE);
	assert_string_equal(r.hook, "");
	assert_int_equal(outcome(&p, "evict").state, GM_PROBE_ATTACHED);
	assert_int_equal(gm_plan_mode(&p), GM_MODE_TRACEPOINT); /* though evict is a function of vmlinux */
	assert_true(gm_plan_has_prog(&p, "gm_page_add"));
	p.reattaching = true;
	assert_true(gm_plan_has_prog(&p, "gm_release_fentry"));
	assert_false(gm_plan_has_prog(&p, "gm_page_add") || gm_plan_has_prog(&p, "gm_evict_fentry"));
	gm_plan_conf(&p, &after);
	assert_memory_equal(&after, &conf, sizeof(conf));
	p.reattaching = false;
	gm_plan_mark_reattached(&p);
	assert_int_equal(outcome(&p, "release").state, GM_PROBE_ATTACHED);
	kvm_is_module = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_unnamed),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_fsession),
		cmocka_unit_test(test_tracepoint),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_need),
		cmocka_unit_test(test_kprobe),
		cmocka_unit_test(test_inventory),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_one_side),
		cmocka_unit_test(test_no_ids),
		cmocka_unit_test(test_avoid),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_waits_kprobe),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_ruled_out),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_detach_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
