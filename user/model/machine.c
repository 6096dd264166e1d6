// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * machine.c - names the machine that a process runs, by its cgroups and its command line.
 *
 * The text is another user's: it may lack every terminator, and leaves this file only cleaned. A new VMM is a row, and
 * a function if it names its VMs in its own way.
 */
#include "model/machine.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hmap.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "model/cmdline.h"
#include "model/machine_int.h"

/* Input of the rules. */
struct source {
	const struct gm_rec_proc *proc;
	struct gm_text cgroups;		/* paths, one a line */
	struct gm_words words;
	bool args_cut, cgroups_cut;
};

static struct gm_text text_of(const char *s, size_t size)
{
	return (struct gm_text){ .s = s, .len = strnlen(s, size) };
}

static bool is_program(const struct source *src, const char *name)
{
	return gm_text_starts(text_of(src->proc->comm, sizeof(src->proc->comm)), name) ||
	       (src->words.nr && gm_text_starts(gm_text_last(src->words.word[0]), name));
}

/* ---- --machine-map, which past/machine_map.c has applied to the record ---- */

static bool parse_mapped(const struct source *src, struct gm_found *out)
{
	gm_text_add(out->id, sizeof(out->id), text_of(src->proc->mapped, sizeof(src->proc->mapped)));
	return true;
}

/* ---- uuid ---- */

/* Write a uuid of 32 hex digits in lower case with dashes. All 0 and all F mean no uuid (DMTF DSP0134, 7.2.1). */
static bool read_uuid(struct gm_text v, char *out)
{
	char digits[33];
	size_t n = 0;

	for (size_t i = 0; i < v.len; i++) {
		if (v.s[i] == '-' || v.s[i] == '{' || v.s[i] == '}')
			continue;
		if (!isxdigit((unsigned char)v.s[i]) || n == 32)
			return false;
		digits[n++] = (char)tolower((unsigned char)v.s[i]);
	}
	digits[n] = '\0';
	if (n != 32 || strspn(digits, "0") == n || strspn(digits, "f") == n)
		return false;
	snprintf(out, GM_FIELD_LEN, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16,
		 digits + 20);
	return true;
}

/* Read the uuid of -smbios type=1,uuid=X (QEMU), --smbios uuid=X (crosvm), --platform uuid=X (Cloud Hypervisor). */
static bool read_uuid_part(struct gm_text value, bool typed, char *out)
{
	char part[GM_FIELD_LEN];

	if (typed && (!gm_words_part(value, "type", false, part, sizeof(part)) || strcmp(part, "1")))
		return false;
	return gm_words_part(value, "uuid", false, part, sizeof(part)) && read_uuid(text_of(part, sizeof(part)), out);
}

/*
 * Find the uuid. QEMU has one, which -uuid and -smbios type=1 both set; the last option wins (system/vl.c;
 * hw/smbios/smbios.c, 9.2).
 */
static bool parse_uuid(const struct source *src, struct gm_found *out)
{
	struct gm_text v;
	size_t at = 0, at_uuid = 0;

	while (gm_words_option(&src->words, "uuid", false, &at, &v))
		at_uuid = read_uuid(v, out->id) ? at : at_uuid;
	for (at = 0; gm_words_option(&src->words, "smbios", false, &at, &v);)
		if (at > at_uuid)
			read_uuid_part(v, !is_program(src, "crosvm"), out->id);
	for (at = 0; gm_words_option(&src->words, "platform", true, &at, &v);)
		read_uuid_part(v, false, out->id);
	return true;
}

/* ---- cgroups: with cgroup v1, or both versions, a process has several paths, and not all of them name it ---- */

/* Parse all paths and keep the longest result: a pod with its container rather than a pod. */
static bool parse_longest_path(const struct source *src, bool (*parse)(struct gm_text path, struct gm_found *out),
			       struct gm_found *out)
{
	struct gm_text rest = src->cgroups;
	struct gm_found f;

