// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gmbtf - finds the functions, tracepoints, fields and types that the tools need in a kernel's types.
 *
 *   gmbtf list VMLINUX KVM|- OBJECT...               prints a line for each of them
 *   gmbtf trim VMLINUX KVM|- OUT KVM-OUT|- OBJECT... writes the kernel's BTF with only these, structs with all their
 *                                                    members, and every function with gmem in its name
 *
 * The probe table has the functions and tracepoints, the relocations (.BTF.ext, CO-RE) of the BPF objects the fields
 * and types. So neither list is kept by hand.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gelf.h>
#include <linux/bpf.h>

#include "base/vec.h"
#include "kernel/probes.h"

#define PATH_MAX_STEPS	16
#define NAME		256

/*
 * The layout of the section .BTF.ext, as in libbpf, include/uapi/linux/btf.h and include/uapi/linux/bpf.h. libbpf has
 * no function that iterates over it.
 */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, func_off, func_len, line_off, line_len, relo_off, relo_len;
};

/* A field, type or enumerator that an object needs. */
struct need {
	char type[NAME];		/* without flavour */
	char field[NAME];		/* "a.b[0].c", or an enumerator's name; empty: the type itself */
	uint32_t kind;			/* BTF_KIND_STRUCT, _UNION, _ENUM, _TYPEDEF, ... */
	bool loaded;			/* an instruction contains the offset, in 16 bits */
};

/* Types that kfeatures.c reads beside the table: sizes and an enumerator (read_node_bits()), symbols, the trials. */
static const struct need more_types[] = {
	{ "zonelist", "", BTF_KIND_STRUCT }, { "zoneref", "", BTF_KIND_STRUCT },
	{ "zone_type", "__MAX_NR_ZONES", BTF_KIND_ENUM }, { "user_pt_regs", "", BTF_KIND_STRUCT },
	{ "bpf_attach_type", "BPF_TRACE_FSESSION", BTF_KIND_ENUM },
};
static const char *const more_funcs[] = {
	"kvm_vm_release", "kvm_vcpu_release", "kvm_vm_stats_release", "kvm_vcpu_stats_release", "kvm_device_release",
	"truncate_inode_pages_final", "bpf_session_is_return",
};

static struct need needs[4096];
static size_t needs_nr;
static const char *funcs[256], *tps[64];
static size_t funcs_nr, tps_nr;

static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* ---- what the tools need ---- */

static void add_need(const struct need *n)
{
	for (size_t i = 0; i < needs_nr; i++)
		if (!strcmp(needs[i].type, n->type) && !strcmp(needs[i].field, n->field) && needs[i].kind == n->kind) {
			needs[i].loaded |= n->loaded;
			return;
		}
	if (needs_nr == GM_ARRAY_SIZE(needs))
		die("more relocations than there is room for");
	needs[needs_nr++] = *n;
}

static const struct btf_type *skip_mods(const struct btf *b, uint32_t id, uint32_t *at)
{
	const struct btf_type *t = btf__type_by_id(b, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t))) {
		id = t->type;
		t = btf__type_by_id(b, id);
	}
	*at = id;
	return t;
}

static void copy_name(char *dst, const char *src)
{
	const char *flavour = strstr(src, "___");
	size_t len = flavour ? (size_t)(flavour - src) : strlen(src);

	snprintf(dst, NAME, "%.*s", (int)len, src);
}

/* Converts a spec such as "0:3:1", from type id on, to the names of the members. */
static void field_path(const struct btf *b, uint32_t id, const char *spec, char *out)
{
	const struct btf_type *t = skip_mods(b, id, &id);
	size_t n = 0;

	out[0] = '\0';
	for (spec = strchr(spec, ':'); spec && n < NAME - 1; spec = strchr(spec, ':')) {
		unsigned long i = strtoul(++spec, NULL, 10);

		if (btf_is_array(t)) {
			n += (size_t)snprintf(out + n, NAME - n, "[%lu]", i);
			t = skip_mods(b, btf_array(t)->type, &id);
			continue;
		}
		if (!btf_is_composite(t) || i >= btf_vlen(t))
			die("a relocation that leads nowhere");
		const char *name = btf__name_by_offset(b, btf_members(t)[i].name_off);

		if (*name)
			n += (size_t)snprintf(out + n, NAME - n, "%s%s", n ? "." : "", name);
		t = skip_mods(b, btf_members(t)[i].type, &id);
	}
}

