# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Prints a page of docs/ as a man page: awk -f page.awk -v name=NAME -v about="what it is" -v version=V -v date=YYYY-MM-DD FILE.md
#
# Understands the Markdown of these pages: headings, paragraphs, tables, lists with "-", blocks indented by four, `code`, **bold**,
# [links](to elsewhere).

function escaped(s) {
	gsub(/\\/, "\\e", s)
	gsub(/-/, "\\-", s)
	return s
}

function inline(s,	out, m) {
	gsub(/\\\|/, "|", s)
	while (match(s, /`[^`]*`|\*\*[^*]+\*\*|\[[^\]]*\]\([^)]*\)/)) {
		m = substr(s, RSTART, RLENGTH)
		out = out escaped(substr(s, 1, RSTART - 1))
		s = substr(s, RSTART + RLENGTH)
		if (m ~ /^`/)
			out = out "\\fB" escaped(substr(m, 2, length(m) - 2)) "\\fR"
		else if (m ~ /^\*\*/)
			out = out "\\fB" escaped(substr(m, 3, length(m) - 4)) "\\fR"
		else
			out = out escaped(substr(m, 2, index(m, "](") - 2))
	}
	out = out escaped(s)
	return out ~ /^[.']/ ? "\\&" out : out
}

# Ends the block of kind state and begins one of kind next_state.
function enter(next_state) {
	if (state == next_state)
		return
	if (state == "code")
		print ".fi\n.RE"
	if (state == "table")
		put_table()
	if (next_state == "code")
		print ".PP\n.RS\n.nf"
	if (next_state == "text")
		print ".PP"
	state = next_state
}

# Collects a row; a table is printed when it is complete. Columns with long cells break their lines, the last one always does.
function row(line,	i, n, cell) {
	sub(/^\| */, "", line)
	sub(/ *\|$/, "", line)
	gsub(/\\\|/, "\001", line)
	n = split(line, cell, / *\| */)
	if (state != "table") {
		enter("table")
		rows = cols = 0
		split("", long)
	}
	cols = n > cols ? n : cols
	rows++
	for (i = 1; i <= n; i++) {
		gsub(/\001/, "|", cell[i])
		table[rows, i] = inline(cell[i])
		if (length(cell[i]) > 28)
			long[i] = 1
	}
}

function put_table(	r, i) {
	long[cols] = 1
	printf ".PP\n.ad l\n.TS\n"
	for (i = 1; i <= cols; i++)
		printf "l%s%s", i in long ? "x" : "", i == cols ? ".\n" : " "
	for (r = 1; r <= rows; r++)
		for (i = 1; i <= cols; i++)
			printf "%s%s", i in long ? "T{\n" table[r, i] "\nT}" : table[r, i], i == cols ? "\n" : "\t"
	print ".TE\n.ad b"
	split("", table)
}

BEGIN {
	printf "'\\\" t\n.\\\" SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n"
	# One long page on a terminal, since man warns of a table row at the end of a page.
	printf ".TH %s 5 %s \"gmemscope %s\" \"File Formats\"\n.if n .pl 100000v\n.SH NAME\n%s \\- %s\n", toupper(escaped(name)), date, version, escaped(name), about
}
/^# / { print ".SH DESCRIPTION"; state = ""; next }
/^## / { enter(""); print ".SH " toupper(inline(substr($0, 4))); next }
/^### / { enter(""); print ".SS " inline(substr($0, 5)); next }
/^\|[-| ]*$/ { next }
/^\|/ { row($0); next }
/^    / { enter("code"); print inline(substr($0, 5)); next }
/^- / { enter("list"); print ".IP \\(bu 2\n" inline(substr($0, 3)); next }
/^$/ { if (state != "code") enter(""); else print ""; next }
{
	if (state == "list")
		sub(/^ +/, "")
	else
		enter("text")
	print inline($0)
}
END { enter("") }
