# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows pins <<-'END'
	pins | guest pin-fd pin-mmap pin-view pin-vm pin-vcpu pin-vcpu-mmap pin-stats pin-vcpu-stats pin-device pin-flight | what keeps memory and VMs
END

# start_and_hold PREFIX SCENARIO: starts a workload and returns at its hold; also a tool's COMMAND.
start_and_hold() {
	guest_main "$1" --scenario "$2" --hold --ready "$1.ready" --go "$1.go" &
	await "the hold of $1" ready_or_over "$1.ready" "$1.guest.status"
}

# Each workload leaves one object pinned. gmemreboot runs afterwards, with and without objects that may be in use. For three workloads
# it also runs before them: only pin-flight needs that, and attaching takes long.
do_pins() {
	for what in $2; do
		left=$1/$what
		case $what in
		pin-fd | pin-mmap | pin-flight)
			plain "$left.seen" gmemreboot --pins --all --json -- sh "$SELF" --call start_and_hold "$left" "$what" ;;
		*) start_and_hold "$left" "$what" ;;
		esac
		if [ -e "$left.ready" ]; then
			cp "$left.truth" "$left.hold.truth"
			plain "$left.all" gmemreboot --pins --all --json
			plain "$left.left" gmemreboot --pins --json
		fi
		: >"$left.go"
		await "the end of $left" guest_ended "$left"
	done
}
