// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_pack.c - copies a model to a block of words, and makes any number of models from that.
 *
 * Each object is written whole, with its address, so a new field that is not a pointer needs no code here; a pointer
 * into an object must be computed again at the end. Runs of zeroes are left out: most of a histogram is zero. Reading
 * makes new objects, notes which address each one had, and replaces all pointers. One walk over the model serves
 * writing and reading, so that their order cannot differ.
 */
#include "model/reboot_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/grow.h"

struct pack {
	bool reading;
	uint64_t *word;
	size_t nr, cap, at;	/* words written, allocated, read */
	size_t walked;		/* bytes of objects written */
	struct gm_hmap now;	/* reading: new object by old address */
	int err;
};

/* ---- words ---- */

static bool has_room(struct pack *c, size_t more)
{
	if (!c->err)
		c->err = gm_grow(c->word, c->nr, more, c->cap);
	return !c->err;
}

static void put_word(struct pack *c, uint64_t w)
{
	if (has_room(c, 1))
		c->word[c->nr++] = w;
}

static uint64_t get_word(struct pack *c)
{
	return c->err ? 0 : c->word[c->at++];
}

/* Return the length of the run of zero, or of nonzero, words. */
static size_t run_length(const uint64_t *w, size_t nr, bool zero)
{
	size_t n = 0;

	while (n < nr && !w[n] == zero)
		n++;
	return n;
}

/* Write runs of zeroes and of other words in turn, after a word with both lengths for each pair. */
static void put_words(struct pack *c, const void *p, size_t size)
{
	const uint64_t *w = p;

	if (!has_room(c, size / 8 * 2 + 1))
		return;
	for (size_t left = size / 8; left;) {
		size_t none = run_length(w, left, true), some = run_length(w + none, left - none, false);

		c->word[c->nr++] = (uint64_t)none << 32 | some;
		memcpy(c->word + c->nr, w + none, some * 8);
		c->nr += some;
		w += none + some;
		left -= none + some;
	}
	c->walked += size;
}

static void get_words(struct pack *c, void *p, size_t size)
{
	uint64_t *w = p;

	for (size_t left = size / 8; left && !c->err;) {
		uint64_t head = get_word(c);
		size_t none = head >> 32, some = head & UINT32_MAX;

		memset(w, 0, none * 8);
		memcpy(w + none, c->word + c->at, some * 8);
		c->at += some;
		w += none + some;
		left -= none + some;
	}
}

/* ---- contents of a model: the same calls write and read them ---- */

/* Write or read a block that *p owns; size: bytes, a multiple of 8. */
static void *pack_owned(struct pack *c, void *p, size_t size)
{
	if (!c->reading) {
		if (p)
			put_words(c, p, size);
		return p;
	}
	if (!p || c->err)
		return NULL;
	p = malloc(size);
	if (p)
		get_words(c, p, size);
	else
		c->err = -ENOMEM;
	return p;
}

/* Write or read an object that others link to; reading notes its old address. */
static void *pack_object(struct pack *c, void *was, size_t size)
{
	void *p = pack_owned(c, was, size);

	if (c->reading && p && gm_hmap_put(&c->now, (uintptr_t)was, p)) {
		c->err = -ENOMEM;
		free(p);
		return NULL;
	}
	return p;
}

/* Replace a pointer to an object that is owned elsewhere; all of those have been read. */
static void *pack_link(struct pack *c, void *was)
{
	void *p = was && c->reading ? gm_hmap_get(&c->now, (uintptr_t)was) : was;

	if (was && !p && !c->err)
		c->err = -EFAULT;
	return p;
}

/* Write or read a list of objects, or (size 0) of links. After an error the list ends where that happened. */
static void pack_list(struct pack *c, struct gm_vec *v, size_t size)
{
	size_t nr = v->nr;

	if (c->reading) {
		*v = (struct gm_vec){ .at = nr && !c->err ? calloc(nr, sizeof(*v->at)) : NULL };
		if (nr && !v->at)
			c->err = c->err ? c->err : -ENOMEM;
		v->cap = v->at ? nr : 0;
	}
	for (size_t i = 0; i < nr && !c->err; i++) {
		void *p;

		if (!c->reading)
			put_word(c, (uintptr_t)v->at[i]);
		p = c->reading ? (void *)(uintptr_t)get_word(c) : v->at[i];
		v->at[i] = size ? pack_object(c, p, size) : pack_link(c, p);
		v->nr = c->err && c->reading ? i : nr;
	}
}

static void pack_map(struct pack *c, struct gm_hmap *m, bool links)
{
	m->slots = pack_owned(c, m->slots, m->cap * sizeof(*m->slots));
	if (!m->slots)
		*m = (struct gm_hmap){ 0 };
	for (size_t i = 0; i < m->cap && links && c->reading; i++)
		m->slots[i].val = pack_link(c, m->slots[i].val);
}

#define HISTS(c, h)								\
	for (size_t i_ = 0; i_ < GM_ARRAY_SIZE(h); i_++)			\
		(h)[i_] = pack_owned(c, (h)[i_], sizeof(*(h)[0]))

/*
 * Call fn for each element, also after an error: an object that was read has foreign pointers until its function was
 * called.
 */
#define EACH(v, type, fn)							\
	for (size_t i_ = 0; i_ < (v)->nr; i_++)					\
		fn(c, (struct type *)(v)->at[i_])