static void take_relo(const struct btf *b, const struct bpf_core_relo *r, const struct bpf_insn *insn)
{
	struct need n = { .loaded = BPF_CLASS(insn->code) == BPF_LDX || BPF_CLASS(insn->code) == BPF_ST ||
				    BPF_CLASS(insn->code) == BPF_STX };
	uint32_t id = r->type_id;
	const struct btf_type *t = btf__type_by_id(b, id);
	const char *spec = btf__name_by_offset(b, r->access_str_off);

	if (r->kind == BPF_CORE_TYPE_ID_LOCAL)
		return;
	if (!btf_is_typedef(t) || r->kind <= BPF_CORE_FIELD_RSHIFT_U64 || r->kind >= BPF_CORE_ENUMVAL_EXISTS)
		t = skip_mods(b, id, &id);
	copy_name(n.type, btf__name_by_offset(b, t->name_off));
	n.kind = btf_kind(t);
	if (r->kind == BPF_CORE_ENUMVAL_EXISTS || r->kind == BPF_CORE_ENUMVAL_VALUE)
		copy_name(n.field, btf__name_by_offset(b, btf_enum(t)[strtoul(spec, NULL, 10)].name_off));
	else if (r->kind <= BPF_CORE_FIELD_RSHIFT_U64)
		field_path(b, r->type_id, spec, n.field);
	add_need(&n);
}

/* Returns the section of this name as text. */
static const char *section(Elf *elf, const char *name)
{
	size_t names;
	GElf_Shdr h;

	if (!elf_getshdrstrndx(elf, &names))
		for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));)
			if (gelf_getshdr(s, &h) && !strcmp(elf_strptr(elf, names, h.sh_name), name))
				return elf_getdata(s, NULL)->d_buf;
	die("no section %s", name);
	return NULL;
}

static void take_object(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	struct btf_ext *ext = NULL;
	struct btf *b = btf__parse_elf(path, &ext);
	uint32_t size = 0;
	const char *raw, *p, *end;
	const struct ext_header *h;

	if (libbpf_get_error(b) || !ext || !elf)
		die("%s: no BTF in it", path);
	raw = btf_ext__get_raw_data(ext, &size);
	h = (const struct ext_header *)raw;
	p = raw + h->hdr_len + h->relo_off;
	end = p + h->relo_len;
	if (h->hdr_len < sizeof(*h) || p + 4 > end || *(const uint32_t *)p != sizeof(struct bpf_core_relo))
		die("%s: relocations of a form that is not known here", path);
	for (p += 4; p + 8 <= end;) {
		const char *code = section(elf, btf__name_by_offset(b, ((const uint32_t *)p)[0]));
		uint32_t nr = ((const uint32_t *)p)[1];

		for (p += 8; nr--; p += sizeof(struct bpf_core_relo)) {
			const struct bpf_core_relo *r = (const struct bpf_core_relo *)p;

			take_relo(b, r, (const struct bpf_insn *)(code + r->insn_off));
		}
	}
	elf_end(elf);
	close(fd);
	btf_ext__free(ext);
	btf__free(b);
}

static void add_name(const char **list, size_t *nr, size_t max, const char *name)
{
	for (size_t i = 0; i < *nr; i++)
		if (!strcmp(list[i], name))
			return;
	if (*nr == max)
		die("more names than there is room for");
	list[(*nr)++] = name;
}

static void take_cand(const struct gm_cand *c)
{
	for (int i = 0; i < GM_SYMS_MAX && c->sym[i]; i++) {
		if (c->mech == GM_MECH_FENTRY)
			add_name(funcs, &funcs_nr, GM_ARRAY_SIZE(funcs), c->sym[i]);
		if (c->mech == GM_MECH_TP_BTF)
			add_name(tps, &tps_nr, GM_ARRAY_SIZE(tps), c->sym[i]);
	}
	if (c->unless)
		add_name(funcs, &funcs_nr, GM_ARRAY_SIZE(funcs), c->unless);
}

static int by_text(const void *a, const void *b)
{
	const struct need *x = a, *y = b;
	int d = strcmp(x->type, y->type);

	return d ? d : strcmp(x->field, y->field);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void take_all(char **objects)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		for (int c = 0; c < GM_CAND_MAX; c++)
			take_cand(&gm_probe_rows[i].cand[c]);
	for (size_t i = 0; i < GM_ARRAY_SIZE(more_funcs); i++)
		add_name(funcs, &funcs_nr, GM_ARRAY_SIZE(funcs), more_funcs[i]);
	for (size_t i = 0; i < GM_ARRAY_SIZE(more_types); i++)
		add_need(&more_types[i]);
	for (; *objects; objects++)
		take_object(*objects);
	qsort(needs, needs_nr, sizeof(needs[0]), by_text);
	qsort(funcs, funcs_nr, sizeof(funcs[0]), by_name);
	qsort(tps, tps_nr, sizeof(tps[0]), by_name);
}

