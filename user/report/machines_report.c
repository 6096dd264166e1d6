// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* machines_report.c - gmemcheck --machines: each live machine, and the rule that named it. */
#include "model/machine.h"
#include "report/frame.h"
#include "report/json_lines_int.h"
#include "report/text.h"

/* ---- JSON ---- */

static void put_json(struct gm_str *out, const struct gm_model *m, const struct gm_machine *mc)
{
	struct gm_naming why;
	struct gm_json j;

	gm_machine_naming(m, mc, &why);
	gm_line_begin(&j, out, "machine");
	gm_json_str(&j, "machine", mc->name);
	gm_json_str(&j, "machine_key", mc->key);
	gm_json_str(&j, "rule", why.rule ? why.rule->kind : "");
	gm_json_u64(&j, "pid", gm_pid(mc->tgid));
	gm_json_str(&j, "comm", mc->comm);
	gm_json_arr(&j, "vms");
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (!vm->dead_ns)
			gm_json_u64(&j, NULL, vm->id);
	}
	gm_json_end_arr(&j);
	gm_json_bool(&j, "duplicate", mc->dup);
	gm_json_bool(&j, "cmdline_cut", why.args_cut);
	gm_json_bool(&j, "cgroups_cut", why.cgroups_cut);
	gm_line_end(&j);
}

void gm_json_machines(struct gm_str *out, const struct gm_model *m)
{
	for (size_t i = 0; i < m->machines.nr; i++)
		if (gm_machine_live_vms(m->machines.at[i]))
			put_json(out, m, m->machines.at[i]);
}

/* ---- text ---- */

static void put_line(struct gm_str *out, const char *what, const char *text)
{
	gm_str_printf(out, "  %-10s ", what);
	gm_text_wrap(out, 13, 13, text);
}

static void put_text(struct gm_str *out, const struct gm_model *m, const struct gm_machine *mc)
{
	char name[sizeof(mc->name)], comm[GM_COMM_LEN + 1], key[sizeof(mc->key)], pid[GM_PID_LEN];
	struct gm_naming why;

	gm_machine_naming(m, mc, &why);
	gm_str_printf(out, "%s%s\n", gm_plain(name, sizeof(name), mc->name), mc->dup ? " (dup)" : "");
	gm_str_printf(out, "  %-10s %s[%s]\n", "process", gm_plain(comm, sizeof(comm), mc->comm[0] ? mc->comm : "?"),
		      gm_pid_text(pid, mc->tgid));
	put_line(out, "key", gm_plain(key, sizeof(key), mc->key));
	put_line(out, "named by", why.rule ? why.rule->what : "nothing: its process is unknown");
	if (why.args_cut)
		put_line(out, "cut",
			 "the command line is too long to be read completely: the VM's name may be in the rest");
	if (why.cgroups_cut)
		put_line(out, "cut", "its cgroup paths are too long to be read completely");
	if (mc->dup)
		put_line(out, "dup",
			 "a live VM of another process has the same key: a clone, or a local migration. "
			 "Neither row is part of the other");
}

void gm_text_machines(struct gm_str *out, const struct gm_model *m)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < m->machines.nr; i++) {
		if (!gm_machine_live_vms(m->machines.at[i]))
			continue;
		if (nr++)
			gm_str_puts(out, "\n");
		put_text(out, m, m->machines.at[i]);
	}
	if (!nr)
		gm_str_puts(out, "no live VM on this host\n");
}
