# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges VMs that start and end in many processes at once: tools report each VM once, whichever run of a program the kernel skips.

A skipped run may lose a time, or a scan reports a creation or an end late. It never leads to an end of a live VM, to a VM that did not
exist, or to a second creation of one.
"""

import collections
import os

from judge.modes import FUNCTION_MODES
from judge.run import Run
from judge.state import check_hold


def judge(c, folder):
    run = Run(c, folder, "snoop")
    missed = most_missed(run, folder)
    check_vms(run, missed)
    check_inodes(run, missed)
    check_ends(run)
    top = Run(c, folder, "top")
    check_hold(c, folder, "top")
    vms = {line["vm"]: line for line in top.lines if line["type"] == "vm" and line["machine"] in names(top)}
    check_lives(top, "VMs of each machine and process", [(v["machine"], v["pid"]) for v in vms.values()],
                [(v["name"], v["pid"]) for v in top.truth.vms], most_missed(top, folder))
    c.equal(top.say("VMs alive at the end"), [], [v["machine"] for v in vms.values() if v["alive"]])
    c.equal(top.say("VMs of no machine of the workload, but of its processes"), [],
            [line for line in top.lines if line["type"] == "vm" and line["pid"] in top.truth.pids and line["machine"] not in names(top)])


def names(run):
    return {v["name"] for v in run.truth.vms}


def most_missed(run, folder):
    """Return how many VMs and inodes may be missing. Function probes see each at its end at the latest; otherwise each skipped run may lose one."""
    if os.path.exists(os.path.join(folder, "skips")):
        return len(run.truth.vms) + len(run.truth.inodes)
    return 0 if run.mode in FUNCTION_MODES else run.losses.most


def check_lives(run, what, got, true, missed):
    """Check that the reported objects are true ones, and that at most missed are missing."""
    run.c.part_of(run.say(what), sorted(true), sorted(got), missed)


def good_events(run, kind):
    return [e for e in run.events if e["kind"] == kind and e["ret"] >= 0]


def check_vms(run, missed):
    """Check that each VM was created once and destroyed once."""
    for kind in ("vm_create", "vm_destroy"):
        events = good_events(run, kind)
        run.c.equal(run.say(f"VMs with two events {kind}"), [], [i for i, n in collections.Counter(e["vm"] for e in events).items() if n > 1])
        check_lives(run, f"machines of {kind}", [e["machine"] for e in events], [v["name"] for v in run.truth.vms], missed)


def check_inodes(run, missed):
    """Check that each inode ended once, and that only true ones ended."""
    check_lives(run, "inodes that ended", [e["ino"] for e in good_events(run, "evict")], [i["ino"] for i in run.truth.inodes], missed)


def check_ends(run):
    """Check that no end is reported before its call began: a machine's n-th reported end is not before its n-th true one."""
    true, reported, early = collections.defaultdict(list), collections.defaultdict(list), []
    for e in run.truth.events:
        if e["op"] == "vm_destroy":
            true[run.truth.name_of(e["vm"])].append(e["ts_ns"])
    for e in good_events(run, "vm_destroy"):
        reported[e["machine"]].append(e["ts_ns"])
    for machine, ends in reported.items():
        early += [(machine, t, e) for t, e in zip(sorted(true[machine]), sorted(ends)) if e < t]
    run.c.equal(run.say("ends of live VMs"), [], early)
