# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the state of VMs and inodes: while the workload holds, and at its end."""

import collections
import os

from .events import check_inode_pages
from .modes import NA, PART, VALUE, faults_known, pages_known
from .run import samples_at_hold
from .truth import Truth


def check_ticks(run):
    """Check that each tick is the sum of the live VMs and inodes of its sample; and the number of samples."""
    wrong, number, alive = [], 0, {"vm": [], "inode": []}
    for l in run.lines:
        if l["type"] in alive and l["alive"]:
            alive[l["type"]].append(l)
        if l["type"] != "tick":
            continue
        number += 1
        expected = {"tick": number, "vms": len(alive["vm"]), "inodes": len(alive["inode"])}
        expected |= {key: sum(i[key] for i in alive["inode"]) for key in ("size_bytes", "resident_bytes")}
        wrong += [(expected, l)] if expected != {key: l[key] for key in expected} else []
        alive = {"vm": [], "inode": []}
    run.c.equal(run.say("ticks that are not the sums of their VMs and inodes"), [], wrong[:3])
    run.c.equal(run.say("samples by the summary"), number, run.summary["ticks"])


def check_end(run):
    """Check the last sample: all VMs and inodes have ended; and the pages of each."""
    t, (vms, inodes) = run.truth, (run.samples() or [([], [])])[-1]
    check_ticks(run)
    run.c.equal(run.say("VMs that have ended and still have memory, files or bindings"), [],
                [v for v in vms if not v["alive"] and any(v[key] for key in ("size_bytes", "resident_bytes", "resident_pages", "files", "bindings"))])
    run.c.equal(run.say("machine and process of each VM"), sorted((v["name"], v["pid"]) for v in t.vms),
                sorted((v["machine"], v["pid"]) for v in vms))
    run.c.equal(run.say("VMs alive at the end"), [], [v["machine"] for v in vms if v["alive"]])
    run.c.equal(run.say("size, residency, life of each inode"),
                {i["ino"]: (i["size_bytes"], 0, False) for i in t.inodes},
                {i["ino"]: (i["size_bytes"], i["resident_bytes"], i["alive"]) for i in inodes})
    run.c.equal(run.say("no inode is an orphan when all is over"), [], [i["ino"] for i in inodes if i["orphan"]])
    check_unknown(run, vms, inodes)
    if not pages_known(run.mode):
        return
    check_inode_pages(run, t.inodes, {i["ino"]: (i["allocated_pages"], i["freed_pages"]) for i in inodes})
    if t.counts["link"]:
        return
    for field, what in (("allocated_pages", "allocated by"), ("freed_pages", "freed of")):
        sums = collections.Counter()
        for v in vms:
            sums[v["machine"]] += v[field] or 0
        run.c.within(run.say(f"pages {what} each machine"), dict(t.by_name(field)), dict(sums), more=t.slack)


def check_unknown(run, vms, inodes):
    """Check that exactly the numbers of VMs and inodes that the mode does not know are null."""
    known = pages_known(run.mode)
    run.c.equal(run.say("VMs and inodes whose pages are null and known, or the reverse"), [],
                [(x["type"], x["allocated_pages"], x["freed_pages"]) for x in vms + inodes
                 if any((x[f] is not None) != known for f in ("allocated_pages", "freed_pages"))])
    known = faults_known(run.view, run.kernel)
    run.c.equal(run.say(f"VMs whose faults are not: {known}"), [],
                [(v["machine"], v["faults"], faults_reported(v)) for v in vms if faults_reported(v) != known])


def faults_reported(vm):
    """Return what a VM's line knows of its faults: VALUE, PART or NA, each of which has its own fields."""
    reported = {(False, False, False): VALUE, (False, True, False): PART, (True, False, True): NA}
    return reported.get((vm["faults"] is None, "faults_partial" in vm, "faults_na" in vm), "neither")


def check_state(c, say, sample, t):
    """Check the state in one sample against the truth at the hold."""
    vms, inodes = [v for v in sample[0] if v["alive"]], [i for i in sample[1] if i["alive"]]
    files, bound = t.views()
    c.equal(say("VMs alive: machine, process"), sorted((v["name"], v["pid"]) for v in t.alive()),
            sorted((v["machine"], v["pid"]) for v in vms))
    c.equal(say("machine, size, resident pages, files, bindings of each VM"),
            sorted((v["name"], v["size_bytes"], v["resident_pages"], files[v["vm"]], bound[v["vm"]]) for v in t.alive()),
            sorted((v["machine"], v["size_bytes"], v["resident_pages"], v["files"], v["bindings"]) for v in vms))
    c.equal(say("machine, size, resident pages of each inode"),
            {i["ino"]: (t.name_of(i["vm"]), i["size_bytes"], i["resident_pages"]) for i in t.inodes if i["alive"]},
            {i["ino"]: (i["machine"], i["size_bytes"], i["resident_pages"]) for i in inodes})
    flags = {e["ino"]: e["gmem_flags"] for e in t.events if e["op"] == "create"}
    c.equal(say("flags of each inode"), {i["ino"]: flags[i["ino"]] for i in t.inodes if i["alive"]},
            {i["ino"]: i["gmem_flags"] for i in inodes})
    c.equal(say("pages and bytes agree"), [],
            [x for x in vms + inodes if x["resident_bytes"] != x["resident_pages"] * 4096])
    check_nodes(c, say, vms, inodes)


def check_nodes(c, say, vms, inodes):
    known = [x for x in vms + inodes if x["nodes"] is not None]
    c.equal(say("nodes are known"), len(vms) + len(inodes), len(known))
    c.equal(say("nodes add up to resident bytes"), [],
            [(x["type"], x["nodes"], x["resident_bytes"]) for x in known
             if sum(x["nodes"].values()) != x["resident_bytes"]])
    c.equal(say("nothing moves: nodes are exact"), [],
            [(x["type"], x["nodes"], x["nodes_error_bytes"], x.get("nodes_how")) for x in vms + inodes if x.get("nodes_error_bytes")])
    used = {n for i in inodes if i["nodes"] for n, b in i["nodes"].items() if b}
    if c.args.nodes > 1 and len(inodes) > 1:
        c.test(say(f"memory on {c.args.nodes} nodes"), len(used) >= c.args.nodes, c.args.nodes, sorted(used))


def check_pins(c, say, sample, t):
    """Check that the VM's process pins each inode, by a descriptor and a mapping."""
    pids = {i["ino"]: next(v["pid"] for v in t.vms if v["vm"] == i["vm"]) for i in t.inodes if i["alive"]}
    c.equal(say("the process that pins each inode"), {i: {p} for i, p in pids.items()},
            {i["ino"]: {p["pid"] for p in i["pins"]} for i in sample[1] if i["alive"]})
    wanted = {"fd", "mapping"} if t.counts["mmap"] else {"fd"}
    c.equal(say("by what"), [], [i["pins"] for i in sample[1] if i["alive"] and not
                                 wanted <= {p["what"] for p in i["pins"]}])


def check_hold(c, folder, prefix):
    """Check the last sample at the hold."""
    truth, samples = os.path.join(folder, prefix + ".hold.truth"), samples_at_hold(folder, prefix)
    if not os.path.exists(truth) or not samples:
        c.bad(f"{prefix}: a look at the hold", "one", "none")
        return
    check_state(c, lambda what: f"{prefix} at the hold: {what}", samples[-1], Truth([truth]))