/* ---- what a kernel has ---- */

struct kernel {
	struct btf *vmlinux, *kvm;	/* kvm NULL: built in */
};

static void open_kernel(struct kernel *k, const char *vmlinux, const char *kvm)
{
	k->vmlinux = btf__parse(vmlinux, NULL);
	if (libbpf_get_error(k->vmlinux))
		die("%s: no BTF in it", vmlinux);
	k->kvm = strcmp(kvm, "-") ? btf__parse_split(kvm, k->vmlinux) : NULL;
	if (k->kvm && libbpf_get_error(k->kvm))
		die("%s: no BTF in it", kvm);
}

/* Returns the BTF with all types: the module's, in which ids of vmlinux mean the same. */
static const struct btf *whole(const struct kernel *k)
{
	return k->kvm ? k->kvm : k->vmlinux;
}

static int find(const struct kernel *k, const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(k->vmlinux, name, kind);

	if (id <= 0 && kind == BTF_KIND_ENUM)
		id = btf__find_by_name_kind(k->vmlinux, name, BTF_KIND_ENUM64);
	return id > 0 || !k->kvm ? id : btf__find_by_name_kind(k->kvm, name, kind);
}

/* Finds a member by its name, also inside of members without a name; adds its offset to *bits. NULL: none. */
static const struct btf_member *member(const struct btf *b, const struct btf_type *t, const char *name, size_t len,
				       uint64_t *bits, void (*seen)(const struct btf_type *in, int i, void *arg),
				       void *arg)
{
	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i], *in;
		const char *s = btf__name_by_offset(b, m->name_off);
		uint64_t at = *bits + btf_member_bit_offset(t, i);
		uint32_t id;

		if (strlen(s) == len && !strncmp(s, name, len)) {
			*bits = at;
		} else {
			const struct btf_type *mt = *s ? NULL : skip_mods(b, m->type, &id);

			in = mt && btf_is_composite(mt) ? member(b, mt, name, len, &at, seen, arg) : NULL;
			if (!in)
				continue;
			*bits = at;
			if (seen)
				seen(t, i, arg);
			return in;
		}
		if (seen)
			seen(t, i, arg);
		return m;
	}
	return NULL;
}

/* Returns the type id of a field and its offset in bits; 0: the kernel does not have the field. */
static uint32_t field(const struct kernel *k, const struct need *n, uint64_t *bits,
		      void (*seen)(const struct btf_type *in, int i, void *arg), void *arg)
{
	const struct btf *b = whole(k);
	const char *p = n->field;
	int root = find(k, n->type, n->kind);
	uint32_t id = root > 0 ? (uint32_t)root : 0;

	*bits = 0;
	while (id && *p) {
		const struct btf_type *t = skip_mods(b, id, &id);
		const struct btf_member *m;
		size_t len = strcspn(p, ".[");

		if (*p == '[') {
			if (!btf_is_array(t))
				return 0;
			id = btf_array(t)->type;
			*bits += strtoul(p + 1, NULL, 10) * (uint64_t)btf__resolve_size(b, id) * 8;
			p = strchr(p, ']') + 1;
		} else {
			m = btf_is_composite(t) ? member(b, t, p, len, bits, seen, arg) : NULL;
			id = m ? m->type : 0;
			p += len;
		}
		p += *p == '.';
	}
	return id;
}

static int64_t enumerator(const struct kernel *k, const struct need *n)
{
	const struct btf *b = whole(k);
	int id = find(k, n->type, n->kind);
	const struct btf_type *t = id > 0 ? btf__type_by_id(b, (uint32_t)id) : NULL;

	for (int i = 0; t && btf_is_enum(t) && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(b, btf_enum(t)[i].name_off), n->field))
			return btf_enum(t)[i].val;
	return -1;
}

/* ---- list ---- */

