// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* opt_row.c - parses an option's value by its row. Values with trailing junk are refused. */
#include "session/opt_row.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/fmt.h"
#include "base/parse.h"

#define SECOND_NS 1000000000ull
#define LISTED_MAX	40	/* of more names, a wrong word's message lists the nearest ones */
#define NEAREST_MAX	4
#define WORD_MAX	40	/* distances that words can have */

/* A value to be set: its row, target and argument, and the buffer for a message. */
struct value {
	const struct gm_opt_row *row;
	void *to;
	const char *what;
	const char *arg;
	char *why;
	size_t size;		/* of why */
};

static int refuse(const struct value *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int refuse(const struct value *v, const char *fmt, ...)
{
	int used = snprintf(v->why, v->size, "%s: ", v->what);
	va_list ap;

	va_start(ap, fmt);
	if (used > 0 && (size_t)used < v->size)
		vsnprintf(v->why + used, v->size - (size_t)used, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void store_target(const struct value *v, uint64_t n)
{
	if (v->row->size == sizeof(uint32_t))
		*(uint32_t *)v->to = (uint32_t)n;
	else
		*(uint64_t *)v->to = n;
}

static uint64_t load_target(const struct value *v)
{
	return v->row->size == sizeof(uint32_t) ? *(uint32_t *)v->to : *(uint64_t *)v->to;
}

/* ---- numbers ---- */

static uint64_t max_value(const struct gm_opt_row *row)
{
	return row->max ? row->max : row->size == sizeof(uint32_t) ? UINT32_MAX : UINT64_MAX;
}

static int set_number(const struct value *v)
{
	const struct gm_opt_row *row = v->row;
	bool size = row->type == GM_OPT_SIZE;
	uint64_t n;
	int err = size ? gm_parse_bytes(v->arg, &n) : gm_parse_u64(v->arg, 0, UINT64_MAX, &n);

	if (!err && n >= row->min && n <= max_value(row) && !(row->power && n & (n - 1))) {
		store_target(v, n);
		return 0;
	}
	if (size && !row->min && !row->max)
		return refuse(v, "not a size: '%s' (like 64M, 2G)", v->arg);
	return refuse(v, "not a %s from %llu to %llu: '%s'", row->power ? "power of two" : "number",
		      (unsigned long long)row->min, (unsigned long long)max_value(row), v->arg);
}

/* "", " above 0", " from 1ms", " from 1ms to 10s" */
static const char *time_range(char *buf, size_t size, const struct gm_opt_row *row)
{
	char min[8], max[8];

	gm_fmt_ns(min, sizeof(min), row->min);
	gm_fmt_ns(max, sizeof(max), row->max);
	if (row->max)
		snprintf(buf, size, " from %s to %s", min, max);
	else if (row->min > 1)
		snprintf(buf, size, " from %s", min);
	else
		snprintf(buf, size, "%s", row->min ? " above 0" : "");
	return buf;
}

static int set_time(const struct value *v)
{
	const struct gm_opt_row *row = v->row;
	bool seconds = !row->unit_ns || row->unit_ns == SECOND_NS;
	char range[40];
	uint64_t ns;

	if (!gm_parse_duration(v->arg, seconds ? SECOND_NS : row->unit_ns, &ns) && ns >= row->min &&
	    ns <= max_value(row)) {
		store_target(v, ns);
		return 0;
	}
	return refuse(v, "not a time%s: '%s' (like %s)", time_range(range, sizeof(range), row), v->arg,
		      seconds ? "1, 0.5, 500ms, 2m" : "500us, 2ms; a plain number is microseconds");
}

/* ---- names ---- */

/* Return the first name of a row with index *i or higher, and set *i to its index; NULL: no more names. */
static const char *next_name(const struct gm_opt_row *row, uint64_t *i)
{
	for (; row->max ? *i <= row->max : row->names((unsigned int)*i) != NULL; (*i)++)
		if (row->names((unsigned int)*i))
			return row->names((unsigned int)*i);
	return NULL;
}

/* Lists all names of a row, separated by separator: "one, two, three". */
static void list_names(char *buf, size_t size, const struct gm_opt_row *row, const char *separator)
{
	size_t used = 0;
	const char *name;

	buf[0] = '\0';
	for (uint64_t i = row->min; (name = next_name(row, &i)) && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? separator : "", name);
}

static const char *find_name(const struct gm_opt_row *row, const char *word, uint64_t *index)
{
	const char *name;

	for (*index = row->min; (name = next_name(row, index)); (*index)++)
		if (!(row->any_case ? strcasecmp : strcmp)(word, name))
			return name;
	return NULL;
}

static uint64_t count_names(const struct gm_opt_row *row)
{
	uint64_t nr = 0;

	for (uint64_t i = row->min; next_name(row, &i); i++)
		nr++;
	return nr;
}

/* Lists the names that are most like a word, at most NEAREST_MAX, the nearest first. */
static void list_nearest(char *buf, size_t size, const struct gm_opt_row *row, const char *word)
{
	unsigned int nr = 0;
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int d = 0; d < WORD_MAX && nr < NEAREST_MAX; d++) {
		const char *name;

		for (uint64_t i = row->min; (name = next_name(row, &i)) && nr < NEAREST_MAX && used < size; i++) {
			if (gm_word_distance(word, name) != d)
				continue;
			used += (size_t)snprintf(buf + used, size - used, "%s%s", nr++ ? ", " : "", name);
		}
	}
}

static int refuse_name(const struct value *v, const char *word, const char *more)
{
	char names[600];

	if (count_names(v->row) > LISTED_MAX) {
		list_nearest(names, sizeof(names), v->row, word);
		return refuse(v, "'%s' is not one of %llu names; the nearest: %s (the man page has all)", word,
			      (unsigned long long)count_names(v->row), names);
	}
	list_names(names, sizeof(names), v->row, ", ");
	return refuse(v, "'%s' is not one of %s%s", word, more, names);
}

static int set_name(const struct value *v)
{
	uint64_t index;
	const char *name = find_name(v->row, v->arg, &index);

	if (!name)
		return refuse_name(v, v->arg, "");
	if (v->row->type == GM_OPT_WORD)
		*(const char **)v->to = name;
	else
		*(unsigned int *)v->to = (unsigned int)index;
	return 0;
}

static uint64_t all_bits(const struct gm_opt_row *row)
{
	uint64_t bits = 0;

	for (uint64_t i = row->min; next_name(row, &i); i++)
		bits |= 1ull << i;
	return bits;
}

static int set_list(const struct value *v)
{
	uint64_t bits = load_target(v), index;

	for (const char *list = v->arg;; list++) {
		size_t n = strcspn(list, ",");
		char word[40];

		snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : sizeof(word)), list);
		if (!strcmp(word, "all"))
			bits |= all_bits(v->row);
		else if (find_name(v->row, word, &index))
			bits |= 1ull << index;
		else
			return refuse_name(v, word, "all, ");
		list += n;
		if (!*list)
			break;
	}
	store_target(v, bits);
	return 0;
}

