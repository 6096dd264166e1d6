#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests golden replays: every tool must print what is stored beside each recording of this folder. Needs no root and no KVM.
# GM_GOLDEN_UPDATE=1 stores the present outputs: read the difference before you commit it.
set -u
cd "$(dirname "$0")/../../.." || exit 1
export TZ=UTC LC_ALL=C COLUMNS=80
out=build/test/golden
mkdir -p "$out/compare"

compare() { # FILE COMMAND...
	file=$1
	shift
	if [ -n "${GM_GOLDEN_UPDATE:-}" ]; then
		"$@" > "tests/contract/golden/$file"
	fi
	if "$@" > "$out/$file" 2> "$out/$file.err" && cmp -s "$out/$file" "tests/contract/golden/$file"; then
		echo "ok golden: $file"
	else
		echo "not ok golden: $file: see diff tests/contract/golden/$file $out/$file"
	fi
}

# Compares the HdrHistogram log with the JSON lines by a reader, as compressed bytes differ between versions of zlib.
formats() { # NAME RECORDING
	if found=$(tests/contract/golden/formats.py build "$2" 2>&1); then
		echo "ok golden: $1: formats of metrics: $found"
	else
		echo "not ok golden: $1: formats of metrics: $found"
	fi
}

# Checks that --at prints the same for a stretch as a replay of the stretch that was cut out, compressed or not.
windows() { # NAME RECORDING
	for codec in none zlib zstd; do
		build/gmemrecord --cut 0.1s..0.3s "$2" -o "$out/$1.$codec.cut" --compress "$codec" 2> "$out/$1.cut.err"
		for tool in gmemtop gmemhist gmemreboot gmemsnoop gmemcheck; do
			build/$tool --json --replay "$2" --at 0.1s..0.3s > "$out/$1.window" 2>> "$out/$1.cut.err"
			build/$tool --json --replay "$out/$1.$codec.cut" > "$out/$1.cut" 2>> "$out/$1.cut.err"
			if [ -s "$out/$1.cut" ] && cmp -s "$out/$1.window" "$out/$1.cut"; then
				echo "ok golden: $1: $tool: a window is its cut ($codec)"
			else
				echo "not ok golden: $1: $tool: a window is its cut ($codec): see $out/$1.cut.err"
			fi
		done
	done
}

reboots() { # NAME RECORDING
	if found=$(tests/contract/golden/reboots.py build "$2" 2>&1); then
		echo "ok golden: $1: reboots are the same in all tools: $found"
	else
		echo "not ok golden: $1: reboots are the same in all tools: $found"
	fi
}

exports() { # NAME RECORDING
	if found=$(tests/contract/golden/exports.py build "$2" 2>&1); then
		echo "ok golden: $1: exports: $found"
	else
		echo "not ok golden: $1: exports: $found"
	fi
}

tracks() { # RECORDING...
	if found=$(tests/contract/golden/tracks.py build "$@" 2>&1); then
		echo "ok golden: tracks of VMs and inodes: $found"
	else
		echo "not ok golden: tracks of VMs and inodes: $found"
	fi
}

hdr() { # NAME RECORDING
	build/gmemhist --hdr "$out/$1.hlog" --json --replay "$2" > "$out/$1.hdr.jsonl" 2> "$out/$1.hdr.err"
	if found=$(python3 tests/contract/golden/hdrlog.py "$out/$1.hlog" "$out/$1.hdr.jsonl" 2>&1); then
		echo "ok golden: $1: HdrHistogram log: $found"
	else
		echo "not ok golden: $1: HdrHistogram log: $found"
	fi
}

# Prints the metrics but those on the exporter itself, which differ in each run.
metrics() { # FORMAT RECORDING
	build/gmem_exporter --once --format "$1" --replay "$2" | grep -vE '^(# [A-Z]+ )?(process_|gmem_exporter_)'
}

