#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the output of a tool that does not see all processes: processes.py PLACE TOOL OUT STATUS WARNING ALL_TASKS PROCESS_FACTS NAME

OUT has the tool's stdout, OUT.err its stderr. NAME is a regular expression, - if the tool must find no VM. See processes.sh.
"""
import json
import re
import sys

CLAIMS = ("no VM on this host", "ORPHAN", "orphaned:", "(orphan)", "LEFT:", "no VM or memory is left", "no VM with guest_memfd was there")


def judge_json(lines, tasks, facts, name):
    """Yield the mistakes in JSON lines."""
    nested = tasks == "refused"
    states = {x["probe"]: x["state"] for x in lines if x["type"] == "probe"}
    if states and (states.get("all_tasks"), states.get("process_facts")) != (tasks, facts):
        yield f"all_tasks is {states.get('all_tasks')}, process_facts {states.get('process_facts')}"
    for x in lines:
        if x["type"] in ("tick", "summary") and ("vms_partial" in x) != nested:
            yield f"{x['type']}: vms_partial is {x.get('vms_partial')}"
        if x["type"] == "inode" and (x["orphan"] is None) != nested:
            yield f"an inode's orphan is {x['orphan']}"
        if x["type"] == "inode" and x["orphan"] is True:
            yield "an orphan"
        if x["type"] == "pin" and x["why"] != "asked":
            yield f"a pin that is {x['why']}"
    # Others may have VMs here at the same time.
    names = {x["machine"] for x in lines if x["type"] == "vm" and re.search(f"pidns|decoy|^({name})$", x["machine"])}
    if any(x["type"] == "tick" for x in lines) and (bool(names) != (name != "-") or not all(re.fullmatch(name, x) for x in names)):
        yield f"machines are {sorted(names)}, not {name}"


def judge_text(text, tool, tasks, facts, name):
    """Yield the mistakes in text."""
    if tool.startswith("gmem_exporter"):
        for probe, state in (("all_tasks", tasks), ("process_facts", facts)):
            if f'gmem_probe_attached{{probe="{probe}",class="wanted"}} {int(state == "attached")}\n' not in text:
                yield f"gmem_probe_attached of {probe}"
        if ("gmem_orphaned_bytes{" in text) != (tasks == "attached"):
            yield "gmem_orphaned_bytes"
        return
    if tasks == "refused":
        yield from (f"it says: {claim}" for claim in CLAIMS if claim in text)
    for probe, state in (("all_tasks", tasks), ("process_facts", facts)):
        if "PARTIAL" in text and (probe in text.split("PARTIAL", 1)[1].split("\n", 1)[0]) != (state == "refused"):
            yield f"the line PARTIAL: {probe}"
    if "refused" in (tasks, facts) and "PARTIAL" not in text and "--pins" not in tool:
        yield "no line PARTIAL"
    if tool.startswith("gmemtop") and name != "-" and name not in text:
        yield f"no machine {name}"
    if tool == "gmemcheck":
        blind = [f"\n  {what} " in text for what in ("other VMs", "processes")]
        if blind != [tasks == "refused", facts == "refused"]:
            yield "the blind spots"


def main():
    place, tool, out, status, warning, tasks, facts, name = sys.argv[1:]
    text, errs = open(out).read(), open(out + ".err").read().splitlines()
    wrong = [f"status {status}"] if status != "0" else []
    if len(errs) != bool(warning) or (warning and warning not in errs[0]):
        wrong.append(f"the warning is {errs}")
    if "--json" in tool:
        wrong += judge_json([json.loads(line) for line in text.splitlines()], tasks, facts, name)
    else:
        wrong += judge_text(text, tool, tasks, facts, name)
    print(f"not ok processes: {place}: {tool}: {'; '.join(wrong)}" if wrong else f"ok processes: {place}: {tool}")


main()
