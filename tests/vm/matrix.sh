#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The end-to-end scenarios on real kernels, and under the conditions that tools meet: matrix.sh [--docs FILE] [all | ID...]
#
# A row of the table below is a machine: a kernel of tests/vm/kernels, how the tools are used there, and what is judged. It boots,
# gmemcheck says what is shown there (tests/vm/kernels.py makes a page of that), tests/e2e/scenarios.sh runs inside, and
# tests/e2e/check.py judges the files here. Two machines at a time. A machine begins no scenario after its budget of seconds:
# emulation is several times slower on one host than on another, and the run has to end. What was left out is told as skipped, so
# the two machines that have all scenarios begin at different ends. The usual run (no ID) has fewer machines, and less time for each.
#
#   --docs FILE       writes the page (make test-matrix); without it, the one in docs/kernels.md must say the same of what ran
#   GM_KEEP=DIR       keeps all files in DIR
#   GM_VM_BUDGET=SEC  for every machine, in place of its own
#   GM_SCENARIOS=".." the same
#
# Prints "ok ..", "not ok ..", "skip .." lines, "# .." for people. Exit status 0 unless the script itself failed.
set -eu
. "$(dirname "$0")/lib.sh"

# A kernel that cannot bind gmem to a default VM (before 6.18) has fewer scenarios; only the private ones have private memory and links.
BASIC="guest late kill reboots live8 orphan fallocate punch orders process leave pins kill9 replay idle"
EDGES="plain metrics sample episodes hist race busy fail"
BOUND="guest $EDGES many room modes rebind host mmap prefault late kill reboots live8 orphan fallocate uncleared punch orders process leave pins kill9 replay same idle"
# The same from the other end, behind the one that must always be.
DNUOB="guest $(echo "${BOUND#guest }" | tr ' ' '\n' | tac | tr '\n' ' ')"
SHORT="guest fallocate uncleared punch rebind kill late orders host reboots"

# id: kernel, seconds in the usual run (-: it is not among them) and else, how (as it is; MODE: --mode MODE; caps: CAP_BPF and CAP_PERFMON alone; refused
# REGEX: every tool ends with status 3 and one line that says so), scenarios, options of boot.sh, and those of check.py.
table() {
	cat <<-END
	6.12            | 6.12         |  60 120 |                          | $BASIC                                  |                                    |
	6.18            | 6.18         | 240 400 |                          | $BOUND                                  |                                    |
	newest          | newest       | 240 400 |                          | $DNUOB                                  |                                    |
	private-7.3     | private-7.3  | 200 260 |                          | guest private link link-private record flight metrics pins live8 kill episodes late orders fallocate modes kill9 |                                    |
	private-6.12    | private-6.12 |  60  90 |                          | guest private kill live8 pins late fallocate kill9 |                                    |
	numa            | 6.18         |  60  80 |                          | late live8                              | --numa                             | --nodes 2
	6.16            | 6.16         |   -  45 |                          | $BASIC                                  |                                    |
	6.17            | 6.17         |   -  45 |                          | $BASIC                                  |                                    |
	6.19            | 6.19         |   -  60 |                          | $SHORT                                  |                                    |
	7.0             | 7.0          |   -  60 |                          | $SHORT                                  |                                    |
	7.1             | 7.1          |   -  60 |                          | $SHORT                                  |                                    |
	7.2             | 7.2          |   -  60 |                          | $SHORT                                  |                                    |
	7.3             | 7.3          |   -  45 |                          | $SHORT                                  |                                    |
	arm64-6.18      | arm64-6.18   |   -  60 |                          | $SHORT                                  |                                    |
	arm64-6.19      | arm64-6.19   |   -  20 |                          | $SHORT                                  |                                    |
	arm64-7.0       | arm64-7.0    |   -  20 |                          | $SHORT                                  |                                    |
	arm64-7.1       | arm64-7.1    |   -  20 |                          | $SHORT                                  |                                    |
	arm64-7.2       | arm64-7.2    |   -  20 |                          | $SHORT                                  |                                    |
	arm64-7.3       | arm64-7.3    |  90 180 |                          | $SHORT plain pins replay hist busy metrics |                                    |
	kprobe          | 7.3          |  60  90 | kprobe                   | $SHORT                                  |                                    |
	kprobe-plain    | private-7.3  |   -  45 | kprobe                   | guest fallocate late reboots punch kill |                                    |
	tracepoint      | 7.3          |  60  75 | tracepoint               | $SHORT                                  |                                    |
	inventory       | 7.3          |   -  60 | inventory                | late live8                              |                                    |
	caps            | 7.3          |  60 100 | caps                     | guest fallocate uncleared punch rebind late kill pins orders host reboots |                                    |
	caps-tracepoint | 7.3          |  30  60 | caps tracepoint          | late live8                              |                                    |
	caps-builtin    | private-7.3  |   -  30 | caps                     | guest late fallocate                    |                                    |
	integrity       | 7.3          |   -  40 |                          | guest fallocate late                    | --append lockdown=integrity        |
	confidentiality | 7.3          |  30  30 | refused confidentiality  |                                         | --append lockdown=confidentiality  |
	no-module-btf   | 7.3          |  30  30 | refused type.information |                                         | --strip-btf                        |
	no-kvm          | 6.18         |   -  30 | refused modprobe         |                                         | --no-kvm                           |
	END
}
# All of them (7.3 is the newest now), the long ones first, so that two are under way to the end. Those that cannot be had are skipped in no time.
DEFAULT="newest 6.18 private-7.3 arm64-7.3 6.12 caps private-6.12 kprobe numa arm64-6.18 6.19 7.0 7.1 7.2 6.16 6.17 kprobe-plain tracepoint
	arm64-6.19 arm64-7.0 arm64-7.1 arm64-7.2 integrity caps-tracepoint caps-builtin inventory confidentiality no-module-btf no-kvm"

keep='' bin='' docs='' usual=''

cleanup() {
	local job
	for job in $(jobs -p); do
		kill -- "-$job" 2>/dev/null || :
	done
	wait
	rm -rf "$bin"
	[ -n "${GM_KEEP:-}" ] || rm -rf "$keep"
}

# The programs as they are now: someone may build while machines boot. A folder an architecture.
copy_programs() {
	local program sysroot
	[ -x "$GM_TOP/build/gmemguest" ] || die "build/gmemguest is missing: make"
	bin=$(mktemp -d)
	mkdir "$bin/amd64" "$bin/arm64"
	find "$GM_TOP/build" -maxdepth 1 -name 'gmem*' -type f -exec cp {} "$bin/amd64/" \;
	for program in bpftool setpriv; do
		[ ! -x "$(command -v $program)" ] || cp -L "$(command -v $program)" "$bin/amd64/"
	done
	if [ -x "$GM_TOP/build/arm64/gmemguest" ]; then
		find "$GM_TOP/build/arm64" -maxdepth 1 -name 'gmem*' -type f -exec cp {} "$bin/arm64/" \;
		sysroot=$("$GM_VM/sysroot.sh" arm64)
		cp -L "$sysroot/usr/sbin/bpftool" "$bin/arm64/"
	fi
}

# What runs inside: inside BUDGET HOW SCENARIO... Each tool behind a wrapper of its name, where it is to be used in a certain way.
inside() {
	cat <<-'END'
	budget=$1 how=$2
	shift 2
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
			printf '#!/bin/sh\nexec %s /bin/%s %s "$@"\n' "$before" $tool "$after" >/as/$tool
			chmod 755 /as/$tool
		done
		PATH=/as:$PATH
		export PATH
	fi
	cat /sys/kernel/security/lockdown >/out/lockdown 2>/dev/null
	gmemcheck --json --verifier >/out/check.json 2>/out/check.err
	echo $? >/out/check.status
	gmemcheck >/out/check.txt 2>&1
	[ $# = 0 ] || exec sh /scenarios.sh --disposable --budget "$budget" /out/e2e "$@"
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
		python3 "$GM_TOP/tests/e2e/check.py" "$out/e2e" --label "vm/$id" "$@" || echo "not ok vm/$id: check.py: expected status 0 got $?"
		"$GM_VM/verifier.py" --check "$keep" "$id" || echo "not ok vm/$id: verifier.py: expected status 0 got $?" ;;
	esac
}

# one ID KERNEL BUDGET HOW SCENARIOS BOOT CHECK: everything about one machine.
one() {
	local id=$1 out=$keep/$1 budget=$3 how=$4 status=0 start=$SECONDS script=$keep/inside.sh
	local -a scenarios boot check
	read -ra scenarios <<<"${GM_SCENARIOS:-$5}"
	read -ra boot <<<"$6"
	read -ra check <<<"$7"
	case $how in refused*) script=$keep/refused.sh ;; esac
	if [ ! -x "$bin/$(kernel_arch "$2")/gmemguest" ]; then
		echo "skip vm/$id: nothing was built for it (make $(kernel_arch "$2"))"
		return
	fi
	mkdir -p "$out"
	"$GM_VM/boot.sh" --kernel "$2" --out "$out" --bin "$bin/$(kernel_arch "$2")" --file "$GM_TOP/tests/e2e/scenarios.sh" --timeout $((budget + 900)) \
		${boot[@]+"${boot[@]}"} -- "$script" "$budget" "$how" ${scenarios[@]+"${scenarios[@]}"} >"$out.boot" 2>&1 || status=$?
	case $status in
	0) judge "$id" "$out" "$how" ${check[@]+"${check[@]}"} ;;
	77) echo "skip vm/$id: $(tail -n 1 "$out.boot")" ;;
	*)
		echo "not ok vm/$id: the machine: expected status 0 got $status"
		sed 's/^/# /' "$out.boot"
		;;
	esac
	echo "# vm/$id: $(sed -n 's/^Linux version \([^ ]*\).*/\1/p; s/.*] Linux version \([^ ]*\).*/\1/p' "$out/dmesg" 2>/dev/null | head -n 1), $((SECONDS - start)) s"
}

