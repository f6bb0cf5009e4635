"""Requests that two readers could understand differently: refused with a reason, never passed on, and the connection
closed, so that what stands behind them is not taken for a second request."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import Recorder, reason_of, status_of  # noqa: E402
from gateway import Gateway  # noqa: E402

BUILD = sys.argv.pop(1)
SECOND = b'GET /plain/smuggled HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer %TOKEN%\r\n\r\n'


def head(*fields, line='POST /plain/x HTTP/1.1', host='Host: gate'):
    lines = [line] + ([host] if host else []) + ['Authorization: Bearer %TOKEN%', *fields]
    return '\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n'


def chunked(body):
    return head('Content-Type: application/json', 'Transfer-Encoding: chunked', line='POST /chunk HTTP/1.1') + body


CL, TE = 'Content-Length: 4', 'Transfer-Encoding: chunked'
BODY, CHUNK = b'wxyz', b'4\r\nwxyz\r\n0\r\n\r\n'

REFUSED = {   # name: (bytes, reasons that fit)
    'length then encoding': (head(CL, TE) + CHUNK, 'http_length_and_encoding'),
    'encoding then length': (head(TE, CL) + CHUNK, 'http_length_and_encoding'),
    'zero length and encoding': (head('Content-Length: 0', TE) + CHUNK, 'http_length_and_encoding'),
    'equal lengths': (head(CL, CL) + BODY, 'http_content_length'),
    'unequal lengths': (head(CL, 'Content-Length: 0') + BODY, 'http_content_length'),
    'list of lengths': (head('Content-Length: 4, 4') + BODY, 'http_content_length'),
    'length with plus': (head('Content-Length: +4') + BODY, 'http_content_length'),
    'length with minus': (head('Content-Length: -4') + BODY, 'http_content_length'),
    'no length': (head('Content-Length:') + BODY, 'http_content_length'),
    'blank length': (head('Content-Length:  \t ') + BODY, 'http_content_length'),
    'length in two words': (head('Content-Length: 4 4') + BODY, 'http_content_length'),
    'hexadecimal length': (head('Content-Length: 0x4') + BODY, 'http_content_length'),
    'length with leading zero': (head('Content-Length: 04') + BODY, 'http_content_length'),
    'length over 63 bits': (head('Content-Length: 9223372036854775808') + BODY, 'http_content_length'),
    'length over 64 bits': (head('Content-Length: 18446744073709551620') + BODY, 'http_content_length'),
    'length with underscore': (head('Content-Length: 1_0') + BODY, 'http_content_length'),
    'unknown encoding': (head('Transfer-Encoding: gzip') + BODY, 'http_transfer_encoding'),
    'identity encoding': (head('Transfer-Encoding: identity') + BODY, 'http_transfer_encoding'),
    'gzip, chunked': (head('Transfer-Encoding: gzip, chunked') + CHUNK, 'http_transfer_encoding'),
    'chunked twice': (head('Transfer-Encoding: chunked, chunked') + CHUNK, 'http_transfer_encoding'),
    'two encoding lines': (head(TE, TE) + CHUNK, 'http_transfer_encoding'),
    'chunked then identity': (head(TE, 'Transfer-Encoding: identity') + CHUNK, 'http_transfer_encoding'),
    'encoding in quotes': (head('Transfer-Encoding: "chunked"') + CHUNK, 'http_transfer_encoding'),
    'encoding with parameter': (head('Transfer-Encoding: chunked;a=b') + CHUNK, 'http_transfer_encoding'),
    'encoding with vertical tab': (head('Transfer-Encoding: \x0bchunked') + CHUNK, 'http_field_value'),
    'xchunked': (head('Transfer-Encoding: xchunked') + CHUNK, 'http_transfer_encoding'),
    'empty encoding': (head('Transfer-Encoding:') + CHUNK, 'http_transfer_encoding'),
    'encoding with 1.0': (head(TE, line='POST /plain/x HTTP/1.0') + CHUNK, 'http_transfer_encoding'),
    'space before colon': (head('Content-Length : 4') + BODY, 'http_field_name'),
    'tab before colon': (head('Transfer-Encoding\t: chunked') + CHUNK, 'http_field_name'),
    'folded line': (head('X-A: 1\r\n Content-Length: 4') + BODY, 'http_obs_fold'),
    'folded with tab': (head('X-A: 1\r\n\tx') + BODY, 'http_obs_fold'),
    'fold before the first field': (head(host=' Host: gate'), 'http_obs_fold'),
    'bare LF ends a field': (head('X-A: 1\nContent-Length: 4') + BODY, 'http_line_end'),
    'bare LF ends the head': (b'GET /plain/x HTTP/1.1\r\nHost: gate\r\n\n', 'http_line_end'),
    'bare LF ends the line': (b'GET /plain/x HTTP/1.1\nHost: gate\r\n\r\n', 'http_line_end'),
    'bare CR in a value': (head('X-A: 1\rContent-Length: 4') + BODY, 'http_line_end'),
    'bare CR in a name': (head('X-\rA: 1'), 'http_field_name'),
    'CR CR LF': (head('X-A: 1\r\r\nX-B: 2'), 'http_line_end'),
    'NUL in a value': (head('X-A: a\x00b'), 'http_field_value'),
    'NUL in a name': (head('X-\x00A: b'), 'http_field_name'),
    'escape in a value': (head('X-A: \x1b[2J'), 'http_field_value'),
    'delete in a value': (head('X-A: \x7f'), 'http_field_value'),
    'name with blank': (head('X A: b'), 'http_field_name'),
    'name with parenthesis': (head('X(A): b'), 'http_field_name'),
    'name beyond ASCII': (head('X-\xe9: b'), 'http_field_name'),
    'no name': (head(': b'), 'http_field_name'),
    'no colon': (head('X-A'), 'http_field_name'),
    'no Host': (head(host=None), 'http_host'),
    'no Host with 1.0 and absolute form': (head(host=None, line='GET http://gate/plain/x HTTP/1.1'), 'http_host'),
    'two Hosts': (head('Host: gate'), 'http_host'),
    'two unlike Hosts': (head('Host: other'), 'http_host'),
    'empty Host': (head(host='Host:'), 'http_host'),
    'Host with path': (head(host='Host: gate/x'), 'http_host'),
    'Host with user': (head(host='Host: a@gate'), 'http_host'),
    'Host list': (head(host='Host: gate, other'), 'http_host'),
    'Host with bad port': (head(host='Host: gate:99999'), 'http_host'),
    'absolute form unlike Host': (head(line='GET http://other/plain/x HTTP/1.1'), 'http_host'),
    'absolute form with user': (head(line='GET http://u@gate/plain/x HTTP/1.1'), 'http_target'),
    'other scheme': (head(line='GET ftp://gate/plain/x HTTP/1.1'), 'http_target'),
    'relative target': (head(line='GET plain/x HTTP/1.1'), 'http_target'),
    'fragment': (head(line='GET /plain/x#f HTTP/1.1'), 'http_target http_path'),
    'only a fragment': (head(line='GET #f HTTP/1.1'), 'http_target'),
    'star with GET': (head(line='GET * HTTP/1.1'), 'http_target'),
    'HTTP/0.9': (b'GET /plain/x\r\n\r\n', 'http_version'),
    'version 2.0': (head(line='GET /plain/x HTTP/2.0'), 'http_version'),
    'version 1.2': (head(line='GET /plain/x HTTP/1.2'), 'http_version'),
    'version 1.10': (head(line='GET /plain/x HTTP/1.10'), 'http_version http_line_end'),
    'version 01.1': (head(line='GET /plain/x HTTP/01.1'), 'http_version'),
    'lower-case version': (head(line='GET /plain/x http/1.1'), 'http_version http_request_line'),
    'blank behind the version': (head(line='GET /plain/x HTTP/1.1 '), 'http_version http_line_end'),
    'two blanks': (head(line='GET  /plain/x HTTP/1.1'), 'http_request_line http_target'),
    'tab for a blank': (head(line='GET\t/plain/x HTTP/1.1'), 'http_request_line'),
    'blank in the target': (head(line='GET /plain/x y HTTP/1.1'), 'http_request_line http_version'),
    'blank in front': (head(line=' GET /plain/x HTTP/1.1'), 'http_request_line'),
    'HTTP/2 preface': (b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http_upgrade'),
    'TLS hello on a plain port': (b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'http_request_line'),
    'Upgrade': (head('Upgrade: websocket', 'Connection: upgrade'), 'http_upgrade'),
    'h2c': (head('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'), 'http_upgrade'),
    'CONNECT': (head(line='CONNECT gate:443 HTTP/1.1'), 'http_upgrade'),
    'TRACE': (head(line='TRACE /plain/x HTTP/1.1'), 'http_upgrade'),
    'trace': (head(line='trace /plain/x HTTP/1.1'), 'http_upgrade'),
    'Connection names Authorization': (head('Connection: close, Authorization'), 'http_te'),
    'Connection names Host': (head('Connection: host'), 'http_te'),
    'Connection names Content-Length': (head(CL, 'Connection: content-length') + BODY, 'http_te'),
    'malformed TE': (head('TE: a b'), 'http_te'),
    'chunk size with 0x': (chunked(b'0x4\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk size with plus': (chunked(b'+4\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk size with minus': (chunked(b'-4\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk size with blank': (chunked(b' 4\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk size with blank behind': (chunked(b'4 \r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk size over 64 bits': (chunked(b'10000000000000004\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk size over 63 bits': (chunked(b'8000000000000000\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'endless zeros in a chunk size': (chunked(b'0' * 200 + b'4\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'no chunk size': (chunked(b'\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk line with LF': (chunked(b'4\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk line with CR': (chunked(b'4\rwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk longer than its size': (chunked(b'4\r\nwxyzef\r\n0\r\n\r\n'), 'http_chunk'),
    'chunk ended by LF': (chunked(b'4\r\nwxyz\n0\r\n\r\n'), 'http_chunk'),
    'last chunk ended by LF': (chunked(b'0\r\n\n'), 'http_chunk'),
    'LF in a chunk extension': (chunked(b'4;a\nb\r\nwxyz\r\n0\r\n\r\n'), 'http_chunk'),
    'unbounded chunk extension': (chunked(b'4;a=' + b'b' * 5000 + b'\r\nwxyz\r\n0\r\n\r\n'), 'limit_chunk_extensions'),
    'many small chunk extensions': (chunked(b'1;aaaaaaaa\r\n{\r\n' * 100), 'limit_chunk_extensions'),
    'folded trailer': (chunked(b'0\r\nX: 1\r\n y\r\n\r\n'), 'http_chunk'),
    'endless trailers': (chunked(b'0\r\n' + b'X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n' * 1000), 'limit_trailers'),
}

PATHS = ['/plain/../chunk', '/plain/%2e%2e/chunk', '/plain/.%2e/x', '/plain/a%2fb', '/plain/a%2Fb', '/plain/a%5cb', '/plain/a\\b',
         '/plain/a;b', '/plain/a%3bb', '/plain//x', '//plain/x', '/plain/%252e%252e/x', '/plain/%c0%ae', '/plain/%00',
         '/plain/%0d%0aX:1', '/plain/%', '/plain/%4', '/plain/%zz', '/plain/%ff', '/plain/"x"', '/plain/<x>', '/plain/\xe9']


class Framing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(BUILD).start()
        cls.origin = Recorder(cls.gateway)

    @classmethod
    def tearDownClass(cls):
        cls.origin.stop()
        cls.gateway.__exit__(None)

    def setUp(self):
        self.origin.asked.clear()

    def bytes_of(self, data):
        return data.replace(b'%TOKEN%', self.gateway.readers.encode())

    def test_the_well_formed_neighbours_pass(self):
        """Else a gateway that refuses everything would pass the others."""
        for name, data in {'length': head(CL) + BODY, 'chunked': head(TE) + CHUNK, 'trimmed': head('Content-Length: \t4 ') + BODY,
                           'Chunked': head('Transfer-Encoding: Chunked') + CHUNK, 'extension': head(TE) + b'4;a=b\r\nwxyz\r\n0\r\n\r\n',
                           'absolute': head(CL, line='POST http://gate/plain/x HTTP/1.1') + BODY}.items():
            with self.subTest(name), self.gateway.client() as client:
                self.origin.asked.clear()
                client.send(self.bytes_of(data + SECOND))
                self.assertEqual([status_of(client.message()[0]) for _ in range(2)], [200, 200])
                self.assertEqual([body for _, body in self.origin.asked], [BODY, b''])

    def test_ambiguous_requests_are_refused_and_nothing_behind_them_is_read(self):
        for name, (data, reasons) in REFUSED.items():
            with self.subTest(name), self.gateway.client() as client:
                client.send(self.bytes_of(data + SECOND))
                got, body = client.message()
                self.assertEqual(status_of(got), 400, got)
                self.assertIn(reason_of(body), reasons.split())
                self.assertIn(b'\r\nConnection: close\r\n', got)
                self.assertEqual(client.until_end(), b'')
                self.assertEqual(self.origin.asked, [])

    def test_refusals_do_not_depend_on_how_the_bytes_arrive(self):
        for name, (data, reasons) in REFUSED.items():
            whole = self.bytes_of(data)
            if len(whole) > 1500:
                continue
            with self.subTest(name), self.gateway.client() as client:
                at = max(len(whole) - 40, 1)
                client.send(whole[:at])
                try:
                    for i in range(at, len(whole)):
                        client.send(whole[i:i + 1])
                    client.send(self.bytes_of(SECOND))
                except (BrokenPipeError, ConnectionResetError):
                    pass   # it had seen enough
                got, body = client.message()
                self.assertEqual(status_of(got), 400, got)
                self.assertIn(reason_of(body), reasons.split())
                self.assertEqual(self.origin.asked, [])

    def test_paths_without_one_normal_form_never_reach_a_rule(self):
        for path in PATHS:
            with self.subTest(path), self.gateway.client() as client:
                client.send(self.bytes_of(head(line=f'GET {path} HTTP/1.1')))
                got, body = client.message()
                self.assertEqual(status_of(got), 400, got)
                self.assertIn(reason_of(body), ('http_path', 'http_target', 'http_request_line'))
                self.assertEqual(self.origin.asked, [])

    def test_a_path_is_passed_on_in_its_normal_form(self):
        for sent, seen in (('/plain/%78', '/plain/x'), ('/plain/./x', '/plain/x'), ('/plain/%e2%82%ac', '/plain/%E2%82%AC')):
            with self.subTest(sent), self.gateway.client() as client:
                client.send(self.bytes_of(head(line=f'GET {sent} HTTP/1.1')))
                self.assertEqual(status_of(client.message()[0]), 200)
                self.assertTrue(self.origin.asked[-1][0].startswith(f'GET {seen} HTTP/1.1\r\n'.encode()))

    def test_a_chunk_error_in_a_streamed_body_never_completes_at_the_origin(self):
        with Gateway(BUILD) as gateway, gateway.client() as client:
            client.send((head(TE) + b'4\r\nwxyz\r\n').replace(b'%TOKEN%', gateway.readers.encode()))
            with gateway.origin() as origin:
                origin.take_through(b'wxyz')
                client.send(b'4\r\nwxyzXX0\r\n\r\n' + SECOND)
                got, body = client.message()
                self.assertEqual((status_of(got), reason_of(body)), (400, 'http_chunk'))
                self.assertEqual(client.until_end(), b'')
                rest = origin.until_end()
                self.assertNotIn(b'0\r\n\r\n', rest)
                self.assertNotIn(b'smuggled', rest)

    def test_trailers_are_dropped(self):
        with self.gateway.client() as client:
            client.send(self.bytes_of(head(TE) + b'4\r\nwxyz\r\n0\r\nX-Trailer: 1\r\nAuthorization: Bearer x\r\n\r\n' + SECOND))
            self.assertEqual([status_of(client.message()[0]) for _ in range(2)], [200, 200])
            self.assertEqual(len(self.origin.asked), 2)
            for asked, _ in self.origin.asked:
                self.assertNotIn(b'X-Trailer', asked)
                self.assertNotIn(b'Bearer', asked)


if __name__ == '__main__':
    unittest.main()
