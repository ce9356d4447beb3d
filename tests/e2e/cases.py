# SPDX-License-Identifier: ISC
"""cases.py NAME - one case; see relay_test.sh for what each is about."""
import contextlib
import gzip
import pathlib
import re
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import nameserver  # noqa: E402
from instance import (Client, Failed, Instance, Proc, SRCTOP, Sink, check,  # noqa: E402
                      own_network, wait_until)

V4, V6 = '127.0.0.2', 'fd00::2'
V6_BYTES = nameserver.socket.inet_pton(nameserver.socket.AF_INET6, V6)
BODY = """\
From: Ada <ada@client.example>
To: Charles <charles@four.example>
Subject: over the whole way
Message-ID: <{id}@client.example>

first line
.a line that begins with a dot
last line
"""
STAMP = r'^[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d \S+ '


def network():
    own_network(f'{V6}/128')
    mx = nameserver.mx
    nameserver.ZONE.update({
        ('four.example', nameserver.MX): [mx(10, 'mx.four.example')],
        ('mx.four.example', nameserver.A): [bytes([127, 0, 0, 2])],
        ('six.example', nameserver.MX): [mx(10, 'mx.six.example')],
        ('mx.six.example', nameserver.AAAA): [V6_BYTES],
        ('down.example', nameserver.A): [bytes([127, 0, 0, 3])],
        ('client.example', nameserver.MX): [mx(10, 'mx.four.example')],
        ('1.0.0.127.in-addr.arpa', nameserver.PTR): [nameserver.name('localhost')],
    })
    nameserver.start()


def relay(listen, to, host, addr):
    network()
    sink = Sink(addr)
    with Instance() as postern, Client(listen) as client:
        domain = host.partition('.')[2]
        qid = client.send('ada@client.example', [f'charles@{domain}'], BODY.format(id='r1'))
        client.say('QUIT', '221')
        got = sink.wait()
        check(got.sender == 'ada@client.example', got.sender)
        check(got.rcpts == [f'charles@{domain}'], got.rcpts)
        head, _, body = got.text.partition('\n\n')
        check(body == BODY.format(id='r1').partition('\n\n')[2], f'body {body!r}')
        check(re.search(r'^Received: from client\.example \(\S+ \[' + to + r'\]\)\n'
                        r'\tby mx\.postern\.example \(\S+\) with ESMTP id ' + qid, head, re.M), head)
        log = postern.log
        log.wait(f'postfix/qmgr\\[\\d+\\]: {qid}: removed$')
        for line in (
                rf'postfix/smtpd\[\d+\]: connect from localhost\[{listen}\]$',
                rf'postfix/smtpd\[\d+\]: {qid}: client=localhost\[{listen}\]$',
                rf'postfix/cleanup\[\d+\]: {qid}: message-id=<r1@client\.example>$',
                rf'postfix/qmgr\[\d+\]: {qid}: from=<ada@client\.example>, size=\d+, nrcpt=1 '
                r'\(queue active\)$',
                rf'postfix/smtp\[\d+\]: {qid}: to=<charles@{domain}>, '
                rf'relay={host}\[{addr}\]:25, delay=[\d.]+, delays=[\d.]+/[\d.]+/[\d.]+/[\d.]+, '
                r'dsn=2\.0\.0, status=sent \(250 2\.0\.0 Ok: taken\)$',
                rf'postfix/smtpd\[\d+\]: disconnect from localhost\[{listen}\] ehlo=1 mail=1 '
                r'rcpt=1 data=1 quit=1 commands=5$'):
            log.wait(STAMP + line)
        check(not log.has(r': (warning|error|fatal|panic): (?!.*not part of this version)'),
              'there are warnings')
        for d in 'incoming', 'active', 'deferred', 'defer', 'bounce':
            check(postern.queue(d) == [], f'{d}: {postern.queue(d)}')


def relay_ipv4():
    relay('127.0.0.1', r'127\.0\.0\.1', 'mx.four.example', V4)


def relay_ipv6():
    relay('::1', r'IPv6:::1', 'mx.six.example', V6)


def unknown_domain():
    network()
    sink = Sink(V4)
    with Instance() as postern, Client() as client:
        qid = client.send('ada@client.example', ['nobody@nowhere.invalid.example'], BODY.format(id='b1'))
        got = sink.wait()
        check(got.sender == '' and got.rcpts == ['ada@client.example'], vars(got))
        for text in ('Final-Recipient: rfc822; nobody@nowhere.invalid.example', 'Action: failed',
                     'Status: 5.4.4', 'multipart/report', 'message/delivery-status',
                     'Subject: Undelivered Mail Returned to Sender', 'Subject: over the whole way'):
            check(text in got.text, f'no {text} in {got.text}')
        postern.log.wait(rf'{qid}: to=<nobody@nowhere\.invalid\.example>, relay=none, delay=.*, '
                         r'dsn=5\.4\.4, status=bounced \(Host or domain name not found\. Name '
                         r'service error for name=nowhere\.invalid\.example type=A(AAA)?: Host not '
                         r'found\)$')
        postern.log.wait(rf'postfix/bounce\[\d+\]: {qid}: sender non-delivery notification: \w+$')
        postern.log.wait(rf'{qid}: removed$')


