/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_syscall.bpf.h - programs of system calls' tracepoints, and which span belongs to which call.
 *
 * Every call of a kind comes by these programs, and the kernel may skip a run of them: of the entry, of the return,
 * or of several in a row. A span whose return was skipped is still there when another call returns, which may be one
 * of any file. So a span knows the call that began it.
 */
#ifndef GM_SYSCALL_BPF_H
#define GM_SYSCALL_BPF_H

#include "gm_core.bpf.h"

/*
 * The arguments of the system call that the current task is in, as its registers have them: the same at its entry and
 * at its return.
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
 * A number for them, never 0. The next call of the same arguments has the same number: its entry drops what is left
 * of this one.
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

/* The call's entry has begun a span, if it is one of interest. */
GM_GLOBAL int gm_syscall_begun(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span_call *c = t ? gm_span_call_top(t) : NULL;

	if (c && !c->nr)
		c->nr = gm_syscall_id();
	return 0;
}

/*
 * At the call's return: drops the spans that it has not begun, whose own returns were missed. Return 1 if the
 * innermost one is its own.
 */
GM_GLOBAL int gm_syscall_drop_others(void)
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

/* Return true if the call that returns has begun a span. Most calls find that their task has none. */
static __always_inline int gm_syscall_returns(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	return t && t->depth && gm_syscall_drop_others();
}

/*
 * The two programs of a call; a body follows. That of the entry returns 1 if it may have begun a span.
 */
#define GM_SYS_ENTER(call)								\
static __always_inline int gm_enters_##call(struct trace_event_raw_sys_enter *ctx);	\
SEC("?tracepoint/syscalls/sys_enter_" #call)						\
int gm_sys_enter_##call(struct trace_event_raw_sys_enter *ctx)				\
{											\
	GM_MAY_SKIP();									\
	if (gm_enters_##call(ctx))							\
		gm_syscall_begun();							\
	return 0;									\
}											\
static __always_inline int gm_enters_##call(struct trace_event_raw_sys_enter *ctx)

#define GM_SYS_EXIT(call)								\
static __always_inline int gm_exits_##call(struct trace_event_raw_sys_exit *ctx);	\
SEC("?tracepoint/syscalls/sys_exit_" #call)						\
int gm_sys_exit_##call(struct trace_event_raw_sys_exit *ctx)				\
{											\
	GM_MAY_SKIP();									\
	return gm_exits_##call(ctx);							\
}											\
static __always_inline int gm_exits_##call(struct trace_event_raw_sys_exit *ctx)

#endif
