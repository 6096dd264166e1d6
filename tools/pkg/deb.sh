#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Debian packages of a source archive: deb.sh ARCHIVE OUTDIR
#
# Makes the .dsc and the .debs in OUTDIR, by tools/pkg/debian of the archive itself. Its packages (tests/dist/setup/packages.sh --list deb)
# have to be there.
set -eu
archive=$(realpath "$1")
out=$2
rm -rf "$out"
mkdir -p "$out"
cd "$out"
tar xzf "$archive"
tree=$(basename "$archive" .tar.gz)
cp "$archive" "$(echo "$tree" | sed 's/-/_/').orig.tar.gz"
cp -r "$tree/tools/pkg/debian" "$tree/"
cd "$tree"
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-nocheck parallel=$(nproc)}"
# Without the tests their libraries are not needed.
case $DEB_BUILD_OPTIONS in *nocheck*) export DEB_BUILD_PROFILES="${DEB_BUILD_PROFILES:-nocheck}" ;; esac
dpkg-buildpackage -us -uc
