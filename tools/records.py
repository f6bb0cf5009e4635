#!/usr/bin/env python3
"""Reads records of Gatehouse without Gatehouse: docs/record-format.md in Python, standard library alone.

  tools/records.py list DIR [--rings DIR] [--key FILE]...      one line of JSON per exchange
  tools/records.py show DIR ID [--rings DIR] [--key FILE]...   every record of one exchange, as JSON
  tools/records.py body DIR ID request|answer [--key FILE]...  one body, as it was recorded
  tools/records.py body DIR ID origin [--key FILE]...          the answer as the origin sent it: what masks did is undone
  tools/records.py verify DIR [--rings DIR] [--key FILE]...    order, completeness, checksums, chain; with keys: what they open
  tools/records.py heads DIR [--heads-key FILE.pub]...         signed heads: signatures, order, digests; that the records fit them

It is slow, simple, and proof that the document is complete. Exit code 1: something is wrong, 2: it cannot be read."""
import argparse
import base64
import collections
import hashlib
import hmac
import json
import os
import re
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import zstd_frames  # noqa: E402 (the standard library has zstd from Python 3.14 on)
from record_ciphers import Gcm, crc32c, ed25519_fits, expand, hpke_open, x25519  # noqa: E402

PAGE, HEADER, CHAINED = 4096, 120, 84
TOMBSTONES = 4095
KINDS = dict(enumerate('request piece outcome close approval snapshot start pad end keys decision gap erased'.split(), 1))
NAME = re.compile(r'^\d{8}T\d{6}\.\d{6}Z-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-w(\d{4})-(\d{8})\.ghr$')


# ---- What stands in files

def tag_table():
    """Names of tags from the header that defines them; a copy of this file alone shows numbers."""
    header = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'include/gatehouse/record_format.h')
    try:
        with open(header, encoding='utf-8') as file:
            found = re.findall(r'X\((\w+), (\d+), (text|number),', file.read())
    except OSError:
        return {}
    return {int(code): (name, kind) for name, code, kind in found}


TAGS = tag_table()
CODES = {name: code for code, (name, _) in TAGS.items()}
BODY, DIRECTION, OFFSET, RECOVERED, COMPRESSION, CONTENT_BYTES, UNDECODED = 32, 30, 31, 58, 92, 93, 115
KEY_EPOCH, RECIPIENT, RECIPIENT_KEY, WRAPPED, SEALED_AUDITOR, SEALED_OPERATIONS = 87, 88, 89, 90, 100, 101
TENANT, TENANT_KEY, MASK_MAP, MASK_CHANGES = 98, 99, 37, 38


def id_text(raw):
    text = raw.hex()
    return '-'.join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def sections(row):
    """[(tag, bytes)] of a row; ValueError where it is none."""
    out, at = [], 0
    while at < len(row):
        tag, flags, length = struct.unpack_from('<HHI', row, at) if at + 8 <= len(row) else (0, 1, 0)
        if flags != 0 or at + 8 + length > len(row):
            raise ValueError('a section is cut')
        out.append((tag, row[at + 8:at + 8 + length]))
        at += 8 + length
    return out


