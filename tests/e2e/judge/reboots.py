# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The episodes of gmemreboot against the reboots that the workload noted."""

REST = ("user_ns", "guest_ns", "blocked_ns", "unknown_ns")


def reboots(truth):
    """(begin, end) of each, by the workload's clock."""
    return [(e["ts_ns"], e["ts_ns"] + e["dur_ns"]) for e in truth.events if e["op"] == "reboot"]


def episodes(run):
    """Episodes that had a successor."""
    return [l for l in run.lines if l["type"] == "episode" and l["style"] != "shutdown"]


def wall(e):
    """Wall-clock time of all lines of an episode, and of what belongs to neither side."""
    lines = [l for side in ("old", "new") for l in e[side].values()]
    return sum(l.get("wall_ns") or 0 for l in lines) + sum(e["neither"][k] or 0 for k in REST)


def check_episodes(run, style):
    got = episodes(run)
    whole = [l for l in run.lines if l["type"] == "episode" and l["end"] != "open"]
    run.c.equal(run.say("episodes whose ledger does not add up to the wall clock"), [],
                [(e["episode"], e["wall_ns"], wall(e)) for e in whole if wall(e) != e["wall_ns"]])
    if run.mode != "full":
        run.c.skip(run.say("episodes by number: without function probes reboots faster than a look are not told apart"))
        return
    if not run.exact:
        return
    true = reboots(run.truth)
    if not run.c.equal(run.say("reboots, and their style"), [style] * len(true), [e["style"] for e in got]):
        return
    if style == "inplace":  # the tool reports the sums of faults a little late on a busy machine
        return
    run.c.equal(run.say("episodes outside of their reboot"), [],
                [(t, (e["start_ns"], e["end_ns"])) for t, e in zip(true, got) if e["start_ns"] < t[0] or e["end_ns"] > t[1]])
    check_pages(run, got, style)


def check_pages(run, got, style):
    """Check the pages of each reboot: it frees and allocates the same number; a link none."""
    expected = 0 if style == "link" else max(i["allocated_pages"] for i in run.truth.inodes)
    run.c.equal(run.say("pages freed and allocated by each reboot"), [(expected, expected)] * len(got),
                [(e["freed_pages"], e["allocated_pages"]) for e in got])
    run.c.equal(run.say("reboots without a predicted saving"), [] if style != "link" else [e["episode"] for e in got],
                [e["episode"] for e in got if "na" in e["saving"]])
