"""What a reader can see in an answer: its texts, in every form and every copy, side by side for two bodies.

`walk(before, after)` goes through both bodies at once and yields Text(view, place, before, after). A view is a place with its
list indices made `*`: texts of one view continue one another, as chunks do. Copies (a string that is base64 of zlib, gzip,
JSON or text; a base64 part of a multipart body) are opened and show their own texts under `<view>!`. Where the two bodies
are not of one shape, Broken says where.
"""
import base64
import binascii
import csv
import gzip
import io
import html
import json
import re
import typing
import zlib

COPY_MIN = 24          # shorter base64 is taken as a word
COPY_DEPTH_MAX = 3


class Broken(Exception):
    """The answer after masking is not of the shape that it had."""


class Text(typing.NamedTuple):
    view: str
    place: str
    before: str
    after: str
    joins: bool        # continues the text before it in the same view: nothing stands between


class Number(str):
    """A JSON number as it is written."""


class Members(list):
    """A JSON object: (key, value) in order."""


def parse_json(text):
    def refuse(name):
        raise ValueError(f'{name} is no JSON')
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse, object_pairs_hook=Members)


def open_copy(text):
    """The bytes that a base64 string holds, when these can be read by a person or a program; else None."""
    if len(text) < COPY_MIN or not re.fullmatch(r'[A-Za-z0-9+/_-]+={0,2}', text):
        return None
    try:
        data = base64.b64decode(text.translate({45: 43, 95: 47}) + '=' * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    if data[:2] == b'\x1f\x8b' or data[:1] == b'\x78':
        try:
            return zlib.decompress(data, 47)
        except zlib.error:
            return None
    try:
        plain = data.decode()
    except UnicodeDecodeError:
        return None
    if not all(letter.isprintable() or letter in '\r\n\t' for letter in plain):
        return None
    return data if ' ' in plain or sniff(data) == 'application/json' else None   # without a space: a piece of a token


def walk(before, after, content_type, view='', place='', depth=0):
    """Yields the texts of two bodies (bytes) of this type."""
    kind = content_type.split(';')[0].strip().lower()
    if kind.startswith('multipart/'):
        yield from walk_parts(before, after, view, place, depth)
    elif 'ndjson' in kind or 'jsonl' in kind:
        yield from walk_lines(before, after, view, place, depth)
    elif 'json' in kind:
        yield from walk_json(json_or_broken(before, 'before'), json_or_broken(after, 'after'), view, place, depth)
    elif kind in ('text/csv', 'text/tab-separated-values') or kind == 'text/plain' and re.match(rb'[a-z_]+(,[a-z_]+){2,}\r?\n',
                                                                                                before):
        yield from walk_rows(before, after, '\t' if 'tab' in kind else ',', view, place)
    elif kind == 'text/event-stream':
        yield from walk_events(before, after, view, place, depth)
    elif kind == 'text/html':
        yield Text(view, place, seen(decode(before)), seen(decode(after)), True)
    else:
        yield Text(view, place, decode(before), decode(after), True)


def seen(markup):
    """What a reader of HTML sees; cells and paragraphs stand apart."""
    apart = re.sub(r'</?(?:table|tr|td|th|p|div|li|br|h\d)\b[^<>]*>', '\n', markup)
    return html.unescape(re.sub(r'<[^<>]*>', '', apart))


def decode(data):
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Broken(f'no UTF-8: {error}') from None


def json_or_broken(data, which):
    try:
        return parse_json(decode(data))
    except ValueError as error:
        raise Broken(f'{which}: no JSON: {error}') from None


def sniff(data):
    """The type of bytes that bear none."""
    try:
        parse_json(data.decode())
        return 'application/json'
    except ValueError:
        return 'text/plain'


def name_of(key):
    return key if re.fullmatch(r'[\w.$ -]{1,40}', key) else '{}'


def walk_json(before, after, view, place, depth):
    if isinstance(before, Members):
        if not isinstance(after, Members) or len(before) != len(after):
            raise Broken(f'{place}: an object of another shape')
        for (key, value), (new_key, new_value) in zip(before, after):
            yield Text(view + '/~key', place + '/~key', key, new_key, False)
            yield from walk_json(value, new_value, f'{view}/{name_of(key)}', f'{place}/{key}', depth)
    elif isinstance(before, list):
        if not isinstance(after, list) or len(before) != len(after):
            raise Broken(f'{place}: a list of another length')
        for index, (value, new_value) in enumerate(zip(before, after)):
            yield from walk_json(value, new_value, view + '/*', f'{place}/{index}', depth)
    elif isinstance(before, Number):
        if after is not None and not isinstance(after, (Number, str)):
            raise Broken(f'{place}: a number became {type(after).__name__}')
        yield Text(view + '#', place, before, after or '', False)
    elif isinstance(before, str):
        if after is not None and (not isinstance(after, str) or isinstance(after, Number)):
            raise Broken(f'{place}: a string became {type(after).__name__}')
        yield from walk_string(before, after or '', view, place, depth)
    elif before != after and after is not None:
        raise Broken(f'{place}: {before} became {after}')


def walk_string(before, after, view, place, depth):
    inner = open_copy(before) if depth < COPY_DEPTH_MAX else None
    if view.endswith('_as_html'):
        yield Text(view, place, seen(before), seen(after), True)
    elif inner is None:
        yield Text(view, place, before, after, True)
    elif after in ('', '[redacted:copy]'):
        return                                     # a dropped copy shows nothing
    else:
        masked = open_copy(after)
        if masked is None:
            raise Broken(f'{place}: the copy can no longer be opened')
        yield from walk(inner, masked, sniff(inner), view + '!', place + '!', depth + 1)


def walk_lines(before, after, view, place, depth):
    old, new = before.split(b'\n'), after.split(b'\n')
    if len(old) != len(new):
        raise Broken(f'{place}: {len(old)} lines became {len(new)}')
    for index, (line, new_line) in enumerate(zip(old, new)):
        if line.strip():
            yield from walk_json(json_or_broken(line, 'before'), json_or_broken(new_line, 'after'), f'{view}/*',
                                 f'{place}/{index}', depth)


def walk_rows(before, after, separator, view, place):
    old, new = (list(csv.reader(io.StringIO(decode(data), newline=''), delimiter=separator)) for data in (before, after))
    if [len(row) for row in old] != [len(row) for row in new]:
        raise Broken(f'{place}: rows and cells are not what they were')
    head = old[0] if old else []
    for number, (row, new_row) in enumerate(zip(old, new)):
        for column, (cell, new_cell) in enumerate(zip(row, new_row)):
            name = '~head' if number == 0 else name_of(head[column]) if column < len(head) else '~more'
            joins = name in ('text', 'content', 'chunk')
            yield Text(f'{view}/{name}', f'{place}/{number}/{column}', cell, new_cell, joins)


def events(data):
    """[(everything but data, data)] of an event stream."""
    found = []
    for block in re.split(r'\r\n\r\n|\n\n', decode(data)):
        lines = block.splitlines()
        found.append(([line for line in lines if not line.startswith('data:')],
                      '\n'.join(line[5:].removeprefix(' ') for line in lines if line.startswith('data:'))))
    return found


def walk_events(before, after, view, place, depth):
    old, new = events(before), events(after)
    if [fields for fields, _ in old] != [fields for fields, _ in new]:
        raise Broken(f'{place}: the events are not what they were')
    for index, ((_, text), (_, new_text)) in enumerate(zip(old, new)):
        if sniff(text.encode()) == 'application/json':
            yield from walk_json(json_or_broken(text.encode(), 'before'), json_or_broken(new_text.encode(), 'after'),
                                 f'{view}/*', f'{place}/{index}', depth)
        else:
            yield Text(f'{view}/~data', f'{place}/{index}', text, new_text, True)


def parts(data):
    """(delimiter, [(head, body)]) of a multipart body."""
    delimiter = data.split(b'\r\n', 1)[0]
    if not delimiter.startswith(b'--'):
        raise Broken('no multipart delimiter at the beginning')
    found = []
    for part in (b'\r\n' + data).split(b'\r\n' + delimiter)[1:]:
        if not part.startswith(b'--'):
            head, _, body = part.removeprefix(b'\r\n').partition(b'\r\n\r\n')
            found.append((head.decode('latin-1'), body))
    return delimiter, found


def part_head(head):
    fields = dict(line.lower().split(': ', 1) for line in head.split('\r\n') if ': ' in line)
    return fields.get('content-type', ''), fields.get('content-transfer-encoding', ''), fields.get('content-encoding', '')


def walk_parts(before, after, view, place, depth):
    (delimiter, old), (new_delimiter, new) = parts(before), parts(after)
    if delimiter != new_delimiter or [part_head(head) for head, _ in old] != [part_head(head) for head, _ in new]:
        raise Broken(f'{place}: the parts are not what they were')
    for index, ((head, body), (_, new_body)) in enumerate(zip(old, new)):
        kind, transfer, coding = part_head(head)
        try:
            if transfer == 'base64':
                body, new_body = base64.b64decode(body, validate=False), base64.b64decode(new_body, validate=False)
            if coding == 'gzip':
                body, new_body = gzip.decompress(body), gzip.decompress(new_body)
        except (binascii.Error, OSError, zlib.error, EOFError) as error:
            raise Broken(f'{place}: part {index}: {error}') from None
        yield from walk(body, new_body, kind or sniff(body), f'{view}/*', f'{place}/{index}', depth + 1)


def leaves(before, after, content_type):
    """{view: [(start, Text)]}: each text with where it begins in its view's joined text; texts that do not join stand a character
    apart."""
    found, ends = {}, {}
    for text in walk(before, after, content_type):
        start = ends.get(text.view, 0)
        found.setdefault(text.view, []).append((start, text))
        ends[text.view] = start + len(text.before) + (not text.joins)
    return found
