# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks sums of pages, and the numbers of each phase."""

import collections
import math
import os

from . import rebinds
from .events import unseen_punches, with_losses
from .files import read
from .modes import NA, OFF, VALUE, pages_known


# Phases that time one kind of call: {phase: kind}.
CALL_PHASES = {"create": "create", "bind": "bind", "unbind": "unbind", "release": "release", "free": "evict",
               "destroy": "vm_destroy", "fallocate": "fallocate", "punch": "punch", "convert": "convert"}


def check_sums(run):
    s, t = run.summary, run.truth
    if not pages_known(run.mode):
        run.c.equal(run.say("allocated pages, freed pages"), (None, None), (s["allocated_pages"], s["freed_pages"]))
        run.c.test(run.say("allocated pages n/a with a reason"), bool(s.get("na")), "a reason", s.get("na"))
    elif run.c.test(run.say("allocated pages are known"), None not in (s["allocated_pages"], s["freed_pages"]), "a number",
                    s.get("na")):
        run.c.within(run.say("allocated pages, freed pages"),
                     {k: t.counts[k] for k in ("allocated_pages", "freed_pages")},
                     {k: s[k] for k in ("allocated_pages", "freed_pages")}, more=t.slack)
        run.c.equal(run.say("what was allocated and not freed is there"), s["resident_bytes"] // s["page_size"],
                    s["allocated_pages"] - s["freed_pages"])
    run.c.equal(run.say("resident bytes at the end"), 0, s["resident_bytes"])
    release = read(os.path.join(os.path.dirname(os.path.abspath(run.dir)), "kernel"))
    if release and "kernel" in s:
        run.c.equal(run.say("the kernel's release"), release.strip(), s["kernel"])
    if "vms" in s:
        run.c.equal(run.say("VMs and inodes seen"), (len(t.vms), len(t.inodes)), (s["vms"], s["inodes"]))


def check_phases(run):
    phases, t = run.summary["phases"], run.truth
    run.c.equal(run.say("phases that this tool does not show"), [], [p for p, v in phases.items() if v.get("na") == OFF])
    expected, got, short = {}, {}, {}
    for phase, kind in CALL_PHASES.items():
        if "na" not in phases[phase]:
            unseen = len(unseen_punches(run)) if kind == "punch" else 0
            expected[phase], got[phase], short[phase] = t.count(kind) - unseen, phases[phase]["count"], run.losses.of(phase)
    run.c.test(run.say("calls by phase"), all(n - short[p] <= got[p] <= n for p, n in expected.items()),
               with_losses(expected, short), got)
    if run.knows("rebind") == VALUE:
        n, less = rebinds.of_truth(t), run.losses.of("rebind")
        run.c.within(run.say("rebinds"), {"rebind": n}, {"rebind": phases["rebind"]["count"]}, more=less, less=less)
    check_page_phases(run, phases)
    check_fault_phases(run, phases)
    check_phase_lines(run, phases)
    run.c.equal(run.say("machines of the phase lines that the workload does not have"), set(),
                {l["machine"] for l in run.lines if l["type"] == "phase" and "machine" in l} - {v["name"] for v in t.vms})


def check_page_phases(run, phases):
    """Check the pages allocated while a task waited, and the pages zeroed."""
    if not run.has_operations():
        check_page_phases_of_faults(run, phases)
        return
    expected = expected_pages(run)
    shown = [p for p in expected if "na" not in phases[p]]
    run.c.within(run.say("pages by phase: " + ", ".join(shown)), {p: expected[p] for p in shown},
                 {p: phases[p]["count"] for p in shown}, more=run.truth.slack, less=run.losses.of("faults"))


def expected_pages(run):
    """Return the pages that each phase counts in this mode: those of the faults and calls that the mode sees."""
    counts = run.truth.counts
    faults = counts["guest_first_touch_pages"] if run.knows("guest_fault") == VALUE else 0
    everything = {"alloc": counts["allocated_pages"], "zero": counts["cleared_pages"]}
    calls = counts["fallocate_first_pages"] if run.knows("fallocate") != NA else 0
    part = {"alloc": faults + calls, "zero": faults}
    return {p: everything[p] if run.knows(p) == VALUE else part[p] for p in everything} | {"prefault": counts["prefaulted_pages"]}


