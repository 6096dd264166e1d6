// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* event_text.c - gmemsnoop's lines. */

#include <stdio.h>
#include <string.h>
#include "base/fmt.h"
#include "model/observe.h"
#include "report/frame.h"
#include "report/json_lines.h"
#include "report/text.h"

#define KVM_ATTR_PRIVATE (1ULL << 3)	/* KVM_MEMORY_ATTRIBUTE_PRIVATE */

/* The time column holds two and a half hours; the detail gets the rest of the 80 columns. */
#define WIDTH 80
#define MACHINE_COLS 15
#define MACHINE_MAX 36
#define COMM_COLS 8
#define DETAIL_MORE 20
#define COMM_MAX (GM_COMM_LEN - 1)

/* Return the columns of COMM, the first to become wider; then the detail gets DETAIL_MORE more, then MACHINE. */
static unsigned int comm_cols(unsigned int width)
{
	unsigned int more = width > WIDTH ? width - WIDTH : 0;

	return COMM_COLS + more < COMM_MAX ? COMM_COLS + more : COMM_MAX;
}

static unsigned int machine_cols(unsigned int width)
{
	unsigned int all = WIDTH + COMM_MAX - COMM_COLS + DETAIL_MORE, more = width > all ? width - all : 0;

	return MACHINE_COLS + more < MACHINE_MAX ? MACHINE_COLS + more : MACHINE_MAX;
}

void gm_text_event_head(struct gm_str *out, unsigned int width)
{
	gm_str_printf(out, "%8s %-10s %3s %-*s %7s %-*s %6s %s\n", "TIME", "KIND", "VM", (int)machine_cols(width),
		      "MACHINE", "PID", (int)comm_cols(width), "COMM", "DUR", "DETAIL");
}

/* Write pages as a size; the page size is not known before the meta record. */
static const char *format_pages(char *buf, size_t size, const struct gm_model *m, uint64_t pages)
{
	if (!m->meta.page_size)
		snprintf(buf, size, "%llu pages", (unsigned long long)pages);
	else
		gm_fmt_bytes(buf, size, pages * m->meta.page_size);
	return buf;
}

static void format_slot(char *buf, size_t size, uint32_t slot)
{
	if (slot >> 16)
		snprintf(buf, size, "slot %u:%u", slot >> 16, slot & 0xffff);
	else
		snprintf(buf, size, "slot %u", slot);
}

static void detail_zap(char *buf, size_t size, const char *range, const struct gm_ev_range *r)
{
	uint64_t sptes = 0;
	char nr[8];

	for (unsigned int k = 0; k < GM_LEVELS; k++)
		sptes += r->sptes[k];
	if (r->ev.flags & GM_EV_SPTES)
		snprintf(buf, size, "%s%s%s SPTEs", range, *range ? " " : "",
			 gm_fmt_count(nr, sizeof(nr), (double)sptes));
	else
		snprintf(buf, size, "%s", range);
}

/* Write pages that moved, or "-" if they were not counted. */
static const char *format_moved(char *buf, size_t size, const struct gm_model *m, const union gm_any *rec,
				const char *sign, uint64_t pages)
{
	char number[32];

	if (gm_event_pages_are_known(m, rec))
		snprintf(buf, size, "%s%s", sign, format_pages(number, sizeof(number), m, pages));
	else
		snprintf(buf, size, "-");
	return buf;
}

/*
 * Write pages that were allocated or freed, and one word that fits the column: the cause, else the call, else the size
 * of the range; JSON has all of these. A likely cause has a tilde; fallocate's own call needs no word.
 */
static void detail_moved(char *buf, size_t size, const struct gm_model *m, const union gm_any *rec, const char *sign,
			 const char *range)
{
	const struct gm_ev_range *r = &rec->as_PUNCH;
	const struct gm_cause *cause = gm_punch_cause(m, rec);
	char b[34];

	format_moved(b, sizeof(b), m, rec, sign, r->pages);
	if (cause)
		snprintf(buf, size, "%s %s%s", b, strcmp(cause->by, "pattern") ? "" : "~", cause->name);
	else if (r->call && r->call != GM_CALL_FALLOCATE)
		snprintf(buf, size, "%s %s", b,
			 gm_call_name(r->call == GM_CALL_PROCESS_MADVISE ? GM_CALL_MADVISE : r->call));
	else
		snprintf(buf, size, "%s of %s", b, r->ev.flags & GM_EV_BY_SCAN ? "?" : range);
}

