// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach.c - loads the two objects by the plan. A skeleton cannot be loaded twice, so each refusal opens it anew with
 * the refused program off; the table bounds how often. Who was refused is read from libbpf's own messages (its
 * API does not say), which are otherwise shown only with -v.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/hist.h"
#include "base/log.h"
#include "gm_conf.h"
#include "gm_probes.skel.h"
#include "gm_scan.skel.h"
#include "source/attach.h"

/* The last program that libbpf said failed. libbpf's print hook has no argument, hence file scope. */
static char failed_prog[64];

static int on_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char name[64], *line;

	if (level == LIBBPF_DEBUG)
		return 0;
	if (vasprintf(&line, fmt, ap) < 0)
		return 0;
	if (level == LIBBPF_WARN && !failed_prog[0] && sscanf(line, "libbpf: prog '%63[^']'", name) == 1)
		snprintf(failed_prog, sizeof(failed_prog), "%s", name);
	if (gm_log_level() >= GM_LOG_DEBUG)
		fputs(line, stderr);	/* verifier logs: too long for a message */
	free(line);
	return 0;
}

void gm_attached_init(struct gm_attached *a)
{
	memset(a, 0, sizeof(*a));
	a->ring_fd = a->fault_ring_fd = a->scan_ring_fd = a->hot_fd = a->ops_fd = a->losses_fd = a->stats_fd = -1;
}

static void drop_probes(struct gm_attached *a)
{
	for (unsigned int i = 0; i < a->links_nr; i++)
		bpf_link__destroy(a->links[i]);
	free(a->links);
	a->links = NULL;
	a->links_nr = 0;
	gm_probes_bpf__destroy(a->probes);
	a->probes = NULL;
}

void gm_detach(struct gm_attached *a)
{
	bpf_link__destroy(a->vms.iter);
	bpf_link__destroy(a->files.iter);
	bpf_link__destroy(a->inodes.iter);
	bpf_link__destroy(a->fds);
	bpf_link__destroy(a->vmas);
	gm_scan_bpf__destroy(a->scan);
	drop_probes(a);
	free(a->progs);
	if (a->stats_fd >= 0)
		close(a->stats_fd);
	gm_attached_init(a);
}

static void fill_conf(struct gm_conf *c, const struct gm_plan *plan, const struct gm_kfacts *k)
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
	c->walk_pages = 1u << 20;	/* 4 GiB a visit */
	c->page_shift = (uint32_t)__builtin_ctz(k->page_size);
	c->slow_ns = plan->slow_ns;
	c->slow_limit = plan->slow_limit;
	c->sample = plan->sample;
	c->stacks = plan->stacks;
	gm_hist_tables(c->slot_fine, c->slot_coarse);
	gm_plan_conf(plan, c);
}

/* Perf event of a syscall tracepoint, from a tracefs that may be mounted nowhere but for us. */
static struct bpf_link *attach_syscall(struct bpf_program *prog, const struct gm_kfacts *k)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .sample_period = 1, .wakeup_events = 1 };
	const char *event = strchr(bpf_program__section_name(prog), '/');
	struct bpf_link *link;
	int id, fd;

	id = event ? gm_kfacts_event_id(k, event + 1) : -EINVAL;
	if (id < 0) {
		errno = -id;
		return NULL;
	}
	attr.config = (uint64_t)id;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return NULL;
	link = bpf_program__attach_perf_event(prog, fd);
	if (!link)
		close(fd);
	return link;
}

#define IS_FSESSION(section) (strstr(section, "fsession/") != NULL)

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

/* Switches on what the plan uses. -EAGAIN: something was refused, and struck out. */
static int choose_programs(struct bpf_object *obj, struct gm_plan *plan, const struct gm_kfacts *k)
{
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program(prog, obj) {
		bool used = gm_plan_uses(plan, bpf_program__name(prog));

		bpf_program__set_autoload(prog, used);
		err = used && IS_FSESSION(bpf_program__section_name(prog)) ? prepare_fsession(prog, k) : 0;
		if (err)
			return gm_plan_refuse(plan, bpf_program__name(prog), err) ? -EAGAIN : err;
	}
	return 0;
}

static struct bpf_link *attach_prog(struct bpf_program *prog, const struct gm_kfacts *k)
{
	const char *section = bpf_program__section_name(prog);

	if (!strncmp(section + (section[0] == '?'), "tracepoint/", 11))
		return attach_syscall(prog, k);
	return IS_FSESSION(section) ? bpf_program__attach_trace(prog) : bpf_program__attach(prog);
}

