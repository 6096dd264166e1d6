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
struct gm_kept {
	const struct gm_inode *in;
	const struct gm_vm *vm;
	enum gm_why why;
};

struct gm_kept_list {
	struct gm_kept *at;
	size_t nr;
};
/* The objects that pins_report.h says, sorted. 0 or -ENOMEM; to be released either way. */
int gm_kept_build(const struct gm_model *m, const char *want, bool all, struct gm_kept_list *out);
void gm_kept_release(struct gm_kept_list *l);

enum gm_hold_kind { GM_HOLD_VIEW, GM_HOLD_PIN, GM_HOLD_BINDING, GM_HOLD_NONE };

/*
 * One reason why an object is there. VIEW: a VM's file of an inode, which holds both (file, file->inode, file->vm).
 * PIN: a process's descriptor or mapping. BINDING: a memslot over the file; it holds nothing. NONE: no process was
 * seen holding it.
 */
struct gm_hold {
	enum gm_hold_kind kind;
	const struct gm_file *file;
	const struct gm_pin *pin;
	const struct gm_binding *binding;
};
typedef void (*gm_hold_fn)(void *arg, const struct gm_hold *h);
/* Of memory: each view, then its pins and bindings; of a VM: its pins, then its views. */
void gm_kept_holds(const struct gm_model *m, const struct gm_kept *k, gm_hold_fn fn, void *arg);

#endif
