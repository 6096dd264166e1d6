#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Golden replays: every recording here, through every tool, must give what is stored beside it. No root, no KVM.
# GM_GOLDEN_UPDATE=1 stores anew: then read the difference before you commit it.
set -u
cd "$(dirname "$0")/../.." || exit 1
export TZ=UTC LC_ALL=C COLUMNS=80
out=build/test/golden
mkdir -p "$out"

compare() { # FILE COMMAND...
	file=$1
	shift
	if [ -n "${GM_GOLDEN_UPDATE:-}" ]; then
		"$@" > "tests/golden/$file"
	fi
	if "$@" > "$out/$file" 2> "$out/$file.err" && cmp -s "$out/$file" "tests/golden/$file"; then
		echo "ok golden: $file"
	else
		echo "not ok golden: $file: see diff tests/golden/$file $out/$file"
	fi
}

for rec in tests/golden/*.rec; do
	name=$(basename "$rec" .rec)
	compare "$name.top.jsonl" build/gmemtop --json --replay "$rec"
	compare "$name.top.txt" build/gmemtop -b --replay "$rec"
	compare "$name.phases.txt" build/gmemtop -b -c phases --replay "$rec"
	compare "$name.tree.txt" build/gmemtop -b -t --replay "$rec"
	compare "$name.snoop.jsonl" build/gmemsnoop --json --replay "$rec"
	compare "$name.snoop.txt" build/gmemsnoop --replay "$rec"
	compare "$name.check.txt" build/gmemcheck --replay "$rec"
done
