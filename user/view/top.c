// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top.c - gmemtop's frames: the page's parts put together to the terminal's size, and the lines that all
 * pages begin with.
 */
#include "view/top_int.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef void (*page_fn)(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);

static const page_fn pages[] = {
	[GM_TOP_MAIN] = gm_top_main,
	[GM_TOP_TREE] = gm_top_tree,
	[GM_TOP_DETAIL] = gm_top_detail,
	[GM_TOP_HELP] = gm_top_help,
	[GM_TOP_PROBES] = gm_top_probes,
	[GM_TOP_PINS] = gm_top_pins,
};

void gm_top_init(struct gm_top *t)
{
	memset(t, 0, sizeof(*t));
	t->phase = GM_PHASE_GUEST_FAULT;
	gm_top_sort_by(t, "RES");
}

int gm_top_sort_by(struct gm_top *t, const char *column)
{
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		const char *a = gm_top_cols[i].name, *b = column;

		while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b))
			a++, b++;
		if (!*a && !*b) {
			t->sort = i;
			return 0;
		}
	}
	return -EINVAL;
}

char *gm_top_columns(char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (unsigned int i = 0; i < gm_top_cols_nr && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "", gm_top_cols[i].name);
	return buf;
}

int gm_top_show(struct gm_top *t, const char *set)
{
	if (strcmp(set, "memory") && strcmp(set, "phases"))
		return -EINVAL;
	t->set = strcmp(set, "phases") ? GM_TOP_MEMORY : GM_TOP_PHASES;
	return 0;
}

void gm_item(struct gm_items *it, const char *fmt, ...)
{
	char item[512];
	size_t used = strlen(it->text), sep = used ? 2 : 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(item, sizeof(item), fmt, ap);
	va_end(ap);
	if (gm_columns(it->text) + sep + gm_columns(item) > it->width && used)
		return;
	snprintf(it->text + used, sizeof(it->text) - used, "%s%s", sep ? "  " : "", item);
}

char *gm_top_pages(const struct gm_model *m, char *buf, size_t size, uint64_t pages_nr)
{
	if (m->meta.page_size)
		return gm_fmt_bytes(buf, size, pages_nr * m->meta.page_size);
	snprintf(buf, size, "n/a");
	return buf;
}

/* The wall clock from the records alone: seconds of the day, UTC. */
static void info_title(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	uint64_t up = (m->now_ns - m->first_ns) / 1000000000;
	uint64_t day = (m->meta.real_ns + (m->now_ns - m->meta.h.ts_ns)) / 1000000000 % 86400;
	struct gm_items it = { .width = p->width };
	const char *mode = gm_mode_name(m->meta.mode);
	char release[80];

	gm_item(&it, t->paused ? "gmemtop PAUSED" : "gmemtop");
	if (m->meta.real_ns)
		gm_item(&it, "%02u:%02u:%02u UTC", (unsigned int)(day / 3600), (unsigned int)(day / 60 % 60),
			(unsigned int)(day % 60));
	gm_item(&it, "seen %u:%02u:%02u", (unsigned int)(up / 3600), (unsigned int)(up / 60 % 60),
		(unsigned int)(up % 60));
	if (m->meta.h.kind)
		gm_item(&it, "mode %s", mode ? mode : "unknown");
	gm_item(&it, "tick %llu", (unsigned long long)m->ticks);
	if (m->meta.release[0])
		gm_item(&it, "%s", gm_plain(release, sizeof(release), m->meta.release));
	gm_frame_add(&p->info, GM_ATTR_BOLD, "%s", it.text);
}

static void warn_orphans(const struct gm_model *m, struct gm_items *it)
{
	uint64_t nr = 0, resident = 0;
	char a[8];

	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];

		if (in->dead_ns || !gm_inode_orphan(m, in))
			continue;
		nr++;
		resident += in->resident_pages;
	}
	if (nr)
		gm_item(it, "orphaned: %s in %llu inode%s", gm_top_pages(m, a, sizeof(a), resident),
			(unsigned long long)nr, nr == 1 ? "" : "s");
}

/* The line PARTIAL, with room for a hint behind it. Return false where there is none. */
static bool info_partial(const struct gm_model *m, struct gm_page *p, const char *hint)
{
	struct gm_str line = { 0 };
	bool any;

	gm_text_partial(&line, m, GM_ALL_PHASES, p->width > strlen(hint) ? p->width - (unsigned int)strlen(hint) : p->width);
	if (line.len)
		gm_frame_add(&p->info, p->batch ? GM_ATTR_NORMAL : GM_ATTR_DIM, "%.*s%s", (int)line.len - 1, line.s, hint);
	p->info.err = p->info.err ? p->info.err : line.err;
	any = line.len;
	gm_str_release(&line);
	return any;
}

