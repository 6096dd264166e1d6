// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Prints the ground truth as JSON: one object with one event, VM, inode or skip a
 * line, so that line tools can read and compare it, too.  All strings are
 * constants or checked at parsing, so none needs escapes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "truth.h"
#include "truth_int.h"
#include "util.h"

static const char *const op_names[] = {
#define X(name) #name,
	GG_OPS(X)
#undef X
};

static const char *const call_names[] = {
#define X(name) #name,
	GG_CALLS(X)
#undef X
};

static const char *const count_names[] = {
#define X(name) #name,
	GG_COUNTS(X)
#undef X
};

static const char *yesno(uint32_t v)
{
	return v ? "true" : "false";
}

static void print_id(FILE *out, const char *key, int32_t id)
{
	if (id >= 0)
		fprintf(out, ",\"%s\":%d", key, id);
}

static void print_head(const struct gg_world *w, FILE *out)
{
	fprintf(out,
		"{\"type\":\"truth\",\"version\":1,\"pid\":%d,"
		"\"page_size\":%ld,\"clock\":\"monotonic\","
		"\"vcpus\":%u,\"start_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64 ",\"failed\":%s,\n",
		w->coordinator, sysconf(_SC_PAGESIZE), w->conf.vcpus, w->start_ns, gg_now_ns(), yesno(w->failed));
	fprintf(out,
		"\"kernel\":{\"gmem\":%s,\"mmap\":%s,\"default_vm_bind\":%s,"
		"\"private\":%s,\"pre_fault\":%s,\"link\":%s},\n",
		yesno(w->caps.gmem), yesno(w->caps.mmap), yesno(w->caps.default_vm_bind), yesno(w->caps.private_vm),
		yesno(w->caps.pre_fault), yesno(w->caps.link));
}

static void print_place(const struct gg_place *at, FILE *out)
{
	fprintf(out, ",\"slot\":%u,\"base_gfn\":%" PRIu64 ",\"slot_pages\":%" PRIu64 ",\"pgoff_pages\":%" PRIu64,
		at->slot, at->gfn, at->pages, at->pgoff);
}

static void print_event(const struct gg_world *w, const struct gg_event *e, FILE *out)
{
	fprintf(out, "{\"ts_ns\":%" PRIu64 ",\"dur_ns\":%" PRIu64 ",\"op\":\"%s\"", e->ts_ns, e->dur_ns,
		op_names[e->op]);
	print_id(out, "vm", e->vm);
	print_id(out, "file", e->file);
	print_id(out, "inode", e->inode);
	if (e->inode >= 0)
		fprintf(out, ",\"ino\":%" PRIu64, w->inodes[e->inode].ino);
	fprintf(out,
		",\"pid\":%d,\"pages\":%" PRIu64 ",\"added_pages\":%" PRIu64 ",\"freed_pages\":%" PRIu64 ",\"ret\":%d",
		e->pid, e->pages, e->added, e->freed, e->ret);
	if (e->call)
		fprintf(out, ",\"call\":\"%s\"", call_names[e->call]);
	if (e->op == GG_OP_create || e->op == GG_OP_link)
		fprintf(out, ",\"gmem_flags\":%" PRIu64, e->flags);
	if (e->op == GG_OP_bind || e->op == GG_OP_bind_rejected || e->op == GG_OP_unbind)
		print_place(&e->place, out);
	if (e->op == GG_OP_reboot)
		fprintf(out, ",\"cpu_ns\":%" PRIu64, e->cpu_ns);
	if (e->slack)
		fprintf(out, ",\"slack_pages\":%" PRIu64, e->slack);
	if (e->op == GG_OP_guest_fail)
		fprintf(out, ",\"first_page\":%" PRIu64, e->first);
	if (e->nested != GG_NESTED_NA)
		fprintf(out, ",\"nested\":%s", yesno(e->nested == GG_NESTED_YES));
	fputs("}", out);
}

/* Returns the resident pages by VM: of all inodes of which the VM still has a file. */
static uint64_t *resident_by_vm(const struct gg_world *w)
{
	uint64_t *pages = calloc(w->nvms + 1, sizeof(*pages));
	uint32_t i;

	for (i = 0; pages && i < w->nfiles; i++)
		if (w->files[i].alive)
			pages[w->files[i].vm] += w->inodes[w->files[i].inode].resident;
	return pages;
}