def defer(postern, sink, n=1):
    """A message that the server does not want now; its queue id."""
    sink.answers['RCPT'] = '450 4.2.0 come back later'
    with Client() as client:
        qid = client.send('ada@client.example', ['charles@four.example'], BODY.format(id=f'd{n}'))
    postern.log.wait(rf'{qid}: to=<charles@four\.example>, relay=mx\.four\.example\[127\.0\.0\.2\]:25, '
                     r'.*dsn=4\.2\.0, status=deferred \(host mx\.four\.example\[127\.0\.0\.2\] said: '
                     r'450 4\.2\.0 come back later \(in reply to RCPT TO command\)\)$')
    wait_until(lambda: postern.queue('deferred') == [qid], 'deferred')
    return qid


def deferred_and_flushed():
    network()
    sink = Sink(V4)
    with Instance() as postern:
        qid = defer(postern, sink)
        sink.answers.clear()
        check(not sink.messages, 'it went')
        postern.run('postqueue', '-f')
        sink.wait()
        postern.log.wait(rf'{qid}: removed$')
        check(postern.log.count(rf'{qid}: to=.*status=sent') == 1, 'sent once')


def queue_listing():
    network()
    sink = Sink(V4)
    with Instance() as postern:
        check('Mail queue is empty' in postern.run('postqueue', '-p').out, 'empty')
        qid = defer(postern, sink)
        out = postern.run('postqueue', '-p').stdout
        check(re.search(rf'^{qid} +\d+ [A-Z][a-z]{{2}} .* ada@client\.example$', out, re.M), out)
        check('450 4.2.0 come back later' in out, out)
        check(re.search(r'^ +charles@four\.example$', out, re.M), out)
        check(re.search(r'^-- \d+ Kbytes in 1 Request\.$', out, re.M), out)


def reload_under_load():
    network()
    sink = Sink(V4)
    trouble, sent, end = [], [], threading.Event()

    def load(me):
        n = 0
        while not end.is_set():
            try:
                with Client() as client:
                    n += 1
                    client.send('ada@client.example', ['charles@four.example'],
                                BODY.format(id=f'l{me}.{n}'))
                    sent.append(f'l{me}.{n}')
                    client.say('QUIT', '221')
            except (OSError, Failed) as e:
                trouble.append(repr(e))

    with Instance() as postern:
        threads = [threading.Thread(target=load, args=(i,)) for i in range(3)]
        for t in threads:
            t.start()
        try:
            for i in range(5):
                before = len(sent)
                postern.run('postern', 'reload')
                wait_until(lambda: postern.log.count('reload -- version') == i + 1, 'reload')
                wait_until(lambda: len(sent) > before + 5 or trouble, 'mail goes on')
        finally:
            end.set()
            for t in threads:
                t.join()
        check(not trouble, trouble[:3])
        sink.wait(len(sent), 60)
        ids = {re.search(r'<(l\d+\.\d+)@', m.text).group(1) for m in sink.messages}
        check(ids == set(sent), f'lost: {set(sent) - ids}')
        wait_until(lambda: list(postern.processes().values()).count('qmgr') == 1,
                   'the old generation has gone')


def stop_and_start():
    network()
    sink = Sink(V4)
    with Instance() as postern:
        qid = defer(postern, sink)
        check(postern.run('postern', 'status').returncode == 0, 'runs')
        postern.stop()
        check(postern.run('postern', 'status', ok=False).returncode != 0, 'has stopped')
        wait_until(lambda: not postern.processes(), 'no process is left')
        check(not postern.listens('127.0.0.1'), 'nobody listens')
        check(postern.queue('deferred') == [qid], 'the mail is still there')
        sink.answers.clear()
        postern.start()
        with Client() as client:
            client.send('ada@client.example', ['charles@four.example'], BODY.format(id='s2'))
        check('<s2@' in sink.wait().text, 'new mail goes')


NEW = STAMP + r'postfix/postlog\[\d+\]: new$'


