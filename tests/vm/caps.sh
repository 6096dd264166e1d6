#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The least privilege: the end-to-end scenarios by a user who has nothing but CAP_BPF and CAP_PERFMON: caps.sh [ID...]
#
# With kvm as a module (by function probes that need no types, and without any function probe) and built in. GM_KEEP=DIR keeps all files in DIR.
# Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed.
set -eu
. "$(dirname "$0")/lib.sh"

# id: kernel, mode that is asked for, hooks that are expected, scenarios
table() {
	cat <<-END
	caps         | 7.3         | auto       | kprobe.multi:kvm_gmem_release raw_tp:kvm_page_fault | guest host fallocate punch rebind orders reboots kill late pins
	caps-tp      | 7.3         | tracepoint | raw_tp:kvm_page_fault iter:bpf_map_elem             | guest host punch rebind late
	caps-builtin | private-7.3 | auto       | fsession:kvm_gmem_release tp_btf:kvm_page_fault     | guest fallocate punch rebind late
	END
}

keep=''
cleanup() {
	[ -n "${GM_KEEP:-}" ] || rm -rf "$keep"
}

# Tools by their names, each behind setpriv; files are everybody's, as is /dev/kvm.
inside() {
	cat <<-'END'
	umask 0
	chmod 666 /dev/kvm
	chmod 777 /out
	mkdir /caps
	for tool in gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmemrecord gmem_exporter; do
		printf '#!/bin/sh\nexec /bin/setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all,+bpf,+perfmon --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon /bin/%s --mode %s "$@"\n' "$tool" "$1" >/caps/$tool
		chmod 755 /caps/$tool
	done
	PATH=/caps:$PATH
	export PATH
	gmemcheck --json >/out/check.json 2>/out/check.err
	gmemcheck >/out/check.txt 2>&1
	shift
	exec sh /scenarios.sh --disposable /out/e2e "$@"
	END
}

one() {
	local id=$1 kernel=$2 mode=$3 expect=$4 scenarios=$5 out=$keep/$1 status=0 hook
	mkdir -p "$out"
	# shellcheck disable=SC2086 # one word a scenario
	"$GM_VM/boot.sh" --kernel "$kernel" --out "$out" --timeout 1500 --bin "$GM_TOP/build" --bin "$keep/bin" \
		--file "$GM_TOP/tests/e2e/scenarios.sh" -- "$keep/inside.sh" "$mode" $scenarios >"$out.boot" 2>&1 || status=$?
	case $status in
	0) ;;
	77) echo "skip vm/$id: $(tail -n 1 "$out.boot")" && return ;;
	*)
		echo "not ok vm/$id: the machine: expected status 0 got $status"
		sed 's/^/# /' "$out.boot"
		return
		;;
	esac
	for hook in $expect; do
		if grep -q "\"hook\":\"$hook" "$out/check.json"; then
			echo "ok vm/$id: $hook with CAP_BPF and CAP_PERFMON alone"
		else
			echo "not ok vm/$id: no hook $hook, gmemcheck says: $(head -c 300 "$out/check.err")"
		fi
	done
	python3 "$GM_TOP/tests/e2e/check.py" "$out/e2e" --label "vm/$id" --dmesg "$out/dmesg" || echo "not ok vm/$id: check.py: expected status 0 got $?"
}

main() {
	local id kernel mode expect scenarios
	need python3 qemu-system-x86_64 setpriv
	keep=${GM_KEEP:-$(mktemp -d)}
	trap cleanup EXIT
	mkdir -p "$keep/bin"
	cp -L "$(command -v setpriv)" "$keep/bin/"
	inside >"$keep/inside.sh"
	while IFS='|' read -r id kernel mode expect scenarios; do
		id=${id// /}
		if [ $# = 0 ] || [[ " $* " == *" $id "* ]]; then
			one "$id" "${kernel// /}" "${mode// /}" "$expect" "$scenarios" </dev/null
		fi
	done < <(table)
}

main "$@"
