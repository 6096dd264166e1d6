// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * json_lines.c - the model as JSON lines: VMs, inodes, phases, probes and losses. The field names are a contract with
 * other programs (docs/json-schema.json, docs/json.md). What this host cannot show is null with the reason in "na",
 * never 0.
 */

#include <stdio.h>
#include "model/reboot.h"
#include "model/observe.h"
#include "report/json_lines_int.h"

void gm_line_begin(struct gm_json *j, struct gm_str *out, const char *type)
{
	gm_json_init(j, out);
	gm_json_obj(j, NULL);
	gm_json_str(j, "type", type);
}

void gm_line_yesno(struct gm_json *j, const char *key, uint32_t v)
{
	if (v == GM_UNKNOWN)
		gm_json_null(j, key);
	else
		gm_json_bool(j, key, v == GM_YES);
}

void gm_line_end(struct gm_json *j)
{
	gm_json_end_obj(j);
	gm_str_puts(j->out, "\n");
}

/* Write the error of node figures; exact figures have none. */
static void put_nodes_error(struct gm_json *j, const struct gm_model *m, const struct gm_mem *mem)
{
	static const char *const how[] = { [GM_NODES_EXACT] = "walk",
					   [GM_NODES_BOUND] = "bound",
					   [GM_NODES_AGED] = "aged",
					   [GM_NODES_SAMPLE] = "sample" };

	if (!mem->nodes_error)
		return;
	gm_json_u64(j, "nodes_error_bytes", mem->nodes_error * m->meta.page_size);
	gm_json_str(j, "nodes_how", how[mem->nodes_how]);
}

static void put_nodes(struct gm_json *j, const struct gm_model *m, const struct gm_mem *mem)
{
	const uint64_t *pages = mem->node_pages;
	char key[8];

	if (!mem->nodes_known || mem->untracked) {
		gm_json_null(j, "nodes");
		return;
	}
	gm_json_obj(j, "nodes");
	for (unsigned int i = 0; i < GM_NODES_MAX; i++) {
		if (i >= m->meta.nodes && !pages[i])
			continue;
		snprintf(key, sizeof(key), "%u", i);
		gm_json_u64(j, key, pages[i] * m->meta.page_size);
	}
	gm_json_end_obj(j);
	put_nodes_error(j, m, mem);
}

static void put_moved(struct gm_json *j, const char *na, uint64_t allocated, uint64_t freed)
{
	if (na) {
		gm_json_null(j, "allocated_pages");
		gm_json_null(j, "freed_pages");
		gm_json_str(j, "na", na);
		return;
	}
	gm_json_u64(j, "allocated_pages", allocated);
	gm_json_u64(j, "freed_pages", freed);
}

void gm_line_totals_partial(struct gm_json *j, const struct gm_model *m)
{
	if (gm_model_vms_partial(m))
		gm_json_str(j, "vms_partial", gm_model_vms_partial(m));
	if (gm_model_mem_partial(m) && gm_model_mem_partial(m) != m->tasks_na)
		gm_json_str(j, "memory_partial", gm_model_mem_partial(m));
}

static unsigned int live_files(const struct gm_vm *vm)
{
	unsigned int n = 0;

	for (size_t i = 0; i < vm->files.nr; i++)
		n += !((const struct gm_file *)vm->files.at[i])->dead_ns;
	return n;
}

static void put_reboots(struct gm_json *j, const struct gm_model *m, uint64_t nr)
{
	if (gm_reboots_are_known(m, nr))
		gm_json_u64(j, "machine_reboots", nr);
	else
		gm_json_null(j, "machine_reboots");
}

static void put_faults(struct gm_json *j, const struct gm_model *m, const struct gm_vm *vm)
{
	struct gm_sight s = gm_vm_faults_sight(m, vm);

	if (s.seen == GM_SEEN_NONE)
		gm_json_null(j, "faults");
	else
		gm_json_u64(j, "faults", vm->faults);
	gm_line_sight(j, s, "faults_");
}

static void put_known(struct gm_json *j, const char *key, bool known, uint64_t value)
{
	if (known)
		gm_json_u64(j, key, value);
	else
		gm_json_null(j, key);
}

static uint64_t bytes(const struct gm_model *m, uint64_t pages)
{
	return pages * m->meta.page_size;
}

