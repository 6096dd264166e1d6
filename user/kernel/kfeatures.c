// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kfeatures.c - finds out what the running kernel offers, from BTF (vmlinux and the kvm module), kallsyms, and a trial
 * of each mechanism with a program of two instructions: only a trial shows what a kernel refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/stats.h"
#include "base/parse.h"
#include "base/resource.h"
#include "base/timing.h"
#include "base/vec.h"
#include "kernel/kbtf.h"
#include "kernel/ksyms.h"

/* Returns how many numbers a list such as "0-3,8" has. */
static uint32_t count_list(const char *s)
{
	uint32_t n = 0;

	while (*s >= '0' && *s <= '9') {
		char *e;
		unsigned long a = strtoul(s, &e, 10), b = a;

		if (*e == '-')
			b = strtoul(e + 1, &e, 10);
		n += b >= a ? b - a + 1 : 1;
		s = *e == ',' ? e + 1 : e;
	}
	return n;
}

static uint32_t count_nodes(void)
{
	char buf[256];
	uint32_t n;

	if (gm_read_text(AT_FDCWD, "/sys/devices/system/node/online", buf, sizeof(buf)) <= 0)
		return 1;
	n = count_list(buf);
	return n ? n : 1;
}

/* ---- symbols ---- */

struct symbol {
	const char *name;
	uint64_t *addr;
};

static int note_symbol(void *arg, uint64_t addr, char type, const char *name)
{
	struct gm_kfeatures *k = arg;
	const struct symbol want[] = {
		{ "kvm_gmem_release", &k->gmem_release },
		{ "kvm_vm_release", &k->vm_release },
		{ "kvm_vcpu_release", &k->vcpu_release },
		{ "kvm_vm_stats_release", &k->vm_stats_release },
		{ "kvm_vcpu_stats_release", &k->vcpu_stats_release },
		{ "kvm_device_release", &k->device_release },
	};

	(void)type;
	for (size_t i = 0; i < GM_ARRAY_SIZE(want); i++)
		if (!strcmp(name, want[i].name))
			*want[i].addr = addr;
	return 0;
}

/*
 * Reads the addresses of the functions that identify KVM's files. 0, also if they are hidden; -errno, reported: no
 * memory or descriptor.
 */
static int read_symbols(struct gm_kfeatures *k)
{
	int err = gm_ksyms_each("/proc/kallsyms", "_release", note_symbol, k);

	return gm_is_resource_error(err) ? gm_errno(err, "cannot read /proc/kallsyms") : 0;
}

/* ---- zeroing by the allocator ---- */

/* Returns whether a kernel configuration, compressed or not, has "CONFIG_X=y". GM_UNKNOWN: it cannot be read. */
static uint32_t read_config(const char *path, const char *name)
{
	char line[256], want[80];
	uint32_t found = GM_UNKNOWN;
	gzFile f = gzopen(path, "re");

	snprintf(want, sizeof(want), "CONFIG_%s=y", name);
	while (f && found != GM_YES && gzgets(f, line, sizeof(line)))
		found = strncmp(line, want, strlen(want)) ? GM_NO : GM_YES;
	if (f)
		gzclose(f);
	return found;
}

static uint32_t config_value(const char *release, const char *name)
{
	char boot[sizeof("/boot/config-") + 80];
	uint32_t found = read_config("/proc/config.gz", name);

	snprintf(boot, sizeof(boot), "/boot/config-%s", release);
	return found == GM_UNKNOWN ? read_config(boot, name) : found;
}

/*
 * Reads a setting that the kernel logs at boot: "mem auto-init: stack:..., heap alloc:on, heap free:off"
 * (report_meminit(), mm/mm_init.c, all kernels). GM_UNKNOWN: its log no longer has that line.
 */
static uint32_t logged_switch(const char *what)
{
	int size = klogctl(10 /* SYSLOG_ACTION_SIZE_BUFFER */, NULL, 0), n;
	uint32_t found = GM_UNKNOWN;
	const char *p;
	char *log;

	log = size > 0 ? malloc((size_t)size + 1) : NULL;
	if (!log)
		return GM_UNKNOWN;
	n = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, log, size);
	log[n > 0 ? n : 0] = 0;
	p = strstr(log, "mem auto-init:");
	p = p ? strstr(p, what) : NULL;
	if (p)
		found = !strncmp(p + strlen(what), "on", 2) ? GM_YES : GM_NO;
	free(log);
	return found;
}

