# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows episodes <<-'END'
	episodes | recreate overlap inplace reset firmware process link handover none | reboots, one style after the other, what is none, and some by scans alone
END

# Succeeds if the tool's recording has a live VM: a scan has found it.
vm_recorded() {
	[ -e "$1.status" ] || gmemtop --json --replay "$1.rec" 2>/dev/null | grep -q '"type":"vm".*"alive":true'
}

do_episodes() {
	for style in $2; do
		case $style in
		link | handover) scenario=$style ;;
		none) scenario="no-reboot --vcpus 2" ;;
		*) scenario=reboot-$style ;;
		esac
		observe "$1/$style" "--scenario $scenario --reboots 3" gmemreboot --json -i 5
	done
	observe "$1/inventory" "--scenario reboot-recreate --reboots 3 --hold --ready $1/inventory.ready --go $1/inventory.go" \
		gmemreboot --json -i 0.2 --mode inventory --record "$1/inventory.rec" &
	job=$!
	await "a VM that a scan found" vm_recorded "$1/inventory"
	: >"$1/inventory.go"
	wait $job
}
