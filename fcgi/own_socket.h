/* own_socket.h: the socket that a responder listens on: its path, its mode. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_OWN_SOCKET_H
#define PARLEY_OWN_SOCKET_H

#include <sys/un.h>

#define OWN_SOCKET_PATH (sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1)

/* The path of a Unix socket; empty for any other. Room: OWN_SOCKET_PATH. */
void own_socket_path(int fd, char *path);

/*
 * Takes from everybody but its owner and its group the right to connect, so
 * that its mode is 0660 at most. Says in the log if that cannot be done.
 */
void own_socket_restrict(int fd);

#endif
