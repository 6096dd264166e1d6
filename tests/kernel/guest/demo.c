// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The demo workload: machines of several sizes that touch, punch, rebind and
 * reboot at a pace that a person can follow in gmemtop.  The same seed gives
 * every machine the same sequence of acts.
 */
#include "scenario.h"
#include "util.h"

struct dice {
	uint32_t state;
};

/* Returns a number below sides by xorshift, which gives the same sequence on every host. */
static uint32_t roll(struct dice *d, uint32_t sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 17;
	d->state ^= d->state << 5;
	return d->state % sides;
}

/* Draws a range of pages, up to a quarter of the VM. */
static void some_pages(const struct gg_vm *vm, struct dice *d, uint64_t *first, uint64_t *n)
{
	uint32_t all = (uint32_t)(vm->size / vm->page_size) - GG_FIRST;

	*n = 1 + roll(d, all / 4);
	*first = GG_FIRST + roll(d, all - (uint32_t)*n);
}

static int act_allocate(struct gg_run *r, struct dice *d)
{
	uint64_t first, n;

	some_pages(r->vm, d, &first, &n);
	return gg_run_allocate(r, first, n);
}

static int act_host(struct gg_run *r, struct dice *d)
{
	uint64_t first, n;

	some_pages(r->vm, d, &first, &n);
	return r->vm->map ? gg_vm_touch_host(r->vm, first, n) : gg_vm_fallocate(r->vm, first, n);
}

static int act_punch(struct gg_run *r, struct dice *d)
{
	uint64_t first, n;

	some_pages(r->vm, d, &first, &n);
	r->filled = false;
	return gg_vm_punch(r->vm, first, n);
}

static int act_rebind(struct gg_run *r, struct dice *d)
{
	(void)d;
	return r->vm->bound ? gg_run_rebind(r) : 0;
}

static int act_recreate(struct gg_run *r, struct dice *d)
{
	(void)d;
	return gg_reboot_recreate(r);
}

static int act_overlap(struct gg_run *r, struct dice *d)
{
	(void)d;
	return gg_reboot_overlap(r);
}

static int act_inplace(struct gg_run *r, struct dice *d)
{
	(void)d;
	return gg_reboot_inplace(r);
}

static const struct act {
	uint32_t upto; /* the act is drawn for numbers below this one, of 100 */
	int (*run)(struct gg_run *r, struct dice *d);
} acts[] = {
	{ 50, act_allocate },	{ 62, act_host },    { 82, act_punch },
	{ 88, act_rebind },	{ 93, act_recreate }, { 97, act_inplace },
	{ 100, act_overlap },
};

static int act(struct gg_run *r, struct dice *d)
{
	uint32_t n = roll(d, 100);
	const struct act *a = acts;

	while (a->upto <= n)
		a++;
	return a->run(r, d);
}

int gg_demo(struct gg_run *r)
{
	struct dice d = { (r->w->conf.seed + 1) * 2654435761u ^ (r->machine + 1) * 40503u };
	int err = gg_run_vm(r, 0);

	d.state = d.state ? d.state : 1;
	if (!err)
		err = gg_run_fill(r);
	while (!err && gg_load32(&r->w->phase) == GG_PHASE_WORK) {
		err = act(r, &d);
		gg_futex_wait(&r->w->phase, GG_PHASE_WORK, 50 + (int)roll(&d, 250));
	}
	return err;
}
