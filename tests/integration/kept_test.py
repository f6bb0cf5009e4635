"""How much of an exchange the records keep (rule.record), what is taken out of them, when they are durable, and what they say of
configurations: read back by the command line, against what sockets saw."""
import gzip
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import Gateway, answer, field  # noqa: E402
from watch import becomes, eventually, log_lines, metric, settled  # noqa: E402

BUILD = sys.argv.pop(1)
KEY = 'k' * 40
RECORDS_PY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/records.py')

RULE = '''
[[rule]]
name = "{0}"
effect = "allow"
groups = ["readers"]
paths = ["/{0}"]
origin = "origin"
{1}
'''
RULES = (RULE.format('full', 'masks = ["personal-data"]\ncompress = "zstd"') +
         RULE.format('masked', 'masks = ["personal-data"]\nrecord = "masked"') +
         RULE.format('heads', 'record = "heads"') + RULE.format('digest', 'record = "digest"') +
         RULE.format('now', 'commit = "now"\nguards = ["destructive-sql"]'))
RULES += RULE.format('asked', '').replace('effect = "allow"', 'effect = "approve"')
CONFIG = {'rules': RULES, 'gateway_more': ''}

ASKED = b'{"config":{"password":"hunter2","host":"db"},"text":"' + b'a plain word ' * 40 + b'"}'
ORIGINAL = b'{"text":"write to jane@example.org","more":"' + b'and so on ' * 60 + b'"}'


def with_key(text):
    return text.replace('[records]\n', '[records]\ndigest_key_file = "secrets/digest.key"\nerase = ["/config/host", "x-plant"]\n')


