"""`gatehouse explain` says of a request what the running gateway does with it: explain_test.py BUILD [REQUESTS [SEED]].
Random requests go over real sockets, and the same ones, described as lines of JSON, to `explain --requests`; decision,
reason and status must be equal, and the origin must have seen what is allowed and nothing else."""
import base64
import concurrent.futures
import gzip
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from ends import Recorder, reason_of, status_of  # noqa: E402
from gateway import AUDIENCE, CONFIG, ISSUER, Gateway, field  # noqa: E402

BUILD = sys.argv.pop(1)
REQUESTS = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1000
SEED = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1
HOLD = 0.25   # seconds
CONNECTIONS = 8

ROUTES = '''
[[guard]]
name = "statements"
[guard.statements]
commands = ["/statement"]
delete = "approve"
[[guard]]
name = "shape"
[[guard.shape]]
at = ["/ids"]
types = ["array"]
max = 2
[[guard]]
name = "tenants"
effect = "approve"
patterns = ['\\btenant-9\\b']
look_in = ["values", "path"]
headers = ["X-Collection", "Cookie"]
[[route]]
name = "keyed"
path = "/keyed"
rewrite = "/v1"
origin = "origin"
token_header = "X-Chunk-Key"
[route.limits]
inspect_bytes = "16KiB"
[[route]]
name = "small"
path = "/small"
origin = "origin"
[route.limits]
body_bytes = "2KiB"
[[route]]
name = "chunk"
path = "/chunk"
origin = "origin"
[[route]]
name = "plain"
path = "/plain"
hosts = ["gate"]
origin = "origin"
[[route]]
name = "collections"
path = "/collections"
origin = "origin"
'''
RULES = '''
[[rule]]
name = "no-admin"
effect = "deny"
groups = ["*"]
paths = ["/*/admin/**"]
[[rule]]
name = "not-from-here"
effect = "deny"
groups = ["*"]
sources = ["127.0.0.0/8"]
paths = ["/plain/remote/**"]
[[rule]]
name = "not-from-there"
effect = "deny"
groups = ["*"]
sources = ["192.0.2.0/24"]
paths = ["/plain/far/**"]
[[rule]]
name = "plain"
effect = "allow"
groups = ["readers"]
paths = ["/plain/**", "/small/**"]
[[rule]]
name = "guarded"
effect = "allow"
groups = ["readers"]
methods = ["POST", "PUT"]
paths = ["/chunk/**", "/small/looked/**", "/keyed/**"]
guards = ["destructive-sql", "statements", "shape", "tenants"]
masks = ["personal-data"]
[[rule]]
name = "reading"
effect = "allow"
groups = ["readers", "auditors"]
methods = ["GET", "HEAD"]
paths = ["/collections/**", "/keyed/**"]
[[rule]]
name = "risky"
effect = "approve"
groups = ["readers"]
methods = ["DELETE"]
paths = ["/collections/*"]
guards = ["tenants"]
'''

METHODS = ['POST'] * 6 + ['GET', 'GET', 'PUT', 'HEAD', 'DELETE']
ODD_METHODS = ['delete', 'OPTIONS', 'TRACE', 'PATCH', 'P(ST']
PLACES = ['/chunk/a'] * 6 + ['/keyed/a'] * 4 + ['/plain/a', '/plain/remote/a', '/plain/far/a', '/small/a', '/small/looked/a', '/collections/tenant-9',
          '/collections/x', '/chunk/admin/x', '/keyed/Admin/x', '/other', '/chunker', '/Chunk/a', '/chunk/tenant-9']
SPELLINGS = [lambda p: p + '/', lambda p: p.replace('/a', '/%61'), lambda p: '/plain/../' + p[1:], lambda p: p.upper(),
             lambda p: p.replace('/a', '//a'), lambda p: p + '%2Fb', lambda p: p + '%00', lambda p: p + ' x', lambda p: p + ';v=1',
             lambda p: '/.' + p, lambda p: p + '/%2e%2e/admin/x', lambda p: p + '%', lambda p: p + 'Ü', lambda p: p + 'x' * 9000,
             lambda p: 'http://gate' + p, lambda p: p[1:], lambda p: p + '#x', lambda p: p + '\\b']
QUERIES = ['?', '?a=b', '?q=drop%20table%20x', '?q=drop+table+x', '?a=%zz', '?a=%ff', '?api_key=x', '?a=1;access_token=2',
                       '?q=a;drop%20table%20y', '?tenant-9']
