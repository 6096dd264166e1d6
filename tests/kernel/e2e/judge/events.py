# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks events: the number of each kind, and the fields of each event."""

import collections

from .modes import KINDS, KINDS_BY_SCAN, LIVES, UNKNOWN_KINDS, pages_known

# Calls that the workload makes one by one, with the times of each.
CALLS = ("vm_create", "create", "bind", "unbind", "mmap", "fallocate", "punch")


def unseen_punches(run):
    """Return the punches whose call no hook of this view sees. A scan reports their pages."""
    return [] if run.view == "functions" else [e for e in run.truth.events if e["op"] == "punch" and e.get("call") == "io_uring"]


def check_kinds(run):
    """Check the summary's numbers of events by kind. A kind that was not seen must not be 0."""
    events, failed, t = run.summary["events"], run.summary["failed"], run.truth
    unknown = UNKNOWN_KINDS.get(run.view, set())
    run.c.equal(run.say("kinds of events that are n/a"), unknown, {k for k in KINDS if k not in events})
    expected, got, short = {}, {}, {}
    for kind in set(KINDS) & set(events) - unknown:
        expected[kind], got[kind] = t.count(kind), events[kind] - failed.get(kind, 0)
        short[kind] = 0 if kind in LIVES else run.losses.of(kind)
        if kind == "punch":
            short[kind] += len(unseen_punches(run))
    run.c.test(run.say("events by kind"), all(n - short[k] <= got[k] <= n for k, n in expected.items()),
               with_losses(expected, short), got)
    if "bind" in events:
        run.c.within(run.say("refused binds"), {"bind": run.refused_binds()}, {"bind": failed.get("bind", 0)},
                     less=run.losses.of("bind"))


def with_losses(expected, short):
    """Return the expected numbers for a check's message, as ranges where runs were skipped."""
    return {k: f"{n - short[k]} .. {n}" if short[k] else n for k, n in expected.items()}


def check_event_lines(run):
    """Check that gmemsnoop's lines agree with its summary, and name the right machines and processes."""
    t, events = run.truth, run.events
    good = [e for e in events if e["ret"] >= 0]
    counted = collections.Counter(e["kind"] for e in events)
    run.c.equal(run.say("a line for every event of the summary"),
                {k: n for k, n in run.summary["events"].items() if n}, dict(counted))
    names = {v["name"] for v in t.vms}
    run.c.equal(run.say("machines of events"), set(), {e["machine"] for e in good} - names)
    run.c.equal(run.say("processes of events"), set(), {e["pid"] for e in good if "noticed" not in e} - t.pids)
    check_noticed(run, good)
    made = sorted((e["machine"], e["pid"]) for e in good if e["kind"] == "vm_create" and "noticed" not in e)
    if "vm_create" not in KINDS_BY_SCAN.get(run.view, ()):
        run.c.part_of(run.say("machine and process of VMs made"), [(v["name"], v["pid"]) for v in t.vms], made,
                      run.losses.of("vm_create"))
    check_created(run, good)
    check_places(run, events)
    check_ids(run, good)
    check_times(run, good)
    check_eviction(run, good)
    check_ranges(run, good)


def check_created(run, good):
    """Check the type of each VM, and number and size of each file's inode."""
    t = run.truth
    run.c.part_of(run.say("machine and type of VMs made"), [(v["name"], v["type"]) for v in t.vms],
                  [(e["machine"], e["vm_type"]) for e in good if e["kind"] == "vm_create" and "vm_type" in e], len(t.vms))
    size = {i["ino"]: i["size_bytes"] for i in t.inodes}
    made = [e for e in good if e["kind"] == "create"]
    known = [(e["ino"], e["size_bytes"]) for e in made if "size_bytes" in e]  # a scan that finds only the file reports no size
    run.c.part_of(run.say("ino and size of files made"), [(e["ino"], size.get(e["ino"])) for e in t.events if e["op"] in ("create", "link") and e["ret"] >= 0],
                  known, run.losses.of("create") + len(made) - len(known))


