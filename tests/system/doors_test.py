#!/usr/bin/python3
"""apicsim's doors as clients meet them: several controllers, users, signed requests with a websocket, trouble by request."""
import base64
import json
import os
import re
import ssl
import subprocess

import requests
import websocket

from programs import Apicsim, Program, folder, main, run

requests.packages.urllib3.disable_warnings()

TENANTS = "/api/class/fvTenant.json"


class Client:
    """One user's requests to one controller, with a token."""

    def __init__(self, url, user="admin", password="password"):
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = False
        self.login = self.http.post(url + "/api/aaaLogin.json",
                                    json={"aaaUser": {"attributes": {"name": user, "pwd": password}}})
        self.http.cookies.clear()  # they are Secure, and would not go over plain HTTP
        if self.login.status_code == 200:
            self.use(self.token)

    @property
    def token(self):
        return self.login.json()["imdata"][0]["aaaLogin"]["attributes"]["token"]

    def use(self, token):
        self.http.headers["Cookie"] = "APIC-cookie=" + token

    def get(self, path, **options):
        return self.http.get(self.url + path, **options)

    def post(self, path, body):
        return self.http.post(self.url + path, json=body)

    def chaos(self, **wishes):
        answer = self.post("/_sim/chaos", wishes)
        assert answer.status_code == 200, answer.text
        return answer


def open_socket(url, token):
    return websocket.create_connection(url.replace("http", "ws", 1) + "/socket" + token, timeout=60,
                                       sslopt={"cert_reqs": ssl.CERT_NONE})


def several_controllers():
    with Apicsim("--controllers", "3") as sim:
        urls = [sim.url]
        for _ in range(2):
            others = "|".join(re.escape(url) for url in urls)
            urls.append(sim.wait_line(r"apicsim: serving (?!(?:%s)$)(\S+)" % others, "out").group(1))
        first, second = urls[:2]
        one, two = Client(first), Client(second)
        one.post("/api/mo/uni/tn-T.json", {"fvTenant": {"attributes": {}}})
        assert two.get("/api/mo/uni/tn-T.json").json()["totalCount"] == "1"
        two.use(one.token)
        stolen = two.get("/api/mo/uni.json")
        assert stolen.status_code == 403 and "Token was invalid" in stolen.text, stolen.text

        listener = open_socket(first, one.token)
        two.chaos(stop_controller=1)
        try:
            while listener.recv():
                pass
        except (websocket.WebSocketException, OSError):
            pass
        try:
            one.get("/api/mo/uni.json")
            raise AssertionError("a stopped controller answered")
        except requests.ConnectionError:
            pass
        two.chaos(start_controller=1)
        assert one.get("/api/mo/uni.json").status_code == 403, "it does not remember"
        assert Client(first).get("/api/mo/uni/tn-T.json").json()["totalCount"] == "1"


def users_and_their_rights():
    with Apicsim("--user", "admin:password", "--user", "joe:secret:read-all", "--user", "sun:shine:tenant-admin:solar") as sim:
        admin = Client(sim.url)
        admin.post("/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Solar"}, "children": [
            {"aaaDomainRef": {"attributes": {"name": "solar"}}}]}})
        joe = Client(sim.url, "apic:local\\joe", "secret")
        assert joe.get(TENANTS).json()["totalCount"] == "4"
        refused = joe.post("/api/mo/uni/tn-T.json", {"fvTenant": {"attributes": {}}})
        assert refused.status_code == 403 and refused.json()["imdata"][0]["error"]["attributes"]["code"] == "403", refused.text
        sun = Client(sim.url, "sun", "shine")
        names = {tenant["fvTenant"]["attributes"]["name"] for tenant in sun.get(TENANTS).json()["imdata"]}
        assert names == {"Solar", "common"}, names
        assert sun.post("/api/mo/uni/tn-Solar.json", {"fvAp": {"attributes": {"name": "A"}}}).status_code == 200
        assert sun.post("/api/mo/uni/tn-mgmt.json", {"fvAp": {"attributes": {"name": "A"}}}).status_code == 403
        wrong = Client(sim.url, "joe", "wrong").login
        assert wrong.status_code == 401 and "FAILED local authentication" in wrong.text, wrong.text
    for user in ("joe", ":x", "joe:x:king", "joe:x:admin:", "a:b:admin:all:x"):
        ended = run("apicsim", "--listen", "127.0.0.1:0", "--user", user)
        assert ended.returncode == 2 and "--user" in ended.stderr, (user, ended)


