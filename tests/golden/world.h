/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * world.h - the made-up host that the views' golden files show, as records: seven machines, one of which
 * rebooted and left memory behind, one with a hostile name, one that host mappings touch alone, a loss and
 * two probes that are missing. Change it, and every golden file changes: GM_GOLDEN_UPDATE=1.
 */
#ifndef GM_TESTS_WORLD_H
#define GM_TESTS_WORLD_H

#include "../unit/unit.h"
#include "seen.h"
#include <errno.h>
#include <stdlib.h>
#include "base/vec.h"
#include "model/reboot.h"

#define W_S	1000000000ULL
#define W_GIB	(1ULL << 18)	/* in pages of 4 KiB */

/* A model, the time its next record gets, and the events applied so far (for the event views). */
struct world {
	struct gm_model *m;
	uint64_t now;
	union gm_any event[64];
	size_t events;
};

static inline void w_copy(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	memcpy(dst, src, len < size ? len : size - 1);
}

/* For the event views alone: the model does not hear of it. */
static inline void w_keep(struct world *w, union gm_any *r, unsigned int kind)
{
	gm_rec_init(&r->h, kind, w->now);
	if (gm_kind_is_event(kind) && w->events < 64)
		w->event[w->events++] = *r;
}

static inline void w_push(struct world *w, union gm_any *r, unsigned int kind)
{
	w_keep(w, r, kind);
	assert_int_equal(gm_model_apply(w->m, r), 0);
}

static inline void w_meta(struct world *w, unsigned int mode, unsigned int nodes)
{
	union gm_any r = { 0 };
	struct gm_rec_meta *x = &r.as_META;

	x->real_ns = 1790000000ULL * W_S; /* 2026-09-21 14:13:20 UTC */
	x->interval_ns = W_S;
	x->page_size = 4096;
	x->nodes = nodes;
	x->cpus = 64;
	x->mode = mode;
	x->init_on_alloc = GM_YES;
	x->init_on_free = GM_NO;
	x->emulated = GM_NO;
	strcpy(x->arch, "x86_64");
	strcpy(x->release, "6.18.5-cloud-amd64");
	strcpy(x->tool, "gmemtop 0.1");
	w_push(w, &r, GM_K_META);
}

static inline void w_probe(struct world *w, unsigned int cls, unsigned int state, uint32_t phases, const char *name,
			   const char *hook, const char *why)
{
	union gm_any r = { 0 };

	r.as_PROBE.cls = cls;
	r.as_PROBE.state = state;
	r.as_PROBE.phases = phases;
	r.as_PROBE.err = state == GM_PROBE_REFUSED ? -EPERM : 0;
	w_copy(r.as_PROBE.probe, sizeof(r.as_PROBE.probe), name);
	w_copy(r.as_PROBE.hook, sizeof(r.as_PROBE.hook), hook);
	w_copy(r.as_PROBE.why, sizeof(r.as_PROBE.why), why);
	w_push(w, &r, GM_K_PROBE);
}

/* cmdline with blanks for NULs. */
static inline void w_proc(struct world *w, uint32_t tgid, const char *comm, const char *cmdline)
{
	union gm_any r = { 0 };
	struct gm_rec_proc *x = &r.as_PROC;

	x->tgid = tgid;
	x->start_ticks = 100 * tgid;
	w_copy(x->comm, sizeof(x->comm), comm);
	w_copy(x->cmdline, sizeof(x->cmdline), cmdline);
	x->cmdline_len = (uint32_t)strlen(x->cmdline);
	for (char *p = x->cmdline; *p; p++)
		*p = *p == ' ' ? '\0' : *p;
	w_push(w, &r, GM_K_PROC);
}

static inline void w_vm(struct world *w, uint32_t vm, uint32_t tgid, uint32_t vcpus)
{
	union gm_any r = { 0 };

	r.as_VM.vm = vm;
	r.as_VM.tgid = r.as_VM.tid = tgid;
	r.as_VM.vcpus = vcpus;
	r.as_VM.type = 1;
	r.as_VM.born_ns = w->now;
	w_push(w, &r, GM_K_VM);
}

