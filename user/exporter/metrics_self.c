// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* metrics_self.c - the exporter's own families: what it observes, its losses, its overhead. */
#include "exporter/metrics_int.h"

#include <stddef.h>
#include <string.h>
#include "gm_conf.h"

/* ---- what it sees ---- */

static void build(struct gm_collect *c, const struct gm_family *f)
{
	gm_metric_add(c, f, 1, "version", c->self->version, "revision", c->self->revision, NULL);
}

/* Skips probes that were left out on purpose: they are no gap. */
static void probe_attached(struct gm_collect *c, const struct gm_family *f)
{
	for (size_t i = 0; i < c->m->probes.nr; i++) {
		const struct gm_rec_probe *p = &((const struct gm_probe *)c->m->probes.at[i])->rec;

		if (p->state != GM_PROBE_OFF)
			gm_metric_add(c, f, p->state == GM_PROBE_ATTACHED, "probe", p->probe, "class",
				      gm_probe_class_name(p->cls), NULL);
	}
}

static void probe_info(struct gm_collect *c, const struct gm_family *f)
{
	for (size_t i = 0; i < c->m->probes.nr; i++) {
		const struct gm_rec_probe *p = &((const struct gm_probe *)c->m->probes.at[i])->rec;

		gm_metric_add(c, f, 1, "probe", p->probe, "state", gm_probe_state_name(p->state), "hook", p->hook,
			      "reason", p->why, NULL);
	}
}

static const struct gm_loss *find_loss(const struct gm_model *m, const char *what)
{
	for (size_t i = 0; i < m->losses.nr; i++) {
		const struct gm_loss *l = m->losses.at[i];

		if (!strcmp(l->what, what))
			return l;
	}
	return NULL;
}

static uint64_t loss_of(const struct gm_model *m, const char *what)
{
	const struct gm_loss *l = find_loss(m, what);

	return l ? l->count : 0;
}

static const char *const reasons[] = {
#define X(E, name) name,
	GM_LOSSES(X)
#undef X
	"program_skipped", "walk_failed", "bad_record", "recording_incomplete",
};

/* Writes each reason from the start, as 0: the first loss would otherwise not be an increase of an existing series. */
static void lost(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int i = 0; i < GM_ARRAY_SIZE(reasons); i++)
		if (i >= GM_LOSS_NR || !(GM_LOSSES_WITHHELD >> i & 1))
			gm_metric_add(c, f, (double)loss_of(c->m, reasons[i]), "reason", reasons[i], NULL);
}

/* Writes each kind from the start, as 0. Fault events have a ring of their own. */
static void lost_events(struct gm_collect *c, const struct gm_family *f)
{
	const struct gm_loss *l = find_loss(c->m, reasons[GM_LOSS_RING]);

	for (uint32_t kind = GM_K_EVENT_FIRST; kind < GM_K_MAX; kind++)
		if (gm_kind_name(kind) && kind != GM_K_FAULT)
			gm_metric_add(c, f, l ? (double)l->kinds[kind - GM_K_EVENT_FIRST].count : 0, "kind",
				      gm_kind_name(kind), NULL);
}

static void withheld(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int i = 0; i < GM_LOSS_NR; i++)
		if (GM_LOSSES_WITHHELD >> i & 1)
			gm_metric_add(c, f, (double)loss_of(c->m, reasons[i]), "reason", reasons[i], NULL);
}

/* ---- what it costs, and whom it serves: a number of struct gm_self each ---- */

#define SELF_FAMILY(name, condition) \
	static void name(struct gm_collect *c, const struct gm_family *f) \
	{ if (condition) gm_metric_add(c, f, (double)c->self->name, NULL); }
SELF_FAMILY(samples, true)
SELF_FAMILY(sample_seconds, true)
static void part_seconds(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int i = 0; i < c->self->parts_nr; i++)
		gm_metric_add(c, f, (double)c->self->parts[i].ns / 1e9, "part", c->self->parts[i].name, NULL);
}

