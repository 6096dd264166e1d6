// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_detail.c - the detail page: VMs, memory, phases with a histogram, inodes and pins of one machine; or one orphan.
 */
#include "base/fmt.h"
#include "top/top_int.h"
#include "model/observe.h"
#include "report/hist_bars.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define LABEL_COLS	15	/* "30.5us - 61.0us" */
#define BAR_MAX		400
#define HIGH		36	/* lines: on a higher page, blank lines are between the parts */

char *gm_top_bar(char *buf, unsigned int width, double value, double max, bool ascii)
{
	static const char *const part[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	unsigned int eighths = max > 0 ? (unsigned int)(8.0 * width * value / max + 0.5) : 0;
	char *p = buf;

	if (eighths > 8 * width)
		eighths = 8 * width;
	if (!eighths && value > 0)
		eighths = 1; /* a value above 0 is always visible */
	if (ascii)
		eighths = (eighths + 7) / 8 * 8;
	for (unsigned int i = 0; i < eighths / 8; i++)
		p += sprintf(p, "%s", ascii ? "#" : "█");
	sprintf(p, "%s", part[eighths % 8]);
	return buf;
}

static void put_histogram(const struct gm_top *t, const struct gm_hist *h, unsigned int width, struct gm_frame *f)
{
	unsigned int bar = width > LABEL_COLS + 20 ? width - LABEL_COLS - 12 : 8;
	char label[24], text[3 * BAR_MAX + 4], count[8];
	struct gm_bars bars;

	bar = bar > BAR_MAX ? BAR_MAX : bar;
	gm_bars_make(h, GM_HIST_PER_OCTAVE, &bars);
	for (unsigned int i = 0; i < bars.nr; i++) {
		const struct gm_bar *b = &bars.at[i];

		gm_fmt_count(count, sizeof(count), (double)b->count);
		gm_frame_add(f, GM_ATTR_BAR, " %s %5s %s", gm_bar_label(b, label, sizeof(label)), b->count ? count : "",
			     gm_top_bar(text, bar, (double)b->count, (double)bars.most, t->ascii));
	}
}

unsigned int gm_top_shown_phase(const struct gm_top *t, const struct gm_machine *mc)
{
	unsigned int chosen = t->phase < GM_PHASE_NR ? t->phase : GM_PHASE_GUEST_FAULT;
	struct gm_hist h;

	gm_machine_hist(mc, chosen, &h);
	for (unsigned int phase = 0; !h.count && phase < GM_PHASE_NR; phase++) {
		gm_machine_hist(mc, phase, &h);
		if (h.count)
			return phase;
	}
	return chosen;
}

static void put_gap(const struct gm_top *t, struct gm_frame *f)
{
	if (t->height >= HIGH)
		gm_frame_add(f, GM_ATTR_NORMAL, "%s", "");
}

static void put_chosen(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc, struct gm_page *p)
{
	unsigned int phase = gm_top_shown_phase(t, mc);
	const char *na = gm_phase_no_data_why(m, phase);
	struct gm_hist h;
	char why[256];

	gm_machine_hist(mc, phase, &h);
	put_gap(t, &p->body);
	gm_frame_add(&p->body, GM_ATTR_BOLD, "%s, time per %s%s  (<- ->: phase, H: %s)", gm_phase_name(phase),
		     gm_phase_per(phase), t->heat ? ", by samples" : "", t->heat ? "histogram" : "heatmap");
	if (h.count && t->heat)
		gm_top_heat(m, t, mc, phase, p);
	else if (h.count)
		put_histogram(t, &h, p->width, &p->body);
	else if (na)
		gm_frame_add(&p->body, GM_ATTR_DIM, "  n/a: %s", gm_plain(why, sizeof(why), na));
	else
		gm_frame_add(&p->body, GM_ATTR_DIM, "  none yet");
}

static void put_phase(const struct gm_model *m, unsigned int phase, const struct gm_hist *h, const char *rate,
		      bool chosen, struct gm_frame *f)
{
	char count[8], sum[8], p50[8], p90[8], p99[8], max[8], label[24];

	gm_frame_add(f, chosen ? GM_ATTR_BOLD : GM_ATTR_NORMAL, "%c%-12s %7s %6s %8s %8s %8s %8s %8s",
		     chosen ? '>' : ' ', gm_phase_label(label, sizeof(label), m, phase),
		     gm_fmt_count(count, sizeof(count), (double)gm_hist_total(h)), rate,
		     gm_fmt_ns(sum, sizeof(sum), h->sum_ns), gm_fmt_ns(p50, sizeof(p50), gm_hist_quantile(h, 0.5)),
		     gm_fmt_ns(p90, sizeof(p90), gm_hist_quantile(h, 0.9)),
		     gm_fmt_ns(p99, sizeof(p99), gm_hist_quantile(h, 0.99)), gm_fmt_ns(max, sizeof(max), h->max_ns));
}

static void put_phases(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc,
		       struct gm_frame *f)
{
	unsigned int shown = gm_top_shown_phase(t, mc);
	bool rates = m->keep_heat && m->prev_tick_ns;
	struct gm_hist h;
	char rate[8];

	gm_frame_add(f, GM_ATTR_HEAD, " %-12s %7s %6s %8s %8s %8s %8s %8s", "PHASE", "COUNT", "RATE/s", "TOTAL", "P50",
		     "P90", "P99", "MAX");
	for (unsigned int phase = 0; phase < GM_PHASE_NR; phase++) {
		gm_machine_hist(mc, phase, &h);
		if (gm_hist_total(&h))
			put_phase(m, phase, &h, rates ? gm_fmt_count(rate, sizeof(rate), gm_top_rate(mc, phase)) : "-",
				  phase == shown, f);
	}
}

/* Explains counts that have no time: the kernel skipped the BPF program. */
static void put_untimed(const struct gm_machine *mc, struct gm_frame *f)
{
	struct gm_hist h;

	for (unsigned int phase = 0; phase < GM_PHASE_NR; phase++) {
		gm_machine_hist(mc, phase, &h);
		if (h.untimed)
			gm_frame_add(f, GM_ATTR_DIM,
				     " %-12s timed: %llu; for %llu the kernel skipped the BPF "
				     "program",
				     gm_phase_name(phase), (unsigned long long)h.count, (unsigned long long)h.untimed);
	}
}

/* Lists the phases that the table left out, a line for each reason: not available on this host; no count. */
static void put_left_out(const struct gm_model *m, const struct gm_machine *mc, struct gm_frame *f)
{
	uint32_t none = 0, unseen = 0;
	char names[256];
	struct gm_hist h;

	for (unsigned int phase = 0; phase < GM_PHASE_NR; phase++) {
		gm_machine_hist(mc, phase, &h);
		if (gm_phase_no_data_why(m, phase))
			unseen |= 1u << phase;
		else if (!gm_hist_total(&h))
			none |= 1u << phase;
	}
	if (unseen)
		gm_frame_add(f, GM_ATTR_DIM, " n/a (o: why): %s", gm_phase_list(names, sizeof(names), unseen));
	if (none)
		gm_frame_add(f, GM_ATTR_DIM, " none yet: %s", gm_phase_list(names, sizeof(names), none));
}

static void put_vm(const struct gm_model *m, const struct gm_vm *vm, struct gm_frame *f)
{
	uint64_t end = vm->dead_ns ? vm->dead_ns : m->now_ns;
	bool counted = !gm_vm_uncounted(m, vm);
	char age[8], size[8], res[8], al[8], fr[8], pid[GM_PID_LEN];
	struct gm_mem mem;

	gm_vm_mem(vm, &mem);
	gm_frame_add(f, vm->dead_ns ? GM_ATTR_DIM : GM_ATTR_NORMAL, "%5u %8s %5u %8s %6s %6s %9s %6s  %s%s", vm->id,
		     gm_pid_text(pid, vm->tgid), vm->vcpus,
		     gm_fmt_ns(age, sizeof(age), end > vm->born_ns ? end - vm->born_ns : 0),
		     mem.untracked ? "n/a" : gm_fmt_bytes(size, sizeof(size), mem.size_bytes),
		     mem.untracked ? "n/a" : gm_top_pages(m, res, sizeof(res), mem.resident_pages),
		     counted ? gm_top_pages(m, al, sizeof(al), vm->counts.allocated_pages) : "n/a",
		     counted ? gm_top_pages(m, fr, sizeof(fr), vm->counts.freed_pages) : "n/a",
		     vm->dead_ns ? "gone" : "alive", vm->old ? ", older than this session" : "");
	if (mem.untracked)
		gm_frame_add(f, GM_ATTR_DIM, "      size, resident, allocated, freed n/a: %s", gm_vm_untracked(vm));
	else if (vm->uncounted)
		gm_frame_add(f, GM_ATTR_DIM, "      allocated, freed n/a: %s", gm_vm_uncounted(m, vm));
}

/* Lists the VMs that live, or those that are gone, the newest first. Nothing if there is none. */
static void put_vms(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc, bool gone,
		    struct gm_frame *f)
{
	bool head = false;

	for (size_t i = mc->vms.nr; i-- > 0;) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (gone != !!vm->dead_ns)
			continue;
		if (!head && gone)
			put_gap(t, f);
		if (!head)
			gm_frame_add(f, GM_ATTR_HEAD, "%5s %8s %5s %8s %6s %6s %9s %6s  %s", "VM", "PID", "VCPUS",
				     "AGE", "SIZE", "RES", "ALLOCATED", "FREED", "STATE");
		head = true;
		put_vm(m, vm, f);
	}
	if (!gone && gm_machine_has_untracked_vms(mc))
		gm_frame_add(f, GM_ATTR_DIM,
			     "      VMs of this process are missing: its user has reached the limit "
			     "(-C max-vms)");
}

