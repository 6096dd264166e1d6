#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What tracepoint mode costs the system calls that it hooks, on the kernel that runs here: calls.sh [N]
#
# Prints ns a call (dup + close, mmap + munmap of 2 MiB, madvise of a page, an ioctl that fails), the median of 5 rounds: alone, beside gmemreboot without a VM of gmem
# on the host, and beside it with one. Needs root and a kernel with guest_memfd; no VM but its own may be there.
set -eu
cd "$(dirname "$0")/../.."
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT
gcc -O2 -Wall -o "$keep/calls" tests/bench/calls.c
n=${1:-20000}

median() {
	sort -n "$1" | sed -n 3p
}

cat >"$keep/measure" <<'END'
for call in close munmap madvise ioctl; do
	"$1/calls" $call "$2" >>"$1/$3.$call"
done
: >"$1/go"
END
for round in 1 2 3 4 5; do
	sh "$keep/measure" "$keep" "$n" alone
	build/gmemreboot --json --mode tracepoint -- sh "$keep/measure" "$keep" "$n" none >"$keep/out" 2>&1
	rm -f "$keep/ready" "$keep/go"
	build/gmemguest --scenario host --hold --ready "$keep/ready" --go "$keep/go" >/dev/null 2>&1 &
	until [ -e "$keep/ready" ]; do
		sleep 0.1 # between two looks at the condition
	done
	build/gmemreboot --json --mode tracepoint -- sh "$keep/measure" "$keep" "$n" one >"$keep/out" 2>&1
	wait
done
printf '%-8s %8s %8s %8s\n' call alone "no gmem" gmem
for call in close munmap madvise ioctl; do
	printf '%-8s %8s %8s %8s\n' $call "$(median "$keep/alone.$call")" "$(median "$keep/none.$call")" "$(median "$keep/one.$call")"
done