FIELDS = [['X-Collection: tenant-9'], ['X-Collection: tenant-1'], ['Cookie: tenant-9'], ['Bad Name: x'], ['X-A: \x01'], ['Expect: nothing'],
                     ['Connection: authorization'], ['X_Collection: tenant-9'], ['Upgrade: h2c', 'Connection: upgrade'], ['Host: gate'],
                     ['X-Pad: ' + 'y' * 40000], ['Accept: */*'] * 120, ['Content-Encoding: gzip'], ['Transfer-Encoding: gzip']]
JSON, TEXT, LINES, FORM = 'application/json', 'text/plain', 'application/x-ndjson', 'application/x-www-form-urlencoded'
HIT = b'{"text": "please DROP TABLE chunks"}'
PARTS = b'--cut\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n%s\r\n--cut--\r\n'
BODIES = [(b'', None), (b'{"text": "hello"}', JSON), (b'{"text": "hello", "ids": [1, 2, 3]}', JSON), (b'{"ids": [1]}', JSON), (HIT, JSON),
          (b'{"text": "\\u0044ROP \\u0054ABLE x"}', JSON), (b'{"a": 1, "\\u0061": 2}', JSON), (b'{"text": ', JSON), (b'[' * 200 + b']' * 200, JSON),
          (b'{"statement": "delete from chunks where id = 1"}', JSON), (b'{"statement": "select 1"}', JSON),
          (b'{"statement": "delete from chunks"}', JSON), (b'{"statement": "grant all on x to y"}', JSON), (b'{"x": "of tenant-9"}', JSON),
          (b'{"a": 1}\n{"text": "drop table x"}\n', LINES), (b'{"a": 1}\n{"b": 2}\n', LINES), (b'{"a": 1}\n{"b": \n', LINES),
          (HIT, TEXT), (b'just a text', TEXT), (b'{"text": ', TEXT), (b'a drop table x', None), (b'a=b&c=drop+table+x', FORM), (b'a=b&c=%zz', FORM),
          (PARTS % b'nothing here', 'multipart/form-data; boundary=cut'), (PARTS % b'drop  table x', 'multipart/form-data; boundary=cut'),
          (PARTS % HIT, 'multipart/form-data; boundary=cut'), (PARTS[:-6] % b'x', 'multipart/form-data; boundary=cut'),
          ('\ufeff{"text": "drop table x"}'.encode('utf-16-le'), JSON), (b'\xff\xfe\xfd', JSON), (b'%PDF-1.7 \x00\x01', 'application/pdf'),
          (b'{"text": "' + b'x' * 3000 + b'"}', JSON), (b'{"text": "' + b'x' * 20000 + b'"}', JSON),
          (b'{"text": "' + b'drop table ' * 9000 + b'"}', JSON), (b'[' + b'0,' * 40000 + b'0]', JSON), (b'hello', 'text/plain; charset=koi8-r')]


def usual_or(chance, usual, odd, share=0.12):
    return chance.choice(odd) if chance.random() < share else usual


