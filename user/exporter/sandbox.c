// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sandbox.c - a table of allowed system calls, and the order in which privileges are dropped: steps that may fail come
 * first, and no step needs a privilege that an earlier one dropped.
 *
 * After attaching, no capability is needed: creating and reading iterators, map elements by descriptor, a program's
 * info by descriptor, attaching a program to a hook whose descriptor is open are bpf(2) commands that every kernel
 * since 5.19 allows to the holder of the descriptors, whatever kernel.unprivileged_bpf_disabled is.
 */
#include <cap-ng.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/vec.h"
#include "exporter/sandbox.h"

/* ---- which system calls ---- */

enum condition { ALWAYS, CONNECTS, WRITES, REMOVES };

#define MAX_CONDS 2

/* Allowed when (args[arg] & mask) == value for all conditions; mask 0: no condition. */
struct row {
	const char *name;
	enum condition condition;
	struct { unsigned int arg; uint64_t mask, value; } cond[MAX_CONDS];
};

#define IS(arg, value)	{ arg, 0xffffffff, value }	/* an int: the kernel ignores the upper bits */
#define NIL(arg)	{ arg, ~0ull, 0 }
#define NO(arg, bits)	{ arg, bits, 0 }
#define HAS(arg, bits)	{ arg, bits, bits }
#define SELF		UINT64_MAX	/* as a value: our pid */
#define READ_ONLY(arg)	NO(arg, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))
#define PAGEMAP_SCAN	0xc0606610	/* include/uapi/linux/fs.h, Linux 6.7 */
#define SET_IDS		07000		/* mode bits that no file here needs */

/*
 * Rows with the same name are alternatives. A name that the architecture or libseccomp does not know is skipped: arm64
 * has no open, stat, poll, epoll_wait.
 */
