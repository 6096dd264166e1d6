#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads a recording by docs/recording-format.md, as a reader of a major version: reader.py 1|2 FILE

reader.py uses none of the project's code. It prints a line for each record that such a reader knows, "KIND LENGTH TS_NS CRC". A reader
of version 1 does not know compressed chunks, indexes and keyframes. Exit status 1, with one line on stderr: the error and its byte; 3: the
recording is newer than this reader.
"""
import shutil
import struct
import subprocess
import sys
import zlib

KNOWN_1 = set(range(1, 17)) | set(range(32, 47))
KNOWN_2 = KNOWN_1 | {17}
CAP = 1 << 20


def stop(at, why):
    sys.exit(f"byte {at}: {why}")


def zstd(data):
    return subprocess.run([shutil.which("zstd") or "zstd", "-dc"], input=data, check=True, stdout=subprocess.PIPE).stdout


def header(data, major_known):
    magic, length, major, _, crc, flags, end = struct.unpack_from("<8sIHHIIQ", data)
    if magic != b"GMEMREC\n" or not 32 <= length <= 4096:
        stop(0, "no recording")
    if major > major_known:
        print(f"version {major} is newer than {major_known}", file=sys.stderr)
        sys.exit(3)
    if zlib.crc32(data[:16] + bytes(16) + data[32:length]) != crc:
        stop(0, "header damaged")
    if not flags & 1 and end != len(data):
        stop(len(data), f"the file had {end} bytes")
    return length


def unpack(payload, at):
    codec, _, raw = struct.unpack_from("<HHI", payload)
    if raw > CAP:
        stop(at, "too long")
    data = zlib.decompress(payload[8:]) if codec == 1 else zstd(payload[8:]) if codec == 2 else stop(at, f"codec {codec}")
    if len(data) != raw:
        stop(at, "another length")
    return data


def records(payload, count, at):
    got = 0
    while payload:
        length, kind, _, ts = struct.unpack_from("<IHHQ", payload)
        if not 16 <= length <= 4096 or length % 8 or length > len(payload):
            stop(at, f"record {got}")
        yield kind, payload[:length], ts
        payload = payload[length:]
        got += 1
    if got != count:
        stop(at, f"{got} records, not {count}")


def main():
    major, path = int(sys.argv[1]), sys.argv[2]
    with open(path, "rb") as f:
        data = f.read()
    at, known = header(data, major), KNOWN_1 if major == 1 else KNOWN_2
    while at < len(data):
        magic, length, crc, count, first, last = struct.unpack_from("<4sIIIQQ", data, at)
        payload = data[at + 32:at + 32 + length]
        if magic not in ((b"GMCK",) if major == 1 else (b"GMCK", b"GMCZ")) or length > CAP or len(payload) < length:
            stop(at, "no chunk")
        if zlib.crc32(data[at + 12:at + 32] + payload) != crc:
            stop(at, "chunk damaged")
        found = list(records(unpack(payload, at) if magic == b"GMCZ" else payload, count, at))
        if found and (found[0][2], found[-1][2]) != (first, last):
            stop(at, "times of the chunk are not its records'")
        for kind, body, ts in found:
            if kind in known:
                print(kind, len(body), ts, f"{zlib.crc32(body):08x}")
        at += 32 + length


if __name__ == "__main__":
    main()
