// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The program of all tools but the exporter. They share nearly all of their code and the BPF objects, so one file
 * takes less than a fifth of six programs. Each tool is a link to it and has the main() of its own file: the name by
 * which the program was called chooses. `gmemscope TOOL ...` does the same where links cannot be made.
 */
#include "version.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* tools.h is generated: X(NAME) for each tool of this program. The main() of tools/NAME.c is linked as gm_main_NAME. */
#define X(name) int gm_main_##name(int argc, char **argv);
#include "tools.h"
#undef X

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} tools[] = {
#define X(name) { #name, gm_main_##name },
#include "tools.h"
#undef X
};

#define TOOLS (sizeof(tools) / sizeof(*tools))

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Runs the tool that argv[0] names, and stores its exit status. Returns false if there is none of that name. */
static bool run_tool(int argc, char **argv, int *status)
{
	for (size_t i = 0; i < TOOLS; i++) {
		if (strcmp(file_name(argv[0]), tools[i].name))
			continue;
		*status = tools[i].run(argc, argv);
		return true;
	}
	return false;
}

static int usage(FILE *to)
{
	fprintf(to, "Usage: gmemscope TOOL [OPTION...]\n\nTools:");
	for (size_t i = 0; i < TOOLS; i++)
		fprintf(to, " %s", tools[i].name);
	fprintf(to, "\n\n`gmemscope TOOL --help` prints the options. A link named TOOL runs that tool.\n");
	return to == stderr ? 2 : 0;
}

int main(int argc, char **argv)
{
	int status;

	if (argc > 0 && run_tool(argc, argv, &status))
		return status;
	if (argc < 2)
		return usage(stderr);
	if (run_tool(argc - 1, argv + 1, &status))
		return status;
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return usage(stdout);
	if (!strcmp(argv[1], "--version"))
		return puts(GM_VERSION) < 0;
	fprintf(stderr, "gmemscope: no tool is named '%s'\n", argv[1]);
	return usage(stderr);
}
