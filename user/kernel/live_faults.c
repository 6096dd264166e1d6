// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_faults.c - events of single faults. A stack's addresses are replaced by names here, and go no further. */
#include <string.h>

#include "base/log.h"
#include "kernel/live_int.h"

void gm_live_need_ksyms(struct gm_live *l)
{
	if (!l->ksyms_tried && gm_ksyms_read(&l->ksyms, "/proc/kallsyms"))
		gm_info("/proc/kallsyms cannot be read: stacks have no names");
	l->ksyms_tried = true;
}

static void name_stack(struct gm_live *l, const struct gm_raw_fault *raw, struct gm_ev_fault *e)
{
	uint64_t ip[GM_STACK_MAX];

	gm_live_need_ksyms(l);
	for (unsigned int i = 0; i < GM_STACK_MAX; i++)
		ip[i] = raw->ip[i];
	e->frames = gm_ksyms_stack(l->ksyms, ip, GM_STACK_MAX, e->stack, sizeof(e->stack));
}

void gm_live_handle_fault(struct gm_live *l, const struct gm_raw_fault *raw, size_t len)
{
	union gm_any u;
	struct gm_ev_fault *e = &u.as_FAULT;

	if (len < sizeof(raw->event)) {
		l->bad_records++;
		return;
	}
	memset(e, 0, sizeof(*e));
	memcpy(e, raw->event, sizeof(raw->event));
	e->ev.h.kind = GM_K_FAULT;
	e->ev.h.len = sizeof(*e);
	if (len >= sizeof(*raw))
		name_stack(l, raw, e);
	gm_live_push(l, &u);
}