def confined():
    """/proc of each process, while mail passes: what SECURITY.md says of it."""
    network()
    sink = Sink(V4)
    role_of = {}

    def look(p):
        if p.role == 'launcher':    # setuid setgid sys_chroot kill; no filter: users' programs inherit
            p.is_('CapPrm', '00000000000400e0').is_('CapEff', '00000000000400e0')
            return
        p.is_('Seccomp', '2').is_('NoNewPrivs', '1')
        check(not p.maps('w', 'x'), f'{p}: memory that is written and executed')
        if p.role in ('master', 'warden'):
            return
        for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
            p.is_(kind, '0' * 16)
        check('0' not in p.status['Groups'].split() + p.status['Gid'].split(), f'{p}: group 0')
        uid = p.status['Uid'].split()
        check(len(set(uid)) == 1 and uid[0] != '0', f'{p}: uid {uid}')
        check(role_of.setdefault(uid[0], p.role) == p.role, f'{p}: uid of {role_of[uid[0]]}')
        check(p.link('root') != '/', f'{p}: root is /')
        check((p.link('ns/net') == Proc('self').link('ns/net')) == (p.role in ('dial', 'resolver')),
              f'{p}: network')

    with Instance() as postern, Client() as client:
        client.send('ada@client.example', ['charles@four.example'], BODY.format(id='c1'))
        sink.wait()
        for pid, role in postern.processes().items():
            with contextlib.suppress(FileNotFoundError):    # a worker that is done
                look(Proc(pid, role))
        check({'smtpd', 'cleanup', 'qmgr', 'smtp', 'dial', 'resolver'} <= set(role_of.values()),
              role_of)


def log_file():
    network()
    with Instance() as postern:
        postern.log.wait(STAMP + r'postfix/master\[\d+\]: daemon started -- version \S+, '
                         rf'configuration {postern.conf}$')
        out = postern.run('postlog', 'a', 'line').stderr
        check(out == 'postlog: a line\n', out)
        postern.log.wait(STAMP + r'postfix/postlog\[\d+\]: a line$')
        postern.run('postlog', '-t', 'script', '-p', 'warn', stdin='one\ntwo\x01\nthree')
        for word in 'one', r'two\?', 'three':
            postern.log.wait(STAMP + rf'script\[\d+\]: warning: {word}$')
        check((postern.dir / 'maillog').stat().st_mode & 0o777 == 0o600, 'mode')
        postern.run('postern', 'logrotate')
        old, = postern.dir.glob('maillog.*')
        check(re.fullmatch(r'maillog\.\d{8}-\d{6}\.gz', old.name), old.name)
        check(b': a line\n' in gzip.decompress(old.read_bytes()), 'the old lines')

        def is_new():
            """Until the next postlogd has taken over, lines go to the old file."""
            postern.run('postlog', 'new')
            return postern.log.has(NEW)
        wait_until(is_new, 'a line in the new file')
        check(not postern.log.has(': a line$'), 'a new file')
        postern.stop()
        postern.run('postconf', '-e', 'maillog_file_compressor=', 'maillog_file_rotate_suffix=old')
        postern.run('postern', 'logrotate')
        check(re.search(NEW, (postern.dir / 'maillog.old').read_text(), re.M), 'not compressed')
        postern.run('postlog', 'without a system')
        postern.log.wait(STAMP + r'postfix/postlog\[\d+\]: without a system$')


def no_relay_barrier():
    """What smtpd will not run with is said when a client comes, as often as
    one comes and the throttle lets it; nothing runs before."""
    network()
    with Instance('smtpd_relay_restrictions = permit\nsmtpd_recipient_restrictions =\n'
                  'service_throttle_time = 1s\n', start=False) as postern:
        postern.run('postern', 'start')
        postern.log.wait(r'daemon started')
        check('smtpd' not in postern.processes().values(), 'smtpd runs without a client')
        for n in 1, 2:
            with socket.create_connection(('127.0.0.1', 25)):
                wait_until(lambda: postern.log.count(  # noqa: B023
                    r'postfix/smtpd\[\d+\]: fatal: in parameter smtpd_relay_restrictions or '
                    r'smtpd_recipient_restrictions, specify at least one working instance of: ') >= n,
                    f'fatal line {n}')
        postern.log.wait(r'postfix/master\[\d+\]: warning: process \S+/smtpd pid \d+ exit status 75$')
        postern.log.wait(r'postfix/master\[\d+\]: warning: \S+/smtpd: bad command startup -- throttling')
        postern.run('postconf', '-X', 'smtpd_relay_restrictions', 'smtpd_recipient_restrictions')
        postern.run('postern', 'reload')
        wait_until(lambda: postern.log.count('reload -- version') == 1, 'reload')
        with Client() as client:
            client.say('QUIT', '221')


FILTERED = """\
scan unix - - n - - smtp
  -o syslog_name=postfix/scan
127.0.0.1:10026 inet n - n - - smtpd
  -o content_filter= -o smtpd_sender_restrictions=
"""


