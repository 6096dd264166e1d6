// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* empty.bpf.c - for cost.sh: programs that do nothing, around the function that every guest fault on gmem passes once. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fentry/kvm_gmem_get_pfn")
int empty_enter(void *ctx)
{
	return 0;
}

SEC("fexit/kvm_gmem_get_pfn")
int empty_exit(void *ctx)
{
	return 0;
}
