#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks a rule on C files that needs more than a grep: lint_c.py RULE prints a line for each violation. tests/lint.sh runs all rules but columns.

  columns	a line of at most 120 columns, a tab being 8
  contracts	a prototype of a header has a comment: above it, behind it, or above the group of lines that it stands in
  files		a comment names only files that exist; the kernel's and other projects' files are named with their folder
  bpf_definitions	a map or a variable at file scope is defined in bpf/gm_probes.bpf.c or bpf/gm_scan.bpf.c; other files of bpf/ declare it
  errno		gm_errno(-errno ...) directly behind the call that set errno: nothing in between may change it
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLUMNS = 120


def sources(*patterns):
    return sorted(p for pattern in patterns for p in ROOT.glob(pattern))


def say(path, nr, text):
    print(f"{path.relative_to(ROOT)}:{nr}: {text}")


def columns():
    for path in sources("user/*/*.[ch]", "bpf/*.[ch]", "tools/*.c", "tests/*/*.[ch]", "tests/*/*/*.[ch]"):
        for nr, line in enumerate(path.read_text().splitlines(), 1):
            if len(line.expandtabs(8)) > COLUMNS:
                say(path, nr, f"{len(line.expandtabs(8))} columns")


def without_bodies(text):
    """Return the text with the contents of braces replaced by blanks; lines keep their numbers."""
    out, depth = [], 0
    for c in text:
        depth -= c == "}"
        out.append(c if not depth or c == "\n" else " ")
        depth += c == "{"
    return "".join(out)


def contracts():
    for path in sources("user/*/*.h"):
        text = path.read_text()
        lines = without_bodies(text).splitlines()
        covered = False
        for nr, line in enumerate(lines, 1):
            if not line.strip():
                covered = False
            elif "/*" in line or "*/" in line or line.startswith(" *"):
                covered = True
            elif re.match(r"(?!typedef|static|extern|struct \w+;|union \w+;|enum|#)[a-z].*\b(gm_\w+)\(", line) and not covered:
                if "/*" not in "".join(lines[nr - 1 : nr + 2]).split(";")[1][:4]:
                    say(path, nr, f"no contract: {re.search(r'gm_[a-z0-9_]+(?=[(])', line).group()}")


COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
NAME = re.compile(r"(?<![\w./<-])((?:[\w*-]+/)*[\w*-]+\.(?:bpf\.[ch]|[ch]|py|sh|awk|md))\b(?!\w)")


def files():
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    names = {k.rsplit("/", 1)[-1] for k in known} | {"vmlinux.h", "version.h"}
    for path in sources("user/*/*.[ch]", "bpf/*.[ch]", "tools/*.c", "tests/*/*.[ch]", "tests/*/*/*.[ch]"):
        text = path.read_text()
        for comment in COMMENT.finditer(text):
            for m in NAME.finditer(comment.group()):
                name = m.group(1)
                first = name.split("/")[0]
                foreign = "/" in name and not (ROOT / first).is_dir() and (first == "kernel" or not (ROOT / "user" / first).is_dir())
                ours = name.rsplit("/", 1)[-1] in names and ("/" not in name or any(k.endswith(name) for k in known))
                if "*" in name or foreign or ours:
                    continue
                say(path, text.count("\n", 0, comment.start() + m.start()) + 1, f"names {name}, which is not there")


def errno():
    """Find messages that are not directly behind the condition or the call that set errno: a call between them could change errno."""
    for path in sources("user/*/*.c", "tools/*.c"):
        lines = path.read_text().splitlines()
        for nr, line in enumerate(lines, 1):
            if "gm_errno(-errno" not in line:
                continue
            before = line.split("gm_errno(-errno")[0]
            if re.search(r"[?:]|\|\||&&|if \(", before):
                continue
            prev = next((x for x in reversed(lines[: nr - 1]) if x.strip() and not x.strip().startswith(("/*", "*"))), "")
            if re.match(r"\s*(\}? ?else |if|while|for)\b.*\)( \{)?$", prev) or re.search(r"[|&]{2} .*\)( \{)?$|\)\)( \{)?$|\? .*:$|\bexecvp?\(", prev):
                continue
            say(path, nr, f"errno may be another's: {prev.strip()}")


VARIABLE = re.compile(r"(?!extern\b|typedef\b|static const\b)\w[\w\s*]*[\s*]\w+(\[[^;]*\])?\s*((SEC|__attribute__)\(.*\)+\s*)?(=.*|;)$")


def bpf_definitions():
    """Find definitions at file scope, by their first column: a variable, or the name behind a struct's "}"."""
    for path in sources("bpf/*.[ch]"):
        if path.name in ("gm_probes.bpf.c", "gm_scan.bpf.c"):
            continue
        text = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), path.read_text())
        opened = in_macro = ""
        for nr, line in enumerate(text.splitlines(), 1):
            line = line.rstrip()
            if in_macro or line.startswith("#"):
                in_macro = line.endswith("\\")
                continue
            if line.endswith("{") and line[0].isalpha():
                opened = line
            behind = re.match(r"\} (?!__attribute__)\w+", line) and not opened.startswith(("extern ", "typedef "))
            if behind or (VARIABLE.match(line) and not re.fullmatch(r"(struct|union|enum) \w+;", line)):
                say(path, nr, f"defines {line[:60]}")


RULES = {f.__name__: f for f in (columns, contracts, files, bpf_definitions, errno)}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in RULES:
        sys.exit(__doc__)
    RULES[sys.argv[1]]()
