# SPDX-License-Identifier: ISC
# The two programs as the build runs them: what they say, and their exit.

OBJ="${OBJTOP}/policy"
SRC="${SRCTOP}/policy"

compile()	# with the policies of directory $1
{
	"${OBJ}/policyc" -o . "${SRCTOP}/lib/proto/verbs.def" \
	    "$1/syscalls.groups" "${OBJ}/roles.all" "$1"/*.policy
}

copy()
{
	mkdir p && cp "${SRC}"/*.policy "${SRC}/syscalls.groups" p
}

atf_test_case same_twice
same_twice_body()
{
	compile "${SRC}" || atf_fail "it does not compile"
	for f in policy_ids.h policy_table.c policy_smtpd.c; do
		atf_check cmp "$f" "${OBJ}/$f"
	done
}

atf_test_case error_has_place
error_has_place_body()
{
	copy
	printf '# why\nallow dance\n' >>p/anvil.policy
	n=$(grep -c '' p/anvil.policy)
	compile p 2>err && atf_fail "it compiles"
	echo "policyc: p/anvil.policy:$n: unknown system call dance" >want
	atf_check cmp want err
}

atf_test_case role_without_policy
role_without_policy_body()
{
	copy
	rm p/qmgr.policy
	compile p 2>err && atf_fail "it compiles"
	atf_check -o ignore grep 'role "qmgr"' err
}

# A text that was changed after the filter was made: the checker sees it.
atf_test_case text_differs
text_differs_body()
{
	copy
	atf_check -o match:'no difference' \
	    "${OBJ}/policycheck" p/syscalls.groups p/*.policy
	printf '# why\nallow uname\n' >>p/anvil.policy
	atf_check -s exit:1 -e match:'anvil: filter and text differ.*uname' \
	    "${OBJ}/policycheck" p/syscalls.groups p/*.policy
	cp "${SRC}/anvil.policy" p
	sed 's/^allow tgkill.*/allow tgkill/' "${SRC}/syscalls.groups" \
	    >p/syscalls.groups
	atf_check -s exit:1 -e match:'filter and text differ.*tgkill' \
	    "${OBJ}/policycheck" p/syscalls.groups p/*.policy
}

atf_init_test_cases()
{
	atf_add_test_case same_twice
	atf_add_test_case error_has_place
	atf_add_test_case role_without_policy
	atf_add_test_case text_differs
}
