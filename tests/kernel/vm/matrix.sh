#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Real kernels, and the conditions that tools meet: matrix.sh [--usual] ID... | --jobs usual|all | --page write|check KEEP | --unknown | --wrong
#
# A row of the tables below is a machine. machines(): a kernel of tests/kernel/vm/kernels, how the tools are used there, and what is judged: it
# boots, gmemcheck reports what it shows (tests/kernel/vm/kernels.py makes a page of that), tests/kernel/e2e/scenarios.sh runs inside, and
# tests/kernel/e2e/check.py judges the files here. scripts(): a machine with a script of its own.
#
#   ID...             these rows, one after the other; --usual: with the scenarios of the usual run only
#   --jobs usual|all  all rows, or those of the usual run, as lines for tests/jobs.sh
#   --page            writes docs/kernels.md from what the machines left in KEEP, or checks that the page says the same
#   --wrong           rows that name a kernel, a scenario or a script that there is not
#   --unknown         skip lines for kernels that the archive offers and tests/kernel/vm/kernels does not name
#   GM_KEEP=DIR       keeps the files of row ID in DIR/ID
#   GM_SCENARIOS=".." in place of the row's own
#
# Prints "ok ..", "not ok ..", "skip .." lines, "# .." for people. Exit status 0 unless the script itself failed.
set -eu
. "$(dirname "$0")/lib.sh"
. "$GM_TOP/tests/supervise.sh"
case ${1:-} in --usual | [!-]*) supervise "$@" ;; esac

LIMIT=3600 # seconds for one machine: more is a fault

# Scenarios one by one; "touch lives vcpus" do most of them in three runs. A kernel that cannot bind gmem to a default VM (before 6.18) has fewer;
# only the private ones have private memory and links.
BASIC="guest kill reboots live8 orphan fallocate punch calls orders process leave pins kill9 replay"
BOUND="guest host fallocate prefault punch rebind mmap orders reboots process kill leave race busy same pins"
SHORT="guest fallocate uncleared punch calls rebind kill late orders host reboots"