def signed_requests_and_their_socket():
    with folder() as here, Apicsim() as sim:
        key, certificate = os.path.join(here, "app.key"), os.path.join(here, "app.crt")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=Vendor_App"], check=True, capture_output=True)
        dn = "uni/userext/appuser-Vendor_App/usercert-Vendor_App"
        with open(certificate) as pem:
            stored = Client(sim.url).post("/api/mo/%s.json" % dn, {"aaaUserCert": {"attributes": {"data": pem.read()}}})
        assert stored.status_code == 200, stored.text
        http = requests.Session()
        http.trust_env = False
        http.verify = False

        def signed(method, path, body="", socket=""):
            signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=(method + path + body).encode(),
                                       capture_output=True, check=True).stdout
            cookie = "APIC-Request-Signature=%s; APIC-Certificate-Algorithm=v1.0; " \
                "APIC-Certificate-Fingerprint=fingerprint; APIC-Certificate-DN=%s" % (base64.b64encode(signature).decode(), dn)
            if socket:
                cookie += "; APIC-WebSocket-Session=" + socket
            return http.request(method, sim.url + path, data=body or None, headers={"Cookie": cookie})

        assert signed("GET", TENANTS).json()["totalCount"] == "3"
        token = signed("GET", "/api/webtokenSession.json").json()["imdata"][0]["webtokenSession"]["attributes"]["token"]
        listener = open_socket(sim.url, token)
        subscribed = signed("GET", TENANTS + "?subscription=yes", socket=token)
        assert subscribed.status_code == 200 and subscribed.json()["subscriptionId"], subscribed.text
        created = signed("POST", "/api/mo/uni.json", json.dumps({"fvTenant": {"attributes": {"name": "Signed"}}}))
        assert created.status_code == 200, created.text
        frame = json.loads(listener.recv())
        assert frame["subscriptionId"] == [subscribed.json()["subscriptionId"]], frame
        assert frame["imdata"][0]["fvTenant"]["attributes"]["dn"] == "uni/tn-Signed", frame

        given = signed("POST", "/api/requestAppToken.json", '{"aaaAppToken":{"attributes":{"appName":"Vendor_App"}}}')
        assert "Set-Cookie" not in given.headers, given.headers
        app = given.json()["imdata"][0]["aaaLogin"]["attributes"]["token"]
        http.cookies.clear()
        assert http.get(sim.url + TENANTS, headers={"Cookie": "APIC-cookie=" + app}).json()["totalCount"] == "4"
        forged = http.get(sim.url + TENANTS, headers={
            "Cookie": "APIC-Request-Signature=AAAA; APIC-Certificate-Algorithm=v1.0; APIC-Certificate-DN=" + dn})
        assert forged.status_code == 403, forged.text


def sockets_tokens_and_trouble_from_the_command_line():
    with Apicsim("--socket-lifetime", "0.5", "--opaque-tokens", "--login-rate", "1000", "--http", "--chaos",
                 '{"html":{"status":503,"seconds":600,"path":"/api/class/fvBD"}}') as sim:
        client = Client(sim.url)
        assert len(client.token) == 172 and client.token.endswith("="), client.token
        assert "<html>" in client.get("/api/class/fvBD.json").text
        listener = open_socket(sim.url, client.token)
        try:
            assert not listener.recv(), "nothing is pushed"
        except (websocket.WebSocketException, OSError):
            pass
        assert client.get(TENANTS).status_code == 200, "the session goes on"
        assert client.post("/_sim/advance", {"seconds": 700}).status_code == 200
        assert client.get(TENANTS).status_code == 403
    ended = run("apicsim", "--listen", "127.0.0.1:0", "--chaos", '{"explode":true}')
    assert ended.returncode == 2 and "'explode' is not one of" in ended.stderr, ended


def our_own_client_takes_opaque_tokens_unescaped():
    with Apicsim("--opaque-tokens") as sim:
        with Program("aciwatch", "tail", "fvTenant", "--format", "json", "--count", "1", *sim.login_flags) as tail:
            tail.wait_line("live:")
            Client(sim.url).post("/api/mo/uni/tn-T.json", {"fvTenant": {"attributes": {}}})
            assert json.loads(tail.wait_line("uni/tn-T", "out").string)["op"] == "created"
            assert tail.finish() == 0


if __name__ == "__main__":
    main([several_controllers, users_and_their_rights, signed_requests_and_their_socket,
          sockets_tokens_and_trouble_from_the_command_line,
          our_own_client_takes_opaque_tokens_unescaped])
