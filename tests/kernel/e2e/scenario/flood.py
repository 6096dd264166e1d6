# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges floods of more calls, files or conversions than a tool can read: tools miss no VM, and count dropped events by kind."""

import os

from judge.files import read
from judge.losses import Losses
from judge.modes import UNKNOWN_KINDS, check_known
from judge.run import Run

VMS = ("vm_create", "vm_destroy")
FILES = ("create", "release", "evict")
BOUND = ("bind",)
CALLS = {"mmap", "fallocate", "punch", "convert", "zap"}


class FloodRun(Run):
    """A run with a ring that may have been full."""

    def judge_losses(self, losses):
        ring = next((l for l in self.lines if l["type"] == "loss" and l["what"] == "ring_full"), {"count": 0})
        self.dropped = ring.get("kinds", {})
        self.c.equal(self.say("what the ring had no room for, its kinds added up"), ring["count"], sum(self.dropped.values()))
        # A full ring only delays a VM's sums of faults to the next sample.
        self.losses = Losses({what: n for what, n in losses.items() if what not in ("ring_full", "border_ring_full")}, self.programs)
        self.c.equal(self.say("nothing else lost, but for runs that the kernel skipped"), {}, self.losses.others)
        self.c.equal(self.say("losses, added up"), self.summary["lost"], sum(losses.values()))
        check_known(self)


def may_drop(scenario):
    """Return the kinds of events that a flood may drop: its own, and those that use as much of the ring. The next scan finds a dropped bind."""
    return CALLS | set(FILES + BOUND) if scenario == "flood-files" else CALLS


def check_counts(run, scenario):
    """Check that each event is reported or counted as dropped, and that only kinds of may_drop() are dropped."""
    events, t, unknown = run.summary["events"], run.truth, UNKNOWN_KINDS.get(run.view, set())
    whole = VMS + (() if scenario == "flood-files" else FILES)
    run.c.equal(run.say("events of creation and end"), {k: t.count(k) for k in whole}, {k: events[k] for k in whole})
    run.c.equal(run.say("kinds dropped that must not be"), set(), set(run.dropped) - may_drop(scenario))
    kinds = [k for k in sorted(may_drop(scenario) | set(BOUND)) if k in events and k not in unknown and k != "zap" and k != "evict"]
    run.c.within(run.say("events reported and dropped"), {k: t.count(k) for k in kinds},
                 {k: events[k] - run.summary["failed"].get(k, 0) + run.dropped.get(k, 0) for k in kinds}, less=run.losses.most)


def check_lives(run):
    """Check that each VM of the event lines was created once and destroyed once."""
    made, gone = (sorted(e["vm"] for e in run.events if e["kind"] == k and e["ret"] >= 0) for k in VMS)
    run.c.equal(run.say("VMs created, each once"), len(made), len(set(made)))
    run.c.equal(run.say("VMs destroyed, each once"), made, gone)


def check_endless(c, folder):
    """Check tools that ended while the flood went on."""
    status = {p: (read(os.path.join(folder, p + ".status")) or "").strip() for p in ("duration", "count", "interrupt")}
    c.equal("-d, -n and SIGINT end a tool while the flood goes on", {p: "0" for p in status}, status)
    c.equal("the flood went on until then", True, os.path.exists(os.path.join(folder, "endless.lasted")))


def judge(c, folder):
    scenario = os.path.basename(os.path.normpath(folder))
    for prefix in ("unread", "snoop", "record"):
        run = FloodRun(c, folder, prefix)
        check_counts(run, scenario)
        if prefix != "record":
            check_lives(run)
        if prefix == "unread":
            c.test("unread: the flood is more than the ring holds", run.dropped, "some", run.dropped)
    check_counts(FloodRun(c, folder, "replay", truth=run.truth), scenario)
    check_endless(c, folder)
