# SPDX-License-Identifier: ISC
"""local_cases.py NAME - one case; see local_test.sh. The users are those of an
/etc/passwd that this process alone sees."""
import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from cases import BODY, network  # noqa: E402
from instance import Client, Instance, Sink, check, wait_until  # noqa: E402
from lmtp_cases import Store  # noqa: E402

CLONE_NEWNS = 0x20000
USERS = {'alice': 6001, 'bob': 6002, 'carol': 6003}
MAIN = """\
mydestination = here.example
myorigin = here.example
local_recipient_maps =
recipient_delimiter = +
alias_maps = texthash:{base}/aliases
mail_spool_directory = {base}/mail
propagate_unmatched_extensions = alias
"""
ALIASES = """\
team: alice, bob, team-x@four.example
nested: team, bob
cmd: "|{base}/script from alias"
badcmd: "|{base}/script exit 1"
file: {base}/mail/file
incl: :include:{base}/members
owned: alice, refused@four.example
owner-owned: bob
fails: "|{base}/script exit 67", bob, "|{base}/script exit 1", nosuch-user
mixed: "|{base}/script exit 67", "|{base}/script exit 75"
env: "|env >>{base}/out"
loopa: loopb
loopb: loopa
"""
SCRIPT = """#!/bin/sh
{{ echo "args:$*"; id -un; echo "$USER:$LOCAL:$EXTENSION:$RECIPIENT:$ORIGINAL_RECIPIENT:$SENDER:$HOME"; cat; }} >>{base}/out
test "$1" != exit || {{ echo words; exit $2; }}
"""


