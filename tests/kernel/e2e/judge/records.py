# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks records of one run against each other: nesting and exclusive times of calls, faults and their parts, the end of every operation.
Each function judges one Run."""

import collections
import math

from .modes import VALUE
from .phases import CALL_PHASES

PARTS = ("alloc_ns", "zero_ns", "prepare_ns", "map_ns", "other_ns")
FAULT_KINDS = ("guest_fault", "host_fault", "prefault")


def check_records(run):
    check_nesting(run)
    check_call_sums(run, dict(CALL_PHASES, zap="zap"))
    check_operations(run)
    check_faults(run)


# ---- nesting, computed from time and task only ----

def check_nesting(run):
    """Check that a call's own time is its duration less those of the calls inside of it, to the nanosecond."""
    less = run.losses.most
    spans = [Span(e) for e in run.events if "self_ns" in e and e["kind"] != "fault" and not two_calls(run, e)]
    if not spans:
        return
    crossed = place(spans)
    run.c.at_most(run.say("calls of one task that overlap without one being inside the other"), less, crossed)
    wrong = [(s.e["kind"], s.e["dur_ns"], s.e.get("self_ns"), [(k.e["kind"], k.e["dur_ns"]) for k in s.children])
             for s in spans if not own_time_fits(run, s)]
    run.c.at_most(run.say("calls whose own time is not their time less that of the calls inside"), less, wrong)
    check_parts(run, sum(s.alone() - s.e["self_ns"] for s in spans if s.e["kind"] == "fallocate"))
    check_nested_destruction(run, spans)


def own_time_fits(run, span):
    """Return true if a call's own time is right. Fallocate gives time to the phase alloc, page by page; check_parts() checks how much."""
    if span.e["kind"] == "fallocate" and run.has_operations():
        return 0 <= span.e["self_ns"] <= span.alone()
    return span.e.get("self_ns") == span.alone()


def two_calls(run, e):
    """Return true if an event is the sum of two calls, whose times don't show nesting: from 7.3 on a bind is prepare and commit."""
    return e["kind"] == "bind" and "commit" in run.probes.get("bind", {}).get("hook", "")


class Span:
    def __init__(self, e):
        self.e, self.start, self.end = e, e["ts_ns"] - e["dur_ns"], e["ts_ns"]
        self.parent, self.children = None, []

    def alone(self):
        return self.e["dur_ns"] - sum(k.e["dur_ns"] for k in self.children)

    def contains(self, other):
        return self.start <= other.start and other.end <= self.end


def place(spans):
    """Set each span's parent; return the spans that cross another one."""
    tasks, crossed = collections.defaultdict(list), []
    for s in spans:
        tasks[s.e["tid"]].append(s)
    for task in tasks.values():
        enclosing = []
        for s in sorted(task, key=lambda s: (s.start, -s.end)):
            while enclosing and enclosing[-1].end <= s.start and not enclosing[-1].contains(s):
                enclosing.pop()
            if enclosing and not enclosing[-1].contains(s):
                crossed.append((enclosing[-1].e["kind"], s.e["kind"], s.e["tid"]))
                continue
            if enclosing:
                s.parent = enclosing[-1]
                s.parent.children.append(s)
            enclosing.append(s)
    return crossed


def ancestors(span):
    while span.parent:
        span = span.parent
        yield span.e["kind"]


def check_nested_destruction(run, spans):
    """Check which VMs were destroyed inside of a release, if the workload knows: an exiting process closes its files in any order."""
    reported = [e["nested"] for e in run.truth.events if e["op"] == "vm_destroy" and "nested" in e]
    unknown = sum(e["op"] == "vm_destroy" and "nested" not in e for e in run.truth.events)
    got = [("release" in ancestors(s)) for s in spans if s.e["kind"] == "vm_destroy"]
    if not reported or not got or not any(s.e["kind"] == "release" for s in spans):
        return
    inside, less = sum(reported), run.losses.of("vm_destroy") + run.losses.of("release")
    run.c.test(run.say("VMs destroyed inside of a release"), inside - less <= sum(got) <= inside + unknown and
               0 <= len(reported) + unknown - len(got) <= less, f"{inside} (+ {unknown}) of {len(reported) + unknown}",
               f"{sum(got)} of {len(got)}")


