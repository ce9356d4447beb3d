# SPDX-License-Identifier: ISC
"""bench.py [-r ROUNDS] [-w WORK,...] [--alone] - how fast is Postern?

Runs each work on Postern and, where it is installed, on Postfix, in turn, so
that what else goes on here meets both. Prints medians and their ratios and
appends them to bench/history.jsonl in the object directory. Times depend on
the machine: only ratios of one run mean anything. For root; loopback only."""
import argparse
import contextlib
import ctypes
import json
import mmap
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from system import OBJ, PORT, SINK_PORT, Postern, Postfix, become_reaper, children_seconds

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
LOAD = OBJ / 'tests/bench/load'


class Sink:
    """Where all mail goes: load sink."""

    def __init__(self, directory):
        self.path = directory / 'count'
        self.process = subprocess.Popen([LOAD, 'sink', str(SINK_PORT), self.path])
        while not self.path.exists() or self.path.stat().st_size == 0:
            time.sleep(0.01)
        with open(self.path, 'r+b') as f:
            self.counts = mmap.mmap(f.fileno(), 16)

    def recipients(self):
        return struct.unpack('QQ', self.counts[:16])[1]

    def stop(self):
        self.process.kill()
        self.process.wait()


def wait_for(fn, seconds):
    end = time.monotonic() + seconds
    while not fn():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def listens():
    with contextlib.suppress(OSError):
        socket.create_connection(('127.0.0.1', PORT), 1).close()
        return True
    return False


def send(system, sessions, messages, each, rcpts=1, size=4096):
    """load send; its CPU is not the system's."""
    before = children_seconds()
    process = subprocess.run([LOAD, 'send', str(PORT), *map(str, (sessions, messages, each, rcpts, size))],
                             capture_output=True, text=True, timeout=600, check=False)
    system.load_cpu += children_seconds() - before
    if process.returncode:
        sys.exit(f'load: {process.stdout} {process.stderr}')
    return json.loads(process.stdout)


@contextlib.contextmanager
def running(kind, directory, **settings):
    """A system that has had its first messages."""
    with kind(directory, **settings) as system:
        if not wait_for(listens, 20):
            sys.exit(f'{kind.name} does not listen')
        send(system, 2, 20, 10)
        wait_for(lambda: not system.queued(), 30)
        yield system


def start_and_stop(kind, directory, known={}):
    """CPU seconds of a system that does no more than that."""
    if kind not in known:
        place = directory / 'nothing'
        place.mkdir(mode=0o755)
        with running(kind, place) as system:
            pass
        known[kind] = system.cpu
    return known[kind]


def all_there(kind, sink, base, n):
    if not wait_for(lambda: sink.recipients() >= base + n, 300):
        sys.exit(f'{kind.name}: {sink.recipients() - base} of {n} were delivered')


def relay(sessions, messages, each, rcpts=1, size=4096, **settings):
    """Messages from so many sessions at once, each to so many recipients."""
    n = messages * rcpts

    def run(kind, directory, sink):
        unloaded = start_and_stop(kind, directory)
        with running(kind, directory, **settings) as system:
            start, base = time.monotonic(), sink.recipients()
            taken = send(system, sessions, messages, each, rcpts, size)
            all_there(kind, sink, base, n)
            seconds = time.monotonic() - start
        return {'delivered/s': n / seconds, 'CPU ms': (system.cpu - unloaded) / n * 1000,
                'p50 ms': taken['p50_ms'], 'p99 ms': taken['p99_ms']}
    return run


