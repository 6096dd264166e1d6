// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * probes.c - the table of probes and the walk over it. No libbpf here: the walk is pure, so that a plan can be
 * checked against any kernel's facts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/resource.h"
#include "base/vec.h"
#include "gm_conf.h"
#include "kernel/probes_int.h"

#define P(x) (1u << GM_PHASE_##x)
#define F(x) GM_PROBE_##x
#define K(x) GM_PROBE_KIND(GM_K_##x)
#define FUNC(s, p, ph)	{ .mech = GM_MECH_FENTRY, .sym = { s }, .prog = { p }, .phases = ph }
#define FUNC2(s, p, s2, p2, ph) { .mech = GM_MECH_FENTRY, .sym = { s, s2 }, .prog = { p, p2 }, .phases = ph }
#define FUNC3(s, p, s2, p2, s3, p3, ph) { .mech = GM_MECH_FENTRY, .sym = { s, s2, s3 }, .prog = { p, p2, p3 }, .phases = ph }
#define FEXIT(s, p, ph)	{ .mech = GM_MECH_FENTRY, .sym = { s }, .prog = { p }, .phases = ph, .side = GM_EXIT_ONLY, .uncleared = true }
#define ENTRY4(s, p, s2, p2, s3, p3, s4, p4) \
	{ .mech = GM_MECH_FENTRY, .sym = { s, s2, s3, s4 }, .prog = { p, p2, p3, p4 }, .side = GM_ENTRY_ONLY }
#define TP(s, p, ph)	{ .mech = GM_MECH_TP_BTF, .sym = { s }, .prog = { p }, .phases = ph }
#define TP2(s, p, s2, p2, ph) { .mech = GM_MECH_TP_BTF, .sym = { s, s2 }, .prog = { p, p2 }, .phases = ph }
#define TP4(s, p, s2, p2, s3, p3, s4, p4, ph) \
	{ .mech = GM_MECH_TP_BTF, .sym = { s, s2, s3, s4 }, .prog = { p, p2, p3, p4 }, .phases = ph }
#define RAW4(s, p, s2, p2, s3, p3, s4, p4, ph) \
	{ .mech = GM_MECH_RAW_TP, .sym = { s, s2, s3, s4 }, .prog = { p, p2, p3, p4 }, .phases = ph }
#define SYSCALL(call, ph) { .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" call, "sys_exit_" call }, \
	.prog = { "gm_sys_enter_" call, "gm_sys_exit_" call }, .phases = ph }
#define SYS_ENTER(call) { .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" call }, .prog = { "gm_sys_enter_" call }, .side = GM_ENTRY_ONLY }
#define SYS_ENTER3(c, c2, c3) { .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" c, "sys_enter_" c2, "sys_enter_" c3 }, \
	.prog = { "gm_sys_enter_" c, "gm_sys_enter_" c2, "gm_sys_enter_" c3 }, .side = GM_ENTRY_ONLY }
#define SYS_ENTER4(c, c2, c3, c4) { .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" c, "sys_enter_" c2, "sys_enter_" c3, "sys_enter_" c4 }, \
	.prog = { "gm_sys_enter_" c, "gm_sys_enter_" c2, "gm_sys_enter_" c3, "gm_sys_enter_" c4 }, .side = GM_ENTRY_ONLY }
#define IOCTL(op, ph)	{ .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_ioctl", "sys_exit_ioctl" }, \
	.prog = { "gm_sys_enter_ioctl", "gm_sys_exit_ioctl" }, .phases = ph, .ioctl_ops = GM_IOCTL_##op }
#define SYSCALL2(c1, c2, ph, ...) { .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" c1, "sys_exit_" c1, "sys_enter_" c2, "sys_exit_" c2 }, \
	.prog = { "gm_sys_enter_" c1, "gm_sys_exit_" c1, "gm_sys_enter_" c2, "gm_sys_exit_" c2 }, .phases = ph, __VA_ARGS__ }
#define SCAN(what)	{ .mech = GM_MECH_SCAN, .reap = GM_REAP_##what }

