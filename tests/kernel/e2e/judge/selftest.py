# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests the judge (check.py --self-test): made-up files that are right, then with one fault at a time."""

import tempfile

from scenario import pins, sample

from . import selftest_modes
from .dmesg import check_dmesg
from .fixture import bump, put, sample_verdict
from .output import Checks, Output
from .phases import histogram_fits


SAMPLE_FAULTS = [
    ("a page more allocated", "snoop.truth", bump("counts", "allocated_pages")),
    ("a page more in the inode", "snoop.truth", bump("inodes", 0, "allocated_pages")),
    ("a page more evicted", "snoop.truth", bump("events", 5, "freed_pages")),
    ("a page more in the inode, for gmemtop", "top.truth", bump("inodes", 0, "freed_pages")),
    ("a first touch more", "top.truth", bump("counts", "guest_first_touch_pages")),
    ("a bind more", "snoop.truth", bump("counts", "bind")),
    ("a bound page more", "snoop.truth", bump("events", 2, "pages")),
    ("a refused bind", "snoop.truth", bump("counts", "bind_failed")),
    ("another name", "top.truth", put("vms", 0, "name", "guest-1")),
    ("another process", "top.truth", put("vms", 0, "pid", 8)),
    ("another inode number", "snoop.truth", bump("inodes", 0, "ino")),
    ("the workload failed", "snoop.truth", put("failed", True)),
    ("something lost", "snoop.json", put(-1, "lost", 1)),
    ("an event line missing", "snoop.json", lambda lines: lines.pop(1)),
    ("a field missing", "snoop.json", lambda lines: lines[0].pop("tid")),
    ("type not first", "snoop.json", lambda lines: lines.__setitem__(0, {"kind": "vm_create", **lines[0]})),
    ("a phase n/a", "top.json", put(-1, "phases", "zap", {"na": "no"})),
    ("0 for a phase that was not seen", "top.json", put(-1, "phases", "guest_fault", {"count": 0, "timed": 0, "sum_ns": 0})),
    ("parts longer than the whole", "top.json", lambda lines: (lines[-1]["operations"].clear(), put(
        -1, "phases", "map", "sum_ns", 10000)(lines))),
    ("alive at the end", "top.json", put(0, "alive", True)),
]


# Changes that make one page of the workload uncertain.
UNSURE = [(name + ".truth", change) for name in ("snoop", "top") for change in
          (put("counts", "slack_pages", 1), put("inodes", 0, "slack_pages", 1))]


def one_more_page(lines):
    """Change a tool's lines: one more page allocated and freed."""
    for l in lines:
        for key in ("allocated_pages", "freed_pages", "allocated_pages_total", "freed_pages_total"):
            if key in l and not (l["type"] == "event" and key == "freed_pages"):
                l[key] += 1
        if l["type"] == "summary":
            for phase in ("alloc", "zero"):
                l["phases"][phase]["count"] += 1


SEEN_MORE = [(name + ".json", one_more_page) for name in ("snoop", "top")]


def operation(phase="guest_fault", **more):
    """Return a change of the summary's numbers of a phase."""
    def change(lines):
        for key, n in more.items():
            lines[-1]["operations"][phase][key] += n
    return change


