# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What one run of a tool left behind."""

import json
import os

from . import metrics
from .files import read
from .output import Unusable
from .truth import Truth


class Run:
    """What one run of a tool left under a prefix."""

    def __init__(self, checks, folder, prefix, truth=None):
        self.c, self.dir, self.prefix = checks, folder, prefix
        self.truth = truth
        checks.told_lost = 0
        if truth is None:
            self.need_guest()
        self.need_tool()

    def path(self, end):
        return os.path.join(self.dir, self.prefix + end)

    def say(self, what):
        return f"{self.prefix}: {what}"

    def need_guest(self):
        status = (read(self.path(".guest.status")) or "").strip()
        words = (read(self.path(".guest.err")) or "").strip()
        if status == "77":
            self.c.skip(self.say(words.replace("gmemguest: ", "", 1)))
            raise Unusable
        if not self.c.test(self.say("the workload ended well"), status == "0" and not words, "status 0, no words",
                           f"status {status or 'none'}, {words or 'no words'}; tool: {read(self.path('.err'))!r}"):
            raise Unusable
        self.truth = Truth([self.path(".truth")])
        self.c.equal(self.say("the truth is whole"), False, self.truth.failed)
        for skipped in sorted(self.truth.skipped - self.c.skips):
            self.c.skip(skipped)
        self.c.skips |= self.truth.skipped

    def need_tool(self):
        status, words = (read(self.path(".status")) or "").strip(), (read(self.path(".err")) or "").strip()
        self.c.equal(self.say("exit status"), "0", status)
        # A mode that the kernel does not allow is said; whether it should have been allowed is judged by the caller.
        spoken = [w for w in words.splitlines() if "warning: --mode " not in w]
        self.c.test(self.say("nothing on stderr"), not spoken, "nothing", words)
        self.lines = self.parse(read(self.path(".json")) or "")
        self.events = [l for l in self.lines if l["type"] == "event"]
        self.probes = {l["probe"]: l for l in self.lines if l["type"] == "probe"}
        last = self.lines[-1] if self.lines else {}
        if not self.c.equal(self.say("the last line is the summary"), "summary", last.get("type")):
            raise Unusable
        self.summary = last
        # The kernel skips a program while the same one is under way on that CPU; the tool says how often. What hangs on
        # each single call cannot be exact then. Lives, deaths and sums still have to be: they come from the kernel's state.
        self.withheld = sum(l["count"] for l in self.lines if l["type"] == "loss" and "withheld" in l)
        self.every_fault = self.prefix == "snoop" and os.path.exists(os.path.join(self.dir, "slow"))
        self.judge_losses({l["what"]: l["count"] for l in self.lines if l["type"] == "loss" and "withheld" not in l})

    def judge_losses(self, losses):
        lost = self.summary["lost"]
        self.exact = lost == 0
        if not self.exact and sum(losses.values()) == lost and \
                set(losses) <= {"program_skipped", "unfinished_call", "task_state"}:
            self.c.skip(self.say(f"the kernel skipped {lost} runs of our programs and the tool said so: "
                                 "single calls are not judged"))
            self.c.told_lost = lost
        else:
            self.c.equal(self.say("nothing lost"), 0, lost)

    def parse(self, text):
        lines, wrong = [], None
        for number, line in enumerate(text.splitlines(), 1):
            value, why = self.c.args.schema.read(line)
            if value is not None:
                lines.append(value)
            wrong = wrong or (why and f"line {number}: {why}: {line}")
        self.c.test(self.say(f"{len(lines)} lines fit the schema"), not wrong, "no deviation", wrong)
        return lines

    def attached(self, probe):
        return self.probes.get(probe, {}).get("state") == "attached"

    def has_operations(self):
        return bool(self.summary.get("operations"))

    def refused_binds(self):
        """KVM refuses some before it asks guest_memfd: only who looks at the system call sees these."""
        counts, hook = self.truth.counts, self.probes.get("bind", {}).get("hook", "")
        return counts["bind_failed"] + (counts["bind_rejected"] if "ioctl" in hook else 0)

    def looks(self):
        return split_looks(self.lines)


class MetricsRun(Run):
    """gmem_exporter's: the summary is made of its metrics."""

    def need_tool(self):
        self.c.equal(self.say("exit status"), "0", (read(self.path(".status")) or "").strip())
        words = (read(self.path(".err")) or "").strip()
        self.c.test(self.say("nothing on stderr"), not words, "nothing", words)
        try:
            self.metrics = metrics.parse(read(self.path(".json")) or read(self.path(".prom")) or "")
        except ValueError as e:
            self.c.bad(self.say("a text that Prometheus would take"), "one", str(e))
            raise Unusable from e
        self.lines, self.events, self.withheld = [], [], 0
        self.summary = metrics.summary(self.metrics)
        self.probes = {l["probe"]: l for l, _ in self.metrics.family("gmem_probe_info")}
        self.judge_losses({l["reason"]: int(v) for l, v in self.metrics.family("gmem_records_lost_total") if v})


def split_looks(lines):
    """gmemtop's complete looks: (vm lines, inode lines) each; a tick line ends one."""
    looks, vms, inodes = [], [], []
    for l in lines:
        if l["type"] == "tick":
            looks.append((vms, inodes))
            vms, inodes = [], []
        elif l["type"] == "vm":
            vms.append(l)
        elif l["type"] == "inode":
            inodes.append(l)
    return looks


def looks_at_hold(folder, prefix):
    """The looks that were kept while the workload held; a last line cut short is not one."""
    text = read(os.path.join(folder, prefix + ".hold.json")) or ""
    return split_looks([json.loads(l) for l in text[:text.rfind("\n") + 1].splitlines()])