/*
 * Candidates from the best to the last resort. Which kernel has which function: each BPF program's comment.
 * bind and unbind by ioctl last as long as the whole memory region call, so they feed no phase of their own. An end that a scan
 * finds begins no rebind interval.
 */
const struct gm_probe_row gm_probe_rows[] = {
	{ "scan", GM_REQUIRED, 0, { { .mech = GM_MECH_ITER, .sym = { "bpf_map_elem, task" },
				      .prog = { "gm_scan_vms", "gm_scan_files", "gm_scan_inodes" } },
				    { .mech = GM_MECH_RUN, .sym = { "for_each_map_elem, iter: task" },
				      .prog = { "gm_run_vms", "gm_run_files", "gm_run_inodes" } } } },
	{ "all_tasks", GM_WANTED, 0, { { .mech = GM_MECH_TASKS, .sym = { "task" } } }, .facts = F(FINDS_VMS) },
	{ "process_facts", GM_WANTED, 0, { { .mech = GM_MECH_PROC, .sym = { "/proc" } } }, .facts = F(NAMES_VMS) },
	{ "page_add", GM_WANTED, 0, { TP("mm_filemap_add_to_page_cache", "gm_page_add", 0) }, .facts = F(PAGE_ADD) },
	{ "page_delete", GM_WANTED, 0, { TP("mm_filemap_delete_from_page_cache", "gm_page_delete", 0) }, .facts = F(PAGE_DELETE) },
	{ "vm_create", GM_WANTED, 0, { FUNC("kvm_dev_ioctl", "gm_dev_ioctl", 0), IOCTL(VM_CREATE, 0) }, .twin = true, .kinds = K(VM_CREATE) },
	{ "vm_destroy", GM_WANTED, 0, { FUNC("kvm_destroy_vm", "gm_vm_destroy", P(DESTROY) | P(REBIND)), SCAN(VM) }, .twin = true, .kinds = K(VM_DESTROY) },
	{ "create", GM_WANTED, 0, { FUNC("kvm_gmem_create", "gm_create", P(CREATE)), IOCTL(CREATE, P(CREATE)) }, .twin = true, .kinds = K(CREATE) },
	{ "link", GM_EXTRA, 0, { FUNC("kvm_gmem_link", "gm_link", 0) }, .twin = true },
	{ "bind", GM_WANTED, 0, { FUNC("kvm_gmem_bind", "gm_bind", P(BIND) | P(REBIND)),
			       FUNC2("kvm_gmem_prepare_memory_region", "gm_prepare_region",
				     "kvm_gmem_commit_memory_region", "gm_commit_region", P(BIND) | P(REBIND)),
			       IOCTL(BIND, P(REBIND)) }, .twin = true, .kinds = K(BIND) },
	{ "unbind", GM_WANTED, 0, { FUNC("kvm_gmem_unbind", "gm_unbind", P(UNBIND) | P(REBIND)), IOCTL(UNBIND, P(REBIND)) }, .twin = true, .kinds = K(UNBIND) },
	{ "release", GM_WANTED, 0, { FUNC("kvm_gmem_release", "gm_release", P(RELEASE) | P(REBIND)), SCAN(FILE) }, .twin = true, .kinds = K(RELEASE) },
	{ "evict", GM_WANTED, 0, { FUNC("truncate_inode_pages_final", "gm_evict", P(FREE)), SCAN(INODE) }, .kinds = K(EVICT) },
	{ "close", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS, { SYSCALL("close", 0) }, "release", GM_ATTACH_GMEM },
	{ "munmap", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS, { SYS_ENTER("munmap") }, "release", GM_ATTACH_GMEM },
	/* arm64 has no dup2 */
	{ "closings", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS, { SYS_ENTER4("close_range", "dup3", "execve", "dup2"),
								  SYS_ENTER3("close_range", "dup3", "execve") }, "release", GM_ATTACH_GMEM },
	{ "exit", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS, { TP2("sched_process_exit", "gm_exit_begins", "signal_generate", "gm_exit_ends", 0) },
	  "release", GM_ATTACH_GMEM },
	{ "mmap", GM_WANTED, 0, { FUNC("kvm_gmem_mmap", "gm_mmap", 0), SYSCALL("mmap", 0) }, .twin = true, .kinds = K(MMAP) },
	{ "fallocate", GM_WANTED, 0, { FUNC("kvm_gmem_fallocate", "gm_fallocate", P(FALLOCATE) | P(PUNCH) | P(ALLOC)),
				    SYSCALL2("fallocate", "ioctl", P(FALLOCATE) | P(PUNCH) | P(ALLOC), .unseen = "by io_uring",
					     .ioctl_ops = GM_IOCTL_FALLOCATE) }, .twin = true, .kinds = K(FALLOCATE) | K(PUNCH) },
	{ "madvise", GM_WANTED, 0, { SYSCALL2("madvise", "process_madvise", 0) }, "fallocate", GM_ATTACH_GMEM },
	{ "convert", GM_WANTED, 0, { FUNC("kvm_vm_ioctl", "gm_vm_ioctl", P(CONVERT)), IOCTL(CONVERT, P(CONVERT)) }, .kinds = K(CONVERT) },
	{ "populate", GM_EXTRA, 0, { FUNC("kvm_gmem_populate", "gm_populate", P(POPULATE)) }, .kinds = K(POPULATE) },
	{ "memory_failure", GM_EXTRA, 0, { FUNC("kvm_gmem_error_folio", "gm_error", 0) }, .kinds = K(MEMORY_FAILURE) },
	{ "zap_all", GM_WANTED, 0, { FUNC("kvm_arch_flush_shadow_all", "gm_zap_all", P(ZAP)) }, .kinds = K(ZAP) },
	{ "zap_slot", GM_WANTED, 0, { FUNC("kvm_arch_flush_shadow_memslot", "gm_zap_slot", P(ZAP)) }, .kinds = K(ZAP) },
	{ "zap_range", GM_WANTED, 0, { FUNC("__kvm_gmem_invalidate_start", "gm_inval_start", P(ZAP)),
				    FUNC("__kvm_gmem_invalidate_begin", "gm_inval_begin", P(ZAP)),
				    FUNC("kvm_gmem_invalidate_begin", "gm_inval_begin0", P(ZAP)) }, .kinds = K(ZAP) },
	{ "flush", GM_EXTRA, GM_NEED_WALL, { FUNC3("kvm_flush_remote_tlbs", "gm_flush", "kvm_flush_remote_tlbs_range", "gm_flush_range",
						   "kvm_make_all_cpus_request", "gm_kick", 0),
					     FUNC2("kvm_flush_remote_tlbs", "gm_flush", "kvm_make_all_cpus_request", "gm_kick", 0) }, .conf = offsetof(struct gm_conf, flush) },
	{ "guest_fault", GM_WANTED, 0, { TP4("kvm_page_fault", "gm_guest_fault", "kvm_mmu_spte_requested", "gm_spte_requested",
					  "kvm_mmu_set_spte", "gm_spte_set", "kvm_userspace_exit", "gm_userspace_exit",
					  P(ALLOC) | P(ZERO) | P(MAP) | P(GUEST_FAULT)),
				      RAW4("kvm_page_fault", "gm_raw_guest_fault", "kvm_mmu_spte_requested", "gm_raw_spte_requested",
					   "kvm_mmu_set_spte", "gm_raw_spte_set", "kvm_userspace_exit", "gm_raw_userspace_exit",
					   P(ALLOC) | P(ZERO) | P(MAP) | P(GUEST_FAULT)),
				      FUNC2("kvm_handle_guest_abort", "gm_guest_abort", "kvm_gmem_get_pfn", "gm_abort_pfn",
					    P(ALLOC) | P(ZERO) | P(MAP) | P(GUEST_FAULT)) }, .facts = F(GUEST) },
	{ "prefault", GM_WANTED, 0, { FUNC("kvm_arch_vcpu_pre_fault_memory", "gm_prefault",
					P(PREFAULT) | P(ALLOC) | P(ZERO) | P(MAP)) }, .facts = F(GUEST), .conf = offsetof(struct gm_conf, prefaults) },
	{ "get_folio", GM_EXTRA, 0, { FEXIT("kvm_gmem_get_folio", "gm_get_folio", P(ZERO)),
				   { .mech = GM_MECH_FENTRY, .sym = { "kvm_gmem_get_pfn" }, .prog = { "gm_get_pfn" }, .phases = P(ZERO),
				     .side = GM_ENTRY_ONLY, .unless = "kvm_gmem_get_folio", .look_up = true, .uncleared = true } }, .facts = F(GUEST) },
	{ "prepare", GM_EXTRA, 0, { FUNC("kvm_arch_gmem_make_private", "gm_make_private", P(PREPARE)),
				 FUNC("kvm_arch_gmem_prepare", "gm_prepare", P(PREPARE)) }, .facts = F(GUEST) },
	{ "host_fault", GM_WANTED, 0, { FUNC("kvm_gmem_fault_user_mapping", "gm_host_fault", P(HOST_FAULT) | P(ALLOC) | P(ZERO)) } },
	{ "reset", GM_WANTED, 0, { ENTRY4("kvm_arch_vcpu_ioctl_set_regs", "gm_set_regs", "kvm_arch_vcpu_ioctl_set_sregs", "gm_set_sregs",
				    "kvm_arch_vcpu_ioctl_set_mpstate", "gm_set_mpstate", "kvm_arch_vcpu_ioctl", "gm_arch_vcpu_ioctl"),
				 IOCTL(RESET, 0) }, .kinds = K(RESET) },
	{ "sched", GM_EXTRA, GM_NEED_CPU, { TP("sched_switch", "gm_sched_switch", 0) }, .conf = offsetof(struct gm_conf, cpu) },
};
const unsigned int gm_probe_nr = GM_ARRAY_SIZE(gm_probe_rows);
_Static_assert(GM_ARRAY_SIZE(gm_probe_rows) <= GM_PROBES_MAX, "raise GM_PROBES_MAX");

