// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* metrics_machine.c - the machines' families: each is one pass over the rows, with "other" last. */
#include "exporter/metrics_int.h"
#include "model/observe.h"

#include <stdio.h>

typedef void (*row_fn)(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row);

/* Calls fn for each row. Sums of a machine began when it was first seen. */
static void for_each_row(struct gm_collect *c, const struct gm_family *f, row_fn fn, bool with_other)
{
	struct gm_mrow other;

	for (size_t i = 0; i < c->mx->rows.nr; i++) {
		const struct gm_mrow *row = c->mx->rows.at[i];

		if (row->folded || row->hidden || !row->label[0])
			continue;
		c->created_ns = gm_realtime_of(c->m, row->first_ns);
		fn(c, f, row);
	}
	if (!with_other || !c->mx->ever_folded)
		return;
	gm_metrics_overflow_row(c->mx, &other);
	c->created_ns = gm_realtime_of(c->m, c->m->first_ns);
	fn(c, f, &other);
}

/* ---- names ---- */

static void put_info(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	char pid[12] = "";

	if (row->tgid)
		snprintf(pid, sizeof(pid), "%u", gm_pid(row->tgid));
	gm_metric_add(c, f, 1, "machine", row->label, "name", row->name, "key", row->key, "pid", pid, "comm", row->comm,
		      NULL);
}

/* ---- now ---- */

/* Return true if the machine's memory is unknown, because files or VMs are not tracked. */
static bool is_partial(const struct gm_mrow *row)
{
	return row->untracked || row->lacks_vms;
}

static void put_memory(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	char node[12];

	if (is_partial(row))
		return;
	for (unsigned int s = 0; s < GM_MEM_STATES; s++)
		for (unsigned int n = 0; n < GM_MEM_NODES; n++) {
			uint64_t pages = row->mem.pages[s][n];

			/* always write bound on node 0: a machine without pages has 0 pages, not no value */
			if (!pages && (s != GM_MEM_BOUND || n))
				continue;
			if (n == GM_MEM_NODES - 1)
				snprintf(node, sizeof(node), "unknown");
			else
				snprintf(node, sizeof(node), "%u", n);
			gm_metric_add(c, f, (double)(pages * c->m->meta.page_size), "machine", row->label, "state",
				      gm_mem_state_names[s], "node", node, NULL);
		}
}

static void put_node_error(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (c->m->meta.nodes > 1 && !is_partial(row))
		gm_metric_add(c, f, (double)(row->mem.nodes_error * c->m->meta.page_size), "machine", row->label, NULL);
}

static void put_attributes(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	const struct gm_halves *h = &row->halves;

	if (!h->known || h->partial)
		return;
	gm_metric_add(c, f, (double)(h->private_pages * c->m->meta.page_size), "machine", row->label, "attribute",
		      "private", NULL);
	gm_metric_add(c, f, (double)(h->shared_pages * c->m->meta.page_size), "machine", row->label, "attribute",
		      "shared", NULL);
}

static void put_left(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (row->halves.any && row->halves.known && !row->halves.partial)
		gm_metric_add(c, f, (double)(row->halves.left_pages * c->m->meta.page_size), "machine", row->label,
			      NULL);
}

static void put_twice(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	const struct gm_halves *h = &row->halves;

	if (h->any && h->known && !h->partial && h->twice_known && !h->twice_partial)
		gm_metric_add(c, f, (double)(h->twice_pages * c->m->meta.page_size), "machine", row->label, NULL);
}

static void put_size(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (!is_partial(row))
		gm_metric_add(c, f, (double)row->mem.size_bytes, "machine", row->label, NULL);
}

/* Replaces the machine's memory, which is then unknown. */
static void put_untracked(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (row->untracked)
		gm_metric_add(c, f, (double)row->untracked, "machine", row->label, NULL);
}

/* The number of such VMs is unknown. */
static void put_untracked_vms(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (row->lacks_vms)
		gm_metric_add(c, f, 1, "machine", row->label, NULL);
}

static void put_bindings(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	gm_metric_add(c, f, (double)row->bindings, "machine", row->label, NULL);
}

static void put_vms(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (!row->lacks_vms)
		gm_metric_add(c, f, (double)row->vms, "machine", row->label, NULL);
}

/* ---- sums ---- */

static void put_allocated(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (!row->uncounted)
		gm_metric_add(c, f, (double)(row->sums.allocated_pages * c->m->meta.page_size), "machine", row->label,
			      NULL);
}

static void put_freed(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (!row->uncounted)
		gm_metric_add(c, f, (double)(row->sums.freed_pages * c->m->meta.page_size), "machine", row->label,
			      NULL);
}

/* Return true if the phase ever occurred on this host. A phase that never did would only add two series per machine. */
static bool has_phase_occurred(const struct gm_model *m, unsigned int p)
{
	return m->total[p] && m->total[p]->count;
}

