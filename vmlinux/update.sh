#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Make vmlinux/ARCH/vmlinux.h: vmlinux/update.sh x86|arm64 [IMAGE]
#
# IMAGE is BTF, an ELF vmlinux, a bzImage or an arm64 Image/vmlinuz, of a kernel
# with KVM built in. Without one, x86 takes the running kernel and arm64 the
# newest Debian kernel package of the suite SUITE (default: sid).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
die() { echo "update.sh: $*" >&2; exit 1; }

arch=${1:-}
image=${2:-}
case $arch in
x86|arm64) ;;
*) die "usage: $0 x86|arm64 [IMAGE]" ;;
esac
[ -z "$image" ] || [ -r "$image" ] || die "cannot read $image"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
${CC:-cc} -O2 -Wall -Wextra -o "$tmp/mkvmlinux" "$here/mkvmlinux.c" -lbpf

# Fetch an arm64 kernel with an apt state of its own; the system's stays as it is.
# The archive is the one that this machine has its own release from.
debian_image() {
	suite=${SUITE:-sid}
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$keyring" ] || die "$keyring is missing: install debian-archive-keyring"
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' | awk -v c="$codename" '$2 == c && $3 == "main" { print $1; exit }')
	[ -n "$uri" ] || die "no Debian archive for $codename in apt's sources"

	apt=$tmp/apt
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/etc" "$apt/deb"
	chmod 755 "$tmp"
	: >"$apt/state/status"
	echo "deb [arch=arm64 signed-by=$keyring] $uri $suite main" >"$apt/etc/sources.list"
	cat >"$apt/apt.conf" <<-EOF
	Dir::State "$apt/state";
	Dir::State::status "$apt/state/status";
	Dir::Cache "$apt/cache";
	Dir::Etc::sourcelist "$apt/etc/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	APT::Architecture "arm64";
	APT::Architectures "arm64";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	EOF
	export APT_CONFIG="$apt/apt.conf"
	apt-get -qq update >&2

	# linux-image-arm64 names the newest one; its files may be in linux-binary-*.
	pkg=$(apt-cache depends --important linux-image-arm64 |
		awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
	[ -n "$pkg" ] || die "no arm64 kernel in $suite"
	for p in "$pkg" $(apt-cache depends --important "$pkg" |
			awk '/Depends: linux-binary-[0-9]/ { print $2; exit }'); do
		(cd "$apt/deb" && apt-get -qq download "$p" >&2)
	done
	unset APT_CONFIG
	for p in "$apt"/deb/*.deb; do
		dpkg-deb -x "$p" "$tmp/root"
	done
	find "$tmp/root" -type f -name 'vmlinuz*' | head -n 1
}

release=
if [ -z "$image" ]; then
	if [ "$arch" = arm64 ]; then
		image=$(debian_image)
		[ -n "$image" ] || die "no vmlinuz in the kernel package"
	else
		[ "$(uname -m)" = x86_64 ] || die "not an x86 kernel: name an image"
		image=/sys/kernel/btf/vmlinux
		[ ! -e /sys/kernel/btf/kvm ] || die "kvm is a module here: name an image"
		release=$(uname -r | grep -oE '^[0-9.]+(-rc[0-9]+)?')
	fi
fi

n=0
while :; do
	kind=$("$tmp/mkvmlinux" -u "$image" "$tmp/packed")
	case $kind in
	none) break ;;
	lzma) unpack="xz --format=lzma" ;;
	*) unpack=$kind ;;
	esac
	n=$((n + 1))
	[ $n -le 4 ] || die "too many layers of compression"
	$unpack -dc <"$tmp/packed" >"$tmp/image.$n"
	image=$tmp/image.$n
done

mkdir -p "$here/$arch"
"$tmp/mkvmlinux" ${release:+-r "$release"} "$image" "$here/types" >"$tmp/vmlinux.h"
cp "$tmp/vmlinux.h" "$here/$arch/vmlinux.h"
sed -n 2p "$here/$arch/vmlinux.h"
wc -l <"$here/$arch/vmlinux.h"
