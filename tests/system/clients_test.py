#!/usr/bin/python3
"""Other people's clients against apicsim, unmodified and with TLS: curl with a cookie jar, requests, websocket-client, Node's ws, wrk."""
import json
import os
import re
import shutil
import ssl
import subprocess
import sys

import requests
import websocket

from programs import Api, Apicsim, PATIENCE, folder, main

requests.packages.urllib3.disable_warnings()

LOGIN = '{"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}}'
TENANTS = "/api/class/fvTenant.json"

# Opens a socket, subscribes, makes a tenant, waits for its push; then a ping, a close with a code, and what came of both.
NODE = r"""
const { WebSocket } = require('ws');
const https = require('https');
const [url, token] = process.argv.slice(1);
const insecure = { rejectUnauthorized: false };
const call = (method, path, body) => new Promise((resolve, reject) => {
  const request = https.request(url + path, { method, ...insecure, headers: { Cookie: 'APIC-cookie=' + token } }, answer => {
    let text = '';
    answer.on('data', part => text += part).on('end', () => resolve(JSON.parse(text)));
  });
  request.on('error', reject).end(body);
});
const socket = new WebSocket(url.replace('https', 'wss') + '/socket' + token, insecure);
socket.on('open', async () => {
  const { subscriptionId } = await call('GET', '/api/class/fvTenant.json?subscription=yes');
  socket.once('message', data => {
    const push = JSON.parse(data);
    console.log(push.subscriptionId[0] === subscriptionId, push.imdata[0].fvTenant.attributes.dn, 'extensions=' + socket.extensions);
    socket.once('pong', payload => { console.log('pong', payload.toString()); socket.close(4001, 'enough'); });
    socket.ping('are you there');
  });
  socket.send('nothing is expected of me');
  await call('POST', '/api/mo/uni/tn-Node.json', '{"fvTenant":{"attributes":{}}}');
});
socket.on('close', code => console.log('closed', code));
socket.on('error', error => { console.log('error', error.message); process.exit(1); });
"""


def curl(*arguments, **how):
    ended = subprocess.run(["curl", "--silent", "--show-error", "--insecure", "--max-time", str(PATIENCE), *arguments], capture_output=True,
                           text=True, check=False, **how)
    assert ended.returncode == 0, (arguments, ended)
    return ended.stdout


def curl_with_a_cookie_jar():
    with folder() as here, Apicsim() as sim:
        jar = os.path.join(here, "apic.cookie")
        login = json.loads(curl("-c", jar, sim.url + "/api/aaaLogin.json", "-d", LOGIN))
        token = login["imdata"][0]["aaaLogin"]["attributes"]["token"]
        with open(jar) as cookies:
            assert token in cookies.read()
        assert json.loads(curl("-b", jar, sim.url + TENANTS))["totalCount"] == "3"
        made = curl("-b", jar, sim.url + "/api/mo/uni/tn-Curl.json", "-d", '{"fvTenant":{"attributes":{"descr":"a b"}}}', "-w", "%{http_code}")
        assert made.endswith("200"), made
        found = curl("-b", jar, "--get", "--data-urlencode", 'query-target-filter=eq(fvTenant.descr,"a b")', sim.url + TENANTS)
        assert json.loads(found)["totalCount"] == "1", found
        # A body that curl waits with, for 100 Continue.
        many = json.dumps({"polUni": {"attributes": {}, "children": [{"fvTenant": {"attributes": {"name": "T%d" % i, "descr": "x" * 100}}}
                                                                     for i in range(20000)]}})
        big = os.path.join(here, "big.json")
        with open(big, "w") as file:
            file.write(many)
        told = subprocess.run(["curl", "-skv", "-b", jar, "--data-binary", "@" + big, sim.url + "/api/mo/uni.json"], capture_output=True, text=True,
                              check=False, timeout=PATIENCE)
        assert "HTTP/1.1 200" in told.stderr and ("100 Continue" in told.stderr or "Expect:" not in told.stderr), told
        # Two requests on one connection, only the head of an answer, and one that ends with its connection.
        twice = curl("-b", jar, "-w", "%{num_connects}\n", "-o", "/dev/null", sim.url + TENANTS, "-o", "/dev/null", sim.url + TENANTS)
        assert twice.split() == ["1", "0"], twice
        assert curl("-b", jar, "--head", sim.url + TENANTS).startswith("HTTP/1.1 200 ")
        whole = curl("-b", jar, "--http1.0", "--compressed", sim.url + TENANTS)
        assert json.loads(whole)["totalCount"] == "20004", whole[:100]
        assert "200" in curl("-b", jar, "-X", "DELETE", sim.url + "/api/mo/uni/tn-Curl.json", "-w", "%{http_code}")
        assert '"code":"403"' in curl(sim.url + TENANTS)


