/* own_socket.c: the socket that a responder listens on. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "log.h"

#define MODE (S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP)

void
own_socket_path(int fd, char *path)
{
	struct sockaddr_un address = {0};
	socklen_t len = sizeof(address);

	*path = '\0';
	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	    address.sun_family == AF_UNIX)
		snprintf(path, OWN_SOCKET_PATH, "%.*s",
		    (int)sizeof(address.sun_path), address.sun_path);
}

/*
 * The web server has made the socket, with whatever mode its umask leaves.
 * Of several processes behind it, the first does this for all.
 */
void
own_socket_restrict(int fd)
{
	char path[OWN_SOCKET_PATH];
	struct stat status;

	own_socket_path(fd, path);
	if (*path == '\0' || stat(path, &status) != 0 ||
	    !S_ISSOCK(status.st_mode) || !(status.st_mode & ALLPERMS & ~MODE))
		return;
	if (chmod(path, status.st_mode & MODE) != 0)
		log_warn(NULL, "%s: its mode stays %o: %s", path,
		    (unsigned)(status.st_mode & ALLPERMS), strerror(errno));
}

int
own_socket_accept(int fd)
{
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof(peer);
	const int yes = 1;
	int connection;

	connection = accept(fd, (struct sockaddr *)&peer, &len);
	if (connection >= 0 && peer.ss_family != AF_UNIX)
		setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes,
		    sizeof(yes));
	return connection;
}

/* Linux: shutting down a TCP socket would reset those who wait. */
bool
own_socket_refuse(int fd)
{
	char path[OWN_SOCKET_PATH];

	own_socket_path(fd, path);
	return *path != '\0' && shutdown(fd, SHUT_RD) == 0;
}
