#!/usr/bin/env python3
"""Bob: an IM client of its own, written from RFC 3261, 3428, 4975 and 6135. He registers at a core with digest credentials, takes
INVITEs of MSRP sessions, confirms what is sent in them, and takes MESSAGEs.

Usage: bob.py NAME PASSWORD DOMAIN CORE_PORT. Commands are lines on the standard input, which ends him:

  register SECONDS   0: he leaves
  hold COUNT         from the next whole message on he confirms that many, and holds back the answers to what comes then
  go                 confirms what he held back, and all that follows

What he tells, a line each: "ready PORT"; "registered STATUS"; "session CALL-ID" and, when it is over, "closed CALL-ID"; "message
CALL-ID MESSAGE-ID confirmed|held BODY TYPE" for a whole message in a session; "page BODY" for a MESSAGE; "wire TIME TRANSPORT FROM TO
BYTES" for all that goes over his sockets, with ports and, as the bodies, base64.
"""

import base64
import hashlib
import pathlib
import queue
import re
import secrets
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sipp"))
from msrp import Connection  # noqa: E402

HOST = "127.0.0.1"
T1 = 0.5
LIMIT = 64 * T1
COPIED = ("via", "from", "to", "call-id", "cseq", "record-route")
COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}

output = threading.Lock()


def tell(*words):
    with output:
        print(*words, flush=True)


def encoded(data):
    return base64.b64encode(data).decode() or "-"


def wire(transport, sender, receiver, data):
    tell("wire", f"{time.time():.6f}", transport, sender, receiver, encoded(data))


class Message:
    """A SIP request or response (RFC 3261 section 7)."""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        self.start, *lines = re.sub("\r\n[ \t]+", " ", head.decode()).split("\r\n")
        self.headers = []
        for line in lines:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            self.headers.append((COMPACT.get(name, name), value.strip()))

    def all(self, name):
        return [value for known, value in self.headers if known == name]

    def one(self, name):
        return self.all(name)[0]

    @property
    def status(self):
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self):
        return self.start.split()[0]


class Session:
    """An MSRP session that the core's INVITE opened: it ends with the BYE or with its connection."""

    def __init__(self, bob, invite):
        self.bob = bob
        self.call_id = invite.one("call-id")
        offer = invite.body.decode()
        self.remote = re.search(r"^a=path:(.*)$", offer, re.MULTILINE).group(1).strip()
        setup = re.search(r"^a=setup:(\w+)", offer, re.MULTILINE)
        if setup and setup.group(1) == "passive" or not setup:
            raise ValueError("an offer of one who does not let the other end connect")
        host, port = re.match(r"msrp://([^:/]+):(\d+)/", self.remote).groups()
        self.socket = socket.socket()
        self.socket.bind((HOST, 0))
        self.socket.settimeout(LIMIT)
        self.peer = (host, int(port))
        self.port = self.socket.getsockname()[1]
        self.local = f"msrp://{HOST}:{self.port}/{secrets.token_urlsafe(16)};tcp"
        self.acknowledged = threading.Event()

    def answer(self):
        """RFC 4975 section 8 and RFC 6135: he connects."""
        return (
            f"v=0\r\no=bob 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=message 9 TCP/MSRP *\r\n"
            f"a=accept-types:message/sip\r\na=path:{self.local}\r\na=setup:active\r\na=recvonly\r\n"
        )

    def run(self):
        try:
            self.socket.connect(self.peer)
            self.socket.settimeout(None)
            connection = Connection(Tapped(self.socket))
            connection.send(self.remote, self.local)  # which tells the other end whose connection it is
            parts = {}
            while (frame := connection.read()) is not None:
                if frame.method == "SEND":
                    self.received(connection, frame, parts)
        except ConnectionError:
            pass  # as good as closed: who was at the other end is gone
        finally:
            self.socket.close()
            tell("closed", self.call_id)

    def received(self, connection, frame, parts):
        message_id = frame.headers["Message-ID"]
        start = int(frame.headers.get("Byte-Range", "1-0/0").split("-")[0])
        body = parts.setdefault(message_id, bytearray())
        chunk = frame.body or b""
        body[start - 1 : start - 1 + len(chunk)] = chunk
        if frame.flag == "+":
            connection.answer(frame)
            return
        whole = bytes(parts.pop(message_id))
        if frame.flag == "#" or not whole:
            connection.answer(frame)
            return
        confirmed = self.bob.confirms(lambda: connection.answer(frame))
        tell("message", self.call_id, message_id, confirmed, encoded(whole), frame.headers["Content-Type"])

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other end was faster


