"""Samples that no detector was written for: invented documents (kinds.py), cut and wrapped in the shapes that services answer in.
The same seed gives the same samples."""
import base64
import csv
import gzip
import io
import json
import random
import re
import zlib

import kinds
import views
from samples import Sample, Span

PROSE = '''The committee met twice before the summer and agreed on most of the points that had been left open.
A river runs behind the mill; in spring it floods the lower meadow, and the path to the village is closed for a week or two.
Replace the filter when the lamp turns amber, not before. Keep the old one: the workshop cleans and returns it.
Each chapter ends with questions. The answers are at the back of the book, but try without them first.
Our index is rebuilt at night. Between two and four o'clock a search may miss documents that were added the day before.
It was late, the trains had stopped, and the three of them walked along the canal, talking about nothing in particular.
Die Sitzung wurde vertagt, weil die Unterlagen fehlten; das Protokoll folgt in der kommenden Woche.
Le rapport a été remis à temps, mais les annexes manquent encore. On les attend pour la fin du mois.
会議は来週の火曜日に延期されました。資料は前日までに配布されます。'''.split('\n')
# How a value is spoken of; {} is the value with the words that it needs.
SENTENCES = ['Please reply to {} before Friday.', 'On file: {}.', 'The form says {}, which nobody checked.',
             'we have {} and {} for this customer;', '({})', 'Contact: {} / {}.',
             '- {}\n- {}\n- {}', 'user={} seen={} ok', '"{}"', '{}\n', 'Siehe {}, wie besprochen.', '« {} » figure au dossier.',
             '連絡先：{}。', '<{}>', 'from [{}] to [{}]', '{}, {}, {}']
LONE = {'private_key', 'password', 'aws_key', 'azure_key'}      # such values stand on a line of their own


class Text(str):
    """A text with labels: it and its slices know which values they hold."""

    spans = ()

    def __new__(cls, text, spans=()):
        made = super().__new__(cls, text)
        made.spans = spans
        return made

    def part(self, begin, end):
        inside = [Span(max(span.start, begin) - begin, min(span.end, end) - begin, span.kind, span.entity,
                       span.skip + max(0, begin - span.start))
                  for span in self.spans if span.start < end and begin < span.end]
        return Text(self[begin:end], inside)


class Copy(str):
    """A coded copy of a text or a JSON value."""

    inner = None

    def __new__(cls, text, inner):
        made = super().__new__(cls, text)
        made.inner = inner
        return made


class Writer:
    """Builds Texts; entities are numbered over all texts of a sample."""

    def __init__(self, rand):
        self.rand, self.entities = rand, 0

    def kind(self):
        return self.rand.choice(kinds.KINDS)

    def value(self, kind):
        before, text, after = kinds.value(self.rand, kind)
        self.entities += 1
        host = re.match(r'@[\w.-]+', after)       # reads as an e-mail address with the password before it: may go, need not
        if host:
            after = Text(after, [Span(0, host.end(), 'url_host', self.entities + 1)])
            self.entities += 1
        return before, Text(text, [Span(0, len(text), kind, self.entities - bool(host))]), after

    def alike(self):
        kind = self.rand.choice(sorted(kinds.ALIKE))
        text = kinds.ALIKE[kind](self.rand)
        self.entities += 1
        return '', Text(text, [Span(0, len(text), 'not:' + kind, self.entities)]), ''

    def sentence(self):
        frame = self.rand.choice(SENTENCES)
        parts = []
        for _ in range(frame.count('{}')):
            if self.rand.random() < 0.3:
                parts.append(self.alike())
            else:
                kind = self.kind()
                if kind in LONE:
                    frame = '\n{}\n'
                    return self.fill(frame, [self.value(kind)])
                parts.append(self.value(kind))
        return self.fill(frame, parts)

    @staticmethod
    def fill(frame, parts):
        return join([piece for words, part in zip(frame.split('{}'), [*parts, ('', '', '')]) for piece in (words, *part)])

    def document(self, length):
        out = []
        while sum(map(len, out)) < length:
            out += [self.rand.choice(PROSE), '\n' if self.rand.random() < 0.3 else ' ', self.sentence(),
                    self.rand.choice(['\n\n', ' ', '\n'])]
        return join(out)


