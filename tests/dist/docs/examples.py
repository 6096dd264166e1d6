#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the examples in README.md, docs/ and the man pages: examples.py check | paste [PAGE...]

Prints "ok ..", "not ok ..". Each block with output has a line before it that names the source of the output:

  <!-- example -->            the block's commands ("$ ...") print exactly this when they run in the top folder; they read a recording of
                              examples/ and need no KVM. A line "[...]" in the output replaces lines that are left out.
  <!-- run MACHINE ... -->    a test machine ran the commands: tests/dist/docs/questions.py compares the output
  <!-- measured: COMMAND -->  a benchmark printed the output, on the date in the text; it is not repeated
  <!-- drawing -->            no program printed the block; <!-- formula --> means the same
  <!-- tests/... -->          that script draws the block, and lint compares it

A block without such a line must have a language of PLAIN: text to type or to copy, without output. A tool that it runs must have the options of
its command. paste stores the present output of the examples that leave no lines out.

In a man page, a line .\\" example: COMMAND or .\\" measured: COMMAND is before the .EX of each block with output. Blocks of commands are indented by a tab.
"""
import glob
import os
import re
import subprocess
import sys

PLAIN = ("sh", "diff", "ini", "promql", "c")
MARK = re.compile(r"<!-- (example|run [^>]*|measured: [^>]*|drawing|formula|tests/[^>]*) -->$")
TOOL = re.compile(r"\b(gmem(?:top|hist|reboot|snoop|record|check|_exporter))\b([^|;&]*)")
MAN_MARK = re.compile(r'\.\\" (example|measured): (.*)$')
OMITTED = "[...]"
CONVERTED = "docs/recording-format.md"    # becomes a man page, and page.awk only knows indented blocks


def pages():
    return ["README.md"] + sorted(glob.glob("docs/**/*.md", recursive=True)) + sorted(glob.glob("tools/*.8"))


def blocks(lines):
    """Return [(first, end, language, mark)]; lines[first:end] is the block without its fences."""
    found, i, mark = [], 0, None
    while i < len(lines):
        m = MARK.match(lines[i])
        if m:
            mark = m[1]
        elif lines[i].startswith("```"):
            first = i + 1
            i = first
            while i < len(lines) and not lines[i].startswith("```"):
                i += 1
            found.append((first, i, lines[first - 1][3:], mark))
            mark = None
        elif lines[i].strip():
            mark = None
        i += 1
    return found


def indented(lines):
    """Return the lines that begin an indented block: they follow an empty line that does not follow a list item."""
    inside = in_list = False
    for n, line in enumerate(lines):
        if line.startswith("```"):
            inside = not inside
        if inside:
            continue
        if re.match(r"([-*]|\d+\.) ", line):
            in_list = True
        elif line and not line.startswith(" "):
            in_list = False
        if line.startswith("    ") and not lines[n - 1].strip() and not in_list:
            yield n


def run(command):
    env = dict(os.environ, PATH=os.path.abspath("build") + ":" + os.environ["PATH"], TZ="UTC", LC_ALL="C.UTF-8", COLUMNS="100")
    done = subprocess.run(["bash", "-c", command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return [line.rstrip() for line in done.stdout.decode("utf-8", "replace").splitlines()]


def commands(block):
    """Return [[command, [lines of output]]]."""
    found = []
    for line in block:
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif found:
            found[-1][1].append(line)
    return found


def fits(shown, printed):
    """Return true if printed is the shown output, with any lines for each "[...]"."""
    parts, at = "\n".join(shown).split(OMITTED), 0
    text = "\n".join(printed)
    for n, part in enumerate(parts):
        part = part.strip("\n")
        if not part:
            at = len(text) if n == len(parts) - 1 and n else at
            continue
        where = text.find(part, at) if n else (0 if text.startswith(part) else -1)
        if where < 0:
            return False
        at = where + len(part)
    return at == len(text)


def check_example(page, block):
    found = commands(block)
    if not found or not block[0].startswith("$ "):
        print(f"not ok docs/examples: {page}: an example without a command: {block[:1]}")
    for command, shown in found:
        printed = run(command)
        if fits(shown, printed):
            print(f"ok docs/examples: {page}: {command}")
            continue
        print(f"not ok docs/examples: {page}: {command}: prints something else (tests/dist/docs/examples.py paste)")
        for line in printed[:12]:
            print("#   " + line)


def known_options(tool):
    return set(re.findall(r"(--[a-z][a-z0-9.-]*)", subprocess.run([f"build/{tool}", "--help-all"], capture_output=True, text=True).stdout))


def check_options(block, options):
    wrong = []
    for line in block:
        for tool, words in TOOL.findall(line.split(" -- ")[0].split("#")[0]):
            if tool not in options:
                options[tool] = known_options(tool)
            wrong += [f"{tool} {w}" for w in re.findall(r"(?<=\s)--[a-z][a-z0-9.-]*", words) if w not in options[tool]]
    return wrong


def man_blocks(lines):
    """Return [(first, end, (how, command) or None)] of the blocks between .EX and .EE that show output."""
    found = []
    for first, line in enumerate(lines):
        if line != ".EX" or lines[first + 1].startswith("\t"):
            continue
        m = MAN_MARK.match(lines[first - 1])
        found.append((first + 1, lines.index(".EE", first), m and m.groups()))
    return found


def man_escaped(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line.startswith((".", "'")) else line


def check_man(page, lines):
    wrong = []
    for first, end, mark in man_blocks(lines):
        if not mark:
            wrong.append(f"line {first}: a block that does not say where its output comes from")
        elif mark[0] == "example":
            printed = [man_escaped(line) for line in run(mark[1])]
            if lines[first:end] != printed:
                wrong.append(f"line {first}: {mark[1]} prints something else (tests/dist/docs/examples.py paste)")
    print(f"not ok docs/examples: {page}: {'; '.join(wrong)}" if wrong else f"ok docs/examples: {page}: what its examples print")


def paste_man(lines):
    for first, end, mark in reversed(man_blocks(lines)):
        if mark and mark[0] == "example":
            lines[first:end] = [man_escaped(line) for line in run(mark[1])]


def check(pages_here):
    options = {}
    for page in pages_here:
        with open(page, encoding="utf-8") as f:
            lines = f.read().splitlines()
        if page.endswith(".8"):
            check_man(page, lines)
            continue
        wrong = []
        for first, end, language, mark in blocks(lines):
            block = lines[first:end]
            if mark == "example":
                check_example(page, block)
            elif not mark and language not in PLAIN:
                wrong.append(f"line {first}: a block that does not say where its output comes from")
            if not mark and any(line.startswith("$ ") for line in block):
                wrong.append(f"line {first}: commands with output that nothing compares")
            if not page.startswith("docs/dev/"):    # these pages use options that their own changes add
                wrong += [f"line {first}: no such option: {w}" for w in check_options(block, options)]
        if page != CONVERTED:
            wrong += [f"line {n + 1}: an indented block: fence it" for n in indented(lines)]
        print(f"not ok docs/examples: {page}: {'; '.join(wrong)}" if wrong else f"ok docs/examples: {page}: each block says where it comes from")


def paste(pages_here):
    for page in pages_here:
        with open(page, encoding="utf-8") as f:
            lines = f.read().splitlines()
        if page.endswith(".8"):
            paste_man(lines)
        for first, end, _, mark in reversed([] if page.endswith(".8") else blocks(lines)):
            if mark != "example" or OMITTED in lines[first:end]:
                continue
            lines[first:end] = [line for command, _ in commands(lines[first:end]) for line in ["$ " + command] + run(command)]
        with open(page, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
    {"check": check, "paste": paste}[sys.argv[1]](sys.argv[2:] or pages())


if __name__ == "__main__":
    main()
