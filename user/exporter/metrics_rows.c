// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * metrics_rows.c - decides which machines have their own series, and keeps their state at the last tick.
 *
 * A machine gets a row when it has guest memory. The first rows, up to the limit, have series; later ones are added up
 * as "other". This is decided when a row is added (or shown again), and does not change while it is shown: a machine
 * that moved into and out of "other" would make both counters jump. "other" therefore counts what rows gained while
 * they were folded, and never decreases.
 */
#include "exporter/metrics_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gm_mem_state_names[GM_MEM_STATES] = { "bound", "unbound", "orphaned" };

unsigned int gm_mem_state_count(const struct gm_model *m)
{
	return m->tasks_na ? GM_MEM_ORPHANED : GM_MEM_STATES;
}

int gm_metrics_new(struct gm_metrics **out, const struct gm_metrics_opts *o)
{
	struct gm_metrics *mx = calloc(1, sizeof(*mx));

	if (!mx)
		return -ENOMEM;
	mx->o = *o;
	if (o->legacy && !o->per_octave)
		mx->o.per_octave = 1;
	*out = mx;
	return 0;
}

void gm_metrics_free(struct gm_metrics *mx)
{
	if (!mx)
		return;
	for (size_t i = 0; i < mx->rows.nr; i++)
		free(mx->rows.at[i]);
	gm_vec_release(&mx->rows);
	gm_hmap_release(&mx->by_machine);
	gm_hmap_release(&mx->by_label);
	free(mx);
}

/* ---- memory ---- */

static bool is_bound(const struct gm_file *f)
{
	for (size_t i = 0; f->vm && i < f->vm->bindings.nr; i++)
		if (((const struct gm_binding *)f->vm->bindings.at[i])->file == f)
			return true;
	return false;
}

static enum gm_mem_state inode_state(const struct gm_model *m, const struct gm_inode *in)
{
	if (gm_inode_is_orphan(m, in))
		return GM_MEM_ORPHANED;
	for (size_t i = 0; i < in->files.nr; i++)
		if (is_bound(in->files.at[i]))
			return GM_MEM_BOUND;
	return GM_MEM_UNBOUND;
}

/*
 * Adds an inode's memory. Where the pages by node are older than the page count, as in old recordings without error
 * bounds, the difference has no node.
 */
static void add_inode_memory(struct gm_mem_cells *c, const struct gm_inode *in, enum gm_mem_state state)
{
	uint64_t left = in->resident_pages;

	c->size_bytes += in->size_bytes;
	c->inodes++;
	c->nodes_error += in->nodes_known ? in->nodes_error : 0;
	for (unsigned int n = 0; n < GM_NODES_MAX && in->nodes_known; n++) {
		uint64_t pages = in->node_pages[n] < left ? in->node_pages[n] : left;

		c->pages[state][n] += pages;
		left -= pages;
	}
	c->pages[state][GM_MEM_NODES - 1] += left;
}

static void update_memory(struct gm_metrics *mx, const struct gm_model *m)
{
	memset(&mx->mem, 0, sizeof(mx->mem));
	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];
		struct gm_mrow *row = in->vm ? gm_hmap_get(&mx->by_machine, in->vm->machine->id) : NULL;
		enum gm_mem_state state;

		if (in->dead_ns)
			continue;
		state = inode_state(m, in);
		add_inode_memory(&mx->mem, in, state);
		if (!row)
			continue;
		add_inode_memory(&row->mem, in, state);
		row->alive |= in->resident_pages > 0;
	}
}

/* ---- one row ---- */

static void read_sums(const struct gm_machine *mc, struct gm_mrow_sums *out)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		out->count[p] = mc->past[p] ? mc->past[p]->count : 0;
		out->sum_ns[p] = mc->past[p] ? mc->past[p]->sum_ns : 0;
		for (size_t i = 0; i < mc->vms.nr; i++) {
			const struct gm_hist *h = ((const struct gm_vm *)mc->vms.at[i])->phase[p];

			out->count[p] += h ? h->count : 0;
			out->sum_ns[p] += h ? h->sum_ns : 0;
		}
	}
	out->allocated_pages = mc->counts.allocated_pages;
	out->freed_pages = mc->counts.freed_pages;
	memcpy(out->episodes, mc->episodes, sizeof(out->episodes));
}

