# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes made-up files of a run for check.py --self-test: one VM with 10 pages."""

import contextlib
import copy
import json
import os
import tempfile

from .dispatch import check_all
from .modes import KINDS, NEEDS, PHASES
from .output import Output


# End and duration of each call. The release destroys the VM; the other calls follow each other.
TIMES = {"vm_create": (100, 100), "create": (200, 100), "bind": (300, 100), "vm_destroy": (1050, 100), "release": (1100, 200), "evict": (1200, 100)}


def sample_truth():
    vm = {"vm": 0, "pid": 7, "name": "guest-0", "type": 0, "alive": False, "size_bytes": 65536, "resident_pages": 0}
    inode = {"inode": 0, "ino": 99, "vm": 0, "size_bytes": 65536, "allocated_pages": 10, "freed_pages": 10,
             "resident_pages": 0, "slack_pages": 0, "alive": False}
    counts = dict.fromkeys(KINDS, 0)
    counts.update(dict.fromkeys(
        ["link", "bind_failed", "bind_rejected", "guest_first_touch_pages", "guest_touched_pages", "host_first_touch_pages",
         "host_touched_pages", "prefaulted_pages", "prefault_first_pages", "converted_pages", "guest_found_pages",
         "guest_raced_pages", "guest_fault_failed", "slack_pages", "events_lost"], 0))
    counts.update(vm_create=1, vm_destroy=1, create=1, bind=1, release=1, evict=1, allocated_pages=10, freed_pages=10,
                  guest_first_touch_pages=9, guest_touched_pages=9, host_first_touch_pages=1, host_touched_pages=1,
                  cleared_pages=10, guest_fault_failed=1)
    events = [{"op": op, "ts_ns": TIMES[op][0] - TIMES[op][1] - 5, "dur_ns": TIMES[op][1] + 10, "vm": 0, "file": 0, "inode": 0, "ino": 99, "pid": 7, "pages": 16 if op == "bind" else 0,
               "added_pages": 0, "freed_pages": 10 if op == "evict" else 0, "ret": 0}
              for op in ("vm_create", "create", "bind", "release", "vm_destroy", "evict")]
    events[1]["gmem_flags"] = 0
    events[2].update(slot=0, base_gfn=0, slot_pages=16, pgoff_pages=0)
    events[4]["nested"] = True
    events.append({"op": "guest_fail", "vm": 0, "file": 0, "inode": 0, "ino": 99, "pid": 7, "pages": 1, "added_pages": 0,
                   "freed_pages": 0, "ret": -14, "first_page": 5})
    return {"pid": 6, "failed": False, "vcpus": 1, "skipped": [], "kernel": {"mmap": True}, "counts": counts, "vms": [vm], "inodes": [inode],
            "events": events}


def sample_summary():
    numbers = {p: {"count": 0, "timed": 0, "sum_ns": 0} for p in PHASES}
    for phase, n in (("create", 1), ("bind", 1), ("release", 1), ("free", 1), ("destroy", 1), ("alloc", 10),
                     ("zero", 10), ("map", 9), ("guest_fault", 9), ("host_fault", 1)):
        numbers[phase] = {"count": n, "timed": n, "sum_ns": 100 * n}
    for phase in ("alloc", "zero", "map"):
        numbers[phase]["sum_ns"] = 300
    for phase in ("guest_fault", "host_fault"):
        n = numbers[phase]["count"]
        numbers[phase]["split"] = dict(alloc_ns=30 * n, zero_ns=30 * n, prepare_ns=0, map_ns=30 * n, other_ns=10 * n)
    return {"type": "summary", "mode": "full", "lost": 0, "reshuffles": 0, "dur_ns": 1, "kernel": "x", "arch": "x", "page_size": 4096,
            "ticks": 1, "vms": 1, "inodes": 1, "allocated_pages": 10, "freed_pages": 10, "resident_bytes": 0,
            "events": dict.fromkeys(KINDS, 0) | {"vm_create": 1, "vm_destroy": 1, "create": 1, "bind": 1, "release": 1, "evict": 1,
                                                 "fault": 11},
            "failed": {}, "phases": numbers,
            "operations": {p: dict(seen=n + failed, in_histograms=n, untimed=0, failed=failed, unfinished=0, lost=0, under_way=None if p.endswith("fault") else 0)
                           for p, n, failed in (("guest_fault", 9, 1), ("host_fault", 1, 0), ("bind", 1, 0))}}


