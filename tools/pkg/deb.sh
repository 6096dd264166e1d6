#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds Debian packages from a source archive: deb.sh ARCHIVE OUTDIR
#
# Writes the .dsc and the .debs to OUTDIR, by the archive's tools/pkg/debian. The packages of tests/dist/setup/packages.sh --list deb must be
# installed.
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
# A build without tests does not need the tests' libraries.
case $DEB_BUILD_OPTIONS in *nocheck*) export DEB_BUILD_PROFILES="${DEB_BUILD_PROFILES:-nocheck}" ;; esac
dpkg-buildpackage -us -uc
