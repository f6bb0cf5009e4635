"""What the security requirements say of the host and the people, a test for each line that a caller, a neighbour on the host or
somebody with a terminal could try."""
import json
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, metric, page, reason_of, settled, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, answer, field  # noqa: E402

BUILD = os.path.abspath(sys.argv.pop(1))
HOSTILE = ('job\x1b[2J', 'job\x1b]0;owned\x07', 'job\u202eexe.sh', 'job\u2066', 'job\x9b31m', 'job\x7f', 'job\nlog line')
MARKUP = '=cmd|\'/C calc\'!A0<script>owned</script>'
# What may not reach a terminal: C0 and C1 controls but the line feed, bidi overrides and isolates, line separators.
UNSAFE = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]')


class Neighbours(unittest.TestCase):
    """A local user must not get past or into it."""

    def serve(self, gateway, **limits):
        gateway.world.write('gateway.toml', gateway.text())
        return subprocess.Popen([os.path.join(BUILD, 'gatehouse'), 'serve', '--config', 'gateway.toml'], cwd=gateway.state,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **limits)

    def refused(self, gateway, words):
        process = self.serve(gateway)
        out = process.communicate(timeout=PATIENCE)[0].decode()
        self.assertNotEqual(process.returncode, 0, out)
        self.assertRegex(out, words)

    def prepared(self):
        gateway = Gateway(BUILD)
        self.addCleanup(gateway.__exit__, None)
        return gateway

    def test_state_folders_are_0700_and_files_0600(self):
        with Gateway(BUILD) as gateway:
            for folder in ('run', 'records', 'state'):
                self.assertEqual(stat.S_IMODE(os.stat(gateway.world.path(folder)).st_mode), 0o700)
            for folder in (gateway.world.path('records'), gateway.world.path('state'), gateway.rings):
                for at, _, names in os.walk(folder):
                    for name in names:
                        try:
                            mode = stat.S_IMODE(os.stat(os.path.join(at, name)).st_mode)
                        except FileNotFoundError:   # a draft that has its name by now
                            continue
                        self.assertEqual(mode & 0o077, 0, name)

    def test_a_state_folder_that_others_may_write_is_refused(self):
        for folder in ('run', 'records', 'state'):
            with self.subTest(folder):
                gateway = self.prepared()
                os.mkdir(gateway.world.path(folder))
                os.chmod(gateway.world.path(folder), 0o777)
                self.refused(gateway, folder)

    def test_a_state_folder_of_somebody_else_is_refused(self):
        if os.getuid() != 0:
            self.skipTest('only root can give a folder away')
        for folder in ('run', 'records', 'state'):
            with self.subTest(folder):
                gateway = self.prepared()
                os.mkdir(gateway.world.path(folder), 0o700)
                os.chown(gateway.world.path(folder), 65534, 65534)
                self.refused(gateway, folder)

    def test_a_state_folder_behind_a_symbolic_link_is_refused(self):
        for folder in ('run', 'records', 'state'):
            with self.subTest(folder):
                gateway = self.prepared()
                os.mkdir(gateway.world.path('elsewhere'), 0o700)
                os.symlink('elsewhere', gateway.world.path(folder))
                self.refused(gateway, folder)
                self.assertEqual(os.listdir(gateway.world.path('elsewhere')), [])

    def test_a_secret_that_others_may_read_is_refused(self):
        gateway = self.prepared()
        os.chmod(gateway.world.path('secrets/origin.key'), 0o644)
        self.refused(gateway, 'origin.key')

    def test_no_core_dump_is_written(self):
        gateway = self.prepared()
        process = self.serve(gateway, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
        gateway.world.running.append(('gatehouse', process))
        gateway.world.ready('gatehouse', gateway.health, '/readyz')
        gateway.world.running.pop()
        process.send_signal(signal.SIGABRT)
        status = os.waitpid(process.pid, 0)[1]
        process.returncode = -signal.SIGABRT
        process.stdout.close()
        self.assertTrue(os.WIFSIGNALED(status))
        self.assertFalse(os.WCOREDUMP(status))

    def test_the_program_is_hardened(self):
        program = os.path.join(BUILD, 'gatehouse')
        with open(program, 'rb') as file:
            if b'__asan_init' in file.read():
                self.skipTest('a sanitizer build')
        read = subprocess.run(['readelf', '-hldW', '--dyn-syms', program], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.assertRegex(read, r'Type:\s+DYN')
        self.assertIn('GNU_RELRO', read)
        self.assertRegex(read, r'\bNOW\b')
        self.assertRegex(read, r'__\w+_chk@')       # FORTIFY
        self.assertIn('__stack_chk_fail', read)

    def test_the_ring_is_restricted_to_the_operations_used(self):
        done = subprocess.run([os.path.join(BUILD, 'gatehouse'), 'version'], check=True, stdout=subprocess.PIPE, text=True)
        self.assertIn('restricted', done.stdout)

    def test_a_credential_over_plain_tcp_beyond_loopback_is_a_load_error_and_on_loopback_a_warning(self):
        gateway = self.prepared()
        for address, code, words in (('192.0.2.7:80', 78, 'error.*\n.*\n.*'), (gateway.settings['origin'], 0, 'warning')):
            gateway.settings['origin'] = address
            gateway.world.write('gateway.toml', gateway.text())
            done = gateway.world.gatehouse('check', '--config', 'gateway.toml', check=False)
            self.assertEqual(done.returncode, code)
            self.assertRegex(done.out + done.err, words)
            self.assertRegex(done.out + done.err, 'credential of origin .* in clear')

    def test_nothing_that_must_not_be_reached_from_elsewhere_listens_there(self):
        gateway = self.prepared()
        text = gateway.text()
        for old, new in ((f'health_address = "127.0.0.1:{gateway.health}"', 'health_address = "0.0.0.0:9900"'),
                         (f'address = "127.0.0.1:{gateway.port}"', 'address = "0.0.0.0:8080"'),
                         ('jwks_file = "keys/jwks.json"', 'jwks_url = "http://idp.example.org/keys"')):
            with self.subTest(new):
                self.assertIn(old, text)
                gateway.world.write('gateway.toml', text.replace(old, new))
                self.assertEqual(gateway.world.gatehouse('check', '--config', 'gateway.toml', check=False).returncode, 78)


class People(unittest.TestCase):
    def test_admin_changes_only_over_a_unix_socket_with_peer_credentials(self):
        with Gateway(BUILD) as gateway:
            info = os.stat(gateway.world.path('run/admin.sock'))
            self.assertTrue(stat.S_ISSOCK(info.st_mode))
            self.assertEqual(stat.S_IMODE(info.st_mode), 0o660)
            for path in ('/approvals', '/v1/approvals', '/reload', '/admin'):
                with gateway.health_client() as client:
                    client.send(f'POST {path} HTTP/1.1\r\nHost: gate\r\nContent-Length: 0\r\n\r\n'.encode())
                    self.assertIn(status_of(client.message()[0]), (400, 404, 405))

    def test_no_metric_label_comes_from_a_caller(self):
        with Gateway(BUILD) as gateway:
            origin = Recorder(gateway)
            with gateway.client() as client:
                for name in ('GET', 'MARKER'):
                    client.send(gateway.request(name, '/plain/marker-in-the-path', fields=['X-A: marker', 'User-Agent: marker']))
                    client.message()
            origin.stop()
            settled(gateway)
            self.assertNotIn('marker', page(gateway)[1].lower())

    def test_text_of_callers_reaches_no_terminal_with_control_or_bidi_characters(self):
        with Gateway(BUILD, level='debug') as gateway:
            origin = Recorder(gateway)
            for subject in HOSTILE:
                with self.subTest(subject), gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x', token=gateway.token('readers', client=subject)))
                    self.assertEqual(reason_of(client.message()[1]), 'token_claims')   # nobody is called that
            token = gateway.token('readers', client=MARKUP)
            with gateway.client() as client:
                for method, path in (('GET', '/plain/%1b%5b2J'), ('GET', '/plain/%E2%80%AEexe?%1b%E2%80%AE=1'), ('GET', '/nowhere/%E2%81%A6')):
                    client.send(gateway.request(method, path, fields=['User-Agent: \xe2\x80\xae evil \x9b31m'], token=token).replace(b'\xc2', b''))
                    head, _ = client.message()
                    exchange = field(head, 'Gatehouse-Exchange-Id')
                client.send(gateway.request('DELETE', '/collections/%E2%80%AEx', token=token))
                eventually('held', lambda: json.loads(gateway.world.gatehouse('approvals', 'list', '--json', '--config', 'gateway.toml').out))
                told = gateway.world.gatehouse('approvals', 'list', '--config', 'gateway.toml').out
                card = json.loads(gateway.world.gatehouse('approvals', 'list', '--json', '--config', 'gateway.toml').out)[0]
                told += gateway.world.gatehouse('approvals', 'show', card['id'], '--config', 'gateway.toml').out
            told += gateway.records('list').out + gateway.records('show', exchange).out + gateway.records('list', '--json').out
            told += gateway.records('show', exchange, '--json').out
            origin.stop()
            gateway.world.stop()
            with open(gateway.world.path('logs/gatehouse.log'), encoding='utf-8') as file:
                told += file.read()
        self.assertIn('owned', told)   # the subject is there, made harmless
        found = UNSAFE.search(told)
        self.assertIsNone(found, found and told[max(0, found.start() - 60):found.end() + 60].encode('unicode_escape'))

    def test_origin_connections_are_not_shared_over_a_change_of_credential(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/1'))
            with gateway.origin() as first:
                self.assertIn(b'the-origins-own-key', first.message()[0])
                first.send(answer(b'1'))
                self.assertEqual(client.message()[1], b'1')
                published = metric(gateway, 'gatehouse_snapshot_version')
                gateway.world.write('secrets/fresh.key', 'another-key')
                os.rename(gateway.world.path('secrets/fresh.key'), gateway.world.path('secrets/origin.key'))
                eventually('the new key', lambda: metric(gateway, 'gatehouse_snapshot_version') > published)
                client.send(gateway.request('GET', '/plain/2'))
                with gateway.origin() as second:
                    self.assertIn(b'another-key', second.message()[0])
                    second.send(answer(b'2'))
                    self.assertEqual(client.message()[1], b'2')
                self.assertEqual(first.until_end(), b'')   # the old one saw no second request


class ForgedTokens(unittest.TestCase):
    """Cheap to make and dear to check: failed verifications have a budget per connection and per source."""
    LIMITS = 'failed_tokens = 40\nfailed_tokens_connection = 10'

    def forged(self, gateway, number):
        head, body, signature = gateway.readers.split('.')
        letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
        wrong = letters[number % 52] + letters[number // 52 % 52] + signature[2:]
        return f'{head}.{body}.{wrong if wrong != signature else "zz" + signature[2:]}'

    def test_a_connection_is_closed_after_its_budget(self):
        with Gateway(BUILD, limits=self.LIMITS) as gateway, gateway.client() as client:
            for number in range(10):
                client.send(gateway.request('GET', '/plain/x', token=self.forged(gateway, number)))
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (401, 'token_signature'))
                self.assertEqual(field(head, 'Connection'), 'close' if number == 9 else None)
            self.assertEqual(client.until_end(), b'')

    def test_a_source_over_its_budget_is_not_checked_while_known_callers_go_on(self):
        with Gateway(BUILD, limits=self.LIMITS) as gateway, gateway.client() as known:
            origin = Recorder(gateway)

            def works():
                known.send(gateway.request('GET', '/plain/x'))
                return status_of(known.message()[0]) == 200
            self.assertTrue(works())
            seen = []
            for number in range(1000):   # the budget is paid back as time goes by: enough of them come faster than that
                if seen.count('token_failures') > 100:
                    break
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x', token=self.forged(gateway, number)))
                    head, body = client.message()
                    seen.append(reason_of(body))
                    if seen[-1] == 'token_failures':
                        self.assertEqual((status_of(head), field(head, 'Connection')), (429, 'close'))
                        self.assertEqual(json.loads(body)['limit'], 'limits.failed_tokens')
                        self.assertTrue(field(head, 'Retry-After'))
                if number % 20 == 0:
                    self.assertTrue(works())
            self.assertGreaterEqual(seen.index('token_failures'), 40)
            self.assertGreater(seen.count('token_failures'), 20)
            self.assertTrue(works())

            def paid_back():
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x', token=self.forged(gateway, 7)))
                    return reason_of(client.message()[1]) == 'token_signature'
            eventually('time pays it back', paid_back)
            origin.stop()

    def test_only_verified_tokens_are_kept(self):
        """A forged token that shares everything but its signature with a cached one stays forged, however often it is sent."""
        with Gateway(BUILD) as gateway, gateway.client() as client:
            origin = Recorder(gateway)
            for token, status in ((gateway.readers, 200), (self.forged(gateway, 3), 401), (gateway.readers, 200), (self.forged(gateway, 3), 401)):
                client.send(gateway.request('GET', '/plain/x', token=token))
                self.assertEqual(status_of(client.message()[0]), status)
            origin.stop()


if __name__ == '__main__':
    unittest.main()
