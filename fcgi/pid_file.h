/* pid_file.h: the file that says which process serves a socket. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PID_FILE_H
#define PARLEY_PID_FILE_H

#include <stddef.h>

#include "result.h"

/*
 * The name, without ".pid", of whoever serves the socket at that path. What
 * lighttpd numbers from 0 is counted from 1: "/x/messages.socket-0" gives
 * "messages-1"; any other path gives its last part up to the last dot.
 */
void pid_file_name(const char *socket_path, char *out, size_t size);

/*
 * Writes "<dir>/<name>.pid" for the listening socket fd; for a TCP socket
 * the name is fallback. The file's path, for pid_file_remove, is the
 * caller's to free. The file's time is since when the process serves.
 * RESULT_UNAVAILABLE, logged, if it cannot be written.
 */
MUST_CHECK enum result pid_file_write(const char *dir, int fd,
    const char *fallback, char **path);

/* NULL is fine. */
void pid_file_remove(const char *path);

#endif
