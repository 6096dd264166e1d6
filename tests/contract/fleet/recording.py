#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Makes a recording of a made-up host from a golden recording (docs/recording-format.md).

recording.py FROM OUT --release NAME [--rounds N]

The host runs another kernel release. With --rounds, its counters move: OUT has a tick some seconds before the first event, then all of
FROM, then N times, once a second, FROM's gains of histograms. So the phases in HOT, which the kernel side sums up, are (1 + N) times
FROM's.
"""
import argparse
import struct
import sys
import zlib

META, PROBE, TICK, HIST = 1, 2, 4, 12
RELEASE_AT, RELEASE_LEN = 80, 72  # offset and length in struct gm_rec_meta
LEAD_NS = 5_000_000_000
ROUND_NS = 1_000_000_000
HOT = ("alloc", "zero", "prepare", "map", "guest_fault", "host_fault", "prefault")  # phases that the kernel side sums up (GM_K_HIST)


def records(data):
    """Return [bytes], each a record as it is stored."""
    out, at = [], struct.unpack_from("<I", data, 8)[0]
    while at < len(data):
        magic, length, _crc, nr = struct.unpack_from("<4sIII", data, at)
        if magic != b"GMCK":
            sys.exit(f"no chunk at {at}")
        at += 32
        end = at + length
        while at < end:
            size = struct.unpack_from("<I", data, at)[0]
            out.append(data[at:at + size])
            at += size
            nr -= 1
    return out


def kind(rec):
    return struct.unpack_from("<H", rec, 4)[0]


def when(rec):
    return struct.unpack_from("<Q", rec, 8)[0]


def at_time(rec, ns):
    return rec[:8] + struct.pack("<Q", ns) + rec[16:]


def tick(ns, seq, last=False):
    return struct.pack("<IHHQQII", 32, TICK, 0, ns, seq, last, 0)


def rename(rec, release):
    name = release.encode()[:RELEASE_LEN - 1]
    return rec[:RELEASE_AT] + name + bytes(RELEASE_LEN - len(name)) + rec[RELEASE_AT + RELEASE_LEN:]


def earlier(meta, ns):
    """Return the meta record as of an earlier moment."""
    ts, real = struct.unpack_from("<QQ", meta, 8)
    return meta[:8] + struct.pack("<QQ", ns, real - (ts - ns)) + meta[24:]


def moving(recs, rounds):
    """Return [[record]], a list for each chunk."""
    begin = when(recs[0]) - LEAD_NS
    head = [earlier(recs[0], begin)] + [at_time(r, begin) for r in recs if kind(r) == PROBE] + [tick(begin, 1)]
    body = [r for r in recs if kind(r) not in (META, PROBE, TICK)]
    end = when([r for r in recs if kind(r) == TICK][-1])
    chunks = [head, body + [tick(end, 2)]]
    gains = [r[:16] + bytes(4) + r[20:] for r in body if kind(r) == HIST]  # without a VM, as the VMs have ended
    for i in range(1, rounds + 1):
        ns = end + i * ROUND_NS
        chunks.append([at_time(r, ns) for r in gains] + [tick(ns, 2 + i, i == rounds)])
    return chunks


def write(path, chunks):
    out = bytearray()
    for recs in chunks:
        payload = b"".join(recs)
        tail = struct.pack("<IQQ", len(recs), when(recs[0]), when(recs[-1])) + payload
        out += struct.pack("<4sII", b"GMCK", len(payload), zlib.crc32(tail)) + tail
    header = struct.pack("<8sIHHIIQ", b"GMEMREC\n", 32, 1, 0, 0, 0, 0)
    header = header[:16] + struct.pack("<IIQ", zlib.crc32(header), 0, 32 + len(out))
    with open(path, "wb") as f:
        f.write(header + out)


def make(source, out, release, rounds):
    recs = records(open(source, "rb").read())
    recs[0] = rename(recs[0], release)
    write(out, moving(recs, rounds) if rounds else [recs])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("source")
    p.add_argument("out")
    p.add_argument("--release", required=True)
    p.add_argument("--rounds", type=int, default=0)
    a = p.parse_args()
    make(a.source, a.out, a.release, a.rounds)


if __name__ == "__main__":
    main()
