#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Gets a newer QEMU than the system's, to run inside a test machine: qemu.sh
#
# Prints the folder of QEMU: qemu-system-x86_64, ld.so and lib/ (its own loader and libraries), share/ (firmware), version. Downloads packages
# from the newest suite of the private apt root and unpacks them to the cache, named by version; the system does not change. Uses the cache for
# a week, and longer if the archive cannot be reached.
# GM_TEST_QEMU=DIR replaces the folder. Exit status 77: QEMU is unavailable, with the reason.
set -eu
. "$(dirname "$0")/lib.sh"

# The firmware files that a PC without a display reads when it is booted by -kernel.
FIRMWARE="bios-256k.bin kvmvapic.bin linuxboot_dma.bin"

newest() {
	private_apt apt-cache policy qemu-system-x86 | awk '$1 == "Candidate:" && $2 != "(none)" { print $2; found = 1 } END { exit !found }'
}

# download FOLDER: downloads the package of QEMU and all its dependencies.
download() {
	mkdir -p "$1/partial"
	private_apt apt-get -o "Dir::Cache::archives=$1" -qq -y --no-install-recommends --download-only install \
		qemu-system-x86 >"$1.log" 2>&1 || skip "QEMU: $(grep -m1 '^E:' "$1.log" | sed -E 's,[a-z]+://[^ ]*,the mirror,g')"
}

# Unpacks the packages over the links of a merged /usr, which these suites expect.
unpack_all() {
	local deb
	mkdir -p "$2/usr/lib" "$2/usr/lib64" "$2/usr/bin" "$2/usr/sbin"
	ln -s usr/lib usr/lib64 usr/bin usr/sbin "$2"
	for deb in "$1"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$2" --keep-directory-symlink -x --exclude='./usr/share/doc' --exclude='./usr/share/man'
	done
}

# harvest TREE FOLDER: copies QEMU, the libraries that its loader prints, and firmware.
harvest() {
	local libs=$1/usr/lib/x86_64-linux-gnu file found
	mkdir -p "$2/lib" "$2/share"
	cp "$1/usr/bin/qemu-system-x86_64" "$2/"
	cp -L "$1/lib64/ld-linux-x86-64.so.2" "$2/ld.so"
	"$2/ld.so" --library-path "$libs" --list "$2/qemu-system-x86_64" >"$2/list" || die "QEMU: a library is missing: $(grep 'not found' "$2/list")"
	awk '$2 == "=>" && $3 ~ "^/" { print $3 }' "$2/list" | while read -r file; do
		cp -L "$file" "$2/lib/"
	done
	for file in $FIRMWARE; do
		found=$(find "$1/usr/share/qemu" "$1/usr/share/seabios" -type f -name "$file" | head -n 1)
		[ -n "$found" ] || die "QEMU: the packages have no $file"
		cp "$found" "$2/share/"
	done
	rm -f "$2/list"
}

# fetch VERSION FOLDER: makes the folder, which only exists when it is complete.
fetch() {
	local work
	mkdir -p "${2%/*}"
	work=$(mktemp -d "$2.XXXXXX")
	# shellcheck disable=SC2064 # the present value
	trap "rm -rf '$work'" EXIT
	chmod 755 "$work"
	say "downloading QEMU $1"
	download "$work/debs"
	unpack_all "$work/debs" "$work/tree"
	mkdir "$work/qemu"
	harvest "$work/tree" "$work/qemu"
	echo "$1" >"$work/qemu/version"
	mv "$work/qemu" "$2"
	rm -rf "$work"
	trap - EXIT
}

get() {
	local all version dir
	all=$(cache_dir)/qemu
	if [ -e "$all/newest/version" ] && [ -n "$(find "$all/newest/" -maxdepth 0 -mtime -7)" ]; then
		echo "$all/newest"
		return
	fi
	private_ready
	version=$(newest) || {
		[ -e "$all/newest/version" ] || skip "QEMU: the archive offers no qemu-system-x86 now"
		echo "$all/newest"
		return
	}
	dir=$all/${version//[:\/]/_}
	[ -e "$dir/version" ] || fetch "$version" "$dir"
	touch "$dir"
	ln -sfn "${dir##*/}" "$all/newest"
	echo "$all/newest"
}

[ $# = 0 ] || { sed -n '4,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
if [ -n "${GM_TEST_QEMU:-}" ]; then
	[ -e "$GM_TEST_QEMU/version" ] || die "GM_TEST_QEMU: no QEMU in $GM_TEST_QEMU"
	echo "$GM_TEST_QEMU"
	exit
fi
need dpkg-deb flock
with_lock get
