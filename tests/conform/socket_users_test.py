"""Unix sockets: who may listen where the gateway connects, and who may connect where it listens. What the kernel says of the
process at the other end decides, before the first byte. Usage: socket_users_test.py BUILD"""
import json
import os
import socket
import ssl
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import eventually, metric, reason_of, recorded, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire, answer, field  # noqa: E402

BUILD = os.path.abspath(sys.argv.pop(1))
NOBODY = 65534


class Case(unittest.TestCase):
    def gateway(self, **settings):
        gateway = Gateway(BUILD, **settings)
        self.addCleanup(gateway.listener.close)
        return gateway

    def log(self, gateway, event):
        with open(gateway.world.path('logs/gatehouse.log'), encoding='utf-8') as file:
            return [json.loads(line) for line in file if f'"event":"{event}"' in line]


class Origins(Case):
    """A stranger who binds the path of the service gets neither the credential nor the request, nor even a handshake."""

    def with_origin(self, users=None, listens=None, more=''):
        """A gateway whose origin listens on a Unix socket, under the uid `listens`."""
        gateway = self.gateway(origin_more=more + (f'\npeer_users = {users}' if users else ''))
        path = os.path.join(gateway.state, 'origin.sock')
        gateway.listener.close()
        gateway.listener = socket.socket(socket.AF_UNIX)
        gateway.listener.bind(path)
        os.chmod(path, 0o777)
        if listens is not None:   # the kernel keeps who called listen()
            os.seteuid(listens)
        try:
            gateway.listener.listen(256)
        finally:
            os.seteuid(os.getuid())
        gateway.settings['origin'] = 'unix:' + path
        return gateway

    def ask(self, gateway):
        with gateway.client() as client:
            client.send(gateway.request('POST', '/plain/x', b'what the caller sends'))
            return client.message()

    def refused(self, gateway, uid):
        """Twice, as the address rests after the first time."""
        for _ in range(2):
            head, body = self.ask(gateway)
            self.assertEqual((status_of(head), reason_of(body)), (502, 'origin_owner'))
            with gateway.origin() as stranger:
                self.assertEqual(stranger.until_end(), b'')   # it was connected to, and told nothing
        self.assertEqual(recorded(gateway, head, 'close')['reason'], 610)
        self.assertEqual(metric(gateway, 'gatehouse_exchanges_total{reason="origin_owner"}'), 2)
        eventually('the operator is told', lambda: self.log(gateway, 'origin_refused'))
        line = self.log(gateway, 'origin_refused')[0]
        self.assertEqual((line['reason'], line['origin'], line['uid']), ('origin_owner', 'origin', uid))

    def served(self, gateway):
        with gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                self.assertIn(b'the-origins-own-key', origin.message()[0])
                origin.send(answer(b'here'))
                self.assertEqual(client.message()[1], b'here')

    def test_a_socket_of_a_user_who_is_not_named_gets_not_a_byte(self):
        with self.with_origin(users=json.dumps([str(os.getuid() + 4711)])) as gateway:
            self.refused(gateway, os.getuid())

    def test_nor_a_handshake(self):
        tls = 'tls = true\nserver_name = "origin.internal"\ntrust_file = "origin-tls/cert.pem"'
        gateway = self.with_origin(users=json.dumps([str(os.getuid() + 4711)]), more=tls)
        gateway.world.tool('issuer', 'certificate', '--dir', 'origin-tls', '--name', 'origin.internal')
        with gateway:
            self.refused(gateway, os.getuid())

    def test_a_user_who_is_named_is_served_by_number_and_by_name(self):
        import pwd
        me = pwd.getpwuid(os.getuid()).pw_name
        for users in ([str(os.getuid())], ['4711', me]):
            with self.subTest(users), self.with_origin(users=json.dumps(users)) as gateway:
                self.served(gateway)

    def test_tls_over_the_socket_of_a_user_who_is_named(self):
        tls = 'tls = true\nserver_name = "origin.internal"\ntrust_file = "origin-tls/cert.pem"'
        gateway = self.with_origin(users=json.dumps([str(os.getuid())]), more=tls)
        gateway.world.tool('issuer', 'certificate', '--dir', 'origin-tls', '--name', 'origin.internal')
        settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        settings.load_cert_chain(gateway.world.path('origin-tls/cert.pem'), gateway.world.path('origin-tls/key.pem'))
        with gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with Wire(settings.wrap_socket(gateway.origin().sock, server_side=True)) as origin:
                origin.message()
                origin.send(answer(b'here'))
                self.assertEqual(client.message()[1], b'here')

    def test_by_default_it_is_our_own_user_or_root(self):
        with self.with_origin() as gateway:
            self.served(gateway)

    def test_by_default_another_local_user_is_a_stranger(self):
        if os.getuid() != 0:
            self.skipTest('only root can listen as somebody else')
        with self.with_origin(listens=NOBODY) as gateway:
            self.refused(gateway, NOBODY)

    def test_another_local_user_who_is_named_is_served(self):
        if os.getuid() != 0:
            self.skipTest('only root can listen as somebody else')
        with self.with_origin(users=f'["{NOBODY}"]', listens=NOBODY) as gateway:
            self.served(gateway)

    def test_what_cannot_be_is_an_error_of_the_configuration(self):
        for users, words in (('["nobody-is-called-that"]', "no local user is called 'nobody-is-called-that'"), ('["-1"]', 'no local user'),
                             ('["4294967295"]', 'no local user'), ('["4294967296"]', 'no local user')):
            with self.subTest(users):
                gateway = self.with_origin(users=users)
                gateway.world.write('gateway.toml', gateway.text())
                done = gateway.world.gatehouse('check', '--config', 'gateway.toml', check=False)
                self.assertEqual(done.returncode, 78)
                self.assertIn(words, done.out + done.err)
        gateway = self.gateway(origin_more='peer_users = ["0"]')   # over TCP the kernel does not say
        gateway.world.write('gateway.toml', gateway.text())
        done = gateway.world.gatehouse('check', '--config', 'gateway.toml', check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("'peer_users' without a Unix socket", done.out + done.err)


class Clients(Case):
    def with_listener(self, users=None):
        gateway = self.gateway()
        self.path = os.path.join(gateway.state, 'client.sock')
        gateway.settings['listener'] = f'[[listener]]\nname = "local"\naddress = "unix:{self.path}"\n' + (f'peer_users = {users}\n' if users else '')
        return gateway

    def connect(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE)
        sock.connect(self.path)
        return Wire(sock)

    def test_records_say_which_user_came(self):
        with self.with_listener() as gateway, self.connect() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'here'))
                head, body = client.message()
            self.assertEqual(body, b'here')
            self.assertEqual(recorded(gateway, head)['client_address'], f'unix:uid:{os.getuid()}')

    def test_a_user_who_is_named_is_served(self):
        with self.with_listener(users=f'["{os.getuid()}"]') as gateway, self.connect() as client:
            client.send(b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\n')
            self.assertEqual(reason_of(client.message()[1]), 'token_missing')
            self.assertEqual(metric(gateway, 'gatehouse_sessions_ended_total{reason="client_user"}'), 0)

    def test_another_user_gets_no_answer_and_is_counted_and_told_of(self):
        with self.with_listener(users=f'["{os.getuid() + 4711}"]') as gateway:
            for count in (1, 2):
                with self.connect() as client:
                    try:
                        client.send(b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\n')
                    except OSError:   # it was closed already
                        pass
                    self.assertEqual(client.until_end(), b'')
                eventually('it is counted', lambda n=count: metric(gateway, 'gatehouse_sessions_ended_total{reason="client_user"}') == n)
            eventually('the operator is told', lambda: self.log(gateway, 'client_refused'))
            line = self.log(gateway, 'client_refused')[0]
            self.assertEqual((line['reason'], line['listener'], line['uid']), ('client_user', 'local', os.getuid()))
            with gateway.client() as client:   # other listeners are others
                client.send(b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\n')
                self.assertEqual(field(client.message()[0], 'WWW-Authenticate'), 'Bearer')

    def test_a_user_who_is_taken_out_ends_with_the_next_request(self):
        """A connection that was let in is no right to go on: each request asks the configuration that decides it."""
        with self.with_listener(users=f'["{os.getuid()}", "root"]') as gateway, self.connect() as client, self.connect() as other:
            for wire in (client, other):
                wire.send(b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\n')
                self.assertEqual(reason_of(wire.message()[1]), 'token_missing')
            with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                text = file.read()
            gateway.world.write('gateway.toml', text.replace(f'["{os.getuid()}", "root"]', f'["{os.getuid() + 4711}"]'))
            gateway.world.gatehouse('reload', '--config', 'gateway.toml')
            client.send(gateway.request('GET', '/plain/x'))
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (403, 'client_user'))
            self.assertEqual(client.until_end(), b'')
            self.assertFalse(gateway.origin_called())
            gateway.world.write('gateway.toml', text)
            gateway.world.gatehouse('reload', '--config', 'gateway.toml')
            other.send(b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\n')   # who is named again goes on
            self.assertEqual(reason_of(other.message()[1]), 'token_missing')


if __name__ == '__main__':
    unittest.main()
