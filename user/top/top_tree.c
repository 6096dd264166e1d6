// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_tree.c - the tree page: machine > vm > inode > file > binding, and what pins the memory. Rows are added with
 * their depth; the lines that join them are drawn when all are known.
 */
#include "base/fmt.h"
#include "top/top_int.h"
#include "report/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fmt_pin(const struct gm_pin *pin, char *buf, size_t size)
{
	const char *what = gm_pin_name(pin->what);

	if (pin->fd >= 0 && pin->what != GM_PIN_MAPPING)
		snprintf(buf, size, "%s %d", what ? what : "?", pin->fd);
	else
		snprintf(buf, size, "%s", what ? what : "?");
}

static void pin_text(const struct gm_model *m, const struct gm_pin *pin, char *buf, size_t size)
{
	char owner[48], what[32], a[8] = "";

	gm_pin_owner(pin, owner, sizeof(owner));
	fmt_pin(pin, what, sizeof(what));
	if (pin->npages)
		gm_top_pages(m, a, sizeof(a), pin->npages);
	snprintf(buf, size, "pin: %s %s%s%s", owner, what, a[0] ? " of " : "", a);
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

static void inode_items(const struct gm_model *m, const struct gm_inode *in, struct gm_items *it)
{
	struct gm_mem mem = { .nodes_known = true };
	char a[8], b[8], nodes[256];

	gm_item(it, "inode %u", in->id);
	gm_item(it, "%s of %s", gm_top_pages(m, a, sizeof(a), in->resident_pages),
		gm_fmt_bytes(b, sizeof(b), in->size_bytes));
	if (gm_inode_is_orphan(m, in))
		gm_item(it, "(orphan)");
	gm_item(it, "ino %llu", (unsigned long long)in->ino);
	gm_mem_add(&mem, in);
	if (mem.nodes_known && m->meta.nodes > 1)
		gm_item(it, "%s", gm_top_nodes(m, &mem, nodes, sizeof(nodes)));
	if (mem.nodes_known && mem.nodes_error && m->meta.nodes > 1)
		gm_item(it, "+-%s", gm_top_pages(m, a, sizeof(a), mem.nodes_error));
	if (in->counted) {
		gm_item(it, "allocated %s", gm_top_pages(m, a, sizeof(a), in->allocated_pages));
		gm_item(it, "freed %s", gm_top_pages(m, a, sizeof(a), in->freed_pages));
	} else {
		gm_item(it, "allocated n/a");
	}
}

void gm_top_inode_lines(const struct gm_model *m, const struct gm_inode *in, unsigned int indent, unsigned int width,
			struct gm_frame *f)
{
	struct gm_items it = { .width = width > indent ? width - indent : 1 };
	bool orphan = gm_inode_is_orphan(m, in);
	char pin[128];

	inode_items(m, in, &it);
	gm_frame_add(f, orphan ? GM_ATTR_WARN : GM_ATTR_NORMAL, "%*s%s", (int)indent, "", it.text);
	for (size_t i = 0; i < in->pins.nr; i++) {
		pin_text(m, in->pins.at[i], pin, sizeof(pin));
		gm_frame_add(f, orphan ? GM_ATTR_WARN : GM_ATTR_DIM, "%*s%s", (int)indent + 2, "", pin);
	}
	if (orphan && !in->pins.nr)
		gm_frame_add(f, GM_ATTR_WARN, "%*sno fd or mapping seen", (int)indent + 2, "");
}

/* ---- rows ---- */

/* The tree under construction. Rows are added from the top; each says how deep it is. */
struct tree {
	const struct gm_model *m;
	const struct gm_top *t;
	struct gm_page *p;
	struct gm_target at;		/* of the row that is added next */
	size_t fold;			/* line below which rows are hidden; SIZE_MAX: none */
};

static void add_row(struct tree *tr, enum gm_attr attr, const char *text)
{
	struct gm_page *p = tr->p;
	size_t line = p->body.nr;

	if (tr->fold < p->targets && tr->at.depth > p->target[tr->fold].depth) {
		p->target[tr->fold].below = true;
		p->target[tr->fold].hidden++;
		return;
	}
	tr->fold = SIZE_MAX;
	gm_frame_add(&p->body, attr, "%s", text);
	gm_page_target(p, &tr->at);
	if (line && line < p->targets && p->target[line - 1].depth < tr->at.depth)
		p->target[line - 1].below = true;
	if (!p->batch && gm_target_is_folded(tr->t, &tr->at))
		tr->fold = line;
}

static void put_binding(struct tree *tr, const struct gm_vm *vm, size_t nr, unsigned int depth)
{
	const struct gm_binding *b = vm->bindings.at[nr];
	char text[128], a[8], slot[32];

	tr->at.kind = GM_TARGET_BINDING;
	tr->at.depth = depth;
	tr->at.nr = (uint32_t)nr;
	snprintf(text, sizeof(text), "slot %s  %s  guest frame 0x%llx  from page %llu",
		 gm_slot_name(b->slot, slot, sizeof(slot)), gm_top_pages(tr->m, a, sizeof(a), b->npages),
		 (unsigned long long)b->base_gfn, (unsigned long long)b->pgoff);
	add_row(tr, GM_ATTR_NORMAL, text);
}

static void put_file(struct tree *tr, const struct gm_vm *vm, const struct gm_file *file)
{
	char text[40];

	tr->at.kind = GM_TARGET_FILE;
	tr->at.depth = 3;
	tr->at.nr = file->id;
	snprintf(text, sizeof(text), "file %u%s", file->id, file->dead_ns ? "  (closed)" : "");
	add_row(tr, GM_ATTR_NORMAL, text);
	for (size_t i = 0; i < vm->bindings.nr; i++) {
		if (((const struct gm_binding *)vm->bindings.at[i])->file == file)
			put_binding(tr, vm, i, 4);
	}
}

static void put_inode(struct tree *tr, const struct gm_inode *in, unsigned int depth)
{
	enum gm_attr attr = gm_inode_is_orphan(tr->m, in) ? GM_ATTR_WARN : GM_ATTR_NORMAL;
	struct gm_items it = { .width = tr->p->width > 3 * depth ? tr->p->width - 3 * depth : 1 };
	char text[128];

	inode_items(tr->m, in, &it);
	tr->at.depth = depth;
	tr->at.inode = in->id;
	tr->at.nr = 0;
	tr->at.kind = tr->at.machine ? GM_TARGET_INODE : GM_TARGET_ORPHAN;
	add_row(tr, attr, it.text);
	tr->at.kind = GM_TARGET_PIN;
	tr->at.depth++;
	for (size_t i = 0; i < in->pins.nr; i++, tr->at.nr++) {
		pin_text(tr->m, in->pins.at[i], text, sizeof(text));
		add_row(tr, attr == GM_ATTR_WARN ? attr : GM_ATTR_DIM, text);
	}
	if (attr == GM_ATTR_WARN && !in->pins.nr)
		add_row(tr, attr, "no fd or mapping seen");
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

static void put_inode_and_files(struct tree *tr, const struct gm_vm *vm, const struct gm_inode *in)
{
	put_inode(tr, in, 2);
	for (size_t i = 0; i < vm->files.nr; i++) {
		const struct gm_file *file = vm->files.at[i];

		if (file->inode == in)
			put_file(tr, vm, file);
	}
}

static void put_inodes(struct tree *tr, const struct gm_vm *vm)
{
	for (size_t i = 0; i < vm->files.nr; i++) {
		const struct gm_file *first = vm->files.at[i];
		const struct gm_inode *in = first->inode;

		tr->at.inode = 0;
		if (!in)
			put_file(tr, vm, first);
		else if (!in->dead_ns && !is_inode_listed(vm, i, in))
			put_inode_and_files(tr, vm, in);
	}
	tr->at.inode = 0;
	for (size_t i = 0; i < vm->bindings.nr; i++) {
		if (!((const struct gm_binding *)vm->bindings.at[i])->file)
			put_binding(tr, vm, i, 3);
	}
}

static void put_vm(struct tree *tr, const struct gm_vm *vm)
{
	uint64_t end = vm->dead_ns ? vm->dead_ns : tr->m->now_ns;
	char text[160], a[8], pid[GM_PID_LEN];

	gm_fmt_ns(a, sizeof(a), end > vm->born_ns ? end - vm->born_ns : 0);
	snprintf(text, sizeof(text), "vm %u  pid %s  %u vCPU%s  %s %s%s", vm->id, gm_pid_text(pid, vm->tgid), vm->vcpus,
		 gm_plural(vm->vcpus), vm->old ? "seen for" : "age", a,
		 vm->dead_ns ? "  (destroyed, its memory is not)" : "");
	tr->at = (struct gm_target){ GM_TARGET_VM, .machine = tr->at.machine, .vm = vm->id, .depth = 1 };
	add_row(tr, vm->dead_ns ? GM_ATTR_DIM : GM_ATTR_NORMAL, text);
	put_inodes(tr, vm);
}

static void put_machine(struct tree *tr, const struct gm_row *r)
{
	char text[400], a[8], b[8], pid[GM_PID_LEN];

	snprintf(text, sizeof(text), "%s  pid %s  %s of %s%s", r->name, gm_pid_text(pid, r->pid),
		 r->mem.untracked ? "n/a" : gm_top_pages(tr->m, a, sizeof(a), r->mem.resident_pages),
		 r->mem.untracked ? "n/a" : gm_fmt_bytes(b, sizeof(b), r->mem.size_bytes), r->gone ? "  (gone)" : "");
	tr->at = (struct gm_target){ GM_TARGET_MACHINE, .machine = r->mc->id };
	add_row(tr, GM_ATTR_BOLD, text);
	for (size_t i = 0; i < r->mc->vms.nr; i++) {
		const struct gm_vm *vm = r->mc->vms.at[i];

		if (!vm->dead_ns || has_live_inode(vm))
			put_vm(tr, vm);
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

static void put_orphan(struct tree *tr, const struct gm_row *r)
{
	char text[400];

	snprintf(text, sizeof(text), "%s  (no machine uses it any more)", r->name);
	/* The inode's own row is the one that a selected orphan means. */
	tr->at = (struct gm_target){ GM_TARGET_ORPHAN, .inode = r->orphan->id, .nr = 1 };
	add_row(tr, GM_ATTR_WARN, text);
	put_inode(tr, r->orphan, 1);
}

/* ---- lines ---- */

/* Writes what is left of a row; more: a bit for each depth at which another row follows below the same one. */
static void put_prefix(struct gm_str *b, const struct gm_target *at, unsigned int more, bool folded, bool ascii)
{
	bool hides = at->below && folded;

	if (!at->depth) {
		gm_str_puts(b, !at->below ? "  " : hides ? "+ " : "- ");
		return;
	}
	for (unsigned int d = 1; d < at->depth; d++)
		gm_str_puts(b, !(more >> d & 1) ? "   " : ascii ? "|  " : "│  ");
	gm_str_puts(b, ascii ? (more >> at->depth & 1 ? "|" : "`") : more >> at->depth & 1 ? "├" : "└");
	gm_str_puts(b, hides ? "+ " : ascii ? "- " : "─ ");
}

/* Cuts a row's text to a width, at the last item that fits: half a figure would be a wrong one. */
static void cut_items(char *text, size_t width)
{
	char *end = NULL;

	if (gm_columns(text) <= width)
		return;
	gm_cut(text, width);
	for (char *at = text; (at = strstr(at, "  ")); at += 2)
		end = at;
	if (end)
		*end = '\0';
}

static void draw_row(struct tree *tr, size_t line, unsigned int more)
{
	const struct gm_target *at = &tr->p->target[line];
	struct gm_line *l = &tr->p->body.line[line];
	bool folded = !tr->p->batch && gm_target_is_folded(tr->t, at);
	unsigned int room = tr->p->width > 3 * at->depth + 2 ? tr->p->width - 3 * at->depth - 2 : 1;
	struct gm_str b = { 0 };
	char count[24] = "";

	if (tr->p->batch)
		gm_str_printf(&b, "%*s", (int)(2 * at->depth), "");
	else
		put_prefix(&b, at, more, folded, tr->t->ascii);
	if (folded && at->hidden) {
		snprintf(count, sizeof(count), "  (%u row%s)", at->hidden, gm_plural(at->hidden));
		cut_items(l->text, strlen(count) < room ? room - strlen(count) : 1);
	}
	gm_str_puts(&b, l->text);
	gm_str_puts(&b, count);
	if (b.err) {
		tr->p->body.err = b.err;
		gm_str_release(&b);
		return;
	}
	free(l->text);
	l->text = b.s;
}

/* From the last row up: whether another row follows at the same depth is then known. */
static void draw_rows(struct tree *tr)
{
	unsigned int more = 0;

	for (size_t i = tr->p->targets; i-- > 0 && !tr->p->body.err;) {
		unsigned int depth = tr->p->target[i].depth;

		draw_row(tr, i, more);
		more = (more & ((1u << depth) - 1)) | 1u << depth;
	}
}

void gm_top_tree(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct tree tr = { .m = m, .t = t, .p = p, .fold = SIZE_MAX };
	struct gm_rows rows;

	gm_top_info(m, t, p);
	p->body.err = gm_rows_build(m, t, &rows);
	if (p->body.err)
		return;
	gm_top_filter_line(m, t, &rows, p);
	for (size_t i = 0; i < rows.nr; i++) {
		if (rows.at[i].mc)
			put_machine(&tr, &rows.at[i]);
		else if (!is_machine_shown(&rows, rows.at[i].orphan->vm))
			put_orphan(&tr, &rows.at[i]);
	}
	draw_rows(&tr);
	if (!rows.nr)
		gm_top_explain_empty(m, t, p);
	gm_page_mark_selected(p, t);
	gm_rows_release(&rows);
}
