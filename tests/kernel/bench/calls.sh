#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What tracepoint mode costs the system calls that it hooks, on the kernel that runs here: calls.sh [N]
#
# Prints ns a call (dup + close, mmap + munmap of 2 MiB, madvise of a page, dup2, vfork + exit, an ioctl that fails), the least of 200 parts of N calls, of which the median of 5 rounds: alone; beside gmemreboot without
# a VM of gmem on the host, when the hooks that wait for gmem are detached (no gmem), and when it has them attached all the same (eager, as with
# -- COMMAND); and with one (gmem). Needs root and a kernel with guest_memfd; no VM but its own may be there.
set -eu
cd "$(dirname "$0")/../../.."
keep=$(mktemp -d)
tool=
guest=
trap 'for p in $tool $guest; do kill "$p" 2>/dev/null || :; done; rm -rf "$keep"' EXIT
gcc -O2 -Wall -o "$keep/calls" tests/kernel/bench/calls.c
n=${1:-500}
calls="close munmap madvise dup2 exit ioctl"

median() {
	sort -n "$1" | sed -n 3p
}

cat >"$keep/measure" <<'END'
for call in $4; do
	times=$2
	[ $call != exit ] || times=$(($2 / 50))
	"$1/calls" $call $times >>"$1/$3.$call"
done
END

measure() {
	sh "$keep/measure" "$keep" "$n" "$1" "$calls"
}

# The first record is written when all is attached, and detached what waits.
begin_tool() {
	rm -f "$keep/rec"
	build/gmemreboot --json --mode tracepoint -i 1 --record "$keep/rec" >"$keep/out" 2>&1 &
	tool=$!
	until [ -e "$keep/rec" ] && [ "$(stat -c %s "$keep/rec")" -gt 64 ]; do # more than the header
		kill -0 $tool
		sleep 0.1 # between two looks at the condition
	done
}

end_tool() {
	kill -INT $tool
	wait $tool || :
	tool=
}

for round in 1 2 3 4 5; do
	measure alone
	build/gmemreboot --json --mode tracepoint -- sh "$keep/measure" "$keep" "$n" eager "$calls" >"$keep/out" 2>&1
	begin_tool
	measure none
	end_tool
	rm -f "$keep/ready" "$keep/go"
	build/gmemguest --scenario host --hold --ready "$keep/ready" --go "$keep/go" >/dev/null 2>&1 &
	guest=$!
	until [ -e "$keep/ready" ]; do
		sleep 0.1 # between two looks at the condition
	done
	begin_tool
	measure one
	end_tool
	: >"$keep/go"
	wait $guest
	guest=
done
printf '%-8s %8s %8s %8s %8s\n' call alone "no gmem" eager gmem
for call in $calls; do
	printf '%-8s %8s %8s %8s %8s\n' "$call" "$(median "$keep/alone.$call")" "$(median "$keep/none.$call")" "$(median "$keep/eager.$call")" \
		"$(median "$keep/one.$call")"
done
