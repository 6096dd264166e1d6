// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkvmlinux: write a small CO-RE header from kernel BTF.
 *
 *   mkvmlinux [-r RELEASE] IMAGE TYPES	header on standard output
 *   mkvmlinux -u IMAGE OUT		take the compressed kernel out of IMAGE,
 *					print what it is compressed with
 *
 * IMAGE is raw BTF, an ELF file with a .BTF section or any uncompressed kernel
 * image with BTF somewhere in it. TYPES lists the root types; see there.
 * Unlike "bpftool btf dump format c", only the root types and what they hold
 * by value are written; what they only point to stays a forward declaration.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/btf.h>

struct image {
	unsigned char *data;
	size_t size;
};

static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("mkvmlinux: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static struct image slurp(const char *path)
{
	struct image img = { 0 };
	size_t room = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	do {
		if (img.size == room) {
			room = room ? 2 * room : 1 << 20;
			img.data = realloc(img.data, room);
			if (!img.data)
				die("out of memory");
		}
		n = read(fd, img.data + img.size, room - img.size);
		if (n < 0)
			die("%s: %s", path, strerror(errno));
		img.size += n;
	} while (n);
	close(fd);
	return img;
}

/* All images are little endian: x86 and arm64. */
static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static const char *packer(const unsigned char *p, size_t len)
{
	static const struct {
		const char *name;
		unsigned int len;
		const char *magic;
	} packers[] = {
		{ "gzip", 3, "\x1f\x8b\x08" },
		{ "xz", 6, "\xfd" "7zXZ\0" },
		{ "zstd", 4, "\x28\xb5\x2f\xfd" },
		{ "lz4", 4, "\x02\x21\x4c\x18" },
		{ "lzma", 3, "\x5d\0\0" },
		{ "bzip2", 3, "BZh" },
	};

	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
		if (len >= packers[i].len && !memcmp(p, packers[i].magic, packers[i].len))
			return packers[i].name;
	return NULL;
}

/* Find the compressed kernel in a bzImage, an EFI zboot image or a plain file. */
static void unwrap(const char *in, const char *out)
{
	struct image img = slurp(in);
	const unsigned char *d = img.data;
	uint64_t off = 0, len = img.size;
	const char *name;
	bool bz = false;
	FILE *f;

	if (img.size > 0x250 && !memcmp(d + 0x202, "HdrS", 4)) {
		/* boot protocol 2.08: setup_sects, payload_offset, payload_length */
		off = ((d[0x1f1] ? d[0x1f1] : 4) + 1) * 512ULL + le32(d + 0x248);
		len = le32(d + 0x24c);
		bz = true;
	} else if (img.size > 64 && !memcmp(d, "MZ", 2) && !memcmp(d + 4, "zimg", 4)) {
		off = le32(d + 8);
		len = le32(d + 12);
	}
	if (off > img.size || len > img.size - off)
		die("%s: payload past the end of the file", in);

	name = packer(d + off, len);
	if (!name) {
		if (off)
			die("%s: payload of unknown compression", in);
		puts("none");
		free(img.data);
		return;
	}
	/* all but gzip are followed by the unpacked size in a bzImage */
	if (bz && strcmp(name, "gzip") && len > 4)
		len -= 4;

	f = fopen(out, "wb");
	if (!f || fwrite(d + off, 1, len, f) != len || fclose(f))
		die("%s: %s", out, strerror(errno));
	puts(name);
	free(img.data);
}

/* The kernel's BTF is the one with most types; an image may hold small ones too. */
static struct btf *scan_btf(const struct image *img)
{
	static const unsigned char magic[] = { 0x9f, 0xeb, BTF_VERSION, 0 };
	const unsigned char *p = img->data, *end = img->data + img->size;
	struct btf *best = NULL;

	while ((p = memmem(p, end - p, magic, sizeof(magic)))) {
		uint64_t hdr, type_off, type_len, str_off, str_len, size;
		const unsigned char *h = p++;
		struct btf *btf;

		if ((size_t)(end - h) < sizeof(struct btf_header))
			break;
		hdr = le32(h + 4);
		type_off = le32(h + 8);
		type_len = le32(h + 12);
		str_off = le32(h + 16);
		str_len = le32(h + 20);
		if (hdr < sizeof(struct btf_header) || hdr > 256 || type_off % 4 ||
		    !type_len || !str_len || type_off + type_len > str_off)
			continue;
		size = hdr + str_off + str_len;
		if (size > (uint64_t)(end - h) || h[hdr + str_off] || h[size - 1])
			continue;

		btf = btf__new(h, size);
		if (!btf)
			continue;
		if (!best || btf__type_cnt(btf) > btf__type_cnt(best)) {
			btf__free(best);
			best = btf;
		} else {
			btf__free(btf);
		}
	}
	return best;
}

static struct btf *load_btf(const char *path, const struct image *img)
{
	struct btf *btf = NULL;

	if (img->size > 4 && !memcmp(img->data, "\x7f" "ELF", 4))
		btf = btf__parse_elf(path, NULL);
	if (!btf)
		btf = scan_btf(img);
	if (!btf)
		die("%s: no BTF found", path);
	if (btf__endianness(btf) != BTF_LITTLE_ENDIAN)
		die("%s: BTF is not little endian", path);
	return btf;
}

/* "Linux version 1.2.3-local (...": the number, with -rcN but without the rest. */
static const char *image_release(const struct image *img)
{
	static const char banner[] = "Linux version ";
	static char release[32];
	const unsigned char *p = img->data, *end = img->data + img->size;

	while ((p = memmem(p, end - p, banner, sizeof(banner) - 1))) {
		size_t n;

		p += sizeof(banner) - 1;
		n = end - p < (long)sizeof(release) - 1 ? end - p : (long)sizeof(release) - 1;
		memcpy(release, p, n);
		release[n] = '\0';
		n = strspn(release, "0123456789.");
		if (!n)
			continue;
		if (!strncmp(release + n, "-rc", 3))
			n += 3 + strspn(release + n + 3, "0123456789");
		release[n] = '\0';
		return release;
	}
	return NULL;
}

static void emit(void *ctx, const char *fmt, va_list ap)
{
	vfprintf(ctx, fmt, ap);
}

/*
 * The lines of the definition of NAME ("struct x", len bytes of it) in the
 * dumped text, after the first one.
 */
static const char *find_body(const char *text, const char *name, size_t len)
{
	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, name, len) && !strncmp(p + len, " {\n", 3))
			return p + len + 3;
	}
	return NULL;
}

