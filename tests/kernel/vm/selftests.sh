#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the kernel's own guest_memfd selftests as a workload: selftests.sh [ID] (a kernel of the table; default 7.3)
#
# Boots one machine. Each selftest (selftests-build.sh) runs once under gmemsnoop, gmemtop and gmemhist, all inside an independent counter
# (count.bpf.c). selftests.py compares the tools' numbers with the counters. Needs clang, gcc and libbpf.
# GM_KEEP=DIR keeps the files; GM_SELFTESTS=".." only these tests. Prints "ok ..", "not ok ..", "skip .." lines, "# .." for people.
set -eu
. "$(dirname "$0")/lib.sh"

id=${1:-7.3}
group=vm/selftests-$id
keep=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
mkdir -p "$keep/bin"

# Prints the tests that this kernel can run: only private kernels have private memory. gmemguest binds memory again, which no selftest does.
wanted() {
	echo gmemguest
	case $id in
	private-*) echo guest_memfd_test pre_fault_memory_test private_mem_conversions_test private_mem_kvm_exits_test set_memory_region_test ;;
	*) echo guest_memfd_test pre_fault_memory_test set_memory_region_test ;;
	esac
}

build_counter() {
	clang -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I"$GM_TOP/vmlinux/x86" -I"$GM_VM" -idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-c "$GM_VM/count.bpf.c" -o "$keep/count.bpf.o"
	gcc -O2 -o "$keep/bin/count" "$GM_VM/count.c" -lbpf
}

# Prints the script that runs in the machine: script TEST... . It calls a selftest by its whole path, by which the selftest reads its own file.
inside() {
	cat <<-'END'
	cat >/under.sh <<'END_UNDER'
	# $1: the command, $2: the folder. The tools' programs are still attached when count --skipped runs.
	timeout 300 $1 >$2/test.out 2>&1
	echo $? >$2/test.status
	count --skipped >$2/skipped 2>>$2/count.err
	END_UNDER
	cat >/under_hist.sh <<'END_HIST'
	gmemhist --json -- sh /under.sh "$1" $2 >$2/hist.json 2>$2/hist.err
	echo $? >$2/hist.status
	END_HIST
	cat >/under_top.sh <<'END_TOP'
	gmemtop --json -- sh /under_hist.sh "$1" $2 >$2/top.json 2>$2/top.err
	echo $? >$2/top.status
	END_TOP
	cat >/under_snoop.sh <<'END_SNOOP'
	gmemsnoop --json --slow 1ns --slow-limit 0 -- sh /under_top.sh "$1" $2 >$2/snoop.json 2>$2/snoop.err
	echo $? >$2/snoop.status
	END_SNOOP
	for test; do
		case $test in
		set_memory_region_test) more=" 1" ;;
		gmemguest) more=" --scenario rebind,second,reboot-recreate --reboots 3 --vms 2 --pages 31" ;;
		*) more= ;;
		esac
		mkdir /out/$test
		timeout 900 count /count.bpf.o /out/$test/count sh /under_snoop.sh "/bin/$test$more" /out/$test 2>/out/$test/count.err
		echo "$test: at $(cut -d' ' -f1 /proc/uptime) s"
	done
	END
}

main() {
	local programs status=0 test start=$SECONDS
	local -a tests=()
	programs=$("$GM_VM/selftests-build.sh" "$id" 2>"$keep/build.log") || status=$?
	case $status in
	0) ;;
	"$GM_SKIP") echo "skip $group: $(tail -n 1 "$keep/build.log")" && exit 0 ;;
	*) echo "not ok $group: the selftests: expected status 0 got $status: $(tail -n 3 "$keep/build.log" | tr '\n' ' ')" && exit 0 ;;
	esac
	for test in ${GM_SELFTESTS:-$(wanted)}; do
		if [ "$test" = gmemguest ]; then
			tests+=("$test")
		elif [ -x "$programs/$test" ]; then
			tests+=("$test")
			cp "$programs/$test" "$keep/bin/"
		else
			echo "skip $group/$test: linux-source-$(cat "$programs/SOURCE") has no such test"
		fi
	done
	build_counter
	find "$GM_TOP/build" -maxdepth 1 -name 'gmem*' -type f -exec cp {} "$keep/bin/" \;
	inside >"$keep/inside.sh"
	"$GM_VM/boot.sh" --kernel "$id" --bin "$keep/bin" --file "$keep/count.bpf.o:/count.bpf.o" --timeout 2400 --out "$keep/vm" \
		-- "$keep/inside.sh" "${tests[@]}" >"$keep/log" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		"$GM_VM/selftests.py" "$keep/vm" --label "$group" "${tests[@]}"
	else
		no_machine "$group" "$status" "$keep/log"
	fi
	echo "# $group: selftests of linux-source-$(cat "$programs/SOURCE"), $((SECONDS - start)) s"
}

main
