#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# drive.sh - starts a stock QEMU with gmemshim.so, drives it by QMP, waits for its guest (sourced in the test machine, by busybox sh).
#
# $dir gets the shim's log (shim.jsonl), QMP's messages (qmp.jsonl), the guest's console (guest.console), and QEMU's own log (vmm.log). A
# timeout ends QEMU and the script, and $OUT/gave_up names the condition.
LIMIT=300 # seconds for one condition
MARK="gm: the guest is up"
BETWEEN=0.5 # seconds between two tests of a condition
BOARD=pc,smm=off,hpet=off # without smm=off a second address space binds the same memory; hpet stops the guest when it is emulated twice

now() { cut -d. -f1 /proc/uptime; }

# within SECONDS COMMAND...: succeeds if COMMAND does within this time. Ends the workload if QEMU ends.
within() {
	local deadline=$(($(now) + $1))
	shift
	until "$@"; do
		readlink "/proc/$vmm/exe" >/dev/null || give_up "QEMU ended, before: $*"
		[ "$(now)" -lt "$deadline" ] || return 1
		sleep "$BETWEEN"
	done
}

give_up() {
	echo "$*" >"$OUT/gave_up"
	kill -9 "$vmm" 2>/dev/null
	exit 1
}

# await WHAT COMMAND...: waits until COMMAND succeeds; a timeout ends the workload.
await() {
	local what=$1
	shift
	within "$LIMIT" "$@" || give_up "no $what"
	echo "$what: $(cut -d' ' -f1 /proc/uptime) s" >/dev/console
}

# Prints the number of answers: qmp.jsonl has QMP's messages as whole lines, and QMP answers each command by a "return".
# shellcheck disable=SC2154 # dir is the caller's
answers() { grep -c '"return"' "$dir/qmp.jsonl"; }
answered() { [ "$(answers)" -gt "$1" ]; }
qmp() { # COMMAND [ARGUMENTS]
	local before
	before=$(answers)
	echo "{\"execute\":\"$1\"${2:+,\"arguments\":$2}}" >/tmp/qmp.in
	await "an answer to $1" answered "$before"
}

boots() { grep -c "$MARK" "$dir/guest.console"; }
booted() { [ "$(boots)" -ge "$1" ]; }

# Prints the number of the shim's counts of resident pages that a signal requested ("asked").
counts() { grep -c '"asked":true' "$dir/shim.jsonl"; }
counted() { [ "$(counts)" -gt "$1" ]; }
ask_for_count() {
	local before
	before=$(counts)
	kill -USR2 "$vmm"
	await "the shim's count of resident pages" counted "$before"
}

# start_vmm NAME SHIM MACHINE MEM ARGUMENT...: starts QEMU in the background; its process is $vmm. SHIM: the value of GM_SHIM.
start_vmm() {
	local name=$1 shim=$2 machine=$3 mem=$4
	shift 4
	rm -f /tmp/qmp.in /tmp/qmp.out
	mkfifo /tmp/qmp.in /tmp/qmp.out
	: >"$dir/qmp.jsonl"
	: >"$dir/guest.console"
	cat /tmp/qmp.out >>"$dir/qmp.jsonl" &
	GM_SHIM=$shim GM_SHIM_LOG="$dir/shim.jsonl" /vmm/qemu/qemu-kvm --library-path /vmm/qemu/lib --preload /vmm/gmemshim.so \
		/vmm/qemu/qemu-system-x86_64 -L /vmm/qemu/share -machine "$BOARD$machine" -accel kvm -cpu qemu64,+tsc-deadline -m "$mem" -smp 1 \
		-nodefaults -display none -no-user-config -chardev file,id=serial,path="$dir/guest.console" -serial chardev:serial "$@" \
		-chardev pipe,id=qmp,path=/tmp/qmp -mon chardev=qmp,mode=control -name "guest=$name,debug-threads=on" >"$dir/vmm.log" 2>&1 &
	vmm=$!
	qmp qmp_capabilities
}

# Ends QEMU; writes its exit status to $dir/vmm.status.
end_vmm() {
	echo '{"execute":"quit"}' >/tmp/qmp.in
	wait "$vmm"
	echo $? >"$dir/vmm.status"
}
