#!/usr/bin/env python3
"""Tests of the style check: every rule sees what is wrong, and lets right code pass."""

import pathlib
import sys
import tempfile
import unittest

import check
from cpp_functions import functions


def names(text):
    return [name for _, _, name in functions(text)]


def spans(text):
    return [(first, last) for first, last, _ in functions(text)]


class FindingFunctions(unittest.TestCase):
    def test_a_function_in_nested_namespaces(self):
        self.assertEqual(functions("namespace a::b {\nnamespace {\n\nint f(int x) {\n"
                                   "  return x;\n}\n\n}  // namespace\n}\n"), [(4, 6, "f")])

    def test_the_signature_counts(self):
        self.assertEqual(spans("void f(int a,\n       int b) {\n  g();\n}\n"), [(1, 4)])

    def test_blocks_and_lambdas_are_of_the_function(self):
        self.assertEqual(names("void f() {\n  if (a) {\n    g([](int x) {\n      h(x);\n    });\n"
                               "  }\n  struct S {\n    void m() {}\n  };\n}\nvoid k() {\n}\n"),
                         ["f", "k"])

    def test_members_of_classes_and_templates_of_them(self):
        self.assertEqual(names("template <class T, class U = S<T>>\nclass A final : public B {\n"
                               " public:\n  A() : x_(1) {\n  }\n  int get() const { return x_; }\n"
                               "\n private:\n  int x_ = 0;\n  S s_{1};\n};\n"), ["A", "get"])

    def test_a_constructor_with_braced_members(self):
        self.assertEqual(functions("A::A(int x)\n    : a_{x},\n      b_{f(x), {1}} {\n  g();\n}\n"),
                         [(1, 5, "A::A")])

    def test_tables_and_default_values_are_no_functions(self):
        self.assertEqual(names("constexpr S kTable[] = {\n    {1, f(2)},\n};\nenum class E { a };\n"
                               "std::string s(int n = {});\nconst std::vector<int> v{f(1)};\n"), [])

    def test_a_function_after_a_table(self):
        self.assertEqual(functions("constexpr S kTable[] = {\n    {1},\n};\n\nvoid f() {\n}\n"),
                         [(5, 6, "f")])

    def test_braces_in_text_do_not_count(self):
        self.assertEqual(names("void f() {\n  g(\"{\", '{', R\"x({\")\")x\", 10'000);  // {\n"
                               "  /* { */\n}\n#define M(x) {\nvoid h() {\n}\n"), ["f", "h"])

    def test_operators_and_test_cases(self):
        self.assertEqual(names("bool operator()(int a) const {\n}\nTEST_CASE(\"a b\") {\n}\n"),
                         ["operator()", "TEST_CASE"])

    def test_what_follows_an_access_label_begins_there(self):
        self.assertEqual(spans("class A {\n public:\n  void f() {\n  }\n};\n"), [(3, 4)])


HEADER = "// What it is for.\n#pragma once\n"


