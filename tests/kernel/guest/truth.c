// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The model behind the ground truth.  All functions run under the world's lock
 * and only on its tables; truth.h has the rules by which objects end.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "truth.h"
#include "truth_int.h"
#include "util.h"

struct gg_cause gg_cause_now(uint64_t t0)
{
	return (struct gg_cause){ .t0 = t0, .pid = getpid() };
}

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Counts the event even if the table of events is full. */
struct gg_event *gg_event_new(struct gg_world *w, struct gg_cause c, enum gg_op op, int32_t vm, int32_t file)
{
	static struct gg_event spill;
	struct gg_event *e = &spill;

	w->op_count[op]++;
	if (w->nevents < GG_MAX_EVENTS)
		e = &w->events[w->nevents++];
	else
		w->count[GG_C_events_lost]++;
	*e = (struct gg_event){
		.ts_ns = c.t0,
		.dur_ns = gg_now_ns() - c.t0,
		.op = op,
		.vm = vm,
		.file = file,
		.inode = -1,
		.pid = c.pid,
	};
	if (file >= 0)
		e->inode = (int32_t)w->files[file].inode;
	return e;
}

struct gg_event *gg_event_of_file(struct gg_world *w, struct gg_cause c, enum gg_op op, uint32_t file)
{
	return gg_event_new(w, c, op, (int32_t)w->files[file].vm, (int32_t)file);
}

/* ---- pages ---- */

static uint64_t add_pages(struct gg_world *w, struct gg_inoderec *i, uint64_t first, uint64_t n)
{
	uint64_t added = gg_world_pages_set(w, i->bits, first, n, true);

	i->resident += added;
	i->allocated += added;
	w->count[GG_C_allocated_pages] += added;
	return added;
}

static uint64_t drop_pages(struct gg_world *w, struct gg_inoderec *i, uint64_t first, uint64_t n)
{
	uint64_t freed = gg_world_pages_set(w, i->bits, first, n, false);

	gg_world_pages_set(w, i->clean_bits, first, n, false);
	i->resident -= freed;
	i->freed += freed;
	w->count[GG_C_freed_pages] += freed;
	return freed;
}

/* ---- last references ---- */

/* Destroys the VM without references. An exit closes files in an order that is the kernel's: @nested is n/a then. */
static void maybe_destroy_vm(struct gg_world *w, struct gg_cause c, uint32_t vm, enum gg_nested nested)
{
	struct gg_vmrec *v = &w->vms[vm];

	if (!v->alive || v->fd_open || v->nvcpus || v->nfiles || v->extra)
		return;
	v->alive = 0;
	gg_event_new(w, c, GG_OP_vm_destroy, (int32_t)vm, -1)->nested = c.exit ? GG_NESTED_NA : nested;
}

static void maybe_evict(struct gg_world *w, struct gg_cause c, uint32_t file)
{
	struct gg_inoderec *i = &w->inodes[w->files[file].inode];
	struct gg_event *e;

	if (!i->alive || i->nfiles)
		return;
	i->alive = 0;
	e = gg_event_of_file(w, c, GG_OP_evict, file);
	e->freed = drop_pages(w, i, 0, i->size / page_size());
	e->pages = e->freed;
	e->slack = i->end_slack;
}

/*
 * Releases the file without references, in the kernel's order: the file's release
 * drops the VM, then the inode ends.  A binding ends by the release, without an
 * unbind.
 */
static void maybe_release(struct gg_world *w, struct gg_cause c, uint32_t file)
{
	struct gg_filerec *f = &w->files[file];

	if (!f->alive || f->fd_open || f->nmaps || f->held)
		return;
	f->alive = 0;
	f->bound = 0;
	gg_event_of_file(w, c, GG_OP_release, file);
	w->vms[f->vm].nfiles--;
	maybe_destroy_vm(w, c, f->vm, GG_NESTED_YES);
	w->inodes[f->inode].nfiles--;
	maybe_evict(w, c, file);
}

/* ---- creation ---- */

int gg_truth_vm(struct gg_world *w, uint64_t t0, uint32_t machine, uint32_t type, uint64_t size, int fd)
{
	int id = -ENOSPC;

	gg_world_lock(w);
	if (w->nvms < GG_MAX_OBJS) {
		id = (int)w->nvms++;
		w->vms[id] = (struct gg_vmrec){
			.machine = machine,
			.type = type,
			.pid = getpid(),
			.alive = 1,
			.fd_open = 1,
			.size = size,
		};
		gg_event_new(w, gg_cause_now(t0), GG_OP_vm_create, id, -1);
		gg_pin_add(w, GG_PIN_vm_fd, (uint32_t)id, -1, fd);
	}
	gg_world_unlock(w);
	return id;
}

