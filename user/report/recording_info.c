// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* recording_info.c - gmemrecord --info: a page about a recording, or a line of JSON. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/recording_info.h"
#include "base/fmt.h"
#include "report/frame.h"
#include "report/json_lines_int.h"
#include "report/text.h"

#define INDENT 12

static uint64_t sum_kinds(const uint64_t *v)
{
	uint64_t sum = 0;

	for (unsigned int k = 0; k < GM_K_MAX; k++)
		sum += v[k];
	return sum;
}

static void put_line(struct gm_str *out, const char *name, const char *text)
{
	gm_str_printf(out, "%-*s", INDENT, name);
	gm_text_wrap(out, INDENT, INDENT, text);
}

static const char *format_time(char *buf, size_t size, const struct gm_fileinfo *i, uint64_t ns)
{
	time_t sec = (time_t)((i->first_real_ns + (ns - i->first_ns)) / 1000000000ull);
	struct tm tm;

	if (!i->first_real_ns || !localtime_r(&sec, &tm) || !strftime(buf, size, "%F %T", &tm))
		snprintf(buf, size, "?");
	return buf;
}

static void put_file(struct gm_str *out, const struct gm_fileinfo *i)
{
	const struct gm_rec_reader_info *f = &i->file;
	char text[400], size[8], raw[8];

	snprintf(text, sizeof(text), "%u.%u, %s%s%s", f->major, f->minor,
		 f->codec ? "compressed with " : "not compressed", f->codec ? gm_codec_name(f->codec) : "",
		 f->indexed ? ", with an index" : "");
	put_line(out, "format", text);
	snprintf(text, sizeof(text), "%s (%s of records) in %llu chunks; %llu records, %llu keyframes",
		 gm_fmt_bytes(size, sizeof(size), f->bytes), gm_fmt_bytes(raw, sizeof(raw), f->raw_bytes),
		 (unsigned long long)f->chunks, (unsigned long long)sum_kinds(i->nr), (unsigned long long)f->keyframes);
	put_line(out, i->segments ? "ring" : "file", text);
	if (i->segments) {
		snprintf(text, sizeof(text), "%u", i->segments);
		put_line(out, "segments", text);
	}
	put_line(out, "complete",
		 f->damage[0]	 ? f->damage
		 : i->cut_short	 ? "no: not all of it can be read"
		 : f->incomplete ? "no: its recorder has not finished"
				 : "yes");
}

static void put_host(struct gm_str *out, const struct gm_fileinfo *i)
{
	const struct gm_rec_meta *m = &i->m->meta;
	char text[400], a[40], b[40], span[8], release[80], arch[20], tool[48], host[48], boot[48], page[8];

	snprintf(text, sizeof(text), "%s to %s (%s), by %s", format_time(a, sizeof(a), i, i->first_ns),
		 format_time(b, sizeof(b), i, i->last_ns), gm_fmt_ns(span, sizeof(span), i->last_ns - i->first_ns),
		 gm_plain(tool, sizeof(tool), m->tool));
	put_line(out, "recorded", text);
	snprintf(text, sizeof(text), "%s %s, %u cpus, %u node%s, pages of %s",
		 gm_plain(release, sizeof(release), m->release), gm_plain(arch, sizeof(arch), m->arch), m->cpus,
		 m->nodes, gm_plural(m->nodes), gm_fmt_bytes(page, sizeof(page), m->page_size));
	put_line(out, "kernel", text);
	snprintf(text, sizeof(text), "%s, boot %s", m->host[0] ? gm_plain(host, sizeof(host), m->host) : "not recorded",
		 m->boot[0] ? gm_plain(boot, sizeof(boot), m->boot) : "not recorded");
	put_line(out, "host", text);
}

static void put_probes(struct gm_str *out, const struct gm_fileinfo *i)
{
	unsigned int attached = 0, nr = 0;
	char text[200];

	for (size_t p = 0; p < i->m->probes.nr; p++, nr++)
		attached += ((const struct gm_probe *)i->m->probes.at[p])->rec.state == GM_PROBE_ATTACHED;
	snprintf(text, sizeof(text), "%s; %u of %u probes attached (gmemcheck --replay says which)",
		 gm_mode_name(i->m->meta.mode), attached, nr);
	put_line(out, "mode", text);
}