static int attach_one(struct gm_attached *a, struct bpf_program *prog, const struct gm_kfacts *k)
{
	struct bpf_link *link = attach_prog(prog, k), **more;

	if (!link)
		return -errno;
	more = realloc(a->links, (a->links_nr + 1) * sizeof(*more));
	if (!more) {
		bpf_link__destroy(link);
		return -ENOMEM;
	}
	a->links = more;
	a->links[a->links_nr++] = link;
	return 0;
}

static bool is_return_hook(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return strstr(section, "fexit/") || strstr(section, "kretprobe/") || strstr(section, "/sys_exit_");
}

/*
 * Return hooks first: a return without its entry is ignored, while an entry whose return is not hooked yet would stay
 * open.
 */
static int attach_side(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k, bool returns)
{
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program(prog, a->probes->obj) {
		if (!bpf_program__autoload(prog) || is_return_hook(prog) != returns)
			continue;
		err = attach_one(a, prog, k);
		if (err)
			return gm_plan_refuse(plan, bpf_program__name(prog), err) ? -EAGAIN : err;
	}
	return 0;
}

/* One try of the whole plan. -EAGAIN: a program was refused and struck out. */
static int try_probes(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k)
{
	int err;

	a->probes = gm_probes_bpf__open();
	if (!a->probes)
		return gm_errno(-errno, "opening the BPF object");
	err = choose_programs(a->probes->obj, plan, k);
	if (err)
		return err;
	fill_conf((struct gm_conf *)&a->probes->rodata->gm_conf, plan, k);
	failed_prog[0] = 0;
	err = gm_probes_bpf__load(a->probes);
	if (err) {
		if (failed_prog[0] && gm_plan_refuse(plan, failed_prog, err))
			return -EAGAIN;
		return gm_errno(err, "loading the BPF object%s", err == -EPERM ? " (run as root, or with CAP_BPF, CAP_PERFMON and "
				"CAP_SYS_ADMIN where kvm is a module)" : " (-v shows what the kernel said)");
	}
	err = attach_side(a, plan, k, true);
	return err ? err : attach_side(a, plan, k, false);
}

static int load_probes(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k)
{
	int err;

	do {
		drop_probes(a);
		gm_plan_make(plan, k);
		err = try_probes(a, plan, k);
	} while (err == -EAGAIN);
	return err;
}

/* ---- iterators ---- */

static int share_map(struct bpf_map *mine, struct bpf_map *theirs)
{
	return bpf_map__reuse_fd(mine, bpf_map__fd(theirs));
}

static int share_maps(struct gm_attached *a)
{
	struct gm_probes_bpf *p = a->probes;
	struct gm_scan_bpf *s = a->scan;

	return share_map(s->maps.gm_vms, p->maps.gm_vms) || share_map(s->maps.gm_files, p->maps.gm_files) ||
	       share_map(s->maps.gm_inodes, p->maps.gm_inodes) || share_map(s->maps.gm_next, p->maps.gm_next) ||
	       share_map(s->maps.gm_losses, p->maps.gm_losses) || share_map(s->maps.gm_ring, p->maps.gm_ring);
}

static struct bpf_link *attach_map_iter(struct bpf_program *prog, struct bpf_map *map)
{
	union bpf_iter_link_info info = { .map.map_fd = (uint32_t)bpf_map__fd(map) };
	LIBBPF_OPTS(bpf_iter_attach_opts, o, .link_info = &info, .link_info_len = sizeof(info));

	return bpf_program__attach_iter(prog, &o);
}

/* One try of the plan's way over the maps. -EAGAIN: it was refused and struck out. */
static int try_scan(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k)
{
	struct bpf_program *prog;
	int err;

	a->scan = gm_scan_bpf__open();
	if (!a->scan)
		return gm_errno(-errno, "opening the BPF iterators");
	if (share_maps(a))
		return gm_errno(-errno, "sharing maps with the BPF iterators");
	bpf_object__for_each_program(prog, a->scan->obj)
		if (!bpf_program__autoload(prog))
			bpf_program__set_autoload(prog, gm_plan_uses(plan, bpf_program__name(prog)));
	fill_conf((struct gm_conf *)&a->scan->rodata->gm_conf, plan, k);
	if (!a->scan->rodata->gm_conf.scan_runs)
		bpf_map__set_max_entries(a->scan->maps.gm_scan_ring, k->page_size);	/* not used: as small as can be */
	failed_prog[0] = 0;
	err = gm_scan_bpf__load(a->scan);
	if (err && failed_prog[0] && gm_plan_refuse(plan, failed_prog, err))
		return -EAGAIN;
	return err ? gm_errno(err, "loading the BPF iterators (-v shows what the kernel said)") : 0;
}

