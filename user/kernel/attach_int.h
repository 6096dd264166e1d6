/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach_int.h - shared by attach*.c; no other file includes it.
 *
 * A gm_load is filled in by the owner of the object, passed to gm_load() or gm_load_once(), then read with
 * gm_load_verified() and gm_attach_list_progs(), and freed with gm_load_logs_release(). The object itself stays with
 * its owner, who frees it with close().
 */
#ifndef GM_KERNEL_ATTACH_INT_H
#define GM_KERNEL_ATTACH_INT_H

#include <stddef.h>
#include "gm_conf.h"
#include "base/vec.h"
#include "kernel/attach.h"

struct bpf_map;
struct bpf_object;
struct bpf_object_open_opts;
struct bpf_object_skeleton;
struct bpf_program;

/* ---- loading an object (attach_load.c, attach_log.c) ---- */

/* What the verifier writes to the log of each program. */
enum gm_load_ask {
	GM_LOAD_ASK_REFUSAL = 0,	/* why a program was refused; nothing for a program that loads */
	/* the same, with room for all of it for the program that was refused before */
	GM_LOAD_ASK_ALL,
	GM_LOAD_ASK_STATS,		/* the verifier's statistics */
};

/*
 * One of the two objects while it is being loaded. The object's owner fills in the fields up to close() and zeroes the
 * rest.
 */
struct gm_load {
	struct gm_attached *a;
	struct gm_plan *plan;
	const struct gm_kfeatures *k;
	const char *what;		/* for messages */
	const struct bpf_object *shares;	/* a loaded object whose maps this one uses; may be NULL */
	const char *spare;		/* a program outside the plan, which may be refused; NULL: none */
	bool hooks;			/* its programs are hooks, which are attached when they are loaded */
	/* Opens the skeleton for its owner, and sets obj, skeleton and conf. false: errno is the reason. */
	bool (*open)(struct gm_load *l, const struct bpf_object_open_opts *opts);
	void (*close)(struct gm_load *l);	/* Closes the skeleton, if it is open, and what is attached of it. */

	struct bpf_object *obj;
	struct bpf_object_skeleton *skeleton;
	struct gm_conf *conf;		/* in the object's .rodata */
	bool spare_refused;
	enum gm_load_ask ask;
	struct gm_vec logs;		/* buffers to which the object's programs point */
	char refused[64];		/* the last program that the kernel refused; empty: unknown */
};

/*
 * Loads an object, and attaches it if its programs are hooks. Makes a new plan after each refusal. 0; -errno, reported.
 */
int gm_load(struct gm_load *l);
/*
 * Loads and attaches an object by the plan as it is. 0; -EAGAIN: the kernel refused a program, which is struck from the
 * plan; another -errno, reported.
 */
int gm_load_once(struct gm_load *l);
/* Returns the verifier's statistics of a loaded program; zeroed without GM_NEED_VERIFIER. */
struct gm_verified gm_load_verified(const struct gm_load *l, const struct bpf_program *prog);
/* Frees the logs. */
void gm_load_logs_release(struct gm_load *l);

/* Gives a program a log, before it is loaded. 0 or -ENOMEM, reported. */
int gm_load_log_give(struct gm_load *l, struct bpf_program *prog);
/* Finds the refused program by the logs of a failed load, and sets l->refused. */
void gm_load_logs_find(struct gm_load *l);
/* Prints the verifier's log of l->refused, with -vv. */
void gm_load_log_show(const struct gm_load *l);

/*
 * Converts an error of libbpf to -errno. libbpf's own errors (from 4000 on) are about an object's format. Our format is
 * right: so while the object is being opened, memory was short (-ENOMEM); later, the kernel's answer is unknown
 * (-EINVAL).
 */
int gm_attach_error(int err, bool opening);
/* Return true for an fsession section, which libbpf may not know. */
bool gm_attach_is_fsession(const char *section);
/* Destroys a link, and closes its perf event. */
void gm_attached_link_close(struct gm_attached_link *l);
/*
 * Attaches the programs of a loaded object. 0; -EAGAIN: the kernel refused one, which is struck from the plan; another
 * -errno.
 */
int gm_attach_links(struct gm_attached *a, struct bpf_object *obj, struct gm_plan *plan, const struct gm_kfeatures *k);

/* Notes that all objects are loaded and all hooks attached: from now on nothing is missed. */
void gm_attached_mark_watching(struct gm_attached *a);

/*
 * Has the kernel keep statistics of all programs on the host, as long as a->stats_fd is open. A failure is reported
 * with gm_warn().
 */
void gm_attach_enable_stats(struct gm_attached *a);
/* Adds the programs of a loaded object to a->progs. 0 or -ENOMEM, reported. */
int gm_attach_list_progs(struct gm_load *l, bool scans);
/* Loads the iterators by the plan, and opens them. 0; -errno, reported. */
int gm_attach_scan(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k);

#endif
