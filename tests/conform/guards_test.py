"""The guards of configs/guards.toml, asked by clients of every service and by those who try to get past them: what reaches
the origin, byte for byte, and what does not. Usage: guards_test.py BUILD"""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import eventually, recorded  # noqa: E402
from gateway import field  # noqa: E402
from guarded import ROOT, Guarded, Keeper, head_of, verdict_of  # noqa: E402

BUILD = sys.argv.pop(1)
with open(os.path.join(ROOT, 'tests/data/guards/requests.json'), encoding='utf-8') as requests:
    REQUESTS = json.load(requests)
SERVICES = (('@elastic', 'elastic'), ('@qdrant', 'qdrant'), ('RAGFlow', 'ragflow'), ('docling', 'docling'), ('Chonkie', 'chonkie'),
            ('Unstructured', 'unstructured'), ('Databricks', 'databricks'))
TOKEN_FIELDS = {'qdrant': 'Api-Key', 'unstructured': 'Unstructured-Api-Key'}
JSON = 'Content-Type: application/json'


def service_of(request):
    said = request['client'] + ' ' + request['label']
    return next((service for word, service in SERVICES if word in said), 'snowflake')


def bytes_of(request, token):
    """The request as its client sends it, but for its credential and host, which are the gateway's."""
    service = service_of(request)
    token_field = TOKEN_FIELDS.get(service, 'Authorization')
    ours = (token_field.lower(), 'authorization', 'content-length', 'host')
    fields = [f'{name}: {value}' for name, value in request['headers'].items() if name not in ours and value != '<credential>']
    body = request['body'].encode()
    return head_of(request['method'], request['path'], token, service, fields, token_field, len(body)) + body


