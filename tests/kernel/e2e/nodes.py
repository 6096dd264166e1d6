#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests pages by NUMA node, of inodes whose pages change and of quiet ones: nodes.py BUILD

The host gets two made-up nodes, which alternate every 2 MiB. So the truth is known: a full inode has half of its pages on each. Prints "ok ..", "not ok ..",
"skip .." lines.

The stated error of a random sample holds in 99 of 100 cases. Here -C nodes seeds the order of pages with the inode's size, and for the sizes below the error holds
after any number of pages (build/unit/test_walk_nodes, test_made_up). Other inodes of the host use a part of the budget: samples have fewer pages then, but their error
still holds. Only the check that a busy inode's error becomes small in the end is skipped if the host has other guest memory."""
import json
import os
import pty
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "..", "bench")
BUSY = os.path.join(BENCH, "busy.py")
sys.path.insert(0, BENCH)
import busy  # noqa: E402

PAGE = 4096
SAMPLES, MOST = 14, 300


def say(good, what, *facts):
    print(f"{'ok' if good else 'not ok'} nodes: {what}" + ("" if good else f": {facts}"), flush=True)


def ready(child):
    return child.stdout.readline() == b"ready\n"


def samples(build, pid, options, end):
    """Return the process's inode in each sample, until end() is true. The number of samples varies, as other inodes of the host use a part of the budget."""
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


def others(build):
    """Return the number of inodes on this host, when those of this script have ended."""
    lines = subprocess.run([f"{build}/gmemtop", "--json", "-n", "1"], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return sum(l["type"] == "inode" and l["alive"] for l in map(json.loads, lines))


def how(inode):
    return inode.get("nodes_how", "exact"), inode.get("nodes_error_bytes", 0)


def off(inode, full=None):
    """Return the least error of the figures in bytes, as a page of either node may just be freed. full: bytes of the inode with that page, if not its size."""
    full = full or inode["size_bytes"]
    half, out = full // 2, full - inode["resident_bytes"]
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
    with subprocess.Popen([sys.executable, BUSY, f"1x{mib}", str(pause), "/dev/stdout"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        if not ready(child):
            print(f"skip nodes: {what}: no VM with guest memory can be made here")
            return
        got = samples(build, child.pid, options, end)
        child.stdin.close()
    judge(what, got, mib)
    if "--exact" in options:
        say(got and exact(*how(got[0])), f"{what}: exact in the first sample", got[:1])
    if got and not end(*how(got[-1])) and others(build):
        print(f"skip nodes: {what}: not near enough in {MOST} samples: other guest memory on this host has its share of them")
    else:
        say(got and end(*how(got[-1])), f"{what}: near enough, or exact, in the end", [how(i) for i in got[-5:]])


def near(by, error):
    """Return true if all pages were read, and few have changed since."""
    return by in ("bound", "exact") and error < 1 << 20


def exact(by, error):
    return by == "exact" and not error


LEAVES = 30000  # ranges of 64 pages with one resident page each


def interrupted(build):
    """Send SIGINT while --exact reads pages, 66 at a time, which is one leaf, once its progress is on the terminal."""
    size = LEAVES * 64 * PAGE
    vm, fd = busy.make(os.open("/dev/kvm", os.O_RDWR), size)
    for leaf in range(LEAVES):
        busy.fallocate(fd, busy.KEEP_SIZE, leaf * 64 * PAGE, PAGE)
    terminal, stderr = pty.openpty()
    argv = [f"{build}/gmemtop", "--json", "--exact", "-n", "1", "-C", "nodes=2", "-C", "page-budget=66", "--vm", str(os.getpid())]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=stderr) as tool:
        said = b""
        while b" left\r\n" not in said:
            said += os.read(terminal, 4096)
        tool.send_signal(signal.SIGINT)
        lines = [json.loads(line) for line in tool.communicate()[0].splitlines()]
    said += os.read(terminal, 4096)
    got = [l for l in lines if l["type"] == "inode" and l["alive"] and l["size_bytes"] == size]
    say(re.search(rb"\d+ MiB read so far, \d+ inodes? left", said), "interrupted --exact: progress on a terminal", said)
    say(re.search(rb"stopped before all pages were read: \d+ inodes? left", said), "interrupted --exact: a warning says so", said)
    say(tool.returncode == 0, "interrupted --exact: status as of any run that a signal ends", tool.returncode)
    say(got and all(i["nodes"] is None or 0 < i["nodes_error_bytes"] for i in got), "interrupted --exact: what is known, and how wrong it may be", got)
    say(got and all(i["nodes"] is None or off(i, LEAVES * PAGE) <= i["nodes_error_bytes"] for i in got), "interrupted --exact: no figure is wrong by more than it says", got)
    os.close(vm)
    os.close(fd)


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "..", "build")
    if os.getuid() or not os.path.exists("/dev/kvm"):
        print("skip nodes: needs root and /dev/kvm")
        return
    run(build, "busy", 64, 0.02, ["-C", "page-budget=4000"], near)
    run(build, "quiet, in parts", 64, 0, ["-C", "page-budget=4000"], exact)
    run(build, "quiet, by time", 16, 0, [], exact)
    run(build, "quiet, --exact", 256, 0, ["--exact"], exact)
    interrupted(build)
    run(build, "inventory, quiet", 4, 0, ["--mode", "inventory"], exact)


main()
