# SPDX-License-Identifier: ISC
"""cases.py NAME - one case; see hostile_test.sh for what each is about.

Whatever the peer does: there is an outcome that somebody can read, in a
reply or in the log, no process grows without bound, and the next one is
served."""
import contextlib
import pathlib
import random
import re
import socket
import struct
import sys
import threading
import time

import nameserver
from instance import Client, Failed, Instance, Sink, check, own_network, wait_until

GOOD = '127.0.0.2'
SENDER, RCPT = 'ada@client.example', 'charles@good.example'
CONTENT = 'From: ada@client.example\nSubject: {}\n\nfirst line\n'
MEMORY_KB = 24 * 1024
FAST = """\
minimal_backoff_time = 300s
smtpd_error_sleep_time = 0
resolver_timeout = 5s
"""


def domain(name, address):
    mx = f'mx.{name}'
    nameserver.ZONE[name, nameserver.MX] = [nameserver.mx(10, mx)]
    nameserver.ZONE[mx, nameserver.A] = [socket.inet_aton(address)]


def network():
    own_network()
    domain('good.example', GOOD)
    domain('client.example', GOOD)
    nameserver.ZONE['1.0.0.127.in-addr.arpa', nameserver.PTR] = [nameserver.name('localhost')]
    nameserver.start()


def peaks(postern):
    """role: the most memory (KB) that a process of it has had until now."""
    most = {}
    for pid, name in postern.processes().items():
        with contextlib.suppress(OSError, AttributeError):
            text = pathlib.Path(f'/proc/{pid}/status').read_text()
            most[name] = max(most.get(name, 0), int(re.search(r'VmHWM:\s+(\d+)', text).group(1)))
    return most


def check_memory(postern, *roles):
    most = peaks(postern)
    for role in roles:
        check(0 < most.get(role, 0) < MEMORY_KB, f'{role}: {most.get(role)} KB')


def served(postern, sink, subject):
    """A good client gets its message through."""
    with Client() as client:
        client.send(SENDER, [RCPT], CONTENT.format(subject))
        client.say('QUIT', '221')
    wait_until(lambda: any(f'Subject: {subject}' in m.text for m in sink.messages),
               f'{subject} arrives')
    check(not postern.log.has(r': (fatal|panic): '), 'somebody died')
    check(not postern.log.has(r'killed by'), 'somebody was killed')


class Flood:
    """Sends while replies are read, so that neither side blocks the other."""

    def __init__(self, client, data):
        self.client = client
        self.thread = threading.Thread(target=self.run, args=(data,), daemon=True)
        self.thread.start()

    def run(self, data):
        with contextlib.suppress(OSError):
            self.client.sock.sendall(data)

    def replies(self, until=None):
        """All of them, up to the end of the connection or to "until"."""
        found = []
        with contextlib.suppress(OSError, Failed):
            while not found or not (until and found[-1].startswith(until)):
                found.append(self.client.reply())
        return found


def client_noise():
    network()
    sink = Sink(GOOD)
    r = random.Random(1)
    noise = {
        'bytes': r.randbytes(200000),
        'lines': b''.join(r.randbytes(40).replace(b'\n', b'') + b'\r\n' for _ in range(3000)),
        'nuls': b'\0\r\n' * 1000,
        'tls': b'\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03' + r.randbytes(500),
        'http': b'GET / HTTP/1.1\r\nHost: mx\r\n\r\n',
        'line': b'x' * (1 << 20) + b'\r\n',
        'address': b'EHLO x\r\nMAIL FROM:<' + b'a' * (1 << 20) + b'@b.example>\r\n',
        'ehlo': b'EHLO ' + b'a.' * (1 << 19) + b'\r\n',
        'bare': b'EHLO x\nMAIL FROM:<>\n' + b'\n' * 1000,
    }
    with Instance(FAST) as postern:
        for name, data in noise.items():
            with Client() as client:
                flood = Flood(client, data)
                flood.thread.join(20)
                check(not flood.thread.is_alive(), f'{name}: is not read')
                with contextlib.suppress(OSError):
                    check_memory(postern, 'smtpd')
                    client.sock.shutdown(socket.SHUT_WR)
                replies = flood.replies()
                check(all(re.match(r'[2-5]\d\d[ -]', x) for x in replies), f'{name}: {replies[-1:]}')
                if name not in ('bare', 'tls', 'http'):
                    check(any(x[0] in '45' for x in replies), f'{name}: {replies}')
        # A line of that length is content like any other.
        with Client() as client:
            client.send(SENDER, [RCPT], CONTENT.format('long') + 'x' * (1 << 20) + '\n')
            check_memory(postern, 'smtpd', 'cleanup')
        got = sink.wait(1)
        check(got.text.partition('\n\n')[2].count('x') == 1 << 20, 'the line is complete')
        served(postern, sink, 'after noise')
        ends = postern.log.count(r'smtpd\[\d+\]: disconnect from localhost\[127\.0\.0\.1\]')
        check(ends >= len(noise), f'{ends} sessions have ended')
        check_memory(postern, 'qmgr', 'smtp', 'trivial-rewrite', 'resolver', 'anvil')


