// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmem_exporter - exports metrics of guest memory: to Prometheus, to an OpenTelemetry receiver, to a file. */
#include <errno.h>
#include <string.h>

#include "base/vec.h"
#include "exporter/serve.h"
#include "session/opts_refused.h"
#include "version.h"

enum { GIVEN_FORMAT = GM_GIVEN_OWN };

#define INTERVAL_NS	10000000000ull	/* sampling interval without scrapes, to follow reboots, and for pushes */

static struct {
	struct gm_serve_opts o;
	struct gm_serve *serve;
	bool families;
} exporter = {
	.o = { .metrics = { .limit = 500, .linger_ns = 120000000000ull }, .http.path = "/metrics",
	       .push = { .timeout_ns = 10000000000ull, .queue = 8, .pause_ns = 1000000000ull,
	       .pause_max_ns = 60000000000ull,
			 .agent = "gmem_exporter/" GM_VERSION_SHORT } },
};

static int parse_listen(void *to, const char *arg, char *why, size_t size)
{
	struct gm_httpd_opts *http = to;

	if (http->listen_nr == GM_LISTEN_MAX) {
		snprintf(why, size, "at most %d", GM_LISTEN_MAX);
		return -EINVAL;
	}
	http->listen[http->listen_nr++] = arg;
	return 0;
}

static int parse_header(void *to, const char *arg, char *why, size_t size)
{
	struct gm_push_opts *push = to;

	snprintf(why, size, push->header_nr == GM_PUSH_HEADERS_MAX ? "at most %d" : "not a header (NAME: VALUE)",
		 GM_PUSH_HEADERS_MAX);
	if (push->header_nr == GM_PUSH_HEADERS_MAX || !strchr(arg, ':') || strpbrk(arg, "\r\n"))
		return -EINVAL;
	push->header[push->header_nr++] = arg;
	return 0;
}

static void check(struct argp_state *state, struct gm_session *s)
{
	struct gm_serve_opts *o = &exporter.o;
	bool web = o->http.listen_nr || o->http.systemd, http = !o->once && (web || (!o->textfile && !o->push.url));
	const char *no_http = "nothing is served with --once, or with only --textfile or --otlp";
	const struct gm_use uses[] = {
		{ "--web.telemetry-path", strcmp(o->http.path, "/metrics"), http, no_http },
		{ "--web.tls-cert", o->http.cert, http, no_http },
		{ "--web.config.file", o->http.config, http, no_http },
		{ "--otlp-ca", o->push.ca, o->push.url, "it needs --otlp" },
		{ "--otlp-header", o->push.header_nr, o->push.url, "it needs --otlp" },
		{ "--no-sandbox", o->no_sandbox, !o->once, "--once ends at once and has no sandbox" },
		{ "--bpf-stats", s->want.need & GM_NEED_STATS, !s->opts.replays, "a recording runs no BPF programs" },
		{ "-i", s->opts.given & GM_GIVEN_INTERVAL, !o->once || s->opts.command || s->opts.duration_ns,
		  "--once takes one sample" },
		{ "-n", s->opts.given & GM_GIVEN_COUNT, !o->once, "--once takes one sample" },
	};

	s->want.idles = true;
	if (exporter.families || s->opts.json_schema || s->opts.probes) {
		o->no_http = true;
		return;
	}
	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
	if (s->opts.json)
		argp_error(state, "--json is not a format of metrics: use --format");
	if (gm_is_given(&s->opts, GIVEN_FORMAT) && !o->once)
		argp_error(state, "--format needs --once: HTTP clients choose the format by their Accept header");
	if (o->once && (web || o->textfile || o->push.url) && !(o->textfile && !web && !o->push.url))
		argp_error(state, "--once prints the metrics or writes a --textfile, and ends: it neither "
				  "serves nor pushes");
	if (o->http.systemd && o->http.listen_nr)
		argp_error(state, "--web.systemd-socket and --web.listen-address cannot be combined: the sockets have "
				  "their addresses");
	if (!o->http.cert != !o->http.key)
		argp_error(state, "--web.tls-cert and --web.tls-key go together");
	if (o->http.config && (o->http.cert || o->http.key || o->http.client_ca))
		argp_error(state,
			   "--web.config.file and --web.tls-* cannot be combined: the file names the certificate");
	if (o->http.client_ca && !o->http.cert)
		argp_error(state, "--web.tls-client-ca needs --web.tls-cert");
	if (o->http.path[0] != '/' || strpbrk(o->http.path, " ?#\"<>&'"))
		argp_error(state, "--web.telemetry-path: not a path: '%s' (like /metrics)", o->http.path);
	if (s->opts.release_module && !o->once && !o->no_sandbox)
		argp_error(state, "--release-module needs --no-sandbox: attaching to kvm.ko again needs privileges");
	o->no_http = o->once || (!web && (o->textfile || o->push.url));
	if (!o->no_http && !web)
		o->http.listen[o->http.listen_nr++] = "127.0.0.1:9917";
	/* a recording is printed at its end, not at its first tick */
	if (o->once && !s->opts.command && !s->opts.duration_ns && !s->opts.replays)
		s->opts.count = 1;
	if (!gm_is_given(&s->opts, GM_GIVEN_INTERVAL))
		s->opts.interval_ns = INTERVAL_NS;
}