static void detail_range(char *buf, size_t size, const struct gm_model *m, const union gm_any *rec)
{
	const struct gm_ev_range *r = &rec->as_BIND;
	char a[32], s[32];

	format_pages(a, sizeof(a), m, r->npages);
	format_slot(s, sizeof(s), r->slot);
	switch (r->ev.h.kind) {
	case GM_K_BIND:
	case GM_K_UNBIND: snprintf(buf, size, "%s %s", s, a); break;
	case GM_K_FALLOCATE: detail_moved(buf, size, m, rec, "+", a); break;
	case GM_K_PUNCH: detail_moved(buf, size, m, rec, "-", a); break;
	case GM_K_CONVERT:
		snprintf(buf, size, "%s %s", a, r->attrs & KVM_ATTR_PRIVATE ? "to private" : "to shared");
		break;
	case GM_K_MEMORY_FAILURE: snprintf(buf, size, "page %llu", (unsigned long long)r->pgoff); break;
	case GM_K_ZAP: detail_zap(buf, size, r->npages ? a : "", r); break;
	default: snprintf(buf, size, "%s", r->npages ? a : "");
	}
}

static void detail_inode(char *buf, size_t size, const struct gm_model *m, const union gm_any *rec)
{
	const struct gm_ev_inode *r = &rec->as_CREATE;
	bool by_scan = r->ev.flags & GM_EV_BY_SCAN;
	char a[34];

	if (r->ev.h.kind == GM_K_CREATE && by_scan)
		snprintf(buf, size, "-");
	else if (r->ev.h.kind == GM_K_CREATE && r->gmem_flags)
		snprintf(buf, size, "%s flags 0x%llx", gm_fmt_bytes(a, sizeof(a), r->size_bytes),
			 (unsigned long long)r->gmem_flags);
	else if (r->ev.h.kind == GM_K_CREATE)
		snprintf(buf, size, "%s", gm_fmt_bytes(a, sizeof(a), r->size_bytes));
	else if (r->ev.h.kind == GM_K_RELEASE && by_scan)
		snprintf(buf, size, "found closed");
	else
		snprintf(buf, size, "%s %s", format_moved(a, sizeof(a), m, rec, "", r->pages),
			 r->ev.h.kind == GM_K_RELEASE ? "resident" : "freed");
}

static const char *fault_name(unsigned int phase)
{
	return phase == GM_PHASE_GUEST_FAULT ? "guest" : phase == GM_PHASE_HOST_FAULT ? "host" : "prefault";
}

/* Write the fault kind, the place, and the largest part; JSON has all parts. */
static void detail_fault(char *buf, size_t size, const struct gm_ev_fault *r)
{
	unsigned int most = GM_PART_OTHER;
	char where[40] = "", dur[8];

	if (r->flags & GM_FAULT_GFN)
		snprintf(where, sizeof(where), " gfn 0x%llx", (unsigned long long)r->gfn);
	else if (r->flags & GM_FAULT_PGOFF)
		snprintf(where, sizeof(where), " page %llu", (unsigned long long)r->pgoff);
	for (unsigned int p = 0; p < GM_PART_NR; p++)
		if (r->part_ns[p] > r->part_ns[most])
			most = p;
	if (r->ev.ret < 0)
		snprintf(buf, size, "! %s%s %s", fault_name(r->phase), where, strerror((int)-r->ev.ret));
	else
		snprintf(buf, size, "%s%s %s %s%s", fault_name(r->phase), where, gm_part_name(most),
			 gm_fmt_ns(dur, sizeof(dur), r->part_ns[most]),
			 r->flags & GM_FAULT_UNFINISHED ? " unfinished"
			 : r->retries			? " retried"
							: "");
}

