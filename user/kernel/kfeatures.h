/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kfeatures.h - what this kernel is and offers, read from BTF, kallsyms, /proc and /sys; never from its version.
 */
#ifndef GM_KERNEL_KFEATURES_H
#define GM_KERNEL_KFEATURES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/hmap.h"
#include "gm_conf.h"
#include "kernel/pidns.h"

enum gm_mech { GM_MECH_ITER, GM_MECH_TP_BTF, GM_MECH_RAW_TP, GM_MECH_FSESSION, GM_MECH_FENTRY, GM_MECH_KMULTI,
	GM_MECH_KPROBE, GM_MECH_SYSCALL,
	       GM_MECH_SCAN, GM_MECH_RUN, GM_MECH_TASKS, GM_MECH_PROC, GM_MECH_NR };

struct gm_kfacts {
	char release[72], arch[16];
	uint32_t page_size, nodes, cpus;
	uint32_t init_on_alloc, init_on_free, emulated;	/* enum gm_yesno */
	/* programs may not read the kernel's memory (lockdown=confidentiality): nothing works */
	bool blind;
	bool has_kvm;			/* KVM's types are in BTF: built in, or the module is loaded */
	bool kvm_module;
	/* the kernel gives out the numbers of its modules' types: to CAP_SYS_ADMIN only */
	bool module_ids;
	bool kvm_ids;			/* hooks may name KVM's types to the kernel: it is built in, or module_ids */
	uint64_t gmem_release, vm_release, vcpu_release, vm_stats_release, vcpu_stats_release,
		 device_release;	/* 0: not readable */
	uint32_t node_shift, node_mask;	/* where a page's flags hold its node */
	bool nodes_made_up;		/* not the host's: -C nodes */
	int tracefs;			/* directory descriptor, or -1 */
	enum gm_procfs procfs;
	/* BTF id of the kfunc that tells an fsession program which end it is at; 0: none */
	uint32_t session_is_return;
	char why[GM_MECH_NR][120];	/* why a mechanism is not to be had; empty: it may be */
	struct btf *vmlinux, *kvm;	/* kvm: split BTF of the module, or NULL */
	struct gm_hmap names;		/* ids of functions and tracepoints in them (kbtf.c) */
};

/* BPF_TRACE_FSESSION, enum bpf_attach_type, Linux 7.0: newer than the headers that we build with. */
#define GM_ATTACH_FSESSION 58

/*
 * Whether KVM is there, built in or loaded; for somebody who asks again and again until it is. 1, 0, or -errno,
 * reported.
 */
int gm_kfacts_have_kvm(void);
/* 0; -errno reported: no BTF, no permission. Missing KVM is no error: look at has_kvm. */
int gm_kfacts_read(struct gm_kfacts *k);
/*
 * The same of a kernel that is not running: from files of BTF (raw, or an ELF file with a section .BTF), kvm NULL
 * when it is built in. What only a running kernel tells (symbols, cpus, what it refuses) is left open: every
 * mechanism is taken to be there. 0 or -errno, reported.
 */
int gm_kfacts_read_files(struct gm_kfacts *k, const char *vmlinux, const char *kvm);
void gm_kfacts_release(struct gm_kfacts *k);
void gm_kfacts_set_procfs(struct gm_kfacts *k, enum gm_procfs procfs);

/*
 * What clearing one page costs, in ns: the median over 16 MiB of memory of our own, cleared by the page; 0: no memory
 * to be had.
 */
uint64_t gm_kfacts_clear_ns(const struct gm_kfacts *k);

/* In BTF and among the text symbols: can be bracketed, if the mechanism can be had at all. */
bool gm_kfacts_func(const struct gm_kfacts *k, const char *name);
/* The BTF id of a function, from btf__type_cnt(vmlinux) on one of the kvm module; 0: there is none. */
uint32_t gm_kfacts_func_id(const struct gm_kfacts *k, const char *name);
/* A raw tracepoint of this name exists (typedef btf_trace_NAME). */
bool gm_kfacts_tp(const struct gm_kfacts *k, const char *name);
/* It is the module's, not vmlinux's own: a hook on it pins the module, and fentry, fsession and tp_btf need kvm_ids. */
bool gm_kfacts_in_module(const struct gm_kfacts *k, const char *name, bool tracepoint);
/* Is the module's code of the same types, byte by byte, in both? */
bool gm_kfacts_same_kvm(const struct gm_kfacts *a, const struct gm_kfacts *b);
/*
 * The types of vmlinux and the module as those of one kernel, in memory: a descriptor, to be closed; or -errno,
 * reported. For libbpf, which enumerates all modules for a type that it does not find in vmlinux, and fails without
 * module_ids (1.1).
 */
int gm_kfacts_flat_btf(const struct gm_kfacts *k);
/*
 * Return false if this kernel has tracepoints of system calls, and not this one ("sys_enter_dup2": not on each
 * machine).
 */
bool gm_kfacts_syscall(const struct gm_kfacts *k, const char *name);
/* The tracepoint's id for perf_event_open(), or -errno. */
int gm_kfacts_event_id(const struct gm_kfacts *k, const char *event);

#endif
