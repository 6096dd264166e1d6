#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What gmemreboot predicts that re-using the inode saves, from recordings of 36 configurations, against what it really saved: the judge of
# tests/kernel/bench/reboot.sh, without a machine. To store anew what GM_KEEP=/tmp/k tests/kernel/bench/reboot.sh left, of init0 and init1 each:
#   gmemrecord /tmp/k/init0/guest.rec -o guest.rec --compress zstd (fallocate.rec, host.rec), tests/kernel/bench/reboot.py --truths /tmp/k/init0, kernel
# The judge must also find that a truth is wrong.
set -u
cd "$(dirname "$0")/../../.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -r tests/contract/golden/saving/. "$dir"
tests/kernel/bench/reboot.sh --again "$dir" | sed -n 's,bench/reboot: ,golden: saving: ,; /^\(not \)\?ok /p'
/usr/bin/python3 - "$dir/init0/truths.json" <<'END'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    truths = json.load(f)
for reboot in truths["p2039-v1-guest-link.tool"]:
    reboot["dur_ns"] += 1000000  # of a saving of 16 million
with open(sys.argv[1], "w", encoding="utf-8") as f:
    json.dump(truths, f)
END
if tests/kernel/bench/reboot.py "$dir" 3 | grep -q '^not ok .* in 35 of 36 configurations'; then
	echo "ok golden: saving: a truth that is wrong by 6 % is found"
else
	echo "not ok golden: saving: a truth that is wrong by 6 % is found: expected 35 of 36 configurations"
fi
