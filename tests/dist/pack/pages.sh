#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Checks that man pages, --help and completions agree: pages.sh. Needs no root. Prints "ok ..", "not ok ..", "skip ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=pack
. tests/result.sh
tools=$(basename -s .8 -a tools/*.8)

# Prints the long options of --help-all, or of another help.
help_options() {
	"build/$1" "${2:---help-all}" | grep -oE '(^ +|, )--[a-z][a-z0-9.-]*' | sed 's/^[ ,]*//' | sort -u
}

all_options() {
	"build/$1" --help-all | grep -oE '^ +(-., )?--[a-z][a-z0-9.-]*'
}

one_page() {
	local tool=$1 page=tools/$1.8 section lines wide
	lines=$("build/$tool" --help | wc -l)
	wide=$("build/$tool" --help | awk 'length > 80')
	result "$tool: --help fits a screen of 40 lines and 80 columns" "$([ "$lines" -le 40 ] || echo "$lines lines")$wide"
	result "$tool: --help-all has 80 columns, and each option once" "$("build/$tool" --help-all | awk 'length > 80')$(all_options "$tool" | sort | uniq -d)"
	result "$tool: --help has options of --help-all alone, and names it" "$(comm -23 <(help_options "$tool" --help) <(help_options "$tool"))$("build/$tool" --help | grep -q -- '--help-all' || echo "no --help-all")"
	result "$tool: --help-all has every option row" "$(comm -23 <("build/$tool" --zz-rows | cut -f 2 | grep -v ' ' | sort -u) <(help_options "$tool"))"
	for section in NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES OVERHEAD PROBES CAVEATS "EXIT STATUS" "SEE ALSO"; do
		grep -q "^\.SH $section$" "$page" || echo "no section $section"
	done >"$work/missing"
	result "$tool: the sections of its page" "$(cat "$work/missing")"
}

# Prints man's warnings on a page, on narrow and wide terminals.
formatted() {
	local page=$1 width
	for width in 80 132; do
		MANWIDTH=$width man --warnings -l "$page" 2>&1 >"$work/text"
		[ -s "$work/text" ] || echo "nothing comes of it"
	done
}

# complete_bash WORD...: prints the completions of the last word. Bash splits --a=b into three words.
complete_bash() {
	bash -c '. build/completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gmemscope; printf "%s\n" "${COMPREPLY[@]}"' sh "$@"
}

# --vm completes what VMMs on this host are called; a name that a shell would run is left out.
complete_vms() {
	local pid name=complete-$$
	mkfifo "$work/fifo"
	sh -c 'read -r _' vmm -name "guest=$name,debug-threads=on" --id "\$(touch $work/run)$name" <>"$work/fifo" &
	pid=$!
	until grep -qz "$name" /proc/$pid/cmdline; do :; done # until it is that program
	[ "$(complete_bash gmemtop --vm = "$(printf %s "$name" | cut -c 1-9)" | grep -c "$name")" = 1 ] || echo "--vm=complete-"
	complete_bash gmemtop --vm '' | grep -F '$(' && echo "a name with a command"
	[ ! -e "$work/run" ] || echo "a name was run"
	kill $pid
}

