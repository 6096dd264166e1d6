# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows replay <<-'END'
	replay | --scenario guest,punch,rebind --vms 2 | a recording says what the live run said
END

do_replay() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/snoop" "$2" gmemsnoop --json $SLOW --record "$1/snoop.rec"
	[ -z "$SLOW" ] || : >"$1/slow"
	plain "$1/snoop.replay" gmemsnoop --json --replay "$1/snoop.rec"
	held "$1/top" "$2" gmemtop --json -i 0.3 --record "$1/top.rec"
	plain "$1/top.replay" gmemtop --json -i 0.3 --replay "$1/top.rec"
	plain "$1/crossed" gmemsnoop --json --replay "$1/top.rec"
}
