#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Installs what the project needs, with the machine's own package manager:
#
#   packages.sh GROUP...        prints a line with the packages, then installs them
#   packages.sh --list GROUP... only prints the package names
#
# Prints and does nothing if all packages are installed. Needs no terminal. If the package manager is
# not apt-get, or without privilege, packages.sh prints the list and fails.
set -eu

# group: its packages by Debian's names; "@group" includes another group, "a|b" means the one that
# exists (Debian 12 and 13 differ).
GROUPS_APT='
build:  clang llvm gcc make pkg-config libc6-dev libbpf-dev bpftool libelf-dev zlib1g-dev libzstd-dev nettle-dev libncurses-dev libmicrohttpd-dev libgnutls28-dev libcurl4-gnutls-dev libseccomp-dev libcap-ng-dev libyaml-dev libcrypt-dev
test:   @build libcmocka-dev libjson-c-dev clang-format python3 libclang-rt-dev|libclang-rt-14-dev protobuf-compiler python3-protobuf python3-jsonschema openssl util-linux debian-archive-keyring
lint:   shellcheck clang-tidy cppcheck
vm:     qemu-system-x86 busybox-static cpio zstd xz-utils kmod util-linux procps debian-archive-keyring
arm64:  @build @vm gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm
deb:    @build debhelper dpkg-dev lintian
rpm:    @build rpm
image:  @build umoci ca-certificates
pack:   @deb @rpm @image crun skopeo python3-yaml zsh fish man-db
html:   python3 chromium fonts-dejavu-core
demo:   @build @vm
kernel: @vm gcc make flex bison bc libelf-dev libssl-dev dwarves rsync libc6-dev
'

# The packages' names for dnf and pacman, which are only printed.
GROUPS_DNF='
build:  clang llvm gcc make pkgconf-pkg-config glibc-devel libbpf-devel bpftool elfutils-libelf-devel zlib-devel libzstd-devel nettle-devel ncurses-devel libmicrohttpd-devel gnutls-devel libcurl-devel libseccomp-devel libcap-ng-devel libyaml-devel libxcrypt-devel
test:   @build libcmocka-devel json-c-devel clang-tools-extra python3 compiler-rt libasan libubsan protobuf-compiler python3-protobuf python3-jsonschema openssl
rpm:    @build rpm-build
image:  @build umoci ca-certificates
lint:   ShellCheck clang-tools-extra cppcheck
vm:     qemu-system-x86-core busybox cpio zstd xz kmod util-linux procps-ng
arm64:  @build @vm gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm
html:   python3 chromium dejavu-sans-fonts
demo:   @build @vm
kernel: @vm gcc make flex bison bc elfutils-libelf-devel openssl-devel dwarves rsync glibc-static
'
GROUPS_PACMAN='
build:  clang llvm gcc make pkgconf glibc libbpf bpf libelf zlib zstd nettle ncurses libmicrohttpd gnutls curl libseccomp libcap-ng libyaml libxcrypt
test:   @build cmocka json-c python compiler-rt protobuf python-protobuf python-jsonschema openssl
lint:   shellcheck cppcheck
vm:     qemu-system-x86 busybox cpio zstd xz kmod util-linux procps-ng
arm64:  @build @vm gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm
html:   python chromium ttf-dejavu
demo:   @build @vm
kernel: @vm gcc make flex bison bc libelf openssl pahole rsync
'

fail() {
	echo "gmemscope: $*" >&2
	exit 1
}

# expand TABLE GROUP...: prints the packages of the groups, one a line, with each "@group" expanded.
expand() {
	table=$1
	shift
	for group; do
		row=$(printf '%s' "$table" | sed -n "s/^$group: *//p")
		[ -n "$row" ] || fail "no package group named $group"
		for word in $row; do
			case $word in
			@*) (expand "$table" "${word#@}") ;;
			*) echo "$word" ;;
			esac
		done
	done
}

# Chooses one name of each line "a|b": the installed one, otherwise the one that apt knows, otherwise the first.
settle() {
	while read -r names; do
		chosen=
		for name in $(echo "$names" | tr '|' ' '); do
			if installed "$name"; then
				chosen=$name
				break
			fi
		done
		for name in $(echo "$names" | tr '|' ' '); do
			[ -n "$chosen" ] && break
			case $names in *'|'*) known "$name" || continue ;; esac
			chosen=$name
		done
		echo "${chosen:-${names%%|*}}"
	done
}

# Succeeds if the package is in have_apt, the list of all installed ones.
installed() {
	case $have_apt in
	*"
$1
"*) true ;;
	*) false ;;
	esac
}

known() {
	apt-cache show "$1" >/dev/null 2>&1
}

# Prints the packages of the standard input that are not installed, in one line.
missing() {
	while read -r name; do
		installed "$name" || echo "$name"
	done | sort -u | tr '\n' ' '
}

all_known() {
	for name; do
		known "$name" || return 1
	done
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" </dev/null
}

# install_apt PACKAGE...: installs packages; refreshes the package lists only if that fails.
install_apt() {
	[ "$(id -u)" = 0 ] || fail "needs root to install: $* (apt-get install $*)"
	echo "gmemscope: installing: $* (apt-get)"
	log=$(mktemp)
	if all_known "$@" && apt install -y --no-install-recommends "$@" >"$log" 2>&1; then
		rm -f "$log"
		return
	fi
	if apt update >"$log" 2>&1 && apt install -y --no-install-recommends "$@" >>"$log" 2>&1; then
		rm -f "$log"
		return
	fi
	sed -E 's,[a-z]+://[^ ]*,the mirror,g; s,(connect to|resolv[a-z]+) [^ ]+,\1 the mirror,g' "$log" | tail -n 5 >&2
	rm -f "$log"
	fail "could not install: $*"
}

need_apt() {
	have_apt=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
	have_apt="
$have_apt
"
	packages=$(expand "$GROUPS_APT" "$@" | settle | missing)
	# shellcheck disable=SC2086 # one word a package
	[ -z "$packages" ] || install_apt $packages
}

# need_other TABLE MANAGER QUERY INSTALL GROUP...: prints the missing packages and installs none.
need_other() {
	table=$1 manager=$2 query=$3 install=$4
	shift 4
	absent=
	for name in $(expand "$table" "$@" | sort -u); do
		$query "$name" >/dev/null 2>&1 || absent="$absent $name"
	done
	[ -z "$absent" ] || fail "please install with $manager: $install$absent"
}

main() {
	if [ "${1:-}" = --list ]; then
		shift
		expand "$GROUPS_APT" "$@" | sort -u
		return
	fi
	[ $# -gt 0 ] || fail "usage: packages.sh [--list] build|test|lint|deb|rpm|image|vm|demo|kernel..."
	expand "$GROUPS_APT" "$@" >/dev/null
	if command -v apt-get >/dev/null; then
		need_apt "$@"
	elif command -v dnf >/dev/null; then
		need_other "$GROUPS_DNF" dnf "rpm -q --whatprovides" "dnf install" "$@"
	elif command -v pacman >/dev/null; then
		need_other "$GROUPS_PACMAN" pacman "pacman -Q" "pacman -S" "$@"
	else
		fail "no apt-get, dnf or pacman here; needed (Debian's names): $(expand "$GROUPS_APT" "$@" | sort -u | tr '\n' ' ')"
	fi
}

main "$@"