def sample_snoop():
    base = {"type": "event", "kind": "", "ts_ns": 1, "ret": 0, "vm": 1, "file": 1, "inode": 1, "machine": "guest-0",
            "pid": 7, "tid": 7, "comm": "gmemguest"}
    more = {"vm_create": {"vm_type": 0, "fd": 3, "ret": 3},
            "create": {"ino": 99, "size_bytes": 65536, "gmem_flags": 0, "fd": 4, "ret": 4},
            "bind": {"slot": 0, "base_gfn": 0, "pages": 16, "pgoff_pages": 0},
            "release": {"ino": 99, "resident_pages": 10}, "vm_destroy": {},
            "evict": {"ino": 99, "size_bytes": 65536, "freed_pages": 10, "allocated_pages_total": 10,
                      "freed_pages_total": 10}}
    events = [dict(base, kind=k, **v) for k, v in more.items()]
    for e in events:
        e["ts_ns"], e["dur_ns"], e["self_ns"] = *TIMES[e["kind"]], 100
    return events + sample_faults(base) + [sample_summary()]


def sample_faults(base):
    parts = {"alloc_ns": 30, "zero_ns": 30, "prepare_ns": 0, "map_ns": 30, "other_ns": 10}
    whole = dict(base, kind="fault", ts_ns=500, dur_ns=100, self_ns=10, phase="guest_fault", **parts, allocated=True,
                 cleared=True, retries=0, stack=["a+0x1"])
    nothing = dict(whole, dur_ns=10, ret=-14, gfn=5, allocated=False, cleared=False, alloc_ns=0, zero_ns=0, map_ns=0)
    return [dict(whole, gfn=n) for n in range(9)] + [dict(whole, phase="host_fault"), nothing]


def sample_top():
    vm = {"type": "vm", "vm": 1, "machine": "guest-0", "machine_key": "name:guest-0@uid=0", "machine_reboots": 0, "pid": 7, "alive": False, "size_bytes": 0, "resident_bytes": 0,
          "resident_pages": 0, "nodes": {"0": 0}, "allocated_pages": 10, "freed_pages": 10, "files": 0, "bindings": 0,
          "vcpus": 1, "faults": 9, "born_ns": 1, "old": False}
    inode = {"type": "inode", "inode": 1, "vm": 1, "machine": "guest-0", "ino": 99, "alive": False, "size_bytes": 65536,
             "resident_bytes": 0, "resident_pages": 0, "nodes": None, "allocated_pages": 10, "freed_pages": 10,
             "orphan": False, "pins": []}
    tick = {"type": "tick", "tick": 1, "ts_ns": 1, "vms": 0, "inodes": 0, "size_bytes": 0, "resident_bytes": 0}
    return [vm, inode, tick, sample_summary()]


def write_lines(folder, files):
    """Write each file's lines, or its single value, as JSON."""
    for name, value in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(l, separators=(",", ":")) + "\n" for l in (value if isinstance(value, list) else [value]))


def write_texts(folder, text, *names):
    for name in names:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)


ALL_FUNCTIONS = tuple(f for functions in NEEDS.values() for f in functions)


@contextlib.contextmanager
def scenario_folder(name, functions=ALL_FUNCTIONS):
    """Return the folder of a scenario, inside the folder of a kernel that has these functions."""
    with tempfile.TemporaryDirectory() as top:
        write_texts(top, "".join(f + "\n" for f in functions), "functions")
        folder = os.path.join(top, name)
        os.mkdir(folder)
        yield folder


def sample_verdict(args, *changes, functions=ALL_FUNCTIONS):
    """Return the failures of the made-up files with some changes: (file, function of its content)."""
    files = {"snoop.truth": sample_truth(), "top.truth": sample_truth(), "snoop.json": sample_snoop(),
             "top.json": sample_top()}
    files = copy.deepcopy(files)
    for name, change in changes:
        change(files[name])
    files["top.replay.json"] = files["top.json"]
    said = []
    with scenario_folder("guest", functions) as folder:
        write_lines(folder, files)
        write_texts(folder, "0\n", "snoop.status", "top.status", "snoop.guest.status", "top.guest.status", "top.replay.status")
        write_texts(folder, "run\n", "kind", "slow")
        check_all(os.path.dirname(folder), args, Output("sample", said.append))
    return [l for l in said if l.startswith("not ok")]


def bump(*path):
    """Return a change that adds one to the field of this path."""
    def change(value):
        for key in path[:-1]:
            value = value[key]
        value[path[-1]] += 1
    return change


def put(*path):
    def change(value):
        for key in path[:-2]:
            value = value[key]
        value[path[-2]] = path[-1]
    return change