	while (rest.len) {
		f = (struct gm_found){ .id = "" };
		if (parse(gm_text_word(rest, "\n", &rest), &f) && strlen(f.id) > strlen(out->id))
			*out = f;
	}
	return out->id[0];
}

static bool parse_pod(const struct source *src, struct gm_found *out)
{
	return parse_longest_path(src, gm_pod_of_path, out);
}
static bool parse_container(const struct source *src, struct gm_found *out)
{
	return parse_longest_path(src, gm_container_of_path, out);
}
static bool parse_libvirt(const struct source *src, struct gm_found *out)
{
	return parse_longest_path(src, gm_libvirt_of_path, out);
}

/* ---- command lines of VMMs ---- */

/* Programs whose ids have to be unique on a host: a jail, a state folder or a lock file has that name. */
static const struct {
	const char *program, *option;
	bool two_dashes;
} id_options[] = {
	{ "firecracker",		"id", true },
	/* the id of a sandbox; the VMM may be a thread of this process (Dragonball) */
	{ "containerd-shim-kata",	"id", false },
	{ "qemu",			"id", false },	/* Proxmox VE */
	{ "kvm",			"id", false },
};

static bool parse_id(const struct source *src, struct gm_found *out)
{
	struct gm_text v;

	for (size_t i = 0; i < GM_ARRAY_SIZE(id_options); i++) {
		if (!is_program(src, id_options[i].program) ||
		    !gm_words_last(&src->words, id_options[i].option, id_options[i].two_dashes, &v))
			continue;
		gm_text_add(out->id, sizeof(out->id), v);
		return true;
	}
	return false;
}

static const struct {
	const char *program, *option;
	bool two_dashes;
	bool parts;		/* Cloud Hypervisor: path=PATH,... */
	bool is_file;		/* crosvm also takes a folder, in which it makes a socket named by its pid */
} socket_options[] = {
	{ "cloud-hyperviso",	"api-socket", true, true, false },
	{ "crosvm",		"socket", true, false, true },
	{ "crosvm",		"s", false, false, true },
	{ "firecracker",	"api-sock", true, false, false },
};

/*
 * Make id and name of a socket path. The file name alone is often the same for all VMs ("api.sock"), so the name
 * includes the folder. A relative path is no id: it means another socket elsewhere.
 */
static bool parse_socket_path(struct gm_text path, struct gm_found *out)
{
	struct gm_text base, dir;

	if (!gm_text_starts(path, "/"))
		return false;
	base = gm_text_last(path);
	dir = gm_text_last(gm_text_cut(path, base.len + 1));
	if (gm_text_ends(base, ".sock"))
		base = gm_text_cut(base, strlen(".sock"));
	if (!base.len)
		return false;
	gm_text_add(out->id, sizeof(out->id), path);
	snprintf(out->name, sizeof(out->name), "%.*s%s%.*s", (int)dir.len, dir.s, dir.len ? "/" : "", (int)base.len,
		 base.s);
	return true;
}

static bool parse_socket(const struct source *src, struct gm_found *out)
{
	char path[GM_FIELD_LEN];
	struct gm_text v;

	for (size_t i = 0; i < GM_ARRAY_SIZE(socket_options); i++) {
		if (!is_program(src, socket_options[i].program) ||
		    !gm_words_last(&src->words, socket_options[i].option, socket_options[i].two_dashes, &v))
			continue;
		if (socket_options[i].is_file && !gm_text_ends(v, ".sock") && !gm_text_ends(v, ".socket"))
			continue;
		if (socket_options[i].parts) {
			gm_words_part(v, "path", true, path, sizeof(path));
			v = text_of(path, sizeof(path));
		}
		if (parse_socket_path(v, out))
			return true;
	}
	return false;
}

/*
 * Read -name foo or -name guest=foo,debug-threads=on: QEMU joins the parts of all -name (merge_lists of qemu_name_opts
 * in system/vl.c, 9.2).
 */
