#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests what a distribution does with the sources of the newest commit: pack.sh [--all]. Two builds give the same bytes; a static build
# runs without a library; with --all (make test-matrix), image.sh and packages.sh test images and packages, too.
# Prints "ok ..", "not ok ..", "skip ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=pack
. tests/result.sh
export LC_ALL=C
tools="gmemtop gmemhist gmemreboot gmemsnoop gmemrecord gmemcheck gmem_exporter gmemscope"
other=
[ "${1:-}" != --all ] || other=the/other/one # image.sh compares images of two static builds
libraries="libbpf libelf libz libzstd libncursesw libtinfo"

# failure_of COMMAND...: runs it; if it fails, prints its output and its status.
failure_of() {
	"$@" >"$work/said" 2>&1 || { echo "status $?: $*"; tail -n 12 "$work/said"; }
}

# Checks that builds in two folders of different names give the same bytes.
same_bytes() {
	local place tool
	for place in one the/other/one; do
		mkdir -p "$work/$place"
		tar xzf "$archive" -C "$work/$place"
		result "make -j in $place" "$(failure_of make -s -j"$(nproc)" -C "$work/$place/$tree" tools)"
	done
	for tool in $tools; do
		cmp "$work/one/$tree/build/$tool" "$work/the/other/one/$tree/build/$tool" 2>&1
		! grep -aqF "$work" "$work/one/$tree/build/$tool" || echo "$tool says where it was built"
	done >"$work/differ"
	result "two builds are the same bytes" "$(cat "$work/differ")"
	result "the version is that of the sources" "$(diff <(echo "gmemscope $(cat VERSION)") <("$work/one/$tree/build/gmemtop" --version))"
}

# Prints the libraries that a program needs.
needed() {
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p'
}

static() {
	local dir=$work/one/$tree/build root=$work/empty tool
	result "make STATIC=1" "$(for place in one $other; do failure_of make -s -C "$work/$place/$tree" STATIC=1 tools | grep -v 'Using .* in statically linked'; done)"
	for tool in $tools; do
		if [ $tool = gmem_exporter ]; then
			needed "$dir/$tool" | grep -xF "$(tr ' ' '\n' <<<"$libraries")"
		else
			needed "$dir/$tool"
		fi | sed "s/^/$tool needs /"
	done >"$work/needs"
	result "static programs need no libraries; the exporter only those of the network" "$(cat "$work/needs")"
	if [ "$(id -u)" != 0 ]; then
		echo "skip pack/static programs in an empty root: needs root"
		return
	fi
	mkdir "$root"
	cp tests/contract/golden/full-6.18.rec "$root/x.rec"
	for tool in gmemtop gmemhist gmemreboot gmemsnoop gmemrecord; do
		cp "$dir/$tool" "$root/"
		case $tool in gmemtop) set -- -b --replay /x.rec ;; gmemrecord) set -- --info /x.rec ;; *) set -- --replay /x.rec ;; esac
		failure_of chroot "$root" "/$tool" "$@"
		[ -s "$work/said" ] || echo "$tool printed nothing"
	done >"$work/ran"
	result "static programs in a root where nothing else is" "$(cat "$work/ran")"
}

if [ ! -e .git ]; then
	echo "skip pack: these sources are no repository, make dist has nothing to pack"
	exit 0
fi
result "make dist" "$(failure_of make -s dist)"
tree=gmemscope-$(cat VERSION)
archive=$work/$tree.tar.gz
cp "build/$tree.tar.gz" "$archive"
result "make dist writes the checksum" "$(cd build && sha256sum --quiet -c "$tree.tar.gz.sha256" 2>&1)"
result "make dist a second time: the same bytes" "$(failure_of make -s dist; cmp "build/$tree.tar.gz" "$archive")"
same_bytes
static
if [ -n "$other" ]; then
	tests/dist/pack/image.sh "$work/one/$tree/build" "$work/$other/$tree/build"
	tests/dist/pack/packages.sh "$archive"
fi