/* Returns a boot option, or the configuration's default. */
static uint32_t boot_switch(const char *release, const char *option, const char *config)
{
	char line[4096];
	const char *p, *last = NULL;

	if (gm_read_text(AT_FDCWD, "/proc/cmdline", line, sizeof(line)) > 0)
		for (p = strstr(line, option); p; p = strstr(p + 1, option))
			if (p == line || p[-1] == ' ')
				last = p;
	if (last && last[strlen(option)] == '=')
		return strchr("1yYoO", last[strlen(option) + 1]) && strncmp(last + strlen(option) + 1, "of", 2) ? GM_YES
														: GM_NO;
	return config_value(release, config);
}

/* PVM runs guests without hardware support: it emulates small real-mode code, and there are no nested page faults. */
static uint32_t is_emulated(void)
{
	bool hw = !access("/sys/module/kvm_intel", F_OK) || !access("/sys/module/kvm_amd", F_OK);

	if (!access("/sys/module/kvm_pvm", F_OK))
		return hw ? GM_UNKNOWN : GM_YES;
	return GM_NO;
}

/* ---- mechanisms ---- */

/* Opens tracefs where it is mounted, else as a mount of our own that no other process sees. */
static int open_tracefs(void)
{
	static const char *const dirs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char events[80];
	int fs, fd;

	for (size_t i = 0; i < GM_ARRAY_SIZE(dirs); i++) {
		snprintf(events, sizeof(events), "%s/events", dirs[i]);
		/* access(2) would ignore the capabilities that open it */
		fd = open(events, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		close(fd);
		return open(dirs[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	fs = syscall(SYS_fsopen, "tracefs", 1 /* FSOPEN_CLOEXEC */);
	if (fs < 0)
		return -1;
	fd = syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0)
		     ? -1
		     : (int)syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	close(fs);
	return fd;
}

int gm_kfeatures_event_id(const struct gm_kfeatures *k, const char *event)
{
	char path[128], buf[32];
	uint64_t id;
	ssize_t n;

	if (k->tracefs < 0)
		return -ENODEV;
	snprintf(path, sizeof(path), "events/%s/id", event);
	n = gm_read_text(k->tracefs, path, buf, sizeof(buf));
	if (n <= 0)
		return n ? (int)n : -EIO;
	buf[strcspn(buf, "\n")] = 0;
	return gm_parse_u64(buf, 0, INT32_MAX, &id) ? -EINVAL : (int)id;
}

bool gm_kfeatures_has_syscall(const struct gm_kfeatures *k, const char *name)
{
	char event[64];

	snprintf(event, sizeof(event), "syscalls/%s", name);
	return k->why[GM_MECH_SYSCALL][0] || gm_kfeatures_event_id(k, event) != -ENOENT;
}

/* Trials load and attach "return 0" to a function that rarely runs. */
#define RARE "truncate_inode_pages_final"
static const struct bpf_insn return_0[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* Ends a trial with the program fd, and with the link or its error in errno. 0 or -errno. */
static int close_trial(int fd, int link)
{
	int err = link < 0 ? -errno : 0;

	if (link >= 0)
		close(link);
	close(fd);
	return err;
}

/* Tries a program of type tracing. 0 or -errno. */
static int try_tracing(const struct gm_kfeatures *k, enum bpf_attach_type type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type);
	uint32_t id = gm_kfeatures_func_id(k, RARE);
	int fd;

	if (!id)
		return -ENOENT;
	o.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "gm_try", "Dual BSD/GPL", return_0, 2, &o);
	if (fd < 0)
		return -errno;
	return close_trial(fd, bpf_raw_tracepoint_open(NULL, fd));
}

/* Tries kprobe.multi: function probes by name, many at once, which need neither types nor perf events. 0 or -errno. */
static int try_kprobe_multi(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);
	const char *syms[] = { RARE };
	LIBBPF_OPTS(bpf_link_create_opts, lo, .kprobe_multi.syms = syms, .kprobe_multi.cnt = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "gm_try", "Dual BSD/GPL", return_0, 2, &o);

	if (fd < 0)
		return -errno;
	return close_trial(fd, bpf_link_create(fd, 0, BPF_TRACE_KPROBE_MULTI, &lo));
}

/*
 * Return true if lockdown=confidentiality is on. Then the verifier refuses bpf_probe_read_kernel(), which all our
 * programs need, with EINVAL (LOCKDOWN_BPF_READ_KERNEL, kernel/trace/bpf_trace.c). A process that may load no program
 * at all gets EPERM, which is reported elsewhere.
 */
static bool are_reads_forbidden(void)
{
	const struct bpf_insn prog[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "gm_try", "Dual BSD/GPL", prog, GM_ARRAY_SIZE(prog), NULL);

	if (fd < 0)
		return errno == EINVAL;
	close(fd);
	return false;
}

/* Returns this process's number in the initial PID namespace; 0: unknown. */
static uint32_t read_kernel_tgid(void)
{
	const struct bpf_insn prog[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = 0, .imm = 32 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .prog_flags = BPF_F_SLEEPABLE);
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int fd = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "gm_try", "Dual BSD/GPL", prog, GM_ARRAY_SIZE(prog), &o), err;

	if (fd < 0)
		return 0;
	err = bpf_prog_test_run_opts(fd, &run);
	close(fd);
	return err ? 0 : run.retval;
}

