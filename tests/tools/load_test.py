"""gatehouse-load against servers that behave in known ways. Usage: load_test.py LOAD ISSUER [--long]"""
import gzip
import json
import math
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from known_server import KnownServer, answer
import schema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/lib'))
import world  # noqa: E402

LONG = bool(os.environ.get('GATEHOUSE_LONG'))
LOAD, ISSUER = sys.argv.pop(1), sys.argv.pop(1)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMA = json.load(open(os.path.join(ROOT, 'tools/load/report.schema.json'), encoding='utf-8'))


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


class Load(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, 'wb') as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, port, *words, scheme='http', path='/', judged=False):
        """Runs the tool; returns its exit code and its report, which always keeps to the schema. On a busy machine any
        run may be judged invalid (3): unless that is the question, it is not the answer."""
        done = subprocess.run([LOAD, '--url', f'{scheme}://127.0.0.1:{port}{path}', '--json', '-', *map(str, words)],
                              capture_output=True, text=True, timeout=170, check=False)
        report = json.loads(done.stdout) if done.stdout else None
        if report:
            self.assertEqual(schema.problems(report, SCHEMA, SCHEMA), [])
            self.assertEqual(report['exit_code'], done.returncode)
            self.assertEqual(report['errors'], sum(report['failures'].values()))
            self.assertEqual(report['latency_ns']['count'], report['good'])
            self.assertEqual(sum(count for _, count in report['latency_ns']['histogram']), report['good'])
        self.said = done.stderr
        return 0 if done.returncode == 3 and not judged else done.returncode, report

    def quiet(self, behave, *words, enough=lambda report: report['tool']['valid']):
        """A report and the server of a run that is worth looking at: one for which the machine was too busy proves nothing."""
        for _ in range(4):
            with KnownServer(behave) as server:
                _, report = self.load(server.port, *words)
            if enough(report):
                return report, server
        self.skipTest('the machine was too busy in every try: ' + '; '.join(report['tool']['doubts']))

    # ---- what is asked ----

    def test_requests_are_what_was_ordered(self):
        tokens = self.file('tokens', 'first-token\nsecond-token\n')
        body = self.file('body', b'{"text": "\x00\xff"}')
        with KnownServer(lambda *_: answer()) as server:
            code, report = self.load(server.port, '--requests', 4, '--connections', 1, '--token-file', tokens, '--body-file',
                                     body, '--header', 'X-One: 1', '--method', 'PUT', path='/a?b=c')
        self.assertEqual((code, report['sent'], report['good'], report['errors']), (0, 4, 4, 0))
        host = b'Host: 127.0.0.1:%d\r\n' % server.port
        for number, token in enumerate([b'first-token', b'second-token'] * 2):
            self.assertEqual(server.requests[number], b'PUT /a?b=c HTTP/1.1\r\n' + host + b'X-One: 1\r\n'
                             b'Content-Length: 14\r\nAuthorization: Bearer ' + token + b'\r\n\r\n{"text": "\x00\xff"}')
        self.assertEqual(report['bytes_out'], sum(map(len, server.requests)))
        self.assertEqual(report['bytes_in'], 4 * len(answer()))

    def test_bodies_from_a_folder_and_a_trace(self):
        os.mkdir(os.path.join(self.folder.name, 'bodies'))
        self.file('bodies/a', 'one')
        self.file('bodies/b', 'two')
        trace = self.file('trace', json.dumps({'method': 'POST', 'path': '/x', 'headers': {'A': 'b'}, 'body': 'three'}) +
                          '\n' + json.dumps({'path': '/y', 'body_file': os.path.join(self.folder.name, 'bodies/b')}) + '\n')
        with KnownServer(lambda *_: answer()) as server:
            self.load(server.port, '--requests', 3, '--connections', 1, '--bodies', os.path.join(self.folder.name, 'bodies'))
            self.load(server.port, '--requests', 2, '--connections', 1, '--trace', trace)
        self.assertEqual([request.split(b'\r\n\r\n')[1] for request in server.requests],
                         [b'one', b'two', b'one', b'three', b'two'])
        self.assertIn(b'POST /x HTTP/1.1\r\n', server.requests[3])
        self.assertIn(b'\r\nA: b\r\n', server.requests[3])
        self.assertTrue(server.requests[4].startswith(b'POST /y '))
        for line in ('{"body": "x", "body_file": "y"}', '{"pth": "/x"}', '{"path": "/x"', '{"body": 7}', '[]', '{"headers": {"A": 7}}'):   # misspelt or broken: none is sent
            wrong = self.file('wrong', '{"path": "/x"}\n' + line + '\n')
            self.assertEqual(self.complaint(66, '--url', 'http://127.0.0.1:1/', '--trace', wrong)[:len(wrong) + 29], f'gatehouse-load: {wrong}, request 2: ')

    def test_requests_of_the_warmup_do_not_count(self):
        for more in ([], ['--rate', '50']):
            with KnownServer(lambda *_: answer()) as server:
                code, report = self.load(server.port, '--warmup', '500ms', '--requests', 7, '--connections', 1, *more)
            self.assertEqual((code, report['sent'], report['good']), (0, 7, 7), more)
            self.assertGreater(len(server.requests), 7)

    def test_one_credential_a_request(self):
        tokens = self.file('tokens', 'a\n')
        trace = self.file('trace', '{"headers": {"authorization": "Bearer b"}}\n')
        for more in (['--header', 'Authorization: Bearer b'], ['--trace', trace]):
            self.assertIn('requests have an Authorization field already',
                          self.complaint(66, '--url', 'http://127.0.0.1:1/', '--token-file', tokens, *more))

    def test_a_report_that_cannot_be_written_is_said_before_the_run(self):
        with KnownServer(lambda *_: answer()) as server:
            url = f'http://127.0.0.1:{server.port}/'
            self.assertIn('No such file or directory', self.complaint(66, '--url', url, '--requests', '3', '--json', '/nowhere/report.json'))
            self.assertEqual(server.requests, [])
            for words in ([], ['--json', '-']):   # a full disk: a report that nobody gets is no success
                with open('/dev/full', 'w', encoding='ascii') as full:
                    done = subprocess.run([LOAD, '--url', url, '--requests', '3', '--quiet', *words], text=True, timeout=60, stdout=full,
                                          stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 66, words)
                self.assertIn('No space left on device', done.stderr)

    def test_what_is_open_when_a_run_ends_is_said(self):
        with socket.create_server(('127.0.0.1', 0)) as deaf:   # connects, and says nothing
            url = f'http://127.0.0.1:{deaf.getsockname()[1]}/'
            done = subprocess.run([LOAD, '--url', url, '--mode', 'drip', '--connections', '2', '--duration', '300ms', '--quiet'], text=True,
                                  stdout=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('  open      2 had no whole answer when the run ended\n', done.stdout)

    def complaint(self, code, *words):
        """What it says to stderr when it ends with that code."""
        done = subprocess.run([LOAD, *words, '--quiet'], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_new_connections_are_new(self):
        with KnownServer(lambda *_: answer(extra=b'Connection: close\r\n')) as server:
            code, report = self.load(server.port, '--requests', '007', '--connections', 2, '--new-connections')   # decimal
        self.assertEqual((code, report['good'], report['connections_opened']), (0, 7, 7))

    def test_tls_is_verified_unless_told_otherwise(self):
        subprocess.run([ISSUER, 'certificate', '--dir', self.folder.name, '--name', 'localhost', '--ip', '127.0.0.1'],
                       check=True, stdout=subprocess.DEVNULL)
        cert, key = (os.path.join(self.folder.name, name) for name in ('cert.pem', 'key.pem'))
        server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_side.minimum_version = ssl.TLSVersion.TLSv1_3
        server_side.load_cert_chain(cert, key)
        few = ('--requests', 3, '--connections', 1)
        with KnownServer(lambda *_: answer(), server_side) as server:
            code, report = self.load(server.port, *few, '--ca-file', cert, scheme='https')
            self.assertEqual((code, report['good']), (0, 3))
            code, report = self.load(server.port, *few, '--insecure', scheme='https')
            self.assertEqual((code, report['good']), (0, 3))
            code, report = self.load(server.port, *few, '--ca-file', cert, '--server-name', 'other.example', scheme='https')
            self.assertEqual((code, report['good'], report['failures']['tls']), (69, 0, 3))

    # ---- what is checked ----

    def test_bodies_are_compared_byte_by_byte(self):
        wanted = self.file('wanted', b'the answer')
        with KnownServer(lambda number, _: answer(b'the answer' if number != 2 else b'the answfr')) as server:
            code, report = self.load(server.port, '--requests', 2, '--connections', 1, '--expect-body', wanted)
            self.assertEqual((code, report['good']), (0, 2))
            code, report = self.load(server.port, '--requests', 2, '--connections', 1, '--expect-body', wanted)
        self.assertEqual((code, report['good'], report['failures']['body']), (1, 1, 1))

    def test_forbidden_values_are_found_in_heads_bodies_and_across_pieces(self):
        values = self.file('values', 'jane.roe@example.org\n4111 1111 (1111)\nX-Leak-Name\n')
        for line, body, extra in ((1, b'x' * 70000 + b' jane.roe@example.org ', b''), (2, b'4111 1111 (1111)', b''),
                                  (3, b'', b'X-Leak-Name: y\r\n'), (0, b'jane-roe@example.org', b'')):
            with KnownServer(lambda *_: answer(body, extra=extra)) as server:
                code, report = self.load(server.port, '--requests', 2, '--connections', 1, '--forbid', values)
            self.assertEqual((code, report['forbidden_line'], report['failures']['forbidden']),
                             (1, line, 2) if line else (0, 0, 0))

    def test_what_cannot_be_looked_through_holds_a_forbidden_value(self):
        values = self.file('values', 'jane.roe@example.org\n')
        hidden = gzip.compress(b'jane.roe@example.org')
        for coding, body, found in (('gzip', hidden, 2), ('x-new', b'plain', 2), ('identity', b'plain', 0), ('gzip', b'', 0)):
            with KnownServer(lambda *_: answer(body, extra=f'Content-Encoding: {coding}\r\n'.encode())) as server:
                done = subprocess.run([LOAD, '--url', f'http://127.0.0.1:{server.port}/', '--requests', '2', '--connections', '1', '--forbid', values,
                                       '--quiet'], text=True, stdout=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual(('an answer came in a content coding, and --forbid cannot look through it' in done.stdout, done.returncode == 1),
                             (found > 0, found > 0), done.stdout)

    def test_failures_are_told_apart_and_never_in_the_percentiles(self):
        over = threading.Event()

        def behave(number, _):
            if number == 4:
                over.wait(60)
            return [answer(), answer(status=b'503 Busy'), None, b'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', answer(),
                    answer()[:-1]][number] if number < 5 else answer()
        with KnownServer(behave) as server:
            code, report = self.load(server.port, '--requests', 8, '--connections', 1, '--timeout', '4s')
            over.set()
        self.assertEqual(code, 0)
        self.assertEqual({kind: count for kind, count in report['failures'].items() if count},
                         {'status': 1, 'closed': 1, 'malformed': 1, 'timeout': 1})
        self.assertEqual((report['good'], report['statuses']), (4, {'200': 4, '503': 1}))
        self.assertLess(report['latency_ns']['max'], 4e9)

    def test_nobody_there(self):
        with socket.socket() as deaf:   # bound, but not listening: nobody else takes the port
            deaf.bind(('127.0.0.1', 0))
            code, report = self.load(deaf.getsockname()[1], '--requests', 2, '--connections', 2)
        self.assertEqual((code, report['sent'], report['failures']['connect']), (69, 0, 2))

    def test_expectations(self):
        with KnownServer(lambda *_: answer()) as server:
            few = ('--requests', 20, '--connections', 1)
            code, report = self.load(server.port, *few, '--expect', 'p99<30s,errors=0,good>=20')
            self.assertEqual((code, [e['met'] for e in report['expectations']]), (0, [True] * 3))
            code, report = self.load(server.port, *few, '--expect', 'p50<1ns,errors=0')
            self.assertEqual((code, [e['met'] for e in report['expectations']]), (1, [False, True]))
            code, _ = self.load(server.port, *few, '--expect', 'p50<1parsec')
            self.assertEqual(code, 64)
            self.assertEqual(self.load(server.port, *few, '--expect-status', 201)[0], 1)

    # ---- time ----

    def test_percentiles_are_right_to_one_percent(self):
        def behave(number, _):
            time.sleep(0.3 if number % 10 < 8 else 0.6 if number % 10 == 8 else 1.2)
            return answer()
        for _ in range(3):   # whoever gets the processor late is late; a tool that is wrong is wrong in each run
            report, server = self.quiet(behave, '--rate', 60, '--duration', '3s', '--connections', 60)
            self.assertEqual(report['good'], 180)
            ratios = {percent: report['latency_ns'][f'p{percent}'] / percentile(server.delays, percent) for percent in (50, 75, 90, 95, 99)}
            if all(abs(ratio - 1) <= 0.01 for ratio in ratios.values()):
                return
        self.fail(f'of what the server took: {ratios}')

    def test_a_stall_counts_for_all_that_were_due(self):
        # One connection, 100 a second; the server stalls once for 600 ms: some 60 requests were due meanwhile. A tool
        # that waits for the answer before it thinks of the next request would see one slow request in 200.
        def behave(number, _):
            if number == 20:
                time.sleep(0.6)
            return answer()
        # What comes after the stall must be fast enough to be done with all of them before the end.
        report, _ = self.quiet(behave, '--rate', 100, '--duration', '2s', '--connections', 1, enough=lambda report: report['unsent'] == 0)
        self.assertEqual((report['sent'], report['good'], report['unsent']), (200, 200, 0))
        self.assertGreater(report['latency_ns']['p90'], 200e6)
        self.assertGreater(report['latency_ns']['p75'], 10e6)
        self.assertGreater(report['late'], 50)

    def test_steps_and_what_was_not_sent(self):
        report, _ = self.quiet(lambda *_: time.sleep(0.1) or answer(), '--rate', '5,40', '--duration', '1s', '--connections', 1,
                               enough=lambda report: report['steps'][0]['unsent'] == 0)
        slow, fast = report['steps']
        self.assertEqual((slow['sent'], slow['unsent'], fast['sent'] + fast['unsent']), (5, 0, 40))
        self.assertGreater(fast['unsent'], 20)
        self.assertEqual(report['sent'], slow['sent'] + fast['sent'])

    # ---- the tool itself, and the server's process ----

    def test_a_run_in_which_the_tool_was_the_limit_is_invalid(self):
        done = subprocess.run([LOAD, '--origin', 'unix:' + os.path.join(self.folder.name, 's'), '--origin-status', '204',
                               '--url', 'http://127.0.0.1:1/', '--requests', '1', '--connections', '1', '--json', '-'],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 69)   # the origin alone makes no run
        port = world.free_port(0)
        for _ in range(10):   # a machine that is stopped altogether gives the tool a rest
            code, report = self.load(port, '--origin', f'127.0.0.1:{port}', '--duration', '700ms', '--connections', 8, judged=True)
            if code == 3:
                break
        self.assertEqual((code, report['tool']['valid'], report['errors']), (3, False, 0))
        self.assertGreater(report['tool']['cpu_share'] + report['tool']['waiting_share'], 0.9)

    def test_cpu_and_memory_of_a_process(self):
        def behave(*_):
            until = time.thread_time_ns() + 20_000_000
            while time.thread_time_ns() < until:
                pass
            return answer()
        with KnownServer(behave) as server:
            _, report = self.load(server.port, '--requests', 20, '--connections', 1, '--pid', os.getpid())
        self.assertGreater(report['process']['cpu_us_per_request'], 20_000)
        self.assertLess(report['process']['cpu_us_per_request'], 40_000)
        self.assertGreater(report['process']['rss_max_bytes'], 5 << 20)

    def test_cpu_of_threads_that_end_is_the_processs_too(self):
        def burn():
            until = time.thread_time_ns() + 20_000_000
            while time.thread_time_ns() < until:
                pass

        def behave(*_):
            worker = threading.Thread(target=burn)
            worker.start()
            worker.join()
            return answer()
        with KnownServer(behave) as server:
            _, report = self.load(server.port, '--requests', 20, '--connections', 1, '--pid', os.getpid())
        self.assertGreater(report['process']['cpu_us_per_request'], 20_000)
        self.assertLess(report['process']['cpu_us_per_request'], 40_000)

    def test_a_process_that_ends_meanwhile_has_no_figure(self):
        program = 'sum(range(3_000_000)); print(flush=True); input()'
        with subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watched:
            watched.stdout.readline()   # what it takes it has taken before the run

            def behave(number, _):
                if number == 10:
                    watched.communicate(b'\n')
                return answer()
            with KnownServer(behave) as server:
                code, report = self.load(server.port, '--requests', 20, '--connections', 1, '--pid', watched.pid, judged=True)
        self.assertEqual((code, report['process']['cpu_us_per_request'], report['process']['cpu_ns']), (3, 0, 0))
        self.assertIn('a watched process was not there from begin to end', report['tool']['doubts'])

    # ---- bad days ----

    def test_modes(self):
        body = self.file('body', b'y' * 300)
        with KnownServer(lambda *_: answer(b'z' * 300)) as server:
            for mode in ('slow-reader', 'slow-writer'):
                code, report = self.load(server.port, '--mode', mode, '--pace', 2000, '--requests', 2, '--connections', 2,
                                         '--body-file', body)
                self.assertEqual((code, report['good']), (0, 2), mode)
                self.assertGreater(report['latency_ns']['min'], 120e6, mode)   # 300 bytes and a head
            code, report = self.load(server.port, '--mode', 'drip', '--requests', 1, '--connections', 1)
            self.assertEqual((code, report['good']), (0, 1))
            self.assertGreater(report['latency_ns']['min'], 300e6)             # some 40 bytes, one a tick
            before = len(server.requests)
            code, report = self.load(server.port, '--mode', 'abort', '--requests', 6, '--connections', 1, '--body-file', body)
            self.assertEqual((code, report['sent'], report['aborted'], report['good']), (0, 6, 6, 0))
            self.assertEqual(len(server.requests) - before, 3)                 # the other half was never whole
            code, report = self.load(server.port, '--mode', 'churn', '--requests', 5, '--connections', 1)
            self.assertEqual((report['good'], report['connections_opened']), (5, 5))
            self.assertEqual(len(server.requests) - before, 3)
            code, report = self.load(server.port, '--mode', 'drip:1', '--connections', 2, '--duration', '1s')
            self.assertGreater(report['good'], 0)
            self.assertGreater(report['in_mode']['sent'], 0)

    def test_a_run_without_one_good_answer_is_no_success(self):
        with KnownServer(lambda *_: b'HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n') as server:
            code, report = self.load(server.port, '--requests', 5, '--connections', 1)
            self.assertEqual((code, report['good'], report['failures']['status']), (1, 0, 5))
            done = subprocess.run([LOAD, '--url', f'http://127.0.0.1:{server.port}/', '--requests', '2', '--quiet'], text=True, timeout=60,
                                  stdout=subprocess.PIPE, check=False)
            self.assertIn('no good answer: no latency to tell', done.stdout)
            self.assertNotIn('p99', done.stdout)
            code, _ = self.load(server.port, '--requests', 5, '--connections', 1, '--expect', 'status=5')
            self.assertEqual(code, 0)

    def test_usage(self):
        for words in (['--connections', '0'], ['--mode', 'sleepy'], ['--duration', 'long'], ['--nonsense']):
            self.assertEqual(self.load(1, *words)[0], 64, words)
        for words, said in ((['--urll', 'x'], "did you mean '--url'?"), (['--requests', 'x'], "'x' is no whole number from 0 to "), (['--requests', '-5'], "'-5' is no whole number"),
                            (['--pace', '0'], "'0' is no number above 0"), (['--pid', '-5'], "'-5' is no number above 0"),
                            (['--rate', '0'], "'0' is no rate above 0"), (['--rate', '1,inf'], "'inf' is no rate above 0, at most"),
                            (['--rate', '1000x'], "'1000x' is no value of --rate"), (['--forbid', ''], '--forbid: nothing is given'),
                            (['--expect', ''], '--expect: nothing is given'),
                            (['--expect', 'errors=0,cpu_us<5'], "'cpu_us<5' is of a watched process: give --pid"),
                            (['--mode', 'drip:65'], 'more than there are connections (64)'),
                            (['--method', 'GE T'], 'not a request line of HTTP: GE T /'), (['--header', 'a b: c'], 'not a field of HTTP'),
                            (['--header', 'Content-Length: 5'], 'Content-Length is written by gatehouse-load itself')):
            done = subprocess.run([LOAD, *([] if words[0] == '--urll' else ['--url', 'http://127.0.0.1:1/']), *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual(done.returncode, 64)
            self.assertIn(said, done.stderr)
        self.assertEqual(self.load(1, '--body-file', '/nowhere')[0], 66)
        self.assertIn('there is no process 2000000000', self.complaint(66, '--url', 'http://127.0.0.1:1/', '--pid', '2000000000'))
        self.assertIn('no.such.invalid', self.complaint(69, '--url', 'http://no.such.invalid/'))

    @unittest.skipUnless(LONG and shutil.which('wrk') and shutil.which('nginx'), 'a long run, with wrk (tools/setup --tests) and nginx (which only you install: it starts a service)')
    def test_agrees_with_wrk_and_h2load(self):
        """As bench/agree says it, where nothing else keeps the machine busy."""
        done = subprocess.run([os.path.join(ROOT, 'bench/agree'), '--build', os.path.dirname(LOAD)], text=True, timeout=170,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == '__main__':
    unittest.main()
