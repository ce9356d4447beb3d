# SPDX-License-Identifier: ISC
# Mail of this host's own users: see submit.py, which does the work.

# shellcheck disable=SC2034 # case.subr reads it
CASES=e2e/submit.py
# shellcheck disable=SC1091
. "$SRCTOP/tests/e2e/case.subr"

e2e socket_way "a message without any set-id bit" sbin/sendmail
e2e no_set_id "set-permissions takes the set-id bit away" sbin/postdrop
e2e stopped "mail waits in maildrop while the system is down" sbin/postdrop
e2e hostile "files in maildrop that are no messages" libexec/pickup
e2e access "authorized_*_users, local_login_sender_maps" libexec/pickup
e2e public_sockets "the sockets that users reach, and no others"
e2e refused "content that cleanup refuses: an error, or a notice" libexec/pickup
e2e smtp_stdin "sendmail -bs" sbin/sendmail
e2e crowd "one user does not keep all processes" libexec/pickup
e2e clients "s-nail and mutt submit mail" sbin/sendmail