class Request:
    """One random request: as bytes for a socket, and as a line for `explain`."""

    def __init__(self, chance, number, tokens):
        self.number = number
        self.place = chance.choice(PLACES)
        self.method = usual_or(chance, chance.choice(METHODS), ODD_METHODS, 0.05)
        self.path = usual_or(chance, str, SPELLINGS)(self.place) + usual_or(chance, '', QUERIES)
        self.host = usual_or(chance, 'gate', ['GATE:80', 'other.example', 'gate.', '', 'a b'], 0.08)
        self.headers = [f'X-Request-Id: r-{number}', *usual_or(chance, [], FIELDS)]
        self.body, kind = chance.choice(BODIES) if self.method not in ('GET', 'HEAD') or chance.random() < 0.3 else (b'', None)
        if kind:
            self.headers.append('Content-Type: ' + kind)
        self.code_body(chance)
        self.chunked = bool(self.body) and chance.random() < 0.4
        if self.chunked:
            self.headers.append('Transfer-Encoding: chunked')
        self.token = None      # where the route wants it; else in the fields
        self.carry_token(chance, tokens)

    def code_body(self, chance):
        coded = chance.random()
        if coded < 0.12:
            self.body = gzip.compress(self.body)
            self.headers.append('Content-Encoding: gzip')
        elif coded < 0.15:
            self.body = gzip.compress(self.body)
        elif coded < 0.17:
            self.headers.append('Content-Encoding: ' + chance.choice(['gzip', 'br', 'exi', 'gzip, gzip, gzip']))

    def carry_token(self, chance, tokens):
        which = chance.choice(['good'] * 30 + ['auditors', 'writers', 'forged', 'expired', 'audience', 'issuer', 'none', 'two', 'three', 'basic',
                              'elsewhere', 'nonsense', 'long'])
        good = tokens['good']
        where = 'X-Chunk-Key: ' if self.place.startswith('/keyed/') else 'Authorization: Bearer '
        if which == 'two':
            self.headers += ['Authorization: Bearer ' + good, 'X_Chunk_Key: ' + good]
        elif which == 'three':
            self.headers += [where + good, where + tokens['writers']]
        elif which == 'basic':
            self.headers.append('Authorization: Basic eDp5')
        elif which == 'elsewhere':
            self.headers.append('X-Chunk-Key: ' + good if where.startswith('A') else 'Authorization: Bearer ' + good)
        elif which in tokens:
            plain = re.fullmatch(r'/\w+/\w+', self.path) and self.host == 'gate' and self.place[1] not in 'Co'
            if plain and chance.random() < 0.5:
                self.token = where, tokens[which]
            else:
                self.headers.append(where + tokens[which])

    def line(self):
        asked = {'method': self.method, 'path': self.path, 'host': self.host, 'headers': self.headers, 'from': '127.0.0.1',
                 'body_base64': base64.b64encode(self.body).decode()}
        if self.token:
            asked['token'] = self.token[1]
        return json.dumps(asked)

    def wire(self):
        lines = [f'{self.method} {self.path} HTTP/1.1', *([] if 'Host: gate' in self.headers else ['Host: ' + self.host]), *self.headers]
        if self.token:
            lines.append(self.token[0] + self.token[1])
        body = self.body
        if self.chunked:
            body = b''.join(b'%x\r\n%s\r\n' % (len(piece), piece) for piece in (body[i:i + 700] for i in range(0, len(body), 700))) + b'0\r\n\r\n'
        elif body and 'Transfer-Encoding: gzip' not in self.headers:
            lines.append(f'Content-Length: {len(body)}')
        return ('\r\n'.join(lines) + '\r\n\r\n').encode() + body


class Origin(Recorder):
    def note(self, head, body):
        told = super().note(head, body)
        return told[:told.index(b'\r\n\r\n') + 4] if head.startswith(b'HEAD ') else told


