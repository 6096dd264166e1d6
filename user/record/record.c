// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * record.c - checks records of untrusted input. Everything about kinds and phases is generated from the lists in
 * bpf/gm_wire.h; the rest is a table of texts and some bounds.
 */
#include "record/record.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include "base/hist.h"
#include "base/vec.h"

static const struct kind {
	const char *name;		/* NULL: no kind has this number */
	size_t size;
	int phase;
} kinds[GM_K_MAX] = {
#define X(E, n, type, nm, ph) [n] = { .name = nm, .size = sizeof(struct type), .phase = ph },
	GM_KINDS(X)
#undef X
};

#define X(E, n, type, nm, ph) \
	static_assert(sizeof(struct type) % 8 == 0 && sizeof(struct type) <= GM_REC_MAX, nm);
GM_KINDS(X)
#undef X

static const struct phase {
	const char *name, *per;
	bool hot;
} phases[GM_PHASE_NR] = {
#define X(E, n, nm, p, h) [n] = { .name = nm, .per = p, .hot = h },
	GM_PHASES(X)
#undef X
};

/* The texts in records. All events have the one in struct gm_ev, too. */
#define TEXT(k, type, field) { GM_K_##k, offsetof(struct type, field), sizeof(((struct type *)0)->field) }
static const struct text {
	unsigned int kind;
	size_t at, size;
} texts[] = {
	TEXT(META, gm_rec_meta, arch),
	TEXT(META, gm_rec_meta, release),
	TEXT(META, gm_rec_meta, tool),
	TEXT(META, gm_rec_meta, host),
	TEXT(META, gm_rec_meta, boot),
	TEXT(PROBE, gm_rec_probe, probe),
	TEXT(PROBE, gm_rec_probe, hook),
	TEXT(PROBE, gm_rec_probe, why),
	TEXT(PROBE, gm_rec_probe, unseen),
	TEXT(LOSS, gm_rec_loss, what),
	TEXT(PROC, gm_rec_proc, comm),
	TEXT(PROC, gm_rec_proc, cgroup),
	TEXT(PROC, gm_rec_proc, cmdline),
	TEXT(PROC, gm_rec_proc, cgroups),
	TEXT(PROC, gm_rec_proc, mapped),
	TEXT(PIN, gm_rec_pin, comm),
	TEXT(FAULT, gm_ev_fault, stack),
};

static const struct kind *kind_of(unsigned int kind)
{
	return kind < GM_K_MAX && kinds[kind].name ? &kinds[kind] : NULL;
}

static void terminate_texts(union gm_any *rec)
{
	size_t i;

	if (gm_kind_is_event(rec->h.kind))
		rec->ev.comm[sizeof(rec->ev.comm) - 1] = '\0';
	for (i = 0; i < GM_ARRAY_SIZE(texts); i++)
		if (texts[i].kind == rec->h.kind)
			((char *)rec)[texts[i].at + texts[i].size - 1] = '\0';
}

static __u32 known_or(__u32 v, __u32 last, __u32 otherwise)
{
	return v <= last ? v : otherwise;
}

/* Page sizes are 4 KiB to 64 KiB. Any other would be wrong, and some arithmetic divides by it. */
static void bound_meta(struct gm_rec_meta *m)
{
	if (m->page_size < 4096 || m->page_size > 65536 || (m->page_size & (m->page_size - 1)))
		m->page_size = 4096;
	m->nodes = known_or(m->nodes, GM_NODES_MAX, GM_NODES_MAX);
	m->mode = known_or(m->mode, GM_MODE_INVENTORY, GM_MODE_NONE);
	m->init_on_alloc = known_or(m->init_on_alloc, GM_YES, GM_UNKNOWN);
	m->init_on_free = known_or(m->init_on_free, GM_YES, GM_UNKNOWN);
	m->emulated = known_or(m->emulated, GM_YES, GM_UNKNOWN);
}

