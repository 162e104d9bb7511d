#!/usr/bin/python3
"""What --help promises of commands and options that no other test uses."""
import json
import os
import re
import ssl

from programs import Api, Apicsim, Receiver, folder, main, run

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keys")
EVENT = {"fabric": "dc1", "seq": 1, "time": "2026-01-02T03:04:05.000+00:00", "class": "fvTenant", "dn": "uni/tn-T",
         "op": "created", "origin": "live", "before": None, "after": {"name": "T"}, "changed": ["name"]}


def certificate_of(sim):
    host, port = re.match(r"https://(.*):(\d+)$", sim.url).groups()
    return ssl.get_server_certificate((host, int(port)))


def a_trusted_certificate_is_enough():
    with Apicsim() as sim, folder() as here:
        trusted = os.path.join(here, "apic.pem")
        with open(trusted, "w") as file:
            file.write(certificate_of(sim))
        flags = [flag for flag in sim.login_flags if flag != "--insecure"]
        answer = run("aciwatch", "get", "fvTenant", *flags)
        assert answer.returncode == 4 and "--insecure" in answer.stderr, answer
        assert run("aciwatch", "get", "fvTenant", "--ca-file", trusted, *flags).returncode == 0
        tail = run("aciwatch", "tail", "fvTenant", "--for", "0.1", "--ca-file", trusted, *flags)
        assert tail.returncode == 0 and "live" in tail.stderr, tail


def apicsim_shows_the_certificate_it_is_given():
    with open(os.path.join(KEYS, "admin.crt")) as file:
        given = file.read()
    with Apicsim("--cert", os.path.join(KEYS, "admin.crt"), "--key", os.path.join(KEYS, "admin.key")) as sim:
        assert certificate_of(sim).split() == given.split()


def answers_as_json_and_xml():
    with Apicsim() as sim:
        answer = run("aciwatch", "get", "uni/tn-common", "--format", "json", *sim.login_flags)
        assert json.loads(answer.stdout)["imdata"][0]["fvTenant"]["attributes"]["name"] == "common", answer
        answer = run("aciwatch", "get", "uni/tn-common", "--format", "xml", *sim.login_flags)
        assert re.search(r'<imdata totalCount="1"><fvTenant [^>]*name="common"', answer.stdout), answer


def lifetimes_seed_and_fault_times():
    tokens = []
    for seed in ("7", "7", "8"):
        with Apicsim("--seed", seed, "--opaque-tokens", "--token-lifetime", "300", "--session-lifetime", "3600",
                     "--fault-times", "0,0,0", "--quiet") as sim:
            api = Api(sim.url)
            tokens.append(api.token)
            login = api.call("GET", "/api/aaaRefresh.json")["imdata"][0]["aaaLogin"]["attributes"]
            assert (login["refreshTimeoutSeconds"], login["maximumLifetimeSeconds"]) == ("300", "3600"), login
            api.call("POST", "/api/mo/uni/tn-T.json", {"fvTenant": {"attributes": {}, "children": [{"fvBD": {"attributes": {"name": "B"}, "children": [
                {"fvRsCtx": {"attributes": {"tnFvCtxName": "missing"}}}]}}]}})
            faults = api.call("GET", "/api/class/faultInst.json")["imdata"]
            assert [fault["faultInst"]["attributes"]["lc"] for fault in faults] == ["raised"], faults
            assert sim.stop() == 0
            assert sim.lines == {"out": ["apicsim: serving " + sim.url], "err": []}, sim.lines
    assert tokens[0] == tokens[1] != tokens[2]


def churn_is_the_same_with_the_same_seed():
    made = []
    for _ in range(2):
        with Apicsim("--fabric", "spines=1,leaves=2", "--churn", "200", "--seed", "3") as sim:
            api, created = Api(sim.url), []
            while len(created) < 20:
                records = api.call("GET", "/api/class/aaaModLR.json")["imdata"]
                created = sorted((int(record["aaaModLR"]["attributes"]["id"]), record["aaaModLR"]["attributes"]["affected"])
                                 for record in records if record["aaaModLR"]["attributes"]["ind"] == "creation")
            made.append([affected for _, affected in created][:20])
    assert made[0] == made[1] and len(set(made[0])) > 1, made


def explain_and_send_test():
    with folder() as here:
        hook = Receiver()
        with open(os.path.join(here, "aciwatch.yaml"), "w") as file:
            file.write("""
fabrics: [ { name: dc1, controllers: [https://apic], username: admin, password: x, watch: [ { name: w, class: fvTenant } ] } ]
route: { receiver: noc, routes: [ { matchers: ['class="fvTenant"'], receiver: room, group_wait: 0s } ] }
receivers: [ { name: noc, console: [ {} ] }, { name: room, slack: [ { webhook_url: "%s/x" } ] } ]
""" % hook.url)
        config = ["--config", "aciwatch.yaml"]
        for class_name, receiver in (("fvTenant", "room (slack) by route.routes[0], at once"), ("fvAp", "noc (console) by route,")):
            with open(os.path.join(here, "event.json"), "w") as file:
                json.dump({**EVENT, "class": class_name}, file)
            answer = run("aciwatch", "explain", "event.json", *config, cwd=here)
            assert answer.returncode == 0 and "goes to " + receiver in answer.stdout, answer
        with open(os.path.join(here, "event.json"), "w") as file:
            file.write('{"gap":{}}')
        answer = run("aciwatch", "explain", "event.json", *config, cwd=here)
        assert answer.returncode == 2 and "not an event" in answer.stderr and not answer.stdout, answer
        answer = run("aciwatch", "send-test", "room", *config, cwd=here)
        assert answer.returncode == 0 and "took it" in answer.stdout, answer
        assert b"[TEST]" in hook.next()[2]
        hook.close()
        answer = run("aciwatch", "send-test", "rom", *config, cwd=here)
        assert answer.returncode == 2 and "did you mean 'room'" in answer.stderr and not answer.stdout, answer


main([a_trusted_certificate_is_enough, apicsim_shows_the_certificate_it_is_given, answers_as_json_and_xml,
      lifetimes_seed_and_fault_times, churn_is_the_same_with_the_same_seed, explain_and_send_test])
