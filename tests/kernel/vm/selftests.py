#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of selftests.sh: selftests.py DIR --label LABEL TEST...

The truth is count.bpf.c's counters and its log of bindings. The folder DIR/TEST has test.out and test.status (the workload's own), count
(the counters, and the skipped runs of their programs), skipped (the skipped runs of all loaded programs), and TOOL.json, .err, .status of
each tool. Prints a line for each check, as tests/kernel/e2e/check.py.

Skipped runs of a program make the numbers that depend on it ranges, of the counter or of the tool; all others stay exact.
After each test, each counter is increased by one, and a check must fail.
"""

import argparse
import copy
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from judge import deviations  # noqa: E402
from judge.files import read  # noqa: E402
from judge.losses import TOUCHED_BY  # noqa: E402
from judge.output import Checks, Output, Unusable  # noqa: E402
from judge.phases import check_phase_lines  # noqa: E402
from judge.rebinds import Machine  # noqa: E402
from judge.run import ToolRun  # noqa: E402
from judge.schema import Schema  # noqa: E402

TOOLS = ("snoop", "top", "hist")
SKIP = ("4", "77")  # KSFT_SKIP, and gmemguest's

# Kinds of events: {kind: counters that add up to it}. The counter of failures has the kind's name and _failed.
KINDS = {k: (k,) for k in ("vm_create", "vm_destroy", "create", "bind", "unbind", "release", "evict", "mmap", "fallocate", "punch", "convert",
                           "populate", "memory_failure")}
KINDS["zap"] = ("zap_vm", "zap_slot", "zap_range")
PHASES = {k: (k,) for k in ("create", "bind", "unbind", "release", "fallocate", "punch", "convert", "populate", "host_fault", "prefault",
                            "rebind")}
PHASES.update(zap=KINDS["zap"], free=("evict",), destroy=("vm_destroy",), alloc=("pages_added",), zero=("pages_zeroed",), prepare=("prepared",),
              map=("guest_mapped", "prefault_mapped"), guest_fault=("guest_mapped",))
FAILED_OPERATIONS = {"guest_fault": "guest_failed", "host_fault": "host_fault_failed", "prefault": "prefault_failed",
                     "bind": "bind_failed", "create": "create_failed", "fallocate": "fallocate_failed", "punch": "punch_failed"}

# The programs of count.bpf.c on which a number depends; judge/losses.py has those of the tools.
COUNTER_PROGRAMS = {
    "count_dev_ioctl": "vm_create vm_create_failed", "count_destroy": "vm_destroy zap_vm rebind", "count_create": "create create_failed zap_vm",
    "count_vm_ioctl": "convert convert_failed converted_pages", "count_bind": "bind bind_failed rebind", "count_prepare_reg": "bind_failed",
    "count_commit_reg": "bind bind_failed rebind", "count_unbind": "unbind rebind", "count_release": "release rebind",
    "count_evict": "evict evicted_pages rebind",
    "count_mmap": "mmap mmap_failed", "count_fallocate": "fallocate fallocate_failed punch punch_failed",
    "count_populate": "populate populate_failed", "count_error": "memory_failure", "count_zap_vm": "zap_vm", "count_zap_slot": "zap_slot",
    "count_inval_617": "zap_range", "count_inval_71": "zap_range", "count_inval_72": "zap_range", "count_page_add": "pages_added pages_zeroed",
    "count_page_delete": "pages_deleted", "count_get_pfn": "pages_zeroed guest_mapped guest_tries prefault prefault_mapped prefault_failed",
    "count_prepare": "prepared", "count_make_priv": "prepared", "count_host_fault": "host_fault host_fault_failed pages_zeroed",
    "count_prefault_in": "prefault prefault_mapped prefault_failed guest_mapped", "count_prefault": "prefault prefault_failed",
    "count_fault_in": "guest_mapped guest_tries guest_failed", "count_fault": "guest_tries guest_failed prefault_failed prefault_tries",
    "count_mapped": "guest_mapped prefault_mapped"}
# Counters that are not exact, so that one more is not found.
LOOSE = {"guest_tries", "prefault_tries", "steps_dropped"}


class Range:
    """A number's lower bound, and how much more it may be."""

    def __init__(self, n, more=0):
        self.n, self.more = n, more

    def __add__(self, other):
        return Range(self.n + other.n, self.more + other.more)

    def fits(self, other):
        return self.n <= other.n + other.more and other.n <= self.n + self.more

    def __repr__(self):
        return f"{self.n}..{self.n + self.more}" if self.more else str(self.n)


