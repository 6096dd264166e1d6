// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_trace.c - episodes in Chrome's trace event format: reboot_trace.h has the layout. */
#include "report/reboot_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/observe.h"
#include "report/reboot_report_int.h"
#include "report/text.h"
#include "report/timeline.h"

/* A machine's process and its threads. The kernel's ids are below 2^22 (GM_PID_BITS); all fit into 31 bits. */
#define PID_MACHINES	(1u << 30)
#define TID_REBOOTS	1u		/* and the next ones, as many as happen at once */
#define TID_FAULTS	(TID_REBOOTS + GM_EPISODE_LANES)
#define TID_VMS		(1u << 28)
#define TID_INODES	(1u << 29)

static struct gm_trace_at at_machine(uint32_t machine, uint32_t tid)
{
	return (struct gm_trace_at){ PID_MACHINES + machine % PID_MACHINES, tid };
}

static struct gm_trace_at at_object(uint32_t machine, bool inode, uint32_t id)
{
	return at_machine(machine, (inode ? TID_INODES : TID_VMS) + id % TID_VMS);
}

static void put_machine_name(struct gm_reboot_trace *t, struct gm_str *out, uint32_t machine, const char *name)
{
	gm_trace_name(&t->json, out, "process_name", at_machine(machine, 0), name);
}

/* ---- lives ---- */

static struct gm_trace_at put_object_name(struct gm_reboot_trace *t, struct gm_str *out, uint32_t machine, bool inode,
					  uint32_t id)
{
	struct gm_trace_at at = at_object(machine, inode, id);
	char name[24];

	snprintf(name, sizeof(name), inode ? "inode %u" : "VM %u", id);
	gm_trace_name(&t->json, out, "thread_name", at, name);
	return at;
}

static void put_life_bar(struct gm_reboot_trace *t, struct gm_str *out, struct gm_trace_at at, const struct gm_bar *b)
{
	static const char *const suffix[] = {
		[GM_BAR_LIFE] = "", [GM_BAR_BEGINS] = " began in here", [GM_BAR_ENDS] = " ended in here"
	};
	const struct gm_life *l = b->life;
	struct gm_json j;
	char name[48];

	snprintf(name, sizeof(name), "%s %u%s", l->inode ? "inode" : "VM", l->id, suffix[b->what]);
	gm_trace_span(&j, &t->json, out, name, b->what == GM_BAR_LIFE ? "life" : "bound", at, b->begin,
		      b->instant ? b->begin : b->end);
	if (b->what == GM_BAR_LIFE) {
		gm_json_str(&j, "begun", gm_life_begun(l));
		gm_json_str(&j, "ended", gm_life_ended(l));
	}
	gm_trace_span_end(&j);
}

/* Keys of what is written once, beside those of threads: no process has an id this low. */
static uint64_t life_key(bool inode, uint32_t id)
{
	return (inode ? 2ull : 1ull) << 32 | id;
}

static uint64_t episode_key(const struct gm_episode *e)
{
	return 3ull << 32 | e->id;
}

/* ---- calls ---- */

static void put_step(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_step *s, struct gm_trace_at at,
		     uint64_t begin, uint64_t end)
{
	struct gm_json j;

	gm_trace_span(&j, &t->json, out, gm_line_name(s->line), s->old_side ? "old" : "new", at, begin, end);
	gm_json_str(&j, "comm", s->comm);
	gm_json_u64(&j, "vm", s->vm);
	gm_json_u64(&j, "inode", s->inode);
	if (s->pages) /* 0: not known, or none */
		gm_json_u64(&j, "pages", s->pages);
	gm_json_u64(&j, "self_ns", s->self_ns);
	if (s->cpu_known)
		gm_json_u64(&j, "off_cpu_ns", s->off_ns);
	gm_json_u64(&j, "wall_ns", s->wall_ns);
	if (s->bound)
		gm_json_str(&j, "time", s->tgid ? "of the whole system call" : "found by a sample");
	else if (end != s->end_ns)
		gm_json_u64(&j, "dur_ns", s->end_ns - s->begin_ns);
	gm_trace_span_end(&j);
}

static void put_thread_steps(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_vec *steps)
{
	for (size_t i = 0; i < steps->nr; i++) {
		const struct gm_step *s = steps->at[i];

		if (s->tgid) /* else a scan found it: no task is known */
			put_step(t, out, s, (struct gm_trace_at){ gm_pid(s->tgid), gm_pid(s->tid) }, s->begin_ns,
				 s->end_ns);
	}
}

