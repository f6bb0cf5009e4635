"""How tests learn what another thread or process has done: by looking until it is so, never by looking once. A thread of its own
writes the log, answers go out before their closing records and counters, and a busy machine may stop anybody between any two steps."""
import json
import time
import urllib.error
import urllib.request

PATIENCE = 60   # seconds that any one wait may take: sanitizers on a busy machine are slow


def eventually(what, condition, seconds=PATIENCE):
    """Looks until `condition` gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.02)   # between polls; the deadline decides


def becomes(look, wanted, what=''):
    """Looks until `look` gives what is wanted."""
    seen = [None]

    def same():
        seen[0] = look()
        return seen[0] == wanted
    try:
        eventually(what, same)
    except AssertionError:
        raise AssertionError(f'{what}: {seen[0]!r} has not become {wanted!r}') from None


def page(gateway, path='/metrics'):
    """A page of the control thread: (status, text)."""
    try:
        with urllib.request.urlopen(f'http://127.0.0.1:{gateway.health}{path}', timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def samples(gateway):
    """{series: value} of this moment."""
    lines = [line.rpartition(' ') for line in page(gateway)[1].splitlines() if not line.startswith('#')]
    return {series: float(value) for series, _, value in lines}


def metric(gateway, series):
    """Its value of this moment. What workers count of an exchange is counted after its answer went out: see settled."""
    found = samples(gateway)
    if series not in found:
        raise AssertionError('no metric ' + series)
    return found[series]


def log_lines(gateway, event=''):
    """What is in the log by now, of one event or of all: whole lines only."""
    with open(gateway.world.path('logs', 'gatehouse.log'), encoding='utf-8') as file:
        lines = [json.loads(line) for line in file.read().split('\n')[:-1] if line.startswith('{')]
    return [line for line in lines if event in ('', line['event'])]


def settled(gateway):
    """Waits until every request that began has ended: its closing record is written, and all is counted."""
    def none_runs():
        now = samples(gateway)
        ended = sum(value for series, value in now.items() if series.startswith('gatehouse_exchanges_total{'))
        return ended == now['gatehouse_exchanges_begun_total']
    eventually('no request runs any more', none_runs)


def at_rest(gateway):
    """Waits until nobody is connected and all records are on disk, so that every file that is opened at need is open: the
    descriptors that are held then."""
    def resting():
        now = samples(gateway)
        if now['gatehouse_sessions'] or now['gatehouse_record_lag_bytes']:
            return 0
        return int(now['gatehouse_process_open_fds'])
    return eventually('nobody is there and all records are on disk', resting)
