#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests what a distribution does with the sources of the newest commit: pack.sh. Two builds give the same bytes; static builds run
# without a library; Debian packages can be built, pass lintian, and run from /usr in a temporary root.
# Prints "ok ..", "not ok ..", "skip ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=pack
. tests/result.sh
export LC_ALL=C
tools="gmemtop gmemhist gmemreboot gmemsnoop gmemrecord gmemcheck gmem_exporter"
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
	result "make STATIC=1" "$(failure_of make -s -C "$work/one/$tree" STATIC=1 tools | grep -v 'Using .* in statically linked')"
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

# Tests the installed packages in an overlay of this root, whose changes are dropped.
installed() {
	cat <<-'END'
		set -eu
		mkdir -p "$1/up" "$1/work" "$1/root"
		mount -t tmpfs none "$1/up"
		mkdir "$1/up/up" "$1/up/work"
		mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up/up,workdir=$1/up/work" "$1/root"
		mount -t proc proc "$1/root/proc"
		mount --rbind /sys "$1/root/sys"
		cp "$2"/*.deb "$1/root/tmp/"
		chroot "$1/root" sh -eu -c '
			PATH=/usr/sbin:/usr/bin:/sbin:/bin
			rm -f /tmp/*-dbgsym_*
			dpkg -i /tmp/gmem*_*.deb >/dev/null
			for tool in gmemtop gmemhist gmemreboot gmemsnoop gmemrecord gmemcheck gmem_exporter; do
				[ "$(command -v $tool)" = /usr/bin/$tool ] || echo "$tool is not in /usr/bin"
				$tool --version >/dev/null || echo "$tool does not run"
				[ -e "/usr/share/man/man8/$tool.8.gz" ] || echo "$tool has no page"
				[ -e "/usr/share/bash-completion/completions/$tool" ] || echo "$tool has no completion"
			done
			[ -e /usr/share/man/man5/gmemscope-recording.5.gz ] || echo "the format has no page"
			gmemcheck >/tmp/check || [ $? = 3 ] || echo "gmemcheck: $(head -n 3 /tmp/check)"
			for unit in gmem_exporter.service gmem_exporter.socket gmemrecord.service; do
				[ -e /lib/systemd/system/$unit ] || echo "$unit is not there"
				[ ! -e /etc/systemd/system/multi-user.target.wants/$unit ] || echo "$unit is enabled"
			done
			dpkg --purge gmemscope gmem-exporter >/dev/null
			find /usr /lib /etc -name "gmem*" ! -path "*/src/*" ! -path "/usr/local/*" | sed "s/^/left behind: /"
		' 2>&1
	END
}

debian() {
	if ! command -v dpkg-buildpackage >/dev/null || ! command -v dh >/dev/null; then
		echo "skip pack/Debian packages: their tools are missing (tests/dist/setup/packages.sh --list deb)"
		return
	fi
	result "Debian packages" "$(failure_of tools/pkg/deb.sh "$archive" "$work/deb")"
	result "links between the documents of the package" "$(dpkg-deb -x "$work"/deb/gmemscope_*.deb "$work/unpacked" && tests/dist/docs/links.py "$work/unpacked/usr/share/doc/gmemscope")"
	if command -v lintian >/dev/null; then
		lintian --fail-on error "$work"/deb/*.changes >"$work/lintian" 2>&1 || echo "lintian: status $?" >>"$work/lintian"
		result "lintian has no errors" "$(grep -E '^(E:|lintian: status)' "$work/lintian")"
	else
		echo "skip pack/lintian: it is not there"
	fi
	if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null || ! grep -q overlay /proc/filesystems; then
		echo "skip pack/packages installed: needs root, mounts and overlayfs"
		return
	fi
	installed >"$work/installed.sh"
	result "packages installed, used and purged" "$(unshare -m --propagation private sh "$work/installed.sh" "$work/ov" "$work/deb" 2>&1 | grep -v '^dpkg: warning')"
}

if [ ! -e .git ]; then
	echo "skip pack: these sources are no repository, make dist has nothing to pack"
	exit 0
fi
result "make dist" "$(failure_of make -s dist)"
tree=gmemscope-$(cat VERSION)
archive=$work/$tree.tar.gz
cp "build/$tree.tar.gz" "$archive"
result "make dist a second time: the same bytes" "$(failure_of make -s dist; cmp "build/$tree.tar.gz" "$archive")"
same_bytes
static
debian