class Count:
    """The counters of one test, as ranges."""

    def __init__(self, text):
        data = json.loads(text)
        self.programs, self.counts = data["programs"], data["counts"]
        self.counts["rebind"] = rebinds(data["steps"])

    def __getitem__(self, name):
        more = sum(n for program, n in self.programs.items() if name in COUNTER_PROGRAMS[program].split())
        if name == "rebind":  # a missing step can also add one
            return Range(self.counts[name] - more, 2 * more)
        return Range(self.counts[name], more)

    def of(self, names):
        return sum((self[n] for n in names), Range(0))

    def can(self, name):
        """Return true if this kernel has the counted function."""
        return any(name in COUNTER_PROGRAMS[p].split() for p in self.programs)


def rebinds(steps):
    """Return the number of rebinds in a log of bindings, if each machine is one process."""
    machines, lives = {}, {}
    for step in steps:
        what = step["what"]
        if what == "bind":
            vm = step["vm"], lives.get(step["vm"], 0)  # the kernel uses addresses again
            machine = machines.setdefault(step["process"], Machine())
            machine.bind(step["slot"], vm, step["file"], step["inode"], step["pgoff"], step["pgoff"] + step["npages"])
        elif what == "destroy":
            lives[step["vm"]] = lives.get(step["vm"], 0) + 1
        for machine in machines.values():
            if what == "unbind":
                machine.unbind(step["slot"])
            elif what == "release":
                machine.release(step["file"])
            elif what == "evict":
                machine.evict(step["inode"])
    return sum(m.rebinds for m in machines.values())


def same(c, what, expected, got):
    """Compare two dicts of ranges; print only the differences."""
    bad = [k for k in sorted(set(expected) | set(got)) if k not in expected or k not in got or not expected[k].fits(got[k])]
    shown = ", ".join(f"{k} {v}" for k, v in sorted(expected.items()) if v.n or v.more)
    c.test(f"{what}: {shown or 'none'}", not bad, {k: expected.get(k) for k in bad}, {k: got.get(k) for k in bad})


def missing(run, number):
    """Return how much a tool's number may be too low."""
    return run.losses.of(number if number in TOUCHED_BY else "faults")


# ---- comparisons ----

def check_skips(run):
    """Check the tool's number of skipped runs against the kernel's own numbers."""
    run.c.equal(run.say("mode"), "full", run.mode)
    run.c.test(run.say(f"skipped runs of its programs: at most {run.programs or 0}"),
               run.losses.counts.get("program_skipped", 0) <= sum(run.programs.values()), run.programs, run.losses.counts)


def check_kinds(run, count):
    good, failed, got, got_failed = {}, {}, {}, {}
    events, bad = run.summary["events"], run.summary["failed"]
    for kind, names in KINDS.items():
        if kind not in events and not count.can(names[0]):
            continue
        more = missing(run, kind)
        good[kind] = count.of(names)
        got[kind] = Range(events.get(kind, -1) - bad.get(kind, 0), more)
        # Only a hook on the system call sees calls that fail before guest_memfd (mmap before 6.18).
        if kind + "_failed" in count.counts and count.can(names[0]):
            failed[kind], got_failed[kind] = count[kind + "_failed"], Range(bad.get(kind, 0), more)
    same(run.c, run.say("events by kind"), good, got)
    same(run.c, run.say("failed ones by kind"), failed, got_failed)


def retried(count, kind="guest"):
    """Return the number of calls that are no faults of their own, as KVM gets the page again when it retries a fault."""
    tries, mapped = count[kind + "_tries"], count[kind + "_mapped"]
    return max(0, tries.n + tries.more - mapped.n)


def check_phases(run, count):
    expected, got, na = {}, {}, []
    for phase, names in PHASES.items():
        numbers = run.summary["phases"][phase]
        if "na" in numbers:
            na += [phase] if any(count.can(n) for n in names) else []
            continue
        expected[phase] = count.of(names)
        got[phase] = Range(numbers["count"], missing(run, phase))
        if phase == "prepare":
            got[phase] += Range(0, retried(count) + retried(count, "prefault"))
    same(run.c, run.say("calls, pages and faults by phase"), expected, got)
    run.c.equal(run.say("phases that are n/a and whose function is there"), [], na)
    check_phase_lines(run, run.summary["phases"])


def check_operations(run, count):
    ops = run.summary["operations"]
    expected = {p: count[c] for p, c in FAILED_OPERATIONS.items()}
    got = {p: Range(ops.get(p, {}).get("failed", 0), missing(run, p)) for p in FAILED_OPERATIONS}
    same(run.c, run.say("operations that failed"), expected, got)
    most = {p: (retried(count) if p == "guest_fault" else 0) + missing(run, p) for p in ops}
    open_ones = {p: n for p, n in ((p, o["unfinished"] + (o["under_way"] or 0)) for p, o in ops.items()) if n > most[p]}
    run.c.test(run.say(f"nothing unfinished but guest faults that were tried again ({retried(count)})"), not open_ones, most, open_ones)