/* 0 or -errno, not reported. */
static int open_walk(struct gm_attached_walk *w, struct bpf_program *iter, struct bpf_program *run, struct bpf_map *map)
{
	w->run_fd = bpf_program__fd(run);
	if (w->run_fd >= 0)
		return 0;
	w->run_fd = -1;
	w->iter = attach_map_iter(iter, map);
	return w->iter ? 0 : -errno;
}

static int load_scan(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k)
{
	int err;

	do {
		gm_scan_bpf__destroy(a->scan);
		a->scan = NULL;
		gm_plan_make(plan, k);
		err = try_scan(a, plan, k);
	} while (err == -EAGAIN);
	if (err)
		return err;
	err = open_walk(&a->vms, a->scan->progs.gm_scan_vms, a->scan->progs.gm_run_vms, a->scan->maps.gm_vms);
	if (!err)
		err = open_walk(&a->files, a->scan->progs.gm_scan_files, a->scan->progs.gm_run_files, a->scan->maps.gm_files);
	if (!err)
		err = open_walk(&a->inodes, a->scan->progs.gm_scan_inodes, a->scan->progs.gm_run_inodes, a->scan->maps.gm_inodes);
	a->fds = bpf_program__attach_iter(a->scan->progs.gm_scan_fds, NULL);
	a->vmas = bpf_program__attach_iter(a->scan->progs.gm_scan_vmas, NULL);
	return err ? gm_errno(err, "attaching the BPF iterators") : 0;
}

int gm_attached_run(struct gm_attached *a, const struct gm_attached_walk *w, uint32_t *from)
{
	LIBBPF_OPTS(bpf_test_run_opts, o);

	a->scan->bss->gm_run_from = *from;
	if (bpf_prog_test_run_opts(w->run_fd, &o))
		return -errno;
	if (!a->scan->bss->gm_run_full)
		return 0;
	*from = a->scan->bss->gm_run_at - 1;
	return 1;
}

void gm_attached_bindings(struct gm_attached *a, bool on)
{
	if (a->scan)
		a->scan->data->gm_scan_bindings = on;
}

void gm_attached_started(struct gm_attached *a)
{
	a->probes->bss->gm_started = 1;
	a->scan->bss->gm_started = 1;
}

void gm_attached_final(struct gm_attached *a)
{
	a->scan->bss->gm_scan_final = 1;
}

/* ---- our programs, as the kernel counts them ---- */

static int list_progs(struct gm_attached *a, struct bpf_object *obj, bool scans)
{
	struct gm_attached_prog *more;
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		if (bpf_program__fd(prog) < 0)
			continue;
		more = realloc(a->progs, (a->progs_nr + 1) * sizeof(*more));
		if (!more)
			return gm_errno(-ENOMEM, "listing the BPF programs");
		a->progs = more;
		a->progs[a->progs_nr++] = (struct gm_attached_prog){
			.name = bpf_program__name(prog), .fd = bpf_program__fd(prog), .scans = scans };
	}
	return 0;
}

uint64_t gm_attached_look(struct gm_attached *a, bool scans)
{
	uint64_t skipped = 0;

	for (unsigned int i = 0; i < a->progs_nr; i++) {
		struct gm_attached_prog *p = &a->progs[i];
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (p->scans && !scans)
			continue;
		if (!bpf_obj_get_info_by_fd(p->fd, &info, &len)) {
			p->runs = info.run_cnt;
			p->run_ns = info.run_time_ns;
			p->skipped = info.recursion_misses;
		}
		if (!p->scans)
			skipped += p->skipped;
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

	libbpf_set_print(on_libbpf);
	setrlimit(RLIMIT_MEMLOCK, &inf);	/* accounted to memcg from 5.11 on; harmless */
	if (plan->need & GM_NEED_STATS)
		want_stats(a);		/* before the first run of a program of ours */
	err = load_probes(a, plan, k);
	if (!err)
		err = load_scan(a, plan, k);
	if (!err)
		err = list_progs(a, a->probes->obj, false);
	if (!err)
		err = list_progs(a, a->scan->obj, true);
	if (err)
		return err;
	a->bindings_told = gm_plan_has(plan, "bind") && gm_plan_has(plan, "unbind");
	a->ring_fd = bpf_map__fd(a->probes->maps.gm_ring);
	a->scan_ring_fd = a->vms.iter ? -1 : bpf_map__fd(a->scan->maps.gm_scan_ring);
	a->fault_ring_fd = bpf_map__fd(a->probes->maps.gm_fault_ring);
	a->hot_fd = bpf_map__fd(a->probes->maps.gm_hot);
	a->ops_fd = bpf_map__fd(a->probes->maps.gm_ops);
	a->losses_fd = bpf_map__fd(a->probes->maps.gm_losses);
	return 0;
}