static const struct row rows[] = {
	/* ticks: reading the kernel side, and /proc */
	{ "bpf", ALWAYS, { IS(0, BPF_ITER_CREATE) } },
	{ "bpf", ALWAYS, { IS(0, BPF_MAP_LOOKUP_ELEM) } },
	{ "bpf", ALWAYS, { IS(0, BPF_MAP_GET_NEXT_KEY) } },
	{ "bpf", ALWAYS, { IS(0, BPF_MAP_DELETE_ELEM) } },
	{ "bpf", ALWAYS, { IS(0, BPF_OBJ_GET_INFO_BY_FD) } },
	/* scans by runs of a program instead of iterators */
	{ "bpf", ALWAYS, { IS(0, BPF_PROG_RUN) } },
	/* programs attached only once a VM has guest memory, at hooks where they were attached before */
	{ "bpf", ALWAYS, { IS(0, BPF_LINK_CREATE) } },
	{ "bpf", ALWAYS, { IS(0, BPF_RAW_TRACEPOINT_OPEN) } },
	{ "ioctl", ALWAYS, { IS(1, PERF_EVENT_IOC_ENABLE) } },
	{ "ioctl", ALWAYS, { IS(1, PERF_EVENT_IOC_DISABLE) } },	/* libbpf detaches with it */
	{ "ioctl", ALWAYS, { IS(1, PAGEMAP_SCAN) } },	/* user/kernel/pagemap.c */
	{ "open", ALWAYS, { READ_ONLY(1) } },
	{ "openat", ALWAYS, { READ_ONLY(2) } },
	{ "read", ALWAYS }, { "readv", ALWAYS }, { "pread64", ALWAYS }, { "lseek", ALWAYS }, { "close", ALWAYS },
	{ "stat", ALWAYS }, { "lstat", ALWAYS }, { "fstat", ALWAYS }, { "newfstatat", ALWAYS }, { "statx", ALWAYS },
	{ "access", ALWAYS }, { "faccessat", ALWAYS }, { "faccessat2", ALWAYS },
	{ "readlink", ALWAYS }, { "readlinkat", ALWAYS }, { "getdents64", ALWAYS }, { "getcwd", ALWAYS },

	/* writing to open descriptors: stdout, a recording */
	{ "write", ALWAYS }, { "writev", ALWAYS }, { "pwrite64", ALWAYS }, { "ftruncate", ALWAYS },
	{ "fsync", ALWAYS }, { "fdatasync", ALWAYS },
	{ "fcntl", ALWAYS, { IS(1, F_GETFL) } },
	{ "fcntl", ALWAYS, { IS(1, F_SETFL) } },
	{ "fcntl", ALWAYS, { IS(1, F_GETFD) } },
	{ "fcntl", ALWAYS, { IS(1, F_SETFD) } },
	{ "fcntl", ALWAYS, { IS(1, F_DUPFD_CLOEXEC) } },

	/* waiting */
	{ "poll", ALWAYS }, { "ppoll", ALWAYS }, { "select", ALWAYS }, { "pselect6", ALWAYS },
	{ "epoll_create1", ALWAYS }, { "epoll_ctl", ALWAYS }, { "epoll_wait", ALWAYS }, { "epoll_pwait", ALWAYS },
	{ "epoll_pwait2", ALWAYS },
	{ "timerfd_create", ALWAYS }, { "timerfd_settime", ALWAYS }, { "timerfd_gettime", ALWAYS },
	{ "eventfd2", ALWAYS }, { "pipe2", ALWAYS },
	{ "nanosleep", ALWAYS }, { "clock_nanosleep", ALWAYS },
	{ "clock_gettime", ALWAYS }, { "clock_getres", ALWAYS }, { "gettimeofday", ALWAYS }, { "time", ALWAYS },
	{ "restart_syscall", ALWAYS }, { "sched_yield", ALWAYS }, { "futex", ALWAYS },

	/* connections from clients, and sendto on connected sockets */
	{ "accept4", ALWAYS }, { "accept", ALWAYS }, { "shutdown", ALWAYS },
	{ "recvfrom", ALWAYS }, { "recvmsg", ALWAYS }, { "sendmsg", ALWAYS }, { "sendfile", ALWAYS },
	{ "sendto", ALWAYS, { NIL(4) } },
	{ "getsockname", ALWAYS }, { "getpeername", ALWAYS }, { "getsockopt", ALWAYS },
	{ "setsockopt", ALWAYS, { IS(1, SOL_SOCKET) } },
	{ "setsockopt", ALWAYS, { IS(1, IPPROTO_TCP) } },
	{ "ioctl", ALWAYS, { IS(1, FIONBIO) } },
	{ "ioctl", ALWAYS, { IS(1, FIONREAD) } },

	/* memory, never executable */
	{ "mmap", ALWAYS, { NO(2, PROT_EXEC) } },
	{ "mprotect", ALWAYS, { NO(2, PROT_EXEC) } },
	{ "munmap", ALWAYS }, { "mremap", ALWAYS }, { "madvise", ALWAYS }, { "brk", ALWAYS },

	/* the process itself */
	{ "getpid", ALWAYS }, { "gettid", ALWAYS }, { "getppid", ALWAYS },
	{ "getuid", ALWAYS }, { "geteuid", ALWAYS }, { "getgid", ALWAYS }, { "getegid", ALWAYS },
	{ "getrandom", ALWAYS }, { "getrusage", ALWAYS }, { "times", ALWAYS }, { "uname", ALWAYS },
	  { "sysinfo", ALWAYS },
	{ "sched_getaffinity", ALWAYS }, { "getcpu", ALWAYS },
	{ "prlimit64", ALWAYS, { IS(0, 0), NIL(2) } },	/* reads, does not set */
	{ "getrlimit", ALWAYS },
	{ "rt_sigaction", ALWAYS }, { "rt_sigprocmask", ALWAYS }, { "rt_sigreturn", ALWAYS }, { "sigaltstack", ALWAYS },
	{ "tgkill", ALWAYS, { IS(0, SELF) } },			/* abort() */
	{ "kill", ALWAYS, { IS(0, SELF) } },
	{ "wait4", ALWAYS },					/* waiting for COMMAND */
	{ "exit", ALWAYS }, { "exit_group", ALWAYS },

	/* outgoing connections: libcurl, the resolver and its thread; netlink only for reading addresses */
	{ "socket", CONNECTS, { IS(0, AF_UNIX) } },
	{ "socket", CONNECTS, { IS(0, AF_INET), IS(2, 0) } },
	{ "socket", CONNECTS, { IS(0, AF_INET), IS(2, IPPROTO_TCP) } },
	{ "socket", CONNECTS, { IS(0, AF_INET), IS(2, IPPROTO_UDP) } },
	{ "socket", CONNECTS, { IS(0, AF_INET6), IS(2, 0) } },
	{ "socket", CONNECTS, { IS(0, AF_INET6), IS(2, IPPROTO_TCP) } },
	{ "socket", CONNECTS, { IS(0, AF_INET6), IS(2, IPPROTO_UDP) } },
	{ "socket", CONNECTS, { IS(0, AF_NETLINK), IS(2, 0) } },	/* NETLINK_ROUTE */
	{ "socketpair", CONNECTS, { IS(0, AF_UNIX) } },
	{ "connect", CONNECTS }, { "bind", CONNECTS }, { "sendto", CONNECTS }, { "sendmmsg", CONNECTS },
	{ "setsockopt", CONNECTS, { IS(1, IPPROTO_IP) } },
	{ "setsockopt", CONNECTS, { IS(1, IPPROTO_IPV6) } },
	{ "clone", CONNECTS, { HAS(0, CLONE_THREAD) } },
	{ "set_robust_list", CONNECTS }, { "rseq", CONNECTS },

	/* creating files */
	{ "open", WRITES, { NO(2, SET_IDS) } },
	{ "openat", WRITES, { NO(3, SET_IDS) } },
	{ "fchmod", WRITES, { NO(1, SET_IDS) } },
	{ "umask", WRITES },
	{ "rename", WRITES }, { "renameat", WRITES }, { "renameat2", WRITES },
	{ "unlink", WRITES }, { "unlinkat", WRITES },
	{ "unlink", REMOVES }, { "unlinkat", REMOVES },
};

