/* human.h: numbers and times as people like to read them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_HUMAN_H
#define PARLEY_HUMAN_H

#include <stddef.h>
#include <stdint.h>

#define HUMAN_SIZE 32

/* 1234567 is "1,234,567". */
void human_number(uint64_t, char out[HUMAN_SIZE]);

/* How long: "340 ms", "12 s", "3 min", "5 h", "12 days". */
void human_span(int64_t ms, char out[HUMAN_SIZE]);

/* When: "2026-01-02 03:04:05", in UTC. */
void human_time(int64_t wall_ms, char out[HUMAN_SIZE]);

/* Columns of the terminal that this is; 0: it is none. */
size_t human_columns(int fd);

#endif
