# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Computes the rebinds: the binds that end an interval in which memory was bound nowhere, from a list of binds, unbinds and ends."""


class Machine:
    """The bindings of a machine's VMs. A rebind binds an inode's range that was bound before and is bound nowhere; or is the first bind of another
    VM of a machine that has no bindings left."""

    def __init__(self):
        self.bound, self.gaps, self.left, self.rebinds = {}, {}, None, 0

    def bind(self, slot, vm, file, inode, begin, end):
        gap = self.gaps.get(inode)
        if gap and begin < gap[1] and gap[0] < end:
            del self.gaps[inode]
            self.rebinds += 1
        elif self.left not in (None, vm):
            self.rebinds += 1
        self.left = None
        self.bound[slot] = (vm, file, inode, begin, end)

    def unbind(self, slot):
        if slot not in self.bound:
            return
        vm, _, inode, begin, end = self.bound.pop(slot)
        if not any(i == inode and b < end and begin < e for _, _, i, b, e in self.bound.values()):
            gap = self.gaps.get(inode, (begin, end))
            self.gaps[inode] = (min(gap[0], begin), max(gap[1], end))
        if not self.bound:
            self.left = vm

    def release(self, file):
        for slot in [s for s, b in self.bound.items() if b[1] == file]:
            self.unbind(slot)

    def evict(self, inode):
        self.gaps.pop(inode, None)


def of_truth(truth):
    """The rebinds of a workload, all of whose slots are whole files."""
    machines = {v["name"]: Machine() for v in truth.vms}
    for e in sorted((e for e in truth.events if e["ret"] >= 0 and "file" in e), key=lambda e: e.get("ts_ns", 0)):
        if e["op"] == "bind":
            machines[truth.name_of(e["vm"])].bind((e["vm"], e["file"]), e["vm"], e["file"], e["inode"], 0, e["pages"])
        for machine in machines.values():
            if e["op"] == "unbind":
                machine.unbind((e["vm"], e["file"]))
            elif e["op"] == "release":
                machine.release(e["file"])
            elif e["op"] == "evict":
                machine.evict(e["inode"])
    return sum(m.rebinds for m in machines.values())
