# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads gmem_exporter's text by the rules of its format, and converts it to the fields of the other tools' summary."""

import collections
import re

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def labels(text):
    out, at = {}, 0
    while at < len(text):
        m = LABEL.match(text, at)
        if not m or m[1] in out:
            raise ValueError(f"labels: {text}")
        out[m[1]] = re.sub(r'\\["\\n]', lambda e: ESCAPES[e[0]], m[2])
        at = m.end()
    return out


def parse(text):
    """Parse a text to {(name, frozen labels): value}, and families by name in order. ValueError: Prometheus would refuse the text."""
    samples, types, family, closed = {}, {}, None, set()
    if not text.endswith("\n"):
        raise ValueError("does not end with a newline")
    for line in text.splitlines():
        if line == "# EOF":
            family = "# EOF"
            continue
        if family == "# EOF":
            raise ValueError(f"behind the end: {line}")
        if line.startswith("#"):
            word, name = line.split(" ", 3)[1:3]
            if word not in ("HELP", "TYPE", "UNIT"):
                raise ValueError(line)
            if name != family:
                if name in closed:
                    raise ValueError(f"a family in two places: {name}")
                closed.add(name)
                family = name
            if word == "TYPE":
                types[name] = line.split(" ", 3)[3]
            continue
        m = SAMPLE.match(line)
        if not m or not family or not m[1].startswith(family):
            raise ValueError(f"not a sample of {family}: {line}")
        key = (m[1], frozenset(labels(m[2] or "").items()))
        if key in samples:
            raise ValueError(f"told twice: {line}")
        samples[key] = float(m[3])
    return Metrics(samples, types)


class Metrics:
    def __init__(self, samples, types):
        self.samples, self.types = samples, types

    def family(self, name):
        """Return (labels, value) of each sample of this name."""
        return [(dict(l), v) for (n, l), v in self.samples.items() if n == name]

    def by(self, name, *keys):
        """Return the sums of a metric's values by some labels."""
        out = collections.Counter()
        for l, v in self.family(name):
            out[tuple(l.get(k) for k in keys) if len(keys) > 1 else l.get(keys[0])] += v
        return out

    def one(self, name):
        got = self.family(name)
        return got[0][1] if len(got) == 1 else None

    def machine_names(self):
        return {l["machine"]: l["name"] for l, _ in self.family("gmem_machine_info")}

    def by_name(self, name):
        """Return the sums of a machine's metric by the machine's name."""
        names, out = self.machine_names(), collections.Counter()
        for k, v in self.by(name, "machine").items():
            out[names.get(k, k)] += v
        return dict(out)


def whole(pairs):
    return {k: int(v) for k, v in pairs.items()}


def summary(m, page_size=4096):
    """Return the metrics in the form of the other tools' last JSON line."""
    info = m.family("gmem_kernel_info")[0][0]
    gaps = {l["phase"]: l for l, _ in m.family("gmem_phase_gap_info")}
    count, total = m.by("gmem_phase_duration_seconds_count", "phase"), m.by("gmem_phase_duration_seconds_sum", "phase")
    split = m.by("gmem_fault_part_seconds_total", "fault", "part")
    untimed = m.by("gmem_phase_untimed", "phase")
    phases = {}
    for phase, seen in m.by("gmem_phase_observed", "phase").items():
        if not seen:
            phases[phase] = {"na": gaps[phase]["reason"]}
            continue
        phases[phase] = {"count": int(count[phase] + untimed[phase]), "timed": int(count[phase]), "sum_ns": round(total[phase] * 1e9)}
        if phase in gaps:
            phases[phase]["partial"] = gaps[phase]["reason"]
        if (phase, "other") in split:
            phases[phase]["split"] = {p + "_ns": round(v * 1e9) for (f, p), v in split.items() if f == phase}
    ops = {}
    for phase, n in m.by("gmem_operations_total", "phase").items():
        missed = int(untimed[phase])
        failed, unfinished = (int(m.by(f"gmem_operations_{w}_total", "phase")[phase]) for w in ("failed", "unfinished"))
        ops[phase] = {"seen": int(n), "in_histograms": int(count[phase]), "untimed": missed, "failed": failed, "unfinished": unfinished, "lost": 0,
                      "under_way": int(n) - int(count[phase]) - missed - failed - unfinished}
    allocated, freed = m.one("gmem_allocated_bytes_total"), m.one("gmem_freed_bytes_total")
    return {"type": "summary", "mode": info["mode"], "lost": int(sum(v for _, v in m.family("gmem_records_lost_total"))),
            "events": whole(m.by("gmem_events_total", "kind")), "failed": whole(m.by("gmem_event_errors_total", "kind")),
            "phases": phases, "operations": ops, "page_size": page_size,
            "allocated_pages": None if allocated is None else int(allocated) // page_size,
            "freed_pages": None if freed is None else int(freed) // page_size,
            "na": gaps.get("alloc", {}).get("reason"),
            "resident_bytes": int(sum(v for _, v in m.family("gmem_memory_bytes")))}
