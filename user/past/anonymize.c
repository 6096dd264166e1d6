// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* anonymize.c - replaces names in records by pseudonyms: a function for each kind of record with a name. */
#include "past/anonymize.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hmac.h"
#include "base/log.h"
#include "model/machine.h"

struct anon {
	struct gm_rec_stream recs;	/* first: ops get this pointer */
	struct gm_rec_stream *inner;
	unsigned char key[GM_ANON_KEY];
};

int gm_anon_key(const char *path, unsigned char key[GM_ANON_KEY])
{
	static const char salt[] = "gmemscope: pseudonyms";
	char *data = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;
	int err = 0;

	if (!path)
		return getrandom(key, GM_ANON_KEY, 0) == GM_ANON_KEY ? 0 : gm_errno(-errno, "cannot make a key");
	f = fopen(path, "re");
	if (!f)
		return gm_errno(-errno, "cannot read key: %s", path);
	errno = 0;
	len = getdelim(&data, &size, EOF, f);
	if (len > 0)
		gm_hmac(salt, sizeof(salt) - 1, data, (size_t)len, key);
	else
		err = errno ? gm_errno(-errno, "cannot read key: %s", path)
			    : gm_err(-EINVAL, "cannot read key: %s: it is empty", path);
	free(data);
	fclose(f);
	return err;
}

/* Writes the pseudonym of a name, "m-0123456789abcdef": `what`, and so many bytes of the HMAC in hex. */
static void pseudonym(const struct anon *a, const char *what, const void *name, size_t len, unsigned int bytes,
		      char *out, size_t size)
{
	unsigned char mac[32], in[2048];
	size_t n = (size_t)snprintf((char *)in, 16, "%s:", what);

	if (len > sizeof(in) - n)
		len = sizeof(in) - n;
	memcpy(in + n, name, len);
	gm_hmac(a->key, sizeof(a->key), in, n + len, mac);
	n = (size_t)snprintf(out, size, "%s-", what);
	for (unsigned int i = 0; i < bytes && n + 3 <= size; i++)
		n += (size_t)snprintf(out + n, size - n, "%02x", mac[i]);
}

/* Replaces a process name of 16 bytes, which record.c's check has terminated. */
static void hide_comm(const struct anon *a, char comm[GM_COMM_LEN])
{
	char old[GM_COMM_LEN];
	size_t len = strnlen(comm, GM_COMM_LEN);

	memcpy(old, comm, len);
	memset(comm, 0, GM_COMM_LEN);
	if (len)
		pseudonym(a, "c", old, len, 6, comm, GM_COMM_LEN);
}

/* Replaces all names of a process. Two processes are of one machine afterwards if and only if they were before. */
static void hide_proc(const struct anon *a, struct gm_rec_proc *p)
{
	struct gm_machine_name n;
	char name[40];

	gm_machine_name(p, &n);
	hide_comm(a, p->comm);
	memset(p->cgroup, 0, sizeof(p->cgroup));
	memset(p->cgroups, 0, sizeof(p->cgroups));
	memset(p->mapped, 0, sizeof(p->mapped));
	memset(p->cmdline, 0, sizeof(p->cmdline));
	/* without flags a name needs no cgroup to be a key, and a pseudonym is unique */
	p->cmdline_len = p->uid = p->flags = 0;
	if (!strncmp(n.key, "proc:", 5)) /* only its process id named it, which stays */
		return;
	pseudonym(a, "m", n.key, strlen(n.key), 8, name, sizeof(name));
	p->cmdline_len = (uint32_t)snprintf(p->cmdline, sizeof(p->cmdline), "vmm%c-name%c%s", 0, 0, name) + 1;
}

static void hide_id(const struct anon *a, char *id, size_t size)
{
	char old[64];
	size_t len = strnlen(id, size);

	if (!len)
		return;
	memcpy(old, id, len);
	memset(id, 0, size);
	pseudonym(a, "h", old, len, 16, id, size);
}

static int anon_next(struct gm_rec_stream *r, union gm_any *rec)
{
	struct anon *a = (struct anon *)r;
	int n = a->inner->ops->next(a->inner, rec);

	if (n != 1)
		return n;
	if (gm_kind_is_event(rec->h.kind))
		hide_comm(a, rec->ev.comm);
	switch (rec->h.kind) {
	case GM_K_PROC: hide_proc(a, &rec->as_PROC); break;
	case GM_K_PIN: hide_comm(a, rec->as_PIN.comm); break;
	case GM_K_META:
		hide_id(a, rec->as_META.host, sizeof(rec->as_META.host));
		hide_id(a, rec->as_META.boot, sizeof(rec->as_META.boot));
		break;
	}
	return 1;
}

static int anon_rewind(struct gm_rec_stream *r)
{
	struct anon *a = (struct anon *)r;

	return a->inner->ops->rewind(a->inner);
}

static int anon_seek(struct gm_rec_stream *r, uint64_t ts_ns)
{
	struct anon *a = (struct anon *)r;

	return a->inner->ops->seek(a->inner, ts_ns);
}

static void anon_close(struct gm_rec_stream *r)
{
	struct anon *a = (struct anon *)r;

	gm_rec_stream_close(a->inner);
	explicit_bzero(a->key, sizeof(a->key));
	free(a);
}

static const struct gm_rec_stream_ops anon_ops = { .next = anon_next, .rewind = anon_rewind, .seek = anon_seek,
	.close = anon_close };

int gm_anon_open(struct gm_rec_stream **out, struct gm_rec_stream *inner, const unsigned char key[GM_ANON_KEY])
{
	struct anon *a = calloc(1, sizeof(*a));

	if (!a) {
		gm_rec_stream_close(inner);
		return gm_errno(-ENOMEM, "cannot read recording");
	}
	a->recs = *inner;
	a->recs.ops = &anon_ops;
	a->inner = inner;
	memcpy(a->key, key, sizeof(a->key));
	*out = &a->recs;
	return 0;
}
