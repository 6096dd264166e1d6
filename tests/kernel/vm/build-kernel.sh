#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds a test kernel with private memory from Debian's kernel source:
#
#   build-kernel.sh SERIES [--config-only] [--patch FILE]... [--fragment FILE]...
#
# SERIES is a series whose linux-source package the archive has (7.3, 6.12). The configuration is
# config/private.config, then config/private-SERIES.config, then the given fragments; the kernel
# must accept every option in them, or not know it. Prints the path of the image, which boot.sh
# takes by GM_TEST_KERNEL. Takes 25 minutes on two cores; --config-only stops before the build.
# Needs the packages of "tests/dist/setup/packages.sh kernel". Sources stay in the cache folder.
set -eu
. "$(dirname "$0")/lib.sh"

series='' only='' patches=() fragments=()

parse() {
	[ $# -gt 0 ] || die "usage: build-kernel.sh SERIES [--config-only] [--patch FILE] [--fragment FILE]"
	series=$1
	shift
	fragments=("$GM_VM/config/private.config")
	[ ! -f "$GM_VM/config/private-$series.config" ] || fragments+=("$GM_VM/config/private-$series.config")
	while [ $# -gt 0 ]; do
		case $1 in
		--config-only) only=1 && shift && continue ;;
		--patch) patches+=("$(realpath "${2:?--patch FILE}")") ;;
		--fragment) fragments+=("$(realpath "${2:?--fragment FILE}")") ;;
		*) die "what is $1?" ;;
		esac
		shift 2
	done
}

# Unpacks the source once for each set of patches.
unpack() {
	local tree=$1 version work
	private_ready
	version=$(source_version "$series") || :
	[ -n "$version" ] || skip "the archive has no linux-source-$series"
	work=$(mktemp -d "$tree.XXXXXX")
	# shellcheck disable=SC2064 # the present value
	trap "rm -rf '$work'" EXIT
	chmod 755 "$work"
	source_unpack "$series" "$version" "$work"
	apply "$work"
	mv "$work" "$tree"
	trap - EXIT
}

apply() {
	local file
	for file in ${patches[@]+"${patches[@]}"}; do
		patch -s -d "$1" -p1 <"$file" || die "does not apply to $series: $file"
	done
}

configure() {
	(
		cd "$1"
		scripts/kconfig/merge_config.sh -n "${fragments[@]}"
		make -s olddefconfig
	) >"$1/configure.log" 2>&1 || die "configuration failed: $(tail -n 1 "$1/configure.log")"
}

# Prints the fragments' last value of each option, as "OPTION VALUE".
wanted() {
	cat "${fragments[@]}" | sed -n 's/^CONFIG_\([A-Z0-9_]*\)=/\1 /p' |
		awk '{ name = $1; sub(/^[^ ]* /, ""); value[name] = $0 } END { for (name in value) print name, value[name] }' | sort
}

# Compares .config with the wanted options; reports options that the series does not know.
check() {
	local tree=$1 name value got refused=0
	while read -r name value; do
		got=$(sed -n "s/^CONFIG_$name=//p" "$tree/.config")
		[ "${got:-n}" != "$value" ] || continue
		if ! grep -rqwE --include='Kconfig*' "(menu)?config $name" "$tree"; then
			say "option unknown to $series: $name"
		else
			say "option not taken: $name=$value (is ${got:-n})"
			refused=1
		fi
	done < <(wanted)
	[ "$refused" = 0 ] || die "not every option was taken"
}

main() {
	local tree
	parse "$@"
	need dpkg-deb xz make gcc flex bison bc pahole
	tree=$(cache_dir)/source/$series$([ ${#patches[@]} = 0 ] || cat "${patches[@]}" | sha256sum | cut -c1-12)
	mkdir -p "${tree%/*}"
	[ -d "$tree" ] || with_lock unpack "$tree"
	configure "$tree"
	check "$tree"
	say "every option taken"
	[ -z "$only" ] || exit 0
	make -s -C "$tree" -j"$(nproc)" bzImage >&2
	echo "$tree/arch/x86/boot/bzImage"
}

main "$@"
