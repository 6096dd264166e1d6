// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer target: the files that name a machine: a machine map, a command line, /proc/PID/cgroup. Each input is read
 * as all of them, and the map then names the process. A refusal must have a message; accepted texts must fit in their
 * buffers, and be the same when they are read again.
 */
#include <string.h>
#include "fuzz.h"
#include "model/machine.h"
#include "record/rec_proc.h"
#include "past/machine_map.h"

static void keep(struct gm_rec_proc *p, const uint8_t *data, size_t size, size_t more)
{
	memset(p, 0, sizeof(*p));
	gm_rec_init(&p->h, GM_K_PROC, 1);
	gm_proc_keep_args(p, (const char *)data, size, size + more);
	gm_proc_keep_cgroups(p, (const char *)data, size, size + more);
	must(p->cmdline_len < sizeof(p->cmdline) && p->flags & GM_PROC_FLAGS);
	must(memchr(p->cgroup, 0, sizeof(p->cgroup)) && memchr(p->cgroups, 0, sizeof(p->cgroups)));
	must(!more || (p->flags & GM_PROC_ARGS_CUT && p->flags & GM_PROC_CGROUP_CUT));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_machine_map *map;
	struct gm_machine_name name;
	struct gm_rec_proc p, q;
	char why[700] = "";

	keep(&p, data, size, 0);
	gm_machine_name(&p, &name);
	must(name.key[0] && name.name[0]);
	keep(&q, data, size, 1);
	gm_machine_name(&q, &name);
	if (gm_machine_map_parse(&map, (const char *)data, size, why, sizeof(why))) {
		must(why[0] && !map);
		return 0;
	}
	q = p;
	gm_machine_map_apply(map, &p, false);
	gm_machine_map_apply(map, &q, false);
	must(!memcmp(&p, &q, sizeof(p)) && memchr(p.mapped, 0, sizeof(p.mapped)));
	gm_machine_map_free(map);
	return 0;
}
