# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints record.sh's tables.

record.py native BUILD KEEP ROUNDS      the overhead of recording in CPU time of a tool, and the bytes of the file, on this kernel
record.py calls BUILD KEEP ROUNDS       the CPU time of tools for calls of one page, on this kernel
record.py faults OUT                    the overhead of faults as events for the workload and the tool, from the files of a machine that counts instructions
"""
import collections
import json
import os
import re
import statistics
import struct
import subprocess
import sys

BENCH = os.path.dirname(os.path.abspath(__file__))
FAULT, STACK_AT = 46, 176  # struct gm_ev_fault ends with its stack


def kinds():
    """Return {number: name} of the kinds of records."""
    with open(os.path.join(BENCH, "..", "..", "bpf", "gm_wire.h"), encoding="utf-8") as f:
        rows = re.findall(r'^\tX\(\w+,\s*(\d+),\s*gm_\w+,\s*"(\w+)"', f.read(), re.M)
    return {int(n): name for n, name in rows}


def count_records(path):
    """Return {kind: [records, bytes]}, the bytes of stacks and the bytes of the file (docs/overhead.md)."""
    with open(path, "rb") as f:
        data = f.read()
    found, stacks = collections.defaultdict(lambda: [0, 0]), 0
    at = struct.unpack_from("<I", data, 8)[0]
    while at < len(data):
        magic, length = struct.unpack_from("<4sI", data, at)
        if magic != b"GMCK":
            break
        at += 32
        end = at + length
        while at < end:
            size, kind = struct.unpack_from("<IH", data, at)
            found[kind][0] += 1
            found[kind][1] += size
            stacks += max(0, size - STACK_AT) if kind == FAULT else 0
            at += size
    return found, stacks, len(data)


def cpu_seconds(command):
    """Run a command; return the user and system time of it and of the children that it waited for."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"{command}: status {status}")
    return used.ru_utime + used.ru_stime


def table_of_kinds(what, path):
    found, stacks, total = count_records(path)
    names = kinds()
    n = sum(c for c, _ in found.values())
    print(f"{what}: {n} records in {total} bytes: {total / n:.1f} bytes a record, {total - sum(b for _, b in found.values())} of them around")
    print(f"  {'KIND':14} {'RECORDS':>9} {'BYTES':>10} {'A RECORD':>9}")
    for kind, (count, size) in sorted(found.items(), key=lambda kv: -kv[1][1]):
        print(f"  {names.get(kind, kind):14} {count:9} {size:10} {size / count:9.1f}")
    if FAULT in found:
        print(f"  of a fault the stack takes {stacks / found[FAULT][0]:.1f} bytes")
    return n


def compare(what, command, path, rounds):
    """Print a line that compares a command with the same command and --record PATH, run in turn; the first round does not count."""
    recording = [command[0], "--record", path, *command[1:]]
    pairs, records = [], []
    for n in range(rounds + 1):
        order = (command, recording) if n % 2 else (recording, command)
        used = {id(c): cpu_seconds(c) for c in order}
        records.append(sum(c for c, _ in count_records(path)[0].values()))
        pairs.append((used[id(command)], used[id(recording)]))
    pairs, records = pairs[1:], records[1:]
    more = sorted((b - a) / r * 1e9 for (a, b), r in zip(pairs, records))
    print(f"{what:40} {statistics.median(records):8.0f} {statistics.median(a for a, _ in pairs) * 1e3:8.1f} "
          f"{statistics.median(b for _, b in pairs) * 1e3:9.1f} {statistics.median(b / a for a, b in pairs):6.3f} "
          f"{statistics.median(more):9.0f}  ({more[0]:.0f} .. {more[-1]:.0f})")


