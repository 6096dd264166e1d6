/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * process.h - what a tool's process needs around it: descriptors, signals, room for files; and what a COMMAND gets
 * back of it.
 */
#ifndef GM_SESSION_PROCESS_H
#define GM_SESSION_PROCESS_H

/*
 * At the very start: descriptors 0 to 2 are there, so that no file of ours becomes one of them (one that was closed
 * fails when it is used); what is left in stdio's buffers at the end must go out, or the status is 1; SIGPIPE and
 * SIGXFSZ are errors of write(2); the stack is large enough. tool: the name before messages. 0; -ENOMEM, reported:
 * the stack is too small, and nothing else can be done.
 */
int gm_process_init(const char *tool);
/* Room for the descriptors of a live session, as far as the hard limit allows. 0; -EMFILE, reported. */
int gm_process_need_files(void);
/* In a child, before exec: as it was before the two above. */
void gm_process_restore(void);
/* Columns of stdout; 80 where it is no terminal, or one too narrow to be true. */
unsigned int gm_stdout_columns(void);

#endif
