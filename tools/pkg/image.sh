#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Makes OCI images of tools that are built with STATIC=1: image.sh BUILD OUTDIR
#
#   gmem-exporter-VERSION.oci.tar   gmem_exporter, with the network libraries of this machine
#   gmemscope-VERSION.oci.tar       all tools; starts none by itself
#
# Needs umoci, no privilege and no network. Each file is a layout of one image, its tag is VERSION. Images of the same commit, made on machines
# with the same packages, are the same bytes: their time is that of the commit (SOURCE_DATE_EPOCH sets another).
set -eu
build=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
cd "$(dirname "$0")/../.."
export LC_ALL=C TZ=UTC
version=$(cat VERSION)
arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y VERSION)}
created=$(date -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# copy_stripped FILE TARGET: the file that a link leads to, without debug information.
copy_stripped() {
	mkdir -p "$(dirname "$2")"
	strip -o "$2" "$(realpath "$1")"
	chmod 755 "$2"
}

# add_exporter ROOT: the program, the shared libraries that it loads, in the folders where its loader finds them, and the authorities for https.
add_exporter() {
	local root=$1 library
	copy_stripped "$build/gmem_exporter" "$root/usr/bin/gmem_exporter"
	ldd "$build/gmem_exporter" | grep -oE '/[^ ]+' | while read -r library; do
		copy_stripped "$library" "$root$library"
	done
	mkdir -p "$root/etc/ssl/certs"
	# Of the package alone: a machine's own authorities don't get into an image.
	find /usr/share/ca-certificates/mozilla -name '*.crt' 2>/dev/null | sort | xargs -r cat >"$root/etc/ssl/certs/ca-certificates.crt"
}

# add_tools ROOT: the program, its links, the usual terminals.
add_tools() {
	local root=$1 tool name
	copy_stripped "$build/gmemscope" "$root/usr/bin/gmemscope"
	for tool in $("$build/gmemscope" --help | sed -n 's/^Tools: //p'); do
		ln -s gmemscope "$root/usr/bin/$tool"
	done
	for name in linux screen screen-256color tmux tmux-256color vt100 xterm xterm-256color; do
		for folder in /lib/terminfo /usr/share/terminfo; do
			[ ! -e "$folder/${name:0:1}/$name" ] || install -D -m 644 "$folder/${name:0:1}/$name" "$root/usr/share/terminfo/${name:0:1}/$name"
		done
	done
}

# add_frame ROOT: folders to mount on, and a user's name for root.
add_frame() {
	mkdir -p "$1/etc" "$1/proc" "$1/sys" "$1/dev" "$1/tmp"
	echo 'root:x:0:0:root:/:/sbin/nologin' >"$1/etc/passwd"
	install -D -m 644 LICENSE "$1/usr/share/doc/gmemscope/LICENSE"
	find "$1" -type d -exec chmod 755 {} +
	chmod 1777 "$1/tmp"
}

# pack NAME TITLE CONFIG...: makes the image of the folder $work/NAME.
pack() {
	local name=$1 title=$2 layout=$work/$1.oci
	shift 2
	tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --format=gnu -C "$work/$name" -cf "$work/$name.tar" .
	umoci init --layout "$layout"
	umoci new --image "$layout:$version"
	umoci raw add-layer --image "$layout:$version" --history.created "$created" --history.created_by "make image" "$work/$name.tar"
	umoci config --image "$layout:$version" --no-history --created "$created" --os linux --architecture "$arch" --config.user 0:0 \
		--config.workingdir / --config.label "org.opencontainers.image.title=$title" --config.label "org.opencontainers.image.version=$version" \
		--config.label "org.opencontainers.image.licenses=GPL-2.0-only OR BSD-2-Clause" "$@"
	umoci gc --layout "$layout"
	tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --format=gnu -C "$layout" -cf "$out/$name-$version.oci.tar" .
	printf '%s %s bytes %s\n' "$name-$version.oci.tar" "$(stat -c %s "$out/$name-$version.oci.tar")" \
		"$(grep -oE 'sha256:[0-9a-f]{64}' "$layout/index.json")"
}

mkdir "$work/gmem-exporter" "$work/gmemscope"
add_exporter "$work/gmem-exporter"
add_frame "$work/gmem-exporter"
pack gmem-exporter "gmem_exporter" --config.entrypoint /usr/bin/gmem_exporter --config.cmd --web.listen-address=:9917 --config.exposedports 9917/tcp
cp -a "$work/gmem-exporter/." "$work/gmemscope/"
add_tools "$work/gmemscope"
add_frame "$work/gmemscope"
pack gmemscope "all tools of gmemscope" --config.cmd gmemcheck --config.env PATH=/usr/bin --config.env LANG=C.UTF-8
