# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows pressure <<-'END'
	pressure | --scenario guest --vms 6 --pages 6007 | more vCPUs than CPUs: the kernel skips programs of preempted tasks
END

do_pressure() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/top" "$2" gmemtop --json -i 1 --record "$1/top.rec"
	plain "$1/top.replay" gmemtop --json -i 1 --replay "$1/top.rec"
	# shellcheck disable=SC2086 # split is meant
	observe "$1/hist" "$2" gmemhist --json
}
