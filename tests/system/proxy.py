"""A TCP proxy that gets in the way on command: cuts, stalls, delays, refuses, breaks bytes. TLS passes through as it is.

    with Proxy("127.0.0.1", 8443) as proxy:
        ... talk to 127.0.0.1:proxy.port ...
        proxy.cut()            # every connection ends with a reset
        proxy.stall()          # nothing moves any more, no connection ends (half-open)
        proxy.delay(0.2)       # what comes from the server comes that much later
        proxy.refuse()         # new connections are closed at once
        proxy.slice(7)         # what comes from the server comes in pieces of so many bytes
        proxy.corrupt()        # the next bytes from the server are broken, where TLS does not guard them
        proxy.heal()           # all well again for what comes; what a stall holds moves on

`Proxy(host, port, note)` gives note(bytes) all that passes. `proxy.carried` is how many bytes came from the server so far,
`proxy.connections` how many were accepted, `proxy.wait(test, seconds)` waits until test() after the next bytes or
connections. Thread-safe.
"""
import asyncio
import socket
import struct
import threading
import time


class Proxy:
    def __init__(self, host, port, note=lambda data: None):
        self.target, self.note = (host, port), note
        self.carried = self.connections = 0
        self.latency, self.piece, self.refusing, self.to_corrupt = 0, 0, False, 0
        self.writers = set()
        self.news = threading.Condition()
        self.loop = asyncio.new_event_loop()
        self.flowing = asyncio.Event()
        self.flowing.set()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    def _tell(self):
        with self.news:
            self.news.notify_all()

    async def _serve(self, reader, writer):
        self.connections += 1
        self._tell()
        if self.refusing:
            return self._reset(writer)
        try:
            there = await asyncio.open_connection(*self.target)
        except OSError:
            return self._reset(writer)
        self.writers |= {writer, there[1]}
        await asyncio.gather(self._carry(reader, there[1], False), self._carry(there[0], writer, True))
        for each in (writer, there[1]):
            self.writers.discard(each)
            each.close()

    async def _carry(self, reader, writer, from_server):
        try:
            while True:
                data = await reader.read(65536)
                await self.flowing.wait()
                if not data:
                    writer.write_eof() if writer.can_write_eof() else writer.close()
                    return
                if from_server:
                    if self.latency:
                        await asyncio.sleep(self.latency)
                    data = self._broken(data)
                    self.carried += len(data)
                    self._tell()
                self.note(data)
                step = self.piece if from_server and self.piece else len(data)
                for at in range(0, len(data), step):
                    writer.write(data[at:at + step])
                    await writer.drain()
        except OSError:
            writer.transport.abort()

    def _broken(self, data):
        """The last bytes become such as stand in no text. A handshake stays, or its reader would wait for the rest of it."""
        if not self.to_corrupt or data.startswith(b"HTTP/1.1 101"):
            return data
        self.to_corrupt -= 1
        return data[:-4] + b"\xff" * len(data[-4:])

    async def _end(self):
        for writer in list(self.writers):
            self._reset(writer)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    def _reset(writer):
        own = writer.get_extra_info("socket")
        if own is not None and own.fileno() >= 0:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    def _do(self, deed):
        done = threading.Event()

        def run():
            deed()
            done.set()

        self.loop.call_soon_threadsafe(run)
        done.wait()

    def cut(self):
        self._do(lambda: [self._reset(writer) for writer in list(self.writers)])

    def stall(self):
        self._do(self.flowing.clear)

    def flow(self):
        self._do(self.flowing.set)

    def delay(self, seconds):
        self.latency = seconds

    def slice(self, size):
        self.piece = size

    def refuse(self):
        self.refusing = True

    def corrupt(self, times=1):
        self.to_corrupt = times

    def heal(self):
        self.latency, self.piece, self.refusing, self.to_corrupt = 0, 0, False, 0
        self.flow()

    def wait(self, test, seconds):
        """Whether test() became true within the time."""
        deadline = time.monotonic() + seconds
        with self.news:
            while not test():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self.news.wait(left)
        return True

    def close(self):
        if self.thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self.loop).result()
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