/* Return true if a hook saw the end of a VM, or of an inode. */
static bool end_is_exact(const struct gm_episode *e, const struct gm_life *l)
{
	unsigned int line = l->inode ? GM_PHASE_FREE : GM_PHASE_DESTROY;

	for (size_t i = 0; i < e->steps.nr; i++) {
		const struct gm_step *s = e->steps.at[i];

		if (s->line == line && (l->inode ? s->inode : s->vm) == l->id && !s->bound)
			return true;
	}
	return false;
}

/* Fill *l with a life that ended in this episode; false: it did not, or it is not known any more. */
static bool ended_in(struct gm_life *l, const struct gm_model *m, const struct gm_episode *e, bool inode, uint32_t id)
{
	const struct gm_vm *vm = inode ? NULL : gm_model_vm(m, id);
	const struct gm_inode *in = inode ? gm_model_inode(m, id) : NULL;
	bool exact;

	if (vm && !vm->before)
		gm_life_of_vm(l, m, vm);
	else if (in && !in->before)
		gm_life_of_inode(l, m, in);
	exact = l->ended && end_is_exact(e, l);
	if (!l->ended || (!exact && e->old_vm == e->new_vm))
		return false;
	l->begin_min = l->begin = l->begin < l->end ? l->begin : l->end;
	if (!exact && e->teardown_min_ns < l->end)
		l->end_min = e->teardown_min_ns > l->begin ? e->teardown_min_ns : l->begin;
	return true;
}

/* Which object a thread is for, and what is drawn there. */
struct object {
	bool inode, may_end;	/* may_end: it is of the old side */
	uint32_t id;
};

static bool is_of(const struct object *o, const struct gm_step *s)
{
	return (o->inode ? s->inode : s->vm) == o->id;
}

/* Draw the calls of a VM or an inode on its own thread; with its life, if that ended in this episode. */
static void put_object(struct gm_reboot_trace *t, const struct gm_model *m, const struct gm_episode *e,
		       const struct gm_vec *steps, struct object o, struct gm_str *out)
{
	struct gm_trace_at at = put_object_name(t, out, e->machine, o.inode, o.id);
	struct gm_bar *bars = calloc(steps->nr + 3, sizeof(*bars));
	struct gm_life l = { 0 };
	size_t nr = 0;

	if (!bars) {
		out->err = -ENOMEM;
		return;
	}
	if (o.may_end && ended_in(&l, m, e, o.inode, o.id) && gm_trace_once(&t->json, life_key(o.inode, o.id), out))
		nr = gm_life_bars(&l, bars);
	for (size_t i = 0; i < steps->nr; i++) {
		const struct gm_step *s = steps->at[i];

		if (is_of(&o, s))
			bars[nr++] = (struct gm_bar){ .begin = s->bound ? s->end_ns : s->begin_ns,
						      .end = s->end_ns,
						      .seq = i };
	}
	gm_bars_nest(bars, nr, false);
	for (size_t i = 0; i < nr; i++) {
		const struct gm_bar *b = &bars[i];

		if (b->life)
			put_life_bar(t, out, at, b);
		else
			put_step(t, out, steps->at[b->seq], at, b->begin, b->instant ? b->begin : b->end);
	}
	free(bars);
}

static void put_inodes(struct gm_reboot_trace *t, const struct gm_model *m, const struct gm_episode *e,
		       const struct gm_vec *steps, struct gm_str *out)
{
	struct gm_hmap drawn = { 0 };

	for (size_t i = 0; i < steps->nr; i++) {
		const struct gm_step *s = steps->at[i];

		if (!s->inode || gm_hmap_get(&drawn, s->inode))
			continue;
		if (gm_hmap_put(&drawn, s->inode, t))
			out->err = -ENOMEM;
		put_object(t, m, e, steps, (struct object){ true, s->vm == e->old_vm, s->inode }, out);
	}
	gm_hmap_release(&drawn);
}

/* ---- calls of two episodes ---- */

/* Return true if an episode that is written has this call as well: what ends one reboot begins the next. */
static bool is_written(const struct gm_reboot_trace *t, const struct gm_vec *all, const struct gm_episode *e,
		       const struct gm_step *s)
{
	for (size_t i = 0; all && i < all->nr; i++) {
		const struct gm_episode *x = all->at[i];

		if (x != e && x->machine == e->machine && gm_trace_has(&t->json, episode_key(x)) &&
		    gm_episode_has_step(x, s))
			return true;
	}
	return false;
}

static struct gm_vec new_steps(struct gm_reboot_trace *t, const struct gm_vec *all, const struct gm_episode *e,
			       struct gm_str *out)
{
	struct gm_vec v = { 0 };

