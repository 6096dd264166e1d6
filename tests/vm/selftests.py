#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what selftests.sh left behind: selftests.py DIR --label LABEL TEST...

The only measure is count.bpf.c's counters. Of each test in DIR: TEST.test.out and .test.status (the kernel's selftest), TEST.count (the
counters, and how often the kernel skipped each of their programs), TEST.skipped (the same of all programs loaded), and of two tools, snoop
and top: TEST.TOOL.json, .err, .status. One line a check: "ok LABEL: what", "not ok LABEL: what: expected .. got ..", "skip LABEL: why".

A program that the kernel skipped makes the numbers that hang on it ranges, of the counter or of the tool; all others stay exact.
Behind each test, each counter is falsified by one: a check must fail.
"""

import argparse
import copy
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from judge.schema import Schema  # noqa: E402

TOOLS = ("snoop", "top")
SKIP = 4  # KSFT_SKIP

# Kinds of events, by the counters that add up to them; each has one of its name with _failed, or cannot fail.
KINDS = {k: (k,) for k in ("vm_create", "vm_destroy", "create", "bind", "unbind", "release", "evict", "mmap", "fallocate", "punch", "convert",
                           "populate", "memory_failure")}
KINDS["zap"] = ("zap_vm", "zap_slot", "zap_range")
PHASES = {k: (k,) for k in ("create", "bind", "unbind", "release", "fallocate", "punch", "convert", "populate", "host_fault", "prefault")}
PHASES.update(zap=KINDS["zap"], free=("evict",), destroy=("vm_destroy",), alloc=("pages_added",), zero=("pages_zeroed",), prepare=("prepared",),
              map=("guest_mapped", "prefault_mapped"), guest_fault=("guest_mapped",))
FAILED_OPERATIONS = {"guest_fault": "guest_failed", "host_fault": "host_fault_failed", "prefault": "prefault_failed",
                     "bind": "bind_failed", "create": "create_failed", "fallocate": "fallocate_failed", "punch": "punch_failed"}

# Which numbers hang on a program: of count.bpf.c, whole names; of the tools, beginnings (the kernel keeps 15 characters), first match.
COUNTER_PROGRAMS = {
    "count_dev_ioctl": "vm_create vm_create_failed", "count_destroy": "vm_destroy zap_vm", "count_create": "create create_failed zap_vm",
    "count_vm_ioctl": "convert convert_failed converted_pages", "count_bind": "bind bind_failed", "count_prepare_reg": "bind_failed",
    "count_commit_reg": "bind bind_failed", "count_unbind": "unbind", "count_release": "release", "count_evict": "evict evicted_pages",
    "count_mmap": "mmap mmap_failed", "count_fallocate": "fallocate fallocate_failed punch punch_failed",
    "count_populate": "populate populate_failed", "count_error": "memory_failure", "count_zap_vm": "zap_vm", "count_zap_slot": "zap_slot",
    "count_inval_617": "zap_range", "count_inval_71": "zap_range", "count_inval_72": "zap_range", "count_page_add": "pages_added pages_zeroed",
    "count_page_delete": "pages_deleted", "count_get_pfn": "pages_zeroed guest_mapped guest_tries prefault prefault_mapped prefault_failed",
    "count_prepare": "prepared", "count_make_priv": "prepared", "count_host_fault": "host_fault host_fault_failed pages_zeroed",
    "count_prefault_in": "prefault prefault_mapped prefault_failed guest_mapped", "count_prefault": "prefault prefault_failed",
    "count_fault_in": "guest_mapped guest_tries guest_failed", "count_fault": "guest_tries guest_failed prefault_failed prefault_tries",
    "count_mapped": "guest_mapped prefault_mapped"}
FAULTS = "guest_fault prefault map alloc zero prepare fault"
TOOL_PROGRAMS = (
    ("gm_dev_ioctl", "vm_create"), ("gm_vm_destroy", "vm_destroy destroy"), ("gm_vm_ioctl", "convert"), ("gm_create", "create"),
    ("gm_prepare_reg", "bind"), ("gm_commit_reg", "bind"), ("gm_bind", "bind"), ("gm_unbind", "unbind"), ("gm_release", "release"),
    ("gm_evict", "evict free"), ("gm_mmap", "mmap"), ("gm_fallocate", "fallocate punch alloc"), ("gm_populate", "populate"),
    ("gm_error", "memory_failure"), ("gm_zap", "zap"), ("gm_inval", "zap"), ("gm_page_delete", ""), ("gm_scan", ""),
    ("gm_page_add", "alloc zero fault"), ("gm_get_", "zero"), ("gm_prepare", "prepare zero"), ("gm_make_private", "prepare zero"),
    ("gm_host_fault", "host_fault alloc zero fault"), ("gm_prefault", FAULTS), ("gm_guest_fault", FAULTS), ("gm_spte", FAULTS),
    ("gm_userspace", FAULTS), ("gm_", None))
# What is no exact number, so that one more of it is not found.
LOOSE = {"guest_tries", "prefault_tries"}


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


class Range:
    """What a number is at least, and how much more it may be."""

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

    def __getitem__(self, name):
        more = sum(n for program, n in self.programs.items() if name in COUNTER_PROGRAMS[program].split())
        return Range(self.counts[name], more)

    def of(self, names):
        return sum((self[n] for n in names), Range(0))

    def can(self, name):
        """Whether this kernel has the function that is counted."""
        return any(name in COUNTER_PROGRAMS[p].split() for p in self.programs)


class Skipped:
    """How many runs of the tools' programs the kernel skipped, by what hangs on them."""

    def __init__(self, text):
        self.programs = {p: n for p, n in json.loads(text).items() if n and p.startswith("gm_")}
        self.total = sum(self.programs.values())

    def touching(self, name):
        return sum(n for program, n in self.programs.items() if self.hangs(name, program))

    @staticmethod
    def hangs(name, program):
        touched = next(t for begin, t in TOOL_PROGRAMS if program.startswith(begin))
        return touched is None or name in touched.split()


