#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A kernel whose kvm module is not loaded: every tool says so in one line, with the remedy, and exits with 3.
# Prints "ok ..", "not ok ..", "skip .." lines.
set -u
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cat > "$out/inside.sh" <<'END'
for t in gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmemrecord; do
	o=; [ $t != gmemrecord ] || o="-o /tmp/x.rec"
	$t $o > $OUT/$t.out 2> $OUT/$t.err < /dev/null
	echo $? > $OUT/$t.status
done
END
"$here/boot.sh" --kernel 6.18 --no-kvm --smp 1 --out "$out/vm" -- "$out/inside.sh" > "$out/log" 2>&1
st=$?
if [ $st -eq 77 ]; then
	echo "skip vm/no-kvm: $(tail -n 1 "$out/log")"
	exit 0
elif [ $st -ne 0 ]; then
	echo "not ok vm/no-kvm: the machine ended with status $st"
	exit 0
fi
for t in gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmemrecord; do
	if [ "$(cat "$out/vm/$t.status")" = 3 ] && [ "$(wc -l < "$out/vm/$t.err")" = 1 ] &&
		grep -q modprobe "$out/vm/$t.err" && [ ! -s "$out/vm/$t.out" ]; then
		echo "ok vm/no-kvm: $t"
	else
		echo "not ok vm/no-kvm: $t: status $(cat "$out/vm/$t.status"), $(head -c 300 "$out/vm/$t.err")"
	fi
done