def check_pages(run, count):
    s = run.summary
    if not run.c.test(run.say("pages are counted"), s["allocated_pages"] is not None, "a number", s.get("na")):
        return
    same(run.c, run.say("pages"), {"allocated": count["pages_added"], "freed": count["pages_deleted"]},
         {"allocated": Range(s["allocated_pages"]), "freed": Range(s["freed_pages"])})
    run.c.equal(run.say("bytes left resident"), 0, s["resident_bytes"])
    if run.prefix == "top":
        last = run.samples()[-1:] or [([], [])]
        run.c.equal(run.say("inodes of the last sample that are alive, or have pages"), [],
                    [i for i in last[0][1] if i["alive"] or i["resident_pages"]])


def check_events(run, count):
    """Check gmemsnoop's lines: the pages of calls, and every fault."""
    def total(kind, field):
        return sum(e.get(field, 0) for e in run.events if e["kind"] == kind and e["ret"] >= 0)
    faults = [e for e in run.events if e["kind"] == "fault"]
    same(run.c, "snoop: pages by its events",
         {"evicted": count["evicted_pages"], "converted": count["converted_pages"], "allocated": count["pages_added"],
          "zeroed": count["pages_zeroed"]},
         {"evicted": Range(total("evict", "freed_pages")), "converted": Range(total("convert", "pages"), missing(run, "convert") * 2 ** 20),
          "allocated": Range(sum(e["allocated"] for e in faults) + total("fallocate", "allocated_pages"), missing(run, "alloc")),
          "zeroed": Range(sum(e["cleared"] for e in faults), missing(run, "zero"))})
    good = [e for e in faults if e["ret"] >= 0 and "unfinished" not in e]
    same(run.c, "snoop: a line for each fault that ended well",
         {"faults": count.of(("guest_mapped", "host_fault", "prefault"))}, {"faults": Range(len(good), missing(run, "fault"))})


def judge(c, runs, count):
    same(c, "the kernel frees what it allocated", {"pages": count["pages_added"], "inodes": count["create"], "VMs": count["vm_create"]},
         {"pages": count["pages_deleted"], "inodes": count["evict"], "VMs": count["vm_destroy"]})
    for run in runs:
        run.c = c
        check_skips(run)
        check_kinds(run, count)
        check_phases(run, count)
        check_operations(run, count)
        check_pages(run, count)
        if run.prefix == "snoop":
            check_events(run, count)


# ---- falsified counters ----

def falsify(c, runs, count):
    """Increase each counter by one: a check must fail. Does nothing for a test that has failed already."""
    if quiet(runs, count):
        return
    unseen = []
    for name in count.counts:
        false = copy.deepcopy(count)
        false.counts[name] += 1 + count[name].more
        if name not in LOOSE and count.can(name) and not quiet(runs, false):
            unseen.append(name)
    skipped = any(missing(run, k) for run in runs for k in (*KINDS, *PHASES))
    allowed = {n for n in unseen if skipped or (n == "prepared" and retried(count) + retried(count, "prefault"))}
    c.equal("counters that can be wrong by one without a failure", [], [n for n in unseen if n not in allowed])


def quiet(runs, count):
    out = Output("", lambda line: None)
    judge(Checks(out, ""), runs, count)
    return out.failures


def selftest_ended(c, folder):
    """Return true if the kernel's own test ran to its end; print a skip with the test's own reason."""
    status, text = (read(os.path.join(folder, "test.status")) or "").strip(), read(os.path.join(folder, "test.out")) or ""
    if status in SKIP:
        reason = re.search(r"# SKIP (?:- )?(.*)", text)
        c.skip(reason.group(1) if reason else "it skips itself")
        return False
    c.test("the workload passes", status == "0", "status 0", f"status {status or 'none'}: {text[-400:]}")
    return status != ""


def runs_of(c, folder, programs):
    runs = []
    for tool in TOOLS:
        try:
            runs.append(ToolRun(c, folder, tool, programs))
        except Unusable:
            pass
    return runs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--label", required=True)
    parser.add_argument("tests", nargs="+")
    args = parser.parse_args()
    args.schema = Schema()
    out = Output(args.label, deviations=deviations.load())
    for test in args.tests:
        c, folder = Checks(out, test, args), os.path.join(args.folder, test)
        if not selftest_ended(c, folder):
            continue
        count, skipped = read(os.path.join(folder, "count")), read(os.path.join(folder, "skipped"))
        if not c.test("the counter ran", bool(count and skipped), "a count", read(os.path.join(folder, "count.err"))):
            continue
        count = Count(count)
        c.equal("binds and ends that the log of the counter has no room for", 0, count.counts["steps_dropped"])
        runs = runs_of(c, folder, {p: n for p, n in json.loads(skipped).items() if n and p.startswith("gm_")})
        judge(c, runs, count)
        falsify(c, runs, count)
    out.finish()


if __name__ == "__main__":
    main()
