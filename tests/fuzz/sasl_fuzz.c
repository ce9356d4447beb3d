/* SPDX-License-Identifier: ISC */
/*
 * sasl_fuzz - what an authentication server and a policy server say: bounded,
 * printable, base64 where it should be.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "policy.h"
#include "sasl/sasl.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
is_printable(const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		must((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void
check(enum sasl_got got, const struct sasl_answer *a)
{
	is_printable(a->user);
	is_printable(a->reason);
	must(sasl_is_base64(view_of(a->data)));
	must(got != SASL_OK || (a->user != NULL && a->user[0] != '\0'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct view rest = { (const char *)data, n }, line;
	const char *action = NULL;
	struct sasl_answer answer;
	enum policy_got policy = POLICY_MORE;
	enum sasl_got got;
	struct sasl s;

	sasl_init(&s, a);
	while (view_field(&rest, '\n', &line)) {
		(void)sasl_hello_line(&s, line);
		must(s.nmech <= SASL_MECHS_MAX);
		if (sasl_answer_line(a, line, 1, &got, &answer))
			check(got, &answer);
		if (policy == POLICY_MORE)
			policy = policy_reply_line(a, line, &action);
		is_printable(action);
		must(policy != POLICY_DONE || action != NULL);
	}
	for (size_t i = 0; i < s.nmech; i++)
		must(sasl_find(&s, view_of(s.mech[i].name)) == &s.mech[i]);
	arena_free(&a);
	return (0);
}
