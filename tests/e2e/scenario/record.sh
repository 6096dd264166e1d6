# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows record <<-'END'
	record | --scenario guest,fallocate,punch,rebind --vms 2 | gmemrecord: a recording says what there was, to every tool
END

# as_if_live PREFIX FROM TOOL...: a tool that reads the recording of the run FROM, judged like a live run.
as_if_live() {
	as=$1 from=$2
	shift 2
	for end in truth guest.status guest.err guest.out; do
		cp "$from.$end" "$as.$end"
	done
	plain "$as" "$@" --replay "$from.gmrec"
}

do_record() {
	for how in none zlib zstd; do
		observe "$1/rec-$how" "$2" gmemrecord --json -i 0.3 -o "$1/rec-$how.gmrec" --compress $how
		mv "$1/rec-$how.err" "$1/rec-$how.words"
	done
	as_if_live "$1/snoop" "$1/rec-none" gmemsnoop --json
	as_if_live "$1/top" "$1/rec-zstd" gmemtop --json -i 0.3
	plain "$1/top.replay" gmemtop --json -i 0.3 --replay "$1/rec-zstd.gmrec" --speed 50
	as_if_live "$1/hist" "$1/rec-zlib" gmemhist --json
	as_if_live "$1/reboot" "$1/rec-none" gmemreboot --json
}
