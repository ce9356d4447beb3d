# SPDX-License-Identifier: ISC
# packages.sh - what Debian 12 must have to build (build), show (demo) and test
# (test) Postern; the one list of it. Read by other scripts with ".", or:
#	apt-get install $(sh share/packages.sh build test)
PACKAGES_build="gcc bmake libc6-dev libseccomp-dev libcap-ng-dev libcdb-dev
    libevent-dev libunbound-dev liblmdb-dev libpcre2-dev libidn2-dev
    libunistring-dev libmd-dev libjansson-dev libbsd-dev libssl-dev"
PACKAGES_demo="python3"
PACKAGES_test="kyua libatf-dev atf-sh clang-14 libclang-rt-14-dev mandoc
    shellcheck codespell python3 iproute2 sqlite3 universal-ctags procps
    dovecot-lmtpd s-nail mutt libfuse3-dev e2fsprogs procmail maildrop
    openssl swaks"

for list; do
	case $list in
	build) echo "$PACKAGES_build" ;;
	demo) echo "$PACKAGES_demo" ;;
	test) echo "$PACKAGES_test" ;;
	*) echo "packages.sh: build, demo or test, not $list" >&2; exit 1 ;;
	esac
done