for rec in tests/contract/golden/*.rec; do
	name=$(basename "$rec" .rec)
	compare "$name.top.jsonl" build/gmemtop --json --replay "$rec"
	compare "$name.top.txt" build/gmemtop -b --replay "$rec"
	compare "$name.phases.txt" build/gmemtop -b -c phases --replay "$rec"
	compare "$name.tree.txt" build/gmemtop -b -t --replay "$rec"
	compare "$name.snoop.jsonl" build/gmemsnoop --json --replay "$rec"
	compare "$name.snoop.txt" build/gmemsnoop --replay "$rec"
	compare "$name.verbose.txt" build/gmemsnoop -v --kind evict --replay "$rec"
	compare "$name.check.txt" build/gmemcheck --replay "$rec"
	compare "$name.hist.txt" build/gmemhist --replay "$rec"
	compare "$name.hist.jsonl" build/gmemhist --json --replay "$rec"
	compare "$name.hist.csv" build/gmemhist --csv --by vm --replay "$rec"
	compare "$name.hist.interval.txt" build/gmemhist 1 -H --by host --phase guest_fault,zero,prefault --replay "$rec"
	compare "$name.diff.txt" build/gmemhist --diff "$rec" "$rec" --phase zero,guest_fault,punch,prefault
	compare "$name.reboot.txt" build/gmemreboot --replay "$rec"
	compare "$name.reboot.full.txt" build/gmemreboot --full --replay "$rec"
	compare "$name.reboot.jsonl" build/gmemreboot --json --replay "$rec"
	compare "$name.reboot.csv" build/gmemreboot --csv --replay "$rec"
	compare "$name.metrics.txt" metrics text "$rec"
	compare "$name.metrics.om.txt" metrics openmetrics "$rec"
	compare "$name.info.txt" build/gmemrecord --info "$rec"
	compare "$name.info.jsonl" build/gmemrecord --info --json "$rec"
	compare "$name.export.csv" build/gmemrecord --export csv "$rec"
	compare "$name.at.snoop.txt" build/gmemsnoop --replay "$rec" --at 0.1s..0.25s
	compare "$name.at.hist.txt" build/gmemhist --replay "$rec" --at 0.1s..0.25s
	compare "$name.twice.top.txt" build/gmemtop -b --replay "$rec" --replay "$rec"
	windows "$name" "$rec"
	exports "$name" "$rec"
	hdr "$name" "$rec"
	formats "$name" "$rec"
done
# Two recordings' reboots: the same workload again is noise; init_on_alloc is named, and a VMM's pause before the bind.
recs=tests/contract/golden/compare
for b in again init0 delay; do
	compare "compare/$b.txt" build/gmemreboot --compare $recs/init1.gmrec $recs/$b.gmrec
	compare "compare/$b.jsonl" build/gmemreboot --json --compare $recs/init1.gmrec $recs/$b.gmrec
done
fails() { # STATUS B CONDITION...
	want=$1 b=$2
	shift 2
	build/gmemreboot --compare $recs/init1.gmrec "$b" "$@" > "$out/fails" 2> "$out/fails.err"
	got=$?
	if [ $got = "$want" ]; then
		echo "ok golden: compare: status $want: $(basename "$b") $*"
	else
		echo "not ok golden: compare: status $want: $(basename "$b") $*: got $got"
	fi
}
fails 5 $recs/delay.gmrec --fail-if 'wall > +10%'
fails 5 $recs/delay.gmrec --fail-if 'memory > +10%' --fail-if 'between > +2.9ms'
fails 0 $recs/delay.gmrec --fail-if 'memory > +10%'
fails 0 $recs/delay.gmrec --fail-if 'between > +3.5ms'
fails 5 $recs/init0.gmrec --fail-if 'alloc < -40%'
fails 0 $recs/again.gmrec --fail-if 'wall > +0%' --fail-if 'wall < -0%' --fail-if 'alloc > +0%'
fails 1 tests/contract/golden/full-6.18.rec --fail-if 'wall > +10%'

for rec in tests/contract/golden/*.rec tests/contract/golden/*/*.gmrec tests/contract/golden/saving/*/*.rec examples/*.gmrec; do
	case $rec in
	*/inventory-*) ;; # reboots are n/a there
	*) reboots "$rec" "$rec" ;;
	esac
done

tracks tests/contract/golden/vmm/*.gmrec tests/contract/golden/tracks/*.gmrec examples/*.gmrec

# Recordings of every version must give the same output as the first one's. Never make one anew; add another.
for rec in tests/contract/golden/versions/*.rec; do
	name=$(basename "$rec" .rec)
	case $name in
	*window) want=tests/contract/golden/versions/$name.jsonl ;;
	*) want=tests/contract/golden/full-6.18.top.jsonl ;;
	esac
	if build/gmemtop --json --replay "$rec" > "$out/version" 2> "$out/version.err" && cmp -s "$out/version" "$want"; then
		echo "ok golden: version $name"
	else
		echo "not ok golden: version $name: see diff $want $out/version"
	fi
done

# Checks that a reader of version 1, written from the document, reads the records that it knows in newer files of version 1, and refuses version 2.
by_the_document() { # WHAT MAJOR FILE RECORDS-OF
	if tests/contract/golden/reader.py "$2" "$3" > "$out/read" 2> "$out/read.err" && tests/contract/golden/reader.py "${5:-2}" "$4" > "$out/want" 2>> "$out/read.err" &&
		[ -s "$out/read" ] && cmp -s "$out/read" "$out/want"; then
		echo "ok golden: by the document: $1"
	else
		echo "not ok golden: by the document: $1: $(head -n 1 "$out/read.err")"
	fi
}
by_the_document "a 1.0 reader, a 1.1 file" 1 tests/contract/golden/versions/1.1.rec tests/contract/golden/full-6.18.rec
by_the_document "a 1.0 reader, a 1.1 file that begins with a keyframe" 1 tests/contract/golden/versions/1.1-window.rec tests/contract/golden/versions/1.1-window.rec 1
by_the_document "zlib" 2 tests/contract/golden/versions/2.1-zlib.rec tests/contract/golden/full-6.18.rec
if command -v zstd > /dev/null; then
	by_the_document "zstd" 2 tests/contract/golden/versions/2.1-zstd.rec tests/contract/golden/full-6.18.rec
else
	echo "skip golden: by the document: zstd: there is no zstd(1)"
fi
tests/contract/golden/reader.py 1 tests/contract/golden/versions/2.1-zlib.rec > "$out/read" 2>&1
if [ $? = 3 ]; then
	echo "ok golden: by the document: a 1.0 reader refuses a compressed file"
else
	echo "not ok golden: by the document: a 1.0 reader refuses a compressed file"
fi

tests/contract/golden/vmm.sh
tests/contract/golden/saving.sh
tests/contract/golden/webpage.py build "$out/html" || echo "not ok golden: html: webpage.py: expected status 0"

# Tests keys on a terminal with one recording, which replay_keys.py makes longer.
tests/kernel/e2e/replay_keys.py build tests/contract/golden/full-6.18.rec
tests/kernel/e2e/mouse_keys.py build tests/contract/golden/full-6.18.rec