static void read_name(const struct source *src, char *out, size_t size)
{
	char part[GM_FIELD_LEN];
	struct gm_text v;
	size_t at = 0;

	while (gm_words_option(&src->words, "name", false, &at, &v))
		if (gm_words_part(v, "guest", true, part, sizeof(part)))
			snprintf(out, size, "%s", part);
}

/* Return the scope of a process: its deepest cgroup, or its user if it is in none. */
static struct gm_text scope_of(const struct source *src, char *buf, size_t size)
{
	struct gm_text rest = src->cgroups, best = { .s = "" }, path;

	while (rest.len) {
		path = gm_text_word(rest, "\n", &rest);
		if (path.len > best.len)
			best = path;
	}
	if (best.len > 1)
		return best;
	buf[0] = '\0';
	if (src->proc->flags & GM_PROC_UID)
		snprintf(buf, size, "uid=%u", src->proc->uid);
	return text_of(buf, size);
}

/* Make "NAME@SCOPE"; an @ of the name is doubled, so that no name reads as one with a scope. */
static bool parse_name(const struct source *src, struct gm_found *out)
{
	char user[32];
	struct gm_text scope = scope_of(src, user, sizeof(user));
	size_t n = 0;

	read_name(src, out->name, sizeof(out->name));
	if (!out->name[0] || src->args_cut)
		return false;
	for (const char *c = out->name; *c && n + 2 < sizeof(out->id); c++) {
		if (*c == '@')
			out->id[n++] = '@';
		out->id[n++] = *c;
	}
	if (scope.len) {
		gm_text_add(out->id, sizeof(out->id), (struct gm_text){ "@", 1 });
		gm_text_add(out->id, sizeof(out->id), scope);
	}
	return true;
}

static bool parse_process(const struct source *src, struct gm_found *out)
{
	const struct gm_rec_proc *p = src->proc;
	struct gm_text comm = text_of(p->comm, sizeof(p->comm));

	snprintf(out->id, sizeof(out->id), "%u:%" PRIu64, gm_pid(p->tgid), (uint64_t)p->start_ticks);
	snprintf(out->name, sizeof(out->name), "%.*s-%u", comm.len ? (int)comm.len : 3, comm.len ? comm.s : "pid",
		 gm_pid(p->tgid));
	return true;
}

/* ---- the rules ---- */

/* Strongest first. */
enum { R_MAP, R_UUID, R_POD, R_CONTAINER, R_ID, R_SOCKET, R_LIBVIRT, R_NAME, R_PROC, R_NR };

const struct gm_machine_rule gm_machine_rules[R_NR] = {
	[R_MAP] =	{ "map",	"a rule of --machine-map" },
	[R_UUID] =	{ "uuid",	"its uuid (-uuid or -smbios type=1 of QEMU, --platform uuid= of Cloud "
		"Hypervisor, --smbios uuid= of crosvm)" },
	[R_POD] =	{ "k8s",	"its Kubernetes pod and container (cgroup)" },
	[R_CONTAINER] =	{ "container",	"its container (cgroup)" },
	[R_ID] =	{ "id",		"its id (--id of Firecracker, -id of Proxmox VE and of Kata's shim)" },
	[R_SOCKET] =	{ "socket",	"its control socket (--api-socket, --socket, -s, --api-sock)" },
	[R_LIBVIRT] =	{ "libvirt",	"libvirt's scope with its number (cgroup)" },
	[R_NAME] =	{ "name",	"its -name, in its cgroup or of its user" },
	[R_PROC] =	{ "proc",	"its process alone" },
};
const unsigned int gm_machine_rules_nr = R_NR;

static bool (*const parsers[R_NR])(const struct source *src, struct gm_found *out) = {
	[R_MAP] = parse_mapped, [R_UUID] = parse_uuid, [R_POD] = parse_pod, [R_CONTAINER] = parse_container,
		[R_ID] = parse_id,
	[R_SOCKET] = parse_socket, [R_LIBVIRT] = parse_libvirt, [R_NAME] = parse_name, [R_PROC] = parse_process,
};

