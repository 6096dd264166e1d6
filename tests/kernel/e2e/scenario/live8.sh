# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows live8 <<-'END'
	live8 |  | eight VMs, state at a tick
END

# Succeeds if the last complete sample has the pins of all eight VMs. The scan of all tasks finds them, which not every sample has, as
# it is costly.
all_pinned() {
	[ ! -e "$1.status" ] || return 0
	awk '/"type":"tick"/ { last = n; n = 0 }
		/"type":"inode".*"machine":"eight-.*"pins":\[.*"what"/ { n++ }
		END { exit last != 8 }' "$1.json"
}

live8_tool() {
	timeout "$LIMIT" gmemtop --json -i 0.5 --record "$1/top.rec" -- sh "$SELF" --call eight_main "$1" >"$1/top.json" 2>"$1/top.err"
	echo $? >"$1/top.status"
}

do_live8() {
	live8_tool "$1" &
	job=$!
	await "eight VMs" eight_are_ready "$1"
	keep_truth_of_hold "$1"
	await "pins of eight inodes" all_pinned "$1/top"
	keep_sample "$1/top"
	end_hold_of_eight "$1"
	wait $job
	plain "$1/top.replay" gmemtop --json -i 0.5 --replay "$1/top.rec"
}
