"""Records kept, handed on and read elsewhere: retention under a running gateway, exports that are killed, the Python reader on
sealed records. Usage: keeping_test.py BUILD"""
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, PATIENCE, RULES, EchoOrigin, Gateway, answer, field  # noqa: E402

BUILD = os.path.abspath(sys.argv.pop(1))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SEALED = CONFIG.replace('[records]\n', '[records]\nauditor_keys = ["keys/audit.pub"]\noperations_key = "keys/ops.pub"\n')
KILLS = 40 if os.environ.get('GATEHOUSE_LONG') else 6


def house(config=CONFIG, **settings):
    return Gateway(BUILD, config=config, ring_size='1MiB', segment_size='1MiB', limits='inspect_bytes = "128KiB"', **settings)


def until(what, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


class Traffic:
    """Exchanges against a gateway, one after the other; `ids` are those that were answered."""

    def __init__(self, gateway):
        self.gateway, self.ids = gateway, []
        self.origin = EchoOrigin(gateway, lambda head, body: answer(body[::-1], ['Content-Type: application/octet-stream']))

    def run(self, count, size=1000):
        with self.gateway.client() as client:
            for _ in range(count):
                client.send(self.gateway.request('POST', '/plain/x', os.urandom(size)))
                head, _ = client.message()
                self.ids.append(field(head, 'Gatehouse-Exchange-Id'))

    def stop(self):
        self.origin.stop()


class Retention(unittest.TestCase):
    def test_a_running_gateway_erases_what_it_is_told_and_the_rest_verifies(self):
        with house() as gateway:
            traffic = Traffic(gateway)
            self.addCleanup(traffic.stop)
            traffic.run(16, 200_000)   # some segments
            folder = os.path.join(gateway.state, 'records')
            def segments():
                return sorted(name for name in os.listdir(folder) if name.endswith('.ghr') and '-w4095-' not in name)
            self.assertTrue(until(lambda: len(segments()) >= 5))
            before = segments()
            held = gateway.records('hold', before[1], '--note', 'case 4711').out
            self.assertIn('held: 1 segments', held)
            marked = gateway.records('erase', *before[:4], '--note', 'request 17').out
            self.assertIn('marked: 4 segments', marked)
            self.assertIn('held: 1 of them, which stay', marked)
            self.assertTrue(until(lambda: segments() and not set(before[:4]) & set(segments()) - {before[1]}), segments())
            self.assertIn(before[1], segments())
            self.assertRegex(gateway.records('hold', '--list').out, r'(?m) case 4711$')
            for command in ('hold', 'release', 'erase'):   # which names no segment holds none, and says so
                done = gateway.records(command, *(['--note', 'case 4712'] if command != 'release' else []), check=False)
                self.assertEqual((done.returncode, done.out, 'which segments? give their names' in done.err), (64, '', True), done.err)
            verified = gateway.records('verify', check=False)
            self.assertEqual(verified.returncode, 0, verified.out)
            traffic.run(3, 1000)
            gateway.kill()
            gateway.start()
            verified = gateway.records('verify', check=False)
            self.assertEqual(verified.returncode, 0, verified.out)
            python = subprocess.run([sys.executable, os.path.join(SOURCE, 'tools/records.py'), 'verify', folder, '--rings', gateway.rings],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual((python.returncode, python.stderr), (0, ''))
            for name in [each for each in os.listdir(folder) if '-w4095-' in each]:
                os.rename(os.path.join(folder, name), os.path.join(gateway.state, name))
            verified = gateway.records('verify', check=False)
            self.assertEqual(verified.returncode, 74, 'without the tombstone they are missing')
            self.assertIn('missing', verified.out)
            self.assertIn('released: 1 segments', gateway.records('release', '--all').out, 'that was held, not all that there are')

    def test_a_key_that_signed_nothing_here_deletes_nothing(self):
        gateway = house(CONFIG.replace('[records]\n', '[records]\nheads_key_file = "keys/heads"\n'))
        for name in ('heads', 'others'):
            gateway.world.gatehouse('keys', 'make', 'heads', '--out', f'keys/{name}')
        with gateway:
            traffic = Traffic(gateway)
            traffic.run(2)
            traffic.stop()
            gateway.world.stop()
            refused = gateway.records('erase', '--exchange', traffic.ids[0], '--heads-key', 'keys/others', check=False)
            self.assertEqual((refused.returncode, len(gateway.listed())), (66, 2), refused.err)
            self.assertEqual(gateway.records('hold', '--list').out, '', 'a gateway would delete what is marked')
            self.assertIn('deleted: 1 segments', gateway.records('erase', '--exchange', traffic.ids[0], '--heads-key', 'keys/heads').out)
            self.assertEqual(gateway.records('verify', '--heads-key', 'keys/heads.pub', check=False).returncode, 0)

    def test_where_no_gateway_runs_the_command_erases(self):
        gateway = house()
        with gateway:
            traffic = Traffic(gateway)
            traffic.run(2)
            traffic.stop()
            gateway.world.stop()
            begin, end = '1970-01-01T00:00:00Z', '2261-01-01T00:00:00Z'
            self.assertIn('deleted: 0 segments', gateway.records('erase', '--until', begin).out, 'the first moment is one, too')
            self.assertIn('held: 0 segments', gateway.records('hold', '--since', end).out, 'an epoch that ended has an end')
            self.assertIn('held: 1 segments', gateway.records('hold', '--since', begin).out)
            self.assertIn('released: 1 segments', gateway.records('release', '--until', end).out)
            self.assertIn('deleted: 1 segments', gateway.records('erase', '--exchange', traffic.ids[0]).out)
            self.assertEqual(gateway.listed(), [])
            self.assertEqual(gateway.records('verify', check=False).returncode, 0)
            gateway.start()
            self.assertEqual(gateway.records('verify', check=False).returncode, 0)


class Export(unittest.TestCase):
    def test_killed_exports_leave_nothing_out(self):
        with house() as gateway:
            traffic = Traffic(gateway)
            self.addCleanup(traffic.stop)
            events = os.path.join(gateway.state, 'events')
            command = [os.path.join(BUILD, 'gatehouse'), 'records', 'export', '--dir', 'records', '--rings', gateway.rings, '--cursor', 'cursor']
            for kill in range(KILLS):
                export = subprocess.Popen([*command, '--output', 'events', '--follow'], cwd=gateway.state)
                traffic.run(20, 20_000)
                time.sleep(0.1 * (kill % 3))   # the moment of death is the input of this test
                export.send_signal(signal.SIGKILL)
                export.wait()
            subprocess.run([*command, '--output', 'events'], cwd=gateway.state, check=True)
            with open(events, encoding='utf-8') as file:
                seen = [json.loads(line)['exchange_id'] for line in file]
            self.assertEqual(set(traffic.ids) - set(seen), set())
            self.assertLess(len(seen), 3 * len(traffic.ids), 'and little twice')
            again = subprocess.run(command, cwd=gateway.state, check=True, stdout=subprocess.PIPE)
            self.assertEqual(again.stdout, b'')

    def test_a_collector_that_takes_every_second_request_gets_all(self):
        """Alerts come between exchanges: what was taken is not handed over again and again."""
        taken, asked = [], []

        class Collector(http.server.BaseHTTPRequestHandler):
            def do_POST(self):   # noqa: N802
                text = self.rfile.read(int(self.headers['Content-Length'])).decode()
                asked.append(text)
                if len(asked) % 2 == 0:
                    taken.append(text)
                self.send_response(503 if len(asked) % 2 else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with house() as gateway, http.server.HTTPServer(('127.0.0.1', 0), Collector) as collector:
            threading.Thread(target=collector.serve_forever, daemon=True).start()
            self.addCleanup(collector.shutdown)
            traffic = Traffic(gateway)
            self.addCleanup(traffic.stop)
            with open(gateway.world.path('gateway.toml'), encoding='utf-8') as file:
                text = file.read()
            for weaker in ('record = "heads"', 'record = "digest"'):
                traffic.run(2)
                gateway.world.write('gateway.toml', text.replace('name = "plain"', 'name = "plain"\n' + weaker))
                gateway.world.gatehouse('reload', '--config', 'gateway.toml')
            traffic.run(2)
            for _ in range(40):
                done = gateway.records('export', '--post', f'http://127.0.0.1:{collector.server_port}/v1/logs', '--cursor', 'cursor', check=False)
                if done.returncode == 0:
                    break
            self.assertEqual(done.returncode, 0, done.err)
            self.assertGreater(sum('configuration_alert' in each for each in taken), 0)
            self.assertEqual([each for each in traffic.ids if each not in ''.join(taken)], [])
            self.assertLess(len(taken), 20, 'and little twice')

    def test_forms_are_json(self):
        with house() as gateway, gateway.client() as client:
            body = json.dumps({'text': 'write to jane@example.org'}).encode()
            client.send(gateway.request('POST', '/chunk', b'{"text":"x"}', ['Content-Type: application/json', 'X-Request-Id: r-1']))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(body))
                exchange = field(client.message()[0], 'Gatehouse-Exchange-Id')
            client.send(gateway.request('POST', '/chunk', b'{"text":"drop table users"}', ['Content-Type: application/json']))
            client.message()
            lines = {form: [json.loads(line) for line in gateway.records('export', '--format', form).out.splitlines()]
                     for form in ('jsonl', 'ocsf', 'otlp')}
            self.assertEqual([each['status'] for each in lines['jsonl']], [200, 403])
            self.assertEqual([each['class_uid'] for each in lines['ocsf']], [6003, 2006, 6003, 2006])
            self.assertEqual([each['action_id'] for each in lines['ocsf']], [4, 4, 2, 2])
            self.assertEqual(lines['ocsf'][0]['metadata']['uid'], exchange)
            self.assertEqual(lines['ocsf'][0]['metadata']['correlation_uid'], 'r-1')
            self.assertEqual(lines['ocsf'][2]['unmapped']['guard_hit'], ['destructive-sql'])
            logs = [each['resourceLogs'][0]['scopeLogs'][0]['logRecords'][0] for each in lines['otlp']]
            self.assertEqual([each['severityText'] for each in logs], ['INFO', 'WARN'])
            self.assertNotIn('jane@', json.dumps(lines))


class Python(unittest.TestCase):
    def python(self, gateway, *words):
        return subprocess.run([sys.executable, os.path.join(SOURCE, 'tools/records.py'), *words, '--rings', gateway.rings],
                              cwd=gateway.state, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def test_it_opens_what_a_gateway_sealed(self):
        gateway = house(SEALED, rules=RULES.replace('paths = ["/plain/**"]', 'paths = ["/plain/**"]\ncompress = "zstd"'))
        for use, name in (('auditor', 'audit'), ('operations', 'ops')):
            gateway.world.gatehouse('keys', 'make', use, '--out', f'keys/{name}', '--name', name)
        sent, back = b'{"asked": 1}' * 40, b'{"told": "jane"}' * 50
        with gateway, gateway.client() as client:
            client.send(gateway.request('POST', '/plain/x', sent))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(back))
                exchange = field(client.message()[0], 'Gatehouse-Exchange-Id')
            for ended in (False, True):   # from the ring, then from segments
                for key, request, reply in (('audit', sent, back), ('ops', b'', back), (None, b'', b'')):
                    words = ['--key', f'keys/{key}'] if key else []
                    self.assertEqual(self.python(gateway, 'body', 'records', exchange, 'request', *words).stdout, request, key)
                    self.assertEqual(self.python(gateway, 'body', 'records', exchange, 'answer', *words).stdout, reply, key)
                    verified = self.python(gateway, 'verify', 'records', *words)
                    self.assertEqual((verified.returncode, verified.stderr), (0, b''), verified.stdout)
                if not ended:
                    gateway.world.stop()
            folder = os.path.join(gateway.state, 'records')
            for name in os.listdir(folder):
                if name.endswith('.ghr'):
                    with open(os.path.join(folder, name), 'rb') as file:
                        content = file.read()
                    self.assertNotIn(b'jane', content)
                    self.assertNotIn(b'asked', content)


if __name__ == '__main__':
    unittest.main()
