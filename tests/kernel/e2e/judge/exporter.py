# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks gmem_exporter against the workload's truth: sums at the end, state at the hold."""

import collections

from .modes import FUNCTION_MODES, NA, PART, PHASES, VALUE, pages_known, reboots_known
from .reboots import operations, reboots

PAGE = 4096


def check_machines(run):
    """Check that machines add up to the host, and agree with each workload."""
    m, t = run.metrics, run.truth
    for per, host in (("gmem_machine_allocated_bytes_total", "gmem_allocated_bytes_total"),
                      ("gmem_machine_freed_bytes_total", "gmem_freed_bytes_total")):
        if pages_known(run.mode):
            run.c.equal(run.say(f"{per}, added up"), m.one(host), sum(v for _, v in m.family(per)))
        else:
            run.c.equal(run.say(f"{host}, {per}: n/a"), ([], []), (m.family(host), m.family(per)))
    by_phase, host = m.by("gmem_machine_phase_operations_total", "phase"), m.by("gmem_phase_duration_seconds_count", "phase")
    run.c.equal(run.say("operations of machines, added up"), {p: v for p, v in host.items() if v},
                {p: v for p, v in by_phase.items() if v})
    if pages_known(run.mode):
        run.c.within(run.say("pages allocated for each machine"), dict(t.by_name("allocated_pages")),
                     {k: int(v) // PAGE for k, v in m.by_name("gmem_machine_allocated_bytes_total").items()}, t.slack)
    run.c.equal(run.say("machines"), sorted({v["name"] for v in t.vms}), sorted(m.machine_names().values()))


def check_buckets(run):
    """Check that the counts of a histogram's buckets only grow, up to its count."""
    wrong, last = [], {}
    for (name, labels), v in run.metrics.samples.items():
        if not name.endswith("_bucket"):
            continue
        rest = (name, frozenset((k, x) for k, x in labels if k != "le"))
        bound = float(dict(labels)["le"])
        if rest in last and (last[rest][0] >= bound or last[rest][1] > v):
            wrong.append((name, dict(labels), v))
        last[rest] = (bound, v)
    for (name, labels), (_, v) in last.items():
        if v != run.metrics.samples[(name.replace("_bucket", "_count"), labels)]:
            wrong.append((name, dict(labels), v))
    run.c.equal(run.say("buckets that fall, or do not end at the count"), [], wrong)


def check_reboots(run, style):
    """Check reboots by style, the last one's duration and its phases."""
    m, true, less = run.metrics, reboots(run.truth), run.losses.most
    names = sorted({v["name"] for v in run.truth.vms})
    got = collections.Counter()
    for labels, v in m.family("gmem_machine_reboots_total"):
        got[(m.machine_names().get(labels["machine"]), labels["style"])] += int(v)
    right = [got[(n, style)] for n in names]
    run.c.test(run.say(f"reboots of each machine, all by {style}"), sum(got.values()) - sum(right) <= less and
               all(len(true) - less <= n <= len(true) for n in right), {(n, style): len(true) for n in names}, +got)
    walls = m.by_name("gmem_machine_last_reboot_duration_seconds")
    parts = m.by_name("gmem_machine_last_reboot_phase_seconds")
    run.c.equal(run.say("last reboots whose phases do not add up to their duration"), [],
                [n for n in walls if abs(walls[n] - parts.get(n, -1)) > 1e-9])
    run.c.equal(run.say("phases of the last reboot that are n/a"), [], sorted(
        {l["phase"] for l, _ in m.family("gmem_machine_last_reboot_phase_seconds")
         if l["phase"] in PHASES and run.knows(l["phase"]) == NA}))
    if run.mode in FUNCTION_MODES:
        run.c.equal(run.say("machines with a last reboot"), names, sorted(walls))
    else:
        check_durations(run, walls, [operations(run.truth, t) for t in true])


def check_reboot_gaps(run):
    """Check which parts of reboots the exporter reports as unavailable."""
    known, got = reboots_known(run.view, run.kernel), {l["what"]: l["gap"] for l, _ in run.metrics.family("gmem_reboot_gap_info")}
    run.c.equal(run.say("what of reboots is not known"), {what: {PART: "part", NA: "all"}[k] for what, k in known.items() if k != VALUE}, got)


def check_durations(run, walls, true):
    """Check durations of reboots whose end may be unknown: each is the workload's, or counted as untimed."""
    m = run.metrics
    bounds = [((end[0] - begin[1]) / 1e9, (end[1] - begin[0]) / 1e9) for begin, end in true]
    run.c.equal(run.say("durations of the last reboot that are not the workload's"), {},
                {n: (v, bounds[-1]) for n, v in walls.items() if not bounds[-1][0] <= v <= bounds[-1][1]})
    n = sum(m.by("gmem_reboot_duration_seconds_count", "style").values())
    total = sum(m.by("gmem_reboot_duration_seconds_sum", "style").values())
    untimed = sum(v for _, v in m.family("gmem_reboots_untimed_total"))
    run.c.equal(run.say("reboots with a duration, and without"), len(true), int(n + untimed))
    least, most = (sum(b[i] for b in bounds) for i in range(2))
    run.c.test(run.say("durations of reboots in the histogram"), untimed or least <= total <= most, f"{least} to {most} s", total)


def check_hold(c, say, m, t):
    """Check the state while the workload holds."""
    _, bound = t.views()
    alive = t.alive()
    expected = sorted((v["name"], v["size_bytes"], v["resident_pages"] * PAGE, bound[v["vm"]]) for v in alive)
    size, bindings = m.by_name("gmem_machine_memory_size_bytes"), m.by_name("gmem_machine_bindings")
    resident = m.by_name("gmem_machine_memory_bytes")
    c.equal(say("machine, size, resident bytes, bindings"), expected,
            sorted((n, int(size[n]), int(resident[n]), int(bindings[n])) for n in size))
    c.equal(say("bytes of the host"), sum(e[2] for e in expected), int(sum(v for _, v in m.family("gmem_memory_bytes"))))
    c.equal(say("machines, vms, inodes, bindings of the host"),
            {"machine": len({v["name"] for v in alive}), "vm": len(alive), "inode": sum(i["alive"] for i in t.inodes),
             "binding": sum(bound.values())}, {k: int(v) for k, v in m.by("gmem_objects", "kind").items()})
    c.equal(say("pids"), {v["name"]: str(v["pid"]) for v in alive},
            {l["name"]: l.get("pid") for l, _ in m.family("gmem_machine_info")})


def check_own_cost(run):
    """Check the kernel's count of runs of the tool's programs: the page cache's hooks run at least once a page."""
    m, pages = run.metrics, run.truth.counts["allocated_pages"]
    run.c.equal(run.say("BPF statistics are kept"), 1, m.one("gmem_bpf_statistics_enabled"))
    runs, seconds = m.by("gmem_bpf_program_runs_total", "program"), m.by("gmem_bpf_program_run_seconds_total", "program")
    if "page_add" in run.probes and run.attached("page_add"):
        pages -= int(m.by("gmem_bpf_program_skipped_total", "program")["gm_page_add"])
        run.c.test(run.say("runs of gm_page_add"), runs["gm_page_add"] >= pages, f">= {pages}", runs["gm_page_add"])
    run.c.equal(run.say("programs that ran and took no time"), [], [p for p, n in runs.items() if n > 100 and not seconds[p]])
