#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the tools with bad input: each must end with the right status (0 ok, 1 failure, 2 usage, 3 this kernel cannot be observed,
# 4 losses under --strict) and one line with the reason, never with a crash. Without root, tests that need it are skipped.
#
# Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed.
set -u
. "$(dirname "$0")/../../supervise.sh"
supervise --alone "$@"
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../../../build" && pwd) || exit 1
TOOLS="gmemrecord gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmem_exporter"
RECORDERS="gmemtop gmemsnoop gmemhist gmemreboot"	# those whose run ends with COMMAND and can be recorded
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
status='' out=$tmp/out err=$tmp/err

say() {
	echo "$1 badinput/$2"
}

# run COMMAND...: runs it for at most 20 s; sets status, fills $out and $err.
run() {
	timeout 20 "$@" >"$out" 2>"$err" </dev/null
	status=$?
}

# Succeeds if the output has no words of a sanitizer, a crash, or libbpf.
is_clean() {
	! grep -qiE 'sanitizer|segmentation|core dumped|backtrace|Traceback|assert|libbpf:|runtime error' "$err" "$out"
}

# expect WHAT STATUS [WORDS]: checks the last run; WORDS is a regular expression that must match stderr.
expect() {
	local what=$1 want=$2 words=${3:-} n
	n=$(wc -l <"$err")
	if [ "$status" != "$want" ]; then
		say "not ok" "$what: expected status $want got $status, $(head -n 1 "$err")"
	elif ! is_clean; then
		say "not ok" "$what: expected a plain message got $(grep -iE -m1 'sanitizer|segmentation|core dumped|backtrace|assert|libbpf:' "$err" "$out")"
	elif [ -n "$words" ] && ! grep -qE "$words" "$err"; then
		say "not ok" "$what: expected words like '$words' got '$(head -n 1 "$err")'"
	elif [ "$want" != 0 ] && [ "$n" = 0 ]; then
		say "not ok" "$what: expected a reason on stderr got nothing"
	else
		say ok "$what: status $want"
	fi
}

# expect_line WHAT STATUS [WORDS]: checks the last run with expect, and that stderr is exactly one line.
expect_line() {
	expect "$@"
	if [ "$(wc -l <"$err")" != 1 ]; then
		say "not ok" "$1: expected one line got $(wc -l <"$err"): $(tr '\n' '|' <"$err" | cut -c1-300)"
	else
		say ok "$1: one line"
	fi
}

# refuses PROGRAM: reads lines "WORDS OPTION..."; runs PROGRAM OPTION... for each, which must fail as a wrong use, with WORDS.
refuses() {
	local words line
	while read -r words line; do
		# shellcheck disable=SC2086 # split is meant
		run "$1" $line
		expect "${1##*/} $line" 2 "$words"
	done
}

# ---- usage: needs no kernel ----

# Prints options that must be refused, one a line, words separated by blanks.
refused() {
	cat <<-END
	--no-such-option
	-i 1x
	-i 0
	-i -1
	-i 1e3
	-i nan
	-i 99999999999999999999
	-n 0x3
	-n 3x
	-n 0
	-n -1
	-n 99999999999999999999
	-d 5parsecs
	-d 0
	--speed 0
	--speed -1
	--speed 1x
	--speed nan
	--speed 1e3
	--speed
	-C
	-C max-vms
	-C max-vms=0
	-C max-files=1x
	-C ring=5000
	-C room=1
	-C avoid=iter
	--mode nonsense
	--mode
	-i
	--replay
	END
}

