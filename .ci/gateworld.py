"""What .ci/gateways runs with: tokens, an upstream and a decision point that record, Consentry, the gateways."""
import base64
import json
import os
import re
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time

from measure import LAUNCHER, TOP, envoy_command, field, frame, varint

EXAMPLES = os.path.join(TOP, "docs/examples/gateways")
LOOPBACK = "127.0.0.1"
START_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 5
BEHIND_SECONDS_MAX = 0.1


def free_port():
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return one.getsockname()[1]


# ---- tokens

class Issuer:
    """An issuer of app tokens with a P-256 key of its own. What it signed once it does not sign again."""

    ISSUER, AUDIENCE, KEY_ID = "https://issuer.demo.invalid", "demo-api", "gateways"
    LIFETIME_SECONDS = 3600

    def __init__(self, directory):
        self.key, self.foreign_key = (os.path.join(directory, name) for name in ("issuer.pem", "foreign.pem"))
        for key in (self.key, self.foreign_key):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        self.tokens = {}

    def key_set(self):
        """Its public keys, as a JWK set."""
        point = openssl("ec", "-in", self.key, "-pubout", "-outform", "DER")[-64:]
        return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.KEY_ID,
                                     "x": base64url(point[:32]), "y": base64url(point[32:])}]})

    def token(self, kind, **claims):
        """A token of this kind; claims that are given stand instead of the usual ones, and None takes one away."""
        key = (kind, *sorted(claims.items()))
        if key not in self.tokens:
            self.tokens[key] = self.make(kind, claims)
        return self.tokens[key]

    def make(self, kind, claims):
        now = int(time.time())
        usual = {"iss": self.ISSUER, "aud": self.AUDIENCE, "sub": "gateways", "azp": "ledger-sync", "org_id": "initech",
                 "scope": "contacts.read invoices.read invoices.write payments.read",
                 "iat": now - 5, "exp": now + self.LIFETIME_SECONDS}
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self.KEY_ID}
        if kind == "expired":
            usual.update(iat=now - 7200, exp=now - 3600)
        elif kind == "for-others":
            usual["aud"] = "somebody-else"
        elif kind == "of-others":
            usual["iss"] = "https://issuer.example"
        elif kind == "of-other-type":
            header["typ"] = "JWT"
        elif kind == "unsigned":
            header["alg"] = "none"
        elif kind not in ("good", "foreign"):
            raise ValueError(f"no such kind of token: {kind}")
        usual.update(claims)
        signed = ".".join(base64url(json.dumps(part).encode())
                          for part in (header, {name: value for name, value in usual.items() if value is not None}))
        if kind == "unsigned":
            return signed + "."
        der = openssl("dgst", "-sha256", "-sign", self.foreign_key if kind == "foreign" else self.key, given=signed.encode())
        return signed + "." + base64url(raw_signature(der))


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def raw_signature(der):
    """R and S of an ECDSA signature, 32 octets each, as a JWT has them."""
    numbers, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        numbers += der[at + 2:at + 2 + size].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + size
    return numbers


# ---- HTTP/1.1, byte by byte

class Message:
    """A request or a response: its first line, its headers in order, its body."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.start = lines[0]
        self.headers = [tuple(part.strip() for part in line.partition(":")[::2]) for line in lines[1:] if line]
        self.body = body

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def __str__(self):
        return "\n".join([self.start, *(f"{name}: {value}" for name, value in self.headers)])


def read_message(stream, is_response, is_head=False):
    """The next message, or None at the end of the stream."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    message = Message(head, b"")
    if is_head or is_response and message.start[9:12] in ("101", "204", "304"):
        return message
    if "chunked" in ",".join(message.all("transfer-encoding")).lower():
        while size := int(stream.readline().split(b";")[0], 16):
            message.body += stream.read(size)
            stream.readline()
        while stream.readline().strip():
            pass
    elif lengths := message.all("content-length"):
        message.body = stream.read(int(lengths[0]))
    elif is_response:
        message.body = stream.read()
    return message


def exchange(port, request, is_head=False):
    """Sends these bytes. Returns the answer, or None, and what came behind it."""
    with socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS_MAX) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            answer, behind = None, b""
            try:
                answer = read_message(stream, is_response=True, is_head=is_head)
                connection.settimeout(BEHIND_SECONDS_MAX)
                behind = stream.read(1) or b""
            except (ConnectionError, TimeoutError, ValueError):
                pass
            return answer, behind


