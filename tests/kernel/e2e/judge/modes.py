# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Has the table of counters and fields that each mode knows. A counter that a mode does not know must be n/a; a 0 is wrong."""

import os

from .files import read
from .reasons import check_reasons

FUNCTION_MODES = ("full", "kprobe")
VALUE, PART, NA = "value", "part", "n/a"

# Phases by view. The views: modes with function probes; tracepoint mode; tracepoint mode where no tracepoint shows a guest's faults, since
# KVM emulates the guest's code (PVM) or the architecture has none (arm64); tracepoint mode of a tool that may not read tracefs, and so
# has no hooks on system calls. VALUE: a complete number; PART: a number with a text of what it leaves out; NA: a reason and no number.
# In inventory mode every phase is NA.
VIEWS = ("functions", "tracepoint", "no guest faults", "no system calls")
PHASES = {
    "create":      (VALUE, VALUE, VALUE, NA),
    "bind":        (VALUE, NA, NA, NA),
    "unbind":      (VALUE, NA, NA, NA),
    "zap":         (VALUE, NA, NA, NA),
    "release":     (VALUE, NA, NA, NA),
    "free":        (VALUE, NA, NA, NA),
    "destroy":     (VALUE, NA, NA, NA),
    "alloc":       (VALUE, PART, PART, PART),
    "zero":        (VALUE, PART, NA, PART),
    "prepare":     (VALUE, NA, NA, NA),
    "map":         (VALUE, PART, NA, PART),
    "guest_fault": (VALUE, VALUE, NA, VALUE),
    "host_fault":  (VALUE, NA, NA, NA),
    "fallocate":   (VALUE, PART, PART, NA),  # calls by io_uring are not seen
    "punch":       (VALUE, PART, PART, NA),
    "convert":     (VALUE, VALUE, VALUE, NA),
    "populate":    (VALUE, NA, NA, NA),
    "rebind":      (VALUE, PART, PART, NA),  # ends that a scan finds begin no interval
    "prefault":    (VALUE, NA, NA, NA),
}

# A phase is NA on a kernel that has none of its functions.
NEEDS = {
    "prepare": ("kvm_arch_gmem_prepare", "kvm_arch_gmem_make_private"),
    "populate": ("kvm_gmem_populate",),
    "host_fault": ("kvm_gmem_fault_user_mapping",),
    "prefault": ("kvm_arch_vcpu_pre_fault_memory",),
}

# Kinds of events that the truth counts by the same name. LIVES: those that the kernel's state shows, even if runs are skipped.
KINDS = ["vm_create", "vm_destroy", "create", "bind", "unbind", "mmap", "release", "evict", "fallocate", "punch", "convert",
         "reset"]
LIVES = {"vm_create", "vm_destroy", "create", "release", "evict"}
# Kinds that a view cannot report, and kinds that it reports from a scan: without a process and a duration.
UNKNOWN_KINDS = {"no system calls": set(KINDS) - LIVES, "inventory": set(KINDS) - LIVES}
KINDS_BY_SCAN = {"tracepoint": {"vm_destroy", "release", "evict"}, "no guest faults": {"vm_destroy", "release", "evict"},
                 "no system calls": LIVES, "inventory": LIVES}

OFF = "this tool does not show it"


class Kernel:
    """The functions of the kernel that ran, by the kernel's own list."""

    def __init__(self, folder):
        text = read(os.path.join(folder, "functions"))
        if text is None:
            raise ValueError(f"{folder}: no list of functions")
        self.functions = set(text.split())

    def emulates(self):
        """Return true if KVM emulates the guest's code."""
        return "pvm_vcpu_run" in self.functions and not self.functions & {"vmx_vcpu_run", "svm_vcpu_run"}

    def shows_guest_faults(self):
        """Return true if tracepoints show a guest's faults."""
        return not self.emulates() and "kvm_handle_guest_abort" not in self.functions


def view_of(mode, kernel, tracefs=True):
    """Return the view of a tool of this mode: one of VIEWS, or inventory."""
    if mode in FUNCTION_MODES:
        return "functions"
    if mode != "tracepoint":
        return mode
    if not tracefs:
        return "no system calls"
    return "tracepoint" if kernel.shows_guest_faults() else "no guest faults"


def phase_known(view, kernel, phase):
    """Return what a view knows of a phase: VALUE, PART or NA."""
    if view == "inventory" or (phase in NEEDS and not kernel.functions & set(NEEDS[phase])):
        return NA
    return PHASES[phase][VIEWS.index(view)]


def pages_known(mode):
    """Return true if a mode counts pages allocated and freed."""
    return mode != "inventory"


def faults_known(view, kernel):
    """Return what a view knows of a VM's faults: VALUE if it knows all kinds that the kernel has, NA if none, otherwise PART."""
    known = {phase_known(view, kernel, p) for p in ("guest_fault", "host_fault")
             if p not in NEEDS or kernel.functions & set(NEEDS[p])}
    return known.pop() if len(known) == 1 else PART


def reboots_known(view, kernel):
    """Return what a view knows of reboots, by part of gmem_reboot_gap_info; nothing if it does not see memory created."""
    sees_creation = phase_known(view, kernel, "create") != NA
    seen = {"count": VALUE, "in_place": VALUE, "end": faults_known(view, kernel)}
    seen["begin"] = seen["style"] = VALUE if view == "functions" else PART
    seen["saving"] = VALUE if view == "functions" else NA
    return seen if sees_creation else {what: NA for what in seen}


def is_of_skips(run, line):
    """Return true if a phase's line is partial because of skipped runs, and runs were skipped."""
    return run.losses.most > 0 and "the kernel skipped the program" in (line["partial"] or "")


def check_known(run):
    """Check that the phases with a complete number, with a partial one and with n/a are those of the table."""
    phases = {p: v for p, v in run.summary["phases"].items() if v.get("na") != OFF}
    expected = {p: run.knows(p) for p in phases}
    got = {p: NA if "na" in v else PART if "partial" in v and not is_of_skips(run, v) else VALUE for p, v in phases.items()}
    run.c.equal(run.say("phases that are n/a"), sorted(p for p, k in expected.items() if k == NA),
                sorted(p for p, k in got.items() if k == NA))
    for phase in sorted(p for p in phases if PART in (expected[p], got[p])):
        run.c.equal(run.say(f"{phase}: whether it is all"), expected[phase], got[phase])
    check_reasons(run, phases)


def see_full(run):
    if run.c.args.expect == "full":
        run.c.equal(run.say("mode"), "full", run.mode)
