# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What may be missing where the kernel skipped runs of the tool's programs: the one table of counters that such a run can touch.

The kernel skips a program while it is under way on the same CPU in a preempted task. The tool reports how often, and what came of
it: a call whose end it did not see, a task that it could not follow. Each of these makes a counter of single calls one too low.
Counters of the kernel's state are exact all the same: sizes, residency, VMs and inodes, their lives and deaths, files, bindings,
pins, names, and the pages that each inode allocated and freed.
"""

import re

SKIPS = {"program_skipped", "unfinished_call", "task_state"}

# Programs whose skipped runs a counter can miss, where these are known program by program (gmem_exporter, tests/kernel/vm/count.c). The kernel
# keeps 15 characters of a name. Ioctls and fallocate are one program for several kinds of calls.
FAULTS = "gm_(raw_)?(guest|spte|userspac|prefault|get_|make_p|prepare|host_|abort_pfn|page_|fallocate|sys_e.*_fa).*"
TOUCHED_BY = {
    "bind": "gm_(bind|prepare_reg|commit_reg|sys_e.*_io).*",
    "unbind": "gm_(unbind|bind|sys_e.*_io).*",
    "create": "gm_(create|sys_e.*_io).*",
    "mmap": "gm_(mmap|sys_e.*_mm).*",
    "release": "gm_release.*",
    "evict": "gm_(evict|page_).*",
    "free": "gm_evict.*",
    "destroy": "gm_vm_destroy.*",
    "vm_create": "gm_(dev_ioctl|sys_e.*_io).*",
    "vm_destroy": "gm_vm_destroy.*",
    "fallocate": "gm_(fallocate|sys_e.*_fa|page_).*",
    "punch": "gm_(fallocate|sys_e.*_(fa|io|ma|pr)|page_).*",
    "convert": "gm_(vm_ioctl|sys_e.*_io).*",
    "populate": "gm_populate.*",
    "memory_failure": "gm_error.*",
    "zap": "gm_(zap|flush|inval).*",
    "rebind": "gm_(bind|prepare_reg|commit_reg|unbind|release|evict|vm_destroy|sys_e.*_io).*",
    "faults": FAULTS,
}


def reported(lines):
    """The losses that a tool's lines report: {reason: count}. What a limit of the user withheld is no loss."""
    return {l["what"]: l["count"] for l in lines if l["type"] == "loss" and "withheld" not in l}


class Losses:
    """The losses that a run reported: counts by reason, and skipped runs by program where they are known."""

    def __init__(self, counts, programs=None):
        self.counts, self.programs = counts, programs
        skipped = counts.get("program_skipped", 0)
        # A skipped run leaves one call open, or one task unknown, at most: what is more than that has another cause.
        self.others = {what: n for what, n in counts.items() if n and (what not in SKIPS or n > skipped)}
        self.most = sum(n for what, n in counts.items() if what in SKIPS and n <= skipped)

    def of(self, counter):
        """How much too low a counter may be."""
        if self.programs is None or counter not in TOUCHED_BY:
            return self.most
        skipped = sum(n for p, n in self.programs.items() if re.fullmatch(TOUCHED_BY[counter], p))
        return skipped + self.most - self.counts.get("program_skipped", 0)
