// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of user/exporter/sandbox.c: the sandbox refuses system calls, and allows those that ticks and answers need.
 * Runs without privilege, too.
 */
#include "fixture/box.h"
#include <cap-ng.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/vec.h"
#include "kernel/procinfo.h"

static char scratch[] = "/tmp/test_sandbox.XXXXXX";

static char *in_scratch(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

/* ---- refused calls ---- */

#define TRY(name, call)							\
static int try_##name(void *arg)					\
{									\
	(void)arg;							\
	errno = 0;							\
	return (long)(call) == -1 ? errno : 0;				\
}

#define PAGE(prot) mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)

static int bpf(int cmd, unsigned int size)
{
	union bpf_attr attr;

	memset(&attr, 0xff, sizeof(attr));
	return (int)syscall(SYS_bpf, cmd, &attr, size);
}

TRY(exec, execl("/bin/true", "true", NULL))
TRY(execat, syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0))
TRY(fork, fork())
TRY(fork_raw, syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL))
TRY(thread, syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, NULL, NULL, NULL, NULL))
TRY(clone3, syscall(SYS_clone3, NULL, 0))
TRY(ptrace, ptrace(PTRACE_TRACEME, 0, NULL, NULL))
TRY(vm_readv, syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0))
TRY(prog_load, bpf(BPF_PROG_LOAD, 72))
TRY(map_create, bpf(BPF_MAP_CREATE, 72))
TRY(link_create, bpf(BPF_LINK_CREATE, 48))
TRY(raw_tracepoint, bpf(BPF_RAW_TRACEPOINT_OPEN, 16))
TRY(enable_stats, bpf(BPF_ENABLE_STATS, 4))
TRY(obj_get, bpf(BPF_OBJ_GET, 16))
TRY(prog_fd, bpf(BPF_PROG_GET_FD_BY_ID, 12))
TRY(map_update, bpf(BPF_MAP_UPDATE_ELEM, 32))
TRY(perf_event, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))
TRY(setuid, setuid(getuid()))
TRY(setgroups, syscall(SYS_setgroups, 0, NULL))
TRY(capset, syscall(SYS_capset, NULL, NULL))
TRY(prctl, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
TRY(personality, personality(READ_IMPLIES_EXEC))
TRY(unshare, unshare(CLONE_NEWUSER))
TRY(setns, setns(-1, 0))
TRY(mount, syscall(SYS_mount, NULL, NULL, NULL, 0, NULL))
TRY(chroot, chroot("/"))
TRY(mmap_exec, PAGE(PROT_READ | PROT_EXEC))
TRY(mprotect_exec, mprotect(PAGE(PROT_READ), 4096, PROT_READ | PROT_EXEC))
TRY(memfd, memfd_create("x", 0))
TRY(userfaultfd, syscall(SYS_userfaultfd, 0))
TRY(io_uring, syscall(SYS_io_uring_setup, 1, NULL))
TRY(kill_init, kill(1, 0))
TRY(kill_all, kill(-1, 0))
TRY(kill_parent, syscall(SYS_tgkill, getppid(), getppid(), 0))
TRY(setrlimit, setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 9, 9 }))
TRY(fcntl_owner, fcntl(0, F_SETOWN, 1))
TRY(ioctl_any, ioctl(0, TIOCSTI, "x"))
TRY(openat2, syscall(SYS_openat2, AT_FDCWD, "/dev/null", NULL, 0))
TRY(mknod, mknod(in_scratch("n"), S_IFIFO | 0600, 0))
TRY(mkdir, mkdir(in_scratch("d"), 0700))
TRY(chmod, chmod(scratch, 0755))
TRY(packet, socket(AF_PACKET, SOCK_RAW, 0))
TRY(vsock, socket(AF_VSOCK, SOCK_STREAM, 0))
TRY(raw, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP))
TRY(sctp, socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP))
TRY(netfilter, socket(AF_NETLINK, SOCK_RAW, 12))
TRY(listen, listen(0, 1))
/* refused by some sandboxes */
TRY(tcp, socket(AF_INET, SOCK_STREAM, 0))
/* EAFNOSUPPORT of a kernel without IPv6 is no refusal */
TRY(tcp6, socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) < 0 && errno != EAFNOSUPPORT ? -1 : 0)
TRY(unix, socket(AF_UNIX, SOCK_STREAM, 0))
TRY(open_rdwr, open("/dev/null", O_RDWR))
TRY(open_trunc, open("/dev/null", O_RDONLY | O_TRUNC))
TRY(open_create, open(in_scratch("f"), O_RDONLY | O_CREAT, 0600))
TRY(open_tmpfile, open(scratch, O_RDWR | O_TMPFILE, 0600))
TRY(open_setuid, open(in_scratch("s"), O_WRONLY | O_CREAT, 04755))
TRY(rename, rename(in_scratch("none"), scratch))
TRY(unlink, unlink(in_scratch("none")))

