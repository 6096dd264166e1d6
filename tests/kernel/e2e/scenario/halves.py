# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges private and shared memory of a VM at the hold."""

import os

from judge.files import check_replay
from judge.run import Run, samples_at_hold
from judge.state import check_end
from judge.truth import Truth

PAGE = 4096


def expected(vm):
    """Return the figures of a VM by the truth."""
    size = vm["size_bytes"]
    private = vm.get("private_pages", 0) * PAGE
    return {"private_bytes": private, "shared_bytes": size - private, "held_twice_bytes": vm.get("twice_pages", 0) * PAGE,
            "left_shared_bytes": vm.get("left_pages", 0) * PAGE}


def judge(c, folder):
    top = Run(c, folder, "top")
    check_end(top)
    truth, samples = Truth([os.path.join(folder, "top.hold.truth")]), samples_at_hold(folder, "top")
    c.test("a look at the hold", bool(samples), "one", "none")
    vms = [v for v in samples[-1][0] if v["alive"]] if samples else []
    alive = truth.alive()
    c.test("some memory is held twice, some is left", all(v["twice_pages"] and v["left_pages"] for v in alive), "some", alive)
    c.equal("private, shared, held twice, left of each VM", sorted(expected(v).items() for v in alive),
            sorted({key: v[key] for key in expected(v)}.items() for v in vms))
    check_replay(c, folder, "top.json", "top.replay.json")
