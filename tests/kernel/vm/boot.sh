#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs a script in a virtual machine under a given kernel and copies its results to the host.
#
#   boot.sh --kernel ID --out DIR [OPTION...] -- SCRIPT [ARG...]
#
#   --kernel ID       a kernel of tests/kernel/vm/kernels (kernel.sh list)
#   --out DIR         results: the script's files in $OUT, and dmesg, status, uptime, console
#   --bin DIR         adds every executable of DIR to the PATH (default: build/, for arm64 build/arm64/); again for more
#   --file SRC[:DST]  adds a file or folder (default: to /)
#   --smp N --mem M   CPUs (2), memory in MiB (1024)
#   --numa            two NUMA nodes
#   --icount          counts instructions instead of time: runs repeat to the microsecond (1 CPU)
#   --append "..."    further kernel arguments
#   --no-kvm          does not load the kvm modules
#   --strip-btf       removes the type information from the modules
#   --timeout SEC     default 300; 0: none
#   --interactive     the script gets this terminal; ends when the script ends
#
# SCRIPT is a file that busybox sh runs, or a command in the machine's PATH.
# Exit status: the script's; 77 kernel or QEMU unavailable; 124 timeout; 125 the kernel crashed.
set -eu
. "$(dirname "$0")/lib.sh"

CRASH='Kernel panic - not syncing|Oops: |BUG: unable to handle|Kernel BUG at|double fault'

kernel='' out='' smp=2 mem=1024 numa='' icount='' append='' kvm=1 strip='' limit=300 tty=''
bins=() files=() qemu=()
work='' pid=''

usage() {
	sed -n '3,23s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# Parses an option with a value; fails for any other.
value_option() {
	case $1 in
	--kernel) kernel=$2 ;;
	--out) out=$2 ;;
	--bin) bins+=("$2") ;;
	--file) files+=(--file "$2") ;;
	--smp) smp=$2 ;;
	--mem) mem=$2 ;;
	--append) append="$append $2" ;;
	--timeout) limit=$2 ;;
	*) return 1 ;;
	esac
}

flag_option() {
	case $1 in
	--numa) numa=1 ;;
	--icount) icount=1 smp=1 ;;
	--no-kvm) kvm='' ;;
	--strip-btf) strip=1 ;;
	--interactive) tty=1 limit=0 ;;
	*) return 1 ;;
	esac
}

