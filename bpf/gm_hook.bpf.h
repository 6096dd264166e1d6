/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_hook.bpf.h - programs at a kernel function's entry and return.
 *
 * Protocol. A file writes two functions and one line behind them:
 *
 *	static __always_inline int NAME_enter(TYPE a, ...)	the function's first arguments, one per TYPE
 *	static __always_inline int NAME_exit(__s64 ret)
 *	GM_BRACKET(NAME, FUNCTION, TYPE, ...)
 *
 * The macro makes a program for each mechanism (fsession, fentry and fexit, kprobe and kretprobe) and casts the
 * arguments; the loader attaches those of one mechanism. Name only arguments that every kernel's version of the
 * function has. The kernel skips programs: an entry without a return and a return without an entry both happen.
 */
#ifndef GM_HOOK_BPF_H
#define GM_HOOK_BPF_H

#include "gm_span.bpf.h"

/* The first arguments of a function, cast to these types: of a trampoline's context, and by a kprobe's registers. */
#define GM_CTX0(c)
#define GM_CTX1(c, A)		(A)(c)[0]
#define GM_CTX2(c, A, B)	GM_CTX1(c, A), (B)(c)[1]
#define GM_CTX3(c, A, B, C)	GM_CTX2(c, A, B), (C)(c)[2]
#define GM_CTX4(c, A, B, C, D)	GM_CTX3(c, A, B, C), (D)(c)[3]
#define GM_CTX(c, ...)		___bpf_apply(GM_CTX, ___bpf_narg(__VA_ARGS__))(c, ##__VA_ARGS__)

#define GM_REGS0(c)
#define GM_REGS1(c, A)		(A)PT_REGS_PARM1(c)
#define GM_REGS2(c, A, B)	GM_REGS1(c, A), (B)PT_REGS_PARM2(c)
#define GM_REGS3(c, A, B, C)	GM_REGS2(c, A, B), (C)PT_REGS_PARM3(c)
#define GM_REGS4(c, A, B, C, D)	GM_REGS3(c, A, B, C), (D)PT_REGS_PARM4(c)
#define GM_REGS(c, ...)		___bpf_apply(GM_REGS, ___bpf_narg(__VA_ARGS__))(c, ##__VA_ARGS__)

/*
 * bpf_session_is_return(ctx), for fsession programs: kernels from 7.0 on. The loader inserts that kfunc's number
 * (attach_progs.c): as an extern its prototype would not fit the function of this name that earlier kernels have, and
 * libbpf would refuse the object.
 */
static __always_inline bool gm_at_return(void *ctx)
{
	__u64 ret;

	asm volatile("r1 = %[ctx]; call %[placeholder]; %[ret] = r0"
		     : [ret] "=r"(ret)
		     : [ctx] "r"(ctx), [placeholder] "i"(GM_CALL_AT_RETURN)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
	return ret & 0xff;
}

/* ---- twins ---- */

/*
 * A twin is a second program at the same function, for calls that are few and whose events nothing else replaces. The
 * kernel skips a program that is under way on the same CPU in a preempted task, each program by itself: so one of the
 * two runs, nearly always, and the first to come does the work. Both see the call's frame at the same address, at its
 * entry and at its return (the context of a trampoline's program: on the task's stack).
 */
enum gm_twin { GM_TWIN_NONE, GM_TWIN_A, GM_TWIN_B };

/*
 * At entry: return 1 if the other twin has begun this very call. A span that both began at an earlier call in this
 * frame is discarded: both missed its return. frame: by pointer, as the verifier takes no context for a number.
 */
GM_GLOBAL int gm_twin_began_call(const __u64 *frame, __u32 me)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span_call *c = t ? gm_span_call_top(t) : NULL;

	if (!c || !frame || c->frame != *frame)
		return 0;
	if (c->twin != me && !c->met) {
		c->met = 1;
		return 1;
	}
	gm_span_discard(t);
	return 0;
}

/* After the work of an entry: the span that it has begun, if any, belongs to this call. */
GM_GLOBAL int gm_twin_mark_span(const __u64 *frame, __u32 me)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span_call *c = t ? gm_span_call_top(t) : NULL;

	if (c && frame && !c->frame) {
		c->frame = *frame;
		c->twin = me;
	}
	return 0;
}

/* At return: return 1 if the call's span is still open; otherwise the other twin has ended it. */
GM_GLOBAL int gm_twin_span_is_open(const __u64 *frame)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	__u32 i;

	if (!t || !frame)
		return 0;
	for (i = 0; i < GM_NEST && i < t->depth; i++)
		if (t->call[i].frame == *frame)
			return 1;
	return 0;
}

/* ---- what a program does at a function's entry and return ---- */

