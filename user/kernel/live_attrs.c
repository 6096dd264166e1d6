// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_attrs.c - private and shared memory of VMs. The walks over attributes are in bpf/gm_attrs.bpf.c; what of the
 * private memory the VM's process has as well is looked up here, by runs of pages that a walk found. Both have a budget
 * of time in each sample. A VM's record is pushed when it changes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "base/clock.h"
#include "kernel/live_int.h"
#include "kernel/pagemap.h"
#include "kernel/procinfo.h"

#define WALK_NS		5000000ull	/* for walks over attributes, in a sample */
#define LOOK_UP_NS	5000000ull	/* for looking up pages */
#define RUNS_AT_ONCE	256
#define RUNS_BEHIND	65536		/* 1 MiB; beyond that, walks wait */

/* What of one walk's private memory the process has, too. */
struct twice {
	uint64_t walk_ns;		/* which walk: when it began; 0: none */
	uint64_t pages, covered;
	uint32_t how;			/* enum gm_twice_how */
};

struct gm_live_vm_attrs {
	uint32_t vm;
	struct gm_raw_attrs raw;	/* the newest */
	struct gm_rec_attrs pushed;	/* vm 0: nothing */
	struct twice now, done;		/* of the walk under way, and of the last complete one */
	struct gm_page_run *runs;	/* of the walk in now, not yet looked up */
	size_t runs_nr, runs_cap, runs_at;
	int pagemap;			/* descriptor; -1: not opened; another -errno: it cannot be */
};

static struct gm_live_vm_attrs *attrs_get(struct gm_live *l, uint32_t vm)
{
	struct gm_live_vm_attrs *a = gm_hmap_get(&l->attrs, vm);
	int err = -ENOMEM;

	if (a)
		return a;
	a = calloc(1, sizeof(*a));
	if (a)
		err = gm_hmap_put(&l->attrs, vm, a);
	if (err) {
		free(a);
		gm_live_fail(l, err);
		return NULL;
	}
	a->vm = vm;
	a->pagemap = -1;
	return a;
}

static void drop_runs(struct gm_live *l, struct gm_live_vm_attrs *a)
{
	l->attr_runs -= a->runs_nr - a->runs_at;
	a->runs_nr = a->runs_at = 0;
}

/* Begins to count for another walk: the one before has ended, or was given up because slots changed. */
static void turn_to_walk(struct gm_live *l, struct gm_live_vm_attrs *a, uint64_t walk_ns)
{
	if (a->now.walk_ns == walk_ns)
		return;
	drop_runs(l, a);
	a->now = (struct twice){ .walk_ns = walk_ns };
}

static void keep_run(struct gm_live *l, const struct gm_raw_run *r)
{
	struct gm_live_vm_attrs *a = attrs_get(l, r->vm);
	struct gm_page_run *grown;
	size_t cap;

	if (!a)
		return;
	turn_to_walk(l, a, r->walk_ns);
	if (a->runs_nr == a->runs_cap) {
		cap = a->runs_cap ? 2 * a->runs_cap : 64;
		grown = realloc(a->runs, cap * sizeof(*grown));
		if (!grown) {
			gm_live_fail(l, -ENOMEM);
			return;
		}
		a->runs = grown;
		a->runs_cap = cap;
	}
	a->runs[a->runs_nr++] = (struct gm_page_run){ r->hva, r->hva + r->pages * l->facts.page_size };
	l->attr_runs++;
}

static void keep_walk(struct gm_live *l, const struct gm_raw_attrs *r)
{
	struct gm_live_vm_attrs *a = attrs_get(l, r->vm);

	if (a)
		a->raw = *r;
}

int gm_live_handle_attrs(struct gm_live *l, const void *data, size_t len)
{
	union {
		struct gm_rec h;
		struct gm_raw_attrs attrs;
		struct gm_raw_run run;
	} u;

	if (len < sizeof(u.h))
		return 0;
	memcpy(&u.h, data, sizeof(u.h));
	if (u.h.kind != GM_K_RAW_ATTRS && u.h.kind != GM_K_RAW_RUN)
		return 0;
	if (u.h.len > sizeof(u) || len < u.h.len)
		return -EBADMSG;
	memcpy(&u, data, u.h.len);
	if (u.h.kind == GM_K_RAW_ATTRS)
		keep_walk(l, &u.attrs);
	else
		keep_run(l, &u.run);
	return (int)u.h.len;
}

uint64_t gm_live_attrs_budget(const struct gm_live *l)
{
	return l->attr_runs < RUNS_BEHIND ? WALK_NS : 0;
}

/* ---- looking up ---- */

/* Opens the page map of the VM's process, unless that is exiting. Returns false, with the reason in a->pagemap. */
static bool open_pagemap(struct gm_live *l, struct gm_live_vm_attrs *a)
{
	uint32_t tgid = (uint32_t)(uintptr_t)gm_hmap_get(&l->ix.vm_tgid, a->vm);
	struct gm_proc_facts f;

	if (a->pagemap != -1)
		return a->pagemap >= 0;
	if (!tgid || l->facts.procfs == GM_PROCFS_FOREIGN || l->facts.procfs == GM_PROCFS_NONE)
		a->pagemap = -ESRCH;
	else if (!gm_attached_read_proc(&l->att, tgid, &f) && f.ending)
		a->pagemap = -ESRCH;
	else
		a->pagemap = gm_pagemap_open(tgid);
	if (a->pagemap == -1) /* -EPERM has this number */
		a->pagemap = -EACCES;
	return a->pagemap >= 0;
}