class Tapped:
    """A socket that tells what goes over it."""

    def __init__(self, connected):
        self.connected = connected
        self.ends = (connected.getsockname()[1], connected.getpeername()[1])

    def recv(self, size):
        data = self.connected.recv(size)
        if data:
            wire("tcp", self.ends[1], self.ends[0], data)
        return data

    def sendall(self, data):
        wire("tcp", *self.ends, data)
        self.connected.sendall(data)


class Bob:
    def __init__(self, name, password, domain, core_port):
        self.name = name
        self.password = password
        self.domain = domain
        self.core = (HOST, core_port)
        self.tcp = socket.create_server((HOST, 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind((HOST, self.port))
        self.registration = secrets.token_hex(8)
        self.sequence = 0
        self.responses = queue.Queue()
        self.sessions = {}
        self.left = -1  # how many he confirms before he holds back; -1: all
        self.held = []
        self.answers = threading.Lock()
        threading.Thread(target=self.read_datagrams, daemon=True).start()
        threading.Thread(target=self.accept, daemon=True).start()

    # Registering

    def register(self, expires):
        response = self.request_register(expires, "")
        if response.status == 401:
            challenge = response.one("www-authenticate")
            response = self.request_register(expires, "Authorization: " + self.credentials(challenge) + "\r\n")
        tell("registered", response.status)

    def request_register(self, expires, authorization):
        self.sequence += 1
        aor = f"sip:{self.name}@{self.domain}"
        data = (
            f"REGISTER sip:{self.domain} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"Max-Forwards: 70\r\nFrom: <{aor}>;tag={secrets.token_hex(4)}\r\nTo: <{aor}>\r\nCall-ID: {self.registration}\r\n"
            f"CSeq: {self.sequence} REGISTER\r\nContact: <sip:{self.name}@{HOST}:{self.port}>;+g.oma.sip-im\r\n"
            f"Expires: {expires}\r\n{authorization}Content-Length: 0\r\n\r\n"
        ).encode()
        wait, end = T1, time.monotonic() + LIMIT
        while time.monotonic() < end:  # RFC 3261 section 17.1.2
            self.send_datagram(data, self.core)
            try:
                while True:
                    response = self.responses.get(timeout=wait)
                    if response.one("cseq").split()[0] == str(self.sequence) and response.status >= 200:
                        return response
            except queue.Empty:
                wait = min(2 * wait, 4.0)
        raise TimeoutError("the core does not answer")

    def credentials(self, challenge):
        """RFC 2617, with MD5, and with qop where it is asked for."""
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
        uri = f"sip:{self.domain}"
        secret = digest(f"{self.name}:{asked['realm']}:{self.password}")
        what = digest(f"REGISTER:{uri}")
        fields = {"username": self.name, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri}
        more = ""
        if "qop" in asked:
            client_nonce = secrets.token_hex(8)
            fields["response"] = digest(f"{secret}:{asked['nonce']}:00000001:{client_nonce}:auth:{what}")
            fields["cnonce"] = client_nonce
            more = ", qop=auth, nc=00000001"
        else:
            fields["response"] = digest(f"{secret}:{asked['nonce']}:{what}")
        return "Digest " + ", ".join(f'{key}="{value}"' for key, value in fields.items()) + more

    # What comes

    def read_datagrams(self):
        while True:
            data, sender = self.udp.recvfrom(65535)
            wire("udp", sender[1], self.port, data)
            if data.strip():
                self.came(Message(data), lambda answer, to=sender: self.send_datagram(answer, to))

    def send_datagram(self, data, receiver):
        wire("udp", self.port, receiver[1], data)
        self.udp.sendto(data, receiver)

    def accept(self):
        while True:
            connection, sender = self.tcp.accept()
            threading.Thread(target=self.read_stream, args=(connection, sender[1]), daemon=True).start()

    def read_stream(self, connection, port):
        def answer(data):
            wire("tcp", self.port, port, data)
            connection.sendall(data)

        buffer = b""
        while data := connection.recv(65536):
            wire("tcp", port, self.port, data)
            buffer += data
            while b"\r\n\r\n" in buffer:
                size = re.search(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(\d+)", buffer, re.IGNORECASE)
                end = buffer.index(b"\r\n\r\n") + 4 + int(size.group(1))
                if len(buffer) < end:
                    break
                message, buffer = Message(buffer[:end]), buffer[end:]
                self.came(message, answer)

    def came(self, message, answer):
        if message.status:
            self.responses.put(message)
        elif message.method == "INVITE":
            self.invited(message, answer)
        elif message.method == "ACK":
            session = self.sessions.get(message.one("call-id"))
            if session:
                session.acknowledged.set()
        elif message.method == "BYE":
            session = self.sessions.pop(message.one("call-id"), None)
            answer(self.response(message, "200 OK" if session else "481 Call/Transaction Does Not Exist"))
            if session:
                session.close()
        elif message.method == "MESSAGE":
            answer(self.response(message, "200 OK"))
            tell("page", encoded(message.body))
        elif message.method == "OPTIONS":
            answer(self.response(message, "200 OK"))
        else:
            answer(self.response(message, "501 Not Implemented"))

    def invited(self, invite, answer):
        if invite.one("call-id") in self.sessions:
            return  # it came again: the 200 does, too, until it is acknowledged
        session = self.sessions[invite.one("call-id")] = Session(self, invite)
        tell("session", session.call_id)
        ok = self.response(
            invite,
            "200 OK",
            f"Contact: <sip:{self.name}@{HOST}:{self.port}>\r\nContent-Type: application/sdp\r\n",
            session.answer(),
        )

        def repeat():
            wait, end = T1, time.monotonic() + LIMIT
            while not session.acknowledged.is_set() and time.monotonic() < end:  # RFC 3261 section 13.3.1.4
                answer(ok)
                session.acknowledged.wait(wait)
                wait = min(2 * wait, 4.0)

        threading.Thread(target=repeat, daemon=True).start()
        threading.Thread(target=session.run, daemon=True).start()

    def response(self, request, status, more="", body=""):
        lines = ["SIP/2.0 " + status]
        for name, value in request.headers:
            if name in COPIED and (name != "record-route" or request.method == "INVITE"):
                if name == "to" and ";tag=" not in value:
                    value += ";tag=" + digest(request.one("call-id"))[:8]
                lines.append(f"{name}: {value}")
        return ("\r\n".join(lines) + f"\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}").encode()

    # What he does with messages

    def hold(self, count):
        with self.answers:
            self.left = count

    def go(self):
        with self.answers:
            self.left = -1
            held, self.held = self.held, []
        for answer in held:
            try:
                answer()
            except OSError:
                pass  # its connection has ended: it will come again

    def confirms(self, answer):
        with self.answers:
            if self.left == 0:
                self.held.append(answer)
                return "held"
            if self.left > 0:
                self.left -= 1
        answer()
        return "confirmed"


def digest(text):
    return hashlib.md5(text.encode()).hexdigest()


def main():
    name, password, domain, core_port = sys.argv[1:]
    bob = Bob(name, password, domain, int(core_port))
    tell("ready", bob.port)
    for line in sys.stdin:
        command, *arguments = line.split()
        {"register": bob.register, "hold": bob.hold, "go": bob.go}[command](*map(int, arguments))


if __name__ == "__main__":
    main()
