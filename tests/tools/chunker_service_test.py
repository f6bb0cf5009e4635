"""The chunking service over real sockets. Usage: chunker_service_test.py CHUNKER"""
import base64
import hashlib
import http.client
import json
import os
import socket
import sys
import tempfile
import unittest
import zlib

from program import Program

CHUNKER = sys.argv.pop(1)
KEY = 'a-key-of-the-test'


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(cls.folder.name, 'key'), 'w', encoding='ascii') as file:
            file.write(KEY + '\n')

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.log = os.path.join(self.folder.name, f'log-{self.id()}')
        self.program = Program(CHUNKER, '--key-file', os.path.join(self.folder.name, 'key'), '--log', self.log)
        self.connection = http.client.HTTPConnection('127.0.0.1', self.program.port, timeout=60)

    def tearDown(self):
        self.connection.close()
        self.program.__exit__()

    def call(self, method, path, body=None, key=KEY, **fields):
        headers = {'Content-Type': 'application/json', **fields}
        if key:
            headers['Authorization'] = f'Bearer {key}'
        if isinstance(body, dict):
            body = json.dumps(body)
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def test_the_four_kinds_answer_in_chonkies_shape(self):
        text = 'Eins. Zwei drei.\n\nVier 😀 fünf.'
        for kind in ('recursive', 'sentence', 'word', 'token', 'character'):
            status, chunks = self.call('POST', f'/v1/chunk/{kind}', {'text': text, 'chunk_size': 8})
            self.assertEqual(status, 200)
            self.assertEqual(''.join(chunk['text'] for chunk in chunks), text)
            for chunk in chunks:
                self.assertEqual(set(chunk), {'text', 'start_index', 'end_index', 'token_count'})
                self.assertEqual(text[chunk['start_index']:chunk['end_index']], chunk['text'])

    def test_a_list_gives_a_list_of_lists(self):
        status, answer = self.call('POST', '/v1/chunk/recursive', {'text': ['One.', '', 'Two.']})
        self.assertEqual((status, [[chunk['text'] for chunk in chunks] for chunks in answer]), (200, [['One.'], [], ['Two.']]))
        self.assertEqual(self.call('POST', '/v1/chunk/recursive', {'text': []}), (200, []))

    def test_metadata_is_echoed_into_each_chunk(self):
        metadata = {'author_email': 'ada@example.com', 'pages': [1, 2]}
        _, chunks = self.call('POST', '/v1/chunk/word', {'text': 'a b c', 'chunk_size': 1, 'metadata': metadata})
        self.assertEqual([chunk['metadata'] for chunk in chunks], [metadata] * 3)

    def test_copies_are_sent_along_where_asked_for(self):
        text = 'Write to ada@example.com, \u00e9 \U0001f600, twice.\n' * 3
        for metadata in ({}, {'pages': [1]}):
            _, chunks = self.call('POST', '/v1/chunk/character', {'text': text, 'chunk_size': 11, 'metadata': metadata, 'include_raw_text': True,
                                                                 'include_orig_elements': True})
            for chunk in chunks:
                self.assertEqual(chunk['raw_text'], chunk['text'])
                packed = chunk['metadata'].pop('orig_elements')
                elements = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
                self.assertEqual([element['text'] for element in elements], [chunk['text']])
                self.assertEqual(chunk['metadata'], metadata)
        self.assertEqual(self.call('POST', '/v1/chunk/word', {'text': 'x', 'include_raw_text': 1})[0], 422)

    def test_refusals(self):
        post = lambda body, **rest: self.call('POST', '/v1/chunk/recursive', body, **rest)
        self.assertEqual(post({'text': 'x'}, key=None), (401, {'detail': 'Invalid or missing API key'}))
        self.assertEqual(post({'text': 'x'}, key=KEY + 'x')[0], 401)
        self.assertEqual(post({'chunk_size': 3}), (422, {'detail': [
            {'type': 'missing', 'loc': ['body', 'text'], 'msg': 'Field required', 'input': {}}]}))
        self.assertEqual(post('{"text":')[0], 422)
        self.assertEqual(post('[]')[0], 422)
        self.assertEqual(post({'text': 7})[0], 422)
        self.assertEqual(post({'text': ['a', 7]})[0], 422)
        self.assertEqual(post({'text': 'x', 'chunk_size': 0})[0], 422)
        self.assertEqual(post({'text': 'x', 'chunk_size': -1})[0], 422)
        self.assertEqual(post({'text': 'x', 'tokenizer': 'gpt2'})[0], 422)
        self.assertEqual(post({'text': 'x', 'metadata': 'y'})[0], 422)
        self.assertEqual(post({'text': 'x', 'chunk_size': 10, 'chunk_overlap': 10}),
                         (400, {'detail': 'chunk_overlap must be less than chunk_size'}))
        self.assertEqual(self.call('POST', '/v1/chunk/word', {'text': 'x ' * 500000, 'chunk_size': 10000,
                                                             'chunk_overlap': 9999})[0], 400)
        self.assertEqual(self.call('GET', '/v1/chunk/recursive')[0], 405)
        self.assertEqual(self.call('POST', '/v1/chunk/semantic', {'text': 'x'})[0], 404)

    def test_deletions_are_counted_and_the_journal_tells_what_was_seen(self):
        self.assertEqual(self.call('DELETE', '/v1/collections/tickets'), (200, {'deleted': 'tickets', 'executions': 1}))
        self.assertEqual(self.call('DELETE', '/v1/collections/tickets')[1]['executions'], 2)
        self.assertEqual(self.call('DELETE', '/v1/collections/tickets', key='stolen')[0], 401)
        status, stats = self.call('GET', '/stats', key=None)
        self.assertEqual((status, stats['total'], stats['deletions']), (200, 3, {'tickets': 2}))
        self.assertEqual([request['credential'] for request in stats['requests']], ['ok', 'ok', 'wrong'])
        self.assertIn('Authorization', stats['requests'][0]['fields'])
        self.assertNotIn(KEY, json.dumps(stats))
        with open(self.log, encoding='utf-8') as file:
            self.assertEqual([json.loads(line) for line in file], stats['requests'])

    def test_body_digest_tells_whether_the_bytes_are_the_same(self):
        body = json.dumps({'text': 'x' * 3_000_000, 'chunk_size': 100000}).encode()
        self.assertEqual(self.call('POST', '/v1/chunk/character', body, Expect='100-continue')[0], 200)
        request = self.call('GET', '/stats')[1]['requests'][0]
        self.assertEqual(request['body_sha256'], hashlib.sha256(body).hexdigest())
        self.assertEqual(request['body_bytes'], len(body))

    def test_chunked_body_and_pipelining(self):
        head = f'POST /v1/chunk/sentence HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n'
        chunked = head + 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"tex\r\nc\r\nt":"One two"\r\n1\r\n}\r\n0\r\n\r\n'
        last = head + 'Connection: close\r\nContent-Length: 12\r\n\r\n{"text":"x"}'
        with socket.create_connection(('127.0.0.1', self.program.port), timeout=60) as link:
            for piece in (chunked[:40], chunked[40:] + chunked + last[:-3], last[-3:]):
                link.sendall(piece.encode())
            received = b''
            while data := link.recv(65536):
                received += data
        self.assertEqual(received.count(b'HTTP/1.1 200 OK'), 3)
        self.assertEqual(received.count(b'"text":"One two"'), 2)

    def test_malformed_requests_are_refused_and_the_connection_ends(self):
        with socket.create_connection(('127.0.0.1', self.program.port), timeout=60) as link:
            link.sendall(b'GET / HTTP/1.1\r\nHost : x\r\n\r\n')
            received = b''
            while data := link.recv(65536):
                received += data
        self.assertTrue(received.startswith(b'HTTP/1.1 400 '), received)


if __name__ == '__main__':
    unittest.main()
