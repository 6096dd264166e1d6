// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flight_run.c - decides when a new segment of the ring begins, and when the ring is kept: now (SIGUSR1), some time
 * after an alarm, at the end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/json.h"
#include "base/log.h"
#include "recorder/flight_run.h"

int gm_flightrun_open(struct gm_flightrun *r, struct gm_session *s)
{
	sigset_t usr1;
	int err = 0;

	r->sig = -1;
	s->writes_elsewhere = true;
	r->o.codec = s->opts.codec;
	for (unsigned int i = 0; i < r->rules && !err; i++)
		if (gm_rule_needs_reboots(&r->rule[i]))
			s->want.need |= GM_NEED_CPU | GM_NEED_WALL;
	err = gm_flight_open(&r->f, &r->o);
	if (err)
		return err;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &usr1, NULL))
		return gm_errno(-errno, "cannot wait for SIGUSR1");
	r->sig = signalfd(-1, &usr1, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->sig < 0 ? gm_errno(-errno, "cannot wait for SIGUSR1") : 0;
}

int gm_flightrun_check(const struct gm_flightrun *r, const struct gm_session *s)
{
	for (unsigned int i = 0; i < r->rules; i++) {
		const char *na = gm_rule_na(&r->rule[i], s->model);

		if (na)
			return gm_err(-ENOTSUP, "--trigger '%s' can never become true on this host: %s",
				      r->rule[i].text, na);
	}
	return 0;
}

static int write_record(void *arg, const union gm_any *rec)
{
	struct gm_flightrun *r = arg;

	return gm_flight_put(r->f, &rec->h);
}

int gm_flightrun_record(struct gm_flightrun *r, struct gm_session *s, const union gm_any *rec)
{
	int err = 0;

	/* The model has applied all records before this one: the keyframe is of that time. */
	if (gm_flight_needs_keyframe(r->f))
		err = gm_model_emit_keyframe(s->model, write_record, r);
	return err ? err : write_record(r, rec);
}

static void print_kept_json(struct gm_session *s, const char *path, const char *reason, uint64_t bytes)
{
	struct gm_json j;

	gm_json_init(&j, &s->out);
	gm_json_obj(&j, NULL);
	gm_json_str(&j, "type", "kept");
	gm_json_str(&j, "path", path);
	gm_json_str(&j, "reason", reason);
	gm_json_u64(&j, "ts_ns", s->model->now_ns);
	gm_json_u64(&j, "size_bytes", bytes);
	gm_json_end_obj(&j);
	gm_str_puts(&s->out, "\n");
}

/* Keeps the ring as a file. A failure is reported and loses that file only: the ring goes on. */
static int keep_ring(struct gm_flightrun *r, struct gm_session *s, const char *reason)
{
	const struct gm_model *m = s->model;
	char path[400], size[8];
	struct stat st = { 0 };
	int err = gm_flight_keep(r->f, reason, m->meta.real_ns + (m->now_ns - m->meta.h.ts_ns), path, sizeof(path));

	if (err) {
		r->failed++;
		return err;
	}
	stat(path, &st);
	fprintf(stderr, "%s: kept %s (%s, %s)\n", s->tool->name, path, reason,
		gm_fmt_bytes(size, sizeof(size), (uint64_t)st.st_size));
	if (s->opts.json)
		print_kept_json(s, path, reason, (uint64_t)st.st_size);
	return gm_session_flush(s);
}

/*
 * Schedules a keep after after_ns, so that the file has what follows the alarm. A second alarm meanwhile is in the same
 * file.
 */
static void schedule_keep(struct gm_flightrun *r, const struct gm_session *s, const char *what)
{
	if (r->due)
		return;
	r->due = true;
	r->due_ns = s->model->now_ns + r->after_ns;
	snprintf(r->reason, sizeof(r->reason), "%s", what);
}

int gm_flightrun_tick(struct gm_flightrun *r, struct gm_session *s, bool last)
{
	char what[120];
	int err;

	for (unsigned int i = 0; i < r->rules; i++)
		if (gm_rule_tick(&r->rule[i], s->model, r->quiet_ns, what, sizeof(what)))
			schedule_keep(r, s, what);
	if (last && !r->due && r->at_exit) {
		r->due = true;
		snprintf(r->reason, sizeof(r->reason), "exit");
	}
	/* the ring already has the tick's own record: record() came first */
	if (!r->due || (!last && s->model->now_ns < r->due_ns))
		return 0;
	r->due = false;
	err = keep_ring(r, s, r->reason);
	return last ? err : 0;
}

int gm_flightrun_idle(struct gm_flightrun *r, struct gm_session *s)
{
	struct signalfd_siginfo info;

	if (read(r->sig, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	/* a scheduled keep of an alarm stays scheduled */
	keep_ring(r, s, "SIGUSR1");
	return 0;
}

int gm_flightrun_close(struct gm_flightrun *r)
{
	int err = gm_flight_close(r->f);

	if (r->failed)
		gm_warn("flight recorder: the ring could not be kept %llu times", (unsigned long long)r->failed);
	r->f = NULL;
	for (unsigned int i = 0; i < r->rules; i++)
		gm_rule_release(&r->rule[i]);
	if (r->sig >= 0)
		close(r->sig);
	r->sig = -1;
	return err;
}