static const char *const mech_names[GM_MECH_NR] = {
	[GM_MECH_ITER] = "iter", [GM_MECH_TP_BTF] = "tp_btf", [GM_MECH_RAW_TP] = "raw_tp", [GM_MECH_FSESSION] = "fsession", [GM_MECH_FENTRY] = "fentry+fexit",
	[GM_MECH_KMULTI] = "kprobe.multi", [GM_MECH_KPROBE] = "kprobe+kretprobe", [GM_MECH_SYSCALL] = "tracepoint", [GM_MECH_SCAN] = "scan", [GM_MECH_RUN] = "run",
	[GM_MECH_TASKS] = "iter", [GM_MECH_PROC] = "read",
};

const char *gm_mech_name(enum gm_mech mech)
{
	return mech_names[mech];
}

/* Which mechanisms each wish allows. */
#define M(x) (1u << GM_MECH_##x)
static const uint32_t want_mechs[] = {
	[GM_WANT_AUTO] = ~0u,
	[GM_WANT_FULL] = ~(M(KPROBE) | M(KMULTI)),
	[GM_WANT_KPROBE] = ~(M(FENTRY) | M(FSESSION)),
	[GM_WANT_TRACEPOINT] = ~(M(FENTRY) | M(FSESSION) | M(KPROBE) | M(KMULTI)),
	[GM_WANT_INVENTORY] = M(ITER) | M(SCAN) | M(RUN) | M(TASKS) | M(PROC),
};

