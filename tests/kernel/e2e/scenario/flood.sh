# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows flood <<-'END'
	flood         | --scenario flood --reboots 40         | more calls than a tool reads, beside VMs that come and go
	flood-files   | --scenario flood-files --reboots 40   | more files than a tool reads
	flood-convert | --scenario flood-convert --reboots 40 | more conversions than a tool reads
END

# Runs the flood while the tool, which started this shell, is stopped and does not read its ring of 2000 calls.
unread_main() {
	tool=$PPID prefix=$1
	shift
	kill -STOP $tool
	guest_main "$prefix" "$@"
	kill -CONT $tool
}

has_event() {
	grep -q '"type":"event"' "$1.json" || [ -e "$1.status" ]
}

# by_itself PREFIX TOOL...: runs a tool that ends by its own options, without a signal.
by_itself() {
	itself=$1
	shift
	timeout -s KILL $LIMIT "$@" >"$itself.json" 2>"$itself.err"
	echo $? >"$itself.status"
}

# Ends tools, by their own options or by SIGINT, while the flood lasts; gmemguest ends after all of them.
endless() {
	# shellcheck disable=SC2086 # split is meant
	gmemguest $2 --reboots 60000 >"$1/endless.guest.out" 2>"$1/endless.guest.err" &
	guest=$!
	by_itself "$1/duration" gmemsnoop --json -d 3
	by_itself "$1/count" gmemtop --json -i 1 -n 3
	# shellcheck disable=SC2016 # the inner shell expands it
	by_itself "$1/interrupt" sh -c 'echo $$ >"$0" && exec gmemsnoop --json' "$1/interrupt.pid" &
	job=$!
	await "an event" has_event "$1/interrupt"
	kill -INT "$(cat "$1/interrupt.pid")"
	wait $job
	kill -0 $guest 2>/dev/null && : >"$1/endless.lasted"
	kill -9 $guest
	wait $guest 2>/dev/null
}

do_flood() {
	# shellcheck disable=SC2086 # split is meant
	plain "$1/unread" gmemsnoop --json -C ring=1048576 -- sh "$SELF" --call unread_main "$1/unread" $2
	observe "$1/snoop" "$2" gmemsnoop --json
	observe "$1/record" "$2" gmemrecord --json -o "$1/record.rec"
	mv "$1/record.err" "$1/record.words"
	: >"$1/record.err"
	plain "$1/replay" gmemtop --json -i 1 --replay "$1/record.rec"
	endless "$1" "${2%--reboots*}"
}
