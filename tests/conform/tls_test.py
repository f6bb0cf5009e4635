"""TLS towards clients: what is spoken, which certificate, what a ticket is good for, and handshakes that never end."""
import contextlib
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, at_rest, becomes, descriptors, eventually, metric, reason_of, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire  # noqa: E402

BUILD = sys.argv.pop(1)
LISTENER = '\n'.join(f'[[listener.certificate]]\nchain_file = "{name}/cert.pem"\nkey_file = "{name}/key.pem"' for name in 'abr')
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data')
HANDSHAKE_SECONDS = 2


class WithCertificates(unittest.TestCase):
    handshake = '5m'   # nobody runs into it who does not want to

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, listener=LISTENER, deadlines=f'handshake = "{cls.handshake}"')
        for name in 'ab':
            cls.gateway.world.tool('issuer', 'certificate', '--dir', name, '--name', name + '.example.org')
        os.mkdir(cls.gateway.world.path('r'))
        for given, name in (('pem', 'cert'), ('key', 'key')):
            shutil.copyfile(f'{DATA}/tls/rsa.{given}', cls.gateway.world.path(f'r/{name}.pem'))
        os.chmod(cls.gateway.world.path('r/key.pem'), 0o600)
        cls.gateway.start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def trust(self, name, version=None):
        settings = ssl.create_default_context(cafile=os.path.join(self.gateway.state, name, 'cert.pem'))
        if version:
            settings.minimum_version = settings.maximum_version = version
        return settings

    def connect(self, settings, name, session=None):
        sock = socket.create_connection(('127.0.0.1', self.gateway.port), PATIENCE)
        return Wire(settings.wrap_socket(sock, server_hostname=name, session=session))

    def ask(self, client, name):
        client.send(self.gateway.request('GET', '/plain/x').replace(b'Host: gate', b'Host: ' + name.encode()))
        return client.message()

    def first_flight(self):
        """The bytes with which a client begins."""
        settings, out = self.trust('a'), ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            settings.wrap_bio(ssl.MemoryBIO(), out, server_hostname='a.example.org').do_handshake()
        return out.read()


