#!/usr/bin/python3
"""From a change in the fabric to the room: every change once, in order, whole; and what happened while nobody looked."""
import json
import os

from programs import Api, Apicsim, Program, Receiver, folder, main

TENANTS = 1000


def write_config(path, sim, receivers, route="receiver: hook, group_wait: 0s"):
    with open(path, "w") as file:
        file.write("""
fabrics:
  - name: dc1
    controllers: [%s]
    username: admin
    password: password
    tls: { verify: false }
    watch: [ { name: config, class: [fvTenant, fvAp, fvAEPg] } ]
route: { %s }
receivers:
%s
""" % (sim.url, route, receivers))


def three_thousand_changes():
    with Apicsim() as sim, folder() as here:
        hook = Receiver()
        config = os.path.join(here, "aciwatch.yaml")
        write_config(config, sim, "  - name: hook\n    webhook: [ { url: %s/hook, format: cloudevents } ]" % hook.url)
        with Program("aciwatch", "run", "--config", config) as service, \
                Program("aciwatch", "tail", "fvTenant", "--format", "json", "--count", str(3 * TENANTS), *sim.login_flags) as tail:
            service.wait_line("dc1: live")
            tail.wait_line("live:")
            api = Api(sim.url)
            for i in range(TENANTS):
                api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "T%d" % i, "descr": "first"}}})
            for i in range(TENANTS):
                api.call("POST", "/api/mo/uni/tn-T%d.json" % i, {"fvTenant": {"attributes": {"descr": "second"}}})
            for i in range(TENANTS):
                api.call("DELETE", "/api/mo/uni/tn-T%d.json" % i)
            assert tail.finish() == 0
            events = [json.loads(line) for line in tail.lines["out"]]
            assert len(events) == 3 * TENANTS, len(events)
            check_events(events)
            assert [event["seq"] for event in events] == list(range(1, 3 * TENANTS + 1))
            posted = [json.loads(hook.next()[2]) for _ in range(3 * TENANTS)]
            assert len({event["id"] for event in posted}) == 3 * TENANTS
            for event in posted:
                data = event["data"]
                assert event["specversion"] == "1.0" and event["source"] == "/aci/dc1" and event["subject"] == data["dn"]
                assert event["type"] == "com.cisco.aci.fvTenant." + data["op"]
            check_events([event["data"] for event in posted])
            assert hook.posts.empty()
            assert service.stop() == 0
        hook.close()


def check_events(events):
    ops = {}
    for event in events:
        ops.setdefault(event["dn"], []).append(event["op"])
        assert event["class"] == "fvTenant" and event["origin"] == "live", event
        name = event["dn"][len("uni/tn-"):]
        if event["op"] == "created":
            assert event["before"] is None and event["after"]["name"] == name and event["after"]["descr"] == "first", event
        elif event["op"] == "modified":
            assert event["changed"] == ["descr"], event
            assert event["before"]["descr"] == "first" and event["after"]["descr"] == "second", event
            assert event["after"]["name"] == name, event
        else:
            assert event["after"] is None and event["before"]["descr"] == "second", event
    assert len(ops) == TENANTS
    assert all(order == ["created", "modified", "deleted"] for order in ops.values())


def changes_in_an_outage_are_found():
    with Apicsim() as sim:
        api = Api(sim.url)
        api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Old"}}})
        with Program("aciwatch", "tail", "fvTenant", "--format", "json", "--count", "2", *sim.login_flags) as tail:
            tail.wait_line("live:")
            # Nothing is pushed from here on, and the socket is cut: what happens now only a re-reading can tell.
            api.sim("chaos", {"mute_seconds": 3600})
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "New"}}})
            api.call("DELETE", "/api/mo/uni/tn-Old.json")
            api.sim("chaos", {"mute_seconds": 0})
            api.sim("chaos", {"drop_channels": True})
            assert tail.finish() == 0
            events = {(line["op"], line["dn"], line["origin"]) for line in map(json.loads, tail.lines["out"]) if "gap" not in line}
            assert events == {("created", "uni/tn-New", "relist"), ("deleted", "uni/tn-Old", "relist")}, events


