# SPDX-License-Identifier: ISC
# The manual page that is made from the rows is correct mdoc and complete.

atf_test_case page
page_head()
{
	atf_set descr 'queue-layout.5 is clean and names every row'
	atf_set require.progs mandoc
}
page_body()
{
	page=$OBJTOP/queue-layout/queue-layout.5
	atf_check mandoc -Tlint -Wwarning "$page"
	atf_check -s exit:1 grep '@[A-Z]*@' "$page"
	for def in layout record fault; do
		sed -n 's/^[A-Z_0-9]*(\([0-9]*, *\)\{0,1\}\([a-z_0-9]*\),.*/\2/p' \
		    "$SRCTOP/queue-layout/$def.def"
	done >names
	test "$(wc -l <names)" -gt 60 || atf_fail 'rows were not found'
	while read -r name; do
		grep -q "[ .]$name\( \|\$\)" "$page" ||
		    atf_fail "$name is not in the page"
	done <names
}

atf_init_test_cases()
{
	atf_add_test_case page
}
