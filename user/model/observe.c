// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* observe.c - which probes are attached, why a phase is unavailable, and what a number leaves out. */
#include "model/observe.h"
#include "model/model_int.h"
#include "model/reboot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBES_MAX 256	/* more than there will be; a recording is untrusted and may contain any number */

#define BIT(phase) (1u << GM_PHASE_##phase)
#define EMULATED "this KVM emulates guest code, whose page accesses are host faults"

static const struct gm_rec_probe *first_in_state(const struct gm_model *m, unsigned int phase, uint32_t state)
{
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((struct gm_probe *)m->probes.at[i])->rec;

		if (r->state == state && r->phases & 1u << phase)
			return r;
	}
	return NULL;
}

/*
 * Return true for a probe that is or was attached: a detached one has fed its phases until then; their counts stay, and
 * each phase says what it lacks since.
 */
static bool was_attached(const struct gm_rec_probe *r)
{
	return r->state == GM_PROBE_ATTACHED || r->state == GM_PROBE_RELEASED;
}

/* Return true if a probe is or was attached, and can feed the phase on this host. */
static bool can_feed(const struct gm_model *m, const struct gm_rec_probe *r, unsigned int phase)
{
	return was_attached(r) && r->phases & 1u << phase && !(m->meta.emulated == GM_YES && r->facts & GM_PROBE_GUEST);
}

static bool has_feeding_probe(const struct gm_model *m, unsigned int phase)
{
	for (size_t i = 0; i < m->probes.nr; i++)
		if (can_feed(m, &((struct gm_probe *)m->probes.at[i])->rec, phase))
			return true;
	return false;
}

/* Return an attached probe that would feed the phase by a better hook; its why says what prevents that hook. */
static const struct gm_rec_probe *first_missing(const struct gm_model *m, unsigned int phase)
{
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((struct gm_probe *)m->probes.at[i])->rec;

		if (r->state == GM_PROBE_ATTACHED && r->missing & 1u << phase && r->why[0])
			return r;
	}
	return NULL;
}

const struct gm_rec_probe *gm_probe_showing(const struct gm_model *m, unsigned int kind)
{
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((struct gm_probe *)m->probes.at[i])->rec;

		if (r->kinds & GM_PROBE_KIND(kind))
			return r;
	}
	return NULL;
}

static const struct gm_rec_probe *probe_with(const struct gm_model *m, uint32_t fact)
{
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((struct gm_probe *)m->probes.at[i])->rec;

		if (r->facts & fact)
			return r;
	}
	return NULL;
}

/*
 * Return true if events of a kind are observed; also if the recording has no such probe, since older tools did not
 * record it.
 */
static bool may_show_kind(const struct gm_model *m, unsigned int kind)
{
	const struct gm_rec_probe *r = gm_probe_showing(m, kind);

	return !r || was_attached(r);
}

bool gm_model_has_creations(const struct gm_model *m)
{
	return may_show_kind(m, GM_K_VM_CREATE) && may_show_kind(m, GM_K_CREATE);
}

/* Describe why no probe feeds a phase. A refused probe comes first: its hook exists, and can be permitted. */
static enum gm_gap describe_missing(const struct gm_model *m, unsigned int phase, char *out, size_t size)
{
	const struct gm_rec_probe *r = first_in_state(m, phase, GM_PROBE_REFUSED);

	if (!r)
		r = first_in_state(m, phase, GM_PROBE_ABSENT);
	if (!r)
		r = first_in_state(m, phase, GM_PROBE_OFF);
	if (!r)
		r = first_missing(m, phase);
	if (!r)
		snprintf(out, size, "no probe for it in this mode");
	else if (r->why[0])
		snprintf(out, size, "%s", r->why);
	else if (r->state == GM_PROBE_REFUSED)
		snprintf(out, size, "%s probe refused by this kernel (%s)", r->probe, strerror(abs(r->err)));
	else if (r->state == GM_PROBE_ABSENT)
		snprintf(out, size, "this kernel has no hook for the %s probe", r->probe);
	else
		snprintf(out, size, "not asked for");
	return r ? gm_probe_gap(r) : GM_GAP_NO_PROBE;
}

static enum gm_gap update_unavailable(const struct gm_model *m, unsigned int phase, char *out, size_t size)
{
	const struct gm_rec_probe *off = first_in_state(m, phase, GM_PROBE_OFF);
	bool fed = has_feeding_probe(m, phase);

