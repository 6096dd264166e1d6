# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows same <<-'END'
	same | --scenario guest,punch,fallocate,reboot-recreate --vms 2 --pages 127 --hold-at start,work --hold-sec 1 | what each tool says live it says from the recording
END

# again PREFIX ARGS TOOL...: runs a tool that records, then the same tool from its recording, read at once and paced. LIVE: options of the
# live run only.
LIVE=
again() {
	again=$1 args=$2
	shift 2
	# shellcheck disable=SC2086 # split is meant
	observe "$again" "$args" "$@" $LIVE --record "$again.rec"
	LIVE=
	from_recording "$again" "$@"
}

from_recording() {
	again=$1
	shift
	plain "$again.replay" "$@" --replay "$again.rec"
	plain "$again.paced" "$@" --replay "$again.rec" --speed 50
}

# alone PREFIX TOOL...: runs a tool that records and ends by itself, then the same tool from its recording, read at once and paced.
alone() {
	alone=$1
	shift
	# shellcheck disable=SC2086 # split is meant
	plain "$alone" "$@" $LIVE --record "$alone.rec"
	LIVE=
	from_recording "$alone" "$@"
}

# Runs every output format of every tool; each must print the same bytes from a recording. Tools that end by themselves sample VMs that
# are older than the tool.
do_same() {
	observe_all "$1" "$2"
	guest_main "$1/held" --scenario guest --vms 2 --pages 127 --hold --ready "$1/ready" --go "$1/go" &
	guest=$!
	await "the hold" ready_or_over "$1/ready" "$1/held.guest.status"
	alone "$1/check" gmemcheck --json
	alone "$1/count" gmemtop --json -i 0.3 -n 3
	alone "$1/frames-count" gmemtop -b -i 0.3 -n 3
	alone "$1/frames-time" gmemtop -b -d 1
	alone "$1/hist-count" gmemhist --json 0.3 3
	LIVE="-i 0.3"
	alone "$1/pins" gmemreboot --pins --all --json -n 2
	: >"$1/go"
	wait $guest
}

observe_all() {
	LIVE=$SLOW
	again "$1/snoop" "$2" gmemsnoop --json
	again "$1/snoop-text" "$2" gmemsnoop
	again "$1/top" "$2" gmemtop --json -i 0.3
	again "$1/top-default" "$2" gmemtop --json
	again "$1/frames" "$2" gmemtop -b -i 0.3
	again "$1/hist" "$2" gmemhist --json
	again "$1/hist-csv" "$2" gmemhist --csv
	again "$1/hist-intervals" "$2" gmemhist 0.3 --json
	again "$1/hist-text" "$2" gmemhist 0.3
	again "$1/reboot" "$2" gmemreboot --json
	again "$1/reboot-text" "$2" gmemreboot --full # otherwise a replay first counts the reboots, to choose blocks or rows
	again "$1/one-vm" "$2" gmemtop --json -i 0.3 --vm guest-1
	again "$1/metrics" "$2" gmem_exporter --once
	for run in metrics metrics.replay metrics.paced; do
		mv "$1/$run.json" "$1/$run.all.json"
		not_of_itself "$1/$run.all.json" "$1/$run.json"
	done
}
