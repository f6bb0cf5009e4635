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
PLACES = ['/chunk/a'] * 6 + ['/keyed/a'] * 4 + ['/plain/a', '/plain/remote/a', '/small/a', '/small/looked/a', '/collections/tenant-9',
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
        for each in sorted(count.items(), key=lambda item: -item[1]):
            print(*each)
        self.assertEqual(len(differing), 0, f'{len(differing)} of {len(requests)} differ, seed {SEED}:\n' + '\n'.join(differing[:5]))
        if REQUESTS >= 1000:
            self.assertGreater(len(count), 30, 'the requests come to too few ends')


if __name__ == '__main__':
    unittest.main()
