// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* offline.c - makes the probe plan of a kernel whose types are in files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/clock.h"
#include "kernel/offline.h"

struct offline {
	struct gm_source src;	/* first: ops get this pointer */
	bool has_ticked;
};

static int offline_poll(struct gm_source *s, uint64_t timeout_ns)
{
	(void)timeout_ns;
	return !((struct offline *)s)->has_ticked;
}

static int offline_tick(struct gm_source *s, bool last)
{
	union gm_any u = { 0 };

	((struct offline *)s)->has_ticked = true;
	gm_rec_init(&u.h, GM_K_TICK, gm_now_ns());
	u.as_TICK.seq = 1;
	u.as_TICK.last = last;
	return gm_feed_push(s->feed, &u);
}

static void offline_close(struct gm_source *s)
{
	free(s);
}

static const struct gm_source_ops offline_ops = { .poll = offline_poll, .tick = offline_tick, .close = offline_close };

static int push_meta(const struct gm_plan *plan, const struct gm_kfeatures *k, const char *name,
		     const struct gm_live_opts *o, struct gm_feed *f)
{
	union gm_any u = { 0 };
	struct gm_rec_meta *m = &u.as_META;
	const char *base = strrchr(name, '/');

	gm_rec_init(&u.h, GM_K_META, gm_now_ns());
	m->real_ns = gm_real_ns();
	m->interval_ns = o->interval_ns;
	m->page_size = k->page_size;
	m->mode = gm_plan_mode(plan);
	m->flags = GM_META_OFFLINE;
	snprintf(m->arch, sizeof(m->arch), "%s", k->arch);
	snprintf(m->release, sizeof(m->release), "%s", base ? base + 1 : name);
	snprintf(m->tool, sizeof(m->tool), "%s", o->tool);
	return gm_feed_push(f, &u);
}

static int push_all(const struct gm_kfeatures *k, const char *name, const struct gm_live_opts *o, struct gm_feed *f)
{
	struct gm_plan plan;
	int err;

	if (!k->has_kvm)
		return gm_err(-ENODEV, "no KVM with guest_memfd in %s%s", name,
			      k->kvm ? " (are both of the same kernel?)"
				     : " (is kvm a module? then: --btf VMLINUX,KVM)");
	gm_plan_init(&plan, o->mode, o->need);
	gm_plan_make(&plan, k);
	err = push_meta(&plan, k, name, o, f);
	for (unsigned int i = 0; !err && i < gm_probe_nr; i++) {
		union gm_any u = { 0 };

		gm_plan_outcome(&plan, i, &u.as_PROBE);
		gm_rec_init(&u.h, GM_K_PROBE, gm_now_ns());
		err = gm_feed_push(f, &u);
	}
	return err;
}

int gm_offline_open(struct gm_source **out, const char *files, const struct gm_live_opts *o, struct gm_feed *f)
{
	struct offline *s = calloc(1, sizeof(*s));
	char *vmlinux = strdup(files), *kvm = vmlinux ? strchr(vmlinux, ',') : NULL;
	struct gm_kfeatures k = { .tracefs = -1 };
	int err;

	if (kvm)
		*kvm++ = '\0';
	if (s && vmlinux)
		err = gm_kfeatures_read_files(&k, vmlinux, kvm);
	else
		err = gm_errno(-ENOMEM, "cannot read %s", files);
	if (!err)
		err = push_all(&k, files, o, f);
	gm_kfeatures_release(&k);
	free(vmlinux);
	if (err) {
		free(s);
		return err;
	}
	s->src.ops = &offline_ops;
	s->src.feed = f;
	s->src.live = true;
	s->src.wake_fd = -1;
	*out = &s->src;
	return 0;
}
