# SPDX-License-Identifier: ISC
"""tls_cases.py NAME - one case; see tls_test.sh for what each is about."""
import contextlib
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from cases import network  # noqa: E402
from instance import (Client, Failed, Instance, Message, Proc, SRCTOP, Sink,  # noqa: E402
                      check, wait_until)

V4 = '127.0.0.2'
PEER = r'localhost\[127\.0\.0\.1\]'
MASTER = (SRCTOP / 'etc/master.cf').read_text() if SRCTOP else ''
HERE = pathlib.Path.cwd()


def openssl(*args, stdin=None, ok=True):
    r = subprocess.run(['openssl', *map(str, args)], input=stdin, capture_output=True, text=True,
                       timeout=30)
    check(not ok or r.returncode == 0, f'openssl {args}: {r.stderr}')
    return r.stdout + r.stderr


def pki(*names):
    """ca.pem; NAME.pem, NAME.key and NAME.chain (key and certificates)."""
    conf = HERE / 'ca.cnf'
    conf.write_text('[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n')
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', 2)
    for name in names:
        host = name if '.' in name else f'{name}.postern.example'
        algorithm = ['-newkey', 'rsa:2048'] if name == 'rsa' else \
            ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
        openssl('req', *algorithm, '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.csr',
                '-subj', f'/CN={host}', '-addext', f'subjectAltName=DNS:{host}')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key',
                '-out', f'{name}.pem', '-days', 2, '-copy_extensions', 'copy')
        chain = HERE / f'{name}.chain'
        chain.write_text((HERE / f'{name}.key').read_text() + (HERE / f'{name}.pem').read_text())
        chain.chmod(0o600)


def fingerprint(name, digest='sha256'):
    text = openssl('x509', '-in', f'{name}.pem', '-noout', '-fingerprint', f'-{digest}')
    return text.strip().partition('=')[2]


def instance(more='', services='', level='may', chain='mx'):
    tls = f'smtpd_tls_chain_files = {HERE}/{chain}.chain\n' if chain else ''
    return Instance(f'smtpd_tls_security_level = {level}\n{tls}smtpd_tls_loglevel = 1\n'
                    f'smtpd_tls_received_header = yes\nsmtpd_peername_lookup = yes\n{more}',
                    MASTER + services)


def context(cert=None, **kw):
    ctx = ssl.create_default_context(cafile='ca.pem')
    if cert:
        ctx.load_cert_chain(f'{cert}.pem', f'{cert}.key')
    for k, v in kw.items():
        setattr(ctx, k, v)
    return ctx


class TlsClient(Client):
    def starttls(self, ctx=None, name='mx.postern.example'):
        self.say('EHLO client.example')
        self.say('STARTTLS', '220')
        self.over_tls(ctx, name)
        return self

    def over_tls(self, ctx=None, name='mx.postern.example'):
        self.sock = (ctx or context()).wrap_socket(self.sock, server_hostname=name)
        self.file = self.sock.makefile('rb')


class Wrapped(TlsClient):
    """TLS from the first byte."""

    def __init__(self, port, ctx=None):
        self.sock = socket.create_connection(('127.0.0.1', port), 20)
        self.over_tls(ctx)
        self.greeting = self.reply()