def content_filter():
    """What an after-queue filter gets has not yet been to the next hop; FILTER
    of an access table goes before content_filter."""
    network()
    sink, first, second = Sink(V4), Sink(V4, 10025), Sink(V4, 10027)
    master_cf = (SRCTOP / 'etc/master.cf').read_text() + FILTERED
    with Instance('content_filter = scan:[127.0.0.2]:10025\n'
                  'smtpd_sender_restrictions = check_sender_access inline:'
                  '{ { other@client.example = FILTER scan:[127.0.0.2]:10027 } }\n',
                  master_cf) as postern:
        for sender, scanner in ('ada@client.example', first), ('other@client.example', second):
            with Client() as client:
                qid = client.send(sender, ['charles@four.example'], BODY.format(id='f1'))
            got = scanner.wait()
            check(got.sender == sender and not sink.messages, 'it went past the filter')
            postern.log.wait(rf'postfix/scan/smtp\[\d+\]: {qid}: to=<charles@four\.example>, '
                             rf'relay=127\.0\.0\.2\[127\.0\.0\.2\]:{scanner.port}, .*status=sent')
        with Client(port=10026) as client:
            client.send(got.sender, got.rcpts, got.text)
        check(sink.wait().sender == 'other@client.example', 'from the filter to the next hop')
        check(len(first.messages) == len(second.messages) == 1, 'filtered once')


def notices():
    """Success at a server without DSN, discarded mail, and the sender of what
    goes to the postmaster."""
    network()
    sink = Sink(V4)
    with Instance('myorigin = client.example\nnotify_classes = bounce, 2bounce\n'
                  'transport_maps = inline:{ { disc.example = discard:gone } }\n'
                  'smtp_line_length_limit = 100\n') as postern:
        sink.answers['EHLO'] = '250-sink.example\r\n250 8BITMIME'

        def send(sender, rcpt, params='', body='x'):
            with Client() as client:
                client.say('EHLO client.example')
                client.say(f'MAIL FROM:<{sender}>')
                client.say(f'RCPT TO:<{rcpt}> {params}')
                client.say('DATA', '354')
                client.say(f'Subject: n\r\n\r\n{body}\r\n.')

        def notice(want, sender=''):
            """The message with that line, of that sender."""
            def find():
                return [m for m in sink.messages if want in m.text]
            got, = wait_until(find, f'a message with {want}')
            check(got.sender == sender, got.sender)
            return got.text

        send('ada@client.example', 'a@four.example', 'NOTIFY=SUCCESS', 'y' * 120)
        text = notice('Final-Recipient: rfc822; a@four.example')
        for line in ('<a@four.example>: delivery via mx.four.example[127.0.0.2]:25: 250 2.0.0 Ok:\n    taken',
                     'Action: relayed', 'From: Mail Delivery System <MAILER-DAEMON@client.example>',
                     'Return-Path: <ada@client.example>'):
            check(f'\n{line}\n' in text, f'{line}: {text}')
        postern.log.wait(r'postfix/smtp\[\d+\]: \w+: breaking line > 100 bytes with <CR><LF>SPACE$')
        send('ada@client.example', 'b@disc.example', 'NOTIFY=SUCCESS')
        check('\nAction: delivered\n' in notice('\n<b@disc.example>: gone\n'), 'delivered')
        sink.answers['RCPT'] = '550 5.1.1 nobody'
        sink.verdict = lambda verb, path, text: (
            sink.answers['RCPT'] if verb == 'RCPT' and 'postmaster' not in path else
            sink.answers.get(verb, text) if verb != 'RCPT' else text)
        send('ada@client.example', 'c@four.example')
        double = 'double-bounce@mx.postern.example'
        check('X-Postfix-Sender: rfc822; MAILER-DAEMON@mx.postern.example\n' in
              notice('Final-Recipient: rfc822; ada@client.example', double), '2bounce')
        # Undeliverable notices to the postmaster end here.
        sink.verdict = lambda verb, path, text: sink.answers.get(verb, text)
        send('', 'd@four.example')
        postern.log.wait(r'undeliverable postmaster notification discarded$')
        wait_until(lambda: not postern.queue('deferred') + postern.queue('active'), 'an empty queue')


if __name__ == '__main__':
    start = time.monotonic()
    {f.__name__: f for f in (
        relay_ipv4, relay_ipv6, unknown_domain, deferred_and_flushed, queue_listing,
        reload_under_load, stop_and_start, confined, log_file,
        no_relay_barrier, content_filter, notices)}[sys.argv[1]]()
    print(f'{time.monotonic() - start:.1f} s')
