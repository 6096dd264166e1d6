// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "past/machine_map.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "model/machine.h"

#define RULES_MAX	10000
#define CONDITIONS_MAX	6
#define WORD_MAX	512
#define FILE_MAX	(8u << 20)

/* The fields of model/machine.h, and cgroup, which a process may have several of. */
enum { FIELD_CGROUP = GM_FIELD_NR, FIELDS };
static const char *const fields[FIELDS] = {
	[GM_FIELD_UUID] = "uuid", [GM_FIELD_NAME] = "name", [GM_FIELD_ID] = "id", [GM_FIELD_PIDFILE] = "pidfile",
		[GM_FIELD_COMM] = "comm",
	[FIELD_CGROUP] = "cgroup",
};

struct condition {
	int field;
	char *pattern;
};

struct rule {
	char *name;
	struct condition condition[CONDITIONS_MAX];
	size_t nr;
};

struct gm_machine_map {
	struct gm_vec rules;	/* struct rule */
};

static int field_by_name(const char *s, size_t len)
{
	for (int i = 0; i < FIELDS; i++)
		if (strlen(fields[i]) == len && !memcmp(fields[i], s, len))
			return i;
	return -1;
}

/* ---- parsing ---- */

static void rule_free(struct rule *r)
{
	free(r->name);
	for (size_t i = 0; i < r->nr; i++)
		free(r->condition[i].pattern);
	free(r);
}

void gm_machine_map_free(struct gm_machine_map *map)
{
	for (size_t i = 0; map && i < map->rules.nr; i++)
		rule_free(map->rules.at[i]);
	if (map)
		gm_vec_release(&map->rules);
	free(map);
}

/* Reads the next word of a line, without its quotes. 1; 0: none is left; -EINVAL. */
static int next_word(const char **at, const char *end, char out[WORD_MAX])
{
	const char *s = *at;
	bool quoted = false;
	size_t n = 0;

	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		s++;
	if (s == end || *s == '#')
		return 0;
	for (; s < end && (quoted || (*s != ' ' && *s != '\t' && *s != '\r')); s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (n == WORD_MAX - 1 || !*s)
			return -EINVAL;
		else
			out[n++] = *s;
	}
	out[n] = '\0';
	*at = s;
	return quoted ? -EINVAL : 1;
}

static int check_name(const char *name, char *why, size_t size)
{
	for (const char *open = strchr(name, '{'); open; open = strchr(open + 1, '{')) {
		const char *close = strchr(open, '}');

		if (!close || field_by_name(open + 1, (size_t)(close - open - 1)) < 0) {
			snprintf(why, size, "%s: no field of that name (uuid, name, id, pidfile, comm, cgroup)", open);
			return -EINVAL;
		}
	}
	if (!name[0]) {
		snprintf(why, size, "the name is empty");
		return -EINVAL;
	}
	return 0;
}

static int add_condition(struct rule *r, const char *word, char *why, size_t size)
{
	const char *equals = strchr(word, '=');
	int field = equals ? field_by_name(word, (size_t)(equals - word)) : -1;

	if (field < 0 || !equals[1]) {
		snprintf(why, size, "'%s' is not FIELD=PATTERN (FIELD: uuid, name, id, pidfile, comm, cgroup)", word);
		return -EINVAL;
	}
	if (r->nr == CONDITIONS_MAX) {
		snprintf(why, size, "more than %d conditions", CONDITIONS_MAX);
		return -EINVAL;
	}
	r->condition[r->nr].field = field;
	r->condition[r->nr].pattern = strdup(equals + 1);
	return r->condition[r->nr++].pattern ? 0 : -ENOMEM;
}

static int fill_rule(struct rule *r, const char *s, const char *end, char *why, size_t size)
{
	char word[WORD_MAX];
	int n = next_word(&s, end, word), err;

	if (n < 0)
		goto bad_word;
	err = check_name(word, why, size);
	if (err)
		return err;
	r->name = strdup(word);
	if (!r->name)
		return -ENOMEM;
	while ((n = next_word(&s, end, word)) > 0) {
		err = add_condition(r, word, why, size);
		if (err)
			return err;
	}
	if (n < 0)
		goto bad_word;
	if (r->nr)
		return 0;
	snprintf(why, size, "a rule is NAME FIELD=PATTERN...: '%s' has no condition", r->name);
	return -EINVAL;
bad_word:
	snprintf(why, size, "a quote without its end, or a word of more than %d bytes", WORD_MAX - 1);
	return -EINVAL;
}

static int add_line(struct gm_machine_map *map, const char *s, const char *end, char *why, size_t size)
{
	const char *at = s;
	char word[WORD_MAX];
	struct rule *r;

	if (!next_word(&at, end, word))
		return 0; /* a blank line, or a comment */
	if (map->rules.nr == RULES_MAX) {
		snprintf(why, size, "more than %d rules", RULES_MAX);
		return -EINVAL;
	}
	r = calloc(1, sizeof(*r));
	if (!r || gm_vec_push(&map->rules, r)) {
		free(r);
		return -ENOMEM;
	}
	return fill_rule(r, s, end, why, size);
}

int gm_machine_map_parse(struct gm_machine_map **out, const char *text, size_t len, char *why, size_t size)
{
	const char *s = text, *all = text + len, *end;
	unsigned int line = 1;
	char what[WORD_MAX + 100] = "out of memory";
	int err = 0;

	*out = calloc(1, sizeof(**out));
	if (!*out)
		err = -ENOMEM;
	for (; !err && s < all; s = end + 1) {
		end = memchr(s, '\n', (size_t)(all - s));
		end = end ? end : all;
		err = add_line(*out, s, end, what, sizeof(what));
		line += !err;
	}
	if (!err)
		return 0;
	snprintf(why, size, "line %u: %s", line, what);
	gm_machine_map_free(*out);
	*out = NULL;
	return err;
}

