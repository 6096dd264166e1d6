// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* opts.c - rows of the options that several tools share, and parsers of those without a common type. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/vec.h"
#include "gm_conf.h"
#include "session/session.h"

static int parse_replay(void *to, const char *arg, char *why, size_t size)
{
	struct gm_opts *o = to;

	if (o->replays == GM_MERGE_MAX) {
		snprintf(why, size, "more than %d recordings", GM_MERGE_MAX);
		return -EINVAL;
	}
	o->replay[o->replays++] = arg;
	return 0;
}

int gm_opt_parse_at(void *to, const char *arg, char *why, size_t size)
{
	struct gm_at *at = to;

	if (gm_at_parse(arg, at)) {
		snprintf(why, size, "not a time: '%s' (like 90s, -30s, 10:15:03, 2026-11-26T10:15:03; FROM..TO)", arg);
		return -EINVAL;
	}
	at->option = NULL;
	return 0;
}

static int parse_speed(void *to, const char *arg, char *why, size_t size)
{
	double *speed = to;
	char *end;

	*speed = 0;
	if (!strcmp(arg, "max"))
		return 0;
	if (strspn(arg, "0123456789.") == strlen(arg) && (*speed = strtod(arg, &end)) > 0 && *speed <= 1e6 &&
	    end != arg && !*end)
		return 0;
	snprintf(why, size, "not a speed: '%s' (like 1, 0.5, 10, max)", arg);
	return -EINVAL;
}

static int parse_map(void *to, const char *arg, char *why, size_t size)
{
	struct gm_machine_map **map = to;
	char what[600];

	gm_machine_map_free(*map);
	if (!gm_machine_map_read(map, arg, what, sizeof(what)))
		return 0;
	snprintf(why, size, "%s: %s", arg, what);
	return -EINVAL;
}

/* Parses a time (10ms) or a number of pages. */
static int parse_page_budget(void *to, const char *arg, char *why, size_t size)
{
	struct gm_map_limits *room = to;
	bool number = strspn(arg, "0123456789") == strlen(arg);

	room->pages = room->page_ns = 0;
	if (number ? !gm_parse_u64(arg, GM_WALK_LEAF, GM_WALK_MOST, &room->pages)
		   : !gm_parse_duration(arg, 1, &room->page_ns) && room->page_ns >= 1000 &&
			     room->page_ns <= 10000000000ull)
		return 0;
	snprintf(why, size, "not a time up to 10s, nor %u to %u pages: '%s' (like 10ms, 100000)", GM_WALK_LEAF,
		 GM_WALK_MOST, arg);
	return -EINVAL;
}

static const char *mode_name(unsigned int i)
{
	static const char *const names[] = {
		[GM_WANT_AUTO] = "auto",	   [GM_WANT_FULL] = "full",
		[GM_WANT_KPROBE] = "kprobe",	   [GM_WANT_TRACEPOINT] = "tracepoint",
		[GM_WANT_INVENTORY] = "inventory",
	};

	return i < GM_ARRAY_SIZE(names) ? names[i] : NULL;
}

static const struct gm_opt_row config_rows[] = {
	{ "max-vms", 0, "N", NULL, GM_OPT_SIZE, GM_IN_SESSION(uint64_t, opts.room.vms), .min = 1, .max = 1u << 20 },
	{ "max-files", 0, "N", NULL, GM_OPT_SIZE, GM_IN_SESSION(uint64_t, opts.room.files), .min = 1, .max = 1u << 20 },
	{ "ring", 0, "BYTES", NULL, GM_OPT_SIZE, GM_IN_SESSION(uint64_t, opts.room.ring), .min = 4096,
	  .max = 1u << 30, .power = true },
	{ "page-budget", 0, "TIME|N", NULL, GM_OPT_CALL, GM_IN_SESSION(struct gm_map_limits, opts.room),
	  .parse = parse_page_budget },
	{ "nodes", 0, "N", NULL, GM_OPT_SIZE, GM_IN_SESSION(uint64_t, opts.room.nodes), .min = 1, .max = GM_NODES_MAX },
	{ "avoid", 0, "HOOK", NULL, GM_OPT_LIST, GM_IN_SESSION(uint32_t, opts.avoid), .names = gm_mech_avoidable_name,
	  .max = GM_MECH_NR - 1 },
	{ 0 },
};