# Faults that only the checks of single records find: the change, and words of the check that must find it.
RECORD_FAULTS = [
    ("calls that cross", "snoop.json", put(4, "ts_ns", 1150), "overlap"),
    ("own time with what is inside", "snoop.json", put(3, "self_ns", 200), "own time is not"),
    ("own time too short", "snoop.json", put(2, "self_ns", 99), "own time is not"),
    ("a VM destroyed outside of the release", "snoop.json", put(4, "ts_ns", 800), "inside of a release"),
    ("a VM destroyed inside and not expected there", "snoop.truth", put("events", 4, "nested", False),
     "inside of a release"),
    ("a phase that is not the sum of its events", "snoop.json", bump(-1, "phases", "free", "sum_ns"), "own times of"),
    ("an operation that is forgotten", "snoop.json", operation(seen=1), "did not end in any way"),
    ("an operation under way for ever", "snoop.json", operation("bind", seen=1, under_way=1), "under way"),
    ("an operation lost", "top.json", operation(seen=1, lost=1), "operations lost"),
    ("an operation in no histogram", "top.json", operation(in_histograms=-1, unfinished=1), "operations in histograms"),
    ("an operation unfinished for no reason", "top.json", operation(seen=1, unfinished=1), "operations unfinished"),
    ("a phase that is not the sum of the faults' parts", "snoop.json", bump(-1, "phases", "zero", "sum_ns"),
     "phases of pages"),
    ("an operation that failed in silence", "top.json", operation(failed=-1, unfinished=1), "operations that failed"),
    ("a failed fault that the workload did not have", "snoop.json", operation(seen=1, failed=1), "operations that failed"),
    ("a failed fault elsewhere", "snoop.truth", bump("events", 6, "first_page"), "page, error"),
    ("a failed fault with another error", "snoop.truth", put("events", 6, "ret", -12), "page, error"),
    ("parts that do not add up to a fault", "snoop.json", bump(7, "map_ns"), "faults whose parts"),
    ("parts that do not add up to a phase", "top.json", bump(-1, "phases", "guest_fault", "split", "other_ns"),
     "kinds of faults whose parts"),
    ("a line of a fault missing", "snoop.json", lambda lines: lines.pop(7), "every fault of the histograms"),
    ("a fault that did not allocate", "snoop.json", put(7, "allocated", False), "faults that allocated"),
    ("a fault that did not clear", "snoop.json", put(7, "cleared", False), "faults that cleared"),
    ("a page cleared and not counted", "top.truth", bump("counts", "cleared_pages"), "pages by phase"),
    ("a page allocated and not counted", "top.json", bump(-1, "phases", "alloc", "count"), "pages by phase"),
    ("a page found that took no fault", "top.truth", put("counts", "guest_found_pages", 100), "guest_fault: at least"),
    ("a rebind that was none", "snoop.json", bump(-1, "phases", "rebind", "count"), "rebinds"),
    ("a call that is later than the workload's", "snoop.json", put(2, "ts_ns", 320), "outside of the workload's own times"),
    ("another size of a file", "snoop.json", bump(1, "size_bytes"), "ino and size"),
    ("other flags of a file", "snoop.json", bump(1, "gmem_flags"), "ino and flags"),
    ("a slot of another number", "snoop.json", bump(2, "slot"), "slot, first frame"),
    ("another first frame of a slot", "snoop.json", bump(2, "base_gfn"), "slot, first frame"),
    ("a slot elsewhere in the file", "snoop.json", bump(2, "pgoff_pages"), "slot, first frame"),
    ("another type of a VM", "snoop.json", bump(0, "vm_type"), "machine and type"),
    ("an event of another VM", "snoop.json", bump(1, "vm"), "ids of what was never made"),
    ("an inode of two numbers", "snoop.json", put(3, "ino", 98), "ids that mean two things"),
    ("a call with another result", "snoop.json", put(2, "ret", 1), "results of calls"),
    ("a command that is not the workload's", "snoop.json", put(2, "comm", "h"), "commands of calls"),
    ("a page more freed of a machine", "top.json", bump(0, "freed_pages"), "pages freed of each machine"),
    ("a file of a VM that has ended", "top.json", bump(0, "files"), "still have memory"),
    ("a tick that is no sum", "top.json", bump(2, "resident_bytes"), "ticks that are not the sums"),
    ("a sample more than there are", "top.json", bump(-1, "ticks"), "samples by the summary"),
    ("pages that neither stayed nor went", "top.json", bump(-1, "allocated_pages"), "allocated and not freed"),
]

# Lines that break the schema, and the expected reason. The lines without the change are judged first, so that Schema has stored
# their shapes as valid.
SCHEMA_FAULTS = [
    ("a field of every event missing", "snoop.json", lambda lines: lines[1].pop("pid"), "'pid' is a required property"),
    ("a field missing that a bind must have", "snoop.json", lambda lines: lines[2].pop("slot"), "'slot' is a required property"),
    ("a text for a number", "snoop.json", put(0, "ts_ns", "1"), "'1' is not of type 'integer'"),
    ("a truth for a number", "snoop.json", put(0, "tid", True), "True is not of type 'integer'"),
    ("a fraction for a number", "snoop.json", put(0, "ts_ns", 100.0), "100.0 is not of type 'integer'"),
    ("nothing for a number", "top.json", put(2, "resident_bytes", None), "None is not of type 'integer'"),
    ("a number below the least", "top.json", put(1, "size_bytes", -65536), "-65536 is less than the minimum"),
    ("a number below the least, of few digits", "top.json", put(2, "tick", -1), "-1 is less than the minimum"),
    ("an unknown type", "top.json", put(2, "type", "tack"), "unknown type 'tack'"),
    ("a type that is part of others only", "top.json", put(2, "type", "split"), "unknown type 'split'"),
    ("an unknown kind", "snoop.json", put(0, "kind", "vm_creates"), "'vm_creates' is not one of"),
    ("an unknown name", "top.json", put(-1, "events", "vm_creates", 1), "'vm_creates' is not one of"),
    ("two alternatives at once", "top.json", put(-1, "phases", "zap", "na", "no"), "is valid under each of"),
    ("no alternative", "top.json", lambda lines: lines[-1]["phases"]["zap"].pop("count"), "$.phases.zap: "),
    ("a part of a part missing", "top.json", lambda lines: lines[-1]["phases"]["host_fault"]["split"].pop("map_ns"),
     "$.phases.host_fault"),
]

