// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * json_summary.c - JSON lines about the observation itself: its probes, and the summary.
 */
#include "model/reboot.h"
#include "model/observe.h"
#include "report/json_lines_int.h"

#include <stdio.h>
#include <string.h>

static void put_phase_names(struct gm_json *j, const char *key, uint32_t mask)
{
	gm_json_arr(j, key);
	for (unsigned int i = 0; i < GM_PHASE_NR; i++) {
		if (mask >> i & 1)
			gm_json_str(j, NULL, gm_phase_name(i));
	}
	gm_json_end_arr(j);
}

static void put_probe(struct gm_str *out, const struct gm_model *m, const struct gm_rec_probe *p)
{
	struct gm_json j;

	gm_line_begin(&j, out, "probe");
	gm_json_str(&j, "probe", p->probe);
	gm_json_str(&j, "hook", p->hook);
	gm_json_str(&j, "state", gm_model_probe_state(m, p));
	gm_json_str(&j, "why", p->why);
	gm_json_str(&j, "class", gm_probe_class_name(p->cls));
	gm_json_s64(&j, "err", p->err);
	put_phase_names(&j, "phases", p->phases);
	if (gm_probe_unfed(m, p))
		put_phase_names(&j, "unfed", gm_probe_unfed(m, p));
	if (p->partly)
		gm_json_str(&j, "unseen", p->unseen);
	if (p->facts & GM_PROBE_WAITS)
		gm_json_bool(&j, "waits", true);
	gm_line_end(&j);
}

void gm_json_probes(struct gm_str *out, const struct gm_model *m)
{
	for (size_t i = 0; i < m->probes.nr; i++)
		put_probe(out, m, &((const struct gm_probe *)m->probes.at[i])->rec);
}

/* Return why the host's allocations are not known: there are inodes, but none is counted. NULL: they are known. */
static const char *uncounted_why(const struct gm_model *m)
{
	if (m->counts.allocated_pages || m->counts.freed_pages)
		return NULL;
	if (gm_model_mem_partial(m)) /* the calls may have been on files that are not tracked */
		return gm_model_mem_partial(m);
	for (size_t i = 0; i < m->inodes.nr; i++) {
		if (((const struct gm_inode *)m->inodes.at[i])->counted)
			return NULL;
	}
	return m->inodes.nr ? gm_uncounted_why(m) : gm_model_uncounted(m);
}

static void put_totals(struct gm_json *j, const struct gm_model *m)
{
	const char *na = uncounted_why(m);
	struct gm_mem mem;

	gm_model_mem(m, &mem);
	gm_json_u64(j, "vms", gm_vms_seen(m));
	gm_line_totals_partial(j, m);
	gm_json_u64(j, "inodes", gm_inodes_seen(m));
	if (na) {
		gm_json_null(j, "allocated_pages");
		gm_json_null(j, "freed_pages");
		gm_json_str(j, "na", na);
	} else {
		gm_json_u64(j, "allocated_pages", m->counts.allocated_pages);
		gm_json_u64(j, "freed_pages", m->counts.freed_pages);
	}
	gm_json_u64(j, "resident_bytes", mem.resident_pages * m->meta.page_size);
}

/* Write kinds that happened or are observed: only for observed kinds 0 means none. */
static void put_events(struct gm_json *j, const struct gm_model *m)
{
	gm_json_obj(j, "events");
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++) {
		if (gm_kind_name(k) && (m->counts.events[k] || gm_kind_is_observed(m, k)))
			gm_json_u64(j, gm_kind_name(k), m->counts.events[k]);
	}
	gm_json_end_obj(j);
	gm_json_obj(j, "failed");
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++) {
		if (gm_kind_name(k) && m->counts.failed[k])
			gm_json_u64(j, gm_kind_name(k), m->counts.failed[k]);
	}
	gm_json_end_obj(j);
}

/* Write how many of the events are calls that the kernel summed, if any. */
static void put_summed(struct gm_json *j, const struct gm_model *m)
{
	uint64_t all = 0;

	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++)
		all += m->summed[k];
	if (!all)
		return;
	gm_json_obj(j, "summed");
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++)
		if (m->summed[k])
			gm_json_u64(j, gm_kind_name(k), m->summed[k]);
	gm_json_end_obj(j);
}

