/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * machine.h - which virtual machine a process runs: pure functions over what /proc says of it (untrusted text). One
 * table of rules, gm_machine_rules; the first one that matches makes the key. docs/machines.md explains them to
 * operators.
 *
 * A key tells machines apart, and is made of what is unique: a uuid, a container, an id. A name alone is unique
 * nowhere: it becomes a key only together with the process's cgroup, or its user where it is in none. What was cut or
 * reduced becomes no key. Two processes whose VMs live at the same time may still have one key (a clone, a local
 * migration): the model keeps them apart (model_dup.c; gm_machine.dup).
 */
#ifndef GM_MODEL_MACHINE_H
#define GM_MODEL_MACHINE_H

#include <stdbool.h>
#include "record/record.h"

struct gm_machine_name {
	char key[160];		/* "RULE:...": equal for two processes that run one machine, one after the other */
	char name[96];		/* for people, cleaned of control characters; not unique */
};

/* For people: "uuid", "its uuid on the command line (-uuid, ...)". */
struct gm_machine_rule {
	const char *kind;	/* what stands before the colon of its keys */
	const char *what;
};
extern const struct gm_machine_rule gm_machine_rules[];
extern const unsigned int gm_machine_rules_nr;
/* The rule that made a key. NULL: none, it is a placeholder for a process that nothing is known of yet. */
const struct gm_machine_rule *gm_machine_rule_of(const char *key);

/*
 * In a merge of several hosts (past/merge.h) the second one's machines are "name@2", and so on: appends that where
 * tgid is of such a host.
 */
void gm_host_suffix(char *name, size_t size, uint32_t tgid);

/* Never fails: the last resort is "comm-PID". p->cmdline is NUL separated, p->cmdline_len bytes. */
void gm_machine_name(const struct gm_rec_proc *p, struct gm_machine_name *out);
/*
 * Return true if p lacks words of its command line that may name its VM; if it lacks cgroup paths, or has none
 * because they could not be read.
 */
bool gm_machine_args_are_cut(const struct gm_rec_proc *p);
bool gm_machine_cgroups_are_cut(const struct gm_rec_proc *p);

/* What the conditions of a --machine-map are compared with, as text, terminated; empty: the process has none. */
enum gm_machine_field { GM_FIELD_UUID, GM_FIELD_NAME, GM_FIELD_ID, GM_FIELD_PIDFILE, GM_FIELD_COMM, GM_FIELD_NR };
#define GM_FIELD_LEN 1024
void gm_machine_field(const struct gm_rec_proc *p, enum gm_machine_field field, char out[GM_FIELD_LEN]);
/* The next cgroup path of p, *at bytes on (0 at first). False: there is no other. */
bool gm_machine_cgroup(const struct gm_rec_proc *p, size_t *at, char out[GM_FIELD_LEN]);

#endif
