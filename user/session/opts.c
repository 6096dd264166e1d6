// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* opts.c - the shared options. Values that have junk behind them are refused, with exit status 2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "gm_conf.h"
#include "session/opts.h"

enum { OPT_JSON = 0x1000, OPT_SCHEMA, OPT_STRICT, OPT_PROBES, OPT_MODE, OPT_VM, OPT_REPLAY, OPT_RECORD, OPT_SPEED, OPT_AT, OPT_WAIT, OPT_RELEASE, OPT_MAP };

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "What to look at:", 20 },
	{ "vm", OPT_VM, "NAME|ID|PID", 0, "Only this virtual machine", 20 },
	{ "replay", OPT_REPLAY, "FILE", 0, "Read a recording, not the kernel; several are merged", 20 },
	{ "at", OPT_AT, "FROM[..TO]", 0, "Of a replay: only FROM to TO (90s, -30s, 10:15:03)", 20 },
	{ "speed", OPT_SPEED, "X", 0, "Of a replay: 1 as recorded, 2 twice as fast, or max", 20 },
	{ "machine-map", OPT_MAP, "FILE", 0, "Name machines by the rules in FILE", 20 },
	{ "mode", OPT_MODE, "MODE", 0, "auto, full, kprobe, tracepoint or inventory", 20 },
	{ "wait", OPT_WAIT, NULL, 0, "Where KVM is not loaded, wait for it", 20 },
	{ "release-module", OPT_RELEASE, NULL, 0, "Let go of the kvm module while there is no VM", 20 },
	{ "config", 'C', "KEY=X", 0, "Set max-vms, max-files, ring, page-budget, avoid", 20 },
	{ NULL, 0, NULL, 0, "How long:", 21 },
	{ "interval", 'i', "SEC", 0, "Sampling interval", 21 },
	{ "count", 'n', "N", 0, "Stop after N samples", 21 },
	{ "duration", 'd', "SEC", 0, "Stop after this time; of a replay: so much of it", 21 },
	{ NULL, 0, NULL, 0, "Output:", 22 },
	{ "json", OPT_JSON, NULL, 0, "One JSON object a line", 22 },
	{ "json-schema", OPT_SCHEMA, NULL, 0, "Print the schema of the JSON lines", 22 },
	{ "record", OPT_RECORD, "FILE", 0, "Also write all that is seen to FILE, for --replay", 22 },
	{ "strict", OPT_STRICT, NULL, 0, "Exit with 4 when something was lost or is missing", 22 },
	{ "probes", OPT_PROBES, NULL, 0, "Print which hook observes what, and end", 22 },
	{ "verbose", 'v', NULL, 0, "Say more; twice: what the kernel said, too", 22 },
	{ 0 },
};

static void set_duration(struct argp_state *state, const char *what, const char *arg, uint64_t *ns)
{
	if (gm_parse_duration(arg, 1000000000ull, ns) || !*ns)
		argp_error(state, "%s: not a time: '%s' (like 1, 0.5, 500ms, 2m)", what, arg);
}

static void set_mode(struct argp_state *state, const char *arg, struct gm_opts *o)
{
	static const char *const names[] = { "auto", "full", "kprobe", "tracepoint", "inventory" };

	for (size_t i = 0; i < GM_ARRAY_SIZE(names); i++)
		if (!strcmp(arg, names[i])) {
			o->mode = (enum gm_want_mode)i;
			return;
		}
	argp_error(state, "--mode: not a mode: '%s' (auto, full, kprobe, tracepoint, inventory)", arg);
}

static void set_speed(struct argp_state *state, const char *arg, double *speed)
{
	char *end;

	*speed = 0;
	if (!strcmp(arg, "max"))
		return;
	if (strspn(arg, "0123456789.") == strlen(arg) && (*speed = strtod(arg, &end)) > 0 && *speed <= 1e6 && end != arg && !*end)
		return;
	argp_error(state, "--speed: not a speed: '%s' (like 1, 0.5, 10, max)", arg);
}

/* A time (10ms), or a number of pages. */
static void set_page_budget(struct argp_state *state, const char *arg, struct gm_opts *o)
{
	struct gm_room *room = &o->room;
	bool number = strspn(arg, "0123456789") == strlen(arg);

	room->pages = room->page_ns = 0;
	o->given |= GM_GIVEN_ROOM;
	if (number ? gm_parse_u64(arg, GM_WALK_LEAF, GM_WALK_MOST, &room->pages) :
	    gm_parse_duration(arg, 1, &room->page_ns) || room->page_ns < 1000 || room->page_ns > 10000000000ull)
		argp_error(state, "-C page-budget: not a time up to 10s, nor %u to %u pages: '%s' (like 10ms, 100000)", GM_WALK_LEAF, GM_WALK_MOST, arg);
}