def starttls():
    network()
    pki('mx', 'rsa')
    sink = Sink(V4)
    with instance(f'smtpd_tls_chain_files = {HERE}/mx.chain, {HERE}/rsa.chain\n') as postern:
        said = openssl('s_client', '-starttls', 'smtp', '-connect', '127.0.0.1:25', '-CAfile',
                       'ca.pem', '-verify_return_error', '-verify_hostname',
                       'mx.postern.example', stdin='QUIT\r\n')
        check('Verify return code: 0 (ok)' in said or 'Verification: OK' in said, said)
        postern.log.wait(rf'postfix/smtpd\[\d+\]: Anonymous TLS connection established from {PEER}: '
                         r'TLSv1\.3 with cipher TLS_AES_256_GCM_SHA384 \(256/256 bits\) '
                         r'key-exchange X25519 server-signature ECDSA \(prime256v1\) '
                         r'server-digest SHA256$')
        said = openssl('s_client', '-starttls', 'smtp', '-connect', '127.0.0.1:25', '-tls1_2',
                       '-cipher', 'ECDHE-RSA-AES256-GCM-SHA384', stdin='QUIT\r\n')
        postern.log.wait(r'TLSv1\.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 \(256/256 bits\)$')
        swaks = subprocess.run(['swaks', '--server', '127.0.0.1', '--tls', '--from',
                                'ada@client.example', '--to', 'charles@four.example'],
                               capture_output=True, text=True, timeout=30)
        check(swaks.returncode == 0, swaks.stdout + swaks.stderr)
        head = sink.wait().text.partition('\n\n')[0]
        check(re.search(r'^Received: from \S+ \(localhost \[127\.0\.0\.1\]\)\n'
                        r'\t\(using TLSv1\.3 with cipher TLS_AES_256_GCM_SHA384 \(256/256 bits\)\n'
                        r'\t key-exchange X25519 server-signature ECDSA \(prime256v1\) '
                        r'server-digest SHA256\)\n'
                        r'\t\(No client certificate requested\)\n'
                        r'\tby mx\.postern\.example \(\S+\) with ESMTPS id ', head, re.M), head)
        check(postern.log.has(r'disconnect from .* ehlo=2 starttls=1 .*quit=1'), 'counters')


def levels():
    network()
    pki('mx')
    services = ('2501 inet n - n - - smtpd -o smtpd_tls_security_level=none\n'
                '2502 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt\n'
                '2503 inet n - n - - smtpd -o smtpd_tls_chain_files=\n'
                '2504 inet n - n - - smtpd -o smtpd_tls_chain_files=/nonexistent\n'
                '2505 inet n - n - - smtpd -o smtpd_tls_security_level= -o smtpd_use_tls=yes\n'
                '2506 inet n - n - - smtpd -o smtpd_tls_security_level= -o smtpd_enforce_tls=yes\n')
    with instance(services=services) as postern:
        with TlsClient(port=2501) as c:
            check('STARTTLS' not in c.say('EHLO x'), 'offered with none')
            c.say('STARTTLS', '502 5.5.1 ')
        for port in 2502, 2506:
            with TlsClient(port=port) as c:
                check('STARTTLS' in c.say('EHLO x'), 'not offered')
                check(c.say('MAIL FROM:<a@client.example>', '530') ==
                      '530 5.7.0 Must issue a STARTTLS command first', 'in the clear')
                c.say('NOOP')
                c.say('RSET', '530 5.7.0')
                c.say('STARTTLS now', '501 5.5.4 Syntax: STARTTLS')
                c.starttls()
                check('STARTTLS' not in c.say('EHLO x'), 'offered again')
                c.say('STARTTLS', '554 5.5.1 Error: TLS already active')
                c.say('MAIL FROM:<a@client.example>')
                c.say('QUIT')
        for port in 2503, 2504:
            with TlsClient(port=port) as c:
                c.say('EHLO x')
                c.say('STARTTLS', '454 4.7.0 TLS not available due to local problem')
                c.say('MAIL FROM:<a@client.example>')
        with TlsClient(port=2505) as c:
            c.say('EHLO x')
            c.say('MAIL FROM:<a@client.example>')
            c.starttls()
            c.say('RCPT TO:<b@four.example>', '503')
            c.say('MAIL FROM:<a@client.example>', '2')
            c.say('RCPT TO:<b@four.example>', '2')
        postern.log.wait(r"No server certs available\. TLS can't be enabled")