static void pack_machine(struct pack *c, struct gm_machine *mc)
{
	mc->joined = pack_link(c, mc->joined);
	mc->chain = pack_link(c, mc->chain);
	pack_list(c, &mc->vms, 0);
	HISTS(c, mc->past);
	HISTS(c, mc->heat);
}

static void pack_binding(struct pack *c, struct gm_binding *b)
{
	b->vm = pack_link(c, b->vm);
	b->file = pack_link(c, b->file);
}

static void pack_vm(struct pack *c, struct gm_vm *v)
{
	v->machine = pack_link(c, v->machine);
	pack_list(c, &v->files, 0);
	pack_list(c, &v->bindings, sizeof(struct gm_binding));
	EACH(&v->bindings, gm_binding, pack_binding);
	pack_map(c, &v->by_slot, true);
	HISTS(c, v->phase);
}

static void pack_inode(struct pack *c, struct gm_inode *in)
{
	in->vm = pack_link(c, in->vm);
	pack_list(c, &in->files, 0);
	pack_list(c, &in->views, 0);
	pack_list(c, &in->pins, 0);
}

static void pack_file(struct pack *c, struct gm_file *f)
{
	f->inode = pack_link(c, f->inode);
	f->vm = pack_link(c, f->vm);
}

static void pack_episode(struct pack *c, struct gm_episode *e)
{
	pack_list(c, &e->steps, sizeof(struct gm_step));
}

static void pack_procs(struct pack *c, struct gm_hmap *m)
{
	pack_map(c, m, false);
	for (size_t i = 0; i < m->cap; i++) {
		struct gm_proc *p = m->slots[i].val = pack_object(c, m->slots[i].val, sizeof(*p));
		uint64_t len = p && p->rec && !c->reading ? p->rec->len : 0;

		if (!p)
			continue;
		if (!c->reading)
			put_word(c, len);
		else
			len = get_word(c);
		p->rec = pack_owned(c, p->rec, len);
	}
}

static void pack_reboots(struct pack *c, struct gm_reboots *r)
{
	if (c->reading)
		r->steps_cap = r->steps_nr;
	r->step = pack_owned(c, r->step, r->steps_nr * sizeof(*r->step));
	if (!r->step)
		r->steps_cap = r->steps_nr = 0;
	pack_list(c, &r->episodes, sizeof(struct gm_episode));
	EACH(&r->episodes, gm_episode, pack_episode);
	pack_list(c, &r->reshuffles, sizeof(struct gm_reshuffle));
	HISTS(c, r->wall);
}

static void pack_objects(struct pack *c, struct gm_model *m)
{
	pack_list(c, &m->machines, sizeof(struct gm_machine));
	pack_list(c, &m->joined, sizeof(struct gm_machine));
	pack_list(c, &m->vms, sizeof(struct gm_vm));
	pack_list(c, &m->inodes, sizeof(struct gm_inode));
	pack_list(c, &m->files, sizeof(struct gm_file));
	pack_list(c, &m->pins, sizeof(struct gm_pin));
	pack_list(c, &m->pins_new, sizeof(struct gm_pin));
	pack_list(c, &m->probes, sizeof(struct gm_probe));
	pack_list(c, &m->losses, sizeof(struct gm_loss));
	pack_list(c, &m->progs, sizeof(struct gm_prog));
	pack_procs(c, &m->proc_by_tgid);
	m->reboots = pack_owned(c, m->reboots, sizeof(*m->reboots));
	if (m->reboots)
		pack_reboots(c, m->reboots);
}

static void pack_model(struct pack *c, struct gm_model *m)
{
	struct gm_vec *links[] = { &m->kept_dead_vms, &m->kept_dead_inodes, &m->kept_dead_files, &m->idle_procs };
	struct gm_hmap *maps[] = { &m->vm_by_id, &m->inode_by_id, &m->file_by_id, &m->machine_by_key, &m->pin_by_tgid };

	pack_objects(c, m);
	EACH(&m->machines, gm_machine, pack_machine);
	EACH(&m->joined, gm_machine, pack_machine);
	EACH(&m->vms, gm_vm, pack_vm);
	EACH(&m->inodes, gm_inode, pack_inode);
	EACH(&m->files, gm_file, pack_file);
	for (size_t i = 0; i < GM_ARRAY_SIZE(links); i++)
		pack_list(c, links[i], 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(maps); i++)
		pack_map(c, maps[i], true);
	HISTS(c, m->total);
}

int gm_model_pack(const struct gm_model *m, struct gm_packed *out)
{
	struct pack c = { .reading = false };
	uint64_t *less;

	put_words(&c, m, sizeof(*m));
	pack_model(&c, (struct gm_model *)m); /* changed only when reading */
	if (c.err) {
		free(c.word);
		return c.err;
	}
	less = realloc(c.word, c.nr * sizeof(*c.word));
	*out = (struct gm_packed){ .word = less ? less : c.word, .nr = c.nr, .walked = c.walked };
	return 0;
}

int gm_model_unpack(const struct gm_packed *p, struct gm_model **out)
{
	struct pack c = { .reading = true, .word = p->word, .nr = p->nr };
	struct gm_model *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	get_words(&c, m, sizeof(*m));
	pack_model(&c, m);
	gm_hmap_release(&c.now);
	if (c.err) {
		gm_model_free(m);
		return c.err;
	}
	gm_na_update(m); /* sets reasons that point into probes */
	*out = m;
	return 0;
}
