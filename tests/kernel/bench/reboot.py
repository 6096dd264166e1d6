#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of reboot.sh: reboot.py DIR RUNS. reboot.py --truths FOLDER prints a folder's truths as one JSON object.

DIR/init0 and DIR/init1 have the workload's truths for each configuration and style (NAME.tool, NAME.bare; or all in truths.json), and all
episodes in tool.json.
"""
import glob
import json
import os
import re
import statistics
import sys

WITHIN = 0.03  # largest difference of the predicted saving's middle, as a share of the measured saving
WITHIN_FEW = 0.05  # the same with 251 pages, where fixed costs of the tool, such as wake-ups, are 2 % of 2 million instructions
WITHIN_ONE = 0.05  # the same of the usual run's only configuration: runs of 3 reboots on a busy host differ by 1 %


def report(good, what, got=""):
    print(f"{'ok' if good else 'not ok'} bench/reboot: {what}" + ("" if good else f": {got}"))


def median(values):
    return statistics.median(values) if values else float("nan")


TRUTHS = {}  # {folder: {NAME.tool or NAME.bare: its reboots}}


def truths(folder):
    """Return the reboots of each truth in the folder, with their times only."""
    if os.path.exists(f"{folder}/truths.json"):
        with open(f"{folder}/truths.json", encoding="utf-8") as f:
            return json.load(f)
    found = {}
    for path in sorted(glob.glob(f"{folder}/*.tool") + glob.glob(f"{folder}/*.bare")):
        with open(path, encoding="utf-8") as f:
            found[os.path.basename(path)] = [{k: e[k] for k in ("dur_ns", "cpu_ns")} for e in json.load(f)["events"] if e["op"] == "reboot"]
    return found


class Style:
    """One machine's reboots but the first: the workload's own times, with the tool and without, and the tool's episodes."""

    def __init__(self, folder, name, episodes):
        self.name = name.rsplit("-", 1)[1]
        tool, bare = (TRUTHS[folder][f"{name}.{what}"] for what in ("tool", "bare"))
        self.all = [e for e in episodes if e["machine"] == f"{name}-0" and e["style"] == self.name][-len(tool):]
        self.episodes = self.all[1:]
        self.truth = [e["dur_ns"] for e in tool[1:]]
        self.cpu = [b["cpu_ns"] - a["cpu_ns"] for a, b in zip(bare, bare[1:])]

    def line(self, side, line, key="wall_ns"):
        return [(e[side].get(line, {}).get(key) or 0) for e in self.episodes]

    def without_destroy(self):
        return [t - d for t, d in zip(self.truth, self.line("old", "destroy"))]

    def counted(self, runs):
        """Return true if every reboot is an episode of this style that is as long as in the truth."""
        right = len(self.all)
        off = median([abs(e["wall_ns"] - t) / t for e, t in zip(self.episodes, self.truth)])
        good = right == runs + 1 and len(self.truth) == runs and len(self.cpu) == runs
        return good, f"expected {runs + 1} of style {self.name} got {right}", off


class Config:
    """A configuration: reboots by destroy + create, and reboots by link."""

    def __init__(self, folder, name, episodes):
        self.folder, self.name = folder, name
        self.init = os.path.basename(folder)[4:]
        self.pages, self.vcpus, self.fill = re.fullmatch(r"p(\d+)-v(\d+)-(\w+)", name).groups()
        self.recreate, self.link = (Style(folder, f"{name}-{s}", episodes) for s in ("recreate", "link"))
        self.predicted = [e["saving"].get("wall_ns", {"low": 0, "mid": 0, "high": 0}) for e in self.recreate.episodes]
        self.measured = [a - b for a, b in zip(self.recreate.without_destroy(), self.link.without_destroy())]
        self.bare = median(self.recreate.cpu) - median(self.link.cpu)

    def held(self):
        return sum(p["low"] <= m <= p["high"] for p, m in zip(self.predicted, self.measured))

    def within(self, limit):
        return abs(self.row()[4]) <= (limit if int(self.pages) > 1000 else WITHIN_FEW)

    def key(self):
        return (self.init, int(self.pages), int(self.vcpus), ("guest", "fallocate", "host").index(self.fill))

    def row(self):
        low, mid, high = (median([p[k] for p in self.predicted]) for k in ("low", "mid", "high"))
        measured = median(self.measured)
        return low, mid, high, measured, mid / measured - 1, (high - low) / measured, self.bare, mid / self.bare - 1


