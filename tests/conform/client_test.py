"""Clients that misbehave in time, in size, in order, or by leaving: each is answered or ended with its own reason, the
origin sees only whole and allowed requests, and nothing stays behind."""
import os
import socket
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, at_rest, becomes, descriptors, eventually, metric, reason_of, settled, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire, answer, field  # noqa: E402

BUILD = sys.argv.pop(1)
JSON = 'Content-Type: application/json'


def reset(wire):
    """Closes with RST instead of FIN."""
    wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    wire.sock.close()


def ended(gateway, reason, count=1):
    eventually('%s x %d in the metrics' % (reason, count),
               lambda: metric(gateway, 'gatehouse_exchanges_total{reason="%s"}' % reason) >= count)


class WithOrigin(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, **cls.settings).start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def setUp(self):
        self.origin.asked.clear()

    def refused(self, client, status, reason):
        head, body = client.message()
        self.assertEqual((status_of(head), reason_of(body)), (status, reason), head)
        self.assertEqual(field(head, 'Gatehouse-Exchange-Id').encode() in body, True)
        return head


class Order(WithOrigin):
    def test_pipelined_requests_are_answered_in_order_with_a_refused_one_between(self):
        with self.gateway.client() as client:
            client.send(self.gateway.request('GET', '/plain/1') + self.gateway.request('GET', '/nowhere') +
                        self.gateway.request('POST', '/chunk', b'{"a":"drop table x"}', [JSON]) +
                        self.gateway.request('GET', '/plain/2'))
            got = [client.message() for _ in range(4)]
        self.assertEqual([status_of(head) for head, _ in got], [200, 403, 403, 200])
        self.assertIn(b'/plain/1', got[0][1])
        self.assertEqual([reason_of(body) for _, body in got[1:3]], ['policy_no_rule', 'guard_hit'])
        self.assertIn(b'/plain/2', got[3][1])
        self.assertEqual([head.split(b' ')[1] for head, _ in self.origin.asked], [b'/plain/1', b'/plain/2'])

    def test_a_hundred_pipelined_requests(self):
        with self.gateway.client() as client:
            client.send(b''.join(self.gateway.request('GET', f'/plain/{i}') for i in range(100)))
            for i in range(100):
                self.assertIn(b'/plain/%d ' % i, client.message()[1])

    def test_a_request_inside_a_refused_body_is_never_read_as_one(self):
        hidden = self.gateway.request('GET', '/plain/hidden')
        with self.gateway.client() as client:
            client.send(self.gateway.request('POST', '/nowhere', hidden) + self.gateway.request('GET', '/plain/seen'))
            self.refused(client, 403, 'policy_no_rule')
            self.assertEqual(status_of(client.message()[0]), 200)
        self.assertEqual([head.split(b' ')[1] for head, _ in self.origin.asked], [b'/plain/seen'])

    def test_a_refused_body_too_long_to_drain_closes_the_connection(self):
        with self.gateway.client() as client:
            client.send(self.gateway.request('POST', '/nowhere', fields=['Content-Length: 100000000']))
            self.refused(client, 403, 'policy_no_rule')
            self.assertEqual(client.until_end(), b'')

    def test_byte_by_byte(self):
        with self.gateway.client() as client:
            for byte in self.gateway.request('POST', '/chunk', b'{"a":1}', [JSON]):
                client.send(bytes([byte]))
            self.assertEqual(status_of(client.message()[0]), 200)
        self.assertEqual([body for _, body in self.origin.asked], [b'{"a":1}'])

    def test_http_1_0(self):
        request = self.gateway.request('GET', '/plain/x').replace(b'HTTP/1.1', b'HTTP/1.0')
        with self.gateway.client() as client:
            client.send(request)
            head, body = client.message()
            self.assertEqual(status_of(head), 200)
            self.assertIn(b'/plain/x', body)
            self.assertEqual(client.until_end(), b'')
        with self.gateway.client() as client:
            for _ in range(2):
                client.send(request.replace(b'\r\n\r\n', b'\r\nConnection: keep-alive\r\n\r\n'))
                head, _ = client.message()
                self.assertEqual(field(head, 'Connection'), 'keep-alive')

    def test_connection_close_is_obeyed(self):
        with self.gateway.client() as client:
            client.send(self.gateway.request('GET', '/plain/x', fields=['Connection: close']) + self.gateway.request('GET', '/plain/y'))
            self.assertEqual(field(client.message()[0], 'Connection'), 'close')
            self.assertEqual(client.until_end(), b'')
        self.assertEqual(len(self.origin.asked), 1)

    def test_half_close_still_gets_the_answer(self):
        with self.gateway.client() as client:
            client.send(self.gateway.request('POST', '/plain/x', b'xyz'))
            client.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(status_of(client.message()[0]), 200)
            self.assertEqual(client.until_end(), b'')

    def test_half_close_in_a_head_and_in_a_body(self):
        whole = self.gateway.request('POST', '/chunk', b'{"a":1}', [JSON])
        for cut in (30, len(whole) - 3):
            with self.gateway.client() as client:
                client.send(whole[:cut])
                client.sock.shutdown(socket.SHUT_WR)
                self.refused(client, 400, 'http_truncated')
                self.assertEqual(client.until_end(), b'')
        self.assertEqual(self.origin.asked, [])


