#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of tenants.sh: tenants.py DIR --label LABEL

The figures of quiet VMs must be exact at all times, those of others exact, or null with the reason. Prints "ok ..", "not ok ..", "skip .." lines, exit
status 0.
"""
import argparse
import json
import os
import re

from judge.output import Checks, Output

MEMORY = "size_bytes resident_bytes resident_pages files allocated_pages freed_pages".split()
PAGE = 4096


class Tenants:
    def __init__(self, folder, out):
        self.dir, self.c = folder, Checks(out, "tenants")
        self.all = {name: self.tenants(name) for name in ("pids", "crowd.pids", "last.pids")}
        self.choose("pids")

    def tenants(self, name):
        """Return the tenants of a list: {process: name}, {name: arguments}, {name: number of bindings}."""
        pids, args, bound = {}, {}, {}
        for line in self.read(name).splitlines():
            tenant, pid, *words = line.split()
            pids[int(pid)], args[tenant] = tenant, words
            bound[tenant] = int((re.findall(r"ready (\d+)", self.read(tenant + ".out")) or [0])[0])
        return pids, args, bound

    def choose(self, name):
        self.pids, self.args, self.bound = self.all[name]

    def read(self, name):
        try:
            with open(os.path.join(self.dir, name), encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def lines(self, name):
        """Return the complete lines: the copy of a growing file may end in the middle of a line."""
        return [json.loads(x) for x in self.read(name).splitlines() if x.startswith("{") and x.endswith("}")]

    def last(self, name):
        """Return the newest line of each tenant's VM, by the tenant's name."""
        return {self.pids[x["pid"]]: x for x in self.lines(name) if x["type"] == "vm" and x["pid"] in self.pids}

    def ticks_with_na(self, name):
        """Return the ticks of samples in which a VM's memory is n/a."""
        na, out = False, []
        for x in self.lines(name):
            na = na or (x["type"] == "vm" and x.get("alive") and "memory_na" in x)
            if x["type"] == "tick":
                out += [x] if na else []
                na = False
        return out

    def truth(self, name, old):
        """Return a tenant's true figures; pages that were allocated before the tool are not counted."""
        what, number = self.args[name][0], int(self.args[name][1])
        size, pages, files = {"quiet": (2 * number, number, 1), "slots": (2 * number, 0, 1), "files": (number, 1, number)}[what]
        return {"size_bytes": size * PAGE, "resident_bytes": pages * PAGE, "resident_pages": pages, "files": files,
                "allocated_pages": 0 if old else pages, "freed_pages": 0}

    def exact(self, when, name, vm):
        bindings = 0 if self.args[name][0] == "files" else self.bound[name]
        self.c.equal(f"{when}: {name}: exact", {**self.truth(name, vm["old"]), "bindings": bindings}, {k: vm[k] for k in [*MEMORY, "bindings"]})
        self.c.test(f"{when}: {name}: no reason for n/a", "memory_na" not in vm, "none", vm.get("memory_na"))

    def exact_or_na(self, when, name, vm):
        if "memory_na" not in vm:
            self.exact(when, name, vm)
            return
        truth = self.truth(name, vm["old"])
        self.c.equal(f"{when}: {name}: n/a", dict.fromkeys(MEMORY), {k: vm[k] for k in MEMORY})
        low = vm["size_min_bytes"], vm["resident_min_bytes"], vm["files_min"]
        high = truth["size_bytes"], truth["resident_bytes"], truth["files"]
        self.c.test(f"{when}: {name}: its bounds hold", all(x <= y for x, y in zip(low, high)), f"at most {high}", low)

    def sample(self, when):
        vms = self.last(when + ".json")
        self.c.equal(f"{when}: all tenants are seen", sorted(self.args), sorted(vms))
        for name, vm in vms.items():
            if self.args[name][0] == "vms":
                continue
            (self.exact if self.args[name][0] == "quiet" else self.exact_or_na)(when, name, vm)
        na = [n for n, vm in vms.items() if "memory_na" in vm]
        self.c.test(f"{when}: not all files of so many are tracked", na, "files, others or both", na)
        ticks = self.ticks_with_na(when + ".json")
        silent = [x for x in ticks if "memory_partial" not in x]
        self.c.test(f"{when}: the host's sums say that they are not all", ticks and not silent, "memory_partial at each such tick", silent or ticks)
        if "vms" in self.args:
            self.c.test(f"{when}: the host's number of VMs says that they are not all", bool(tick) and "vms_partial" in tick[0], "vms_partial", tick)

    def metrics(self):
        """Check the exporter's series by machine."""
        text, names = self.read("found.prom"), {}
        for label, name in re.findall(r'^gmem_machine_info\{machine="([^"]+)",name="tenants-(\d+)"', text, re.M):
            if int(name) in self.pids:
                names[self.pids[int(name)]] = label
        self.c.equal("exporter: all tenants with memory have series", sorted(n for n in self.args if self.args[n][0] != "vms"), sorted(names))
        for name, label in names.items():
            value = dict(re.findall(r'^(gmem_machine_\w+)\{machine="%s"\} (\S+)' % re.escape(label), text, re.M))
            size, more = value.get("gmem_machine_memory_size_bytes"), float(value.get("gmem_machine_untracked_files", 0))
            if self.args[name][0] == "quiet" or size is not None:
                self.c.equal(f"exporter: {name}: size", float(self.truth(name, True)["size_bytes"]), size and float(size))
            else:
                self.c.test(f"exporter: {name}: no size, as files are not tracked", more > 0, "more than 0", more)

    def gone(self):
        vms = self.last("gone.json")
        self.c.equal("gone: tenants whose VM is alive", [], [n for n, vm in vms.items() if vm["alive"]])

    def beside(self, when):
        """Check the quiet VM of the crowd's user, which started when that user's share was used up; return the other VMs' lines."""
        vms = self.last(when + ".json")
        self.c.test(f"{when}: beside is seen", "beside" in vms, "beside", sorted(vms))
        if "beside" in vms:
            self.exact(when, "beside", vms["beside"])
        return {n: vm for n, vm in vms.items() if n != "beside"}

    def crowd(self):
        self.choose("crowd.pids")
        crowd = self.beside("crowd")
        self.c.equal("crowd: all are seen", sorted(n for n in self.args if n != "beside"), sorted(crowd))
        for name, vm in crowd.items():
            self.exact_or_na("crowd", name, vm)
        used_up = [n for n, vm in crowd.items() if "memory_na" in vm]
        self.c.equal("crowd: not all files of each are tracked", sorted(crowd), sorted(used_up))
        for name, vm in self.beside("closed").items():
            if not vm["alive"]:
                continue
            files = int(self.args[name][3])
            truth = {"size_bytes": files * PAGE, "resident_bytes": PAGE, "resident_pages": 1, "files": files, "allocated_pages": None, "freed_pages": None}
            self.c.equal(f"closed: {name}: exact again, but for what nobody counted", truth, {k: vm[k] for k in MEMORY})

    def last_vm(self):
        """Check the last of many VMs, which is untracked while its file is tracked."""
        self.choose("last.pids")
        vms = [x for x in self.lines("last.json") if x["type"] == "vm" and x["pid"] in self.pids and x["alive"]]
        truth = {"size_bytes": 2 * PAGE, "resident_bytes": PAGE, "resident_pages": 1, "files": 1, "allocated_pages": None, "freed_pages": None}
        self.c.equal("last: exact, but for what nobody counted", truth, {k: vms[-1][k] for k in MEMORY} if vms else None)

    def losses(self, name, lists):
        """Check the losses: untracked files are counted, also those that the first scan finds, not their VMs. Far more than half are untracked."""
        there = sum(int(words[1]) for _, args, _ in lists for words in args.values() if words[0] == "files")
        lost = sum(x["count"] for x in self.lines(name + ".json") if x["type"] == "loss" and x["what"] == "file_untracked")
        self.c.test(f"{name}: file_untracked counts files", there / 2 <= lost <= there, f"{there // 2} to {there}", lost)

    def churn(self):
        text = self.read("churn.truth")
        self.c.test("the VMs that came and went: their own checks", bool(text) and not json.loads(text)["failed"], "none failed", self.read("churn.out"))

    def judge(self):
        for line in self.read("lines").splitlines():
            self.c.test(line.replace("not ok ", "", 1), False, "it", "it did not come")
        for name in ("top", "found", "exporter"):
            self.c.equal(f"{name}: exit status", "0", self.read(name + ".status").strip())
        for name in ("top", "found", "exporter", "check"):
            self.c.equal(f"{name}: messages", "", self.read(name + ".err").strip())
        for when in ("there", "found", "churned"):
            self.sample(when)
        self.losses("found", [self.all["pids"]])
        self.losses("top", self.all.values())
        self.metrics()
        self.churn()
        self.gone()
        self.crowd()
        if self.all["last.pids"][0]:
            self.last_vm()


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("dir")
    args.add_argument("--label", default="native")
    opts = args.parse_args()
    out = Output(opts.label)
    Tenants(opts.dir, out).judge()
    out.finish()


main()
