# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges every scenario that ran: judge() of scenario/KIND.py judges those of kind KIND."""

import importlib
import os
import traceback

from .dmesg import check_dmesg
from .files import read
from .output import Checks, Unusable

SCENARIOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario")


def check_all(folder, args, out):
    names = sorted(n for n in os.listdir(folder) if os.path.exists(os.path.join(folder, n, "kind")))
    if not names:
        Checks(out, "all", args).bad("scenarios that ran", "some", "none")
    for name in names:
        check_scenario(os.path.join(folder, name), Checks(out, name, args))
        seconds = read(os.path.join(folder, name, "seconds"))
        if seconds:
            out.write(f"# seconds {args.label}/{name} {seconds.strip()}")
    if args.dmesg:
        check_dmesg(out, args.dmesg)
    out.finish()


def check_scenario(folder, c):
    kind = read(os.path.join(folder, "kind")).strip()
    try:
        judge_of(kind)(c, folder)
    except Unusable:
        pass
    except (KeyError, ValueError, TypeError, StopIteration, OSError) as e:
        at = traceback.extract_tb(e.__traceback__)[-1]
        c.bad("files that can be read", "whole files", f"{type(e).__name__}: {e} ({os.path.basename(at.filename)}:{at.lineno})")


def judge_of(kind):
    if not os.path.exists(os.path.join(SCENARIOS, kind + ".py")):
        raise ValueError(f"there is no scenario/{kind}.py")
    return importlib.import_module("scenario." + kind).judge
