// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pins_text.c - what keeps memory and VMs alive, for people on call: the object, what pins it, and what has to happen
 * until it is freed. gmemtop's page and gmemreboot's text have the same lines.
 */
#include "base/fmt.h"
#include "report/pins_report_int.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define FDS_SHOWN	6	/* descriptors shown of one kind in one process; a VM may have hundreds of vCPUs */
#define OWNERS_MAX	4	/* processes named in the advice */

/* Descriptors of one kind in one process: one line. */
struct group {
	const struct gm_pin *first;
	unsigned int nr;
	char fds[64];
};

struct text {
	struct gm_frame *f;
	const struct gm_model *m;
	const struct gm_pinned_object *k;
	enum gm_attr attr;
	struct group g;
	uint32_t owner[OWNERS_MAX];	/* tgids */
	char names[256];		/* "a[1], b[2]" */
	unsigned int owners;		/* distinct processes, also those not named */
	unsigned int nones, views;
	bool closes, unmaps;		/* what the processes have to do */
};

static char *format_pages(const struct gm_model *m, uint64_t nr, char *buf, size_t size)
{
	if (m->meta.page_size)
		return gm_fmt_bytes(buf, size, nr * m->meta.page_size);
	snprintf(buf, size, "n/a");
	return buf;
}

/* ---- reasons ---- */

static const char *fd_word(unsigned int what)
{
	static const char *const words[] = {
		[GM_PIN_FD] = "fd",
		[GM_PIN_VM_FD] = "vm fd",
		[GM_PIN_VCPU_FD] = "vcpu fd",
		[GM_PIN_STATS_FD] = "stats fd",
		[GM_PIN_DEVICE_FD] = "device fd",
	};

	return what < GM_ARRAY_SIZE(words) && words[what] ? words[what] : "?";
}

static void note_owner(struct text *t, const struct gm_pin *pin)
{
	size_t len = strlen(t->names);
	char owner[48];

	t->closes |= pin->fd >= 0;
	t->unmaps |= pin->fd < 0;
	for (unsigned int i = 0; i < t->owners && i < OWNERS_MAX; i++)
		if (t->owner[i] == pin->tgid)
			return;
	if (t->owners < OWNERS_MAX) {
		t->owner[t->owners] = pin->tgid;
		snprintf(t->names + len, sizeof(t->names) - len, "%s%s", len ? ", " : "",
			 gm_pin_owner(pin, owner, sizeof(owner)));
	}
	t->owners++;
}

static char *format_since(const struct gm_model *m, const struct gm_pin *pin, char *buf, size_t size)
{
	char age[8];

	gm_fmt_ns(age, sizeof(age), m->now_ns > pin->since_ns ? m->now_ns - pin->since_ns : 0);
	if (pin->before)
		snprintf(buf, size, "opened before tracing");
	else
		snprintf(buf, size, "first seen %s ago", age);
	return buf;
}

static void flush_group(struct text *t)
{
	const struct gm_pin *p = t->g.first;
	char owner[48], what[96], a[8], when[40], more[24] = "";

	if (!p)
		return;
	if (t->g.nr > FDS_SHOWN)
		snprintf(more, sizeof(more), " and %u more", t->g.nr - FDS_SHOWN);
	if (p->what == GM_PIN_MAPPING)
		snprintf(what, sizeof(what), "mapping of %s", format_pages(t->m, p->npages, a, sizeof(a)));
	else if (p->what == GM_PIN_VCPU_MAPPING)
		snprintf(what, sizeof(what), "mapping of %u vCPU%s", t->g.nr, gm_plural(t->g.nr));
	else
		snprintf(what, sizeof(what), "%s %s%s", fd_word(p->what), t->g.fds, more);
	gm_frame_add(t->f, t->attr, "    %s  %s  (%s)", gm_pin_owner(p, owner, sizeof(owner)), what,
		     format_since(t->m, p, when, sizeof(when)));
	memset(&t->g, 0, sizeof(t->g));
}