# id: kernel, in which run and its seconds there (usual: in the matrix as well), how (as it is; MODE: --mode MODE; caps: CAP_BPF and
# CAP_PERFMON alone; refused REGEX: every tool ends with status 3 and one line that says so), scenarios (behind a ";": only in the matrix),
# options of boot.sh, and those of check.py.
machines() {
	cat <<-END
	6.12            | 6.12         | usual  60  |                          | touch late ; idle $BASIC lives          |                                    |
	6.18            | 6.18         | usual 280  |                          | touch calls fail room hist sample uncleared orphan metrics ; late waits pressure churn flood record flight $BOUND lives vcpus many live8 modes episodes replay kill9 idle | |
	newest          | newest       | usual 400  |                          | touch lives vcpus many plain modes episodes late idle pressure churn ; $BOUND fail room hist sample uncleared orphan live8 metrics replay kill9 | |
	private-7.3     | private-7.3  | usual 120  |                          | private halves link link-private late ; flood-convert record flight guest metrics live8 pins kill episodes orders fallocate modes kill9 | |
	private-6.12    | private-6.12 | usual  50  |                          | private late ; halves waits guest kill live8 pins fallocate kill9 |                       |
	numa            | 6.18         | usual  50  |                          | late ; live8                            | --numa                             | --nodes 2
	6.16            | 6.16         | matrix 300 |                          | $BASIC late idle                        |                                    |
	6.17            | 6.17         | matrix 300 |                          | $BASIC late idle                        |                                    |
	6.19            | 6.19         | matrix 200 |                          | $SHORT                                  |                                    |
	7.0             | 7.0          | matrix 200 |                          | $SHORT                                  |                                    |
	7.1             | 7.1          | matrix 200 |                          | $SHORT                                  |                                    |
	7.2             | 7.2          | matrix 200 |                          | $SHORT                                  |                                    |
	7.3             | 7.3          | matrix 300 |                          | all flood-files waits $SHORT                        |                                    |
	arm64-6.18      | arm64-6.18   | matrix 300 |                          | $SHORT                                  |                                    |
	arm64-6.19      | arm64-6.19   | matrix 100 |                          | touch late                              |                                    |
	arm64-7.0       | arm64-7.0    | matrix 100 |                          | touch late                              |                                    |
	arm64-7.1       | arm64-7.1    | matrix 100 |                          | touch late                              |                                    |
	arm64-7.2       | arm64-7.2    | matrix 100 |                          | touch late                              |                                    |
	arm64-7.3       | arm64-7.3    | usual 150  |                          | touch late ; waits $SHORT hist plain pins replay busy metrics pressure |                     |
	kprobe          | 7.3          | matrix 200 | kprobe                   | touch late waits $SHORT                 |                                    |
	kprobe-plain    | private-7.3  | matrix 200 | kprobe                   | touch lives late                        |                                    |
	tracepoint      | 7.3          | usual 150  | tracepoint               | touch late episodes ; calls watch waits churn flood $SHORT metrics pressure |                              |
	tracepoint-6.18 | 6.18         | matrix 300 | tracepoint               | touch late episodes watch metrics       |                                    |
	tracepoint-6.12 | private-6.12 | matrix 60  | tracepoint               | late calls                              |                                    |
	inventory       | 7.3          | matrix 60  | inventory                | late live8                              |                                    |
	caps            | 7.3          | usual 60   | caps                     | touch late ; waits $SHORT pins          |                                    |
	caps-tracepoint | 7.3          | usual  25  | caps tracepoint          | late ; live8                            |                                    | --no-tracefs
	caps-builtin    | private-7.3  | matrix 60  | caps                     | guest late fallocate                    |                                    |
	integrity       | 7.3          | matrix 60  |                          | guest fallocate late                    | --append lockdown=integrity        |
	confidentiality | 7.3          | usual  30  | refused confidentiality  |                                         | --append lockdown=confidentiality  |
	no-module-btf   | 7.3          | usual  30  | refused type.information |                                         | --strip-btf                        |
	no-kvm          | 6.18         | matrix 30  | refused modprobe         |                                         | --no-kvm                           |
	END
}

# id: in which run and its seconds there, the script.
scripts() {
	cat <<-END
	holds           | usual 30   | tests/kernel/vm/holds.sh --quick 6.18
	holds-6.18      | matrix 160 | tests/kernel/vm/holds.sh 6.18
	holds-7.3       | matrix 160 | tests/kernel/vm/holds.sh 7.3
	module          | usual 125  | tests/kernel/vm/module.sh
	inject          | matrix 400 | tests/kernel/vm/inject.sh
	clearing        | matrix 180 | tests/kernel/vm/clearing.sh
	tenants         | matrix 400 | tests/kernel/vm/tenants.sh 7.3 6.12
	caps-table      | matrix 180 | tests/kernel/vm/caps.sh
	questions       | matrix 360 | tests/dist/docs/questions.sh --check
	reboot-cost     | usual 45   | tests/kernel/bench/reboot.sh --configs quick --runs 3
	reboot-cost-all | matrix 1200 | tests/kernel/bench/reboot.sh
	reboot-cost-vmm | matrix 1200 | tests/kernel/bench/vmm.sh
	cost            | usual 280  | tests/kernel/bench/cost.sh --check
	selftests-7.3   | matrix 300 | tests/kernel/vm/selftests.sh 7.3
	selftests-6.18  | matrix 300 | tests/kernel/vm/selftests.sh 6.18
	selftests-private-7.3  | matrix 300 | tests/kernel/vm/selftests.sh private-7.3
	selftests-private-6.12 | matrix 300 | tests/kernel/vm/selftests.sh private-6.12
	browser         | matrix 60  | tests/contract/golden/browser.sh
	packages        | matrix 300 | tests/dist/pack/pack.sh --all
	vmm-rebuilt-7.3  | matrix 300 | tests/kernel/vm/vmm.sh rebuilt-7.3
	vmm-inplace-7.3  | matrix 300 | tests/kernel/vm/vmm.sh inplace-7.3
	vmm-rebuilt-6.18 | matrix 300 | tests/kernel/vm/vmm.sh rebuilt-6.18
	vmm-inplace-6.18 | matrix 300 | tests/kernel/vm/vmm.sh inplace-6.18
	vmm-link         | matrix 300 | tests/kernel/vm/vmm.sh link
	END
}

