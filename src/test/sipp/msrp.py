"""As much of MSRP (RFC 4975) as the scenarios need, over a blocking socket."""

import secrets


class Frame:
    def __init__(self, start, headers, body, flag):
        self.start = start
        self.headers = headers
        self.body = body
        self.flag = flag

    @property
    def transaction(self):
        return self.start.split()[1]

    @property
    def method(self):
        return self.start.split()[2]


class Connection:
    def __init__(self, socket):
        self.socket = socket
        self.buffer = b""

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def read(self):
        """The next frame, or None at the end of the connection."""
        while b"\r\n" not in self.buffer:
            if not self._more():
                return None
        start = self.buffer[: self.buffer.index(b"\r\n")].decode()
        end_line = b"\r\n-------" + start.split()[1].encode()
        while True:
            at = self.buffer.find(end_line)
            if at >= 0 and len(self.buffer) >= at + len(end_line) + 3:
                break
            if not self._more():
                return None
        frame = self.buffer[:at]
        flag = chr(self.buffer[at + len(end_line)])
        self.buffer = self.buffer[at + len(end_line) + 3 :]
        head, separator, body = frame.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        return Frame(start, headers, body if separator else None, flag)

    def answer(self, request, status="200 OK"):
        """A response goes to the first URI of From-Path (RFC 4975 section 7.2)."""
        to_path = request.headers["From-Path"].split()[0]
        from_path = request.headers["To-Path"].split()[0]
        self._write(f"MSRP {request.transaction} {status}", to_path, from_path, [], None, request.transaction)

    def send(self, to_path, from_path, content_type=None, body=None):
        """A message in one chunk; returns its transaction id."""
        transaction = secrets.token_hex(8)
        headers = ["Message-ID: " + secrets.token_hex(8)]
        if body is not None:
            headers += [f"Byte-Range: 1-{len(body)}/{len(body)}", "Content-Type: " + content_type]
        self._write(f"MSRP {transaction} SEND", to_path, from_path, headers, body, transaction)
        return transaction

    def _write(self, start, to_path, from_path, headers, body, transaction):
        lines = [start, "To-Path: " + to_path, "From-Path: " + from_path, *headers]
        content = b"" if body is None else b"\r\n" + body + b"\r\n"
        end_line = f"-------{transaction}$\r\n".encode()
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode() + content + end_line)
