// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* empty.c - for cost.sh: attaches all programs of an object, says so, and waits to be killed: empty OBJECT */
#include <stdio.h>
#include <unistd.h>
#include <bpf/libbpf.h>

int main(int argc, char **argv)
{
	struct bpf_object *obj = argc == 2 ? bpf_object__open(argv[1]) : NULL;
	struct bpf_program *prog;

	if (!obj || bpf_object__load(obj))
		return 1;
	bpf_object__for_each_program(prog, obj)
		if (!bpf_program__attach(prog))
			return 1;
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}
