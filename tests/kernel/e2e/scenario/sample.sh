# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows sample <<-'END'
	sample | --scenario guest,second,host,fail-closed --vms 2 --pages 509 | a fault in four as an event, and what became of the others
END

do_sample() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/sample" "$2" gmemsnoop --json $SLOW --sample 4
}