/* Order of names for people: what the owner chose, what the host made of that, ids. */
static const unsigned int names[] = { R_MAP, R_NAME, R_LIBVIRT, R_ID, R_POD, R_CONTAINER, R_SOCKET, R_UUID, R_PROC };

/* Rules that tell VMs of one container apart: their result becomes part of the container's key. */
static const unsigned int inner_rules[] = { R_ID, R_SOCKET };

const struct gm_machine_rule *gm_machine_rule_of(const char *key)
{
	for (size_t i = 0; i < R_NR; i++) {
		size_t n = strlen(gm_machine_rules[i].kind);

		if (strncmp(key, gm_machine_rules[i].kind, n))
			continue;
		n += key[n] == '@' ? strspn(key + n, "@0123456789") : 0; /* the host of a merge */
		if (key[n] == ':' && (i != R_PROC || strchr(key + n + 1, ':')))
			return &gm_machine_rules[i];
	}
	return NULL;
}

static bool apply_rule(unsigned int rule, const struct source *src, struct gm_found *out)
{
	*out = (struct gm_found){ .id = "" };
	return parsers[rule](src, out) && out->id[0];
}

/*
 * Make "KIND:ID", or "KIND@HOST:ID" for the second and later hosts of a merge (past/merge.h), so that no id reads as
 * another host's. A key that is too long ends with a hash of all of it, so that two long ids stay different. Cleaning
 * makes up to four bytes of one.
 */
static void make_key(char *key, size_t size, const char *kind, uint32_t host, const char *id)
{
	char all[sizeof(((struct gm_found *)0)->id) + 64], clean[4 * sizeof(all)];
	int n = host ? snprintf(all, sizeof(all), "%s@%u:%s", kind, host + 1, id)
		     : snprintf(all, sizeof(all), "%s:%s", kind, id);

	gm_clean(clean, sizeof(clean), all, (size_t)n);
	if (strlen(clean) < size) {
		strcpy(key, clean);
		return;
	}
	gm_clean(key, size - 17, all, (size_t)n);
	snprintf(key + strlen(key), 18, "~%016" PRIx64, gm_hash_str(all));
}

/* Add to a container's id what tells its VMs apart. False: the cut command line may hide it. */
static bool add_inner_key(const struct source *src, struct gm_found *out)
{
	struct gm_found own = { .id = "" };
	const char *kind = "name";

	for (size_t i = 0; i < GM_ARRAY_SIZE(inner_rules) && !own.id[0]; i++)
		if (apply_rule(inner_rules[i], src, &own))
			kind = gm_machine_rules[inner_rules[i]].kind;
	if (!own.id[0] && src->args_cut)
		return false;
	if (!own.id[0])
		read_name(src, own.id, sizeof(own.id));
	if (!own.id[0])
		return true;
	gm_text_add(out->id, sizeof(out->id), (struct gm_text){ "/", 1 });
	gm_text_add(out->id, sizeof(out->id), (struct gm_text){ kind, strlen(kind) });
	gm_text_add(out->id, sizeof(out->id), (struct gm_text){ "=", 1 });
	gm_text_add(out->id, sizeof(out->id), text_of(own.id, sizeof(own.id)));
	return true;
}

/* Return true if a rule is unique only within a container, or begins with one: it needs all cgroups. */
static bool needs_cgroups(unsigned int rule)
{
	return rule != R_MAP && rule != R_UUID && rule != R_PROC;
}

static void find_key(const struct source *src, char *key, size_t size)
{
	struct gm_found f;
	unsigned int rule = 0;

	/* The last rule always matches. */
	while ((needs_cgroups(rule) && src->cgroups_cut) || !apply_rule(rule, src, &f) ||
	       ((rule == R_POD || rule == R_CONTAINER) && !add_inner_key(src, &f)))
		rule++;
	make_key(key, size, gm_machine_rules[rule].kind, src->proc->tgid >> GM_PID_BITS, f.id);
}