/* Finds out which processes scans see, and which have names and cgroups in /proc. */
static void read_processes(struct gm_kfeatures *k)
{
	const char *why;
	struct gm_pidns ns;

	gm_pidns_read(&ns);
	ns.tgid = read_kernel_tgid();
	why = gm_pidns_tasks_why(&ns);
	snprintf(k->why[GM_MECH_TASKS], sizeof(k->why[0]), "%s", why ? why : "");
	gm_kfeatures_set_procfs(k, gm_pidns_procfs(&ns));
}

void gm_kfeatures_set_procfs(struct gm_kfeatures *k, enum gm_procfs procfs)
{
	const char *why = gm_procfs_why(procfs);

	k->procfs = procfs;
	snprintf(k->why[GM_MECH_PROC], sizeof(k->why[0]), "%s", why ? why : "");
}

/* Tries each mechanism. 0; -errno, not reported: no memory or descriptor for it. */
static int try_mechanisms(struct gm_kfeatures *k)
{
	int err = try_tracing(k, BPF_TRACE_FENTRY);

	if (gm_is_resource_error(err))
		return err;
	if (err)
		snprintf(k->why[GM_MECH_FENTRY], sizeof(k->why[0]), "this kernel refuses function probes (fentry: %s)",
			 strerror(-err));
	err = k->why[GM_MECH_FSESSION][0] ? 0 : try_tracing(k, GM_ATTACH_FSESSION);
	if (gm_is_resource_error(err))
		return err;
	if (err)
		snprintf(k->why[GM_MECH_FSESSION], sizeof(k->why[0]), "this kernel refuses fsession programs (%s)",
			 strerror(-err));
	err = try_kprobe_multi();
	if (gm_is_resource_error(err))
		return err;
	if (err)
		snprintf(k->why[GM_MECH_KMULTI], sizeof(k->why[0]), "this kernel refuses kprobe.multi (%s)",
			 strerror(-err));
	if (access("/sys/bus/event_source/devices/kprobe/type", R_OK))
		snprintf(k->why[GM_MECH_KPROBE], sizeof(k->why[0]), "this kernel has no kprobes");
	k->tracefs = open_tracefs();
	err = gm_kfeatures_event_id(k, "syscalls/sys_enter_ioctl");
	if (err == -EACCES || k->tracefs < 0)
		snprintf(k->why[GM_MECH_SYSCALL], sizeof(k->why[0]),
			 "system call tracepoints need a readable tracefs (CAP_DAC_READ_SEARCH)");
	else if (err < 0)
		snprintf(k->why[GM_MECH_SYSCALL], sizeof(k->why[0]), "this kernel has no system call tracepoints");
	return 0;
}

