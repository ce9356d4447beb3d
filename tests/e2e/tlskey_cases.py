# SPDX-License-Identifier: ISC
"""tlskey_cases.py NAME - one case; see tlskey_test.sh for what each is about."""
import os
import pathlib
import re
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases import network  # noqa: E402
from instance import check, wait_until  # noqa: E402
from tls_cases import HERE, TlsClient, context, instance, openssl, pki  # noqa: E402

KEYSCAN = pathlib.Path(os.environ['OBJTOP']) / 'tests/libexec/tlskey/keyscan'


def who_has(postern, key):
    """The names of the processes in whose memory the key is."""
    pids = postern.processes()
    r = subprocess.run([KEYSCAN, key, *map(str, pids)], capture_output=True, text=True, timeout=60)
    check(r.returncode == 0, r.stderr)
    return {pids[int(p)] for p in r.stdout.split()}


def served():
    """The certificate that a client is shown, as text."""
    said = openssl('s_client', '-starttls', 'smtp', '-connect', '127.0.0.1:25', stdin='QUIT\r\n',
                   ok=False)
    return re.search(r'subject=.*', said).group(0) if 'BEGIN CERTIFICATE' in said else None


def memory():
    network()
    pki('mx', 'rsa')
    chains = f'smtpd_tls_chain_files = {HERE}/mx.chain, {HERE}/rsa.chain\n'
    with instance(chains) as postern, TlsClient() as c, \
            TlsClient() as d:
        c.starttls().say('EHLO x')
        old = context()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.set_ciphers('ECDHE-RSA-AES256-GCM-SHA384')
        d.starttls(old, 'rsa.postern.example').say('EHLO x')
        for key in 'mx.key', 'rsa.key':
            check(who_has(postern, key) == {'tlskey'}, f'{key}: {who_has(postern, key)}')
        names = set(postern.processes().values())
        check({'tlsproxy', 'smtpd', 'master'} <= names, names)


def replace(name, *parts):
    new = HERE / 'new'
    new.write_text(''.join((HERE / p).read_text() for p in parts))
    new.chmod(0o600)
    new.rename(HERE / name)


def renewed():
    network()
    pki('mx', 'two', 'three')
    with instance() as postern:
        with TlsClient() as c:
            c.starttls().say('EHLO x')
            check('CN = mx' in served(), served())
            # A key that is not that of the certificate.
            replace('mx.chain', 'three.key', 'two.pem')
            postern.log.wait(r'tlskey\[\d+\]: error: .*mx\.chain: the key is not that of its '
                             r'certificate')
            postern.log.wait(r'tlskey\[\d+\]: error: new keys refused, the old ones stay')
            for _ in range(3):
                check('CN = mx' in served(), served())
            replace('mx.chain', 'two.key', 'two.pem')
            wait_until(lambda: 'CN = two' in (served() or ''), 'the new certificate')
            c.say('MAIL FROM:<a@client.example>')
        check(who_has(postern, 'two.key') == {'tlskey'}, who_has(postern, 'two.key'))
        wait_until(lambda: not who_has(postern, 'mx.key'), 'the old key to be gone')
        for _ in range(20):
            check('CN = two' in served(), served())
        check(not postern.log.has('panic|killed by'), 'a process died')


def first():
    network()
    pki('mx', 'two')
    replace('bad.chain', 'two.key', 'mx.pem')
    services = f'2501 inet n - n - - smtpd -o smtpd_tls_chain_files={HERE}/bad.chain\n'
    with instance(services=services) as postern:
        postern.log.wait(r'tlskey\[\d+\]: error: 1 of the configured certificates cannot be used')
        with TlsClient(port=2501) as c:
            c.say('EHLO x')
            c.say('STARTTLS', '454 4.7.0 TLS not available due to local problem')
        with TlsClient() as c:
            c.starttls().say('EHLO x')


def status():
    network()
    pki('mx')
    with instance() as postern:
        r = postern.run('postern', 'status')
        check(re.search(r'certificate \S+/mx\.chain: notAfter=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC '
                        r'\([12] days\)', r.out), r.out)


if __name__ == '__main__':
    globals()[sys.argv[1]]()
