"""Origins that misbehave: their answers are held to the same rules as requests, the client gets a whole answer, a reason or a
connection that visibly ends early, and what one caller's answer left behind never reaches another."""
import contextlib
import gzip
import hashlib
import os
import shutil
import signal
import socket
import ssl
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import eventually, metric, reason_of, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire, answer  # noqa: E402

BUILD = sys.argv.pop(1)
JSON = 'Content-Type: application/json'
OK = b'HTTP/1.1 200 OK\r\n'

MALFORMED = {   # name: (bytes, reason)
    'garbage': (b'\x00\x01\x02nonsense\r\n\r\n', 'origin_response'),
    'HTTP/0.9': (b'<html>hello</html>', 'origin_response'),
    'HTTP/2': (b'HTTP/2 200 OK\r\n\r\n', 'origin_response'),
    'status of two digits': (b'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'status 999': (b'HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'length and encoding': (OK + b'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    'encoding and length': (OK + b'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    'two lengths': (OK + b'Content-Length: 3\r\nContent-Length: 3\r\n\r\nxyz', 'origin_response'),
    'unknown encoding': (OK + b'Transfer-Encoding: gzip, chunked\r\n\r\nxyz', 'origin_response'),
    'encoding with 1.0': (b'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    '204 with length': (b'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nxyz', 'origin_response'),
    '204 with encoding': (b'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'origin_response'),
    'space before colon': (OK + b'Content-Length : 3\r\n\r\nxyz', 'origin_response'),
    'folded line': (OK + b'X: a\r\n b\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'bare LF': (OK + b'X: a\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'NUL': (OK + b'X: a\x00\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    '101': (b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'origin_upgrade'),
    'endless 1xx': (b'HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n' * 50, 'origin_response'),
    '304 with a body': (b'HTTP/1.1 304 Not Modified\r\n\r\n' + answer(b'x'), 'origin_response'),
    '1xx with length': (b'HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\nxyz' + answer(b'x'), 'origin_response'),
    'head over the limit': (OK + b'X: ' + b'y' * 40_000 + b'\r\n\r\n', 'origin_head_too_large'),
    'endless head': (OK + b'X: ' + b'y' * 80_000, 'origin_head_too_large'),
    'too many fields': (OK + b'X: y\r\n' * 300 + b'\r\n', 'origin_head_too_large'),
    'closed at once': (b'', 'origin_closed'),
    'closed within the head': (OK + b'X: ', 'origin_closed'),
}

UNMASKABLE = {   # on a masked route
    'partial content': (b'HTTP/1.1 206 Partial Content\r\nContent-Type: application/json\r\nContent-Range: bytes 0-1/9\r\n'
                        b'Content-Length: 2\r\n\r\n{}', 'mask_partial_content'),
    'broken gzip': (answer(gzip.compress(b'{}')[:-3], [JSON, 'Content-Encoding: gzip']), 'mask_content_coding'),
    'gzip that is none': (answer(b'{}', [JSON, 'Content-Encoding: gzip']), 'mask_content_coding'),
    'gzip that nobody says': (answer(gzip.compress(b'{}'), [JSON]), 'mask_content_type'),
    'unknown coding': (answer(b'{}', [JSON, 'Content-Encoding: compress']), 'mask_content_coding'),
    'an image': (answer(b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR' + bytes(40), ['Content-Type: image/png']), 'mask_content_type'),
    'two types': (answer(b'{}', [JSON, 'Content-Type: text/html']), 'mask_content_type'),
    'other charset': (answer(b'{}', [JSON + '; charset=utf-16']), 'mask_content_type'),
    'other charset, spelled for some': (answer(b'{"a":"\xe9"}', [JSON + '; charset =utf-7']), 'mask_uninspectable'),
    'not JSON': (answer(b'{"a": jane@example.org}'), 'mask_uninspectable'),
    'two documents': (answer(b'{}{"a":"jane@example.org"}'), 'mask_uninspectable'),
    'cut off': (OK + b'Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"a":"jane@example.org"', 'origin_truncated'),
    'cut off in a chunk': (OK + b'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"a":"jane@', 'origin_truncated'),
    'bad chunk': (OK + b'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n', 'origin_response'),
}


class Origins(unittest.TestCase):
    def refused(self, gateway, client, request, reply, status, reason):
        """The origin says `reply` and closes; the client is told `reason` and can go on."""
        client.send(request)
        with gateway.origin() as origin:
            origin.message()
            with contextlib.suppress(OSError):   # the gateway may have had enough before the end
                origin.send(reply)
                origin.sock.shutdown(socket.SHUT_WR)
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (status, reason), head)
            self.assertNotIn(b'jane@', client.seen)

    def test_malformed_answers_are_never_relayed(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            for name, (reply, reason) in MALFORMED.items():
                with self.subTest(name):
                    self.refused(gateway, client, gateway.request('GET', '/plain/x'), reply, 502, reason)

    def test_what_cannot_be_masked_is_not_relayed(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            for name, (reply, reason) in UNMASKABLE.items():
                with self.subTest(name):
                    self.refused(gateway, client, gateway.request('POST', '/chunk', b'{"a":1}', [JSON]), reply, 502, reason)

    def test_a_coded_answer_is_masked_and_goes_on_without_its_coding(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            body = gzip.compress(b'{"by":"jane@example.org"}')
            client.send(gateway.request('POST', '/chunk', b'{"a":1}', [JSON]))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(body, [JSON, 'Content-Encoding: gzip']))
                head, got = client.message()
            self.assertEqual(status_of(head), 200)
            self.assertNotIn(b'Content-Encoding', head)
            self.assertNotIn(b'jane@', got)
            self.assertIn(b'redacted', got)

    def test_error_answers_are_masked_too(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('POST', '/chunk', b'{"a":1}', [JSON]))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'{"detail":"jane@example.org"}').replace(b'200 OK', b'500 Oops'))
                head, body = client.message()
            self.assertEqual(status_of(head), 500)
            self.assertNotIn(b'jane@', body)

    def test_an_answer_cut_short_ends_the_connection_visibly(self):
        """What came is relayed, then the connection ends: a client can tell that the rest is missing."""
        for name, head, end, reason in (
                ('length', OK + b'Content-Length: 10\r\n\r\nxyz', b'', 'origin_truncated'),
                ('chunked', OK + b'Transfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n', b'', 'origin_truncated'),
                ('within a chunk', OK + b'Transfer-Encoding: chunked\r\n\r\n9\r\nxyz', b'', 'origin_truncated'),
                ('bad chunk', OK + b'Transfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n', b'zz\r\n', 'origin_response')):
            with self.subTest(name), Gateway(BUILD) as gateway, gateway.client() as client:
                client.send(gateway.request('GET', '/plain/x'))
                with gateway.origin() as origin:
                    origin.message()
                    origin.send(head)
                    got = client.take_through(b'xyz')   # it has this before the end, which may be a reset
                    origin.send(end)
                    origin.sock.shutdown(socket.SHUT_WR)
                    rest = client.until_end()
                self.assertEqual(status_of(got), 200)
                answer_head, _, body = (got + rest).partition(b'\r\n\r\n')
                if b'Content-Length: 10' in answer_head:
                    self.assertEqual(body, b'xyz')
                else:
                    self.assertIn(b'Transfer-Encoding: chunked', answer_head)
                    self.assertIn(body, (b'3\r\nxyz', b'3\r\nxyz\r\n'))   # and no last chunk
                last = gateway.listed()[-1]
                self.assertEqual((last['state'], last['reason'], last['ended_by']), ('closed', reason, 'origin'))

    def test_an_answer_that_ends_with_its_connection_is_relayed_whole(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(OK + b'\r\nxyz')
                origin.sock.shutdown(socket.SHUT_WR)
                head, body = client.message()
                self.assertEqual((status_of(head), body), (200, b'xyz'))
                self.assertIn(b'Transfer-Encoding: chunked', head)
            self.assertEqual((gateway.listed()[-1]['state'], gateway.listed()[-1]['reason']), ('closed', 'none'))

    def test_a_slow_origin_is_given_up(self):
        with Gateway(BUILD, deadlines='answer = "200ms"\nprogress = "5m"') as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (504, 'origin_timeout'))
                self.assertEqual(origin.until_end(), b'')

    def test_an_origin_that_stops_in_its_answer_is_given_up(self):
        with Gateway(BUILD, deadlines='answer = "5m"\nprogress = "200ms"') as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(OK + b'Content-Length: 10\r\n\r\nxyz')
                self.assertTrue(client.until_end().endswith(b'xyz'))

    def test_nobody_there(self):
        closed = socket.socket()   # bound, not listening: nobody answers there, and nobody else takes the port
        self.addCleanup(closed.close)
        closed.bind(('127.0.0.1', 0))
        with Gateway(BUILD, origin='127.0.0.1:%d' % closed.getsockname()[1]) as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (502, 'origin_connect'))

    def test_an_early_answer_is_relayed_and_neither_connection_used_again(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('POST', '/plain/x', fields=['Content-Length: 1000000']) + b'xyz')
            with gateway.origin() as origin:
                origin.take_through(b'xyz')
                origin.send(answer(b'{"enough":1}').replace(b'200 OK', b'413 Enough'))
                head, body = client.message()
                self.assertEqual((status_of(head), body), (413, b'{"enough":1}'))
                self.assertEqual(origin.until_end(), b'')
                self.assertEqual(client.until_end(), b'')


    def test_trailers_of_an_answer_are_dropped(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x', fields=['TE: trailers']))
            with gateway.origin() as origin:
                self.assertNotIn(b'trailers', origin.message()[0].lower())
                origin.send(OK + b'Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n'
                            b'X-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n')
                head, body = client.message()
                self.assertEqual(body, b'xyz')
                client.send(gateway.request('GET', '/plain/y'))   # nothing of them is left in between
                origin.message()
                origin.send(answer(b'next'))
                self.assertEqual(client.message()[1], b'next')
            self.assertNotIn(b'X-Sum', client.seen)
            self.assertNotIn(b'Set-Cookie', client.seen)


class BackPressure(unittest.TestCase):
    SIZE = 48 << 20

    def bound(self, gateway):
        with open(gateway.process.args[0], 'rb') as file:
            checked = b'__asan_init' in file.read()
        return (32 if checked else 8) << 20   # ASan keeps what was freed for a while

    def resident(self, gateway):
        with open(f'/proc/{gateway.process.pid}/status', encoding='ascii') as file:
            fields = dict(line.split(':', 1) for line in file)
        return int(fields['RssAnon'].split()[0]) * 1024   # without the rings and segments, which are files

    def relay(self, gateway, sender, receiver, head):
        """Sends SIZE bytes through the gateway to a receiver that first takes none."""
        block, sent = os.urandom(1 << 20), 0
        before = self.resident(gateway)

        def send():
            nonlocal sent
            while sent < self.SIZE:
                sent += sender.sock.send(block[sent % len(block):])
        sender.send(head)
        sender.sock.settimeout(1)   # so long nothing moves any more: every buffer on the way is full
        with self.assertRaises(socket.timeout):
            send()
        self.assertLess(self.resident(gateway) - before, self.bound(gateway))
        sender.sock.settimeout(PATIENCE)
        rest = threading.Thread(target=send)
        rest.start()
        self.assertIn(b'Content-Length: %d\r\n' % self.SIZE, receiver.take_through(b'\r\n\r\n'))
        got, seen = hashlib.sha256(), 0
        while seen < self.SIZE:
            data = receiver.buffer or receiver.sock.recv(1 << 18)
            receiver.buffer = b''
            self.assertTrue(data, 'ended after %d bytes' % seen)
            got.update(data)
            seen += len(data)
        rest.join()
        self.assertEqual(got.digest(), hashlib.sha256(block * (self.SIZE // len(block))).digest())
        self.assertLess(self.resident(gateway) - before, self.bound(gateway))

    def test_a_reader_that_waits_stops_the_writer_in_both_directions_and_nothing_is_lost(self):
        with Gateway(BUILD, limits='queued_bytes = "256KiB"') as gateway, gateway.client() as client:
            with contextlib.closing(socket.create_connection(('127.0.0.1', gateway.port))):
                pass   # memory that the first connection takes is not of this test
            client.send(gateway.request('GET', '/plain/warm'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'warm'))
                client.message()
                up = gateway.request('POST', '/plain/up', fields=[f'Content-Length: {self.SIZE}'])
                self.relay(gateway, client, origin, up)
                origin.send(answer(b'up'))
                self.assertEqual(client.message()[1], b'up')
                client.send(gateway.request('GET', '/plain/down'))
                origin.message()
                self.relay(gateway, origin, client, OK + b'Content-Length: %d\r\n\r\n' % self.SIZE)


class Reuse(unittest.TestCase):
    def exchange(self, gateway, client, origin, reply):
        client.send(gateway.request('GET', '/plain/x'))
        origin = origin or gateway.origin()
        self.assertTrue(origin.message()[0])
        origin.send(reply)
        return origin, client.message()

    def test_connections_are_kept_and_shared_between_clients(self):
        with Gateway(BUILD) as gateway:
            origin = None
            for i in range(5):
                with gateway.client() as client:
                    origin, (_, body) = self.exchange(gateway, client, origin, answer(b'%d' % i))
                    self.assertEqual(body, b'%d' % i)
            self.assertFalse(gateway.origin_called())
            self.assertEqual(metric(gateway, 'gatehouse_origin_connects_total'), 1)

    def test_bytes_behind_an_answer_never_reach_another_caller(self):
        poison = answer(b'poison')
        for reply in (answer(b'one') + poison, answer(b'one', ['Connection: close']), OK + b'Connection: close\r\n\r\n',
                      OK + b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + poison):
            with self.subTest(reply), Gateway(BUILD) as gateway:
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x'))
                    origin = gateway.origin()
                    origin.message()
                    origin.send(reply)
                    if b'\r\n\r\n' == reply[-4:] and b'Transfer' not in reply:
                        origin.sock.shutdown(socket.SHUT_WR)
                    client.message()
                    self.assertEqual(origin.until_end(), b'')   # not kept
                with gateway.client() as client:
                    second, (_, body) = self.exchange(gateway, client, None, answer(b'two'))
                    self.assertEqual(body, b'two')
                    self.assertNotIn(b'poison', client.seen)
                origin.sock.close()
                second.sock.close()

    def test_bytes_that_come_while_the_connection_is_idle_end_it(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            origin, _ = self.exchange(gateway, client, None, answer(b'one'))
            origin.send(answer(b'poison'))
            self.assertEqual(origin.until_end(), b'')
            _, (_, body) = self.exchange(gateway, client, None, answer(b'two'))
            self.assertEqual(body, b'two')

    def test_an_origin_that_closes_idle_connections(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            for i in range(10):
                origin, (_, body) = self.exchange(gateway, client, None, answer(b'%d' % i))
                self.assertEqual(body, b'%d' % i)
                origin.sock.shutdown(socket.SHUT_WR)
                self.assertEqual(origin.until_end(), b'')
                origin.sock.close()


class Transports(unittest.TestCase):
    def test_unix_socket(self):
        gateway = Gateway(BUILD)
        gateway.listener.close()
        gateway.listener = socket.socket(socket.AF_UNIX)
        path = os.path.join(gateway.state, 'origin.sock')
        gateway.listener.bind(path)
        gateway.listener.listen()
        gateway.settings['origin'] = 'unix:' + path
        with gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                self.assertIn(b'the-origins-own-key', origin.message()[0])
                origin.send(answer(b'here'))
                self.assertEqual(client.message()[1], b'here')

    def tls(self, server_name='origin.internal', trusted='origin-tls'):
        """A gateway whose origin speaks TLS, and what the origin needs to."""
        gateway = Gateway(BUILD, origin_more=f'tls = true\nserver_name = "{server_name}"\ntrust_file = "{trusted}/cert.pem"')
        for folder in ('origin-tls', 'other-tls'):
            gateway.world.tool('issuer', 'certificate', '--dir', folder, '--name', 'origin.internal')
        settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        settings.load_cert_chain(os.path.join(gateway.state, 'origin-tls/cert.pem'), os.path.join(gateway.state, 'origin-tls/key.pem'))
        return gateway, settings

    def test_a_verified_origin(self):
        gateway, settings = self.tls()
        with gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with Wire(settings.wrap_socket(gateway.origin().sock, server_side=True)) as origin:
                for reply in (b'here', b'x' * 200_000):
                    self.assertIn(b'the-origins-own-key', origin.message()[0])
                    origin.send(answer(reply))
                    self.assertEqual(client.message()[1], reply)
                    client.send(gateway.request('GET', '/plain/x'))
                self.assertFalse(gateway.origin_called())

    def test_a_wrong_name_and_an_unknown_issuer_get_neither_request_nor_credential(self):
        for wrong in ({'server_name': 'another.internal'}, {'trusted': 'other-tls'}):
            gateway, settings = self.tls(**wrong)
            with self.subTest(wrong), gateway, gateway.client() as client:
                client.send(gateway.request('GET', '/plain/x'))
                with gateway.origin() as origin, self.assertRaises((ssl.SSLError, OSError)):
                    with settings.wrap_socket(origin.sock, server_side=True) as encrypted:
                        self.assertEqual(encrypted.recv(1000), b'')
                        raise OSError('closed without an alert')
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (502, 'origin_tls'))

    def test_connections_verified_by_authorities_of_yesterday_are_not_used(self):
        gateway, settings = self.tls(trusted='trusted-tls')
        shutil.copytree(gateway.world.path('origin-tls'), gateway.world.path('trusted-tls'))
        with gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with Wire(settings.wrap_socket(gateway.origin().sock, server_side=True)) as origin:
                origin.message()
                origin.send(answer(b'here'))
                self.assertEqual(client.message()[1], b'here')
                published = metric(gateway, 'gatehouse_snapshot_version')
                shutil.copy(gateway.world.path('other-tls/cert.pem'), gateway.world.path('trusted-tls/fresh.pem'))
                os.rename(gateway.world.path('trusted-tls/fresh.pem'), gateway.world.path('trusted-tls/cert.pem'))
                gateway.process.send_signal(signal.SIGHUP)
                eventually('published', lambda: metric(gateway, 'gatehouse_snapshot_version') > published)
                client.send(gateway.request('GET', '/plain/x'))
                with gateway.origin() as again, contextlib.suppress(ssl.SSLError, OSError):
                    settings.wrap_socket(again.sock, server_side=True).recv(1000)
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (502, 'origin_tls'))

    def test_an_end_without_close_notify_is_no_end(self):
        gateway, settings = self.tls()
        with gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            origin = Wire(settings.wrap_socket(gateway.origin().sock, server_side=True))
            origin.message()
            origin.send(OK + b'\r\nxyz')                   # ends with the connection
            client.take_through(b'xyz\r\n')
            origin.sock.shutdown(socket.SHUT_WR)           # FIN alone: anybody on the way could send it
            self.assertEqual(client.until_end(), b'')
            origin.sock.close()
            self.assertEqual((gateway.listed()[-1]['state'], gateway.listed()[-1]['reason']), ('closed', 'origin_truncated'))


if __name__ == '__main__':
    unittest.main()