keep='' bin='' usual=''

cleanup() {
	rm -rf "$bin"
	[ -n "${GM_KEEP:-}" ] || rm -rf "$keep"
}

# copy_programs ARCH: the programs as they are now, for somebody may build while machines boot.
copy_programs() {
	local program sysroot build=$GM_TOP/build
	[ "$1" = amd64 ] || build=$build/$1
	[ -x "$build/gmemguest" ] || die "$build/gmemguest is missing: make"
	rm -rf "$bin"
	bin=$(mktemp -d)
	find "$build" -maxdepth 1 -name 'gmem*' -type f -exec cp {} "$bin/" \;
	if [ "$1" != amd64 ]; then
		sysroot=$("$GM_VM/sysroot.sh" "$1")
		cp -L "$sysroot/usr/sbin/bpftool" "$bin/"
		return
	fi
	for program in bpftool setpriv; do
		[ ! -x "$(command -v $program)" ] || cp -L "$(command -v $program)" "$bin/"
	done
}

# What runs inside: inside HOW SCENARIO... Each tool behind a wrapper of its name, where it is to be used in a certain way.
inside() {
	cat <<-'END'
	how=$1
	shift
	before='' after=''
	for word in $how; do
		case $word in
		caps)
			umask 0
			chmod 666 /dev/kvm
			chmod 777 /out
			caps=-all,+bpf,+perfmon
			# not by its name alone: busybox would take its own
			before="/bin/setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=$caps --inh-caps=$caps --ambient-caps=$caps" ;;
		*) after="--mode $word" ;;
		esac
	done
	if [ -n "$how" ]; then
		mkdir /as
		for tool in gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmemrecord gmem_exporter; do
			cat >/as/$tool <<-AS
				#!/bin/sh
				# a recording has its mode
				case " \$* " in
				*" --replay "* | *" --info "* | *" --export "* | *" --cut "* | *" --anonymize "* | *" --diff "*) exec $before /bin/$tool "\$@" ;;
				esac
				exec $before /bin/$tool $after "\$@"
			AS
			chmod 755 /as/$tool
		done
		PATH=/as:$PATH
		export PATH
	fi
	cat /sys/kernel/security/lockdown >/out/lockdown 2>/dev/null
	gmemcheck --json --verifier >/out/check.json 2>/out/check.err
	echo $? >/out/check.status
	[ $# = 0 ] || exec sh /scenarios.sh --disposable /out/e2e "$@"
	END
}

# Where nothing can be seen, every tool says so in one line, with the reason, and exits with 3.
inside_refused() {
	cat <<-'END'
	cat /sys/kernel/security/lockdown >/out/lockdown 2>/dev/null
	for tool in gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmemrecord gmem_exporter; do
		case $tool in gmemrecord) more='-o /tmp/x.rec' ;; gmem_exporter) more=--once ;; *) more= ;; esac
		timeout 60 $tool $more >/out/$tool.out 2>/out/$tool.err </dev/null
		echo $? >/out/$tool.status
	done
	END
}