/* Write private and shared memory: figures that grow while it is first read have names of their own. */
static void put_halves(struct gm_json *j, const struct gm_model *m, const struct gm_halves *h)
{
	bool exact = h->known && !h->partial;

	put_known(j, "private_bytes", exact, bytes(m, h->private_pages));
	put_known(j, "shared_bytes", exact, bytes(m, h->shared_pages));
	put_known(j, "left_shared_bytes", exact, bytes(m, h->left_pages));
	put_known(j, "held_twice_bytes", exact && h->twice_known && !h->twice_partial, bytes(m, h->twice_pages));
	if (h->known && h->partial) {
		gm_json_u64(j, "private_min_bytes", bytes(m, h->private_pages));
		gm_json_u64(j, "shared_min_bytes", bytes(m, h->shared_pages));
	}
	if (h->twice_known && h->twice_partial)
		gm_json_u64(j, "held_twice_min_bytes", bytes(m, h->twice_pages));
	if (h->aged)
		gm_json_bool(j, "attributes_aged", true);
	if (h->why)
		gm_json_str(j, "attributes_na", h->why);
	else if (h->twice_why)
		gm_json_str(j, "held_twice_na", h->twice_why);
}

/* Write lower bounds for a VM with untracked files: the memory of its tracked files. */
static void put_untracked(struct gm_json *j, const struct gm_model *m, const struct gm_vm *vm, const struct gm_mem *mem)
{
	gm_json_str(j, "memory_na", gm_vm_untracked(vm));
	gm_json_u64(j, "size_min_bytes", mem->size_bytes);
	gm_json_u64(j, "resident_min_bytes", mem->resident_pages * m->meta.page_size);
	gm_json_u64(j, "files_min", (uint64_t)live_files(vm) + vm->untracked);
}

static void put_vm(struct gm_str *out, const struct gm_model *m, const struct gm_vm *vm)
{
	struct gm_halves halves;
	struct gm_mem mem;
	struct gm_json j;

	gm_vm_mem(vm, &mem);
	gm_vm_halves(m, vm, &halves);
	gm_line_begin(&j, out, "vm");
	gm_json_u64(&j, "vm", vm->id);
	gm_json_str(&j, "machine", gm_vm_machine_name(vm));
	gm_json_str(&j, "machine_key", vm->machine->key);
	put_reboots(&j, m, gm_machine_reboots(vm->machine));
	gm_json_u64(&j, "pid", gm_pid(vm->tgid));
	gm_json_bool(&j, "alive", !vm->dead_ns);
	put_known(&j, "size_bytes", !mem.untracked, mem.size_bytes);
	put_known(&j, "resident_bytes", !mem.untracked, mem.resident_pages * m->meta.page_size);
	put_known(&j, "resident_pages", !mem.untracked, mem.resident_pages);
	put_nodes(&j, m, &mem);
	put_halves(&j, m, &halves);
	put_moved(&j, gm_vm_uncounted(m, vm), vm->counts.allocated_pages, vm->counts.freed_pages);
	put_known(&j, "files", !mem.untracked, live_files(vm));
	if (mem.untracked)
		put_untracked(&j, m, vm, &mem);
	gm_json_u64(&j, "bindings", vm->bindings.nr);
	if (vm->scan_partial && !vm->dead_ns)
		gm_json_str(&j, "bindings_partial", "its memslots changed during each try to scan them");
	gm_json_u64(&j, "vcpus", vm->vcpus);
	put_faults(&j, m, vm);
	gm_json_u64(&j, "born_ns", vm->born_ns);
	gm_json_bool(&j, "old", vm->old);
	gm_line_end(&j);
}

void gm_json_vms(struct gm_str *out, const struct gm_model *m, const char *want)
{
	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];

		if (!vm->before && gm_vm_matches(vm, want))
			put_vm(out, m, vm);
	}
}

static void put_pin(struct gm_json *j, const struct gm_model *m, const struct gm_pin *pin)
{
	gm_json_obj(j, NULL);
	gm_json_str(j, "what", gm_pin_name(pin->what) ? gm_pin_name(pin->what) : "unknown");
	gm_json_u64(j, "pid", gm_pid(pin->tgid));
	if (pin->fd >= 0)
		gm_json_s64(j, "fd", pin->fd);
	if (pin->what == GM_PIN_MAPPING) {
		gm_json_u64(j, "pages", pin->npages);
		gm_json_u64(j, "size_bytes", pin->npages * m->meta.page_size);
	}
	gm_json_str(j, "comm", pin->comm);
	gm_json_end_obj(j);
}

static void put_orphan(struct gm_json *j, const struct gm_model *m, const struct gm_inode *in)
{
	if (m->tasks_na) {
		gm_json_null(j, "orphan");
		gm_json_str(j, "orphan_na", m->tasks_na);
	} else {
		gm_json_bool(j, "orphan", gm_inode_is_orphan(m, in));
	}
}

