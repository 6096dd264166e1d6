#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Makes an initramfs: initramfs.sh --out FILE [--init FILE] [--bin FILE]... [--file SRC[:DST]]...
#
#   --init FILE      the first process (default: tests/kernel/vm/init)
#   --bin FILE       adds an executable to /bin, with its shared libraries
#   --file SRC:DST   adds a file or folder as DST (default: / and its name), with the libraries of a
#                    program
#   --sysroot DIR    the folder with busybox and libraries of another architecture (sysroot.sh)
#
# An initramfs always has busybox (static), terminal descriptions and the C.UTF-8 locale. Libraries
# keep their paths.
set -eu
. "$(dirname "$0")/lib.sh"

stage='' sysroot=''

# add SRC DST: copies a file with mode 644 or 755, and the libraries of a program.
add() {
	local dst=$stage/${2#/}
	[ -e "$1" ] || die "no such file: $1"
	mkdir -p "${dst%/*}"
	cp -rL "$1" "$dst"
	if [ -f "$1" ] && [ -x "$1" ]; then
		add_libraries "$1"
	fi
}

# foreign FILE: prints the libraries of another architecture's program by its header, as paths in the sysroot.
foreign() {
	local name file
	readelf -ld "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p; s/.*interpreter: \(.*\)\]/\1/p' | while read -r name; do
		case $name in
		/*) file=$sysroot$name ;; # the loader: at this path
		*) file=$(find "$sysroot/lib/" "$sysroot/usr/lib/" -name "$name" 2>/dev/null | head -n 1) ;;
		esac
		[ -e "$file" ] || die "$1 needs $name, which the sysroot has not"
		echo "$file"
	done
}

add_foreign() {
	local lib dst
	while read -r lib; do
		dst=$stage${lib#"$sysroot"}
		[ ! -e "$dst" ] || continue
		mkdir -p "${dst%/*}"
		cp -L "$lib" "$dst"
		add_foreign "$lib"
	done < <(foreign "$1")
}

# Adds the loader and all libraries that ldd prints; a static program or a script has none.
add_libraries() {
	local lib
	if [ -n "$sysroot" ]; then
		add_foreign "$1"
		return
	fi
	{ ldd "$1" 2>/dev/null || :; } | awk '/not found/ { print "missing:" $1 } match($0, /\/[^ ]+/) { print substr($0, RSTART, RLENGTH) }' |
		while read -r lib; do
			case $lib in missing:*) die "$1 needs ${lib#missing:}, which is not installed" ;; esac
			[ -e "$stage$lib" ] || {
				mkdir -p "$stage${lib%/*}"
				cp -L "$lib" "$stage$lib"
			}
		done
}

skeleton() {
	local busybox
	busybox=$(command -v busybox)
	[ -z "$sysroot" ] || busybox=$sysroot/bin/busybox
	mkdir -p "$stage"/{bin,dev,etc,lib,proc,sys,tmp,out,run,root}
	cp "$busybox" "$stage/bin/busybox"
	ln -s busybox "$stage/bin/sh"
	ln -s bin "$stage/sbin"
}

# Adds terminal descriptions and a UTF-8 locale for full-screen programs.
terminal_data() {
	local name dir
	for name in linux vt100 xterm xterm-256color "${TERM:-linux}"; do
		for dir in /etc/terminfo /lib/terminfo /usr/share/terminfo; do
			if [ -f "$dir/${name:0:1}/$name" ]; then
				mkdir -p "$stage/usr/share/terminfo/${name:0:1}"
				cp -L "$dir/${name:0:1}/$name" "$stage/usr/share/terminfo/${name:0:1}/"
				break
			fi
		done
	done
	for dir in /usr/lib/locale/C.utf8 /usr/lib/locale/C.UTF-8; do
		[ ! -d "$dir" ] || { mkdir -p "$stage/usr/lib/locale" && cp -r "$dir" "$stage/usr/lib/locale/"; }
	done
}

pack() {
	(cd "$stage" && find . -print0 | cpio --quiet -0 -o -H newc -R 0:0 | gzip -1 >"$1.new")
	mv "$1.new" "$1"
}

main() {
	local out='' init=$GM_VM/init arg
	local -a files=()
	while [ $# -gt 1 ]; do
		arg=$2
		case $1 in
		--out) out=$arg ;;
		--init) init=$arg ;;
		--sysroot) sysroot=$arg ;;
		--bin) files+=("$arg:/bin/${arg##*/}") ;;
		--file) case $arg in *:*) files+=("$arg") ;; *) files+=("$arg:/${arg##*/}") ;; esac ;;
		*) die "unknown option $1" ;;
		esac
		shift 2
	done
	[ $# = 0 ] || die "no value for $1"
	[ -n "$out" ] || die "usage: initramfs.sh --out FILE [--init F] [--bin F] [--file SRC[:DST]]"
	need busybox cpio gzip
	[ -z "$sysroot" ] || need readelf
	stage=$(mktemp -d)
	chmod 755 "$stage" # the folder becomes /, which every user must be able to read
	trap 'rm -rf "$stage"' EXIT
	skeleton
	terminal_data
	add "$init" /init
	for arg in ${files[@]+"${files[@]}"}; do
		add "${arg%:*}" "${arg##*:}"
	done
	pack "$out"
}

main "$@"
