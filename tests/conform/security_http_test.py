"""What the security requirements say of HTTP/1.1 (RFC 9112, RFC 9110), a test for each line: raw bytes on real sockets
from a client or an origin that wants two readers to disagree."""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, reason_of, status_of  # noqa: E402
from gateway import Gateway, answer, field  # noqa: E402

BUILD = sys.argv.pop(1)
JSON = 'Content-Type: application/json'
CL, TE = 'Content-Length: 4', 'Transfer-Encoding: chunked'
BODY, CHUNK = b'abcd', b'4\r\nabcd\r\n0\r\n\r\n'
OK = b'HTTP/1.1 200 OK\r\n'
SECRET_RULE = '[[rule]]\nname = "secret"\neffect = "deny"\ngroups = ["*"]\npaths = ["/plain/secret/**"]'
NO_DELETE = '[[rule]]\nname = "no-delete"\neffect = "approve"\ngroups = ["readers"]\nmethods = ["DELETE"]\npaths = ["/plain/**"]\norigin = "origin"'


class Case(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD, **cls.settings).start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def setUp(self):
        self.origin.asked.clear()

    def head(self, *fields, line='POST /plain/x HTTP/1.1', host='Host: gate'):
        lines = [line] + ([host] if host else []) + [f'Authorization: Bearer {self.gateway.readers}', *fields]
        return '\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n'

    def chunked(self, body):
        return self.head(JSON, TE, line='POST /chunk HTTP/1.1') + body

    def refused(self, data, reasons, status=400):
        """One answer with the reason, the connection closed, nothing behind it read, nothing at the origin."""
        smuggled, before = self.head(line='GET /plain/smuggled HTTP/1.1'), len(self.origin.asked)
        with self.subTest(data[-120:]), self.gateway.client() as client:
            client.send(data + smuggled)
            got, body = client.message()
            self.assertEqual((status_of(got), field(got, 'Connection')), (status, 'close'), got)
            self.assertIn(reason_of(body), reasons.split())
            self.assertEqual(client.until_end(), b'')
            self.assertEqual(self.origin.asked[before:], [])

    def passes(self, data, count=1):
        with self.gateway.client() as client:
            client.send(data)
            got = [client.message() for _ in range(count)]
        self.assertEqual([status_of(each[0]) for each in got], [200] * count)
        return self.origin.asked[-1]