completions() {
	local tool
	make -s build/completion.bash build/completion.zsh build/completion.fish
	for tool in $tools; do
		diff <(help_options "$tool") <(complete_bash "$tool" -- | sed 's/=$//; /^$/d' | sort -u) | sed "s/^/$tool: /"
	done >"$work/bash"
	[ "$(complete_bash gmemtop --mode = ke | tr '\n' ' ')" = " " ] || echo "--mode=ke" >>"$work/bash"
	[ "$(complete_bash gmemtop --mode = k | tr '\n' ' ')" = "kprobe " ] || echo "--mode=k" >>"$work/bash"
	[ "$(complete_bash gmemtop --columns ph | tr '\n' ' ')" = "phases " ] || echo "--columns ph" >>"$work/bash"
	[ "$(complete_bash gmemtop --sort FLT9 | tr '\n' ' ')" = "FLT99 " ] || echo "--sort FLT9" >>"$work/bash"
	[ "$(complete_bash gmemtop --replay = Makef | tr '\n' ' ')" = "Makefile " ] || echo "--replay=Makef" >>"$work/bash"
	complete_vms >>"$work/bash"
	result "bash completes every option, and values" "$(cat "$work/bash")"
	if command -v zsh >/dev/null; then
		result "zsh can read its completion" "$(zsh -n build/completion.zsh 2>&1)"
	else
		echo "skip pack/zsh: there is no zsh"
	fi
	if command -v fish >/dev/null; then
		for tool in $tools; do
			diff <(help_options "$tool") <(HOME=$work fish -c "source build/completion.fish; complete -C '$tool --'" | sed 's/[=\t].*//' | sort -u) | sed "s/^/$tool: /"
		done >"$work/fish"
		result "fish completes every option" "$(cat "$work/fish")"
	else
		echo "skip pack/fish: there is no fish"
	fi
}

# Prints the places that name another version than the file VERSION.
versions() {
	local version page
	version=$(cat VERSION)
	grep -q "^## $version (20" CHANGELOG.md || echo "CHANGELOG.md has no heading of $version"
	[ "$(sed -n '1s/^gmemscope (\(.*\)-[0-9]*).*/\1/p' tools/pkg/debian/changelog)" = "$version" ] || echo "tools/pkg/debian/changelog: $(head -n 1 tools/pkg/debian/changelog)"
	grep -q "gm_version $version}" tools/pkg/gmemscope.spec || echo "tools/pkg/gmemscope.spec: gm_version"
	for page in tools/*.8 tools/pkg/*.8; do
		grep -q "^\.TH .*\"gmemscope $version\"" "$page" || echo "$page: $(grep '^\.TH' "$page")"
	done
	grep -oE '(exporter|gmemscope)-[0-9.]+\.oci|gmem-exporter:[0-9.]+' docs/*.md docs/fleet/README.md docs/fleet/daemonset.yaml | grep -vE "[:-]$version(\.oci)?\$"
}

# The program that the tools are links to: by a link of its own, by its first argument, and with a name that is none.
one_program() {
	local tool
	for tool in $tools; do
		[ "$tool" != gmem_exporter ] || continue
		ln -s "$PWD/build/gmemscope" "$work/$tool"
		diff <("build/$tool" --help) <("$work/$tool" --help)
		diff <("build/$tool" --help) <(build/gmemscope "$tool" --help)
		grep -qF ".BR $tool (8)" tools/pkg/gmemscope.8 || echo "gmemscope.8 does not name $tool"
	done
	build/gmemscope gmem_exporter >"$work/text" 2>&1 && echo "gmemscope gmem_exporter: status 0"
	grep -q "no tool is named 'gmem_exporter'" "$work/text" || cat "$work/text"
}

for tool in $tools; do
	one_page "$tool"
done
result "gmemscope runs each tool by the name of a link and of its argument, no other" "$(one_program 2>&1)"
result "one version in VERSION, CHANGELOG.md, packages, pages and image names" "$(versions)"
result "options that do not go together are in the pages as the sources refuse them (tests/dist/pack/uses.py --write)" "$(python3 tests/dist/pack/uses.py 2>&1)"
result "pages, and what completions are made of, have the options as the rows of the tools do (tests/dist/pack/options.py --write)" "$(python3 tests/dist/pack/options.py 2>&1)"
make -s build/gmemscope-recording.5
if command -v man >/dev/null; then
	for page in tools/*.8 tools/pkg/*.8 build/gmemscope-recording.5; do
		result "${page##*/}: man --warnings" "$(formatted "$page")"
	done
else
	echo "skip pack/man: there is no man"
fi
completions
