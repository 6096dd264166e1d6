# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests the judge (check.py --self-test): fields that a mode does not know, events that a skipped run may lose, the table of known deviations."""

import json
import os

from scenario import episodes, pressure

from . import counted, deviations, metrics
from .exporter import check_reboot_gaps, check_reboots
from .fixture import ALL_FUNCTIONS, put, sample_summary, sample_truth, sample_verdict, scenario_folder, write_lines, write_texts
from .losses import Losses
from .modes import NA, PART, PHASES, Kernel
from .output import Checks, Output
from .run import MetricsRun
from .truth import Truth


# ---- losses ----

def lose(n, what="program_skipped", told=None):
    """Return a change: the tool reports n losses, and its summary n or another number."""
    def change(lines):
        lines.insert(-1, {"type": "loss", "what": what, "count": n})
        lines[-1]["lost"] = n if told is None else told
    return change


def without_bind(lines):
    """Change a tool's lines: one bind is missing."""
    lines[:] = [l for l in lines if l.get("kind") != "bind"]
    lines[-1]["events"]["bind"] = 0
    lines[-1]["phases"]["bind"] = {"count": 0, "timed": 0, "sum_ns": 0}
    lines[-1]["operations"]["bind"].update(seen=0, in_histograms=0, untimed=0)


def count(phase, n):
    return put(-1, "phases", phase, "count", n)


SKIPPED = [("top.json", lose(1)), ("snoop.json", lose(1))]

# Changes that are no failure if one run was skipped.
LOSSES_ALLOWED = [
    ("a bind missing", "snoop.json", without_bind),
    ("a bind missing, for gmemtop", "top.json", without_bind),
    ("a page missing", "top.json", count("alloc", 9)),
    ("pages of an allocation that was skipped", "top.json", put(
        -1, "phases", "zero", "partial", "without pages for whose allocation the kernel skipped the program: they may have been zeroed later")),
    ("a page of each phase missing", "top.json", lambda l: (count("alloc", 9)(l), count("zero", 9)(l))),
]
# Changes that are a failure even if one run was skipped, and words of the check that must find them.
LOSSES_FOUND = [
    ("a page more missing than runs were skipped", "top.json", count("alloc", 8), "pages by phase"),
    ("a page more than there was", "top.json", count("alloc", 11), "pages by phase"),
    ("a VM missing", "top.json", put(-1, "events", "vm_create", 0), "events by kind"),
    ("a page of the kernel's own count missing", "top.json", put(-1, "allocated_pages", 9), "allocated pages, freed pages"),
    ("a bind more than there was", "top.json", put(-1, "events", "bind", 2), "events by kind"),
    ("a bind of other pages", "snoop.json", put(2, "pages", 15), "inode, pages, pages moved of each bind"),
    ("another machine", "snoop.json", put(0, "machine", "guest-1"), "machines of events"),
    ("a line missing that was counted", "snoop.json", lambda l: l.pop(2), "a line for every event"),
    ("a VM that was noticed", "top.json", put(0, "alive", True), "VMs alive at the end"),
]


