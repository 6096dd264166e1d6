// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_tree.c - the tree page: machine > vm > inode > file > binding, and what pins the memory.
 */
#include "base/fmt.h"
#include "top/top_int.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

static void fmt_pin(const struct gm_pin *pin, char *buf, size_t size)
{
	const char *what = gm_pin_name(pin->what);

	if (pin->fd >= 0 && pin->what != GM_PIN_MAPPING)
		snprintf(buf, size, "%s %d", what ? what : "?", pin->fd);
	else
		snprintf(buf, size, "%s", what ? what : "?");
}

static void put_pin(const struct gm_model *m, const struct gm_pin *pin, unsigned int indent, enum gm_attr attr,
		    struct gm_frame *f)
{
	char owner[48], what[32], a[8] = "";

	gm_pin_owner(pin, owner, sizeof(owner));
	fmt_pin(pin, what, sizeof(what));
	if (pin->npages)
		gm_top_pages(m, a, sizeof(a), pin->npages);
	gm_frame_add(f, attr, "%*spin: %s %s%s%s", (int)indent, "", owner, what, a[0] ? " of " : "", a);
}

char *gm_top_pinned_by(const struct gm_inode *in, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "pinned by");
	char owner[48], before[48] = "", what[32];

	if (!in->pins.nr) {
		snprintf(buf, size, "no fd or mapping seen");
		return buf;
	}
	for (size_t i = 0; i < in->pins.nr && n < size; i++) {
		gm_pin_owner(in->pins.at[i], owner, sizeof(owner));
		fmt_pin(in->pins.at[i], what, sizeof(what));
		if (!strcmp(owner, before))
			n += (size_t)snprintf(buf + n, size - n, ", %s", what);
		else
			n += (size_t)snprintf(buf + n, size - n, "%s %s %s", i ? "," : "", owner, what);
		memcpy(before, owner, sizeof(before));
	}
	return buf;
}

void gm_top_inode_lines(const struct gm_model *m, const struct gm_inode *in, unsigned int indent, unsigned int width,
			struct gm_frame *f)
{
	bool orphan = gm_inode_is_orphan(m, in);
	struct gm_items it = { .width = width > indent ? width - indent : 1 };
	struct gm_mem mem = { .nodes_known = true };
	char a[8], b[8], nodes[256];

	gm_item(&it, "inode %u", in->id);
	gm_item(&it, "%s of %s", gm_top_pages(m, a, sizeof(a), in->resident_pages),
		gm_fmt_bytes(b, sizeof(b), in->size_bytes));
	if (orphan)
		gm_item(&it, "(orphan)");
	gm_item(&it, "ino %llu", (unsigned long long)in->ino);
	gm_mem_add(&mem, in);
	if (mem.nodes_known && m->meta.nodes > 1)
		gm_item(&it, "%s", gm_top_nodes(m, &mem, nodes, sizeof(nodes)));
	if (mem.nodes_known && mem.nodes_error && m->meta.nodes > 1)
		gm_item(&it, "+-%s", gm_top_pages(m, a, sizeof(a), mem.nodes_error));
	if (in->counted) {
		gm_item(&it, "allocated %s", gm_top_pages(m, a, sizeof(a), in->allocated_pages));
		gm_item(&it, "freed %s", gm_top_pages(m, a, sizeof(a), in->freed_pages));
	} else {
		gm_item(&it, "allocated n/a");
	}
	gm_frame_add(f, orphan ? GM_ATTR_WARN : GM_ATTR_NORMAL, "%*s%s", (int)indent, "", it.text);
	for (size_t i = 0; i < in->pins.nr; i++)
		put_pin(m, in->pins.at[i], indent + 2, orphan ? GM_ATTR_WARN : GM_ATTR_DIM, f);
	if (orphan && !in->pins.nr)
		gm_frame_add(f, GM_ATTR_WARN, "%*sno fd or mapping seen", (int)indent + 2, "");
}

static void put_binding(const struct gm_model *m, const struct gm_binding *b, unsigned int indent, struct gm_frame *f)
{
	char a[8], slot[32];

	gm_frame_add(f, GM_ATTR_NORMAL, "%*sslot %s  %s  guest frame 0x%llx  from page %llu", (int)indent, "",
		     gm_slot_name(b->slot, slot, sizeof(slot)), gm_top_pages(m, a, sizeof(a), b->npages),
		     (unsigned long long)b->base_gfn, (unsigned long long)b->pgoff);
}