/* What nothing can be done without, or what is no hook: not for -C avoid. */
#define NOT_A_CHOICE	(M(ITER) | M(RUN) | M(SCAN) | M(TASKS) | M(PROC))

const char *gm_mech_choice(unsigned int mech)
{
	return mech < GM_MECH_NR && !(NOT_A_CHOICE >> mech & 1) ? mech_names[mech] : NULL;
}

void gm_plan_init(struct gm_plan *p, enum gm_want_mode want, uint32_t need)
{
	*p = (struct gm_plan){ .want = want, .need = need };
}

/* Try t of a row: candidate and mechanism; NULL: beyond the last or meaningless. */
static const struct gm_cand *row_try(const struct gm_probe_row *row, unsigned int t, enum gm_mech *mech)
{
	static const enum gm_mech ways[GM_TRIES] = { GM_MECH_FSESSION, GM_MECH_FENTRY, GM_MECH_KMULTI, GM_MECH_KPROBE };
	const struct gm_cand *c = &row->cand[t / GM_TRIES];

	if (!c->sym[0] && !c->reap)
		return NULL;
	if (c->mech != GM_MECH_FENTRY) {
		*mech = c->mech;
		return t % GM_TRIES ? NULL : c;
	}
	*mech = ways[t % GM_TRIES];
	return *mech == GM_MECH_FSESSION && c->side != GM_BOTH_SIDES ? NULL : c;
}

