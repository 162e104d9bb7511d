"""Fails on an include that goes up or across the floors, and on a word that has no place on a floor.

    check_floors.py ROOT

First it proves on planted violations that it sees them, then it reads the tree.
"""
import pathlib
import re
import sys

from cpp_text import code_of, line_of, sources

RANK = {"base": 0, "model": 1, "codec": 2, "watch": 3, "relay": 3, "controller": 3, "io": 4,
        "toolkit": 5, "service": 5, "web": 5, "sim": 5, "apps": 6}
# The service serves the dashboard.
ACROSS = {("service", "web")}
ASIO_FORM = "include/aci/asio.hpp"  # the one public header that is for programs that have Asio
PURE = {"base", "model", "codec", "watch", "relay", "controller"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)

# What a pure floor must not say: I/O, threads, clocks, randomness, logging.
BANNED = [
    (re.compile(pattern), word)
    for pattern, word in [
        (r"\bboost\s*(/|::)\s*(asio|beast)\b", "Asio"),
        (r"<(thread|future|condition_variable|semaphore|latch|barrier|stop_token)>|\bstd::(jthread|thread|async)\b", "a thread"),
        (r"<(shared_)?mutex>|\bstd::(shared_|recursive_)?mutex\b", "a lock"),
        (r"\b(system|steady|high_resolution|utc|file)_clock\b|\b(clock_gettime|gettimeofday)\b|\bstd::time\s*\(|(?<![\w.>:])time\s*\(\s*(0|NULL|nullptr)\s*\)", "a clock"),
        (r"<random>|\brandom_device\b|(?<![\w.>:])s?rand\s*\(|\bstd::s?rand\b", "a random device"),
        (r"<(fstream|filesystem)>|\bstd::(filesystem|[io]?fstream)\b|\bf(re)?open\s*\(", "a file"),
        (r"<iostream>|\bstd::(cout|cerr|clog|cin)\b|(?<![\w.>:])f?printf\s*\(|\bputs\s*\(|\bspdlog\b", "output"),
        (r"<(sys/[^>]*|unistd\.h|netdb\.h|netinet/[^>]*|arpa/[^>]*|poll\.h|fcntl\.h|csignal)>", "the operating system"),
        (r"\bgetenv\b", "the environment"),
    ]
]
# The model has tables that all threads share: attribute shapes, class facts.
ALLOWED = {("model", "a lock")}


def floor_of(path):
    parts = path.split("/")
    if parts[0] == "src":
        return parts[1]
    if parts[0] == "include":
        return "toolkit"
    return parts[0]


def included_floor(name):
    first = name.split("/")[0]
    return "toolkit" if first == "aci" else first if "/" in name and first in RANK else None


def check(files):
    """Messages "path:line: what is wrong" for a mapping of path to text."""
    found = []
    for path, text in files.items():
        code = code_of(text)
        floor = floor_of(path)

        def complain(position, message):
            found.append(f"{path}:{line_of(code, position)}: {message}")

        if floor != "examples" and floor not in RANK:
            complain(0, f"'{floor}' is no floor")
            continue
        for match in INCLUDE.finditer(code):
            quote, name = match.groups()
            target = included_floor(name)
            if ".." in name.split("/"):
                complain(match.start(), f"'{name}' is not written from src/")
            elif floor == "examples":
                if target and not name.startswith("aci/"):
                    complain(match.start(), f"an example uses what include/ offers, not '{name}'")
            elif path.startswith("include/"):
                if quote == '"' or ("/" in name and not name.startswith("aci/") and path != ASIO_FORM):
                    complain(match.start(), f"a public header includes <aci/...> and the standard's alone, not '{name}'")
                if path == ASIO_FORM:
                    continue
            elif target is None:
                if quote == '"' and not (floor == "apps" and "/" not in name):
                    complain(match.start(), f"'{name}' is on no floor")
            elif RANK[target] > RANK[floor]:
                complain(match.start(), f"{floor} must not include upward: '{name}'")
            elif RANK[target] == RANK[floor] and target != floor and (floor, target) not in ACROSS:
                complain(match.start(), f"{floor} must not include across: '{name}'")
            if "simdjson" in name and not re.fullmatch(r"src/codec/[^/]*\.cpp", path):
                complain(match.start(), "simdjson belongs to src/codec/*.cpp")
            if re.match(r"boost/(asio|beast)\b", name) and not re.fullmatch(r"src/io/.*\.cpp", path):
                complain(match.start(), "Asio and Beast belong to src/io/*.cpp")
            if name.startswith("boost/") and path.endswith(".hpp") and path != "src/base/result.hpp":
                complain(match.start(), f"a header must not need '{name}'")
        if floor in PURE:
            for pattern, word in BANNED:
                for match in pattern.finditer(code):
                    if (floor, word) not in ALLOWED:
                        complain(match.start(), f"{floor} must not know {word}: '{match.group()}'")
    return found


