"""`gatehouse records what-if` over the bodies of exchanges that a real gateway recorded: what a candidate's guards and masks would
do to them, exactly, and what could not be looked at. Usage: what_if_test.py BUILD"""
import gzip
import json
import os
import subprocess
import sys
import threading
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import CONFIG, EchoOrigin, Gateway, Wire, answer, field, sanitized  # noqa: E402

BUILD = sys.argv.pop(1)
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../data/masking')
EXCHANGES = 1000

RULE = '''
[[rule]]
name = "{0}"
effect = "allow"
groups = ["readers"]
paths = ["/{0}"]
origin = "origin"
{1}
'''
FULL = 'guards = ["destructive-sql"]\nmasks = ["personal-data"]\n'
RULES = (RULE.format('full', FULL) + RULE.format('plain', '') + RULE.format('kept-masked', FULL + 'record = "masked"') +
         RULE.format('kept-heads', FULL + 'record = "heads"') + RULE.format('kept-digest', FULL + 'record = "digest"') +
         RULE.format('packed', FULL + 'compress = "zstd"'))
WITH_KEY = CONFIG.replace('[records]\n', '[records]\ndigest_key_file = "secrets/digest.key"\n')

ASKED = b'{"text":"please chunk this","password":"hunter2"}'
SAID = json.dumps([{'text': 'write to jane@example.org or pay with 4111 1111 1111 1111', 'n': 1},
                   {'text': 'call +1 212 555 0123', 'n': 2}]).encode()
