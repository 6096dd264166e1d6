#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Extracts the type information (section .BTF) of a kernel image or a module: extract.py FILE OUT

FILE is a vmlinuz (bzImage, or an arm64 EFI zboot image), a vmlinux or a .ko, also compressed. A vmlinuz contains the
compressed ELF file of the kernel at an offset that only its own loader knows, so extract.py tries every place that looks
like the beginning of a compressed stream, like the kernel's scripts/extract-vmlinux. On arm64 the image inside is no ELF
file; there extract.py searches the BTF by its header.
"""
import lzma
import struct
import subprocess
import sys
import zlib


def zstd(data):
    out = subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=False).stdout
    return out or None


def gzip(data):
    return zlib.decompressobj(31).decompress(data)


def lz4(data):
    return subprocess.run(["lz4", "-dc"], input=data, capture_output=True, check=False).stdout or None


def xz(data):
    return lzma.LZMADecompressor().decompress(data)


PACKED = [(b"\x28\xb5\x2f\xfd", zstd), (b"\x1f\x8b\x08", gzip), (b"\xfd7zXZ\x00", xz), (b"\x02\x21\x4c\x18", lz4)]


def unpacked(data):
    """Yield everything that the data may contain, the data itself first."""
    yield data
    for magic, unpack in PACKED:
        at = data.find(magic)
        while at >= 0:
            try:
                inner = unpack(data[at:])
            except (zlib.error, lzma.LZMAError, OSError):
                inner = None
            if inner and len(inner) > 4096:
                yield inner
            at = data.find(magic, at + 1)


def elf_section(data, name):
    if data[:6] != b"\x7fELF\x02\x01":
        return None
    shoff = struct.unpack_from("<Q", data, 0x28)[0]
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    def header(i):
        return struct.unpack_from("<IIQQQQ", data, shoff + i * size)
    strings = header(names)[4]
    for i in range(count):
        sh = header(i)
        start = strings + sh[0]
        if data[start:data.index(b"\0", start)] == name:
            return data[sh[4]:sh[4] + sh[5]]
    return None


def bare(data):
    """Find BTF by its header (magic, version 1, no flags, 24 bytes), types, and strings that begin with an empty one."""
    head = b"\x9f\xeb\x01\x00\x18\x00\x00\x00"
    best = None
    at = data.find(head)
    while at >= 0:
        toff, tlen, soff, slen = struct.unpack_from("<IIII", data, at + 8)
        end = at + 24 + soff + slen
        if toff == 0 and soff == tlen and end <= len(data) and data[at + 24 + soff] == 0 and (not best or slen > len(best)):
            best = data[at:end]
        at = data.find(head, at + 1)
    return best


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    for inner in unpacked(data):
        btf = elf_section(inner, b".BTF") or bare(inner)
        if btf:
            with open(sys.argv[2], "wb") as f:
                f.write(btf)
            return
    sys.exit(f"extract.py: no BTF in {sys.argv[1]}")


if __name__ == "__main__":
    main()
