// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach_links.c - attaches loaded programs to their hooks, and detaches those of rows that wait for gmem (enum
 * gm_attach_when). The latter stay loaded, so attaching them again does not involve the verifier.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/timing.h"
#include "gm_conf.h"
#include "gm_probes.skel.h"
#include "gm_scan.skel.h"
#include "kernel/attach_int.h"

bool gm_attach_is_fsession(const char *section)
{
	return strstr(section, "fsession/");
}

/*
 * Opens the perf event of a syscall tracepoint; its tracefs may be a mount of our own. Returns a descriptor, or -1 with
 * errno.
 */
static int open_syscall(const struct bpf_program *prog, const struct gm_kfeatures *k)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .sample_period = 1, .wakeup_events = 1
	};
	const char *event = strchr(bpf_program__section_name(prog), '/');
	int id = event ? gm_kfeatures_event_id(k, event + 1) : -EINVAL;

	if (id < 0) {
		errno = -id;
		return -1;
	}
	attr.config = (uint64_t)id;
	return (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

/*
 * Attaches a program to a system call. The event stays open in *perf_fd: opening an event takes privileges, attaching a
 * loaded program to an open one takes none (bpf(2), BPF_LINK_CREATE; kernel/bpf/syscall.c, 5.19 and later). A link
 * closes the descriptor that it is given and disables the event, so it gets a duplicate.
 */
static struct bpf_link *attach_syscall(struct bpf_program *prog, const struct gm_kfeatures *k, int *perf_fd)
{
	struct bpf_link *link;
	int fd;

	if (*perf_fd < 0)
		*perf_fd = open_syscall(prog, k);
	fd = *perf_fd < 0 ? -1 : fcntl(*perf_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return NULL;
	link = bpf_program__attach_perf_event(prog, fd);
	if (!link)
		close(fd);
	return link;
}

static bool is_return_hook(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return strstr(section, "fexit/") || strstr(section, "kretprobe/") || strstr(section, "/sys_exit_");
}

/* Attaches a kprobe.multi by the function's complete name: libbpf's patterns also match names that are no functions. */
static struct bpf_link *attach_kmulti(struct bpf_program *prog)
{
	const char *sym = strchr(bpf_program__section_name(prog), '/') + 1;
	LIBBPF_OPTS(bpf_kprobe_multi_opts, o, .syms = &sym, .cnt = 1, .retprobe = is_return_hook(prog));

	return bpf_program__attach_kprobe_multi_opts(prog, NULL, &o);
}

static struct bpf_link *attach_prog(struct bpf_program *prog, const struct gm_kfeatures *k, int *perf_fd)
{
	const char *section = bpf_program__section_name(prog);

	if (bpf_program__expected_attach_type(prog) == BPF_TRACE_KPROBE_MULTI)
		return attach_kmulti(prog);
	if (!strncmp(section + (section[0] == '?'), "tracepoint/", 11))
		return attach_syscall(prog, k, perf_fd);
	return gm_attach_is_fsession(section) ? bpf_program__attach_trace(prog) : bpf_program__attach(prog);
}

static bool waits_for_gmem(const struct gm_plan *plan, const struct bpf_program *prog)
{
	return gm_plan_waits(plan, bpf_program__name(prog));
}

static void close_event(struct gm_attached_link *l)
{
	if (l->perf_fd >= 0)
		close(l->perf_fd);
	l->perf_fd = -1;
}

static void detach_link(struct gm_attached_link *l)
{
	bpf_link__destroy(l->link);
	l->link = NULL;
}

void gm_attached_link_close(struct gm_attached_link *l)
{
	detach_link(l);
	close_event(l);
}

static const char *kind_of_hook(const struct bpf_program *prog)
{
	static const struct {
		const char *section, *name;
	} kinds[] = {
		{ "tp_btf/", "attach: tracepoint" },
		{ "raw_tp/", "attach: tracepoint" },
		{ "tracepoint/", "attach: system call" },
		{ "fentry/", "attach: fentry" },
		{ "fexit/", "attach: fexit" },
		{ "fsession/", "attach: fsession" },
	};

	for (size_t i = 0; i < GM_ARRAY_SIZE(kinds); i++)
		if (strstr(bpf_program__section_name(prog), kinds[i].section))
			return kinds[i].name;
	return "attach: kprobe";
}

/*
 * Attaches a program. While its row waits for gmem it is detached at once: attaching it shows whether the kernel
 * accepts it.
 */
static int attach_and_list(struct gm_attached *a, struct bpf_program *prog, const struct gm_plan *plan,
			   const struct gm_kfeatures *k)
{
	struct gm_attached_link *l;

	if (gm_grow(a->links, a->links_nr, 1, a->links_cap))
		return -ENOMEM;
	l = &a->links[a->links_nr];
	*l = (struct gm_attached_link){ NULL, prog, -1 };
	l->link = attach_prog(prog, k, &l->perf_fd);
	gm_timing_step(kind_of_hook(prog));
	if (!l->link) {
		int err = -errno;

		gm_attached_link_close(l);
		return err;
	}
	a->links_nr++;
	if (!waits_for_gmem(plan, prog))
		close_event(l);
	else if (a->gmem_detached)
		detach_link(l);
	gm_timing_step("detach: until the first VM");
	return 0;
}

/*
 * Attaches the return hooks, or the others. Return hooks come first: a return without its entry is ignored, but an
 * entry without its return would stay open.
 */
static int attach_side(struct gm_attached *a, struct bpf_object *obj, struct gm_plan *plan,
		       const struct gm_kfeatures *k, bool returns)
{
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program (prog, obj) {
		if (!bpf_program__autoload(prog) || is_return_hook(prog) != returns)
			continue;
		err = attach_and_list(a, prog, plan, k);
		/* For a perf event EACCES is a missing privilege; for a load it is the verifier's refusal. */
		if (err == -EACCES)
			err = -EPERM;
		if (err)
			return gm_plan_refuse(plan, bpf_program__name(prog), err) ? -EAGAIN : err;
	}
	return 0;
}

int gm_attach_links(struct gm_attached *a, struct bpf_object *obj, struct gm_plan *plan, const struct gm_kfeatures *k)
{
	int err = attach_side(a, obj, plan, k, true);

	return err ? err : attach_side(a, obj, plan, k, false);
}

/* ---- only while there is gmem ---- */

bool gm_attached_has_gmem(const struct gm_attached *a)
{
	return !a->gmem_vms || a->gmem_vms[1u << GM_GMEM_VMS_BITS];
}

static void detach_side(struct gm_attached *a, const struct gm_plan *plan, bool returns)
{
	for (size_t i = 0; i < a->links_nr; i++) {
		struct gm_attached_link *l = &a->links[i];

		if (is_return_hook(l->prog) == returns && waits_for_gmem(plan, l->prog))
			detach_link(l);
	}
}

/* In the order in which they are attached again. */
enum order { TRACEPOINTS, RETURNS, OTHERS };

/* Tracepoints come first: they are attached at once, where a function takes a while, and show a VM's pages. */
static enum order order_of(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	if (strstr(section, "tp_btf/") || strstr(section, "raw_tp/"))
		return TRACEPOINTS;
	return is_return_hook(prog) ? RETURNS : OTHERS;
}

/* From the last one on: what begins a fault stands before what ends it, and is to come after that. */
static int reattach_part(struct gm_attached *a, const struct gm_kfeatures *k, enum order part)
{
	for (size_t i = a->links_nr; i-- > 0;) {
		struct gm_attached_link *l = &a->links[i];

		if (l->link || order_of(l->prog) != part)
			continue;
		l->link = attach_prog(l->prog, k, &l->perf_fd);
		if (!l->link)
			return -errno;
	}
	return 0;
}

static void set_watching(struct gm_attached *a, uint64_t ns)
{
	if (!a->probes)
		return;
	a->probes->bss->gm_watching_ns = a->scan->bss->gm_watching_ns = ns;
	if (a->reattached)
		a->reattached->bss->gm_watching_ns = ns;
}

void gm_attached_mark_watching(struct gm_attached *a)
{
	a->gmem_detached = false;
	set_watching(a, gm_now_ns());
}

static void detach_both(struct gm_attached *a, const struct gm_plan *plan)
{
	detach_side(a, plan, false);
	detach_side(a, plan, true);
	a->gmem_detached = true;
}

int gm_attached_detach_gmem(struct gm_attached *a, const struct gm_plan *plan)
{
	set_watching(a, GM_NOT_WATCHING);
	/* A program counts the VM first and then reads gm_watching_ns: one of the two sees the other. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (gm_attached_has_gmem(a)) {
		set_watching(a, gm_now_ns());
		return -EBUSY;
	}
	detach_both(a, plan);
	return 0;
}

int gm_attached_reattach_gmem(struct gm_attached *a, const struct gm_plan *plan, const struct gm_kfeatures *k)
{
	int err = reattach_part(a, k, TRACEPOINTS);

	if (!err)
		err = reattach_part(a, k, RETURNS);
	if (!err)
		err = reattach_part(a, k, OTHERS);
	if (err) {
		detach_both(a, plan);
		return err;
	}
	gm_attached_mark_watching(a);
	return 0;
}

static void add_early(struct gm_plan_early *out, const struct gm_early *e)
{
	out->inodes += e->inodes;
	out->pages += e->pages;
	out->unsure += e->unsure;
	out->ns = e->ns > out->ns ? e->ns : out->ns;
}

struct gm_plan_early gm_attached_early(const struct gm_attached *a)
{
	struct gm_plan_early out = { 0 };

	add_early(&out, &a->scan->bss->gm_early);
	if (a->probes)
		add_early(&out, &a->probes->bss->gm_early);
	if (a->reattached)
		add_early(&out, &a->reattached->bss->gm_early);
	return out;
}