#define CLEAR_BYTES	(16u << 20)	/* larger than a core's own caches */
#define CLEAR_ROUNDS	5

/* The first round does not count: it also faults the memory in. */
uint64_t gm_kfeatures_zero_ns(const struct gm_kfeatures *k)
{
	char *at = mmap(NULL, CLEAR_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t ns[CLEAR_ROUNDS];

	if (at == MAP_FAILED)
		return 0;
	for (int r = -1; r < CLEAR_ROUNDS; r++) {
		struct timespec a, b;

		clock_gettime(CLOCK_MONOTONIC, &a);
		for (size_t i = 0; i < CLEAR_BYTES; i += k->page_size) {
			memset(at + i, 0, k->page_size);
			/* the memory is never read: keep the compiler from removing the memset */
			__asm__ volatile("" : : "r"(at + i) : "memory");
		}
		clock_gettime(CLOCK_MONOTONIC, &b);
		if (r >= 0)
			ns[r] = (uint64_t)(b.tv_sec - a.tv_sec) * 1000000000ull + (uint64_t)b.tv_nsec -
				(uint64_t)a.tv_nsec;
	}
	munmap(at, CLEAR_BYTES);
	return gm_median(ns, CLEAR_ROUNDS) * k->page_size / CLEAR_BYTES;
}

int gm_kfeatures_read(struct gm_kfeatures *k)
{
	struct utsname u;
	int err;

	memset(k, 0, sizeof(*k));
	k->tracefs = -1;
	uname(&u);
	snprintf(k->release, sizeof(k->release), "%s", u.release);
	snprintf(k->arch, sizeof(k->arch), "%.15s", u.machine);
	k->page_size = sysconf(_SC_PAGESIZE);
	k->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	k->nodes = count_nodes();
	gm_timing_step("options");
	err = gm_kbtf_read(k);
	gm_timing_step("types of the kernel (BTF)");
	if (!err)
		err = read_symbols(k);
	gm_timing_step("/proc/kallsyms");
	if (err)
		return err;
	k->init_on_alloc = logged_switch("heap alloc:");
	if (k->init_on_alloc == GM_UNKNOWN)
		k->init_on_alloc = boot_switch(k->release, "init_on_alloc", "INIT_ON_ALLOC_DEFAULT_ON");
	k->init_on_free = logged_switch("heap free:");
	if (k->init_on_free == GM_UNKNOWN)
		k->init_on_free = boot_switch(k->release, "init_on_free", "INIT_ON_FREE_DEFAULT_ON");
	k->emulated = is_emulated();
	k->blind = are_reads_forbidden();
	err = try_mechanisms(k);
	if (err)
		return gm_errno(err, "cannot find out what this kernel allows");
	read_processes(k);
	gm_timing_step("trial of each kind of hook");
	return 0;
}

void gm_kfeatures_release(struct gm_kfeatures *k)
{
	btf__free(k->kvm);
	btf__free(k->vmlinux);
	k->kvm = k->vmlinux = NULL;
	gm_hmap_release(&k->names);
	if (k->tracefs >= 0)
		close(k->tracefs);
	k->tracefs = -1;
}

/* 2 s at session.c's polling: then the module has no types, which is reported when the source is opened */
#define TYPELESS_POLLS 40

int gm_kfeatures_poll_kvm(void)
{
	static int built_in = -1;     /* cached: it does not change, and vmlinux's types are large */
	static unsigned int typeless; /* polls in a row with a module without types: they come last when it is loaded */
	struct gm_kfeatures k = { .tracefs = -1 };
	int err;

	if (!access("/sys/kernel/btf/kvm", R_OK))
		return 1;
	typeless = access("/sys/module/kvm", F_OK) ? 0 : typeless + 1;
	if (built_in >= 0)
		return built_in || typeless > TYPELESS_POLLS;
	err = gm_kbtf_read(&k);
	built_in = !err && k.has_kvm;
	gm_kfeatures_release(&k);
	return err ? err : built_in;
}
