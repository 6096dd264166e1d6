// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemcheck - prints what this kernel allows to observe, hook by hook, with reasons. */
#include "base/fd.h"
#include "session/session.h"
#include "report/json_lines.h"
#include "report/text.h"

static bool machines;

static void check(struct argp_state *state, struct gm_session *s)
{
	if (machines && s->want.btf)
		argp_error(state, "--btf and --machines exclude each other: --machines lists running VMs");
	if (machines && s->want.need & GM_NEED_VERIFIER)
		argp_error(state, "--machines and --verifier exclude each other: --machines prints no programs");
	if (machines)
		s->want.need = 0; /* the initial scan names them, without hooks */
	else if (s->opts.map)
		argp_error(state, "--machine-map has no effect here: without --machines no VM is named");
	if (s->want.btf && s->opts.replays)
		argp_error(state, "--btf and --replay exclude each other: each names another kernel");
	if (s->want.btf && s->want.need & GM_NEED_VERIFIER)
		argp_error(state, "--verifier needs the running kernel: it does not go with --btf");
}

static void print_machines(struct gm_session *s)
{
	if (s->opts.json) {
		gm_json_machines(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else {
		gm_text_machines(&s->out, s->model);
		gm_text_losses(&s->out, s->model);
	}
}

static int tick(struct gm_session *s, bool last)
{
	if (!last)
		return 0;
	if (machines) {
		print_machines(s);
	} else if (s->opts.json) {
		gm_json_probes(&s->out, s->model);
		if (s->want.need & GM_NEED_VERIFIER)
			gm_json_programs(&s->out, s->model);
		gm_json_phases(&s->out, s->model, NULL);
		gm_json_summary(&s->out, s->model);
	} else {
		gm_text_partial(&s->out, s->model, GM_ALL_PHASES, gm_stdout_columns());
		gm_text_check(&s->out, s->model);
		if (s->want.need & GM_NEED_VERIFIER)
			gm_text_programs(&s->out, s->model);
	}
	return gm_session_flush(s);
}

static const struct gm_opt_row options[] = {
	{ "btf", 0, "VMLINUX[,KVM]", "Check another kernel, from files with its BTF types", GM_OPT_TEXT,
	  GM_IN_SESSION(const char *, want.btf),
	  .is_path = true },
	{ "machines", 0, NULL, "Print only what named the machine of each live VM", GM_OPT_FLAG,
	  GM_TO(bool, machines) },
	{ "verifier", 0, NULL, "Also print verifier statistics of each program", GM_OPT_BITS,
	  GM_IN_SESSION(uint32_t, want.need),
	  .bits = GM_NEED_PROGS | GM_NEED_VERIFIER },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmemcheck",
	.doc = "Report what this kernel shows of KVM guest memory (guest_memfd): by which hook, and why "
	       "not.\vAttaches every hook to find out, then detaches it.",
	.options = options, .check = check,
	.need = GM_ALL_PHASES | GM_NEED_CPU | GM_NEED_WALL | GM_NEED_ATTRS, .once = true,
		.no_vm = "gmemcheck reports on the kernel, not on a VM",
	.tick = tick,
};

int main(int argc, char **argv)
{
	return gm_session_main(&tool, argc, argv);
}
