/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opts.h - the options that all tools share. session_args.c fills a struct gm_opts; it is const once the source is
 * open. The session owns it and frees map; strings point into argv.
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
	GM_GIVEN_FLIGHT = 1 << 13,	/* any option that needs --flight */
	GM_GIVEN_EAGER = 1 << 14, GM_GIVEN_READY = 1 << 15,
	GM_GIVEN_OWN = 1 << 16,
};

struct gm_opts {
	uint32_t given;			/* bits of enum gm_given */
	const char *vm;			/* --vm NAME|ID|PID, or NULL */
	const char *replay[GM_MERGE_MAX];	/* recordings, to be merged */
	unsigned int replays;		/* number of recordings; 0: live */
	struct gm_at at;		/* the part of them to read */
	struct gm_machine_map *map;	/* --machine-map, or NULL; freed by the session */
	const char *record;		/* file, or NULL */
	enum gm_codec codec;		/* compression of record */
	/* replay: key to replace names by pseudonyms (anonymize.h); NULL: names unchanged */
	const unsigned char *anon_key;
	double speed;			/* of a replay: 1 as recorded, 2 twice as fast, 0 as fast as possible */
	bool wait;			/* wait until KVM is loaded */
	struct gm_map_limits room;		/* sizes of the kernel maps and of a sample: -C */
	uint32_t avoid;			/* kinds of hooks not to use, bits of enum gm_mech: -C avoid */
	bool eager;			/* attach all hooks at the start, also those that wait for the first VM */
	uint32_t ready_fd;		/* descriptor that gets a line when nothing is missed any more; 0: none */
	bool release_module;		/* detach from the kvm module while there is no VM */
	bool json, json_schema, strict, probes;
	int verbose;
	bool quiet;			/* no progress, no line that says that the tool has begun */
	enum gm_want_mode mode;
	uint64_t interval_ns;
	uint64_t duration_ns;		/* 0: unlimited */
	uint32_t count;			/* -n: ticks; 0: unlimited */
	char **command;			/* after "--", NULL-terminated; NULL: none */
};

static inline bool gm_is_given(const struct gm_opts *o, uint32_t mask)
{
	return o->given & mask;
}

/* Exit codes of all tools. */
enum gm_exit { GM_EXIT_OK = 0, GM_EXIT_FAIL = 1, GM_EXIT_USAGE = 2, GM_EXIT_KERNEL = 3, GM_EXIT_LOST = 4,
	       GM_EXIT_CONDITION = 5 };

/*
 * The rows that all tools share, and those of tools that show or record single faults. Targets: fields of struct
 * gm_session (GM_IN_SESSION).
 */
extern const struct gm_opt_row gm_opts_rows[], gm_fault_rows[];
/* A row's parse(): reads the part of a recording that arg names into a struct gm_at. 0 or -EINVAL. */
int gm_opt_parse_at(void *to, const char *arg, char *why, size_t size);
/* Sets the defaults: an interval of 1 s, everything else zero. */
void gm_opts_init(struct gm_opts *o);

#endif
