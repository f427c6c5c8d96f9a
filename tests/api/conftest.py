# The fixtures of the API tests, and their order.
# SPDX-License-Identifier: BSD-2-Clause
from fixtures import *  # noqa: F401,F403 (pytest finds them here)


def pytest_collection_modifyitems(items):
    """What breaks things comes last, so that it can spoil nothing else."""
    items.sort(key=lambda item: item.path.name == "test_restarts.py")
