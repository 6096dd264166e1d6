/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * observe.h - what a number of the model leaves out on this host, and why: unavailable, partial, or all of what
 * happened. All reports, frames and metrics use these functions, so that no two outputs disagree. A reason is one
 * clause for people; it belongs to the model and lives as long as that. Nothing here allocates or fails.
 */
#ifndef GM_MODEL_OBSERVE_H
#define GM_MODEL_OBSERVE_H

#include "model/model.h"

/* ---- phases ---- */

/*
 * Return why a phase is unavailable on this host: the reasons of the probes that would feed it, or that guest code is
 * emulated. NULL: it is observed, so that 0 means 0.
 */
const char *gm_phase_unavailable(const struct gm_model *m, unsigned int phase);
/*
 * Return the coverage of a phase, the same for all outputs: all of what happened; a part, as several probes feed
 * alloc, zero and rebind and one of them may be missing ("without host_fault: reason"); or nothing
 * (gm_phase_unavailable(), unless the phase counted something).
 */
struct gm_sight gm_model_sight(const struct gm_model *m, unsigned int phase);
/*
 * Return the coverage of gm_vm.faults: guest and host faults are all observed, in part, or not at all. A fault kind
 * that cannot happen on this host is left out.
 */
struct gm_sight gm_vm_faults_sight(const struct gm_model *m, const struct gm_vm *vm);
/* Return false if the tool left hooks off that feed this phase, because no option asked for it. */
bool gm_phase_is_asked(const struct gm_model *m, unsigned int phase);
/* Return false if the kernel has no function whose time the phase is. */
bool gm_phase_can_happen(const struct gm_model *m, unsigned int phase);
/* Return true if counts of the phase's operations were recorded (gm_model.ops). */
bool gm_model_has_ops(const struct gm_model *m, unsigned int phase);
/* Return why a phase has nothing to show on this host; NULL: it is observed, or counted something. */
const char *gm_phase_no_data_why(const struct gm_model *m, unsigned int phase);
/* Return what a phase that has something to show leaves out on this host; NULL: nothing. */
const char *gm_phase_partial_why(const struct gm_model *m, unsigned int phase);

/* ---- probes and events ---- */

/* Return true if the mode, or a hook that was refused, leaves out what other hosts show. */
bool gm_model_is_partial(const struct gm_model *m);
/*
 * Return true if creations of VMs and of their memory are observed. Otherwise objects that end before the next sample
 * are never found.
 */
bool gm_model_has_creations(const struct gm_model *m);
/* Return a probe's state in a word: gm_probe_state_name(), but "expected" where no kernel ran (GM_META_OFFLINE). */
const char *gm_model_probe_state(const struct gm_model *m, const struct gm_rec_probe *p);
/*
 * Return the phases (bits) that a probe feeds on this host: none if it is not attached, or observes what never happens
 * here.
 */
uint32_t gm_model_probe_feeds(const struct gm_model *m, const struct gm_rec_probe *p);
/* Return true for a probe that every report names as missing: not in place, and more than a refinement. */
bool gm_probe_is_missing(const struct gm_rec_probe *p);
/* Return the phases (bits) of a probe's row that it does not feed on this host, by its hook or for lack of one. */
uint32_t gm_probe_unfed(const struct gm_model *m, const struct gm_rec_probe *p);
/*
 * Return true if an event of this kind would have been reported: an attached probe shows that kind or feeds its phase.
 */
bool gm_kind_is_observed(const struct gm_model *m, unsigned int kind);

/* ---- pages and reboots ---- */

/*
 * Return why this host does not count pages allocated and freed (probes with GM_PROBE_PAGE_ADD, _DELETE); NULL: it
 * does.
 */
const char *gm_model_uncounted(const struct gm_model *m);
/*
 * Return the reason for an unknown count of pages: gm_model_uncounted(), or else that the pages are older than the page
 * cache tracepoints. Never NULL.
 */
const char *gm_uncounted_why(const struct gm_model *m);
/* Return why pages allocated and freed by a VM (in any uncounted inode) are not known; NULL: they are. */
const char *gm_vm_uncounted(const struct gm_model *m, const struct gm_vm *vm);
/* Return true if a call's count of pages is a number: any count but 0, and 0 where the page cache tracepoints count. */
bool gm_moved_pages_are_known(const struct gm_model *m, uint64_t pages);
/*
 * Return true if an event's pages are a number: a scan does not know what was resident, and without page cache
 * tracepoints no count of moved pages exists.
 */
bool gm_event_pages_are_known(const struct gm_model *m, const union gm_any *rec);
/*
 * Return true if nr reboots (gm_machine_reboots()) is a number: reboots are counted, and 0 means none. Without observed
 * creations of memory the first reboot is missed.
 */
bool gm_reboots_are_known(const struct gm_model *m, uint64_t nr);

#endif
