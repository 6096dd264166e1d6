/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_span.bpf.h - spans: the calls of a task that are under way, as a stack.
 *
 * Protocol. gm_span_begin() at a call's entry pushes a span, and the caller fills ids and arguments. gm_span_end() of
 * the same kind at the return pops it, with its times; the caller emits the event from it before it begins another
 * span, as the place is used again. Spans nest: dur_ns less the nested spans is self_ns (the release of a gmem file
 * contains the whole destruction of its VM if gmem closes last).
 *
 * Errors. Returns get missed. A span above the one that ends is discarded and counted (gm_span_discard()); the entry of
 * a call that cannot be nested discards all (gm_span_discard_stale()). A return without an entry finds no span: NULL.
 */
#ifndef GM_SPAN_BPF_H
#define GM_SPAN_BPF_H

#include "gm_task.bpf.h"

/* The innermost span, or NULL. */
static __always_inline struct gm_span *gm_span_top(struct gm_task_state *t)
{
	__u32 d = t->depth;

	if (!d || d > GM_NEST)
		return NULL;
	return &t->span[(d - 1) & (GM_NEST - 1)];
}

/* The innermost span of the current task, or NULL. */
static __always_inline struct gm_span *gm_span_current(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	return t ? gm_span_top(t) : NULL;
}

/* The call of the innermost span, or NULL. */
static __always_inline struct gm_span_call *gm_span_call_top(struct gm_task_state *t)
{
	return gm_span_top(t) ? &t->call[(t->depth - 1) & (GM_NEST - 1)] : NULL;
}

/* Discards the innermost span, whose return was missed. */
static __always_inline void gm_span_discard(struct gm_task_state *t)
{
	struct gm_span *s = gm_span_top(t);

	if (!s)
		return;
	t->depth--;
	if (s->kind == GM_K_CLOSING)
		return; /* the scan finds what it ended */
	gm_count_loss(GM_LOSS_UNFINISHED);
	gm_op_inc(gm_phase_of(s->kind), unfinished);
}

GM_GLOBAL int gm_span_discard_all(struct gm_task_state *t)
{
	int i;

	if (!t)
		return 0;
	for (i = 0; i < GM_NEST && t->depth; i++)
		gm_span_discard(t);
	t->depth = 0;
	return 0;
}

/* At the entry of a call that no other call contains, such as an ioctl: discards what is still on the stack. */
static __always_inline void gm_span_discard_stale(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	if (t && t->depth)
		gm_span_discard_all(t);
}

/* Push a span at the entry of a call. NULL: the call is not followed (counted). */
static __always_inline struct gm_span *gm_span_begin(__u32 kind)
{
	struct gm_task_state *t = gm_task_state_get_or_create();
	struct gm_span *s;
	__u32 d;

	if (!t)
		return NULL;
	d = t->depth;
	if (d >= GM_NEST) {
		gm_count_loss(GM_LOSS_NEST);
		gm_span_discard_all(t); /* no real nesting is that deep: returns were missed */
		d = 0;
	}
	s = &t->span[d & (GM_NEST - 1)];
	__builtin_memset(s, 0, sizeof(*s));
	__builtin_memset(&t->call[d & (GM_NEST - 1)], 0, sizeof(t->call[0]));
	s->kind = kind;
	s->off_ns = t->off_ns;
	s->blocked_ns = t->blocked_ns;
	t->depth = d + 1;
	gm_op_inc(gm_phase_of(kind), seen);
	s->t0 = gm_now();
	return s;
}

/* Pop the span of a task's call, as gm_span_end(). */
static __always_inline struct gm_span *gm_span_end_of(struct gm_task_state *t, __u32 kind, __u64 now)
{
	struct gm_span *s = NULL, *parent;
	__u32 d;
	int i;

	for (i = 0; i < GM_NEST; i++) {
		s = gm_span_top(t);
		if (!s)
			return NULL;
		if (s->kind == kind)
			break;
		/* Only discard if a span of this kind is below; without one, the entry came before the tool. */
		d = (t->depth - 2) & (GM_NEST - 1);
		if (t->depth < 2 || t->span[d].kind != kind)
			return NULL;
		gm_span_discard(t);
	}
	t->depth--;
	s->dur_ns = now > s->t0 ? now - s->t0 : 0;
	s->self_ns = s->dur_ns > s->child_ns ? s->dur_ns - s->child_ns : 0;
	parent = gm_span_top(t);
	s->off_ns = t->off_ns - s->off_ns;
	s->blocked_ns = t->blocked_ns - s->blocked_ns;
	s->parent_kind = parent ? parent->kind : 0;
	if (parent) {
		parent->child_ns += s->dur_ns;
		parent->child_off_ns += s->off_ns;
		parent->child_blocked_ns += s->blocked_ns;
	}
	s->off_ns -= s->child_off_ns;
	s->blocked_ns -= s->child_blocked_ns;
	return s;
}

/*
 * Pop the span of a call that returns, with dur_ns, self_ns and parent_kind; NULL: the call's entry was not seen. Spans
 * above it are discarded: their returns were missed.
 */
static __always_inline struct gm_span *gm_span_end(__u32 kind)
{
	__u64 now = gm_now();
	struct gm_task_state *t = gm_task_state_peek_current();

	return t ? gm_span_end_of(t, kind, now) : NULL;
}

/* Counts the outcome of a span's operation. emitted: its event is in the ring. */
static __always_inline void gm_span_account(const struct gm_span *s, __s64 ret, int emitted)
{
	__u32 phase = gm_phase_of(s->kind);

	if (!s->kind)
		return;
	if (!emitted)
		gm_op_inc(phase, lost);
	else if (ret < 0)
		gm_op_inc(phase, failed);
	else
		gm_op_inc(phase, done);
}

#endif
