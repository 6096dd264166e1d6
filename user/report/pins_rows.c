// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pins_rows.c - what pins memory and VMs, as rows of fields: JSON lines and CSV. A new field is a row of the table
 * below.
 */
#include "base/csv.h"
#include "report/csv_time.h"
#include "report/pins_report_int.h"

#include <inttypes.h>

/* A reason with its object. has: bits of the fields that it has, by their index in fields[]. */
struct row {
	uint32_t has;
	const char *object, *machine, *why, *what, *comm;
	uint64_t inode, ino, vm, pid, slot, pages, since_ns;
	int64_t fd;
};

enum type { TEXT, NUMBER, SIGNED };
enum { OBJECT, INODE, INO, VM, MACHINE, WHY, WHAT, PID, COMM, FD, SLOT, PAGES, SINCE, FIELDS };

static const struct {
	const char *name;
	size_t at;
	enum type type;
	bool is_null;	/* in JSON: null where the row does not have it, else it is left out */
} fields[FIELDS] = {
	[OBJECT] = { "object", offsetof(struct row, object), TEXT, false },
	[INODE] = { "inode", offsetof(struct row, inode), NUMBER, false },
	[INO] = { "ino", offsetof(struct row, ino), NUMBER, false },
	[VM] = { "vm", offsetof(struct row, vm), NUMBER, false },
	[MACHINE] = { "machine", offsetof(struct row, machine), TEXT, false },
	[WHY] = { "why", offsetof(struct row, why), TEXT, false },
	[WHAT] = { "what", offsetof(struct row, what), TEXT, false },
	[PID] = { "pid", offsetof(struct row, pid), NUMBER, false },
	[COMM] = { "comm", offsetof(struct row, comm), TEXT, false },
	[FD] = { "fd", offsetof(struct row, fd), SIGNED, false },
	[SLOT] = { "slot", offsetof(struct row, slot), NUMBER, false },
	[PAGES] = { "pages", offsetof(struct row, pages), NUMBER, false },
	[SINCE] = { "since_ns", offsetof(struct row, since_ns), NUMBER, true },
};

/* ---- rows ---- */

static const char *reason_name(const struct gm_model *m, const struct gm_pin_reason *h)
{
	static const char *const names[] = {
		[GM_PIN_REASON_FILE] = "view", [GM_PIN_REASON_BINDING] = "binding", [GM_PIN_REASON_NONE] = "none"
	};
	const char *pin = h->kind == GM_PIN_REASON_PIN ? gm_pin_name(h->pin->what) : NULL;

	if (h->kind == GM_PIN_REASON_NONE && m->tasks_na)
		return "unknown";
	if (h->kind != GM_PIN_REASON_PIN)
		return names[h->kind];
	return pin ? pin : "unknown";
}

/* Return the VM of a reason, else that of the object. */
static const struct gm_vm *reason_vm(const struct gm_pinned_object *k, const struct gm_pin_reason *h)
{
	return k->vm ? k->vm : h->file ? h->file->vm : k->in->vm;
}

static void fill_pin(struct row *r, const struct gm_pin *pin)
{
	bool mapping = pin->what == GM_PIN_MAPPING || pin->what == GM_PIN_VCPU_MAPPING;

	r->pid = gm_pid(pin->tgid);
	r->comm = pin->comm;
	r->fd = pin->fd;
	r->pages = pin->npages;
	r->since_ns = pin->since_ns;
	r->has |= 1u << PID | 1u << COMM | (pin->fd >= 0) << FD | mapping << PAGES | !pin->before << SINCE;
}

static void fill_detail(struct row *r, const struct gm_pin_reason *h)
{
	if (h->kind == GM_PIN_REASON_PIN) {
		fill_pin(r, h->pin);
	} else if (h->kind == GM_PIN_REASON_FILE) {
		r->since_ns = h->file->born_ns;
		r->has |= !h->file->old << SINCE;
	} else if (h->kind == GM_PIN_REASON_BINDING) {
		r->slot = h->binding->slot;
		r->pages = h->binding->npages;
		r->has |= 1u << SLOT | 1u << PAGES;
	}
}

