// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * session.c - runs a tool: opens the source, feeds recorder, model and tool in this order, requests ticks, ends. Live
 * and replay share everything behind the feed, so a replay shows what the live run showed.
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/clock.h"
#include "base/resource.h"
#include "base/str.h"
#include "base/timing.h"
#include "json_schema.h"
#include "record/rec_file.h"
#include "past/anonymize.h"
#include "session/live_past.h"
#include "session/process.h"
#include "session/session_int.h"
#include "kernel/live.h"
#include "kernel/offline.h"
#include "past/replay.h"
#include "report/text.h"
#include "version.h"

#define NAMES_MAX 5	/* VM names that a message lists at most */

int gm_session_flush(struct gm_session *s)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };
	int err = s->out.err;

	/* Detect a closed reader even while there is nothing to write. */
	if (!err && poll(&reader, 1, 0) == 1 && reader.revents & POLLERR)
		err = -EPIPE;
	if (!err)
		err = gm_write_all(STDOUT_FILENO, s->out.s, s->out.len);
	gm_str_clear(&s->out);
	if (err != -EPIPE)
		return err ? gm_errno(err, "cannot write to stdout") : 0;
	s->reader_gone = true;
	return s->writes_elsewhere ? 0 : err;
}

/* ---- the loop ---- */

/*
 * Waits until the kvm module is loaded. Module uevents need netlink privileges; poll instead. Returns 0; 1: stopped by
 * a signal; -errno.
 */
static int wait_kvm(void)
{
	bool warned = false;
	int have;

	while (!(have = gm_kfeatures_poll_kvm()) && !gm_run_has_stop_request()) {
		if (!warned)
			gm_warn("waiting for KVM: its module is not loaded");
		warned = true;
		poll(NULL, 0, GM_IDLE_NS / 1000000);
	}
	return gm_run_has_stop_request() ? 1 : have < 0 ? have : 0;
}

/* Return true to end an exact sample early. Such a sample may take long: handle signals and keys meanwhile. */
static bool must_stop_sample(void *arg)
{
	struct gm_run *r = arg;

	return gm_run_has_stop_request() || r->ended || gm_run_idle(r) < 0 || r->ended;
}

/* Which hooks do not wait for the first VM: where a COMMAND runs, or one sample is taken, its first moments matter. */
static enum gm_attach_when hooks_at_start(const struct gm_run *r)
{
	if (r->s.has_command || r->s.tool->once || r->s.opts.eager)
		return GM_ATTACH_CALLS;
	return r->s.want.idles ? GM_ATTACH_ALWAYS : GM_ATTACH_MEMORY;
}

static int open_source(struct gm_run *r)
{
	char tool[40];
	struct gm_live_opts o = {
		.mode = r->s.opts.mode,
		.need = r->s.want.need,
		.slow_ns = r->s.want.slow_ns,
		.slow_limit = r->s.want.slow_limit,
		.sample = r->s.want.sample,
		.calls = r->s.want.calls,
		.stacks = r->s.want.stacks,
		.interval_ns = r->s.opts.interval_ns,
		.tool = tool,
		.measure = r->s.tool->once,
		.report_at_end = r->s.has_command && !gm_is_given(&r->s.opts, GM_GIVEN_INTERVAL),
		.at_start = hooks_at_start(r),
		.release_module = r->s.opts.release_module,
		.room = r->s.opts.room,
		.avoid = r->s.opts.avoid,
		.exact = r->s.want.exact,
		.stop = must_stop_sample,
		.stop_arg = r,
	};
	int err;

	snprintf(tool, sizeof(tool), "%s %s", r->s.tool->name, GM_VERSION_SHORT);
	if (r->s.opts.replays) {
		err = gm_past_open(&r->recs, r->s.opts.replay, r->s.opts.replays, &r->s.opts.at);
		if (!err && r->s.opts.anon_key)
			err = gm_anon_open(&r->recs, r->recs, r->s.opts.anon_key);
		r->steer.speed = r->s.opts.speed;
		return err ? err : gm_replay_open(&r->src, r->recs, r->s.opts.speed, &r->feed);
	}
	if (r->s.want.btf)
		return gm_offline_open(&r->src, r->s.want.btf, &o, &r->feed);
	err = gm_process_raise_fd_limit();
	if (!err && r->s.opts.wait)
		err = wait_kvm();
	if (err == 1 || err == -EMFILE)
		return err;
	if (!err)
		err = gm_live_open(&r->src, &o, &r->feed);
	r->unobservable = err && !gm_is_resource_error(err) && !r->feed.sink_failed;
	return err;
}

