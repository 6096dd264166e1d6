/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* attach_int.h - what attach*.c share; nobody else includes it. */
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

/* What the verifier is asked to write into the log of each program. */
enum gm_load_ask {
	GM_LOAD_ASK_REFUSAL = 0,	/* why it was refused; nothing of a program that is taken */
	/* the same, with room for all of it in the log of the program that was refused before */
	GM_LOAD_ASK_ALL,
	GM_LOAD_ASK_STATS,		/* its statistics */
};

/*
 * One of the two objects while it is being loaded. The object's owner fills the fields up to close(), and leaves the
 * rest 0.
 */
struct gm_load {
	struct gm_attached *a;
	struct gm_plan *plan;
	const struct gm_kfacts *k;
	const char *what;		/* for messages */
	const struct bpf_object *shares;	/* is loaded already: its maps go on in this one; may be NULL */
	const char *spare;		/* a program of no row, which may be refused; NULL: none */
	bool hooks;			/* its programs are hooks: attached as soon as they are loaded */
	/* Opens the skeleton, where its owner keeps it, and sets obj, skeleton and conf. false: errno says why not. */
	bool (*open)(struct gm_load *l, const struct bpf_object_open_opts *opts);
	void (*close)(struct gm_load *l);	/* also one that is not open, and what is attached of it */

	struct bpf_object *obj;
	struct bpf_object_skeleton *skeleton;
	struct gm_conf *conf;		/* in its .rodata */
	bool spare_refused;
	enum gm_load_ask ask;
	struct gm_vec logs;		/* which the object's programs point to */
	char refused[64];		/* the program that the kernel refused last; empty: not known */
};

/*
 * Loads an object, and attaches it if its programs are hooks. Makes a new plan whenever the kernel refuses something.
 * 0; -errno, reported.
 */
int gm_load(struct gm_load *l);
/*
 * Loads and attaches an object by the plan as it is. 0; -EAGAIN: the kernel refused something, which is struck from
 * the plan; -errno, reported.
 */
int gm_load_once(struct gm_load *l);
/* The verifier's statistics of a loaded program; 0 without GM_NEED_VERIFIER. */
struct gm_verified gm_load_verified(const struct gm_load *l, const struct bpf_program *prog);
void gm_load_logs_release(struct gm_load *l);

/* Before a program is loaded: gives it a log. 0 or -ENOMEM, reported. */
int gm_load_log_give(struct gm_load *l, struct bpf_program *prog);
/* After a failed load: finds the refused program by the logs, and sets l->refused. */
void gm_load_logs_find(struct gm_load *l);
/* With -vv, what the verifier said about l->refused. */
void gm_load_log_show(const struct gm_load *l);

/*
 * Turns an error of libbpf into a -errno. libbpf's own errors (from 4000 on) are about an object's format. Ours is
 * right: so while it is opened, memory was short (-ENOMEM); later, the kernel's answer is unknown (-EINVAL).
 */
int gm_attach_error(int err, bool opening);
/* Return true for a section that libbpf may not know. */
bool gm_attach_is_fsession(const char *section);
/* Destroys a link, and closes its perf event. */
void gm_attached_link_close(struct gm_attached_link *l);
/*
 * Attaches the programs of a loaded object. 0; -EAGAIN: the kernel refused one, and it is struck from the plan; -errno.
 */
int gm_attach_links(struct gm_attached *a, struct bpf_object *obj, struct gm_plan *plan, const struct gm_kfacts *k);

/* All hooks are attached, the objects loaded: from now on nothing is missed. */
void gm_attached_watching(struct gm_attached *a);

/* Has the kernel keep statistics, for as long as the descriptor is open, for all programs on the host. */
void gm_attach_want_stats(struct gm_attached *a);
/* Adds the programs of an object that was loaded to those that are counted. 0 or -ENOMEM, reported. */
int gm_attach_list_progs(struct gm_load *l, bool scans);
/* Loads the iterators, by the plan. 0; -errno, reported. */
int gm_attach_scan(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k);

#endif
