#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Gets servers to test with, by name: prometheus.sh list | get ID
#
#   get ID    downloads and unpacks the server, and prints its folder, which has the binaries and version
#
#   archive   prometheus and promtool of this machine's own apt (Debian 12: 2.42, the oldest that docs/fleet is written for)
#   newest    the highest version of both in the Debian suites of tests/kernel/vm's private apt root
#   receiver  victoria-metrics from there, which receives OTLP; Debian's Prometheus does not
#
# Packages are unpacked to the cache (GM_CACHE) and never installed, as an installed package starts its server.
# Exit status 77: the server is unavailable, with the reason.
set -eu
. "$(dirname "$0")/../../kernel/vm/lib.sh"

# apt_of ID COMMAND...: runs a command of apt, with the machine's configuration or with the private root.
apt_of() {
	local id=$1
	shift
	case $id in
	archive) "$@" ;;
	*) private_apt "$@" ;;
	esac
}

package_of() {
	case $1 in
	receiver) echo victoria-metrics ;;
	*) echo prometheus ;;
	esac
}

# Prints the highest available version that is no release candidate.
offered() {
	apt_of "$1" apt-cache madison "$(package_of "$1")" 2>/dev/null |
		awk -F'|' '{ gsub(/ /, "", $2); if ($2 !~ /~rc/) print $2 }' | sort -rV | head -n 1
}

# fetch ID VERSION DIR: downloads, checks, unpacks; DIR only exists when it is complete. promtool has a package of its own since 2.50.
fetch() {
	local id=$1 version=$2 dir=$3 package work part
	package=$(package_of "$id")
	work=$(mktemp -d "$dir.XXXXXX")
	# shellcheck disable=SC2064 # the present value
	trap "rm -rf '$work'" EXIT
	chmod 755 "$work"
	say "downloading $package $version"
	cd "$work"
	apt_of "$id" apt-get -qq download "$package=$version" >download.log 2>&1 || skip "$package $version could not be downloaded"
	[ "$package" != prometheus ] || apt_of "$id" apt-get -qq download "promtool=$version" >>download.log 2>&1 || :
	for part in *.deb; do
		dpkg-deb -x "$part" tree
	done
	mv "tree/usr/bin/$package" . || skip "$package $version holds no $package"
	[ "$package" != prometheus ] || mv tree/usr/bin/promtool . || skip "prometheus $version comes without promtool"
	"./$package" --version >version.log 2>&1 || skip "$package $version does not run here: $(head -n 1 version.log)"
	rm -rf tree ./*.deb ./*.log
	echo "${version%%[+-]*}" >version
	cd /
	mv "$work" "$dir"
	trap - EXIT
}

# Gets a server; uses the cache for a week, and longer if no newer version is available.
get() {
	local id=$1 cache version dir
	need apt-get apt-cache dpkg-deb flock
	cache=$(cache_dir)/prometheus
	mkdir -p "$cache"
	if [ -e "$cache/$id/version" ] && [ -n "$(find "$cache/$id" -maxdepth 0 -mtime -7)" ]; then
		echo "$cache/$id"
		return
	fi
	[ "$id" = archive ] || private_ready
	version=$(offered "$id")
	dir=$cache/$(package_of "$id")_$version
	if [ -z "$version" ]; then
		[ -e "$cache/$id/version" ] || skip "no package $(package_of "$id") in the package lists"
	elif [ -e "$dir/version" ] || (fetch "$id" "$version" "$dir"); then
		ln -sfn "${dir##*/}" "$cache/$id"
	elif ! [ -e "$cache/$id/version" ]; then
		exit "$GM_SKIP" # it has printed the reason
	fi
	echo "$cache/$id"
}

list() {
	local id
	for id in archive newest receiver; do
		printf '%-9s %-17s %s\n' "$id" "$(package_of "$id")" "$(offered "$id")"
	done
}

case ${1:-}:${2:-} in
list:) list ;;
get:archive | get:newest | get:receiver) with_lock get "$2" ;;
*)
	sed -n '3,13s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