class Fields(WithOrigin):
    settings = {'limits': 'head_bytes = "4KiB"\ntarget_bytes = "1KiB"\ninspect_bytes = "64KiB"\nhead_fields = 32'}

    def seen(self, *fields, method='GET', path='/plain/x', body=b''):
        with self.gateway.client() as client:
            client.send(self.gateway.request(method, path, body, fields))
            self.assertEqual(status_of(client.message()[0]), 200)
        return self.origin.asked[-1][0].lower()

    def test_fields_that_claim_who_calls_never_reach_the_origin(self):
        names = ['X-Forwarded-For', 'X_Forwarded_For', 'X-Forwarded-User', 'Forwarded', 'X-Real-IP', 'Gatehouse-Subject',
                 'X-Gatehouse-Groups', 'X-Remote-User', 'Proxy-Authorization', 'X-Original-URL', 'X-Rewrite-URL',
                 'X-HTTP-Method-Override', 'X-API-Key', 'X_Api_Key']
        seen = self.seen(*(name + ': forged-value' for name in names), 'X-Kept: kept-value')
        self.assertNotIn(b'forged-value', seen)
        self.assertIn(b'x-kept: kept-value', seen)
        self.assertEqual(seen.count(b'the-origins-own-key'), 1)
        self.assertNotIn(b'bearer', seen)
        self.assertIn(b'\r\nhost: origin.internal\r\n', seen)

    def test_hop_by_hop_fields_stay_here(self):
        seen = self.seen('Connection: X-Hop, keep-alive', 'X-Hop: hop-value', 'Keep-Alive: timeout=5', 'TE: trailers',
                         'Proxy-Connection: keep-alive', 'X-Kept: kept-value')
        for gone in (b'hop-value', b'keep-alive', b'trailers', b'proxy-connection'):
            self.assertNotIn(gone, seen)
        self.assertIn(b'kept-value', seen)

    def test_sizes_have_their_own_reasons(self):
        for status, reason, request in (
                (431, 'limit_head_bytes', self.gateway.request('GET', '/plain/x', fields=['X-A: ' + 'a' * 5000])),
                (431, 'limit_head_fields', self.gateway.request('GET', '/plain/x', fields=['X-A: a'] * 40)),
                (414, 'limit_target_bytes', self.gateway.request('GET', '/plain/' + 'x' * 2000)),
                (413, 'limit_body_bytes', self.gateway.request('POST', '/chunk', b'"' + b'x' * 70_000 + b'"', [JSON])),
                (413, 'limit_body_bytes', self.gateway.request('POST', '/chunk', fields=[JSON, 'Transfer-Encoding: chunked']) +
                 b'20000\r\n' + b'x' * 0x20000 + b'\r\n0\r\n\r\n')):
            with self.subTest(reason), self.gateway.client() as client:
                client.send(request)
                self.refused(client, status, reason)
        self.assertEqual(self.origin.asked, [])

    def test_an_endless_head_is_refused_before_it_ends(self):
        with self.gateway.client() as client:
            client.send(b'GET /plain/x HTTP/1.1\r\nHost: gate\r\nX-A: ' + b'a' * 10_000)
            self.refused(client, 431, 'limit_head_bytes')
            self.assertEqual(client.until_end(), b'')

    def test_expect_is_answered_only_after_the_token_was_verified(self):
        with self.gateway.client() as client:
            client.send(self.gateway.request('POST', '/chunk', fields=[JSON, 'Expect: 100-continue', 'Content-Length: 7']))
            self.assertEqual(status_of(client.message(bodiless=True)[0]), 100)
            client.send(b'{"a":1}')
            self.assertEqual(status_of(client.message()[0]), 200)
        self.assertNotIn(b'expect', self.origin.asked[-1][0].lower())
        with self.gateway.client() as client:
            client.send(b'POST /chunk HTTP/1.1\r\nHost: gate\r\nExpect: 100-continue\r\nContent-Length: 7\r\n\r\n')
            self.refused(client, 401, 'token_missing')
            self.assertEqual(client.until_end(), b'')   # the body may or may not come
        with self.gateway.client() as client:
            client.send(self.gateway.request('POST', '/chunk', b'{}', ['Expect: 200-ok']))
            self.refused(client, 417, 'http_expect')