/* node0 < 0: the nodes are not known. */
static inline void w_inode(struct world *w, uint32_t inode, uint64_t size, uint64_t resident, int64_t node0,
			   uint64_t freed, bool counted)
{
	union gm_any r = { 0 };
	struct gm_rec_inode *x = &r.as_INODE;

	x->inode = inode;
	x->ino = 40000 + inode;
	x->size_bytes = size * 4096;
	x->resident_pages = resident;
	x->counted = counted;
	x->allocated_pages = counted ? resident + freed : 0;
	x->freed_pages = counted ? freed : 0;
	x->born_ns = w->now;
	x->nodes_known = node0 >= 0;
	x->node_pages[0] = node0 >= 0 ? (uint64_t)node0 : 0;
	x->node_pages[1] = node0 >= 0 ? resident - (uint64_t)node0 : 0;
	w_push(w, &r, GM_K_INODE);
}

static inline void w_file(struct world *w, uint32_t file, uint32_t inode, uint32_t vm)
{
	union gm_any r = { 0 };

	r.as_FILE.file = file;
	r.as_FILE.inode = inode;
	r.as_FILE.vm = vm;
	r.as_FILE.born_ns = w->now;
	w_push(w, &r, GM_K_FILE);
}

static inline void w_bind(struct world *w, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot, uint64_t gfn,
			  uint64_t npages)
{
	union gm_any r = { 0 };

	r.as_BINDING.vm = vm;
	r.as_BINDING.file = file;
	r.as_BINDING.inode = inode;
	r.as_BINDING.slot = slot;
	r.as_BINDING.base_gfn = gfn;
	r.as_BINDING.npages = npages;
	w_push(w, &r, GM_K_BINDING);
}

static inline void w_hist(struct world *w, uint32_t vm, unsigned int phase, uint64_t ns, uint32_t count)
{
	union gm_any r = { 0 };
	struct gm_rec_hist *x = &r.as_HIST;

	x->vm = vm;
	x->phase = phase;
	x->min_ns = ns / 4;
	x->max_ns = ns * 20;
	for (uint64_t v = ns / 4; v <= ns * 20; v = v * 3 / 2) {
		uint32_t n = v < ns ? count / 8 : v < 2 * ns ? count / 4 : count / 40;

		if (!n)
			continue;
		x->cells[x->cells_nr].slot = gm_hist_slot(v);
		x->cells[x->cells_nr++].count = n;
		x->sum_ns += n * v;
	}
	w_push(w, &r, GM_K_HIST);
}

static inline void w_ev(struct world *w, struct gm_ev *ev, uint32_t vm, uint32_t file, uint32_t inode, uint32_t tgid,
			uint64_t dur, const char *comm)
{
	(void)w;
	ev->vm = vm;
	ev->file = file;
	ev->inode = inode;
	ev->tgid = tgid;
	ev->tid = tgid + 1;
	ev->dur_ns = dur;
	ev->self_ns = dur - dur / 3;
	w_copy(ev->comm, sizeof(ev->comm), comm);
}

static inline void w_pin(struct world *w, unsigned int what, uint32_t vm, uint32_t file, uint32_t inode, uint32_t tgid,
			 int fd, uint64_t npages, const char *comm)
{
	union gm_any r = { 0 };

	r.as_PIN.what = what;
	r.as_PIN.vm = vm;
	r.as_PIN.file = file;
	r.as_PIN.inode = inode;
	r.as_PIN.tgid = tgid;
	r.as_PIN.fd = fd;
	r.as_PIN.npages = npages;
	w_copy(r.as_PIN.comm, sizeof(r.as_PIN.comm), comm);
	w_push(w, &r, GM_K_PIN);
}

static inline void w_scan(struct world *w, unsigned int what, unsigned int edge)
{
	union gm_any r = { 0 };

	r.as_SCAN.what = what;
	r.as_SCAN.edge = edge;
	w_push(w, &r, GM_K_SCAN);
}

static inline void w_loss(struct world *w, const char *what, uint32_t kind, uint64_t count)
{
	union gm_any r = { 0 };

	r.as_LOSS.kind = kind;
	r.as_LOSS.count = count;
	w_copy(r.as_LOSS.what, sizeof(r.as_LOSS.what), what);
	w_push(w, &r, GM_K_LOSS);
}

