// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * serve.c - runs gmem_exporter in one thread: the session waits for the kernel, for clients and for the receiver, so a
 * scrape shows one sample, and nothing needs a lock.
 */
#include "exporter/serve.h"
#include "base/clock.h"
#include "base/resource.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "model/observe.h"
#include "model/reboot.h"
#include "exporter/notify.h"
#include "exporter/sandbox.h"
#include "version.h"

#define FRESH_NS	1000000000ull	/* a younger sample answers a scrape */
/* destroyed VMs (24 KiB each) and reboots (14 KiB each) to keep: 10 MiB. Metrics need only their rows */
#define KEEP_DEAD	128
#define STALE_NS	30000000000ull	/* not ready after this time, and three intervals, without a sample */
#define WATCHDOG_LEAST_NS 100000000ull	/* the shortest interval that a watchdog can ask for */
#define FLUSH_NS	2000000000ull	/* time at the end to push waiting batches */

struct gm_serve {
	struct gm_session *s;
	const struct gm_serve_opts *o;
	struct gm_metrics *mx;
	struct gm_httpd *http;
	struct gm_push *push;
	int epoll;
	uint64_t started_ns;	/* CLOCK_REALTIME */
	uint64_t samples, pushed_ns;
	char host[65];
};

/* ---- what it says of itself ---- */

static uint64_t count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!d)
		return 0;
	for (const struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n - 1; /* not counting the descriptor of the directory */
}

static void self_http(const struct gm_serve *v, struct gm_self *self)
{
	struct gm_httpd_stats st = { 0 };

	if (!v->http)
		return;
	gm_httpd_stats(v->http, &st);
	self->serves = true;
	self->connections = st.connections;
	self->requests = st.requests;
	self->evicted = st.evicted;
}

static void self_push(const struct gm_serve *v, struct gm_self *self)
{
	struct gm_push_stats st = { 0 };

	if (!v->push)
		return;
	gm_push_stats(v->push, &st);
	self->pushes = true;
	self->push_sent = st.sent;
	self->push_failed = st.failed;
	self->push_dropped = st.dropped;
	self->push_queued = st.queued;
}

static void self_fill(const struct gm_serve *v, struct gm_self *self)
{
	struct rlimit fds;

	memset(self, 0, sizeof(*self));
	self->cpu_seconds = (double)gm_self_cpu_ns() / 1e9;
	if (!getrlimit(RLIMIT_NOFILE, &fds))
		self->max_fds = fds.rlim_cur;
	self->open_fds = count_fds();
	gm_self_memory(&self->virtual_bytes, &self->resident_bytes);
	self_http(v, self);
	self_push(v, self);
	self->start_seconds = (double)v->started_ns / 1e9;
	self->real_ns = gm_real_ns();
	self->sample_seconds = (double)gm_session_sample_ns(v->s) / 1e9;
	self->samples = v->samples;
	self->parts = gm_session_parts(v->s, &self->parts_nr);
	self->host = v->host[0] ? v->host : NULL;
	self->version = GM_VERSION_SHORT;
	self->revision = GM_REVISION;
}

static void write_metrics(const struct gm_serve *v, enum gm_format f, struct gm_str *out)
{
	struct gm_self self;

	self_fill(v, &self);
	gm_metrics_write(v->mx, v->s->model, &self, f, out);
}

/* ---- HTTP ---- */

/*
 * Return the number of the state that an answer shows: the last tick's. In a replay, which may have no more ticks, it
 * also changes with time, as the exporter's own metrics still change.
 */
static uint64_t state_number(const struct gm_serve *v)
{
	return v->s->live ? v->samples : v->samples << 32 | (gm_now_ns() / FRESH_NS & UINT32_MAX);
}

static bool http_is_fresh(void *arg, uint64_t *nr)
{
	const struct gm_serve *v = arg;

	if (!gm_session_is_fresh(v->s, FRESH_NS)) {
		gm_session_request_sample(v->s);
		return false;
	}
	*nr = state_number(v);
	return true;
}

