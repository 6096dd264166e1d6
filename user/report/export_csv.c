// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* export_csv.c - events as CSV rows. A field that an event does not have is an empty cell. */
#include "base/utf8.h"
#include "report/export_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/csv.h"

#include "model/observe.h"
#include "report/csv_time.h"
#include "report/json_lines.h"

struct csv {
	bool begun;
};

static const char head[] = GM_CSV_TIME ",kind,machine,vm,file,inode,pid,tid,comm,dur_ns,self_ns,ret,"
			   "pgoff_pages,length_pages,pages,size_bytes,slot,"
			   "phase,alloc_ns,zero_ns,prepare_ns,map_ns,other_ns\r\n";

static void put_text(struct gm_str *out, const char *s)
{
	gm_str_puts(out, ",");
	gm_csv_text(out, s);
}

static void put_u64(struct gm_str *out, uint64_t v)
{
	gm_str_printf(out, ",%" PRIu64, v);
}

/* Write a number; 0: not known, an empty cell. */
static void put_known(struct gm_str *out, uint64_t v)
{
	if (v)
		put_u64(out, v);
	else
		gm_str_puts(out, ",");
}

static void put_event(struct gm_str *out, const struct gm_model *m, const struct gm_ev *ev)
{
	char comm[GM_COMM_LEN + 1], clean[64];

	snprintf(comm, sizeof(comm), "%.*s", GM_COMM_LEN, ev->comm);
	gm_csv_time(out, m, ev->h.ts_ns);
	put_text(out, gm_kind_name(ev->h.kind));
	put_text(out, gm_vm_machine_name(gm_event_vm(m, ev)));
	put_known(out, ev->vm);
	put_known(out, ev->file);
	put_known(out, ev->inode);
	put_known(out, gm_pid(ev->tgid));
	put_known(out, gm_pid(ev->tid));
	put_text(out, gm_clean(clean, sizeof(clean), comm, strlen(comm)));
	if (ev->flags & GM_EV_NODUR)
		gm_str_puts(out, ",,");
	else
		gm_str_printf(out, ",%" PRIu64 ",%" PRIu64, (uint64_t)ev->dur_ns, (uint64_t)ev->self_ns);
	gm_str_printf(out, ",%" PRId64, (int64_t)ev->ret);
}

static void put_pages(struct gm_str *out, const struct gm_model *m, const union gm_any *rec, uint64_t pages)
{
	if (gm_event_pages_are_known(m, rec))
		put_u64(out, pages);
	else
		gm_str_puts(out, ",");
}

/* Write pgoff, length, pages, size, slot. */
static void put_range(struct gm_str *out, const struct gm_model *m, const union gm_any *rec)
{
	const struct gm_ev_range *r = &rec->as_PUNCH;

	switch (rec->h.kind) {
	case GM_K_CREATE:
	case GM_K_RELEASE:
	case GM_K_EVICT:
		gm_str_puts(out, ",,");
		put_pages(out, m, rec, rec->as_CREATE.pages);
		put_known(out, rec->as_CREATE.size_bytes);
		gm_str_puts(out, ",");
		return;
	case GM_K_FAULT:
		if (rec->as_FAULT.flags & GM_FAULT_PGOFF)
			put_u64(out, rec->as_FAULT.pgoff);
		else
			gm_str_puts(out, ",");
		gm_str_puts(out, ",,,,");
		return;
	case GM_K_VM_CREATE:
	case GM_K_VM_DESTROY: gm_str_puts(out, ",,,,,"); return;
	}
	put_u64(out, r->pgoff);
	put_u64(out, r->npages);
	put_pages(out, m, rec, r->pages);
	gm_str_puts(out, ",");
	put_u64(out, r->slot);
}

static void put_parts(struct gm_str *out, const union gm_any *rec)
{
	if (rec->h.kind != GM_K_FAULT) {
		gm_str_puts(out, ",,,,,,");
		return;
	}
	put_text(out, gm_phase_name(rec->as_FAULT.phase));
	for (unsigned int p = 0; p < GM_PART_NR; p++)
		put_u64(out, rec->as_FAULT.part_ns[p]);
}

static void put_head_once(struct csv *c, struct gm_str *out)
{
	if (!c->begun)
		gm_str_puts(out, head);
	c->begun = true;
}

static int csv_event(void *state, const struct gm_model *m, const union gm_any *rec, struct gm_str *out)
{
	put_head_once(state, out);
	if (!gm_kind_name(rec->h.kind))
		return 0;
	put_event(out, m, &rec->ev);
	put_range(out, m, rec);
	put_parts(out, rec);
	gm_str_puts(out, "\r\n");
	return out->err;
}

static int csv_tick(void *state, const struct gm_model *m, bool last, struct gm_str *out)
{
	(void)m, (void)last;
	put_head_once(state, out);
	return out->err;
}

const struct gm_export_format gm_export_csv = { "csv", false, sizeof(struct csv), csv_event, csv_tick, NULL };
