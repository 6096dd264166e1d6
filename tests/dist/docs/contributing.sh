#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the examples of docs/dev/contributing.md: contributing.sh. Each change is applied to a copy of the sources, in the page's order, and built
# with -Werror; then the commands behind it must succeed and print something. Needs no root. Prints "ok ..", "not ok ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=docs
. tests/result.sh
page=$PWD/docs/dev/contributing.md
export LC_ALL=C

# part N LANGUAGE: prints the Nth block of that language.
part() {
	awk -v n="$1" -v what="\`\`\`$2" '$0 == what { i++; inside = 1; next } /^```/ { inside = 0 } inside && i == n' "$page"
}

# Copies the present sources, committed or not.
git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -C "$work" -xf -
# Copies the objects, so that only files of a change are built again.
mkdir -p "$work/build"
for built in obj gen bpf libgm.a libgm_top.a libgm_exporter.a; do
	[ ! -e "build/$built" ] || cp -a "build/$built" "$work/build/"
done
nr=$(grep -c '^```diff$' "$page")
for n in $(seq "$nr"); do
	name=$(awk -v n="$n" '/^### / { name = substr($0, 5) } $0 == "```diff" && ++i == n { print name; exit }' "$page")
	part "$n" diff >"$work/change"
	result "contributing: $name: its change fits the sources" "$(cd "$work" && patch -p1 --fuzz=1 -s <change 2>&1)"
	result "contributing: $name: builds" "$(make -s -j"$(nproc)" -C "$work" DEV=1 tools 2>&1 | grep -E 'error|warning|Error' | head -n 5)"
	part "$n" sh | while read -r command; do
		(cd "$work" && sh -c "$command") >"$work/said" 2>&1 || echo "status $?" >"$work/said.status"
		result "contributing: $name: $command" "$(cat "$work/said.status" 2>/dev/null; [ -s "$work/said" ] || echo "nothing is said")"
		rm -f "$work/said.status"
	done
done
[ "$nr" -ge 5 ] || echo "not ok docs/dev/contributing: $nr examples"
