#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the tools say to who uses them wrongly: messages.sh [--store]
#
# Runs the lines of tests/contract/messages/wrong and holds what comes to tests/contract/messages/TOOL.txt, which people read: does each say what failed, on
# what, and what to do? --store writes these files. No privilege, no KVM: all of it is found before the kernel is asked.
# Prints "ok ..", "not ok ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=messages
. tests/result.sh
build=$PWD/build here=$PWD/tests/contract/messages
tools="gmemtop gmemhist gmemreboot gmemsnoop gmemrecord gmemcheck gmem_exporter"
export LC_ALL=C TZ=UTC

cp tests/contract/golden/full-6.18.rec "$work/boot.rec"
head -c 100 "$work/boot.rec" >"$work/cut.rec"
echo "not a recording" >"$work/notes.txt"
mkdir "$work/folder"

# Each in the same folder, so that paths are the same everywhere.
transcript() {
	local tool=$1 who words status
	while IFS='|' read -r who words; do
		case $who in '#'*) continue ;; esac
		case ,${who// /}, in *,all,* | *,"$tool",*) ;; *) continue ;; esac
		words=$(sed 's/^ *//; s/\bFILE\b/boot.rec/g; s/\bDIR\b/folder/g; s/\bNONE\b/missing.rec/g; s/\bTEXT\b/notes.txt/g; s/\bCUT\b/cut.rec/g' <<<"$words")
		# shellcheck disable=SC2086 # split is meant
		(cd "$work" && PATH=$build:$PATH timeout 20 "$tool" $words) >"$work/out" 2>"$work/err" </dev/null
		status=$?
		printf '$ %s %s\n' "$tool" "$words"
		cat "$work/err"
		[ ! -s "$work/out" ] || echo "(and $(wc -l <"$work/out") lines on stdout)"
		printf '[%s]\n\n' $status
	done <"$here/wrong"
}

for tool in $tools; do
	transcript "$tool" >"$work/$tool.txt"
	if [ "${1:-}" = --store ]; then
		cp "$work/$tool.txt" "$here/"
		continue
	fi
	result "$tool: says what tests/contract/messages/$tool.txt says" "$(diff "$here/$tool.txt" "$work/$tool.txt")"
	result "$tool: at least twenty wrong uses" "$([ "$(grep -c '^\$ ' "$here/$tool.txt")" -ge 20 ] || echo "too few")"
	result "$tool: none of them ends well, or without a word" "$(awk '/^\$ /{c=$0; n=0; next} /^\[0\]/{print c ": status 0"} /^\[/{if (!n) print c ": no message"; next} NF{n++}' "$here/$tool.txt")"
done
