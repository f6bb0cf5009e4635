"""Shows that the simulator finds each built-in defect within 1,000 seeds: sim_defects.py PROGRAM..."""
import re
import subprocess
import sys

SEEDS = '1..1000'
SECONDS = 300


def find(program):
    """What the simulator says of a defective build: (seed, first complaint), or None when it found nothing."""
    try:
        run = subprocess.run([program, '--seeds', SEEDS], capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None
    if run.returncode == 0:
        return None
    text = run.stderr.decode(errors='replace')
    seed = re.search(r'sim --seed (\d+)', text)
    complaint = next((line for line in text.splitlines() if line.strip()), 'no word')
    return (seed.group(1), complaint) if seed else None


def main(programs):
    missed = 0
    for program in programs:
        number = program.rsplit('_', 1)[1]
        found = find(program)
        missed += found is None
        print(f'defect {number:>2}: ' + (f'seed {found[0]:>4}: {found[1][:110]}' if found else 'NOT FOUND'), flush=True)
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