static void put_file(const struct gm_model *m, const struct gm_vm *vm, const struct gm_file *file, struct gm_frame *f)
{
	gm_frame_add(f, GM_ATTR_NORMAL, "      file %u%s", file->id, file->dead_ns ? "  (closed)" : "");
	for (size_t i = 0; i < vm->bindings.nr; i++) {
		const struct gm_binding *b = vm->bindings.at[i];

		if (b->file == file)
			put_binding(m, b, 8, f);
	}
}

static bool is_inode_listed(const struct gm_vm *vm, size_t nr, const struct gm_inode *in)
{
	for (size_t i = 0; i < nr; i++) {
		if (((const struct gm_file *)vm->files.at[i])->inode == in)
			return true;
	}
	return false;
}

static bool has_live_inode(const struct gm_vm *vm)
{
	for (size_t i = 0; i < vm->files.nr; i++) {
		const struct gm_file *file = vm->files.at[i];

		if (file->inode && !file->inode->dead_ns)
			return true;
	}
	return false;
}

static void put_inodes(const struct gm_model *m, const struct gm_vm *vm, unsigned int width, struct gm_frame *f)
{
	for (size_t i = 0; i < vm->files.nr; i++) {
		const struct gm_file *first = vm->files.at[i];
		const struct gm_inode *in = first->inode;

		if (!in) {
			put_file(m, vm, first, f);
			continue;
		}
		if (in->dead_ns || is_inode_listed(vm, i, in))
			continue;
		gm_top_inode_lines(m, in, 4, width, f);
		for (size_t k = i; k < vm->files.nr; k++) {
			const struct gm_file *file = vm->files.at[k];

			if (file->inode == in)
				put_file(m, vm, file, f);
		}
	}
	for (size_t i = 0; i < vm->bindings.nr; i++) {
		if (!((const struct gm_binding *)vm->bindings.at[i])->file)
			put_binding(m, vm->bindings.at[i], 6, f);
	}
}

static void put_vm(const struct gm_model *m, const struct gm_vm *vm, unsigned int width, struct gm_frame *f)
{
	uint64_t end = vm->dead_ns ? vm->dead_ns : m->now_ns;
	char a[8];

	gm_fmt_ns(a, sizeof(a), end > vm->born_ns ? end - vm->born_ns : 0);
	gm_frame_add(f, vm->dead_ns ? GM_ATTR_DIM : GM_ATTR_NORMAL, "  vm %u  pid %u  %u vcpus  %s %s%s", vm->id,
		     gm_pid(vm->tgid), vm->vcpus, vm->old ? "seen for" : "age", a,
		     vm->dead_ns ? "  (destroyed, its memory is not)" : "");
	put_inodes(m, vm, width, f);
}

static void put_machine(const struct gm_model *m, const struct gm_row *r, unsigned int width, struct gm_frame *f)
{
	char a[8], b[8];

	gm_frame_add(f, GM_ATTR_BOLD, "%s  pid %u  %s of %s%s", r->name, gm_pid(r->pid),
		     r->mem.untracked ? "n/a" : gm_top_pages(m, a, sizeof(a), r->mem.resident_pages),
		     r->mem.untracked ? "n/a" : gm_fmt_bytes(b, sizeof(b), r->mem.size_bytes),
		     r->gone ? "  (gone)" : "");
	for (size_t i = 0; i < r->mc->vms.nr; i++) {
		const struct gm_vm *vm = r->mc->vms.at[i];

		if (!vm->dead_ns || has_live_inode(vm))
			put_vm(m, vm, width, f);
	}
}

/* Return true if the VM's machine has a row: its orphans are then listed there. */
static bool is_machine_shown(const struct gm_rows *rows, const struct gm_vm *vm)
{
	const struct gm_machine *mc = vm ? vm->machine : NULL;

	while (mc && mc->joined)
		mc = mc->joined;
	for (size_t i = 0; mc && i < rows->nr; i++) {
		if (rows->at[i].mc == mc)
			return true;
	}
	return false;
}

static void put_orphan(const struct gm_model *m, const struct gm_row *r, unsigned int width, struct gm_frame *f)
{
	gm_frame_add(f, GM_ATTR_WARN, "%s  (no machine uses it any more)", r->name);
	gm_top_inode_lines(m, r->orphan, 4, width, f);
}

void gm_top_tree(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_rows rows;

	gm_top_info(m, t, p);
	p->body.err = gm_rows_build(m, t, &rows);
	if (p->body.err)
		return;
	for (size_t i = 0; i < rows.nr; i++) {
		if (rows.at[i].mc)
			put_machine(m, &rows.at[i], p->width, &p->body);
		else if (!is_machine_shown(&rows, rows.at[i].orphan->vm))
			put_orphan(m, &rows.at[i], p->width, &p->body);
	}
	if (!rows.nr)
		gm_top_explain_empty(m, t, p);
	gm_rows_release(&rows);
}
