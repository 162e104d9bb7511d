#!/usr/bin/python3
"""`aciwatch record` and `apicsim --replay`: what was pushed comes again as it was, and no secret is in the file."""
import json
import os
import re

from certificate_test import key_in, register
from programs import Api, Apicsim, Program, folder, main, run

CLASSES = ["fvTenant", "fvAEPg", "fvRsBd", "fvBD", "faultInst", "aaaActiveUserSession", "aaaUser"]


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file if line.endswith("\n")]  # the last may be on its way


def frames(path):
    return [line["frame"]["imdata"] for line in lines(path) if "frame" in line]


def change(api):
    api.call("POST", "/api/mo/uni/tn-Heroes.json", {"fvTenant": {"attributes": {"descr": "first"}, "children": [
        {"fvBD": {"attributes": {"name": "Web"}}},
        {"fvAp": {"attributes": {"name": "Shop"}, "children": [
            {"fvAEPg": {"attributes": {"name": "Web"}, "children": [{"fvRsBd": {"attributes": {"tnFvBDName": "Web"}}}]}}]}}]}})
    api.call("POST", "/api/mo/uni/tn-Heroes.json", {"fvTenant": {"attributes": {"descr": "second"}}})
    api.call("POST", "/api/mo/uni/userext/user-joe.json", {"aaaUser": {"attributes": {"pwd": "Wonder-land7", "email": "joe@example.com"}}})
    api.call("DELETE", "/api/mo/uni/tn-Heroes/BD-Web.json")
    api.call("DELETE", "/api/mo/uni/tn-Heroes.json")


def record(sim, path, count=0):
    program = Program("aciwatch", "record", "--out", path, *CLASSES, *(["--count", str(count)] if count else []), *sim.login_flags)
    program.wait_line("recording https://")
    return program


def what_was_pushed_comes_again():
    with folder() as here:
        first, second = os.path.join(here, "first.jsonl"), os.path.join(here, "second.jsonl")
        with Apicsim() as sim:
            api = Api(sim.url)
            api.call("POST", "/api/mo/uni/tn-Before.json", {"fvTenant": {"attributes": {"descr": "was there"}}})
            with record(sim, first) as recorder:
                change(api)
                end = "uni/tn-Heroes"
                while not any(end == list(o.values())[0]["attributes"]["dn"] and list(o.values())[0]["attributes"]["status"] == "deleted"
                              for f in frames(first) for o in f):
                    pass
                assert recorder.stop() == 0
        with open(first) as file:
            text = file.read()
        assert '"login"' in text and '"token":"removed"' in text, text[:500]
        assert not re.search(r"[A-Za-z0-9+/=._-]{100}", text.replace("\\/", "/")), "a token is in the file"
        assert "Wonder-land7" not in text and '"password"' not in text, "a secret is in the file"
        assert "actsession-removed" in text, "a session's hash is part of its name"
        told = frames(first)
        assert len(told) >= 12, told

        with Apicsim("--replay", first, "--speed", "100") as sim:
            api = Api(sim.url)
            assert api.call("GET", "/api/mo/uni/tn-Before.json")["imdata"][0]["fvTenant"]["attributes"]["descr"] == "was there"
            sessions = sum("aaaActiveUserSession" in o for f in told for o in f)
            with record(sim, second, len(told)) as again:
                assert again.finish() == 0
            # Sessions here are those of this simulator too.
            mine = [f for f in frames(second) if "aaaActiveUserSession" not in f[0]]
            theirs = [f for f in told if "aaaActiveUserSession" not in f[0]]
            assert mine == theirs[:len(mine)] and len(mine) >= len(theirs) - sessions - 2, (mine, theirs)
            assert api.call("GET", "/api/mo/uni/tn-Heroes.json")["totalCount"] == "0"


def logins_with_a_certificate_record_as_well():
    with folder() as here, Apicsim() as sim:
        api = Api(sim.url)
        register(api)
        register(api, app="Vendor_App")
        path, key = os.path.join(here, "signed.jsonl"), key_in(here)
        for login in (["-l", "admin", "--cert-name", "admin.crt"], ["--app", "Vendor_App"]):
            with Program("aciwatch", "record", "--out", path, "fvTenant", "--count", "1", "-u", sim.url, "--key", key, "--insecure",
                         *login) as recorder:
                recorder.wait_line("recording https://")
                api.call("POST", "/api/mo/uni/tn-Signed.json", {"fvTenant": {"attributes": {"descr": login[0]}}})
                assert recorder.finish() == 0
            told = list(frames(path)[0][0].values())[0]["attributes"]
            assert told["dn"] == "uni/tn-Signed" and told["descr"] == login[0], told
            with open(path) as file:
                assert not re.search(r"[A-Za-z0-9+/=._-]{100}", file.read().replace("\\/", "/")), "a token is in the file"


def mistakes_are_told():
    with folder() as here:
        path = os.path.join(here, "wrong.jsonl")
        for text, told in (("", "no answers"), ("{}\n", "no recording"), ("nonsense\n", ":1: this is no line"),
                           ('{"aciwatch_recording":1}\n{"at":0,"frame":{"x":1}}\n{}\n', ":2:")):
            with open(path, "w") as file:
                file.write(text)
            answer = run("apicsim", "--listen", "127.0.0.1:0", "--replay", path)
            assert answer.returncode == 2 and told in answer.stderr, (text, answer)
        with Apicsim() as sim:
            answer = run("aciwatch", "record", "--out", path, "fvTenat", *sim.login_flags)
            assert answer.returncode == 2 and "fvTenant" in answer.stderr, answer
            answer = run("aciwatch", "record", "--out", path, "-u", sim.url, "-l", "admin", "-p", "wrong", "--insecure")
            assert answer.returncode == 3, answer
            assert "wrong" not in open(path).read()
            answer = run("aciwatch", "record", "--out", os.path.join(here, "no", "such"), *sim.login_flags)
            assert answer.returncode == 1 and "cannot write" in answer.stderr, answer


def a_lost_controller_ends_it():
    with folder() as here:
        path = os.path.join(here, "lost.jsonl")
        with Apicsim() as sim, record(sim, path) as recorder:
            sim.stop()
            assert recorder.finish() == 4
            assert "closed" in lines(path)[-1], lines(path)[-1]


main([what_was_pushed_comes_again, logins_with_a_certificate_record_as_well, mistakes_are_told, a_lost_controller_ends_it])