def check_places(run, events):
    """Check the flags of each file, and each slot's place in the guest and in the file, also of refused binds."""
    true = [(e["ino"], e["gmem_flags"]) for e in run.truth.events if e["op"] in ("create", "link")]
    got = [(e["ino"], e["gmem_flags"]) for e in events if e["kind"] == "create" and "gmem_flags" in e]
    run.c.part_of(run.say("ino and flags of files made"), true, got, 0 if run.view == "functions" and not run.losses.of("create") else len(true))
    for kind in ("bind", "unbind"):
        ops = (kind, "bind_rejected") if kind == "bind" and run.refused_binds() > run.truth.counts["bind_failed"] else (kind,)
        true = [(e["slot"], e["base_gfn"], e["slot_pages"], e["pgoff_pages"], e["ret"] < 0) for e in run.truth.events if e["op"] in ops]
        got = [(e["slot"], e["base_gfn"], e["pages"], e["pgoff_pages"], e["ret"] < 0) for e in events if e["kind"] == kind and "slot" in e]
        run.c.part_of(run.say(f"slot, first frame, pages and offset of each {kind}"), true, got, run.losses.of(kind) if run.view == "functions" else len(true))


def check_ids(run, good):
    """Check that each id means one object, which was created, and that results and commands are those of the workload."""
    run.c.equal(run.say("results of calls that ended well"), [], [(e["kind"], e["ret"]) for e in good
                                                                   if "noticed" not in e and e["kind"] != "memory_failure" and e["ret"] != e.get("fd", 0)])
    comms = {e["comm"] for e in good if e["kind"] in CALLS and "noticed" not in e}
    if any(e.get("call") == "io_uring" for e in run.truth.events):
        comms = {c for c in comms if not c.startswith("iou-wrk-")}  # the kernel's thread that makes the call (io_uring/io-wq.c)
    run.c.equal(run.say("commands of calls"), set(), comms - {"gmemguest"})
    if run.losses.most or run.truth.counts["link"]:
        return
    means = {"vm": collections.defaultdict(set), "inode": collections.defaultdict(set), "file": collections.defaultdict(set)}
    for e in good:
        means["vm"][e["vm"]].add(e["machine"])
        means["file"][e["file"]].add(e["inode"])
        if e.get("ino"):
            means["inode"][e["inode"]].add(e["ino"])
    run.c.equal(run.say("ids that mean two things"), [], [(what, i, names) for what, ids in means.items() for i, names in ids.items() if i and len(names) > 1])
    made = {what: {e[what] for e in good if e["kind"] == kind} | {0} for what, kind in (("vm", "vm_create"), ("file", "create"), ("inode", "create"))}
    run.c.equal(run.say("ids of what was never made"), [], [(e["kind"], what, e[what]) for e in good for what, ids in made.items() if e[what] not in ids])


def check_times(run, good):
    """Check that each call lies within the workload's own times of it, call by call of each process."""
    if run.losses.most:
        return
    true, got, unseen = collections.defaultdict(list), collections.defaultdict(list), unseen_punches(run)
    for e in run.truth.events:
        if e["op"] in CALLS and e["ret"] >= 0 and "ts_ns" in e and e not in unseen:
            true[(e["pid"], e["op"])].append((e["ts_ns"], e["ts_ns"] + e["dur_ns"]))
    for e in good:
        if e["kind"] in CALLS and "noticed" not in e:
            got[(e["pid"], e["kind"])].append((e["ts_ns"] - e["dur_ns"], e["ts_ns"]))
    wrong = [(key, t, g) for key in true for t, g in zip(sorted(true[key]), sorted(got[key])) if not t[0] <= g[0] <= g[1] <= t[1]]
    run.c.equal(run.say("calls outside of the workload's own times of them"), [], wrong[:3])


def check_noticed(run, good):
    """Check process and duration of each event: an event noticed by a scan has neither, one noticed by a call has the call's, any other has its own."""
    by_scan = KINDS_BY_SCAN.get(run.view, ())
    run.c.at_most(run.say("events noticed by a scan and not by a hook, or the reverse"), run.losses.most,
                  [e["kind"] for e in good if ("noticed" in e) != (e["kind"] in by_scan) and not is_of_unseen(run, e)])
    run.c.equal(run.say("processes and durations of what was noticed by a scan"), [],
                [(e["kind"], e["pid"], e.get("dur_ns")) for e in good if e.get("noticed") == "scan" and (e["pid"] or "dur_ns" in e)])
    run.c.equal(run.say("other events without a duration"), [],
                [e["kind"] for e in good if e.get("noticed") != "scan" and "dur_ns" not in e and e["kind"] != "reset"])  # a reset has no duration


def is_of_unseen(run, e):
    """Return true if a scan may report the punch: no hook sees its call in this view, or a run was skipped."""
    return e["kind"] == "punch" and e.get("noticed") == "scan" and bool(unseen_punches(run) or run.losses.of("punch"))


