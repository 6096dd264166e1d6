# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034

rows episodes <<-'END'
	episodes | recreate overlap undone inplace stays process range dup2 munmap exec link handover handover-process | reboots, one style after the other, what is none, and some by scans alone
END

# Succeeds if the tool's recording has a live VM: a scan has found it.
vm_recorded() {
	[ -e "$1.status" ] || gmemtop --json --replay "$1.rec" 2>/dev/null | grep -q '"type":"vm".*"alive":true'
}

# What every other tool counts in the recording of PREFIX.
count_reboots() {
	plain "$1.list" gmemreboot --list --replay "$1.rec"
	plain "$1.top" gmemtop --json --replay "$1.rec"
	plain "$1.frames" gmemtop -b --replay "$1.rec"
	plain "$1.metrics" gmem_exporter --once --replay "$1.rec"
}

# The workload while the tool, which started this shell, stands still: the ring has room for one reading of a VM's sums, and for all events.
stopped_main() {
	tool=$PPID
	kill -STOP $tool
	guest_main "$1" --scenario reboot-inplace --reboots 8
	kill -CONT $tool
}

# The workload of the styles, one after the other, each with machines of its own name: styles_main DIR STYLE...
styles_main() {
	dir=$1
	shift
	for style in "$@"; do
		case $style in
		link | handover*) scenario=$style ;;
		stays) scenario="no-reboot,reboot-reset,reboot-firmware --vcpus 2" ;;
		range) scenario="reboot-recreate --close-by close_range" ;;
		dup2 | munmap) scenario="reboot-recreate --close-by $style" ;;
		exec) scenario="reboot-process --close-by exec" ;;
		*) scenario=reboot-$style ;;
		esac
		# shellcheck disable=SC2086 # split is meant
		guest_main "$dir/$style" --scenario $scenario --reboots 3 --name "$style"
	done
}

do_episodes() {
	LIMIT=400
	# shellcheck disable=SC2086 # split is meant
	plain "$1/styles" gmemreboot --json -i 5 --record "$1/styles.rec" -- sh "$SELF" --call styles_main "$1" $2
	LIMIT=120
	count_reboots "$1/styles"
	plain "$1/styles.text" gmemreboot --full --no-waterfall --replay "$1/styles.rec"
	held "$1/handover-hold" "--scenario handover-hold" gmemtop --json -i 0.2
	plain "$1/border" gmemreboot --json -i 5 -C ring=131072 -- sh "$SELF" --call stopped_main "$1/border"
	observe "$1/top" "--scenario reboot-inplace --reboots 3" gmemtop --json -i 5
	observe "$1/inventory" "--scenario reboot-recreate --reboots 3 --hold --ready $1/inventory.ready --go $1/inventory.go" \
		gmemreboot --json -i 0.2 --mode inventory --record "$1/inventory.rec" &
	job=$!
	await "a VM that a scan found" vm_recorded "$1/inventory"
	: >"$1/inventory.go"
	wait $job
}
