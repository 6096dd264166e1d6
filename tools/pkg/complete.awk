# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Completions of the tools for one shell, from their man pages: awk -f complete.awk -v shell=bash|zsh|fish TOOL.8...
# The pages have every option that --help has (tests/pack/pages.sh), so nothing is run, and a cross build has completions, too.

BEGIN {
	# What an option's argument can be, by its name in the page; FILE and DIR are files. By commas: LIST.
	values["MODE"] = "auto full kprobe tracepoint inventory"
	values["SET"] = "memory phases"
	values["HOW"] = "none zlib zstd"
	values["FORMAT"] = "json csv perfetto"
	values["WHAT gmem_exporter"] = "text openmetrics protobuf otlp"
	values["WHAT gmemhist"] = "machine vm host"
	values["KEY=X"] = "max-vms= max-files= ring= page-budget= avoid="
	# Names are taken from the wire format's header, which may be given before the pages.
	files["FILE"] = files["DIR"] = files["PATH"] = files["VMLINUX[,KVM]"] = files["A.rec B.rec"] = 1
	head["bash"] = "# bash completion for gmemscope's tools, made by tools/pkg/complete.awk"
	head["fish"] = "# fish completion for gmemscope's tools, made by tools/pkg/complete.awk"
}

function plain(s) {
	gsub(/\\f[A-Z]/, "", s)
	gsub(/\\-/, "-", s)
	gsub(/\\\(dq|\\&/, "", s)
	return s
}

# The text of a macro's line: its arguments without quotes, put together.
function text(line,	m) {
	m = line ~ /^\.(BR|RB|IR|RI|BI|IB) /
	sub(/^\.[A-Z]+ /, "", line)
	line = plain(line)
	if (m) {
		gsub(/" +"/, "\001", line)
		gsub(/ +/, m ? "" : " ", line)
		gsub(/\001/, " ", line)
	}
	gsub(/"/, "", line)
	return line
}

function done(	i, n) {
	sub(/([.;:,] | \(|[.:]$).*/, "", what)
	gsub(/^ +| +$/, "", what)
	for (i = 1; i <= named; i++) {
		n = ++count[tool]
		opt_long[tool, n] = long[i]
		opt_arg[tool, n] = arg[i]
		opt_short[tool, n] = short
		opt_what[tool, n] = what
	}
	named = 0
	short = what = ""
}

FILENAME ~ /gm_wire\.h$/ {
	if (/^#define GM_PHASES/ || /^#define GM_EVENT_KINDS/)
		of = /PHASES/ ? "LIST gmemhist" : "LIST gmemsnoop"
	else if (of != "" && match($0, /"[a-z_]+"/))
		values[of] = values[of] (values[of] == "" ? "" : " ") substr($0, RSTART + 1, RLENGTH - 2)
	if (!/\\$/)
		of = ""
	next
}
FNR == 1 {
	done()
	tool = FILENAME
	sub(/.*\//, "", tool)
	sub(/\.8$/, "", tool)
	tools[++ntools] = tool
	inside = 0
}
/^\.SH / { done(); inside = /^\.SH OPTIONS/ }
/^\.SS / { done() }
/^\.TP/ { done(); fresh = 1; next }
/^\.TQ/ { fresh = 1; next }	# another name
inside && fresh && /\\-/ {
	fresh = 0
	line = $0
	sub(/^\.[A-Z]+ /, "", line)
	line = plain(line)
	gsub(/"/, "", line)
	if (match(line, /^-[A-Za-z?]/))
		short = substr(line, 2, 1)
	if (!match(line, /--[a-z][a-z0-9.-]*/))
		next
	long[++named] = substr(line, RSTART + 2, RLENGTH - 2)
	arg[named] = line ~ /--[a-z0-9.-]*=/ ? substr(line, RSTART + RLENGTH + 1) : ""
	if (line !~ /NAME: VALUE|A.rec B.rec/)
		gsub(/ /, "", arg[named])
	next
}
inside && named && what !~ /[.;:]( |$)| \(/ && !/^\.(PP|RS|RE|IP|EX|EE)/ {
	what = what (what == "" ? "" : " ") (/^\./ ? text($0) : plain($0))
}

function words_of(a) {
	return a in values ? values[a] : (a " " tool) in values ? values[a " " tool] : ""
}

function quoted(s) {
	gsub(/'/, "'\\''", s)
	return "'" s "'"
}

function bash(	t, i, list, cases, how) {
	print head["bash"]
	print "_gmemscope()\n{"
	print "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} tool=${COMP_WORDS[0]##*/} options="
	print "\tCOMPREPLY=()"
	print "\t# --option=value comes in three words"
	print "\tif [[ $cur == = ]]; then"
	print "\t\tcur="
	print "\telif [[ $prev == = ]]; then"
	print "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}"
	print "\tfi"
	print "\tcase $tool:$prev in"
	for (t = 1; t <= ntools; t++) {
		tool = tools[t]
		for (i = 1; i <= count[tool]; i++) {
			if (opt_arg[tool, i] == "")
				continue
			cases = tool ":--" opt_long[tool, i] (opt_short[tool, i] == "" ? "" : " | " tool ":-" opt_short[tool, i])
			how = opt_arg[tool, i] in files ? "-f" : "-W '" words_of(opt_arg[tool, i]) "'"
			print "\t" cases ")\n\t\tCOMPREPLY=($(compgen " how " -- \"$cur\"))\n\t\treturn\n\t\t;;"
		}
	}
	print "\tesac"
	print "\tcase $tool in"
	for (t = 1; t <= ntools; t++) {
		tool = tools[t]
		list = ""
		for (i = 1; i <= count[tool]; i++)
			list = list (i == 1 ? "" : " ") "--" opt_long[tool, i] (opt_arg[tool, i] == "" ? "" : "=")
		print "\t" tool ") options='" list "' ;;"
	}
	print "\tesac"
	print "\tif [[ $cur == -* ]]; then"
	print "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))"
	print "\t\t[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null"
	print "\telse"
	print "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))"
	print "\tfi"
	print "}"
	list = ""
	for (t = 1; t <= ntools; t++)
		list = list " " tools[t]
	print "complete -o filenames -F _gmemscope" list
}

function zsh(	t, i, spec, action, what) {
	printf "#compdef"
	for (t = 1; t <= ntools; t++)
		printf " %s", tools[t]
	print "\n# made by tools/pkg/complete.awk"
	print "local -a specs\ncase $service in"
	for (t = 1; t <= ntools; t++) {
		tool = tools[t]
		print tool ")\n\tspecs=("
		for (i = 1; i <= count[tool]; i++) {
			what = opt_what[tool, i]
			gsub(/\[/, "(", what)
			gsub(/\]/, ")", what)
			action = ""
			if (opt_arg[tool, i] != "") {
				spec = opt_arg[tool, i]
				gsub(/:/, "", spec)
				action = ":" spec ":" (opt_arg[tool, i] in files ? "_files" : words_of(opt_arg[tool, i]) != "" ? "(" words_of(opt_arg[tool, i]) ")" : " ")
			}
			print "\t\t" quoted("*--" opt_long[tool, i] (opt_arg[tool, i] == "" ? "" : "=") "[" what "]" action)
			if (opt_short[tool, i] != "" && opt_short[tool, i] != "?")
				print "\t\t" quoted("*-" opt_short[tool, i] (opt_arg[tool, i] == "" ? "" : "+") "[" what "]" action)
		}
		print "\t)\n\t;;"
	}
	print "esac\n_arguments -s $specs '*::command:_normal'"
}

function fish(	t, i, line) {
	print head["fish"]
	for (t = 1; t <= ntools; t++) {
		tool = tools[t]
		for (i = 1; i <= count[tool]; i++) {
			line = "complete -c " tool " -l " opt_long[tool, i]
			if (opt_short[tool, i] != "" && opt_short[tool, i] != "?")
				line = line " -s " opt_short[tool, i]
			if (opt_arg[tool, i] in files)
				line = line " -r -F"
			else if (opt_arg[tool, i] != "")
				line = line " -x" (words_of(opt_arg[tool, i]) == "" ? "" : " -a " quoted(words_of(opt_arg[tool, i])))
			print line " -d " quoted(opt_what[tool, i])
		}
	}
}

END {
	done()
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else
		fish()
}
