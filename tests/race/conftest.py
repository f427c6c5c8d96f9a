# Lets the tests in this directory use the fault harness.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "faults")]
