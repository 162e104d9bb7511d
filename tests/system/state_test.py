"""A fabric that is kept in a file: everything that was acknowledged is back after kill -9, however often."""
import os
import signal
import threading

from programs import Api, Apicsim, folder, main

WRITERS = 4


def kill(sim):
    sim.process.send_signal(signal.SIGKILL)
    sim.finish()


class Writer(threading.Thread):
    """Writes until its controller is gone; knows what was acknowledged, and what was asked for and not answered."""

    def __init__(self, api, number, round_number, known):
        super().__init__(daemon=True)
        self.api, self.number, self.round = api, number, round_number
        self.known = known       # tenant -> descr, or None once it was deleted
        self.pending = None      # (tenant, descr) without an answer
        self.enough = threading.Event()

    def run(self):
        count = 0
        try:
            while True:
                name = "w%d-%d" % (self.number, count % 40)
                descr = None if count % 7 == 6 else "round %d write %d" % (self.round, count)
                self.pending = (name, descr)
                if descr is None:
                    self.api.call("DELETE", "/api/mo/uni/tn-%s.json" % name)
                else:
                    self.api.call("POST", "/api/mo/uni/tn-%s.json" % name,
                                  {"fvTenant": {"attributes": {"descr": descr},
                                                "children": [{"fvAp": {"attributes": {"name": "a"}}}]}})
                self.known[name] = descr
                self.pending = None
                count += 1
                if count == 5 + self.round:
                    self.enough.set()
        except Exception:  # pylint: disable=broad-except  # killed
            self.enough.set()


def everything_acknowledged_is_back_after_20_kills():
    with folder() as place:
        state = os.path.join(place, "fabric.state")
        known = [{} for _ in range(WRITERS)]
        pending = []
        for round_number in range(20):
            with Apicsim("--state", state) as sim:
                api = Api(sim.url)
                tenants = {t["fvTenant"]["attributes"]["name"]: t["fvTenant"]["attributes"]["descr"]
                           for t in api.call("GET", "/api/class/fvTenant.json")["imdata"]}
                apps = {a["fvAp"]["attributes"]["dn"] for a in api.call("GET", "/api/class/fvAp.json")["imdata"]}
                for table in known:
                    for name, descr in table.items():
                        allowed = [descr] + [late for tenant, late in pending if tenant == name]
                        found = tenants.get(name)
                        assert found in allowed, (round_number, name, found, allowed)
                        assert ("uni/tn-%s/ap-a" % name in apps) == (found is not None), "half a transaction"
                        table[name] = found
                writers = [Writer(Api(sim.url), i, round_number, known[i]) for i in range(WRITERS)]
                for writer in writers:
                    writer.start()
                for writer in writers:
                    assert writer.enough.wait(60)
                kill(sim)
                for writer in writers:
                    writer.join(60)
                pending = [writer.pending for writer in writers if writer.pending]
        assert sum(len(table) for table in known) > WRITERS * 10


def a_big_fabric_is_compacted_beside_the_work():
    """Kills fall into compactions too: the file is compacted again and again while it is written."""
    with folder() as place:
        state = os.path.join(place, "fabric.state")
        known = {}
        for round_number in range(3):
            with Apicsim("--state", state) as sim:
                api = Api(sim.url)
                if round_number == 0:
                    api.sim("storm", {"class": "fvBD", "count": 4000})
                tenants = {t["fvTenant"]["attributes"]["name"]: t["fvTenant"]["attributes"]["descr"]
                           for t in api.call("GET", "/api/class/fvTenant.json")["imdata"]}
                for name, descr in known.items():
                    assert tenants.get(name) == descr, (round_number, name, tenants.get(name))
                assert int(api.call("GET", "/api/class/fvBD.json?page-size=1")["totalCount"]) >= 4000
                compacted = False
                for count in range(30):
                    name, descr = "k%d" % count, "round %d" % round_number
                    api.call("POST", "/api/mo/uni/tn-%s.json" % name, {"fvTenant": {"attributes": {"descr": descr}}})
                    known[name] = descr
                    compacted = compacted or os.path.exists(state + ".new")
                assert compacted or round_number > 0, "this test tests nothing"
                if round_number == 0:
                    api.sim("storm", {"class": "fvBD", "count": 4000})  # and again, into the kill
                kill(sim)


def a_torn_end_is_tolerated():
    with folder() as place:
        state = os.path.join(place, "fabric.state")
        with Apicsim("--state", state) as sim:
            Api(sim.url).call("POST", "/api/mo/uni/tn-Kept.json", {"fvTenant": {"attributes": {}}})
            kill(sim)
        with open(state, "ab") as file:
            file.write(b'0badc0de {"imdata":[{"fvTenant":{"attr')
        with Apicsim("--state", state) as sim:
            assert Api(sim.url).call("GET", "/api/mo/uni/tn-Kept.json")["totalCount"] == "1"


def a_full_disk_is_said_and_not_answered():
    with folder() as place:
        state = os.path.join(place, "fabric.state")
        with Apicsim("--state", state) as sim:
            api = Api(sim.url)
            import resource
            size = os.path.getsize(state)
            resource.prlimit(sim.process.pid, resource.RLIMIT_FSIZE, (size + 100, size + 100))
            try:
                api.call("POST", "/api/mo/uni/tn-Lost.json", {"fvTenant": {"attributes": {}}})
                raise AssertionError("it was answered")
            except OSError:
                pass
            assert sim.finish() == 1
            sim.wait_line("cannot write .*fabric.state")
        with Apicsim("--state", state) as sim:
            assert Api(sim.url).call("GET", "/api/mo/uni/tn-Lost.json")["totalCount"] == "0"


if __name__ == "__main__":
    main([everything_acknowledged_is_back_after_20_kills, a_big_fabric_is_compacted_beside_the_work, a_torn_end_is_tolerated, a_full_disk_is_said_and_not_answered])
