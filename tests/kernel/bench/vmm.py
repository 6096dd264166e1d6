#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of vmm.sh: vmm.py DIR RUNS.

DIR has the shim's log and QMP's messages for each guest and style (GUEST-STYLE.tool, GUEST-STYLE.bare), and all episodes in tool.json. vmm.py judges
counts and styles, and prints times as a table.
"""
import glob
import json
import os
import statistics
import sys

STYLES = {"new": "recreate", "link-copy": "link", "link": "link"}  # {the shim's style: gmemreboot's}


def report(good, what, got=""):
    print(f"{'ok' if good else 'not ok'} bench/vmm: {what}" + ("" if good else f": {got}"))


def json_lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.startswith("{")]


def median(values):
    return statistics.median(values) if values else float("nan")


class Series:
    """One QEMU's resets but the first. Two counts of pages that vmm.sh requested from the shim enclose each reset."""

    def __init__(self, folder, name, what):
        self.name, path = name, f"{folder}/{name}.{what}"
        self.log = json_lines(f"{path}/shim.jsonl")
        self.resets = sum(e.get("event") == "RESET" for e in json_lines(f"{path}/qmp.jsonl"))
        asked = [e for e in self.log if e["op"] == "resident" and e["asked"]]
        self.spans = list(zip(asked, asked[1:]))[1:]
        self.cpu = [b["cpu"] - a["cpu"] for a, b in self.spans]

    def wrong(self, runs):
        """Return a failure of the truth itself, or an empty string."""
        failed = [e for e in self.log if e["op"] == "failed" or e.get("ret", 0) < 0]
        if failed or self.log[-1]["op"] != "end":
            return f"{self.name}: expected a whole log got {failed[:2]}"
        return "" if len(self.spans) == runs else f"{self.name}: expected {runs} resets got {len(self.spans)}"

    def left(self):
        """Return for each reset the resident pages of the old memory, which the shim read from the kernel."""
        return [sum(e["pages"] for e in self.log if e["op"] == "resident" and not e["asked"] and a["t"] < e["t"] < b["t"])
                for a, b in self.spans]


class Observed(Series):
    """A series under the tool, with the tool's episodes."""

    def __init__(self, folder, name, style, episodes):
        super().__init__(folder, name, "tool")
        self.style = STYLES[style]
        self.all = [e for e in episodes if e["machine"] == name and e["style"] != "shutdown"]
        self.episodes = [[e for e in self.all if a["t"] < e["teardown_end_ns"] < b["t"]] for a, b in self.spans]

    def wrong_episodes(self):
        got = [e["style"] for e in self.all]
        return "" if got == [self.style] * self.resets else f"{self.name}: expected {self.resets} of style {self.style} got {got}"

    def wrong_pages(self):
        """Return a failure, or an empty string: a rebuilt VM frees all its pages, one with linked memory none."""
        freed = [sum(e["freed_pages"] for e in some) for some in self.episodes]
        expected = self.left() if self.style == "recreate" else [0] * len(self.spans)
        return "" if freed == expected else f"{self.name}: expected {expected} got {freed}"

    def predicted(self, key):
        return [sum(e["saving"].get("work_ns", {key: 0})[key] for e in some) for some in self.episodes]


class Guest:
    def __init__(self, folder, name, episodes):
        self.name = name
        self.tool = {s: Observed(folder, f"{name}-{s}", s, episodes) for s in STYLES}
        self.bare = {s: Series(folder, f"{name}-{s}", "bare") for s in STYLES}

    def saved(self, series, style):
        return [a - b for a, b in zip(series["new"].cpu, series[style].cpu)]

    def row(self):
        new = self.tool["new"]
        low, mid, high = (median(new.predicted(k)) for k in ("low", "mid", "high"))
        every = self.saved(self.tool, "link-copy")
        measured, bare = median(every), median(self.saved(self.bare, "link-copy"))
        held = sum(lo <= m <= hi for lo, m, hi in zip(new.predicted("low"), every, new.predicted("high")))
        ns = [n / 1e6 for n in (median(new.cpu), low, mid, high, measured)]
        return (f"{self.name:11} {median(new.left()):5.0f} " + " ".join(f"{n:7.2f}" for n in ns) +
                f"  {mid / measured - 1:+6.1%} {min(every) / 1e6:7.2f}..{max(every) / 1e6:<7.2f} {bare / 1e6:7.2f}  {mid / bare - 1:+6.1%}"
                f"  {held}/{len(every)} {median(self.saved(self.tool, 'link')) / 1e6:8.2f}")


def load(folder):
    episodes = [e for e in json_lines(f"{folder}/tool.json") if e["type"] == "episode"]
    names = [os.path.basename(p)[: -len("-new.tool")] for p in glob.glob(f"{folder}/*-new.tool")]
    return [Guest(folder, n, episodes) for n in sorted(names, key=lambda n: (int(n.split("-")[1]), n))]


def judge(guests, runs):
    observed = [t for g in guests for t in g.tool.values()]
    truths = observed + [s for g in guests for s in g.bare.values()]
    for what, wrong in (("each reset is in the shim's log, and nothing failed", [s.wrong(runs) for s in truths]),
                        ("every reset is an episode of its style", [t.wrong_episodes() for t in observed]),
                        ("pages freed are those that the kernel counted", [t.wrong_pages() for t in observed])):
        found = [w for w in wrong if w]
        report(bool(wrong) and not found, what, f"{found[:3]} of {len(wrong)}")


def table(guests):
    print("# million instructions, medians; dev: of the middle from measured, and from bare; min..max: of measured")
    print("# guest       pages  rebuild    low     mid    high measured     dev       min..max        bare     dev  held  uncopied")
    for g in guests:
        print(f"# {g.row()}")


def main(folder, runs):
    guests = load(folder)
    judge(guests, runs)
    with open(f"{folder}/kernel", encoding="utf-8") as f:
        print(f"# kernel {f.read().strip()}, {runs} resets each")
    table(guests)


main(sys.argv[1], int(sys.argv[2]))
