// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gmemguest: a small real VMM whose guests have their memory in guest_memfd and
 * touch a known number of pages.  It writes a ground truth that is exact to the
 * page.  Tests and the demo use it as their workload.
 *
 * This file has only the command line.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch.h"
#include "scenario.h"
#include "util.h"
#include "worker.h"

enum key {
	KEY_LIST = 1000, KEY_VMS, KEY_VCPUS, KEY_PAGES, KEY_SIZE, KEY_ONE,
	KEY_ORDER, KEY_REBOOTS, KEY_NAME, KEY_TRUTH, KEY_HOLD, KEY_HOLD_AT,
	KEY_HOLD_SEC, KEY_GO, KEY_READY, KEY_LOOP, KEY_SEED, KEY_PRIVATE,
	KEY_POISON, KEY_FILL, KEY_CLOSE_BY, KEY_REBIND_DELAY,
};

static const struct argp_option options[] = {
	{ "scenario", 's', "NAME[,NAME...]", 0,
	  "what to do, in order; \"all\" is all of them (default: guest). Where one waits for the end of a hold, so "
	  "do those behind it", 0 },
	{ "private", KEY_PRIVATE, NULL, 0,
	  "the same as --scenario private: a VM with private memory", 0 },
	{ "list", KEY_LIST, NULL, 0, "print the scenarios and exit", 0 },
	{ "vms", KEY_VMS, "N", 0, "machines at once (default 1)", 0 },
	{ "vcpus", KEY_VCPUS, "N", 0, "vCPUs of each (default 1)", 0 },
	{ "pages", KEY_PAGES, "N", 0, "pages to touch (default 251)", 0 },
	{ "fill", KEY_FILL, "HOW", 0,
	  "who brings the pages in: guest (default), fallocate (the guest touches them then) or host",
	  0 },
	{ "size", KEY_SIZE, "BYTES", 0,
	  "slot size, with K, M or G (default: twice the pages, at least 4M)",
	  0 },
	{ "one-process", KEY_ONE, NULL, 0,
	  "all machines in one process (default: one each)", 0 },
	{ "close-order", KEY_ORDER, "ORDER", 0,
	  "gmem-first, vm-first, vcpu-first, an order such as vm,gmem,vcpu, or "
	  "exit to close nothing (default: vcpu,vm,gmem)", 0 },
	{ "close-by", KEY_CLOSE_BY, "CALL", 0,
	  "close (default), close_range, dup2, munmap (the mapping goes last), "
	  "or exec: what process-wide scenarios leave goes by an execve", 0 },
	{ "allow-hwpoison", KEY_POISON, NULL, 0,
	  "fail-hwpoison may take a page from this machine until it is booted: "
	  "for test machines", 0 },
	{ "reboots", KEY_REBOOTS, "N", 0,
	  "repeat each reboot, or have so many VMs come and go beside a flood (default 1)", 0 },
	{ "rebind-delay", KEY_REBIND_DELAY, "MS", 0,
	  "reboot-recreate sleeps so long between the teardown and the new VM", 0 },
	{ "name", KEY_NAME, "PREFIX", 0,
	  "machines are PREFIX-0, PREFIX-1, ... (default guest)", 0 },
	{ "truth", KEY_TRUTH, "FILE", 0,
	  "write the ground truth as JSON, also at a hold; - is stdout", 0 },
	{ "hold", KEY_HOLD, NULL, 0,
	  "wait between the work and the teardown, for SIGUSR1 or --go", 0 },
	{ "hold-at", KEY_HOLD_AT, "POINT", 0,
	  "hold at start (before the first VM), at work, or at start,work", 0 },
	{ "hold-sec", KEY_HOLD_SEC, "SEC", 0, "end a hold after this time", 0 },
	{ "go", KEY_GO, "FILE", 0, "end a hold when FILE exists; it is removed",
	  0 },
	{ "ready", KEY_READY, "FILE", 0, "create FILE while holding", 0 },
	{ "loop", KEY_LOOP, "SEC", 0,
	  "demo in place of scenarios: touch, punch, reboot for SEC seconds", 0 },
	{ "seed", KEY_SEED, "N", 0, "of the demo's random acts (default 1)", 0 },
	{ 0 }
};

static const struct {
	const char *text;
	uint8_t order[GG_NPARTS];
} orders[] = {
	{ "gmem-first", { GG_PART_GMEM, GG_PART_VCPU, GG_PART_VM } },
	{ "vm-first", { GG_PART_VM, GG_PART_VCPU, GG_PART_GMEM } },
	{ "vcpu-first", { GG_PART_VCPU, GG_PART_VM, GG_PART_GMEM } },
	{ "gmem,vcpu,vm", { GG_PART_GMEM, GG_PART_VCPU, GG_PART_VM } },
	{ "gmem,vm,vcpu", { GG_PART_GMEM, GG_PART_VM, GG_PART_VCPU } },
	{ "vcpu,gmem,vm", { GG_PART_VCPU, GG_PART_GMEM, GG_PART_VM } },
	{ "vcpu,vm,gmem", { GG_PART_VCPU, GG_PART_VM, GG_PART_GMEM } },
	{ "vm,gmem,vcpu", { GG_PART_VM, GG_PART_GMEM, GG_PART_VCPU } },
	{ "vm,vcpu,gmem", { GG_PART_VM, GG_PART_VCPU, GG_PART_GMEM } },
};

