#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of inject.sh: inject.py DIR --label LABEL

Compares all counts with the workload's own truth. Prints "ok ..", "not ok ..", "skip .." lines, exit status 0. A failure with a row in
tests/kernel/deviations is a skip; a row whose checks all hold is a failure.
"""
import argparse
import json
import os

from judge import deviations
from judge.losses import Losses, reported
from judge.output import Checks, Output

KINDS = "vm_create vm_destroy create bind unbind release evict mmap fallocate punch".split()
GROWTH = 1.3  # the most that the tool's resident memory may grow from a tenth of the churn to its end, as a factor
HEADER = 32  # bytes of a recording without a record


class Judge:
    def __init__(self, folder, out, name):
        self.dir, self.c = folder, Checks(out, name)

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def test(self, what, good, got):
        self.c.test(what, good, "that", got)

    def equal(self, what, expected, got):
        self.c.equal(what, expected, got)

    def truths(self, *names):
        """Return the sums of the workloads' counts."""
        sums = dict.fromkeys([*KINDS, "allocated_pages", "freed_pages"], 0)
        for name in names:
            text = self.read(name + ".truth")
            if not text:
                self.test(f"the workload {name} wrote its truth", False, self.read(name + ".out"))
                continue
            for key, n in json.loads(text)["counts"].items():
                sums[key] = sums.get(key, 0) + n
        return sums

    def lines(self, name):
        return [json.loads(x) for x in self.read(name).splitlines() if x.startswith("{")]

    def summary(self, name):
        last = (self.lines(name) or [{}])[-1]
        self.equal(f"{name}: it ends with a summary", "summary", last.get("type"))
        return last if last.get("type") == "summary" else None

    def losses(self, name):
        return reported(self.lines(name))

    def exact(self, name, truth):
        """Check all events and pages. As many events may be missing as the kernel skipped runs of the tool's programs, also events of
        VMs, since most VMs here live between two scans."""
        s = self.summary(name)
        if not s:
            return
        losses = Losses(self.losses(name))
        self.c.within(f"{name}: events by kind", {k: truth[k] for k in KINDS}, {k: s["events"].get(k) or 0 for k in KINDS}, less=losses.most)
        self.equal(f"{name}: pages allocated and freed", (truth["allocated_pages"], truth["freed_pages"]),
                   (s["allocated_pages"], s["freed_pages"]))
        self.equal(f"{name}: no memory is left at the end", 0, s["resident_bytes"])
        self.equal(f"{name}: only runs that the kernel skipped are lost", {}, losses.others)


def judge_ring(j):
    truth, after = j.truths("old", "guest", "after"), j.truths("after")
    for name in ("top", "snoop"):
        s = j.summary(name + ".json")
        if not s:
            continue
        lost = j.losses(name + ".json")
        j.test(f"{name}: reports that its ring was full", lost.get("ring_full", 0) > 0, lost)
        j.equal(f"{name}: the losses are the summary's", sum(lost.values()), s["lost"])
        true, counted = sum(truth[k] for k in KINDS), sum(s["events"][k] for k in KINDS) + lost.get("ring_full", 0)
        # The ring has zaps, too, and a scan reports ends that were lost.
        j.test(f"{name}: events seen and lost are at least the true events", true <= counted <= 2 * true, (true, counted))
        j.equal(f"{name}: --strict: exit status", "4", j.read(name + ".status").strip())
        j.equal(f"{name}: no memory is left at the end", 0, s["resident_bytes"])
    lines = j.lines("top.json")
    last = max((i for i, x in enumerate(lines) if x["type"] == "tick"), default=0)
    before = max((i for i, x in enumerate(lines[:last]) if x["type"] == "tick"), default=0)
    alive = [x["machine"] for x in lines[before:last] if x["type"] in ("vm", "inode") and x["alive"]]
    j.equal("top: VMs and inodes reported alive in the last sample, when all have ended", [], alive[:9])
    later = [x for x in lines if x["type"] == "vm" and x["pid"] == json.loads(j.read("after.truth"))["vms"][0]["pid"]]
    j.equal("top: the VM that started afterwards is seen: pages allocated, freed", (after["allocated_pages"], after["freed_pages"]),
            (later[-1]["allocated_pages"], later[-1]["freed_pages"]) if later else None)


def untracked(lost):
    return sum(lost.get(kind, 0) for kind in ("vm_untracked", "file_untracked"))