/*
 * Adds the growth of a sum. A machine's sums never shrink, except when two machines turn out to be one and the row is
 * taken over: that is no negative growth.
 */
static void add_gain(uint64_t *sum, uint64_t now, uint64_t before)
{
	*sum += now > before ? now - before : 0;
}

static void add_sums_gain(struct gm_mrow_sums *dst, const struct gm_mrow_sums *now, const struct gm_mrow_sums *before)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		add_gain(&dst->count[p], now->count[p], before->count[p]);
		add_gain(&dst->sum_ns[p], now->sum_ns[p], before->sum_ns[p]);
	}
	add_gain(&dst->allocated_pages, now->allocated_pages, before->allocated_pages);
	add_gain(&dst->freed_pages, now->freed_pages, before->freed_pages);
	for (unsigned int s = 0; s < GM_REBOOT_STYLES; s++)
		add_gain(&dst->episodes[s], now->episodes[s], before->episodes[s]);
}

static void copy_last_reboot(struct gm_last_reboot *l, const struct gm_model *m, uint32_t id)
{
	const struct gm_episode *e = gm_model_episode(m, id);
	struct gm_saving s;

	if (!e || l->id == id)
		return;
	memset(l, 0, sizeof(*l));
	l->id = gm_episode_is_timed(e) ? id : 0;
	l->wall_ns = gm_episode_wall(e);
	l->end_ns = e->end_ns;
	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		l->old_ns[i] = e->old[i].wall_ns;
		l->new_ns[i] = e->new[i].wall_ns;
	}
	memcpy(l->rest_ns, e->rest_ns, sizeof(l->rest_ns));
	gm_episode_saving(m, e, &s);
	l->saving_known = !s.na[0];
	l->saving_s[0] = s.wall_ns.low / 1e9;
	l->saving_s[1] = s.wall_ns.mid / 1e9;
	l->saving_s[2] = s.wall_ns.high / 1e9;
}

static void row_update(struct gm_metrics *mx, struct gm_mrow *row, const struct gm_model *m,
		       const struct gm_machine *mc)
{
	struct gm_mrow_sums before = row->sums;

	memcpy(row->key, mc->key, sizeof(row->key));
	memcpy(row->comm, mc->comm, sizeof(row->comm));
	row->tgid = mc->tgid;
	memset(&row->mem, 0, sizeof(row->mem));
	row->vms = row->bindings = row->untracked = 0;
	row->alive = false;
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		row->vms += !vm->dead_ns;
		row->alive |= !vm->dead_ns && vm->had_mem;
		row->bindings += vm->bindings.nr;
		row->untracked += vm->dead_ns ? 0 : vm->untracked;
		row->uncounted |= vm->uncounted;
	}
	gm_machine_halves(m, mc, &row->halves);
	row->lacks_vms = gm_machine_has_untracked_vms(mc);
	row->uncounted |= row->lacks_vms;
	read_sums(mc, &row->sums);
	if (row->folded)
		add_sums_gain(&mx->other, &row->sums, &before);
	else
		copy_last_reboot(&row->last, m, mc->last_episode);
}

/* ---- rows ---- */

static bool machine_matches(const struct gm_metrics *mx, const struct gm_machine *mc)
{
	if (!mx->o.want)
		return true;
	for (size_t i = 0; i < mc->vms.nr; i++)
		if (gm_vm_matches(mc->vms.at[i], mx->o.want))
			return true;
	return false;
}

static bool has_memory(const struct gm_machine *mc)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm->had_mem || vm->untracked)
			return true;
	}
	return false;
}