/* ---- KEY=X ---- */

const struct gm_opt_row *gm_opt_row_find(const struct gm_opt_row *rows, const char *name)
{
	for (; !gm_opt_row_is_end(rows); rows++)
		if (rows->name && !strcmp(rows->name, name))
			return rows;
	return NULL;
}

static int refuse_key(const struct value *v)
{
	char keys[200] = "";
	size_t used = 0;

	for (const struct gm_opt_row *k = v->row->keys; !gm_opt_row_is_end(k) && used < sizeof(keys); k++)
		used += (size_t)snprintf(keys + used, sizeof(keys) - used, "%s%s", used ? ", " : "", k->name);
	return refuse(v, "not KEY=X, or an unknown KEY: '%s' (%s)", v->arg, keys);
}

static int set_key(const struct value *v, void *base)
{
	const char *x = strchr(v->arg, '=');
	const struct gm_opt_row *key;
	char name[24], what[40];

	if (!x || (size_t)(x - v->arg) >= sizeof(name))
		return refuse_key(v);
	snprintf(name, sizeof(name), "%.*s", (int)(x - v->arg), v->arg);
	key = gm_opt_row_find(v->row->keys, name);
	if (!key)
		return refuse_key(v);
	snprintf(what, sizeof(what), "%s %s", v->what, name);
	return gm_opt_row_set(key, base, what, x + 1, v->why, v->size);
}

