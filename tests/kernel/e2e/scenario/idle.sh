# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows idle <<-'END'
	idle |  | a host without VMs
END

do_idle() {
	plain "$1/top" gmemtop --json --record "$1/top.rec" -- true
	plain "$1/snoop" gmemsnoop --json --replay "$1/top.rec"
	plain "$1/check" gmemcheck --json --replay "$1/top.rec"
}
