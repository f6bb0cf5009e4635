"""Reasons that a caller can be given, each by its name on real sockets: what ends connections without a request, which limit was hit,
and who is not believed. Usage: reasons_test.py BUILD"""
import contextlib
import gzip
import json
import os
import select
import socket
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, metric, reason_of, signed, status_of  # noqa: E402
from gateway import CONFIG, PATIENCE, RULES, EchoOrigin, Gateway, Wire, answer, field, world  # noqa: E402

BUILD = os.path.abspath(sys.argv.pop(1))
JSON = 'Content-Type: application/json'
RING_STATE = 456   # gatehouse_ring_header.state in record_format.h
TE = 'Transfer-Encoding: chunked'


def crc32c(data):
    value = 0xffffffff
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
    return value ^ 0xffffffff


def told(gateway, data):
    """What a new connection is answered: (status, reason, limit, value, head)."""
    with gateway.client() as client:
        client.send(data)
        head, body = client.message()
    said = json.loads(body)
    return status_of(head), said['reason'], said.get('limit'), said.get('limit_value'), head


def eventually_or_not(condition):
    try:
        eventually('it is so', condition, 5)
    except AssertionError:
        return False
    return True


class Connections(unittest.TestCase):
    """What ends a connection without a request is counted by its reason; who can be told is told."""

    def ended(self, gateway, reason):
        return metric(gateway, f'gatehouse_sessions_ended_total{{reason="{reason}"}}')

    def log(self, gateway, event):
        with open(gateway.world.path('logs/gatehouse.log'), encoding='utf-8') as file:
            return [json.loads(line) for line in file if f'"event":"{event}"' in line]

    def filled(self, gateway, count):
        """So many connections, all let in."""
        clients = []
        for _ in range(count):
            client = gateway.client()
            self.addCleanup(client.sock.close)
            clients.append(client)
        eventually('they are let in', lambda: metric(gateway, 'gatehouse_sessions') == count)
        return clients

    def test_limit_connections_is_said_on_a_plain_listener(self):
        for shape in ('detail', 'problem', 'plain'):
            with self.subTest(shape), Gateway(BUILD, limits='connections = 2', gateway_more=f'refusals = "{shape}"') as gateway:
                self.filled(gateway, 2)
                with gateway.client() as client:   # it has asked nothing, and is told all the same
                    head, body = client.message()
                    self.assertEqual((status_of(head), field(head, 'Connection'), field(head, 'Retry-After')), (503, 'close', '1'))
                    self.assertIsNone(field(head, 'Gatehouse-Exchange-Id'))   # there is no exchange
                    self.assertEqual(client.until_end(), b'')
                if shape == 'plain':
                    lines = body.decode().splitlines()
                    self.assertEqual(lines[1:], ['reason: limit_connections (804)', 'limit: limits.connections = 2'])
                else:
                    said = json.loads(body)
                    self.assertEqual((said['reason'], said['limit'], said['limit_value']), ('limit_connections', 'limits.connections', 2))
                    self.assertNotIn('exchange_id', said)
                    self.assertNotIn('instance', said)
                self.assertEqual(self.ended(gateway, 'limit_connections'), 1)
                eventually('the operator is told', lambda: self.log(gateway, 'client_refused'))
                line = self.log(gateway, 'client_refused')[0]
                self.assertEqual((line['reason'], line['listener']), ('limit_connections', 'main'))

    def test_a_flood_is_counted_and_does_not_flood_the_log(self):
        with Gateway(BUILD, limits='connections = 2') as gateway:
            kept = self.filled(gateway, 2)
            began = time.monotonic()
            for _ in range(200):
                with gateway.client() as client:
                    client.until_end()
            eventually('all are counted', lambda: self.ended(gateway, 'limit_connections') == 200)
            seconds = time.monotonic() - began
            self.assertLessEqual(len(self.log(gateway, 'client_refused')), seconds + 2)   # one a second
            origin = Recorder(gateway)
            kept[0].send(gateway.request('GET', '/plain/x'))   # who is inside notices nothing
            self.assertEqual(status_of(kept[0].message()[0]), 200)
            kept[1].sock.close()

            def let_in():
                with gateway.client() as client:
                    try:
                        client.send(gateway.request('GET', '/plain/x'))
                        return status_of(client.message()[0]) == 200
                    except OSError:
                        return False
            eventually('there is room again', let_in)
            origin.stop()

    def secured(self, **settings):
        gateway = Gateway(BUILD, **settings)
        gateway.world.tool('issuer', 'certificate', '--dir', 'tls', '--name', 'gate.test')
        self.port = world.free_port(0)
        gateway.settings['listener'] = (f'[[listener]]\nname = "tls"\naddress = "127.0.0.1:{self.port}"\n'
                                        '[[listener.certificate]]\nchain_file = "tls/cert.pem"\nkey_file = "tls/key.pem"')
        return gateway

    def connect(self):
        return Wire(socket.create_connection(('127.0.0.1', self.port), PATIENCE))

    def test_limit_connections_just_ends_a_connection_with_tls(self):
        with self.secured(limits='connections = 1') as gateway:
            self.filled(gateway, 1)
            with self.connect() as client:
                self.assertEqual(client.until_end(), b'')
            eventually('it is counted', lambda: self.ended(gateway, 'limit_connections') == 1)

    def test_deadline_handshake(self):
        with self.secured(deadlines='handshake = "200ms"') as gateway:
            for count, sent in enumerate((b'', b'\x16\x03\x01'), 1):
                with self.connect() as client:
                    client.send(sent)
                    self.assertEqual(client.until_end(), b'')
                eventually('it is counted', lambda n=count: self.ended(gateway, 'deadline_handshake') == n)
            self.assertEqual(self.ended(gateway, 'client_tls'), 0)

    def test_client_tls(self):
        with self.secured() as gateway:
            with self.connect() as client:
                client.send(b'GET / HTTP/1.1\r\nHost: gate.test\r\n\r\n')
                client.until_end()
            eventually('it is counted', lambda: self.ended(gateway, 'client_tls') == 1)

    def test_client_idle(self):
        with Gateway(BUILD, deadlines='idle = "200ms"') as gateway, gateway.client() as client:
            self.assertEqual(client.until_end(), b'')
            eventually('it is counted', lambda: self.ended(gateway, 'client_idle') == 1)
            self.assertEqual(self.ended(gateway, 'deadline_handshake'), 0)


