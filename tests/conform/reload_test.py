"""`gatehouse reload` on a running gateway: what it says, what it changes, and that nobody is dropped. Usage: reload_test.py BUILD"""
import errno
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, becomes, eventually, log_lines, metric, reason_of, recorded, settled, status_of  # noqa: E402
from changing import Changing  # noqa: E402
from gateway import PATIENCE, EchoOrigin, Wire, answer  # noqa: E402
from world import free_port  # noqa: E402

LONG = bool(os.environ.get('GATEHOUSE_LONG'))
BUILD = sys.argv.pop(1)

BROKEN = 'certificate_file = "x"\n'
TLS = '[[listener.certificate]]\nchain_file = "tls/cert.pem"\nkey_file = "tls/key.pem"'
MORE = '''
[[rule]]
name = "second"
effect = "allow"
groups = ["readers"]
paths = ["/second/**"]
origin = "origin"
[[mask]]
name = "later"
fields = ["a.b"]
'''


class Said(unittest.TestCase):
    def test_the_difference_by_kind_and_name_then_nothing(self):
        with Changing(BUILD) as gateway:
            gateway.edit(('groups = ["readers"]\npaths = ["/plain/**"]', 'groups = ["readers", "others"]\npaths = ["/plain/**"]'),
                         ('name = "risky"', 'name = "dangerous"'), ('"us_ssn", ', ''), ('[limits]\n', '[limits]\nheld = 3\n'),
                         ('[[guard]]', MORE + '[[guard]]'))
            done = gateway.reload()
            self.assertEqual((done.returncode, done.err), (0, ''))
            self.assertRegex(done.out, r'^reloaded: version \d+ is in force, policy [0-9a-f]{16}')
            for line in (r'^rules +added dangerous, second; changed plain \(groups\); removed risky$',
                         r'^masks +added later; changed personal-data \(detectors\)$', r'^settings +changed limits.held \(64 -> 3\)$'):
                self.assertRegex(done.out, re.compile(line, re.M))
            self.assertNotRegex(done.out, re.compile('^(guards|origins|issuers|certificates|listeners)', re.M))
            again = gateway.reload()
            self.assertEqual(again.returncode, 0)
            self.assertIn('nothing has changed', again.out)

    def test_what_was_taken_over_by_itself_is_told_by_the_next_reload(self):
        with Changing(BUILD) as gateway:
            version = metric(gateway, 'gatehouse_config_version')
            gateway.edit(('name = "risky"', 'name = "dangerous"'))
            eventually('noticed', lambda: metric(gateway, 'gatehouse_config_version') > version)
            self.assertIn('added dangerous; removed risky', gateway.reload().out)

    def test_json(self):
        with Changing(BUILD) as gateway:
            gateway.edit(('name = "risky"', 'name = "dangerous"'))
            done = gateway.reload('--json')
            told = json.loads(done.out)
            self.assertEqual((done.returncode, told['reloaded'], told['errors']), (0, True, 0))
            self.assertEqual(told['changes'], {'rules': {'added': ['dangerous'], 'changed': [], 'removed': ['risky']}})
            gateway.edit(('[gateway]\n', '[gateway]\n' + BROKEN))
            done = gateway.reload('--json')
            told = json.loads(done.out)
            self.assertEqual((done.returncode, told['reloaded'], told['errors']), (78, False, 1))
            self.assertEqual(told['diagnostics'][0]['code'], 'GH0101')

    def test_renaming_an_issuer_lifts_its_revocations_which_is_said(self):
        with Changing(BUILD) as gateway:
            for words in (('--issuer', 'test', '--subject', 'job-1'), ('--issuer', 'test', '--jti', 'x'), ('--issuer', '*', '--subject', 'job-2'),
                          ('--issuer', 'api-keys', '--subject', 'job-3'), ('--certificate', 'a' * 64)):
                gateway.world.gatehouse('revocations', 'add', *words, '--config', 'gateway.toml')
            check = lambda: json.loads(gateway.world.gatehouse('check', '--config', 'gateway.toml', '--json', check=False).out)
            lifted = lambda told: [each['message'] for each in told['diagnostics'] if each['code'] == 'GH0411']
            self.assertEqual((lifted(check()), lifted(json.loads(gateway.reload('--json').out))), ([], []))
            gateway.edit(('name = "test"', 'name = "renamed"'))
            warning = ["the store has 2 revocations of issuer 'test', a name that nobody in the configuration has: they shut out nobody"]
            self.assertEqual(lifted(check()), warning)   # while the gateway runs
            told = json.loads(gateway.reload('--json').out)
            self.assertEqual((told['reloaded'], told['errors'], lifted(told)), (True, 0, warning))
            self.assertIn('add the entries anew under the new name', gateway.reload().out)
            gateway.world.stop()
            gateway.restart()
            becomes(lambda: [line['message'] for line in log_lines(gateway) if 'GH0411' in json.dumps(line)], warning, 'the start says it, too')

    def test_errors_are_those_of_check_and_the_old_configuration_goes_on(self):
        with Changing(BUILD) as gateway:
            origin = Recorder(gateway)
            gateway.edit(('[gateway]\n', '[gateway]\n' + BROKEN), ('name = "plain"', 'name = "gone"'), ('paths = ["/plain/**"]', 'paths = ["/gone/**"]'))
            check = gateway.world.gatehouse('check', '--config', 'gateway.toml', check=False)
            done = gateway.reload()
            self.assertEqual((check.returncode, done.returncode, done.out), (78, 78, ''))
            self.assertIn(re.search(r'error\[GH0101\].*?\n\n', check.err, re.S).group(0), done.err)
            self.assertIn('stays in force', done.err)
            with gateway.client() as client:
                client.send(gateway.request('GET', '/plain/x'))
                self.assertEqual(status_of(client.message()[0]), 200)
            origin.stop()

    def test_a_file_that_is_gone_is_a_configuration_that_is_wrong(self):
        with Changing(BUILD) as gateway:
            text = gateway.written()
            os.remove(gateway.world.path('gateway.toml'))
            done = gateway.reload()
            self.assertEqual((done.returncode, done.out), (78, ''))
            self.assertIn('No such file', done.err)
            done = gateway.world.gatehouse('reload', '--socket', 'run/admin.sock', check=False)
            self.assertEqual(done.returncode, 78)
            self.assertIn('version 1 stays in force', done.err)
            gateway.place('gateway.toml', text)
            self.assertEqual(gateway.reload().returncode, 0)

    def test_a_table_within_a_table_that_is_gone_is_told(self):
        with Changing(BUILD) as gateway:
            group = '[[issuer.group]]\nname = "%s"\nwhen = { sub = "%s-*" }\n'
            base = gateway.written()
            gateway.place('gateway.toml', base.replace('[[origin]]', group % ('one', 'a') + group % ('two', 'b') + '[[origin]]', 1))
            self.assertIn('issuers       changed test (group[0].name, ', gateway.reload().out)
            gateway.place('gateway.toml', base.replace('[[origin]]', group % ('one', 'a') + '[[origin]]', 1))
            self.assertRegex(gateway.reload().out, r'\nissuers +changed test \(group\[1\].name, group\[1\].when')

    def test_what_needs_a_restart_is_named_and_nothing_else_is_taken_over(self):
        with Changing(BUILD) as gateway:
            good = gateway.written()
            more = '[[listener]]\nname = "more"\naddress = "127.0.0.1:2"\n'
            gateway.place('gateway.toml', good.replace('[[issuer]]', more + '[[issuer]]', 1).replace('name = "plain"', 'name = "other"'))
            done = gateway.reload()
            self.assertEqual(done.returncode, 78)
            self.assertIn('listener needs a restart: 1 -> 2', done.err)
            self.assertIn('restart the gateway to have it, or put 1 back', done.err)
            self.assertIn('version 1 stays in force', done.err)
            self.assertRegex(done.err, r'GH0501.*\n +--> gateway.toml:%d:' % (gateway.written().split(more)[0].count('\n') + 1))
            gateway.place('gateway.toml', good)
            self.assertEqual(gateway.reload().returncode, 0)

    def test_settings_of_threads_that_run_are_taken_over(self):
        with Changing(BUILD) as gateway:
            gateway.edit(('[gateway]\n', '[gateway]\ngather = "0us"\n'),
                         ('[records]\n', '[records]\ncommit_interval = "1ms"\non_full = "fail_closed"\n'))
            done = gateway.reload()
            self.assertEqual(done.returncode, 0, done.err)
            for key in ('gateway.gather', 'records.commit_interval', 'records.on_full'):
                self.assertIn(f'{key} (', done.out.splitlines()[1])

    def test_nobody_to_ask(self):
        with Changing(BUILD) as gateway:
            done = gateway.world.gatehouse('reload', '--socket', 'nowhere.sock', check=False)
            self.assertEqual(done.returncode, 69)
            self.assertIn('nowhere.sock: No such file or directory (is the gateway running?)', done.err)
            gateway.place('other.toml', gateway.written().replace('run_dir = "run"', 'run_dir = "elsewhere"'))
            self.assertEqual(gateway.world.gatehouse('reload', '--config', 'other.toml', check=False).returncode, 69)
            gateway.place('other.toml', '[gateway\n')
            done = gateway.world.gatehouse('reload', '--config', 'other.toml', check=False)
            self.assertEqual(done.returncode, 78)
            self.assertIn('error[GH0002]', done.err)
            self.assertEqual(gateway.world.gatehouse('reload', check=False).returncode, 64)

    def test_sighup_does_the_same_and_logs_it(self):
        with Changing(BUILD, level='info') as gateway:
            gateway.edit(('name = "risky"', 'name = "dangerous"'))
            gateway.process.send_signal(signal.SIGHUP)
            eventually('reloaded', lambda: any(line['by'] == 'SIGHUP' and line['changes'] == 'rules added dangerous; removed risky.'
                                               for line in log_lines(gateway, 'reloaded')))
            gateway.edit(('[gateway]\n', '[gateway]\n' + BROKEN))
            gateway.process.send_signal(signal.SIGHUP)
            eventually('refused', lambda: log_lines(gateway, 'reload_refused'))
            eventually('why', lambda: any('GH0101' in line['error'] for line in log_lines(gateway, 'config_refused')))

    def test_the_level_of_the_log_changes_with_a_reload(self):
        with Changing(BUILD, level='warning') as gateway:
            origin = Recorder(gateway)

            def call():
                with gateway.client() as client:
                    client.send(gateway.request('GET', '/plain/x'))
                    self.assertEqual(status_of(client.message()[0]), 200)
            call()
            settled(gateway)   # it ends, and is logged or not, under the level of before
            gateway.edit(('level = "warning"', 'level = "info"'))
            self.assertIn('changed log.level ("warning" -> "info")', gateway.reload().out)
            call()
            becomes(lambda: len(log_lines(gateway, 'exchange')), 1, 'lines of exchanges')
            origin.stop()


