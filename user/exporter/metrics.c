// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * metrics.c - the host's families, and the writer of all families. A new family is a row and a function, here, in
 * metrics_machine.c or in metrics_self.c.
 */
#include "exporter/metrics_int.h"
#include "model/observe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the host ---- */

static void kernel_info(struct gm_collect *c, const struct gm_family *f)
{
	const struct gm_rec_meta *x = &c->m->meta;

	gm_metric_add(c, f, 1, "release", x->release, "arch", x->arch, "mode", gm_mode_name(x->mode), "init_on_alloc",
		      gm_yesno_name(x->init_on_alloc, "unknown"), "init_on_free",
		      gm_yesno_name(x->init_on_free, "unknown"), NULL);
}

static uint64_t live_vms(const struct gm_machine *mc)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		nr += !vm->dead_ns && vm->had_mem;
	}
	return nr;
}

/* Counts objects of the whole host, not only of machines with a row. */
static void objects(struct gm_collect *c, const struct gm_family *f)
{
	uint64_t machines = 0, vms = 0, bindings = 0;

	for (size_t i = 0; i < c->m->machines.nr; i++) {
		uint64_t nr = live_vms(c->m->machines.at[i]);

		machines += nr > 0;
		vms += nr;
	}
	for (size_t i = 0; i < c->m->vms.nr; i++)
		bindings += ((const struct gm_vm *)c->m->vms.at[i])->bindings.nr;
	gm_metric_add(c, f, (double)machines, "kind", "machine", NULL);
	gm_metric_add(c, f, (double)vms, "kind", "vm", NULL);
	gm_metric_add(c, f, (double)c->mx->mem.inodes, "kind", "inode", NULL);
	gm_metric_add(c, f, (double)bindings, "kind", "binding", NULL);
}

/* Writes 0 for a state without pages on each node of the host, so that sums by node are complete. */
static void memory(struct gm_collect *c, const struct gm_family *f)
{
	char node[12];

	for (unsigned int s = 0; s < gm_mem_state_count(c->m); s++) {
		const uint64_t *pages = c->mx->mem.pages[s];

		for (unsigned int n = 0; n < GM_NODES_MAX; n++) {
			if (n >= c->m->meta.nodes && !pages[n])
				continue;
			snprintf(node, sizeof(node), "%u", n);
			gm_metric_add(c, f, (double)(pages[n] * c->m->meta.page_size), "state", gm_mem_state_names[s],
				      "node", node, NULL);
		}
		if (pages[GM_MEM_NODES - 1])
			gm_metric_add(c, f, (double)(pages[GM_MEM_NODES - 1] * c->m->meta.page_size), "state",
				      gm_mem_state_names[s], "node", "unknown", NULL);
	}
}

static void node_error(struct gm_collect *c, const struct gm_family *f)
{
	if (c->m->meta.nodes > 1)
		gm_metric_add(c, f, (double)(c->mx->mem.nodes_error * c->m->meta.page_size), NULL);
}

static void memory_size(struct gm_collect *c, const struct gm_family *f)
{
	gm_metric_add(c, f, (double)c->mx->mem.size_bytes, NULL);
}

enum { WHY_FD, WHY_MAPPING, WHY_UNKNOWN, WHY_NR };

/*
 * Return what pins an inode. A descriptor is reported before a mapping: whoever closes the descriptor can also unmap.
 */
static unsigned int pin_reason(const struct gm_inode *in)
{
	unsigned int why = WHY_UNKNOWN;

	for (size_t i = 0; i < in->pins.nr; i++) {
		const struct gm_pin *p = in->pins.at[i];

		if (p->what == GM_PIN_FD)
			return WHY_FD;
		if (p->what == GM_PIN_MAPPING)
			why = WHY_MAPPING;
	}
	return why;
}

static void orphaned(struct gm_collect *c, const struct gm_family *f)
{
	static const char *const names[] = { "fd", "mapping", "unknown" };
	uint64_t pages[WHY_NR] = { 0 };

	if (!c->m->pins_ns || c->m->tasks_na)
		return; /* without a complete task scan orphans are unknown */
	for (size_t i = 0; i < c->m->inodes.nr; i++) {
		const struct gm_inode *in = c->m->inodes.at[i];

		if (!in->dead_ns && gm_inode_is_orphan(c->m, in))
			pages[pin_reason(in)] += in->resident_pages;
	}
	for (unsigned int w = 0; w < WHY_NR; w++)
		gm_metric_add(c, f, (double)(pages[w] * c->m->meta.page_size), "reason", names[w], NULL);
}

