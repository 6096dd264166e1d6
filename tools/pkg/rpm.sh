#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds RPM packages from a source archive: rpm.sh ARCHIVE OUTDIR
#
# Writes the .src.rpm and the .rpms to OUTDIR, by the archive's tools/pkg/gmemscope.spec. On a distribution of RPM packages rpmbuild checks that
# what the build needs is installed; elsewhere it knows of no package, and tests/dist/setup/packages.sh has installed them.
set -eu
archive=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2"
out=$(realpath "$2")
tree=$(basename "$archive" .tar.gz)
tar xzf "$archive" -C "$out" "$tree/tools/pkg/gmemscope.spec"
set -- --define "_topdir $out/work" --define "_sourcedir $(dirname "$archive")" --define "_rpmdir $out" --define "_srcrpmdir $out" \
	--define "gm_version ${tree#gmemscope-}"
rpm -q rpm >/dev/null 2>&1 || set -- "$@" --nodeps
rpmbuild -ba --quiet "$@" "$out/$tree/tools/pkg/gmemscope.spec"
find "$out" -mindepth 2 -name '*.rpm' -exec mv {} "$out/" \;
rm -rf "$out/work" "${out:?}/$tree"
find "$out" -mindepth 1 -type d -empty -delete