	for (size_t i = 0; i < e->steps.nr; i++)
		if (!is_written(t, all, e, e->steps.at[i]) && gm_vec_push(&v, e->steps.at[i]))
			out->err = -ENOMEM;
	gm_trace_once(&t->json, episode_key(e), out);
	return v;
}

/* ---- the flow from the old VM to the new one ---- */

static void put_flow_end(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_episode *e, bool ends,
			 uint64_t ns)
{
	struct gm_trace_at at = at_object(e->machine, false, ends ? e->new_vm : e->old_vm);
	struct gm_json j;

	gm_trace_event(&j, &t->json, out, ends ? "f" : "s", "replaced by", at);
	gm_json_str(&j, "cat", "flow");
	gm_json_u64(&j, "id", e->id);
	gm_trace_us(&j, "ts", ns);
	if (ends)
		gm_json_str(&j, "bp", "e"); /* of the slice around it, not the next one */
	gm_trace_event_end(&j);
}

/* Draw a call of the new VM that no step shows: its time is all that is known. */
static void put_moment(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_episode *e, const char *name,
		       uint64_t ns)
{
	struct gm_json j;

	gm_trace_span(&j, &t->json, out, name, "new", at_object(e->machine, false, e->new_vm), ns, ns);
	gm_json_u64(&j, "vm", e->new_vm);
	gm_trace_span_end(&j);
}

static void put_flow(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_episode *e)
{
	struct gm_reboot_flow f;

	if (!gm_reboot_flow(e, &f))
		return;
	if (f.end_name)
		put_moment(t, out, e, f.end_name, f.end_ns);
	put_flow_end(t, out, e, false, f.begin_ns);
	put_flow_end(t, out, e, true, f.end_ns);
}

/* ---- episodes ---- */

static void put_bound(struct gm_reboot_trace *t, struct gm_str *out, struct gm_trace_at at, const char *name,
		      uint64_t begin, uint64_t end)
{
	struct gm_json j;

	if (begin >= end)
		return;
	gm_trace_span(&j, &t->json, out, name, "bound", at, begin, end);
	gm_trace_span_end(&j);
}

/* Draw what is certain of a reboot, and the stretches in which it began or ended. */
static void put_whole(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_episode *e, struct gm_trace_at at)
{
	struct gm_time_span certain = gm_episode_certain(e);
	char name[160], wall[GM_WALL_LEN];
	struct gm_json j;

	snprintf(name, sizeof(name), "%s %s %u (%s)", e->name, e->new_vm ? "reboot" : "shutdown", e->id,
		 gm_reboot_style_text(e));
	put_bound(t, out, at, "began in here", e->start_ns, certain.begin);
	gm_trace_span(&j, &t->json, out, name, certain.known ? "episode" : "episode,bound", at, certain.begin,
		      certain.end);
	gm_json_u64(&j, "old_vm", e->old_vm);
	gm_json_u64(&j, "new_vm", e->new_vm);
	gm_json_str(&j, "end", gm_reboot_end_name(e->end));
	if (!gm_episode_is_timed(e))
		gm_json_str(&j, "bounds", gm_reboot_fmt_wall(wall, sizeof(wall), e));
	gm_trace_span_end(&j);
	put_bound(t, out, at, "ended in here", certain.end, e->end_ns);
}

static void put_faults(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_episode *e, struct gm_trace_at at)
{
	struct gm_json j;

	if (!gm_reboot_has_faults(e) || !e->first_fault_ns || e->first_fault_ns >= e->end_ns)
		return;
	gm_trace_name(&t->json, out, "thread_name", at, "faults, first to last");
	gm_trace_span(&j, &t->json, out, "faults", "new", at, e->first_fault_ns, e->end_ns);
	gm_json_u64(&j, "vm", e->new_vm);
	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		if (gm_reboot_line_is_of_faults(i) && gm_reboot_line_is_shown(&e->new[i]))
			gm_json_u64(&j, gm_line_name(i), e->new[i].count);
	gm_trace_span_end(&j);
}

void gm_reboot_trace(struct gm_reboot_trace *t, const struct gm_model *m, const struct gm_episode *e,
		     struct gm_str *out)
{
	const struct gm_vec *all = gm_model_episodes(m);
	unsigned int lane = gm_episode_lane(all, e);
	struct gm_vec steps = new_steps(t, all, e, out);

