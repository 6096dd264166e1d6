// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* attach_progs.c - the kernel's counts of our programs: runs, skipped runs, and what the verifier took. */
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/grow.h"
#include "base/log.h"
#include "gm_conf.h"
#include "gm_probes.skel.h"
#include "kernel/attach_int.h"

/* Continues the counts of a program that was detached and is loaded again. false: it is a new one. */
static bool continue_counts(struct gm_attached *a, const char *name, int fd)
{
	for (size_t i = 0; i < a->progs_nr; i++) {
		struct gm_attached_prog *p = &a->progs[i];

		if (p->fd >= 0 || strcmp(p->name, name))
			continue;
		p->name = name;
		p->fd = fd;
		return true;
	}
	return false;
}

int gm_attach_list_progs(struct gm_load *l, bool scans)
{
	struct gm_attached *a = l->a;
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, l->obj) {
		if (bpf_program__fd(prog) < 0 || continue_counts(a, bpf_program__name(prog), bpf_program__fd(prog)))
			continue;
		if (gm_grow(a->progs, a->progs_nr, 1, a->progs_cap))
			return gm_errno(-ENOMEM, "cannot list the BPF programs");
		a->progs[a->progs_nr++] =
			(struct gm_attached_prog){ .name = bpf_program__name(prog),
						   .fd = bpf_program__fd(prog),
						   .scans = scans,
						   .twin = gm_plan_has_twin(l->plan, bpf_program__name(prog)),
						   .verified = gm_load_verified(l, prog) };
	}
	return 0;
}

/* Returns how many runs our programs skipped themselves, in a build for tests (bpf/gm_bpf.h). */
static uint64_t test_skips(const struct gm_attached *a)
{
#ifdef GM_TEST_SKIP
	return a->probes ? a->probes->bss->gm_test_skips : 0;
#else
	(void)a;
	return 0;
#endif
}

uint64_t gm_attached_read_counts(struct gm_attached *a, bool scans)
{
	uint64_t skipped = test_skips(a);

	a->skipped_twins = skipped;
	for (size_t i = 0; i < a->progs_nr; i++) {
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
			a->skipped_twins += p->skipped;
	}
	return skipped;
}

void gm_attach_enable_stats(struct gm_attached *a)
{
	a->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (a->stats_fd < 0)
		gm_warn("cannot turn on the kernel's statistics of BPF programs: %s%s", strerror(errno),
			errno == EPERM ? " (needs CAP_SYS_ADMIN; or sysctl kernel.bpf_stats_enabled=1)" : "");
}