/*
 * These calls fail with ENOSYS: their arguments are behind a pointer, which no filter can read. The C library then uses
 * the older calls.
 */
static const char *const enosys_calls[] = { "clone3", "openat2" };

static bool is_row_enabled(const struct row *r, const struct gm_sandbox *s)
{
	switch (r->condition) {
	case CONNECTS: return s->connects;
	case WRITES: return s->writes;
	case REMOVES: return s->removes;
	default: return true;
	}
}

/* Adds a rule. Returns 1; 0: this machine has no call of that name; -errno, reported. */
static int add_rule(scmp_filter_ctx ctx, uint32_t action, const char *name, unsigned int nr,
		    const struct scmp_arg_cmp *cond)
{
	int call = seccomp_syscall_resolve_name(name), err;

	if (call < 0)
		return 0;
	err = seccomp_rule_add_array(ctx, action, call, nr, cond);
	return err ? gm_errno(err, "sandbox: %s", name) : 1;
}

static int add_row(scmp_filter_ctx ctx, const struct row *r)
{
	struct scmp_arg_cmp cond[MAX_CONDS];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < MAX_CONDS; i++) {
		uint64_t value = r->cond[i].value == SELF ? (uint64_t)getpid() : r->cond[i].value;

		if (r->cond[i].mask)
			cond[nr++] = SCMP_CMP64(r->cond[i].arg, SCMP_CMP_MASKED_EQ, r->cond[i].mask, value);
	}
	return add_rule(ctx, SCMP_ACT_ALLOW, r->name, nr, cond);
}

