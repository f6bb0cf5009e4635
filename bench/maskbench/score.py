"""What a masked answer still shows, what it lost, and what it damaged.

Of each view (views.py) the texts before and after are laid side by side: the ordinary text between labelled spans must be
there, byte for byte and in order, and what stands between two such texts is what became of the spans. A value is shown when
any of its places, in any view, still shows it or a piece of it of PIECE_MIN characters or more.
"""
import collections
import dataclasses
import re

import views

PIECE_MIN = 4
MARKER = re.compile(r'\[(?:redacted:[^\]\n]{1,64}|[A-Z_]{2,24})\](?:#\d+)?')   # what maskers write in place of a value
# Kinds that need names, a dictionary or a field rule: neither required nor forbidden to be masked by detectors.
BY_RULE = {'person', 'street_address', 'bitcoin_address', 'url_host', 'date_in_column'}
# What may go with a value of this kind: the host behind a password in a URL reads as an e-mail address with it.
ALLOWED_BEHIND = {'password': re.compile(r'@[\w.-]+')}
EXAMPLES_MAX = 12


@dataclasses.dataclass
class Score:
    values: collections.Counter = dataclasses.field(default_factory=collections.Counter)      # by kind
    shown: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    lookalikes: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    masked: collections.Counter = dataclasses.field(default_factory=collections.Counter)      # look-alikes, by mistake
    segments: int = 0                                             # ordinary texts between labelled spans
    damaged: int = 0
    copies_shown: int = 0                                         # places that show a value, every copy counted
    broken: list = dataclasses.field(default_factory=list)        # (sample, why)
    examples: list = dataclasses.field(default_factory=list)      # (what, sample, view, before, after)

    def add(self, other):
        for name in ('values', 'shown', 'lookalikes', 'masked'):
            getattr(self, name).update(getattr(other, name))
        self.segments += other.segments
        self.damaged += other.damaged
        self.copies_shown += other.copies_shown
        self.broken += other.broken
        self.examples += other.examples

    def pattern_values(self):
        kinds = [kind for kind in self.values if kind not in BY_RULE]
        return sum(self.values[kind] for kind in kinds), sum(self.shown[kind] for kind in kinds)

    def recall(self):
        values, shown = self.pattern_values()
        return 1 - shown / values if values else 1.0

    def mistaken(self):
        """The share of look-alikes that were masked."""
        total = sum(self.lookalikes.values())
        return sum(self.masked.values()) / total if total else 0.0

    def precision(self):
        """Of all that was masked, what had to be."""
        values, shown = self.pattern_values()
        right, wrong = values - shown, sum(self.masked.values()) + self.damaged
        return right / (right + wrong) if right + wrong else 1.0


def visible(left, piece):
    """Which characters of a piece of a value are still seen in what became of it: their indices."""
    left = MARKER.sub('\0', left)
    if piece == left:
        return set(range(len(piece)))
    if not left.strip('\0 \n\t'):
        return set()
    size = min(PIECE_MIN, len(piece))
    return {index for at in range(len(piece) - size + 1) if piece[at:at + size] in left and not piece[at:at + size].isspace()
            for index in range(at, at + size)}


def run_of(indices):
    """The longest run of consecutive numbers."""
    longest = run = 0
    last = None
    for index in sorted(indices):
        run = run + 1 if last is not None and index == last + 1 else 1
        longest, last = max(longest, run), index
    return longest


def regions(spans):
    """Spans that touch or overlap, together: [(start, end, [Span])]."""
    found = []
    for span in spans:
        if found and span.start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], span.end), found[-1][2] + [span])
        else:
            found.append((span.start, span.end, [span]))
    return found