static void bound_probe(struct gm_rec_probe *p)
{
	p->state = known_or(p->state, GM_PROBE_RELEASED, GM_PROBE_ABSENT);
	p->cls = p->cls ? known_or(p->cls, GM_EXTRA, GM_EXTRA) : GM_EXTRA;
	p->phases &= (1u << GM_PHASE_NR) - 1;
	p->missing &= (1u << GM_PHASE_NR) - 1;
	p->partly &= p->phases;
}

static void bound_inode(struct gm_rec_inode *in)
{
	in->nodes_how = known_or(in->nodes_how, GM_NODES_SAMPLE, GM_NODES_AGED);
	if (in->nodes_error > in->resident_pages)
		in->nodes_error = in->resident_pages;
}

static void bound_attrs(struct gm_rec_attrs *a)
{
	a->how = known_or(a->how, GM_ATTRS_PART, GM_ATTRS_UNKNOWN);
	a->twice_how = known_or(a->twice_how, GM_TWICE_NO_SCAN, GM_TWICE_UNKNOWN);
	if (a->private_pages > a->pages)
		a->private_pages = a->pages;
}

static void bound_proc(struct gm_rec_proc *p)
{
	if (p->cmdline_len > sizeof(p->cmdline))
		p->cmdline_len = sizeof(p->cmdline);
}

static bool bound_hist(struct gm_rec_hist *h)
{
	__u32 i, nr = known_or(h->cells_nr, GM_HIST_CELLS, GM_HIST_CELLS), kept = 0;

	if (h->phase >= GM_PHASE_NR)
		return false;
	for (i = 0; i < nr; i++)
		if (h->cells[i].slot < GM_HIST_SLOTS)
			h->cells[kept++] = h->cells[i];
	memset(h->cells + kept, 0, (GM_HIST_CELLS - kept) * sizeof(h->cells[0]));
	h->cells_nr = kept;
	return true;
}

static bool bound_scan(const struct gm_rec_scan *s)
{
	return s->what >= GM_SCAN_OBJECTS && s->what <= GM_SCAN_BINDINGS && s->edge >= GM_SCAN_BEGIN &&
	       s->edge <= GM_SCAN_END;
}

static bool is_fault_kind(__u32 phase)
{
	return phase == GM_PHASE_GUEST_FAULT || phase == GM_PHASE_HOST_FAULT || phase == GM_PHASE_PREFAULT;
}

static void bound_prog(struct gm_rec_prog *p)
{
	p->name[sizeof(p->name) - 1] = '\0';
	if (p->stats > GM_YES)
		p->stats = GM_UNKNOWN;
}

/* Brings all fields within bounds. False: the record is useless. */
static bool bound_record(union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_META: bound_meta(&rec->as_META); return true;
	case GM_K_PROBE: bound_probe(&rec->as_PROBE); return true;
	case GM_K_PROC: bound_proc(&rec->as_PROC); return true;
	case GM_K_INODE: bound_inode(&rec->as_INODE); return true;
	case GM_K_ATTRS: bound_attrs(&rec->as_ATTRS); return true;
	case GM_K_PROG: bound_prog(&rec->as_PROG); return true;
	case GM_K_KEYFRAME:
		return rec->as_KEYFRAME.edge == GM_KEYFRAME_BEGIN || rec->as_KEYFRAME.edge == GM_KEYFRAME_END;
	case GM_K_SCAN: return bound_scan(&rec->as_SCAN);
	case GM_K_PIN: return rec->as_PIN.what >= GM_PIN_FD && rec->as_PIN.what <= GM_PIN_VCPU_MAPPING;
	case GM_K_HIST: return bound_hist(&rec->as_HIST);
	case GM_K_OPS: return rec->as_OPS.phase < GM_PHASE_NR;
	case GM_K_SPLIT: return is_fault_kind(rec->as_SPLIT.phase);
	case GM_K_CALLS: return gm_phase_is_summed(rec->as_CALLS.phase);
	case GM_K_FAULT: return is_fault_kind(rec->as_FAULT.phase);
	case GM_K_FALLOCATE:
	case GM_K_PUNCH:
		rec->as_PUNCH.call = known_or(rec->as_PUNCH.call, GM_CALL_NR - 1, GM_CALL_UNKNOWN);
		return true;
	default: return true;
	}
}

