#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Makes the table of docs/privileges.md from gmemcheck's outputs: caps.py OUT DOC [--store]."""
import json
import re
import sys

MODES = ["auto", "full", "kprobe", "tracepoint"]
ROWS = {
    "least": "CAP_BPF, CAP_PERFMON",
    "syscalls": "CAP_BPF, CAP_PERFMON, CAP_DAC_READ_SEARCH",
    "addresses": "CAP_BPF, CAP_PERFMON, CAP_SYSLOG",
    "types": "CAP_SYS_ADMIN",
    "all": "CAP_SYS_ADMIN, CAP_SYSLOG, CAP_DAC_READ_SEARCH",
}
BEGIN, END = "<!-- table: tests/kernel/vm/caps.sh --store -->\n", "<!-- end of the table -->\n"


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.startswith("{")]


def missing(out, row, mode):
    """Return the names of phases that are n/a, and the mode that gmemcheck used."""
    said = lines(f"{out}/{row}.{mode}")
    if not said:
        return None, None
    return {x["phase"] for x in said if x["type"] == "phase" and "na" in x}, next(x["mode"] for x in said if x["type"] == "summary")


def cell(out, row, mode):
    na, got = missing(out, row, mode)
    if na is None:
        return "refused"
    # Phases that are n/a with all capabilities do not lack one.
    na -= missing(out, "all", "auto")[0]
    what = "all phases" if not na else "no phase" if len(na) >= 17 else "all but " + ", ".join(sorted(na))
    return what if got == (mode if mode != "auto" else "full") else f"{what} (mode {got})"


def table(out):
    text = "| row | capabilities | " + " | ".join(f"--mode {m}" for m in MODES) + " |\n|" + "---|" * (2 + len(MODES)) + "\n"
    for row, caps in ROWS.items():
        text += f"| {row} | {caps} | " + " | ".join(cell(out, row, m) for m in MODES) + " |\n"
    return text


def main(out, doc, store):
    with open(doc, encoding="utf-8") as f:
        text = f.read()
    want = table(out)
    have = re.search(re.escape(BEGIN) + "(.*?)" + re.escape(END), text, re.S)[1]
    if store:
        with open(doc, "w", encoding="utf-8") as f:
            f.write(text.replace(BEGIN + have + END, BEGIN + want + END))
        return
    print("ok vm/caps: the table of docs/privileges.md" if have == want else "not ok vm/caps: the table of docs/privileges.md differs")
    for line in want.splitlines() if have != want else []:
        print(f"# {line}")


main(sys.argv[1], sys.argv[2], "--store" in sys.argv[3:])
