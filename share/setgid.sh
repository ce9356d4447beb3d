# SPDX-License-Identifier: ISC
# setgid.sh POSTCONF CONFIG_DIR POSTDROP - at installation: the only set-id bit
# of Postern, unless main.cf says that there is to be none.
set -eu
postconf=$1
dir=$2
postdrop=$3

group=$("$postconf" -c "$dir" -h setgid_group)
chgrp "$group" "$postdrop"
case $("$postconf" -c "$dir" -h setgid_submission) in
no) chmod 755 "$postdrop" ;;
*) chmod 2755 "$postdrop" ;;
esac
