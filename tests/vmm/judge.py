#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the tools said of a real VMM on gmem by the shim's log and QMP's RESET events.

  judge.py truth DIR HOW                 prints the truth of a run (inside.sh left DIR) as JSON
  judge.py run DIR HOW LABEL BUILD       judges the live tools, and replays of the recording by the tools in BUILD
  judge.py recording REC TRUTH LABEL BUILD   judges replays of a recording by a truth that was kept
  judge.py self-test REC TRUTH LABEL BUILD   falsifies each part of that truth: each has to be found

Prints "ok LABEL: what", "not ok LABEL: what: expected .. got ..", "# .." lines. Exit status 0 unless the judge itself failed.
"""

import collections
import copy
import json
import os
import subprocess
import sys

MACHINE = "real1"
KINDS = ["vm_create", "vm_destroy", "create", "bind", "unbind", "mmap", "release", "evict", "punch", "fallocate"]
NEAR_NS = 2_000_000_000  # between a RESET event and what QEMU does for it, under emulation
# These come from the kernel's state: a program that the kernel skipped does not lose them.
LIVES = {"vm_create", "vm_destroy", "create", "release", "evict"}


def json_lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.startswith("{") and line.endswith("}\n")]


# ---- the truth ----

def resets(qmp, offset):
    """QMP's RESET events: when, by CLOCK_MONOTONIC, and whose doing."""
    return [{"t_ns": when(e, offset), "reason": e["data"]["reason"]} for e in qmp if e.get("event") == "RESET"]


def inode_pages(log):
    """By inode number: pages resident when the last of its files went, and its files."""
    ino = {e["gmem"]: e["ino"] for e in log if e["op"] in ("create", "link")}
    pages = {}
    for e in log:
        if e["op"] == "resident":
            pages[str(ino[e["gmem"]])] = e["pages"]
    return pages


def when(event, offset):
    """A QMP event's time by CLOCK_MONOTONIC."""
    return event["timestamp"]["seconds"] * 10**9 + event["timestamp"]["microseconds"] * 1000 - offset


