#!/usr/bin/python3
"""The labs' raw walk-through with requests and websocket-client: login, token, socket, subscriptions, events, refresh."""
import json
import ssl

import requests
import websocket
from programs import Api, Apicsim, main

requests.packages.urllib3.disable_warnings()


def walk_through():
    with Apicsim() as sim:
        login = requests.post(sim.url + "/api/aaaLogin.json", json={"aaaUser": {"attributes": {"name": "admin", "pwd": "password"}}}, verify=False)
        assert (login.status_code, login.reason) == (200, "OK")
        attributes = login.json()["imdata"][0]["aaaLogin"]["attributes"]
        assert attributes["refreshTimeoutSeconds"] == "600" and attributes["userName"] == "admin"
        token = attributes["token"]
        cookie = {"APIC-cookie": token}

        channel = websocket.create_connection(sim.url.replace("https", "wss") + "/socket" + token, sslopt={"cert_reqs": ssl.CERT_NONE}, timeout=30)
        assert channel.status == 101

        def get(path):
            return requests.get(sim.url + path, verify=False, cookies=cookie)

        subscription = get("/api/class/fvTenant.json?subscription=yes").json()["subscriptionId"]
        assert subscription.isdigit() and len(subscription) == 17

        requests.post(sim.url + "/api/mo/uni.json", json={"fvTenant": {"attributes": {"name": "WS_Example"}}}, verify=False, cookies=cookie)
        opcode, text = channel.recv_data()
        event = json.loads(text)
        created = event["imdata"][0]["fvTenant"]["attributes"]
        assert opcode == 1 and event["subscriptionId"] == [subscription] and "totalCount" not in event
        assert {"childAction", "descr", "dn", "lcOwn", "modTs", "monPolDn", "name", "ownerKey", "ownerTag", "rn", "status", "uid"} <= set(created)
        assert (created["dn"], created["status"], created["rn"]) == ("uni/tn-WS_Example", "created", "")
        assert list(created) == sorted(created)

        assert get("/api/subscriptionRefresh.json?id=" + subscription).text == '{"totalCount":"0","imdata":[]}'
        stale = get("/api/subscriptionRefresh.json?id=99999999999999999")
        assert stale.status_code == 400 and stale.json()["imdata"][0]["error"]["attributes"]["text"] == "Subscription refresh timeout"

        requests.delete(sim.url + "/api/mo/uni/tn-WS_Example.json", verify=False, cookies=cookie)
        deleted = json.loads(channel.recv_data()[1])["imdata"][0]["fvTenant"]["attributes"]
        assert deleted["status"] == "deleted" and set(deleted) == {"childAction", "dn", "modTs", "rn", "status"}

        one = get("/api/mo/uni/tn-common.json?subscription=yes").json()
        assert one["subscriptionId"] != subscription and len(one["imdata"]) == 1
        health = get("/api/class/fvTenant.json?subscription=yes&rsp-subtree-include=health,required").json()
        assert "subscriptionId" in health and "healthInst" in health["imdata"][0]["fvTenant"]["children"][0]
        channel.close()


def no_socket_no_subscription():
    with Apicsim() as sim:
        refused = Api(sim.url).http.get(sim.url + "/api/class/fvTenant.json?subscription=yes")
        assert refused.status_code == 405 and "unable to locate opened web socket" in refused.text


main([walk_through, no_socket_no_subscription])
