// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of gmemtop's sets of columns: choosing them by keys, the order on the screen, reading and saving settings. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "fixture/frame_world.h"
#include "top/settings_file.h"
#include "top/top_int.h"
#include "top/tty.h"

static void golden_frame(const struct world *w, struct gm_top *t, unsigned int width, unsigned int height,
			 const char *name)
{
	struct gm_frame f = { 0 };
	struct gm_str out = { 0 };

	gm_top_frame(w->m, t, width, height, &f);
	assert_int_equal(f.err, 0);
	for (size_t i = 0; i < f.nr; i++)
		gm_str_printf(&out, "%s\n", f.line[i].text);
	golden(name, out.s);
	gm_str_release(&out);
	gm_frame_release(&f);
}

static void press(const struct world *w, struct gm_top *t, const char *keys)
{
	for (; *keys; keys++)
		gm_top_key(w->m, t,
			   *keys == '<'	   ? GM_KEY_LEFT
			   : *keys == '>'  ? GM_KEY_RIGHT
			   : *keys == 'v'  ? GM_KEY_DOWN
			   : *keys == '!'  ? GM_KEY_ENTER
			   : *keys == '\\' ? GM_KEY_ESC
					   : (unsigned int)(unsigned char)*keys);
}

/* Return the names of the set's columns, with a blank behind each. */
static const char *names(const struct gm_top_columns *c)
{
	static char text[2000];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < c->nr; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ", gm_top_cols[c->col[i]].name);
	return text;
}

static void test_choose(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	press(&w, &t, "cvv"); /* VMS */
	golden_frame(&w, &t, 80, 24, "top_columns_80x24.txt");
	golden_frame(&w, &t, 40, 10, "top_columns_40x10.txt");
	golden_frame(&w, &t, 20, 5, "top_columns_20x5.txt");
	golden_frame(&w, &t, 132, 43, "top_columns_132x43.txt");
	press(&w, &t, " "); /* removes it, SIZE is selected */
	press(&w, &t, ">>><");
	golden_frame(&w, &t, 80, 24, "top_columns_changed.txt");
	assert_false(t.save);
	press(&w, &t, "q");
	assert_true(t.save);
	assert_int_equal(t.page, GM_TOP_MAIN);
	golden_frame(&w, &t, 132, 16, "top_columns_order.txt");
	world_free(&w);
}

/* The name stays first; a column at an edge stays where it is; the sorted one is shown though the set lacks it. */
static void test_edges(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	press(&w, &t, "c <>"); /* on the name; its key went on to PID */
	assert_int_equal(t.sets.at[0].col[0], 0);
	gm_set_move(&t.sets.at[0], 0, 1);
	assert_int_equal(t.sets.at[0].col[0], 0);
	gm_set_move(&t.sets.at[0], t.sets.at[0].col[1], -1);
	assert_int_equal(t.sets.at[0].col[0], 0);
	for (unsigned int i = gm_top_cols_nr; i-- > 1;)
		if (gm_set_has(&t.sets.at[0], i))
			gm_set_toggle(&t.sets.at[0], i);
	assert_string_equal(names(&t.sets.at[0]), "MACHINE ");
	press(&w, &t, "q");
	golden_frame(&w, &t, 80, 12, "top_columns_none.txt");
	press(&w, &t, ".");
	assert_int_equal(t.sort, 0);
	press(&w, &t, "c");
	for (int i = 0; i < 200; i++)
		press(&w, &t, " v");
	press(&w, &t, "q");
	golden_frame(&w, &t, 200, 12, "top_columns_all.txt");
	world_free(&w);
}