class Bodiless(unittest.TestCase):
    def test_head_204_and_304_have_no_body_and_the_connection_lives_on(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            origin = None
            for method, reply in (('HEAD', b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
                                  ('GET', b'HTTP/1.1 204 No Content\r\n\r\n'),
                                  ('GET', b'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'),
                                  ('GET', b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 9\r\n\r\n'),
                                  ('GET', answer(b'hello'))):
                client.send(gateway.request(method, '/plain/x'))
                origin = origin or gateway.origin()
                origin.message()
                origin.send(reply)
                head, body = client.message(bodiless=b'hello' not in reply)
                self.assertEqual(status_of(head), int(reply.split(b' ')[1]))
                self.assertNotIn(b'chunked', head)
                if b' 204 ' in head:   # RFC 9110 section 8.6: never a length, though many services send one of 0
                    self.assertNotIn(b'content-length', head.lower())
            self.assertEqual(body, b'hello')
            self.assertFalse(gateway.origin_called())


class Slow(unittest.TestCase):
    """Only the deadline that is looked at is short, so that a test that is itself held up comes to no other end."""
    DEADLINES = {'head': '5m', 'progress': '5m', 'idle': '5m'}

    def serve(self, **short):
        return Gateway(BUILD, deadlines=''.join(f'{name} = "{limit}"\n' for name, limit in {**self.DEADLINES, **short}.items()))

    def ended_with(self, client, reason):
        head, body = client.message()
        self.assertEqual((status_of(head), reason_of(body)), (408, reason))

    def test_of_a_head(self):
        with self.serve(head='150ms') as gateway:
            for cut in (1, 60):
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x')[:cut])
                    self.ended_with(client, 'deadline_head')
                    self.assertEqual(client.until_end(), b'')

    def test_of_a_body_that_is_looked_at_and_of_one_that_is_passed_on(self):
        with self.serve(progress='200ms') as gateway:
            with gateway.client() as client:
                client.send(gateway.request('POST', '/chunk', fields=[JSON, 'Content-Length: 7']) + b'{"a')
                self.ended_with(client, 'deadline_body')
                self.assertEqual(client.until_end(), b'')
            self.assertFalse(gateway.origin_called())
            with gateway.client() as client:
                client.send(gateway.request('POST', '/plain/x', fields=['Content-Length: 7']) + b'xyz')
                with gateway.origin() as origin:
                    self.ended_with(client, 'deadline_body')
                    self.assertTrue(origin.until_end().endswith(b'xyz'))

    def test_of_an_idle_connection_from_the_start_and_after_a_request(self):
        with self.serve(idle='1s') as gateway:
            with gateway.client() as client:
                self.assertEqual(client.until_end(), b'')
            for _ in range(20):   # a second may pass before the first byte is sent: then it ended as the one above
                with gateway.client() as client:
                    try:
                        client.send(gateway.request('GET', '/nowhere'))
                    except OSError:
                        continue
                    head = client.message()[0]
                    self.assertEqual(client.until_end(), b'')
                if head:
                    break
            self.assertEqual(status_of(head), 403)

    def test_a_head_that_drips_is_not_saved_by_its_progress(self):
        with self.serve(head='300ms') as gateway, gateway.client() as client:
            client.sock.settimeout(0.05)
            request = gateway.request('GET', '/plain/x')
            for sent, byte in enumerate(request):
                try:
                    client.send(bytes([byte]))
                    if client.sock.recv(1, socket.MSG_PEEK):
                        break
                except socket.timeout:
                    continue
                except (BrokenPipeError, ConnectionResetError):
                    break
            client.sock.settimeout(PATIENCE)
            self.assertEqual(reason_of(client.message()[1]), 'deadline_head')
            self.assertLess(sent, len(request) - 1, 'it ended before the head was whole')

    def test_a_reader_that_takes_little_but_steadily_is_not_ended(self):
        """80 KB a second. Left to itself the kernel takes megabytes from the gateway at once, and asks for no more until a third of
        them is gone."""
        self.takes_all(8_000_000, 8)

    def test_nor_while_it_takes_what_is_left_when_the_origin_is_through(self):
        self.takes_all(800_000, 60, limits='queued_bytes = "512KiB"')

    def takes_all(self, size, seconds, limits=''):
        for _ in range(5):
            with Gateway(BUILD, deadlines='progress = "4s"', limits=limits) as gateway, gateway.client() as client:
                client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
                client.send(gateway.request('GET', '/plain/x', fields=['Connection: close']))
                with gateway.origin() as origin:
                    origin.message()
                    sender = threading.Thread(target=self.send_all, args=(origin, b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % size, size))
                    sender.start()
                    got, pause = bytearray(), 0
                    begun = last = time.monotonic()
                    while last < begun + seconds and (piece := client.sock.recv(8192)):
                        got += piece
                        time.sleep(0.1)   # the pace that is tried
                        pause, last = max(pause, time.monotonic() - last), time.monotonic()
                    while piece := client.sock.recv(1 << 20):
                        got += piece
                    sender.join()
                settled(gateway)
                ended = metric(gateway, 'gatehouse_exchanges_total{reason="deadline_client_read"}')
            if pause < 1:   # else this test was held up, and took nothing
                self.assertEqual((len(got.split(b'\r\n\r\n', 1)[1]), ended), (size, 0))
                return
        self.skipTest('held up each time')

    @staticmethod
    def send_all(origin, head, size):
        try:
            origin.send(head + b'x' * size)
        except OSError:
            pass   # the gateway left: what the client got says so

    def test_a_reader_that_takes_nothing_is_ended(self):
        """Both halves have one deadline: whenever this test is held up for a second, it is the origin that comes too late. Then
        it is done again."""
        with Gateway(BUILD, deadlines='progress = "1s"', limits='queued_bytes = "64KiB"') as gateway:
            for _ in range(20):
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x'))
                    with gateway.origin() as origin:
                        origin.message()
                        with self.assertRaises(OSError):   # ended towards the origin too
                            origin.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
                            for _ in range(1000):
                                origin.send(b'x' * 100_000)
                    settled(gateway)
                    if metric(gateway, 'gatehouse_exchanges_total{reason="deadline_client_read"}') == 1:
                        return
            self.fail('it was ended for another reason each time')


class Leaving(unittest.TestCase):
    def test_resets_leave_nothing_behind(self):
        with Gateway(BUILD) as gateway:
            before = at_rest(gateway)
            client = gateway.client()
            client.send(gateway.request('POST', '/plain/x', fields=['Content-Length: 1000']) + b'xyz')
            with gateway.origin() as origin:
                origin.take_through(b'xyz')
                reset(client)
                self.assertEqual(origin.until_end(), b'')   # the origin never takes it for a whole request
            ended(gateway, 'client_closed')
            client = gateway.client()
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nxyz')
                client.take_through(b'xyz')
                reset(client)
                self.assertEqual(origin.until_end(), b'')
            ended(gateway, 'client_closed', 2)
            eventually('no sessions', lambda: metric(gateway, 'gatehouse_sessions') == 0)
            eventually('descriptors as before', lambda: descriptors(gateway) <= before)
            self.assertEqual({each['state'] for each in gateway.listed()}, {'closed'})

    def test_a_storm_of_every_kind_of_leaving(self):
        with Gateway(BUILD) as gateway:
            origin = Recorder(gateway)
            before = at_rest(gateway)
            whole = gateway.request('POST', '/chunk', b'{"a":1}', [JSON])
            for i in range(600):
                client = gateway.client()
                kind = i % 6
                if kind == 1:
                    client.send(whole[:i % len(whole)])
                elif kind in (2, 3):
                    client.send(whole)
                elif kind == 4:
                    client.send(b'nonsense\r\n\r\n')
                elif kind == 5:
                    client.send(whole)
                    client.message()
                (reset if i % 2 else Wire.__exit__)(client)   # __exit__: an ordinary close
            eventually('no sessions', lambda: metric(gateway, 'gatehouse_sessions') == 0)
            eventually('descriptors as before', lambda: descriptors(gateway) <= before)
            settled(gateway)
            buffers = metric(gateway, 'gatehouse_receive_buffers_free')
            with gateway.client() as client:
                client.send(whole)
                self.assertEqual(status_of(client.message()[0]), 200)
            eventually('receive buffers given back', lambda: metric(gateway, 'gatehouse_receive_buffers_free') >= buffers)
            becomes(lambda: metric(gateway, 'gatehouse_collected_body_bytes'), 0, 'bytes of bodies')
            origin.stop()

    def test_a_thousand_idle_connections_do_not_keep_another_out(self):
        with Gateway(BUILD, limits='connections = 1100') as gateway:
            origin = Recorder(gateway)
            before = at_rest(gateway)
            idle = [gateway.client() for _ in range(1000)]
            eventually('all are there', lambda: metric(gateway, 'gatehouse_sessions') == 1000)
            with gateway.client() as client:
                client.send(gateway.request('GET', '/plain/x'))
                self.assertEqual(status_of(client.message()[0]), 200)
            for client in idle:
                client.sock.close()
            eventually('all are gone', lambda: metric(gateway, 'gatehouse_sessions') == 0)
            eventually('descriptors as before', lambda: descriptors(gateway) <= before)
            origin.stop()

    def test_connections_over_the_limit_are_refused_and_refused_ones_that_linger_end_nothing(self):
        """A refused client that does not close keeps its connection for a moment: there must be room for that."""
        with Gateway(BUILD, limits='connections = 4') as gateway:
            origin = Recorder(gateway)
            lingering = []
            for _ in range(300):
                client = gateway.client()
                try:
                    client.send(b'nonsense\r\n\r\n')
                    client.until_end()
                except OSError:
                    pass
                lingering.append(client)
            for client in lingering:
                client.sock.close()

            def served():
                with gateway.client() as client:
                    try:
                        client.send(gateway.request('GET', '/plain/x'))
                        return status_of(client.message()[0]) == 200
                    except OSError:
                        return False
            eventually('a well-behaved client is served again', served)
            origin.stop()


if __name__ == '__main__':
    unittest.main()