static void fill_row(struct row *r, const struct gm_model *m, const struct gm_pinned_object *k,
		     const struct gm_pin_reason *h)
{
	static const char *const whys[] = { [GM_WHY_ORPHAN] = "orphan",
					    [GM_WHY_OWNER_GONE] = "owner_gone",
					    [GM_WHY_CLOSED] = "closed",
					    [GM_WHY_ASKED] = "asked" };
	const struct gm_inode *in = k->in ? k->in : h->file ? h->file->inode : NULL;
	const struct gm_vm *vm = reason_vm(k, h);

	*r = (struct row){
		.has = 1u << OBJECT | 1u << INODE | 1u << VM | 1u << MACHINE | 1u << WHY | 1u << WHAT,
		.object = k->in ? "inode" : "vm",
		.machine = gm_vm_machine_name(vm),
		.why = whys[k->why],
		.what = reason_name(m, h),
		.inode = in ? in->id : 0,
		.ino = in ? in->ino : 0,
		.vm = vm ? vm->id : 0,
	};
	r->has |= in ? 1u << INO : 0;
	fill_detail(r, h);
}

/* ---- output ---- */

struct ctx {
	struct gm_str *out;
	const struct gm_model *m;
	const struct gm_pinned_object *k;
};

static const void *field_of(const struct row *r, unsigned int i)
{
	return (const char *)r + fields[i].at;
}

static void put_json_field(struct gm_json *j, const struct row *r, unsigned int i)
{
	if (!(r->has & 1u << i)) {
		if (fields[i].is_null)
			gm_json_null(j, fields[i].name);
		return;
	}
	switch (fields[i].type) {
	case TEXT: gm_json_str(j, fields[i].name, *(const char *const *)field_of(r, i)); break;
	case NUMBER: gm_json_u64(j, fields[i].name, *(const uint64_t *)field_of(r, i)); break;
	case SIGNED: gm_json_s64(j, fields[i].name, *(const int64_t *)field_of(r, i)); break;
	}
}

static void put_json(void *arg, const struct gm_pin_reason *h)
{
	const struct ctx *c = arg;
	struct gm_json j;
	struct row r;

	fill_row(&r, c->m, c->k, h);
	gm_line_begin(&j, c->out, "pin");
	for (unsigned int i = 0; i < FIELDS; i++)
		put_json_field(&j, &r, i);
	gm_line_end(&j);
}

/* A field that the row does not have is an empty cell. */
static void put_csv_cell(struct gm_str *out, const struct row *r, unsigned int i)
{
	gm_str_puts(out, ",");
	if (!(r->has & 1u << i))
		return;
	switch (fields[i].type) {
	case TEXT: gm_csv_text(out, *(const char *const *)field_of(r, i)); break;
	case NUMBER: gm_str_printf(out, "%" PRIu64, *(const uint64_t *)field_of(r, i)); break;
	case SIGNED: gm_str_printf(out, "%" PRId64, *(const int64_t *)field_of(r, i)); break;
	}
}

static void put_csv(void *arg, const struct gm_pin_reason *h)
{
	const struct ctx *c = arg;
	struct row r;

	fill_row(&r, c->m, c->k, h);
	gm_csv_time(c->out, c->m, c->m->now_ns);
	for (unsigned int i = 0; i < FIELDS; i++)
		put_csv_cell(c->out, &r, i);
	gm_str_puts(c->out, "\r\n");
}

static void put_all(struct gm_str *out, const struct gm_model *m, const char *want, bool all, gm_pin_reason_fn put)
{
	struct gm_pinned_list l;
	int err = gm_pinned_build(m, want, all, &l);

	for (size_t i = 0; !err && i < l.nr; i++) {
		struct ctx c = { .out = out, .m = m, .k = &l.at[i] };

		gm_pinned_reasons(m, &l.at[i], put, &c);
	}
	gm_pinned_release(&l);
	out->err = out->err ? out->err : err;
}

void gm_json_pins(struct gm_str *out, const struct gm_model *m, const char *want, bool all)
{
	put_all(out, m, want, all, put_json);
}

void gm_csv_pins(struct gm_str *out, const struct gm_model *m, const char *want, bool all)
{
	gm_str_puts(out, GM_CSV_TIME);
	for (unsigned int i = 0; i < FIELDS; i++)
		gm_str_printf(out, ",%s", fields[i].name);
	gm_str_puts(out, "\r\n");
	put_all(out, m, want, all, put_csv);
}
