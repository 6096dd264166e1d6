# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Part of record.sh.

record.py native BUILD KEEP ROUNDS      what recording costs a tool in CPU time, and the file in bytes, on this kernel
record.py faults OUT                    what faults cost the workload and the tool, from the files of a machine of counted instructions
"""
import collections
import json
import os
import re
import signal
import statistics
import struct
import subprocess
import sys
import time

BENCH = os.path.dirname(os.path.abspath(__file__))
FAULT, STACK_AT = 46, 176  # struct gm_ev_fault ends with its stack


def kinds():
    """Number -> name of each kind of record."""
    with open(os.path.join(BENCH, "..", "..", "bpf", "gm_wire.h"), encoding="utf-8") as f:
        rows = re.findall(r'^\tX\(\w+,\s*(\d+),\s*gm_\w+,\s*"(\w+)"', f.read(), re.M)
    return {int(n): name for n, name in rows}


def count_records(path):
    """{kind: [records, bytes]}, and the bytes of stacks; from the file alone (docs/recording.md)."""
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


def cpu_seconds(command, workload, keep):
    """User and system time of a tool: until it ends by itself or, with a workload, until that is over."""
    out = f"{keep}/stdout"
    with open(out, "wb") as f:
        child = subprocess.Popen(command, stdout=f)
    if workload:
        while not os.path.getsize(out):  # its heading: it is attached
            time.sleep(0.01)
        subprocess.run(workload, check=True, stdout=subprocess.DEVNULL)
        child.send_signal(signal.SIGINT)
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


def native(build, keep, rounds):
    gmemtop, gmemsnoop, guest = (os.path.join(build, t) for t in ("gmemtop", "gmemsnoop", "gmemguest"))
    reboots = [guest, "--scenario", "reboot-recreate", "--reboots", "4000", "--pages", "16"]
    configs = {
        "gmemtop, 1000 looks at 50 VMs": ([gmemtop, "--json", "-i", "0.001", "-n", "1000"], None),
        "gmemsnoop, 4000 reboots": ([gmemsnoop], reboots),
    }
    print(f"{'TOOL':30} {'RECORDS':>8} {'CPU ms':>8} {'RECORDING':>9} {'RATIO':>6} {'MORE, ns a record':>18}  (least .. most)")
    for number, (what, (command, workload)) in enumerate(configs.items()):
        path = f"{keep}/{number}.rec"
        recording = [command[0], "--record", path, *command[1:]]
        pairs, records = [], []
        for n in range(rounds + 1):  # in turn, and the other one first each second time; the first round does not count
            order = (command, recording) if n % 2 else (recording, command)
            used = {id(c): cpu_seconds(c, workload, keep) for c in order}
            records.append(sum(c for c, _ in count_records(path)[0].values()))
            pairs.append((used[id(command)], used[id(recording)]))
        pairs, records = pairs[1:], records[1:]
        more = sorted((b - a) / r * 1e9 for (a, b), r in zip(pairs, records))
        print(f"{what:30} {statistics.median(records):8.0f} {statistics.median(a for a, _ in pairs) * 1e3:8.1f} "
              f"{statistics.median(b for _, b in pairs) * 1e3:9.1f} {statistics.median(b / a for a, b in pairs):6.3f} "
              f"{statistics.median(more):18.0f}  ({more[0]:.0f} .. {more[-1]:.0f})")
    for number, what in enumerate(configs):
        table_of_kinds(what, f"{keep}/{number}.rec")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def usage_us(text):
    return int(re.search(r"^usage_usec (\d+)", text, re.M).group(1))


def faults(out):
    """OUT/summary: of one run. OUT/CONFIG.N.guest, .tool: cpu.stat of the cgroups of round N."""
    ops = json.loads(read(f"{out}/summary"))["operations"]
    n = sum(ops[p]["in_histograms"] for p in ("guest_fault", "host_fault") if p in ops)
    used = collections.defaultdict(list)
    for name in sorted(os.listdir(out)):
        m = re.fullmatch(r"(\w+)\.(\d+)\.guest", name)
        if m:
            used[m[1]].append((usage_us(read(f"{out}/{name}")), usage_us(read(f"{out}/{m[1]}.{m[2]}.tool"))))
    base = [statistics.median(u[side] for u in used["none"]) for side in (0, 1)]
    print(f"kernel {read(f'{out}/kernel').strip()}: {n} faults a run, {len(used['none'])} runs each; instructions a fault, more than without events")
    print(f"  {'FAULTS AS EVENTS':28} {'WORKLOAD':>9} {'(SPREAD)':>9} {'TOOL':>9} {'(SPREAD)':>9}")
    for config, values in used.items():
        cells = []
        for side in (0, 1):
            mine = [(v[side] - base[side]) * 1000 / n for v in values]
            cells.append(f"{statistics.median(mine):9.0f} {max(mine) - min(mine):9.0f}")
        print(f"  {config:28} {' '.join(cells)}")
    for name in ("each_record", "sample16_record"):
        if os.path.exists(f"{out}/{name}.rec"):
            table_of_kinds(name, f"{out}/{name}.rec")


if __name__ == "__main__":
    if sys.argv[1] == "native":
        native(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        faults(sys.argv[2])
