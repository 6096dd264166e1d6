# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Events: the number of each kind, and the fields of each."""

import collections

from .modes import may_lack_kind


# Kinds of events that the truth counts by the same name.
KINDS = ["vm_create", "vm_destroy", "create", "bind", "unbind", "mmap", "release", "evict", "fallocate", "punch",
         "convert"]
LIVES = ("vm_create", "vm_destroy", "create", "release", "evict")


def check_kinds(run):
    """Check the summary's numbers of events by kind. A kind that was not seen must not be 0."""
    events, failed, t = run.summary["events"], run.summary["failed"], run.truth
    expected, got, unseen = {}, {}, []
    for kind in KINDS:
        if kind not in events and not t.count(kind):
            continue
        if not run.exact and kind not in LIVES:
            continue
        if kind not in events and may_lack_kind(run, kind):
            unseen.append(kind)
            continue
        expected[kind] = t.count(kind)
        got[kind] = events.get(kind, "nothing") if kind not in events else events[kind] - failed.get(kind, 0)
    run.c.equal(run.say("events by kind" + (f", {' '.join(unseen)} n/a" if unseen else "")), expected, got)
    if "bind" in events and run.exact:
        run.c.equal(run.say("refused binds"), run.refused_binds(), failed.get("bind", 0))


def check_event_lines(run):
    """Check that gmemsnoop's lines agree with its summary, and name the right machines and processes."""
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
    """Check each inode's pages, exactly."""
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
    """Check the pages that each inode allocated and freed. Pages beyond the certain ones must be freed again."""
    expected = {i["ino"]: (i["allocated_pages"], i["freed_pages"], i["slack_pages"]) for i in inodes}
    good = set(expected) == set(got) and all(
        None not in got[i] and a <= got[i][0] <= a + slack and got[i][0] - got[i][1] == a - f
        for i, (a, f, slack) in expected.items())
    exact = not any(i["slack_pages"] for i in inodes)
    run.c.test(run.say("pages allocated and freed by each inode" + ("" if exact else ", the last number more at most")), good,
               {i: v[:2] for i, v in expected.items()} if exact else expected, got)


def check_ranges(run, good):
    """Check the ranges of events, and the pages they moved, per inode."""
    ino = {e["inode"]: e["ino"] for e in good if e["kind"] in ("create", "evict") and e["ino"]}
    for kind, moved, truth_moved in (("bind", None, None), ("mmap", None, None),
                                     ("fallocate", "allocated_pages", "added_pages"),
                                     ("punch", "freed_pages", "freed_pages")):
        if kind not in run.summary["events"]:
            continue
        reported = [e for e in run.truth.events if e["op"] == kind and e["ret"] >= 0]
        unsure = {e["ino"]: e["slack_pages"] for e in reported if e.get("slack_pages")}
        expected = sorted((e["ino"], e["pages"], e[truth_moved] if moved and e["ino"] not in unsure else 0)
                          for e in reported)
        events = [(ino.get(e["inode"], -1), e["pages"], e[moved] if moved else 0) for e in good if e["kind"] == kind]
        got = sorted((i, pages, 0 if i in unsure else n) for i, pages, n in events)
        run.c.equal(run.say(f"inode, pages, pages moved of each {kind}"), expected, got)
        run.c.equal(run.say(f"no {kind} moved more than its range"), [], [e for e in events if e[2] > unsure.get(e[0], e[1])])
    if "convert" in run.summary["events"]:
        run.c.equal(run.say("pages converted"), run.truth.counts["converted_pages"],
                    sum(e["pages"] for e in good if e["kind"] == "convert"))
