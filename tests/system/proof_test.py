#!/usr/bin/python3
"""Where the service stands is told: ready only while every watch is live and no gap open; what happened while nothing ran."""
import json
import os
import time
import urllib.error
import urllib.request

from programs import PATIENCE, Api, Apicsim, Program, Receiver, folder, free_port, main, run


def write_config(path, sim, hook, extra=""):
    with open(path, "w") as file:
        file.write("""
fabrics:
  - name: dc1
    controllers: [%s]
    username: admin
    password: password
    tls: { verify: false }
    %s
    watch:
      - { name: config, class: [fvTenant, fvAp] }
      - { name: faults, class: faultInst }
web: { listen: 127.0.0.1:0 }
route: { receiver: hook, group_wait: 0s }
receivers: [ { name: hook, webhook: [ { url: %s/hook, format: cloudevents } ] } ]
""" % (sim.url, extra, hook.url))


def readiness(url):
    try:
        with urllib.request.urlopen(url + "/readyz") as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def wait_for_status(url, code):
    """Asks until the program's exit status is this one; every answer is one of the two."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = run("aciwatch", "status", "--url", url)
        if answer.returncode == code:
            return answer.stdout
        assert answer.returncode in (0, 1), answer
    raise AssertionError("the status did not become %d: %r" % (code, answer))


def the_service_says_where_it_stands():
    with Apicsim() as sim, folder() as here:
        hook = Receiver()
        config = os.path.join(here, "aciwatch.yaml")
        write_config(config, sim, hook)
        with Program("aciwatch", "run", "--config", config) as service:
            url = service.wait_line(r"page and API at (\S+)").group(1)
            service.wait_line("dc1: live")
            table = wait_for_status(url, 0)
            lines = table.splitlines()
            assert lines[0].split()[:3] == ["FABRIC", "WATCH", "STATE"], table
            assert [line.split()[:3] for line in lines[1:]] == [
                ["dc1", sim.url, "open"], ["dc1", "config", "live"], ["dc1", "/api/class/fvTenant.json", "live"],
                ["dc1", "/api/class/fvAp.json", "live"], ["dc1", "faults", "live"]], table
            status, told = readiness(url)
            assert status == 200 and told["ready"] and told["why"] == [], told
            config_watch = told["fabrics"][0]["watches"][0]
            assert config_watch["lastProof"] and config_watch["blindSince"] is None, told
            assert [one["name"] for one in config_watch["subscriptions"]] == ["/api/class/fvTenant.json", "/api/class/fvAp.json"]
            assert all(one["state"] == "live" and one["lastRefresh"] for one in config_watch["subscriptions"]), told

            api = Api(sim.url)
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "T"}}})
            hook.next()
            assert readiness(url)[1]["fabrics"][0]["watches"][0]["lastPush"] is not None

            # The controller refuses everything: blind, with the reason and since when, until it answers again.
            api.sim("chaos", {"refuse": {"status": 503, "seconds": 3600, "path": "/api"}, "drop_channels": True})
            out = wait_for_status(url, 1)
            assert "not ready: fabric dc1: session is" in out and "since 20" in out, out
            status, told = readiness(url)
            assert status == 503 and not told["ready"] and told["why"], told
            assert told["fabrics"][0]["watches"][0]["blindSince"] is not None, told
            as_json = run("aciwatch", "status", "--url", url, "--format", "json")
            assert as_json.returncode == 1 and json.loads(as_json.stdout)["why"], as_json
            api.sim("advance", {"seconds": 3601})
            wait_for_status(url, 0)
            metrics = urllib.request.urlopen(url + "/metrics").read().decode()
            assert 'aciwatch_audit_drift_total{fabric="dc1"} 0\n' in metrics, metrics
            assert 'aciwatch_gaps_total{fabric="dc1"} 3\n' in metrics, metrics
            logins = [line for line in metrics.splitlines() if line.startswith("aciwatch_logins_total")]
            assert int(logins[0].split()[-1]) >= 2, logins
            assert service.stop() == 0
        hook.close()


def an_audit_finds_what_nothing_told():
    with Apicsim() as sim, folder() as here:
        api, hook = Api(sim.url), Receiver()
        config = os.path.join(here, "aciwatch.yaml")
        write_config(config, sim, hook, "gaps: { audit_interval: 10s, compare_interval: 0s }\n    canary: uni/tn-common")
        with Program("aciwatch", "run", "--config", config) as service:
            url = service.wait_line(r"page and API at (\S+)").group(1)
            service.wait_line("dc1: live")
            deadline = time.monotonic() + PATIENCE
            while readiness(url)[1]["fabrics"][0]["canary"] != "proven":
                assert time.monotonic() < deadline, readiness(url)
            # A controller that drops one push and says nothing: no connection is lost, no refresh refused.
            api.sim("chaos", {"mute_seconds": 3600})
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Silent"}}})
            api.sim("chaos", {"mute_seconds": 0})
            service.wait_line("dc1: an audit found 1 object of watch config that no push had told of")
            event = json.loads(hook.next()[2])["data"]
            assert (event["dn"], event["origin"]) == ("uni/tn-Silent", "relist"), event
            metrics = urllib.request.urlopen(url + "/metrics").read().decode()
            assert 'aciwatch_audit_drift_total{fabric="dc1"} 1\n' in metrics, metrics
            wait_for_status(url, 0)
        hook.close()


def no_service_is_said():
    url = "http://127.0.0.1:%d" % free_port()
    answer = run("aciwatch", "status", "--url", url)
    assert answer.returncode == 4 and url in answer.stderr, answer
    other = Receiver()
    answer = run("aciwatch", "status", "--url", other.url)
    assert answer.returncode == 4 and "no service of aciwatch" in answer.stderr, answer
    other.close()
    assert run("aciwatch", "status", "--url", "ftp://x").returncode == 2


def the_first_sync_is_told_when_asked_for():
    with Apicsim() as sim, folder() as here:
        hook = Receiver()
        config = os.path.join(here, "aciwatch.yaml")
        write_config(config, sim, hook, "gaps: { first_sync: notify }")
        with Program("aciwatch", "run", "--config", config) as service:
            service.wait_line("dc1: live")
            told = {json.loads(hook.next()[2])["subject"] for _ in range(3)}
            assert told == {"uni/tn-common", "uni/tn-infra", "uni/tn-mgmt"}, told
        hook.close()


def what_happened_while_nothing_ran():
    with Apicsim() as sim, folder() as here:
        api = Api(sim.url)
        api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Old"}}})
        api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Same"}}})
        state = os.path.join(here, "fabric.state")
        flags = ["tail", "fvTenant", "--format", "json", "--state", state, *sim.login_flags]
        with Program("aciwatch", *flags) as tail:
            tail.wait_line("live:")
            assert tail.stop() == 0
            assert not tail.lines["out"], "what is there at first is no news"
        api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "New"}}})
        api.call("DELETE", "/api/mo/uni/tn-Old.json")
        with Program("aciwatch", *flags) as tail:
            gap = json.loads(tail.wait_line('"gap"', "out").string)["gap"]
            assert gap["reason"] == "the program was not running" and gap["found"] == 2, gap
            assert gap["history"] == "complete", gap
            lines = [json.loads(line) for line in tail.lines["out"]]
            told = {(line["origin"], line["op"], line["dn"], line.get("user")) for line in lines if "gap" not in line}
            changes = {("created", "uni/tn-New"), ("deleted", "uni/tn-Old")}
            # The logs are read from a little before the gap, since clocks differ.
            assert {line for line in told if line[0] == "relist"} == {("relist", *change, None) for change in changes}, lines
            assert told >= {("backfill", *change, "admin") for change in changes}, lines
            assert tail.stop() == 0
        # Once more: nothing has changed.
        with Program("aciwatch", *flags) as tail:
            gap = json.loads(tail.wait_line('"gap"', "out").string)["gap"]
            assert gap["found"] == 0 and not any('"relist"' in line for line in tail.lines["out"]), tail.lines["out"]
            assert tail.stop() == 0
        with open(state, "w") as file:
            file.write("not ours")
        answer = run("aciwatch", *flags)
        assert answer.returncode == 2 and "remove it" in answer.stderr, answer


def what_happened_while_the_service_did_not_run():
    with Apicsim() as sim, folder() as here:
        api, hook = Api(sim.url), Receiver()
        config = os.path.join(here, "aciwatch.yaml")
        write_config(config, sim, hook, "state_file: dc1.state")
        with Program("aciwatch", "run", "--config", config) as service:
            service.wait_line("dc1: live")
            assert service.stop() == 0
        assert hook.posts.empty(), "what is there at first is no news"
        api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Meanwhile"}}})
        with Program("aciwatch", "run", "--config", config) as service:
            service.wait_line("dc1: live")
            event = json.loads(hook.next()[2])["data"]
            assert (event["dn"], event["op"], event["origin"]) == ("uni/tn-Meanwhile", "created", "relist"), event
            assert service.stop() == 0
        with open(os.path.join(here, "dc1.state"), "w") as file:
            file.write("not ours")
        with Program("aciwatch", "run", "--config", config) as service:
            service.wait_line("what was remembered is lost.*no state file")
            service.wait_line("dc1: live")
        hook.close()


main([the_service_says_where_it_stands, an_audit_finds_what_nothing_told, no_service_is_said, the_first_sync_is_told_when_asked_for, what_happened_while_nothing_ran,
      what_happened_while_the_service_did_not_run])
