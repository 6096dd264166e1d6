#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs pack.sh and pages.sh on another suite of Debian: suite.sh bookworm|trixie. Needs root and debootstrap.
#
# Unpacks the suite to the cache, with the packages that the tests need, from the mirror that apt uses here. The tests' files in it are removed
# afterwards. Prints "ok ..", "not ok ..", "skip ..".
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/vm/lib.sh
suite=${1:?suite}
root=$(cache_dir)/root-$suite

[ "$(id -u)" = 0 ] || skip "suite.sh: needs root"
need debootstrap unshare

make_root() {
	local mirror=$1
	say "unpacking $suite"
	rm -rf "$root.new"
	debootstrap --variant=minbase --include=ca-certificates,git,make,procps "$suite" "$root.new" "$mirror" >"$root.log" 2>&1 || skip "suite.sh: debootstrap: $(tail -n 1 "$root.log")"
	mv "$root.new" "$root"
}

mirror=$(debian_uri)
[ -d "$root" ] || make_root "$mirror"
rm -rf "$root/src"
git clone -q . "$root/src"
# apt's configuration for the mirror: proxies, certificates
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
export suite root
unshare -m --propagation private sh -eu -c '
	mount --bind "$root" "$root"	# makes the folder a mount of its own, so that its mounts can be found
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
	exec chroot "$root" sh -eu -c "
		cd /src
		DEBIAN_FRONTEND=noninteractive apt-get -qq update
		DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Options::=--force-confold install \$(tests/dist/setup/packages.sh --list pack) >/var/log/packages 2>&1 || { tail -n 3 /var/log/packages; exit 1; }
		git config --global --add safe.directory /src
		make -s >/dev/null
		tests/dist/pack/pack.sh
		tests/dist/pack/pages.sh
	"
' | sed "s|^\(ok\|not ok\|skip\) pack/|\1 pack/$suite/|"
