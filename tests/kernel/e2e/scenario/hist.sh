# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows hist <<-'END'
	hist | --scenario guest,fallocate,punch,second --vms 2 | gmemhist: totals, and intervals that add up to them
END

do_hist() {
	observe "$1/hist" "$2" gmemhist --json --record "$1/hist.rec" 0.2
	plain "$1/hist.replay" gmemhist --json --replay "$1/hist.rec" 0.2
}
