"""Shows that one seed is one run, with TLS and without: repeats.py SIM"""
import subprocess
import sys

SEEDS = '1..60'        # the digests of these, run together, in two processes
TRACED = range(1, 25)  # and of these alone every event, in two more


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=100).stdout


def differences(sim):
    """What differs between runs of equal seeds: one line each."""
    first, second = ([line for line in output(sim, '--seeds', SEEDS, '--digests').splitlines()
                      if line.startswith(b'seed ')] for _ in range(2))
    found = [f'{a.decode()}, then {b.decode()}' for a, b in zip(first, second) if a != b]
    for seed in TRACED:
        trace, again = (output(sim, '--seed', str(seed), '--trace', '--digests') for _ in range(2))
        if trace != again:
            found.append(f'seed {seed}: two traces differ')
        # By itself a seed runs as it does behind others.
        if first[seed - 1] not in trace.splitlines():
            found.append(f'seed {seed}: alone and among others, the runs differ')
    with_tls = sum(b'(1 with TLS)' in output(sim, '--seed', str(seed)) for seed in TRACED)
    print(f'{len(first)} runs compared by digest and {len(TRACED)} by trace, {with_tls} of these with TLS')
    return found if with_tls > 0 else found + ['none of these seeds has TLS']


if __name__ == '__main__':
    lines = differences(sys.argv[1])
    print('\n'.join(lines))
    sys.exit(1 if lines else 0)
