# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks that the kernel's log has no warning."""

import re

from .files import read
from .output import Checks


DIRT = re.compile(r"WARNING:|BUG:|Oops|Kernel panic|rcu: INFO|RCU [Ss]tall|soft lockup|hung_task|blocked for more than"
                  r"|general protection|KASAN|UBSAN|lockdep|suspicious RCU|verifier|Call Trace")


def without_our_oom(lines):
    """Remove the out-of-memory report without a victim, which the workload provokes by a request that cannot be met."""
    ours, kept = None, []
    for l in lines:
        if ours is None and "gmemguest invoked oom-killer" in l:
            ours = []
        if ours is None:
            kept.append(l)
            continue
        ours.append(l)
        if "Out of memory and no killable processes" in l:
            ours = None
    return kept + (ours or [])


def check_dmesg(out, path):
    text = read(path)
    c = Checks(out, "dmesg", None)
    if text is None:
        c.bad("a kernel log", "one", "none")
        return
    dirt = [l for l in without_our_oom(text.splitlines()) if DIRT.search(l)]
    c.test("the kernel has nothing to complain about", not dirt, "nothing", dirt[:5])
