// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach.c - loads the two objects by the plan. A skeleton cannot be loaded twice, so each refusal opens it anew with
 * the refused program off; the table bounds how often (attach_log.c reads who was refused).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/hist.h"
#include "base/log.h"
#include "base/util.h"
#include "gm_conf.h"
#include "gm_probes.skel.h"
#include "gm_scan.skel.h"
#include "kernel/attach_int.h"

void gm_attached_init(struct gm_attached *a)
{
	memset(a, 0, sizeof(*a));
	a->ring_fd = a->fault_ring_fd = a->scan_ring_fd = a->hot_fd = a->ops_fd = a->losses_fd = a->stats_fd = a->btf_fd = -1;
}

static void drop_probes(struct gm_attached *a)
{
	for (unsigned int i = 0; i < a->links_nr; i++)
		gm_attached_link_close(&a->links[i]);
	free(a->links);
	a->links = NULL;
	a->links_nr = 0;
	gm_probes_bpf__destroy(a->again);
	gm_probes_bpf__destroy(a->probes);
	a->again = a->probes = NULL;
}

static int map_places(struct gm_attached *a)
{
	const struct bpf_map *map = a->probes->maps.gm_hot_places;
	uint32_t nr = bpf_map__max_entries(map);
	void *at = mmap(NULL, nr * sizeof(*a->places), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		return gm_errno(-errno, "mapping the histograms of VMs");
	a->places = at;
	a->places_nr = nr;
	return 0;
}

static int map_gmem_vms(struct gm_attached *a)
{
	const struct bpf_map *map = a->probes->maps.gm_gmem_vms;
	void *at = mmap(NULL, bpf_map__max_entries(map) * sizeof(*a->gmem_vms), PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		return gm_errno(-errno, "mapping the counts of VMs");
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
	drop_probes(a);
	gm_verifier_release(a);
	free(a->progs);
	if (a->stats_fd >= 0)
		close(a->stats_fd);
	if (a->btf_fd >= 0)
		close(a->btf_fd);
	gm_attached_init(a);
}

void gm_attach_conf(struct gm_conf *c, const struct gm_plan *plan, const struct gm_kfacts *k)
{
	c->gmem_release = k->gmem_release;
	c->vm_release = k->vm_release;
	c->vcpu_release = k->vcpu_release;
	c->vm_stats_release = k->vm_stats_release;
	c->vcpu_stats_release = k->vcpu_stats_release;
	c->device_release = k->device_release;
	c->nodes = k->nodes;
	c->node_shift = k->node_shift;
	c->node_mask = k->node_mask;
	c->nodes_made_up = k->nodes_made_up;
	c->page_shift = (uint32_t)__builtin_ctz(k->page_size);
	c->slow_ns = plan->slow_ns;
	c->slow_limit = plan->slow_limit;
	c->sample = plan->sample;
	c->stacks = plan->stacks;
	gm_hist_tables(c->slot_fine, c->slot_coarse);
	gm_plan_conf(plan, c);
}

/*
 * libbpf knows fsession sections from 1.7 on only; without it, all that it would do is this: the type, the function, and the
 * number of the kfunc that the program calls (gm_at_return(), bpf/gm_core.bpf.h).
 */
static int prepare_fsession(struct bpf_program *prog, const struct gm_kfacts *k)
{
	struct bpf_insn *insn = (struct bpf_insn *)bpf_program__insns(prog);
	const char *section = bpf_program__section_name(prog);

	for (size_t i = 0; i < bpf_program__insn_cnt(prog); i++) {
		if (insn[i].code != (BPF_JMP | BPF_CALL) || insn[i].src_reg || insn[i].imm != GM_CALL_AT_RETURN)
			continue;
		insn[i].src_reg = BPF_PSEUDO_KFUNC_CALL;
		insn[i].imm = (int)k->session_is_return;
	}
	bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
	bpf_program__set_expected_attach_type(prog, GM_ATTACH_FSESSION);
	return bpf_program__set_attach_target(prog, 0, strchr(section, '/') + 1);
}

/* What libbpf does not see in the section's name. 0 or -errno. */
static int prepare(struct bpf_program *prog, const struct gm_plan *plan, const struct gm_kfacts *k)
{
	if (gm_attach_is_fsession(bpf_program__section_name(prog)))
		return prepare_fsession(prog, k);
	if (gm_plan_mech(plan, bpf_program__name(prog)) == GM_MECH_KMULTI)
		bpf_program__set_expected_attach_type(prog, BPF_TRACE_KPROBE_MULTI);
	return 0;
}

/* Switches on what the plan uses. -EAGAIN: something was refused, and struck out. */
static int choose_programs(struct gm_attached *a, struct bpf_object *obj, struct gm_plan *plan, const struct gm_kfacts *k)
{
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program(prog, obj) {
		bool used = gm_plan_uses(plan, bpf_program__name(prog));

		bpf_program__set_autoload(prog, used);
		err = used ? gm_verifier_ask(a, prog, plan) : 0;
		if (err)
			return err;
		err = used ? prepare(prog, plan, k) : 0;
		if (err)
			return gm_plan_refuse(plan, bpf_program__name(prog), err) ? -EAGAIN : err;
	}
	return 0;
}

/* Where the kernel keeps its module's types from us, libbpf gets them from a file: ours, or NULL. */
const char *gm_attach_types(const struct gm_attached *a, char *path, size_t size)
{
	if (a->btf_fd < 0)
		return NULL;
	snprintf(path, size, "/proc/self/fd/%d", a->btf_fd);
	return path;
}

/* The maps of an object that is loaded already go on in this one: ids, counts, what tasks are at, what is in the rings. */
static int keep_maps(struct bpf_object *obj, const struct bpf_object *old)
{
	struct bpf_map *map, *theirs;
	int err;

	bpf_object__for_each_map(map, obj) {
		theirs = bpf_map__is_internal(map) ? NULL : bpf_object__find_map_by_name(old, bpf_map__name(map));
		err = theirs ? bpf_map__reuse_fd(map, bpf_map__fd(theirs)) : 0;
		if (err)
			return gm_errno(err, "sharing map %s", bpf_map__name(map));
	}
	return 0;
}

/* Opens, loads and attaches what the plan uses. -EAGAIN: a program was refused and struck out. *out is set in any case. */
static int try_probes(struct gm_attached *a, struct gm_probes_bpf **out, struct gm_plan *plan, const struct gm_kfacts *k)
{
	char types[32];
	LIBBPF_OPTS(bpf_object_open_opts, o, .btf_custom_path = gm_attach_types(a, types, sizeof(types)));
	struct gm_probes_bpf *p = gm_probes_bpf__open_opts(&o);
	int err;

	*out = p;
	if (!p)
		return gm_errno(gm_attach_error(-errno, true), "opening the BPF object");
	err = p == a->probes ? gm_attach_room(p->obj, plan, k) : keep_maps(p->obj, a->probes->obj);
	if (!err)
		err = choose_programs(a, p->obj, plan, k);
	if (err)
		return err;
	gm_attach_conf((struct gm_conf *)&p->rodata->gm_conf, plan, k);
	p->bss->gm_started = p != a->probes;
	if (p != a->probes)
		p->bss->gm_watching_ns = a->probes->bss->gm_watching_ns;
	gm_attach_forget_failed();
	err = gm_probes_bpf__load(p);
	if (err) {
		err = gm_attach_error(err, false);
		gm_verifier_show_refusal(p->obj);
		if (gm_attach_failed() && gm_plan_refuse(plan, gm_attach_failed(), err))
			return -EAGAIN;
		/* libbpf tells by its messages alone which program it was; another wording, or another fault, must not cost everything. */
		if (err != -EPERM && gm_plan_refuse_kind(plan, err))
			return -EAGAIN;
		return gm_errno(err, "loading the BPF object%s", err == -EPERM ? " (run as root, or with CAP_BPF and CAP_PERFMON)" :
				gm_is_scarce(err) ? "" : " (-v shows what the kernel said)");
	}
	return gm_attach_links(a, p->obj, plan, k);
}

static int load_probes(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k)
{
	int err;

	do {
		drop_probes(a);
		gm_plan_make(plan, k);
		err = try_probes(a, &a->probes, plan, k);
	} while (err == -EAGAIN);
	return err;
}

/* ---- our programs, as the kernel counts them ---- */

/* A program that was let go of is back: its counts go on. */
static bool goes_on(struct gm_attached *a, const char *name, int fd)
{
	for (unsigned int i = 0; i < a->progs_nr; i++) {
		struct gm_attached_prog *p = &a->progs[i];

		if (p->fd >= 0 || strcmp(p->name, name))
			continue;
		p->name = name;
		p->fd = fd;
		return true;
	}
	return false;
}

static int list_progs(struct gm_attached *a, struct bpf_object *obj, const struct gm_plan *plan, bool scans)
{
	struct gm_attached_prog *more;
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		if (bpf_program__fd(prog) < 0 || goes_on(a, bpf_program__name(prog), bpf_program__fd(prog)))
			continue;
		more = realloc(a->progs, (a->progs_nr + 1) * sizeof(*more));
		if (!more)
			return gm_errno(-ENOMEM, "listing the BPF programs");
		a->progs = more;
		a->progs[a->progs_nr++] = (struct gm_attached_prog){
			.name = bpf_program__name(prog), .fd = bpf_program__fd(prog), .scans = scans,
			.twin = gm_plan_twin(plan, bpf_program__name(prog)), .verified = gm_verifier_answer(prog) };
	}
	return 0;
}

/* Of a build for tests (bpf/gm_bpf.h): runs that programs skipped themselves. */
static uint64_t test_skips(const struct gm_attached *a)
{
#ifdef GM_TEST_SKIP
	return a->probes ? a->probes->bss->gm_test_skips : 0;
#else
	(void)a;
	return 0;
#endif
}

uint64_t gm_attached_look(struct gm_attached *a, bool scans)
{
	uint64_t skipped = test_skips(a);

	a->skipped_lives = skipped;
	for (unsigned int i = 0; i < a->progs_nr; i++) {
		struct gm_attached_prog *p = &a->progs[i];
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (p->scans && !scans)
			continue;
		if (p->fd >= 0 && !bpf_obj_get_info_by_fd(p->fd, &info, &len)) {
			p->runs = p->before.runs + info.run_cnt;
			p->run_ns = p->before.run_ns + info.run_time_ns;
			p->skipped = p->before.skipped + info.recursion_misses;
		}
		if (!p->scans)
			skipped += p->skipped;
		if (p->twin)
			a->skipped_lives += p->skipped;
	}
	return skipped;
}

/* For as long as the descriptor is open, for all programs on the host. */
static void want_stats(struct gm_attached *a)
{
	a->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (a->stats_fd < 0)
		gm_warn("the kernel keeps no statistics of BPF programs for us: %s%s", strerror(errno),
			errno == EPERM ? " (needs CAP_SYS_ADMIN; or sysctl kernel.bpf_stats_enabled=1)" : "");
}

int gm_attach(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k)
{
	struct rlimit inf = { RLIM_INFINITY, RLIM_INFINITY };
	int err;

	setrlimit(RLIMIT_MEMLOCK, &inf);	/* accounted to memcg from 5.11 on; harmless */
	if (plan->need & GM_NEED_STATS)
		want_stats(a);		/* before the first run of a program of ours */
	if (!k->module_ids) {
		a->btf_fd = gm_kfacts_flat_btf(k);
		if (a->btf_fd < 0)
			return a->btf_fd;
	}
	err = load_probes(a, plan, k);
	if (!err)
		err = gm_attach_scan(a, plan, k);
	if (!err)
		err = list_progs(a, a->probes->obj, plan, false);
	if (!err)
		err = list_progs(a, a->scan->obj, plan, true);
	if (err)
		return err;
	gm_attached_watching(a);
	a->bindings_told = gm_plan_shows(plan, GM_K_BIND) && gm_plan_shows(plan, GM_K_UNBIND);
	a->ring_fd = bpf_map__fd(a->probes->maps.gm_ring);
	a->ring_bytes = bpf_map__max_entries(a->probes->maps.gm_ring);
	a->scan_ring_fd = bpf_map__fd(a->scan->maps.gm_scan_ring);
	a->fault_ring_fd = bpf_map__fd(a->probes->maps.gm_fault_ring);
	a->hot_fd = bpf_map__fd(a->probes->maps.gm_hot);
	a->ops_fd = bpf_map__fd(a->probes->maps.gm_ops);
	a->losses_fd = bpf_map__fd(a->probes->maps.gm_losses);
	err = map_gmem_vms(a);
	return err ? err : map_places(a);
}

/* ---- the kvm module ---- */

static void let_go_prog(struct gm_attached *a, struct bpf_program *prog)
{
	for (unsigned int i = 0; i < a->progs_nr; i++) {
		struct gm_attached_prog *p = &a->progs[i];

		if (p->fd < 0 || p->fd != bpf_program__fd(prog))
			continue;
		p->fd = -1;
		p->before = (struct gm_prog_counts){ p->runs, p->run_ns, p->skipped };
	}
	bpf_program__unload(prog);
}

static void let_go_obj(struct gm_attached *a, const struct gm_plan *plan, struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
		if (bpf_program__fd(prog) >= 0 && gm_plan_pins(plan, bpf_program__name(prog)))
			let_go_prog(a, prog);
}

/* fentry and the like pin the module from their load on, others while they are attached: both go. */
void gm_attached_let_go(struct gm_attached *a, struct gm_plan *plan)
{
	unsigned int left = 0;

	gm_attached_look(a, false);
	for (unsigned int i = 0; i < a->links_nr; i++) {
		if (gm_plan_pins(plan, bpf_program__name(a->links[i].prog)))
			gm_attached_link_close(&a->links[i]);
		else
			a->links[left++] = a->links[i];
	}
	a->links_nr = left;
	if (a->probes)
		let_go_obj(a, plan, a->probes->obj);
	if (a->again)
		let_go_obj(a, plan, a->again->obj);
	gm_plan_let_go(plan);
	a->bindings_told = false;
	gm_attached_final(a, true);
}

int gm_attached_take(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k)
{
	struct gm_probes_bpf *before = a->again;
	int err;

	a->again = NULL;
	plan->again = true;
	err = try_probes(a, &a->again, plan, k);
	plan->again = false;
	if (!err)
		err = list_progs(a, a->again->obj, plan, false);
	if (err) {
		gm_attached_let_go(a, plan);
		gm_probes_bpf__destroy(a->again);
		a->again = before;
		return err;
	}
	gm_probes_bpf__destroy(before);
	gm_plan_taken(plan);
	a->bindings_told = gm_plan_shows(plan, GM_K_BIND) && gm_plan_shows(plan, GM_K_UNBIND);
	gm_attached_final(a, false);
	return 0;
}