/* ---- all of them ---- */

static int set_by_call(const struct value *v)
{
	char why[700];
	int err = v->row->parse(v->to, v->arg, why, sizeof(why));

	return err ? refuse(v, "%s", why) : 0;
}

int gm_opt_row_set(const struct gm_opt_row *row, void *base, const char *what, const char *arg, char *why, size_t size)
{
	const struct value v = { row, row->to ? row->to : (char *)base + row->at, what, arg, why, size };

	switch (row->type) {
	case GM_OPT_HEADING: break;
	case GM_OPT_FLAG: *(bool *)v.to = true; break;
	case GM_OPT_CLEAR: *(bool *)v.to = false; break;
	case GM_OPT_BITS: *(uint32_t *)v.to |= row->bits; break;
	case GM_OPT_TALLY: ++*(int *)v.to; break;
	case GM_OPT_TEXT: *(const char **)v.to = arg; break;
	case GM_OPT_NUMBER:
	case GM_OPT_SIZE: return set_number(&v);
	case GM_OPT_TIME: return set_time(&v);
	case GM_OPT_CHOICE:
	case GM_OPT_WORD: return set_name(&v);
	case GM_OPT_LIST: return set_list(&v);
	case GM_OPT_KEYS: return set_key(&v, base);
	case GM_OPT_CALL: return set_by_call(&v);
	}
	return 0;
}

/* ---- for programs ---- */

static const char *const types[] = {
	[GM_OPT_FLAG] = "flag", [GM_OPT_CLEAR] = "flag", [GM_OPT_BITS] = "flag", [GM_OPT_TALLY] = "flag",
		[GM_OPT_TEXT] = "text", [GM_OPT_NUMBER] = "number",
	[GM_OPT_SIZE] = "size", [GM_OPT_TIME] = "time", [GM_OPT_CHOICE] = "name", [GM_OPT_WORD] = "name",
		[GM_OPT_LIST] = "list", [GM_OPT_KEYS] = "keys",
	[GM_OPT_CALL] = "text",
};

static void list_values(char *buf, size_t size, const struct gm_opt_row *row)
{
	size_t used = 0;

	snprintf(buf, size, "-");
	if (row->names)
		list_names(buf, size, row, " ");
	else if (row->max)
		snprintf(buf, size, "%llu..%llu", (unsigned long long)row->min, (unsigned long long)row->max);
	for (const struct gm_opt_row *k = row->keys; k && !gm_opt_row_is_end(k) && used < size; k++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s=", used ? " " : "", k->name);
}

void gm_opt_row_print(FILE *f, const char *before, const struct gm_opt_row *row)
{
	const char key[3] = { '-', row->key };
	char values[800];

	if (row->type == GM_OPT_HEADING)
		return;
	list_values(values, sizeof(values), row);
	fprintf(f, "%s%s\t%s\t%s\t%s\t%s\t%s\n", before, row->name, key, row->metavar ? row->metavar : "-",
		row->is_path ? "file" : types[row->type], values, row->help ? row->help : "-");
	for (const struct gm_opt_row *k = row->keys; k && !gm_opt_row_is_end(k); k++) {
		char key_before[80];

		snprintf(key_before, sizeof(key_before), "%s%s ", before, row->name);
		gm_opt_row_print(f, key_before, k);
	}
}