int gm_machine_map_read(struct gm_machine_map **out, const char *path, char *why, size_t size)
{
	FILE *f = fopen(path, "re");
	char *text = f ? malloc(FILE_MAX) : NULL;
	size_t len;
	int err = 0;

	*out = NULL;
	len = text ? fread(text, 1, FILE_MAX, f) : 0;
	if (!f || !text || ferror(f))
		err = -errno;
	else if (len == FILE_MAX)
		err = -EFBIG;
	if (err)
		snprintf(why, size, "%s", strerror(-err));
	else
		err = gm_machine_map_parse(out, text, len, why, size);
	if (f)
		fclose(f);
	free(text);
	return err;
}

/* ---- matching ---- */

struct match {
	const struct gm_rec_proc *p;
	bool files;
	char field[GM_FIELD_NR][GM_FIELD_LEN];	/* of the process, the same for all rules */
	char found[GM_FIELD_LEN];		/* the pid file that the rule found */
	char cgroup[GM_FIELD_LEN];		/* the path that the rule's pattern matched */
};

static bool has_number(const char *path, uint32_t pid)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* open() of a fifo would wait for a writer */
	char line[32];
	struct stat st;
	ssize_t n = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) ? read(fd, line, sizeof(line) - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	return strtoul(line, NULL, 10) == pid;
}

/* Finds a supervisor's pid file, which the VMM's command line does not name. */
static bool find_pidfile(const char *pattern, uint32_t pid, char out[GM_FIELD_LEN])
{
	glob_t g = { 0 };
	bool found = false;

	if (!glob(pattern, GLOB_NOSORT, NULL, &g))
		for (size_t i = 0; i < g.gl_pathc && !found; i++) {
			found = has_number(g.gl_pathv[i], pid) && strlen(g.gl_pathv[i]) < GM_FIELD_LEN;
			if (found)
				strcpy(out, g.gl_pathv[i]);
		}
	globfree(&g);
	return found;
}

static bool is_match(struct match *m, const struct condition *c)
{
	const char *text = m->field[c->field == FIELD_CGROUP ? 0 : c->field];
	size_t at = 0;

	if (c->field == FIELD_CGROUP) {
		while (gm_machine_cgroup(m->p, &at, m->cgroup))
			if (!fnmatch(c->pattern, m->cgroup, 0))
				return true;
		return false;
	}
	if (text[0] && !fnmatch(c->pattern, text, c->field == GM_FIELD_UUID ? FNM_CASEFOLD : 0))
		return true;
	return c->field == GM_FIELD_PIDFILE && m->files && find_pidfile(c->pattern, gm_pid(m->p->tgid), m->found);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Returns the text for {FIELD}, and its length. If no condition is about the cgroup, the first path stands for it. */
static const char *field_text(struct match *m, int field, size_t *len)
{
	const char *text;
	size_t at = 0;

	if (field == FIELD_CGROUP) {
		if (!m->cgroup[0])
			gm_machine_cgroup(m->p, &at, m->cgroup);
		text = last_component(m->cgroup);
	} else if (field == GM_FIELD_PIDFILE) {
		text = last_component(m->found[0] ? m->found : m->field[field]);
	} else {
		text = m->field[field];
	}
	*len = strlen(text);
	if (field == GM_FIELD_PIDFILE && *len > 4 && !strcmp(text + *len - 4, ".pid"))
		*len -= 4;
	return text;
}

/* Expands a rule's name. False: a field is empty, or the name does not fit, as half a name may be another machine's. */
static bool expand_name(struct match *m, const char *name, char *out, size_t size)
{
	size_t n = 0;

	for (const char *s = name; *s; s++) {
		const char *close = *s == '{' ? strchr(s, '}') : NULL, *text = s;
		size_t len = 1;

		if (close) {
			text = field_text(m, field_by_name(s + 1, (size_t)(close - s - 1)), &len);
			s = close;
		}
		if (!len || n + len >= size)
			return false;
		memcpy(out + n, text, len);
		n += len;
	}
	out[n] = '\0';
	return true;
}

static bool apply_rule(struct match *m, const struct rule *r, char *out, size_t size)
{
	m->found[0] = m->cgroup[0] = '\0';
	for (size_t i = 0; i < r->nr; i++)
		if (!is_match(m, &r->condition[i]))
			return false;
	return expand_name(m, r->name, out, size);
}

void gm_machine_map_apply(const struct gm_machine_map *map, struct gm_rec_proc *p, bool files)
{
	char name[sizeof(p->mapped)];
	struct match m;

	memset(p->mapped, 0, sizeof(p->mapped));
	m.p = p;
	m.files = files;
	for (int i = 0; i < GM_FIELD_NR; i++)
		gm_machine_field(p, (enum gm_machine_field)i, m.field[i]);
	for (size_t i = 0; i < map->rules.nr; i++)
		if (apply_rule(&m, map->rules.at[i], name, sizeof(name))) {
			strcpy(p->mapped, name);
			return;
		}
}

static void edit_live(void *arg, union gm_any *rec)
{
	gm_machine_map_apply(arg, &rec->as_PROC, true);
}

static void edit_past(void *arg, union gm_any *rec)
{
	gm_machine_map_apply(arg, &rec->as_PROC, false);
}

void gm_machine_map_on(struct gm_machine_map *map, struct gm_feed *feed, bool files)
{
	feed->edit_proc = !map ? NULL : files ? edit_live : edit_past;
	feed->edit_arg = map;
}