	*out = '\0';
	if (m->probes.nr && fed && !off)
		return GM_GAP_NONE;
	if (!m->probes.nr) {
		snprintf(out, size, "not recorded");
		return GM_GAP_NOT_RECORDED;
	}
	if (fed) { /* a probe for another phase feeds it: not all of it was asked for */
		snprintf(out, size, "%s", off->why);
		return GM_GAP_NOT_ASKED;
	}
	if (!first_in_state(m, phase, GM_PROBE_ATTACHED))
		return describe_missing(m, phase, out, size);
	snprintf(out, size, EMULATED);
	return GM_GAP_EMULATED;
}

/*
 * Describe what an observed phase leaves out. Several rows of the probe table feed alloc and zero: pages of a missing
 * row are left out, whatever the others count. A row that only refines (get_folio: pages allocated by one task, zeroed
 * by another) is not called missing if the kernel lacks the function, but the phase still lacks those pages.
 */
static enum gm_gap update_partial(const struct gm_model *m, unsigned int phase, char *out, size_t size)
{
	*out = '\0';
	if (m->na[phase][0])
		return GM_GAP_NONE;
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((struct gm_probe *)m->probes.at[i])->rec;
		bool attached = r->state == GM_PROBE_ATTACHED, emulated;

		if (attached && r->partly >> phase & 1) {
			snprintf(out, size, "not %s: %s", r->unseen, r->why[0] ? r->why : "no hook for it");
			return GM_GAP_OTHER_HOOK;
		}
		/* What this kernel has no function for cannot happen; but a row that refines is missed all the same. */
		if (r->state == GM_PROBE_ABSENT && r->cls != GM_EXTRA)
			continue;
		if (!((attached ? r->phases | r->missing : r->phases) >> phase & 1) || r->state == GM_PROBE_OFF ||
		    (can_feed(m, r, phase) && attached))
			continue;
		emulated = attached && r->phases >> phase & 1;
		snprintf(out, size, "without %s: %s", r->probe,
			 emulated    ? EMULATED
			 : r->why[0] ? r->why
				     : "no hook for it");
		return emulated ? GM_GAP_EMULATED : gm_probe_gap(r);
	}
	return GM_GAP_NONE;
}

/*
 * Return why a probe (NULL: there is none) is not attached; NULL: it is, or was until it was detached from the module.
 */
static const char *probe_na(const struct gm_rec_probe *r)
{
	if (!r)
		return "no probe for it in this mode";
	if (was_attached(r))
		return NULL;
	return r->why[0] ? r->why : gm_probe_state_name(r->state);
}

static const char *kind_na(const struct gm_model *m, unsigned int kind)
{
	return probe_na(gm_probe_showing(m, kind));
}

/*
 * Return why the fact that a probe provides is not known; NULL: it is known, or the recording is older than that probe.
 */
static const char *fact_na(const struct gm_model *m, uint32_t fact)
{
	const struct gm_rec_probe *r = probe_with(m, fact);

	return r ? probe_na(r) : NULL;
}

/*
 * Return why rebinds are not observed: a rebind is the time from an unbind or release to a bind, and needs both, by any
 * hook.
 */
static const char *rebind_na(const struct gm_model *m, uint8_t *gap)
{
	const char *bind = kind_na(m, GM_K_BIND), *unbind = kind_na(m, GM_K_UNBIND);
	const struct gm_rec_probe *r = gm_probe_showing(m, bind ? GM_K_BIND : GM_K_UNBIND);

	*gap = r ? gm_probe_gap(r) : GM_GAP_NO_PROBE;
	if (bind)
		return bind;
	if (unbind && kind_na(m, GM_K_RELEASE))
		return unbind;
	*gap = GM_GAP_NONE;
	return "";
}

/*
 * List the fault kinds that a VM of this host can have: emulated guest code takes no guest faults, and without the host
 * fault's function no process can map guest memory.
 */
static unsigned int fault_kinds(const struct gm_model *m, unsigned int kind[2])
{
	unsigned int nr = 0;

	if (m->meta.emulated != GM_YES)
		kind[nr++] = GM_PHASE_GUEST_FAULT;
	if (!nr || gm_phase_can_happen(m, GM_PHASE_HOST_FAULT))
		kind[nr++] = GM_PHASE_HOST_FAULT;
	return nr;
}