class Certificates(WithCertificates):
    def test_the_certificate_is_chosen_by_name_with_both_versions(self):
        for name in 'ab':
            for version, text in ((ssl.TLSVersion.TLSv1_2, 'TLSv1.2'), (ssl.TLSVersion.TLSv1_3, 'TLSv1.3')):
                with self.subTest(name + text), self.connect(self.trust(name, version), name + '.example.org') as client:
                    self.assertEqual(client.sock.version(), text)
                    self.assertEqual(status_of(self.ask(client, name + '.example.org')[0]), 200)

    def test_older_versions_are_refused(self):
        settings = self.trust('a')
        settings.set_ciphers('ALL:@SECLEVEL=0')
        settings.minimum_version = settings.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionResetError)):
            self.connect(settings, 'a.example.org')

    def test_resumption_by_ticket(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            settings = self.trust('a', version)
            with self.connect(settings, 'a.example.org') as client:
                self.ask(client, 'a.example.org')
                self.assertFalse(client.sock.session_reused)
                session = client.sock.session
            before = metric(self.gateway, 'gatehouse_tls_handshakes_total{result="resumed"}')
            with self.connect(settings, 'a.example.org', session) as client:
                self.assertTrue(client.sock.session_reused)
                self.assertEqual(status_of(self.ask(client, 'a.example.org')[0]), 200)
            self.assertEqual(metric(self.gateway, 'gatehouse_tls_handshakes_total{result="resumed"}'), before + 1)

    def test_a_name_that_no_certificate_has_gets_the_first_one(self):
        for name in ('nobody.example.org', None):
            settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            settings.check_hostname, settings.verify_mode = False, ssl.CERT_NONE
            with self.connect(settings, name) as client, open(self.gateway.world.path('a/cert.pem'), encoding='ascii') as file:
                self.assertEqual(client.sock.getpeercert(binary_form=True), ssl.PEM_cert_to_DER_cert(file.read()))

    def openssl(self, *words, data=b''):
        """What `openssl s_client` says, with every old thing allowed that it still knows."""
        done = subprocess.run(['openssl', 's_client', '-connect', f'127.0.0.1:{self.gateway.port}', '-cipher',
                               'ALL:@SECLEVEL=0', *words], input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
        return done.stdout.decode(errors='replace')

    def test_of_tls_1_2_only_ephemeral_keys_and_authenticated_encryption(self):
        # Both kinds of key, so that nothing is refused only because no certificate fits.
        for name, kind in (('a.example.org', 'ECDSA'), ('server.test', 'RSA')):
            for cipher in (f'ECDHE-{kind}-AES128-GCM-SHA256', f'ECDHE-{kind}-AES256-GCM-SHA384', f'ECDHE-{kind}-CHACHA20-POLY1305'):
                with self.subTest(cipher):
                    self.assertIn(f'Cipher is {cipher}', self.openssl('-servername', name, '-tls1_2', '-cipher', cipher))
        for cipher in ('ECDHE-RSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA384', 'AES128-GCM-SHA256',
                       'AES128-SHA', 'DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES128-SHA256', 'ADH-AES128-GCM-SHA256', 'AECDH-AES128-SHA',
                       'NULL-SHA256'):
            with self.subTest(cipher):
                said = self.openssl('-servername', 'server.test', '-tls1_2', '-cipher', cipher + ':@SECLEVEL=0')
                self.assertIn('Cipher is (NONE)', said)
                self.assertIn('alert handshake failure', said)
        for version in ('-tls1_1', '-tls1'):
            with self.subTest(version):
                said = self.openssl('-servername', 'server.test', version)
                self.assertIn('Cipher is (NONE)', said)
                self.assertIn('alert protocol version', said)

    def test_a_client_may_not_renegotiate(self):
        said = self.openssl('-servername', 'server.test', '-tls1_2', data=b'R\n')
        self.assertIn('Cipher is ECDHE-RSA', said)
        self.assertRegex(said, 'no renegotiation|alert|RENEGOTIATING[^$]*error')

    def test_no_ticket_allows_early_data(self):
        session = self.gateway.world.path('session.pem')
        request = self.gateway.world.path('early.txt')
        said = self.openssl('-servername', 'server.test', '-tls1_3', '-sess_out', session, '-ign_eof',
                            data=b'GET /nowhere HTTP/1.1\r\nHost: server.test\r\nConnection: close\r\n\r\n')
        self.assertIn('TLSv1.3', said)
        self.assertNotRegex(said, 'Max Early Data: [1-9]')
        self.assertIn('Max Early Data: 0', said)
        with open(request, 'wb') as file:
            file.write(self.gateway.request('GET', '/plain/early'))
        said = self.openssl('-servername', 'server.test', '-tls1_3', '-sess_in', session, '-early_data', request, data=b'')
        self.assertIn('Reused, TLSv1.3', said)
        self.assertNotIn('Early data was accepted', said)
        self.assertNotIn(b'/plain/early', b''.join(head for head, _ in self.origin.asked))

    def test_clients_that_leave_at_any_moment_leave_nothing_behind(self):
        hello = self.first_flight()
        with self.connect(self.trust('a'), 'a.example.org') as client:
            self.ask(client, 'a.example.org')   # the connection to the origin is there from now on
        before = at_rest(self.gateway)
        for i in range(60):
            kind = i % 6
            if kind < 2:
                client = self.gateway.client()
                client.send(hello[:1 + i * 7 % len(hello)] if kind == 0 else hello)
            else:
                client = self.connect(self.trust('a'), 'a.example.org')
                request = self.gateway.request('GET', '/plain/x').replace(b'Host: gate', b'Host: a.example.org')
                client.send(request if kind == 2 else request[:50])
                if kind == 3:
                    with contextlib.suppress(ssl.SSLError):   # what it is told is not read
                        client.sock.unwrap()    # close_notify first
            if i % 2:   # RST
                client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            client.sock.close()
        eventually('no sessions', lambda: metric(self.gateway, 'gatehouse_sessions') == 0)
        eventually('descriptors as before', lambda: descriptors(self.gateway) <= before)

    def test_host_must_be_the_name_of_the_handshake(self):
        with self.connect(self.trust('a'), 'a.example.org') as client:
            head, body = self.ask(client, 'b.example.org')
            self.assertEqual((status_of(head), reason_of(body)), (421, 'http_misdirected'))
        for host in ('A.example.org', 'a.example.org:8443', 'a.example.org.', 'a.example.org.:8443'):   # handshakes leave final dots out
            with self.connect(self.trust('a'), 'a.example.org') as client:
                self.assertEqual(status_of(self.ask(client, host)[0]), 200, host)

    def test_plain_text_on_a_tls_port_gets_nothing(self):
        with self.gateway.client() as client:
            client.send(self.gateway.request('GET', '/plain/x'))
            self.assertNotIn(b'HTTP', client.until_end())


class Unended(WithCertificates):
    handshake = f'{HANDSHAKE_SECONDS}s'

    def test_a_handshake_that_does_not_end_is_ended(self):
        hello = self.first_flight()
        for name, sent in (('silent', b''), ('one byte', hello[:1]), ('half a hello', hello[:100]), ('no finish', hello)):
            with self.subTest(name):
                began = time.monotonic()
                with self.gateway.client() as client:
                    client.send(sent)
                    got = client.until_end()
                    self.assertTrue(client.ended)
                    self.assertGreater(time.monotonic() - began, HANDSHAKE_SECONDS * 0.8)
                    self.assertNotIn(b'HTTP', got)
        with self.subTest('dripping'), self.gateway.client() as client:   # its progress does not save it
            client.sock.settimeout(0.05)
            for sent, byte in enumerate(hello):
                try:
                    client.sock.send(bytes([byte]))
                    if client.sock.recv(1) == b'':
                        break
                except socket.timeout:
                    continue
                except OSError:
                    break
            self.assertLess(sent, len(hello) - 1, 'it ended before all of it was sent')
        becomes(lambda: metric(self.gateway, 'gatehouse_tls_handshakes_total{result="failed"}'), 5, 'failed')
        becomes(lambda: metric(self.gateway, 'gatehouse_sessions'), 0, 'sessions')


if __name__ == '__main__':
    unittest.main()
