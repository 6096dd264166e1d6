#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks that man pages and completions agree with the option rows of the tools.

options.py          compares the rows with tools/pkg/options, from which the completions are made, and with the OPTIONS of tools/*.8: each
                    option with its letter and metavar, and the names or the range of its value. Prints the differences.
options.py --write  writes tools/pkg/options; the pages are written by hand

A row is a line of TOOL --zz-rows (gm_opt_row_print() in user/session/opt_row.h); a row of all tools has the tool "all".
"""
import os
import re
import shlex
import subprocess
import sys

KEPT = "tools/pkg/options"
HEAD = "# Made by tests/dist/pack/options.py --write: tool, long option, letter, metavar, type, values, help. Keys of KEY=X stand behind their option.\n"
NAMES_MAX = 8	# longer lists of names are in the message to a wrong name, not in the option's paragraph


def rows_of(tool):
    out = subprocess.run([f"build/{tool}", "--zz-rows"], check=True, capture_output=True, text=True).stdout
    return [tuple(line.split("\t")[1:]) for line in out.splitlines()]


def kept_text(rows):
    shared = [r for r in next(iter(rows.values())) if all(r in rows[t] for t in rows)]
    lines = ["\t".join((tool,) + r) for tool in rows for r in rows[tool] if r not in shared]
    return HEAD + "\n".join(["\t".join(("all",) + r) for r in shared] + lines) + "\n"


def plain(line):
    """Return a line of a page without its macros."""
    macro = re.match(r"\.([A-Z]+) (.*)", line)
    if macro:
        words = shlex.split(macro[2].replace("\\", "\\\\").replace("'", "\\'"))
        line = ("" if len(macro[1]) == 2 else " ").join(words)
    line = re.sub(r"\\f[A-Z]", "", line).replace("\\-", "-").replace("\\(dq", '"').replace("\\&", "")
    return line


def paragraphs(tool):
    """Return {long option: (letter or "-", metavar or "-", text)} of the page's OPTIONS."""
    with open(f"tools/{tool}.8", encoding="utf-8") as f:
        lines = f.read().split(".SH OPTIONS\n")[1].split("\n.SH ")[0].splitlines()
    out, at = {}, 0
    while at < len(lines):
        if lines[at] != ".TP":
            at += 1
            continue
        names = [lines[at + 1]]
        at += 2
        while at < len(lines) and lines[at] == ".TQ":
            names.append(lines[at + 1])
            at += 2
        text = []
        while at < len(lines) and not lines[at].startswith((".TP", ".SS")):
            text.append(plain(lines[at]))
            at += 1
        names = [plain(name) for name in names]
        letter = next((m[0] for n in names for m in [re.match(r"-[A-Za-z?]", n)] if m), "-")
        for name in names:
            m = re.search(r"(--[\w.-]+)(?:=(.*))?$", name)
            if m:
                out[m[1]] = (letter, m[2] or "-", " ".join(text))
    return out


def wanted(values):
    """Return the values of a row that its paragraph must have."""
    m = re.fullmatch(r"(\d+)\.\.(\d+)", values)
    if m:
        return [f"{m[1]} to {m[2]}"]
    names = values.replace("=", "").split()
    return names if values != "-" and len(names) <= NAMES_MAX else []


def page_differs(tool, rows):
    pages = paragraphs(tool)
    for option, letter, metavar, _, values, _ in rows:
        name = option.split(" ")
        if name[0] not in pages:
            yield f"no {name[0]}"
            continue
        page_letter, page_metavar, text = pages[name[0]]
        if len(name) == 1 and (page_letter, page_metavar) != (letter, metavar):
            yield f"{option}: {page_letter} {page_metavar}, and by its row {letter} {metavar}"
        for value in wanted(values):
            if not re.search(r"(?<![\w-])" + re.escape(value) + r"(?![\w-])", text):
                yield f"{option}: its paragraph has no '{value}'"


def main():
    tools = sorted(f[:-2] for f in os.listdir("tools") if f.endswith(".c"))
    rows = {tool: rows_of(tool) for tool in tools}
    if sys.argv[1:] == ["--write"]:
        with open(KEPT, "w", encoding="utf-8") as f:
            f.write(kept_text(rows))
        return
    with open(KEPT, encoding="utf-8") as f:
        kept = f.read().splitlines()
    now = kept_text(rows).splitlines()
    for line in [line for line in kept if line not in now]:
        print(f"{KEPT}: -{line}")
    for line in [line for line in now if line not in kept]:
        print(f"{KEPT}: +{line}")
    for tool in tools:
        if len(rows[tool]) < 20:
            print(f"{tool}: {len(rows[tool])} rows only")
        for what in page_differs(tool, rows[tool]):
            print(f"{tool}.8: {what}")


main()