def wrapper():
    network()
    pki('mx')
    services = ('2465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'
                ' -o syslog_name=postfix/smtps\n')
    sink = Sink(V4)
    with instance(services=services) as postern, Wrapped(2465) as c:
        check(c.greeting.startswith('220 mx.postern.example'), c.greeting)
        check('STARTTLS' not in c.say('EHLO x'), 'offered')
        c.send('a@client.example', ['b@four.example'], 'Subject: wrapped\n\nx\n')
        c.say('QUIT', '221')
        check(c.file.read() == b'', 'more after QUIT')
        check('with ESMTPS id' in sink.wait().text, 'Received:')
        postern.log.wait(rf'postfix/smtps/smtpd\[\d+\]: Anonymous TLS connection established from {PEER}')
        with socket.create_connection(('127.0.0.1', 2465), 20) as s:
            s.sendall(b'EHLO plain.example\r\n')
            with contextlib.suppress(ConnectionError):
                check(b'220' not in s.recv(100), 'a greeting in the clear')
        postern.log.wait(rf'SSL_accept error from {PEER}: -1$')
        postern.log.wait(r'warning: TLS library problem: error:0A[0-9A-F]{6}:SSL routines::.*:')
        postern.log.wait(rf'lost connection after CONNECT from {PEER}')


def injection():
    network()
    pki('mx')
    evil = b'STARTTLS\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<b@four.example>\r\n'
    with instance() as postern:
        with TlsClient() as c:
            c.say('EHLO x')
            c.sock.sendall(evil)
            check(c.reply() == '220 2.0.0 Ready to start TLS', 'reply')
            check(c.file.read() == b'', 'the session went on in the clear')
        postern.log.wait(rf'unread plaintext after STARTTLS from {PEER}')
        # What the kernel still had when the connection was handed over.
        with TlsClient() as c:
            c.say('EHLO x')
            c.say('STARTTLS', '220')
            c.sock.sendall(b'MAIL FROM:<evil@client.example>\r\n')
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                c.over_tls()
                raise Failed('TLS after garbage')
        postern.log.wait(rf'SSL_accept error from {PEER}: -1$')
        check(not postern.log.has('from=<evil'), 'obeyed')


def certificates():
    network()
    pki('mx', 'known', 'other')
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-keyout', 'self.key', '-out', 'self.pem', '-subj', '/CN=self "(x)', '-days', 2)
    (HERE / 'relay').write_text(f'{fingerprint("known")} ok\n')
    (HERE / 'access').write_text(f'{fingerprint("other")} REJECT bad cert\n')
    services = ('2501 inet n - n - - smtpd -o smtpd_tls_ask_ccert=yes\n'
                '2502 inet n - n - - smtpd -o smtpd_tls_ask_ccert=yes -o '
                f'{{ smtpd_client_restrictions = check_ccert_access texthash:{HERE}/access }}\n'
                '2503 inet n - n - - smtpd -o smtpd_tls_req_ccert=yes'
                ' -o smtpd_tls_security_level=encrypt\n'
                '2504 inet n - n - - smtpd -o smtpd_tls_ask_ccert=yes -o '
                '{ smtpd_relay_restrictions = permit_tls_all_clientcerts, reject }\n'
                '2505 inet n - n - - smtpd -o smtpd_tls_ask_ccert=yes -o '
                f'{{ smtpd_client_restrictions = check_ccert_access {{ texthash:{HERE}/access '
                '{ search_order = pubkey_fingerprint } } }\n')
    with instance(f'smtpd_tls_CAfile = {HERE}/ca.pem\nsmtpd_tls_fingerprint_digest = sha256\n'
                  f'relay_clientcerts = texthash:{HERE}/relay\nmynetworks = 192.0.2.0/24\n'
                  'smtpd_relay_restrictions = permit_tls_clientcerts, reject\n', services) as postern:
        def rcpt(port, cert, want):
            with TlsClient(port=port) as c:
                c.starttls(context(cert))
                c.say('EHLO x')
                c.say('MAIL FROM:<a@client.example>')
                return c.say('RCPT TO:<b@four.example>', want)
        rcpt(2501, 'known', '250')
        rcpt(2501, 'other', '554')
        rcpt(2501, 'self', '554')
        rcpt(2501, None, '554')
        postern.log.wait(rf'Trusted TLS connection established from {PEER}.* client-signature ECDSA '
                         r'\(prime256v1\) client-digest SHA256$')
        postern.log.wait(rf'Untrusted TLS connection established from {PEER}')
        check(rcpt(2502, 'other', '554') == f'554 5.7.1 <localhost[127.0.0.1]>: Client certificate '
              'rejected: bad cert', 'check_ccert_access')
        rcpt(2502, 'known', '250')
        rcpt(2505, 'other', '554 5.7.1 <b@four.example>')
        rcpt(2504, 'other', '250')
        rcpt(2504, 'self', '554')
        for cert in None, 'self':
            with TlsClient(port=2503) as c:
                c.starttls(context(cert))
                c.say('EHLO x', '421 4.7.1 ')
        postern.log.wait(rf'NOQUEUE: abort: TLS from {PEER}: No client certificate presented')
        postern.log.wait(rf'NOQUEUE: abort: TLS from {PEER}: Client certificate not trusted')
        rcpt(2503, 'known', '250')


