/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * model_int.h - what the files of the model share; nobody else includes it.
 *
 *	model.c		dispatch, records without an object of their own, ticks
 *	model_find.c	objects by id, by key, by what a user typed
 *	model_counts.c	sums and histograms
 *	model_obj.c	vm, inode, file, binding: found or made by id, linked, killed, freed
 *	model_event.c	what happened: counts, phases, births and deaths
 *	model_rebind.c	the rebind phase
 *	model_machine.c	machines and the processes that name them
 *	model_heat.c	what machines did lately
 *	reboot*.c	episodes, see reboot_int.h
 *	model_pins.c	task walks
 *	model_mem.c	sums for views
 *	model_keyframe.c	writes a keyframe, begins a model with one
 *	model_dup.c model_dup_key.c	live VMs of two processes with one key
 *	model_punch.c	why memory was punched out
 *	model_untimed.c	faults and calls that no histogram timed
 *	model_pack.c	a model as a block of memory, and back
 *	observe.c	probes, and what a number leaves out (observe.h)
 *
 * Functions return 0 or -ENOMEM; after -ENOMEM the model may be read and freed, but has missed something.
 * Nothing is freed while a record is applied but placeholder machines: gm_model_expire() runs after it.
 */
#ifndef GM_MODEL_MODEL_INT_H
#define GM_MODEL_MODEL_INT_H

#include <string.h>
#include "model/machine.h"
#include "model/model.h"

struct gm_proc {
	uint64_t start_ticks, rec_ns;
	struct gm_cpu_time { uint64_t ts_ns, user_ns, system_ns, guest_ns; } cpu;	/* ts_ns 0: not told */
	uint32_t tgid;
	uint32_t vms;			/* kept ones with this tgid */
	struct gm_rec *rec;		/* struct gm_rec_proc without the zeroes at its end; NULL: no memory for it */
	char comm[GM_COMM_LEN];
	bool args_cut, cgroups_cut;
	struct gm_machine_name name;
};

/* What a machine goes by: its key is base, or base with the process of a duplicate appended (model_dup.c). */
struct gm_machine_id {
	char key[160], base[160], name[96];
};

#define X(E, n, type, name, phase) int gm_apply_##E(struct gm_model *m, const struct type *r);
GM_KINDS(X)
#undef X

/* Copies a char array of a record, cleaned; src need not be terminated. */
void gm_copy_text(char *dst, size_t dst_size, const char *src, size_t src_size);

/* ---- objects ---- */

/* Finds or makes; *out NULL for id 0 and for what died and was freed. ts: when it was first heard of. */
int gm_vm_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_vm **out);
/* The same, telling its creator (0: not known) where it was not known yet. */
int gm_vm_get_of(struct gm_model *m, uint32_t id, uint32_t tgid, uint64_t ts, struct gm_vm **out);
int gm_inode_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_inode **out);
int gm_file_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_file **out);
/* Tells a file its inode and vm (each may be NULL) where it does not know them yet. */
int gm_file_link(struct gm_model *m, struct gm_file *f, struct gm_inode *in, struct gm_vm *vm);
/* The inode's counters now; smaller ones are ignored, what they gained is credited. */
void gm_inode_update_counters(struct gm_model *m, struct gm_inode *in, uint64_t allocated, uint64_t freed);
/* Deaths; no-op on the dead. timed: ts_ns is when it happened, so an interval of rebind may begin. */
int gm_vm_end(struct gm_model *m, struct gm_vm *vm, uint64_t ts, bool timed);
int gm_inode_end(struct gm_model *m, struct gm_inode *in, uint64_t ts, bool timed);
int gm_file_end(struct gm_model *m, struct gm_file *f, uint64_t ts, bool timed);
/* Puts a copy of *b into its vm, in place of what the slot held; no-op when vm or file are dead. */
int gm_binding_set(const struct gm_binding *b);
/* For gm_punch_cause(). */
void gm_converted_note(struct gm_vm *vm, const struct gm_ev_range *r);
/* Takes out the binding of the slot, if it is not newer than ts; returns whether there was one. */
bool gm_binding_unset(struct gm_vm *vm, uint32_t slot, uint64_t ts, bool timed);
/* Takes out the bindings that no record named since walk_ns. */
void gm_bindings_expire(struct gm_model *m, uint64_t walk_ns);
/* Frees the dead that are beyond gm_model.keep_dead, oldest first. */
int gm_model_expire(struct gm_model *m);
/* Return true if anything was lost for this reason (struct gm_loss.what) since the session began. */
bool gm_model_has_lost(const struct gm_model *m, const char *what);
/* n more of a phase that happened, and that have no time: the vm's (NULL: no one's) and the host's. 0 or -ENOMEM. */
int gm_untimed_add(struct gm_model *m, struct gm_vm *vm, unsigned int phase, uint64_t n);
/* At a tick: the same of alloc and zero, by the page counts that the kernel keeps itself. 0 or -ENOMEM. */
int gm_untimed_tick(struct gm_model *m);
/* Adds to the vm's (NULL: no one's) and to the host's histogram. */
int gm_phase_add(struct gm_model *m, struct gm_vm *vm, unsigned int phase, uint64_t ns);
int gm_hist_ensure(struct gm_hist **h);
void gm_split_add(struct gm_split *dst, const struct gm_split *src);
/* h += what the record tells; returns the counts that it gained. m: whose minimum and maximum are to be believed. */
uint64_t gm_hist_add_record(const struct gm_model *m, struct gm_hist *h, const struct gm_rec_hist *r);
void gm_counts_add(struct gm_counts *dst, const struct gm_counts *src);
void gm_counts_sub(struct gm_counts *dst, const struct gm_counts *src);
/* Just the memory: no links are mended. */
void gm_vm_free(struct gm_vm *vm);
void gm_inode_free(struct gm_inode *in);