static bool has_symbol(const struct gm_kfacts *k, enum gm_mech mech, const char *sym)
{
	switch (mech) {
	case GM_MECH_FSESSION:
	case GM_MECH_FENTRY:
	case GM_MECH_KMULTI:
	case GM_MECH_KPROBE: return gm_kfacts_func(k, sym);
	case GM_MECH_TP_BTF:
	case GM_MECH_RAW_TP: return gm_kfacts_tp(k, sym);
	case GM_MECH_SYSCALL: return gm_kfacts_syscall(k, sym);
	default: return true;
	}
}

/* Mechanisms that name a function or tracepoint to the kernel by the number of its type. */
static bool by_type_id(enum gm_mech mech)
{
	return mech == GM_MECH_FSESSION || mech == GM_MECH_FENTRY || mech == GM_MECH_TP_BTF;
}

/* NULL: the kernel has what the candidate hooks. Else what it lacks. */
static const char *absent(const struct gm_kfacts *k, const struct gm_cand *c, enum gm_mech mech, char *buf, size_t size)
{
	for (int i = 0; i < GM_SYMS_MAX && c->sym[i]; i++) {
		if (has_symbol(k, mech, c->sym[i]))
			continue;
		snprintf(buf, size, "this kernel has no %s", c->sym[i]);
		return buf;
	}
	if (!c->unless || !gm_kfacts_func(k, c->unless))
		return NULL;
	snprintf(buf, size, "%s says nothing in a kernel with %s", c->sym[0], c->unless);
	return buf;
}

/* NULL: allowed. Else what forbids it. */
static const char *forbidden(const struct gm_plan *p, const struct gm_kfacts *k, const struct gm_cand *c, enum gm_mech mech,
			     char *buf, size_t size)
{
	if (!(want_mechs[p->want] >> mech & 1)) {
		snprintf(buf, size, "%s is not used in this mode", mech_names[mech]);
		return buf;
	}
	if (p->avoid >> mech & 1) {
		snprintf(buf, size, "%s is not used, as asked by -C avoid", mech_names[mech]);
		return buf;
	}
	if (!k->kvm_ids && by_type_id(mech) && gm_kfacts_in_module(k, c->sym[0], mech == GM_MECH_TP_BTF)) {
		snprintf(buf, size, "%s on the kvm module needs CAP_SYS_ADMIN", mech_names[mech]);
		return buf;
	}
	if (p->ruled_out >> mech & 1) {
		snprintf(buf, size, "%s: no permission", mech_names[mech]);
		return buf;
	}
	return k->why[mech][0] ? k->why[mech] : NULL;
}

static bool hooks_module(const struct gm_kfacts *k, const struct gm_cand *c, enum gm_mech mech)
{
	bool tp = mech == GM_MECH_TP_BTF || mech == GM_MECH_RAW_TP;

	return (tp || mech == GM_MECH_KMULTI || mech == GM_MECH_KPROBE || by_type_id(mech)) && gm_kfacts_in_module(k, c->sym[0], tp);
}

/* Each reason once, the best candidate's first. */
static void note_why(struct gm_choice *ch, const char *why)
{
	size_t left = sizeof(ch->why) - strlen(ch->why);

	if (strstr(ch->why, why) || strlen(why) + 3 > left)
		return;
	if (ch->why[0])
		strcat(ch->why, "; ");
	strcat(ch->why, why);
}

uint32_t gm_row_phases(const struct gm_probe_row *row)
{
	uint32_t all = 0;

	for (int c = 0; c < GM_CAND_MAX; c++)
		all |= row->cand[c].phases;
	return all;
}

