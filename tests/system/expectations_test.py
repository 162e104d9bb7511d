#!/usr/bin/python3
"""What programs that others wrote for the controller send, as they send it: logins, addresses, queries, and what they look for in the answers."""
import json
import re
import ssl

import requests
import websocket
from programs import Apicsim, main
from requests.adapters import HTTPAdapter

requests.packages.urllib3.disable_warnings()


class RsaOnly(HTTPAdapter):
    """TLS as Terraform's provider has it: 1.2 at most, certificates with RSA keys alone."""

    def init_poolmanager(self, *arguments, **options):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256")
        super().init_poolmanager(*arguments, ssl_context=context, **options)


def fresh_session():
    session = requests.Session()
    session.trust_env = False  # or a CA bundle named in the environment would win over the next line
    session.verify = False
    return session


class Client:
    def __init__(self, url):
        self.url = url
        self.http = fresh_session()
        login = self.post("/api/aaaLogin.json", {"aaaUser": {"attributes": {"name": "admin", "pwd": "password"}}})
        self.token = login.json()["imdata"][0]["aaaLogin"]["attributes"]["token"]

    def get(self, path):
        answer = self.http.get(self.url + path)
        assert answer.status_code == 200, (path, answer.text[:300])
        return answer.json()["imdata"]

    def post(self, path, body):
        answer = self.http.post(self.url + path, data=body if isinstance(body, str) else json.dumps(body))
        assert answer.status_code == 200, (path, answer.text[:300])
        return answer


def logins():
    with Apicsim() as sim:
        # Prometheus exporters write XML without quotes.
        plain = fresh_session()
        login = plain.post(sim.url + "/api/mo/aaaLogin.xml", data="<aaaUser name=admin pwd=password/>",
                           headers={"Content-Type": "application/xml"})
        assert login.status_code == 200 and "APIC-cookie" in login.cookies, login.text
        again = plain.post(sim.url + "/api/mo/aaaRefresh.xml", data="<aaaUser name=admin pwd=password/>")
        assert again.status_code == 200 and "APIC-cookie" in again.cookies, again.text

        provider = fresh_session()
        provider.mount("https://", RsaOnly())
        body = {"aaaUser": {"attributes": {"name": "admin", "pwd": "password"}}}
        login = provider.post(sim.url + "/api/aaaLogin.json", json=body).json()["imdata"][0]["aaaLogin"]["attributes"]
        assert int(login["creationTime"]) > 0 and int(login["refreshTimeoutSeconds"]) == 600
        cookie = {"Cookie": "APIC-Cookie=" + login["token"]}
        provider.cookies.clear()
        tenant = {"fvTenant": {"attributes": {"annotation": "orchestrator:terraform", "dn": "uni/tn-T", "name": "T"}}}
        assert provider.post(sim.url + "/api/node/mo/uni/tn-T.json", json=tenant, headers=cookie).status_code == 200

        # A base address that ends in a slash, and a page's script.
        client = Client(sim.url + "/")
        assert client.get("/api/class/fvTenant.json")
        page = fresh_session()
        script = page.get(sim.url + "/api/class/fvTenant.json", headers={"DevCookie": client.token, "Origin": "http://page"})
        assert script.status_code == 200 and "devcookie" in script.headers["Access-Control-Allow-Headers"]
        assert page.options(sim.url + "/api/class/fvTenant.json").status_code == 200


