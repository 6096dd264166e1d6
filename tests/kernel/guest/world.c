// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Creates, maps and locks the shared region.  It is a memfd, so that it passes
 * through exec, and sparse: the tables have the size of the largest run, but only
 * written pages use memory.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"
#include "world.h"

static int init_lock(struct gg_world *w)
{
	pthread_mutexattr_t attr;
	int err;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	err = pthread_mutex_init(&w->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return -err;
}

int gg_world_attach(int fd, struct gg_world **out)
{
	void *p = mmap(NULL, sizeof(struct gg_world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (p == MAP_FAILED)
		return gg_err(-errno, NULL, "map shared state: memfd");
	*out = p;
	return 0;
}

int gg_world_create(struct gg_world **out, int *fd)
{
	int err;

	*fd = memfd_create("gmemguest", 0);
	if (*fd < 0)
		return gg_err(-errno, NULL, "create shared state: memfd");
	if (ftruncate(*fd, sizeof(struct gg_world)))
		return gg_err(-errno, NULL, "size shared state: memfd");
	err = gg_world_attach(*fd, out);
	if (err)
		return err;
	(*out)->start_ns = gg_now_ns();
	(*out)->coordinator = getpid();
	return init_lock(*out);
}

void gg_world_lock(struct gg_world *w)
{
	if (pthread_mutex_lock(&w->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&w->lock);
}

void gg_world_unlock(struct gg_world *w)
{
	pthread_mutex_unlock(&w->lock);
}

/* Returns the mask for @page's word: at most @n bits from @page on. */
static uint64_t word_mask(uint64_t page, uint64_t n)
{
	uint64_t from = page % 64;

	return (n < 64 ? (1ULL << n) - 1 : ~0ULL) << from;
}

uint64_t gg_world_pages_set(struct gg_world *w, uint64_t bits, uint64_t first, uint64_t n, bool on)
{
	uint64_t changed = 0, page, end = first + n;

	for (page = first; page < end; page = (page / 64 + 1) * 64) {
		uint64_t *word = &w->arena[bits + page / 64];
		uint64_t mask = word_mask(page, end - page);
		uint64_t flip = mask & (on ? ~*word : *word);

		*word ^= flip;
		changed += (uint64_t)__builtin_popcountll(flip);
	}
	return changed;
}

uint64_t gg_world_pages_count(const struct gg_world *w, uint64_t bits, uint64_t first, uint64_t n)
{
	uint64_t page, end = first + n, set = 0;

	for (page = first; page < end; page = (page / 64 + 1) * 64)
		set += (uint64_t)__builtin_popcountll(w->arena[bits + page / 64] & word_mask(page, end - page));
	return set;
}

uint64_t gg_machine_size(const struct gg_world *w, uint32_t machine)
{
	return w->conf.size * (w->conf.loop_sec ? 1 + machine % 3 : 1);
}

void gg_machine_set(struct gg_world *w, uint32_t machine, uint32_t state)
{
	w->machines[machine].mark_ns = gg_now_ns();
	gg_store32(&w->machines[machine].state, state);
	gg_futex_bump(&w->tick);
}

void gg_world_set_phase(struct gg_world *w, uint32_t phase)
{
	gg_store32(&w->phase, phase);
	gg_futex_wake(&w->phase);
	gg_futex_bump(&w->tick);
}

/*
 * Waits on the phase itself, not on the tick, so that the progress of one VM does
 * not wake a thousand others.
 */
void gg_world_wait_phase(struct gg_world *w, uint32_t phase)
{
	uint32_t seen;

	while ((seen = gg_load32(&w->phase)) < phase)
		gg_futex_wait(&w->phase, seen, -1);
}
