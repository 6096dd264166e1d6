// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * empty.bpf.c - programs for cost.sh, each on a hook that a guest fault on gmem hits once: empty_* do nothing, op_* do
 * one operation. The overhead of op_X less that of empty_tp is the cost of the operation.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64[64]);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64[64]);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} percpu SEC(".maps");

volatile __u64 sink;

/* An empty pair of programs, attached by trampolines. */
SEC("?fentry/kvm_gmem_get_pfn")
int empty_fentry(void *ctx)
{
	return 0;
}

SEC("?fexit/kvm_gmem_get_pfn")
int empty_fexit(void *ctx)
{
	return 0;
}

SEC("?tp_btf/kvm_page_fault")
int empty_tp(void *ctx)
{
	return 0;
}

SEC("?tp_btf/mm_filemap_add_to_page_cache")
int empty_page_add(void *ctx)
{
	return 0;
}

SEC("?tp_btf/kvm_page_fault")
int op_clock(void *ctx)
{
	sink = bpf_ktime_get_ns();
	return 0;
}

SEC("?tp_btf/kvm_page_fault")
int op_task(void *ctx)
{
	__u64 *v = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (v)
		v[0]++;
	return 0;
}

SEC("?tp_btf/kvm_page_fault")
int op_pid(void *ctx)
{
	sink = bpf_get_current_pid_tgid();
	return 0;
}

SEC("?tp_btf/kvm_page_fault")
int op_hash(void *ctx)
{
	static const __u64 zero[64];
	__u32 key = 7;
	__u64 *v = bpf_map_lookup_elem(&hash, &key);

	if (v)
		v[0]++;
	else
		bpf_map_update_elem(&hash, &key, zero, BPF_ANY);
	return 0;
}

SEC("?tp_btf/kvm_page_fault")
int op_percpu(void *ctx)
{
	__u32 key = 3;
	__u64 *v = bpf_map_lookup_elem(&percpu, &key);

	if (v)
		__sync_fetch_and_add(v, 1);
	return 0;
}