class Requests(Case):
    """Refuse with 400 and close."""

    def test_content_length_with_transfer_encoding_in_either_order(self):
        for fields in ((CL, TE), (TE, CL), (TE, 'X-Between: 1', CL), ('content-length: 0', TE), (TE, 'CONTENT-LENGTH: 13'),
                       (CL, 'Transfer-Encoding: identity'), ('Transfer-Encoding: chunked ', CL)):
            self.refused(self.head(*fields) + CHUNK, 'http_length_and_encoding http_transfer_encoding')

    def test_duplicate_content_length_equal_or_not(self):
        for value in ('4', '5', '0', '04'):
            self.refused(self.head(CL, f'Content-Length: {value}') + BODY, 'http_content_length')

    def test_content_length_list_sign_blank_overflow(self):
        for value in ('4, 4', '4,4', '0,', '+4', '-4', '-0', '00', '4 ;', '4\xa0', '', ' ', '4 4', '0x4', '4.0', '1e1', '4;', '"4"', '04', '4_0', '\xb2', '4\t0',
                      '9223372036854775808', '18446744073709551616', '18446744073709551620', '9' * 40):
            self.refused(self.head(f'Content-Length: {value}') + BODY, 'http_content_length')

    def test_any_transfer_encoding_but_one_final_chunked(self):
        for value in ('gzip', 'identity', 'gzip, chunked', 'chunked, gzip', 'chunked, chunked', 'chunked,', ', chunked', '',
                      'xchunked', 'chunkedx', '"chunked"', 'chunked;a=b', 'x, chunked', 'chunked\xa0', 'chunked identity', 'chunked, identity', 'chunked;q=1', 'trailers, chunked', '\xa0chunked', 'chu\tnked', 'chunked\t', '\tchunked', ' \t chunked'):
            self.refused(self.head(f'Transfer-Encoding: {value}') + CHUNK, 'http_transfer_encoding')
        for second in (TE, 'Transfer-Encoding: identity', 'Transfer-Encoding:'):
            self.refused(self.head(TE, second) + CHUNK, 'http_transfer_encoding')

    def test_transfer_encoding_with_http_1_0(self):
        for fields in ((TE,), (TE, 'Connection: keep-alive')):
            self.refused(self.head(*fields, line='POST /plain/x HTTP/1.0') + CHUNK, 'http_transfer_encoding')

    def test_space_before_the_colon(self):
        for line in ('Content-Length : 4', 'Content-Length\t: 4', 'Transfer-Encoding : chunked', 'X-A : b', 'X-A  \t : b'):
            self.refused(self.head(line) + BODY, 'http_field_name')

    def test_obs_fold(self):
        for line in ('X-A: 1\r\n b', 'X-A: 1\r\n\tb', 'X-A: 1\r\n Content-Length: 4', 'X-A: 1\r\n \r\nX-B: 2', 'X-A:\r\n b'):
            self.refused(self.head(line) + BODY, 'http_obs_fold')
        self.refused(self.head(host=' Host: gate'), 'http_obs_fold')

    def test_bare_cr_or_lf_in_a_head(self):
        for line in ('X-A: 1\nContent-Length: 4', 'X-A: 1\rContent-Length: 4', 'X-A: 1\r\r\nX-B: 2', 'X-A: 1\n', 'X-A: \r', 'X-A: b\n\r'):
            self.refused(self.head(line) + BODY, 'http_line_end')
        for name in ('X-\rA: 1', 'X-\nA: 1'):
            self.refused(self.head(name), 'http_field_name http_line_end')
        for data in (b'GET /plain/x HTTP/1.1\nHost: gate\r\n\r\n', b'GET /plain/x HTTP/1.1\rHost: gate\r\n\r\n',
                     b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\n', b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\r\n',
                     b'GET /plain/x HTTP/1.1\r\nHost: gate\n\r\n', b'\nGET /plain/x HTTP/1.1\r\nHost: gate\r\n\r\n'):
            self.refused(data, 'http_line_end http_version http_request_line')

    def test_bare_cr_or_lf_in_chunk_lines(self):
        for body in (b'4\nabcd\r\n0\r\n\r\n', b'4\rabcd\r\n0\r\n\r\n', b'4\r\nabcd\n0\r\n\r\n', b'4\r\nabcd\r0\r\n\r\n', b'4\r\nabcd\r\n0\n\r\n',
                     b'4\r\nabcd\r\n0\r\n\n', b'4\r\nabcd\r\n0\r\n\r\r\n', b'4;a\nb\r\nabcd\r\n0\r\n\r\n', b'4;a="\n"\r\nabcd\r\n0\r\n\r\n',
                     b'0\r\nX-T: 1\n\r\n', b'0\r\nX-T: 1\rX: 2\r\n\r\n'):
            self.refused(self.chunked(body), 'http_chunk')

    def test_nul_and_control_bytes_in_values(self):
        for byte in [*range(9), *range(11, 13), *range(14, 32), 127]:
            self.refused(self.head(f'X-A: a{chr(byte)}b'), 'http_field_value')

    def test_nul_and_control_bytes_in_names(self):
        for byte in [*range(9), *range(11, 13), *range(14, 32), 127]:
            self.refused(self.head(f'X-{chr(byte)}A: b'), 'http_field_name')

    def test_invalid_field_names_are_refused_never_dropped(self):
        for name in ('X A', 'X(A)', 'X@A', 'X[A]', 'X{A}', 'X"A"', 'X/A', 'X\\A', 'X<A>', 'X,A', 'X;A', 'X=A', 'X?A', 'X-\xe9', '\xff', ''):
            self.refused(self.head(f'{name}: b'), 'http_field_name')
        self.refused(self.head('X-A'), 'http_field_name')

    def test_missing_duplicate_or_malformed_host(self):
        self.refused(self.head(host=None), 'http_host')
        self.refused(self.head(host=None, line='POST /plain/x HTTP/1.0'), 'http_host')
        for value in ('gate', 'other', ''):
            self.refused(self.head(f'Host: {value}'), 'http_host')
        for value in ('', 'gate/x', 'a@gate', 'gate, other', 'gate other', 'gate:', 'gate:99999', 'gate:0', 'gate:8a', 'gate:+80', 'ga%74e',
                      '[::1', '::1', '[::1]x', '[v1.a]', 'gate\\x', 'gate?x', 'gate#x', '.gate', 'ga..te', 'g\xe4te', '"gate"', 'http://gate'):
            self.refused(self.head(host=f'Host: {value}'), 'http_host')

    def test_absolute_form_that_differs_from_host(self):
        for line in ('GET http://other/plain/x HTTP/1.1', 'GET http://gate:81/plain/x HTTP/1.1', 'GET https://other/plain/x HTTP/1.1',
                     'GET http://gate.other/plain/x HTTP/1.1', 'GET http://gate:80/plain/x HTTP/1.1'):   # to the letter, the usual port too
            self.refused(self.head(line=line), 'http_host')
        self.refused(self.head(line='GET http://gate/plain/x HTTP/1.1', host='Host: gate:80'), 'http_host')
        for line in ('GET http://u@gate/plain/x HTTP/1.1', 'GET http:///plain/x HTTP/1.1', 'GET ftp://gate/plain/x HTTP/1.1',
                     'GET http:gate HTTP/1.1', 'GET gate:80 HTTP/1.1', 'GET plain/x HTTP/1.1', 'GET * HTTP/1.1', 'OPTIONS ** HTTP/1.1'):
            self.refused(self.head(line=line), 'http_target')
        asked, _ = self.passes(self.head(line='GET http://gate/plain/x?y HTTP/1.1'))
        self.assertTrue(asked.startswith(b'GET /plain/x?y HTTP/1.1\r\n'))

    def test_fragments(self):
        for target in ('/plain/x#f', '/plain/x?a#f', '#f', '/#', 'http://gate/plain/x#f'):
            self.refused(self.head(line=f'GET {target} HTTP/1.1'), 'http_target')

    def test_http_0_9(self):
        for data in (b'GET /plain/x\r\n\r\n', b'GET /plain/x\n', b'GET\r\n\r\n'):
            self.refused(data, 'http_version http_request_line')

    def test_bad_versions(self):
        for version in ('HTTP/2.0', 'HTTP/1.2', 'HTTP/0.9', 'HTTP/1.10', 'HTTP/01.1', 'http/1.1', 'HTTP/1', 'HTTP/1.', 'HTTP/1.1 ', 'HTTP /1.1',
                        'HTTP/+1.1', 'HTTPS/1.1', 'HTTP/1.1\t', 'HTTP/1.\x31\x00'):
            self.refused(self.head(line=f'GET /plain/x {version}'), 'http_version http_request_line http_line_end')

    def test_chunk_sizes_with_prefix_sign_overflow(self):
        for size in (b'0x4', b'0X4', b'+4', b'-4', b' 4', b'4 ', b'\t4', b'4\t', b'4h', b'', b'g', b'4.0', b'4_0', b'ffffffffffffffff',
                     b'8000000000000000', b'10000000000000004', b'0' * 17 + b'4', b'"4"'):
            self.refused(self.chunked(size + b'\r\nabcd\r\n0\r\n\r\n'), 'http_chunk')
        for body in (b'4\r\nabcde\r\n0\r\n\r\n', b'4\r\nabc\r\n0\r\n\r\n', b'4\r\nabcd0\r\n\r\n'):   # a size that lies
            self.refused(self.chunked(body), 'http_chunk')

    def test_unbounded_chunk_extensions(self):
        for body in (b'4;a=' + b'b' * 5000 + b'\r\nabcd\r\n0\r\n\r\n', b'1;aaaaaaaa\r\n{\r\n' * 100, b'4;a="' + b'b' * 5000, b'4' + b';a' * 500):
            self.refused(self.chunked(body), 'limit_chunk_extensions')
        for body in (b'4;\r\nabcd\r\n0\r\n\r\n', b'4; a\r\nabcd\r\n0\r\n\r\n', b'4;a=\r\nabcd\r\n0\r\n\r\n', b'4;a="b\r\nabcd\r\n0\r\n\r\n',
                     b'4;a\rb\r\nabcd\r\n0\r\n\r\n', b'4;a=\0\r\nabcd\r\n0\r\n\r\n', b'4 ;a\r\nabcd\r\n0\r\n\r\n'):
            self.refused(self.chunked(body), 'http_chunk')

    def test_trailers_are_never_merged_into_headers(self):
        trailers = b'X-T: 1\r\nContent-Length: 9\r\nHost: other\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 1.2.3.4\r\n'
        asked, body = self.passes(self.head(TE, 'Trailer: X-T') + b'4\r\nabcd\r\n0\r\n' + trailers + b'\r\n' +
                                  self.head(CL) + BODY, 2)
        self.assertEqual(body, BODY)
        for head, _ in self.origin.asked:
            for gone in (b'x-t', b'trailer', b'bearer', b'1.2.3.4', b'other'):
                self.assertNotIn(gone, head.lower())
        for body in (b'0\r\nX : 1\r\n\r\n', b'0\r\n: 1\r\n\r\n', b'0\r\nX: \x001\r\n\r\n', b'0\r\nX: 1\r\n y\r\n\r\n', b'0\r\n' + b'X-A: bbbb\r\n' * 2000):
            self.refused(self.chunked(body), 'http_chunk limit_trailers')

    def test_methods_have_one_spelling(self):
        for method in ('get', 'Get', 'delete', 'dELETE', 'pOST'):
            self.refused(self.head(line=f'{method} /plain/x HTTP/1.1'), 'http_method')
        for line in ('G@T /plain/x HTTP/1.1', ' GET /plain/x HTTP/1.1', 'GET  /plain/x HTTP/1.1', 'GET\t/plain/x HTTP/1.1', 'G\x00T /plain/x HTTP/1.1',
                     'GET /plain/x  HTTP/1.1', '/plain/x HTTP/1.1'):
            self.refused(self.head(line=line), 'http_request_line http_target http_version')

    def test_every_message_is_written_anew(self):
        asked, body = self.passes(self.head('X-Spaces: \t  a  b \t', 'X-None:', 'x-Case:C', TE) + b'3;x="y"\r\nabc\r\n1\r\nd\r\n0\r\n\r\n')
        self.assertEqual(body, BODY)
        self.assertIn(b'\r\nX-Spaces: a  b\r\n', asked)
        self.assertIn(b'\r\nX-None: \r\n', asked)
        self.assertIn(b'\r\nx-Case: C\r\n', asked)
        self.assertEqual(re.findall(rb'(?im)^(?:host|content-length|transfer-encoding):.*$', asked),
                         [b'Host: origin.internal\r', b'Transfer-Encoding: chunked\r'])


