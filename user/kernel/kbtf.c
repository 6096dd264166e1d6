// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kbtf.c - reads facts from a kernel's types (BTF), of the running kernel or from files: functions, tracepoints,
 * layouts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/resource.h"
#include "kernel/kbtf.h"

/*
 * Makes the key of a name in the index. libbpf searches types by name from the first to the last, and a kernel has
 * 150000; the probe plan asks for forty functions. So functions and tracepoints are indexed once. Of two types with one
 * name the first counts, as in libbpf; vmlinux's types come before a module's.
 */
static uint64_t name_key(const char *name, uint32_t kind)
{
	return gm_hash_str(name) ^ kind;
}

static bool is_indexed(const char *name, uint32_t kind)
{
	return kind == BTF_KIND_FUNC || (kind == BTF_KIND_TYPEDEF && !strncmp(name, "btf_trace_", 10));
}

static int index_names(struct gm_kfeatures *k)
{
	const struct btf *all = k->kvm ? k->kvm : k->vmlinux; /* the module's BTF includes vmlinux's types */
	uint32_t nr = btf__type_cnt(all);
	int err = 0;

	for (uint32_t id = 1; !err && id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(all, id);
		const char *name = btf__name_by_offset(all, t->name_off);
		uint64_t key;

		if (!is_indexed(name, btf_kind(t)))
			continue;
		key = name_key(name, btf_kind(t));
		if (!gm_hmap_get(&k->names, key))
			err = gm_hmap_put(&k->names, key, (void *)(uintptr_t)id);
	}
	return err ? gm_errno(err, "the names of the kernel's types") : 0;
}

/* Returns the id of a function or of a tracepoint's typedef; 0: there is none. */
static uint32_t find_name(const struct gm_kfeatures *k, const char *name, uint32_t kind)
{
	const struct btf *all = k->kvm ? k->kvm : k->vmlinux;
	uint32_t id = (uint32_t)(uintptr_t)gm_hmap_get(&k->names, name_key(name, kind));
	int found;

	if (!id || !strcmp(btf__name_by_offset(all, btf__type_by_id(all, id)->name_off), name))
		return id;
	found = btf__find_by_name_kind(all, name, kind); /* two names with one hash */
	return found > 0 ? (uint32_t)found : 0;
}

bool gm_kfeatures_has_func(const struct gm_kfeatures *k, const char *name)
{
	return gm_kfeatures_func_id(k, name) > 0;
}

uint32_t gm_kfeatures_func_id(const struct gm_kfeatures *k, const char *name)
{
	return find_name(k, name, BTF_KIND_FUNC);
}

bool gm_kfeatures_has_tp(const struct gm_kfeatures *k, const char *name)
{
	char buf[128];

	snprintf(buf, sizeof(buf), "btf_trace_%s", name);
	return find_name(k, buf, BTF_KIND_TYPEDEF) > 0;
}

bool gm_kfeatures_has_member(const struct gm_kfeatures *k, const char *member)
{
	const struct btf *all = k->kvm ? k->kvm : k->vmlinux;
	const char *dot = strchr(member, '.');
	const struct btf_type *t;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "%.*s", (int)(dot - member), member);
	id = btf__find_by_name_kind(all, name, BTF_KIND_STRUCT);
	t = id > 0 ? btf__type_by_id(all, (uint32_t)id) : NULL;
	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(all, btf_members(t)[i].name_off), dot + 1))
			return true;
	return false;
}

static uint64_t struct_size(const struct btf *b, const char *name)
{
	int id = btf__find_by_name_kind(b, name, BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(b, id)->size : 0;
}

static int64_t enum_value(const struct btf *b, const char *type, const char *name)
{
	int id = btf__find_by_name_kind(b, type, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(b, id) : NULL;
	const struct btf_enum *e = t ? btf_enum(t) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(b, e[i].name_off), name))
			return e[i].val;
	return -1;
}

/*
 * Computes where a page's flags have its node. The node is in the top bits, as wide as the configuration's NODES_SHIFT
 * (with SPARSEMEM_VMEMMAP, the default of both architectures, no section number is above it:
 * include/linux/page-flags-layout.h). NODES_SHIFT is not in BTF, but struct zonelist has MAX_NUMNODES * MAX_NR_ZONES +
 * 1 references (include/linux/mmzone.h).
 */
