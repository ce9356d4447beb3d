# SPDX-License-Identifier: ISC
"""flush_cases.py NAME - one case of fast flush; see flush_test.sh."""
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import nameserver  # noqa: E402
from instance import Client, Sink, check, own_network, wait_until  # noqa: E402
from submit import Local  # noqa: E402

V4 = '127.0.0.2'
SITES = ('a.example', 'b.example', 'sub.a.example', 'other.example')
MAIN = """\
relay_domains = a.example, b.example
relay_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
setgid_submission = no
"""


def network():
    own_network()
    for site in SITES:
        nameserver.ZONE[(site, nameserver.MX)] = [nameserver.mx(10, 'mx.' + site)]
        nameserver.ZONE[('mx.' + site, nameserver.A)] = [bytes([127, 0, 0, 2])]
    nameserver.start()


def deferred(postern, sink, sites=SITES):
    """Mail that waits for each of the sites: site -> queue id."""
    sink.answers['RCPT'] = '451 4.3.0 not now'
    ids = {}
    for site in sites:
        with Client() as client:
            ids[site] = client.send('ada@client.example', [f'x@{site}'], f'Subject: {site}\n\nx\n')
        postern.log.wait(rf'{ids[site]}: to=<x@{site}>, .*status=deferred')
    wait_until(lambda: postern.queue('deferred') == sorted(ids.values()), 'all in deferred')
    del sink.answers['RCPT']
    return ids


def logs(postern):
    return {f.name: f.read_text().splitlines()[1:] for f in (postern.dir / 'queue/flush').iterdir()}


def waits(postern, ids, *sites):
    """Only mail for these is left, and no other was tried again."""
    wait_until(lambda: postern.queue('deferred') == sorted(ids[s] for s in sites),
               f'only {sites} left')
    for site in sites:
        check(postern.log.count(rf'{ids[site]}: to=<x@{site}>') == 1, f'{site} was tried')


def etrn():
    """A site asks for its mail, and gets it, and no other."""
    network()
    sink = Sink(V4)
    with Local(MAIN) as postern:
        ids = deferred(postern, sink)
        wait_until(lambda: len(logs(postern)) == 3, 'three lists')
        check(logs(postern) == {s: [ids[s]] for s in SITES[:3]}, logs(postern))
        with Client() as client:
            client.say('EHLO site.example')
            check(client.say('ETRN A.example') == '250 Queuing started', 'reply')
            check(sink.wait().rcpts == ['x@a.example'], 'wrong mail')
            waits(postern, ids, 'b.example', 'sub.a.example', 'other.example')
            client.say('ETRN @sub.a.example')
            check(sink.wait(2).rcpts == ['x@sub.a.example'], 'wrong mail')
            check(client.say('ETRN #b.example') == '250 Queuing started', 'reply')
            check(sink.wait(3).rcpts == ['x@b.example'], 'wrong mail')
            waits(postern, ids, 'other.example')
            check(client.say('ETRN other.example', '459') ==
                  '459 <other.example>: service unavailable', 'reply')
            postern.log.wait(r'smtpd\[\d+\]: warning: reject: ETRN other\.example\.\.\. from ')
            client.say('ETRN', '500 Syntax: ETRN domain')
            client.say('ETRN ../../x', '501 Error: invalid parameter syntax')
            client.say('MAIL FROM:<>')
            client.say('ETRN a.example', '503 Error: MAIL transaction in progress')
        wait_until(lambda: logs(postern) == {}, 'no list is left')
        check(len(sink.messages) == 3, 'too much mail')


def restrictions():
    """smtpd_etrn_restrictions; a flush service that is not there."""
    network()
    table = 'inline:{{b.example = REJECT not this one}}'
    with Local(MAIN + f'smtpd_etrn_restrictions = check_etrn_access {table}, permit_mynetworks, reject\n'
               'smtpd_helo_required = yes\n') as postern:
        with Client() as client:
            client.say('ETRN a.example', '503 5.5.1 Error: send HELO/EHLO first')
            client.say('EHLO site.example')
            client.say('ETRN a.example')
            reply = client.say('ETRN b.example', '554 5.7.1 ')
            check(reply.endswith('not this one'), reply)
            postern.log.wait(r'NOQUEUE: reject: ETRN from \S+: 554 5\.7\.1 <b\.example>')
        cf = postern.conf / 'master.cf'
        cf.write_text(''.join(line for line in cf.read_text().splitlines(True) if not line.startswith('flush')))
        postern.stop()
        postern.start()
        with Client() as client:
            client.say('EHLO site.example')
            client.say('ETRN a.example', '458 Unable to queue messages')
        r = postern.run('postqueue', '-s', 'a.example', ok=False)
        check(r.returncode == 69 and 'mail system is down' in r.out, r.out)