usage() {
	local tool line
	for tool in $TOOLS; do
		while read -r line; do
			# shellcheck disable=SC2086 # split is meant
			run "$build/$tool" $line
			expect "$tool $line" 2 "$tool|Usage"
		done < <(refused)
		run "$build/$tool" -i ''
		expect "$tool -i ''" 2
		run "$build/$tool" stray
		expect_stray "$tool"
		run "$build/$tool" --replay "$tmp/rec" -- true
		expect "$tool --replay with COMMAND" 2 "COMMAND|replay"
		run "$build/$tool" --record "$tmp/same" --replay "$tmp/same"
		expect "$tool --record and --replay the same file" 2
		run "$build/$tool" --help
		expect "$tool --help" 0
		run "$build/$tool" --version
		expect "$tool --version" 0
		run "$build/$tool" --json-schema
		expect "$tool --json-schema" 0
		cp "$out" "$tmp/schema"
		run python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$tmp/schema"
		expect "$tool --json-schema is JSON" 0
	done
	run "$build/gmemtop" -s nonsense
	expect "gmemtop -s nonsense" 2
	run "$build/gmemtop" --columns nonsense
	expect "gmemtop --columns nonsense" 2 "memory, phases"
	settings_usage
	csv_usage
	history_usage
	run "$build/gmemguest" --hold-sec 1
	expect "gmemguest --hold-sec without a hold" 2 "needs.--hold"
	run "$build/gmemreboot" --pins --all --vm nobody
	expect "gmemreboot --all --vm" 2 "exclude"
	hist_usage
	reboot_usage
	record_usage
	exporter_usage
	at_usage
	run "$build/gmemcheck" --btf "$tmp/none"
	expect_line "gmemcheck --btf of a missing file" 1 none
	run "$build/gmemcheck" --btf /etc/passwd
	expect_line "gmemcheck --btf of another file" 1 "no type information"
	run "$build/gmemcheck" --btf x --replay y
	expect "gmemcheck --btf --replay" 2 "exclude each other"
}

# Tests --history: a wrong value, and where there is no live screen.
history_usage() {
	local good=$here/../../contract/golden/full-6.18.rec value
	for value in '' 5 4K 100ms 9T; do
		run "$build/gmemtop" --history "$value"
		expect "gmemtop --history '$value'" 2 "10m,.64M"
	done
	run "$build/gmemtop" --history 64M -b --replay "$good"
	expect "gmemtop --history -b" 2 "no.effect"
}

# Tests that CSV and what it has no place for exclude each other.
csv_usage() {
	local good=$here/../../contract/golden/full-6.18.rec tool
	for tool in gmemtop gmemsnoop gmemreboot; do
		run "$build/$tool" --csv --json --replay "$good"
		expect "$tool --csv --json" 2 "only.one"
	done
	run "$build/gmemtop" --csv --tree --replay "$good"
	expect "gmemtop --csv --tree" 2 "no.table"
	run "$build/gmemtop" --csv --theme mono --replay "$good"
	expect "gmemtop --csv --theme" 2 "no.effect"
	run "$build/gmemsnoop" --csv --stack --replay "$good"
	expect "gmemsnoop --csv --stack" 2 "no.stacks"
	run "$build/gmemreboot" --pins --csv --list --replay "$good"
	expect "gmemreboot --pins --csv --list" 2
}

# Tests gmemtop's settings: options without effect are a wrong use, a file that is wrong is no failure.
settings_usage() {
	local good=$here/../../contract/golden/full-6.18.rec
	run "$build/gmemtop" --theme pink
	expect "gmemtop --theme pink" 2 "terminal, light, mono"
	run "$build/gmemtop" --theme mono -b --replay "$good"
	expect "gmemtop --theme -b" 2 "no.effect"
	run "$build/gmemtop" --settings "$tmp/none" --no-settings
	expect "gmemtop --settings --no-settings" 2 "only one"
	run "$build/gmemtop" --settings ''
	expect "gmemtop --settings ''" 2 "name.of.a.file"
	run "$build/gmemtop" --settings "$tmp/none" --json --replay "$good"
	expect "gmemtop --settings --json" 2 "no.effect"
	printf 'columns.few = RES\ntheme = pink\n' >"$tmp/settings"
	run "$build/gmemtop" -b --settings "$tmp/settings" --columns few --replay "$good"
	expect "gmemtop with a wrong line in its settings" 0
	grep -q "settings:2: theme: 'pink' is not one of terminal, light, mono" "$err" && grep -qx 'MACHINE *RES' "$out"
	say "$([ $? = 0 ] && echo ok || echo not ok)" "gmemtop reports the line, and reads the others"
	run "$build/gmemtop" -b --settings "$tmp" --replay "$good"
	expect "gmemtop with a folder as its settings" 0
	head -c 300000 /dev/urandom >"$tmp/settings"
	run "$build/gmemtop" -b --settings "$tmp/settings" --replay "$good"
	expect "gmemtop with random bytes as its settings" 0
}

