# SPDX-License-Identifier: ISC
# Mail that ends on this host: see mailboxes.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/mailboxes.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e maildir "virtual: a maildir" libexec/virtual libexec/mda
e2e mbox "virtual: a mailbox, quoting, a loop" libexec/virtual
e2e refusals "virtual: wrong uids, links, limits" libexec/virtual
e2e service_parameters "virtual: parameters of one service" libexec/virtual
e2e locked "virtual: a mailbox that is locked" libexec/virtual
e2e pipe "pipe: words, exit statuses, time limit" libexec/pipe
e2e pipe_flags "pipe: all flags" libexec/pipe
e2e pipe_room "pipe: chroot=" libexec/pipe
e2e processes "who a command runs as" libexec/pipe