static const struct {
	const char *name;
	box_act act;
	int plain, connects, writes, removes; /* errno in each; 0: allowed */
} tries[] = {
#define NEVER(n)                                        \
	{                                               \
#n, try_##n, EPERM, EPERM, EPERM, EPERM \
	}
	NEVER(exec),
	NEVER(execat),
	NEVER(fork),
	NEVER(fork_raw),
	NEVER(ptrace),
	NEVER(vm_readv),
	NEVER(prog_load),
	NEVER(map_create),
	NEVER(enable_stats),
	NEVER(obj_get),
	NEVER(prog_fd),
	NEVER(map_update),
	NEVER(perf_event),
	/* allowed for the process's own descriptors; this one is invalid */
	{ "link_create", try_link_create, EBADF, EBADF, EBADF, EBADF },
	{ "raw_tracepoint", try_raw_tracepoint, EBADF, EBADF, EBADF, EBADF },
	NEVER(setuid),
	NEVER(setgroups),
	NEVER(capset),
	NEVER(prctl),
	NEVER(personality),
	NEVER(unshare),
	NEVER(setns),
	NEVER(mount),
	NEVER(chroot),
	NEVER(mmap_exec),
	NEVER(mprotect_exec),
	NEVER(memfd),
	NEVER(userfaultfd),
	NEVER(io_uring),
	NEVER(kill_init),
	NEVER(kill_all),
	NEVER(kill_parent),
	NEVER(setrlimit),
	NEVER(fcntl_owner),
	NEVER(ioctl_any),
	NEVER(mknod),
	NEVER(mkdir),
	NEVER(chmod),
	NEVER(packet),
	NEVER(vsock),
	NEVER(raw),
	NEVER(sctp),
	NEVER(netfilter),
	NEVER(listen),
	NEVER(open_setuid),
	/* glibc then uses the calls that these replace */
	{ "clone3", try_clone3, ENOSYS, ENOSYS, ENOSYS, ENOSYS },
	{ "openat2", try_openat2, ENOSYS, ENOSYS, ENOSYS, ENOSYS },
	{ "tcp", try_tcp, EPERM, 0, EPERM, EPERM },
	{ "tcp6", try_tcp6, EPERM, 0, EPERM, EPERM },
	{ "unix", try_unix, EPERM, 0, EPERM, EPERM },
	{ "open_rdwr", try_open_rdwr, EPERM, EPERM, 0, EPERM },
	{ "open_trunc", try_open_trunc, EPERM, EPERM, 0, EPERM },
	{ "open_create", try_open_create, EPERM, EPERM, 0, EPERM },
	{ "open_tmpfile", try_open_tmpfile, EPERM, EPERM, 0, EPERM },
	{ "rename", try_rename, EPERM, EPERM, ENOENT, EPERM },
	{ "unlink", try_unlink, EPERM, EPERM, ENOENT, ENOENT },
};