class Output:
    def __init__(self, label, write=print):
        self.label, self.write, self.failures = label, write, 0

    def test(self, what, good, expected, got):
        self.failures += not good
        self.write(f"ok {self.label}: {what}" if good else
                   f"not ok {self.label}: {what}: expected {' '.join(str(expected).split())[:500]} got {' '.join(str(got).split())[:500]}")

    def same(self, what, expected, got):
        """Two dicts of ranges: only what does not fit is shown."""
        bad = [k for k in sorted(set(expected) | set(got)) if k not in expected or k not in got or not expected[k].fits(got[k])]
        shown = ", ".join(f"{k} {v}" for k, v in sorted(expected.items()) if v.n or v.more)
        self.test(f"{what}: {shown or 'none'}", not bad, {k: expected.get(k) for k in bad}, {k: got.get(k) for k in bad})

    def skip(self, why):
        self.write(f"skip {self.label}: {why}")


class Run:
    """One tool's output of one test."""

    def __init__(self, folder, test, tool, schema):
        base = os.path.join(folder, f"{test}.{tool}")
        self.tool, self.status, self.words = tool, read(base + ".status").strip(), read(base + ".err").strip()
        self.lines, self.wrong = [], None
        for line in read(base + ".json").splitlines():
            value, why = schema.read(line)
            if value is not None:
                self.lines.append(value)
            if why and not self.wrong:
                self.wrong = f"{why}: {line[:200]}"
        self.summary = self.lines[-1] if self.lines and self.lines[-1].get("type") == "summary" else None
        self.events = [line for line in self.lines if line["type"] == "event"]


# ---- what is compared ----

