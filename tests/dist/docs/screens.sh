#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Makes the pictures in docs/screens, of gmemtop's screens on a terminal: screens.sh [RECORDING]
#
# Replays examples/demo.gmrec (made by tests/dist/docs/record.sh) in gmemtop on a terminal of tmux. The recording's times are instructions, 1 ns each.
set -eu
cd "$(dirname "$0")/../../.."
command -v tmux >/dev/null || { echo "screens.sh: tmux is needed" >&2; exit 77; }
work=$(mktemp -d)
tm="tmux -S $work/tmux -f /dev/null"
trap '$tm kill-server 2>/dev/null; rm -rf "$work"' EXIT
mkdir -p docs/screens
rec=${1:-examples/demo.gmrec}

# shown WORDS: waits until they are on the screen
shown() {
	local tries=600
	until $tm capture-pane -p -t s | grep -qE "$1"; do
		[ $((tries -= 1)) -gt 0 ] || { echo "screens.sh: '$1' is not shown" >&2; $tm capture-pane -p -t s >&2; exit 1; }
		sleep 0.1 # between two tries
	done
}

# picture NAME TITLE: writes the screen as a picture
picture() {
	$tm capture-pane -e -p -t s | tests/dist/docs/svg.py "$2" >"docs/screens/$1.svg"
	echo "docs/screens/$1.svg"
}

LC_ALL=C.UTF-8 $tm new-session -d -s s -x 112 -y 16 "build/gmemtop --replay '$rec' --speed 20"
$tm set -g default-terminal xterm-256color
shown REPLAY
$tm send-keys -t s Space :
shown 'go to|time'
$tm send-keys -t s 50s Enter
shown 'paused +5[0-9]s'
# Steps sample by sample, so that the screen has rates and a history.
for _ in $(seq 14); do
	was=$($tm capture-pane -p -t s)
	$tm send-keys -t s f
	until [ "$($tm capture-pane -p -t s)" != "$was" ]; do sleep 0.1; done
done
picture machines "gmemtop: machines"
$tm send-keys -t s p
shown 'ZERO50'
picture phases "gmemtop: the times of each phase"
$tm resize-window -t s -x 112 -y 60
$tm send-keys -t s p Down Enter
shown 'INODES AND'
picture machine "gmemtop: one machine"
$tm send-keys -t s H
shown 'by samples'
picture heatmap "gmemtop: the faults of one machine as a heatmap"