static void read_node_bits(struct gm_kfeatures *k)
{
	uint64_t list = struct_size(k->vmlinux, "zonelist"), ref = struct_size(k->vmlinux, "zoneref");
	int64_t zones = enum_value(k->vmlinux, "zone_type", "__MAX_NR_ZONES");
	uint64_t max_nodes;
	uint32_t shift = 0;

	if (!list || !ref || zones <= 0)
		return;
	max_nodes = (list / ref - 1) / (uint64_t)zones;
	while (max_nodes >> (shift + 1))
		shift++;
	k->node_mask = (1u << shift) - 1;
	k->node_shift = shift ? 64 - shift : 0;
}

/*
 * Finds out whether the kernel has fsession programs (7.0): one program for both ends of a function, which
 * bpf_session_is_return(ctx) distinguishes. Earlier kernels have a kfunc of this name without the argument, for
 * kprobes.
 */
static void read_session(struct gm_kfeatures *k)
{
	uint32_t id = gm_kfeatures_func_id(k, "bpf_session_is_return");
	const struct btf_type *proto = id > 0 && id < btf__type_cnt(k->vmlinux)
					       ? btf__type_by_id(k->vmlinux, btf__type_by_id(k->vmlinux, id)->type)
					       : NULL;

	if (proto && btf_vlen(proto) == 1 &&
	    enum_value(k->vmlinux, "bpf_attach_type", "BPF_TRACE_FSESSION") == GM_ATTACH_FSESSION)
		k->session_is_return = id;
	else
		snprintf(k->why[GM_MECH_FSESSION], sizeof(k->why[0]), "this kernel has no fsession programs");
}

/*
 * Return true if this process may use ids of a module's types. The kernel gives them out by enumeration, to
 * CAP_SYS_ADMIN only (BPF_BTF_GET_NEXT_ID, kernel/bpf/syscall.c, 6.12 to 7.3).
 */
static bool can_get_ids(void)
{
	__u32 id;

	return !bpf_btf_get_next_id(0, &id) || errno == ENOENT;
}

#define VMLINUX "/sys/kernel/btf/vmlinux"

/*
 * Reads vmlinux's types where libbpf finds them. libbpf returns ESRCH for every reason, so after a failure the usual
 * file is tried for the real one. 0; -errno, reported.
 */
static int read_vmlinux(struct gm_kfeatures *k)
{
	int err;

	k->vmlinux = btf__load_vmlinux_btf();
	if (!libbpf_get_error(k->vmlinux))
		return 0;
	k->vmlinux = NULL;
	if (access(VMLINUX, R_OK))
		return gm_errno(-errno, "no type information in this kernel: " VMLINUX " (needs "
					"CONFIG_DEBUG_INFO_BTF, and sysfs at /sys)");
	k->vmlinux = btf__parse(VMLINUX, NULL);
	err = libbpf_get_error(k->vmlinux);
	if (!err)
		return 0;
	k->vmlinux = NULL;
	return gm_errno(gm_library_error(err), "cannot read type information: " VMLINUX);
}

int gm_kbtf_read(struct gm_kfeatures *k)
{
	int err;

	err = read_vmlinux(k);
	if (err)
		return err;
	if (!access("/sys/kernel/btf/kvm", R_OK)) {
		k->kvm = btf__load_module_btf("kvm", k->vmlinux);
		err = libbpf_get_error(k->kvm);
		if (err)
			k->kvm = NULL;
		if (err && gm_is_resource_error(gm_library_error(err)))
			return gm_errno(gm_library_error(err), "cannot read type information: /sys/kernel/btf/kvm");
		k->kvm_module = true;
	}
	err = index_names(k);
	if (err)
		return err;
	k->has_kvm = gm_kfeatures_has_func(k, "kvm_gmem_release");
	k->module_ids = can_get_ids();
	k->kvm_ids = !k->kvm_module || k->module_ids;
	read_node_bits(k);
	read_session(k);
	return 0;
}