# Started from a small process: a child begins with its parent's memory.
MEASURED = """import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""
VALUES = ('jane@example.org', '4111 1111', '212 555', 'hunter2', 'please chunk')


def chunked(body, fields, size):
    out = ('HTTP/1.1 200 OK\r\n' + ''.join(f + '\r\n' for f in fields) + 'Transfer-Encoding: chunked\r\n\r\n').encode()
    for at in range(0, len(body), size):
        piece = body[at:at + size]
        out += b'%x\r\n%s\r\n' % (len(piece), piece)
    return out + b'0\r\n\r\n'


class Base(unittest.TestCase):
    def gateway(self, config=WITH_KEY, **settings):
        made = Gateway(BUILD, config=config, rules=RULES, **settings)
        made.world.write('secrets/digest.key', 'k' * 40)
        return made

    def text(self, gateway):
        with open(os.path.join(gateway.state, 'gateway.toml'), encoding='utf-8') as file:
            return file.read()

    def ask(self, client, gateway, path, body=ASKED, fields=('Content-Type: application/json',)):
        client.send(gateway.request('POST', path, body, fields))
        head, got = client.message()
        return field(head, 'Gatehouse-Exchange-Id'), got

    def what_if(self, gateway, text, *more):
        gateway.world.write('candidate.toml', text)
        done = gateway.records('what-if', '--policy', 'candidate.toml', '--json', *more, check=False)
        self.assertIn(done.returncode, (0, 1), done.err)
        for value in VALUES:
            self.assertNotIn(value, done.out, 'values are never printed')
        lines = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual(done.returncode, 1 if lines[:-1] else 0)
        return {line['exchange_id']: line for line in lines[:-1]}, lines[-1]

    def counts(self, total):
        return total['masked_anew'], total['no_longer_masked'], total['masked_otherwise']

    def places(self, line):
        return [(each['how'], each['detector'], each['mask'], each['place']) for each in line['answer']['places']]


class Exactly(Base):
    def test_masks_and_guards_run_over_what_was_recorded(self):
        with self.gateway() as gateway, gateway.client() as client:
            origin = EchoOrigin(gateway, lambda head, body: answer(SAID))
            full, got = self.ask(client, gateway, '/full')
            self.assertNotIn(b'jane', got)
            packed, _ = self.ask(client, gateway, '/packed')
            plain, got = self.ask(client, gateway, '/plain')
            self.assertEqual(got, SAID)
            refused, _ = self.ask(client, gateway, '/full', b'{"text":"drop table x"}')
            origin.stop()
            text = self.text(gateway)

            changed, total = self.what_if(gateway, text)
            self.assertEqual(changed, {}, 'the same configuration changes nothing')
            self.assertEqual((total['answers']['looked_at'], total['answers']['not_looked_at']), (2, {}))
            self.assertEqual(total['requests'], {'looked_at': 3, 'secrets_taken_out': 2, 'not_looked_at': {}})

            # A mask less.
            changed, total = self.what_if(gateway, text.replace('masks = ["personal-data"]\n', ''))
            self.assertEqual(set(changed), {full, packed})
            self.assertEqual((self.counts(total), total['masks']), ((0, 4, 0), 2))
            self.assertEqual(self.places(changed[full]), [('no_longer', 'email', 'personal-data', '/0/text'),
                                                          ('no_longer', 'payment_card', 'personal-data', '/0/text')])

            # A detector more, and another name on the same places.
            changed, total = self.what_if(gateway, text.replace('"payment_card"]', '"payment_card", "phone"]'))
            self.assertEqual(set(changed), {full, packed})
            self.assertEqual(self.counts(total), (2, 0, 0))
            self.assertEqual(self.places(changed[full]), [('anew', 'phone', 'personal-data', '/1/text')])
            changed, total = self.what_if(gateway, text.replace('"payment_card"]\n', '"payment_card"]\nmethod = "partial"\n'))
            self.assertEqual(self.counts(total), (0, 0, 4))

            # A mask where there was none: the head is another, too.
            masked = 'paths = ["/plain"]\nmasks = ["personal-data"]\n'
            changed, total = self.what_if(gateway, text.replace('paths = ["/plain"]\n', masked))
            self.assertEqual(set(changed), {plain})
            self.assertEqual((total['masked_anew'], total['heads'], changed[plain]['answer']['masked_anew']), (2, 1, 2))
            self.assertIn('Cache-Control', changed[plain]['answer']['fields_new'])

            # Guards on the request: one that refuses, one that notes, one less.
            guard = '[[guard]]\nname = "polite"\npatterns = ["please"]\neffect = "{0}"\n[[mask]]\n'
            more = text.replace('guards = ["destructive-sql"]', 'guards = ["destructive-sql", "polite"]')
            changed, total = self.what_if(gateway, more.replace('[[mask]]\n', guard.format('block')))
            verdicts = {each: (line['was']['verdict'], line['would_be']['verdict'], line['would_be']['reason'])
                        for each, line in changed.items() if line['was']['verdict'] == 'allow'}
            self.assertEqual(verdicts, dict.fromkeys((full, packed), ('allow', 'deny', 'guard_hit')))
            changed, total = self.what_if(gateway, more.replace('[[mask]]\n', guard.format('tag')))
            self.assertEqual(set(changed), {full, packed})
            self.assertEqual(changed[full]['found_anew'],
                             [{'guard': 'polite', 'effect': 'tag', 'check': 'pattern', 'place': '/text'}])
            changed, total = self.what_if(gateway, text.replace('guards = ["destructive-sql"]\n', ''))
            self.assertEqual({each: line['would_be']['verdict'] for each, line in changed.items()}, {refused: 'allow'})

            # Guards on the answer.
            guard = '[[guard]]\nname = "said"\npatterns = ["jane"]\nmessages = ["answers"]\n[[mask]]\n'
            more = text.replace('guards = ["destructive-sql"]', 'guards = ["destructive-sql", "said"]')
            changed, total = self.what_if(gateway, more.replace('[[mask]]\n', guard))
            self.assertEqual({each: line['answer']['would_be'] for each, line in changed.items()},
                             dict.fromkeys((full, packed), 'guard_answer'))

            # Decisions alone: names.
            changed, total = self.what_if(gateway, text.replace('"payment_card"]', '"payment_card", "phone"]'), '--decisions-only')
            self.assertEqual((changed, 'answers' in total), ({}, False))
            text_out = gateway.records('what-if', '--policy', 'candidate.toml', check=False).out
            self.assertIn('places: 2 masked anew, 0 no longer masked, 0 masked otherwise', text_out)
            self.assertIn('masked anew: phone, personal-data, at /1/text', text_out)

    def test_guards_look_at_the_content_of_coded_requests(self):
        json_type, coding = 'Content-Type: application/json', 'Content-Encoding: '
        refused_body = b'{"text":"drop table x","password":"hunter2"}'
        with self.gateway() as gateway, gateway.client() as client:
            origin = EchoOrigin(gateway, lambda head, body: answer(SAID))
            full, _ = self.ask(client, gateway, '/full', gzip.compress(ASKED), (json_type, coding + 'gzip'))
            packed, _ = self.ask(client, gateway, '/packed', zlib.compress(gzip.compress(ASKED)), (json_type, coding + 'gzip, deflate'))
            self.ask(client, gateway, '/plain', gzip.compress(ASKED)[:-2], (json_type, coding + 'gzip'))
            refused, _ = self.ask(client, gateway, '/full', gzip.compress(refused_body), (json_type, coding + 'gzip'))
            self.ask(client, gateway, '/full', gzip.compress(refused_body)[:-2], (json_type, coding + 'gzip'))
            origin.stop()
            text = self.text(gateway)
            guard = '[[guard]]\nname = "polite"\npatterns = ["please"]\neffect = "block"\n[[mask]]\n'
            more = text.replace('guards = ["destructive-sql"]', 'guards = ["destructive-sql", "polite"]')

            changed, total = self.what_if(gateway, text)
            self.assertEqual(changed, {}, 'the same configuration changes nothing')
            broken = {'in a content coding that could not be taken off': 1}
            self.assertEqual(total['requests'], {'looked_at': 3, 'secrets_taken_out': 3, 'not_looked_at': broken})
            changed, total = self.what_if(gateway, more.replace('[[mask]]\n', guard))
            self.assertEqual({each: line['would_be']['reason'] for each, line in changed.items()}, dict.fromkeys((full, packed), 'guard_hit'))
            changed, total = self.what_if(gateway, text.replace('guards = ["destructive-sql"]\n', ''))
            self.assertEqual(changed[refused]['would_be']['verdict'], 'allow')

    def test_what_is_not_there_is_said_not_to_be_looked_at(self):
        with self.gateway() as gateway, gateway.client() as client:
            origin = CuttingOrigin(gateway, lambda head, body: answer(SAID))
            for name in ('kept-masked', 'kept-heads', 'kept-digest', 'full'):
                self.ask(client, gateway, '/' + name)
            with gateway.client() as other:
                other.send(gateway.request('POST', '/full', ASKED, ['Content-Type: application/json', 'X-Cut: 1']))
                other.until_end()
            origin.stop()
            changed, total = self.what_if(gateway, self.text(gateway))
            self.assertEqual(changed, {})
            kept = {'the rule keeps heads': 1, 'the rule keeps digests': 1, 'the rule keeps what is masked alone': 1}
            self.assertEqual((total['requests']['looked_at'], total['requests']['not_looked_at']), (2, kept))
            self.assertEqual((total['answers']['looked_at'], total['answers']['not_looked_at']),
                             (1, {**kept, 'its end is not recorded': 1}))
            changed, total = self.what_if(gateway, self.text(gateway).replace('masks = ["personal-data"]\n', ''))
            self.assertEqual((total['masks'], total['no_longer_masked']), (5, 2), 'the others by name')

    def test_memory_does_not_grow_with_a_body(self):
        if sanitized(os.path.join(BUILD, 'gatehouse')):
            self.skipTest('sanitizers keep what is freed')
        line = json.dumps({'text': 'write to jane@example.org ' + 'and so on ' * 400}).encode() + b'\n'
        peaks = []
        for count in (256, 256 * 12):   # 1 MiB, 12 MiB
            with self.gateway() as gateway, gateway.client() as client:
                said = chunked(line * count, ['Content-Type: application/x-ndjson'], 60_000)
                origin = EchoOrigin(gateway, lambda head, body: said)
                self.ask(client, gateway, '/full')
                origin.stop()
                gateway.world.write('candidate.toml', self.text(gateway).replace('["email", ', '['))
                command = [os.path.join(os.path.abspath(BUILD), 'gatehouse'), 'records', 'what-if', '--policy', 'candidate.toml',
                           '--json', '--dir', 'records', '--rings', gateway.rings]
                run = subprocess.run([sys.executable, '-c', MEASURED, *command], cwd=gateway.state, stdout=subprocess.PIPE,
                                     check=True)
                lines = run.stdout.splitlines()
                self.assertEqual(json.loads(lines[-2])['no_longer_masked'], count)
                peaks.append(int(lines[-1]))
        self.assertLess(peaks[1] - peaks[0], 4 << 10, f'KiB at most: {peaks}')

    def test_sealed_bodies_need_their_key(self):
        sealed = WITH_KEY.replace('[records]\n', '[records]\nauditor_keys = ["ann.key.pub"]\noperations_key = "host.key.pub"\n')
        gateway = self.gateway(sealed)
        for use, name in (('auditor', 'ann'), ('operations', 'host')):
            gateway.world.tool('gatehouse', 'keys', 'make', use, '--name', name, '--out', name + '.key')
        with gateway, gateway.client() as client:
            origin = EchoOrigin(gateway, lambda head, body: answer(SAID))
            self.ask(client, gateway, '/full')
            origin.stop()
            less = self.text(gateway).replace('masks = ["personal-data"]\n', '')
            for key, looked in (('host.key', 0), ('ann.key', 1)):
                changed, total = self.what_if(gateway, less, '--key', key)
                self.assertEqual((total['answers']['looked_at'], total['no_longer_masked']), (looked, 2 * looked))
                self.assertEqual(total['requests']['not_looked_at'], {} if looked else {'sealed; give --key FILE': 1})


class CuttingOrigin(EchoOrigin):
    """Ends some answers in the middle."""

    def serve(self, sock):
        with Wire(sock) as wire:
            while True:
                head, body = wire.message()
                if not head:
                    return
                if field(head, 'X-Cut'):
                    said = b'{"text":"some of it"}\n' * 8000
                    return wire.send(chunked(said, ['Content-Type: application/x-ndjson'], 4096)[:-5])
                wire.send(self.reply(head, body))


class Everything(Base):
    """The same configuration over everything: nothing changes, whatever the form, the length, and the way it came."""

    def samples(self):
        out = []
        for name in ('exchanges.ndjson.gz', 'small-calls.ndjson.gz'):
            with gzip.open(os.path.join(DATA, name), 'rt', encoding='utf-8') as file:
                for line in file:
                    each = json.loads(line)
                    out.append((each['content_type'], each['body'].encode()))
        return out

    def replies(self):
        """EXCHANGES answers: whole and in chunks, coded and not, as JSON, NDJSON, CSV, events and text."""
        replies, samples = [], [each for each in self.samples() if len(each[1]) < 400_000]
        for number in range(EXCHANGES):
            kind, body = samples[number % len(samples)]
            form = number // len(samples) + number % 3
            if form == 1 and kind == 'application/json' and len(body) < 60_000:
                rows = ''.join(json.dumps({'n': i, 'by': 'jane@example.org'}) + '\n' for i in range(number % 60))
                kind, body = 'application/x-ndjson', rows.encode() + body.replace(b'\n', b' ') + b'\n'
            elif form == 2 and len(body) < 60_000:
                lines = [text.replace('"', "'") for text in body.decode().split('\\n')]
                rows = [f'"{text}",{i}\r\n' if number % 2 else f'data: {text}\n\n' for i, text in enumerate(lines)]
                kind, body = 'text/csv' if number % 2 else 'text/event-stream', ''.join(rows).encode()
            fields = ['Content-Type: ' + kind, 'ETag: "x"']
            if number % 5 == 4:
                body = zlib.compress(body, 1, 31) if number % 2 else zlib.compress(body)
                fields.append('Content-Encoding: ' + ('gzip' if number % 2 else 'deflate'))
            replies.append(chunked(body, fields, 1 + number * 37 % 9000) if number % 4 > 1 else answer(body, fields))
        return replies

    def test_the_same_configuration_changes_nothing(self):
        rules = CONFIG.replace('"payment_card"]', '"payment_card", "phone", "iban", "secrets"]')
        with self.gateway(rules, ring_size='64MiB') as gateway:
            replies = self.replies()
            origin = EchoOrigin(gateway, lambda head, body: replies[int(field(head, 'X-Number'))])
            ends = [None] * EXCHANGES

            def work(first):
                for number in range(first, EXCHANGES, 4):
                    text = 'drop table x' if number % 11 == 0 else 'chunk it ' * (number % 50)
                    body = json.dumps({'text': text, 'n': number}).encode()
                    path = ('/full', '/plain', '/packed')[number % 3]
                    with gateway.client() as client:   # an answer that cannot be masked to its end is cut
                        client.send(gateway.request('POST', path, body, ['Content-Type: application/json', 'Accept-Encoding: gzip',
                                                                         f'X-Number: {number}', 'Connection: close']))
                        ends[number] = (client.until_end() or b'- cut').split(b' ')[1]
            threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            origin.stop()
            self.assertNotIn(None, ends)
            rows = gateway.listed()
            passed = sum(1 for row in rows if row['status'] == 200 and row['reason'] == 'none' and row['path'] != '/plain')
            self.assertGreater(passed, EXCHANGES // 2, 'most answers went through masks')
            done = gateway.records('what-if', '--policy', 'gateway.toml', '--json', check=False)
            lines = [json.loads(line) for line in done.out.splitlines()]
            self.assertEqual((done.returncode, lines[:-1]), (0, []), done.err)
            total = lines[-1]
            self.assertEqual((total['judged'], total['not_judged']), (EXCHANGES, {}))
            self.assertEqual(total['answers']['looked_at'], passed)

            # And masks that do something else are found in each of them that had something to mask.
            masked = sum(1 for row in rows if row['reason'] == 'none' and row['mask_changes'] > 0)
            none = self.text(gateway).replace('masks = ["personal-data"]\n', '')
            changed, total = self.what_if(gateway, none)
            gone = sum(row['mask_changes'] for row in rows if row['reason'] == 'none')
            self.assertEqual(self.counts(total), (0, gone, 0))
            self.assertEqual(sum(1 for line in changed.values() if line['answer']['no_longer_masked']), masked)


if __name__ == '__main__':
    unittest.main(verbosity=2)
