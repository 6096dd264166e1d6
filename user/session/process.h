/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * process.h - prepares a tool's process: standard descriptors, signals, resource limits; and restores it for a COMMAND;
 * tells the parent when the tool is ready.
 *
 * Call gm_process_init() first in main(), gm_process_raise_fd_limit() before a live source opens, gm_process_restore()
 * between fork and exec of a child.
 */
#ifndef GM_SESSION_PROCESS_H
#define GM_SESSION_PROCESS_H

/*
 * Prepares the process; tool is the name before messages. Opens missing descriptors 0 to 2, so that no file of ours
 * becomes one of them (their use fails as on a closed one). At exit, stdout is flushed, and the exit status is 1 if
 * that fails. SIGPIPE and SIGXFSZ are ignored: write(2) returns the error. Raises the stack limit. Returns 0; -ENOMEM,
 * reported: the stack is too small, and the tool must end.
 */
int gm_process_init(const char *tool);
/* Raises the descriptor limit to what a live session needs, within the hard limit. 0; -EMFILE, reported. */
int gm_process_raise_fd_limit(void);
/*
 * Claims a descriptor that the parent process has opened: COMMAND does not inherit it. 0; -EBADF, not reported: it is
 * not open, or is one of our own, all of which are close-on-exec.
 */
int gm_process_claim_fd(int fd);
/* Writes "READY\n" to a claimed descriptor and closes it. A reader that is gone is not an error. */
void gm_process_ready(int fd);
/* Restores the limits and signals changed by the two functions above, in a child before exec. */
void gm_process_restore(void);

#endif
