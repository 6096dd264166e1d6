/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gap.h - why a number is partial or unknown, as a code that programs can rely on. Nothing here fails. */
#ifndef GM_MODEL_GAP_H
#define GM_MODEL_GAP_H

/*
 * Why a number is partial or unknown, for programs: the texts beside it are for people, and change. X(ENUM, name); a
 * name is never given to another reason.
 */
#define GM_GAPS(X)						\
	X(NONE,		"none")					\
	X(NOT_RECORDED,	"not_recorded")				\
	X(NOT_ASKED,	"not_asked")	/* no option asks for it */ \
	X(EMULATED,	"emulated")	/* KVM emulates guest code */ \
	X(REFUSED,	"refused")	/* by the kernel, or for lack of a privilege */ \
	X(ABSENT,	"absent")	/* this kernel has no hook for it */ \
	X(DETACHED,	"detached")	/* its hook was detached */ \
	X(OTHER_HOOK,	"other_hook")	/* a better hook, which is not there, would show it */ \
	X(NO_PROBE,	"no_probe")	/* nothing in this mode shows it */

enum gm_gap {
#define X(E, name) GM_GAP_##E,
	GM_GAPS(X)
#undef X
};

/* Return the name of a gap: constant. */
const char *gm_gap_name(enum gm_gap gap);

#endif
