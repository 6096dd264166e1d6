/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * machine.h - names the virtual machine that a process runs: pure functions of what /proc shows of it (untrusted text).
 * One table of rules, gm_machine_rules; the first rule that matches makes the key. docs/machines.md explains the rules
 * to operators.
 *
 * A key tells machines apart, and consists of what is unique: a uuid, a container, an id. A name alone is unique
 * nowhere: it becomes a key only together with the process's cgroup, or its user if it is in no cgroup. Text that was
 * cut or reduced becomes no key. Two processes whose VMs live at the same time may still have one key (a clone, a local
 * migration): the model keeps them apart (model_dup.c; gm_machine.dup).
 *
 * Functions keep no state, allocate nothing and cannot fail.
 */
#ifndef GM_MODEL_MACHINE_H
#define GM_MODEL_MACHINE_H

#include <stdbool.h>
#include "record/record.h"

struct gm_machine_name {
	char key[160];		/* "RULE:...": equal for two processes that run the same machine, one after the other */
	char name[96];		/* for people, cleaned of control characters; not unique */
};

/* A rule, as shown to people: "uuid", "its uuid on the command line (-uuid, ...)". */
struct gm_machine_rule {
	const char *kind;	/* prefix of its keys, before the colon */
	const char *what;
};
extern const struct gm_machine_rule gm_machine_rules[];
extern const unsigned int gm_machine_rules_nr;
/* Return the rule that made a key; NULL: none, the key is that of a placeholder for an unknown process. */
const struct gm_machine_rule *gm_machine_rule_of(const char *key);

/* Append "@2" and so on to a name if tgid is of the second or a later host of a merge (past/merge.h). */
void gm_host_suffix(char *name, size_t size, uint32_t tgid);

/*
 * Fill *out with the machine of a process; without anything better the name is "comm-PID". p->cmdline is NUL separated,
 * p->cmdline_len bytes.
 */
void gm_machine_name(const struct gm_rec_proc *p, struct gm_machine_name *out);
/*
 * Return true if p lacks words of its command line that may name its VM, or cgroup paths (also if none could be read).
 */
bool gm_machine_args_are_cut(const struct gm_rec_proc *p);
bool gm_machine_cgroups_are_cut(const struct gm_rec_proc *p);

/* Fields that --machine-map compares, as terminated text; empty: the process has none. */
enum gm_machine_field { GM_FIELD_UUID, GM_FIELD_NAME, GM_FIELD_ID, GM_FIELD_PIDFILE, GM_FIELD_COMM, GM_FIELD_NR };
#define GM_FIELD_LEN 1024
/* Write one of these fields of p to out. */
void gm_machine_field(const struct gm_rec_proc *p, enum gm_machine_field field, char out[GM_FIELD_LEN]);
/* Write the next cgroup path of p, from *at bytes on (0 at first). False: there is no other. */
bool gm_machine_cgroup(const struct gm_rec_proc *p, size_t *at, char out[GM_FIELD_LEN]);

#endif