class Certificates(unittest.TestCase):
    def begin(self):
        gateway = Changing(BUILD, listener=TLS)
        self.addCleanup(gateway.__exit__, None)
        gateway.place_certificate(gateway.certificate('old.test'))
        return gateway.start()

    def test_a_renewed_certificate_is_shown_by_itself_and_told_by_reload(self):
        gateway = self.begin()
        fresh = gateway.certificate('new.test')
        gateway.place_certificate(fresh)
        eventually('the new certificate', lambda: gateway.shown() == fresh[0].replace('\n', ''))
        done = gateway.reload()
        self.assertRegex(done.out, r'certificates +changed main: \S*tls/cert\.pem \(content\)')

    def test_its_end_is_a_metric_and_a_warning(self):
        gateway = self.begin()
        gateway.place_certificate(gateway.certificate('short.test', 3))

        def left():
            return metric(gateway, 'gatehouse_certificate_expiry_timestamp_seconds{listener="main",certificate="0"}') - time.time()
        eventually('the new one', lambda: left() < 4 * 86400)
        self.assertGreater(left(), 2 * 86400)

        becomes(lambda: [(line['level'], line['listener'], line['days']) for line in log_lines(gateway, 'certificate_expiring')],
                [('warning', 'main', 2)], 'warnings')
        if shutil.which('promtool'):
            with urllib.request.urlopen(f'http://127.0.0.1:{gateway.health}/metrics', timeout=PATIENCE) as page:
                done = subprocess.run(['promtool', 'check', 'metrics'], input=page.read(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((done.returncode, done.stdout), (0, b''))

    def test_a_key_of_another_certificate_is_refused_and_the_old_pair_goes_on(self):
        gateway = self.begin()
        before = gateway.shown()
        gateway.place('tls/key.pem', gateway.certificate('other.test')[1])
        done = gateway.reload()
        self.assertEqual(done.returncode, 78)
        self.assertIn('GH0403', done.err)
        self.assertEqual(gateway.shown(), before)

    def test_a_certificate_is_renewed_though_the_configuration_is_broken(self):
        gateway = self.begin()
        gateway.edit(('[gateway]\n', '[gateway]\n' + BROKEN))
        self.assertEqual(gateway.reload().returncode, 78)
        fresh = gateway.certificate('new.test')
        gateway.place_certificate(fresh)
        eventually('the new certificate', lambda: gateway.shown() == fresh[0].replace('\n', ''))

    def test_what_runs_on_an_old_certificate_goes_on(self):
        gateway = self.begin()
        origin = Recorder(gateway)
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with Wire(trusting.wrap_socket(socket.create_connection(('127.0.0.1', gateway.port), PATIENCE))) as client:
            for turn in range(5):
                client.send(gateway.request('GET', '/plain/x'))
                self.assertEqual(status_of(client.message()[0]), 200)
                gateway.place_certificate(gateway.certificate(f'n{turn}.test'))
                self.assertEqual(gateway.reload().returncode, 0)
        eventually('old configurations are freed', lambda: metric(gateway, 'gatehouse_config_snapshots') == 1)
        origin.stop()


def refused(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == errno.ECONNREFUSED


class Moving(unittest.TestCase):
    """Listeners get other addresses while connections are open, and while others come."""

    def served(self, gateway, client):
        client.send(gateway.request('GET', '/plain/x'))
        self.assertEqual(status_of(client.message()[0]), 200)

    def test_a_listener_moves_and_nobody_is_dropped(self):
        with Changing(BUILD, workers=2) as gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            with gateway.client() as kept:
                self.served(gateway, kept)
                for _ in range(5):
                    old, new = gateway.port, free_port(0)
                    waiting = [gateway.client() for _ in range(20)]   # in the queues of both workers, perhaps
                    gateway.edit((f'address = "127.0.0.1:{old}"', f'address = "127.0.0.1:{new}"'))
                    done = gateway.reload()
                    self.assertEqual(done.returncode, 0, done.err)
                    self.assertIn('changed main (address)', done.out)
                    gateway.port = new
                    for _ in range(10):
                        with gateway.client() as fresh:
                            self.served(gateway, fresh)
                    for each in waiting:
                        self.served(gateway, each)
                        each.sock.close()
                    eventually('nobody listens there any more', lambda old=old: refused(old))
                self.served(gateway, kept)
            origin.stop()

    def test_an_address_that_somebody_has_is_refused_and_the_old_one_goes_on(self):
        with Changing(BUILD, workers=2) as gateway, socket.create_server(('127.0.0.1', 0)) as somebody:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            taken = somebody.getsockname()[1]
            gateway.edit((f'address = "127.0.0.1:{gateway.port}"', f'address = "127.0.0.1:{taken}"'), ('name = "plain"', 'name = "other"'))
            done = gateway.world.gatehouse('reload', '--socket', 'run/admin.sock', check=False)
            self.assertEqual(done.returncode, 78)
            self.assertRegex(done.err, r'GH0408.*\n +--> gateway.toml:\d+:')
            self.assertIn(f'127.0.0.1:{taken}: bind: Address already in use', done.err)
            with gateway.client() as client:
                self.served(gateway, client)
            origin.stop()

    def test_listeners_in_another_order_or_with_each_others_addresses(self):
        second = free_port(0)
        with Changing(BUILD, workers=2, listener=f'[[listener]]\nname = "second"\naddress = "127.0.0.1:{second}"') as gateway:
            origin = Recorder(gateway)
            first, base = gateway.port, gateway.written()
            tables = [f'[[listener]]\nname = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in (('main', first), ('second', second))]
            self.assertIn(''.join(tables), base)

            def listener_at(port):
                with Wire(socket.create_connection(('127.0.0.1', port), PATIENCE)) as client:
                    client.send(gateway.request('GET', '/plain/x'))
                    return recorded(gateway, client.message()[0])['listener']
            with gateway.client() as kept:
                self.served(gateway, kept)
                gateway.place('gateway.toml', base.replace(''.join(tables), ''.join(reversed(tables))))
                done = gateway.reload()
                self.assertEqual((done.returncode, done.err), (0, ''))
                self.assertEqual([listener_at(port) for port in (first, second)], ['main', 'second'])
                swapped = ''.join(tables).replace('"main"', '"?"').replace('"second"', '"main"').replace('"?"', '"second"')
                gateway.place('gateway.toml', base.replace(''.join(tables), swapped))
                done = gateway.reload()
                self.assertEqual((done.returncode, done.err), (0, ''))
                self.assertEqual([listener_at(port) for port in (first, second)], ['second', 'main'])
                other = free_port(0)   # one moves: the error of another one points at where it stands
                gateway.place('gateway.toml', base.replace(''.join(tables), ''.join(reversed(tables)).replace(str(first), str(other))))
                self.assertEqual(gateway.reload().returncode, 0)
                self.assertEqual([listener_at(port) for port in (other, second)], ['main', 'second'])
                self.served(gateway, kept)
            gateway.port = other
            origin.stop()

    def test_to_a_unix_socket_and_back(self):
        with Changing(BUILD, workers=2) as gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            tcp, path = f'"127.0.0.1:{gateway.port}"', gateway.world.path('jobs.sock')
            gateway.edit((tcp, f'"unix:{path}"'))
            self.assertEqual(gateway.reload().returncode, 0)
            for _ in range(8):
                sock = socket.socket(socket.AF_UNIX)
                sock.connect(path)
                with Wire(sock) as client:
                    self.served(gateway, client)
            eventually('the port is closed', lambda: refused(gateway.port))
            gateway.edit((f'"unix:{path}"', tcp))
            self.assertEqual(gateway.reload().returncode, 0)
            with gateway.client() as client:
                self.served(gateway, client)
            with socket.socket(socket.AF_UNIX) as probe:
                eventually('the path is closed', lambda: probe.connect_ex(path) == errno.ECONNREFUSED)
            origin.stop()


class OwnSockets(unittest.TestCase):
    """The sockets of the control thread move, and its limits, while people ask."""

    def test_health_moves_and_who_asks_on_an_old_connection_goes_on(self):
        with Changing(BUILD) as gateway:
            old, new = gateway.health, free_port(0)
            with gateway.health_client() as kept:
                kept.send(b'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
                self.assertEqual(status_of(kept.message()[0]), 200)
                gateway.edit((f'health_address = "127.0.0.1:{old}"', f'health_address = "127.0.0.1:{new}"'))
                done = gateway.reload()
                self.assertEqual(done.returncode, 0, done.err)
                self.assertIn(f'changed gateway.health_address ("127.0.0.1:{old}" -> "127.0.0.1:{new}")', done.out)
                kept.send(b'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
                self.assertEqual(status_of(kept.message()[0]), 200)
            gateway.health = new
            self.assertEqual(metric(gateway, 'gatehouse_config_version'), 2)
            eventually('nobody listens there any more', lambda: refused(old))

    def test_run_dir_moves_and_the_answer_comes_on_the_old_connection(self):
        with Changing(BUILD) as gateway:
            for old, new in (('run', 'other'), ('other', 'run')):   # and back: no old socket is in the way
                with Wire(socket.socket(socket.AF_UNIX)) as admin:
                    admin.sock.connect(gateway.world.path(old, 'admin.sock'))
                    gateway.edit((f'run_dir = "{old}"', f'run_dir = "{new}"'))
                    admin.send(b'POST /reload HTTP/1.1\r\nHost: gate\r\nContent-Length: 0\r\n\r\n')
                    head, body = admin.message()
                    self.assertEqual(status_of(head), 200, body)
                    self.assertIn(f'gateway.run_dir ("{old}" -> "{new}")', json.loads(body)['text'])
                done = gateway.world.gatehouse('approvals', 'list', '--config', 'gateway.toml')
                self.assertIn('nothing waits', done.out)
                becomes(lambda old=old: gateway.world.gatehouse('approvals', 'list', '--socket', old + '/admin.sock', check=False).returncode,
                        69, 'the old socket')

    def test_reload_by_the_configuration_finds_a_gateway_that_moves(self):
        with Changing(BUILD) as gateway:
            gateway.edit(('run_dir = "run"', 'run_dir = "other"'))
            done = gateway.reload()
            self.assertEqual((done.returncode, done.err), (0, ''))
            self.assertIn('gateway.run_dir ("run" -> "other")', done.out)

    def test_a_folder_that_others_may_write_and_a_place_that_is_taken_are_refused(self):
        with Changing(BUILD) as gateway:
            good = gateway.written()
            os.mkdir(gateway.world.path('open'))
            os.chmod(gateway.world.path('open'), 0o777)
            for old, new, why in (('run_dir = "run"', 'run_dir = "open"', 'is not ours alone'),
                                  (f'"127.0.0.1:{gateway.health}"', f'"127.0.0.1:{gateway.port}"', 'GH0202'),
                                  (f'address = "127.0.0.1:{gateway.port}"', f'address = "127.0.0.1:{gateway.health}"', 'GH0202')):
                gateway.place('gateway.toml', good.replace(old, new, 1))
                done = gateway.world.gatehouse('reload', '--socket', 'run/admin.sock', check=False)
                self.assertEqual(done.returncode, 78)
                self.assertIn(why, done.err)
            swapped = good.replace(f'"127.0.0.1:{gateway.health}"', '"127.0.0.1:1"').replace(f'"127.0.0.1:{gateway.port}"', f'"127.0.0.1:{gateway.health}"')
            gateway.place('gateway.toml', swapped.replace('"127.0.0.1:1"', f'"127.0.0.1:{gateway.port}"'))
            done = gateway.world.gatehouse('reload', '--socket', 'run/admin.sock', check=False)
            self.assertIn('another socket of this gateway has it; move that one away first', done.err)
            self.assertEqual(metric(gateway, 'gatehouse_config_version'), 1)

    def test_connections_and_held_are_those_of_now(self):
        with Changing(BUILD, limits='connections = 2\nheld = 1') as gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))

            def served(client):
                try:
                    client.send(gateway.request('GET', '/plain/x'))
                    return status_of(client.message()[0]) == 200
                except (OSError, ValueError, IndexError):
                    return False

            def fresh():
                with gateway.client() as client:
                    return served(client)
            clients = [gateway.client() for _ in range(2)]
            self.assertEqual([served(each) for each in clients], [True, True])
            self.assertFalse(fresh())
            gateway.edit(('connections = 2\nheld = 1', 'connections = 200\nheld = 20'))
            self.assertEqual(gateway.reload().returncode, 0)
            clients += [gateway.client() for _ in range(198)]
            self.assertTrue(all(served(each) for each in clients))
            self.assertFalse(fresh())
            for each in clients[:20]:
                each.send(gateway.request('DELETE', '/collections/x'))
            listed = []
            eventually('all are on the board', lambda: len(listed) == 20 or listed.__setitem__(
                slice(None), json.loads(gateway.world.gatehouse('approvals', 'list', '--config', 'gateway.toml', '--json').out)))
            gateway.edit(('connections = 200\nheld = 20', 'connections = 3\nheld = 1'))
            self.assertEqual(gateway.reload().returncode, 0)
            self.assertTrue(all(served(each) for each in clients[20:]))   # nobody is sent away
            for each in clients[20:]:
                each.sock.close()
            self.assertFalse(fresh())
            for each in clients[:18]:
                each.sock.close()
            eventually('a place is free again', fresh)
            for each in clients:
                each.sock.close()
            origin.stop()


class UnderLoad(unittest.TestCase):
    RELOADS = 1000 if LONG else 50

    def test_no_request_is_dropped(self):
        """Callers on kept and on new connections, plain and masked, while everything that can change does."""
        with Changing(BUILD, workers=2) as gateway:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{"mail":"jane.roe@example.org"}'))
            base = gateway.written()
            texts = [base, base.replace('"us_ssn", ', '').replace('[limits]\n', '[limits]\nheld = 3\n') + MORE]
            stop, bad, counts = threading.Event(), [], [0] * 4

            def calls(number):
                client = gateway.client()
                while not stop.is_set():
                    method, path, body = (('GET', '/plain/x', b''), ('POST', '/chunk', b'{"text":"y"}'))[number % 2]
                    if number >= 2:
                        client.sock.close()
                        client = gateway.client()
                    client.send(gateway.request(method, path, body, ['Content-Type: application/json']))
                    head, body = client.message()
                    if status_of(head) != 200 or (b'jane.roe' in body) == bool(number % 2):
                        bad.append((head, body))
                        break
                    counts[number] += 1
                client.sock.close()

            def safely(number):
                try:
                    calls(number)
                except OSError as error:
                    bad.append(error)
            callers = [threading.Thread(target=safely, args=(number,)) for number in range(len(counts))]
            for each in callers:
                each.start()
            with Wire(socket.socket(socket.AF_UNIX)) as admin:
                admin.sock.connect(gateway.world.path('run/admin.sock'))
                versions = set()
                for turn in range(self.RELOADS):
                    gateway.place('gateway.toml', texts[(turn + 1) % 2])
                    admin.send(b'POST /reload HTTP/1.1\r\nHost: gate\r\nContent-Length: 0\r\n\r\n')
                    head, body = admin.message()
                    self.assertEqual(status_of(head), 200, body)
                    versions.add(json.loads(body)['version'])
                    if bad:
                        break
            stop.set()
            for each in callers:
                each.join()
            self.assertEqual(bad, [])
            self.assertGreaterEqual(len(versions), self.RELOADS)
            self.assertTrue(all(count > 0 for count in counts), counts)
            self.assertEqual(metric(gateway, 'gatehouse_config_refused_total'), 0)
            eventually('old configurations are freed', lambda: metric(gateway, 'gatehouse_config_snapshots') == 1)
            origin.stop()

    def test_a_held_request_is_decided_by_what_is_in_force_when_it_is_released(self):
        with Changing(BUILD) as gateway:
            with gateway.client() as client:
                client.send(gateway.request('DELETE', '/collections/x'))

                def waiting():
                    return gateway.world.gatehouse('approvals', 'list', '--config', 'gateway.toml', '--json').out
                eventually('held', lambda: json.loads(waiting()))
                gateway.edit(('effect = "approve"', 'effect = "deny"'), ('paths = ["/collections/*"]\norigin = "origin"', 'paths = ["/collections/*"]'))
                self.assertIn('changed risky (effect, origin)', gateway.reload().out)
                held = json.loads(waiting())[0]['id']
                gateway.world.gatehouse('approvals', 'approve', held, '--config', 'gateway.toml')
                head, body = client.message()
                self.assertEqual((status_of(head), reason_of(body)), (403, 'policy_denied'))
            self.assertFalse(gateway.origin_called())


if __name__ == '__main__':
    unittest.main()
