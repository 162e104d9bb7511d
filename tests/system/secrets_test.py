#!/usr/bin/python3
"""Whatever goes wrong, no password, token, signature, key or webhook's address is in anything that the programs say: the
secrets are those that a proxy sees pass, and what is said is every line, page, answer and file, gathered over all troubles."""
import os
import re
import shutil
import time
import urllib.error
import urllib.request

from programs import PATIENCE, Api, Apicsim, Program, Receiver, folder, free_port, main, run
from proxy import Proxy

PASSWORD = "Zq9-hunter\"\\two"
KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keys")
CARRIED = [rb'"token":"([^"]+)"', rb"APIC-cookie=([^\r;]+)", rb"GET /socket(\S+)", rb"APIC-Request-Signature=([^\r;]+)",
           rb"APIC-WebSocket-Session=([^\r;]+)", rb"webhook-signature: (\S+)"]


class Line:
    """A proxy before the controller, and what it saw pass."""

    def __init__(self, sim):
        self.seen = bytearray()
        self.proxy = Proxy("127.0.0.1", int(sim.url.rsplit(":", 1)[1]), self.seen.extend)
        self.url = "http://127.0.0.1:%d" % self.proxy.port

    def secrets(self):
        found = [set(re.findall(pattern, bytes(self.seen))) for pattern in CARRIED]
        return found, {secret.decode() for secrets in found for secret in secrets}


def said_by(program):
    return "\n".join(program.lines["out"] + program.lines["err"])


def said_by_run(*arguments, env=None):
    answer = run(*arguments, env=env)
    return answer.stdout + answer.stderr


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def check(said, secrets):
    for secret in secrets:
        for form in {secret, secret.replace("\\", "\\\\").replace('"', '\\"'), urllib.request.quote(secret)}:
            at = said.find(form)
            assert at < 0, "%r stands in %r" % (form, said[max(0, at - 200):at + 50])


def the_service_tells_none():
    with Apicsim("--http", "--user", "admin:" + PASSWORD) as sim, folder() as here:
        line = Line(sim)
        hook = Receiver([(500, {}, "no"), (404, {}, "gone"), (200, {}, "{}")] * 20)
        web = "http://127.0.0.1:%d" % free_port()
        shutil.copy(os.path.join(KEYS, "admin.key"), here)
        for name, text in (("pw", PASSWORD), ("slack.url", hook.url + "/services/T0/B0/sl4ck-path"),
                           ("webex.token", "w3bex-token"), ("hook.key", "h00k-key")):
            with open(os.path.join(here, name), "w") as file:
                file.write(text)
        config = os.path.join(here, "aciwatch.yaml")
        with open(config, "w") as file:
            file.write("""
fabrics:
  - { name: dc1, controllers: [%(url)s], username: admin, password_file: pw, state_file: dc1.state,
      watch: [ { name: config, class: [fvTenant, aaaUser] } ] }
  - { name: dc2, controllers: [%(url)s], username: admin, certificate: { name: admin.crt, key_file: admin.key },
      watch: [ { name: config, class: fvTenant } ] }
  - { name: dc3, controllers: [%(url)s], username: admin, password: "%(wrong)s", watch: [ { name: w, class: fvTenant } ] }
  - { name: dc4, controllers: [%(url)s], username: admin, certificate: { name: none.crt, key_file: admin.key },
      watch: [ { name: w, class: fvTenant } ] }
web: { listen: %(web)s }
route: { receiver: all, group_wait: 0s }
receivers:
  - name: all
    slack: [ { webhook_url_file: slack.url } ]
    webex: [ { token_file: webex.token, room_id: room, api_url: "%(hook)s/v1" } ]
    webhook: [ { url: "%(hook)s/path-s3cret", secret_file: hook.key, format: cloudevents },
               { url: "http://127.0.0.1:1/path-s3cret", secret_file: hook.key } ]
    console: [ {} ]
""" % {"url": line.url, "wrong": "Zq9-hunter-wrong", "web": web[7:], "hook": hook.url})
        api = Api(sim.url, PASSWORD)
        with open(os.path.join(KEYS, "admin.crt")) as file:
            api.call("POST", "/api/mo/uni/userext/user-admin.json",
                     {"aaaUserCert": {"attributes": {"name": "admin.crt", "data": file.read()}}})
        said = []
        with Program("aciwatch", "run", "--config", config) as service:
            for fabric in ("dc1: live", "dc2: live", "dc3: login refused", "dc4: (login refused|lost|cannot)"):
                service.wait_line(fabric)
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "T"}}})
            api.call("POST", "/api/mo/uni/userext.json", {"aaaUser": {"attributes": {"name": "joe", "pwd": "Wonder-land7"}}})
            service.wait_line("T .*created|created.*T", "out")
            hook.next()

            def look():
                said.extend(fetch(web + path) for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/fabrics",
                                                           "/api/v1/events?limit=1000", "/api/v1/nothing"))
                said.append(said_by_run("aciwatch", "status", "--url", web))

            look()
            for trouble in ({"refuse": {"status": 503, "seconds": 1, "path": "/api"}}, {"expire_tokens": True},
                            {"html": {"status": 200, "seconds": 1, "path": "/api"}, "drop_channels": True}):
                api.sim("chaos", trouble)
                api.sim("chaos", {"drop_channels": True})
                wait_until(lambda: "fabric dc1:" in fetch(web + "/readyz"))
                look()
                wait_until(lambda: "fabric dc1:" not in fetch(web + "/readyz"))
            line.proxy.refuse()
            line.proxy.cut()
            service.wait_line("dc1: lost the controller")
            look()
            assert service.stop() == 0
            said.append(said_by(service))
        for command in (["check", config], ["send-test", "all", "--config", config]):
            said.append(said_by_run("aciwatch", *command))
        with open(os.path.join(here, "dc1.state"), errors="replace") as file:
            said.append(file.read())
        said.append(said_by(sim))
        kinds, secrets = line.secrets()
        assert all(kinds[:5]), "the proxy saw secrets of each kind: %r" % [len(kind) for kind in kinds]
        assert "uni/tn-T" in str(said) and "dc3" in str(said)
        check("\n".join(said), secrets | {PASSWORD, "Zq9-hunter", "Wonder-land7", "sl4ck-path", "w3bex-token", "h00k-key",
                                          "path-s3cret", "PRIVATE KEY", "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSk"})
        hook.close()
        line.proxy.close()


