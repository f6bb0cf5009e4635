"""The scorer of bench/masking sees what it must: copies, pieces, damage, look-alikes, shapes. Usage: masking_score_test.py SOURCE_ROOT"""
import base64
import json
import os
import random
import sys
import unittest
import zlib

ROOT = sys.argv.pop(1)
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, 'bench/maskbench'))

import invented   # noqa: E402
import plain_masker   # noqa: E402
import samples   # noqa: E402
import score as scores   # noqa: E402
from samples import Sample, Span   # noqa: E402

MARK = '[redacted:p]'


def sample(value, labels, kind='application/json'):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Sample('s', kind, body, labels)


def score(one, masked):
    return scores.score(one, masked if isinstance(masked, bytes) else json.dumps(masked).encode())


class Score(unittest.TestCase):
    CUT = sample([{'text': 'to ada@exam'}, {'text': 'ple.org, then'}], {'/*/text': [Span(3, 18, 'email', 1)]})

    def shown(self, one, masked):
        got = score(one, masked)
        self.assertEqual((got.broken, got.damaged), ([], 0))
        return sum(got.shown.values())

    def test_a_cut_value_is_shown_by_any_of_its_pieces(self):
        self.assertEqual(self.shown(self.CUT, [{'text': 'to ' + MARK}, {'text': ', then'}]), 0)
        self.assertEqual(self.shown(self.CUT, [{'text': 'to ' + MARK}, {'text': 'ple.org, then'}]), 1)
        self.assertEqual(self.shown(self.CUT, [{'text': 'to ada@exam'}, {'text': MARK + ', then'}]), 1)
        self.assertEqual(self.shown(self.CUT, json.loads(self.CUT.body)), 1)

    def test_pieces_of_one_character_add_up(self):
        text = 'x 536-22-8145'
        one = sample({'chunks': list(text)}, {'/chunks/*': [Span(2, 13, 'us_ssn', 1)]})
        self.assertEqual(self.shown(one, {'chunks': list(text)}), 1)
        self.assertEqual(self.shown(one, {'chunks': ['x', ' ', MARK] + [''] * 10}), 0)
        self.assertEqual(self.shown(one, {'chunks': ['x', ' ', MARK] + [''] * 6 + list('8145')}), 1)
        self.assertEqual(self.shown(one, {'chunks': ['x', ' ', MARK] + [''] * 7 + list('145')}), 0)   # too little to say anything

    def test_overlapping_pieces_add_up(self):
        text = 'x 536-22-8145'
        pairs = [text[at:at + 2] for at in range(len(text) - 1)]
        spans = [Span(2 * at + max(0, 2 - at), 2 * at + 2, 'us_ssn', 1, max(0, at - 2)) for at in range(1, len(pairs))]
        one = sample(pairs, {'/*': spans})
        self.assertEqual(self.shown(one, pairs), 1)
        self.assertEqual(self.shown(one, ['x '] + [' '] + [MARK] + [''] * 9), 0)

    def test_every_copy_counts(self):
        def body(text, copy):
            packed = base64.b64encode(zlib.compress(json.dumps([{'text': copy}]).encode())).decode()
            return [{'text': text, 'metadata': {'orig_elements': packed}}]
        text, masked = 'mail ada@example.org now', f'mail {MARK} now'
        labels = {'/*/text': [Span(5, 20, 'email', 1)], '/*/metadata/orig_elements!/*/text': [Span(5, 20, 'email', 1)]}
        one = sample(body(text, text), labels)
        self.assertEqual(self.shown(one, body(masked, masked)), 0)
        self.assertEqual(self.shown(one, body(masked, text)), 1)
        self.assertEqual(self.shown(one, body(text, masked)), 1)
        dropped = body(masked, masked)
        dropped[0]['metadata']['orig_elements'] = ''
        self.assertEqual(self.shown(one, dropped), 0)

    def test_damage_is_seen(self):
        one = sample({'a': 'user=ada@example.org ok', 'b': 'ordinary'}, {'/a': [Span(5, 20, 'email', 1)]})
        self.assertEqual(score(one, {'a': f'user={MARK} ok', 'b': 'ordinary'}).damaged, 0)
        self.assertGreater(score(one, {'a': f'{MARK} ok', 'b': 'ordinary'}).damaged, 0)
        self.assertGreater(score(one, {'a': f'user={MARK} OK', 'b': 'ordinary'}).damaged, 0)
        self.assertGreater(score(one, {'a': f'user={MARK} ok', 'b': 'ordinary.'}).damaged, 0)

    def test_look_alikes_must_stay(self):
        one = sample({'a': 'order 000-12-3456 of ada@example.org'}, {'/a': [Span(6, 17, 'not:ssn', 1), Span(21, 36, 'email', 2)]})
        self.assertEqual(score(one, {'a': f'order 000-12-3456 of {MARK}'}).mistaken(), 0)
        self.assertEqual(score(one, {'a': f'order {MARK} of {MARK}'}).mistaken(), 1)
        self.assertEqual(score(one, {'a': f'order {MARK} of {MARK}'}).damaged, 0)

    def test_other_shapes_are_broken(self):
        one = sample({'a': ['x', 'ada@example.org']}, {'/a/*': [Span(1, 16, 'email', 1)]})
        for masked in ({'a': ['x']}, {'a': 'x'}, {'a': ['x', 7]}, b'{"a":["x"', {'a': ['x', MARK], 'b': 1}):
            self.assertEqual(len(score(one, masked).broken), 1, masked)
        rows = sample(b'a,b,c\n1,2,3\n', {}, 'text/csv')
        self.assertEqual(len(score(rows, b'a,b,c\n1,2\n').broken), 1)
        self.assertEqual(score(rows, b'a,b,c\n1,2,4\n').damaged, 1)


class Samples(unittest.TestCase):
    def test_unmasked_every_invented_value_is_shown_and_nothing_else(self):
        for one in invented.samples(3):
            got = score(one, one.body)
            self.assertEqual((got.broken, got.damaged, sum(got.masked.values())), ([], 0, 0), one.name)
            self.assertEqual(sum(got.shown.values()), sum(got.values.values()), one.name)

    def test_the_same_seed_gives_the_same_and_a_line_reads_back(self):
        first, second = invented.samples(4), invented.samples(4)
        self.assertEqual([one.line() for one in first], [one.line() for one in second])
        self.assertEqual([samples.unpack(one.line()) for one in first], first)

    def test_pieces_carry_their_part_of_a_label(self):
        text = invented.Writer(random.Random(1)).document(500)
        joined = invented.join([piece for _, piece in invented.pieces(text, 7)])
        self.assertEqual({index for span in text.spans for index in range(span.start, span.end)},
                         {index for span in joined.spans for index in range(span.start, span.end)})

    def test_the_plain_masker_finds_what_is_plain(self):
        masked = plain_masker.mask_text('ada@example.org, 4111 1111 1111 1111, not 4111 1111 1111 1112')
        self.assertEqual(masked.split(',')[:2], ['[EMAIL]', ' [CREDIT_CARD]'])


if __name__ == '__main__':
    unittest.main()