def self_test_losses(args, c):
    for what, name, change in LOSSES_ALLOWED:
        c.equal(f"with a run skipped, no failure: {what}", [], sample_verdict(args, *SKIPPED, (name, change)))
        c.test(f"without, found: {what}", bool(sample_verdict(args, (name, change))), "a failure", "none")
    for what, name, change, words in LOSSES_FOUND:
        found = sample_verdict(args, *SKIPPED, (name, change))
        c.test(f"with a run skipped, found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
    for what, change, words in (("a full ring", lose(1, "ring_full"), "nothing lost, but"),
                                ("losses that are not the summary's", lose(1, told=2), "losses, added up")):
        found = sample_verdict(args, ("top.json", change))
        c.test(f"found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
    c.equal("counts of hot phases: what is right is no failure", {}, pressure.wrong({"map": (9, 9)}, {"map": {"count": 9, "timed": 7}}))
    c.equal("counts of hot phases: found one that is missing", {"map": (9, 9, 8)}, pressure.wrong({"map": (9, 9)}, {"map": {"count": 8, "timed": 7}}))
    by_program = Losses({"program_skipped": 5, "unfinished_call": 1}, {"gm_page_add": 3, "gm_bind": 2})
    c.equal("skipped runs by program", (6, 4, 3, 1), tuple(by_program.of(k) for k in ("other", "faults", "bind", "destroy")))


# ---- modes ----

def without_probes(lines):
    """Change a tool's lines to those of tracepoint mode, on a kernel without host faults."""
    for l in lines:
        if l.get("kind") in ("vm_destroy", "release", "evict"):
            l.update(noticed="scan", pid=0, tid=0, comm="")
            for field in ("dur_ns", "self_ns", "resident_pages"):
                l.pop(field, None)
    lines[:] = [l for l in lines if l.get("phase") != "host_fault"]
    s = lines[-1]
    s["mode"] = "tracepoint"
    if "fault" in s["events"] and len(lines) > 10:
        s["events"]["fault"] = 10
    s["operations"].pop("host_fault")
    s["operations"].pop("bind")
    for phase, known in PHASES.items():
        if known[1] == NA:
            s["phases"][phase] = {"na": "no"}
        elif known[1] == PART:
            s["phases"][phase]["partial"] = "some"
    for phase in ("alloc", "zero"):
        s["phases"][phase].update(count=9, sum_ns=270)
    s["phases"]["map"]["sum_ns"] = 270


NO_HOST_FAULT = tuple(f for f in ALL_FUNCTIONS if f != "kvm_gmem_fault_user_mapping")
TRACEPOINT = [("snoop.json", without_probes), ("top.json", without_probes)]
# Faults of tracepoint mode: the change, and words of the check that must find it.
MODE_FAULTS = [
    ("0 for a phase that is n/a", "top.json", put(-1, "phases", "bind", {"count": 0, "timed": 0, "sum_ns": 0}), "phases that are n/a"),
    ("a number for a phase that is n/a", "top.json", put(-1, "phases", "free", {"count": 1, "timed": 1, "sum_ns": 100}), "phases that are n/a"),
    ("n/a for a phase that is known", "top.json", put(-1, "phases", "guest_fault", {"na": "no"}), "phases that are n/a"),
    ("a reason of another mode", "top.json", put(-1, "phases", "bind", "na", "tracepoint is not used in this mode"), "reasons that are not true"),
    ("a function that is there called missing", "top.json", put(-1, "phases", "alloc", "partial", "without host_fault: this kernel has no kvm_gmem_populate"),
     "reasons that are not true"),
    ("no reason", "top.json", put(-1, "phases", "bind", "na", ""), "reasons that are not true"),
    ("a part that is told as all", "top.json", lambda l: l[-1]["phases"]["alloc"].pop("partial"), "alloc: whether it is all"),
    ("all that is told as a part", "top.json", put(-1, "phases", "convert", "partial", "some"), "convert: whether it is all"),
    ("a page that nobody saw", "top.json", count("alloc", 10), "pages by phase"),
    ("a kind that is known and missing", "top.json", lambda l: l[-1]["events"].pop("bind"), "kinds of events that are n/a"),
    ("pages that are known and null", "top.json", put(0, "allocated_pages", None), "VMs and inodes whose pages"),
    ("an end that is told as seen", "snoop.json", lambda l: l[4].pop("noticed"), "events noticed by a scan"),
    ("a duration of what a scan noticed", "snoop.json", lambda l: l[3].update(dur_ns=1, self_ns=1), "processes and durations"),
    ("a process of what a scan noticed", "snoop.json", put(5, "pid", 7), "processes and durations"),
    ("a call without a duration", "snoop.json", lambda l: (l[1].pop("dur_ns"), l[1].pop("self_ns")), "other events without"),
]


def by_scans(lines):
    """Change the summary to that of inventory mode."""
    s = lines[-1]
    s.update(mode="inventory", allocated_pages=None, freed_pages=None, na="no", operations={},
             phases={p: {"na": "no"} for p in PHASES},
             events={k: 1 for k in ("vm_create", "vm_destroy", "create", "release", "evict")})
    for l in lines:
        if l["type"] in ("vm", "inode"):
            l.update(allocated_pages=None, freed_pages=None, na="no")
        if l["type"] == "vm":
            l.update(faults=None, faults_na="no")


# Faults of inventory mode.
INVENTORY_FAULTS = [
    ("0 for pages that are n/a", put(-1, "allocated_pages", 0), "allocated pages, freed pages"),
    ("0 for a VM's pages", put(0, "freed_pages", 0), "VMs and inodes whose pages"),
    ("0 for a VM's faults", put(0, "faults", 0), "VMs whose faults"),
    ("faults that are null without a reason", lambda l: l[0].pop("faults_na"), "VMs whose faults"),
    ("0 for a kind that is n/a", put(-1, "events", "bind", 0), "kinds of events that are n/a"),
    ("0 for a phase that is n/a", put(-1, "phases", "create", {"count": 0, "timed": 0, "sum_ns": 0}), "phases that are n/a"),
]


def self_test_modes(args, c):
    args.expect = None
    c.equal("a true sample of tracepoint mode has no failure", [], sample_verdict(args, *TRACEPOINT, functions=NO_HOST_FAULT))
    for what, name, change, words in MODE_FAULTS:
        found = sample_verdict(args, *TRACEPOINT, (name, change), functions=NO_HOST_FAULT)
        c.test(f"in tracepoint mode, found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
    found = sample_verdict(args, *TRACEPOINT, ("top.json", put(0, "faults", 9)))
    c.test("found: faults of the guest alone where the host's are unknown", any("VMs whose faults" in l for l in found), "a failure", found)
    found = sample_verdict(args, *TRACEPOINT, ("top.json", put(0, "faults_partial", "without host_fault")))
    c.equal("faults of the guest alone that say so are no failure", False, any("VMs whose faults" in l for l in found))
    c.equal("a true sample of inventory mode has no failure", [], sample_verdict(args, ("top.json", by_scans)))
    for what, change, words in INVENTORY_FAULTS:
        found = sample_verdict(args, ("top.json", by_scans), ("top.json", change))
        c.test(f"in inventory mode, found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
    args.no_tracefs = True
    found = sample_verdict(args, *TRACEPOINT, functions=NO_HOST_FAULT)
    args.no_tracefs = False
    c.equal("without tracefs, found: what only hooks on system calls show", 4, sum(
        w in l for l in found for w in ("phases that are n/a", "kinds of events that are n/a")))
    found = sample_verdict(args, functions=NO_HOST_FAULT)
    c.test("found: a phase that the kernel cannot have", any("phases that are n/a" in l for l in found), "a failure", found)
    args.expect = "full"


# ---- reboots ----

def reboot_truth():
    """Return the truth of two reboots of 1 ms, each of 5 pages; the first and the last call take 10 us."""
    t = sample_truth()
    for start in (10000000, 20000000):
        t["events"] += [dict(op=op, ts_ns=start + at, dur_ns=10000, vm=0, pid=7, pages=0, added_pages=0, freed_pages=0, ret=0)
                        for op, at in (("munmap", 0), ("guest_touch", 990000))]
        t["events"].append({"op": "reboot", "ts_ns": start, "dur_ns": 1000000, "vm": 0, "pid": 7, "pages": 5, "added_pages": 0,
                            "freed_pages": 0, "ret": 0})
    t["inodes"] = [dict(t["inodes"][0], inode=n, ino=90 + n, allocated_pages=5, freed_pages=5) for n in range(3)]
    return t


def episode(n, mode):
    line = {"count": 1, "pages": None, "work_ns": 5, "off_cpu_ns": 0, "blocked_ns": 0, "wall_ns": 5}
    known = mode == "full"
    end = n * 10000000 + 1000000
    return {"type": "episode", "episode": n, "machine": "guest-0", "style": "recreate", "end": "cut", "same_process": True, "old_vm": n,
            "new_vm": n + 1, "old_pid": 7, "new_pid": 7, "vcpus": None, "start_ns": end - 1000000, "end_ns": end, "start_real_ns": None,
            "wall_ns": 1000000, "teardown_end_ns": end, "first_bind_ns": end, "first_fault_ns": None,
            "old": {"zap": dict(line) if known else {"na": "no"}}, "new": {"create": dict(line), "bind": dict(line) if known else {"na": "no"}},
            "neither": {"user_ns": None, "guest_ns": None, "blocked_ns": None, "unknown_ns": 999985 if known else 999995, "na": "no"},
            "faults_on_wall": False, "calls_missing": False, "parallel_ns": 0, "faults": {}, "tasks_nr": 0, "tasks": [],
            "critical_path": [], "critical_path_left_out_ns": 0, "freed_pages": 5, "allocated_pages": 5, "cleared_pages": None,
            "cleared_on_free": False, "cleared_twice": False, "saving": {"na": "no", "spte_ns": None},
            "answer": {"memory_wall_ns": 15 if known else 5, "teardown_wall_ns": 5 if known else None, "setup_wall_ns": 10 if known else 5,
                       "faults_wall_ns": 0, "elsewhere_wall_ns": 999985 if known else 999995, "memory_work_ns": None, "inode_saves_wall_ns": None,
                       "vm_saves_wall_ns": None} | ({} if known else {"partial": "no"})}


def episodes_verdict(args, mode, *changes):
    """Return the failures of made-up lines of gmemreboot in this mode, with changes."""
    lines = [episode(1, mode), episode(2, mode), sample_summary()]
    if mode == "tracepoint":
        without_probes(lines)
    for change in changes:
        change(lines)
    said = []
    with scenario_folder("episodes") as folder:
        write_lines(folder, {"recreate.truth": reboot_truth(), "styles.json": lines})
        write_texts(folder, "0\n", "styles.status", "recreate.guest.status")
        episodes.judge(Checks(Output("sample", said.append), "episodes", args), folder)
    # The made-up lines have no predicted saving: it has many fields, and unit tests check it.
    return [l for l in said if l.startswith("not ok") and "predicted saving" not in l]


def bounded(lines):
    """Change an episode: a sample found the teardown's begin."""
    lines[0].update(style=None, start_ns=None, start_min_ns=9000000, start_max_ns=10500000, wall_ns=None, wall_min_ns=500000,
                    wall_max_ns=2000000, na="no")


# Faults of episodes: mode, the change, and words of the check that must find it.
EPISODE_FAULTS = [
    ("tracepoint", "a style swapped", put(0, "style", "overlap"), "reboots of another style"),
    ("tracepoint", "a reboot missing", lambda l: l.pop(0), "number of reboots"),
    ("tracepoint", "a duration too short by a fiftieth", lambda l: l[0].update(end_ns=10980000, wall_ns=980000), "times that are not"),
    ("tracepoint", "an end after the reboot", put(0, "end_ns", 11000001), "times that are not"),
    ("tracepoint", "a bound that does not hold", lambda l: l[0].update(start_ns=None, start_min_ns=10500000, start_max_ns=10600000), "times that are not"),
    ("full", "an end after the reboot", put(0, "end_ns", 11000001), "outside of their reboot"),
    ("tracepoint", "0 for pages that are known", put(0, "allocated_pages", 0), "pages freed and allocated"),
    ("tracepoint", "null for pages that are known", put(1, "freed_pages", None), "pages freed and allocated"),
    ("tracepoint", "0 for a line of the ledger that is n/a", lambda l: l[0]["old"].update(
        zap={"count": 0, "pages": None, "work_ns": 0, "off_cpu_ns": 0, "blocked_ns": 0, "wall_ns": 0}), "lines of the ledger"),
    ("full", "n/a for a line of the ledger that is known", put(0, "new", "bind", {"na": "no"}), "lines of the ledger"),
    ("full", "an answer that is not the ledger's", put(0, "answer", "memory_wall_ns", 14), "answers that are not"),
    ("tracepoint", "a lower bound given as exact", lambda l: l[0]["answer"].pop("partial"), "answers that are not"),
    ("full", "a style swapped", put(0, "style", "overlap"), "reboots of another style"),
    ("full", "an episode of a machine that there is not", put(0, "machine", "guest-1"), "other machines"),
    ("full", "a rebind that was none", put(-1, "reshuffles", 1), "unbound and bound again"),
    ("full", "a page missing", put(0, "freed_pages", 4), "pages freed and allocated"),
]


def self_test_episodes(args, c):
    for mode in ("tracepoint", "full"):
        c.equal(f"true episodes of {mode} mode have no failure", [], episodes_verdict(args, mode))
    c.equal("a style and times that are n/a, within bounds, are no failure", [], episodes_verdict(args, "tracepoint", bounded))
    for mode, what, change, words in EPISODE_FAULTS:
        found = episodes_verdict(args, mode, change)
        c.test(f"in {mode} mode, found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
    c.equal("with a run skipped, a reboot may be missing", [], episodes_verdict(args, "full", lose(1), lambda l: l.pop(0)))
    found = episodes_verdict(args, "full", lose(1), lambda l: (l.pop(0), l.pop(0)))
    c.test("with a run skipped, found: two reboots missing", bool(found), "a failure", "none")
    c.equal("with a run skipped, the pages that a teardown freed may be n/a", [],
            episodes_verdict(args, "tracepoint", lose(1), put(0, "freed_pages", None)))
    found = episodes_verdict(args, "tracepoint", lose(1), put(0, "freed_pages", None), put(1, "freed_pages", None))
    c.test("with a run skipped, found: pages of two teardowns n/a", bool(found), "a failure", "none")


METRICS = """# TYPE gmem_machine info
gmem_machine_info{machine="1",name="guest-0"} 1
# TYPE gmem_machine_reboots counter
gmem_machine_reboots_total{machine="1",style="recreate"} 2
gmem_machine_reboots_total{machine="1",style="overlap"} 0
# TYPE gmem_machine_last_reboot_duration_seconds gauge
gmem_machine_last_reboot_duration_seconds{machine="1"} 0.001
# TYPE gmem_machine_last_reboot_phase_seconds gauge
gmem_machine_last_reboot_phase_seconds{machine="1",side="new",phase="create"} 0.001
# TYPE gmem_reboot_duration_seconds histogram
gmem_reboot_duration_seconds_sum{style="recreate"} 0.002
gmem_reboot_duration_seconds_count{style="recreate"} 2
# TYPE gmem_reboots_untimed counter
gmem_reboots_untimed_total{reason="samples"} 0
# TYPE gmem_reboot_gap info
gmem_reboot_gap_info{what="begin",gap="part",reason="no"} 1
gmem_reboot_gap_info{what="style",gap="part",reason="no"} 1
gmem_reboot_gap_info{what="end",gap="part",reason="no"} 1
gmem_reboot_gap_info{what="saving",gap="all",reason="no"} 1
"""
# Faults of the exporter's reboots in tracepoint mode: the old text and the new.
METRICS_FAULTS = [
    ("a style swapped", [('style="recreate"} 2\ngmem_m', 'style="recreate"} 0\ngmem_m'), ('"overlap"} 0', '"overlap"} 2')], "reboots of each machine"),
    ("a reboot missing", [('style="recreate"} 2\ngmem_m', 'style="recreate"} 1\ngmem_m')], "reboots of each machine"),
    ("a duration too long", [('"1"} 0.001', '"1"} 0.00102'), ('"create"} 0.001', '"create"} 0.00102')], "durations of the last"),
    ("a duration that is not its phases", [('"create"} 0.001', '"create"} 0.0009')], "do not add up"),
    ("a phase that is n/a", [('phase="create"', 'phase="bind"')], "phases of the last reboot"),
    ("a sum of durations too short", [('"recreate"} 0.002', '"recreate"} 0.0019')], "durations of reboots in the histogram"),
    ("a style claimed as known", [('{what="style",gap="part"', '{what="in_place",gap="part"')], "what of reboots is not known"),
]


def metrics_verdict(args, replace=()):
    text, said = METRICS, []
    for old, new in replace:
        assert old in text
        text = text.replace(old, new)
    with scenario_folder("metrics") as folder:
        write_lines(folder, {"recreate.truth": reboot_truth()})
        run = MetricsRun.__new__(MetricsRun)
        run.c, run.prefix, run.metrics, run.summary = Checks(Output("sample", said.append), "metrics", args), "recreate", metrics.parse(text), {"mode": "tracepoint"}
        run.kernel, run.losses, run.truth = Kernel(os.path.dirname(folder)), Losses({}), Truth([os.path.join(folder, "recreate.truth")])
        run.prefix, run.probes = "recreate", {}
        check_reboots(run, "recreate")
        check_reboot_gaps(run)
    return [l for l in said if l.startswith("not ok")]


# The tools' outputs on two reboots of guest-0.
COUNTED = {
    "reboot": "".join(json.dumps({"type": "episode", "machine": "guest-0", "style": s, "end": "cut"}) + "\n"
                      for s in ("recreate", "inplace", "shutdown")),
    "top": "".join(json.dumps({"type": "vm", "machine": name, "machine_key": "name:" + name, "machine_reboots": n}) + "\n"
                   for name, n in (("guest-0", 2), ("guest-0", 2), ("guest-1", 0))),
    "frames": "gmemtop\nMACHINE           PID REBOOT\nguest-0             1      0\n\ngmemtop\nMACHINE           PID REBOOT\n"
              "guest-0 (gone)      1      2\nguest-0 (orphan)    1  pinned by vmm[1] fd 7\n",
    "list": "  NR MACHINE      STYLE    END      WALL\n   1 guest-0      recreate cut     1.2ms\n   2 guest-0      inplace  steady  1.2ms\n"
            "   3 guest-0      inplace  open    1.2ms\n   4 guest-0      shutdown no vm   1.2ms\n\nSTYLE      EPISODES\nrecreate          1\n",
    "metrics": METRICS,
}
# Faults of one tool's number: the tool, the old text and the new.
COUNTED_FAULTS = [("top", 's": 2', 's": 1'), ("frames", "  2\n", "  3\n"), ("list", "inplace  steady", "shutdown steady"),
                  ("metrics", '"overlap"} 0', '"overlap"} 1'), ("durations", '_count{style="recreate"} 2', '_count{style="recreate"} 3')]


# The tools' outputs on two machines with one name, each of which rebooted once.
NAMESAKES = dict(
    COUNTED,
    top="".join(json.dumps({"type": "vm", "machine": "guest-0", "machine_key": key, "machine_reboots": 1}) + "\n"
                for key in ("name:guest-0", "name:guest-0", "name:guest-0#7:1")),
    frames="MACHINE           PID REBOOT\nguest-0 (gone)      1      1\nguest-0             7      1\n",
    metrics=METRICS.replace('{machine="1",name="guest-0"} 1\n', '{machine="1",name="guest-0"} 1\ngmem_machine_info{machine="2",name="guest-0"} 1\n')
    .replace('"recreate"} 2\ngmem_m', '"recreate"} 1\ngmem_machine_reboots_total{machine="2",style="recreate"} 1\ngmem_m'))
NAMESAKE_FAULTS = [("top", '"name:guest-0#7:1"', '"name:guest-0"'), ("frames", "7      1\n", "7      0\n"),
                   ("metrics", '"2",style="recreate"} 1', '"2",style="recreate"} 0')]


def self_test_counted(c):
    c.equal("tools that count the same reboots have no failure", {}, counted.differences(COUNTED))
    c.equal("nor have they where two machines have one name", {}, counted.differences(NAMESAKES))
    for tool, old, new in NAMESAKE_FAULTS:
        assert old in NAMESAKES[tool]
        found = counted.differences(dict(NAMESAKES, **{tool: NAMESAKES[tool].replace(old, new)}))
        c.equal(f"found: another number of {tool}, of two machines with one name", [tool], list(found))
    c.equal("a metric by name, where two machines have one", {"guest-0": 2}, metrics.parse(NAMESAKES["metrics"]).by_name("gmem_machine_reboots_total"))
    for tool, old, new in COUNTED_FAULTS:
        texts = dict(COUNTED)
        which = "metrics" if tool == "durations" else tool
        assert old in texts[which]
        texts[which] = texts[which].replace(old, new)
        c.equal(f"found: another number of {tool}", [tool], list(counted.differences(texts)))
    texts = dict(COUNTED, reboot=COUNTED["reboot"].splitlines()[0] + "\n")
    c.equal("found: an episode missing", 5, len(counted.differences(texts)))


def self_test_metrics(args, c):
    c.equal("true reboots of the exporter have no failure", [], metrics_verdict(args))
    for what, replace, words in METRICS_FAULTS:
        found = metrics_verdict(args, replace)
        c.test(f"of the exporter's reboots, found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
    untimed = [(l + "\n", "") for l in METRICS.splitlines() if "last_reboot" in l or "duration_seconds_" in l]
    c.equal("a last reboot without a duration is n/a, no failure", [],
            metrics_verdict(args, untimed + [('"samples"} 0', '"samples"} 2')]))
    c.test("found: a reboot without a duration that is not counted", bool(metrics_verdict(args, untimed)), "a failure", "none")


# ---- known deviations ----

ROW = "vm/.* | a number | {} | An issue | because"


def deviations_verdict(rows, where, *outcomes):
    said = []
    out = Output("vm/1", said.append, deviations.Deviations(rows))
    c = Checks(out, where)
    for what, good in outcomes:
        c.test(what, good, 1, 2)
    out.finish()
    return said


def self_test_deviations(c):
    always, sometimes = ROW.format("always"), ROW.format("sometimes")
    c.equal("a known deviation is a skip with the issue's title", ['skip vm/1/a: known deviation: a number: expected 1 got 2 (issue "An issue")'],
            deviations_verdict([always], "a", ("a number", False)))
    c.equal("a row with one check of many that fails is no failure", [], [
        l for l in deviations_verdict([always], "a", ("a number", True), ("a number", False)) if l.startswith("not ok")])
    c.equal("found: a row that no longer deviates", [f"not ok vm/1/deviations: a row of the known deviations no longer deviates: {always}"],
            [l for l in deviations_verdict([always], "a", ("a number", True)) if l.startswith("not ok")])
    c.equal("a row that deviates sometimes may hold", ["ok vm/1/a: a number"], deviations_verdict([sometimes], "a", ("a number", True)))
    c.equal("a row without a check is silent", ["ok vm/1/a: another number"], deviations_verdict([always], "a", ("another number", True)))
    c.equal("another check's failure is a failure", ["not ok vm/1/a: another number: expected 1 got 2"],
            deviations_verdict([always], "a", ("another number", False)))
    c.equal("another place's failure is a failure", 1, sum(l.startswith("not ok") for l in deviations_verdict(
        [always.replace("vm/", "native/")], "a", ("a number", False))))
    lines = ["ok vm/1/a: a number", "skip vm/2/b: known deviation: snoop [tracepoint]: pages: expected 1 got 2 (issue \"An issue\")", "skip vm/3/c: no"]
    for what, row, why in (
            ("matches a check", always, None), ("is of a place that did not run", always.replace("vm/", "native/"), None),
            ("is of a place that was skipped", always.replace("vm/.*", "vm/3/c"), None),
            ("names a check that is gone", always.replace("a number", "an old number"), "a row matches no check of the places that it names"),
            ("names a place that is gone", always.replace("vm/", "old/"), "a row names no place that there is"),
            ("is of the mode of another host", always.replace("a number", "snoop: pages"), None),
            ("is of a mode, and gone", always.replace("a number", r"snoop \[tracepoint.*\]: old"), "a row matches no check of the places that it names")):
        c.equal(f"after a run, a row that {what}", why, deviations.Row(row).unmatched(deviations.checks_of(lines), {"vm/1/a", "vm/3/c", "native/a"}))
    for wrong in (ROW.format("never"), "a | b | always | c", "a | ( | always | c | d"):
        try:
            deviations.Deviations([wrong])
            c.bad(f"found: the row '{wrong}'", "an error", "none")
        except (ValueError, deviations.re.error):
            c.ok(f"found: the row '{wrong}'")
    c.test("the table can be read", bool(deviations.load().rows), "rows", "none")


def self_test(args, c):
    self_test_losses(args, c)
    self_test_modes(args, c)
    self_test_episodes(args, c)
    self_test_metrics(args, c)
    self_test_counted(c)
    self_test_deviations(c)
