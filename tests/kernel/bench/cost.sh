#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures the tools' overhead for the workload: cost.sh [--check | --store | --ops] [CONFIG...]
#
# cost.sh boots a machine that counts instructions (tests/kernel/vm, kernel 7.3, one CPU, 1 ns is one instruction). Each configuration of tools
# attaches once; beside it gmemguest runs each work ROUNDS (4) times, with few and with many units. The cost of a unit is the difference of the
# two, from cpu.stat of the workload's cgroup: user and kernel instructions, with those of the BPF programs. The overhead of a configuration is a
# unit's cost less that without a tool. Programs of other projects are measured if this host has them.
#
#   --check   fails if the overhead of a configuration of tests/kernel/bench/budget differs from the stored one by more than 5 % and 100 instructions
#   --store   writes tests/kernel/bench/budget
#   WORKS=".." only these works, such as vcpus_64: one VM's 64 vCPUs at once; each_convert: with GM_KERNEL=private-7.3
#   --ops     measures single operations of BPF programs (tests/kernel/bench/empty.bpf.c)
#
# Prints a table, and with --check "ok ..", "not ok ..", "skip .." lines.
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/vm/lib.sh
ROUNDS=${ROUNDS:-4} # a machine's first two rounds take up to 130 instructions a unit more
WORKS=${WORKS:-} # rows of the table below
ALL_WORKS="guest_fault guest_run plain_fault host_fault punch reboot page_cache each_punch each_fallocate fallocate"
CHECKED_WORKS="guest_fault plain_fault host_fault punch page_cache each_punch" # by --check, which make test runs
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
[ -n "$WORKS" ] || { [ "$what" = --check ] && WORKS=$CHECKED_WORKS || WORKS=$ALL_WORKS; }
keep=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
mkdir -p "$keep/bin"
files=()

# Prints another project's program and the files that it needs; nothing if it is not installed.
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

# Prints the script that busybox sh runs in the machine: script ROUNDS WORKS CONFIG...
inside() {
	cat <<-'END'
		# A row: name, few units, many units, command with UNITS for their number. fallocate is last: after it, faults test for unzeroed pages.
		table() {
			cat <<-'WORKS'
				guest_fault 251 2039 gmemguest --vms 1 --scenario guest --pages UNITS
				guest_run   251 2039 gmemguest --vms 1 --scenario guest --pages UNITS --hold --ready /tmp/row --go /tmp/row.go
				host_fault  251 2039 gmemguest --vms 1 --scenario host --pages UNITS
				punch       251 2039 gmemguest --vms 1 --scenario punch --pages UNITS
				reboot      3   13   gmemguest --vms 1 --scenario reboot-recreate --pages 64 --reboots UNITS
				page_cache  251 2039 dd if=/dev/zero of=/cache/file bs=4096 count=UNITS
				plain_fault 251 2039 gmemguest --vms 1 --scenario plain --pages UNITS
				vcpus_4     509 4093 gmemguest --vms 1 --vcpus 4 --scenario guest --pages UNITS
				vcpus_16    509 4093 gmemguest --vms 1 --vcpus 16 --scenario guest --pages UNITS
				vcpus_64    509 4093 gmemguest --vms 1 --vcpus 64 --scenario guest --pages UNITS
				each_punch  251 2039 gmemguest --vms 1 --scenario each-punch --pages UNITS
				each_convert 251 2039 gmemguest --vms 1 --scenario each-convert --pages UNITS
				each_fallocate 251 2039 gmemguest --vms 1 --scenario each-fallocate --pages UNITS
				fallocate   251 2039 gmemguest --vms 1 --scenario fallocate --pages UNITS
			WORKS
		}
		once() { # NAME COMMAND...: in a cgroup of its own
			name=$1
			shift
			mkdir "/sys/fs/cgroup/$name"
			sh -c 'echo $$ >"/sys/fs/cgroup/$0/cgroup.procs"; exec "$@"' "$name" "$@" >/dev/null 2>/tmp/once.err &
			of=$!
			case $* in *" --hold "*) held $of ;; esac
			wait $of || { echo "$name: failed"; cat /tmp/once.err; } >>/out/err
			[ -e "/out/$name" ] || cat "/sys/fs/cgroup/$name/cpu.stat" >"/out/$name"
			rm -f /cache/file
		}
		held() { # PID: reads the cost of a work when it has done its units, before what they leave is freed; then ends it
			until [ -e /tmp/row ] || ! [ -d /proc/$1 ]; do sleep 0.1; done # between two tests of the condition
			cat "/sys/fs/cgroup/$name/cpu.stat" >"/out/$name"
			: >/tmp/row.go
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
		under() { # CONFIG TOOL...: runs the works while the tool traces
			config=$1
			shift
			"$@" -- sh /gm/script --works $ROUNDS "$WORKS" "$config" >"/tmp/$config.out" 2>>/out/err || echo "$config: status $?" >>/out/err
		}
		has() { command -v "$1" >/dev/null; }
		# Runs the works beside another project's tool, once CONDITION is true.
		beside() { # CONFIG CONDITION TOOL...
			config=$1 condition=$2
			shift 2
			"$@" >"/tmp/$config.out" 2>&1 &
			job=$!
			tries=600
			until eval "$condition"; do
				tries=$((tries - 1))
				[ $tries -gt 0 ] && [ -d /proc/$job ] || { echo "$config: $(head -c 300 /tmp/$config.out)" >>/out/err; return; }
				sleep 0.1 # between two tests of the condition
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
			gmemtop_unsure) # while some pages of an older VM are unverified: a sample verifies 64
				gmemguest --vms 1 --name older --pages 4096 --hold --ready /tmp/older --go /tmp/older.go >/dev/null 2>&1 &
				older=$!
				until [ -e /tmp/older ]; do sleep 0.1; done # between two tests of the condition
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
		# A file system that is page cache only; a VM that stays, since tools do less without one.
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

# machine OUT CONFIG...: boots a machine that measures all configurations.
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
	python3 tests/kernel/bench/cost.py $what "$keep/out" "$@" >"$keep/result"
	# Devices interrupt the machine in real time, so a deviation is measured once more; the least of all rounds counts.
	if [ "$what" = --check ] && grep -q '^not ok' "$keep/result" && machine "$keep/again" "$@"; then
		grep '^not ok' "$keep/result" | sed 's/^not ok/# at first:/'
		python3 tests/kernel/bench/cost.py $what "$keep/out:$keep/again" "$@" >"$keep/result"
	fi
	cat "$keep/result"
	;;
*) no_machine bench/cost "$status" "$keep/log" ;;
esac