class Explain(unittest.TestCase):
    def setUp(self):
        # Small limits of the real thing would answer for other reasons than the request itself.
        self.gateway = Gateway(BUILD, config=CONFIG.replace('jwks_file', 'leeway = "0"\njwks_file'), routes=ROUTES, rules=RULES,
                               limits='failed_tokens = 1000000', deadlines=f'hold = "{int(HOLD * 1000)}ms"', ring_size='64MiB')
        self.gateway.__enter__()
        self.addCleanup(self.gateway.__exit__, None, None, None)
        self.origin = Origin(self.gateway)
        self.addCleanup(self.origin.stop)

    def tokens(self):
        gateway = self.gateway
        gateway.world.tool('issuer', 'keys', '--dir', 'forged')

        def mint(*, key='keys', issuer=ISSUER, audience=AUDIENCE, ttl='3600', groups='readers'):
            return gateway.world.tool('issuer', 'token', '--key-file', key + '/key.pem', '--issuer', issuer, '--client', 'job-7', '--audience',
                                      audience, '--groups', groups, '--ttl', ttl).out.strip()
        good = mint()
        made = {'good': good, 'auditors': mint(groups='auditors'), 'writers': mint(groups='writers,others'), 'expired': mint(ttl='1'),
                'forged': '.'.join(good.split('.')[:2] + mint(key='forged').split('.')[2:]), 'audience': mint(audience='urn:other'),
                'issuer': mint(issuer='http://127.0.0.1:3'), 'nonsense': 'abc', 'long': 'a.' * 9000}
        time.sleep(2)   # the shortest life that the issuer gives is a second
        return made

    def send(self, request):
        """(status, reason, exchange) of the gateway's answer; a held one is answered when nobody approved it."""
        with self.gateway.client() as client:
            try:
                client.send(request.wire())
            except (BrokenPipeError, ConnectionResetError):
                pass   # refused before all of it was taken
            head, body = client.message(bodiless=request.method == 'HEAD')
        status = status_of(head)
        told = None if request.method == 'HEAD' or status == 200 else reason_of(body)
        return status, told, field(head, 'Gatehouse-Exchange-Id')

    def explained(self, requests):
        self.gateway.world.write('requests.jsonl', ''.join(each.line() + '\n' for each in requests))
        done = self.gateway.world.gatehouse('explain', '--config', 'gateway.toml', '--requests', 'requests.jsonl')
        return [json.loads(line) for line in done.out.splitlines()]

    def test_the_same_decisions_as_the_running_gateway(self):
        chance, tokens = random.Random(SEED), self.tokens()
        requests = [Request(chance, number, tokens) for number in range(REQUESTS)]
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            answers = list(pool.map(self.send, requests))
        told = self.explained(requests)
        self.assertEqual(len(told), len(requests))
        seen = {int(number) for head, _ in self.origin.asked for number in re.findall(rb'(?im)^x-request-id: r-(\d+)', head)}
        recorded = {each['exchange_id']: each['reason'] for each in self.gateway.listed()}
        differing, count = [], {}
        for request, (status, reason, exchange), says in zip(requests, answers, told):
            expected = (says['status'], says['reason'], says['decision'] == 'allow')
            if says['decision'] == 'hold':
                expected = (403, 'approval_expired', False)
            reason = reason or recorded.get(exchange)
            count[says['decision'], says['reason']] = count.get((says['decision'], says['reason']), 0) + 1
            if (status, reason, request.number in seen) != expected:
                differing.append(f'{request.line()[:400]}\n  gateway: {status} {reason} origin: {request.number in seen}\n  explain: {says}')
        print(len(requests), 'requests,', len(count), 'ends:', *(f'{each[1]} {total},' for each, total in count.items()))
        self.assertEqual(len(differing), 0, f'{len(differing)} of {len(requests)} differ, seed {SEED}:\n' + '\n'.join(differing[:5]))
        if REQUESTS >= 1000:
            self.assertGreater(len(count), 30, 'the requests come to too few ends')
        self.same_hits([(exchange, says) for (_, _, exchange), says in zip(answers, told) if says['hits']])

    def same_hits(self, pairs):
        """What guards found is told as it was recorded: which guard, where, which bytes."""
        for exchange, says in pairs[:40]:
            shown = json.loads(self.gateway.records('show', exchange, '--json').out)
            kept = next(one['sections'] for one in shown['records'] if one['kind'] == 'request')
            names = ('guard', 'effect', 'check', 'place', 'offset', 'evidence')
            recorded = list(zip(*(kept['guard_hit' if name == 'guard' else 'guard_' + name] for name in names)))
            told = [tuple(hit[name] if hit[name] != '' else '-' for name in names) for hit in says['hits']]   # '-': no place
            self.assertEqual(told, recorded, exchange)
            self.assertEqual([each['name'] for each in says['rules']], kept['rule'], exchange)
        self.assertTrue(pairs or REQUESTS < 1000)


