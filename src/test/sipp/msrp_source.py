#!/usr/bin/env python3
"""Sends messages over MSRP to a server, and waits for its 200 to each.

Usage: msrp_source.py TO_PATH FROM_PATH TEXT..., where TO_PATH is the URI in the server's SDP.
"""

import socket
import sys
from urllib.parse import urlsplit

from msrp import Connection

to_path, from_path, *texts = sys.argv[1:]
server = urlsplit(to_path)
with socket.create_connection((server.hostname, server.port), 30) as peer:
    connection = Connection(peer)
    for text in texts:
        transaction = connection.send(to_path, from_path, "text/plain", text.encode())
        answer = connection.read()
        if answer is None or answer.transaction != transaction or answer.method != "200":
            sys.exit("not confirmed: " + text)