static void set_order(struct argp_state *state, const char *arg)
{
	struct gg_conf *conf = &((struct gg_opts *)state->input)->conf;
	unsigned int i;

	conf->close_by_exit = !strcmp(arg, "exit");
	if (conf->close_by_exit)
		return;
	for (i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		if (strcmp(orders[i].text, arg))
			continue;
		memcpy(conf->order, orders[i].order, sizeof(conf->order));
		return;
	}
	argp_error(state, "--close-order: unknown order: %s", arg);
}

static void set_close_by(struct argp_state *state, const char *arg)
{
	static const char *const calls[] = {
		[GG_CLOSE_CLOSE] = "close",   [GG_CLOSE_RANGE] = "close_range", [GG_CLOSE_DUP2] = "dup2",
		[GG_CLOSE_MUNMAP] = "munmap", [GG_CLOSE_EXEC] = "exec",
	};
	struct gg_conf *conf = &((struct gg_opts *)state->input)->conf;
	uint8_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(calls[i], arg))
			continue;
		conf->close_by = i;
		return;
	}
	argp_error(state, "--close-by: unknown call: %s", arg);
}

static void add_step(struct argp_state *state, unsigned int row)
{
	struct gg_conf *conf = &((struct gg_opts *)state->input)->conf;

	if (conf->nsteps == GG_MAX_STEPS)
		argp_error(state, "--scenario: more than %d", GG_MAX_STEPS);
	conf->steps[conf->nsteps++] = (uint8_t)row;
}

static void add_named(struct argp_state *state, const char *name)
{
	int row = gg_scenario_find(name);
	unsigned int i;

	if (!strcmp(name, "all")) {
		for (i = 0; i < gg_nscenarios; i++)
			if (!(gg_scenarios[i].needs & GG_NEED_NAMING))
				add_step(state, i);
	} else if (row < 0) {
		argp_error(state, "--scenario: unknown: %s (see --list)", name);
	} else {
		add_step(state, (unsigned int)row);
	}
}

static void add_scenarios(struct argp_state *state, char *list)
{
	char *save, *name;

	for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save))
		add_named(state, name);
}

/* Sets the name, which must need no escapes in command lines and JSON. */
static void set_name(struct argp_state *state, const char *arg)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	struct gg_conf *conf = &((struct gg_opts *)state->input)->conf;
	size_t len = strlen(arg);

	if (!len || len > GG_NAME_LEN - 12 || strspn(arg, ok) != len)
		argp_error(state, "--name: letters, digits, '.', '_', '-': %s", arg);
	strcpy(conf->name, arg);
}

static void set_fill(struct argp_state *state, const char *arg)
{
	static const char *const how[] = { "guest", "fallocate", "host" };
	struct gg_conf *conf = &((struct gg_opts *)state->input)->conf;
	uint32_t i;

	for (i = 0; i < sizeof(how) / sizeof(*how); i++) {
		if (strcmp(how[i], arg))
			continue;
		conf->fill = i;
		return;
	}
	argp_error(state, "--fill: guest, fallocate or host: %s", arg);
}

static void set_hold(struct argp_state *state, const char *arg)
{
	struct gg_opts *o = state->input;

	if (!strcmp(arg, "start"))
		o->hold_start = true;
	else if (!strcmp(arg, "work"))
		o->hold_work = true;
	else if (!strcmp(arg, "start,work"))
		o->hold_start = o->hold_work = true;
	else
		argp_error(state, "--hold-at: start, work or start,work: %s", arg);
}

static uint64_t number(struct argp_state *state, const char *opt, const char *arg, uint64_t min, uint64_t max)
{
	bool suffix = !strcmp(opt, "--size");
	uint64_t value = 0;

	if (gg_parse_u64(arg, suffix, min, max, &value))
		argp_error(state, "%s: not a number from %llu to %llu: %s", opt, (unsigned long long)min,
			   (unsigned long long)max, arg);
	return value;
}

static int list_scenarios(void)
{
	unsigned int i;

	for (i = 0; i < gg_nscenarios; i++)
		printf("%-16s %s\n", gg_scenarios[i].name, gg_scenarios[i].help);
	return 0;
}

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Twice the pages, rounded up to a power of two. */
static uint64_t default_size(const struct gg_conf *conf)
{
	uint64_t size = conf->loop_sec ? 16ULL << 20 : 4ULL << 20;
	uint64_t need = 2 * (conf->npages + GG_FIRST) * page_size();

	while (size < need && size < gg_arch_max_size)
		size <<= 1;
	return size < gg_arch_max_size ? size : gg_arch_max_size;
}