def a_gap_is_told():
    with Apicsim() as sim:
        with Program("aciwatch", "tail", "fvTenant", "--format", "json", *sim.login_flags) as tail:
            tail.wait_line("live:")
            Api(sim.url).sim("chaos", {"drop_channels": True})
            gap = json.loads(tail.wait_line('"gap"', "out").string)["gap"]
            assert gap["found"] == 0 and "closed" in gap["reason"] and gap["from"] <= gap["to"], gap


def expired_subscriptions_and_tokens_heal():
    with Apicsim("--subscription-lifetime", "60") as sim:
        api = Api(sim.url)
        with Program("aciwatch", "tail", "fvTenant", "--format", "json", *sim.login_flags) as tail:
            tail.wait_line("live:")
            api.sim("chaos", {"expire_tokens": True, "drop_channels": True})
            tail.wait_line('"gap"', "out")
            Api(sim.url).call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "After"}}})
            event = json.loads(tail.wait_line("uni/tn-After", "out").string)
            assert event["origin"] == "live"


def a_receiver_that_is_down_gets_everything_later_and_in_order():
    with Apicsim() as sim, folder() as here:
        busy = Receiver([(503, {"Retry-After": "1"}, "later"), (429, {"Retry-After": "1"}, "slow down")])
        well = Receiver()
        config = os.path.join(here, "aciwatch.yaml")
        write_config(config, sim, "  - name: hook\n    webhook: [ { url: %s/busy, format: cloudevents }, { url: %s/well, format: cloudevents } ]"
                     % (busy.url, well.url))
        with Program("aciwatch", "run", "--config", config) as service:
            service.wait_line("dc1: live")
            api = Api(sim.url)
            for name in "ABC":
                api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": name}}})
            assert [json.loads(well.next()[2])["subject"] for _ in range(3)] == ["uni/tn-A", "uni/tn-B", "uni/tn-C"]
            posts = [busy.next() for _ in range(5)]
            assert [status for status, _, _ in posts] == [503, 429, 200, 200, 200], posts
            assert [json.loads(body)["subject"] for _, _, body in posts] == ["uni/tn-A"] * 3 + ["uni/tn-B", "uni/tn-C"]
            assert len({json.loads(body)["id"] for _, _, body in posts[:3]}) == 1
        busy.close()
        well.close()


def slack_and_webex_messages():
    with Apicsim() as sim, folder() as here:
        slack, webex = Receiver(), Receiver([(200, {}, "{}")] * 10)
        config = os.path.join(here, "aciwatch.yaml")
        write_config(config, sim, """  - name: hook
    slack: [ { webhook_url: "%s/services/T/B/secret" } ]
    webex: [ { token: webex-token, room_id: room, api_url: "%s/v1/messages" } ]""" % (slack.url, webex.url))
        with Program("aciwatch", "run", "--config", config) as service:
            service.wait_line("dc1: live")
            api = Api(sim.url)
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Heroes", "descr": "first"}}})
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Heroes", "descr": "second"}}})
            for receiver in (slack, webex):
                created, changed = (json.loads(receiver.next()[2]) for _ in range(2))
                assert "Heroes" in json.dumps(created) and "created" in json.dumps(created), created
                text = json.dumps(changed)
                assert "first" in text and "second" in text and "uni/tn-Heroes" in text and "dc1" in text, text
            assert service.stop() == 0
            assert "webex-token" not in str(service.lines) and "secret" not in str(service.lines)
        slack.close()
        webex.close()


main([three_thousand_changes, changes_in_an_outage_are_found, a_gap_is_told, expired_subscriptions_and_tokens_heal,
      a_receiver_that_is_down_gets_everything_later_and_in_order, slack_and_webex_messages])