static bool is_same_group(const struct gm_pin *a, const struct gm_pin *b)
{
	return a && a->what == b->what && a->what != GM_PIN_MAPPING && a->tgid == b->tgid && a->before == b->before &&
	       (a->before || a->since_ns == b->since_ns);
}

static void put_pin(struct text *t, const struct gm_pin *p)
{
	size_t len;

	note_owner(t, p);
	if (!is_same_group(t->g.first, p))
		flush_group(t);
	if (!t->g.first)
		t->g.first = p;
	len = strlen(t->g.fds);
	if (t->g.nr++ < FDS_SHOWN && p->fd >= 0)
		snprintf(t->g.fds + len, sizeof(t->g.fds) - len, "%s%d", len ? ", " : "", p->fd);
}

static const char *vm_state_text(const struct gm_model *m, const struct gm_vm *vm)
{
	static const char *const texts[] = {
		[GM_VM_RUNS] = "in use",
		[GM_VM_CLOSED] = "closed by its process",
		[GM_VM_OWNER_GONE] = "its process has exited",
		[GM_VM_DEAD] = "gone",
	};

	return m->tasks_na && !vm->dead_ns ? "may be in use" : texts[gm_vm_state(m, vm)];
}

static void put_file(struct text *t, const struct gm_file *f)
{
	const struct gm_vm *vm = f->vm;
	char name[128];

	t->views++;
	if (t->k->vm)
		gm_frame_add(t->f, t->attr, "  its file of inode %u, which pins the VM, too",
			     f->inode ? f->inode->id : 0);
	else if (!vm)
		gm_frame_add(t->f, t->attr, "  file of an unknown VM");
	else
		gm_frame_add(t->f, t->attr, "  file of vm %u (%s): %s", vm->id,
			     gm_plain(name, sizeof(name), gm_vm_machine_name(vm)), vm_state_text(t->m, vm));
}

static void put_binding(struct text *t, const struct gm_binding *b)
{
	char a[8], slot[32];

	gm_frame_add(t->f, GM_ATTR_DIM, "    bound as slot %s of vm %u, %s  (not a pin)",
		     gm_slot_name(b->slot, slot, sizeof(slot)), b->vm->id, format_pages(t->m, b->npages, a, sizeof(a)));
}

static void put_reason(void *arg, const struct gm_pin_reason *h)
{
	struct text *t = arg;

	if (h->kind == GM_PIN_REASON_PIN) {
		put_pin(t, h->pin);
		return;
	}
	flush_group(t);
	if (h->kind == GM_PIN_REASON_FILE) {
		put_file(t, h->file);
	} else if (h->kind == GM_PIN_REASON_BINDING) {
		put_binding(t, h->binding);
	} else {
		t->nones++;
		gm_frame_add(t->f, t->attr,
			     t->m->tasks_na ? "    pinned by no process that is visible here"
					    : "    no process has it open or mapped");
	}
}

/* ---- objects ---- */

static const char *verdict_text(const struct gm_pinned_object *k)
{
	static const char *const memory[] = {
		[GM_WHY_ORPHAN] = "  ORPHAN: no VM can use it",
		[GM_WHY_OWNER_GONE] = "  LEFT: its VM's process has exited",
		[GM_WHY_CLOSED] = "  LEFT: its VM was closed",
		[GM_WHY_ASKED] = "",
	};
	static const char *const vm[] = {
		[GM_WHY_ORPHAN] = "",
		[GM_WHY_OWNER_GONE] = "  LEFT: its process has exited, it cannot run",
		[GM_WHY_CLOSED] = "  LEFT: its process has closed it, it cannot run",
		[GM_WHY_ASKED] = "",
	};

	return k->in ? memory[k->why] : vm[k->why];
}

static void put_title(struct text *t)
{
	const struct gm_inode *in = t->k->in;
	const struct gm_vm *vm = in ? in->vm : t->k->vm;
	enum gm_attr attr = t->k->why == GM_WHY_ASKED ? GM_ATTR_BOLD : GM_ATTR_WARN;
	char name[128], a[8], b[8], pid[GM_PID_LEN];

	gm_plain(name, sizeof(name), gm_vm_machine_name(vm));
	if (in)
		gm_frame_add(t->f, attr, "inode %u  %s of %s  %s%s", in->id,
			     format_pages(t->m, in->resident_pages, a, sizeof(a)),
			     gm_fmt_bytes(b, sizeof(b), in->size_bytes), name, verdict_text(t->k));
	else
		gm_frame_add(t->f, attr, "vm %u  pid %s  %s%s", vm->id, gm_pid_text(pid, vm->tgid), name,
			     verdict_text(t->k));
}

