"""C++ source text for the style checks: comments and literals blanked out, every character's position kept."""
import re

_LITERAL = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<number>\b\d(?:'?[\w.])*)
      | (?P<char>'(?:\\.|[^'\\\n])+')""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def code_of(text):
    """The text without comments, and with nothing between the quotes of its literals. #include lines stay as they are."""

    def replace(match):
        found = match.group()
        if match.group("comment"):
            return _blank(found)
        if match.group("raw") or match.group("string") or match.group("char"):
            return found[0] + _blank(found[1:-1]) + found[-1]
        return found

    return _LITERAL.sub(replace, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def sources(root, folders):
    """Path (relative, with '/') to text of every C++ file below the folders."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for folder in folders
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in (".cpp", ".hpp") and path.is_file()
    }