class World(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD).start()
        cls.origin = Keeper(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def send(self, data):
        client = self.gateway.client()
        self.addCleanup(client.sock.close)
        client.send(data)
        return client

    def approvals(self, *words):
        return self.gateway.world.gatehouse('approvals', *words, '--config', 'gateway.toml').out

    def held(self, client):
        cards = []
        eventually('it is held', lambda: cards.extend(json.loads(self.approvals('list', '--json'))) or cards)
        self.assertEqual(len(cards), 1)
        return cards[0]

    def check_allowed(self, client, method, path, body):
        head, said = client.message()
        self.assertEqual(verdict_of(head, said), (200, ''), said)
        line, came = self.origin.came.pop()
        self.assertEqual((line, came, self.origin.came), (f'{method} {path} HTTP/1.1', body, []))

    def check_refused(self, client, reasons, status=None):
        head, said = client.message()
        got = verdict_of(head, said)
        self.assertIn(got[1], reasons, said)
        if status:
            self.assertEqual(got[0], status)
        self.assertEqual(self.origin.came, [])
        return head

    def check_reviewed(self, client, method, path, body, approve):
        card = self.held(client)
        self.assertEqual(self.origin.came, [])
        self.approvals('approve' if approve else 'deny', card['id'])
        if approve:
            return self.check_allowed(client, method, path, body)
        return self.check_refused(client, ['approval_denied'], 403)


REFUSED = ('guard_hit', 'guard_duplicate_key', 'policy_no_rule', 'policy_denied')


class Requests(World):
    def check(self, request, verdict, token, approve=True):
        client = self.send(bytes_of(request, token))
        said = (client, request['method'], request['path'], request['body'].encode())
        if verdict == 'allow':
            self.check_allowed(*said)
        elif verdict == 'review':
            self.check_reviewed(*said, approve)
        else:
            self.check_refused(client, REFUSED)

    def test_every_one_has_its_verdict(self):
        self.assertEqual(len(REQUESTS), 44)
        for request in REQUESTS:
            with self.subTest(request['label']):
                self.check(request, request['verdict'], self.gateway.jobs)

    def test_what_is_reviewed_and_denied_does_not_pass(self):
        for request in REQUESTS:
            if request['verdict'] == 'review':
                with self.subTest(request['label']):
                    self.check(request, 'review', self.gateway.jobs, approve=False)

    def test_schema_is_for_its_owners_and_for_the_tables_that_are_named(self):
        for request in REQUESTS:
            if request['verdict'] != 'schema':
                continue
            with self.subTest(request['label']):
                self.check(request, 'allow', self.gateway.owners)
                other = json.loads(json.dumps(request).replace('chunks', 'bills').replace('c2', 'c3').replace('chunk-pipe', 'bill-pipe'))
                if other != request and '_chunks' in request['body']:   # docs_bills
                    self.assertIn('docs_bills', other['body'])
                self.check(other, 'block', self.gateway.owners)

    def test_who_may_change_tables_may_do_nothing_else(self):
        for request in REQUESTS:
            if request['verdict'] in ('block', 'review') and service_of(request) != 'snowflake':
                with self.subTest(request['label']):
                    self.check(request, 'block', self.gateway.owners)


# (what, service, method, path, body, verdict): verdict is allow, review, or what refuses it.
HIT, RULE, DENY = 'guard_hit', 'policy_no_rule', 'policy_denied'
FLOW = ('snowflake', 'POST', '/api/v2/statements')
BRICK = ('databricks', 'POST', '/api/2.0/sql/statements')
WIPE = ('elastic', 'POST', '/chunks/_delete_by_query')
POINTS = ('qdrant', 'POST', '/collections/chunks/points/delete')
FETCH = ('docling', 'POST', '/v1/chunk/hybrid/source')
STORE = ('unstructured', 'POST', '/api/v1/sources')
CHUNK = ('chonkie', 'POST', '/v1/chunk/token')
CHUNKS = ('ragflow', 'DELETE', '/api/v1/datasets/d1/documents/x/chunks')


def sql(text, at=FLOW):
    return (*at, json.dumps({'statement': text}))


def source(url):
    return (*FETCH, json.dumps({'sources': [{'kind': 'http', 'url': url}]}))


OTHERS = [
    # statements
    ('lower and upper case', *sql('dRoP TaBlE docs'), HIT),
    ('blanks of every kind', *sql('DROP\u000b\f TABLE\r\ndocs'), HIT),
    ('behind a comment', *sql('-- nothing\nDROP TABLE docs'), HIT),
    ('behind a nested comment', *sql('/* a /* b */ c */ TRUNCATE docs'), HIT),
    ('behind a semicolon', *sql(';;DROP TABLE docs;'), HIT),
    ('the second of three', *sql("SELECT ';'; DELETE FROM docs; SELECT 1"), HIT),
    ('MySQL runs the comment', *sql('SELECT 1 /*!50000 ; DROP TABLE docs */'), HIT),
    ('a space that prints nothing', *sql('DROP\u00a0TABLE docs'), HIT),
    ('a byte order mark inside', *sql('\ufeffDROP TABLE docs'), HIT),
    ('a name in quotes', *sql('DROP TABLE "docs"'), HIT),
    ('a constant condition', *sql('DELETE FROM docs WHERE 1 = 1'), HIT),
    ('a condition that is always true', *sql('DELETE FROM docs WHERE id = id'), HIT),
    ('no condition, but a join', *sql('DELETE FROM docs USING other'), HIT),
    ('a delete in EXPLAIN ANALYZE', *sql('EXPLAIN ANALYZE DELETE FROM docs'), HIT),
    ('prepared', *sql('PREPARE p AS DELETE FROM docs'), HIT),
    ('executed out of sight', *sql("EXECUTE IMMEDIATE 'DROP TABLE docs'"), HIT),
    ('an anonymous block', *sql("DO $$ BEGIN DELETE FROM docs; END $$"), HIT),
    ('a call', *sql('CALL wipe()'), HIT),
    ('rights', *sql('GRANT ALL ON docs TO PUBLIC'), HIT),
    ('alter', *sql('ALTER TABLE docs DROP COLUMN body'), HIT),
    ('swap', *sql('ALTER TABLE docs SWAP WITH empty'), HIT),
    ('overwrite', *sql('INSERT OVERWRITE TABLE docs SELECT * FROM empty', BRICK), HIT),
    ('a stage is emptied', *sql('REMOVE @stage'), HIT),
    ('unload to a bucket', *sql("COPY INTO 's3://elsewhere/x' FROM docs"), HIT),
    ('copy to a program', *sql("COPY docs TO PROGRAM 'curl elsewhere'"), HIT),
    ('a string without end', *sql("SELECT 'abc"), HIT),
    ('time travel back', *sql('UNDROP TABLE docs'), HIT),
    ('all rows of a merge', *sql('MERGE INTO docs t USING s ON true WHEN MATCHED THEN DELETE'), HIT),
    ('code between delimiters of templates', *sql('SELECT {{ run("DROP TABLE docs") }}'), HIT),
    ('an insert', *sql("INSERT INTO docs (id) VALUES (1)"), 'allow'),
    ('a change of one row', *sql('UPDATE docs SET body = ? WHERE id = ?'), 'allow'),
    ('a delete by key with a placeholder', *sql('DELETE FROM docs WHERE id = ?'), 'review'),
    ('a delete by keys', *sql('DELETE FROM docs WHERE id IN (1, 2, 3)'), 'review'),
    ('a subquery', *sql('SELECT * FROM docs WHERE id IN (SELECT id FROM dead)'), 'allow'),
    ('a column called delete', *sql('SELECT "delete", "drop" FROM docs'), 'allow'),
    ('comment that speaks of it', *sql('SELECT 1 -- DROP TABLE docs'), 'allow'),
    ('a statement in a binding', *FLOW, '{"statement":"SELECT ?","bindings":{"1":{"type":"TEXT","value":"DROP TABLE docs"}}}', HIT),
    ('prose in a binding', *FLOW, '{"statement":"SELECT ?","bindings":{"1":{"type":"TEXT","value":"please drop table talk"}}}', 'allow'),
    ('the key in another case', *FLOW, '{"Statement":"DROP TABLE docs"}', HIT),
    ('both cases', *FLOW, '{"statement":"SELECT 1","STATEMENT":"DROP TABLE docs"}', HIT),
    ('no text', *FLOW, '{"statement":["DROP TABLE docs"]}', HIT),
    ('no statement', *FLOW, '{}', HIT),
    ('no object', *FLOW, '["DROP TABLE docs"]', HIT),
    ('no body', *FLOW, '', HIT),
    ('the same key escaped', *FLOW, '{"statement":"SELECT 1","\\u0073tatement":"DROP TABLE docs"}', 'guard_duplicate_key'),
    ('links by another case', *BRICK, '{"statement":"SELECT 1","disposition":"external_links"}', HIT),
    ('no disposition at all', *BRICK, '{"statement":"SELECT 1"}', 'allow'),
    ('a path in another case', 'snowflake', 'POST', '/API/v2/statements', '{"statement":"DROP TABLE docs"}', RULE),
    ('a slash more', 'snowflake', 'POST', '/api/v2/statements/', '{"statement":"SELECT 1"}', RULE),
    # Elasticsearch
    ('all, as a range', *WIPE, '{"query":{"range":{"seq":{"gte":0}}}}', HIT),
    ('all, as an empty bool', *WIPE, '{"query":{"bool":{}}}', HIT),
    ('all, deep inside', *WIPE, '{"query":{"bool":{"should":[{"match_all":{}}]}}}', HIT),
    ('no query', *WIPE, '{}', HIT),
    ('null', *WIPE, '{"query":null}', HIT),
    ('two kinds in one', *WIPE, '{"query":{"term":{"doc":"d1"},"match_all":{}}}', HIT),
    ('in the query string', 'elastic', 'POST', '/chunks/_delete_by_query?q=*', '{"query":{"term":{"doc":"d1"}}}', HIT),
    ('a body in the query string', 'elastic', 'POST', '/_sql?source=%7B%22query%22%3A%22x%22%7D', '{"query":"SELECT 1"}', HIT),
    ('every index', 'elastic', 'POST', '/*/_delete_by_query', '{"query":{"term":{"doc":"d1"}}}', HIT),
    ('every index by name', 'elastic', 'POST', '/_all/_delete_by_query', '{"query":{"term":{"doc":"d1"}}}', HIT),
    ('two indexes, escaped', 'elastic', 'POST', '/a%2Cb/_delete_by_query', '{"query":{"term":{"doc":"d1"}}}', HIT),
    ('documents by their ids', *WIPE, '{"query":{"ids":{"values":["1","2"]}}}', 'review'),
    ('index with a slash behind', 'elastic', 'DELETE', '/chunks/', '', DENY),
    ('delete in small letters', 'elastic', 'delete', '/chunks', '', 'http_method'),
    ('a script in a search', 'elastic', 'POST', '/chunks/_search', '{"script_fields":{"x":{"script":"1"}}}', HIT),
    ('a script for how much must fit', 'elastic', 'POST', '/chunks/_search',
     '{"query":{"terms_set":{"a":{"terms":["x"],"minimum_should_match_script":{"source":"1"}}}}}', HIT),
    ('a hidden index', 'elastic', 'POST', '/.security/_search', '{"query":{"match_all":{}}}', HIT),
    ('a hidden index in bulk', 'elastic', 'POST', '/.kibana/_bulk', '{"index":{"_id":"1"}}\n{"a":1}\n', HIT),
    ('another cluster', 'elastic', 'POST', '/cluster:chunks/_search', '{"query":{"match_all":{}}}', HIT),
    ('a hidden index in a line', 'elastic', 'POST', '/_bulk', '{"index":{"_index":".security","_id":"1"}}\n{"a":1}\n', HIT),
    ('an index in a line', 'elastic', 'POST', '/_bulk', '{"index":{"_index":"chunks","_id":"1"}}\n{"_index":".a"}\n', 'allow'),
    ('a search by a field', 'elastic', 'POST', '/chunks/_search?sort=a:asc', '{"query":{"term":{"a":".b"}}}', 'allow'),
    ('the last line of bulk lacks its end', 'elastic', 'POST', '/_bulk', '{"index":{}}\n{"a":1}', 'allow'),
    ('a delete without its end', 'elastic', 'POST', '/_bulk', '{"index":{}}\n{"a":1}\n{"delete":{"_id":"1"}}', HIT),
    ('a delete with an escape', 'elastic', 'POST', '/_bulk', '{"\\u0064elete":{"_id":"1"}}\n', HIT),
    ('a line that two readers cut differently', 'elastic', 'POST', '/_bulk', '{"index":{}}\r{"a":1}\n{"delete":{"_id":"1"}}\n', None),
    ('an update with a script', 'elastic', 'POST', '/_bulk', '{"update":{"_id":"1"}}\n{"script":"ctx.op = \\"delete\\""}\n', HIT),
    ('pretty JSON in bulk', 'elastic', 'POST', '/_bulk', '{\n"delete":{"_id":"1"}}\n', None),
    ('SQL that deletes', 'elastic', 'POST', '/_sql', '{"query":"DELETE FROM chunks"}', HIT),
    ('a repository that is called so', 'elastic', 'POST', '/_snapshot/_search', '{"type":"fs","settings":{"location":"x"}}', HIT),
    ('scripts that are called so', 'elastic', 'POST', '/_scripts/_delete_by_query', '{"query":{"term":{"a":1}}}', HIT),
    ('another method by the query', 'elastic', 'POST', '/chunks/_search?_method=DELETE', '{"query":{"match_all":{}}}', HIT),
    ('a pipeline', 'elastic', 'POST', '/_ingest/pipeline/chunk-pipe/_simulate', '{"docs":[]}', 'allow'),
    ('a cursor', 'elastic', 'POST', '/_sql', '{"cursor":"abc"}', HIT),
    # Qdrant
    ('negated filter', *POINTS, '{"filter":{"must_not":[{"key":"a","match":{"value":1}}]}}', HIT),
    ('filter with an empty condition', *POINTS, '{"filter":{"must":[{}]}}', HIT),
    ('no ids', *POINTS, '{"points":[]}', HIT),
    ('ids and an empty filter', *POINTS, '{"points":[1],"filter":{}}', HIT),
    ('a filter by value', *POINTS, '{"filter":{"must":[{"key":"doc","match":{"value":"d1"}}]}}', 'review'),
    ('a filter by nothing', *POINTS, '{"filter":{"must":[{"key":"doc","match":{"value":null}}]}}', HIT),
    ('a filter by an object', *POINTS, '{"filter":{"must":[{"key":"doc","match":{"value":{}}}]}}', HIT),
    ('ids as text', *POINTS, '{"points":["a-b"]}', 'review'),
    ('many operations in one', 'qdrant', 'POST', '/collections/chunks/points/batch', '{"operations":[]}', RULE),
    # RAGFlow, docling, Chonkie, Unstructured
    ('ids that are null', *CHUNKS, '{"chunk_ids":null}', HIT),
    ('ids that are empty texts', *CHUNKS, '{"chunk_ids":[""]}', HIT),
    ('no body for a delete', *CHUNKS, '', HIT),
    ('all of it', *CHUNKS, '{"chunk_ids":["1"],"delete_all":true}', HIT),
    ('a number in hex', *source('http://0xa9fea9fe/latest'), HIT),
    ('a number in octal', *source('https://0251.0376.0251.0376/'), HIT),
    ('an address inside another', *source('https://[::ffff:169.254.169.254]/'), HIT),
    ('user information', *source('https://documents.example.org@169.254.169.254/'), HIT),
    ('a backslash', *source('https://documents.example.org\\@evil.example/'), HIT),
    ('a host that only begins so', *source('https://documents.example.org.evil.example/a.pdf'), HIT),
    ('a name that stands for an address', *source('https://127.0.0.1.nip.io/'), HIT),
    ('a file of the service', *source('file:///etc/passwd'), HIT),
    ('no scheme', *source('//documents.example.org/a'), HIT),
    ('a listed host', *source('https://documents.example.org/a.pdf'), 'allow'),
    ('below a listed host', *source('https://a.library.example.org/b?c=d'), 'allow'),
    ('an address in an option', *FETCH, '{"sources":[],"options":{"picture_description_api":{"url":"https://evil.example/v1"}}}', HIT),
    ('a source in a bucket', *FETCH, '{"sources":[{"kind":"s3","bucket":"x"}]}', HIT),
    ('result by a link', *FETCH, '{"sources":[],"target":{"kind":"put","url":"https://documents.example.org/x"}}', HIT),
    ('somebody else is told', *FETCH, '{"sources":[],"callbacks":[{"url":"evil.example/x"}]}', HIT),
    ('somebody is told by the query', 'docling', 'POST', '/v1/chunk/hybrid/source?callbacks=evil.example', '{"sources":[]}', HIT),
    ('nobody is told', *FETCH, '{"sources":[],"callbacks":[]}', 'allow'),
    ('clear by another method', 'docling', 'POST', '/v1/clear/converters', '', DENY),
    ('clear in another case', 'docling', 'GET', '/V1/Clear/results', '', DENY),
    ('a statement as the whole text of a document', *CHUNK, '{"text":"DROP TABLE docs"}', 'allow'),
    ('a statement beside the text', *CHUNK, '{"text":"a","tokenizer":"DROP TABLE docs"}', HIT),
    ('a connector of another kind', *STORE, '{"name":"x","type":"elasticsearch","config":{}}', HIT),
    ('a connector to another host', *STORE, '{"name":"x","type":"postgres","config":{"host":"10.0.0.1"}}', HIT),
    ('a bucket of ours', *STORE, '{"name":"x","type":"s3","config":{"remote_url":"s3://chunks-7/in"}}', 'review'),
    ('a bucket of theirs', *STORE, '{"name":"x","type":"s3","config":{"remote_url":"s3://theirs/in"}}', HIT),
]


PART = b'--cut\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FILE = b'--cut\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nTargets:\nS3\nzip\r\n'
FORMS = [   # fields of docling's upload beside a file that speaks of the same
    (b'', b'', 'allow'), (b'target_type', b'inbody', 'allow'), (b'to_formats', b'md', 'allow'),
    (b'target_type', b'zip', HIT), (b'target_type', b' S3 ', HIT), (b'Target_Type', b'put', HIT), (b'target_type', b'"put"', HIT),
    (b'target', b'{"kind":"s3","bucket":"x"}', HIT), (b'target[kind]', b'presigned_url', HIT),
    (b'callbacks', b'[{"url":"http://evil.example/x"}]', HIT), (b'callbacks[0][url]', b'evil.example/x', HIT),
    (b'callbacks[0].url', b'evil.example/x', HIT),
    (b'picture_description_api', b'{"url":"http://evil.example/v1"}', HIT),
    (b'vlm_pipeline_model_api', b'{"url":"http://evil.example/v1"}', HIT),
    (b'picture_description_api', b'{"url":"https://a.library.example.org/v1","prompt":"What is it?"}', 'allow'),
    (b'target_type"\r\nContent-Type: text/event-stream\r\nX: "', b'zip', HIT),
]


class Others(World):
    def test_fields_of_uploads(self):
        for name, value, verdict in FORMS:
            with self.subTest(name + b'=' + value):
                path, data = '/v1/chunk/hybrid/file', FILE + (PART % (name, value) if name else b'') + b'--cut--\r\n'
                fields = ['Content-Type: multipart/form-data; boundary=cut']
                client = self.send(head_of('POST', path, self.gateway.jobs, 'docling', fields, length=len(data)) + data)
                if verdict == 'allow':
                    self.check_allowed(client, 'POST', path, data)
                else:
                    self.check_refused(client, [verdict])

    def test_every_one_has_its_verdict(self):
        self.assertGreaterEqual(len(OTHERS), 100)
        for what, service, method, path, body, verdict in OTHERS:
            with self.subTest(what):
                data = body.encode()
                token_field = TOKEN_FIELDS.get(service, 'Authorization')
                fields = ['Content-Type: application/x-ndjson' if path.endswith('_bulk') else JSON]
                client = self.send(head_of(method, path, self.gateway.jobs, service, fields, token_field, len(data)) + data)
                if verdict == 'allow':
                    self.check_allowed(client, method, path, data)
                elif verdict == 'review':
                    self.check_reviewed(client, method, path, data, True)
                else:
                    self.check_refused(client, [verdict] if verdict else ['guard_hit', 'guard_uninspectable', 'guard_form'])

    def test_as_many_hits_as_are_told_are_recorded(self):
        body = json.dumps({'statement': 'DROP TABLE docs', 'bindings': {str(i): {'value': f'DROP TABLE a{i}'} for i in range(300)}}).encode()
        head = self.check_refused(self.send(head_of('POST', '/api/v2/statements', self.gateway.jobs, 'snowflake', [JSON], length=len(body)) + body), [HIT], 403)
        self.assertEqual(len(recorded(self.gateway, head)['guard_place']), 16)

    def test_the_record_names_guard_and_place(self):
        body = b'{"statement":"SELECT 1;DROP TABLE docs"}'
        head = self.check_refused(self.send(head_of('POST', '/api/v2/statements', self.gateway.jobs, 'snowflake', [JSON], length=len(body)) + body), [HIT], 403)
        self.assertTrue(field(head, 'Gatehouse-Exchange-Id'))
        text = json.dumps(recorded(self.gateway, head))
        for word in ('"sql"', '/statement', 'DROP'):
            self.assertIn(word, text)


if __name__ == '__main__':
    unittest.main()