static void http_render(void *arg, enum gm_format f, struct gm_str *out)
{
	write_metrics(arg, f, out);
}

static bool http_is_ready(void *arg, const char **why)
{
	const struct gm_serve *v = arg;
	uint64_t stale = 3 * v->s->opts.interval_ns;

	*why = !v->samples ? "no sample was taken yet" : "the last sample is too old";
	if (!v->s->live)
		return v->samples > 0;
	return v->samples && gm_now_ns() - gm_session_last_tick_ns(v->s) < (stale > STALE_NS ? stale : STALE_NS);
}

/* Appends text that may be anything, as HTML. */
static void add_html(struct gm_str *html, const char *text)
{
	for (; *text; text++) {
		if (strchr("<>&\"'", *text))
			gm_str_printf(html, "&#%d;", *text);
		else
			gm_str_add(html, text, 1);
	}
}

static void add_row(struct gm_str *html, const char *name, const char *value)
{
	gm_str_printf(html, "<tr><th scope=\"row\">%s</th><td>", name);
	add_html(html, value);
	gm_str_puts(html, "</td></tr>\n");
}

/* Appends what the exporter runs on, what it sees, and what it costs. */
static void add_facts(const struct gm_serve *v, struct gm_str *html)
{
	const struct gm_model *m = v->s->model;
	double age = (double)(gm_real_ns() - v->started_ns), cpu = (double)gm_self_cpu_ns();
	uint64_t size, resident;
	char text[100];
	unsigned int phases = 0;

	gm_self_memory(&size, &resident);
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		phases += !gm_phase_no_data_why(m, p);
	add_row(html, "Version", GM_VERSION);
	add_row(html, "Host", v->host);
	add_row(html, "Kernel", m->meta.release);
	snprintf(text, sizeof(text), "%s, %u of %u phases", gm_mode_name(m->meta.mode), phases,
		 (unsigned int)GM_PHASE_NR);
	add_row(html, "Mode", text);
	snprintf(text, sizeof(text), "%u", gm_metrics_shown(v->mx));
	add_row(html, "Machines with series", text);
	snprintf(text, sizeof(text), "%.2f %% of a CPU since the start, %.1f MiB", age > 0 ? 100 * cpu / age : 0,
		 (double)resident / (1 << 20));
	add_row(html, "Overhead of this process", text);
}

static void http_landing(void *arg, struct gm_str *html)
{
	static const char *const groups[][2] = {
		{ "gmem_memory_*, gmem_objects, gmem_orphaned_bytes", "the host's guest memory now" },
		{ "gmem_phase_*, gmem_fault_*, gmem_operations_*", "time by phase; what is not observed, and why" },
		{ "gmem_reboot_*", "reboots by style" },
		{ "gmem_machine_*", "memory, time and last reboot of each machine" },
		{ "gmem_records_*, gmem_events_*", "events and losses" },
		{ "gmem_exporter_*, gmem_bpf_*, process_*", "the exporter and what it costs" },
	};
	const struct gm_serve *v = arg;

	gm_str_puts(html,
		    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>gmem_exporter</title>"
		    "</head>\n<body><h1>gmem_exporter</h1>\n"
		    "<p>KVM guest memory (guest_memfd) on this host, as metrics.</p>\n");
	gm_str_printf(html,
		      "<ul>\n<li><a href=\"%s\">Metrics</a></li>\n<li><a href=\"/-/healthy\">Healthy?</a></li>\n"
		      "<li><a href=\"/-/ready\">Ready?</a></li>\n</ul>\n<table>\n",
		      v->o->http.path);
	add_facts(v, html);
	gm_str_puts(html, "</table>\n<h2>Metrics</h2>\n<table>\n");
	for (unsigned int i = 0; i < GM_ARRAY_SIZE(groups); i++)
		add_row(html, groups[i][0], groups[i][1]);
	gm_str_puts(html,
		    "</table>\n<p>gmem_phase_gap_info lists what is unavailable here, and why.</p>\n</body></html>\n");
}