class Kept(unittest.TestCase):
    def gateway(self):
        import gateway as parts
        made = Gateway(BUILD, config=with_key(parts.CONFIG), **CONFIG)
        made.world.write('secrets/digest.key', KEY)
        return made

    def ask(self, gateway, name, asked=ASKED, fields=(), kind='application/json'):
        with gateway.client() as client:
            client.send(gateway.request('POST', '/' + name, asked, [f'Content-Type: {kind}', 'X-Mine: kept?', *fields]))
            with gateway.origin() as origin:
                _, body = origin.message()
                self.assertEqual(body, asked, 'what is recorded changes nothing of what is sent')
                origin.send(answer(ORIGINAL))
                head, got = client.message()
        exchange = field(head, 'Gatehouse-Exchange-Id')
        shown = json.loads(gateway.records('show', exchange, '--json').stdout)
        return exchange, shown, got

    def all_files(self, gateway):
        held = b''
        for folder in (gateway.rings, os.path.join(gateway.state, 'records')):
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, 'rb') as file:
                        held += file.read()
        return held

    def replay(self, gateway, exchange, part, *more):
        return gateway.records('replay', exchange, '--part', part, '--body-only', *more, check=False)

    def pieces(self, shown, direction):
        return [each for each in shown['records'] if each['kind'] == 'piece' and each['direction'] == direction]

    def section(self, shown, kind, name):
        for each in shown['records']:
            if each['kind'] == kind and name in each['sections']:
                return each['sections'][name]
        return None

    def test_levels(self):
        with self.gateway() as gateway:
            told = {name: self.ask(gateway, name) for name in ('masked', 'heads', 'digest')}
            held = self.all_files(gateway)
            for secret in (b'jane@example.org', b'hunter2'):
                self.assertNotIn(secret, held, 'neither an original that masks replaced nor a request body is kept')
            exchange, shown, got = told['masked']
            self.assertNotIn(b'jane', got)
            self.assertEqual(self.replay(gateway, exchange, 'client-answer').stdout, got)
            self.assertEqual(self.section(shown, 'request', 'level'), 'masked')
            change = self.section(shown, 'outcome', 'changes')[0]
            self.assertNotIn('original', change)
            self.assertEqual(change['original_digest'],
                             hmac.new(KEY.encode(), b'jane@example.org', hashlib.sha256).hexdigest()[:32])
            piece = self.pieces(shown, 1)[0]
            self.assertEqual((piece['kept'], piece['bytes']), (False, len(ASKED)))
            for part in ('origin-answer', 'origin-request'):
                refused = self.replay(gateway, exchange, part)
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn(b'not kept', refused.stderr)
            text = gateway.records('replay', exchange).stdout
            self.assertIn(b'is not kept', text)

            exchange, shown, _ = told['heads']
            self.assertEqual(self.pieces(shown, 1) + self.pieces(shown, 2), [])
            self.assertIn('X-Mine: kept?', self.section(shown, 'request', 'client_head'))
            exchange, shown, _ = told['digest']
            self.assertIsNone(self.section(shown, 'request', 'client_head'))
            self.assertEqual(len(self.section(shown, 'request', 'head_digest')), 2)
            self.assertEqual([each['kept'] for each in self.pieces(shown, 1) + self.pieces(shown, 2)], [False, False])
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_secrets_are_taken_out_and_bodies_compressed(self):
        with self.gateway() as gateway:
            exchange, shown, got = self.ask(gateway, 'full')
            recorded = self.replay(gateway, exchange, 'origin-request').stdout
            self.assertEqual(recorded, ASKED.replace(b'hunter2', b'*' * 7).replace(b'"db"', b'"**"'))
            self.assertEqual(self.pieces(shown, 1)[0]['taken_out'],
                             ['password at 23, 7 bytes', '/config/host at 40, 2 bytes'])
            self.assertEqual(self.replay(gateway, exchange, 'client-answer').stdout, got)
            self.assertEqual(self.replay(gateway, exchange, 'origin-answer').stdout, ORIGINAL)
            held = self.all_files(gateway)
            self.assertNotIn(b'hunter2', held)
            self.assertNotIn(b'and so on and so on and so on', held, 'it is compressed')

    def test_a_port_at_the_end_of_a_body_is_no_password(self):
        """Nothing comes behind it: in one piece, in two of which the second is the last, in a content coding, refused."""
        text = b'where is it? see http://h:8080'
        with self.gateway() as gateway:
            for body, fields in ((text, []), (b'say it: ' * 8000 + text, []), (gzip.compress(text), ['Content-Encoding: gzip'])):
                exchange, _, _ = self.ask(gateway, 'full', body, fields, 'text/plain')
                self.assertEqual(self.replay(gateway, exchange, 'origin-request').stdout, text if fields else body)
            with gateway.client() as client:
                client.send(gateway.request('POST', '/now', text + b' select 1; drop table t; http://h:8080', ['Content-Type: application/sql']))
                head, _ = client.message()
            shown = json.loads(gateway.records('show', field(head, 'Gatehouse-Exchange-Id'), '--json').stdout)
            self.assertFalse(self.pieces(shown, 1)[-1].get('taken_out'))

    def test_secret_fields_of_heads_are_not_kept(self):
        """They pass, both ways; of a request that is refused, too."""
        sent = {'X-Vault-Token': b'hvs.CAESIJ', 'x-client-secret': b'c1ient-s3cret', 'X-DB-Password': b'hunter2', 'X-Plant': b'plant seven'}
        given = {'Set-Cookie': b'sid=38afes7a8; Path=/', 'X-Refresh-Token': b'rt-99-abc'}
        fields = [f'{name}: {value.decode()}' for name, value in sent.items()] + ['X-Empty-Secret:', 'X-Mine: kept?']
        with self.gateway() as gateway:
            with gateway.client() as client:
                client.send(gateway.request('POST', '/heads', b'{}', fields))
                with gateway.origin() as origin:
                    head, _ = origin.message()
                    passed = {name: value for name, value in sent.items() if name != 'X-Vault-Token'}   # that says who asks
                    for name, value in passed.items():
                        self.assertIn(name.encode() + b': ' + value, head)
                    origin.send(answer(ORIGINAL, [f'{name}: {value.decode()}' for name, value in given.items()]))
                    head, _ = client.message()
                for name, value in given.items():
                    self.assertIn(name.encode() + b': ' + value, head)
                told = [field(head, 'Gatehouse-Exchange-Id')]
                client.send(gateway.request('POST', '/nobody', b'{}', fields))
                told.append(field(client.message()[0], 'Gatehouse-Exchange-Id'))
            shown = [json.loads(gateway.records('show', exchange, '--json').stdout) for exchange in told]
            for each in shown:
                for head, values in {'client_head': sent, 'origin_head': passed if each is shown[0] else {}}.items():
                    kept = self.section(each, 'request', head) if values else 'X-Mine: kept?\r\n'
                    for name, value in values.items():
                        self.assertIn(f'{name}: ' + '*' * len(value) + '\r\n', kept)
                    self.assertIn('X-Mine: kept?\r\n', kept)
            for name in ('origin_answer_head', 'client_answer_head'):
                kept = self.section(shown[0], 'outcome', name)
                for name, value in given.items():
                    self.assertIn(f'{name}: ' + '*' * len(value) + '\r\n', kept)
            held = self.all_files(gateway)
            for secret in [*sent.values(), *given.values()]:
                self.assertNotIn(secret, held)
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_secrets_in_urls_of_heads_are_not_kept(self):
        """Signatures and passwords in the query, in fields, in the answer's fields: they pass, and no record has them."""
        query = b'/heads?next=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Ds3cr3tA%26x%3D1&dsn=pg%3A%2F%2Fu%3As3cr3tB%40h%3A5432'
        fields = ['Referer: https://u:s3cr3tC@h:8080/?sig=s3cr3tD&se=1', 'X-Mine: kept?']
        with self.gateway() as gateway:
            with gateway.client() as client:
                client.send(gateway.request('POST', query.decode(), b'{}', fields))
                with gateway.origin() as origin:
                    head, _ = origin.message()
                    for secret in (b's3cr3tA', b's3cr3tB', b's3cr3tC', b's3cr3tD'):
                        self.assertIn(secret, head)
                    origin.send(answer(ORIGINAL, ['Location: https://h/k?X-Goog-Signature=s3cr3tE']))
                    head, _ = client.message()
            self.assertIn(b'X-Goog-Signature=s3cr3tE', head)
            shown = json.loads(gateway.records('show', field(head, 'Gatehouse-Exchange-Id'), '--json').stdout)
            for name in ('client_head', 'origin_head'):
                kept = self.section(shown, 'request', name)
                self.assertIn('Signature%3D*******%26x%3D1&dsn=pg%3A%2F%2Fu%3A*******%40h%3A5432', kept)
                self.assertIn('Referer: https://u:*******@h:8080/?sig=*******&se=1\r\nX-Mine: kept?\r\n', kept)
            self.assertIn('X-Goog-Signature=*******\r\n', self.section(shown, 'outcome', 'client_answer_head'))
            self.ask_with_connection(gateway)
            self.assertNotIn(b's3cr3t', self.all_files(gateway))

    def ask_with_connection(self, gateway):
        """A head without a query, an escape, or a user's name."""
        connection = 'X-Storage: AccountName=n;AccountKey=s3cr3tF;EndpointSuffix=core.windows.net'
        with gateway.client() as client:
            client.send(gateway.request('POST', '/heads', b'{}', [connection]))
            with gateway.origin() as origin:
                head, _ = origin.message()
                self.assertIn(connection.encode(), head)
                origin.send(answer(ORIGINAL))
                head, _ = client.message()
        shown = json.loads(gateway.records('show', field(head, 'Gatehouse-Exchange-Id'), '--json').stdout)
        for name in ('client_head', 'origin_head'):
            self.assertIn('AccountName=n;AccountKey=*******;Endpoint', self.section(shown, 'request', name))

    def test_what_was_masked_as_it_came_and_compressed_is_proved(self):
        """The map of each piece is of what was compressed."""
        original = json.dumps([f'write to user{i}@example.org, and so on and so on' for i in range(8_000)]).encode()
        with self.gateway() as gateway:
            with gateway.client() as client:
                client.send(gateway.request('POST', '/full', b'{}', ['Content-Type: application/json']))
                with gateway.origin() as origin:
                    origin.message()
                    origin.send(answer(original))
                    head, got = client.message()
            exchange = field(head, 'Gatehouse-Exchange-Id')
            shown = json.loads(gateway.records('show', exchange, '--json').stdout)
            self.assertGreater(len(self.pieces(shown, 2)), 1, 'it is masked as it comes')
            self.assertNotIn(b'and so on and so on, and so on', self.all_files(gateway), 'it is compressed')
            self.assertEqual(self.replay(gateway, exchange, 'client-answer').stdout, got)
            self.assertEqual(self.replay(gateway, exchange, 'origin-answer').stdout, original)
            verified = gateway.records('verify', check=False)
            self.assertEqual(verified.returncode, 0, verified.out[-2000:])

    def digests_fit(self, shown, coded):
        at = 0
        for piece in self.pieces(shown, 1):
            self.assertEqual((piece['kept'], piece['offset']), (False, at))
            at += piece['bytes']
        self.assertEqual(at, len(coded))

    def test_of_a_coded_body_the_content_is_kept(self):
        coded = gzip.compress(ASKED, 0)   # stored as it is: whoever keeps the coded bytes keeps the secret in clear
        self.assertIn(b'hunter2', coded)
        blanked = ASKED.replace(b'hunter2', b'*' * 7).replace(b'"db"', b'"**"')
        doubled = zlib.compress(gzip.compress(ASKED))
        with self.gateway() as gateway:
            for body, coding, recorded in ((coded, 'gzip', 'gzip'), (doubled, 'gzip, deflate', 'gzip, deflate'),
                                           (coded, 'x-gzip', 'gzip')):
                exchange, shown, got = self.ask(gateway, 'full', body, ['Content-Encoding: ' + coding])
                self.digests_fit(shown, body)
                content, end = self.pieces(shown, 3)
                self.assertEqual((content['bytes'], content['coding']), (len(ASKED), recorded))
                self.assertEqual(content['taken_out'], ['password at 23, 7 bytes', '/config/host at 40, 2 bytes'])
                self.assertEqual((end['offset'], end['coded_bytes'], end.get('undecoded')), (len(ASKED), len(body), None))
                for part in ('client-request', 'origin-request'):
                    shown_again = self.replay(gateway, exchange, part)
                    self.assertEqual((shown_again.stdout, shown_again.returncode), (blanked, 0))
                    self.assertIn(b'%d bytes in %s' % (len(body), recorded.encode()), shown_again.stderr)
                self.assertIn(b'is recorded without that', gateway.records('replay', exchange).stdout)
                self.assertEqual(self.replay(gateway, exchange, 'client-answer').stdout, got)
            held = self.all_files(gateway)
            for secret in (b'hunter2', coded, doubled, doubled[20:60]):
                self.assertNotIn(secret, held)
            exchange, shown, _ = self.ask(gateway, 'full', ASKED, ['Content-Encoding: identity'])
            self.assertEqual(self.replay(gateway, exchange, 'origin-request').stdout, blanked)
            self.assertEqual(self.pieces(shown, 3), [])
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_what_does_not_come_out_of_a_coding_is_said(self):
        whole = gzip.compress(ASKED)
        bomb = gzip.compress(b'x' * 50_000_000)
        with self.gateway() as gateway:
            for body, coding, why, content in ((whole[:-3], 'gzip', 'truncated', len(ASKED)), (b'no gzip at all', 'gzip', 'malformed', 0),
                                               (bomb, 'gzip', 'bomb', None), (whole, 'compress', 'coding', 0),
                                               (whole, 'gzip, gzip, gzip', 'coding', 0), (whole + b'more', 'gzip', 'malformed', None)):
                exchange, shown, _ = self.ask(gateway, 'full', body, ['Content-Encoding: ' + coding])
                self.digests_fit(shown, body)
                kept = self.pieces(shown, 3)
                self.assertEqual((kept[-1]['undecoded'], kept[-1]['coded_bytes']), (why, len(body)))
                bytes_kept = sum(each['bytes'] for each in kept)
                self.assertEqual(bytes_kept, kept[-1]['offset'])
                if content is not None:
                    self.assertEqual(bytes_kept, content)
                if why == 'bomb':   # a hundred times what came, and what may always come out
                    self.assertLess(bytes_kept, 101 * len(body) + 100 * 4096)
                refused = self.replay(gateway, exchange, 'origin-request')
                self.assertNotEqual(refused.returncode, 0)
                self.assertNotIn(b'hunter2', refused.stdout)
            self.assertNotIn(b'hunter2', self.all_files(gateway))
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_a_long_coded_body_as_it_comes(self):
        text = b''.join(b'{"n":%d,"password":"hunter%d","text":"%s"}\n' % (i, i, hashlib.sha256(b'%d' % i).hexdigest().encode())
                        for i in range(40_000))
        coded = zlib.compress(text)
        with self.gateway() as gateway:
            exchange, shown, _ = self.ask(gateway, 'full', coded, ['Content-Encoding: deflate'])
            self.digests_fit(shown, coded)
            again = self.replay(gateway, exchange, 'origin-request')
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertEqual(again.stdout, re.sub(rb'hunter\d+', lambda found: b'*' * len(found[0]), text))

    def test_hostile_coded_bodies_leave_no_secret(self):
        """At each level: members, what follows them, a secret over every border of pieces, a client that leaves."""
        whole = gzip.compress(ASKED, 0)
        cut = next(i for i in range(len(whole)) if whole[i:].startswith(b'ter2'))
        members = gzip.compress(ASKED[:30], 0) + gzip.compress(b'') + gzip.compress(ASKED[30:], 0)
        fields = ['Content-Type: application/json', 'Content-Encoding: gzip']
        with self.gateway() as gateway:
            for name in ('full', 'masked', 'heads', 'digest', 'now'):
                for sent in (members, members + b'{"password":"hunter2"}', whole):
                    if name == 'now' and sent is not whole:
                        continue   # a guard refuses members, and what follows them
                    with gateway.client() as client:
                        head, body = gateway.request('POST', '/' + name, sent, fields).split(b'\r\n\r\n', 1)
                        client.send(head + b'\r\n\r\n' + body[:cut])
                        origin = None
                        if name != 'now':
                            origin = gateway.origin()   # the first piece is on its way, and by itself
                            origin.take_through(b'\r\n\r\n')
                            self.assertEqual(origin.take(cut), sent[:cut])
                            client.send(body[cut:])
                            self.assertEqual(origin.take(len(sent) - cut), sent[cut:])
                        else:
                            client.send(body[cut:])
                            origin = gateway.origin()
                            self.assertEqual(origin.message()[1], sent)
                        with origin:
                            origin.send(answer(b'{}'))
                            exchange = field(client.message()[0], 'Gatehouse-Exchange-Id')
                    if name in ('full', 'now') and not sent.endswith(b'}'):
                        again = self.replay(gateway, exchange, 'origin-request')
                        self.assertEqual(again.stdout, ASKED.replace(b'hunter2', b'*' * 7).replace(b'"db"', b'"**"'))
            for name in ('full', 'masked', 'heads', 'digest'):   # who leaves in the middle
                with gateway.client() as client:
                    client.send(gateway.request('POST', '/' + name, whole, fields)[:-len(whole) + cut])
                    with gateway.origin() as origin:
                        origin.take_through(b'\r\n\r\n')
                        origin.take(cut)
                        client.sock.close()
                        origin.until_end()
            settled(gateway)
            held = self.all_files(gateway)
            self.assertIn(b'a plain word', held, 'what one rule keeps in clear does lie there')
            for secret in (b'hunter2', b'ter2', whole[:40]):
                self.assertNotIn(secret, held)
            kept = [self.replay(gateway, row['exchange_id'], 'client-request').stdout for row in gateway.listed()]
            self.assertGreater(sum(b'"password":"***' in each for each in kept), 4)
            for each in kept:   # some were compressed
                self.assertNotIn(b'hun', each)
                self.assertNotIn(b'ter2', each)
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_a_coded_body_that_waited_for_a_person(self):
        """Granted it goes on as it came; its content is recorded then, or where it was denied, or its client did not wait."""
        coded = gzip.compress(ASKED, 0)
        blanked = ASKED.replace(b'hunter2', b'*' * 7).replace(b'"db"', b'"**"')
        fields = ['Content-Type: application/json', 'Content-Encoding: gzip']
        with self.gateway() as gateway:
            for answered in ('approve', 'deny', None):
                with gateway.client() as client:
                    client.send(gateway.request('POST', '/asked', coded, fields))
                    cards = eventually('it is held', lambda: json.loads(
                        gateway.world.gatehouse('approvals', 'list', '--json', '--config', 'gateway.toml').out))
                    exchange = cards[0]['id']
                    self.assertFalse(gateway.origin_called())
                    if answered is not None:
                        gateway.world.gatehouse('approvals', answered, exchange, '--config', 'gateway.toml')
                    if answered == 'approve':
                        with gateway.origin() as origin:
                            head, body = origin.message()
                            self.assertEqual((field(head, 'Content-Encoding'), body), ('gzip', coded))
                            origin.send(answer(b'{}'))
                            self.assertEqual(client.message()[1], b'{}')
                    elif answered == 'deny':
                        self.assertIn(b' 403 ', client.message()[0].split(b'\r\n')[0])
                settled(gateway)   # of the last one the client is gone
                shown = json.loads(gateway.records('show', exchange, '--json').stdout)
                self.digests_fit(shown, coded)
                content, end = self.pieces(shown, 3)
                self.assertEqual((content['bytes'], content['coding']), (len(ASKED), 'gzip'), answered)
                self.assertEqual((end['coded_bytes'], end.get('undecoded')), (len(coded), None), answered)
                again = self.replay(gateway, exchange, 'client-request')
                self.assertEqual((again.stdout, again.returncode), (blanked, 0), answered)
            self.assertFalse(gateway.origin_called())
            self.assertNotIn(b'hunter2', self.all_files(gateway))
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_a_refused_answer_is_not_said_to_be_there(self):
        """The client got the refusal, which is kept; what the origin said is in no record, and nobody is shown the one for the other."""
        with self.gateway() as gateway:
            with gateway.client() as client:
                client.send(gateway.request('POST', '/full', b'{}', ['Content-Type: application/json']))
                with gateway.origin() as origin:
                    origin.message()
                    origin.send(answer(b'\xff\xfe\x00', ['Content-Type: application/x-unknown']))
                    head, said = client.message()
            self.assertNotIn(b' 200 ', head.split(b'\r\n')[0])
            exchange = field(head, 'Gatehouse-Exchange-Id')
            again = self.replay(gateway, exchange, 'client-answer')
            self.assertEqual((again.stdout, again.returncode), (said, 0))
            refused = self.replay(gateway, exchange, 'origin-answer')
            self.assertEqual((refused.stdout, refused.returncode), (b'', 74))
            self.assertIn(b'was refused', refused.stderr)
            text = gateway.records('replay', exchange).out
            self.assertIn('its body is not recorded', text)
            self.assertIn(said.decode().strip(), text)
            page = gateway.records('view', exchange).out
            self.assertEqual(page.count('exchange_id'), 1, 'on one side alone')
            python = subprocess.run([sys.executable, RECORDS_PY, 'body', gateway.world.path('records'), exchange, 'answer', '--rings', gateway.rings],
                                    stdout=subprocess.PIPE, check=True)
            self.assertEqual(python.stdout, said)
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_a_refused_body_is_kept(self):
        asked = b'{"password":"hunter2","q":"drop table customers"}'
        with self.gateway() as gateway:
            for body, coding in ((asked, 'identity'), (gzip.compress(asked, 0), 'gzip')):
                with gateway.client() as client:
                    client.send(gateway.request('POST', '/now', body, ['Content-Type: application/json', 'Content-Encoding: ' + coding]))
                    head, said = client.message()
                self.assertIn(b' 403 ', head.split(b'\r\n')[0])
                exchange = field(head, 'Gatehouse-Exchange-Id')
                again = self.replay(gateway, exchange, 'client-request')
                self.assertEqual((again.stdout, again.returncode), (asked.replace(b'hunter2', b'*' * 7), 0))
                again = self.replay(gateway, exchange, 'client-answer')
                self.assertEqual((again.stdout, again.returncode), (said, 0), 'what the client got in place of an answer')
                shown = json.loads(gateway.records('show', exchange, '--json').stdout)
                self.assertEqual(self.section(shown, 'close', 'to_origin_bytes'), 0)
                self.assertEqual(self.section(shown, 'close', 'request_complete'), 1)
            self.assertNotIn(b'hunter2', self.all_files(gateway))
            self.assertEqual(gateway.records('verify').returncode, 0)

    def test_answers_wait_for_the_disk(self):
        with self.gateway() as gateway:
            exchange, shown, got = self.ask(gateway, 'now')
            self.assertEqual(got, ORIGINAL)
            self.assertGreater(self.section(shown, 'close', 'time_committed'), 0)
            self.assertGreater(self.section(shown, 'close', 'time_connected'), 0)
            decision = [each for each in shown['records'] if each['kind'] == 'decision']
            self.assertEqual(len(decision), 1)
            self.assertIn('-w2048-', decision[0]['file'])
            self.assertEqual(decision[0]['sections']['rule'], ['now'])
            with gateway.client() as client:   # a refusal, too
                client.send(gateway.request('POST', '/now', b'{"q":"drop table x"}', ['Content-Type: application/json']))
                head, _ = client.message()
                self.assertIn(b' 403 ', head.split(b'\r\n')[0])
            eventually('counted', lambda: metric(gateway, 'gatehouse_record_commits_urged_total') > 0)
            self.assertEqual(gateway.records('verify').returncode, 0)
        # The stop ended both streams; nothing is left of either.

    def test_configurations_are_recorded_with_what_they_weaken(self):
        with self.gateway() as gateway:
            self.ask(gateway, 'heads')
            path = os.path.join(gateway.state, 'gateway.toml')
            with open(path) as file:
                text = file.read()
            weaker = text.replace('masks = ["personal-data"]\ncompress', 'record = "heads"\ncompress').replace(
                'guards = ["destructive-sql"]', '')
            self.assertNotEqual(weaker, text)
            gateway.world.write('gateway.toml', weaker)
            gateway.world.gatehouse('reload', '--config', 'gateway.toml')
            self.ask(gateway, 'heads')
            records = [json.loads(line) for line in gateway.records('snapshots', '--json').stdout.splitlines()]
            self.assertEqual(len(records), 2)
            first, second = (each['sections'] for each in records)
            self.assertEqual(first['loaded_by'], 'start')
            self.assertIn('records.on_full="block"', first['demands'])
            self.assertIn('record "masked"=masked', first['demands'])
            self.assertTrue(second['loaded_by'].startswith('reload by'), second)
            self.assertEqual(sorted(second['alert']), ['rule full, masks: ["personal-data"] -> none',
                                                       'rule full, record: "full" -> "heads"',
                                                       'rule now, guards: ["destructive-sql"] -> none'])
            self.assertIn('rules: full changed (masks, record)', second['change'])
            becomes(lambda: len(log_lines(gateway, 'configuration_alert')), 3, 'alerts in the log')


if __name__ == '__main__':
    unittest.main(verbosity=2)