static inline void w_tick(struct world *w)
{
	union gm_any r = { 0 };

	r.as_TICK.seq = w->m->ticks + 1;
	w_push(w, &r, GM_K_TICK);
	w->now += W_S;
}

#define W_BIT(p) (1u << GM_PHASE_##p)

static inline void w_probes(struct world *w)
{
	w_probe(w, GM_REQUIRED, GM_PROBE_ATTACHED, W_BIT(CREATE), "create", "fexit:kvm_gmem_create", "");
	w_probe(w, GM_REQUIRED, GM_PROBE_ATTACHED, W_BIT(RELEASE), "release", "fexit:kvm_gmem_release", "");
	w_probe(w, GM_REQUIRED, GM_PROBE_ATTACHED, W_BIT(ALLOC) | W_BIT(ZERO) | W_BIT(MAP), "fault_split",
		"tp_btf:mm_filemap_add_to_page_cache", "");
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(BIND) | W_BIT(UNBIND), "bind", "fexit:kvm_gmem_bind", "");
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(GUEST_FAULT), "guest_fault", "fexit:kvm_mmu_page_fault", "");
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(HOST_FAULT), "host_fault", "fexit:kvm_gmem_fault_user_mapping",
		"");
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(FREE), "evict", "fexit:kvm_gmem_evict_inode", "");
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(DESTROY), "destroy", "fexit:kvm_destroy_vm", "");
	w_probe(w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(FALLOCATE) | W_BIT(PUNCH), "fallocate",
		"fexit:kvm_gmem_fallocate", "");
	w_probe(w, GM_WANTED, GM_PROBE_REFUSED, W_BIT(ZAP), "zap", "",
		"kvm_tdp_mmu_zap_all: attach: Operation not permitted (kernel lockdown: confidentiality)");
	w_probe(w, GM_WANTED, GM_PROBE_ABSENT, W_BIT(CONVERT), "convert", "",
		"no function kvm_vm_set_mem_attributes in this kernel");
	w_probe(w, GM_EXTRA, GM_PROBE_ABSENT, W_BIT(PREPARE), "prepare", "",
		"no arch prepare hook: CONFIG_HAVE_KVM_ARCH_GMEM_PREPARE is off");
	w_probe(w, GM_EXTRA, GM_PROBE_OFF, W_BIT(POPULATE), "populate", "", "this tool does not show it");
}

/* A machine of one vm, one inode and one file, all of the same number. */
static inline void w_machine(struct world *w, uint32_t id, uint32_t tgid, const char *comm, const char *cmdline,
			     uint64_t size, uint64_t resident)
{
	w_proc(w, tgid, comm, cmdline);
	w_vm(w, id, tgid, 4);
	w_inode(w, id, size, resident, (int64_t)(resident / 4), 0, true);
	w_file(w, id, id, id);
	w_bind(w, id, id, id, 0, 0, size);
}

/* guest-5 dies and comes back as vm 15; a debugger's fd keeps the old memory. */
static inline void w_reboot(struct world *w)
{
	union gm_any r = { 0 };

	r.as_UNBIND.slot = 0;
	r.as_UNBIND.npages = 8 * W_GIB;
	w_ev(w, &r.ev, 5, 5, 5, 5005, 31000, "qemu-system-x86");
	w_push(w, &r, GM_K_UNBIND);
	memset(&r, 0, sizeof(r));
	w_ev(w, &r.ev, 5, 0, 0, 5005, 1250000, "qemu-system-x86");
	w_push(w, &r, GM_K_VM_DESTROY);
	w->now += W_S / 4;
	w_vm(w, 15, 5005, 8);
	memset(&r, 0, sizeof(r));
	r.as_CREATE.ino = 40015;
	r.as_CREATE.size_bytes = 8 * W_GIB * 4096;
	r.as_CREATE.gmem_flags = 1;
	r.as_CREATE.fd = 33;
	r.ev.ret = 33;
	w_ev(w, &r.ev, 15, 15, 15, 5005, 12345, "qemu-system-x86");
	w_push(w, &r, GM_K_CREATE);
	memset(&r, 0, sizeof(r));
	r.as_BIND.slot = 1 << 16 | 3;
	r.as_BIND.base_gfn = 0x100000;
	r.as_BIND.npages = 8 * W_GIB;
	w_ev(w, &r.ev, 15, 15, 15, 5005, 8000, "qemu-system-x86");
	w_push(w, &r, GM_K_BIND);
	w_inode(w, 15, 8 * W_GIB, W_GIB, (int64_t)W_GIB / 2, 0, true);
	w_hist(w, 15, GM_PHASE_GUEST_FAULT, 12000, 400);
	w->now += W_S * 3 / 4;
}

