#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks that all formats of gmem_exporter have the same values: formats.py BUILD RECORDING

tests/kernel/e2e/judge/metrics.py reads text and OpenMetrics, tests/contract/proto/decode.py reads protobuf and OTLP by the published field
numbers; neither is the exporter's code. Classic buckets, eight an octave, must equal the native and the exponential ones, and
those of gmemhist for the same recording. Prints the formats that agree; exit status 1 and a line for each difference.
"""

import json
import math
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "kernel", "e2e"), os.path.join(HERE, "..", "proto")]
import decode  # noqa: E402
from judge import metrics  # noqa: E402

OF_ITSELF = ("process_", "gmem_exporter_")  # metrics that differ in each run
SCHEMA, ZERO, SECONDS = 3, 2.0 ** -24, 1e9


def once(build, recording, form, *more):
    return subprocess.run([os.path.join(build, "gmem_exporter"), "--once", "--format", form, "--replay", recording, *more],
                          check=True, stdout=subprocess.PIPE).stdout


def key(name, labels):
    return name, frozenset(labels.items())


def index_of(bound):
    """Return the index of the bucket that ends at this bound, as in native histograms."""
    i = round(math.log2(bound) * 8)
    if abs(2.0 ** (i / 8) / bound - 1) > 1e-12:
        raise ValueError(f"no bound of ours: {bound!r}")
    return i


def from_text(text):
    """Return (numbers, histograms) of a text with all buckets."""
    m = metrics.parse(text)
    numbers, hists = {}, {}
    families = {n for n, t in m.types.items() if t == "histogram"}
    for (name, labels), v in m.samples.items():
        family = next((f for f in families if name in (f + "_bucket", f + "_sum", f + "_count", f + "_created")), None)
        if name.startswith(OF_ITSELF) or name.endswith("_created"):
            continue
        if not family:
            numbers[(name, labels)] = v
            continue
        h = hists.setdefault((family, frozenset(l for l in labels if l[0] != "le")), {"le": []})
        if name.endswith("_bucket"):
            h["le"].append((float(dict(labels)["le"]), v))
        else:
            h[name[len(family) + 1:]] = v
    return numbers, {k: from_classic(h) for k, h in hists.items()}


def from_classic(h):
    zero, buckets, before = 0, {}, 0
    for le, below in sorted(h["le"]):
        n, before = int(below - before), below
        if not n:
            continue
        if le == ZERO:
            zero = n
        else:
            buckets[8 * 12 + 1 if math.isinf(le) else index_of(le)] = n  # the overflow bucket is behind the last bound
    return {"count": int(h["count"]), "sum": h["sum"], "zero": zero, "buckets": buckets}


def from_samples(samples, total):
    """Return (numbers, histograms) of decode.py's lines; total: the suffix of counters that these lines do not have."""
    numbers, hists = {}, {}
    for s in samples:
        if "name" not in s or s["name"].startswith(OF_ITSELF):
            continue
        if "count" in s:
            if s["schema"] != SCHEMA or s["zero_threshold"] != ZERO:
                raise ValueError(f"schema {s['schema']}, zero threshold {s['zero_threshold']}")
            hists[key(s["name"], s["labels"])] = {
                "count": s["count"], "sum": s["sum"], "zero": s["zero_count"],
                "buckets": {int(i): n for i, n in s["buckets"].items() if n}}
        else:
            numbers[key(s["name"] + (total if s.get("is_monotonic") else ""), s["labels"])] = s["value"]
    return numbers, hists


def from_gmemhist(build, recording):
    out = subprocess.run([os.path.join(build, "gmemhist"), "--json", "--by", "host", "--replay", recording], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    lines = [json.loads(l) for l in out.splitlines()]
    return {l["phase"]: l for l in lines if l["type"] == "phase" and l.get("count")}


def differences(what, a, b):
    for k in sorted(set(a) | set(b), key=str):
        if a.get(k) != b.get(k):
            yield f"{what}: {k[0]} {dict(k[1])}: {a.get(k)} here, {b.get(k)} there"


def main():
    build, recording = sys.argv[1:]
    numbers, hists = from_text(once(build, recording, "text", "--buckets", "8").decode())
    found = []
    for form, there in (
            ("openmetrics", from_text(once(build, recording, "openmetrics", "--buckets", "8").decode())),
            ("protobuf", from_samples(decode.decode_prom(once(build, recording, "protobuf")), "")),
            ("otlp", from_samples(decode.decode_otlp(once(build, recording, "otlp")), "_total"))):
        found += differences(form, numbers, there[0])
        found += differences(form, hists, there[1])
    told = from_gmemhist(build, recording)
    for (name, labels), h in hists.items():
        if name != "gmem_phase_duration_seconds" or not h["count"]:
            continue
        l = told.get(dict(labels)["phase"], {})
        buckets = {int(i): n for i, n in l.get("buckets", {}).items()}
        zero = sum(n for i, n in buckets.items() if i <= -192)
        if (h["count"], round(h["sum"] * SECONDS), h["zero"], h["buckets"]) != (
                l.get("count"), l.get("sum_ns"), zero, {i: n for i, n in buckets.items() if i > -192}):
            found.append(f"gmemhist: {dict(labels)}: {l} there, {h} here")
    if not numbers or not any(h["count"] for h in hists.values()):
        found.append("nothing was told")
    print("\n".join(found) or f"{len(numbers)} numbers and {len(hists)} histograms agree in four formats, and with gmemhist")
    return bool(found)


sys.exit(main())