def floor():
    network()
    pki('mx')
    services = ('2501 inet n - n - - smtpd -o smtpd_tls_protocols=>=TLSv1.3\n'
                '2502 inet n - n - - smtpd -o smtpd_tls_exclude_ciphers=AES256\n'
                '2503 inet n - n - - smtpd -o smtpd_tls_mandatory_protocols=<=TLSv1.2'
                ' -o smtpd_tls_security_level=encrypt\n')

    def handshake(port, **kw):
        ctx = context()
        for k, v in kw.items():
            if k == 'ciphers':
                ctx.set_ciphers(v)
            else:
                setattr(ctx, k, v)
        with TlsClient(port=port) as c:
            try:
                return c.starttls(ctx).sock.version()
            except (ssl.SSLError, ConnectionError):
                return None
    tls12 = {'maximum_version': ssl.TLSVersion.TLSv1_2}
    with instance(services=services) as postern:
        check(handshake(25) == 'TLSv1.3', '1.3')
        check(handshake(25, **tls12) == 'TLSv1.2', '1.2')
        check(handshake(2501, **tls12) is None, '1.2 where 1.3 is the least')
        postern.log.wait(r'TLS library problem: error:0A000102:SSL routines::unsupported protocol')
        check(handshake(2503) == 'TLSv1.2', '1.3 where 1.2 is the most')
        cipher = 'ECDHE-ECDSA-AES256-GCM-SHA384'
        check(handshake(25, ciphers=cipher, **tls12) == 'TLSv1.2', 'the cipher')
        check(handshake(2502, ciphers=cipher, **tls12) is None, 'a cipher that is excluded')
        postern.log.wait(r'TLS library problem: error:0A0000C1:SSL routines::no shared cipher')
        for old in '-tls1', '-tls1_1':
            said = openssl('s_client', '-starttls', 'smtp', '-connect', '127.0.0.1:25', old,
                           '-cipher', 'DEFAULT@SECLEVEL=0', stdin='QUIT\r\n', ok=False)
            check('Cipher is (NONE)' in said, said)


def hang():
    network()
    pki('mx')
    with instance('smtpd_starttls_timeout = 2s\n') as postern, TlsClient() as c:
        began = time.monotonic()
        c.say('EHLO x')
        c.say('STARTTLS', '220')
        c.sock.sendall(b'\x16\x03\x01')
        check(c.file.read() == b'', 'an answer to nothing')
        check(1 < time.monotonic() - began < 10, 'not in time')
        postern.log.wait(rf'SSL_accept error from {PEER}: Connection timed out$')
        postern.log.wait(rf'lost connection after STARTTLS from {PEER}')


def busy_worker(postern):
    """The tlsproxy process whose socket is that of a client."""
    for pid, name in postern.processes().items():
        if name == 'tlsproxy':
            with contextlib.suppress(OSError):
                links = [os.readlink(f'/proc/{pid}/fd/{f}') for f in os.listdir(f'/proc/{pid}/fd')]
                inodes = {m.group(1) for x in links if (m := re.match(r'socket:\[(\d+)\]', x))}
                tcp = pathlib.Path(f'/proc/{os.getpid()}/net/tcp').read_text().split('\n')[1:]
                if inodes & {line.split()[9] for line in tcp if line}:
                    return pid
    return 0


