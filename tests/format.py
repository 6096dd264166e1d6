#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Formats functions and prototypes with clang-format. Tables, lists of macros and structures keep their columns.

format.py [--check] [FILE...]	writes the files (default: all C files); --check: prints the differences and ends with status 1 if there are some

The result depends on clang-format's version. This is for version 14 (Debian 12); with another one --check prints a skip.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSION = "14"
PATTERNS = ["user/*/*.[ch]", "tools/*.c", "bpf/*.[ch]", "tests/*/*.[ch]", "tests/*/*/*.[ch]"]


def blank_comments_and_strings(text):
    """Return the text with comments and literals replaced by blanks, so that their braces don't count."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def ranges(text):
    """Return the line ranges (from 1) of functions and prototypes: statements at the outermost level with parentheses and no initializer."""
    lines = blank_comments_and_strings(text).split("\n")
    out, begin, depth, chunk, in_macro = [], 0, 0, "", False
    for nr, line in enumerate(lines, 1):
        if in_macro or (not chunk.strip() and line.lstrip().startswith("#")):
            in_macro = line.endswith("\\")
            continue
        if not chunk.strip():
            if not line.strip():
                continue
            begin, chunk = nr, ""
        chunk += line + "\n"
        depth += line.count("{") - line.count("}")
        if depth > 0 or not re.search(r"[;}]\s*$", line):
            continue
        head = re.split(r"[{;]", chunk, maxsplit=1)[0]
        if "(" in head and "=" not in head and not re.match(r"\s*(struct|union|enum|typedef)\b[^(]*\{", chunk):
            out.append((begin, nr))
        chunk, depth = "", 0
    return out


def formatted(path):
    text = path.read_text()
    args = [f"--lines={a}:{b}" for a, b in ranges(text)]
    if not args:
        return text, text
    new = subprocess.run(["clang-format", *args, str(path)], capture_output=True, text=True, check=True).stdout
    return text, new


def main(args):
    check = "--check" in args
    paths = [pathlib.Path(a) for a in args if a != "--check"] or sorted(p for g in PATTERNS for p in ROOT.glob(g))
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True).stdout
    if check and not re.search(rf"version {VERSION}\.", version):
        print(f"skip lint/format: clang-format {VERSION} is not there", file=sys.stderr)
        return 0
    bad = 0
    for path in paths:
        old, new = formatted(path)
        if old == new:
            continue
        if not check:
            path.write_text(new)
            continue
        bad = 1
        where = next(nr for nr, (a, b) in enumerate(zip(old.split("\n"), new.split("\n")), 1) if a != b)
        print(f"{path.relative_to(ROOT) if path.is_absolute() else path}:{where}: clang-format (make format)")
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
