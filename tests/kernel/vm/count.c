// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * count.c - counts what the kernel does with guest_memfd while a command runs (count.bpf.c):
 *
 *   count OBJECT OUT COMMAND...   runs COMMAND; writes the counters, and the skipped runs of their programs, to OUT as
 *                                 JSON; exit status: the command's
 *   count --skipped               prints the skipped runs of each loaded BPF program, by name, as JSON
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#ifndef COUNTERS_H	/* another object's counters, with the same layout */
#define COUNTERS_H "count.h"
#endif
#include COUNTERS_H

#define SKIPPED_MAX 256

static const char *const names[] = {
#define X(name) #name,
	COUNTERS(X)
#undef X
};

static int die(const char *what)
{
	fprintf(stderr, "count: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Returns a program's function, the last part of "?fexit/kvm_gmem_bind"; NULL for a tracepoint. */
static const char *function_of(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	section += *section == '?';
	return strncmp(section, "fe", 2) ? NULL : strchr(section, '/') + 1;
}

/* Chooses the programs whose functions this kernel has. */
static void choose(struct bpf_object *obj)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	struct bpf_program *prog;
	char name[128];

	bpf_object__for_each_program (prog, obj)
		bpf_program__set_autoload(prog, !function_of(prog));
	while (f && fscanf(f, "%*s %*s %127s%*[^\n]", name) == 1)
		bpf_object__for_each_program (prog, obj)
			if (function_of(prog) && !strcmp(function_of(prog), name))
				bpf_program__set_autoload(prog, true);
	if (f)
		fclose(f);
}

static int attach(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, obj)
		if (bpf_program__autoload(prog) && !bpf_program__attach(prog))
			return die(bpf_program__name(prog));
	return 0;
}

static unsigned long long skipped_of(int fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.recursion_misses;
}

static int run(char **command)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#ifdef COUNT_H
/* Returns a small number for a kernel address, the same for the same address, so that OUT has no kernel address. */
static size_t number_of(unsigned long long address)
{
	static unsigned long long *seen;
	static size_t nr;
	size_t i = 0;

	if (!address)
		return 0;
	while (i < nr && seen[i] != address)
		i++;
	if (i == nr) {
		seen = realloc(seen, ++nr * sizeof(*seen));
		if (!seen)
			exit(die("steps"));
		seen[i] = address;
	}
	return i + 1;
}

/* Writes the log of bindings, in order. */
static void put_steps(FILE *f, struct bpf_object *obj)
{
	static const char *const what[] = { "bind", "unbind", "release", "evict", "destroy" };
	struct bpf_map *steps = bpf_object__find_map_by_name(obj, "steps");
	const char *comma = "";
	struct step s;

	fputs(",\"steps\":[", f);
	while (steps && !bpf_map__lookup_and_delete_elem(steps, NULL, 0, &s, sizeof(s), 0)) {
		fprintf(f,
			"%s{\"what\":\"%s\",\"vm\":%zu,\"slot\":%zu,\"file\":%zu,\"inode\":%zu,\"pgoff\":%llu,"
			"\"npages\":%llu,\"process\":%u}",
			comma, what[s.what], number_of(s.vm), number_of(s.slot), number_of(s.file), number_of(s.inode),
			s.pgoff, s.npages, s.process);
		comma = ",";
	}
	fputs("]", f);
}
#endif

static int write_out(const char *path, struct bpf_object *obj)
{
	struct bpf_map *bss = bpf_object__find_map_by_name(obj, ".bss");
	unsigned long long values[COUNT_NR];
	struct bpf_program *prog;
	FILE *f = fopen(path, "we");
	__u32 zero = 0;

	if (!f || !bss || bpf_map__value_size(bss) != sizeof(values) ||
	    bpf_map__lookup_elem(bss, &zero, sizeof(zero), values, sizeof(values), 0))
		return die(path);
	fputs("{\"counts\":{", f);
	for (int i = 0; i < COUNT_NR; i++)
		fprintf(f, "%s\"%s\":%llu", i ? "," : "", names[i], values[i]);
	fputs("},\"programs\":{", f);
	zero = 0;
	bpf_object__for_each_program (prog, obj)
		if (bpf_program__autoload(prog))
			fprintf(f, "%s\"%s\":%llu", zero++ ? "," : "", bpf_program__name(prog),
				skipped_of(bpf_program__fd(prog)));
	fputs("}", f);
#ifdef COUNT_H
	put_steps(f, obj);
#endif
	fputs("}\n", f);
	return fclose(f) ? die(path) : 0;
}

/* Prints the skipped runs; those of several programs with one name (of two tools) are added up. */
static int print_skipped(void)
{
	struct {
		char name[16];
		unsigned long long n;
	} all[SKIPPED_MAX] = {};
	int nr = 0;

	for (__u32 id = 0; !bpf_prog_get_next_id(id, &id);) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id), i = 0;

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
			return die("program");
		close(fd);
		while (i < nr && strcmp(all[i].name, info.name))
			i++;
		if (i == SKIPPED_MAX)
			return die("too many programs");
		nr += i == nr;
		strcpy(all[i].name, info.name);
		all[i].n += info.recursion_misses;
	}
	putchar('{');
	for (int i = 0; i < nr; i++)
		printf("%s\"%s\":%llu", i ? "," : "", all[i].name, all[i].n);
	puts("}");
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	int status;

	if (argc == 2 && !strcmp(argv[1], "--skipped"))
		return print_skipped();
	if (argc < 4)
		return 2;
	obj = bpf_object__open(argv[1]);
	if (!obj)
		return die(argv[1]);
	choose(obj);
	if (bpf_object__load(obj))
		return die("load");
	if (attach(obj))
		return 1;
	status = run(argv + 3);
	return write_out(argv[2], obj) ? 1 : status;
}