static void allocated(struct gm_collect *c, const struct gm_family *f)
{
	if (!gm_model_uncounted(c->m))
		gm_metric_add(c, f, (double)(c->m->counts.allocated_pages * c->m->meta.page_size), NULL);
}

static void freed(struct gm_collect *c, const struct gm_family *f)
{
	if (!gm_model_uncounted(c->m))
		gm_metric_add(c, f, (double)(c->m->counts.freed_pages * c->m->meta.page_size), NULL);
}

/* ---- phases ---- */

static void phase_duration(struct gm_collect *c, const struct gm_family *f)
{
	static const struct gm_hist none;

	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		if (!gm_phase_no_data_why(c->m, p))
			gm_metric_add_hist(c, f, c->m->total[p] ? c->m->total[p] : &none, "phase", gm_phase_name(p),
					   NULL);
}

static void phase_untimed(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		if (!gm_phase_no_data_why(c->m, p))
			gm_metric_add(c, f, c->m->total[p] ? (double)c->m->total[p]->untimed : 0, "phase",
				      gm_phase_name(p), NULL);
}

static void phase_observed(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		gm_metric_add(c, f, !gm_phase_no_data_why(c->m, p), "phase", gm_phase_name(p), NULL);
}

static void phase_gap(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		struct gm_sight s = gm_model_sight(c->m, p);

		if (s.seen != GM_SEEN_ALL)
			gm_metric_add(c, f, 1, "phase", gm_phase_name(p), "gap",
				      s.seen == GM_SEEN_NONE ? "all" : "part", "code", gm_gap_name(s.gap), "reason",
				      s.why, NULL);
	}
}

/* Return true if parts of faults are known. Old recordings have no parts, which differs from 0 seconds for each. */
static bool has_parts(const struct gm_model *m, unsigned int w)
{
	const struct gm_hist *h = m->total[GM_FAULT_KIND_PHASE(w)];
	uint64_t sum = 0;

	for (unsigned int p = 0; p < GM_PART_NR; p++)
		sum += m->split.part_ns[w][p];
	return !gm_phase_no_data_why(m, GM_FAULT_KIND_PHASE(w)) && (sum || !h || !h->count);
}

static void fault_parts(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++)
		for (unsigned int p = 0; p < GM_PART_NR && has_parts(c->m, w); p++)
			gm_metric_add(c, f, (double)c->m->split.part_ns[w][p] / 1e9, "fault",
				      gm_phase_name(GM_FAULT_KIND_PHASE(w)), "part", gm_part_name(p), NULL);
}

/*
 * Writes one counter of operations. Each is a family of its own: as values of one label they would invite wrong sums.
 */
static void add_operations(struct gm_collect *c, const struct gm_family *f, size_t field)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		if (gm_model_has_ops(c->m, p))
			gm_metric_add(c, f, (double)*(const uint64_t *)((const char *)&c->m->ops[p] + field), "phase",
				      gm_phase_name(p), NULL);
}

static void ops_seen(struct gm_collect *c, const struct gm_family *f)
{
	add_operations(c, f, offsetof(struct gm_ops, seen));
}
static void ops_failed(struct gm_collect *c, const struct gm_family *f)
{
	add_operations(c, f, offsetof(struct gm_ops, failed));
}
static void ops_unfinished(struct gm_collect *c, const struct gm_family *f)
{
	add_operations(c, f, offsetof(struct gm_ops, unfinished));
}

static void events(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++)
		if (gm_kind_name(k) && k != GM_K_FAULT && (c->m->counts.events[k] || gm_kind_is_observed(c->m, k)))
			gm_metric_add(c, f, (double)c->m->counts.events[k], "kind", gm_kind_name(k), NULL);
}

static void event_errors(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++)
		if (gm_kind_name(k) && k != GM_K_FAULT && (c->m->counts.events[k] || gm_kind_is_observed(c->m, k)))
			gm_metric_add(c, f, (double)c->m->counts.failed[k], "kind", gm_kind_name(k), NULL);
}

static void reboot_duration(struct gm_collect *c, const struct gm_family *f)
{
	static const struct gm_hist none;

	for (unsigned int s = 0; s < GM_REBOOT_STYLES && gm_model_episodes(c->m); s++) {
		const struct gm_hist *h = gm_model_reboot_hist(c->m, s);

		if (gm_reboot_style_is_reboot(s) && s != GM_REBOOT_UNKNOWN) /* unknown reboots have no duration */
			gm_metric_add_hist(c, f, h ? h : &none, "style", gm_reboot_style_name(s), NULL);
	}
}

