// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * json_events.c - one event as a JSON line. The fields of a kind beyond the common part are a row of the table below; a
 * new kind is a new row.
 */

#include <stdio.h>
#include <string.h>
#include "model/observe.h"
#include "report/json_lines_int.h"

#define KVM_ATTR_PRIVATE (1ULL << 3)	/* KVM_MEMORY_ATTRIBUTE_PRIVATE */

/*
 * F_SEEN: a u64 that only a hook knows, not a scan. F_SIZE: such a size; 0 is not known (a link). F_PAGES: the event's
 * pages, if they are known. F_MOVED: counted by the page cache tracepoints. F_SPTES, F_FLUSH: if the kernel shows them.
 */
enum field_type { F_END, F_U32, F_U64, F_SEEN, F_SIZE, F_PAGES, F_MOVED, F_S32, F_BOOL, F_PRIVATE, F_SPTES, F_FLUSH };

struct field {
	const char *name;
	unsigned int offset;
	enum field_type type;
};

#define FIELDS_MAX 7
struct kind_fields {
	unsigned int kind;
	struct field field[FIELDS_MAX];	/* terminated by an empty field, unless full */
};

#define VM(n, f, t)	{ n, offsetof(struct gm_ev_vm, f), t }
#define INO(n, f, t)	{ n, offsetof(struct gm_ev_inode, f), t }
#define RST(n, f, t)	{ n, offsetof(struct gm_ev_reset, f), t }
#define RNG(n, f, t)	{ n, offsetof(struct gm_ev_range, f), t }

static const struct kind_fields kinds[] = {
	{ GM_K_VM_CREATE, { VM("vm_type", type, F_SEEN), VM("fd", fd, F_S32) } },
	{ GM_K_CREATE, { INO("ino", ino, F_U64), INO("size_bytes", size_bytes, F_SIZE),
			 INO("gmem_flags", gmem_flags, F_SEEN), INO("fd", fd, F_S32) } },
	{ GM_K_RELEASE, { INO("ino", ino, F_U64), INO("resident_pages", pages, F_PAGES) } },
	{ GM_K_EVICT, { INO("ino", ino, F_U64), INO("size_bytes", size_bytes, F_SIZE),
			INO("freed_pages", pages, F_PAGES), INO("allocated_pages_total", allocated_pages, F_MOVED),
			INO("freed_pages_total", freed_pages, F_MOVED) } },
	{ GM_K_BIND, { RNG("slot", slot, F_U32), RNG("base_gfn", base_gfn, F_U64), RNG("pages", npages, F_U64),
		       RNG("pgoff_pages", pgoff, F_U64) } },
	{ GM_K_UNBIND, { RNG("slot", slot, F_U32), RNG("base_gfn", base_gfn, F_U64), RNG("pages", npages, F_U64),
			 RNG("pgoff_pages", pgoff, F_U64) } },
	{ GM_K_MMAP, { RNG("pages", npages, F_U64), RNG("pgoff_pages", pgoff, F_U64) } },
	{ GM_K_FALLOCATE, { RNG("pgoff_pages", pgoff, F_U64), RNG("pages", npages, F_U64),
			    RNG("allocated_pages", pages, F_PAGES) } },
	{ GM_K_PUNCH, { RNG("pgoff_pages", pgoff, F_SEEN), RNG("pages", npages, F_SEEN),
			RNG("freed_pages", pages, F_PAGES) } },
	{ GM_K_CONVERT, { RNG("base_gfn", base_gfn, F_U64), RNG("pages", npages, F_U64),
			  RNG("private", attrs, F_PRIVATE), RNG("attributes", attrs, F_U64) } },
	{ GM_K_MEMORY_FAILURE, { RNG("pgoff_pages", pgoff, F_U64), RNG("pages", npages, F_U64) } },
	{ GM_K_ZAP, { RNG("base_gfn", base_gfn, F_U64), RNG("pages", npages, F_U64), RNG("sptes_4k", sptes[0], F_SPTES),
		      RNG("sptes_2m", sptes[1], F_SPTES), RNG("sptes_1g", sptes[2], F_SPTES),
		      RNG("flush_ns", flush_ns, F_FLUSH),
		      RNG("flushes", flushes, F_FLUSH) } },
	{ GM_K_RESET, { RST("underway", underway, F_BOOL), RST("boot_exits", boot_exits, F_U64) } },
	{ GM_K_POPULATE, { RNG("base_gfn", base_gfn, F_U64), RNG("pages", npages, F_U64) } },
};

static void put_field(struct gm_json *j, const struct field *f, const void *rec)
{
	const char *at = (const char *)rec + f->offset;
	uint64_t v = 0;
	int32_t s;

	if (f->type == F_S32) {
		memcpy(&s, at, sizeof(s));
		gm_json_s64(j, f->name, s);
		return;
	}
	if (f->type == F_U32 || f->type == F_BOOL) {
		uint32_t u;

		memcpy(&u, at, sizeof(u));
		v = u;
	} else {
		memcpy(&v, at, sizeof(v));
	}
	if (f->type == F_BOOL)
		gm_json_bool(j, f->name, v);
	else if (f->type == F_PRIVATE)
		gm_json_bool(j, f->name, v & KVM_ATTR_PRIVATE);
	else
		gm_json_u64(j, f->name, v);
}