static void put_phases(struct gm_json *j, const struct gm_model *m)
{
	gm_json_obj(j, "phases");
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		struct gm_sight s = gm_model_sight(m, p);

		gm_json_obj(j, gm_phase_name(p));
		if (s.seen != GM_SEEN_NONE) {
			gm_json_u64(j, "count", m->total[p] ? gm_hist_total(m->total[p]) : 0);
			gm_json_u64(j, "timed", m->total[p] ? m->total[p]->count : 0);
			gm_json_u64(j, "sum_ns", m->total[p] ? m->total[p]->sum_ns : 0);
			gm_line_split(j, &m->split, p);
		}
		gm_line_sight(j, s, "");
		gm_json_end_obj(j);
	}
	gm_json_end_obj(j);
}

/*
 * Write the operations. seen = in_histograms + untimed + failed + unfinished + lost + under_way, unless records were
 * lost without being counted. Faults are counted at their end, so those under way are not known.
 */
static void put_operations(struct gm_json *j, const struct gm_model *m)
{
	gm_json_obj(j, "operations");
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		const struct gm_ops *o = &m->ops[p];

		if (!gm_model_has_ops(m, p))
			continue;
		gm_json_obj(j, gm_phase_name(p));
		gm_json_u64(j, "seen", o->seen);
		gm_json_u64(j, "in_histograms", m->total[p] ? m->total[p]->count : 0);
		gm_json_u64(j, "untimed", m->total[p] ? m->total[p]->untimed : 0);
		gm_json_u64(j, "failed", o->failed);
		gm_json_u64(j, "unfinished", o->unfinished);
		gm_json_u64(j, "lost", o->lost);
		if (gm_phase_is_fault_kind(p))
			gm_json_null(j, "under_way");
		else
			gm_json_u64(j, "under_way", gm_ops_under_way(o));
		gm_json_end_obj(j);
	}
	gm_json_end_obj(j);
}

/* Write the number of reshuffles, and why resets in place are not observed, if reboots are kept. */
static void put_reboots(struct gm_json *j, const struct gm_model *m)
{
	const char *na = gm_model_resets_na(m);

	if (!gm_model_episodes(m))
		return;
	gm_json_u64(j, "reshuffles", gm_model_reshuffles_seen(m));
	if (na)
		gm_json_str(j, "resets_na", na);
}

void gm_json_summary(struct gm_str *out, const struct gm_model *m)
{
	const char *mode = gm_mode_name(m->meta.mode);
	struct gm_json j;

	gm_line_begin(&j, out, "summary");
	gm_json_str(&j, "mode", mode ? mode : "unknown");
	gm_json_u64(&j, "lost", m->lost);
	gm_json_u64(&j, "dur_ns", m->now_ns - m->first_ns);
	gm_json_str(&j, "kernel", m->meta.release);
	gm_json_str(&j, "arch", m->meta.arch);
	gm_json_u64(&j, "page_size", m->meta.page_size);
	gm_json_u64(&j, "ticks", m->ticks);
	put_totals(&j, m);
	put_events(&j, m);
	put_summed(&j, m);
	put_phases(&j, m);
	put_operations(&j, m);
	put_reboots(&j, m);
	gm_line_yesno(&j, "init_on_alloc", m->meta.init_on_alloc);
	gm_line_yesno(&j, "init_on_free", m->meta.init_on_free);
	if (m->meta.clear_ns)
		gm_json_u64(&j, "clear_ns", m->meta.clear_ns);
	gm_line_end(&j);
}

void gm_json_frame(struct gm_str *out, const struct gm_model *m, const char *want, bool last)
{
	gm_json_vms(out, m, want);
	gm_json_inodes(out, m, want);
	gm_json_tick(out, m);
	if (!last)
		return;
	gm_json_phases(out, m, want);
	gm_json_probes(out, m);
	gm_json_losses(out, m);
	gm_json_summary(out, m);
}
