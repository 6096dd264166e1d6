# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What each mode must show: the one place that knows what a mode may lack."""

from .phases import CALL_PHASES

# Modes with function probes.
FUNCTION_MODES = ("full", "kprobe")
# Phases that only some kernels have, whatever the mode.
OPTIONAL_PHASES = {"prepare", "populate"}
NO_MMAP_PHASES = {"host_fault"}
# Phases that tracepoints alone must show where guests really run.
TRACEPOINT_PHASES = ["alloc", "zero", "map", "guest_fault"]


def check_na(run, must_see):
    """Check that each phase of must_see has a number: any other may have a reason instead."""
    phases = run.summary["phases"]
    missing = sorted(p for p in must_see if "na" in phases[p] and phases[p]["na"] != "this tool does not show it")
    run.c.equal(run.say("phases without a number that this kernel could show"), [],
                [f"{p} ({phases[p]['na']})" for p in missing])


def full_phases(truth):
    names = set(CALL_PHASES) | {"zap", "alloc", "zero", "map", "guest_fault", "host_fault", "rebind"}
    if not truth.kernel.get("mmap"):
        names -= NO_MMAP_PHASES
    return names - OPTIONAL_PHASES


def phases_of(mode, truth):
    """Phases that a mode must show on a kernel that can show everything."""
    if mode in FUNCTION_MODES:
        return full_phases(truth)
    return TRACEPOINT_PHASES if mode == "tracepoint" else []


def may_lack_kind(run, kind):
    """Return true if a run need not report a kind of events: its probe is not attached, and nobody expects that it is."""
    return not run.attached(kind) and not (run.c.args.expect == "full" and run.mode in FUNCTION_MODES)


def see_full(run):
    if run.c.args.expect == "full":
        run.c.equal(run.say("mode"), "full", run.mode)
        check_na(run, phases_of("full", run.truth))
