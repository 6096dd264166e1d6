#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What looking costs the looked-at: cost.sh [--check | --store | --ops] [CONFIG...]
#
# A machine of counted instructions (tests/kernel/vm, kernel 7.3, one CPU, 1 ns is one instruction). Each configuration attaches once; under it
# gmemguest does each work ROUNDS (4) times with few and with many units. What a unit costs the workload, in user and kernel instructions,
# the programs in the kernel among them, is the difference of the two from cpu.stat of its cgroup; what a configuration adds is that less the
# same without any. Programs of other projects are measured where this host has them.
#
#   --check   fails where a configuration of tests/kernel/bench/budget adds 5 % (and 100 instructions) more, or less, than is written there
#   --store   writes tests/kernel/bench/budget
#   WORKS=".." only these works, such as vcpus_64: one VM's 64 vCPUs at once
#   --ops     what single things cost that programs do (tests/kernel/bench/empty.bpf.c)
#
# Prints a table, and with --check "ok ..", "not ok ..", "skip .." lines.
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/vm/lib.sh
ROUNDS=${ROUNDS:-4} # the first two of a machine take up to 130 instructions a unit more
WORKS=${WORKS:-guest_fault plain_fault host_fault punch reboot page_cache fallocate} # of the table below
BUDGET="none gmemtop gmemhist record_each"
OPS="none empty_tp op_clock op_task op_pid op_hash op_percpu empty_fentry empty_fexit empty_pair empty_page_add"
# Tools that may be idle, on a host without any gmem; _eager: with all hooks attached there.
IDLE="idle_gmemtop idle_gmem_exporter idle_flight idle_gmemtop_eager idle_gmem_exporter_eager idle_flight_eager"
ALL="none $IDLE empty_pair empty_page_add gmemtop gmemtop_unsure gmemtop_kprobe gmemsnoop gmemhist gmemhist_fentry gmemhist_kprobe gmemreboot gmem_exporter record record_each bpftrace perf_latency function_graph"

what=''
case ${1:-} in
--check | --store) what=$1 && shift ;;
--ops) shift && set -- $OPS ;;
-*) sed -n '4,19s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
if [ $# = 0 ]; then
	[ -n "$what" ] && set -- $BUDGET || set -- $ALL
fi
keep=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
mkdir -p "$keep/bin"
files=()

# Another project's program, with what it needs; nothing where it is not installed.
peer() {
	[ -z "$(command -v "$1")" ] || cp -L "$(command -v "$1")" "$keep/bin/"
}

peers() {
	case " $* " in *" empty_"* | *" op_"*)
		clang -O2 -g -target bpf -Ivmlinux/x86 -Ibpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c tests/kernel/bench/empty.bpf.c -o "$keep/empty.bpf.o"
		gcc -O2 -o "$keep/bin/empty" tests/kernel/bench/empty.c -lbpf
		files+=(--file "$keep/empty.bpf.o")
		;;
	esac
	case " $* " in *" bpftrace "*) peer bpftrace ;; esac
	case " $* " in *" perf_latency "*) peer perf ;; esac
	case " $* " in *" function_graph "*) peer trace-cmd ;; esac
}

