#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs and checks the commands in docs/questions.md, for questions.sh.

  questions.py machines FILE           prints the machines that the commands need, one a line
  questions.py script FILE MACHINE     prints the script that busybox sh runs in that machine: it writes OUT/N for the page's command N
  questions.py paste FILE OUT MACHINE  replaces the page's outputs by those in OUT
  questions.py check FILE OUT MACHINE  prints "ok ..", "not ok ..": the outputs in OUT must have the shape of the page's

A command is in a block behind a line <!-- run MACHINE --> or <!-- run MACHINE: SETUP -->: SETUP runs in the background, and has reached
its hold (gmemguest --hold) when the command begins. Two outputs have the same shape if their lines have the same words: numbers with
their units, bars and the widths of columns may differ, and the number of successive lines of one shape.
"""
import difflib
import os
import re
import shlex
import sys

BLOCK = re.compile(r"<!-- run ([^:>]+?)(?:: (.*?))? -->\n```console\n(.*?)```\n", re.S)


def blocks(path):
    """Return [(number, machine, setup, commands, text, span)]."""
    text = open(path, encoding="utf-8").read()
    return text, [(n, m[1], m[2], re.findall(r"^\$ (.*)$", m[3], re.M), m[3], m.span(3)) for n, m in enumerate(BLOCK.finditer(text))]


def script(path, machine):
    print("mkdir -p /tmp/q\ncd /tmp/q\nexport COLUMNS=118")
    for n, where, setup, commands, _, _ in blocks(path)[1]:
        if where != machine:
            continue
        if setup:
            print(f"rm -f ready go\n{setup} --hold --ready ready --go go >/dev/null 2>&1 &")
            print("tries=600\nuntil [ -e ready ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done")
        print(f"{{ :")
        for c in commands:
            print(f"printf '%s\\n' {shlex.quote('$ ' + c)}\n{c}")
        print(f"}} >/out/{n} 2>&1 </dev/null")
        if setup:
            print(": >go\nwait")


def shape(text):
    """Return the words of each line without the parts that may differ."""
    lines = []
    for line in text.splitlines():
        if line.startswith("LOST "):    # the kernel sometimes skips a program
            continue
        if line.startswith("$ "):
            lines.append(line)
            continue
        line = re.sub(r"(not more than noise|B is (FASTER|SLOWER)):.*", "verdict", line)
        line = re.sub(r"\|[^|]*\|", " ", line)    # a bar
        line = re.sub(r"[\u2580-\u259f\u2800-\u28ff|#*@=_.-]{2,}", " ", line)
        line = re.sub(r"[\u2580-\u259f]+", " ", line)
        line = re.sub(r"[<>~+-]*\b\d[\d.,:]*(e[+-]\d+)?(ns|us|ms|s|[KMGTBk]i?B?|x|%|h|m)?(/s)?\b%?", "N", line)
        line = re.sub(r"\s+", " ", line).strip(" |")
        line = re.sub(r"N( ?(\.\.|/|-)? ?N)+", "N", line)
        if line and line not in ("N", "") and (not lines or lines[-1] != line):
            lines.append(line)
    return lines


def output(out, n):
    try:
        with open(os.path.join(out, str(n)), encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def paste(path, out, machine):
    text, found = blocks(path)
    for n, where, _, _, _, (begin, end) in reversed(found):
        if where == machine and output(out, n):
            text = text[:begin] + re.sub(r"[ \t]+$", "", output(out, n), flags=re.M).rstrip("\n") + "\n" + text[end:]
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def check(path, out, machine):
    for n, where, _, commands, said, _ in blocks(path)[1]:
        if where != machine:
            continue
        was, now = shape(said), shape(output(out, n))
        if was == now:
            print(f"ok docs/questions: {commands[-1]}")
            continue
        print(f"not ok docs/questions: {commands[-1]}: the page says something else (make docs)")
        for line in list(difflib.unified_diff(was, now, "page", "now", lineterm="", n=1))[:30]:
            print("# " + line)


def main():
    what, path = sys.argv[1:3]
    if what == "machines":
        print("\n".join(dict.fromkeys(b[1] for b in blocks(path)[1])))
    elif what == "script":
        script(path, sys.argv[3])
    elif what == "paste":
        paste(path, *sys.argv[3:5])
    else:
        check(path, *sys.argv[3:5])


if __name__ == "__main__":
    main()
