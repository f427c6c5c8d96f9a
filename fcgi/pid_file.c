/* pid_file.c: the file that says which process serves a socket. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "log.h"
#include "own_socket.h"

void
pid_file_name(const char *socket_path, char *out, size_t size)
{
	const char *slash = strrchr(socket_path, '/');
	const char *const base = slash != NULL ? slash + 1 : socket_path;
	const char *const dot = strrchr(base, '.');
	const char *const dash = dot != NULL ? strrchr(dot, '-') : NULL;
	const int stem = (int)(dot != NULL ? (size_t)(dot - base) :
	    strlen(base));
	unsigned number;
	int end = 0;

	if (dash != NULL && sscanf(dash, "-%8u%n", &number, &end) == 1 &&
	    dash[end] == '\0')
		snprintf(out, size, "%.*s-%u", stem, base, number + 1);
	else
		snprintf(out, size, "%.*s", stem, base);
}

/* At no time is it there without its pid: somebody may be looking. */
static bool
replace_file(const char *path)
{
	struct buffer beside = BUFFER_EMPTY;
	bool done;
	int file;

	buffer_printf(&beside, "%s.new", path);
	/* Whoever could write here could have anybody signalled. */
	file = open(beside.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0644);
	done = file >= 0 && dprintf(file, "%ld\n", (long)getpid()) > 0;
	if (file >= 0 && close(file) != 0)
		done = false;
	done = done && rename(beside.data, path) == 0;
	buffer_free(&beside);
	return done;
}

enum result
pid_file_write(const char *dir, int fd, const char *fallback, char **path)
{
	char where[OWN_SOCKET_PATH];
	char name[sizeof(where) + 16];
	struct buffer built = BUFFER_EMPTY;

	own_socket_path(fd, where);
	pid_file_name(*where != '\0' ? where : fallback, name, sizeof(name));
	buffer_printf(&built, "%s/%s.pid", dir, name);
	*path = buffer_take(&built);
	if (replace_file(*path))
		return RESULT_OK;
	log_error(NULL, "%s: %s", *path, strerror(errno));
	free(*path);
	*path = NULL;
	return RESULT_UNAVAILABLE;
}

void
pid_file_remove(const char *path)
{
	if (path != NULL)
		unlink(path);
}