class World:
    def __init__(self, main='', forwards=None):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix='postern-local.'))
        self.base.chmod(0o755)
        self.main = MAIN.format(base=self.base) + main.format(base=self.base)
        (self.base / 'aliases').write_text(ALIASES.format(base=self.base).replace(': ', ' '))
        (self.base / 'members').write_text('# who\nbob\nm@four.example, "|evil"\n')
        (self.base / 'script').write_text(SCRIPT.format(base=self.base))
        (self.base / 'script').chmod(0o755)
        for name in 'out',:
            (self.base / name).touch()
            (self.base / name).chmod(0o666)
        (self.base / 'mail').mkdir()
        (self.base / 'mail').chmod(0o1777)
        for user, uid in USERS.items():
            home = self.base / user
            home.mkdir(mode=0o700)
            if text := (forwards or {}).get(user):
                (home / '.forward').write_text(text.format(base=self.base))
                os.chown(home / '.forward', uid, uid)
                (home / '.forward').chmod(0o600)
            os.chown(home, uid, uid)

    def accounts(self):
        """Ours, in the place of those of the host, for us and our children."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNS) < 0:
            raise OSError(ctypes.get_errno(), 'unshare')
        subprocess.run(['mount', '--make-rprivate', '/'], check=True)
        for name, line in ('passwd', '{u}:x:{n}:{n}::{base}/{u}:/bin/sh\n'), ('group', '{u}:x:{n}:\n'):
            ours = self.base / name
            ours.write_text(pathlib.Path('/etc', name).read_text() + ''.join(
                line.format(u=u, n=n, base=self.base) for u, n in USERS.items()))
            ours.chmod(0o644)
            subprocess.run(['mount', '--bind', ours, f'/etc/{name}'], check=True)

    @contextlib.contextmanager
    def run(self):
        self.accounts()
        network()
        self.sink = Sink('127.0.0.2')
        try:
            with Instance(self.main) as postern:
                self.postern, self.log = postern, postern.log
                yield self
        finally:
            shutil.rmtree(self.base, ignore_errors=True)

    def send(self, *rcpts, sender='ada@client.example', content=None):
        with Client() as client:
            return client.send(sender, rcpts, content or BODY.format(id='x'))

    def said(self, qid, rcpt, what):
        self.log.wait(rf'postfix/local\[\d+\]: {qid}: to=<{rcpt}>, (orig_to=<\S+>, )?relay=local, '
                      rf'delay=\S+, delays=\S+, {what}$')

    def sent(self, qid, rcpt, how):
        self.said(qid, rcpt, rf'dsn=2\.0\.0, status=sent \({how}\)')
    boxed = r'delivered to mailbox'

    def removed(self, qid):
        self.log.wait(rf'{qid}: removed$')

    def mail(self, user, n):
        path = self.base / 'mail' / user
        wait_until(lambda: path.exists() and path.read_text().count('\nReturn-Path: ') +
                   path.read_text().startswith('Return-Path: ') >= n, f'{n} messages of {user}')
        text = path.read_text()
        check(len(re.findall(r'^From ', text, re.M)) == n, text)
        check(path.stat().st_uid == USERS[user], 'owner')
        return text


def aliases():
    w = World()
    with w.run():
        qid = w.send('nested@here.example')
        for u in 'alice', 'bob':
            w.sent(qid, f'{u}@here.example', w.boxed)
            check(f'Delivered-To: nested@here.example\n' in w.mail(u, 1), u)
        w.sent(qid, 'nested@here.example', r'forwarded as \w+')
        w.removed(qid)
        got = w.sink.wait()
        check((got.sender, got.rcpts) == ('ada@client.example', ['team-x@four.example']), vars(got))
        check(re.search(r'^Received: by mx\.postern\.example \(Postern\)\n\tid \w+; .*\n'
                        r'Delivered-To: nested@here\.example\nReceived: from', got.text, re.M), got.text)
        check(got.text.endswith(BODY.format(id='x').partition('\n\n')[2]), got.text)
        qid = w.send('cmd+ext@here.example')
        w.sent(qid, r'cmd\+ext@here.example', rf'delivered to command: {w.base}/script from alias')
        out = (w.base / 'out').read_text()
        check('args:from alias\nnobody\n' in out, out)
        check(':cmd+ext:ext:cmd+ext@here.example:cmd+ext@here.example:ada@client.example:' in out, out)
        check('\nDelivered-To: cmd+ext@here.example\n' in out, out)
        qid = w.send('file@here.example')
        w.sent(qid, 'file@here.example', rf'delivered to file: {w.base}/mail/file')
        check('last line\n' in (w.base / 'mail/file').read_text(), 'the file')
        qid = w.send('badcmd@here.example', sender='')
        w.said(qid, 'badcmd@here.example', r'dsn=5\.3\.0, status=bounced \(Command died with status 1: '
               rf'"{w.base}/script exit 1"\. Command output: words ?\)')
        qid = w.send('incl@here.example')
        w.sent(qid, 'bob@here.example', w.boxed)
        w.said(qid, 'incl@here.example', r'dsn=5\.7\.2, status=bounced \(mail to command is restricted\)')
        qid = w.send('loopa@here.example', sender='')
        w.said(qid, 'loop[ab]@here.example',
               r'dsn=5\.4\.6, status=bounced \(possible alias database loop for loop[ab]@here\.example\)')
        w.sink.verdict = lambda verb, path, text: '550 5.1.1 no' if path == 'refused@four.example' and \
            verb == 'RCPT' else text
        qid = w.send('owned@here.example')
        w.sent(qid, 'owned@here.example', r'forwarded as \w+')
        check('Return-Path: <owner-owned@here.example>\n' in w.mail('alice', 2), 'the sender of a list')
        check('Final-Recipient: rfc822; refused@four.example' in w.mail('bob', 3), 'the owner hears')
        check(not (w.base / 'evil').exists() and not w.log.has('panic|fatal'), 'quiet')


def forward():
    w = World(forwards={'alice': 'alice, f@four.example\n"|{base}/script of alice"\n',
                        'bob': 'nobody-else@four.example\n', 'carol': '/etc/motd\n'})
    with w.run():
        os.chmod(w.base / 'bob/.forward', 0o666)
        qid = w.send('alice+x@here.example')
        w.sent(qid, 'alice@here.example', w.boxed)
        w.sent(qid, r'alice\+x@here.example', rf'delivered to command: {w.base}/script of alice')
        w.sent(qid, r'alice\+x@here.example', r'forwarded as \w+')
        check(w.sink.wait().rcpts == ['f@four.example'], 'forwarded')
        out = (w.base / 'out').read_text()
        check(f'args:of alice\nalice\nalice:alice+x:x:alice+x@here.example:alice+x@here.example:'
              f'ada@client.example:{w.base}/alice\n' in out, out)
        w.mail('alice', 1)
        qid = w.send('bob@here.example')
        w.sent(qid, 'bob@here.example', w.boxed)
        w.log.wait(rf'postfix/local\[\d+\]: warning: {qid}: user bob: file {w.base}/bob/\.forward is world writable')
        w.mail('bob', 1)
        before = pathlib.Path('/etc/motd').read_bytes() if pathlib.Path('/etc/motd').exists() else None
        qid = w.send('carol@here.example', sender='')
        w.log.wait(rf'{qid}: to=<carol@here\.example>, .*status=(bounced|deferred) \(.*motd')
        check(before is None or pathlib.Path('/etc/motd').read_bytes() == before, 'written as carol')
        check(len(w.sink.messages) == 1, [m.rcpts for m in w.sink.messages])


def transports():
    w = World('mailbox_transport_maps = inline:{{ {{ alice = lmtp:unix:{base}/lmtp.sock }} }}\n'
              'fallback_transport_maps = inline:{{ {{ gone = smtp:[127.0.0.2] }} }}\n'
              'luser_relay = bob+$user\n')
    with w.run():
        store = Store(str(w.base / 'lmtp.sock'))
        store.refuses['alice+full@here.example'] = '452 4.2.2 no room'
        qid = w.send('alice@here.example')
        w.log.wait(rf'postfix/lmtp\[\d+\]: {qid}: to=<alice@here\.example>, '
                   rf'relay=mx\.postern\.example\[{w.base}/lmtp\.sock\], .*status=sent')
        w.removed(qid)
        check(store.wait().rcpts == ['alice@here.example'], 'the store')
        qid = w.send('alice+full@here.example')
        w.log.wait(rf'{qid}: to=<alice\+full@here\.example>, .*dsn=4\.2\.2, status=deferred')
        wait_until(lambda: w.postern.queue('deferred') == [qid], 'it waits')
        qid = w.send('gone@here.example')
        w.log.wait(rf'postfix/smtp\[\d+\]: {qid}: to=<gone@here\.example>, .*status=sent')
        check(w.sink.wait().rcpts == ['gone@here.example'], 'the fallback')
        qid = w.send('who@here.example')
        w.sent(qid, r'bob\+who@here.example', w.boxed)
        w.mail('bob', 1)


def loops():
    w = World()
    with w.run():
        qid = w.send('bob@here.example', sender='', content='Delivered-To: bob@here.example\n\nx\n')
        w.said(qid, 'bob@here.example',
               r'dsn=5\.4\.6, status=bounced \(mail forwarding loop for bob@here\.example\)')
        qid = w.send('who@here.example')
        w.said(qid, 'who@here.example', r'dsn=5\.1\.1, status=bounced \(unknown user: "who"\)')
        got = w.sink.wait()
        check('Final-Recipient: rfc822; who@here.example' in got.text and 'Status: 5.1.1' in got.text, got.text)
        # Root, and roles, are nobody's mailbox.
        for name in 'root', '_postern_local':
            qid = w.send(f'{name}@here.example', sender='')
            w.log.wait(rf'{qid}: to=<{name}@here\.example>, .*status=(deferred|bounced)')
            check(not (w.base / 'mail' / name).exists(), name)


def failures():
    """All of what failed is in the notice; the status filter."""
    w = World('local_delivery_status_filter = regexp:{base}/filter\n')
    (w.base / 'filter').write_text('/^5\\.3\\.0 Command died with status 1/ 5.9.8 changed by the table\n'
                                   '/^2\\.0\\.0 delivered to mailbox/ 2.7.7 put away\n'
                                   '/^2\\.0\\.0 delivered to file/ 5.7.7 not allowed\n'
                                   '/^4\\.3\\.0 temporary/ nonsense\n')
    with w.run():
        qid = w.send('fails@here.example')
        w.said(qid, 'fails@here.example', r'dsn=5\.1\.1, status=bounced \(user unknown\. Command output: words ?\)')
        w.said(qid, 'fails@here.example', r'dsn=5\.9\.8, status=bounced \(changed by the table\)')
        w.said(qid, 'nosuch-user@here.example', r'dsn=5\.1\.1, status=bounced \(unknown user: "nosuch-user"\)')
        w.said(qid, 'bob@here.example', r'dsn=2\.7\.7, status=sent \(put away\)')
        w.removed(qid)
        text = w.sink.wait().text
        for part in ('Final-Recipient: rfc822; fails@here.example\n', 'Status: 5.1.1\n', 'Status: 5.9.8\n',
                     'Final-Recipient: rfc822; nosuch-user@here.example\n',
                     '<nosuch-user@here.example> (expanded from <fails@here.example>): '):
            check(part in text, f'{part}: {text}')
        check(text.count('Final-Recipient: ') == 3, text)
        w.mail('bob', 1)
        qid = w.send('file@here.example')
        w.sent(qid, 'file@here.example', rf'delivered to file: {w.base}/mail/file')
        w.log.wait(r'warning: local_delivery_status_filter: bad status code: 5\.7\.7 not allowed')
        qid = w.send('mixed@here.example')
        w.said(qid, 'mixed@here.example', r'dsn=4\.3\.0, status=deferred \(temporary failure\. .*\)')
        wait_until(lambda: w.postern.queue('deferred') == [qid], 'it waits')
        w.log.wait(r'warning: local_delivery_status_filter: bad status code: nonsense')


def environment():
    """What the master's caller has, by name, and no more."""
    Instance.env = {'TOLD': 'this', 'SECRET': 'not this', 'TZ': 'Europe/Paris'}
    w = World('import_environment = TZ TOLD LANG=C\nexport_environment = TZ MAIL_CONFIG TOLD SECRET LANG GIVEN=here\n')
    with w.run():
        qid = w.send('env+x@here.example')
        w.sent(qid, r'env\+x@here.example', r'delivered to command: env .*')
        lines = (w.base / 'out').read_text().splitlines()
        for line in ('TZ=Europe/Paris', 'TOLD=this', 'LANG=C', 'GIVEN=here', f'MAIL_CONFIG={w.postern.conf}',
                     'USER=env', 'LOGNAME=env', 'EXTENSION=x', 'LOCAL=env+x', 'PATH=/usr/bin:/bin'):
            check(line in lines, f'{line}: {lines}')
        check(not [x for x in lines if re.match('SECRET|HOME|SHELL', x)], lines)