def check_punches(run, good, ino):
    """Check call and cause of each punch, and the pages of punches whose call was not seen."""
    unseen = unseen_punches(run)
    expected = [(e["ino"], e["pages"], e["call"], cause) for e, cause in punches_and_causes(run.truth) if e not in unseen]
    got = [(ino.get(e["inode"], -1), e["pages"], e.get("call"), e.get("cause")) for e in good if e["kind"] == "punch" and "noticed" not in e]
    run.c.part_of(run.say("inode, pages, call and cause of each punch"), sorted(expected, key=str), sorted(got, key=str), run.losses.of("punch"))
    sums = collections.Counter()
    for e in unseen:
        sums[e["ino"]] += e["freed_pages"]
    found = collections.Counter()
    for e in good:
        if is_of_unseen(run, e):
            found[ino.get(e["inode"], -1)] += e["freed_pages"]
    if not run.losses.of("punch"):
        run.c.equal(run.say("pages punched out by calls that are not seen"), dict(sums), dict(found))


def punches_and_causes(truth):
    """Yield each punch with its cause: convert if the inode's event before converted the same range."""
    last = {}
    for e in truth.events:
        before = last.get(e.get("ino"))
        if e["op"] == "punch" and e["ret"] >= 0:
            yield e, "convert" if before and before["op"] == "convert" and before["pages"] == e["pages"] else None
        if e["op"] in ("convert", "punch"):
            last[e.get("ino")] = e


def check_eviction(run, good):
    """Check each inode's pages, exactly."""
    if not pages_known(run.mode):
        run.c.equal(run.say("pages of events that nobody counted"), [],
                    [e for e in good if {"freed_pages", "allocated_pages_total", "freed_pages_total"} & set(e)])
        return
    dead = [i for i in run.truth.inodes if not i["alive"]]
    lines = [e for e in good if e["kind"] == "evict"]
    check_inode_pages(run, dead, {e["ino"]: (e.get("allocated_pages_total"), e.get("freed_pages_total")) for e in lines})
    less = run.losses.of("evict")
    expected = {e["ino"]: (e["freed_pages"] - less, e["freed_pages"] + e.get("slack_pages", 0))
                for e in run.truth.events if e["op"] == "evict"}
    got = {e["ino"]: e.get("freed_pages", -1) for e in lines}
    run.c.test(run.say("pages freed by each eviction"), set(expected) == set(got) and all(
        low <= got[i] <= high for i, (low, high) in expected.items()), expected, got)


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
        reported = [e for e in run.truth.events if e["op"] == kind and e["ret"] >= 0 and e not in unseen_punches(run)]
        unsure = {e["ino"]: e["slack_pages"] for e in reported if e.get("slack_pages")}
        expected = sorted((e["ino"], e["pages"], e[truth_moved] if moved and e["ino"] not in unsure else 0)
                          for e in reported)
        events = [(ino.get(e["inode"], -1), e["pages"], e.get(moved, -1) if moved else 0)
                  for e in good if e["kind"] == kind and not is_of_unseen(run, e)]
        got = sorted((i, pages, 0 if i in unsure else n) for i, pages, n in events)
        check_moves(run, kind, expected, got)
        run.c.equal(run.say(f"no {kind} moved more than its range"), [], [e for e in events if e[2] > unsure.get(e[0], e[1])])
    if "punch" in run.summary["events"]:
        check_punches(run, good, ino)
    if "convert" in run.summary["events"]:
        lines, n = [e["pages"] for e in good if e["kind"] == "convert"], run.truth.counts["converted_pages"]
        run.c.test(run.say("pages converted"), sum(lines) == n or (run.losses.of("convert") and sum(lines) < n), n, sum(lines))


def check_moves(run, kind, expected, got):
    """Check inode, pages, and pages moved of each call. Where runs were skipped, calls and pages moved may be missing."""
    what, less = run.say(f"inode, pages, pages moved of each {kind}"), run.losses.of(kind)
    if not less:
        run.c.equal(what, expected, got)
        return
    true, reported = collections.defaultdict(list), collections.defaultdict(list)
    for moves, calls in ((true, expected), (reported, got)):
        for ino, pages, moved in calls:
            moves[(ino, pages)].append(moved)
    short = len(expected) - len(got)
    for key, moved in reported.items():
        pairs = list(zip(sorted(true[key], reverse=True), sorted(moved, reverse=True)))
        if len(moved) > len(true[key]) or any(m > n for n, m in pairs):
            short = less + 1
    run.c.test(what, 0 <= short <= less, f"{expected}, {less} runs skipped", got)