const struct gm_opt_row gm_opts_rows[] = {
	{ .help = "Selection and source:", .group = 20 },
	{ "vm", 0, "NAME|ID|PID", "Show only this virtual machine", GM_OPT_TEXT, GM_IN_SESSION(const char *, opts.vm),
	  .given = GM_GIVEN_VM },
	{ "replay", 0, "FILE", "Read a recording, not the kernel (repeat to merge)", GM_OPT_CALL,
	  GM_IN_SESSION(struct gm_opts, opts),
	  .parse = parse_replay, .is_path = true },
	{ "at", 0, "FROM[..TO]", "Replay only FROM to TO (90s, -30s, 10:15:03)", GM_OPT_CALL,
	  GM_IN_SESSION(struct gm_at, opts.at),
	  .parse = gm_opt_parse_at, .given = GM_GIVEN_AT },
	{ "speed", 0, "X", "Replay at speed 1 (as recorded), 2 (twice), or max", GM_OPT_CALL,
	  GM_IN_SESSION(double, opts.speed), .parse = parse_speed,
	  .given = GM_GIVEN_SPEED, .rare = true },
	{ "machine-map", 0, "FILE", "Name machines by the rules in FILE", GM_OPT_CALL,
	  GM_IN_SESSION(struct gm_machine_map *, opts.map),
	  .parse = parse_map, .is_path = true, .given = GM_GIVEN_MAP, .rare = true },
	{ "mode", 0, "MODE", "Use auto, full, kprobe, tracepoint or inventory mode", GM_OPT_CHOICE,
	  GM_IN_SESSION(enum gm_want_mode, opts.mode), .names = mode_name,
	  .given = GM_GIVEN_MODE, .rare = true },
	{ "wait", 0, NULL, "Wait for KVM if it is not loaded", GM_OPT_FLAG, GM_IN_SESSION(bool, opts.wait),
	  .given = GM_GIVEN_WAIT, .rare = true },
	{ "release-module", 0, NULL, "Detach from kvm.ko while no VM runs", GM_OPT_FLAG,
	  GM_IN_SESSION(bool, opts.release_module),
	  .given = GM_GIVEN_RELEASE, .rare = true },
	{ "eager", 0, NULL, "Attach all hooks at the start, not with the first VM", GM_OPT_FLAG,
	  GM_IN_SESSION(bool, opts.eager),
	  .given = GM_GIVEN_EAGER, .rare = true },
	{ "ready-fd", 0, "N", "Write a line to descriptor N once nothing is missed", GM_OPT_NUMBER,
	  GM_IN_SESSION(uint32_t, opts.ready_fd), .min = 3, .max = 65535,
	  .given = GM_GIVEN_READY, .rare = true },
	{ "config", 'C', "KEY=X", "Set max-vms, max-files, ring, page-budget, avoid", GM_OPT_KEYS,
	  .keys = config_rows, .given = GM_GIVEN_CONFIG, .rare = true },
	{ .help = "Sampling:", .group = 21 },
	{ "interval", 'i', "SEC", "Sampling interval", GM_OPT_TIME, GM_IN_SESSION(uint64_t, opts.interval_ns),
	  .min = 1, .given = GM_GIVEN_INTERVAL },
	{ "count", 'n', "N", "Stop after N samples", GM_OPT_NUMBER, GM_IN_SESSION(uint32_t, opts.count), .min = 1,
	  .given = GM_GIVEN_COUNT },
	{ "duration", 'd', "SEC", "Stop after this time (of the recording in a replay)", GM_OPT_TIME,
	  GM_IN_SESSION(uint64_t, opts.duration_ns), .min = 1,
	  .given = GM_GIVEN_DURATION },
	{ .help = "Output:", .group = 22 },
	{ "json", 0, NULL, "Print one JSON object per line", GM_OPT_FLAG, GM_IN_SESSION(bool, opts.json) },
	{ "json-schema", 0, NULL, "Print the schema of the JSON lines, and exit", GM_OPT_FLAG,
	  GM_IN_SESSION(bool, opts.json_schema), .rare = true },
	{ "record", 0, "FILE", "Also write all records to FILE, for --replay", GM_OPT_TEXT,
	  GM_IN_SESSION(const char *, opts.record), .is_path = true },
	{ "strict", 0, NULL, "Exit with 4 if records are lost or probes missing", GM_OPT_FLAG,
	  GM_IN_SESSION(bool, opts.strict), .rare = true },
	{ "probes", 0, NULL, "Print which hook observes what, and exit", GM_OPT_FLAG,
	  GM_IN_SESSION(bool, opts.probes), .rare = true },
	{ "quiet", 'q', NULL, "Print no progress", GM_OPT_FLAG, GM_IN_SESSION(bool, opts.quiet) },
	{ "verbose", 'v', NULL, "Print reasons for n/a; -vv adds libbpf's messages", GM_OPT_TALLY,
	  GM_IN_SESSION(int, opts.verbose) },
	{ 0 },
};

const struct gm_opt_row gm_fault_rows[] = {
	{ .help = "Single faults:", .group = 11 },
	{ "slow", 0, "TIME", "Report faults of at least TIME (500us) and all failed", GM_OPT_TIME,
	  GM_IN_SESSION(uint64_t, want.slow_ns), .min = 1,
	  .unit_ns = 1000, .given = GM_GIVEN_SLOW },
	{ "slow-limit", 0, "N", "Report at most N faults a second (1000; 0: no limit)", GM_OPT_NUMBER,
	  GM_IN_SESSION(uint32_t, want.slow_limit),
	  .given = GM_GIVEN_SLOW_LIMIT, .rare = true },
	{ "sample", 0, "N", "Report one in N slow faults at random, and all failed", GM_OPT_NUMBER,
	  GM_IN_SESSION(uint32_t, want.sample), .min = 1, .rare = true },
	{ "stack", 0, NULL, "Add the kernel stack at the end of each fault", GM_OPT_FLAG,
	  GM_IN_SESSION(bool, want.stacks), .rare = true },
	{ 0 },
};

void gm_opts_init(struct gm_opts *o)
{
	memset(o, 0, sizeof(*o));
	o->interval_ns = 1000000000ull;
}
