#!/usr/bin/python3
"""Every mistake a user can make at the start: one line that says what to do, the documented exit code, no secret."""
import os
import socket
import threading

from programs import Api, Apicsim, folder, main, run

SECRET = "s3cr3t-word"


def expect(answer, code, *parts):
    assert answer.returncode == code, (answer.returncode, answer.stderr)
    lines = answer.stderr.strip().split("\n")
    assert len(lines) == 1, answer.stderr
    for part in parts:
        assert part in lines[0], (part, lines[0])
    assert SECRET not in answer.stderr + answer.stdout, answer.stderr


def wrong_password():
    with Apicsim() as sim:
        for command in (["get", "fvTenant"], ["tail", "--count", "1"], ["set", "uni/tn-x", "fvTenant"], ["delete", "uni/tn-x"]):
            expect(run("aciwatch", *command, "-u", sim.url, "-l", "admin", "-p", SECRET, "--insecure"), 3, "login to", "incorrect")


def connection_refused():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = "https://127.0.0.1:%d" % closed.getsockname()[1]
        expect(run("aciwatch", "get", "fvTenant", "-u", url, "-l", "admin", "-p", SECRET), 4, url, "refused")


def unresolvable_name():
    expect(run("aciwatch", "get", "fvTenant", "-u", "https://no-such-host.invalid", "-l", "admin", "-p", SECRET), 4,
           "no-such-host.invalid", "resolve")


def untrusted_certificate():
    with Apicsim() as sim:
        expect(run("aciwatch", "get", "fvTenant", "-u", sim.url, "-l", "admin", "-p", SECRET), 4, "certificate", "--insecure")


def plain_http_where_tls_is_meant():
    with Apicsim("--http") as sim:
        expect(run("aciwatch", "get", "fvTenant", "-u", sim.url.replace("http:", "https:"), "-l", "admin", "-p", SECRET), 4, "TLS")


def not_a_controller():
    for reply in (b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>", b"SSH-2.0-OpenSSH_9.2\r\n"):
        server = socket.create_server(("127.0.0.1", 0))

        def serve(server=server, reply=reply):
            for _ in range(4):
                try:
                    peer = server.accept()[0]
                except OSError:
                    return
                with peer:
                    peer.recv(4096)
                    peer.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        url = "http://127.0.0.1:%d" % server.getsockname()[1]
        expect(run("aciwatch", "get", "fvTenant", "-u", url, "-l", "admin", "-p", SECRET), 4, url)
        server.close()


def unknown_class():
    with Apicsim() as sim:
        expect(run("aciwatch", "tail", "fvTenat", *sim.login_flags), 2, "fvTenat", "fvTenant")
        expect(run("aciwatch", "get", "fvBDD", *sim.login_flags), 2, "fvBD")


def statistics_class():
    with Apicsim() as sim:
        expect(run("aciwatch", "tail", "eqptIngrTotal5min", *sim.login_flags), 2, "eqptIngrTotal5min", "statistics")


def broken_filter():
    with Apicsim() as sim:
        expect(run("aciwatch", "tail", "fvTenant", "--filter", 'eq(fvTenant.name,"x"', *sim.login_flags), 2, "position")
        expect(run("aciwatch", "tail", "fvTenant", "--filter", 'eq(fvTenant.nam,"x")', *sim.login_flags), 2, "did you mean 'name'")
        expect(run("aciwatch", "tail", "fvTenant", "--filter", 'eq(fvBD.name,"x")', *sim.login_flags), 2, "never matches", "fvBD")
        expect(run("aciwatch", "tail", "faultInst", "--filter", 'eq(faultInst.severity,"bad")', *sim.login_flags), 2, "critical")
        assert Api(sim.url).sim("status")["requests"] <= 2, "refused without asking the controller"


def broken_dn():
    expect(run("aciwatch", "get", "uni/tn-[x", "-u", "https://127.0.0.1:1", "-l", "a", "-p", "b"), 2, "position")


def refused_write():
    with Apicsim() as sim:
        expect(run("aciwatch", "set", "uni/tn-x", "fvTenant", "nosuch=1", *sim.login_flags), 1, "nosuch")


def missing_login():
    with folder() as empty:
        expect(run("aciwatch", "get", "fvTenant", cwd=empty, env={"APIC_URL": "", "APIC_LOGIN": "", "APIC_PASSWORD": ""}), 2, "APIC_URL")


def wrong_usage():
    answer = run("aciwatch", "nosuchcommand")
    assert answer.returncode == 2, answer
    assert run("aciwatch", "get").returncode == 2
    assert run("aciwatch", "--help").returncode == 0
    assert "Examples" in run("aciwatch", "tail", "--help").stdout


def broken_configuration():
    with folder() as here:
        path = os.path.join(here, "aciwatch.yaml")
        with open(path, "w") as file:
            file.write("fabrics:\n  - name: dc1\n    controllers: [https://apic1]\n    usrname: admin\n    password: %s\n" % SECRET)
        answer = run("aciwatch", "check", path)
        assert answer.returncode == 2, answer
        text = answer.stdout + answer.stderr
        assert path + ":4:5: " in text and "username" in text, text
        assert SECRET not in text
        expect(run("aciwatch", "check", os.path.join(here, "missing.yaml")), 2, "missing.yaml")


main([wrong_password, connection_refused, unresolvable_name, untrusted_certificate, plain_http_where_tls_is_meant, not_a_controller,
      unknown_class, statistics_class, broken_filter, broken_dn, refused_write, missing_login, wrong_usage, broken_configuration])
