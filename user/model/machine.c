// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * machine.c - which machine a process runs, told from its cgroup path and its command line.
 *
 * A table of parsers in the order of trust; the first that finds a name that is not empty wins. The text
 * is another user's: it may lack every terminator, and leaves here only cleaned.
 */
#include "model/machine.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hmap.h"
#include "base/util.h"

#define WORD_MAX	1024	/* a cmdline's size: no word of it is longer */
#define ARGS_MAX	512	/* words of 1024 bytes, NULs included */

struct text {
	const char *s;
	size_t len;
};

/* What the parsers look at. */
struct source {
	const struct gm_rec_proc *proc;
	struct text cgroup;
	struct text arg[ARGS_MAX];
	size_t args;
};

/* What a parser found, not cleaned yet; the texts end with a NUL. */
struct found {
	char id[WORD_MAX];	/* the key, but for its kind */
	char name[WORD_MAX];	/* empty: the id */
};

/* ---- text ---- */

static struct text text_of(const char *s, size_t size)
{
	return (struct text){ .s = s, .len = strnlen(s, size) };
}

static bool starts(struct text t, const char *prefix)
{
	size_t n = strlen(prefix);

	return t.len >= n && !memcmp(t.s, prefix, n);
}

static bool ends(struct text t, const char *suffix)
{
	size_t n = strlen(suffix);

	return t.len >= n && !memcmp(t.s + t.len - n, suffix, n);
}

static struct text skip(struct text t, size_t n)
{
	return (struct text){ .s = t.s + n, .len = t.len - n };
}

static struct text cut(struct text t, size_t n)
{
	return (struct text){ .s = t.s, .len = t.len - n };
}

/* Up to the first of the separators; *rest is what follows it. */
static struct text word(struct text t, const char *separators, struct text *rest)
{
	size_t n = 0;

	while (n < t.len && !strchr(separators, t.s[n]))
		n++;
	*rest = n < t.len ? skip(t, n + 1) : skip(t, n);
	return (struct text){ .s = t.s, .len = n };
}

static struct text last_part(struct text path)
{
	size_t n = path.len;

	while (n && path.s[n - 1] != '/')
		n--;
	return skip(path, n);
}

static void copy(char *dst, size_t size, struct text t)
{
	size_t n = t.len < size ? t.len : size - 1;

	memcpy(dst, t.s, n);
	dst[n] = '\0';
}

/* ---- libvirt: the scope or directory that it makes for each domain ---- */

static int hex(char c)
{
	return isxdigit((unsigned char)c) ? (isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10) : -1;
}

