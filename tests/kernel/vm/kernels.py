#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Makes or checks docs/kernels.md, the page of what each kernel shows: kernels.py --write FILE KEEP | --check FILE KEEP | --self-test

KEEP is matrix.sh's folder with ids (a line each, in order), and gmemcheck's ID/check.json, or ID/gmemtop.err if nothing can be observed.

--write makes the page. A machine that did not run keeps its column, since the archive drops kernels.
--check compares the columns of machines that ran with the page, and prints "ok ..", "not ok ..". A difference on another kernel than the
page's is no failure but "skip ..", since the archive may have a new kernel any day.
"""
import json
import os
import sys

INTRO = """# What each kernel shows

Which phases can be observed on each tested kernel, and by which hook. `make test-matrix` writes this page from the output of gmemcheck on each machine of
tests/kernel/vm/matrix.sh. A column is a machine: a kernel, and the way in which the tools were used on it. Do not edit: a test compares the page with what runs.
Machines whose name is not that of a kernel:

| machine | kernel | |
|---|---|---|
| newest | the newest release of Debian's archive | |
| private-6.12, private-7.3 | built for the tests | kvm built in; private memory, and on 7.3 a gmem inode linked into a second VM |
| kprobe, tracepoint, inventory | 7.3 | `--mode`; kprobe-plain: private-7.3, which has no kprobe.multi; tracepoint-6.18, tracepoint-6.12: 6.18, private-6.12 |
| caps | 7.3 | CAP_BPF and CAP_PERFMON alone, kvm a module; caps-tracepoint: with `--mode tracepoint`; caps-builtin: private-7.3, kvm built in |
| integrity, confidentiality | 7.3 | lockdown |
| no-module-btf, no-kvm | 7.3, 6.18 | kvm.ko without types; not loaded |
"""

LEGEND = """S fsession, F fentry+fexit, f one of the two, M kprobe.multi, m one side of it, K kprobe+kretprobe, k one of them, T tp_btf, R raw tracepoint,
C system call tracepoint, I iterator, P a program that user space runs, L detected by the next sample, p files of /proc; `-` the kernel has no such function, `x` not allowed
there (gmemcheck says why), `o` not needed there."""

LETTER = {"fsession": "S", "fentry+fexit": "F", "fentry": "f", "fexit": "f", "kprobe.multi": "M", "kretprobe.multi": "m",
          "kprobe+kretprobe": "K", "kprobe": "k", "kretprobe": "k", "tp_btf": "T", "raw_tp": "R", "tracepoint": "C", "iter": "I",
          "run": "P", "scan": "L", "read": "p"}


def hook(probe):
    if probe["state"] != "attached":
        return {"absent": "-", "off": "o"}.get(probe["state"], "x")
    return LETTER[probe["hook"].split(":")[0]]


def column(text):
    """Return gmemcheck --json as (row, cell) pairs."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    summary = [x for x in lines if x["type"] == "summary"][-1]
    cells = {"kernel": summary["kernel"], "mode": summary["mode"]}
    for x in lines:
        if x["type"] == "probe":
            cells["probe " + x["probe"]] = hook(x)
    gaps = {x["phase"]: x for x in lines if x["type"] == "phase"}
    for phase in PHASES:
        gap = gaps.get(phase, {})
        cells["phase " + phase] = "n/a" if gap.get("na") else "part" if gap.get("partial") else "yes"
    return cells


PHASES = ("create bind unbind zap release free destroy alloc zero prepare map guest_fault host_fault fallocate punch convert "
          "populate rebind prefault").split()


def columns(keep):
    """Return {id: cells} of all machines that ran, and {id: message} of those where nothing can be observed."""
    seen, refused = {}, {}
    for name in open(os.path.join(keep, "ids")).read().split():
        try:
            text = open(os.path.join(keep, name, "check.json")).read()
        except OSError:
            text = ""
        if '"summary"' in text:
            seen[name] = column(text)
        elif os.path.exists(os.path.join(keep, name, "gmemtop.err")):
            refused[name] = open(os.path.join(keep, name, "gmemtop.err")).read().strip().replace("gmemtop: ", "", 1)
    return seen, refused


