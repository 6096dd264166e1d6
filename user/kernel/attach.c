// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach.c - loads both objects, detaches all at the end; detaches from the kvm module and attaches to it again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "base/log.h"
#include "gm_conf.h"
#include "gm_probes.skel.h"
#include "gm_scan.skel.h"
#include "kernel/attach_int.h"

void gm_attached_init(struct gm_attached *a)
{
	memset(a, 0, sizeof(*a));
	a->ring_fd = a->fault_ring_fd = a->scan_ring_fd = a->hot_fd = a->ops_fd = a->losses_fd = a->stats_fd =
		a->btf_fd = a->attr_walks_fd = a->attrs.run_fd = -1;
}

static void free_probes(struct gm_attached *a)
{
	for (size_t i = 0; i < a->links_nr; i++)
		gm_attached_link_close(&a->links[i]);
	free(a->links);
	a->links = NULL;
	a->links_nr = a->links_cap = 0;
	gm_probes_bpf__destroy(a->reattached);
	gm_probes_bpf__destroy(a->probes);
	a->reattached = a->probes = NULL;
}

static int map_places(struct gm_attached *a)
{
	const struct bpf_map *map = a->probes->maps.gm_hists_places;
	uint32_t nr = bpf_map__max_entries(map);
	void *at = mmap(NULL, nr * sizeof(*a->places), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		return gm_errno(-errno, "cannot map the histograms of VMs");
	a->places = at;
	a->places_nr = nr;
	return 0;
}

static int map_gmem_vms(struct gm_attached *a)
{
	const struct bpf_map *map = a->probes->maps.gm_gmem_vms;
	void *at = mmap(NULL, bpf_map__max_entries(map) * sizeof(*a->gmem_vms), PROT_READ, MAP_SHARED, bpf_map__fd(map),
			0);

	if (at == MAP_FAILED)
		return gm_errno(-errno, "cannot map the counts of VMs");
	a->gmem_vms = at;
	a->gmem_vms_nr = bpf_map__max_entries(map);
	return 0;
}

void gm_detach(struct gm_attached *a)
{
	bpf_link__destroy(a->vms.iter);
	bpf_link__destroy(a->files.iter);
	bpf_link__destroy(a->inodes.iter);
	bpf_link__destroy(a->tasks);
	if (a->places)
		munmap(a->places, a->places_nr * sizeof(*a->places));
	if (a->gmem_vms)
		munmap((void *)a->gmem_vms, a->gmem_vms_nr * sizeof(*a->gmem_vms));
	gm_scan_bpf__destroy(a->scan);
	free_probes(a);
	free(a->progs);
	if (a->stats_fd >= 0)
		close(a->stats_fd);
	if (a->btf_fd >= 0)
		close(a->btf_fd);
	gm_attached_init(a);
}

static bool set_opened(struct gm_load *l, struct gm_probes_bpf *p)
{
	if (!p)
		return false;
	l->obj = p->obj;
	l->skeleton = p->skeleton;
	l->conf = (struct gm_conf *)&p->rodata->gm_conf;
	return true;
}

static bool open_probes(struct gm_load *l, const struct bpf_object_open_opts *opts)
{
	l->a->probes = gm_probes_bpf__open_opts(opts);
	return set_opened(l, l->a->probes);
}

static void close_probes(struct gm_load *l)
{
	free_probes(l->a);
}

static int load_probes(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k)
{
	struct gm_load l = { .a = a,
			     .plan = plan,
			     .k = k,
			     .what = "BPF object",
			     .hooks = true,
			     .open = open_probes,
			     .close = close_probes };
	int err = gm_load(&l);

	if (!err)
		err = gm_attach_list_progs(&l, false);
	gm_load_logs_release(&l);
	return err;
}

/*
 * Frees the pages of an object's image: its programs are in the kernel. If it is loaded again, they are read from the
 * tool's file.
 */
static void free_image_pages(const struct bpf_object_skeleton *s)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)s->data + page - 1) & ~(page - 1);
	uintptr_t end = ((uintptr_t)s->data + s->data_sz) & ~(page - 1);

	if (begin < end)
		madvise((void *)begin, end - begin, MADV_DONTNEED);
}

