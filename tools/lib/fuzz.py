"""Runs fuzz targets for a time and tells what they covered; see tools/fuzz, and tests/fuzz/meson.build for the tests.

A target first runs its corpus, then makes inputs of its own from it. What it finds new is kept nowhere: an input that is
worth keeping goes into tests/fuzz/corpus by hand. An input that breaks a promise is written to fuzz-failures/."""
import argparse
import base64
import concurrent.futures
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time

import run_tests

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, 'tests/fuzz/corpus')
ONE_INPUT_SECONDS = 60
MEMORY_MB = 2048
SHOWN_BYTES = 2000
COMMAND_SECONDS, TEST_SECONDS, PLANTED_SECONDS = 60, 60, 300
# As a test a target first goes one way, the same wherever it runs that has the same compiler and, on x86, AVX2
# (tests/fuzz/same.cc), so that a change is judged by what it changed: so many inputs, however long they take. From what it found
# there it goes on for the rest of its minute. tools/fuzz and `tools/test --long` search elsewhere each time.
SEED = 0 if os.environ.get('GATEHOUSE_LONG') else 1   # 0: another one each time
SAME_RUNS = 100_000
FEWER_RUNS = {'coding': 20_000, 'config': 10_000, 'detect': 10_000, 'mask': 50_000, 'mask_forms': 20_000, 'mask_secrets': 16_000,
              'mask_stream': 10_000, 'record_reader': 20_000, 'secret_filter': 50_000, 'tls_engine': 10_000}
PLANTED = 'GATEHOUSE_FUZZ_PLANTED'
STATUS = re.compile(r'^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)', re.M)


def cover(output):
    """The last line of libFuzzer's status in words, '' when there is none."""
    lines = STATUS.findall(output)
    if not lines:
        return ''
    runs = [int(each) for each in re.findall(r'^stat::number_of_executed_units:\s+(\d+)', output, re.M)]
    _, edges, features, kept = lines[-1]
    return f'cov {edges} edges, {features} features, corpus {kept} inputs, {sum(runs) or lines[-1][0]} runs'


def inputs(corpus):
    """The corpus in one order everywhere: a folder's order is the file system's. libFuzzer wants commas between."""
    names = sorted(os.listdir(corpus)) if os.path.isdir(corpus) else []
    return [os.path.join(corpus, name) for name in names]


def fuzz(program, corpus, seconds, failures, seed=0, runs=0, with_bug=False):
    """Returns (exit code, output), of the target as it is or with its bug. The corpus is read, never written. With a seed the search is the same each time: nothing in it
    may depend on time, as reading the found ones anew does, or on the machine. First come `runs` inputs, all of them, then more
    until `seconds` have passed since the start."""
    with tempfile.TemporaryDirectory(prefix='gatehouse-fuzz-') as folder:
        found, listed = os.path.join(folder, 'found'), os.path.join(folder, 'inputs')
        os.makedirs(found)
        os.makedirs(failures, exist_ok=True)
        with open(listed, 'w', encoding='utf-8') as file:
            file.write(','.join(inputs(corpus)))
        environment = {**os.environ, **({**run_tests.SANITIZER_OPTIONS, 'GATEHOUSE_FUZZ_SAME': '1'} if seed else {}),
                       **({PLANTED: '1'} if with_bug else {})}
        output, began = '', time.monotonic()

        def search(bound):
            nonlocal output
            command = [program, f'-seed={seed}', '-reload=0', f'-seed_inputs=@{listed}', bound, '-print_final_stats=1',
                       f'-timeout={ONE_INPUT_SECONDS}', f'-rss_limit_mb={MEMORY_MB}',
                       f'-artifact_prefix={failures}/{os.path.basename(program)}-', found]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                  cwd=folder)
            output += done.stdout.decode(errors='replace')
            return done.returncode

        code = search(f'-runs={runs}') if runs else 0
        rest = round(seconds - (time.monotonic() - began))
        if code == 0 and rest > 0:
            code = search(f'-max_total_time={rest}')
        return code, output


def tell(output):
    """What a person needs to see of a failure: the end of the output, and the input to try again."""
    for line in output.splitlines()[-60:]:
        print('     | ' + line)
    for path in re.findall(r'Test unit written to (\S+)', output):
        with open(path, 'rb') as file:
            data = file.read(SHOWN_BYTES)
        print(f'input (base64, at most {SHOWN_BYTES} bytes): {base64.b64encode(data).decode()}\nkept as {path}')


