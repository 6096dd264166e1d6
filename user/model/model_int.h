/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * model_int.h - what the files of the model share; nobody else includes it.
 *
 *	model.c		dispatch, records without an object of their own, ticks
 *	model_find.c	objects by id, by key, by what a user typed
 *	model_counts.c	sums and histograms
 *	model_obj.c	VM, inode, file, binding: found or made by id, linked, ended, freed
 *	model_event.c	events (counts, phases, created and ended objects) and state records
 *	model_calls.c	calls that the kernel summed
 *	model_rebind.c	the rebind phase
 *	model_machine.c	machines and the processes that name them
 *	model_heat.c	recent activity of machines
 *	reboot*.c	episodes, see reboot_int.h
 *	model_pins.c	scans of tasks
 *	model_mem.c	sums for views
 *	model_keyframe.c	writes a keyframe, begins a model with one
 *	model_dup.c model_dup_key.c	live VMs of two processes with one key
 *	model_punch.c	causes of punches
 *	model_untimed.c	faults and calls that no histogram timed
 *	model_pack.c	copies a model to a block of memory, and back
 *	observe.c	probes, and what a number leaves out (observe.h)
 *
 * Functions return 0 or -ENOMEM; after -ENOMEM the model may be read and freed, but lacks part of a record.
 * While a record is applied, only placeholder machines are freed: gm_model_expire() runs after the record.
 */
#ifndef GM_MODEL_MODEL_INT_H
#define GM_MODEL_MODEL_INT_H

#include <string.h>
#include "model/machine.h"
#include "model/model.h"

struct gm_proc {
	uint64_t start_ticks, rec_ns;
	struct gm_cpu_time { uint64_t ts_ns, user_ns, system_ns, guest_ns; } cpu;	/* ts_ns 0: no record yet */
	uint32_t tgid;
	uint32_t vms;			/* kept VMs with this tgid */
	struct gm_rec *rec;		/* struct gm_rec_proc without the zeroes at its end; NULL: no memory for it */
	char comm[GM_COMM_LEN];
	bool args_cut, cgroups_cut;
	struct gm_machine_name name;
};

/* Names of a machine: its key is base, or base with the process of a duplicate appended (model_dup.c). */
struct gm_machine_id {
	char key[160], base[160], name[96];
};

#define X(E, n, type, name, phase) int gm_apply_##E(struct gm_model *m, const struct type *r);
GM_KINDS(X)
#undef X

/* Copy a char array of a record, cleaned; src need not be terminated. */
void gm_copy_text(char *dst, size_t dst_size, const char *src, size_t src_size);

/* ---- objects ---- */

