// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * codec.c - checksums and compression of a recording's chunks. Each chunk is compressed by itself, so that damage to
 * one harms no other.
 */
#include "record/rec_file_int.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/vec.h"

#define LEVEL_ZSTD	3	/* the libraries' defaults */
#define LEVEL_ZLIB	Z_DEFAULT_COMPRESSION

static const char *const names[] = { [GM_CODEC_NONE] = "none", [GM_CODEC_ZLIB] = "zlib", [GM_CODEC_ZSTD] = "zstd" };

const char *gm_codec_name(unsigned int codec)
{
	return codec < GM_ARRAY_SIZE(names) ? names[codec] : "?";
}

size_t gm_codec_bound(enum gm_codec codec, size_t len)
{
	return codec == GM_CODEC_ZSTD ? ZSTD_compressBound(len) : compressBound(len);
}

static bool is_no_memory(size_t z)
{
	return ZSTD_getErrorCode(z) == ZSTD_error_memory_allocation;
}

ssize_t gm_codec_pack(enum gm_codec codec, void *dst, size_t size, const void *src, size_t len)
{
	uLongf n = size;
	size_t z;

	if (codec == GM_CODEC_ZLIB) {
		int err = compress2(dst, &n, src, len, LEVEL_ZLIB);

		return err == Z_MEM_ERROR ? -ENOMEM : err == Z_OK ? (ssize_t)n : -EIO;
	}
	z = ZSTD_compress(dst, size, src, len, LEVEL_ZSTD);
	return !ZSTD_isError(z) ? (ssize_t)z : is_no_memory(z) ? -ENOMEM : -EIO;
}

int gm_codec_unpack(unsigned int codec, void *dst, size_t raw_len, const void *src, size_t len)
{
	uLongf n = raw_len;
	size_t z;
	int err;

	switch (codec) {
	case GM_CODEC_ZLIB:
		err = uncompress(dst, &n, src, len);
		return err == Z_MEM_ERROR ? -ENOMEM : err == Z_OK && n == raw_len ? 0 : -EBADMSG;
	case GM_CODEC_ZSTD:
		z = ZSTD_decompress(dst, raw_len, src, len);
		return ZSTD_isError(z) && is_no_memory(z) ? -ENOMEM : z == raw_len ? 0 : -EBADMSG;
	}
	return -ENOTSUP;
}

uint32_t gm_crc(uint32_t crc, const void *data, size_t len)
{
	return len ? (uint32_t)crc32(crc, data, (uInt)len) : crc;
}

uint32_t gm_header_crc(const void *buf, size_t len)
{
	struct file_header h;

	memcpy(&h, buf, sizeof(h));
	h.crc = 0;
	h.flags = 0;
	h.end = 0;
	return gm_crc(gm_crc(0, &h, sizeof(h)), (const char *)buf + sizeof(h), len - sizeof(h));
}

uint32_t gm_chunk_crc(const struct chunk_header *c, const void *payload)
{
	const size_t at = offsetof(struct chunk_header, records);

	return gm_crc(gm_crc(0, (const char *)c + at, sizeof(*c) - at), payload, c->len);
}
