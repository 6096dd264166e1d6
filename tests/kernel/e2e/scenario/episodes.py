# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The episodes of gmemreboot."""

import os
import re

from judge import counted
from judge.files import read
from judge.modes import FUNCTION_MODES, Kernel
from judge.output import Unusable
from judge.reboots import check_episodes, check_reshuffles, episodes, reboots
from judge.records import check_operations
from judge.run import Run, samples_at_hold
from judge.state import check_hold
from judge.truth import Truth


# Ways to reboot, each with its own workload.
WAYS = ("recreate", "overlap", "undone", "inplace", "stays", "process", "range", "dup2", "munmap", "exec", "link", "handover", "handover-process")
STYLES = {"stays": "inplace", "undone": "overlap"} | dict.fromkeys(("process", "range", "dup2", "munmap", "exec"), "recreate")  # of ways to reboot


class Part(Run):
    """The part of a run that is of one style: its own workload, whose machines no other style has."""

    def __init__(self, checks, folder, prefix):
        self.c, self.dir, self.prefix = checks, folder, prefix
        self.need_guest()

    def take_from(self, run):
        """Take what the tool said of this part's machines, and what it said of itself."""
        names = {v["name"] for v in self.truth.vms}
        self.kernel, self.summary, self.losses, self.probes = run.kernel, run.summary, run.losses, run.probes
        self.lines = [l for l in run.lines if l["type"] != "episode" or l["machine"] in names]


def judge(c, folder):
    """The styles of reboots share one run; there is one in inventory mode."""
    check_styles(c, folder)
    if os.path.exists(os.path.join(folder, "inventory.status")):
        check_scans(c, folder)
    if os.path.exists(os.path.join(folder, "handover-hold.status")):
        check_both(c, folder)
    if os.path.exists(os.path.join(folder, "border.status")):
        check_border(c, folder)
    if os.path.exists(os.path.join(folder, "top.status")):
        check_live(Run(c, folder, "top"))


def parts_of(c, folder):
    """The parts whose workload this kernel can do, by style."""
    parts = {}
    for style in WAYS:
        try:
            if os.path.exists(os.path.join(folder, style + ".guest.status")):
                parts[style] = Part(c, folder, style)
        except Unusable:
            pass
    return parts


def check_styles(c, folder):
    parts = parts_of(c, folder)
    truths = [os.path.join(folder, style + ".truth") for style in WAYS]
    try:
        run = Run(c, folder, "styles", truth=Truth([t for t in truths if os.path.exists(t)]))
    except Unusable:
        return
    check_operations(run)
    check_reshuffles(run, {style: part.truth for style, part in parts.items()})
    missing = 0
    for style, part in parts.items():
        part.take_from(run)
        missing += len(reboots(part.truth)) - len(episodes(part))
        if style == "undone" and run.mode not in FUNCTION_MODES:
            c.skip("undone: as overlap, whose style this mode does not know for certain")
            continue
        check_episodes(part, STYLES.get(style, style), style)
    c.test(run.say("reboots that are missing, of all styles"), 0 <= missing <= run.losses.most, f"<= {run.losses.most}", missing)
    names = {v["name"] for part in parts.values() for v in part.truth.vms}
    c.equal(run.say("episodes of other machines of the workload"), [],
            [e["machine"] for e in run.lines if e["type"] == "episode" and e["machine"] not in names and e["old_pid"] in run.truth.pids])
    if os.path.exists(run.path(".metrics.json")):
        check_counted(run)
    if "handover-process" in parts:
        check_relation(parts["handover-process"], read(run.path(".text.json")))


def check_scans(c, folder):
    """Check the run in inventory mode."""
    try:
        run = Run(c, folder, "inventory")
    except Unusable:
        return
    check_operations(run)
    check_episodes(run, "inventory", "inventory")


def check_counted(run):
    """Check that every tool counts as many reboots as gmemreboot has episodes, in the same recording."""
    texts = {"reboot": read(run.path(".json"))}
    texts |= {tool: read(run.path(f".{tool}.json")) for tool in ("list", "top", "frames", "metrics")}
    wrong = counted.differences(texts)
    run.c.equal(run.say("durations of reboots, and reboots without one, in the metrics"), None, wrong.pop("durations", None))
    run.c.equal(run.say("tools that count other reboots than gmemreboot has"), {}, wrong)


def check_relation(run, text):
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
    said = re.findall(r"^(\S+)  handover \d+ \(new process\).*\n(?:.*\n)*?  vm \d+ \(pid (\d+)\) -> vm \d+ \(pid (\d+)\)", text, re.M)
    run.c.equal(run.say("the same in the report"), [(name, str(old), str(new)) for name, old, new in got], said)


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
