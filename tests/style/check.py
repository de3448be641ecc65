#!/usr/bin/env python3
"""The style check: the rules that a machine can hold the project to, with no exceptions.

  check.py [FOLDER]

FOLDER is the project's root. Prints each violation as path:line: message. A rule passes when no
file breaks it; the last line counts the rules: "style: N passed, N failed".
"""

import ast
import pathlib
import re
import shutil
import subprocess
import sys

from cpp_functions import functions

MAX_LINES = 500
MAX_FUNCTION_LINES = 70
MAX_COLUMNS = 100

# Which layers a layer of src/ may include, besides itself and include/ftpull.
MAY_INCLUDE = {
    "core": set(),
    "ftp": {"core"},
    "proxy": {"core"},
    "store": {"core"},
    "transfer": {"core", "ftp", "store"},
    "net": {"core", "ftp", "proxy", "store", "transfer"},
    "cli": {"core"},
}
UV_FOLDERS = ("src/net/", "tests/net/", "tests/server/")
TLS_FOLDERS = ("src/net/", "tests/net/", "tests/server/")

# Taken apart, so that this file passes its own check.
FORBIDDEN = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\.(h|cc|py)")


class File:
    """`path` is relative to the root, with slashes."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.is_header = path.endswith(".h")
        self.is_cpp = path.endswith((".h", ".cc"))
        self.is_python = path.endswith(".py")
        self.is_precompiled = "/pch/" in path

    def includes(self):
        """(line number, '<' or '"', name)"""
        for number, line in enumerate(self.lines, 1):
            found = INCLUDE.match(line)
            if found:
                yield number, found[1], found[2]


# Each rule gives (line, message) for what is wrong, or None when it is not for this file.

def not_too_long(file):
    if len(file.lines) > MAX_LINES:
        return [(MAX_LINES + 1, f"{len(file.lines)} lines, the most are {MAX_LINES}")]
    return []


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno, node.name


def functions_not_too_long(file):
    if not file.is_cpp and not file.is_python:
        return None
    found = functions(file.text) if file.is_cpp else python_functions(file.text)
    return [(first, f"{name} has {last - first + 1} lines, the most are {MAX_FUNCTION_LINES}")
            for first, last, name in found if last - first + 1 > MAX_FUNCTION_LINES]


def lines_not_too_wide(file):
    return [(number, f"{len(line)} columns, the most are {MAX_COLUMNS}")
            for number, line in enumerate(file.lines, 1) if len(line) > MAX_COLUMNS]


def no_forbidden_words(file):
    return [(number, f"'{found[1]}': do it, or leave it out")
            for number, line in enumerate(file.lines, 1) if (found := FORBIDDEN.search(line))]


def named_in_snake_case(file):
    if not file.is_cpp and not file.is_python:
        return None
    name = file.path.rsplit("/", 1)[-1]
    return [] if SNAKE_CASE.fullmatch(name) else [(1, "the file's name is not snake_case")]


def header_begins_well(file):
    """A comment that says what the header is for, then #pragma once: but not in a header that is
    precompiled, where compilers warn of it."""
    if not file.is_header:
        return None
    if not re.match(r"// \S", file.text):
        return [(1, "a header begins with a comment that says what it is for")]
    if file.is_precompiled:
        return []
    code = [line for line in file.lines if not line.startswith("//")]
    return [] if code and code[0] == "#pragma once" else [
        (1, "#pragma once follows the comment that a header begins with")]


def layers_respected(file):
    folder, _, rest = file.path.partition("/")
    layer = rest.split("/")[0]
    if not file.is_cpp or folder != "src" or file.is_precompiled:
        return None
    if layer not in MAY_INCLUDE:
        return [(1, f"src/{layer} is not one of the layers that this check knows")]
    allowed = MAY_INCLUDE[layer] | {layer, "ftpull"}
    return [(number, f"src/{layer} must not include {name}")
            for number, mark, name in file.includes()
            if mark == '"' and name.split("/")[0] not in allowed]


def public_headers_stand_alone(file):
    if not file.path.startswith("include/") or not file.is_cpp:
        return None
    ours = re.compile(r'"ftpull/\w+\.h')
    standard_or_expected = re.compile(r"<([a-z_]+$|tl/)")
    return [(number, f"a public header must not include {name}")
            for number, mark, name in file.includes()
            if not ours.match(mark + name) and not standard_or_expected.match(mark + name)]


def libraries_in_their_place(file):
    if not file.is_cpp:
        return None
    return [(number, f"{name} is not for this folder")
            for number, _, name in file.includes()
            if (name.startswith("uv") and not file.path.startswith(UV_FOLDERS)
                and re.match(r"uv(\.h|/)", name))
            or (name.startswith("openssl/") and not file.path.startswith(TLS_FOLDERS))]


RULES = [not_too_long, functions_not_too_long, lines_not_too_wide, no_forbidden_words,
         named_in_snake_case, header_begins_well, layers_respected, public_headers_stand_alone,
         libraries_in_their_place]


def check(file):
    """The violations of each rule that is for this file."""
    results = {rule: rule(file) for rule in RULES}
    return {rule: result for rule, result in results.items() if result is not None}


def project_files(root):
    for folder in ("include", "src", "tests", "bench"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc", ".py") or path.name == "meson.build":
                yield path
    for folder in ("scripts", ".ci"):
        yield from sorted(path for path in (root / folder).iterdir() if path.is_file())
    yield root / "meson.build"


def badly_formatted(root, paths):
    """The output of clang-format, one violation a file; None when it is not installed."""
    program = shutil.which("clang-format")
    if program is None:
        return None
    result = subprocess.run([program, "--dry-run", "-Werror", *paths], cwd=root, text=True,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    found = {}
    for line in result.stderr.splitlines():
        match = re.match(r"(.+?):(\d+):\d+: error: ", line)
        if match:
            found.setdefault(match[1], int(match[2]))
    if result.returncode != 0 and not found:
        return [("clang-format", 1, result.stderr.strip())]
    return [(path, line, f"type: clang-format -i {path}") for path, line in found.items()]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                        pathlib.Path(__file__).resolve().parents[2])
    unused, broken, cpp = set(RULES), set(), []
    for path in project_files(root):
        file = File(path.relative_to(root).as_posix(), path.read_text())
        for rule, violations in check(file).items():
            unused.discard(rule)
            if violations:
                broken.add(rule)
            for line, message in violations:
                print(f"{file.path}:{line}: {message}")
        if file.is_cpp:
            cpp.append(file.path)
    for rule in unused:
        print(f"{root}:1: no file that the rule {rule.__name__} is for")
    broken |= unused
    unformatted = badly_formatted(root, cpp)
    for path, line, message in unformatted or []:
        print(f"{path}:{line}: {message}")
    rules = len(RULES) + (unformatted is not None)
    failed = len(broken) + bool(unformatted)
    print(f"style: {rules - failed} passed, {failed} failed"
          + (", 1 skipped" if unformatted is None else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