class Paths(Case):
    """Compared in normal form: nothing slips past a prefix rule."""
    settings = {'origin_more': SECRET_RULE}

    def ask(self, target):
        with self.gateway.client() as client:
            client.send(self.head(line=f'GET {target} HTTP/1.1'))
            got, body = client.message()
            return status_of(got), reason_of(body) if status_of(got) != 200 else None

    def test_no_spelling_of_a_denied_path_reaches_the_origin(self):
        self.assertEqual(self.ask('/plain/secret/x'), (403, 'policy_denied'))
        for target in ('/plain/%73ecret/x', '/plain/./secret/x', '/plain/%2e/secret/x', '/plain/s%65cre%74/x', '/./plain/secret/./x',
                       'http://gate/plain/secret/x', '/plain/secret/x?a=/plain/ok', '/plain/secret'):
            with self.subTest(target):
                self.assertEqual(self.ask(target), (403, 'policy_denied'))
        self.assertEqual(self.origin.asked, [])

    def test_what_has_no_single_normal_form_is_refused(self):
        for target in ('/plain/x/../secret/x', '/plain/%2e%2e/plain/secret/x', '/plain/.%2e/x', '/plain/..', '/..', '/plain//secret/x', '//plain/secret/x',
                       '/plain/secret//x', '/plain/a%2fb', '/plain%2Fsecret/x', '/plain/a%5cb', '/plain/a\\b', '/plain;a/secret/x', '/plain/secret;a=b/x',
                       '/plain/secret%3b/x', '/plain/%2573ecret/x', '/plain/%25%37%33ecret', '/plain/%252e%252e/x', '/plain/%2525', '/plain/..;/secret/x', '/plain/.;/secret/x', '/plain/%2E%2E%2Fsecret', '/plain/%00',
                       '/plain/%0d%0a', '/plain/%', '/plain/%4', '/plain/%zz', '/plain/%u0073', '/plain/%c0%ae', '/plain/%c0%af', '/plain/%ff',
                       '/plain/%ed%a0%80', '/plain/%c2%85', '/plain/\xe9', '/plain/"', '/plain/<', '/plain/^', '/plain/`', '/plain/|', '/plain/{a}', '/plain/[a]'):
            with self.subTest(target):
                status, reason = self.ask(target)
                self.assertEqual(status, 400)
                self.assertIn(reason, ('http_path', 'http_target'))
        self.assertEqual(self.origin.asked, [])

    def test_the_origin_gets_the_path_that_was_judged(self):
        for sent, seen in (('/plain/%78', '/plain/x'), ('/plain/./x', '/plain/x'), ('/plain/%7e%41-', '/plain/~A-'), ('/plain/%e2%82%ac', '/plain/%E2%82%AC'),
                           ('/plain/a%20b', '/plain/a%20b'), ('/plain/x/.', '/plain/x/'), ('/plain/%3a%40', '/plain/:@'), ('/plain/x?q=%2e%2e/', '/plain/x?q=%2e%2e/')):
            with self.subTest(sent):
                self.assertEqual(self.ask(sent), (200, None))
                self.assertTrue(self.origin.asked[-1][0].startswith(f'GET {seen} HTTP/1.1\r\n'.encode()), self.origin.asked[-1][0])


