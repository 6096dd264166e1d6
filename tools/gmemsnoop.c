// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmemsnoop - one line per lifecycle event of guest memory. */
#include "session/session.h"
#include "view/lines.h"

static int start(struct gm_session *s)
{
	if (!s->opts.json)
		gm_text_event_head(&s->out);
	return gm_session_flush(s);
}

static int event(struct gm_session *s, const union gm_any *rec)
{
	if (s->opts.vm && !gm_vm_matches(gm_model_vm(s->model, rec->ev.vm), s->opts.vm))
		return 0;
	if (s->opts.json)
		gm_json_event(&s->out, s->model, rec);
	else
		gm_text_event(&s->out, s->model, rec);
	return gm_session_flush(s);
}

static int tick(struct gm_session *s, bool last)
{
	if (!last)
		return 0;
	if (s->opts.json) {
		gm_json_probes(&s->out, s->model);
		gm_json_losses(&s->out, s->model);
		gm_json_summary(&s->out, s->model);
	} else {
		gm_text_caveats(&s->out, s->model);
	}
	return gm_session_flush(s);
}

int main(int argc, char **argv)
{
	static const struct gm_tool tool = {
		.name = "gmemsnoop",
		.doc = "Print one line per event in the life of KVM guest memory (guest_memfd).\v"
		       "With COMMAND: look while it runs, end when it ends.",
		.start = start, .event = event, .tick = tick,
	};

	return gm_session_main(&tool, argc, argv);
}