OOM = """[1] gmemguest invoked oom-killer: gfp_mask=0x100cc2, order=0
[1] Call Trace:
[1] Out of memory and no killable processes...
"""


def dmesg_verdict(text):
    said = []
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        check_dmesg(Output("sample", said.append), f.name)
    return [l for l in said if l.startswith("not ok")]


# Four values of 100 to 140 us, in buckets of three bits.
HISTOGRAM = {"count": 4, "timed": 4, "sum_ns": 480000, "min_ns": 100000, "max_ns": 140000, "p50_ns": 120000, "p90_ns": 140000, "p99_ns": 140000, "p999_ns": 140000,
             "schema": 3, "buckets": {"-106": 1, "-104": 1, "-103": 1, "-102": 1}}
HISTOGRAM_FAULTS = [{"timed": 5, "count": 5}, {"count": 3}, {"min_ns": 80000}, {"p50_ns": 131000}, {"p90_ns": 120000}, {"p99_ns": 141000}, {"max_ns": 160000}, {"schema": 2},
                    {"split": {"alloc_ns": 1}}]


def self_test_histograms(c):
    c.equal("a true histogram has no failure", True, histogram_fits(HISTOGRAM))
    c.equal("a histogram may count more than it timed", True, histogram_fits(HISTOGRAM | {"count": 5}))
    nothing = {k: None for k in HISTOGRAM if k.endswith("_ns") and k != "sum_ns"} | {"timed": 0, "buckets": {}, "sum_ns": 0}
    c.equal("a histogram may have timed nothing", True, histogram_fits(HISTOGRAM | nothing))
    c.equal("found: a time where nothing was timed", False, histogram_fits(HISTOGRAM | nothing | {"p50_ns": 0}))
    for fault in HISTOGRAM_FAULTS:
        c.equal(f"found: a histogram with {fault}", False, histogram_fits(HISTOGRAM | fault))


def self_test_records(args, c):
    for what, name, change, words in RECORD_FAULTS:
        found = sample_verdict(args, (name, change))
        c.test(f"found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
    c.equal("a page that the workload is not sure about may be missing", [], sample_verdict(args, *UNSURE))
    c.equal("... or not", [], sample_verdict(args, *UNSURE, *SEEN_MORE))
    c.test("found: two of them where one may be", bool(sample_verdict(args, *UNSURE, *SEEN_MORE, *SEEN_MORE)), "a failure",
           "none")
    c.test("found: one of them where none may be", bool(sample_verdict(args, *SEEN_MORE)), "a failure", "none")
    c.equal("the kernel may report memory that the workload could not have", [], dmesg_verdict(OOM))
    for text in (OOM + "[2] Call Trace:\n", OOM.replace("gmemguest", "other"), "\n".join(OOM.splitlines()[:2])):
        c.test("found: a call trace", bool(dmesg_verdict(text)), "a failure", "none")


def self_test_schema(args, c):
    for what, name, change, words in SCHEMA_FAULTS:
        found = sample_verdict(args, (name, change))
        c.test(f"the schema does not allow {what}", any("lines fit the schema" in l and words in l for l in found),
               f"a failure of '{words}'", found or "none")


def self_test(args):
    out = Output("check")
    args.expect = "full"
    c = Checks(out, "self-test", args)
    c.equal("a true sample has no failure", [], sample_verdict(args))
    for what, name, change in SAMPLE_FAULTS:
        found = sample_verdict(args, (name, change))
        c.test(f"found: {what}", bool(found), "a failure", "none")
    self_test_records(args, c)
    self_test_histograms(c)
    pins.self_test(args, c)
    sample.self_test(args, c)
    selftest_modes.self_test(args, c)
    self_test_schema(args, c)
    return 0