def commands():
    """postqueue -s and -i, sendmail -qR and -qI, by root and by users."""
    network()
    sink = Sink(V4)
    with Local(MAIN) as postern:
        ids = deferred(postern, sink)
        postern.user('postqueue', '-s', 'a.example')
        check(sink.wait().rcpts == ['x@a.example'], 'wrong mail')
        postern.run('postqueue', '-s', 'b.example')
        check(sink.wait(2).rcpts == ['x@b.example'], 'wrong mail')
        postern.user('sendmail', '-qRsub.a.example')
        check(sink.wait(3).rcpts == ['x@sub.a.example'], 'wrong mail')
        waits(postern, ids, 'other.example')
        for run in (lambda *a: postern.user(*a, status=69),
                    lambda *a: postern.run(*a, ok=False)):
            r = run('postqueue', '-s', 'other.example')
            check(r.returncode == 69 and r.out.endswith(
                'Flush service is not configured for destination "other.example"\n'), r.out)
        r = postern.user('postqueue', '-s', 'no site', status=64)
        check('Cannot flush mail queue - invalid destination: "no site"' in r.out, r.out)
        postern.user('sendmail', '-qI' + ids['other.example'])
        check(sink.wait(4).rcpts == ['x@other.example'], 'wrong mail')
        wait_until(lambda: postern.queue('deferred') == [], 'nothing is left')
        postern.configure(MAIN + 'authorized_flush_users = root\n')
        postern.stop()
        postern.start()
        r = postern.user('postqueue', '-s', 'a.example', status=77)
        check('not allowed to flush the mail queue' in r.out, r.out)
        postern.run('postqueue', '-s', 'a.example')


def pid_of(postern, program):
    return wait_until(lambda: [p for p, n in postern.processes().items() if n == program], program)[0]


def crash():
    """flush dies with a list half sent, with a cut line: mail goes all the same."""
    network()
    sink = Sink(V4)
    with Local(MAIN + 'service_throttle_time = 1s\n') as postern:
        ids = deferred(postern, sink)
        wait_until(lambda: len(logs(postern)) == 3, 'three lists')
        old = pid_of(postern, 'flush')
        os.kill(old, signal.SIGSTOP)
        d = postern.dir / 'queue/flush'
        # as if it had died behind its rename, and in the middle of a line
        (d / 'a.example').rename(d / 'a.example~')
        with (d / 'b.example').open('a') as f:
            f.write(ids['a.example'][:5])
        os.kill(old, signal.SIGKILL)
        check(sink.wait(seconds=60).rcpts == ['x@a.example'], 'wrong mail')
        waits(postern, ids, 'b.example', 'sub.a.example', 'other.example')
        postern.run('postqueue', '-s', 'b.example')
        check(sink.wait(2).rcpts == ['x@b.example'], 'wrong mail')
        waits(postern, ids, 'sub.a.example', 'other.example')
        # all lists are lost: the mail is not
        for f in d.iterdir():
            f.unlink()
        postern.run('postqueue', '-s', 'sub.a.example')
        postern.run('postqueue', '-f')
        sink.wait(4)
        wait_until(lambda: postern.queue('deferred') == [], 'nothing is left')


def refresh():
    """A wakeup sends what has waited for long; postkick sends all."""
    network()
    sink = Sink(V4)
    with Local(MAIN + 'fast_flush_refresh_time = 1h\nfast_flush_purge_time = 1h\n') as postern:
        ids = deferred(postern, sink, SITES[:2])
        d = postern.dir / 'queue/flush'
        wait_until(lambda: len(logs(postern)) == 2, 'two lists')
        text = (d / 'a.example').read_text().splitlines()
        text[0] = '# since 1000'
        (d / 'a.example').write_text('\n'.join(text) + '\n')
        for name in 'old.example', 'new.example':
            (d / name).write_text('')
            os.chown(d / name, *(getattr((d / 'b.example').stat(), k) for k in ('st_uid', 'st_gid')))
        os.utime(d / 'old.example', (1000, 1000))
        postern.run('postkick', 'public', 'flush', 'R')
        check(sink.wait().rcpts == ['x@a.example'], 'wrong mail')
        waits(postern, ids, 'b.example')
        check(sorted(logs(postern)) == ['b.example', 'new.example'], logs(postern))
        postern.run('postkick', 'public', 'flush', 'P')
        check(sink.wait(2).rcpts == ['x@b.example'], 'wrong mail')


