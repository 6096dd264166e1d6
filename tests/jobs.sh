# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# jobs.sh - runs test jobs side by side (sourced by run.sh). A job is a line
#
#   NAME | SECONDS | NEEDS | COMMAND
#
# SECONDS is the job's approximate time: the longest jobs begin first, so that all slots are in use to the end. NEEDS names a resource that
# only one job at a time may use, or is empty. Bash runs COMMAND with the caller's functions.
#
# Jobs that need "host" spend two thirds of their time waiting for the kernel (each attaching and detaching waits for grace periods). With more
# than one slot, one of them runs beside the slots.
#
# A job's output goes to build/test/NAME.log, its time to build/test/NAME.seconds (a "/" in NAME makes a folder there). A job whose command
# fails adds a line "not ok NAME: ..", one with status 77 a line "skip NAME: " with its last line of output. The caller's function
# keep_for NAME prints the folder for the job's files (its GM_KEEP), or nothing.

JOBS_LOGS=build/test
declare -A job_name=() job_began=() job_needs=() resource_used=()

# job_start NAME NEEDS COMMAND
job_start() {
	local name=$1 needs=$2 command=$3 log=$JOBS_LOGS/$1.log
	mkdir -p "${log%/*}"
	set -m # otherwise a job ignores SIGINT
	(
		GM_KEEP=$(keep_for "$name") && export GM_KEEP
		eval "$command"
	) >"$log" 2>&1 </dev/null &
	set +m
	job_name[$!]=$name
	job_began[$!]=$SECONDS
	job_needs[$!]=$needs
	[ -z "$needs" ] || resource_used[$needs]=1
}

# job_end PID STATUS: prints the results of the job that ended, and frees what it used.
job_end() {
	local pid=$1 status=$2 name=${job_name[$1]} seconds=$((SECONDS - job_began[$1]))
	local log=$JOBS_LOGS/$name.log
	[ -z "${job_needs[$pid]}" ] || unset "resource_used[${job_needs[$pid]}]"
	unset "job_name[$pid]"
	case $status in
	0) [ -n "$(jobs_results "$log")" ] || echo "not ok $name: it ended without a result" >>"$log" ;;
	77) echo "skip $name: $(tail -n 1 "$log")" >>"$log" ;;
	*) echo "not ok $name: its command failed with $status" >>"$log" ;;
	esac
	echo $seconds >"$JOBS_LOGS/$name.seconds"
	jobs_results "$log"
	printf '== %s: %d s\n' "$name" $seconds
}

# Prints the number of jobs that run in the slots: slots_used SLOTS
slots_used() {
	local pid used=0
	for pid in "${!job_name[@]}"; do
		[ "$1" -gt 1 ] && [ "${job_needs[$pid]}" = host ] || used=$((used + 1))
	done
	echo $used
}

# Starts the first job in the array waiting whose resource and a slot are free. Fails if there is none.
job_start_next() {
	local slots=$1 i name seconds needs command free
	free=$((slots - $(slots_used "$slots")))
	for i in "${!waiting[@]}"; do
		IFS='|' read -r name seconds needs command <<<"${waiting[i]}"
		needs=${needs// /}
		[ "$free" -gt 0 ] || { [ "$needs" = host ] && [ "$slots" -gt 1 ]; } || continue
		if [ -z "$needs" ] || [ -z "${resource_used[$needs]:-}" ]; then
			unset "waiting[i]"
			job_start "${name// /}" "$needs" "$command"
			return 0
		fi
	done
	return 1
}

# jobs_wait: waits until at least one job has ended, and prints its results. `wait -n` misses a job that ended before it was called; a second
# pass finds such jobs by their pid.
jobs_wait() {
	local pid status=0
	wait -n -p pid || status=$?
	if [ -n "${pid:-}" ]; then
		[ -z "${job_name[$pid]:-}" ] || job_end "$pid" $status
		return
	fi
	for pid in "${!job_name[@]}"; do
		kill -0 "$pid" 2>/dev/null && continue
		status=0
		wait "$pid" || status=$?
		job_end "$pid" $status
	done
}

# jobs_run SLOTS: runs the jobs of the standard input, each name once; prints each one's results as it ends.
jobs_run() {
	local slots=$1
	local -a waiting
	mapfile -t waiting < <(awk -F'|' '!seen[$1]++' | sort -t'|' -k2,2rn -s)
	while [ ${#waiting[@]} -gt 0 ] || [ ${#job_name[@]} -gt 0 ]; do
		while job_start_next "$slots"; do :; done
		jobs_wait
	done
}

# jobs_table: prints each job's time and results, then the reasons of skips, the most frequent first.
jobs_table() {
	local file name
	printf '%-28s %8s %8s %8s %8s\n' '== group' seconds checks failed skipped
	find "$JOBS_LOGS" -name '*.seconds' | sort | while read -r file; do
		name=${file#"$JOBS_LOGS"/}
		name=${name%.seconds}
		printf '%-28s %8d %8d %8d %8d\n' "$name" "$(cat "$file")" "$(jobs_count '(not )?ok' "$JOBS_LOGS/$name.log")" \
			"$(jobs_count 'not ok' "$JOBS_LOGS/$name.log")" "$(jobs_count skip "$JOBS_LOGS/$name.log")"
	done
	echo '== skipped, by reason'
	jobs_lines skip | sed -E 's/^skip [^:]*: *//; s/^known deviation: .* \((issue ".*")\)$/known deviation (\1)/; s/^[a-z0-9_.-]+: //' |
		sort | uniq -c | sort -rn
}

# jobs_times: prints the seconds of each scenario, from lines "# seconds NAME N", the longest first.
jobs_times() {
	echo '== seconds of each scenario'
	find "$JOBS_LOGS" -name '*.log' -exec grep -ahE '^# seconds ' {} + | sort -k4,4rn | awk '{ printf "%-36s %8d\n", $3, $4 }'
}

# jobs_results FILE prints the result lines of a log, jobs_count KIND FILE the number of one kind, jobs_lines KIND those of all logs. Logs may
# hold any bytes.
jobs_results() {
	grep -aE '^(ok|not ok|skip) ' "$1"
}

jobs_count() {
	grep -acE "^$1 " "$2"
}

jobs_lines() {
	find "$JOBS_LOGS" -name '*.log' -exec grep -ahE "^$1 " {} +
}
