"""A gateway of the build under test, with plain sockets as its clients and its origin, all on loopback."""
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), 'tools/lib'))
import world  # noqa: E402
from watch import PATIENCE, settled  # noqa: E402

AUDIENCE = 'urn:gatehouse:test'
ISSUER = 'http://127.0.0.1:1'
CONFINED = os.environ.get('GATEHOUSE_CONFINED') == '1'   # by tools/lib/confined.py: only what Linux 6.1 has, then


def sanitized(program):
    """Whether a sanitizer is in it: what it takes of memory and descriptors is then not the gateway's alone."""
    with open(program, 'rb') as file:
        content = file.read()
    return any(name in content for name in (b'__asan_init', b'__tsan_init'))


CONFIG = '''
[gateway]
workers = {workers}
run_dir = "run"
health_address = "127.0.0.1:{health}"
{gateway_more}
[log]
level = "{level}"
[records]
dir = "records"
ring_dir = "{rings}"
ring_size = "{ring_size}"
segment_size = "{segment_size}"
[deadlines]
{deadlines}
[limits]
{limits}
[[listener]]
name = "main"
address = "127.0.0.1:{port}"
{listener}
[[issuer]]
name = "test"
url = "{issuer}"
audiences = ["{audience}"]
algorithms = ["ES256"]
jwks_file = "keys/jwks.json"
[[origin]]
name = "origin"
address = "{origin}"
host = "origin.internal"
credential_header = "X-Api-Key"
credential_file = "secrets/origin.key"
{origin_more}
[[guard]]
name = "destructive-sql"
patterns = ['\\bdrop\\s+table\\b']
[[mask]]
name = "personal-data"
detectors = ["email", "us_ssn", "payment_card"]
{routes}
{rules}
'''

RULES = '''
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers"]
paths = ["/plain/**"]
origin = "origin"
[[rule]]
name = "chunk"
effect = "allow"
groups = ["readers"]
methods = ["POST"]
paths = ["/chunk"]
origin = "origin"
guards = ["destructive-sql"]
masks = ["personal-data"]
[[rule]]
name = "risky"
effect = "approve"
groups = ["readers"]
methods = ["DELETE"]
paths = ["/collections/*"]
origin = "origin"
'''


class Wire:
    """A socket with a deadline on every wait; `seen` is every byte that came, in order."""

    def __init__(self, sock):
        self.sock, self.buffer, self.seen, self.sent = sock, b'', b'', b''
        self.ended = False
        sock.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sent += data
        self.sock.sendall(data)

    def more(self):
        try:
            data = self.sock.recv(1 << 16)
        except ConnectionResetError:
            data = b''
        if not data:
            self.ended = True
        self.seen += data
        self.buffer += data
        return bool(data)

    def take(self, count):
        while len(self.buffer) < count and self.more():
            pass
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def take_through(self, mark):
        while mark not in self.buffer and self.more():
            pass
        at = self.buffer.find(mark)
        return self.take(len(self.buffer) if at < 0 else at + len(mark))

    def message(self, bodiless=False):
        """One message: (head, body). An independent reading: not the gateway's own parser."""
        head = self.take_through(b'\r\n\r\n')
        fields = {line.split(b':', 1)[0].lower(): line.split(b':', 1)[1].strip()
                  for line in head.split(b'\r\n')[1:] if b':' in line}
        if bodiless or not head:
            return head, b''
        if fields.get(b'transfer-encoding') == b'chunked':
            body = b''
            while True:
                size = int(self.take_through(b'\r\n').split(b';')[0], 16)
                body += self.take(size)
                self.take(2)
                if size == 0:
                    return head, body
        return head, self.take(int(fields.get(b'content-length', b'0')))

    def until_end(self):
        while self.more():
            pass
        data, self.buffer = self.buffer, b''
        return data


