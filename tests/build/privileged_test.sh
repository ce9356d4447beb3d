# SPDX-License-Identifier: ISC
# I1: how much code of ours runs with privilege, what it links, and that no
# program of ours has a set-id bit.

atf_test_case lines
lines_head()
{
	atf_set descr "the number of lines may only fall"
}
lines_body()
{
	sh "${SRCTOP}/share/mk/privileged.sh" "${OBJTOP}" >out ||
	    atf_fail "cannot count"
	cat out
	n=$(sed -n 's/ in all$//p' out)
	# These programs must have been seen, or the count means nothing.
	grep -q libexec/master/master.c out || atf_fail "master was not read"
	grep -q libexec/warden/warden.c out || atf_fail "warden was not read"
	grep -q libexec/launcher/launcher.c out ||
	    atf_fail "launcher was not read"
	test "$n" -le 5968 || atf_fail "$n lines"
}

needed()
{
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort |
	    tr '\n' ' '
}

atf_test_case libraries
libraries_head()
{
	atf_set descr "libc and libcap-ng, and libbsd for reallocarray"
}
libraries_body()
{
	for p in master warden launcher; do
		for l in $(needed "${OBJTOP}/libexec/$p/$p"); do
			case $l in
			libc.so.6 | libcap-ng.so.0 | libbsd.so.0) ;;
			*) atf_fail "$p links $l" ;;
			esac
		done
	done
}

atf_test_case no_libssl
no_libssl_head()
{
	atf_set descr "no role but tlsproxy has libssl, none a name service (I7)"
}
no_libssl_body()
{
	seen=0
	for f in "${OBJTOP}"/libexec/*/*; do
		if ! test -x "$f" || ! test -f "$f"; then continue; fi
		seen=$((seen + 1))
		case " $(needed "$f")" in
		*libnss* | *libresolv* | *libseccomp*)
			atf_fail "$f: $(needed "$f")" ;;
		esac
		case ${f##*/} in tlsproxy | *.o | *.a) continue ;; esac
		case " $(needed "$f")" in
		*libssl*) atf_fail "$f: $(needed "$f")" ;;
		esac
		# Nor is it in the program itself.
		! readelf -Ws "$f" | grep -q ' SSL_CTX_new$' ||
		    atf_fail "$f: libssl is linked into it"
	done
	test $seen -ge 4 || atf_fail "only $seen programs"
	case " $(needed "${OBJTOP}/libexec/tlsproxy/tlsproxy")" in
	*libssl*) ;;
	*) readelf -Ws "${OBJTOP}/libexec/tlsproxy/tlsproxy" |
		grep -q ' SSL_CTX_new$' ||
		atf_fail "tlsproxy has no libssl: is this test of any use?" ;;
	esac
}

atf_test_case no_set_id
no_set_id_body()
{
	found=$(find "${OBJTOP}/libexec" "${OBJTOP}/sbin" -type f \
	    -perm /6000)
	test -z "$found" || atf_fail "$found"
	! grep -rnE 'm [2467][0-7]{3}\b' "${SRCTOP}/share/mk" \
	    "${SRCTOP}/etc/Makefile" || atf_fail "install sets an id bit"
}

atf_init_test_cases()
{
	atf_add_test_case lines
	atf_add_test_case libraries
	atf_add_test_case no_libssl
	atf_add_test_case no_set_id
}
