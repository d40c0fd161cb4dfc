#!/usr/bin/env python3
"""Takes one MSRP connection, answers every SEND with 200 and says what it got.

Usage: msrp_sink.py PORT, 0 for any. Writes "port N" when it listens, then a line for each message: its Content-Type and its body in base64.
"""

import base64
import socket
import sys

from msrp import Connection

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    server.settimeout(60)
    print("port", server.getsockname()[1], flush=True)
    peer, _ = server.accept()
    with peer:
        peer.settimeout(60)
        connection = Connection(peer)
        bodies = {}
        while (frame := connection.read()) is not None:
            if frame.method != "SEND":
                continue
            connection.answer(frame)
            message_id = frame.headers["Message-ID"]
            bodies[message_id] = bodies.get(message_id, b"") + (frame.body or b"")
            if frame.flag == "$" and bodies[message_id]:
                body = base64.b64encode(bodies.pop(message_id)).decode()
                print(frame.headers["Content-Type"], body, flush=True)