def check_page_phases_of_faults(run, phases):
    counts, slack = run.truth.counts, run.truth.slack

    def seen(phase):
        return "na" not in phases[phase]

    guest = counts["guest_first_touch_pages"] if seen("guest_fault") else 0
    host = counts["host_first_touch_pages"] if seen("host_fault") else 0
    if seen("alloc"):
        run.c.within(run.say("alloc: pages first touched in a fault"), {"pages": guest + host},
                     {"pages": phases["alloc"]["count"]}, more=slack, less=run.losses.of("faults"))
    if seen("zero"):
        later = run.truth.zeroed_later() if run.attached("get_folio") else 0
        if later is None:
            run.c.skip(run.say("zero: a punch of pages that nobody had cleared yet"))
        else:
            run.c.within(run.say("zero: pages cleared in a fault"), {"pages": guest + host + later},
                         {"pages": phases["zero"]["count"]}, more=slack, less=run.losses.of("faults"))


def few_faults(counts):
    """Return an upper bound of the faults that KVM causes by itself."""
    return 16 * (counts["bind"] + counts["vm_create"])


def check_fault_phases(run, phases):
    counts = run.truth.counts

    def seen(phase):
        return "na" not in phases[phase]

    few = few_faults(counts)
    prefaults = 0 if run.has_operations() else counts["prefaulted_pages"]
    guest = counts["guest_first_touch_pages"] + counts["guest_found_pages"]
    for phase, least, touched in (("guest_fault", guest, counts["guest_touched_pages"] + prefaults),
                                  ("map", guest, counts["guest_touched_pages"] + counts["prefaulted_pages"]),
                                  ("host_fault", counts["host_first_touch_pages"], counts["host_touched_pages"])):
        if not seen(phase):
            continue
        n, least = phases[phase]["count"], least - run.losses.of("faults")
        if run.truth.slack:  # while memory is freed, one touch may cause many faults
            run.c.test(run.say(f"{phase}: at least the pages that were not mapped"), least <= n, f"{least} ..", n)
        else:
            run.c.test(run.say(f"{phase}: at least the pages that were not mapped, at most all and a few"),
                       least <= n <= touched + few, f"{least} .. {touched} + {few}", n)
    if seen("guest_fault") and not run.has_operations():  # otherwise records.py checks the number exactly
        parts = sum(phases[p].get("sum_ns", 0) for p in ("alloc", "zero", "prepare", "map"))
        whole = phases["guest_fault"]["sum_ns"] + phases["host_fault"].get("sum_ns", 0)
        run.c.test(run.say("the parts of faults take no longer than the faults"), parts <= whole, f"<= {whole}", parts)


def check_phase_lines(run, phases):
    """Check that gmemtop's lines by VM add up to the summary."""
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
        if not histogram_fits(l):
            wrong.append(l)
    run.c.equal(run.say("phase lines add up to the summary"),
                {p: [v["count"], v["sum_ns"]] for p, v in phases.items() if v.get("count")},
                {p: v for p, v in sums.items() if v[0]})
    run.c.equal(run.say("phases n/a"), {p for p, v in phases.items() if "na" in v},
                {l["phase"] for l in lines if "na" in l})
    run.c.equal(run.say("histograms agree with their counts"), [], wrong)


def histogram_fits(l):
    """Return true if a phase line's numbers agree with its buckets, and the parts of its faults add up to the faults."""
    buckets = sorted((int(i), n) for i, n in l["buckets"].items())
    if sum(n for _, n in buckets) != l["timed"] or l["timed"] > l["count"] or ("split" in l and sum(l["split"].values()) != l["sum_ns"]):
        return False
    if not l["timed"]:
        return all(l[key] is None for key in ("min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"))
    order = [l[key] for key in ("min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")]
    if order != sorted(order):
        return False
    ranks = {"min_ns": 1, "p50_ns": .5, "p90_ns": .9, "p99_ns": .99, "p999_ns": .999, "max_ns": l["timed"]}
    return all(in_bucket_of(l, buckets, l[key], r if r >= 1 else max(1, math.ceil(r * l["timed"]))) for key, r in ranks.items())


def in_bucket_of(l, buckets, value, rank):
    """Return true if a value lies in the bucket with this rank. Bucket i ends at 2 ** (i / 2 ** schema) seconds."""
    for i, n in buckets:
        rank -= n
        if rank <= 0:
            low, high = (2 ** ((i - d) / 2 ** l["schema"]) * 1e9 for d in (1, 0))
            return low * (1 - 1e-6) - 1 <= value <= high * (1 + 1e-6) + 1
    return False
