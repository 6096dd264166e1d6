#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the packages of an archive of the sources: packages.sh ARCHIVE. Debian's packages can be built, are small, pass lintian, and run from /usr
# in a temporary root; RPM packages can be built, and rpm installs them to a folder. Prints "ok ..", "not ok ..", "skip ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=pack
. tests/result.sh
export LC_ALL=C
archive=$(realpath "${1:?ARCHIVE}")
version=$(basename "$archive" .tar.gz)
version=${version#gmemscope-}
limit=$((8 * 1024 * 1024))

# failure_of COMMAND...: runs it; if it fails, prints its output and its status.
failure_of() {
	"$@" >"$work/said" 2>&1 || { echo "status $?: $*"; tail -n 12 "$work/said"; }
}

# small FOLDER: prints the size of an unpacked package if it is more than the tools may have.
small() {
	local size
	size=$(du -sb "$1" | cut -f 1)
	[ "$size" -le "$limit" ] || echo "$1: $size bytes installed, at most $limit"
	[ "$size" -gt 1000000 ] || echo "$1: only $size bytes: where are the tools?"
}

# documents FOLDER: prints links, also those of pictures, that lead nowhere from the installed documents.
documents() {
	[ -e "$1/docs/screens/machine.svg" ] && [ -e "$1/examples/demo.gmrec" ] || echo "no pictures or recordings"
	tests/dist/docs/links.py "$1"
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
			gmemtop -b --replay /usr/share/doc/gmemscope/examples/demo.gmrec | grep -q ^MACHINE || echo "gmemtop shows no recording of the documents"
			gmemcheck >/tmp/check || [ $? = 3 ] || echo "gmemcheck: $(head -n 3 /tmp/check)"
			for unit in gmem_exporter.service gmem_exporter.socket gmemrecord.service; do
				[ -e /lib/systemd/system/$unit ] || echo "$unit is not there"
				[ ! -e /etc/systemd/system/multi-user.target.wants/$unit ] || echo "$unit is enabled"
			done
			dpkg --purge gmemscope gmem-exporter gmemscope-doc >/dev/null
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
	for name in gmemscope gmem-exporter gmemscope-doc; do
		dpkg-deb -x "$work"/deb/${name}_"$version"*.deb "$work/$name" 2>&1
	done >"$work/unpacked"
	result "three packages" "$(cat "$work/unpacked")"
	result "the tools' package has at most $limit bytes" "$(small "$work/gmemscope"; find "$work/gmemscope/usr/share/doc" -name '*.svg')"
	result "links and pictures of the installed documents" "$(documents "$work/gmemscope-doc/usr/share/doc/gmemscope")"
	if command -v lintian >/dev/null; then
		result "lintian has nothing to say" "$(lintian --tag-display-limit 0 --fail-on error,warning "$work"/deb/*.changes 2>&1 | grep -vE '^(running with root|N:)')"
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

# rpm_of NAME: the package of that name.
rpm_of() {
	find "$work/rpm" -name "$1-$version-*.rpm" ! -name '*.src.rpm'
}

# Installs the RPM packages to an empty folder and prints what is wrong there.
rpm_installed() {
	local root=$work/rpmroot tool
	mkdir -p "$root"
	rpm -i --nodeps --noscripts --ignorearch --root "$root" --dbpath /var/lib/rpm "$(rpm_of gmemscope)" "$(rpm_of gmem-exporter)" "$(rpm_of gmemscope-doc)" 2>&1 |
		grep -vE '^rpm: (RPM should not be used|However assuming)' # Debian's rpm says so each time
	for tool in gmemtop gmemhist gmemreboot gmemsnoop gmemrecord gmemcheck; do
		[ "$(readlink "$root/usr/bin/$tool")" = gmemscope ] || echo "$tool is no link to gmemscope"
		"$root/usr/bin/$tool" --version | grep -q "^gmemscope $version" || echo "$tool does not run"
	done
	"$root/usr/bin/gmem_exporter" --version | grep -q "^gmemscope $version" || echo "gmem_exporter does not run"
	documents "$root/usr/share/doc/gmemscope"
	rpm -V --nodeps --root "$root" --dbpath /var/lib/rpm gmemscope gmem-exporter gmemscope-doc 2>&1
}

# Prints what the packages say of themselves that is wrong.
rpm_queried() {
	local name
	for name in gmemscope gmem-exporter gmemscope-doc; do
		[ "$(rpm -qp --queryformat '%{NAME} %{VERSION}' "$(rpm_of $name)" 2>&1)" = "$name $version" ] || echo "$name: $(rpm_of $name)"
	done
	[ "$(rpm -qp --queryformat '%{SIZE}' "$(rpm_of gmemscope)")" -le "$limit" ] || echo "gmemscope is larger than $limit bytes"
	rpm -qp --requires "$(rpm_of gmemscope)" | grep -q '^libbpf.so' || echo "gmemscope does not require libbpf"
	rpm -qp --requires "$(rpm_of gmemscope)" | grep -E 'libcurl|libmicrohttpd' | sed 's/^/gmemscope requires /'
	rpm -qlp "$(rpm_of gmem-exporter)" | grep -qx /usr/lib/systemd/system/gmem_exporter.service || echo "gmem-exporter has no unit"
}

rpms() {
	if ! command -v rpmbuild >/dev/null; then
		echo "skip pack/RPM packages: rpmbuild is missing (tests/dist/setup/packages.sh --list rpm)"
		return
	fi
	result "RPM packages" "$(failure_of tools/pkg/rpm.sh "$archive" "$work/rpm")"
	result "what the RPM packages say of themselves" "$(rpm_queried)"
	if [ "$(id -u)" != 0 ]; then
		echo "skip pack/RPM packages installed: needs root"
		return
	fi
	result "RPM packages in a folder of their own" "$(rpm_installed)"
}

debian
rpms
