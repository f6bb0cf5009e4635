"""Where clients come from: listeners on IPv4, IPv6 and Unix sockets, and proxies in front that say who the client is (PROXY v2)."""
import os
import socket
import ssl
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, becomes, eventually, log_lines, metric, reason_of, recorded, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire  # noqa: E402
import world  # noqa: E402

BUILD = sys.argv.pop(1)

MORE = '''
proxy_from = ["127.0.0.1"]
[[listener]]
name = "six"
address = "[::1]:{six}"
[[listener]]
name = "local"
address = "unix:{local}"
[[listener]]
name = "local-proxied"
address = "unix:{local}-proxied"
proxy_from = ["unix"]
[[listener]]
name = "tls"
address = "127.0.0.1:{tls}"
proxy_from = ["127.0.0.1", "::1"]
[[listener.certificate]]
chain_file = "tls/cert.pem"
key_file = "tls/key.pem"
'''
RULES = '''
[[rule]]
name = "banned"
effect = "deny"
groups = ["*"]
sources = ["192.0.2.66", "2001:db8:666::/48"]
[[rule]]
name = "office"
effect = "allow"
groups = ["readers"]
sources = ["192.0.2.0/24", "2001:db8::/32"]
paths = ["/office/**"]
origin = "origin"
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers"]
paths = ["/plain/**"]
origin = "origin"
'''
SIGNATURE = b'\r\n\r\n\0\r\nQUIT\n'


def header(body=b'', command=0x21, family=0x11):
    return SIGNATURE + bytes([command, family]) + struct.pack('>H', len(body)) + body


def four(address, port=40000):
    return header(socket.inet_aton(address) + socket.inet_aton('10.0.0.1') + struct.pack('>HH', port, 443))


def six(address, port=40000):
    numbers = socket.inet_pton(socket.AF_INET6, address) + socket.inet_pton(socket.AF_INET6, '::1')
    return header(numbers + struct.pack('>HH', port, 443), family=0x21)