/* Find or make an object; ts: when a record first named it. *out is NULL for id 0 and for an object that was freed. */
int gm_vm_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_vm **out);
/* Find or make a VM, and set its creator (0: not known) where that is not known yet. */
int gm_vm_get_of(struct gm_model *m, uint32_t id, uint32_t tgid, uint64_t ts, struct gm_vm **out);
int gm_inode_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_inode **out);
int gm_file_get(struct gm_model *m, uint32_t id, uint64_t ts, struct gm_file **out);
/* Set a file's inode and VM (each may be NULL) where they are not known yet. */
int gm_file_link(struct gm_model *m, struct gm_file *f, struct gm_inode *in, struct gm_vm *vm);
/* Set an inode's counters: smaller ones are ignored, the difference is credited to the VM. */
void gm_inode_update_counters(struct gm_model *m, struct gm_inode *in, uint64_t allocated, uint64_t freed);
/* End an object; no-op if it has ended. timed: ts is when it happened, so a rebind interval may begin. */
int gm_vm_end(struct gm_model *m, struct gm_vm *vm, uint64_t ts, bool timed);
int gm_inode_end(struct gm_model *m, struct gm_inode *in, uint64_t ts, bool timed);
int gm_file_end(struct gm_model *m, struct gm_file *f, uint64_t ts, bool timed);
/* Store a copy of *b in its VM, in place of the slot's binding; no-op when the VM or the file has ended. */
int gm_binding_set(const struct gm_binding *b);
/* Remember a converted range for gm_punch_cause(). */
void gm_converted_note(struct gm_vm *vm, const struct gm_ev_range *r);
/* Remove the binding of a slot if it is not newer than ts; return true if the slot had one. */
bool gm_binding_unset(struct gm_vm *vm, uint32_t slot, uint64_t ts, bool timed);
/* Remove the bindings that no record named since walk_ns. */
void gm_bindings_expire(struct gm_model *m, uint64_t walk_ns);
/* Free dead objects beyond gm_model.keep_dead, oldest first. */
int gm_model_expire(struct gm_model *m);
/* Return true if anything was lost for this reason (struct gm_loss.what) since the session began. */
bool gm_model_has_lost(const struct gm_model *m, const char *what);
/* Count n operations of a phase without a time: the VM's (NULL: none) and the host's. 0 or -ENOMEM. */
int gm_untimed_add(struct gm_model *m, struct gm_vm *vm, unsigned int phase, uint64_t n);
/* At a tick: count untimed operations of alloc and zero, by the page counts of the kernel. 0 or -ENOMEM. */
int gm_untimed_tick(struct gm_model *m);
/* Add a time to the VM's (NULL: none) and to the host's histogram. */
int gm_phase_add(struct gm_model *m, struct gm_vm *vm, unsigned int phase, uint64_t ns);
/* Allocate *h unless it exists. */
int gm_hist_ensure(struct gm_hist **h);
/* dst += src */
void gm_split_add(struct gm_split *dst, const struct gm_split *src);
/*
 * Add a record to a histogram; return the counts that it gained. m says whether the record's minimum and maximum are
 * valid.
 */
uint64_t gm_hist_add_record(const struct gm_model *m, struct gm_hist *h, const struct gm_rec_hist *r);
/* dst += src, dst -= src */
void gm_counts_add(struct gm_counts *dst, const struct gm_counts *src);
void gm_counts_sub(struct gm_counts *dst, const struct gm_counts *src);
/* Free the memory alone: links to the object stay. */
void gm_vm_free(struct gm_vm *vm);
void gm_inode_free(struct gm_inode *in);

/* ---- machines ---- */

/*
 * Put a VM into the machine of its process, or of a placeholder if no process is known. Called again when tgid is
 * learnt.
 */
int gm_machine_place(struct gm_model *m, struct gm_vm *vm);
/* Merge two machines into the one with a real name, else into the older one. */
int gm_machine_join(struct gm_model *m, struct gm_machine *a, struct gm_machine *b);
/* Set a machine's tgid and comm, and a placeholder's name, by its newest VM whose creator is known. */
void gm_machine_set_newest(struct gm_machine *mc);
/* Remove a VM that is about to be freed: the machine keeps its histograms, and is freed with its last VM. */
int gm_machine_drop_vm(struct gm_model *m, struct gm_vm *vm);
/* Count a VM in gm_proc.vms of its process, or no more: when the process becomes known, and when the VM is freed. */
void gm_proc_ref(struct gm_model *m, const struct gm_vm *vm);
int gm_proc_unref(struct gm_model *m, const struct gm_vm *vm);
/* Free forwarders and idle processes beyond gm_model.keep_dead, oldest first. */
void gm_machines_expire(struct gm_model *m);
/* Free the memory alone: links to the machine stay. */
void gm_machine_free(struct gm_machine *mc);

/* Return the machine that mc was joined to, or mc; NULL for NULL. */
struct gm_machine *gm_machine_resolve(struct gm_machine *mc);
/* Find a machine by key, through forwarders. NULL: none. */
struct gm_machine *gm_machine_find(const struct gm_model *m, const char *key);
/* Return true if a machine's key has its process appended, beside another machine of the same base. */
static inline bool gm_machine_has_own_key(const struct gm_machine *mc)
{
	return strcmp(mc->key, mc->base) != 0;
}

/* ---- duplicates (model_dup.c, model_dup_key.c) ---- */

