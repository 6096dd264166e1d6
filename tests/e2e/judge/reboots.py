# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The episodes of gmemreboot against the reboots that the workload noted."""

from .modes import FUNCTION_MODES, NA, PHASES, pages_known

REST = ("user_ns", "guest_ns", "blocked_ns", "unknown_ns")
KEEPS_MEMORY = ("link", "handover", "stays")  # ways to reboot
EXACT = 0.01  # of a reboot's duration: what a duration without bounds may be off


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


def pairs(true, got):
    """Each episode with the reboot that it shares most time with."""
    def shared(e, t):
        return min(t[1], e["end_ns"]) - max(t[0], e["start_ns"])
    return [(max(true, key=lambda t: shared(e, t)), e) for e in got] if true else []


def wall_fits(e, true_ns):
    """Return true if the duration is what the workload measured, or has bounds around that."""
    if e["wall_ns"] is None:
        return e.get("wall_min_ns") is not None and e["wall_min_ns"] <= true_ns <= (e.get("wall_max_ns") or true_ns)
    return abs(e["wall_ns"] - true_ns) <= EXACT * true_ns


def check_episodes(run, style, how):
    """Check the episodes of reboots that are of a style, and were made in a way (scenario/episodes.sh)."""
    got, true = episodes(run), reboots(run.truth)
    check_others(run, how)
    whole = [l for l in run.lines if l["type"] == "episode" and l["end"] != "open" and l["wall_ns"] is not None]
    run.c.equal(run.say("episodes whose ledger does not add up to the wall clock"), [],
                [(e["episode"], e["wall_ns"], wall(e)) for e in whole if wall(e) != e["wall_ns"]])
    check_ledger(run)
    if run.mode == "inventory":
        check_by_scans(run, got, true)
        return
    less = run.losses.most
    run.c.test(run.say("number of reboots"), len(true) - less <= len(got) <= len(true), len(true), len(got))
    run.c.at_most(run.say("reboots of another style"), less, [e["style"] for e in got if e["style"] != style])
    run.c.at_most(run.say("episodes outside of their reboot"), less,
                  [(t, (e["start_ns"], e["end_ns"])) for t, e in pairs(true, got) if e["start_ns"] < t[0] or e["end_ns"] > t[1]])
    if run.mode not in FUNCTION_MODES:
        run.c.equal(run.say("durations that are not the workload's, nor bounds of it"), [],
                    [(t[1] - t[0], e["wall_ns"]) for t, e in pairs(true, got) if not wall_fits(e, t[1] - t[0])])
    check_pages(run, got, style, how)
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
    """Check what is no reboot: guests that go on in a new VM, and memory that is unbound and bound again."""
    told = [l for l in run.lines if l["type"] == "episode" and l["style"] == "handover"]
    true = run.truth.counts["link"] if how == "handover" and run.mode != "inventory" else 0
    run.c.equal(run.say("guests that went on in a new VM"), true, len(told))
    if run.mode == "inventory":
        return
    summary = run.lines[-1]
    # A slot that is made anew in a reset's own stop belongs to that. Of "stays" every second reboot is firmware's.
    own = {"inplace": run.truth.counts["reboot"], "stays": run.truth.counts["reboot"] // 2}.get(how, 0)
    less = run.losses.most
    true = sum(e["op"] == "unbind" for e in run.truth.events) - own
    run.c.test(run.say("memory unbound and bound again"), true - less <= summary.get("reshuffles", -1) <= true, true, summary.get("reshuffles"))


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


def pages_of_reboot(run, how):
    """Pages that each reboot frees, and allocates: the same number; none where the memory stays."""
    true = run.truth
    if how in KEEPS_MEMORY:
        return 0
    return sum(i["allocated_pages"] for i in true.inodes) // (len(reboots(true)) + 1)


def check_pages(run, got, style, how):
    expected, less = pages_of_reboot(run, how), run.losses.most
    pages = [(e["freed_pages"], e["allocated_pages"]) for e in got]
    run.c.test(run.say("pages freed and allocated by each reboot") if style != "inplace" else
               run.say("pages freed and allocated by each reboot in place"), not pages_known(run.mode) or all(
                   n is not None and expected - less <= n <= expected for p in pages for n in p),
               [(expected, expected)] * len(got), pages)


def check_saving(run, got, style, how):
    """Check which reboots have a predicted saving: it takes both sides' times of pages, and a link saves nothing."""
    known = run.mode in FUNCTION_MODES and how not in KEEPS_MEMORY
    run.c.equal(run.say("reboots without a predicted saving" if known else "reboots with a predicted saving"), [],
                [(e["episode"], e["saving"]) for e in got if ("na" in e["saving"]) == known])
