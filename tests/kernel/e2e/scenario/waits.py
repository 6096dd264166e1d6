# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What counts pages and faults is hooked only while a VM of the host has gmem, and what came before is exact or marked."""

import os
import re

from judge.files import read
from judge.modes import FUNCTION_MODES
from judge.run import ToolRun
from judge.truth import Truth

VMS = ("first", "second", "third")
# Programs by what they observe: always attached, and those that wait.
STANDING = re.compile(r"gm_(create|dev_ioctl|sys_enter_ioctl)")
WAITING = {"gm_page_add", "gm_page_delete"}


def programs(c, folder, tool, when):
    """The names of the programs that a tool has attached; without bpftool, their number alone."""
    names = dict(re.findall(r"^(\d+): .*?name (\S+)", read(os.path.join(folder, "programs")) or "", re.M))
    ids = (read(os.path.join(folder, f"{tool}.{when}")) or "").split()
    return len(ids), {names[i] for i in ids if i in names}


def check_links(c, folder, tool, creates):
    """Without a VM what stands, and no more; with one, what waits as well; after it, what there was before."""
    nr, names = programs(c, folder, tool, "before")
    with_vm, all_names = programs(c, folder, tool, "during")
    c.test(f"{tool}: hooks without gmem", nr > 0 and not names & WAITING, "none of pages", sorted(names))
    if names:
        c.equal(f"{tool}: the creation of gmem is hooked, unless nothing can hook it", creates, any(STANDING.match(n) for n in names))
        c.equal(f"{tool}: with gmem, pages are hooked", WAITING, WAITING & all_names)
    c.test(f"{tool}: more hooks with gmem", with_vm > nr, f"more than {nr}", with_vm)
    c.equal(f"{tool}: hooks after gmem", nr, programs(c, folder, tool, "after")[0])
    c.equal(f"{tool}: exit status", "0", (read(os.path.join(folder, tool + ".status")) or "").strip())


def counts_of(run, name):
    """Counts of a VM's phases, by its machine."""
    return {l["phase"]: l["count"] for l in run.lines if l["type"] == "phase" and l.get("machine") == f"waits-{name}-0"}


def check_pages(c, run, truths):
    """Page counts of all VMs together: exact where a function shows every punch, which proves that there was none in the gap."""
    want = sum(t.counts["allocated_pages"] for t in truths.values())
    have = (run.summary["allocated_pages"], run.summary["freed_pages"])
    if run.mode in FUNCTION_MODES:
        c.equal(run.say("pages allocated and freed"), (want, want), have)
    for field, n in zip(("allocated", "freed"), have):
        c.test(run.say(f"pages {field} are not invented"), n is None or n <= want, f"at most {want}", n)


def check_phase(c, run, phase, want):
    """A phase's count of all VMs: exact, or marked as partial and less."""
    number = run.summary["phases"][phase]
    if "na" in number:
        return
    if "partial" in number:
        c.test(run.say(f"{phase}: at most what there was"), number["count"] <= want, f"at most {want}", number)
    else:
        c.equal(run.say(f"{phase}: all, as nothing says otherwise"), want, number["count"])


def check_lazy(c, run, truths):
    truth = Truth([])
    for t in truths.values():
        truth.counts.update(t.counts)
    for kind in ("vm_create", "create", "release", "evict", "vm_destroy"):
        c.equal(run.say(f"events {kind}"), truth.count(kind), run.summary["events"].get(kind, 0))
    check_pages(c, run, truths)
    check_phase(c, run, "alloc", truth.counts["allocated_pages"])
    # The second VM comes while all is attached.
    if run.mode in FUNCTION_MODES:
        c.equal(run.say("timed allocations of a VM that came after the hooks"), truths["second"].counts["allocated_pages"],
                counts_of(run, "second").get("alloc"))


def check_eager(c, folder, run, truths):
    want = sum(t.counts["allocated_pages"] for t in truths.values())
    nrs = {when: programs(c, folder, "eager", when)[0] for when in ("before", "during", "after")}
    c.equal("eager: hooks never come and go", 1, len(set(nrs.values())))
    partial = {p: n["partial"] for p, n in run.summary["phases"].items() if "before attaching" in n.get("partial", "")}
    c.equal(run.say("nothing came before attaching"), {}, partial)
    if run.mode in FUNCTION_MODES:
        c.equal(run.say("pages allocated, freed, and timed"), (want, want, want),
                (run.summary["allocated_pages"], run.summary["freed_pages"], run.summary["phases"]["alloc"]["count"]))


def judge(c, folder):
    status = {n: (read(os.path.join(folder, n + ".guest.status")) or "").strip() for n in VMS}
    if "77" in status.values():
        c.skip("waits: " + (read(os.path.join(folder, "first.guest.err")) or "").strip())
        return
    c.equal("the workloads ended well", dict.fromkeys(VMS, "0"), status)
    truths = {n: Truth([os.path.join(folder, n + ".truth")]) for n in VMS}
    top, eager = ToolRun(c, folder, "top"), ToolRun(c, folder, "eager")
    if top.summary["vms"] != len(VMS) and c.args.expect != "full":
        c.skip(top.say("other VMs are on this host"))
        return
    if top.mode == "inventory":
        c.skip(top.say("no hooks in this mode"))
        return
    creates = any(l["type"] == "probe" and l["probe"] == "create" and l["state"] == "attached" for l in top.lines)
    for tool in ("top", "exporter", "flight"):
        check_links(c, folder, tool, creates)
    check_lazy(c, top, truths)
    check_eager(c, folder, eager, truths)
