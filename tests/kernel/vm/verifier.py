#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares the verifier's work for the BPF programs with the stored numbers: verifier.py --check KEEP [ID...] | --store KEEP [ID...] | --self-test

KEEP is matrix.sh's folder with ids (a line each), and ID/check.json, the output of `gmemcheck --json --verifier` on each machine.
tests/kernel/vm/verifier/ID has a machine's stored numbers: the kernel and the compiler, then a line for each program with its instructions and states.

--check prints each program that is new or gone, or has a number that differs by more than 10 %: "not ok", until the numbers are stored again;
"skip .." on another kernel or with another compiler than the stored ones. --store writes the numbers of KEEP.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

STORED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "verifier")
HEAD = "# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n# kernel {kernel}\n# clang {clang}\n# program instructions states\n"
LIMIT = 10  # per cent


def clang():
    """Return the version of the compiler of the BPF programs."""
    try:
        out = subprocess.run([os.environ.get("CLANG", "clang"), "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    found = re.search(r"clang version (\S+)", out)
    return found[1] if found else "unknown"


def parse_check(text):
    """Return (kernel, {program: (instructions, states)}) of gmemcheck's lines; None: they are incomplete."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    kernel = [x["kernel"] for x in lines if x["type"] == "summary"]
    return kernel and (kernel[-1], {x["program"]: (x["instructions"], x["states"]) for x in lines if x["type"] == "program"}) or None


def parse(text):
    """Return (kernel, clang, {program: (instructions, states)}) of a stored file."""
    rows = [line.split() for line in text.splitlines()]
    heads = {r[1]: r[2] for r in rows if r[0] == "#" and len(r) == 3}
    return heads["kernel"], heads["clang"], {r[0]: (int(r[1]), int(r[2])) for r in rows if r[0] != "#"}


def is_beyond(was, now):
    return abs(now - was) * 100 > was * LIMIT


def change(name, was, now):
    if was == now:
        return f"{name} {was}"
    return f"{name} {was} -> {now}" + (f" ({(now - was) * 100 / was:+.1f} %)" if was else "")


def differences(was, now):
    """Return a line for each program that is beyond the limit, new, or gone, the largest growth first."""
    for p in sorted(was.keys() | now.keys(), key=lambda p: (-now.get(p, (0, 0))[0] / max(was.get(p, (0, 0))[0], 1), p)):
        if p not in was:
            yield f"{p}: new, instructions {now[p][0]}, states {now[p][1]}"
        elif p not in now:
            yield f"{p}: gone, instructions {was[p][0]}, states {was[p][1]}"
        elif any(is_beyond(a, b) for a, b in zip(was[p], now[p])):
            yield f"{p}: " + ", ".join(change(*x) for x in zip(("instructions", "states"), was[p], now[p]))


def judge(name, stored, kernel, compiler, now):
    was_kernel, was_compiler, was = stored
    bad = list(differences(was, now))
    yield from (f"# vm/{name}: verifier: {line}" for line in bad)
    same = (was_kernel, was_compiler) == (kernel, compiler)
    of = "" if same else f"; stored of {was_kernel}, clang {was_compiler}, this is {kernel}, clang {compiler}"
    if not bad:
        yield f"ok vm/{name}: verifier: {len(now)} programs, {sum(i for i, _ in now.values())} instructions: each within {LIMIT} %{of}"
    else:
        yield (f"{'not ok' if same else 'skip'} vm/{name}: verifier: {len(bad)} programs more than {LIMIT} % off, new or gone"
               f"{of} (tests/kernel/vm/verifier.py --store)")


def read(*path):
    try:
        with open(os.path.join(*path), encoding="utf-8") as f:
            return f.read()
    except OSError:
        return ""


def check(keep, names, compiler, folder=STORED):
    for name in names:
        stored, now = read(folder, name), parse_check(read(keep, name, "check.json"))
        if not now or not now[1]:
            yield f"not ok vm/{name}: verifier: expected numbers in check.json got none"
        elif not stored:
            yield f"skip vm/{name}: verifier: nothing is stored of it (tests/kernel/vm/verifier.py --store)"
        else:
            yield from judge(name, parse(stored), now[0], compiler, now[1])


def store(keep, names, compiler, folder=STORED):
    os.makedirs(folder, exist_ok=True)
    for name in names:
        now = parse_check(read(keep, name, "check.json"))
        if not now or not now[1]:
            yield f"# vm/{name}: verifier: no numbers came from it: the stored file is unchanged"
            continue
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(HEAD.format(kernel=now[0], clang=compiler))
            f.writelines(f"{p} {insns} {states}\n" for p, (insns, states) in sorted(now[1].items()))
        yield f"# vm/{name}: verifier: stored {len(now[1])} programs of {now[0]}, clang {compiler}"


def self_test():
    """Store a machine with three programs, then falsify its output in every way. Yields the mistakes of --check."""
    programs = {"gm_a": (1000, 80), "gm_b": (20, 0), "gm_c": (7, 1)}
    cases = [("the same", programs, "7.3.4", "14", ["ok"]),
             ("10 % more, and less", {**programs, "gm_a": (1100, 72)}, "7.3.4", "14", ["ok"]),
             ("instructions", {**programs, "gm_a": (1101, 80)}, "7.3.4", "14", ["# gm_a: instructions 1000 -> 1101 (+10.1 %), states 80", "not ok"]),
             ("fewer instructions", {**programs, "gm_b": (17, 0)}, "7.3.4", "14", ["# gm_b: instructions 20 -> 17 (-15.0 %), states 0", "not ok"]),
             ("states", {**programs, "gm_a": (1000, 89)}, "7.3.4", "14", ["# gm_a: instructions 1000, states 80 -> 89 (+11.2 %)", "not ok"]),
             ("states from none", {**programs, "gm_b": (20, 1)}, "7.3.4", "14", ["# gm_b: instructions 20, states 0 -> 1", "not ok"]),
             ("new and gone", {"gm_a": (1000, 80), "gm_b": (20, 0), "gm_d": (5, 1)}, "7.3.4", "14",
              ["# gm_d: new, instructions 5, states 1", "# gm_c: gone, instructions 7, states 1", "not ok"]),
             ("another kernel", {**programs, "gm_a": (1200, 80)}, "7.3.5", "14", ["# gm_a: instructions 1000 -> 1200 (+20.0 %), states 80", "skip"]),
             ("another compiler", {**programs, "gm_a": (1200, 80)}, "7.3.4", "19",
              ["# gm_a: instructions 1000 -> 1200 (+20.0 %), states 80", "skip"]),
             ("another kernel, the same numbers", programs, "7.3.5", "14", ["ok"]),
             ("no programs", {}, "7.3.4", "14", ["not ok"]), ("no end", None, "7.3.4", "14", ["not ok"])]
    with tempfile.TemporaryDirectory(prefix="gmverifier") as d:
        for i, (what, now, kernel, compiler, want) in enumerate([cases[0]] + cases):
            lines = [{"type": "program", "program": p, "instructions": n, "states": s, "peak_states": s} for p, (n, s) in (now or {}).items()]
            os.makedirs(os.path.join(d, "7.3"), exist_ok=True)
            with open(os.path.join(d, "7.3", "check.json"), "w", encoding="utf-8") as f:
                f.writelines(json.dumps(x) + "\n" for x in lines + ([] if now is None else [{"type": "summary", "kernel": kernel}]))
            got = list(check(d, ["7.3"], compiler, os.path.join(d, "stored")))
            if not i:
                want = ["skip"]
                list(store(d, ["7.3"], compiler, os.path.join(d, "stored")))
            short = [re.sub("^# vm/7.3: verifier: ", "# ", x) if x[0] == "#" else x.split(" vm/7.3: verifier: ")[0] for x in got]
            if short != want:
                yield f"{what}: expected {want} got {got}"


def main():
    wrong = list(self_test())
    if sys.argv[1:] == ["--self-test"] or wrong:
        for w in wrong:
            print(f"not ok verifier: self-test: {w}")
        if not wrong:
            print("ok verifier: self-test: each falsified number is found")
        return
    if len(sys.argv) < 3 or sys.argv[1] not in ("--check", "--store"):
        sys.exit(__doc__)
    names = sys.argv[3:] or read(sys.argv[2], "ids").split()
    for line in (store if sys.argv[1] == "--store" else check)(sys.argv[2], names, clang()):
        print(line)


main()