def step_back():
    """Where sessions have shares of the processor (autogroup) niceness counts within one only: the session of a test is its own."""
    os.nice(10)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError), open('/proc/self/autogroup', 'w', encoding='ascii') as file:
            file.write('10')


def one(program, corpus, seconds):
    """As a test: exit code 0 and a last line that tells the coverage."""
    step_back()   # other tests run beside it
    name = os.path.basename(program).removesuffix('_fuzz')
    runs = FEWER_RUNS.get(name, SAME_RUNS) if SEED else 0
    code, output = fuzz(program, corpus, seconds, os.path.join(os.path.dirname(program), 'fuzz-failures'), SEED, runs)
    said = cover(output)
    if code != 0 or not said:
        tell(output)
        return 1   # never libFuzzer's own 77, which means "skipped" to a runner of tests
    print(said)
    return 0


def planted(programs, seconds, jobs):
    """Whether each target finds the bug that it is given for once (tests/fuzz/plant.h) within `seconds`."""
    def find(program):
        name = os.path.basename(program).removesuffix('_fuzz')
        with tempfile.TemporaryDirectory(prefix='gatehouse-fuzz-') as folder:
            code, output = fuzz(program, os.path.join(CORPUS, name), seconds, folder, seed=1, with_bug=True)
        return name, code != 0 and 'Test unit written to' in output and re.search(r'broken: |assert|ERROR: libFuzzer: deadly signal', output), output
    missed = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for name, found, output in pool.map(find, programs):
            if not found:
                missed.append(name)
                print(f'{name}: its bug was NOT found')
                tell(output)
    print(f'{len(programs) - len(missed)} of {len(programs)} planted bugs found' + (': not that of ' + ', '.join(missed) if missed else ''))
    return 1 if missed or not programs else 0


def every(seconds, names, jobs):
    """Builds and runs the targets named, or all."""
    variant = next(each for each in run_tests.VARIANTS if each.name == 'asan')
    problem = run_tests.configure(variant)
    if problem:
        print('fuzz: ' + problem)
        return 1
    programs = {test['name'].removesuffix('_fuzz'): test for test in run_tests.introspect(variant)
                if 'fuzz' in run_tests.suites_of(test)}
    unknown = sorted(set(names) - set(programs))
    if unknown:
        print(f'fuzz: no target {unknown[0]}; there are {", ".join(sorted(programs))}')
        return 64
    chosen = sorted(names or programs)
    targets = [f'tests/fuzz/{name}_fuzz' for name in chosen]
    if subprocess.run(['ninja', '-C', variant.folder, '-j', str(jobs), *targets], cwd=ROOT).returncode:
        return 1
    os.environ.update({name: value for name, value in run_tests.SANITIZER_OPTIONS.items() if name not in os.environ})
    failures, bad = os.path.join(ROOT, variant.folder, 'fuzz-failures'), 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(fuzz, os.path.join(ROOT, variant.folder, target), os.path.join(CORPUS, name), seconds, failures): name
                   for name, target in zip(chosen, targets)}
        for future in concurrent.futures.as_completed(running):
            code, output = future.result()
            bad += code != 0
            print(f'{"FAIL" if code else "ok  "} {running[future]}: {cover(output)}', flush=True)
            if code:
                tell(output)
    print(f'{len(chosen) - bad} passed, {bad} failed')
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(prog='tools/fuzz', description='Runs fuzz targets, all or those named, each for a time.')
    parser.add_argument('--seconds', type=int, help=f'for each target ({COMMAND_SECONDS}; as a test {TEST_SECONDS})')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1, help='targets at once (one per core)')
    parser.add_argument('--one', nargs=2, metavar=('PROGRAM', 'CORPUS'), help='a built target, as a test')
    parser.add_argument('--planted', nargs='+', metavar='PROGRAM', help='built targets, each to find a bug that it is given')
    parser.add_argument('target', nargs='*')
    arguments = parser.parse_args()
    wanted = os.environ.get('GATEHOUSE_FUZZ_SECONDS')
    if arguments.seconds is None:
        arguments.seconds = int(wanted or (TEST_SECONDS if arguments.one else COMMAND_SECONDS))
    if arguments.one:
        return one(*map(os.path.abspath, arguments.one), arguments.seconds)
    if arguments.planted:   # found within a known number of runs, which a slow machine takes long for
        return planted([os.path.abspath(each) for each in arguments.planted], PLANTED_SECONDS, arguments.jobs)
    return every(arguments.seconds, arguments.target, arguments.jobs)


if __name__ == '__main__':
    sys.exit(main())
