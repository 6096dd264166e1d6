// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach_scan.c - the object with the iterators. It is loaded after the object with the probes, whose maps it scans. */
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/log.h"
#include "base/resource.h"
#include "gm_conf.h"
#include "gm_probes.skel.h"
#include "gm_scan.skel.h"
#include "kernel/attach_int.h"

static struct bpf_link *attach_map_iter(struct bpf_program *prog, struct bpf_map *map)
{
	union bpf_iter_link_info info = { .map.map_fd = (uint32_t)bpf_map__fd(map) };
	LIBBPF_OPTS(bpf_iter_attach_opts, o, .link_info = &info, .link_info_len = sizeof(info));

	return bpf_program__attach_iter(prog, &o);
}

static bool open_scan(struct gm_load *l, const struct bpf_object_open_opts *opts)
{
	struct gm_scan_bpf *s = gm_scan_bpf__open_opts(opts);

	l->a->scan = s;
	if (!s)
		return false;
	l->obj = s->obj;
	l->skeleton = s->skeleton;
	l->conf = (struct gm_conf *)&s->rodata->gm_conf;
	return true;
}

static void close_scan(struct gm_load *l)
{
	gm_scan_bpf__destroy(l->a->scan);
	l->a->scan = NULL;
}

/* Opens one kind of scan: by runs if that program is loaded, else by the iterator. 0 or -errno, not reported. */
static int open_scan_of(struct gm_attached_scan *w, struct bpf_program *iter, struct bpf_program *run,
			struct bpf_map *map)
{
	w->run_fd = bpf_program__fd(run);
	if (w->run_fd >= 0)
		return 0;
	w->run_fd = -1;
	w->iter = attach_map_iter(iter, map);
	return w->iter ? 0 : -errno;
}

static int open_attrs(struct gm_attached *a)
{
	a->attr_walks_fd = bpf_map__fd(a->scan->maps.gm_attr_walks);
	return open_scan_of(&a->attrs, a->scan->progs.gm_scan_attrs, a->scan->progs.gm_run_attrs, a->scan->maps.gm_vms);
}

/* Loads the object with the iterators, which shares the maps of the probes. 0 or -errno, reported. */
static int load_scan(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k)
{
	struct gm_load l = { .a = a,
			     .plan = plan,
			     .k = k,
			     .what = "BPF iterators",
			     .shares = a->probes->obj,
			     .spare = "gm_proc_read",
			     .open = open_scan,
			     .close = close_scan };
	int err = gm_load(&l);

	if (!err)
		err = gm_attach_list_progs(&l, true);
	gm_load_logs_release(&l);
	return err;
}

int gm_attach_scan(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k)
{
	int err = load_scan(a, plan, k);

	if (err)
		return err;
	err = open_scan_of(&a->vms, a->scan->progs.gm_scan_vms, a->scan->progs.gm_run_vms, a->scan->maps.gm_vms);
	if (!err)
		err = open_scan_of(&a->files, a->scan->progs.gm_scan_files, a->scan->progs.gm_run_files,
				   a->scan->maps.gm_files);
	if (!err)
		err = open_scan_of(&a->inodes, a->scan->progs.gm_scan_inodes, a->scan->progs.gm_run_inodes,
				   a->scan->maps.gm_inodes);
	if (!err && gm_plan_has_prog(plan, "gm_scan_attrs") + gm_plan_has_prog(plan, "gm_run_attrs"))
		err = open_attrs(a);
	if (!err) {
		a->tasks = bpf_program__attach_iter(a->scan->progs.gm_scan_tasks, NULL);
		err = !a->tasks && gm_is_resource_error(-errno) ? -errno
								: 0; /* if it was refused, tasks are not scanned */
	}
	return err ? gm_errno(err, "cannot attach the BPF iterators") : 0;
}

int gm_attached_run_scan(struct gm_attached *a, const struct gm_attached_scan *w, uint32_t *from)
{
	LIBBPF_OPTS(bpf_test_run_opts, o);

	a->scan->bss->gm_run_from = *from;
	if (bpf_prog_test_run_opts(w->run_fd, &o))
		return -errno;
	if (!a->scan->bss->gm_scan_again)
		return 0;
	*from = a->scan->bss->gm_run_at - 1;
	return 1;
}