static void put_type(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(b, id);
	const char *name = id ? btf__name_by_offset(b, t->name_off) : "void";

	switch (id ? btf_kind(t) : BTF_KIND_UNKN) {
	case BTF_KIND_PTR:
		put_type(b, t->type);
		printf(" *");
		break;
	case BTF_KIND_CONST:
		printf("const ");
		put_type(b, t->type);
		break;
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG: put_type(b, t->type); break;
	case BTF_KIND_STRUCT: printf("struct %s", name); break;
	case BTF_KIND_UNION: printf("union %s", name); break;
	case BTF_KIND_FWD: printf("%s %s", btf_kflag(t) ? "union" : "struct", name); break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: printf("enum %s", name); break;
	case BTF_KIND_ARRAY:
		put_type(b, btf_array(t)->type);
		printf("[%u]", btf_array(t)->nelems);
		break;
	case BTF_KIND_FUNC_PROTO: printf("function"); break;
	default: printf("%s", name);
	}
}

static void put_proto(const struct btf *b, const struct btf_type *proto, int first)
{
	put_type(b, proto->type);
	printf(" (");
	for (int i = first; i < btf_vlen(proto); i++) {
		printf("%s", i > first ? ", " : "");
		put_type(b, btf_params(proto)[i].type);
	}
	printf(")\n");
}

static void list_funcs(const struct kernel *k)
{
	const struct btf *b = whole(k);

	for (size_t i = 0; i < funcs_nr; i++) {
		int id = find(k, funcs[i], BTF_KIND_FUNC);

		printf("function   %-40s ", funcs[i]);
		if (id <= 0)
			printf("-\n");
		else
			put_proto(b, btf__type_by_id(b, btf__type_by_id(b, (uint32_t)id)->type), 0);
	}
}

/* Lists tracepoints. btf_trace_X is a pointer to a function, whose first parameter does not matter. */
static void list_tps(const struct kernel *k)
{
	const struct btf *b = whole(k);

	for (size_t i = 0; i < tps_nr; i++) {
		char name[NAME];
		int id;

		snprintf(name, sizeof(name), "btf_trace_%s", tps[i]);
		id = find(k, name, BTF_KIND_TYPEDEF);
		printf("tracepoint %-40s ", tps[i]);
		if (id <= 0) {
			printf("-\n");
			continue;
		}
		const struct btf_type *ptr = btf__type_by_id(b, btf__type_by_id(b, (uint32_t)id)->type);

		put_proto(b, btf__type_by_id(b, ptr->type), 1);
	}
}

static void list_need(const struct kernel *k, const struct need *n)
{
	const struct btf *b = whole(k);
	char name[2 * NAME + 2];
	uint64_t bits;
	uint32_t id;

	snprintf(name, sizeof(name), "%s%s%s", n->type, n->field[0] ? "." : "", n->field);
	printf("%-10s %-40s ", n->kind == BTF_KIND_ENUM ? "enum" : n->field[0] ? "field" : "type", name);
	if (n->kind == BTF_KIND_ENUM && n->field[0]) {
		int64_t v = enumerator(k, n);

		printf(v < 0 ? "-\n" : "%lld\n", (long long)v);
		return;
	}
	id = field(k, n, &bits, NULL, NULL);
	if (!id) {
		printf("-\n");
		return;
	}
	if (n->field[0])
		printf("%llu%s%s %s", (unsigned long long)bits / 8, bits % 8 ? "+" : "", bits % 8 ? "bits" : "",
		       n->loaded && bits / 8 > INT16_MAX ? "(too far for the instruction that loads it) " : "");
	else
		printf("%lld bytes ", (long long)btf__resolve_size(b, id));
	put_type(b, id);
	printf("\n");
}

static int list(char **argv)
{
	struct kernel k;

	open_kernel(&k, argv[0], argv[1]);
	take_all(argv + 2);
	list_funcs(&k);
	list_tps(&k);
	for (size_t i = 0; i < needs_nr; i++)
		list_need(&k, &needs[i]);
	return 0;
}

/* ---- trim ---- */

struct trim {
	const struct btf *from;
	struct btf *base, *to;		/* to: receives new types */
	uint32_t *ids, *pointed;	/* by source id: the copy's id, 0: none yet; ids of types behind a pointer */
	uint64_t **keep;		/* by source id of a struct: a bit for each member that is copied */
	uint32_t nr, base_nr;		/* number of types in the source, and in its vmlinux part */
};

static struct trim *trimming;

static uint32_t id_of(const struct btf_type *t)
{
	for (uint32_t i = 1; i < trimming->nr; i++)
		if (btf__type_by_id(trimming->from, i) == t)
			return i;
	die("a type without a number");
	return 0;
}

/*
 * Keeps all members of a struct, as the tools may need others of them when the kernel has left the archive.
 */