def judge_full(j):
    truth, after = j.truths("guest", "after"), j.truths("after")
    for name in ("top", "snoop"):
        s = j.summary(name + ".json")
        if not s:
            continue
        lost = j.losses(name + ".json")
        j.test(f"{name}: reports that objects are untracked", untracked(lost) > 0, lost)
        j.equal(f"{name}: --strict: exit status", "4", j.read(name + ".status").strip())
        j.test(f"{name}: VMs: 3 of the eight, and those created when the maps had space", 5 <= s["vms"] <= 10, s["vms"])
        true, seen = (sum(x[k] for k in ("vm_create", "create", "bind")) for x in (truth, s["events"]))
        j.test(f"{name}: creations and binds are seen or counted as lost", seen <= true <= seen + untracked(lost) + lost.get("program_skipped", 0), (seen, true, lost))
        j.equal(f"{name}: no memory is left at the end", 0, s["resident_bytes"])
    last = {x["vm"]: x for x in j.lines("top.json") if x["type"] == "vm" and x["machine"].startswith("after")}
    j.equal("top: pages of VMs created when the maps had space", (after["allocated_pages"], after["freed_pages"]),
            (sum(x["allocated_pages"] for x in last.values()), sum(x["freed_pages"] for x in last.values())))
    old = j.summary("old.json")
    j.equal("VMs older than the tool: three are tracked", 3, old and old["vms"])
    j.test("VMs older than the tool: reports that objects are untracked", untracked(j.losses("old.json")) > 0, j.losses("old.json"))
    j.equal("without --strict: exit status", "0", j.read("old.status").strip())


def judge_churn(j):
    truth = j.truths("before", "guest")
    for name in ("top.json", "snoop.json"):
        j.exact(name, truth)
    j.equal("two tools at once: exit status", ["0", "0"], [j.read("top.status").strip(), j.read("snoop.status").strip()])
    left = dict(x.split() for x in j.read("elements").splitlines())
    if left:
        j.equal("elements left in maps", {"gm_vms": "0", "gm_files": "0", "gm_inodes": "0", "gm_vm_hists": "0"}, left)
    before, after = (int(j.read(n) or 0) for n in ("rss.before", "rss.after"))
    if truth["vm_create"] < 5000:
        return  # the memory grows with the ended VMs that are kept, up to their limit
    j.test(f"{truth.get('vm_create')} VMs: the tool's memory has not grown with them", 0 < after <= GROWTH * before,
           f"{before} KiB after a tenth, {after} KiB at the end")


def judge_cpus(j):
    if j.read("skip"):
        j.c.skip(j.read("skip").strip())
        return
    truth = j.truths("guest")
    j.test("a CPU went offline, again and again", int(j.read("flips") or 0) > 1, j.read("flips"))
    for name in ("top.json", "snoop.json"):
        j.exact(name, truth)


def judge_kills(j):
    kills = j.read("kills.list").splitlines()
    j.test(f"{len(kills)} times a tool was killed", len(kills) > 0, kills)
    alive = [k for k in kills if k.split()[0] != "137" and "gmemcheck" not in k]
    j.test("the tool ran until it was killed", not alive, alive)
    j.equal("the workload: exit status", "0", j.read("guest.status").strip())
    text = j.read("guest.truth")
    j.test("the workload's own checks", bool(text) and not json.loads(text)["failed"], j.read("guest.out"))
    j.equal("left in the kernel: programs, links, maps", "", j.read("left"))
    j.equal("references to the kvm module", j.read("refs.before"), j.read("refs.after"))
    infos = [(x, int(x.split()[0]), int(x.split()[1])) for x in j.read("info.list").splitlines()]
    bad = [x for x, status, size in infos if size > 0 and status != (1 if size <= HEADER else 0)]
    j.test("recordings of killed tools are readable, those without a record are refused", not bad, bad + [j.read("info.err")])
    wild = [x for x in j.read("files").split() if not x.startswith(("guest.", "kill", "left", "lines", "refs.", "info.", "files"))]
    j.test("no file is left but the outputs", not wild, wild)


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("dir")
    args.add_argument("--label", default="native")
    opts = args.parse_args()
    out = Output(opts.label, deviations=deviations.load())
    for name in "ring full churn cpus kills".split():
        folder = os.path.join(opts.dir, name)
        if not os.path.isdir(folder):
            continue
        j = Judge(folder, out, f"inject-{name}")
        for line in j.read("lines").splitlines():
            j.test(line.replace("not ok ", "", 1), False, "a timeout")
        globals()["judge_" + name](j)
    out.finish()


main()