/* A probe on a hot path, for phases that this tool does not show. */
static bool unneeded(const struct gm_probe_row *row, uint32_t need)
{
#define X(E, n, name, per, is_hot) | (uint32_t)(is_hot) << n
	const uint32_t hot = 0 GM_PHASES(X);
#undef X
	uint32_t all = gm_row_phases(row);

	if (row->need)
		return !(need & row->need);
	return all && !(all & ~hot) && !(all & need);
}

/* Why a row has nothing to add to the one that it helps; NULL: it has, or it helps none. */
static const char *needs_no_help(const struct gm_plan *p, const struct gm_probe_row *row)
{
	for (unsigned int i = 0; row->helps && i < gm_probe_nr; i++)
		if (!strcmp(gm_probe_rows[i].name, row->helps))
			return p->row[i].try < 0 ? "what it would add to is not observed" :
			       p->row[i].cand->reap || p->row[i].mech == GM_MECH_SYSCALL ? NULL : "functions tell more, and are hooked";
	return NULL;
}

static void choose(struct gm_plan *p, const struct gm_kfacts *k, unsigned int i)
{
	const struct gm_probe_row *row = &gm_probe_rows[i];
	struct gm_choice *ch = &p->row[i];
	char buf[160];

	ch->try = -1;
	ch->off = unneeded(row, p->need) ? "this tool does not show it" : needs_no_help(p, row);
	if (ch->off)
		return;
	for (unsigned int t = 0; t < GM_TRY_MAX; t++) {
		enum gm_mech mech;
		const struct gm_cand *c = row_try(row, t, &mech);
		const char *why;

		if (!c || ch->refused[t])
			continue;
		why = absent(k, c, mech, buf, sizeof(buf));
		ch->exists |= !why;
		why = why ? why : forbidden(p, k, c, mech, buf, sizeof(buf));
		if (why) {
			/* Others show as much, and each kernel has one of them: nobody misses these ways. */
			if (mech != GM_MECH_FSESSION && mech != GM_MECH_KMULTI)
				note_why(ch, why);
			continue;
		}
		ch->try = (int)t;
		ch->mech = mech;
		ch->cand = c;
		ch->pins = hooks_module(k, c, mech);
		return;
	}
}

void gm_plan_make(struct gm_plan *p, const struct gm_kfacts *k)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		choose(p, k, i);
}

#define WAYS_MAX 4	/* programs a function */

/* The ends of the names of a choice's programs; returns how many there are. */
static int suffixes_of(const struct gm_probe_row *row, const struct gm_choice *ch, const char *suffix[WAYS_MAX])
{
	static const char *const by_kprobe[] = { "_kprobe", "_kretprobe" }, *const by_fentry[] = { "_fentry", "_fexit", "_twin_fentry", "_twin_fexit" };
	const char *const *by = ch->mech == GM_MECH_FENTRY ? by_fentry : by_kprobe;
	int nr = 0;

	switch (ch->mech) {
	case GM_MECH_FSESSION:
		suffix[nr++] = "_fsession";
		if (row->twin)
			suffix[nr++] = "_twin_fsession";
		return nr;
	case GM_MECH_FENTRY:
	case GM_MECH_KPROBE:
	case GM_MECH_KMULTI:
		for (int i = 0; i < (row->twin && by == by_fentry ? 4 : 2); i++)
			if (ch->cand->side == GM_BOTH_SIDES || i % 2 == (ch->cand->side == GM_EXIT_ONLY))
				suffix[nr++] = by[i];
		return nr;
	default:
		suffix[nr++] = "";
		return nr;
	}
}

/* Does row i load program prog? */
static bool row_uses(const struct gm_plan *p, unsigned int i, const char *prog)
{
	const struct gm_choice *ch = &p->row[i];
	const char *suffix[WAYS_MAX];
	int nr = ch->try < 0 ? 0 : suffixes_of(&gm_probe_rows[i], ch, suffix);
	char name[64];

	for (int c = 0; nr && c < GM_SYMS_MAX && ch->cand->prog[c]; c++)
		for (int s = 0; s < nr; s++) {
			snprintf(name, sizeof(name), "%s%s", ch->cand->prog[c], suffix[s]);
			if (!strcmp(name, prog))
				return true;
		}
	return false;
}

