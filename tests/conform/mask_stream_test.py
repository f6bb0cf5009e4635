"""Answers that are masked as they come: nothing waits for the end, nothing grows with the length, nothing is lost on the way.
Usage: mask_stream_test.py BUILD"""
import hashlib
import json
import os
import re
import socket
import statistics
import sys
import threading
import time
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from ends import becomes, eventually, metric  # noqa: E402
from gateway import field, sanitized  # noqa: E402
from guarded import CODINGS, Guarded, brotli_unpacked, head_of, verdict_of, zstd_unpacked  # noqa: E402

BUILD = sys.argv.pop(1)
RULE = '''
[[rule]]
name = "{0}"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/{0}/**"]
{1}
'''
POLICY = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
credential_header = "X-Api-Key"
credential_file = "secrets/origin.key"
[[route]]
name = "strict"
path = "/"
origin = "origin"
[[route]]
name = "patient"
path = "/patient"
origin = "origin"
best_effort = true
[[mask]]
name = "personal-data"
detectors = ["email", "us_ssn", "payment_card"]
[[mask]]
name = "keys"
detectors = ["private_key"]
method = "drop"
''' + ''.join(RULE.format(*each) for each in (
    ('masked', 'masks = ["personal-data"]'), ('patient', 'masks = ["personal-data"]'),
    ('heads', 'masks = ["personal-data"]\nrecord = "heads"'), ('keys', 'masks = ["keys"]'), ('plain', '')))
LIMITS = '[limits]\nqueued_bytes = "{0}"\nmask_streams = {1}\n[deadlines]\nprogress = "{2}"'
SANITIZED = sanitized(os.path.join(BUILD, 'gatehouse'))   # freed memory is kept for a while
NAME, SHOWN = b'jane.roe@example.org', b'[redacted:personal-data]'
PNG = b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR' + bytes(40)
KEY = b'the-origins-own-key'
UNPACK = {'gzip': lambda b: zlib.decompress(b, 31), 'deflate': zlib.decompress, 'br': brotli_unpacked, 'zstd': zstd_unpacked}


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../include/gatehouse/reason.h'), encoding='utf-8') as header:
    REASONS = dict((name, int(code)) for name, code in re.findall(r'X\((\w+), (\d+), ', header.read()))


def event(number):
    return b'id: %d\ndata: {"note":"write to %s, chunk %d"}\n\n' % (number, NAME, number)


def line(number, text=NAME):
    return b'{"n":%d,"by":"%s"}\n' % (number, text)


def chunk(data):
    return b'%x\r\n%s\r\n' % (len(data), data)


def head(kind, *fields, status='200 OK'):
    return '\r\n'.join([f'HTTP/1.1 {status}', f'Content-Type: {kind}', *fields]).encode() + b'\r\n\r\n'


CHUNKED = 'Transfer-Encoding: chunked'
EVENTS, LINES, JSON = 'text/event-stream', 'application/x-ndjson', 'application/json'


class Streams(unittest.TestCase):
    queued, streams, progress = '256KiB', 8, '5m'

    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD, POLICY, limits=LIMITS.format(cls.queued, cls.streams, cls.progress)).start()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.__exit__(None)

    def ask(self, client, path, fields=(), version='1.1'):
        """The origin's end of a request that the client makes now."""
        client.send(head_of('GET', path, self.gateway.jobs, 'any', fields, length=0).replace(b'HTTP/1.1', b'HTTP/' + version.encode()))
        origin = self.gateway.origin()
        origin.message()
        return origin

    def next_chunk(self, client):
        size = int(client.take_through(b'\r\n'), 16)
        data = client.take(size)
        client.take(2)
        return data

    def through(self, path, said, fields=()):
        """(head, body) of the answer to a request to which the origin says `said` and closes."""
        with self.gateway.client() as client, self.ask(client, path, fields) as origin:
            origin.sock.sendall(said, socket.MSG_MORE)   # its end goes with its last bytes, however busy the machine is
            origin.sock.shutdown(socket.SHUT_WR)
            return client.message()

    def shown(self, got):
        return json.loads(self.gateway.records('show', field(got, 'Gatehouse-Exchange-Id'), '--json').out)['records']

    def replay(self, got, part):
        return self.gateway.records('replay', field(got, 'Gatehouse-Exchange-Id'), '--part', part, '--body-only').stdout

    def close_record(self, got):
        eventually('a closing record', lambda: self.shown(got)[-1]['kind'] == 'close')
        return self.shown(got)[-1]['sections']


class Flow(Streams):
    def test_an_event_reaches_the_client_before_the_origin_has_sent_the_next(self):
        for coding, asked in ((None, None), ('gzip', 'br'), ('br', 'gzip'), ('zstd', 'zstd'), (None, 'gzip')):
            with self.subTest(coding), self.gateway.client() as client:
                packer = zlib.compressobj(6, zlib.DEFLATED, 31)
                coded = coding == 'gzip'
                if coding not in (None, 'gzip'):
                    continue   # what flushes an event of a coded stream is in the standard library for gzip alone
                origin = self.ask(client, '/masked/a', [f'Accept-Encoding: {asked}'] if asked else [])
                origin.send(head(EVENTS, CHUNKED, *([f'Content-Encoding: {coding}'] if coding else [])))
                got = client.take_through(b'\r\n\r\n')   # before the first event
                self.assertEqual(field(got, 'Content-Encoding'), asked if coding else None)
                body = b''
                for number in range(5):
                    origin.send(chunk(packer.compress(event(number)) + packer.flush(zlib.Z_SYNC_FLUSH) if coded else event(number)))
                    want = b''.join(event(n) for n in range(number + 1)).replace(NAME, SHOWN)
                    while self.decoded(body, asked if coding else None) != want:
                        data = self.next_chunk(client)
                        self.assertTrue(data)
                        body += data
                origin.send(chunk(packer.flush()) + b'0\r\n\r\n' if coded else b'0\r\n\r\n')
                while data := self.next_chunk(client):
                    body += data
                self.assertEqual(self.decoded(body, asked if coding else None), want)
                self.assertEqual(self.replay(got, 'client-answer'), want)
                self.assertEqual(self.replay(got, 'origin-answer'), want.replace(SHOWN, NAME))
                origin.sock.close()

    @staticmethod
    def decoded(body, coding):
        return body if coding is None else brotli_unpacked(body, whole=False) if coding == 'br' else zlib.decompressobj(31).decompress(body)

    def test_lines_flow_too(self):
        with self.gateway.client() as client, self.ask(client, '/masked/a') as origin:
            origin.send(head(LINES, CHUNKED) + chunk(line(1)))
            got = client.take_through(b'\r\n\r\n')
            body = b''
            while body != line(1).replace(NAME, SHOWN):
                body += self.next_chunk(client)
            origin.send(chunk(line(2)) + b'0\r\n\r\n')
            while data := self.next_chunk(client):
                body += data
            self.assertEqual(body, (line(1) + line(2)).replace(NAME, SHOWN))
            self.assertEqual(self.replay(got, 'origin-answer'), line(1) + line(2))

    def test_to_a_client_of_http_1_0_until_the_end(self):
        with self.gateway.client() as client, self.ask(client, '/masked/a', version='1.0') as origin:
            origin.send(head(LINES, CHUNKED) + chunk(line(1)) + chunk(line(2)) + b'0\r\n\r\n')
            got, body = client.until_end().split(b'\r\n\r\n', 1)
            self.assertEqual(body, (line(1) + line(2)).replace(NAME, SHOWN))
            self.assertIsNone(field(got, 'Transfer-Encoding'))
            self.assertEqual(field(got, 'Connection'), 'close')

    def test_documents_that_came_whole_have_a_length(self):
        for said in (head(JSON, 'Content-Length: %d' % len(line(1))) + line(1), head(JSON, CHUNKED) + chunk(line(1)) + b'0\r\n\r\n',
                     head(JSON, 'Connection: close') + line(1)):
            got, body = self.through('/masked/a', said)
            self.assertEqual((field(got, 'Content-Length'), body), (str(len(body)), line(1).replace(NAME, SHOWN)))

    def test_a_document_that_comes_slowly_flows(self):
        with self.gateway.client() as client, self.ask(client, '/masked/a') as origin:
            becomes(lambda: metric(self.gateway, 'gatehouse_mask_streams'), 0, 'streams before')
            origin.send(head(JSON, CHUNKED) + chunk(b'[' + line(1)))
            becomes(lambda: metric(self.gateway, 'gatehouse_mask_streams'), 1, 'streams')   # it does not wait for the rest any more
            origin.send(chunk(b',' + line(2) + b']') + b'0\r\n\r\n')
            got, body = client.message()
            self.assertEqual((field(got, 'Transfer-Encoding'), body), ('chunked', (b'[%s,%s]' % (line(1), line(2))).replace(NAME, SHOWN)))

    def test_large_documents_keep_every_byte(self):
        rows = [line(n) for n in range(20_000)]
        body = b'[' + b','.join(rows) + b']'
        for said in (head(JSON, f'Content-Length: {len(body)}') + body, head(JSON, CHUNKED) + b''.join(
                chunk(body[at:at + 70_001]) for at in range(0, len(body), 70_001)) + b'0\r\n\r\n', head(JSON, 'Connection: close') + body):
            got, masked = self.through('/masked/a', said)
            self.assertEqual(verdict_of(got, b'')[0], 200)
            self.assertEqual(masked, body.replace(NAME, SHOWN))
            self.assertEqual(self.replay(got, 'client-answer'), masked)
            self.assertEqual(self.replay(got, 'origin-answer'), body)
            records = self.shown(got)
            changes = [each for one in records for each in one.get('changes', [])]
            self.assertEqual(len(changes), 20_000)
            for each in changes[::997]:
                self.assertEqual(body[each['offset']:][:len(NAME)], NAME)
            outcome = next(one['sections'] for one in records if one['kind'] == 'outcome')
            self.assertEqual(outcome['mask_changes'], 20_000)
        self.assertEqual(self.gateway.records('verify').returncode, 0)

    def test_codings_come_off_and_go_on_as_the_client_asks(self):
        plain = b''.join(line(n) for n in range(3000))
        for coding, pack in CODINGS.items():
            for asked in (None, 'identity', 'gzip', 'deflate', 'br', 'zstd', 'br;q=0.1, zstd;q=0.9', 'snappy', '*;q=0'):
                for kind, content in ((LINES, plain), (JSON, b'[' + b','.join(line(n) for n in range(9)) + b']')):
                    with self.subTest(coding=coding, asked=asked, kind=kind):
                        packed = pack(content)
                        got, body = self.through('/masked/a', head(kind, f'Content-Encoding: {coding}', f'Content-Length: {len(packed)}') + packed,
                                                 [f'Accept-Encoding: {asked}'] if asked else [])
                        used = asked if asked in UNPACK else 'zstd' if asked and ',' in asked else None
                        self.assertEqual(field(got, 'Content-Encoding'), used)
                        content_got = UNPACK[used](body) if used else body
                        self.assertEqual(content_got, content.replace(NAME, SHOWN))
                        self.assertEqual(self.replay(got, 'client-answer'), content_got)
                        self.assertEqual(self.replay(got, 'origin-answer'), content)
                        outcome = next(one['sections'] for one in self.shown(got) if one['kind'] == 'outcome')
                        self.assertEqual((outcome['origin_coding'], outcome.get('client_coding')), ([coding], used))
                        closed = self.close_record(got)
                        self.assertEqual((closed['body_digest'], closed['client_body_digest']),
                                         (hashlib.sha256(packed).hexdigest(), hashlib.sha256(body).hexdigest()))


class Cuts(Streams):
    def cut(self, path, said, reason, shut=True):
        """The answer is begun and then cut; the reason is recorded. Returns what the client saw."""
        with self.gateway.client() as client, self.ask(client, path) as origin:
            origin.send(said)
            if shut:
                origin.sock.shutdown(1)
            seen = client.until_end()
            self.assertTrue(seen.startswith(b'HTTP/1.1 200'), seen[:300])
            self.assertFalse(seen.endswith(b'\r\n0\r\n\r\n'))
            self.assertEqual(self.close_record(seen)['reason'], REASONS[reason])
            return seen


class Stopped(Cuts):
    progress = '1s'

    def test_an_origin_that_stops_in_the_middle(self):
        seen = self.cut('/masked/a', head(EVENTS, CHUNKED) + chunk(event(1)), 'origin_timeout', shut=False)
        self.assertNotIn(NAME, seen)


class Faults(Cuts):
    def test_failing_in_the_middle_ends_the_connection_so_that_it_shows(self):
        lines = b''.join(line(n) for n in range(4000))
        for what, more, reason in (('no JSON', b'{"a":' + NAME + b'}\n', 'mask_uninspectable'), ('key twice', b'{"a":1,"a":"%s"}\n' % NAME, 'mask_uninspectable')):
            with self.subTest(what):
                seen = self.cut('/masked/a', head(LINES, CHUNKED) + chunk(lines + more + lines) + b'0\r\n\r\n', reason)
                self.assertNotIn(NAME, seen)
                self.assertIn(SHOWN, seen)
        for what, said, reason in (
                ('truncated', head(LINES, CHUNKED) + chunk(lines), 'origin_truncated'),
                ('bad chunk', head(LINES, CHUNKED) + chunk(lines) + b'zz\r\n', 'origin_response'),
                ('too short', head(LINES, f'Content-Length: {len(lines) + 9}') + lines, 'origin_truncated')):
            with self.subTest(what):
                self.assertNotIn(NAME, self.cut('/masked/a', said, reason))

    def test_before_the_first_byte_it_is_a_refusal(self):
        for said, reason in ((head(LINES, CHUNKED) + chunk(b'{"a":%s}\n' % NAME) + b'0\r\n\r\n', 'mask_uninspectable'),
                             (head('image/png', f'Content-Length: {len(PNG)}') + PNG, 'mask_content_type'),
                             (head(JSON, 'Content-Encoding: gzip', CHUNKED) + chunk(b'{}') + b'0\r\n\r\n', 'mask_content_coding'),
                             (head(JSON, 'Content-Encoding: snappy', CHUNKED) + chunk(b'{}') + b'0\r\n\r\n', 'mask_content_coding')):
            got, body = self.through('/masked/a', said)
            self.assertEqual(verdict_of(got, body), (502, reason))

    def test_a_credential_in_a_stream_never_passes_in_part(self):
        lines = b''.join(line(n) for n in range(4000))
        for spelled in (KEY, KEY[:5] + b'\\u%04x' % KEY[5] + KEY[6:], b''.join(b'\\u%04x' % c for c in KEY)):
            for path in ('/masked/a', '/plain/a'):
                with self.gateway.client() as client, self.ask(client, path) as origin:
                    origin.send(head(LINES, CHUNKED) + chunk(lines) + chunk(b'{"key":"' + spelled[:9]))
                    time.sleep(0.1)
                    origin.send(chunk(spelled[9:] + b'"}\n' + lines) + b'0\r\n\r\n')
                    seen = client.until_end()
                    self.assertEqual(self.close_record(seen)['reason'], REASONS['origin_credential_echo'])
                    self.assertNotIn(spelled[:9], seen)
                    self.assertNotIn(spelled[:9], self.replay(seen, 'client-answer'))

    def test_what_looked_like_the_beginning_of_a_credential_passes(self):
        for path in ('/masked/a', '/plain/a'):
            with self.gateway.client() as client, self.ask(client, path) as origin:
                pieces = [b'{"key":"' + KEY[:5] + b'\\u%04x' % KEY[5], b'\\', b'u00', b'zz' if path == '/plain/a' else b'e9', b'"}\n']
                origin.send(head(LINES, CHUNKED))
                for piece in pieces:
                    origin.send(chunk(piece))
                origin.send(b'0\r\n\r\n')
                self.assertEqual(client.message()[1], b''.join(pieces))

    def test_slices_of_which_nothing_is_left_do_not_pile_up(self):
        """The text ends like the beginning of the credential, then a long key is dropped: nothing decides what is held."""
        body = b'say ' + KEY[:1] + b'-----BEGIN PRIVATE KEY-----\n' + (b'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC' * 2 + b'\n') * 12000
        self.assertEqual(verdict_of(*self.through('/keys/a', head('text/plain', f'Content-Length: {len(body)}') + body)),
                         (502, 'mask_too_large'))

    def test_best_effort_passes_what_cannot_be_read_and_says_so(self):
        for fields, body in (([], PNG), (['Content-Encoding: snappy'], b'\0\1\2snappy')):
            kind = 'application/json' if fields else 'image/png'
            said = head(kind, f'Content-Length: {len(body)}', *fields) + body
            self.assertEqual(verdict_of(*self.through('/masked/a', said))[0], 502)
            got, passed = self.through('/patient/a', said)
            self.assertEqual((verdict_of(got, b'')[0], passed), (200, body))
            self.assertEqual(field(got, 'Content-Encoding'), 'snappy' if fields else None)
            outcome = next(one['sections'] for one in self.shown(got) if one['kind'] == 'outcome')
            self.assertEqual(outcome['mask_skipped'], 1)
        got, passed = self.through('/patient/a', head(JSON, f'Content-Length: {len(line(1))}') + line(1))
        self.assertNotIn(NAME, passed)


class Large(Streams):
    streams = 2

    def rss(self):
        with open(f'/proc/{self.gateway.process.pid}/status', encoding='ascii') as file:
            return next(int(each.split()[1]) for each in file if each.startswith('RssAnon'))

    def say(self, origin, *pieces):
        """The origin says these, as fast as the gateway takes them; counts in self.sent."""
        def run():
            with origin:
                try:
                    origin.sock.settimeout(None)
                    for piece in pieces:
                        origin.sock.sendall(piece)
                        self.sent += len(piece)
                except OSError:
                    pass
        self.sent = 0
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def document(self, size):
        """(head, pieces) of a JSON document of about `size` bytes."""
        row = b'{"by":"%s","note":"%s","n":1},\n' % (NAME, b'chunks of a page that goes on and on ' * 25)
        rows = row * 1100
        count = size // len(rows)
        return head(JSON, f'Content-Length: {1 + count * len(rows) + 2}') + b'[', [rows] * count + [b'0]']

    def drain(self, client):
        """(bytes, hits, peak of memory in KiB) of a chunked answer that is read and forgotten."""
        size, hits, peak, tail = 0, 0, 0, b''
        while True:
            count = int(client.take_through(b'\r\n'), 16)
            data = client.take(count)
            client.take(2)
            client.seen = b''
            if count == 0:
                return size, hits, peak
            whole = tail + data
            hits += whole.count(SHOWN)
            self.assertNotIn(NAME, whole)
            tail = whole[-len(SHOWN) + 1:] if not whole.endswith(SHOWN) else b''
            size += count
            peak = max(peak, self.rss())


class Memory(Large):
    """With short queues: they fill when the client is held up."""

    def test_a_hundred_megabytes_in_as_much_memory_as_one(self):
        peaks = []
        for size in (2 << 20, 100 << 20):
            with self.gateway.client() as client:
                origin = self.ask(client, '/heads/a')
                first, rest = self.document(size)
                self.say(origin, first, *rest)
                client.take_through(b'\r\n\r\n')
                got, hits, peak = self.drain(client)
                self.assertEqual(hits, (len(rest) - 1) * 1100)
                self.assertGreater(got, sum(map(len, rest)))
                peaks.append(peak)
        sys.stderr.write(f'anonymous memory with 2 and with 100 MiB: {peaks} KiB\n')
        self.assertLess(peaks[1] - peaks[0], 256 << 10 if SANITIZED else 4096, peaks)   # KiB: send queues fill further when more comes


class Pace(Large):
    queued = '64MiB'

    def test_as_many_as_may_be_at_once(self):
        with self.gateway.client() as a, self.gateway.client() as b, self.gateway.client() as c:
            begun = [self.ask(client, '/masked/a') for client in (a, b)]
            for origin in begun:
                origin.send(head(EVENTS, CHUNKED) + chunk(event(1)))
            for client in (a, b):
                client.take_through(SHOWN)
            becomes(lambda: metric(self.gateway, 'gatehouse_mask_streams'), 2, 'streams')
            with self.ask(c, '/masked/a') as origin:
                origin.send(head(EVENTS, CHUNKED) + chunk(event(1)))
                self.assertEqual(verdict_of(*c.message()), (503, 'limit_streams'))
            for origin, client in zip(begun, (a, b)):
                origin.send(b'0\r\n\r\n')
                client.take_through(b'\r\n0\r\n\r\n')
                origin.sock.close()
            becomes(lambda: metric(self.gateway, 'gatehouse_mask_streams'), 0, 'streams')
            with self.ask(c, '/masked/a') as origin:
                origin.send(head(EVENTS, CHUNKED) + chunk(event(1)) + b'0\r\n\r\n')
                self.assertEqual(c.message()[1], event(1).replace(NAME, SHOWN))

    def test_a_client_that_does_not_read_stops_the_origin(self):
        with self.gateway.client() as client:
            origin = self.ask(client, '/heads/b')
            first, rest = self.document(100 << 20)
            before = self.rss()
            self.say(origin, first, *rest)
            last = -1
            while self.sent != last:
                last = self.sent
                time.sleep(0.5)
            self.assertLess(self.sent, 90 << 20)
            self.assertLess(self.rss() - before, 256 << 10 if SANITIZED else 80 << 10)   # KiB: limits.queued_bytes is 64 MiB here

    def test_whoever_is_small_does_not_wait_for_whoever_is_large(self):
        """What expands much comes in at once: it is worked on in turns that others share."""
        note = b'chunks of a page that goes on and on ' * 25
        rows = b''.join(b'{"by":"%s","note":"%s","n":"%s"},\n' % (NAME, note, os.urandom(12).hex().encode()) for _ in range(50_000))
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        packed = packer.compress(b'[' + rows + b'0]') + packer.flush()
        for _ in range(5):   # a busy machine holds one of them up by itself: were the large one worked on in one turn, it would be so in each
            took = self.beside(packed)
            if len(took) > 5 and max(took) < sum(took) / 3:
                return
        self.fail(f'one of {len(took)} took most of the time: {took[:20]}')   # in one turn the large one would take nearly all of it

    def beside(self, packed):
        """Seconds of each small one while the large one goes on."""
        with self.gateway.client() as large, self.gateway.client() as small:
            origin = self.ask(large, '/heads/large')
            with self.ask(small, '/heads/small') as kept:
                kept.send(head(JSON, f'Content-Length: {len(line(1))}') + line(1))
                small.message()
                self.say(origin, head(JSON, 'Content-Encoding: gzip', f'Content-Length: {len(packed)}') + packed)
                reader = threading.Thread(target=lambda: (large.take_through(b'\r\n\r\n'), self.drain(large)), daemon=True)
                reader.start()
                took = []
                while reader.is_alive():
                    begun = time.monotonic()
                    small.send(head_of('GET', '/heads/small', self.gateway.jobs, 'any', length=0))
                    kept.message()
                    kept.send(head(JSON, f'Content-Length: {len(line(1))}') + line(1))
                    small.message()
                    took.append(time.monotonic() - begun)
                sys.stderr.write(f'beside it {len(took)} small ones, median {statistics.median(took) * 1000:.1f} ms, longest {max(took) * 1000:.1f} ms\n')
                reader.join()
                return took


if __name__ == '__main__':
    unittest.main()
