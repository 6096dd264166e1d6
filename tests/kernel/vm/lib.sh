#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# lib.sh - messages, the cache folder, and a private apt root with the Debian suites of test kernels, for the scripts of this
# folder and tests/contract/fleet (sourced).
#
# The private root has its own lists, cache and sources: it changes nothing of the system's
# configuration and needs no privilege. It uses the machine's mirror (or GM_DEBIAN_URI), and
# checks signatures against the Debian archive keyring.

GM_ME=${0##*/}
GM_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
GM_VM=$GM_TOP/tests/kernel/vm
GM_KEYRING=${GM_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
GM_SKIP=77

say() {
	echo "$GM_ME: $*" >&2
}

die() {
	say "$*"
	exit 1
}

skip() {
	say "skipped: $*"
	exit "$GM_SKIP"
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is missing (tests/dist/setup/packages.sh vm)"
	done
}

# Prints the cache folder: GM_CACHE, or the user's; for root, the system's.
cache_dir() {
	local dir
	if [ -n "${GM_CACHE:-}" ]; then
		dir=$GM_CACHE
	elif [ -n "${XDG_CACHE_HOME:-}" ]; then
		dir=$XDG_CACHE_HOME/gmemscope
	elif [ "$(id -u)" = 0 ]; then
		dir=/var/cache/gmemscope
	else
		dir=$HOME/.cache/gmemscope
	fi
	mkdir -p "$dir"
	(cd "$dir" && pwd)
}

# with_lock COMMAND...: runs COMMAND with the cache's lock, so that parallel runs wait for each other's downloads and do not repeat
# them. Programs that COMMAND starts inherit the lock and do not wait for it.
with_lock() {
	local cache
	if [ -n "${GM_LOCKED:-}" ]; then
		"$@"
		return
	fi
	cache=$(cache_dir)
	(
		exec 9>"$cache/lock"
		flock 9
		export GM_LOCKED=1
		"$@"
	)
}

# no_machine GROUP STATUS LOG...: prints the result of a machine whose boot.sh ended with STATUS: a skip with the reason in the first
# log's last line, or a failure with the logs as comments.
no_machine() {
	local group=$1 status=$2
	shift 2
	if [ "$status" = "$GM_SKIP" ]; then
		echo "skip $group: $(tail -n 1 "$1")"
	else
		echo "not ok $group: the machine: expected status 0 got $status"
		sed 's/^/# /' "$@" 2>/dev/null || :
	fi
}

# Prints the rows of the kernel table, without comments and blank lines.
kernel_rows() {
	grep -Ev '^[[:space:]]*(#|$)' "$GM_VM/kernels"
}

# kernel_field ID N: prints field N of the row ID, from 1; fails if the row does not exist.
kernel_field() {
	kernel_rows | awk -F'|' -v id="$1" -v n="$2" '
		{ for (i = 1; i <= NF; i++) gsub(/^[ \t]+|[ \t]+$/, "", $i) }
		$1 == id { print $n; found = 1; exit }
		END { exit !found }'
}

# Prints the architecture of a kernel of the table: its name begins with it, unless it is amd64.
kernel_arch() {
	case $1 in
	arm64-*) echo arm64 ;;
	*) echo amd64 ;;
	esac
}

# Prints the address of the Debian mirror that this machine's apt uses.
debian_uri() {
	local codename
	if [ -n "${GM_DEBIAN_URI:-}" ]; then
		echo "$GM_DEBIAN_URI"
		return
	fi
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
	# shellcheck disable=SC2016 # apt expands it
	{
		apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian'
		apt-get indextargets --format '$(REPO_URI)' "Release: $codename" 'Component: main'
	} 2>/dev/null | grep -v '^cdrom:' | head -n 1
}

# Prints the folder of the private root. GM_APT names another root, with other suites and architectures (GM_APT_ARCHES, the native one first).
apt_root() {
	echo "$(cache_dir)/${GM_APT:-apt}"
}

