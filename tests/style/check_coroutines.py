"""Fails on forms of co_await that g++ 12.2 compiles to wrong code, all without a warning:

  condition   if (co_await f()), while, switch, for (;co_await f();): a crash where the function declares nothing else
  braces      f(O{...}), f({a, b}), O o{co_await g()} in one full expression with co_await: temporaries copied bitwise
  capture     a lambda that captures by value in one full expression with co_await: its captures are freed twice
  choice      c ? co_await g() : h(): the operands are freed twice
  default     a braced default argument of a coroutine: freed though never made
  immediate   [x]() -> awaitable<void> {...}(): the captures die with the lambda before the coroutine reads them

    check_coroutines.py ROOT

Some of these are harmless with trivial types; what that means is not visible here, and to name the value in a statement
of its own costs one line. First the check proves on samples that it tells bad from good, then it reads the tree.
"""
import pathlib
import re
import sys

from cpp_text import code_of, line_of, sources

AWAIT = re.compile(r"\bco_(await|yield)\b")
PAIRS = {")": "(", "]": "[", "}": "{"}
# What stands before the brace of a block: a function's or lambda's head, a keyword, another statement.
BLOCK_HEAD = re.compile(
    r"(\)|\])\s*((mutable|noexcept|const|constexpr|override|final|static)\s*)*(->[^;{}()=]*(\([^()]*\)[^;{}()=]*)?)?$"
    r"|(^|[;{}:])\s*$|\b(else|do|try)\s*$"
)
CONTROL = re.compile(r"\b(if|while|switch|for)(\s+constexpr)?\s*$")
COROUTINE_HEAD = re.compile(r"\b(awaitable|task|generator)\s*<[^;{}()]*>\s*[\w:~]+\s*\(")


def opens_block(code, brace):
    return bool(BLOCK_HEAD.search(code[max(0, brace - 400):brace]))


