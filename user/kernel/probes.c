// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* probes.c - the table of probes, and the names of mechanisms. */
#include "base/vec.h"
#include "gm_conf.h"
#include "kernel/probes_int.h"

#define P(x) (1u << GM_PHASE_##x)
#define F(x) GM_PROBE_##x
#define K(x) GM_PROBE_KIND(GM_K_##x)
#define FUNC(s, p, ph)	{ .mech = GM_MECH_FENTRY, .sym = { s }, .prog = { p }, .phases = ph }
#define FUNC2(s, p, s2, p2, ph) { .mech = GM_MECH_FENTRY, .sym = { s, s2 }, .prog = { p, p2 }, .phases = ph }
#define FUNC3(s, p, s2, p2, s3, p3, ph) \
	{ .mech = GM_MECH_FENTRY, .sym = { s, s2, s3 }, .prog = { p, p2, p3 }, .phases = ph }
#define FEXIT(s, p, ph)	{ .mech = GM_MECH_FENTRY, .sym = { s }, .prog = { p }, .phases = ph, \
	.side = GM_EXIT_ONLY, .unzeroed = true }
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
#define SYS_ENTER(call) \
	{ .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" call }, .prog = { "gm_sys_enter_" call }, \
	.side = GM_ENTRY_ONLY }
#define SYS_ENTER3(c, c2, c3) { .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" c, "sys_enter_" c2, "sys_enter_" c3 }, \
	.prog = { "gm_sys_enter_" c, "gm_sys_enter_" c2, "gm_sys_enter_" c3 }, .side = GM_ENTRY_ONLY }
