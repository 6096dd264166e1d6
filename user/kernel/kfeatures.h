/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kfeatures.h - facts about a kernel: what it is and what it offers, read from BTF, kallsyms, /proc and /sys; never
 * derived from its version.
 *
 * gm_kfeatures_read() for the running kernel, or gm_kfeatures_read_files(); then the questions below;
 * gm_kfeatures_release(), also after an error. Errors: -ENOENT or -EACCES (no types, or no permission), -EBADMSG (a
 * file without types), -ENOMEM, -EMFILE, -ENFILE.
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

struct gm_kfeatures {
	char release[72], arch[16];
	uint32_t page_size, nodes, cpus;
	uint32_t init_on_alloc, init_on_free, emulated;	/* enum gm_yesno */
	/* programs may not read the kernel's memory (lockdown=confidentiality): no tool can work */
	bool blind;
	bool has_kvm;			/* BTF has KVM's types: it is built in, or the module is loaded */
	bool kvm_module;
	/* the kernel gives this process ids of its modules' types: to CAP_SYS_ADMIN only */
	bool module_ids;
	bool kvm_ids;			/* hooks may use ids of KVM's types: KVM is built in, or module_ids */
	uint64_t gmem_release, vm_release, vcpu_release, vm_stats_release, vcpu_stats_release,
		 device_release;	/* addresses; 0: not readable */
	uint32_t node_shift, node_mask;	/* where a page's flags hold its node */
	bool nodes_made_up;		/* the number of nodes is from -C nodes, not the host's */
	int tracefs;			/* directory descriptor, or -1 */
	enum gm_procfs procfs;
	/* BTF id of the kfunc by which an fsession program knows its end of the function; 0: none */
	uint32_t session_is_return;
	char why[GM_MECH_NR][120];	/* why a mechanism is unavailable; empty: it may be available */
	struct btf *vmlinux, *kvm;	/* kvm: split BTF of the module, or NULL */
	struct gm_hmap names;		/* ids of their functions and tracepoints (kbtf.c) */
};

/* BPF_TRACE_FSESSION, enum bpf_attach_type, Linux 7.0: newer than the headers that we build with. */
#define GM_ATTACH_FSESSION 58

/*
 * Returns 1 if KVM is there, built in or loaded, else 0; -errno, reported. For a caller that polls until it is there.
 */
int gm_kfeatures_poll_kvm(void);
/*
 * Reads the facts about the running kernel. 0, also without KVM (see has_kvm); -errno, reported: no BTF, no permission.
 */
int gm_kfeatures_read(struct gm_kfeatures *k);
/*
 * Reads the facts about a kernel that is not running, from files of BTF (raw, or an ELF file with a section .BTF); kvm
 * is NULL if it is built in. Facts that only a running kernel has (symbols, cpus, what it refuses) stay open: every
 * mechanism counts as available. 0 or -errno, reported.
 */
int gm_kfeatures_read_files(struct gm_kfeatures *k, const char *vmlinux, const char *kvm);
/* Frees the facts; also those of a reading that failed. */
void gm_kfeatures_release(struct gm_kfeatures *k);
/* Sets procfs, and with it the reason against GM_MECH_PROC. */
void gm_kfeatures_set_procfs(struct gm_kfeatures *k, enum gm_procfs procfs);

/*
 * Measures the cost of zeroing one page, in ns: the median over 16 MiB of our own memory, zeroed page by page; 0: no
 * memory.
 */
uint64_t gm_kfeatures_zero_ns(const struct gm_kfeatures *k);

/* Return true if BTF has a function of this name: it can be bracketed, if any such mechanism is available. */
bool gm_kfeatures_has_func(const struct gm_kfeatures *k, const char *name);
/* Returns the BTF id of a function, from btf__type_cnt(vmlinux) on one of the kvm module; 0: there is none. */
uint32_t gm_kfeatures_func_id(const struct gm_kfeatures *k, const char *name);
/* Return true if a raw tracepoint of this name exists (typedef btf_trace_NAME). */
bool gm_kfeatures_has_tp(const struct gm_kfeatures *k, const char *name);
/* Return true if BTF has a struct with this member, both named as in "kvm.mem_attr_array". */
bool gm_kfeatures_has_member(const struct gm_kfeatures *k, const char *member);
/*
 * Return true if a function or tracepoint is the kvm module's, not vmlinux's: a hook on it pins the module, and fentry,
 * fsession and tp_btf need kvm_ids.
 */
bool gm_kfeatures_is_in_module(const struct gm_kfeatures *k, const char *name, bool tracepoint);
/* Return true if the module's types in both are equal, byte by byte. */
bool gm_kfeatures_is_same_kvm(const struct gm_kfeatures *a, const struct gm_kfeatures *b);
/*
 * Writes the types of vmlinux and the module as one BTF to memory. Returns a descriptor, to be closed; or -errno,
 * reported. For libbpf, which enumerates all modules for a type that it does not find in vmlinux, and fails without
 * module_ids (1.1).
 */
int gm_kfeatures_flat_btf(const struct gm_kfeatures *k);
/*
 * Return false if this kernel has tracepoints of system calls, but not this one ("sys_enter_dup2" is not on every
 * architecture).
 */
bool gm_kfeatures_has_syscall(const struct gm_kfeatures *k, const char *name);
/* Returns the tracepoint's id for perf_event_open(), or -errno, not reported. */
int gm_kfeatures_event_id(const struct gm_kfeatures *k, const char *event);

#endif