static const struct gm_httpd_ops http_ops = {
	.fresh = http_is_fresh, .render = http_render, .ready = http_is_ready, .landing = http_landing,
};

/* ---- the others ---- */

/* Replaces a file: a reader sees the old content or the new one, even if this process is killed. */
static int replace_file(const char *path, const struct gm_str *text)
{
	char tmp[4096];
	int fd, err;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.%d.tmp", path, (int)getpid()) >= sizeof(tmp))
		return -ENAMETOOLONG;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	err = gm_write_all(fd, text->s, text->len);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	return err;
}

static int write_textfile(struct gm_serve *v)
{
	struct gm_str text = { 0 };
	int err;

	write_metrics(v, GM_FORMAT_TEXT, &text);
	err = text.err ? text.err : replace_file(v->o->textfile, &text);
	gm_str_release(&text);
	return err ? gm_errno(err, "cannot write %s", v->o->textfile) : 0;
}

/*
 * Pushes a batch at each interval: ticks made by scrapes are not pushed, and a tick may come slightly early. The last
 * tick is always pushed: it has the final sums.
 */
static int push_batch(struct gm_serve *v, bool last)
{
	uint64_t now = gm_now_ns(), every = v->s->opts.interval_ns;
	struct gm_str body = { 0 };
	int err;

	if (!last && v->pushed_ns && now - v->pushed_ns < every - every / 8)
		return 0;
	v->pushed_ns = now;
	write_metrics(v, GM_FORMAT_OTLP, &body);
	err = body.err ? body.err : gm_push_add(v->push, &body);
	gm_str_release(&body);
	return err ? gm_errno(err, "OTLP") : 0;
}

static int print_once(struct gm_serve *v)
{
	write_metrics(v, v->o->format, &v->s->out);
	return gm_session_flush(v->s);
}

int gm_serve_tick(struct gm_serve *v, bool last)
{
	int err = gm_metrics_tick(v->mx, v->s->model);

	v->samples++;
	if (v->http)
		gm_httpd_refreshed(v->http, state_number(v));
	gm_notify("WATCHDOG=1");
	if (v->s->opts.replays && !v->s->opts.speed && !last)
		return err; /* replay without pace: only the end is published */
	if (!err && v->o->textfile)
		err = write_textfile(v);
	if (!err && v->push)
		err = push_batch(v, last);
	if (!err && v->o->once && last)
		err = print_once(v);
	return err;
}

/* ---- its life ---- */

static int add_to_epoll(struct gm_serve *v, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	return epoll_ctl(v->epoll, EPOLL_CTL_ADD, fd, &ev) ? gm_errno(-errno, "epoll") : 0;
}

static int open_http(struct gm_serve *v)
{
	struct gm_httpd_opts o = v->o->http;
	int err;

	o.ops = &http_ops;
	o.arg = v;
	err = gm_httpd_open(&v->http, &o);
	return err ? err : add_to_epoll(v, gm_httpd_fd(v->http));
}

static int open_push(struct gm_serve *v)
{
	int err = gm_push_open(&v->push, &v->o->push);

	return err ? err : add_to_epoll(v, gm_push_fd(v->push));
}

/*
 * Opens the connection to the service manager. With a watchdog, samples must be frequent enough: each one notifies it.
 */
static int open_notify(struct gm_session *s)
{
	int err = gm_notify_open();
	uint64_t watchdog = gm_notify_watchdog_ns(); /* known once the connection is open */

	if (watchdog && s->opts.interval_ns > watchdog / 2)
		s->opts.interval_ns = watchdog / 2 > WATCHDOG_LEAST_NS ? watchdog / 2 : WATCHDOG_LEAST_NS;
	return err;
}

const char *gm_serve_log_name(unsigned int i)
{
	static const char *const names[] = { NULL, "error", "warn", "info", "debug" };

	return i < GM_ARRAY_SIZE(names) ? names[i] : NULL;
}

