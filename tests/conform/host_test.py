"""The gateway on its host: draining, health, secrets that change, and the people behind the admin socket."""
import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, eventually, log_lines, metric, page, reason_of, settled, status_of  # noqa: E402
from gateway import PATIENCE, Gateway, Wire, answer, field, sanitized  # noqa: E402

BUILD = sys.argv.pop(1)


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
            self.assertEqual(gateway.process.wait(PATIENCE), 0)
        self.assertEqual([each['status'] for each in gateway.listed()], [200])
        gateway.__exit__(None)

    def test_a_second_gateway_shares_no_address_with_the_first(self):
        """SO_REUSEPORT is for the workers of one: two of the same user would each get a part of the callers."""
        with Gateway(BUILD) as first:
            second = Gateway(BUILD)   # with folders of its own
            self.addCleanup(second.__exit__, None)
            taken = f'127.0.0.1:{first.port}'
            text = second.text()
            second.world.write('gateway.toml', text.replace(f'127.0.0.1:{second.port}', taken))
            process = subprocess.Popen([os.path.abspath(os.path.join(BUILD, 'gatehouse')), 'serve', '--config', 'gateway.toml'],
                                       cwd=second.state, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.addCleanup(process.kill)
            said = process.communicate(timeout=PATIENCE)[0].decode()
            self.assertEqual(process.returncode, 69, said)
            self.assertIn(f'{taken}: bind: Address already in use; another process listens there', said)

    def test_health_pages(self):
        with Gateway(BUILD) as gateway:
            self.assertEqual(page(gateway, '/livez'), (200, 'live\n'))
            status, body = page(gateway, '/readyz?verbose')
            self.assertEqual(status, 200)
            for check in ('[+] config ok', '[+] workers ok', '[+] records ok', '[+] issuer test ok'):
                self.assertIn(check, body)
            self.assertEqual(page(gateway, '/nothing')[0], 404)

    @unittest.skipIf(sanitized(os.path.join(BUILD, 'gatehouse')), 'its shadow memory is larger than any bound')
    def test_without_address_space_it_ends_and_says_how_much_there_is(self):
        gateway = Gateway(BUILD, workers=2)
        gateway.world.write('gateway.toml', gateway.text())
        program = [os.path.join(os.path.abspath(BUILD), 'gatehouse'), 'serve', '--config', 'gateway.toml']
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        wire.bind(os.path.join(gateway.state, 'notify'))
        failed, said = 0, 0
        for mebibytes in range(50, 1200, 35):   # too few for libraries, what is made before main, rings, workers, all threads; then enough
            process = subprocess.Popen(['prlimit', f'--as={mebibytes << 20}', '--core=0', *program], cwd=gateway.state, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, text=True, env={**os.environ, 'NOTIFY_SOCKET': wire.getsockname()})
            ended = os.pidfd_open(process.pid)
            heard = b''
            while b'READY=1' not in heard and wire in select.select([wire, ended], [], [], PATIENCE)[0]:
                heard = wire.recv(4096)
            os.close(ended)
            process.terminate()
            told = process.communicate(timeout=PATIENCE)[1]
            if process.returncode == 0:
                break
            self.assertIn(process.returncode, (69, 74, 127), told)
            self.assertRegex(told, r'gatehouse: .*(can be had|Cannot allocate memory|error while loading shared libraries)')
            failed += 1
            if 'address space' in told:
                self.assertRegex(told, r'can be had: this process has \d+ MiB of address space, and may have %d ' % mebibytes)
                said += 1
        wire.close()
        self.assertIn(b'READY=1', heard, 'enough is enough')
        self.assertGreater(failed, 1)
        self.assertGreater(said, 0)
        gateway.__exit__(None)

    def test_who_holds_connections_keeps_nobody_out(self):
        with Gateway(BUILD) as gateway, contextlib.ExitStack() as held:
            admin = gateway.world.path('run', 'admin.sock')

            def local():
                wire = Wire(socket.socket(socket.AF_UNIX))
                wire.sock.connect(admin)
                return wire
            for turn in range(200):
                for client in (held.enter_context(gateway.health_client()), held.enter_context(local())):
                    with contextlib.suppress(OSError):   # it may be sent away at any time
                        client.send(b'GET /livez HTTP/1.1\r\nHo'[:turn % 2 * 30])
                if turn % 5 == 4:   # not more at once than are taken in one turn
                    self.assertEqual(page(gateway, '/livez'), (200, 'live\n'))
            self.assertIn('nothing waits', gateway.world.gatehouse('approvals', 'list', '--config', 'gateway.toml').out)

    def test_ready_only_while_callers_can_be_verified_but_alive_all_the_time(self):
        with Gateway(BUILD) as gateway:
            with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                text = file.read()

            def load(fresh):
                gateway.world.write('fresh.toml', fresh)
                os.rename(gateway.world.path('fresh.toml'), gateway.world.path('gateway.toml'))

            def asked(path):
                with gateway.health_client() as client:
                    client.send(f'GET {path} HTTP/1.1\r\nHost: gate\r\n\r\n'.encode())
                    head, body = client.message()
                    return status_of(head), body
            closed = socket.socket()   # bound, not listening: nobody answers there
            closed.bind(('127.0.0.1', 0))
            load(text.replace('jwks_file = "keys/jwks.json"', 'jwks_url = "http://127.0.0.1:%d/jwks"' % closed.getsockname()[1]))
            eventually('not ready', lambda: asked('/readyz')[0] == 503)
            status, body = asked('/readyz?verbose')
            self.assertEqual(status, 503)
            self.assertIn(b'[-] issuer test failed: no keys yet', body)
            self.assertIn(b'[+] records ok', body)
            self.assertEqual(asked('/livez'), (200, b'live\n'))
            load(text)
            eventually('ready again', lambda: asked('/readyz')[0] == 200)
            closed.close()

    def test_latency_of_each_route_from_25_microseconds_to_105_seconds_and_no_label_of_a_callers_choice(self):
        with Gateway(BUILD) as gateway:
            origin = Recorder(gateway)
            with gateway.client() as client:
                for method, path in (('GET', '/plain/secret-path'), ('POST', '/chunk'), ('GET', '/nowhere')):
                    client.send(gateway.request(method, path, b'{}' if method == 'POST' else b'', ['Content-Type: application/json']))
                    head, _ = client.message()
                    exchange = field(head, 'Gatehouse-Exchange-Id')
            origin.stop()
            settled(gateway)
            text = page(gateway)[1]
            for line in text.splitlines():
                self.assertTrue(line.startswith(('# HELP gatehouse_', '# TYPE gatehouse_', 'gatehouse_')), line)
            for hidden in ('secret-path', 'job-7', exchange, 'readers', '127.0.0.1'):
                self.assertNotIn(hidden, text)
            self.assertEqual(set(re.findall(r'[{,](\w+)="', text)) - {'reason', 'route', 'le', 'result', 'end'}, set())
            bounds = [25e-6 * 2 ** i for i in range(23)] + [float('inf')]
            for route in ('plain', 'chunk', 'risky'):
                found = re.findall(rf'^gatehouse_exchange_duration_seconds_bucket{{route="{route}",le="([^"]+)"}} (\d+)$', text, re.M)
                for (bound, _), wanted in zip(found, bounds, strict=True):
                    self.assertAlmostEqual(float(bound), wanted, delta=wanted / 1e6)
                counts = [int(count) for _, count in found]
                self.assertEqual(counts, sorted(counts))
                self.assertEqual(counts[-1], 0 if route == 'risky' else 1)
            self.assertLess(104, bounds[-2])
            self.assertGreater(106, bounds[-2])

    @unittest.skipUnless(shutil.which('promtool'), 'promtool is not installed')
    def test_metrics_are_as_promtool_wants_them(self):
        with Gateway(BUILD) as gateway:
            done = subprocess.run(['promtool', 'check', 'metrics'], input=page(gateway)[1].encode(),
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

    def test_no_credential_is_ever_logged(self):
        with Gateway(BUILD, level='debug') as gateway:
            origin = Recorder(gateway)
            forged = gateway.readers[:-8] + 'AAAAAAAA'
            with gateway.client() as client:
                for token, fields in ((gateway.readers, []), (forged, []), (gateway.readers, ['X-Api-Key: a-callers-own-key']),
                                      (gateway.readers, ['Cookie: session=a-callers-cookie'])):
                    client.send(gateway.request('GET', '/plain/x', fields=fields, token=token))
                    self.assertTrue(client.message()[0])
                client.send(b'GET /plain/x HTTP/1.1\r\nHost: gate\r\nAuthorization : Bearer ' + gateway.readers.encode() + b'\r\n\r\n')
                self.assertEqual(status_of(client.message()[0]), 400)
            gateway.world.write('secrets/origin.key', 'the\norigins\nfresh-key')   # refused: and not shown
            eventually('the refusal', lambda: log_lines(gateway, 'config_refused'))
            origin.stop()
            gateway.world.stop()
            with open(gateway.world.path('logs/gatehouse.log'), encoding='utf-8') as file:
                said = file.read()
        self.assertIn('"event":"exchange"', said)
        for secret in ('the-origins-own-key', 'fresh-key', gateway.readers, gateway.readers.split('.')[2], 'AAAAAAAA',
                       'a-callers-own-key', 'a-callers-cookie'):
            self.assertNotIn(secret, said)

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
    def listed(self, gateway):
        return json.loads(self.approvals(gateway, 'list', '--json').out)

    def held(self, gateway, path='/collections/x', count=1):
        """A client whose request is held, and the cards of all that wait: `count` with this one."""
        client = gateway.client()
        client.send(gateway.request('DELETE', path))
        found = []

        def look():
            found[:] = self.listed(gateway)
            return len(found) == count
        eventually('it is held', look)
        return client, found

    def approvals(self, gateway, *words, check=True):
        return gateway.world.gatehouse('approvals', *words, '--config', 'gateway.toml', check=check)

    def test_nobody_answers_in_time(self):
        with Gateway(BUILD, deadlines='hold = "300ms"') as gateway, gateway.client() as client:
            client.send(gateway.request('DELETE', '/collections/x'))
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (403, 'approval_expired'))
            name = field(head, 'Gatehouse-Exchange-Id')
            eventually('nothing waits', lambda: not self.listed(gateway))
            self.assertNotEqual(self.approvals(gateway, 'approve', name, check=False).returncode, 0)
            self.assertFalse(gateway.origin_called())

    def test_approved_denied_and_left_alone(self):
        with Gateway(BUILD, deadlines='hold = "10m"') as gateway:
            client, (card,) = self.held(gateway)
            self.assertEqual((card['method'], card['path'], card['subject']), ('DELETE', '/collections/x', 'job-7'))
            self.assertFalse(gateway.origin_called())
            self.approvals(gateway, 'approve', card['id'], '--note', 'ticket 1')
            with gateway.origin() as origin:
                self.assertTrue(origin.message()[0].startswith(b'DELETE /collections/x '))
                origin.send(answer(b'gone'))
                self.assertEqual(client.message()[1], b'gone')
            self.assertNotEqual(self.approvals(gateway, 'approve', card['id'], check=False).returncode, 0)   # once
            client.sock.close()
            client, (card,) = self.held(gateway)
            self.approvals(gateway, 'deny', card['id'])
            head, body = client.message()
            self.assertEqual((status_of(head), reason_of(body)), (403, 'approval_denied'))
            client.sock.close()
            self.assertFalse(gateway.origin_called())
            client, (card,) = self.held(gateway)
            client.sock.close()
            eventually('nothing waits', lambda: not self.listed(gateway))
            self.assertFalse(gateway.origin_called())

    def test_more_are_not_held_than_the_limit_allows_and_a_place_is_given_back(self):
        with Gateway(BUILD, limits='held = 2') as gateway:
            waiting = [self.held(gateway, f'/collections/{i}', i + 1) for i in range(2)]
            for _ in range(3):
                with gateway.client() as client:
                    client.send(gateway.request('DELETE', '/collections/x'))
                    head, body = client.message()
                    self.assertEqual((status_of(head), reason_of(body)), (503, 'approval_full'))
                    client.send(gateway.request('GET', '/nowhere'))   # and the connection goes on
                    self.assertEqual(status_of(client.message()[0]), 403)
            client, cards = waiting[0]
            denied = next(card for card in cards if card['path'] == '/collections/0')
            self.approvals(gateway, 'deny', denied['id'])
            self.assertEqual(reason_of(client.message()[1]), 'approval_denied')
            for left, _ in waiting[1:]:
                left.sock.close()   # a client that leaves gives its place back too
            eventually('nothing waits', lambda: not self.listed(gateway))
            again = [self.held(gateway, f'/collections/again{i}', i + 1)[0] for i in range(2)]
            self.assertFalse(gateway.origin_called())
            for each in (client, *again):
                each.sock.close()

    def test_a_held_request_is_decided_again_when_it_is_released(self):
        """Approved by a person, refused by the rules, keys and origins of that moment."""
        def narrower(text):
            return text.replace('methods = ["DELETE"]', 'methods = ["PUT"]')

        def other_group(text):
            return text.replace('name = "risky"\neffect = "approve"\ngroups = ["readers"]',
                                'name = "risky"\neffect = "approve"\ngroups = ["others"]')

        def denied(text):
            return text + '[[rule]]\nname = "never"\neffect = "deny"\ngroups = ["*"]\npaths = ["/collections/**"]\n'

        def other_issuer(text):
            return text.replace('url = "http://127.0.0.1:1"', 'url = "http://127.0.0.1:2"')

        def other_host(text):   # not the bytes that the person saw
            return text.replace('host = "origin.internal"', 'host = "elsewhere.internal"')

        for change, status, reason in ((narrower, 403, 'policy_no_rule'), (other_group, 403, 'policy_no_rule'),
                                       (denied, 403, 'policy_denied'), (other_issuer, 401, 'token_issuer'),
                                       (other_host, 403, 'policy_changed')):
            with self.subTest(change.__name__), Gateway(BUILD) as gateway:
                client, cards = self.held(gateway)
                with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                    text = file.read()
                self.assertNotEqual(change(text), text)
                version = metric(gateway, 'gatehouse_snapshot_version')
                gateway.world.write('fresh.toml', change(text))
                os.rename(gateway.world.path('fresh.toml'), gateway.world.path('gateway.toml'))
                eventually('the new rules', lambda: metric(gateway, 'gatehouse_snapshot_version') > version)
                self.approvals(gateway, 'approve', cards[0]['id'])
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (status, reason))
                if gateway.origin_called():
                    with gateway.origin() as origin:
                        self.assertEqual(origin.until_end(), b'')   # a connection, but no byte
                client.sock.close()
                shown = gateway.records('show', cards[0]['id']).out
                for word in ('asked', 'granted', reason):
                    self.assertIn(word, shown)

    def test_a_held_request_whose_key_was_withdrawn_is_not_released(self):
        with Gateway(BUILD) as gateway:
            client, cards = self.held(gateway)
            version = metric(gateway, 'gatehouse_snapshot_version')
            gateway.world.tool('issuer', 'keys', '--dir', 'other')
            os.rename(gateway.world.path('other/jwks.json'), gateway.world.path('keys/jwks.json'))
            eventually('the new keys', lambda: metric(gateway, 'gatehouse_snapshot_version') > version)
            self.approvals(gateway, 'approve', cards[0]['id'])
            head, _ = client.message()
            self.assertEqual(status_of(head), 401)
            self.assertFalse(gateway.origin_called())
            client.sock.close()

    def test_every_step_of_an_approval_is_recorded_with_who_and_why(self):
        with Gateway(BUILD) as gateway:
            client, cards = self.held(gateway)
            self.approvals(gateway, 'approve', cards[0]['id'], '--note', 'ticket 4711')
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'gone'))
                client.message()
            client.sock.close()
            shown = json.loads(gateway.records('show', cards[0]['id'], '--json').out)
            text = json.dumps(shown)
            for word in ('asked', 'granted', 'consumed', 'ticket 4711', f'uid:{os.getuid()}', cards[0]['digest']):
                self.assertIn(word, text)

    def test_the_admin_socket_is_for_its_owner_and_group(self):
        with Gateway(BUILD) as gateway:
            info = os.stat(gateway.world.path('run/admin.sock'))
            self.assertTrue(stat.S_ISSOCK(info.st_mode))
            self.assertEqual(stat.S_IMODE(info.st_mode), 0o660)
            self.assertEqual(stat.S_IMODE(os.stat(gateway.world.path('run')).st_mode), 0o700)


if __name__ == '__main__':
    unittest.main()
