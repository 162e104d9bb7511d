#!/usr/bin/python3
"""Runs what the README shows, as it stands there but for ports: shell, Python, YAML and C++ blocks."""
import os
import re
import subprocess
import sys

from programs import Api, Apicsim, BIN, PATIENCE, Program, folder, main

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
with open(os.path.join(ROOT, "README.md")) as readme:
    BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", readme.read(), re.M | re.S)


def blocks(language):
    found = [text for name, text in BLOCKS if name == language]
    assert found, "the README has no %s block" % language
    return found


def shell(text, sim, here):
    """Runs a block line by line in one shell; returns what it printed."""
    script = "set -e\n" + text.replace("https://127.0.0.1:8443", sim.url).replace("build/bin/aciwatch", "aciwatch")
    answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE, cwd=here,
                            env={**os.environ, "PATH": os.path.abspath(BIN) + ":" + os.environ["PATH"]})
    assert answer.returncode == 0, (text, answer.stdout, answer.stderr)
    return answer.stdout


def every_shell_block_in_order():
    with Apicsim() as sim, folder() as here:
        with open(os.path.join(here, "aciwatch.yaml"), "w") as file:
            file.write(blocks("yaml")[0])
        environment = ""
        for text in blocks("sh"):
            if text.startswith("export "):
                environment = text
                continue
            printed = shell(environment + text, sim, here)
            if "set uni/tn-WS_Example" in text:
                assert printed == blocks("output")[0], printed
            if "aaaLogin" in text:
                assert '"token"' in printed, printed
            if "get fvAEPg" in text:
                assert "uni/tn-Heroes/ap-Shop/epg-Web" in printed, printed


def the_python_walk_through():
    with Apicsim() as sim, folder() as here:
        answer = subprocess.run([sys.executable, "-c", blocks("python")[0].replace("https://127.0.0.1:8443", sim.url)], capture_output=True,
                                text=True, timeout=PATIENCE, cwd=here)
        assert answer.returncode == 0, answer.stderr
        lines = answer.stdout.strip().split("\n")
        assert lines[0] == "101" and "common" in lines[1] and lines[2:] == ["created", '{"totalCount":"0","imdata":[]}'], lines


def the_tail_lines():
    with Apicsim() as sim:
        lines = [line for text in blocks("") for line in text.split("\n") if line.startswith("aciwatch tail")]
        assert len(lines) == 3, lines
        for line in lines:
            with Program(*line.split(), *sim.login_flags) as tail:
                tail.wait_line("live:")
                Api(sim.url).call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Heroes"}}})
                tail.wait_line("uni/tn-Heroes", "out")
                Api(sim.url).call("DELETE", "/api/mo/uni/tn-Heroes.json")


def the_sdk_program():
    """The C++ block is compiled as examples/00_readme.cpp; the two must be the same program."""
    with open(os.path.join(ROOT, "examples", "00_readme.cpp")) as example:
        assert blocks("cpp")[0].strip() in example.read(), "README and examples/00_readme.cpp differ"
    with Apicsim() as sim, Program(os.path.join("examples", "00_readme"), sim.url) as program:
        api = Api(sim.url)
        while not api.sim("status")["subscriptions"] == 2:
            assert program.process.poll() is None, program.lines
        api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Heroes"}, "children": [{"fvAp": {"attributes": {"name": "Shop"}}}]}})
        program.wait_line("^uni/tn-Heroes has been created/modified$", "out")
        program.wait_line("^uni/tn-Heroes/ap-Shop has been created/modified$", "out")
        api.call("DELETE", "/api/mo/uni/tn-Heroes.json")
        program.wait_line("^uni/tn-Heroes/ap-Shop has been deleted$", "out")
        program.wait_line("^uni/tn-Heroes has been deleted$", "out")


def a_cmake_project_may_take_it_in():
    """Only planned, not built: that is what all other tests do."""
    with open(os.path.join(ROOT, "README.md")) as readme:
        words = re.search(r"In CMake: `(add_subdirectory)\(aciwatch\)` and `(target_link_libraries\(program aci::aci\))`", readme.read())
    with folder() as here:
        with open(os.path.join(here, "CMakeLists.txt"), "w") as file:
            file.write("cmake_minimum_required(VERSION 3.25)\nproject(mine CXX)\n%s(%s aciwatch)\nadd_executable(program %s)\n%s\n" %
                       (words[1], os.path.abspath(ROOT), os.path.abspath(os.path.join(ROOT, "examples", "00_readme.cpp")), words[2]))
        for command in (["cmake", "-G", "Ninja", "-B", "build"], ["ninja", "-C", "build", "-t", "commands", "program"]):
            answer = subprocess.run(command, capture_output=True, text=True, cwd=here, timeout=5 * PATIENCE)
            assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "libaci_toolkit.a" in answer.stdout and "session_core" in answer.stdout and "gtest" not in answer.stdout, answer.stdout


main([every_shell_block_in_order, the_python_walk_through, the_tail_lines, the_sdk_program,
      a_cmake_project_may_take_it_in])