class Record:
    """One record: its header's fields, its payload as stored, and what could be opened of it."""

    def __init__(self, raw, offset, file):
        (self.magic, self.kind, self.flags, self.total, self.bytes, self.exchange, self.sequence, self.wall, self.stream, self.crc,
         self.tag, self.key_epoch, self.tier, self.reserved, self.epoch_tag, self.header_crc,
         self.chain) = struct.unpack_from('<IHHII16sQQII16sIB3sII32s', raw)
        self.chained, self.offset, self.file = raw[:CHAINED], offset, file
        self.stored = b''
        self.rows, self.opened, self.sealed = [], {}, {}   # rows: (tag, bytes) in clear or opened

    def fits(self, room):
        return (self.magic == 0x31524847 and self.flags == 0 and self.reserved == b'\0\0\0' and crc32c(self.chained) == self.header_crc and
                self.total == HEADER + (self.bytes + 7) // 8 * 8 and self.total <= room)

    def text(self, tag):
        return next((value for each, value in self.rows if each == tag), b'')

    def number(self, tag):
        value = self.text(tag)
        return int.from_bytes(value, 'little') if len(value) == 8 else 0


class Key:
    """A secret key file: `gatehouse-USE-secret-1 BASE64URL NAME`."""

    def __init__(self, path):
        with open(path, encoding='ascii') as file:
            words = file.read().split()
        found = re.fullmatch(r'gatehouse-(auditor|operations|tenant)-secret-1', words[0]) if len(words) == 3 else None
        if not found:
            raise ValueError(f'{path} is no secret key of an auditor, of operations or of a tenant')
        self.use, self.name = found[1], words[2]
        self.secret = base64.urlsafe_b64decode(words[1] + '=' * (-len(words[1]) % 4))
        named = b'gatehouse tenant 1' + self.secret if self.use == 'tenant' else x25519(self.secret, (9).to_bytes(32, 'little'))
        self.digest = hashlib.sha256(named).digest()


class Epoch:
    """What one process wrote for one worker."""

    def __init__(self, process, worker):
        self.process, self.worker = process, worker
        self.tag = crc32c(process + struct.pack('<I', worker))
        self.segments, self.ring, self.data = {}, None, 0
        self.previous, self.first_chain = bytes(16), None
        self.chain, self.sequence, self.ended, self.tail_erased = bytes(32), 0, False, False
        self.places = {}   # offset in the stream: (sequence of the record that begins there, chain value of the one before)

    def name(self):
        return f'{id_text(self.process)}-w{self.worker:04}'


class Reader:
    """A folder of records. `problem(where, what)` is called for each thing that is wrong."""

    def __init__(self, folder, rings=None, keys=(), problem=None):
        self.folder, self.keys, self.problem = folder, list(keys), problem or (lambda where, what: None)
        self.epochs, self.erased = {}, {}
        for name in sorted(each for each in os.listdir(folder) if each.endswith('.ghr')):
            self.add_segment(name)
        rings = rings or os.path.join(folder, 'rings')
        for name in sorted(each for each in os.listdir(rings) if each.endswith('.ring')) if os.path.isdir(rings) else []:
            self.add_ring(os.path.join(rings, name), name)
        for epoch in [each for each in self.epochs.values() if each.worker == TOMBSTONES]:
            for record in self.walk(epoch, lambda where, what: None):
                if record.kind == 13:
                    self.take_erased(record)

    def add_segment(self, name):
        match = NAME.match(name)
        with open(os.path.join(self.folder, name), 'rb') as file:
            page = file.read(PAGE)
        magic, layout, size, process, previous, worker, index, base, total, _, sequence, _, chain = struct.unpack_from(
            '<QII16s16sIIQQQQQ32s', page.ljust(PAGE, b'\0'))
        good = (len(page) == PAGE and magic == 0x31304d4745534847 and layout in (1, 2) and size == PAGE and
                crc32c(page[:PAGE - 4]) == struct.unpack_from('<I', page, PAGE - 4)[0] and base == index * (total - PAGE))
        if not good and not match:
            return self.problem(name, 'is no segment')
        if not good:
            process, worker, index = bytes.fromhex(match[1].replace('-', '')), int(match[2]), int(match[3])
            total = os.path.getsize(os.path.join(self.folder, name))
            self.problem(name, 'its header is damaged')
        epoch = self.epochs.setdefault((process, worker), Epoch(process, worker))
        epoch.segments[index] = (name, (sequence, chain) if good else None)
        epoch.data = epoch.data or total - PAGE
        if (size := os.path.getsize(os.path.join(self.folder, name))) != total:
            self.problem(name, f'the file has {size} bytes, not {total}')
        if good:
            epoch.previous = previous
            if index == 0:
                epoch.first_chain = chain
        return None

    def add_ring(self, path, name):
        with open(path, 'rb') as file:
            ring = file.read()
        fields = struct.unpack_from('<QII16s16s16sIIQQQQ32s', ring) if len(ring) > PAGE else [0]
        if (fields[0] != 0x3130474e49524847 or fields[1] not in (1, 2) or crc32c(ring[:252]) != struct.unpack_from('<I', ring, 252)[0] or
                len(ring) < PAGE + fields[9]):
            return self.problem(name, 'is no ring')
        if fields[6] == TOMBSTONES:
            return self.problem(name, 'a ring of tombstones, which have none')
        epoch = self.epochs.setdefault((fields[3], fields[6]), Epoch(fields[3], fields[6]))
        capacity, segment = fields[9], fields[10]
        head, committed = struct.unpack_from('<Q', ring, 256)[0], struct.unpack_from('<Q', ring, 448)[0]
        if not committed <= head <= committed + capacity:
            return self.problem(name, 'its head and its commit mark contradict each other')
        epoch.ring, epoch.data, epoch.previous = (name, ring, capacity, head, committed), segment - PAGE, fields[4]
        epoch.first_chain = fields[12]
        return None

    def take_erased(self, record):
        entry = None
        for tag, value in record.rows:
            if tag == 120:
                match = NAME.match(value.decode())
                entry = {}
                self.erased.setdefault((bytes.fromhex(match[1].replace('-', '')), int(match[2])), {})[int(match[3])] = entry
            elif entry is not None:
                entry[tag] = value

    def bytes_at(self, epoch, offset, count, ring=True):
        """Stream bytes from the ring where they are not in a segment yet, else from the segment; and the file's name."""
        if epoch.ring and ring:
            name, ring, capacity, head, committed = epoch.ring
            if committed <= offset < head:
                count, at = min(count, head - offset), PAGE + offset % capacity
                return ring[at:min(at + count, PAGE + capacity)] + ring[PAGE:max(PAGE, at + count - capacity)], name
        entry = epoch.segments.get(offset // epoch.data)
        if entry is None:
            return None, ''
        with open(os.path.join(self.folder, entry[0]), 'rb') as file:
            file.seek(PAGE + offset % epoch.data)
            return file.read(min(count, epoch.data - offset % epoch.data)), entry[0]

    def is_end(self, epoch, offset):
        """Whether nothing was written from here on. Without a ring the rest of the segment is zeros then."""
        later = any(each > offset // epoch.data for each in [*epoch.segments, *self.erased.get((epoch.process, epoch.worker), {})])
        return not later and (offset >= epoch.ring[3] if epoch.ring else self.zeros(epoch, offset))

    def zeros(self, epoch, offset):
        """Whether a segment has nothing from here on; one that the writer has not come to the end of is not looked at."""
        left = epoch.data - offset % epoch.data
        return bool(epoch.ring and epoch.ring[4] < offset + left) or not (self.bytes_at(epoch, offset, left, False)[0] or b'').strip(b'\0')

    def border(self, epoch, offset, problem):
        """Where the next segment begins; nothing stands before it."""
        end = offset + -offset % epoch.data
        if end > offset and not self.zeros(epoch, offset):
            problem(epoch.name(), f'bytes behind the last record of segment {offset // epoch.data} are not zero')
        return end

    def record_at(self, epoch, offset, left, sequence, chain):
        """(bytes, file, record, whole): from the ring, or where it is not whole there from the segment. Behind what the ring
        knows only what follows in the chain is believed."""
        seen = None, '', None, False
        for source in (True, False):
            raw, file = self.bytes_at(epoch, offset, HEADER, source)
            record = Record(raw, offset, file) if raw and len(raw) == HEADER else None
            record = record if record and record.fits(left) and record.epoch_tag == epoch.tag else None
            if record:
                body = self.bytes_at(epoch, offset + HEADER, record.total - HEADER, source)[0] or b''
                record.stored = body[:record.bytes]
                follows = record.sequence == sequence and hashlib.sha256((chain or b'') + record.chained).digest() == record.chain
                if crc32c(body) == record.crc and (not epoch.ring or offset < epoch.ring[3] or follows):
                    return raw, file, record, True
            seen = (raw, file, record, False) if seen[0] is None else seen
        return seen

    def walk(self, epoch, problem=None):
        """The records of an epoch in order, checked. Stops at what cannot be read."""
        problem = problem or self.problem
        gone = self.erased.get((epoch.process, epoch.worker), {})
        offset, sequence, chain = 0, 0, epoch.first_chain
        gcm, epoch.ended = {}, False   # it may have been walked before
        while True:
            index, left = offset // epoch.data, epoch.data - offset % epoch.data
            epoch.places[offset] = sequence, chain
            if left < HEADER:
                offset = self.border(epoch, offset, problem)
                continue
            raw, file, record, whole = self.record_at(epoch, offset, left, sequence, chain)
            if raw is None and index in gone:
                entry = gone[index]
                if int.from_bytes(entry[122], 'little') != sequence and offset != 0 and not epoch.tail_erased:
                    problem(epoch.name(), f'the tombstone of segment {index} does not follow')
                offset, sequence, chain = (index + 1) * epoch.data, int.from_bytes(entry[123], 'little'), entry[124]
                epoch.ended, epoch.tail_erased = epoch.ended or 126 in entry, True
                if 60 in entry:
                    epoch.previous = entry[60]
                if index == 0:
                    epoch.first_chain = entry[127]
                continue
            if not whole and self.is_end(epoch, offset):
                break
            if record is None:
                problem(file or epoch.name(), f'segment {index}: ' + ('records are missing' if raw is None else 'no record can be read') +
                        f' at offset {offset}')
                break
            if not whole:
                problem(file, f'record {record.sequence}: its payload does not fit its checksum')
            if epoch.ended and whole:
                problem(file, f'record {record.sequence}: follows the end')
            if record.sequence != sequence:
                problem(file, f'record {record.sequence}: expected {sequence}')
            if chain is not None and hashlib.sha256(chain + record.chained).digest() != record.chain:
                problem(file, f'record {record.sequence}: its chain value does not follow')
            offset, sequence, chain, epoch.tail_erased = offset + record.total, record.sequence + 1, record.chain, False
            if record.kind == 8 and whole:
                offset = self.border(epoch, offset, problem)
            if record.kind == 8 or not whole:
                continue
            self.open(epoch, record, gcm, problem)
            epoch.ended = epoch.ended or record.kind == 9
            yield record
        epoch.chain, epoch.sequence = chain or bytes(32), sequence

    def open(self, epoch, record, gcm, problem):
        try:
            stored = sections(record.stored)
            record.rows = [each for each in stored if each[0] not in (SEALED_AUDITOR, SEALED_OPERATIONS)]
            beside = os.path.join(self.folder, record.file + '.rewrapped')
            if record.kind == 10:
                gcm.clear()
                self.unwrap(epoch, record, record.rows, gcm)
            if record.kind == 10 and os.path.exists(beside):
                self.unwrap_beside(beside, epoch, record, gcm, problem)
        except ValueError as error:
            return problem(record.file, f'record {record.sequence}: {error}')
        if record.tier == 0:
            return None
        header = record.chained[:52] + bytes(4) + bytes(16) + record.chained[72:]   # payload_crc and tag as zeros
        clear = b''.join(struct.pack('<HHI', tag, 0, len(value)) + value for tag, value in record.rows)
        parts = dict(stored)
        for tier, tag in ((2, SEALED_AUDITOR), (1, SEALED_OPERATIONS)):
            if not record.tier & tier:
                continue
            value = parts.get(tag, b'')
            before = clear if tier == 2 else record.stored[:len(record.stored) - len(value)]
            proof, text = (value[:16], value[16:]) if tier == 2 else (record.tag, value)
            if gcm.get('epoch') != record.key_epoch or tier not in gcm:
                record.sealed[tier] = 'no key'
                continue
            opener = self.opener(record, tier, gcm)
            if isinstance(opener, str):
                record.sealed[tier] = opener
                continue
            plain = opener.open(struct.pack('<QI', record.sequence, tier), header + before, text, proof)
            record.sealed[tier] = 'opened' if plain is not None else 'damaged'
            if plain is None:
                problem(record.file, f'record {record.sequence}: the {"auditor" if tier == 2 else "operations"} part was changed')
            else:
                record.rows += sections(plain)
        return None

    def opener(self, record, tier, gcm):
        """The cipher of one part: of the segment, or of the tenant whose record it is; or why there is none."""
        digest, tenant = record.text(TENANT_KEY), record.text(TENANT).decode(errors='replace')
        if not digest:
            return gcm[tier]
        own = [key for key in self.keys if key.use == 'tenant']
        key = next((each for each in own if each.digest == digest), None)
        if key is None:
            return f'{"wrong" if any(each.name == tenant for each in own) else "no"} key of tenant {tenant}'
        if (digest, tier) not in gcm:
            info = b'gatehouse records 2 tenant ' + (b'auditor' if tier == 2 else b'operations')
            gcm[digest, tier] = Gcm(expand(hmac.new(key.secret, gcm['raw', tier], 'sha256').digest(), info, 32))
        return gcm[digest, tier]

    def unwrap_beside(self, path, epoch, record, gcm, problem):
        """Keys for further recipients: no chain covers the file, its checksums do."""
        with open(path, 'rb') as file:
            head, row = file.read(64).ljust(64, b'\0'), file.read()
        magic, layout, size, process, worker, _, length, crc, head_crc = struct.unpack('<8sII16sIIII12xI', head)
        fits = (magic, layout, size, length) == (b'GHKWRP01', 2, 64, len(row)) and not any(head[48:60])
        if not fits or (crc, head_crc) != (crc32c(row), crc32c(head[:60])):
            return problem(os.path.basename(path), 'is damaged')
        rows = sections(row)
        if (process, worker, rows[:1]) != (epoch.process, epoch.worker, [(KEY_EPOCH, gcm['epoch'].to_bytes(8, 'little'))]):
            return problem(os.path.basename(path), 'is of another segment')
        return self.unwrap(epoch, record, rows, gcm)

    def unwrap(self, epoch, record, rows, gcm):
        number, digest = int.from_bytes(rows[0][1], 'little') if rows and rows[0][0] == KEY_EPOCH else 0, b''
        gcm['epoch'] = number
        bound = epoch.process + struct.pack('<II', epoch.worker, number)
        use = ''
        for tag, value in rows[1:]:
            if tag == RECIPIENT:
                use = value.split(b' ')[0].decode()
            elif tag == RECIPIENT_KEY:
                digest = value
            elif tag == WRAPPED:
                for key in self.keys:
                    plain = hpke_open(key.secret, value, b'gatehouse records 2', bound) if (key.use, key.digest) == (use, digest) else None
                    if plain:
                        gcm[1], gcm['raw', 1] = Gcm(plain[:32]), plain[:32]
                        if len(plain) == 64:
                            gcm[2], gcm['raw', 2] = Gcm(plain[32:]), plain[32:]

    def all(self):
        for epoch in sorted(self.epochs.values(), key=lambda each: (each.process, each.worker)):
            yield from self.walk(epoch)


class Head:
    """A signed head: how far every ring had come."""

    def __init__(self, raw):
        (magic, layout, self.total, self.process, self.number, self.wall, _, self.flags, rings, self.before_process, self.before_number,
         self.before, self.key) = struct.unpack_from('<QII16sQQQII16sQ32s32s', raw)
        if magic != 0x3130444145484847 or layout != 1 or not 216 <= self.total <= len(raw):
            raise ValueError('is no head')
        raw = raw[:self.total]
        self.signed, self.signature, self.digest = raw[:-64], raw[-64:], hashlib.sha256(raw).digest()
        self.rings, at = [], 152   # process, worker, flags, segment_bytes, offset, sequence, chain, digests
        for _ in range(rings):
            self.rings.append(list(struct.unpack_from('<16sIIQQQ32sI', raw, at)))
            at += 88
        for ring in self.rings:
            ring[-1] = [struct.unpack_from('<QII32s', raw, at + 48 * k) for k in range(ring[-1])]
            at += 48 * len(ring[-1])
        if at != self.total - 64:
            raise ValueError('is no head')


def heads_of(reader):
    """The heads of each process, by process, in the order of their file."""
    folder, all_heads = os.path.join(reader.folder, 'heads'), {}
    for name in sorted(each for each in os.listdir(folder) if each.endswith('.heads')) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name), 'rb') as file:
            rest = file.read()
        heads = all_heads.setdefault(bytes.fromhex(name[:-6].replace('-', '')), [])
        while rest:
            try:
                heads.append(Head(rest))
            except (ValueError, struct.error):
                reader.problem(name, f'no head behind {len(heads)} of them')
                break
            rest = rest[heads[-1].total:]
    return all_heads


def unmasked(mask_map, body):
    """What masks changed is undone: include/gatehouse/mask_map.h."""
    at = 4

    def number():
        nonlocal at
        value = shift = 0
        while True:
            value, shift, at = value | (mask_map[at] & 127) << shift, shift + 7, at + 1
            if mask_map[at - 1] < 128:
                return value

    def text():
        nonlocal at
        size = number()
        at += size
        return mask_map[at - size:at]

    if mask_map[:4] not in (b'GMM1', b'GMM2'):
        raise ValueError('its masks cannot be undone: no map is here, or only notes of what was changed')
    size, _ = number(), number()
    for _ in range(number()):
        text()
    out, place = b'', 0
    for _ in range(number()):
        gap, original, replacement = number(), text(), text()
        if body[place + gap:place + gap + len(replacement)] != replacement:
            raise ValueError('the map of masks does not fit the body')
        out, place = out + body[place:place + gap] + original, place + gap + len(replacement)
        number()
        at += 3 if mask_map[3:4] == b'2' else 2   # detector, method, evidence
        number()
        text()
    out += body[place:]
    if len(out) != size or at != len(mask_map):
        raise ValueError('the map of masks does not fit the body')
    return out


# ---- Commands

def readable(tag, value):
    name, kind = TAGS.get(tag, (str(tag), 'text'))
    if kind == 'number' and len(value) == 8:
        return name, int.from_bytes(value, 'little')
    try:
        text = value.decode()
        return name, text if text.isprintable() or tag in (BODY, 15, 16, 35, 36) else 'hex:' + value.hex()
    except UnicodeDecodeError:
        return name, 'hex:' + value.hex()


def shown(record):
    out = {'kind': KINDS.get(record.kind, record.kind), 'sequence': record.sequence, 'time_ns': record.wall, 'file': record.file}
    if record.sealed:
        out['sealed'] = {'auditor' if tier == 2 else 'operations': how for tier, how in record.sealed.items()}
    out['sections'] = [dict([readable(tag, value)]) for tag, value in record.rows]
    return out


def cmd_list(reader, _):
    exchanges = {}
    for record in reader.all():
        if not any(record.exchange) or record.kind == 11:
            continue
        row = exchanges.setdefault(record.exchange, {'exchange_id': id_text(record.exchange), 'state': 'open'})
        if record.kind == 4:
            row['state'] = 'cut off' if record.number(RECOVERED) else 'closed'
        for tag, value in record.rows if record.kind != 2 else []:
            name, seen = readable(tag, value)
            if name in ('subject', 'method', 'path', 'origin', 'verdict', 'status', 'reason', 'to_origin_bytes', 'to_client_bytes', 'mask_changes'):
                row[name] = seen
    for exchange in sorted(exchanges):
        print(json.dumps(exchanges[exchange]))


def cmd_show(reader, options):
    wanted = bytes.fromhex(options.id.replace('-', ''))
    for record in reader.all():
        if record.exchange == wanted:
            print(json.dumps(shown(record)))


def uncompressed(reader, record):
    if not record.text(COMPRESSION):
        return record.text(BODY)
    try:
        return zstd_frames.decompress(record.text(BODY), record.number(CONTENT_BYTES))
    except zstd_frames.Damaged as error:
        reader.problem(record.file, f'record {record.sequence}: {error}')
        return b''


def cmd_body(reader, options):
    wanted = bytes.fromhex(options.id.replace('-', ''))
    pieces = [record for record in reader.all() if record.exchange == wanted and record.kind == 2]
    own = any(record.number(DIRECTION) == 4 for record in pieces)   # of a refusal, which is what the client got then
    # Of a request in a content coding direction 1 has digests, direction 3 the content.
    directions = (1, 3) if options.part == 'request' else (4,) if own and options.part == 'answer' else (2,)
    pieces = [record for record in pieces if record.number(DIRECTION) in directions]
    if options.part == 'origin':
        return sys.stdout.buffer.write(origin_body(reader, wanted, pieces))
    for record in pieces:
        sys.stdout.buffer.write(uncompressed(reader, record))
        if record.text(UNDECODED):
            sys.exit(f'the rest did not come out of its content coding: {record.text(UNDECODED).decode()}')
    return None


def origin_body(reader, wanted, pieces):
    outcome = next((record for record in reader.all() if record.exchange == wanted and record.kind == 3), None)
    if outcome is None or any(record.sealed.get(2, 'opened') != 'opened' for record in (outcome, *pieces)):
        raise ValueError("its outcome is not here, or takes an auditor's key")
    sliced = any(record.text(MASK_MAP) for record in pieces)   # masked as it came: a map to each piece, none where nothing was changed
    bodies = [(record.text(MASK_MAP), uncompressed(reader, record)) for record in pieces]
    whole = b''.join(unmasked(changes, body) if changes else body for changes, body in bodies)
    return unmasked(outcome.text(MASK_MAP), whole) if outcome.number(MASK_CHANGES) > 0 and not sliced else whole


def cmd_verify(reader, _):
    records, parts = 0, collections.Counter()
    for record in reader.all():
        records += 1
        parts.update(record.sealed.values())
    ends = {key: (each.previous, each.first_chain, each.chain, each.ended or bool(each.ring)) for key, each in reader.epochs.items()}
    for key, entries in reader.erased.items():
        if key not in ends:
            last = entries[max(entries)]
            ends[key] = (entries.get(0, {}).get(60, bytes(16)), entries.get(0, {}).get(127), last[124],
                         126 in last and sorted(entries) == list(range(len(entries))))
    for (process, worker), (previous, first, _, ended) in sorted(ends.items()):
        name = f'{id_text(process)}-w{worker:04}'
        before = max((key for key in ends if key[1] == worker and key[0] < process), default=None)
        if not ended:
            reader.problem(name, 'has no end: its tail is missing, or power was lost')
        if (before[0] if before else bytes(16)) != previous:
            reader.problem(name, 'does not name the epoch before it, or that one is missing')
        elif before and first is not None and ends[before][2] != first:
            reader.problem(name, 'does not continue the chain of the epoch before it')
    print(f'{records} records in {len(reader.epochs)} epochs; sealed parts: {parts["opened"]} opened, {parts["no key"]} without a key')
    for how in sorted(each for each in parts if ' key of tenant ' in each):
        print(f'not proved, {how}: {parts[how]}')


def cmd_heads(reader, options):
    believed = []
    for path in options.heads_key:
        with open(path, encoding='ascii') as file:
            words = [*file.read().split(), '', '']
        if words[0] != 'gatehouse-heads-1':
            raise ValueError(f'{path} is no public key for heads')
        believed.append(base64.urlsafe_b64decode(words[1] + '=' * (-len(words[1]) % 4)))
    list(reader.all())
    heads, known, digested, furthest = heads_of(reader), {}, 0, {}
    for process, own in sorted(heads.items()):
        for number, head in enumerate(own):
            where = f'head {head.number} of {id_text(process)}'
            if (head.process, head.number) != (process, number):
                reader.problem(where, f'is not head {number} of its file')
            if not ed25519_fits(head.key, head.signed, head.signature):
                reader.problem(where, 'its signature is not good')
            elif believed and head.key not in believed:
                reader.problem(where, 'is signed by a key that was not given')
            before = known.get((head.before_process, head.before_number), bytes(32))
            if head.before != before:
                reader.problem(where, f'the head before it, {head.before_number} of {id_text(head.before_process)}, is another one or missing')
            known[head.process, head.number] = head.digest
            for *ring, digests in head.rings:
                digested += check_ring(reader, where, ring, digests)
                furthest[ring[0], ring[1]] = ring[4]
    above = sum(max(0, epoch.sequence - furthest.get(key, 0)) for key, epoch in reader.epochs.items())
    print(f'{len(known)} heads of {len(heads)} processes, {digested} bytes under digests; {above} records are above the last head')
    if not believed:
        print('nobody vouches for the keys in them: give --heads-key')


def check_ring(reader, where, ring, digests):
    """One entry of a head against the records; returns how many bytes fit their digests."""
    process, worker, _, _, offset, sequence, chain = ring
    name, epoch = f'{id_text(process)}-w{worker:04}', reader.epochs.get((process, worker))
    gone = reader.erased.get((process, worker), {})
    if epoch is None:
        if not any(126 in entry for entry in gone.values()):
            reader.problem(where, f'{name} is not here')
        return 0
    behind = epoch.places.get(offset)
    erased = offset // epoch.data in gone or (offset - 1) // epoch.data in gone
    if behind != (sequence, chain) and not (erased and (behind is None or behind[0] >= sequence)):
        reader.problem(where, f'{name}: what ends at {offset} is not what was signed')
    fit = 0
    for begin, size, _, digest in digests:
        data, more = b'', b'-'
        while len(data) < size and more:
            more, _ = reader.bytes_at(epoch, begin + len(data), size - len(data))
            data += more or b''
        if (begin // epoch.data in gone or (begin + size - 1) // epoch.data in gone) and len(data) < size:
            continue
        if hashlib.sha256(data).digest() != digest:
            reader.problem(where, f'{name}: bytes {begin} to {begin + size} are not those that were signed')
        fit += size
    return fit


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, extra in (('list', ()), ('show', ('id',)), ('body', ('id', 'part')), ('verify', ()), ('heads', ())):
        command = commands.add_parser(name)
        command.add_argument('dir')
        for word in extra:
            command.add_argument(word, choices=('request', 'answer', 'origin') if word == 'part' else None)
        command.add_argument('--rings')
        command.add_argument('--key', action='append', default=[])
        if name == 'heads':
            command.add_argument('--heads-key', action='append', default=[])
    options = parser.parse_args()
    problems = []

    def problem(where, what):
        problems.append(what)
        print(f'{where}: {what}', file=sys.stderr)

    try:
        reader = Reader(options.dir, options.rings, [Key(path) for path in options.key], problem)
        {'list': cmd_list, 'show': cmd_show, 'body': cmd_body, 'verify': cmd_verify, 'heads': cmd_heads}[options.command](reader, options)
    except (OSError, ValueError) as error:
        print(f'{error}', file=sys.stderr)
        return 2
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