judge_refused() {
	local id=$1 out=$2 regex=$3 tool
	for tool in gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmemrecord gmem_exporter; do
		if [ "$(cat "$out/$tool.status")" = 3 ] && [ "$(wc -l <"$out/$tool.err")" = 1 ] && grep -q "$regex" "$out/$tool.err" && [ ! -s "$out/$tool.out" ]; then
			echo "ok vm/$id: $tool says why not, status 3"
		else
			echo "not ok vm/$id: $tool: status $(cat "$out/$tool.status"), $(head -c 300 "$out/$tool.err" | tr '\n' ' ')"
		fi
	done
}

# The lockdown that a machine was booted with is really there.
judge_lockdown() {
	local id=$1 out=$2
	case $id in
	integrity | confidentiality)
		if grep -q "\[$id\]" "$out/lockdown"; then echo "ok vm/$id: locked down"; else echo "not ok vm/$id: lockdown is $(cat "$out/lockdown")"; fi ;;
	esac
}

judge() {
	local id=$1 out=$2 how=$3
	shift 3
	judge_lockdown "$id" "$out"
	case $how in
	refused*) judge_refused "$id" "$out" "${how#refused }" ;;
	*)
		case $how in *tracepoint* | *inventory* | kprobe) ;; *) set -- --expect full "$@" ;; esac
		set -- "$@" --dmesg "$out/dmesg"
		"$GM_TOP/tests/kernel/e2e/check.py" "$out/e2e" --label "vm/$id" "$@" || echo "not ok vm/$id: check.py: expected status 0 got $?"
		"$GM_VM/verifier.py" --check "$keep" "$id" || echo "not ok vm/$id: verifier.py: expected status 0 got $?" ;;
	esac
}

# need_arm64 ID: builds for arm64 when the first of its machines wants it. 77: the toolchain or the libraries cannot be had here.
need_arm64() {
	(
		flock 8
		[ "$(id -u)" != 0 ] || "$GM_TOP/tests/dist/setup/packages.sh" arm64 || exit 77
		command -v aarch64-linux-gnu-gcc || { echo "there is no aarch64-linux-gnu-gcc" && exit 77; }
		"$GM_VM/sysroot.sh" arm64 || exit 77
		make -s -C "$GM_TOP" arm64
	) >"$keep/$1.arm64.log" 2>&1 8>"$GM_TOP/build/arm64.lock"
}

# machine ID KERNEL HOW SCENARIOS BOOT CHECK: everything about one machine.
machine() {
	local id=$1 kernel=$2 how=$3 out=$keep/$1 status=0 start=$SECONDS
	local -a scenarios boot check
	if [ -n "$usual" ]; then set -- "$1" "$2" "$3" "${4%%;*}" "$5" "$6"; fi
	read -ra scenarios <<<"${GM_SCENARIOS:-${4//;/ }}"
	read -ra boot <<<"$5"
	read -ra check <<<"$6"
	if [ "$(kernel_arch "$kernel")" = arm64 ]; then
		need_arm64 "$id" || status=$?
		case $status in
		0) ;;
		77) echo "skip vm/$id: $(tail -n 1 "$keep/$id.arm64.log")" && return ;;
		*) echo "not ok vm/$id: make arm64: $(tail -n 1 "$keep/$id.arm64.log")" && return ;;
		esac
	fi
	copy_programs "$(kernel_arch "$kernel")"
	rm -rf "$out"
	mkdir -p "$out"
	{
		[ -z "$usual" ] || echo 'export ATTACH_ONCE=1'
		case $how in refused*) inside_refused ;; *) inside ;; esac
	} >"$out.inside"
	"$GM_VM/boot.sh" --kernel "$kernel" --out "$out" --bin "$bin" --file "$GM_TOP/tests/kernel/e2e/scenarios.sh" --file "$GM_TOP/tests/kernel/e2e/scenario" \
		--timeout "$LIMIT" ${boot[@]+"${boot[@]}"} -- "$out.inside" "$how" ${scenarios[@]+"${scenarios[@]}"} >"$out.boot" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		judge "$id" "$out" "$how" ${check[@]+"${check[@]}"}
	else
		no_machine "vm/$id" "$status" "$out.boot"
	fi
	echo "# vm/$id: $(sed -n 's/^Linux version \([^ ]*\).*/\1/p; s/.*] Linux version \([^ ]*\).*/\1/p' "$out/dmesg" 2>/dev/null | head -n 1), $((SECONDS - start)) s"
}