class Rules(unittest.TestCase):
    def assert_broken(self, path, text, message, line=None):
        results = check.check(check.File(path, text))
        found = [violation for result in results.values() for violation in result]
        self.assertEqual(len(found), 1, found)
        self.assertIn(message, found[0][1])
        if line is not None:
            self.assertEqual(found[0][0], line)

    def assert_right(self, path, text):
        results = check.check(check.File(path, text))
        self.assertNotEqual(results, {})
        self.assertEqual([result for result in results.values() if result], [])

    def test_files_have_500_lines_at_most(self):
        self.assert_right("src/core/a.cc", "\n" * 500)
        self.assert_broken("src/core/a.cc", "\n" * 501, "501 lines")

    def test_functions_have_70_lines_at_most(self):
        self.assert_right("src/core/a.cc", "void f() {\n" + "  g();\n" * 68 + "}\n")
        self.assert_broken("src/core/a.cc", "void f() {\n" + "  g();\n" * 69 + "}\n", "f has 71")

    def test_python_functions_too(self):
        self.assert_right("tests/a.py", "def f():\n" + "    g()\n" * 69)
        self.assert_broken("tests/a.py", "def f():\n" + "    g()\n" * 70, "f has 71")

    def test_lines_have_100_columns_at_most(self):
        self.assert_right("src/core/a.cc", "//" + "ä" * 98 + "\n")
        self.assert_broken("src/core/a.cc", "\n//" + "ä" * 99 + "\n", "101 columns", 2)

    def test_words_that_put_work_off(self):
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            self.assert_broken("src/core/a.cc", f"// {word}: later\n", word)
            self.assert_right("src/core/a.cc", f"// mktemp a.{word}{word}\n")

    def test_file_names(self):
        self.assert_right("src/core/a_b2.cc", "")
        for name in ("aB.cc", "a-b.cc", "a__b.cc", "_a.cc"):
            self.assert_broken("src/core/" + name, "", "snake_case")

    def test_how_a_header_begins(self):
        self.assert_right("src/core/a.h", HEADER)
        self.assert_broken("src/core/a.h", "#pragma once\n", "begins with a comment")
        self.assert_broken("src/core/a.h", "// What it is for.\n#include <a>\n", "#pragma once")

    def test_a_precompiled_header_is_included_once_anyway(self):
        self.assert_right("src/pch/a.h", "// What it is for.\n#include <a>\n")
        self.assert_broken("tests/pch/a.h", "#include <a>\n", "begins with a comment")

    def test_layers(self):
        allowed = [("ftp", "core/a.h"), ("store", "core/a.h"), ("transfer", "store/a.h"),
                   ("net", "transfer/a.h"), ("cli", "cli/a.h"), ("core", "ftpull/a.h")]
        for layer, name in allowed:
            self.assert_right(f"src/{layer}/a.cc", f'#include "{name}"\n')
        forbidden = [("core", "ftp/a.h"), ("ftp", "store/a.h"), ("store", "ftp/a.h"),
                     ("transfer", "net/a.h"), ("transfer", "cli/a.h"), ("net", "cli/a.h"),
                     ("cli", "transfer/a.h"), ("cli", "net/a.h")]
        for layer, name in forbidden:
            self.assert_broken(f"src/{layer}/a.cc", f'\n#include "{name}"\n', name, 2)

    def test_a_folder_that_is_no_layer(self):
        self.assert_broken("src/util/a.cc", "", "not one of the layers")

    def test_public_headers(self):
        self.assert_right("include/ftpull/a.h", HEADER + '#include "ftpull/b.h"  // IWYU\n'
                          "#include <string_view>\n#include <tl/expected.hpp>\n")
        for name in ('"core/a.h"', "<fmt/format.h>", "<unistd.h>"):
            self.assert_broken("include/ftpull/a.h", HEADER + f"#include {name}\n", "public header")

    def test_libuv_and_openssl_stay_in_the_network_layer(self):
        for name in ("uv.h", "openssl/ssl.h"):
            self.assert_right("src/net/a.cc", f"#include <{name}>\n")
            self.assert_broken("src/transfer/a.cc", f"#include <{name}>\n", name)
            self.assert_broken("tests/transfer/a.cc", f"#include <{name}>\n", name)


class Formatting(unittest.TestCase):
    def test_clang_format_names_the_file_and_line(self):
        if check.shutil.which("clang-format") is None:
            self.skipTest("clang-format is not installed")
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / ".clang-format").write_text("BasedOnStyle: Google\n")
            (root / "good.cc").write_text("int a;\n")
            (root / "bad.cc").write_text("int a;\nint   b;\n")
            found = check.badly_formatted(root, ["good.cc", "bad.cc"])
        self.assertEqual([(path, line) for path, line, _ in found], [("bad.cc", 2)])


def main():
    result = unittest.TextTestRunner().run(
        unittest.TestLoader().loadTestsFromModule(sys.modules[__name__]))
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    print(f"style: {result.testsRun - failed - skipped} passed, {failed} failed"
          + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