static void reboots_untimed(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int why = GM_REBOOT_TIMED + 1; why < GM_REBOOT_UNTIMED_NR && gm_model_episodes(c->m); why++)
		gm_metric_add(c, f, (double)gm_model_reboots_untimed(c->m, why), "reason", gm_reboot_untimed_name(why),
			      NULL);
}

static void duplicates(struct gm_collect *c, const struct gm_family *f)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < c->m->machines.nr; i++)
		nr += ((const struct gm_machine *)c->m->machines.at[i])->dup;
	gm_metric_add(c, f, nr, NULL);
}

static void reboot_gap(struct gm_collect *c, const struct gm_family *f)
{
	struct gm_reboot_gap gap;

	for (unsigned int i = 0; i < GM_REBOOT_FACT_NR && gm_model_episodes(c->m); i++) {
		gm_model_reboot_gap(c->m, i, &gap);
		if (gap.seen != GM_SEEN_ALL)
			gm_metric_add(c, f, 1, "what", gm_reboot_fact_name(i), "gap",
				      gap.seen == GM_SEEN_NONE ? "all" : "part", "code", gm_gap_name(gap.gap), "reason",
				      gap.why, NULL);
	}
}

static void sums_partial(struct gm_collect *c, const struct gm_family *f)
{
	gm_metric_add(c, f, gm_model_mem_partial(c->m) != NULL, "what", "memory", NULL);
	gm_metric_add(c, f, gm_model_vms_partial(c->m) != NULL, "what", "vms", NULL);
}

const struct gm_family gm_host_families[] = {
	{ "gmem_kernel", GM_INFO, "",
	  "The running kernel, the mode it is observed in, and whether the allocator zeroes pages, too.",
	  "release, arch, mode, init_on_alloc, init_on_free", "1", "kernel", false, kernel_info },
	{ "gmem_objects", GM_GAUGE, "",
	  "Live objects: machines and struct kvms with guest memory, inodes, memslot bindings.",
	  "kind", "4", "iterators", false, objects },
	{ "gmem_duplicate_machines", GM_GAUGE, "",
	  "Machines with the same id in two processes whose VMs live at the same time: clones, or a local migration.",
	  "", "1", "docs/machines.md", false,
	  duplicates },
	{ "gmem_memory_bytes", GM_GAUGE, "bytes",
	  "Resident guest memory: bound to a memslot, unbound, or orphaned (no live VM can use it). States add up.",
	  "state, node", "3 x nodes", "iterators", false, memory },
	{ "gmem_memory_node_error_bytes", GM_GAUGE, "bytes",
	  "By how much the figure of each node may be wrong: memory that moved since the last scan, or of "
	  "inodes that were scanned in part.", "",
	  "1; 0 with one node", "iterators", false, node_error },
	{ "gmem_memory_size_bytes", GM_GAUGE, "bytes", "Size of all guest_memfd inodes: what could become resident.",
	  "", "1",
	  "iterators", false, memory_size },
	{ "gmem_sums_partial", GM_GAUGE, "",
	  "1: sums over the host are lower bounds. memory: those in bytes, and of inodes, as files or VMs are not "
	  "tracked; vms: numbers of VMs and machines.",
	  "what", "2", "iterators", false, sums_partial },
	{ "gmem_orphaned_bytes", GM_GAUGE, "bytes",
	  "Resident guest memory that no live VM can use, by what pins it: a descriptor, a mapping, or nothing "
	  "that a process has.",
	  "reason", "3", "iterators (last scan of all tasks, at most 30 s old)", false, orphaned },
	{ "gmem_allocated_bytes", GM_COUNTER, "bytes", "Guest memory allocated.", "", "1", "page_add, page_delete",
	  false, allocated },
	{ "gmem_freed_bytes", GM_COUNTER, "bytes", "Guest memory freed.", "", "1",
	  "page_add, page_delete", false, freed },
	{ "gmem_phase_duration_seconds", GM_HISTOGRAM, "seconds",
	  "How long each phase took, exclusive of phases nested in it.",
	  "phase", "19 (text: times the buckets)", "docs/phases.md", false, phase_duration },
	{ "gmem_phase_untimed", GM_GAUGE, "", "Operations that are counted without a duration, as the kernel skipped "
	  "the BPF program: not in the histogram.",
	  "phase", "19", "docs/phases.md", false, phase_untimed },
	{ "gmem_phase_observed", GM_GAUGE, "", "Whether this kernel and mode show the phase: 0 means that it has no "
	  "samples, not that nothing happened.",
	  "phase", "19", "all probes", false, phase_observed },
	{ "gmem_phase_gap", GM_INFO, "", "Why a phase is not observed, or what of it is left out.",
	  "phase, gap, code, reason", "19", "all probes",
	  false, phase_gap },
	{ "gmem_fault_part_seconds", GM_COUNTER, "seconds",
	  "Where the time of faults went; the parts add up to the faults' sum.",
	  "fault, part", "15", "docs/phases.md", false, fault_parts },
	{ "gmem_operations", GM_COUNTER, "",
	  "Operations begun, by the kernel side's own count: histogram + untimed + failed + unfinished + lost "
	  "+ in progress.",
	  "phase", "19", "docs/phases.md", false, ops_seen },
	{ "gmem_operations_failed", GM_COUNTER, "", "Operations that ended with an error; they are in no histogram.",
	  "phase", "19",
	  "docs/phases.md", false, ops_failed },
	{ "gmem_operations_unfinished", GM_COUNTER, "",
	  "Operations whose end was not observed; they are in no histogram.", "phase", "19",
	  "docs/phases.md", false, ops_unfinished },
	{ "gmem_events", GM_COUNTER, "", "Events in the life of VMs and their memory.", "kind", "14", "docs/json.md",
	  false, events },
	{ "gmem_event_errors", GM_COUNTER, "", "Events of gmem_events that failed.", "kind", "14", "docs/json.md",
	  false, event_errors },
	{ "gmem_reboot_duration_seconds", GM_HISTOGRAM, "seconds",
	  "How long reboots took, from the first act of teardown to steady state.",
	  "style", "4 (text: times the buckets)", "docs/reboot.md", false, reboot_duration, .is_long = true },
	{ "gmem_reboots_untimed", GM_COUNTER, "",
	  "Finished reboots without a duration, because this kernel shows one end only by samples, or not at all.",
	  "reason", "4", "docs/reboot.md", false, reboots_untimed },
	{ "gmem_reboot_gap", GM_INFO, "",
	  "Why a figure of reboots is unavailable on this host, or partial (a bound, or some reboots only).",
	  "what, gap, code, reason", "6", "all probes", false, reboot_gap },
};
const unsigned int gm_host_families_nr = GM_ARRAY_SIZE(gm_host_families);

