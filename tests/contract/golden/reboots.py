#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks that gmemtop's REBOOT, gmemreboot's list and gmem_machine_reboots_total of a recording agree: reboots.py BUILD RECORDING

Prints the number by machine; or, with exit status 1, the tools that differ.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "kernel", "e2e"))
from judge import counted

TOOLS = {
    "top": ("gmemtop", "--json"), "frames": ("gmemtop", "-b"), "reboot": ("gmemreboot", "--json"), "list": ("gmemreboot", "--list"),
    "metrics": ("gmem_exporter", "--once"),
}


def main():
    build, recording = sys.argv[1:3]
    texts = {}
    for name, (tool, how) in TOOLS.items():
        run = subprocess.run([os.path.join(build, tool), how, "--replay", recording], stdout=subprocess.PIPE, check=True, text=True)
        texts[name] = run.stdout
    wrong = counted.differences(texts)
    print(wrong or counted.reboot_json(texts["reboot"]))
    return 1 if wrong else 0


sys.exit(main())