/* Fill *out with the names of the machine of vm, a VM of process p. */
void gm_dup_key(const struct gm_model *m, const struct gm_vm *vm, const struct gm_proc *p, struct gm_machine_id *out);
/* Return true if a and b are known to be of two processes. */
bool gm_dup_is_another_process(const struct gm_vm *a, const struct gm_vm *b);
/* Return true if another process than that of vm has a live VM of this machine. */
bool gm_dup_is_live_elsewhere(const struct gm_machine *mc, const struct gm_vm *than);
/* Note an event of a VM (NULL: none), before the event changes the model. */
int gm_dup_note(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec);
int gm_dup_tick(struct gm_model *m); /* sets gm_machine.dup */

/* ---- rebind ---- */

/* A range of the inode (may be NULL) left the VM's slots at ts. npages 0: not known, the whole inode. */
void gm_rebind_begin(struct gm_vm *vm, struct gm_inode *in, uint64_t pgoff, uint64_t npages, uint64_t ts);
/* A later act of the same teardown: move the begin of the interval. */
void gm_rebind_later(struct gm_vm *vm, struct gm_inode *in, uint64_t ts);
/* A range is bound again: end the interval, uncounted if not timed. */
int gm_rebind_end(struct gm_model *m, struct gm_vm *vm, struct gm_inode *in, const struct gm_ev_range *r, bool timed);
/* Two machines are merged: the new VM's first bind may have come before its machine was known. */
int gm_rebind_join(struct gm_model *m, struct gm_machine *dst, struct gm_machine *src);

/* ---- reboots (reboot.h): no-ops in a model that does not keep them ---- */

/* Note an event of a VM (NULL: none), before the event changes the model. */
int gm_reboot_note(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec);
/* Note summed calls of a VM. */
int gm_reboot_note_calls(struct gm_model *m, const struct gm_vm *vm, const struct gm_rec_calls *r);
/* Check open episodes, and settle ended ones. */
int gm_reboot_tick(struct gm_model *m, bool last);
/* Note a VM that joined its machine after its first bind: it may be the new side of a reboot. */
int gm_reboot_adopt(struct gm_model *m, struct gm_vm *vm);
/* src was merged into dst: so are its episodes and reshuffles. */
void gm_reboot_join(struct gm_model *m, struct gm_machine *dst, const struct gm_machine *src);
/* Free all episodes; NULL allowed. */
void gm_reboots_free(struct gm_reboots *r);

uint64_t gm_vm_last_touch(const struct gm_vm *vm); /* time of its newest page or fault; 0: none */
/* Return true if the event ends the VM's memory for good. */
bool gm_event_ends_memory(const struct gm_vm *vm, const union gm_any *rec);
/*
 * Return when the end of a VM or its memory began that an event reports; the earliest time for an end that a scan
 * found.
 */
uint64_t gm_end_begin_ns(const struct gm_vm *vm, const struct gm_ev *ev);

/* ---- heat: no-ops in a model that does not keep it ---- */

/*
 * Add a machine's activity since the last tick: a drained histogram, faults without a time (they count in the rate
 * alone), one duration. 0 or -ENOMEM.
 */
int gm_heat_add_record(struct gm_model *m, struct gm_machine *mc, const struct gm_rec_hist *r);
int gm_heat_untimed(struct gm_model *m, struct gm_machine *mc, unsigned int phase, uint64_t n);
int gm_heat_add(struct gm_model *m, struct gm_machine *mc, unsigned int phase, uint64_t ns);
/* End a tick, after m->ticks was incremented. sec 0: no interval to compute a rate from. */
void gm_heat_tick(const struct gm_model *m, struct gm_machine *mc, double sec);
/* Move src's recent activity to dst. */
void gm_heat_join(struct gm_machine *dst, struct gm_machine *src);

/* ---- what is observed (observe.c) ---- */

/* Return the probe that shows events of this kind; NULL: the recording has none. */
const struct gm_rec_probe *gm_probe_showing(const struct gm_model *m, unsigned int kind);
/* Return why a probe that is not attached, or by a lesser hook, feeds nothing, or less than it could. */
enum gm_gap gm_probe_gap(const struct gm_rec_probe *r);
/* Compute what each phase leaves out, after a record of a probe or of the host. */
void gm_na_update(struct gm_model *m);

#endif
