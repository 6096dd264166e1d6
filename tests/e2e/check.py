#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what scenarios.sh left behind: check.py OUTDIR --label LABEL [--expect full] [--nodes N] [--dmesg FILE]

The workload's truth is the only measure. One line a check: "ok LABEL/NAME: what",
"not ok LABEL/NAME: what: expected .. got ..", "skip LABEL/NAME: why".

--expect full   this kernel can show everything: a phase that is n/a is a failure, but for those
                that the kernel really lacks
--nodes N       memory must have been seen on at least N NUMA nodes
--dmesg FILE    a kernel log that must be clean
--self-test     shows that a false truth is found; needs no kernel
"""

import argparse
import collections
import copy
import json
import os
import re
import sys
import tempfile

import check_metrics as exporter
import check_pins as pins
import metrics
from check_reboot import check_episodes
from check_records import (check_call_sums, check_faults, check_nesting, check_operations, check_sample, has_operations)

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "..", "..", "docs", "json-schema.json")

# Kinds of events that the truth counts by the same name.
KINDS = ["vm_create", "vm_destroy", "create", "bind", "unbind", "mmap", "release", "evict", "fallocate", "punch",
         "convert"]
# Phases that are one call of a kind.
CALL_PHASES = {"create": "create", "bind": "bind", "unbind": "unbind", "release": "release", "free": "evict",
               "destroy": "vm_destroy", "fallocate": "fallocate", "punch": "punch", "convert": "convert"}
# What only some kernels have, whatever the mode.
OPTIONAL_PHASES = {"prepare", "populate"}
NO_MMAP_PHASES = {"host_fault"}
# What tracepoints alone must show where guests really run.
TRACEPOINT_PHASES = ["alloc", "zero", "map", "guest_fault"]
DIRT = re.compile(r"WARNING:|BUG:|Oops|Kernel panic|rcu: INFO|RCU [Ss]tall|soft lockup|hung_task|blocked for more than"
                  r"|general protection|KASAN|UBSAN|lockdep|suspicious RCU|verifier|Call Trace")


class Unusable(Exception):
    """A run that left nothing to judge; said already."""


class Output:
    """The lines, and whether any was a failure."""

    def __init__(self, label, write=print):
        self.label, self.write, self.failures = label, write, 0


class Checks:
    """Checks of one scenario."""

    def __init__(self, out, name, args):
        self.out, self.name, self.args = out, name, args
        self.skips = set()  # what was not done, said once for all runs
        self.told_lost = 0  # a run whose tool said that this much was lost: numbers that do not fit are no failure

    def ok(self, what):
        self.out.write(f"ok {self.out.label}/{self.name}: {what}")

    def bad(self, what, expected, got):
        if self.told_lost:
            self.skip(f"{what}: inexact, as told (lost {self.told_lost}): expected {brief(expected)} got {brief(got)}")
            return
        self.out.failures += 1
        self.out.write(f"not ok {self.out.label}/{self.name}: {what}: expected {brief(expected)} got {brief(got)}")

    def skip(self, why):
        self.out.write(f"skip {self.out.label}/{self.name}: {why}")

    def test(self, what, good, expected, got):
        if good:
            self.ok(what)
        else:
            self.bad(what, expected, got)
        return good

    def equal(self, what, expected, got):
        return self.test(what, expected == got, expected, got)

    def within(self, what, expected, got, slack):
        """Two dicts of numbers: each at least what is expected, and at most slack more."""
        good = set(expected) == set(got) and all(n <= got[k] <= n + slack for k, n in expected.items())
        return self.test(what, good, f"{brief(expected)} + {slack}" if slack else expected, got)


def brief(value):
    if isinstance(value, (dict, collections.Counter)):
        value = dict(sorted(value.items(), key=str))
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 400 else text[:400] + ".."


# ---- a small validator of JSON Schema: what docs/json-schema.json uses ----

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def has_type(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Schema:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.root = json.load(f)

    def why_not(self, value, schema=None, at=""):
        """The first reason why value does not fit, or None. A line is held to the definition of its type."""
        if schema is None:
            kind = value.get("type")
            if kind not in self.root["$defs"]:
                return f"unknown type {kind!r}"
            schema = self.root["$defs"][kind]
        if "$ref" in schema:
            schema = self.root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return (self.simple(value, schema, at) or self.combined(value, schema, at)
                or (self.object(value, schema, at) if isinstance(value, dict) else None)
                or (self.array(value, schema, at) if isinstance(value, list) else None))

    def simple(self, value, schema, at):
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(has_type(value, k) for k in kinds):
            return f"{at}: {value!r} is no {kinds}"
        if "const" in schema and value != schema["const"]:
            return f"{at}: {value!r} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{at}: {value!r} is none of {schema['enum']}"
        if "minimum" in schema and has_type(value, "integer") and value < schema["minimum"]:
            return f"{at}: {value} is less than {schema['minimum']}"
        return None

    def combined(self, value, schema, at):
        for part in schema.get("allOf", []):
            why = self.why_not(value, part, at)
            if why:
                return why
        if "oneOf" in schema:
            fits = sum(self.why_not(value, part, at) is None for part in schema["oneOf"])
            if fits != 1:
                return f"{at}: fits {fits} of the alternatives"
        if "if" in schema and self.why_not(value, schema["if"], at) is None:
            return self.why_not(value, schema.get("then", {}), at)
        return None

    def object(self, value, schema, at):
        known = schema.get("properties", {})
        for key in schema.get("required", []):
            if key not in value:
                return f"{at}: {key} is missing"
        for key, item in value.items():
            if "propertyNames" in schema and self.why_not(key, schema["propertyNames"], at):
                return f"{at}: {key} is no name for it"
            part = known.get(key, schema.get("additionalProperties", {}))
            why = self.why_not(item, part, f"{at}.{key}") if isinstance(part, dict) else None
            if why:
                return why
        return None

    def array(self, value, schema, at):
        for item in value:
            why = self.why_not(item, schema["items"], at + "[]") if "items" in schema else None
            if why:
                return why
        return None


# ---- files ----

def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return None


class Truth:
    """One workload's truth, or those of several at once."""

    def __init__(self, paths):
        self.counts = collections.Counter()
        self.vms, self.inodes, self.events, self.pids = [], [], [], set()
        self.kernel, self.failed, self.skipped, self.vcpus = {}, False, set(), 1
        for n, path in enumerate(paths):
            with open(path, encoding="utf-8") as f:
                self.add(json.load(f), n)

    def add(self, t, n):
        """Ids of the n-th workload become (n, id)."""
        self.failed |= t["failed"] or bool(t["counts"]["events_lost"])
        self.kernel = t["kernel"]
        self.skipped.update(f"{s['what']}: {s['why']}" for s in t["skipped"])
        self.counts.update(t["counts"])
        self.pids.add(t["pid"])
        self.vcpus = max(self.vcpus, t["vcpus"])
        for where, items in ((self.vms, t["vms"]), (self.inodes, t["inodes"]), (self.events, t["events"])):
            for item in items:
                item = dict(item)
                for key in ("vm", "file", "inode"):
                    if key in item:
                        item[key] = (n, item[key])
                where.append(item)
        self.pids.update(e["pid"] for e in self.events)
        self.pids.update(v["pid"] for v in self.vms)

    @property
    def slack(self):
        """How many more pages may have come and gone than the workload could count."""
        return self.counts["slack_pages"]

    def name_of(self, vm):
        return next(v["name"] for v in self.vms if v["vm"] == vm)

    def count(self, kind):
        """How many events of a kind a tool must see: a link makes a file too."""
        return self.counts[kind] + (self.counts["link"] if kind == "create" else 0)

    def alive(self):
        return [v for v in self.vms if v["alive"]]

    def by_name(self, field):
        """Sum of the inodes' field by machine."""
        sums = collections.Counter()
        for i in self.inodes:
            sums[self.name_of(i["vm"])] += i[field]
        return sums

    def views(self):
        """Live files and bindings by vm, from the events."""
        files, bound = {}, {}
        for e in self.events:
            if e["ret"] < 0 or "file" not in e:
                continue
            if e["op"] in ("create", "link"):
                files[e["file"]] = e["vm"]
            elif e["op"] == "bind":
                bound[e["file"]] = e["vm"]
            elif e["op"] == "unbind":
                bound.pop(e["file"], None)
            elif e["op"] == "release":
                bound.pop(e["file"], None)
                files.pop(e["file"], None)
        return collections.Counter(files.values()), collections.Counter(bound.values())

    def cleared_later(self):
        """Pages that fallocate put there and a fault cleared; None where a punch makes that unknowable from here."""
        waiting, cleared, mixed = collections.Counter(), 0, False
        for e in self.events:
            i = e.get("inode")
            if e["op"] == "fallocate":
                waiting[i] += e["added_pages"]
            elif e["op"] in ("guest_touch", "host_touch") and waiting[i]:
                n = min(waiting[i], e["pages"] - e["added_pages"])
                waiting[i] -= n
                cleared += n
            elif e["op"] in ("punch", "prefault") and waiting[i]:
                mixed = True
        return None if mixed else cleared