def check_tool(out, run, skipped):
    say = f"{run.tool}: "
    out.test(say + "status 0, nothing on stderr", run.status == "0" and not run.words, "0", f"{run.status or 'none'} {run.words}")
    out.test(say + f"{len(run.lines)} lines fit the schema, the last is the summary", run.lines and run.summary and not run.wrong, "all", run.wrong)
    if not run.summary:
        return
    out.test(say + "mode full", run.summary["mode"] == "full", "full", run.summary["mode"])
    lost, losses = run.summary["lost"], {line["what"]: line["count"] for line in run.lines if line["type"] == "loss" and "withheld" not in line}
    if not skipped.total:
        out.test(say + "nothing lost", lost == 0, 0, losses or lost)
        return
    known = set(losses) <= {"program_skipped", "unfinished_call", "task_state"}
    out.test(say + f"lost ({lost}) is what the kernel skipped: {skipped.programs}", known and losses.get("program_skipped", 0) <= skipped.total,
             skipped.programs, losses)


def check_kinds(out, run, count, skipped):
    good, failed, got, got_failed = {}, {}, {}, {}
    events, bad = run.summary["events"], run.summary["failed"]
    for kind, names in KINDS.items():
        if kind not in events and not count.can(names[0]):
            continue
        more = skipped.touching(kind)
        good[kind] = count.of(names)
        got[kind] = Range(events.get(kind, -1) - bad.get(kind, 0), more)
        # What fails without ever reaching guest_memfd (mmap before 6.18) only a system call's hook sees.
        if kind + "_failed" in count.counts and count.can(names[0]):
            failed[kind], got_failed[kind] = count[kind + "_failed"], Range(bad.get(kind, 0), more)
    out.same(f"{run.tool}: events by kind", good, got)
    out.same(f"{run.tool}: failed ones by kind", failed, got_failed)


def retried(count, kind="guest"):
    """A fault that KVM tried again asks for its page again: how many calls are no faults."""
    tries, mapped = count[kind + "_tries"], count[kind + "_mapped"]
    return max(0, tries.n + tries.more - mapped.n)


def check_phases(out, run, count, skipped):
    expected, got, na = {}, {}, []
    for phase, names in PHASES.items():
        numbers = run.summary["phases"][phase]
        if "na" in numbers:
            na += [phase] if any(count.can(n) for n in names) else []
            continue
        expected[phase] = count.of(names)
        got[phase] = Range(numbers["count"], skipped.touching(phase))
        if phase == "prepare":
            got[phase] += Range(0, retried(count) + retried(count, "prefault"))
    out.same(f"{run.tool}: calls, pages and faults by phase", expected, got)
    out.test(f"{run.tool}: no phase is n/a whose function is there", not na, [], na)


def check_operations(out, run, count, skipped):
    ops = run.summary["operations"]
    expected = {p: count[c] for p, c in FAILED_OPERATIONS.items()}
    got = {p: Range(ops.get(p, {}).get("failed", 0), skipped.touching(p)) for p in FAILED_OPERATIONS}
    out.same(f"{run.tool}: operations that failed", expected, got)
    most = {p: (retried(count) if p == "guest_fault" else 0) + skipped.touching(p) for p in ops}
    open_ones = {p: o["unfinished"] + o["under_way"] for p, o in ops.items() if o["unfinished"] + o["under_way"] > most[p]}
    out.test(f"{run.tool}: nothing unfinished but guest faults that were tried again ({retried(count)})", not open_ones, most, open_ones)


def check_pages(out, run, count):
    s = run.summary
    if s["allocated_pages"] is None:
        out.test(f"{run.tool}: pages are counted", False, (count["pages_added"], count["pages_deleted"]), s.get("na"))
        return
    out.same(f"{run.tool}: pages", {"allocated": count["pages_added"], "freed": count["pages_deleted"]},
             {"allocated": Range(s["allocated_pages"]), "freed": Range(s["freed_pages"])})
    last = []
    for line in run.lines:
        last = [] if line["type"] == "tick" else last + [line] if line["type"] == "inode" else last
    out.test(f"{run.tool}: nothing left resident", s["resident_bytes"] == 0 and not last, 0, (s["resident_bytes"], last))


