"""The maskers that are held against the samples: each takes samples and gives for each a Masked."""
import dataclasses
import subprocess
import time

import plain_masker


class Refused(Exception):
    """A masker could not be run at all."""


@dataclasses.dataclass
class Masked:
    body: bytes | None        # None: refused
    reason: int = 0           # why, as in reason.h
    seconds: float = 0.0
    undone: bool = True       # the mask map gave the body back (where one is made)


def plain(samples):
    for sample in samples:
        begin = time.perf_counter()
        body = plain_masker.mask(sample.body, sample.content_type)
        yield Masked(body, seconds=time.perf_counter() - begin)


def library(command, samples):
    """mask_files: the library alone; see tests/tools/mask_files.cc."""
    fed = b''.join(f'{sample.content_type}\t{len(sample.body)}\n'.encode() + sample.body for sample in samples)
    done = subprocess.run([str(part) for part in command], input=fed, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise Refused(f'{" ".join(map(str, command))}: exit code {done.returncode}')
    at = 0
    for _ in samples:
        end = done.stdout.index(b'\n', at)
        length, reason, nanoseconds, _, undone = (int(word) for word in done.stdout[at:end].split())
        at = end + 1 + length
        yield Masked(None if reason else done.stdout[end + 1:at], reason, nanoseconds / 1e9, undone == 1)


def program(gatehouse, config, samples):
    """`gatehouse mask`, a process for each sample; no times, as starting costs more than masking."""
    for sample in samples:
        done = subprocess.run([gatehouse, 'mask', '--config', config, '--group', 'readers', '--route', 'chunker', '--type',
                               sample.content_type],
                              input=sample.body,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        yield Masked(done.stdout) if done.returncode == 0 else Masked(None, done.returncode)