int gm_rec_check(const void *buf, size_t len, union gm_any *out)
{
	const struct kind *k;
	struct gm_rec h;
	size_t size;

	if (len < sizeof(h))
		return -EAGAIN;
	memcpy(&h, buf, sizeof(h));
	if (h.len < sizeof(h) || h.len > GM_REC_MAX || h.len % 8)
		return -EBADMSG;
	if (len < h.len)
		return -EAGAIN;
	k = kind_of(h.kind);
	size = !k ? sizeof(h) : h.len < k->size ? h.len : k->size;
	memcpy(out, buf, size);
	if (!k) {
		out->h.kind = 0;
		return (int)h.len;
	}
	memset((char *)out + size, 0, k->size - size);
	out->h.len = (__u32)k->size;
	terminate_texts(out);
	if (!bound_record(out))
		out->h.kind = 0;
	return (int)h.len;
}

size_t gm_rec_trim(const struct gm_rec *r)
{
	const char *p = (const char *)r;
	size_t len = r->len;
	uint64_t word;

	for (; len > sizeof(*r); len -= sizeof(word)) {
		memcpy(&word, p + len - sizeof(word), sizeof(word));
		if (word)
			break;
	}
	return len;
}

void gm_rec_hist_narrow(const struct gm_rec_hist *h, __u64 *min_ns, __u64 *max_ns)
{
	__u32 nr = h->cells_nr < GM_HIST_CELLS ? h->cells_nr : GM_HIST_CELLS, low = GM_HIST_SLOTS - 1, high = 0;
	__u64 lower, upper;

	for (__u32 i = 0; i < nr; i++) {
		__u32 slot = h->cells[i].slot;

		if (!h->cells[i].count || slot >= GM_HIST_SLOTS)
			continue;
		low = slot < low ? slot : low;
		high = slot > high ? slot : high;
	}
	lower = low ? gm_hist_upper_ns(low - 1) + 1 : 0;
	upper = gm_hist_upper_ns(high);
	*min_ns = *min_ns < lower ? lower : *min_ns;
	*max_ns = *max_ns > upper ? upper : *max_ns;
}

const char *gm_yesno_name(uint32_t v, const char *unknown)
{
	return v == GM_YES ? "yes" : v == GM_NO ? "no" : unknown;
}

const char *gm_kind_name(unsigned int kind)
{
	const struct kind *k = kind_of(kind);

	return k ? k->name : NULL;
}

size_t gm_kind_size(unsigned int kind)
{
	const struct kind *k = kind_of(kind);

	return k ? k->size : 0;
}

int gm_kind_phase(unsigned int kind)
{
	const struct kind *k = kind_of(kind);

	return k ? k->phase : -1;
}

const char *gm_phase_name(unsigned int phase)
{
	return phase < GM_PHASE_NR ? phases[phase].name : "?";
}

const char *gm_phase_per(unsigned int phase)
{
	return phase < GM_PHASE_NR ? phases[phase].per : "?";
}

const char *gm_part_name(unsigned int part)
{
	static const char *const names[GM_PART_NR] = {
#define X(E, n, name) [n] = name,
		GM_PARTS(X)
#undef X
	};

	return part < GM_PART_NR ? names[part] : "?";
}

bool gm_phase_is_fault_kind(unsigned int phase)
{
	return is_fault_kind(phase);
}

bool gm_phase_is_summed(unsigned int phase)
{
	return phase == GM_PHASE_ZAP || (phase >= GM_PHASE_FALLOCATE && phase <= GM_PHASE_CONVERT);
}
_Static_assert(GM_PHASE_CONVERT - GM_PHASE_FALLOCATE + 2 == GM_CALL_PHASES, "as GM_CALLS_PHASE() numbers them");

