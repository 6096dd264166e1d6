// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * holds.bpf.c - counts the ends of guest_memfd files, VMs and address spaces, and those that run in a tool's task: the
 * tool had the last reference then. It shares no code with the tools. A tool is a process that executed a program whose
 * name begins with "gmem", and is not the workload.
 *
 * A reference that a tool has for microseconds is rarely the last one. So these programs delay a tool where the kernel
 * has a reference for it: at each descriptor and mapping of KVM's that an iterator of the kernel visits, at the
 * workload's tasks, and where /proc reads a process's memory. The delay of a tool without a reference has no effect.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "holds.h"

#define SLOW_NS		100000000ull	/* several of these are longer than a reboot */
#define SLOW_ROUNDS	(1 << 22)

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 counts[COUNT_NR];

/* The tools: tgid to the tool's own address space, whose end is not counted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} tools SEC(".maps");

/* struct bpf_prog_aux, with members of struct bpf_prog, which vmlinux.h does not have. */
struct bpf_prog_aux___any {
	const char *attach_func_name;
} __attribute__((preserve_access_index));

struct bpf_prog___any {
	struct bpf_prog_aux___any *aux;
} __attribute__((preserve_access_index));

#define add(name)	__sync_fetch_and_add(&counts[COUNT_##name], 1)

/* Returns the tool of the current task, or NULL. */
static __always_inline __u64 *tool(void)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_lookup_elem(&tools, &tgid);
}

static __always_inline int is_tool(const char *comm)
{
	if (comm[0] != 'g' || comm[1] != 'm' || comm[2] != 'e' || comm[3] != 'm')
		return 0;
	if (comm[4] == '-') /* gmem-holder */
		return 0;
	return comm[4] != 'g' || comm[5] != 'u'; /* gmemguest */
}

/* After exec(), the task has its new name and address space. */
SEC("tp_btf/sched_process_exec")
int holds_exec(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	__u32 tgid = BPF_CORE_READ(task, tgid);
	__u64 mm = (__u64)BPF_CORE_READ(task, mm);
	char comm[16] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	if (!is_tool(comm)) {
		bpf_map_delete_elem(&tools, &tgid); /* a tool may have had the same tgid */
		return 0;
	}
	add(tools);
	bpf_map_update_elem(&tools, &tgid, &mm, BPF_ANY);
	return 0;
}

SEC("?fentry/kvm_gmem_release")
int holds_release(void *ctx)
{
	add(release);
	if (tool())
		add(release_ours);
	return 0;
}

/* Addresses of all ended struct kvm, to count those that the kernel uses again. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u32);
} ended SEC(".maps");

SEC("?fentry/kvm_destroy_vm")
int holds_destroy(__u64 *ctx)
{
	__u64 kvm = ctx[0];
	__u32 one = 1;

	add(destroy);
	if (bpf_map_update_elem(&ended, &kvm, &one, BPF_NOEXIST))
		add(reused);
	if (tool())
		add(destroy_ours);
	return 0;
}

SEC("?fentry/exit_mmap")
int holds_exit_mmap(__u64 *ctx)
{
	__u64 *own = tool();

	add(exit_mmap);
	if (own && *own != ctx[0])
		add(exit_mmap_ours);
	return 0;
}

/* ---- delays of a tool ---- */

static long slow_round(__u64 i, void *until)
{
	return bpf_ktime_get_ns() >= *(__u64 *)until;
}

static __always_inline void slow(__u64 ns)
{
	__u64 until = bpf_ktime_get_ns() + ns;

	bpf_loop(SLOW_ROUNDS, slow_round, &until, 0);
}

static __always_inline int begins(const char *s, const char *with, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (s[i] != with[i])
			return 0;
	return 1;
}

static __always_inline int is_workload(const struct task_struct *task)
{
	char comm[16] = {};

	BPF_CORE_READ_STR_INTO(&comm, task, comm);
	return begins(comm, "gmemguest", 9);
}

/* Returns true for a file of KVM (kvm-vm, kvm-vcpu:0, ...) or of guest_memfd ([kvm-gmem]). */
static __always_inline int is_kvm_file(struct file *file)
{
	const unsigned char *at = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	char name[16] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), at);
	return begins(name, "kvm-", 4) || begins(name, "[kvm-", 5);
}

/*
 * bpf_iter_run_prog(prog, ctx): the ctx of all iterators over tasks has the task behind the common part, then the
 * file or mapping.
 */
SEC("?fentry/bpf_iter_run_prog")
int holds_iter(__u64 *ctx)
{
	struct bpf_prog___any *prog = (void *)ctx[0];
	struct bpf_iter__task_file *of_file = (void *)ctx[1];
	struct bpf_iter__task_vma *of_vma = (void *)ctx[1];
	const char *kind = BPF_CORE_READ(prog, aux, attach_func_name);
	char name[24] = {};
	struct file *file;

	if (!tool())
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), kind);
	if (!begins(name, "bpf_iter_task", 13) || !is_workload(BPF_CORE_READ(of_file, task)))
		return 0;
	if (begins(name, "bpf_iter_task_file", 18))
		file = BPF_CORE_READ(of_file, file);
	else if (begins(name, "bpf_iter_task_vma", 17))
		file = BPF_CORE_READ(of_vma, vma, vm_file);
	else
		file = NULL;
	if (name[13] && !is_kvm_file(file))
		return 0;
	add(slow_iter);
	slow(name[13] ? SLOW_NS : SLOW_NS / 50);
	return 0;
}

/* /proc/PID/stat, status and statm call task_vsize() with a reference to the address space. */
SEC("?fentry/task_vsize")
int holds_stat(void *ctx)
{
	if (!tool())
		return 0;
	add(slow_stat);
	slow(SLOW_NS / 10);
	return 0;
}

/* /proc/PID/cmdline and environ call access_remote_vm() with a reference to the address space. */
SEC("?fentry/access_remote_vm")
int holds_cmdline(void *ctx)
{
	if (!tool())
		return 0;
	add(slow_cmdline);
	slow(SLOW_NS / 10);
	return 0;
}
