/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opts.h - the options that all tools share. Filled once, const from then on.
 */
#ifndef GM_SESSION_OPTS_H
#define GM_SESSION_OPTS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include "record/rec_file.h"
#include "past/machine_map.h"
#include "past/past.h"
#include "past/merge.h"
#include "kernel/probes.h"
#include "session/opt_row.h"

/*
 * Bits of gm_opts.given, for options whose presence matters. A row names its bit; a tool's own bits begin with
 * GM_GIVEN_OWN.
 */
enum gm_given {
	GM_GIVEN_VM = 1 << 0, GM_GIVEN_AT = 1 << 1, GM_GIVEN_SPEED = 1 << 2, GM_GIVEN_MODE = 1 << 3,
		GM_GIVEN_WAIT = 1 << 4,
	GM_GIVEN_RELEASE = 1 << 5, GM_GIVEN_CONFIG = 1 << 6, GM_GIVEN_INTERVAL = 1 << 7, GM_GIVEN_COUNT = 1 << 8,
	GM_GIVEN_DURATION = 1 << 9, GM_GIVEN_MAP = 1 << 10, GM_GIVEN_SLOW = 1 << 11, GM_GIVEN_SLOW_LIMIT = 1 << 12,
	GM_GIVEN_FLIGHT = 1 << 13,	/* any of those that need --flight */
	GM_GIVEN_OWN = 1 << 16,
};

struct gm_opts {
	uint32_t given;			/* bits of enum gm_given */
	const char *vm;			/* --vm NAME|ID|PID, or NULL */
	const char *replay[GM_MERGE_MAX];	/* recordings, to be merged */
	unsigned int replays;		/* how many; 0: live */
	struct gm_at at;		/* which stretch of them */
	struct gm_machine_map *map;	/* --machine-map, or NULL; the session's to free */
	const char *record;		/* file, or NULL */
	enum gm_codec codec;		/* of it */
	const unsigned char *anon_key;	/* replay: with pseudonyms in place of names (anonymize.h); NULL: as it is */
	double speed;			/* of a replay: 1 as it was recorded, 0 as fast as it can */
	bool wait;			/* for KVM, where it is not there */
	struct gm_room room;		/* of our maps: -C */
	uint32_t avoid;			/* kinds of hooks, bits of enum gm_mech: -C avoid */
	bool release_module;		/* let go of the kvm module while there is no VM */
	bool json, json_schema, strict, probes;
	int verbose;
	enum gm_want_mode mode;
	uint64_t interval_ns;
	uint64_t duration_ns;		/* 0: no end */
	uint32_t count;			/* -n: ticks, 0: no end */
	char **command;			/* after "--", NULL-terminated; NULL: none */
};

static inline bool gm_is_given(const struct gm_opts *o, uint32_t mask)
{
	return o->given & mask;
}

/* Exit codes of all tools. */
enum gm_exit { GM_EXIT_OK = 0, GM_EXIT_FAIL = 1, GM_EXIT_USAGE = 2, GM_EXIT_KERNEL = 3, GM_EXIT_LOST = 4 };

/*
 * The shared rows, and those of tools that show or record single faults. Their fields are of a struct gm_session
 * (GM_IN_SESSION).
 */
extern const struct gm_opt_row gm_opts_rows[], gm_fault_rows[];
/* A row's parse(): the stretch of a recording that arg names, into a struct gm_at. */
int gm_opt_parse_at(void *to, const char *arg, char *why, size_t size);
void gm_opts_init(struct gm_opts *o);

#endif
