// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ksyms.c - the text symbols of /proc/kallsyms in memory: addresses in order, names in one block. */
#include "kernel/ksyms.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/grow.h"
#include "base/str.h"
#include "base/vec.h"

struct sym {
	uint64_t addr;
	size_t name;		/* offset into names */
};

struct gm_ksyms {
	struct sym *at;
	size_t nr, cap;
	struct gm_str names;
};

static int add_symbol(void *arg, uint64_t addr, char type, const char *name)
{
	struct gm_ksyms *k = arg;

	if (!addr || !strchr("tTwW", type))
		return 0;
	if (gm_grow(k->at, k->nr, 1, k->cap))
		return -ENOMEM;
	k->at[k->nr++] = (struct sym){ addr, k->names.len };
	gm_str_add(&k->names, name, strlen(name) + 1);
	return k->names.err;
}

/*
 * Orders symbols by address. Of two names at one address the first stays first: kallsyms mostly lists the plain name
 * before its aliases.
 */
static int compare_addr(const void *a, const void *b)
{
	const struct sym *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

int gm_ksyms_each(const char *path, const char *part, gm_ksym_fn fn, void *arg)
{
	char line[600], name[512], type;
	FILE *f = fopen(path, "re");
	uint64_t addr;
	int err = 0;

	if (!f)
		return -errno;
	while (!err && fgets(line, sizeof(line), f)) {
		if (strstr(line, part) && sscanf(line, "%" SCNx64 " %c %511s", &addr, &type, name) == 3)
			err = fn(arg, addr, type, name);
	}
	fclose(f);
	return err;
}

int gm_ksyms_read(struct gm_ksyms **out, const char *path)
{
	struct gm_ksyms *k = calloc(1, sizeof(*k));
	int err = k ? gm_ksyms_each(path, "", add_symbol, k) : -ENOMEM;

	if (err) {
		gm_ksyms_free(k);
		return err;
	}
	if (k->nr)
		qsort(k->at, k->nr, sizeof(*k->at), compare_addr);
	*out = k;
	return 0;
}

void gm_ksyms_free(struct gm_ksyms *k)
{
	if (!k)
		return;
	free(k->at);
	gm_str_release(&k->names);
	free(k);
}

const char *gm_ksyms_find(const struct gm_ksyms *k, uint64_t addr, uint64_t *offset)
{
	size_t lo = 0, hi = k ? k->nr : 0;

	while (lo < hi) { /* the first symbol above addr */
		size_t mid = lo + (hi - lo) / 2;

		if (k->at[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	while (lo > 1 && k->at[lo - 2].addr == k->at[lo - 1].addr)
		lo--;
	*offset = addr - k->at[lo - 1].addr;
	return k->names.s + k->at[lo - 1].name;
}

static bool is_tracing(const char *name)
{
	static const char *const begins[] = { "bpf_",	    "__bpf_",  "__traceiter_", "arch_rethook_",
					      "kretprobe_", "ftrace_", "kprobe_",      "rethook_" };

	for (size_t i = 0; name && i < GM_ARRAY_SIZE(begins); i++)
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

unsigned int gm_ksyms_stack(const struct gm_ksyms *k, const uint64_t *ip, unsigned int nr, char *buf, size_t size)
{
	unsigned int frames = 0;
	size_t len = 0;

	*buf = '\0';
	for (unsigned int i = 0; i < nr && ip[i]; i++) {
		uint64_t off = 0;
		const char *name = gm_ksyms_find(k, ip[i], &off);
		char frame[600];
		int n;

		if (!frames && is_tracing(name))
			continue;
		n = name ? snprintf(frame, sizeof(frame), "%s%s+0x%" PRIx64, frames ? ";" : "", name, off)
			 : snprintf(frame, sizeof(frame), "%s?", frames ? ";" : "");
		if (len + (size_t)n >= size)
			break;
		memcpy(buf + len, frame, (size_t)n + 1);
		len += (size_t)n;
		frames++;
	}
	return frames;
}