static uint32_t why_not(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM: return GM_TWICE_REFUSED;
	case -ENOTTY:
	case -EINVAL: return GM_TWICE_NO_SCAN;
	default: return GM_TWICE_NO_PROCESS;
	}
}

static void give_up(struct gm_live *l, struct gm_live_vm_attrs *a, int err)
{
	drop_runs(l, a);
	a->now.how = why_not(err);
}

/* Looks up a VM's runs until the time is over. */
static void look_up(struct gm_live *l, struct gm_live_vm_attrs *a, uint64_t until_ns)
{
	while (a->runs_at < a->runs_nr && gm_now_ns() < until_ns) {
		size_t nr = a->runs_nr - a->runs_at;
		uint64_t present;
		int err;

		if (!open_pagemap(l, a)) {
			give_up(l, a, a->pagemap);
			return;
		}
		nr = nr < RUNS_AT_ONCE ? nr : RUNS_AT_ONCE;
		err = gm_pagemap_present(a->pagemap, a->runs + a->runs_at, nr, &present);
		if (err) {
			give_up(l, a, err);
			return;
		}
		a->now.pages += present / l->facts.page_size;
		for (size_t i = 0; i < nr; i++, a->runs_at++)
			a->now.covered += (a->runs[a->runs_at].end - a->runs[a->runs_at].start) / l->facts.page_size;
		l->attr_runs -= nr;
	}
}

/* Closes the count of a walk that is complete and looked up. */
static void end_walk(struct gm_live *l, struct gm_live_vm_attrs *a)
{
	if (!a->raw.done_ns || a->done.walk_ns == a->raw.done_ns || a->runs_at < a->runs_nr)
		return;
	turn_to_walk(l, a, a->raw.done_ns); /* a walk that found nothing to look up */
	if (!a->now.how)
		a->now.how = GM_TWICE_KNOWN;
	a->done = a->now;
	drop_runs(l, a);
}

/* ---- the record ---- */

static void fill_sums(struct gm_rec_attrs *r, const struct gm_attr_sums *s, uint64_t ns)
{
	r->as_of_ns = ns;
	r->pages = s->pages;
	r->private_pages = s->private_pages;
	r->private_resident = s->private_resident;
	r->left_pages = s->left_pages;
}

static void fill_twice(struct gm_rec_attrs *r, const struct twice *t)
{
	r->twice_how = t->how ? t->how : t->walk_ns ? GM_TWICE_PART : GM_TWICE_UNKNOWN;
	r->twice_pages = t->pages;
	r->twice_covered = t->covered;
}

static void fill_record(const struct gm_live_vm_attrs *a, struct gm_rec_attrs *r)
{
	const struct gm_raw_attrs *raw = &a->raw;

	r->vm = a->vm;
	if (raw->none) {
		r->how = GM_ATTRS_NONE;
	} else if (raw->done_ns) {
		r->how = raw->changed ? GM_ATTRS_AGED : GM_ATTRS_EXACT;
		fill_sums(r, &raw->done, raw->done_ns);
		fill_twice(r, a->done.walk_ns == raw->done_ns ? &a->done : &a->now);
	} else if (raw->began_ns) {
		r->how = GM_ATTRS_PART;
		fill_sums(r, &raw->now, raw->began_ns);
		fill_twice(r, &a->now);
	}
}

/* Pushes a VM's record if more has changed than the time of a walk that found the same. */
static void push_attrs(struct gm_live *l, struct gm_live_vm_attrs *a)
{
	union gm_any u = { 0 };
	struct gm_rec_attrs *r = &u.as_ATTRS, same;

	gm_rec_init(&u.h, GM_K_ATTRS, gm_now_ns());
	fill_record(a, r);
	same = *r;
	same.h = a->pushed.h;
	if (r->how == GM_ATTRS_EXACT)
		same.as_of_ns = a->pushed.as_of_ns;
	if (!memcmp(&same, &a->pushed, sizeof(same)) || !r->how)
		return;
	a->pushed = *r;
	gm_live_push(l, &u);
}

void gm_live_attrs_flush(struct gm_live *l)
{
	uint64_t until_ns = gm_now_ns() + LOOK_UP_NS;

	for (size_t i = 0; i < l->attrs.cap; i++) {
		struct gm_live_vm_attrs *a = l->attrs.slots[i].val;

		if (!a)
			continue;
		look_up(l, a, until_ns);
		end_walk(l, a);
		push_attrs(l, a);
	}
}

/* ---- the end ---- */

static void attrs_free(struct gm_live *l, struct gm_live_vm_attrs *a)
{
	drop_runs(l, a);
	if (a->pagemap >= 0)
		close(a->pagemap);
	free(a->runs);
	free(a);
}

void gm_live_attrs_forget(struct gm_live *l, uint32_t vm)
{
	struct gm_live_vm_attrs *a = gm_hmap_get(&l->attrs, vm);

	if (!a)
		return;
	gm_hmap_del(&l->attrs, vm);
	attrs_free(l, a);
	bpf_map_delete_elem(l->att.attr_walks_fd, &vm);
}

void gm_live_attrs_free(struct gm_live *l)
{
	for (size_t i = 0; i < l->attrs.cap; i++)
		if (l->attrs.slots[i].val)
			attrs_free(l, l->attrs.slots[i].val);
	gm_hmap_release(&l->attrs);
}