static void info_unseen(const struct gm_model *m, struct gm_page *p)
{
	const char *hint = p->batch ? "" : " (o: why)";
	char phases[256];
	uint32_t mask = 0;

	if (!p->batch && info_partial(m, p, hint))
		return;
	for (unsigned int i = 0; m->probes.nr && i < GM_PHASE_NR; i++) {
		if (gm_phase_unseen(m, i) && gm_model_asked(m, i))
			mask |= 1u << i;
	}
	if (!mask || (p->batch && gm_model_sees_less(m)))
		return;
	gm_phase_list(phases, sizeof(phases), mask);
	if (strlen(phases) + strlen(hint) + 5 > p->width)
		snprintf(phases, sizeof(phases), "%d of %d phases", __builtin_popcount(mask), GM_PHASE_NR);
	gm_frame_add(&p->info, GM_ATTR_DIM, "n/a: %s%s", phases, hint);
}

/* Why machines have no memory in the table: each reason once, as it is the same for all of them. */
static void info_untracked(const struct gm_model *m, struct gm_page *p)
{
	unsigned int files = 0, vms = 0;

	for (size_t i = 0; i < m->machines.nr; i++) {
		files += gm_machine_lacks_files(m->machines.at[i]);
		vms += gm_machine_lacks_vms(m->machines.at[i]);
	}
	if (files)
		gm_frame_add(&p->info, GM_ATTR_DIM, "n/a: memory of %u machine%s: not all files are tracked (-C max-files)", files, files == 1 ? "" : "s");
	if (vms)
		gm_frame_add(&p->info, GM_ATTR_DIM, "n/a: memory of %u machine%s: not all VMs are tracked (-C max-vms)", vms, vms == 1 ? "" : "s");
}

/* What this kernel cannot show is no alarm: it will be so all night. */
static void info_warnings(const struct gm_model *m, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };

	if (m->lost)
		gm_item(&it, "LOST %llu records", (unsigned long long)m->lost);
	warn_orphans(m, &it);
	if (it.text[0])
		gm_frame_add(&p->info, GM_ATTR_WARN, "%s", it.text);
	info_unseen(m, p);
}

static unsigned int live_machines(const struct gm_model *m)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];
		bool live = false;

		for (size_t k = 0; k < mc->vms.nr && !live && !mc->joined; k++)
			live = !((const struct gm_vm *)mc->vms.at[k])->dead_ns;
		nr += live;
	}
	return nr;
}

/* Where no hook reports births, VMs are found by the scan over all tasks, which not every sample has. */
static void info_scanned(const struct gm_model *m, struct gm_items *it)
{
	char age[8];

	if (gm_model_births(m))
		return;
	if (m->pins_ns)
		gm_item(it, "VMs as of %s ago", gm_fmt_ns(age, sizeof(age), m->now_ns > m->pins_ns ? m->now_ns - m->pins_ns : 0));
	else
		gm_item(it, "VMs not listed yet");
}

static void info_totals(const struct gm_model *m, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	struct gm_mem mem;
	const char *least = gm_model_mem_partial(m) ? ">=" : "", *fewest = gm_model_vms_partial(m) ? ">=" : "";
	char a[8], b[8], nodes[256];

	gm_model_mem(m, &mem);
	gm_item(&it, "resident %s%s of %s%s", least, gm_top_pages(m, a, sizeof(a), mem.resident_pages), least,
		gm_fmt_bytes(b, sizeof(b), mem.size_bytes));
	info_scanned(m, &it);
	gm_item(&it, "machines %s%u", fewest, live_machines(m));
	gm_item(&it, "vms %s%llu", fewest, (unsigned long long)(gm_vms_seen(m) - m->dead_vms));
	gm_item(&it, "inodes %s%llu", least, (unsigned long long)(gm_inodes_seen(m) - m->dead_inodes));
	if (m->meta.nodes > 1 && mem.nodes_known)
		gm_item(&it, "%s", gm_top_nodes(m, &mem, nodes, sizeof(nodes)));
	gm_frame_add(&p->info, GM_ATTR_NORMAL, "%s", it.text);
}

static void info_cost(const struct gm_top_cost *c, struct gm_items *it)
{
	char a[8], progs[40] = "";

	if (!c->known)
		return;
	if (c->progs_known)
		snprintf(progs, sizeof(progs), " + %.1f%% in the kernel", c->progs * 100);
	gm_item(it, "looking costs %.1f%% of a CPU%s, %s", c->cpu * 100, progs, gm_fmt_bytes(a, sizeof(a), c->resident_bytes));
}