static inline void w_pins(struct world *w)
{
	w_scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	for (uint32_t i = 1; i <= 7; i++)
		w_pin(w, GM_PIN_VM_FD, i == 5 ? 15 : i, 0, 0, 5000 + i, 10, 0, "vmm");
	w_pin(w, GM_PIN_FD, 1, 1, 1, 5001, 21, 0, "qemu-system-x86");
	w_pin(w, GM_PIN_MAPPING, 1, 1, 1, 5001, -1, 16 * W_GIB, "qemu-system-x86");
	w_pin(w, GM_PIN_FD, 5, 5, 5, 7777, 9, 0, "vhost-user-blk");
	w_pin(w, GM_PIN_MAPPING, 5, 5, 5, 7777, -1, 8 * W_GIB, "vhost-user-blk");
	w_scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(seen_again(w->m, w->now), 0);
}

static inline void w_machines(struct world *w)
{
	w_machine(w, 1, 5001, "qemu-system-x86", "/usr/bin/qemu-system-x86_64 -name guest=web-frontend-01,debug=off",
		  16 * W_GIB, 12 * W_GIB);
	w_machine(w, 2, 5002, "qemu-system-x86", "/usr/bin/qemu-system-x86_64 -name db-primary", 64 * W_GIB,
		  61 * W_GIB);
	w_machine(w, 3, 5003, "firecracker", "/usr/bin/firecracker --id fn-7f3a2c --config-file /x", W_GIB / 4,
		  W_GIB / 10);
	w_machine(w, 4, 5004, "cloud-hyperviso", "/usr/bin/cloud-hypervisor --api-socket /run/ch/batch-4.sock",
		  4 * W_GIB, 0);
	w_machine(w, 5, 5005, "qemu-system-x86", "/usr/bin/qemu-system-x86_64 -name ci-runner-17", 8 * W_GIB,
		  5 * W_GIB);
	w_machine(w, 6, 5006, "evil\033[31m\"", "/usr/bin/qemu-system-x86_64 -name \033]0;owned\a\"x\\\xff\xfe,",
		  2 * W_GIB, W_GIB);
	w_proc(w, 5007, "crosvm", "/usr/bin/crosvm run --name sandbox");
	w_vm(w, 7, 5007, 2);
	w_inode(w, 7, W_GIB, W_GIB / 2, -1, 0, false);
	w_file(w, 7, 7, 7);
}

static inline void w_faults(struct world *w, unsigned int round)
{
	w_hist(w, 1, GM_PHASE_GUEST_FAULT, 18000, 400 * round);
	w_hist(w, 1, GM_PHASE_ALLOC, 2400, 400 * round);
	w_hist(w, 1, GM_PHASE_ZERO, 1100, 400 * round);
	w_hist(w, 1, GM_PHASE_MAP, 3100, 400 * round);
	w_hist(w, 2, GM_PHASE_GUEST_FAULT, 9000, 80);
	w_hist(w, 3, GM_PHASE_GUEST_FAULT, 250000, 200);
	w_hist(w, 3, GM_PHASE_HOST_FAULT, 4000, 800);
	w_inode(w, 1, 16 * W_GIB, 12 * W_GIB + 5000 * round * round, W_GIB, 500 * round, true);
}

