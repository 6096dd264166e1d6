# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034

rows room <<-'END'
	room | --scenario guest,punch --vms 2 | histograms with and without a place of their own (GM_HOT_PLACES)
END

# Two VMs. The 2nd has no place in the per-VM maps: its id is not below max-vms.
do_room() {
	ROOM="-C max-vms=2"
	run_twice "$@"
	ROOM=
}
