#!/usr/bin/python3
"""Logins with a certificate: every request signed, the websocket too; as a user, as an app, in the service."""
import json
import os
import shutil

from programs import Api, Apicsim, Program, Receiver, folder, main, run

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keys")
with open(os.path.join(KEYS, "admin.crt")) as certificate_file:
    CERTIFICATE = certificate_file.read()


def register(api, app=None):
    """Stores the certificate below the user admin, or below an app."""
    user = {"aaaAppUser": {"attributes": {"name": app}}} if app else {"aaaUser": {"attributes": {"name": "admin"}}}
    next(iter(user.values()))["children"] = [
        {"aaaUserCert": {"attributes": {"name": app or "admin.crt", "data": CERTIFICATE}}}]
    api.call("POST", "/api/mo/uni/userext.json", user)


def key_in(here):
    return shutil.copy(os.path.join(KEYS, "admin.key"), here)


def direct_commands_sign():
    with Apicsim() as sim, folder() as here:
        api = Api(sim.url)
        register(api)
        flags = ["-u", sim.url, "-l", "admin", "--cert-name", "admin.crt", "--key", key_in(here), "--insecure"]
        written = run("aciwatch", "set", "uni/tn-Signed", "fvTenant", "descr=with a blank", *flags)
        assert written.returncode == 0, written
        read = run("aciwatch", "get", "fvTenant", "--filter", 'eq(fvTenant.descr,"with a blank")', *flags)
        assert read.returncode == 0 and "uni/tn-Signed" in read.stdout, read
        environment = {"APIC_URL": sim.url, "APIC_LOGIN": "admin", "APIC_CERT_NAME": "uni/userext/user-admin/usercert-admin.crt",
                       "APIC_KEY": key_in(here), "APIC_VERIFY": "no"}
        assert run("aciwatch", "get", "uni/tn-Signed", env=environment).returncode == 0
        with open(os.path.join(here, "credentials.py"), "w") as file:
            file.write("URL = '%s'\nLOGIN = 'admin'\nCERT_NAME = 'admin.crt'\nKEY = 'admin.key'\n" % sim.url)
        read = run("aciwatch", "get", "uni/tn-Signed", "--insecure", cwd=here)
        assert read.returncode == 0, read


def what_is_wrong_is_said():
    with Apicsim() as sim, folder() as here:
        key = key_in(here)
        base = ["aciwatch", "get", "fvTenant", "-u", sim.url, "--insecure"]
        unknown = run(*base, "-l", "admin", "--cert-name", "other.crt", "--key", key)
        assert unknown.returncode == 3 and len(unknown.stderr.splitlines()) == 1, unknown
        missing = run(*base, "-l", "admin", "--cert-name", "admin.crt", "--key", key + ".not")
        assert missing.returncode == 2 and key + ".not" in missing.stderr, missing
        both = run(*base, "-l", "admin", "-p", "password", "--cert-name", "admin.crt", "--key", key)
        assert both.returncode == 2 and "give one" in both.stderr, both
        assert "PRIVATE KEY" not in unknown.stderr + missing.stderr + both.stderr


def events_come_over_a_signed_websocket():
    with Apicsim() as sim, folder() as here:
        api = Api(sim.url)
        register(api)
        with Program("aciwatch", "tail", "fvTenant", "--format", "json", "--count", "1", "-u", sim.url, "-l", "admin",
                     "--cert-name", "admin.crt", "--key", key_in(here), "--insecure") as tail:
            tail.wait_line("live:")
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "T"}}})
            assert tail.finish() == 0
            event = json.loads(tail.lines["out"][0])
            assert event["dn"] == "uni/tn-T" and event["origin"] == "live", event


def an_app_logs_in():
    with Apicsim() as sim, folder() as here:
        api = Api(sim.url)
        register(api, app="Vendor_App")
        with Program("aciwatch", "tail", "fvTenant", "--format", "json", "--count", "1", "-u", sim.url, "--app", "Vendor_App",
                     "--key", key_in(here), "--insecure") as tail:
            tail.wait_line("live:")
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "T"}}})
            assert tail.finish() == 0


def the_service_signs():
    with Apicsim() as sim, folder() as here:
        api = Api(sim.url)
        register(api)
        key_in(here)
        hook = Receiver()
        config = os.path.join(here, "aciwatch.yaml")
        with open(config, "w") as file:
            file.write("""
fabrics:
  - name: dc1
    controllers: [%s]
    username: admin
    certificate: { name: admin.crt, key_file: admin.key }
    tls: { verify: false }
    watch: [ { name: config, class: fvTenant } ]
route: { receiver: hook, group_wait: 0s }
receivers: [ { name: hook, webhook: [ { url: %s/hook, format: cloudevents } ] } ]
""" % (sim.url, hook.url))
        assert run("aciwatch", "check", config).returncode == 0
        with Program("aciwatch", "run", "--config", config) as service:
            service.wait_line("dc1: live")
            api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "T"}}})
            assert json.loads(hook.next()[2])["subject"] == "uni/tn-T"
            assert service.stop() == 0
            assert "PRIVATE KEY" not in str(service.lines)
        hook.close()


if __name__ == "__main__":
    main([direct_commands_sign, what_is_wrong_is_said, events_come_over_a_signed_websocket, an_app_logs_in, the_service_signs])
