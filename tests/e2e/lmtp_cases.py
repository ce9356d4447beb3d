# SPDX-License-Identifier: ISC
"""lmtp_cases.py NAME - one case; see lmtp_test.sh for what each is about."""
import contextlib
import os
import pathlib
import pwd
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from cases import BODY, network  # noqa: E402
from instance import Client, Instance, Sink, check, wait_until, WAIT  # noqa: E402

V4 = '127.0.0.2'


class Store(Sink):
    """An LMTP server at an address or a path; "refuses" are the recipients
    that it has no room for, after the dot."""

    def __init__(self, where, port=24):
        self.refuses, self.uids = {}, []
        if where.startswith('/'):
            self.answers, self.messages, self.sessions = {}, [], 0
            self.lock = threading.Condition()
            self.bind(where)
            threading.Thread(target=self.run, daemon=True).start()
        else:
            super().__init__(where, port)

    def bind(self, path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(100)

    def verdict(self, verb, path, text):
        if verb == 'EHLO':
            return '500 5.5.1 this is LMTP'
        if verb == 'LHLO':
            return '250-store.example\r\n250 PIPELINING'
        if verb != '.':
            if verb == 'MAIL':
                self.accepted = []
            if verb == 'RCPT':
                self.accepted.append(path)
            return super().verdict(verb, path, text)
        return '\r\n'.join(self.refuses.get(r, f'250 2.0.0 <{r}> saved') for r in self.accepted)


def send(rcpts, params=''):
    with Client() as client:
        client.say('EHLO client.example')
        client.say('MAIL FROM:<ada@client.example>')
        for rcpt in rcpts:
            client.say(f'RCPT TO:<{rcpt}> {params}')
        client.say('DATA', '354')
        text = BODY.format(id='l1').replace('\n.', '\n..').replace('\n', '\r\n')
        return client.say(text + '.').rpartition(' ')[2]


def tcp():
    network()
    notices, store = Sink(V4), Store(V4)
    with Instance('transport_maps = inline:{ { store.example = lmtp:inet:127.0.0.2 } }\n'
                  'lmtp_destination_recipient_limit = 50\n'
                  'lmtp_assume_final = yes\n') as postern:
        store.refuses = {'full@store.example': '452 4.2.2 no room',
                         'off@store.example': '550 5.2.1 not any more'}
        qid = send(['a@store.example', 'full@store.example', 'off@store.example'], 'NOTIFY=SUCCESS,FAILURE')
        relay = r'relay=127\.0\.0\.2\[127\.0\.0\.2\]:24, delay=.*'
        said = r'host 127\.0\.0\.2\[127\.0\.0\.2\] said: '
        for line in (rf'to=<a@store\.example>, {relay}, dsn=2\.0\.0, status=sent '
                     r'\(250 2\.0\.0 <a@store\.example> saved\)$',
                     rf'to=<full@store\.example>, {relay}, dsn=4\.2\.2, status=deferred '
                     rf'\({said}452 4\.2\.2 no room \(in reply to end of DATA command\)\)$',
                     rf'to=<off@store\.example>, {relay}, dsn=5\.2\.1, status=bounced '
                     rf'\({said}550 5\.2\.1 not any more \(in reply to end of DATA command\)\)$'):
            postern.log.wait(rf'postfix/lmtp\[\d+\]: {qid}: {line}')
        check('\n.a line that begins with a dot\n' in store.wait().text, 'the content')

        def notice(*lines):
            return wait_until(lambda: any(all(f'\n{line}\n' in m.text for line in lines)
                                          for m in notices.messages), f'a notice with {lines}')
        notice('Final-Recipient: rfc822; a@store.example', 'Action: delivered')
        notice('Final-Recipient: rfc822; off@store.example', 'Action: failed', 'Status: 5.2.1')
        store.refuses.clear()
        postern.run('postqueue', '-f')
        postern.log.wait(rf'{qid}: to=<full@store\.example>, .*status=sent')
        check(store.wait(2).rcpts == ['full@store.example'], 'once for each')


def unix_sockets():
    network()
    names = 'one', 'two', 'three', 'four', 'five', 'stray'
    here = pathlib.Path.cwd()
    here.chmod(0o755)
    store = {n: Store(str(here / f'{n}.sock')) for n in names[1:]}
    conf = here / 'conf'
    conf.mkdir()
    (conf / 'text').write_text(f'two.example lmtp:unix:{here}/two.sock\n')
    (conf / 'index').write_text(f'three.example lmtp:unix:{here}/three.sock\n')
    (conf / 'stray').write_text(f'stray.example lmtp:unix:{here}/stray.sock\n')
    with Instance('virtual_mailbox_domains = one.example\n'
                  'virtual_mailbox_maps = static:all\n'
                  'virtual_transport = lmtp:unix:public/one.sock\n'
                  f'transport_maps = texthash:{conf}/text cdb:{conf}/index cdb:{conf}/stray\n'
                  f' inline:{{ {{ four.example = lmtp:unix:{here}/four.sock }} '
                  '}\n'
                  f'dial_allowed_sockets = unix:{here}/five.sock\n', start=False) as postern:
        postern.run('postmap', f'cdb:{conf}/index', f'cdb:{conf}/stray')
        (conf / 'stray').unlink()
        postern.start()
        store['one'] = Store(str(here / 'queue/public/one.sock'))
        for n in 'one', 'two', 'three', 'four':
            path = 'public/one.sock' if n == 'one' else f'{here}/{n}.sock'
            qid = send([f'r@{n}.example'])
            postern.log.wait(rf'postfix/lmtp\[\d+\]: {qid}: to=<r@{n}\.example>, '
                             rf'relay=mx\.postern\.example\[{path}\], delay=.*status=sent '
                             rf'\(250 2\.0\.0 <r@{n}\.example> saved\)$')
            check(store[n].wait().rcpts == [f'r@{n}.example'], n)
        # A server that was started anew is found.
        old = store['two'].listener
        store['two'].bind(str(here / 'two.sock'))
        threading.Thread(target=store['two'].run, daemon=True).start()
        old.close()
        send(['again@two.example'])
        store['two'].wait(2)
        # One that is named from now on.
        (conf / 'text').write_text(f'five.example lmtp:unix:{here}/five.sock\n')
        postern.log.wait(r'table .*/text has changed: new rewrite/')
        wait_until(lambda: send(['r@five.example']) and store['five'].messages, 'a new transport')
        # One that nobody names: an index without the text that it was made of.
        qid = send(['unix@stray.example'])
        postern.log.wait(rf'{qid}: to=<unix@stray\.example>, relay=none, .*dsn=4\.4\.1, status=deferred '
                         rf'\(connect to mx\.postern\.example\[{here}/stray\.sock\]: Operation not permitted\)$')
        postern.log.wait(r'postfix/dial\[\d+\]: warning: refused: role lmtp\(\d+\) asked for '
                         rf'unix:{here}/stray\.sock: no parameter names it for this role$')
        check(store['stray'].sessions == 0, 'a stray session')


DOVECOT = """
protocols = lmtp
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
ssl = no
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{dir}/home/%u
first_valid_uid = 1
userdb {{
  driver = passwd-file
  args = username_format=%u {dir}/passwd
  override_fields = uid={uid} gid={gid} home={dir}/home/%u
}}
passdb {{
  driver = passwd-file
  args = {dir}/passwd
}}
service anvil {{
  chroot =
}}
service lmtp {{
  unix_listener {dir}/lmtp.sock {{
    mode = 0600
  }}
  inet_listener lmtp {{
    address = 127.0.0.2
    port = 24
  }}
}}
"""


@contextlib.contextmanager
def dovecot(dir, user):
    (dir / 'home').mkdir(parents=True)
    os.chown(dir / 'home', user.pw_uid, user.pw_gid)
    (dir / 'passwd').write_text('u1@dv.example:{PLAIN}x:::::\nu2@dv.example:{PLAIN}x:::::\n')
    (dir / 'dovecot.conf').write_text(DOVECOT.format(dir=dir, uid=user.pw_uid, gid=user.pw_gid))
    p = subprocess.Popen(['dovecot', '-F', '-c', dir / 'dovecot.conf'])
    try:
        wait_until((dir / 'lmtp.sock').exists, 'dovecot')
        yield
    finally:
        p.terminate()
        try:
            p.wait(WAIT)
        except subprocess.TimeoutExpired:
            p.kill()


def real_dovecot():
    network()
    here = pathlib.Path.cwd()
    here.chmod(0o755)
    user = pwd.getpwnam('nobody')
    notices = Sink(V4)
    with dovecot(here / 'dv', user), \
            Instance('transport_maps = inline:{ { dv.example = '
                     f'lmtp:unix:{here}/dv/lmtp.sock }} {{ u2@dv.example = lmtp:inet:127.0.0.2 }} }}\n'
                     'lmtp_destination_recipient_limit = 50\n') as postern:
        qid = send(['u1@dv.example', 'u2@dv.example', 'nouser@dv.example'])
        at = rf'relay=mx\.postern\.example\[{here}/dv/lmtp\.sock\], delay=.*'
        for line in (rf'to=<u1@dv\.example>, {at}dsn=2\.0\.0, status=sent \(250 2\.0\.0 <u1@dv\.example> \S+ Saved\)$',
                     r'to=<u2@dv\.example>, relay=127\.0\.0\.2\[127\.0\.0\.2\]:24, .*status=sent \(250 2\.0\.0 .*Saved\)$',
                     rf'to=<nouser@dv\.example>, {at}dsn=5\.1\.1, status=bounced \(host .* said: 550 5\.1\.1'):
            postern.log.wait(rf'postfix/lmtp\[\d+\]: {qid}: {line}')
        check('Status: 5.1.1' in notices.wait().text, 'the notice')
        for u in 'u1', 'u2':
            mail, = (here / f'dv/home/{u}@dv.example/new').iterdir()
            check(mail.read_text().endswith('\n.a line that begins with a dot\nlast line\n'), u)
            check(mail.stat().st_uid == user.pw_uid, u)


if __name__ == '__main__':
    {'tcp': tcp, 'unix_sockets': unix_sockets, 'dovecot': real_dovecot}[sys.argv[1]]()
