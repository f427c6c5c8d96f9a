# The kinds of programs that have accounts of their own.
# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS = ("web", "jobs", "count", "admin", "migrate")
