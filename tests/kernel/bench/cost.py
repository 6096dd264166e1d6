#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints cost.sh's table, and checks or stores its budget: cost.py [--check | --store] OUT[:OUT...] CONFIG...

OUT is a machine's folder; the output names the first one's kernel and messages. OUT/CONFIG.WORK.UNITS.ROUND is cpu.stat of the workload's cgroup.
"""
import os
import re
import sys

BUDGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "budget")
SHARE, NOISE = 0.05, 100  # NOISE: smaller differences, in instructions, are noise
HEAD = """# What a tool adds to one unit of work, in instructions (user and kernel, of the workload): CONFIG WORK ADDED
# Written by tests/kernel/bench/cost.sh --store on kernel {kernel}; cost.sh --check holds runs on that kernel against it.
"""


def usage_us(path):
    with open(path, encoding="utf-8") as f:
        return int(re.search(r"^usage_usec (\d+)", f.read(), re.M).group(1))


def measured(outs):
    """Return {(config, work): instructions a unit}: the least of the rounds, since noise only adds."""
    runs = {}
    for out, name in ((out, name) for out in outs for name in os.listdir(out)):
        m = re.fullmatch(r"(\w+)\.(\w+)\.(\d+)\.(\d+)", name)
        if m:
            runs.setdefault((m[1], m[2], int(m[3])), []).append(usage_us(os.path.join(out, name)) * 1000)
    cost = {}
    for config, work, units in runs:
        sizes = sorted(u for c, w, u in runs if (c, w) == (config, work))
        if len(sizes) == 2:
            few, many = (min(runs[config, work, u]) for u in sizes)
            cost[config, work] = (many - few) / (sizes[1] - sizes[0])
    return cost


def works_of(cost):
    order = ["guest_fault", "guest_run", "plain_fault", "host_fault", "fallocate", "punch", "each_fallocate", "each_punch", "page_cache", "reboot"]
    order += sorted({work for _, work in cost if work not in order}, key=lambda w: (len(w), w))
    return [w for w in order if any(work == w for _, work in cost)]


def table(out, cost, configs):
    works = works_of(cost)
    print(f"kernel {read(out, 'kernel')}: instructions of the workload, a unit (fallocate, punch: a page, and the guest's fault on it; each_*: a call for one page; page_cache: a page of a file that is no gmem; plain_fault: a fault of a VM without gmem; guest_run: a guest_fault without what closing the file takes)")
    print(f"  {'':18} " + " ".join(f"{w:>12}" for w in works))
    print(f"  {'none':18} " + " ".join(f"{cost['none', w]:12.0f}" for w in works))
    for config in configs:
        if config == "none":
            continue
        if (config, works[0]) not in cost:
            print(f"  {config:18} not measured")
            continue
        print(f"  {'+ ' + config:18} " + " ".join(f"{cost[config, w] - cost['none', w]:+12.0f}" for w in works)
              + "   x " + " ".join(f"{cost[config, w] / cost['none', w]:.2f}" for w in works))


def read(out, name):
    try:
        with open(os.path.join(out, name), encoding="utf-8", errors="replace") as f:
            return f.read().strip()
    except FileNotFoundError:
        return ""


def is_repeatable(config, work):
    """Return false where runs differ by more than --check allows: reboots are few and long units; a recording of each call is written between calls."""
    return work != "reboot" and not (config == "record_each" and work.startswith("each_"))


def store(out, cost):
    with open(BUDGET, "w", encoding="utf-8") as f:
        f.write(HEAD.format(kernel=read(out, "kernel")))
        for (config, work), n in sorted(cost.items()):
            if config != "none" and is_repeatable(config, work):
                f.write(f"{config} {work} {n - cost['none', work]:.0f}\n")


def check(out, cost):
    text = open(BUDGET, encoding="utf-8").read()
    kernel = re.search(r"on kernel (\S+);", text).group(1)
    if kernel != read(out, "kernel"):
        print(f"skip bench/cost: the budget is of kernel {kernel}, here is {read(out, 'kernel')} (cost.sh --store)")
        return
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        config, work, was = line.split()
        if ("none", work) not in cost: # not one of WORKS
            continue
        if (config, work) not in cost:
            print(f"not ok bench/cost: {config}: {work}: not measured: {read(out, 'err')[:300]!r}")
            continue
        now = cost[config, work] - cost["none", work]
        what = f"{config} adds to {work}: {was} instructions in the budget, now {now:.0f}"
        print(("ok" if abs(now - int(was)) <= max(NOISE, SHARE * int(was)) else "not ok") + f" bench/cost: {what}")


def main():
    args = sys.argv[1:]
    what = args.pop(0) if args[0].startswith("--") else ""
    outs, configs = args[0].split(":"), args[1:]
    out, cost = outs[0], measured(outs)
    if what == "--check":
        check(out, cost)
        return
    table(out, cost, configs)
    if read(out, "err"):
        print("# " + read(out, "err")[:2000].replace("\n", "\n# "))
    if what == "--store":
        store(out, cost)


main()
