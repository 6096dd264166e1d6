# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Prints the tools' completions for a shell, from their option rows: awk -f complete.awk -v shell=bash|zsh|fish options. The rows are stored in
# tools/pkg/options (written by tests/dist/pack/options.py), so no tool has to run, and a cross build has completions, too.

BEGIN {
	FS = "\t"
	head["bash"] = "# bash completion for gmemscope's tools, made by tools/pkg/complete.awk"
	head["fish"] = "# fish completion for gmemscope's tools, made by tools/pkg/complete.awk"
}

# Adds an option of a tool, or one of argp's own.
function add(tool, name, letter, metavar, type, values, what,	n) {
	if (!(tool in count))
		tools[++ntools] = tool
	n = ++count[tool]
	opt_long[tool, n] = substr(name, 3)
	opt_short[tool, n] = letter == "-" ? "" : substr(letter, 2)
	opt_arg[tool, n] = metavar == "-" ? "" : metavar
	opt_file[tool, n] = type == "file"
	opt_words[tool, n] = type ~ /^(name|list|keys)$/ ? values : ""
	opt_what[tool, n] = what
}

/^#/ || $2 ~ / / { next }	# rows of KEY=X's keys are no options
{ row[++nrows] = $0 }

# Adds the rows of each tool, then the common rows.
function add_rows(	t, i, f) {
	for (i = 1; i <= nrows; i++) {
		split(row[i], f, FS)
		if (f[1] != "all")
			add(f[1], f[2], f[3], f[4], f[5], f[6], f[7])
	}
	for (t = 1; t <= ntools; t++) {
		for (i = 1; i <= nrows; i++) {
			split(row[i], f, FS)
			if (f[1] == "all")
				add(tools[t], f[2], f[3], f[4], f[5], f[6], f[7])
		}
		add(tools[t], "--help", "-?", "-", "flag", "-", "Give a list of the options")
		add(tools[t], "--help-all", "-", "-", "flag", "-", "Give the list of all options")
		add(tools[t], "--usage", "-", "-", "flag", "-", "Give a short usage message")
		add(tools[t], "--version", "-V", "-", "flag", "-", "Print the program's version")
	}
}

# Names of VMs for --vm, from the command lines of VMMs: no privilege, no kernel program. Names are untrusted input, and bash expands the
# words that it completes, so that only harmless characters pass.
function vms_command() {
	return "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | awk 'p { sub(/^guest=/, \"\"); sub(/,.*/, \"\"); if (/^[A-Za-z0-9._:@+-]+$/) print } { p = /^(-name|--name|--id)$/ }' | sort -u"
}

function is_vm(tool, i) {
	return opt_long[tool, i] == "vm"
}

function quoted(s) {
	gsub(/'/, "'\\''", s)
	return "'" s "'"
}

function bash(	t, i, list, cases, how) {
	print head["bash"]
	print "_gmemscope_vms()\n{\n\t" vms_command() "\n}"
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
			how = is_vm(tool, i) ? "-W \"$(_gmemscope_vms)\"" : opt_file[tool, i] ? "-f" : "-W '" opt_words[tool, i] "'"
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
	print "_gmemscope_vms()\n{\n\tcompadd -- ${(f)\"$(" vms_command() ")\"}\n}"
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
				action = ":" spec ":" (is_vm(tool, i) ? "_gmemscope_vms" : opt_file[tool, i] ? "_files" : opt_words[tool, i] != "" ? "(" opt_words[tool, i] ")" : " ")
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
	print "function __gmemscope_vms\n\t" vms_command() "\nend"
	for (t = 1; t <= ntools; t++) {
		tool = tools[t]
		for (i = 1; i <= count[tool]; i++) {
			line = "complete -c " tool " -l " opt_long[tool, i]
			if (opt_short[tool, i] != "" && opt_short[tool, i] != "?")
				line = line " -s " opt_short[tool, i]
			if (is_vm(tool, i))
				line = line " -x -a '(__gmemscope_vms)'"
			else if (opt_file[tool, i])
				line = line " -r -F"
			else if (opt_arg[tool, i] != "")
				line = line " -x" (opt_words[tool, i] == "" ? "" : " -a " quoted(opt_words[tool, i]))
			print line " -d " quoted(opt_what[tool, i])
		}
	}
}

END {
	add_rows()
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else
		fish()
}