class Run:
    """What one run of a tool left under a prefix."""

    def __init__(self, checks, folder, prefix, truth=None):
        self.c, self.dir, self.prefix = checks, folder, prefix
        self.truth = truth
        checks.told_lost = 0
        if truth is None:
            self.need_guest()
        self.need_tool()

    def path(self, end):
        return os.path.join(self.dir, self.prefix + end)

    def say(self, what):
        return f"{self.prefix}: {what}"

    def need_guest(self):
        status = (read(self.path(".guest.status")) or "").strip()
        words = (read(self.path(".guest.err")) or "").strip()
        if status == "77":
            self.c.skip(self.say(words.replace("gmemguest: ", "", 1)))
            raise Unusable
        if not self.c.test(self.say("the workload ended well"), status == "0" and not words, "status 0, no words",
                           f"status {status or 'none'}, {words or 'no words'}; tool: {read(self.path('.err'))!r}"):
            raise Unusable
        self.truth = Truth([self.path(".truth")])
        self.c.equal(self.say("the truth is whole"), False, self.truth.failed)
        for skipped in self.truth.skipped - self.c.skips:
            self.c.skip(skipped)
        self.c.skips |= self.truth.skipped

    def need_tool(self):
        status, words = (read(self.path(".status")) or "").strip(), (read(self.path(".err")) or "").strip()
        self.c.equal(self.say("exit status"), "0", status)
        # A mode that the kernel does not allow is said; whether it should have been allowed is judged by the caller.
        spoken = [w for w in words.splitlines() if "warning: --mode " not in w]
        self.c.test(self.say("nothing on stderr"), not spoken, "nothing", words)
        self.lines = self.parse(read(self.path(".json")) or "")
        self.events = [l for l in self.lines if l["type"] == "event"]
        self.probes = {l["probe"]: l for l in self.lines if l["type"] == "probe"}
        last = self.lines[-1] if self.lines else {}
        if not self.c.equal(self.say("the last line is the summary"), "summary", last.get("type")):
            raise Unusable
        self.summary = last
        # The kernel skips a program while the same one is under way on that CPU; the tool says how often. What hangs on
        # each single call cannot be exact then. Lives, deaths and sums still have to be: they come from the kernel's state.
        self.withheld = sum(l["count"] for l in self.lines if l["type"] == "loss" and "withheld" in l)
        self.every_fault = self.prefix == "snoop" and os.path.exists(os.path.join(self.dir, "slow"))
        self.judge_losses({l["what"]: l["count"] for l in self.lines if l["type"] == "loss" and "withheld" not in l})

    def judge_losses(self, losses):
        lost = self.summary["lost"]
        self.exact = lost == 0
        if not self.exact and sum(losses.values()) == lost and \
                set(losses) <= {"program_skipped", "unfinished_call", "task_state"}:
            self.c.skip(self.say(f"the kernel skipped {lost} runs of our programs and the tool said so: "
                                 "single calls are not judged"))
            self.c.told_lost = lost
        else:
            self.c.equal(self.say("nothing lost"), 0, lost)

    def parse(self, text):
        lines, wrong = [], None
        for number, line in enumerate(text.splitlines(), 1):
            why = None
            try:
                value = json.loads(line)
                if not line.startswith('{"type":"'):
                    why = "type is not first"
                else:
                    why = self.c.args.schema.why_not(value)
                    lines.append(value)
            except ValueError as e:
                why = str(e)
            wrong = wrong or (why and f"line {number}: {why}: {line}")
        self.c.test(self.say(f"{len(lines)} lines fit the schema"), not wrong, "no deviation", wrong)
        return lines

    def attached(self, probe):
        return self.probes.get(probe, {}).get("state") == "attached"

    def refused_binds(self):
        """KVM refuses some before it asks guest_memfd: only who looks at the system call sees these."""
        counts, hook = self.truth.counts, self.probes.get("bind", {}).get("hook", "")
        return counts["bind_failed"] + (counts["bind_rejected"] if "ioctl" in hook else 0)

    def looks(self):
        return split_looks(self.lines)


class MetricsRun(Run):
    """gmem_exporter's: the summary is made of its metrics."""

    def need_tool(self):
        self.c.equal(self.say("exit status"), "0", (read(self.path(".status")) or "").strip())
        words = (read(self.path(".err")) or "").strip()
        self.c.test(self.say("nothing on stderr"), not words, "nothing", words)
        try:
            self.metrics = metrics.parse(read(self.path(".json")) or read(self.path(".prom")) or "")
        except ValueError as e:
            self.c.bad(self.say("a text that Prometheus would take"), "one", str(e))
            raise Unusable from e
        self.lines, self.events, self.withheld = [], [], 0
        self.summary = metrics.summary(self.metrics)
        self.probes = {l["probe"]: l for l, _ in self.metrics.family("gmem_probe_info")}
        self.judge_losses({l["reason"]: int(v) for l, v in self.metrics.family("gmem_records_lost_total") if v})


def split_looks(lines):
    """gmemtop's complete looks: (vm lines, inode lines) each; a tick line ends one."""
    looks, vms, inodes = [], [], []
    for l in lines:
        if l["type"] == "tick":
            looks.append((vms, inodes))
            vms, inodes = [], []
        elif l["type"] == "vm":
            vms.append(l)
        elif l["type"] == "inode":
            inodes.append(l)
    return looks


def looks_at_hold(folder, prefix):
    """The looks that were kept while the workload held; a last line cut short is not one."""
    text = read(os.path.join(folder, prefix + ".hold.json")) or ""
    return split_looks([json.loads(l) for l in text[:text.rfind("\n") + 1].splitlines()])


# ---- events ----

LIVES = ("vm_create", "vm_destroy", "create", "release", "evict")


def check_kinds(run):
    """Numbers of events by kind, as the summary has them: never a 0 for what was not seen."""
    events, failed, t = run.summary["events"], run.summary["failed"], run.truth
    expected, got, unseen = {}, {}, []
    for kind in KINDS:
        if kind not in events and not t.count(kind):
            continue
        if not run.exact and kind not in LIVES:
            continue
        if kind not in events and not run.attached(kind) and not (
                run.c.args.expect == "full" and run.summary["mode"] in ("full", "kprobe")):
            unseen.append(kind)
            continue
        expected[kind] = t.count(kind)
        got[kind] = events.get(kind, "nothing") if kind not in events else events[kind] - failed.get(kind, 0)
    run.c.equal(run.say("events by kind" + (f", {' '.join(unseen)} n/a" if unseen else "")), expected, got)
    if "bind" in events and run.exact:
        run.c.equal(run.say("refused binds"), run.refused_binds(), failed.get("bind", 0))


def check_event_lines(run):
    """gmemsnoop's lines say what its summary says, and about the right things."""
    t, events = run.truth, run.events
    good = [e for e in events if e["ret"] >= 0]
    counted = collections.Counter(e["kind"] for e in events)
    run.c.equal(run.say("a line for every event of the summary"),
                {k: n for k, n in run.summary["events"].items() if n}, dict(counted))
    names = {v["name"] for v in t.vms}
    if not run.exact:
        check_eviction(run, good)
        return
    run.c.equal(run.say("machines of events"), set(), {e["machine"] for e in good} - names)
    run.c.equal(run.say("processes of events"), set(), {e["pid"] for e in good if "noticed" not in e} - t.pids)
    run.c.test(run.say("no process for what was noticed later"), not any(e["pid"] for e in good if "noticed" in e), 0,
               [e["pid"] for e in good if "noticed" in e])
    made = sorted((e["machine"], e["pid"]) for e in good if e["kind"] == "vm_create" and "noticed" not in e)
    if made:
        run.c.equal(run.say("machine and process of VMs made"), sorted((v["name"], v["pid"]) for v in t.vms), made)
    check_eviction(run, good)
    check_ranges(run, good)


