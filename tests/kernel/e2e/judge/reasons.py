# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the reasons of n/a and partial figures against the kernel's own list of functions and the mode. Other reasons are not judged."""

import re

FUNCTION_HOOKS = {"fentry+fexit", "fsession", "kprobe+kretprobe"}
# Kinds of hooks that a mode does not use.
UNUSED = {"full": {"kprobe+kretprobe"}, "kprobe": {"fentry+fexit", "fsession"}, "tracepoint": FUNCTION_HOOKS,
          "inventory": FUNCTION_HOOKS | {"tracepoint", "tp_btf", "raw_tp"}}
# Functions that scenarios.sh lists if the kernel has them.
LISTED = r"kvm_(arch_)?gmem_[a-z_]*|kvm_arch_vcpu_pre_fault_memory|kvm_handle_guest_abort|(vmx|svm|pvm)_vcpu_run"


def is_absent(run, function):
    return not re.fullmatch(LISTED, function) or function not in run.kernel.functions


def no_function_probe(run, _=None):
    return run.mode in ("tracepoint", "inventory")


# A reason, and whether it is true: called with the run and what stands in the parentheses.
REASONS = (
    (r"this kernel has no (kprobes)", no_function_probe),
    (r"this kernel has no (\w+)", is_absent),
    (r"(\S+) is not used in this mode", lambda run, hook: hook in UNUSED[run.mode]),
    (r"this kernel refuses function probes (.*)", no_function_probe),
    (r"guest code is (emulated) by this host's KVM.*", lambda run, _: run.kernel.emulates()),
)


def untrue(run, text):
    """The reasons of a text, separated by semicolons behind what they are about, that are not true here."""
    for reason in re.sub(r"^(without|not by) [^:]*: ", "", text).split("; "):
        found = next(((m, holds) for pattern, holds in REASONS if (m := re.fullmatch(pattern, reason))), None)
        if not reason or (found and not found[1](run, found[0].group(1))):
            yield reason


def check_reasons(run, phases):
    """Check the reason of each phase that is n/a or partial."""
    texts = {p: v.get("na", v.get("partial")) for p, v in phases.items() if "na" in v or "partial" in v}
    run.c.equal(run.say("reasons that are not true"), [], [(p, r) for p, text in sorted(texts.items()) if isinstance(text, str) for r in untrue(run, text)])