# The row of an ID; any other ID of tests/vm/kernels is refused here, for its scenarios are not known.
row() {
	local id kernel budget how scenarios boot check short seconds
	while IFS='|' read -r id kernel budget how scenarios boot check; do
		if [ "${id// /}" = "$1" ]; then
			read -r short seconds <<<"$budget"
			[ -z "$usual" ] || seconds=$short
			if [ "$seconds" = - ]; then
				echo "skip vm/$1: not in the usual run (make test-matrix)"
				return
			fi
			read -ra how <<<"$how"
			one "$1" "${kernel// /}" "${GM_VM_BUDGET:-$seconds}" "${how[*]}" "$scenarios" "$boot" "$check"
			return
		fi
	done < <(table)
	echo "skip vm/$1: matrix.sh has no row for it"
}

# The page of what each kernel shows: written, or held against the one that is there.
page() {
	if [ -n "$docs" ]; then
		"$GM_VM/kernels.py" --write "$docs" "$keep"
		echo "# wrote $docs"
	else
		"$GM_VM/kernels.py" --check "$GM_TOP/docs/kernels.md" "$keep"
	fi
}

main() {
	local id start=$SECONDS
	local -a ids
	if [ "${1:-}" = --docs ]; then
		docs=$2
		shift 2
	fi
	[ $# != 0 ] || usual=1
	[ "${*:-all}" != all ] || set -- "$DEFAULT"
	read -d '' -ra ids <<<"$*" || :
	need python3 qemu-system-x86_64
	keep=${GM_KEEP:-$(mktemp -d)}
	mkdir -p "$keep"
	trap cleanup EXIT
	trap 'exit 130' INT TERM HUP
	copy_programs
	inside >"$keep/inside.sh"
	inside_refused >"$keep/refused.sh"
	printf '%s\n' "${ids[@]}" >"$keep/ids"
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
	"$GM_VM/kernel.sh" unknown 2>/dev/null | sed 's,^\(.*\),skip vm/\1: the archive has this series\, and tests/vm/kernels no row for it,' || :
	page
	echo "# matrix: $((SECONDS - start)) s"
}

main "$@"
