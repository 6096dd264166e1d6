# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the pins of a truth and of gmemreboot --pins, as counters of the same tuples."""

import collections


def key(pin):
    """Return (object, ino of an inode, what, pid, fd). A VM's id is left out: tool and truth have different ones."""
    return (pin["object"], pin["ino"] if pin["object"] == "inode" else None, pin["what"], pin.get("pid"), pin.get("fd"))


def reported(lines):
    """Return the pins in a tool's lines."""
    return collections.Counter(key(l) for l in lines if l["type"] == "pin")


def reasons(lines):
    """Return gmemreboot's reasons by object: {(object, ino of an inode): {reason, ..}}."""
    why = collections.defaultdict(set)
    for l in lines:
        if l["type"] == "pin":
            why[key(l)[:2]].add(l["why"])
    return dict(why)


def vm_reason(truth, vm):
    """Return the reason why a live VM should have ended; None if there is none. KVM serves only the VM's creator."""
    held = [p for p in truth["pins"] if p.get("pid") == vm["pid"]]
    if not held:
        return "owner_gone"
    callable_by = [p for p in held if p["object"] == "vm" and p["vm"] == vm["vm"] and p["what"] in ("vm_fd", "vcpu_fd")]
    return None if callable_by else "closed"


def hidden(truth):
    """Return true if no process has a pin: only a tool that saw the object created can report it then."""
    return not any("pid" in p for p in truth["pins"])


def nothing():
    return collections.Counter(), collections.Counter(), {}


def expected(truth):
    """Return, of a truth with one live VM, all pins; the pins of objects that should have ended; and the reasons."""
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