class Listeners(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, rules=RULES, level='info', deadlines='handshake = "5m"')
        cls.six, cls.tls = world.free_port(0), world.free_port(0)
        cls.local = os.path.join(cls.gateway.state, 'client.sock')
        cls.gateway.settings['listener'] = MORE.format(six=cls.six, tls=cls.tls, local=cls.local)
        cls.gateway.world.tool('issuer', 'certificate', '--dir', 'tls', '--name', 'gate.example.org')
        cls.gateway.start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def connect(self, listener='main', source='127.0.0.1'):
        if listener.startswith('local'):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(self.local + listener[5:])
            return Wire(sock)
        if listener == 'six':
            return Wire(socket.create_connection(('::1', self.six), PATIENCE))
        port = self.tls if listener == 'tls' else self.gateway.port
        return Wire(socket.create_connection(('127.0.0.1', port), PATIENCE, source_address=(source, 0)))

    def ask(self, client, path='/plain/x', first=b''):
        client.send(first + self.gateway.request('GET', path))
        return client.message()

    def client_of(self, head):
        request = recorded(self.gateway, head)
        return request['client_address'], request.get('proxy_address'), request['listener']

    def refused(self):
        return metric(self.gateway, 'gatehouse_proxy_headers_refused_total')

    def test_clients_come_over_ipv6_and_unix_sockets(self):
        for listener, address in (('six', '[::1]:'), ('local', 'unix:')):
            with self.subTest(listener), self.connect(listener) as client:
                for _ in range(2):
                    head, body = self.ask(client)
                    self.assertEqual(status_of(head), 200, body)
                seen, proxy, name = self.client_of(head)
                self.assertTrue(seen.startswith(address), seen)
                self.assertEqual((proxy, name), (None, listener))
        self.assertEqual(os.stat(self.local).st_mode & 0o777, 0o660)

    def test_the_proxy_says_who_the_client_is(self):
        unix = header(b'/run/job.sock'.ljust(108, b'\0') + b'/run/gate.sock'.ljust(108, b'\0'), family=0x31)
        for name, first, address in (('IPv4', four('192.0.2.7'), '192.0.2.7:40000'), ('IPv6', six('2001:db8::7'), '[2001:db8::7]:40000'),
                                     ('Unix', unix, 'unix:/run/job.sock')):
            with self.subTest(name), self.connect() as client:
                head, body = self.ask(client, first=first)
                self.assertEqual(status_of(head), 200, body)
                again, _ = self.ask(client)   # the header stands for the whole connection
                for each in (head, again):
                    seen, proxy, _ = self.client_of(each)
                    self.assertEqual(seen, address)
                    self.assertTrue(proxy.startswith('127.0.0.1:'), proxy)
                eventually('logged', lambda: any(line['client'] == address and line['proxy'].startswith('127.0.0.1:')
                                                 for line in log_lines(self.gateway, 'exchange') if 'proxy' in line))

    def test_a_header_of_the_proxy_itself_leaves_the_connections_address(self):
        for name, first in (('LOCAL', header(command=0x20, family=0)), ('LOCAL with addresses', header(b'x' * 12, command=0x20)),
                            ('unknown family', header(b'anything', family=0))):
            with self.subTest(name), self.connect() as client:
                head, body = self.ask(client, first=first)
                self.assertEqual(status_of(head), 200, body)
                self.assertEqual(self.client_of(head)[0], '127.0.0.1:%d' % client.sock.getsockname()[1])

    def test_a_health_check_that_ends_behind_its_header_is_no_fault(self):
        before = self.refused()
        with self.connect() as client:
            client.send(header(command=0x20, family=0))
            client.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(client.until_end(), b'')
        self.assertEqual(self.refused(), before)

    def test_a_header_in_pieces_and_pipelined_requests_behind_it(self):
        first = header(four('192.0.2.7')[16:] + b'\x05\x00\x02id\x04\x01\x00' + b'x' * 256)
        with self.connect() as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in first:
                client.send(bytes([byte]))
            client.send(self.gateway.request('GET', '/plain/1') + self.gateway.request('GET', '/plain/2'))
            for number in (b'1', b'2'):
                head, body = client.message()
                self.assertEqual(status_of(head), 200)
                self.assertIn(b'/plain/' + number, body)
            self.assertEqual(self.client_of(head)[0], '192.0.2.7:40000')

    def test_without_a_good_header_a_proxy_gets_no_answer(self):
        good = four('192.0.2.7')
        for name, first in (('none', b''), ('version 1', b'PROXY TCP4 192.0.2.7 10.0.0.1 40000 443\r\n'),
                            ('signature off by one', good[:11] + b'x' + good[12:]), ('version 3', good[:12] + b'\x31' + good[13:]),
                            ('command 2', good[:12] + b'\x22' + good[13:]), ('datagrams', good[:13] + b'\x12' + good[14:]),
                            ('family 4', good[:13] + b'\x41' + good[14:]), ('shorter than its addresses', header(b'x' * 11)),
                            ('longer than the bound', header(b'x' * 5000)), ('a TLV cut off', header(good[16:] + b'\x05\x00')),
                            ('a wrong checksum', header(good[16:] + b'\x03\x00\x04abcd'))):
            for listener in ('main', 'local-proxied'):
                with self.subTest(name, listener=listener), self.connect(listener) as client:
                    before = self.refused()
                    try:
                        client.send(first + self.gateway.request('GET', '/plain/x'))
                    except (BrokenPipeError, ConnectionResetError):
                        pass
                    self.assertEqual(client.until_end(), b'')
                    eventually('counted', lambda: self.refused() == before + 1)
        eventually('said', lambda: log_lines(self.gateway, 'proxy_header_refused'))

    def test_a_header_that_never_ends_ends_the_connection(self):
        with Gateway(BUILD, listener='proxy_from = ["127.0.0.1"]', deadlines='handshake = "1s"') as gateway:
            with gateway.client() as client:
                client.send(four('192.0.2.7')[:-1])
                self.assertEqual(client.until_end(), b'')
            becomes(lambda: metric(gateway, 'gatehouse_proxy_headers_refused_total'), 1, 'refused')

    def test_from_others_no_header_is_read(self):
        with self.connect(source='127.0.0.2') as client:
            head, body = self.ask(client)
            self.assertEqual(status_of(head), 200, body)
            self.assertTrue(self.client_of(head)[0].startswith('127.0.0.2:'))
        with self.connect(source='127.0.0.2') as client:
            head, body = self.ask(client, first=four('192.0.2.7'))
            self.assertEqual((status_of(head), reason_of(body)[:5]), (400, 'http_'))
        with self.connect('six') as client:
            self.assertEqual(status_of(self.ask(client, first=six('2001:db8::7'))[0]), 400)

    def test_a_second_header_is_the_clients_own_and_refused(self):
        with self.connect() as client:
            head, _ = self.ask(client, first=four('192.0.2.7') + four('192.0.2.8'))
            self.assertEqual(status_of(head), 400)

    def test_before_tls(self):
        settings = ssl.create_default_context(cafile=os.path.join(self.gateway.state, 'tls/cert.pem'))
        for name, together in (('a packet of its own', False), ('with the first of TLS', True)):
            with self.subTest(name):
                plain = self.connect('tls')
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                tls = settings.wrap_bio(incoming, outgoing, server_hostname='gate.example.org')
                first = four('192.0.2.9')
                if not together:
                    plain.send(first)
                    first = b''
                with plain:
                    while True:
                        try:
                            tls.do_handshake()
                            break
                        except ssl.SSLWantReadError:
                            plain.send(first + outgoing.read())
                            first = b''
                            self.assertTrue(plain.more(), 'the gateway hung up')
                            incoming.write(plain.take(len(plain.buffer)))
                    tls.write(self.gateway.request('GET', '/plain/x').replace(b'Host: gate', b'Host: gate.example.org'))
                    plain.send(outgoing.read())
                    got = b''
                    while b'\r\n\r\n' not in got:
                        try:
                            got += tls.read(1 << 16)
                        except ssl.SSLWantReadError:
                            self.assertTrue(plain.more(), 'the gateway hung up')
                            incoming.write(plain.take(len(plain.buffer)))
                    self.assertEqual(status_of(got), 200)
                    seen, proxy, listener = self.client_of(got)
                    self.assertEqual((seen, listener), ('192.0.2.9:40000', 'tls'))

    def test_tls_without_its_header_fails(self):
        settings = ssl.create_default_context(cafile=os.path.join(self.gateway.state, 'tls/cert.pem'))
        before = self.refused()
        with self.connect('tls') as client, self.assertRaises((ssl.SSLError, ConnectionError)):
            settings.wrap_socket(client.sock, server_hostname='gate.example.org')
        eventually('counted', lambda: self.refused() > before)
        with self.connect('tls', '127.0.0.2') as client:   # not a proxy: TLS from the first byte
            tls = settings.wrap_socket(client.sock, server_hostname='gate.example.org')
            self.assertEqual(tls.version(), 'TLSv1.3')
            tls.close()

    def test_rules_ask_where_a_client_comes_from(self):
        for address, first, status, reason in (
                ('192.0.2.7', four('192.0.2.7'), 200, None), ('2001:db8::7', six('2001:db8::7'), 200, None),
                ('198.51.100.1', four('198.51.100.1'), 403, 'policy_no_rule'), ('itself', header(command=0x20), 403, 'policy_no_rule'),
                ('192.0.2.66', four('192.0.2.66'), 403, 'policy_denied'), ('mapped', six('::ffff:192.0.2.66'), 403, 'policy_denied'),
                ('2001:db8:666::1', six('2001:db8:666::1'), 403, 'policy_denied')):
            with self.subTest(address), self.connect() as client:
                head, body = self.ask(client, '/office/x', first=first)
                self.assertEqual(status_of(head), status, body)
                if reason:
                    self.assertEqual(reason_of(body), reason)


if __name__ == '__main__':
    unittest.main()
