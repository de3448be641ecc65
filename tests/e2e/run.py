#!/usr/bin/env python3
"""Runs the end-to-end tests: every test_*.py of this folder.

  run.py [-k PATTERN]... [--but PATTERN]... [--list] [-v]

PATTERN is a part of a test's name (module.Class.test). The last line says
"e2e: N passed, N failed", and how many were skipped.
"""

import argparse
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def tests_of(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_of(item)
        else:
            yield item


def main():
    parser = argparse.ArgumentParser(description="Runs ftpull's end-to-end tests.")
    parser.add_argument("-k", action="append", default=[], metavar="PATTERN",
                        help="only tests whose name has this in it; may be given again")
    parser.add_argument("--but", action="append", default=[], metavar="PATTERN",
                        help="none whose name has this in it; may be given again")
    parser.add_argument("--list", action="store_true", help="name the tests, run none")
    parser.add_argument("-v", action="store_true", help="one line a test")
    options = parser.parse_args()

    sys.path.insert(0, str(HERE))
    every = tests_of(unittest.TestLoader().discover(str(HERE), "test_*.py"))
    # A module that cannot be loaded is a test that fails, whatever the pattern.
    chosen = [test for test in every
              if "_FailedTest" in test.id()
              or (not options.k or any(part in test.id() for part in options.k))
              and not any(part in test.id() for part in options.but)]
    if options.list:
        print("\n".join(test.id() for test in chosen))
        return 0
    result = unittest.TextTestRunner(verbosity=2 if options.v else 1).run(
        unittest.TestSuite(chosen))
    failed = len({test.id().split(" ")[0] for test, _ in result.failures + result.errors})
    failed += len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    line = f"e2e: {result.testsRun - failed - skipped} passed, {failed} failed"
    print(line + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
