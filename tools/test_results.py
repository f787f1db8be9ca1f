#!/usr/bin/env python3
"""Answers what tools/check asks about Meson's tests.

usage: test_results.py names BUILD REGEX      the tests whose names match, one a line
       test_results.py targets BUILD REGEX    what ninja must build for them, one a line
       test_results.py count LOG...           how many cases passed and failed, by Meson's JSON logs

A case is a Catch2 test case or a Python unittest where a program says how many it ran, and else the
program itself."""

import json
import os
import re
import sys


def introspect(build, what):
    with open(os.path.join(build, "meson-info", f"intro-{what}.json"), encoding="utf-8") as file:
        return json.load(file)


def matching(build, pattern):
    regex = re.compile(pattern)
    return [test for test in introspect(build, "tests") if regex.search(test["name"])]


def targets(build, pattern):
    """Relative to the build directory, as ninja wants them."""
    files = {target["id"]: target["filename"] for target in introspect(build, "targets")}
    wanted = set()
    for test in matching(build, pattern):
        for target in test["depends"]:
            wanted.update(files.get(target, []))
        wanted.update(argument for argument in test["cmd"] if argument.startswith(build + "/"))
    made = {name for names in files.values() for name in names}
    return sorted(os.path.relpath(name, build) for name in wanted if name in made)


# --- counting

ALL_PASSED = re.compile(r"All tests passed \(.* in (\d+) test cases?\)")
SOME_FAILED = re.compile(r"^test cases: +(\d+)(?: \| +(\d+) passed)?(?: \| +(\d+) failed)?", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.M)
UNITTEST_FAILED = re.compile(r"^FAILED \((.*)\)", re.M)
UNITTEST_SKIPPED = re.compile(r"^OK \(.*skipped=(\d+)", re.M)


def of_unittest(text):
    ran = sum(int(n) for n in UNITTEST.findall(text))
    failed = sum(int(n) for line in UNITTEST_FAILED.findall(text)
                 for n in re.findall(r"(?:failures|errors)=(\d+)", line))  # fmt: skip
    skipped = sum(int(n) for n in UNITTEST_SKIPPED.findall(text))
    return ran - failed - skipped, failed


def of_catch(text):
    passed = sum(int(n) for n in ALL_PASSED.findall(text))
    failed = 0
    for _, some_passed, some_failed in SOME_FAILED.findall(text):
        passed += int(some_passed or 0)
        failed += int(some_failed or 0)
    return passed, failed


def cases(test):
    """(passed, failed) of one entry of Meson's log."""
    result = test["result"]
    if result == "SKIP":
        return 0, 0
    good = result in ("OK", "EXPECTEDFAIL")
    text = test.get("stdout", "") + test.get("stderr", "")
    passed, failed = of_catch(text) if of_catch(text) != (0, 0) else of_unittest(text)
    if good:
        return max(passed, 1), 0
    return passed, max(failed, 1)


def count(logs):
    passed = failed = 0
    for log in logs:
        with open(log, encoding="utf-8") as file:
            for line in file:
                test = json.loads(line)
                good, bad = cases(test)
                passed, failed = passed + good, failed + bad
                if test["result"] == "SKIP":
                    print(f"skipped: {test['name']}")
                elif bad:
                    print(f"failed:  {test['name']} ({test['result']}), see {log}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "names":
        print("\n".join(test["name"] for test in matching(sys.argv[2], sys.argv[3])))
    elif len(sys.argv) == 4 and sys.argv[1] == "targets":
        print("\n".join(targets(os.path.abspath(sys.argv[2]), sys.argv[3])))
    elif len(sys.argv) >= 3 and sys.argv[1] == "count":
        return count(sys.argv[2:])
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