static void put_phase_seconds(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		if (has_phase_occurred(c->m, p))
			gm_metric_add(c, f, (double)row->sums.sum_ns[p] / 1e9, "machine", row->label, "phase",
				      gm_phase_name(p), NULL);
}

static void put_phase_operations(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		if (has_phase_occurred(c->m, p))
			gm_metric_add(c, f, (double)row->sums.count[p], "machine", row->label, "phase",
				      gm_phase_name(p), NULL);
}

static void put_reboots(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	for (unsigned int s = 0; s < GM_REBOOT_STYLES; s++)
		if (gm_reboot_style_is_reboot(s) && (s != GM_REBOOT_UNKNOWN || row->sums.episodes[s]))
			gm_metric_add(c, f, (double)row->sums.episodes[s], "machine", row->label, "style",
				      gm_reboot_style_name(s), NULL);
}

/* ---- the last reboot ---- */

static void put_last_duration(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (row->last.id)
		gm_metric_add(c, f, (double)row->last.wall_ns / 1e9, "machine", row->label, NULL);
}

static void put_last_end(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	uint64_t real = gm_realtime_of(c->m, row->last.end_ns);

	if (row->last.id && real)
		gm_metric_add(c, f, (double)real / 1e9, "machine", row->label, NULL);
}

static void put_last_side(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row, const char *side,
			  const uint64_t *ns)
{
	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		if (ns[i])
			gm_metric_add(c, f, (double)ns[i] / 1e9, "machine", row->label, "side", side, "phase",
				      gm_line_name(i), NULL);
}

static void put_last_phases(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	if (!row->last.id)
		return;
	put_last_side(c, f, row, "old", row->last.old_ns);
	put_last_side(c, f, row, "new", row->last.new_ns);
	for (unsigned int i = 0; i < GM_ARRAY_SIZE(row->last.rest_ns); i++)
		if (row->last.rest_ns[i])
			gm_metric_add(c, f, (double)row->last.rest_ns[i] / 1e9, "machine", row->label, "side",
				      "neither", "phase", gm_reboot_rest_name(i), NULL);
}

static void put_last_saving(struct gm_collect *c, const struct gm_family *f, const struct gm_mrow *row)
{
	static const char *const bounds[] = { "low", "mid", "high" };

	for (unsigned int b = 0; b < GM_ARRAY_SIZE(bounds) && row->last.id && row->last.saving_known; b++)
		gm_metric_add(c, f, row->last.saving_s[b], "machine", row->label, "bound", bounds[b], NULL);
}

/* ---- the families: each calls its function for each row ---- */

