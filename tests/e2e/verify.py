# SPDX-License-Identifier: ISC
"""verify.py NAME - one case of address verification; see verify_test.sh."""
import os
import re
import signal
import sys
import time

import nameserver
from instance import Client, Instance, Sink, check, own_network, wait_until
from submit import Local

RESTRICT = 'smtpd_recipient_restrictions = reject_unauth_destination, ' \
           'reject_unverified_recipient\n'
CONF = """\
relay_domains = four.example
unverified_recipient_reject_code = 550
unverified_sender_reject_code = 553
address_verify_poll_delay = 3s
smtpd_client_restrictions =
mynetworks = 127.0.0.9
service_throttle_time = 1s
"""
GOOD, BAD, SLOW = 'good@four.example', 'bad@four.example', 'slow@four.example'


class Choosy(Sink):
    """Refuses "bad", defers "later", is slow with "slow"; counts RCPT."""
    pause, later = 0, True

    def __init__(self, *args):
        self.asked, self.verbs, self.senders = [], [], []
        super().__init__(*args)

    def verdict(self, verb, path, text):
        self.verbs.append(verb)
        if verb == 'MAIL':
            self.senders.append(path)
        if verb == 'RCPT':
            self.asked.append(path)
            if path.startswith('bad'):
                return '550 5.2.1 nobody of that name'
            if path.startswith('later') and self.later:
                return '450 4.2.0 not today'
            if path.startswith('slow'):
                time.sleep(self.pause)
        return super().verdict(verb, path, text)


def network():
    own_network()
    mx = nameserver.mx
    nameserver.ZONE.update({
        ('four.example', nameserver.MX): [mx(10, 'mx.four.example')],
        ('mx.four.example', nameserver.A): [bytes([127, 0, 0, 2])],
    })
    nameserver.start()
    return Choosy('127.0.0.2')


def rcpt(addr, want, sender='a@client.example'):
    with Client() as c:
        c.say('EHLO client.example')
        c.say(f'MAIL FROM:<{sender}>')
        return c.say(f'RCPT TO:<{addr}>', want)


def ehlo():
    with Client() as c:
        return c.say('EHLO client.example')


def probes_gone(p):
    wait_until(lambda: not (p.queue('incoming') + p.queue('active') + p.queue('deferred')),
               'an empty queue')


def recipients():
    sink = network()
    with Instance(CONF + RESTRICT) as p:
        rcpt(GOOD, '250')
        reply = rcpt(BAD, '550 5.1.1 ')
        check(f'<{BAD}>: Recipient address rejected: undeliverable address: host mx.four.example'
              in reply and '550 5.2.1 nobody' in reply, reply)
        rcpt('later@four.example', '450 4.1.1 ')
        p.log.wait(rf'postfix/relay/smtp\[\d+\]: \w+: to=<{GOOD}>, .*dsn=2.1.5, status=deliverable \(250 ')
        p.log.wait(rf'to=<{BAD}>, .*status=undeliverable \(host ')
        probes_gone(p)
        check(not sink.messages, 'a probe was delivered')
        check(sink.asked == [GOOD, BAD, 'later@four.example'], sink.asked)
        check(set(sink.senders) == {'double-bounce@mx.postern.example'}, sink.senders)
        check('DATA' not in sink.verbs, sink.verbs)
        p.stop()
        p.start()
        rcpt(GOOD, '250')
        rcpt('Good@four.example', '250')        # another address
        rcpt('good@FOUR.example', '250')
        rcpt(BAD, '550')
        check(sink.asked == [GOOD, BAD, 'later@four.example', 'Good@four.example'], sink.asked)
        p.run('postern', 'reload')
        rcpt(GOOD, '250')
        rcpt('new@four.example', '250')
        check(not p.log.has('fatal|panic|killed|status=(bounced|deferred|sent)'), 'log')