static void print_vms(const struct gg_world *w, FILE *out)
{
	uint64_t *resident = resident_by_vm(w);
	uint32_t i;

	for (i = 0; resident && i < w->nvms; i++) {
		const struct gg_vmrec *v = &w->vms[i];

		fprintf(out,
			"%s{\"vm\":%u,\"pid\":%d,\"name\":\"%s\",\"type\":%u,"
			"\"alive\":%s,\"size_bytes\":%" PRIu64 ",\"resident_pages\":%" PRIu64,
			i ? ",\n" : "\n", i, v->pid, w->machines[v->machine].name, v->type, yesno(v->alive), v->size,
			resident[i]);
		gg_halves_print(w, i, out);
		fputs("}", out);
	}
	free(resident);
}

static void print_inodes(const struct gg_world *w, FILE *out)
{
	uint32_t i;

	for (i = 0; i < w->ninodes; i++) {
		const struct gg_inoderec *n = &w->inodes[i];

		fprintf(out,
			"%s{\"inode\":%u,\"ino\":%" PRIu64 ",\"vm\":%u,"
			"\"size_bytes\":%" PRIu64 ",\"allocated_pages\":%" PRIu64 ",\"freed_pages\":%" PRIu64
			",\"resident_pages\":%" PRIu64 ",\"slack_pages\":%" PRIu64 ",\"alive\":%s}",
			i ? ",\n" : "\n", i, n->ino, n->vm, n->size, n->allocated, n->freed, n->resident, n->slack,
			yesno(n->alive));
	}
}

static void print_counts(const struct gg_world *w, FILE *out)
{
	uint32_t i;

	for (i = 0; i < GG_NOPS; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "", op_names[i], w->op_count[i]);
	for (i = 0; i < GG_NCOUNTS; i++)
		fprintf(out, ",\"%s\":%" PRIu64, count_names[i], w->count[i]);
}

/* Prints which counts are lower bounds: the true ones are up to slack_pages more. */
static void print_inexact(const struct gg_world *w, FILE *out)
{
	fputs("\"inexact\":[", out);
	if (w->count[GG_C_slack_pages])
		fputs("\"allocated_pages\",\"freed_pages\","
		      "\"guest_first_touch_pages\",\"cleared_pages\"",
		      out);
	fputs("],\n", out);
}

static void print_skipped(const struct gg_world *w, FILE *out)
{
	uint32_t i;

	for (i = 0; i < w->nskips; i++)
		fprintf(out, "%s{\"what\":\"%s\",\"why\":\"%s\",\"times\":%u}", i ? ",\n" : "\n", w->skips[i].what,
			w->skips[i].why, w->skips[i].times);
}

void gg_truth_print(struct gg_world *w, FILE *out)
{
	uint32_t i;

	gg_world_lock(w);
	print_head(w, out);
	fputs("\"events\":[", out);
	for (i = 0; i < w->nevents; i++) {
		fputs(i ? ",\n" : "\n", out);
		print_event(w, &w->events[i], out);
	}
	fputs("],\n\"vms\":[", out);
	print_vms(w, out);
	fputs("],\n\"inodes\":[", out);
	print_inodes(w, out);
	fputs("],\n\"pins\":[", out);
	gg_pins_print(w, out);
	fputs("],\n\"counts\":{", out);
	print_counts(w, out);
	fputs("},\n", out);
	print_inexact(w, out);
	fputs("\"skipped\":[", out);
	print_skipped(w, out);
	fputs("]}\n", out);
	gg_world_unlock(w);
}

static int save_stdout(struct gg_world *w)
{
	gg_truth_print(w, stdout);
	return fflush(stdout) ? gg_err(-errno, NULL, "write truth: stdout") : 0;
}

int gg_truth_save(struct gg_world *w, const char *path)
{
	char tmp[4096];
	FILE *out;
	bool bad;

	if (!strcmp(path, "-"))
		return save_stdout(w);
	if (snprintf(tmp, sizeof(tmp), "%s.tmp.%d", path, getpid()) >= (int)sizeof(tmp))
		return gg_err(-ENAMETOOLONG, NULL, "write truth: %s", path);
	out = fopen(tmp, "we");
	if (!out)
		return gg_err(-errno, NULL, "write truth: %s", tmp);
	gg_truth_print(w, out);
	bad = ferror(out);
	if (fclose(out) || bad)
		return gg_err(-EIO, NULL, "write truth: %s", tmp);
	if (rename(tmp, path))
		return gg_err(-errno, NULL, "rename truth: %s", path);
	return 0;
}
