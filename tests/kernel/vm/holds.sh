#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests that the tools have no references to what they observe: holds.sh [--quick] [ID] (a kernel of the table; default 6.18)
#
# Boots one machine. Two guests reboot twenty times each in the same process and twenty times in a new one, every time with a new VM, under a tool
# that samples every 50 ms. holds.bpf.c counts the ends of guest_memfd files, VMs and address spaces that run in the tool's own tasks: there must
# be none. The tool must find every reboot with its style. The tools are gmemreboot, gmemtop and gmem_exporter; with --quick, only gmemreboot, and
# ten reboots each.
# Then one guest reboots 1000 times under gmemhist, at addresses that the kernel uses again: there must be exactly as many rebinds.
# GM_BUILD=DIR tests the tools of DIR; GM_KEEP=DIR keeps the files. Needs clang, gcc and libbpf.
# Prints "ok ..", "not ok ..", "skip .." lines, "# .." for people.
set -eu
. "$(dirname "$0")/lib.sh"

REBOOTS=20
ROUNDS=1000
VMS=2
quick=''
[ "${1:-}" != --quick ] || { quick=1 && shift; }
id=${1:-6.18}
group=vm/holds-$id
keep=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
tools="gmemreboot gmemtop gmem_exporter"
[ -z "$quick" ] || { tools=gmemreboot && REBOOTS=10; }

build_counter() {
	clang -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I"$GM_TOP/vmlinux/x86" -I"$GM_VM" -idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-c "$GM_VM/holds.bpf.c" -o "$keep/holds.bpf.o"
	gcc -O2 -DCOUNTERS_H='"holds.h"' -o "$keep/bin/holds" "$GM_VM/count.c" -lbpf
}

# Prints the script that runs in the machine: script REBOOTS VMS TOOL...
inside() {
	cat <<-'END'
	reboots=$1 vms=$2
	shift 2
	for tool; do
		case $tool in
		gmem_exporter) how="--textfile /out/$tool.prom" ;;
		gmemtop) how=-b ;;
		*) how=--json ;;
		esac
		timeout 300 holds /holds.bpf.o /out/$tool.count $tool $how -i 50ms -- gmemguest --scenario reboot-recreate,reboot-process --reboots $reboots \
			--vms $vms --truth /out/$tool.truth >/out/$tool.json 2>/out/$tool.err
		echo $? >/out/$tool.status
		echo "$tool: at $(cut -d' ' -f1 /proc/uptime) s"
	done
	END
	[ -n "$quick" ] || cat <<-END
		timeout 300 holds /holds.bpf.o /out/gmemhist.count gmemhist --json -- gmemguest --scenario reboot-recreate --reboots $ROUNDS \
			--pages 4 --truth /out/gmemhist.truth >/out/gmemhist.json 2>/out/gmemhist.err
		echo \$? >/out/gmemhist.status
	END
}

main() {
	local status=0 start=$SECONDS
	rm -rf "$keep/bin"
	mkdir -p "$keep/bin"
	build_counter
	find "${GM_BUILD:-$GM_TOP/build}" -maxdepth 1 -name 'gmem*' -type f -exec cp {} "$keep/bin/" \;
	inside >"$keep/inside.sh"
	# shellcheck disable=SC2086 # $tools is several words
	"$GM_VM/boot.sh" --kernel "$id" --bin "$keep/bin" --file "$keep/holds.bpf.o:/holds.bpf.o" --timeout 1000 --out "$keep/vm" \
		-- "$keep/inside.sh" $REBOOTS $VMS $tools >"$keep/log" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		# shellcheck disable=SC2086 # $tools is several words
		"$GM_VM/holds.py" "$keep/vm" --label "$group" --reboots $REBOOTS --vms $VMS $tools
		[ -n "$quick" ] || "$GM_VM/holds.py" "$keep/vm" --label "$group" --reboots $ROUNDS --vms 0 gmemhist
	else
		no_machine "$group" "$status" "$keep/log"
	fi
	echo "# $group: $((SECONDS - start)) s"
}

main