def senders():
    sink = network()
    with Instance(CONF + """\
smtpd_sender_restrictions = reject_unverified_sender
unverified_sender_reject_reason = we do not know you
address_verify_sender = prober@mx.postern.example
address_verify_sender_ttl = 7h
""") as p:
        rcpt('x@four.example', '250', sender=GOOD)
        reply = rcpt('x@four.example', '553 5.1.7 ', sender=BAD)
        check(f'<{BAD}>: Sender address rejected: we do not know you' in reply, reply)
        rcpt('x@four.example', '250', sender='')
        check(re.fullmatch(r'prober-\w+@mx.postern.example', sink.senders[0]), sink.senders)
        n = len(sink.asked)
        # Whoever tests the sender of our tests is not tested.
        rcpt(sink.senders[0], '250', sender='later@four.example')
        check(len(sink.asked) == n, sink.asked)
        rcpt('x@four.example', '450 4.1.7 ', sender='later@four.example')
        probes_gone(p)


def waits():
    sink = network()
    sink.pause = 4
    with Instance(CONF + RESTRICT + 'address_verify_poll_delay = 1s\n') as p:
        reply = rcpt(SLOW, '450 4.1.1 ')
        check('unverified address: Address verification in progress' in reply, reply)
        rcpt(GOOD, '250')
        p.log.wait(rf'to=<{SLOW}>, .*status=deliverable')
        rcpt(SLOW, '250')
        check(sink.asked.count(SLOW) == 1, sink.asked)


def pid_of(p, role):
    return next((pid for pid, name in p.processes().items() if name == role), None)


def crash():
    sink = network()
    sink.pause = 3
    with Instance(CONF + RESTRICT) as p:
        rcpt(GOOD, '250')
        with Client() as c:
            c.say('EHLO client.example')
            c.say('MAIL FROM:<a@client.example>')
            c.sock.sendall(f'RCPT TO:<{SLOW}>\r\n'.encode())
            wait_until(lambda: SLOW in sink.asked, 'the test')
            old = pid_of(p, 'verify')
            os.kill(old, signal.SIGKILL)
            # The client is answered, whatever is known by then.
            check(c.reply()[:3] in ('250', '450', '451'), 'no answer')
        wait_until(lambda: pid_of(p, 'verify') not in (None, old), 'a new verify')
        wait_until(lambda: p.log.count(rf'to=<{SLOW}>, .*status=deliverable'), 'the result')
        probes_gone(p)
        n = sink.asked.count(GOOD)
        rcpt(SLOW, '250')
        rcpt(GOOD, '250')
        check(sink.asked.count(GOOD) == n, 'what was known is lost')
        check(not p.log.has('damaged|fatal|panic'), 'log')


def damaged():
    sink = network()
    with Instance(CONF + RESTRICT) as p:
        cache = p.dir / 'data/verify/verify_cache.lmdb'
        rcpt(GOOD, '250')
        p.stop()
        check(cache.stat().st_mode & 0o777 == 0o600, 'mode')
        check(cache.parent.stat().st_mode & 0o777 == 0o700, 'mode')
        data = cache.read_bytes()
        for n, bad in enumerate((b'no cache at all' * 2000, data[:8192] + b'\xff' * 8192,
                                 data[:9000])):
            cache.write_bytes(bad)
            p.start()
            rcpt(GOOD, '250')
            wait_until(lambda: p.log.count('put aside as verify_cache.lmdb.bad') == n + 1, 'aside',
                       30)
            rcpt(GOOD, '250')
            check(sink.asked.count(GOOD) == n + 2, sink.asked)
            p.stop()
        (cache.parent / 'verify_cache.lmdb.check').write_text('')
        p.start()
        rcpt(GOOD, '250')
        p.log.wait('the last check did not end')


def negative():
    sink = network()
    with Instance(CONF + RESTRICT + """\
address_verify_negative_cache = no
address_verify_positive_refresh_time = 2s
address_verify_positive_expire_time = 1000s
address_verify_cache_cleanup_interval = 1s
""") as p:
        rcpt(BAD, '550')
        rcpt(BAD, '550')
        check(sink.asked.count(BAD) == 2, sink.asked)
        rcpt(GOOD, '250')
        time.sleep(3)
        # Used as it is, and tested again behind our back, in vain.
        sink.answers['MAIL'] = '450 4.3.0 not now'
        rcpt(GOOD, '250')
        p.log.wait(rf'to=<{GOOD}>, .*status=undeliverable')
        rcpt(GOOD, '250')
        p.log.wait(r'cache lmdb:\S+ full cleanup: retained=1 dropped=0 entries')


