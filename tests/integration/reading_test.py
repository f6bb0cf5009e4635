"""What finds exchanges in records, on a running gateway: jobs over connections and workers, following, readers beside writers,
hostile text in every form of output, candidate policies."""
import csv
import io
import json
import os
import random
import re
import select
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, PATIENCE, EchoOrigin, Gateway, answer, field, nameless_bytes  # noqa: E402

BUILD = sys.argv.pop(1)
CLAIMS = CONFIG.replace('jwks_file =', 'record_claims = ["client_id"]\njwks_file =')
LONG = bool(os.environ.get('GATEHOUSE_LONG'))
NEVER = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]')


def plain(head, body):
    return answer(b'<' + body + b'>', ['Content-Type: application/octet-stream'])


class Jobs(unittest.TestCase):
    def test_a_run_over_connections_and_workers(self):
        with Gateway(BUILD, config=CLAIMS, workers=2, segment_size='1MiB', ring_size='1MiB') as gateway:
            seen, lock = {}, threading.Lock()   # exchange -> what client and origin saw
            asked = {}                          # path -> body at the origin

            def reply(head, body):
                with lock:
                    asked[head.split(b' ')[1]] = body
                return plain(head, body)
            origin = EchoOrigin(gateway, reply)
            tokens = {run: gateway.token('readers', client=run) for run in ('run-1', 'run-2')}

            def work(number):
                rng = random.Random(number)
                with gateway.client() as client:
                    for turn in range(3):
                        run = 'run-1' if (number + turn) % 2 else 'run-2'
                        path, body = f'/plain/{number}/{turn}', nameless_bytes(rng, rng.choice([0, 10, 70_000]))
                        client.send(gateway.request('POST', path, body, token=tokens[run]))
                        head, got = client.message()
                        with lock:
                            seen[field(head, 'Gatehouse-Exchange-Id')] = (run, path, body, got)
            threads = [threading.Thread(target=work, args=(i,)) for i in range(24)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            origin.stop()
            self.assertEqual(len(seen), 72)
            workers = set()
            for run in tokens:
                rows = [json.loads(line) for line in gateway.records('job', f'client_id={run}').out.splitlines()]
                self.assertEqual({row['exchange_id'] for row in rows}, {each for each, what in seen.items() if what[0] == run})
                self.assertEqual([row['time'] for row in rows], sorted(row['time'] for row in rows))
                whole = {part: gateway.records('replay', '--job', f'client_id={run}', '--part', part, '--body-only').stdout
                         for part in ('origin-request', 'client-answer')}
                self.assertEqual(whole['origin-request'], b''.join(asked[seen[row['exchange_id']][1].encode()] for row in rows))
                self.assertEqual(whole['client-answer'], b''.join(seen[row['exchange_id']][3] for row in rows))
                self.assertIn(f'=== {len(rows)} of {len(rows)}', gateway.records('replay', '--job', f'client_id={run}').out)
                for row in rows[:6]:
                    _, _, body, got = seen[row['exchange_id']]
                    parts = [gateway.records('replay', row['exchange_id'], '--part', part, '--body-only').stdout
                             for part in ('client-request', 'origin-request', 'origin-answer', 'client-answer')]
                    self.assertEqual(parts, [body, body, got, got])
                for row in rows:
                    shown = json.loads(gateway.records('show', row['exchange_id'], '--json').out)
                    workers.add(re.search(r'w(\d{4})', shown['records'][0]['file']).group(1))
            self.assertEqual(len(workers), 2, 'both took a part in it')
            self.assertEqual(gateway.records('job', 'client_id=nobody', check=False).returncode, 66)


class Following(unittest.TestCase):
    def lines(self, process, count):
        """The next lines of a process that runs on."""
        out, deadline = [], time.monotonic() + PATIENCE
        while len(out) < count:
            self.assertLess(time.monotonic(), deadline, out)
            if select.select([process.stdout], [], [], 0.5)[0]:
                out.append(json.loads(process.stdout.readline()))
        return out

    def test_each_exchange_as_it_ends_also_of_the_next_process(self):
        with Gateway(BUILD) as gateway:
            def call(path):
                with gateway.client() as client:
                    client.send(gateway.request('POST', path, b'x'))
                    return field(client.message()[0], 'Gatehouse-Exchange-Id')
            origin = EchoOrigin(gateway, plain)
            first = call('/plain/first')
            program = os.path.join(os.path.abspath(BUILD), 'gatehouse')
            follow = subprocess.Popen([program, 'records', 'list', '--follow', '--json', '--dir', 'records', '--rings', gateway.rings],
                                      cwd=gateway.state, stdout=subprocess.PIPE, bufsize=0)
            try:
                self.assertEqual(self.lines(follow, 1)[0]['exchange_id'], first)
                told = [call(f'/plain/{i}') for i in range(3)] + [call('/nowhere')]
                rows = self.lines(follow, 4)
                self.assertEqual([row['exchange_id'] for row in rows], told)
                self.assertEqual([row['reason'] for row in rows], ['none'] * 3 + ['policy_no_rule'])
                gateway.kill()
                gateway.start()
                after = call('/plain/after')
                self.assertEqual(self.lines(follow, 1)[0]['exchange_id'], after)
            finally:
                follow.terminate()
                follow.wait()
                follow.stdout.close()
            origin.stop()


class BesideWriters(unittest.TestCase):
    def test_two_readers_see_nothing_torn(self):
        with Gateway(BUILD, workers=2, segment_size='1MiB', ring_size='1MiB') as gateway:
            ended, stop, lock = {}, time.monotonic() + (60 if LONG else 5), threading.Lock()
            origin = EchoOrigin(gateway, plain)
            failures, rounds = [], [0, 0]

            def write(number):
                rng = random.Random(number)
                with gateway.client() as client:
                    while time.monotonic() < stop:
                        client.send(gateway.request('POST', f'/plain/{number}', rng.randbytes(rng.choice([0, 100, 40_000]))))
                        head, got = client.message()
                        with lock:
                            ended[field(head, 'Gatehouse-Exchange-Id')] = got

            def guarded(what, *arguments):
                try:
                    what(*arguments)
                except Exception as error:   # of a thread: told by the test
                    failures.append(repr(error)[:2000])

            def read_lists():
                while time.monotonic() < stop:
                    with lock:
                        before = set(ended)
                    done = gateway.records('list', '--json', now=True)
                    assert done.err == '', done.err
                    listed = {json.loads(line)['exchange_id'] for line in done.out.splitlines()}
                    assert before <= listed, before - listed
                    rounds[0] += 1

            def read_bodies():
                rng = random.Random(9)
                while time.monotonic() < stop:
                    with lock:
                        before = dict(ended)
                    if before:
                        exchange = rng.choice(sorted(before))
                        done = gateway.records('replay', exchange, '--part', 'client-answer', '--body-only', check=False, now=True)
                        assert done.returncode == 0 and done.stdout == before[exchange], (exchange, done.returncode, done.err)
                        rounds[1] += 1
            threads = [threading.Thread(target=guarded, args=(write, i)) for i in range(3)]
            threads += [threading.Thread(target=guarded, args=(each,)) for each in (read_lists, read_bodies)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            origin.stop()
            self.assertEqual(failures, [])
            self.assertTrue(all(rounds), rounds)


class Hostile(unittest.TestCase):
    def test_no_output_can_drive_a_terminal_or_a_spreadsheet(self):
        who = "=cmd|'/C calc'!A1<script>alert(1)</script>&amp;\"onload=x"
        texts = '\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\u200b=1+1 <img src=x onerror=alert(1)> jane@example.org'
        with Gateway(BUILD, config=CLAIMS) as gateway, gateway.client() as client:
            token = gateway.token('readers', client=who)
            client.send(gateway.request('POST', '/chunk', json.dumps({'text': texts}, ensure_ascii=False).encode(), ['Content-Type: application/json'], token))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(json.dumps([{'text': texts}], ensure_ascii=False).encode(), ['Content-Type: application/json', 'X-Said: =\x80\xff<b>']))
                got, _ = client.message()
            exchange = field(got, 'Gatehouse-Exchange-Id')
            client.send(gateway.request('POST', '/chunk', json.dumps({'text': 'drop table x ' + texts}).encode(),
                                        ['Content-Type: application/json'], token))
            refused = field(client.message()[0], 'Gatehouse-Exchange-Id')
            commands = [['list'], ['list', '--format', 'table'], ['list', '--format', 'csv'], ['search', 'cmd'], ['job', f'client_id={who}'],
                        ['job', f'client_id={who}', '--format', 'csv'], ['replay', '--job', f'client_id={who}']]
            for each in (exchange, refused):
                commands += [['show', each], ['show', each, '--json'], ['replay', each], ['view', each]]
            for command in commands:
                out = gateway.records(*command).out
                self.assertIsNone(NEVER.search(out.replace('\r\n', '\n')), command)
            none = list(csv.reader(io.StringIO(gateway.records('list', '--subject', 'nobody', '--format', 'csv').out)))
            self.assertEqual((len(none), none[0][:2]), (1, ['time', 'exchange_id']))
            for row in csv.reader(io.StringIO(gateway.records('list', '--format', 'csv').out)):
                for cell in row:
                    self.assertNotRegex(cell, r'^[=+\-@\t\r]')
            for each in (exchange, refused):
                page = gateway.records('view', each).out
                head, body = page.split('</head>')
                self.assertIn("default-src 'none'; style-src 'sha256-", head)
                for tag in re.findall('<[^>]*>', body):   # nothing but what the page is made of
                    self.assertRegex(tag, r'\A</?(body|html|h[1-4]|section|ol|li|a|dl|dt|dd|div|pre|p|table|tr|th|td|mark)'
                                          r'( (class|id)="[a-z0-9]+"| href="#e[0-9]+"| title="[^"<>]*")*>\Z')
            page = gateway.records('view', exchange).out
            self.assertIn('&lt;img src=x onerror=alert(1)&gt;', page)
            self.assertRegex(page, r'<mark class="was" title="personal-data, email[^"]*">jane@example.org</mark>')
            self.assertRegex(page, r'<mark class="became" title="personal-data, email[^"]*">')
            self.assertEqual([json.loads(line)['exchange_id'] for line in gateway.records('list', '--detector', 'email').out.splitlines()],
                             [exchange])
            self.assertEqual([json.loads(line)['exchange_id'] for line in gateway.records('list', '--guard', 'destructive-sql').out.splitlines()],
                             [refused])


class WhatIf(unittest.TestCase):
    def judged(self, gateway, text):
        gateway.world.write('candidate.toml', text)
        done = gateway.records('what-if', '--policy', 'candidate.toml', '--decisions-only', '--json', check=False)
        lines = [json.loads(line) for line in done.out.splitlines()]
        return done.returncode, lines[:-1], lines[-1]

    def test_what_would_change(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            origin = EchoOrigin(gateway, lambda head, body: answer(b'{}'))
            ids = []
            for path, body in (('/plain/a', b'x'), ('/chunk', b'{"text":"fine"}'), ('/chunk', b'{"text":"drop table x"}'), ('/none', b'x')):
                client.send(gateway.request('POST', path, body, ['Content-Type: application/json']))
                ids.append(field(client.message()[0], 'Gatehouse-Exchange-Id'))
            origin.stop()
            with open(os.path.join(gateway.state, 'gateway.toml'), encoding='utf-8') as file:
                text = file.read()
            code, changed, total = self.judged(gateway, text)
            self.assertEqual((code, changed, total['judged']), (0, [], 4))
            code, changed, total = self.judged(gateway, text.replace('masks = ["personal-data"]\n', ''))
            self.assertEqual((code, [each['exchange_id'] for each in changed], total['masks']), (1, [ids[1]], 1))
            self.assertEqual((changed[0]['was']['masks'], changed[0]['would_be']['masks']), (['personal-data'], []))
            code, changed, total = self.judged(gateway, text.replace('guards = ["destructive-sql"]\n', ''))
            self.assertEqual({each['exchange_id']: each['would_be']['verdict'] for each in changed}, {ids[1]: 'allow', ids[2]: 'allow'})
            code, changed, total = self.judged(gateway, text.replace('paths = ["/plain/**"]', 'paths = ["/none", "/other"]'))
            self.assertEqual({each['exchange_id']: each['would_be']['verdict'] for each in changed}, {ids[0]: 'deny', ids[3]: 'allow'})


if __name__ == '__main__':
    unittest.main()