/* The choice that loads this program; NULL: none does. */
static const struct gm_choice *chosen_for(const struct gm_plan *p, const char *prog)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		if (row_uses(p, i, prog))
			return &p->row[i];
	return NULL;
}

bool gm_plan_uses(const struct gm_plan *p, const char *prog)
{
	const struct gm_choice *ch = chosen_for(p, prog);

	return ch && (!p->again || ch->let_go);
}

enum gm_mech gm_plan_mech(const struct gm_plan *p, const char *prog)
{
	const struct gm_choice *ch = chosen_for(p, prog);

	return ch ? ch->mech : GM_MECH_NR;
}

bool gm_plan_pins(const struct gm_plan *p, const char *prog)
{
	const struct gm_choice *ch = chosen_for(p, prog);

	return ch && ch->pins;
}

bool gm_plan_twin(const struct gm_plan *p, const char *prog)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		if (gm_probe_rows[i].twin && row_uses(p, i, prog))
			return true;
	return false;
}

enum gm_attach_when gm_plan_when(const struct gm_plan *p, const char *prog)
{
	enum gm_attach_when when = GM_ATTACH_GMEM;
	bool used = false;

	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		if (!row_uses(p, i, prog))
			continue;
		used = true;
		when = gm_probe_rows[i].attach == GM_ATTACH_ALWAYS ? GM_ATTACH_ALWAYS : when;
	}
	return used ? when : GM_ATTACH_ALWAYS;
}

void gm_plan_watch_failed(struct gm_plan *p, int err)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		if (p->row[i].try < 0 || gm_probe_rows[i].attach != GM_ATTACH_GMEM)
			continue;
		p->row[i].unwatched = err;
		p->row[i].err = err;
	}
}

void gm_plan_let_go(struct gm_plan *p)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		p->row[i].let_go = p->row[i].try >= 0 && p->row[i].pins;
}

void gm_plan_taken(struct gm_plan *p)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		p->row[i].let_go = false;
}

bool gm_plan_shows(const struct gm_plan *p, unsigned int kind)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		if (gm_probe_rows[i].kinds & GM_PROBE_KIND(kind) && p->row[i].try >= 0)
			return true;
	}
	return false;
}

bool gm_plan_refuse(struct gm_plan *p, const char *prog, int err)
{
	bool any = false;

	for (unsigned int i = 0; i < gm_probe_nr && !gm_is_scarce(err); i++) {
		struct gm_choice *ch = &p->row[i];

		if (!row_uses(p, i, prog))
			continue;
		ch->refused[ch->try] = true;
		ch->err = err;
		/* Refused for its kind, not for what it does: then so are all others. fentry was tried before (kfacts). */
		if (err == -EPERM && !by_type_id(ch->mech))
			p->ruled_out |= 1u << ch->mech;
		snprintf(ch->why, sizeof(ch->why), "the kernel refused %s on %s: %s", mech_names[ch->mech], ch->cand->sym[0],
			 strerror(-err));
		any = true;
	}
	return any;
}

bool gm_plan_refuse_kind(struct gm_plan *p, int err)
{
	static const enum gm_mech order[] = { GM_MECH_FSESSION, GM_MECH_FENTRY, GM_MECH_KMULTI, GM_MECH_KPROBE, GM_MECH_TP_BTF,
					      GM_MECH_RAW_TP, GM_MECH_SYSCALL };
	bool any = false;

	for (size_t m = 0; m < GM_ARRAY_SIZE(order) && !any && !gm_is_scarce(err); m++) {
		for (unsigned int i = 0; i < gm_probe_nr; i++) {
			struct gm_choice *ch = &p->row[i];

			if (ch->try < 0 || ch->mech != order[m])
				continue;
			ch->refused[ch->try] = true;
			ch->err = err;
			snprintf(ch->why, sizeof(ch->why), "the kernel refused programs, %s among them: %s", mech_names[ch->mech], strerror(-err));
			any = true;
		}
	}
	return any;
}