class Commands(unittest.TestCase):
    """The command line, without a running gateway; every command of docs/operations.md."""

    def setUp(self):
        self.gateway = Gateway(BUILD)
        self.addCleanup(shutil.rmtree, self.gateway.state)
        self.addCleanup(shutil.rmtree, self.gateway.rings)
        self.addCleanup(self.gateway.listener.close)
        self.write = self.gateway.world.write
        self.write('gateway.toml', self.gateway.text())
        self.write('job.token', self.gateway.readers + '\n')
        self.write('request.json', '{"text": ["ok", "\\u0044rop  table x"], "n": 1}')

    def run_words(self, *words, stdin=''):
        done = subprocess.run([os.path.join(os.path.abspath(BUILD), 'gatehouse'), *words], cwd=self.gateway.state, input=stdin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        return done.returncode, done.stdout, done.stderr

    def explain(self, code, *words, stdin='', token='job.token', config='gateway.toml'):
        tokens = ('--token-file', token) if token else ()
        got, out, error = self.run_words('explain', '--config', config, *tokens, *words, stdin=stdin)
        self.assertEqual(got, code, f'{words}: {out}{error}')
        return out if code < 64 else error

    def test_the_page(self):
        with open(os.path.join(HERE, '../../docs/operations.md'), encoding='utf-8') as page:
            section = page.read().split('## Which rule fired?\n')[1].split('\n## ')[0]
        blocks = re.findall(r'^```[a-z]*\n(.*?)^```$', section, flags=re.M | re.S)
        self.write('requests.jsonl', next(block for block in blocks if block.startswith('{')))
        commands = [line for block in blocks for line in block.splitlines() if line.startswith('gatehouse ')]
        self.assertEqual(len(commands), 4)
        outputs = []
        for line, code in zip(commands, (1, 0, 1, 0)):
            got, out, error = self.run_words(*shlex.split(line)[1:])
            self.assertEqual((got, error), (code, ''), line + out)
            outputs.append(out)

        def steady(text):
            return re.sub(r'line \d+', 'line N', re.sub(r'\d{4}-\d\d-\d\dT[\d:.]+Z', 'TIME', text))
        self.assertEqual(steady(outputs[0]), steady(next(block for block in blocks if block.startswith('request '))))
        self.assertEqual(json.loads(outputs[1])['decision'], 'allow')
        self.assertIn('token_expired', outputs[2])
        self.assertEqual(json.loads(outputs[3])['reason'], 'token_missing')

    def test_a_held_request_says_who_must_approve(self):
        out = self.explain(0, '--method', 'DELETE', '--path', '/collections/x')
        self.assertRegex(out, r'hold: a person must approve it within 300 s.* run/admin\.sock can')
        self.assertIn('rule      risky (approve), gateway.toml line ', out)

    def test_masks_and_limits(self):
        self.assertIn('changed by masks: personal-data', self.explain(0, '--method', 'POST', '--path', '/chunk', '--body', '-', stdin='{}'))
        out = self.explain(1, '--method', 'POST', '--path', '/chunk', '--body', '-', stdin=' ' * (8 * 1024 * 1024 + 1))
        self.assertIn('limits.inspect_bytes = 8388608 bytes', out)

    def test_bytes_in_every_place(self):
        long = '{"text": "' + 'ä' * 500 + ' drop table x' + 'ö' * 500 + '"}'
        hit = json.loads(self.explain(1, '--method', 'POST', '--path', '/chunk', '--body', '-', '--json', stdin=long))['hits'][0]
        self.assertEqual((hit['in'], hit['place'], hit['offset']), ('body', '/text', 10))
        self.assertIn('drop table x', hit['bytes'])
        whole = long.encode()
        self.assertEqual(whole[hit['bytes_at']:hit['bytes_at'] + len(hit['bytes'].encode())].decode(), hit['bytes'])
        hit = json.loads(self.explain(1, '--method', 'POST', '--path', '/chunk?a=1&b=drop%20table%20x', '--json'))['hits'][0]
        self.assertEqual((hit['in'], hit['place'], hit['offset'], hit['bytes']), ('query', '?b', 4, 'a=1&b=drop%20table%20x'))

    def test_check_says_what_every_pattern_costs(self):
        policy = self.gateway.text() + '''
[[guard]]
name = "costs"
sets = ["destructive-commands"]
patterns = ['\\balter\\s+user\\b', '[a-z]+@[a-z]+', 'tenant-9']
[[guard]]
name = "free"
[guard.statements]
'''
        self.write('costs.toml', policy)
        code, out, error = self.run_words('check', '--config', 'costs.toml', '--json')
        self.assertEqual(code, 0, error)
        guards = json.loads(out)['guards']
        costs, free = (next(each for each in guards['each'] if each['name'] == name) for name in ('costs', 'free'))
        self.assertEqual(len(costs['of_patterns']), costs['patterns'])
        self.assertGreater(min(each['ns_per_kib'] for each in costs['of_patterns']), 0)
        self.assertEqual(max(each['ns_per_kib'] for each in costs['of_patterns']), costs['dearest']['ns_per_kib'])
        self.assertLess(sum(each['ns_per_kib'] for each in costs['of_patterns']), costs['ns_per_kib'])
        names = [each['pattern'] for each in costs['of_patterns']]
        self.assertLess({'tenant-9', '[a-z]+@[a-z]+', 'destructive-commands/mkfs'}, set(names))
        self.assertEqual((free['patterns'], free['of_patterns']), (0, []))
        text = self.run_words('check', '--config', 'costs.toml')[1]
        for each in costs['of_patterns']:
            self.assertIn(f"    {each['ns_per_kib']} `{each['pattern']}`\n", text)
        self.assertIn('  guard free: no patterns\n', text)
        self.write('costs.toml', policy.replace('[limits]', '[limits]\nguard_cost = 100'))
        code, _, error = self.run_words('check', '--config', 'costs.toml')
        self.assertEqual(code, 78)
        self.assertIn(f"the patterns of all guards cost {guards['ns_per_kib']} ns per KiB of text, limits.guard_cost is 100", error)

    def test_nothing_hostile_reaches_the_terminal(self):
        out = self.explain(1, '--method', 'POST', '--path', '/chunk', '--header', 'Content-Type: text/plain', '--body', '-',
                           stdin='a \x1b[31m\u202e drop table x')
        self.assertIn('<U+001B>', out)
        self.assertNotRegex(out, '[\x00-\x09\x0b-\x1f\u202e]')

    def test_keys_that_nobody_fetches(self):
        self.write('web.toml', self.gateway.text().replace('jwks_file = "keys/jwks.json"', ''))
        out = self.explain(1, '--path', '/plain/a', config='web.toml')
        self.assertIn('token_keys_unavailable', out)
        self.assertIn('say --keys test=FILE', out)
        self.explain(0, '--path', '/plain/a', '--keys', 'test=keys/jwks.json', config='web.toml')
        self.assertIn("no issuer 'nope'", self.explain(64, '--path', '/plain/a', '--keys', 'nope=keys/jwks.json', config='web.toml'))
        self.assertIn('ISSUER=FILE', self.explain(64, '--path', '/plain/a', '--keys', 'test', config='web.toml'))
        self.assertIn('jwks_file', self.explain(64, '--path', '/plain/a', '--keys', 'test=keys/jwks.json'))
        self.explain(66, '--path', '/plain/a', '--keys', 'test=missing.json', config='web.toml')
        self.explain(65, '--path', '/plain/a', '--keys', 'test=request.json', config='web.toml')

    def test_sources(self):
        self.write('gateway.toml', self.gateway.text().replace('paths = ["/plain/**"]', 'paths = ["/plain/**"]\nsources = ["192.0.2.0/24"]'))
        self.assertIn('say --from ADDRESS', self.explain(1, '--path', '/plain/a'))
        for address in ('192.0.2.7', '192.0.2.7:80'):
            self.explain(0, '--path', '/plain/a', '--from', address)
        self.explain(1, '--path', '/plain/a', '--from', '2001:db8::1')

    def test_what_is_wrong_is_said(self):
        for words, says in ((('--path', '/a', '--from', 'x'), 'is no address'), (('--path', '/a', '--at', '2025-02-31T00:00:00Z'), 'is no time'),
                            (('--path', '/a', '--header', 'Cookie: a=b'), 'does not belong on a command line'),
                            (('--path', '/a', '--header', 'authorization: Bearer x'), 'does not belong on a command line'),
                            (('--path', '/a', '--header', 'nothing'), 'is written'), (('--path', '/a\r\nX: y'), 'line end'),
                            (('--path', '/a', '--header', 'Content-Length: 7'), 'the head says 7 bytes'), ((), 'nothing to explain'),
                            (('--path', '/a', '--requests', 'x'), 'excludes')):
            self.assertIn(says, self.explain(64, *words), words)
        self.explain(64, '--path', '/a', '--body', '-', token='-')
        self.explain(66, '--path', '/a', token='missing')
        self.explain(66, '--path', '/a', '--body', 'missing')
        self.explain(66, '--path', '/a', config='missing.toml')
        self.write('bad.toml', '[gateway]\nworkers = "many"\n')
        self.explain(78, '--path', '/a', config='bad.toml')

    def test_a_bad_line_is_answered_and_the_others_too(self):
        lines = ['{"path": "/a"}', 'nonsense', '{"path": 7}', '{"path": "/a", "x": 1}', '{"path": "/a", "body_base64": "!"}', '{}', '[]',
                 '{"path": "/a", "headers": ["X"]}', '{"path": "/a", "at": "1"}']
        code, out, _ = self.run_words('explain', '--config', 'gateway.toml', '--requests', '-', stdin='\n'.join(lines))
        told = [json.loads(line) for line in out.splitlines()]
        self.assertEqual((code, ['error' in each for each in told]), (65, [False] + [True] * 7 + [False]))


if __name__ == '__main__':
    unittest.main()
