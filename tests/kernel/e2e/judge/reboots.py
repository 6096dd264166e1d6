# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The episodes of gmemreboot against the reboots that the workload noted."""

from .modes import FUNCTION_MODES, NA, PHASES, pages_known

REST = ("user_ns", "guest_ns", "blocked_ns", "unknown_ns")
KEEPS_MEMORY = ("link", "handover", "handover-process", "stays")  # ways to reboot

TIMED = ("range", "dup2")  # ways to reboot whose begin is a call that tracepoint mode hooks, and whose end comes long after the teardown


def reboots(truth):
    """(begin, end) of each, by the workload's clock."""
    return [(e["ts_ns"], e["ts_ns"] + e["dur_ns"]) for e in truth.events if e["op"] == "reboot"]


def episodes(run):
    """Episodes that had a successor."""
    return [l for l in run.lines if l["type"] == "episode" and l["style"] not in ("shutdown", "handover")]


def wall(e):
    """Wall-clock time of all lines of an episode, and of what belongs to neither side."""
    lines = [l for side in ("old", "new") for l in e[side].values()]
    return sum(l.get("wall_ns") or 0 for l in lines) + sum(e["neither"][k] or 0 for k in REST)


def bounds(e, what):
    """The least and the most that an episode's start, end or wall can be: the same if it is known, None: no bound."""
    known = e[what + "_ns"]
    return (known, known) if known is not None else (e[what + "_min_ns"], e[what + "_max_ns"])


def pairs(true, got):
    """Each episode with the reboot that it shares most time with."""
    def shared(e, t):
        return min(t[1], bounds(e, "end")[0]) - max(t[0], bounds(e, "start")[0])
    return [(max(true, key=lambda t: shared(e, t)), e) for e in got] if true else []


def operations(truth, reboot):
    """((begin, end) of the first act of a reboot, and of the last), by the workload's clock: within these it began and ended."""
    acts = [(e["ts_ns"], e["ts_ns"] + e["dur_ns"]) for e in truth.events
            if e["op"] != "reboot" and "ts_ns" in e and reboot[0] <= e["ts_ns"] and e["ts_ns"] + e["dur_ns"] <= reboot[1]]
    first = min(acts, default=(reboot[0], reboot[1]))
    last = max((a[::-1] for a in acts), default=(reboot[1], reboot[0]))
    return (reboot[0], first[1]), (last[1], reboot[1])


def fits(got, true):
    """Return true if a time between two bounds can be one between the true ones."""
    return got[0] <= true[1] and (got[1] is None or true[0] <= got[1])


def times_fit(e, acts):
    """Return true if an episode's begin, end and duration are the workload's, or bounds of them."""
    begin, end = acts
    wall = bounds(e, "wall")
    return (fits(bounds(e, "start"), begin) and fits(bounds(e, "end"), end) and
            wall[0] <= end[1] - begin[0] and (wall[1] is None or wall[1] >= end[0] - begin[1]))


def check_episodes(run, style, how):
    """Check the episodes of reboots that are of a style, and were made in a way (scenario/episodes.sh)."""
    got, true = episodes(run), reboots(run.truth)
    check_others(run, how)
    whole = [l for l in run.lines if l["type"] == "episode" and l["end"] != "open" and l["wall_ns"] is not None]
    run.c.equal(run.say("episodes whose ledger does not add up to the wall clock"), [],
                [(e["episode"], e["wall_ns"], wall(e)) for e in whole if wall(e) != e["wall_ns"]])
    check_ledger(run)
    check_answers(run)
    if run.mode == "inventory":
        check_by_scans(run, got, true)
        return
    less = run.losses.most
    run.c.test(run.say("number of reboots"), len(true) - less <= len(got) <= len(true), len(true), len(got))
    unknown = () if run.mode in FUNCTION_MODES else (None,)
    run.c.at_most(run.say("reboots of another style"), less, [e["style"] for e in got if e["style"] not in (style, *unknown)])
    if run.mode in FUNCTION_MODES:
        run.c.at_most(run.say("episodes outside of their reboot"), less,
                      [(t, (e["start_ns"], e["end_ns"])) for t, e in pairs(true, got) if e["start_ns"] < t[0] or e["end_ns"] > t[1]])
    else:
        acts = [(operations(run.truth, t), e) for t, e in pairs(true, got)]
        if how in KEEPS_MEMORY:  # memory that is touched again, and was mapped all the time, shows no end
            acts = [((begin, (begin[0], end[1])), e) for (begin, end), e in acts]
        run.c.equal(run.say("times that are not the workload's, nor bounds of them"), [],
                    [(t, [bounds(e, what) for what in ("start", "end", "wall")]) for t, e in acts if not times_fit(e, t)])
    if how in TIMED:
        run.c.at_most(run.say("reboots without a duration"), less, [(e["episode"], bounds(e, "wall")) for e in got if e["wall_ns"] is None])
    check_pages(run, got, style, how)
    run.c.equal(run.say("reboots whose pages are partial"), [], [e["episode"] for e in got if "pages_partial" in e])
    check_saving(run, got, style, how)
    if how in ("inplace", "process") and run.mode in FUNCTION_MODES:
        check_sptes(run, got, how)


def check_sptes(run, got, how):
    """Check the SPTEs that each teardown takes away, where the kernel counts them: the guest touched every page. (In the other ways the
    workload unmaps its own mapping first, and the MMU notifier takes them.)"""
    expected, less = pages_of_reboot(run, how), run.losses.most
    sptes = [e["old"]["zap"]["sptes_4k"] for e in got if "sptes_4k" in e["old"].get("zap", ())]
    bound = any(e["op"] == "bind" and e["ret"] == 0 for e in run.truth.events)
    expected = expected if bound else 0
    run.c.test(run.say("SPTEs that each teardown takes away"), all(expected - less <= n <= expected for n in sptes), expected, sptes)