	put_machine_name(t, out, e->machine, e->name);
	gm_trace_name(&t->json, out, "thread_name", at_machine(e->machine, TID_REBOOTS + lane), "reboots");
	put_whole(t, out, e, at_machine(e->machine, TID_REBOOTS + lane));
	put_faults(t, out, e, at_machine(e->machine, TID_FAULTS + lane));
	put_thread_steps(t, out, &steps);
	if (e->old_vm)
		put_object(t, m, e, &steps, (struct object){ false, true, e->old_vm }, out);
	if (e->new_vm && e->new_vm != e->old_vm)
		put_object(t, m, e, &steps, (struct object){ false, false, e->new_vm }, out);
	put_inodes(t, m, e, &steps, out);
	put_flow(t, out, e);
	gm_vec_release(&steps);
}

/* ---- ticks ---- */

struct value {
	uint64_t bytes;
	bool counted, bound;
};

static struct value *value_get(struct gm_reboot_trace *t, uint32_t machine)
{
	struct value *v = gm_hmap_get(&t->resident, machine);

	if (v)
		return v;
	v = calloc(1, sizeof(*v));
	if (!v || gm_vec_push(&t->values, v)) {
		free(v);
		return NULL;
	}
	return gm_hmap_put(&t->resident, machine, v) ? NULL : v;
}

/* A counter cannot end: from the first lower bound on the values are another counter's, and an instant says why. */
static void put_resident(struct gm_reboot_trace *t, struct gm_str *out, const struct gm_model *m,
			 const struct gm_machine *mc, struct value *v)
{
	struct gm_trace_at at = at_machine(mc->id, TID_REBOOTS);
	struct gm_mem mem;
	struct gm_json j;
	uint64_t bytes;

	gm_machine_mem(mc, &mem);
	bytes = mem.resident_pages * m->meta.page_size;
	if (v->counted ? v->bytes == bytes && v->bound == mem.untracked : !bytes)
		return;
	put_machine_name(t, out, mc->id, mc->name);
	if (mem.untracked && !v->bound) {
		gm_trace_span(&j, &t->json, out, "resident: from here a lower bound", "bound", at, m->tick_ns,
			      m->tick_ns);
		gm_trace_span_end(&j);
	}
	v->bound |= mem.untracked;
	v->counted = true;
	v->bytes = bytes;
	gm_trace_event(&j, &t->json, out, "C", v->bound ? "resident (at least)" : "resident", at_machine(mc->id, 0));
	gm_trace_us(&j, "ts", m->tick_ns);
	gm_json_obj(&j, "args");
	gm_json_u64(&j, "bytes", bytes);
	gm_trace_span_end(&j);
}

static bool machine_matches(const struct gm_machine *mc, const char *want)
{
	for (size_t i = 0; i < mc->vms.nr; i++)
		if (gm_vm_matches(mc->vms.at[i], want))
			return true;
	return false;
}

/* Draw a life that no episode ended, of what was drawn before. If it is over, nothing here says when. */
static void put_rest(struct gm_reboot_trace *t, struct gm_str *out, struct gm_life *l)
{
	struct gm_trace_at at = at_object(l->machine, l->inode, l->id);
	struct gm_bar bars[3];
	size_t nr;

	if (!gm_trace_has_thread(&t->json, at) || !gm_trace_once(&t->json, life_key(l->inode, l->id), out))
		return;
	l->begin_min = l->begin = l->begin < l->end ? l->begin : l->end;
	if (l->ended)
		l->end_min = l->begin;
	nr = gm_life_bars(l, bars);
	for (size_t i = 0; i < nr; i++)
		put_life_bar(t, out, at, &bars[i]);
}

static void put_last(struct gm_reboot_trace *t, const struct gm_model *m, struct gm_str *out)
{
	for (size_t i = 0; i < m->vms.nr; i++) {
		struct gm_life l = { 0 };

		gm_life_of_vm(&l, m, m->vms.at[i]);
		put_rest(t, out, &l);
	}
	for (size_t i = 0; i < m->inodes.nr; i++) {
		struct gm_life l = { 0 };

		gm_life_of_inode(&l, m, m->inodes.at[i]);
		put_rest(t, out, &l);
	}
	gm_trace_finish(&t->json, out);
}

int gm_reboot_trace_tick(struct gm_reboot_trace *t, const struct gm_model *m, const char *want, bool last,
			 struct gm_str *out)
{
	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];
		struct value *v = value_get(t, mc->id);

		if (!v)
			return -ENOMEM;
		if (!want || machine_matches(mc, want))
			put_resident(t, out, m, mc, v);
	}
	if (last)
		put_last(t, m, out);
	return out->err;
}

void gm_reboot_trace_release(struct gm_reboot_trace *t)
{
	for (size_t i = 0; i < t->values.nr; i++)
		free(t->values.at[i]);
	gm_vec_release(&t->values);
	gm_hmap_release(&t->resident);
	gm_trace_release(&t->json);
}