void gg_truth_vcpu(struct gg_world *w, uint32_t vm, int fd)
{
	gg_world_lock(w);
	w->vms[vm].nvcpus++;
	gg_pin_add(w, GG_PIN_vcpu_fd, vm, -1, fd);
	gg_pin_add(w, GG_PIN_vcpu_mapping, vm, -1, -1);
	gg_world_unlock(w);
}

void gg_truth_vcpus_part(struct gg_world *w, uint32_t vm, enum gg_pin_what what)
{
	gg_world_lock(w);
	gg_pin_drop(w, what, vm, -1);
	gg_world_unlock(w);
}

void gg_truth_extra(struct gg_world *w, uint32_t vm, enum gg_pin_what what, int fd)
{
	gg_world_lock(w);
	w->vms[vm].extra++;
	gg_pin_add(w, what, vm, -1, fd);
	gg_world_unlock(w);
}

static int new_file(struct gg_world *w, uint32_t vm, uint32_t inode, int fd)
{
	int id = (int)w->nfiles++;

	w->files[id] = (struct gg_filerec){
		.vm = vm,
		.inode = inode,
		.pid = getpid(),
		.alive = 1,
		.fd_open = 1,
	};
	w->vms[vm].nfiles++;
	w->inodes[inode].nfiles++;
	gg_pin_add(w, GG_PIN_fd, vm, id, fd);
	return id;
}

static int new_inode(struct gg_world *w, uint32_t vm, uint64_t ino, uint64_t size)
{
	uint64_t words = (size / page_size() + 63) / 64;
	int id;

	if (w->ninodes == GG_MAX_OBJS || w->arena_used + 2 * words > GG_ARENA_WORDS)
		return -ENOSPC;
	id = (int)w->ninodes++;
	w->inodes[id] = (struct gg_inoderec){
		.ino = ino,
		.size = size,
		.vm = vm,
		.alive = 1,
		.bits = w->arena_used,
		.clean_bits = w->arena_used + words,
	};
	w->arena_used += 2 * words;
	return id;
}

int gg_truth_gmem(struct gg_world *w, uint64_t t0, uint32_t vm, uint64_t ino, uint64_t size, uint64_t flags, int fd)
{
	struct gg_event *e;
	int id = -ENOSPC, inode;

	gg_world_lock(w);
	inode = w->nfiles < GG_MAX_OBJS ? new_inode(w, vm, ino, size) : -ENOSPC;
	if (inode >= 0) {
		id = new_file(w, vm, (uint32_t)inode, fd);
		e = gg_event_of_file(w, gg_cause_now(t0), GG_OP_create, (uint32_t)id);
		e->pages = size / page_size();
		e->flags = flags;
	}
	gg_world_unlock(w);
	return id;
}

int gg_truth_link(struct gg_world *w, uint64_t t0, uint32_t vm, uint32_t src_file, uint64_t flags, int fd)
{
	int id = -ENOSPC;

	gg_world_lock(w);
	if (w->nfiles < GG_MAX_OBJS) {
		id = new_file(w, vm, w->files[src_file].inode, fd);
		gg_event_of_file(w, gg_cause_now(t0), GG_OP_link, (uint32_t)id)->flags = flags;
	}
	gg_world_unlock(w);
	return id;
}

/* ---- binds, pages, conversions ---- */

void gg_truth_bind(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at, int ret)
{
	struct gg_event *e;

	gg_world_lock(w);
	e = gg_event_of_file(w, gg_cause_now(t0), GG_OP_bind, file);
	e->ret = ret;
	e->place = *at;
	if (ret) {
		w->op_count[GG_OP_bind]--;
		w->count[GG_C_bind_failed]++;
	} else {
		w->files[file].bound = 1;
		e->pages = at->pages;
	}
	gg_world_unlock(w);
}

/* Ends a binding. After the file's release KVM has nothing to unbind, and there is no event. */
void gg_truth_unbind(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at)
{
	gg_world_lock(w);
	if (w->files[file].bound) {
		w->files[file].bound = 0;
		gg_event_of_file(w, gg_cause_now(t0), GG_OP_unbind, file)->place = *at;
	}
	gg_world_unlock(w);
}