/* Return what the processes have to do, by their number and what they have. */
static const char *owner_verb(const struct text *t)
{
	static const char *const verbs[2][2][2] = {
		{ { "close", "close" }, { "unmap", "close and unmap" } },
		{ { "closes", "closes" }, { "unmaps", "closes and unmaps" } },
	};

	return verbs[t->owners == 1][t->unmaps][t->closes];
}

/* Write what has to happen until the object is freed. */
static void put_advice(struct text *t)
{
	const char *what = t->k->in ? "freed" : "ends";

	if (t->owners)
		gm_frame_add(t->f, t->attr, "  -> %s when %s%s %s it, or exit%s", what, t->names,
			     t->owners > OWNERS_MAX ? " and others" : "", owner_verb(t), t->owners == 1 ? "s" : "");
	if (t->k->vm && t->views)
		gm_frame_add(t->f, t->attr, "  -> %s when %s is released", what,
			     t->views == 1 ? "that memory" : "all that memory");
}

/* Write the possible reasons for an object without any process. */
static void put_no_owner(struct text *t)
{
	gm_frame_add(t->f, t->attr, "  -> in flight over a socket, in io_uring, pinned by the kernel, or just ending");
}

static void put_object(struct gm_frame *f, const struct gm_model *m, const struct gm_pinned_object *k)
{
	struct text t = { .f = f, .m = m, .k = k, .attr = GM_ATTR_NORMAL };

	put_title(&t);
	gm_pinned_reasons(m, k, put_reason, &t);
	flush_group(&t);
	if (t.nones && !m->tasks_na)
		put_no_owner(&t);
	if (k->why != GM_WHY_ASKED)
		put_advice(&t);
}

static void put_nothing(struct gm_frame *f, const struct gm_model *m, const char *want)
{
	if (want && *want)
		gm_frame_add(f, GM_ATTR_DIM,
			     "no such VM or memory here (--vm takes a machine's name, a number or a pid)");
	else if (!m->pins_ns)
		gm_frame_add(f, GM_ATTR_DIM, "scanning ...");
	else if (!m->tasks_na) /* else put_blind() reports it */
		gm_frame_add(f, GM_ATTR_DIM, "no VM or memory is left that should be gone");
}

/* Write what the last scan could not cover. */
static void put_blind(struct gm_frame *f, const struct gm_model *m)
{
	char why[200];

	if (m->pins_ns && !(m->meta.flags & GM_META_VM_FDS))
		gm_frame_add(f, GM_ATTR_WARN,
			     "descriptors of VMs are not visible here: the list of what pins a VM is partial");
	if (m->tasks_na)
		gm_frame_add(f, GM_ATTR_WARN, "what should be gone is n/a: %s",
			     gm_plain(why, sizeof(why), m->tasks_na));
}

void gm_frame_pins(struct gm_frame *f, const struct gm_model *m, const char *want, bool all)
{
	struct gm_pinned_list l;
	int err = gm_pinned_build(m, want, all, &l);

	for (size_t i = 0; !err && i < l.nr; i++)
		put_object(f, m, &l.at[i]);
	if (!err && !l.nr)
		put_nothing(f, m, want);
	put_blind(f, m);
	gm_pinned_release(&l);
	f->err = f->err ? f->err : err;
}

void gm_text_pins(struct gm_str *out, const struct gm_model *m, const char *want, bool all)
{
	struct gm_frame f = { .nr = 0 };

	gm_frame_pins(&f, m, want, all);
	for (size_t i = 0; i < f.nr; i++)
		gm_str_printf(out, "%s\n", f.line[i].text);
	out->err = out->err ? out->err : f.err;
	gm_frame_release(&f);
}