static void test_sets(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	press(&w, &t, "csm y!");
	assert_non_null(strstr(t.note, "letters"));
	assert_int_equal(t.sets.nr, 2);
	press(&w, &t, "smine!");
	assert_int_equal(t.sets.nr, 3);
	assert_int_equal(t.set, 2);
	press(&w, &t, "vv q");
	assert_true(t.save);
	assert_int_not_equal(t.sets.at[2].nr, t.sets.at[0].nr);
	press(&w, &t, "p");
	assert_string_equal(gm_top_shown(&t)->name, "memory");
	press(&w, &t, "pp");
	assert_string_equal(gm_top_shown(&t)->name, "mine");
	press(&w, &t, "cd");
	assert_int_equal(t.sets.nr, 2);
	press(&w, &t, "vv d");
	assert_string_equal(t.note, "set memory is as it was built in");
	press(&w, &t, "s\\");
	assert_int_equal(t.sets.nr, 2);
	for (char c = 'a'; c <= 'z'; c++)
		press(&w, &t, (char[]){ 's', c, '!', 0 });
	assert_int_equal(t.sets.nr, GM_SETS_MAX);
	assert_non_null(strstr(t.note, "8 sets"));
	press(&w, &t, "saaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	assert_int_equal(t.sets.nr, GM_SETS_MAX);
	world_free(&w);
}

/* ---- text ---- */

static void read_text(struct gm_settings *c, const char *text)
{
	char *copy = strdup(text);

	gm_settings_init(c);
	gm_settings_read(c, "f", copy);
	free(copy);
}

static void test_read(void **state)
{
	struct gm_settings c;
	struct gm_top t;

	(void)state;
	gm_log_init("test", GM_LOG_QUIET);
	read_text(&c,
		  "# mine\n\n theme=light \r\nsort = flt99\nset = small\ncolumns.small = RES, machine alloc/s RES\n");
	assert_int_equal(c.bad, 0);
	assert_int_equal(c.theme, GM_THEME_LIGHT);
	gm_top_init(&t);
	gm_settings_apply(&c, &t);
	assert_string_equal(gm_top_shown(&t)->name, "small");
	assert_string_equal(names(gm_top_shown(&t)), "MACHINE RES ALLOC/s ");
	assert_string_equal(gm_top_column(t.sort), "FLT99");
}

/* A line that is wrong is ignored, whatever it has, and the others are read. */
static void test_bad_lines(void **state)
{
	static const char *const lines[] = { "theme",
					     "theme = pink",
					     "sort = nothing",
					     "color = 1",
					     "= 3",
					     "columns. = RES",
					     "columns.a b = RES",
					     "set = none",
					     "columns.x = RES NOTHING",
					     "columns.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = RES",
					     "\x1b[31m = \x01",
					     "theme = \xff\xfe" };
	struct gm_settings c;
	struct gm_str all = { 0 };

	(void)state;
	gm_log_init("test", GM_LOG_QUIET);
	for (size_t i = 0; i < GM_ARRAY_SIZE(lines); i++) {
		char text[200];

		snprintf(text, sizeof(text), "%s\nsort = FLT99\n", lines[i]);
		read_text(&c, text);
		assert_int_equal(c.bad, 1);
		assert_string_equal(c.sort, "FLT99");
		gm_str_printf(&all, "%s\n", lines[i]);
	}
	read_text(&c, all.s);
	assert_int_equal(c.bad, GM_ARRAY_SIZE(lines));
	assert_string_equal(names(&c.sets.at[gm_sets_find(&c.sets, "x")]), "MACHINE RES ");
	gm_str_release(&all);
	for (int i = 0; i < 2 * GM_SETS_MAX; i++)
		gm_str_printf(&all, "columns.n%d = RES\n", i);
	read_text(&c, all.s);
	assert_int_equal(c.bad, GM_SETS_MAX + 2);
	gm_str_release(&all);
}

static void assert_written(const char *old, const struct gm_top *t, const char *wanted)
{
	struct gm_str out = { 0 };

	gm_settings_write(&out, old, t);
	assert_int_equal(out.err, 0);
	assert_string_equal(out.s, wanted);
	gm_str_release(&out);
}

static void test_write(void **state)
{
	static const char old[] = "# mine\ntheme = mono\nfuture.key = 7 = 8\nset = phases\ncolumns.phases = RES NEWER\n"
				  "columns.gone = RES\nno line\ncolumns.a b = RES\ncolumns.a = VMS";
	struct gm_settings c;
	struct gm_top t;

	(void)state;
	gm_log_init("test", GM_LOG_QUIET);
	gm_top_init(&t);
	assert_written("", &t, "# Settings of gmemtop; gmemtop(8), SETTINGS, has the keys.\nset = memory\n");
	read_text(&c, old);
	gm_settings_apply(&c, &t);
	assert_written(old, &t,
		       "# mine\ntheme = mono\nfuture.key = 7 = 8\nset = phases\ncolumns.phases = RES NEWER\n"
		       "columns.gone = RES\nno line\ncolumns.a b = RES\ncolumns.a = VMS\n");
	gm_sets_drop(&t.sets, gm_sets_find(&t.sets, "gone"));
	gm_top_show(&t, "a");
	gm_set_add(&t.sets.at[t.set], t.sort);
	gm_set_clear(&t.sets.at[0]);
	gm_set_toggle(&t.sets.at[0], t.sort);
	assert_written(old, &t,
		       "# mine\ntheme = mono\nfuture.key = 7 = 8\nset = a\ncolumns.phases = RES NEWER\n"
		       "no line\ncolumns.a b = RES\ncolumns.a = MACHINE VMS RES\ncolumns.memory = MACHINE RES\n");
}

/* ---- files ---- */

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/gm_settings.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static const char *in_dir(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static unsigned int mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

static void test_save(void **state)
{
	struct gm_settings c;
	struct gm_top t;
	struct stat st;

	(void)state;
	gm_log_init("test", GM_LOG_QUIET);
	gm_top_init(&t);
	gm_set_clear(&t.sets.at[0]);
	assert_null(gm_settings_file_save(&t, in_dir("a/b/gmemtop.conf")));
	assert_int_equal(mode_of(in_dir("a/b/gmemtop.conf")), 0600);
	assert_int_equal(mode_of(in_dir("a")), 0700);
	assert_false(t.sets.at[0].changed);
	gm_settings_init(&c);
	gm_settings_file_read(&c, in_dir("a/b/gmemtop.conf"));
	assert_string_equal(names(&c.sets.at[0]), "MACHINE ");

	put_file(in_dir("old"), "x = y\n", 0640);
	assert_int_equal(symlink("old", in_dir("link")), 0);
	assert_null(gm_settings_file_save(&t, in_dir("link")));
	assert_int_equal(mode_of(in_dir("old")), 0640);
	assert_int_equal(lstat(in_dir("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_non_null(gm_settings_file_save(&t, dir)); /* a folder */
	put_file(in_dir("long"), "", 0600);
	assert_int_equal(truncate(in_dir("long"), GM_SETTINGS_MAX), 0);
	assert_string_equal(gm_settings_file_save(&t, in_dir("long")), "File too large");
}

/* Root writes nothing into the folder of another user, and does not take it for its own. */
static void test_owner(void **state)
{
	char path[GM_SETTINGS_PATH];
	struct gm_top t;

	(void)state;
	gm_top_init(&t);
	setenv("XDG_CONFIG_HOME", dir, 1);
	assert_int_equal(gm_settings_file_find(path), 0);
	assert_string_equal(path, in_dir("gmemscope/gmemtop.conf"));
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", dir, 1);
	assert_int_equal(gm_settings_file_find(path), 0);
	assert_string_equal(path, in_dir(".config/gmemscope/gmemtop.conf"));
	if (geteuid())
		skip();
	assert_int_equal(chown(dir, 65534, 65534), 0);
	assert_non_null(gm_settings_file_save(&t, in_dir("new/gmemtop.conf")));
	assert_int_equal(access(in_dir("new"), F_OK), -1);
	setenv("XDG_CONFIG_HOME", in_dir("config"), 1);
	gm_settings_file_find(path);
	assert_null(strstr(path, dir));
	assert_int_equal(chown(dir, 0, 0), 0);
	put_file(in_dir("theirs"), "", 0600);
	assert_int_equal(chown(in_dir("theirs"), 65534, 65534), 0);
	assert_string_equal(gm_settings_file_save(&t, in_dir("theirs")), "the file belongs to another user");
}

/* What is no file is not waited for. */
static void test_strange_files(void **state)
{
	struct gm_settings c;

	(void)state;
	gm_log_init("test", GM_LOG_QUIET);
	gm_settings_init(&c);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	gm_settings_file_read(&c, in_dir("fifo"));
	gm_settings_file_read(&c, dir);
	gm_settings_file_read(&c, "/dev/zero");
	gm_settings_file_read(&c, in_dir("none"));
	assert_int_equal(c.bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_write),
		cmocka_unit_test_setup_teardown(test_save, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_owner, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_strange_files, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
