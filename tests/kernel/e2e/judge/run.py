# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the files of a tool and its workload, and checks that they are complete."""

import json
import os

from . import metrics
from .files import read
from .losses import Losses, reported
from .modes import FUNCTION_MODES, Kernel, check_known, phase_known, view_of
from .output import Unusable
from .truth import Truth


class ToolRun:
    """The output of one run of a tool, in files with a common prefix. programs: skipped runs by program, if they are known."""

    summary = None

    def __init__(self, checks, folder, prefix, programs=None):
        self.c, self.dir, self.prefix, self.programs = checks, folder, prefix, programs
        self.need_tool()

    def path(self, end):
        return os.path.join(self.dir, self.prefix + end)

    def say(self, what):
        """Return a check's name."""
        return f"{self.prefix}: {what}"

    def need_tool(self):
        status, words = (read(self.path(".status")) or "").strip(), (read(self.path(".err")) or "").strip()
        self.c.equal(self.say("exit status"), "0", status)
        # A tool warns of a mode that the kernel refuses. The caller judges whether the kernel should have allowed it.
        printed = [w for w in words.splitlines() if "warning: --mode " not in w]
        self.c.test(self.say("nothing on stderr"), not printed, "nothing", words)
        self.lines = self.parse(read(self.path(".json")) or "")
        self.events = [l for l in self.lines if l["type"] == "event"]
        self.probes = {l["probe"]: l for l in self.lines if l["type"] == "probe"}
        last = self.lines[-1] if self.lines else {}
        if not self.c.equal(self.say("the last line is the summary"), "summary", last.get("type")):
            raise Unusable
        self.summary = last
        self.withheld = sum(l["count"] for l in self.lines if l["type"] == "loss" and "withheld" in l)
        self.every_fault = self.prefix == "snoop" and os.path.exists(os.path.join(self.dir, "slow"))
        self.judge_losses(reported(self.lines))

    def judge_losses(self, losses):
        self.losses = Losses(losses, self.programs)
        self.c.equal(self.say("nothing lost, but for runs that the kernel skipped"), {}, self.losses.others)
        self.c.equal(self.say("losses, added up"), self.summary["lost"], sum(losses.values()))
        if self.losses.most:
            self.c.out.write(f"# {self.c.where}: {self.prefix}: {self.losses.counts}: single calls may be missing, so many at most")

    def parse(self, text):
        lines, wrong = [], None
        for number, line in enumerate(text.splitlines(), 1):
            value, why = self.c.args.schema.read(line)
            if value is not None:
                lines.append(value)
            wrong = wrong or (why and f"line {number}: {why}: {line}")
        self.c.test(self.say(f"{len(lines)} lines fit the schema"), not wrong, "no deviation", wrong)
        return lines

    @property
    def mode(self):
        return self.summary["mode"]

    def attached(self, probe):
        return self.probes.get(probe, {}).get("state") == "attached"

    def samples(self):
        return split_samples(self.lines)


class Run(ToolRun):
    """One run of a tool with the truth of its workload, on a kernel whose functions are known."""

    def __init__(self, checks, folder, prefix, truth=None):
        self.c, self.dir, self.prefix = checks, folder, prefix
        self.truth = truth
        self.kernel = Kernel(os.path.dirname(os.path.abspath(folder)))
        if truth is None:
            self.need_guest()
        super().__init__(checks, folder, prefix)

    def say(self, what):
        """Return a check's name, which includes a mode that knows less than function probes."""
        if not self.summary or self.mode in FUNCTION_MODES:
            return super().say(what)
        return f"{self.prefix} [{self.mode}{', emulated' if self.kernel.emulates() else ''}]: {what}"

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

    def judge_losses(self, losses):
        super().judge_losses(losses)
        check_known(self)

    @property
    def view(self):
        return view_of(self.mode, self.kernel, not (self.c.args and self.c.args.no_tracefs))

    def knows(self, phase):
        return phase_known(self.view, self.kernel, phase)

    def has_operations(self):
        return bool(self.summary.get("operations"))

    def refused_binds(self):
        """Return the number of binds that the tool must report as failed. KVM refuses some before it calls guest_memfd: only a hook on the system call sees these."""
        counts, hook = self.truth.counts, self.probes.get("bind", {}).get("hook", "")
        return counts["bind_failed"] + (counts["bind_rejected"] if "ioctl" in hook else 0)


class MetricsRun(Run):
    """One run of gmem_exporter, with a summary made from its metrics."""

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
        self.programs = self.metrics.by("gmem_bpf_program_skipped_total", "program")
        self.judge_losses({l["reason"]: int(v) for l, v in self.metrics.family("gmem_records_lost_total") if v})


def split_samples(lines):
    """Return gmemtop's complete samples, (vm lines, inode lines) each; a tick line ends a sample."""
    samples, vms, inodes = [], [], []
    for l in lines:
        if l["type"] == "tick":
            samples.append((vms, inodes))
            vms, inodes = [], []
        elif l["type"] == "vm":
            vms.append(l)
        elif l["type"] == "inode":
            inodes.append(l)
    return samples


def samples_at_hold(folder, prefix):
    """Return the samples that were copied while the workload held. A last line may be cut short and does not count."""
    text = read(os.path.join(folder, prefix + ".hold.json")) or ""
    return split_samples([json.loads(l) for l in text[:text.rfind("\n") + 1].splitlines()])