static int prepare(struct gm_session *s)
{
	int err;

	if (exporter.families) {
		gm_metrics_doc(&s->out);
		err = gm_session_flush(s);
		return err ? err : 1;
	}
	exporter.o.metrics.want = s->opts.vm;
	return gm_serve_open(&exporter.serve, s, &exporter.o);
}

static int start(struct gm_session *s)
{
	(void)s;
	return gm_serve_start(exporter.serve);
}

static int descriptor(struct gm_session *s)
{
	(void)s;
	return gm_serve_fd(exporter.serve);
}

static int idle(struct gm_session *s)
{
	(void)s;
	return gm_serve_idle(exporter.serve);
}

static int tick(struct gm_session *s, bool last)
{
	(void)s;
	return gm_serve_tick(exporter.serve, last);
}

static void stop(struct gm_session *s)
{
	(void)s;
	gm_serve_close(exporter.serve);
}

static const struct gm_opt_row options[] = {
	{ .help = "Where metrics go:" },
	{ "web.listen-address", 0, "ADDRESS", "Serve HTTP on HOST:PORT (127.0.0.1:9917) or unix:PATH", GM_OPT_CALL,
	  GM_TO(struct gm_httpd_opts, exporter.o.http),
	  .parse = parse_listen },
	{ "web.systemd-socket", 0, NULL, "Use the sockets that systemd passes", GM_OPT_FLAG,
	  GM_TO(bool, exporter.o.http.systemd), .rare = true },
	{ "web.telemetry-path", 0, "PATH", "HTTP path of the metrics (/metrics)", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.http.path), .rare = true },
	{ "web.config.file", 0, "FILE", "Take TLS and users from FILE (Prometheus' format)", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.http.config), .is_path = true },
	{ "web.tls-cert", 0, "FILE", "Serve HTTPS with this certificate (PEM)", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.http.cert), .is_path = true, .rare = true },
	{ "web.tls-key", 0, "FILE", "Private key of --web.tls-cert (PEM)", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.http.key), .is_path = true, .rare = true },
	{ "web.tls-client-ca", 0, "FILE", "Require client certificates signed by this CA", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.http.client_ca),
	  .is_path = true, .rare = true },
	{ "once", 0, NULL, "Print the metrics once (at the end of COMMAND or -d)", GM_OPT_FLAG,
	  GM_TO(bool, exporter.o.once) },
	{ "format", 0, "WHAT", "Format of --once: text, openmetrics, protobuf or otlp", GM_OPT_CHOICE,
	  GM_TO(enum gm_format, exporter.o.format),
	  .names = gm_format_name, .given = GIVEN_FORMAT, .rare = true },
	{ "textfile", 0, "PATH", "Write the metrics to PATH, for node_exporter", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.textfile),
	  .is_path = true },
	{ "otlp", 0, "URL", "Push the metrics to URL by OTLP/HTTP", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.push.url) },
	{ "otlp-header", 0, "NAME: VALUE", "Add this header to OTLP requests (repeatable)", GM_OPT_CALL,
	  GM_TO(struct gm_push_opts, exporter.o.push),
	  .parse = parse_header, .rare = true },
	{ "otlp-ca", 0, "FILE", "Trust these CA certificates when pushing", GM_OPT_TEXT,
	  GM_TO(const char *, exporter.o.push.ca), .is_path = true, .rare = true },
	{ .help = "Contents of the metrics:", .group = 11 },
	{ "vm-limit", 0, "N", "Give series to at most N machines (500; 0: all)", GM_OPT_NUMBER,
	  GM_TO(uint32_t, exporter.o.metrics.limit), .max = 1000000 },
	{ "vm-linger", 0, "SEC", "Keep the series of an ended machine this long (2m)", GM_OPT_TIME,
	  GM_TO(uint64_t, exporter.o.metrics.linger_ns), .rare = true },
	{ "buckets", 0, "N", "Classic buckets per octave: 1, 2, 4 or 8 (every second)", GM_OPT_NUMBER,
	  GM_TO(uint32_t, exporter.o.metrics.per_octave),
	  .min = 1, .max = 8, .power = true, .rare = true },
	{ "legacy-labels", 0, NULL, "Label machines by a hash, and use the buckets of 0.1", GM_OPT_FLAG,
	  GM_TO(bool, exporter.o.metrics.legacy), .rare = true },
	{ "bpf-stats", 0, NULL, "Measure the run time of BPF programs (overhead)", GM_OPT_BITS,
	  GM_IN_SESSION(uint32_t, want.need), .bits = GM_NEED_STATS, .rare = true },
	{ "families", 0, NULL, "Print a table of all metrics, and exit", GM_OPT_FLAG, GM_TO(bool, exporter.families),
	  .rare = true },
	{ "log.level", 0, "LEVEL", "Least severe message: error, warn, info or debug", GM_OPT_CHOICE,
	  GM_TO(enum gm_serve_log, exporter.o.log_level), .names = gm_serve_log_name, .min = 1, .max = 4,
	  .rare = true },
	{ "log.format", 0, "FORMAT", "Format of messages: text, logfmt or json", GM_OPT_CHOICE,
	  GM_TO(enum gm_log_format, exporter.o.log_format), .names = gm_serve_log_format_name, .rare = true },
	{ "no-sandbox", 0, NULL, "Keep all privileges after the start", GM_OPT_FLAG,
	  GM_TO(bool, exporter.o.no_sandbox), .group = 12, .rare = true },
	{ 0 },
};

static const struct gm_tool tool = {
	.name = "gmem_exporter",
	.doc = "Export metrics of KVM guest memory (guest_memfd) to Prometheus or OpenTelemetry.\vServes "
	       "/metrics on 127.0.0.1:9917 by default. Samples when scraped, else every 10 s (-i). Starts as "
	       "root or with CAP_BPF and CAP_PERFMON (docs/privileges.md), then gives up all privileges. "
	       "Metrics: docs/metrics.md.",
	.options = options, .check = check, .need = GM_ALL_PHASES | GM_NEED_WALL | GM_NEED_PROGS | GM_NEED_ATTRS,
		.sums_calls = true, .stays = true,
	.interval_help = "10", .interval_in_replay = true,
	.prepare = prepare, .start = start, .fd = descriptor, .idle = idle, .tick = tick, .stop = stop,
};

int main(int argc, char **argv)
{
	return gm_session_main(&tool, argc, argv);
}
