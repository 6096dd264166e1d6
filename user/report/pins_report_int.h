/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pins_report_int.h - what pins_report.c and pins_text.c share: the objects to tell and their holds. Nobody else
 * includes it.
 */
#ifndef GM_REPORT_PINS_REPORT_INT_H
#define GM_REPORT_PINS_REPORT_INT_H

#include "report/json_lines_int.h"
#include "report/pins_report.h"

/* In the order in which they are told; all but the last: should be gone. */
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
/* The objects that pins_report.h says, sorted. 0 or -ENOMEM; to be released either way. */
int gm_pinned_build(const struct gm_model *m, const char *want, bool all, struct gm_pinned_list *out);
void gm_pinned_release(struct gm_pinned_list *l);

enum gm_pin_reason_kind { GM_PIN_REASON_FILE, GM_PIN_REASON_PIN, GM_PIN_REASON_BINDING, GM_PIN_REASON_NONE };

/*
 * One reason why an object is there. VIEW: a VM's file of an inode, which holds both (file, file->inode, file->vm).
 * PIN: a process's descriptor or mapping. BINDING: a memslot over the file; it holds nothing. NONE: no process was
 * seen holding it.
 */
struct gm_pin_reason {
	enum gm_pin_reason_kind kind;
	const struct gm_file *file;
	const struct gm_pin *pin;
	const struct gm_binding *binding;
};
typedef void (*gm_pin_reason_fn)(void *arg, const struct gm_pin_reason *h);
/* Of memory: each view, then its pins and bindings; of a VM: its pins, then its views. */
void gm_pinned_reasons(const struct gm_model *m, const struct gm_pinned_object *k, gm_pin_reason_fn fn, void *arg);

#endif