void gm_text_stack(struct gm_str *out, const union gm_any *rec)
{
	const char *s = rec->h.kind == GM_K_FAULT ? rec->as_FAULT.stack : "";
	char frame[sizeof(rec->as_FAULT.stack)], plain[sizeof(frame)];

	while (*s) {
		size_t n = strcspn(s, ";");

		snprintf(frame, sizeof(frame), "%.*s", (int)n, s);
		gm_str_printf(out, "%20s%s\n", "", gm_plain(plain, sizeof(plain), frame));
		s += n + (s[n] == ';');
	}
}

static void format_detail(char *buf, size_t size, const struct gm_model *m, const union gm_any *rec)
{
	buf[0] = '\0';
	if (rec->h.kind == GM_K_FAULT && rec->ev.ret > -4096)
		detail_fault(buf, size, &rec->as_FAULT);
	else if (rec->ev.ret < 0 && rec->ev.ret > -4096)
		snprintf(buf, size, "! %s", strerror((int)-rec->ev.ret));
	else if (rec->h.kind == GM_K_VM_CREATE && rec->ev.flags & GM_EV_BY_SCAN)
		snprintf(buf, size, "-");
	else if (rec->h.kind == GM_K_VM_CREATE)
		snprintf(buf, size, "type %llu", (unsigned long long)rec->as_VM_CREATE.type);
	else if (rec->h.kind == GM_K_RESET)
		snprintf(buf, size, "boot vcpu%s",
			 !rec->as_RESET.underway    ? ""
			 : rec->as_RESET.boot_exits ? ", then a snapshot"
						    : ", guest running");
	else if (rec->h.kind == GM_K_CREATE || rec->h.kind == GM_K_RELEASE || rec->h.kind == GM_K_EVICT)
		detail_inode(buf, size, m, rec);
	else if (rec->h.kind != GM_K_VM_DESTROY)
		detail_range(buf, size, m, rec);
}

static void number_or_dash(char *buf, size_t size, uint32_t id)
{
	if (id)
		snprintf(buf, size, "%u", id);
	else
		snprintf(buf, size, "-");
}

void gm_text_event(struct gm_str *out, const struct gm_model *m, const union gm_any *rec, unsigned int width)
{
	const struct gm_ev *ev = &rec->ev;
	char time[16], vm[12], pid[GM_PID_LEN], comm[4 * GM_COMM_LEN + 16], machine[320], dur[8] = "-", what[80],
											  head[32];
	uint64_t since = ev->h.ts_ns > m->first_ns ? ev->h.ts_ns - m->first_ns : 0;
	const struct gm_vm *v = gm_event_vm(m, ev);
	const char *name;

	if (!gm_kind_is_event(rec->h.kind) || !gm_kind_name(rec->h.kind))
		return;
	snprintf(time, sizeof(time), "%.3f", (double)since / 1e9);
	number_or_dash(vm, sizeof(vm), ev->vm ? ev->vm : v ? v->id : 0);
	gm_pid_text(pid, ev->tgid);
	name = gm_vm_machine_name(v);
	gm_shorten(gm_plain(machine, sizeof(machine), name[0] ? name : "-"), machine_cols(width));
	snprintf(head, sizeof(head), "%.*s", GM_COMM_LEN, ev->comm);
	gm_shorten(gm_plain(comm, sizeof(comm), head[0] ? head : "-"), comm_cols(width));
	if (!(ev->flags & GM_EV_NODUR))
		gm_fmt_ns(dur, sizeof(dur), ev->dur_ns);
	format_detail(what, sizeof(what), m, rec);
	gm_str_printf(out, "%8s %-10s %3s %s %7s %s %6s%s%s\n", time, gm_kind_name(ev->h.kind), vm,
		      gm_pad(machine, sizeof(machine), machine_cols(width)), pid,
		      gm_pad(comm, sizeof(comm), comm_cols(width)), dur, what[0] ? " " : "", what);
}

void gm_text_no_event(struct gm_str *out, const struct gm_model *m, uint64_t left_out)
{
	if (left_out)
		gm_str_printf(out, "no matching event; %llu others were seen\n", (unsigned long long)left_out);
	else
		gm_str_printf(out, "no event was seen%s\n", gm_empty_why(m));
}