def idle(sessions):
    """Clients that are connected, have said EHLO, and say no more."""

    def run(kind, directory, _):
        with running(kind, directory) as system:
            before = system.memory()
            with subprocess.Popen([LOAD, 'send', str(PORT), str(sessions), '0', '0', '1', '1'],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
                seconds = json.loads(clients.stdout.readline())['seconds']
                used = (system.memory() - before) / sessions
        return {'KB/session': used, 'sessions/s': sessions / seconds}
    return run


def submit(loops, messages):
    """sendmail, so many loops at once; its own CPU counts."""
    script = ('i=0; while [ $i -lt %d ]; do "$0" -C "$1" -t -f a@bench.example <"$2" || exit 1; '
              'i=$((i + 1)); done' % messages)
    n = loops * messages

    def run(kind, directory, sink):
        message = directory / 'message'
        message.write_text('To: r@sink.example\nSubject: local\n\n' + ('x' * 70 + '\n') * 20)
        unloaded = start_and_stop(kind, directory)
        with running(kind, directory) as system:
            base, start = sink.recipients(), time.monotonic()
            users = [subprocess.Popen(['sh', '-c', script, system.sendmail, system.conf, message])
                     for _ in range(loops)]
            if any([u.wait() for u in users]):
                sys.exit(f'{kind.name}: sendmail failed')
            seconds = time.monotonic() - start
            all_there(kind, sink, base, n)
        return {'submitted/s': n / seconds, 'CPU ms': (system.cpu - unloaded) / n * 1000}
    return run


WORKS = {
    'one': ('one message a session, 20 sessions', relay(20, 1000, 1)),
    'kept': ('100 messages a session, 20 sessions', relay(20, 2000, 100)),
    'large': ('1 MiB messages, 4 sessions', relay(4, 60, 1, size=1 << 20)),
    'rcpts': ('50 recipients a message, 4 sessions', relay(4, 60, 15, rcpts=50, in_flow_delay='0')),
    'latency': ('one message at a time', relay(1, 200, 1)),
    'idle': ('200 idle sessions', idle(200)),
    'sendmail': ('2 loops of sendmail', submit(2, 150)),
}
HIGHER = ('delivered/s', 'sessions/s', 'submitted/s')


def own_world():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    subprocess.run(['mount', '--make-rprivate', '/'], check=True)
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    become_reaper()


def medians(rounds):
    return {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}


def report(what, results):
    print(f'{what}')
    names = list(results)
    print('    %-14s' % '' + ''.join('%12s' % n for n in names) + ('%12s' % 'ratio' if len(names) > 1 else ''))
    for key in results[names[0]]:
        values = [results[n][key] for n in names]
        line = '    %-14s' % key + ''.join('%12.2f' % v for v in values)
        if len(values) > 1:
            line += '%12.2f' % (values[0] / values[1]) if values[1] else ''
            line += '' if key in HIGHER else '  (less is better)'
        print(line, flush=True)


def commit():
    r = subprocess.run(['git', '-C', pathlib.Path(__file__).parent, 'describe', '--always', '--dirty'],
                       capture_output=True, text=True, check=False)
    return r.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description='How fast is Postern?')
    parser.add_argument('-r', '--rounds', type=int, default=3)
    parser.add_argument('-w', '--work', default=','.join(WORKS), help=', '.join(WORKS))
    parser.add_argument('--alone', action='store_true', help='not against Postfix')
    args = parser.parse_args()
    systems = [Postern] + ([Postfix] if Postfix.installed() and not args.alone else [])
    own_world()
    history = OBJ / 'bench'
    history.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir='/var/tmp') as top:
        top = pathlib.Path(top)
        top.chmod(0o755)
        sink = Sink(top)
        try:
            for work in args.work.split(','):
                what, run = WORKS[work]
                rounds = {s.name: [] for s in systems}
                for n in range(args.rounds):
                    for s in systems:
                        place = top / f'{work}{n}{s.name}'
                        place.mkdir(mode=0o755)
                        rounds[s.name].append(run(s, place, sink))
                results = {name: medians(r) for name, r in rounds.items()}
                report(what, results)
                with open(history / 'history.jsonl', 'a') as f:
                    f.write(json.dumps({'when': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
                                        'commit': commit(), 'cpus': os.cpu_count(), 'work': work,
                                        'rounds': args.rounds, **results}) + '\n')
        finally:
            sink.stop()
    print(f'history: {history}/history.jsonl')


if __name__ == '__main__':
    main()
