// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemcheck - prints what this kernel allows to observe, hook by hook, with reasons. */
#include "session/process.h"
#include "session/session.h"
#include "report/json_lines.h"
#include "report/text.h"

static bool machines;

static void check(struct argp_state *state, struct gm_session *s)
{
	if (machines && s->want.btf)
		argp_error(state, "--btf is about a kernel that does not run, and --machines about VMs that do: give "
				  "one");
	if (machines && s->want.need & GM_NEED_VERIFIER)
		argp_error(state, "--machines prints no programs: give it or --verifier");
	if (machines)
		s->want.need = 0; /* the initial scan names them, without hooks */
	else if (s->opts.map)
		argp_error(state, "--machine-map has no effect here: without --machines no VM is named");
	if (s->want.btf && s->opts.replays)
		argp_error(state, "--btf and --replay are about two different kernels: give one");
	if (s->want.btf && s->want.need & GM_NEED_VERIFIER)
		argp_error(state, "--verifier: programs are loaded into the kernel that runs, not into that of --btf");
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
	{ "btf", 0, "VMLINUX[,KVM]", "A kernel that is not running, by its types in files", GM_OPT_TEXT,
	  GM_IN_SESSION(const char *, want.btf),
	  .is_path = true },
	{ "machines", 0, NULL, "Print for each live VM what named its machine, and nothing else", GM_OPT_FLAG,
	  GM_TO(bool, machines) },
	{ "verifier", 0, NULL, "Print verifier statistics of each program, too", GM_OPT_BITS,
	  GM_IN_SESSION(uint32_t, want.need),
	  .bits = GM_NEED_PROGS | GM_NEED_VERIFIER },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmemcheck",
	.doc = "Say what this kernel shows of KVM guest memory (guest_memfd): by which hook, and why not.\v"
	       "Every hook is really attached, then let go.",
	.options = options, .check = check,
	.need = GM_ALL_PHASES | GM_NEED_CPU | GM_NEED_WALL, .once = true,
		.no_vm = "it is about the kernel, not about a VM",
	.tick = tick,
};

int main(int argc, char **argv)
{
	return gm_session_main(&tool, argc, argv);
}
