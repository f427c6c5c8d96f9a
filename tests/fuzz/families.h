/* families.h: the programs of fcgi/, each main by a name of its own. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_FAMILIES_H
#define PARLEY_FAMILIES_H

int applications_main(int argc, char **argv);
int chats_main(int argc, char **argv);
int dialects_main(int argc, char **argv);
int messages_main(int argc, char **argv);
int search_main(int argc, char **argv);
int status_main(int argc, char **argv);

#endif