class Gateway:
    """Starts `gatehouse serve`; ends what it started. `origin()` accepts the gateway's next connection."""

    def __init__(self, build, config=CONFIG, **settings):
        self.config = config
        self.state = tempfile.mkdtemp(prefix='gatehouse-test-')
        self.rings = tempfile.mkdtemp(prefix='gatehouse-test-', dir='/dev/shm')
        self.world = world.World(self.state, os.path.abspath(build))
        self.process = None
        self.listener = socket.socket()
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(256)
        self.settings = {'workers': 1, 'level': 'warning', 'ring_size': '16MiB', 'segment_size': '64MiB', 'deadlines': '',
                         'limits': '', 'listener': '', 'origin_more': '', 'gateway_more': '', 'routes': '', 'rules': RULES,
                         'origin': '127.0.0.1:%d' % self.listener.getsockname()[1], **settings}
        self.world.tool('issuer', 'keys', '--dir', 'keys')
        self.world.write('secrets/origin.key', 'the-origins-own-key')
        self.readers = self.token('readers')

    def token(self, groups, client='job-7', ttl='3600'):
        return self.world.tool('issuer', 'token', '--key-file', 'keys/key.pem', '--issuer', ISSUER, '--client', client,
                               '--audience', AUDIENCE, '--groups', groups, '--ttl', ttl).out.strip()

    def text(self):
        """The configuration, with ports that nobody uses."""
        self.port, self.health = world.free_port(0), world.free_port(0)
        text = self.config.format(port=self.port, health=self.health, rings=self.rings, issuer=ISSUER, audience=AUDIENCE,
                                  **self.settings)
        if CONFINED and 'ring_off' not in text:
            text = text.replace('[gateway]\n', '[gateway]\nring_off = ["no_sqarray"]\n')
        return text

    def start(self):
        self.world.write('gateway.toml', self.text())
        os.makedirs(os.path.join(self.state, 'logs'), exist_ok=True)
        self.world.start('gatehouse', 'gatehouse', 'serve', '--config', 'gateway.toml')
        self.process = self.world.running[-1][1]
        self.world.ready('gatehouse', self.health, '/readyz')
        return self

    def kill(self):
        """kill -9: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.world.running.clear()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        bad = self.world.stop()
        if kind is not None or bad:
            sys.stderr.write(self.world.log_tail('gatehouse'))
        self.listener.close()
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(self.rings, ignore_errors=True)
        if bad and kind is None:
            raise AssertionError(bad)

    def client(self):
        return Wire(socket.create_connection(('127.0.0.1', self.port), PATIENCE))

    def health_client(self):
        return Wire(socket.create_connection(('127.0.0.1', self.health), PATIENCE))

    def origin(self):
        self.listener.settimeout(PATIENCE)
        return Wire(self.listener.accept()[0])

    def origin_called(self):
        """Whether anybody connected to the origin since the last accept."""
        return bool(select.select([self.listener], [], [], 0)[0])

    def request(self, method, path, body=b'', fields=(), token=None):
        lines = [f'{method} {path} HTTP/1.1', 'Host: gate', f'Authorization: Bearer {token or self.readers}', *fields]
        if body:
            lines.append(f'Content-Length: {len(body)}')
        return ('\r\n'.join(lines) + '\r\n\r\n').encode() + body

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def records(self, *arguments, check=True, now=False):
        """Reads the records once no request runs any more (an answer goes out before its closing record), or as they are `now`."""
        if self.runs() and not now:
            settled(self)
        return self.world.gatehouse('records', *arguments, '--dir', 'records', '--rings', self.rings, check=check)

    def listed(self, now=False):
        return [json.loads(line) for line in self.records('list', '--json', now=now).out.splitlines()]


def nameless_bytes(chance, size):
    """Bytes by chance in which nothing stands behind a name: of a request's `pw=…`, which they hold now and then, records keep asterisks."""
    return chance.randbytes(size).translate(bytes.maketrans(b'=:', b'..'))


def answer(body, fields=('Content-Type: application/json',)):
    return ('HTTP/1.1 200 OK\r\n' + ''.join(f + '\r\n' for f in fields) +
            f'Content-Length: {len(body)}\r\n\r\n').encode() + body


def field(head, name):
    for line in head.split(b'\r\n')[1:]:
        if line.lower().startswith(name.lower().encode() + b':'):
            return line.split(b':', 1)[1].strip().decode()
    return None


class EchoOrigin(threading.Thread):
    """An origin that answers every request on any number of connections until stop()."""

    def __init__(self, gateway, reply):
        super().__init__(daemon=True)
        self.gateway, self.reply, self.stopped = gateway, reply, False
        self.start()

    def run(self):
        self.gateway.listener.settimeout(0.1)
        while not self.stopped:
            try:
                sock = self.gateway.listener.accept()[0]
            except (socket.timeout, OSError):
                continue
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with Wire(sock) as wire:
            try:
                while True:
                    head, body = wire.message()
                    if not head:
                        return
                    wire.send(self.reply(head, body))
            except (OSError, ValueError):   # a request that was cut off
                return

    def stop(self):
        self.stopped = True
        self.join()
