#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Reads an HdrHistogram log by the published format, without the project's code, and compares each histogram with the
"phase" line of gmemhist --json: hdrlog.py LOG JSONL. Prints differences; exit status 1 if there are some.
"""
import base64
import json
import re
import struct
import sys
import zlib


def numbers(data):
    """Yield the numbers of ZigZag LEB128 data: at most nine bytes each, the ninth with eight bits."""
    at = 0
    while at < len(data):
        v = shift = 0
        while True:
            b = data[at]
            at += 1
            if shift == 56:
                v |= b << 56
                break
            v |= (b & 0x7f) << shift
            shift += 7
            if not b & 0x80:
                break
        yield (v >> 1) ^ -(v & 1)


def decode(text):
    """Return the sorted (value, count) of an encoded histogram, with values at the middle of their buckets."""
    raw = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack(">II", raw[:8])
    assert cookie == 0x1c849314 and length == len(raw) - 8, "outer header"
    raw = zlib.decompress(raw[8:])
    cookie, length, offset, digits, lowest, highest, ratio = struct.unpack(">IIIIQQd", raw[:40])
    assert cookie == 0x1c849313 and length == len(raw) - 40, "inner header"
    assert offset == 0 and lowest == 1 and ratio == 1.0, "conversion"
    half = 1
    while half < 10 ** digits:
        half *= 2
    index, out = 0, []
    for n in numbers(raw[40:]):
        if n < 0:
            index -= n
            continue
        if n:
            bucket = max(index // half - 1, 0)
            sub = index - bucket * half
            low, width = sub << bucket, 1 << bucket
            assert low <= highest, "beyond the highest value"
            out.append((low + width // 2, n))
        index += 1
    return out


def quantile(values, q):
    rank = max(1, -(-int(q * 1000) * sum(n for _, n in values) // 1000))
    for v, n in values:
        rank -= n
        if rank <= 0:
            return v
    return values[-1][0]


def read_log(path):
    out, version = {}, False
    for line in open(path, encoding="ascii"):
        version |= line.startswith("#[Histogram log format version 1.3]")
        m = re.fullmatch(r"Tag=([^,\s]+),([\d.]+),([\d.]+),([\d.]+),(\S+)\n", line)
        if not m:
            assert line[0] in '#"', "neither comment, legend nor histogram: " + line
            continue
        assert m[1] not in out, "twice: " + m[1]
        out[m[1]] = (float(m[4]), decode(m[5]))
    assert version, "no version line"
    return out


def compare(tag, line, max_ms, values):
    count = sum(n for _, n in values)
    if count != line["count"]:
        yield f"{tag}: count {count}, JSON {line['count']}"
    if abs(max_ms * 1e6 - line["max_ns"]) > 500.001:
        yield f"{tag}: max {max_ms} ms, JSON {line['max_ns']} ns"
    for name, q in ("p50_ns", 0.5), ("p90_ns", 0.9), ("p99_ns", 0.99), ("p999_ns", 0.999):
        got = quantile(values, q)
        if abs(got - line[name]) > 0.01 * line[name] + 1:
            yield f"{tag}: {name} {got}, JSON {line[name]}"


def main(log, lines):
    got, want = read_log(log), {}
    for line in map(json.loads, open(lines, encoding="utf-8")):
        if line["type"] == "phase" and "na" not in line:
            want[re.sub(r'[ ,"]', "_", line["machine"] or "unknown") + "/" + line["phase"]] = line
    bad = [f"only in one of them: {t}" for t in sorted(set(got) ^ set(want))]
    for tag in sorted(set(got) & set(want)):
        bad += compare(tag, want[tag], *got[tag])
    print("\n".join(bad) if bad else f"{len(got)} histograms agree")
    return bool(bad) or not got


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
