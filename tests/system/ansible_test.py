#!/usr/bin/python3
"""Debian's Ansible with its collection cisco.aci against apicsim: a second run changes nothing, and each change arrives once."""
import json
import os
import subprocess

from programs import Apicsim, Program, folder, main

OBJECTS = [
    ("aci_tenant", {"tenant": "Heroes", "description": "first"}),
    ("aci_vrf", {"tenant": "Heroes", "vrf": "Web"}),
    ("aci_bd", {"tenant": "Heroes", "bd": "Web", "vrf": "Web", "description": "first"}),
    ("aci_ap", {"tenant": "Heroes", "ap": "Shop", "description": "first"}),
    ("aci_epg", {"tenant": "Heroes", "ap": "Shop", "epg": "Web", "bd": "Web"}),
]
REST = {"fvTenant": {"attributes": {"name": "Rest", "descr": "by aci_rest"}}}


def playbook(here, sim, name, tasks):
    host, port = sim.url.split("//")[1].split(":")
    login = {"host": host, "port": int(port), "username": "admin", "password": "password", "validate_certs": False}
    path = os.path.join(here, name + ".yml")
    with open(path, "w") as file:
        json.dump([{"hosts": "localhost", "connection": "local", "gather_facts": False,
                    "tasks": [{"name": module, "cisco.aci." + module: {**login, **options}} for module, options in tasks]}], file)
    answer = subprocess.run(["ansible-playbook", "-i", "localhost,", "-e", "ansible_python_interpreter=/usr/bin/python3", path],
                            capture_output=True, text=True, timeout=300, cwd=here,
                            env={"PATH": "/usr/bin:/bin", "HOME": here, "LANG": "C.UTF-8", "ANSIBLE_STDOUT_CALLBACK": "json", "ANSIBLE_LOCALHOST_WARNING": "false"})
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-2000:]
    result = json.loads(answer.stdout[answer.stdout.index("{"):])
    return [task["hosts"]["localhost"]["changed"] for task in result["plays"][0]["tasks"]]


def create_change_delete_each_once():
    with Apicsim() as sim, folder() as here:
        with Program("aciwatch", "tail", "fvTenant", "fvAp", "fvAEPg", "fvBD", "fvCtx", "--format", "json", *sim.login_flags) as tail:
            tail.wait_line("live:")
            present = [(module, {**options, "state": "present"}) for module, options in OBJECTS]
            present.append(("aci_rest", {"method": "post", "path": "/api/mo/uni.json", "content": REST}))
            assert playbook(here, sim, "create", present) == [True] * 6
            assert playbook(here, sim, "again", present) == [False] * 6
            changed = [(module, {**options, "description": "second"}) for module, options in present if "description" in options]
            assert playbook(here, sim, "change", changed) == [True] * 3
            assert playbook(here, sim, "change_again", changed) == [False] * 3
            absent = [(module, {**{k: v for k, v in options.items() if k not in ("description",)}, "state": "absent"}) for module, options in reversed(OBJECTS)]
            absent.append(("aci_rest", {"method": "delete", "path": "/api/mo/uni/tn-Rest.json"}))
            assert playbook(here, sim, "delete", absent) == [True] * 6
            tail.wait_line('"deleted".*uni/tn-Rest|uni/tn-Rest.*"deleted"', "out")
            tail.stop()
        events = [json.loads(line) for line in tail.lines["out"]]
        seen = [(event["op"], event["dn"]) for event in events]
        dns = ["uni/tn-Heroes", "uni/tn-Heroes/ctx-Web", "uni/tn-Heroes/BD-Web", "uni/tn-Heroes/ap-Shop", "uni/tn-Heroes/ap-Shop/epg-Web", "uni/tn-Rest"]
        for dn in dns:
            assert seen.count(("created", dn)) == 1 and seen.count(("deleted", dn)) == 1, (dn, seen)
        for dn in ("uni/tn-Heroes", "uni/tn-Heroes/BD-Web", "uni/tn-Heroes/ap-Shop"):
            described = [event for event in events if event["op"] == "modified" and event["dn"] == dn and "descr" in event["changed"]]
            assert len(described) == 1, (dn, seen)


main([create_change_delete_each_once])
