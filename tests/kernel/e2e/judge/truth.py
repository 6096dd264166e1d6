# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the ground truth that the workload wrote. The judge compares tools with nothing else."""

import collections
import json


class Truth:
    """The truth of one workload, or of several at once."""

    def __init__(self, paths):
        self.counts = collections.Counter()
        self.vms, self.inodes, self.events, self.pids = [], [], [], set()
        self.kernel, self.failed, self.skipped, self.vcpus = {}, False, set(), 1
        for n, path in enumerate(paths):
            with open(path, encoding="utf-8") as f:
                self.add(json.load(f), n)

    def add(self, t, n):
        """Add a workload's truth t. Ids of the n-th workload become (n, id)."""
        self.failed |= t["failed"] or bool(t["counts"]["events_lost"])
        self.kernel = t["kernel"]
        self.skipped.update(f"{s['what']}: {s['why']}" for s in t["skipped"])
        self.counts.update(t["counts"])
        self.pids.add(t["pid"])
        self.vcpus = max(self.vcpus, t["vcpus"])
        for where, items in ((self.vms, t["vms"]), (self.inodes, t["inodes"]), (self.events, t["events"])):
            for item in items:
                item = dict(item)
                for key in ("vm", "file", "inode"):
                    if key in item:
                        item[key] = (n, item[key])
                where.append(item)
        self.pids.update(e["pid"] for e in self.events)
        self.pids.update(v["pid"] for v in self.vms)

    @property
    def slack(self):
        """Return the pages that may have been allocated and freed beyond those that the workload could count."""
        return self.counts["slack_pages"]

    def name_of(self, vm):
        return next(v["name"] for v in self.vms if v["vm"] == vm)

    def count(self, kind):
        """Return the number of events of a kind that a tool must report: a link creates a file, too."""
        return self.counts[kind] + (self.counts["link"] if kind == "create" else 0)

    def alive(self):
        return [v for v in self.vms if v["alive"]]

    def by_name(self, field):
        """Return the sums of a field of the inodes by machine."""
        sums = collections.Counter()
        for i in self.inodes:
            sums[self.name_of(i["vm"])] += i[field]
        return sums

    def views(self):
        """Return the numbers of live files and of bindings by VM, from the events."""
        files, bound = {}, {}
        for e in self.events:
            if e["ret"] < 0 or "file" not in e:
                continue
            if e["op"] in ("create", "link"):
                files[e["file"]] = e["vm"]
            elif e["op"] == "bind":
                bound[e["file"]] = e["vm"]
            elif e["op"] == "unbind":
                bound.pop(e["file"], None)
            elif e["op"] == "release":
                bound.pop(e["file"], None)
                files.pop(e["file"], None)
        return collections.Counter(files.values()), collections.Counter(bound.values())

    def zeroed_later(self):
        """Return the number of pages that fallocate allocated and a fault zeroed; None if a punch makes it unknowable."""
        waiting, zeroed, mixed = collections.Counter(), 0, False
        for e in self.events:
            i = e.get("inode")
            if e["op"] == "fallocate":
                waiting[i] += e["added_pages"]
            elif e["op"] in ("guest_touch", "host_touch") and waiting[i]:
                n = min(waiting[i], e["pages"] - e["added_pages"])
                waiting[i] -= n
                zeroed += n
            elif e["op"] in ("punch", "prefault") and waiting[i]:
                mixed = True
        return None if mixed else zeroed