class Methods(Case):
    settings = {'origin_more': NO_DELETE, 'deadlines': 'hold = "10ms"'}

    def test_no_spelling_of_a_method_slips_past_its_rule(self):
        for method, reason in (('DELETE', 'approval_expired'), ('delete', 'http_method'), ('Delete', 'http_method')):
            with self.subTest(method), self.gateway.client() as client:
                client.send(self.head(line=f'{method} /plain/x HTTP/1.1'))
                self.assertEqual(reason_of(client.message()[1]), reason)
        for name in ('X-HTTP-Method-Override', 'X_HTTP_Method_Override', 'X-HTTP-Method', 'X-Method-Override'):
            asked, _ = self.passes(self.head(f'{name}: DELETE', line='GET /plain/x HTTP/1.1'))
            self.assertNotIn(b'DELETE', asked)
        self.assertTrue(all(head.startswith(b'GET ') for head, _ in self.origin.asked))


CLAIMS = ['X-User', 'X-User-Id', 'X-Username', 'X-User-Email', 'X-User-Groups', 'X-Groups', 'X-Roles', 'X-Email', 'X-Subject', 'X-Principal',
          'X-Tenant', 'X-Tenant-Id', 'Tenant-Id', 'X-TenantId', 'X-Org-Id', 'X-Organization-Id', 'X-Scope-OrgID', 'X-Account-Id', 'X-Customer-Id',
          'X-Remote-User', 'Remote-User', 'X-Remote-Groups', 'X-Remote-Addr', 'X-Auth-Request-User', 'X-Auth-User', 'X-Auth-Token', 'X-Authenticated-User',
          'X-WEBAUTH-USER', 'X-Amzn-Oidc-Identity', 'X-Goog-Authenticated-User-Email', 'X-MS-CLIENT-PRINCIPAL-NAME', 'X-Consumer-Username', 'X-Authentik-Username',
          'Impersonate-User', 'X-On-Behalf-Of', 'X-Client-Cert', 'X-SSL-Client-Verify', 'SSL-Client-Cert', 'X-Client-DN', 'X-JWT-Assertion',
          'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'X-Forwarded-Prefix', 'X-Forwarded-User', 'X-Forwarded-Email',
          'X-Forwarded-Groups', 'X-Forwarded-Client-Cert', 'X-Forwarded', 'Forwarded', 'X-Forwarded-Anything-New', 'Forwarded-For', 'X-Real-IP', 'True-Client-IP',
          'CF-Connecting-IP', 'Fastly-Client-IP', 'X-Client-IP', 'Client-IP', 'X-Cluster-Client-IP', 'X-Originating-IP', 'X-ProxyUser-Ip', 'X-Envoy-External-Address',
          'X-Host', 'X-Original-URL', 'X-Original-Host', 'X-Rewrite-URL', 'X-HTTP-Method-Override', 'Via', 'Proxy-Authorization', 'Gatehouse-Subject',
          'X-Gatehouse-Groups', 'X-Api-Key', 'Unstructured-Api-Key', 'Cookie']


