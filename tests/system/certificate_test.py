#!/usr/bin/python3
"""Logins with a certificate: every request signed, the websocket too; as a user, as an app, in the service."""
import json
import os

from programs import Api, Apicsim, Program, Receiver, folder, main, run

# Made for this test with `openssl genrsa` and `openssl req -x509`.
KEY = """-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDMqmLC4aDiUPNJ
ZtqlblOndpBwIRwKJHTuo9OkkU4uGsPRFev3i/+K79nMtUVvGAXx4usHDDiKhaDr
V/ccxJ9cQDgHFh+rgBvR7fE6UBovQyO3HjOGLEPLiAzMFfy4u4/4VPEboMABxGb3
8HWw5AqJTOnuGRTmPM+IJ82zIhFsHE0Es8tQaaB5AhYs0wBUU6uUOzveV5djszF8
w0k5iTkoYipKwfpXDVTaF16OFxkRMJrZM3dGLow8H/pUKO1uZ6lm7AYEbbQ3OT4q
nwS9okHzheDNe8HxhD8JZ+dPcTtLLzd2Su2HJSJpJsUEDeOcLONfEFCB1uHm26xR
GfdFfFNxAgMBAAECggEADQXCZvgITp4r/L2op+IPPJaUti3FJPgQ4KZX7x63xMM7
NnCYpRWpWuPMDfRyyJDUwAFaRwaGCnpaNN9R/+ia4znK1tiXh0gNfRwQv08de2hg
O2SWjrD+V1L+zXWQsQhuLrTo6oMd9H7Utm38bxbzfK0CLX43EDdKVTWDJyTBywkc
tnyTFyKeONnLwRBJs4DWg5OQGEFGd6FC6XG/ryEil7Xx88D29gwyhaLTH10wCAmH
+9UkR7vm7hiV33dLFkarshfI8O4ywGHX04djPJgREWhdgVPpKGCSn8hTwnq8w6Ag
ryCG0KXPusPUuu7EwNZbgyLSpxpEsCot65Y3x949YQKBgQD6VBR2wq1xc/lC42Sn
E0NhqZ6HfeOeYXBsD5b6PZ4u7CkxOibvu9nW9JKHIhnuaD4MsoN3rvcPBAT9AlsZ
yoSsBSqQe/sgxzua53n+fOivq7mamgndBA9vU0+ztvBsmJZriZjxbBe+FP7VOnAo
EMs64BPRIVz6G4HzsDM1bEobXQKBgQDRTXVdaWjas4GbAAFFf8Wi6GW38tj6TcnM
QkgcWBOyo9E+NaEi+kkwbnXwNlBzJhbGTSwARgv7zqpmilW2Ul/cToLG5LWiYZa7
23E5k6U126l4j3G93YLeqzs48tcL8Yd3IM2dPv0pW6w0IVAnXv0zhB9hbDTqOS/Y
7zpJo8jrJQKBgQDtbfI68ksv4J/7IVLGZS7z4r3KJU1PW3wWAnNgxjDSsIwhdNaZ
a8MibrbMFTwjNBwmTusDCaCrTVSt5R4jSEKuJfhJMk7uuAmA0yyShEbu2CIi0Rep
2cAKBysBefJwDgod1VSLJ8sdLyzFcbgPSF56aS5inRJi5tRLHkRz11IywQKBgQCB
mgoTloLj8YVOejlPVKgHkQnzVn++tk4/mcdXLb68vi2B7OljZEHPqIaFAMzeEHbH
wd9+J+Ghwb3IEt6yL93F6COYjuRdsToKBv7cXS1O5T7SNViD7dbslHDueYhpj9yH
CpvnQ6q1YluGSB5+0pXMwYJA7CTz6AdVuASKts1htQKBgD65pgf1VwXmT6jSd8Bx
3qBgmfRzjnhcxaNi9rK4VWZ6t047T6dPpAmXbYwU/zjL2C2tyJKBLUJAw4p0XuAl
1+JMGqQKH16fJOKWa+HXgV/+fcFtSKMO45AqkccPvhOos8Z5fCul0FD5nJNA9eDe
r57BAZyf3kHKU2gPrNNygvvH
-----END PRIVATE KEY-----
"""
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIC+TCCAeGgAwIBAgIUMXnZHlhw2OOr2/ncXJtEMz2AJskwDQYJKoZIhvcNAQEL
BQAwDDEKMAgGA1UEAwwBdTAeFw0yNjExMjEwNDQ0NTdaFw0zNjExMTgwNDQ0NTda
MAwxCjAIBgNVBAMMAXUwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQDM
qmLC4aDiUPNJZtqlblOndpBwIRwKJHTuo9OkkU4uGsPRFev3i/+K79nMtUVvGAXx
4usHDDiKhaDrV/ccxJ9cQDgHFh+rgBvR7fE6UBovQyO3HjOGLEPLiAzMFfy4u4/4
VPEboMABxGb38HWw5AqJTOnuGRTmPM+IJ82zIhFsHE0Es8tQaaB5AhYs0wBUU6uU
OzveV5djszF8w0k5iTkoYipKwfpXDVTaF16OFxkRMJrZM3dGLow8H/pUKO1uZ6lm
7AYEbbQ3OT4qnwS9okHzheDNe8HxhD8JZ+dPcTtLLzd2Su2HJSJpJsUEDeOcLONf
EFCB1uHm26xRGfdFfFNxAgMBAAGjUzBRMB0GA1UdDgQWBBRQv37Kqvf6FlgUJtBR
obtnWSFMgTAfBgNVHSMEGDAWgBRQv37Kqvf6FlgUJtBRobtnWSFMgTAPBgNVHRMB
Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQBCzt1OsJUL+LHxQweQN/QVgWUt
MDgaIuiw7CPnLrWJRxsS3ujXABWDIu+m/NqHfvIPLe3xNm9wC8UZDu8lcsr7m2TY
DIRqFzb6/9P6XQxY0QC0hGg7djpfhLLKBFDdLdgahpMaBmUSfbd8yH4Vzxo+3a61
t0m+7RCG10JwdYim6xig+Vjm/27DWpKkn7JxHF5txr9pexeBAoOPrzpqKJw3s4XZ
bsKjm/xM8uoM68rNiyqvzjJhGsKWeqM4CNCcwv48U+bFYP5Y5CzlUJqnmbxlWIdW
SHRcqF2bYHsHdguQUm3gbBD0qx/mS1RIloJ5ZV1xYopzoikjrgtmjUkHkdih
-----END CERTIFICATE-----
"""


def register(api, app=None):
    """Stores the certificate below the user admin, or below an app."""
    user = {"aaaAppUser": {"attributes": {"name": app}}} if app else {"aaaUser": {"attributes": {"name": "admin"}}}
    next(iter(user.values()))["children"] = [
        {"aaaUserCert": {"attributes": {"name": app or "admin.crt", "data": CERTIFICATE}}}]
    api.call("POST", "/api/mo/uni/userext.json", user)


def key_in(here):
    path = os.path.join(here, "admin.key")
    with open(path, "w") as file:
        file.write(KEY)
    return path


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


main([direct_commands_sign, what_is_wrong_is_said, events_come_over_a_signed_websocket, an_app_logs_in, the_service_signs])