static void part_success(struct gm_collect *c, const struct gm_family *f)
{
	for (unsigned int i = 0; i < c->self->parts_nr; i++)
		gm_metric_add(c, f, !c->self->parts[i].failed, "part", c->self->parts[i].name, NULL);
}

SELF_FAMILY(cpu_seconds, true)
SELF_FAMILY(resident_bytes, c->self->resident_bytes)
SELF_FAMILY(virtual_bytes, c->self->virtual_bytes)
SELF_FAMILY(start_seconds, c->self->start_seconds > 0)
SELF_FAMILY(open_fds, c->self->open_fds)
SELF_FAMILY(max_fds, c->self->max_fds)
SELF_FAMILY(connections, c->self->serves)
SELF_FAMILY(requests, c->self->serves)
SELF_FAMILY(evicted, c->self->serves)
SELF_FAMILY(push_sent, c->self->pushes)
SELF_FAMILY(push_failed, c->self->pushes)
SELF_FAMILY(push_dropped, c->self->pushes)
SELF_FAMILY(push_queued, c->self->pushes)

/* ---- its programs ---- */

/* Writes whether the kernel keeps statistics. The sysctl may be turned off: sums then stop increasing. */
static void stats_enabled(struct gm_collect *c, const struct gm_family *f)
{
	bool kept = false;

	for (size_t i = 0; i < c->m->progs.nr; i++)
		kept |= ((const struct gm_prog *)c->m->progs.at[i])->rec.stats == GM_YES;
	if (c->m->progs.nr)
		gm_metric_add(c, f, kept, NULL);
}

/*
 * Writes a field of each program. counted: only of programs whose runs the kernel counts or counted before; 0 would be
 * wrong for others.
 */
static void add_programs(struct gm_collect *c, const struct gm_family *f, size_t field, double unit, bool counted)
{
	for (size_t i = 0; i < c->m->progs.nr; i++) {
		const struct gm_rec_prog *p = &((const struct gm_prog *)c->m->progs.at[i])->rec;

		if (!counted || p->runs || p->stats == GM_YES)
			gm_metric_add(c, f, (double)*(const __u64 *)((const char *)p + field) / unit, "program",
				      p->name, NULL);
	}
}

static void prog_seconds(struct gm_collect *c, const struct gm_family *f)
{
	add_programs(c, f, offsetof(struct gm_rec_prog, run_ns), 1e9, true);
}
static void prog_runs(struct gm_collect *c, const struct gm_family *f)
{
	add_programs(c, f, offsetof(struct gm_rec_prog, runs), 1, true);
}
static void prog_skipped(struct gm_collect *c, const struct gm_family *f)
{
	add_programs(c, f, offsetof(struct gm_rec_prog, skipped), 1, false);
}

