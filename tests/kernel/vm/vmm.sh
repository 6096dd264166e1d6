#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the tools on a real VMM with gmem: vmm.sh [--golden | --example] RUN...
#
# RUN: rebuilt-KERNEL  a stock QEMU that makes a new VM at each reset (x-change-vmfd-on-reset=on)
#      inplace-KERNEL  the same QEMU, with resets in place
#      link            on the kernel private-7.3: the new VM gets the old one's memory
#
# tests/kernel/vmm/gmemshim.c backs QEMU's RAM by gmem and writes a truth; tests/kernel/vmm/inside.sh boots a guest, resets it by QMP and ends it, under
# gmemtop and gmemsnoop; tests/kernel/vmm/judge.py judges. Prints "ok ..", "not ok ..", "# .." lines. An unavailable QEMU or kernel is a failure. A
# machine whose kernel crashed by a fault of the emulator boots once more, and a line reports it.
#
#   --golden      stores the recording and its truth in tests/contract/golden/vmm (one reset, little memory)
#   --example     gmemrecord observes as well: example.gmrec is beside the other files that GM_KEEP keeps
#   GM_KEEP=DIR   keeps all files in DIR
set -eu
. "$(dirname "$0")/lib.sh"
. "$GM_TOP/tests/kernel/vmm/stage.sh"

LIMIT=900 # seconds that a machine may take
resets=2 mem=96 golden='' example='' keep=''

# stage RUN FOLDER: collects the machine's files; fails with a reason if one is unavailable.
stage() {
	stage_qemu "$2/vmm" 2>"$2/why" && stage_linux "$2/vmm" "$1" 2>"$2/why" || return 1
	mkdir -p "$2/bin"
	cp "$GM_TOP/build/gmemtop" "$GM_TOP/build/gmemsnoop" "$GM_TOP/build/gmemrecord" "$2/bin/"
	cp "$GM_TOP/tests/kernel/vmm/inside.sh" "$2/vmm/"
}

# boot KERNEL HOW FOLDER: boots the machine, again if its kernel crashed.
boot() {
	local try st=125
	local -a more=()
	[ "$2" != link ] || more=(--append tsc_early_khz=2000000) # this kernel may find no timer for its calibration
	for try in 1 2; do
		st=0
		"$GM_VM/boot.sh" --kernel "$1" --mem 1024 --timeout "$LIMIT" ${more[@]+"${more[@]}"} --out "$3/out" --bin "$3/bin" --file "$3/vmm:/vmm" \
			-- sh /vmm/inside.sh "$2" "$resets" "$mem" $example >"$3/log" 2>&1 || st=$?
		if [ $st != 125 ] || [ $try = 2 ]; then
			break
		fi
		echo "# vm/vmm: the machine crashed, it is booted once more: $(grep -m1 -E 'crashed|ended' "$3/log")"
	done
	return $st
}

# run RUN HOW KERNEL: prints the run's results.
run() {
	local dir=$keep/$1 st=0 start=$SECONDS
	rm -rf "$dir"
	mkdir -p "$dir"
	if ! stage "$3" "$dir"; then
		echo "not ok vm/vmm-$1: expected a QEMU and a kernel got $(tail -n 1 "$dir/why")"
		return
	fi
	boot "$3" "$2" "$dir" || st=$?
	rm -rf "${dir:?}/vmm" "${dir:?}/bin"
	[ ! -e "$dir/out/hung" ] || sed "s,^,skip vm/vmm-$1: ," "$dir/out/hung"
	if [ $st != 0 ] || [ -e "$dir/out/gave_up" ]; then
		echo "not ok vm/vmm-$1: expected a run to its end got status $st $(cat "$dir/out/gave_up" 2>/dev/null)"
		tail -n 40 "$dir/log" | sed 's/^/# /'
		return
	fi
	"$GM_TOP/tests/kernel/vmm/judge.py" run "$dir/out" "$2" "vm/vmm-$1" "$GM_TOP/build" || echo "not ok vm/vmm-$1: judge.py failed"
	[ -z "$golden" ] || store "$1" "$2" "$dir/out"
	echo "# vm/vmm-$1: $((SECONDS - start)) s, QEMU $(cat "$("$GM_VM/qemu.sh")/version")"
}

# store RUN HOW DIR: stores the recording, compressed, and its truth.
store() {
	local to=$GM_TOP/tests/contract/golden/vmm
	mkdir -p "$to"
	"$GM_TOP/build/gmemrecord" "$3/top.rec" -o "$to/$1.gmrec" --compress zstd >/dev/null 2>&1
	"$GM_TOP/tests/kernel/vmm/judge.py" truth "$3" "$2" >"$to/$1.json"
}

main() {
	local name
	if [ "${1:-}" = --golden ]; then
		shift
		golden=1 resets=1 mem=64
	fi
	if [ "${1:-}" = --example ]; then
		shift
		example=record
	fi
	[ $# -gt 0 ] || { sed -n '4,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
	(need qemu-system-x86_64 busybox cpio) || die "what boots the outer machine is missing" # a failure here, not a skip
	keep=${GM_KEEP:-$(mktemp -d)}
	[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
	for name; do
		case $name in
		rebuilt-* | inplace-*) run "$name" "${name%%-*}" "${name#*-}" ;;
		link) run link link private-7.3 ;;
		*) die "no run named $name" ;;
		esac
	done
}

main "$@"
