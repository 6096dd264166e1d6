// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The holder: a process that is no VMM, gets gmem descriptors over a socket,
 * and keeps them when the VMs' own processes have exited.  So memory is pinned
 * by a process that users do not suspect.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scenario.h"
#include "truth.h"
#include "util.h"

#define STOP UINT32_MAX

/* Space for one descriptor, aligned for a control message. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int gg_holder_send(int sock, uint32_t file, int fd)
{
	union control c = { .room = { 0 } };
	struct iovec iov = { .iov_base = &file, .iov_len = sizeof(file) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		msg.msg_control = &c;
		msg.msg_controllen = sizeof(c.room);
		c.head.cmsg_level = SOL_SOCKET;
		c.head.cmsg_type = SCM_RIGHTS;
		c.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&c.head), &fd, sizeof(fd));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int gg_holder_receive(int sock, uint32_t *file)
{
	union control c = { .room = { 0 } };
	struct iovec iov = { .iov_base = file, .iov_len = sizeof(*file) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c.room),
	};
	int fd;

	*file = STOP;
	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != sizeof(*file) || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

int gg_holder_give(struct gg_run *r)
{
	uint32_t *held = &r->w->files[r->vm->file].held;
	int err = gg_holder_send(r->holder, r->vm->file, r->vm->gmem_fd);

	if (err)
		return gg_err(err, NULL, "send guest_memfd: vm %u", r->vm->id);
	while (!gg_load32(held))
		gg_futex_wait(held, 0, -1);
	return 0;
}

void gg_holder_stop(int sock)
{
	(void)gg_holder_send(sock, STOP, -1);
}

void gg_holder_main(struct gg_world *w, int sock)
{
	int *fds = calloc(GG_MAX_OBJS, sizeof(*fds));
	uint32_t *files = calloc(GG_MAX_OBJS, sizeof(*files));
	uint32_t i, n = 0;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	prctl(PR_SET_NAME, "gmem-holder");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!fds || !files)
		_exit(gg_err(-ENOMEM, NULL, "start holder") ? 1 : 0);
	while ((fds[n] = gg_holder_receive(sock, &files[n])) >= 0) {
		gg_truth_hold(w, files[n], fds[n]);
		n++;
	}
	for (i = 0; i < n; i++) {
		uint64_t t0 = gg_now_ns();

		close(fds[i]);
		gg_truth_put_held(w, t0, files[i]);
	}
	_exit(0);
}