static void put_inode(struct gm_str *out, const struct gm_model *m, const struct gm_inode *in)
{
	struct gm_mem mem = { .nodes_known = true };
	struct gm_json j;

	gm_mem_add(&mem, in);
	gm_line_begin(&j, out, "inode");
	gm_json_u64(&j, "inode", in->id);
	gm_json_u64(&j, "vm", in->vm ? in->vm->id : 0);
	gm_json_str(&j, "machine", gm_vm_machine_name(in->vm));
	gm_json_u64(&j, "ino", in->ino);
	gm_json_bool(&j, "alive", !in->dead_ns);
	gm_json_u64(&j, "size_bytes", in->size_bytes);
	gm_json_u64(&j, "resident_bytes", in->resident_pages * m->meta.page_size);
	gm_json_u64(&j, "resident_pages", in->resident_pages);
	put_nodes(&j, m, &mem);
	put_moved(&j, in->counted ? NULL : gm_uncounted_why(m), in->allocated_pages, in->freed_pages);
	gm_json_u64(&j, "gmem_flags", in->gmem_flags);
	put_orphan(&j, m, in);
	gm_json_u64(&j, "born_ns", in->born_ns);
	gm_json_bool(&j, "old", in->old);
	gm_json_arr(&j, "pins");
	for (size_t i = 0; i < in->pins.nr; i++)
		put_pin(&j, m, in->pins.at[i]);
	gm_json_end_arr(&j);
	gm_line_end(&j);
}

void gm_json_inodes(struct gm_str *out, const struct gm_model *m, const char *want)
{
	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];

		if (!in->before && gm_inode_matches(in, want))
			put_inode(out, m, in);
	}
}

static void put_buckets(struct gm_json *j, const struct gm_hist *h)
{
	char key[16];

	gm_json_obj(j, "buckets");
	for (unsigned int s = 0; s < GM_HIST_SLOTS; s++) {
		if (!h->slot[s])
			continue;
		if (s == 0)
			gm_json_u64(j, "underflow", h->slot[s]);
		else if (s == GM_HIST_SLOTS - 1)
			gm_json_u64(j, "overflow", h->slot[s]);
		else if (snprintf(key, sizeof(key), "%d", GM_HIST_PROM_OF_SLOT(s)) > 0)
			gm_json_u64(j, key, h->slot[s]);
	}
	gm_json_end_obj(j);
}

/* Return true if the parts were recorded; older recordings have none. */
static bool has_parts(const struct gm_split *split, unsigned int phase)
{
	for (unsigned int p = 0; gm_phase_is_fault_kind(phase) && p < GM_PART_NR; p++)
		if (split->part_ns[GM_FAULT_KIND_OF(phase)][p])
			return true;
	return false;
}

void gm_line_split(struct gm_json *j, const struct gm_split *split, unsigned int phase)
{
	char key[24];

	if (!has_parts(split, phase))
		return;
	gm_json_obj(j, "split");
	for (unsigned int p = 0; p < GM_PART_NR; p++) {
		snprintf(key, sizeof(key), "%s_ns", gm_part_name(p));
		gm_json_u64(j, key, split->part_ns[GM_FAULT_KIND_OF(phase)][p]);
	}
	gm_json_end_obj(j);
}

/* Write a time; null if no operation was timed. */
static void put_timed(struct gm_json *j, const char *key, const struct gm_hist *h, uint64_t ns)
{
	if (h->count)
		gm_json_u64(j, key, ns);
	else
		gm_json_null(j, key);
}

static void put_numbers(struct gm_json *j, const struct gm_hist *h)
{
	gm_json_u64(j, "count", gm_hist_total(h));
	gm_json_u64(j, "timed", h->count);
	gm_json_u64(j, "sum_ns", h->sum_ns);
	put_timed(j, "min_ns", h, h->min_ns);
	put_timed(j, "max_ns", h, h->max_ns);
	put_timed(j, "p50_ns", h, gm_hist_quantile(h, 0.5));
	put_timed(j, "p90_ns", h, gm_hist_quantile(h, 0.9));
	put_timed(j, "p99_ns", h, gm_hist_quantile(h, 0.99));
	put_timed(j, "p999_ns", h, gm_hist_quantile(h, 0.999));
	gm_json_u64(j, "schema", GM_HIST_SCHEMA);
	put_buckets(j, h);
}