def check_parts(run, given_away):
    """Check that the phases of pages are the sums of the parts of faults and of the time that fallocate gave to alloc."""
    phases = run.summary["phases"]
    splits = [v["split"] for v in phases.values() if "split" in v]
    if not run.has_operations() or run.knows("zero") != VALUE or not splits:
        return
    shown = [part for part in PARTS if "sum_ns" in phases.get(part[:-3], {})]
    expected = {part: sum(s[part] for s in splits) for part in shown}
    expected["alloc_ns"] += given_away
    got = {part: phases[part[:-3]]["sum_ns"] for part in shown}
    ops = run.summary["operations"]
    others = sum(ops.get(p, {}).get(end, 0) for p in FAULT_KINDS for end in ("failed", "unfinished"))
    if (others and not run.every_fault) or run.losses.most:  # pages of failed and unfinished faults are counted, their parts are in no split
        run.c.test(run.say("phases of pages, from the parts of faults and fallocate, or more"),
                   all(got[part] >= expected[part] for part in shown), expected, got)
        return
    for e in run.events:
        if e["kind"] == "fault" and (e["ret"] < 0 or "unfinished" in e):
            for part in ("alloc_ns", "zero_ns", "prepare_ns"):
                if part in expected:
                    expected[part] += e[part]
    run.c.equal(run.say("phases of pages, from the parts of faults and fallocate"), expected, got)


# ---- sums of call phases ----

def check_call_sums(run, call_phases):
    """Check that a call phase is the sum of its events' own times. Failed events are in no phase."""
    expected, got = {}, {}
    for phase, kind in call_phases.items():
        numbers = run.summary["phases"][phase]
        events = [e for e in run.events if e["kind"] == kind and e["ret"] >= 0]
        if "na" in numbers or any("self_ns" not in e for e in events):
            continue
        expected[phase] = (len(events), sum(e["self_ns"] for e in events))
        got[phase] = (numbers["count"], numbers["sum_ns"])
    if expected:
        run.c.equal(run.say("calls and own times of each phase, from its events"), expected, got)


# ---- operations: the end of each is counted ----

def check_operations(run):
    if not run.has_operations():
        return
    ops, phases = run.summary["operations"], run.summary["phases"]
    ends = ("in_histograms", "untimed", "failed", "unfinished", "lost", "under_way")
    run.c.equal(run.say("operations that began and did not end in any way"), [],
                [(p, o) for p, o in ops.items() if o["seen"] != sum(o[e] or 0 for e in ends)])
    run.c.at_most(run.say("operations under way when all is over"), run.losses.most, phases_by_end(ops, "under_way"))
    run.c.equal(run.say("operations in histograms"), {p: (phases[p].get("count"), phases[p].get("timed")) for p in ops},
                {p: (o["in_histograms"] + o["untimed"], o["in_histograms"]) for p, o in ops.items()})
    run.c.at_most(run.say("operations lost"), run.losses.most, phases_by_end(ops, "lost"))
    check_failed_operations(run, ops)
    check_unfinished_operations(run, ops)
    check_split(run, phases)


def phases_by_end(ops, end):
    """Return the phase of each operation with this end."""
    return [p for p, o in ops.items() for _ in range(abs(o[end] or 0))]


def check_failed_operations(run, ops):
    counts = run.truth.counts
    expected = {"guest_fault": counts["guest_fault_failed"], "bind": run.refused_binds(),
                "punch": 0 if run.view == "functions" else counts["punch_refused"]}
    run.c.within(run.say("operations that failed"), {p: expected.get(p, 0) for p in ops},
                 {p: o["failed"] for p, o in ops.items()}, less=run.losses.most)


def check_unfinished_operations(run, ops):
    """Check the number of unfinished operations. A fault has no visible end if another task maps its page first, or SIGKILL stops it."""
    counts, most, less = run.truth.counts, run.truth.slack, run.losses.most
    if run.truth.vcpus > 1:  # all vCPUs begin in the page with the guest's code
        most += counts["guest_raced_pages"] + run.truth.vcpus * (counts["bind"] + counts["punch"])
    run.c.test(run.say(f"operations unfinished, {most} guest faults at most"),
               all(o["unfinished"] <= (most if p == "guest_fault" else 0) + less for p, o in ops.items()), most + less,
               {p: o["unfinished"] for p, o in ops.items() if o["unfinished"]})


def check_split(run, phases):
    """Check that the parts of faults add up to their duration."""
    wrong = {p: (v["sum_ns"], v["split"]) for p, v in phases.items()
             if "split" in v and sum(v["split"][part] for part in PARTS) != v["sum_ns"]}
    run.c.equal(run.say("kinds of faults whose parts do not add up"), {}, wrong)