/* Return true if a VM of the machine has a file of the inode, or was the last that had one. */
static bool is_inode_of_machine(const struct gm_machine *mc, const struct gm_inode *in)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (in->vm == vm)
			return true;
		for (size_t k = 0; k < vm->files.nr; k++) {
			if (((const struct gm_file *)vm->files.at[k])->inode == in)
				return true;
		}
	}
	return false;
}

static void put_inodes(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc,
		       unsigned int width, struct gm_frame *f)
{
	put_gap(t, f);
	gm_frame_add(f, GM_ATTR_HEAD, " INODES AND WHAT PINS THEM");
	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];

		if (!in->dead_ns && is_inode_of_machine(mc, in))
			gm_top_inode_lines(m, in, 1, width, f);
	}
}

static void put_memory(const struct gm_model *m, const struct gm_row *r, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	const char *least = r->mem.untracked ? ">=" : "";
	char a[8], b[8], comm[GM_COMM_LEN + 1], nodes[256], pid[GM_PID_LEN];

	gm_item(&it, "%s", r->name);
	if (r->mc && r->pid)
		gm_item(&it, "%s[%s]", gm_plain(comm, sizeof(comm), r->mc->comm), gm_pid_text(pid, r->pid));
	gm_item(&it, "%s%s of %s%s", least, gm_top_pages(m, a, sizeof(a), r->mem.resident_pages), least,
		gm_fmt_bytes(b, sizeof(b), r->mem.size_bytes));
	if (r->mc && !gm_reboots_are_known(m, r->reboots))
		gm_item(&it, "reboots n/a");
	else if (r->mc)
		gm_item(&it, "%llu reboot%s", (unsigned long long)r->reboots, gm_plural(r->reboots));
	gm_frame_add(&p->fixed, GM_ATTR_BOLD, "%s", it.text);
	if (m->meta.nodes > 1)
		gm_frame_add(&p->body, GM_ATTR_NORMAL, "resident by node: %s",
			     r->mem.nodes_known && !r->mem.untracked ? gm_top_nodes(m, &r->mem, nodes, sizeof(nodes))
								     : "n/a");
}

