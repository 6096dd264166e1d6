// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hands a guest over to a second process of the same machine, as a local migration or a VMM's live update does. The
 * first process sends the gmem's descriptor. The second one creates a VM; its memory is a link to the inode, or, on a
 * kernel without links, a new gmem to which it copies the pages. It gives the vCPUs their state. Then the first
 * process closes all descriptors.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scenario.h"
#include "truth.h"
#include "util.h"

static struct gg_machine *machine_of(const struct gg_run *r)
{
	return &r->w->machines[r->machine];
}

/* ---- the socket between the processes ---- */

/* Makes a socket's name for this run, in the abstract namespace, so that no file is left. Returns its length. */
static socklen_t address(const struct gg_run *r, struct sockaddr_un *a)
{
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(a->sun_path + 1, sizeof(a->sun_path) - 1, "gmemguest.%d.%u", r->w->coordinator, r->machine);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* Opens a socket with the machine's name. @call: connect or bind. The socket or -errno. */
static int open_socket(const struct gg_run *r, int (*call)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un a;
	socklen_t len = address(r, &a);
	int err, sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (sock < 0 || call(sock, (struct sockaddr *)&a, len)) {
		err = gg_err(-errno, NULL, "open socket: machine %u", r->machine);
		if (sock >= 0)
			close(sock);
		return err;
	}
	return sock;
}

/* Lets the coordinator start the second process. Returns a socket to it, or -errno. */
static int start_successor(struct gg_run *r)
{
	int sock, listener = open_socket(r, bind);

	if (listener < 0)
		return listener;
	if (listen(listener, 1)) {
		sock = gg_err(-errno, NULL, "listen: machine %u", r->machine);
	} else {
		gg_machine_set(r->w, r->machine, GG_M_HANDOVER);
		sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (sock < 0)
			sock = gg_err(-errno, NULL, "accept: machine %u", r->machine);
	}
	close(listener);
	return sock;
}

/* ---- the first process ---- */

static int give(struct gg_run *r)
{
	struct gg_machine *m = machine_of(r);
	int err, sock;
	char word;

	m->handing = 1;
	m->stamp = r->vm->stamp;
	sock = start_successor(r);
	if (sock < 0)
		return sock;
	err = gg_holder_send(sock, r->vm->file, r->vm->gmem_fd);
	if (!err && recv(sock, &word, 1, 0) != 1)
		err = -EPIPE;
	if (err)
		return gg_err(err, NULL, "hand over: vm %u", r->vm->id);
	gg_run_close(r);
	close(sock);
	return GG_STEP_HANDED;
}

/* ---- the second process ---- */

/* Copies all pages of the guest, also its code. */
static int copy_pages(struct gg_vm *to, uint32_t file, int fd)
{
	uint64_t n = GG_FIRST + to->w->conf.npages, t0 = gg_now_ns();
	void *from = mmap(NULL, to->size, PROT_READ, MAP_SHARED, fd, 0);

	if (from == MAP_FAILED)
		return gg_err(-errno, NULL, "map guest_memfd: file %u", file);
	gg_truth_mmap(to->w, t0, file);
	t0 = gg_now_ns();
	memcpy(to->map, from, n * to->page_size);
	gg_truth_touch(to->w, t0, GG_OP_host_touch, file, 0, n);
	gg_truth_touch(to->w, t0, GG_OP_host_touch, to->file, 0, n);
	t0 = gg_now_ns();
	munmap(from, to->size);
	gg_truth_put_map(to->w, t0, file);
	return 0;
}

static int take_memory(struct gg_run *r, uint32_t file, int fd)
{
	struct gg_vm from = { .id = r->w->files[file].vm, .file = file, .gmem_fd = fd };
	bool link = r->w->caps.link;
	int err = gg_vm_open(&r->vm, r->w, r->machine, 0, link ? &from : NULL);

	if (err)
		return err;
	r->vm->stamp = machine_of(r)->stamp;
	return link ? 0 : copy_pages(r->vm, file, fd);
}

static int take_guest(struct gg_run *r, int sock)
{
	uint64_t t0 = gg_now_ns();
	uint32_t file;
	int err, fd = gg_holder_receive(sock, &file);

	if (fd < 0)
		return gg_err(-EPROTO, "no descriptor came", "take over: machine %u", r->machine);
	gg_truth_hold(r->w, file, fd);
	err = take_memory(r, file, fd);
	close(fd);
	gg_truth_put_held(r->w, gg_now_ns(), file);
	return err ? err : gg_run_went_on(r, t0);
}

static void pause_for_hold(struct gg_run *r)
{
	gg_machine_set(r->w, r->machine, GG_M_PAUSED);
	gg_world_wait_phase(r->w, GG_PHASE_AFTER_HOLD);
	gg_machine_set(r->w, r->machine, GG_M_RUN);
}

/* Waits until the coordinator has seen the end of the first process, as it expects these exits in order. */
static void wait_until_gone(struct gg_machine *m)
{
	while (gg_load32(&m->handing))
		gg_futex_wait(&m->handing, 1, -1);
}

static int take(struct gg_run *r, bool hold)
{
	int err, sock = open_socket(r, connect);

	if (sock < 0)
		return sock;
	err = take_guest(r, sock);
	if (!err && hold)
		pause_for_hold(r);
	if (!err && send(sock, "", 1, MSG_NOSIGNAL) != 1)
		err = gg_err(-errno, NULL, "take over: machine %u", r->machine);
	if (!err)
		wait_until_gone(machine_of(r));
	close(sock);
	return err;
}

/* ---- rows ---- */

static int hand_over(struct gg_run *r, uint32_t times, bool hold)
{
	struct gg_machine *m = machine_of(r);
	int err;

	if (r->w->conf.one_process) {
		gg_truth_skip(r->w, "handover to a process", "all machines are in one (--one-process)");
		return 0;
	}
	err = m->handing ? take(r, hold) : gg_run_vm(r, 0);
	if (!err)
		err = gg_run_fill(r);
	if (err || m->repeat == times)
		return err;
	m->repeat++;
	return give(r);
}

int gg_handover_process(struct gg_run *r)
{
	return hand_over(r, r->w->conf.reboots, false);
}

int gg_handover_hold(struct gg_run *r)
{
	return hand_over(r, 1, true);
}
