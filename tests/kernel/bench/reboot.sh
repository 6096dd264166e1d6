#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Compares gmemreboot's predicted saving with the saving of reboots that re-use the inode: reboot.sh [--configs all|quick] [--runs N] [--again DIR]
#
# Boots a test kernel that can link a gmem inode into a second VM (tests/kernel/vm/kernels: private-7.3), and reboots the same guest by
# destroy + create and by link, 1 + N times each (all: 3, quick: 20; the first does not count). Prints for each configuration the saving that
# gmemreboot predicts from destroy + create, and the saving that link had. The machine counts instructions instead of time (--icount): ns are
# instructions of one CPU.
#
#   all    251, 2039 and 8191 pages; 1 and 4 vCPUs; init_on_alloc 0 and 1; pages touched by the guest, by the guest after fallocate, by
#          the host: 36 configurations, two boots
#   quick  2039 pages, 1 vCPU, init_on_alloc 0, touched by the guest
#
# Each configuration runs twice: with the tool, and bare. With the tool, a reboot's length is that of the workload's own clock, less the line
# "destroy", since a destruction waits for RCU for a random time in either style. Bare, it is the workload's CPU time. Another VM runs all the
# time, as the first and the last VM of a host switch virtualization on and off. Each machine's memory was bound anew once before, as a PC's
# firmware does, or touched a second time by the host, so that there are faults whose page is allocated.
#
# Prints "ok ..", "not ok ..", "skip .." lines, and the tables as comments. GM_KEEP=DIR keeps the files; --again DIR replays their recordings
# with the present gmemreboot and judges them once more.
set -eu
. "$(dirname "$0")/../vm/lib.sh"

configs=all runs='' again='' keep=${GM_KEEP:-}

parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--configs) configs=$2 ;;
		--runs) runs=$2 ;;
		--again) again=$2 ;;
		*) sed -n '4,24s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
		esac
		shift 2
	done
	case $configs in
	all) pages="251 2039 8191" vcpus="1 4" fills="guest fallocate host" inits="0 1" runs=${runs:-3} ;;
	quick) pages=2039 vcpus=1 fills=guest inits=0 runs=${runs:-20} ;;
	*) die "--configs: all or quick" ;;
	esac
}

# Writes the script that the machine runs: script REBOOTS PAGES VCPUS FILLS; for a series it runs itself: script series WHAT REBOOTS PAGES VCPUS FILL.
write_script() {
	cat >"$keep/script" <<'END'
one() { # NAME BEFORE STYLE PAGES VCPUS FILL
	case $3 in link) scenario=link ;; *) scenario=reboot-$3 ;; esac
	gmemguest --name "$1" --scenario "$2,$scenario" --reboots "$reboots" --pages "$4" --vcpus "$5" --fill "$6" --truth "/out/$1.$what"
}
if [ "$1" = series ]; then
	what=$2 reboots=$3 before=rebind
	[ "$6" != host ] || before=prefault,host
	for pages in $4; do
		for vcpus in $5; do
			for style in recreate link; do
				one "p$pages-v$vcpus-$6-$style" $before $style "$pages" "$vcpus" "$6" || exit 1
			done
			[ "$pages-$vcpus-$6" != 2039-1-guest ] || one p2039-v1-guest-inplace rebind inplace 2039 1 guest || exit 1
		done
	done
	exit 0
fi
gmemguest --name other --pages 4 --hold --ready /tmp/ready --go /tmp/go --truth /tmp/other &
while [ ! -e /tmp/ready ]; do sleep 0.1; done
for fill in $4; do
	sh "$0" series bare "$1" "$2" "$3" "$fill" || exit 1
	gmemreboot --json -i 10 --record="/out/$fill.rec" -- sh "$0" series tool "$1" "$2" "$3" "$fill" >>/out/tool.json 2>>/out/tool.err || exit 1
done
uname -r >/out/kernel
touch /tmp/go
wait
END
}

# boot INIT: boots a machine and returns its status.
boot() {
	local status=0
	nice -n 5 "$GM_VM/boot.sh" --kernel private-7.3 --icount --append "init_on_alloc=$1" --out "$keep/init$1" --timeout 3600 \
		-- "$keep/script" $((runs + 1)) "$pages" "$vcpus" "$fills" >"$keep/log" 2>&1 || status=$?
	[ "$status" = 0 ] || no_machine bench/reboot "$status" "$keep/log" "$keep/init$1/tool.err"
	return "$status"
}

replay() {
	local folder rec
	for folder in "$again"/init?; do
		for rec in "$folder"/*.rec; do
			"$GM_TOP/build/gmemreboot" --json --replay="$rec"
		done >"$folder/tool.json"
	done
	"$GM_TOP/tests/kernel/bench/reboot.py" "$again" "$runs"
}

main() {
	local init
	parse "$@"
	if [ -n "$again" ]; then
		replay
		return
	fi
	[ -n "$keep" ] || { keep=$(mktemp -d) && trap 'rm -rf "$keep"' EXIT; }
	mkdir -p "$keep"
	write_script
	for init in $inits; do
		boot "$init" || exit 0
	done
	"$GM_TOP/tests/kernel/bench/reboot.py" "$keep" "$runs"
}

main "$@"
