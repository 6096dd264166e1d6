#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Makes the section of each man page on options that do not go together from the tables in the sources that refuse them.

uses.py          compares the sections: prints differences as "PAGE: -line" and "PAGE: +line"
uses.py --write  writes the sections to tools/*.8

The tables are rows[] and check_faults() in user/session/opts_refused.c, uses[] of each tool, and the messages that its check functions,
and those of session_args.c, print with argp_error(). A message with a % is about one value and is not listed.
"""
import difflib
import os
import re
import subprocess
import sys

TITLE = "OPTIONS THAT DO NOT GO TOGETHER"
KINDS = {"LIVE": "without --replay", "REPLAY": "with --replay", "OFFLINE": "with --btf", "COMMAND": "with COMMAND", "PROBES": "with --probes",
         "ONCE": None, "NO_INTERVALS": None}
STRING = r'"((?:[^"\\]|\\.)*)"'


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def on_one_line(text):
    """Return C text without line breaks and with adjacent string literals joined, so that tables may be wrapped in any way."""
    return re.sub(r'(?<!\\)" "', "", re.sub(r"\s*\n\s*", " ", text))


def block(text, begin):
    """Return the text from the match of a regular expression to the first line that ends the block."""
    m = re.search(begin, text)
    return text[m.start():text.index("\n}", m.start())] if m else ""


def uses(text):
    """Return [(option, reason)] of rows of struct gm_use."""
    text = on_one_line(text)
    named = dict(re.findall(r"\*?(\w+) = " + STRING, text))
    rows = re.findall(r'\{ "(-[\w.-]+)",[^{}]*?,\s*(?:' + STRING + r"|(\w+)) \}", text)
    return [(option, why or named[name]) for option, why, name in rows]


def refused(text):
    return [m for m in re.findall(r"argp_error\(state, " + STRING + r"\);", on_one_line(text)) if "%" not in m]


def functions(text, name):
    return "".join(text[m.start():text.index("\n}", m.start())] for m in re.finditer(r"^static \w+ " + name + r"\(", text, re.M))


def is_once(source):
    return re.search(r"(?<!\w)\.once = true", source) is not None


def shared(source, has):
    """Return the rows of opts_refused.c for a tool: [(option, reason)]."""
    text = on_one_line(read("user/session/opts_refused.c"))
    names = {given: f"-{letter}" if letter else f"--{name}" for name, letter, given in
             re.findall(r'\{ "([\w-]+)", (?:0|\'(\w)\'), [^{}]*?\.given = (GM_GIVEN_\w+)[^{}]* \}', on_one_line(read("user/session/opts.c")))}
    once, by_interval = is_once(source), ".interval_in_replay = true" in source
    out = []
    for given, kinds, why in re.findall(r"\{ ((?:GM_GIVEN_\w+[ |]*)+), ([A-Z_ |]+), " + STRING + r" \}", text):
        kinds = re.findall(r"\w+", kinds)
        options = [names[g] for g in re.findall(r"\w+", given)]
        if ("ONCE" in kinds) > once or ("NO_INTERVALS" in kinds and by_interval) or (once and kinds[0] in ("COMMAND", "PROBES")):
            continue
        if ("OFFLINE" in kinds and "--btf" not in has) or not all(o.split()[0] in has for o in options):
            continue
        when = [KINDS[k] for k in kinds if KINDS[k]]
        out.append((", ".join(options), f"{when[0]}: {why}" if when else why))
    if ".faults = true" in source:
        out += uses(block(read("user/session/opts_refused.c"), r"static void check_faults"))
    out += [("--vm", why) for why in re.findall(r"\.no_vm = " + STRING, source)]
    return out


def troff(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def section(tool):
    source = read(f"tools/{tool}.c")
    text = subprocess.run([f"build/{tool}", "--help-all"], check=True, capture_output=True, text=True).stdout
    has = set(re.findall(r"(?:^ +|, )(--?[\w.-]+)", text, re.M))
    lines = [f".SH {TITLE}", "An option that would have no effect is refused, with the reason:"]
    rows = shared(source, has) + uses(source)
    if len(rows) < 5:
        sys.exit(f"{tool}: {len(rows)} rows found in the sources: have the tables moved?")
    by_reason = {}
    for option, why in rows:
        by_reason.setdefault(why, []).append(option)
    for why, options in by_reason.items():
        lines += [".TP", f".B {troff(', '.join(dict.fromkeys(options)))}", troff(why)]
    both = refused(functions(read("user/session/session_args.c"), "check_past") + functions(source, r"check\w*"))
    if not is_once(source):
        both += refused(read("user/session/opts_refused.c"))
    lines += [".PP", "So are these together, or without what they need:"]
    for message in dict.fromkeys(both):
        lines += [".IP \\(bu 2", troff(message)]
    return lines


def page_parts(tool):
    """Return the page's lines before, in, and behind the section, which follows OPTIONS."""
    lines = read(f"tools/{tool}.8").splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith(".SH ")] + [len(lines)]
    at = lines.index(f".SH {TITLE}") if f".SH {TITLE}" in lines else heads[heads.index(lines.index(".SH OPTIONS")) + 1]
    end = heads[heads.index(at) + 1] if f".SH {TITLE}" in lines else at
    return lines[:at], lines[at:end], lines[end:]


def main():
    tools = sorted(f[:-2] for f in os.listdir("tools") if f.endswith(".c"))
    for tool in tools:
        before, now, behind = page_parts(tool)
        want = section(tool)
        if sys.argv[1:] == ["--write"]:
            with open(f"tools/{tool}.8", "w", encoding="utf-8") as f:
                f.write("\n".join(before + want + behind) + "\n")
            continue
        for line in difflib.unified_diff(now, want, n=0, lineterm=""):
            if not line.startswith(("---", "+++", "@@")):
                print(f"{tool}.8: {line}")


main()
