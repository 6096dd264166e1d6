#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds the kernel's own guest_memfd selftests from Debian's kernel source: selftests-build.sh ID
#
# ID is a kernel of the table (7.3, 6.18, private-7.3, private-6.12). Prints the folder of the programs, which are static
# and run in any test kernel. The cache has a folder for each version of the source, with these files beside the programs:
#
#   SOURCE   series and version of the source: the kernel's, or the nearest one that the archive has
#   ABSENT   the tests that this source does not have
#
# Needs the packages of "tests/dist/setup/packages.sh kernel". Exit status 77: no source or a tool is missing, with the reason.
set -eu
. "$(dirname "$0")/lib.sh"

TESTS="guest_memfd_test pre_fault_memory_test set_memory_region_test x86/private_mem_conversions_test x86/private_mem_kvm_exits_test"
# A check of guest_memfd_test for a bug of older kernels (an offset that overflows with the size). It is left out of a newer source than the
# kernel's, since the test ends with its first failed check.
TOO_NEW=invalid_binding
# The parts of the tree that "make headers" and the tests need.
PARTS=(Makefile Kbuild 'arch/x86/*' 'include/*' 'scripts/*' 'usr/*' 'tools/arch/x86/*' 'tools/build/*' 'tools/include/*' 'tools/lib/*.c'
	'tools/scripts/*' 'tools/testing/selftests/*')

# Prints the series whose source the archive has, one a line.
offered() {
	private_apt apt-cache pkgnames linux-source- | sed -nE 's/^linux-source-([0-9]+\.[0-9]+)$/\1/p' | sort -V
}

# nearest SERIES: prints that series if the archive has its source, otherwise the next newer one, otherwise the newest.
nearest() {
	{ offered; echo "$1"; } | sort -V | awk -v want="$1" '
		$0 == want { n++ }
		$0 != want { last = $0; if (n && newer == "") newer = $0 }
		END { print (n > 1 ? want : newer != "" ? newer : last) }'
}

# source_file PATH: prints the path in this source: the folders "x86" of 6.14 and later are "x86_64" before.
source_file() {
	local file
	for file in "$1.c" "${1/#x86\//x86_64/}.c"; do
		if [ -f "$kvm/$file" ]; then
			echo "${file%.c}"
			return
		fi
	done
}

# Builds the tests without libvfio, which needs the kernel's drivers and which only other tests use.
build() {
	local tree=$1 to=$2 test file
	local -a targets=()
	kvm=$tree/tools/testing/selftests/kvm
	: >"$to/ABSENT"
	[ "$series" = "$want" ] || sed -i "/gmem_test_vm($TOO_NEW,/d" "$kvm/guest_memfd_test.c"
	for test in $TESTS; do
		file=$(source_file "$test")
		[ -n "$file" ] && targets+=("$kvm/$file") || echo "${test##*/}" >>"$to/ABSENT"
	done
	{
		make -s -C "$tree" ARCH=x86 headers
		make -s -C "$kvm" -j"$(nproc)" OUTPUT="$kvm" LDFLAGS=-static LIBVFIO_O= KHDR_INCLUDES="-isystem $tree/usr/include" "${targets[@]}"
	} >"$tree/build.log" 2>&1 || die "the selftests of $series could not be built: $(tail -n 3 "$tree/build.log" | cut -c1-300)"
	for file in "${targets[@]}"; do
		strip -o "$to/${file##*/}" "$file"
	done
}

make_folder() {
	local dir=$1 work
	[ ! -d "$dir" ] || return 0
	work=$(mktemp -d "$dir.XXXXXX")
	# shellcheck disable=SC2064 # the present value
	trap "rm -rf '$work'" EXIT
	chmod 755 "$work"
	mkdir "$work/tree" "$work/bin"
	source_unpack "$series" "$version" "$work/tree" "${PARTS[@]}"
	build "$work/tree" "$work/bin"
	echo "$series $version$([ "$series" = "$want" ] || echo " for $want, without $TOO_NEW")" >"$work/bin/SOURCE"
	mv "$work/bin" "$dir"
	rm -rf "$work"
	trap - EXIT
}

main() {
	local cache dir
	[ $# = 1 ] || die "usage: selftests-build.sh ID"
	kernel_field "$1" 1 >/dev/null || die "no kernel $1 in the table"
	cache=$(cache_dir)/selftests
	mkdir -p "$cache"
	# The cache serves for a week.
	if [ -n "$(find "$cache/$1.is" -mtime -7 2>/dev/null)" ] && [ -d "$cache/$(cat "$cache/$1.is")" ]; then
		echo "$cache/$(cat "$cache/$1.is")"
		return
	fi
	need dpkg-deb xz make gcc
	# Keeps the cache's lock only while apt runs, so that a job that waits for a kernel does not wait for a compiler.
	(with_lock private_ready)
	want=${1#*-}
	series=$(nearest "$want")
	version=$(source_version "$series")
	[ -n "$version" ] || skip "the archive has no linux-source package of a kernel that is released"
	dir=$cache/$version
	[ "$series" = "$want" ] || dir=$dir-for-$want
	exec 8>"$cache/lock"
	flock 8
	make_folder "$dir"
	echo "${dir##*/}" >"$cache/$1.is"
	echo "$dir"
}

main "$@"
