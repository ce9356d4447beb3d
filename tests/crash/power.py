# SPDX-License-Identifier: ISC
"""power.py NAME - one case of power_test.sh.

Mail passes through an instance whose queue is on a disk that records each
write and each flush (recorder.c), and each 250 that a client or Postern has
got. Afterwards the power is cut: the disk is made as it was at such a moment,
with nothing that had not been flushed, or with some of it, as drives do. On
it must be every message that a client had the 250 for, unless the next server
had it by then."""
import contextlib
import ctypes
import os
import pathlib
import random
import re
import struct
import subprocess
import sys

from cases import CLONE_NEWNS, FAST, V4, ended, network
from instance import OBJTOP, Failed, Instance, check, wait_until
from stream import Receiver, Stream, finished

SIZE = 32 << 20                 # of the disk, as recorder.c has it
MESSAGES = 12                   # of each sender
HONEST = 40                     # flushes, before the disk begins to lie
HEAD = struct.Struct('=cIQ')    # as recorder.c has it
QUEUES = ('active', 'deferred')


def private_mounts():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    subprocess.run(['mount', '--make-rprivate', '/'], check=True)


class Disk:
    """The disk that records, with a file system on it at "path"."""

    def __init__(self, path):
        self.path, self.dir = path, pathlib.Path.cwd() / 'disk'
        self.log = pathlib.Path.cwd() / 'disk.log'

    def __enter__(self):
        self.dir.mkdir()
        self.path.mkdir(mode=0o755)
        self.process = subprocess.Popen([OBJTOP / 'tests/crash/recorder', self.dir, self.log])
        wait_until(lambda: (self.dir / 'disk').exists(), 'the disk that records')
        options = 'nodiscard,lazy_itable_init=0,lazy_journal_init=0'
        subprocess.run(['mkfs.ext4', '-q', '-E', options, self.dir / 'disk'], check=True)
        subprocess.run(['mount', '-o', 'loop', self.dir / 'disk', self.path], check=True)
        return self

    def mark(self, text):
        with open(self.dir / 'mark', 'wb', buffering=0) as f:
            f.write(text.encode())

    def __exit__(self, *_):
        subprocess.run(['umount', self.path, self.dir], check=False)
        self.process.wait(20)


class MarkedReceiver(Receiver):
    def __init__(self, host, disk):
        self.disk = disk
        super().__init__(host)

    def count(self, counts, token):
        super().count(counts, token)
        if self.disk:
            self.disk.mark(f'arrived {token}')  # before Postern has the 250


class Marked(list):
    def __init__(self, disk):
        self.disk = disk
        super().__init__()

    def append(self, token):
        self.disk.mark(f'promised {token}')
        super().append(token)


def records(path):
    with open(path, 'rb') as f:
        while len(head := f.read(HEAD.size)) == HEAD.size:
            kind, length, offset = HEAD.unpack(head)
            yield kind, offset, f.read(length)


class Cut:
    """The disk and what was known when the power failed."""

    def __init__(self, image, promised, arrived):
        self.image, self.promised, self.arrived = image, promised, arrived

    def waiting(self):
        return self.promised - self.arrived


def cuts(path):
    """A cut after each mark, the sharpest moments there are: with nothing
    that was not flushed, and with a part of it."""
    rng = random.Random(4)
    image, pending = bytearray(SIZE), []
    promised, arrived = set(), set()

    def write(to, writes):
        for offset, data in writes:
            to[offset:offset + len(data)] = data
        return to

    for kind, offset, data in records(path):
        if kind == b'W':
            pending.append((offset, data))
        elif kind == b'F':
            write(image, pending)
            pending.clear()
        else:
            what, token = data.decode().split()
            (promised if what == 'promised' else arrived).add(token)
            yield Cut(image, promised, arrived)
            if pending:
                some = [w for w in pending if rng.random() < 0.5]
                yield Cut(write(bytearray(image), some), promised, arrived)


@contextlib.contextmanager
def mounted(cut, path):
    """As at the next boot: the journal is recovered."""
    image = pathlib.Path.cwd() / 'image'
    image.write_bytes(cut.image)
    subprocess.run(['mount', '-o', 'loop', image, path], check=True)
    try:
        yield
    finally:
        subprocess.run(['umount', path], check=True)


def queued_text(postern):
    """All mail in the queue, as postcat shows it: it refuses what is damaged,
    as a file can be that nobody had a 250 for."""
    queue = postern.dir / 'queue'
    files = [f for d in QUEUES for f in (queue / d).rglob('*') if f.is_file()]
    files += [queue / f for f in finished(postern)]
    return postern.run('postcat', *files, ok=False).stdout if files else ''


def verify(postern, cut):
    there = set(re.findall(r'^Subject: (\S+)$', queued_text(postern), re.M))
    lost = cut.waiting() - there
    check(not lost, f'of {len(cut.promised)} promised, {len(cut.arrived)} arrived, '
          f'{len(there)} queued are lost: {sorted(lost)[:5]}')


def recorded(queue):
    """A stream of mail from its first to its last message, on such a disk."""
    network()
    private_mounts()
    with Disk(queue) as disk:
        sink = MarkedReceiver(V4, disk)
        postern = Instance(FAST + 'message_size_limit = 1000000\n')
        with postern, Stream(sink, limit=MESSAGES) as stream:
            for s in stream.senders:
                s.accepted = Marked(disk)
            stream.wait_done()
            stream.check(postern)
            postern.stop()
            ended(postern)
    sink.disk = None
    return postern, sink, disk.log


def go_on(postern, sink, cut):
    """The system starts on what was left and delivers it."""
    sink.got.clear()
    sink.bounces.clear()
    left = cut.waiting()
    with postern:
        wait_until(lambda: not sink.missing(left), lambda: f'missing {sink.missing(left)}', 60)
        check(not sink.wrong, f'damaged: {sink.wrong[:2]}')
        postern.stop()
        ended(postern)


def cut_power():
    queue = pathlib.Path.cwd() / 'queue'
    postern, sink, log = recorded(queue)
    n, worst = 0, None
    for cut in cuts(log):
        with mounted(cut, queue):
            verify(postern, cut)
        n += 1
        if worst is None or len(cut.waiting()) > len(worst.waiting()):
            worst = Cut(bytes(cut.image), set(cut.promised), set(cut.arrived))
    check(n >= 3 * MESSAGES, f'only {n} cuts')
    with mounted(worst, queue):
        go_on(postern, sink, worst)
    print(f'{n} cuts, at most {len(worst.waiting())} messages waited')


def lying():
    queue = pathlib.Path.cwd() / 'queue'
    postern, _, log = recorded(queue)
    lies = pathlib.Path.cwd() / 'lies.log'
    with open(lies, 'wb') as f:
        flushes = 0
        for kind, offset, data in records(log):
            flushes += kind == b'F'
            if kind != b'F' or flushes < HONEST:
                f.write(HEAD.pack(kind, len(data), offset) + data)
    for cut in cuts(lies):
        with mounted(cut, queue):
            try:
                verify(postern, cut)
            except Failed as e:
                print(f'seen: {e}')
                return
    check(False, 'mail was lost and nobody saw it')


if __name__ == '__main__':
    os.umask(0o022)
    {'cut_power': cut_power, 'lying': lying}[sys.argv[1]]()