static int take_sample(struct gm_run *r, bool last)
{
	r->sample_began_ns = gm_now_ns();
	r->sample_requested = false;
	return r->src->ops->tick(r->src, last);
}

bool gm_session_is_fresh(const struct gm_session *s, uint64_t younger_ns)
{
	const struct gm_run *r = (const struct gm_run *)s;

	return !s->live || r->ended || (r->ticked_ns && gm_now_ns() - r->ticked_ns < younger_ns);
}

void gm_session_request_sample(struct gm_session *s)
{
	((struct gm_run *)s)->sample_requested = true;
}

int gm_session_set_interval(struct gm_session *s, uint64_t ns)
{
	struct gm_run *r = (struct gm_run *)s;

	if (!r->src->ops->interval || ns == r->interval_ns)
		return 0;
	r->interval_ns = ns;
	r->due_ns = r->sample_began_ns + ns;
	return r->src->ops->interval(r->src, ns);
}

uint64_t gm_session_last_tick_ns(const struct gm_session *s)
{
	return ((const struct gm_run *)s)->ticked_ns;
}

const struct gm_source_part *gm_session_parts(const struct gm_session *s, unsigned int *nr)
{
	const struct gm_source *src = ((const struct gm_run *)s)->src;

	*nr = src ? src->parts_nr : 0;
	return src ? src->parts : NULL;
}

uint64_t gm_session_sample_ns(const struct gm_session *s)
{
	return ((const struct gm_run *)s)->sample_ns;
}

/* Return true if something beside the source must be checked often: a child, or a tool that has idle() but no fd(). */
static bool must_poll(const struct gm_run *r)
{
	return r->child || (r->s.tool->idle && !r->s.tool->fd);
}

static int toggle_module(struct gm_run *r)
{
	int err;

	err = r->src->ops->module ? r->src->ops->module(r->src) : 0;
	return err ? err : 1;
}

/* Takes the sample that the tool requested in idle(), if any. 1 or -errno. */
static int take_requested_sample(struct gm_run *r)
{
	int err = r->sample_requested ? take_sample(r, false) : 0;

	return err < 0 ? err : 1;
}

/*
 * Polls until the next tick is due, by the clock or because the sample is full, or something ends the session. Returns
 * 1; 0: COMMAND has ended; -errno.
 */
static int wait_tick(struct gm_run *r, uint64_t end)
{
	uint64_t now, until;
	int err = 1;

	while (err > 0 && !gm_run_has_stop_request() && !r->ended && !r->sample_full &&
	       (now = gm_now_ns()) < (until = r->due_ns < end ? r->due_ns : end)) {
		uint64_t left = until - now;

		err = r->src->ops->poll(r->src, must_poll(r) && left > GM_IDLE_NS ? GM_IDLE_NS : left);
		if (err > 0 && gm_run_has_module_request())
			err = toggle_module(r);
		if (err > 0 && gm_run_has_command_ended(r))
			return r->not_started ? -ENOENT : 0;
		if (err > 0)
			err = gm_run_idle(r);
		if (err > 0)
			err = gm_live_past_play(r);
		if (err > 0)
			err = take_requested_sample(r);
	}
	return err;
}

