"""Where the functions of a C++ file begin and end.

It reads code that clang-format has laid out, and relies on that: the brace that opens a body has a
blank before it, the brace of an initialiser has none or follows "=". A lambda inside a function is
a part of it.
"""

import re

OPENING, CLOSING = "([", ")]"


def blank_out(text):
    """The text with comments, literals and preprocessor lines made blank, line ends kept."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/'
        r'|(?:u8|[uUL])?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
        r"|^[ \t]*\#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)

    def blank(match):
        kept = match[0]
        # Literals stay visible as something that stands there: a comment does not.
        fill = " " if kept.lstrip().startswith(("/", "#")) else "0"
        return re.sub(r"[^\n]", fill, kept)
    return pattern.sub(blank, text)


def without_template(head):
    """`head` without "template <...>" in front."""
    while head.startswith("template"):
        depth, at = 0, head.find("<")
        if at < 0:
            return head
        for index in range(at, len(head)):
            depth += {"<": 1, ">": -1}.get(head[index], 0)
            if depth == 0:
                head = head[index + 1:].lstrip()
                break
        else:
            return head
    return head


def kind_of(head, space_before):
    """What the brace after `head` opens, at namespace or class level."""
    head = without_template(head.strip())
    if re.match(r"(inline )?namespace\b|extern 0+$", head):
        return "scope"
    if "(" not in head and re.match(r"(typedef )?(class|struct|union)\b", head):
        return "scope"
    if space_before and "(" in head and not re.search(r"(=|\breturn)$", head):
        return "function"
    return "other"


def name_of(head):
    head = without_template(head.strip())
    found = re.search(r"([\w:~]*operator[^(]*\(?\)?|[\w:~]+)\s*\(", head)
    return found[1].strip() if found else head.split("\n")[0]


def functions(text):
    """(first line, last line, name) of each function, the signature counted."""
    code = blank_out(text)
    scopes, found = [], []  # scopes: (kind, position of the signature, name)
    head_begin, parentheses = 0, 0
    for at, char in enumerate(code):
        if char in OPENING:
            parentheses += 1
        elif char in CLOSING:
            parentheses -= 1
        inside = bool(scopes) and scopes[-1][0] != "scope"
        if char == "{":
            head = code[head_begin:at]
            kind = "other"
            if not inside and parentheses == 0:
                kind = kind_of(head, code[at - 1:at].isspace())
            begin = head_begin + len(head) - len(head.lstrip())
            scopes.append((kind, begin, name_of(head) if kind == "function" else ""))
            if kind == "scope":
                head_begin = at + 1
        elif char == "}" and scopes:
            kind, begin, name = scopes.pop()
            if kind == "function":
                found.append((code.count("\n", 0, begin) + 1, code.count("\n", 0, at) + 1, name))
            if kind in ("function", "scope"):
                head_begin = at + 1
        elif not inside and parentheses == 0 and ends_a_declaration(code, at):
            head_begin = at + 1
    return found


def ends_a_declaration(code, at):
    if code[at] == ";":
        return True
    return code[at] == ":" and re.search(r"\b(public|private|protected)$", code[max(0, at - 9):at])
