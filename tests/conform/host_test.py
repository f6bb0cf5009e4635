"""The gateway on its host: certificates, draining, health, secrets that change, and the people behind the admin socket."""
import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, metric, reason_of, status_of  # noqa: E402
from gateway import Gateway, Wire, answer, field  # noqa: E402

BUILD = sys.argv.pop(1)
LISTENER = '\n'.join(f'[[listener.certificate]]\nchain_file = "{name}/cert.pem"\nkey_file = "{name}/key.pem"' for name in 'ab')


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, listener=LISTENER)
        for name in 'ab':
            cls.gateway.world.tool('issuer', 'certificate', '--dir', name, '--name', name + '.example.org')
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
        sock = socket.create_connection(('127.0.0.1', self.gateway.port), 10)
        return Wire(settings.wrap_socket(sock, server_hostname=name, session=session))

    def ask(self, client, name):
        client.send(self.gateway.request('GET', '/plain/x').replace(b'Host: gate', b'Host: ' + name.encode()))
        return client.message()

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

    def test_host_must_be_the_name_of_the_handshake(self):
        with self.connect(self.trust('a'), 'a.example.org') as client:
            head, body = self.ask(client, 'b.example.org')
            self.assertEqual((status_of(head), reason_of(body)), (421, 'http_misdirected'))

    def test_plain_text_on_a_tls_port_gets_nothing(self):
        with self.gateway.client() as client:
            client.send(self.gateway.request('GET', '/plain/x'))
            self.assertNotIn(b'HTTP', client.until_end())


class Life(unittest.TestCase):
    def test_sigterm_lets_the_running_exchange_finish(self):
        gateway = Gateway(BUILD).start()
        with gateway.client() as client, gateway.client() as idle:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                gateway.process.send_signal(signal.SIGTERM)
                self.assertEqual(idle.until_end(), b'')   # it has begun to drain
                origin.send(answer(b'the last one'))
                head, body = client.message()
                self.assertEqual((status_of(head), body), (200, b'the last one'))
                self.assertEqual(client.until_end(), b'')
            self.assertEqual(gateway.process.wait(20), 0)
        self.assertEqual([each['status'] for each in gateway.listed()], [200])
        gateway.__exit__(None)

    def page(self, gateway, path):
        with urllib.request.urlopen(f'http://127.0.0.1:{gateway.health}{path}', timeout=5) as page:
            return page.status, page.read()

    def test_health_pages(self):
        with Gateway(BUILD) as gateway:
            self.assertEqual(self.page(gateway, '/livez'), (200, b'live\n'))
            status, body = self.page(gateway, '/readyz?verbose')
            self.assertEqual(status, 200)
            for check in (b'[+] config ok', b'[+] workers ok', b'[+] records ok', b'[+] issuer test ok'):
                self.assertIn(check, body)
            with self.assertRaises(urllib.error.HTTPError):
                self.page(gateway, '/nothing')

    @unittest.skipUnless(shutil.which('promtool'), 'promtool is not installed')
    def test_metrics_are_as_promtool_wants_them(self):
        with Gateway(BUILD) as gateway:
            done = subprocess.run(['promtool', 'check', 'metrics'], input=self.page(gateway, '/metrics')[1],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((done.returncode, done.stdout), (0, b''))

    def test_a_changed_credential_is_used_without_a_restart(self):
        with Gateway(BUILD) as gateway:
            origin = Recorder(gateway)
            with gateway.client() as client:
                def key():
                    client.send(gateway.request('GET', '/plain/x'))
                    self.assertEqual(status_of(client.message()[0]), 200)
                    return field(origin.asked[-1][0], 'X-Api-Key')
                self.assertEqual(key(), 'the-origins-own-key')
                gateway.world.write('secrets/fresh.key', 'another-key')
                os.rename(gateway.world.path('secrets/fresh.key'), gateway.world.path('secrets/origin.key'))
                eventually('the new key at the origin', lambda: key() == 'another-key')
            origin.stop()

    def test_a_wrong_configuration_ends_with_78_and_says_where(self):
        with Gateway(BUILD) as gateway:
            with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                text = file.read()
            gateway.world.write('wrong.toml', text.replace('[limits]', '[limits]\nhead_bytes = "1GiB"'))
            line = text.split('[limits]')[0].count('\n') + 2
            for verb in ('serve', 'check'):
                done = gateway.world.gatehouse(verb, '--config', 'wrong.toml', check=False)
                self.assertEqual(done.returncode, 78)
                self.assertRegex(done.out + done.err, rf'wrong\.toml:{line}:\d+')


class People(unittest.TestCase):
    def held(self, gateway):
        """A client whose request is held, and the card of it."""
        client = gateway.client()
        client.send(gateway.request('DELETE', '/collections/x'))
        found = []

        def look():
            found[:] = json.loads(self.approvals(gateway, 'list', '--json').out)
            return found
        eventually('it is held', look)
        return client, found[0]

    def approvals(self, gateway, *words, check=True):
        return gateway.world.gatehouse('approvals', *words, '--config', 'gateway.toml', check=check)

    def test_approved_denied_and_left_alone(self):
        with Gateway(BUILD, deadlines='hold = "1500ms"') as gateway:
            client, card = self.held(gateway)
            self.assertEqual((card['method'], card['path'], card['subject']), ('DELETE', '/collections/x', 'job-7'))
            self.assertFalse(gateway.origin_called())
            self.approvals(gateway, 'approve', card['id'], '--note', 'ticket 1')
            with gateway.origin() as origin:
                self.assertTrue(origin.message()[0].startswith(b'DELETE /collections/x '))
                origin.send(answer(b'gone'))
                self.assertEqual(client.message()[1], b'gone')
            self.assertNotEqual(self.approvals(gateway, 'approve', card['id'], check=False).returncode, 0)   # once
            client.sock.close()
            client, card = self.held(gateway)
            self.approvals(gateway, 'deny', card['id'])
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (403, 'approval_denied'))
            client.sock.close()
            client, card = self.held(gateway)
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (403, 'approval_expired'))
            self.assertNotEqual(self.approvals(gateway, 'approve', card['id'], check=False).returncode, 0)
            client.sock.close()
            self.assertFalse(gateway.origin_called())
            client, card = self.held(gateway)
            client.sock.close()
            eventually('nothing waits', lambda: json.loads(self.approvals(gateway, 'list', '--json').out) == [])
            self.assertFalse(gateway.origin_called())

    def test_the_admin_socket_is_for_its_owner_and_group(self):
        with Gateway(BUILD) as gateway:
            info = os.stat(gateway.world.path('run/admin.sock'))
            self.assertTrue(stat.S_ISSOCK(info.st_mode))
            self.assertEqual(stat.S_IMODE(info.st_mode), 0o660)
            self.assertEqual(stat.S_IMODE(os.stat(gateway.world.path('run')).st_mode), 0o700)


if __name__ == '__main__':
    unittest.main()
