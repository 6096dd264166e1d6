// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/past/machine_map.c: an operator's rules. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "fixture/unit.h"
#include "past/machine_map.h"

#define UUID	"1b4e28ba-2fa1-11d2-883f-0016d3cca427"

static struct gm_machine_map *parse(const char *text)
{
	struct gm_machine_map *map;
	char why[700] = "";

	if (gm_machine_map_parse(&map, text, strlen(text), why, sizeof(why)))
		fail_msg("%s", why);
	return map;
}

static void assert_refused(const char *text, const char *message)
{
	struct gm_machine_map *map;
	char why[700] = "";

	assert_int_equal(gm_machine_map_parse(&map, text, strlen(text), why, sizeof(why)), -EINVAL);
	assert_null(map);
	if (!strstr(why, message))
		fail_msg("'%s' is not in '%s'", message, why);
}

#define VMM "kvm\0-id\0" "100\0-name\0guest=web 1\0-pidfile\0/run/qemu-server/100.pid\0-uuid\0" UUID

static void make(struct gm_rec_proc *p)
{
	memset(p, 0, sizeof(*p));
	p->tgid = (uint32_t)getpid();
	memcpy(p->comm, "kvm", 4);
	memcpy(p->cmdline, VMM, sizeof(VMM));
	p->cmdline_len = sizeof(VMM);
	strcpy(p->cgroup, "/qemu.slice/100.scope");
	strcpy(p->cgroups, "/qemu.slice/100.scope\n/customers/acme/7");
}

static void assert_mapped(const char *text, const char *name)
{
	struct gm_machine_map *map = parse(text);
	struct gm_rec_proc p;

	make(&p);
	strcpy(p.mapped, "an older map's");
	gm_machine_map_apply(map, &p, false);
	assert_string_equal(p.mapped, name);
	gm_machine_map_free(map);
}

static void test_rules(void **state)
{
	(void)state;
	assert_mapped("", "");
	assert_mapped("# all comments\n\n   \t\r\n", "");
	assert_mapped("db uuid=" UUID, "db");
	assert_mapped("db uuid=1B4E28BA-*\n", "db");
	assert_mapped("db uuid=2b4e28ba-*\n", "");
	assert_mapped("db \"name=web 1\" # a comment", "db");
	assert_mapped("\"a b\" name=\"web 1\"", "a b");
	assert_mapped("db id=100 comm=kvm", "db");
	assert_mapped("db id=100 comm=qemu", "");
	/* the first rule that matches */
	assert_mapped("a id=101\r\nb id=100\r\nc id=100\r\n", "b");
	/* any of the cgroups; a star matches slashes, too */
	assert_mapped("{cgroup} cgroup=/customers/*", "7");
	assert_mapped("{cgroup}-{id} id=*", "100.scope-100");
	assert_mapped("vm-{pidfile} pidfile=/run/*", "vm-100");
	assert_mapped("{name}/{comm}/{uuid} comm=k?m", "web 1/kvm/" UUID);
	/* half a name may be another machine's */
	assert_mapped("a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name-{uuid} id=100\nshort "
		      "id=100",
		      "short");
}

static void test_empty_field(void **state)
{
	struct gm_machine_map *map = parse("x-{name} comm=*\ny comm=*");
	struct gm_rec_proc p;

	(void)state;
	make(&p);
	p.cmdline_len = 4;
	gm_machine_map_apply(map, &p, false);
	assert_string_equal(p.mapped, "y");
	gm_machine_map_free(map);
}

static void test_refused(void **state)
{
	char big[700];

	(void)state;
	assert_refused("db", "line 1: a rule is NAME FIELD=PATTERN...");
	assert_refused("a id=1\n\ndb machine=x", "line 3: 'machine=x' is not FIELD=PATTERN");
	assert_refused("db id=", "'id=' is not FIELD=PATTERN");
	assert_refused("db id", "'id' is not FIELD=PATTERN");
	assert_refused("{what} id=1", "{what}: no field of that name");
	assert_refused("{id id=1", "no field of that name");
	assert_refused("\"\" id=1", "the name is empty");
	assert_refused("\"db id=1", "a quote without its end");
	assert_refused("db id=1 id=1 id=1 id=1 id=1 id=1 id=1", "more than 6 conditions");
	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	assert_refused(big, "a word of more than 511 bytes");
}

/* A supervisor's pid file, which is in no command line. */
static void test_pid_files(void **state)
{
	char dir[] = "/tmp/gm-map-XXXXXX", path[64], rule[128];
	struct gm_machine_map *map;
	struct gm_rec_proc p;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/other.pid", dir);
	f = fopen(path, "w");
	fprintf(f, "1\n");
	fclose(f);
	snprintf(path, sizeof(path), "%s/billing.pid", dir);
	f = fopen(path, "w");
	fprintf(f, "%d\n", getpid());
	fclose(f);
	snprintf(rule, sizeof(rule), "{pidfile} pidfile=%s/*.pid", dir);
	map = parse(rule);
	make(&p);
	gm_machine_map_apply(map, &p, true);
	assert_string_equal(p.mapped, "billing");
	gm_machine_map_apply(map, &p, false); /* in a replay the process id may be another process's by now */
	assert_string_equal(p.mapped, "");
	gm_machine_map_free(map);
	unlink(path);
	snprintf(path, sizeof(path), "%s/other.pid", dir);
	unlink(path);
	rmdir(dir);
}

static void test_files(void **state)
{
	struct gm_machine_map *map;
	char why[700];

	(void)state;
	assert_int_equal(gm_machine_map_read(&map, "/nowhere/map", why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "No such file or directory");
	assert_int_equal(gm_machine_map_read(&map, "/tmp", why, sizeof(why)), -EISDIR);
	assert_int_equal(gm_machine_map_read(&map, "/dev/null", why, sizeof(why)), 0);
	gm_machine_map_free(map);
	gm_machine_map_free(NULL);
}

static int keep_first(void *arg, const union gm_any *rec)
{
	memcpy(arg, rec->as_PROC.mapped, sizeof(rec->as_PROC.mapped));
	return 0;
}

static void test_on_a_feed(void **state)
{
	struct gm_machine_map *map = parse("db id=100");
	struct gm_feed feed = { .nr = 0 };
	char got[96] = "";
	union gm_any rec;

	(void)state;
	memset(&rec, 0, sizeof(rec));
	make(&rec.as_PROC);
	gm_rec_init(&rec.h, GM_K_PROC, 1);
	assert_int_equal(gm_feed_add(&feed, keep_first, got), 0);
	gm_machine_map_on(map, &feed, true);
	assert_int_equal(gm_feed_push(&feed, &rec), 0);
	assert_string_equal(got, "db");
	assert_string_equal(rec.as_PROC.mapped, ""); /* the source's own record is unchanged */
	gm_machine_map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	  cmocka_unit_test(test_empty_field), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pid_files), cmocka_unit_test(test_files),	      cmocka_unit_test(test_on_a_feed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
