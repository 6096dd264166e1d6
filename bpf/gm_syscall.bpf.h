/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_syscall.bpf.h - programs of system calls' tracepoints, and which span belongs to which call.
 *
 * Protocol. GM_SYS_ENTER(call) and GM_SYS_EXIT(call) with a body each. The body of the entry returns 1 if it may have
 * begun a span; that of the return ends one only if gm_syscall_has_span(). These programs see every call of the host,
 * and the kernel may skip any of their runs. A span whose return was skipped is still open when another call returns,
 * perhaps of another file; so a span has the number of the call that began it.
 */
#ifndef GM_SYSCALL_BPF_H
#define GM_SYSCALL_BPF_H

#include "gm_span.bpf.h"

/*
 * The system call that the current task is in, by its registers, which are the same at the call's entry and return.
 */
struct gm_syscall {
	__u64 nr, arg[3];
};

static __always_inline void gm_syscall_read(struct gm_syscall *c)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

#ifdef __TARGET_ARCH_arm64
	c->nr = BPF_CORE_READ(regs, syscallno);
	c->arg[0] = BPF_CORE_READ(regs, orig_x0);
	c->arg[1] = BPF_CORE_READ(regs, regs[1]);
	c->arg[2] = BPF_CORE_READ(regs, regs[2]);
#else
	c->nr = BPF_CORE_READ(regs, orig_ax);
	c->arg[0] = BPF_CORE_READ(regs, di);
	c->arg[1] = BPF_CORE_READ(regs, si);
	c->arg[2] = BPF_CORE_READ(regs, dx);
#endif
}

/*
 * A number for the current system call, by its number and arguments; never 0. The next call with the same arguments has
 * the same number: its entry discards the spans of this one.
 */
GM_GLOBAL __u64 gm_syscall_id(void)
{
	struct gm_syscall c;
	__u64 id;

	gm_syscall_read(&c);
	id = c.nr;
	id = id * 0x9E3779B97F4A7C15ULL + c.arg[0];
	id = id * 0x9E3779B97F4A7C15ULL + c.arg[1];
	id = id * 0x9E3779B97F4A7C15ULL + c.arg[2];
	return id ? id : 1;
}

/* After the work of an entry: the span that it has begun, if any, belongs to this call. */
GM_GLOBAL int gm_syscall_mark_span(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span_call *c = t ? gm_span_call_top(t) : NULL;

	if (c && !c->nr)
		c->nr = gm_syscall_id();
	return 0;
}

/*
 * At a call's return: discard the spans that other calls began, whose returns were missed. Return 1 if the innermost
 * span is this call's.
 */
GM_GLOBAL int gm_syscall_discard_others(void)
{
	__u64 id = gm_syscall_id();
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span_call *c;
	int i;

	if (!t)
		return 0;
	for (i = 0; i < GM_NEST; i++) {
		c = gm_span_call_top(t);
		if (!c || c->nr == id)
			break;
		gm_span_discard(t);
	}
	return gm_span_top(t) != NULL;
}

/* Return true if the call that returns has begun a span. The tasks of most calls have none. */
static __always_inline int gm_syscall_has_span(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	return t && t->depth && gm_syscall_discard_others();
}

/* The two programs of a call; a body follows each. */
#define GM_SYS_ENTER(call)								\
static __always_inline int gm_enter_##call(struct trace_event_raw_sys_enter *ctx);	\
SEC("?tracepoint/syscalls/sys_enter_" #call)						\
int gm_sys_enter_##call(struct trace_event_raw_sys_enter *ctx)				\
{											\
	GM_MAY_SKIP();									\
	if (gm_enter_##call(ctx))							\
		gm_syscall_mark_span();							\
	return 0;									\
}											\
static __always_inline int gm_enter_##call(struct trace_event_raw_sys_enter *ctx)

#define GM_SYS_EXIT(call)								\
static __always_inline int gm_exit_##call(struct trace_event_raw_sys_exit *ctx);	\
SEC("?tracepoint/syscalls/sys_exit_" #call)						\
int gm_sys_exit_##call(struct trace_event_raw_sys_exit *ctx)				\
{											\
	GM_MAY_SKIP();									\
	return gm_exit_##call(ctx);							\
}											\
static __always_inline int gm_exit_##call(struct trace_event_raw_sys_exit *ctx)

#endif
