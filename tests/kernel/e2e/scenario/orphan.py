# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges memory whose VM's process has exited."""

import os

from judge.events import check_kinds
from judge.phases import check_sums
from judge.records import check_operations
from judge.run import Run, samples_at_hold
from judge.state import check_end
from judge.truth import Truth


def judge(c, folder):
    seen = Run(c, folder, "seen")
    t, hold = Truth([os.path.join(folder, "seen.hold.truth")]), samples_at_hold(folder, "seen")
    if c.test("seen: looks at the hold", bool(hold), "some", len(hold)):
        check_orphans(c, "seen", hold[-1], t, True)
    late = Run(c, folder, "late", truth=t)
    samples = late.samples()
    if c.equal("late: looks", 1, len(samples)):
        check_orphans(c, "late", samples[0], t, False)
    check_kinds(seen)
    check_sums(seen)
    check_operations(seen)
    check_end(seen)


def check_orphans(c, prefix, sample, t, owner_known):
    alive = [i for i in sample[1] if i["alive"]]
    c.equal(f"{prefix}: resident pages of each inode",
            {i["ino"]: i["resident_pages"] for i in t.inodes if i["alive"]},
            {i["ino"]: i["resident_pages"] for i in alive})
    owners = {v["pid"] for v in t.vms}
    c.equal(f"{prefix}: the holder pins each by a descriptor", [],
            [(i["ino"], i["pins"]) for i in alive
             if not i["pins"] or any(p["what"] != "fd" or p["pid"] in owners or p["comm"] != "gmem-holder"
                                     for p in i["pins"])])
    # A tool that starts late cannot know that the pinning process is not the owner.
    if owner_known:
        c.equal(f"{prefix}: inodes that are orphans", sorted(i["ino"] for i in t.inodes if i["alive"]),
                sorted(i["ino"] for i in alive if i["orphan"]))
        c.equal(f"{prefix}: machine of each", {i["ino"]: t.name_of(i["vm"]) for i in t.inodes if i["alive"]},
                {i["ino"]: i["machine"] for i in alive})
