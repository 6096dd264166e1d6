#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Gets test kernels by name: kernel.sh list | get ID | args ID | unknown
#
#   list     prints the kernels of the table (tests/kernel/vm/kernels) and of the archive
#   get ID   downloads and unpacks the kernel, and prints its folder:
#            vmlinuz, version, and for a modular kvm: modules/*.ko, order (insmod order)
#   args ID  prints the kernel arguments that this kernel needs
#   unknown  prints series from 6.12 on that the archive has and the table has not
#
# GM_TEST_KERNEL=FILE replaces every ID by a kernel image with kvm built in.
# GM_CACHE is the folder of kernels. Exit status 77: this kernel is unavailable, with the reason.
set -eu
. "$(dirname "$0")/lib.sh"

# The modules to take, with their dependencies. QEMU emulates kvm-amd's side.
GM_MODULES="kvm kvm-amd"

# Prints a line "package version depends" for each kernel package of the archive; the output is cached as long as the lists.
offers() {
	local root
	root=$(cache_dir)/apt
	if ! [ "$root/offers" -nt "$root/updated" ]; then
		private_apt apt-cache pkgnames linux- | grep -E '^linux-(image|binary|modules)-[0-9].*[0-9]-(amd64|arm64)$' |
			xargs -r "$GM_VM/kernel.sh" show >"$root/offers.new"
		mv "$root/offers.new" "$root/offers"
	fi
	cat "$root/offers"
}

show() {
	private_apt apt-cache show --all-versions "$@" | awk '
		/^Package: / { name = $2 }
		/^Version: / { version = $2 }
		/^Depends: / { depends = $0; gsub(/^Depends: |\([^)]*\)| /, "", depends) }
		/^$/ { if (name) print name, version, depends; name = version = depends = "" }
		END { if (name) print name, version, depends }'
}

# Prints "image version part=version..." of the newest match of a regular expression that is no
# release candidate and that is complete: since 6.19 an image consists of a binary and a modules
# package, and the archive keeps old binaries longer than their modules.
choose() {
	offers | sort -k2,2rV | awk -v regex="^($1)$" '
		{ have[$1 "=" $2] = 1 }
		$1 ~ regex && $2 !~ /~rc/ { order[++n] = $1 "=" $2; depends[$1 "=" $2] = $3 }
		END {
			for (i = 1; i <= n; i++) {
				split(order[i], id, "=")
				line = whole(depends[order[i]], id[2])
				if (line == "")
					line = " " order[i]
				if (line != "no") {
					print id[1], id[2] line
					exit
				}
			}
			exit 1
		}
		function whole(list, version,   count, dep, j, line) {
			count = split(list, dep, ",")
			for (j = 1; j <= count; j++) {
				if (dep[j] !~ /^linux-(binary|modules)-/)
					continue
				if (!((dep[j] "=" version) in have)) {
					if (dep[j] ~ /^linux-modules-.*-arm64$/)
						continue	# these have kvm built in
					return "no"
				}
				line = line " " dep[j] "=" version
			}
			return line
		}'
}

# Appends the module NAME of the tree DIR to the file ORDER, after all modules that it depends on.
add_module() {
	local dir=$1 name=$2 order=$3 file dep
	if grep -qx -- "$name" "$order"; then
		return
	fi
	file=$(find "$dir" -name "${name//[-_]/[-_]}.ko*" | head -n 1)
	[ -n "$file" ] || return 0 # built in
	for dep in $(modinfo -F depends "$file" | tr ',' ' '); do
		add_module "$dir" "$dep" "$order"
	done
	echo "$name" >>"$order"
	unpack_module "$file" "$name"
}

# Unpacks a module, since busybox insmod knows no compression.
unpack_module() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac >"modules/$2.ko"
}

# Copies the image and the wanted modules from the unpacked packages in ./tree.
harvest() {
	local vmlinuz module
	vmlinuz=$(find tree/boot tree/usr/lib -name 'vmlinuz*' 2>/dev/null | head -n 1)
	[ -n "$vmlinuz" ] || die "the package holds no kernel image"
	cp "$vmlinuz" vmlinuz
	mkdir -p modules
	: >order
	for module in $GM_MODULES; do
		add_module tree "$module" order
	done
	rm -rf tree
}