#define SYS_ENTER4(c, c2, c3, c4) \
	{ .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" c, "sys_enter_" c2, "sys_enter_" c3, "sys_enter_" c4 }, \
	.prog = { "gm_sys_enter_" c, "gm_sys_enter_" c2, "gm_sys_enter_" c3, "gm_sys_enter_" c4 }, \
	.side = GM_ENTRY_ONLY }
#define IOCTL(op, ph)	{ .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_ioctl", "sys_exit_ioctl" }, \
	.prog = { "gm_sys_enter_ioctl", "gm_sys_exit_ioctl" }, .phases = ph, .ioctl_ops = GM_IOCTL_##op }
#define SYSCALL2(c1, c2, ph, ...) \
	{ .mech = GM_MECH_SYSCALL, .sym = { "sys_enter_" c1, "sys_exit_" c1, "sys_enter_" c2, "sys_exit_" c2 }, \
	.prog = { "gm_sys_enter_" c1, "gm_sys_exit_" c1, "gm_sys_enter_" c2, "gm_sys_exit_" c2 }, .phases = ph, \
	__VA_ARGS__ }
#define SCAN(what)	{ .mech = GM_MECH_SCAN, .reap = GM_REAP_##what }

/*
 * The probes. Candidates are in order, the best one first. Which kernel has which function: see each BPF program's
 * comment. bind and unbind by ioctl last as long as the complete memory region call, so they feed no phase of their
 * own. An end that a scan finds begins no rebind interval.
 */
const struct gm_probe_row gm_probe_rows[] = {
	{ "scan", GM_REQUIRED, 0, { { .mech = GM_MECH_ITER, .sym = { "bpf_map_elem, task" },
				      .prog = { "gm_scan_vms", "gm_scan_files", "gm_scan_inodes" } },
				    { .mech = GM_MECH_RUN, .sym = { "for_each_map_elem, iter: task" },
				      .prog = { "gm_run_vms", "gm_run_files", "gm_run_inodes" } } } },
	{ "attributes", GM_EXTRA, GM_NEED_ATTRS,
	  { { .mech = GM_MECH_ITER, .sym = { "bpf_map_elem" }, .prog = { "gm_scan_attrs" },
	      .member = "kvm.mem_attr_array", .unless = "kvm_gmem_set_attributes" },
	    { .mech = GM_MECH_RUN, .sym = { "for_each_map_elem" }, .prog = { "gm_run_attrs" },
	      .member = "kvm.mem_attr_array", .unless = "kvm_gmem_set_attributes" } } },
	{ "all_tasks", GM_WANTED, 0, { { .mech = GM_MECH_TASKS, .sym = { "task" } } }, .facts = F(FINDS_VMS) },
	{ "process_facts", GM_WANTED, 0, { { .mech = GM_MECH_PROC, .sym = { "/proc" } } }, .facts = F(NAMES_VMS) },
	{ "page_add", GM_WANTED, 0, { TP("mm_filemap_add_to_page_cache", "gm_page_add", 0) },
	  .attach = GM_ATTACH_MEMORY, .facts = F(PAGE_ADD) },
	{ "page_delete", GM_WANTED, 0, { TP("mm_filemap_delete_from_page_cache", "gm_page_delete", 0) },
	  .attach = GM_ATTACH_MEMORY, .facts = F(PAGE_DELETE) },
	{ "vm_create", GM_WANTED, 0, { FUNC("kvm_dev_ioctl", "gm_dev_ioctl", 0), IOCTL(VM_CREATE, 0) }, .twin = true,
	  .kinds = K(VM_CREATE) },
	{ "vm_destroy", GM_WANTED, 0, { FUNC("kvm_destroy_vm", "gm_vm_destroy", P(DESTROY) | P(REBIND)), SCAN(VM) },
	  .twin = true, .kinds = K(VM_DESTROY) },
	{ "create", GM_WANTED, 0, { FUNC("kvm_gmem_create", "gm_create", P(CREATE)), IOCTL(CREATE, P(CREATE)) },
	  .twin = true, .kinds = K(CREATE) },
	{ "link", GM_EXTRA, 0, { FUNC("kvm_gmem_link", "gm_link", 0) }, .twin = true },
	{ "bind", GM_WANTED, 0, { FUNC("kvm_gmem_bind", "gm_bind", P(BIND) | P(REBIND)),
			       FUNC2("kvm_gmem_prepare_memory_region", "gm_prepare_region",
				     "kvm_gmem_commit_memory_region", "gm_commit_region", P(BIND) | P(REBIND)),
			       IOCTL(BIND, P(REBIND)) }, .twin = true, .kinds = K(BIND) },
	{ "unbind", GM_WANTED, 0, { FUNC("kvm_gmem_unbind", "gm_unbind", P(UNBIND) | P(REBIND)),
	  IOCTL(UNBIND, P(REBIND)) }, .twin = true, .kinds = K(UNBIND) },
	{ "release", GM_WANTED, 0, { FUNC("kvm_gmem_release", "gm_release", P(RELEASE) | P(REBIND)), SCAN(FILE) },
	  .twin = true, .kinds = K(RELEASE) },
	{ "evict", GM_WANTED, 0, { FUNC("truncate_inode_pages_final", "gm_evict", P(FREE)), SCAN(INODE) },
	  .attach = GM_ATTACH_MEMORY, .kinds = K(EVICT) },
	{ "close", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS, { SYSCALL("close", 0) }, "release", GM_ATTACH_CALLS },
	{ "munmap", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS, { SYS_ENTER("munmap") }, "release", GM_ATTACH_CALLS },
	/* arm64 has no dup2 */
	{ "closings", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS,
	  { SYS_ENTER4("close_range", "dup3", "execve", "dup2"), SYS_ENTER3("close_range", "dup3", "execve") },
	  "release", GM_ATTACH_CALLS },
	{ "exit", GM_EXTRA, GM_NEED_WALL | GM_NEED_REBOOTS,
	  { TP2("sched_process_exit", "gm_exit_begins", "signal_generate", "gm_exit_ends", 0) },
	  "release", GM_ATTACH_CALLS },
	{ "mmap", GM_WANTED, 0, { FUNC("kvm_gmem_mmap", "gm_mmap", 0), SYSCALL("mmap", 0) }, .twin = true,
	  .kinds = K(MMAP) },
	{ "fallocate", GM_WANTED, 0, { FUNC("kvm_gmem_fallocate", "gm_fallocate", P(FALLOCATE) | P(PUNCH) | P(ALLOC)),
				    SYSCALL2("fallocate", "ioctl", P(FALLOCATE) | P(PUNCH) | P(ALLOC),
				    .unseen = "by io_uring",
					     .ioctl_ops = GM_IOCTL_FALLOCATE) }, .twin = true,
					     .kinds = K(FALLOCATE) | K(PUNCH) },
	{ "madvise", GM_WANTED, 0, { SYSCALL2("madvise", "process_madvise", 0) }, "fallocate", GM_ATTACH_CALLS },
	{ "convert", GM_WANTED, 0, { FUNC("kvm_vm_ioctl", "gm_vm_ioctl", P(CONVERT)), IOCTL(CONVERT, P(CONVERT)) },
	  .attach = GM_ATTACH_MEMORY, .kinds = K(CONVERT) },
	{ "populate", GM_EXTRA, 0, { FUNC("kvm_gmem_populate", "gm_populate", P(POPULATE)) }, .kinds = K(POPULATE) },
	{ "memory_failure", GM_EXTRA, 0, { FUNC("kvm_gmem_error_folio", "gm_error", 0) }, .kinds = K(MEMORY_FAILURE) },
	{ "zap_all", GM_WANTED, 0, { FUNC("kvm_arch_flush_shadow_all", "gm_zap_all", P(ZAP)) }, .kinds = K(ZAP) },
	{ "zap_slot", GM_WANTED, 0, { FUNC("kvm_arch_flush_shadow_memslot", "gm_zap_slot", P(ZAP)) }, .kinds = K(ZAP) },
	{ "zap_range", GM_WANTED, 0, { FUNC("__kvm_gmem_invalidate_start", "gm_inval_start", P(ZAP)),
				    FUNC("__kvm_gmem_invalidate_begin", "gm_inval_begin", P(ZAP)),
				    FUNC("kvm_gmem_invalidate_begin", "gm_inval_begin0", P(ZAP)) }, .kinds = K(ZAP) },
	{ "flush", GM_EXTRA, GM_NEED_WALL, { FUNC3("kvm_flush_remote_tlbs", "gm_flush", "kvm_flush_remote_tlbs_range",
	  "gm_flush_range",
						   "kvm_make_all_cpus_request", "gm_kick", 0),
					     FUNC2("kvm_flush_remote_tlbs", "gm_flush", "kvm_make_all_cpus_request",
					     "gm_kick", 0) }, .attach = GM_ATTACH_MEMORY,
						     .conf = offsetof(struct gm_conf, flush) },
	{ "guest_fault", GM_WANTED, 0, { TP4("kvm_page_fault", "gm_guest_fault", "kvm_mmu_spte_requested",
	  "gm_spte_requested",
					  "kvm_mmu_set_spte", "gm_spte_set", "kvm_userspace_exit", "gm_userspace_exit",
					  P(ALLOC) | P(ZERO) | P(MAP) | P(GUEST_FAULT)),
				      RAW4("kvm_page_fault", "gm_raw_guest_fault", "kvm_mmu_spte_requested",
				      "gm_raw_spte_requested",
					   "kvm_mmu_set_spte", "gm_raw_spte_set", "kvm_userspace_exit",
					   "gm_raw_userspace_exit",
					   P(ALLOC) | P(ZERO) | P(MAP) | P(GUEST_FAULT)),
				      FUNC2("kvm_handle_guest_abort", "gm_guest_abort", "kvm_gmem_get_pfn",
				      "gm_abort_pfn",
					    P(ALLOC) | P(ZERO) | P(MAP) | P(GUEST_FAULT)) },
					    .attach = GM_ATTACH_MEMORY, .facts = F(GUEST) },
	{ "prefault", GM_WANTED, 0, { FUNC("kvm_arch_vcpu_pre_fault_memory", "gm_prefault",
					P(PREFAULT) | P(ALLOC) | P(ZERO) | P(MAP)) },
						.attach = GM_ATTACH_MEMORY, .facts = F(GUEST),
						.conf = offsetof(struct gm_conf, prefaults) },
	{ "get_folio", GM_EXTRA, 0, { FEXIT("kvm_gmem_get_folio", "gm_get_folio", P(ZERO)),
				   { .mech = GM_MECH_FENTRY, .sym = { "kvm_gmem_get_pfn" }, .prog = { "gm_get_pfn" },
				     .phases = P(ZERO),
				     .side = GM_ENTRY_ONLY, .unless = "kvm_gmem_get_folio", .look_up = true,
				     .unzeroed = true } }, .facts = F(GUEST) },
	{ "prepare", GM_EXTRA, 0, { FUNC("kvm_arch_gmem_make_private", "gm_make_private", P(PREPARE)),
				 FUNC("kvm_arch_gmem_prepare", "gm_prepare", P(PREPARE)) }, .facts = F(GUEST) },
	{ "host_fault", GM_WANTED, 0, { FUNC("kvm_gmem_fault_user_mapping", "gm_host_fault",
	  P(HOST_FAULT) | P(ALLOC) | P(ZERO)) } },
	{ "reset", GM_WANTED, 0, { ENTRY4("kvm_arch_vcpu_ioctl_set_regs", "gm_set_regs",
	  "kvm_arch_vcpu_ioctl_set_sregs", "gm_set_sregs",
				    "kvm_arch_vcpu_ioctl_set_mpstate", "gm_set_mpstate", "kvm_arch_vcpu_ioctl",
				    "gm_arch_vcpu_ioctl"),
				 IOCTL(RESET, 0) }, .kinds = K(RESET) },
	{ "sched", GM_EXTRA, GM_NEED_CPU, { TP("sched_switch", "gm_sched_switch", 0) },
	  .attach = GM_ATTACH_MEMORY, .conf = offsetof(struct gm_conf, cpu) },
};
const unsigned int gm_probe_nr = GM_ARRAY_SIZE(gm_probe_rows);
_Static_assert(GM_ARRAY_SIZE(gm_probe_rows) <= GM_PROBES_MAX, "raise GM_PROBES_MAX");

static const char *const mech_names[GM_MECH_NR] = {
	[GM_MECH_ITER] = "iter", [GM_MECH_TP_BTF] = "tp_btf", [GM_MECH_RAW_TP] = "raw_tp",
		[GM_MECH_FSESSION] = "fsession", [GM_MECH_FENTRY] = "fentry+fexit",
	[GM_MECH_KMULTI] = "kprobe.multi", [GM_MECH_KPROBE] = "kprobe+kretprobe", [GM_MECH_SYSCALL] = "tracepoint",
		[GM_MECH_SCAN] = "scan", [GM_MECH_RUN] = "run",
	[GM_MECH_TASKS] = "iter", [GM_MECH_PROC] = "read",
};

const char *gm_mech_name(enum gm_mech mech)
{
	return mech_names[mech];
}

#define M(x) (1u << GM_MECH_##x)

/* Mechanisms that every tool needs, or that are no hooks: not for -C avoid. */
#define NOT_A_CHOICE	(M(ITER) | M(RUN) | M(SCAN) | M(TASKS) | M(PROC))

const char *gm_mech_avoidable_name(unsigned int mech)
{
	return mech < GM_MECH_NR && !(NOT_A_CHOICE >> mech & 1) ? mech_names[mech] : NULL;
}