static void update_faults(struct gm_model *m)
{
	unsigned int kind[2], nr = fault_kinds(m, kind), unseen = 0, first = 0;
	const char *partial = NULL;
	uint8_t partial_gap = GM_GAP_NONE;

	for (unsigned int i = nr; i-- > 0;) {
		bool na = m->na[kind[i]][0];

		unseen += na;
		first = na ? kind[i] : first;
		partial = !na && m->partial[kind[i]][0] ? m->partial[kind[i]] : partial;
		partial_gap = partial == m->partial[kind[i]] ? m->partial_gap[kind[i]] : partial_gap;
	}
	m->faults_seen = !m->probes.nr || (!unseen && !partial) ? GM_SEEN_ALL
			 : unseen < nr				? GM_SEEN_PART
								: GM_SEEN_NONE;
	if (unseen && unseen < nr)
		snprintf(m->faults_why, sizeof(m->faults_why), "without %s: %s", gm_phase_name(first), m->na[first]);
	else
		snprintf(m->faults_why, sizeof(m->faults_why), "%s", unseen ? m->na[first] : partial ? partial : "");
	m->faults_gap = unseen ? m->na_gap[first] : partial_gap;
}

void gm_na_update(struct gm_model *m)
{
	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		m->na_gap[i] = update_unavailable(m, i, m->na[i], sizeof(m->na[i]));
	if (m->probes.nr)
		snprintf(m->na[GM_PHASE_REBIND], sizeof(m->na[GM_PHASE_REBIND]), "%s",
			 rebind_na(m, &m->na_gap[GM_PHASE_REBIND]));
	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		m->partial_gap[i] = update_partial(m, i, m->partial[i], sizeof(m->partial[i]));
	update_faults(m);
	m->tasks_na = fact_na(m, GM_PROBE_FINDS_VMS);
	m->procs_na = fact_na(m, GM_PROBE_NAMES_VMS);
}

const char *gm_phase_unavailable(const struct gm_model *m, unsigned int phase)
{
	if (phase >= GM_PHASE_NR)
		return "no such phase";
	return m->na[phase][0] ? m->na[phase] : NULL;
}

struct gm_sight gm_model_sight(const struct gm_model *m, unsigned int phase)
{
	const char *na = gm_phase_unavailable(m, phase);

	/* A count proves that the phase was observed, whatever the probes say. */
	if (na && (phase >= GM_PHASE_NR || !m->total[phase] || !gm_hist_total(m->total[phase])))
		return (struct gm_sight){ GM_SEEN_NONE, na, phase < GM_PHASE_NR ? m->na_gap[phase] : GM_GAP_NO_PROBE };
	if (phase < GM_PHASE_NR && m->partial[phase][0])
		return (struct gm_sight){ GM_SEEN_PART, m->partial[phase], m->partial_gap[phase] };
	return (struct gm_sight){ .seen = GM_SEEN_ALL };
}

struct gm_sight gm_vm_faults_sight(const struct gm_model *m, const struct gm_vm *vm)
{
	if (m->faults_seen == GM_SEEN_ALL)
		return (struct gm_sight){ .seen = GM_SEEN_ALL };
	return (struct gm_sight){ vm->faults ? GM_SEEN_PART : m->faults_seen, m->faults_why, m->faults_gap };
}

uint32_t gm_model_probe_feeds(const struct gm_model *m, const struct gm_rec_probe *p)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		mask |= (uint32_t)can_feed(m, p, i) << i;
	return mask;
}

bool gm_phase_is_asked(const struct gm_model *m, unsigned int phase)
{
	return !first_in_state(m, phase, GM_PROBE_OFF);
}

bool gm_phase_can_happen(const struct gm_model *m, unsigned int phase)
{
	bool absent = false;

	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((struct gm_probe *)m->probes.at[i])->rec;

		if (!((r->phases | r->missing) >> phase & 1))
			continue;
		if (r->state != GM_PROBE_ABSENT)
			return true;
		absent = true;
	}
	return !absent;
}

bool gm_model_is_partial(const struct gm_model *m)
{
	if (m->meta.mode == GM_MODE_TRACEPOINT || m->meta.mode == GM_MODE_INVENTORY || m->meta.mode == GM_MODE_NONE)
		return m->probes.nr;
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((struct gm_probe *)m->probes.at[i])->rec;

		if (r->cls != GM_EXTRA && (r->state == GM_PROBE_REFUSED || r->state == GM_PROBE_RELEASED))
			return true;
	}
	return false;
}

const char *gm_model_uncounted(const struct gm_model *m)
{
	const char *na = fact_na(m, GM_PROBE_PAGE_ADD);

	if (!probe_with(m, GM_PROBE_PAGE_ADD))
		return gm_phase_unavailable(m, GM_PHASE_ALLOC);
	return na ? na : fact_na(m, GM_PROBE_PAGE_DELETE);
}

