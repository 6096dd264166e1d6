#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The end-to-end scenarios on real kernels: matrix.sh [ID...]
#
# For each kernel (tests/vm/kernels; default: those of the table below): boots it, runs
# tests/e2e/scenarios.sh inside, and has tests/e2e/check.py judge the files here. Two machines at a
# time. ID "numa" is a machine with two nodes. GM_KEEP=DIR keeps all files in DIR. A machine begins no scenario after
# GM_VM_BUDGET seconds (720): emulation is several times slower on one host than on another, and the run has to end. What was
# left out is told as skipped. So the two machines that have all scenarios begin at different ends.
#
# Prints "ok ..", "not ok ..", "skip .." lines, "# .." for people. Exit status 0 unless the script
# itself failed.
set -eu
. "$(dirname "$0")/lib.sh"

# id: kernel, scenarios, options of boot.sh, and those of check.py. A kernel that cannot bind gmem to a default
# VM (before 6.18) has fewer scenarios; only the private ones have private memory and links.
BASIC="guest late kill reboots live8 orphan fallocate punch orders process leave pins kill9 replay idle"
EDGES="metrics sample episodes hist race busy fail"
BOUND="guest $EDGES many modes rebind host mmap prefault late kill reboots live8 orphan fallocate punch orders process leave pins kill9 replay same idle"
# The same from the other end, behind the one that must always be.
DNUOB="guest $(echo "${BOUND#guest }" | tr ' ' '\n' | tac | tr '\n' ' ')"
table() {
	cat <<-END
	6.12         | 6.12         | $BASIC                                          |         |
	6.18         | 6.18         | $BOUND                                          |         |
	newest       | newest       | $DNUOB                                          |         |
	private-7.3  | private-7.3  | guest private link link-private record flight metrics pins live8 kill episodes late orders fallocate modes kill9 | |
	private-6.12 | private-6.12 | guest private kill live8 pins late fallocate kill9 |         |
	numa         | 6.18         | late live8                                      | --numa  | --nodes 2
	6.16         | 6.16         | $BASIC                                          |         |
	6.17         | 6.17         | $BASIC                                          |         |
	6.19         | 6.19         | $BOUND                                          |         |
	7.0          | 7.0          | $BOUND                                          |         |
	7.1          | 7.1          | $BOUND                                          |         |
	7.2          | 7.2          | $BOUND                                          |         |
	7.3          | 7.3          | $BOUND                                          |         |
	END
}
DEFAULT="newest 6.18 6.12 private-7.3 private-6.12 numa"

BUDGET=${GM_VM_BUDGET:-720}
keep='' bin=''

cleanup() {
	local job
	for job in $(jobs -p); do
		kill -- "-$job" 2>/dev/null || :
	done
	wait
	rm -rf "$bin"
	[ -n "${GM_KEEP:-}" ] || rm -rf "$keep"
}

# The programs as they are now: someone may build while machines boot.
copy_programs() {
	[ -x "$GM_TOP/build/gmemguest" ] || die "build/gmemguest is missing: make"
	bin=$(mktemp -d)
	cp "$GM_TOP"/build/gmem* "$bin/"
	[ ! -x "$(command -v bpftool)" ] || cp -L "$(command -v bpftool)" "$bin/"
}

# one ID KERNEL SCENARIOS BOOT CHECK: everything about one machine.
one() {
	local id=$1 out=$keep/$1 status=0 start=$SECONDS
	local -a scenarios boot check
	read -ra scenarios <<<"$3"
	read -ra boot <<<"$4"
	read -ra check <<<"$5"
	mkdir -p "$out"
	"$GM_VM/boot.sh" --kernel "$2" --out "$out" --bin "$bin" --timeout $((BUDGET + 900)) ${boot[@]+"${boot[@]}"} -- \
		"$GM_TOP/tests/e2e/scenarios.sh" --disposable --budget "$BUDGET" /out/e2e "${scenarios[@]}" >"$out.boot" 2>&1 || status=$?
	case $status in
	0) python3 "$GM_TOP/tests/e2e/check.py" "$out/e2e" --label "vm/$id" --expect full --dmesg "$out/dmesg" \
		${check[@]+"${check[@]}"} || echo "not ok vm/$id: check.py: expected status 0 got $?" ;;
	77) echo "skip vm/$id: $(tail -n 1 "$out.boot")" ;;
	*)
		echo "not ok vm/$id: the machine: expected status 0 got $status"
		sed 's/^/# /' "$out.boot"
		;;
	esac
	echo "# vm/$id: $(cat "$out/e2e/kernel" 2>/dev/null || echo "kernel $2"), $((SECONDS - start)) s"
}

# The row of an ID; any other ID of tests/vm/kernels is refused here, for its scenarios are not known.
row() {
	local id kernel scenarios boot check
	while IFS='|' read -r id kernel scenarios boot check; do
		if [ "${id// /}" = "$1" ]; then
			one "$1" "${kernel// /}" "$scenarios" "$boot" "$check"
			return
		fi
	done < <(table)
	echo "skip vm/$1: matrix.sh has no row for it"
}

main() {
	local id start=$SECONDS
	local -a ids
	read -ra ids <<<"${*:-$DEFAULT}"
	need python3 qemu-system-x86_64
	keep=${GM_KEEP:-$(mktemp -d)}
	mkdir -p "$keep"
	trap cleanup EXIT
	trap 'exit 130' INT TERM HUP
	copy_programs
	set -m # a process group for each machine: cleanup ends all of it
	for id in "${ids[@]}"; do
		while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
			wait -n || :
		done
		row "$id" >"$keep/$id.lines" 2>&1 &
	done
	wait
	for id in "${ids[@]}"; do
		cat "$keep/$id.lines"
	done
	echo "# matrix: $((SECONDS - start)) s"
}

main "$@"