# Tests --at: junk is a wrong use, a time that the recording does not have is a failure.
at_usage() {
	local at good=$here/../../contract/golden/full-6.18.rec
	for at in '' .. x 10:61 5s5 1s..x 2026-02-30 @ --1s; do
		run "$build/gmemtop" --json --replay "$good" --at "$at"
		expect "gmemtop --at '$at'" 2 "at"
	done
	for at in 5s 0.2s..0.1s ..2020-01-01T00:00 2030-01-01T00:00; do
		run "$build/gmemtop" --json --replay "$good" --at "$at"
		expect_line "gmemtop --at '$at'" 1 "at"
	done
	run "$build/gmemtop" --json --replay "$good" --replay "$tmp/none"
	expect_line "gmemtop of two recordings, one missing" 1 none
}

# Prints gmemrecord's refused options: words of the reason, then the arguments.
record_refused() {
	cat <<-END
	no.output.given
	no.output.given --each
	needs.a.file -o -
	none,.zlib --compress lz4 -o x
	needs.a.recording --cut 1s..2s -o x
	not.a.time --cut soon in.rec -o x
	need.--flight --keep 5m -o x
	need.--flight --trigger lost>0 -o x
	no.such.metric --flight d --trigger nonsense>1
	no.comparison --flight d --trigger lost
	not.a.size --flight d --max much
	not.a.time --flight d --keep forever
	not.a.number --flight d --kept -1
	takes.no.recording --flight d in.rec
	need.a.recording --info
	need.a.recording --export json
	need.a.recording --anonymize -o x
	json,.csv --export xml in.rec
	needs.--anonymize --key k in.rec -o x
	only.prints --info in.rec -o x
	takes.no.--json --export csv --json in.rec
	END
}

record_usage() {
	local good=$here/../../contract/golden/full-6.18.rec tool=$build/gmemrecord
	record_refused | refuses "$tool"
	cp "$good" "$tmp/in.rec"
	ln -s "$tmp/in.rec" "$tmp/link.rec"
	run "$tool" "$tmp/in.rec" -o "$tmp/link.rec"
	expect "gmemrecord onto what it reads" 2 "is an input"
	run "$tool" --export csv "$tmp/in.rec" -o "$tmp/../${tmp##*/}/in.rec"
	expect "gmemrecord --export onto what it reads" 2 "is an input"
	run cmp "$good" "$tmp/in.rec"
	expect "what is read is still there" 0
	run "$tool" "$good" -o /no/such/folder/x
	expect_line "gmemrecord where nothing can be written" 1 "no/such/folder"
	run "$tool" --export csv "$good" -o /no/such/folder/x
	expect_line "gmemrecord --export where nothing can be written" 1 "no/such/folder"
	run "$tool" --anonymize --key "$tmp/none" "$good" -o "$tmp/anon"
	expect_line "gmemrecord --key of a missing file" 1 none
	run "$tool" --anonymize --key /dev/null "$good" -o "$tmp/anon"
	expect_line "gmemrecord --key of an empty file" 1 "empty"
	echo precious >"$tmp/kept"
	run "$tool" --cut 1h..2h "$good" -o "$tmp/kept"
	expect "gmemrecord --cut beyond the end" 1 "^gmemrecord:.--cut:"
	run "$tool" --anonymize --key "$tmp/none" "$good" -o "$tmp/kept"
	if [ "$(cat "$tmp/kept")" = precious ] && [ -z "$(find "$tmp" -name 'kept.*')" ]; then
		say ok "a failed --cut or --anonymize leaves the output as it was"
	else
		say "not ok" "a failed --cut or --anonymize leaves the output as it was: got $(head -c 40 "$tmp/kept")"
	fi
	run bash -c '"$1" --export json "$2" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' sh "$tool" "$good"
	expect "gmemrecord --export | head -n 1" 0
	if [ -e /dev/full ]; then
		run "$tool" --export json "$good" -o /dev/full
		expect_line "gmemrecord --export to a full device" 1 "/dev/full"
		run "$tool" "$good" -o /dev/full
		expect_line "gmemrecord to a full device" 1 "/dev/full"
	fi
}

