/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* attach_int.h - what attach*.c share; nobody else includes it. */
#ifndef GM_KERNEL_ATTACH_INT_H
#define GM_KERNEL_ATTACH_INT_H

#include <stddef.h>
#include "gm_conf.h"
#include "kernel/attach.h"

struct bpf_object;
struct bpf_program;

/* The .rodata of both objects. */
void gm_attach_conf(struct gm_conf *c, const struct gm_plan *plan, const struct gm_kfacts *k);
/* Before it is loaded: the plan's sizes for the maps of an object. 0 or -errno, reported. */
int gm_attach_room(const struct bpf_object *obj, const struct gm_plan *plan, const struct gm_kfacts *k);
/* Where the kernel keeps its module's types from us, libbpf gets them from a file: its path, or NULL. */
const char *gm_attach_types(const struct gm_attached *a, char *path, size_t size);
/* Asks the verifier for its statistics, before the program is loaded. No-op unless the plan needs it. 0 or -ENOMEM, reported. */
int gm_verifier_ask(struct gm_attached *a, struct bpf_program *prog, const struct gm_plan *plan);
/* Returns these statistics once the program is loaded. */
struct gm_verified gm_verifier_answer(const struct bpf_program *prog);
void gm_verifier_release(struct gm_attached *a);
/* The program that gm_attach_failed() names, one of this object: with -vv, what the verifier said if it was asked. */
void gm_verifier_show_refusal(const struct bpf_object *obj);

/*
 * An error of libbpf's, as one of errno's. Those of its own (from 4000 on) are of an object's format, which is right: there was no memory while it
 * was opened, else the kernel's answer is unknown.
 */
int gm_attach_error(int err, bool opening);
/* Return true for a section that libbpf may not know. */
bool gm_attach_is_fsession(const char *section);
/* Destroys a link, and closes its perf event. */
void gm_attached_link_close(struct gm_attached_link *l);
/* Attaches the programs of a loaded object. 0; -EAGAIN: the kernel refused one, and it is struck from the plan; -errno. */
int gm_attach_links(struct gm_attached *a, struct bpf_object *obj, struct gm_plan *plan, const struct gm_kfacts *k);

/* All hooks are attached, the objects loaded: from now on nothing is missed. */
void gm_attached_watching(struct gm_attached *a);

/* The first program that libbpf said failed since it was forgotten; NULL: none. */
const char *gm_attach_failed(void);
void gm_attach_forget_failed(void);
/* Loads the iterators, by the plan. 0; -errno, reported. */
int gm_attach_scan(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k);

#endif
