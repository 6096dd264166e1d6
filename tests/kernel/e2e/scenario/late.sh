# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows late <<-'END'
	late |  | VMs older than the tool
END

do_late() {
	eight_main "$1" &
	job=$!
	await "eight VMs" eight_are_ready "$1"
	keep_truth_of_hold "$1"
	plain "$1/top" gmemtop --json -n 1
	plain "$1/inventory" gmemtop --json -n 1 --mode inventory
	end_hold_of_eight "$1"
	wait $job
}
