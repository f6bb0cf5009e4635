"""`gatehouse mask` does to a file what the gateway does to an answer. Usage: mask_command_test.py BUILD"""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import answer  # noqa: E402
from guarded import Guarded, Keeper, head_of  # noqa: E402

BUILD = os.path.abspath(sys.argv.pop(1))
POLICY = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
[[route]]
name = "documents"
path = "/documents"
origin = "origin"
[[route]]
name = "pages"
path = "/pages"
origin = "origin"
best_effort = true
[[mask]]
name = "personal-data"
detectors = ["email", "us_ssn", "payment_card"]
[[mask]]
name = "joinable"
detectors = ["email"]
method = "hash"
hash_key_file = "secrets/hash.key"
tenant = "a"
[[mask]]
name = "titles"
fields = ["**.title"]
method = "replace"
text = "(title)"
[[rule]]
name = "jobs"
effect = "allow"
groups = ["chunk-jobs"]
origin = "origin"
masks = ["personal-data"]
[[rule]]
name = "owners"
effect = "allow"
groups = ["schema-owners"]
origin = "origin"
masks = ["joinable"]
[[rule]]
name = "pages"
effect = "approve"
groups = ["*"]
routes = ["pages"]
methods = ["PATCH"]
origin = "origin"
masks = ["titles"]
[[rule]]
name = "nothing"
effect = "deny"
groups = ["gone"]
'''
BODIES = {
    'application/json': b'[{"title":"a","by":"jane.roe@example.org"},{"text":"pay 4111 1111 1111 1111 or write to JANE.ROE@example.org"}]',
    'application/x-ndjson': b'{"a":"jane.roe@example.org"}\n{"b":"219-09-9999"}\n' * 3000,
    'text/event-stream': b'data: {"delta":{"content":"write to jane.roe@exam"}}\n\ndata: {"delta":{"content":"ple.org now"}}\n\n',
    'text/csv': b'id,mail\r\n1,jane.roe@example.org\r\n2,"x, jane.roe@example.org"\r\n',
    'text/plain': b'jane.roe@example.org pays with 4111-1111-1111-1111 \n' * 2000,
}


class Mask(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD, POLICY)
        cls.gateway.world.write('secrets/hash.key', 'k' * 32)
        cls.gateway.start()
        cls.origin = Keeper(cls.gateway, lambda head, body: cls.reply)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def mask(self, body, *words, code=0, says=''):
        done = subprocess.run([os.path.join(BUILD, 'gatehouse'), 'mask', '--config', 'gateway.toml', *words], input=body, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.gateway.state, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr.decode())
        return done.stdout

    def through(self, token, kind, body):
        Mask.reply = answer(body, [f'Content-Type: {kind}'])
        with self.gateway.client() as client:
            client.send(head_of('GET', '/documents/a', token, 'any', length=0))
            return client.message()[1]

    def test_the_same_bytes_as_from_the_gateway(self):
        for kind, body in BODIES.items():
            for group, token in (('chunk-jobs', self.gateway.jobs), ('schema-owners', self.gateway.owners)):
                with self.subTest(kind, group=group):
                    masked = self.mask(body, '--group', group, '--route', 'documents', '--type', kind)
                    self.assertEqual(masked, self.through(token, kind, body))
                    self.assertNotIn(b'jane.roe', masked)
                    self.assertEqual(masked, self.mask(body, '--group', group, '--route', 'documents'))   # as its first bytes look

    def test_other_charsets_and_byte_order_marks(self):
        text = BODIES['application/json'].decode()
        plain = self.mask(text.encode(), '--group', 'chunk-jobs', '--route', 'documents')
        for charset in ('utf-8-sig', 'utf-16-le', 'utf-16-be', 'utf-16', 'utf-32-le', 'utf-32-be', 'utf-32'):
            with self.subTest(charset):
                body = text.encode(charset)
                masked = (b'\xef\xbb\xbf' if charset == 'utf-8-sig' else b'') + plain   # nothing else changes by a byte
                self.assertEqual(self.mask(body, '--group', 'chunk-jobs', '--route', 'documents', '--type', 'application/json'), masked)
                self.assertEqual(self.through(self.gateway.jobs, 'application/json', body), masked)
                through = self.through(self.gateway.jobs, 'application/json; charset=utf-8', body)
                self.assertEqual(through == masked, charset == 'utf-8-sig', through)

    def test_two_groups_get_two_answers(self):
        body = BODIES['application/json']
        jobs, owners = (json.loads(self.mask(body, '--group', group, '--route', 'documents')) for group in ('chunk-jobs', 'schema-owners'))
        self.assertEqual(jobs[0], {'title': 'a', 'by': '[redacted:personal-data]'})
        self.assertRegex(owners[0]['by'], r'^\[joinable:[a-z2-7]{16}\]$')
        self.assertIn(owners[0]['by'], owners[1]['text'])   # the same person, however it is spelt
        self.assertIn('4111 1111 1111 1111', owners[1]['text'])
        both = self.mask(body, '--group', 'schema-owners', '--group', 'chunk-jobs')
        self.assertNotIn(b'4111', both)
        self.assertEqual(json.loads(self.mask(body, '--group', 'any'))[0]['title'], '(title)')   # on some route
        self.assertEqual(json.loads(self.mask(body, '--group', 'chunk-jobs', '--route', 'pages'))[0]['title'], '(title)')
        self.assertEqual(json.loads(self.mask(body, '--group', 'chunk-jobs', '--route', 'documents'))[0]['title'], 'a')

    def test_the_changes_lead_back(self):
        for kind, body in BODIES.items():
            with self.subTest(kind):
                masked = self.mask(body, '--group', 'chunk-jobs', '--route', 'documents', '--type', kind, '--map', 'changes.jsonl')
                path = os.path.join(self.gateway.state, 'changes.jsonl')
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
                with open(path, encoding='utf-8') as file:
                    changes = [json.loads(each) for each in file]
                os.unlink(path)
                back, at = b'', 0
                for each in changes:
                    self.assertEqual(body[each['offset']:][:len(each['original'])].decode(), each['original'])
                    back += masked[at:each['masked_offset']] + each['original'].encode()
                    at = each['masked_offset'] + len(each['replacement'])
                self.assertEqual(back + masked[at:], body)
                self.assertEqual({each['mask'] for each in changes}, {'personal-data'})
                self.assertTrue(all(each['place'] and each['evidence'] and each['method'] == 'redact' for each in changes))

    def test_what_cannot_be_masked(self):
        self.mask(b'{"a":', '--group', 'chunk-jobs', '--type', 'application/json', code=65, says='mask_uninspectable')
        png = b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR' + bytes(40)
        self.assertEqual(self.mask(png, '--group', 'chunk-jobs', code=65, says='mask_content_type'), b'')
        self.assertEqual(self.mask(png, '--group', 'chunk-jobs', '--route', 'pages', says='best_effort'), png)

    def test_words(self):
        self.mask(b'{}', '--group', 'gone', '--route', 'documents', code=64, says='no rule lays masks over answers for this group on this route')
        self.mask(b'{}', '--group', 'chunk-jobs', '--route', 'document', code=64, says="did you mean 'documents'?")
        self.mask(b'{}', '--group', 'chunk-jobs', '--config', 'x', code=64, says='more than once')
        self.mask(b'{}', '--group', 'chunk-jobs', '--map', 'no/such/folder', code=74, says='cannot write')
        self.mask(b'{}', code=64, says='--group is required')
        with open(os.path.join(self.gateway.state, 'secrets/hash.key'), 'r+', encoding='ascii') as file:
            os.fchmod(file.fileno(), 0o644)
            self.mask(b'{}', '--group', 'chunk-jobs', code=78, says='is not secret')
            os.fchmod(file.fileno(), 0o600)


if __name__ == '__main__':
    unittest.main()