def wait_until(test):
    deadline = time.monotonic() + PATIENCE
    while not test():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def the_commands_tell_none():
    with Apicsim("--http", "--user", "admin:" + PASSWORD) as sim, folder() as here:
        line, said = Line(sim), []
        flags = ["-u", line.url, "-l", "admin", "-p", PASSWORD]
        environment = {"APIC_URL": line.url, "APIC_LOGIN": "admin", "APIC_PASSWORD": PASSWORD}
        for arguments in (["get", "fvTenant", *flags], ["get", "uni/userext/user-admin", "--format", "json", *flags],
                          ["set", "uni/userext/user-joe", "aaaUser", "pwd=Wonder-land7", "expires=never", *flags],
                          ["set", "uni/userext/user-joe", "aaaUser", "pwd=Wonder-land7", "nosuch=1", *flags],
                          ["delete", "uni/userext/user-nobody", *flags], ["get", "fvTenant", *flags[:-1], PASSWORD + "wrong"],
                          ["get", "fvTenant", "-u", "http://admin:%s@127.0.0.1" % PASSWORD],
                          ["get", "fvTenant", "-u", "ftp://admin:%s/@127.0.0.1" % PASSWORD],
                          ["tail", "nosuch", *flags], ["tail", "fvTenant", "--for", "0", *flags, "--pasword"]):
            said.append(said_by_run("aciwatch", *arguments))
        said.append(said_by_run("aciwatch", "get", "fvTenant", env=environment))
        recording, state = os.path.join(here, "night.jsonl"), os.path.join(here, "tail.state")
        with Program("aciwatch", "record", "--out", recording, "aaaUser", "fvTenant", *flags) as record, \
                Program("aciwatch", "tail", "fvTenant", "aaaUser", "--format", "json", "--state", state, *flags) as tail:
            tail.wait_line("live:")
            record.wait_line("record")
            api = Api(sim.url, PASSWORD)
            api.sim("chaos", {"expire_tokens": True, "drop_channels": True})
            tail.wait_line('"gap"', "out")
            api = Api(sim.url, PASSWORD)
            api.call("POST", "/api/mo/uni/userext/user-joe.json", {"aaaUser": {"attributes": {"pwd": "Wonder-land8"}}})
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Last"}}})
            tail.wait_line('tn-Last', "out")
            for program in (tail, record):
                program.stop()
                said.append(said_by(program))
        for path in (recording, state):
            with open(path, errors="replace") as file:
                said.append(file.read())
        kinds, secrets = line.secrets()
        assert all(kinds[:3]), [len(kind) for kind in kinds]
        check("\n".join(said), secrets | {PASSWORD, "Zq9-hunter", "Wonder-land7", "Wonder-land8"})
        line.proxy.close()


main([the_service_tells_none, the_commands_tell_none])