static void keep_struct(const struct btf_type *in, int i, void *arg)
{
	struct trim *t = arg;
	uint32_t id = id_of(in);

	(void)i;
	if (!t->keep[id])
		t->keep[id] = calloc((size_t)btf_vlen(in) / 64 + 1, sizeof(uint64_t));
	memset(t->keep[id], 0xff, ((size_t)btf_vlen(in) / 64 + 1) * sizeof(uint64_t));
}

static uint32_t copy(struct trim *t, uint32_t id);

/* Copies a type behind a pointer: of a struct the name, without members. */
static uint32_t copy_pointed(struct trim *t, uint32_t id)
{
	const struct btf_type *p = id ? btf__type_by_id(t->from, id) : NULL;
	const char *name = p ? btf__name_by_offset(t->from, p->name_off) : "";

	if (!p)
		return 0;
	if (btf_is_const(p)) {
		if (!t->pointed[id])
			t->pointed[id] = (uint32_t)btf__add_const(t->to, (int)copy_pointed(t, p->type));
		return t->pointed[id];
	}
	if (btf_is_composite(p) || btf_is_fwd(p)) {
		bool is_union = btf_is_union(p) || (btf_is_fwd(p) && btf_kflag(p));
		int old = btf__find_by_name_kind(t->to, name, BTF_KIND_FWD);

		if (!*name)
			return 0;
		return (uint32_t)(old > 0 ? old : btf__add_fwd(t->to, name, is_union ? BTF_FWD_UNION : BTF_FWD_STRUCT));
	}
	return copy(t, id);
}

static int copy_composite(struct trim *t, uint32_t id, const struct btf_type *p, const char *name)
{
	int n = btf_vlen(p), new, err = 0;
	uint32_t *types = calloc((size_t)n + 1, sizeof(*types));

	for (int i = 0; i < n; i++)
		if (t->keep[id] && t->keep[id][i / 64] >> i % 64 & 1)
			types[i] = copy(t, btf_members(p)[i].type) + 1; /* 0: not kept */
	new = btf_is_union(p) ? btf__add_union(t->to, name, p->size) : btf__add_struct(t->to, name, p->size);
	for (int i = 0; i < n && !err && new > 0; i++)
		if (types[i])
			err = btf__add_field(t->to, btf__name_by_offset(t->from, btf_members(p)[i].name_off),
					     (int)types[i] - 1, btf_member_bit_offset(p, i),
					     btf_member_bitfield_size(p, i));
	free(types);
	return err ? err : new;
}

static int copy_proto(struct trim *t, const struct btf_type *p)
{
	int n = btf_vlen(p), new, err = 0;
	uint32_t ret = copy_pointed(t, p->type), params[32];

	if (n > (int)GM_ARRAY_SIZE(params))
		die("a function of %d parameters", n);
	for (int i = 0; i < n; i++)
		params[i] = copy(t, btf_params(p)[i].type);
	new = btf__add_func_proto(t->to, (int)ret);
	for (int i = 0; i < n && !err && new > 0; i++)
		err = btf__add_func_param(t->to, btf__name_by_offset(t->from, btf_params(p)[i].name_off),
					  (int)params[i]);
	return err ? err : new;
}

static int copy_enum(struct trim *t, const struct btf_type *p, const char *name)
{
	int new = btf__add_enum(t->to, name, p->size), err = 0;

	for (int i = 0; btf_is_enum(p) && i < btf_vlen(p) && !err && new > 0; i++)
		err = btf__add_enum_value(t->to, btf__name_by_offset(t->from, btf_enum(p)[i].name_off),
					  btf_enum(p)[i].val);
	return err ? err : new;
}

