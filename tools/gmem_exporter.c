// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gmem_exporter - guest memory as metrics: for Prometheus to scrape, for an OpenTelemetry receiver, for a file. */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "exporter/serve.h"
#include "session/opts_refused.h"
#include "version.h"

enum { OPT_LISTEN = 0x2000, OPT_SYSTEMD, OPT_PATH, OPT_CERT, OPT_KEY, OPT_CLIENT_CA, OPT_ONCE, OPT_FORMAT, OPT_TEXTFILE, OPT_OTLP,
       OPT_OTLP_HEADER, OPT_OTLP_CA, OPT_LIMIT, OPT_LINGER, OPT_BUCKETS, OPT_STATS, OPT_NO_SANDBOX, OPT_FAMILIES };

#define INTERVAL_NS	10000000000ull	/* without a scrape: so that reboots are followed, and pushed */

struct exporter {
	struct gm_serve_opts o;
	struct gm_serve *serve;
	bool format_given, families;
};

static void add_listen(struct argp_state *state, struct exporter *x, const char *arg)
{
	if (x->o.http.listen_nr == GM_LISTEN_MAX)
		argp_error(state, "--web.listen-address: at most %d", GM_LISTEN_MAX);
	x->o.http.listen[x->o.http.listen_nr++] = arg;
}

static void add_header(struct argp_state *state, struct exporter *x, const char *arg)
{
	if (x->o.push.header_nr == GM_PUSH_HEADERS_MAX)
		argp_error(state, "--otlp-header: at most %d", GM_PUSH_HEADERS_MAX);
	if (!strchr(arg, ':') || strpbrk(arg, "\r\n"))
		argp_error(state, "--otlp-header: not a header (NAME: VALUE)");
	x->o.push.header[x->o.push.header_nr++] = arg;
}

static void set_buckets(struct argp_state *state, struct exporter *x, const char *arg)
{
	uint64_t n;

	if (gm_parse_u64(arg, 1, 8, &n) || (n & (n - 1)))
		argp_error(state, "--buckets: not 1, 2, 4 or 8 an octave: '%s'", arg);
	x->o.metrics.per_octave = (unsigned int)n;
}

static void check(struct argp_state *state, struct gm_session *s, struct exporter *x)
{
	struct gm_serve_opts *o = &x->o;
	bool web = o->http.listen_nr || o->http.systemd, http = !o->once && (web || (!o->textfile && !o->push.url));
	const char *no_http = "nothing is served: --once, or only --textfile or --otlp";
	const struct gm_use uses[] = {
		{ "--web.telemetry-path", strcmp(o->http.path, "/metrics"), http, no_http },
		{ "--web.tls-cert", o->http.cert, http, no_http },
		{ "--otlp-ca", o->push.ca, o->push.url, "it needs --otlp" },
		{ "--otlp-header", o->push.header_nr, o->push.url, "it needs --otlp" },
		{ "--no-sandbox", o->no_sandbox, !o->once, "--once ends at once and has no sandbox" },
		{ "--bpf-stats", s->want.need & GM_NEED_STATS, !s->opts.replays, "a recording runs no BPF programs" },
		{ "-i", s->opts.given & GM_GIVEN_INTERVAL, !o->once || s->opts.command || s->opts.duration_ns, "--once takes one sample" },
		{ "-n", s->opts.given & GM_GIVEN_COUNT, !o->once, "--once takes one sample" },
	};

	if (x->families || s->opts.json_schema || s->opts.probes)
		return;
	gm_uses_check(state, uses, GM_ARRAY_SIZE(uses));
	if (s->opts.json)
		argp_error(state, "--json: metrics have formats of their own: --format");
	if (x->format_given && !o->once)
		argp_error(state, "--format goes with --once: a client asks for the format that it wants");
	if (o->once && (web || o->textfile || o->push.url) && !(o->textfile && !web && !o->push.url))
		argp_error(state, "--once prints, or writes a --textfile, and ends: nothing is served or pushed");
	if (o->http.systemd && o->http.listen_nr)
		argp_error(state, "--web.systemd-socket and --web.listen-address exclude each other");
	if (!o->http.cert != !o->http.key)
		argp_error(state, "--web.tls-cert and --web.tls-key go together");
	if (o->http.client_ca && !o->http.cert)
		argp_error(state, "--web.tls-client-ca needs --web.tls-cert");
	if (o->http.path[0] != '/' || strpbrk(o->http.path, " ?#\"<>&'"))
		argp_error(state, "--web.telemetry-path: not a path: '%s'", o->http.path);
	if (s->opts.release_module && !o->once && !o->no_sandbox)
		argp_error(state, "--release-module needs --no-sandbox: without privileges the module could not be hooked again");
	o->no_http = o->once || (!web && (o->textfile || o->push.url));
	if (!o->no_http && !web)
		o->http.listen[o->http.listen_nr++] = "127.0.0.1:9917";
	if (o->once && !s->opts.command && !s->opts.duration_ns && !s->opts.replays)	/* a recording is printed at its end */
		s->opts.count = 1;
	if (!s->opts.interval_given)
		s->opts.interval_ns = INTERVAL_NS;
}