def client_crowd():
    network()
    sink = Sink(GOOD)
    with Instance(FAST) as postern:
        rcpts = [f'r{n}@good.example' for n in range(10000)]
        with Client() as client:
            client.say('EHLO client.example')
            client.say(f'MAIL FROM:<{SENDER}>')
            flood = Flood(client, b''.join(f'RCPT TO:<{r}>\r\n'.encode() for r in rcpts))
            replies = flood.replies(until='421')
            flood.thread.join(20)
            check_memory(postern, *(r for r in ('smtpd', 'cleanup') if r in peaks(postern)))
        taken = [x for x in replies if x.startswith('250')]
        over = [x for x in replies if x.startswith('452 4.5.3')]
        check(len(taken) == 1000, f'{len(taken)} taken')
        check(over and len(taken) + len(over) + (replies[-1].startswith('421')) == len(replies),
              f'{len(over)} refused, then {replies[-1]}')
        # As many as are allowed, each of them once.
        with Client() as client:
            client.send(SENDER, rcpts[:1000], CONTENT.format('crowd'))
            check_memory(postern, 'smtpd', 'cleanup', 'qmgr')
        wait_until(lambda: sum(len(m.rcpts) for m in sink.messages) >= 1000, 'all arrive', 40)
        came = sorted(r for m in sink.messages for r in m.rcpts)
        check(came == sorted(rcpts[:1000]), f'{len(came)} came')
        served(postern, sink, 'after the crowd')
        check_memory(postern, 'qmgr', 'trivial-rewrite')


DIALOGUE = [b'EHLO client.example\r\n', b'MAIL FROM:<ada@client.example>\r\n',
            b'RCPT TO:<charles@good.example>\r\n', b'DATA\r\n',
            b'Subject: left@%d.\r\n\r\ntext\r\n..\r\n.\r\n', b'QUIT\r\n']
STEP = 1


def leave_at(position, hard):
    """Play the dialogue, close after so many bytes of it."""
    with Client() as client:
        left = position
        for line in DIALOGUE:
            line = line.replace(b'%d', b'%d' % position)
            client.sock.sendall(line[:left])
            if left <= len(line):
                break
            left -= len(line)
            client.reply()
        if hard:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


def client_leaves():
    network()
    sink = Sink(GOOD)
    whole = len(b''.join(DIALOGUE[:-1])) + 1       # %d has three digits
    with Instance(FAST) as postern:
        positions = range(0, whole + len(DIALOGUE[-1]), STEP)
        for position in positions:
            leave_at(position, hard=position % 2)
        wait_until(lambda: postern.log.count(r'smtpd\[\d+\]: disconnect from ') >= len(positions),
                   'all sessions have ended')
        served(postern, sink, 'after all')
        came = {int(n) for m in sink.messages for n in re.findall(r'^Subject: left@(\d+)\.', m.text, re.M)}
        check(all(p >= whole for p in came), f'came: {sorted(came)}, the whole is {whole}')
        # Once the end of data has been read it is a message: the last of
        # them say QUIT, and have read the 250 before.
        check(came >= set(positions[-(len(DIALOGUE[-1]) - 1):]), f'came: {sorted(came)}')
        wait_until(lambda: not postern.queue('incoming') + postern.queue('active'), 'nothing is left')
        for what in 'EHLO', 'MAIL', 'RCPT', 'DATA':
            check(postern.log.has(rf'lost connection after {what} '), f'a line for {what}')


