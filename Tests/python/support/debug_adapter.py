"""A client of the Debug Adapter Protocol, with what a test of debugpy needs of it."""

from __future__ import annotations

import itertools
import json
import socket

TIMEOUT = 50


class Client:
    """A connection on loopback. Reading fails after `TIMEOUT` seconds, or at the end."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.file = self.socket.makefile("rwb")
        self.numbers = itertools.count(1)
        self.waiting = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()
        self.socket.close()

    def send(self, command, **arguments):
        """Send a request; return its number."""
        number = next(self.numbers)
        message = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        content = json.dumps(message).encode()
        self.file.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.file.flush()
        return number

    def request(self, command, **arguments):
        """Send a request; return the body of the answer."""
        number = self.send(command, **arguments)
        answer = self._wait(lambda message: message.get("request_seq") == number)
        assert answer["success"], answer
        return answer.get("body")

    def event(self, name):
        """Return the body of the next event of that name."""
        return self._wait(lambda message: message.get("event") == name).get("body")

    def _wait(self, is_wanted):
        for message in self.waiting:
            if is_wanted(message):
                self.waiting.remove(message)
                return message
        while not is_wanted(message := self._read()):
            self.waiting.append(message)
        return message

    def _read(self):
        length = 0
        while (line := self.file.readline()) != b"\r\n":
            assert line, "the debug adapter has closed the connection"
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self.file.read(length))
