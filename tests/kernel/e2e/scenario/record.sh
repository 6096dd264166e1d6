# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows record <<-'END'
	record | --scenario guest,fallocate,punch,rebind --vms 2 | gmemrecord: a recording says what there was, to every tool
END

do_record() {
	for how in none zlib zstd; do
		observe "$1/rec-$how" "$2" gmemrecord --json -i 0.3 -o "$1/rec-$how.gmrec" --compress $how
		mv "$1/rec-$how.err" "$1/rec-$how.words"
	done
	as_if_live "$1/snoop" "$1/rec-none" "$1/rec-none.gmrec" gmemsnoop --json
	as_if_live "$1/top" "$1/rec-zstd" "$1/rec-zstd.gmrec" gmemtop --json -i 0.3
	plain "$1/top.replay" gmemtop --json -i 0.3 --replay "$1/rec-zstd.gmrec" --speed 50
	as_if_live "$1/hist" "$1/rec-zlib" "$1/rec-zlib.gmrec" gmemhist --json
	as_if_live "$1/reboot" "$1/rec-none" "$1/rec-none.gmrec" gmemreboot --json
}