/* Write the stack, innermost first; the record's text is a list with semicolons. */
static void put_stack(struct gm_json *j, const char *s)
{
	gm_json_arr(j, "stack");
	while (*s) {
		size_t n = strcspn(s, ";");

		if (n)
			gm_json_strn(j, NULL, s, n);
		s += n + (s[n] == ';');
	}
	gm_json_end_arr(j);
}

/* Write a fault: its fields depend on the record's flags, so they are not in the table. */
static void put_fault(struct gm_json *j, const struct gm_ev_fault *r)
{
	char key[24];

	gm_json_str(j, "phase", gm_phase_name(r->phase));
	if (r->flags & GM_FAULT_GFN)
		gm_json_u64(j, "gfn", r->gfn);
	if (r->flags & GM_FAULT_PGOFF)
		gm_json_u64(j, "pgoff_pages", r->pgoff);
	for (unsigned int p = 0; p < GM_PART_NR; p++) {
		snprintf(key, sizeof(key), "%s_ns", gm_part_name(p));
		gm_json_u64(j, key, r->part_ns[p]);
	}
	gm_json_bool(j, "allocated", r->flags & GM_FAULT_ALLOCATED);
	gm_json_bool(j, "cleared", r->flags & GM_FAULT_CLEARED);
	gm_json_u64(j, "retries", r->retries);
	if (r->flags & GM_FAULT_UNFINISHED)
		gm_json_bool(j, "unfinished", true);
	put_stack(j, r->stack);
}

/* Write the call, and the cause of a punch if it is known. */
static void put_call(struct gm_json *j, const struct gm_model *m, const union gm_any *rec)
{
	const struct gm_cause *cause = gm_punch_cause(m, rec);

	if (rec->as_PUNCH.call)
		gm_json_str(j, "call", gm_call_name(rec->as_PUNCH.call));
	if (!cause)
		return;
	gm_json_str(j, "cause", cause->name);
	gm_json_str(j, "cause_by", cause->by);
}

static bool is_field_known(const struct gm_model *m, const union gm_any *rec, const struct field *f)
{
	uint64_t v;

	switch (f->type) {
	case F_SEEN: return !(rec->ev.flags & GM_EV_BY_SCAN);
	case F_SIZE: memcpy(&v, (const char *)rec + f->offset, sizeof(v)); return v && !(rec->ev.flags & GM_EV_BY_SCAN);
	case F_PAGES: return gm_event_pages_are_known(m, rec);
	case F_MOVED: memcpy(&v, (const char *)rec + f->offset, sizeof(v)); return gm_moved_pages_are_known(m, v);
	case F_SPTES: return rec->ev.flags & GM_EV_SPTES;
	case F_FLUSH: return rec->ev.flags & GM_EV_FLUSH;
	default: return true;
	}
}

static void put_kind_fields(struct gm_json *j, const struct gm_model *m, const union gm_any *rec)
{
	for (size_t k = 0; k < GM_ARRAY_SIZE(kinds); k++) {
		if (kinds[k].kind != rec->h.kind)
			continue;
		for (size_t i = 0; i < FIELDS_MAX && kinds[k].field[i].type != F_END; i++)
			if (is_field_known(m, rec, &kinds[k].field[i]))
				put_field(j, &kinds[k].field[i], rec);
		return;
	}
}

/* Return true for an end that only a syscall hook reports: the end's own share of the call's time is not known. */
static bool is_end_by_call(const struct gm_ev *ev)
{
	return ev->flags & GM_EV_SYSCALL &&
	       (ev->h.kind == GM_K_RELEASE || ev->h.kind == GM_K_EVICT || ev->h.kind == GM_K_VM_DESTROY);
}

static void put_common(struct gm_json *j, const struct gm_model *m, const struct gm_ev *ev)
{
	gm_json_str(j, "kind", gm_kind_name(ev->h.kind));
	gm_json_u64(j, "ts_ns", ev->h.ts_ns);
	if (!(ev->flags & GM_EV_NODUR)) {
		gm_json_u64(j, "dur_ns", ev->dur_ns);
		if (!is_end_by_call(ev))
			gm_json_u64(j, "self_ns", ev->self_ns);
	}
	gm_json_s64(j, "ret", ev->ret);
	gm_json_u64(j, "vm", ev->vm);
	gm_json_u64(j, "file", ev->file);
	gm_json_u64(j, "inode", ev->inode);
	gm_json_str(j, "machine", gm_vm_machine_name(gm_event_vm(m, ev)));
	gm_json_u64(j, "pid", gm_pid(ev->tgid));
	gm_json_u64(j, "tid", gm_pid(ev->tid));
	gm_json_strn(j, "comm", ev->comm, strnlen(ev->comm, sizeof(ev->comm)));
}

void gm_json_event(struct gm_str *out, const struct gm_model *m, const union gm_any *rec)
{
	struct gm_json j;

	if (!gm_kind_is_event(rec->h.kind) || !gm_kind_name(rec->h.kind))
		return;
	gm_line_begin(&j, out, "event");
	put_common(&j, m, &rec->ev);
	put_kind_fields(&j, m, rec);
	if (rec->h.kind == GM_K_FAULT)
		put_fault(&j, &rec->as_FAULT);
	if (rec->h.kind == GM_K_FALLOCATE || rec->h.kind == GM_K_PUNCH)
		put_call(&j, m, rec);
	if (rec->ev.flags & GM_EV_BY_SCAN)
		gm_json_str(&j, "noticed", "scan");
	if (is_end_by_call(&rec->ev))
		gm_json_str(&j, "noticed", "call");
	gm_line_end(&j);
}
