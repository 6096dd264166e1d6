#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# demo.sh BUILD-FOLDER [--emulate] (`make demo`): shows small guests that boot, touch memory, punch holes and reboot in gmemtop. The guests use
# this machine's KVM if the tools can observe it, otherwise a QEMU machine under software emulation. Without a terminal, demo.sh prints a few
# frames as text and ends. Its last lines name the recordings in examples/.
set -u
cd "$(dirname "$0")/.." || exit 1
B=$1
frames=6
guests=(--vms 4 --name demo)

say() { echo "gmemscope: $*"; }

# What there is to look at without a VM.
name_recordings() {
	say "more to see, without a VM: recordings of a minute and more in examples/: five small guests (demo), a QEMU that is reset (qemu)"
	cat <<-END
		  $B/gmemtop --replay examples/demo.gmrec
		  $B/gmemreboot --list --replay examples/qemu.gmrec
		  $B/gmemreboot --html reboots.html --replay examples/demo.gmrec
		  $B/gmemhist --replay examples/demo.gmrec
		  $B/gmemrecord --export perfetto examples/demo.gmrec -o demo.pftrace    # for ui.perfetto.dev
	END
}

is_terminal() { [ -t 0 ] && [ -t 1 ]; }

# Prints why this kernel cannot run the demo; nothing if it can.
why_not_here() {
	[ "$(id -u)" = 0 ] || { echo "not root"; return; }
	[ -w /dev/kvm ] || { echo "no /dev/kvm"; return; }
	"$B/gmemcheck" > /dev/null 2> "$B/demo.err" || { head -1 "$B/demo.err"; return; }
	"$B/gmemguest" --scenario guest > /dev/null 2>&1 || echo "this kernel runs no guest on guest_memfd"
}

demo_here() {
	local pid seconds=3600
	is_terminal || seconds=60
	"$B/gmemguest" --loop $seconds "${guests[@]}" > /dev/null 2>&1 &
	pid=$!
	# Expands $pid now: when the trap runs, the function's variables are gone.
	# shellcheck disable=SC2064
	trap "kill $pid 2>/dev/null; wait $pid 2>/dev/null" EXIT INT TERM
	if is_terminal; then
		"$B/gmemtop"
	else
		"$B/gmemtop" -b -n $frames
	fi
}

demo_emulated() {
	local script kernel=newest out=$B/demo-vm
	say "$1; showing it in a QEMU guest under software emulation (slow, and real)"
	tests/dist/setup/packages.sh vm || exit 1
	script=$B/demo-inside.sh
	mkdir -p "$out"
	{
		echo "gmemguest --loop 3600 ${guests[*]} > /dev/null 2>&1 &"
		if is_terminal; then echo "gmemtop"; else echo "gmemtop -b -i 2 -n $frames"; fi
		echo 'st=$?; kill %1; exit $st'
	} > "$script"
	if is_terminal; then
		tests/kernel/vm/boot.sh --kernel "$kernel" --out "$out" --smp 2 --timeout 3600 --interactive -- "$script"
	else
		tests/kernel/vm/boot.sh --kernel "$kernel" --out "$out" --smp 2 --timeout 600 -- "$script"
		local st=$?
		cat "$out/console" 2>/dev/null
		return $st
	fi
}

why=$(why_not_here)
[ "${2:-}" = --emulate ] && why="asked to emulate"
if [ -z "$why" ]; then demo_here; else demo_emulated "$why"; fi
status=$?
name_recordings
exit $status