# Path, text, a part of the message that must come ("" for a text in which nothing may be found).
PLANTED = [
    ("src/model/a.cpp", '#include "codec/frame.hpp"', "upward"),
    ("src/model/a.cpp", "#include <codec/frame.hpp>", "upward"),
    ("src/base/a.hpp", '  #  include "model/dn.hpp"', "upward"),
    ("src/io/a.cpp", '#include "service/x.hpp"', "upward"),
    ("src/watch/a.hpp", '#include "relay/x.hpp"', "across"),
    ("src/relay/a.cpp", '#include "controller/x.hpp"', "across"),
    ("src/controller/a.cpp", '#include "watch/x.hpp"', "across"),
    ("src/web/a.cpp", '#include "service/x.hpp"', "across"),
    ("src/toolkit/a.cpp", '#include "sim/x.hpp"', "across"),
    ("src/codec/a.cpp", '#include "aci/aci.hpp"', "upward"),
    ("include/aci/a.hpp", '#include "service/x.hpp"', "a public header"),
    ("include/aci/a.hpp", "#include <model/dn.hpp>", "a public header"),
    ("include/aci/a.hpp", "#include <boost/json.hpp>", "a header must not need"),
    ("src/codec/a.cpp", '#include "../model/dn.hpp"', "not written from src/"),
    ("src/codec/a.cpp", '#include "frame.hpp"', "on no floor"),
    ("src/extra/a.cpp", "int x;", "no floor"),
    ("examples/01/main.cpp", '#include "io/loop.hpp"', "an example"),
    ("src/watch/a.cpp", "#include <simdjson.h>", "simdjson"),
    ("src/codec/a.hpp", "#include <simdjson.h>", "simdjson"),
    ("src/io/a.hpp", "#include <boost/asio.hpp>", "Asio and Beast"),
    ("src/sim/a.cpp", "#include <boost/beast.hpp>", "Asio and Beast"),
    ("src/model/a.hpp", "#include <boost/json.hpp>", "a header must not need"),
    ("src/controller/a.cpp", "boost::asio::io_context io;", "Asio"),
    ("src/watch/a.cpp", "#include <thread>", "a thread"),
    ("src/relay/a.cpp", "std::mutex m;", "a lock"),
    ("src/base/a.cpp", "auto t = std::chrono::system_clock::now();", "a clock"),
    ("src/watch/a.cpp", "auto t = time(nullptr);", "a clock"),
    ("src/codec/a.cpp", "std::random_device d;", "a random device"),
    ("src/controller/a.cpp", "#include <fstream>", "a file"),
    ("src/model/a.cpp", "void f() { std::cout << 1; }", "output"),
    ("src/relay/a.cpp", "auto x = std::getenv(\"X\");", "the environment"),
    ("src/watch/a.cpp", 'auto x = R"(")"; std::cerr << x;', "output"),
    ("src/watch/a.cpp", "auto x = 86'400'000; std::cerr << '\"'; // \"", "output"),
    ("src/relay/a.cpp", '#include "codec/frame.hpp"\n#include "relay/x.hpp"\n#include <vector>\n#include <boost/json.hpp>', ""),
    ("src/service/a.cpp", '#include "web/x.hpp"\n#include <thread>\n#include <iostream>', ""),
    ("src/base/result.hpp", "#include <boost/system/result.hpp>", ""),
    ("src/codec/frame.cpp", "#include <simdjson.h>", ""),
    ("src/io/a.cpp", "#include <boost/asio.hpp>", ""),
    ("src/model/attributes.cpp", "#include <mutex>\nstd::mutex m;", ""),
    ("apps/apicsim/main.cpp", '#include "sim/sim.hpp"\n#include "options.hpp"', ""),
    ("include/aci/a.hpp", "#include <aci/event.hpp>\n#include <string>", ""),
    (ASIO_FORM, "#include <boost/asio/post.hpp>", ""),
    ("examples/01/main.cpp", "#include <aci/aci.hpp>\n#include <iostream>", ""),
    ("src/watch/a.cpp", '// std::cout\n/* #include <thread>\n*/ auto s = "std::cout"; auto r = R"x(std::thread)x"; int g(snprintf(b, 1, "")); e.time();', ""),
]


def prove():
    """Messages for planted texts that the check judges wrongly."""
    wrong = []
    for path, text, expected in PLANTED:
        found = check({path: text})
        if (not any(expected in message for message in found)) if expected else found:
            wrong.append(f"planted in {path}: {text!r}: expected {expected or 'nothing'!r}, got {found}")
    return wrong


def main():
    root = pathlib.Path(sys.argv[1])
    wrong = prove()
    files = sources(root, ["src", "include", "apps", "examples"])
    found = check(files)
    print("\n".join(wrong + found) or f"{len(PLANTED)} planted texts judged rightly, {len(files)} files in order")
    return 1 if wrong or found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