POKE = """#!/usr/bin/python3
import os, socket, sys
def what(label, fn, *args):
    try:
        fn(*args)
        print(label, 'worked')
    except OSError as e:
        print(label, 'refused')
print('uids', *os.getresuid(), *os.getresgid(), os.getgroups())
for fd in os.listdir('/proc/self/fd'):
    try:
        print('fd', fd, os.readlink('/proc/self/fd/' + fd))
    except OSError:
        pass
queue, master = '@Q@', int(open('@Q@/pid/master.pid').read())
what('own', open, '@B@/alice/.forward')
what('home-of-bob', os.listdir, '@B@/bob')
what('mailbox-of-bob', open, '@B@/mail/bob')
for d in 'incoming', 'active', 'deferred', 'hold', 'private', 'public', 'saved', 'bounce':
    what('list-' + d, os.listdir, queue + '/' + d)
for name in sys.argv[1].split(','):
    what('socket-' + name, lambda n: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(n),
         queue + '/public/' + name)
what('signal', os.kill, master, 0)
what('memory', open, f'/proc/{master}/mem')
what('key', open, queue + '/../data/seal.key')
"""


def confined():
    """What a command of a user finds: its own rights, and closed doors."""
    w = World(forwards={'alice': '"|{base}/poke pickup,showq,cleanup,qmgr >{base}/out"\n'})
    with w.run():
        text = POKE.replace('@B@', str(w.base)).replace('@Q@', str(w.postern.dir / 'queue'))
        (w.base / 'poke').write_text(text)
        (w.base / 'poke').chmod(0o755)
        w.sent(w.send('bob@here.example'), 'bob@here.example', w.boxed)
        w.sent(w.send('alice@here.example'), 'alice@here.example', 'delivered to command: .*')
        out = (w.base / 'out').read_text()
        lines = out.splitlines()
        check(f'uids {" ".join(["6001"] * 6)} [6001]' in lines, out)
        check('own worked' in lines, out)
        # What everybody on the host may use is open: it is there for that.
        check([x for x in lines if x.endswith(' worked')] == ['own worked', 'socket-pickup worked',
                                                              'socket-showq worked'], out)
        check(len([x for x in lines if x.endswith(' refused')]) == 15, out)
        for line in lines:
            check(not line.startswith('fd') or re.search(r'pipe:|/out$|/proc/', line), line)


