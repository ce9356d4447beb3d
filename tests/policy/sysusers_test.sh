# SPDX-License-Identifier: ISC
# etc/sysusers.d/postern.conf names the users and groups of the policies, and
# no others but postdrop.

atf_test_case users
users_body()
{
	for p in "${SRCTOP}"/policy/*.policy; do
		awk '$1 == "user" { u = $2 } $1 == "group" { g = $2 }
		    END { if (u != "root" && u != "caller") print u, (u == g ? "-" : "-:" g) }' \
		    "$p"
	done | sort >want
	awk '$1 == "u" { print $2, $3 }' \
	    "${SRCTOP}/etc/sysusers.d/postern.conf" | sort >got
	test -s want || atf_fail "no users in the policies"
	atf_check -o file:want cat got
}

atf_test_case groups
groups_body()
{
	conf="${SRCTOP}/etc/sysusers.d/postern.conf"
	# shellcheck disable=SC2016 # fields of awk
	atf_check -o inline:'_postern_qin\npostdrop\n' \
	    awk '$1 == "g" { print $2 }' "$conf"
	for p in "${SRCTOP}"/policy/*.policy; do
		awk '$1 == "user" { u = $2 }
		    $1 == "groups" { for (i = 2; i <= NF; i++) print u, $i }' \
		    "$p"
	done | sort >want
	awk '$1 == "m" { print $2, $3 }' "$conf" | sort >got
	atf_check -o file:want cat got
}

atf_init_test_cases()
{
	atf_add_test_case users
	atf_add_test_case groups
}