# fetch DIR PART...: downloads, checks and unpacks packages; DIR only exists when it is complete.
fetch() {
	local dir=$1 work part
	shift
	work=$(mktemp -d "$dir.XXXXXX")
	# shellcheck disable=SC2064 # the present value
	trap "rm -rf '$work'" EXIT
	chmod 755 "$work"
	say "downloading $*"
	cd "$work"
	private_apt apt-get -qq download "$@" >download.log 2>&1 || skip "could not be downloaded: $*"
	for part in *.deb; do
		dpkg-deb -x "$part" tree
		rm -f "$part"
	done
	harvest
	echo "${dir##*/}" >version
	rm -f download.log
	cd /
	mv "$work" "$dir"
	trap - EXIT
}

# Gets a kernel image that is a file, with kvm built in.
file_kernel() {
	local id=$1 file=$2 dir
	dir=$(cache_dir)/kernels/$id
	mkdir -p "$dir"
	cp -u "$file" "$dir/vmlinuz"
	: >"$dir/order"
	basename "$file" >"$dir/version"
	echo "$dir"
}

get_file() {
	local id=$1 glob=$2 file
	for file in "$GM_TOP"/$glob; do
		if [ -r "$file" ]; then
			file_kernel "$id" "$file"
			return
		fi
	done
	skip "kernel $id: no file $glob"
}

# Gets a Debian kernel; uses the cache if the archive cannot be reached.
get_debian() {
	local id=$1 regex=$2 kernels chosen image parts dir
	need xz zstd modinfo dpkg-deb flock
	kernels=$(cache_dir)/kernels
	mkdir -p "$kernels"
	if [ -e "$kernels/$id/version" ] && [ -n "$(find "$kernels/$id" -maxdepth 0 -mtime -7)" ]; then
		echo "$kernels/$id"
		return
	fi
	private_ready
	chosen=$(choose "$regex") || {
		[ -e "$kernels/$id/version" ] || skip "kernel $id: the archive offers no complete package for it now"
		echo "$kernels/$id"
		return
	}
	read -r image _ parts <<<"$chosen"
	dir=$kernels/${image#linux-image-}
	# shellcheck disable=SC2086 # one word a package
	[ -e "$dir/version" ] || fetch "$dir" $parts
	touch "$dir"
	ln -sfn "${dir##*/}" "$kernels/$id"
	echo "$kernels/$id"
}

get() {
	local id=$1 from what
	if [ -n "${GM_TEST_KERNEL:-}" ]; then
		[ -r "$GM_TEST_KERNEL" ] || die "GM_TEST_KERNEL: no such file: $GM_TEST_KERNEL"
		file_kernel given "$GM_TEST_KERNEL"
		return
	fi
	from=$(kernel_field "$id" 2) || {
		say "no kernel named $id (kernel.sh list)"
		exit 2
	}
	what=$(kernel_field "$id" 3)
	case $from in
	file) get_file "$id" "$what" ;;
	*) with_lock get_debian "$id" "$what" ;;
	esac
}

offer() {
	local from=$1 what=$2 file chosen
	if [ "$from" = file ]; then
		for file in "$GM_TOP"/$what; do
			[ ! -r "$file" ] || basename "$file"
		done
		return
	fi
	chosen=$(choose "$what") || return 0
	chosen=${chosen%% *}
	echo "${chosen#linux-image-}"
}

list() {
	local id from what offered why
	with_lock private_ready
	printf '%-13s %-28s %-9s %s\n' ID OFFERED CACHED WHY
	for id in $(kernel_rows | cut -d'|' -f1); do
		from=$(kernel_field "$id" 2)
		what=$(kernel_field "$id" 3)
		why=$(kernel_field "$id" 5)
		offered=$(offer "$from" "$what")
		printf '%-13s %-28s %-9s %s\n' "$id" "${offered:--}" \
			"$([ -e "$(cache_dir)/kernels/$id/version" ] && echo yes || echo no)" "$why"
	done
}

unknown() {
	with_lock private_ready
	offers | sed -nE 's/^linux-image-([0-9]+\.[0-9]+)\.[0-9].*\+deb[0-9]+-(amd64|arm64) .*/\2-\1/p' | sed 's/^amd64-//' | sort -u |
		while read -r series; do
			[ "$(printf '%s\n6.12\n' "${series#arm64-}" | sort -V | head -n 1)" = 6.12 ] || continue
			case $series in
			arm64-6.1[2-7]) continue ;; # no guest_memfd on arm64 before 6.18
			esac
			kernel_field "$series" 1 >/dev/null || echo "$series"
		done
}

case ${1:-} in
list) list ;;
unknown) unknown ;;
show) shift && show "$@" ;; # offers() runs it
get) get "${2:?kernel.sh get ID}" ;;
args) kernel_field "${2:?kernel.sh args ID}" 4 || : ;;
*)
	sed -n '3,14s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
