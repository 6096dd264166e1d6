// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_proc.bpf.c - name, start and CPU time of one process, by loads. (Reading /proc/PID/stat takes a reference to the
 * process's memory, which may be the last one.) Part of gm_scan.bpf.c's translation unit.
 */
#define GM_PF_EXITING		0x00000004	/* include/linux/sched.h */
#define GM_SIGNAL_GROUP_EXIT	0x00000004	/* include/linux/sched/signal.h */
#define GM_THREADS		(1 << 20)

/* Kernel functions; system call programs may call them from 6.10 on. */
extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

struct gm_threads {
	__u64 head, node;	/* struct list_head * */
};

static long gm_proc_thread(__u64 i, void *arg)
{
	struct gm_threads *c = arg;
	struct list_head *at = (void *)c->node;
	struct task_struct *t;

	if (!at || c->node == c->head)
		return 1;
	t = (void *)(c->node - bpf_core_field_offset(struct task_struct, thread_node));
	gm_proc.utime_ns += BPF_CORE_READ(t, utime);
	gm_proc.stime_ns += BPF_CORE_READ(t, stime);
	gm_proc.gtime_ns += BPF_CORE_READ(t, gtime);
	gm_proc.run_ns += BPF_CORE_READ(t, se.sum_exec_runtime);
	c->node = (__u64)BPF_CORE_READ(at, next);
	return 0;
}

static __always_inline void gm_proc_fill(const struct task_struct *leader)
{
	struct signal_struct *sig = BPF_CORE_READ(leader, signal);
	struct gm_threads c = { .head = (__u64)&sig->thread_head };

	gm_proc.found = 1;
	gm_proc.start_ns = BPF_CORE_READ(leader, start_boottime);
	gm_proc.ending = !BPF_CORE_READ(leader, mm) || BPF_CORE_READ(leader, flags) & GM_PF_EXITING ||
			 BPF_CORE_READ(sig, flags) & GM_SIGNAL_GROUP_EXIT;
	gm_proc.uid = gm_task_uid(leader);
	BPF_CORE_READ_STR_INTO(&gm_proc.comm, leader, comm);
	gm_proc.utime_ns = BPF_CORE_READ(sig, utime);
	gm_proc.stime_ns = BPF_CORE_READ(sig, stime);
	gm_proc.gtime_ns = BPF_CORE_READ(sig, gtime);
	gm_proc.run_ns = BPF_CORE_READ(sig, sum_sched_runtime);
	c.node = (__u64)BPF_CORE_READ(sig, thread_head.next);
	bpf_loop(GM_THREADS, gm_proc_thread, &c, 0);
}

/* User space runs it (BPF_PROG_RUN), after it set gm_proc.tgid, and all else of gm_proc to 0. */
SEC("syscall")
int gm_proc_read(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid((int)gm_proc.tgid);

	if (!task)
		return 0;
	bpf_rcu_read_lock();
	gm_proc_fill(task);
	bpf_rcu_read_unlock();
	bpf_task_release(task);
	return 0;
}
