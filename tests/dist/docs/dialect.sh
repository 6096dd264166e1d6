#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Phrases of tests/dist/docs/dialect in README.md, docs/, man pages, and the string literals of user/ and tools/ (messages, --help, HELP of metrics):
# dialect.sh. Prints a line for each one, unless tests/dist/docs/dialect.allow has it. Blocks between fences are output or code, docs/kernels.md and the
# table of docs/metrics.md are printed by programs: none of these is read.
set -u
cd "$(dirname "$0")/../../.." || exit 1

# prose FILE: "FILE:LINE: text" of what people wrote
prose() {
	awk '/^```/ || /^\.(EX|nf)/ { inside = 1 - ($0 ~ /^```/ ? inside : 0); next } /^\.(EE|fi)/ { inside = 0; next }
		/^<!-- gmem_exporter --families -->/ { exit } !inside { print FILENAME ":" FNR ": " $0 }' "$1"
}

{
	for file in README.md docs/*.md docs/*/*.md docs/fleet/*.yml tools/*.8; do
		[ "$file" = docs/kernels.md ] || prose "$file"
	done
	tests/dist/docs/literals.py user/*/*.[ch] tools/*.c
} >"${TMPDIR:-/tmp}/dialect.$$"
trap 'rm -f "${TMPDIR:-/tmp}/dialect.$$"' EXIT
grep -v '^#' tests/dist/docs/dialect | while IFS=$'\t' read -r phrase instead; do
	grep -iE "^[^:]*:[0-9]+: .*($phrase)" "${TMPDIR:-/tmp}/dialect.$$" | while IFS= read -r line; do
		echo "$line ($(grep -oiE "$phrase" <<<"${line#*: }" | head -n 1): $instead)"
	done
done | grep -vFf <(grep -v '^#' tests/dist/docs/dialect.allow)
