/* SPDX-License-Identifier: ISC */
/* problem - what OpenSSL has to say, as Postfix would log it. */
#include <openssl/err.h>
#include <string.h>

#include "tlsproxy.h"

#define PROBLEM_MAX	(TLS_TEXT_MAX - 1)

const char *
problem_text(struct arena *a)
{
	const char *file, *func, *data, *text = "";
	unsigned long code;
	char what[256];
	int line, flags;

	while ((code = ERR_get_error_all(&file, &line, &func, &data,
	    &flags)) != 0) {
		if (a == NULL || text[0] != '\0')
			continue;
		ERR_error_string_n(code, what, sizeof(what));
		text = arena_printf(a, "%s:%s:%d:%s:", what, file, line,
		    (flags & ERR_TXT_STRING) != 0 ? data : "");
		if (strlen(text) > PROBLEM_MAX)
			text = arena_strn(a, text, PROBLEM_MAX);
	}
	return (text);
}
