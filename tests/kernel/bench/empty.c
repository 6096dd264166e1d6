// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * empty.c - attaches programs of an object for cost.sh, prints "attached", and waits for a signal: empty OBJECT
 * PROGRAM...
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <bpf/libbpf.h>

int main(int argc, char **argv)
{
	struct bpf_object *obj = argc > 2 ? bpf_object__open(argv[1]) : NULL;
	struct bpf_program *prog;
	int i;

	signal(SIGINT, SIG_DFL); /* a shell starts a job in the background with SIGINT ignored */
	if (!obj)
		return 1;
	for (i = 2; i < argc; i++) {
		prog = bpf_object__find_program_by_name(obj, argv[i]);
		if (!prog || bpf_program__set_autoload(prog, true))
			return 1;
	}
	if (bpf_object__load(obj))
		return 1;
	for (i = 2; i < argc; i++)
		if (!bpf_program__attach(bpf_object__find_program_by_name(obj, argv[i])))
			return 1;
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}