def closing(code, opening):
    """Position of the bracket that closes the one at `opening`."""
    depth = 0
    for i in range(opening, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth == 0:
                return i
    return len(code)


def statement_begin(code, position):
    """Where the full expression around `position` begins, and the bracket of the condition it stands in or None."""
    stack = []
    i = position - 1
    while i >= 0:
        c = code[i]
        if c == "}" and not stack:
            # The end of a statement before this one, or of a lambda's body or braces within this one.
            opening, depth = i, 0
            while opening >= 0:
                depth += {"}": 1, "{": -1}.get(code[opening], 0)
                if depth == 0:
                    break
                opening -= 1
            following = code[i + 1:position].lstrip()
            if opens_block(code, opening) and not following.startswith((",", ")", "(", ".", ";")):
                return i + 1, None
            i = opening
        elif c in ")]}":
            stack.append(PAIRS[c])
        elif c in "([{":
            if stack:
                stack.pop()
            elif c == "(" and CONTROL.search(code[max(0, i - 40):i]):
                return i + 1, i
            elif c == "{" and opens_block(code, i):
                return i + 1, None
        elif c == ";" and not stack:
            # The semicolons of a for head belong to it.
            return i + 1, enclosing_control(code, i)
        i -= 1
    return 0, None


def enclosing_control(code, position):
    depth = 0
    for i in range(position - 1, -1, -1):
        if code[i] in ")]}":
            depth += 1
        elif code[i] in "([{":
            if depth == 0:
                return i if code[i] == "(" and CONTROL.search(code[max(0, i - 40):i]) else None
            depth -= 1
    return None


def statement_end(code, position):
    """Where the full expression around `position` ends: its ';', or the bracket of the condition."""
    depth = 0
    i = position
    while i < len(code):
        c = code[i]
        if c in "([{":
            if c == "{" and opens_block(code, i) and depth == 0:
                return i
            depth += 1
        elif c in ")]}":
            # Arguments of a call end before the call does; a block or a condition ends here.
            if depth > 0:
                depth -= 1
            elif c == "}" and opens_block(code, opening_of(code, i)):
                return i
            elif c == ")" and CONTROL.search(code[:opening_of(code, i)][-40:]):
                return i
        elif c == ";" and depth <= 0:
            return i
        i += 1
    return i


def opening_of(code, closer):
    depth = 0
    for i in range(closer, -1, -1):
        if code[i] in ")]}":
            depth += 1
        elif code[i] in "([{":
            depth -= 1
            if depth == 0:
                return i
    return 0


def captures_values(inside):
    captures = [part.strip() for part in inside.split(",") if part.strip()]
    return any(not capture.startswith("&") and capture != "this" for capture in captures)


def lambdas(code, begin, end):
    """Position and capture list of each lambda that begins within the range."""
    for match in re.finditer(r"\[", code[begin:end]):
        at = begin + match.start()
        before = code[max(0, at - 40):at].rstrip()[-1:]
        is_subscript = before in ("[", "]", ")", "_") or before.isalnum()
        if is_subscript and not re.search(r"\b(return|co_return|co_await|co_yield)\s*$", code[max(0, at - 40):at]):
            continue
        if code[at + 1:at + 2] == "[":
            continue
        close = closing(code, at)
        if re.match(r"\s*(\(|\{|mutable|<|->)", code[close + 1:]):
            yield at, code[at + 1:close]


def without_lambda_bodies(code, begin, end):
    """The range with the bodies of its lambdas, which are functions of their own, blanked out."""
    out = list(code[begin:end])
    i = begin
    while i < end:
        if code[i] == "{" and opens_block(code, i):
            stop = min(closing(code, i), end - 1)
            for j in range(i, stop + 1):
                if out[j - begin] != "\n":
                    out[j - begin] = " "
            i = stop
        i += 1
    return "".join(out)


def check_text(text):
    """(line, form) of every suspicious place of one file."""
    code = code_of(text)
    found = set()
    for match in AWAIT.finditer(code):
        line = line_of(code, match.start())
        begin, control = statement_begin(code, match.start())
        end = statement_end(code, match.end())
        expression = without_lambda_bodies(code, begin, end)
        if control is not None:
            head = code[control + 1:closing(code, control)]
            is_range_for = re.search(r"\bfor\s*$", code[:control]) and ";" not in head
            # The part up to a ';' is a declaration of its own.
            is_declaration = ";" in code[match.end():closing(code, control)] and begin == control + 1
            if not is_range_for and not is_declaration:
                found.add((line, "condition"))
        if "{" in expression:
            found.add((line, "braces"))
        if "?" in expression:
            found.add((line, "choice"))
        for at, inside in lambdas(code, begin, end):
            if expression[at - begin] == "[" and captures_values(inside):
                found.add((line, "capture"))
    for match in COROUTINE_HEAD.finditer(code):
        opening = match.end() - 1
        if re.search(r"=\s*[\w:<>]*\s*\{", code[opening:closing(code, opening)]):
            found.add((line_of(code, opening), "default"))
    for at, inside in lambdas(code, 0, len(code)):
        brace = code.find("{", closing(code, at))
        if inside.strip() and brace >= 0 and opens_block(code, brace):
            close = closing(code, brace)
            if AWAIT.search(code[brace:close]) and re.match(r"\s*\(", code[close + 1:]):
                found.add((line_of(code, at), "immediate"))
    return sorted(found)


BAD = [
    ("condition", "awaitable<void> f() { if (co_await ok()) g(); }"),
    ("condition", "awaitable<void> f() { if (!co_await ok()) co_return; }"),
    ("condition", "awaitable<void> f() { while (co_await more(a, b)) { step(); } }"),
    ("condition", "awaitable<void> f() { switch (co_await kind()) { case 1: break; } }"),
    ("condition", "awaitable<void> f() { for (; co_await more();) step(); }"),
    ("condition", "awaitable<void> f() { if (ready && co_await ok()) g(); }"),
    ("condition", "awaitable<void> f() { do { step(); } while (co_await more()); }"),
    ("condition", "awaitable<void> f() { if (x) { y(); } else if (co_await ok()) g(); }"),
    ("condition", "awaitable<void> f() { if (init(); co_await ok()) g(); }"),
    ("braces", "awaitable<void> f() { co_await send(Options{.host = s, .port = p}); }"),
    ("braces", "awaitable<void> f() { co_await send({s, p}); }"),
    ("braces", "awaitable<void> f() { co_await send(Options{}); }"),
    ("braces", "awaitable<void> f() { co_await send(std::array<std::string, 2>{a, b}); }"),
    ("braces", "awaitable<void> f() { co_await send(std::vector<S>{a, b}); }"),
    ("braces", "awaitable<void> f() { co_await send(length(Options{s})); }"),
    ("braces", "awaitable<int> f() { auto x = 1 + size({s}) + co_await g(); co_return x; }"),
    ("braces", "awaitable<void> f() { Pair o{co_await g(), co_await g()}; }"),
    ("braces", "awaitable<void> f() { v.push_back(Pair{co_await g(), x}); }"),
    ("braces", "awaitable<Pair> f() { co_return Pair{co_await g(), 1}; }"),
    ("braces", "generator<Pair> f() { co_yield Pair{a, b}; }"),
    ("braces", "awaitable<void> f() {\n  co_await send(\n      Options{\n          s});\n}"),
    ("capture", "awaitable<void> f() { co_await run([s] { use(s); }); }"),
    ("capture", "awaitable<void> f() { co_await run([=] { use(s); }); }"),
    ("capture", "awaitable<void> f() { co_await run([&a, s](int x) mutable -> int { return use(s); }); }"),
    ("capture", "awaitable<void> f() { co_await co_spawn(ex, [p = std::move(p)]() -> awaitable<void> { co_await g(); }, use_awaitable); }"),
    ("capture", "awaitable<void> f() { call([s] { use(s); }, co_await g()); }"),
    ("choice", "awaitable<void> f() { S s = b ? co_await g() : other(); }"),
    ("choice", "awaitable<S> f() { co_return b ? other() : co_await g(); }"),
    ("default", "awaitable<int> f(Options o = {});"),
    ("default", "asio::awaitable<int> Session::f(int a, Options o = Options{1, 2}) { co_return 1; }"),
    ("immediate", "void f() { co_spawn(ex, [s]() -> awaitable<void> { co_await use(s); }(), detached); }"),
    ("immediate", "void f() { co_spawn(ex, [&]() -> awaitable<void> { co_await use(s); }(), detached); }"),
]
GOOD = [
    "awaitable<void> f() { const bool is_ok = co_await ok(); if (is_ok) g(); }",
    "awaitable<void> f() { Options o{s, p}; co_await send(std::move(o)); }",
    "awaitable<void> f() { co_await send(make_options(s, p)); }",
    "awaitable<void> f() { co_await send(Options()); }",
    "awaitable<void> f() { co_await send(\"a{\" + s + \"}?\", std::make_unique<int>(1)); }",
    "awaitable<void> f() { auto [ec, n] = co_await s.async_read_some(buffer(b), as_tuple(use_awaitable)); }",
    "awaitable<void> f() { for (auto& x : co_await list()) use(x); }",
    "awaitable<void> f() { m[k] = co_await g(); v[0] = co_await g(); }",
    "awaitable<void> f() { if (auto ec = co_await g(); ec) co_return; }",
    "awaitable<void> f() { co_await run([&s] { use(s); }); co_await run([this, &s] { use(s); }); co_await run([] { use({1}); }); }",
    "awaitable<void> f() { co_await (g() || h()); }",
    "awaitable<void> f() { Options o{s}; if (o.x ? y() : z()) { co_await g(); } Options q{t}; }",
    "void f() { co_spawn(ex, [p]() -> awaitable<void> { co_await use(p); }, detached); }",
    "void f() { run([s, t = S{1}] { use(s); }); v = S{1}; int x = a ? b : c; }",
    "awaitable<void> f() { try { co_await g(); } catch (const E& e) { h(E{e}); } co_await g(); }",
    "awaitable<void> f() { {\n Options o{s};\n }\n co_await g();\n { Options q{s}; } }",
    "awaitable<void> f() { auto h = [s] { use(s); }; co_await run(h); }",
    "// if (co_await ok()) g();\nconst char* s = R\"(co_await f({s}))\"; /* co_await f({s}) */ const char* t = \"co_await f({a})\";",
    "awaitable<int> f(Options o, int n = 3);",
    "awaitable<void> f() { switch (x) { case 1: co_await g(); break; default: { co_await h(); } } }",
    "awaitable<void> f() { while (true) { co_await g(); } }",
]


def prove():
    """Messages for samples that the check judges wrongly."""
    wrong = [f"not seen ({form}): {text}" for form, text in BAD if form not in [kind for _, kind in check_text(text)]]
    wrong += [f"wrongly seen {check_text(text)}: {text}" for text in GOOD if check_text(text)]
    return wrong


def main():
    root = pathlib.Path(sys.argv[1])
    wrong = prove()
    files = sources(root, ["src", "include", "apps", "examples", "tests", "bench"])
    found = [f"{path}:{line}: {form} with co_await (see check_coroutines.py)" for path, text in files.items() for line, form in check_text(text)]
    print("\n".join(wrong + found) or f"{len(BAD)} bad and {len(GOOD)} good samples told apart, {len(files)} files in order")
    return 1 if wrong or found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
