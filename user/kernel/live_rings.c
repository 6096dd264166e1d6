// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_rings.c - reads the rings that the programs write to: events, and single faults. A tenant may make calls faster
 * than they are read, and then a ring is never empty: each reading ends after what the ring had when it began.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/live_int.h"

#define FAULTS_PER_ROUND 256	/* after these, signals and ticks are handled */
/* enough for all that were there at the begin */
#define ROUNDS_PER_TICK(bytes) ((bytes) / sizeof(((struct gm_raw_fault *)0)->event) / FAULTS_PER_ROUND + 1)
#define HEADER 8		/* of a record in a ring; a record's length is a multiple of it */

static void handle_event(struct gm_live *l, const void *data, size_t len)
{
	const struct gm_rec *h = data;

	if (len >= sizeof(struct gm_raw_hists) && h->kind == GM_K_RAW_HISTS)
		gm_live_handle_hists(l, data);
	else if (len >= sizeof(struct gm_raw_proc) && h->kind == GM_K_RAW_PROC)
		gm_live_handle_proc(l, data, len);
	else
		gm_live_handle_record(l, data, len);
}

/* A VM record in this ring is of a VM whose creation was missed: report its process at once, as it may exit soon. */
static void handle_vm_owner(struct gm_live *l, const void *data, size_t len)
{
	struct gm_rec_vm vm;

	if (len < sizeof(vm))
		return;
	memcpy(&vm, data, sizeof(vm));
	if (vm.h.kind == GM_K_VM)
		gm_live_report_proc(l, vm.tgid, true);
}

static int on_event(void *ctx, void *data, size_t len)
{
	struct gm_live *l = ctx;

	handle_vm_owner(l, data, len);
	handle_event(l, data, len);
	l->events_left -= (int64_t)((len + HEADER - 1) / HEADER * HEADER + HEADER);
	return l->events_left > 0 ? 0 : -EAGAIN;
}

/* Handles a record of a scan. Only our scans write to this ring, and none while it is read. */
static int on_scan(void *ctx, void *data, size_t len)
{
	handle_event(ctx, data, len);
	return 0;
}

/*
 * Handles a fault. Events before the fault, such as its vm's creation, are in the other ring by now. A fault that is
 * newer than the last reading of that ring has the ring read once more, and is the last of its round.
 */
static int on_fault(void *ctx, void *data, size_t len)
{
	struct gm_live *l = ctx;
	struct gm_rec h;

	if (len >= sizeof(h)) {
		memcpy(&h, data, sizeof(h));
		l->fault_is_newer = h.ts_ns >= l->events_ns;
	}
	if (l->fault_is_newer)
		gm_live_read_events(l);
	gm_live_handle_fault(l, data, len);
	return ++l->faults_handled < FAULTS_PER_ROUND && !l->fault_is_newer ? 0 : -EAGAIN;
}

int gm_live_read_events(struct gm_live *l)
{
	int err;

	if (!l->ring)
		return 0;
	l->events_ns = gm_now_ns();
	l->events_left = l->att.ring_bytes;
	err = ring_buffer__consume(l->ring);
	return err == -EAGAIN ? 1 : err < 0 ? err : 0;
}

/* Reads a round of faults. 1: there may be more that are older than the last reading of events; 0; -errno. */
static int read_faults(struct gm_live *l)
{
	int err;

	l->faults_handled = 0;
	l->fault_is_newer = false;
	err = ring_buffer__consume(l->faults);
	return err == -EAGAIN ? !l->fault_is_newer : err < 0 ? err : 0;
}

int gm_live_read(struct gm_live *l, bool all_faults)
{
	unsigned long rounds = all_faults ? ROUNDS_PER_TICK((unsigned long)l->att.ring_bytes) : 1;
	int err = l->ring ? gm_live_read_events(l) : 0;

	if (!l->ring)
		return 0;
	for (unsigned long i = 0; i < rounds && err >= 0 && !l->err; i++) {
		err = read_faults(l);
		if (!err)
			break;
	}
	return err < 0 ? gm_errno(err, "cannot read the kernel's ring buffer") : 0;
}

int gm_live_wait(struct gm_live *l, uint64_t timeout_ns)
{
	struct pollfd fd[3] = {
		{ .fd = l->ring ? ring_buffer__epoll_fd(l->ring) : -1, .events = POLLIN },
		{ .fd = l->faults ? ring_buffer__epoll_fd(l->faults) : -1, .events = POLLIN },
		{ .fd = l->src.wake_fd, .events = POLLIN },
	};
	int ms = (int)((timeout_ns + 999999) / 1000000);

	if (l->faults && l->plan.slow_ns && ms > GM_FAULTS_MS)
		ms = GM_FAULTS_MS;
	if (poll(fd, 3, ms) < 0 && errno != EINTR)
		return gm_errno(-errno, "cannot wait for the kernel's ring buffer");
	return 0;
}

static struct ring_buffer *open_ring(struct gm_live *l, int fd, ring_buffer_sample_fn take)
{
	return fd >= 0 ? ring_buffer__new(fd, take, l, NULL) : NULL;
}

int gm_live_open_rings(struct gm_live *l)
{
	l->ring = open_ring(l, l->att.ring_fd, on_event);
	l->faults = open_ring(l, l->att.fault_ring_fd, on_fault);
	l->scans = open_ring(l, l->att.scan_ring_fd, on_scan);
	return (l->ring || l->att.ring_fd < 0) && (l->faults || l->att.fault_ring_fd < 0) &&
			       (l->scans || l->att.scan_ring_fd < 0)
		       ? 0
		       : gm_errno(-errno, "cannot open the ring buffer");
}

void gm_live_free_rings(struct gm_live *l)
{
	ring_buffer__free(l->ring);
	ring_buffer__free(l->faults);
	ring_buffer__free(l->scans);
}