# Sets the variables above, and script to the rest of the line.
parse() {
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		if flag_option "$1"; then
			shift
		elif [ $# -gt 1 ] && value_option "$1" "$2"; then
			shift 2
		else
			say "what is $1?"
			usage
		fi
	done
	if [ $# -lt 2 ] || [ -z "$kernel" ] || [ -z "$out" ]; then
		usage
	fi
	shift
	script=("$@")
	arch=$(kernel_arch "$kernel")
	if [ ${#bins[@]} = 0 ]; then
		bins=("$GM_TOP/build")
		[ "$arch" = amd64 ] || bins=("$GM_TOP/build/$arch")
	fi
	case $arch in
	arm64) console=ttyAMA0 home=ttyS0 emulator=qemu-system-aarch64 ;;
	*) console=ttyS0 home=ttyS1 emulator=qemu-system-x86_64 ;;
	esac
}

quote() {
	printf "'%s' " "${1//\'/\'\\\'\'}"
}

# Makes the folder /gm of the initramfs, which tells init how to run the script.
make_gm() {
	local rows=24 cols=80 word
	mkdir -p "$work/gm"
	if [ -n "$tty" ] && [ -t 0 ]; then
		read -r rows cols < <(stty size)
	fi
	printf 'GM_KVM=%s GM_CONSOLE=%s GM_HOME=%s GM_TTY=%s GM_ROWS=%s GM_COLS=%s GM_TERM=%s\n' \
		"$kvm" "$console" "$home" "$tty" "$rows" "$cols" "${TERM:-linux}" >"$work/gm/env"
	cp -r "$folder/order" "$work/gm/"
	[ ! -d "$folder/modules" ] || cp -r "$folder/modules" "$work/gm/"
	if [ -n "$strip" ]; then
		find "$work/gm/modules" -name '*.ko' -exec objcopy -R .BTF -R .BTF.base {} \;
	fi
	if [ -f "${script[0]}" ]; then
		cp "${script[0]}" "$work/gm/script"
		script=(sh /gm/script ${script[@]+"${script[@]:1}"})
	fi
	{
		printf '#!/bin/sh\nexec '
		for word in "${script[@]}"; do
			quote "$word"
		done
		echo
	} >"$work/gm/run"
	chmod +x "$work/gm/run"
}

make_initramfs() {
	local dir file
	local -a add=()
	if [ "$arch" != amd64 ]; then
		dir=$("$GM_VM/sysroot.sh" "$arch")
		add=(--sysroot "$dir")
	fi
	for dir in ${bins[@]+"${bins[@]}"}; do
		while read -r file; do
			add+=(--bin "$file")
		done < <(find -L "$dir" -maxdepth 1 -type f -perm -u+x)
	done
	"$GM_VM/initramfs.sh" --out "$work/initramfs" --file "$work/gm:/gm" \
		${add[@]+"${add[@]}"} ${files[@]+"${files[@]}"}
}

# Fills the array qemu: the machine, its clock, and its two serial ports.
make_machine() {
	local arguments topology=$smp half=$((mem / 2)) machine=q35 cpu=max
	# kvm needs EL2; the board has one serial port; the default algorithm of pointer authentication takes most of an emulated CPU's time
	[ "$arch" != arm64 ] || machine=virt,virtualization=on,gic-version=3 cpu=max,pauth-impdef=on
	[ -z "$icount" ] || [ "$arch" != amd64 ] || cpu=max,-rdrand,-rdseed
	arguments="console=$console panic=-1 oops=panic loglevel=$([ -n "$tty" ] && echo 1 || echo 4) tsc=reliable $("$GM_VM/kernel.sh" args "$kernel")"
	qemu=("$emulator" -machine "$machine" -m "$mem" -nodefaults -no-user-config -display none -no-reboot
		-kernel "$folder/vmlinuz" -initrd "$work/initramfs")
	if [ -n "$icount" ]; then
		qemu+=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -cpu "$cpu" -seed 1
			-rtc "base=2026-01-01,clock=vm")
		arguments+=" norandmaps randomize_kstack_offset=off nokaslr mitigations=off"
	else
		# One thread for all CPUs: with a thread each, kernels sometimes crash by a stale int3 when KVM
		# patches the scheduler (its preempt notifier) as the first VM is created or the last destroyed.
		qemu+=(-accel "tcg,thread=${GM_TCG:-single}" -cpu "$cpu")
	fi
	if [ -n "$numa" ]; then
		topology=$smp,sockets=2
		qemu+=(-object "memory-backend-ram,id=m0,size=${half}M" -numa "node,memdev=m0,cpus=0-$((smp / 2 - 1))"
			-object "memory-backend-ram,id=m1,size=${half}M" -numa "node,memdev=m1,cpus=$((smp / 2))-$((smp - 1))")
	fi
	if [ -n "$tty" ]; then
		qemu+=(-chardev "stdio,id=console,signal=off,logfile=$out/console")
	else
		qemu+=(-chardev "file,id=console,path=$out/console")
	fi
	qemu+=(-smp "$topology" -serial chardev:console)
	if [ "$arch" = arm64 ]; then
		qemu+=(-chardev "file,id=home,path=$work/home" -device pci-serial,chardev=home)
	else
		qemu+=(-serial "file:$work/home")
	fi
	qemu+=(-append "$arguments$append")
}

stop_qemu() {
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	pid=
}

# shellcheck disable=SC2317 # called by trap
cleanup() {
	stop_qemu
	rm -rf "$work"
}

# give_up STATUS REASON: ends the machine and the script. If the kernel crashed, that is the reason.
give_up() {
	stop_qemu
	if grep -qE "$CRASH" "$out/console" 2>/dev/null; then
		set -- 125 "it crashed"
	fi
	cat "$work/qemu.log" >&2
	say "kernel $kernel: $2; end of its console:"
	tail -n 40 "$out/console" | tr -d '\r' >&2
	exit "$1"
}

# Waits for the machine's end, a crash or the time limit, whichever is first. A kernel that crashes
# reboots, which ends QEMU; watch also reads the console, in case the kernel hangs after a crash.
watch() {
	local deadline=$((SECONDS + limit))
	while kill -0 "$pid" 2>/dev/null; do
		if grep -qE "$CRASH" "$out/console" 2>/dev/null; then
			sleep 1 # for the rest of the crash's messages
			give_up 125 "it crashed"
		fi
		if [ "$limit" != 0 ] && [ "$SECONDS" -ge "$deadline" ]; then
			give_up 124 "no end after $limit s"
		fi
		sleep 0.2
	done
	wait "$pid" || give_up 125 "QEMU failed"
	pid=
}

# Unpacks the results from the second serial port, if they are complete.
unpack_results() {
	local mark size sum
	read -r mark size sum <"$work/home" || :
	[ "${mark:-}" = gmemscope ] || give_up 125 "it ended without results"
	tail -n +2 "$work/home" >"$work/home.tgz"
	[ "$(stat -c %s "$work/home.tgz")" = "$size" ] || give_up 125 "its results were cut short"
	[ "$(sha256sum <"$work/home.tgz")" = "$sum  -" ] || give_up 125 "its results were damaged"
	tar -C "$out" --no-same-owner -xzf "$work/home.tgz"
}

main() {
	parse "$@"
	need "$emulator" busybox cpio
	folder=$("$GM_VM/kernel.sh" get "$kernel")
	mkdir -p "$out"
	out=$(cd "$out" && pwd)
	rm -f "$out"/{console,dmesg,status,uptime}
	work=$(mktemp -d)
	trap cleanup EXIT
	trap 'exit 130' INT TERM HUP
	make_gm
	make_initramfs
	make_machine
	exec 3<&0
	"${qemu[@]}" <&3 3<&- 2>"$work/qemu.log" &
	pid=$!
	watch
	unpack_results
	exit "$(cat "$out/status")"
}

main "$@"