class TextScore:
    """One text of one sample; spans count from its begin."""

    def __init__(self, score, sample, text, spans):
        self.score, self.sample, self.text, self.before, self.after = score, sample, text, text.before, text.after
        self.values = regions([span for span in spans if not span.kind.startswith('not:')])
        self.alike = [span for span in spans if span.kind.startswith('not:')]
        self.at = 0                      # in `after`: what lies before is understood
        self.seen = {}                   # entity -> indices in the value
        self.lost = set()                # entities of look-alikes that are gone
        self.went_wrong = False

    def run(self):
        left, previous = 0, None
        for region in self.values + [None]:
            start = region[0] if region else len(self.before)
            between = self.find(self.before[left:start], left, previous, last=region is None)
            self.judge(previous, between)
            left, previous = region[1] if region else start, region
        if self.went_wrong:
            self.look_everywhere()

    def find(self, gap, gap_at, previous, last):
        """Where the ordinary text goes on; returns what stands before it."""
        reach = 64 + 2 * (previous[1] - previous[0]) if previous else 0   # what may stand in a value's place
        self.score.segments += bool(gap.strip())
        place = self.place_of(gap, reach, last)
        slack = ALLOWED_BEHIND.get(previous[2][0].kind) if previous else None
        if place < 0 and slack and (host := slack.match(gap)):
            gap, gap_at = gap[host.end():], gap_at + host.end()
            place = self.place_of(gap, reach, last)
        if place >= 0:
            between, self.at = self.after[self.at:place], place + len(gap)
            return between
        between = self.find_pieces(gap, gap_at, reach)
        if last and self.at != len(self.after) and not self.went_wrong and not self.lost:
            self.damage(self.after[self.at:])
        return between

    def place_of(self, gap, reach, last):
        if last:
            place = len(self.after) - len(gap)
            return place if place >= self.at and self.after.endswith(gap) else -1
        return self.after.find(gap, self.at, self.at + reach + len(gap))

    def find_pieces(self, gap, gap_at, reach):
        """The text around look-alikes piece by piece: some of it is gone."""
        at, pieces = 0, []
        for span in self.alike:
            if gap_at + at <= span.start and span.end <= gap_at + len(gap):
                pieces += [(gap[at:span.start - gap_at], None), (gap[span.start - gap_at:span.end - gap_at], span)]
                at = span.end - gap_at
        pieces.append((gap[at:], None))
        between, whole = None, False      # what stands before the first piece that is there; whether the last one was
        for text, span in pieces:
            place = self.at if whole and self.after.startswith(text, self.at) else -1
            if not whole and text:
                place = self.after.find(text, self.at, self.at + reach + len(text))
            whole = place >= 0
            if span is not None and place != self.at:
                place, whole = -1, False
                self.lost.add(span.entity)
                self.example('look-alike ' + span.kind[4:], text)
            elif not whole and text:
                self.damage(text)
                text = text[-12:]
                place = self.after.find(text, self.at, self.at + reach + len(gap) + 64)
                whole = place >= 0
            if place >= 0:
                between = self.after[self.at:place] if between is None else between
                self.at = place + len(text)
            reach = 64
        return between if between is not None else ''

    def damage(self, text):
        if text.strip():
            self.score.damaged += 1
            self.example('damaged', text)
        self.went_wrong = True

    def judge(self, region, left):
        if region is None:
            if left:
                self.damage(left)
            return
        for span in region[2]:
            piece = self.before[span.start:span.end]
            self.see(span, visible(left, piece), left)

    def see(self, span, indices, left):
        if indices:
            self.seen.setdefault(span.entity, set()).update(span.skip + index for index in indices)
            if run_of(indices) >= PIECE_MIN and span.kind not in BY_RULE:
                self.score.copies_shown += 1
                self.example('shown ' + span.kind, self.before[span.start:span.end], left)

    def look_everywhere(self):
        """After damage the two texts may be laid side by side wrongly: whole values are looked for anywhere."""
        bare = MARKER.sub('\0', self.after)
        for _, _, spans in self.values:
            for span in spans:
                value = self.before[span.start:span.end]
                if len(value) >= 6 and value in bare and span.entity not in self.seen:
                    self.see(span, range(len(value)), value)

    def example(self, what, text, left=None):
        after = self.after[max(0, self.at - 40):self.at + 80] if left is None else left
        self.score.examples.append((what, self.sample, self.text.place, text[:120], after[:160]))


def fixed(view):
    """Views that must not change when nothing in them is labelled: all but the ids of tokens that were masked."""
    return not re.search(r'tokens?/\*/\*/\*/\*#$', view)


def cut(spans, start, length):
    """The parts of a view's spans that lie in a text, counted from its begin."""
    for span in spans:
        begin, end = max(span.start, start), min(span.end, start + length)
        if begin < end:
            yield dataclasses.replace(span, start=begin - start, end=end - start, skip=span.skip + begin - span.start)


def score(sample, masked):
    """The Score of one sample and its body after masking (bytes)."""
    result = Score()
    kinds = {span.entity: span.kind for spans in sample.labels.values() for span in spans}
    for kind in kinds.values():
        (result.lookalikes if kind.startswith('not:') else result.values)[kind] += 1
    try:
        found = views.leaves(sample.body, masked, sample.content_type)
    except views.Broken as error:
        result.broken.append((sample.name, str(error)))
        return result
    seen, lost = {}, set()
    for name, texts in found.items():
        spans, first = sample.labels.get(name, []), 0
        for start, text in texts:
            while first < len(spans) and spans[first].end <= start:
                first += 1
            inside = list(cut(spans[first:first + len(text.before) + 1], start, len(text.before)))
            if not inside and (text.before == text.after or not fixed(name)):
                continue
            one = TextScore(result, sample.name, text, inside)
            one.run()
            lost |= one.lost
            for entity, indices in one.seen.items():
                seen.setdefault(entity, set()).update(indices)
    lengths = collections.Counter()
    for spans in sample.labels.values():
        for span in spans:
            lengths[span.entity] = max(lengths[span.entity], span.skip + span.end - span.start)
    for entity, indices in seen.items():
        if run_of(indices) >= min(PIECE_MIN, lengths[entity]):
            result.shown[kinds[entity]] += 1
    for entity in lost:
        result.masked[kinds[entity]] += 1
    return result
