#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Gets the libraries of another architecture, to build for it and to run there: sysroot.sh arm64
#
# Prints the folder, in the cache, with the libraries that the project links with and their dependencies, unpacked from packages of this
# system's suite. The system's package state does not change. Exit status 77: they are unavailable, with the reason.
set -eu
. "$(dirname "$0")/lib.sh"

# The libraries of the package group "build", and the programs of the initramfs.
PACKAGES="libc6-dev libbpf-dev libelf-dev zlib1g-dev libzstd-dev nettle-dev libncurses-dev libmicrohttpd-dev libgnutls28-dev
	libcurl4-gnutls-dev libseccomp-dev libcap-ng-dev busybox-static bpftool"

# Makes the packages' absolute links relative, as they lead out of the folder.
pull_links_in() {
	local link to
	find "$1" -type l -lname '/*' | while read -r link; do
		to=$(readlink "$link")
		ln -sfnr "$1$to" "$link"
	done
}

unpack() {
	local dir=$1 work deb suite
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$suite" ] || skip "sysroot: this system has no Debian suite"
	private_ready "$suite"
	work=$(mktemp -d "$dir.XXXXXX")
	# shellcheck disable=SC2064 # the present value
	trap "rm -rf '$work'" EXIT
	chmod 755 "$work"
	say "downloading $GM_APT_ARCHES libraries"
	# shellcheck disable=SC2086 # one word a package
	private_apt apt-get -qq -y --no-install-recommends --download-only install $PACKAGES >"$work.log" 2>&1 ||
		skip "sysroot: $(grep -m1 '^E:' "$work.log" | sed -E 's,[a-z]+://[^ ]*,the mirror,g')"
	rm -f "$work.log"
	for deb in "$(apt_root)"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$work" --keep-directory-symlink -x --exclude='./usr/share/doc' --exclude='./usr/share/man'
	done
	rm -f "$(apt_root)"/archives/*.deb
	pull_links_in "$work"
	mv "$work" "$dir"
	trap - EXIT
}

case ${1:-} in
arm64) GM_APT_ARCHES=$1 GM_APT=apt-$1 ;;
*) sed -n '4,7s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
need dpkg-deb flock
dir=$(cache_dir)/sysroot-$1
[ -d "$dir" ] || with_lock unpack "$dir"
echo "$dir"