static void expect(const char *name, const char *where, int got, int want)
{
	if (got != want)
		fail_msg("%s %s: %d (%s), not %d", name, where, got, strerror(got), want);
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(tries); i++) {
		expect(tries[i].name, "with nothing", box(&box_plain, tries[i].act, NULL), tries[i].plain);
		expect(tries[i].name, "with connects", box(&box_connects, tries[i].act, NULL), tries[i].connects);
		expect(tries[i].name, "with writes", box(&box_writes, tries[i].act, NULL), tries[i].writes);
		expect(tries[i].name, "with removes", box(&box_removes, tries[i].act, NULL), tries[i].removes);
	}
	/* A bare CLONE_THREAD shares its stack, so the test only tries refused ones. */
	expect("thread", "with nothing", box(&box_plain, try_thread, NULL), EPERM);
	expect("thread", "with writes", box(&box_writes, try_thread, NULL), EPERM);
}

/* ---- calls of a tick: they reach the kernel, which refuses them for another reason ---- */

TRY(iter_create, bpf(BPF_ITER_CREATE, 8))
TRY(lookup, bpf(BPF_MAP_LOOKUP_ELEM, 32))
TRY(next_key, bpf(BPF_MAP_GET_NEXT_KEY, 24))
TRY(delete, bpf(BPF_MAP_DELETE_ELEM, 16))
TRY(info, bpf(BPF_OBJ_GET_INFO_BY_FD, 16))
TRY(disable, ioctl(-1, PERF_EVENT_IOC_DISABLE, 0))

static void test_bpf(void **state)
{
	const struct {
		const char *name;
		box_act act;
	} calls[] = {
		{ "iter_create", try_iter_create }, { "lookup", try_lookup }, { "next_key", try_next_key },
		{ "delete", try_delete },	    { "info", try_info },     { "disable", try_disable },
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(calls); i++) {
		int got = box(&box_plain, calls[i].act, NULL);

		if (got == EPERM || !got)
			fail_msg("%s: %s", calls[i].name, strerror(got));
	}
}

/* ---- /proc, memory, waiting ---- */

#define NEED(cond) do { if (!(cond)) return errno ? errno : ENOTSUP; } while (0)

static int act_proc(void *arg)
{
	struct gm_rec_proc p;
	struct gm_rec_cpu c;
	struct dirent *e;
	int fds = 0;
	DIR *d;

	(void)arg;
	NEED(!gm_procinfo_read((uint32_t)getpid(), &p) && p.start_ticks && p.cmdline_len);
	NEED(!gm_procinfo_read((uint32_t)getppid(), &p) && p.start_ticks);
	NEED(!gm_procinfo_cpu((uint32_t)getpid(), &c));
	for (int i = 0; i < 4; i++) {
		const char *const files[] = { "/proc/self/stat", "/proc/self/statm", "/proc/self/limits",
					      "/proc/self/status" };

		NEED(open(files[i], O_RDONLY | O_CLOEXEC) >= 0);
	}
	NEED((d = opendir("/proc/self/fd")));
	while ((e = readdir(d)))
		fds++;
	closedir(d);
	NEED(fds > 5);
	NEED(open("/proc/sys/kernel/bpf_stats_enabled", O_RDONLY) >= 0 || errno == ENOENT || errno == EACCES);
	return 0;
}

static void test_proc(void **state)
{
	(void)state;
	assert_int_equal(box(&box_plain, act_proc, NULL), 0);
}

static int act_wait(void *arg)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), ev = eventfd(0, EFD_NONBLOCK),
	    tm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct epoll_event e = { .events = EPOLLIN };
	struct rlimit lim;
	struct rusage use;
	int p[2];
	char *m;

	(void)arg;
	NEED(ep >= 0 && ev >= 0 && tm >= 0);
	NEED(!epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e) && !epoll_ctl(ep, EPOLL_CTL_ADD, tm, &e));
	NEED(!timerfd_settime(tm, 0, &soon, NULL));
	NEED(epoll_wait(ep, &e, 1, 1000) == 1);
	NEED(!nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL));
	NEED(!pipe2(p, O_CLOEXEC | O_NONBLOCK) && write(p[1], "x", 1) == 1 && fcntl(p[0], F_GETFL) >= 0);
	for (int i = 0; i < 8; i++) {
		NEED((m = malloc(1u << (10 + 2 * i))));
		memset(m, 1, 1u << (10 + 2 * i));
		free(m);
	}
	NEED(!getrlimit(RLIMIT_NOFILE, &lim) && !getrusage(RUSAGE_SELF, &use) && sysconf(_SC_NPROCESSORS_ONLN) > 0);
	NEED(signal(SIGUSR1, SIG_IGN) != SIG_ERR && !raise(SIGUSR1) && !kill(getpid(), SIGUSR1));
	return 0;
}