bool gm_phase_has_vm_hist(unsigned int phase)
{
	return phase < GM_PHASE_NR && phases[phase].hot;
}

int gm_phase_by_name(const char *name)
{
	int i;

	for (i = 0; i < GM_PHASE_NR; i++)
		if (!strcmp(phases[i].name, name))
			return i;
	return -1;
}

static const char *name_in(const char *const *names, size_t nr, unsigned int i)
{
	return i < nr && names[i] ? names[i] : "?";
}

const char *gm_mode_name(unsigned int mode)
{
	static const char *const names[] = {
		[GM_MODE_NONE] = "none",	   [GM_MODE_FULL] = "full",
		[GM_MODE_KPROBE] = "kprobe",	   [GM_MODE_TRACEPOINT] = "tracepoint",
		[GM_MODE_INVENTORY] = "inventory",
	};

	return name_in(names, GM_ARRAY_SIZE(names), mode);
}

const char *gm_call_name(unsigned int call)
{
	static const char *const names[] = {
#define X(E, n, name) [n] = name,
		GM_CALLS(X)
#undef X
	};

	return name_in(names, GM_ARRAY_SIZE(names), call);
}

const char *gm_pin_name(unsigned int what)
{
	static const char *const names[] = {
		[GM_PIN_FD] = "fd",
		[GM_PIN_MAPPING] = "mapping",
		[GM_PIN_VM_FD] = "vm_fd",
		[GM_PIN_VCPU_FD] = "vcpu_fd",
		[GM_PIN_STATS_FD] = "stats_fd",
		[GM_PIN_DEVICE_FD] = "device_fd",
		[GM_PIN_VCPU_MAPPING] = "vcpu_mapping",
	};

	return name_in(names, GM_ARRAY_SIZE(names), what);
}

const char *gm_probe_state_name(unsigned int state)
{
	static const char *const names[] = {
		[GM_PROBE_ABSENT] = "absent", [GM_PROBE_ATTACHED] = "attached", [GM_PROBE_REFUSED] = "refused",
		[GM_PROBE_OFF] = "off",	      [GM_PROBE_RELEASED] = "released",
	};

	return name_in(names, GM_ARRAY_SIZE(names), state);
}

/*
 * The facts of probes in recordings from before records had facts. This table does not grow: a new probe has its facts
 * in its row (user/kernel/probes.c) and record.
 */
static const struct {
	const char *probe;
	uint32_t facts;
} facts_by_name[] = {
	{ "all_tasks", GM_PROBE_FINDS_VMS },
	{ "process_facts", GM_PROBE_NAMES_VMS },
	{ "page_add", GM_PROBE_PAGE_ADD },
	{ "page_delete", GM_PROBE_PAGE_DELETE },
	{ "guest_fault", GM_PROBE_GUEST },
	{ "prefault", GM_PROBE_GUEST },
	{ "get_folio", GM_PROBE_GUEST },
	{ "prepare", GM_PROBE_GUEST },
};

void gm_probe_add_facts(struct gm_rec_probe *p)
{
	if (p->facts || p->kinds)
		return;
	for (size_t i = 0; i < GM_ARRAY_SIZE(facts_by_name); i++) {
		if (!strcmp(p->probe, facts_by_name[i].probe))
			p->facts = facts_by_name[i].facts;
	}
	/* One kind of events of a probe had the probe's name; the phases of the probe imply the others. */
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++) {
		if (kinds[k].name && !strcmp(p->probe, kinds[k].name))
			p->kinds = GM_PROBE_KIND(k);
	}
}

void gm_rec_init(struct gm_rec *r, unsigned int kind, uint64_t ts_ns)
{
	r->kind = (__u16)kind;
	r->len = (__u32)gm_kind_size(kind);
	r->ts_ns = ts_ns;
}

const char *gm_probe_class_name(unsigned int cls)
{
	return cls == GM_REQUIRED ? "required" : cls == GM_WANTED ? "wanted" : "extra";
}