def check_eviction(run, good):
    """Per inode, to the page."""
    dead = [i for i in run.truth.inodes if not i["alive"]]
    lines = [e for e in good if e["kind"] == "evict"]
    if not lines and not run.attached("evict"):
        return
    check_inode_pages(run, dead, {e["ino"]: (e["allocated_pages_total"], e["freed_pages_total"]) for e in lines})
    if run.exact:
        last = {e["ino"]: pages_and_slack(e, "freed_pages") for e in run.truth.events if e["op"] == "evict"}
        got = {e["ino"]: e["freed_pages"] for e in lines}
        run.c.test(run.say("pages freed by each eviction"), set(last) == set(got) and all(
            n <= got[i] <= n + slack for i, (n, slack) in last.items()), last, got)


def pages_and_slack(thing, field):
    return thing[field], thing.get("slack_pages", 0)


def check_inode_pages(run, inodes, got):
    """Pages allocated and freed by each. What came beyond the certain ones has gone again."""
    expected = {i["ino"]: (i["allocated_pages"], i["freed_pages"], i["slack_pages"]) for i in inodes}
    good = set(expected) == set(got) and all(
        None not in got[i] and a <= got[i][0] <= a + slack and got[i][0] - got[i][1] == a - f
        for i, (a, f, slack) in expected.items())
    exact = not any(i["slack_pages"] for i in inodes)
    run.c.test(run.say("pages allocated and freed by each inode" + ("" if exact else ", the last number more at most")), good,
               {i: v[:2] for i, v in expected.items()} if exact else expected, got)


def check_ranges(run, good):
    """Ranges and what they moved, per inode."""
    ino = {e["inode"]: e["ino"] for e in good if e["kind"] in ("create", "evict") and e["ino"]}
    for kind, moved, truth_moved in (("bind", None, None), ("mmap", None, None),
                                     ("fallocate", "allocated_pages", "added_pages"),
                                     ("punch", "freed_pages", "freed_pages")):
        if kind not in run.summary["events"]:
            continue
        told = [e for e in run.truth.events if e["op"] == kind and e["ret"] >= 0]
        unsure = {e["ino"]: e["slack_pages"] for e in told if e.get("slack_pages")}
        expected = sorted((e["ino"], e["pages"], e[truth_moved] if moved and e["ino"] not in unsure else 0)
                          for e in told)
        events = [(ino.get(e["inode"], -1), e["pages"], e[moved] if moved else 0) for e in good if e["kind"] == kind]
        got = sorted((i, pages, 0 if i in unsure else n) for i, pages, n in events)
        run.c.equal(run.say(f"inode, pages, pages moved of each {kind}"), expected, got)
        run.c.equal(run.say(f"no {kind} moved more than its range"), [], [e for e in events if e[2] > unsure.get(e[0], e[1])])
    if "convert" in run.summary["events"]:
        run.c.equal(run.say("pages converted"), run.truth.counts["converted_pages"],
                    sum(e["pages"] for e in good if e["kind"] == "convert"))


# ---- sums and phases ----

def check_sums(run):
    s, t = run.summary, run.truth
    if s["allocated_pages"] is None:
        run.c.test(run.say("allocated pages n/a with a reason"), bool(s.get("na")), "a reason", s)
        run.c.test(run.say("allocated pages may be n/a"), not (run.attached("page_add") and run.attached("page_delete")),
                   t.counts["allocated_pages"], s.get("na"))
    else:
        run.c.within(run.say("allocated pages, freed pages"),
                     {k: t.counts[k] for k in ("allocated_pages", "freed_pages")},
                     {k: s[k] for k in ("allocated_pages", "freed_pages")}, t.slack)
        run.c.equal(run.say("what was allocated and not freed is there"), s["resident_bytes"] // s["page_size"],
                    s["allocated_pages"] - s["freed_pages"])
    run.c.equal(run.say("resident bytes at the end"), 0, s["resident_bytes"])
    if "vms" in s:
        run.c.equal(run.say("VMs and inodes seen"), (len(t.vms), len(t.inodes)), (s["vms"], s["inodes"]))


def check_na(run, must_see):
    """Every phase has a number or a reason; must_see of them a number."""
    phases = run.summary["phases"]
    missing = sorted(p for p in must_see if "na" in phases[p] and phases[p]["na"] != "this tool does not show it")
    run.c.equal(run.say("phases without a number that this kernel could show"), [],
                [f"{p} ({phases[p]['na']})" for p in missing])


def full_phases(truth):
    names = set(CALL_PHASES) | {"zap", "alloc", "zero", "map", "guest_fault", "host_fault", "rebind"}
    if not truth.kernel.get("mmap"):
        names -= NO_MMAP_PHASES
    return names - OPTIONAL_PHASES


def check_phases(run):
    phases, t = run.summary["phases"], run.truth
    expected, got = {}, {}
    for phase, kind in CALL_PHASES.items():
        if "na" not in phases[phase]:
            expected[phase], got[phase] = t.count(kind), phases[phase]["count"]
    if run.exact:
        run.c.equal(run.say("calls by phase"), expected, got)
        check_page_phases(run, phases)
        check_fault_phases(run, phases)
    elif not run.truth.slack:
        check_fault_bounds(run, phases)
    check_phase_lines(run, phases)


def check_page_phases(run, phases):
    """Pages allocated while somebody waited, pages cleared."""
    counts = run.truth.counts
    if not has_operations(run):
        check_page_phases_of_faults(run, phases)
    elif run.summary["mode"] == "full":
        expected = {"alloc": counts["allocated_pages"], "zero": counts["cleared_pages"],
                    "prefault": counts["prefaulted_pages"]}
        shown = [p for p in expected if "na" not in phases[p] and "partial" not in phases[p]]
        run.c.within(run.say("pages by phase: " + ", ".join(shown)), {p: expected[p] for p in shown},
                     {p: phases[p]["count"] for p in shown}, run.truth.slack)
    else:
        check_page_bounds(run, phases)


def check_page_bounds(run, phases):
    """Modes that do not see every page: at least those of faults that they see."""
    counts = run.truth.counts
    least = sum(counts[first] for phase, first in (("guest_fault", "guest_first_touch_pages"),
                                                   ("host_fault", "host_first_touch_pages")) if "na" not in phases[phase])
    for phase, most in (("alloc", "allocated_pages"), ("zero", "cleared_pages")):
        if "na" not in phases[phase]:
            run.c.test(run.say(f"{phase}: pages"), least <= phases[phase]["count"] <= counts[most] + run.truth.slack,
                       f"{least} .. {counts[most]}", phases[phase]["count"])


def check_page_phases_of_faults(run, phases):
    counts, slack = run.truth.counts, run.truth.slack

    def seen(phase):
        return "na" not in phases[phase]

    guest = counts["guest_first_touch_pages"] if seen("guest_fault") else 0
    host = counts["host_first_touch_pages"] if seen("host_fault") else 0
    if seen("alloc"):
        run.c.within(run.say("alloc: pages first touched in a fault"), {"pages": guest + host},
                     {"pages": phases["alloc"]["count"]}, slack)
    if seen("zero"):
        later = run.truth.cleared_later() if run.attached("get_folio") else 0
        if later is None:
            run.c.skip(run.say("zero: a punch of pages that nobody had cleared yet"))
        else:
            run.c.within(run.say("zero: pages cleared in a fault"), {"pages": guest + host + later},
                         {"pages": phases["zero"]["count"]}, slack)


def few_faults(counts):
    """That KVM makes on its own account, at most."""
    return 16 * (counts["bind"] + counts["vm_create"])