def check_events(out, run, count, skipped):
    """gmemsnoop's lines: what calls moved, and every fault."""
    def total(kind, field):
        return sum(e.get(field, 0) for e in run.events if e["kind"] == kind and e["ret"] >= 0)
    faults = [e for e in run.events if e["kind"] == "fault"]
    out.same("snoop: pages by its events",
             {"evicted": count["evicted_pages"], "converted": count["converted_pages"], "allocated": count["pages_added"],
              "zeroed": count["pages_zeroed"]},
             {"evicted": Range(total("evict", "freed_pages")), "converted": Range(total("convert", "pages"), skipped.touching("convert") * 2 ** 20),
              "allocated": Range(sum(e["allocated"] for e in faults) + total("fallocate", "allocated_pages"), skipped.touching("alloc")),
              "zeroed": Range(sum(e["cleared"] for e in faults), skipped.touching("zero"))})
    good = [e for e in faults if e["ret"] >= 0 and "unfinished" not in e]
    out.same("snoop: a line for each fault that ended well",
             {"faults": count.of(("guest_mapped", "host_fault", "prefault"))}, {"faults": Range(len(good), skipped.touching("fault"))})


def judge(out, runs, count, skipped):
    out.same("the kernel frees what it allocated", {"pages": count["pages_added"], "inodes": count["create"], "VMs": count["vm_create"]},
             {"pages": count["pages_deleted"], "inodes": count["evict"], "VMs": count["vm_destroy"]})
    for run in runs:
        check_tool(out, run, skipped)
        if not run.summary:
            continue
        check_kinds(out, run, count, skipped)
        check_phases(out, run, count, skipped)
        check_operations(out, run, count, skipped)
        check_pages(out, run, count)
        if run.tool == "snoop":
            check_events(out, run, count, skipped)


# ---- and that it can fail ----

def falsify(out, runs, count, skipped):
    """Each counter with one more: a check must fail. Of a test that fails already nothing can be learnt."""
    base, unseen = quiet(runs, count, skipped), []
    if base:
        return
    for name in count.counts:
        false = copy.deepcopy(count)
        false.counts[name] += 1 + count[name].more
        if name not in LOOSE and count.can(name) and not quiet(runs, false, skipped):
            unseen.append(name)
    allowed = {n for n in unseen if any(skipped.touching(k) for k in (*KINDS, *PHASES)) or (n == "prepared" and retried(count) + retried(count, "prefault"))}
    out.test("each counter, falsified by one, is found out", not set(unseen) - allowed, [], unseen)


def quiet(runs, count, skipped):
    out = Output("", lambda line: None)
    judge(out, runs, count, skipped)
    return out.failures


def selftest_ended(out, folder, test):
    """Return true if the kernel's own test ran to its end; print a skip with the test's own reason."""
    status, text = read(os.path.join(folder, test + ".test.status")).strip(), read(os.path.join(folder, test + ".test.out"))
    if status == str(SKIP):
        reason = re.search(r"# SKIP (?:- )?(.*)", text)
        out.skip(f"{test}: {reason.group(1) if reason else 'it skips itself'}")
        return False
    out.test("the kernel's selftest passes", status == "0", "status 0", f"status {status or 'none'}: {text[-400:]}")
    return status != ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--label", required=True)
    parser.add_argument("tests", nargs="+")
    args = parser.parse_args()
    schema = Schema(os.path.join(HERE, "..", "..", "docs", "json-schema.json"))
    for test in args.tests:
        out = Output(f"{args.label}/{test}")
        path = os.path.join(args.folder, test)
        if not selftest_ended(out, args.folder, test):
            continue
        if not read(path + ".count") or not read(path + ".skipped"):
            out.test("the counter ran", False, "a count", read(path + ".count.err"))
            continue
        count, skipped = Count(read(path + ".count")), Skipped(read(path + ".skipped"))
        runs = [Run(args.folder, test, tool, schema) for tool in TOOLS]
        judge(out, runs, count, skipped)
        falsify(out, runs, count, skipped)


if __name__ == "__main__":
    main()
