// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of pseudonyms: no byte of a record has a name, one machine stays one, two stay two, and a key makes the same
 * pseudonyms again.
 */
#include "fixture/unit.h"
#include <stdlib.h>
#include "base/log.h"
#include "base/vec.h"
#include "model/machine.h"
#include "record/rec_file.h"
#include "past/anonymize.h"

static const char *const secrets[] = { "secret", "acme", "tenant", "hush", "0123456789abcdef" };

static void put(struct gm_rec_writer *w, union gm_any *u, unsigned int kind)
{
	gm_rec_init(&u->h, kind, 5);
	assert_int_equal(gm_rec_writer_put(w, &u->h), 0);
	memset(u, 0, sizeof(*u));
}

static void put_proc(struct gm_rec_writer *w, uint32_t tgid, const char *comm, const char *cgroup, const char *cmdline,
		     size_t len)
{
	union gm_any u = { 0 };

	u.as_PROC.tgid = tgid;
	u.as_PROC.start_ticks = 7;
	snprintf(u.as_PROC.comm, sizeof(u.as_PROC.comm), "%s", comm);
	snprintf(u.as_PROC.cgroup, sizeof(u.as_PROC.cgroup), "%s", cgroup);
	memcpy(u.as_PROC.cmdline, cmdline, len);
	u.as_PROC.cmdline_len = (uint32_t)len;
	u.as_PROC.flags = GM_PROC_FLAGS | GM_PROC_UID;
	u.as_PROC.uid = 1000;
	put(w, &u, GM_K_PROC);
}

#define CMD(s) s, sizeof(s)

/*
 * Makes a recording with a name in each field that can have one. Processes 1 and 2 are one machine, by different
 * texts; 3 is another machine; 4 has only its process id.
 */
static void tape(struct unit_file *f)
{
	union gm_any u = { 0 };
	struct gm_rec_writer *w;

	unit_file_init(f);
	assert_int_equal(gm_rec_writer_open(&w, f->path, GM_CODEC_NONE), 0);
	strcpy(u.as_META.host, "0123456789abcdef0123456789abcdef");
	strcpy(u.as_META.boot, "ffff456789abcdef0123456789abcdef");
	u.as_META.real_ns = 99;
	strcpy(u.as_META.release, "6.18.15+deb13-amd64");
	put(w, &u, GM_K_META);
	put_proc(w, 1, "hush-vmm", "/acme", CMD("/opt/acme/qemu\0-name\0guest=secret-1\0-drive\0file=/tenant/a.img"));
	put_proc(w, 2, "qemu", "/acme", CMD("qemu\0-name\0guest=secret-1,debug-threads=on\0/tenant"));
	put_proc(w, 3, "qemu", "/machine.slice/machine-qemu\\x2d3\\x2dsecret\\x2d9.scope/libvirt",
		 CMD("qemu\0-acme\0"));
	put_proc(w, 4, "hush", "/tenant", CMD("./acme\0"));
	for (unsigned int k = GM_K_EVENT_FIRST; k < GM_K_MAX; k++) {
		if (!gm_kind_name(k))
			continue;
		u.ev.vm = 1;
		u.ev.tgid = 1;
		strcpy(u.ev.comm, "CPU/hush");
		put(w, &u, k);
	}
	u.as_PIN.what = GM_PIN_FD;
	u.as_PIN.tgid = 4;
	strcpy(u.as_PIN.comm, "hush");
	put(w, &u, GM_K_PIN);
	assert_int_equal(gm_rec_writer_close(w), 0);
}

struct got {
	char all[1 << 15];
	size_t len;
	struct gm_machine_name name[5];
	char comm[5][GM_COMM_LEN];
};

static void read_with(const struct unit_file *f, const unsigned char *key, struct got *g)
{
	struct gm_rec_stream *r;
	union gm_any rec;

	g->len = 0;
	assert_int_equal(gm_rec_stream_open(&r, f->path), 0);
	assert_int_equal(gm_anon_open(&r, r, key), 0);
	while (r->ops->next(r, &rec) == 1) {
		assert_true(g->len + rec.h.len <= sizeof(g->all));
		memcpy(g->all + g->len, &rec, rec.h.len);
		g->len += rec.h.len;
		if (rec.h.kind == GM_K_META) {
			assert_int_equal(rec.as_META.real_ns, 99);
			assert_string_equal(rec.as_META.release, "6.18.15+deb13-amd64");
			assert_string_not_equal(rec.as_META.host, rec.as_META.boot);
		}
		if (rec.h.kind == GM_K_PROC) {
			gm_machine_name(&rec.as_PROC, &g->name[rec.as_PROC.tgid]);
			memcpy(g->comm[rec.as_PROC.tgid], rec.as_PROC.comm, GM_COMM_LEN);
			assert_int_equal(rec.as_PROC.start_ticks, 7);
		}
	}
	gm_rec_stream_close(r);
}

static void test_no_name_is_left(void **state)
{
	static struct got g;
	unsigned char key[GM_ANON_KEY];
	struct unit_file f;

	(void)state;
	tape(&f);
	assert_int_equal(gm_anon_key(NULL, key), 0);
	read_with(&f, key, &g);
	for (size_t i = 0; i < GM_ARRAY_SIZE(secrets); i++)
		if (memmem(g.all, g.len, secrets[i], strlen(secrets[i])))
			fail_msg("'%s' is still there", secrets[i]);
	unit_file_release(&f);
}

static void test_machines_stay(void **state)
{
	static struct got a, b, c;
	unsigned char key[GM_ANON_KEY], other[GM_ANON_KEY];
	struct unit_file f, k;

	(void)state;
	tape(&f);
	unit_file_init(&k);
	unit_file_set(&k, "a secret\n", 9);
	assert_int_equal(gm_anon_key(k.path, key), 0);
	assert_int_equal(gm_anon_key(NULL, other), 0);
	read_with(&f, key, &a);
	read_with(&f, key, &b);
	read_with(&f, other, &c);
	assert_string_equal(a.name[1].key, a.name[2].key);
	assert_string_not_equal(a.name[1].key, a.name[3].key);
	assert_string_not_equal(a.name[4].key, a.name[3].key);
	assert_string_equal(a.comm[2], a.comm[3]);
	assert_string_not_equal(a.comm[1], a.comm[4]);
	assert_int_equal(strlen(a.comm[1]), 14);
	assert_memory_equal(a.name[1].name, "m-", 2);
	assert_int_equal(strlen(a.name[1].name), 2 + 16);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.all, b.all, a.len);
	assert_string_not_equal(a.name[1].key, c.name[1].key);
	unit_file_release(&f);
	unit_file_release(&k);
}

static void test_keys(void **state)
{
	unsigned char a[GM_ANON_KEY], b[GM_ANON_KEY];
	struct unit_file k;

	(void)state;
	unit_file_init(&k);
	assert_int_not_equal(gm_anon_key(k.path, a), 0); /* the file is empty */
	assert_int_not_equal(gm_anon_key("/nonexistent", a), 0);
	unit_file_set(&k, "one", 3);
	assert_int_equal(gm_anon_key(k.path, a), 0);
	unit_file_set(&k, "two", 3);
	assert_int_equal(gm_anon_key(k.path, b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	unit_file_release(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_name_is_left),
		cmocka_unit_test(test_machines_stay),
		cmocka_unit_test(test_keys),
	};

	gm_log_init("test_anon", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