void gg_truth_mmap(struct gg_world *w, uint64_t t0, uint32_t file)
{
	gg_world_lock(w);
	w->files[file].nmaps++;
	gg_pin_add(w, GG_PIN_mapping, w->files[file].vm, (int32_t)file, -1);
	gg_event_of_file(w, gg_cause_now(t0), GG_OP_mmap, file)->pages =
		w->inodes[w->files[file].inode].size / page_size();
	gg_world_unlock(w);
}

/* The counters to which an operation that allocates pages adds. */
static const struct touch_counts {
	int all, first, second;
} touch_counts[GG_NOPS] = {
	[GG_OP_guest_touch] = { GG_C_guest_touched_pages,
				GG_C_guest_first_touch_pages,
				GG_C_guest_second_touch_pages },
	[GG_OP_host_touch] = { GG_C_host_touched_pages,
			       GG_C_host_first_touch_pages,
			       GG_C_host_second_touch_pages },
	[GG_OP_fallocate] = { GG_C_fallocated_pages,
			      GG_C_fallocate_first_pages, -1 },
	[GG_OP_prefault] = { GG_C_prefaulted_pages,
			     GG_C_prefault_first_pages, -1 },
};

void gg_event_touch(struct gg_world *w, struct gg_cause c, enum gg_op op, uint32_t file, uint64_t first, uint64_t n)
{
	const struct touch_counts *tc = &touch_counts[op];
	struct gg_inoderec *i = &w->inodes[w->files[file].inode];
	struct gg_event *e = gg_event_of_file(w, c, op, file);

	/* guest_memfd zeroes a page when it is first accessed. */
	if (op != GG_OP_fallocate)
		w->count[GG_C_cleared_pages] += gg_world_pages_set(w, i->clean_bits, first, n, true);
	e->pages = n;
	e->added = add_pages(w, i, first, n);
	w->count[tc->all] += n;
	w->count[tc->first] += e->added;
	if (tc->second >= 0)
		w->count[tc->second] += n - e->added;
}

void gg_truth_touch(struct gg_world *w, uint64_t t0, enum gg_op op, uint32_t file, uint64_t first, uint64_t n)
{
	gg_world_lock(w);
	gg_event_touch(w, gg_cause_now(t0), op, file, first, n);
	gg_world_unlock(w);
}

void gg_truth_punch(struct gg_world *w, uint64_t t0, enum gg_call call, uint32_t file, uint64_t first, uint64_t n)
{
	struct gg_event *e;

	gg_world_lock(w);
	e = gg_event_of_file(w, gg_cause_now(t0), GG_OP_punch, file);
	e->call = (uint8_t)call;
	e->pages = n;
	e->freed = drop_pages(w, &w->inodes[w->files[file].inode], first, n);
	w->count[GG_C_punched_pages] += n;
	gg_world_unlock(w);
}

void gg_truth_convert(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t n)
{
	gg_world_lock(w);
	gg_event_of_file(w, gg_cause_now(t0), GG_OP_convert, file)->pages = n;
	w->count[GG_C_converted_pages] += n;
	gg_world_unlock(w);
}

void gg_truth_note(struct gg_world *w, uint64_t t0, enum gg_op op, uint32_t vm, uint64_t n)
{
	struct gg_cause c = { .t0 = t0, .pid = w->vms[vm].pid };
	struct gg_event *e;

	gg_world_lock(w);
	e = gg_event_new(w, c, op, (int32_t)vm, -1);
	e->pages = n;
	if (op == GG_OP_reboot)
		e->cpu_ns = gg_cpu_ns();
	if (op == GG_OP_anon_touch)
		w->count[GG_C_anon_touched_pages] += n;
	gg_world_unlock(w);
}

/* ---- references ---- */

void gg_truth_flight(struct gg_world *w, uint32_t file)
{
	gg_world_lock(w);
	w->files[file].held = (uint32_t)getpid();
	gg_world_unlock(w);
}

void gg_truth_hold(struct gg_world *w, uint32_t file, int fd)
{
	gg_world_lock(w);
	gg_pin_add(w, GG_PIN_fd, w->files[file].vm, (int32_t)file, fd);
	gg_store32(&w->files[file].held, (uint32_t)getpid());
	gg_world_unlock(w);
	gg_futex_wake(&w->files[file].held);
}

