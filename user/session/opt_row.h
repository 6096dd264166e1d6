/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opt_row.h - an option as a row of a table: names, type, range, target. --help, the parser, error messages,
 * completions and the check of the man pages are made from it. Independent of sessions: session_args.c passes the rows
 * to argp.
 *
 * A table of rows ends with a zeroed row. A row's target is a variable (GM_TO) or a field of the struct that the
 * table's user passes (GM_IN); either fails to compile if the target's type is not the one that the row's type needs.
 * Rows are static and const; a GM_OPT_TEXT target keeps a pointer into argv.
 */
#ifndef GM_SESSION_OPT_ROW_H
#define GM_SESSION_OPT_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum gm_opt_type {	/* type of the target, and what it is set to */
	GM_OPT_HEADING,	/* no target: help is a heading in --help above the rows that follow */
	GM_OPT_FLAG,	/* bool: true */
	GM_OPT_CLEAR,	/* bool: false */
	GM_OPT_BITS,	/* uint32_t: the bits of .bits are set */
	GM_OPT_TALLY,	/* int: incremented */
	GM_OPT_TEXT,	/* const char *: points to the argument */
	GM_OPT_NUMBER,	/* uint32_t or uint64_t: decimal */
	GM_OPT_SIZE,	/* uint64_t: a number, with K, M, G, T by 1024 */
	GM_OPT_TIME,	/* uint64_t: ns */
	GM_OPT_CHOICE,	/* an enum: index in .names */
	GM_OPT_WORD,	/* const char *: the matching one of .names, as spelled there */
	/*
	 * uint32_t or uint64_t: sets the bit of each of .names, separated by commas; "all": all bits. Repeated options
	 * add
	 */
	GM_OPT_LIST,
	GM_OPT_KEYS,	/* KEY=X: X is set by the row KEY of .keys */
	GM_OPT_CALL,	/* set by .parse() */
};

struct gm_opt_row {
	const char *name;	/* the long option, without dashes; NULL in a heading */
	char key;		/* the short option's letter; 0: none */
	const char *metavar;	/* name of the value in --help and the man page; NULL: the option takes no value */
	const char *help;	/* one line */
	enum gm_opt_type type;
	int group;		/* argp group in --help; 0: the group of the row before */
	/* Target: to; if that is NULL, offset at in the struct that the table is used with. */
	void *to;
	size_t at, size;
	/* inclusive range; for names: of indices. max 0: the target's maximum; for names: up to the first NULL */
	uint64_t min, max;
	bool rare;		/* listed by --help-all only */
	bool power;		/* powers of two only */
	uint64_t unit_ns;	/* unit of a time without a unit; 0: seconds */
	uint32_t bits;		/* GM_OPT_BITS */
	/* i-th name; NULL: none (a gap if i is below max). For GM_OPT_CALL: values for completions only */
	const char *(*names)(unsigned int i);
	bool any_case;		/* compare names without case */
	bool is_path;		/* the value names a file or a directory: for completions */
	bool is_output;		/* GM_OPT_TEXT, with GM_TO: a file to write, which no other option may name */
	const struct gm_opt_row *keys;
	/* Returns 0, or -EINVAL with the reason in why. May keep arg. */
	int (*parse)(void *target, const char *arg, char *why, size_t size);
	uint32_t given;		/* bits to set in gm_opts.given when the option occurs */
};

/* A target of type T: a variable, or a field of a struct. Another type does not compile. */
#define GM_TO(T, var)		.to = _Generic(&(var), T *: &(var)), .size = sizeof(var)
#define GM_IN(T, base, field)	.at = offsetof(base, field) + 0 * sizeof(_Generic(&((base *)0)->field, T *: 0)), \
	.size = sizeof(((base *)0)->field)

static inline bool gm_opt_row_is_end(const struct gm_opt_row *row)
{
	return !row->name && !row->help;
}

/*
 * Sets the row's target (for GM_IN rows: in base) from arg (NULL if the option takes none). what names the option in
 * messages. Returns 0; -EINVAL with a message in why, which begins with what: the target is then unchanged or partly
 * set. arg may be kept, why not.
 */
int gm_opt_row_set(const struct gm_opt_row *row, void *base, const char *what, const char *arg, char *why, size_t size);
/* Return the row with this long name; NULL: none. */
const struct gm_opt_row *gm_opt_row_find(const struct gm_opt_row *rows, const char *name);
/*
 * Prints the row as one line for programs that make or check texts about options. Fields, separated by tabs: the words
 * before (as given), long name, short name, metavar, type, allowed values, help; "-" for none. A KEY=X row is followed
 * by a line for each key.
 */
void gm_opt_row_print(FILE *f, const char *before, const struct gm_opt_row *row);

#endif