def check_fault_bounds(run, phases):
    """Where the kernel skipped programs some are not seen; more than there were are never."""
    counts = run.truth.counts
    for phase, touched in (("guest_fault", "guest_touched_pages"), ("host_fault", "host_touched_pages")):
        if "na" not in phases[phase]:
            most = counts[touched] + counts["prefaulted_pages"] + few_faults(counts)
            run.c.test(run.say(f"{phase}: no more than pages were touched, and a few"), phases[phase]["count"] <= most, f"<= {most}",
                       phases[phase]["count"])


def check_fault_phases(run, phases):
    counts = run.truth.counts

    def seen(phase):
        return "na" not in phases[phase]

    few = few_faults(counts)
    prefaults = 0 if has_operations(run) else counts["prefaulted_pages"]
    guest = counts["guest_first_touch_pages"] + counts["guest_found_pages"]
    for phase, least, touched in (("guest_fault", guest, counts["guest_touched_pages"] + prefaults),
                                  ("map", guest, counts["guest_touched_pages"] + counts["prefaulted_pages"]),
                                  ("host_fault", counts["host_first_touch_pages"], counts["host_touched_pages"])):
        if not seen(phase):
            continue
        n = phases[phase]["count"]
        if run.truth.slack:  # while memory goes away, one touch may take many faults
            run.c.test(run.say(f"{phase}: at least the pages that were not mapped"), least <= n, f"{least} ..", n)
        else:
            run.c.test(run.say(f"{phase}: at least the pages that were not mapped, at most all and a few"),
                       least <= n <= touched + few, f"{least} .. {touched} + {few}", n)
    if seen("guest_fault") and not has_operations(run):  # else exactly so: check_records.py
        parts = sum(phases[p].get("sum_ns", 0) for p in ("alloc", "zero", "prepare", "map"))
        whole = phases["guest_fault"]["sum_ns"] + phases["host_fault"].get("sum_ns", 0)
        run.c.test(run.say("the parts of faults take no longer than the faults"), parts <= whole, f"<= {whole}", parts)


def check_phase_lines(run, phases):
    """gmemtop's lines by VM add up to the summary."""
    lines = [l for l in run.lines if l["type"] == "phase"]
    if not lines:
        return
    sums = collections.defaultdict(lambda: [0, 0])
    wrong = []
    for l in lines:
        if "na" in l:
            continue
        sums[l["phase"]][0] += l["count"]
        sums[l["phase"]][1] += l["sum_ns"]
        if sum(l["buckets"].values()) != l["count"] or not l["min_ns"] <= l["p50_ns"] <= l["p99_ns"] <= l["max_ns"]:
            wrong.append(l)
    run.c.equal(run.say("phase lines add up to the summary"),
                {p: [v["count"], v["sum_ns"]] for p, v in phases.items() if v.get("count")},
                {p: v for p, v in sums.items() if v[0]})
    run.c.equal(run.say("phases n/a"), {p for p, v in phases.items() if "na" in v},
                {l["phase"] for l in lines if "na" in l})
    run.c.equal(run.say("histograms agree with their counts"), [], wrong)


# ---- VMs and inodes ----

def check_end(run):
    """The last look: all dead, and what each had."""
    t, (vms, inodes) = run.truth, (run.looks() or [([], [])])[-1]
    run.c.equal(run.say("machine and process of each VM"), sorted((v["name"], v["pid"]) for v in t.vms),
                sorted((v["machine"], v["pid"]) for v in vms))
    run.c.equal(run.say("VMs alive at the end"), [], [v["machine"] for v in vms if v["alive"]])
    run.c.equal(run.say("size, residency, life of each inode"),
                {i["ino"]: (i["size_bytes"], 0, False) for i in t.inodes},
                {i["ino"]: (i["size_bytes"], i["resident_bytes"], i["alive"]) for i in inodes})
    run.c.equal(run.say("no inode is an orphan when all is over"), [], [i["ino"] for i in inodes if i["orphan"]])
    if run.summary["allocated_pages"] is None:
        return
    check_inode_pages(run, t.inodes, {i["ino"]: (i["allocated_pages"], i["freed_pages"]) for i in inodes})
    if t.counts["link"]:
        return
    sums = collections.Counter()
    for v in vms:
        sums[v["machine"]] += v["allocated_pages"] or 0
    run.c.within(run.say("pages allocated by each machine"), dict(t.by_name("allocated_pages")), dict(sums), t.slack)


def check_look(c, say, look, t):
    """One look against the truth at the hold: state, not history."""
    vms, inodes = [v for v in look[0] if v["alive"]], [i for i in look[1] if i["alive"]]
    files, bound = t.views()
    c.equal(say("VMs alive: machine, process"), sorted((v["name"], v["pid"]) for v in t.alive()),
            sorted((v["machine"], v["pid"]) for v in vms))
    c.equal(say("machine, size, resident pages, files, bindings of each VM"),
            sorted((v["name"], v["size_bytes"], v["resident_pages"], files[v["vm"]], bound[v["vm"]]) for v in t.alive()),
            sorted((v["machine"], v["size_bytes"], v["resident_pages"], v["files"], v["bindings"]) for v in vms))
    c.equal(say("machine, size, resident pages of each inode"),
            {i["ino"]: (t.name_of(i["vm"]), i["size_bytes"], i["resident_pages"]) for i in t.inodes if i["alive"]},
            {i["ino"]: (i["machine"], i["size_bytes"], i["resident_pages"]) for i in inodes})
    c.equal(say("pages and bytes agree"), [],
            [x for x in vms + inodes if x["resident_bytes"] != x["resident_pages"] * 4096])
    check_nodes(c, say, vms, inodes)


def check_nodes(c, say, vms, inodes):
    known = [x for x in vms + inodes if x["nodes"] is not None]
    c.equal(say("nodes are known"), len(vms) + len(inodes), len(known))
    c.equal(say("nodes add up to resident bytes"), [],
            [(x["type"], x["nodes"], x["resident_bytes"]) for x in known
             if sum(x["nodes"].values()) != x["resident_bytes"]])
    used = {n for i in inodes if i["nodes"] for n, b in i["nodes"].items() if b}
    if c.args.nodes > 1 and len(inodes) > 1:
        c.test(say(f"memory on {c.args.nodes} nodes"), len(used) >= c.args.nodes, c.args.nodes, sorted(used))


def check_pins(c, say, look, t):
    """Each inode is pinned by its VM's process, by descriptor and mapping."""
    pids = {i["ino"]: next(v["pid"] for v in t.vms if v["vm"] == i["vm"]) for i in t.inodes if i["alive"]}
    c.equal(say("the process that pins each inode"), {i: {p} for i, p in pids.items()},
            {i["ino"]: {p["pid"] for p in i["pins"]} for i in look[1] if i["alive"]})
    wanted = {"fd", "mapping"} if t.counts["mmap"] else {"fd"}
    c.equal(say("by what"), [], [i["pins"] for i in look[1] if i["alive"] and not
                                 wanted <= {p["what"] for p in i["pins"]}])


# ---- kinds of scenarios ----

def see_full(run):
    if run.c.args.expect == "full":
        run.c.equal(run.say("mode"), "full", run.summary["mode"])
        check_na(run, full_phases(run.truth))


def check_replay(c, folder, live, again):
    a, b = read(os.path.join(folder, live)), read(os.path.join(folder, again))
    status = (read(os.path.join(folder, again.replace(".json", ".status"))) or "").strip()
    c.equal(f"{again}: exit status", "0", status)
    if a is None or b is None or not a:
        c.bad(f"{again}: both outputs", "two files", "nothing")
    elif c.test(f"{again} is {live}, byte for byte", a == b, *first_difference(a, b)):
        return


def first_difference(a, b):
    x, y = a.splitlines(), b.splitlines()
    for p, q in zip(x, y):
        if p != q:
            at = next(n for n, (r, s) in enumerate(zip(p + "\0", q + "\0")) if r != s)
            return p[:40] + " .. " + p[max(0, at - 40):at + 40], q[:40] + " .. " + q[max(0, at - 40):at + 40]
    return f"{len(x)} lines", f"{len(y)} lines"


