#!/usr/bin/python3
"""`aciwatch demo`: what it prints, ports in use, a change shown in the room, an end on SIGTERM."""
import json
import re
import urllib.request

from programs import Program, Receiver, main, run


def demo(*arguments, env=None):
    program = Program("aciwatch", "demo", *arguments, env=env)
    room = program.wait_line(r"the room +(\S+)", "out").group(1)
    apic = program.wait_line(r"the controller +(\S+)", "out").group(1)
    program.wait_line("demo: live")
    return program, room, apic


def first_message(room):
    """The first message that the room's stream shows."""
    with urllib.request.urlopen(room + "/api/v1/stream?after=0", timeout=60) as stream:
        kind = ""
        for line in stream:
            if line.startswith(b"event: "):
                kind = line[7:].strip()
            if line.startswith(b"data: ") and kind == b"message":
                return json.loads(line[6:])


def two_at_the_same_ports():
    first, room, apic = demo("--quiet-fabric")
    with first:
        ports = [re.search(r":(\d+)$", url).group(1) for url in (room, apic)]
        second, other_room, other_apic = demo("--quiet-fabric", "--web-port", ports[0], "--apic-port", ports[1])
        with second:
            assert room != other_room and apic != other_apic, (room, other_room)
            answer = run("aciwatch", "set", "uni/tn-WS_Example", "fvTenant", "-u", other_apic, "-l", "admin", "-p", "password", "--insecure")
            assert answer.stdout == "uni/tn-WS_Example created\n", answer
            message = json.dumps(first_message(other_room))
            assert "WS_Example" in message and "created" in message, message
            assert urllib.request.urlopen(other_room + "/readyz").status == 200
            assert second.stop() == 0
        assert first.stop() == 0


def it_lives_by_itself():
    program, room, _ = demo()
    with program:
        assert first_message(room)["receiver"] == "snv-noc"


def it_posts_to_a_real_room():
    slack = Receiver()
    program, _, apic = demo("--quiet-fabric", env={"SLACK_WEBHOOK_URL": slack.url + "/services/T/B/x"})
    with program:
        run("aciwatch", "set", "uni/tn-Heroes", "fvTenant", "-u", apic, "-l", "admin", "-p", "password", "--insecure")
        assert b"Heroes" in slack.next()[2]
        assert program.stop() == 0
    slack.close()


main([two_at_the_same_ports, it_lives_by_itself, it_posts_to_a_real_room])
