"""configs/guards.toml on loopback: a gateway with that policy, an origin that keeps every byte, the ways to ask."""
import base64
import ctypes
import gzip
import json
import os
import re
import socket
import sys
import threading
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gateway import Gateway, Wire, answer, field  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, 'configs/guards.toml')
HEAD = '''
[gateway]
workers = 1
run_dir = "run"
health_address = "127.0.0.1:{health}"
[log]
level = "warning"
[records]
dir = "records"
ring_dir = "{rings}"
ring_size = "{ring_size}"
segment_size = "64MiB"
{limits}
[[listener]]
name = "jobs"
address = "127.0.0.1:{port}"
{listener}
[[issuer]]
name = "test"
url = "{issuer}"
audiences = ["{audience}"]
algorithms = ["ES256"]
jwks_file = "keys/jwks.json"
'''


def policy_of_sample():
    """All of the sample from its first origin on, with origins that are here and take no TLS."""
    with open(SAMPLE, encoding='utf-8') as file:
        text = file.read()
    text = text[text.index('[[origin]]'):].replace('{', '{{').replace('}', '}}')
    text = re.sub(r'(?m)^(tls|server_name|credential_header|credential_file) = .*\n', '', text)
    return re.sub(r'(?m)^address = "10\.20\.0\.(\d+):\d+"', r'address = "127.0.0.\1:{origin_port}"', text)


class Guarded(Gateway):
    """The gateway; `policy` is TOML from the first origin on, as the sample's is when none is given."""

    def __init__(self, build, policy=None, **settings):
        super().__init__(build, HEAD + (policy or policy_of_sample()), **settings)
        self.listener.close()
        self.listener = socket.socket()
        self.listener.bind(('0.0.0.0', 0))
        self.listener.listen(256)
        self.settings['origin_port'] = self.listener.getsockname()[1]
        self.jobs, self.owners = self.token('chunk-jobs'), self.token('schema-owners')


class Keeper(threading.Thread):
    """An origin on any number of connections: keeps (line, body) of what came, answers what `reply` says."""

    def __init__(self, gateway, reply=None):
        super().__init__(daemon=True)
        self.gateway, self.reply, self.stopped, self.came = gateway, reply, False, []
        self.start()

    def run(self):
        self.gateway.listener.settimeout(0.1)
        while not self.stopped:
            try:
                sock = self.gateway.listener.accept()[0]
            except (socket.timeout, OSError):
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with Wire(sock) as wire:
            try:
                while True:
                    head, body = wire.message()
                    if not head:
                        return
                    self.came.append((head.split(b'\r\n')[0].decode('latin-1'), body))
                    wire.send(self.reply(head, body) if self.reply else answer(b'{}'))
            except (OSError, ValueError):
                return

    def stop(self):
        self.stopped = True
        self.join()


def hostname(service):
    return f'Host: {service}.gate.example.org'


def head_of(method, path, token, service, fields=(), token_field='Authorization', length=None):
    proof = f'Bearer {token}' if token_field == 'Authorization' else token
    lines = [f'{method} {path} HTTP/1.1', hostname(service), f'{token_field}: {proof}', *fields]
    lines.append('Transfer-Encoding: chunked' if length is None else f'Content-Length: {length}')
    return ('\r\n'.join(lines) + '\r\n\r\n').encode()


def chunked(body, sizes=None):
    """The body in chunks of these sizes, the rest in one."""
    out, at = [], 0
    for size in [*(sizes or []), len(body)]:
        piece = body[at:at + size]
        at += len(piece)
        if piece:
            out.append(b'%x\r\n%s\r\n' % (len(piece), piece))
    return b''.join(out) + b'0\r\n\r\n'


def deflated(body):
    return zlib.compress(body, 9)


def raw_deflated(body):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def gzipped(body):
    return gzip.compress(body, 9, mtime=0)


def verdict_of(head, body):
    """(status, reason): reason is '' for an answer of the origin."""
    status = int(head.split(b' ')[1])
    return status, json.loads(body)['reason'] if field(head, 'Gatehouse-Reason') or b'"reason"' in body else ''


def brotli_packed(body):
    library = ctypes.CDLL('libbrotlienc.so.1')
    size = ctypes.c_size_t(len(body) + 4096)
    out = ctypes.create_string_buffer(size.value)
    assert library.BrotliEncoderCompress(5, 22, 0, ctypes.c_size_t(len(body)), body, ctypes.byref(size), out) == 1
    return out.raw[:size.value]


def zstd_packed(body):
    library = ctypes.CDLL('libzstd.so.1')
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(body) + 4096)
    size = library.ZSTD_compress(out, ctypes.c_size_t(len(out)), body, ctypes.c_size_t(len(body)), 3)
    return out.raw[:size]


def brotli_unpacked(body, whole=True):
    """What a br stream holds so far."""
    library = ctypes.CDLL('libbrotlidec.so.1')
    library.BrotliDecoderCreateInstance.restype = ctypes.c_void_p
    state = ctypes.c_void_p(library.BrotliDecoderCreateInstance(None, None, None))
    room = ctypes.create_string_buffer(64 << 20)
    left, at = ctypes.c_size_t(len(body)), ctypes.c_char_p(body)
    free, to = ctypes.c_size_t(len(room)), ctypes.c_void_p(ctypes.addressof(room))
    end = library.BrotliDecoderDecompressStream(state, ctypes.byref(left), ctypes.byref(at), ctypes.byref(free), ctypes.byref(to), None)
    library.BrotliDecoderDestroyInstance(state)
    assert end == 1 if whole else end in (1, 2), end
    return room.raw[:len(room) - free.value]