def programs():
    """Real ones as mailbox_command: procmail and maildrop."""
    w = World('mailbox_command_maps = inline:{{ {{ bob = /usr/bin/maildrop -d ${{USER}} }} }}\n'
              'mailbox_command = /usr/bin/procmail -a "$EXTENSION"\n')
    for user, name, text in (('alice', '.procmailrc', 'MAILDIR={home}\n:0:\nplain\n'),
                             ('bob', '.mailfilter', 'to "{home}/kept"\n')):
        home = w.base / user
        (home / name).write_text(text.format(home=home))
        (home / name).chmod(0o600)
        os.chown(home / name, USERS[user], USERS[user])
    with w.run():
        for rcpt, path in ('alice', 'alice/plain'), ('bob', 'bob/kept'):
            qid = w.send(f'{rcpt}@here.example')
            w.sent(qid, f'{rcpt}@here.example', r'delivered to command: /usr/bin/.*')
            text = (w.base / path).read_text()
            check(text.startswith('From ada@client.example ') and 'last line\n' in text and
                  f'\nDelivered-To: {rcpt}@here.example\n' in text, text)
            check((w.base / path).stat().st_uid == USERS[rcpt], 'owner')


if __name__ == '__main__':
    {'aliases': aliases, 'forward': forward, 'transports': transports, 'loops': loops,
     'failures': failures, 'environment': environment, 'confined': confined, 'programs': programs}[sys.argv[1]]()