/* ---- machines ---- */

/* Puts the vm where its process (or, not knowing one, a placeholder) says. Again whenever tgid is learnt. */
int gm_machine_place(struct gm_model *m, struct gm_vm *vm);
/* One of two machines takes in the other: the one with a real name, else the older. */
int gm_machine_join(struct gm_model *m, struct gm_machine *a, struct gm_machine *b);
/* tgid, comm and a placeholder's name are those of the newest vm whose creator is known. */
void gm_machine_set_newest(struct gm_machine *mc);
/* The vm is about to be freed: its histograms are kept in the machine, which goes if this was the last vm. */
int gm_machine_drop_vm(struct gm_model *m, struct gm_vm *vm);
/* The vm's process is known by now, or the vm goes: keeps gm_proc.vms. */
void gm_proc_ref(struct gm_model *m, const struct gm_vm *vm);
int gm_proc_unref(struct gm_model *m, const struct gm_vm *vm);
void gm_machines_expire(struct gm_model *m);
void gm_machine_free(struct gm_machine *mc);

/* The machine that mc was joined to, or mc; NULL for NULL. */
struct gm_machine *gm_machine_resolve(struct gm_machine *mc);
/* By key, also one that was joined to another. NULL: none. */
struct gm_machine *gm_machine_find(const struct gm_model *m, const char *key);
/* Is its key one of a process's own, beside another machine of the same base? */
static inline bool gm_machine_has_own_key(const struct gm_machine *mc)
{
	return strcmp(mc->key, mc->base) != 0;
}

/* ---- duplicates (model_dup.c, model_dup_key.c) ---- */

/* The key of the machine that a vm of process p belongs to. */
void gm_dup_key(const struct gm_model *m, const struct gm_vm *vm, const struct gm_proc *p, struct gm_machine_id *out);
/* Return true if a and b are known to be of two processes. */
bool gm_dup_is_another_process(const struct gm_vm *a, const struct gm_vm *b);
/* Return true if a machine lives in another process than this vm's. */
bool gm_dup_is_live_elsewhere(const struct gm_machine *mc, const struct gm_vm *than);
/* An event of this vm (NULL: no one's), before anything else is made of it. */
int gm_dup_note(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec);
int gm_dup_tick(struct gm_model *m); /* sets gm_machine.dup */

/* ---- rebind ---- */

/* The range of the inode (may be NULL) left vm's slots at ts. npages 0: not known, the whole inode. */
void gm_rebind_begin(struct gm_vm *vm, struct gm_inode *in, uint64_t pgoff, uint64_t npages, uint64_t ts);
/* A later act of the same teardown: an interval that has begun begins now instead. */
void gm_rebind_later(struct gm_vm *vm, struct gm_inode *in, uint64_t ts);
/* Bound again; untimed: an interval ends uncounted. */
int gm_rebind_end(struct gm_model *m, struct gm_vm *vm, struct gm_inode *in, const struct gm_ev_range *r, bool timed);
/* Two machines turn out to be one: the new vm's first bind may have come before its machine was known. */
int gm_rebind_join(struct gm_model *m, struct gm_machine *dst, struct gm_machine *src);

/* ---- reboots (reboot.h): no-ops in a model that does not keep them ---- */

/* An event of this vm (NULL: no one's), before what it changes is changed. */
int gm_reboot_note(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec);
int gm_reboot_tick(struct gm_model *m, bool last);
/* The vm has come into its machine late, and had its first bind by then: it may be the new side of a reboot. */
int gm_reboot_adopt(struct gm_model *m, struct gm_vm *vm);
void gm_reboot_join(struct gm_model *m, struct gm_machine *dst, const struct gm_machine *src);
void gm_reboots_free(struct gm_reboots *r);

uint64_t gm_vm_last_touch(const struct gm_vm *vm); /* when its newest page or fault came; 0: never */
/* Return true if the event takes the vm's memory away for good. */
bool gm_event_ends_memory(const struct gm_vm *vm, const union gm_any *rec);
/*
 * When the end of a vm began that an event of its memory or of itself reports; of one that a scan found, at the
 * earliest.
 */
uint64_t gm_end_begin_ns(const struct gm_vm *vm, const struct gm_ev *ev);

/* ---- heat: no-ops in a model that does not keep it ---- */

/*
 * Add what a machine did since the last tick: a drained histogram, faults without a time, one duration. 0 or -ENOMEM.
 */
int gm_heat_add_record(struct gm_model *m, struct gm_machine *mc, const struct gm_rec_hist *r);
/* these count in the rate alone */
int gm_heat_untimed(struct gm_model *m, struct gm_machine *mc, unsigned int phase, uint64_t n);
int gm_heat_add(struct gm_model *m, struct gm_machine *mc, unsigned int phase, uint64_t ns);
/* After m->ticks was counted up. sec 0: no interval to speak of. */
void gm_heat_tick(const struct gm_model *m, struct gm_machine *mc, double sec);
/* dst takes in what src did lately; src has nothing then. */
void gm_heat_join(struct gm_machine *dst, struct gm_machine *src);

/* ---- what is observed (observe.c) ---- */

/* The probe that shows events of this kind; NULL: the recording tells of none. */
const struct gm_rec_probe *gm_probe_showing(const struct gm_model *m, unsigned int kind);
/* Works out anew what each phase leaves out: after a record of a probe or of the host. */
void gm_na_update(struct gm_model *m);

#endif
