#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints start.sh's tables: start.py [--steps] OUT WHERE

OUT/BUILD.TOOL.MODE.ROUND is a tool's stderr with -vv; its lines "started in N ms:" and "N ms  K x  STEP" count.
"""
import os
import re
import statistics
import sys


def read(path):
    """Return {step: ms} of one start, "" for the sum; None if the tool failed."""
    text = open(path, encoding="utf-8", errors="replace").read()
    total = re.search(r"started in ([\d.]+) ms", text)
    if not total or "failed: status" in text:
        return None
    out = {m[3]: float(m[1]) for m in re.finditer(r"^\S+: +([\d.]+) ms +(\d+) x  (.+)$", text, re.M)}
    out[""] = float(total[1])
    return out


def runs_of(out):
    runs = {}
    for name in sorted(os.listdir(out)):
        m = re.fullmatch(r"(base|now)\.(\w+)\.(\w+)\.(\d+)", name)
        if m:
            runs.setdefault((m[2], m[3]), {}).setdefault(m[1], []).append(read(os.path.join(out, name)))
    return runs


def median(rounds, step):
    return statistics.median(r.get(step, 0) for r in rounds if r) if any(rounds) else None


def cell(value, form):
    return form.format(value) if value is not None else "n/a"


def ratio(runs):
    pairs = [(b[""], n[""]) for b, n in zip(runs.get("base", []), runs["now"]) if b and n]
    return statistics.median(n / b for b, n in pairs) if pairs else None


def print_sums(runs):
    print(f"  {'tool':14} {'mode':11} {'base ms':>9} {'now ms':>9} {'ratio':>6}")
    for (tool, mode), r in runs.items():
        print(f"  {tool:14} {mode:11} {cell(median(r.get('base', []), ''), '{:.0f}'):>9} {cell(median(r['now'], ''), '{:.0f}'):>9} {cell(ratio(r), '{:.2f}'):>6}")


def print_steps(runs):
    for (tool, mode), r in runs.items():
        steps = dict.fromkeys(s for rounds in r.values() for one in rounds if one for s in one if s)
        print(f"\n{tool}, {mode}: ms")
        for step in steps:
            print(f"  {step:46} {cell(median(r.get('base', []), step), '{:.1f}'):>9} {cell(median(r['now'], step), '{:.1f}'):>9}")


def main():
    args = [a for a in sys.argv[1:] if a != "--steps"]
    runs = runs_of(args[0])
    kernel = open(os.path.join(args[0], "kernel"), encoding="utf-8").read().strip()
    print(f"start to the first sample, or to where nothing is missed: kernel {kernel}, {args[1]}, medians")
    print_sums(runs)
    if "--steps" in sys.argv:
        print_steps(runs)


main()