def killed():
    network()
    pki('mx')
    with instance() as postern, TlsClient() as c:
        c.starttls()
        c.say('EHLO x')
        c.say('MAIL FROM:<a@client.example>')
        c.say('RCPT TO:<b@four.example>')
        c.say('DATA', '354')
        c.sock.sendall(b'Subject: half\r\n\r\n' + b'line\r\n' * 5000)
        pid = wait_until(lambda: busy_worker(postern), 'a worker with a client')
        os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            check(c.sock.recv(100) == b'', 'an answer from nobody')
        postern.log.wait(rf'lost connection after DATA \(\d+ bytes\) from {PEER}')
        postern.log.wait(rf'process .*/tlsproxy pid {pid} killed by signal 9')
        wait_until(lambda: not any(postern.queue(q) for q in ('incoming', 'active', 'deferred')),
                   'an empty queue')
        with TlsClient() as again:
            again.starttls().say('EHLO x')


class LargeSink(Sink):
    """One that does not copy all it has for each line."""

    def take(self, sender, rcpts, f):
        lines = list(iter(f.readline, b'.\r\n'))
        with self.lock:
            self.arrived(Message(sender, rcpts, b''.join(lines)))
            self.lock.notify_all()


def bulk():
    network()
    pki('mx')
    sink = LargeSink(V4)
    line = 'x' * 76 + '\r\n'
    n = 25 * 1024 * 1024 // len(line)
    with instance('message_size_limit = 60000000\n'), TlsClient() as c:
        c.starttls()
        c.say('EHLO x')
        c.say('MAIL FROM:<a@client.example>')
        c.say('RCPT TO:<b@four.example>')
        c.say('DATA', '354')
        c.sock.sendall(b'Subject: large\r\n\r\n' + line.encode() * n)
        c.say('.', '250')
        got = sink.wait(seconds=60)
        check(got.data.count(line.encode()) == n, 'the content')


def names():
    network()
    pki('mx', 'other.example')
    (HERE / 'sni').write_text(f'other.example {HERE}/other.example.chain\n')
    with Instance(f'smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {HERE}/mx.chain\n'
                  f'smtpd_tls_loglevel = 1\ntls_server_sni_maps = cdb:{HERE}/sni\n',
                  start=False) as postern:
        postern.run('postmap', '-F', f'cdb:{HERE}/sni')
        postern.start()
        for name, cn in (('other.example', 'other.example'), ('OTHER.example', 'other.example'),
                         ('mx.postern.example', 'mx.postern.example'),
                         ('unknown.example', 'mx.postern.example')):
            said = openssl('s_client', '-starttls', 'smtp', '-connect', '127.0.0.1:25',
                           '-servername', name, stdin='QUIT\r\n')
            check(re.search(rf'subject=CN = {cn}$', said, re.M), f'{name}: {said}')
        postern.log.wait(rf'TLS connection established from {PEER} to other\.example: TLSv1\.3')


def room():
    network()
    pki('mx')
    with instance() as postern, TlsClient() as c:
        c.starttls().say('EHLO x')
        pid = wait_until(lambda: busy_worker(postern), 'a worker with a client')
        worker = Proc(pid, 'tlsproxy').is_('Seccomp', '2').is_('NoNewPrivs', '1')
        worker.is_('CapEff', '0000000000000000')
        key = (HERE / 'mx.key').stat()
        for p, name in postern.processes().items():
            if name in ('tlsproxy', 'smtpd'):
                for f in os.listdir(f'/proc/{p}/fd'):
                    with contextlib.suppress(OSError):
                        st = os.stat(f'/proc/{p}/fd/{f}')
                        check((st.st_dev, st.st_ino) != (key.st_dev, key.st_ino), f'{name} has a key')
                        chain = (HERE / 'mx.chain').stat()
                        check((st.st_dev, st.st_ino) != (chain.st_dev, chain.st_ino),
                              f'{name} has a chain with a key')
        for name, has in ('tlsproxy', True), ('smtpd', False):
            code = (postern.dir / 'prefix/libexec/postern' / name).read_bytes()
            check((b'SSL_do_handshake' in code) == has, f'{name} and libssl')


if __name__ == '__main__':
    globals()[sys.argv[1]]()
