#!/usr/bin/python3
"""Runs every numbered example against a simulated controller and reads what it prints."""
import json
import os
import subprocess

from programs import Api, Apicsim, Program, Receiver, folder, main, run


def example(sim, name, *arguments, **options):
    return Program("examples/" + name, *sim.login_flags, *arguments, **options)


def wait_lines(program, *lines):
    for line in lines:
        program.wait_line("^%s$" % line, "out")


def tenant(api, name, **attributes):
    api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": name, **attributes}}})


def event_loop():
    with Apicsim() as sim, example(sim, "01_event_loop", "8") as program:
        wait_lines(program, "uni/tn-common has been created/modified")
        api = Api(sim.url)
        tenant(api, "WS_Example")
        api.call("POST", "/api/mo/uni/tn-WS_Example.json", {"fvAp": {"attributes": {"name": "Example_App"}}})
        wait_lines(program, "uni/tn-WS_Example has been created/modified", "uni/tn-WS_Example/ap-Example_App has been created/modified")
        api.call("DELETE", "/api/mo/uni/tn-WS_Example.json")
        wait_lines(program, "uni/tn-WS_Example/ap-Example_App has been deleted", "uni/tn-WS_Example has been deleted")
        assert program.finish() == 0


def credentials():
    with Apicsim() as sim, folder() as here:
        with open(os.path.join(here, "credentials.py"), "w", encoding="utf-8") as file:
            file.write("URL = '%s'\nLOGIN = 'admin'\nPASSWORD = 'password'\n" % sim.url)
        environment = {"APIC_VERIFY": "no"}
        done = run("examples/02_credentials", env=environment, cwd=here)
        assert (done.returncode, done.stdout) == (0, "<Response [200]>\nTrue\n1\ncommon\nuni/tn-common\nfalse\n"), done
        done = run("examples/02_credentials", "-p", "hunter2", env=environment, cwd=here)
        assert done.returncode == 1 and done.stdout == "<Response [401]>\n" and "hunter2" not in done.stderr, done
        done = run("examples/02_credentials", cwd=here)
        assert done.returncode == 1 and "certificate" in done.stderr, done


def certificate():
    with Apicsim() as sim, folder() as here:
        files = {name: os.path.join(here, name) for name in ("admin.key", "admin.crt")}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=admin", "-keyout", files["admin.key"],
                        "-out", files["admin.crt"]], check=True, capture_output=True)
        with open(files["admin.crt"], encoding="utf-8") as file:
            stored = {"aaaUserCert": {"attributes": {"name": "admin.crt", "data": file.read()}}}
        Api(sim.url).call("POST", "/api/mo/uni/userext.json", {"aaaUser": {"attributes": {"name": "admin"}, "children": [stored]}})
        signed = ["examples/02_credentials", "-u", sim.url, "-l", "admin", "--insecure", "--key", files["admin.key"], "--cert-name"]
        done = run(*signed, "admin.crt")
        assert (done.returncode, done.stdout) == (0, "<Response [200]>\nTrue\n1\ncommon\nuni/tn-common\nfalse\n"), done
        assert run(*signed, "other.crt").returncode == 1


def single_object():
    with Apicsim() as sim, example(sim, "03_single_object", "7") as program:
        wait_lines(program, "watching uni/tn-Heroes")
        api = Api(sim.url)
        tenant(api, "Villains")
        tenant(api, "Heroes")
        tenant(api, "Heroes", descr="of the day")
        api.call("DELETE", "/api/mo/uni/tn-Heroes.json")
        wait_lines(program, "created fvTenant uni/tn-Heroes", "modified fvTenant uni/tn-Heroes", "  descr: '' -> 'of the day'",
                   "deleted fvTenant uni/tn-Heroes")
        assert program.finish() == 0 and "Villains" not in str(program.lines)


def notify_room():
    room = Receiver()
    with Apicsim() as sim, example(sim, "04_notify_room", "3", env={"ROOM_URL": room.url}) as program:
        wait_lines(program, "watching")
        api = Api(sim.url)
        tenant(api, "SnV")
        api.call("POST", "/api/mo/uni/tn-SnV.json", {"fvAp": {"attributes": {"name": "Evolution"}}})
        api.call("POST", "/api/mo/uni/tn-SnV/ap-Evolution.json", {"fvAEPg": {"attributes": {"name": "Web"}}})
        told = [json.loads(room.next()[2])["text"] for _ in range(3)]
        assert told == ["uni/tn-SnV has been created", "uni/tn-SnV/ap-Evolution has been created", "uni/tn-SnV/ap-Evolution/epg-Web has been created"], told
        assert program.finish() == 0
    room.close()


def wait_event():
    with Apicsim() as sim, example(sim, "05_wait_event", "4") as program:
        wait_lines(program, "watching")
        program.wait_line(r"baseline .*uni/tn-common", "out")
        tenant(Api(sim.url), "WS_Example")
        line = program.wait_line(r"^\S+ live (\{.*uni/tn-WS_Example.*\})$", "out").group(1)
        assert json.loads(line)["op"] == "created", line
        assert program.finish() == 0


def callbacks():
    with Apicsim() as sim, example(sim, "06_callbacks", "4") as program:
        wait_lines(program, "fvTenant common created")
        tenant(Api(sim.url), "WS_Example")
        assert program.finish() == 0


main([event_loop, credentials, certificate, single_object, notify_room, wait_event, callbacks])
