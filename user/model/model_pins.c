// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_pins.c - scans of tasks: which process pins what. A scan is complete, so its end replaces the previous one; a
 * pin that the previous scan found keeps the time when it was first found.
 */
#include "model/model_int.h"

#include <errno.h>
#include <stdlib.h>

static void drop_pins(struct gm_vec *v)
{
	for (size_t i = 0; i < v->nr; i++)
		free(v->at[i]);
	gm_vec_release(v);
	*v = (struct gm_vec){ .nr = 0 };
}

int gm_apply_PIN(struct gm_model *m, const struct gm_rec_pin *r)
{
	struct gm_pin *p;

	if (!m->task_scan_open)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p || gm_vec_push(&m->pins_new, p)) {
		free(p);
		return -ENOMEM;
	}
	p->what = r->what;
	p->tgid = r->tgid;
	p->fd = r->fd;
	p->vm = r->vm;
	p->file = r->file;
	p->inode = r->inode;
	p->npages = r->npages;
	p->since_ns = r->h.ts_ns;
	p->before = !m->pins_ns;
	gm_copy_text(p->comm, sizeof(p->comm), r->comm, sizeof(r->comm));
	return 0;
}

static bool is_same_pin(const struct gm_pin *a, const struct gm_pin *b)
{
	return a->what == b->what && a->tgid == b->tgid && a->fd == b->fd && a->vm == b->vm && a->file == b->file &&
	       a->inode == b->inode;
}

static uint64_t pin_hash(const struct gm_pin *p)
{
	const uint64_t parts[] = { p->what, p->tgid, (uint32_t)p->fd, p->vm, p->file, p->inode };
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < GM_ARRAY_SIZE(parts); i++) {
		h = (h ^ parts[i]) * 1099511628211ULL;
		h ^= h >> 29;
	}
	return h;
}

/*
 * Copy the first time of pins that the previous scan had, too. Of two pins with the same 64-bit hash the later one is
 * found, and the time of the other begins anew.
 */
static int keep_since(const struct gm_vec *old, struct gm_vec *new)
{
	struct gm_hmap by_hash = { .nr = 0 };
	int err = 0;

	for (size_t i = 0; i < old->nr && !err; i++)
		err = gm_hmap_put(&by_hash, pin_hash(old->at[i]), old->at[i]);
	for (size_t i = 0; i < new->nr && !err; i++) {
		struct gm_pin *p = new->at[i];
		const struct gm_pin *was = gm_hmap_get(&by_hash, pin_hash(p));

		if (was && is_same_pin(was, p) && was->since_ns < p->since_ns) {
			p->since_ns = was->since_ns;
			p->before = was->before;
		}
	}
	gm_hmap_release(&by_hash);
	return err;
}

static struct gm_inode *pinned_inode(const struct gm_model *m, const struct gm_pin *p)
{
	const struct gm_file *f = gm_model_file(m, p->file);

	if (p->inode)
		return gm_model_inode(m, p->inode);
	return f ? f->inode : NULL;
}

static int index_pins(struct gm_model *m)
{
	int err = 0;

	gm_hmap_release(&m->pin_by_tgid);
	m->pin_by_tgid = (struct gm_hmap){ .nr = 0 };
	for (size_t i = 0; i < m->inodes.nr; i++)
		((struct gm_inode *)m->inodes.at[i])->pins.nr = 0;
	for (size_t i = 0; i < m->pins.nr && !err; i++) {
		struct gm_pin *p = m->pins.at[i];
		struct gm_inode *in = pinned_inode(m, p);

		if (in && !in->dead_ns)
			err = gm_vec_push(&in->pins, p);
		if (!err)
			err = gm_hmap_put(&m->pin_by_tgid, p->tgid, p);
	}
	return err;
}

static int task_scan_end(struct gm_model *m)
{
	struct gm_vec old = m->pins;
	int err = keep_since(&m->pins, &m->pins_new);

	m->task_scan_open = false;
	if (err)
		return err;
	m->pins = m->pins_new;
	m->pins_new = (struct gm_vec){ .nr = 0 };
	m->pins_ns = m->task_scan_ns;
	err = index_pins(m); /* before the old pins are freed: inodes point at them */
	drop_pins(&old);
	return err;
}

static void apply_bindings_scan(struct gm_model *m, const struct gm_rec_scan *r)
{
	if (r->edge == GM_SCAN_END && m->bindings_scan_ns)
		gm_bindings_expire(m, m->bindings_scan_ns);
	m->bindings_scan_ns = r->edge == GM_SCAN_BEGIN ? r->h.ts_ns : 0;
}

int gm_apply_SCAN(struct gm_model *m, const struct gm_rec_scan *r)
{
	if (r->what == GM_SCAN_BINDINGS)
		apply_bindings_scan(m, r);
	if (r->what != GM_SCAN_TASKS)
		return 0;
	if (r->edge == GM_SCAN_BEGIN) {
		drop_pins(&m->pins_new);
		m->task_scan_open = true;
		m->task_scan_ns = r->h.ts_ns;
	}
	return r->edge == GM_SCAN_END && m->task_scan_open ? task_scan_end(m) : 0;
}
