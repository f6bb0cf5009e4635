"""Answers with labels: which parts of them are values that must not be seen, and which only look like such values.

A file of samples is gzipped JSON, one Sample a line: name, content_type, body, kinds, labels. `labels` is {view: [[gap, length,
kind, entity, skip], ...]}: views as in views.py; spans in code points of the joined text, in order, each `gap` after the end of the
one before (negative: they overlap); `kind` is an index into `kinds`; `entity` is the difference to the entity before: spans with
one entity are copies or pieces of one value; `skip`, left out when 0, says where in the value a piece begins. Kinds that begin
with `not:` are look-alikes.
"""
import dataclasses
import gzip
import json
import pathlib

import views

DATA = pathlib.Path(__file__).resolve().parent.parent.parent / 'tests/data/masking'


@dataclasses.dataclass
class Span:
    start: int
    end: int
    kind: str
    entity: int
    skip: int = 0


@dataclasses.dataclass
class Sample:
    name: str
    content_type: str
    body: bytes
    labels: dict     # view -> [Span], by start

    def line(self):
        kinds = sorted({span.kind for spans in self.labels.values() for span in spans})
        packed = {}
        for view, spans in self.labels.items():
            at, entity, packed[view] = 0, 0, []
            for span in spans:
                row = [span.start - at, span.end - span.start, kinds.index(span.kind), span.entity - entity, span.skip]
                packed[view].append(row if span.skip else row[:4])
                at, entity = span.end, span.entity
        return json.dumps({'name': self.name, 'content_type': self.content_type, 'body': self.body.decode(), 'kinds': kinds,
                           'labels': packed}, ensure_ascii=False, separators=(',', ':'))


def unpack(line):
    raw = json.loads(line)
    labels = {}
    for view, rows in raw['labels'].items():
        at, entity, labels[view] = 0, 0, []
        for gap, length, kind, step, *skip in rows:
            entity += step
            labels[view].append(Span(at + gap, at + gap + length, raw['kinds'][kind], entity, *skip))
            at += gap + length
    return Sample(raw['name'], raw['content_type'], raw['body'].encode(), labels)


def read(path):
    with gzip.open(path, 'rt', encoding='utf-8', newline='\n') as file:
        return [unpack(line) for line in file]


def write(path, samples):
    text = ''.join(sample.line() + '\n' for sample in samples)
    with open(path, 'wb') as file, gzip.GzipFile('', 'wb', 9, file, mtime=0) as packed:
        packed.write(text.encode())


def carried():
    """The samples of tests/data/masking."""
    return [sample for path in sorted(DATA.glob('*.ndjson.gz')) for sample in read(path)]


def texts_of(sample):
    """The labelled views of a sample as samples of their own: plain texts, joined, where joining gives the document."""
    found = views.leaves(sample.body, sample.body, sample.content_type)
    for view, spans in sample.labels.items():
        if any(span.skip for span in spans) or not all(text.joins for _, text in found[view]) or sample.name.startswith(('fields', 'unstructured')):
            continue
        text = ''.join(text.before for _, text in found[view])
        if text.encode('utf-8', 'replace').decode() == text:      # lone surrogates are no text
            yield Sample(f'{sample.name}:{view}', 'text/x-joined', text.encode(), {'': spans})
