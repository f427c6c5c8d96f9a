/* own_socket.h: the socket that a responder listens on. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_OWN_SOCKET_H
#define PARLEY_OWN_SOCKET_H

#include <stdbool.h>
#include <sys/un.h>

#define OWN_SOCKET_PATH (sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1)

/* The path of a Unix socket; empty for any other. Room: OWN_SOCKET_PATH. */
void own_socket_path(int fd, char *path);

/*
 * Takes from everybody but its owner and its group the right to connect, so
 * that its mode is 0660 at most. Says in the log if that cannot be done.
 */
void own_socket_restrict(int fd);

/* The next connection, or -1 with errno: EINTR, and others that may pass. */
int own_socket_accept(int fd);

/*
 * From now on whoever connects is refused, while who waits already can still
 * be accepted; after the last of them own_socket_accept fails with EINVAL.
 * There is nothing in between: nobody is let in and then forgotten. All that
 * have the socket refuse then, so nobody else may have it. Only for a Unix
 * socket; false for any other, with which nothing was done.
 */
bool own_socket_refuse(int fd);

#endif