class Limits(unittest.TestCase):
    """Which limit was hit is said: its key and its value."""

    def test_body_bytes(self):
        with Gateway(BUILD, limits='body_bytes = "1KiB"') as gateway:
            got = told(gateway, gateway.request('POST', '/plain/x', b'x' * 1025))
            self.assertEqual(got[:4], (413, 'limit_request_bytes', 'limits.body_bytes', '1KiB'))

    def test_body_memory(self):
        with Gateway(BUILD, limits='inspect_bytes = "768KiB"\nbody_memory = "1MiB"\nbody_rate = "0"', deadlines='progress = "10m"') as gateway:
            with gateway.client() as first:
                first.send(gateway.request('POST', '/chunk', fields=[JSON, 'Content-Length: 700000']) + b'"' + b'x' * 600_000)
                eventually('its body is here', lambda: metric(gateway, 'gatehouse_collected_body_bytes') >= 600_000)
                got = told(gateway, gateway.request('POST', '/chunk', fields=[JSON, 'Content-Length: 700000']) + b'"' + b'x' * 600_000)
                self.assertEqual(got[:4], (503, 'limit_memory', 'limits.body_memory', '1MiB'))

    def test_body_rate(self):
        """A byte now and then. Where this test itself was slower than that, it was a body that stood still: once more."""
        with Gateway(BUILD, limits='body_rate = "1MiB"', deadlines='progress = "2s"') as gateway:
            for _ in range(10):
                with gateway.client() as client:
                    client.send(gateway.request('POST', '/chunk', fields=[JSON, 'Content-Length: 100000']))
                    ended = threading.Event()

                    def drip(wire=client, over=ended):
                        while not over.wait(0.02):
                            try:
                                wire.sock.sendall(b'x')
                            except OSError:
                                return
                    thread = threading.Thread(target=drip, daemon=True)
                    thread.start()
                    head, body = client.message()
                    ended.set()
                    thread.join()
                said = json.loads(body)
                if said['reason'] != 'deadline_body':
                    break
            self.assertEqual((status_of(head), said['reason'], said['limit'], said['limit_value']),
                             (408, 'limit_body_rate', 'limits.body_rate', '1MiB'))

    def test_held(self):
        with Gateway(BUILD, limits='held = 1') as gateway, gateway.client() as first:
            first.send(gateway.request('DELETE', '/collections/x'))
            eventually('it is held', lambda: metric(gateway, 'gatehouse_exchanges_held') == 1)
            self.assertEqual(told(gateway, gateway.request('DELETE', '/collections/y'))[:4], (503, 'approval_full', 'limits.held', 1))

    def test_failed_tokens(self):
        with Gateway(BUILD, limits='failed_tokens = 8\nfailed_tokens_connection = 1') as gateway:
            header, body, signature = gateway.readers.split('.')

            def over(number=iter(range(10_000))):
                wrong = f'{header}.{body}.{next(number):04}{signature[4:]}'
                got = told(gateway, gateway.request('GET', '/plain/x', token=wrong))
                self.last = got
                return got[1] == 'token_failures'
            eventually('the budget is used up', over, 60)
            self.assertEqual(self.last[:4], (429, 'token_failures', 'limits.failed_tokens', 8))

    def test_mask_streams(self):
        rules = RULES + '[[rule]]\nname = "events"\neffect = "allow"\ngroups = ["readers"]\npaths = ["/events/**"]\norigin = "origin"\nmasks = ["personal-data"]\n'
        head = b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
        event = b'id: 1\ndata: {"note":"write to jane.roe@example.org, chunk 1"}\n\n'
        begin = head + b'%x\r\n%s\r\n' % (len(event), event)
        with Gateway(BUILD, rules=rules, limits='mask_streams = 1') as gateway, gateway.client() as first:
            first.send(gateway.request('GET', '/events/a'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(begin)
                first.take_through(b'[redacted:personal-data]')
                self.assertEqual(metric(gateway, 'gatehouse_mask_streams'), 1)
                with gateway.client() as second:
                    second.send(gateway.request('GET', '/events/b'))
                    with gateway.origin() as other:
                        other.message()
                        other.send(begin)
                        status, body = second.message()
                said = json.loads(body)
                self.assertEqual((status_of(status), said['reason'], said['limit'], said['limit_value']),
                                 (503, 'limit_streams', 'limits.mask_streams', 1))

    def test_token_size(self):
        with Gateway(BUILD) as gateway:
            for token in ('a' * 16385, gateway.readers + 'a' * 16384):
                got = told(gateway, gateway.request('GET', '/plain/x', token=token))
                self.assertEqual(got[:4], (401, 'token_size', 'fixed.token_bytes', '16KiB'))
            self.assertNotEqual(told(gateway, gateway.request('GET', '/plain/x', token='a' * 16384))[1], 'token_size')

    def test_guard_depth(self):
        with Gateway(BUILD) as gateway:
            got = told(gateway, gateway.request('POST', '/chunk', b'[' * 200 + b']' * 200, [JSON]))
            self.assertEqual(got[:4], (400, 'guard_depth', 'fixed.json_depth', 128))

    def test_guard_bomb(self):
        body = gzip.compress(b'"' + b'x' * 4_000_000 + b'"', 9)
        with Gateway(BUILD) as gateway:
            got = told(gateway, gateway.request('POST', '/chunk', body, [JSON, 'Content-Encoding: gzip']))
            self.assertEqual(got[:4], (413, 'guard_bomb', 'fixed.decoded_ratio', 100))

    def test_origin_head_too_large(self):
        long_head = b'HTTP/1.1 200 OK\r\nX-A: ' + b'a' * 5000 + b'\r\nContent-Length: 0\r\n\r\n'
        many = b'HTTP/1.1 200 OK\r\n' + b'X-A: a\r\n' * 40 + b'Content-Length: 0\r\n\r\n'
        with Gateway(BUILD, limits='head_bytes = "4KiB"\ntarget_bytes = "1KiB"\nhead_fields = 32') as gateway:
            for reply, key, value in ((long_head, 'limits.head_bytes', '4KiB'), (many, 'limits.head_fields', 32)):
                with self.subTest(key), gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x'))
                    with gateway.origin() as origin:
                        origin.message()
                        origin.send(reply)
                        head, body = client.message()
                    said = json.loads(body)
                    self.assertEqual((status_of(head), said['reason'], said['limit'], said['limit_value']),
                                     (502, 'origin_head_too_large', key, value))

    def test_chunk_extensions_and_trailers(self):
        with Gateway(BUILD) as gateway:
            head = gateway.request('POST', '/chunk', fields=[JSON, TE])
            got = told(gateway, head + b'2;a=' + b'b' * 300 + b'\r\n{}\r\n0\r\n\r\n')
            self.assertEqual(got[:4], (400, 'limit_chunk_extensions', 'fixed.chunk_extension_bytes', '256B'))
            self.assertEqual(field(got[4], 'Connection'), 'close')   # nobody knows where the next request begins
            got = told(gateway, head + b'2\r\n{}\r\n0\r\nX-A: ' + b'a' * 9000 + b'\r\n\r\n')
            self.assertEqual(got[:4], (400, 'limit_trailers', 'fixed.trailer_bytes', '8KiB'))
            self.assertEqual(field(got[4], 'Connection'), 'close')


class Busy(unittest.TestCase):
    """What is refused because the gateway cannot look or record just now."""

    def told(self, gateway, data):
        """As told(), where the origin may be asked all the same: it hangs up, then."""
        with gateway.client() as client:
            client.send(data)
            while not select.select([client.sock], [], [], 0.02)[0]:
                if gateway.origin_called():
                    gateway.origin().sock.close()
            head, body = client.message()
        said = json.loads(body)
        return status_of(head), said['reason'], said.get('limit'), said.get('limit_value')

    def test_record_full(self):
        """Bodies of 32 times the ring that are judged at once, and nobody waits: the writer would have to be faster than memory is
        copied."""
        config = CONFIG.replace('[records]', '[records]\non_full = "fail_closed"\ncommit_interval = "1s"')
        rules = RULES.replace('name = "chunk"', 'name = "chunk"\nrecord = "full"')
        body = b'"' + b'x' * (4 << 20) + b'"'
        with Gateway(BUILD, config=config, rules=rules, ring_size='1MiB', segment_size='1MiB') as gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            request = gateway.request('POST', '/chunk', body, [JSON])

            def over():
                with contextlib.ExitStack() as open_now:
                    clients = [open_now.enter_context(gateway.client()) for _ in range(8)]
                    for part in (request[:-1], request[-1:]):
                        for client in clients:
                            client.send(part)
                    answers = [client.message() for client in clients]
                self.refused = [(head, body) for head, body in answers if status_of(head) != 200]
                return self.refused
            eventually('the ring is full', over)
            origin.stop()
            for head, body in self.refused:
                said = json.loads(body)
                self.assertEqual((status_of(head), said['reason'], said['limit']), (503, 'record_full', 'records.ring_size'))

    def test_record_failed(self):
        """The ring says that the disk refuses, as the writer says it. The writer finds that it does not, in milliseconds: a request
        that comes later is passed on, and it is said again."""
        with Gateway(BUILD) as gateway:
            rings = [os.path.join(at, name) for at, _, names in os.walk(gateway.rings) for name in names
                     if os.path.getsize(os.path.join(at, name)) >= 16 << 20]
            self.assertTrue(rings)
            origin = Recorder(gateway)
            refused, passed = [], []

            def refuses():
                for ring in rings:
                    with open(ring, 'r+b') as file:
                        file.seek(RING_STATE)
                        file.write((1).to_bytes(4, sys.byteorder))
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x'))
                    head, body = client.message()
                (passed if status_of(head) == 200 else refused).append((status_of(head), json.loads(body).get('reason')))
                return refused
            eventually('it is refused', refuses)
            origin.stop()
            self.assertEqual(refused, [(503, 'record_failed')])
            self.assertEqual(len(origin.asked), len(passed))   # of the refused one the origin was told nothing
            eventually('the writer has looked', lambda: told(gateway, gateway.request('GET', '/other'))[1] == 'policy_no_rule')

    def test_guard_busy(self):
        """More bodies at once than may be with job threads: each lacks its last byte until all are there."""
        body = json.dumps({'text': [f'select {i} from a where b = {i}' for i in range(8_000)] + ['drop table t']}).encode()   # none goes out
        with Gateway(BUILD, limits='connections = 256\nbody_memory = "1GiB"') as gateway:
            def over():
                clients = [gateway.client() for _ in range(128)]
                for client in clients:
                    client.send(gateway.request('POST', '/chunk', body, [JSON])[:-1])
                for client in clients:
                    client.send(body[-1:])
                found = None
                for client in clients:
                    head, said = client.message()
                    said = json.loads(said)
                    if said['reason'] == 'guard_busy':
                        found = (status_of(head), said['limit'], said['limit_value'])
                    client.sock.close()
                return found
            self.assertEqual(eventually('job threads have enough', over), (503, 'fixed.inspections', 64))

    def test_mask_too_many_changes(self):
        """What was changed must fit one record: half a ring."""
        name = 'x' * 64   # it stands in every replacement
        rules = RULES.replace('name = "chunk"', 'name = "chunk"\nrecord = "masked"').replace('personal-data', name)
        body = json.dumps(['a@b.io'] * 6_500).encode()
        with Gateway(BUILD, config=CONFIG.replace('personal-data', name), rules=rules, ring_size='1MiB') as gateway, gateway.client() as client:
            client.send(gateway.request('POST', '/chunk', b'{}', [JSON]))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(body, ['Content-Type: application/json']))
                head, said = client.message()
            said = json.loads(said)
            self.assertEqual((status_of(head), said['reason'], said['limit']), (502, 'mask_too_many_changes', 'records.ring_size'))


class Callers(unittest.TestCase):
    """Who is not believed, and why."""

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD).start()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.__exit__(None)

    def refused(self, status, reason, path='/plain/x', fields=(), token=None):
        got = told(self.gateway, self.gateway.request('GET', path, fields=fields, token=token))
        self.assertEqual(got[:2], (status, reason))
        return got[4]

    def test_token_not_yet(self):
        self.refused(401, 'token_not_yet', token=signed(self.gateway, nbf=int(time.time()) + 1800))

    def test_token_groups(self):
        for groups in (7, {'a': 1}, [1], [['readers']]):
            self.refused(401, 'token_groups', token=signed(self.gateway, groups=groups))

    def test_token_overage(self):
        claims = {'groups': None, '_claim_names': {'groups': 'src1'}, '_claim_sources': {'src1': {'endpoint': 'https://graph.example'}}}
        self.refused(401, 'token_overage', token=signed(self.gateway, **claims))

    def test_key_unknown(self):
        text = 'ghk_' + 'a' * 16 + '_' + 'A' * 43
        key = text + '%08x' % crc32c(text.encode())
        self.assertEqual(len(key), 72)
        self.refused(401, 'key_unknown', token=key)

    def test_http_query_credential(self):
        for name in ('access_token', 'api_key', 'token'):
            self.refused(400, 'http_query_credential', path=f'/plain/x?{name}=' + urllib.parse.quote(self.gateway.readers))

    def test_guard_query(self):
        for query in ('a=%zz', 'a=%e2%82', 'a=%'):
            got = told(self.gateway, self.gateway.request('POST', '/chunk?' + query, b'{}', [JSON]))
            self.assertEqual(got[:2], (400, 'guard_query'))

    def test_two_credentials_are_an_invalid_request(self):
        """RFC 6750 section 3.1: more than one method for including an access token."""
        head = self.refused(400, 'token_two_sources', fields=['Authorization: Bearer ' + self.gateway.readers])
        self.assertEqual(field(head, 'WWW-Authenticate'), 'Bearer error="invalid_request"')
        head = self.refused(401, 'token_malformed', token='x.y')
        self.assertEqual(field(head, 'WWW-Authenticate'), 'Bearer error="invalid_token"')
        got = told(self.gateway, b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\n')
        self.assertEqual((got[0], field(got[4], 'WWW-Authenticate')), (401, 'Bearer'))

    def test_approval_identity_expired(self):
        """The token ends while its request is held: with a longer life where this test was too slow to show it in time."""
        config = CONFIG.replace('jwks_file', 'leeway = "0s"\njwks_file')
        for life in (3, 10, 30):
            with Gateway(BUILD, config=config, deadlines='hold = "10m"') as gateway, gateway.client() as client:
                ends = int(time.time()) + life
                client.send(gateway.request('DELETE', '/collections/x', token=signed(gateway, exp=ends)))
                held = eventually_or_not(lambda g=gateway: metric(g, 'gatehouse_exchanges_held') == 1)
                if not held:   # it had ended already
                    continue
                card, = json.loads(gateway.world.gatehouse('approvals', 'list', '--json', '--config', 'gateway.toml').out)
                while time.time() < ends + 1:
                    time.sleep(0.05)   # the clock decides
                gateway.world.gatehouse('approvals', 'approve', card['id'], '--config', 'gateway.toml')
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (401, 'approval_identity_expired'))
                return
        self.fail('no token lived long enough')


if __name__ == '__main__':
    unittest.main()