# Prints gmemhist's refused options: words of the reason, then the arguments.
hist_refused() {
	cat <<-END
	INTERVAL 0
	INTERVAL 1x
	COUNT 1 0
	COUNT 1 2.5
	unexpected 1 2 3
	not.one.of.*guest_fault --phase nonsense
	not.one.of --phase alloc,
	not.one.of --phase alloc,,zero
	machine,.vm,.host --by nonsense
	give.only.one --json --csv
	give.only.one --csv --hdr -
	two.recordings --diff a.rec
	two.recordings --diff a.rec --json
	unexpected --diff a.rec b.rec c.rec
	not.go.with --diff a.rec b.rec --csv
	not.go.with --diff a.rec b.rec --replay c.rec
	not.go.with --diff a.rec b.rec -- true
	END
}

hist_usage() {
	local good=$here/../../contract/golden/full-6.18.rec
	hist_refused | refuses "$build/gmemhist"
	run "$build/gmemhist" --diff "$tmp/none" "$good"
	expect_line "gmemhist --diff of a missing file" 1 "none"
	run "$build/gmemhist" --diff "$good" "$tmp/none"
	expect_line "gmemhist --diff with a missing file" 1 "none"
	run "$build/gmemhist" --hdr /no/such/folder/log --replay "$good"
	expect_line "gmemhist --hdr where nothing can be written" 1 "no/such/folder"
	run "$build/gmemhist" --diff "$good" "$good" --vm no-such-machine
	expect "gmemhist --diff --vm of none" 0
	run "$build/gmemhist" --replay "$good" --vm no-such-machine
	expect "gmemhist --replay --vm of none" 0
	run bash -c '"$1" --replay "$2" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' sh "$build/gmemhist" "$good"
	expect "gmemhist --replay | head -n 1" 0
	if [ -e /dev/full ]; then
		run "$build/gmemhist" --hdr /dev/full --replay "$good"
		expect_line "gmemhist --hdr to a full device" 1 "/dev/full"
	fi
}

# Prints gmemreboot's refused options: words of the reason, then the arguments.
reboot_refused() {
	cat <<-END
	give.only.one --json --csv
	give.only.one --list --csv
	give.only.one --json --list
	exclude --pins --all --vm x
	are.for.reboots --pins --list
	are.for.reboots --pins --no-waterfall
	are.for.reboots --pins --trace x
	requires --trace
	END
}

reboot_usage() {
	local good=$here/../../contract/golden/full-6.18.rec
	reboot_refused | refuses "$build/gmemreboot"
	run "$build/gmemreboot" --replay "$good" --vm no-such-machine
	expect "gmemreboot --replay --vm of none" 0
	run "$build/gmemreboot" --trace /no/such/folder/trace --replay "$good"
	expect_line "gmemreboot --trace where nothing can be written" 1 "no/such/folder"
	run bash -c '"$1" --replay "$2" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' sh "$build/gmemreboot" "$good"
	expect "gmemreboot --replay | head -n 1" 0
	if [ -e /dev/full ]; then
		run "$build/gmemreboot" --trace /dev/full --replay "$good"
		expect_line "gmemreboot --trace to a full device" 1 "/dev/full"
	fi
}

# Prints gmem_exporter's refused options: words of the reason, then the arguments.
exporter_refused() {
	cat <<-END
	not.a.format --json
	needs.--once --format text
	text,.openmetrics --once --format xml
	neither.serves --once --web.listen-address :0
	neither.serves --once --otlp http://127.0.0.1:1
	neither.serves --once --web.systemd-socket
	cannot.be.combined --web.systemd-socket --web.listen-address :0
	go.together --web.tls-cert x
	go.together --web.tls-key x
	needs.--web.tls-cert --web.tls-client-ca x
	not.a.path --web.telemetry-path metrics
	not.a.path --web.telemetry-path /a?b
	not.a.number --vm-limit -1
	not.a.number --vm-limit 1x
	not.a.time --vm-linger soon
	power.of.two.from.1.to.8 --buckets 3
	power.of.two.from.1.to.8 --buckets 16
	not.a.header --otlp http://127.0.0.1:1 --otlp-header x
	it.needs.--otlp --otlp-header x:y
	needs.--no-sandbox --release-module
	END
}