/* What -C sets. */
static void set_config(struct argp_state *state, const char *arg, struct gm_opts *o)
{
	struct gm_room *room = &o->room;
	const struct { const char *key; uint64_t *to, min, max; bool power; } keys[] = {
		{ "max-vms", &room->vms, 1, 1u << 20, false },
		{ "max-files", &room->files, 1, 1u << 20, false },
		{ "ring", &room->ring, 4096, 1u << 30, true },
		{ "nodes", &room->nodes, 1, GM_NODES_MAX, false },
	};
	const char *value = strchr(arg, '=');
	uint64_t n;

	if (!strncmp(arg, "avoid=", 6)) {
		int mech = gm_mech_named(value + 1);

		if (mech < 0)
			argp_error(state, "-C avoid: not a kind of hook: '%s' (fsession, fentry+fexit, kprobe.multi, ...)", value + 1);
		o->avoid |= 1u << mech;
		o->given |= GM_GIVEN_AVOID;
		return;
	}
	if (!strncmp(arg, "page-budget=", 12)) {
		set_page_budget(state, value + 1, o);
		return;
	}
	for (size_t i = 0; value && i < GM_ARRAY_SIZE(keys); i++) {
		if (strlen(keys[i].key) != (size_t)(value - arg) || strncmp(arg, keys[i].key, (size_t)(value - arg)))
			continue;
		if (gm_parse_bytes(value + 1, &n) || n < keys[i].min || n > keys[i].max || (keys[i].power && n & (n - 1)))
			argp_error(state, "-C %s: not a %s from %llu to %llu: '%s'", keys[i].key, keys[i].power ? "power of two" : "number",
				   (unsigned long long)keys[i].min, (unsigned long long)keys[i].max, value + 1);
		*keys[i].to = n;
		o->given |= GM_GIVEN_ROOM;
		return;
	}
	argp_error(state, "-C: not KEY=N with a key that there is: '%s' (max-vms, max-files, ring, page-budget, nodes, avoid)", arg);
}

static void set_map(struct argp_state *state, const char *arg, struct gm_opts *o)
{
	char why[700];

	gm_machine_map_free(o->map);
	if (gm_machine_map_read(&o->map, arg, why, sizeof(why)))
		argp_error(state, "--machine-map: %s: %s", arg, why);
}

void gm_opts_at(struct argp_state *state, struct gm_opts *o, const char *what, const char *arg)
{
	o->given |= GM_GIVEN_AT;
	if (gm_at_parse(arg, &o->at))
		argp_error(state, "%s: not a time: '%s' (like 90s, -30s, 10:15:03, 2026-11-26T10:15:03; FROM..TO)", what, arg);
	o->at.option = what;
}

void gm_opts_replay(struct argp_state *state, struct gm_opts *o, const char *path)
{
	if (o->replays == GM_MERGE_MAX)
		argp_error(state, "--replay: more than %d recordings", GM_MERGE_MAX);
	o->replay[o->replays++] = path;
}

void gm_opts_interval(struct argp_state *state, struct gm_opts *o, const char *what, const char *arg)
{
	set_duration(state, what, arg, &o->interval_ns);
	o->interval_given = true;
	o->given |= GM_GIVEN_INTERVAL;
}

void gm_opts_count(struct argp_state *state, struct gm_opts *o, const char *what, const char *arg)
{
	o->given |= GM_GIVEN_COUNT;
	if (gm_parse_u64(arg, 1, UINT32_MAX, &o->count))
		argp_error(state, "%s: not a number from 1: '%s'", what, arg);
}

static uint32_t given_by(int key)
{
	switch (key) {
	case OPT_VM: return GM_GIVEN_VM;
	case OPT_MAP: return GM_GIVEN_MAP;
	case OPT_SPEED: return GM_GIVEN_SPEED;
	case OPT_MODE: return GM_GIVEN_MODE;
	case OPT_WAIT: return GM_GIVEN_WAIT;
	case OPT_RELEASE: return GM_GIVEN_RELEASE;
	case 'd': return GM_GIVEN_DURATION;
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gm_opts *o = state->input;

	o->given |= given_by(key);
	switch (key) {
	case OPT_VM: o->vm = arg; break;
	case OPT_REPLAY: gm_opts_replay(state, o, arg); break;
	case OPT_AT: gm_opts_at(state, o, "--at", arg); break;
	case OPT_RECORD: o->record = arg; break;
	case OPT_MAP: set_map(state, arg, o); break;
	case OPT_SPEED: set_speed(state, arg, &o->speed); o->speed_given = true; break;
	case OPT_MODE: set_mode(state, arg, o); break;
	case OPT_WAIT: o->wait = true; break;
	case OPT_RELEASE: o->release_module = true; break;
	case 'C': set_config(state, arg, o); break;
	case 'i': gm_opts_interval(state, o, "--interval", arg); break;
	case 'd': set_duration(state, "--duration", arg, &o->duration_ns); break;
	case 'n': gm_opts_count(state, o, "--count", arg); break;
	case OPT_JSON: o->json = true; break;
	case OPT_SCHEMA: o->json_schema = true; break;
	case OPT_STRICT: o->strict = true; break;
	case OPT_PROBES: o->probes = true; break;
	case 'v': o->verbose++; break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Each tool has a sampling interval of its own, or none. */
static char *help_filter(int key, const char *text, void *input)
{
	const struct gm_opts *o = input;
	char *own;

	if (!text || !o)
		return (char *)text;
	if ((o->once && (key == 'i' || key == 'n' || key == 'd')) || (o->no_vm && key == OPT_VM))
		return strdup("Refused: no effect in this tool");
	if (key != 'i')
		return (char *)text;
	return asprintf(&own, "Sampling interval (%s; also 500ms, 2m)", o->interval_help) < 0 ? NULL : own;
}

const struct argp gm_opts_argp = { .options = rows, .parser = parse, .help_filter = help_filter };

void gm_opts_init(struct gm_opts *o)
{
	memset(o, 0, sizeof(*o));
	o->interval_ns = 1000000000ull;
	o->interval_help = "1";
}
