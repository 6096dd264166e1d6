#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Pages by NUMA node, of inodes whose pages come and go and of quiet ones: nodes.py BUILD. The host gets two nodes, made up of 2 MiB in turn, so that the truth
is known: half of a full inode on each. Prints "ok ..", "not ok ..", "skip .." lines. Random samples are seeded there (-C nodes): their error holds or not,
but the same way each time."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUSY = os.path.join(HERE, "..", "bench", "busy.py")
PAGE = 4096
SAMPLES, MOST = 14, 300


def say(good, what, *facts):
    print(f"{'ok' if good else 'not ok'} nodes: {what}" + ("" if good else f": {facts}"), flush=True)


def ready(child):
    return child.stdout.readline() == b"ready\n"


def samples(build, pid, options, end):
    """The inode of that process at each sample, until end() says that it has what it waits for: other inodes of the host have their share of what is walked."""
    argv = [f"{build}/gmemtop", "--json", "-i", "0.2", "-n", str(MOST), "-C", "nodes=2", *options, "--vm", str(pid)]
    got = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as tool:
        for line in tool.stdout:
            l = json.loads(line)
            if l["type"] == "inode" and l["alive"]:
                got.append(l)
                if len(got) >= SAMPLES and end(*how(l)):
                    break
        tool.terminate()
    return got


def how(inode):
    return inode.get("nodes_how", "exact"), inode.get("nodes_error_bytes", 0)


def off(inode):
    """Bytes by which the figures are wrong, at least: one page may be out just now, of either node."""
    half, out = inode["size_bytes"] // 2, inode["size_bytes"] - inode["resident_bytes"]
    got = [inode["nodes"].get(n, 0) for n in "01"]
    return min(max(abs(got[0] - (half - a)), abs(got[1] - (half - out + a))) for a in (0, out))


def judge(what, got, mib):
    known = [i for i in got if i["nodes"] is not None]
    say(len(got) >= SAMPLES, f"{what}: in each sample", len(got))
    say(len(known) == len(got), f"{what}: known from the first sample on", len(known), len(got))
    say(all(sum(i["nodes"].values()) == i["resident_bytes"] for i in known), f"{what}: nodes add up to what is resident", known)
    wrong = [(i["nodes"], i.get("nodes_error_bytes"), i.get("nodes_how")) for i in known if off(i) > i.get("nodes_error_bytes", 0)]
    say(not wrong, f"{what}: no figure is wrong by more than it says", wrong)
    say(all(i["size_bytes"] == mib << 20 for i in got), f"{what}: the inode that was meant", got[:1])


def run(build, what, mib, pause, options, end):
    with subprocess.Popen([sys.executable, BUSY, "1", str(mib), str(pause), "/dev/stdout"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        if not ready(child):
            print(f"skip nodes: {what}: no VM with guest memory can be made here")
            return
        got = samples(build, child.pid, options, end)
        child.stdin.close()
    judge(what, got, mib)
    if "--exact" in options:
        say(got and exact(*how(got[0])), f"{what}: exact in the first sample", got[:1])
    say(got and end(*how(got[-1])), f"{what}: near enough, or exact, in the end", [how(i) for i in got])


def near(by, error):
    """All pages were looked at, though they change all the time; what changed since is not much."""
    return by in ("bound", "exact") and error < 1 << 20


def exact(by, error):
    return by == "exact" and not error


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "build")
    if os.getuid() or not os.path.exists("/dev/kvm"):
        print("skip nodes: needs root and /dev/kvm")
        return
    run(build, "busy", 64, 0.02, ["-C", "page-budget=4000"], near)
    run(build, "quiet, in parts", 64, 0, ["-C", "page-budget=4000"], exact)
    run(build, "quiet, by time", 16, 0, [], exact)
    run(build, "quiet, --exact", 256, 0, ["--exact"], exact)
    run(build, "inventory, quiet", 4, 0, ["--mode", "inventory"], exact)


main()
