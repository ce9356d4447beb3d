# SPDX-License-Identifier: ISC
# apt.sh LIST... - install what is missing of these lists of packages.sh.
set -eu
cd "$(dirname "$0")"

missing=
for p in $(sh packages.sh "$@"); do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null |
	    grep -q 'ok installed$' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "==> install:$missing"
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # names
$as_root apt-get install -qq -y --no-install-recommends $missing
