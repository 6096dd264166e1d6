# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The episodes of gmemreboot."""

import os
import re

from judge import counted
from judge.files import read
from judge.modes import FUNCTION_MODES, Kernel
from judge.output import Unusable
from judge.reboots import check_episodes, reboots
from judge.records import check_operations
from judge.run import Run, samples_at_hold
from judge.state import check_hold
from judge.truth import Truth


STYLES = {"stays": "inplace", "undone": "overlap"} | dict.fromkeys(("process", "range", "dup2", "munmap", "exec"), "recreate")  # of ways to reboot


def judge(c, folder):
    """Each style of reboot has a run, and there is one in inventory mode."""
    for style in ("recreate", "overlap", "undone", "inplace", "stays", "process", "range", "dup2", "munmap", "exec", "link", "handover", "handover-process", "inventory"):
        if not os.path.exists(os.path.join(folder, style + ".status")):
            continue
        try:
            run = Run(c, folder, style)
        except Unusable:
            continue
        check_operations(run)
        if style == "undone" and run.mode not in FUNCTION_MODES:
            c.skip("undone: as overlap, whose style this mode does not know for certain")
            continue
        check_episodes(run, STYLES.get(style, style), style)
        if os.path.exists(run.path(".metrics.json")):
            check_counted(run)
        if style == "handover-process":
            check_relation(run)
    if os.path.exists(os.path.join(folder, "handover-hold.status")):
        check_both(c, folder)
    if os.path.exists(os.path.join(folder, "border.status")):
        check_border(c, folder)
    if os.path.exists(os.path.join(folder, "top.status")):
        check_live(Run(c, folder, "top"))


def check_counted(run):
    """Check that every tool counts as many reboots as gmemreboot has episodes, in the same recording."""
    texts = {"reboot": read(run.path(".json"))}
    texts |= {tool: read(run.path(f".{tool}.json")) for tool in ("list", "top", "frames", "metrics")}
    run.c.equal(run.say("tools that count other reboots than gmemreboot has"), {}, counted.differences(texts))


def check_relation(run):
    """Check between which machines and processes the guest was handed over, as JSON and as text. How many there are is checked before."""
    vms = run.truth.vms
    true = [(new["name"], old["pid"], new["pid"]) for old, new in zip(vms, vms[1:])]
    told = [e for e in run.lines if e["type"] == "episode" and e["style"] == "handover"]
    got = [(e["machine"], e["old_pid"], e["new_pid"]) for e in told]
    run.c.equal(run.say("machine, old and new process of each handover"), [t for t in true if t in got], got)
    run.c.equal(run.say("handovers within one process"), [], [e["episode"] for e in told if e["same_process"]])
    if run.mode in FUNCTION_MODES:
        pages = 0 if run.truth.counts["link"] else run.truth.counts["allocated_pages"] // len(vms)
        moved = [(e["freed_pages"], e["allocated_pages"]) for e in told]
        run.c.test(run.say("pages freed and allocated by each handover"),
                   all(n is not None and pages - run.losses.most <= n <= pages for p in moved for n in p), [(pages, pages)] * len(told), moved)
    text = read(run.path(".text.json"))
    run.c.equal(run.say("the same in the report"), [(name, str(old), str(new)) for name, old, new in got],
                re.findall(r"^(\S+)  handover \d+ \(new process\) .*\n  vm \d+ \(pid (\d+)\) -> vm \d+ \(pid (\d+)\)", text, re.M))


def check_both(c, folder):
    """Check the hold at which both VMs of a handover are there: each has a row, and the memory of neither is an orphan."""
    try:
        run = Run(c, folder, "handover-hold")
    except Unusable:
        return
    check_hold(c, folder, "handover-hold")
    vms, inodes = (samples_at_hold(folder, "handover-hold") or [([], [])])[-1]
    c.equal("handover-hold: processes of the rows", [v["pid"] for v in run.truth.vms], [v["pid"] for v in vms if v["alive"]])
    c.equal("handover-hold: inodes that are orphans", [], [i["ino"] for i in inodes if i["orphan"]])
    c.equal("handover-hold: reboots counted", {v["name"]: 0 for v in run.truth.vms}, counted.top_json(read(run.path(".json"))))


def check_border(c, folder):
    """Check reboots at which the ring had no room for what the VM's faults came to: counted as a loss, and pages that are not exact say so."""
    lines = counted.all_lines(read(os.path.join(folder, "border.json")))
    mode = lines[-1].get("mode") if lines else None
    if not c.equal("border: exit status", "0", (read(os.path.join(folder, "border.status")) or "").strip()):
        return
    if mode not in FUNCTION_MODES or Kernel(os.path.dirname(os.path.abspath(folder))).emulates():
        c.skip("border: this mode does not count all pages of a reboot in place")
        return
    truth = Truth([os.path.join(folder, "border.truth")])
    losses = {l["what"]: l["count"] for l in lines if l["type"] == "loss"}
    c.test("border: readings that did not fit in the ring", losses.get("border_ring_full", 0) > 0, "some", losses)
    c.equal("border: events that did not fit in the ring", 0, losses.get("ring_full", 0))
    got = [l for l in lines if l["type"] == "episode" and l["style"] == "inplace"]
    c.equal("border: reboots", len(reboots(truth)), len(got))
    pages = truth.counts["allocated_pages"] // (len(reboots(truth)) + 1)
    c.equal("border: reboots whose pages are not exact and are not said to be partial", [],
            [(e["episode"], e["allocated_pages"]) for e in got if e["allocated_pages"] != pages and "pages_partial" not in e])
    c.test("border: reboots whose pages are said to be partial", any("pages_partial" in e for e in got), "some", "none")


def check_live(run):
    """Check gmemtop's own session: reboots in place are counted, too."""
    true, less = len(reboots(run.truth)), run.losses.most
    got = counted.top_json(read(run.path(".json")))
    run.c.test(run.say("reboots of each machine"), all(true - less <= n <= true for n in got.values()),
               {v["name"]: true for v in run.truth.vms}, got)
