#!/usr/bin/python3
"""Two hundred troubles on the way between a fabric of 10,000 objects and a tail: whatever happens, the events told are the
changes made, each gap is told, and the state that the events lead to is the controller's.

The order of troubles and writes comes from a seed (ACI_CHAOS_SEED tries another); nothing asserted depends on their timing."""
import json
import os
import queue
import random
import sys
import time
from datetime import datetime

from programs import PATIENCE, Api, Apicsim, Program, folder, main
from proxy import Proxy

SEED = int(os.environ.get("ACI_CHAOS_SEED", "1"))
CLASSES = ["fvTenant", "fvAp", "fvAEPg", "fvBD"]
TENANTS, PER_TENANT = 100, 49
BOOKKEEPING = {"dn", "rn", "status", "childAction", "modTs"}
CLOCK = 1.5  # seconds by which the time of a write and that of a gap's ends may differ


def fabric():
    """A hundred tenants with an application profile, 49 EPGs and 49 bridge domains each: 10,000 objects."""
    def made(name, attributes, children=()):
        return {name: {"attributes": attributes, **({"children": list(children)} if children else {})}}
    tenants = [made("fvTenant", {"name": "T%d" % t},
                    [made("fvBD", {"name": "B%d" % i}) for i in range(PER_TENANT)] +
                    [made("fvAp", {"name": "A"}, [made("fvAEPg", {"name": "E%d" % i}) for i in range(PER_TENANT)])])
               for t in range(TENANTS)]
    return made("polUni", {"dn": "uni"}, tenants)


class Story:
    """What the tail tells, checked line by line: nothing comes out of nowhere, and the state follows."""

    def __init__(self, tail):
        self.tail, self.read_lines = tail, 0
        self.state, self.live, self.gaps, self.relists_since_gap = {}, set(), [], {}

    def read(self):
        lines = self.tail.lines["out"]
        while self.read_lines < len(lines):
            line = json.loads(lines[self.read_lines])
            self.read_lines += 1
            if "gap" in line:
                gap = line["gap"]
                assert self.relists_since_gap.pop(gap["watch"], 0) == gap["found"], gap
                self.gaps.append((gap["watch"], datetime.fromisoformat(gap["from"]).timestamp(),
                                  datetime.fromisoformat(gap["to"]).timestamp()))
            elif "drift" in line:
                raise AssertionError("a change was lost without a trouble being noticed: %r" % line)
            elif line["origin"] != "backfill":  # the logs repeat what was told
                self.take(line)

    def take(self, event):
        dn, op = event["dn"], event["op"]
        known = self.state.get(dn)
        if op == "created":
            assert known is None, ("created twice", event)
        else:
            assert known is not None, ("never created", event)
            assert without_bookkeeping(event["before"]) == known, ("before is not what was told", event, known)
        if op == "deleted":
            del self.state[dn]
        else:
            self.state[dn] = without_bookkeeping(event["after"])
        if event["origin"] == "relist":
            self.relists_since_gap[event["class"]] = self.relists_since_gap.get(event["class"], 0) + 1
        elif event["origin"] == "live":
            self.live.add((op, dn, (event["after"] or {}).get("descr")))

    def wait(self, test, what):
        deadline = time.monotonic() + PATIENCE
        while True:
            self.read()
            if test():
                return
            assert self.tail.process.poll() is None, self.tail.lines["err"]
            try:
                self.tail.news.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError("%s did not come; the program said %r" % (what, self.tail.lines["err"][-5:])) from None


def without_bookkeeping(attributes):
    return {name: value for name, value in attributes.items() if name not in BOOKKEEPING}