bool gm_kfeatures_is_in_module(const struct gm_kfeatures *k, const char *name, bool tracepoint)
{
	char buf[128];
	uint32_t id;

	snprintf(buf, sizeof(buf), "%s%s", tracepoint ? "btf_trace_" : "", name);
	id = find_name(k, buf, tracepoint ? BTF_KIND_TYPEDEF : BTF_KIND_FUNC);
	return k->kvm && (!id || id >= btf__type_cnt(k->vmlinux));
}

bool gm_kfeatures_is_same_kvm(const struct gm_kfeatures *a, const struct gm_kfeatures *b)
{
	uint32_t la = 0, lb = 0;
	const void *da = a->kvm ? btf__raw_data(a->kvm, &la) : NULL, *db = b->kvm ? btf__raw_data(b->kvm, &lb) : NULL;

	return da && db && la == lb && !memcmp(da, db, la);
}

/* ---- the types of vmlinux and module in one ---- */

struct piece {
	const void *at;
	uint32_t len;
};

static void get_pieces(const struct btf *b, struct piece *types, struct piece *strs)
{
	uint32_t size;
	const struct btf_header *h = b ? btf__raw_data(b, &size) : NULL;

	if (!h)
		return;
	*types = (struct piece){ (const char *)h + h->hdr_len + h->type_off, h->type_len };
	*strs = (struct piece){ (const char *)h + h->hdr_len + h->str_off, h->str_len };
}

/*
 * A module's BTF continues vmlinux's: its first type has the next number, its first string the next offset (split BTF,
 * Documentation/bpf/btf.rst). So concatenating the types of both, and the strings of both, makes one BTF.
 */
int gm_kfeatures_flat_btf(const struct gm_kfeatures *k)
{
	struct btf_header h = { .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h) };
	struct piece part[4] = { 0 };
	int fd, err;

	get_pieces(k->vmlinux, &part[0], &part[2]);
	get_pieces(k->kvm, &part[1], &part[3]);
	h.type_len = h.str_off = part[0].len + part[1].len;
	h.str_len = part[2].len + part[3].len;
	fd = memfd_create("gm_btf", MFD_CLOEXEC);
	if (fd < 0)
		return gm_errno(-errno, "memory for the kernel's types");
	err = gm_write_all(fd, &h, sizeof(h));
	for (int i = 0; !err && i < 4; i++)
		err = gm_write_all(fd, part[i].at, part[i].len);
	if (!err)
		return fd;
	close(fd);
	return gm_errno(err, "memory for the kernel's types");
}

static int read_btf_file(struct btf **out, const char *path, struct btf *base)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	int err;

	*out = base ? btf__parse_split(path, base) : btf__parse(path, NULL);
	err = libbpf_get_error(*out);
	libbpf_set_print(print);
	if (!err)
		return 0;
	*out = NULL;
	if (err == -ENOENT || err == -EACCES || err == -ENOMEM)
		return gm_errno(err, "cannot read %s", path);
	return gm_err(-EBADMSG,
		      "%s: no type information in it (neither raw BTF%s nor an ELF file with a section "
		      ".BTF)",
		      path, base ? " of a module of that vmlinux" : "");
}

/* Returns the architecture: struct user_pt_regs exists on one of the two only. */
static const char *guess_arch(const struct gm_kfeatures *k)
{
	return struct_size(k->vmlinux, "user_pt_regs") ? "aarch64" : "x86_64";
}

int gm_kfeatures_read_files(struct gm_kfeatures *k, const char *vmlinux, const char *kvm)
{
	int err;

	memset(k, 0, sizeof(*k));
	k->tracefs = -1;
	k->page_size = 4096;
	err = read_btf_file(&k->vmlinux, vmlinux, NULL);
	if (!err && kvm)
		err = read_btf_file(&k->kvm, kvm, k->vmlinux);
	if (!err)
		err = index_names(k);
	if (err)
		return err;
	read_session(k);
	k->module_ids = k->kvm_ids = true;
	k->kvm_module = kvm != NULL;
	k->has_kvm = gm_kfeatures_has_func(k, "kvm_gmem_release");
	snprintf(k->arch, sizeof(k->arch), "%s", guess_arch(k));
	return 0;
}