/* Adds a figure of private or shared memory: a lower bound while it is first read. */
static void put_half(struct gm_items *it, const struct gm_model *m, const char *what, bool partial, uint64_t pages)
{
	char text[8];

	gm_item(it, "%s %s%s", what, partial ? ">=" : "", gm_top_pages(m, text, sizeof(text), pages));
}

/* Adds the private and shared memory of a machine that may have private memory. */
static void put_halves(const struct gm_model *m, const struct gm_halves *h, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };

	if (!h->any)
		return;
	if (h->why) {
		gm_frame_add(&p->body, GM_ATTR_DIM, "private memory n/a: %s", h->why);
		return;
	}
	put_half(&it, m, "private", h->partial, h->private_pages);
	put_half(&it, m, "shared", h->partial, h->shared_pages);
	if (h->twice_known)
		put_half(&it, m, "held twice", h->partial || h->twice_partial, h->twice_pages);
	else
		gm_item(&it, "held twice n/a: %s", h->twice_why);
	put_half(&it, m, "left in gmem though shared", h->partial, h->left_pages);
	if (h->aged)
		gm_item(&it, "changing");
	gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s", it.text);
}

void gm_top_detail(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	const struct gm_row *r;
	struct gm_rows rows;

	gm_top_info(m, t, p);
	p->body.err = gm_rows_build(m, t, &rows);
	if (p->body.err)
		return;
	if (!rows.nr) {
		gm_frame_add(&p->body, GM_ATTR_DIM, "nothing to show");
		gm_rows_release(&rows);
		return;
	}
	r = &rows.at[gm_rows_selected(&rows, t)];
	put_memory(m, r, p);
	if (r->orphan) {
		gm_frame_add(&p->body, GM_ATTR_WARN, "populated, but no live VM uses it");
		gm_top_inode_lines(m, r->orphan, 1, p->width, &p->body);
	} else {
		put_halves(m, &r->halves, p);
		put_vms(m, t, r->mc, false, &p->body);
		put_inodes(m, t, r->mc, p->width, &p->body);
		put_gap(t, &p->body);
		put_phases(m, t, r->mc, &p->body);
		put_untimed(r->mc, &p->body);
		put_left_out(m, r->mc, &p->body);
		put_chosen(m, t, r->mc, p);
		put_vms(m, t, r->mc, true, &p->body);
	}
	gm_rows_release(&rows);
}
