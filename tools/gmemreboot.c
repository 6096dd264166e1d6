// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemreboot - what became of VMs and their memory: what keeps alive what should be gone (--pins). */
#include "session/session.h"
#include "view/lines.h"
#include "view/pins.h"

enum { OPT_PINS = 0x2000, OPT_ALL };

struct reboot {
	bool pins, all;
};

/*
 * A look at what is there needs no history: one, unless a stretch of time was asked for, and by iterators alone, which
 * are there at once and on every kernel.
 */
static void one_look(struct gm_session *s)
{
	if (s->opts.duration_ns || s->opts.count || s->opts.interval_given || s->opts.command || s->opts.replay)
		return;
	s->opts.count = 1;
	if (s->opts.mode == GM_WANT_AUTO)
		s->opts.mode = GM_WANT_INVENTORY;
}

static error_t option(int key, char *arg, struct argp_state *state, struct gm_session *s)
{
	struct reboot *r = s->tool->arg;

	(void)arg;
	switch (key) {
	case OPT_PINS: r->pins = true; return 0;
	case OPT_ALL: r->all = true; return 0;
	case ARGP_KEY_END:
		if (s->opts.json_schema || s->opts.probes)
			return 0;
		if (s->opts.vm && r->all)
			argp_error(state, "--all and --vm exclude each other");
		one_look(s);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int tick(struct gm_session *s, bool last)
{
	const struct reboot *r = s->tool->arg;

	if (!last)
		return 0;
	if (s->opts.json) {
		gm_json_pins(&s->out, s->model, s->opts.vm, r->all);
		gm_json_losses(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else {
		gm_text_pins(&s->out, s->model, s->opts.vm, r->all);
		gm_text_losses(&s->out, s->model);
	}
	return gm_session_flush(s);
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "pins", OPT_PINS, NULL, 0, "What keeps VMs and memory alive that should be gone (the default)", 10 },
		{ "all", OPT_ALL, NULL, 0, "With --pins: of all VMs and memory", 10 },
		{ 0 },
	};
	static struct reboot reboot;
	static const struct gm_tool tool = {
		.name = "gmemreboot",
		.doc = "Say what keeps virtual machines and their guest memory (guest_memfd) alive.\v"
		       "With --pins: one look, no history needed. With -d or a COMMAND: a look at the end.",
		.options = options, .option = option, .tick = tick, .arg = &reboot,
	};

	return gm_session_main(&tool, argc, argv);
}