/* Events of the kinds that the story above lacks, one each. */
static inline void w_other_events(struct world *w)
{
	static const uint16_t kinds[] = { GM_K_MMAP,	       GM_K_FALLOCATE, GM_K_PUNCH,   GM_K_CONVERT,
					  GM_K_MEMORY_FAILURE, GM_K_ZAP,       GM_K_POPULATE };
	union gm_any r;

	for (size_t i = 0; i < GM_ARRAY_SIZE(kinds); i++) {
		memset(&r, 0, sizeof(r));
		r.as_PUNCH.pgoff = 512;
		r.as_PUNCH.npages = 1024;
		r.as_PUNCH.pages = 1000;
		r.as_PUNCH.base_gfn = 0x200;
		r.as_PUNCH.attrs = 8;
		r.as_PUNCH.call = kinds[i] == GM_K_PUNCH ? GM_CALL_MADVISE : GM_CALL_UNKNOWN;
		w_ev(w, &r.ev, 1, 1, 1, 5001, 1000 * (i + 1), "qemu-system-x86");
		if (kinds[i] == GM_K_CONVERT || kinds[i] == GM_K_ZAP || kinds[i] == GM_K_POPULATE)
			w_keep(w, &r, kinds[i]); /* this host cannot see them */
		else
			w_push(w, &r, kinds[i]);
	}
	memset(&r, 0, sizeof(r));
	r.as_VM_CREATE.type = 5;
	r.as_VM_CREATE.fd = -1;
	r.ev.ret = -ENOMEM;
	w_ev(w, &r.ev, 0, 0, 0, 5006, 77, "evil\033[31m\"");
	w_push(w, &r, GM_K_VM_CREATE);
	memset(&r, 0, sizeof(r));
	r.as_RELEASE.ino = 40004;
	r.as_RELEASE.pages = 17;
	w_ev(w, &r.ev, 4, 4, 4, 0, 0, "");
	r.ev.flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	w_push(w, &r, GM_K_RELEASE);
	memset(&r, 0, sizeof(r));
	r.as_EVICT.ino = 40004;
	r.as_EVICT.size_bytes = 4 * W_GIB * 4096;
	r.as_EVICT.pages = 17;
	r.as_EVICT.allocated_pages = 20;
	r.as_EVICT.freed_pages = 20;
	w_ev(w, &r.ev, 0, 0, 4, 5004, 90000, "kworker/3:1");
	w_push(w, &r, GM_K_EVICT);
}

/* reboots: the model keeps them, as gmemtop's does. */
static inline void world_make(struct world *w, bool reboots)
{
	memset(w, 0, sizeof(*w));
	w->now = 100 * W_S;
	assert_int_equal(gm_model_new(&w->m), 0);
	gm_model_keep_heat(w->m);
	assert_true(!reboots || !gm_model_keep_reboots(w->m));
	w_meta(w, GM_MODE_FULL, 2);
	w_probes(w);
	w_machines(w);
	w_tick(w);
	w_reboot(w);
	for (unsigned int i = 1; i <= 9; i++) {
		w_faults(w, i);
		w_tick(w);
	}
	w_pins(w);
	w_other_events(w);
	w_faults(w, 10);
	w_loss(w, "ring_full", 0, 12);
	w_loss(w, "ring_full", GM_K_FALLOCATE, 4);
	w_loss(w, "ring_full", GM_K_PUNCH, 8);
	w_tick(w);
}

static inline void world_init(struct world *w)
{
	world_make(w, false);
}

static inline void world_free(struct world *w)
{
	gm_model_free(w->m);
}

/* ---- golden files ---- */

/* Compares text with tests/golden/NAME, or writes it there with GM_GOLDEN_UPDATE=1. */
static inline void golden(const char *name, const char *text)
{
	char path[128], cmd[16] = "r";
	const char *update = getenv("GM_GOLDEN_UPDATE");
	static char want[1 << 20];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (update && update[0])
		cmd[0] = 'w';
	f = fopen(path, cmd);
	if (!f)
		fail_msg("%s: %s (GM_GOLDEN_UPDATE=1 makes it)", path, strerror(errno));
	if (cmd[0] == 'w') {
		fputs(text, f);
		fclose(f);
		return;
	}
	len = fread(want, 1, sizeof(want) - 1, f);
	fclose(f);
	want[len] = '\0';
	for (size_t i = 0, line = 1; i <= len; i++) {
		if (text[i] != want[i])
			fail_msg("%s:%zu: differs (GM_GOLDEN_UPDATE=1, then git diff)", path, line);
		line += text[i] == '\n';
		if (!text[i])
			break;
	}
}

#endif
