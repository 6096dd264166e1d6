// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach_log.c - output of libbpf and the verifier while programs are loaded: libbpf's messages, with -vv; a log for
 * each program, by which attach_load.c finds the refused one; the verifier's statistics of a program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "base/log.h"
#include "base/resource.h"
#include "base/vec.h"
#include "kernel/attach_int.h"

static int on_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_DEBUG && gm_log_level() >= GM_LOG_DEBUG)
		vfprintf(stderr, fmt, ap); /* too long for a message */
	return 0;
}

#define OWN_ERRORS 4000	/* __LIBBPF_ERRNO__START */

int gm_attach_error(int err, bool opening)
{
	err = gm_library_error(err);
	return err > -OWN_ERRORS ? err : opening ? -ENOMEM : -EINVAL;
}

void gm_attach_init_log(void)
{
	libbpf_set_print(on_libbpf);
}

/* ---- a log for each program ---- */

#define LOG_LEVEL_STATS	4	/* the kernel's BPF_LOG_STATS, which no header of user space has */
#define LOG_SIZE	(16 * 1024)
#define WHOLE_LOG_SIZE	(16 * 1024 * 1024)

/*
 * Without a level, libbpf loads a program without a log, and if it is refused, once more with one. libbpf prints a log
 * in a buffer of its own, but does not name the program.
 */
int gm_load_log_give(struct gm_load *l, struct bpf_program *prog)
{
	bool whole = l->ask == GM_LOAD_ASK_ALL && !strcmp(bpf_program__name(prog), l->refused);
	size_t size = whole ? WHOLE_LOG_SIZE : LOG_SIZE;
	char *log = malloc(size); /* pages that are never written take no memory */

	if (!log || gm_vec_push(&l->logs, log)) {
		free(log);
		return gm_errno(-ENOMEM, "the verifier's log");
	}
	log[0] = '\0';
	bpf_program__set_log_buf(prog, log, size);
	bpf_program__set_log_level(prog, l->ask == GM_LOAD_ASK_STATS ? LOG_LEVEL_STATS : 0);
	return 0;
}

static const char *log_of(const struct bpf_program *prog)
{
	size_t size;
	const char *log = bpf_program__autoload(prog) ? bpf_program__log_buf(prog, &size) : NULL;

	return log ? log : "";
}

/* If there is no log at all, the kernel may have refused something else than a program, such as a map. */
void gm_load_logs_find(struct gm_load *l)
{
	const struct bpf_program *found = NULL;
	bool any = false, stats = l->ask == GM_LOAD_ASK_STATS;
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, l->obj) {
		bool written = log_of(prog)[0];

		any |= written;
		if (!found && bpf_program__autoload(prog) && written != stats)
			found = prog;
	}
	snprintf(l->refused, sizeof(l->refused), "%s", any && found ? bpf_program__name(found) : "");
}

void gm_load_log_show(const struct gm_load *l)
{
	const struct bpf_program *prog = l->refused[0] ? bpf_object__find_program_by_name(l->obj, l->refused) : NULL;

	if (!prog || !log_of(prog)[0] || gm_log_level() < GM_LOG_DEBUG)
		return;
	gm_debug("%s: the verifier's log:", l->refused);
	fputs(log_of(prog), stderr); /* too long for a message */
}

struct gm_verified gm_load_verified(const struct gm_load *l, const struct bpf_program *prog)
{
	return l->ask == GM_LOAD_ASK_STATS ? gm_verified_parse(log_of(prog)) : (struct gm_verified){ 0 };
}

void gm_load_logs_release(struct gm_load *l)
{
	for (size_t i = 0; i < l->logs.nr; i++)
		free(l->logs.at[i]);
	gm_vec_release(&l->logs);
}