void gg_truth_put_vm(struct gg_world *w, uint64_t t0, uint32_t vm)
{
	gg_world_lock(w);
	w->vms[vm].fd_open = 0;
	gg_pin_drop(w, GG_PIN_vm_fd, vm, -1);
	maybe_destroy_vm(w, gg_cause_now(t0), vm, GG_NESTED_NO);
	gg_world_unlock(w);
}

void gg_truth_put_extra(struct gg_world *w, uint64_t t0, uint32_t vm, enum gg_pin_what what)
{
	gg_world_lock(w);
	w->vms[vm].extra--;
	gg_pin_drop(w, what, vm, -1);
	maybe_destroy_vm(w, gg_cause_now(t0), vm, GG_NESTED_NO);
	gg_world_unlock(w);
}

void gg_truth_put_vcpus(struct gg_world *w, uint64_t t0, uint32_t vm)
{
	gg_world_lock(w);
	w->vms[vm].nvcpus = 0;
	gg_pin_drop(w, GG_PIN_vcpu_fd, vm, -1);
	gg_pin_drop(w, GG_PIN_vcpu_mapping, vm, -1);
	maybe_destroy_vm(w, gg_cause_now(t0), vm, GG_NESTED_NO);
	gg_world_unlock(w);
}

void gg_truth_put_file(struct gg_world *w, uint64_t t0, uint32_t file)
{
	gg_world_lock(w);
	w->files[file].fd_open = 0;
	gg_pin_drop(w, GG_PIN_fd, w->files[file].vm, (int32_t)file);
	maybe_release(w, gg_cause_now(t0), file);
	gg_world_unlock(w);
}

void gg_truth_put_map(struct gg_world *w, uint64_t t0, uint32_t file)
{
	gg_world_lock(w);
	w->files[file].nmaps--;
	gg_pin_drop(w, GG_PIN_mapping, w->files[file].vm, (int32_t)file);
	gg_event_of_file(w, gg_cause_now(t0), GG_OP_munmap, file);
	maybe_release(w, gg_cause_now(t0), file);
	gg_world_unlock(w);
}

void gg_truth_put_held(struct gg_world *w, uint64_t t0, uint32_t file)
{
	gg_world_lock(w);
	w->files[file].held = 0;
	gg_pin_drop(w, GG_PIN_fd, w->files[file].vm, (int32_t)file);
	maybe_release(w, gg_cause_now(t0), file);
	gg_world_unlock(w);
}

/*
 * Drops the process's mappings, then its descriptors, like exit().  Searches from
 * the end of the tables, where the newest objects are.
 */
void gg_truth_exit(struct gg_world *w, uint64_t t0, int32_t pid)
{
	struct gg_cause c = { .t0 = t0, .pid = pid, .exit = true };
	uint32_t i;

	gg_world_lock(w);
	gg_pin_exit(w, pid);
	for (i = 0; i < w->nvms; i++) {
		if (w->vms[i].pid != pid || !w->vms[i].alive)
			continue;
		w->vms[i].fd_open = 0;
		w->vms[i].nvcpus = 0;
		w->vms[i].extra = 0;
		maybe_destroy_vm(w, c, i, GG_NESTED_NA);
	}
	for (i = 0; i < w->nfiles; i++) {
		if (w->files[i].pid != pid || !w->files[i].alive)
			continue;
		w->files[i].nmaps = 0;
		w->files[i].fd_open = 0;
		maybe_release(w, c, i);
	}
	gg_world_unlock(w);
}

uint64_t gg_truth_resident(struct gg_world *w, uint32_t file, uint64_t first, uint64_t n)
{
	uint64_t there;

	gg_world_lock(w);
	there = gg_world_pages_count(w, w->inodes[w->files[file].inode].bits, first, n);
	gg_world_unlock(w);
	return there;
}

void gg_truth_skip(struct gg_world *w, const char *what, const char *why)
{
	struct gg_skip *s;
	uint32_t i;

	gg_world_lock(w);
	for (i = 0; i < w->nskips; i++)
		if (!strcmp(w->skips[i].what, what) && !strcmp(w->skips[i].why, why))
			break;
	if (i < GG_MAX_SKIPS) {
		s = &w->skips[i];
		if (i == w->nskips) {
			w->nskips++;
			strncpy(s->what, what, sizeof(s->what) - 1);
			strncpy(s->why, why, sizeof(s->why) - 1);
		}
		s->times++;
	}
	gg_world_unlock(w);
}