class Fields(Case):
    def seen(self, *fields, line='GET /plain/x HTTP/1.1'):
        return self.passes(self.head(*fields, line=line))[0]

    def test_hop_by_hop_headers_named_in_connection_are_removed(self):
        seen = self.seen('Connection: X-Hop, keep-alive,x-other', 'X-Hop: hop-value', 'X-OTHER: hop-value', 'Keep-Alive: timeout=5', 'TE: trailers',
                         'Proxy-Connection: keep-alive', 'HTTP2-Settings: AAMA', 'Trailer: X-T', 'X-Kept: kept-value').lower()
        for gone in (b'hop-value', b'keep-alive', b'trailer', b'proxy-connection', b'aama', b'\r\nte:'):
            self.assertNotIn(gone, seen)
        self.assertIn(b'x-kept: kept-value', seen)

    def test_connection_never_removes_what_carries_identity_or_framing(self):
        for name in ('Authorization', 'Host', 'Content-Length', 'Transfer-Encoding', 'Content-Type', 'Cookie', 'X-Forwarded-For', 'Expect', 'X-Real-IP'):
            self.refused(self.head(CL, f'Connection: close, {name}') + BODY, 'http_te')

    def test_connection_takes_nothing_away_that_the_gateway_itself_sets(self):
        for name in ('X-Api-Key', 'x_api_key', 'X-User-Id', 'X-Tenant'):
            seen = self.seen(f'Connection: {name}', f'{name}: forged-value')
            self.assertNotIn(b'forged-value', seen)
            self.assertEqual(re.findall(rb'(?im)^x-api-key: (.*)\r$', seen), [b'the-origins-own-key'])

    def test_client_sent_identity_tenant_and_forwarding_headers_are_removed_in_every_spelling(self):
        for at in range(0, len(CLAIMS), 15):
            names = CLAIMS[at:at + 15]
            spellings = [s for name in names for s in (name, name.lower(), name.upper(), name.replace('-', '_'), name.replace('-', '.'))]
            seen = self.seen(*(f'{name}: forged-value' for name in spellings), 'X-Kept: kept-value')
            self.assertNotIn(b'forged-value', seen)
            self.assertIn(b'X-Kept: kept-value', seen)

    def test_names_that_are_another_name_to_some_services_are_removed(self):
        seen = self.seen('Content_Type: text/evil', 'Content.Length: 5', 'X_Kept: evil', 'X!Kept: evil', 'X-Kept: kept-value')
        self.assertNotIn(b'evil', seen)
        self.assertNotIn(b'Content.Length', seen)
        self.assertIn(b'X-Kept: kept-value', seen)

    def test_what_clients_usually_send_is_passed_on(self):
        usual = ('User-Agent: python-requests/2.31', 'Accept: */*', 'Accept-Language: de', 'Idempotency-Key: 7', 'If-None-Match: "x"', 'Cache-Control: no-cache',
                 'X-Requested-With: y', 'X-Client-Version: 1.2', 'X-Stainless-Lang: python', 'Origin: https://app', 'Referer: https://app/', 'X-Custom: z')
        seen = self.seen(*usual)
        for line in usual:
            self.assertIn(line.encode(), seen)

    def test_the_callers_credential_never_reaches_the_origin_and_ours_stands_there_once(self):
        seen = self.seen('X-Api-Key: forged', 'x-api-key: forged', 'X_API_KEY: forged')
        self.assertEqual(re.findall(rb'(?im)^x.api.key: (.*)\r$', seen), [b'the-origins-own-key'])
        self.assertNotIn(self.gateway.readers.encode(), seen)

    def test_expect_100_continue_is_answered_after_authentication(self):
        with self.gateway.client() as client:
            client.send(self.head(JSON, 'Expect: 100-continue', 'Content-Length: 7', line='POST /chunk HTTP/1.1'))
            self.assertEqual(client.take_through(b'\r\n\r\n'), b'HTTP/1.1 100 Continue\r\n\r\n')
            client.send(b'{"a":1}')
            self.assertEqual(status_of(client.message()[0]), 200)
        self.assertNotIn(b'expect', self.origin.asked[-1][0].lower())
        self.origin.asked.clear()
        for token, status in ((None, 401), ('nonsense', 401), (self.gateway.token('others'), 403)):
            with self.subTest(status), self.gateway.client() as client:
                client.send(b'POST /chunk HTTP/1.1\r\nHost: gate\r\nExpect: 100-continue\r\nContent-Length: 7\r\n' +
                            (f'Authorization: Bearer {token}\r\n'.encode() if token else b'') + b'\r\n')
                self.assertEqual(status_of(client.message()[0]), status)   # and not 100
                self.assertEqual(client.until_end(), b'')
        self.assertEqual(self.origin.asked, [])

    def test_upgrade_h2c_connect_and_trace_are_refused_with_their_own_reason(self):
        for fields in (('Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: x'), ('Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AA'),
                       ('Upgrade: TLS/1.2, HTTP/1.1', 'Connection: upgrade'), ('Upgrade: h2c',)):
            self.refused(self.head(*fields, line='GET /plain/x HTTP/1.1'), 'http_upgrade')
        for line in ('CONNECT gate:443 HTTP/1.1', 'TRACE /plain/x HTTP/1.1', 'trace /plain/x HTTP/1.1', 'Connect gate:443 HTTP/1.1'):
            self.refused(self.head(line=line), 'http_upgrade')
        self.refused(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http_upgrade')


class Refusals(Case):
    def told(self, client, head_only=False):
        head, body = client.message(bodiless=head_only)
        return head, body, field(head, 'Gatehouse-Exchange-Id')

    def test_error_bodies_carry_a_reason_code_and_the_exchange_id_and_nothing_of_the_request(self):
        for data in (self.head('X-Marker: canary', line='GET /nowhere/canary?canary HTTP/1.1', host='Host: canary'),
                     self.head('X-Marker: canary\x01', line='GET /plain/canary HTTP/1.1'), b'GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n',
                     self.head(JSON, 'Content-Length: 32', line='POST /chunk HTTP/1.1') + b'{"canary":"drop table canary  "}', b'canary canary canary\r\n\r\n'):
            with self.subTest(data), self.gateway.client() as client:
                client.send(data)
                head, body, exchange = self.told(client)
                self.assertNotIn(b'canary', head + body)
                told = json.loads(body)
                self.assertEqual(set(told), {'detail', 'reason', 'code', 'exchange_id'})
                self.assertEqual(told['exchange_id'], exchange)
                self.assertRegex(exchange, r'^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')
                self.assertEqual((field(head, 'Content-Type'), int(field(head, 'Content-Length'))), ('application/json', len(body)))

    def test_head_has_no_body(self):
        with self.gateway.client() as client:
            for _ in range(2):   # the second proves that nothing of the first is left
                client.send(self.head(line='HEAD /nowhere HTTP/1.1'))
                head, _, exchange = self.told(client, head_only=True)
                self.assertEqual(status_of(head), 403)
                self.assertTrue(exchange)
            client.send(self.head(line='GET /plain/x HTTP/1.1'))
            self.assertEqual(status_of(client.message()[0]), 200)

    def test_a_refused_request_with_an_unread_body_cannot_desynchronise_the_connection(self):
        hidden = self.head(line='GET /plain/smuggled HTTP/1.1')
        for fields, body in (((f'Content-Length: {len(hidden)}',), hidden), ((TE,), b'%x\r\n' % len(hidden) + hidden + b'\r\n0\r\n\r\n')):
            with self.gateway.client() as client:   # small: drained
                client.send(self.head(*fields, line='POST /nowhere HTTP/1.1') + body + self.head(line='GET /plain/seen HTTP/1.1'))
                self.assertEqual(status_of(client.message()[0]), 403)
                self.assertEqual(status_of(client.message()[0]), 200)
        with self.gateway.client() as client:   # too long to drain: closed
            client.send(self.head('Content-Length: 50000000', line='POST /nowhere HTTP/1.1') + hidden)
            self.assertEqual(status_of(client.message()[0]), 403)
            self.assertEqual(client.until_end(), b'')
        with self.gateway.client() as client:   # refused for its chunks: nobody knows where it ends
            client.send(self.chunked(b'zz\r\n') + hidden)
            self.assertEqual(status_of(client.message()[0]), 400)
            self.assertEqual(client.until_end(), b'')
        self.assertEqual({head.split(b' ')[1] for head, _ in self.origin.asked}, {b'/plain/seen'})


class Shapes(unittest.TestCase):
    LIMITS = 'head_bytes = "4KiB"\nhead_fields = 32\ntarget_bytes = "1KiB"\ninspect_bytes = "64KiB"'

    def refusal(self, gateway, data):
        with gateway.client() as client:
            client.send(data)
            return client.message()

    def each(self, shape):
        """What requests() has, each with the answer to it: whoever runs into a limit does it where no deadline is short."""
        with self.shaped(shape) as patient, self.shaped(shape, 'head = "300ms"\nprogress = "400ms"\nhold = "200ms"') as strict:
            for of_patient, of_strict in zip(self.requests(patient), self.requests(strict)):
                late = (of_strict[3] or '').startswith('deadlines.')
                data, *told = of_strict if late else of_patient
                yield (*self.refusal(strict if late else patient, data), *told)

    def requests(self, gateway):
        """(bytes, status, reason, key, value): one for every limit and deadline that a client can run into."""
        json_body = b'"' + b'x' * 70_000 + b'"'
        return ((gateway.request('GET', '/plain/x', fields=['X-A: ' + 'a' * 5000]), 431, 'limit_head_bytes', 'limits.head_bytes', '4KiB'),
                (gateway.request('GET', '/plain/x', fields=['X-A: a'] * 40), 431, 'limit_head_fields', 'limits.head_fields', 32),
                (gateway.request('GET', '/plain/' + 'x' * 2000), 414, 'limit_target_bytes', 'limits.target_bytes', '1KiB'),
                (gateway.request('POST', '/chunk', json_body, [JSON]), 413, 'limit_body_bytes', 'limits.inspect_bytes', '64KiB'),
                (b'GET /', 408, 'deadline_head', 'deadlines.head', '300ms'),
                (gateway.request('POST', '/chunk', fields=[JSON, 'Content-Length: 9']), 408, 'deadline_body', 'deadlines.progress', '400ms'),
                (gateway.request('DELETE', '/collections/x'), 403, 'approval_expired', 'deadlines.hold', '200ms'),
                (gateway.request('GET', '/nowhere'), 403, 'policy_no_rule', None, None))

    def shaped(self, shape, deadlines=''):
        return Gateway(BUILD, gateway_more=f'refusals = "{shape}"', limits=self.LIMITS, deadlines=deadlines)

    def test_json_detail_as_fastapi_services_answer(self):
        for head, body, status, reason, key, value in self.each('detail'):
            told = json.loads(body)
            self.assertEqual((status_of(head), field(head, 'Content-Type')), (status, 'application/json'))
            self.assertEqual((told['reason'], told.get('limit'), told.get('limit_value')), (reason, key, value))
            self.assertIsInstance(told['detail'], str)
            self.assertIsInstance(told['code'], int)
            self.assertEqual(told['exchange_id'], field(head, 'Gatehouse-Exchange-Id'))

    def test_problem_json(self):
        for head, body, status, reason, key, value in self.each('problem'):
            told = json.loads(body)
            exchange = field(head, 'Gatehouse-Exchange-Id')
            self.assertEqual((status_of(head), field(head, 'Content-Type')), (status, 'application/problem+json'))
            self.assertEqual((told['status'], told['type'], told['instance']), (status, 'urn:gatehouse:reason:' + reason, 'urn:uuid:' + exchange))
            self.assertTrue(told['title'])
            self.assertEqual((told['reason'], told['exchange_id'], told.get('limit'), told.get('limit_value')), (reason, exchange, key, value))

    def test_plain_text(self):
        for head, body, status, reason, key, value in self.each('plain'):
            lines = body.decode('ascii').splitlines()
            self.assertEqual((status_of(head), field(head, 'Content-Type')), (status, 'text/plain; charset=utf-8'))
            self.assertRegex(lines[1], rf'^reason: {reason} \(\d+\)$')
            self.assertEqual(lines[2:-1], [f'limit: {key} = {value}'] if key else [])
            self.assertEqual(lines[-1], 'exchange: ' + field(head, 'Gatehouse-Exchange-Id'))

    def test_each_route_in_its_own_shape(self):
        routes = ''.join(f'[[route]]\nname = "r-{shape}"\npath = "/{shape}"\norigin = "origin"\nrefusals = "{shape}"\n' for shape in ('plain', 'problem'))
        routes += ''.join(f'[[route]]\nname = "r{i}"\npath = "/{path}"\norigin = "origin"\n' for i, path in enumerate(('chunk', 'collections')))
        with Gateway(BUILD, origin_more=routes) as gateway:
            for path, kind, reason in (('/plain/x', 'text/plain; charset=utf-8', b'token_missing'), ('/problem/x', 'application/problem+json', b'token_missing'),
                                       ('/chunk', 'application/json', b'token_missing'), ('/nowhere', 'application/json', b'policy_route'),
                                       ('/plain/../problem', 'application/json', b'http_path')):
                with self.subTest(path):
                    head, body = self.refusal(gateway, f'GET {path} HTTP/1.1\r\nHost: gate\r\n\r\n'.encode())
                    self.assertEqual(field(head, 'Content-Type'), kind)
                    self.assertIn(reason, body)


ORIGIN_LIES = {   # name: (bytes, reason)
    'garbage': (b'\x00\x01\x02nonsense\r\n\r\n', 'origin_response'),
    'HTTP/0.9': (b'<html>hello</html>', 'origin_response'),
    'HTTP/2': (b'HTTP/2 200 OK\r\n\r\n', 'origin_response'),
    'version 1.2': (b'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'no blank': (b'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'status 99': (b'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'status 600': (b'HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'bytes in front': (b'\r\n' + answer(b'x'), 'origin_response'),
    'length then encoding': (OK + b'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    'encoding then length': (OK + b'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    'two lengths': (OK + b'Content-Length: 3\r\nContent-Length: 3\r\n\r\nxyz', 'origin_response'),
    'unlike lengths': (OK + b'Content-Length: 3\r\nContent-Length: 9\r\n\r\nxyz', 'origin_response'),
    'list of lengths': (OK + b'Content-Length: 3, 3\r\n\r\nxyz', 'origin_response'),
    'signed length': (OK + b'Content-Length: +3\r\n\r\nxyz', 'origin_response'),
    'gzip, chunked': (OK + b'Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    'chunked twice': (OK + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'origin_response'),
    'encoding with 1.0': (b'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    'space before colon': (OK + b'Content-Length : 3\r\n\r\nxyz', 'origin_response'),
    'folded line': (OK + b'X: a\r\n b\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'bare LF': (OK + b'X: a\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'bare CR': (OK + b'X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'NUL in a value': (OK + b'X: a\x00\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'control byte in the phrase': (b'HTTP/1.1 200 O\x1bK\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'invalid name': (OK + b'X(a): b\r\nContent-Length: 0\r\n\r\n', 'origin_response'),
    'Connection names framing': (OK + b'Connection: content-length\r\nContent-Length: 3\r\n\r\nxyz', 'origin_response'),
    '101': (b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'origin_upgrade'),
    '1xx with length': (b'HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\nxyz' + answer(b'x'), 'origin_response'),
    '1xx with encoding': (b'HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + answer(b'x'), 'origin_response'),
    '1xx without end': (b'HTTP/1.1 102 Processing\r\n\r\n' * 50, 'origin_response'),
    '204 with length': (b'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nxyz', 'origin_response'),
    '204 with encoding': (b'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'origin_response'),
    '204 with a body': (b'HTTP/1.1 204 No Content\r\n\r\nxyz', 'origin_response'),
    '205 with a body': (b'HTTP/1.1 205 Reset Content\r\nContent-Length: 3\r\n\r\nxyz', 'origin_response'),
    '205 with chunks': (b'HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    '205 until its end': (b'HTTP/1.1 205 Reset Content\r\n\r\nxyz', 'origin_response'),
    '304 with a body': (b'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nxyz', 'origin_response'),
    '304 with chunks': (b'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n', 'origin_response'),
    'head over the limit': (OK + b'X: ' + b'y' * 40_000 + b'\r\n\r\n', 'origin_head_too_large'),
}


class Origins(unittest.TestCase):
    """Origin answers are held to the same rules."""

    def test_malformed_answers_are_502_never_relayed_and_the_connection_is_not_used_again(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            for name, (reply, reason) in ORIGIN_LIES.items():
                with self.subTest(name):
                    client.send(gateway.request('GET', '/plain/x'))
                    with gateway.origin() as origin:   # a new connection each time
                        origin.message()
                        origin.send(reply)
                        head, body = client.message()
                        self.assertEqual((status_of(head), reason_of(body)), (502, reason), head)
                        self.assertEqual(origin.until_end(), b'')   # closed without another request
                    self.assertNotIn(b'xyz', client.seen)

    def test_an_answer_to_head_with_a_body_is_502(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('HEAD', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'poison'))
                head, _ = client.message(bodiless=True)
                self.assertEqual(status_of(head), 502)
                self.assertEqual(origin.until_end(), b'')
            client.send(gateway.request('GET', '/plain/y'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'good'))
                self.assertEqual(client.message()[1], b'good')
            self.assertNotIn(b'poison', client.seen)

    def test_of_1xx_only_100_is_relayed_and_only_to_who_waits_for_it(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' + answer(b'whole'))
                head, body = client.message()
                self.assertEqual((status_of(head), body), (200, b'whole'))
                client.send(gateway.request('POST', '/plain/x', fields=['Expect: 100-continue', CL]))
                self.assertEqual(client.take_through(b'\r\n\r\n'), b'HTTP/1.1 100 Continue\r\n\r\n')
                client.send(BODY)
                self.assertEqual(origin.message()[1], BODY)
                origin.send(answer(b'second'))
                self.assertEqual(client.message()[1], b'second')

    def test_broken_chunks_of_an_answer_end_the_connection_without_its_end(self):
        for end in (b'zz\r\n', b'0x0\r\n\r\n', b'-1\r\n', b'3\nxyz\r\n0\r\n\r\n', b'ffffffffffffffff1\r\n', b'0\r\nX : y\r\n\r\n', b'1;' + b'a' * 500):
            with self.subTest(end), Gateway(BUILD) as gateway, gateway.client() as client:
                client.send(gateway.request('GET', '/plain/x'))
                with gateway.origin() as origin:
                    origin.message()
                    origin.send(OK + b'Transfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n')
                    client.take_through(b'xyz\r\n')
                    origin.send(end)
                    rest = client.until_end()
                    self.assertNotIn(b'0\r\n\r\n', rest)
                    self.assertEqual(origin.until_end(), b'')

    def test_no_answer_leads_clients_past_the_gateway_or_speaks_for_it(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send(gateway.request('GET', '/plain/x'))
            with gateway.origin() as origin:
                origin.message()
                origin.send(answer(b'x', ['Alt-Svc: h3="elsewhere:443"', 'ALT-SVC: clear', 'Gatehouse-Exchange-Id: forged', 'Gatehouse_Exchange_Id: forged',
                                          'Proxy-Authenticate: Basic', 'Keep-Alive: timeout=5', 'Trailer: X', 'X-Other: stays']))
                head = client.message()[0].lower()
                for gone in (b'alt-svc', b'forged', b'proxy-', b'keep-alive', b'trailer'):
                    self.assertNotIn(gone, head)
                self.assertIn(b'\r\nx-other: stays\r\n', head)
                self.assertEqual(head.count(b'exchange'), 1)

    def test_answers_to_different_clients_never_mix(self):
        """Bytes that an origin sends behind, between or instead of answers reach nobody else."""
        for extra in (answer(b'poison'), b'poison', b'HTTP/1.1 100 Continue\r\n\r\n'):
            with self.subTest(extra), Gateway(BUILD) as gateway, gateway.client() as first, gateway.client() as second:
                first.send(gateway.request('GET', '/plain/first'))
                with gateway.origin() as origin:
                    origin.message()
                    origin.send(answer(b'for the first') + extra)
                    self.assertEqual(first.message()[1], b'for the first')
                    self.assertEqual(origin.until_end(), b'')   # not kept
                second.send(gateway.request('GET', '/plain/second'))
                with gateway.origin() as origin:
                    self.assertIn(b'/plain/second', origin.message()[0])
                    origin.send(answer(b'for the second'))
                    self.assertEqual(second.message()[1], b'for the second')
                self.assertNotIn(b'poison', first.seen + second.seen)


if __name__ == '__main__':
    unittest.main()