/* Adds the rules of all rows that apply. Returns their number, or -errno. */
static int add_rules(scmp_filter_ctx ctx, const struct gm_sandbox *s)
{
	int added = 0, n;

	for (size_t i = 0; i < GM_ARRAY_SIZE(enosys_calls); i++) {
		n = add_rule(ctx, SCMP_ACT_ERRNO(ENOSYS), enosys_calls[i], 0, NULL);
		if (n < 0)
			return n;
	}
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		n = is_row_enabled(&rows[i], s) ? add_row(ctx, &rows[i]) : 0;
		if (n < 0)
			return n;
		added += n;
	}
	return added;
}

static int filter_calls(const struct gm_sandbox *s)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int added, err;

	if (!ctx)
		return gm_errno(-ENOMEM, "sandbox");
	/* Calls by another ABI (x32, 32 bit) have other numbers; only exploits use them. */
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* binary tree, as ticks make some calls often */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	added = add_rules(ctx, s);
	err = added < 0 ? added : seccomp_load(ctx);
	seccomp_release(ctx);
	if (added < 0)
		return added;
	if (err)
		return gm_errno(err, "sandbox: loading the filter of system calls (needs CONFIG_SECCOMP_FILTER)");
	gm_debug("sandbox: no capabilities, no new privileges, no core dumps; %d system call rules%s%s%s; all else: "
		 "EPERM",
		 added, s->connects ? ", may connect" : "", s->writes ? ", may write files" : "",
		 s->removes ? ", may remove files" : "");
	return 0;
}

/* ---- what has to be there before ---- */

/* Loads the modules of a line such as "hosts: files mdns4_minimal [NOTFOUND=return] dns". */
static void load_modules(char *line)
{
	char name[64], *save = NULL;

	for (char *word = strtok_r(line, " \t\n", &save); word; word = strtok_r(NULL, " \t\n", &save)) {
		snprintf(name, sizeof(name), "libnss_%s.so.2", word);
		if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(word))
			/* no error: many modules are now part of the C library */
			dlopen(name, RTLD_LAZY);
	}
}

/*
 * Loads the resolver's modules. The C library would load them when they are first needed, which is too late: code
 * cannot be mapped any more. No name is resolved here, as that may take long.
 */
static void load_resolver(void)
{
	char line[512];
	FILE *f = fopen("/etc/nsswitch.conf", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "hosts:", 6))
			load_modules(line + 6);
	if (f)
		fclose(f);
	dlopen("libgcc_s.so.1", RTLD_LAZY); /* needed to cancel a thread */
}

/* Checks that there is one thread: capabilities belong to threads, and another thread would keep its own. */
static int check_single_thread(void)
{
	struct stat st;

	if (stat("/proc/self/task", &st))
		return gm_errno(-errno, "sandbox: /proc/self/task");
	return st.st_nlink == 3 ? 0 : gm_err(-EBUSY, "sandbox: there is more than one thread");
}

/* ---- capabilities ---- */

static int drop_capabilities(void)
{
	/*
	 * The bounding set only matters to programs that are executed, which seccomp forbids and no_new_privs makes
	 * harmless. Clearing it needs CAP_SETPCAP, which a service with only the capabilities for attaching lacks: its
	 * failure is ignored.
	 */
	capng_clear(CAPNG_SELECT_ALL);
	capng_apply(CAPNG_SELECT_BOUNDS);
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT))
		return gm_err(-EPERM, "sandbox: giving up capabilities: %s", strerror(errno));
	/* Verify. */
	if (capng_get_caps_process() || capng_have_permitted_capabilities() != CAPNG_NONE ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return gm_err(-EPERM, "sandbox: capabilities are left");
	return 0;
}

int gm_sandbox_enter(const struct gm_sandbox *s)
{
	int err;

	if (s->connects)
		load_resolver();
	err = check_single_thread();
	if (err)
		return err;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return gm_errno(-errno, "sandbox: no_new_privs");
	err = drop_capabilities();
	if (err)
		return err;
	/* No core dump, no debugger of the same user: our memory contains keys, and headers of other services. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return gm_errno(-errno, "sandbox: dumpable");
	return filter_calls(s);
}