static int loop_live(struct gm_run *r)
{
	uint64_t start = gm_now_ns(), end = r->s.opts.duration_ns ? start + r->s.opts.duration_ns : UINT64_MAX;
	uint64_t count = r->s.tool->once ? 1 : r->s.opts.count;
	bool at_once = !r->s.has_command && !r->s.tool->intervals; /* show the initial scan without waiting */
	int err = 0;

	r->interval_ns = r->s.opts.interval_ns;
	r->due_ns = start + (at_once ? 0 : r->interval_ns);
	if (r->s.has_command && gm_run_has_stop_request()) {
		gm_warn("stopped before all hooks were attached: COMMAND was not started");
		r->not_started = true;
		return -ECANCELED;
	}
	gm_run_release_command(r);
	if (!at_once)
		gm_timing_print();
	while (err >= 0) {
		bool last;

		err = at_once ? 1 : wait_tick(r, end);
		at_once = false;
		r->due_ns += r->sample_full ? 0 : r->interval_ns;
		if (err < 0)
			break;
		last = !err || gm_run_has_stop_request() || r->ended || gm_now_ns() >= end ||
		       (count && r->ticks + 1 >= count && !r->s.has_command);
		err = take_sample(r, last);
		gm_timing_print();
		if (last || r->ended)
			break;
		if (r->due_ns < gm_now_ns())
			r->due_ns = gm_now_ns();
	}
	return err < 0 ? err : 0;
}

/* Warn if the kernel does not allow the mode that the user chose. */
static void warn_mode(const struct gm_run *r)
{
	enum gm_want_mode want = r->s.opts.mode;
	uint32_t got = r->s.model->meta.mode;

	if ((want == GM_WANT_FULL && got != GM_MODE_FULL) || (want == GM_WANT_KPROBE && got != GM_MODE_KPROBE))
		gm_warn("--mode %s: this kernel does not allow it: mode is %s (--probes says why)",
			want == GM_WANT_FULL ? "full" : "kprobe", gm_mode_name(got));
}

/* Warn if processes are not visible: an empty result would look like an idle host. */
static void warn_processes(const struct gm_run *r)
{
	const struct gm_model *m = r->s.model;

	if (m->tasks_na)
		gm_warn("not all VMs can be seen, and their process ids are the host's: %s", m->tasks_na);
	else if (m->procs_na)
		gm_warn("names of processes are partial: %s", m->procs_na);
}

static int start_tool(struct gm_run *r)
{
	int err;

	if (r->s.opts.probes) {
		gm_text_check(&r->s.out, r->s.model);
		r->ended = true;
		return gm_session_flush(&r->s);
	}
	r->started = true;
	err = r->s.tool->start ? r->s.tool->start(&r->s) : 0;
	r->fd = !err && r->s.tool->fd ? r->s.tool->fd(&r->s) : -1;
	r->src->wake_fd = r->fd;
	return err;
}

static int session_run(struct gm_run *r)
{
	int err = r->s.tool->prepare ? r->s.tool->prepare(&r->s) : 0;

	if (err)
		return err < 0 ? err : 0;
	err = gm_model_new(&r->s.model);
	r->s.writes_elsewhere |= r->s.opts.record && r->s.opts.replays;
	if (!err && r->s.opts.record)
		err = (r->s.opts.replays ? gm_rec_writer_open_atomic : gm_rec_writer_open)(&r->rec, r->s.opts.record,
											   r->s.opts.codec);
	if (!err)
		err = gm_run_add_sinks(r);
	if (!err && r->s.want.history.bytes)
		err = gm_live_past_open(r);
	if (!err)
		err = gm_run_fork_command(r);
	if (!err)
		err = open_source(r);
	if (err)
		return err < 0 ? err : 0;
	r->s.live = r->src->live;
	warn_mode(r);
	warn_processes(r);
	err = start_tool(r);
	if (err || r->ended)
		return err;
	if (r->s.opts.ready_fd)
		gm_process_ready((int)r->s.opts.ready_fd);
	gm_run_apply_by_sample(r);
	return r->s.live ? loop_live(r) : gm_run_replay(r);
}