def hold_of(folder, log, qmp, offset):
    """What was true while the vCPUs stood still: the shim's first count of resident pages, and the VMM's own lists."""
    def text(name):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return f.read()
    fds = [line for line in text("vmm.fds").splitlines() if "gmem]" in line]
    maps = [line.split()[0].split("-") for line in text("vmm.maps").splitlines() if "gmem]" in line]
    counted = next(e for e in log if e["op"] == "resident")
    return {"pid": int(text("vmm.pid")), "resident_pages": counted["pages"], "begin_ns": counted["t"],
            "end_ns": next(when(e, offset) for e in qmp if e.get("event") == "RESUME"),
            "fds": sorted(int(line.split(" -> ")[0].split()[-1]) for line in fds),
            "mapped_pages": sorted((int(end, 16) - int(start, 16)) // 4096 for start, end in maps)}


def truth_of(folder, how):
    log, qmp = json_lines(os.path.join(folder, "shim.jsonl")), json_lines(os.path.join(folder, "qmp.jsonl"))
    did = collections.Counter(e["op"] for e in log if e.get("ret", 0) == 0)
    offset = next(e["realtime_offset_ns"] for e in log if e["op"] == "begin")
    files = did["create"] + did["link"]
    counts = {"vm_create": did["vm_create"], "vm_destroy": did["vm_create"], "create": files, "bind": did["bind"],
              "unbind": did["unbind"], "mmap": did["mmap"], "release": files, "evict": did["create"], "punch": 0, "fallocate": 0}
    return {"how": how, "machine": MACHINE, "counts": counts, "inode_pages": inode_pages(log),
            "failures": [e for e in log if e["op"] == "failed" or e.get("ret", 0) < 0], "whole": did["end"] == 1,
            "resets": resets(qmp, offset), "hold": hold_of(folder, log, qmp, offset)}


# ---- lines ----

class Lines:
    """The lines of a judgement."""

    def __init__(self, label, write=print):
        self.label, self.write, self.failures = label, write, 0

    def equal(self, what, expected, got):
        self.test(what, expected == got, expected, got)

    def test(self, what, good, expected, got):
        if good:
            self.write(f"ok {self.label}: {what}")
            return
        self.failures += 1
        self.write(f"not ok {self.label}: {what}: expected {str(expected)[:300]} got {str(got)[:300]}")

    def comment(self, text):
        self.write(f"# {self.label}: {text}")


# ---- checks ----

class Seen:
    """What one tool printed as JSON lines."""

    def __init__(self, lines):
        self.lines = lines
        self.summary = next((x for x in reversed(lines) if x["type"] == "summary"), None)
        self.events = [x for x in lines if x["type"] == "event"]
        losses = collections.Counter()
        for x in lines:
            if x["type"] == "loss" and "withheld" not in x:
                losses[x["what"]] = x["count"]
        self.losses, self.skipped = losses, losses["program_skipped"]

    def sample(self, begin_ns, end_ns):
        """VM and inode lines of the last whole sample of a stretch of time."""
        last, now = [], []
        for x in self.lines:
            if x["type"] == "tick":
                last, now = now if begin_ns < x["ts_ns"] < end_ns else last, []
            elif x["type"] in ("vm", "inode"):
                now.append(x)
        return last


def check_truth(out, truth):
    """That the run was one: a truth with a hole judges nothing."""
    out.test("the shim's log is whole, and nothing failed in it", truth["whole"] and not truth["failures"], "whole", truth["failures"])
    n, how, counts = len(truth["resets"]), truth["how"], truth["counts"]
    out.test("QMP told of resets", n > 0, "> 0", n)
    vms = 1 if how == "inplace" else 1 + n
    out.equal(f"the shim's VMs fit QMP's {n} RESET events", (vms, vms, 1 if how in ("inplace", "link") else vms),
              (counts["vm_create"], counts["create"], counts["evict"]))


def check_counts(out, who, truth, seen):
    """Events by kind: exact, but for single calls that the kernel skipped a program for."""
    s, skipped = seen.summary, seen.skipped
    out.equal(f"{who}: nothing lost but what the kernel skipped", s["lost"], skipped)
    if skipped:
        out.comment(f"{who}: the kernel skipped {skipped} runs of programs: calls are judged within that")
    for kind in KINDS:
        expected = truth["counts"][kind]
        got = s["events"].get(kind, 0) - s["failed"].get(kind, 0)
        slack = 0 if kind in LIVES else skipped
        out.test(f"{who}: {kind}: {expected}", expected - slack <= got <= expected, expected, got)


def check_pages(out, who, truth, seen):
    s, pages = seen.summary, sum(truth["inode_pages"].values())
    out.equal(f"{who}: {pages} pages allocated and freed, 0 bytes resident", (pages, pages, 0),
              (s["allocated_pages"], s["freed_pages"], s["resident_bytes"]))
    for phase in ("alloc", "zero"):
        seen_of = s["phases"][phase]
        if seen_of.get("na") != "this tool does not show it":
            out.test(f"{who}: {phase}: {pages}", pages - seen.skipped <= seen_of.get("count", -1) <= pages, pages, seen_of)


def check_evictions(out, who, truth, seen):
    """Per inode, by its number: the kernel's count when it went, which mincore gave the shim."""
    got = {str(e["ino"]): (e["allocated_pages_total"], e["freed_pages_total"]) for e in seen.events if e["kind"] == "evict"}
    out.equal(f"{who}: pages of each inode", {i: (n, n) for i, n in truth["inode_pages"].items()}, got)


def check_names(out, who, truth, seen):
    out.equal(f"{who}: the machine of all events", {truth["machine"]}, {e["machine"] for e in seen.events if e["kind"] != "fault"})
    out.equal(f"{who}: the process of all VMs", {truth["hold"]["pid"]}, {e["pid"] for e in seen.events if e["kind"] == "vm_create"})


def check_hold(out, who, truth, seen):
    """A sample while nothing moved."""
    hold = truth["hold"]
    sample = seen.sample(hold["begin_ns"], hold["end_ns"])
    inodes = [x for x in sample if x["type"] == "inode" and x["alive"]]
    vms = [x for x in sample if x["type"] == "vm" and x["alive"]]
    out.equal(f"{who}: at the hold: machine and number of VMs and inodes", ([truth["machine"]], [truth["machine"]]),
              ([x["machine"] for x in vms], [x["machine"] for x in inodes]))
    out.equal(f"{who}: at the hold: {hold['resident_pages']} pages resident", [hold["resident_pages"] * 4096],
              [x["resident_bytes"] for x in inodes])
    pins = [p for x in inodes for p in x["pins"]]
    out.equal(f"{who}: at the hold: pinned by the VMM's descriptor and mapping alone",
              (hold["fds"], hold["mapped_pages"], {hold["pid"]}),
              (sorted(p["fd"] for p in pins if p["what"] == "fd"), sorted(p["pages"] for p in pins if p["what"] == "mapping"),
               {p["pid"] for p in pins}))
    out.equal(f"{who}: at the hold: no other kind of pin", [], [p for p in pins if p["what"] not in ("fd", "mapping")])


def check_episodes(out, truth, seen, episodes):
    """Number and style of reboots, against QMP's RESET events: none false, none missing."""
    how, resets = truth["how"], truth["resets"]
    expected = [{"inplace": "inplace", "rebuilt": "recreate", "link": "link"}[how]] * len(resets)
    summary, got = seen.summary, [e for e in episodes if e["style"] not in ("shutdown", "handover")]
    if how == "inplace" and "resets_na" in summary:
        expected = []  # n/a, and said
    out.equal(f"episodes: {len(resets)} RESET events of QMP, {how}", expected, [e["style"] for e in got])
    out.equal("episodes: no guest went on in a new VM", 0, sum(e["style"] == "handover" for e in episodes))
    out.equal("episodes: whether resets in place are n/a fits the events", "resets_na" not in summary, "reset" in seen.summary["events"])
    if "reset" in summary["events"]:
        out.equal("episodes: resets of a boot vCPU that had run", len(resets) if how == "inplace" else 0, summary["events"]["reset"])
    for e in got:
        # QEMU sends RESET when it has decided on one: before it does anything, or (rebuilt) as soon as the guest has asked.
        near = min(resets, key=lambda r: abs(r["t_ns"] - e["start_ns"]), default=None)
        out.test(f"episodes: {e['style']} {e['episode']} has its RESET event", near and e["start_ns"] - NEAR_NS < near["t_ns"] < e["end_ns"] + NEAR_NS,
                 near, (e["start_ns"], e["end_ns"]))
    out.test("episodes: memory that firmware unbinds and binds again is counted", summary["reshuffles"] > 0, "> 0", summary["reshuffles"])


# ---- runs ----

def replay(build, tool, *args):
    done = subprocess.run([os.path.join(build, tool), "--json", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    lines = [json.loads(x) for x in done.stdout.decode().splitlines() if x.startswith("{")]
    return lines, done.returncode, done.stderr.decode().strip()


def check_all(out, who, truth, seen):
    check_counts(out, who, truth, seen)
    check_pages(out, who, truth, seen)
    if seen.events:
        check_evictions(out, who, truth, seen)
        check_names(out, who, truth, seen)


def check_replays(out, truth, rec, build):
    """Every tool that can be asked for the counts says the same from the recording."""
    for tool, *args in (["gmemsnoop"], ["gmemtop", "-i", "1"], ["gmemhist"]):
        lines, status, err = replay(build, tool, "--replay", rec, *args)
        seen = Seen(lines)
        out.test(f"replay {tool}: status 0, a summary", status == 0 and seen.summary, "0", (status, err))
        if seen.summary and tool != "gmemhist":
            check_all(out, f"replay {tool}", truth, seen)
        if tool == "gmemtop":
            check_hold(out, "replay gmemtop", truth, seen)
    lines, status, err = replay(build, "gmemreboot", "--replay", rec)
    out.test("replay gmemreboot: status 0", status == 0, "0", (status, err))
    check_episodes(out, truth, Seen(lines), [x for x in lines if x["type"] == "episode"])


def check_live(out, truth, folder):
    for tool in ("snoop", "top"):
        who = f"gmem{tool}"
        with open(os.path.join(folder, f"{tool}.status"), encoding="utf-8") as f:
            status = f.read().strip()
        with open(os.path.join(folder, f"{tool}.err"), encoding="utf-8") as f:
            err = f.read().strip()
        seen = Seen(json_lines(os.path.join(folder, f"{tool}.json")))
        out.test(f"{who}: status 0, a summary, nothing on stderr", status == "0" and seen.summary and not err, "0", (status, err))
        if seen.summary:
            check_all(out, who, truth, seen)
        if tool == "top":
            check_hold(out, who, truth, seen)


def judge_run(folder, how, label, build):
    out, truth = Lines(label), truth_of(folder, how)
    check_truth(out, truth)
    check_live(out, truth, folder)
    check_replays(out, truth, os.path.join(folder, "top.rec"), build)


def read_truth(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def judge_recording(rec, truth, label, build, write=print):
    out = Lines(label, write)
    check_truth(out, truth)
    check_replays(out, truth, rec, build)
    return out.failures


def falsified(how):
    """Ways to make a truth wrong in one thing each."""
    for kind in KINDS:
        yield f"a {kind} more", lambda t, k=kind: t["counts"].update({k: t["counts"][k] + 1})
    yield "a page more", lambda t: t["inode_pages"].update({i: n + 1 for i, n in list(t["inode_pages"].items())[:1]})
    yield "another name", lambda t: t.update(machine="real2")
    yield "another process", lambda t: t["hold"].update(pid=t["hold"]["pid"] + 1)
    yield "a resident page more", lambda t: t["hold"].update(resident_pages=t["hold"]["resident_pages"] + 1)
    yield "another descriptor", lambda t: t["hold"].update(fds=[n + 1 for n in t["hold"]["fds"]])
    yield "a mapped page more", lambda t: t["hold"].update(mapped_pages=[n + 1 for n in t["hold"]["mapped_pages"]])
    yield "no RESET", lambda t: t["resets"].clear()
    yield "a RESET more", lambda t: t["resets"].append(t["resets"][0])
    yield "no end of the log", lambda t: t.update(whole=False)
    yield "a refused bind", lambda t: t["failures"].append({"op": "bind", "ret": -17})


def self_test(rec, truth_file, label, build):
    out, truth = Lines(label), read_truth(truth_file)
    for what, falsify in falsified(truth["how"]):
        false = copy.deepcopy(truth)
        falsify(false)
        out.test(f"a truth with {what} is found wrong", judge_recording(rec, false, label, build, lambda line: None), "> 0 failures", 0)


def main(args):
    if args[0] == "truth":
        json.dump(truth_of(*args[1:]), sys.stdout, indent=1)
        print()
    elif args[0] == "run":
        judge_run(*args[1:])
    elif args[0] == "recording":
        judge_recording(args[1], read_truth(args[2]), *args[3:])
    elif args[0] == "self-test":
        self_test(*args[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
