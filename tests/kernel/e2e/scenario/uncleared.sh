# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows uncleared <<-'END'
	uncleared | --scenario fallocate-hold --vms 2 | pages that fallocate put there before the tool came, cleared by faults that it sees
END

# end_hold PREFIX: ends the hold of a workload and waits for its end; a tool's COMMAND.
end_hold() {
	: >"$1.go"
	await "the end of $1" guest_ended "$1"
}

do_uncleared() {
	# shellcheck disable=SC2086 # split is meant
	guest_main "$1/hist" $2 --hold --ready "$1/hist.ready" --go "$1/hist.go" &
	await "the hold of $1/hist" ready_or_over "$1/hist.ready" "$1/hist.guest.status"
	plain "$1/hist" gmemhist --json -- sh "$SELF" --call end_hold "$1/hist"
	wait
}