# fields LINE: its columns, without the blanks around them, in the array field.
fields() {
	local n
	IFS='|' read -ra field <<<"$1"
	for n in "${!field[@]}"; do
		read -r field[n] <<<"${field[n]}" || :
	done
}

# Runs the row of an ID.
row() {
	local line
	local -a field
	if line=$(machines | grep -E "^$1 *\|"); then
		fields "$line"
		machine "$1" "${field[1]}" "${field[3]}" "${field[4]}" "${field[5]:-}" "${field[6]:-}"
	elif line=$(scripts | grep -E "^$1 *\|"); then
		fields "$line"
		(cd "$GM_TOP" && GM_KEEP=$keep/$1 bash -c "${field[2]}")
	else
		die "no row named $1 (matrix.sh --jobs all)"
	fi
}

# Lines for tests/jobs.sh: job_lines usual|all
job_lines() {
	local line run seconds short=
	local -a field
	[ "$1" = all ] || short=--usual
	{
		machines | cut -d'|' -f1,3
		scripts | cut -d'|' -f1,2
	} | while read -r line; do
		fields "$line"
		read -r run seconds <<<"${field[1]}"
		[ "$1" != all ] && [ "$run" != "$1" ] || echo "vm/${field[0]}|$seconds||tests/kernel/vm/matrix.sh $short ${field[0]}"
	done
}

# Rows that could not start, or would leave something out.
wrong() {
	local line name kernels scenarios
	local -a field wanted
	kernels=" $(kernel_rows | cut -d'|' -f1 | xargs) "
	scenarios=" $(sh "$GM_TOP/tests/kernel/e2e/scenarios.sh" --list | cut -d'|' -f1 | xargs) "
	machines | while read -r line; do
		fields "$line"
		[[ $kernels == *" ${field[1]} "* ]] || echo "${field[0]}: no kernel ${field[1]} in tests/kernel/vm/kernels"
		read -ra wanted <<<"${field[4]//;/ }"
		for name in ${wanted[@]+"${wanted[@]}"}; do
			[[ $scenarios == *" $name "* ]] || echo "${field[0]}: no scenario $name"
		done
	done
	scripts | while read -r line; do
		fields "$line"
		[ -x "$GM_TOP/${field[2]%% *}" ] || echo "${field[0]}: no script ${field[2]}"
	done
}

# A series that the archive offers and tests/kernel/vm/kernels does not name.
unknown() {
	"$GM_VM/kernel.sh" unknown 2>/dev/null | sed 's,^\(.*\),skip vm/\1: the archive has this series\, and tests/kernel/vm/kernels no row for it,' || :
}

# The page of what each kernel shows: page write|check KEEP
page() {
	machines | cut -d'|' -f1 | while read -r id; do
		[ ! -d "$2/$id" ] || echo "$id"
	done >"$2/ids"
	"$GM_VM/kernels.py" "--$1" "$GM_TOP/docs/kernels.md" "$2"
}

main() {
	local id
	need qemu-system-x86_64
	keep=${GM_KEEP:-$(mktemp -d)}
	mkdir -p "$keep"
	trap cleanup EXIT
	trap 'exit 130' INT TERM HUP
	for id; do
		row "$id"
	done
}

case ${1:-} in
--jobs) job_lines "$2" ;;
--unknown) unknown ;;
--wrong) wrong ;;
--usual)
	shift
	usual=1
	main "$@"
	;;
--page) page "$2" "$3" ;;
'' | -*) sed -n '4,19s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
*) main "$@" ;;
esac