def kind_run(c, folder):
    snoop = Run(c, folder, "snoop")
    see_full(snoop)
    check_kinds(snoop)
    check_event_lines(snoop)
    check_sums(snoop)
    check_phases(snoop)
    check_records(snoop)
    kind_top(c, folder)


def check_records(run):
    check_nesting(run)
    check_call_sums(run, dict(CALL_PHASES, zap="zap"))
    check_operations(run)
    check_faults(run)


kind_room = kind_run


def kind_top(c, folder):
    top = Run(c, folder, "top")
    see_full(top)
    check_kinds(top)
    check_sums(top)
    check_phases(top)
    check_operations(top)
    check_end(top)
    check_replay(c, folder, "top.json", "top.replay.json")


def kind_hist(c, folder):
    """gmemhist by intervals: what they gained adds up to the totals, and these to the truth."""
    run = Run(c, folder, "hist")
    check_kinds(run)
    check_sums(run)
    check_operations(run)
    totals, gained = collections.Counter(), collections.Counter()
    for l in run.lines:
        if l["type"] == "phase" and "count" in l:
            (gained if "interval_ns" in l else totals)[(l["machine"], l["phase"])] += l["count"]
    c.equal(run.say("intervals, added up"), totals, gained)
    by_phase = collections.Counter()
    for (_, phase), n in totals.items():
        by_phase[phase] += n
    c.equal(run.say("machines, added up"), {p: v["count"] for p, v in run.summary["phases"].items() if v.get("count")},
            dict(by_phase))
    run.lines = [l for l in run.lines if "interval_ns" not in l]
    check_phases(run)
    check_replay(c, folder, "hist.json", "hist.replay.json")


def judge_metrics(run):
    see_full(run)
    check_kinds(run)
    check_sums(run)
    check_phases(run)
    check_operations(run)
    exporter.check_machines(run)
    exporter.check_buckets(run)


def kind_metrics(c, folder):
    """gmem_exporter: printed once at the end, and written to a file at each look."""
    once = MetricsRun(c, folder, "once")
    judge_metrics(once)
    check_replay(c, folder, "once.same.json", "once.replay.json")
    written = MetricsRun(c, folder, "file")
    judge_metrics(written)
    exporter.check_own_cost(written)
    c.equal("file: no unfinished file is left", [], [f for f in os.listdir(folder) if f.endswith(".tmp")])
    hold, t = read(os.path.join(folder, "file.hold.prom")), Truth([os.path.join(folder, "file.hold.truth")])
    exporter.check_hold(c, lambda what: f"file: hold: {what}", metrics.parse(hold or ""), t)
    for style in ("recreate", "inplace"):
        run = MetricsRun(c, folder, style)
        judge_metrics(run)
        exporter.check_reboots(run, style, 3)


def kind_episodes(c, folder):
    """One run for each style of reboot."""
    for style in ("recreate", "overlap", "inplace", "process", "link"):
        if not os.path.exists(os.path.join(folder, style + ".status")):
            continue
        try:
            run = Run(c, folder, style)
        except Unusable:
            continue
        check_operations(run)
        check_episodes(run, {"process": "recreate"}.get(style, style))


def kind_replay(c, folder):
    kind_run(c, folder)
    check_replay(c, folder, "snoop.json", "snoop.replay.json")
    crossed = Run(c, folder, "crossed", truth=Truth([os.path.join(folder, "top.truth")]))
    check_kinds(crossed)
    check_event_lines(crossed)
    check_sums(crossed)
    check_records(crossed)
    check_hold(c, folder, "top")


def kind_same(c, folder):
    """What a tool said live, it says from its recording: read at once, and paced."""
    for prefix in sorted(f[:-4] for f in os.listdir(folder) if f.endswith(".rec")):
        status, words = (read(os.path.join(folder, f"{prefix}.{end}")) or "" for end in ("status", "err"))
        c.test(f"{prefix}: live", status.strip() == "0" and not words, "status 0, no words", f"{status.strip()}, {words}")
        for how in ("replay", "paced"):
            check_replay(c, folder, f"{prefix}.json", f"{prefix}.{how}.json")
    c.equal("runs that were recorded", 19, sum(f.endswith(".rec") for f in os.listdir(folder)))
    # Equal files prove nothing when there is nothing in them.
    for prefix, words, least in (("top", '"type":"tick"', 4), ("count", '"type":"tick"', 3), ("count", '"type":"vm"', 6),
                                 ("snoop", '"type":"event"', 20), ("reboot", '"type":"episode"', 2), ("pins", '"type":"pin"', 4),
                                 ("hist-intervals", '"type":"tick"', 4), ("hist-count", '"type":"tick"', 3),
                                 ("frames", "guest-0", 4), ("frames-count", "guest-0", 3), ("metrics", "guest-1", 2)):
        n = (read(os.path.join(folder, prefix + ".json")) or "").count(words)
        c.test(f"{prefix}: {words} at least {least} times", n >= least, least, n)


def kind_record(c, folder):
    kind_run(c, folder)
    for how in ("none", "zlib", "zstd"):
        rec = Run(c, folder, f"rec-{how}")
        check_kinds(rec)
        check_sums(rec)
        words = (read(rec.path(".words")) or "").strip()
        c.test(rec.say("says what came of it"), re.fullmatch(r"gmemrecord: \S+: \d+ records of \S+ in \S+", words), "one line", words)
    hist, reboot = Run(c, folder, "hist"), Run(c, folder, "reboot")
    check_phases(hist)
    check_sums(hist)
    check_kinds(reboot)


def kept_lines(c, folder, prefix):
    """What a tool read from a kept recording or a ring; the lines, or Unusable."""
    status, words = (read(os.path.join(folder, f"{prefix}.{end}")) or "" for end in ("status", "err"))
    lines = [json.loads(l) for l in (read(os.path.join(folder, prefix + ".json")) or "").splitlines()]
    if not c.test(f"{prefix}: can be read", status.strip() == "0" and lines, "status 0, lines", f"{status.strip()}, {words}"):
        raise Unusable
    return lines


def kind_flight(c, folder):
    rule = Run.__new__(Run)
    rule.c, rule.dir, rule.prefix = c, folder, "rule"
    rule.need_guest()
    c.equal("rule: exit status", "0", (read(rule.path(".status")) or "").strip())
    kept = [l for l in rule.parse(read(rule.path(".json")) or "") if l["type"] == "kept"]
    c.equal("rule: kept once", 1, len(kept))
    c.equal("rule: for its reason", ["vm_destroy"], [k["reason"].split()[0] for k in kept])
    c.equal("rule: that file alone", 1, sum("kept-" in f for f in (read(rule.path(".ring")) or "").split()))
    events = [l for l in kept_lines(c, folder, "rule.kept") if l["type"] == "event"]
    deaths, births = (sum(e["kind"] == k for e in events) for k in ("vm_destroy", "vm_create"))
    c.test("rule: what led to it is in it", 1 <= deaths <= rule.truth.counts["vm_destroy"] and births >= deaths,
           f"1 to {rule.truth.counts['vm_destroy']} ends of a VM", (deaths, births))
    for prefix in ("asked.kept", "killed"):
        looks = split_looks(kept_lines(c, folder, prefix))
        if c.test(f"{prefix}: looks", len(looks) >= 2, "some", len(looks)):
            check_look(c, lambda what, p=prefix: f"{p}: {what}", looks[-1], Truth([os.path.join(folder, "asked.hold.truth")]))


def kind_sample(c, folder):
    run = Run(c, folder, "sample")
    check_event_lines(run)
    check_sample(run, 4)


def check_hold(c, folder, prefix):
    """The last look at the hold, judged; None when there is none."""
    truth, looks = os.path.join(folder, prefix + ".hold.truth"), looks_at_hold(folder, prefix)
    if not os.path.exists(truth) or not looks:
        c.bad(f"{prefix}: a look at the hold", "one", "none")
        return
    check_look(c, lambda what: f"{prefix} at the hold: {what}", looks[-1], Truth([truth]))


def kind_modes(c, folder):
    for mode in ("full", "kprobe", "tracepoint", "inventory"):
        status = (read(os.path.join(folder, mode + ".status")) or "").strip()
        words = (read(os.path.join(folder, mode + ".err")) or "").strip()
        if status == "3" and c.args.expect != "full":
            c.test(f"{mode}: one reason for exit status 3", len(words.splitlines()) == 1, "one line", words)
            c.skip(f"{mode}: {words}")
            continue
        try:
            one_mode(c, folder, mode)
        except Unusable:
            pass