/* Decides between own series and "other". A row that was once part of "other" stays there. */
static void row_assign_series(struct gm_metrics *mx, struct gm_mrow *row)
{
	row->folded |= mx->o.limit && mx->shown >= mx->o.limit;
	mx->shown += !row->folded;
	mx->ever_folded |= row->folded;
}

static int row_new(struct gm_metrics *mx, const struct gm_machine *mc, struct gm_mrow **out)
{
	struct gm_mrow *row = calloc(1, sizeof(*row));

	if (!row || gm_vec_push(&mx->rows, row)) {
		free(row);
		return -ENOMEM;
	}
	row->machine = mc->id;
	row->first_ns = mc->first_ns;
	row_assign_series(mx, row);
	*out = row;
	return gm_hmap_put(&mx->by_machine, mc->id, row);
}

/* ---- ticks ---- */

static int update_machine(struct gm_metrics *mx, const struct gm_model *m, const struct gm_machine *mc)
{
	struct gm_mrow *row = gm_hmap_get(&mx->by_machine, mc->id);
	int err = 0;

	if (!row && has_memory(mc) && machine_matches(mx, mc))
		err = row_new(mx, mc, &row);
	if (err || !row)
		return err;
	row->seen_tick = mx->ticks;
	err = gm_row_label(mx, row, mc);
	row_update(mx, row, m, mc);
	return err;
}

/* Updates whether a row is shown; call when memory was added, too. */
static void update_visibility(struct gm_metrics *mx, struct gm_mrow *row, uint64_t now)
{
	bool was_hidden = row->hidden;

	row->gone_ns = row->alive ? 0 : row->gone_ns ? row->gone_ns : now;
	row->hidden = row->gone_ns && now - row->gone_ns > mx->o.linger_ns;
	if (row->hidden && !was_hidden)
		mx->shown -= !row->folded;
	else if (!row->hidden && was_hidden)
		row_assign_series(mx, row);
	mx->folded += row->folded && !row->hidden;
}

static void row_remove(struct gm_metrics *mx, struct gm_mrow *row)
{
	mx->shown -= !row->folded && !row->hidden;
	gm_hmap_del(&mx->by_machine, row->machine);
	gm_row_label_drop(mx, row);
	free(row);
}

int gm_metrics_tick(struct gm_metrics *mx, const struct gm_model *m)
{
	size_t kept = 0;
	int err = 0;

	mx->ticks++;
	mx->folded = 0;
	for (size_t i = 0; i < m->machines.nr && !err; i++)
		err = update_machine(mx, m, m->machines.at[i]);
	update_memory(mx, m);
	for (size_t i = 0; i < mx->rows.nr; i++) {
		struct gm_mrow *row = mx->rows.at[i];

		if (row->seen_tick != mx->ticks && !err) {
			row_remove(mx, row);
			continue;
		}
		update_visibility(mx, row, m->now_ns);
		mx->rows.at[kept++] = row;
	}
	mx->rows.nr = kept;
	return err;
}

unsigned int gm_metrics_shown(const struct gm_metrics *mx)
{
	return mx->shown;
}

void gm_metrics_overflow_row(const struct gm_metrics *mx, struct gm_mrow *out)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->label, sizeof(out->label), "other");
	out->sums = mx->other;
	for (size_t i = 0; i < mx->rows.nr; i++) {
		const struct gm_mrow *row = mx->rows.at[i];

		if (!row->folded || row->hidden)
			continue;
		out->vms += row->vms;
		out->bindings += row->bindings;
		out->untracked += row->untracked;
		out->lacks_vms |= row->lacks_vms;
		out->uncounted |= row->uncounted;
		out->mem.size_bytes += row->mem.size_bytes;
		for (unsigned int s = 0; s < GM_MEM_STATES; s++)
			for (unsigned int n = 0; n < GM_MEM_NODES; n++)
				out->mem.pages[s][n] += row->mem.pages[s][n];
	}
}
