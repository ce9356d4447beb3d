# SPDX-License-Identifier: ISC
# bench.sh OBJTOP [ARG ...] - the parts, then the whole: see bench.py.
set -e
export OBJTOP="$1"
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /var/tmp/bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
(cd "$work" && "$OBJTOP/tests/bench/micro")
python3 -B "$here/bench.py" "$@"