def table(first, names, rows, cells):
    out = [f"| {first} | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for title, row in rows:
        out.append(f"| {title} | " + " | ".join(cells[n].get(row, "-") for n in names) + " |")
    return "\n".join(out) + "\n"


def page(seen, refused):
    probes = []
    for cells in seen.values():
        probes += [row for row in cells if row.startswith("probe ") and row not in probes]
    names = list(seen)
    out = [INTRO, "## Machines", "", "| machine | kernel | mode |", "|---|---|---|"]
    out += [f"| {name} | {cells['kernel']} | {cells['mode']} |" for name, cells in seen.items()]
    out += ["", "## Phases", "", table("phase", names, [(p, "phase " + p) for p in PHASES], seen),
           "part: not all of it; gmemcheck says what is missing. n/a on a kernel without such a function means that it cannot happen there, or that the function is",
           "inlined; gmemcheck has the reasons.", "", "## Hooks", "", LEGEND, "",
           table("probe", names, [(row.split(" ", 1)[1], row) for row in probes], seen),
           "## Where nothing can be observed", "", "| machine | every tool says, with status 3 |", "|---|---|"]
    out += [f"| {name} | {text} |" for name, text in refused.items()]
    return "\n".join(out) + "\n"


def parse(text):
    """Parse the page's tables to the form of columns()."""
    seen, refused, names, kind = {}, {}, [], ""
    for line in text.splitlines():
        if not line.startswith("|"):
            kind = line[3:] if line.startswith("## ") else kind
            names = []
            continue
        cells = [c.strip() for c in line.strip("|").split(" | ")] if not line.startswith("|---") else None
        if cells is None or not kind:
            continue
        if kind == "Machines":
            if cells[0] != "machine":
                seen[cells[0]] = {"kernel": cells[1], "mode": cells[2].strip(" |")}
        elif kind.startswith("Where"):
            if cells[0].strip() != "machine":
                refused[cells[0].strip()] = cells[1].strip()
        elif not names:
            names = cells[1:]
            for name in names:
                seen.setdefault(name, {})
        else:
            row = ("phase " if kind == "Phases" else "probe ") + cells[0]
            for name, cell in zip(names, cells[1:]):
                seen[name][row] = cell
    return seen, refused


def differences(said, found):
    return [f"{row}: page {said.get(row, 'nothing')}, now {cell}" for row, cell in found.items() if row != "kernel" and said.get(row, "-") != cell]


def check(text, seen, refused):
    was, was_refused = parse(text)
    for name, cells in seen.items():
        page = was.get(name, {})
        bad = differences(page, cells)
        if bad and page.get("kernel") not in (None, cells["kernel"]):
            yield f"skip vm/{name}: docs/kernels.md is of {page['kernel']}, and {cells['kernel']} differs (make test-matrix): " + "; ".join(bad[:6])
        elif bad:
            yield f"not ok vm/{name}: docs/kernels.md says something else (make test-matrix): " + "; ".join(bad[:6])
        else:
            yield f"ok vm/{name}: docs/kernels.md says what gmemcheck says, {len(cells)} cells"
    for name, message in refused.items():
        good = was_refused.get(name) == message
        yield f"ok vm/{name}: docs/kernels.md has its message" if good else f"not ok vm/{name}: docs/kernels.md has another message (make test-matrix): {message}"


def write(path, seen, refused):
    try:
        was, was_refused = parse(open(path).read())
    except OSError:
        was, was_refused = {}, {}
    was.update(seen)
    was_refused.update(refused)
    order = [n for n in sorted(was, key=rank)]
    open(path, "w").write(page({n: was[n] for n in order}, dict(sorted(was_refused.items()))))


def rank(name):
    """Return a sort key: kernels by number, then the others."""
    number = name[0].isdigit()
    return (not number, [int(x) for x in name.split(".")] if number else [], name != "newest", name)


def self_test():
    cells = {"kernel": "7.3.4", "mode": "full", "probe scan": "I", "probe evict": "S"}
    cells.update({"phase " + p: "yes" for p in PHASES})
    text = page({"7.3": cells, "6.12": dict(cells, mode="kprobe")}, {"no-kvm": "no KVM (load it: modprobe)"})
    assert parse(text) == ({"7.3": cells, "6.12": dict(cells, mode="kprobe")}, {"no-kvm": "no KVM (load it: modprobe)"}), parse(text)
    assert not differences(cells, dict(cells, kernel="7.3.5"))
    changed = dict(cells, **{"probe evict": "F"})
    assert differences(cells, changed) == ["probe evict: page S, now F"]
    assert [x[:6] for x in check(text, {"7.3": changed}, {"no-kvm": "other"})] == ["not ok", "not ok"]
    assert [x[:4] for x in check(text, {"7.3": dict(changed, kernel="7.3.5")}, {})] == ["skip"]
    assert [x[:3] for x in check(text, {"7.3": cells}, {"no-kvm": "no KVM (load it: modprobe)"})] == ["ok ", "ok "]
    assert sorted(["newest", "7.3", "6.12", "6.2", "caps"], key=rank) == ["6.2", "6.12", "7.3", "newest", "caps"]


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    if len(sys.argv) != 4 or sys.argv[1] not in ("--write", "--check"):
        sys.exit(__doc__)
    self_test()
    seen, refused = columns(sys.argv[3])
    if sys.argv[1] == "--write":
        write(sys.argv[2], seen, refused)
        return
    try:
        text = open(sys.argv[2]).read()
    except OSError:
        text = ""
    for line in check(text, seen, refused):
        print(line)


main()
