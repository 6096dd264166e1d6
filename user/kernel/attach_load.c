// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach_load.c - opens and loads one of the two BPF objects by the plan. A skeleton cannot be loaded twice, so each
 * refusal opens it anew with the refused program off; the table of probes bounds how often.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/hist.h"
#include "base/log.h"
#include "base/resource.h"
#include "base/timing.h"
#include "base/vec.h"
#include "kernel/attach_int.h"

/* size of the scan ring for iterators, which continue at no cost after it was full */
#define SCAN_RING	(256 * 1024)

/* Fills in the configuration in .rodata, which both objects have. */
static void set_conf(struct gm_conf *c, const struct gm_plan *plan, const struct gm_kfeatures *k)
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
	c->calls = plan->calls;
	c->stacks = plan->stacks;
	gm_hist_tables(c->slot_fine, c->slot_coarse);
	gm_plan_conf(plan, c);
}

/*
 * Sets the sizes of the object's maps by the plan, at twice what was asked for (see gm_share.h). 0 or -errno, reported.
 */
static int size_maps(const struct gm_load *l)
{
	const struct gm_map_limits *room = &l->plan->room;
	uint64_t places = room->vms < GM_HISTS_PLACES ? room->vms : GM_HISTS_PLACES;
	uint64_t ring = room->ring && room->ring < l->k->page_size ? l->k->page_size : room->ring;
	const struct {
		const char *map;
		uint64_t size;
	} maps[] = {
		{ "gm_vms", 2 * room->vms },
		{ "gm_vm_hists", 2 * room->vms },
		{ "gm_hists_places", places },
		{ "gm_files", 2 * room->files },
		{ "gm_inodes", 2 * room->files },
		{ "gm_walks", 2 * room->files },
		{ "gm_ring", ring },
		{ "gm_fault_ring", ring },
		{ "gm_scan_ring", l->conf->scan_runs ? 0 : SCAN_RING },
	};
	struct bpf_map *map;
	int err;

	for (size_t i = 0; i < GM_ARRAY_SIZE(maps); i++) {
		map = maps[i].size ? bpf_object__find_map_by_name(l->obj, maps[i].map) : NULL;
		err = map ? bpf_map__set_max_entries(map, (uint32_t)maps[i].size) : 0;
		if (err)
			return gm_errno(err, "cannot resize map %s", maps[i].map);
	}
	return 0;
}

/* Re-uses the maps of the loaded object: ids, counts, task states, rings. 0 or -errno, reported. */
static int share_maps(const struct gm_load *l)
{
	struct bpf_map *map, *theirs;
	int err;

	bpf_object__for_each_map(map, l->obj)
	{
		theirs = bpf_map__is_internal(map) ? NULL : bpf_object__find_map_by_name(l->shares, bpf_map__name(map));
		err = theirs ? bpf_map__reuse_fd(map, bpf_map__fd(theirs)) : 0;
		if (err)
			return gm_errno(err, "cannot share map %s", bpf_map__name(map));
	}
	return 0;
}

/*
 * Prepares an fsession program. libbpf knows these sections from 1.7 on; without it, this is all that it would do: set
 * the type, the function, and the number of the kfunc that the program calls (gm_at_return(), bpf/gm_hook.bpf.h).
 */
static int prepare_fsession(struct bpf_program *prog, const struct gm_kfeatures *k)
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

/* Sets what libbpf cannot derive from the section's name. 0 or -errno. */
static int prepare_prog(struct bpf_program *prog, const struct gm_plan *plan, const struct gm_kfeatures *k)
{
	if (gm_attach_is_fsession(bpf_program__section_name(prog)))
		return prepare_fsession(prog, k);
	if (gm_plan_mech(plan, bpf_program__name(prog)) == GM_MECH_KMULTI)
		bpf_program__set_expected_attach_type(prog, BPF_TRACE_KPROBE_MULTI);
	return 0;
}

static bool is_wanted(const struct gm_load *l, const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);

	if (l->spare && !strcmp(name, l->spare))
		return !l->spare_refused;
	return bpf_program__autoload(prog) || gm_plan_has_prog(l->plan, name);
}

/*
 * Switches on the programs that the plan uses; programs outside the plan load by default. 0; -EAGAIN: a program was
 * refused and is struck from the plan; another -errno.
 */
static int choose_programs(struct gm_load *l)
{
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program (prog, l->obj) {
		bool wanted = is_wanted(l, prog);

		bpf_program__set_autoload(prog, wanted);
		if (!wanted)
			continue;
		err = gm_load_log_give(l, prog);
		if (err)
			return err;
		err = prepare_prog(prog, l->plan, l->k);
		if (err)
			return gm_plan_refuse(l->plan, bpf_program__name(prog), err) ? -EAGAIN : err;
	}
	return 0;
}

/* Returns the path of our file of types, for libbpf if the kernel does not give it the module's types; else NULL. */
static const char *types_path(const struct gm_attached *a, char *path, size_t size)
{
	if (a->btf_fd < 0)
		return NULL;
	snprintf(path, size, "/proc/self/fd/%d", a->btf_fd);
	return path;
}