#define ROW_FAMILY(name, with_other) \
	static void name(struct gm_collect *c, const struct gm_family *f) \
	{ for_each_row(c, f, put_##name, with_other); }
ROW_FAMILY(info, false)
ROW_FAMILY(memory, true)
ROW_FAMILY(node_error, true)
ROW_FAMILY(size, true)
ROW_FAMILY(attributes, false)
ROW_FAMILY(twice, false)
ROW_FAMILY(left, false)
ROW_FAMILY(untracked, true)
ROW_FAMILY(untracked_vms, true)
ROW_FAMILY(bindings, true)
ROW_FAMILY(vms, true)
ROW_FAMILY(phase_seconds, true)
ROW_FAMILY(phase_operations, true)
ROW_FAMILY(last_duration, false)
ROW_FAMILY(last_end, false)
ROW_FAMILY(last_phases, false)
ROW_FAMILY(last_saving, false)

static void allocated(struct gm_collect *c, const struct gm_family *f)
{
	if (!gm_model_uncounted(c->m))
		for_each_row(c, f, put_allocated, true);
}

static void freed(struct gm_collect *c, const struct gm_family *f)
{
	if (!gm_model_uncounted(c->m))
		for_each_row(c, f, put_freed, true);
}

static void reboots(struct gm_collect *c, const struct gm_family *f)
{
	if (gm_model_episodes(c->m))
		for_each_row(c, f, put_reboots, true);
}

static void folded(struct gm_collect *c, const struct gm_family *f)
{
	gm_metric_add(c, f, c->mx->folded, NULL);
}

const struct gm_family gm_machine_families[] = {
	{ "gmem_machine", GM_INFO, "",
	  "Identity of the machine. Its label machine is its name, with a hash of its key where two machines "
	  "have one name or the name is long.",
	  "machine, name, key, pid, comm", "1 a machine", "/proc", false, info },
	{ "gmem_machine_memory_bytes", GM_GAUGE, "bytes",
	  "The machine's resident guest memory; states as in gmem_memory_bytes.",
	  "machine, state, node", "1 to 3 x nodes a machine", "iterators", false, memory },
	{ "gmem_machine_memory_node_error_bytes", GM_GAUGE, "bytes",
	  "By how much the machine's figure of each node may be wrong; see gmem_memory_node_error_bytes.", "machine",
	  "1 a machine; 0 with one node",
	  "iterators", false, node_error },
	{ "gmem_machine_memory_size_bytes", GM_GAUGE, "bytes", "Size of the machine's guest_memfd inodes.", "machine",
	  "1 a machine", "iterators",
	  false, size },
	{ "gmem_machine_attribute_bytes", GM_GAUGE, "bytes",
	  "Guest memory in slots with guest_memfd, by KVM's memory attribute: private or shared. No series while a "
	  "machine's attributes are first read.",
	  "machine, attribute", "2 a machine", "attributes", false, attributes },
	{ "gmem_machine_held_twice_bytes", GM_GAUGE, "bytes",
	  "Private memory at whose guest addresses the VM's process has other memory in its page tables as well.",
	  "machine", "1 a machine with private memory", "attributes", false, twice },
	{ "gmem_machine_left_shared_bytes", GM_GAUGE, "bytes",
	  "Memory that is still in guest_memfd although a conversion made it shared.",
	  "machine", "1 a machine with private memory", "attributes", false, left },
	{ "gmem_machine_untracked_files", GM_GAUGE, "",
	  "Lower bound of the machine's guest_memfd files that are not tracked, because a user's share is used "
	  "up. Its memory is unknown, and has no series.", "machine",
	  "1 a machine with such files", "iterators", false, untracked },
	{ "gmem_machine_untracked_vms", GM_GAUGE, "",
	  "1: VMs of the machine's process are not tracked, because a user's share is used up. Its memory and "
	  "its number of VMs are unknown, and have no series.", "machine",
	  "1 a machine with such VMs", "iterators", false, untracked_vms },
	{ "gmem_machine_bindings", GM_GAUGE, "", "Memslots that the machine's guest memory is bound to.", "machine",
	  "1 a machine",
	  "bind, unbind or iterators", false, bindings },
	{ "gmem_machine_vms", GM_GAUGE, "", "Live struct kvms of the machine: 2 during some reboots and migrations.",
	  "machine", "1 a machine",
	  "iterators", false, vms },
	{ "gmem_machine_allocated_bytes", GM_COUNTER, "bytes", "Guest memory allocated for the machine.", "machine",
	  "1 a machine",
	  "page_add, page_delete", true, allocated },
	{ "gmem_machine_freed_bytes", GM_COUNTER, "bytes", "Guest memory of the machine freed.",
	  "machine", "1 a machine",
	  "page_add, page_delete", true, freed },
	{ "gmem_machine_phase_seconds", GM_COUNTER, "seconds",
	  "Time in each phase that occurred on this host, exclusive of nested phases.",
	  "machine, phase", "up to 19 a machine", "docs/phases.md", true, phase_seconds },
	{ "gmem_machine_phase_operations", GM_COUNTER, "",
	  "Operations in each phase: the count to gmem_machine_phase_seconds.",
	  "machine, phase",
	  "up to 19 a machine", "docs/phases.md", true, phase_operations },
	{ "gmem_machine_reboots", GM_COUNTER, "", "Finished reboots, by style.", "machine, style",
	  "4 a machine; style unknown where samples found one",
	  "docs/reboot.md", true, reboots },
	{ "gmem_machine_last_reboot_duration_seconds", GM_GAUGE, "seconds",
	  "Wall clock time of the machine's last reboot.", "machine",
	  "1 a machine that rebooted", "docs/reboot.md", false, last_duration },
	{ "gmem_machine_last_reboot_timestamp_seconds", GM_GAUGE, "seconds",
	  "When the machine's last reboot ended.", "machine",
	  "1 a machine that rebooted",
	  "docs/reboot.md", false, last_end },
	{ "gmem_machine_last_reboot_phase_seconds", GM_GAUGE, "seconds",
	  "The last reboot's wall clock by phase, of the old VM, the new one, and neither. They add up to the "
	  "duration.",
	  "machine, side, phase", "up to 44, some 12, a machine that rebooted", "docs/reboot.md", false, last_phases },
	{ "gmem_machine_last_reboot_saving_seconds", GM_GAUGE, "seconds",
	  "What the last reboot would have saved by re-using its memory, on the wall clock: 95 % interval and middle.",
	  "machine, bound", "3 a machine that rebooted", "docs/reboot.md", false, last_saving },
	{ "gmem_exporter_folded_machines", GM_GAUGE, "",
	  "Machines without series of their own (--vm-limit): they are added up as machine=\"other\".",
	  "", "1", "exporter", false, folded },
};
const unsigned int gm_machine_families_nr = GM_ARRAY_SIZE(gm_machine_families);