def native(build, keep, rounds):
    """Compare live runs, where attaching and scanning take most of the time, and replays, which only read records."""
    gmemtop, gmemsnoop, guest = (os.path.join(build, t) for t in ("gmemtop", "gmemsnoop", "gmemguest"))
    samples, events, copy = (f"{keep}/{name}.rec" for name in ("samples", "events", "copy"))
    cpu_seconds([gmemsnoop, "--record", events, "--", guest, "--scenario", "reboot-recreate", "--vms", "20", "--reboots", "200", "--pages", "16"])
    print(f"{'TOOL':40} {'RECORDS':>8} {'CPU ms':>8} {'RECORDING':>9} {'RATIO':>6} {'NS A RECORD':>9}  (least .. most)")
    compare("gmemtop, 1000 samples of 50 VMs", [gmemtop, "--json", "-i", "0.001", "-n", "1000"], samples, rounds)
    compare("gmemtop, a replay of these", [gmemtop, "--json", "--replay", samples], copy, rounds)
    compare("gmemsnoop, a replay of 20 x 200 reboots", [gmemsnoop, "--json", "--replay", events], copy, rounds)
    table_of_kinds("samples", samples)
    table_of_kinds("reboots", events)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def usage_us(text):
    return int(re.search(r"^usage_usec (\d+)", text, re.M).group(1))


def faults_of(summary):
    ops = json.loads(summary)["operations"]
    return sum(ops[p]["in_histograms"] for p in ("guest_fault", "host_fault") if p in ops)


def faults(out):
    """Print the overhead of faults. OUT/summary.PAGES has a run's summary, OUT/CONFIG.PAGES.N.guest and .tool have cpu.stat of the cgroups of round N."""
    few, many = sorted(int(f.split(".")[1]) for f in os.listdir(out) if f.startswith("summary."))
    n = faults_of(read(f"{out}/summary.{many}")) - faults_of(read(f"{out}/summary.{few}"))
    rounds = len([f for f in os.listdir(out) if re.fullmatch(rf"none\.{few}\.\d+\.guest", f)])
    print(f"kernel {read(f'{out}/kernel').strip()}: instructions a fault, of {n} faults, medians (least .. most) of {rounds} runs")
    print(f"  {'FAULTS AS EVENTS':18} {'WORKLOAD':>24} {'TOOL':>30}")
    for config in ("none", "sample16", "each", "each_stack", "sample16_record", "each_record"):
        cells = []
        for side in ("guest", "tool"):
            more = sorted((usage_us(read(f"{out}/{config}.{many}.{r}.{side}")) - usage_us(read(f"{out}/{config}.{few}.{r}.{side}"))) * 1000 / n
                          for r in range(1, rounds + 1))
            cells.append(f"{statistics.median(more):8.0f} ({more[0]:.0f} .. {more[-1]:.0f})")
        print(f"  {config:18} {cells[0]:>24} {cells[1]:>30}")
    for name in ("each_record", "sample16_record"):
        table_of_kinds(name, f"{out}/{name}.rec")


def calls_seconds(command, guest, keep, times):
    """Return the CPU time of a tool, user and system, while its COMMAND runs the guest so many times: from its own counts, in units of 10 ms."""
    script = f"i=0; while [ $i -lt {times} ]; do i=$((i + 1)); {guest} >/dev/null 2>&1 || exit 1; done; cat /proc/$PPID/stat >{keep}/stat"
    subprocess.run([*command, "--", "sh", "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    user, system = read(f"{keep}/stat").rsplit(")", 1)[1].split()[11:13]
    return int(user) / os.sysconf("SC_CLK_TCK"), int(system) / os.sysconf("SC_CLK_TCK")


def calls(build, keep, rounds):
    """Print what 100000 calls take of each tool: the difference of a run with 13 x 8182 calls and one with 8182."""
    guest = f"{build}/gmemguest --name bench-calls --vms 1 --scenario each-both --pages 4091"
    tools = {"gmemtop": ["--json", "-i", "1"], "gmemhist": ["--json"], "gmemreboot": ["--json"],
             "gmemrecord": ["-o", f"{keep}/calls.rec"], "gmemsnoop": ["--json"]}
    print(f"{'TOOL':12} {'USER, ms':>24} {'SYSTEM, ms':>24}  for 100000 calls, medians (least .. most)")
    for tool, options in tools.items():
        command, runs = [f"{build}/{tool}", *options], []
        for _ in range(rounds):
            few, many = (calls_seconds(command, guest, keep, n) for n in (1, 13))
            runs.append([(b - a) * 1e8 / (12 * 8182) for a, b in zip(few, many)])
        print(f"{tool:12} " + " ".join(f"{statistics.median(r):10.0f} ({min(r):.0f} .. {max(r):.0f})".rjust(24) for r in zip(*runs)))


if __name__ == "__main__":
    if sys.argv[1] == "native":
        native(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1] == "calls":
        calls(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        faults(sys.argv[2])