#define GM_ENTER_PLAIN(name, ctx, me, ...)	name##_enter(GM_CTX(ctx, ##__VA_ARGS__))
#define GM_ENTER_TWIN(name, ctx, me, ...)						\
({											\
	__u64 __frame = (__u64)ctx;							\
	if (!gm_twin_began_call(&__frame, me)) {					\
		name##_enter(GM_CTX(ctx, ##__VA_ARGS__));				\
		__frame = (__u64)ctx;							\
		gm_twin_mark_span(&__frame, me);					\
	}										\
	0;										\
})
/* a0: the function's first argument; 0 where a kretprobe does not have it */
#define GM_EXIT_PLAIN(name, ctx, a0, ret, ...)		name##_exit(ret)
#define GM_EXIT_CTX(name, ctx, a0, ret, ...)		name##_exit(ctx, ret)
#define GM_EXIT_ARG(name, ctx, a0, ret, type, ...)	name##_exit(ctx, (type)(a0), ret)
#define GM_EXIT_TWIN(name, ctx, a0, ret, ...)						\
({											\
	__u64 __frame = (__u64)ctx;							\
	gm_twin_span_is_open(&__frame) ? name##_exit(ret) : 0;				\
})

/*
 * The programs of trampolines. The return value comes by bpf_get_func_ret(), as the number of arguments differs between
 * kernels; functions that return int leave the upper half of the register undefined, hence the cast.
 */
#define GM_TRAMPOLINE(prog, name, sym, ENTER, EXIT, me, ...)				\
SEC("?fsession/" #sym) int prog##_fsession(unsigned long long *ctx)			\
{											\
	__u64 ret = 0;									\
											\
	GM_MAY_SKIP();									\
	if (!gm_at_return(ctx))								\
		return ENTER(name, ctx, me, ##__VA_ARGS__);				\
	bpf_get_func_ret(ctx, &ret);							\
	return EXIT(name, ctx, ctx[0], (__s64)(int)ret, ##__VA_ARGS__);			\
}											\
SEC("?fentry/" #sym) int prog##_fentry(unsigned long long *ctx)				\
{											\
	GM_MAY_SKIP();									\
	return ENTER(name, ctx, me, ##__VA_ARGS__);					\
}											\
SEC("?fexit/" #sym) int prog##_fexit(unsigned long long *ctx)				\
{											\
	__u64 ret = 0;									\
											\
	GM_MAY_SKIP();									\
	bpf_get_func_ret(ctx, &ret);							\
	return EXIT(name, ctx, ctx[0], (__s64)(int)ret, ##__VA_ARGS__);			\
}

/*
 * The programs of kprobe and kretprobe. While one such program is under way, the kernel skips all of them on that CPU:
 * a twin would be skipped, too.
 */
#define GM_KPROBES(name, sym, EXIT, ...)						\
SEC("?kprobe/" #sym) int name##_kprobe(struct pt_regs *ctx)				\
{											\
	GM_MAY_SKIP();									\
	return name##_enter(GM_REGS(ctx, ##__VA_ARGS__));				\
}											\
SEC("?kretprobe/" #sym) int name##_kretprobe(struct pt_regs *ctx)			\
{											\
	GM_MAY_SKIP();									\
	return EXIT(name, ctx, 0, (__s64)(int)PT_REGS_RC(ctx), ##__VA_ARGS__);		\
}

/* Brackets a kernel function. */
#define GM_BRACKET(name, sym, ...)							\
GM_TRAMPOLINE(name, name, sym, GM_ENTER_PLAIN, GM_EXIT_PLAIN, GM_TWIN_NONE, ##__VA_ARGS__) \
GM_KPROBES(name, sym, GM_EXIT_PLAIN, ##__VA_ARGS__)

/* Brackets a function for a NAME_exit(void *ctx, __s64 ret) that takes a stack. */
#define GM_BRACKET_CTX(name, sym, ...)							\
GM_TRAMPOLINE(name, name, sym, GM_ENTER_PLAIN, GM_EXIT_CTX, GM_TWIN_NONE, ##__VA_ARGS__) \
GM_KPROBES(name, sym, GM_EXIT_CTX, ##__VA_ARGS__)

/* Brackets a function for a NAME_exit(void *ctx, TYPE a, __s64 ret) that needs the first argument; 0: unknown. */
#define GM_BRACKET_ARG(name, sym, ...)							\
GM_TRAMPOLINE(name, name, sym, GM_ENTER_PLAIN, GM_EXIT_ARG, GM_TWIN_NONE, ##__VA_ARGS__) \
GM_KPROBES(name, sym, GM_EXIT_ARG, ##__VA_ARGS__)

/* Brackets a function with a twin: column twin of the table of probes. */
#define GM_BRACKET_TWIN(name, sym, ...)							\
GM_TRAMPOLINE(name, name, sym, GM_ENTER_TWIN, GM_EXIT_TWIN, GM_TWIN_A, ##__VA_ARGS__)	\
GM_TRAMPOLINE(name##_twin, name, sym, GM_ENTER_TWIN, GM_EXIT_TWIN, GM_TWIN_B, ##__VA_ARGS__) \
GM_KPROBES(name, sym, GM_EXIT_PLAIN, ##__VA_ARGS__)

#endif