static void find_name(const struct source *src, char *name, size_t size)
{
	struct gm_found f = { .id = "" };
	bool found = false;

	for (size_t i = 0; i < GM_ARRAY_SIZE(names) && !found; i++)
		found = apply_rule(names[i], src, &f) || f.name[0]; /* a name counts even if it is no key */
	if (!f.name[0])
		gm_text_add(f.name, sizeof(f.name), text_of(f.id, sizeof(f.id)));
	gm_clean(name, size, f.name, strlen(f.name));
}

/* ---- functions of machine.h ---- */

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
		len--; /* no character is cut in two */
	memcpy(name + len, suffix, n + 1);
}

bool gm_machine_args_are_cut(const struct gm_rec_proc *p)
{
	return p->flags ? p->flags & GM_PROC_ARGS_CUT : p->cmdline_len >= sizeof(p->cmdline) - 1;
}

bool gm_machine_cgroups_are_cut(const struct gm_rec_proc *p)
{
	if (p->flags)
		return p->flags & GM_PROC_CGROUP_CUT || !p->cgroup[0];
	return strnlen(p->cgroup, sizeof(p->cgroup)) >= sizeof(p->cgroup) - 1;
}

static void read_source(struct source *src, const struct gm_rec_proc *p)
{
	size_t len = p->cmdline_len < sizeof(p->cmdline) ? p->cmdline_len : sizeof(p->cmdline);

	src->proc = p;
	src->args_cut = gm_machine_args_are_cut(p);
	src->cgroups_cut = gm_machine_cgroups_are_cut(p);
	src->cgroups = p->cgroups[0] ? text_of(p->cgroups, sizeof(p->cgroups)) : text_of(p->cgroup, sizeof(p->cgroup));
	gm_words_split(&src->words, p->cmdline, len, src->args_cut);
}

void gm_machine_name(const struct gm_rec_proc *p, struct gm_machine_name *out)
{
	struct source src;

	memset(out, 0, sizeof(*out));
	read_source(&src, p);
	find_key(&src, out->key, sizeof(out->key));
	find_name(&src, out->name, sizeof(out->name));
	gm_host_suffix(out->name, sizeof(out->name), p->tgid);
}

void gm_machine_field(const struct gm_rec_proc *p, enum gm_machine_field field, char out[GM_FIELD_LEN])
{
	struct source src;
	struct gm_found f = { .id = "" };
	struct gm_text v;

	out[0] = '\0';
	read_source(&src, p);
	switch (field) {
	case GM_FIELD_UUID: apply_rule(R_UUID, &src, &f); break;
	case GM_FIELD_ID: apply_rule(R_ID, &src, &f); break;
	case GM_FIELD_NAME: read_name(&src, f.id, sizeof(f.id)); break;
	case GM_FIELD_COMM: gm_text_add(f.id, sizeof(f.id), text_of(p->comm, sizeof(p->comm))); break;
	case GM_FIELD_PIDFILE:
		if (gm_words_last(&src.words, "pidfile", false, &v))
			gm_text_add(f.id, sizeof(f.id), v);
		break;
	case GM_FIELD_NR: break;
	}
	gm_text_add(out, GM_FIELD_LEN, text_of(f.id, sizeof(f.id)));
}

bool gm_machine_cgroup(const struct gm_rec_proc *p, size_t *at, char out[GM_FIELD_LEN])
{
	struct source src;
	struct gm_text rest, path;

	read_source(&src, p);
	if (*at >= src.cgroups.len)
		return false;
	path = gm_text_word(gm_text_skip(src.cgroups, *at), "\n", &rest);
	*at = (size_t)(rest.s - src.cgroups.s);
	out[0] = '\0';
	gm_text_add(out, GM_FIELD_LEN, path);
	return true;
}
