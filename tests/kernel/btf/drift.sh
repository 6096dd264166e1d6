#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Checks the tools against kernels that do not run, by their types (BTF):
#
#   drift.sh check              checks the stored kernels against the present probe table and BPF objects, and the
#                               counters of each mode on each kernel against the tests' own table
#   drift.sh store ID...        stores kernels of tests/kernel/vm/kernels: the types that the tools need, and their list
#   drift.sh new ID|VMLINUZ [KVM.ko]
#                               prints what that kernel changes for the tools, compared with the newest stored kernel
#
# tests/kernel/btf/kernels has for each kernel: ID.vmlinux.btf and, if kvm is a module, ID.kvm.btf, with the types that the tools need (gmbtf.c);
# ID.list, a line for each function, tracepoint, field and type; ID.check.txt, gmemcheck's output.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../../..
stored=$here/kernels
build=$top/build
work=''

cleanup() {
	rm -rf "$work"
}
trap cleanup EXIT
work=$(mktemp -d)

objects() {
	echo "$build/bpf/$1/gm_probes.bpf.o" "$build/bpf/$1/gm_scan.bpf.o"
}

# Prints the stored kernels, oldest first.
ids() {
	find "$stored" -name '*.list' -printf '%f\n' 2>/dev/null | sed 's/\.list$//' | sort -V
}

# Prints a kernel's architecture: its name begins with it, unless it is x86.
arch_of() {
	case $1 in
	arm64-*) echo arm64 ;;
	*) echo x86 ;;
	esac
}

# list PREFIX ARCH: prints the list of PREFIX.vmlinux.btf and PREFIX.kvm.btf
list() {
	local kvm=$1.kvm.btf
	[ -e "$kvm" ] || kvm=-
	# shellcheck disable=SC2046 # two words
	"$build/gmbtf" list "$1.vmlinux.btf" "$kvm" $(objects "$2")
}

# Runs gmemcheck in the folder of the files, so that it prints the same file names everywhere.
gmemcheck_of() {
	local files=${1##*/}.vmlinux.btf
	[ ! -e "$1.kvm.btf" ] || files=$files,${1##*/}.kvm.btf
	(cd "$(dirname "$1")" && COLUMNS=80 "$build/gmemcheck" --btf "$files")
}

# compare ID WHAT FILE COMMAND...: compares FILE with the output of COMMAND
compare() {
	local id=$1 what=$2 file=$3
	shift 3
	if "$@" >"$work/now" 2>"$work/err" && cmp -s "$work/now" "$file"; then
		echo "ok drift: $id: $what"
	else
		echo "not ok drift: $id: $what differs from $(basename "$file") (tests/kernel/btf/drift.sh store $id)"
		diff "$file" "$work/now" | head -n 20 | sed 's/^/# /'
		sed 's/^/# /' "$work/err"
	fi
}

check() {
	local id
	for id in $(ids); do
		compare "$id" "what we need of it" "$stored/$id.list" list "$stored/$id" "$(arch_of "$id")"
		compare "$id" "the probe plan" "$stored/$id.check.txt" gmemcheck_of "$stored/$id"
	done
	"$here/modes.py"
}

# extract IMAGE KVM.ko PREFIX: extracts all types of both files
extract() {
	python3 "$here/extract.py" "$1" "$3.vmlinux.btf"
	if [ -n "$2" ] && [ -e "$2" ]; then
		python3 "$here/extract.py" "$2" "$3.kvm.btf"
	fi
}

store() {
	local id dir kvm out
	for id; do
		dir=$("$top/tests/kernel/vm/kernel.sh" get "$id") || { echo "# $id: cannot be had now: what is stored stays" && continue; }
		extract "$dir/vmlinuz" "$dir/modules/kvm.ko" "$work/$id"
		kvm=- out=-
		[ ! -e "$work/$id.kvm.btf" ] || kvm=$work/$id.kvm.btf out=$stored/$id.kvm.btf
		# shellcheck disable=SC2046 # two words
		"$build/gmbtf" trim "$work/$id.vmlinux.btf" "$kvm" "$stored/$id.vmlinux.btf" "$out" $(objects "$(arch_of "$id")")
		list "$work/$id" "$(arch_of "$id")" >"$work/whole"
		list "$stored/$id" "$(arch_of "$id")" >"$stored/$id.list"
		cmp "$work/whole" "$stored/$id.list"
		gmemcheck_of "$stored/$id" >"$stored/$id.check.txt"
		echo "# $id: stored, $(wc -c <"$stored/$id.vmlinux.btf") bytes of $(cat "$dir/version")"
	done
}

# Removes offsets, which change with every kernel and which CO-RE adjusts.
news() {
	sed -E 's/^(field +[^ ]+ +)[0-9]+(\+bits)? /\1/; s/^(type +(zonelist|hlist_node) +)[0-9]+ bytes /\1/' "$1"
}

new() {
	local image=$1 kvm=${2:-} dir arch=x86 old
	if [ ! -e "$image" ]; then
		dir=$("$top/tests/kernel/vm/kernel.sh" get "$1")
		image=$dir/vmlinuz kvm=$dir/modules/kvm.ko arch=$(arch_of "$1")
	fi
	extract "$image" "$kvm" "$work/new"
	old=$(ids | grep -v -e private -e arm64 | grep -vx "$1" | tail -n 1)
	[ "$arch" = x86 ] || old=$(ids | grep arm64 | grep -vx "$1" | tail -n 1)
	list "$work/new" "$arch" >"$work/new.list"
	news "$stored/$old.list" >"$work/was"
	news "$work/new.list" >"$work/is"
	gmemcheck_of "$work/new" | tail -n +2 >"$work/plan"
	tail -n +2 "$stored/$old.check.txt" >"$work/plan.was"
	if cmp -s "$work/was" "$work/is" && cmp -s "$work/plan.was" "$work/plan"; then
		echo "nothing changed for us since $old"
		return
	fi
	echo "since $old (-: as it was, + as it is):"
	diff -U0 "$work/was" "$work/is" | grep -E '^[-+][a-z]' || :
	echo "by which hooks it would be seen:"
	diff -U0 "$work/plan.was" "$work/plan" | grep -E '^[-+] ' || echo "  as before"
}

case ${1:-} in
check) check ;;
store)
	make -s -C "$top" -f tests/Makefile build/gmbtf >&2 # for the present probe table
	shift && store "$@"
	;;
new) shift && new "${1:?drift.sh new ID|VMLINUZ [KVM.ko]}" "${2:-}" ;;
*)
	sed -n '3,13s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