/* Opens and prepares the object for loading. 0; -EAGAIN as choose_programs(); another -errno, reported. */
static int open_object(struct gm_load *l, enum gm_load_ask ask)
{
	char types[32];
	LIBBPF_OPTS(bpf_object_open_opts, o, .btf_custom_path = types_path(l->a, types, sizeof(types)));
	int err;

	l->close(l);
	gm_load_logs_release(l);
	l->ask = ask;
	if (!l->open(l, &o))
		return gm_errno(gm_attach_error(-errno, true), "cannot open the %s", l->what);
	set_conf(l->conf, l->plan, l->k);
	err = size_maps(l);
	if (!err && l->shares)
		err = share_maps(l);
	return err ? err : choose_programs(l);
}

/* Adds the verifier's own times to the table of the start, and prints those of each program, with -vv. */
static void time_verifier(const struct gm_load *l)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, l->obj) {
		struct gm_verified v = gm_load_verified(l, prog);

		if (!v.insns)
			continue;
		gm_timing_split("verifier, by program", v.ns);
		gm_debug("verifier: %s: %" PRIu64 " instructions, %.1f ms", bpf_program__name(prog), v.insns,
			 (double)v.ns / 1e6);
	}
}

/* Loads the object. 0 or -errno, not reported. */
static int load_object(const struct gm_load *l)
{
	int err = bpf_object__load_skeleton(l->skeleton);

	gm_timing_step("load: relocation, maps, JIT");
	time_verifier(l);
	return err ? gm_attach_error(err, false) : 0;
}

/*
 * Loads the object once more, to find out more. 0: it is loaded; 1: it is not, *err is the reason; -errno as
 * open_object().
 */
static int load_again(struct gm_load *l, enum gm_load_ask ask, int *err)
{
	int st = open_object(l, ask);

	if (st)
		return st;
	*err = load_object(l);
	return *err ? 1 : 0;
}

/*
 * Finds the refused program, which libbpf names only in a message. If the verifier refused it, it is the only program
 * with a log. A program that is refused before the verifier has no log: with statistics asked for, all programs before
 * it have one, and it is the first without. l->refused stays empty if neither finds it. Returns as load_again().
 */
static int find_refused(struct gm_load *l, int *err)
{
	int st = 1;

	if (l->ask == GM_LOAD_ASK_STATS)
		st = load_again(l, GM_LOAD_ASK_REFUSAL, err);
	if (st != 1)
		return st;
	gm_load_logs_find(l);
	if (l->refused[0] && *err == -ENOSPC) /* its log was too short, and this error hides the verifier's */
		return load_again(l, GM_LOAD_ASK_ALL, err);
	if (l->refused[0])
		return 1;
	st = load_again(l, GM_LOAD_ASK_STATS, err);
	if (st == 1)
		gm_load_logs_find(l);
	return st;
}

static const char *remedy_for(int err)
{
	return err == -EPERM		   ? " (run as root, or with CAP_BPF and CAP_PERFMON)"
	       : gm_is_resource_error(err) ? ""
					   : " (-vv shows the kernel's messages)";
}

/*
 * Handles a failed load. 0: the object is loaded now; -EAGAIN: the refused program is struck from the plan; another
 * -errno, reported.
 */
static int handle_refusal(struct gm_load *l, int err)
{
	int st = 1;

	l->refused[0] = '\0';
	if (!gm_is_resource_error(err))
		st = find_refused(l, &err);
	if (st != 1)
		return st;
	gm_load_log_show(l);
	if (l->refused[0] && l->spare && !strcmp(l->refused, l->spare)) {
		l->spare_refused = true;
		return -EAGAIN;
	}
	if (l->refused[0] && gm_plan_refuse(l->plan, l->refused, err))
		return -EAGAIN;
	/* The refused program is unknown or outside the plan: give up one kind of hook rather than all. */
	if (l->hooks && err != -EPERM && gm_plan_refuse_kind(l->plan, err))
		return -EAGAIN;
	return gm_errno(err, "cannot load the %s%s", l->what, remedy_for(err));
}

int gm_load_once(struct gm_load *l)
{
	bool stats = l->plan->need & GM_NEED_VERIFIER || gm_log_level() >= GM_LOG_DEBUG;
	int err = open_object(l, stats ? GM_LOAD_ASK_STATS : GM_LOAD_ASK_REFUSAL);

	gm_timing_step("open: the objects' ELF, types of the programs");
	if (err)
		return err;
	err = load_object(l);
	if (err)
		err = handle_refusal(l, err);
	if (err)
		return err;
	return l->hooks ? gm_attach_links(l->a, l->obj, l->plan, l->k) : 0;
}

int gm_load(struct gm_load *l)
{
	int err;

	do {
		gm_plan_make(l->plan, l->k);
		err = gm_load_once(l);
	} while (err == -EAGAIN);
	return err;
}