exporter_usage() {
	local words line good=$here/../../contract/golden/full-6.18.rec tool=$build/gmem_exporter
	exporter_refused | refuses "$tool"
	while read -r words line; do
		# shellcheck disable=SC2086 # split is meant
		run "$tool" --replay "$good" $line
		expect_line "gmem_exporter $line" 1 "$words"
	done <<-END
	nowhere --web.listen-address nowhere
	99999 --web.listen-address 127.0.0.1:99999
	192.0.2.1 --web.listen-address 192.0.2.1:0
	no/such/folder --web.listen-address unix:/no/such/folder/s
	LISTEN_FDS|systemd --web.systemd-socket
	no/such --web.listen-address 127.0.0.1:0 --web.tls-cert /no/such --web.tls-key /no/such
	no/such/folder --textfile /no/such/folder/x.prom
	URL --otlp nonsense://x
	END
	run "$tool" --once --replay "$good" --vm no-such-machine
	expect "gmem_exporter --once --vm of none" 0
	run "$tool" --once --replay "$tmp/none"
	expect_line "gmem_exporter --once --replay of a missing file" 1 none
	run "$tool" --families
	expect "gmem_exporter --families" 0
	run bash -c '"$1" --once --replay "$2" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' sh "$tool" "$good"
	expect "gmem_exporter --once | head -n 1" 0
	if [ -e /dev/full ]; then
		run bash -c '"$1" --once --replay "$2" >/dev/full' sh "$tool" "$good"
		expect_line "gmem_exporter --once to a full device" 1 "pace|cannot write"
	fi
}

# Tests that a word which is no option is the COMMAND; no program is called stray.
expect_stray() {
	case $status in
	1 | 2 | 3 | 127) say ok "$1 stray: status $status" ;;
	*) say "not ok" "$1 stray: expected failure got status $status" ;;
	esac
}

# ---- recordings ----

# refuse NAME FILE: checks that a file which is no recording, or a broken one, is a failure with one line.
refuse() {
	local tool how
	for tool in $TOOLS; do
		how=--json
		[ "$tool" != gmem_exporter ] || how=--once
		[ "$tool" != gmemrecord ] || how=--info
		run "$build/$tool" $how --replay "$2"
		expect_line "$tool --replay of $1" 1
	done
}

recordings() {
	refuse "a missing file" "$tmp/none"
	: >"$tmp/empty"
	refuse "an empty file" "$tmp/empty"
	refuse "a folder" "$tmp"
	head -c 65536 /dev/zero >"$tmp/zero"
	refuse "zeros" "$tmp/zero"
	head -c 65536 /dev/urandom >"$tmp/random"
	refuse "random bytes" "$tmp/random"
	echo '{"type":"summary"}' >"$tmp/text"
	refuse "JSON" "$tmp/text"
	: >"$tmp/unreadable"
	chmod 0 "$tmp/unreadable"
	if [ "$(id -u)" != 0 ]; then
		refuse "an unreadable file" "$tmp/unreadable"
	fi
	if ! "$build/gmemsnoop" --record "$tmp/good" -- true >/dev/null 2>&1; then
		say skip "broken recordings: none can be made here"
		return
	fi
	broken_recordings
}

# Tests recordings that are cut at many places: the tool reads up to there with a message, or refuses; it never crashes or hangs.
broken_recordings() {
	local size at bad='' n=0
	size=$(stat -c %s "$tmp/good")
	run "$build/gmemtop" --json --replay "$tmp/good"
	expect "a good recording" 0
	for ((at = 1; at < size; at += at < 200 ? 7 : size / 40 + 1)); do
		head -c "$at" "$tmp/good" >"$tmp/cut"
		run "$build/gmemtop" --json --replay "$tmp/cut"
		n=$((n + 1))
		if [ "$status" -gt 1 ] || ! is_clean || [ ! -s "$err" ]; then
			bad="$bad at $at: status $status '$(head -n 1 "$err")';"
		fi
	done
	if [ -n "$bad" ]; then
		say "not ok" "$n cut recordings: expected status 0 or 1 and a word about the end got$bad"
	else
		say ok "$n cut recordings: status 0 or 1, and a word about the end"
	fi
	flipped_recordings "$size"
}