def join(parts):
    text, spans, at = [], [], 0
    for part in parts:
        spans += [Span(span.start + at, span.end + at, span.kind, span.entity, span.skip) for span in getattr(part, 'spans', ())]
        text.append(str(part))
        at += len(part)
    return Text(''.join(text), spans)


# --- labels: a walk over what will be written -------------------------------------------------------------------

def walk(value, view=''):
    """(view, text, joins) as views.walk gives them for the written body."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield view + '/~key', key, False
            yield from walk(member, f'{view}/{views.name_of(key)}')
    elif isinstance(value, list):
        for member in value:
            yield from walk(member, view + '/*')
    elif isinstance(value, Copy):
        yield from walk(value.inner, view + '!')
    elif isinstance(value, str):
        yield view, value, True
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield view + '#', str(value), False


def labels_of(texts):
    found, ends = {}, {}
    for view, text, joins in texts:
        start = ends.get(view, 0)
        for span in getattr(text, 'spans', ()):
            rows = found.setdefault(view, [])
            last = rows[-1] if rows else None
            if last and (last.entity, last.end, last.skip + last.end - last.start) == (span.entity, start + span.start, span.skip):
                last.end = start + span.end
            else:
                rows.append(Span(start + span.start, start + span.end, span.kind, span.entity, span.skip))
        ends[view] = start + len(text) + (not joins)
    return {view: sorted(rows, key=lambda span: (span.start, span.end)) for view, rows in found.items()}


def json_sample(name, value, escaped=False):
    body = json.dumps(value, ensure_ascii=escaped, separators=(',', ':')).encode()
    return Sample(name, 'application/json', body, labels_of(walk(value)))


# --- shapes ----------------------------------------------------------------------------------------------------------

def pieces(text, size, overlap=0):
    at = 0
    while at < len(text):
        yield at, text.part(at, min(at + size, len(text)))
        if at + size >= len(text):
            return
        at += size - overlap


def chunks(text, size, overlap=0):
    return [{'text': piece, 'start_index': at, 'end_index': at + len(piece), 'token_count': len(piece)} for at,
            piece in pieces(text, size, overlap)]


def copy_of(value):
    return Copy(base64.b64encode(zlib.compress(json.dumps(value, separators=(',', ':')).encode())).decode(), value)


def cut_samples(writer):
    for size, overlap in ((1, 0), (2, 0), (2, 1), (7, 0), (7, 3), (64, 0), (64, 16), (300, 0), (300, 60)):
        text = writer.document(3000 if size < 64 else 9000)
        yield json_sample(f'cut-{size}-overlap-{overlap}', chunks(text, size, overlap))
    text = writer.document(4000)
    yield json_sample('cut-40-bare-strings', {'chunks': [piece for _, piece in pieces(text, 40)]})
    yield json_sample('cut-5-nested', {'result': {'documents': [{'content': piece} for _, piece in pieces(text, 5)]}})
    yield json_sample('cut-90-batch', [chunks(writer.document(1500), 90) for _ in range(4)])
    yield json_sample('cut-33-escaped', chunks(writer.document(3000), 33), escaped=True)
    yield json_sample('tokens', {'num_tokens': 7, 'chunks': [piece for _, piece in pieces(text, 500)],
                                 'tokens': [[[token, [at + 7]] for at, token in pieces(piece, 4)] for _,
                                            piece in pieces(text, 500)]})


def copy_samples(writer):
    text = writer.document(6000)
    yield json_sample('orig-elements', [{'type': 'CompositeElement', 'text': piece,
                                         'metadata': {'orig_elements': copy_of([{'type': 'NarrativeText', 'text': piece}])}}
                                        for _, piece in pieces(text, 400)])
    text = writer.document(6000)
    yield json_sample('raw-text', {'chunks': [{'text': piece, 'raw_text': piece} for _, piece in pieces(text, 250)],
                                   'documents': [{'content': {'md_content': text}}]})
    text = writer.document(2000)
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    yield json_sample('coded-strings', {'gzip': Copy(packed, text),
                                        'plain': Copy(base64.b64encode(str(text).encode()).decode(), text),
                                        'json': Copy(base64.b64encode(json.dumps({'text': text}).encode()).decode(),
                                                     {'text': text})})
    part = [{'text': piece} for _, piece in pieces(writer.document(2500), 300)]
    body = base64.b64encode(json.dumps(part).encode())
    head = b'--b0undary\r\nContent-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    wrapped = head + body + b'\r\n--b0undary--\r\n'
    yield Sample('multipart', 'multipart/mixed; boundary=b0undary', wrapped, labels_of(walk([part])))


# Values that only the name of their field tells for what they are.
NAMED = [('dob', 'date_of_birth', kinds.spelled_date), ('dateOfBirth', 'date_of_birth', kinds.spelled_date),
         ('birth_date', 'date_of_birth', kinds.spelled_date), ('ssn', 'us_ssn', lambda random: kinds.us_ssn_digits(random)),
         ('nhs_number', 'uk_nhs', kinds.nhs_digits), ('passport_number', 'passport', lambda random: kinds.digits(random, 9)),
         ('password', 'password', lambda random: kinds.letters(random, 12)),
         ('client_secret', 'password', lambda random: kinds.letters(random, 32)),
         ('mobile', 'phone', lambda random: '0171 ' + kinds.digits(random, 7)),
         ('phoneNumber', 'phone', lambda random: '415' + kinds.digits(random, 7))]


def field_samples(writer):
    """Values alone in their fields, as keys, as numbers."""
    rows = []
    for _ in range(40):
        row = {}
        for kind in writer.rand.sample(sorted(kinds.PLAIN), 5):
            name = kind if writer.rand.random() < 0.5 and kind not in LONE else f'f{len(row)}'
            row[name] = joined_value(writer, kind, kinds.PLAIN[kind]) if kind not in LONE else writer.sentence()
        row['card_number'] = Number(kinds.card_digits(writer.rand), writer)
        name, kind, maker = writer.rand.choice(NAMED)
        row[name] = joined_value(writer, kind, maker)
        row[writer.value('email')[1] if writer.rand.random() < 0.3 else 'key'] = [0.0057304, 17, True, None, 1717243200,
                                                                                  '2021-03-04']
        rows.append(row)
    yield json_sample('fields', {'rows': rows})


class Number(int):
    """A JSON number that is a value."""

    def __new__(cls, text, writer):
        made = super().__new__(cls, int(text))
        writer.entities += 1
        made.label = Span(0, len(text), 'payment_card', writer.entities)
        return made

    def __str__(self):
        return Text(int.__repr__(self), [self.label])


def table_samples(writer):
    columns = ['email', 'payment_card', 'iban', 'phone', 'us_ssn', 'ipv4', 'date_of_birth', 'note']
    rows = [[Text(column) for column in columns]]
    for _ in range(60):
        row = [join(writer.value(column)) if column in ('email', 'payment_card', 'iban', 'ipv4') else Text('')
               for column in columns]
        row[3], row[4] = joined_value(writer, 'phone', kinds.phone), joined_value(writer, 'us_ssn', kinds.us_ssn)
        row[6] = joined_value(writer, 'date_of_birth', kinds.spelled_date)
        row[7] = join(['see "', writer.sentence(), '", ', writer.rand.choice(PROSE)])
        rows.append(row)
    for name, kind, separator in (('csv', 'text/csv', ','), ('tsv', 'text/tab-separated-values', '\t')):
        file = io.StringIO(newline='')
        csv.writer(file, delimiter=separator).writerows(rows)
        texts = [('/~head' if number == 0 else '/' + columns[column], cell, False) for number, row in enumerate(rows) for column,
                 cell in enumerate(row)]
        yield Sample(name, kind, file.getvalue().encode(), labels_of(texts))


def joined_value(writer, kind, maker):
    writer.entities += 1
    text = maker(writer.rand)
    return Text(text, [Span(0, len(text), kind, writer.entities)])


def markup_of(writer, text):
    """The text as HTML, some of it in entities, some of it split by tags: reads as before."""
    out = []
    for letter in text:
        chance = writer.rand.random()
        out.append({'<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', '\u00a0': '&nbsp;'}.get(letter) or
                   ('&#64;' if letter == '@' and chance < 0.3 else f'&#x{ord(letter):x};' if chance < 0.01 else letter))
        if chance > 0.99:
            out.append(writer.rand.choice(['<b></b>', '<span class="x">', '</span>', '<wbr>']))
    return ''.join(out)


def markup_samples(writer):
    text = writer.document(5000)
    page = ['<html><body>', markup_of(writer, text), '</body></html>']
    yield Sample('html', 'text/html; charset=utf-8', ''.join(page).encode(), labels_of([('', text, True)]))
    rows, seen = [], []
    for _ in range(30):
        cells = [joined_value(writer, kind, kinds.PLAIN[kind]) for kind in ('email', 'iban', 'phone', 'payment_card')]
        rows.append('<tr>' + ''.join(f'<td>{markup_of(writer, cell)}</td>' for cell in cells) + '</tr>')
        seen += [part for cell in cells for part in ('\n', cell, '\n')]
        seen.append('\n')
        seen.insert(len(seen) - 13, '\n')
    body = json.dumps([{'type': 'Table', 'metadata': {'text_as_html': '<table>' + ''.join(rows) + '</table>'}}])
    labels = labels_of([('/*/metadata/text_as_html', join(['\n', *seen, '\n']), True)])
    yield Sample('text-as-html', 'application/json', body.encode(), labels)


def markdown_table_samples(writer):
    """A table whose head stands in the first chunk only: it names the columns in the others, too."""
    columns = [('email', kinds.email), ('date_of_birth', kinds.spelled_date), ('us_ssn', kinds.us_ssn), ('phone', kinds.phone)]
    lines = ['| name | email | date_of_birth | ssn | phone | salary |\n|---|---|---|---|---|---|\n']
    for _ in range(40):
        lines.append('| Ada Lovelace | ')
        for kind, maker in columns:
            lines += [joined_value(writer, kind, maker), ' | ']
        lines.append(f'{writer.rand.randint(40000, 99999)} |\n')
    table = join(lines)
    yield json_sample('markdown-table-300', chunks(table, 300))
    yield Sample('markdown-table', 'text/markdown', table.encode(), labels_of([('', table, True)]))


def stream_samples(writer):
    text = writer.document(5000)
    lines = [{'id': at, 'text': piece, 'note': writer.sentence()} for at, piece in pieces(text, 200)]
    yield Sample('ndjson', 'application/x-ndjson',
                 b''.join(json.dumps(line, ensure_ascii=False).encode() + b'\n' for line in lines), labels_of(walk(lines)))
    for size in (3, 40):
        events = [{'choices': [{'delta': {'content': piece}}]} for _, piece in pieces(writer.document(3000), size)]
        body = b''.join(b'data: ' + json.dumps(event, ensure_ascii=False).encode() + b'\n\n' for event in events)
        yield Sample(f'events-{size}', 'text/event-stream', body, labels_of(walk(events)))
    text = writer.document(8000)
    yield Sample('text', 'text/plain; charset=utf-8', text.encode(), labels_of([('', text, True)]))
    yield Sample('markdown', 'text/markdown', text.encode(), labels_of([('', text, True)]))
    log = join([part for _ in range(120)
                for part in ('2024-05-01T10:11:12Z INFO api ', *writer.value('ipv4')[1:], ' user=', *writer.value('email')[1:], ' ',
                             *writer.alike(), ' ms=12\n')])
    yield Sample('log', 'text/plain', log.encode(), labels_of([('', log, True)]))


def samples(seed=1):
    writer = Writer(random.Random(seed))
    made = []
    for shape in (cut_samples, copy_samples, field_samples, table_samples, stream_samples,
                  markup_samples, markdown_table_samples):
        made += shape(writer)
    for one in made:
        one.name = f'{one.name}-{seed}'
    return made