static void info_rates(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	struct gm_rates sum = { 0 };
	unsigned int phase = gm_top_fault_phase(m);
	bool guest = !gm_phase_unseen(m, GM_PHASE_GUEST_FAULT), counted = false;
	const char *least = gm_model_mem_partial(m) ? ">=" : "";
	char a[8];

	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];

		sum.alloc_pages += vm->rates.alloc_pages;
		sum.free_pages += vm->rates.free_pages;
		sum.faults += vm->rates.faults;
		counted = counted || !gm_vm_uncounted(m, vm);
	}
	if (!m->prev_tick_ns)
		return;
	if (counted) {
		gm_item(&it, "alloc %s%s/s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)sum.alloc_pages));
		gm_item(&it, "free %s%s/s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)sum.free_pages));
	} else if (m->vms.nr) {
		gm_item(&it, "alloc n/a  free n/a");
	}
	if (phase == GM_PHASE_NR)
		gm_item(&it, "faults n/a");
	else
		gm_item(&it, "faults %s/s%s", gm_fmt_count(a, sizeof(a), sum.faults),
			m->faults_seen == GM_SEEN_ALL ? "" : guest ? " (guest's only: host's n/a)" : " (host's only: guest's n/a)");
	info_cost(&t->cost, &it);
	gm_frame_add(&p->info, GM_ATTR_NORMAL, "%s", it.text);
}

/* In the order in which a low terminal keeps them. */
void gm_top_info(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	if (p->batch)
		info_partial(m, p, "");
	info_title(m, t, p);
	info_totals(m, p);
	info_rates(m, t, p);
	info_untracked(m, p);
	info_warnings(m, p);
}

/* Every line of a frame passes here: cut to the width, no blanks at its end. */
static void put(struct gm_frame *out, const struct gm_line *l, unsigned int width, bool keep_blanks)
{
	size_t len;
	char *text;

	gm_frame_add(out, l->attr, "%s", l->text);
	if (out->err)
		return;
	text = out->line[out->nr - 1].text;
	gm_cut(text, width);
	for (len = strlen(text); !keep_blanks && len && text[len - 1] == ' '; len--)
		text[len - 1] = '\0';
}

static void put_range(struct gm_frame *out, const struct gm_frame *in, size_t from, size_t to,
		      unsigned int width)
{
	for (size_t i = from; i < to && i < in->nr; i++)
		put(out, &in->line[i], width,
		    in->line[i].attr == GM_ATTR_SELECTED || in->line[i].attr == GM_ATTR_HEAD);
	out->err = out->err ? out->err : in->err;
}

static void scroll_to(struct gm_top *t, const struct gm_page *p, unsigned int room)
{
	t->visible = room;
	if (p->focus != SIZE_MAX && p->focus < t->scroll)
		t->scroll = (unsigned int)p->focus;
	if (p->focus != SIZE_MAX && room && p->focus >= t->scroll + (uint64_t)room)
		t->scroll = (unsigned int)(p->focus - room + 1);
	if (t->scroll + (uint64_t)room > p->body.nr)
		t->scroll = p->body.nr > room ? (unsigned int)(p->body.nr - room) : 0;
}

/* Warnings are worth more than rates where not all info lines have room. */
static void put_info(struct gm_frame *out, const struct gm_page *p, size_t room)
{
	size_t warn = SIZE_MAX, n = p->info.nr < room ? p->info.nr : room;

	for (size_t i = n; i < p->info.nr; i++) {
		if (p->info.line[i].attr == GM_ATTR_WARN)
			warn = i;
	}
	if (warn != SIZE_MAX && n) {
		put_range(out, &p->info, 0, n - 1, p->width);
		put_range(out, &p->info, warn, warn + 1, p->width);
	} else {
		put_range(out, &p->info, 0, n, p->width);
	}
}

static void fit(const struct gm_page *p, struct gm_top *t, unsigned int height, struct gm_frame *out)
{
	struct gm_line blank = { .text = (char *)"" };
	size_t least = 1 + p->fixed.nr + 2;	/* footer, fixed lines and two of the body */
	size_t room;

	put_info(out, p, height > least ? height - least : 1);
	put_range(out, &p->fixed, 0, height > 1 + out->nr ? height - 1 - out->nr : 0, p->width);
	room = height > out->nr + 1 ? height - out->nr - 1 : 0;
	scroll_to(t, p, (unsigned int)room);
	put_range(out, &p->body, t->scroll, t->scroll + room, p->width);
	while (!out->err && out->nr + 1 < height)
		put(out, &blank, 0, false);
	if (height > 1)
		gm_top_footer(t, p->width, out);
}

void gm_top_frame(const struct gm_model *m, struct gm_top *t, unsigned int width, unsigned int height,
		  struct gm_frame *out)
{
	struct gm_page p = { .width = width, .focus = SIZE_MAX, .batch = !height };

	gm_frame_clear(out);
	if (t->replay.on)
		gm_top_replay_line(m, t, &p);
	pages[t->page < GM_ARRAY_SIZE(pages) ? t->page : GM_TOP_MAIN](m, t, &p);
	if (height) {
		fit(&p, t, height, out);
	} else {
		put_range(out, &p.info, 0, p.info.nr, width);
		put_range(out, &p.fixed, 0, p.fixed.nr, width);
		put_range(out, &p.body, 0, p.body.nr, width);
	}
	out->err = out->err ? out->err : p.info.err ? p.info.err : p.fixed.err ? p.fixed.err : p.body.err;
	gm_frame_release(&p.info);
	gm_frame_release(&p.fixed);
	gm_frame_release(&p.body);
}