static error_t option(int key, char *arg, struct argp_state *state, struct gm_session *s)
{
	struct exporter *x = s->tool->arg;
	uint64_t n;

	switch (key) {
	case OPT_LISTEN: add_listen(state, x, arg); return 0;
	case OPT_SYSTEMD: x->o.http.systemd = true; return 0;
	case OPT_PATH: x->o.http.path = arg; return 0;
	case OPT_CERT: x->o.http.cert = arg; return 0;
	case OPT_KEY: x->o.http.key = arg; return 0;
	case OPT_CLIENT_CA: x->o.http.client_ca = arg; return 0;
	case OPT_ONCE: x->o.once = true; return 0;
	case OPT_FORMAT:
		if (gm_format_parse(arg, &x->o.format))
			argp_error(state, "--format: not one of text, openmetrics, protobuf, otlp: '%s'", arg);
		x->format_given = true;
		return 0;
	case OPT_TEXTFILE: x->o.textfile = arg; return 0;
	case OPT_OTLP: x->o.push.url = arg; return 0;
	case OPT_OTLP_HEADER: add_header(state, x, arg); return 0;
	case OPT_OTLP_CA: x->o.push.ca = arg; return 0;
	case OPT_LIMIT:
		if (gm_parse_u64(arg, 0, 1000000, &n))
			argp_error(state, "--vm-limit: not a number up to 1000000: '%s'", arg);
		x->o.metrics.limit = (uint32_t)n;
		return 0;
	case OPT_LINGER:
		if (gm_parse_duration(arg, 1000000000ull, &x->o.metrics.linger_ns))
			argp_error(state, "--vm-linger: not a time: '%s' (like 30, 2m)", arg);
		return 0;
	case OPT_BUCKETS: set_buckets(state, x, arg); return 0;
	case OPT_STATS: s->want.need |= GM_NEED_STATS; return 0;
	case OPT_NO_SANDBOX: x->o.no_sandbox = true; return 0;
	case OPT_FAMILIES: x->families = true; return 0;
	case ARGP_KEY_END: check(state, s, x); return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int prepare(struct gm_session *s)
{
	struct exporter *x = s->tool->arg;
	int err;

	if (x->families) {
		gm_metrics_doc(&s->out);
		err = gm_session_flush(s);
		return err ? err : 1;
	}
	x->o.metrics.want = s->opts.vm;
	return gm_serve_open(&x->serve, s, &x->o);
}

static int start(struct gm_session *s) { return gm_serve_start(((struct exporter *)s->tool->arg)->serve); }
static int descriptor(struct gm_session *s) { return gm_serve_fd(((struct exporter *)s->tool->arg)->serve); }
static int idle(struct gm_session *s) { return gm_serve_idle(((struct exporter *)s->tool->arg)->serve); }
static int tick(struct gm_session *s, bool last) { return gm_serve_tick(((struct exporter *)s->tool->arg)->serve, last); }
static void stop(struct gm_session *s) { gm_serve_close(((struct exporter *)s->tool->arg)->serve); }

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ NULL, 0, NULL, 0, "Who gets the metrics:", 10 },
		{ "web.listen-address", OPT_LISTEN, "ADDRESS", 0, "HOST:PORT (127.0.0.1:9917), unix:PATH", 10 },
		{ "web.systemd-socket", OPT_SYSTEMD, NULL, 0, "Take the sockets that systemd passes", 10 },
		{ "web.telemetry-path", OPT_PATH, "PATH", 0, "Where the metrics are (/metrics)", 10 },
		{ "web.tls-cert", OPT_CERT, "FILE", 0, "Serve HTTPS with this certificate (PEM)", 10 },
		{ "web.tls-key", OPT_KEY, "FILE", 0, "and this key", 10 },
		{ "web.tls-client-ca", OPT_CLIENT_CA, "FILE", 0, "Clients must have a certificate by this", 10 },
		{ "once", OPT_ONCE, NULL, 0, "Print them once (at the end of COMMAND, or of -d)", 10 },
		{ "format", OPT_FORMAT, "WHAT", 0, "of --once: text, openmetrics, protobuf, otlp", 10 },
		{ "textfile", OPT_TEXTFILE, "PATH", 0, "Write them to PATH at each look, for node_exporter", 10 },
		{ "otlp", OPT_OTLP, "URL", 0, "Push them by OTLP/HTTP at each look", 10 },
		{ "otlp-header", OPT_OTLP_HEADER, "NAME: VALUE", 0, "Send this with it, may be given often", 10 },
		{ "otlp-ca", OPT_OTLP_CA, "FILE", 0, "Trust this, not the system's certificates", 10 },
		{ NULL, 0, NULL, 0, "What is in them:", 11 },
		{ "vm-limit", OPT_LIMIT, "N", 0, "Machines with series of their own (500; 0: all)", 11 },
		{ "vm-linger", OPT_LINGER, "SEC", 0, "How long a machine that is gone stays (2m)", 11 },
		{ "buckets", OPT_BUCKETS, "N", 0, "Classic histogram buckets an octave (1; 2, 4, 8)", 11 },
		{ "bpf-stats", OPT_STATS, NULL, 0, "Time all BPF programs, to tell what ours cost", 11 },
		{ "families", OPT_FAMILIES, NULL, 0, "Print all metrics there can be, and end", 11 },
		{ "no-sandbox", OPT_NO_SANDBOX, NULL, 0, "Keep all privileges", 12 },
		{ 0 },
	};
	static struct exporter x = {
		.o = { .metrics = { .limit = 500, .linger_ns = 120000000000ull, .per_octave = 1 }, .http.path = "/metrics",
		       .push = { .timeout_ns = 10000000000ull, .queue = 8, .pause_ns = 1000000000ull, .pause_max_ns = 60000000000ull,
				 .agent = "gmem_exporter/" GM_VERSION_SHORT } },
	};
	static const struct gm_tool tool = {
		.name = "gmem_exporter",
		.doc = "Tell Prometheus or OpenTelemetry where KVM guest memory (guest_memfd) is and where its time goes.\v"
		       "Serves /metrics to this host, unless something else is asked for. Looks when it is scraped, else each 10 s (-i). Needs root until everything is attached, then "
		       "gives up all privileges. The metrics: docs/metrics.md.",
		.options = options, .option = option, .need = GM_ALL_PHASES | GM_NEED_WALL | GM_NEED_PROGS, .stays = true,
		.interval_help = "10", .interval_in_replay = true,
		.prepare = prepare, .start = start, .fd = descriptor, .idle = idle, .tick = tick, .stop = stop, .arg = &x,
	};

	return gm_session_main(&tool, argc, argv);
}
