# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows churn <<-'END'
	churn | --scenario plain,kill,reboot-process,reboot-recreate,reboot-overlap,punch --reboots 3 --vms 8 --pages 31 --name churn | VMs come and go in more processes than there are CPUs: each life once
END

# A call that closes a descriptor keeps scans from reporting the objects that it may end, for GM_DYING_NS (10 s) if its return is skipped. With one run
# in four skipped, samples at the hold need a longer interval.
do_churn() {
	interval=0.3
	[ -z "${SKIPS:-}" ] || interval=11
	observe "$1/snoop" "$2" gmemsnoop --json
	held "$1/top" "$2" gmemtop --json -i $interval
	[ -z "${SKIPS:-}" ] || : >"$1/skips"
}
