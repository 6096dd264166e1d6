#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the tools' output on a real VMM with gmem by the shim's log and QMP's RESET events.

  judge.py truth DIR HOW                 prints the truth of a run (DIR is inside.sh's) as JSON
  judge.py run DIR HOW LABEL BUILD       judges the live tools, and replays of the recording by the tools in BUILD
  judge.py recording REC TRUTH LABEL BUILD   judges replays of a recording by a stored truth
  judge.py self-test REC TRUTH LABEL BUILD   falsifies each part of that truth: the judge must find each

Prints "ok LABEL: what", "not ok LABEL: what: expected .. got ..", "# .." lines. Exit status 0 unless the judge itself failed.
"""

import argparse
import collections
import copy
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from judge import deviations  # noqa: E402
from judge.modes import LIVES, OFF  # noqa: E402
from judge.output import Checks, Output, Unusable  # noqa: E402
from judge.run import ToolRun  # noqa: E402
from judge.schema import Schema  # noqa: E402

MACHINE = "real1"
NEAR_NS = 2_000_000_000  # longest time between a RESET event and QEMU's acts for it, under emulation


def json_lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.startswith("{") and line.endswith("}\n")]


# ---- the truth ----

def resets(qmp, offset):
    """Return QMP's RESET events: the time, by CLOCK_MONOTONIC, and the origin."""
    return [{"t_ns": when(e, offset), "reason": e["data"]["reason"]} for e in qmp if e.get("event") == "RESET"]


def inode_pages(log):
    """Return by inode number the pages that were resident when its last file was closed, and its files."""
    ino = {e["gmem"]: e["ino"] for e in log if e["op"] in ("create", "link")}
    pages = {}
    for e in log:
        if e["op"] == "resident":
            pages[str(ino[e["gmem"]])] = e["pages"]
    return pages


def when(event, offset):
    """Return a QMP event's time by CLOCK_MONOTONIC."""
    return event["timestamp"]["seconds"] * 10**9 + event["timestamp"]["microseconds"] * 1000 - offset


def hold_of(folder, log, qmp, offset):
    """Return the truth while the vCPUs were stopped: the shim's first count of resident pages, and the VMM's own lists."""
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


# ---- checks ----

def sample(run, begin_ns, end_ns):
    """Return the VM and inode lines of the last complete sample between two times."""
    last, now = [], []
    for x in run.lines:
        if x["type"] == "tick":
            last, now = now if begin_ns < x["ts_ns"] < end_ns else last, []
        elif x["type"] in ("vm", "inode"):
            now.append(x)
    return last


def check_truth(c, truth):
    """Check that the truth is complete."""
    c.test("the shim's log is whole, and nothing failed in it", truth["whole"] and not truth["failures"], "whole", truth["failures"])
    n, how, counts = len(truth["resets"]), truth["how"], truth["counts"]
    c.test("QMP reported resets", n > 0, "> 0", n)
    vms = 1 if how == "inplace" else 1 + n
    c.equal(f"the shim's VMs fit QMP's {n} RESET events", (vms, vms, 1 if how in ("inplace", "link") else vms),
            (counts["vm_create"], counts["create"], counts["evict"]))


def check_counts(run, truth):
    """Check events by kind, which are exact but for calls whose programs the kernel skipped."""
    s = run.summary
    for kind, expected in truth["counts"].items():
        run.c.within(run.say(f"{kind}: {expected}"), {kind: expected}, {kind: s["events"].get(kind, 0) - s["failed"].get(kind, 0)},
                     less=0 if kind in LIVES else run.losses.most)


def check_pages(run, truth):
    s, pages = run.summary, sum(truth["inode_pages"].values())
    run.c.equal(run.say(f"{pages} pages allocated and freed, 0 bytes resident"), (pages, pages, 0),
                (s["allocated_pages"], s["freed_pages"], s["resident_bytes"]))
    for phase in ("alloc", "zero"):
        if s["phases"][phase].get("na") != OFF:
            run.c.within(run.say(f"{phase}: {pages}"), {phase: pages}, {phase: s["phases"][phase].get("count", -1)}, less=run.losses.most)


def check_evictions(run, truth):
    """Check each inode's pages at its end against the kernel's count, which the shim got by mincore."""
    got = {str(e["ino"]): (e["allocated_pages_total"], e["freed_pages_total"]) for e in run.events if e["kind"] == "evict"}
    run.c.equal(run.say("pages of each inode"), {i: (n, n) for i, n in truth["inode_pages"].items()}, got)


def check_names(run, truth):
    run.c.equal(run.say("the machine of all events"), {truth["machine"]}, {e["machine"] for e in run.events if e["kind"] != "fault"})
    run.c.equal(run.say("the process of all VMs"), {truth["hold"]["pid"]}, {e["pid"] for e in run.events if e["kind"] == "vm_create"})


def check_hold(run, truth):
    """Check a sample while the vCPUs were stopped."""
    hold = truth["hold"]
    there = sample(run, hold["begin_ns"], hold["end_ns"])
    inodes = [x for x in there if x["type"] == "inode" and x["alive"]]
    vms = [x for x in there if x["type"] == "vm" and x["alive"]]
    run.c.equal(run.say("at the hold: machine and number of VMs and inodes"), ([truth["machine"]], [truth["machine"]]),
                ([x["machine"] for x in vms], [x["machine"] for x in inodes]))
    run.c.equal(run.say(f"at the hold: {hold['resident_pages']} pages resident"), [hold["resident_pages"] * 4096],
                [x["resident_bytes"] for x in inodes])
    pins = [p for x in inodes for p in x["pins"]]
    run.c.equal(run.say("at the hold: pinned by the VMM's descriptor and mapping alone"),
                (hold["fds"], hold["mapped_pages"], {hold["pid"]}),
                (sorted(p["fd"] for p in pins if p["what"] == "fd"), sorted(p["pages"] for p in pins if p["what"] == "mapping"),
                 {p["pid"] for p in pins}))
    run.c.equal(run.say("at the hold: no other kind of pin"), [], [p for p in pins if p["what"] not in ("fd", "mapping")])


def check_episodes(run, truth):
    """Check number and style of reboots against QMP's RESET events."""
    how, resets, summary = truth["how"], truth["resets"], run.summary
    episodes = [x for x in run.lines if x["type"] == "episode"]
    got = [e for e in episodes if e["style"] not in ("shutdown", "handover")]
    expected = [{"inplace": "inplace", "rebuilt": "recreate", "link": "link"}[how]] * len(resets)
    if how == "inplace" and "resets_na" in summary:
        expected = []  # reboots are n/a, with a reason
    run.c.equal(run.say(f"episodes: {len(resets)} RESET events of QMP, {how}"), expected, [e["style"] for e in got])
    run.c.equal(run.say("episodes: no guest went on in a new VM"), 0, sum(e["style"] == "handover" for e in episodes))
    run.c.equal(run.say("episodes: whether resets in place are n/a fits the events"), "resets_na" not in summary, "reset" in summary["events"])
    if "reset" in summary["events"]:
        run.c.equal(run.say("episodes: resets of a boot vCPU that had run"), len(resets) if how == "inplace" else 0, summary["events"]["reset"])
    for e in got:
        # QEMU sends RESET before it acts, or (rebuilt) when the guest has requested it.
        near = min(resets, key=lambda r, e=e: abs(r["t_ns"] - e["start_ns"]), default=None)
        run.c.test(run.say(f"episodes: {e['style']} {e['episode']} has its RESET event"),
                   near and e["start_ns"] - NEAR_NS < near["t_ns"] < e["end_ns"] + NEAR_NS, near, (e["start_ns"], e["end_ns"]))
    run.c.test(run.say("episodes: memory that firmware unbinds and binds again is counted"), summary["reshuffles"] > 0, "> 0", summary["reshuffles"])


def check(run, truth):
    """Check the output of a tool, by the name of the output."""
    tool = run.prefix.rsplit("-", 1)[-1]
    if tool == "reboot":
        check_episodes(run, truth)
        return
    check_counts(run, truth)
    check_pages(run, truth)
    if tool == "snoop":
        check_evictions(run, truth)
        check_names(run, truth)
    if tool == "top":
        check_hold(run, truth)


# ---- runs ----

def tool_runs(c, folder, names):
    runs = []
    for name in names:
        try:
            runs.append(ToolRun(c, folder, name))
        except Unusable:
            pass
    return runs


def replays(c, rec, build, folder):
    """Write each tool's output for a recording to files named like those of live tools."""
    names = []
    for tool, *args in (["snoop"], ["top", "-i", "1"], ["hist"], ["reboot"]):
        path = os.path.join(folder, f"replay-{tool}")
        with open(path + ".json", "wb") as out, open(path + ".err", "wb") as err, open(path + ".status", "w", encoding="utf-8") as status:
            done = subprocess.run([os.path.join(build, "gmem" + tool), "--json", "--replay", rec, *args], stdout=out, stderr=err, check=False)
            status.write(f"{done.returncode}\n")
        names.append(f"replay-{tool}")
    return tool_runs(c, folder, names)


def check_all(c, runs, truth):
    check_truth(c, truth)
    for run in runs:
        run.c = c
        check(run, truth)


def checks_of(label, write=print, known=None):
    """Return the Checks of LABEL, which is GROUP/NAME."""
    group, name = label.rsplit("/", 1)
    return Checks(Output(group, write, known), name, argparse.Namespace(schema=Schema()))


def judge_run(folder, how, label, build):
    c = checks_of(label, known=deviations.load())
    with tempfile.TemporaryDirectory() as work:
        runs = tool_runs(c, folder, ("snoop", "top")) + replays(c, os.path.join(folder, "top.rec"), build, work)
        check_all(c, runs, truth_of(folder, how))
    c.out.finish()


def read_truth(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def judge_recording(rec, truth, label, build):
    c = checks_of(label)
    with tempfile.TemporaryDirectory() as work:
        check_all(c, replays(c, rec, build, work), truth)


def falsified(counts):
    """Return changes that each make one number of a truth wrong."""
    for kind in counts:
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


def failures(runs, truth):
    c = checks_of("/", lambda line: None)
    check_all(c, runs, truth)
    return c.out.failures


def self_test(rec, truth_file, label, build):
    c, truth = checks_of(label), read_truth(truth_file)
    with tempfile.TemporaryDirectory() as work:
        runs = replays(checks_of("/", lambda line: None), rec, build, work)
        for what, falsify in falsified(truth["counts"]):
            false = copy.deepcopy(truth)
            falsify(false)
            c.test(f"a truth with {what} is found wrong", failures(runs, false), "> 0 failures", 0)


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