def one_mode(c, folder, mode):
    run = Run(c, folder, mode)
    got = run.summary["mode"]
    if c.args.expect == "full":
        run.c.equal(run.say("mode"), mode, got)
        check_na(run, {"full": full_phases(run.truth), "kprobe": full_phases(run.truth),
                       "tracepoint": TRACEPOINT_PHASES, "inventory": []}[mode])
    elif got != mode:
        c.skip(f"{mode}: this kernel does not do it, {got} was used")
    check_kinds(run)
    check_sums(run)
    check_phases(run)
    check_operations(run)
    check_end(run)
    check_hold(c, folder, mode)
    if mode == "inventory":
        run.c.equal(run.say("phases that nobody timed"), {},
                    {p: v for p, v in run.summary["phases"].items() if "na" not in v})


def eight(c, folder, which):
    paths = [os.path.join(folder, f"eight.{n}{which}") for n in range(8)]
    status = [(read(os.path.join(folder, f"eight.{n}.guest.status")) or "none").strip() for n in range(8)]
    if not c.equal("eight workloads ended well", ["0"] * 8, status):
        raise Unusable
    return Truth(paths)


def kind_late(c, folder):
    t = eight(c, folder, ".hold.truth")
    for prefix in ("top", "inventory"):
        run = Run(c, folder, prefix, truth=t)
        looks = run.looks()
        if not c.equal(run.say("looks"), 1, len(looks)):
            continue
        check_look(c, run.say, looks[0], t)
        check_pins(c, run.say, looks[0], t)
        c.equal(run.say("all were there before"), [], [x for x in looks[0][0] + looks[0][1] if not x["old"]])
        c.equal(run.say("orphans"), [], [i["ino"] for i in looks[0][1] if i["orphan"]])
        c.equal(run.say("summary: VMs, inodes, resident bytes"),
                (len(t.vms), len(t.inodes), sum(i["resident_pages"] for i in t.inodes) * 4096),
                (run.summary["vms"], run.summary["inodes"], run.summary["resident_bytes"]))
        c.equal(run.say("no event of what was there before"), {},
                {k: n for k, n in run.summary["events"].items() if n})


def kind_uncleared(c, folder):
    run = Run(c, folder, "hist")
    check_page_phases_of_faults(run, run.summary["phases"])
    check_fault_phases(run, run.summary["phases"])


def kind_live8(c, folder):
    hold, end = eight(c, folder, ".hold.truth"), eight(c, folder, ".truth")
    run = Run(c, folder, "top", truth=end)
    looks = looks_at_hold(folder, "top")
    if c.test("looks at the hold", bool(looks), "some", len(looks)):
        check_look(c, lambda what: f"top at the hold: {what}", looks[-1], hold)
        check_pins(c, lambda what: f"top at the hold: {what}", looks[-1], hold)
        if run.summary["allocated_pages"] is not None:
            c.equal("top at the hold: pages allocated by each VM", dict(hold.by_name("allocated_pages")),
                    {v["machine"]: v["allocated_pages"] for v in looks[-1][0]})
    see_full(run)
    check_kinds(run)
    check_sums(run)
    check_phases(run)
    check_operations(run)
    check_end(run)
    check_replay(c, folder, "top.json", "top.replay.json")


def kind_orphan(c, folder):
    seen = Run(c, folder, "seen")
    t, hold = Truth([os.path.join(folder, "seen.hold.truth")]), looks_at_hold(folder, "seen")
    if c.test("seen: looks at the hold", bool(hold), "some", len(hold)):
        orphan_look(c, "seen", hold[-1], t, True)
    late = Run(c, folder, "late", truth=t)
    looks = late.looks()
    if c.equal("late: looks", 1, len(looks)):
        orphan_look(c, "late", looks[0], t, False)
    check_kinds(seen)
    check_sums(seen)
    check_operations(seen)
    check_end(seen)


def orphan_look(c, prefix, look, t, owner_known):
    alive = [i for i in look[1] if i["alive"]]
    c.equal(f"{prefix}: resident pages of each inode",
            {i["ino"]: i["resident_pages"] for i in t.inodes if i["alive"]},
            {i["ino"]: i["resident_pages"] for i in alive})
    owners = {v["pid"] for v in t.vms}
    c.equal(f"{prefix}: the holder pins each by a descriptor", [],
            [(i["ino"], i["pins"]) for i in alive
             if not i["pins"] or any(p["what"] != "fd" or p["pid"] in owners or p["comm"] != "gmem-holder"
                                     for p in i["pins"])])
    # Who comes late cannot know that the holder is not the owner; the pin names it.
    if owner_known:
        c.equal(f"{prefix}: inodes that are orphans", sorted(i["ino"] for i in t.inodes if i["alive"]),
                sorted(i["ino"] for i in alive if i["orphan"]))
        c.equal(f"{prefix}: machine of each", {i["ino"]: t.name_of(i["vm"]) for i in t.inodes if i["alive"]},
                {i["ino"]: i["machine"] for i in alive})


def kind_pins(c, folder):
    names = sorted(n[:-len(".guest.status")] for n in os.listdir(folder) if n.endswith(".guest.status"))
    c.test("workloads that left something", bool(names), "some", "none")
    for name in names:
        judge_pins(c, folder, name)


def judge_pins(c, folder, name):
    status = read(os.path.join(folder, name + ".guest.status")).strip()
    if status == "77":
        c.skip(f"{name}: {(read(os.path.join(folder, name + '.guest.err')) or '').strip()}")
        return
    c.equal(f"{name}: the workload ended well", "0", status)
    truth = json.loads(read(os.path.join(folder, name + ".hold.truth")))
    for skipped in sorted({f"{s['what']}: {s['why']}" for s in truth["skipped"]} - c.skips):
        c.skip(skipped)
        c.skips.add(skipped)
    everything, left, why = pins.expected(truth)
    if os.path.exists(os.path.join(folder, name + ".seen.json")):
        run = Run(c, folder, name + ".seen", truth=truth)
        c.equal(run.say("what is kept, and by what"), everything, pins.told(run.lines))
        c.equal(run.say("views that were there before us"), [],
                [l for l in run.lines if l["type"] == "pin" and l["what"] == "view" and l["since_ns"] is None])
    if pins.hidden(truth):
        everything, left, why = pins.nothing()
    run = Run(c, folder, name + ".all", truth=truth)
    c.equal(run.say("what is kept, and by what"), everything, pins.told(run.lines))
    run = Run(c, folder, name + ".left", truth=truth)
    c.equal(run.say("what should be gone, and what keeps it"), left, pins.told(run.lines))
    c.equal(run.say("why it should"), why, pins.reasons(run.lines))


def kind_kill9(c, folder):
    why = read(os.path.join(folder, "skip"))
    if why:
        c.skip(why.strip())
        return
    before, after = (read(os.path.join(folder, f)) or "" for f in ("before", "after"))
    c.equal("gmemtop was killed", "137", (read(os.path.join(folder, "tool.status")) or "").strip())
    c.test("its programs were in the kernel", len(before.split()) > 2, "some", before)
    c.equal("no program or link is left", "", after.strip())


def kind_idle(c, folder):
    nothing = collections.Counter()
    for prefix in ("top", "snoop"):
        t = Truth([])
        t.counts = nothing
        run = Run(c, folder, prefix, truth=t)
        if run.summary["vms"] and c.args.expect != "full":
            c.skip(run.say("other VMs are on this host"))
            continue
        c.equal(run.say("VMs, inodes, events"), (0, 0, {}),
                (run.summary["vms"], run.summary["inodes"], {k: n for k, n in run.summary["events"].items() if n}))
        c.equal(run.say("phases"), {}, {p: v for p, v in run.summary["phases"].items() if v.get("count")})
    status = (read(os.path.join(folder, "check.status")) or "").strip()
    c.equal("gmemcheck: exit status", "0", status)


def without_our_oom(lines):
    """The workload asks for memory that it cannot have, with no victim to kill: the kernel's report of that is wanted."""
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


