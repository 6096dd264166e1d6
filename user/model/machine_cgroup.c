// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* machine_cgroup.c - finds the machine in a cgroup path. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"
#include "model/machine_int.h"

/* ---- containers: pod and container of a cgroup path ---- */

/* Parse "pod<uid>" (cgroupfs) or "kubepods-burstable-pod<uid>.slice" (systemd, '_' for '-'). */
static bool parse_pod_uid(struct gm_text part, struct gm_text *uid)
{
	if (gm_text_ends(part, ".slice"))
		part = gm_text_cut(part, strlen(".slice"));
	for (size_t i = 0; i + 3 < part.len; i++) {
		*uid = gm_text_skip(part, i + 3);
		if (!gm_text_starts(gm_text_skip(part, i), "pod") || (i && part.s[i - 1] != '-'))
			continue;
		if (uid->len >= 16 && gm_text_span(*uid, "0123456789abcdefABCDEF-_") == uid->len)
			return true;
	}
	return false;
}

/*
 * Parse the hex digits of "<id>", "docker-<id>.scope", "cri-containerd-<id>.scope", "kata_<id>": they follow the last
 * separator.
 */
static bool parse_container_id(struct gm_text part, size_t min, struct gm_text *id)
{
	size_t n;

	if (gm_text_ends(part, ".scope"))
		part = gm_text_cut(part, strlen(".scope"));
	for (n = part.len; n && part.s[n - 1] != '-' && part.s[n - 1] != '_';)
		n--;
	*id = gm_text_skip(part, n);
	return id->len >= min && gm_text_span(*id, "0123456789abcdef") == id->len;
}

bool gm_pod_of_path(struct gm_text path, struct gm_found *out)
{
	struct gm_text uid = { .len = 0 }, id = { .len = 0 }, in;
	bool kube = false, pod = false, container = false;

	while (path.len) {
		struct gm_text part = gm_text_word(path, "/:", &path);

		kube = kube || gm_text_starts(part, "kubepods") || gm_text_starts(part, "kubelet-kubepods");
		if (kube && parse_pod_uid(part, &in)) { /* the innermost pod counts: a node may run in a pod */
			uid = in;
			pod = true;
			container = false;
		} else if (pod && !container) {
			container = parse_container_id(part, 12, &id);
		}
	}
	if (!pod)
		return false;
	snprintf(out->id, sizeof(out->id), "%.*s/%.*s", (int)uid.len, uid.s, container ? (int)id.len : 0,
		 container ? id.s : "");
	for (size_t i = 0; i < uid.len; i++)
		if (out->id[i] == '_')
			out->id[i] = '-';
	snprintf(out->name, sizeof(out->name), "pod-%.8s%s%.12s", out->id, container ? "/" : "",
		 container ? out->id + uid.len + 1 : "");
	return true;
}

/* The innermost container counts: it may run in another one. */
bool gm_container_of_path(struct gm_text path, struct gm_found *out)
{
	struct gm_text id;
	bool found = false;

	while (path.len) {
		struct gm_text part = gm_text_word(path, "/:", &path);

		if (!parse_container_id(part, 64, &id) || id.len != 64)
			continue;
		out->id[0] = '\0';
		gm_text_add(out->id, sizeof(out->id), id);
		snprintf(out->name, sizeof(out->name), "container-%.12s", out->id);
		found = true;
	}
	return found;
}

/* ---- libvirt: the scope or directory of a domain ---- */

static int hex_digit(char c)
{
	return isxdigit((unsigned char)c) ? (isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10) : -1;
}

/* Decode systemd's \xNN. A '-' would stand for '/', but libvirt's names have no '/'. */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		bool escape = s[0] == '\\' && s[1] == 'x' && hex_digit(s[2]) >= 0 && hex_digit(s[3]) >= 0;

		if (escape && (hex_digit(s[2]) || hex_digit(s[3]))) {
			*out++ = (char)(hex_digit(s[2]) << 4 | hex_digit(s[3]));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/*
 * Return the name in "qemu-3-myvm", for people only: libvirt leaves all but [A-Za-z0-9.-] out of a scope's name, and
 * cuts it (virDomainDriverGenerateMachineName()). The number changes with each start.
 */
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

static bool parse_libvirt_part(struct gm_text part, struct gm_found *out)
{
	bool scope = gm_text_starts(part, "machine-") && gm_text_ends(part, ".scope"),
	     old = gm_text_ends(part, ".libvirt-qemu");
	const char *name;

	if (!scope && !old)
		return false;
	out->id[0] = '\0';
	gm_text_add(out->id, sizeof(out->id),
		    scope ? gm_text_skip(gm_text_cut(part, strlen(".scope")), strlen("machine-"))
			  : gm_text_cut(part, strlen(".libvirt-qemu")));
	unescape(out->id);
	name = domain_name(out->id);
	if (!name && !old)
		return false; /* systemd-nspawn and others make such scopes as well */
	out->name[0] = '\0';
	gm_text_add(out->name, sizeof(out->name),
		    (struct gm_text){ name ? name : out->id, strlen(name ? name : out->id) });
	return true;
}

bool gm_libvirt_of_path(struct gm_text path, struct gm_found *out)
{
	while (path.len)
		if (parse_libvirt_part(gm_text_word(path, "/", &path), out))
			return true;
	return false;
}