def inventories():
    with Apicsim("--fabric", "spines=2,leaves=4") as sim:
        client = Client(sim.url)
        assert len(client.get('/api/class/fabricHealthTotal.json?query-target-filter=wcard(fabricHealthTotal.dn,"topology/.*/health")')) == 1
        assert client.get('/api/class/healthInst.json?query-target-filter=wcard(healthInst.dn,"^uni/tn-.*/ap-.*/epg-")')
        assert client.get("/api/class/infraClusterPol.json")[0]["infraClusterPol"]["attributes"]["size"] == "1"
        for path in ("/api/class/faultCountsWithDetails.json", "/api/mo/uni/tn-common/fltCnts.json"):
            counts = client.get(path)[0]["faultCountsWithDetails"]
            assert {"crit", "maj", "minor", "warn"} <= set(counts["attributes"]) and "faultTypeCounts" in counts["children"][0]
        for dn in ("uni/fabric/isisDomP-default", "uni/infra/settings", "uni/userext/pkiext/webtokendata", "comp", "uni/infra/funcprof"):
            assert client.get("/api/mo/%s.json" % dn), dn
        # One class that is not known would refuse the whole inventory.
        node = client.get("/api/mo/topology/pod-1/node-101.json?query-target=subtree&target-subtree-class=fabricNode,firmwareCardRunning,topSystem,"
                          "vpcInst,vpcDom,eqptCh,l1PhysIf,eqptFtSlot,eqptLCSlot,eqptPsuSlot,eqptSupCSlot,topoctrlLbP,rmonIfIn,ospfAdjEp,bgpPeerEntry")
        classes = {next(iter(one)) for one in node}
        assert {"firmwareCardRunning", "eqptCh", "eqptFtSlot", "eqptLCSlot", "eqptPsuSlot", "eqptSupCSlot"} <= classes, classes
        needed = {"eqptBoard": "ser model descr type operSt", "eqptLC": "ser model descr numP hwVer rev type operSt", "eqptFan": "dir operSt id",
                  "eqptSupC": "ser model numP hwVer rev type operSt", "eqptPsu": "ser fanOpSt vSrc hwVer rev operSt", "eqptFt": "ser fanName operSt id"}
        for name, attributes in needed.items():
            found = client.get("/api/node/class/%s.json" % name)
            assert found and set(attributes.split()) <= set(found[0][name]["attributes"]), name
        links = {(one["n1"], one["s1"], one["p1"]) for one in
                 (link["fabricLink"]["attributes"] for link in client.get("/api/node/class/fabricLink.json?query-target=self"))}
        for port in client.get('/api/node/class/l1PhysIf.json?query-target-filter=eq(l1PhysIf.portT,"fab")'):
            end = re.search(r"node-(\d+)/sys/phys-\[eth(\d+)/(\d+)\]", port["l1PhysIf"]["attributes"]["dn"])
            assert end.groups() in links, end.group()


def snapshots():
    with Apicsim() as sim:
        client = Client(sim.url)
        export = client.get("/api/mo/uni.json?rsp-subtree=full&rsp-prop-include=config-only")[0]
        client.post("/api/mo/uni.json", export)


def container_platforms():
    """Each object goes to its own DN, each subscription names its classes twice."""
    with Apicsim() as sim:
        client = Client(sim.url)
        tag = {"tagAnnotation": {"attributes": {"key": "owner-tag", "value": "kube-135cf888d314a2ca48f11a1d6ef95c67"}}}
        client.post("/api/mo/uni/tn-kube.json", {"fvTenant": {"attributes": {"name": "kube"}, "children": [tag]}})
        channel = websocket.create_connection(sim.url.replace("https", "wss") + "/socket" + client.token, sslopt={"cert_reqs": ssl.CERT_NONE}, timeout=60)
        wanted = "?subscription=yes&refresh-timeout=1800&query-target=subtree&rsp-subtree=full&target-subtree-class="
        answer = client.http.get(client.url + "/api/mo/uni/tn-kube.json" + wanted + "fvBD,vzBrCP&rsp-subtree-class=fvBD,fvSubnet,tagAnnotation").json()
        pods = "/api/class/vmmInjectedContGrp.json" + wanted + "vmmInjectedContGrp"
        pods_answer = client.http.get(client.url + pods).json()
        namespace = "/api/mo/comp/prov-Kubernetes/ctrlr-[kube]-kube/injcont/ns-[default]"
        client.post(namespace + ".json", {"vmmInjectedNs": {"attributes": {"name": "default"}, "children": [tag]}})
        client.post(namespace + "/grp-[web].json", {"vmmInjectedContGrp": {"attributes": {"name": "web", "hostName": "n1"}, "children": [tag]}})
        client.post("/api/mo/uni/tn-kube/BD-pods.json", {"fvBD": {"attributes": {"name": "pods"}, "children": [tag]}})
        told = []
        while len(told) < 2:
            frame = json.loads(channel.recv())
            for one in frame["imdata"]:
                name, what = next(iter(one.items()))
                if what["attributes"]["status"] == "created":
                    told.append((frame["subscriptionId"], name, what["attributes"]["dn"]))
        assert told == [([pods_answer["subscriptionId"]], "vmmInjectedContGrp", namespace[8:] + "/grp-[web]"),
                        ([answer["subscriptionId"]], "fvBD", "uni/tn-kube/BD-pods")], told
        channel.close()


main([logins, inventories, snapshots, container_platforms])