def check_all(folder, args, out):
    names = sorted(n for n in os.listdir(folder) if os.path.exists(os.path.join(folder, n, "kind")))
    if not names:
        Checks(out, "all", args).bad("scenarios that ran", "some", "none")
    for name in names:
        c = Checks(out, name, args)
        kind = read(os.path.join(folder, name, "kind")).strip()
        skip = read(os.path.join(folder, name, "skip"))
        if kind == "not-begun":
            c.skip((skip or "").strip())
            continue
        try:
            globals()["kind_" + kind](c, os.path.join(folder, name))
        except Unusable:
            pass
        except (KeyError, ValueError, TypeError, StopIteration, OSError) as e:
            c.bad("files that can be read", "whole files", f"{type(e).__name__}: {e} (line {e.__traceback__.tb_lineno})")
    if args.dmesg:
        check_dmesg(out, args.dmesg)


# ---- self-test: a sample of one VM with 10 pages, right, then wrong in one place at a time ----

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
    events = [{"op": op, "vm": 0, "file": 0, "inode": 0, "ino": 99, "pid": 7, "pages": 16 if op == "bind" else 0,
               "added_pages": 0, "freed_pages": 10 if op == "evict" else 0, "ret": 0}
              for op in ("vm_create", "create", "bind", "release", "vm_destroy", "evict")]
    events[4]["nested"] = True
    events.append({"op": "guest_fail", "vm": 0, "file": 0, "inode": 0, "ino": 99, "pid": 7, "pages": 1, "added_pages": 0,
                   "freed_pages": 0, "ret": -14, "first_page": 5})
    return {"pid": 6, "failed": False, "vcpus": 1, "skipped": [], "kernel": {"mmap": True}, "counts": counts, "vms": [vm], "inodes": [inode],
            "events": events}


def sample_summary():
    names = full_phases(Truth([])) | OPTIONAL_PHASES | NO_MMAP_PHASES | {"prefault"}
    numbers = {p: {"count": 0, "sum_ns": 0} for p in names}
    for phase, n in (("create", 1), ("bind", 1), ("release", 1), ("free", 1), ("destroy", 1), ("alloc", 10),
                     ("zero", 10), ("map", 9), ("guest_fault", 9), ("host_fault", 1)):
        numbers[phase] = {"count": n, "sum_ns": 100 * n}
    for phase in ("alloc", "zero", "map"):
        numbers[phase]["sum_ns"] = 300
    for phase in ("guest_fault", "host_fault"):
        n = numbers[phase]["count"]
        numbers[phase]["split"] = dict(alloc_ns=30 * n, zero_ns=30 * n, prepare_ns=0, map_ns=30 * n, other_ns=10 * n)
    return {"type": "summary", "mode": "full", "lost": 0, "dur_ns": 1, "kernel": "x", "arch": "x", "page_size": 4096,
            "ticks": 1, "vms": 1, "inodes": 1, "allocated_pages": 10, "freed_pages": 10, "resident_bytes": 0,
            "events": {"vm_create": 1, "vm_destroy": 1, "create": 1, "bind": 1, "unbind": 0, "release": 1, "evict": 1,
                       "fault": 11},
            "failed": {}, "phases": numbers,
            "operations": {p: dict(seen=n + failed, in_histograms=n, failed=failed, unfinished=0, lost=0, under_way=0)
                           for p, n, failed in (("guest_fault", 9, 1), ("host_fault", 1, 0), ("bind", 1, 0))}}


def sample_snoop():
    base = {"type": "event", "kind": "", "ts_ns": 1, "ret": 0, "vm": 1, "file": 1, "inode": 1, "machine": "guest-0",
            "pid": 7, "tid": 7, "comm": "g"}
    more = {"vm_create": {"vm_type": 0, "fd": 3},
            "create": {"ino": 99, "size_bytes": 65536, "gmem_flags": 0, "fd": 4},
            "bind": {"slot": 0, "base_gfn": 0, "pages": 16, "pgoff_pages": 0},
            "release": {"ino": 99, "resident_pages": 10}, "vm_destroy": {},
            "evict": {"ino": 99, "size_bytes": 65536, "freed_pages": 10, "allocated_pages_total": 10,
                      "freed_pages_total": 10}}
    # The VM is destroyed inside of the release, everything else is one after another.
    times = {"vm_create": (100, 100), "create": (200, 100), "bind": (300, 100), "vm_destroy": (1050, 100),
             "release": (1100, 200), "evict": (1200, 100)}
    events = [dict(base, kind=k, **v) for k, v in more.items()]
    for e in events:
        e["ts_ns"], e["dur_ns"], e["self_ns"] = *times[e["kind"]], 100
    return events + sample_faults(base) + [sample_summary()]


def sample_faults(base):
    parts = {"alloc_ns": 30, "zero_ns": 30, "prepare_ns": 0, "map_ns": 30, "other_ns": 10}
    whole = dict(base, kind="fault", ts_ns=500, dur_ns=100, self_ns=10, phase="guest_fault", **parts, allocated=True,
                 cleared=True, retries=0, stack=["a+0x1"])
    nothing = dict(whole, dur_ns=10, ret=-14, gfn=5, allocated=False, cleared=False, alloc_ns=0, zero_ns=0, map_ns=0)
    return [dict(whole, gfn=n) for n in range(9)] + [dict(whole, phase="host_fault"), nothing]


def sample_top():
    vm = {"type": "vm", "vm": 1, "machine": "guest-0", "pid": 7, "alive": False, "size_bytes": 0, "resident_bytes": 0,
          "resident_pages": 0, "nodes": {"0": 0}, "allocated_pages": 10, "freed_pages": 10, "files": 0, "bindings": 0,
          "vcpus": 1, "faults": 9, "born_ns": 1, "old": False}
    inode = {"type": "inode", "inode": 1, "vm": 1, "machine": "guest-0", "ino": 99, "alive": False, "size_bytes": 65536,
             "resident_bytes": 0, "resident_pages": 0, "nodes": None, "allocated_pages": 10, "freed_pages": 10,
             "orphan": False, "pins": []}
    tick = {"type": "tick", "tick": 1, "ts_ns": 1, "vms": 0, "inodes": 0, "size_bytes": 0, "resident_bytes": 0}
    return [vm, inode, tick, sample_summary()]


def sample_verdict(args, *changes):
    """Failures that the sample gives with some changes: (file, function of its content)."""
    files = {"snoop.truth": sample_truth(), "top.truth": sample_truth(), "snoop.json": sample_snoop(),
             "top.json": sample_top()}
    files = copy.deepcopy(files)
    for name, change in changes:
        change(files[name])
    files["top.replay.json"] = files["top.json"]
    said = []
    with tempfile.TemporaryDirectory() as top:
        folder = os.path.join(top, "guest")
        os.mkdir(folder)
        for name, value in files.items():
            lines = [value] if isinstance(value, dict) else value
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.writelines(json.dumps(l, separators=(",", ":")) + "\n" for l in lines)
        for name in ("snoop", "top", "snoop.guest", "top.guest", "top.replay"):
            with open(os.path.join(folder, name + ".status"), "w", encoding="utf-8") as f:
                f.write("0\n")
        for name, text in (("kind", "run\n"), ("slow", "")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        check_all(top, args, Output("sample", said.append))
    return [l for l in said if l.startswith("not ok")]


def bump(*path):
    """A change: one more at this place."""
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
    ("0 for a phase that was not seen", "top.json", put(-1, "phases", "guest_fault", {"count": 0, "sum_ns": 0})),
    ("parts longer than the whole", "top.json", lambda lines: (lines[-1]["operations"].clear(), put(
        -1, "phases", "map", "sum_ns", 10000)(lines))),
    ("alive at the end", "top.json", put(0, "alive", True)),
]


# A page that the workload is not sure about: in the truth, and as the tools then saw it.
UNSURE = [(name + ".truth", change) for name in ("snoop", "top") for change in
          (put("counts", "slack_pages", 1), put("inodes", 0, "slack_pages", 1))]


