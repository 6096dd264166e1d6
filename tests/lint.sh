#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Checks rules that the compiler does not (`make lint`): a file includes only its own folder and those below, only kernel/ uses libbpf and only
# top/ ncurses, a message comes with an error code, files have licence lines and a maximum size, no file names a package host. Prints an "ok"
# or "not ok" line a rule.
set -u
cd "$(dirname "$0")/.." || exit 1

# folder: folders that it may include
declare -A may=(
	[base]="base"
	[record]="base record"
	[kernel]="base record kernel"
	[model]="base record model"
	[past]="base record model past"
	[report]="base record model report"
	[session]="base record kernel model past report session"
	[top]="base record model report session top"
	[exporter]="base record model session exporter"
	[recorder]="base record model past report session recorder"
)
bad=0

# rule NAME: prints a rule's result; reads the findings from stdin
rule() {
	local found
	found=$(cat)
	if [ -z "$found" ]; then
		echo "ok lint: $1"
	else
		echo "not ok lint: $1"
		printf '%s\n' "$found" | sed 's/^/#   /'
		bad=1
	fi
}

layers() {
	local f layer inc
	for f in user/*/*.[ch]; do
		layer=${f#user/}
		layer=${layer%%/*}
		sed -nE 's/^#include "([a-z]+)\/.*/\1/p' "$f" | sort -u | while read -r inc; do
			case " ${may[$layer]:-} " in
			*" $inc "*) ;;
			*) echo "$f includes $inc/" ;;
			esac
		done
	done
}

layers | rule "layers: a file includes only its own folder and those below"
grep -lE '#include <bpf/|skel\.h"' user/*/*.[ch] tools/*.c |
	grep -v '^user/kernel/' | rule "libbpf in user/kernel only"
grep -lE '#include <(n?curses|ncursesw/)' user/*/*.[ch] tools/*.c | grep -vx 'user/top/tty.c' | rule "ncurses in tty.c only"
grep -lE '#include <(microhttpd|gnutls/|curl/|seccomp|cap-ng)' user/*/*.[ch] tools/*.c |
	grep -v '^user/exporter/' | rule "libmicrohttpd, GnuTLS, libcurl, libseccomp, libcap-ng in user/exporter only"
grep -l '#include <nettle/' user/*/*.[ch] tools/*.c | grep -vE '^user/base/(hmac|base64)\.c$' | rule "nettle in hmac.c and base64.c only"
grep -lE '#include <zstd\.h>' user/*/*.[ch] tools/*.c | grep -vx 'user/record/codec.c' | rule "zstd in codec.c only"
grep -nE '\b(exit|printf|puts|putchar)\(' user/{base,record,kernel,model,past,report}/*.c | grep -v '_exit(' | rule "libraries do not exit, nor print to stdout"
grep -nE '\b(clock_gettime|gm_now_ns|gm_real_ns|time|fopen|open|getenv)\(' user/{model,report}/*.c $(ls user/top/top*.c | grep -v top_cost) | rule "model and views read no clock, file or environment"
awk '/gm_err(no)?\(|gm_warn\(/ { if ($0 !~ /err|return/) said = FNR } /goto / { if (said == FNR - 1) print FILENAME ":" FNR } ' user/*/*.c |
	rule "no goto behind a message without an error code"
git ls-files '*.c' '*.h' '*.sh' '*.py' 2>/dev/null | xargs -r grep -L 'SPDX-License-Identifier' | rule "SPDX line in every file"
wc -l user/*/*.[ch] bpf/*.[ch] tools/*.c tests/kernel/guest/*.c tests/kernel/e2e/*.py tests/kernel/e2e/*/*.py | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines" }' | rule "files of at most 500 lines"
wc -l tools/*.c | awk '$2 != "total" && $1 > 220 { print $2 ": " $1 " lines" }' | rule "tools are thin"
grep -nE 'struct argp_option|argp_parse|tool->arg\b' user/*/*.[ch] tools/*.c | grep -v '^user/session/session_args.c' | rule "options are rows (opt_row.h): argp's table is made in one place"
git grep -nIE 'https?://[a-z0-9.]*(debian|ubuntu|npmjs)[a-z0-9.]*/' -- . ':!docs' 2>/dev/null | rule "no package host is named"
grep -nE 'set_autoload' user/*/*.c | grep -v "^user/kernel/attach_load.c:" | rule "autoload is set in one place"
tests/lint_c.py bpf_definitions | rule "maps and globals of bpf/ are defined in gm_probes.bpf.c and gm_scan.bpf.c"
grep -nE 'bpf_ringbuf_(reserve|submit|discard)' bpf/*.[ch] | grep -vE '^bpf/gm_(event|fault_event)\.bpf\.h:' | rule "records of a ring are reserved and submitted as gm_event.bpf.h says"
grep -nE 'fput|__filemap_get_folio|alloc_pages|clear_page' bpf/*.c | grep -E 'SEC\(' | rule "no probe on functions that every process calls often"
tests/lint_c.py columns | rule "lines of at most 120 columns"
tests/format.py --check | rule "functions and prototypes as clang-format writes them"
tests/lint_c.py contracts | rule "each prototype of a header has a contract"
tests/lint_c.py files | rule "comments name only existing files"
tests/lint_c.py errno | rule "gm_errno(-errno only behind the call that set errno"
[ ! -e build/libgm.a ] || tests/house.py --circles base record kernel model past report session top exporter recorder |
	rule "no two files of a folder need each other"
diff <(sed -n '/^<!-- tests.house.py --draw -->$/,/^<!-- end -->$/p' docs/dev/house.md | grep '^    ') <(tests/house.py --draw) | grep '^[<>]' |
	rule "docs/dev/house.md draws the includes"
tests/dist/docs/dialect.sh | rule "documents, README, man pages and messages use none of the phrases of tests/dist/docs/dialect"
tests/dist/docs/links.py | rule "links in README.md and docs lead to files and headings"
ls user/*/*.[ch] | sed 's|.*/||' | sort | uniq -d | rule "no two files of user/ have one name"
tests/kernel/vm/matrix.sh --wrong | rule "rows of the matrix name only existing kernels, scenarios and scripts"
[ $bad -eq 0 ] || [ -n "${GM_LINT_SOFT:-}" ] || exit 1