static void finish(struct argp_state *state)
{
	struct gg_opts *o = state->input;
	struct gg_conf *conf = &o->conf;
	uint64_t biggest;

	if (conf->loop_sec && o->hold_work)
		argp_error(state, "--loop never holds still: no --hold with it");
	if (o->hold_sec && !o->hold_start && !o->hold_work)
		argp_error(state, "--hold-sec needs --hold or --hold-at");
	if (!conf->nsteps)
		add_named(state, "guest");
	if (!conf->size)
		conf->size = default_size(conf);
	biggest = conf->size * (conf->loop_sec ? 3 : 1);
	if (conf->size % page_size() || biggest > gg_arch_max_size)
		argp_error(state, "--size: a multiple of %llu, up to %llu", (unsigned long long)page_size(),
			   (unsigned long long)(gg_arch_max_size / (biggest / conf->size)));
	if (conf->size / page_size() <= conf->npages + GG_FIRST)
		argp_error(state, "--size: must be more than --pages and %d", GG_FIRST);
}

static int parse_number(int key, const char *arg, struct argp_state *state)
{
	struct gg_conf *c = &((struct gg_opts *)state->input)->conf;

	switch (key) {
	case KEY_VMS: c->vms = number(state, "--vms", arg, 1, GG_MAX_MACHINES); return 0;
	case KEY_VCPUS: c->vcpus = number(state, "--vcpus", arg, 1, 255); return 0;
	case KEY_PAGES: /* scenarios use thirds and halves of the pages, which must not be empty */
		c->npages = number(state, "--pages", arg, 4, 1u << 30);
		return 0;
	case KEY_SIZE: c->size = number(state, "--size", arg, 1, gg_arch_max_size); return 0;
	case KEY_REBOOTS: c->reboots = number(state, "--reboots", arg, 1, 1000000); return 0;
	case KEY_REBIND_DELAY: c->rebind_delay_ms = number(state, "--rebind-delay", arg, 1, 60000); return 0;
	case KEY_LOOP: c->loop_sec = number(state, "--loop", arg, 1, 1000000); return 0;
	case KEY_SEED: c->seed = number(state, "--seed", arg, 0, UINT32_MAX); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gg_opts *o = state->input;

	switch (key) {
	case 's': add_scenarios(state, arg); return 0;
	case KEY_LIST: exit(list_scenarios());
	case KEY_ONE: o->conf.one_process = 1; return 0;
	case KEY_PRIVATE: add_named(state, "private"); return 0;
	case KEY_POISON: o->conf.allow_hwpoison = 1; return 0;
	case KEY_FILL: set_fill(state, arg); return 0;
	case KEY_ORDER: set_order(state, arg); return 0;
	case KEY_CLOSE_BY: set_close_by(state, arg); return 0;
	case KEY_NAME: set_name(state, arg); return 0;
	case KEY_TRUTH: o->truth = arg; return 0;
	case KEY_HOLD: o->hold_work = true; return 0;
	case KEY_HOLD_AT: set_hold(state, arg); return 0;
	case KEY_HOLD_SEC: o->hold_sec = number(state, "--hold-sec", arg, 1, 1000000); return 0;
	case KEY_GO: o->go = arg; return 0;
	case KEY_READY: o->ready = arg; return 0;
	case ARGP_KEY_ARG:
		if (!state->quoted)
			argp_error(state, "unexpected: %s", arg);
		return 0; /* words_of() finds the argument */
	case ARGP_KEY_SUCCESS: finish(state); return 0;
	default: return parse_number(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- PROGRAM WORD...]",
	.doc = "A small VMM with guests in guest_memfd and an exact ground "
	       "truth.\vThe processes that have the VMs are started as PROGRAM, with WORDs at the end: for "
	       "tests of what names a machine.\n\nExit status: 0 done (what the kernel cannot do is in "
	       "\"skipped\"), 1 failure, 2 usage, 77 nothing could be done.",
};

/* Returns the arguments behind "--"; NULL: there are none. */
static char **words_of(char **argv)
{
	while (*argv && strcmp(*argv, "--"))
		argv++;
	return *argv && argv[1] ? argv + 1 : NULL;
}

int main(int argc, char **argv)
{
	struct gg_opts opts = {
		.conf = {
			.vms = 1, .vcpus = 1, .reboots = 1, .npages = 251,
			.seed = 1, .name = "guest",
			.order = { GG_PART_VCPU, GG_PART_VM, GG_PART_GMEM },
		},
	};

	/* The program was executed again as a VM process: see worker.h. */
	if (argc >= 5 && !strcmp(argv[1], "-name") && !strcmp(argv[3], "-worker"))
		return gg_worker_main(argv[4]);
	argp_err_exit_status = 2;
	opts.words = words_of(argv);
	if (argp_parse(&argp, argc, argv, 0, NULL, &opts))
		return 2;
	return gg_coord_main(&opts);
}
