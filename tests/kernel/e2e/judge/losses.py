# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Computes how many events may be missing if the kernel skipped runs of the tool's programs; has the table of the counters that this affects.

The kernel skips a program that already runs on the same CPU, in a preempted task. The tool reports the number of skipped runs, and
their effects: a call whose end it did not see, a task that it could not follow. Each of these makes a counter of single calls one
too low. Counters of the kernel's state stay exact: sizes, residency, VMs and inodes, their creation and end, files, bindings, pins,
names, and the pages that each inode allocated and freed.
"""

import re

SKIPS = {"program_skipped", "unfinished_call", "task_state"}

# The programs whose skipped runs make a counter too low, for runs that count skips by program (gmem_exporter, tests/kernel/vm/count.c). The kernel
# keeps 15 characters of a name. One program handles all ioctls, and one fallocate and punches.
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
    """Return the losses in a tool's lines: {reason: count}. Events withheld by an option's limit are no losses."""
    return {l["what"]: l["count"] for l in lines if l["type"] == "loss" and "withheld" not in l}


class Losses:
    """The losses that a run reported: counts by reason, and skipped runs by program where they are known."""

    def __init__(self, counts, programs=None):
        self.counts, self.programs = counts, programs
        skipped = counts.get("program_skipped", 0)
        # A skipped run leaves at most one call unfinished, or one task unknown. More of them have another cause.
        self.others = {what: n for what, n in counts.items() if n and (what not in SKIPS or n > skipped)}
        self.most = sum(n for what, n in counts.items() if what in SKIPS and n <= skipped)

    def of(self, counter):
        """Return how much too low a counter may be."""
        if self.programs is None or counter not in TOUCHED_BY:
            return self.most
        skipped = sum(n for p, n in self.programs.items() if re.fullmatch(TOUCHED_BY[counter], p))
        return skipped + self.most - self.counts.get("program_skipped", 0)
