# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The pins of a truth and of gmemreboot --pins, as counters of the same tuples."""

import collections


def key(pin):
    """(object, ino of an inode, what, pid, fd); ids of VMs are each side's own."""
    return (pin["object"], pin["ino"] if pin["object"] == "inode" else None, pin["what"], pin.get("pid"), pin.get("fd"))


def reported(lines):
    """The pins of a tool's lines."""
    return collections.Counter(key(l) for l in lines if l["type"] == "pin")


def reasons(lines):
    """Why gmemreboot reports each object: {(object, ino of an inode): {reason, ..}}."""
    why = collections.defaultdict(set)
    for l in lines:
        if l["type"] == "pin":
            why[key(l)[:2]].add(l["why"])
    return dict(why)


def vm_reason(truth, vm):
    """Why a live VM should be gone; None if it should not. KVM serves its creator alone."""
    held = [p for p in truth["pins"] if p.get("pid") == vm["pid"]]
    if not held:
        return "owner_gone"
    callable_by = [p for p in held if p["object"] == "vm" and p["vm"] == vm["vm"] and p["what"] in ("vm_fd", "vcpu_fd")]
    return None if callable_by else "closed"


def hidden(truth):
    """Return true if no process has a pin: then only a tool that saw the object created can know it."""
    return not any("pid" in p for p in truth["pins"])


def nothing():
    return collections.Counter(), collections.Counter(), {}


def expected(truth):
    """From a truth with one live VM: all pins; those of what should be gone; and why it should."""
    everything = collections.Counter(key(p) for p in truth["pins"])
    alive = [v for v in truth["vms"] if v["alive"]]
    reason = vm_reason(truth, alive[0]) if len(alive) == 1 else None
    if not reason:
        return everything, collections.Counter(), {}
    why = {("vm", None): {reason}}
    for i in truth["inodes"]:
        if i["alive"]:
            orphan = reason == "owner_gone" and i["resident_pages"]
            why[("inode", i["ino"])] = {"orphan" if orphan else reason}
    return everything, everything, why