/* ---- all of them ---- */

static const struct gm_encoder_ops *const encoders[GM_FORMAT_NR] = {
	[GM_FORMAT_TEXT] = &gm_expo_text, [GM_FORMAT_OPENMETRICS] = &gm_expo_text, [GM_FORMAT_PROTOBUF] = &gm_expo_pb,
	[GM_FORMAT_OTLP] = &gm_expo_otlp,
};

static void collect(struct gm_collect *c, const struct gm_family *f, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		c->f = NULL;
		c->created_ns = gm_realtime_of(c->m, c->m->first_ns);
		f[i].collect(c, &f[i]);
		if (c->f)
			c->enc->ops->family_end(c->enc, &f[i]);
	}
}

void gm_metrics_write(const struct gm_metrics *mx, const struct gm_model *m, const struct gm_self *self,
		      enum gm_format f, struct gm_str *out)
{
	struct gm_encoder e = { .ops = encoders[f],
				.out = out,
				.self = self,
				.openmetrics = f == GM_FORMAT_OPENMETRICS,
				.stride = mx->o.per_octave ? GM_HIST_PER_OCTAVE / mx->o.per_octave : 0 };
	struct gm_collect c = { .mx = mx, .m = m, .self = self, .enc = &e };

	e.ops->begin(&e);
	collect(&c, gm_host_families, gm_host_families_nr);
	collect(&c, gm_machine_families, gm_machine_families_nr);
	collect(&c, gm_self_families, gm_self_families_nr);
	e.ops->end(&e);
}

/* ---- documentation ---- */

static void doc_rows(struct gm_str *out, const struct gm_family *f, unsigned int nr)
{
	static const char *const types[] = { "gauge", "counter", "info", "histogram" };

	for (unsigned int i = 0; i < nr; i++)
		gm_str_printf(out, "| %s%s | %s | %s | %s | %s | %s | %s |\n", f[i].name,
			      f[i].type == GM_COUNTER ? "_total"
			      : f[i].type == GM_INFO  ? "_info"
						      : "",
			      types[f[i].type], f[i].unit[0] ? f[i].unit : "-", f[i].labels[0] ? f[i].labels : "-",
			      f[i].series, f[i].source, f[i].help);
}

void gm_metrics_doc(struct gm_str *out)
{
	gm_str_puts(out, "| name | type | unit | labels | series | fed by | what it says "
			 "|\n|---|---|---|---|---|---|---|\n");
	doc_rows(out, gm_host_families, gm_host_families_nr);
	doc_rows(out, gm_machine_families, gm_machine_families_nr);
	doc_rows(out, gm_self_families, gm_self_families_nr);
}