class Writer:
    """Changes the fabric past the proxy, and keeps what it did: time, op, class, dn, descr."""

    def __init__(self, url, rng):
        self.url, self.rng, self.api = url, rng, Api(url)
        self.count, self.done, self.own = 0, [], {}

    def call(self, method, path, body=None):
        """Goes on until it is done: its token is ended with all others, and its logins are refused as well."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.api = self.api or Api(self.url)
                return self.api.call(method, path, body)
            except (AssertionError, ValueError):
                if time.monotonic() > deadline:
                    raise
                self.api = None

    def note(self, op, name, dn, descr):
        self.done.append((time.time(), op, name, dn, descr))

    def create(self, name, dn):
        self.count += 1
        descr = "w%d" % self.count
        self.call("POST", "/api/mo/%s.json" % dn, {name: {"attributes": {"descr": descr}}})
        self.note("created", name, dn, descr)
        self.own[dn] = name

    def step(self):
        self.count += 1
        what = self.rng.random()
        tenant = "uni/tn-T%d" % self.rng.randrange(TENANTS)
        if what < 0.5:
            i = self.rng.randrange(PER_TENANT)
            name, dn = self.rng.choice([("fvTenant", tenant), ("fvAp", tenant + "/ap-A"), ("fvBD", "%s/BD-B%d" % (tenant, i)),
                                        ("fvAEPg", "%s/ap-A/epg-E%d" % (tenant, i))])
            descr = "w%d" % self.count
            self.call("POST", "/api/mo/%s.json" % dn, {name: {"attributes": {"descr": descr}}})
            self.note("modified", name, dn, descr)
        elif what < 0.8 or not self.own:
            self.create(*self.rng.choice([("fvBD", "%s/BD-N%d" % (tenant, self.count)),
                                          ("fvAEPg", "%s/ap-A/epg-N%d" % (tenant, self.count)),
                                          ("fvTenant", "uni/tn-N%d" % self.count)]))
        else:
            dn = self.rng.choice(sorted(self.own))
            name = self.own.pop(dn)
            self.call("DELETE", "/api/mo/%s.json" % dn)
            self.note("deleted", name, dn, None)

    def state(self):
        objects = {}
        for name in CLASSES:
            answer = self.call("GET", "/api/class/%s.json?page-size=100000" % name)
            for item in answer["imdata"]:
                attributes = item[name]["attributes"]
                objects[attributes["dn"]] = without_bookkeeping(attributes)
        return objects


def troubles(proxy, writer, http):
    """Each begins a trouble and returns what ends it."""
    sim = Api(writer.url)

    def chaos(**what):
        sim.sim("chaos", what)

    def nothing():
        pass

    def once(deed, *arguments):
        return lambda: deed(*arguments) or nothing

    def until_healed(deed, *arguments):
        return lambda: deed(*arguments) or proxy.heal

    def muted():
        chaos(mute_seconds=3600)
        # What was not pushed only the loss of the channel can tell: no controller pushes it later.
        return lambda: chaos(mute_seconds=0, drop_channels=True)

    where = ["/api/class", "/api/subscriptionRefresh", "/api/aaaLogin"]
    ways = [once(proxy.cut), once(proxy.cut), until_healed(proxy.stall), until_healed(proxy.delay, 0.05),
            until_healed(proxy.slice, 997), until_healed(proxy.refuse), muted,
            lambda: chaos(drop_channels=True) or nothing, lambda: chaos(expire_tokens=True) or nothing,
            lambda: chaos(duplicate=0.5, seconds=1) or nothing,
            lambda: chaos(no_data=True, seconds=1, path=writer.rng.choice(where)) or nothing,
            lambda: chaos(delay_ms=100, seconds=1, path=writer.rng.choice(where)) or nothing,
            lambda: chaos(refuse={"status": 503, "seconds": 1, "path": writer.rng.choice(where)}) or nothing,
            lambda: chaos(html={"status": 200, "seconds": 1, "path": writer.rng.choice(where)}) or nothing]
    if http:
        ways += [once(proxy.corrupt, 1), once(proxy.corrupt, 3)]
    return ways, lambda: chaos(expire_subscriptions=True) or nothing


def live_through(count, http):
    rng = random.Random(SEED)
    with folder() as here:
        path = os.path.join(here, "fabric.json")
        with open(path, "w") as file:
            json.dump(fabric(), file)
        with Apicsim("--load", path, *(["--http"] if http else [])) as sim:
            scheme, port = sim.url.split(":")[0], int(sim.url.rsplit(":", 1)[1])
            with Proxy("127.0.0.1", port) as proxy, \
                    Program("aciwatch", "tail", *CLASSES, "--baseline", "--format", "json", "-u",
                            "%s://127.0.0.1:%d" % (scheme, proxy.port), "-l", "admin", "-p", "password", "--insecure", "--retry-max", "0.2") as tail:
                story, writer = Story(tail), Writer(sim.url, rng)
                tail.wait_line("live:")
                story.wait(lambda: len(story.state) >= TENANTS * (2 + 2 * PER_TENANT), "the baseline")
                ways, expired = troubles(proxy, writer, http)
                for number in range(count):
                    # Ended subscriptions are noticed when they are refreshed, up to 20 seconds later: only now and then.
                    heal = expired() if number % 60 == 30 else rng.choice(ways)()
                    for _ in range(rng.randrange(1, 6)):
                        writer.step()
                    carried = proxy.carried
                    proxy.wait(lambda: proxy.carried > carried + 20_000, 0.1)
                    heal()
                    if number % 8 == 7:
                        told(story, writer, "R%d" % number)
                proxy.heal()
                told(story, writer, "End")
                check(story, writer)
                assert tail.stop() == 0


def told(story, writer, name):
    """A new object of each class is told: so is all that happened before."""
    tenant = "uni/tn-" + name
    marks = [("fvTenant", tenant), ("fvBD", tenant + "/BD-M"), ("fvAp", tenant + "/ap-M"), ("fvAEPg", tenant + "/ap-M/epg-M")]
    for mark in marks:
        writer.create(*mark)
    story.wait(lambda: all(dn in story.state for _, dn in marks), "mark " + name)


def check(story, writer):
    there = {}

    def same():
        nonlocal there
        there = writer.state()
        return there == story.state
    # What the controller itself changes in a new object follows the object.
    try:
        story.wait(same, "the controller's state")
    except AssertionError:
        differing = [dn for dn in there.keys() | story.state.keys() if there.get(dn) != story.state.get(dn)]
        raise AssertionError("the events lead to another state: %r" %
                             [(dn, there.get(dn), story.state.get(dn)) for dn in sorted(differing)[:3]]) from None
    written = {(dn, descr) for _, _, _, dn, descr in writer.done}
    for op, dn, descr in story.live:
        if descr:
            assert (dn, descr) in written, ("nobody wrote it", op, dn, descr)

    def silent():
        return [(op, dn, descr) for when, op, name, dn, descr in writer.done
                if (op, dn, descr) not in story.live and
                not any(watch == name and start - CLOCK <= when <= end + CLOCK for watch, start, end in story.gaps)]
    # A gap is told when the controller's logs have been read too.
    try:
        story.wait(lambda: not story.relists_since_gap and not silent(), "the last gap")
    except AssertionError:
        raise AssertionError(("neither told as they came nor within a gap", silent()[:5], story.gaps, story.relists_since_gap,
                              story.tail.lines["err"][-5:])) from None
    assert {watch for watch, _, _ in story.gaps} == set(CLASSES), "no gap of some watch: were there troubles at all?"
    print("%d changes, %d told as they came, %d gaps" %
          (len(writer.done), sum((op, dn, descr) in story.live for _, op, _, dn, descr in writer.done), len(story.gaps)),
          file=sys.stderr)


def over_tls():
    live_through(80, False)


def over_http_with_broken_bytes():
    live_through(120, True)


if __name__ == "__main__":
    main([over_tls, over_http_with_broken_bytes])
