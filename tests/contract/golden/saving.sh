#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Compares gmemreboot's predicted saving with the true one in recordings of 36 configurations, by the judge of tests/kernel/bench/reboot.sh,
# without a machine; and checks that the judge finds a wrong truth. To store new recordings of GM_KEEP=/tmp/k tests/kernel/bench/reboot.sh, for
# init0 and init1 each:
#   gmemrecord /tmp/k/init0/guest.rec -o guest.rec --compress zstd (fallocate.rec, host.rec), tests/kernel/bench/reboot.py --truths /tmp/k/init0, kernel
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
    reboot["dur_ns"] += 1000000  # the saving is 16 million
with open(sys.argv[1], "w", encoding="utf-8") as f:
    json.dump(truths, f)
END
if tests/kernel/bench/reboot.py "$dir" 3 | grep -q '^not ok .* in 35 of 36 configurations'; then
	echo "ok golden: saving: a truth that is wrong by 6 % is found"
else
	echo "not ok golden: saving: a truth that is wrong by 6 % is found: expected 35 of 36 configurations"
fi