/* systemd's \xNN. Another machine's '-' stands for '/' there, but libvirt's names have none. */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		bool escape = s[0] == '\\' && s[1] == 'x' && hex(s[2]) >= 0 && hex(s[3]) >= 0;

		if (escape && (hex(s[2]) || hex(s[3]))) {
			*out++ = (char)(hex(s[2]) << 4 | hex(s[3]));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* "qemu-3-myvm": the number is another after each start. */
static const char *domain_name(const char *s)
{
	static const char *const drivers[] = { "qemu-", "ch-" };

	for (size_t i = 0; i < GM_ARRAY_SIZE(drivers); i++) {
		size_t n = strlen(drivers[i]), digits;

		if (strncmp(s, drivers[i], n))
			continue;
		digits = strspn(s + n, "0123456789");
		if (digits && s[n + digits] == '-' && s[n + digits + 1])
			return s + n + digits + 1;
	}
	return NULL;
}

static bool libvirt_part(struct text part, struct found *out)
{
	const char *name;

	if (starts(part, "machine-") && ends(part, ".scope"))
		copy(out->name, sizeof(out->name), skip(cut(part, strlen(".scope")), strlen("machine-")));
	else if (ends(part, ".libvirt-qemu"))
		copy(out->name, sizeof(out->name), cut(part, strlen(".libvirt-qemu")));
	else
		return false;
	unescape(out->name);
	name = domain_name(out->name);
	if (!name && !ends(part, ".libvirt-qemu"))
		return false;		/* systemd-nspawn and others have such scopes as well */
	snprintf(out->id, sizeof(out->id), "%s", name ? name : out->name);
	out->name[0] = '\0';
	return true;
}

static bool parse_libvirt(const struct source *src, struct found *out)
{
	struct text rest = src->cgroup;

	while (rest.len) {
		if (libvirt_part(word(rest, "/\n", &rest), out))
			return true;
	}
	return false;
}

/* ---- Kubernetes: pod and container of the cgroup path ---- */

static size_t span(struct text t, const char *accept)
{
	size_t n = 0;

	while (n < t.len && t.s[n] && strchr(accept, t.s[n]))
		n++;
	return n;
}

/* "pod<uid>" (cgroupfs) or "kubepods-burstable-pod<uid>.slice" (systemd, '_' for '-'). */
static bool pod_uid(struct text part, struct text *uid)
{
	if (ends(part, ".slice"))
		part = cut(part, strlen(".slice"));
	for (size_t i = 0; i + 3 < part.len; i++) {
		*uid = skip(part, i + 3);
		if (!starts(skip(part, i), "pod") || (i && part.s[i - 1] != '-'))
			continue;
		if (uid->len >= 16 && span(*uid, "0123456789abcdefABCDEF-_") == uid->len)
			return true;
	}
	return false;
}

/* "<id>", "cri-containerd-<id>.scope", "crio-<id>.scope": 64 hex digits, of which 12 are told apart. */
static bool container_id(struct text part, struct text *id)
{
	size_t n;

	if (ends(part, ".scope"))
		part = cut(part, strlen(".scope"));
	for (n = part.len; n && part.s[n - 1] != '-'; )
		n--;
	*id = skip(part, n);
	return id->len >= 12 && span(*id, "0123456789abcdef") == id->len;
}

static bool parse_kubernetes(const struct source *src, struct found *out)
{
	struct text rest = src->cgroup, uid = { .len = 0 }, id = { .len = 0 };
	bool kube = false, pod = false, container = false;

	while (rest.len && !container) {
		struct text part = word(rest, "/:\n", &rest);

		kube = kube || starts(part, "kubepods") || starts(part, "kubelet-kubepods");
		if (kube && !pod)
			pod = pod_uid(part, &uid);
		else if (pod)
			container = container_id(part, &id);
	}
	if (!pod)
		return false;
	snprintf(out->id, sizeof(out->id), "%.*s/%.*s", (int)uid.len, uid.s, container ? (int)id.len : 0,
		 container ? id.s : "");
	for (size_t i = 0; i < uid.len; i++) {
		if (out->id[i] == '_')
			out->id[i] = '-';
	}
	snprintf(out->name, sizeof(out->name), "pod-%.8s%s%.12s", out->id, container ? "/" : "",
		 container ? out->id + uid.len + 1 : "");
	return true;
}

/* ---- command lines ---- */

/*
 * The value of "-opt value", "--opt value", "-opt=value"; opt without dashes. The last word of a cmdline
 * that was cut may be half a value, and half a name is another machine's: it was left out of src->arg.
 */
static bool option(const struct source *src, const char *opt, bool two_dashes, struct text *value)
{
	for (size_t i = 1; i < src->args; i++) {
		struct text a = src->arg[i];
		size_t n = strlen(opt), dashes = starts(a, "--") ? 2 : starts(a, "-") ? 1 : 0;

		if (!dashes || (two_dashes && dashes < 2) || !starts(skip(a, dashes), opt))
			continue;
		a = skip(a, dashes + n);
		if (!a.len && i + 1 < src->args && !starts(src->arg[i + 1], "-"))
			*value = src->arg[i + 1];
		else if (starts(a, "="))
			*value = skip(a, 1);
		else
			continue;
		if (value->len)
			return true;
	}
	return false;
}

static bool program(const struct source *src, const char *name)
{
	return starts(text_of(src->proc->comm, sizeof(src->proc->comm)), name) ||
	       (src->args && starts(last_part(src->arg[0]), name));
}

/* One part of a QEMU option: up to a comma, two of which mean one. */
static const char *qemu_part(const char *s, const char *end, char *out, size_t size)
{
	size_t n = 0;

	while (s < end && (*s != ',' || (s + 1 < end && s[1] == ','))) {
		s += *s == ',';
		if (n < size - 1)
			out[n++] = *s;
		s++;
	}
	out[n] = '\0';
	return s < end ? s + 1 : end;
}

/* "foo", "guest=foo,debug-threads=on": the first part may go without its key. */
static void qemu_guest(struct text value, char *out, size_t size)
{
	const char *s = value.s, *end = value.s + value.len;
	char part[WORD_MAX];
	bool first = true;

	out[0] = '\0';
	for (; s < end; first = false) {
		s = qemu_part(s, end, part, sizeof(part));
		if (!strncmp(part, "guest=", 6))
			snprintf(out, size, "%s", part + 6);
		else if (first && !strchr(part, '='))
			snprintf(out, size, "%s", part);
	}
}

/* The nil UUID is nobody's. */
static bool parse_uuid(const struct source *src, struct found *out)
{
	struct text v;

	if (!option(src, "uuid", false, &v) || span(v, "0-{} ") == v.len)
		return false;
	copy(out->id, sizeof(out->id), v);
	for (char *c = out->id; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (option(src, "name", false, &v))
		qemu_guest(v, out->name, sizeof(out->name));
	return true;
}

static bool parse_name(const struct source *src, struct found *out)
{
	struct text v;

	if (!option(src, "name", false, &v))
		return false;
	qemu_guest(v, out->id, sizeof(out->id));
	return out->id[0];
}

static bool parse_firecracker(const struct source *src, struct found *out)
{
	struct text v;

	if (!program(src, "firecracker") || !option(src, "id", true, &v))
		return false;
	copy(out->id, sizeof(out->id), v);
	return true;
}

/* A socket's name alone is often the same for all ("api.sock"): with its directory it tells more. */
static bool found_socket(struct text path, struct found *out)
{
	struct text base, dir;

	if (!path.len || !memchr(path.s, '/', path.len))
		return false;
	copy(out->id, sizeof(out->id), path);
	base = last_part(path);
	dir = last_part(cut(path, base.len + 1));
	if (ends(base, ".sock"))
		base = cut(base, strlen(".sock"));
	snprintf(out->name, sizeof(out->name), "%.*s%s%.*s", (int)dir.len, dir.s, dir.len ? "/" : "",
		 (int)base.len, base.s);
	return base.len;
}

/* --name is the generic parser's. */
static bool parse_crosvm(const struct source *src, struct found *out)
{
	struct text v;

	return program(src, "crosvm") && option(src, "socket", true, &v) && found_socket(v, out);
}

static bool parse_cloud_hypervisor(const struct source *src, struct found *out)
{
	struct text v, rest;

	if (!program(src, "cloud-hyperviso") || !option(src, "api-socket", true, &v))
		return false;
	while (v.len) {
		struct text part = word(v, ",", &rest);

		if (starts(part, "path="))
			part = skip(part, 5);
		if (found_socket(part, out))
			return true;
		v = rest;
	}
	return false;
}

static bool parse_process(const struct source *src, struct found *out)
{
	const struct gm_rec_proc *p = src->proc;
	struct text comm = text_of(p->comm, sizeof(p->comm));

	snprintf(out->id, sizeof(out->id), "%u:%" PRIu64, gm_pid(p->tgid), (uint64_t)p->start_ticks);
	snprintf(out->name, sizeof(out->name), "%.*s-%u", comm.len ? (int)comm.len : 3,
		 comm.len ? comm.s : "pid", gm_pid(p->tgid));
	return true;
}

/* kind: what stands before the colon of the key. A new VMM is a function and a row. */
static const struct parser {
	const char *kind;
	bool (*parse)(const struct source *src, struct found *out);
} parsers[] = {
	{ "libvirt",	parse_libvirt },
	{ "k8s",	parse_kubernetes },
	{ "uuid",	parse_uuid },
	{ "name",	parse_name },
	{ "id",		parse_firecracker },
	{ "socket",	parse_crosvm },
	{ "socket",	parse_cloud_hypervisor },
	{ "proc",	parse_process },
};

/* ---- the door ---- */

static void split_args(struct source *src)
{
	const struct gm_rec_proc *p = src->proc;
	bool was_cut = p->cmdline_len >= sizeof(p->cmdline);
	struct text rest = { .s = p->cmdline, .len = was_cut ? sizeof(p->cmdline) : p->cmdline_len };

	while (rest.len && src->args < ARGS_MAX) {
		size_t n = strnlen(rest.s, rest.len);

		src->arg[src->args++] = (struct text){ .s = rest.s, .len = n };
		rest = skip(rest, n < rest.len ? n + 1 : n);
	}
	if (was_cut && src->args > 1)
		src->args--;
}

/* Two long ids must not become one by being cut: the end of a long one is a hash of all of it. */
static void make_key(char *key, size_t size, const char *kind, const char *id)
{
	char all[WORD_MAX * 2];
	int n = snprintf(all, sizeof(all), "%s:%s", kind, id);

	gm_clean(key, (size_t)n < size ? size : size - 17, all, (size_t)n);
	if ((size_t)n >= size)
		snprintf(key + strlen(key), 18, "~%016" PRIx64, gm_hash_str(all));
}

static bool try_parser(const struct parser *p, const struct source *src, struct gm_machine_name *out)
{
	struct found found = { .id = "" };

	if (!p->parse(src, &found) || !found.id[0])
		return false;
	make_key(out->key, sizeof(out->key), p->kind, found.id);
	if (!found.name[0])
		snprintf(found.name, sizeof(found.name), "%s", found.id);
	gm_clean(out->name, sizeof(out->name), found.name, strlen(found.name));
	return true;
}

void gm_host_suffix(char *name, size_t size, uint32_t tgid)
{
	uint32_t host = tgid >> GM_PID_BITS;
	char suffix[16];
	size_t len = strlen(name), n = (size_t)snprintf(suffix, sizeof(suffix), "@%u", host + 1);

	if (!host)
		return;
	if (len + n >= size)
		len = size - n - 1;
	while (len && ((unsigned char)name[len] & 0xc0) == 0x80)
		len--;		/* no character is cut in two */
	memcpy(name + len, suffix, n + 1);
}

void gm_machine_name(const struct gm_rec_proc *p, struct gm_machine_name *out)
{
	struct source src = { .proc = p, .cgroup = text_of(p->cgroup, sizeof(p->cgroup)) };

	memset(out, 0, sizeof(*out));
	split_args(&src);
	for (size_t i = 0; i < GM_ARRAY_SIZE(parsers); i++) {
		if (!try_parser(&parsers[i], &src, out))
			continue;
		gm_host_suffix(out->key, sizeof(out->key), p->tgid);
		gm_host_suffix(out->name, sizeof(out->name), p->tgid);
		return;
	}
}
