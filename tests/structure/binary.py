"""What the linked gateway shows to the outside, and its hardening. Usage: binary.py PROGRAM"""
import re
import subprocess
import sys

import tree


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def problems_of(symbols, header, dynamic, segments, everything):
    problems = []
    # The simulator's randomness is a function of its seed: none of that may be in what people run.
    seams = re.findall(r' (__wrap_\w+|\w*9gatehouse3sim\w*)', everything)
    if seams:
        problems.append(f'{len(seams)} symbols of the simulator are linked in, such as {seams[0]}')
    if not re.search(r' U (syscall|getrandom|getentropy)\b', everything):
        problems.append('nothing asks the system for randomness')
    shown = [line for line in symbols.splitlines() if re.search(r' (SSL|EVP|CRYPTO|X509|BIO|RSA|EC)_', line)]
    if shown:   # OpenSSL's users in the same process would call them and crash
        problems.append(f'{len(shown)} symbols of BoringSSL are visible, such as {shown[0]}')
    if re.search(r'lib(ssl|crypto)\.so', dynamic):
        problems.append('linked with a shared libssl or libcrypto: BoringSSL must be the static one')
    if not re.search(r'Type:\s+DYN', header):
        problems.append('not position independent')
    if not re.search(r'\bBIND_NOW\b|\(FLAGS_1\).*\bNOW\b', dynamic):
        problems.append('symbols are bound lazily (no -z now)')
    if 'GNU_RELRO' not in segments:
        problems.append('no RELRO segment')
    if re.search(r'GNU_STACK.*\n?.*RWE', segments):
        problems.append('the stack is executable')
    return problems


def check(program):
    problems = problems_of(output('nm', '-D', '--defined-only', program), output('readelf', '-hW', program),
                           output('readelf', '-dW', program), output('readelf', '-lW', program),
                           output('nm', program))
    return tree.report('binary', problems, program)


if __name__ == '__main__':
    sys.exit(check(sys.argv[1]))