class Recorder:
    """A server that keeps every request it gets. With `Upgrade`, it switches: what comes then is a tunnel, and counted as one."""

    def __init__(self, answer_headers=""):
        self.requests, self.tunnelled, self.lock = [], 0, threading.Lock()
        recorder = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while request := read_message(self.rfile, is_response=False):
                    with recorder.lock:
                        recorder.requests.append(request)
                    if request.all("upgrade"):
                        with recorder.lock:
                            recorder.tunnelled += 1
                        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
                                         + request.all("upgrade")[0].encode() + b"\r\n\r\n")
                        return
                    self.wfile.write(f"HTTP/1.1 200 OK\r\n{answer_headers}Content-Length: 2\r\n\r\n".encode())
                    self.wfile.write(b"" if request.start.startswith("HEAD ") else b"ok")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, request_queue_size = True, 128

            def handle_error(self, request, client_address):
                pass  # A gateway that closes early is no concern of the upstream's.

        self.server = Server((LOOPBACK, 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        """The requests since it was asked last."""
        with self.lock:
            requests, self.requests = self.requests, []
            return requests

    def count(self):
        with self.lock:
            return len(self.requests)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


# ---- Consentry

class GrpcConnection:
    """An HTTP/2 connection to Consentry's gRPC port, for one call at a time."""

    PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
    END_STREAM = ACK = 1
    END_HEADERS = 4
    NO_TABLE = struct.pack(">HI", 1, 0)  # Header names in answers come as they are.

    def __init__(self, port):
        self.authority = f"{LOOPBACK}:{port}"
        self.socket = socket.create_connection((LOOPBACK, port), timeout=START_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream, self.last = self.socket.makefile("rb"), -1
        self.socket.sendall(self.PREFACE + self.made(self.SETTINGS, 0, 0, self.NO_TABLE)
                            + self.made(self.WINDOW, 0, 0, struct.pack(">I", 1 << 30)))

    @staticmethod
    def made(kind, flags, number, payload):
        return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, number) + payload

    def call(self, method, message):
        """Makes a call, which must succeed."""
        self.last += 2
        headers = ((":method", "POST"), (":scheme", "http"), (":path", method), (":authority", self.authority),
                   ("content-type", "application/grpc"), ("te", "trailers"))
        block = b"".join(b"\x10" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
                         for name, value in headers)
        self.socket.sendall(self.made(self.HEADERS, self.END_HEADERS, self.last, block)
                            + self.made(self.DATA, self.END_STREAM, self.last, frame(message)))
        while True:
            head = self.stream.read(9)
            if len(head) < 9:
                raise RuntimeError(f"{method}: the connection was closed")
            size, (kind, flags, number) = int.from_bytes(head[:3], "big"), struct.unpack(">BBI", head[3:])
            payload = self.stream.read(size)
            if kind == self.SETTINGS and not flags & self.ACK:
                self.socket.sendall(self.made(self.SETTINGS, self.ACK, 0, b""))
            elif kind == self.PING and not flags & self.ACK:
                self.socket.sendall(self.made(self.PING, self.ACK, 0, payload))
            elif kind in (self.RESET, self.GOAWAY):
                raise RuntimeError(f"{method}: {payload!r}")
            elif kind == self.HEADERS and flags & self.END_STREAM:
                if b"grpc-status\x010" not in payload:
                    raise RuntimeError(f"{method}: {payload!r}")
                return

    def close(self):
        self.stream.close()
        self.socket.close()


class Writer:
    """Changes what is granted; each method returns when it is acknowledged."""

    MANIFEST_VERSION = 1

    def __init__(self, port):
        self.connection = GrpcConnection(port)

    def grant(self, account, app):
        self.connection.call("/consentry.v1.GrantService/Grant",
                             field(1, account) + field(2, app) + varint(4 << 3) + varint(self.MANIFEST_VERSION)
                             + varint(6 << 3) + varint(True))

    def revoke(self, account, app):
        self.connection.call("/consentry.v1.GrantService/Revoke", field(1, account) + field(2, app))

    def suspend(self, app):
        self.connection.call("/consentry.v1.AppService/SuspendApp", field(1, app))

    def resume(self, app):
        self.connection.call("/consentry.v1.AppService/ResumeApp", field(1, app))

    def close(self):
        self.connection.close()


# ---- processes

class Program:
    """A process whose output goes to a file, in a directory of its own; it is up once its port is."""

    def __init__(self, name, command, directory, port):
        self.name, self.port = name, port
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CONSENTRY_")}
        environment.update(HOME=directory, XDG_CONFIG_HOME=directory, XDG_DATA_HOME=directory)
        self.log = open(os.path.join(directory, f"{name}-{port}.log"), "w+")
        self.process = subprocess.Popen(command, cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)

    def await_port(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.close()
                    sys.exit(f"{self.name} does not serve:\n{self.said()}")
                time.sleep(0.02)

    def said(self):
        self.log.seek(0)
        return self.log.read()[-4000:]

    def signal(self, number):
        self.process.send_signal(number)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Gateway:
    """One of the gateways: its example, and the command that runs it. The port is the one its example has."""

    def __init__(self, name, example, port, command):
        self.name, self.example, self.port, self.command = name, example, port, command

    def start(self, work, text, ports):
        """Starts it with this configuration, in which nothing but these ports is replaced."""
        port = ports[self.port]
        path = os.path.join(work, f"{port}-{self.example}")
        with open(path, "w") as file:
            file.write(with_ports(text, ports))
        # What it writes is its own, what it reads in `data` is there too.
        directory = os.path.join(work, str(port))
        os.makedirs(os.path.join(directory, "data"))
        for shared in os.listdir(os.path.join(work, "data")):
            os.symlink(os.path.join(work, "data", shared), os.path.join(directory, "data", shared))
        return Program(self.name, [part.format(config=path) for part in self.command], directory, port)


def configured(example):
    """An example as it is."""
    with open(os.path.join(EXAMPLES, example)) as file:
        return file.read()


def with_ports(text, ports):
    """The well-known ports replaced, each as a whole number."""
    return re.sub(r"\b(" + "|".join(map(str, ports)) + r")\b", lambda found: str(ports[int(found[0])]), text)


def gateways(work):
    for command, package in (("nginx", "nginx-light"), ("caddy", "caddy")):
        subprocess.run([os.path.join(TOP, ".ci/need"), command, package], check=True)
    envoy = [envoy_command(work), "--concurrency", "1", "--disable-hot-restart", "-l", "warning", "-c", "{config}"]
    return [
        Gateway("envoy", "envoy.yaml", 10000, envoy),
        Gateway("envoy-jwt", "envoy-jwt.yaml", 10001, envoy),
        Gateway("nginx", "nginx.conf", 10002, ["nginx", "-p", ".", "-c", "{config}"]),
        Gateway("caddy", "Caddyfile", 10003, ["caddy", "run", "--adapter", "caddyfile", "--config", "{config}"]),
    ]