static void test_wait(void **state)
{
	(void)state;
	assert_int_equal(box(&box_plain, act_wait, NULL), 0);
}

/* ---- descriptors that were opened before ---- */

static int act_written(void *arg)
{
	int fd = *(int *)arg;

	NEED(write(fd, "hello", 5) == 5 && pwrite(fd, "H", 1, 0) == 1 && !ftruncate(fd, 3) && !fsync(fd));
	return 0;
}

static void test_written(void **state)
{
	struct unit_file f;
	char buf[8];

	(void)state;
	unit_file_init(&f);
	assert_int_equal(box(&box_plain, act_written, &f.fd), 0);
	assert_int_equal(unit_file_get(&f, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "Hel", 3);
	unit_file_release(&f);
}

static int act_addressed(void *arg)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = 9,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return sendto(*(int *)arg, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

/* A socket that was opened before cannot send to another address. */
static void test_addressed(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(box(&box_plain, act_addressed, &fd), EPERM);
	assert_int_equal(box(&box_connects, act_addressed, &fd), 0);
	close(fd);
}

/* ---- the exporter's own files ---- */

static int act_textfile(void *arg)
{
	char tmp[64];
	int fd;

	(void)arg;
	snprintf(tmp, sizeof(tmp), "%s/.x.XXXXXX", scratch);
	NEED((fd = mkostemp(tmp, O_CLOEXEC)) >= 0);
	NEED(write(fd, "x", 1) == 1 && !fchmod(fd, 0644) && !fsync(fd));
	NEED(fchmod(fd, 04755) && errno == EPERM);
	NEED(!rename(tmp, in_scratch("x.prom")) && !unlink(in_scratch("x.prom")));
	fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NEED(fd >= 0 && !fsync(fd));
	return 0;
}

static void test_textfile(void **state)
{
	(void)state;
	assert_int_equal(box(&box_writes, act_textfile, NULL), 0);
	assert_int_equal(box(&box_plain, act_textfile, NULL), EPERM);
}

static int act_unlink(void *arg)
{
	return unlink(arg) ? errno : 0;
}

static void test_removes(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s", in_scratch("sock"));
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(box(&box_plain, act_unlink, path), EPERM);
	assert_int_equal(box(&box_removes, act_unlink, path), 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* ---- names and connections ---- */

static int look_up(const char *name)
{
	const struct addrinfo hints = { .ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (getaddrinfo(name, "80", &hints, &found))
		return -1;
	freeaddrinfo(found);
	return 0;
}

static void *look_up_thread(void *arg)
{
	return look_up(arg) ? "failed" : NULL;
}

static int act_resolver(void *arg)
{
	void *failed = "not run";
	pthread_t t;
	int err = pthread_create(&t, NULL, look_up_thread, arg);

	return err ? err : pthread_join(t, &failed) || failed ? ENOENT : 0;
}

static void test_resolver(void **state)
{
	(void)state;
	if (look_up("localhost"))
		skip();
	assert_int_equal(box(&box_connects, act_resolver, "localhost"), 0);
	assert_int_not_equal(box(&box_plain, act_resolver, "localhost"), 0);
}

static void *cancelled_thread(void *arg)
{
	for (;;)
		nanosleep(&(struct timespec){ .tv_sec = 1 }, arg);
	return NULL;
}

/* Cancels a thread, which loads the unwinder. */
static int act_cancel(void *arg)
{
	pthread_t t;
	void *end;
	int err = pthread_create(&t, NULL, cancelled_thread, arg);

	if (err)
		return err;
	pthread_cancel(t);
	return pthread_join(t, &end) || end != PTHREAD_CANCELED;
}

static void test_cancel(void **state)
{
	(void)state;
	assert_int_equal(box(&box_connects, act_cancel, NULL), 0);
}

/* ---- the end ---- */

static int act_abort(void *arg)
{
	(void)arg;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static int act_x32(void *arg)
{
	(void)arg;
	syscall(0x40000000 | SYS_getpid);
	return 0;
}

static void test_end(void **state)
{
	(void)state;
	assert_int_equal(box(&box_plain, act_abort, NULL), KILLED + SIGABRT);
#ifdef __x86_64__
	assert_int_equal(box(&box_plain, act_x32, NULL), KILLED + SIGSYS);
#endif
}

/* ---- privileges ---- */

/* Returns a number in /proc/self/status. */
static uint64_t status_of(const char *key, int base)
{
	char line[256];
	uint64_t v = UINT64_MAX;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			v = strtoull(line + strlen(key), NULL, base);
	if (f)
		fclose(f);
	return v;
}

static int act_status(void *arg)
{
	(void)arg;
	NEED(!status_of("CapEff:", 16) && !status_of("CapPrm:", 16) && !status_of("CapInh:", 16) &&
	     !status_of("CapAmb:", 16));
	NEED(status_of("NoNewPrivs:", 10) == 1 && status_of("Seccomp:", 10) == 2);
	return 0;
}

static int act_bounding(void *arg)
{
	return !status_of("CapBnd:", 16) ? act_status(arg) : ENOTEMPTY;
}

static void test_privileges(void **state)
{
	bool emptied = !status_of("CapBnd:", 16) ||
		       (!capng_get_caps_process() && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP));

	(void)state;
	assert_int_equal(box(&box_plain, act_status, NULL), 0);
	assert_int_equal(box(&box_all, act_status, NULL), 0);
	assert_int_equal(box(&box_plain, act_bounding, NULL), emptied ? 0 : ENOTEMPTY);
}

/* A service with ambient capabilities, but without CAP_SETPCAP. */
static void test_few(void **state)
{
	pid_t pid;

	(void)state;
	if (capng_get_caps_process() || !capng_have_capability(CAPNG_PERMITTED, CAP_SYS_ADMIN))
		skip();
	pid = fork();
	if (!pid) {
		capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
		capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_AMBIENT,
			      CAP_SYS_ADMIN, CAP_SYSLOG, -1);
		if (capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT) || !status_of("CapAmb:", 16))
			_exit(NOT_ENTERED + 1);
		_exit(gm_sandbox_enter(&box_plain) ? NOT_ENTERED : act_status(NULL));
	}
	assert_int_equal(box_end(pid), 0);
}

static void *idle_thread(void *arg)
{
	char c;

	return read(*(int *)arg, &c, 1) < 0 ? arg : NULL;
}

/* The sandbox refuses to start beside another thread, which would keep its privileges. */
static void test_threads(void **state)
{
	pthread_t t;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(pthread_create(&t, NULL, idle_thread, p), 0);
	gm_log_init("test", GM_LOG_QUIET);
	assert_int_equal(gm_sandbox_enter(&box_plain), -EBUSY);
	gm_log_init("test", GM_LOG_WARN);
	close(p[1]);
	assert_int_equal(pthread_join(t, NULL), 0);
	close(p[0]);
	assert_int_equal(status_of("Seccomp:", 10), 0);
}

static int setup(void **state)
{
	(void)state;
	gm_log_init("test", GM_LOG_WARN);
	return mkdtemp(scratch) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(in_scratch("f"));
	return rmdir(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_bpf),	 cmocka_unit_test(test_proc),
		cmocka_unit_test(test_wait),	 cmocka_unit_test(test_written), cmocka_unit_test(test_addressed),
		cmocka_unit_test(test_textfile), cmocka_unit_test(test_removes), cmocka_unit_test(test_resolver),
		cmocka_unit_test(test_cancel),	 cmocka_unit_test(test_end),	 cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_few),	 cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
