/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_call.bpf.h - calls that may come as often as faults (fallocate, punch, convert, the zaps within a punch), summed
 * in their VM's histograms. A guest that accepts its memory lazily makes one for each of its pages.
 *
 * Protocol. A call ends as an event or is summed, never both. The first calls of a VM in a period are events
 * (gm_conf.calls of them), and so are those of which a sum would hide what only the single call shows: a punch of half
 * of a file, from which a reboot in place begins; a call that took longer than the user's limit; one that began before
 * pages were counted; a zap that belongs to no punch. Without room for a VM's histograms a call is an event.
 */
#ifndef GM_CALL_BPF_H
#define GM_CALL_BPF_H

#include "gm_ops.bpf.h"
#include "gm_vm_hists.bpf.h"

/*
 * Number of the period whose events are counted together: 2^29 ns, half a second. A teardown's acts are at most a
 * second apart (model/reboot_steps.c), so the events of a flood of calls show that it is one.
 */
static __always_inline __u64 gm_calls_period(const struct gm_span *s)
{
	return s->t0 >> 29;
}

/* Return true if a call is beyond the number that a period may have as events. Calls that race may be some more. */
static __always_inline int gm_call_is_beyond(struct gm_vm_hists *h, const struct gm_span *s)
{
	__u64 period = gm_calls_period(s) << 32, sent = h->calls_sent;

	if (sent < period)
		sent = period;
	if ((__u32)sent >= gm_conf.calls)
		return 1;
	h->calls_sent = sent + 1;
	return 0;
}

/* Return true for a call of which only the event shows what matters. */
static __always_inline int gm_call_is_single(const struct gm_span *s, __s64 ret)
{
	if (gm_began_unwatched(s->t0) || (gm_conf.slow_ns && s->dur_ns >= gm_conf.slow_ns))
		return 1;
	if (s->kind == GM_K_PUNCH)
		return gm_conf.reboots && ret >= 0 && s->covers_half;
	return s->kind == GM_K_ZAP && s->parent_kind != GM_K_PUNCH;
}

static __always_inline void gm_call_add(struct gm_vm_hists *h, __u32 i, const struct gm_span *s, __s64 ret)
{
	struct gm_call_totals *t = &h->calls[i];
	__u64 pages = s->kind == GM_K_FALLOCATE || s->kind == GM_K_PUNCH ? s->pages : s->a.range.npages;

	if (ret < 0) {
		__sync_fetch_and_add(&t->failed, 1);
		return;
	}
	if (pages)
		__sync_fetch_and_add(&t->pages, pages);
	t->last_ns = s->t0 + s->dur_ns;
	gm_vm_hists_add_at(h, GM_HISTS_HOT + i, s->self_ns);
}

/* Sums a call that ended. s: its span. Return 0: it has to be an event. */
GM_GLOBAL int gm_call_sum(const struct gm_span *s, __s64 ret)
{
	struct gm_vm_hists *h;
	__u32 i;

	if (!s || gm_call_is_single(s, ret))
		return 0;
	i = GM_CALLS_OF_PHASE(gm_phase_of(s->kind));
	h = i < GM_CALL_PHASES ? gm_vm_hists_get(s->vm) : NULL;
	if (!h || !gm_call_is_beyond(h, s))
		return 0;
	gm_call_add(h, i, s, ret);
	gm_span_account(s, ret, 1);
	return 1;
}

#endif