def check_others(run, how):
    """Check what is no reboot: guests that go on in a new VM."""
    told = [l for l in run.lines if l["type"] == "episode" and l["style"] == "handover"]
    true = run.truth.counts["handover"] if run.mode != "inventory" else 0
    # Without the functions of a VM's end a scan finds that, maybe after the next handover.
    least = true - run.losses.most if run.mode in FUNCTION_MODES else 0
    run.c.test(run.say("guests that went on in a new VM"), least <= len(told) <= true, true, len(told))


def check_reshuffles(run, truths):
    """Check how often memory was unbound and bound again, which is no reboot: truths by way to reboot."""
    # A slot that is made anew in a reset's own stop belongs to that. Of "stays" every second reboot is firmware's.
    own = {"inplace": 1, "stays": 2}
    true = sum(sum(e["op"] == "unbind" for e in t.events) - (t.counts["reboot"] // own[how] if how in own else 0) for how, t in truths.items())
    less = run.losses.most
    run.c.test(run.say("memory unbound and bound again"), true - less <= run.summary["reshuffles"] <= true, true, run.summary["reshuffles"])


def check_by_scans(run, got, true):
    """Check episodes of which only scans know: no more than there were, without a style, a duration or a number of pages."""
    run.c.test(run.say("reboots"), len(got) <= len(true), f"<= {len(true)}", len(got))
    run.c.equal(run.say("reboots with a style that is n/a"), [], [e["style"] for e in got if e["style"] is not None])
    ended = [l for l in run.lines if l["type"] == "episode"]
    run.c.equal(run.say("episodes with a duration that is n/a"), [], [e["wall_ns"] for e in ended if e["wall_ns"] is not None])
    run.c.equal(run.say("episodes with pages or a saving that are n/a"), [],
                [(e["freed_pages"], e["allocated_pages"], e["saving"]) for e in ended
                 if (e["freed_pages"], e["allocated_pages"]) != (None, None) or "na" not in e["saving"]])


def check_ledger(run):
    """Check which lines of the ledger are n/a: those of phases that this mode does not know."""
    lines = {(name, "na" in line) for l in run.lines if l["type"] == "episode" for side in ("old", "new")
             for name, line in l[side].items() if name in PHASES}
    run.c.equal(run.say("lines of the ledger with a number that is n/a, or the reverse"), [],
                sorted(name for name, na in lines if na != (run.knows(name) == NA)))


FAULT_LINES = ("alloc", "zero", "prepare", "map", "guest_fault", "host_fault", "prefault")


def answer_is_wrong(e):
    """What of an episode's answer is not the sum of its lines; a part of which nothing was measured is null."""
    def sum_of(side, wanted):
        return sum(l.get("wall_ns") or 0 for name, l in e[side].items() if wanted(name))
    a = e["answer"]
    parts = {"teardown_wall_ns": sum_of("old", lambda name: True), "setup_wall_ns": sum_of("new", lambda name: name not in FAULT_LINES),
             "faults_wall_ns": sum_of("new", lambda name: name in FAULT_LINES)}
    parts["memory_wall_ns"] = sum(parts.values())
    if e["wall_ns"] is not None and a["memory_wall_ns"] is not None:
        parts["elsewhere_wall_ns"] = e["wall_ns"] - parts["memory_wall_ns"]
    wrong = {name: (value, a[name]) for name, value in parts.items() if a[name] != (value if value or a[name] is not None else None)}
    lacks = any("na" in l for side in ("old", "new") for l in e[side].values())
    if lacks and "partial" not in a and "na" not in a:
        wrong["partial"] = "not said"
    return wrong


def check_answers(run):
    run.c.equal(run.say("answers that are not the sums of their ledger"), [],
                [(l["episode"], answer_is_wrong(l)) for l in run.lines if l["type"] == "episode" and answer_is_wrong(l)])


def pages_of_reboot(run, how):
    """Pages that each reboot frees, and allocates: the same number; none where the memory stays."""
    true = run.truth
    if how in KEEPS_MEMORY:
        return 0
    return sum(i["allocated_pages"] for i in true.inodes) // (len(reboots(true)) + 1)


def check_pages(run, got, style, how):
    """Check the pages of each reboot. A skipped run of a program costs one page of a fault, or all that a teardown freed: n/a then."""
    expected, less = pages_of_reboot(run, how), run.losses.most
    pages = [(e["freed_pages"], e["allocated_pages"]) for e in got]
    known = [n for p in pages for n in p if n is not None]
    run.c.test(run.say("pages freed and allocated by each reboot") if style != "inplace" else
               run.say("pages freed and allocated by each reboot in place"), not pages_known(run.mode) or (
                   all(expected - less <= n <= expected for n in known) and 2 * len(pages) - len(known) <= less),
               [(expected, expected)] * len(got), pages)


def check_saving(run, got, style, how):
    """Check which reboots have a predicted saving: it takes both sides' times of pages, and a link saves nothing."""
    known = run.mode in FUNCTION_MODES and how not in KEEPS_MEMORY
    run.c.equal(run.say("reboots without a predicted saving" if known else "reboots with a predicted saving"), [],
                [(e["episode"], e["saving"]) for e in got if ("na" in e["saving"]) == known])