def one_more_page(lines):
    """A page more that came and went again, as the tool has it."""
    for l in lines:
        for key in ("allocated_pages", "freed_pages", "allocated_pages_total", "freed_pages_total"):
            if key in l and not (l["type"] == "event" and key == "freed_pages"):
                l[key] += 1
        if l["type"] == "summary":
            for phase in ("alloc", "zero"):
                l["phases"][phase]["count"] += 1


SEEN_MORE = [(name + ".json", one_more_page) for name in ("snoop", "top")]


def operation(**more):
    """A change of what the summary says about guest faults."""
    def change(lines):
        for key, n in more.items():
            lines[-1]["operations"]["guest_fault"][key] += n
    return change


# What only the checks of single records find: the change, and words of the check that has to find it.
RECORD_FAULTS = [
    ("calls that cross", "snoop.json", put(4, "ts_ns", 1150), "overlap"),
    ("own time with what is inside", "snoop.json", put(3, "self_ns", 200), "own time is not"),
    ("own time too short", "snoop.json", put(2, "self_ns", 99), "own time is not"),
    ("a VM destroyed outside of the release", "snoop.json", put(4, "ts_ns", 800), "inside of a release"),
    ("a VM destroyed inside and not expected there", "snoop.truth", put("events", 4, "nested", False),
     "inside of a release"),
    ("a phase that is not the sum of its events", "snoop.json", bump(-1, "phases", "free", "sum_ns"), "own times of"),
    ("an operation that is forgotten", "snoop.json", operation(seen=1), "did not end in any way"),
    ("an operation under way for ever", "snoop.json", operation(seen=1, under_way=1), "under way"),
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
     "whole faults whose parts"),
    ("a line of a fault missing", "snoop.json", lambda lines: lines.pop(7), "every fault of the histograms"),
    ("a fault that did not allocate", "snoop.json", put(7, "allocated", False), "faults that allocated"),
    ("a fault that did not clear", "snoop.json", put(7, "cleared", False), "faults that cleared"),
    ("a page cleared and not counted", "top.truth", bump("counts", "cleared_pages"), "pages by phase"),
    ("a page allocated and not counted", "top.json", bump(-1, "phases", "alloc", "count"), "pages by phase"),
    ("a page found that took no fault", "top.truth", put("counts", "guest_found_pages", 100), "guest_fault: at least"),
    ("pages that neither stayed nor went", "top.json", bump(-1, "allocated_pages"), "allocated and not freed"),
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


def pins_verdict(args, change=None):
    """Failures of a sample in which an owner closed all but a descriptor of its VM's statistics, with a change."""
    pin = {"type": "pin", "object": "vm", "inode": 0, "vm": 1, "machine": "guest-0", "why": "closed", "what": "stats_fd",
           "pid": 7, "comm": "gmemguest", "fd": 9, "since_ns": None}
    files = {"s.hold.truth": dict(sample_truth(), pins=[{"object": "vm", "vm": 0, "what": "stats_fd", "pid": 7, "fd": 9}]),
             "s.seen.json": [pin, sample_summary()], "s.all.json": [pin, sample_summary()], "s.left.json": [pin, sample_summary()]}
    files = copy.deepcopy(files)
    files["s.hold.truth"]["vms"][0]["alive"] = True
    if change:
        change(files)
    said = []
    with tempfile.TemporaryDirectory() as folder:
        for name, value in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.writelines(json.dumps(l, separators=(",", ":")) + "\n" for l in (value if isinstance(value, list) else [value]))
        for name in ("s.guest", "s.seen", "s.all", "s.left"):
            with open(os.path.join(folder, name + ".status"), "w", encoding="utf-8") as f:
                f.write("0\n")
        kind_pins(Checks(Output("sample", said.append), "pins", args), folder)
    return [l for l in said if l.startswith("not ok")]


# The change, and words of the check that has to find it.
PIN_FAULTS = [
    ("a pin that is not named", lambda f: f["s.all.json"].pop(0), "what is kept"),
    ("a pin of another process", put("s.all.json", 0, "pid", 8), "what is kept"),
    ("a pin of another descriptor", bump("s.all.json", 0, "fd"), "what is kept"),
    ("a pin of another kind", put("s.all.json", 0, "what", "vm_fd"), "what is kept"),
    ("a pin of another object", put("s.left.json", 0, "object", "inode"), "files that can be read"),
    ("a pin that is named twice", lambda f: f["s.left.json"].insert(0, f["s.left.json"][0]), "what should be gone"),
    ("a VM that should be gone and is not told", lambda f: f["s.left.json"].pop(0), "what should be gone"),
    ("a pin that comes and is not named", lambda f: f["s.seen.json"].pop(0), "seen: what is kept"),
    ("another reason", put("s.left.json", 0, "why", "owner_gone"), "why it should"),
    ("a VM in use that is told", put("s.hold.truth", "pins", 0, "what", "vm_fd"), "what should be gone"),
]


def self_test_pins(args, c):
    c.equal("a true sample of pins has no failure", [], pins_verdict(args))
    for what, change, words in PIN_FAULTS:
        try:
            found = pins_verdict(args, change)
        except KeyError:  # check_all() says so
            found = ["files that can be read"]
        c.test(f"found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")


def sample_of_faults(args, change=None):
    """Failures of gmemsnoop --sample 4: of the nine faults of a guest and one of the host that ended well two were drawn."""
    lines = [l for l in sample_snoop() if l.get("phase") != "host_fault"]
    del lines[6:13]
    lines[-1]["events"]["fault"] = 3
    lines.insert(-1, {"type": "loss", "what": "sampled_out", "count": 8, "withheld": True})
    if change:
        change(lines)
    said = []
    with tempfile.TemporaryDirectory() as folder:
        for end, values in ((".truth", [sample_truth()]), (".json", lines)):
            with open(os.path.join(folder, "sample" + end), "w", encoding="utf-8") as f:
                f.writelines(json.dumps(l, separators=(",", ":")) + "\n" for l in values)
        for end in (".status", ".guest.status"):
            with open(os.path.join(folder, "sample" + end), "w", encoding="utf-8") as f:
                f.write("0\n")
        kind_sample(Checks(Output("sample", said.append), "sample", args), folder)
    return [l for l in said if l.startswith("not ok")]


def many_drawn(lines):
    """A thousand faults more, all of them lines: none was left out."""
    lines[-1]["operations"]["guest_fault"]["in_histograms"] += 1000
    lines[-1]["events"]["fault"] += 1000
    lines[6:6] = [lines[6]] * 1000


# The change, and words of the check that has to find it.
SAMPLE_OF_FAULTS = [
    ("a fault that is no line and not told as left out", bump(-1, "operations", "guest_fault", "in_histograms"), "not drawn"),
    ("one more that was left out", bump(-2, "count"), "not drawn"),
    ("a failed fault left out", lambda l: (l.pop(8), bump(-2, "count")(l), put(-1, "events", "fault", 2)(l)), "that failed"),
    ("another limit at work", put(-2, "what", "slow_limit"), "withheld"),
    ("a sample that is none", many_drawn, "one in 4"),
]


def self_test_sample(args, c):
    c.equal("a true sample of faults has no failure", [], sample_of_faults(args))
    for what, change, words in SAMPLE_OF_FAULTS:
        found = sample_of_faults(args, change)
        c.test(f"found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")


def self_test(args):
    out = Output("check")
    args.expect = "full"
    c = Checks(out, "self-test", args)
    c.equal("a true sample has no failure", [], sample_verdict(args))
    for what, name, change in SAMPLE_FAULTS:
        found = sample_verdict(args, (name, change))
        c.test(f"found: {what}", bool(found), "a failure", "none")
    self_test_records(args, c)
    self_test_pins(args, c)
    self_test_sample(args, c)
    return 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("outdir", nargs="?")
    p.add_argument("--label", default="e2e")
    p.add_argument("--expect", choices=["full"])
    p.add_argument("--nodes", type=int, default=1)
    p.add_argument("--dmesg")
    p.add_argument("--self-test", action="store_true")
    args = p.parse_args()
    args.schema = Schema(SCHEMA)
    if args.self_test:
        return self_test(args)
    if not args.outdir:
        p.error("OUTDIR is missing")
    check_all(args.outdir, args, Output(args.label))
    return 0


if __name__ == "__main__":
    sys.exit(main())
