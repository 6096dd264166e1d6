#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A Prometheus by name: prometheus.sh list | get ID
#
#   get ID   makes it ready and prints its folder, which holds prometheus, promtool and version
#
#   archive  what the apt of this machine offers (Debian 12: 2.42, the oldest that docs/fleet is written for)
#   newest   the highest version of the Debian suites in the private apt root of tests/vm
#
# Unpacked into the cache, never installed: a package that is installed starts a server. GM_CACHE is where it is kept.
# Exit status 77: it cannot be had here, with the reason.
set -eu
. "$(dirname "$0")/../vm/lib.sh"

# The apt that ID is about: the machine's own, or the private root.
apt_of() {
	local id=$1
	shift
	case $id in
	archive) "$@" ;;
	newest) private_apt "$@" ;;
	esac
}

# The highest version on offer, release candidates left out.
offered() {
	apt_of "$1" apt-cache madison prometheus 2>/dev/null | awk -F'|' '{ gsub(/ /, "", $2); if ($2 !~ /~rc/) print $2 }' |
		sort -rV | head -n 1
}

# fetch ID VERSION DIR: downloads, checks, unpacks; DIR appears only when whole. Since 2.50 or so promtool is a package of its own.
fetch() {
	local id=$1 version=$2 dir=$3 work
	work=$(mktemp -d "$dir.XXXXXX")
	# shellcheck disable=SC2064 # the value of now
	trap "rm -rf '$work'" EXIT
	chmod 755 "$work"
	say "downloading prometheus $version"
	cd "$work"
	apt_of "$id" apt-get -qq download "prometheus=$version" >download.log 2>&1 || skip "prometheus $version could not be downloaded"
	apt_of "$id" apt-get -qq download "promtool=$version" >>download.log 2>&1 || :
	for part in *.deb; do
		dpkg-deb -x "$part" tree
	done
	mv tree/usr/bin/prometheus tree/usr/bin/promtool . || skip "prometheus $version comes without promtool"
	./prometheus --version >version.log 2>&1 || skip "prometheus $version does not run here: $(head -n 1 version.log)"
	rm -rf tree ./*.deb ./*.log
	echo "${version%%[+-]*}" >version
	cd /
	mv "$work" "$dir"
	trap - EXIT
}

# What is in the cache is used for a week, or as long as the archive cannot be reached.
get() {
	local id=$1 cache version dir
	need apt-get apt-cache dpkg-deb flock
	cache=$(cache_dir)/prometheus
	mkdir -p "$cache"
	if [ -e "$cache/$id/version" ] && [ -n "$(find "$cache/$id" -maxdepth 0 -mtime -7)" ]; then
		echo "$cache/$id"
		return
	fi
	[ "$id" != newest ] || private_ready
	version=$(offered "$id")
	if [ -z "$version" ]; then
		[ -e "$cache/$id/version" ] || skip "no package prometheus in this machine's package lists"
		echo "$cache/$id"
		return
	fi
	dir=$cache/$version
	[ -e "$dir/version" ] || fetch "$id" "$version" "$dir"
	touch "$dir"
	ln -sfn "${dir##*/}" "$cache/$id"
	echo "$cache/$id"
}

list() {
	local id
	for id in archive newest; do
		printf '%-8s %s\n' "$id" "$(offered "$id")"
	done
}

case ${1:-}:${2:-} in
list:) list ;;
get:archive | get:newest) with_lock get "$2" ;;
*)
	sed -n '3,12s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
