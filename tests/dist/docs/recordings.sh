#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What is in the recordings in examples/: their mode, length and reboots, that they lost nothing, that no name of another machine is in them, and that they
# are small. Prints "ok ..", "not ok ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect WHAT EXPECTED GOT
expect() {
	if [ "$2" = "$3" ]; then echo "ok docs/recordings: $1"; else echo "not ok docs/recordings: $1: expected $2 got $3"; fi
}

# styles NAME: how many episodes of each style: "recreate 2 shutdown 1 "
styles() {
	build/gmemreboot --json --replay "examples/$1.gmrec" 2>"$work/err" | sed -n 's/.*"type":"episode".*"style":"\([a-z]*\)".*/\1/p' | sort | uniq -c |
		awk '{ printf "%s %d ", $2, $1 }'
}

# info NAME FIELD: of gmemrecord --info --json
info() {
	build/gmemrecord --info --json "examples/$1.gmrec" 2>"$work/err" | sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

losses() { build/gmemsnoop --json --replay "examples/$1.gmrec" 2>"$work/err" | grep '"type":"loss"'; }

# foreign NAME: absolute paths that are none of a test machine's, and names of this machine
foreign() {
	rm -f "$work/plain"
	build/gmemrecord "examples/$1.gmrec" -o "$work/plain" 2>"$work/err" || { echo "unreadable"; return; }
	LC_ALL=C grep -aoE '/[A-Za-z][A-Za-z0-9._/-]{2,}' "$work/plain" | grep -vE '^/(vmm|out|tmp/qmp|proc|KVM)(/|\.|$)' | sort -u
	LC_ALL=C grep -aowF -e "$(uname -n)" -e "$PWD" "$work/plain"
}

# check NAME SECONDS STYLES
check() {
	local span
	expect "$1: mode" full "$(info "$1" mode)"
	span=$((($(info "$1" last_ns) - $(info "$1" first_ns)) / 1000000000))
	expect "$1: at least $2 s" yes "$([ "$span" -ge "$2" ] && echo yes || echo "$span s")"
	expect "$1: reboots" "$3" "$(styles "$1")"
	expect "$1: losses" "" "$(losses "$1")"
	expect "$1: names of another machine" "" "$(foreign "$1" | head -n 3)"
}

check reboot 10 "recreate 2 shutdown 1 "
check left 2 ""
check private 2 ""
check demo 60 "inplace 7 overlap 2 recreate 11 shutdown 5 "
check qemu 60 "recreate 4 shutdown 1 "
# What make demo says one can type.
sed -n 's,^[[:space:]]*[$]B/,build/,p' tests/demo.sh | grep examples/ | sed "s/gmemtop/gmemtop -b/; s,reboots.html,$work/page.html,; s,-o ,-o $work/,; s/ *#.*//" >"$work/commands"
while read -r command; do
	expect "make demo: ${command//"$work"/...}" 0 "$(bash -c "$command" >"$work/shown" 2>"$work/err"; echo $?)"
done <"$work/commands"
expect "make demo names commands" 5 "$(wc -l <"$work/commands")"

size=$(cat examples/*.gmrec | wc -c)
expect "less than 2 MiB together" yes "$([ "$size" -lt $((2 << 20)) ] && echo yes || echo "$size bytes")"
expect "each is checked" "demo left private qemu reboot " "$(cd examples && printf '%s ' ./*.gmrec | sed 's,\./,,g; s/\.gmrec//g')"
