# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows halves <<-'END'
	halves | --scenario halves --pages 1608 | private and shared memory, held twice, left behind
END

do_halves() {
	held "$1/top" "$2" gmemtop --json -i 0.3 --record "$1/top.rec"
	plain "$1/top.replay" gmemtop --json -i 0.3 --replay "$1/top.rec" --speed 50
}