static void put_machines(struct gm_str *out, const struct gm_fileinfo *i)
{
	uint64_t reboots = 0;
	char text[600];
	size_t n;

	for (size_t k = 0; k < i->m->machines.nr; k++)
		reboots += gm_machine_reboots(i->m->machines.at[k]);
	n = (size_t)snprintf(text, sizeof(text), "%zu, %llu reboots%s", i->m->machines.nr, (unsigned long long)reboots,
			     i->m->machines.nr ? ":" : "");
	for (size_t k = 0; k < i->m->machines.nr && n + 100 < sizeof(text); k++) {
		const struct gm_machine *mc = i->m->machines.at[k];
		char name[100];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s", k ? "," : "",
				      gm_plain(name, sizeof(name), mc->name));
		if (k == 9 && i->m->machines.nr > 10) {
			snprintf(text + n, sizeof(text) - n, ", ...");
			break;
		}
	}
	put_line(out, "machines", text);
}

static void put_kinds(struct gm_str *out, const struct gm_fileinfo *i)
{
	gm_str_printf(out, "\n%-16s %10s %10s\n", "KIND", "RECORDS", "BYTES");
	for (unsigned int k = 0; k < GM_K_MAX; k++)
		if (i->nr[k])
			gm_str_printf(out, "%-16s %10llu %10llu\n", gm_kind_name(k), (unsigned long long)i->nr[k],
				      (unsigned long long)i->bytes[k]);
	gm_str_printf(out, "%-16s %10llu %10llu\n", "all", (unsigned long long)sum_kinds(i->nr),
		      (unsigned long long)sum_kinds(i->bytes));
}

void gm_info_text(struct gm_str *out, const struct gm_fileinfo *i)
{
	char path[400];

	put_line(out, "recording", gm_plain(path, sizeof(path), i->path));
	put_file(out, i);
	put_host(out, i);
	put_probes(out, i);
	put_machines(out, i);
	if (i->m->lost)
		gm_text_losses(out, i->m);
	put_kinds(out, i);
}

void gm_info_json(struct gm_str *out, const struct gm_fileinfo *i)
{
	const struct gm_rec_reader_info *f = &i->file;
	const struct gm_rec_meta *m = &i->m->meta;
	struct gm_json j;

	gm_line_begin(&j, out, "recording");
	gm_json_str(&j, "path", i->path);
	gm_json_u64(&j, "major", f->major);
	gm_json_u64(&j, "minor", f->minor);
	gm_json_str(&j, "codec", gm_codec_name(f->codec));
	gm_json_bool(&j, "indexed", f->indexed);
	gm_json_bool(&j, "complete", !f->incomplete && !f->damage[0] && !i->cut_short);
	gm_json_str(&j, "damage", f->damage[0] ? f->damage : NULL);
	gm_json_u64(&j, "segments", i->segments);
	gm_json_u64(&j, "size_bytes", f->bytes);
	gm_json_u64(&j, "records_bytes", f->raw_bytes);
	gm_json_u64(&j, "chunks", f->chunks);
	gm_json_u64(&j, "records", sum_kinds(i->nr));
	gm_json_u64(&j, "keyframes", f->keyframes);
	gm_json_u64(&j, "first_ns", i->first_ns);
	gm_json_u64(&j, "last_ns", i->last_ns);
	gm_json_u64(&j, "first_real_ns", i->first_real_ns);
	gm_json_str(&j, "tool", m->tool);
	gm_json_str(&j, "kernel", m->release);
	gm_json_str(&j, "arch", m->arch);
	gm_json_str(&j, "mode", gm_mode_name(m->mode));
	gm_json_str(&j, "host", m->host[0] ? m->host : NULL);
	gm_json_str(&j, "boot", m->boot[0] ? m->boot : NULL);
	gm_json_u64(&j, "machines", i->m->machines.nr);
	gm_json_u64(&j, "lost", i->m->lost);
	gm_json_obj(&j, "kinds");
	for (unsigned int k = 0; k < GM_K_MAX; k++)
		if (i->nr[k])
			gm_json_u64(&j, gm_kind_name(k), i->nr[k]);
	gm_json_end_obj(&j);
	gm_line_end(&j);
}