static int exit_code(const struct gm_run *r, int err)
{
	bool lost = r->s.lost || (r->s.model && r->s.model->lost);

	if (err == -EPIPE && r->s.reader_gone)
		err = 0;
	if (err)
		return r->unobservable ? GM_EXIT_KERNEL : GM_EXIT_FAIL;
	for (size_t i = 0; r->s.model && i < r->s.model->probes.nr; i++) {
		const struct gm_probe *p = r->s.model->probes.at[i];

		lost |= p->rec.cls == GM_REQUIRED && p->rec.state != GM_PROBE_ATTACHED;
	}
	if (lost && r->s.opts.strict)
		return GM_EXIT_LOST;
	if (r->s.condition_unknown)
		return GM_EXIT_FAIL;
	return r->s.condition_holds ? GM_EXIT_CONDITION : GM_EXIT_OK;
}

/* If --vm never matched, warn: the user cannot tell a wrong name from a VM without activity. */
static void warn_vm(const struct gm_run *r)
{
	struct gm_str names = { 0 };

	if (!r->started || !r->s.opts.vm || r->vm_matched)
		return;
	for (size_t i = 0; i < r->s.model->machines.nr && i < NAMES_MAX; i++)
		gm_str_printf(&names, "%s%s", i ? ", " : "",
			      ((const struct gm_machine *)r->s.model->machines.at[i])->name);
	gm_warn("--vm %s: no VM of that name, id or process was seen (%s%s%s)", r->s.opts.vm,
		names.len	       ? "there were: "
		: r->s.model->tasks_na ? "no VM was seen, and not all can be"
				       : "there was none",
		names.s ? names.s : "", r->s.model->machines.nr > NAMES_MAX ? ", ..." : "");
	gm_str_release(&names);
}

/*
 * Closes the file of --record. A recording made from recordings is complete or discarded; a live one keeps what came
 * before an error.
 */
static int end_recording(struct gm_run *r, int err)
{
	if (!r->s.opts.replays || (!err && !gm_run_has_stop_request()))
		return gm_rec_writer_close(r->rec);
	if (r->rec)
		gm_warn("%s: not written", r->s.opts.record);
	gm_rec_writer_abandon(r->rec);
	return 0;
}

/*
 * Reports an error that nothing reported: -ENOMEM is returned from everywhere without a message, and must not end the
 * tool silently.
 */
static void report_silent_error(const struct gm_run *r, int err)
{
	if (err < 0 && !(err == -EPIPE && r->s.reader_gone) && !gm_log_errors() && !r->not_started)
		gm_errno(err, "%s", r->s.opts.replays ? r->s.opts.replay[0] : "cannot observe this host");
}

static int cleanup(struct gm_run *r, int err)
{
	int code, err2;

	report_silent_error(r, err);

	if (r->started && r->s.tool->stop)
		r->s.tool->stop(&r->s);
	if (!r->started && r->s.tool->drop)
		r->s.tool->drop(&r->s);
	warn_vm(r);
	err2 = end_recording(r, err);
	code = exit_code(r, err ? err : err2);
	gm_live_past_close(r);
	if (r->src)
		r->src->ops->close(r->src);
	if (r->go >= 0)
		close(r->go);
	gm_model_free(r->s.model);
	gm_machine_map_free(r->s.opts.map);
	gm_str_release(&r->s.out);
	gm_str_release(&r->held);
	gm_marks_release(&r->steer.marks);
	return code;
}

int gm_session_main(const struct gm_tool *tool, int argc, char **argv)
{
	struct gm_run r = { .s.tool = tool, .go = -1, .fd = -1 };

	if (gm_process_init(tool->name))
		return GM_EXIT_FAIL;
	setlocale(LC_CTYPE, ""); /* decides which characters of names the terminal can show */
	gm_timing_begin();
	gm_run_parse_args(&r, argc, argv);
	if (r.s.opts.json_schema) {
		gm_str_puts(&r.s.out, gm_json_schema);
		return cleanup(&r, gm_session_flush(&r.s));
	}
	gm_run_catch_signals();
	return cleanup(&r, session_run(&r));
}