void gm_attached_begin_tasks(struct gm_attached *a)
{
	struct gm_scan_bpf__bss *b = a->scan->bss;

	b->gm_tasks_at = b->gm_tasks_torn = 0;
	b->gm_tasks_scan++;
	/*
	 * The first scan may need several tries, all of which count the same refused objects as lost: keep the marks
	 * until it is done.
	 */
	if (b->gm_untracked_any && b->gm_started) {
		memset(b->gm_untracked_bits, 0, sizeof(b->gm_untracked_bits));
		b->gm_untracked_any = 0;
	}
	memset(b->gm_fops_other, 0, sizeof(b->gm_fops_other));
}

bool gm_attached_has_torn_tasks(const struct gm_attached *a)
{
	return a->scan->bss->gm_tasks_torn;
}

int gm_attached_read_proc(struct gm_attached *a, uint32_t tgid, struct gm_proc_facts *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, o);
	struct gm_proc_facts *facts = (void *)&a->scan->bss->gm_proc;
	int fd = bpf_program__fd(a->scan->progs.gm_proc_read);

	if (fd < 0)
		return -ENOSYS;
	*facts = (struct gm_proc_facts){ .tgid = tgid };
	if (bpf_prog_test_run_opts(fd, &o))
		return -errno;
	*out = *facts;
	return out->found ? 0 : -ESRCH;
}

/* Clears the mark of each BPF object. */
static void clear_postponed(struct gm_attached *a)
{
	a->scan->bss->gm_postponed = 0;
	a->probes->bss->gm_postponed = 0;
	if (a->reattached)
		a->reattached->bss->gm_postponed = 0;
}

void gm_attached_begin_objects(struct gm_attached *a, bool bindings, const struct gm_budget *pages, uint64_t since_ns,
			       uint64_t attrs_ns)
{
	struct gm_scan_bpf__bss *b = a->scan ? a->scan->bss : NULL;

	if (!b)
		return;
	clear_postponed(a);
	b->gm_scan_partial = 0;
	a->scan->data->gm_scan_bindings = bindings;
	b->gm_walk_left = pages->pages;
	b->gm_walk_share = pages->share;
	b->gm_walk_since_ns = since_ns;
	b->gm_attrs_left_ns = attrs_ns;
	b->gm_attrs_share_ns = attrs_ns / (b->gm_attrs_wanting ?: 1);
	b->gm_attrs_wanting = 0;
	b->gm_walk_spent = b->gm_walk_ns = b->gm_walk_weights = 0;
	b->gm_walk_wanting = b->gm_walk_cut = 0;
}

struct gm_budget_used gm_attached_end_objects(const struct gm_attached *a)
{
	const struct gm_scan_bpf__bss *b = a->scan ? a->scan->bss : NULL;

	if (!b)
		return (struct gm_budget_used){ 0 };
	return (struct gm_budget_used){ .pages = b->gm_walk_spent,
					.ns = b->gm_walk_ns,
					.weights = b->gm_walk_weights,
					.wanting = b->gm_walk_wanting,
					.cut = b->gm_walk_cut };
}

uint32_t gm_attached_attrs_wanting(const struct gm_attached *a)
{
	return a->scan ? a->scan->bss->gm_attrs_wanting : 0;
}

bool gm_attached_has_partial_vm(const struct gm_attached *a)
{
	return a->scan && a->scan->bss->gm_scan_partial;
}

bool gm_attached_has_postponed(const struct gm_attached *a)
{
	return a->scan->bss->gm_postponed || a->probes->bss->gm_postponed ||
	       (a->reattached && a->reattached->bss->gm_postponed);
}

void gm_attached_end_initial_scan(struct gm_attached *a)
{
	a->probes->bss->gm_started = 1;
	a->scan->bss->gm_started = 1;
}

void gm_attached_set_final(struct gm_attached *a, bool on)
{
	a->scan->bss->gm_scan_final = on;
}
