// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The truth about pins: which descriptors and mappings of which processes pin
 * which object.  truth.c reports each opening and closing, so the table is as
 * exact as its references.  All functions run under the world's lock.
 */
#include <inttypes.h>
#include <unistd.h>

#include "truth_int.h"

static const char *const pin_names[] = {
#define X(name) #name,
	GG_PINS(X)
#undef X
};

static struct gg_pin *free_slot(struct gg_world *w)
{
	static struct gg_pin spill;
	uint32_t i;

	for (i = 0; w->pins_closed && i < w->npins; i++) {
		if (w->pins[i].open)
			continue;
		w->pins_closed--;
		return &w->pins[i];
	}
	return w->npins < GG_MAX_PINS ? &w->pins[w->npins++] : &spill;
}

void gg_pin_add(struct gg_world *w, enum gg_pin_what what, uint32_t vm, int32_t file, int fd)
{
	*free_slot(w) = (struct gg_pin){
		.what = what,
		.vm = vm,
		.file = file,
		.fd = fd,
		.pid = getpid(),
		.open = 1,
	};
}

static void drop(struct gg_world *w, struct gg_pin *p)
{
	p->open = 0;
	w->pins_closed++;
}

/* Searches from the end, where the newest pins are, which are dropped most often. */
void gg_pin_drop(struct gg_world *w, enum gg_pin_what what, uint32_t vm, int32_t file)
{
	uint32_t i = w->npins;

	while (i-- > 0) {
		struct gg_pin *p = &w->pins[i];

		if (p->open && p->what == what && p->vm == vm && p->file == file && p->pid == getpid())
			drop(w, p);
	}
}

void gg_pin_exit(struct gg_world *w, int32_t pid)
{
	uint32_t i;

	for (i = 0; i < w->npins; i++)
		if (w->pins[i].open && w->pins[i].pid == pid)
			drop(w, &w->pins[i]);
}

/* ---- output ---- */

struct print {
	const struct gg_world *w;
	FILE *out;
	bool any;
};

/* Begins an element. @n: an inode's number, or a VM's id. */
static void begin(struct print *p, bool inode, uint64_t n, const char *what)
{
	fprintf(p->out, "%s{\"object\":\"%s\",\"%s\":%" PRIu64 ",\"what\":\"%s\"", p->any ? ",\n" : "\n",
		inode ? "inode" : "vm", inode ? "ino" : "vm", n, what);
	p->any = true;
}

static uint32_t print_pins(struct print *p, bool inode, uint64_t n, uint32_t vm, int32_t file)
{
	uint32_t i, told = 0;

	for (i = 0; i < p->w->npins; i++) {
		const struct gg_pin *pin = &p->w->pins[i];

		if (!pin->open || pin->vm != vm || pin->file != file)
			continue;
		begin(p, inode, n, pin_names[pin->what]);
		fprintf(p->out, ",\"pid\":%d", pin->pid);
		if (pin->fd >= 0)
			fprintf(p->out, ",\"fd\":%d", pin->fd);
		fputs("}", p->out);
		told++;
	}
	return told;
}

static void print_word(struct print *p, bool inode, uint64_t n, const char *what)
{
	begin(p, inode, n, what);
	fputs("}", p->out);
}

static void print_file(struct print *p, uint32_t file)
{
	const struct gg_filerec *f = &p->w->files[file];
	uint64_t ino = p->w->inodes[f->inode].ino;

	print_word(p, true, ino, "view");
	print_word(p, false, f->vm, "view");
	if (!print_pins(p, true, ino, f->vm, (int32_t)file))
		print_word(p, true, ino, "none");
	if (f->bound)
		print_word(p, true, ino, "binding");
}

void gg_pins_print(const struct gg_world *w, FILE *out)
{
	struct print p = { .w = w, .out = out };
	uint32_t i;

	for (i = 0; i < w->nfiles; i++)
		if (w->files[i].alive)
			print_file(&p, i);
	for (i = 0; i < w->nvms; i++)
		if (w->vms[i].alive && !print_pins(&p, false, i, i, -1) && !w->vms[i].nfiles)
			print_word(&p, false, i, "none");
}
