#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Compares gmemreboot's predicted saving with the saving of a real VMM: vmm.sh [--guests "GUEST..."] [--runs N] [--again DIR]
#
# Boots the test kernel that can link a gmem inode into a second VM (tests/kernel/vm/kernels: private-7.3), and in it a stock QEMU with
# tests/kernel/vmm/gmemshim.c, which makes a new VM at each reset. Prints the saving that gmemreboot predicts from QEMU's ordinary rebuild, and the
# saving of the same QEMU when the shim links the old inode into the new VM. The machine counts instructions instead of time (--icount): ns are
# instructions of one CPU.
#
#   GUEST      guest-N: SeaBIOS, then tests/kernel/vmm/touch.S, which zeroes N pages: the guest touches them first
#              host-N: the same with pages that are not zero: the shim copies them into new memory, so the host touches them first
#              (default: guest and host, with 2039 and 8191)
#
# Each guest is reset in three ways:
#
#   new        the ordinary rebuild: the shim copies the old memory's contents into new memory
#   link-copy  the shim links the old memory and copies each page that is not zero onto itself: the VMM does the same work as in new
#   link       the shim links the old memory and copies nothing
#
# Each way runs twice, bare and with gmemreboot, with 1 + N resets (default: 9; the first does not count). The shim measures the CPU time of QEMU's
# process from the end of one boot of the guest to the end of the next.
#
# Prints "ok ..", "not ok ..", "skip .." lines, and the table as comments. GM_KEEP=DIR keeps the files; --again DIR replays their recording with the
# present gmemreboot and judges them once more.
set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$GM_TOP/tests/kernel/vmm/stage.sh"

guests="guest-2039 host-2039 guest-8191 host-8191" runs=9 again='' keep=${GM_KEEP:-}

parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--guests) guests=$2 ;;
		--runs) runs=$2 ;;
		--again) again=$2 ;;
		*) sed -n '4,27s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
		esac
		shift 2
	done
}

# stage_guest FOLDER GUEST: builds the guest's kernel as FOLDER/GUEST.
stage_guest() {
	local value=0
	case $2 in
	guest-*) ;;
	host-*) value=1 ;;
	*) die "--guests: guest-N or host-N" ;;
	esac
	"${CC:-cc}" -m32 -nostdlib -static -DPAGES="${2#*-}" -DVALUE=$value -Wl,-Ttext=0x10000,--oformat=binary,--build-id=none -o "$1/$2" \
		"$GM_TOP/tests/kernel/vmm/touch.S" || skip "$2 could not be assembled"
}

# stage FOLDER: collects the machine's files in FOLDER. Runs in a subshell, which exit ends.
stage() (
	stage_qemu "$1/vmm" || exit
	mkdir "$1/bin"
	cp "$GM_TOP/build/gmemreboot" "$GM_TOP/build/gmemguest" "$1/bin/"
	for guest in $guests; do
		stage_guest "$1/vmm" "$guest" || exit
	done
)

# Writes the script that the machine runs: script RESETS GUESTS; for the series it runs itself: script series WHAT RESETS GUESTS.
write_script() {
	cat >"$keep/script" <<'END'
. /vmm/drive.sh
LIMIT=60 BETWEEN=0.1
await_boot() {
	await "the guest's mark" booted "$1"
	ask_for_count
}
one() { # GUEST STYLE
	dir=/out/$1-$2.$what
	mkdir "$dir"
	start_vmm "$1-$2" "$2" ,x-change-vmfd-on-reset=on 96 -kernel "/vmm/$1"
	await_boot 1
	n=1
	while [ "$n" -le "$resets" ]; do
		n=$((n + 1))
		qmp system_reset
		await_boot "$n"
	done
	end_vmm
}
if [ "$1" = series ]; then
	what=$2 resets=$3
	for guest in $4; do
		for style in new link-copy link; do
			one "$guest" "$style"
		done
	done
	exit 0
fi
gmemguest --name other --pages 4 --hold --ready /tmp/ready --go /tmp/go --truth /tmp/other &
while [ ! -e /tmp/ready ]; do sleep 0.1; done
sh "$0" series bare "$@" || exit 1
gmemreboot --json -i 10 --record=/out/tool.rec -- sh "$0" series tool "$@" >/out/tool.json 2>/out/tool.err || exit 1
uname -r >/out/kernel
touch /tmp/go
wait
END
}

# report STATUS WHAT: prints the result of a step that failed, with the end of its log.
report() {
	if [ "$1" = 77 ]; then
		echo "skip bench/vmm: $(tail -n 1 "$keep/log")"
		return
	fi
	echo "not ok bench/vmm: $2: expected status 0 got $1 $(cat "$keep/out/gave_up" 2>/dev/null)"
	tail -n 40 "$keep/log" "$keep/out/tool.err" 2>/dev/null | sed 's/^/# /'
}

# boot FOLDER: boots a machine and returns its status. halt_poll_ns=0: otherwise a vCPU that halts spins for a random time first.
boot() {
	nice -n 5 "$GM_VM/boot.sh" --kernel private-7.3 --icount --append kvm.halt_poll_ns=0 --out "$keep/out" --bin "$1/bin" --file "$1/vmm:/vmm" \
		--timeout 3600 -- "$keep/script" $((runs + 1)) "$guests" >"$keep/log" 2>&1
}

main() {
	local staged
	parse "$@"
	if [ -n "$again" ]; then
		"$GM_TOP/build/gmemreboot" --json --replay="$again/out/tool.rec" >"$again/out/tool.json"
		"$GM_TOP/tests/kernel/bench/vmm.py" "$again/out" "$runs"
		return
	fi
	staged=$(mktemp -d)
	# shellcheck disable=SC2064 # the present value
	trap "rm -rf '$staged'" EXIT
	[ -n "$keep" ] || keep=$staged/keep
	mkdir -p "$keep"
	write_script
	stage "$staged" 2>"$keep/log" || { report $? "what goes into the machine"; return 0; }
	boot "$staged" || { report $? "the machine"; return 0; }
	"$GM_TOP/tests/kernel/bench/vmm.py" "$keep/out" "$runs"
}

main "$@"