# Runs in the machine, by busybox sh: inside ROUNDS CONFIG...
inside() {
	cat <<-'END'
		# Name, few units, many, and a command; UNITS stands for their number. fallocate last: after it, faults look for pages not cleared.
		table() {
			cat <<-'WORKS'
				guest_fault 251 2039 gmemguest --vms 1 --scenario guest --pages UNITS
				host_fault  251 2039 gmemguest --vms 1 --scenario host --pages UNITS
				punch       251 2039 gmemguest --vms 1 --scenario punch --pages UNITS
				reboot      3   13   gmemguest --vms 1 --scenario reboot-recreate --pages 64 --reboots UNITS
				page_cache  251 2039 dd if=/dev/zero of=/cache/file bs=4096 count=UNITS
				plain_fault 251 2039 gmemguest --vms 1 --scenario plain --pages UNITS
				vcpus_4     509 4093 gmemguest --vms 1 --vcpus 4 --scenario guest --pages UNITS
				vcpus_16    509 4093 gmemguest --vms 1 --vcpus 16 --scenario guest --pages UNITS
				vcpus_64    509 4093 gmemguest --vms 1 --vcpus 64 --scenario guest --pages UNITS
				fallocate   251 2039 gmemguest --vms 1 --scenario fallocate --pages UNITS
			WORKS
		}
		once() { # NAME COMMAND...: in a cgroup of its own
			name=$1
			shift
			mkdir "/sys/fs/cgroup/$name"
			sh -c 'echo $$ >"/sys/fs/cgroup/$0/cgroup.procs"; exec "$@"' "$name" "$@" >/dev/null 2>/tmp/once.err || { echo "$name: failed"; cat /tmp/once.err; } >>/out/err
			cat "/sys/fs/cgroup/$name/cpu.stat" >"/out/$name"
			rm -f /cache/file
		}
		works() { # CONFIG
			table | while read -r work few many args; do
				case " $WORKS " in *" $work "*) ;; *) continue ;; esac
				n=0
				while [ $n -lt $ROUNDS ]; do
					n=$((n + 1))
					for units in $few $many; do
						once "$1.$work.$units.$n" $(echo "$args" | sed "s/UNITS/$units/")
					done
				done
			done
		}
		under() { # CONFIG TOOL...: the works, while the tool looks
			config=$1
			shift
			"$@" -- sh /gm/script --works $ROUNDS "$WORKS" "$config" >"/tmp/$config.out" 2>>/out/err || echo "$config: status $?" >>/out/err
		}
		has() { command -v "$1" >/dev/null; }
		# One that is no tool of ours: started, waited for by CONDITION, stopped.
		beside() { # CONFIG CONDITION TOOL...
			config=$1 condition=$2
			shift 2
			"$@" >"/tmp/$config.out" 2>&1 &
			job=$!
			tries=600
			until eval "$condition"; do
				tries=$((tries - 1))
				[ $tries -gt 0 ] && [ -d /proc/$job ] || { echo "$config: $(head -c 300 /tmp/$config.out)" >>/out/err; return; }
				sleep 0.1 # between two looks at the condition
			done
			works "$config"
			kill -INT $job
			wait $job
		}
		# A tool of ours without a COMMAND, with which it would attach all: idle CONFIG CONDITION TOOL...
		idle() {
			case $1 in *_eager) set -- "$@" --eager ;; esac
			rm -f /tmp/idle.prom
			beside "$@"
		}
		attached() { # CONFIG PROGRAM...
			config=$1
			shift
			beside $config "grep -q attached /tmp/$config.out" empty /empty.bpf.o "$@"
		}
		config() {
			case $1 in
			none) works none ;;
			empty_pair) attached $1 empty_fentry empty_fexit ;;
			empty_* | op_*) attached $1 $1 ;;
			idle_gmemtop*) idle $1 'grep -q tick /tmp/$config.out' gmemtop --json -i 1 ;;
			idle_gmem_exporter*) idle $1 '[ -e /tmp/idle.prom ]' gmem_exporter --textfile /tmp/idle.prom -i 1 ;;
			idle_flight*) idle $1 '[ -n "$(find /tmp/ring.$config -type f -size +1 2>/dev/null)" ]' gmemrecord --flight /tmp/ring.$1 ;;
			gmemtop) under gmemtop gmemtop --json -i 1 ;;
			gmemtop_unsure) # as long as not all pages of an older VM were looked at: 64 in a sample
				gmemguest --vms 1 --name older --pages 4096 --hold --ready /tmp/older --go /tmp/older.go >/dev/null 2>&1 &
				older=$!
				until [ -e /tmp/older ]; do sleep 0.1; done # between two looks at the condition
				under gmemtop_unsure gmemtop --json -i 1 -C page-budget=66
				: >/tmp/older.go
				wait $older ;;
			gmemtop_kprobe) under gmemtop_kprobe gmemtop --json -i 1 --mode kprobe ;;
			gmemsnoop) under gmemsnoop gmemsnoop --json ;;
			gmemhist) under gmemhist gmemhist --json ;;
			gmemhist_fentry) under gmemhist_fentry gmemhist --json -C avoid=fsession ;;
			gmemhist_kprobe) under gmemhist_kprobe gmemhist --json --mode kprobe ;;
			gmemreboot) under gmemreboot gmemreboot --json ;;
			gmem_exporter) under gmem_exporter gmem_exporter --textfile /tmp/x.prom -i 1 ;;
			record) under record gmemrecord -o /tmp/r.rec ;;
			record_each) under record_each gmemrecord -o /tmp/e.rec --each ;;
			bpftrace) ! has bpftrace || beside bpftrace 'grep -q Attaching /tmp/bpftrace.out && [ -n "$(cat /sys/kernel/tracing/enabled_functions)" ]' \
				bpftrace -e 'kprobe:kvm_gmem_get_pfn { @t[tid] = nsecs; } kretprobe:kvm_gmem_get_pfn /@t[tid]/ { @us[pid] = hist((nsecs - @t[tid]) / 1000); delete(@t[tid]); }' ;;
			perf_latency) ! has perf || beside perf_latency '[ -n "$(cat /sys/kernel/tracing/enabled_functions)" ]' perf ftrace latency -a -T kvm_gmem_get_pfn -- sleep 100000 ;;
			function_graph) ! has trace-cmd || beside function_graph '[ "$(cat /sys/kernel/tracing/current_tracer)" = function_graph ]' \
				trace-cmd record -o /tmp/t.dat -p function_graph -l kvm_gmem_get_pfn ;;
			esac
		}
		if [ "$1" = --works ]; then
			ROUNDS=$2 WORKS=$3
			works "$4"
			exit 0
		fi
		ROUNDS=$1 WORKS=$2
		shift 2
		# A file system of page cache alone; a VM that stays, for tools that would do less without any.
		mkdir /cache
		mount -t ramfs cache /cache
		for c in "$@"; do
			case $c in idle_*) config "$c" ;; esac
		done
		gmemguest --vms 1 --pages 16 --hold --ready /tmp/ready --go /tmp/go >/dev/null 2>&1 &
		for c in "$@"; do
			case $c in idle_*) ;; *) config "$c" ;; esac
		done
		: >/tmp/go
		wait
		uname -r >/out/kernel
	END
}

# One machine with all of it: machine OUT CONFIG...
machine() {
	local out=$1
	shift
	tests/kernel/vm/boot.sh --kernel "${GM_KERNEL:-7.3}" --icount --mem "${GM_MEM:-1536}" --out "$out" --timeout "${GM_TIMEOUT:-2400}" --bin build --bin "$keep/bin" \
		${files[@]+"${files[@]}"} -- "$keep/script" "$ROUNDS" "$WORKS" "$@" >"$keep/log" 2>&1
}

status=0
peers "$@"
inside >"$keep/script"
machine "$keep/out" "$@" || status=$?
case $status in
0)
	python3 tests/kernel/bench/cost.py $what "$keep/out" "$@" >"$keep/said"
	# Devices interrupt the machine in real time. What looks wrong is measured once more, and the least of all rounds counts.
	if [ "$what" = --check ] && grep -q '^not ok' "$keep/said" && machine "$keep/again" "$@"; then
		grep '^not ok' "$keep/said" | sed 's/^not ok/# at first:/'
		python3 tests/kernel/bench/cost.py $what "$keep/out:$keep/again" "$@" >"$keep/said"
	fi
	cat "$keep/said"
	;;
*) no_machine bench/cost "$status" "$keep/log" ;;
esac