int gm_attach(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k)
{
	struct rlimit inf = { RLIM_INFINITY, RLIM_INFINITY };
	int err;

	setrlimit(RLIMIT_MEMLOCK, &inf); /* accounted to memcg from 5.11 on; harmless */
	if (plan->need & GM_NEED_STATS)
		gm_attach_enable_stats(a); /* before the first run of our programs */
	if (!k->module_ids) {
		a->btf_fd = gm_kfeatures_flat_btf(k);
		if (a->btf_fd < 0)
			return a->btf_fd;
	}
	err = load_probes(a, plan, k);
	if (!err)
		err = gm_attach_scan(a, plan, k);
	if (err)
		return err;
	free_image_pages(a->probes->skeleton);
	free_image_pages(a->scan->skeleton);
	gm_attached_mark_watching(a);
	a->has_binding_probes = gm_plan_has_kind(plan, GM_K_BIND) && gm_plan_has_kind(plan, GM_K_UNBIND);
	a->ring_fd = bpf_map__fd(a->probes->maps.gm_ring);
	a->ring_bytes = bpf_map__max_entries(a->probes->maps.gm_ring);
	a->scan_ring_fd = bpf_map__fd(a->scan->maps.gm_scan_ring);
	a->fault_ring_fd = bpf_map__fd(a->probes->maps.gm_fault_ring);
	a->hot_fd = bpf_map__fd(a->probes->maps.gm_vm_hists);
	a->ops_fd = bpf_map__fd(a->probes->maps.gm_ops);
	a->losses_fd = bpf_map__fd(a->probes->maps.gm_losses);
	err = map_gmem_vms(a);
	return err ? err : map_places(a);
}

/* ---- the kvm module ---- */

static void detach_prog(struct gm_attached *a, struct bpf_program *prog)
{
	for (size_t i = 0; i < a->progs_nr; i++) {
		struct gm_attached_prog *p = &a->progs[i];

		if (p->fd < 0 || p->fd != bpf_program__fd(prog))
			continue;
		p->fd = -1;
		p->before = (struct gm_prog_counts){ p->runs, p->run_ns, p->skipped };
	}
	bpf_program__unload(prog);
}

static void detach_obj(struct gm_attached *a, const struct gm_plan *plan, struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, obj)
		if (bpf_program__fd(prog) >= 0 && gm_plan_is_pinning(plan, bpf_program__name(prog)))
			detach_prog(a, prog);
}

/*
 * Programs with fentry and the like pin the module once they are loaded, others while they are attached: both are
 * removed.
 */
void gm_attach_detach_kvm(struct gm_attached *a, struct gm_plan *plan)
{
	size_t left = 0;

	gm_attached_read_counts(a, false);
	for (size_t i = 0; i < a->links_nr; i++) {
		if (gm_plan_is_pinning(plan, bpf_program__name(a->links[i].prog)))
			gm_attached_link_close(&a->links[i]);
		else
			a->links[left++] = a->links[i];
	}
	a->links_nr = left;
	if (a->probes)
		detach_obj(a, plan, a->probes->obj);
	if (a->reattached)
		detach_obj(a, plan, a->reattached->obj);
	gm_plan_mark_detached(plan);
	a->has_binding_probes = false;
	gm_attached_set_final(a, true);
}

static bool open_reattached(struct gm_load *l, const struct bpf_object_open_opts *opts)
{
	struct gm_probes_bpf *p = gm_probes_bpf__open_opts(opts);

	l->a->reattached = p;
	if (!set_opened(l, p))
		return false;
	p->bss->gm_started = 1;
	p->bss->gm_watching_ns = l->a->probes->bss->gm_watching_ns;
	return true;
}

static void close_reattached(struct gm_load *l)
{
	gm_probes_bpf__destroy(l->a->reattached);
	l->a->reattached = NULL;
}

int gm_attach_reattach_kvm(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k)
{
	struct gm_load l = { .a = a,
			     .plan = plan,
			     .k = k,
			     .what = "BPF object",
			     .shares = a->probes->obj,
			     .hooks = true,
			     .open = open_reattached,
			     .close = close_reattached };
	struct gm_probes_bpf *before = a->reattached;
	int err;

	a->reattached = NULL;
	plan->reattaching = true;
	err = gm_load_once(&l);
	plan->reattaching = false;
	if (!err)
		err = gm_attach_list_progs(&l, false);
	gm_load_logs_release(&l);
	if (err) {
		gm_attach_detach_kvm(a, plan);
		gm_probes_bpf__destroy(a->reattached);
		a->reattached = before;
		return err;
	}
	gm_probes_bpf__destroy(before);
	gm_plan_mark_reattached(plan);
	a->has_binding_probes = gm_plan_has_kind(plan, GM_K_BIND) && gm_plan_has_kind(plan, GM_K_UNBIND);
	gm_attached_set_final(a, false);
	return 0;
}
