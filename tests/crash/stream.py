# SPDX-License-Identifier: ISC
"""A stream of messages whose fate is known to the last byte.

Each has a token, from which all of it follows: content, recipient and what
has to become of it. A sender repeats a message until it has the 250, as a
real client does; so a message may arrive twice, but never in parts, and none
that was answered may be missing."""
import hashlib
import random
import re
import threading
import time

from instance import WAIT, Client, Failed, Sink, check, wait_until

SENDER = 'ada@client.example'
# What the server says to the recipient's name: nothing, no, or not yet.
GOOD, BAD, LATER = 'good', 'bad', 'later'


def body_of(token):
    """Some hundred bytes, or some hundred kilobytes; never the same."""
    r = random.Random(token)
    size = r.choice((3, 10, 30, 100, 3000))
    lines = [f'begin {token}']
    lines += [r.choice(('', '.', '..', 'From ')) + ('%0*x' % (r.randrange(2, 70), r.getrandbits(280)))
              for _ in range(size)]
    return '\n'.join(lines + [f'end {token}', ''])


def message_of(token):
    return (f'From: <{SENDER}>\nSubject: {token}\nMessage-ID: <{token}@client.example>\n'
            f'Date: Tue, 3 Nov 2026 10:00:00 +0000\n\n' + body_of(token))


def rcpt_of(token):
    return f'{token.partition("-")[0]}.{token.partition("-")[2]}@four.example'


class Receiver(Sink):
    """Counts by token. To "later" it says 450 once, to "bad" always 550."""

    def __init__(self, host):
        self.got = {}           # token: how often
        self.bounces = {}
        self.wrong = []
        self.put_off = set()
        super().__init__(host)

    def verdict(self, verb, path, text):
        name = path.partition('.')[0]
        if verb != 'RCPT':
            return super().verdict(verb, path, text)
        if name == BAD:
            return '550 5.1.1 nobody has that name'
        if name == LATER and path not in self.put_off:
            self.put_off.add(path)
            return '450 4.2.0 not now'
        return text

    def arrived(self, m):
        head, _, body = m.text.partition('\n\n')
        subject = re.search(r'^Subject: (\S+)$', head, re.M)
        if m.sender == '':
            found = re.search(rf'^Subject: ({BAD}-\S+)$', body, re.M)
            if not found or m.rcpts != [SENDER] or not body.rstrip().endswith('--'):
                self.wrong.append(f'notice {m.rcpts}: {m.text}')
            else:
                self.count(self.bounces, found.group(1))
            return
        token = subject.group(1) if subject else ''
        if body != body_of(token) or m.sender != SENDER or m.rcpts != [rcpt_of(token)]:
            self.wrong.append(f'{m.sender} {m.rcpts} {head} ({len(body)} bytes, '
                              f'{hashlib.sha256(body.encode()).hexdigest()})')
        self.count(self.got, token)

    @staticmethod
    def count(counts, token):
        counts[token] = counts.get(token, 0) + 1

    def missing(self, tokens):
        with self.lock:
            return [t for t in tokens
                    if t not in (self.bounces if t.startswith(BAD) else self.got)]


class Sender(threading.Thread):
    """Sends tokens in sessions of "each" messages until it is told to stop,
    or all of "limit" messages."""

    def __init__(self, name, limit=0, each=4):
        super().__init__(daemon=True)
        self.name, self.limit, self.each = name, limit, each
        self.accepted = []
        self.refused = []
        self.ended = threading.Event()
        self.serial = 0

    def next_token(self):
        self.serial += 1
        kind = (GOOD, GOOD, LATER, GOOD, BAD)[self.serial % 5]
        return f'{kind}-{self.name}x{self.serial}'

    def over(self):
        return self.ended.is_set() or (self.limit and len(self.accepted) >= self.limit)

    def session(self, token):
        """What is to be sent next."""
        with Client(timeout=10) as client:
            for _ in range(self.each):
                client.send(SENDER, [rcpt_of(token)], message_of(token))
                self.accepted.append(token)
                token = self.next_token()
                if self.over():
                    break
            client.say('QUIT', '221')
        return token

    def run(self):
        token = self.next_token()
        while not self.over():
            before = len(self.accepted)
            try:
                token = self.session(token)
            except (OSError, Failed) as e:
                if re.search(r': 5\d\d', str(e)):
                    self.refused.append(f'{token}: {e}')
                if len(self.accepted) > before:
                    token = self.next_token()
                # Not faster than clients come back, and not in step.
                self.ended.wait(0.05)


class Stream:
    """Several senders. with Stream(...) as s: things happen; then s.check()."""

    def __init__(self, sink, name='s', senders=3, limit=0, each=4):
        self.sink = sink
        self.senders = [Sender(f'{name}{i}', limit, each) for i in range(senders)]

    def __enter__(self):
        for s in self.senders:
            s.start()
        return self

    def __exit__(self, kind, *_):
        self.stop()

    def stop(self):
        for s in self.senders:
            s.ended.set()
        for s in self.senders:
            s.join(60)
            check(not s.is_alive(), 'a sender hangs')

    def accepted(self):
        return [t for s in self.senders for t in s.accepted]

    def wait_done(self, seconds=60):
        """All senders have sent what they had to send."""
        wait_until(lambda: all(not s.is_alive() for s in self.senders),
                   lambda: f'all sent: {len(self.accepted())}', seconds)

    def wait_progress(self, n, seconds=2 * WAIT):
        """So many more messages have been answered and as many have arrived."""
        sent, came = len(self.accepted()), len(self.sink.got)
        wait_until(lambda: len(self.accepted()) >= sent + n and len(self.sink.got) >= came + n,
                   lambda: f'{n} more: {len(self.accepted()) - sent} sent, '
                   f'{len(self.sink.got) - came} came', seconds)

    def check(self, postern, seconds=60):
        """The end: all that was answered is there, whole, and nothing else."""
        tokens = self.accepted()
        check(not [r for s in self.senders for r in s.refused],
              [r for s in self.senders for r in s.refused][:3])
        wait_until(lambda: not self.sink.missing(tokens),
                   lambda: f'of {len(tokens)} are missing {self.sink.missing(tokens)[:5]}', seconds)
        check(not self.sink.wrong, f'{len(self.sink.wrong)} are damaged: {self.sink.wrong[:2]}')
        wait_until(lambda: not queued(postern), lambda: f'still queued: {queued(postern)[:5]}', 30)


def queued(postern):
    return [f'{d}/{f}' for d in ('active', 'deferred', 'corrupt', 'hold', 'bounce', 'defer', 'trace')
            for f in postern.queue(d)] + finished(postern)


def finished(postern):
    """Of incoming/ what is not a writer's left-over: those go at the start."""
    found = []
    for f in (postern.dir / 'queue/incoming').iterdir():
        try:
            if f.stat().st_mode & 0o777 != 0o600:
                found.append(f'incoming/{f.name}')
        except FileNotFoundError:
            continue
    return found


def seconds_since(start):
    return f'{time.monotonic() - start:.1f} s'
