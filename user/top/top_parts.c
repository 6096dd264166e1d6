// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_parts.c - formats parts that several pages share. */
#include "base/fmt.h"
#include "top/top_int.h"
#include "model/observe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void gm_item(struct gm_items *it, const char *fmt, ...)
{
	char item[512];
	size_t used = strlen(it->text), sep = used ? 2 : 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(item, sizeof(item), fmt, ap);
	va_end(ap);
	if (gm_columns(it->text) + sep + gm_columns(item) > it->width && used)
		return;
	snprintf(it->text + used, sizeof(it->text) - used, "%s%s", sep ? "  " : "", item);
}

char *gm_top_pages(const struct gm_model *m, char *buf, size_t size, uint64_t pages_nr)
{
	if (m->meta.page_size)
		return gm_fmt_bytes(buf, size, pages_nr * m->meta.page_size);
	snprintf(buf, size, "n/a");
	return buf;
}

char *gm_top_nodes(const struct gm_model *m, const struct gm_mem *mem, char *buf, size_t size)
{
	size_t len = 0;
	char a[8];

	buf[0] = '\0';
	for (unsigned int n = 0; m->meta.nodes > 1 && n < m->meta.nodes && n < GM_NODES_MAX; n++) {
		if (len >= size)
			break;
		len += (size_t)snprintf(buf + len, size - len, "%sN%u %s%s", n ? "  " : "", n,
					mem->nodes_error ? "~" : "", gm_top_pages(m, a, sizeof(a), mem->node_pages[n]));
	}
	return buf;
}

unsigned int gm_top_fault_phase(const struct gm_model *m)
{
	if (!gm_phase_no_data_why(m, GM_PHASE_GUEST_FAULT))
		return GM_PHASE_GUEST_FAULT;
	return gm_phase_no_data_why(m, GM_PHASE_HOST_FAULT) ? GM_PHASE_NR : GM_PHASE_HOST_FAULT;
}

void gm_top_explain_empty(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	char filter[4 * sizeof(t->filter)];

	if (t->filter[0])
		gm_frame_add(&p->body, GM_ATTR_DIM, "no machine's name contains \"%s\"",
			     gm_plain(filter, sizeof(filter), t->filter));
	else if (t->want && t->want[0])
		gm_frame_add(&p->body, GM_ATTR_DIM,
			     "no such VM here (--vm takes a machine's name, a VM's number or a pid)");
	else
		gm_frame_add(&p->body, GM_ATTR_DIM, "%s",
			     !m->ticks	   ? "scanning ..."
			     : m->tasks_na ? "no VM seen; others appear when they act"
					   : "no VM on this host now");
}