def requests_and_its_session():
    with Apicsim() as sim, requests.Session() as http:
        http.trust_env = False
        http.verify = False
        assert http.post(sim.url + "/api/aaaLogin.json", data=LOGIN).ok
        assert "APIC-cookie" in http.cookies
        made = http.post(sim.url + "/api/mo/uni.json", json={"fvTenant": {"attributes": {"name": "Requests", "descr": "a b"}}})
        assert made.ok, made.text
        found = http.get(sim.url + TENANTS, params={"query-target-filter": 'eq(fvTenant.descr,"a b")', "rsp-prop-include": "naming-only"})
        assert found.json()["totalCount"] == "1", found.text
        streamed = http.post(sim.url + "/api/mo/uni/tn-Chunks.json", data=iter([b'{"fvTenant":', b'{"attributes":{}}}']))
        assert streamed.ok, streamed.text
        assert http.get(sim.url + "/api/aaaRefresh.json").ok
        assert http.head(sim.url + TENANTS).ok
        assert http.delete(sim.url + "/api/mo/uni/tn-Requests.json").ok


def websocket_client_as_an_app():
    with Apicsim() as sim:
        api = Api(sim.url)
        seen = []

        def on_open(app):
            assert api.call("GET", TENANTS + "?subscription=yes")["subscriptionId"]
            app.send("nothing is expected of me")
            app.sock.ping("are you there")

        def on_pong(app, payload):
            seen.append(payload)
            api.call("POST", "/api/mo/uni/tn-App.json", {"fvTenant": {"attributes": {}}})

        def on_message(app, message):
            seen.append(json.loads(message)["imdata"][0]["fvTenant"]["attributes"]["dn"])
            app.close(status=4001)

        app = websocket.WebSocketApp(sim.url.replace("https", "wss") + "/socket" + api.token, on_open=on_open, on_pong=on_pong, on_message=on_message,
                                     on_error=lambda app, error: seen.append(error))
        app.run_forever(sslopt={"cert_reqs": ssl.CERT_NONE})
        assert seen == [b"are you there", "uni/tn-App"], seen


def node_and_its_ws():
    with Apicsim() as sim:
        ended = subprocess.run(["node", "-e", NODE, sim.url, Api(sim.url).token], capture_output=True, text=True, timeout=PATIENCE, check=False,
                               env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})
        assert ended.stdout.splitlines() == ["true uni/tn-Node extensions=", "pong are you there", "closed 4001"], ended


def wrk_and_its_load():
    with Apicsim() as sim:
        ended = subprocess.run(["wrk", "-t", "1", "-c", "8", "-d", "1s", "--timeout", "60s", "-H", "Cookie: APIC-cookie=" + Api(sim.url).token, sim.url + TENANTS], capture_output=True,
                               text=True, timeout=PATIENCE, check=False)
        assert ended.returncode == 0 and "Socket errors" not in ended.stdout and "Non-2xx" not in ended.stdout, ended
        assert int(re.search(r"(\d+) requests in", ended.stdout).group(1)) > 0, ended


if __name__ == "__main__":
    missing = [name for name in ("curl", "node", "wrk") if not shutil.which(name)]
    if "node" not in missing and subprocess.run(["node", "-e", "require('ws')"], capture_output=True, check=False,
                                                env={**os.environ, "NODE_PATH": "/usr/share/nodejs"}).returncode != 0:
        missing.append("node-ws")
    if missing:
        print("skipped: not installed: " + " ".join(missing))
        sys.exit(77)
    main([curl_with_a_cookie_jar, requests_and_its_session, websocket_client_as_an_app, node_and_its_ws, wrk_and_its_load])
