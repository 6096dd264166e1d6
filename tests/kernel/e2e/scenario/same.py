# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges every output format of every tool, live and from a recording."""

import os

from judge.files import check_replay, read


def judge(c, folder):
    """Check that a tool prints the same live and from its recording, read at once and paced."""
    for prefix in sorted(f[:-4] for f in os.listdir(folder) if f.endswith(".rec")):
        status, words = (read(os.path.join(folder, f"{prefix}.{end}")) or "" for end in ("status", "err"))
        c.test(f"{prefix}: live", status.strip() == "0" and not words, "status 0, no words", f"{status.strip()}, {words}")
        for how in ("replay", "paced"):
            check_replay(c, folder, f"{prefix}.json", f"{prefix}.{how}.json")
    c.equal("runs that were recorded", 19, sum(f.endswith(".rec") for f in os.listdir(folder)))
    # Equal files must also have contents.
    for prefix, words, least in (("top", '"type":"tick"', 4), ("count", '"type":"tick"', 3), ("count", '"type":"vm"', 6),
                                 ("snoop", '"type":"event"', 20), ("reboot", '"type":"episode"', 2), ("pins", '"type":"pin"', 4),
                                 ("hist-intervals", '"type":"tick"', 4), ("hist-count", '"type":"tick"', 3),
                                 ("frames", "guest-0", 4), ("frames-count", "guest-0", 3), ("metrics", "guest-1", 2)):
        n = (read(os.path.join(folder, prefix + ".json")) or "").count(words)
        c.test(f"{prefix}: {words} at least {least} times", n >= least, least, n)