def requeue():
    """postsuper -r: in again as new mail, with what is left of it."""
    network()
    sink = Sink(V4)
    nameserver.ZONE[('new.example', nameserver.A)] = [bytes([127, 0, 0, 2])]
    alias, checks = pathlib.Path('alias').absolute(), pathlib.Path('checks').absolute()
    alias.write_text('')
    checks.write_text('')
    with Local(MAIN + 'maximal_queue_lifetime = 9d\nenable_original_recipient = yes\n'
               'virtual_alias_maps = texthash:{dir}/alias\n'
               'header_checks = regexp:{dir}/checks\n'.replace('{dir}', os.getcwd())) as postern:
        sink.answers['RCPT'] = '451 4.3.0 not now'
        with Client() as client:
            client.say('EHLO client.example')
            client.say('MAIL FROM:<ada@client.example> RET=HDRS ENVID=e+2Bnv')
            client.say('RCPT TO:<x@a.example> NOTIFY=DELAY,FAILURE ORCPT=rfc822;first@a.example')
            client.say('RCPT TO:<y@a.example>')
            client.say('DATA', '354')
            qid = client.say('Subject: again\r\nMessage-Id: <1@client.example>\r\n\r\n..x\r\n'
                             + 'long ' * 150 + '\r\n.').split()[-1]
        wait_until(lambda: postern.queue('deferred') == [qid], 'deferred')
        del sink.answers['RCPT']
        postern.stop()
        alias.write_text('y@a.example z@new.example\n')
        r = postern.run('postsuper', '-r', qid)
        check(r.stderr == f'postsuper: {qid}: requeued\npostsuper: Requeued: 1 message\n', r.out)
        check(postern.queue('deferred') == [] and len(postern.queue('maildrop')) == 1, 'maildrop')
        check(postern.queue('defer') == [], 'its log')
        f, = (postern.dir / 'queue/maildrop').iterdir()
        check(f.owner() == '_postern_pickup' and f.stat().st_mode & 0o7777 == 0o744, f.owner())
        uid = f.stat().st_uid
        postern.start()
        new = postern.log.wait(rf'pickup\[\d+\]: (\w+): uid={uid} from=<ada@client\.example> '
                               rf'orig_id={qid}$').group(1)
        got = sorted((sink.wait(1), sink.wait(2)), key=lambda m: m.rcpts)
        check([m.rcpts for m in got] == [['x@a.example'], ['z@new.example']], 'recipients')
        for m in got:
            check(m.sender == 'ada@client.example', m.sender)
            check(m.text.endswith('\n.x\n' + 'long ' * 150 + '\n'), 'content')
            check(m.text.count('Message-Id: <1@client.example>\n') == 1, m.text[:2000])
            check(f'by mx.postern.example (Postern, from userid' in m.text and
                  f'id {new};' in m.text and f'id {qid};' in m.text, m.text[:2000])
        postern.log.wait(rf'{new}: to=<z@new\.example>, orig_to=<y@a\.example>, ')
        wait_until(lambda: postern.queue('active') + postern.queue('maildrop') == [], 'empty')
        # Refused now: the sender is told.
        nameserver.ZONE[('client.example', nameserver.A)] = [bytes([127, 0, 0, 2])]
        ids = deferred(postern, sink, ['b.example'])
        postern.stop()
        checks.write_text('/^Subject: b/ REJECT not any more\n')
        postern.run('postsuper', '-r', 'ALL')
        postern.start()
        m = sink.wait(3)
        check(m.sender == '' and m.rcpts == ['ada@client.example'], m.rcpts)
        check('not any more' in m.text, m.text)
        check(ids['b.example'] not in postern.queue('deferred'), 'it is still there')
        # A damaged one stays where it is.
        ids = deferred(postern, sink, ['a.example'])
        postern.stop()
        path, = (postern.dir / 'queue/deferred').rglob(ids['a.example'])
        with path.open('r+b') as f:
            at = path.read_bytes().index(b'Subject: a.example')
            f.seek(at)
            f.write(b'X')
        r = postern.run('postsuper', '-r', 'ALL')
        check('not requeued' in r.stderr and 'Requeued' not in r.stderr, r.stderr)
        check(postern.queue('deferred') == [ids['a.example']], 'it has gone')
        check(postern.queue('maildrop') == [], 'maildrop')


if __name__ == '__main__':
    globals()[sys.argv[1]]()
