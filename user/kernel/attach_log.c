// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach_log.c - what libbpf and the kernel's verifier say while programs are loaded. Which program was refused is read
 * from libbpf's messages (its API does not say), which are otherwise shown only with -v; what the verifier took to check a
 * program, from the last line of its log.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "base/log.h"
#include "base/util.h"
#include "kernel/attach_int.h"

/* The last program that libbpf said failed. libbpf's print hook has no argument, hence file scope. */
static char failed_prog[64];

const char *gm_attach_failed(void)
{
	return failed_prog[0] ? failed_prog : NULL;
}

void gm_attach_forget_failed(void)
{
	failed_prog[0] = '\0';
}

static int on_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char name[64], *line;

	if (level == LIBBPF_DEBUG)
		return 0;
	if (vasprintf(&line, fmt, ap) < 0)
		return 0;
	if (level == LIBBPF_WARN && !failed_prog[0] && sscanf(line, "libbpf: prog '%63[^']'", name) == 1)
		snprintf(failed_prog, sizeof(failed_prog), "%s", name);
	if (gm_log_level() >= GM_LOG_DEBUG)
		fputs(line, stderr);	/* verifier logs: too long for a message */
	free(line);
	return 0;
}

#define OWN_ERRORS 4000	/* __LIBBPF_ERRNO__START */

int gm_attach_error(int err, bool opening)
{
	err = gm_true_error(err);
	return err > -OWN_ERRORS ? err : opening ? -ENOMEM : -EINVAL;
}

void gm_attach_listen(void)
{
	libbpf_set_print(on_libbpf);
}

/* ---- the verifier's numbers ---- */

#define LOG_LEVEL_STATS	4	/* the kernel's BPF_LOG_STATS, in no header of user space */
#define LOG_SIZE	(16 * 1024)

int gm_verifier_ask(struct gm_attached *a, struct bpf_program *prog, const struct gm_plan *plan)
{
	char *log;

	if (!(plan->need & GM_NEED_VERIFIER))
		return 0;
	log = calloc(1, LOG_SIZE);
	if (!log || gm_vec_push(&a->verifier_logs, log)) {
		free(log);
		return gm_errno(-ENOMEM, "the verifier's log");
	}
	bpf_program__set_log_buf(prog, log, LOG_SIZE);
	bpf_program__set_log_level(prog, LOG_LEVEL_STATS);
	return 0;
}

struct gm_verified gm_verifier_answer(const struct bpf_program *prog)
{
	size_t size;
	const char *log = bpf_program__log_buf(prog, &size);

	return log ? gm_verified_parse(log) : (struct gm_verified){ 0 };
}

/* Behind the objects: they point to the logs. */
void gm_verifier_release(struct gm_attached *a)
{
	for (size_t i = 0; i < a->verifier_logs.nr; i++)
		free(a->verifier_logs.at[i]);
	gm_vec_release(&a->verifier_logs);
}

/* libbpf shows the log of a refused program only where the buffer is its own. */
void gm_verifier_show_refusal(const struct bpf_object *obj)
{
	const struct bpf_program *prog = bpf_object__find_program_by_name(obj, failed_prog);
	size_t size;
	const char *log = prog ? bpf_program__log_buf(prog, &size) : NULL;

	if (log && log[0])
		gm_debug("%s: the verifier's log:\n%s", failed_prog, log);
}