const char *gm_serve_log_format_name(unsigned int i)
{
	static const char *const names[] = { "text", "logfmt", "json" };

	return i < GM_ARRAY_SIZE(names) ? names[i] : NULL;
}

static void open_log(const struct gm_serve_opts *o)
{
	static const enum gm_log_level levels[] = { GM_LOG_NOTICE, GM_LOG_ERR, GM_LOG_WARN, GM_LOG_NOTICE,
						    GM_LOG_DEBUG };
	enum gm_log_level level = levels[o->log_level];

	if (!o->log_level && gm_log_level() > level)
		level = gm_log_level();
	gm_log_init("gmem_exporter", level);
	gm_log_set_format(o->log_format);
}

int gm_serve_open(struct gm_serve **out, struct gm_session *s, const struct gm_serve_opts *o)
{
	struct gm_serve *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return gm_errno(-ENOMEM, "metrics");
	*out = v;
	v->s = s;
	v->o = o;
	open_log(o);
	v->started_ns = gm_real_ns();
	s->writes_elsewhere = o->textfile || o->push.url || !o->no_http;
	gethostname(v->host, sizeof(v->host) - 1);
	v->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = v->epoll < 0 ? gm_errno(-errno, "epoll") : gm_metrics_new(&v->mx, &o->metrics);
	if (!err)
		err = open_notify(s);
	if (!err && !o->no_http)
		err = open_http(v);
	if (!err && o->push.url)
		err = open_push(v);
	return err;
}

/* Writes one line with what an operator checks first: version, addresses, mode, phases. */
static void log_addresses(const struct gm_serve *v)
{
	struct gm_str where = { 0 };
	unsigned int phases = 0;

	gm_httpd_where(v->http, &where);
	while (where.len && where.s[where.len - 1] == '\n')
		where.s[--where.len] = '\0';
	for (char *end = where.s; end && (end = strchr(end, '\n'));)
		*end = ' ';
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		phases += !gm_phase_no_data_why(v->s->model, p);
	if (v->s->live)
		gm_notice("%s listens on %s, mode %s, %u of %u phases", GM_VERSION_SHORT, where.s ? where.s : "?",
			  gm_mode_name(v->s->model->meta.mode), phases, (unsigned int)GM_PHASE_NR);
	else
		gm_notice("%s listens on %s, replays a recording", GM_VERSION_SHORT, where.s ? where.s : "?");
	gm_str_release(&where);
}

static bool has_unix_socket(const struct gm_httpd_opts *o)
{
	for (unsigned int i = 0; i < o->listen_nr; i++)
		if (!strncmp(o->listen[i], "unix:", 5))
			return true;
	return false;
}

int gm_serve_start(struct gm_serve *v)
{
	const struct gm_sandbox box = { .connects = v->push,
					.writes = v->o->textfile,
					.removes = v->http && has_unix_socket(&v->o->http) };
	int err = gm_model_keep_reboots(v->s->model);

	if (err)
		return gm_errno(err, "metrics");
	gm_model_drop_steps(v->s->model);
	gm_model_keep_dead(v->s->model, KEEP_DEAD);
	/* free BTF and program images, which are no longer needed */
	malloc_trim(0);
	if (v->http)
		log_addresses(v);
	if (!v->o->once && !v->o->no_sandbox)
		err = gm_sandbox_enter(&box);
	if (!err)
		gm_notify("READY=1");
	return err;
}

int gm_serve_fd(const struct gm_serve *v)
{
	return v->http || v->push ? v->epoll : -1;
}

int gm_serve_idle(struct gm_serve *v)
{
	if (v->http)
		gm_httpd_run(v->http);
	if (v->push)
		gm_push_run(v->push);
	return 0;
}

void gm_serve_close(struct gm_serve *v)
{
	if (!v)
		return;
	gm_httpd_close(v->http);
	gm_push_close(v->push, FLUSH_NS);
	gm_metrics_free(v->mx);
	gm_notify("STOPPING=1");
	gm_notify_close();
	if (v->epoll >= 0)
		close(v->epoll);
	free(v);
}
