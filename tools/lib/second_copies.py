"""A step of the quickstart: one document through the gateway and through a plain regex masker, and how many copies of its values each leaves.

The answer shows every value three times (text, raw_text, packed orig_elements) and cuts many of them at chunk borders."""
import json
import os
import sys

from world import ROOT, Failed

sys.path.append(os.path.join(ROOT, 'bench/maskbench'))
import plain_masker   # noqa: E402
import views          # noqa: E402

VALUES = ['frank.kuvalis@example.org', '4111 1111 1111 1111', '536-22-8145', '+1 (212) 555-0147', 'GB33 BUKB 2020 1555 5555 55',
          '192.0.2.146', 'ghp_1B4a9Zr7Qm2Xc8Lk5Tn3Vd6Ys0Wp4Hf7Gj2e', 'hailey.mayer@example.com']
ORDINARY = 'Order 4125-717842 of build v1.22.300.4 stays open.'
DOCUMENT = {
    'text': 'Ticket 4170. Invoice sent to {}.\n\nThe card {} was charged twice; SSN on file {}. Call back on {} or pay to {}. Seen from {} with '
            'token {}, says {}.\n\n'.format(*VALUES) + ORDINARY,
    'chunk_size': 40, 'include_raw_text': True, 'include_orig_elements': True,
}


def shown(before, after):
    """{value: copies of it that a reader of `after` finds}; cut ones are joined, packed ones unpacked."""
    count = dict.fromkeys(VALUES, 0)
    for texts in views.leaves(before, after, 'application/json').values():
        joined = ''.join(text.after for _, text in texts)
        for value in VALUES:
            count[value] += joined.count(value)
    return count


def masked_everywhere(run, show):
    """run: the Quickstart; show(who, text) prints."""
    show('the job', 'POST /v1/chunk/character ' + json.dumps(DOCUMENT))
    answer = run.call('POST', '/v1/chunk/character', run.world.token('nightly-index'), json.dumps(DOCUMENT))
    if answer.status != 200:
        raise Failed(f'expected status 200, got {answer.status}: {answer.text}')
    origin = run.world.gatehouse('records', 'replay', answer.exchange, '--config', 'quickstart.toml', '--part', 'origin-answer', '--body-only',
                                 '--key', 'auditor/ann.key').stdout
    show('service', f'{json.dumps(json.loads(origin)[1])}, ...')
    show('the job', f'{json.dumps(json.loads(answer.text)[1])}, ...')
    try:
        counts = {name: shown(origin, body) for name, body in
                  (('service', origin), ('plain', plain_masker.mask(origin, 'application/json')), ('gateway', answer.body))}
    except views.Broken as error:
        raise Failed(f'the answer is not of the shape that it had: {error}') from None
    show('copies', f'{"of the value":42}{"the service sent":>18}{"plain masker leaves":>22}{"gateway leaves":>17}')
    for value in VALUES:
        show('', f'{value:42}{counts["service"][value]:18}{counts["plain"][value]:22}{counts["gateway"][value]:17}')
    total = {name: sum(count.values()) for name, count in counts.items()}
    show('', f'{"leaked copies":42}{total["service"]:18}{total["plain"]:22}{total["gateway"]:17}')
    if total['service'] != 3 * len(VALUES) or not 0 < total['plain'] < total['service']:
        raise Failed(f'the comparison is not what it should be: {total}')
    if total['gateway']:
        raise Failed(f'the gateway leaked {total["gateway"]} copies')
    if ORDINARY not in ''.join(chunk['text'] for chunk in json.loads(answer.text)):
        raise Failed('ordinary text was damaged')
