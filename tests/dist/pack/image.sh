#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the images of two static builds of this commit, in folders of different names: image.sh BUILD OTHER-BUILD. The images are the same bytes
# and small; the exporter's runs with the settings of docs/fleet/daemonset.yaml and is scraped; the other has every tool. Prints "ok ..",
# "not ok ..", "skip ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=pack
. tests/result.sh
version=$(cat VERSION)
limit=15000000

# unpack NAME: the layout to $work/NAME.oci, the bundle to $work/NAME.
unpack() {
	mkdir "$work/$1.oci"
	tar xf "$work/one/$1-$version.oci.tar" -C "$work/$1.oci"
	umoci unpack --image "$work/$1.oci:$version" "$work/$1" 2>&1
}

# run_crun COMMAND...: runs crun in a mount namespace where cgroups are only of version 2, as it refuses hosts that mix them.
run_crun() {
	unshare -m --propagation private sh -c 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup && exec crun "$@"' sh \
		--root "$work/state" --cgroup-manager=disabled "$@"
}

# start: runs the bundle in the background, in a network namespace of its own, by crun, or by chroot where crun cannot; sets pid.
start() {
	local bundle=$work/gmem-exporter args
	by=crun
	run_crun run --detach --pid-file "$work/pid" --bundle "$bundle" "gmem-$$" >"$work/out" 2>&1 && pid=$(cat "$work/pid") && return
	by="chroot, as crun said: $(tail -n 1 "$work/out")"
	mapfile -t args < <(python3 -c 'import json, sys; print("\n".join(json.load(open(sys.argv[1]))["process"]["args"]))' "$bundle/config.json")
	unshare -n -m sh -c 'root=$1; shift; mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && exec chroot "$root" "$@"' sh \
		"$bundle/rootfs" "${args[@]}" >"$work/out" 2>&1 &
	pid=$!
}

stop() {
	kill "$pid" 2>/dev/null
	while [ -e "/proc/$pid" ] && ! grep -qs '^State:	Z' "/proc/$pid/status"; do sleep 0.1; done
	[ "$by" != crun ] || run_crun delete -f "gmem-$$" >/dev/null 2>&1
}

# Prints what is wrong with the exporter in its image. A kernel that cannot be observed gets a recording to replay.
scraped() {
	local recording=examples/demo.gmrec
	"$1/gmemcheck" >/dev/null 2>&1 && recording=''
	python3 tests/dist/pack/bundle.py "$work/gmem-exporter" $recording || return
	start
	nsenter -t "$pid" -n python3 tests/dist/pack/scrape.py "$pid" >"$work/metrics" 2>"$work/err" || cat "$work/err" "$work/out"
	grep -q "^gmem_exporter_build_info{.*version=\"$version" "$work/metrics" || echo "no gmem_exporter_build_info of $version: $(head -c 300 "$work/metrics")"
	[ -n "$recording" ] || grep -q '^gmem_probe_attached{.*} 1$' "$work/metrics" || echo "no probe is attached"
	grep -E '^CapEff:' "/proc/$pid/status" | grep -v '0000000000000000' | sed 's/^/it still has capabilities: /'
	stop
	echo "# run by $by${recording:+; replayed a recording}; $(grep -vc '^#' "$work/metrics") series" >&2
}

# Prints what is wrong with the image of all tools.
tools_run() {
	local tool
	for tool in gmemtop gmemhist gmemreboot gmemsnoop gmemrecord gmemcheck gmem_exporter; do
		chroot "$work/gmemscope/rootfs" "/usr/bin/$tool" --version | grep -q "^gmemscope $version" || echo "$tool does not run"
	done
	cp examples/demo.gmrec "$work/gmemscope/rootfs/tmp/"
	chroot "$work/gmemscope/rootfs" /usr/bin/gmemtop -b --replay /tmp/demo.gmrec 2>&1 | grep -q '^MACHINE' || echo "gmemtop draws no frame"
}

if ! command -v umoci >/dev/null; then
	echo "skip pack/images: umoci is missing (tests/dist/setup/packages.sh --list image)"
	exit 0
fi
export SOURCE_DATE_EPOCH=1790000000
result "image.sh" "$(tools/pkg/image.sh "$1" "$work/one" 2>&1 >"$work/digests")"
result "image.sh, of the second build" "$(tools/pkg/image.sh "$2" "$work/two" 2>&1 >/dev/null)"
result "two builds of the images are the same bytes" "$(for tar in "$work"/one/*.tar; do cmp "$tar" "$work/two/${tar##*/}" 2>&1; done)"
result "images of at most $limit bytes" "$(find "$work/one" -name '*.tar' -size +$((limit / 1000))k | sed 's/^/larger: /'; [ "$(wc -l <"$work/digests")" = 2 ] || cat "$work/digests")"
sed 's/^/# /' "$work/digests"
if command -v skopeo >/dev/null; then
	result "skopeo reads the image" "$(skopeo inspect "oci-archive:$work/one/gmem-exporter-$version.oci.tar:$version" 2>&1 | grep -q '"Os": "linux"' || echo "no")"
fi
if [ "$(id -u)" != 0 ] || ! unshare -n -m true 2>/dev/null || ! python3 -c 'import yaml' 2>/dev/null; then
	echo "skip pack/images run: needs root, namespaces and python3 with PyYAML"
	exit 0
fi
result "umoci unpacks the images" "$(unpack gmem-exporter; unpack gmemscope)"
result "the exporter's image runs with the DaemonSet's settings and is scraped" "$(scraped "$1" 2>"$work/how")"
grep '^#' "$work/how"
result "the image of all tools has all, and they run" "$(tools_run)"
