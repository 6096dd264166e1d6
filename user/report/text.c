// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* text.c - words and wrapping that text reports and screens share. */
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#include "model/observe.h"
#include "model/reboot.h"
#include "report/frame.h"

#define WIDTH 80

/*
 * Return the length of the next piece that is not broken: a word, or, of a list longer than a line, the part up to a
 * comma.
 */
static size_t word_end(const char *text, unsigned int width, unsigned int indent)
{
	size_t word = strcspn(text, " "), n = 0;

	if (indent + word <= width)
		return word;
	for (size_t i = 0; i < word && i < width - indent; i++)
		if (text[i] == ',')
			n = i + 1;
	return n ? n : word;
}

static size_t word_columns(const char *text, size_t len)
{
	char word[256];

	if (len >= sizeof(word))
		return len;
	snprintf(word, sizeof(word), "%.*s", (int)len, text);
	return gm_columns(word);
}

void gm_text_wrap_at(struct gm_str *out, unsigned int width, unsigned int at, unsigned int indent, const char *text)
{
	bool first = true, blank = false;
	size_t col = at;

	while (*text) {
		size_t word = word_end(text, width, indent), columns = word_columns(text, word);

		if (!first && col + blank + columns > width) {
			gm_str_printf(out, "\n%*s", (int)indent, "");
			col = indent;
		} else if (blank) {
			gm_str_puts(out, " ");
			col++;
		}
		gm_str_add(out, text, word);
		col += columns;
		text += word;
		blank = *text == ' ';
		text += strspn(text, " ");
		first = false;
	}
	gm_str_puts(out, "\n");
}

void gm_text_wrap(struct gm_str *out, unsigned int at, unsigned int indent, const char *text)
{
	gm_text_wrap_at(out, WIDTH, at, indent, text);
}

char *gm_phase_label(char *buf, size_t size, const struct gm_model *m, unsigned int phase)
{
	snprintf(buf, size, "%s%s", gm_phase_name(phase), gm_phase_partial_why(m, phase) ? "~" : "");
	return buf;
}

char *gm_phase_list(char *buf, size_t size, uint32_t mask)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		if (mask & (1u << p) && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "", gm_phase_name(p));
	}
	return buf;
}

const char *gm_empty_why(const struct gm_model *m)
{
	if (gm_vms_seen(m))
		return "";
	return m->tasks_na ? ": no VM was seen, but not all can be (PARTIAL)"
			   : ": no VM with guest_memfd was there in that time";
}

const char *gm_reboot_style_text(const struct gm_episode *e)
{
	return e->style == GM_REBOOT_UNKNOWN ? "n/a" : gm_reboot_style_name(e->style);
}

char *gm_slot_name(uint32_t slot, char *buf, size_t size)
{
	if (slot >> 16)
		snprintf(buf, size, "%u:%u", slot >> 16, slot & 0xffff);
	else
		snprintf(buf, size, "%u", slot);
	return buf;
}

char *gm_pid_text(char *buf, uint32_t tgid)
{
	if (gm_pid(tgid))
		snprintf(buf, GM_PID_LEN, "%u", gm_pid(tgid));
	else
		snprintf(buf, GM_PID_LEN, "-");
	return buf;
}

char *gm_pin_owner(const struct gm_pin *pin, char *buf, size_t size)
{
	char comm[GM_COMM_LEN + 1], raw[GM_COMM_LEN + 1], pid[GM_PID_LEN];

	snprintf(raw, sizeof(raw), "%.*s", GM_COMM_LEN, pin->comm);
	snprintf(buf, size, "%s[%s]", gm_plain(comm, sizeof(comm), raw), gm_pid_text(pid, pin->tgid));
	return buf;
}