const struct gm_family gm_self_families[] = {
	{ "gmem_exporter_build", GM_INFO, "", "The exporter's version, and the revision of its source.",
	  "version, revision", "1", "exporter", false, build },
	{ "gmem_probe_attached", GM_GAUGE, "",
	  "Whether the probe is attached. Nothing works without those of class required.",
	  "probe, class", "one a probe", "gmemcheck(8)", false, probe_attached },
	{ "gmem_probe", GM_INFO, "", "By which hook the probe observes, or why not.", "probe, state, hook, reason",
	  "one a probe",
	  "gmemcheck(8)", false, probe_info },
	{ "gmem_records_lost", GM_COUNTER, "",
	  "Records that did not arrive: counts of single calls are too low by as many. walk_failed: scans that "
	  "failed, sizes are stale.", "reason",
	  "one a reason, 15 at most", "kernel side", false, lost },
	{ "gmem_events_lost", GM_COUNTER, "",
	  "Events dropped because the kernel's ring was full (reason ring_full), by kind. Calls are dropped "
	  "first, events of VMs and files last.", "kind",
	  "one a kind, 15 at most", "kernel side", false, lost_events },
	{ "gmem_records_withheld", GM_COUNTER, "", "Records kept back on purpose, by a limit or a sample.", "reason",
	  "1", "kernel side", false, withheld },
	{ "gmem_exporter_looks", GM_COUNTER, "", "Samples taken of the kernel's state.", "", "1", "exporter",
	  false, samples },
	{ "gmem_exporter_look_duration_seconds", GM_GAUGE, "seconds", "How long the last sample took.", "", "1",
	  "exporter", false, sample_seconds },
	{ "gmem_exporter_part_duration_seconds", GM_GAUGE, "seconds",
	  "How long each part of the last sample took; of tasks, whose descriptors are not read in each sample: the "
	  "last time.", "part", "5", "exporter", false, part_seconds },
	{ "gmem_exporter_part_success", GM_GAUGE, "", "Whether that part of the last sample succeeded.", "part", "5",
	  "exporter", false, part_success },
	{ "gmem_bpf_statistics_enabled", GM_GAUGE, "",
	  "Whether the kernel keeps statistics of BPF programs now (--bpf-stats, or kernel.bpf_stats_enabled).",
	  "", "1", "kernel", false, stats_enabled },
	{ "gmem_bpf_program_run_seconds", GM_COUNTER, "seconds",
	  "Time spent in the exporter's programs while statistics were kept.", "program",
	  "one a program", "kernel", false, prog_seconds },
	{ "gmem_bpf_program_runs", GM_COUNTER, "", "Runs of the exporter's programs while statistics were kept.",
	  "program", "one a program",
	  "kernel", false, prog_runs },
	{ "gmem_bpf_program_skipped", GM_COUNTER, "",
	  "Runs that the kernel skipped, because the same program was running on that CPU.", "program",
	  "one a program", "kernel", false, prog_skipped },
	{ "gmem_exporter_connections", GM_GAUGE, "", "HTTP connections open now.", "", "1", "exporter", false,
	  connections },
	{ "gmem_exporter_requests", GM_COUNTER, "", "HTTP requests answered.", "", "1", "exporter", false, requests },
	{ "gmem_exporter_evicted_connections", GM_COUNTER, "",
	  "HTTP connections closed because they were too slow, or idle while other clients waited.",
	  "", "1", "exporter", false, evicted },
	{ "gmem_exporter_otlp_batches_sent", GM_COUNTER, "", "OTLP batches that the receiver accepted.", "", "1",
	  "exporter", false, push_sent },
	{ "gmem_exporter_otlp_failures", GM_COUNTER, "", "Attempts to send an OTLP batch that failed.", "", "1",
	  "exporter", false, push_failed },
	{ "gmem_exporter_otlp_batches_dropped", GM_COUNTER, "", "OTLP batches dropped.", "", "1", "exporter", false,
	  push_dropped },
	{ "gmem_exporter_otlp_batches_queued", GM_GAUGE, "", "OTLP batches waiting to be sent.", "", "1", "exporter",
	  false,
	  push_queued },
	{ "process_cpu_seconds", GM_COUNTER, "seconds", "Total user and system CPU time spent in seconds.", "", "1",
	  "kernel", false, cpu_seconds },
	{ "process_resident_memory_bytes", GM_GAUGE, "bytes", "Resident memory size in bytes.", "", "1", "kernel",
	  false, resident_bytes },
	{ "process_virtual_memory_bytes", GM_GAUGE, "bytes", "Virtual memory size in bytes.", "", "1", "kernel",
	  false, virtual_bytes },
	{ "process_start_time_seconds", GM_GAUGE, "seconds", "Start time of the process since unix epoch in seconds.",
	  "", "1", "kernel", false,
	  start_seconds },
	{ "process_open_fds", GM_GAUGE, "", "Number of open file descriptors.", "", "1", "kernel", false, open_fds },
	{ "process_max_fds", GM_GAUGE, "", "Maximum number of open file descriptors.", "", "1", "kernel", false,
	  max_fds },
};
const unsigned int gm_self_families_nr = GM_ARRAY_SIZE(gm_self_families);
