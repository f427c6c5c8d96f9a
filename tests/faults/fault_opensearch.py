# OpenSearch refuses all documents, or single ones.
# SPDX-License-Identifier: BSD-2-Clause
import pymysql

from fault import Fault, Proxied, register
from parts import INDEX, wait_until


class IndexBlocked(Fault):
    """It refuses each document of a bulk, with the status that is named."""
    part, search, during = "opensearch", True, 50

    def __init__(self, name, block, status):
        self.name, self.status = name, status
        self.setting = f"index.blocks.{block}"

    def block(self, ctx, blocked):
        ctx.parts.search_request("PUT", f"{INDEX}/_settings",
                                 {self.setting: blocked})

    def inject(self, ctx):
        self.block(ctx, True)
        self.met = ctx.parts.index_status()

        def in_debt():
            """messages wait to be indexed"""
            return ctx.parts.sql_one(
                "select count(*) from index_pending") > 20
        wait_until(in_debt, 10)

    def undo(self, ctx):
        self.block(ctx, None)

    def proof(self, ctx):
        assert self.met == self.status, f"it answers {self.met}"
        return f"documents were refused with {self.met}"


# 403, as an operator may set it; 429, as a full disk makes OpenSearch set it.
register(IndexBlocked("opensearch-read-only", "write", 403))
register(IndexBlocked("opensearch-429", "read_only_allow_delete",
                      429))


class ItemsRefused(Proxied):
    """
    Single documents of a bulk arrive broken: OpenSearch takes the others
    and refuses these, with a 400 for each.
    """
    search, during = True, 50
    words = b"not all went into"

    def __init__(self):
        super().__init__("opensearch-items-refused", "opensearch",
                         link="search", act="damage", match=b'"number":',
                         put=b'"number"!')

    def refused(self, ctx):
        return ctx.parts.log("parley-jobs").count(self.words)

    def inject(self, ctx):
        self.before = self.refused(ctx)
        self.lay(ctx)

        def refused():
            """single documents are refused"""
            return self.refused(ctx) > self.before
        wait_until(refused, 10)

    def undo(self, ctx):
        super().undo(ctx)
        hurry_index(ctx)

    def proof(self, ctx):
        return (f"{super().proof(ctx)}, {self.refused(ctx) - self.before} "
                "bulks with refused documents")


def hurry_index(ctx):
    """What is put off for up to ten minutes is due now."""
    try:
        ctx.parts.sql("update index_pending set not_before = since "
                      "where attempts > 0")
    except pymysql.Error:
        pass                    # MariaDB is down as well: it takes its time


register(ItemsRefused())
