/* pid_file.c: the file that says which process serves a socket. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "pid_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "buffer.h"
#include "log.h"

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

/* The path of a Unix socket into path; else an empty string. */
static void
socket_path(int fd, char *path, size_t size)
{
	struct sockaddr_un address = {0};
	socklen_t len = sizeof(address) - 1;	/* keeps a NUL at the end */

	*path = '\0';
	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	    address.sun_family == AF_UNIX)
		snprintf(path, size, "%s", address.sun_path);
}

enum result
pid_file_write(const char *dir, int fd, const char *fallback, char **path)
{
	char where[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	char name[sizeof(where) + 16];
	struct buffer built = BUFFER_EMPTY;
	FILE *file;
	int failed;

	socket_path(fd, where, sizeof(where));
	pid_file_name(*where != '\0' ? where : fallback, name, sizeof(name));
	buffer_printf(&built, "%s/%s.pid", dir, name);
	*path = buffer_take(&built);
	file = fopen(*path, "w");
	failed = file == NULL || fprintf(file, "%ld\n", (long)getpid()) < 0;
	if (file != NULL && fclose(file) != 0)
		failed = 1;
	if (!failed)
		return RESULT_OK;
	log_error(NULL, "%s: %s", *path, strerror(errno));
	free(*path);
	*path = NULL;
	return RESULT_UNAVAILABLE;
}

void
pid_file_remove(char *path)
{
	if (path != NULL)
		unlink(path);
	free(path);
}