flipped_recordings() {
	local at bad='' n=0
	for ((at = 0; at < $1; at += $1 / 60 + 1)); do
		cp "$tmp/good" "$tmp/flip"
		printf '\377' | dd of="$tmp/flip" bs=1 seek="$at" conv=notrunc status=none
		run "$build/gmemtop" --json --replay "$tmp/flip"
		n=$((n + 1))
		if [ "$status" -gt 1 ] || ! is_clean; then
			bad="$bad at $at: status $status;"
		fi
	done
	if [ -n "$bad" ]; then
		say "not ok" "$n recordings with a wrong byte: expected status 0 or 1 got$bad"
	else
		say ok "$n recordings with a wrong byte: status 0 or 1"
	fi
}

# ---- the kernel, permission, output ----

# Sets the array nobody: a command prefix that drops all privileges.
drop() {
	nobody=()
	if [ "$(id -u)" != 0 ]; then
		nobody=(env)
	elif command -v setpriv >/dev/null; then
		nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
	else
		return 1
	fi
}

no_permission() {
	local tool dir=$tmp/bin
	local -a nobody
	if ! drop; then
		say skip "no permission: no setpriv"
		return
	fi
	# Other users may have no access to the work tree.
	mkdir -p "$dir"
	for tool in $TOOLS; do
		cp "$build/$tool" "$dir/"
	done
	chmod 755 "$tmp" "$dir" "$dir"/*
	for tool in $RECORDERS; do
		run "${nobody[@]}" "$dir/$tool" --json -n 1
		expect_line "$tool without permission" 3 "ermi|root|CAP_|privilege"
		run "${nobody[@]}" "$dir/$tool" --json -- true
		expect_line "$tool -- true without permission" 3 "ermi|root|CAP_|privilege"
	done
	run "${nobody[@]}" "$dir/gmem_exporter" --once
	expect_line "gmem_exporter without permission" 3 "ermi|root|CAP_|privilege"
	run "${nobody[@]}" "$dir/gmemcheck"
	expect "gmemcheck without permission" 3
	run "${nobody[@]}" "$dir/gmemtop" --help
	expect "gmemtop --help without permission" 0
	chmod 700 "$tmp"
}

# Succeeds if the tools can observe this machine.
can_observe() {
	[ "$(id -u)" = 0 ] && "$build/gmemtop" --json -- true >/dev/null 2>&1
}

live() {
	local tool
	if ! can_observe; then
		say skip "live: not root, or this kernel cannot be observed"
		return
	fi
	for tool in $RECORDERS; do
		run "$build/$tool" --json -- /no/such/program
		expect_line "$tool of a COMMAND that does not exist" 1 "no/such/program"
		run "$build/$tool" --json -- true
		expect "$tool -- true" 0
		run "$build/$tool" --strict --json -- true
		expect "$tool --strict -- true" 0
		run "$build/$tool" --json --record /no/such/folder/rec -- true
		expect_line "$tool --record where nothing can be written" 1 "no/such/folder"
		python3 "$here/stopped.py" "$build/$tool"
	done
	for tool in $TOOLS; do
		run "$build/$tool" --probes
		expect "$tool --probes" 0
	done
	run "$build/gmemtop" --json -n 1
	expect "gmemtop -n 1" 0
	run "$build/gmem_exporter" --once -- /no/such/program
	expect_line "gmem_exporter of a COMMAND that does not exist" 1 "no/such/program"
	run "$build/gmem_exporter" --once --strict -- true
	expect "gmem_exporter --strict -- true" 0
	run "$build/gmemtop" --json --vm no-such-machine -n 1
	expect "gmemtop --vm of none" 0
	python3 "$here/watchdog.py" "$build/gmem_exporter"
	closed_stdout
}

# Tests that an output file is refused if it is also read or is another option's output, and that stdout by a name is not replaced.
outputs() {
	local good=$here/../../contract/golden/full-6.18.rec in=$tmp/in.rec words
	cp "$good" "$in"
	for words in "gmemreboot --html" "gmemreboot --trace" "gmemhist --html" "gmemhist --hdr"; do
		run "$build/${words% *}" --replay "$in" "${words#* }" "$in"
		expect "$words to its --replay" 2 "is an input"
	done
	run "$build/gmemhist" --diff "$in" "$good" --html "$in"
	expect "gmemhist --diff --html to one of the two" 2 "is an input"
	run "$build/gmemreboot" --replay "$in" --html "$tmp/one" --trace "$tmp/one"
	expect "gmemreboot --html and --trace to one file" 2 "two options"
	run "$build/gmemreboot" --replay "$in" --html=
	expect "gmemreboot --html to no file" 2 "name of a file"
	cmp -s "$in" "$good" && say ok "the recording is as it was" || say "not ok" "the recording is as it was"
	echo precious >"$tmp/log"
	"$build/gmemreboot" --replay "$in" --html /dev/stdout >>"$tmp/log" 2>"$err"
	if [ "$(head -n 1 "$tmp/log")" = precious ] && grep -q '</html>' "$tmp/log" && grep -q '^Memory work' "$tmp/log"; then
		say ok "gmemreboot --html /dev/stdout >>log: what was there, report and page"
	else
		say "not ok" "gmemreboot --html /dev/stdout >>log: expected what was there, report and page got $(wc -c <"$tmp/log") bytes"
	fi
	[ -e /dev/full ] || return 0
	run "$build/gmemreboot" --replay "$in" --html /dev/full
	expect "gmemreboot --html to a full device" 1 "/dev/full"
	grep -q '^Memory work' "$out" && say ok "its report all the same" || say "not ok" "its report all the same: got $(wc -c <"$out") bytes"
}

# Tests what a tool may inherit: closed descriptors, limits of descriptors and of file sizes, a full device as stdout.
odd_process() {
	local tool=$build/gmemtop
	for words in --json-schema --help --version; do
		[ -e /dev/full ] || break
		run bash -c '"$1" "$2" >/dev/full' sh "$tool" "$words"
		expect "gmemtop $words to a full device" 1 "cannot write"
	done
	run bash -c '"$1" -b -n 3 -i 0.1 --record "$2" >&-' sh "$tool" "$tmp/closed"
	expect "gmemtop --record with stdout closed" 1 "cannot write"
	run "$build/gmemrecord" --info "$tmp/closed"
	expect "its recording" 0
	[ ! -s "$err" ] || say "not ok" "its recording: expected no word got $(head -n 1 "$err")"
	run bash -c 'ulimit -n 40; "$1" -b -n 1' sh "$tool"
	expect "gmemtop with 40 descriptors" 1 "Too.many.open.files"
	run bash -c 'ulimit -f 1; "$1" -d 1 -o "$2"' sh "$build/gmemrecord" "$tmp/small"
	expect "gmemrecord with files of at most 1 KiB" 1 "File.too.large"
	run bash -c '"$1" --json -- sh -c "grep SigIgn /proc/self/status >$2" >/dev/null' sh "$tool" "$tmp/ignored"
	# The parent of this test may ignore some signals: make ignores some of the C library's, a shell SIGINT in jobs that it starts with "&".
	if [ $((0x$(awk '{ print $2 }' "$tmp/ignored") & ~0x$(awk '/SigIgn/ { print $2 }' /proc/self/status))) = 0 ]; then
		say ok "COMMAND ignores no signal of ours"
	else
		say "not ok" "COMMAND ignores no signal of ours: got $(cat "$tmp/ignored")"
	fi
}

closed_stdout() {
	local tool
	odd_process
	for tool in $RECORDERS; do
		run bash -c '"$1" --json -i 0.2 -d 3 -- sleep 1 | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' sh "$build/$tool"
		expect "$tool | head -n 1" 0
		[ ! -s "$err" ] || say "not ok" "$tool | head -n 1: expected nothing on stderr got $(head -n 1 "$err")"
	done
	run bash -c '"$1" --json -- true >&-' sh "$build/gmemtop"
	case $status in
	0 | 1) say ok "gmemtop with stdout closed: status $status" ;;
	*) say "not ok" "gmemtop with stdout closed: expected status 0 or 1 got $status" ;;
	esac
	if [ -e /dev/full ]; then
		run bash -c '"$1" --json -- true >/dev/full' sh "$build/gmemtop"
		expect_line "gmemtop to a full device" 1 "pace|write"
	fi
}

usage
recordings
outputs
python3 "$here/stuck.py" "$build/gmemtop" "$here/../../contract/golden/full-6.18.rec"
python3 "$here/nohup.py" "$build/gmemtop" "$here/../../contract/golden/full-6.18.rec"
no_permission
live