def target():
    sink = network()
    with Instance(CONF + RESTRICT + """\
smtp_address_verify_target = data
mydestination = here.example
virtual_alias_maps = inline:{ {two@four.example = a@four.example, b@four.example} }
virtual_alias_domains =
transport_maps = inline:{ {e@four.example = error:5.1.1 no such one}
    {d@four.example = discard:}
    {r@four.example = retry:4.2.1 later} }
address_verify_transport_maps = $transport_maps inline:{ {v@four.example = discard:} }
""") as p:
        rcpt(GOOD, '250')
        check('DATA' in sink.verbs, sink.verbs)
        rcpt('two@four.example', '250')
        rcpt('d@four.example', '250')
        rcpt('v@four.example', '250')
        reply = rcpt('e@four.example', '550')
        check('no such one' in reply, reply)
        reply = rcpt('r@four.example', '450')
        check(not sink.messages, 'a probe was delivered')
        check('a@four.example' not in sink.asked, sink.asked)
        rcpt('nobody@here.example', '250')       # local(8) does not look
        probes_gone(p)


def reports():
    sink = network()
    with Local(CONF) as p:
        r = p.user('sendmail', '-bv', '-f', 'me@four.example', GOOD, BAD, 'later@four.example')
        check('Mail Delivery Status Report will be mailed to <me@four.example>.' in r.out, r.out)
        m = sink.wait(1)
        check((m.sender, m.rcpts) == ('', ['me@four.example']), m.rcpts)
        for line in 'Subject: Mail Delivery Status Report', 'Action: deliverable', \
                f'Final-Recipient: rfc822; {GOOD}', 'Action: undeliverable', 'Status: 5.2.1', \
                'Status: 4.2.0':
            check(re.search(f'^{line}$', m.text, re.M), f'{line} in {m.text}')
        check('delivery via mx.four.example' in m.text, m.text)
        probes_gone(p)
        p.user('sendmail', '-v', '-f', 'me@four.example', GOOD, BAD, stdin='Subject: x\n\nhello\n')
        sink.wait(4)
        texts = sorted(m.text for m in sink.messages[1:])
        kinds = sorted(re.search('^Subject: (.*)$', t, re.M).group(1) for t in texts)
        check(kinds == ['Mail Delivery Status Report', 'Undelivered Mail Returned to Sender', 'x'],
              kinds)
        report = next(t for t in texts if 'Mail Delivery Status Report' in t)
        check('Action: relayed' in report and 'Action: failed' in report, report)
        probes_gone(p)


def xverp_refused():
    with Client() as c:
        c.say('EHLO client.example')
        return c.say('MAIL FROM:<l@four.example> XVERP', '').startswith('555 5.5.4')


def verp():
    sink = network()
    with Local(CONF + 'smtpd_authorized_verp_clients = 127.0.0.1\n') as p:
        with Client() as c:
            check('250-XVERP' in c.say('EHLO client.example'), 'XVERP is not offered')
            c.say('MAIL FROM:<> XVERP', '503 5.5.4')
            c.say('MAIL FROM:<l@four.example> XVERP=@=', '501 5.5.4')
            c.say('MAIL FROM:<l@four.example> XVERP=-+')
            for rcpt in GOOD, BAD, 'bad2@four.example':
                c.say(f'RCPT TO:<{rcpt}>')
            c.say('DATA', '354')
            c.say('Subject: x\r\n\r\nhello\r\n.')
        sink.wait(3)
        got = sorted((m.sender, *m.rcpts) for m in sink.messages)
        check(got == [('', 'l-bad+four.example@four.example'),
                      ('', 'l-bad2+four.example@four.example'),
                      ('l-good+four.example@four.example', GOOD)], got)
        for m in sink.messages:
            if m.sender == '':
                check(m.text.count('Final-Recipient:') == 1, m.text)
        p.user('sendmail', '-XV', '-f', 'l@four.example', GOOD, stdin='\n')
        check(sink.wait(4).sender == 'l+good=four.example@four.example', sink.messages[3].sender)
        p.user('sendmail', '-XV==', '-f', 'l@four.example', GOOD, stdin='\n')
        check(sink.wait(5).sender == 'l=good=four.example@four.example', sink.messages[4].sender)
        p.user('sendmail', '-XV!!', '-f', 'l@four.example', GOOD, stdin='\n', status=70)
        p.user('sendmail', '-XV', '-f', '', GOOD, stdin='\n', status=64)
        (p.conf / 'main.cf').open('a').write('disable_verp_bounces = yes\n'
                                             'smtpd_authorized_verp_clients =\n')
        p.run('postern', 'reload')
        # Workers that were ready before the reload may still be met.
        wait_until(lambda: 'XVERP' not in ehlo() and xverp_refused(), 'the new parameters')
        p.user('sendmail', '-XV', '-f', 'l@four.example', BAD, 'bad2@four.example', stdin='\n')
        m = sink.wait(6)
        check(m.rcpts == ['l@four.example'] and m.text.count('Final-Recipient:') == 2, m.text)