/*
 * Print lines of the dumped text, up to the end of a definition if within one.
 * A member "struct NAME;" (-fms-extensions, used by the kernel since 6.19)
 * would need that option here too, so it is written out as an anonymous struct:
 * CO-RE looks through anonymous members and sees no difference.
 */
static void print_lines(const char *text, const char *p, unsigned int indent)
{
	while (*p) {
		const char *end = p + strcspn(p, "\n");
		const char *word = p + strspn(p, "\t");
		size_t len = end - word;
		const char *body = NULL;
		bool last = indent && *p == '}';

		if (word > p && len > 8 && end[-1] == ';' &&
		    (!strncmp(word, "struct ", 7) || !strncmp(word, "union ", 6)) &&
		    !memchr(strchr(word, ' ') + 1, ' ', end - strchr(word, ' ') - 1)) {
			body = find_body(text, word, len - 1);
			if (!body)
				die("no definition of '%.*s'", (int)len - 1, word);
		}

		for (unsigned int i = 0; i < indent && end > p; i++)
			putchar('\t');
		if (body) {
			printf("%.*s%.*s {\n", (int)(word - p), p,
			       (int)(strchr(word, ' ') - word), word);
			print_lines(text, body, indent + (word - p));
		} else {
			printf("%.*s\n", (int)(end - p), p);
		}
		if (last)
			return;
		p = end + (*end == '\n');
	}
}

static bool is_enum(const struct btf_type *t)
{
	return btf_is_enum(t) || btf_is_enum64(t);
}

static bool has_enumerator(const struct btf *btf, const struct btf_type *t, const char *prefix)
{
	for (int i = 0; i < btf_vlen(t); i++) {
		__u32 off = btf_is_enum64(t) ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off;
		const char *name = btf__name_by_offset(btf, off);

		if (name && !strncmp(name, prefix, strlen(prefix)))
			return true;
	}
	return false;
}