def client_idle():
    network()
    sink = Sink(GOOD)
    with Instance(FAST + 'default_process_limit = 20\nsmtpd_timeout = 3s\n') as postern:
        with contextlib.ExitStack() as stack:
            idle = []
            for _ in range(60):
                sock = stack.enter_context(socket.create_connection(('127.0.0.1', 25), 20))
                idle.append(sock)
            postern.log.wait(r'warning: service "smtp" \(.*\) has reached its process limit "20"')
            workers = list(postern.processes().values()).count('smtpd')
            check(workers <= 21, f'{workers} processes')
            served(postern, sink, 'among the idle')
            first = idle[0].makefile('rb')
            check(first.readline().startswith(b'220 '), 'greeting')
            check(first.readline().startswith(b'421 4.4.2 '), 'the end')
            check(first.readline() == b'', 'closed')
        postern.log.wait(r'smtpd\[\d+\]: NOQUEUE: timeout after CONNECT from localhost\[127\.0\.0\.1\]')
        check_memory(postern, 'smtpd', 'anvil', 'resolver')


class Server:
    """Does to each connection what the function does."""

    def __init__(self, address, fn):
        self.fn = fn
        self.listener = socket.create_server((address, 25), backlog=20)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            conn = self.listener.accept()[0]
            threading.Thread(target=self.session, args=(conn,), daemon=True).start()

    def session(self, conn):
        with contextlib.suppress(OSError), conn:
            self.fn(conn)


def until_closed(conn):
    while conn.recv(65536):
        continue


def says(text, at='CONNECT'):
    """A server that says that at one step, and is well-behaved before."""
    def fn(conn):
        f = conn.makefile('rb')
        for verb in 'CONNECT', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.':
            if verb == '.':
                while f.readline() not in (b'.\r\n', b''):
                    continue
            elif verb != 'CONNECT':
                f.readline()
            if verb == at:
                if text is not None:
                    conn.sendall(text)
                break
            conn.sendall({'CONNECT': b'220 x ESMTP\r\n', 'DATA': b'354 x\r\n'}.get(verb, b'250 x\r\n'))
        until_closed(conn)
    return fn


class SlowSink(Sink):
    """Says each byte by itself."""

    class Slow:
        def __init__(self, conn):
            self.conn = conn

        def sendall(self, data):
            for n in data:
                self.conn.sendall(bytes([n]))
                time.sleep(0.002)       # the slowness itself, not a wait

    def dialogue(self, conn, f):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().dialogue(self.Slow(conn), f)


