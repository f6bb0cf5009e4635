"""What a large or hostile body costs those who share its worker. Usage: guard_delay.py BUILD [ROUNDS]

A small request is sent again and again while one body of each kind is inspected. Told is the CPU time of the worker's thread from
the sending of a small request to its answer; the longest of each round, and of the rounds the median, over what the same request
costs alone. The gateway answers it itself: an origin that is not scheduled would be waited for while the worker goes on with the
body. And who waits for the answer comes before all else (SCHED_FIFO): woken late, it would count what came after the answer.
Needs leave for that, and to read another thread's clock (perf_event_open)."""
import ctypes
import multiprocessing
import os
import random
import socket
import statistics
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../tests/support'))
from guarded import STRICT, Guarded, Keeper, gzipped, head_of, verdict_of  # noqa: E402

BUILD, ROUNDS = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
SYSCALL = 298   # perf_event_open on x86-64
MIB = 1 << 20
JSON = 'application/json'


class Clock:
    """CPU nanoseconds of a thread of another process."""

    def __init__(self, thread):
        about = bytearray(128)
        struct.pack_into('IIQ', about, 0, 1, 128, 1)   # a software event: the task's clock
        self.file = ctypes.CDLL(None).syscall(SYSCALL, (ctypes.c_char * 128).from_buffer(about), thread, -1, -1, 0)
        if self.file < 0:
            raise SystemExit('perf_event_open is not allowed here')

    def now(self):
        return struct.unpack('Q', os.read(self.file, 8))[0]


def statement(text):
    return b'{"statement":"%s"}' % text


def texts(each, count):
    return b'{"statement":["%s"]}' % b'","'.join(each % i for i in range(count))


def bodies():
    noise = random.Random(1)
    sparse = bytes(noise.choice(b'abcdefgh') if i % 120 == 0 else 97 for i in range(6 * MIB))
    return {
        '10 MiB, one statement': (statement(b'DROP TABLE docs -- ' + b'a' * (10 * MIB)), JSON, None),
        '10 MiB of statements': (texts(b'SELECT %d', 600_000), JSON, None),
        'gzip of 6 MiB, 100 to 1': (gzipped(statement(b'SELECT ' + sparse)), JSON, 'gzip'),
        '250 KiB of statements': (texts(b'SELECT %d', 16_000), JSON, None),
        '250 KiB, 83,000 lines': (b'[]\n' * 83_000, 'application/x-ndjson', None),
        '250 KiB, 83,000 texts': (b'[' + b'"",' * 83_000 + b'""]', JSON, None),
        '250 KiB, 250,000 cells': (b'a,b\n' + b',' * 250_000, 'text/csv', None),
        '250 KiB, 125,000 fields': (b'a&' * 125_000, 'application/x-www-form-urlencoded', None),
    }


def send_body(gateway, body, ready, done):
    data, content_type, coding = body
    fields = ['Content-Type: ' + content_type] + ([f'Content-Encoding: {coding}'] if coding else [])
    data = head_of('POST', '/strict/x', gateway.jobs, 'any', fields, length=len(data)) + data
    for _ in range(ROUNDS):
        ready.wait()
        ready.clear()
        with gateway.client() as client:
            client.send(data)
            said = verdict_of(*client.message())
        done.value = 1
    print(f'{said[1] or said[0]:>20}', end='  ')


class Small:
    """The small request, which no rule lets pass, on connections that last as long as they are let."""

    def __init__(self, gateway, clock):
        self.gateway, self.clock, self.client, self.sent = gateway, clock, None, 0
        self.bytes = head_of('GET', '/nowhere/x', gateway.jobs, 'any', length=0)

    def ask(self):
        if self.client is None or self.sent % 500 == 0:
            self.client = self.gateway.client()
            self.client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.client.send(self.bytes)
            self.client.message()
        self.sent += 1
        before = self.clock.now()
        self.client.send(self.bytes)
        self.client.message()
        return self.clock.now() - before


def worker_of(process):
    for thread in os.listdir(f'/proc/{process}/task'):
        with open(f'/proc/{process}/task/{thread}/comm', encoding='ascii') as name:
            if 'worker' in name.read():
                return int(thread)
    raise SystemExit('no worker thread')


def main():
    with Guarded(BUILD, STRICT, limits='[limits]\ninspect_bytes = "16MiB"', ring_size='128MiB') as gateway:
        multiprocessing.Process(target=lambda: Keeper(gateway).join(), daemon=True).start()
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(10))
        small = Small(gateway, Clock(worker_of(gateway.process.pid)))
        alone = statistics.median(small.ask() for _ in range(300))
        print(f'alone: {alone / 1e6:.3f} ms')
        for what, body in bodies().items():
            ready, done = multiprocessing.Event(), multiprocessing.Value('i', 0)
            sender = multiprocessing.Process(target=send_body, args=(gateway, body, ready, done))
            sender.start()
            longest = []
            for _ in range(ROUNDS):
                done.value = 0
                ready.set()
                seen = [small.ask()]
                while not done.value:
                    seen.append(small.ask())
                longest.append(max(seen))
            sender.join()
            print(f'{what:<26} {(statistics.median(longest) - alone) / 1e6:6.2f} ms more, at most {max(longest) / 1e6:.2f}', flush=True)


if __name__ == '__main__':
    main()