# private_apt COMMAND...: runs a command of apt with the private root, for example apt-get update.
private_apt() {
	local tool=$1 root arch
	local -a arches=()
	shift
	root=$(apt_root)
	for arch in ${GM_APT_ARCHES:-amd64 arm64}; do
		[ ${#arches[@]} != 0 ] || arches=(-o "APT::Architecture=$arch")
		arches+=(-o "APT::Architectures::=$arch")
	done
	"$tool" -o "Dir::State=$root" -o "Dir::State::Lists=$root/lists" -o "Dir::State::status=$root/status" \
		-o "Dir::Cache=$root" -o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin \
		-o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$root/sources" \
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
		-o Acquire::Languages=none -o Acquire::Retries=2 "${arches[@]}" "$@"
}

# private_sources SUITES...: writes the private root's sources; fails if they did not change.
private_sources() {
	local root uri suite old
	root=$(apt_root)
	uri=$(debian_uri)
	[ -n "$uri" ] || skip "no Debian mirror in this machine's apt configuration (set GM_DEBIAN_URI)"
	[ -r "$GM_KEYRING" ] || skip "the Debian archive keyring is missing (package debian-archive-keyring)"
	mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/sources"
	: >>"$root/status"
	old=$(cat "$root/sources/gm.sources" 2>/dev/null) || :
	for suite; do
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nArchitectures: %s\nSigned-By: %s\n\n' \
			"$uri" "$suite" "${GM_APT_ARCHES:-amd64 arm64}" "$GM_KEYRING"
	done >"$root/sources/gm.sources"
	[ "$old" != "$(cat "$root/sources/gm.sources")" ]
}

# private_ready [SUITE...]: prepares the private root, with package lists no older than a day; default: the suites of the kernels.
private_ready() {
	local root stamp suites
	command -v apt-get >/dev/null || skip "Debian's packages are fetched with apt-get, which is missing"
	root=$(apt_root)
	stamp=$root/updated
	suites="$*"
	[ -n "$suites" ] || suites=$(kernel_rows | awk -F'|' '$2 !~ /file/ { print $2 }' | tr ' ' '\n' | sort -u)
	# shellcheck disable=SC2086 # one word a suite
	if private_sources $suites; then
		rm -f "$stamp"
	fi
	if [ -n "$(find "$stamp" -mtime -1 2>/dev/null)" ]; then
		return
	fi
	say "refreshing the private package lists"
	if private_apt apt-get -qq --error-on=any update >"$root/update.log" 2>&1; then
		touch "$stamp"
	else
		say "some package lists could not be refreshed: $(grep -m1 "^[EW]:" "$root/update.log" | sed -E 's,[a-z]+://[^ ]*,the mirror,g; s,(connect to|resolv[a-z]+) [^ ]+,\1 the mirror,g')"
	fi
}

# source_version SERIES: prints the newest linux-source package of the series that is no release candidate; nothing if there is none.
source_version() {
	private_apt apt-cache show --all-versions "linux-source-$1" 2>/dev/null |
		sed -n 's/^Version: //p' | grep -v '~rc' | sort -rV | head -n 1
}

# source_unpack SERIES VERSION DIR [PATTERN...]: unpacks the package's kernel tree to DIR, or only the members that match.
source_unpack() {
	local series=$1 version=$2 dir=$3
	local -a only=()
	shift 3
	[ $# = 0 ] || only=(--wildcards "${@/#/linux-source-$series/}")
	say "downloading linux-source-$series $version"
	(cd "$dir" && private_apt apt-get -qq download "linux-source-$series=$version" >download.log 2>&1) ||
		skip "linux-source-$series could not be downloaded"
	dpkg-deb --fsys-tarfile "$dir"/*.deb | tar -xO --wildcards '*/linux-source-*.tar.xz' |
		tar -xJ -C "$dir" --strip-components=1 ${only[@]+"${only[@]}"}
	rm -f "$dir"/*.deb "$dir/download.log"
}