SENT, DEFERRED, BOUNCED, ANY = 'sent', 'deferred', 'bounced', 'sent|deferred|bounced'
NOISE = random.Random(3).randbytes(200000)
# What the server does, what becomes of the message, and with which words.
SERVERS = {
    'junk': (says(NOISE), 'deferred|bounced', ''),
    'text': (says(b'hello\r\nthis is no smtp\r\n'), 'deferred|bounced', ''),
    'noisy-mail': (says(NOISE, 'MAIL'), 'deferred|bounced', ''),
    'mute': (says(None), DEFERRED, 'timed out while receiving the initial server greeting'),
    'mute-ehlo': (says(None, 'EHLO'), DEFERRED, 'timed out while performing the (EHLO|HELO) handshake'),
    'mute-mail': (says(None, 'MAIL'), DEFERRED, 'timed out while sending MAIL FROM'),
    'mute-rcpt': (says(None, 'RCPT'), DEFERRED, 'timed out while sending RCPT TO'),
    'mute-data': (says(None, 'DATA'), DEFERRED, 'timed out while sending DATA command'),
    'mute-end': (says(None, '.'), DEFERRED, 'timed out while sending end of data'),
    'half': (says(b'220 x'), DEFERRED, 'timed out'),
    'long-line': (says(b'220 ' + b'x' * 100000 + b'\r\n'), ANY, ''),
    'long-no': (says(b'550 5.1.1 ' + b'x' * 100000 + b'\r\n', 'RCPT'), 'deferred|bounced', ''),
    'many-lines': (says(b'250-x\r\n' * 15000 + b'250 x\r\n', 'MAIL'), ANY, ''),
    'no-end': (says(b'250-' + b'x' * 500 + b'\r\n' + b'250-x\r\n' * 700000, 'EHLO'), DEFERRED, ''),
    'codes': (says(b'999 x\r\n', 'RCPT'), 'deferred|bounced', ''),
    'early': (says(b'220 x\r\n250 x\r\n250 x\r\n250 x\r\n354 x\r\n250 x\r\n'), ANY, ''),
    'closes': (lambda conn: None, DEFERRED, 'lost connection|refused|reset'),
    'resets': (lambda conn: conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                            struct.pack('ii', 1, 0)), DEFERRED, ''),
}
SHORT = ''.join(f'smtp_{step}_timeout = 2s\n' for step in (
    'connect', 'helo', 'mail', 'rcpt', 'data_init', 'data_xfer', 'data_done', 'rset', 'quit'))


def servers():
    network()
    sink, slow = Sink(GOOD), SlowSink('127.0.0.3')
    domain('slow.example', '127.0.0.3')
    for n, (name, (fn, _, _)) in enumerate(SERVERS.items()):
        domain(f'{name}.example', f'127.0.1.{n + 1}')
        Server(f'127.0.1.{n + 1}', fn)
    with Instance(FAST + SHORT) as postern:
        most = {}
        with Client() as client:
            ids = {name: client.send(SENDER, [f'c@{name}.example'], CONTENT.format(name))
                   for name in SERVERS}
            client.send(SENDER, ['c@slow.example'], CONTENT.format('slowly'))
        served(postern, sink, 'among the bad')

        def outcomes():
            for role, size in peaks(postern).items():
                most[role] = max(most.get(role, 0), size)
            text = postern.log.text()
            return {name: re.search(rf'{qid}: to=.*status=(\w+) \((.*)\)$', text, re.M)
                    for name, qid in ids.items()}
        wait_until(lambda: all(outcomes().values()),
                   lambda: f'no outcome: {[n for n, m in outcomes().items() if not m]}', 40)
        for name, m in outcomes().items():
            want, words = SERVERS[name][1:]
            check(re.fullmatch(want, m.group(1)) and re.search(words, m.group(2)),
                  f'{name}: {m.group(0)[:500]}')
            check(len(m.group(0)) < 3000, f'{name}: a line of {len(m.group(0))}')
        check('Subject: slowly' in slow.wait().text, 'the slow one has it')
        for role in 'smtp', 'qmgr', 'dial', 'resolver', 'cleanup', 'bounce', 'postlogd':
            check(most.get(role, 0) < MEMORY_KB, f'{role}: {most[role]} KB')
        served(postern, sink, 'after the bad')


def relay_ipv6():
    network()
    sink = Sink('::1', 2525)
    with Instance(FAST + 'relayhost = [::1]:2525\n') as postern:
        with Client('::1') as client:
            qid = client.send(SENDER, [RCPT], CONTENT.format('six'))
        got = sink.wait()
        check(got.rcpts == [RCPT] and 'Subject: six' in got.text, got.text)
        postern.log.wait(rf'{qid}: client=\S+\[::1\]$')
        postern.log.wait(rf'{qid}: to=<{RCPT}>, relay=::1\[::1\]:2525, .*status=sent')
        postern.log.wait(rf'{qid}: removed$')


if __name__ == '__main__':
    start = time.monotonic()
    {f.__name__: f for f in (
        client_noise, client_crowd, client_leaves, client_idle, servers, relay_ipv6)}[sys.argv[1]]()
    print(f'{time.monotonic() - start:.1f} s')
