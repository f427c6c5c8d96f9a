# What the manual pages of parley-admin's commands say of themselves.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import re

DOC = pathlib.Path(__file__).resolve().parents[2] / "doc"


def members(group):
    """All names that the section JSON of a command's page explains."""
    page = (DOC / f"parley-admin-{group}.8").read_text()
    section = re.search(r"^\.Ss JSON\n(.*?)^\.Sh ", page, re.M | re.S)[1]
    words = re.findall(r"^\.(?:It )?Li (.+)$", section, re.M)
    return {word for line in words
            for word in re.findall(r"\b[a-z_]+\b", line)}


def used(value, free=()):
    """All names of members in a JSON value; not those in `free` members."""
    if isinstance(value, list):
        return set().union(*(used(one, free) for one in value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(used(value[name], free) for name in value
                              if name not in free))
