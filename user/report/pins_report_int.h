/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pins_report_int.h - shared by pins_*.c only: the objects to report, and what pins them. */
#ifndef GM_REPORT_PINS_REPORT_INT_H
#define GM_REPORT_PINS_REPORT_INT_H

#include "report/json_lines_int.h"
#include "report/pins_report.h"

/* Why an object is reported, in the order of output; all but the last: it should be gone. */
enum gm_why { GM_WHY_ORPHAN, GM_WHY_OWNER_GONE, GM_WHY_CLOSED, GM_WHY_ASKED };

/* Memory (in, vm is NULL) or a VM (vm). */
struct gm_pinned_object {
	const struct gm_inode *in;
	const struct gm_vm *vm;
	enum gm_why why;
};

struct gm_pinned_list {
	struct gm_pinned_object *at;
	size_t nr;
};
/* Build the sorted list of objects that pins_report.h describes. 0 or -ENOMEM; release it either way. */
int gm_pinned_build(const struct gm_model *m, const char *want, bool all, struct gm_pinned_list *out);
/* Free a list. */
void gm_pinned_release(struct gm_pinned_list *l);

enum gm_pin_reason_kind { GM_PIN_REASON_FILE, GM_PIN_REASON_PIN, GM_PIN_REASON_BINDING, GM_PIN_REASON_NONE };

/*
 * One reason why an object exists. FILE: a VM's file of an inode, which pins both (file, file->inode, file->vm). PIN: a
 * process's descriptor or mapping. BINDING: a memslot over the file, which pins nothing. NONE: no process with a pin
 * was found.
 */
struct gm_pin_reason {
	enum gm_pin_reason_kind kind;
	const struct gm_file *file;
	const struct gm_pin *pin;
	const struct gm_binding *binding;
};
typedef void (*gm_pin_reason_fn)(void *arg, const struct gm_pin_reason *h);
/* Call fn for each reason. For memory: each file, then its pins and bindings; for a VM: its pins, then its files. */
void gm_pinned_reasons(const struct gm_model *m, const struct gm_pinned_object *k, gm_pin_reason_fn fn, void *arg);

#endif