def load(folder):
    TRUTHS[folder] = truths(folder)
    with open(f"{folder}/tool.json", encoding="utf-8") as f:
        episodes = [e for e in map(json.loads, f) if e["type"] == "episode"]
    names = sorted(n[: -len("-recreate.tool")] for n in TRUTHS[folder] if n.endswith("-recreate.tool"))
    return [Config(folder, n, episodes) for n in names], episodes


def judge(configs, runs):
    styles = [s for c in configs for s in (c.recreate, c.link)]
    wrong = [(why, off) for good, why, off in (s.counted(runs) for s in styles) if not good]
    report(bool(styles) and not wrong, "every reboot is an episode of its style", f"{wrong[:3]} of {len(styles)}")
    off = [s.counted(runs)[2] for s in styles]
    report(bool(off) and max(off) < 0.05, "wall clock within 5 % of the workload's own, in the median", f"expected 0.05 got {max(off, default=1):.3f}")
    limit = WITHIN if len(configs) > 1 else WITHIN_ONE
    bad = [f"init_on_alloc={c.init} {c.name}: {c.row()[4]:+.1%}" for c in configs if not c.within(limit)]
    report(bool(configs) and not bad, f"the middle is within {100 * limit:.0f} % (251 pages: 5 %) of the measured saving in {len(configs) - len(bad)} of "
           f"{len(configs)} configurations", f"expected {len(configs)}; {', '.join(bad)}")
    held, of = sum(c.held() for c in configs), runs * len(configs)
    need = of * 19 // 20
    report(of > 0 and held >= need, f"the interval holds the measured saving in {held} of {of} runs", f"expected at least {need}")


def table(configs):
    print("# million instructions, medians; dev: of the middle from measured, and from bare; width: high - low by measured")
    print("# init_on_alloc pages vcpus touched by     low     mid    high  measured    dev  width     bare    dev  held")
    for c in configs:
        low, mid, high, measured, dev, width, bare, bare_dev = c.row()
        print(f"# {c.init:>13} {c.pages:>5} {c.vcpus:>5} {c.fill:10} {low / 1e6:7.2f} {mid / 1e6:7.2f} {high / 1e6:7.2f} {measured / 1e6:9.2f} "
              f"{dev:+6.1%} {width:6.1%} {bare / 1e6:8.2f} {bare_dev:+6.1%}  {c.held()}/{len(c.measured)}")


def style_table(folder, episodes):
    print("# 2039 pages, 1 vCPU, touched by the guest, init_on_alloc=0: where a reboot goes")
    print("# style       wall (own)   wall  zap    destroy  release free/punch  alloc   zero    map   found   rest")
    for name in ("recreate", "link", "inplace"):
        s = Style(folder, f"p2039-v1-guest-{name}", episodes)
        free = [a + b for a, b in zip(s.line("old", "free"), s.line("old", "punch"))]
        zap = [a + b for a, b in zip(s.line("old", "zap"), s.line("new", "zap"))]
        rest = [sum(e["neither"][k] or 0 for k in ("user_ns", "guest_ns", "blocked_ns", "unknown_ns")) for e in s.episodes]
        cells = [s.truth, [e["wall_ns"] for e in s.episodes], zap, s.line("old", "destroy"), s.line("old", "release"), free,
                 s.line("new", "alloc"), s.line("new", "zero"), s.line("new", "map"), s.line("new", "guest_fault"), rest]
        print(f"# {name:10}" + "".join(f"{median(c) / 1e6:8.2f}" for c in cells))


def kernel(folder):
    with open(f"{folder}/kernel", encoding="utf-8") as f:
        return f.read().strip()


def main(keep, runs):
    configs, first = [], None
    for folder in sorted(glob.glob(f"{keep}/init?")):
        some, episodes = load(folder)
        configs += some
        first = first or (folder, episodes)
    configs.sort(key=Config.key)
    judge(configs, runs)
    print(f"# kernel {kernel(first[0])}, {runs} reboots each")
    table(configs)
    if "p2039-v1-guest-inplace.tool" in TRUTHS[first[0]]:
        style_table(*first)


if sys.argv[1] == "--truths":
    json.dump(truths(sys.argv[2]), sys.stdout, separators=(",", ":"), sort_keys=True)
else:
    main(sys.argv[1], int(sys.argv[2]))