static int probe_find(struct gm_model *m, const char *name, struct gm_probe **out)
{
	struct gm_probe *p;

	for (size_t i = 0; i < m->probes.nr; i++) {
		*out = m->probes.at[i];
		if (!strcmp((*out)->rec.probe, name))
			return 0;
	}
	*out = NULL;
	if (m->probes.nr >= PROBES_MAX)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p || gm_vec_push(&m->probes, p)) {
		free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

int gm_apply_PROBE(struct gm_model *m, const struct gm_rec_probe *r)
{
	struct gm_rec_probe clean = *r;
	struct gm_probe *p;
	int err;

	gm_copy_text(clean.probe, sizeof(clean.probe), r->probe, sizeof(r->probe));
	gm_copy_text(clean.hook, sizeof(clean.hook), r->hook, sizeof(r->hook));
	gm_copy_text(clean.why, sizeof(clean.why), r->why, sizeof(r->why));
	gm_copy_text(clean.unseen, sizeof(clean.unseen), r->unseen, sizeof(r->unseen));
	err = probe_find(m, clean.probe, &p);
	if (err || !p)
		return err;
	gm_probe_add_facts(&clean);
	p->rec = clean;
	gm_na_update(m);
	return 0;
}

const char *gm_model_probe_state(const struct gm_model *m, const struct gm_rec_probe *p)
{
	return m->meta.flags & GM_META_OFFLINE && p->state == GM_PROBE_ATTACHED ? "expected"
										: gm_probe_state_name(p->state);
}

/* ---- for reports and metrics ---- */

const char *gm_phase_no_data_why(const struct gm_model *m, unsigned int phase)
{
	struct gm_sight s = gm_model_sight(m, phase);

	return s.seen == GM_SEEN_NONE ? s.why : NULL;
}

const char *gm_phase_partial_why(const struct gm_model *m, unsigned int phase)
{
	struct gm_sight s = gm_model_sight(m, phase);

	return s.seen == GM_SEEN_PART ? s.why : NULL;
}

/* The phase counts for older recordings: their probes have no kinds, except those named after an event. */
bool gm_kind_is_observed(const struct gm_model *m, unsigned int kind)
{
	int phase = gm_kind_phase(kind);

	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *r = &((const struct gm_probe *)m->probes.at[i])->rec;

		if (r->state == GM_PROBE_ATTACHED &&
		    (r->kinds & GM_PROBE_KIND(kind) || (phase >= 0 && r->phases & 1u << phase)))
			return true;
	}
	return false;
}

bool gm_probe_is_missing(const struct gm_rec_probe *p)
{
	return (p->state == GM_PROBE_ABSENT || p->state == GM_PROBE_REFUSED || p->state == GM_PROBE_RELEASED) &&
	       p->cls != GM_EXTRA;
}

uint32_t gm_probe_unfed(const struct gm_model *m, const struct gm_rec_probe *p)
{
	return (p->phases | p->missing) & GM_ALL_PHASES & ~gm_model_probe_feeds(m, p);
}

const char *gm_uncounted_why(const struct gm_model *m)
{
	const char *na = gm_model_uncounted(m);

	return na ? na : "its pages are older than the page cache tracepoints";
}

/*
 * A VM's allocations are known if one of its inodes is counted. Without any inode left, a count above 0 is proof
 * enough; 0 is valid only where this host counts pages.
 */
const char *gm_vm_uncounted(const struct gm_model *m, const struct gm_vm *vm)
{
	bool any = false;

	if (gm_vm_untracked(vm))
		return gm_vm_untracked(vm);
	if (vm->uncounted)
		return "some of its files were not tracked for a time (-C max-files)";
	if (vm->counts.allocated_pages || vm->counts.freed_pages)
		return NULL;
	for (size_t i = 0; i < vm->files.nr; i++) {
		const struct gm_file *f = vm->files.at[i];

		if (f->inode && f->inode->counted)
			return NULL;
		any = any || f->inode;
	}
	return any ? gm_uncounted_why(m) : gm_model_uncounted(m);
}

bool gm_moved_pages_are_known(const struct gm_model *m, uint64_t pages)
{
	return pages || !gm_model_uncounted(m);
}

bool gm_event_pages_are_known(const struct gm_model *m, const union gm_any *rec)
{
	bool by_scan = rec->ev.flags & GM_EV_BY_SCAN;

	if (rec->ev.flags & GM_EV_UNCOUNTED && rec->h.kind != GM_K_RELEASE)
		return false;
	switch (rec->h.kind) {
	case GM_K_RELEASE: return !by_scan;
	case GM_K_EVICT: return !by_scan || gm_moved_pages_are_known(m, rec->as_EVICT.pages);
	case GM_K_FALLOCATE:
	case GM_K_PUNCH: return gm_moved_pages_are_known(m, rec->as_PUNCH.pages);
	default: return true;
	}
}
