# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034

rows room <<-'END'
	room | --scenario guest,punch --vms 2 | histograms with and without a place of their own (GM_HISTS_PLACES)
END

# Runs two VMs. The second one is not in the per-VM maps, as its id is not below max-vms.
do_room() {
	ROOM="-C max-vms=2"
	run_twice "$@"
	ROOM=
}