static bool kind_fits(const struct btf_type *t, const char *kind)
{
	if (!strcmp(kind, "struct"))
		return btf_is_struct(t);
	if (!strcmp(kind, "union"))
		return btf_is_union(t);
	if (!strcmp(kind, "enum"))
		return is_enum(t);
	if (!strcmp(kind, "typedef"))
		return btf_is_typedef(t);
	die("types: unknown kind '%s'", kind);
	return false;
}

static void dump(struct btf_dump *d, __u32 id, const char *name)
{
	int err = btf_dump__dump_type(d, id);

	if (err)
		die("cannot dump %s: %s", name, strerror(-err));
}

/* Dump one root; the number of types it stands for. */
static int dump_root(const struct btf *btf, struct btf_dump *d, const char *kind, const char *name)
{
	bool anon = !strcmp(kind, "anon-enum");
	__u32 n = btf__type_cnt(btf);
	int found = 0;

	for (__u32 id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (anon) {
			if (t->name_off || !is_enum(t) || !has_enumerator(btf, t, name))
				continue;
		} else {
			if (!t->name_off || !kind_fits(t, kind) ||
			    (!btf_is_typedef(t) && !btf_vlen(t)) ||
			    strcmp(btf__name_by_offset(btf, t->name_off), name))
				continue;
		}
		dump(d, id, name);
		found++;
		if (!anon)
			break;	/* a second one would only be a NAME___2 */
	}
	return found;
}

static int dump_roots(const struct btf *btf, struct btf_dump *d, const char *path)
{
	char line[256], kind[32], name[128];
	int missing = 0;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		bool optional = false;
		size_t len;

		line[strcspn(line, "#\n")] = '\0';
		switch (sscanf(line, "%31s %127s", kind, name)) {
		case -1:
		case 0:
			continue;
		case 1:
			strcpy(name, kind);
			strcpy(kind, "struct");
		}
		len = strlen(name);
		if (name[len - 1] == '?') {
			name[len - 1] = '\0';
			optional = true;
		}
		if (dump_root(btf, d, kind, name))
			continue;
		fprintf(stderr, "mkvmlinux: no %s %s%s\n", kind, name,
			optional ? " (optional)" : "");
		if (!optional)
			missing++;
	}
	fclose(f);
	return missing;
}

int main(int argc, char **argv)
{
	const char *release = NULL;
	struct btf_dump *d;
	struct image img;
	struct btf *btf;
	int opt, missing;
	bool u = false;
	size_t size;
	char *text;
	FILE *mem;

	while ((opt = getopt(argc, argv, "r:u")) != -1) {
		if (opt == 'r')
			release = optarg;
		else if (opt == 'u')
			u = true;
		else
			return 2;
	}
	if (argc - optind != 2) {
		fputs("usage: mkvmlinux [-r RELEASE] IMAGE TYPES | mkvmlinux -u IMAGE OUT\n", stderr);
		return 2;
	}
	if (u) {
		unwrap(argv[optind], argv[optind + 1]);
		return 0;
	}

	libbpf_set_print(NULL);
	img = slurp(argv[optind]);
	btf = load_btf(argv[optind], &img);
	if (!release)
		release = image_release(&img);
	mem = open_memstream(&text, &size);
	d = mem ? btf_dump__new(btf, emit, mem, NULL) : NULL;
	if (!d)
		die("btf_dump__new: %s", strerror(errno));
	missing = dump_roots(btf, d, argv[optind + 1]);
	btf_dump__free(d);
	if (fclose(mem))
		die("out of memory");

	printf("/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n"
	       "/* Made by vmlinux/update.sh from the BTF of linux %s; do not edit. */\n"
	       "#ifndef __VMLINUX_H__\n"
	       "#define __VMLINUX_H__\n\n"
	       "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	       "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
	       "#endif\n\n", release ? release : "(unknown release)");
	print_lines(text, text, 0);
	printf("#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	       "#pragma clang attribute pop\n"
	       "#endif\n\n"
	       "#endif /* __VMLINUX_H__ */\n");

	free(text);
	btf__free(btf);
	free(img.data);
	if (fflush(stdout) || ferror(stdout))
		die("write: %s", strerror(errno));
	return missing ? 1 : 0;
}
