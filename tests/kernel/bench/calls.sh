#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures the overhead of tracepoint mode for the system calls that it hooks, on this kernel: calls.sh [N]
#
# Prints ns a call (dup + close, mmap + munmap of 2 MiB, madvise of a page, dup2, vfork + exit, an ioctl that fails): of 200 parts of N calls the
# least, and of 5 rounds the median. The columns:
#   alone    without a tool
#   no gmem  beside gmemreboot, no VM of the host having gmem: the hooks that only gmem needs are detached
#   eager    the same, but these hooks are attached, as with -- COMMAND
#   gmem     beside gmemreboot, one VM having gmem
# Needs root and a kernel with guest_memfd. Other VMs must not run on this host.
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

# Starts gmemreboot. It writes the first record when its hooks are attached, and those detached that only gmem needs.
begin_tool() {
	rm -f "$keep/rec"
	build/gmemreboot --json --mode tracepoint -i 1 --record "$keep/rec" >"$keep/out" 2>&1 &
	tool=$!
	until [ -e "$keep/rec" ] && [ "$(stat -c %s "$keep/rec")" -gt 64 ]; do # longer than the header
		kill -0 $tool
		sleep 0.1 # between two tests of the condition
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
		sleep 0.1 # between two tests of the condition
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