static int copy_new(struct trim *t, uint32_t id)
{
	const struct btf_type *p = btf__type_by_id(t->from, id);
	const char *name = btf__name_by_offset(t->from, p->name_off);

	switch (btf_kind(p)) {
	case BTF_KIND_INT: return btf__add_int(t->to, name, p->size, btf_int_encoding(p));
	case BTF_KIND_FLOAT: return btf__add_float(t->to, name, p->size);
	case BTF_KIND_PTR: return btf__add_ptr(t->to, (int)copy_pointed(t, p->type));
	case BTF_KIND_CONST: return btf__add_const(t->to, (int)copy(t, p->type));
	case BTF_KIND_VOLATILE: return btf__add_volatile(t->to, (int)copy(t, p->type));
	case BTF_KIND_RESTRICT: return btf__add_restrict(t->to, (int)copy(t, p->type));
	case BTF_KIND_TYPE_TAG: return (int)copy(t, p->type);
	case BTF_KIND_TYPEDEF: return btf__add_typedef(t->to, name, (int)copy(t, p->type));
	case BTF_KIND_ARRAY:
		return btf__add_array(t->to, (int)copy(t, btf_array(p)->index_type), (int)copy(t, btf_array(p)->type),
				      btf_array(p)->nelems);
	case BTF_KIND_FWD: return btf__add_fwd(t->to, name, btf_kflag(p) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return copy_composite(t, id, p, name);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: return copy_enum(t, p, name);
	case BTF_KIND_FUNC_PROTO: return copy_proto(t, p);
	case BTF_KIND_FUNC: return btf__add_func(t->to, name, BTF_FUNC_GLOBAL, (int)copy(t, p->type));
	}
	return -EINVAL;
}

static uint32_t copy(struct trim *t, uint32_t id)
{
	int new;

	if (!id || t->ids[id])
		return id ? t->ids[id] : 0;
	new = copy_new(t, id);
	if (new < 0)
		die("type %u (kind %u) could not be copied: %s", id, btf_kind(btf__type_by_id(t->from, id)),
		    strerror(-new));
	t->ids[id] = (uint32_t) new;
	return (uint32_t) new;
}

static void copy_gmem(struct trim *t, bool module)
{
	for (uint32_t id = module ? t->base_nr : 1; id < (module ? t->nr : t->base_nr); id++) {
		const struct btf_type *p = btf__type_by_id(t->from, id);

		if (btf_is_func(p) && strstr(btf__name_by_offset(t->from, p->name_off), "gmem"))
			copy(t, id);
	}
}

static void copy_named(struct trim *t, const struct kernel *k, bool module)
{
	char name[NAME];
	uint64_t bits;
	int id;

	for (size_t i = 0; i < funcs_nr; i++)
		if ((id = find(k, funcs[i], BTF_KIND_FUNC)) > 0 && ((uint32_t)id >= t->base_nr) == module)
			copy(t, (uint32_t)id);
	for (size_t i = 0; i < tps_nr; i++) {
		snprintf(name, sizeof(name), "btf_trace_%s", tps[i]);
		if ((id = find(k, name, BTF_KIND_TYPEDEF)) > 0 && ((uint32_t)id >= t->base_nr) == module)
			copy(t, (uint32_t)id);
	}
	for (size_t i = 0; i < needs_nr; i++) {
		if (needs[i].kind != BTF_KIND_ENUM)
			field(k, &needs[i], &bits, keep_struct, t);
	}
	for (size_t i = 0; i < needs_nr; i++)
		if ((id = find(k, needs[i].type, needs[i].kind)) > 0 && ((uint32_t)id >= t->base_nr) == module)
			copy(t, (uint32_t)id);
}

static void save(struct btf *b, const char *path)
{
	uint32_t size;
	const void *data = btf__raw_data(b, &size);
	FILE *f = fopen(path, "we");

	if (!data || !f || fwrite(data, 1, size, f) != size || fclose(f))
		die("%s: cannot be written", path);
}

static int trim(char **argv)
{
	struct kernel k;
	struct trim t = { 0 };

	open_kernel(&k, argv[0], argv[1]);
	take_all(argv + 4);
	t.from = whole(&k);
	t.nr = btf__type_cnt(t.from);
	t.base_nr = btf__type_cnt(k.vmlinux);
	t.ids = calloc(t.nr, sizeof(*t.ids));
	t.pointed = calloc(t.nr, sizeof(*t.pointed));
	t.keep = calloc(t.nr, sizeof(*t.keep));
	trimming = &t;
	t.base = t.to = btf__new_empty();
	copy_named(&t, &k, false);
	copy_gmem(&t, false);
	save(t.base, argv[2]);
	if (k.kvm) {
		t.to = btf__new_empty_split(t.base);
		copy_named(&t, &k, true);
		copy_gmem(&t, true);
		save(t.to, argv[3]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	libbpf_set_print(NULL);
	if (argc >= 5 && !strcmp(argv[1], "list"))
		return list(argv + 2);
	if (argc >= 7 && !strcmp(argv[1], "trim"))
		return trim(argv + 2);
	fprintf(stderr, "usage: gmbtf list VMLINUX KVM|- OBJECT...\n       gmbtf trim VMLINUX KVM|- OUT KVM-OUT|- "
			"OBJECT...\n");
	return 2;
}