void gm_line_phase(struct gm_str *out, const struct gm_model *m, unsigned int phase, const struct gm_hist *h,
		   const struct gm_split *split, const struct gm_line_of *of)
{
	struct gm_json j;

	gm_line_begin(&j, out, "phase");
	gm_json_str(&j, "phase", gm_phase_name(phase));
	gm_json_str(&j, "per", gm_phase_per(phase));
	if (of->has_vm)
		gm_json_u64(&j, "vm", of->vm);
	if (of->machine)
		gm_json_str(&j, "machine", of->machine);
	if (of->interval_ns)
		gm_json_u64(&j, "interval_ns", of->interval_ns);
	put_numbers(&j, h);
	gm_line_split(&j, split, phase);
	gm_line_sight(&j, gm_model_sight(m, phase), "");
	gm_line_end(&j);
}

void gm_line_phase_na(struct gm_str *out, unsigned int phase, const char *na)
{
	struct gm_json j;

	gm_line_begin(&j, out, "phase");
	gm_json_str(&j, "phase", gm_phase_name(phase));
	gm_json_str(&j, "per", gm_phase_per(phase));
	gm_json_str(&j, "na", na);
	gm_line_end(&j);
}

void gm_json_phases(struct gm_str *out, const struct gm_model *m, const char *want)
{
	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];
		const struct gm_line_of of = { .has_vm = true, .vm = vm->id, .machine = gm_vm_machine_name(vm) };

		for (unsigned int p = 0; p < GM_PHASE_NR && gm_vm_matches(vm, want); p++) {
			if (vm->phase[p] && gm_hist_total(vm->phase[p]))
				gm_line_phase(out, m, p, vm->phase[p], &vm->split, &of);
		}
	}
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		const char *na = gm_phase_no_data_why(m, p);

		if (na)
			gm_line_phase_na(out, p, na);
	}
}

static uint64_t count_alive_vms(const struct gm_model *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->vms.nr; i++)
		n += !((const struct gm_vm *)m->vms.at[i])->dead_ns;
	return n;
}

static uint64_t count_alive_inodes(const struct gm_model *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->inodes.nr; i++)
		n += !((const struct gm_inode *)m->inodes.at[i])->dead_ns;
	return n;
}

void gm_json_tick(struct gm_str *out, const struct gm_model *m)
{
	struct gm_json j;
	struct gm_mem mem;

	gm_model_mem(m, &mem);
	gm_line_begin(&j, out, "tick");
	gm_json_u64(&j, "tick", m->ticks);
	gm_json_u64(&j, "ts_ns", m->tick_ns);
	gm_json_u64(&j, "vms", count_alive_vms(m));
	gm_line_totals_partial(&j, m);
	gm_json_u64(&j, "inodes", count_alive_inodes(m));
	gm_json_u64(&j, "size_bytes", mem.size_bytes);
	gm_json_u64(&j, "resident_bytes", mem.resident_pages * m->meta.page_size);
	if (m->pins_ns)
		gm_json_u64(&j, "scanned_ns", m->pins_ns);
	else
		gm_json_null(&j, "scanned_ns");
	gm_line_end(&j);
}

void gm_json_programs(struct gm_str *out, const struct gm_model *m)
{
	for (size_t i = 0; i < m->progs.nr; i++) {
		const struct gm_rec_prog *p = &((const struct gm_prog *)m->progs.at[i])->rec;
		struct gm_json j;

		if (!p->insns)
			continue;
		gm_line_begin(&j, out, "program");
		gm_json_str(&j, "program", p->name);
		gm_json_u64(&j, "instructions", p->insns);
		gm_json_u64(&j, "states", p->states);
		gm_json_u64(&j, "peak_states", p->peak_states);
		gm_line_end(&j);
	}
}

/* Write the kinds of events that were lost, if known. */
static void put_loss_kinds(struct gm_json *j, const struct gm_loss *l)
{
	bool any = false;

	for (uint32_t i = 0; i < GM_ARRAY_SIZE(l->kinds); i++) {
		if (!l->kinds[i].count || !gm_kind_name(GM_K_EVENT_FIRST + i))
			continue;
		if (!any)
			gm_json_obj(j, "kinds");
		any = true;
		gm_json_u64(j, gm_kind_name(GM_K_EVENT_FIRST + i), l->kinds[i].count);
	}
	if (any)
		gm_json_end_obj(j);
}

void gm_json_losses(struct gm_str *out, const struct gm_model *m)
{
	for (size_t i = 0; i < m->losses.nr; i++) {
		const struct gm_loss *l = m->losses.at[i];
		struct gm_json j;

		if (!l->count) /* all losses were before the window began */
			continue;
		gm_line_begin(&j, out, "loss");
		gm_json_str(&j, "what", l->what);
		gm_json_u64(&j, "count", l->count);
		put_loss_kinds(&j, l);
		if (l->withheld)
			gm_json_bool(&j, "withheld", true);
		gm_line_end(&j);
	}
}