def notices():
    sink = network()
    with Local(CONF + """\
notify_classes = policy, protocol
error_notice_recipient = pm@four.example
smtpd_relay_restrictions = reject_unauth_destination
""") as p:
        with Client() as c:
            c.say('EHLO client.example')
            c.say('MAIL FROM:<a@client.example>')
            c.say('RCPT TO:<x@five.example>', '5')
            c.say('QUIT')
        text = sink.wait(1).text
        check(sink.messages[0].rcpts == ['pm@four.example'], sink.messages[0].rcpts)
        check(sink.messages[0].sender == 'double-bounce@mx.postern.example', 'sender')
        for line in 'Subject: Postern SMTP server: errors from localhost[127.0.0.1]', \
                'Transcript of session follows.', ' In:  RCPT TO:<x@five.example>', \
                ' Out: 554 5.7.1 <x@five.example>: Relay access denied', ' In:  QUIT':
            check(re.search(f'^{re.escape(line)}$', text, re.M), f'{line} in {text}')
        with Client() as c:
            c.say('AUTH PLAIN secret', '5')
            c.sock.sendall(b'M\x01IL %n\r\n')
            c.reply()
            c.say('QUIT')
        text = sink.wait(2).text
        check(' In:  AUTH ...' in text and 'secret' not in text, text)
        check(' In:  M?IL %n' in text and 'Relay' not in text, text)
        with Client() as c:
            c.say('EHLO client.example')
            c.say('QUIT')
        (p.conf / 'main.cf').open('a').write('notify_classes =\n')
        p.run('postern', 'reload')
        check(len(sink.messages) == 2, 'one that nothing happened in')


def delays():
    """A delay, in a thread with its message; its end."""
    sink = network()
    with Local(CONF + """\
delay_warning_time = 1s
minimal_backoff_time = 1s
confirm_delay_cleared = yes
enable_threaded_bounces = yes
""") as p:
        p.user('sendmail', '-f', 'me@four.example', 'later@four.example',
               stdin='Message-Id: <one@x>\nReferences: <zero@x>\n\nhello\n')
        p.log.wait('status=deferred')
        time.sleep(1.5)
        p.run('postqueue', '-f')
        text = sink.wait(1).text
        for line in r'Subject: Delayed Mail \(still being retried\)', 'Action: delayed', \
                'References: <zero@x> <one@x>', 'In-Reply-To: <one@x>':
            check(re.search(f'^{line}$', text, re.M), f'{line} in {text}')
        time.sleep(1.2)
        p.run('postqueue', '-f')
        wait_until(lambda: p.log.count('to=<later.*status=deferred') == 3, 'the third try')
        sink.later = False
        time.sleep(1.2)
        p.run('postqueue', '-f')
        sink.wait(3)
        subjects = [re.search('^Subject: (.*)$', m.text, re.M) for m in sink.messages[1:]]
        check([s.group(1) for s in subjects if s] == ['Successful Mail Delivery Report'],
              [m.text for m in sink.messages])
        probes_gone(p)


if __name__ == '__main__':
    globals()[sys.argv[1]]()