# ---- every fault, as gmemsnoop --slow 1ns prints them ----

def check_faults(run):
    if not run.has_operations() or not run.every_fault:
        return
    faults = [e for e in run.events if e["kind"] == "fault"]
    run.c.equal(run.say("faults whose parts do not add up to them"), [],
                [e for e in faults if e["dur_ns"] != sum(e[part] for part in PARTS)][:3])
    if run.withheld:
        run.c.skip(run.say(f"faults by number: {run.withheld} lines were withheld by a limit"))
    else:
        check_fault_numbers(run, faults)


def check_fault_numbers(run, faults):
    phases, truth = run.summary["phases"], run.truth
    good = [e for e in faults if e["ret"] >= 0 and "unfinished" not in e]
    shown = [p for p in FAULT_KINDS if "na" not in phases.get(p, {"na": ""})]
    by_phase = collections.Counter(e["phase"] for e in good)
    run.c.equal(run.say("a line for every fault of the histograms"), {p: phases[p]["timed"] for p in shown},
                {p: by_phase[p] for p in shown})
    if run.knows("zero") == VALUE:
        check_fault_pages(run, faults, shown)
    if "guest_fault" in shown:
        wanted = collections.Counter()
        for e in truth.events:
            if e["op"] == "guest_fail":
                wanted[(e["first_page"], e["ret"])] += e["pages"]
        run.c.part_of(run.say("faults that failed: page, error"), wanted,
                      collections.Counter((e.get("gfn", -1), e["ret"]) for e in faults if e["ret"] < 0),
                      run.losses.of("faults"))


def check_fault_pages(run, faults, shown):
    """Check the numbers of faults that allocated and of faults that zeroed a page."""
    counts, slack, less = run.truth.counts, run.truth.slack, run.losses.of("faults")
    first = {"guest_fault": "guest_first_touch_pages", "host_fault": "host_first_touch_pages",
             "prefault": "prefault_first_pages"}
    allocated = collections.Counter(e["phase"] for e in faults if e["allocated"])
    run.c.within(run.say("faults that allocated"), {p: counts[first[p]] for p in shown},
                 {p: allocated[p] for p in shown}, more=slack, less=less)
    if len(shown) == len(FAULT_KINDS):
        run.c.within(run.say("faults that cleared"), {"pages": counts["cleared_pages"]},
                     {"pages": sum(e["cleared"] for e in faults)}, more=slack, less=less)


# ---- a sample of them, as gmemsnoop --slow 1ns --sample N prints it ----

def check_drawn(run, n):
    """Check that each fault is a line or counted as not drawn: about one in n of the good ones and each of the others is a line."""
    ops = {p: o for p, o in run.summary.get("operations", {}).items() if p in FAULT_KINDS}
    faults = [e for e in run.events if e["kind"] == "fault"]
    ended = {end: sum(o[end] for o in ops.values()) for end in ("in_histograms", "failed", "unfinished")}
    withheld = {l["what"]: l["count"] for l in run.lines if l["type"] == "loss" and "withheld" in l}
    if not ended["in_histograms"]:
        run.c.skip(run.say("a sample: faults are not seen as a whole on this kernel"))
        run.c.equal(run.say("faults of a sample"), ([], {}), (faults, withheld))
        return
    run.c.equal(run.say("what was withheld"), {"sampled_out"}, set(withheld))
    run.c.equal(run.say("faults, by lines and those not drawn"), sum(ended.values()),
                len(faults) + withheld.get("sampled_out", 0))
    run.c.equal(run.say("lines of faults that failed, and of unfinished ones"), (ended["failed"], ended["unfinished"]),
                (sum(e["ret"] < 0 for e in faults), sum("unfinished" in e for e in faults)))
    drawn = sum(e["ret"] >= 0 and "unfinished" not in e for e in faults)
    low, high = binomial_bounds(ended["in_histograms"], 1 / n, 1e-9)
    run.c.test(run.say(f"faults drawn of {ended['in_histograms']}, one in {n}: {low} to {high}"), low <= drawn <= high,
               f"{low} to {high}", drawn)


def binomial_bounds(n, p, outside):
    """Return the narrowest bounds that the successes of n trials exceed on either side with a probability below outside / 2."""
    def tail(upwards):
        chance, k = 0.0, n if upwards else 0
        while True:
            chance += math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) +
                               k * math.log(p) + (n - k) * math.log(1 - p))
            if chance >= outside / 2:
                return k
            k += -1 if upwards else 1
    return tail(False), tail(True)
