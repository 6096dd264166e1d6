/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opt_row.h - an option as a row: its names, its type, its range, where its value goes. --help, the parser, the texts
 * of its errors, the completions and the check of the man pages are made from it. Knows no session: session_args.c
 * hands the rows to argp.
 *
 * A table of rows ends with a zeroed row. Where a row's value goes is a variable (GM_TO) or a field of the struct that
 * the table's user names (GM_IN); either does not compile when its type is not the one that the row's type needs.
 */
#ifndef GM_SESSION_OPT_ROW_H
#define GM_SESSION_OPT_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum gm_opt_type {	/* target, and what becomes of it */
	GM_OPT_HEADING,	/* none: help is a line of --help above the rows that follow */
	GM_OPT_FLAG,	/* bool: true */
	GM_OPT_CLEAR,	/* bool: false */
	GM_OPT_BITS,	/* uint32_t: the bits of .bits are set */
	GM_OPT_TALLY,	/* int: one more */
	GM_OPT_TEXT,	/* const char *: the value as it was typed; kept */
	GM_OPT_NUMBER,	/* uint32_t or uint64_t: decimal */
	GM_OPT_SIZE,	/* uint64_t: a number, with K, M, G, T by 1024 */
	GM_OPT_TIME,	/* uint64_t: ns */
	GM_OPT_CHOICE,	/* an enum: which of .names it is */
	GM_OPT_WORD,	/* const char *: the one of .names that it is, in its own spelling */
	/*
	 * uint32_t or uint64_t: a bit is set for each of .names, separated by commas; "all": all. Given again it adds
	 */
	GM_OPT_LIST,
	GM_OPT_KEYS,	/* KEY=X: by the row of that name in .keys */
	GM_OPT_CALL,	/* .parse() fills it */
};

struct gm_opt_row {
	const char *name;	/* the long option, without dashes; NULL in a heading */
	char key;		/* the short option's letter; 0: it has none */
	const char *metavar;	/* what --help and the man page call its value; NULL: it takes none */
	const char *help;	/* one line */
	enum gm_opt_type type;
	int group;		/* where it stands in --help; 0: where the row before it does */
	/* Target: to, or NULL: offset at in the struct that the table is used with. */
	void *to;
	size_t at, size;
	/* range, both included; of names: their indices. max 0: what the target can hold; of names: until NULL */
	uint64_t min, max;
	bool power;		/* powers of two only */
	uint64_t unit_ns;	/* of a time without one; 0: seconds */
	uint32_t bits;		/* GM_OPT_BITS */
	/* NULL: there is none (before max: a gap). Beside GM_OPT_CALL: offered by completions only */
	const char *(*names)(unsigned int i);
	bool any_case;		/* of names */
	bool is_path;		/* the value names a file or a directory: for completions */
	const struct gm_opt_row *keys;
	/* 0, or -EINVAL and why. arg may be kept. */
	int (*parse)(void *target, const char *arg, char *why, size_t size);
	uint32_t given;		/* bits that are set in struct gm_opts.given when the option is */
};

/* The address of a pointer of type T * or a compile error; the same for a field of a struct. */
#define GM_TO(T, var)		.to = _Generic(&(var), T *: &(var)), .size = sizeof(var)
#define GM_IN(T, base, field)	.at = offsetof(base, field) + 0 * sizeof(_Generic(&((base *)0)->field, T *: 0)), \
	.size = sizeof(((base *)0)->field)

static inline bool gm_opt_row_is_end(const struct gm_opt_row *row)
{
	return !row->name && !row->help;
}

/*
 * Sets the row's target (in base, for rows of GM_IN) to what arg (NULL: the option takes none) says. what is the
 * option as messages name it. 0; -EINVAL: why has the message, which begins with what, and the target is as before or
 * in part set.
 */
int gm_opt_row_set(const struct gm_opt_row *row, void *base, const char *what, const char *arg, char *why, size_t size);
/* The row of that long name; NULL: there is none. */
const struct gm_opt_row *gm_opt_row_find(const struct gm_opt_row *rows, const char *name);
/*
 * One line, for programs that make or check texts about options: tab-separated the words before, long name, short
 * name, metavar, type, what a value can be, help; "-" is none. KEY=X is followed by a line for each key.
 */
void gm_opt_row_print(FILE *f, const char *before, const struct gm_opt_row *row);

#endif