def zstd_unpacked(body):
    library = ctypes.CDLL('libzstd.so.1')
    for name in ('ZSTD_createDStream', 'ZSTD_decompressStream'):
        getattr(library, name).restype = ctypes.c_void_p if name == 'ZSTD_createDStream' else ctypes.c_size_t

    class Buffer(ctypes.Structure):
        _fields_ = [('at', ctypes.c_void_p), ('size', ctypes.c_size_t), ('pos', ctypes.c_size_t)]
    stream, room, data = ctypes.c_void_p(library.ZSTD_createDStream()), ctypes.create_string_buffer(64 << 20), ctypes.create_string_buffer(body, len(body))
    out, into = Buffer(ctypes.addressof(room), len(room), 0), Buffer(ctypes.addressof(data), len(body), 0)
    while into.pos < into.size:
        assert not library.ZSTD_isError(library.ZSTD_decompressStream(stream, ctypes.byref(out), ctypes.byref(into)))
    library.ZSTD_freeDStream(stream)
    return room.raw[:out.pos]


CODINGS = {'gzip': gzipped, 'deflate': deflated, 'br': brotli_packed, 'zstd': zstd_packed}

def parts(subtype, *pieces):
    """(type, body) of a multipart: pieces are (fields, data)."""
    body = b''
    for fields, data in pieces:
        body += b'--cut\r\n' + b''.join(each + b'\r\n' for each in fields) + b'\r\n' + data + b'\r\n'
    return f'multipart/{subtype}; boundary=cut', body + b'--cut--\r\n'


FIELD = b'Content-Disposition: form-data; name="statement"'
FILE = b'Content-Disposition: form-data; name="files"; filename="a.txt"'


def bodies_of_every_form(said):
    """A body of each form in which `said` stands where a service finds it: {what: (type, body)}."""
    document = b'{"a":1,"statement":"%s"}' % said
    return {
        'json': ('application/json', document),
        'json with a byte order mark': ('application/json', b'\xef\xbb\xbf' + document),
        'vendor json': ('application/vnd.elasticsearch+json; compatible-with=9', document),
        'problem json': ('Application/Problem+JSON;charset="UTF-8"', document),
        'ndjson': ('application/x-ndjson', b'{"a":1}\n\n' + document + b'\r\n{}\n'),
        'ndjson without end': ('application/x-ndjson', b'{"a":1}\n' + document),
        'vendor ndjson': ('application/vnd.elasticsearch+x-ndjson; compatible-with=9', b'{}\n' + document + b'\n'),
        'jsonl': ('application/jsonl', document + b'\n{"b":2}\n'),
        'event stream': ('text/event-stream', b'event: a\nid: 7\ndata: {"a":1,\ndata: "statement":"%s"}\n\n' % said),
        'event stream of text': ('text/event-stream', b':hello\n\ndata: %s\r\n\r\n' % said),
        'event stream without end': ('text/event-stream', b'data: %s' % said),
        'csv': ('text/csv', b'id,statement\r\n7,%s\r\n8,x\r\n' % said),
        'csv in quotes': ('text/csv; charset=utf-8', b'id,statement\n7,"%s"\n' % said),
        'tab separated': ('text/tab-separated-values', b'id\tstatement\n7\t%s\n' % said),
        'text': ('text/plain', said),
        'text, charset': ('text/plain; charset=us-ascii', said),
        'form': ('application/x-www-form-urlencoded', b'id=7&statement=' + said.replace(b' ', b'+')),
        'form with escapes': ('application/x-www-form-urlencoded', b'statement=' + b''.join(b'%%%02x' % c for c in said)),
        'form-data': parts('form-data', ([FIELD], said)),
        'form-data, JSON': parts('form-data', ([FILE, b'Content-Type: application/json'], document)),
        'form-data, gzip said': parts('form-data', ([FILE, b'Content-Encoding: gzip'], gzipped(said))),
        'form-data, gzip unsaid': parts('form-data', ([FILE, b'Content-Type: application/octet-stream'], gzipped(document))),
        'form-data, base64': parts('form-data', ([FILE, b'Content-Transfer-Encoding: base64'], base64.encodebytes(said))),
        'form-data, gzip in base64': parts('form-data', ([FILE, b'content-transfer-encoding: BASE64'], base64.b64encode(gzipped(document)))),
        'mixed': parts('mixed', ([b'Content-Type: text/plain'], b'hello'), ([b'Content-Type: application/json'], document)),
        'JSON as text': ('text/plain', document),
        'JSON as bytes': ('application/octet-stream', document),
        'JSON as form': ('application/x-www-form-urlencoded', document),
        'JSON as csv': ('text/csv', document),
        'JSON of no type': (None, document),
        'NDJSON of no type': (None, b'{"a":1}\n' + document + b'\n'),
        'text of no type': (None, said),
    }


# One origin; four routes that differ in what they let pass, and a guard that looks everywhere.
STRICT = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
[[route]]
name = "strict"
path = "/strict"
origin = "origin"
[[route]]
name = "loose"
path = "/loose"
origin = "origin"
duplicates = "allow"
surrogates = "allow"
[[route]]
name = "opaque"
path = "/opaque"
origin = "origin"
opaque_parts = "allow"
[[route]]
name = "bulk"
path = "/bulk"
origin = "origin"
[[guard]]
name = "statements"
patterns = ['\\bdrop\\s+table\\b']
[guard.statements]
commands = ["/**/statement"]
[[guard]]
name = "bulk"
[guard.bulk]
[[rule]]
name = "inspected"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/strict/**", "/loose/**", "/opaque/**"]
origin = "origin"
guards = ["statements"]
[[rule]]
name = "bulk"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/bulk/**"]
origin = "origin"
guards = ["bulk"]
'''
